//! The report about one partner: the tables of the comparison as files, in a folder of its own.
//!
//! `release/mirror/<period>/<run id>/<partner>/` holds `tables/<relation>.{csv,xlsx,parquet}`
//! and `manifest.json`. What is drawn or told in words is made from the same [`Material`] and
//! put beside them by [`RENDERERS`]: a function takes the material and gives files.

use std::path::PathBuf;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::{SessionContext, col};
use tradestat_output::{Edition, Format, Table, render};

use super::view::Choice;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::run::{Job, Run};
use crate::stage::publish::{marked, page, tables};
use crate::store::manifest::RunManifest;
use crate::store::release::Release;

/// A table of the report: its relation, the columns it is ordered by (`-` before one turns it
/// around), and the most rows it has.
pub struct Contents {
    pub relation: &'static str,
    pub code: &'static str,
    order: &'static [&'static str],
    limit: Option<usize>,
}

/// The tables, in the order of the report. Relations that the method does not have are left out.
pub const CONTENTS: &[Contents] = &[
    Contents { relation: "mirror_comparison", code: "M01", order: &["importer", "exporter", "period", "code"], limit: None },
    Contents { relation: "waterfall", code: "M02", order: &["importer", "exporter", "period", "commodity_code"], limit: None },
    Contents { relation: "mirror_screen", code: "M03", order: &["screen", "importer", "place"], limit: None },
    Contents { relation: "reconciled_flow", code: "M04", order: &["importer", "exporter", "period", "commodity_code"], limit: None },
];

/// What a report is made of.
pub struct Material<'m> {
    pub job: &'m Job<'m>,
    /// The run that computed the figures.
    pub run: &'m Run,
    /// Alpha-2 of the partner.
    pub partner: &'m str,
    pub reporter: &'m str,
    /// Tables by relation, in the order of [`CONTENTS`], with the rows of this partner alone.
    pub tables: Vec<Table>,
    /// The session with every relation of the comparison, for what the tables do not hold.
    pub ctx: &'m SessionContext,
}

/// A file of the report: its name below the folder, and its bytes.
pub type ReportFile = (String, Vec<u8>);

/// Makes files from the material, as a drawing or a page does.
pub type Renderer = fn(&Material<'_>) -> Result<Vec<ReportFile>>;

/// What is put beside the tables.
pub const RENDERERS: &[Renderer] = &[];

/// Writes the report of a partner and gives its folder.
pub async fn report(job: &Job<'_>, run: &Run, ctx: &SessionContext, choice: &Choice<'_>, partner: &str) -> Result<PathBuf> {
    let labels = Labels::read(&job.method, &job.profile.languages[0])?;
    let edition = page::edition(job, run, &labels);
    let mut made = Vec::new();
    for contents in CONTENTS.iter().filter(|contents| job.method.steps.contains_key(contents.relation)) {
        made.push(table(job, run, ctx, choice, contents, &labels).await?);
    }
    let material = Material { job, run, partner, reporter: &choice.sides.reporter, tables: made, ctx };
    let root = job.workspace.release.join("mirror").join(&run.manifest.period);
    let release = Release::begin(&root, &run.manifest.id, partner)?;
    write_tables(run, &edition, &material.tables, &release)?;
    for renderer in RENDERERS {
        for (name, bytes) in renderer(&material)? {
            release.put(&name, &bytes)?;
        }
    }
    release.put_json("manifest.json", &run.manifest)?;
    release.replace(&RunManifest { id: partner.into(), ..run.manifest.clone() })
}

async fn table(job: &Job<'_>, run: &Run, ctx: &SessionContext, choice: &Choice<'_>, contents: &Contents, labels: &Labels) -> Result<Table> {
    let doing = || Error::engine(format!("reading `{}`", contents.relation));
    let mut rows = choice.rows(ctx, contents.relation).await?;
    let has = |name: &&str| rows.schema().has_column_with_unqualified_name(name.trim_start_matches('-'));
    let order: Vec<_> = contents
        .order
        .iter()
        .filter(|name| has(name))
        .map(|name| col(name.trim_start_matches('-')).sort(!name.starts_with('-'), false))
        .collect();
    rows = rows.sort(order).map_err(doing())?;
    if let Some(limit) = contents.limit {
        rows = rows.limit(0, Some(limit)).map_err(doing())?;
    }
    let batches: Vec<RecordBatch> = rows.collect().await.map_err(doing())?;
    let step = job.method.step(contents.relation)?;
    let schema = batches.first().map(RecordBatch::schema).or_else(|| job.method.schema(contents.relation)).expect("the method was checked");
    Ok(Table {
        code: contents.code.into(),
        name: contents.relation.into(),
        title: labels.get("table", contents.code).map_or_else(|| step.header.title.clone(), String::from),
        subtitle: run.manifest.period.clone(),
        unit: "USD".into(),
        scale: 0,
        decimals: 0,
        columns: tables::columns(&schema, labels),
        batches,
        notes: Vec::new(),
    })
}

fn write_tables(run: &Run, edition: &Edition, made: &[Table], release: &Release) -> Result<()> {
    for table in made {
        let failed = |e: tradestat_output::Error| Error::Render { what: table.name.clone(), problem: e.to_string() };
        for format in [Format::Csv, Format::Xlsx] {
            if format == Format::Xlsx && !tradestat_output::xlsx::fits(table.row_count()) {
                continue;
            }
            let file = render(table, edition, format).map_err(failed)?;
            release.put(&format!("tables/{}", file.name), &file.bytes)?;
        }
        release.put_parquet(&format!("tables/{}.parquet", table.name), &marked(run, &table.batches))?;
    }
    Ok(())
}
