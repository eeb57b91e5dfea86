//! `tradestat trace`: from a published figure to the steps, rules, numbers, rates and items that
//! made it.
//!
//! The figure is read from the relation of its release, in full. Which publishable cells and which
//! items give to it follows from the plans of the method itself ([`crate::method::contribution`]),
//! so no table needs to say how it was made; and what is found must add up to the figure.

mod figure;
mod items;
mod lineage;
mod print;

use crate::cli::Trace;
use crate::error::{Error, Result};
use crate::run::Job;

/// Identifiers of persons, printed on demand only.
const PERSONS: &[&str] = &["trader_key", "declarant_key"];

/// Prints where a figure comes from, and fails after it where the parts found do not add up to the figure.
///
/// # Errors
/// Exit 2, for a figure that does not exist; exit 3, without a release; exit 5, where the parts do not add up.
pub async fn trace(mut job: Job<'_>, asked: &Trace) -> Result<()> {
    // A wrong question is answered before anything is planned, and then only what is behind the table.
    let figure = figure::find(&job, asked).await?;
    job.method.narrow(|_, step| step.name == figure.step.name);
    job.check_method().await?;
    let cells = items::cells(&job, &figure).await?;
    let found = match &cells {
        _ if !asked.items => None,
        Some(cells) => Some(items::items(&job, asked, &figure, cells).await?),
        None => return Err(items::no_sum(&figure)),
    };
    // What is no sum is made of the months that the table is about.
    let months = cells.as_ref().map_or_else(|| figure.run.target.iter().cloned().collect(), |cells| cells.months.clone());
    let lineage = lineage::of(&job, &figure, &months)?;
    print::print(&job, asked, &figure, cells.as_ref(), &lineage, found.as_ref())?;
    let sums = [cells.as_ref().map(|cells| ("publishable cells", &cells.sum)), found.as_ref().map(|found| ("items", &found.sum))];
    if let Some((what, sum)) = sums.into_iter().flatten().find(|(_, sum)| !figure.is(sum)) {
        return Err(Error::Inconsistent {
            file: figure.step.file.clone(),
            line: None,
            problem: format!("the {what} add up to {sum}, the figure is {}", figure.value),
            hint: "the method or a list changed since the run: compare the digests above, or run the month again".into(),
        });
    }
    Ok(())
}
