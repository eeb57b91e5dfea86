//! The same item twice, and what statisticians decide about held items.

use libtest_mimic::{Failed, Trial};

use super::{fates, file, import, imports, ingest};
use crate::program::{Folder, holds, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::second_receipts_are_compared_and_decisions_apply", decisions),
        trial("vintage::wrong_decision_file_is_named_by_line", wrong_decisions),
        trial("vintage::rows_of_the_worklist_are_decisions_when_filled_in", filled_in),
        trial("vintage::worklist_itself_is_a_decision_file_with_rows_left_open", sent_back),
    ]
}

const COLUMNS: &str = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";

/// Two files hold P1 with two contents and P2 with one; C1 has no value and nothing to compute
/// it from; F1 comes in version 2 with another value than the one that was decided on.
fn store() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    let mut rows = imports(100);
    rows.push(import("P1", &[("statistical_value", "10.00")]));
    rows.push(import("P2", &[("statistical_value", "15.00")]));
    rows.push(import("C1", &[("statistical_value", ""), ("invoice_amount", "")]));
    rows.push(import("R1", &[("statistical_value", "77.00")]));
    rows.push(import("F1", &[("statistical_value", "40.00")]));
    ingest(&folder, "2026-04-01T12:00:00Z", "one.csv", file(&rows))?;
    let second = [
        import("P1", &[("statistical_value", "20.00")]),
        import("P2", &[("statistical_value", "15.00")]),
        import("F1", &[("statistical_value", "45.00"), ("version", "2")]),
    ];
    ingest(&folder, "2026-04-02T12:00:00Z", "two.csv", file(&second))?;
    Ok(folder)
}

fn held(folder: &Folder) -> Result<Vec<String>, Failed> {
    folder.query("select declaration_id, statistical_value, reasons from held_item order by 1, 2")
}

/// What stands in the lists of all runs.
fn worklists(folder: &Folder) -> Result<Vec<String>, Failed> {
    let mut found = Vec::new();
    for run in std::fs::read_dir(folder.path().join("worklist/2026-03"))? {
        for list in std::fs::read_dir(run?.path())? {
            let list = list?.path();
            if list.extension().is_some_and(|ending| ending == "csv") {
                found.push(std::fs::read_to_string(list)?);
            }
        }
    }
    Ok(found)
}

fn decisions() -> Result<(), Failed> {
    let folder = store()?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    // 100 * 100 + 10 + 20 + 15 + 77 + 45 in 106 items, C1 among them; of P2 one is counted.
    let expected = ["judged M 106 10167.00", "duplicate M 1 15.00", "held M 3 30.00", "superseded M 1 40.00"];
    same("before decisions", fates(&said), expected.map(String::from).to_vec())?;
    same("held", held(&folder)?, ["C1,,V31", "P1,10.00,V02", "P1,20.00,V02"].map(String::from).to_vec())?;
    let listed = worklists(&folder)?;
    let problem = r#""P1","1",,"V02","The same item of the same version has two contents","statistical_value","1",,"10""#;
    holds(&listed.join("\n"), &[problem, r#""C1","1",,"V31""#])?;

    let decided = [
        "P1,1,,V02,accept,statistical_value,20.00,,the sender confirmed it,chief,2026-04-03",
        "P1,1,,V02,reject,statistical_value,10.00,,the sender withdrew it,chief,2026-04-03",
        "C1,1,,V31,correct,statistical_value,,300.5,by telephone,chief,2026-04-03",
        "R1,1,,V20,reject,statistical_value,77,,no goods,chief,2026-04-03",
        "F1,1,2,V28,correct,statistical_value,40,41,by telephone,chief,2026-04-03",
    ];
    std::fs::write(folder.path().join("decisions.csv"), format!("{COLUMNS}\n{}\n", decided.join("\n")))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(
        &said.stderr,
        &[
            "decisions applied: 4",
            "decisions fallen away: 1",
            "decision of 2026-04-03 on declaration F1 item 1 (statistical_value) fell away: the source value is no longer `40`",
        ],
    )?;
    // Nothing is left to decide.
    same("worklists", worklists(&folder)?.len(), listed.len())?;
    let reasons = held(&folder)?;
    same("held", reasons.len(), 2)?;
    holds(&reasons.join("\n"), &["P1,10.00,", "R1,77.00,rejected"])?;
    holds(&reasons[0], &["rejected"])?;
    // The corrected value goes on; what was received stays as it was.
    let corrected = folder.query("select declaration_id, statistical_value from corrected_item")?;
    same("corrected", corrected, vec!["C1,300.50".to_string()])?;
    let received = folder.query("select count(*) from item where declaration_id = 'C1' and statistical_value is null")?;
    same("received", received, vec!["1".to_string()])?;
    // 10167 + 300.50 judged, of which 10 + 77 are held.
    let expected = ["judged M 106 10467.50", "duplicate M 1 15.00", "held M 2 87.00", "superseded M 1 40.00"];
    same("after decisions", fates(&said), expected.map(String::from).to_vec())
}

/// One item for each rule that holds, W2 in two contents that differ in the origin.
fn held_by_each_rule() -> Vec<String> {
    let mut rows = imports(200);
    rows.push(import("W01", &[("commodity_code", "")]));
    rows.push(import("W2", &[("origin_country", "TR")]));
    rows.push(import("W2", &[("origin_country", "GE")]));
    rows.push(import("W10", &[("commodity_code", "7799000000")]));
    rows.push(import("W12", &[("procedure_code", "9Z99")]));
    rows.push(import("W12T", &[("declaration_type", "EX")]));
    rows.push(import("W31", &[("statistical_value", "0"), ("invoice_amount", "0")]));
    rows
}

/// The rows of the list of one run, each with an action: what is to be decided and by whom.
fn decide(folder: &Folder, action: &str) -> Result<(), Failed> {
    let listed = worklists(folder)?.join("\n");
    let mut rows = Vec::new();
    for row in csv::ReaderBuilder::new().has_headers(false).from_reader(listed.as_bytes()).records() {
        let row = row?;
        let [id, item, version, rule, field, old] = [0, 1, 2, 3, 5, 8].map(|place| &row[place]);
        if id.starts_with('W') {
            rows.push(format!("{id},{item},{version},{rule},{action},{field},{old},,seen,chief,2026-04-03"));
        }
    }
    same("rows", rows.len(), 7)?;
    std::fs::write(folder.path().join("decisions.csv"), format!("{COLUMNS}\n{}\n", rows.join("\n")))?;
    Ok(())
}

fn filled_in() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01T12:00:00Z", "all.csv", file(&held_by_each_rule()))?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    let listed = worklists(&folder)?.join("\n");
    holds(&listed, &[r#""W2","1",,"V02","The same item of the same version has two contents","origin_country","1",,"GE""#])?;

    decide(&folder, "accept")?;
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    let of = |id: &str, field: &str, why: &str| {
        format!("decision of 2026-04-03 on declaration {id} item 1 ({field}) fell away: {why}")
    };
    holds(
        &said.stderr,
        &[
            "decisions applied: 5",
            "decisions fallen away: 2",
            &of("W31", "statistical_value", "an item without a value cannot be accepted; correct or reject it"),
            &of("W12", "procedure_code", "an item of an unknown procedure cannot be accepted; correct or reject it"),
        ],
    )?;
    let left = folder.query("select declaration_id, reasons from held_item order by 1")?;
    same("still held", left, ["W12,V12", "W31,V31"].map(String::from).to_vec())?;

    for list in std::fs::read_dir(folder.path().join("worklist/2026-03"))?.collect::<Vec<_>>() {
        std::fs::remove_dir_all(list?.path())?;
    }
    std::fs::remove_file(folder.path().join("decisions.csv"))?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    decide(&folder, "reject")?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["decisions applied: 7", "decisions fallen away: 0"])?;
    same("rejected", folder.query("select count(*) from held_item where reasons like '%rejected%'")?, vec!["7".to_string()])
}

/// The worklists as they were written, all their columns, one below the other, filled in by somebody: `W10` is left open, and below the last row
/// stands what spreadsheets leave there.
fn sent_back() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut rows = held_by_each_rule();
    // A spreadsheet would take it for a formula, so the list has an apostrophe in front.
    rows.push(import("+B", &[("statistical_value", "-5"), ("invoice_amount", "0")]));
    ingest(&folder, "2026-04-01T12:00:00Z", "all.csv", file(&rows))?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    let listed = worklists(&folder)?.concat();
    holds(&listed, &[r#""'+B","1""#, r#""'-5""#])?;

    let mut reader = csv::Reader::from_reader(listed.as_bytes());
    let header = reader.headers()?.clone();
    let place = |name: &str| header.iter().position(|column| column == name).ok_or("the column");
    let mut filled = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    filled.write_record(&header)?;
    for row in reader.records() {
        let mut row: Vec<String> = row?.iter().map(String::from).collect();
        if row[0] == header[0] {
            continue;
        }
        if row[0] != "W10" {
            let (action, new) = if row[0] == "'+B" { ("correct", "5") } else { ("reject", "") };
            let asked = ["action", "new_value", "reason", "who", "decided_on"];
            for (name, text) in asked.into_iter().zip([action, new, "seen", "chief", "2026-04-03"]) {
                row[place(name)?] = text.to_owned();
            }
        }
        filled.write_record(&row)?;
    }
    let text = [String::from_utf8(filled.into_inner()?)?, ",".repeat(header.len() - 1)].concat();
    std::fs::write(folder.path().join("decisions.csv"), &text)?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["decisions applied: 7", "decisions fallen away: 0", "rows of the decision file left undecided: 1"])?;
    let held = folder.query("select declaration_id from held_item where reasons not like '%rejected%'")?;
    same("still open", held, vec!["W10".to_string()])?;
    let corrected = folder.query("select declaration_id, statistical_value from corrected_item")?;
    same("corrected", corrected, vec!["+B,5.00".to_string()])?;

    // What is half decided is no row left open.
    let half = text.replacen(",reject,", ",,", 1);
    std::fs::write(folder.path().join("decisions.csv"), half)?;
    holds(&folder.run(&["validate", "--period", "2026-03"], 5)?.stderr, &["unknown action ``"])
}

fn wrong_decisions() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01T12:00:00Z", "one.csv", file(&imports(1)))?;
    let good = "P1,1,,V02,accept,statistical_value,20.00,,reason,chief,2026-04-03";
    for (line, says) in [
        (good.replace("accept", "allow"), "unknown action `allow`"),
        (good.replace(",reason,", ",,"), "a decision needs a reason, who took it, and the day"),
        (good.replace("statistical_value", "trader_key"), "`trader_key` is not an item field that a decision can be about"),
        (good.replace("V02", "V99"), "no rule is called `V99`"),
        (good.replace("V02", ""), "no rule is called ``"),
        (good.replace("2026-04-03", "yesterday"), "`yesterday` is not a day such as 2026-04-03"),
        (
            good.replace("accept,statistical_value,20.00,", "correct,statistical_value,20.00,abc"),
            "`abc` cannot be a value of `statistical_value`",
        ),
    ] {
        std::fs::write(folder.path().join("decisions.csv"), format!("{COLUMNS}\n{good}\n{line}\n"))?;
        let said = folder.run(&["validate", "--period", "2026-03"], 5)?;
        holds(&said.stderr, &["decisions.csv` line 3", says, "hint: columns: declaration_id,item_no"])?;
    }
    let unknown = good.replace("P1", "NOSUCH");
    std::fs::write(folder.path().join("decisions.csv"), format!("{COLUMNS}\n{unknown}\n"))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(
        &said.stderr,
        &["decision of 2026-04-03 on declaration NOSUCH item 1 (statistical_value) fell away: no file holds the declaration"],
    )
}
