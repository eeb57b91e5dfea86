//! A traced figure as text, CSV or JSON.

use serde_json::{Map, Value, json};

use super::figure::{Figure, texts};
use super::items::{Cells, Items};
use super::lineage::Lineage;
use crate::cli::{ListFormat, Measure, Trace};
use crate::error::{Error, Result};
use crate::method::contribution::TRACED;
use crate::progress::Event;
use crate::run::Job;

/// Columns that tell an item apart, first in every row.
const FIRST: &[&str] = &["declaration_id", "item_no", "version", "batch_id", "line_no", "period"];

/// Prints the trace as asked for. As CSV it is the items, or the lineage without them; facts then go to `listen`.
///
/// # Errors
/// When the rows cannot be written as text.
pub fn print(
    job: &Job<'_>,
    asked: &Trace,
    figure: &Figure,
    cells: Option<&Cells>,
    lineage: &Lineage,
    items: Option<&Items>,
) -> Result<()> {
    match (asked.format, items) {
        (ListFormat::Json, _) => {
            crate::say!("{}", serde_json::to_string_pretty(&object(job, figure, cells, lineage, items)?).expect("plain data"))
        }
        (ListFormat::Csv, Some(items)) => {
            csv_of(&rows_of(items)?)?;
            facts(job, asked, figure, cells, Some(items)).into_iter().for_each(|text| job.listen.hear(Event::Note { text }));
        }
        (ListFormat::Csv, None) => {
            csv_of(&lineage_rows(lineage))?;
            facts(job, asked, figure, cells, None).into_iter().for_each(|text| job.listen.hear(Event::Note { text }));
        }
        (ListFormat::Table, _) => {
            facts(job, asked, figure, cells, items).iter().for_each(|text| crate::say!("{text}"));
            print_lineage(lineage);
            if let Some(items) = items {
                crate::say!("\nitems");
                aligned(&rows_of(items)?);
            }
        }
    }
    Ok(())
}

fn facts(job: &Job<'_>, asked: &Trace, figure: &Figure, cells: Option<&Cells>, items: Option<&Items>) -> Vec<String> {
    let manifest = &figure.run.manifest;
    let row: Vec<String> = asked.row.clone();
    let is_changed = manifest.method_digest != job.method.digest;
    let mut lines = vec![
        format!("{} {}: {}", figure.step.code().unwrap_or(&figure.step.name), figure.step.header.title, row.join(", ")),
        format!("  column      {}", figure.column),
        format!("  release     {} ({}), run {}", manifest.period, manifest.state, manifest.id),
        format!(
            "  method      {}{}",
            &manifest.method_digest[..manifest.method_digest.len().min(16)],
            if is_changed { ", changed since" } else { "" }
        ),
        format!("  printed     {}", figure.printed),
        format!("  in full     {}", figure.value),
    ];
    match cells {
        Some(cells) => lines.extend([
            format!("  cells       {} of {} add up to {}", cells.count, cells.relation, cells.sum),
            format!("  months      {}", cells.months.iter().cloned().collect::<Vec<_>>().join(", ")),
        ]),
        None => lines.push("  cells       no sum of cells: the table's own file says how it follows from other figures".into()),
    }
    if manifest.synthetic {
        lines.push("  SYNTHETIC DATA: made by the demo, not statistics of any country".into());
    }
    if let Some(items) = items {
        lines.push(format!("  items       {} add up to {}", items.count, items.sum));
        let word = match asked.measure {
            Measure::Value => None,
            Measure::NetMass => Some("net mass, kg"),
            Measure::Quantity => Some("supplementary quantity"),
        };
        lines.extend(word.zip(items.measured.as_ref()).map(|(word, sum)| format!("  {word} of these items as measured: {sum}")));
    }
    lines
}

fn print_lineage(lineage: &Lineage) {
    crate::say!("\nmade by");
    for relation in &lineage.relations {
        let changed = if relation.has_changed { ", changed since the run" } else { "" };
        let name = format!("{}{}", "  ".repeat(relation.depth.min(8)), relation.name);
        crate::say!("  {:<6} {name:<44} {}{changed}", relation.kind, relation.title);
    }
    if !lineage.parameters.is_empty() {
        crate::say!("\nnumbers of the method");
        for row in &lineage.parameters {
            crate::say!("  {:<44} {} {} ({} to {}; {})", row.name, row.value, row.unit, row.valid_from, row.valid_to, row.source);
        }
    }
    if !lineage.rates.is_empty() {
        crate::say!("\nexchange rates");
        for row in &lineage.rates {
            crate::say!(
                "  1 {} = {} {} ({} to {}; {})",
                row.currency,
                row.rate,
                row.reporter_currency,
                row.valid_from,
                row.valid_to,
                row.source
            );
        }
    }
    if !lineage.rules.is_empty() {
        crate::say!("\nrules that judged the items");
        for rule in &lineage.rules {
            crate::say!(
                "  {:<6} {:<8} judged {:>9}, objected to {:>7}  {}",
                rule.code,
                rule.severity,
                rule.judged,
                rule.objected,
                rule.title
            );
        }
    }
}

/// Header and rows of the items; the name of what a row gives is `amount`.
fn rows_of(items: &Items) -> Result<Vec<Vec<String>>> {
    let Some(first) = items.batches.first() else { return Ok(Vec::new()) };
    let names: Vec<String> =
        first.schema().fields().iter().map(|f| f.name().strip_prefix(TRACED).unwrap_or("amount").to_string()).collect();
    let mut order: Vec<usize> = FIRST.iter().filter_map(|name| names.iter().position(|known| known == name)).collect();
    let amount = names.iter().position(|name| name == "amount");
    order.extend(amount);
    let rest: Vec<usize> = (0..names.len()).filter(|place| !order.contains(place)).collect();
    order.extend(rest);
    let mut rows = vec![order.iter().map(|place| names[*place].clone()).collect()];
    for batch in &items.batches {
        for row in texts(batch)? {
            rows.push(order.iter().map(|place| row[*place].clone().unwrap_or_default()).collect());
        }
    }
    Ok(rows)
}

fn lineage_rows(lineage: &Lineage) -> Vec<Vec<String>> {
    let mut rows = vec![["kind", "name", "title", "file", "detail"].map(String::from).to_vec()];
    for relation in &lineage.relations {
        let detail = format!(
            "depth {}; digest {}{}",
            relation.depth,
            relation.digest,
            if relation.has_changed { "; changed since the run" } else { "" }
        );
        rows.push(vec![relation.kind.into(), relation.name.clone(), relation.title.clone(), relation.file.clone(), detail]);
    }
    for row in &lineage.parameters {
        let detail = format!("{} to {}; {}", row.valid_from, row.valid_to, row.source);
        rows.push(vec![
            "parameter".into(),
            row.name.clone(),
            format!("{} {}", row.value, row.unit),
            "reference/parameter.csv".into(),
            detail,
        ]);
    }
    for row in &lineage.rates {
        let name = format!("1 {} in {}", row.currency, row.reporter_currency);
        let detail = format!("{} to {}; {}", row.valid_from, row.valid_to, row.source);
        rows.push(vec!["rate".into(), name, row.rate.clone(), "reference/exchange_rate.csv".into(), detail]);
    }
    for rule in &lineage.rules {
        let detail = format!("{}; judged {}; objected to {}", rule.severity, rule.judged, rule.objected);
        rows.push(vec!["rule".into(), rule.code.clone(), rule.title.clone(), String::new(), detail]);
    }
    rows
}

fn csv_of(rows: &[Vec<String>]) -> Result<()> {
    let mut csv = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        csv.write_record(row).map_err(|e| Error::Render { what: "the trace".into(), problem: e.to_string() })?;
    }
    let bytes = csv.into_inner().expect("a buffer takes all");
    crate::say!("{}", String::from_utf8_lossy(&bytes).trim_end());
    Ok(())
}

/// Columns as wide as their widest cell.
fn aligned(rows: &[Vec<String>]) {
    let columns = rows.first().map_or(0, Vec::len);
    let width = |place: usize| rows.iter().map(|row| row[place].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        crate::say!("  {}", cells.join("  ").trim_end());
    }
}

fn object(job: &Job<'_>, figure: &Figure, cells: Option<&Cells>, lineage: &Lineage, items: Option<&Items>) -> Result<Value> {
    let manifest = &figure.run.manifest;
    let row: Map<String, Value> = figure.row.iter().map(|(name, cell)| (name.clone(), json!(cell))).collect();
    let mut object = json!({
        "table": figure.step.name,
        "title": figure.step.header.title,
        "column": figure.column,
        "row": row,
        "period": manifest.period,
        "state": manifest.state,
        "run": manifest.id,
        "synthetic": manifest.synthetic,
        "method_digest": manifest.method_digest,
        "method_has_changed": manifest.method_digest != job.method.digest,
        "value": figure.value,
        "printed": figure.printed,
        "cells": cells.map(|cells| json!({
            "relation": cells.relation,
            "count": cells.count,
            "sum": cells.sum,
            "agrees": figure.is(&cells.sum),
            "months": cells.months,
        })),
        "lineage": lineage,
    });
    if let Some(items) = items {
        let rows = rows_of(items)?;
        let (header, rows) = rows.split_first().map(|(header, rows)| (header.clone(), rows)).unwrap_or_default();
        // As text: a number in JSON may lose digits in a reader.
        let records: Vec<Value> = rows
            .iter()
            .map(|row| Value::Object(header.iter().cloned().zip(row.iter().map(|cell| json!(cell))).collect()))
            .collect();
        object["items"] = json!({ "count": items.count, "sum": items.sum, "agrees": figure.is(&items.sum), "measured": items.measured, "rows": records });
    }
    Ok(object)
}
