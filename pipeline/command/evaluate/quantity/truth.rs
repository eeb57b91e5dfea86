//! Hidden values with what is left of their items.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::JoinType;
use datafusion::prelude::SessionContext;

use crate::error::{Error, Result};
use crate::run::Job;

/// A hidden value and the item it belongs to, as declared.
pub struct Hidden {
    pub field: String,
    /// `random` or `office`.
    pub how: String,
    pub value: f64,
    /// Months since year 0, by which windows are cut.
    pub month: i32,
    pub flow: String,
    pub partner: String,
    pub code: String,
    /// The standard unit of its subheading that day.
    pub unit: String,
    pub statistical_value: f64,
    pub gross_mass_kg: Option<f64>,
    pub net_mass_kg: Option<f64>,
    pub quantity: Option<f64>,
    pub mode: String,
    /// Where it is sent from, or to.
    pub other_end: String,
    pub terms: String,
    pub price: Option<f64>,
}

const COLUMNS: [&str; 15] = [
    "batch_id",
    "line_no",
    "procedure_code",
    "release_date",
    "origin_country",
    "destination_country",
    "consignment_country",
    "commodity_code",
    "statistical_value",
    "gross_mass_kg",
    "net_mass_kg",
    "supplementary_quantity",
    "border_transport_mode",
    "delivery_terms",
    "invoice_amount",
];

/// The batch of an item and its line.
type Line = (String, i64);
/// A field that was left empty, how, and what stood in it.
type Emptied = (String, String, f64);

/// Reads `hidden.csv` of a demonstration and the items of the store that it is about.
pub async fn read(ctx: &SessionContext, job: &Job<'_>) -> Result<Vec<Hidden>> {
    let path = job.workspace.root.join("hidden.csv");
    let mut file = csv::Reader::from_path(&path).map_err(|_| Error::NothingToRead {
        problem: format!("there is no `{}`", path.display()),
        hint: "`tradestat demo` writes one; estimates can be evaluated only where the truth is known".into(),
    })?;
    let batches: BTreeMap<String, String> =
        job.store.batches().await?.into_iter().map(|batch| (batch.source, batch.id)).collect();
    let mut truth: HashMap<Line, Vec<Emptied>> = HashMap::new();
    for row in file.records().flatten() {
        let source = format!("declarations-{}.csv", &row[0]);
        let Some(batch) = batches.get(&source) else { continue };
        let line = row[1].parse().unwrap_or_default();
        let value = row[6].parse().unwrap_or_default();
        truth.entry((batch.clone(), line)).or_default().push((row[4].into(), row[5].into(), value));
    }
    let flows = flows(job)?;
    let units = units(job)?;
    let mut hidden = Vec::new();
    for item in items(ctx, truth.keys()).await? {
        let line = item[1].parse().unwrap_or_default();
        let Some(flow) = flows.get(&item[2]) else { continue };
        let is_import = flow == "M";
        for (field, how, value) in truth.get(&(item[0].clone(), line)).into_iter().flatten() {
            hidden.push(Hidden {
                field: field.clone(),
                how: how.clone(),
                value: *value,
                month: month(&item[3]),
                flow: flow.clone(),
                partner: item[if is_import { 4 } else { 5 }].clone(),
                code: item[7].clone(),
                unit: unit_on(&units, &item[7], &item[3]),
                statistical_value: item[8].parse().unwrap_or_default(),
                gross_mass_kg: item[9].parse().ok(),
                net_mass_kg: item[10].parse().ok(),
                quantity: item[11].parse().ok(),
                mode: item[12].clone(),
                other_end: item[if is_import { 6 } else { 5 }].clone(),
                terms: item[13].clone(),
                price: item[14].parse().ok(),
            });
        }
    }
    hidden.retain(|one| one.statistical_value > 0.0);
    Ok(hidden)
}

/// Months since year 0 of an ISO date.
pub fn month(date: &str) -> i32 {
    let part = |range: std::ops::Range<usize>| date.get(range).and_then(|text| text.parse::<i32>().ok()).unwrap_or_default();
    part(0..4) * 12 + part(5..7)
}

/// The items of some lines, as text.
async fn items(ctx: &SessionContext, lines: impl Iterator<Item = &(String, i64)>) -> Result<Vec<Vec<String>>> {
    let doing = || Error::engine("reading the items whose values were hidden");
    let (ids, numbers): (Vec<&str>, Vec<i64>) = lines.map(|(batch, line)| (batch.as_str(), *line)).unzip();
    let keys: Vec<(&str, ArrayRef)> =
        vec![("hidden_batch", Arc::new(StringArray::from(ids))), ("hidden_line", Arc::new(Int64Array::from(numbers)))];
    let keys = RecordBatch::try_from_iter(keys).expect("two columns of one length");
    let keys = ctx.read_batch(keys).map_err(doing())?;
    let found = ctx.table("item").await.map_err(doing())?.select_columns(&COLUMNS).map_err(doing())?;
    let found = keys.join(found, JoinType::Inner, &["hidden_batch", "hidden_line"], &["batch_id", "line_no"], None);
    let found = found.and_then(|frame| frame.select_columns(&COLUMNS)).map_err(doing())?;
    Ok(found.collect().await.map_err(doing())?.iter().flat_map(rows).collect())
}

/// Rows of a batch as text; null is empty.
pub fn rows(batch: &RecordBatch) -> Vec<Vec<String>> {
    let column = |array: &ArrayRef| cast(array, &DataType::Utf8).expect("everything has a text").as_string::<i32>().clone();
    let columns: Vec<StringArray> = batch.columns().iter().map(column).collect();
    let text = |column: &StringArray, row: usize| if column.is_null(row) { String::new() } else { column.value(row).to_string() };
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| text(column, row)).collect()).collect()
}

/// Flow of each procedure.
fn flows(job: &Job<'_>) -> Result<HashMap<String, String>> {
    Ok(list(job, "procedure", &["procedure_code", "flow"])?
        .into_iter()
        .filter(|row| !row[1].is_empty())
        .map(|row| (row[0].clone(), row[1].clone()))
        .collect())
}

/// Standard units of each subheading, with the days between which they hold.
type Units = HashMap<String, Vec<(String, String, String)>>;

fn units(job: &Job<'_>) -> Result<Units> {
    let mut units = Units::new();
    for row in list(job, "commodity", &["code", "standard_unit", "valid_from", "valid_to"])? {
        let [code, unit, from, to] = <[String; 4]>::try_from(row).expect("four columns were asked for");
        units.entry(code).or_default().push((from, to, unit));
    }
    Ok(units)
}

/// The unit of a code on an ISO date; empty where the code has none.
fn unit_on(units: &Units, code: &str, day: &str) -> String {
    let of_code = code.get(..6).and_then(|subheading| units.get(subheading));
    let in_force = of_code.and_then(|all| all.iter().find(|(from, to, _)| from.as_str() <= day && day <= to.as_str()));
    in_force.map(|(_, _, unit)| unit.clone()).unwrap_or_default()
}

/// Columns of a code list, as text.
pub fn list(job: &Job<'_>, name: &str, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    let list = &job.method.lists[name];
    let places: Vec<usize> = columns.iter().filter_map(|column| list.schema.index_of(column).ok()).collect();
    Ok(list.records()?.iter().map(|(_, row)| places.iter().map(|place| row[*place].to_string()).collect()).collect())
}
