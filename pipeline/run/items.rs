//! Items of a run's months, as received; their corrected copies, and the cells of these.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::functions::expr_fn::coalesce;
use datafusion::prelude::{DataFrame, Expr, SessionContext, col, lit};
use datafusion::scalar::ScalarValue;
use tradestat_core::schema::Record;

use super::{Job, Run, Span};
use crate::error::{Error, Result};
use crate::method::register;

/// Items that decisions and amendments changed, whole.
pub const CORRECTED: &str = "corrected_item";
/// Headers that amendments changed, whole.
pub const CORRECTED_HEADER: &str = "corrected_declaration";

/// Identifiers and keys of an item that no decision may rewrite.
pub const FIXED: &[&str] =
    &["batch_id", "line_no", "received_on", "declaration_id", "item_no", "version", "trader_key", "declarant_key"];

/// Whether the day that an item counts for, as the profile says, is one of the span's.
pub fn is_of_span(job: &Job<'_>, span: &Span) -> Expr {
    let day = |number: i32| lit(ScalarValue::Date32(Some(number)));
    let recording_date = coalesce(job.profile.recording_dates().iter().map(|name| col(*name)).collect());
    recording_date.between(day(span.first), day(span.last))
}

/// `item` of the run's months, as received: what the audits count again.
pub fn register_items(ctx: &SessionContext, job: &Job<'_>, run: &Run) -> Result<()> {
    let mut all: Option<DataFrame> = None;
    for span in run.spans(&job.method)? {
        let items = ctx
            .read_table(job.store.table(&Record::Item.schema(), &span.files(run, "item"))?)
            .map_err(Error::engine("opening the items"))?;
        let items = of_months(items, job, run, &span)?;
        all = Some(match all {
            None => items,
            Some(before) => before.union(items).map_err(Error::engine("opening the items"))?,
        });
    }
    match all {
        Some(items) => register(ctx, "item", items.into_view()),
        None => Ok(()),
    }
}

/// Cuts items to the months of the span; spared where the batches hold no other month.
pub fn of_months(items: DataFrame, job: &Job<'_>, run: &Run, span: &Span) -> Result<DataFrame> {
    if span.batches(run).all(|batch| batch.months.keys().all(|month| span.months.contains(month))) {
        return Ok(items);
    }
    items.filter(is_of_span(job, span)).map_err(Error::engine("cutting the items to their months"))
}

/// A row with another cell, empty for null, with the exactness of its field; nothing when the
/// text does not fit it, or no field has the name.
pub fn with_cell(row: &RecordBatch, field: &str, value: &str) -> Option<RecordBatch> {
    let schema = row.schema();
    let place = schema.index_of(field).ok()?;
    let text: ArrayRef = Arc::new(StringArray::from(vec![(!value.is_empty()).then_some(value)]));
    let strict = CastOptions { safe: false, ..Default::default() };
    let mut columns = row.columns().to_vec();
    columns[place] = cast_with_options(&text, schema.field(place).data_type(), &strict).ok()?;
    RecordBatch::try_new(schema, columns).ok()
}

/// Whether a text, empty for null, can stand in a field of an item.
pub fn fits(field: &str, value: &str) -> bool {
    let schema = Record::Item.schema();
    let nulls = schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
    let optional: Vec<Field> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let row = RecordBatch::try_new(Arc::new(Schema::new(optional)), nulls).expect("one null a field");
    with_cell(&row, field, value).is_some_and(|row| {
        let place = schema.index_of(field).expect("with_cell found it");
        schema.field(place).is_nullable() || row.column(place).is_valid(0)
    })
}
