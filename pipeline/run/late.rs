//! Months already compiled that the store would give otherwise today.
//!
//! A file says itself of which months its items are, but not which months it takes items from: a
//! version may have another date than the one it replaces, and a message about a declaration
//! has none. Those months are found through the declarations.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type};
use datafusion::common::JoinType;
use datafusion::functions::expr_fn::coalesce;
use datafusion::prelude::{col, lit};
use sha2::{Digest, Sha256};
use tradestat_core::schema::Record;

use super::{Job, Run, month_of};
use crate::error::{Error, Result};
use crate::method::{header::Layer, hex};
use crate::store::manifest::{BatchManifest, RelationFile, RunManifest};

/// The files that a run has seen, by the months it computed.
type Seen = BTreeMap<String, HashSet<String>>;

impl Run {
    /// Names the months compiled before, and not by this run, that late or amended items would change.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn note_stale_months(&mut self, job: &Job<'_>) -> Result<()> {
        let others = |month: &String| !self.months.contains(month);
        let mut stale = self.stale(job, &self.seen_by("compile", others)).await?;
        // An item would count in two months, or in none.
        let dates = job.profile.recording_dates();
        stale.extend(
            self.newest("compile", others)
                .into_iter()
                .filter(|(_, run)| run.recording_dates != dates)
                .map(|(month, _)| month.clone()),
        );
        self.manifest.stale_months = stale.into_iter().collect();
        Ok(())
    }

    /// A stage goes on from what the one before it made of the same files: a month whose files came,
    /// left or were amended in between must go through that stage again first.
    ///
    /// # Errors
    /// Exit 3, for such a month.
    pub async fn refuse_stale(&mut self, job: &Job<'_>, stages: &[&str]) -> Result<()> {
        let decisions = decisions_digest(job)?;
        if stages.contains(&"validate") {
            self.manifest.method_files.extend(decisions.map(|digest| (DECISIONS.to_owned(), digest)));
            return Ok(());
        }
        // A past state takes nothing from another run.
        if self.manifest.as_of.is_some() {
            return Ok(());
        }
        let (before, done, needed, months) = match stages.first() {
            Some(&"compile") => ("validate", "validated", "validate", &self.months),
            _ => ("compile", "compiled", "run", &self.target),
        };
        let seen = self.seen_by(before, |month| months.contains(month));
        if let Some(month) = self.stale(job, &seen).await?.first() {
            return Err(Error::NothingToRead {
                problem: format!("files of {month} came or left since it was {done}"),
                hint: format!("run `tradestat {needed} --period {}` first", self.manifest.period),
            });
        }
        let mut changed = self.changed_method(job, before, months);
        let is_decided_anew = self.newest(before, |month| months.contains(month)).into_iter().any(|(month, run)| {
            let judged =
                self.done("validate").rfind(|judged| judged.months.contains(month) && judged.committed_at <= run.committed_at);
            judged.is_some_and(|judged| judged.method_files.get(DECISIONS) != decisions.as_ref())
        });
        if is_decided_anew {
            changed.push(DECISIONS.to_owned());
        }
        if let [first, rest @ ..] = changed.as_slice() {
            let period = &self.manifest.period;
            self.note(match rest.len() {
                0 => format!("{period}: the figures were {done} before `{first}` changed: `tradestat run` computes them anew"),
                count => format!("{period}: the figures were {done} before `{first}` and {count} more changed: `tradestat run` computes them anew"),
            });
        }
        Ok(())
    }

    /// The runs that did a stage, oldest first.
    fn done<'r>(&'r self, stage: &'r str) -> impl DoubleEndedIterator<Item = &'r RunManifest> {
        self.earlier.iter().filter(move |run| run.as_of.is_none() && run.stages.iter().any(|done| done == stage))
    }

    /// The newest of them, by the months they did it for.
    fn newest<'r>(&'r self, stage: &'r str, is_meant: impl Fn(&String) -> bool) -> BTreeMap<&'r String, &'r RunManifest> {
        self.done(stage)
            .flat_map(|run| run.months.iter().filter(|month| is_meant(month)).map(move |month| (month, run)))
            .collect()
    }

    fn seen_by(&self, stage: &str, is_meant: impl Fn(&String) -> bool) -> Seen {
        let newest = self.newest(stage, is_meant).into_iter();
        newest.map(|(month, run)| (month.clone(), run.batches.iter().cloned().collect())).collect()
    }

    async fn stale(&self, job: &Job<'_>, seen: &Seen) -> Result<BTreeSet<String>> {
        let visible: HashSet<&str> = self.batches.iter().map(|batch| batch.id.as_str()).collect();
        // Those that left tell as well as those that came what a month would lack or get.
        let batches = job.all_batches().await?;
        let mut stale = changed_by_messages(job, &batches, &visible, seen).await?;
        for (month, known) in seen {
            if batches.iter().any(|batch| batch.months.contains_key(month) && has_changed(known, &visible, &batch.id)) {
                stale.insert(month.clone());
            }
        }
        Ok(stale)
    }

    /// Steps below the tables, the lists they read and the profile, where they differ from those of the runs
    /// whose figures are taken.
    fn changed_method(&self, job: &Job<'_>, stage: &str, months: &[String]) -> Vec<String> {
        let method = &job.method;
        let layers = [Layer::Validate, Layer::Compile, Layer::Protect];
        let read: BTreeSet<&str> =
            layers.iter().flat_map(|layer| method.in_order(*layer)).flat_map(|step| &step.reads).map(String::as_str).collect();
        let lists: BTreeSet<&str> =
            method.lists.values().filter(|list| read.contains(list.name.as_str())).map(|list| list.file.as_str()).collect();
        let rooms = ["sql/validate/", "sql/compile/", "sql/protect/"];
        let profile = format!("reference/profiles/{}.toml", job.workspace.profile);
        let is_of_figures =
            |file: &str| rooms.iter().any(|room| file.starts_with(room)) || lists.contains(file) || file == profile;
        let now = &self.manifest.method_files;
        let mut changed = BTreeSet::new();
        for run in self
            .newest(stage, |month| months.contains(month))
            .values()
            .filter(|run| run.method_digest != self.manifest.method_digest)
        {
            let then = &run.method_files;
            changed.extend(
                now.keys().chain(then.keys()).filter(|file| is_of_figures(file) && now.get(*file) != then.get(*file)).cloned(),
            );
        }
        changed.into_iter().collect()
    }
}

/// The file of decisions among the files that a run used.
const DECISIONS: &str = "decisions.csv";

/// The digest of the decisions as they stand; none where there are none.
fn decisions_digest(job: &Job<'_>) -> Result<Option<String>> {
    let path = &job.workspace.decisions;
    match std::fs::read(path) {
        Ok(bytes) => Ok(Some(hex(&Sha256::digest(&bytes)))),
        Err(source) if source.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(Error::ReadSource { path: path.clone(), source }),
    }
}

/// Whether a file came since a run that knew these, or left.
fn has_changed(known: &HashSet<String>, visible: &HashSet<&str>, batch: &str) -> bool {
    known.contains(batch) != visible.contains(batch)
}

/// Of the months seen: those of whose declarations a file that came or left since tells a later
/// version, a cancellation or an amendment, or the same version once more.
async fn changed_by_messages(
    job: &Job<'_>,
    batches: &[BatchManifest],
    visible: &HashSet<&str>,
    seen: &Seen,
) -> Result<BTreeSet<String>> {
    let doing = || Error::engine("looking for months that later versions change");
    let is_other = |batch: &BatchManifest| seen.values().any(|known| has_changed(known, visible, &batch.id));
    let told = |relation: &'static str| -> Vec<&RelationFile> {
        let files = batches.iter().filter(|batch| is_other(batch)).flat_map(|batch| &batch.files);
        files.filter(|file| file.relation == relation && file.rows > 0).collect()
    };
    let (receipts, amendments) = (told("receipt"), told("amendment"));
    if receipts.is_empty() && amendments.is_empty() {
        return Ok(BTreeSet::new());
    }
    let ctx = job.session()?;
    let holds =
        |batch: &&BatchManifest| seen.iter().any(|(month, known)| batch.months.contains_key(month) && known.contains(&batch.id));
    let held = |relation: &'static str| -> Vec<&RelationFile> {
        batches
            .iter()
            .filter(holds)
            .flat_map(|batch| &batch.files)
            .filter(|file| file.relation == relation && file.rows > 0)
            .collect()
    };
    let touching = || [col("declaration_id").alias("touched"), col("batch_id").alias("by")];
    let received = ctx.read_table(job.store.table(&Record::Receipt.schema(), &receipts)?).map_err(doing())?;
    let known = ctx.read_table(job.store.table(&Record::Receipt.schema(), &held("receipt"))?).map_err(doing())?;
    let known = known.select(vec![
        col("declaration_id").alias("held"),
        col("version").alias("held_as"),
        col("batch_id").alias("held_by"),
    ]);
    let same = [col("declaration_id").eq(col("held")), col("version").eq(col("held_as")), col("batch_id").not_eq(col("held_by"))];
    let again = received
        .clone()
        .join_on(known.map_err(doing())?, JoinType::LeftSemi, same)
        .and_then(|rows| rows.select(touching()))
        .map_err(doing())?;
    let later = received
        .filter(col("version").gt(lit(1)).or(col("is_cancelled")))
        .and_then(|rows| rows.select(touching()))
        .map_err(doing())?;
    let amended = ctx.read_table(job.store.table(&Record::Amendment.schema(), &amendments)?).map_err(doing())?;
    let amended = amended.select(vec![col("reference").alias("touched"), col("batch_id").alias("by")]).map_err(doing())?;
    let touched =
        later.union(again).and_then(|rows| rows.union_distinct(amended)).map_err(doing())?.cache().await.map_err(doing())?;
    if touched.clone().count().await.map_err(doing())? == 0 {
        return Ok(BTreeSet::new());
    }
    let items = ctx.read_table(job.store.table(&Record::Item.schema(), &held("item"))?).map_err(doing())?;
    let day = coalesce(job.profile.recording_dates().iter().map(|name| col(*name)).collect()).alias("day");
    let items = items.select(vec![col("declaration_id"), day]).map_err(doing())?;
    let met = touched.join(items, JoinType::Inner, &["touched"], &["declaration_id"], None).map_err(doing())?;
    let met = met.select_columns(&["by", "day"]).and_then(|rows| rows.distinct()).map_err(doing())?;
    let mut changed: BTreeSet<String> = BTreeSet::new();
    for batch in met.collect().await.map_err(doing())? {
        let by = cast(batch.column_by_name("by").expect("selected above"), &DataType::Utf8).expect("codes are text");
        let by = by.as_string::<i32>();
        let days = batch.column_by_name("day").expect("selected above").as_primitive::<Date32Type>();
        for row in (0..batch.num_rows()).filter(|row| days.is_valid(*row)) {
            let month = month_of(days.value(row));
            if seen.get(&month).is_some_and(|known| has_changed(known, visible, by.value(row))) {
                changed.insert(month);
            }
        }
    }
    Ok(changed)
}
