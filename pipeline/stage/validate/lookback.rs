//! What rules compare items with: steps that are stored by month, so that a rule sees the months
//! before its own as they were, whichever months run together.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::method::{Method, Parameters, Step, base, header::Layer, register};
use crate::run::layer::store_step;
use crate::run::{Job, Run, Span};

/// Stores the steps that rules look back on, and registers their history.
pub async fn store(
    ctx: &SessionContext,
    job: &Job<'_>,
    run: &mut Run,
    span: &Span,
    part: usize,
    parameters: &Parameters,
) -> Result<()> {
    for step in looked_at(&job.method)? {
        store_step(ctx, job, run, step, parameters, part).await?;
        let files = run.files_looking_back("validate", &step.name, span);
        let schema = job.method.schema(&step.name).expect("the method was checked");
        let rows = ctx.read_table(job.store.table(&schema, &files.iter().collect::<Vec<_>>())?);
        let rows = rows.map_err(Error::engine(format!("looking back on `{}`", step.name)))?;
        register(ctx, &base::history(&step.name), rows.into_view())?;
    }
    Ok(())
}

fn looked_at(method: &Method) -> Result<Vec<&Step>> {
    let rules = method.in_order(Layer::Validate).filter(|step| step.is_rule());
    let names: BTreeSet<&str> = rules.flat_map(|step| &step.reads).filter_map(|read| base::of_history(read)).collect();
    names.into_iter().map(|name| method.step(name)).collect()
}
