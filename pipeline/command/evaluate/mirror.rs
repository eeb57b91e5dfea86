//! `evaluate mirror`: second books with planted causes, compared, bar by bar with the truth.
//!
//! Everything is made, read, computed and thrown away: the year 2025, and three months before
//! it, in which goods may have left that arrived in it.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use datafusion::prelude::{SessionContext, col, lit};
use tradestat_core::synthetic::Plan;
use tradestat_core::synthetic::mirror::truth_csv;

use super::ground::{Ground, Setup};
use super::score::{Bars, Cell, Money, Score, by_cell, confusion, scores};
use super::surroundings::Lists;

use crate::cli::{EvaluateMirror, ListFormat, Stage};
use crate::command::{demo, mirror::computed, stages};
use crate::error::{Error, Result};
use crate::progress::Event;
use crate::run::Job;
use crate::stage::mirror::view::{BARS, texts};

const YEAR: i32 = 2025;
const MONTHS: u32 = 15;

/// Prints, for every seed, what was planted of each cause and what the comparison found of it.
pub async fn mirror(setup: &Setup<'_>, asked: &EvaluateMirror) -> Result<()> {
    let note = |text: String| setup.listen.hear(Event::Note { text });
    note("SYNTHETIC DATA: made by this program, not statistics of any country".into());
    let mut all: Vec<(u64, Vec<Score>)> = Vec::new();
    let mut whole: BTreeMap<(&'static str, &'static str), f64> = BTreeMap::new();
    for seed in &asked.seed {
        let (scores, matrix) = one(setup, asked, *seed).await?;
        for (key, amount) in matrix {
            *whole.entry(key).or_default() += amount;
        }
        all.push((*seed, scores));
    }
    print_scores(&all, asked.format);
    if asked.format == ListFormat::Table {
        print_confusion(&whole);
    }
    Ok(())
}

async fn one(
    setup: &Setup<'_>,
    asked: &EvaluateMirror,
    seed: u64,
) -> Result<(Vec<Score>, BTreeMap<(&'static str, &'static str), f64>)> {
    let ground = Ground::new(setup, "evaluate-mirror", asked.dir.as_deref(), seed).await?;
    let mut job = ground.job(setup).await?;
    let plan = Plan { items: asked.items, months: MONTHS, last_month: (YEAR, 12), seed };
    let lists = Lists::read(&job.method)?;
    let mut books = lists.second_books(&plan, &job.profile.reporter)?;
    if asked.books_only {
        ground.read_in(&job, "comtrade_csv", "own.csv", &books.own.csv, &format!("{}-02-01", YEAR + 1)).await?;
    } else {
        demo::declare(&job, &plan).await?;
        books.count_slips();
        let period = Stage { period: YEAR.to_string(), as_of: None };
        stages(ground.job(setup).await?, &period, &["validate", "compile"]).await?;
    }
    for book in &books.partners {
        let name = format!("partner-{}.csv", book.country.to_lowercase());
        ground.read_in(&job, "comtrade_csv", &name, &book.csv, &format!("{}-02-01", YEAR + 1)).await?;
    }
    let truth = ground.path("mirror_truth.csv");
    std::fs::write(&truth, truth_csv(&books.truth)).map_err(Error::write(truth.display().to_string()))?;
    let (_, ctx) = computed(&mut job, Some(&YEAR.to_string()), false).await?;
    let months: BTreeSet<String> = (1..=12).map(|month| format!("{YEAR}-{month:02}")).collect();
    let truth = by_cell(&books.truth, &months);
    let bars = bars(&ctx, &job).await?;
    Ok((scores(&truth, &bars), confusion(&truth, &bars)))
}

/// Bars of the pairs of the reporter with each country that keeps books.
async fn bars(ctx: &SessionContext, job: &Job<'_>) -> Result<Bars> {
    let doing = || Error::engine("reading the bars");
    let own = lit(job.profile.reporter.as_str());
    let rows = ctx.table("waterfall").await.map_err(doing())?;
    let rows = rows.filter(col("exporter").eq(own.clone()).or(col("importer").eq(own))).map_err(doing())?;
    let mut found: Bars = BTreeMap::new();
    for batch in rows.collect().await.map_err(doing())? {
        for bar in BARS {
            for (cell, amount) in cells(&batch).into_iter().zip(money(&batch, bar)) {
                found.entry(cell).or_default().insert(bar, amount);
            }
        }
    }
    // The screen for values that are wrong although the quantities agree shows its gap.
    let screened = ctx.table("mirror_screen").await.map_err(doing())?;
    let own = lit(job.profile.reporter.as_str());
    let wanted = col("screen").eq(lit("unit value")).and(col("importer").eq(own));
    for batch in screened.filter(wanted).map_err(doing())?.collect().await.map_err(doing())? {
        for (cell, amount) in cells(&batch).into_iter().zip(money(&batch, "gap")) {
            found.entry(cell).or_default().insert("screened", amount);
        }
    }
    Ok(found)
}

fn cells(batch: &RecordBatch) -> Vec<Cell> {
    let [exporters, importers, periods, codes] =
        ["exporter", "importer", "period", "commodity_code"].map(|name| texts(batch, name));
    let others = importers.into_iter().zip(periods).zip(codes);
    exporters.into_iter().zip(others).map(|(exporter, ((importer, period), code))| (exporter, importer, period, code)).collect()
}

/// A column of money in millionths; what is empty is nil.
pub fn money(batch: &RecordBatch, column: &str) -> Vec<Money> {
    let Some(values) = batch.column_by_name(column) else { return vec![0; batch.num_rows()] };
    let values = cast(values, &DataType::Decimal128(38, 6)).expect("bars are money");
    let values = values.as_primitive::<Decimal128Type>();
    (0..values.len()).map(|row| if values.is_null(row) { 0 } else { values.value(row) }).collect()
}

fn print_scores(all: &[(u64, Vec<Score>)], format: ListFormat) {
    let millions = |amount: Money| format!("{:.3}", amount as f64 / 1e12);
    if format == ListFormat::Csv {
        crate::say!("seed,cause,bars,planted,found,found_where_planted,share,false_amount,distance,goal");
    }
    for (seed, scores) in all {
        if format == ListFormat::Table {
            crate::say!(
                "seed {seed}, million USD\n{:<20} {:>12} {:>12} {:>14} {:>7} {:>12} {:>9}  goal",
                "cause",
                "planted",
                "found",
                "where planted",
                "share",
                "false",
                "distance"
            );
        }
        for score in scores {
            let reached = match score.goal {
                Some(goal) if score.distance() <= goal => format!("{:.0}% reached", goal * 100.0),
                Some(goal) => format!("{:.0}% missed", goal * 100.0),
                None => String::new(),
            };
            let [planted, found, met, wrong] = [score.planted, score.found, score.met, score.false_amount()].map(millions);
            match format {
                ListFormat::Table => crate::say!(
                    "{:<20} {planted:>12} {found:>12} {met:>14} {:>6.1}% {wrong:>12} {:>8.1}%  {reached}",
                    score.cause,
                    score.share() * 100.0,
                    score.distance() * 100.0
                ),
                ListFormat::Csv => crate::say!(
                    "{seed},{},{},{planted},{found},{met},{:.6},{wrong},{:.6},{}",
                    score.cause,
                    score.bars,
                    score.share(),
                    score.distance(),
                    score.goal.map(|goal| goal.to_string()).unwrap_or_default()
                ),
                ListFormat::Json => crate::say!(
                    "{}",
                    serde_json::json!({
                        "seed": seed, "cause": score.cause, "bars": score.bars, "planted": planted, "found": found,
                        "found_where_planted": met, "share": score.share(), "false_amount": wrong,
                        "distance": score.distance(), "goal": score.goal,
                    })
                ),
            }
        }
        crate::say!("");
    }
}

/// Causes down, bars across: where the bars' amounts lie.
fn print_confusion(matrix: &BTreeMap<(&'static str, &'static str), f64>) {
    let width = 10;
    let head: Vec<String> = BARS.iter().map(|bar| format!("{:>width$}", &bar[..bar.len().min(width)])).collect();
    crate::say!("bars by the cause planted in their cells, million USD\n{:<20}{}", "", head.join(" "));
    let mut causes: Vec<&str> = tradestat_core::synthetic::mirror::Cause::ALL.iter().map(|cause| cause.name()).collect();
    causes.push("nothing");
    for cause in causes {
        let line: Vec<String> =
            BARS.iter().map(|bar| format!("{:>width$.2}", matrix.get(&(cause, *bar)).copied().unwrap_or(0.0))).collect();
        crate::say!("{cause:<20}{}", line.join(" "));
    }
}
