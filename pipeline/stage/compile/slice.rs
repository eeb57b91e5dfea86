//! The steps of a slice: planned once for all slices of a span, run for each of them.
//!
//! Steps that read the same view over the items run together, from one scan of it; the rest
//! follow in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream_partitioned};
use datafusion::prelude::SessionContext;

use super::{Slice, accepted_items, at_once, early_steps, history, item_session};
use crate::engine::beside::Beside;
use crate::engine::shared::SharedScan;
use crate::engine::slot::{Slot, fill, slots};
use crate::error::{Error, Result};
use crate::method::{Parameters, Step, base, empty, header::Layer, register};
use crate::run::layer::{Writing, Written, plan_frame};
use crate::run::{Job, Run, Span};

/// The view that the steps over items share.
pub const SHARED: &str = "measured_item";

/// Plans over slots: the accepted items, and whatever a slice stores.
pub struct SlicePlans<'a> {
    /// The shared view, with the columns that any of its readers looks at.
    shared: Arc<dyn ExecutionPlan>,
    readers: Vec<Planned<'a>>,
    followers: Vec<Planned<'a>>,
    /// Columns of what is stored that followers read: those stay in memory until the slice is done,
    /// because reading them from the files again takes longer than writing them.
    kept: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> SlicePlans<'a> {
    /// Plans the steps of a span. `columns` are those of the shared view that are read: every
    /// span has the same readers, so they are asked once.
    pub async fn new(
        job: &'a Job<'_>,
        run: &Run,
        span: &Span,
        parameters: &Parameters,
        columns: &mut Option<Vec<String>>,
    ) -> Result<Self> {
        let doing = || Error::engine("planning the steps over items");
        let ctx = item_session(job, at_once(job))?;
        job.method.register_lists(&ctx, job.method.in_order(Layer::Compile))?;
        // The columns of a slice's items are those of all; only the rows differ.
        accepted_items(&ctx, job, run, span, &Slice::everything(run, span)).await?;
        let items = ctx.table_provider("accepted_item").await.map_err(doing())?;
        register(&ctx, "accepted_item", Slot::new("accepted_item", items.schema()))?;
        let early: BTreeSet<&str> =
            early_steps(&job.method).iter().filter(|step| !step.is_view()).map(|step| step.name.as_str()).collect();
        for name in &early {
            slot_for_history(&ctx, job, &base::history(name))?;
        }
        let steps: Vec<&Step> = job.method.in_order(Layer::Compile).filter(|step| !early.contains(step.name.as_str())).collect();
        let is_there = |ctx: &SessionContext, name: &str| ctx.table_exist(name).unwrap_or(false);
        for step in steps.iter().filter(|step| step.is_view()) {
            if step.reads.iter().all(|name| is_there(&ctx, name)) {
                job.method.register_view(&ctx, step, parameters).await?;
            }
        }
        let reads_shared = |step: &Step| {
            !step.is_view() && step.reads.iter().any(|r| r == SHARED) && step.reads.iter().all(|r| is_there(&ctx, r))
        };
        let reading: Vec<&Step> = steps.iter().copied().filter(|step| reads_shared(step)).collect();
        if columns.is_none() {
            *columns = Some(columns_read(job, &reading, parameters).await?);
        }
        let columns: Vec<&str> = columns.iter().flatten().map(String::as_str).collect();
        let view = ctx.table(SHARED).await.and_then(|frame| frame.select_columns(&columns)).map_err(doing())?;
        let shared = view.create_physical_plan().await.map_err(doing())?;
        register(&ctx, SHARED, Slot::new(SHARED, shared.schema()))?;
        let mut planning = Beside::new(job.bounds.threads);
        let mut readers = Vec::new();
        for step in reading {
            for (step, plan) in planning.before(&step.reads).await? {
                readers.push(slot_for(&ctx, step, plan)?);
            }
            start_planning(&mut planning, &ctx, job, step, parameters).await?;
        }
        while let Some((step, plan)) = planning.oldest().await? {
            readers.push(slot_for(&ctx, step, plan)?);
        }
        // What looks back on a step comes after the step.
        let mut followers = Vec::new();
        for step in steps {
            if is_there(&ctx, &step.name) {
                continue;
            }
            for (step, plan) in planning.before(&step.reads).await? {
                followers.push(slot_for(&ctx, step, plan)?);
            }
            for name in step.reads.iter().filter(|name| !is_there(&ctx, name)).filter(|name| base::of_history(name).is_some()) {
                slot_for_history(&ctx, job, name)?;
            }
            if step.is_view() {
                job.method.register_view(&ctx, step, parameters).await?;
            } else {
                start_planning(&mut planning, &ctx, job, step, parameters).await?;
            }
        }
        while let Some((step, plan)) = planning.oldest().await? {
            followers.push(slot_for(&ctx, step, plan)?);
        }
        let mut kept: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (_, plan) in &followers {
            for (name, columns) in slots(plan).map_err(doing())? {
                kept.entry(name).or_default().extend(columns);
            }
        }
        Ok(SlicePlans { shared, readers, followers, kept })
    }

    /// Runs the steps over a slice's items and adds what they stored to the run.
    pub async fn run(&self, job: &Job<'_>, run: &mut Run, span: &Span, slice: &Slice, part: usize) -> Result<()> {
        let ctx = &item_session(job, at_once(job))?;
        let since = Instant::now();
        let doing = || Error::engine(format!("running `{SHARED}`"));
        accepted_items(ctx, job, run, span, slice).await?;
        look_back(ctx, job, run, (span, slice), &self.shared).await?;
        let valued = fill(&self.shared, ctx).await.map_err(doing())?;
        let streams = execute_stream_partitioned(valued, ctx.task_ctx()).map_err(doing())?;
        let mut shared = SharedScan::new(self.shared.schema(), streams.len());
        let mut plans = Vec::new();
        for (step, plan) in &self.readers {
            register(ctx, SHARED, shared.reader().map_err(doing())?)?;
            look_back(ctx, job, run, (span, slice), plan).await?;
            plans.push((step, fill(plan, ctx).await.map_err(doing())?));
        }
        let writing = plans
            .into_iter()
            .map(|(step, plan)| Writing::new(ctx, job, run, step, part, self.kept.get(&step.name)).write_aside(plan));
        let (scanned, written) = futures::join!(shared.run(streams), futures::future::join_all(writing));
        scanned.map_err(doing())?;
        let written = written.into_iter().collect::<Result<Vec<_>>>()?;
        for ((step, _), written) in self.readers.iter().zip(written) {
            keep(ctx, run, step, written, since)?;
        }
        for (step, plan) in &self.followers {
            let since = Instant::now();
            look_back(ctx, job, run, (span, slice), plan).await?;
            let plan = fill(plan, ctx).await.map_err(Error::engine(format!("running `{}`", step.file)))?;
            let written = Writing::new(ctx, job, run, step, part, self.kept.get(&step.name)).write_aside(plan).await?;
            keep(ctx, run, step, written, since)?;
        }
        Ok(())
    }
}

type Planned<'a> = (&'a Step, Arc<dyn ExecutionPlan>);

/// Has a step planned by whoever has a thread for it.
async fn start_planning<'a>(
    planning: &mut Beside<'a, Arc<dyn ExecutionPlan>>,
    ctx: &SessionContext,
    job: &Job<'_>,
    step: &'a Step,
    parameters: &Parameters,
) -> Result<()> {
    let frame = job.method.frame(ctx, step, parameters).await?;
    let owned = step.clone();
    planning.start(step, async move { plan_frame(frame, &owned).await });
    Ok(())
}

/// Puts a slot where the rows of a planned step will stand.
fn slot_for<'a>(ctx: &SessionContext, step: &'a Step, plan: Arc<dyn ExecutionPlan>) -> Result<Planned<'a>> {
    register(ctx, &step.name, Slot::new(&step.name, plan.schema()))?;
    Ok((step, plan))
}

/// Puts a slot where the rows of earlier months will stand.
fn slot_for_history(ctx: &SessionContext, job: &Job<'_>, name: &str) -> Result<()> {
    let schema = job.method.schema(name).expect("the method was checked");
    register(ctx, name, Slot::new(name, schema))
}

/// Registers the rows of earlier months that a plan has slots for: of the slice's chapters, but
/// whole where they come from the steps before all slices.
async fn look_back(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &Run,
    (span, slice): (&Span, &Slice),
    plan: &Arc<dyn ExecutionPlan>,
) -> Result<()> {
    let read = slots(plan).map_err(Error::engine("looking back on earlier months"))?;
    let early = early_steps(&job.method);
    for stored in read.keys().filter_map(|name| base::of_history(name)) {
        let is_early = early.iter().any(|step| step.name == stored);
        history(ctx, job, run, span, (!is_early).then_some(slice), stored).await?;
    }
    Ok(())
}

/// Notes what a step stored, and registers what of it others read.
fn keep(ctx: &SessionContext, run: &mut Run, step: &Step, written: Written, since: Instant) -> Result<()> {
    if let Some((schema, rows)) = written.kept {
        let table = MemTable::try_new(schema, vec![rows]).map_err(Error::engine(format!("running `{}`", step.file)))?;
        register(ctx, &step.name, Arc::new(table))?;
    }
    run.manifest.files.extend(written.files);
    run.note_step(&step.name, written.rows, since);
    Ok(())
}

/// Columns of the shared view that any of its readers looks at, in its order.
async fn columns_read(job: &Job<'_>, readers: &[&Step], parameters: &Parameters) -> Result<Vec<String>> {
    let doing = || Error::engine("planning the steps over items");
    let ctx = job.session()?;
    for step in readers {
        for name in &step.reads {
            let schema = job.method.schema(name).expect("the method was checked");
            register(&ctx, name, empty(&schema)?)?;
        }
    }
    let mut read: BTreeSet<String> = BTreeSet::new();
    for step in readers {
        let plan = job.method.frame(&ctx, step, parameters).await?.into_optimized_plan().map_err(doing())?;
        plan.apply(|node| {
            if let LogicalPlan::TableScan(scan) = node
                && scan.table_name.table() == SHARED
            {
                read.extend(scan.projected_schema.fields().iter().map(|field| field.name().clone()));
            }
            Ok(TreeNodeRecursion::Continue)
        })
        .map_err(doing())?;
    }
    let all = job.method.schema(SHARED).expect("the method was checked");
    Ok(all.fields().iter().map(|field| field.name().clone()).filter(|name| read.contains(name)).collect())
}
