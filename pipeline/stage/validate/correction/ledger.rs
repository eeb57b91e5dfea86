//! What became of decisions and amendments over all months of a run.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::{Run, day};
use crate::store::manifest::RunManifest;

/// An amendment: the declaration it names, and its place in the list of that declaration.
pub(in crate::stage::validate) type Key = (String, usize);

/// Gathered from every span, because one amendment may find its items in several; told once in the manifest.
#[derive(Default)]
pub struct Ledger {
    pub(super) decided: BTreeSet<usize>,
    pub(super) fallen: BTreeMap<usize, String>,
    /// Amendments that changed an item or a header, and those that found one and could not, with what is
    /// told of these.
    pub(in crate::stage::validate) amended: BTreeSet<Key>,
    pub(in crate::stage::validate) not_kept: BTreeMap<Key, Option<String>>,
    /// Items that amendments added, and those that one names and could not add, with the reason.
    pub(in crate::stage::validate) added: BTreeSet<(String, i32)>,
    pub(in crate::stage::validate) unknown: BTreeMap<(String, i32), String>,
    /// References of amendments, and whether any batch holds their declaration.
    pub(in crate::stage::validate) references: BTreeMap<String, bool>,
    /// Amendments in all, and those whose declaration no batch holds.
    pub(in crate::stage::validate) amendments: u64,
    pub(in crate::stage::validate) unmatched: u64,
    /// Amendments that a later version overtook: by declaration and day of receipt, the version
    /// and their number.
    pub(in crate::stage::validate) overtaken: BTreeMap<(String, i32), (i32, u64)>,
    /// Declarations of which several files of one day say different things, by that day.
    pub(in crate::stage::validate) contradicted: BTreeSet<(String, i32)>,
    /// Amendments of declarations that are cancelled.
    pub(in crate::stage::validate) of_cancelled: BTreeMap<String, u64>,
    /// Items that count for another month than as received: by declaration and item, from and to.
    pub(super) moved: BTreeMap<(String, i32), (String, String)>,
    /// Items, by batch and line, that count for another month than as received, of whatever months.
    pub(in crate::stage::validate) left: BTreeSet<(String, i64)>,
    /// Decisions that were taken after the moment looked at.
    pub(super) taken_later: usize,
    /// Rows of the decision file that decide nothing yet.
    pub(super) undecided: usize,
}

/// Names a month that this run does not compute and that was compiled without knowing of the move.
fn note_changed(run: &mut Run, month: &String, text: &String) {
    let runs: Vec<&RunManifest> = run.earlier.iter().filter(|run| run.as_of.is_none() && run.months.contains(month)).collect();
    let did = |run: &RunManifest, stage: &str| run.stages.iter().any(|done| done == stage);
    let Some(compiled) = runs.iter().rposition(|run| did(run, "compile")) else { return };
    let validated = runs[..=compiled].iter().rfind(|run| did(run, "validate"));
    let is_told = validated.is_some_and(|run| run.declaration_notes.contains(text));
    if !is_told && !run.months.contains(month) && !run.manifest.stale_months.contains(month) {
        run.manifest.stale_months.push(month.clone());
        run.manifest.stale_months.sort();
    }
}

impl Ledger {
    /// Puts the counts and what could not be applied into the manifest.
    pub fn note(&self, run: &mut Run) {
        if !self.references.is_empty() {
            self.note_amendments(run);
        }
        for ((reference, item), (from, to)) in &self.moved {
            let text = format!("a correction moves item {item} of `{reference}` from {from} to {to}");
            for month in [from, to] {
                note_changed(run, month, &text);
            }
            run.note_declaration(text);
        }
        let fallen: Vec<&String> = self.fallen.iter().filter(|(i, _)| !self.decided.contains(i)).map(|(_, text)| text).collect();
        if !self.decided.is_empty() || !fallen.is_empty() {
            run.account("decisions applied", self.decided.len());
            run.account("decisions fallen away", fallen.len());
        }
        if self.undecided > 0 {
            run.account("rows of the decision file left undecided", self.undecided);
        }
        for text in fallen {
            run.note_declaration(text.clone());
        }
        if let (1.., Some(then)) = (self.taken_later, &run.manifest.as_of) {
            run.note(format!("as of {then}: {} decision(s) taken after that day are left out", self.taken_later));
        }
        let count = run.manifest.declaration_notes.len();
        if count > 0 {
            run.note(format!("remarks on single declarations, kept by the office: {count}"));
        }
    }

    fn note_amendments(&self, run: &mut Run) {
        // One that meets the declaration in one month and no item of it in another is applied.
        let not_kept: Vec<&Option<String>> =
            self.not_kept.iter().filter(|(key, _)| !self.amended.contains(*key)).map(|(_, told)| told).collect();
        let applied = self.amended.len() as u64;
        let overtaken: u64 = self.overtaken.values().map(|(_, count)| count).sum();
        let of_cancelled: u64 = self.of_cancelled.values().sum();
        run.account("amendments applied", applied);
        run.account("amendments of fields not kept", not_kept.len());
        run.account("amendments without a declaration", self.unmatched);
        for (what, count) in [
            ("amendments overtaken by a later version", overtaken),
            ("amendments of cancelled declarations", of_cancelled),
            ("items added by amendments", self.added.len() as u64),
        ] {
            if count > 0 {
                run.account(what, count);
            }
        }
        let told = applied + not_kept.len() as u64 + self.unmatched + overtaken + of_cancelled;
        run.account("amendments of other months", self.amendments.saturating_sub(told));
        for (reference, _) in self.references.iter().filter(|(_, known)| !**known) {
            run.note_declaration(format!("an amendment of `{reference}` meets no declaration"));
        }
        for ((reference, received), (version, _)) in &self.overtaken {
            let received = day(*received);
            run.note_declaration(format!(
                "an amendment of `{reference}` received on {received} was not applied: version {version} of the declaration came after it"
            ));
        }
        for (reference, received) in &self.contradicted {
            let received = day(*received);
            run.note_declaration(format!(
                "amendments of `{reference}` received on {received} contradict each other: the one read in last was applied"
            ));
        }
        for reference in self.of_cancelled.keys() {
            run.note_declaration(format!("an amendment of `{reference}` was not applied: the declaration is cancelled"));
        }
        for text in not_kept.into_iter().flatten() {
            run.note_declaration(text.clone());
        }
        for ((reference, item), why) in self.unknown.iter().filter(|(key, _)| !self.added.contains(*key)) {
            run.note_declaration(format!("an amendment of item {item} of `{reference}` could not be applied: {why}"));
        }
    }
}
