//! The four charts, from published tables. Floats are for drawing only.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type};
use tradestat_output::chart::{Change, Month, Pair};
use tradestat_output::{Chart, Drawing};

use super::page::{month_in_words, period_in_words};
use super::tables::unit_in;
use crate::error::Result;
use crate::labels::Labels;
use crate::run::{Job, Run};

/// Charts of the release, with values in millions of the profile's currency.
pub fn charts(job: &Job<'_>, run: &Run, results: &[(String, Vec<RecordBatch>)], labels: &Labels) -> Result<Vec<Chart>> {
    // How many bars a chart has, at most.
    let on = crate::run::day(run.published_month()).to_string();
    let most = |name: &str| job.parameter_count(name, &on).map(|count| count as usize);
    let find = |code: &str| results.iter().find(|(name, _)| name.starts_with(code)).map(|(_, batches)| batches.as_slice());
    let subtitle = period_in_words(run, labels);
    let (million, _) = unit_in("million_usd", &job.profile.statistical_currency, labels);
    let chart = |name: &str, unit: &str, decimals: u32, drawing: Drawing| Chart {
        name: name.into(),
        title: labels.or_code("chart", name),
        subtitle: subtitle.clone(),
        unit: unit.into(),
        decimals,
        notes: Vec::new(),
        drawing,
    };
    let mut charts = Vec::new();
    if let Some(batches) = find("C01_") {
        let months = months(batches);
        // The picture is of all its months, not of the last of them.
        let words = |month: &Month| month_in_words(&format!("{}-{:02}", month.year, month.month), labels);
        let subtitle = match months.as_slice() {
            [first, .., last] => format!("{} – {}", words(first), words(last)),
            _ => subtitle.clone(),
        };
        let notes = estimated_months(batches, labels);
        charts.push(Chart { subtitle, notes, ..chart("monthly_trade", &million, 0, Drawing::Monthly(months)) });
    }
    if let Some(batches) = find("T03_") {
        charts.push(chart("partners", &million, 0, Drawing::Partners(largest(batches, most("chart_partners")?))));
    }
    if let Some(batches) = find("T04_") {
        charts.push(chart("sections", "%", 1, Drawing::Sections(sections(batches))));
        let (changes, is_cut) = chapters(batches, most("chart_chapters")?);
        let cut = labels.get("note", "largest_changes").filter(|_| is_cut);
        let notes = cut.map(|note| note.replace("{count}", &changes.len().to_string())).into_iter().collect();
        charts.push(Chart { notes, ..chart("chapters", &million, 1, Drawing::Change(changes)) });
    }
    Ok(charts)
}

/// Rows of a table as text and numbers, whatever the types behind them.
struct Rows {
    texts: std::collections::HashMap<String, Vec<Option<String>>>,
    numbers: std::collections::HashMap<String, Vec<Option<f64>>>,
    count: usize,
}

impl Rows {
    fn of(batches: &[RecordBatch]) -> Self {
        let mut rows = Rows { texts: Default::default(), numbers: Default::default(), count: 0 };
        for batch in batches {
            rows.count += batch.num_rows();
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                if let Ok(text) = cast(column, &DataType::Utf8) {
                    let text = text.as_string::<i32>().iter().map(|t| t.map(String::from));
                    rows.texts.entry(field.name().clone()).or_default().extend(text);
                }
                if matches!(column.data_type(), DataType::Decimal128(..) | DataType::Int64 | DataType::Int32 | DataType::Float64)
                    && let Ok(numbers) = cast(column, &DataType::Float64)
                {
                    rows.numbers.entry(field.name().clone()).or_default().extend(numbers.as_primitive::<Float64Type>().iter());
                }
            }
        }
        rows
    }

    fn text(&self, column: &str, row: usize) -> &str {
        self.texts.get(column).and_then(|cells| cells[row].as_deref()).unwrap_or_default()
    }

    fn millions(&self, column: &str, row: usize) -> Option<f64> {
        Some(self.numbers.get(column)?[row]? / 1e6)
    }

    /// Whether the figure of a column is an estimate.
    fn is_estimate(&self, column: &str, row: usize) -> bool {
        self.text(&format!("{column}_flag"), row).contains('e')
    }

    /// Rows of a level, `row` or `group`, by the table's own mark.
    fn of_kind(&self, kind: &str) -> Vec<usize> {
        (0..self.count).filter(|row| self.text("row_kind", *row) == kind).collect()
    }

    /// The name in the language of print.
    fn label(&self, row: usize) -> String {
        let columns = ["name", "partner_name"];
        columns.into_iter().map(|column| self.text(column, row)).find(|name| !name.is_empty()).unwrap_or_default().into()
    }
}

fn months(batches: &[RecordBatch]) -> Vec<Month> {
    let rows = Rows::of(batches);
    let mut months = Vec::new();
    for batch in batches {
        let Some(period) = batch.column_by_name("period").and_then(|column| cast(column, &DataType::Date32).ok()) else {
            continue;
        };
        let period = period.as_primitive::<Date32Type>();
        for row in 0..period.len() {
            let at = months.len();
            let name = crate::run::month_of(period.value(row));
            let (year, month) = name.split_once('-').expect("months are year and number");
            months.push(Month {
                year: year.parse().unwrap_or_default(),
                month: month.parse().unwrap_or(1),
                exports: rows.millions("exports", at),
                imports: rows.millions("imports", at),
                balance: rows.millions("balance", at),
            });
        }
    }
    months
}

/// Flows of which nothing is known in any month of the chart.
pub fn flows_without_data(batches: &[RecordBatch]) -> Vec<&'static str> {
    let rows = Rows::of(batches);
    let has_value = |flow: &str| (0..rows.count).any(|row| rows.millions(flow, row).is_some());
    ["exports", "imports"].into_iter().filter(|flow| rows.count > 0 && !has_value(flow)).collect()
}

/// A line for each flow that says in which months it is an estimate: its points have no figures
/// that could bear the mark.
fn estimated_months(batches: &[RecordBatch], labels: &Labels) -> Vec<String> {
    let (rows, months) = (Rows::of(batches), months(batches));
    let word = |month: &Month| month_in_words(&format!("{}-{:02}", month.year, month.month), labels);
    let of_flow = |flow: &str| {
        let marked = (0..months.len()).filter(|row| rows.is_estimate(flow, *row));
        // Neighbouring months are said as one span.
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for row in marked {
            match spans.last_mut() {
                Some((_, last)) if *last + 1 == row => *last = row,
                _ => spans.push((row, row)),
            }
        }
        let said = |(first, last): &(usize, usize)| match first == last {
            true => word(&months[*first]),
            false => format!("{} – {}", word(&months[*first]), word(&months[*last])),
        };
        let spans: Vec<String> = spans.iter().map(said).collect();
        let meaning = labels.get("word", "sign_estimate").unwrap_or("estimate, or holds an estimate");
        (!spans.is_empty()).then(|| format!("{}, {meaning}: {}", labels.or_code("word", flow), spans.join(", ")))
    };
    ["exports", "imports"].into_iter().filter_map(of_flow).collect()
}

/// Largest partners by turnover of the month.
fn largest(batches: &[RecordBatch], most: usize) -> Vec<Pair> {
    let rows = Rows::of(batches);
    let mut pairs: Vec<Pair> = rows
        .of_kind("row")
        .into_iter()
        .map(|row| Pair {
            label: rows.label(row),
            exports: rows.millions("export_month", row),
            imports: rows.millions("import_month", row),
            estimated: ["export_month", "import_month"].map(|column| rows.is_estimate(column, row)),
        })
        .collect();
    let turnover = |pair: &Pair| pair.exports.unwrap_or(0.0) + pair.imports.unwrap_or(0.0);
    pairs.sort_by(|a, b| turnover(b).total_cmp(&turnover(a)));
    pairs.truncate(most);
    pairs
}

/// Shares of the sections in the month's exports and imports, largest first.
fn sections(batches: &[RecordBatch]) -> Vec<Pair> {
    let rows = Rows::of(batches);
    let groups = rows.of_kind("group");
    let total = |column: &str| groups.iter().filter_map(|row| rows.millions(column, *row)).sum::<f64>();
    let (exports, imports) = (total("export_month"), total("import_month"));
    let share = |value: Option<f64>, total: f64| value.filter(|_| total > 0.0).map(|value| 100.0 * value / total);
    let mut pairs: Vec<Pair> = groups
        .iter()
        .map(|row| Pair {
            label: rows.label(*row),
            exports: share(rows.millions("export_month", *row), exports),
            imports: share(rows.millions("import_month", *row), imports),
            estimated: ["export_month", "import_month"].map(|column| rows.is_estimate(column, *row)),
        })
        .collect();
    let both = |pair: &Pair| pair.exports.unwrap_or(0.0) + pair.imports.unwrap_or(0.0);
    pairs.sort_by(|a, b| both(b).total_cmp(&both(a)));
    pairs
}

/// Chapters whose turnover moved most against the same month a year before, and whether more moved.
fn chapters(batches: &[RecordBatch], most: usize) -> (Vec<Change>, bool) {
    let rows = Rows::of(batches);
    let change = |row: usize, flow: &str| {
        let now = rows.millions(&format!("{flow}_month"), row)?;
        Some(now - rows.millions(&format!("{flow}_month_year_before"), row)?)
    };
    let moved = ["export_month", "export_month_year_before", "import_month", "import_month_year_before"];
    let mut changes: Vec<Change> = rows
        .of_kind("row")
        .into_iter()
        .map(|row| Change {
            label: format!("{} {}", rows.text("chapter", row), rows.text("name", row)),
            change: match (change(row, "export"), change(row, "import")) {
                (None, None) => None,
                (exports, imports) => Some(exports.unwrap_or(0.0) + imports.unwrap_or(0.0)),
            },
            is_estimate: moved.iter().any(|column| rows.is_estimate(column, row)),
        })
        .filter(|moved| moved.change.is_some_and(|change| change != 0.0))
        .collect();
    changes.sort_by(|a, b| b.change.unwrap_or(0.0).abs().total_cmp(&a.change.unwrap_or(0.0).abs()));
    let is_cut = changes.len() > most;
    changes.truncate(most);
    changes.sort_by(|a, b| b.change.unwrap_or(0.0).total_cmp(&a.change.unwrap_or(0.0)));
    (changes, is_cut)
}
