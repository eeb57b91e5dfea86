//! A new key of the pseudonyms.
//!
//! A pseudonym cannot be turned back, so the new key is laid over the old one: what the store holds is
//! hashed once more, and a number read in later goes through both. Traders stay who they are, and
//! the old key alone no longer leads to them.
//!
//! Files are written anew beside the old ones and become visible together, by one manifest. The new key
//! waits beside the old one until then; a change that was cut short is gone on with from there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tradestat_core::pseudonym::{Party, PseudonymKey, Pseudonymiser};

use super::Store;
use super::leftover::Owner;
use super::manifest::{BatchManifest, Rekey, RelationFile, STORE_VERSION};
use super::parquet::{GroupEncoder, GroupWriter, RelationWriter};
use crate::config::{self, Workspace};
use crate::error::{Error, Result};
use crate::progress::{Event, Listener};
use crate::run::PROGRAM;

/// What `store rekey` says without a reason to do it.
pub const EXPLAINED: &str = "\
A pseudonym is a keyed hash and cannot be turned back. A new key is laid over the old one: every pseudonym
in the store is hashed once more with it, and numbers read in later go through both. Figures stay as they are.
  tradestat store rekey --why TEXT   makes the key, rewrites the pseudonyms and says so in a manifest
The key file then holds both keys, a line each: keep all of it. Files as they were stay in the store, for
--as-of and for whoever must look back; who has the old key can still tell the traders of those.
Every manifest names its key by `key_id`.
";

/// Columns that hold pseudonyms, and the relations that have them.
const COLUMNS: [(&str, Party); 2] = [("trader_key", Party::Trader), ("declarant_key", Party::Declarant)];
const RELATIONS: [&str; 2] = ["item", "corrected_item"];

/// Changes the key, or finishes a change that was cut short. The caller holds the lock.
///
/// # Errors
/// When the store cannot be read or written; nothing is visible of the change then.
pub async fn rekey(store: &Store, workspace: &Workspace, why: &str, at: &str, listen: Listener<'_>) -> Result<()> {
    if why.trim().is_empty() {
        return Err(Error::Usage { problem: "a change of the key needs its reason".into(), hint: "write --why TEXT".into() });
    }
    let waiting = waiting(workspace);
    let old = workspace.read_key()?;
    let committed = store.rekeys().await?;
    // Half a key was never used: the files are written after it.
    if config::read_key(&waiting).is_err() {
        store.check_key(workspace, &old).await?;
        if waiting.exists() {
            std::fs::remove_file(&waiting).map_err(Error::write(waiting.display().to_string()))?;
        }
        config::write_secret(&waiting, &old.followed_by(config::secret()).to_lines())?;
    }
    let new = config::read_key(&waiting)?;
    if let Some(done) = committed.iter().find(|done| done.key_id == new.key_id()) {
        take_over(workspace)?;
        listen.hear(Event::Note { text: format!("the change of the key of {} is finished; key {}", done.at, done.key_id) });
        return Ok(());
    }
    if !new.follows(&old) {
        return Err(Error::Inconsistent {
            file: waiting.display().to_string(),
            line: None,
            problem: "does not follow the key in use".into(),
            hint: "it is left from something else: move it away".into(),
        });
    }
    let mut rekey = Rekey {
        store_version: STORE_VERSION,
        program: PROGRAM.into(),
        key_id: new.key_id(),
        before: old.key_id(),
        why: why.into(),
        at: at.into(),
        files: BTreeMap::new(),
    };
    let mut renewal = Renewal::new(&new);
    let batches = store.all_batches().await?;
    let runs = store.runs().await?;
    let files = batches.iter().flat_map(|batch| &batch.files).chain(runs.iter().flat_map(|run| &run.files));
    let files: Vec<&RelationFile> = files.filter(|file| RELATIONS.contains(&file.relation.as_str())).collect();
    listen.hear(Event::Started { work: "rewriting pseudonyms".into(), total: Some(files.len() as u64), unit: "files" });
    let rewritten = renewal.rewrite_all(store, &files, &mut rekey, listen).await;
    match rewritten.and_then(|()| store.commit(&rekey)) {
        Ok(true) => {}
        Ok(false) => return Err(Error::StoreBusy { path: store.root().to_path_buf() }),
        Err(error) => {
            store.discard(Owner::Rekey, &rekey.key_id);
            return Err(error);
        }
    }
    take_over(workspace)?;
    let text = format!(
        "key {} is laid over key {}: {} pseudonyms in {} files; keep `{}`",
        rekey.key_id,
        rekey.before,
        renewal.count,
        rekey.files.len(),
        workspace.key.display()
    );
    listen.hear(Event::Note { text });
    Ok(())
}

/// Where the new key waits until the store is rewritten.
fn waiting(workspace: &Workspace) -> PathBuf {
    let mut name = workspace.key.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn take_over(workspace: &Workspace) -> Result<()> {
    std::fs::rename(waiting(workspace), &workspace.key).map_err(Error::write(workspace.key.display().to_string()))
}

/// Puts the last key over pseudonyms made with the ones before it.
struct Renewal {
    columns: [(&'static str, Pseudonymiser); 2],
    count: u64,
}

impl Renewal {
    fn new(key: &PseudonymKey) -> Renewal {
        Renewal { columns: COLUMNS.map(|(name, party)| (name, Pseudonymiser::over(key, party))), count: 0 }
    }

    async fn rewrite_all(
        &mut self,
        store: &Store,
        files: &[&RelationFile],
        rekey: &mut Rekey,
        listen: Listener<'_>,
    ) -> Result<()> {
        for file in files {
            let renewed = self.rewrite(store, file, &rekey.key_id).await?;
            rekey.files.insert(file.path.clone(), renewed);
            listen.hear(Event::Advanced { by: 1 });
        }
        Ok(())
    }

    /// Writes the file beside the old one, row group by row group, so that it is read as fast.
    async fn rewrite(&mut self, store: &Store, file: &RelationFile, key_id: &str) -> Result<RelationFile> {
        let damaged = |problem: String| Error::Store {
            path: store.root().to_path_buf(),
            problem: format!("has a file `{}` that cannot be read: {problem}", file.path),
            hint: "run `tradestat store check`".into(),
        };
        let open = || std::fs::File::open(store.root().join(&file.path)).map_err(|e| damaged(e.to_string()));
        let whole = ParquetRecordBatchReaderBuilder::try_new(open()?).map_err(|e| damaged(e.to_string()))?;
        let (schema, groups) = (whole.schema().clone(), whole.metadata().clone());
        let path = Store::renewed_file(&file.path, key_id);
        let mut writer = if file.relation == "item" {
            let (writer, encoder) = GroupWriter::create(&store.objects(), &file.relation, &path, &schema).await?;
            Writer::Groups(writer, encoder)
        } else {
            Writer::Rows(RelationWriter::create(&store.objects(), &file.relation, &path, file.period.clone(), &schema).await?)
        };
        for (group, meta) in groups.row_groups().iter().enumerate() {
            let rows = usize::try_from(meta.num_rows()).expect("a row group is small").max(1);
            let reader = ParquetRecordBatchReaderBuilder::try_new(open()?)
                .and_then(|whole| whole.with_row_groups(vec![group]).with_batch_size(rows).build());
            for batch in reader.map_err(|e| damaged(e.to_string()))? {
                let written = match batch.map_err(|e| damaged(e.to_string())) {
                    Ok(batch) => writer.write(&self.renew(&batch)).await,
                    Err(error) => Err(error),
                };
                if let Err(error) = written {
                    writer.abort().await;
                    return Err(error);
                }
            }
        }
        match writer {
            Writer::Groups(writer, _) => writer.finish().await,
            Writer::Rows(writer) => writer.finish().await,
        }
    }

    fn renew(&mut self, batch: &RecordBatch) -> RecordBatch {
        let schema = batch.schema();
        let mut columns = batch.columns().to_vec();
        for (name, pseudonyms) in &mut self.columns {
            let Ok(place) = schema.index_of(name) else { continue };
            let codes = columns[place].as_dictionary::<Int32Type>();
            self.count += (codes.len() - codes.null_count()) as u64;
            let old = codes.values().as_string::<i32>();
            let new: StringArray = old.iter().map(|old| old.map(|old| pseudonyms.pseudonym(old).to_owned())).collect();
            let new: ArrayRef = Arc::new(new);
            let renewed = DictionaryArray::try_new(codes.keys().clone(), new).expect("as many texts as before");
            columns[place] = Arc::new(renewed);
        }
        RecordBatch::try_new(schema, columns).expect("the columns are of the kinds they were")
    }
}

enum Writer {
    Groups(GroupWriter, GroupEncoder),
    Rows(RelationWriter),
}

impl Writer {
    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        match self {
            Writer::Groups(writer, encoder) => writer.append(encoder.encode(batch)?).await,
            Writer::Rows(writer) => writer.write(batch).await,
        }
    }

    async fn abort(self) {
        match self {
            Writer::Groups(writer, _) => writer.abort().await,
            Writer::Rows(writer) => writer.abort().await,
        }
    }
}

impl Store {
    /// Changes of the key, oldest first.
    ///
    /// # Errors
    /// When a manifest cannot be read.
    pub async fn rekeys(&self) -> Result<Vec<Rekey>> {
        let mut all: Vec<Rekey> = self.read_all().await?;
        all.retain(|rekey| self.sees(&rekey.at));
        all.sort_by(|a, b| (&a.at, &a.key_id).cmp(&(&b.at, &b.key_id)));
        Ok(all)
    }

    /// Refuses a key that would give traders of this store other pseudonyms.
    ///
    /// # Errors
    /// Exit 5, where the pseudonyms of the store were made with another one.
    pub async fn check_key(&self, workspace: &Workspace, key: &PseudonymKey) -> Result<()> {
        match foreign_key(&self.batches().await?, &self.rekeys().await?, &key.key_id()) {
            Some((problem, hint)) => {
                Err(Error::Inconsistent { file: workspace.key.display().to_string(), line: None, problem, hint })
            }
            None => Ok(()),
        }
    }
}

/// Why a key is not that of the pseudonyms of visible batches, and what to do.
pub(super) fn foreign_key(batches: &[BatchManifest], rekeys: &[Rekey], key_id: &str) -> Option<(String, String)> {
    if let Some(last) = rekeys.last() {
        let hint = "finish the change with `tradestat store rekey --why TEXT`, or restore the key file";
        let problem = format!("has key {key_id}, and the pseudonyms of the store have key {}", last.key_id);
        return (last.key_id != key_id).then(|| (problem, hint.into()));
    }
    let keyed = || batches.iter().filter(|batch| has_pseudonyms(batch));
    let newest = keyed().max_by_key(|batch| &batch.committed_at)?;
    let hint = "restore the key file: under another key the same trader gets another pseudonym; if the key is lost, withdraw the batches and read their files in again";
    let problem =
        || format!("has key {key_id}, and the pseudonyms of batch {} ({}) have key {}", newest.id, newest.source, newest.key_id);
    (!keyed().any(|batch| batch.key_id == key_id)).then(|| (problem(), hint.into()))
}

/// Ids of the keys of visible batches, where they are not all one.
pub(super) fn split_keys(batches: &[BatchManifest]) -> Option<BTreeSet<&str>> {
    let keys: BTreeSet<&str> = batches.iter().filter(|batch| has_pseudonyms(batch)).map(|batch| batch.key_id.as_str()).collect();
    (keys.len() > 1).then_some(keys)
}

fn has_pseudonyms(batch: &BatchManifest) -> bool {
    batch.files.iter().any(|file| RELATIONS.contains(&file.relation.as_str()))
}

/// Puts the files that a change of the key wrote in the place of those before it.
pub(super) fn renew_files(files: &mut [RelationFile], rekeys: &[Rekey]) {
    for rekey in rekeys {
        for file in files.iter_mut() {
            if let Some(renewed) = rekey.files.get(&file.path) {
                *file = renewed.clone();
            }
        }
    }
}

/// As [`renew_files`], for a batch: its manifest then names the key under which its pseudonyms stand.
pub(super) fn renew_batch(batch: &mut BatchManifest, rekeys: &[Rekey]) {
    renew_files(&mut batch.files, rekeys);
    for rekey in
        rekeys.iter().filter(|rekey| rekey.files.values().any(|new| batch.files.iter().any(|file| file.path == new.path)))
    {
        batch.key_id.clone_from(&rekey.key_id);
    }
}
