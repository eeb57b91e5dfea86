//! Checks that the grain a step states is a unique key of its result, on every run.

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{OwnedRow, RowConverter, SortField};

use crate::error::{Error, Result};
use crate::method::Step;

/// Sees the rows of a step in the order of its grain; two equal neighbours are an error.
pub struct GrainCheck {
    file: String,
    columns: Vec<usize>,
    names: Vec<String>,
    converter: RowConverter,
    last: Option<OwnedRow>,
}

impl GrainCheck {
    /// Takes the grain from the header of the step and finds its columns in `schema`.
    ///
    /// # Errors
    /// Exit 5, where the header states none, or a column that the result lacks.
    pub fn new(step: &Step, schema: &SchemaRef) -> Result<Self> {
        let names = step.grain();
        let columns: Vec<usize> = names.iter().filter_map(|name| schema.index_of(name).ok()).collect();
        let missing = || Error::Inconsistent {
            file: step.file.clone(),
            line: None,
            problem: "the header has no `grain` made of columns of the result".into(),
            hint: "name the columns that identify a row: `grain: period, flow`".into(),
        };
        if columns.is_empty() || columns.len() != names.len() {
            return Err(missing());
        }
        let fields = columns.iter().map(|i| SortField::new(schema.field(*i).data_type().clone())).collect();
        let converter = RowConverter::new(fields).map_err(|_| missing())?;
        Ok(GrainCheck { file: step.file.clone(), columns, names, converter, last: None })
    }

    /// The next rows, which go on in the order of those before.
    ///
    /// # Errors
    /// Exit 5, where a row has the key of the row before it.
    pub fn see(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let keys: Vec<ArrayRef> = self.columns.iter().map(|i| batch.column(*i).clone()).collect();
        let rows = self
            .converter
            .convert_columns(&keys)
            .map_err(|e| Error::Engine { doing: format!("checking the grain of `{}`", self.file), source: Box::new(e.into()) })?;
        let meets_itself = (1..rows.num_rows()).any(|i| rows.row(i) == rows.row(i - 1));
        let meets_last = self.last.as_ref().is_some_and(|last| last.row() == rows.row(0));
        if meets_itself || meets_last {
            return Err(Error::Inconsistent {
                file: self.file.clone(),
                line: None,
                problem: format!("the grain `{}` is not unique in the result", self.names.join(", ")),
                hint: "group by all of the grain, or state the grain the result has".into(),
            });
        }
        self.last = Some(rows.row(rows.num_rows() - 1).owned());
        Ok(())
    }
}
