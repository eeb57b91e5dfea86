//! A run of the mirror stage: months that partner files tell of, and the declarations beside
//! them, if there are any.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::Months;

use super::{Job, PROGRAM, Run, day, day_number, month_days, new_id, period};
use crate::error::{Error, Result};
use crate::method::hex;
use crate::store::manifest::{BatchManifest, FlowCount, RelationFile, RunManifest, STORE_VERSION};

/// Where the account of a manifest says what the figures were made of.
const INPUTS: &str = "inputs";

impl Run {
    /// Plans a comparison of a period, or of the last year that any partner file tells of.
    /// Exit 3 where no partner file tells of the period.
    pub async fn plan_mirror(job: &Job<'_>, asked: Option<&str>) -> Result<Run> {
        let mut batches = job.batches().await?;
        batches.retain(|batch| !batch.flows.is_empty() || !batch.months.is_empty());
        job.check_profile(&batches)?;
        let earlier = job.store.runs().await?;
        let flows = || batches.iter().flat_map(|batch| &batch.flows);
        let newest = flows().map(|flow| flow.period.as_str()).max();
        let Some(newest) = newest else {
            return Err(Error::NothingToRead {
                problem: "no partner file is in the store".into(),
                hint: "read one in first: `tradestat ingest --form comtrade_csv FILE`; `tradestat ingest --sniff FILE` names the form".into(),
            });
        };
        let asked = asked.map_or_else(|| newest[..4].to_string(), String::from);
        let target: Vec<String> = period(&asked)?.months().iter().map(ToString::to_string).collect();
        let first = month_days(target.first().expect("a period has months")).0;
        let last = month_days(target.last().expect("a period has months")).1;
        if !flows().any(|flow| days(flow).is_some_and(|(from, to)| from <= last && first <= to)) {
            return Err(Error::NothingToRead {
                problem: format!("no partner file tells of {asked}"),
                hint: format!("partner figures go up to {}", &newest[..7]),
            });
        }
        let started_at = job.clock.stamp();
        let mut id = new_id(&started_at, &format!("mirror {asked}"), &batches, &job.method.digest);
        while earlier.iter().any(|run| run.id == id) {
            id.push('x');
        }
        let manifest = RunManifest {
            store_version: STORE_VERSION,
            program: PROGRAM.into(),
            id,
            state: "provisional".into(),
            period: asked,
            months: target.clone(),
            profile: job.profile.code.clone(),
            as_of: job.store.as_of().map(String::from),
            started_at,
            synthetic: job.workspace.is_synthetic,
            confidentiality: "not applied".into(),
            method_digest: job.method.digest.clone(),
            method_files: job.method.digests.clone(),
            columns: job.method.stored_columns(),
            batches: batches.iter().map(|batch| batch.id.clone()).collect(),
            key_id: batches.last().map(|batch| batch.key_id.clone()).unwrap_or_default(),
            ..Default::default()
        };
        let mut run = Run { manifest, months: target.clone(), target, batches, earlier, gathered: None, started: Instant::now() };
        run.look_at_declarations(&job.all_batches().await?);
        run.account(INPUTS, run.inputs(job));
        Ok(run)
    }

    /// Says which months of declarations are compiled from other files than there are now, and
    /// which are not compiled at all.
    fn look_at_declarations(&mut self, ever: &[BatchManifest]) {
        let declared = |month: &&String| self.batches.iter().any(|batch| batch.months.contains_key(*month));
        let months: Vec<String> = self.target.iter().filter(declared).cloned().collect();
        let (mut stale, mut missing) = (Vec::new(), Vec::new());
        for month in months {
            match self.compiled(&month) {
                None => missing.push(month),
                Some(run) if run.is_older_than_files(&self.batches, ever, &month) => stale.push(month),
                Some(_) => {}
            }
        }
        if !missing.is_empty() {
            self.note(format!(
                "declarations of {} are not compiled and not compared: `tradestat run --period ...`",
                missing.join(", ")
            ));
        }
        if !stale.is_empty() {
            self.note(format!(
                "declarations of {} came or left since they were compiled: `tradestat run --period ...`",
                stale.join(", ")
            ));
        }
        self.manifest.stale_months = stale;
    }

    /// The newest run that compiled a month.
    fn compiled(&self, month: &str) -> Option<&RunManifest> {
        let did = |run: &&RunManifest| run.as_of.is_none() && has(&run.stages, "compile") && has(&run.months, month);
        self.earlier.iter().rfind(did)
    }

    /// Files of a stored step of compile for the given months, from the newest run of each.
    pub fn compiled_files(&self, step: &str, months: &[String]) -> Vec<RelationFile> {
        let of_month = |month: &String| {
            let files = self.compiled(month).into_iter().flat_map(|run| &run.files);
            files.filter(|file| file.relation == step && file.period.as_ref() == Some(month)).cloned().collect::<Vec<_>>()
        };
        months.iter().flat_map(of_month).collect()
    }

    /// A digest of everything the figures depend on: equal inputs give equal figures.
    fn inputs(&self, job: &Job<'_>) -> String {
        let mut inputs = blake3::Hasher::new();
        let mut add = |text: &str| {
            inputs.update(text.as_bytes());
            inputs.update(b"\n");
        };
        for text in [PROGRAM, &self.manifest.period, &job.method.digest, &job.profile.code] {
            add(text);
        }
        for batch in self.batches.iter().filter(|batch| !batch.flows.is_empty()) {
            add(&batch.id);
        }
        let mut compiled: BTreeMap<&str, &str> = BTreeMap::new();
        for month in self.earlier.iter().flat_map(|run| &run.months) {
            compiled.extend(self.compiled(month).map(|run| (month.as_str(), run.id.as_str())));
        }
        for (month, run) in compiled {
            add(&format!("{month} {run}"));
        }
        hex(&inputs.finalize().as_bytes()[..16])
    }

    /// The newest mirror run of the same period, made of the same inputs.
    pub fn same_mirror(&self) -> Option<&RunManifest> {
        let is_same = |run: &&RunManifest| {
            has(&run.stages, "mirror") && run.as_of.is_none() && run.account.get(INPUTS) == self.manifest.account.get(INPUTS)
        };
        self.earlier.iter().rfind(is_same).filter(|_| self.manifest.as_of.is_none())
    }
}

impl RunManifest {
    /// Whether files with items of a month came or left since the run; `ever` holds those that left too.
    fn is_older_than_files(&self, batches: &[BatchManifest], ever: &[BatchManifest], month: &str) -> bool {
        let is_visible = |id: &String| batches.iter().any(|batch| batch.id == *id);
        ever.iter().any(|batch| batch.months.contains_key(month) && has(&self.batches, &batch.id) != is_visible(&batch.id))
    }
}

fn has(all: &[String], one: &str) -> bool {
    all.iter().any(|other| other == one)
}

/// First and last day that a count of partner flows is about.
fn days(flow: &FlowCount) -> Option<(i32, i32)> {
    let first = day_number(&flow.period)?;
    let months = match flow.frequency.as_str() {
        "A" => 12,
        "Q" => 3,
        _ => 1,
    };
    let end = day(first).checked_add_months(Months::new(months))?;
    Some((first, day_number(&end.to_string())? - 1))
}
