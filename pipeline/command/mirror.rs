//! The comparison with partner countries: computed once for the same inputs, then read.

mod left_out;
pub mod print;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::{SessionContext, col};

use crate::cli::{Compared, ListFormat, Mirror, MirrorCommand, QueryFormat};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::progress::Event;
use crate::run::{Job, Run};
use crate::stage::mirror::tables::tables;
use crate::stage::mirror::view::{Choice, Sides, texts};
use crate::stage::mirror::{mirror as compare, reopen, report};
use crate::store::release;

/// Relations that are printed.
const COMPARISON: &str = "mirror_comparison";
const RECONCILED: &str = "reconciled_flow";

/// Compares, reconciles or reports, on the newest run of the same inputs or a new one.
///
/// # Errors
/// Exit 2, for a country that is not known or a report without a partner; else those of the comparison.
pub async fn mirror(mut job: Job<'_>, asked: &Mirror) -> Result<()> {
    let compared = match &asked.command {
        None => &asked.asked,
        Some(MirrorCommand::Reconcile(asked)) => asked,
        Some(MirrorCommand::Report(report)) => &report.asked,
    };
    let sides = Sides::new(&job.method, compared.reporter.as_deref(), &job.profile.reporter, &compared.partner)?;
    if matches!(asked.command, Some(MirrorCommand::Report(_))) && sides.partners.is_empty() {
        return Err(Error::Usage {
            problem: "a report is about a partner".into(),
            hint: "name one or more: `tradestat mirror report --partner GE`".into(),
        });
    }
    let is_report = matches!(asked.command, Some(MirrorCommand::Report(_)));
    let (run, ctx) = computed(&mut job, compared.period.as_deref(), is_report).await?;
    let choice = choice(&run, &sides, compared);
    match &asked.command {
        None => print_comparison(&job, &ctx, &run, &choice, compared).await,
        Some(MirrorCommand::Reconcile(_)) => print_reconciled(&job, &ctx, &choice, compared).await,
        Some(MirrorCommand::Report(report)) => write_reports(&job, &ctx, &run, &choice, report.lang.as_deref()).await,
    }
}

fn is_year(run: &Run) -> bool {
    run.target.len() == 12
}

fn choice<'c>(run: &Run, sides: &'c Sides, asked: &Compared) -> Choice<'c> {
    let (first, last) = run.first_and_last();
    Choice { sides, first, last, is_year: is_year(run), dimension: Some(asked.level.dimension()) }
}

/// The newest run of the same period and inputs, or a new one, with its relations; for a report of a year with
/// the views that the other years are read from.
pub async fn computed(job: &mut Job<'_>, period: Option<&str>, is_report: bool) -> Result<(Run, SessionContext)> {
    job.check_method().await?;
    let mut run = Run::plan_mirror(job, period).await?;
    if let Some(same) = run.same_mirror().cloned() {
        let ctx = reopen(job, &run, &same, is_report && is_year(&run)).await?;
        let notes = std::mem::take(&mut run.manifest.notes);
        run.manifest = same;
        tell(job, &run, &notes);
        return Ok((run, ctx));
    }
    let _lock = job.store.lock()?;
    release::sweep(&job.workspace.release.join("mirror").join(&run.manifest.period));
    let done = compare(job, &mut run).await;
    if run.manifest.committed_at.is_empty() {
        run.manifest.committed_at = job.clock.stamp();
    }
    match done.and_then(|ctx| job.store.commit_run(&run.manifest).map(|()| ctx)) {
        Ok(ctx) => {
            tell(job, &run, &run.manifest.notes);
            Ok((run, ctx))
        }
        Err(error) => {
            let notes = run.manifest.notes.clone();
            job.store.fail_run(&mut run.manifest, &error);
            if matches!(error, Error::Audit { .. }) {
                notes.into_iter().for_each(|text| job.listen.hear(Event::Warning { text }));
            }
            Err(error)
        }
    }
}

fn tell(job: &Job<'_>, run: &Run, notes: &[String]) {
    for text in notes {
        job.listen.hear(Event::Warning { text: text.clone() });
    }
    let text = format!("mirror {}: run {}, {} partner file(s)", run.manifest.period, run.manifest.id, partner_files(run));
    job.listen.hear(Event::Note { text });
}

fn partner_files(run: &Run) -> usize {
    run.batches.iter().filter(|batch| !batch.flows.is_empty()).count()
}

async fn print_comparison(job: &Job<'_>, ctx: &SessionContext, run: &Run, choice: &Choice<'_>, asked: &Compared) -> Result<()> {
    let doing = || Error::engine(format!("reading `{COMPARISON}`"));
    let order = ["importer", "exporter", "period", "code"].map(|name| col(name).sort(true, true)).to_vec();
    let rows = choice.rows(ctx, COMPARISON).await?.sort(order).map_err(doing())?;
    let batches = rows.clone().collect().await.map_err(doing())?;
    has_figures(ctx, run, choice, &batches).await?;
    for text in left_out::told(ctx, run, choice).await? {
        job.listen.hear(Event::Warning { text });
    }
    if asked.format == ListFormat::Table {
        let labels = Labels::read(&job.method, "en")?;
        crate::say!("{}", print::blocks(&batches, choice, &labels).trim_end());
        return Ok(());
    }
    let stream = rows.execute_stream().await.map_err(doing())?;
    super::query::print(stream, format_of(asked.format), |e| Error::engine("printing the comparison")(e)).await
}

/// Exit 3 where no row is of two sides that can be compared.
async fn has_figures(ctx: &SessionContext, run: &Run, choice: &Choice<'_>, rows: &[RecordBatch]) -> Result<()> {
    let classes: Vec<String> = rows.iter().flat_map(|batch| texts(batch, "class")).collect();
    if classes.iter().any(|class| class == "matched" || class == "orphaned") {
        return Ok(());
    }
    Err(nothing(ctx, run, choice, !classes.is_empty()).await)
}

/// Why there is no row to print: exit 3.
async fn nothing(ctx: &SessionContext, run: &Run, choice: &Choice<'_>, is_silent: bool) -> Error {
    let sides = choice.sides;
    let has_total = match (Choice { dimension: Some("total"), ..*choice }).rows(ctx, COMPARISON).await {
        Ok(rows) => rows.count().await.unwrap_or_default() > 0,
        Err(_) => false,
    };
    let partners = if sides.partners.is_empty() { "any partner".into() } else { sides.partners.join(", ") };
    let mut problem = format!("nothing to compare between {} and {partners} in {}", sides.reporter, run.manifest.period);
    for reason in left_out::told(ctx, run, choice).await.unwrap_or_default() {
        problem.push_str(&format!("; {reason}"));
    }
    let hints = left_out::hints(ctx, run, choice).await.unwrap_or_default();
    let reporters = reporters(ctx).await.unwrap_or_default();
    let hint = match is_silent {
        false if has_total => "the sides have no goods of this level in common; `--level` asks for another".into(),
        _ if !hints.is_empty() => hints.join("; "),
        true => format!("only one side has figures; partner files tell of the figures of {}", reporters.join(", ")),
        false if reporters.is_empty() => {
            "no record of the partner files could be read as a flow: `tradestat query \"select * from unmapped_flow\"`".into()
        }
        false => {
            format!("partner files tell of the figures of {}; name the sides with --reporter and --partner", reporters.join(", "))
        }
    };
    Error::NothingToRead { problem, hint }
}

/// Countries that have figures, from any source.
async fn reporters(ctx: &SessionContext) -> datafusion::error::Result<Vec<String>> {
    let rows = ctx
        .table("compared_source")
        .await?
        .select_columns(&["reporter"])?
        .distinct()?
        .sort(vec![col("reporter").sort(true, true)])?;
    Ok(rows.collect().await?.iter().flat_map(|batch| texts(batch, "reporter")).collect())
}

async fn print_reconciled(job: &Job<'_>, ctx: &SessionContext, choice: &Choice<'_>, asked: &Compared) -> Result<()> {
    let doing = || Error::engine(format!("reading `{RECONCILED}`"));
    job.method.step(RECONCILED)?;
    let rows = choice.rows(ctx, RECONCILED).await?;
    let names = ["importer", "exporter", "period", "dimension", "code", "commodity_code"];
    let has = |name: &&str| rows.schema().has_column_with_unqualified_name(name);
    let order = names.iter().filter(|name| has(name)).map(|name| col(*name).sort(true, true)).collect();
    let rows = rows.clone().sort(order).map_err(doing())?;
    if rows.clone().limit(0, Some(1)).map_err(doing())?.count().await.map_err(doing())? == 0 {
        return Err(Error::NothingToRead {
            problem: "no flow has a report to reconcile".into(),
            hint: "name the sides with --reporter and --partner; `tradestat mirror` says who has figures".into(),
        });
    }
    let stream = rows.execute_stream().await.map_err(doing())?;
    super::query::print(stream, format_of(asked.format), |e| Error::engine("printing the reconciled values")(e)).await
}

async fn write_reports(
    job: &Job<'_>,
    ctx: &SessionContext,
    run: &Run,
    choice: &Choice<'_>,
    language: Option<&str>,
) -> Result<()> {
    let _lock = job.store.lock()?;
    let languages = language.map_or_else(|| job.profile.languages.clone(), |language| vec![language.into()]);
    let published = tables(job, run, ctx, &choice.sides.reporter).await?;
    report::hold_years(ctx, choice).await?;
    for partner in &choice.sides.partners {
        let sides = Sides { partners: vec![partner.clone()], is_named: true, ..choice.sides.clone() };
        // All levels: the report is about the total and about single goods.
        let one = Choice { sides: &sides, dimension: None, ..*choice };
        let rows = one.rows(ctx, COMPARISON).await?.collect().await.map_err(Error::engine("reading the comparison"))?;
        has_figures(ctx, run, &one, &rows).await?;
        let is_own = choice.sides.reporter == job.profile.reporter;
        let pair = if is_own { partner.clone() } else { format!("{}-{partner}", choice.sides.reporter) };
        let name = language.map_or(pair.clone(), |language| format!("{pair}-{language}"));
        let place = report::report(job, run, ctx, &one, (partner, &name), &published, &languages).await?;
        crate::say!("{}", place.display());
    }
    Ok(())
}

fn format_of(format: ListFormat) -> QueryFormat {
    match format {
        ListFormat::Table => QueryFormat::Table,
        ListFormat::Csv => QueryFormat::Csv,
        ListFormat::Json => QueryFormat::Json,
    }
}
