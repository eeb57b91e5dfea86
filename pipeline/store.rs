//! Relations, batches, runs and their manifests; the only room that builds a path or URL.
//!
//! ```text
//! store/store.json                                   version of this layout
//! store/item/batch=<id>/0.parquet                    what a source file held
//! store/trade/period=2026-03/run=<id>/0.parquet      what a run made of a month
//! store/manifest/batch/<id>.json, run/<id>.json      the commits
//! store/manifest/withdrawal/, closing/, rekey/       decisions about them
//! store/item/batch=<id>/key=<id>/0.parquet           the same rows under another key
//! store/failed/<id>.json                             what a failed run left; no reader opens it
//! ```
//!
//! Nothing that a manifest names is overwritten or deleted. A batch or run writes its files under its own id
//! and becomes visible by one put-if-absent of its manifest, after its files are on the disk.

pub mod check;
pub mod durable;
pub mod leftover;
pub mod manifest;
pub mod month;
pub mod parquet;
pub mod rekey;
pub mod release;

use std::collections::HashSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::logical_expr::SortExpr;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use leftover::Owner;
use manifest::{BatchManifest, Closing, Manifest, RelationFile, RunManifest, STORE_VERSION, Withdrawal};

/// A folder of relations and manifests, as of now or of a past moment; cheap to clone.
#[derive(Clone)]
pub struct Store {
    root: PathBuf,
    objects: Arc<dyn ObjectStore>,
    /// Only manifests committed up to this moment are seen.
    as_of: Option<String>,
}

/// Held while a command writes; the operating system releases it if the program dies.
pub struct WriteLock {
    _file: File,
}

#[derive(Serialize, serde::Deserialize)]
struct StoreFile {
    version: u32,
}

impl Store {
    /// Makes an empty store; an existing one is left as it is.
    pub async fn create(root: &Path) -> Result<()> {
        std::fs::create_dir_all(root).map_err(Error::write(root.display().to_string()))?;
        let store = Store::at(root)?;
        store.put_if_absent("store.json", &StoreFile { version: STORE_VERSION })?;
        Ok(())
    }

    /// Refuses a folder without `store.json`, and a layout that is newer than the program.
    pub async fn open(root: &Path, as_of: Option<String>) -> Result<Self> {
        if !root.is_dir() {
            return Err(Error::Store {
                path: root.to_path_buf(),
                problem: "does not exist".into(),
                hint: "make a working folder with `tradestat init DIR --profile az`, and name it with -C".into(),
            });
        }
        let mut store = Store::at(root)?;
        store.as_of = as_of;
        let damaged = |problem: &str| Error::Store {
            path: root.to_path_buf(),
            problem: problem.into(),
            hint: "run `tradestat store check`".into(),
        };
        let version: StoreFile =
            store.read("store.json").await?.ok_or_else(|| damaged("has no `store.json`, so it is not a store"))?;
        if version.version > STORE_VERSION {
            return Err(Error::Store {
                path: root.to_path_buf(),
                problem: format!("has layout version {}, this program knows {STORE_VERSION}", version.version),
                hint: "use a newer tradestat".into(),
            });
        }
        Ok(store)
    }

    fn at(root: &Path) -> Result<Self> {
        let root = root.canonicalize().map_err(Error::write(root.display().to_string()))?;
        let objects = LocalFileSystem::new_with_prefix(&root)
            .map_err(|e| Error::Write { what: root.display().to_string(), source: e.into() })?;
        Ok(Store { root, objects: Arc::new(objects), as_of: None })
    }

    /// The folder, with links followed.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The moment up to which manifests are seen, as they write moments; none is now.
    pub fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// Where files are written by their keys, which are paths below the root.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        self.objects.clone()
    }

    /// Takes the only place for a writer, or says that the store is busy.
    pub fn lock(&self) -> Result<WriteLock> {
        let path = self.root.join("writing.lock");
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(Error::write(path.display().to_string()))?;
        match file.try_lock() {
            Ok(()) => Ok(WriteLock { _file: file }),
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::StoreBusy { path: self.root.clone() }),
            Err(std::fs::TryLockError::Error(source)) => Err(Error::write(path.display().to_string())(source)),
        }
    }

    // ---- manifests ----

    /// The one way anything becomes visible; false when the name is taken.
    pub fn put_if_absent<T: Serialize>(&self, name: &str, value: &T) -> Result<bool> {
        let mut text = serde_json::to_vec_pretty(value).expect("manifests are plain data");
        text.push(b'\n');
        durable::put_new(&self.root, name, &text).map_err(Error::write(name))
    }

    /// Makes visible what wrote these files, once they are on the disk.
    fn commit<M: Manifest + Serialize>(&self, manifest: &M) -> Result<bool> {
        let files: Vec<PathBuf> = manifest.files().map(|file| self.root.join(&file.path)).collect();
        durable::sync(&self.root, &files).map_err(Error::write("the files of the store"))?;
        self.put_if_absent(&format!("manifest/{}/{}.json", M::KIND, manifest.name()), manifest)
    }

    async fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let unreadable = |problem: String| self.damaged(format!("has a file `{name}` that {problem}"));
        let bytes = match self.objects.get(&Key::from(name)).await {
            Ok(found) => found.bytes().await.map_err(|e| unreadable(format!("cannot be read: {e}")))?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(e) => return Err(unreadable(format!("cannot be read: {e}"))),
        };
        let value: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|e| unreadable(format!("is not a manifest: {e}")))?;
        let version = value.get("store_version").and_then(|v| v.as_u64()).unwrap_or(0);
        if version > u64::from(STORE_VERSION) {
            return Err(Error::Store {
                path: self.root.clone(),
                problem: format!("has a manifest `{name}` of layout version {version}, this program knows {STORE_VERSION}"),
                hint: "use a newer tradestat".into(),
            });
        }
        serde_json::from_value(value).map(Some).map_err(|e| unreadable(format!("is not a manifest: {e}")))
    }

    /// A manifest; damaged where it says what no program writes.
    async fn manifest<M: Manifest>(&self, name: &str) -> Result<Option<M>> {
        let Some(manifest) = self.read::<M>(name).await? else { return Ok(None) };
        let own = name.rsplit_once('/').map_or(name, |(_, own)| own).trim_end_matches(".json");
        match manifest.problem(own) {
            None => Ok(Some(manifest)),
            Some(problem) => Err(self.damaged(format!("has a file `{name}` that is a manifest {problem}"))),
        }
    }

    async fn read_all<M: Manifest>(&self) -> Result<Vec<M>> {
        self.read_each().await?.into_iter().filter_map(Result::transpose).collect()
    }

    /// Every manifest of a kind by itself; none that left meanwhile.
    async fn read_each<M: Manifest>(&self) -> Result<Vec<Result<Option<M>>>> {
        let folder = Key::from(format!("manifest/{}", M::KIND));
        let listed: Vec<_> = self.objects.list(Some(&folder)).try_collect().await.map_err(|e| Error::Store {
            path: self.root.clone(),
            problem: format!("cannot be listed: {e}"),
            hint: "check the rights of the folder".into(),
        })?;
        let mut names: Vec<String> = listed.into_iter().map(|meta| meta.location.to_string()).collect();
        names.sort();
        let mut manifests = Vec::with_capacity(names.len());
        for name in names.iter().filter(|name| name.ends_with(".json")) {
            manifests.push(self.manifest(name).await);
        }
        Ok(manifests)
    }

    fn sees(&self, committed_at: &str) -> bool {
        self.as_of.as_deref().is_none_or(|limit| committed_at <= limit)
    }

    /// Batches that count: committed by the moment looked at, not withdrawn by then; oldest first.
    pub async fn batches(&self) -> Result<Vec<BatchManifest>> {
        let withdrawn = self.withdrawals().await?;
        let mut batches = self.all_batches().await?;
        batches.retain(|batch| self.sees(&batch.committed_at) && !withdrawn.iter().any(|w| w.batch == batch.id));
        batches.sort_by(|a, b| (&a.committed_at, &a.id).cmp(&(&b.committed_at, &b.id)));
        Ok(batches)
    }

    /// Every batch ever committed, withdrawn ones too.
    pub async fn all_batches(&self) -> Result<Vec<BatchManifest>> {
        let rekeys = self.rekeys().await?;
        let mut batches: Vec<BatchManifest> = self.read_all().await?;
        batches.iter_mut().for_each(|batch| rekey::renew_batch(batch, &rekeys));
        Ok(batches)
    }

    /// The manifest of a batch as it was written, withdrawn or not; none where the store has no such batch.
    pub async fn batch(&self, id: &str) -> Result<Option<BatchManifest>> {
        self.manifest(&format!("manifest/batch/{id}.json")).await
    }

    /// Withdrawals up to the moment of the store, in no order.
    pub async fn withdrawals(&self) -> Result<Vec<Withdrawal>> {
        let mut all: Vec<Withdrawal> = self.read_all().await?;
        all.retain(|w| self.sees(&w.at));
        Ok(all)
    }

    /// Makes the files of a batch visible; false if it has a manifest already, which stays.
    pub fn commit_batch(&self, manifest: &BatchManifest) -> Result<bool> {
        self.commit(manifest)
    }

    /// Hides a batch; false if it was withdrawn before.
    pub fn withdraw(&self, withdrawal: &Withdrawal) -> Result<bool> {
        self.commit(withdrawal)
    }

    /// Runs, oldest first. Runs made as of a past moment are never the newest of anything.
    pub async fn runs(&self) -> Result<Vec<RunManifest>> {
        let rekeys = self.rekeys().await?;
        let mut runs: Vec<RunManifest> = self.read_all().await?;
        runs.iter_mut().for_each(|run| rekey::renew_files(&mut run.files, &rekeys));
        runs.retain(|run| self.sees(&run.committed_at));
        runs.sort_by(|a, b| (&a.committed_at, &a.id).cmp(&(&b.committed_at, &b.id)));
        Ok(runs)
    }

    /// Makes the files of a run visible; a store error where it has a run of that name already.
    pub fn commit_run(&self, manifest: &RunManifest) -> Result<()> {
        if self.commit(manifest)? {
            return Ok(());
        }
        Err(Error::Store {
            path: self.root.clone(),
            problem: format!("has a run `{}` already", manifest.id),
            hint: "run it again".into(),
        })
    }

    /// Notes why a run failed, and removes what it wrote. The failure itself matters more than a record of it
    /// that cannot be written.
    pub fn fail_run(&self, manifest: &mut RunManifest, error: &Error) {
        manifest.notes.push(format!("stopped: {error}"));
        self.discard(Owner::Run, &manifest.id);
        let _ = self.put_if_absent(&format!("failed/{}.json", manifest.id), manifest);
    }

    /// Closings up to the moment of the store, oldest first.
    pub async fn closings(&self) -> Result<Vec<Closing>> {
        let mut all: Vec<Closing> = self.read_all().await?;
        all.retain(|c| self.sees(&c.at));
        all.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(all)
    }

    /// Records who closed a period; false if the same was decided at the same moment.
    pub fn close(&self, closing: &Closing) -> Result<bool> {
        self.commit(closing)
    }

    fn damaged(&self, problem: String) -> Error {
        Error::Store { path: self.root.clone(), problem, hint: "`tradestat store check` lists what is damaged".into() }
    }

    // ---- relations ----

    /// Key of a file that a batch writes.
    pub fn batch_file(relation: &str, batch: &str) -> String {
        format!("{relation}/batch={batch}/0.parquet")
    }

    /// Key of a file that a run writes; `month` is `2026-03`.
    pub fn run_file(relation: &str, month: Option<&str>, run: &str, part: usize) -> String {
        match month {
            Some(month) => format!("{relation}/period={month}/run={run}/{part}.parquet"),
            None => format!("{relation}/run={run}/{part}.parquet"),
        }
    }

    /// Key of a file that a change of the key writes beside another.
    fn renewed_file(path: &str, key_id: &str) -> String {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        // What an earlier change wrote stands one folder deeper already.
        let folder = folder.split("/key=").next().unwrap_or(folder);
        format!("{folder}/key={key_id}/{name}")
    }

    /// A relation over the given files, each read once; without files, an empty one of the same schema.
    pub fn table(&self, schema: &SchemaRef, files: &[&RelationFile]) -> Result<Arc<dyn TableProvider>> {
        self.ordered_table(schema, files, Vec::new())
    }

    /// A relation whose file has its rows in an order. Several files have none together.
    pub fn ordered_table(
        &self,
        schema: &SchemaRef,
        files: &[&RelationFile],
        order: Vec<SortExpr>,
    ) -> Result<Arc<dyn TableProvider>> {
        let inconsistent = Error::engine("registering a relation");
        // Batches of a run may share a file.
        let mut paths = HashSet::new();
        let present: Vec<_> = files.iter().filter(|file| file.rows > 0 && paths.insert(&file.path)).collect();
        if present.is_empty() {
            let empty = MemTable::try_new(schema.clone(), vec![vec![]]).map_err(inconsistent)?;
            // What is put together of several relations has an order only if all of them have it.
            let orders = if order.is_empty() { Vec::new() } else { vec![order] };
            return Ok(Arc::new(empty.with_sort_order(orders)));
        }
        // The engine takes a file that is gone or empty for one without rows.
        for file in &present {
            let bytes = std::fs::metadata(self.root.join(&file.path)).map_or(0, |found| found.len());
            if bytes != file.bytes {
                return Err(
                    self.damaged(format!("has a file `{}` of {bytes} bytes, its manifest says {}", file.path, file.bytes))
                );
            }
        }
        let urls = present
            .iter()
            .map(|file| ListingTableUrl::parse(self.root.join(&file.path).to_string_lossy()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(Error::engine("finding a relation"))?;
        let mut options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        if present.len() == 1 && !order.is_empty() {
            options = options.with_file_sort_order(vec![order]);
        }
        let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options).with_schema(schema.clone());
        Ok(Arc::new(ListingTable::try_new(config).map_err(inconsistent)?))
    }
}
