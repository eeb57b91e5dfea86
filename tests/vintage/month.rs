//! The month that an item counts for: by the recording date as it is now, and by dates as they were corrected.

use libtest_mimic::{Failed, Trial};

use super::{fates, ingest};
use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, header, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::another_recording_date_takes_items_to_other_months", recording_date),
        trial("vintage::decision_takes_an_item_to_a_month_without_data", month_without_data),
        trial("vintage::items_dated_after_their_receipt_are_told", dated_ahead),
        trial("vintage::decisions_taken_later_are_no_part_of_a_past_state", taken_later),
    ]
}

const COLUMNS: &str = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
const SUMS: &str = "select period, sum(statistical_value), sum(item_count) from trade_by_partner group by 1 order by 1";

/// An import with the days of its acceptance and release.
fn dated(id: &str, value: &str, accepted: &str, released: &str) -> String {
    let cells = [("declaration_id", id), ("statistical_value", value), ("acceptance_date", accepted)];
    format!("{},{released}", row(&cells))
}

fn released(rows: &[String]) -> String {
    file(rows).replacen(&header(), &format!("{},release_date", header()), 1)
}

fn decide(folder: &Folder, decisions: &[&str]) -> Result<(), Failed> {
    Ok(std::fs::write(folder.path().join("decisions.csv"), format!("{COLUMNS}\n{}\n", decisions.join("\n")))?)
}

fn sums(folder: &Folder, what: &str, expected: &[&str]) -> Result<(), Failed> {
    same(what, folder.query(SUMS)?, expected.iter().map(ToString::to_string).collect())
}

/// Counted by release when it was read in, and by acceptance when it is compiled. February is 100 and 10
/// accepted in it, March 100 and 20.
fn recording_date() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let march = [
        dated("M1", "100.00", "2026-03-10", "2026-03-10"),
        dated("R1", "10.00", "2026-02-27", "2026-03-02"),
        dated("R2", "20.00", "2026-03-30", "2026-04-02"),
    ];
    ingest(&folder, "2026-03-05", "february.csv", released(&[dated("F1", "100.00", "2026-02-10", "2026-02-10")]))?;
    // A program that did not say by which dates it counted counted by release.
    for entry in std::fs::read_dir(folder.path().join("store/manifest/batch"))? {
        let path = entry?.path();
        let mut batch: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
        batch.as_object_mut().and_then(|batch| batch.remove("recording_dates")).ok_or("the dates")?;
        std::fs::write(&path, serde_json::to_vec(&batch)?)?;
    }
    ingest(&folder, "2026-04-05", "march.csv", released(&march))?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    sums(&folder, "by release", &["2026-02-01,100.000000,1", "2026-03-01,110.000000,2"])?;

    let method = folder.path().join("method").display().to_string();
    folder.run(&["method", "export", &method], 0)?;
    let profile = std::path::Path::new(&method).join("reference/profiles/az.toml");
    let text = std::fs::read_to_string(&profile)?;
    std::fs::write(&profile, text.replace("\"release_else_acceptance\"", "\"acceptance_else_release\""))?;
    let run = |month: &str, code: i32| folder.run(&["--method", &method, "run", "--period", month], code);
    holds(&run("2026-02", 0)?.stderr, &["items of the period 2", "late or amended items would change: 2026-03\n"])?;
    run("2026-03", 0)?;
    sums(&folder, "by acceptance", &["2026-02-01,110.000000,2", "2026-03-01,120.000000,2"])?;
    holds(&run("2026-04", 3)?.stderr, &["no item of 2026-04 is in the store"])?;
    // Back to the first choice the item of April is there again, and no month before it stays as it was.
    folder.run(&["run", "--period", "2026-04"], 0)?;
    sums(&folder, "by release again", &["2026-02-01,100.000000,1", "2026-03-01,110.000000,2", "2026-04-01,20.000000,1"])
}

fn month_without_data() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let rows = [dated("M1", "200.00", "2026-03-10", "2026-03-10"), dated("D1", "70.00", "2026-03-10", "2026-03-12")];
    ingest(&folder, "2026-04-01", "march.csv", released(&rows))?;
    let run = |stage: &str, month: &str, code: i32| folder.run(&[stage, "--period", month], code);
    run("run", "2026-03", 0)?;
    decide(&folder, &["D1,1,,,correct,release_date,2026-03-12,2026-05-12,typo,me,2026-04-03"])?;
    holds(&run("run", "2026-03", 0)?.stderr, &["a correction moves item 1 of `D1` from 2026-03 to 2026-05"])?;
    sums(&folder, "March without it", &["2026-03-01,200.000000,1"])?;
    let said = run("run", "2026-05", 0)?;
    same("nothing was taken back", said.stderr.contains("no item is left"), false)?;
    sums(&folder, "May with it", &["2026-03-01,200.000000,1", "2026-05-01,70.000000,1"])?;
    // Stage by stage, as well.
    for stage in ["validate", "compile", "publish"] {
        run(stage, "2026-05", 0)?;
    }
    sums(&folder, "May once more", &["2026-03-01,200.000000,1", "2026-05-01,70.000000,1"])?;

    // The release decides the month, so no item comes to July.
    decide(&folder, &["D1,1,,,correct,acceptance_date,2026-03-10,2026-07-10,typo,me,2026-04-04"])?;
    holds(&run("run", "2026-07", 3)?.stderr, &["no item of 2026-07 is in the store"])?;
    let said = run("run", "2026-05", 0)?;
    holds(&said.stderr, &["2026-05: no item is left of the files it was computed from"])?;
    decide(&folder, &[])?;
    run("run", "2026-03", 0)?;
    sums(&folder, "as it was", &["2026-03-01,270.000000,2"])
}

fn dated_ahead() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put(
        "slip.csv",
        released(&[
            dated("M1", "200.00", "2026-03-10", "2026-03-10"),
            dated("D1", "70.00", "2026-03-10", "2062-03-12"),
            dated("D2", "5.00", "2026-03-10", "2062-03-13"),
        ]),
    )?;
    let said = folder.run(&["--now", "2026-04-01", "ingest", "--form", "sad_csv", &path], 0)?;
    holds(&said.stderr, &["slip.csv: 2 item(s) of 75.00 are of 2062-03, after the month of their receipt, 2026-04"])?;
    let run = |now: &str| folder.run(&["--now", now, "run", "--period", "2026-03"], 0).map(|said| said.stderr);
    let told = "are dated after the month of their receipt, and no other month counts them";
    holds(&run("2026-04-02")?, &["2062-03: 2 item(s) of 75.00 ", told])?;
    sums(&folder, "without them", &["2026-03-01,200.000000,1"])?;
    // A later version and a decision say the right dates.
    let second = [("declaration_id", "D2"), ("statistical_value", "5.00"), ("version", "2")];
    ingest(&folder, "2026-04-03", "second.csv", released(&[format!("{},2026-03-13", row(&second))]))?;
    holds(&run("2026-04-04")?, &["2062-03: 1 item(s) of 70.00 "])?;
    decide(&folder, &["D1,1,,,correct,release_date,2062-03-12,2026-03-12,typo,me,2026-04-03"])?;
    same("told no more", run("2026-04-05")?.contains(told), false)?;
    sums(&folder, "all of them", &["2026-03-01,275.000000,3"])
}

fn taken_later() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01", "march.csv", released(&[dated("M1", "200.00", "2026-03-10", "2026-03-10")]))?;
    decide(&folder, &["M1,1,,,correct,statistical_value,200,300,by telephone,me,2026-04-03"])?;
    let then = |day: &str| folder.run(&["validate", "--period", "2026-03", "--as-of", day], 0);
    let said = then("2026-04-02")?;
    same("before it was taken", fates(&said), vec!["judged M 1 200.00".to_string()])?;
    holds(&said.stderr, &["1 decision(s) taken after that day are left out"])?;
    let said = then("2026-04-03")?;
    same("on its day", fates(&said), vec!["judged M 1 300.00".to_string()])?;
    same("nothing left out", said.stderr.contains("left out"), false)
}
