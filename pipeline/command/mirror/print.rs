//! The comparison for people: a block a pair of countries, from the export to the import.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Decimal128Type};

use crate::labels::Labels;
use crate::stage::mirror::view::{BARS, Choice, texts};

/// Pairs with figures of one side alone that are named; the line says how many there are.
const NAMED: usize = 5;

/// Values in thousands of dollars with one decimal; shares in percent.
pub fn blocks(batches: &[RecordBatch], choice: &Choice<'_>, labels: &Labels) -> String {
    let mut text = String::new();
    let mut silent = BTreeMap::new();
    for batch in batches {
        let names = ["exporter", "importer", "period", "code", "class"].map(|name| texts(batch, name));
        for row in 0..batch.num_rows() {
            let [exporter, importer, period, code, class] = names.each_ref().map(|column| column[row].as_str());
            let period = if choice.is_year { &period[..4.min(period.len())] } else { &period[..7.min(period.len())] };
            if class == "lost" {
                let values = ["lost_import_value", "lost_export_value"]
                    .map(|column| decimal(batch, column, row).map_or(0, |(value, scale)| tenths(value, scale)));
                *silent.entry(format!("{exporter} to {importer}, {period}")).or_insert(0) += values.into_iter().sum::<i128>();
                continue;
            }
            let goods = if code == "TOTAL" { String::new() } else { format!(", {code}") };
            text.push_str(&format!("{exporter} to {importer}, {period}{goods}: {class} (thousand USD)\n"));
            let mut line = |what: &str, value: Option<String>| {
                if let Some(value) = value {
                    text.push_str(&format!("  {what:<40} {value:>18}\n"));
                }
            };
            line(&format!("exports, as {exporter} reports them"), thousands(batch, "export_value", row));
            for bar in BARS {
                let words = labels.or_code("mirror_cause", bar).to_lowercase();
                line(&format!("  {words}"), thousands(batch, bar, row).filter(|value| value != "0.0" && value != "-0.0"));
            }
            line(&format!("imports, as {importer} reports them"), thousands(batch, "import_value", row));
            line("imports as reported, FOB, over exports", number(batch, "ratio", row, 3));
            line("difference over the mean, percent", number(batch, "relative_to_mean", row, 1));
            line("coefficient CC1, percent", number(batch, "coefficient", row, 1));
            line("symmetric index", number(batch, "symmetric_index", row, 3));
            line("masses, import over export", number(batch, "mass_ratio", row, 3));
            line("of the single gaps explained, percent", number(batch, "explained_share", row, 1));
            text.push('\n');
        }
    }
    text.push_str(&one_sided(silent));
    text
}

/// Pairs of which one side is silent, with tenths of thousand dollars: how many, and the largest.
fn one_sided(pairs: BTreeMap<String, i128>) -> String {
    let count = pairs.len();
    let mut pairs: Vec<(String, i128)> = pairs.into_iter().collect();
    pairs.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let named: Vec<String> = pairs.iter().take(NAMED).map(|(pair, value)| format!("{pair} ({})", grouped(*value))).collect();
    match named.join("; ") {
        _ if count == 0 => String::new(),
        named if count <= NAMED => format!("only one side has figures: {named}\n"),
        named => format!("only one side has figures: {count} pairs, the largest {named}; all of them with --format csv\n"),
    }
}

fn decimal(batch: &RecordBatch, column: &str, row: usize) -> Option<(i128, u32)> {
    let values = batch.column_by_name(column)?;
    let DataType::Decimal128(_, scale) = values.data_type() else { return None };
    let scale = u32::try_from(*scale).ok()?;
    (!values.is_null(row)).then(|| (values.as_primitive::<Decimal128Type>().value(row), scale))
}

fn thousands(batch: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let (value, scale) = decimal(batch, column, row)?;
    Some(grouped(tenths(value, scale)))
}

/// Tenths of thousands.
fn tenths(value: i128, scale: u32) -> i128 {
    rounded(value, 10_i128.pow(scale + 2))
}

fn grouped(tenths: i128) -> String {
    let sign = if tenths < 0 { "-" } else { "" };
    let digits = (tenths.abs() / 10).to_string();
    let grouped: Vec<String> =
        digits.as_bytes().rchunks(3).rev().map(|part| String::from_utf8_lossy(part).into_owned()).collect();
    format!("{sign}{}.{}", grouped.join(","), tenths.abs() % 10)
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
