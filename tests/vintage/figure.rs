//! Published figures of a month before and after it changed.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};

use super::{cancellation, file, import, ingest, late, original, second_version};
use crate::bad_input::place::short_of_room;
use crate::program::{Folder, Said, holds, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("vintage::late_and_amended_items_change_a_closed_month_only_when_it_is_run_again", closed_month),
        trial("vintage::declaration_split_over_two_files_gives_the_same_figures", split),
    ]
}

/// Of `original`: partners are the origin of imports and the destination of exports.
const FIRST: [&str; 2] = ["M,TR,7250.000000,63", "X,RU,700.000000,1"];

/// With version 2, the cancellation and the late item: 6000 + 1100 + 30.
const LAST: [&str; 2] = ["M,TR,7130.000000,62", "X,RU,700.000000,1"];

const BY_PARTNER: &str = "select flow, partner, sum(statistical_value) as value, sum(item_count) as items
    from trade_by_partner where period = '2026-03-01' group by flow, partner order by flow, partner";

fn is(what: &str, folder: &Folder, sql: &str, expected: &[&str]) -> Result<(), Failed> {
    same(what, folder.query(sql)?, expected.iter().map(ToString::to_string).collect())
}

fn run(folder: &Folder, now: &str, args: &[&str]) -> Result<Said, Failed> {
    folder.run(&[&["--now", now], args].concat(), 0)
}

/// The folder of the release, which is all that a run says on stdout.
fn release(said: &Said) -> PathBuf {
    PathBuf::from(said.stdout.trim())
}

/// Lines of a published table without what names its run.
fn figures(said: &Said, table: &str) -> Result<Vec<String>, Failed> {
    let text = std::fs::read_to_string(release(said).join("tables").join(table))?;
    Ok(text.lines().filter(|line| !line.starts_with('#')).map(String::from).collect())
}

fn latest(folder: &Folder) -> Result<(String, String), Failed> {
    let text = std::fs::read_to_string(folder.path().join("release/2026-03/latest.json"))?;
    let latest: serde_json::Value = serde_json::from_str(&text)?;
    let field = |name: &str| latest[name].as_str().unwrap_or_default().to_string();
    Ok((field("run"), field("state")))
}

/// Releases that a reader of the folder finds.
fn releases(folder: &Folder) -> Result<usize, Failed> {
    let entries = std::fs::read_dir(folder.path().join("release/2026-03"))?.flatten();
    Ok(entries.filter(|entry| entry.path().is_dir() && !entry.file_name().to_string_lossy().starts_with('.')).count())
}

fn closed_month() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, "2026-04-01T12:00:00Z", "original.csv", original())?;
    let first = run(&folder, "2026-04-02T12:00:00Z", &["run", "--period", "2026-03"])?;
    is("first figures", &folder, BY_PARTNER, &FIRST)?;
    let headline =
        "select indicator, month from T01_headline where indicator in ('exports', 'imports', 'turnover', 'balance') order by 1";
    is(
        "headline",
        &folder,
        headline,
        &["balance,-6550.000000", "exports,700.000000", "imports,7250.000000", "turnover,7950.000000"],
    )?;
    is(
        "account",
        &folder,
        "select flow, record_class, sum(declared_value), sum(item_count) from account group by 1, 2 order by 1",
        &["M,include,7250.00,63", "X,include,700.00,1"],
    )?;
    let offices = figures(&first, "T12_trade_by_customs_office.csv")?;
    same("the office", offices.iter().any(|line| line.contains("'=1+1")), true)?;
    for record in csv::Reader::from_reader(offices.join("\n").as_bytes()).records() {
        same("a cell begins a formula", record?.iter().any(|cell| cell.starts_with("=")), false)?;
    }

    run(&folder, "2026-04-03T12:00:00Z", &["close", "2026-03", "--who", "chief"])?;
    let closed = latest(&folder)?;
    same("state", closed.1.as_str(), "final")?;
    let manifest = folder.path().join("release/2026-03").join(&closed.0).join("manifest.json");
    holds(&std::fs::read_to_string(manifest)?, &["\"state\": \"final\"", "\"decided_by\": \"chief\"", "not applied"])?;

    // No room for another release: what is public stays public, and nothing half-written is.
    let (code, stderr) = short_of_room(&folder, 8, &["--now", "2026-04-04T12:00:00Z", "publish", "--period", "2026-03"])?;
    same(&stderr, code, Some(9))?;
    same("latest", latest(&folder)?, closed.clone())?;
    same("releases", releases(&folder)?, 2)?;

    ingest(&folder, "2026-04-05T12:00:00Z", "second.csv", second_version())?;
    ingest(&folder, "2026-05-05T11:00:00Z", "cancellation.csv", cancellation())?;
    ingest(&folder, "2026-05-05T12:00:00Z", "late.csv", late())?;
    ingest(&folder, "2026-05-05T13:00:00Z", "april.csv", file(&[import("A1", &[("acceptance_date", "2026-04-02")])]))?;
    let said = run(&folder, "2026-05-06T12:00:00Z", &["validate", "--period", "2026-04"])?;
    holds(&said.stderr, &["late or amended items would change: 2026-03\n", "validate 2026-04: 1 month(s)"])?;
    is("the closed month stands", &folder, BY_PARTNER, &FIRST)?;

    // A release shows the state of the store, so what was compiled before is not published again.
    let said = folder.run(&["publish", "--period", "2026-03"], 3)?;
    holds(
        &said.stderr,
        &["files of 2026-03 came or left since it was compiled", "hint: run `tradestat run --period 2026-03` first"],
    )?;
    same("latest", latest(&folder)?, closed.clone())?;

    let again = run(&folder, "2026-05-07T12:00:00Z", &["run", "--period", "2026-03"])?;
    is("figures with what came later", &folder, BY_PARTNER, &LAST)?;
    same("a final release is not replaced by a provisional one", latest(&folder)?, closed)?;
    let past = run(&folder, "2026-05-08T12:00:00Z", &["run", "--period", "2026-03", "--as-of", "2026-04-02"])?;
    same("as of the first day", figures(&past, "T03_trade_by_partner.csv")?, figures(&first, "T03_trade_by_partner.csv")?)?;
    same("another day", figures(&again, "T03_trade_by_partner.csv")? == figures(&first, "T03_trade_by_partner.csv")?, false)?;
    is("a past state is never the newest", &folder, BY_PARTNER, &LAST)?;
    let then = folder.run(&["query", BY_PARTNER, "--format", "csv", "--as-of", "2026-04-04"], 0)?.stdout;
    same("the figures of that day", then.lines().skip(1).collect::<Vec<_>>(), FIRST.to_vec())?;

    run(&folder, "2026-05-09T12:00:00Z", &["close", "2026-03", "--state", "revised", "--who", "chief"])?;
    same("state", latest(&folder)?.1.as_str(), "revised")
}

/// Cut inside a declaration, and in another order.
fn split() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text = original();
    let mut rows: Vec<String> = text.lines().skip(1).map(String::from).collect();
    rows.reverse();
    let cut = rows.iter().position(|row| row.starts_with("D1,1,")).ok_or("the first item of D1")?;
    same("the two items of D1", rows[cut - 1].starts_with("D1,2,"), true)?;
    let rest = rows.split_off(cut);
    same("lines of the two files", (rest.len(), rows.len()), (61, 3))?;
    ingest(&folder, "2026-04-01T12:00:00Z", "one.csv", file(&rest))?;
    ingest(&folder, "2026-04-01T13:00:00Z", "two.csv", file(&rows))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 0)?;
    same("fates", super::fates(&said), ["judged M 63 7250.00", "judged X 1 700.00"].map(String::from).to_vec())?;
    folder.run(&["compile", "--period", "2026-03"], 0)?;
    is("figures", &folder, BY_PARTNER, &FIRST)
}
