//! The pictures of a report: both sides over time, the way from export to import, and where the
//! reports of all partners differ. Floats are for drawing only.

use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;
use tradestat_output::chart::{HeatColumn, HeatMap, MAX_COLUMNS, SidePoint, Sides, Step, StepKind};
use tradestat_output::{Chart, Drawing};

use super::super::view::{BARS, texts};
use super::{Material, words};
use crate::describe::COMPARED_CURRENCY;
use crate::labels::Labels;
use crate::print::page::period_in_words;
use crate::print::tables::unit_in;

/// Partners and chapters that a heat map shows: more could not be read.
const COLUMNS: usize = 20;
const ROWS: usize = 20;
/// Upper ends of the lighter shades, in percent of the mean of both reports.
const SHADES: [f64; 3] = [10.0, 50.0, 100.0];
const THOUSAND: f64 = 1_000.0;

/// For each flow of the reporting country: both sides, the causes, and all partners.
pub fn charts(material: &Material<'_>, labels: &Labels) -> Vec<Chart> {
    let mut charts = Vec::new();
    let (unit, _) = unit_in("thousand_usd", COMPARED_CURRENCY, labels);
    for (flow, stem) in [("M", "imports"), ("X", "exports")] {
        let chart = |name: &str, unit: &str, drawing: Drawing| Chart {
            name: format!("{stem}_{name}"),
            title: words::chart_title(material, labels, stem, name),
            subtitle: period_in_words(material.run, labels),
            unit: unit.into(),
            decimals: 1,
            notes: Vec::new(),
            drawing,
        };
        let both = sides(material, labels, flow);
        let subtitle = years(&both).unwrap_or_else(|| period_in_words(material.run, labels));
        charts.push(Chart { subtitle, ..chart("both_sides", &unit, Drawing::Sides(both)) });
        charts.push(chart("causes", &unit, Drawing::Waterfall(steps(material, labels, flow))));
        let of_mean = labels.or_code("chart", "percent_of_mean");
        charts.push(chart("all_partners", &of_mean, Drawing::HeatMap(heat(material, labels, flow))));
    }
    charts
}

/// The years of a series that goes beyond the period of the report.
fn years(sides: &Sides) -> Option<String> {
    let (first, last) = (sides.points.first()?.year, sides.points.last()?.year);
    (first < last).then(|| format!("{first}-{last}"))
}

/// Importer and exporter of a flow of the reporting country.
pub fn pair<'m>(material: &Material<'m>, flow: &str) -> (&'m str, &'m str) {
    if flow == "M" { (material.reporter, material.partner) } else { (material.partner, material.reporter) }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok()
}

fn sides(material: &Material<'_>, labels: &Labels, flow: &str) -> Sides {
    let (importer, exporter) = pair(material, flow);
    let mut points = Vec::new();
    for batch in &material.series {
        let [of_importer, of_exporter, kinds, periods, imports, exports] =
            ["importer", "exporter", "period_kind", "period", "import_value", "export_value"].map(|name| texts(batch, name));
        for row in 0..batch.num_rows() {
            if of_importer[row] != importer || of_exporter[row] != exporter {
                continue;
            }
            let (year, rest) = periods[row].split_at(4);
            let month = rest.get(1..3).and_then(|month| month.parse().ok()).filter(|_| kinds[row] == "month");
            let thousand = |text: &str| number(text).map(|value| value / THOUSAND);
            let (import, export) = (thousand(&imports[row]), thousand(&exports[row]));
            // The country's own figures first, in both charts.
            let figures = if flow == "M" { [import, export] } else { [export, import] };
            points.push(SidePoint { year: year.parse().unwrap_or_default(), month, figures });
        }
    }
    points.sort_by_key(|point| (point.year, point.month));
    let names = [words::reported(labels, "imports", importer), words::reported(labels, "exports", exporter)];
    let [imports, exports] = names;
    Sides { names: if flow == "M" { [imports, exports] } else { [exports, imports] }, points }
}

/// Rows of a table as text by column.
fn rows<'b>(batches: &'b [RecordBatch], names: &'b [&'b str]) -> impl Iterator<Item = BTreeMap<&'b str, String>> {
    batches.iter().flat_map(move |batch| {
        let columns: Vec<Vec<String>> = names.iter().map(|name| texts(batch, name)).collect();
        (0..batch.num_rows())
            .map(move |row| names.iter().zip(&columns).map(|(name, column)| (*name, column[row].clone())).collect())
    })
}

/// The rows of the table with this code, as `T16b`; none where it was not published.
pub fn of<'m>(tables: &'m super::Published, code: &str) -> &'m [RecordBatch] {
    let is_it = |name: &str| name.strip_prefix(code).is_some_and(|rest| rest.starts_with('_'));
    tables.iter().find(|(name, _)| is_it(name)).map_or(&[], |(_, batches)| batches.as_slice())
}

/// From the export to the import, with the signs of the table: a cause that makes the import larger
/// adds to the export on the way.
fn steps(material: &Material<'_>, labels: &Labels, flow: &str) -> Vec<Step> {
    let (importer, exporter) = pair(material, flow);
    let mut sums: Vec<(String, StepKind, f64)> = Vec::new();
    // A span of months that is no year has a row for each: the picture is of the span.
    for row in rows(of(&material.own, "T16b"), &["flow", "cause", "certainty", "value"]).filter(|row| row["flow"] == flow) {
        let kind = match row["certainty"].as_str() {
            "reported" => StepKind::Level,
            "recorded" => StepKind::Recorded,
            "estimated" => StepKind::Estimated,
            _ => StepKind::Unexplained,
        };
        let value = number(&row["value"]).unwrap_or_default() / THOUSAND;
        match sums.iter_mut().find(|(cause, ..)| *cause == row["cause"]) {
            Some((_, _, sum)) => *sum += value,
            None => sums.push((row["cause"].clone(), kind, value)),
        }
    }
    sums.sort_by_key(|(cause, ..)| match cause.as_str() {
        "export" => 0,
        "import" => BARS.len() + 1,
        _ => BARS.iter().position(|bar| bar == cause).map_or(BARS.len(), |place| place + 1),
    });
    sums.into_iter()
        .map(|(cause, kind, value)| Step {
            label: match cause.as_str() {
                "import" => words::reported(labels, "imports", importer),
                "export" => words::reported(labels, "exports", exporter),
                _ => labels.or_code("mirror_cause", &cause),
            },
            value: Some(value),
            kind,
        })
        .collect()
}

/// Both reports of a chapter and partner, over the periods of the report.
#[derive(Default)]
struct Met {
    export: f64,
    /// The import at the exporter's border, less the export.
    asymmetry: f64,
    gap: f64,
}

impl Met {
    fn add(&mut self, export: f64, asymmetry: f64, gap: f64) {
        self.export += export;
        self.asymmetry += asymmetry;
        self.gap += gap;
    }

    /// `relative_to_mean` of the sums: the difference in percent of the mean of both.
    fn percent_of_mean(&self) -> Option<f64> {
        let mean = self.export + self.asymmetry / 2.0;
        (mean != 0.0).then(|| 100.0 * self.asymmetry / mean)
    }
}

/// Chapters with the largest gaps against the partners with the largest gaps; this partner is
/// always among them. Several periods are added up.
fn heat(material: &Material<'_>, labels: &Labels, flow: &str) -> HeatMap {
    let mut met: BTreeMap<(String, String), Met> = BTreeMap::new();
    let export = if flow == "M" { "partner_value" } else { "own_value" };
    for row in rows(of(material.all, "T16c"), &["flow", "partner", "chapter", "gap", "asymmetry", export])
        .filter(|row| row["flow"] == flow)
    {
        let cell = met.entry((row["partner"].clone(), row["chapter"].clone())).or_default();
        let value = |column: &str| number(&row[column]).unwrap_or_default();
        cell.add(value(export), value("asymmetry"), value("gap"));
    }
    let largest = |of: fn(&(String, String)) -> &str, most: usize, always: Option<&str>| {
        let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
        for (key, cell) in &met {
            *sums.entry(of(key)).or_default() += cell.gap.abs();
        }
        let mut sums: Vec<(&str, f64)> = sums.into_iter().collect();
        sums.sort_by(|a, b| (Some(b.0) == always).cmp(&(Some(a.0) == always)).then(b.1.total_cmp(&a.1)).then(a.0.cmp(b.0)));
        sums.into_iter().take(most).map(|(key, _)| key.to_string()).collect::<Vec<_>>()
    };
    let mut partners = largest(|key| &key.0, COLUMNS.min(MAX_COLUMNS), Some(material.partner));
    if !partners.iter().any(|partner| partner == material.partner) && !partners.is_empty() {
        partners.insert(0, material.partner.to_string());
        partners.truncate(COLUMNS);
    }
    let mut chapters = largest(|key| &key.1, ROWS, None);
    chapters.sort();
    let cell = |chapter: &str, partner: &str| met.get(&(partner.to_string(), chapter.to_string()))?.percent_of_mean();
    HeatMap {
        cells: chapters.iter().map(|chapter| partners.iter().map(|partner| cell(chapter, partner)).collect()).collect(),
        rows: chapters.iter().map(|chapter| format!("{chapter} {}", labels.get("hs2", chapter).unwrap_or_default())).collect(),
        columns: partners
            .into_iter()
            .map(|code| HeatColumn { name: labels.or_code("country", &code), is_bold: code == material.partner, code })
            .collect(),
        bounds: SHADES,
    }
}
