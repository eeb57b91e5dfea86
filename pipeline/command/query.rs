//! SQL over everything in the store, by name.

use std::io::Write;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::context::SQLOptions;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::prelude::SessionContext;
use futures::StreamExt;

use crate::cli::{Query, QueryFormat};
use crate::error::{Error, Result, nearest};
use crate::method::{base, header::Layer, register};
use crate::run::Job;
use crate::run::items::{CORRECTED, CORRECTED_HEADER};
use crate::store::manifest::{RelationFile, RunManifest};

/// Answers one `select` over the store, on stdout.
///
/// # Errors
/// Exit 2, where a name is unknown, the SQL fails, or it would change something.
pub async fn query(job: &Job<'_>, asked: &Query) -> Result<()> {
    let ctx = job.session()?;
    register_all(&ctx, job).await?;
    crate::partner::register_views(&ctx, job, &asked.sql).await?;
    let wrong = |e: DataFusionError| match unknown(&ctx, job, &e) {
        Some(unknown) => unknown,
        None => failed(&e),
    };
    // The store is never changed by a question.
    let reading = SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    let frame = ctx.sql_with_options(&asked.sql, reading).await.map_err(wrong)?;
    print(frame.execute_stream().await.map_err(wrong)?, asked.format, wrong).await
}

/// What to say of a name that nothing has: a name that is like it, or that no run has written it yet.
fn unknown(ctx: &SessionContext, job: &Job<'_>, error: &DataFusionError) -> Option<Error> {
    let text = error.strip_backtrace();
    let name = text.split_once("table '")?.1.split_once("' not found")?.0.rsplit('.').next()?;
    let catalogs = ctx.catalog_names().into_iter().filter_map(|name| ctx.catalog(&name));
    let schemas = catalogs.flat_map(|catalog| catalog.schema_names().into_iter().filter_map(move |name| catalog.schema(&name)));
    let known: Vec<String> = schemas.flat_map(|schema| schema.table_names()).collect();
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    let step = job.method.steps.values().find(|step| is_it(&step.name) || step.code().is_some_and(is_it));
    let hint = match (step, nearest(name, known.iter().map(String::as_str))) {
        (Some(step), _) if known.iter().any(|known| known.eq_ignore_ascii_case(&step.name)) => {
            format!("its name is `{}`, without quotation marks", step.name)
        }
        (Some(step), _) => {
            format!("`{}` is a step of the method whose rows are not kept, or that no run has written yet", step.name)
        }
        (None, Some(near)) => format!("a similar name exists: `{near}`"),
        (None, None) => "`tradestat show NAME` prints the columns of a relation or list".into(),
    };
    Some(Error::Usage { problem: format!("the query fails: no relation, list or table is called `{name}`"), hint })
}

fn failed(error: &DataFusionError) -> Error {
    // Where in the engine it failed helps nobody who asks.
    const STAGES: [&str; 3] = ["Error during planning: ", "Schema error: ", "SQL error: "];
    let text = error.strip_backtrace();
    let text = STAGES.iter().fold(text.as_str(), |text, stage| text.strip_prefix(stage).unwrap_or(text));
    let quoted = text.strip_prefix("ParserError(\"").and_then(|text| text.strip_suffix("\")"));
    let text = quoted.unwrap_or(text);
    Error::Usage {
        problem: match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => "the query does not fit into memory".into(),
            _ => format!("the query fails: {text}"),
        },
        hint: match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => {
                "the answer needs more memory than may be held: ask for less at a time (of `converted_trade` one edition, or all with \
                 `tradestat reference convert`; of other relations one month), or raise `--memory-limit`"
            }
            _ => "`tradestat show NAME` prints the columns of a relation or list",
        }
        .into(),
    }
}

/// Writes rows to stdout as they come; `wrong` says what failed where computing them does.
pub async fn print(
    mut rows: SendableRecordBatchStream,
    format: QueryFormat,
    wrong: impl Fn(DataFusionError) -> Error + Copy,
) -> Result<()> {
    let schema = rows.schema();
    let mut out = std::io::stdout().lock();
    let failed = Error::write("stdout");
    if format == QueryFormat::Parquet {
        let bad = |e: datafusion::parquet::errors::ParquetError| Error::Write { what: "stdout".into(), source: e.into() };
        let mut writer =
            ArrowWriter::try_new(std::io::stdout(), schema.clone(), Some(crate::store::parquet::properties(&schema)))
                .map_err(bad)?;
        while let Some(batch) = rows.next().await {
            writer.write(&batch.map_err(wrong)?).map_err(bad)?;
        }
        writer.close().map_err(bad)?;
        return Ok(());
    }
    let mut shown: Vec<RecordBatch> = Vec::new();
    if format == QueryFormat::Csv {
        let mut csv = csv::Writer::from_writer(Vec::new());
        csv.write_record(schema.fields().iter().map(|f| f.name())).expect("a buffer takes all");
        out.write_all(&csv.into_inner().expect("a buffer")).map_err(Error::write("stdout"))?;
    }
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(wrong)?;
        match format {
            QueryFormat::Table => shown.push(batch),
            QueryFormat::Csv => {
                let mut csv = csv::Writer::from_writer(Vec::new());
                each_row(&batch, |cells| {
                    csv.write_record(cells.iter().map(|cell| cell.as_deref().unwrap_or(""))).expect("a buffer takes all");
                    Ok(())
                })?;
                out.write_all(&csv.into_inner().expect("a buffer")).map_err(Error::write("stdout"))?;
            }
            _ => each_row(&batch, |cells| json_line(&mut out, &batch, cells))?,
        }
    }
    match format {
        QueryFormat::Table => {
            let schema_only = RecordBatch::new_empty(schema);
            let batches = if shown.is_empty() { vec![schema_only] } else { shown };
            let text = datafusion::arrow::util::pretty::pretty_format_batches(&batches).map_err(|e| wrong(e.into()))?;
            writeln!(out, "{text}").map_err(failed)
        }
        _ => out.flush().map_err(failed),
    }
}

fn each_row(batch: &RecordBatch, mut use_row: impl FnMut(&[Option<String>]) -> Result<()>) -> Result<()> {
    let options = FormatOptions::default();
    let formatters: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<_, _>>()
        .map_err(|e| Error::Render { what: "the result".into(), problem: e.to_string() })?;
    // Logical ones: a column that is null throughout has no marks of its own.
    let nulls: Vec<_> = batch.columns().iter().map(|column| column.logical_nulls()).collect();
    for row in 0..batch.num_rows() {
        let is_null = |i: usize| nulls[i].as_ref().is_some_and(|nulls| nulls.is_null(row));
        let cells: Vec<Option<String>> =
            formatters.iter().enumerate().map(|(i, f)| (!is_null(i)).then(|| f.value(row).to_string())).collect();
        use_row(&cells)?;
    }
    Ok(())
}

/// Numbers keep every digit: they are written as they are, never through a float.
fn json_line(out: &mut impl Write, batch: &RecordBatch, cells: &[Option<String>]) -> Result<()> {
    let mut line = String::from("{");
    for (i, (field, cell)) in batch.schema().fields().iter().zip(cells).enumerate() {
        if i > 0 {
            line.push(',');
        }
        line.push_str(&serde_json::to_string(field.name()).expect("text"));
        line.push(':');
        let is_plain =
            field.data_type().is_numeric() || matches!(field.data_type(), datafusion::arrow::datatypes::DataType::Boolean);
        match cell {
            None => line.push_str("null"),
            Some(text) if is_plain && !text.contains(['N', 'n', 'I', 'i']) || text == "true" || text == "false" && is_plain => {
                line.push_str(text)
            }
            Some(text) => line.push_str(&serde_json::to_string(text).expect("text")),
        }
    }
    line.push_str("}\n");
    out.write_all(line.as_bytes()).map_err(Error::write("stdout"))
}

/// Every relation, list and published table under its name: batches that are visible, of each
/// month the newest run, of each table the newest release.
pub async fn register_all(ctx: &SessionContext, job: &Job<'_>) -> Result<()> {
    for name in job.method.lists.keys() {
        job.method.register_list(ctx, name)?;
    }
    let batches = job.store.batches().await?;
    for name in ["item", "declaration", "amendment", "fault", "receipt"] {
        let files: Vec<&RelationFile> = batches.iter().flat_map(|b| &b.files).filter(|f| f.relation == name).collect();
        register(ctx, name, job.store.table(&base::schema(name).expect("known"), &files)?)?;
    }
    crate::partner::register_flows(ctx, job).await?;
    let runs = job.store.runs().await?;
    for name in ["finding", "held_item", "set_aside", "item_account", CORRECTED, CORRECTED_HEADER] {
        let files = newest(&runs, "validate", name);
        register(ctx, name, job.store.table(&base::schema(name).expect("known"), &files.iter().collect::<Vec<_>>())?)?;
    }
    let kept =
        [(Layer::Validate, "validate"), (Layer::Compile, "compile"), (Layer::Protect, "protect"), (Layer::Tables, "publish")];
    for (layer, stage) in kept {
        for step in job.method.in_order(layer).filter(|step| !step.is_view()) {
            let files = match layer {
                Layer::Tables => newest_table(&runs, &step.name),
                _ => newest(&runs, stage, &step.name),
            };
            // A step that no run has written yet is not there, rather than empty of columns.
            let Some(first) = files.iter().find(|file| file.rows > 0).or(files.first()) else { continue };
            let path = job.store.root().join(&first.path);
            let frame = ctx.read_parquet(path.to_string_lossy().to_string(), Default::default()).await;
            let schema = frame.map_err(Error::engine("opening a relation"))?.schema().as_arrow().clone();
            register(ctx, &step.name, job.store.table(&Arc::new(schema), &files.iter().collect::<Vec<_>>())?)?;
        }
    }
    for step in job.method.in_order(Layer::Mirror).filter(|step| !step.is_view()) {
        let files = newest_mirrors(&runs, &step.name);
        let Some(first) = files.iter().find(|file| file.rows > 0).or(files.first()) else { continue };
        let frame = ctx.read_parquet(job.store.root().join(&first.path).to_string_lossy().to_string(), Default::default()).await;
        let schema = frame.map_err(Error::engine("opening a relation"))?.schema().as_arrow().clone();
        register(ctx, &step.name, job.store.table(&Arc::new(schema), &files.iter().collect::<Vec<_>>())?)?;
    }
    register_views(ctx, job, Layer::Classify).await?;
    Ok(())
}

/// Whether a relation, list or table of this name is registered; capitals are read as small letters.
pub fn is_there(ctx: &SessionContext, name: &str) -> bool {
    ctx.table_exist(TableReference::bare(name.to_lowercase())).unwrap_or(false)
}

/// Views of a room that no run computes, where all they read is there. They cost their
/// planning here and nothing else until somebody asks for them.
pub async fn register_views(ctx: &SessionContext, job: &Job<'_>, layer: Layer) -> Result<()> {
    for step in job.method.in_order(layer).filter(|step| step.is_view() && !is_there(ctx, &step.name)) {
        if step.reads.iter().all(|name| is_there(ctx, name)) {
            let frame = job.method.frame(ctx, step, &Vec::new()).await?;
            register(ctx, &step.name, frame.into_view())?;
        }
    }
    Ok(())
}

fn newest(runs: &[RunManifest], stage: &str, relation: &str) -> Vec<RelationFile> {
    let done = |run: &&RunManifest| run.as_of.is_none() && run.stages.iter().any(|s| s == stage);
    let mut months: Vec<&String> = runs.iter().filter(done).flat_map(|run| &run.months).collect();
    months.sort_unstable();
    months.dedup();
    let of_month = |month: &&String| {
        let run = runs.iter().filter(done).rfind(|run| run.months.contains(month));
        run.into_iter()
            .flat_map(|run| &run.files)
            .filter(|f| f.relation == relation && f.period.as_ref() == Some(*month))
            .cloned()
            .collect::<Vec<_>>()
    };
    months.iter().flat_map(of_month).collect()
}

/// A relation of the newest comparisons that have no month in common, so that nothing stands twice.
fn newest_mirrors(runs: &[RunManifest], relation: &str) -> Vec<RelationFile> {
    let mut taken: Vec<&String> = Vec::new();
    let mut files = Vec::new();
    for run in runs.iter().rev().filter(|run| run.as_of.is_none() && run.stages.iter().any(|stage| stage == "mirror")) {
        if run.months.iter().all(|month| !taken.contains(&month)) {
            taken.extend(&run.months);
            files.extend(run.files.iter().filter(|file| file.relation == relation).cloned());
        }
    }
    files
}

/// A published table of the newest release alone: tables of several months are not one table.
fn newest_table(runs: &[RunManifest], relation: &str) -> Vec<RelationFile> {
    let of_run =
        |run: &RunManifest| -> Vec<RelationFile> { run.files.iter().filter(|f| f.relation == relation).cloned().collect() };
    runs.iter().rev().filter(|run| run.as_of.is_none()).map(of_run).find(|files| !files.is_empty()).unwrap_or_default()
}
