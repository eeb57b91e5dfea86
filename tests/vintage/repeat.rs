//! One declaration and version received twice, with dates of two months.

use libtest_mimic::{Failed, Trial};

use super::amendment::receive;
use super::{fates, file, import, imports, ingest};
use crate::bad_input::amendment::declaration;
use crate::program::{Folder, holds, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::two_contents_of_two_months_are_both_held_until_decided", contents),
        trial("vintage::second_receipt_without_a_date_is_of_the_first_month", receipts),
        trial("vintage::many_small_files_say_what_they_say_alone", small_files),
    ]
}

/// 50 imports of 100 in March and in April. P1 came with a day of March and 10, then with one of April and 20.
fn contents() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut march = imports(50);
    march.push(import("P1", &[("statistical_value", "10.00")]));
    ingest(&folder, "2026-04-01T12:00:00Z", "march.csv", file(&march))?;
    folder.run(&["--now", "2026-04-02", "run", "--period", "2026-03"], 0)?;
    same("nothing to hold yet", folder.query("select count(*) from held_item")?, vec!["0".to_string()])?;

    let of_april = |id: &str, value: &str| import(id, &[("acceptance_date", "2026-04-03"), ("statistical_value", value)]);
    let mut april: Vec<String> = (0..50).map(|number| of_april(&format!("A{number}"), "100.00")).collect();
    april.push(of_april("P1", "20.00"));
    ingest(&folder, "2026-05-01T12:00:00Z", "april.csv", file(&april))?;
    let said = folder.run(&["--now", "2026-05-02", "run", "--period", "2026-04"], 0)?;
    holds(&said.stderr, &["findings: V02 1", "late or amended items would change: 2026-03"])?;
    same("April", fates(&said), ["judged M 51 5020.00", "held M 1 20.00"].map(String::from).to_vec())?;
    let refused = folder.run(&["--now", "2026-05-02", "publish", "--period", "2026-03"], 3)?;
    holds(&refused.stderr, &["files of 2026-03 came or left since it was compiled"])?;
    let said = folder.run(&["--now", "2026-05-03", "run", "--period", "2026-03"], 0)?;
    same("March", fates(&said), ["judged M 51 5010.00", "held M 1 10.00"].map(String::from).to_vec())?;

    let decided = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on\n\
        P1,1,,V02,accept,statistical_value,20.00,,the sender confirmed it,chief,2026-05-03\n\
        P1,1,,V02,reject,statistical_value,10.00,,the sender withdrew it,chief,2026-05-03\n";
    std::fs::write(folder.path().join("decisions.csv"), decided)?;
    for (period, held) in [("2026-03", vec!["held M 1 10.00".to_string()]), ("2026-04", Vec::new())] {
        let said = folder.run(&["--now", "2026-05-04", "run", "--period", period], 0)?;
        holds(&said.stderr, &["decisions applied: 2", "decisions fallen away: 0"])?;
        let fates = fates(&said);
        same(period, fates.iter().filter(|fate| fate.starts_with("held")).cloned().collect(), held)?;
    }
    let counted = folder.query("select period, sum(statistical_value) from trade group by period order by period")?;
    same("counted", counted, ["2026-03-01,5000.000000", "2026-04-01,5020.000000"].map(String::from).to_vec())
}

/// The same two items, worth 3000, in a file received in March and in another received in April; no date stands in them.
fn receipts() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let date = "<AcceptanceDateTime><DateTimeString>20260312</DateTimeString></AcceptanceDateTime>";
    let undated = declaration("R1").replace(date, "");
    same("a date to take out", undated.len() + date.len(), declaration("R1").len())?;
    receive(&folder, "2026-04-05", "2026-04-05", "1.xml", &undated)?;
    receive(&folder, "2026-04-06", "2026-03-20", "2.xml", &(undated + "\n"))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    same("March", fates(&said), vec!["judged M 2 3000.00".to_string()])?;
    let said = folder.run(&["validate", "--period", "2026-04"], 0)?;
    same("April", fates(&said), vec!["duplicate M 2 3000.00".to_string()])
}

/// 60 files of an import of January of 5 and one of March of 100. In two of them P1 stands besides, in one with a
/// day of January and 20, in the other with one of March and 10.
fn small_files() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let of = |id: &str, day: &str, value: &str| import(id, &[("acceptance_date", day), ("statistical_value", value)]);
    let mut paths = Vec::new();
    for number in 0..60 {
        let mut rows = vec![of(&format!("J{number}"), "2026-01-12", "5.00"), of(&format!("M{number}"), "2026-03-12", "100.00")];
        match number {
            20 => rows.push(of("P1", "2026-01-13", "20.00")),
            40 => rows.push(of("P1", "2026-03-13", "10.00")),
            _ => {}
        }
        paths.push(folder.put(&format!("{number}.csv"), file(&rows))?);
    }
    let asked = ["--now", "2026-04-01T12:00:00Z", "ingest", "--form", "sad_csv"];
    folder.run(&[&asked[..], &paths.iter().map(String::as_str).collect::<Vec<_>>()].concat(), 0)?;
    let said = folder.run(&["--now", "2026-04-02", "run", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["findings: V02 2", "lines read 122"])?;
    let expected = ["judged M 122 6330.00", "held M 2 30.00"];
    same("both months", fates(&said), expected.map(String::from).to_vec())?;
    let counted = folder.query("select period, sum(statistical_value) from trade group by period order by period")?;
    same("counted", counted, ["2026-01-01,300.000000", "2026-03-01,6000.000000"].map(String::from).to_vec())?;
    // What is the run's own has gone: the store holds each file as it came.
    let stored = folder.query("select count(*), count(distinct batch_id) from item")?;
    same("stored", stored, vec!["122,60".to_string()])
}
