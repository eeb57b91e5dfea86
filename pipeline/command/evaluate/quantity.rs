//! `evaluate quantity`: estimates on a demonstration, of whose files the values left out are known.
//!
//! The unit values and freight shares that the steps stored are applied to the single items
//! whose mass, quantity or freight was hidden, level by level, and compared with the truth.
//! Nothing of it goes into a figure, so it is computed in floating point.

mod donor;
mod truth;

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::progress::Event;
use crate::run::Job;
use donor::{Donors, Level};

/// Estimates of one level for one kind of hiding.
#[derive(Default)]
struct Score {
    /// True and estimated values of the items that the level estimates.
    pairs: Vec<(f64, f64)>,
    /// Relative errors of this and the next level, of items that both could estimate.
    both: Vec<(f64, f64)>,
}

/// Prints bias and error of the estimates by field, level and way of hiding.
///
/// # Errors
/// Exit 3, where the folder has no `hidden.csv`, which `demo` writes when it leaves values out.
pub async fn quantity(job: &Job<'_>) -> Result<()> {
    let ctx = job.session()?;
    crate::command::query::register_all(&ctx, job).await?;
    let hidden = truth::read(&ctx, job).await?;
    let donors = Donors::read(&ctx, job).await?;
    let mut scores: BTreeMap<(&str, Level, &str), Score> = BTreeMap::new();
    let mut without: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for one in &hidden {
        let offers = donors.offers(one);
        let Some((level, estimate)) = offers.first() else {
            *without.entry((&one.field, &one.how)).or_default() += 1;
            continue;
        };
        let score = scores.entry((&one.field, level.clone(), &one.how)).or_default();
        score.pairs.push((one.value, *estimate));
        if let Some((_, next)) = offers.get(1) {
            score.both.push((error(one.value, *estimate), error(one.value, *next)));
        }
    }
    report(job, &scores, &without);
    Ok(())
}

fn error(value: f64, estimate: f64) -> f64 {
    (estimate / value - 1.0).abs()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    match numbers.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => numbers[n / 2],
        n => (numbers[n / 2 - 1] + numbers[n / 2]) / 2.0,
    }
}

/// Items that a comparison of two levels needs before it says anything.
const COMPARED_MIN: usize = 20;

/// A row a level and kind of hiding: bias is what the sum of estimates is too high, the error of an
/// item is its distance from the truth as a share of it.
fn report(job: &Job<'_>, scores: &BTreeMap<(&str, Level, &str), Score>, without: &BTreeMap<(&str, &str), u64>) {
    crate::say!("field,level,by,hidden,items,bias,median_bias,median_error,compared_items,own_error,next_level_error");
    for ((field, level, how), score) in scores {
        let sum = |which: fn(&(f64, f64)) -> f64| score.pairs.iter().map(which).sum::<f64>();
        let bias = sum(|pair| pair.1) / sum(|pair| pair.0) - 1.0;
        let middle = median(score.pairs.iter().map(|(value, estimate)| estimate / value - 1.0).collect());
        let typical = median(score.pairs.iter().map(|(value, estimate)| error(*value, *estimate)).collect());
        let own = median(score.both.iter().map(|pair| pair.0).collect());
        let next = median(score.both.iter().map(|pair| pair.1).collect());
        let compared = if score.both.is_empty() { ",".into() } else { format!("{own:.4},{next:.4}") };
        crate::say!(
            "{field},{},{},{how},{},{bias:.4},{middle:.4},{typical:.4},{},{compared}",
            level.number,
            level.name,
            score.pairs.len(),
            score.both.len()
        );
    }
    for ((field, how), items) in without {
        crate::say!("{field},,without donors,{how},{items},,,,,,");
    }
    let mut levels: BTreeMap<(&str, Level), Vec<(f64, f64)>> = BTreeMap::new();
    for ((field, level, _), score) in scores {
        levels.entry((field, level.clone())).or_default().extend(&score.both);
    }
    for ((field, level), both) in levels {
        let own = median(both.iter().map(|pair| pair.0).collect());
        let next = median(both.iter().map(|pair| pair.1).collect());
        if both.len() >= COMPARED_MIN && own > next {
            let text = format!(
                "finding: {field} level {} ({}) does worse than the next on the same {} items: median error {own:.4} against {next:.4}",
                level.number,
                level.name,
                both.len()
            );
            job.listen.hear(Event::Warning { text });
        }
    }
}

/// Rows of a relation as text, in the order of the columns asked for; an empty text is null.
async fn texts(ctx: &SessionContext, relation: &str, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    use crate::error::Error;
    let doing = || Error::engine(format!("reading `{relation}`"));
    let frame = ctx.table(relation).await.map_err(doing())?.select_columns(columns).map_err(doing())?;
    let batches = frame.collect().await.map_err(doing())?;
    Ok(batches.iter().flat_map(truth::rows).collect())
}
