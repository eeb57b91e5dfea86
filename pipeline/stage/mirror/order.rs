//! Puts the rows of a step in the order of its grain, with no more of them in memory than share
//! the first columns of it.
//!
//! The engine is asked for the order by the first [`LEADING`] columns only. Relations are stored
//! in the order of their grain and say so, which for most is that of the pairs of countries: what
//! is worked out from them comes in that order already, and nothing has to be sorted as a whole.

use datafusion::arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{SortOptions, concat, concat_batches, partition, take_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::row::{RowConverter, SortField};

use crate::error::{Error, Result};
use crate::method::Step;

/// Columns of the grain that the engine sorts by.
pub const LEADING: usize = 2;

/// Rows of a step that came in the order of its leading columns, and go in that of all its grain.
pub struct Ordering {
    doing: String,
    /// Where the columns of the grain are, and what makes them comparable.
    columns: Vec<usize>,
    rows: RowConverter,
    /// Rows with the leading values seen last: more of them may come.
    open: Vec<RecordBatch>,
}

impl Ordering {
    /// Rows of `schema` by the grain of the step, nulls last.
    ///
    /// # Errors
    /// When a column of the grain has a type without an order.
    pub fn new(step: &Step, schema: &SchemaRef) -> Result<Self> {
        let doing = format!("ordering `{}`", step.file);
        let columns: Vec<usize> = step.grain().iter().filter_map(|name| schema.index_of(name).ok()).collect();
        let options = SortOptions { descending: false, nulls_first: false };
        let field = |i: &usize| SortField::new_with_options(schema.field(*i).data_type().clone(), options);
        let rows = RowConverter::new(columns.iter().map(field).collect()).map_err(failed(&doing))?;
        Ok(Ordering { doing, columns, rows, open: Vec::new() })
    }

    /// The next rows in; out come those whose group is complete, if any.
    pub fn see(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        let groups = partition(&self.leading(&batch)).map_err(failed(&self.doing))?.ranges();
        let start = groups.last().expect("there are rows").start;
        // A batch of one group may go on the open one.
        if start == 0 && !self.is_other(&batch)? {
            self.open.push(batch);
            return Ok(None);
        }
        self.open.push(batch.slice(0, start));
        let complete = self.take_open()?;
        self.open.push(batch.slice(start, batch.num_rows() - start));
        complete.map(|rows| self.sorted(rows)).transpose()
    }

    /// The rows that were still open when the last batch had come.
    pub fn finish(mut self) -> Result<Option<RecordBatch>> {
        let rest = self.take_open()?;
        rest.map(|rows| self.sorted(rows)).transpose()
    }

    fn leading(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        self.columns.iter().take(LEADING).map(|i| batch.column(*i).clone()).collect()
    }

    /// Whether a batch of one group belongs to another than the open one.
    fn is_other(&self, batch: &RecordBatch) -> Result<bool> {
        let Some(open) = self.open.first() else { return Ok(false) };
        let pair = |(old, new): (ArrayRef, ArrayRef)| concat(&[&old.slice(0, 1), &new.slice(0, 1)]);
        let both = self.leading(open).into_iter().zip(self.leading(batch)).map(pair).collect::<Result<Vec<_>, _>>();
        let groups = both.and_then(|both| partition(&both)).map_err(failed(&self.doing))?;
        Ok(groups.len() > 1)
    }

    fn take_open(&mut self) -> Result<Option<RecordBatch>> {
        let open = std::mem::take(&mut self.open);
        let Some(schema) = open.first().map(RecordBatch::schema) else { return Ok(None) };
        let all = concat_batches(&schema, &open).map_err(failed(&self.doing))?;
        Ok((all.num_rows() > 0).then_some(all))
    }

    fn sorted(&self, batch: RecordBatch) -> Result<RecordBatch> {
        let sort = || -> Result<RecordBatch, ArrowError> {
            let columns: Vec<ArrayRef> = self.columns.iter().map(|i| batch.column(*i).clone()).collect();
            let keys = self.rows.convert_columns(&columns)?;
            if (1..keys.num_rows()).all(|i| keys.row(i - 1) <= keys.row(i)) {
                return Ok(batch.clone());
            }
            let mut order: Vec<u32> = (0..keys.num_rows() as u32).collect();
            order.sort_by(|a, b| keys.row(*a as usize).cmp(&keys.row(*b as usize)));
            take_record_batch(&batch, &UInt32Array::from(order))
        };
        sort().map_err(failed(&self.doing))
    }
}

fn failed(doing: &str) -> impl Fn(ArrowError) -> Error + use<> {
    let doing = doing.to_owned();
    move |source| Error::Engine { doing: doing.clone(), source: Box::new(source.into()) }
}
