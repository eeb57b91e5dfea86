//! The comparison for people: a block a pair of countries, from the import down to the export.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};

use crate::stage::mirror::view::{Choice, texts};

/// Bars in the order in which they lead from the import to the export, with their words.
pub const BARS: &[(&str, &str)] = &[
    ("unit_error", "wrong unit or currency"),
    ("partner_concept", "origin or consignment"),
    ("trade_system", "trade system"),
    ("reexport", "re-exports"),
    ("cif_fob", "freight and insurance"),
    ("time_lag", "recorded in another month"),
    ("confidentiality", "hidden under another code"),
    ("transit", "in transit"),
    ("hub_origin", "sold on by a hub"),
    ("classification", "other subheading of the heading"),
    ("edition", "change of the nomenclature"),
    ("threshold", "too small to be recorded"),
    ("unexplained", "unexplained"),
];

/// Values in thousands of dollars with one decimal; shares in percent.
pub fn blocks(batches: &[RecordBatch], choice: &Choice<'_>) -> String {
    let mut text = String::new();
    let mut silent = Vec::new();
    for batch in batches {
        let names = ["exporter", "importer", "period", "code", "class"].map(|name| texts(batch, name));
        for row in 0..batch.num_rows() {
            let [exporter, importer, period, code, class] = names.each_ref().map(|column| column[row].as_str());
            let period = if choice.is_year { &period[..4.min(period.len())] } else { &period[..7.min(period.len())] };
            if class == "lost" {
                silent.push(format!("{exporter} to {importer}, {period}"));
                continue;
            }
            let goods = if code == "TOTAL" { String::new() } else { format!(", {code}") };
            text.push_str(&format!("{exporter} to {importer}, {period}{goods}: {class} (thousand USD)\n"));
            let mut line = |what: &str, value: Option<String>| {
                if let Some(value) = value {
                    text.push_str(&format!("  {what:<40} {value:>18}\n"));
                }
            };
            line(&format!("imports, as {importer} reports them"), thousands(batch, "import_value", row));
            for (bar, words) in BARS {
                line(&format!("  {words}"), thousands(batch, bar, row).filter(|value| value != "0.0" && value != "-0.0"));
            }
            line(&format!("exports, as {exporter} reports them"), thousands(batch, "export_value", row));
            line("imports free on board over exports", number(batch, "ratio", row, 3));
            line("difference over the mean, percent", number(batch, "relative_to_mean", row, 1));
            line("coefficient CC1, percent", number(batch, "coefficient", row, 1));
            line("symmetric index", number(batch, "symmetric_index", row, 3));
            line("masses, import over export", number(batch, "mass_ratio", row, 3));
            line("of the single gaps explained, percent", number(batch, "explained_share", row, 1));
            text.push('\n');
        }
    }
    if !silent.is_empty() {
        silent.dedup();
        text.push_str(&format!("only one side has figures: {}\n", silent.join("; ")));
    }
    text
}

fn decimal(batch: &RecordBatch, column: &str, row: usize) -> Option<(i128, u32)> {
    let values = batch.column_by_name(column)?;
    let DataType::Decimal128(_, scale) = values.data_type() else { return None };
    let scale = u32::try_from(*scale).ok()?;
    (!values.is_null(row)).then(|| (values.as_primitive::<Decimal128Type>().value(row), scale))
}

fn thousands(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let (value, scale) = decimal(batch, column, row)?;
    let tenths = rounded(value, 10_i128.pow(scale + 2));
    let sign = if tenths < 0 { "-" } else { "" };
    let digits = (tenths.abs() / 10).to_string();
    let grouped: Vec<String> = digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    Some(format!("{sign}{}.{}", grouped.join(","), tenths.abs() % 10))
}

/// A ratio with so many decimals; one decimal is percent.
fn number(batch: &RecordBatch, column: &str, row: usize, decimals: u32) -> Option<String> {
    let (value, scale) = decimal(batch, column, row)?;
    let value = if decimals == 1 { value * 100 } else { value };
    let rounded = rounded(value, 10_i128.pow(scale - decimals.min(scale)));
    let unit = 10_i128.pow(decimals.min(scale));
    let sign = if rounded < 0 { "-" } else { "" };
    Some(format!("{sign}{}.{:0width$}", rounded.abs() / unit, rounded.abs() % unit, width = decimals as usize))
}

/// A quotient, half to even.
fn rounded(value: i128, by: i128) -> i128 {
    let (quotient, rest) = (value.abs() / by, value.abs() % by);
    let up = rest * 2 > by || (rest * 2 == by && quotient % 2 == 1);
    (quotient + i128::from(up)) * value.signum()
}
