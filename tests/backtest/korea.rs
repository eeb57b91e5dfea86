//! The open import declarations of Korea's customs service, counted a second time.
//!
//! The file has one line an item, imports only, with no invoice: a price that is not positive
//! cannot be computed from anything, and the item is held. A mass that is not positive is no mass.
//! `ZZ` is the one origin no list assigns. All subheadings were in force. Prices carry the tails
//! of binary fractions, so the declared value is the text rounded half to even to two decimals.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use libtest_mimic::Failed;

use super::{Row, agree, ask, json, one_file, read_csv};
use crate::program::{Folder, cases, holds, same};

const MONTH: &str = "2021-06";
const YEAR_BEFORE: &str = "2020-06";

/// One line of the file, as arithmetic needs it.
struct Line {
    number: usize,
    month: String,
    partner: String,
    hs6: String,
    office: String,
    is_origin_own: bool,
    cents: i128,
    grams: i128,
    has_tail: bool,
}

/// Items, value in cents, mass in grams, items without a mass.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
struct Count {
    items: usize,
    cents: i128,
    grams: i128,
    without_mass: usize,
}

pub fn counted_independently() -> Result<(), Failed> {
    let Some(cases) = cases() else {
        eprintln!("backtest::korea: skipped, no folder of cases (TRADESTAT_CASES)");
        return Ok(());
    };
    let source = one_file(&cases.join("declarations-csv"), "*.csv.gz")?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(&source)?).read_to_string(&mut text)?;
    let lines = lines(&text)?;

    let folder = Folder::new("kr")?;
    let said = folder.run(&["ingest", "--form", "kcs_csv", &source.display().to_string()], 0)?;
    holds(&said.stderr, &[&format!("lines {0} = items {0} + faulted lines 0", lines.len())])?;
    let manifest = json(&one_file(&folder.path(), "store/manifest/batch/*.json")?)?;
    let rounded = lines.iter().filter(|line| line.has_tail).count();
    same("prices rounded", manifest["rounded"]["statistical_value"].as_u64(), Some(rounded as u64))?;

    folder.run(&["run", "--period", MONTH], 0)?;
    same_lines(&folder, "select line_no from held_item where reasons = 'V31'", &lines, |line| line.cents <= 0)?;
    same(
        "held items",
        ask(&folder, "select line_no from held_item")?.len(),
        lines.iter().filter(|line| line.cents <= 0).count(),
    )?;
    same_lines(&folder, "select line_no from finding where code = 'V20'", &lines, |line| line.grams <= 0)?;
    let odd_origin = |line: &Line| line.partner == "_X" || line.is_origin_own;
    same_lines(&folder, "select line_no from finding where code = 'V11'", &lines, odd_origin)?;

    let chart = std::fs::read_to_string(one_file(&folder.path(), &format!("release/{MONTH}/*/charts/partners.svg"))?)?;
    same("charts are in won", (chart.contains("USD"), chart.contains("KRW")), (false, true))?;
    detail_agrees(&folder, &lines)?;
    table_agrees(&folder, "T01_headline", |_| "imports", &lines)?;
    table_agrees(&folder, "T03_trade_by_partner", |line| &line.partner, &lines)?;
    table_agrees(&folder, "T04_trade_by_section_and_chapter", |line| &line.hs6[..2], &lines)?;
    table_agrees(&folder, "T12_trade_by_customs_office", |line| &line.office, &lines)
}

fn lines(text: &str) -> Result<Vec<Line>, Failed> {
    let mut lines = Vec::new();
    for (index, row) in read_csv(text.as_bytes())?.into_iter().enumerate() {
        let origin = &row["Country of Origin"];
        let price = &row["Item Price"];
        lines.push(Line {
            number: index + 2, // the first line names the columns
            month: row["Date"][..7].to_string(),
            partner: if origin == "ZZ" { "_X".into() } else { origin.clone() },
            hs6: row["HS6 Code"].clone(),
            office: row["Office ID"].clone(),
            is_origin_own: origin == "KR",
            cents: scaled(price, 2)?,
            grams: scaled(&row["Net Mass"], 3)?,
            has_tail: price.split_once('.').is_some_and(|(_, tail)| tail.trim_end_matches('0').len() > 2),
        });
    }
    Ok(lines)
}

/// A decimal text in units of its last place kept, rounded half to even.
fn scaled(text: &str, places: usize) -> Result<i128, Failed> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, tail) = digits.split_once('.').unwrap_or((digits, ""));
    let padded = format!("{tail:0<places$}");
    let (kept, rest) = padded.split_at(places);
    let number: i128 = format!("{whole}{kept}").parse().map_err(|_| format!("`{text}` is not a decimal number"))?;
    let rest = rest.trim_end_matches('0');
    let is_up = rest > "5" || (rest == "5" && number % 2 == 1);
    Ok(sign * (number + i128::from(is_up)))
}

fn same_lines(folder: &Folder, sql: &str, lines: &[Line], is_meant: impl Fn(&Line) -> bool) -> Result<(), Failed> {
    let found: BTreeSet<String> = ask(folder, sql)?.into_iter().map(|row| row["line_no"].clone()).collect();
    let expected: BTreeSet<String> = lines.iter().filter(|line| is_meant(line)).map(|line| line.number.to_string()).collect();
    let differing: Vec<_> = found.symmetric_difference(&expected).take(10).collect();
    if differing.is_empty() && !expected.is_empty() {
        return Ok(());
    }
    Err(format!("{sql}: {} lines, counted {}; for example {differing:?}", found.len(), expected.len()).into())
}

/// What rows are added up by, from a month, a partner and a subheading.
type KeyOf<'k> = dyn Fn(&str, &str, &str) -> (String, String, String) + 'k;

/// Every month, partner and subheading, then partners, chapters and all, to the cent and gram.
fn detail_agrees(folder: &Folder, lines: &[Line]) -> Result<(), Failed> {
    let rows = ask(
        folder,
        "select flow, in_general, left(cast(period as varchar), 7) as month, partner, hs6, hs2, item_count, statistical_value, \
         value_national, estimated_value, net_mass_kg, net_mass_missing_count from trade_by_partner",
    )?;
    let mut program: BTreeMap<(String, String, String), Count> = BTreeMap::new();
    for row in &rows {
        same("flow", (&row["flow"][..], &row["in_general"][..]), ("M", "true"))?;
        same("chapter", &row["hs2"][..], &row["hs6"][..2])?;
        same("national value", &row["value_national"], &row["statistical_value"])?;
        same("estimated", scaled(&row["estimated_value"], 6)?, 0)?;
        let value = scaled(&row["statistical_value"], 6)?;
        same("parts of a cent", value % 10_000, 0)?;
        let count = Count {
            items: row["item_count"].parse()?,
            cents: value / 10_000,
            grams: if row["net_mass_kg"].is_empty() { 0 } else { scaled(&row["net_mass_kg"], 3)? },
            without_mass: row["net_mass_missing_count"].parse()?,
        };
        program.entry((row["month"].clone(), row["partner"].clone(), row["hs6"].clone())).or_default().add(count);
    }
    let counted: Vec<&Line> = lines.iter().filter(|line| line.cents > 0).collect();
    let by = |key: &KeyOf<'_>| -> Result<(), Failed> {
        let (mut found, mut expected) = (BTreeMap::new(), BTreeMap::new());
        for ((month, partner, hs6), count) in &program {
            found.entry(key(month, partner, hs6)).or_insert_with(Count::default).add(*count);
        }
        for line in &counted {
            expected.entry(key(&line.month, &line.partner, &line.hs6)).or_insert_with(Count::default).add(line.count());
        }
        agree("trade_by_partner", &found, &expected)
    };
    by(&|month, partner, hs6| (month.into(), partner.into(), hs6.into()))?;
    by(&|month, partner, _| (month.into(), partner.into(), String::new()))?;
    by(&|month, _, hs6| (month.into(), hs6[..2].into(), String::new()))?;
    by(&|_, _, _| Default::default())
}

/// A published table: month, year to date and both a year before, row by row.
fn table_agrees(folder: &Folder, name: &str, key: impl Fn(&Line) -> &str, lines: &[Line]) -> Result<(), Failed> {
    let path = one_file(&folder.path(), &format!("release/{MONTH}/*/tables/{name}.csv"))?;
    let table = read_csv(std::fs::File::open(path)?)?;
    let measures = ["month", "month_year_before", "to_date", "to_date_year_before"];
    let mut expected: BTreeMap<String, [i128; 4]> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.cents > 0) {
        let in_year = |month: &str| line.month[..4] == month[..4] && *line.month <= *month;
        let is_in = [line.month == MONTH, line.month == YEAR_BEFORE, in_year(MONTH), in_year(YEAR_BEFORE)];
        for cell in [key(line), "TOTAL"] {
            let sums = expected.entry(cell.to_string()).or_default();
            (0..4).filter(|i| is_in[*i]).for_each(|i| sums[i] += line.cents);
        }
    }
    // Groups of countries stand among the countries, some under two letters as well.
    let groups = ask(folder, "select distinct country_group from country_group")?;
    let groups: BTreeSet<String> = groups.iter().map(|row| row["country_group"].clone()).collect();
    let mut seen = BTreeMap::new();
    for row in &table {
        let Some(cell) = cell_of(name, row).filter(|cell| !groups.contains(cell)) else { continue };
        let prefix = if name.starts_with("T01") { "" } else { "import_" };
        let mut sums = [0; 4];
        for (sum, measure) in sums.iter_mut().zip(measures) {
            let text = &row[&format!("{prefix}{measure}")];
            *sum = if text.is_empty() { 0 } else { scaled(text, 2)? };
        }
        same(&format!("{name}, {cell} twice"), seen.insert(cell, sums), None)?;
    }
    if name.starts_with("T01") {
        expected.remove("TOTAL");
    }
    let is_shown = |sums: &[i128; 4]| sums.iter().any(|sum| *sum != 0);
    expected.retain(|_, sums| is_shown(sums));
    seen.retain(|_, sums| is_shown(sums));
    agree(name, &seen, &expected)
}

/// Which cell a row of a table is about, if it is one that is counted here.
fn cell_of(table: &str, row: &Row) -> Option<String> {
    let value = |column: &str| row.get(column).filter(|text| !text.is_empty()).cloned();
    match &table[..3] {
        "T01" => value("indicator").filter(|indicator| indicator == "imports"),
        "T03" => value("partner"),
        "T04" => value("chapter").or_else(|| value("section").filter(|section| section == "TOTAL")),
        _ => value("customs_office"),
    }
}

impl Line {
    fn count(&self) -> Count {
        Count { items: 1, cents: self.cents, grams: self.grams.max(0), without_mass: usize::from(self.grams <= 0) }
    }
}

impl Count {
    fn add(&mut self, other: Count) {
        self.items += other.items;
        self.cents += other.cents;
        self.grams += other.grams;
        self.without_mass += other.without_mass;
    }
}
