//! The sender's totals of a file beside what was read of it.

use std::path::Path;

use crate::error::{Error, Result, shown};
use crate::lines::Lines;
use crate::progress::Event;
use crate::run::{Job, money};
use crate::store::manifest::{BatchManifest, Control};

const LINES: &str = "lines";
const DECLARATIONS: &str = "declarations";
const STATISTICAL_VALUE: &str = "statistical_value";
const MEASURES: [&str; 3] = [LINES, DECLARATIONS, STATISTICAL_VALUE];

/// What the sender says of a measure.
pub struct Stated {
    measure: &'static str,
    /// As the sender writes it: a number of at most two decimals.
    value: String,
}

/// Reads `measure,value`, a line a measure.
///
/// # Errors
/// Where a line is not of these columns, or the totals compare nothing or two things at once.
pub fn read(path: &Path) -> Result<Vec<Stated>> {
    let wrong = |line: Option<u64>, problem: String| Error::Inconsistent {
        file: shown(path),
        line,
        problem,
        hint: format!("columns measure,value; measures: {}", MEASURES.join(", ")),
    };
    super::source::check_regular(path)?;
    let text = std::fs::read(path).map_err(|source| Error::ReadSource { path: path.into(), source })?;
    let mut reader = csv::Reader::from_reader(&*text);
    let header = reader.headers().map_err(|e| wrong(Some(1), e.to_string()))?.clone();
    if header.iter().collect::<Vec<_>>() != ["measure", "value"] {
        return Err(wrong(Some(1), format!("columns are {}", header.iter().collect::<Vec<_>>().join(","))));
    }
    let (mut all, mut lines): (Vec<Stated>, Lines<'_>) = (Vec::new(), Lines::of(&text));
    for record in reader.records() {
        let record = record.map_err(|e| {
            let (line, problem) = lines.wrong(&e);
            wrong(Some(line), problem)
        })?;
        let line = Some(lines.at(record.position()));
        let (name, value) = (record[0].trim(), record[1].trim());
        let Some(measure) = MEASURES.into_iter().find(|measure| *measure == name) else {
            return Err(wrong(line, format!("unknown measure `{name}`")));
        };
        let Some(cents) = cents(value) else {
            return Err(wrong(line, format!("`{value}` is not a number with at most two decimals")));
        };
        if measure != STATISTICAL_VALUE && (cents < 0 || cents % 100 != 0) {
            return Err(wrong(line, format!("`{value}` is no count of {measure}")));
        }
        if all.iter().any(|stated| stated.measure == measure) {
            return Err(wrong(line, format!("`{measure}` is stated a second time")));
        }
        all.push(Stated { measure, value: value.to_owned() });
    }
    if all.is_empty() {
        return Err(wrong(Some(1), "no total is stated below the header".into()));
    }
    Ok(all)
}

/// The totals beside those of a batch; what its manifest does not say is left out.
pub fn compare(manifest: &BatchManifest, controls: &[Stated]) -> Vec<Control> {
    let compared = controls.iter().filter_map(|stated| {
        let found = match stated.measure {
            LINES => manifest.lines_read.to_string(),
            DECLARATIONS => manifest.declarations?.to_string(),
            _ => money(cents(manifest.item_value.as_ref()?)? + cents(&manifest.faulted_value)?),
        };
        let agrees = cents(&stated.value) == cents(&found);
        Some(Control { measure: stated.measure.to_owned(), stated: stated.value.clone(), found, agrees })
    });
    compared.collect()
}

/// Warns of totals that differ.
pub fn tell(job: &Job<'_>, name: &str, controls: &[Control]) {
    for control in controls.iter().filter(|control| !control.agrees) {
        let text =
            format!("{name}: control total {}: the sender states {}, found {}", control.measure, control.stated, control.found);
        job.listen.hear(Event::Warning { text });
    }
}

/// Compares with a batch that is in the store already, which is not changed by it.
pub fn tell_again(job: &Job<'_>, name: &str, manifest: &BatchManifest, controls: &[Stated]) {
    let compared = compare(manifest, controls);
    tell(job, name, &compared);
    for stated in controls.iter().filter(|stated| !compared.iter().any(|control| control.measure == stated.measure)) {
        let text = format!("{name}: control total {}: not compared, batch {} does not say it", stated.measure, manifest.id);
        job.listen.hear(Event::Warning { text });
    }
}

/// Hundredths of a number with at most two decimals.
fn cents(text: &str) -> Option<i128> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = whole.strip_prefix(['-', '+']).unwrap_or(whole);
    let is_number = !digits.is_empty() && digits.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || part.len() > 2 {
        return None;
    }
    format!("{whole}{part:0<2}").parse().ok()
}
