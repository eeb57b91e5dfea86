//! Items dated after the month in which they were received: a slip of the pen puts them into a month that
//! nobody runs, so every run names them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type};
use datafusion::common::JoinType;
use datafusion::functions::expr_fn::coalesce;
use datafusion::functions_aggregate::expr_fn::{count, sum};
use datafusion::prelude::{SessionContext, col, lit};
use tradestat_core::schema::Record;

use crate::error::{Error, Result};
use crate::run::{Job, Run, money, month_of};
use crate::store::manifest::{BatchManifest, RelationFile};

/// Notes the items of such months that this run does not compute, with their declared value, less those
/// that a later version replaced and those (`left`) that a correction takes to another month.
pub async fn note(ctx: &SessionContext, job: &Job<'_>, run: &mut Run, left: &BTreeSet<(String, i64)>) -> Result<()> {
    let is_out_of_sight = |batch: &BatchManifest, month: &String| batch.is_ahead(month) && !run.months.contains(month);
    let holders: Vec<&BatchManifest> =
        run.batches.iter().filter(|batch| batch.months.keys().any(|month| is_out_of_sight(batch, month))).collect();
    if holders.is_empty() {
        return Ok(());
    }
    let ahead: HashSet<(&str, String)> = holders
        .iter()
        .flat_map(|batch| {
            batch.months.keys().filter(|month| is_out_of_sight(batch, month)).map(|month| (batch.id.as_str(), month.clone()))
        })
        .collect();
    let doing = || Error::engine("looking for items dated after their receipt");
    let files: Vec<&RelationFile> =
        holders.iter().flat_map(|batch| &batch.files).filter(|file| file.relation == "item").collect();
    let items =
        ctx.read_table(job.store.table(&Record::Item.schema(), &files)?).and_then(|items| items.alias("item")).map_err(doing())?;
    let gone = ctx.table("superseded_declaration").await.and_then(|gone| gone.alias("gone")).map_err(doing())?;
    let same = [
        col("item.batch_id").eq(col("gone.batch_id")),
        col("item.declaration_id").eq(col("gone.declaration_id")),
        coalesce(vec![col("item.version"), lit(1)]).eq(col("gone.version")),
    ];
    let places: ArrayRef = Arc::new(StringArray::from_iter_values(left.iter().map(|(batch, _)| batch)));
    let lines: ArrayRef = Arc::new(Int64Array::from_iter_values(left.iter().map(|(_, line)| *line)));
    let left = RecordBatch::try_from_iter([("batch_id", places), ("line_no", lines)]).expect("two columns of a length");
    let left = ctx.read_batch(left).map_err(doing())?;
    let on = ["batch_id", "line_no"];
    let day = coalesce(job.profile.recording_dates().iter().map(|name| col(*name)).collect());
    let counts = vec![count(lit(1)).alias("items"), sum(col("statistical_value")).alias("value")];
    let rows = items
        .join_on(gone, JoinType::LeftAnti, same)
        .and_then(|items| items.join(left, JoinType::LeftAnti, &on, &on, None))
        .and_then(|items| items.aggregate(vec![col("batch_id"), day.alias("day")], counts))
        .map_err(doing())?;
    let mut found: BTreeMap<String, (i64, i128)> = BTreeMap::new();
    for batch in rows.collect().await.map_err(doing())? {
        let column = |name: &str, kind: &DataType| {
            cast(batch.column_by_name(name).expect("selected above"), kind).map_err(|e| doing()(e.into()))
        };
        let (batches, days) = (column("batch_id", &DataType::Utf8)?, column("day", &DataType::Date32)?);
        let (items, values) = (column("items", &DataType::Int64)?, column("value", &DataType::Decimal128(38, 2))?);
        for row in 0..batch.num_rows() {
            let month = month_of(days.as_primitive::<Date32Type>().value(row));
            if ahead.contains(&(batches.as_string::<i32>().value(row), month.clone())) {
                let sum = found.entry(month).or_default();
                sum.0 += items.as_primitive::<Int64Type>().value(row);
                sum.1 += values.as_primitive::<Decimal128Type>().iter().nth(row).flatten().unwrap_or_default();
            }
        }
    }
    for (month, (items, value)) in found {
        run.note(format!(
            "{month}: {items} item(s) of {} are dated after the month of their receipt, and no other month counts them; a decision can correct the date",
            money(value)
        ));
    }
    Ok(())
}
