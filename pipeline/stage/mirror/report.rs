//! The report about one partner: pages, charts and tables in a folder of its own.
//!
//! `release/mirror/<period>/<run id>/<partner>/`, with the reporter before the partner where it is not the
//! country of the profile, and the language behind where only one is asked for, holds `index.html` and a page in each other
//! language, `charts/`, `tables/<relation>.{csv,xlsx,parquet}` and `manifest.json`. The published
//! tables of the comparison stand on the page with the rows of the partner; the relations behind
//! them are files beside it.

mod draw;
mod words;

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, col, lit, when};
use tradestat_output::{Link, Table};

use super::tables::Published;
use super::view::{Choice, texts};
use crate::describe::COMPARED_CURRENCY;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::method::register;
use crate::print::page::{PageText, Print, edition, period_in_words, render_all};
use crate::print::tables;
use crate::run::{Job, Run};
use crate::store::release::{Release, point_to};

/// A relation of the report: its code, the columns it is ordered by, and those that hold estimates in every row.
struct Contents {
    relation: &'static str,
    code: &'static str,
    order: &'static [&'static str],
    estimated: &'static [&'static str],
}

/// Bars that are estimates by their nature, and what is left when they are taken out, as T16b flags them.
const ESTIMATED_BARS: [&str; 4] = ["cif_fob", "confidentiality", "hub_origin", "unexplained"];

/// The relations, in the order of the report. Those that the method does not have are left out.
const CONTENTS: &[Contents] = &[
    Contents {
        relation: "mirror_comparison",
        code: "M01",
        order: &["importer", "exporter", "period", "dimension", "code"],
        // What compares an import free on board, and the bars with what is left of the gap.
        estimated: &[
            "import_value_fob",
            "asymmetry",
            "ratio",
            "relative_to_mean",
            "coefficient",
            "symmetric_index",
            "relative_to_own",
            "gross_asymmetry",
            "explained_share",
            ESTIMATED_BARS[0],
            ESTIMATED_BARS[1],
            ESTIMATED_BARS[2],
            ESTIMATED_BARS[3],
        ],
    },
    Contents {
        relation: "waterfall",
        code: "M02",
        order: &["importer", "exporter", "period", "commodity_code"],
        estimated: &ESTIMATED_BARS,
    },
    Contents {
        relation: "mirror_screen",
        code: "M03",
        order: &["screen", "importer", "place", "exporter", "period", "commodity_code"],
        estimated: &["gap", "size"],
    },
    Contents {
        relation: "reconciled_flow",
        code: "M04",
        order: &["importer", "exporter", "period", "commodity_code"],
        estimated: &[
            "import_value_fob",
            "export_weight",
            "reconciled_value",
            "reconciled_mass_kg",
            "lower_value",
            "upper_value",
            "symmetry_weighted_value",
            "fixed_rate_value",
        ],
    },
];

/// Both sides by year, over all years that have figures. A method need not have it.
const YEARS: &str = "pair_year";

/// What every part of a report is made of.
struct Material<'m> {
    run: &'m Run,
    /// Alpha-2 of both sides.
    reporter: &'m str,
    partner: &'m str,
    /// Published tables with all partners, for what stands beside this one.
    all: &'m Published,
    /// The rows of this partner, and the relations behind them.
    own: Published,
    /// Totals of the pair over time, both ways, in no order.
    series: Vec<RecordBatch>,
}

/// Writes the report about a partner in the given languages to a folder of the given name. `all` holds the
/// published tables of the reporting country.
pub async fn report(
    job: &Job<'_>,
    run: &Run,
    ctx: &SessionContext,
    choice: &Choice<'_>,
    (partner, name): (&str, &str),
    all: &Published,
    languages: &[String],
) -> Result<PathBuf> {
    let mut own: Published = all.iter().map(|(name, batches)| (name.clone(), of_partner(batches, partner))).collect();
    for contents in CONTENTS.iter().filter(|contents| job.method.steps.contains_key(contents.relation)) {
        own.push((contents.relation.into(), relation(ctx, choice, contents).await?));
    }
    let reporter = choice.sides.reporter.as_str();
    let material = Material { run, reporter, partner, all, own, series: series(ctx, choice).await? };
    let first = Labels::read(&job.method, &languages[0])?;
    let is_declared = reporter == job.profile.reporter && run.batches.iter().any(|batch| !batch.months.is_empty());
    let mut prints = Vec::new();
    for tag in languages {
        let labels = first.in_language(tag);
        let translated: Published =
            material.own.iter().map(|(name, batches)| (name.clone(), labels.translated(batches))).collect();
        let edition = words::edition(edition(job, run, &labels), &labels, is_declared);
        let tables = shown(job, run, &translated, &labels)?;
        let charts = draw::charts(&material, &labels);
        prints.push(Print { tag: tag.clone(), edition, tables, charts, labels });
    }
    let texts: Vec<PageText> = prints
        .iter()
        .map(|print| PageText {
            title: words::title(&material, &print.labels),
            period: period_in_words(run, &print.labels),
            lead: words::lead(&material, &print.labels, print.edition.language),
            account: Vec::new(),
            notes: words::notes(job, run, &print.labels),
            files: vec![Link { label: "manifest.json".into(), href: "manifest.json".into() }],
            has_all_pictures: true,
            is_shown: |table| table.code.starts_with('T'),
        })
        .collect();
    let folder = job.workspace.release.join("mirror").join(&run.manifest.period);
    let release = Release::begin(&folder.join(&run.manifest.id), name)?;
    render_all(job, run, &material.own, &prints, &texts, &release)?;
    release.put_json("manifest.json", &run.manifest.published())?;
    let place = release.finish()?;
    if run.manifest.as_of.is_none() {
        point_to(&folder, &run.manifest)?;
    }
    Ok(place)
}

/// Rows of one partner.
fn of_partner(batches: &[RecordBatch], partner: &str) -> Vec<RecordBatch> {
    let own = |batch: &RecordBatch| {
        let is_own: BooleanArray = texts(batch, "partner").iter().map(|of| Some(of == partner)).collect();
        filter_record_batch(batch, &is_own).expect("a mark for every row")
    };
    batches.iter().map(own).collect()
}

async fn relation(ctx: &SessionContext, choice: &Choice<'_>, contents: &Contents) -> Result<Vec<RecordBatch>> {
    let doing = || Error::engine(format!("reading `{}`", contents.relation));
    let mut rows = choice.rows(ctx, contents.relation).await?;
    for name in contents.estimated.iter().filter(|name| rows.schema().has_column_with_unqualified_name(name)).collect::<Vec<_>>()
    {
        let flag = when(col(*name).is_not_null(), lit("e")).end().map_err(doing())?;
        rows = rows.with_column(&format!("{name}_flag"), flag).map_err(doing())?;
    }
    let has = |name: &&&str| rows.schema().has_column_with_unqualified_name(name);
    let order = contents.order.iter().filter(has).map(|name| col(*name).sort(true, false)).collect();
    let schema = Arc::new(rows.schema().as_arrow().clone());
    let batches = rows.clone().sort(order).map_err(doing())?.collect().await.map_err(doing())?;
    Ok(if batches.is_empty() { vec![RecordBatch::new_empty(schema)] } else { batches })
}

/// Works out the years of all partners asked for once: each report would plan and read them again.
pub async fn hold_years(ctx: &SessionContext, choice: &Choice<'_>) -> Result<()> {
    let doing = || Error::engine("reading `pair_year`");
    if !choice.is_year || !ctx.table_exist(YEARS).map_err(doing())? {
        return Ok(());
    }
    let all = Choice { first: i32::MIN, last: i32::MAX, ..*choice };
    let rows = all.rows(ctx, YEARS).await?;
    let schema = Arc::new(rows.schema().as_arrow().clone());
    let rows = rows.collect().await.map_err(doing())?;
    ctx.deregister_table(YEARS).map_err(doing())?;
    register(ctx, YEARS, Arc::new(MemTable::try_new(schema, vec![rows]).map_err(doing())?))
}

/// Totals by month where both sides have months. Else by year: those compared, and around them all
/// other years that a side has, as it reports them.
async fn series(ctx: &SessionContext, choice: &Choice<'_>) -> Result<Vec<RecordBatch>> {
    let doing = || Error::engine("reading `mirror_comparison`");
    let total = Choice { dimension: Some("total"), ..*choice };
    let months = Choice { is_year: false, ..total }.rows(ctx, "mirror_comparison").await?.collect().await.map_err(doing())?;
    if months.iter().any(|batch| batch.num_rows() > 0) {
        return Ok(months);
    }
    let compared = Choice { is_year: true, ..total }.rows(ctx, "mirror_comparison").await?;
    let mut years = compared.collect().await.map_err(doing())?;
    if ctx.table_exist(YEARS).map_err(doing())? {
        for (first, last) in [(i32::MIN, choice.first - 1), (choice.last + 1, i32::MAX)] {
            let around = Choice { first, last, is_year: true, ..total }.rows(ctx, YEARS).await?;
            years.extend(around.collect().await.map_err(Error::engine("reading `pair_year`"))?);
        }
    }
    Ok(years)
}

/// The tables with their words; relations of `sql/mirror` get the unit of their values.
fn shown(job: &Job<'_>, run: &Run, rows: &Published, labels: &Labels) -> Result<Vec<Table>> {
    let published: Published = rows.iter().filter(|(name, _)| !CONTENTS.iter().any(|c| c.relation == name)).cloned().collect();
    let mut made = tables::tables(job, run, &published, labels)?;
    for table in &mut made {
        table.subtitle = period_in_words(run, labels);
        // That of the report, which need not be about the country of the declarations.
        table.source = None;
    }
    for contents in CONTENTS {
        let Some((_, batches)) = rows.iter().find(|(name, _)| name == contents.relation) else { continue };
        let step = job.method.step(contents.relation)?;
        let schema = batches
            .first()
            .map(RecordBatch::schema)
            .or_else(|| job.method.schema(contents.relation))
            .expect("the method was checked");
        made.push(Table {
            code: contents.code.into(),
            name: contents.relation.into(),
            title: labels.get("table", contents.code).map_or_else(|| step.header.title.clone(), String::from),
            subtitle: period_in_words(run, labels),
            unit: tables::unit_in("one", COMPARED_CURRENCY, labels).0,
            scale: 0,
            decimals: 0,
            columns: tables::columns(&schema, &tables::Heads::plain(labels)),
            batches: batches.clone(),
            notes: Vec::new(),
            source: None,
            is_data_only: false,
        });
    }
    Ok(made)
}
