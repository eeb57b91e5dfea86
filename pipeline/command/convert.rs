//! Trade in every edition of the Harmonized System, for series over a change of the nomenclature.

use datafusion::error::DataFusionError;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{col, lit};
use datafusion::scalar::ScalarValue;
use futures::{StreamExt, TryStreamExt};

use super::change::{edition, editions};
use super::query;
use crate::cli::Convert;
use crate::error::{Error, Result};
use crate::run::{Job, month_days, period};

const STEP: &str = "converted_trade";

/// Prints `converted_trade`, one edition after the other: all at once would take the memory of all.
pub async fn convert(job: Job<'_>, asked: &Convert) -> Result<()> {
    let wanted: Vec<String> = match asked.to.as_slice() {
        [] => editions(&job)?.into_iter().map(String::from).collect(),
        named => named.iter().map(|text| edition(&job, text)).collect::<Result<_>>()?,
    };
    let months = asked.period.as_deref().map(period).transpose()?;
    let ctx = job.session()?;
    query::register_all(&ctx, &job).await?;
    if !query::is_there(&ctx, STEP) {
        return Err(Error::NothingToRead {
            problem: "no month was compiled yet, so there is no trade to convert".into(),
            hint: "run `tradestat run --period 2026-03` first".into(),
        });
    }
    let wrong = |source: DataFusionError| Error::engine(format!("running `{STEP}`"))(source);
    let mut rows = ctx.table(STEP).await.map_err(wrong)?;
    if let Some(months) = months {
        let months = months.months();
        let [first, last] =
            [months.first(), months.last()].map(|month| month_days(&month.expect("a period has months").to_string()));
        let day = |number: i32| lit(ScalarValue::Date32(Some(number)));
        rows = rows.filter(col("period").between(day(first.0), day(last.1))).map_err(wrong)?;
    }
    let schema = rows.schema().inner().clone();
    let of_edition = move |edition: String| {
        let rows = rows.clone();
        async move { rows.filter(col("edition").eq(lit(edition)))?.execute_stream().await }
    };
    let all = futures::stream::iter(wanted).then(of_edition).try_flatten();
    query::print(Box::pin(RecordBatchStreamAdapter::new(schema, all)), asked.format, wrong).await
}
