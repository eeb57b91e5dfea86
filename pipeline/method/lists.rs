//! Code lists: the CSV files of `reference/`, typed and checked by its `datapackage.json`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Decimal128Builder, Int32Builder, RecordBatch, StringDictionaryBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use serde::Deserialize;

use crate::error::{Error, Result, nearest};
use crate::lines::Lines;

#[derive(Debug, Clone, Deserialize)]
struct Package {
    resources: Vec<Resource>,
}

#[derive(Debug, Clone, Deserialize)]
struct Resource {
    name: String,
    path: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    sources: Vec<Source>,
    #[serde(default)]
    unverified: bool,
    schema: TableSchema,
}

#[derive(Debug, Clone, Deserialize)]
struct Source {
    #[serde(default)]
    title: String,
    #[serde(default)]
    licence: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema {
    fields: Vec<ListField>,
    #[serde(default)]
    primary_key: Option<OneOrMany>,
    #[serde(default)]
    foreign_keys: Vec<ForeignKey>,
}

#[derive(Debug, Clone, Deserialize)]
struct ForeignKey {
    fields: OneOrMany,
    reference: Reference,
}

#[derive(Debug, Clone, Deserialize)]
struct Reference {
    resource: String,
    fields: OneOrMany,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn names(&self) -> Vec<String> {
        match self {
            OneOrMany::One(name) => vec![name.clone()],
            OneOrMany::Many(names) => names.clone(),
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
struct ListField {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    description: String,
}

/// A code list: its text, and what the package says of it.
#[derive(Debug, Clone)]
pub struct List {
    pub name: String,
    pub file: String,
    pub title: String,
    pub description: String,
    pub sources: Vec<String>,
    pub licences: Vec<String>,
    pub is_unverified: bool,
    pub key: Vec<String>,
    pub schema: SchemaRef,
    /// What each column is; not in the schema, because the engine refuses unions of columns that differ in it.
    pub descriptions: Vec<String>,
    text: Arc<[u8]>,
    /// Parsed once: checks, spans and relations all read the same rows.
    rows: Arc<OnceLock<Vec<Row>>>,
    /// Typed once: each session of a run takes the same columns.
    batch: Arc<OnceLock<RecordBatch>>,
    foreign: Vec<(Vec<String>, String, Vec<String>)>,
}

/// A row with the line it begins on.
pub type Row = (u64, csv::StringRecord);

/// Reads the package; `find` gives the bytes of a file below `reference/`.
pub fn read_package(find: impl Fn(&str) -> Option<Arc<[u8]>>) -> Result<BTreeMap<String, List>> {
    let file = "reference/datapackage.json";
    let wrong = |problem: String, hint: String| Error::Inconsistent { file: file.into(), line: None, problem, hint };
    let text = find("datapackage.json").ok_or_else(|| wrong("the file is missing".into(), String::new()))?;
    let package: Package =
        serde_json::from_slice(&text).map_err(|e| wrong(format!("is not a data package: {e}"), String::new()))?;
    let mut lists = BTreeMap::new();
    for resource in package.resources {
        let text = find(&resource.path)
            .ok_or_else(|| wrong(format!("names `{}`, which does not exist", resource.path), String::new()))?;
        let mut fields = Vec::new();
        for field in &resource.schema.fields {
            let kind = arrow_type(&field.kind)
                .ok_or_else(|| wrong(format!("list `{}`: unknown type `{}`", resource.name, field.kind), String::new()))?;
            fields.push(Field::new(&field.name, kind, true));
        }
        let list = List {
            file: format!("reference/{}", resource.path),
            title: resource.title,
            description: resource.description,
            licences: resource.sources.iter().map(|s| s.licence.clone()).filter(|licence| !licence.is_empty()).collect(),
            sources: resource.sources.into_iter().map(|s| s.title).collect(),
            is_unverified: resource.unverified,
            key: resource.schema.primary_key.map(|k| k.names()).unwrap_or_default(),
            schema: Arc::new(Schema::new(fields)),
            descriptions: resource.schema.fields.iter().map(|field| field.description.clone()).collect(),
            text,
            rows: Arc::default(),
            batch: Arc::default(),
            foreign: resource
                .schema
                .foreign_keys
                .iter()
                .map(|f| (f.fields.names(), f.reference.resource.clone(), f.reference.fields.names()))
                .collect(),
            name: resource.name.clone(),
        };
        if lists.insert(resource.name.clone(), list).is_some() {
            return Err(wrong(format!("list `{}` stands twice", resource.name), String::new()));
        }
    }
    Ok(lists)
}

fn arrow_type(kind: &str) -> Option<DataType> {
    Some(match kind {
        "string" => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        "integer" => DataType::Int32,
        // Rates and thresholds: exact, with room for eight decimals.
        "number" => DataType::Decimal128(28, 10),
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        _ => return None,
    })
}

impl List {
    /// The same list with other rows: what an import would make of it.
    pub fn with_text(&self, text: &[u8]) -> List {
        List { text: text.into(), rows: Arc::default(), batch: Arc::default(), ..self.clone() }
    }

    fn wrong(&self, line: u64, problem: String, hint: String) -> Error {
        Error::Inconsistent { file: self.file.clone(), line: Some(line), problem, hint }
    }

    /// The rows as text, header checked against the package.
    pub fn records(&self) -> Result<&[Row]> {
        if self.rows.get().is_none() {
            // Another thread may have been quicker: its rows are the same.
            let _ = self.rows.set(self.parse()?);
        }
        Ok(self.rows.get().expect("just set"))
    }

    /// What a column holds in the rows that are valid on a day from `first` to `last` (2026-03-01).
    pub fn in_force(&self, column: &str, first: &str, last: &str) -> Result<BTreeSet<&str>> {
        let at = |name: &str| self.schema.index_of(name).expect("a column of the list");
        let (column, from, to) = (at(column), at("valid_from"), at("valid_to"));
        let is_valid = |row: &csv::StringRecord| &row[from] <= last && &row[to] >= first;
        Ok(self.records()?.iter().filter(|(_, row)| is_valid(row)).map(|(_, row)| &row[column]).collect())
    }

    fn parse(&self) -> Result<Vec<Row>> {
        let mut reader = csv::ReaderBuilder::new().from_reader(&*self.text);
        let header = reader.headers().map_err(|e| self.wrong(1, e.to_string(), String::new()))?.clone();
        let expected: Vec<&str> = self.schema.fields().iter().map(|f| f.name().as_str()).collect();
        if header.iter().ne(expected.iter().copied()) {
            let found: Vec<&str> = header.iter().collect();
            let hint = format!("datapackage.json expects {}", expected.join(","));
            return Err(self.wrong(1, format!("columns are {}", found.join(",")), hint));
        }
        let (mut rows, mut lines) = (Vec::new(), Lines::of(&self.text));
        for record in reader.records() {
            let record = record.map_err(|e| {
                let (line, problem) = lines.wrong(&e);
                self.wrong(line, problem, String::new())
            })?;
            rows.push((lines.at(record.position()), record));
        }
        Ok(rows)
    }

    /// The list as a relation. An empty cell is null; codes stay text, `NA` too.
    pub fn batch(&self) -> Result<RecordBatch> {
        if self.batch.get().is_none() {
            let _ = self.batch.set(self.typed()?);
        }
        Ok(self.batch.get().expect("just set").clone())
    }

    fn typed(&self) -> Result<RecordBatch> {
        let rows = self.records()?;
        let mut columns: Vec<ArrayRef> = Vec::new();
        for (index, field) in self.schema.fields().iter().enumerate() {
            let cells = rows.iter().map(|(line, record)| (*line, record.get(index).unwrap_or_default()));
            columns.push(self.column(field, cells)?);
        }
        RecordBatch::try_new(self.schema.clone(), columns).map_err(|e| self.wrong(0, e.to_string(), String::new()))
    }

    fn column<'a>(&self, field: &Field, cells: impl Iterator<Item = (u64, &'a str)>) -> Result<ArrayRef> {
        let bad = |line: u64, cell: &str, kind: &str| {
            self.wrong(line, format!("column `{}` holds `{cell}`", field.name()), format!("expected {kind}"))
        };
        Ok(match field.data_type() {
            DataType::Int32 => {
                let mut column = Int32Builder::new();
                for (line, cell) in cells {
                    let value = cell.parse().map_err(|_| bad(line, cell, "a whole number"));
                    column.append_option(if cell.is_empty() { None } else { Some(value?) });
                }
                Arc::new(column.finish())
            }
            DataType::Boolean => {
                let mut column = BooleanBuilder::new();
                for (line, cell) in cells {
                    column.append_option(match cell {
                        "" => None,
                        "true" => Some(true),
                        "false" => Some(false),
                        _ => return Err(bad(line, cell, "true or false")),
                    });
                }
                Arc::new(column.finish())
            }
            DataType::Date32 => {
                let mut column = Date32Builder::new();
                for (line, cell) in cells {
                    let value = crate::run::day_number(cell).ok_or_else(|| bad(line, cell, "a date like 2026-03-31"));
                    column.append_option(if cell.is_empty() { None } else { Some(value?) });
                }
                Arc::new(column.finish())
            }
            DataType::Decimal128(precision, scale) => {
                let mut column = Decimal128Builder::new().with_data_type(DataType::Decimal128(*precision, *scale));
                for (line, cell) in cells {
                    let value = exact(cell, *scale as u32).ok_or_else(|| bad(line, cell, "a number like 1.7"));
                    column.append_option(if cell.is_empty() { None } else { Some(value?) });
                }
                Arc::new(column.finish())
            }
            _ => {
                let mut column = StringDictionaryBuilder::<Int32Type>::new();
                for (_, cell) in cells {
                    column.append_option((!cell.is_empty()).then_some(cell));
                }
                Arc::new(column.finish())
            }
        })
    }

    /// Keys unique, dated keys without overlap, foreign keys present in the lists they name.
    pub fn check(&self, lists: &BTreeMap<String, List>) -> Result<()> {
        let rows = self.records()?;
        let place = |name: &str| self.schema.index_of(name).ok();
        let key: Vec<usize> = self.key.iter().filter_map(|name| place(name)).collect();
        let mut seen = HashSet::new();
        for (line, record) in rows {
            let value: Vec<&str> = key.iter().map(|i| &record[*i]).collect();
            if !key.is_empty() && !seen.insert(value.clone()) {
                return Err(self.wrong(*line, format!("the key `{}` stands twice", value.join(",")), String::new()));
            }
        }
        self.check_validity(rows)?;
        for (fields, other, targets) in &self.foreign {
            let unknown = || Error::Inconsistent {
                file: "reference/datapackage.json".into(),
                line: None,
                problem: format!("list `{}` refers to `{other}`, which is no list", self.name),
                hint: nearest(other, lists.keys().map(String::as_str)).map(|n| format!("did you mean `{n}`")).unwrap_or_default(),
            };
            let target = lists.get(other).ok_or_else(unknown)?;
            let columns: Vec<usize> = targets.iter().filter_map(|name| target.schema.index_of(name).ok()).collect();
            let known: HashSet<Vec<String>> =
                target.records()?.iter().map(|(_, record)| columns.iter().map(|i| record[*i].to_string()).collect()).collect();
            let own: Vec<usize> = fields.iter().filter_map(|name| place(name)).collect();
            for (line, record) in rows {
                let value: Vec<String> = own.iter().map(|i| record[*i].to_string()).collect();
                if !value.iter().any(String::is_empty) && !known.contains(&value) {
                    return Err(self.wrong(
                        *line,
                        format!("`{}` is not in list `{other}`", value.join(",")),
                        format!("add it to {} or correct it here", target.file),
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_validity(&self, rows: &[Row]) -> Result<()> {
        let (Ok(from), Ok(to)) = (self.schema.index_of("valid_from"), self.schema.index_of("valid_to")) else {
            return Ok(());
        };
        let dated: Vec<usize> = self
            .key
            .iter()
            .filter(|n| *n != "valid_from" && *n != "valid_to")
            .filter_map(|n| self.schema.index_of(n).ok())
            .collect();
        let mut spans: BTreeMap<Vec<&str>, Vec<(&str, &str, u64)>> = BTreeMap::new();
        for (line, record) in rows {
            if record[from].is_empty() || record[to].is_empty() || record[from] > record[to] {
                let problem = format!("validity `{}` to `{}`", &record[from], &record[to]);
                return Err(self.wrong(*line, problem, "both days are needed, first before last; open is 9999-12-31".into()));
            }
            let key = dated.iter().map(|i| &record[*i]).collect();
            spans.entry(key).or_default().push((&record[from], &record[to], *line));
        }
        for (key, mut days) in spans {
            days.sort_unstable();
            for pair in days.windows(2) {
                if pair[1].0 <= pair[0].1 && !dated.is_empty() {
                    let problem = format!("`{}` is valid twice from {}", key.join(","), pair[1].0);
                    return Err(self.wrong(pair[1].2, problem, "end the earlier row first".into()));
                }
            }
        }
        Ok(())
    }
}

/// Decimal text as a scaled integer, or nothing if it is no number or has more decimals.
fn exact(text: &str, scale: u32) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(part) || part.len() > scale as usize {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let fraction: i128 = if part.is_empty() { 0 } else { part.parse().ok()? };
    let unit = 10i128.checked_pow(scale)?;
    let fraction = fraction * 10i128.pow(scale - part.len() as u32);
    Some(sign * (whole.checked_mul(unit)? + fraction))
}
