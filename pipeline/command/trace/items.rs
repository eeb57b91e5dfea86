//! Publishable cells and items that give to a figure: the method's own plans, spread over their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Date32Array, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type};
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::LogicalPlan;
use datafusion::prelude::{DataFrame, SessionContext, cast as to_type, ident, lit};
use datafusion::scalar::ScalarValue;

use super::PERSONS;
use super::figure::Figure;
use crate::cli::{Measure, Trace};
use crate::error::{Error, Result};
use crate::method::contribution::{Source, Sources, TRACED, key_columns, spread};
use crate::method::header::Layer;
use crate::method::{Method, Step, base, empty, register};
use crate::print::absence;
use crate::run::{Job, Run, Span, month_days, month_of};
use crate::stage::compile::open_items;
use crate::store::manifest::RelationFile;

/// What a row gives to the figure; the name stands in no relation of the method.
const AMOUNT: &str = "amount_of_figure";

/// Which relation a cell stands in.
const RELATION: &str = "relation_of_cell";

/// Values keep six decimals from the valuation on, quantities three.
const EXACT: DataType = DataType::Decimal128(38, 6);

/// Cells that add up to the figure.
pub struct Cells {
    pub relation: String,
    pub count: u64,
    pub sum: String,
    pub months: BTreeSet<String>,
}

/// Items that add up to the figure, with every column the method gives them.
pub struct Items {
    pub batches: Vec<RecordBatch>,
    pub count: u64,
    /// In the measure of the figure.
    pub sum: String,
    /// Sum of the measure asked for, where it is another.
    pub measured: Option<String>,
}

/// Publishable cells of the figure, from the relations that the release was made of; none where it is no sum
/// of them: a share, a change, a median or a rank.
pub async fn cells(job: &Job<'_>, figure: &Figure) -> Result<Option<Cells>> {
    let (ctx, stored) = tables_session(job, figure).await?;
    let mut sources = Sources { are_readable: true, ..Default::default() };
    for name in &stored {
        let rows = ctx.table(name).await.and_then(|rows| rows.with_column(RELATION, lit(name.as_str())));
        let rows = rows.map_err(Error::engine("opening the publishable cells"))?;
        sources.relations.insert(name.clone(), Source::Rows(rows.into_unoptimized_plan()));
    }
    let Some(frame) = given(job, &ctx, figure, &sources).await? else { return Ok(None) };
    let found = frame.collect().await.map_err(Error::engine("adding up publishable cells"))?;
    let (mut months, mut relations) = (BTreeSet::new(), BTreeSet::new());
    for batch in &found {
        if let Some(names) =
            batch.column_by_name(&format!("{TRACED}{RELATION}")).and_then(|names| cast(names, &DataType::Utf8).ok())
        {
            relations.extend(names.as_string::<i32>().iter().flatten().map(String::from));
        }
        let Some(days) = batch.column_by_name(&format!("{TRACED}period")) else { continue };
        let days = cast(days, &DataType::Date32).map_err(|e| Error::engine("reading months")(e.into()))?;
        months.extend(days.as_primitive::<Date32Type>().iter().flatten().map(month_of));
    }
    let relation = relations.into_iter().collect::<Vec<_>>().join(", ");
    Ok(Some(Cells { relation, count: rows(&found), sum: text_of(total(&found, AMOUNT)), months }))
}

/// The session of the tables: lists, publishable cells as stored, views over them. Names of the
/// stored relations that the table needs.
async fn tables_session(job: &Job<'_>, figure: &Figure) -> Result<(SessionContext, BTreeSet<String>)> {
    let doing = || Error::engine("opening the publishable cells");
    let ctx = job.session()?;
    let needed = needed(&job.method, &figure.step);
    job.method.register_lists(&ctx, needed.iter().copied())?;
    let months = figure.run.compiled_months();
    let days: Vec<i32> = months.iter().map(|month| month_days(month).0).collect();
    let published =
        RecordBatch::try_new(base::schema("published_month").expect("known"), vec![Arc::new(Date32Array::from(days))]);
    let published = published.map_err(|e| doing()(e.into()))?;
    let table = MemTable::try_new(published.schema(), vec![vec![published]]).map_err(doing())?;
    register(&ctx, "published_month", Arc::new(table))?;
    let (first, last) = figure.run.published_days();
    let parameters = job.parameters(first, last, figure.run.published_month());
    let mut stored = BTreeSet::new();
    for step in needed.iter().filter(|step| step.name != figure.step.name) {
        if step.layer <= Layer::Protect && !step.is_view() {
            let stage = if step.layer == Layer::Compile { "compile" } else { "protect" };
            let files: Vec<RelationFile> =
                months.iter().flat_map(|month| figure.run.files(stage, &step.name, month).unwrap_or_default()).collect();
            let schema = job.method.schema(&step.name).expect("the method was checked");
            register(&ctx, &step.name, job.store.table(&schema, &files.iter().collect::<Vec<_>>())?)?;
            stored.insert(step.name.clone());
        } else if step.name == absence::RELATION {
            // It decides which months are compared, and gives nothing to a figure.
            let months = job.method.frame(&ctx, step, &parameters).await?.collect().await.map_err(doing())?;
            let schema = job.method.schema(&step.name).expect("the method was checked");
            let table = MemTable::try_new(months.first().map_or(schema, RecordBatch::schema), vec![months]).map_err(doing())?;
            register(&ctx, &step.name, Arc::new(table))?;
        } else {
            job.method.register_view(&ctx, step, &parameters).await?;
        }
    }
    Ok((ctx, stored))
}

/// Steps a table reads, itself last; what is behind a stored relation of earlier rooms is left out.
fn needed<'m>(method: &'m Method, table: &'m Step) -> Vec<&'m Step> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut open = vec![table];
    while let Some(step) = open.pop() {
        if names.insert(step.name.to_lowercase())
            && (step.is_view() || step.layer > Layer::Protect || step.layer == Layer::Classify)
        {
            open.extend(step.reads.iter().filter_map(|read| method.steps.get(read.as_str())));
        }
    }
    method.all_in_order().filter(|step| names.contains(&step.name.to_lowercase())).collect()
}

/// A figure that items do not add up to.
pub fn no_sum(figure: &Figure) -> Error {
    let is_measured = ["quantity", "mass"].iter().any(|word| figure.column.contains(word));
    Error::Usage {
        problem: format!("`{}` of {} cannot be followed to items: it is not a sum of items", figure.column, figure.step.name),
        hint: match is_measured {
            true => "it may hold estimates: ask for the value of the row with --measure net-mass or --measure quantity".into(),
            false => "without --items it is told what made it; ask for the figures that it is made of".into(),
        },
    }
}

/// The rows at the bottom that give to the figure, what each gives, and nothing else; none where the plan cannot
/// be taken apart.
async fn given(job: &Job<'_>, ctx: &SessionContext, figure: &Figure, sources: &Sources) -> Result<Option<DataFrame>> {
    let (first, last) = figure.run.first_and_last();
    let parameters = job.parameters(first, last, figure.run.published_month());
    let plan = job.method.frame(ctx, &figure.step, &parameters).await?.into_unoptimized_plan();
    let is_told =
        |name: &String| figure.row.iter().any(|(column, cell)| column == name && cell.is_some()) && *name != figure.column;
    let keys: Vec<String> = key_columns(&plan, sources).into_iter().filter(is_told).collect();
    let cell =
        |key: &String| figure.row.iter().find(|(column, _)| column == key).and_then(|(_, cell)| cell.clone()).expect("told");
    let told: BTreeMap<String, String> = keys.iter().map(|key| (key.clone(), cell(key))).collect();
    // The plan's own words about what it cannot take apart say nothing to a reader.
    let Ok(spread) = spread(&plan, sources, &figure.column, &keys, &told, AMOUNT) else { return Ok(None) };
    let doing = || Error::engine("following a figure");
    let mut frame = DataFrame::new(ctx.state(), spread);
    for (key, cell) in told {
        frame = frame.filter(to_type(ident(key), DataType::Utf8).eq(lit(cell))).map_err(doing())?;
    }
    let mut columns: Vec<_> =
        frame.schema().fields().iter().filter(|f| f.name().starts_with(TRACED)).map(|f| ident(f.name())).collect();
    columns.push(to_type(ident(AMOUNT), EXACT).alias(AMOUNT));
    let frame = frame.select(columns).map_err(doing())?;
    frame.filter(ident(AMOUNT).not_eq(lit(ScalarValue::Decimal128(Some(0), 38, 6)))).map(Some).map_err(doing())
}

/// Items of the figure: each month as the run that compiled it saw its items.
pub async fn items(job: &Job<'_>, asked: &Trace, figure: &Figure, cells: &Cells) -> Result<Items> {
    let measure = match asked.measure {
        Measure::Value => None,
        Measure::NetMass => Some("net_mass_kg"),
        Measure::Quantity => Some("supplementary_quantity"),
    };
    // No cell, no month to look for items in.
    if cells.months.is_empty() && cells.count == 0 {
        return Ok(Items { batches: Vec::new(), count: 0, sum: text_of(0), measured: measure.map(|_| text_of(0)) });
    }
    let (ctx, stored) = tables_session(job, figure).await?;
    let mut made: BTreeMap<String, Vec<(LogicalPlan, Arc<Sources>)>> = BTreeMap::new();
    for (run, span, months) in spans(job, figure, &cells.months).await? {
        for session in open_items(job, &run, &span).await? {
            let sources = of_session(job, &session, &run, &span, &months, asked.traders).await?;
            for name in &stored {
                if let Some(Source::Made(plans)) = sources.relations.get(name) {
                    made.entry(name.clone()).or_default().extend(plans.iter().cloned());
                }
            }
        }
    }
    let mut sources = Sources { are_readable: true, ..Default::default() };
    sources.relations.extend(made.into_iter().map(|(name, plans)| (name, Source::Made(plans))));
    let frame = given(job, &ctx, figure, &sources).await?.ok_or_else(|| no_sum(figure))?;
    let doing = || Error::engine("looking for the items of a figure");
    let order = ["period", "batch_id", "line_no"].map(|name| ident(format!("{TRACED}{name}")).sort(true, true));
    let batches = frame.sort(order.to_vec()).map_err(doing())?.collect().await.map_err(doing())?;
    let measured = measure.map(|name| text_of(signed(&batches, &format!("{TRACED}{name}"))));
    Ok(Items { count: rows(&batches), sum: text_of(total(&batches, AMOUNT)), measured, batches })
}

/// Runs that compiled the months, each with the span it compiled them in.
async fn spans(job: &Job<'_>, figure: &Figure, months: &BTreeSet<String>) -> Result<Vec<(Run, Span, BTreeSet<String>)>> {
    let batches = job.all_batches().await?;
    let mut found: Vec<(Run, Span, BTreeSet<String>)> = Vec::new();
    for month in months {
        let known = found.iter_mut().find(|(_, span, _)| span.months.contains(month));
        let compiled = |run: &&crate::store::manifest::RunManifest| {
            run.as_of == figure.run.manifest.as_of
                && run.stages.iter().any(|stage| stage == "compile")
                && run.months.contains(month)
        };
        let own = Some(&figure.run.manifest).filter(compiled);
        let source = own.or_else(|| figure.run.earlier.iter().rfind(compiled)).ok_or_else(|| Error::NothingToRead {
            problem: format!("no run compiled {month}"),
            hint: "run `tradestat store check`".into(),
        })?;
        match known {
            Some((run, _, months)) if run.manifest.id == source.id => {
                months.insert(month.clone());
            }
            _ => {
                let run = Run::reopened(source.clone(), &batches, &figure.runs)?;
                let span =
                    run.spans(&job.method)?.into_iter().find(|span| span.months.contains(month)).expect("a run has its months");
                found.push((run, span, BTreeSet::from([month.clone()])));
            }
        }
    }
    Ok(found)
}

/// Stored relations of compile and protect as plans over the items of a session.
async fn of_session(
    job: &Job<'_>,
    ctx: &SessionContext,
    run: &Run,
    span: &Span,
    months: &BTreeSet<String>,
    traders: bool,
) -> Result<Sources> {
    let doing = || Error::engine("opening the items");
    let parameters = job.parameters(span.first, span.last, run.published_month());
    let is_there = |name: &str| ctx.table_exist(name).unwrap_or(false);
    let mut sources = Sources::default();
    let items: Vec<&Step> =
        job.method.in_order(Layer::Compile).filter(|step| is_of_items(step) && is_there(&step.name)).collect();
    let mut opened = Vec::new();
    for step in &items {
        let frame = ctx.table(step.name.as_str()).await.map_err(doing())?;
        opened.push((step, described(ctx, frame, months, traders).await?));
    }
    for (step, frame) in opened {
        sources.relations.insert(step.name.clone(), Source::Rows(frame.into_unoptimized_plan()));
        let schema = job.method.schema(&step.name).expect("the method was checked");
        register(ctx, &step.name, empty(&schema)?)?;
    }
    for layer in [Layer::Compile, Layer::Protect] {
        job.method.register_lists(ctx, job.method.in_order(layer))?;
        for step in job.method.in_order(layer).filter(|step| !is_of_items(step)) {
            if !step.reads.iter().all(|name| is_there(name)) {
                continue;
            }
            if step.is_view() {
                job.method.register_view(ctx, step, &parameters).await?;
                continue;
            }
            let frame = job.method.frame(ctx, step, &parameters).await?;
            let below = Arc::new(sources.clone());
            sources.relations.insert(step.name.clone(), Source::Made(vec![(frame.into_unoptimized_plan(), below)]));
            let schema = job.method.schema(&step.name).expect("the method was checked");
            register(ctx, &step.name, empty(&schema)?)?;
        }
    }
    Ok(sources)
}

/// A step whose rows are items.
fn is_of_items(step: &Step) -> bool {
    step.is_view() && step.grain() == ["batch_id", "line_no"]
}

/// Items of the months, with what identifies them: declaration and item, persons only on demand.
async fn described(ctx: &SessionContext, items: DataFrame, months: &BTreeSet<String>, traders: bool) -> Result<DataFrame> {
    let doing = || Error::engine("opening the items");
    let mut items = items;
    if items.schema().has_column_with_unqualified_name("period") {
        let days = months.iter().map(|month| lit(ScalarValue::Date32(Some(month_days(month).0)))).collect();
        items = items.filter(ident("period").in_list(days, false)).map_err(doing())?;
    }
    let known: BTreeSet<String> = items.schema().fields().iter().map(|field| field.name().clone()).collect();
    let wanted = ["declaration_id", "item_no", "version"].iter().chain(PERSONS.iter().filter(|_| traders));
    let mut columns = vec![ident("batch_id").alias("item_batch"), ident("line_no").alias("item_line")];
    columns.extend(wanted.filter(|name| !known.contains(**name)).map(|name| ident(*name)));
    let accepted = ctx.table("accepted_item").await.map_err(doing())?.select(columns).map_err(doing())?;
    let joined =
        items.join(accepted, JoinType::Inner, &["batch_id", "line_no"], &["item_batch", "item_line"], None).map_err(doing())?;
    let is_kept = |name: &str| !["item_batch", "item_line"].contains(&name) && (traders || !PERSONS.contains(&name));
    let kept: Vec<String> =
        joined.schema().fields().iter().map(|field| field.name().clone()).filter(|name| is_kept(name)).collect();
    joined.select_columns(&kept.iter().map(String::as_str).collect::<Vec<_>>()).map_err(doing())
}

fn rows(batches: &[RecordBatch]) -> u64 {
    batches.iter().map(|batch| batch.num_rows() as u64).sum()
}

/// Sum of a column in millionths.
fn total(batches: &[RecordBatch], name: &str) -> i128 {
    let column = |batch: &RecordBatch| batch.column_by_name(name).and_then(|values| cast(values, &EXACT).ok());
    batches.iter().filter_map(column).map(|values| values.as_primitive::<Decimal128Type>().iter().flatten().sum::<i128>()).sum()
}

/// Sum of a measure, less where the row takes from the figure.
fn signed(batches: &[RecordBatch], name: &str) -> i128 {
    let mut sum = 0;
    for batch in batches {
        let of = |name: &str| batch.column_by_name(name).and_then(|values| cast(values, &EXACT).ok());
        let (Some(values), Some(amounts)) = (of(name), of(AMOUNT)) else { continue };
        let (values, amounts) = (values.as_primitive::<Decimal128Type>(), amounts.as_primitive::<Decimal128Type>());
        let filled = (0..batch.num_rows()).filter(|row| !values.is_null(*row));
        sum += filled.map(|row| values.value(row) * amounts.value(row).signum()).sum::<i128>();
    }
    sum
}

/// Millionths as a decimal number.
fn text_of(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    format!("{sign}{}.{:06}", millionths.abs() / 1_000_000, millionths.abs() % 1_000_000)
}
