//! Code lists of this office: imported beside the shipped ones, and what they still lack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::cli::{ImportList, ReferenceCommand};
use crate::error::{Error, Result};
use crate::progress::Event;
use crate::run::{Job, day, day_number, month_days};

const FOREVER: &str = "9999-12-31";

pub async fn reference(job: &Job<'_>, asked: &ReferenceCommand) -> Result<()> {
    match asked {
        ReferenceCommand::Import { list, file } => {
            let _lock = job.store.lock()?;
            match list {
                ImportList::Rates => import_rates(job, file),
                ImportList::Nomenclature => import_codes(job, file, "national_commodity", "code"),
                ImportList::Offices => import_codes(job, file, "customs_office", "customs_office"),
                ImportList::Bec5 => import_correspondence(job, file, "bec5"),
            }
        }
        ReferenceCommand::Gaps { period } => gaps(job, period).await,
        ReferenceCommand::Change(_) | ReferenceCommand::Convert(_) => unreachable!("answered by `change` and `convert`"),
    }
}

/// Rows of the file with the columns it must have and those it may have.
fn read(file: &Path, needed: &[&str], optional: &[&str]) -> Result<Vec<(u64, BTreeMap<String, String>)>> {
    let opened = std::fs::File::open(file).map_err(|source| Error::ReadSource { path: file.into(), source })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(opened);
    let wrong = |line: u64, problem: String| Error::Inconsistent {
        file: file.display().to_string(),
        line: Some(line),
        problem,
        hint: format!(
            "columns: {}; optional: {}; commas divide them",
            needed.join(","),
            if optional.is_empty() { "none".into() } else { optional.join(",") }
        ),
    };
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let header: Vec<String> = header.iter().map(|name| name.trim_start_matches('\u{feff}').to_string()).collect();
    for name in needed {
        if !header.iter().any(|found| found == name) {
            let found = if header.is_empty() { "an empty file".into() } else { format!("`{}`", header.join(",")) };
            return Err(wrong(1, format!("column `{name}` is missing; found {found}")));
        }
    }
    for name in &header {
        if !needed.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
            return Err(wrong(1, format!("column `{name}` is not known")));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| wrong(e.position().map_or(0, |p| p.line()), e.to_string()))?;
        let line = record.position().map_or(0, |p| p.line());
        rows.push((line, header.iter().cloned().zip(record.iter().map(String::from)).collect()));
    }
    if rows.is_empty() {
        return Err(wrong(1, "the file has no rows".into()));
    }
    Ok(rows)
}

fn bad(file: &Path, line: u64, problem: String, hint: &str) -> Error {
    Error::Inconsistent { file: file.display().to_string(), line: Some(line), problem, hint: hint.into() }
}

/// Rates of days; each imported day replaces that day of whatever rate held before.
fn import_rates(job: &Job<'_>, file: &Path) -> Result<()> {
    let mut days: BTreeMap<(String, i32), String> = BTreeMap::new();
    for (line, row) in read(file, &["date", "currency", "nominal", "rate"], &[])? {
        let date = day_number(&row["date"]).ok_or_else(|| bad(file, line, format!("`{}` is not a date", row["date"]), "write 2026-03-31"))?;
        let currency = row["currency"].to_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(bad(file, line, format!("`{}` is not a currency", row["currency"]), "three letters, as USD"));
        }
        let rate = per_unit(&row["rate"], &row["nominal"])
            .ok_or_else(|| {
                let problem = format!("found rate `{}` for `{}` units, expected two positive numbers", row["rate"], row["nominal"]);
                bad(file, line, problem, "with a decimal point and no marks between thousands, as 1.7 for 1 or 1234.5 for 100")
            })?;
        if days.insert((currency.clone(), date), rate).is_some() {
            return Err(bad(file, line, format!("{currency} on {} stands twice", row["date"]), "one rate a day"));
        }
    }
    let list = &job.method.lists["exchange_rate"];
    let reporter = job.profile.reporter_currency.clone();
    let mut rows: Vec<[String; 6]> = Vec::new();
    for (_, record) in list.records()? {
        let cells: [String; 6] = std::array::from_fn(|i| record[i].to_string());
        let covers = |d: i32| day_number(&cells[2]).is_some_and(|from| from <= d) && day_number(&cells[3]).is_some_and(|to| d <= to);
        let replaced: Vec<i32> = days.keys().filter(|(c, d)| *c == cells[1] && cells[0] == reporter && covers(*d)).map(|(_, d)| *d).collect();
        if replaced.is_empty() {
            rows.push(cells);
            continue;
        }
        // What is left of the old row between the imported days.
        let (mut from, to) = (day_number(&cells[2]).expect("covers checked it"), day_number(&cells[3]).expect("covers checked it"));
        for gap in replaced {
            if from < gap {
                rows.push([cells[0].clone(), cells[1].clone(), day(from).to_string(), day(gap - 1).to_string(), cells[4].clone(), cells[5].clone()]);
            }
            from = gap + 1;
        }
        if from <= to {
            rows.push([cells[0].clone(), cells[1].clone(), day(from).to_string(), cells[3].clone(), cells[4].clone(), cells[5].clone()]);
        }
    }
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    for ((currency, date), rate) in &days {
        let on = day(*date).to_string();
        rows.push([reporter.clone(), currency.clone(), on.clone(), on, rate.clone(), format!("imported from {name}")]);
    }
    rows.sort();
    let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    write(job, "exchange_rate", &rows, days.len())
}

/// Rate for one unit, exact to ten decimals.
fn per_unit(rate: &str, nominal: &str) -> Option<String> {
    let scaled = |text: &str| -> Option<i128> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        let is_number = !whole.is_empty() && part.len() <= 10 && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
        let digits = format!("{whole}{part:0<10}");
        is_number.then(|| digits.parse::<i128>().ok()).flatten().filter(|n| *n > 0)
    };
    let (rate, nominal) = (scaled(rate)?, scaled(nominal)?);
    let unit = 10_000_000_000_i128;
    let scaled = rate.checked_mul(unit)?;
    let (quotient, rest) = (scaled / nominal, scaled % nominal);
    let rounded = quotient + i128::from(rest * 2 > nominal || (rest * 2 == nominal && quotient % 2 == 1));
    Some(format!("{}.{:010}", rounded / unit, rounded % unit))
}

fn import_codes(job: &Job<'_>, file: &Path, list: &str, key: &str) -> Result<()> {
    let schema = job.method.lists[list].schema.clone();
    let columns: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
    let optional: Vec<&str> = columns.iter().map(String::as_str).filter(|c| !["name", key].contains(c)).chain(["name"]).collect();
    let mut rows = Vec::new();
    let mut starts = BTreeSet::new();
    for (line, row) in read(file, &[key], &optional)? {
        if row[key].is_empty() {
            return Err(bad(file, line, format!("`{key}` is empty"), "every row needs its code"));
        }
        let is_code = (6..=12).contains(&row[key].len()) && row[key].bytes().all(|byte| byte.is_ascii_digit());
        if key == "code" && !is_code {
            return Err(bad(file, line, format!("`{}` is not a commodity code", row[key]), "6 to 12 digits, the zero in front among them"));
        }
        for column in ["valid_from", "valid_to"] {
            if let Some(text) = row.get(column).filter(|text| !text.is_empty() && day_number(text).is_none()) {
                return Err(bad(file, line, format!("`{text}` is not a date"), "write 2026-03-31"));
            }
        }
        if !starts.insert((row[key].clone(), row.get("valid_from").cloned())) {
            return Err(bad(file, line, format!("`{}` stands twice", row[key]), "one row a code and validity"));
        }
        let cell = |column: &String| match row.get(column).filter(|text| !text.is_empty()) {
            Some(text) => text.clone(),
            None if column == "valid_from" => "1900-01-01".into(),
            None if column == "valid_to" => FOREVER.into(),
            None => String::new(),
        };
        rows.push(columns.iter().map(cell).collect::<Vec<String>>());
    }
    rows.sort();
    let count = rows.len();
    write(job, list, &rows, count)
}

/// A list from subheadings to codes, taken over as it is; `write` checks its keys and codes.
fn import_correspondence(job: &Job<'_>, file: &Path, list: &str) -> Result<()> {
    let schema = job.method.lists[list].schema.clone();
    let columns: Vec<&str> = schema.fields().iter().map(|f| f.name().as_str()).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (line, row) in read(file, &columns, &[])? {
        if let Some(empty) = columns.iter().find(|column| row[**column].is_empty()) {
            return Err(bad(file, line, format!("`{empty}` is empty"), "leave out a subheading that has no code"));
        }
        rows.push(columns.iter().map(|column| row[*column].clone()).collect());
    }
    rows.sort();
    let count = rows.len();
    write(job, list, &rows, count)
}

/// Puts the list into the working folder, checked whole before it takes the old one's place.
fn write(job: &Job<'_>, list: &str, rows: &[Vec<String>], imported: usize) -> Result<()> {
    let known = &job.method.lists[list];
    let mut text = csv::Writer::from_writer(Vec::new());
    text.write_record(known.schema.fields().iter().map(|f| f.name())).expect("a buffer takes all");
    for row in rows {
        text.write_record(row).expect("a buffer takes all");
    }
    let bytes = text.into_inner().expect("a buffer");
    known.with_text(&bytes).check(&job.method.lists)?;
    known.with_text(&bytes).batch()?;
    let folder = &job.workspace.imported;
    std::fs::create_dir_all(folder).map_err(Error::write(folder.display().to_string()))?;
    let (draft, place) = (folder.join(format!(".{list}.csv")), folder.join(format!("{list}.csv")));
    std::fs::write(&draft, bytes).map_err(Error::write(draft.display().to_string()))?;
    std::fs::rename(&draft, &place).map_err(Error::write(place.display().to_string()))?;
    let text = format!("imported {imported} rows into `{list}`: {} rows in `{}`", rows.len(), place.display());
    job.listen.hear(Event::Note { text });
    Ok(())
}

/// Days without a rate and codes without a name, with the items and value behind them.
async fn gaps(job: &Job<'_>, period: &str) -> Result<()> {
    let ctx = job.session()?;
    super::query::register_all(&ctx, job).await?;
    let asked = crate::run::period(period)?;
    let first = month_days(&asked.first_month().to_string()).0;
    let last = month_days(&asked.last_month().to_string()).1;
    let parameters = job.parameters(first, last, first);
    for step in job.method.steps.values().filter(|step| step.name.starts_with("gap_")) {
        if !step.reads.iter().all(|name| super::query::is_there(&ctx, name)) {
            crate::say!("{}: not known before a month is compiled", step.header.title);
            continue;
        }
        let rows = job.method.frame(&ctx, step, &parameters).await?.collect().await;
        let rows = rows.map_err(Error::engine(format!("running {}", step.file)))?;
        let count: usize = rows.iter().map(|batch| batch.num_rows()).sum();
        crate::say!("{}: {count}", step.header.title);
        if count > 0 {
            let text = datafusion::arrow::util::pretty::pretty_format_batches(&rows);
            crate::say!("{}", text.map_err(|e| Error::Render { what: "gaps".into(), problem: e.to_string() })?);
        }
    }
    Ok(())
}
