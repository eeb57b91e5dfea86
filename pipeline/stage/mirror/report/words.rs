//! What a report says in words: composed from the figures of its tables and from the label list,
//! so that a language needs no code.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use tradestat_output::{Edition, Language, Number};

use super::super::view::texts;
use super::Material;
use super::draw::{of, pair};
use crate::describe::COMPARED_CURRENCY;
use crate::labels::{Labels, translation};
use crate::print::tables::unit_in;
use crate::run::{Job, Run};

/// Causes that a sentence names.
const NAMED: usize = 3;

/// Steps whose headers are the note on the method.
const METHOD: &[&str] = &["mirror_comparison", "mirror_cell", "waterfall", "mirror_screen"];

/// Notes of every report, in the label list.
const NOTES: &[&str] = &["mirror_official", "mirror_screen"];

/// A sentence of the label list with its blanks filled in.
fn sentence(labels: &Labels, code: &str, blanks: &[(&str, String)]) -> String {
    let mut text = labels.or_code("sentence", code);
    for (name, value) in blanks {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
}

/// Declarations are a source only where the country compiles some, and reports on itself.
pub fn edition(edition: Edition, labels: &Labels, is_declared: bool) -> Edition {
    Edition { source: labels.or_code("note", if is_declared { "mirror_source" } else { "mirror_source_reports" }), ..edition }
}

/// Title of the report on one partner, in the language of the labels.
pub fn title(material: &Material<'_>, labels: &Labels) -> String {
    let name = |code: &str| labels.or_code("country", code);
    sentence(labels, "mirror_title", &[("own", name(material.reporter)), ("partner", name(material.partner))])
}

/// `Imports, as Georgia reports them`.
pub fn reported(labels: &Labels, flow: &str, country: &str) -> String {
    sentence(labels, &format!("{flow}_as_reported"), &[("country", labels.or_code("country", country))])
}

/// Title of a chart: the sentence `<stem>_<name>` of the label list, with both countries.
pub fn chart_title(material: &Material<'_>, labels: &Labels, stem: &str, name: &str) -> String {
    let country = |code: &str| labels.or_code("country", code);
    sentence(labels, &format!("{stem}_{name}"), &[("own", country(material.reporter)), ("partner", country(material.partner))])
}

/// A figure as the tables print it: thousands with one decimal.
fn thousand(batch: &RecordBatch, column: &str, row: usize, language: Language) -> Option<String> {
    number(batch, column, row).map(|value| print(&value, language))
}

/// In a table nothing is a sign, and `0.0` is a little; a sentence says nothing in a digit.
fn print(value: &Number, language: Language) -> String {
    if value.is_zero() { "0".into() } else { value.shifted(3).print(1, language) }
}

fn number(batch: &RecordBatch, column: &str, row: usize) -> Option<Number> {
    let values = batch.column_by_name(column)?;
    let DataType::Decimal128(_, scale) = values.data_type() else { return None };
    (!values.is_null(row)).then(|| Number::from_unscaled(values.as_primitive::<Decimal128Type>().value(row), *scale))
}

/// For each flow and period: what both sides say, and what explains the gap.
pub fn lead(material: &Material<'_>, labels: &Labels, language: Language) -> Vec<String> {
    let mut lines = Vec::new();
    for (flow, stem) in [("M", "imports"), ("X", "exports")] {
        let mut found = false;
        for batch in of(&material.own, "T16") {
            let (flows, periods) = (texts(batch, "flow"), texts(batch, "period"));
            for row in (0..batch.num_rows()).filter(|row| flows[*row] == flow) {
                found = true;
                lines.push(told(material, labels, language, flow, &periods[row], batch, row));
            }
        }
        if !found {
            lines.push(sentence(labels, "mirror_silent", &[("flow", labels.or_code("word", stem))]));
        }
    }
    lines
}

fn told(
    material: &Material<'_>,
    labels: &Labels,
    language: Language,
    flow: &str,
    period: &str,
    batch: &RecordBatch,
    row: usize,
) -> String {
    let (importer, exporter) = pair(material, flow);
    let country = |code: &str| labels.or_code("country", code);
    let figure = |column: &str| thousand(batch, column, row, language).unwrap_or_else(|| "...".into());
    let (import, export) = if flow == "M" { ("own_value", "partner_value") } else { ("partner_value", "own_value") };
    let blanks = [
        ("importer", country(importer)),
        ("exporter", country(exporter)),
        ("import", figure(import)),
        ("export", figure(export)),
        ("gap", figure("gap")),
        ("unit", unit_in("thousand_usd", COMPARED_CURRENCY, labels).0),
        ("recorded", figure("recorded_gap")),
        ("estimated", figure("estimated_gap")),
        ("unexplained", figure("unexplained")),
        (
            "share",
            number(batch, "explained_share", row).map_or_else(|| "...".into(), |share| share.shifted(-2).print(1, language)),
        ),
    ];
    let is_zero = |column: &str| number(batch, column, row).is_some_and(|value| value.is_zero());
    let mut parts = vec![sentence(labels, "mirror_gap", &blanks)];
    if is_zero(import) || is_zero(export) {
        parts.push(sentence(labels, if is_zero(import) { "mirror_exporter_only" } else { "mirror_importer_only" }, &blanks));
    }
    if !is_zero("gap") {
        parts.push(sentence(labels, "mirror_parts", &blanks));
        let causes = causes(material, labels, language, flow, period);
        if !causes.is_empty() {
            parts.push(sentence(labels, "mirror_causes", &[("causes", causes.join("; "))]));
        }
        parts.extend(largest(material, labels, language, flow, period));
    }
    // A span of several months has a paragraph for each.
    let months =
        of(&material.own, "T16").iter().flat_map(|batch| texts(batch, "period")).collect::<std::collections::BTreeSet<_>>();
    if months.len() > 1 {
        parts.insert(0, format!("{}:", &period[..7.min(period.len())]));
    }
    parts.join(" ")
}

/// The largest causes of a flow, each with its part of the gap.
fn causes(material: &Material<'_>, labels: &Labels, language: Language, flow: &str, period: &str) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    for batch in of(&material.own, "T16b") {
        let [flows, periods, causes, certainties] = ["flow", "period", "cause", "certainty"].map(|name| texts(batch, name));
        for row in 0..batch.num_rows() {
            let is_cause = matches!(certainties[row].as_str(), "recorded" | "estimated");
            if flows[row] != flow || periods[row] != period || !is_cause {
                continue;
            }
            let Some(value) = number(batch, "value", row).filter(|value| !value.is_zero()) else { continue };
            let said = format!("{} ({})", labels.or_code("mirror_cause", &causes[row]), print(&value, language));
            found.push((value.to_f64().abs(), said));
        }
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().take(NAMED).map(|(_, said)| said).collect()
}

/// The good that differs most.
fn largest(material: &Material<'_>, labels: &Labels, language: Language, flow: &str, period: &str) -> Option<String> {
    of(&material.own, "T16d").iter().find_map(|batch| {
        let [flows, periods, ranks, codes] = ["flow", "period", "rank", "commodity_code"].map(|name| texts(batch, name));
        let row = (0..batch.num_rows()).find(|row| flows[*row] == flow && periods[*row] == period && ranks[*row] == "1")?;
        let code = codes[row].as_str();
        let name = labels.get(&format!("hs{}", code.len()), code).unwrap_or(code).to_string();
        let gap = thousand(batch, "gap", row, language).unwrap_or_default();
        Some(sentence(labels, "mirror_largest", &[("code", code.into()), ("name", name), ("gap", gap)]))
    })
}

/// How to read the report, what of the files was not compared, and the method as the headers of its steps state it.
pub fn notes(job: &Job<'_>, run: &Run, labels: &Labels) -> Vec<String> {
    let mut notes: Vec<String> = NOTES.iter().filter_map(|code| labels.get("note", code)).map(String::from).collect();
    notes.extend(run.manifest.notes.iter().map(|note| labels.note(note)));
    for step in METHOD.iter().filter_map(|name| job.method.step(name).ok()) {
        let text = |english: &str| translation(&job.method, labels.language(), english).unwrap_or_else(|| english.to_string());
        let prose = step
            .header
            .prose
            .split("\n\n")
            .map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect::<Vec<_>>()
            .join(" ");
        let prose = translation(&job.method, labels.language(), &step.header.prose).unwrap_or(prose);
        notes.push(format!("{} ({}). {prose}", text(&step.header.title), step.file));
    }
    notes
}
