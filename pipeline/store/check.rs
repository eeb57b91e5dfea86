//! Looking after a store: list, check, withdraw, copy.

use std::collections::BTreeSet;
use std::path::Path;

use futures::TryStreamExt;
use serde::de::DeserializeOwned;

use super::manifest::{BatchManifest, Closing, Rekey, RunManifest, Withdrawal};
use super::{Store, rekey};
use crate::config::Workspace;
use crate::error::{Error, Result};
use crate::progress::{Event, Listener};

pub async fn list(store: &Store) -> Result<()> {
    let withdrawn: BTreeSet<String> = store.withdrawals().await?.into_iter().map(|w| w.batch).collect();
    let mut batches = store.all_batches().await?;
    batches.sort_by(|a, b| (&a.committed_at, &a.id).cmp(&(&b.committed_at, &b.id)));
    for batch in batches {
        let state = if withdrawn.contains(&batch.id) { " withdrawn" } else { "" };
        crate::say!(
            "batch {} {} {} {} lines {} items {} faults {}{state}",
            batch.committed_at, batch.id, batch.form, batch.source, batch.lines_read, batch.items, batch.faults
        );
    }
    for run in store.runs().await? {
        let as_of = run.as_of.as_deref().map(|at| format!(" as of {at}")).unwrap_or_default();
        crate::say!("run   {} {} {} {}{as_of}", run.committed_at, run.id, run.period, run.stages.join(","));
    }
    for rekey in store.rekeys().await? {
        crate::say!("key   {} {} over {} files {}: {}", rekey.at, rekey.key_id, rekey.before, rekey.files.len(), rekey.why);
    }
    Ok(())
}

/// Reads every manifest and every file that one names, and lists files that none names.
pub async fn check(store: &Store) -> Result<()> {
    let mut named = BTreeSet::new();
    let mut damaged = Vec::new();
    let mut batches: Vec<BatchManifest> = sound(store, "batch", &mut damaged).await?;
    let mut runs: Vec<RunManifest> = sound(store, "run", &mut damaged).await?;
    let mut rekeys: Vec<Rekey> = sound(store, "rekey", &mut damaged).await?;
    rekeys.sort_by(|a, b| (&a.at, &a.key_id).cmp(&(&b.at, &b.key_id)));
    sound::<Withdrawal>(store, "withdrawal", &mut damaged).await?;
    sound::<Closing>(store, "closing", &mut damaged).await?;
    batches.iter_mut().for_each(|batch| rekey::renew_batch(batch, &rekeys));
    runs.iter_mut().for_each(|run| rekey::renew_files(&mut run.files, &rekeys));
    let files = batches.iter().flat_map(|b| &b.files).chain(runs.iter().flat_map(|r| &r.files));
    let files = files.map(|file| (&file.path, file.rows));
    // What was there before a change of the key is still read as of a day before it.
    for (path, rows) in files.chain(rekeys.iter().flat_map(|rekey| &rekey.files).map(|(path, file)| (path, file.rows))) {
        named.insert(path.clone());
        if let Err(problem) = read_whole(store, path, rows) {
            damaged.push(format!("{path}: {problem}"));
        }
    }
    let listed: Vec<_> = store.objects.list(None).try_collect().await.map_err(|e| Error::Store {
        path: store.root.clone(),
        problem: format!("cannot be listed: {e}"),
        hint: "check the rights of the folder".into(),
    })?;
    // Files of a damaged manifest look like orphans, and must not be told to be deleted.
    let is_sure = damaged.is_empty();
    let mut orphans = 0;
    for meta in listed {
        let name = meta.location.to_string();
        if name.ends_with(".parquet") && !named.contains(&name) {
            let advice = if is_sure { "; it may be deleted" } else { "" };
            crate::say!("orphan {name} ({} bytes): left by a run that did not end well, no reader opens it{advice}", meta.size);
            orphans += 1;
        }
    }
    crate::say!("{} files named by {} batches and {} runs, {orphans} orphans", named.len(), batches.len(), runs.len());
    if damaged.is_empty() {
        return Ok(());
    }
    for line in &damaged {
        crate::say!("damaged {line}");
    }
    Err(Error::Store {
        path: store.root.clone(),
        problem: format!("has {} damaged files", damaged.len()),
        hint: "restore them from a copy made by `tradestat store copy`".into(),
    })
}

/// The manifests of a kind that can be read; the others are put down.
async fn sound<T: DeserializeOwned>(store: &Store, kind: &str, damaged: &mut Vec<String>) -> Result<Vec<T>> {
    let mut manifests = Vec::new();
    for read in store.read_each(kind).await? {
        match read {
            Ok(found) => manifests.extend(found),
            Err(Error::Store { problem, .. }) => damaged.push(problem.trim_start_matches("has a file ").into()),
            Err(other) => return Err(other),
        }
    }
    Ok(manifests)
}

fn read_whole(store: &Store, path: &str, rows: u64) -> Result<(), String> {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let file = std::fs::File::open(store.root.join(path)).map_err(|e| e.to_string())?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(|e| e.to_string())?;
    let mut found = 0;
    for batch in reader {
        found += batch.map_err(|e| e.to_string())?.num_rows() as u64;
    }
    if found == rows { Ok(()) } else { Err(format!("found {found} rows, its manifest says {rows}")) }
}

pub async fn withdraw(store: &Store, batch: &str, why: &str, at: &str, listen: Listener<'_>) -> Result<()> {
    let found = store.batch(batch).await?.ok_or_else(|| Error::Usage {
        problem: format!("no batch `{batch}` in the store"),
        hint: "`tradestat store list` names them".into(),
    })?;
    if why.trim().is_empty() {
        return Err(Error::Usage { problem: "a withdrawal needs its reason".into(), hint: "write --why TEXT".into() });
    }
    let withdrawal = Withdrawal { batch: found.id.clone(), why: why.into(), at: at.into() };
    let text = if store.withdraw(&withdrawal).await? {
        format!("batch {} ({}) is withdrawn; its months: {}", found.id, found.source, months(&found))
    } else {
        format!("batch {} was withdrawn before; nothing changed", found.id)
    };
    listen.hear(Event::Note { text });
    Ok(())
}

fn months(batch: &super::manifest::BatchManifest) -> String {
    batch.months.keys().cloned().collect::<Vec<_>>().join(", ")
}

/// Copies store and releases into an empty folder. The key is not among them: who holds the
/// copy cannot make pseudonyms.
pub async fn copy(store: &Store, workspace: &Workspace, dest: &Path, listen: Listener<'_>) -> Result<()> {
    let is_taken = std::fs::read_dir(dest).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        return Err(Error::Usage {
            problem: format!("`{}` is not empty", dest.display()),
            hint: "name a new folder".into(),
        });
    }
    let mut count = copy_folder(&store.root, &dest.join("store"))?;
    if workspace.release.is_dir() {
        count += copy_folder(&workspace.release, &dest.join("release"))?;
    }
    listen.hear(Event::Note { text: format!("copied {count} files to `{}`; the key stays where it is", dest.display()) });
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<u64> {
    std::fs::create_dir_all(to).map_err(Error::write(to.display().to_string()))?;
    let unreadable = |source| Error::ReadSource { path: from.to_path_buf(), source };
    let mut count = 0;
    for entry in std::fs::read_dir(from).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            count += copy_folder(&path, &target)?;
        } else if entry.file_name() != "writing.lock" {
            std::fs::copy(&path, &target).map_err(Error::write(target.display().to_string()))?;
            count += 1;
        }
    }
    Ok(count)
}
