//! What replaces what, as of which day: versions, cancellations, late items, second receipts,
//! decisions. Every sum here was added up by hand from the files above it.

mod amendment;
mod decision;
mod figure;
mod month;
mod receipt;
mod repeat;

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, Said, holds, same, trial};
use crate::sad::{file, imports, row};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("vintage::state_of_three_days_as_files_follow_one_another", in_order),
        trial("vintage::state_of_three_days_as_files_come_back_to_front", back_to_front),
        trial("vintage::stages_with_nothing_to_read_say_so", nothing_to_read),
        trial("vintage::too_many_held_items_stop_the_run", too_many_held),
        trial("vintage::month_of_an_older_method_is_compiled_again", older_method),
        trial("vintage::month_whose_file_is_withdrawn_is_taken_back", taken_back),
    ];
    trials.extend(figure::trials());
    trials.extend(decision::trials());
    trials.extend(amendment::trials());
    trials.extend(month::trials());
    trials.extend(receipt::trials());
    trials.extend(repeat::trials());
    trials
}

/// March as it is first sent: 60 imports of 100, a declaration of two items, one of one, and
/// an export. Imports 6000 + 1000 + 200 + 50 = 7250 in 63 items, exports 700 in one.
fn original() -> String {
    let mut rows = imports(60);
    rows.push(import("D1", &[("statistical_value", "1000.00")]));
    rows.push(import("D1", &[("item_no", "2"), ("statistical_value", "200.00")]));
    rows.push(import("D2", &[("statistical_value", "50.00")]));
    // An office that a spreadsheet would take for a formula.
    rows.push(import(
        "X1",
        &[
            ("statistical_value", "700.00"),
            ("declaration_type", "EX"),
            ("procedure_code", "1000"),
            ("origin_country", "AZ"),
            ("consignment_country", "AZ"),
            ("destination_country", "RU"),
            ("customs_office", "=1+1"),
        ],
    ));
    file(&rows)
}

fn import(id: &str, changes: &[(&str, &str)]) -> String {
    row(&[&[("declaration_id", id)], changes].concat())
}

/// Version 2 of a declaration: the first item at 1100, the second is gone.
fn second_version() -> String {
    file(&[import("D1", &[("version", "2"), ("statistical_value", "1100.00")])])
}

/// The cancellation of the other declaration, which repeats its item.
fn cancellation() -> String {
    file(&[import("D2", &[("status", "cancelled"), ("statistical_value", "50.00")])])
}

/// An item of March that comes when March is closed.
fn late() -> String {
    file(&[import("L1", &[("acceptance_date", "2026-03-20"), ("statistical_value", "30.00")])])
}

/// January, February and March are computed, then the file of March leaves. It holds a second version of an item of
/// January.
fn taken_back() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let of =
        |month: &str, id: &str| import(id, &[("acceptance_date", &format!("2026-{month}-10")), ("statistical_value", "100.00")]);
    ingest(&folder, "2026-04-01", "january.csv", file(&[of("01", "J1"), of("01", "J2")]))?;
    ingest(&folder, "2026-04-01", "february.csv", file(&[of("02", "F1")]))?;
    let second = import("J1", &[("acceptance_date", "2026-01-10"), ("version", "2"), ("statistical_value", "150.00")]);
    ingest(&folder, "2026-04-01", "march.csv", file(&[of("03", "M1"), second]))?;
    let run = |now: &str, period: &str| folder.run(&["--now", now, "run", "--period", period], 0);
    run("2026-04-02", "2026-03")?;
    let sums = "select period, sum(statistical_value) from trade_by_partner group by 1 order by 1";
    let before = ["2026-01-01,250.000000", "2026-02-01,100.000000", "2026-03-01,100.000000"];
    same("before", folder.query(sums)?, before.map(String::from).to_vec())?;

    let listed = folder.run(&["store", "list"], 0)?.stdout;
    let march =
        listed.lines().find(|line| line.contains(" march.csv ")).and_then(|line| line.split(' ').nth(2)).ok_or("no batch")?;
    folder.run(&["--now", "2026-04-03", "store", "withdraw", march, "--why", "sent in error"], 0)?;
    let said = run("2026-04-04", "2026-02")?;
    holds(&said.stderr, &["late or amended items would change: 2026-01, 2026-03\n"])?;
    let said = run("2026-04-05", "2026-03")?;
    holds(&said.stderr, &["2026-03: no item is left of the files it was computed from"])?;
    run("2026-04-06", "2026-01")?;
    let after = ["2026-01-01,200.000000", "2026-02-01,100.000000"];
    same("after", folder.query(sums)?, after.map(String::from).to_vec())?;
    let place = std::fs::read_to_string(folder.path().join("release/2026-03/latest.json"))?;
    let latest: serde_json::Value = serde_json::from_str(&place)?;
    let table =
        folder.path().join("release/2026-03").join(latest["run"].as_str().ok_or("a run")?).join("tables/T01_headline.csv");
    same("no figure", std::fs::read_to_string(table)?.contains("100.00"), false)
}

/// A run of a method that stored other columns of a relation, or did not store it yet.
fn older_method() -> Result<(), Failed> {
    const NEW: &str = "publishable_consignment";
    let folder = Folder::new("az")?;
    let february = file(&[import("F1", &[("acceptance_date", "2026-02-10")])]);
    ingest(&folder, "2026-03-01", "february.csv", february)?;
    folder.run(&["--now", "2026-03-02", "run", "--period", "2026-02"], 0)?;
    let path = std::fs::read_dir(folder.path().join("store/manifest/run"))?.next().ok_or("no run")??.path();
    let mut run: serde_json::Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    run["columns"][NEW] = "0123456789abcdef".into();
    std::fs::write(&path, serde_json::to_vec(&run)?)?;
    let said = folder.run(&["--now", "2026-03-02", "publish", "--period", "2026-02"], 3)?;
    holds(
        &said.stderr,
        &["`publishable_consignment` of 2026-02 was stored by another method", "tradestat run --period 2026-02"],
    )?;

    run["columns"].as_object_mut().ok_or("columns")?.remove(NEW).ok_or("no columns of the relation")?;
    run["files"].as_array_mut().ok_or("files")?.retain(|file| file["relation"] != NEW);
    std::fs::write(&path, serde_json::to_vec(&run)?)?;
    ingest(&folder, "2026-04-01", "march.csv", file(&[import("M1", &[])]))?;
    let said = folder.run(&["--now", "2026-04-02", "run", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["2026-03: 2 month(s)"])
}

fn ingest(folder: &Folder, now: &str, name: &str, text: String) -> Result<(), Failed> {
    let path = folder.put(name, text)?;
    folder.run(&["--now", now, "ingest", "--form", "sad_csv", &path], 0)?;
    Ok(())
}

/// What became of the items, from the summary: fate, flow, items, declared value.
fn fates(said: &Said) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().map(String::from).collect::<Vec<_>>();
    let of_line = |line: &str| match words(line).as_slice() {
        [fate, flow, items, unit, value] if unit == "items" && line.starts_with("  ") => {
            Some(format!("{fate} {flow} {items} {value}"))
        }
        _ => None,
    };
    said.stderr.lines().filter_map(of_line).collect()
}

fn state(folder: &Folder, day: &str, expected: &[&str]) -> Result<(), Failed> {
    let said = folder.run(&["validate", "--period", "2026-03", "--as-of", day], 0)?;
    same(&format!("as of {day}"), fates(&said), expected.iter().map(ToString::to_string).collect())
}

const LAST: &[&str] = &["judged M 62 7130.00", "judged X 1 700.00", "cancelled M 2 100.00", "superseded M 2 1200.00"];

fn in_order() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01T12:00:00Z", "original.csv", original())?;
    ingest(&folder, "2026-04-05T12:00:00Z", "second.csv", second_version())?;
    ingest(&folder, "2026-05-05T11:00:00Z", "cancellation.csv", cancellation())?;
    ingest(&folder, "2026-05-05T12:00:00Z", "late.csv", late())?;
    state(&folder, "2026-04-01", &["judged M 63 7250.00", "judged X 1 700.00"])?;
    // 6000 + 1100 + 50: the second item of D1 is gone with its version.
    state(&folder, "2026-04-05T12:00:00Z", &["judged M 62 7150.00", "judged X 1 700.00", "superseded M 2 1200.00"])?;
    // 6000 + 1100 + 30; D2 is gone, and its cancellation with it.
    state(&folder, "2026-05-05", LAST)?;
    let said = folder.run(&["validate", "--period", "2026-03", "--as-of", "2026-03-31"], 3)?;
    holds(&said.stderr, &["no item of 2026-03 is in the store"])?;
    // All stays in the store, and a past state is the newest of nothing.
    same("items", folder.query("select count(*) from item")?, vec!["67".to_string()])?;
    same("accounts", folder.query("select count(*) from item_account")?, vec!["0".to_string()])
}

fn back_to_front() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01T11:00:00Z", "second.csv", second_version())?;
    ingest(&folder, "2026-04-01T12:00:00Z", "cancellation.csv", cancellation())?;
    ingest(&folder, "2026-04-05T12:00:00Z", "late.csv", late())?;
    ingest(&folder, "2026-05-05T12:00:00Z", "original.csv", original())?;
    state(&folder, "2026-04-01", &["judged M 1 1100.00", "cancelled M 1 50.00"])?;
    state(&folder, "2026-04-05", &["judged M 2 1130.00", "cancelled M 1 50.00"])?;
    state(&folder, "2026-05-05", LAST)
}

fn nothing_to_read() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let run = |stage: &str| folder.run(&[stage, "--period", "2026-03"], 3).map(|said| said.stderr);
    holds(&run("validate")?, &["no item of 2026-03 is in the store", "hint: read files in first"])?;
    ingest(&folder, "2026-05-01T12:00:00Z", "april.csv", file(&[import("A1", &[("acceptance_date", "2026-04-02")])]))?;
    holds(&run("run")?, &["no item of 2026-03 is in the store", "hint: the last month with data is 2026-04"])?;
    ingest(&folder, "2026-05-01T13:00:00Z", "march.csv", file(&[import("M1", &[])]))?;
    holds(&run("compile")?, &["2026-03 was not validated yet", "hint: run `tradestat validate --period 2026-03` first"])?;
    holds(&run("publish")?, &["2026-03 was not compiled yet", "hint: run `tradestat compile --period 2026-03` first"])?;
    let said = folder.run(&["close", "2026-03"], 3)?;
    holds(&said.stderr, &["no release of 2026-03 to close", "hint: run `tradestat run --period 2026-03` first"])
}

/// One of three items is held, the parameter allows one of twenty.
fn too_many_held() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut rows = imports(2);
    rows.push(import("H1", &[("procedure_code", "9999")]));
    ingest(&folder, "2026-04-01T12:00:00Z", "held.csv", file(&rows))?;
    let said = folder.run(&["run", "--period", "2026-03"], 4)?;
    holds(
        &said.stderr,
        &["1 of 3 items are held, a share of 0.3333; the limit `max_held_share` is 0.05", "reference/parameter.csv"],
    )?;
    // The failed run left its record, and nothing that a reader opens.
    let failed: Vec<_> = std::fs::read_dir(folder.path().join("store/failed"))?.flatten().collect();
    same("records of failed runs", failed.len(), 1)?;
    holds(&std::fs::read_to_string(failed[0].path())?, &["stopped: 1 of 3 items are held"])?;
    same("runs", folder.run(&["store", "list"], 0)?.stdout.contains("\nrun "), false)?;
    same("held items of no run", folder.query("select count(*) from held_item")?, vec!["0".to_string()])?;
    same("releases", std::fs::read_dir(folder.path().join("release"))?.count(), 0)
}
