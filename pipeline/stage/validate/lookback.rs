//! What rules compare items with: steps that are stored by month, so that a rule sees the months
//! before its own as they were, whichever months run together.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::prelude::{DataFrame, SessionContext};
use futures::StreamExt;

use crate::error::{Error, Result};
use crate::method::{Method, Parameters, Step, base, header::Layer, register};
use crate::run::{Job, Run, Span};
use crate::store::manifest::RelationFile;
use crate::store::month::MonthWriter;

/// Stores the steps that rules look back on, and registers their history.
pub async fn store(ctx: &SessionContext, job: &Job<'_>, run: &mut Run, span: &Span, part: usize, parameters: &Parameters) -> Result<()> {
    for step in looked_at(&job.method)? {
        let since = Instant::now();
        let doing = || Error::engine(format!("running `{}`", step.file));
        let frame = job.method.frame(ctx, step, parameters).await?;
        let (files, rows) = write(job, run, step, part, frame).await?;
        run.manifest.files.extend(files);
        run.note_step(&step.name, rows, since);
        let files = run.files_looking_back("validate", &step.name, span);
        let schema = job.method.schema(&step.name).expect("the method was checked");
        let rows = ctx.read_table(job.store.table(&schema, &files.iter().collect::<Vec<_>>())?).map_err(doing())?;
        register(ctx, &base::history(&step.name), rows.into_view())?;
    }
    Ok(())
}

fn looked_at(method: &Method) -> Result<Vec<&Step>> {
    let rules = method.in_order(Layer::Validate).filter(|step| step.is_rule());
    let names: BTreeSet<&str> = rules.flat_map(|step| &step.reads).filter_map(|read| base::of_history(read)).collect();
    names.into_iter().map(|name| method.step(name)).collect()
}

async fn write(job: &Job<'_>, run: &Run, step: &Step, part: usize, frame: DataFrame) -> Result<(Vec<RelationFile>, u64)> {
    let doing = || Error::engine(format!("running `{}`", step.file));
    let order = step.grain().iter().map(|name| datafusion::prelude::col(name).sort(true, true)).collect();
    let mut rows = frame.sort(order).map_err(doing())?.execute_stream().await.map_err(doing())?;
    let schema = Arc::new(Schema::new(rows.schema().fields().clone()));
    let described = job.describer()?.described(&step.name, &schema);
    let mut writer = MonthWriter::new(&job.store, &step.name, &run.manifest.id, part, &described);
    let mut count = 0;
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(doing())?;
        count += batch.num_rows() as u64;
        let days = batch.column_by_name("period").expect("the grain of what is kept by month begins with it");
        let days: ArrayRef = cast(days, &DataType::Date32).map_err(|e| doing()(e.into()))?;
        writer.write(&batch, &days).await?;
    }
    Ok((writer.finish().await?, count))
}
