//! What is true of the whole release, and every file of it.

use tradestat_output::{Account, Chart, Edition, Format, Language, Link, Number, Picture, Signs, Table, Words};
use tradestat_output::{Release as Page, draw, render, render_page};

use super::line_account;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::run::{Job, Run};
use crate::store::release::Release;

pub fn edition(job: &Job<'_>, run: &Run, labels: &Labels) -> Edition {
    let language = match job.profile.languages.first().map(String::as_str) {
        Some("az") => Language::Az,
        Some("ru") => Language::Ru,
        _ => Language::En,
    };
    Edition {
        language,
        signs: Signs::default(),
        words: Words::from_labels(|key| labels.get("word", key).map(String::from)),
        source: labels.or_code("note", "source"),
        state: labels.or_code("month_state", &run.manifest.state),
        run_id: run.manifest.id.clone(),
        method_digest: run.manifest.method_digest.clone(),
        created_at: job.clock.now().timestamp(),
        synthetic: run.manifest.synthetic,
        confidentiality_note: Some(labels.or_code("note", "confidentiality")),
    }
}

/// `March 2026`: of a longer period its last month, which is what the month's columns show.
pub fn period_in_words(run: &Run, labels: &Labels) -> String {
    let month = run.target.last().expect("a period has months");
    let (year, number) = month.split_once('-').expect("months are year and number");
    format!("{} {year}", labels.or_code("month", number))
}

/// Renders every table and chart into the release, and the page that shows them all.
pub async fn render_all(
    job: &Job<'_>,
    run: &Run,
    edition: &Edition,
    labels: &Labels,
    tables: &[Table],
    charts: &[Chart],
    release: &mut Release,
) -> Result<()> {
    let failed = |what: &str| {
        let what = what.to_string();
        move |e: tradestat_output::Error| Error::Render { what, problem: e.to_string() }
    };
    let mut shown = Vec::new();
    for table in tables {
        let mut links = Vec::new();
        for format in [Format::Csv, Format::Xlsx] {
            if format == Format::Xlsx && !tradestat_output::xlsx::fits(table.row_count()) {
                continue;
            }
            let file = render(table, edition, format).map_err(failed(&table.name))?;
            release.put(&format!("tables/{}", file.name), &file.bytes)?;
            links.push(Link { label: format.ending().to_uppercase(), href: format!("tables/{}", file.name) });
        }
        release.put_parquet(&format!("tables/{}.parquet", table.name), &super::marked(run, &table.batches))?;
        release.put_json(&format!("tables/{}.csv-metadata.json", table.name), &about_csv(run, table))?;
        links.push(Link { label: "Parquet".into(), href: format!("tables/{}.parquet", table.name) });
        shown.push((table, links));
    }
    let mut drawn = Vec::new();
    for chart in charts {
        let mut links = Vec::new();
        for picture in [Picture::Svg, Picture::Png] {
            let file = draw(chart, edition, picture).map_err(failed(&chart.name))?;
            release.put(&format!("charts/{}", file.name), &file.bytes)?;
            let label = file.name.rsplit('.').next().unwrap_or_default().to_uppercase();
            links.push(Link { label, href: format!("charts/{}", file.name) });
        }
        drawn.push((chart, links));
    }
    let page = Page {
        title: format!("{}: {}", labels.or_code("word", "foreign_trade"), job.profile.title),
        period: period_in_words(run, labels),
        edition,
        tables: shown,
        charts: drawn,
        account: account(run),
        account_unit: format!("thousand {}", job.profile.statistical_currency),
        account_scale: 3,
        notes: run.manifest.notes.clone(),
        files: vec![Link { label: "manifest.json".into(), href: "manifest.json".into() }],
    };
    let file = render_page(&page).map_err(failed("index.html"))?;
    release.put(&file.name, &file.bytes)
}

/// A CSV has no place for its source: what it is stands beside it, as the W3C's tabular metadata.
fn about_csv(run: &Run, table: &Table) -> serde_json::Value {
    let manifest = &run.manifest;
    let columns: Vec<serde_json::Value> =
        table.columns.iter().map(|c| serde_json::json!({ "name": c.name, "titles": c.title, "dc:type": format!("{:?}", c.kind) })).collect();
    serde_json::json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": format!("{}.csv", table.name),
        "dc:title": table.title,
        "dc:description": format!("Full values, not divided by the unit of print. {}", table.notes.join(" ")),
        "tradestat:run": manifest.id,
        "tradestat:state": manifest.state,
        "tradestat:method_digest": manifest.method_digest,
        "tradestat:confidentiality": manifest.confidentiality,
        "tradestat:synthetic": manifest.synthetic,
        "tableSchema": { "columns": columns },
    })
}

/// What happened to the lines and items of the months of this run.
fn account(run: &Run) -> Vec<Account> {
    let mut lines = Vec::new();
    let mut add = |what: String, count: u64, value: Option<Number>, is_total: bool| {
        lines.push(Account { what, count: Some(count), value, is_total });
    };
    for (what, count) in line_account(run) {
        add(what.to_string(), count, None, what == "lines read");
    }
    for row in &run.manifest.fates {
        let flow = if row.flow.is_empty() { String::new() } else { format!(", {}", row.flow) };
        add(format!("{}{flow}", row.fate), row.items, Number::parse(&row.value), row.fate == "judged");
    }
    lines
}
