//! Months and flows without data, and what a release says of them, so that none reads as nil.

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type};

use super::charts;
use super::page::month_in_words;
use crate::column::{int_column, text_column};
use crate::error::Result;
use crate::labels::Labels;
use crate::run::{Job, Run, day, month_of, months_until};

/// Where the method says which months have data of which flow.
pub const RELATION: &str = "declared_month";

const FLOWS: [(&str, &str); 2] = [("X", "exports"), ("M", "imports")];

/// A flow of a month.
struct Declared {
    month: String,
    flow: String,
    items: i64,
    usual: i64,
    has_data: bool,
}

fn declared(results: &[(String, Vec<RecordBatch>)]) -> Vec<Declared> {
    let mut all = Vec::new();
    for batch in results.iter().filter(|(name, _)| name == RELATION).flat_map(|(_, batches)| batches) {
        let column = |name: &str| batch.column_by_name(name).expect("a column of it");
        let months = cast(column("period"), &DataType::Date32).expect("days");
        let (items, usual) = (int_column(batch, "item_count"), int_column(batch, "usual_item_count"));
        let (flows, has_data) = (text_column(batch, "flow"), column("has_data").as_boolean());
        all.extend((0..batch.num_rows()).map(|row| Declared {
            month: month_of(months.as_primitive::<Date32Type>().value(row)),
            flow: flows.value(row).to_string(),
            items: items.value(row),
            usual: usual.value(row),
            has_data: has_data.is_valid(row) && has_data.value(row),
        }));
    }
    all.sort_by(|a, b| a.month.cmp(&b.month));
    all
}

/// Compiled months of which there are no data all the same.
pub fn months_without_data(run: &Run, results: &[(String, Vec<RecordBatch>)]) -> Vec<String> {
    let declared = declared(results);
    let mut months = run.compiled_months();
    months.retain(|month| !declared.iter().any(|of| of.month == *month && of.has_data));
    months
}

/// The code of a note and what it is about.
type Kind<'k> = (&'k str, &'k dyn Fn(&Declared) -> bool);

/// Months that the year to date lacks, flows that months of the release lack, months that count as
/// missing because next to nothing was declared in them, and flows of which nothing is known at all.
pub fn notices(job: &Job<'_>, run: &Run, results: &[(String, Vec<RecordBatch>)], labels: &Labels) -> Result<Vec<String>> {
    let on = day(run.published_month()).to_string();
    let share: f64 = job.parameter("month_items_share_min", &on)?.parse().unwrap_or_default();
    let shown = months_until(run.published_month(), job.parameter_count("chart_months", &on)?);
    let mut declared = declared(results);
    declared.retain(|of| shown.contains(&of.month));
    let note = |code: &str| labels.or_code("note", code).replace("{share}", &format!("{}", (share * 1000.0).round() / 10.0));
    let words = |month: &String| month_in_words(month, labels);
    let mut notices = Vec::new();
    let absent: Vec<String> = run.absent_months().iter().map(words).collect();
    if !absent.is_empty() {
        notices.push(format!("{}: {}.", note("absent_months"), absent.join(", ")));
    }
    let has_other =
        |of: &Declared| declared.iter().any(|other| other.month == of.month && other.flow != of.flow && other.has_data);
    let is_late = |of: &Declared| !of.has_data && of.items == 0 && has_other(of);
    let is_stray = |of: &Declared| !of.has_data && of.items > 0;
    let is_few = |of: &Declared| of.has_data && (of.items as f64) < share * of.usual as f64;
    let kinds: [Kind; 3] = [("late_flow", &is_late), ("stray_items", &is_stray), ("few_items", &is_few)];
    for (code, is_meant) in kinds {
        let of_flow = |(flow, word): &(&str, &str)| {
            let months: Vec<String> =
                declared.iter().filter(|of| of.flow == *flow && is_meant(of)).map(|of| words(&of.month)).collect();
            (!months.is_empty()).then(|| format!("{}, {}", labels.or_code("word", word), months.join(", ")))
        };
        let found: Vec<String> = FLOWS.iter().filter_map(of_flow).collect();
        if !found.is_empty() {
            notices.push(format!("{}: {}.", note(code), found.join("; ")));
        }
    }
    let monthly = results.iter().find(|(name, _)| name.starts_with("C01_")).map(|(_, batches)| batches.as_slice());
    let silent = charts::flows_without_data(monthly.unwrap_or_default());
    notices.extend(silent.into_iter().map(|flow| note(&format!("no_{flow}"))));
    Ok(notices)
}
