//! The records that make data visible: one a batch, one a run.
//!
//! A manifest is written last and only if no other of its name exists; that put is the commit.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::visible;
use crate::run::{day_number, moment, period, stamp};

/// Version of the layout of the store; a program refuses a store newer than itself.
pub const STORE_VERSION: u32 = 1;

/// A Parquet file of a relation, by its path below the store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RelationFile {
    pub relation: String,
    pub path: String,
    /// The month the file holds, `2026-03`, for relations kept by month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub period: Option<String>,
    pub rows: u64,
    pub bytes: u64,
    /// BLAKE3 of the bytes; files of an earlier program have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
}

/// Dates by which programs counted that did not write them down: those of every profile they came with.
fn earlier_dates() -> Vec<String> {
    ["release_date", "acceptance_date", "received_on"].map(String::from).to_vec()
}

/// Items of one recording month in a batch: how many, and how many a chapter.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct MonthCount {
    pub items: u64,
    /// Their declared statistical value; batches read in by an earlier program do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    pub chapters: BTreeMap<String, u64>,
    pub offices: BTreeMap<String, u64>,
    pub days: BTreeMap<String, u64>,
}

/// Records of a partner file about one reporter and period.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowCount {
    pub source: String,
    pub frequency: String,
    /// First day of the period.
    pub period: String,
    /// The reporter's code as the source gives it, or its name.
    pub reporter: String,
    pub rows: u64,
}

/// What the sender said the file holds, beside what it held.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Control {
    pub measure: String,
    pub stated: String,
    pub found: String,
    pub agrees: bool,
}

/// What a file that was read in held, and the files of the store that it became.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchManifest {
    pub store_version: u32,
    pub program: String,
    pub id: String,
    pub form: String,
    /// Of what the form says. Batches read in by an earlier program do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form_digest: Option<String>,
    pub profile: String,
    /// File name only: where it lay is nobody's business.
    pub source: String,
    pub content_hash: String,
    pub bytes: u64,
    pub received_on: String,
    pub committed_at: String,
    pub lines_read: u64,
    pub items: u64,
    pub faulted_lines: u64,
    pub faults: u64,
    /// Declared statistical value of lines set aside, where it could be read.
    pub faulted_value: String,
    /// Declarations among the items, and their declared statistical value: what control totals that
    /// come later are compared with. Batches read in by an earlier program do not say them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declarations: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_value: Option<String>,
    /// Numbers that had more decimals than their field, by field.
    pub rounded: BTreeMap<String, u64>,
    pub notes: Vec<String>,
    pub key_id: String,
    /// Dates that `months` is counted by, the best first: by other ones it is counted anew.
    #[serde(default = "earlier_dates")]
    pub recording_dates: Vec<String>,
    pub months: BTreeMap<String, MonthCount>,
    /// Of a partner file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowCount>,
    pub controls: Vec<Control>,
    pub files: Vec<RelationFile>,
}

impl BatchManifest {
    /// Whether it holds declarations or messages about them, and not only what partners report.
    pub fn is_declared(&self) -> bool {
        self.files.iter().any(|file| ["item", "declaration", "amendment"].contains(&file.relation.as_str()))
    }

    /// Whether a month comes after the one in which the batch was received.
    pub fn is_ahead(&self, month: &str) -> bool {
        self.received_on.get(..7).is_some_and(|received| month > received)
    }
}

/// A rule as it ran: what it could judge, and what it objected to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RuleCount {
    pub code: String,
    pub title: String,
    pub severity: String,
    pub judged: u64,
    pub undecided: u64,
    pub violating: u64,
    /// The code list of the rule is empty for this profile, so nothing could be judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idle: Option<String>,
}

/// Items of the run's months by what became of them, with their declared statistical value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fate {
    pub fate: String,
    pub flow: String,
    pub items: u64,
    pub value: String,
}

/// A term of the account of the published period: items of a flow, with their declared value.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Term {
    pub flow: String,
    pub term: String,
    /// Why goods are not counted: their special category.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub items: u64,
    pub value: String,
}

/// What one step of a run made, and how long it took.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct StepTime {
    pub step: String,
    pub rows: u64,
    pub seconds: f64,
}

/// What a run read, by which method, what it made, and what became of every item.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunManifest {
    pub store_version: u32,
    pub program: String,
    pub id: String,
    /// What was asked for: `2026-03`.
    pub period: String,
    /// Provisional, final or revised; who said so, where it was a decision.
    #[serde(default)]
    pub state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<String>,
    /// Months this run computed, as `2026-03`, and the dates that say the month of an item, the best first.
    pub months: Vec<String>,
    #[serde(default = "earlier_dates")]
    pub recording_dates: Vec<String>,
    pub stages: Vec<String>,
    pub profile: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    pub started_at: String,
    pub committed_at: String,
    pub synthetic: bool,
    pub confidentiality: String,
    pub key_id: String,
    pub method_digest: String,
    pub method_files: BTreeMap<String, String>,
    /// Digest of the columns of each stored relation, as the method of this run makes them.
    #[serde(default)]
    pub columns: BTreeMap<String, String>,
    pub batches: Vec<String>,
    /// Lines and items of this run by what became of them.
    pub account: BTreeMap<String, String>,
    #[serde(default)]
    pub fates: Vec<Fate>,
    /// What came in of the published period is the sum of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub terms: Vec<Term>,
    pub rules: Vec<RuleCount>,
    pub audits: BTreeMap<String, u64>,
    /// Compiled months that count as months without data: nothing, or next to nothing, was declared in them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months_without_data: Vec<String>,
    /// Earlier months that late or amended items would change.
    pub stale_months: Vec<String>,
    pub notes: Vec<String>,
    /// Remarks on single declarations, which name them: for the office, never in a release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub declaration_notes: Vec<String>,
    pub steps: Vec<StepTime>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    pub files: Vec<RelationFile>,
}

impl RunManifest {
    /// Whether somebody decided its state.
    pub fn is_decided(&self) -> bool {
        ["final", "revised"].contains(&self.state.as_str())
    }

    /// As a release holds it: without what names declarations.
    pub fn published(&self) -> RunManifest {
        RunManifest { declaration_notes: Vec::new(), ..self.clone() }
    }
}

/// A batch that is hidden from then on, and why.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Withdrawal {
    pub batch: String,
    pub why: String,
    pub at: String,
}

/// A change of the key of the pseudonyms.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rekey {
    pub store_version: u32,
    pub program: String,
    pub key_id: String,
    /// Id of the key before.
    pub before: String,
    pub why: String,
    pub at: String,
    /// By the path of a file as it was: the file that is read in its place.
    pub files: BTreeMap<String, RelationFile>,
}

/// The state of a published month after a decision of the office.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Closing {
    pub period: String,
    pub state: String,
    pub run: String,
    pub who: String,
    pub at: String,
    pub method_digest: String,
}

impl Closing {
    /// The record of a decision, which the run that carried it out names too.
    pub fn of(run: &RunManifest) -> Closing {
        Closing {
            period: run.period.clone(),
            state: run.state.clone(),
            run: run.id.clone(),
            who: run.decided_by.clone().unwrap_or_default(),
            at: run.committed_at.clone(),
            method_digest: run.method_digest.clone(),
        }
    }
}

/// What the kinds of manifests have in common.
pub trait Manifest: DeserializeOwned {
    /// The folder they lie in.
    const KIND: &'static str;

    /// The name of its file.
    fn name(&self) -> String;

    /// When it was committed: says what was there on a past day.
    fn committed(&self) -> &str;

    /// The files that it makes visible.
    fn files(&self) -> impl Iterator<Item = &RelationFile> {
        std::iter::empty()
    }

    fn has_name(&self, name: &str) -> bool {
        self.name() == name
    }

    /// What it says of months and periods that are none.
    fn stray_month(&self) -> Option<String> {
        None
    }

    /// What no program writes into it: an edit by hand, or another file under its name.
    fn problem(&self, name: &str) -> Option<String> {
        if !self.has_name(name) {
            return Some(format!("of `{}`", self.name()));
        }
        if moment(self.committed()).map(stamp).as_deref().ok() != Some(self.committed()) {
            return Some(format!("with a moment `{}`", self.committed()));
        }
        let outside = self.files().find(|file| !is_inside(&file.path));
        let outside = outside.map(|file| format!("that names a file outside the store: `{}`", visible(&file.path)));
        outside.or_else(|| self.stray_month())
    }
}

/// Whether a path stays below the folder it begins in.
fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}

fn no_month<'m>(mut months: impl Iterator<Item = &'m String>) -> Option<String> {
    months.find(|month| day_number(&format!("{month}-01")).is_none()).map(|month| format!("with a month `{month}`"))
}

fn no_period(text: &str) -> Option<String> {
    period(text).is_err().then(|| format!("with a period `{text}`"))
}

impl Manifest for BatchManifest {
    const KIND: &'static str = "batch";

    fn name(&self) -> String {
        self.id.clone()
    }

    fn committed(&self) -> &str {
        &self.committed_at
    }

    fn files(&self) -> impl Iterator<Item = &RelationFile> {
        self.files.iter()
    }

    fn stray_month(&self) -> Option<String> {
        no_month(self.months.keys())
    }
}

impl Manifest for RunManifest {
    const KIND: &'static str = "run";

    fn name(&self) -> String {
        self.id.clone()
    }

    fn committed(&self) -> &str {
        &self.committed_at
    }

    fn files(&self) -> impl Iterator<Item = &RelationFile> {
        self.files.iter()
    }

    fn stray_month(&self) -> Option<String> {
        no_month(self.months.iter()).or_else(|| no_period(&self.period))
    }
}

impl Manifest for Rekey {
    const KIND: &'static str = "rekey";

    fn name(&self) -> String {
        self.key_id.clone()
    }

    fn committed(&self) -> &str {
        &self.at
    }

    fn files(&self) -> impl Iterator<Item = &RelationFile> {
        self.files.values()
    }
}

impl Manifest for Withdrawal {
    const KIND: &'static str = "withdrawal";

    fn name(&self) -> String {
        self.batch.clone()
    }

    fn committed(&self) -> &str {
        &self.at
    }
}

impl Manifest for Closing {
    const KIND: &'static str = "closing";

    fn name(&self) -> String {
        format!("{}-{}", self.period, self.run)
    }

    fn committed(&self) -> &str {
        &self.at
    }

    /// Earlier programs named it by the moment.
    fn has_name(&self, name: &str) -> bool {
        name.starts_with(&self.period)
    }

    fn stray_month(&self) -> Option<String> {
        no_period(&self.period)
    }
}
