//! Small files of the batches of a run, put together.
//!
//! Where a declaration is a document of its own, a month is tens of thousands of files of a few rows each.
//! To open all of them in every step takes far longer than all that is done with their items, so a run reads
//! them once, into one file a relation that is its own and goes when it ends. The store stays as it is.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use futures::StreamExt;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;

use super::{Job, Run};
use crate::error::{Error, Result};
use crate::method::base;
use crate::progress::Event;
use crate::store::manifest::RelationFile;
use crate::store::parquet::{GroupWriter, ROW_GROUP, sorted};

/// Files of a relation that are opened one by one without anybody noticing.
const FEW: usize = 50;
/// Rows from which on reading a file takes longer than opening it.
const SMALL: u64 = 2000;
/// Batches read before they are copied together.
const PIECES: usize = 100;

impl Run {
    /// Lets batches that tell of the same months share one file a relation, where they have many small ones.
    ///
    /// Every batch names the shared file, which `Store::table` reads once: who asks for some of the batches
    /// gets rows of others that tell of the same months, and picks by `batch_id` where that matters.
    pub async fn gather(&mut self, job: &Job<'_>) -> Result<()> {
        let mut alike: BTreeMap<(Vec<&String>, &str), Vec<&RelationFile>> = BTreeMap::new();
        for batch in &self.batches {
            let months: Vec<&String> = batch.months.keys().collect();
            for file in batch.files.iter().filter(|file| (1..SMALL).contains(&file.rows)) {
                alike.entry((months.clone(), &file.relation)).or_default().push(file);
            }
        }
        alike.retain(|(_, relation), files| files.len() > FEW && base::schema(relation).is_some());
        if alike.is_empty() {
            return Ok(());
        }
        let (count, rows) = alike.values().flatten().fold((0, 0), |(count, rows), file| (count + 1, rows + file.rows));
        let work = format!("putting {count} small files together");
        let since = Instant::now();
        job.listen.hear(Event::Started { work: work.clone(), total: Some(rows), unit: "rows" });
        let folder = tempfile::tempdir().map_err(Error::write("a folder for temporary files"))?;
        let mut shared: HashMap<String, RelationFile> = HashMap::new();
        for (place, ((_, relation), files)) in alike.into_iter().enumerate() {
            let one = put_together(job, folder.path(), &format!("{place}.parquet"), relation, &files).await?;
            shared.extend(files.into_iter().map(|file| (file.path.clone(), one.clone())));
        }
        for file in self.batches.iter_mut().flat_map(|batch| &mut batch.files) {
            if let Some(one) = shared.get(&file.path) {
                *file = one.clone();
            }
        }
        self.gathered = Some(Arc::new(folder));
        job.listen.hear(Event::Finished { work, rows, took: since.elapsed() });
        Ok(())
    }
}

/// One file of the rows of several, each of its row groups in the order of the commodity codes, as ingest writes it.
async fn put_together(job: &Job<'_>, folder: &Path, name: &str, relation: &str, files: &[&RelationFile]) -> Result<RelationFile> {
    let doing = || Error::engine("putting small files together");
    let schema = base::schema(relation).expect("only such relations are put together");
    let ctx = job.session()?;
    // Nothing is pruned here, and it would open each file once more.
    ctx.state_ref().write().config_mut().options_mut().execution.collect_statistics = false;
    let mut rows = ctx.read_table(job.store.table(&schema, files)?).map_err(doing())?.execute_stream().await.map_err(doing())?;
    let place = LocalFileSystem::new_with_prefix(folder).map_err(|e| Error::Write { what: name.into(), source: e.into() })?;
    let objects: Arc<dyn ObjectStore> = Arc::new(place);
    let (mut writer, encoder) = GroupWriter::create(&objects, relation, name, &schema).await?;
    let concat = |batches: &[RecordBatch]| concat_batches(&schema, batches).map_err(|e| doing()(e.into()));
    // A batch of a few rows keeps room for thousands, so what was read is copied together soon.
    let (mut group, mut pieces, mut held) = (Vec::<RecordBatch>::new(), Vec::<RecordBatch>::new(), 0);
    loop {
        let batch = rows.next().await.transpose().map_err(doing())?;
        let is_last = batch.is_none();
        if let Some(batch) = batch {
            job.listen.hear(Event::Advanced { by: batch.num_rows() as u64 });
            held += batch.num_rows();
            pieces.push(batch);
        }
        if pieces.len() >= PIECES || (is_last && !pieces.is_empty()) {
            group.push(concat(&pieces)?);
            pieces.clear();
        }
        if held >= ROW_GROUP || (is_last && held > 0) {
            group.append(&mut pieces);
            writer.append(encoder.encode(&sorted(&concat(&group)?, &["commodity_code"])?)?).await?;
            (group, held) = (Vec::new(), 0);
        }
        if is_last {
            break;
        }
    }
    let mut file = writer.finish().await?;
    // A path of its own stays one below the root of the store.
    file.path = folder.join(name).display().to_string();
    Ok(file)
}
