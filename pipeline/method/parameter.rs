//! Numbers of the method: the dated rows of `reference/parameter.csv`, and the files that use them.

use super::{Method, Step};
use crate::error::Result;

/// A number with the days on which it holds; all as the list writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterRow {
    pub name: String,
    pub value: String,
    pub unit: String,
    pub valid_from: String,
    pub valid_to: String,
    pub source: String,
}

impl ParameterRow {
    /// Whether it holds on any day from `first` to `last`, written `2026-03-31`.
    pub fn holds(&self, first: &str, last: &str) -> bool {
        self.valid_from.as_str() <= last && first <= self.valid_to.as_str()
    }
}

impl Method {
    pub fn parameter_rows(&self) -> Result<Vec<ParameterRow>> {
        let Some(list) = self.lists.get("parameter") else { return Ok(Vec::new()) };
        let row = |row: &csv::StringRecord| {
            let cell = |name: &str| list.schema.index_of(name).ok().map(|i| row[i].to_string()).unwrap_or_default();
            ParameterRow {
                name: cell("name"),
                value: cell("value"),
                unit: cell("unit"),
                valid_from: cell("valid_from"),
                valid_to: cell("valid_to"),
                source: cell("source"),
            }
        };
        Ok(list.records()?.iter().map(|(_, record)| row(record)).collect())
    }

    /// Rows that a file reads: a parameter is asked for by its name, in quotes.
    pub fn parameters_of(&self, step: &Step) -> Result<Vec<ParameterRow>> {
        if !step.reads.iter().any(|read| read == "parameter") {
            return Ok(Vec::new());
        }
        let mut rows = self.parameter_rows()?;
        let quoted: Vec<&str> = step.text.split('\'').skip(1).step_by(2).collect();
        rows.retain(|row| quoted.contains(&row.name.as_str()));
        Ok(rows)
    }
}
