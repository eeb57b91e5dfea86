//! Makes the statistics of the run's months from the accepted items, a slice of chapters at a
//! time, so that no step holds a month in memory.
//!
//! A slice is a range of chapters with about [`Bounds::slice`] items. Every stored relation of
//! `sql/compile` has the chapter or the commodity in its grain, so slices never share a row,
//! and sums do not depend on where they were cut.

mod slice;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use datafusion::common::{JoinType, ToDFSchema};
use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
use datafusion::prelude::{DataFrame, Expr, SessionContext, col, lit};
use futures::{StreamExt, TryStreamExt};
use tradestat_core::schema::Record;

use self::slice::SlicePlans;
use crate::engine::{self, Bounds};
use crate::error::{Error, Result};
use crate::method::{Method, Parameters, Step, base, header::Layer, register};
use crate::progress::Event;
use crate::run::items::{CORRECTED, CORRECTED_HEADER, of_months};
use crate::run::layer::store_step;
use crate::run::{Job, Run, Span};
use crate::store::manifest::RelationFile;

/// More slices than this at once would hold too many cells in memory.
const MOST_AT_ONCE: usize = 4;

/// Stores the relations of `sql/compile` for every month of the run, and adds the stage to its manifest.
///
/// # Errors
/// When a step fails, or its result is not unique by its grain.
pub async fn compile(job: &Job<'_>, run: &mut Run) -> Result<()> {
    let spans = run.spans(&job.method)?;
    let total = spans.iter().map(|span| span.items(run)).sum();
    job.listen.hear(Event::Started { work: "compiling".into(), total: Some(total), unit: "items" });
    let since = Instant::now();
    let mut columns = None;
    let mut parts = 0;
    for span in &spans {
        let parameters = job.parameters(span.first, span.last, run.published_month());
        let slices = slices(&span.chapters(run), job.bounds.slice);
        // Planning is work for one thread, and does not need what the early steps find.
        let planned_for = run.clone();
        let planning = SlicePlans::new(job, &planned_for, span, &parameters, &mut columns);
        let (early, plans) = futures::join!(run_early(job, run, span, &parameters, parts), planning);
        early?;
        let (before, plans, first) = (&*run, &plans?, parts);
        let mut done: Vec<(usize, Run)> = futures::stream::iter(in_order(&slices, at_once(job)))
            .map(|(place, slice)| {
                let mut run = before.clone();
                async move {
                    plans.run(job, &mut run, span, slice, first + place).await?;
                    job.listen.hear(Event::Advanced { by: slice.items });
                    Ok((place, run))
                }
            })
            .buffer_unordered(at_once(job))
            .try_collect()
            .await?;
        done.sort_by_key(|(place, _)| *place);
        parts += slices.len();
        run.take_over(done.into_iter().map(|(_, run)| run).collect());
    }
    job.listen.hear(Event::Finished { work: "compiled items".into(), rows: total, took: since.elapsed() });
    run.manifest.stages.push("compile".into());
    Ok(())
}

/// The views of the room over the items of a span, as a run saw them: a session a slice. What
/// the run stored itself is not there; what the views look back on is.
pub async fn open_items(job: &Job<'_>, run: &Run, span: &Span) -> Result<Vec<SessionContext>> {
    let parameters = job.parameters(span.first, span.last, run.published_month());
    let mut sessions = Vec::new();
    for slice in &slices(&span.chapters(run), job.bounds.slice) {
        let ctx = item_session(job, at_once(job))?;
        job.method.register_lists(&ctx, job.method.in_order(Layer::Compile))?;
        accepted_items(&ctx, job, run, span, slice).await?;
        let early = early_steps(&job.method);
        for step in job.method.in_order(Layer::Compile) {
            for name in step.reads.iter().filter_map(|name| base::of_history(name)) {
                let is_early = early.iter().any(|step| step.name == name);
                history(&ctx, job, run, span, (!is_early).then_some(slice), name).await?;
            }
            if step.is_view() && step.reads.iter().all(|name| ctx.table_exist(name.as_str()).unwrap_or(false)) {
                job.method.register_view(&ctx, step, &parameters).await?;
            }
        }
        sessions.push(ctx);
    }
    Ok(sessions)
}

/// Chapters from `from` up to, not including, `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slice {
    from: Option<String>,
    to: Option<String>,
    items: u64,
}

impl Slice {
    fn everything(run: &Run, span: &Span) -> Self {
        Slice { from: None, to: None, items: span.items(run) }
    }

    /// The first slice also has the items without a readable commodity code.
    fn filter(&self) -> Option<Expr> {
        let from = self.from.as_ref().map(|code| col("hs6").gt_eq(lit(code.as_str())));
        let to = self.to.as_ref().map(|code| col("hs6").lt(lit(code.as_str())));
        match (from, to) {
            (None, None) => None,
            (None, Some(to)) => Some(to.or(col("hs6").is_null())),
            (Some(from), None) => Some(from),
            (Some(from), Some(to)) => Some(from.and(to)),
        }
    }
}

fn slices(chapters: &BTreeMap<String, u64>, most: u64) -> Vec<Slice> {
    let mut slices = vec![Slice { from: None, to: None, items: 0 }];
    for (chapter, items) in chapters {
        let current = slices.last_mut().expect("there is always one");
        if current.items > 0 && current.items + items > most {
            current.to = Some(chapter.clone());
            slices.push(Slice { from: Some(chapter.clone()), to: None, items: *items });
        } else {
            current.items += items;
        }
    }
    slices
}

/// Slices with their places, in the order in which they start. A large one holds much memory, so of those that
/// run side by side one takes the largest that is left and the others the smallest; and those of middling size
/// come last, so that no thread waits long for another.
fn in_order(slices: &[Slice], at_once: usize) -> Vec<(usize, &Slice)> {
    let mut left: Vec<(usize, &Slice)> = slices.iter().enumerate().collect();
    left.sort_by_key(|(_, slice)| slice.items);
    let mut left = VecDeque::from(left);
    let mut busy = vec![0; at_once];
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let (lane, load) = busy.iter_mut().enumerate().min_by_key(|(_, load)| **load).expect("one at least");
        let next = if lane == 0 { left.pop_back() } else { left.pop_front() };
        let next = next.expect("some are left");
        *load += next.1.items;
        ordered.push(next);
    }
    ordered
}

/// Slices that run side by side. A slice on one thread groups and sorts its rows once, where
/// two threads would exchange them first; and one slice is planned while another runs.
fn at_once(job: &Job<'_>) -> usize {
    job.bounds.threads.min(MOST_AT_ONCE)
}

/// A session whose joins keep in memory what stands first in the text: the steps over items
/// write lists first, and no estimate of sizes can make the engine hold the items instead.
///
/// It has the part of the run's threads and memory that one of several slices may take.
fn item_session(job: &Job<'_>, slices: usize) -> Result<SessionContext> {
    let bounds = Bounds { threads: (job.bounds.threads / slices).max(1), memory: job.bounds.memory / slices, ..job.bounds };
    let ctx = engine::open(bounds)?;
    ctx.state_ref().write().config_mut().options_mut().optimizer.join_reordering = false;
    Ok(ctx)
}

/// `accepted_item`: items of the months, less those set aside, with corrected copies; and
/// `declaration`, their headers.
async fn accepted_items(ctx: &SessionContext, job: &Job<'_>, run: &Run, span: &Span, slice: &Slice) -> Result<()> {
    let doing = || Error::engine("opening the accepted items");
    let set_aside = stage_files(run, span, "set_aside")?;
    let corrected = stage_files(run, span, CORRECTED)?;
    let schema = Record::Item.schema();
    let items = ctx.read_table(job.store.table(&schema, &span.files(run, "item"))?).map_err(doing())?;
    let mut items = of_months(items, job, run, span)?;
    if let Some(filter) = slice.filter() {
        items = items.filter(filter).map_err(doing())?;
    }
    if set_aside.iter().any(|file| file.rows > 0) {
        let files: Vec<&RelationFile> = set_aside.iter().collect();
        let table = job.store.table(&Record::SetAside.schema(), &files)?;
        let on = ["batch_id", "line_no"];
        let aside = ctx.read_table(table).map_err(doing())?.select_columns(&on).map_err(doing())?;
        items = aside.join(items, JoinType::RightAnti, &on, &on, None).map_err(doing())?;
    }
    if corrected.iter().any(|file| file.rows > 0) {
        let files: Vec<&RelationFile> = corrected.iter().collect();
        let mut copies = ctx.read_table(job.store.table(&schema, &files)?).map_err(doing())?;
        if let Some(filter) = slice.filter() {
            copies = copies.filter(filter).map_err(doing())?;
        }
        items = items.union(copies).map_err(doing())?;
    }
    register(ctx, "accepted_item", items.into_view())?;
    register_headers(ctx, job, run, &stage_files(run, span, CORRECTED_HEADER)?)
}

/// `declaration` for the months of a span: headers as received, and in the place of those that an
/// amendment changed their copies, of which each month of a declaration has one.
fn register_headers(ctx: &SessionContext, job: &Job<'_>, run: &Run, copies: &[RelationFile]) -> Result<()> {
    let doing = || Error::engine("opening the headers of declarations");
    let schema = Record::Declaration.schema();
    let received: Vec<&RelationFile> =
        run.batches.iter().flat_map(|batch| &batch.files).filter(|file| file.relation == "declaration").collect();
    let received = job.store.table(&schema, &received)?;
    if copies.iter().all(|file| file.rows == 0) {
        return register(ctx, "declaration", received);
    }
    let on = ["batch_id", "line_no"];
    let copies = ctx.read_table(job.store.table(&schema, &copies.iter().collect::<Vec<_>>())?).map_err(doing())?;
    let keys = copies.clone().select_columns(&on).and_then(DataFrame::distinct).map_err(doing())?;
    let rest = ctx.read_table(received).and_then(|rows| rows.join(keys, JoinType::LeftAnti, &on, &on, None)).map_err(doing())?;
    let all = rest.union(copies.distinct().map_err(doing())?).map_err(doing())?;
    register(ctx, "declaration", all.into_view())
}

/// Files of a validate relation for every month of the run; exit 3 where validate has not run.
fn stage_files(run: &Run, span: &Span, relation: &str) -> Result<Vec<RelationFile>> {
    let mut files: Vec<RelationFile> = Vec::new();
    for month in &span.months {
        let of_month = run.files("validate", relation, month).ok_or_else(|| Error::NothingToRead {
            problem: format!("{month} was not validated yet"),
            hint: format!("run `tradestat validate --period {month}` first, or `tradestat run`"),
        })?;
        for file in of_month {
            if !files.iter().any(|known| known.path == file.path) {
                files.push(file);
            }
        }
    }
    Ok(files)
}

/// Runs the stored steps that the items' own view looks back on: over the whole span, because
/// what they give may cross chapters. They read few columns and give few rows.
async fn run_early(job: &Job<'_>, run: &mut Run, span: &Span, parameters: &Parameters, part: usize) -> Result<()> {
    let early = early_steps(&job.method);
    if early.iter().all(|step| step.is_view()) {
        return Ok(());
    }
    let ctx = item_session(job, 1)?;
    job.method.register_lists(&ctx, early.iter().copied())?;
    accepted_items(&ctx, job, run, span, &Slice::everything(run, span)).await?;
    for step in early {
        if step.is_view() {
            job.method.register_view(&ctx, step, parameters).await?;
        } else {
            store_step(&ctx, job, run, step, parameters, part).await?;
            history(&ctx, job, run, span, None, &step.name).await?;
        }
    }
    Ok(())
}

/// Steps, in order, that stored steps behind the items' own view need, and those themselves.
fn early_steps(method: &Method) -> Vec<&Step> {
    let steps: BTreeMap<&str, &Step> = method.in_order(Layer::Compile).map(|step| (step.name.as_str(), step)).collect();
    let behind = |names: Vec<&str>| {
        let mut found: BTreeSet<String> = BTreeSet::new();
        let mut open: Vec<String> = names.into_iter().map(String::from).collect();
        while let Some(step) = open.pop().and_then(|name| steps.get(name.as_str())) {
            for read in &step.reads {
                let made = base::of_history(read).unwrap_or(read);
                if steps.contains_key(made) && found.insert(made.into()) {
                    open.push(made.into());
                }
            }
        }
        found
    };
    let stored: Vec<String> = behind(vec![slice::SHARED]).into_iter().filter(|name| !steps[name.as_str()].is_view()).collect();
    let mut needed = behind(stored.iter().map(String::as_str).collect());
    needed.extend(stored);
    method.in_order(Layer::Compile).filter(|step| needed.contains(&step.name)).collect()
}

/// Registers the rows of a stored step for the span's months and those before: of this run
/// where it compiles them, else of the newest runs.
async fn history(ctx: &SessionContext, job: &Job<'_>, run: &Run, span: &Span, slice: Option<&Slice>, step: &str) -> Result<()> {
    let doing = || Error::engine(format!("looking back on `{step}`"));
    let files = run.files_looking_back("compile", step, span);
    let schema = job.method.schema(step).expect("the method was checked");
    if files.iter().all(|file| file.rows == 0) {
        // A plan that is known to be empty: joins with it are planned away, and cost nothing.
        let schema = schema.to_dfschema_ref().map_err(doing())?;
        let nothing = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema });
        return register(ctx, &base::history(step), DataFrame::new(ctx.state(), nothing).into_view());
    }
    let mut rows = ctx.read_table(job.store.table(&schema, &files.iter().collect::<Vec<_>>())?).map_err(doing())?;
    if let Some(filter) = slice.and_then(Slice::filter).filter(|_| schema.index_of("hs6").is_ok()) {
        rows = rows.filter(filter).map_err(doing())?;
    }
    register(ctx, &base::history(step), rows.into_view())
}
