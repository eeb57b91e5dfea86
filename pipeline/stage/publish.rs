//! Tables, charts and data files of one period, after every audit returned nothing.
//!
//! A release is built beside its place and moved there whole; its manifest is the commit.

use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Date32Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use futures::TryStreamExt;

use crate::engine::beside::Beside;
use crate::engine::{self, Bounds};
use crate::error::{Error, Result};
use crate::method::{Parameters, Step, base, header::Layer, register};
use crate::print::{absence, account, marked, page};
use crate::progress::Event;
use crate::run::items::register_items;
use crate::run::{Job, Run, month_days};
use crate::store::Store;
use crate::store::manifest::{BatchManifest, RelationFile};
use crate::store::parquet::RelationWriter;
use crate::store::release::Release;

/// Runs tables and audits, renders, and places the release; its path goes into the manifest. Whoever commits
/// the run points to it.
/// `mirrored` are tables of the comparison with partners, made where it stands.
pub async fn publish(job: &Job<'_>, run: &mut Run, mirrored: Vec<(String, Vec<RecordBatch>)>) -> Result<()> {
    let since = Instant::now();
    job.listen.hear(Event::Started { work: "publishing".into(), total: None, unit: "tables" });
    let ctx = job.session()?;
    register_cells(&ctx, job, run).await?;
    let (first, last) = run.published_days();
    let parameters = job.parameters(first, last, run.published_month());
    let mut results = make_tables(&ctx, job, run, &parameters).await?;
    run.manifest.months_without_data = absence::months_without_data(run, &results);
    engine::give_back();
    store_data_files(&ctx, job, run, &parameters, &mut results).await?;
    engine::give_back();
    audit(&ctx, job, run).await?;
    engine::give_back();
    run.manifest.terms = account::terms(&ctx, run).await?;
    results.extend(mirrored);
    write_tables(job, run, &results).await?;

    let began = Instant::now();
    let prints = page::Print::all(job, run, &results)?;
    let folder = job.workspace.release.join(&run.manifest.period);
    let release = Release::begin(&folder, &run.manifest.id)?;
    let texts: Vec<page::PageText> = prints.iter().map(|print| page::PageText::of_release(job, run, print)).collect();
    page::render_all(job, run, &results, &prints, &texts, &release)?;
    let shown = prints[0].tables.len();
    run.note_step("render", (shown + prints[0].charts.len()) as u64, began);
    run.manifest.stages.push("publish".into());
    run.manifest.release = Some(format!("{}/{}", run.manifest.period, run.manifest.id));
    run.manifest.committed_at = job.clock.stamp();
    release.put_json("manifest.json", &run.manifest.published())?;
    let place = release.finish()?;
    run.account("release", place.display());
    job.listen.hear(Event::Finished { work: "published tables".into(), rows: shown as u64, took: since.elapsed() });
    Ok(())
}

/// Runs the steps of the tables and registers what they give; the relations, in their order.
async fn make_tables(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &mut Run,
    parameters: &Parameters,
) -> Result<Vec<(String, Vec<RecordBatch>)>> {
    let mut results = Vec::new();
    let mut beside = Beside::new(job.bounds.threads);
    let mut keep = |step: &Step, (batches, schema, took): (Vec<RecordBatch>, SchemaRef, Duration)| {
        // A table without rows has its columns all the same, in every format.
        let batches = if batches.is_empty() { vec![RecordBatch::new_empty(schema.clone())] } else { batches };
        let table = MemTable::try_new(schema, vec![batches.clone()]).map_err(Error::engine(format!("making `{}`", step.name)))?;
        register(ctx, &step.name, Arc::new(table))?;
        run.note_took(&step.name, batches.iter().map(|b| b.num_rows() as u64).sum(), took);
        results.push((step.name.clone(), batches));
        Ok::<(), Error>(())
    };
    for step in job.method.in_order(Layer::Protect).filter(|step| step.is_view()) {
        job.method.register_lists(ctx, std::iter::once(step))?;
        job.method.register_view(ctx, step, parameters).await?;
    }
    let steps = job.method.in_order(Layer::Tables).filter(|step| !job.method.is_mirror_table(step));
    for step in steps.filter(|step| !step.is_data_only()) {
        for (step, made) in beside.before(&step.reads).await? {
            keep(step, made)?;
        }
        let began = Instant::now();
        let frame = job.method.frame(ctx, step, parameters).await?;
        if step.is_view() {
            register(ctx, &step.name, frame.into_view())?;
            continue;
        }
        let (name, planned) = (step.name.clone(), job.method.schema(&step.name).expect("the method was checked"));
        beside.start(step, async move {
            let batches = frame.collect().await.map_err(Error::engine(format!("making `{name}`")))?;
            let schema = batches.first().map_or(planned, RecordBatch::schema);
            Ok((batches, schema, began.elapsed()))
        });
    }
    while let Some((step, made)) = beside.oldest().await? {
        keep(step, made)?;
    }
    Ok(results)
}

/// Publishable cells of every compiled month, and what the audits compare them with.
async fn register_cells(ctx: &SessionContext, job: &Job<'_>, run: &Run) -> Result<()> {
    let doing = || Error::engine("opening the publishable cells");
    for step in job.method.in_order(Layer::Tables).chain(job.method.in_order(Layer::Audit)) {
        job.method.register_lists(ctx, std::iter::once(step))?;
    }
    let months = run.compiled_months();
    for (layer, stage) in [(Layer::Compile, "compile"), (Layer::Protect, "protect")] {
        for step in job.method.in_order(layer).filter(|step| !step.is_view()) {
            let mut files: Vec<RelationFile> = Vec::new();
            // Tables look back over every month; audits are about the months of this run.
            for month in if layer == Layer::Compile { &run.months } else { &months } {
                run.check_columns(stage, &step.name, month)?;
                files.extend(run.files(stage, &step.name, month).unwrap_or_default());
            }
            if stage == "protect" && run.target.iter().all(|month| run.files(stage, &step.name, month).is_none()) {
                return Err(Error::NothingToRead {
                    problem: format!("{} was not compiled yet", run.manifest.period),
                    hint: format!("run `tradestat compile --period {}` first", run.manifest.period),
                });
            }
            let schema = job.method.schema(&step.name).expect("the method was checked");
            register(ctx, &step.name, job.store.table(&schema, &files.iter().collect::<Vec<_>>())?)?;
        }
    }
    let days: Vec<i32> = months.iter().map(|month| month_days(month).0).collect();
    let batch = RecordBatch::try_new(base::schema("published_month").expect("known"), vec![Arc::new(Date32Array::from(days))]);
    register_batch(ctx, "published_month", batch.map_err(|e| doing()(e.into()))?)?;
    register_account(ctx, run)?;
    for name in ["held_item", "set_aside", "finding", "item_account", "corrected_item"] {
        let mut files: Vec<RelationFile> = Vec::new();
        for month in &run.months {
            files.extend(run.files("validate", name, month).unwrap_or_default());
        }
        let schema = base::schema(name).expect("known");
        register(ctx, name, job.store.table(&schema, &files.iter().collect::<Vec<_>>())?)?;
    }
    for name in ["declaration", "fault", "receipt", "amendment"] {
        let files: Vec<&RelationFile> = run.batches.iter().flat_map(|b| &b.files).filter(|f| f.relation == name).collect();
        register(ctx, name, job.store.table(&base::schema(name).expect("known"), &files)?)?;
    }
    register_items(ctx, job, run)
}

fn register_batch(ctx: &SessionContext, name: &str, batch: RecordBatch) -> Result<()> {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(Error::engine("registering numbers of the run"))?;
    register(ctx, name, Arc::new(table))
}

/// `batch_account` from the batches' manifests.
fn register_account(ctx: &SessionContext, run: &Run) -> Result<()> {
    let number = |pick: fn(&BatchManifest) -> u64| {
        Arc::new(run.batches.iter().map(|b| i64::try_from(pick(b)).ok()).collect::<Int64Array>())
    };
    let ids: StringArray = run.batches.iter().map(|b| Some(b.id.as_str())).collect();
    let batch = RecordBatch::try_new(
        base::schema("batch_account").expect("known"),
        vec![Arc::new(ids), number(|b| b.lines_read), number(|b| b.items), number(|b| b.faulted_lines)],
    );
    register_batch(ctx, "batch_account", batch.expect("built to its schema"))
}

/// Any row an audit returns stops publication; the rows are named in the failed run's record.
async fn audit(ctx: &SessionContext, job: &Job<'_>, run: &mut Run) -> Result<()> {
    let (first, last) = run.first_and_last();
    let parameters = job.parameters(first, last, run.published_month());
    // Views over lists alone, such as what each procedure means: the others need the items.
    for step in job.method.in_order(Layer::Compile).filter(|step| step.is_view()) {
        job.method.register_lists(ctx, std::iter::once(step))?;
        if step.reads.iter().all(|name| ctx.table_exist(name.as_str()).unwrap_or(false)) {
            job.method.register_view(ctx, step, &parameters).await?;
        }
    }
    let mut failed = Vec::new();
    let mut beside = Beside::new(job.bounds.threads);
    let mut keep = |step: &Step, (rows, took): (Vec<RecordBatch>, Duration)| {
        let count: u64 = rows.iter().map(|batch| batch.num_rows() as u64).sum();
        run.manifest.audits.insert(step.name.clone(), count);
        run.note_took(&step.name, count, took);
        if count > 0 {
            let some: Vec<RecordBatch> = rows.iter().map(|batch| batch.slice(0, batch.num_rows().min(20))).collect();
            let text = datafusion::arrow::util::pretty::pretty_format_batches(&some).map(|t| t.to_string());
            run.manifest.notes.push(format!("{}: {}\n{}", step.name, step.header.title, text.unwrap_or_default()));
            failed.push(step.name.clone());
        }
    };
    for step in job.method.in_order(Layer::Audit).filter(|step| !job.method.is_mirror_audit(step)) {
        for (step, found) in beside.before(&step.reads).await? {
            keep(step, found);
        }
        let began = Instant::now();
        let frame = job.method.frame(ctx, step, &parameters).await?;
        let name = step.name.clone();
        beside.start(step, async move {
            let rows = frame.collect().await.map_err(Error::engine(format!("auditing `{name}`")))?;
            Ok((rows, began.elapsed()))
        });
    }
    while let Some((step, found)) = beside.oldest().await? {
        keep(step, found);
    }
    if failed.is_empty() { Ok(()) } else { Err(Error::Audit { failed }) }
}

/// Memory that the engine may count for the rows of a long table, however much the run may have.
const MOST_FOR_DATA_FILES: usize = 256 << 20;

/// Tables that are data files only, too long to be held: their rows go into the store as they are made.
/// `results` gets their columns.
async fn store_data_files(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &mut Run,
    parameters: &Parameters,
    results: &mut Vec<(String, Vec<RecordBatch>)>,
) -> Result<()> {
    let month = run.target.last().expect("a period has months").clone();
    let describer = job.describer()?;
    for step in job.method.in_order(Layer::Tables).filter(|step| step.is_data_only()) {
        let doing = || Error::engine(format!("making `{}`", step.name));
        let since = Instant::now();
        // Grouping and sorting so many rows goes to the disk rather than beyond the memory of the other tables.
        let apart = engine::open(Bounds { memory: job.bounds.memory.min(MOST_FOR_DATA_FILES), ..job.bounds })?;
        for name in &step.reads {
            register(&apart, name, ctx.table_provider(name.as_str()).await.map_err(doing())?)?;
        }
        let frame = job.method.frame(&apart, step, parameters).await?;
        let mut rows = frame.execute_stream().await.map_err(doing())?;
        let columns = marked(run, &describer, &step.name, &[RecordBatch::new_empty(rows.schema())]).remove(0);
        let key = Store::run_file(&step.name, Some(&month), &run.manifest.id, 0);
        let objects = job.store.objects();
        let mut writer = RelationWriter::create(&objects, &step.name, &key, Some(month.clone()), &columns.schema()).await?;
        while let Some(batch) = rows.try_next().await.map_err(doing())? {
            for batch in marked(run, &describer, &step.name, &[batch]) {
                writer.write(&batch).await?;
            }
        }
        let file = writer.finish().await?;
        register(ctx, &step.name, job.store.table(&columns.schema(), &[&file])?)?;
        run.note_step(&step.name, file.rows, since);
        run.manifest.files.push(file);
        results.push((step.name.clone(), vec![columns]));
    }
    Ok(())
}

/// Every published table is a relation too, kept by the last month of its period.
async fn write_tables(job: &Job<'_>, run: &mut Run, results: &[(String, Vec<RecordBatch>)]) -> Result<()> {
    let month = run.target.last().expect("a period has months").clone();
    let describer = job.describer()?;
    // Relations that only serve other tables are not kept.
    let published = |name: &str| job.method.step(name).is_ok_and(|step| step.code().is_some() && !step.is_data_only());
    for (name, batches) in results.iter().filter(|(name, _)| published(name)) {
        let batches = &marked(run, &describer, name, batches);
        let key = Store::run_file(name, Some(&month), &run.manifest.id, 0);
        let mut writer =
            RelationWriter::create(&job.store.objects(), name, &key, Some(month.clone()), &batches[0].schema()).await?;
        for batch in batches {
            writer.write(batch).await?;
        }
        run.manifest.files.push(writer.finish().await?);
    }
    Ok(())
}
