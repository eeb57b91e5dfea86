//! `tradestat method coverage`: every recommendation, the files that carry it out, its cases and
//! where it stands.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cli::ListFormat;
use crate::error::{Error, Result};
use crate::method::Method;
use crate::method::register::Status;
use crate::progress::{Event, Listener};

/// One recommendation as it is printed.
#[derive(Debug, Serialize)]
struct Covered {
    number: String,
    chapter: String,
    paragraph: String,
    title: String,
    status: &'static str,
    reason: String,
    checked: bool,
    steps: Vec<Proven>,
}

/// A file that carries it out, with the titles of its cases.
#[derive(Debug, Serialize)]
struct Proven {
    file: String,
    cases: Vec<String>,
}

/// Prints every recommendation of the register; counts by status and contradictions go to `listen`.
///
/// # Errors
/// When the register cannot be read.
pub fn coverage(method: &Method, format: ListFormat, listen: Listener<'_>) -> Result<()> {
    let mut counts: BTreeMap<Status, (u64, u64)> = BTreeMap::new();
    let mut rows = Vec::new();
    for recommendation in method.recommendations()? {
        let proven = |step: &crate::method::Step| Proven { file: step.file.clone(), cases: method.cases(step) };
        let steps: Vec<Proven> = method.steps_of(&recommendation).into_iter().map(proven).collect();
        let count = counts.entry(recommendation.status).or_default();
        count.0 += 1;
        count.1 += u64::from(!steps.is_empty());
        rows.push(Covered {
            number: recommendation.number,
            chapter: recommendation.chapter,
            paragraph: recommendation.paragraphs.join(", "),
            title: recommendation.title,
            status: recommendation.status.name(),
            reason: recommendation.reason,
            checked: recommendation.is_checked,
            steps,
        });
    }
    match format {
        ListFormat::Table => rows.iter().for_each(print),
        ListFormat::Csv => crate::say!("{}", as_csv(&rows)?.trim_end()),
        ListFormat::Json => crate::say!("{}", serde_json::to_string_pretty(&rows).expect("plain data")),
    }
    for status in Status::ALL {
        let (all, cited) = counts.get(&status).copied().unwrap_or_default();
        listen.hear(Event::Note {
            text: format!("{:<14} {all:>4} recommendations, {cited:>4} cited by files of sql/", status.name()),
        });
    }
    for problem in method.register_problems()? {
        listen.hear(Event::Warning { text: problem });
    }
    Ok(())
}

/// For people: a line for the recommendation, then what carries it out.
fn print(row: &Covered) {
    let unread = if row.checked || row.paragraph.is_empty() { "" } else { ", paragraph not checked" };
    let paragraph = if row.paragraph.is_empty() { String::new() } else { format!(" ({}{unread})", row.paragraph) };
    crate::say!("{:<9} {:<14} {}{paragraph}", row.number, row.status, row.title);
    for step in &row.steps {
        crate::say!("{:<9} {:<14} {}, {} case(s)", "", "", step.file, step.cases.len());
    }
    if !row.reason.is_empty() {
        crate::say!("{:<9} {:<14} because: {}", "", "", row.reason);
    }
}

/// One row a recommendation; files are separated by a semicolon and a blank.
fn as_csv(rows: &[Covered]) -> Result<String> {
    let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
    let failed = |e: csv::Error| Error::Render { what: "the coverage table".into(), problem: e.to_string() };
    csv.write_record(["number", "chapter", "paragraph", "title", "status", "reason", "checked", "steps", "cases"])
        .map_err(failed)?;
    for row in rows {
        let steps: Vec<&str> = row.steps.iter().map(|step| step.file.as_str()).collect();
        let cases: usize = row.steps.iter().map(|step| step.cases.len()).sum();
        let (checked, steps, cases) = (row.checked.to_string(), steps.join("; "), cases.to_string());
        let told: [&str; 5] = [&row.number, &row.chapter, &row.paragraph, &row.title, row.status];
        csv.write_record(told.into_iter().chain([row.reason.as_str(), &checked, &steps, &cases])).map_err(failed)?;
    }
    let bytes = csv.into_inner().expect("a buffer takes all");
    Ok(String::from_utf8(bytes).expect("made of text"))
}
