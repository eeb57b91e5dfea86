//! XML declarations cell by cell, against tables that were written from the XML itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use libtest_mimic::Failed;

use super::{Row, ask, files, json, one_file, read_csv};
use crate::program::{Folder, cases, same};

/// Files of a form with what they hold: the real cases, or the committed samples without them.
struct Batch {
    files: Vec<PathBuf>,
    expected: PathBuf,
    has_cases: bool,
}

fn batch(form: &str, cases_folder: &str) -> Result<Batch, Failed> {
    let samples = crate::program::root().join("tests/forms").join(form);
    let Some(cases) = cases() else {
        eprintln!("backtest of {form}: no folder of cases (TRADESTAT_CASES), only the committed samples");
        return Ok(Batch { files: files(&samples, "*.[xX][mM][lL]")?, expected: samples, has_cases: false });
    };
    Ok(Batch { files: files(&cases.join(cases_folder), "*.[xX][mM][lL]")?, expected: samples, has_cases: true })
}

impl Batch {
    /// All files in one command, into a new working folder.
    fn ingest(&self, form: &str) -> Result<Folder, Failed> {
        let folder = Folder::new("az")?;
        let paths: Vec<String> = self.files.iter().map(|file| file.display().to_string()).collect();
        let mut args = vec!["ingest", "--form", form, "--received", "2020-06-01"];
        args.extend(paths.iter().map(String::as_str));
        folder.run(&args, 0)?;
        Ok(folder)
    }

    fn items(&self) -> &'static str {
        if self.has_cases { "expected.csv" } else { "sample.csv" }
    }
}

pub fn wco_files_say_what_their_xml_says() -> Result<(), Failed> {
    let batch = batch("wco_xml", "declarations-wco-xml")?;
    let folder = batch.ingest("wco_xml")?;
    relation_agrees(&folder, &batch, "item", batch.items())?;
    if batch.has_cases {
        same("files", batch.files.len(), 151)?;
        relation_agrees(&folder, &batch, "declaration", "expected_declaration.csv")?;
        relation_agrees(&folder, &batch, "amendment", "expected_amendment.csv")?;
    }
    same("faults", ask(&folder, "select * from fault")?, Vec::new())
}

/// Amendments without a declaration are listed and counted, none is lost.
pub fn amendments_meet_their_declarations() -> Result<(), Failed> {
    let batch = batch("wco_xml", "declarations-wco-xml")?;
    if !batch.has_cases {
        return Ok(());
    }
    let folder = batch.ingest("wco_xml")?;
    // Most of these test messages have no statistical value: a share no office would accept is held.
    let method = folder.path().join("method").display().to_string();
    folder.run(&["method", "export", &method], 0)?;
    let parameters = Path::new(&method).join("reference/parameter.csv");
    let text = std::fs::read_to_string(&parameters)?;
    std::fs::write(&parameters, text.replace("max_held_share,0.05,", "max_held_share,1,"))?;
    folder.run(&["--method", &method, "validate", "--period", "2020-06"], 0)?;

    let run = json(&one_file(&folder.path(), "store/manifest/run/*.json")?)?;
    let notes = run["declaration_notes"].to_string();
    let expected = read_csv(std::fs::File::open(batch.expected.join("expected_amendment.csv"))?)?;
    let declared: BTreeSet<String> = read_csv(std::fs::File::open(batch.expected.join("expected_declaration.csv"))?)?
        .into_iter()
        .map(|row| row["declaration_id"].clone())
        .collect();
    let (mut matching_files, mut orphans) = (BTreeSet::new(), BTreeSet::new());
    for row in &expected {
        let is_orphan = !declared.contains(&row["reference"]);
        if is_orphan {
            orphans.insert(&row["reference"])
        } else {
            matching_files.insert(&row["file"])
        };
        if is_orphan && !notes.contains(&row["reference"]) {
            return Err(format!("the amendment of `{}` is not listed: {notes}", row["reference"]).into());
        }
    }
    same("amending files with an original, references without", (matching_files.len(), orphans.len()), (6, 4))?;
    // Those of declarations received for this month are not listed.
    for reference in ["TT_IM16a_v1.3_06062023", "TT_IM33b_v1.2_1005_02", "U.7849431R66ZB"] {
        same(reference, notes.contains(reference), false)?;
    }
    let count = |name: &str| run["account"][name].as_str().and_then(|text| text.parse::<usize>().ok()).unwrap_or_default();
    let fates =
        ["amendments applied", "amendments without a declaration", "amendments of fields not kept", "amendments of other months"];
    let all: usize = fates.into_iter().map(count).sum();
    same("amendments accounted for", all, expected.len())?;
    // Two fields of TT_IM33b; freight, its currency and customs value of U.7849431R66ZB.
    same("amendments applied", count("amendments applied"), 5)
}

pub fn asycuda_files_say_what_their_xml_says() -> Result<(), Failed> {
    let batch = batch("asycuda_xml", "declarations-asycuda-xml")?;
    let folder = batch.ingest("asycuda_xml")?;
    relation_agrees(&folder, &batch, "item", batch.items())?;
    if batch.has_cases {
        relation_agrees(&folder, &batch, "declaration", "expected_declaration.csv")?;
        // A real file that declares eight items and holds none.
        let found: Vec<String> = ask(&folder, "select code, found, expected, is_line from fault")?
            .into_iter()
            .map(|row| format!("{} {} | {} | {}", row["code"], row["found"], row["expected"], row["is_line"]))
            .collect();
        same("faults", found, vec!["F44 0 items | 8 items, as declared | false".to_string()])?;
    }
    Ok(())
}

/// Every expected cell, and no row besides; amendments have no key, so they are compared as a set.
fn relation_agrees(folder: &Folder, batch: &Batch, relation: &str, expected: &str) -> Result<(), Failed> {
    let sources = sources(folder)?;
    let expected = read_csv(std::fs::File::open(batch.expected.join(expected))?)?;
    let found = ask(folder, &format!("select * from {relation}"))?;
    let items_of = items_by_file(folder, &sources)?;
    let columns: Vec<&String> = expected[0].keys().filter(|name| !["file", "items_found"].contains(&name.as_str())).collect();
    if let Some(absent) = found.first().and_then(|row| columns.iter().find(|name| !row.contains_key(**name))) {
        return Err(format!("`{relation}` has no column `{absent}`").into());
    }
    let text = |row: &Row, file: &str| -> String {
        columns.iter().fold(file.to_string(), |text, name| format!("{text} {name}={:?}", row[*name]))
    };
    let mut wanted: Vec<String> = expected.iter().map(|row| text(row, &row["file"])).collect();
    let mut given: Vec<String> = found.iter().map(|row| text(row, &sources[&row["batch_id"]])).collect();
    wanted.sort();
    given.sort();
    let differing: Vec<String> = wanted
        .iter()
        .filter(|row| given.binary_search(row).is_err())
        .map(|row| format!("expected {row}"))
        .chain(given.iter().filter(|row| wanted.binary_search(row).is_err()).map(|row| format!("found    {row}")))
        .take(6)
        .collect();
    same(&format!("rows of {relation} that differ"), differing, Vec::new())?;
    same(&format!("rows of {relation}"), given.len(), wanted.len())?;
    for row in expected.iter().filter(|row| row.contains_key("items_found")) {
        same(
            &format!("items of {}", row["file"]),
            items_of.get(&row["file"]).copied().unwrap_or(0).to_string(),
            row["items_found"].clone(),
        )?;
    }
    Ok(())
}

/// The source file of each batch.
fn sources(folder: &Folder) -> Result<BTreeMap<String, String>, Failed> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_string();
    let manifests = files(&folder.path(), "store/manifest/batch/*.json")?;
    manifests.iter().map(|path| json(path).map(|batch| (text(&batch["id"]), text(&batch["source"])))).collect()
}

fn items_by_file(folder: &Folder, sources: &BTreeMap<String, String>) -> Result<BTreeMap<String, usize>, Failed> {
    let rows = ask(folder, "select batch_id, count(*) as items from item group by batch_id")?;
    rows.iter().map(|row| Ok((sources[&row["batch_id"]].clone(), row["items"].parse()?))).collect()
}
