//! Turns compiled relations into publishable cells. Confidentiality is not applied yet, and
//! every release says so; the room is here so that tables read nothing before it.

use crate::error::{Error, Result};
use crate::method::{header::Layer, register};
use crate::run::layer::run_layer;
use crate::run::{Job, Run};
use crate::store::manifest::RelationFile;

/// Stores the relations of `sql/protect` for every month of the run, from what compile stored.
///
/// # Errors
/// Exit 3, where a month was not compiled yet; else when a step fails.
pub async fn protect(job: &Job<'_>, run: &mut Run) -> Result<()> {
    let ctx = job.session()?;
    let (first, last) = run.first_and_last();
    let parameters = job.parameters(first, last, run.published_month());
    job.method.register_lists(&ctx, job.method.in_order(Layer::Protect))?;
    for step in job.method.in_order(Layer::Compile).filter(|step| !step.is_view()) {
        let mut files: Vec<RelationFile> = Vec::new();
        for month in &run.months {
            let of_month = run.files("compile", &step.name, month).ok_or_else(|| Error::NothingToRead {
                problem: format!("{month} was not compiled yet"),
                hint: format!("run `tradestat compile --period {month}` first"),
            })?;
            files.extend(of_month);
        }
        let schema = job.method.schema(&step.name).expect("the method was checked");
        register(&ctx, &step.name, job.store.table(&schema, &files.iter().collect::<Vec<_>>())?)?;
    }
    run_layer(&ctx, job, run, Layer::Protect, &parameters, 0).await?;
    run.manifest.stages.push("protect".into());
    Ok(())
}
