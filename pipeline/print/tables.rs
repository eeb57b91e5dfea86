//! Published relations as tables for print: titles, units, kinds of columns, notes.
//!
//! Nothing here knows a table: titles come from the label list by the name of the relation
//! and of its columns, units and decimals from the SQL header, kinds from the column's name.

use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Field, Schema, SchemaRef};
use tradestat_output::{Column, ColumnKind, ROW_KIND, Table};

use super::page;
use crate::column::text_column;
use crate::describe::is_pure_number;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::method::{Method, Step, header::Layer};
use crate::run::{Job, Run};

/// `unit` of a table whose columns are in two currencies.
const BOTH_CURRENCIES: &str = "thousand";

/// `unit` of a table without money.
const NO_UNIT: &str = "none";

/// The order of the rows, which a file has anyway.
const HIDDEN: &[&str] = &["row_order"];

/// Codes that are words of the program, each in a table whose `name` says the same: data files have them.
const SAID_BY_NAME: &[&str] =
    &["cause", "indicator", "level", "oil_product", "recorded_by", "release_state", "screen", "special_category"];

/// Codes that are no codes of their list, where a list of codes has rows for more than itself.
const NO_CODES: &[&str] = &["-", "TOTAL", "same", "total", "unclassified", "unspecified"];

/// Stems that stand over several columns: `export_month` is `month` under `export`.
const STEMS: &[&str] = &["export", "import"];

/// Results whose code begins with T, in their order; the others only feed charts.
///
/// # Errors
/// Exit 5, where a header's `decimals` is no number.
pub fn tables(job: &Job<'_>, run: &Run, results: &[(String, Vec<RecordBatch>)], labels: &Labels) -> Result<Vec<Table>> {
    let describer = job.describer()?;
    let mut tables = Vec::new();
    for (name, batches) in results {
        let step = job.method.step(name)?;
        let code = step.code().unwrap_or(name).to_string();
        // Relations that only feed charts are not printed.
        if !code.starts_with('T') {
            continue;
        }
        let schema =
            batches.first().map(RecordBatch::schema).or_else(|| job.method.schema(name)).expect("the method was checked");
        let decimals = step.header.get("decimals").unwrap_or("1");
        let decimals: u32 = decimals.parse().map_err(|_| Error::Inconsistent {
            file: step.file.clone(),
            line: None,
            problem: format!("`decimals: {decimals}` is not a number"),
            hint: String::new(),
        })?;
        let header = step.header.get("unit").unwrap_or("thousand_usd");
        let currency = describer.currency_of(name);
        let (mut unit, scale) = unit_in(header, currency, labels);
        if header == BOTH_CURRENCIES {
            let currencies = [&job.profile.statistical_currency, &job.profile.reporter_currency];
            unit = currencies.map(|currency| unit_in("thousand_usd", currency, labels).0).join(", ");
        }
        // Some tables are of the last month, whatever the period.
        let is_of_period = reads(&job.method, step, "compared_month");
        let last = run.target.last().expect("a period has months");
        let heads = Heads {
            labels,
            code: &code,
            span: if is_of_period { page::span_of(run) } else { "month" },
            currency: &unit_in("one", currency, labels).0,
        };
        let columns = columns(&schema, &heads);
        let looks_back = step.header.get("period");
        let subtitle = match looks_back {
            Some(parameter) => {
                let months = job.parameter_count(parameter, &crate::run::day(run.published_month()).to_string())?;
                window(run, months, first_period(batches), labels)
            }
            None if is_of_period => page::period_in_words(run, labels),
            None => page::month_in_words(last, labels),
        };
        let printed = batches.iter().map(|batch| without_words(batch, &columns));
        tables.push(Table {
            title: labels.get("table", &code).map_or_else(|| step.header.title.clone(), String::from),
            subtitle,
            name: name.clone(),
            unit,
            scale,
            decimals,
            batches: printed.map(|batch| with_periods(&batch)).collect(),
            columns,
            notes: match step.header.list("notes") {
                own if !own.is_empty() => own.iter().filter_map(|name| labels.get("note", name)).map(String::from).collect(),
                _ => notes_of(job, &code, &schema, labels),
            },
            is_data_only: step.is_data_only(),
            source: job.method.is_mirror_table(step).then(|| labels.or_code("note", "mirror_source")),
            code,
        });
    }
    tables.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(tables)
}

/// A period is printed as what it is, `2026-03` or, in a row whose `frequency` is `A`, `2026`, not as its
/// first day. Data files keep the day.
fn with_periods(batch: &RecordBatch) -> RecordBatch {
    let schema = batch.schema();
    let Some(at) = schema.index_of("period").ok().filter(|at| *batch.column(*at).data_type() == DataType::Date32) else {
        return batch.clone();
    };
    let frequencies = schema.index_of("frequency").is_ok().then(|| text_column(batch, "frequency"));
    let name = |(row, days): (usize, Option<i32>)| {
        let month = days.map(crate::run::month_of)?;
        let is_year = frequencies.as_ref().is_some_and(|all| all.value(row) == "A");
        Some(if is_year { month[..4].to_string() } else { month })
    };
    let periods: StringArray = batch.column(at).as_primitive::<Date32Type>().iter().enumerate().map(name).collect();
    let (mut columns, mut fields) = (batch.columns().to_vec(), schema.fields().to_vec());
    columns[at] = Arc::new(periods);
    fields[at] = Arc::new(Field::new("period", DataType::Utf8, true));
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("columns of one length")
}

/// The months up to the published one that a table looks back over, from the first that it has:
/// `April 2025 – March 2026`.
fn window(run: &Run, months: u32, begins: Option<chrono::NaiveDate>, labels: &Labels) -> String {
    let last = crate::run::day(run.published_month());
    let first = last.checked_sub_months(chrono::Months::new(months.saturating_sub(1))).unwrap_or(last);
    let first = begins.unwrap_or(first).min(last);
    let words = |day: chrono::NaiveDate| page::month_in_words(&day.format("%Y-%m").to_string(), labels);
    if first == last { words(last) } else { format!("{} – {}", words(first), words(last)) }
}

/// The first of the periods that a table has a row for.
fn first_period(batches: &[RecordBatch]) -> Option<chrono::NaiveDate> {
    let periods = batches.iter().filter_map(|batch| batch.column_by_name("period")?.as_primitive_opt::<Date32Type>());
    periods.flat_map(|periods| periods.iter().flatten()).min().map(crate::run::day)
}

/// The rows without words of the program in the columns of codes, where a name says what the row is.
fn without_words(batch: &RecordBatch, columns: &[Column]) -> RecordBatch {
    let text = |name: &str| batch.column_by_name(name).and_then(|column| cast(column, &DataType::Utf8).ok());
    let Some(names) = columns.iter().find(|column| column.kind == ColumnKind::Text).and_then(|column| text(&column.name)) else {
        return batch.clone();
    };
    let names = names.as_string::<i32>();
    let (mut arrays, mut fields) = (batch.columns().to_vec(), batch.schema().fields().to_vec());
    for column in columns.iter().filter(|column| column.kind == ColumnKind::Code && column.name != ROW_KIND) {
        let (Some(codes), Ok(at)) = (text(&column.name), batch.schema().index_of(&column.name)) else { continue };
        let is_word = |row: usize, code: &str| NO_CODES.contains(&code) && names.is_valid(row) && !names.value(row).is_empty();
        let code = |(row, code): (usize, Option<&str>)| code.filter(|code| !is_word(row, code)).map(String::from);
        let codes: StringArray = codes.as_string::<i32>().iter().enumerate().map(code).collect();
        arrays[at] = Arc::new(codes);
        fields[at] = Arc::new(Field::new(column.name.as_str(), DataType::Utf8, true));
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).expect("columns of one length")
}

/// `thousand_usd` is thousands of the statistical currency, in words and as a power of ten;
/// `thousand` leaves the currency to the columns, `none` is a table without a unit.
pub fn unit(header: &str, currency: &str) -> (String, i32) {
    unit_in(header, currency, &Labels::default())
}

/// The same in the language of the labels.
pub fn unit_in(header: &str, currency: &str, labels: &Labels) -> (String, i32) {
    match header {
        BOTH_CURRENCIES => return (labels.get("unit", header).unwrap_or(header).into(), 3),
        NO_UNIT => return (String::new(), 0),
        _ => {}
    }
    let scale = match header.split([' ', '_']).next() {
        Some("thousand") => 3,
        Some("million") => 6,
        _ => 0,
    };
    let (multiple, english) = match scale {
        3 => ("thousand_", format!("thousand {currency}")),
        6 => ("million_", format!("million {currency}")),
        _ => ("", currency.to_string()),
    };
    let words = labels.get("unit", &format!("{multiple}{}", currency.to_lowercase()));
    (words.map_or(english, String::from), scale)
}

/// What the titles of columns depend on beside their names.
pub struct Heads<'h> {
    pub labels: &'h Labels,
    /// Of the table: a column may need more words in one table than in others.
    pub code: &'h str,
    /// What a column called `month` holds: `month`, `quarter` or `year`.
    pub span: &'static str,
    /// Of unit values, in words; empty where they are in several.
    pub currency: &'h str,
}

impl<'h> Heads<'h> {
    /// For rows of no published table: titles by the names of columns alone, a `month` being one.
    pub fn plain(labels: &'h Labels) -> Self {
        Heads { labels, code: "", span: "month", currency: "" }
    }

    fn get(&self, name: &str) -> Option<&str> {
        let of_span = || {
            self.labels
                .get("column", &name.replace("month", self.span))
                .filter(|_| self.span != "month" && name.contains("month"))
        };
        self.labels.get("column", &format!("{}.{name}", self.code)).or_else(of_span).or_else(|| self.labels.get("column", name))
    }

    fn title(&self, name: &str) -> String {
        self.get(name).map_or_else(|| self.labels.or_code("column", name), String::from)
    }
}

/// Whether a table reads another relation of its room, itself or through others there.
fn reads(method: &Method, step: &Step, wanted: &str) -> bool {
    let in_room = |name: &String| method.steps.get(name).filter(|read| read.layer == Layer::Tables);
    step.reads.iter().any(|name| name == wanted || in_room(name).is_some_and(|read| reads(method, read, wanted)))
}

/// Columns in the order of the schema, without those that only say the order of the rows.
pub fn columns(schema: &SchemaRef, heads: &Heads<'_>) -> Vec<Column> {
    let shown = schema.fields().iter().filter(|field| !HIDDEN.contains(&field.name().as_str()));
    let has_name = schema.fields().iter().any(|field| kind(field.name(), field.data_type()) == ColumnKind::Text);
    let is_said = |name: &str| {
        let is_named = SAID_BY_NAME.contains(&name) || (heads.code == "T13" && name == "measure");
        // A period is printed as the month or the year that it is.
        (has_name && is_named) || (name == "frequency" && schema.index_of("period").is_ok())
    };
    let columns = shown.map(|field| column(field.name(), field.data_type(), heads).derived_from(figures_behind(field.name())));
    columns.map(|column| if is_said(&column.name) { column.for_machines() } else { column }).collect()
}

/// Columns that a change or a share is computed from: it is an estimate where one of them is.
fn figures_behind(name: &str) -> Vec<String> {
    if let Some(figure) = name.strip_suffix("_growth") {
        return vec![figure.to_string(), format!("{figure}_year_before")];
    }
    match name.strip_suffix("_share") {
        Some(flow) => vec![format!("{flow}_to_date")],
        None => Vec::new(),
    }
}

fn column(name: &str, data_type: &DataType, heads: &Heads<'_>) -> Column {
    let kind = kind(name, data_type);
    if let Some(figure) = name.strip_suffix("_flag") {
        let of = column(figure, &DataType::Int64, heads);
        let title = format!("{}: {}", of.title, heads.title("flag"));
        return Column { name: name.into(), title, kind, ..of };
    }
    let under = STEMS.iter().find_map(|stem| Some((*stem, name.strip_prefix(stem)?.strip_prefix('_')?)));
    // Some columns only begin like that: they have a name of their own, and the rest of it has none.
    let under = under.filter(|(_, part)| heads.get(part).is_some() || heads.get(name).is_none());
    let column = match under {
        Some((stem, part)) => Column::new(name, heads.title(part), kind).under(heads.title(stem)),
        None => Column::new(name, heads.title(name), kind),
    };
    let is_price = kind == ColumnKind::Quantity && name.starts_with("unit_value") && !name.ends_with("ratio");
    let column = if is_price && !heads.currency.is_empty() { column.unit(heads.currency) } else { column };
    with_decimals(column, name)
}

fn with_decimals(column: Column, name: &str) -> Column {
    match column.kind {
        ColumnKind::Percent | ColumnKind::Share => column.decimals(1),
        ColumnKind::Quantity if is_pure_number(name) => column.decimals(3),
        ColumnKind::Quantity if name.contains("unit_value") => column.decimals(2),
        ColumnKind::Quantity => column.decimals(0),
        _ => column,
    }
}

fn kind(name: &str, data_type: &DataType) -> ColumnKind {
    let is_number = matches!(
        data_type,
        DataType::Decimal128(..)
            | DataType::Decimal256(..)
            | DataType::Float64
            | DataType::Int64
            | DataType::Int32
            | DataType::UInt64
    );
    match name {
        _ if name == "flag" || name.ends_with("_flag") => ColumnKind::Flag,
        _ if matches!(data_type, DataType::Date32) => ColumnKind::Date,
        _ if !is_number && (name == "name" || name.ends_with("_name")) => ColumnKind::Text,
        _ if !is_number => ColumnKind::Code,
        _ if name == "share" || name.ends_with("_share") || name.starts_with("relative_to_") => ColumnKind::Share,
        _ if is_pure_number(name) => ColumnKind::Quantity,
        _ if name.ends_with("_growth") => ColumnKind::Percent,
        _ if name.ends_with("_count") || name == "rank" || name == "level" => ColumnKind::Count,
        _ if name.contains("quantity") || name.contains("mass") || name.contains("unit_value") => ColumnKind::Quantity,
        _ => ColumnKind::Value,
    }
}

/// Notes under every table, and those of single tables: each only where it says something of the
/// table, and as the profile has chosen.
fn notes_of(job: &Job<'_>, code: &str, schema: &SchemaRef, labels: &Labels) -> Vec<String> {
    let note = |name: &str| labels.get("note", name).map(String::from);
    let all = |names: &[&str]| names.iter().filter_map(|name| note(name)).collect();
    if code == "T23" {
        // Days that nobody has decided must not look as if somebody had.
        let is_proposal = job.method.lists.get("release_rule").is_some_and(|list| list.is_unverified);
        return all(if is_proposal { &["calendar", "without_day"] } else { &["without_day"] });
    }
    let system = labels.get("trade_system", &job.profile.trade_system).map(|system| format!("{system}."));
    let date = match job.profile.recording_date.split('_').next() {
        Some("acceptance") => "acceptance_date",
        Some("arrival") => "arrival_date",
        _ => "release_date",
    };
    let has_growth = schema.fields().iter().any(|field| field.name().ends_with("growth"));
    let mut notes: Vec<String> = all(&[&job.profile.valuation]);
    notes.extend(system.filter(|_| code != "T14"));
    notes.extend(note(date));
    notes.extend(note("growth").filter(|_| has_growth));
    notes.extend(note("rounding"));
    notes.extend(all(match code {
        "T03" => &["partner", "groups"],
        "T05" => &["unclassified"],
        "T06" => &["unclassified", "bec_levels"],
        "T07" => &["unit_value"],
        "T08" => &["oil"],
        "T14" => &["movement"],
        "T17" => &["unit_value_window"],
        "T22" => &["of_month", "partner"],
        "T25" => &["partner"],
        _ => &[],
    }));
    notes
}
