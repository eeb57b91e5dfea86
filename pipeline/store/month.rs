//! Writes a relation month by month: rows go to the file of their month.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Date32Array, RecordBatch};
use datafusion::arrow::compute::kernels::cmp::eq;
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Date32Type, SchemaRef};
use object_store::ObjectStore;

use super::Store;
use super::manifest::RelationFile;
use super::parquet::RelationWriter;
use crate::error::{Error, Result};
use crate::run::{MonthOfDay, month_of};

/// Files of one relation of one run, by month.
pub struct MonthWriter {
    objects: Arc<dyn ObjectStore>,
    relation: String,
    run: String,
    part: usize,
    schema: SchemaRef,
    writers: BTreeMap<String, RelationWriter>,
}

impl MonthWriter {
    /// Writes nothing yet: a month has a file when it has a row.
    pub fn new(store: &Store, relation: &str, run: &str, part: usize, schema: &SchemaRef) -> Self {
        MonthWriter {
            objects: store.objects(),
            relation: relation.into(),
            run: run.into(),
            part,
            schema: schema.clone(),
            writers: BTreeMap::new(),
        }
    }

    /// Writes rows to the months of `days`, one day a row.
    pub async fn write(&mut self, batch: &RecordBatch, days: &ArrayRef) -> Result<()> {
        let failed = |source| Error::Engine { doing: "sorting rows by month".into(), source: Box::new(source) };
        let days = cast(days, &DataType::Date32).map_err(|e| failed(e.into()))?;
        let days: &Date32Array = days.as_primitive::<Date32Type>();
        let mut month = MonthOfDay::default();
        let mut seen: Vec<i32> = Vec::new();
        let firsts: Date32Array = days
            .iter()
            .map(|number| {
                let first = month.first_day(number?);
                if !seen.contains(&first) {
                    seen.push(first);
                }
                Some(first)
            })
            .collect();
        seen.sort_unstable();
        if firsts.null_count() > 0 {
            return Err(failed(datafusion::error::DataFusionError::Internal("a row without a month".into())));
        }
        for first in &seen {
            let of_month = match seen.len() {
                1 => batch.clone(),
                _ => {
                    let mask = eq(&firsts, &Date32Array::new_scalar(*first)).map_err(|e| failed(e.into()))?;
                    filter_record_batch(batch, &mask).map_err(|e| failed(e.into()))?
                }
            };
            self.writer(&month_of(*first)).await?.write(&of_month).await?;
        }
        Ok(())
    }

    async fn writer(&mut self, month: &str) -> Result<&mut RelationWriter> {
        if !self.writers.contains_key(month) {
            let key = Store::run_file(&self.relation, Some(month), &self.run, self.part);
            let writer = RelationWriter::create(&self.objects, &self.relation, &key, Some(month.into()), &self.schema).await?;
            self.writers.insert(month.into(), writer);
        }
        Ok(self.writers.get_mut(month).expect("it was just put there"))
    }

    /// The files that were written, by month.
    pub async fn finish(self) -> Result<Vec<RelationFile>> {
        let mut files = Vec::new();
        for writer in self.writers.into_values() {
            files.push(writer.finish().await?);
        }
        Ok(files)
    }
}
