//! Whole jobs against what somebody else counted: real declarations, and the demonstration.
//!
//! What is expected is worked out from the input by code of its own, or stands in files written
//! from the XML; nothing here asks the program what is right.

mod demo;
mod korea;
mod partner;
mod xml;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("backtest::korea", korea::counted_independently),
        trial("backtest::wco", xml::wco_files_say_what_their_xml_says),
        trial("backtest::wco_amendments", xml::amendments_meet_their_declarations),
        trial("backtest::asycuda", xml::asycuda_files_say_what_their_xml_says),
        trial("backtest::partner_files", partner::files_hold_what_they_hold),
        trial("backtest::partner_control", partner::nothing_is_lost),
        trial("backtest::partner_known_records", partner::known_records_are_read_to_the_last_digit),
        trial("backtest::partner_vintages", partner::a_newer_delivery_replaces_the_older),
        trial("backtest::partner_broken", partner::broken_files_are_told),
        trial("backtest::demo", demo::is_the_same_each_time_and_finds_what_it_planted),
    ]
}

/// A row of a table, by column.
type Row = BTreeMap<String, String>;

fn read_csv(bytes: impl std::io::Read) -> Result<Vec<Row>, Failed> {
    Ok(csv::Reader::from_reader(bytes).deserialize().collect::<Result<_, _>>()?)
}

fn ask(folder: &Folder, sql: &str) -> Result<Vec<Row>, Failed> {
    read_csv(folder.run(&["query", sql, "--format", "csv"], 0)?.stdout.as_bytes())
}

/// The files a pattern below a folder names, sorted.
fn files(folder: &Path, pattern: &str) -> Result<Vec<PathBuf>, Failed> {
    let pattern = folder.join(pattern).display().to_string();
    Ok(glob::glob(&pattern)?.collect::<Result<_, _>>()?)
}

fn one_file(folder: &Path, pattern: &str) -> Result<PathBuf, Failed> {
    match files(folder, pattern)?.as_slice() {
        [file] => Ok(file.clone()),
        found => Err(format!("one file `{pattern}` expected below {}, found {found:?}", folder.display()).into()),
    }
}

/// Fails with the cells that differ, not with both tables.
fn agree<K: Ord + Debug, V: PartialEq + Debug>(
    what: &str,
    found: &BTreeMap<K, V>,
    expected: &BTreeMap<K, V>,
) -> Result<(), Failed> {
    let cells: BTreeSet<&K> = found.keys().chain(expected.keys()).collect();
    let differing: Vec<String> = cells
        .into_iter()
        .filter(|cell| found.get(cell) != expected.get(cell))
        .map(|cell| format!("{cell:?}: found {:?}, expected {:?}", found.get(cell), expected.get(cell)))
        .collect();
    let shown = differing.iter().take(8).cloned().collect::<Vec<_>>().join("\n");
    if differing.is_empty() { Ok(()) } else { Err(format!("{what}: {} cells differ\n{shown}", differing.len()).into()) }
}

fn json(path: &Path) -> Result<serde_json::Value, Failed> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}
