//! Numbers of the method: the dated rows of `reference/parameter.csv`, and the files that use them.

use std::collections::BTreeSet;

use super::{Method, Step};
use crate::error::{Error, Result, nearest};

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
    /// Every row of `parameter`, whatever its days; none for a method without the list.
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

    /// Refuses a step that asks for a parameter which no row has: its condition would be true of nothing.
    pub fn check_parameters(&self) -> Result<()> {
        let known: BTreeSet<String> = self.parameter_rows()?.into_iter().map(|row| row.name).collect();
        for step in self.steps.values().filter(|step| step.reads.iter().any(|read| read == "parameter")) {
            let Some((place, name)) = asked(&step.text).into_iter().find(|(_, name)| !known.contains(*name)) else { continue };
            let near = nearest(name, known.iter().map(String::as_str))
                .map(|near| format!("did you mean `{near}`? "))
                .unwrap_or_default();
            return Err(Error::Inconsistent {
                file: step.file.clone(),
                line: Some(1 + step.text[..place].matches('\n').count() as u64),
                problem: format!("asks for the parameter `{name}`, which no row has"),
                hint: format!("{near}give it a row in reference/parameter.csv"),
            });
        }
        Ok(())
    }
}

/// Names that a text compares with `name`, each with its place.
fn asked(text: &str) -> Vec<(usize, &str)> {
    let mut names = Vec::new();
    for (place, start) in text.match_indices("name = '") {
        names.extend(text[place + start.len()..].split('\'').next().map(|name| (place, name)));
    }
    for (place, start) in text.match_indices("name in (") {
        let listed = text[place + start.len()..].split(')').next().unwrap_or_default();
        names.extend(listed.split('\'').skip(1).step_by(2).map(|name| (place, name)));
    }
    names
}
