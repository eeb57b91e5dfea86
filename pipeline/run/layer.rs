//! Steps that are stored: planned in the order of their grain, run, written month by month.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{DataFrame, SessionContext, col};
use futures::StreamExt;

use super::{Job, Run};
use crate::describe::Describer;
use crate::engine::beside::Beside;
use crate::error::{Error, Result};
use crate::grain::GrainCheck;
use crate::method::{Parameters, Step, header::Layer, register};
use crate::store::Store;
use crate::store::manifest::RelationFile;
use crate::store::month::MonthWriter;

/// Registers the views of a room and writes its stored relations, each after what it reads.
pub async fn run_layer(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &mut Run,
    layer: Layer,
    parameters: &Parameters,
    part: usize,
) -> Result<()> {
    let mut beside = Beside::new(job.bounds.threads);
    for step in job.method.in_order(layer) {
        for (step, stored) in beside.before(&step.reads).await? {
            keep_stored(ctx, job, run, step, stored)?;
        }
        if step.is_view() {
            job.method.register_view(ctx, step, parameters).await?;
        } else {
            beside.start(step, stored_step(ctx, job, run, step, parameters, part).await?);
        }
    }
    while let Some((step, stored)) = beside.oldest().await? {
        keep_stored(ctx, job, run, step, stored)?;
    }
    Ok(())
}

/// Runs one step, writes it and registers what it wrote.
pub async fn store_step(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &mut Run,
    step: &Step,
    parameters: &Parameters,
    part: usize,
) -> Result<()> {
    let stored = stored_step(ctx, job, run, step, parameters, part).await?.await?;
    keep_stored(ctx, job, run, step, stored)
}

/// What a step wrote, its columns, and how long it took.
type Stored = (Written, SchemaRef, Duration);

/// A step that is ready to be planned, run and written, by whoever has a thread for it.
async fn stored_step(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &Run,
    step: &Step,
    parameters: &Parameters,
    part: usize,
) -> Result<impl Future<Output = Result<Stored>> + Send + 'static> {
    let since = Instant::now();
    let frame = job.method.frame(ctx, step, parameters).await?;
    let writing = Writing::new(ctx, job, run, step, part, None);
    let step = step.clone();
    Ok(async move {
        let plan = plan_frame(frame, &step).await?;
        let schema = plan.schema();
        Ok((writing.write(plan).await?, schema, since.elapsed()))
    })
}

fn keep_stored(ctx: &SessionContext, job: &Job<'_>, run: &mut Run, step: &Step, (written, schema, took): Stored) -> Result<()> {
    register(ctx, &step.name, job.store.table(&schema, &written.files.iter().collect::<Vec<_>>())?)?;
    run.manifest.files.extend(written.files);
    run.note_took(&step.name, written.rows, took);
    Ok(())
}

/// Plans a step in the order of its grain.
pub async fn plan_frame(frame: DataFrame, step: &Step) -> Result<Arc<dyn ExecutionPlan>> {
    let doing = || Error::engine(format!("running `{}`", step.file));
    // The last columns of a grain tell rows apart soonest, so they are compared first.
    let order = step.grain().iter().rev().map(|name| col(name).sort(true, true)).collect();
    frame.sort(order).map_err(doing())?.create_physical_plan().await.map_err(doing())
}

/// What a step stored.
pub struct Written {
    pub files: Vec<RelationFile>,
    pub rows: u64,
    /// The rows again, with the columns that were to be kept.
    pub kept: Option<(SchemaRef, Vec<RecordBatch>)>,
}

/// All that writing the rows of a step needs: owned, so that steps can run beside each other.
pub struct Writing {
    step: Step,
    store: Store,
    run: String,
    part: usize,
    /// Columns of which the rows stay in memory, too.
    keep: Option<BTreeSet<String>>,
    context: Arc<TaskContext>,
    describer: Result<Arc<Describer>>,
}

impl Writing {
    /// `part` numbers the files of one relation and month in the run; `keep` names columns to hold in memory as well.
    pub fn new(
        ctx: &SessionContext,
        job: &Job<'_>,
        run: &Run,
        step: &Step,
        part: usize,
        keep: Option<&BTreeSet<String>>,
    ) -> Self {
        let (step, store, run) = (step.clone(), job.store.clone(), run.manifest.id.clone());
        Writing { step, store, run, part, keep: keep.cloned(), context: ctx.task_ctx(), describer: job.describer() }
    }

    /// Runs the planned step and writes it month by month, checking on the way that the grain is a key.
    async fn write(self, plan: Arc<dyn ExecutionPlan>) -> Result<Written> {
        let file = &self.step.file;
        let failed = |source: DataFusionError| Error::engine(format!("running `{file}`"))(source);
        let mut rows = execute_stream(plan, self.context).map_err(failed)?;
        let schema = rows.schema();
        let described = self.describer?.described(&self.step.name, &schema);
        let mut writer = MonthWriter::new(&self.store, &self.step.name, &self.run, self.part, &described);
        let mut check = GrainCheck::new(&self.step, &schema)?;
        let kept: Option<Vec<usize>> =
            self.keep.map(|names| names.iter().filter_map(|name| schema.index_of(name).ok()).collect());
        let (mut count, mut kept_rows) = (0, Vec::new());
        while let Some(batch) = rows.next().await {
            let batch: RecordBatch = batch.map_err(failed)?;
            check.see(&batch)?;
            count += batch.num_rows() as u64;
            let days = batch.column_by_name("period").ok_or_else(|| Error::Inconsistent {
                file: file.clone(),
                line: None,
                problem: "the result has no column `period`".into(),
                hint: "stored relations are kept by month".into(),
            })?;
            let days: ArrayRef = cast(days, &DataType::Date32).map_err(|e| failed(e.into()))?;
            writer.write(&batch, &days).await?;
            if let Some(columns) = &kept {
                kept_rows.push(batch.project(columns).map_err(|e| failed(e.into()))?);
            }
        }
        let kept = match &kept {
            Some(columns) => Some((Arc::new(schema.project(columns).map_err(|e| failed(e.into()))?), kept_rows)),
            None => None,
        };
        Ok(Written { files: writer.finish().await?, rows: count, kept })
    }

    /// The same as a task of its own: steps that run together merge and encode their rows side by side.
    pub async fn write_aside(self, plan: Arc<dyn ExecutionPlan>) -> Result<Written> {
        let doing = format!("running `{}`", self.step.file);
        let written = SpawnedTask::spawn(self.write(plan)).join().await;
        written.map_err(|e| Error::Engine { doing, source: Box::new(DataFusionError::ExecutionJoin(Box::new(e))) })?
    }
}
