//! Compares what partner countries report with each other and with the compiled declarations.
//!
//! The steps of `sql/mirror` run in order over the months asked for. They read every partner
//! record that is visible, the newest compiled months (none, where there are no declarations:
//! any two partner files mirror each other), and code lists. What they store is kept whole a
//! run, by the period asked for, because a year is compared as one.

pub mod algorithm;
mod order;
pub mod report;
pub mod tables;
pub mod view;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::execution::TaskContext;
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::logical_expr::SortExpr;
use datafusion::physical_plan::collect;
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::prelude::{SessionContext, col, lit, not};
use futures::StreamExt;

use crate::column::{int_column, text_column, without_padding};
use crate::describe::Describer;
use crate::engine::{self, Bounds};
use crate::error::{Error, Result};
use crate::grain::GrainCheck;
use crate::method::{Parameters, Step, base, header::Layer, register};
use crate::partner;
use crate::progress::Event;
use crate::run::{Job, Run, month_days, months_until};
use crate::store::Store;
use crate::store::manifest::{RelationFile, RunManifest};
use crate::store::parquet::RelationWriter;

use self::order::Ordering;
use self::view::texts;

/// Months of declarations before the first that is compared: room for the longest lag.
const MONTHS_BEFORE: u32 = 12;
/// Bytes that the engine may hold: what does not fit, the rows of a year of world trade on their
/// way into the order of the pairs, goes through a file.
const MOST_MEMORY: usize = 800 << 20;
/// Rows of an audit that are written down.
const AUDIT_ROWS: usize = 20;
/// What partner files tell that does not count, with reasons. A method need not have it.
const LEFT_OUT: &str = "unmapped_flow";
/// Which sources a country has, and which of them a comparison takes. A method need not have them.
const SOURCES: [&str; 2] = ["compared_source", "pair_basis"];
/// Reports that a note names.
const NAMED: usize = 10;

/// Batches that are worked out before the writer asks for them.
const BATCHES_BETWEEN: usize = 4;

/// Runs every step of the room, then the audits that look at it, and gives the session in
/// which all relations stand. Exit 6 where an audit returns a row.
pub async fn mirror(job: &Job<'_>, run: &mut Run) -> Result<SessionContext> {
    let since = Instant::now();
    let steps: Vec<&Step> = job.method.in_order(Layer::Mirror).collect();
    job.listen.hear(Event::Started { work: "comparing".into(), total: Some(steps.len() as u64), unit: "steps" });
    let ctx = open(job, run).await?;
    let parameters = parameters(job, run);
    let mut rows = 0;
    for step in steps {
        if !step.is_view() {
            rows += store_step(&ctx, job, run, step, &parameters).await?;
        } else if HELD.contains(&step.name.as_str()) {
            let began = Instant::now();
            hold(&ctx, job, step, &parameters).await?;
            run.note_step(&step.name, 0, began);
        } else {
            job.method.register_view(&ctx, step, &parameters).await?;
        }
        job.listen.hear(Event::Advanced { by: 1 });
    }
    run.manifest.stages.push("mirror".into());
    audit(&ctx, job, run, &parameters).await?;
    note_left_out(&ctx, job, run).await?;
    note_made(&ctx, job, run).await?;
    job.listen.hear(Event::Finished { work: "compared cells".into(), rows, took: since.elapsed() });
    Ok(ctx)
}

/// The relations of an earlier run in a session of their own. `is_held` where views are read that stand
/// on those of [`HELD`]: one in another, they take the engine minutes to plan.
pub async fn reopen(job: &Job<'_>, run: &Run, earlier: &RunManifest, is_held: bool) -> Result<SessionContext> {
    let ctx = open(job, run).await?;
    let parameters = parameters(job, run);
    for step in job.method.in_order(Layer::Mirror) {
        if is_held && HELD.contains(&step.name.as_str()) {
            hold(&ctx, job, step, &parameters).await?;
            continue;
        }
        if step.is_view() {
            job.method.register_view(&ctx, step, &parameters).await?;
            continue;
        }
        let files: Vec<&RelationFile> = earlier.files.iter().filter(|file| file.relation == step.name).collect();
        let schema = job.method.schema(&step.name).expect("the method was checked");
        let schema = stored_schema(&ctx, job, &files, schema).await?;
        // Another method may have stored its rows in another order.
        let order = if earlier.method_digest == job.method.digest { stored_order(step) } else { Vec::new() };
        register(&ctx, &step.name, job.store.ordered_table(&schema, &files, order)?)?;
    }
    Ok(ctx)
}

/// Views that are costly to find and small when they are found, and that several steps read: a
/// run holds them in memory.
const HELD: [&str; 4] = ["given_commodity", "superseded_delivery", "repeated_flow", "repeated_record"];
/// Numbers that are counted once each cannot be spilled, and the engine takes them for more than
/// they are: this view is not held against the bound of memory.
const UNBOUND: &str = "repeated_flow";

/// Works out a small view once.
async fn hold(ctx: &SessionContext, job: &Job<'_>, step: &Step, parameters: &Parameters) -> Result<()> {
    let doing = || Error::engine(format!("running `{}`", step.file));
    let frame = job.method.frame(ctx, step, parameters).await?;
    let planned: SchemaRef = frame.schema().inner().clone();
    let plan = frame.create_physical_plan().await.map_err(doing())?;
    let context = if step.name == UNBOUND { Arc::new(TaskContext::default()) } else { ctx.task_ctx() };
    let rows = collect(plan, context).await.map_err(doing())?;
    let schema = rows.first().map_or(planned, RecordBatch::schema);
    register(ctx, &step.name, Arc::new(MemTable::try_new(schema, vec![rows]).map_err(doing())?))
}

fn parameters(job: &Job<'_>, run: &Run) -> Parameters {
    let (first, last) = run.first_and_last();
    job.parameters(first, last, run.published_month())
}

/// A session with everything that stands before the room: partner records, compiled months, lists.
async fn open(job: &Job<'_>, run: &Run) -> Result<SessionContext> {
    let bounds = Bounds { threads: 1, memory: job.bounds.memory.min(MOST_MEMORY), ..job.bounds };
    let ctx = engine::open(bounds)?;
    {
        let state = ctx.state_ref();
        let mut state = state.write();
        let options = state.config_mut().options_mut();
        // The side that a join keeps in memory is the first in the text. Sizes guessed from joins of
        // joins are wrong here by orders of magnitude, and would put ten million flows there instead.
        options.optimizer.join_reordering = false;
        // Files are in the order of the pairs. An order that is there already is kept, so that groups
        // are complete when their pair is, and nothing is sorted again.
        options.optimizer.prefer_existing_sort = true;
        // A column with one value in the whole file would count as a constant, which the engine
        // (DataFusion 55) forgets above a join: it then misses an order that it left out itself.
        options.execution.collect_statistics = false;
    }
    let readers = || {
        job.method
            .in_order(Layer::Mirror)
            .chain(job.method.in_order(Layer::Audit).filter(|step| job.method.is_mirror_audit(step)))
    };
    job.method.register_lists(&ctx, readers())?;
    partner::register_flows(&ctx, job).await?;
    let last = run.first_and_last().1;
    let months = months_until(last, MONTHS_BEFORE + run.months.len() as u32);
    let parameters = parameters(job, run);
    for step in job.method.all_in_order().filter(|step| matches!(step.layer, Layer::Compile | Layer::Classify)) {
        if readers().all(|reader| !reader.reads.contains(&step.name)) {
            continue;
        }
        if step.is_view() {
            job.method.register_lists(&ctx, std::iter::once(step))?;
            job.method.register_view(&ctx, step, &parameters).await?;
        } else {
            for month in &months {
                run.check_columns("compile", &step.name, month)?;
            }
            let files = run.compiled_files(&step.name, &months);
            let files: Vec<&RelationFile> = files.iter().collect();
            let schema = job.method.schema(&step.name).expect("the method was checked");
            register(&ctx, &step.name, job.store.table(&schema, &files)?)?;
        }
    }
    if readers().any(|reader| reader.reads.iter().any(|name| name == "published_month")) {
        let compiled: Vec<i32> = months
            .iter()
            .filter(|month| !run.compiled_files("trade", &[(*month).clone()]).is_empty())
            .map(|month| month_days(month).0)
            .collect();
        let days = datafusion::arrow::array::Date32Array::from(compiled);
        let rows = RecordBatch::try_new(base::schema("published_month").expect("known"), vec![Arc::new(days)]);
        let rows = rows.expect("built to its schema");
        let table = MemTable::try_new(rows.schema(), vec![vec![rows]]).map_err(Error::engine("registering months"))?;
        register(&ctx, "published_month", Arc::new(table))?;
    }
    Ok(ctx)
}

/// Runs a step in the order of its grain, applies its algorithm, writes it and registers it.
async fn store_step(ctx: &SessionContext, job: &Job<'_>, run: &mut Run, step: &Step, parameters: &Parameters) -> Result<u64> {
    let since = Instant::now();
    let doing = || Error::engine(format!("running `{}`", step.file));
    let frame = job.method.frame(ctx, step, parameters).await?;
    let leading = order_of(step).into_iter().take(order::LEADING).collect();
    let mut made = frame.sort(leading).map_err(doing())?.execute_stream().await.map_err(doing())?;
    let schema = made.schema();
    // One thread works the rows out while another orders and writes them.
    let mut passing = RecordBatchReceiverStream::builder(schema.clone(), BATCHES_BETWEEN);
    let pass_on = passing.tx();
    passing.spawn(async move {
        while let Some(batch) = made.next().await {
            if pass_on.send(batch).await.is_err() {
                break;
            }
        }
        Ok(())
    });
    let mut rows = passing.build();
    let mut writing = Writing::new(job, run, step)?;
    let mut check = GrainCheck::new(step, &schema)?;
    let mut ordering = Some(Ordering::new(step, &schema)?);
    let mut held: Vec<RecordBatch> = Vec::new();
    while let Some(open) = &mut ordering {
        let batch = match rows.next().await {
            Some(batch) => open.see(batch.map_err(doing())?)?,
            None => ordering.take().expect("just seen").finish()?,
        };
        let Some(batch) = batch else { continue };
        check.see(&batch)?;
        if step.header.get("apply").is_some() {
            held.push(batch);
        } else {
            writing.write(&batch).await?;
        }
    }
    if let Some(name) = step.header.get("apply") {
        let all = concat_batches(&schema, &held).map_err(|e| doing()(e.into()))?;
        let made = algorithm::apply(name, step, &all)?;
        writing.write(&made).await?;
    }
    let (file, rows) = writing.finish().await?;
    let stored = match &file {
        Some(file) => stored_schema(ctx, job, &[file], schema).await?,
        None => schema,
    };
    register(ctx, &step.name, job.store.ordered_table(&stored, &file.iter().collect::<Vec<_>>(), stored_order(step))?)?;
    run.manifest.files.extend(file);
    run.note_step(&step.name, rows, since);
    Ok(rows)
}

/// The order of the rows of a step: that of its grain, as `order by` in SQL has it.
fn order_of(step: &Step) -> Vec<SortExpr> {
    step.grain().iter().map(|name| col(name.as_str()).sort(true, false)).collect()
}

/// The order in which a file has the rows of a step. An algorithm may have put them in another.
fn stored_order(step: &Step) -> Vec<SortExpr> {
    if step.header.get("apply").is_some() { Vec::new() } else { order_of(step) }
}

/// The columns as the file holds them, which an algorithm may have added to.
async fn stored_schema(ctx: &SessionContext, job: &Job<'_>, files: &[&RelationFile], planned: SchemaRef) -> Result<SchemaRef> {
    let Some(file) = files.iter().find(|file| file.rows > 0) else { return Ok(planned) };
    let path = job.store.root().join(&file.path);
    let frame = ctx.read_parquet(path.to_string_lossy().to_string(), Default::default()).await;
    let schema = frame.map_err(Error::engine("opening a relation"))?.schema().as_arrow().clone();
    // What the file says of its columns is for other readers: plans compare columns without it.
    let plain: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone().with_metadata(Default::default())).collect();
    Ok(Arc::new(Schema::new(plain)))
}

/// The one file of a relation of this run; nothing is written where there are no rows.
struct Writing<'w> {
    store: &'w Store,
    describer: Arc<Describer>,
    relation: String,
    period: String,
    run: String,
    writer: Option<RelationWriter>,
    rows: u64,
}

impl<'w> Writing<'w> {
    fn new(job: &'w Job<'_>, run: &Run, step: &Step) -> Result<Self> {
        let (period, id) = (run.manifest.period.clone(), run.manifest.id.clone());
        Ok(Writing {
            store: &job.store,
            describer: job.describer()?,
            relation: step.name.clone(),
            period,
            run: id,
            writer: None,
            rows: 0,
        })
    }

    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        if self.writer.is_none() {
            let key = Store::run_file(&self.relation, Some(&self.period), &self.run, 0);
            let period = Some(self.period.clone());
            let described = self.describer.described(&self.relation, &batch.schema());
            let opened = RelationWriter::create(&self.store.objects(), &self.relation, &key, period, &described).await?;
            self.writer = Some(opened);
        }
        self.rows += batch.num_rows() as u64;
        self.writer.as_mut().expect("opened above").write(batch).await
    }

    async fn finish(self) -> Result<(Option<RelationFile>, u64)> {
        match self.writer {
            Some(writer) => Ok((Some(writer.finish().await?), self.rows)),
            None => Ok((None, 0)),
        }
    }
}

/// Any row of an audit stops the comparison: its figures are not to be used.
async fn audit(ctx: &SessionContext, job: &Job<'_>, run: &mut Run, parameters: &Parameters) -> Result<()> {
    let mut failed = Vec::new();
    for step in job.method.in_order(Layer::Audit).filter(|step| job.method.is_mirror_audit(step)) {
        let began = Instant::now();
        let rows = job.method.frame(ctx, step, parameters).await?.collect().await;
        let rows = rows.map_err(Error::engine(format!("auditing `{}`", step.name)))?;
        let count: u64 = rows.iter().map(|batch| batch.num_rows() as u64).sum();
        run.manifest.audits.insert(step.name.clone(), count);
        run.note_step(&step.name, count, began);
        if count > 0 {
            let some: Vec<RecordBatch> = rows.iter().map(|batch| batch.slice(0, batch.num_rows().min(AUDIT_ROWS))).collect();
            let text = pretty_format_batches(&some).map(|text| text.to_string()).unwrap_or_default();
            run.manifest.notes.push(format!("{}: {}\n{text}", step.name, step.header.title));
            failed.push(step.name.clone());
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Audit { failed }) }
}

/// Says how many records of partner files do not count, why, and of what value.
async fn note_left_out(ctx: &SessionContext, job: &Job<'_>, run: &mut Run) -> Result<()> {
    if !job.method.steps.contains_key(LEFT_OUT) {
        return Ok(());
    }
    let doing = || Error::engine(format!("reading `{LEFT_OUT}`"));
    let rows = ctx.table(LEFT_OUT).await.and_then(|all| {
        let counted = sum(col("row_count")).alias("row_count");
        let value = sum(col("trade_value")).alias("value");
        let rows = all.filter(not(col("is_counted")))?.aggregate(vec![col("why"), col("currency")], vec![counted, value])?;
        rows.sort(vec![col("why").sort(true, true), col("currency").sort(true, true)])
    });
    let mut reasons: Vec<(String, i64, Vec<String>)> = Vec::new();
    for batch in rows.map_err(doing())?.collect().await.map_err(doing())? {
        let [why, currency, value] = ["why", "currency", "value"].map(|name| texts(&batch, name));
        for (row, count) in int_column(&batch, "row_count").iter().enumerate() {
            if reasons.last().is_none_or(|(last, ..)| *last != why[row]) {
                reasons.push((why[row].clone(), 0, Vec::new()));
            }
            let (_, all, values) = reasons.last_mut().expect("just pushed");
            *all += count.unwrap_or_default();
            // Without a currency its unit is not known.
            let value = without_padding(&value[row]);
            if !matches!(value.as_str(), "" | "0") && !currency[row].is_empty() {
                values.push(format!("{value} {}", currency[row]));
            }
        }
    }
    let told: Vec<String> = reasons
        .iter()
        .map(|(why, count, values)| match values.is_empty() {
            true => format!("{count} {why}"),
            false => format!("{count} {why} ({})", values.join(" + ")),
        })
        .collect();
    if !told.is_empty() {
        run.note(format!("records of partner files that do not count: {}; `{LEFT_OUT}` lists them", told.join(", ")));
    }
    Ok(())
}

/// Says for which countries figures stand that others made (reconciled, or summed up), because no report of
/// their own is there.
async fn note_made(ctx: &SessionContext, job: &Job<'_>, run: &mut Run) -> Result<()> {
    if SOURCES.iter().any(|name| !job.method.steps.contains_key(*name)) {
        return Ok(());
    }
    let doing = || Error::engine("reading the sources of the comparison");
    let [sources, taken] = SOURCES;
    let mut named = BTreeSet::new();
    for (country, source, flow, what) in
        [("exporter", "export_source", "X", "exports"), ("importer", "import_source", "M", "imports")]
    {
        let made = ctx.table(sources).await.and_then(|all| {
            let made = all.filter(not(col("is_report")).and(col("flow").eq(lit(flow))))?;
            made.select(vec![col("reporter"), col("source").alias("made_by")])?.distinct()
        });
        let made = made.map_err(doing())?;
        let rows = ctx.table(taken).await.and_then(|all| {
            let all = all.select_columns(&[country, source])?.distinct()?;
            all.join(made, JoinType::Inner, &[country, source], &["reporter", "made_by"], None)
        });
        for batch in rows.map_err(doing())?.collect().await.map_err(doing())? {
            let (countries, made_by) = (text_column(&batch, country), text_column(&batch, source));
            named.extend((0..batch.num_rows()).map(|row| format!("{what} of {} ({})", countries.value(row), made_by.value(row))));
        }
    }
    if !named.is_empty() {
        let first: Vec<&str> = named.iter().take(NAMED).map(String::as_str).collect();
        let more = if named.len() > NAMED { format!(" and {} more", named.len() - NAMED) } else { String::new() };
        run.note(format!("no report of their own, figures that others made stand for them: {}{more}", first.join(", ")));
    }
    Ok(())
}
