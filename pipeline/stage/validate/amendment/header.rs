//! Headers of declarations as amendments leave them: relation `corrected_declaration`.

use std::collections::{BTreeMap, HashSet};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::JoinType;
use datafusion::prelude::SessionContext;
use tradestat_core::schema::Record;

use super::super::correction::item::ids;
use super::Amendments;
use crate::column::{int_column, text_column};
use crate::error::{Error, Result};
use crate::run::items::with_cell;

/// The header of a declaration in one file, alone in its batch.
pub(in crate::stage::validate) struct Header {
    pub row: RecordBatch,
    batch: String,
    line: i64,
    pub is_changed: bool,
}

/// What no amendment rewrites: it says whose header this is.
const FIXED: &[&str] = &["batch_id", "line_no", "received_on", "declaration_id", "version", "status"];

/// Headers of the versions that amendments correct, in every file that holds them.
pub(in crate::stage::validate) async fn fetch(
    ctx: &SessionContext,
    amendments: &Amendments,
) -> Result<BTreeMap<String, Vec<Header>>> {
    let doing = || Error::engine("reading headers to correct");
    let corrects = |(reference, list): (_, &Vec<super::Amendment>)| {
        let version = list.iter().filter(|change| change.is_of_header()).find_map(|change| change.version);
        version.map(|version| (reference, version))
    };
    let wanted: BTreeMap<&String, i32> = amendments.iter().filter_map(corrects).collect();
    let mut headers: BTreeMap<String, Vec<Header>> = BTreeMap::new();
    if wanted.is_empty() {
        return Ok(headers);
    }
    let keys: HashSet<&str> = wanted.keys().map(|reference| reference.as_str()).collect();
    let on = ["declaration_id"];
    let found = ctx.table("declaration").await.map_err(doing())?.join(ids(ctx, &keys)?, JoinType::LeftSemi, &on, &on, None);
    for batch in found.map_err(doing())?.collect().await.map_err(doing())? {
        let references = text_column(&batch, "declaration_id");
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let versions = batch.column_by_name("version").expect("a field of declaration").as_primitive::<Int32Type>().clone();
        for row in 0..batch.num_rows() {
            let reference = references.value(row).to_owned();
            let version = if versions.is_null(row) { 1 } else { versions.value(row) };
            if wanted[&reference] == version {
                let (batch_id, line) = (batches.value(row).into(), lines.value(row));
                let header = Header { row: batch.slice(row, 1), batch: batch_id, line, is_changed: false };
                headers.entry(reference).or_default().push(header);
            }
        }
    }
    for headers in headers.values_mut() {
        headers.sort_by(|a, b| (&a.batch, a.line).cmp(&(&b.batch, b.line)));
    }
    Ok(headers)
}

impl Header {
    /// Replaces a cell; false when a header has no such field or the text does not fit it.
    pub fn set(&mut self, field: &str, value: &str) -> bool {
        let row = (!FIXED.contains(&field)).then(|| with_cell(&self.row, field, value)).flatten();
        self.is_changed |= row.is_some();
        row.map(|row| self.row = row).is_some()
    }
}

/// The rows as one batch.
pub(in crate::stage::validate) fn batch<'h>(headers: impl Iterator<Item = &'h Header>) -> Result<RecordBatch> {
    let rows: Vec<&RecordBatch> = headers.map(|header| &header.row).collect();
    concat_batches(&Record::Declaration.schema(), rows)
        .map_err(|e| Error::Engine { doing: "correcting headers".into(), source: Box::new(e.into()) })
}
