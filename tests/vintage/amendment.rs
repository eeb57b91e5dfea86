//! Amendments among versions, and corrections among months: which of them counts, as of which day.

use libtest_mimic::{Failed, Trial};

use super::fates;
use crate::bad_input::amendment::{declaration, item, message};
use crate::program::{Folder, Said, holds, same, trial};
use crate::sad::{file, header, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::amendment_is_overtaken_by_a_version_that_comes_after_it", overtaken),
        trial("vintage::cancellation_is_overtaken_by_a_version_that_comes_after_it", cancelled),
        trial("vintage::item_taken_out_alone_leaves_and_may_come_back", taken_out_alone),
        trial("vintage::costs_of_an_amended_header_are_shared_with_an_added_item", shared_costs),
        trial("vintage::months_that_messages_and_decisions_change_are_named", changed_months),
        trial("vintage::corrections_follow_the_recording_date_of_the_profile", recording_date),
    ]
}

/// Reads a WCO file in on a day, which is the day of receipt too unless another is given.
pub fn receive(folder: &Folder, now: &str, received: &str, name: &str, text: &str) -> Result<(), Failed> {
    let path = folder.put(name, text)?;
    folder.run(&["--now", now, "ingest", "--form", "wco_xml", "--received", received, &path], 0)?;
    Ok(())
}

/// A message that says another net mass of the first item.
pub fn mass(reference: &str, kg: u32) -> String {
    let steps = [("42A", 1), ("67A", 1), ("68A", 1), ("23A", 1), ("65A", 1)];
    let changed = item(1).replace("<NetNetWeightMeasure>1000", &format!("<NetNetWeightMeasure>{kg}"));
    message("COR", reference, &steps, "128", &changed)
}

/// The first item alone, worth 1400, of 950 kg.
fn second_version(reference: &str) -> String {
    let whole = declaration(reference).replace("<FunctionCode>9", "<FunctionCode>5").replace(&item(2), "");
    whole.replace(">1500<", ">1400<").replace("<NetNetWeightMeasure>1000", "<NetNetWeightMeasure>950")
}

/// By day of receipt: two items, what changes the first and what changes the second, a second
/// version without the second, what changes the first again.
fn history() -> Vec<(&'static str, &'static str, String)> {
    let second = [("42A", 1), ("67A", 1), ("68A", 2)];
    vec![
        ("2026-03-20", "1.xml", declaration("R1")),
        ("2026-03-21", "2.xml", mass("R1", 700)),
        ("2026-03-21", "3.xml", message("COR", "R1", &second, "", &item(2).replace(">1500<", ">1600<"))),
        ("2026-03-22", "4.xml", second_version("R1")),
        ("2026-03-23", "5.xml", mass("R1", 800)),
    ]
}

const OVERTAKEN: &str = "an amendment of `R1` received on 2026-03-21 was not applied: version 2 of the declaration came after it";

fn state(folder: &Folder, day: Option<&str>, expected: &[&str]) -> Result<Said, Failed> {
    let as_of: Vec<&str> = day.into_iter().flat_map(|day| ["--as-of", day]).collect();
    let said = folder.run(&[&["validate", "--period", "2026-03"], &as_of[..]].concat(), 0)?;
    same(&format!("as of {day:?}"), fates(&said), expected.iter().map(ToString::to_string).collect())?;
    Ok(said)
}

fn overtaken() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    for (day, name, text) in history() {
        receive(&folder, &format!("{day}T12:00:00Z"), day, name, &text)?;
    }
    state(&folder, Some("2026-03-20"), &["judged M 2 3000.00"])?;
    let said = state(&folder, Some("2026-03-21"), &["judged M 2 3100.00"])?;
    same("told", said.stderr.contains("was not applied"), false)?;
    // Neither the mass nor the second item comes back.
    let last = ["judged M 1 1400.00", "superseded M 2 3000.00"];
    let said = state(&folder, Some("2026-03-22"), &last)?;
    holds(&said.stderr, &[OVERTAKEN, "amendments overtaken by a later version: 8\n", "amendments applied: 0\n"])?;
    let corrected = |folder: &Folder| folder.query("select item_no, net_mass_kg, statistical_value from corrected_item");
    state(&folder, Some("2026-03-23"), &last)?;
    holds(&state(&folder, None, &last)?.stderr, &[OVERTAKEN, "amendments applied: 1\n"])?;
    same("corrected", corrected(&folder)?, vec!["1,800.000,1400.00".to_string()])?;

    // Read in back to front: the day of receipt tells which came first.
    let folder = Folder::new("az")?;
    for (place, (day, name, text)) in history().iter().rev().enumerate() {
        receive(&folder, &format!("2026-04-0{}", place + 1), day, name, text)?;
    }
    holds(&state(&folder, None, &last)?.stderr, &[OVERTAKEN, "amendments overtaken by a later version: 8\n"])?;
    same("corrected", corrected(&folder)?, vec!["1,800.000,1400.00".to_string()])
}

fn cancelled() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    receive(&folder, "2026-03-20", "2026-03-20", "1.xml", &declaration("R1"))?;
    receive(&folder, "2026-03-21", "2026-03-21", "2.xml", &message("INV", "R1", &[("42A", 1)], "", ""))?;
    receive(&folder, "2026-03-22", "2026-03-22", "3.xml", &mass("R1", 700))?;
    let said = state(&folder, None, &["cancelled M 2 3000.00"])?;
    holds(
        &said.stderr,
        &["an amendment of `R1` was not applied: the declaration is cancelled", "amendments of cancelled declarations: 1\n"],
    )?;
    receive(&folder, "2026-03-23", "2026-03-23", "4.xml", &second_version("R1"))?;
    let said = state(&folder, None, &["judged M 1 1400.00", "superseded M 2 3000.00"])?;
    holds(&said.stderr, &[OVERTAKEN, "amendments overtaken by a later version: 2\n"])?;
    state(&folder, Some("2026-03-22"), &["cancelled M 2 3000.00"])?;
    Ok(())
}

/// No declaration is replaced or cancelled beside it; in the end the declaration comes a second time.
fn taken_out_alone() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let second = [("42A", 1), ("67A", 1), ("68A", 2)];
    let lighter = [&second[..], &[("23A", 1), ("65A", 1)]].concat();
    let changed = item(2).replace("<NetNetWeightMeasure>1000", "<NetNetWeightMeasure>500");
    receive(&folder, "2026-03-20", "2026-03-20", "1.xml", &declaration("R1"))?;
    receive(&folder, "2026-03-21", "2026-03-21", "2.xml", &message("COR", "R1", &lighter, "128", &changed))?;
    receive(&folder, "2026-03-22", "2026-03-22", "3.xml", &message("COR", "R1", &second, "", ""))?;
    let said = state(&folder, None, &["judged M 1 1500.00", "cancelled M 1 1500.00"])?;
    // The change of an item that was taken out later is no change of an item that is not there.
    holds(&said.stderr, &["amendments applied: 2\n"])?;
    same("told", said.stderr.contains("could not be applied"), false)?;
    let again = item(2).replace(">1500<", ">99<");
    receive(&folder, "2026-03-23", "2026-03-23", "4.xml", &message("COR", "R1", &second, "", &again))?;
    let back = ["judged M 2 1599.00", "cancelled M 1 1500.00"];
    state(&folder, None, &back)?;
    receive(&folder, "2026-03-24", "2026-03-24", "5.xml", &(declaration("R1") + "\n"))?;
    let said = state(&folder, None, &["judged M 2 1599.00", "cancelled M 2 3000.00", "duplicate M 1 1500.00"])?;
    holds(&said.stderr, &["held: 0\n"])?;
    same("the item", folder.query("select item_no, statistical_value from corrected_item")?, vec!["2,99.00".to_string()])
}

/// Freight of 100 dollars by 1200, 1200 and 2400 kg, and of 200 when the header is amended.
fn shared_costs() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let freight = |dollars: u32| {
        format!("<CustomsValuation><FreightChargeAmount currencyID=\"USD\">{dollars}</FreightChargeAmount></CustomsValuation>")
    };
    let stated = declaration("R1").replace("<GoodsShipment>", &format!("<GoodsShipment>{}", freight(100)));
    receive(&folder, "2026-03-20", "2026-03-20", "1.xml", &stated)?;
    let third = [("42A", 1), ("67A", 1), ("68A", 3)];
    let heavy = item(3).replace("<GrossMassMeasure>1200", "<GrossMassMeasure>2400");
    receive(&folder, "2026-03-21", "2026-03-21", "2.xml", &message("COR", "R1", &third, "", &heavy))?;
    let shares = |folder: &Folder| folder.query("select freight_cost from allocated_cost order by 1");
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    folder.run(&["compile", "--period", "2026-03"], 0)?;
    same("shares", shares(&folder)?, ["25.00", "25.00", "50.00"].map(String::from).to_vec())?;

    let header = [("42A", 1), ("67A", 1), ("41A", 1)];
    receive(&folder, "2026-03-22", "2026-03-22", "3.xml", &message("COR", "R1", &header, "117", &freight(200)))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["amendments of fields not kept: 0\n"])?;
    folder.run(&["compile", "--period", "2026-03"], 0)?;
    same("shares of the amended freight", shares(&folder)?, ["50.00", "50.00", "100.00"].map(String::from).to_vec())?;
    let costs = "select freight_cost, freight_currency, received_on from";
    let corrected = folder.query(&format!("{costs} corrected_declaration"))?;
    same("the header as amended", corrected, vec!["200.00,USD,2026-03-20".to_string()])?;
    let received = folder.query(&format!("{costs} declaration"))?;
    same("the header as received", received, vec!["100.00,USD,2026-03-20".to_string()])?;
    // It is the header's and none of the items'.
    same("of items", folder.query("select count(freight_cost) from corrected_item")?, vec!["0".to_string()])
}

/// March and April are compiled, and the months of neither message nor decision are in their files.
fn changed_months() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    receive(&folder, "2026-05-01", "2026-03-20", "1.xml", &declaration("R1"))?;
    let april = declaration("R2").replace("20260312", "20260405");
    receive(&folder, "2026-05-01", "2026-04-20", "2.xml", &april)?;
    let run = |now: &str, stage: &str, period: &str| folder.run(&["--now", now, stage, "--period", period], 0);
    let stale = |said: &Said| said.stderr.contains("late or amended items would change: 2026-03\n");
    same("nothing came late", stale(&run("2026-05-02", "run", "2026-04")?), false)?;

    receive(&folder, "2026-05-03", "2026-05-03", "3.xml", &mass("R1", 700))?;
    same("an amendment of March", stale(&run("2026-05-04", "validate", "2026-04")?), true)?;
    run("2026-05-05", "validate", "2026-03")?;
    run("2026-05-06", "compile", "2026-03")?;
    same("it was compiled again", stale(&run("2026-05-07", "validate", "2026-04")?), false)?;
    // The second version is of April, and takes both items from March.
    receive(&folder, "2026-05-08", "2026-05-08", "4.xml", &second_version("R1").replace("20260312", "20260402"))?;
    let said = run("2026-05-09", "validate", "2026-04")?;
    same("a version of March in April", (fates(&said), stale(&said)), (vec!["judged M 3 4400.00".to_string()], true))?;
    let said = run("2026-05-10", "validate", "2026-03")?;
    same("March", fates(&said), vec!["superseded M 2 3000.00".to_string()])?;
    run("2026-05-11", "compile", "2026-03")?;

    let decision = "R2,2,,V04,correct,acceptance_date,2026-04-05,2026-03-31,a slip of the pen,chief,2026-05-12";
    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
    std::fs::write(folder.path().join("decisions.csv"), format!("{columns}\n{decision}\n"))?;
    let said = run("2026-05-12", "validate", "2026-04")?;
    holds(&said.stderr, &["a correction moves item 2 of `R2` from 2026-04 to 2026-03"])?;
    same("an item moved to March", (fates(&said), stale(&said)), (vec!["judged M 2 2900.00".to_string()], true))?;
    let said = run("2026-05-13", "validate", "2026-03")?;
    same("March with it", fates(&said), vec!["judged M 1 1500.00".to_string(), "superseded M 2 3000.00".to_string()])?;
    holds(&said.stderr, &["decisions applied: 1\n"])?;
    run("2026-05-14", "compile", "2026-03")?;
    same("told no more", stale(&run("2026-05-15", "validate", "2026-04")?), false)?;
    let months = "select period, sum(item_count), sum(statistical_value) from trade where period = '2026-03-01' group by 1";
    same("figures", folder.query(months)?, vec!["2026-03-01,1,1500.000000".to_string()])
}

/// Accepted in March and released in April, by a profile that records by acceptance.
fn recording_date() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let method = folder.path().join("method").display().to_string();
    folder.run(&["method", "export", &method], 0)?;
    let profile = std::path::Path::new(&method).join("reference/profiles/az.toml");
    let text = std::fs::read_to_string(&profile)?;
    let by = |choice: &str| std::fs::write(&profile, text.replace("\"release_else_acceptance\"", &format!("\"{choice}\"")));
    by("acceptance")?;
    let dated = |line: String, released: &str| format!("{line},{released}");
    let rows = [
        dated(row(&[("declaration_id", "D1"), ("statistical_value", "10.00")]), "2026-04-02"),
        dated(row(&[("declaration_id", "D2"), ("statistical_value", "20.00")]), "2026-03-30"),
    ];
    let text_of = file(&rows).replacen(&header(), &format!("{},release_date", header()), 1);
    let path = folder.put("one.csv", text_of)?;
    let run = |args: &[&str], code| folder.run(&[&["--method", method.as_str()], args].concat(), code);
    run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let decision = "D1,1,,V28,correct,statistical_value,10,11,by telephone,chief,2026-04-03";
    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
    std::fs::write(folder.path().join("decisions.csv"), format!("{columns}\n{decision}\n"))?;
    let said = run(&["validate", "--period", "2026-03"], 0)?;
    same("March", fates(&said), vec!["judged M 2 31.00".to_string()])?;
    let found = std::fs::read_dir(folder.path().join("store/corrected_item"))?.flatten();
    let months: Vec<String> = found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    same("month of the copy", months, vec!["period=2026-03".to_string()])?;
    run(&["validate", "--period", "2026-04"], 3)?;

    by("date of the stars")?;
    let said = run(&["validate", "--period", "2026-03"], 5)?;
    holds(&said.stderr, &["unknown recording_date `date of the stars`", "hint: one of release,"])
}
