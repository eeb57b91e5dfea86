//! What a later file says between two stages, and two files that say different things of one declaration.

use libtest_mimic::{Failed, Trial};

use super::amendment::{mass, receive};
use super::fates;
use crate::bad_input::amendment::declaration;
use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, imports, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::month_that_only_a_message_changed_is_not_published_as_it_was", only_a_message),
        trial("vintage::items_that_came_after_validation_are_not_compiled", after_validation),
        trial("vintage::method_and_decisions_that_changed_since_are_told", changed_since),
        trial("vintage::receipts_that_differ_in_the_header_alone_contradict_each_other", headers),
        trial("vintage::amendments_of_one_day_that_contradict_each_other_are_told", one_day),
    ]
}

fn only_a_message() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    receive(&folder, "2026-04-01", "2026-03-20", "1.xml", &declaration("R1"))?;
    folder.run(&["--now", "2026-04-02", "run", "--period", "2026-03"], 0)?;
    let published = folder.run(&["--now", "2026-04-02", "publish", "--period", "2026-03"], 0)?;
    same("nothing changed", published.stderr.contains("changed"), false)?;
    receive(&folder, "2026-04-03", "2026-04-03", "2.xml", &mass("R1", 700))?;
    let refused = |stage: &str, done: &str, hint: &str| {
        let said = folder.run(&["--now", "2026-04-04", stage, "--period", "2026-03"], 3)?;
        holds(
            &said.stderr,
            &[&format!("files of 2026-03 came or left since it was {done}"), &format!("`tradestat {hint} --period 2026-03`")],
        )
    };
    refused("publish", "compiled", "run")?;
    refused("compile", "validated", "validate")?;
    folder.run(&["--now", "2026-04-05", "run", "--period", "2026-03"], 0)?;
    let masses = folder.query("select sum(net_mass_kg) from trade")?;
    same("mass", masses, vec!["1700.000".to_string()])?;
    folder.run(&["--now", "2026-04-06", "publish", "--period", "2026-03"], 0)?;
    Ok(())
}

/// A second version would count beside the first.
fn after_validation() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let first = folder.put("1.csv", file(&imports(2)))?;
    folder.run(&["ingest", "--form", "sad_csv", &first], 0)?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    let changed = row(&[("declaration_id", "26AZ9000"), ("statistical_value", "30.00"), ("version", "2")]);
    let second = folder.put("2.csv", file(&[changed]))?;
    folder.run(&["ingest", "--form", "sad_csv", &second], 0)?;
    let said = folder.run(&["compile", "--period", "2026-03"], 3)?;
    holds(
        &said.stderr,
        &["files of 2026-03 came or left since it was validated", "hint: run `tradestat validate --period 2026-03` first"],
    )?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    folder.run(&["compile", "--period", "2026-03"], 0)?;
    same("value", folder.query("select sum(statistical_value) from trade")?, vec!["130.000000".to_string()])
}

fn changed_since() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("1.csv", file(&imports(2)))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on\n";
    std::fs::write(folder.path().join("decisions.csv"), columns)?;
    let said = folder.run(&["publish", "--period", "2026-03"], 0)?;
    holds(
        &said.stderr,
        &["2026-03: the figures were compiled before `decisions.csv` changed: `tradestat run` computes them anew"],
    )?;
    // Judged with them, and not yet compiled.
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    let said = folder.run(&["publish", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["compiled before `decisions.csv` changed"])?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    let rates = folder.put("rates.csv", "date,currency,nominal,rate\n2026-03-10,USD,1,1.8\n")?;
    folder.run(&["reference", "import", "rates", &rates], 0)?;
    let said = folder.run(&["publish", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["2026-03: the figures were compiled before `reference/exchange_rate.csv` changed"])
}

/// Items alike, freight of 100 dollars and of 200: which is right has to be decided.
fn headers() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let others = folder.put("others.csv", file(&imports(90)))?;
    folder.run(&["ingest", "--form", "sad_csv", &others], 0)?;
    let freight = |dollars: u32| {
        let cost = format!(
            "<CustomsValuation><FreightChargeAmount currencyID=\"USD\">{dollars}</FreightChargeAmount></CustomsValuation>"
        );
        declaration("R1").replace("<GoodsShipment>", &format!("<GoodsShipment>{cost}"))
    };
    receive(&folder, "2026-03-20", "2026-03-20", "1.xml", &freight(100))?;
    receive(&folder, "2026-03-20", "2026-03-20", "2.xml", &(freight(100) + "\n"))?;
    let alike = folder.run(&["validate", "--period", "2026-03"], 0)?;
    same("alike", fates(&alike), ["judged M 92 12000.00", "duplicate M 2 3000.00"].map(String::from).to_vec())?;
    receive(&folder, "2026-03-20", "2026-03-20", "3.xml", &freight(200))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["findings: V02 4"])?;
    same("held", folder.query("select count(*) from held_item where reasons = 'V02'")?, vec!["4".to_string()])
}

/// The days are told apart, two files of one day by which was read in last.
fn one_day() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    receive(&folder, "2026-03-20", "2026-03-20", "1.xml", &declaration("R1"))?;
    receive(&folder, "2026-03-21", "2026-03-21", "2.xml", &mass("R1", 700))?;
    receive(&folder, "2026-03-22T12:00:00Z", "2026-03-22", "3.xml", &mass("R1", 800))?;
    let told = |said: &str| said.contains("contradict each other");
    same("of two days", told(&folder.run(&["validate", "--period", "2026-03"], 0)?.stderr), false)?;
    receive(&folder, "2026-03-22T13:00:00Z", "2026-03-22", "4.xml", &mass("R1", 900))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["amendments of `R1` received on 2026-03-22 contradict each other: the one read in last was applied"])?;
    let mass = folder.query("select net_mass_kg from corrected_item where item_no = 1")?;
    same("mass", mass, vec!["900.000".to_string()])
}
