//! Months already compiled that a later version, a cancellation or an amendment would change.
//!
//! A file says itself of which months its items are, but not which months it takes items from: a
//! version may have another date than the one it replaces, and a message about a declaration
//! has none. Those months are found through the declarations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Date32Type;
use datafusion::common::JoinType;
use datafusion::functions::expr_fn::coalesce;
use datafusion::prelude::{col, lit};
use tradestat_core::schema::Record;

use super::super::scan::text_column;
use crate::error::{Error, Result};
use crate::run::{Job, Run, month_of};
use crate::store::manifest::{BatchManifest, RelationFile};

/// Adds them to those that the run names as such.
pub async fn note_changed_months(job: &Job<'_>, run: &mut Run) -> Result<()> {
    let doing = || Error::engine("looking for months that later versions change");
    let seen = batches_seen(run);
    let is_new = |batch: &BatchManifest| seen.values().any(|batches| !batches.contains(&batch.id));
    let new = |relation: &'static str| -> Vec<&RelationFile> {
        let files = run.batches.iter().filter(|batch| is_new(batch)).flat_map(|batch| &batch.files);
        files.filter(|file| file.relation == relation && file.rows > 0).collect()
    };
    let (receipts, amendments) = (new("receipt"), new("amendment"));
    if receipts.is_empty() && amendments.is_empty() {
        return Ok(());
    }
    let ctx = job.session()?;
    let later = ctx.read_table(job.store.table(&Record::Receipt.schema(), &receipts)?).map_err(doing())?;
    let later = later.filter(col("version").gt(lit(1)).or(col("is_cancelled"))).map_err(doing())?;
    let later = later.select(vec![col("declaration_id").alias("touched"), col("batch_id").alias("by")]).map_err(doing())?;
    let amended = ctx.read_table(job.store.table(&Record::Amendment.schema(), &amendments)?).map_err(doing())?;
    let amended = amended.select(vec![col("reference").alias("touched"), col("batch_id").alias("by")]).map_err(doing())?;
    let touched = later.union_distinct(amended).map_err(doing())?.cache().await.map_err(doing())?;
    if touched.clone().count().await.map_err(doing())? == 0 {
        return Ok(());
    }
    let holds = |batch: &&BatchManifest| {
        seen.iter().any(|(month, batches)| batch.months.contains_key(month) && batches.contains(&batch.id))
    };
    let files: Vec<&RelationFile> =
        run.batches.iter().filter(holds).flat_map(|batch| &batch.files).filter(|file| file.relation == "item").collect();
    let items = ctx.read_table(job.store.table(&Record::Item.schema(), &files)?).map_err(doing())?;
    let day = coalesce(job.profile.recording_dates().iter().map(|name| col(*name)).collect()).alias("day");
    let items = items.select(vec![col("declaration_id"), day]).map_err(doing())?;
    let met = touched.join(items, JoinType::Inner, &["touched"], &["declaration_id"], None).map_err(doing())?;
    let met = met.select_columns(&["by", "day"]).and_then(|rows| rows.distinct()).map_err(doing())?;
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for batch in met.collect().await.map_err(doing())? {
        let by = text_column(&batch, "by");
        let days = batch.column_by_name("day").expect("selected above").as_primitive::<Date32Type>();
        for row in (0..batch.num_rows()).filter(|row| days.is_valid(*row)) {
            let month = month_of(days.value(row));
            if seen.get(&month).is_some_and(|batches| !batches.contains(by.value(row))) {
                changed.insert(month);
            }
        }
    }
    changed.extend(std::mem::take(&mut run.manifest.stale_months));
    run.manifest.stale_months = changed.into_iter().collect();
    Ok(())
}

/// Of the months that this run does not compute: the files that the newest run of each has seen.
fn batches_seen(run: &Run) -> BTreeMap<String, HashSet<String>> {
    let mut seen = BTreeMap::new();
    let compiled = run.earlier.iter().filter(|run| run.as_of.is_none() && run.stages.iter().any(|stage| stage == "compile"));
    for earlier in compiled {
        for month in earlier.months.iter().filter(|month| !run.months.contains(month)) {
            // Runs come oldest first.
            seen.insert(month.clone(), earlier.batches.iter().cloned().collect());
        }
    }
    seen
}
