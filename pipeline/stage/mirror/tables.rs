//! The published tables of the comparison: files of `sql/tables` that read `sql/mirror`.

use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use super::{parameters, reopen};
use crate::error::{Error, Result};
use crate::method::{header::Layer, register};
use crate::run::{Job, Run};
use crate::store::manifest::RunManifest;

/// Rows of published tables by name, in the order of their codes.
pub type Published = Vec<(String, Vec<RecordBatch>)>;

/// Makes the tables of a reporting country in the session of the comparison.
pub async fn tables(job: &Job<'_>, run: &Run, ctx: &SessionContext, reporter: &str) -> Result<Published> {
    let mut parameters = parameters(job, run);
    for (name, value) in &mut parameters {
        if name == "reporter" {
            *value = ScalarValue::Utf8(Some(reporter.into()));
        }
    }
    let mut made = Vec::new();
    for step in job.method.in_order(Layer::Tables).filter(|step| job.method.is_mirror_table(step)) {
        let doing = || Error::engine(format!("making `{}`", step.name));
        job.method.register_lists(ctx, std::iter::once(step))?;
        let frame = job.method.frame(ctx, step, &parameters).await?;
        let planned = Arc::new(frame.schema().as_arrow().clone());
        let batches = frame.collect().await.map_err(doing())?;
        let schema = batches.first().map_or(planned, RecordBatch::schema);
        let batches = if batches.is_empty() { vec![RecordBatch::new_empty(schema.clone())] } else { batches };
        let table = MemTable::try_new(schema, vec![batches.clone()]).map_err(doing())?;
        register(ctx, &step.name, Arc::new(table))?;
        if step.code().is_some() {
            made.push((step.name.clone(), batches));
        }
    }
    made.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(made)
}

/// The tables for the release of a run, if its period was compared with partners' figures as they
/// are now. Where it was compared before its declarations were compiled again, a note says so.
pub async fn for_release(job: &Job<'_>, run: &mut Run) -> Result<Published> {
    let period = run.manifest.period.clone();
    let is_compared =
        run.earlier.iter().any(|earlier| earlier.period == period && earlier.stages.iter().any(|stage| stage == "mirror"));
    if !is_compared {
        let holds = |earlier: &&RunManifest| {
            earlier.stages.iter().any(|stage| stage == "mirror") && run.target.iter().all(|month| earlier.months.contains(month))
        };
        if let Some(wider) = run.earlier.iter().rfind(holds).map(|earlier| earlier.period.clone()) {
            run.note(format!(
                "partners' figures were compared for {wider}: `tradestat publish --period {wider}` has those tables"
            ));
        }
    }
    if !is_compared
        || run.manifest.as_of.is_some()
        || !job.method.in_order(Layer::Tables).any(|step| job.method.is_mirror_table(step))
    {
        return Ok(Vec::new());
    }
    let since = Instant::now();
    let compared = if run.manifest.stages.iter().any(|stage| stage == "compile") {
        None
    } else {
        Run::plan_mirror(job, Some(&period)).await.ok()
    };
    let Some((compared, same)) = compared.and_then(|compared| compared.same_mirror().cloned().map(|same| (compared, same)))
    else {
        run.note(format!("no comparison with partners: it was made of other figures; `tradestat mirror --period {period}`, then `tradestat publish --period {period}`"));
        return Ok(Vec::new());
    };
    let ctx = reopen(job, &compared, &same, false).await?;
    let made = tables(job, &compared, &ctx, &job.profile.reporter).await?;
    run.account("mirror run", &same.id);
    run.note_step(
        "mirror tables",
        made.iter().flat_map(|(_, batches)| batches).map(|batch| batch.num_rows() as u64).sum(),
        since,
    );
    Ok(made)
}
