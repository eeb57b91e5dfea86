//! Months that corrected dates bring items to: no file counts an item of theirs.
//!
//! Before validation a month can only be expected to get an item; afterwards one that got none leaves the
//! run, because a month without data is not a month of nil.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::common::JoinType;
use datafusion::prelude::{col, lit};
use tradestat_core::schema::Record;

use super::{Job, Run, day_number, decision, month_of};
use crate::column::text_column;
use crate::error::{Error, Result};
use crate::run::items::CORRECTED;
use crate::store::manifest::{BatchManifest, RelationFile, RunManifest};

/// Months to which decisions and amendments may bring an item: those of all dates, as received and as
/// corrected, of the declarations whose dates they correct.
pub async fn expected(job: &Job<'_>, batches: &[BatchManifest]) -> Result<BTreeSet<String>> {
    let doing = || Error::engine("looking for items that count for another month");
    let dates = job.profile.recording_dates();
    let files = |relation: &str| -> Vec<&RelationFile> {
        batches.iter().flat_map(|batch| &batch.files).filter(|file| file.relation == relation).collect()
    };
    let decisions = decision::read(job)?.decisions;
    let mut told: Vec<(String, String)> = decisions
        .into_iter()
        .filter(|decision| decision.corrects_any(dates))
        .map(|decision| (decision.declaration_id, decision.new_value))
        .collect();
    let ctx = job.session()?;
    let amendments = files("amendment");
    if amendments.iter().any(|file| file.rows > 0) {
        let of_dates = col("field").in_list(dates.iter().map(|name| lit(*name)).collect(), false);
        let rows = ctx
            .read_table(job.store.table(&Record::Amendment.schema(), &amendments)?)
            .and_then(|rows| rows.filter(of_dates))
            .map_err(doing())?;
        for batch in rows.collect().await.map_err(doing())? {
            let (references, values) = (text_column(&batch, "reference"), text_column(&batch, "value"));
            let value = |row: usize| if values.is_null(row) { String::new() } else { values.value(row).to_owned() };
            told.extend((0..batch.num_rows()).map(|row| (references.value(row).to_owned(), value(row))));
        }
    }
    let mut months: BTreeSet<String> = told.iter().filter_map(|(_, value)| day_number(value.trim())).map(month_of).collect();
    let ids: HashSet<&str> = told.iter().map(|(id, _)| id.as_str()).collect();
    if ids.is_empty() {
        return Ok(months);
    }
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(ids));
    let ids = ctx.read_batch(RecordBatch::try_from_iter([("declaration_id", ids)]).expect("one column")).map_err(doing())?;
    let items = ctx.read_table(job.store.table(&Record::Item.schema(), &files("item"))?).map_err(doing())?;
    let on = ["declaration_id"];
    let items =
        items.join(ids, JoinType::LeftSemi, &on, &on, None).and_then(|items| items.select_columns(dates)).map_err(doing())?;
    for batch in items.collect().await.map_err(doing())? {
        let days = batch.columns().iter().flat_map(|column| column.as_primitive::<Date32Type>().iter().flatten());
        months.extend(days.map(month_of));
    }
    Ok(months)
}

/// Months to which the corrections of the newest validation of each brought an item.
pub fn reached(earlier: &[RunManifest]) -> BTreeSet<String> {
    let mut months: BTreeMap<&String, bool> = BTreeMap::new();
    for run in earlier.iter().filter(|run| run.as_of.is_none() && run.stages.iter().any(|stage| stage == "validate")) {
        months.extend(run.months.iter().map(|month| (month, brings_to(run, month))));
    }
    months.into_iter().filter(|(_, reached)| *reached).map(|(month, _)| month.clone()).collect()
}

fn brings_to(run: &RunManifest, month: &str) -> bool {
    run.files.iter().any(|file| file.relation == CORRECTED && file.period.as_deref() == Some(month) && file.rows > 0)
}

impl Run {
    /// Leaves out the months to which no correction brought an item after all; one that was compiled before
    /// stays, so that its figures are taken back.
    ///
    /// # Errors
    /// Exit 3, where no month asked for is left.
    pub fn settle_months(&mut self) -> Result<()> {
        let is_empty = |month: &&String| {
            !self.batches.iter().any(|batch| batch.months.contains_key(*month)) && !brings_to(&self.manifest, month)
        };
        let was_compiled = |month: &&String| {
            let mut compiled =
                self.earlier.iter().filter(|run| run.as_of.is_none() && run.stages.iter().any(|stage| stage == "compile"));
            compiled.any(|run| run.months.contains(*month))
        };
        let empty: Vec<String> = self.months.iter().filter(is_empty).cloned().collect();
        let (emptied, unreached): (Vec<String>, Vec<String>) = empty.into_iter().partition(|month| was_compiled(&month));
        for month in emptied {
            self.note_emptied(&month);
        }
        self.months.retain(|month| !unreached.contains(month));
        self.manifest.months.clone_from(&self.months);
        if self.target.iter().any(|month| self.months.contains(month)) {
            return Ok(());
        }
        Err(Error::NothingToRead {
            problem: format!("no item of {} is in the store", self.manifest.period),
            hint: "corrections name it in dates that do not decide the month of an item".into(),
        })
    }

    /// Says of a month compiled before that it is computed anew from nothing.
    pub(super) fn note_emptied(&mut self, month: &str) {
        self.note(format!("{month}: no item is left of the files it was computed from"));
    }
}
