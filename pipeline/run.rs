//! One run: its period, its places, its manifest; the folder it works in, the days it is about.

mod calendar;
pub mod decision;
mod gather;
pub mod items;
mod job;
mod late;
pub mod layer;
mod mirror;
mod reach;
pub mod recorded;
mod span;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Datelike;
use tempfile::TempDir;

pub use self::calendar::{Clock, MonthOfDay, day, day_number, moment, month_days, month_of, period, stamp};
pub use self::job::Job;
pub use self::span::{Span, months_until};
use crate::error::{Error, Result};
use crate::method::header::Layer;
use crate::store::manifest::{BatchManifest, RelationFile, RunManifest, STORE_VERSION, StepTime};

/// Name and version, as manifests say what wrote them.
pub const PROGRAM: &str = concat!("tradestat ", env!("CARGO_PKG_VERSION"));

/// Hundredths as manifests write money: `-12.05`.
pub fn money(cents: i128) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

/// Hundredths of what [`money`] wrote.
pub fn cents(text: &str) -> i128 {
    text.replace('.', "").parse().expect("written by `money`")
}

/// A run in the making: months it computes and what it has found out so far.
#[derive(Debug, Clone)]
pub struct Run {
    pub manifest: RunManifest,
    /// Months of the period asked for.
    pub target: Vec<String>,
    /// Months this run computes, in order.
    pub months: Vec<String>,
    pub batches: Vec<BatchManifest>,
    pub earlier: Vec<RunManifest>,
    /// Where files are that its batches share; goes with the last copy of the run.
    gathered: Option<Arc<TempDir>>,
    started: Instant,
}

impl Run {
    /// Plans a run: the months asked for, and every other month up to them that has data and
    /// no run of `stages` yet with all that they store, because the tables look back.
    pub async fn plan(job: &Job<'_>, asked: &str, stages: &[&str]) -> Result<Run> {
        let asked_period = period(asked)?;
        let target: Vec<String> = asked_period.months().iter().map(ToString::to_string).collect();
        let mut batches = job.batches().await?;
        // Partner files are no part of a run over declarations: see `plan_mirror`.
        batches.retain(|batch| batch.flows.is_empty() || !batch.months.is_empty());
        job.check_profile(&batches)?;
        let earlier = job.store.runs().await?;
        let mut with_data: BTreeSet<String> = batches.iter().flat_map(|batch| batch.months.keys().cloned()).collect();
        let is_validated = !stages.contains(&"validate");
        with_data.extend(if is_validated { reach::reached(&earlier) } else { reach::expected(job, &batches).await? });
        // What was computed of files that are withdrawn since has to be taken back.
        let computed = earlier.iter().filter(|run| run.as_of.is_none() && run.stages.iter().any(|done| done == "compile"));
        let emptied: BTreeSet<&String> =
            computed.flat_map(|run| &run.months).filter(|month| !with_data.contains(*month)).collect();
        if !target.iter().any(|month| with_data.contains(month) || emptied.contains(month)) {
            let then = job.store.as_of().map(|then| format!(" as of {then}")).unwrap_or_default();
            return Err(Error::NothingToRead {
                problem: format!("no item of {asked} is in the store{then}"),
                hint: match batches.iter().flat_map(|batch| batch.months.keys()).max() {
                    Some(last) => format!("the last month with data is {last}"),
                    None if !then.is_empty() => "`tradestat store list` says when files were read in".into(),
                    None => "read files in first: `tradestat ingest --form sad_csv FILE...`".into(),
                },
            });
        }
        let last = target.last().expect("a period has months");
        let is_as_of = job.store.as_of().is_some();
        // A month of an older method may lack a relation, or a column of one, that tables and audits read today.
        let columns = job.method.stored_columns();
        let stored: Vec<&str> = [("compile", Layer::Compile), ("protect", Layer::Protect)]
            .into_iter()
            .filter(|(stage, _)| stages.contains(stage))
            .flat_map(|(_, layer)| job.method.in_order(layer))
            .filter(|step| !step.is_view())
            .map(|step| step.name.as_str())
            .collect();
        let dates = job.profile.recording_dates();
        let is_whole = |run: &RunManifest| {
            run.recording_dates == dates && stored.iter().all(|name| run.columns.get(*name) == columns.get(*name))
        };
        let is_of = |run: &RunManifest, month: &str| {
            run.as_of.is_none()
                && stages.iter().all(|s| run.stages.iter().any(|t| t == s))
                && run.months.iter().any(|m| m == month)
        };
        let has_run = |month: &str| !is_as_of && earlier.iter().rfind(|run| is_of(run, month)).is_some_and(is_whole);
        let due = with_data.iter().filter(|month| *month <= last && (target.contains(month) || !has_run(month)));
        let taken_back: Vec<String> = emptied.into_iter().filter(|month| target.contains(month)).cloned().collect();
        let months: BTreeSet<&String> = due.chain(&taken_back).collect();
        let months = Vec::from_iter(months.into_iter().cloned());
        let started_at = job.clock.stamp();
        let mut id = new_id(&started_at, asked, &batches, &job.method.digest);
        // Runs within one tick of the clock.
        while earlier.iter().any(|run| run.id == id) {
            id.push('x');
        }
        let manifest = RunManifest {
            store_version: STORE_VERSION,
            program: PROGRAM.into(),
            id,
            state: "provisional".into(),
            period: asked.into(),
            months: months.clone(),
            recording_dates: dates.iter().map(ToString::to_string).collect(),
            profile: job.profile.code.clone(),
            as_of: job.store.as_of().map(String::from),
            started_at,
            synthetic: job.workspace.is_synthetic,
            confidentiality: "not applied".into(),
            method_digest: job.method.digest.clone(),
            method_files: job.method.digests.clone(),
            columns,
            batches: batches.iter().map(|b| b.id.clone()).collect(),
            key_id: batches.last().map(|b| b.key_id.clone()).unwrap_or_default(),
            ..Default::default()
        };
        let mut run = Run { manifest, target, months, batches, earlier, gathered: None, started: Instant::now() };
        run.manifest.notes = run.silences();
        run.manifest.notes.extend(span::changes_within(&job.method, &run.months)?);
        // Validation says it of what it finds.
        for month in taken_back.iter().filter(|_| is_validated) {
            run.note_emptied(month);
        }
        Ok(run)
    }

    /// An earlier run as it was: the batches it saw and the runs before it.
    pub fn reopened(manifest: RunManifest, batches: &[BatchManifest], runs: &[RunManifest]) -> Result<Run> {
        let seen = manifest.batches.iter().filter_map(|id| batches.iter().find(|batch| batch.id == *id));
        let target: Vec<String> = period(&manifest.period)?.months().iter().map(ToString::to_string).collect();
        Ok(Run {
            target,
            months: manifest.months.clone(),
            batches: seen.cloned().collect(),
            earlier: runs
                .iter()
                .filter(|run| run.committed_at <= manifest.started_at && run.id != manifest.id)
                .cloned()
                .collect(),
            gathered: None,
            started: Instant::now(),
            manifest,
        })
    }

    /// Days of the months asked for without any item, and offices that had items in the three
    /// months before and have none now: a file may be missing.
    fn silences(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let counts = |month: &str| self.batches.iter().filter_map(|b| b.months.get(month)).collect::<Vec<_>>();
        for month in &self.target {
            let (first, last) = month_days(month);
            if counts(month).is_empty() && self.months.contains(month) {
                continue;
            }
            let present: BTreeSet<&String> = counts(month).iter().flat_map(|count| count.days.keys()).collect();
            let silent: Vec<i32> = (first..=last).filter(|n| !present.contains(&day(*n).to_string())).collect();
            if !silent.is_empty() && !present.is_empty() {
                notes.push(format!("{month}: no item on {}", in_spans(&silent)));
            }
            let offices =
                |month: &str| -> BTreeSet<String> { counts(month).iter().flat_map(|c| c.offices.keys().cloned()).collect() };
            let now = offices(month);
            let before: BTreeSet<String> = (1..=3)
                .filter_map(|back| day(first).checked_sub_months(chrono::Months::new(back)))
                .flat_map(|date| offices(&format!("{:04}-{:02}", date.year(), date.month())))
                .collect();
            let missing: Vec<&str> = before.difference(&now).map(String::as_str).filter(|o| !o.is_empty()).collect();
            if !missing.is_empty() {
                notes.push(format!(
                    "{month}: no item of offices {}, which had some in the three months before",
                    missing.join(", ")
                ));
            }
        }
        notes
    }

    /// First day of the first and last day of the last month it computes.
    pub fn first_and_last(&self) -> (i32, i32) {
        let first = self.months.first().map_or(0, |month| month_days(month).0);
        (first, self.months.last().map_or(0, |month| month_days(month).1))
    }

    /// First day of the last month asked for: the month that is published.
    pub fn published_month(&self) -> i32 {
        month_days(self.target.last().expect("a period has months")).0
    }

    /// The run whose work of a stage stands for a month: this one, else the newest that did it.
    fn source(&self, stage: &str, month: &str) -> Option<&RunManifest> {
        let did = |run: &RunManifest| run.stages.iter().any(|s| s == stage) && run.months.iter().any(|m| m == month);
        if did(&self.manifest) {
            Some(&self.manifest)
        } else if self.manifest.as_of.is_some() {
            None
        } else {
            self.earlier.iter().rfind(|run| run.as_of.is_none() && did(run))
        }
    }

    /// Files of a stage's relation for a month: this run's, else those of the newest run that
    /// did the stage for that month.
    pub fn files(&self, stage: &str, relation: &str, month: &str) -> Option<Vec<RelationFile>> {
        let of_month = |file: &&RelationFile| file.relation == relation && file.period.as_deref().is_none_or(|p| p == month);
        Some(self.source(stage, month)?.files.iter().filter(of_month).cloned().collect())
    }

    /// Refuses to read a month's relation that an earlier method stored with other columns.
    pub fn check_columns(&self, stage: &str, relation: &str, month: &str) -> Result<()> {
        match self.source(stage, month) {
            Some(run) if run.columns.get(relation) != self.manifest.columns.get(relation) => Err(Error::NothingToRead {
                problem: format!("`{relation}` of {month} was stored by another method, with other columns"),
                hint: format!("compile it again: `tradestat run --period {month}`"),
            }),
            _ => Ok(()),
        }
    }

    /// Months that any run, this one included, has compiled up to the last month asked for.
    pub fn compiled_months(&self) -> Vec<String> {
        let last = self.target.last().expect("a period has months").clone();
        let earlier = self.earlier.iter().filter(|r| r.as_of.is_none() && self.manifest.as_of.is_none());
        let compiled = earlier.filter(|r| r.stages.iter().any(|s| s == "compile")).flat_map(|r| r.months.iter());
        let own = self.manifest.stages.iter().any(|s| s == "compile").then_some(&self.months).into_iter().flatten();
        let months: BTreeSet<&String> = compiled.chain(own).filter(|month| **month <= last).collect();
        months.into_iter().cloned().collect()
    }

    /// Takes over what copies of this run wrote side by side, in their order.
    pub fn take_over(&mut self, copies: Vec<Run>) {
        let (files, steps) = (self.manifest.files.len(), self.manifest.steps.len());
        for copy in copies {
            self.manifest.files.extend(copy.manifest.files.into_iter().skip(files));
            self.manifest.steps.extend(copy.manifest.steps.into_iter().skip(steps));
        }
    }

    /// As [`Run::note_took`], with the time since the step began.
    pub fn note_step(&mut self, step: &str, rows: u64, since: Instant) {
        self.note_took(step, rows, since.elapsed());
    }

    /// Adds a step to the manifest, with its rows and its time in seconds, to the millisecond.
    pub fn note_took(&mut self, step: &str, rows: u64, took: Duration) {
        let seconds = (took.as_secs_f64() * 1000.0).round() / 1000.0;
        self.manifest.steps.push(StepTime { step: step.into(), rows, seconds });
    }

    /// A line of the manifest's account: how many items something became of, or what the run is of.
    pub fn account(&mut self, what: &str, number: impl ToString) {
        self.manifest.account.insert(what.into(), number.to_string());
    }

    /// A remark for the manifest, kept once however often it is made.
    pub fn note(&mut self, text: String) {
        if !self.manifest.notes.contains(&text) {
            self.manifest.notes.push(text);
        }
    }

    /// A remark that names a declaration, kept once; releases tell how many there are.
    pub fn note_declaration(&mut self, text: String) {
        if !self.manifest.declaration_notes.contains(&text) {
            self.manifest.declaration_notes.push(text);
        }
    }

    /// Time since the run was planned.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// Days in order, those that follow one another as a span: `2026-03-01 – 2026-03-09, 2026-03-11`.
fn in_spans(days: &[i32]) -> String {
    let spans = days.chunk_by(|one, next| one + 1 == *next).map(|span| match span {
        [first, .., last] => format!("{} – {}", day(*first), day(*last)),
        alone => day(alone[0]).to_string(),
    });
    spans.collect::<Vec<_>>().join(", ")
}

/// Sorts by time and names its inputs, so that two runs never share an id.
fn new_id(started_at: &str, asked: &str, batches: &[BatchManifest], method: &str) -> String {
    let moment: String = started_at.chars().filter(char::is_ascii_digit).take(20).collect();
    let mut inputs = blake3::Hasher::new();
    inputs.update(asked.as_bytes());
    inputs.update(method.as_bytes());
    for batch in batches {
        inputs.update(batch.id.as_bytes());
    }
    format!("{moment}-{}", &inputs.finalize().to_hex()[..8])
}
