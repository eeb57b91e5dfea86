//! Months of a run: the spans that one pass computes, the period that is published, and how far
//! back a step can look.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};

use super::{Run, day, month_days};
use crate::error::Result;
use crate::method::{Method, header::Layer};
use crate::store::manifest::{BatchManifest, MonthCount, RelationFile};

impl Run {
    /// Spans of neighbouring months: what one pass over the data computes.
    ///
    /// A span is also cut where a row of a code list begins or has ended, because a pass reads each
    /// list once, as it stands in the span.
    pub fn spans(&self, method: &Method) -> Result<Vec<Span>> {
        let changes = list_changes(method)?;
        let mut spans: Vec<Span> = Vec::new();
        for month in &self.months {
            let (first, last) = month_days(month);
            match spans.last_mut() {
                Some(span) if span.last + 1 == first && !changes.contains(month) => {
                    span.last = last;
                    span.months.push(month.clone());
                }
                _ => spans.push(Span { first, last, months: vec![month.clone()] }),
            }
        }
        Ok(spans)
    }

    /// First and last day of the period asked for: what the columns of its tables are about.
    pub fn published_days(&self) -> (i32, i32) {
        let days = |month: &String| month_days(month);
        let (first, last) = (self.target.first().expect("a period has months"), self.target.last().expect("a period has months"));
        (days(first).0, days(last).1)
    }

    /// Months of the year, up to the last one published, that no run compiled or that have no data: the year to
    /// date lacks them.
    pub fn absent_months(&self) -> Vec<String> {
        let last = self.published_month();
        let compiled = self.compiled_months();
        let mut months = months_until(last, day(last).month());
        // Without any compiled month there is nothing that a month could be absent from.
        let has_data = |month: &String| compiled.contains(month) && !self.manifest.months_without_data.contains(month);
        months.retain(|month| !compiled.is_empty() && !has_data(month));
        months
    }

    /// Files of a stored relation for the span's months and those before: of this run where it
    /// computes them, else of the newest runs.
    pub fn files_looking_back(&self, stage: &str, relation: &str, span: &Span) -> Vec<RelationFile> {
        let mut files: Vec<RelationFile> = Vec::new();
        for month in months_until(span.last, HISTORY_MONTHS + span.months.len() as u32) {
            if self.months.contains(&month) {
                let own =
                    self.manifest.files.iter().filter(|file| file.relation == relation && file.period.as_deref() == Some(&month));
                files.extend(own.cloned());
            } else {
                files.extend(self.files(stage, relation, &month).unwrap_or_default());
            }
        }
        files
    }
}

/// Neighbouring months over which no code list changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub first: i32,
    pub last: i32,
    pub months: Vec<String>,
}

impl Span {
    /// Batches that hold an item of these months.
    pub fn batches<'r>(&'r self, run: &'r Run) -> impl Iterator<Item = &'r BatchManifest> {
        run.batches.iter().filter(|batch| batch.months.keys().any(|month| self.months.contains(month)))
    }

    /// Files of a relation in those batches.
    pub fn files<'r>(&'r self, run: &'r Run, relation: &'r str) -> Vec<&'r RelationFile> {
        self.batches(run).flat_map(|batch| &batch.files).filter(|file| file.relation == relation).collect()
    }

    fn counts<'r>(&'r self, run: &'r Run) -> impl Iterator<Item = &'r MonthCount> {
        run.batches
            .iter()
            .flat_map(|batch| &batch.months)
            .filter(|(month, _)| self.months.contains(month))
            .map(|(_, count)| count)
    }

    /// Items of these months as their batches counted them, before any rule or decision.
    pub fn items(&self, run: &Run) -> u64 {
        self.counts(run).map(|count| count.items).sum()
    }

    /// Items a chapter, from the batches' own counts.
    pub fn chapters(&self, run: &Run) -> BTreeMap<String, u64> {
        let mut chapters = BTreeMap::new();
        for (chapter, items) in self.counts(run).flat_map(|count| &count.chapters) {
            *chapters.entry(chapter.clone()).or_default() += items;
        }
        chapters
    }
}

/// Months before the computed ones that a step can look back on: the longest window of any parameter.
const HISTORY_MONTHS: u32 = 24;

/// The month of a day and those before it, oldest first: `count` in all.
pub fn months_until(last: i32, count: u32) -> Vec<String> {
    let back = |n| day(last).checked_sub_months(Months::new(n));
    (0..count).rev().filter_map(back).map(|date| format!("{:04}-{:02}", date.year(), date.month())).collect()
}

/// Lists that are joined by day or month, so that their changes cut nothing.
const READ_BY_DAY: [&str; 2] = ["exchange_rate", "parameter"];

/// A day on which a row of a code list begins, or the first on which it is no longer valid.
struct Change<'l> {
    list: &'l str,
    on: NaiveDate,
}

fn changes(method: &Method) -> Result<Vec<Change<'_>>> {
    let mut changes = Vec::new();
    for list in method.lists.values().filter(|list| !READ_BY_DAY.contains(&list.name.as_str())) {
        let (Ok(from), Ok(to)) = (list.schema.index_of("valid_from"), list.schema.index_of("valid_to")) else { continue };
        for (_, row) in list.records()? {
            let began = row[from].parse::<NaiveDate>().ok();
            let ended = row[to].parse::<NaiveDate>().ok().and_then(|last| last.succ_opt());
            changes.extend([began, ended].into_iter().flatten().map(|on| Change { list: &list.name, on }));
        }
    }
    Ok(changes)
}

/// Months in which a row of a code list begins, or that follow its last one.
fn list_changes(method: &Method) -> Result<BTreeSet<String>> {
    let mut months = BTreeSet::new();
    for change in changes(method)? {
        // What changes within a month is read as it stands there; the month after it begins anew.
        let after = (change.on.day() > 1).then(|| change.on.checked_add_months(Months::new(1))).flatten();
        months.extend([Some(change.on), after].into_iter().flatten().map(|day| day.format("%Y-%m").to_string()));
    }
    Ok(months)
}

/// Changes of code lists within the months of a run. A pass reads a list once, so such a month follows
/// one row as a whole, and who answers for its figures should know. National codes are asked for the day.
pub fn changes_within(method: &Method, months: &[String]) -> Result<Vec<String>> {
    let layers = [Layer::Validate, Layer::Compile, Layer::Classify];
    let is_read = |list: &str| {
        layers.into_iter().flat_map(|layer| method.in_order(layer)).any(|step| step.reads.iter().any(|read| read == list))
    };
    let within = |change: &Change<'_>| {
        change.on.day() > 1
            && months.contains(&change.on.format("%Y-%m").to_string())
            && change.list != "national_commodity"
            && is_read(change.list)
    };
    let mut notes = BTreeSet::new();
    for change in changes(method)?.iter().filter(|change| within(change)) {
        let month = change.on.format("%Y-%m");
        notes.insert(format!("{month}: the list `{}` changes on {}; it is read once for the month", change.list, change.on));
    }
    Ok(notes.into_iter().collect())
}
