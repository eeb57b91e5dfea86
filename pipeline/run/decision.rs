//! Decisions of statisticians: `decisions.csv` in the working folder, one row a decision, with action
//! accept, correct or reject.

use chrono::NaiveDate;
use serde::Deserialize;
use tradestat_core::schema::Record;
use tradestat_output::csv::defused;

use super::Job;
use super::items::{FIXED, fits};
use crate::error::{Error, Result};
use crate::lines::Lines;
use crate::method::{Step, header::Layer};

/// What a worklist tells its reader beside what it asks.
const TOLD: [&str; 2] = ["observed", "problem"];
/// What a worklist leaves empty for whoever decides.
const ASKED: [&str; 5] = ["action", "new_value", "reason", "who", "decided_on"];
/// What a decision file has; what a worklist tells may stand there as well.
const COLUMNS: [&str; 11] =
    ["declaration_id", "item_no", "version", "rule", "action", "field", "old_value", "new_value", "reason", "who", "decided_on"];

/// A row of the file that decides something; without a `version` it is of the first.
#[derive(Debug, Clone, Deserialize)]
pub struct Decision {
    pub declaration_id: String,
    pub item_no: i32,
    pub version: Option<i32>,
    pub rule: String,
    pub action: String,
    pub field: String,
    pub old_value: String,
    pub new_value: String,
    reason: String,
    who: String,
    pub decided_on: String,
}

impl Decision {
    /// May take the item to another month.
    pub fn corrects_any(&self, fields: &[&str]) -> bool {
        self.action == "correct" && fields.contains(&self.field.as_str())
    }
}

/// What a decision file says.
#[derive(Default)]
pub struct File {
    pub decisions: Vec<Decision>,
    /// Decisions that were taken after the moment looked at, and are left out.
    pub later: usize,
    /// Rows of a worklist that nobody has decided yet.
    pub undecided: usize,
}

/// Reads the decisions that were taken by the moment looked at; every row is checked.
pub fn read(job: &Job<'_>) -> Result<File> {
    let path = &job.workspace.decisions;
    if !path.exists() {
        return Ok(File::default());
    }
    let text = std::fs::read(path).map_err(|source| Error::ReadSource { path: path.clone(), source })?;
    let wrong = |line: u64, problem: String| Error::Inconsistent {
        file: path.display().to_string(),
        line: Some(line),
        problem,
        hint: format!("columns: {}; actions: accept, correct, reject", COLUMNS.join(",")),
    };
    let mut reader = csv::Reader::from_reader(&*text);
    let header = reader.headers().map_err(|e| wrong(1, e.to_string()))?.clone();
    let others = [(';', "semicolons"), ('\t', "tabs")];
    let divided = others.into_iter().find(|(mark, _)| header.len() == 1 && header[0].contains(*mark));
    if let Some((_, name)) = divided {
        return Err(wrong(1, format!("the columns are divided by {name}, and commas have to divide them")));
    }
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(name) && !TOLD.contains(name)) {
        return Err(wrong(1, format!("column `{unknown}` is not known")));
    }
    if let Some(missing) = COLUMNS.iter().find(|name| !header.iter().any(|found| found == **name)) {
        return Err(wrong(1, format!("column `{missing}` is missing")));
    }
    let rules: Vec<&str> = job.method.in_order(Layer::Validate).filter_map(Step::code).collect();
    let (mut read, mut lines) = (File::default(), Lines::of(&text));
    let is_asked = |place: usize| header.get(place).is_some_and(|name| ASKED.contains(&name));
    for row in reader.records() {
        let row = row.map_err(|e| {
            let (line, problem) = lines.wrong(&e);
            wrong(line, problem)
        })?;
        let line = lines.at(row.position());
        let wrong = |problem: String| wrong(line, problem);
        let mut filled = row.iter().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).map(|(place, _)| place).peekable();
        if filled.peek().is_none() {
            // Spreadsheets end a list with such rows.
            continue;
        }
        if !filled.any(is_asked) {
            read.undecided += 1;
            continue;
        }
        let mut decision: Decision = row.deserialize(Some(&header)).map_err(|e| match e.kind() {
            csv::ErrorKind::Deserialize { err, .. } => {
                // Only `item_no` and `version` are anything but text.
                let place = err.field().and_then(|field| usize::try_from(field).ok());
                let cell = |row: &csv::StringRecord| place.and_then(|at| row.get(at)).unwrap_or_default().to_owned();
                wrong(format!("column `{}`: `{}` is not a whole number", cell(&header), cell(&row)))
            }
            _ => wrong(e.to_string()),
        })?;
        for cell in [&mut decision.declaration_id, &mut decision.old_value, &mut decision.new_value] {
            *cell = unguarded(cell).to_owned();
        }
        let decided_on = decision.check(&rules).map_err(wrong)?;
        match job.store.as_of() {
            Some(then) if then < decided_on.to_string().as_str() => read.later += 1,
            _ => read.decisions.push(decision),
        }
    }
    Ok(read)
}

impl Decision {
    /// The day on which it was taken, if it is a decision at all.
    fn check(&self, rules: &[&str]) -> Result<NaiveDate, String> {
        if !["accept", "correct", "reject"].contains(&self.action.as_str()) {
            return Err(format!("unknown action `{}`", self.action));
        }
        if self.reason.trim().is_empty() || self.who.trim().is_empty() || self.decided_on.trim().is_empty() {
            return Err("a decision needs a reason, who took it, and the day".into());
        }
        if Record::Item.schema().index_of(&self.field).is_err() || FIXED.contains(&self.field.as_str()) {
            return Err(format!("`{}` is not an item field that a decision can be about", self.field));
        }
        let new = &self.new_value;
        if self.action == "correct" && !fits(&self.field, new) {
            return Err(format!("`{}` cannot be a value of `{}`", self.new_value, self.field));
        }
        // As declared codes are stored.
        let is_code = new.is_empty() || (6..=12).contains(&new.len()) && new.bytes().all(|byte| byte.is_ascii_digit());
        if self.action == "correct" && self.field == "commodity_code" && !is_code {
            return Err(format!("`{new}` is not a commodity code of 6 to 12 digits, without dots"));
        }
        // What is accepted is a finding; a statistician may correct what no rule found.
        let is_free = self.rule.is_empty() && self.action != "accept";
        if !is_free && !rules.contains(&self.rule.as_str()) {
            return Err(format!("no rule is called `{}`", self.rule));
        }
        self.decided_on.trim().parse().map_err(|_| format!("`{}` is not a day such as 2026-04-03", self.decided_on))
    }
}

/// A worklist puts an apostrophe before text that a spreadsheet would take for a formula.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| defused(rest) == text).unwrap_or(text)
}
