//! Pairs that somebody asked for and that are not printed, with the reason.

use std::collections::BTreeSet;

use datafusion::logical_expr::Expr;
use datafusion::prelude::{SessionContext, col, lit};
use datafusion::scalar::ScalarValue;

use crate::error::{Error, Result};
use crate::run::{Run, month_days};
use crate::stage::mirror::view::{Choice, texts};

/// How the sides of each pair are brought together. A method need not have it.
const BASIS: &str = "pair_basis";
/// Levels of goods with the digits of their codes, the finest first.
const LEVELS: [(&str, i32); 3] = [("hs6", 6), ("hs4", 4), ("hs2", 2)];
/// Pairs that a line names.
const NAMED: usize = 10;
/// What can be done where a pair cannot be compared.
const HINTS: [(&str, &str); 2] = [
    (
        "no period in common",
        "one side tells of months and the other of the year: read in the year of the one, or all months of the other",
    ),
    ("no whole year", "years are compared whole: ask for one with --period"),
];

/// What is left out of the rows printed, a line each: pairs that cannot be compared, and those that are compared in
/// coarser goods than those asked for.
pub async fn told(ctx: &SessionContext, run: &Run, choice: &Choice<'_>) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    let pairs: Vec<String> =
        incomparable(ctx, run, choice).await?.into_iter().map(|(pair, why)| format!("{pair} ({why})")).collect();
    if !pairs.is_empty() {
        lines.push(format!("cannot be compared: {}", some_of(pairs)));
    }
    if let Some(asked) = LEVELS.iter().find(|(level, _)| Some(*level) == choice.dimension) {
        // What a side tells by other codes than those of the Harmonized System meets in total.
        let coarse = col("level").lt(lit(asked.1)).and(col("export_is_reported")).and(col("import_is_reported"));
        let finest = |digits: &str| {
            let digits = digits.parse().unwrap_or_default();
            LEVELS.iter().find(|(_, least)| *least <= digits).map_or("total", |(level, _)| level)
        };
        let pairs = basis(ctx, run, choice, coarse, "level").await?;
        let pairs: Vec<String> = pairs.into_iter().map(|(pair, level)| format!("{pair} ({})", finest(&level))).collect();
        if !pairs.is_empty() {
            lines.push(format!("no {} in common, with the finest `--level` that there is: {}", asked.0, some_of(pairs)));
        }
    }
    Ok(lines)
}

/// What can be done, once for each reason that there is.
pub async fn hints(ctx: &SessionContext, run: &Run, choice: &Choice<'_>) -> Result<Vec<&'static str>> {
    let reasons: BTreeSet<String> = incomparable(ctx, run, choice).await?.into_iter().map(|(_, why)| why).collect();
    Ok(HINTS.iter().filter(|(why, _)| reasons.contains(*why)).map(|(_, hint)| *hint).collect())
}

async fn incomparable(ctx: &SessionContext, run: &Run, choice: &Choice<'_>) -> Result<Vec<(String, String)>> {
    basis(ctx, run, choice, col("why").is_not_null(), "why").await
}

/// Of the pairs and years asked for that fulfil a condition, the pair and a column.
async fn basis(
    ctx: &SessionContext,
    run: &Run,
    choice: &Choice<'_>,
    condition: Expr,
    column: &str,
) -> Result<Vec<(String, String)>> {
    let doing = || Error::engine(format!("reading `{BASIS}`"));
    if !ctx.table_exist(BASIS).map_err(doing())? {
        return Ok(Vec::new());
    }
    let first = run.target.first().map_or(choice.first, |month| month_days(&format!("{}-01", &month[..4])).0);
    let day = |number| lit(ScalarValue::Date32(Some(number)));
    let wanted = condition.and(col("year").between(day(first), day(choice.last)));
    let order = ["exporter", "importer", "year"].map(|name| col(name).sort(true, true)).to_vec();
    let rows = choice.rows(ctx, BASIS).await?.filter(wanted).and_then(|rows| rows.sort(order)).map_err(doing())?;
    let mut pairs = Vec::new();
    for batch in rows.collect().await.map_err(doing())? {
        let [exporters, importers, values] = ["exporter", "importer", column].map(|name| texts(&batch, name));
        let named = exporters.iter().zip(&importers).map(|(exporter, importer)| format!("{exporter} to {importer}"));
        pairs.extend(named.zip(values));
    }
    Ok(pairs)
}

/// The first of many, and how many more there are.
fn some_of(pairs: Vec<String>) -> String {
    let more = pairs.len().saturating_sub(NAMED);
    let first = pairs.into_iter().take(NAMED).collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{first} and {more} more") } else { first }
}
