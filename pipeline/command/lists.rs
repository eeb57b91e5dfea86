//! Code lists of this office: imported beside the shipped ones, and what they still lack.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::{Datelike, Weekday};

use crate::cli::{ImportList, ReferenceCommand};
use crate::error::{Error, Result};
use crate::lines::Lines;
use crate::progress::Event;
use crate::run::{Job, day, day_number, month_days};
use crate::store::durable;

const FOREVER: &str = "9999-12-31";

/// Imports a list into the working folder, or prints what the lists lack for a period.
///
/// # Errors
/// Exit 5, where a file is not of its columns; exit 8, where another command holds the store that an import would change.
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
    let text = std::fs::read(file).map_err(|source| Error::ReadSource { path: file.into(), source })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(&*text);
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
    let (mut rows, mut lines) = (Vec::new(), Lines::of(&text));
    for record in reader.records() {
        let record = record.map_err(|e| {
            let (line, problem) = lines.wrong(&e);
            wrong(line, problem)
        })?;
        let line = lines.at(record.position());
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

/// Rates of days; an imported rate replaces whatever rate held before on the days that it holds.
fn import_rates(job: &Job<'_>, file: &Path) -> Result<()> {
    let mut days: BTreeMap<(String, i32), String> = BTreeMap::new();
    for (line, row) in read(file, &["date", "currency", "nominal", "rate"], &[])? {
        let date = day_number(&row["date"])
            .ok_or_else(|| bad(file, line, format!("`{}` is not a date", row["date"]), "write 2026-03-31"))?;
        let currency = row["currency"].to_uppercase();
        if currency.len() != 3 || !currency.bytes().all(|b| b.is_ascii_uppercase()) {
            return Err(bad(file, line, format!("`{}` is not a currency", row["currency"]), "three letters, as USD"));
        }
        let rate = per_unit(&row["rate"], &row["nominal"]).ok_or_else(|| {
            let problem = format!("found rate `{}` for `{}` units, expected two positive numbers", row["rate"], row["nominal"]);
            bad(file, line, problem, "with a decimal point and no marks between thousands, as 1.7 for 1 or 1234.5 for 100")
        })?;
        if days.insert((currency.clone(), date), rate).is_some() {
            return Err(bad(file, line, format!("{currency} on {} stands twice", row["date"]), "one rate a day"));
        }
    }
    let count = days.len();
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut known = Vec::new();
    for (_, record) in job.method.lists["exchange_rate"].records()? {
        known.push(std::array::from_fn(|i| record[i].to_string()));
    }
    let source = format!("{IMPORTED}{name}");
    let rows = with_rates(known, &job.profile.reporter_currency, days, &source);
    write(job, "exchange_rate", &rows, count)
}

/// How the source of an imported rate begins: by it the days of earlier files are known.
const IMPORTED: &str = "imported from ";

/// A row of `exchange_rate`: national currency, currency, first and last day, rate, source.
type Rate = [String; 6];

/// The list with imported rates in it, by currency and day, among those imported before.
fn with_rates(known: Vec<Rate>, reporter: &str, imported: BTreeMap<(String, i32), String>, source: &str) -> Vec<Vec<String>> {
    let mut days: BTreeMap<(String, i32), (String, String)> = BTreeMap::new();
    let (earlier, others): (Vec<Rate>, Vec<Rate>) =
        known.into_iter().partition(|row| row[0] == reporter && row[5].starts_with(IMPORTED));
    for [_, currency, from, _, rate, source] in earlier {
        days.insert((currency, day_number(&from).expect("the list was checked")), (rate, source));
    }
    days.extend(imported.into_iter().map(|(key, rate)| (key, (rate, source.to_owned()))));
    let last_day = |currency: &String, date: i32| {
        let next = days.range((currency.clone(), date + 1)..).next().filter(|((other, _), _)| other == currency);
        stands_until(date, next.map(|((_, next), _)| *next))
    };
    let mut rows: Vec<Rate> = Vec::new();
    for row in others {
        let (mut from, to) =
            (day_number(&row[2]).expect("the list was checked"), day_number(&row[3]).expect("the list was checked"));
        let piece = |from: i32, to: i32| {
            [&row[0], &row[1], &day(from).to_string(), &day(to).to_string(), &row[4], &row[5]].map(String::clone)
        };
        // What is left of the row between the days of imported rates.
        let of_currency =
            days.range((row[1].clone(), i32::MIN)..).map(|(key, _)| key).take_while(|(currency, _)| *currency == row[1]);
        for (currency, date) in of_currency.filter(|_| row[0] == reporter) {
            let until = last_day(currency, *date);
            if until < from || to < *date {
                continue;
            }
            if from < *date {
                rows.push(piece(from, *date - 1));
            }
            from = until + 1;
        }
        if from <= to {
            rows.push(piece(from, to));
        }
    }
    for ((currency, date), (rate, source)) in &days {
        let until = last_day(currency, *date);
        rows.push([
            reporter.to_owned(),
            currency.clone(),
            day(*date).to_string(),
            day(until).to_string(),
            rate.clone(),
            source.clone(),
        ]);
    }
    rows.sort();
    rows.into_iter().map(Vec::from).collect()
}

/// The last day of a rate: a bank's rate stands until its next one. Where the next is not known, or a month
/// or more is missing before it, the rate stands on its day and a weekend right behind it: other days
/// without a rate are to be seen, not covered by an old one.
fn stands_until(date: i32, next: Option<i32>) -> i32 {
    let month = |number: i32| day(number).year() * 12 + day(number).month0() as i32;
    let to_sunday = match day(date).weekday() {
        Weekday::Fri => 2,
        Weekday::Sat => 1,
        _ => 0,
    };
    match next {
        Some(next) if month(next) - month(date) <= 1 => next - 1,
        _ => date + to_sunday,
    }
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
            return Err(bad(
                file,
                line,
                format!("`{}` is not a commodity code", row[key]),
                "6 to 12 digits, the zero in front among them",
            ));
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
    let place = folder.join(format!("{list}.csv"));
    durable::replace(&place, &bytes).map_err(Error::write(place.display().to_string()))?;
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
