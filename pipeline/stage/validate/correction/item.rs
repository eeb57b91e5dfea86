//! Single items, each alone in its batch, so that a cell can be replaced.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{Date32Type, Int32Type};
use datafusion::common::JoinType;
use datafusion::functions::expr_fn::coalesce;
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use tradestat_core::schema::Record;

use crate::column::{cell_text, int_column, text_column};
use crate::error::{Error, Result};
use crate::run::items::{is_of_span, with_cell};
use crate::run::{Job, Span};
use crate::store::manifest::{BatchManifest, RelationFile};

pub(in crate::stage::validate) struct Item {
    pub row: RecordBatch,
    pub batch: String,
    pub line: i64,
    /// Day it counted for as received; what has become of it may count for another.
    pub home: i32,
    pub day: i32,
    pub is_changed: bool,
    /// Made by an amendment, whose line it has; no file holds it as an item.
    pub is_added: bool,
}

/// Items by declaration, each list in the order of their days.
pub(in crate::stage::validate) type Items = BTreeMap<String, Vec<Item>>;

/// Day that an item counts for: the first date that it has. Every item has a day of receipt.
pub(in crate::stage::validate) fn recording_day(row: &RecordBatch, dates: &[&str], place: usize) -> i32 {
    let days = dates.iter().map(|name| row.column_by_name(name).expect("an item field").as_primitive::<Date32Type>());
    days.into_iter().find(|column| column.is_valid(place)).map_or(0, |column| column.value(place))
}

/// The items of these declarations among `items`.
pub(in crate::stage::validate) async fn fetch(
    ctx: &SessionContext,
    items: DataFrame,
    wanted: &HashSet<&str>,
    dates: &[&str],
) -> Result<Items> {
    let doing = || Error::engine("reading items to correct");
    let on = ["declaration_id"];
    let found = items.join(ids(ctx, wanted)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let mut items = Items::new();
    for batch in found.collect().await.map_err(doing())? {
        let ids = text_column(&batch, "declaration_id");
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        for row in 0..batch.num_rows() {
            let day = recording_day(&batch, dates, row);
            items.entry(ids.value(row).into()).or_default().push(Item {
                row: batch.slice(row, 1),
                batch: batches.value(row).into(),
                line: lines.value(row),
                home: day,
                day,
                is_changed: false,
                is_added: false,
            });
        }
    }
    items.values_mut().for_each(|items| sort(items));
    Ok(items)
}

pub(in crate::stage::validate) fn sort(items: &mut [Item]) {
    items.sort_by(|a, b| (a.home, &a.batch, a.line).cmp(&(b.home, &b.batch, b.line)));
}

/// Declarations as the small side of a join.
pub(in crate::stage::validate) fn ids(ctx: &SessionContext, wanted: &HashSet<&str>) -> Result<DataFrame> {
    let mut ids: Vec<&str> = wanted.iter().copied().collect();
    ids.sort_unstable();
    let ids: ArrayRef = Arc::new(StringArray::from(ids));
    let keys = RecordBatch::try_from_iter([("declaration_id", ids)]).expect("one column");
    ctx.read_batch(keys).map_err(Error::engine("reading items to correct"))
}

/// Items of other months that these batches hold, of the versions that stand.
pub(in crate::stage::validate) async fn of_other_months(
    ctx: &SessionContext,
    job: &Job<'_>,
    batches: &[&BatchManifest],
    span: &Span,
) -> Result<DataFrame> {
    let doing = || Error::engine("reading items of other months");
    let files: Vec<&RelationFile> =
        batches.iter().flat_map(|batch| &batch.files).filter(|file| file.relation == "item").collect();
    let items = ctx.read_table(job.store.table(&Record::Item.schema(), &files)?).map_err(doing())?;
    let items = items.filter(is_of_span(job, span).is_false()).and_then(|items| items.alias("item")).map_err(doing())?;
    let gone = ctx.table("superseded_declaration").await.and_then(|gone| gone.alias("gone")).map_err(doing())?;
    let version = coalesce(vec![col("item.version"), lit(1)]);
    let same = [
        col("item.batch_id").eq(col("gone.batch_id")),
        col("item.declaration_id").eq(col("gone.declaration_id")),
        version.eq(col("gone.version")),
    ];
    items.join_on(gone, JoinType::LeftAnti, same).map_err(doing())
}

impl Item {
    /// Whether the span has to know of it, because it was received there or counts there.
    pub fn is_of(&self, span: &Span) -> bool {
        self.is_at_home_in(span) || self.counts_in(span)
    }

    /// Received as an item of the span, whatever has become of it.
    pub fn is_at_home_in(&self, span: &Span) -> bool {
        !self.is_added && (span.first..=span.last).contains(&self.home)
    }

    /// Whether it counts for a month of the span as it stands now.
    pub fn counts_in(&self, span: &Span) -> bool {
        (span.first..=span.last).contains(&self.day)
    }

    /// A cell of a whole number; none when it is null.
    pub fn number(&self, name: &str) -> Option<i32> {
        let column = self.row.column_by_name(name).expect("an item field").as_primitive::<Int32Type>();
        column.is_valid(0).then(|| column.value(0))
    }

    /// The cell as text, empty when null; numbers without padding zeros.
    pub fn text(&self, field: &str) -> String {
        cell_text(&self.row, field, 0)
    }

    /// Replaces a cell; false when the text does not fit its field.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        let Some(mut row) = with_cell(&self.row, field, value) else { return false };
        if field == "commodity_code" {
            row = with_cell(&row, "hs6", value.get(..6).unwrap_or_default()).expect("text fits");
        }
        self.row = row;
        self.is_changed = true;
        true
    }
}
