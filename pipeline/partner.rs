//! Partner files as SQL sees them: their records, and the order in which they came.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::method::header::Layer;
use crate::method::{Step, base, register};
use crate::run::Job;
use crate::store::manifest::RelationFile;

/// Relations that this room registers.
pub const NAMES: [&str; 2] = ["partner_flow", "partner_batch"];

/// Registers `partner_flow` and `partner_batch`: the records of the batches that are visible,
/// and one row a batch, with its place in the order of arrival.
pub async fn register_flows(ctx: &SessionContext, job: &Job<'_>) -> Result<()> {
    let mut batches = job.store.batches().await?;
    batches.retain(|batch| batch.files.iter().any(|file| file.relation == NAMES[0]));
    // A file received later is newer, whenever it was read in; of one day, the one read in last.
    batches.sort_by(|a, b| a.received_on.cmp(&b.received_on));
    let files: Vec<&RelationFile> = batches.iter().flat_map(|b| &b.files).filter(|f| f.relation == NAMES[0]).collect();
    register(ctx, NAMES[0], job.store.table(&base::schema(NAMES[0]).expect("known"), &files)?)?;
    let ids: StringArray = batches.iter().map(|batch| Some(batch.id.as_str())).collect();
    let places: Int64Array = (1..=batches.len() as i64).map(Some).collect();
    let schema = base::schema(NAMES[1]).expect("known");
    let columns: Vec<ArrayRef> = vec![Arc::new(ids), Arc::new(places)];
    let rows = RecordBatch::try_new(schema.clone(), columns).expect("built to its schema");
    let table = MemTable::try_new(schema, vec![vec![rows]]).map_err(Error::engine("reading the list of batches"))?;
    register(ctx, NAMES[1], Arc::new(table))
}

/// Whether a step asks for a value of the run. The end of a pattern is a `$` too, with no name behind it.
fn has_placeholder(text: &str) -> bool {
    text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// Registers what a question names of `sql/mirror` and of what that reads, computed when it is
/// asked for: planning all of it would cost every question. What a run has stored, and steps
/// that need a run's period, are left to the run.
pub async fn register_views(ctx: &SessionContext, job: &Job<'_>, question: &str) -> Result<()> {
    let question = question.to_lowercase();
    let mut steps: Vec<&Step> = job.method.in_order(Layer::Mirror).collect();
    // From the end: a step is needed if it is named, or read by one that is.
    let mut needed: Vec<&Step> = Vec::new();
    while let Some(step) = steps.pop() {
        if question.contains(&step.name.to_lowercase()) || needed.iter().any(|later| later.reads.contains(&step.name)) {
            needed.push(step);
        }
    }
    for step in needed.into_iter().rev() {
        let is_there = |name: &str| ctx.table_exist(TableReference::bare(name.to_lowercase())).unwrap_or(false);
        if is_there(&step.name) || has_placeholder(&step.text) || !step.reads.iter().all(|name| is_there(name)) {
            continue;
        }
        let frame = job.method.frame(ctx, step, &Vec::new()).await?;
        register(ctx, &step.name, frame.into_view())?;
    }
    Ok(())
}
