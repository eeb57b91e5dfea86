//! Months of a run: the spans that one pass computes, the period that is published, and how far
//! back a step can look.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, Months, NaiveDate};

use super::{Run, day, month_days};
use crate::error::Result;
use crate::method::Method;
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

    /// Months of the year, up to the last one published, that no run compiled: the year to date lacks them.
    pub fn absent_months(&self) -> Vec<String> {
        let last = self.published_month();
        let compiled = self.compiled_months();
        let mut months = months_until(last, day(last).month());
        // Without any compiled month there is nothing that a month could be absent from.
        months.retain(|month| !compiled.is_empty() && !compiled.contains(month));
        months
    }

    /// Files of a stored relation for the span's months and those before: of this run where it
    /// computes them, else of the newest runs.
    pub fn files_looking_back(&self, stage: &str, relation: &str, span: &Span) -> Vec<RelationFile> {
        let mut files: Vec<RelationFile> = Vec::new();
        for month in months_until(span.last, HISTORY_MONTHS + span.months.len() as u32) {
            if self.months.contains(&month) {
                let own = self.manifest.files.iter().filter(|file| file.relation == relation && file.period.as_deref() == Some(&month));
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
        run.batches.iter().flat_map(|batch| &batch.months).filter(|(month, _)| self.months.contains(month)).map(|(_, count)| count)
    }

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

/// Months in which a row of a code list begins, or that follow its last one. Rates and parameters are
/// joined by day or month, so their changes cut nothing.
fn list_changes(method: &Method) -> Result<BTreeSet<String>> {
    let mut months = BTreeSet::new();
    for list in method.lists.values().filter(|list| !["exchange_rate", "parameter"].contains(&list.name.as_str())) {
        let (Ok(from), Ok(to)) = (list.schema.index_of("valid_from"), list.schema.index_of("valid_to")) else { continue };
        for (_, row) in list.records()? {
            months.extend(row[from].get(..7).map(String::from));
            let after = row[to].parse::<NaiveDate>().ok().and_then(|last| last.checked_add_months(Months::new(1)));
            months.extend(after.map(|month| month.format("%Y-%m").to_string()));
        }
    }
    Ok(months)
}
