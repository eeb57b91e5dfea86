//! The January assistant: what a new nomenclature does to the codes in use.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use super::query;
use crate::cli::Change;
use crate::error::{Error, Result, nearest};
use crate::method::header::Layer;
use crate::method::{Parameters, empty, register};
use crate::progress::Event;
use crate::run::{Job, day_number, month_days, period};

/// Relations of a run that the answer weighs the changes by; without a run they are empty.
const TRADE: [&str; 2] = ["trade", "trade_by_partner"];

/// Prints `code_change` for two editions, or `national_code_change` for a day.
pub async fn change(mut job: Job<'_>, asked: &Change) -> Result<()> {
    let last_day = match &asked.period {
        Some(text) => month_days(&period(text)?.last_month().to_string()).1,
        None => day_number("9999-12-31").expect("a date"),
    };
    let mut parameters: Parameters = vec![("last_day".into(), ScalarValue::Date32(Some(last_day)))];
    let (step, what) = match (&asked.on, &asked.from, &asked.to) {
        (Some(day), ..) => {
            parameters.push(("day".into(), ScalarValue::Date32(Some(first_day(&job, day)?))));
            ("national_code_change", format!("before {day}"))
        }
        (None, Some(from), Some(to)) => {
            let (from, to) = (edition(&job, from)?, edition(&job, to)?);
            if from == to {
                return Err(Error::Usage {
                    problem: format!("from {from} to {to} nothing changes"),
                    hint: "name two editions".into(),
                });
            }
            let what = format!("in {from}");
            for (name, edition) in [("from_edition", from), ("to_edition", to)] {
                parameters.push((name.into(), ScalarValue::Utf8(Some(edition))));
            }
            ("code_change", what)
        }
        _ => unreachable!("the command line requires them"),
    };
    let ctx = job.session()?;
    query::register_all(&ctx, &job).await?;
    register_trade(&ctx, &mut job).await?;
    query::register_views(&ctx, &job, Layer::Classify).await?;
    let step = job.method.step(step)?;
    let wrong = |source: DataFusionError| Error::engine(format!("running `{}`", step.file))(source);
    let frame = job.method.frame(&ctx, step, &parameters).await?;
    let rows = frame.collect().await.map_err(wrong)?;
    job.listen.hear(told(&rows, &what));
    let schema = rows.first().map(RecordBatch::schema);
    let frame = match schema {
        Some(_) => ctx.read_batches(rows).map_err(wrong)?,
        None => job.method.frame(&ctx, step, &parameters).await?,
    };
    query::print(frame.execute_stream().await.map_err(wrong)?, asked.format, wrong).await
}

/// How many codes, and whether their use is known; stdout keeps the data alone.
fn told(rows: &[RecordBatch], what: &str) -> Event {
    let (mut codes, mut breaks, mut is_used) = (0, 0, false);
    for batch in rows {
        codes += batch.num_rows();
        breaks += batch.column_by_name("series_breaks").map_or(0, |column| column.as_boolean().true_count());
        let has_value = |name| batch.column_by_name(name).is_some_and(|column| column.null_count() < column.len());
        is_used |= has_value("import_value") || has_value("export_value");
    }
    let counts = format!("{codes} codes change, end or appear; {breaks} series break");
    if is_used || codes == 0 {
        Event::Note { text: counts }
    } else {
        Event::Warning { text: format!("no trade {what} is in the store, so all codes are listed, without a value; {counts}") }
    }
}

/// Before the first run there is no trade: every code is listed then.
async fn register_trade(ctx: &SessionContext, job: &mut Job<'_>) -> Result<()> {
    let missing: Vec<&str> = TRADE.into_iter().filter(|name| !query::is_there(ctx, name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    job.check_method().await?;
    for name in missing {
        let schema = job.method.schema(name).expect("the method was checked");
        register(ctx, name, empty(&schema)?)?;
    }
    Ok(())
}

/// Editions of the Harmonized System that the list of commodities knows, oldest first.
pub fn editions<'j>(job: &'j Job<'_>) -> Result<BTreeSet<&'j str>> {
    let list = &job.method.lists["commodity"];
    let column = list.schema.index_of("edition").expect("a column of the list");
    Ok(list.records()?.iter().map(|(_, row)| &row[column]).collect())
}

/// `HS2017` of what was written, as hs2017 or 2017.
pub fn edition(job: &Job<'_>, text: &str) -> Result<String> {
    let known = editions(job)?;
    let upper = text.to_uppercase();
    let found = known.iter().find(|edition| **edition == upper || edition.strip_prefix("HS") == Some(&upper));
    found.map(ToString::to_string).ok_or_else(|| {
        let all = known.iter().copied().collect::<Vec<_>>().join(", ");
        Error::Usage {
            problem: format!("no edition is called `{text}`"),
            hint: nearest(&upper, known.iter().copied())
                .map_or(format!("editions: {all}"), |near| format!("did you mean `{near}`? editions: {all}")),
        }
    })
}

/// The day of a new national list, which must have been imported.
fn first_day(job: &Job<'_>, text: &str) -> Result<i32> {
    let day = day_number(text)
        .ok_or_else(|| Error::Usage { problem: format!("`{text}` is not a date"), hint: "write --on 2027-01-01".into() })?;
    if job.method.lists["national_commodity"].records()?.is_empty() {
        return Err(Error::NothingToRead {
            problem: "no national codes are imported".into(),
            hint: "`tradestat reference import nomenclature FILE`, with the days on which each code is valid".into(),
        });
    }
    Ok(day)
}
