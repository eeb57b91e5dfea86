//! Looking after a store: list, check, withdraw, copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use super::manifest::{BatchManifest, Closing, Rekey, RunManifest, Withdrawal};
use super::{Store, rekey, release};
use crate::config::Workspace;
use crate::error::{Error, Result};
use crate::progress::{Event, Listener};

/// Prints batches and runs, oldest first.
pub async fn list(store: &Store) -> Result<()> {
    let withdrawn: BTreeSet<String> = store.withdrawals().await?.into_iter().map(|w| w.batch).collect();
    let mut batches = store.all_batches().await?;
    batches.sort_by(|a, b| (&a.committed_at, &a.id).cmp(&(&b.committed_at, &b.id)));
    for batch in batches {
        let state = if withdrawn.contains(&batch.id) { " withdrawn" } else { "" };
        crate::say!(
            "batch {} {} {} {} lines {} items {} faults {}{state}",
            batch.committed_at,
            batch.id,
            batch.form,
            batch.source,
            batch.lines_read,
            batch.items,
            batch.faults
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
pub async fn check(store: &Store, workspace: &Workspace) -> Result<()> {
    // What another command is writing is named by no manifest yet.
    let lock = store.lock();
    let present = parquet_files(&store.root)?;
    let mut damaged = Vec::new();
    let mut batches: Vec<BatchManifest> = sound(store, "batch", &mut damaged).await?;
    let mut runs: Vec<RunManifest> = sound(store, "run", &mut damaged).await?;
    let mut rekeys: Vec<Rekey> = sound(store, "rekey", &mut damaged).await?;
    let withdrawals: Vec<Withdrawal> = sound(store, "withdrawal", &mut damaged).await?;
    let closings: Vec<Closing> = sound(store, "closing", &mut damaged).await?;
    // A store that may not be written has nobody who writes.
    let is_quiet = !matches!(lock, Err(Error::StoreBusy { .. }));
    drop(lock);
    rekeys.sort_by(|a, b| (&a.at, &a.key_id).cmp(&(&b.at, &b.key_id)));
    let written = batches.iter().flat_map(|batch| &batch.files).chain(runs.iter().flat_map(|run| &run.files));
    let written = written.chain(rekeys.iter().flat_map(|rekey| rekey.files.values()));
    let digests: BTreeMap<String, Option<String>> = written.map(|file| (file.path.clone(), file.blake3.clone())).collect();
    batches.iter_mut().for_each(|batch| rekey::renew_batch(batch, &rekeys));
    runs.iter_mut().for_each(|run| rekey::renew_files(&mut run.files, &rekeys));
    let known = |kind: &str, id: &str| match kind {
        "batch" => batches.iter().any(|batch| batch.id == id),
        _ => runs.iter().any(|run| run.id == id),
    };
    let of_runs = runs.iter().flat_map(|run| run.batches.iter().map(move |batch| ("batch", batch, format!("run {}", run.id))));
    let of_withdrawals = withdrawals.iter().map(|withdrawal| ("batch", &withdrawal.batch, "its withdrawal".to_owned()));
    let of_closings = closings.iter().map(|closing| ("run", &closing.run, format!("the closing of {}", closing.period)));
    let latest = pointed_to(&workspace.release);
    let of_releases = latest.iter().map(|(period, run)| ("run", run, format!("the release of {period}")));
    let mut lost: BTreeMap<String, String> = BTreeMap::new();
    for (kind, id, by) in
        of_runs.chain(of_withdrawals).chain(of_closings).chain(of_releases).filter(|(kind, id, _)| !known(kind, id))
    {
        lost.insert(format!("manifest/{kind}/{id}.json"), by);
    }
    damaged.extend(lost.into_iter().map(|(name, by)| format!("{name}: missing, and named by {by}")));
    let files = batches
        .iter()
        .flat_map(|batch| &batch.files)
        .chain(runs.iter().flat_map(|run| &run.files))
        .map(|file| (&file.path, file.rows));
    let mut named = BTreeSet::new();
    // What was there before a change of the key is still read as of a day before it.
    for (path, rows) in files.chain(rekeys.iter().flat_map(|rekey| &rekey.files).map(|(path, file)| (path, file.rows))) {
        let digest = digests.get(path).and_then(Option::as_deref);
        if let (true, Err(problem)) = (named.insert(path.clone()), read_whole(store, path, rows, digest)) {
            damaged.push(format!("{path}: {problem}"));
        }
    }
    // Files of a manifest that is damaged or lost look like orphans, and must not be told to be deleted.
    let is_sure = damaged.is_empty() && is_quiet;
    let mut orphans = 0;
    for (name, bytes) in present.iter().filter(|(name, _)| !named.contains(*name)) {
        let what = match (is_sure, is_quiet) {
            (true, _) => "left by a run that did not end well, no reader opens it; it may be deleted",
            (_, true) => "no sound manifest names it; do not delete it before the damage is mended",
            _ => "no manifest names it; another tradestat is writing, ask again when it has finished",
        };
        crate::say!("orphan {name} ({bytes} bytes): {what}");
        orphans += 1;
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

/// Parquet files below the store with their sizes, and the drafts of those that were never finished, which
/// have a `#` and a number after their name.
fn parquet_files(root: &Path) -> Result<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let unreadable = |source| Error::ReadSource { path: folder.clone(), source };
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let (path, meta) = (entry.path(), entry.metadata().map_err(unreadable)?);
            let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
            if meta.is_dir() {
                folders.push(path);
            } else if name.ends_with(".parquet") || name.contains(".parquet#") {
                found.insert(name, meta.len());
            }
        }
    }
    Ok(found)
}

/// Runs that the releases of declarations point to, by period.
fn pointed_to(releases: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for period in std::fs::read_dir(releases).into_iter().flatten().flatten() {
        if let Some(run) = release::latest(&period.path()) {
            found.push((period.file_name().to_string_lossy().into_owned(), run));
        }
    }
    found.sort();
    found
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

/// Reads a file to its end: against its digest, or row by row where its manifest says none.
fn read_whole(store: &Store, path: &str, rows: u64, digest: Option<&str>) -> Result<(), String> {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let mut file = std::fs::File::open(store.root.join(path)).map_err(|e| e.to_string())?;
    if let Some(digest) = digest {
        let mut found = blake3::Hasher::new();
        std::io::copy(&mut file, &mut found).map_err(|e| e.to_string())?;
        return if found.finalize().to_hex().as_str() == digest {
            Ok(())
        } else {
            Err("its bytes are not those that were written".into())
        };
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).and_then(|b| b.build()).map_err(|e| e.to_string())?;
    let mut found = 0;
    for batch in reader {
        found += batch.map_err(|e| e.to_string())?.num_rows() as u64;
    }
    if found == rows { Ok(()) } else { Err(format!("found {found} rows, its manifest says {rows}")) }
}

/// Hides a batch from runs to come, and says which months hold its items.
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

/// Copies store, releases, imported lists and decisions into an empty folder. The key is not among them: who
/// holds the copy cannot make pseudonyms.
pub async fn copy(store: &Store, workspace: &Workspace, dest: &Path, listen: Listener<'_>) -> Result<()> {
    let is_taken = std::fs::read_dir(dest).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        return Err(Error::Usage { problem: format!("`{}` is not empty", dest.display()), hint: "name a new folder".into() });
    }
    let folders = [(&store.root, "store"), (&workspace.release, "release"), (&workspace.imported, "reference")];
    let place = resolved(dest);
    if let Some((inside, _)) = folders.iter().find(|(folder, _)| place.starts_with(resolved(folder))) {
        return Err(Error::Usage {
            problem: format!("`{}` lies in `{}`, which is to be copied", dest.display(), inside.display()),
            hint: "name a folder elsewhere, best on another disk".into(),
        });
    }
    let mut count = 0;
    for (folder, name) in folders.into_iter().filter(|(folder, _)| folder.is_dir()) {
        count += copy_folder(folder, &dest.join(name))?;
    }
    if workspace.decisions.is_file() {
        let target = dest.join("decisions.csv");
        std::fs::copy(&workspace.decisions, &target).map_err(Error::write(target.display().to_string()))?;
        count += 1;
    }
    listen.hear(Event::Note { text: format!("copied {count} files to `{}`; the key stays where it is", dest.display()) });
    Ok(())
}

/// Where a path leads, also one that does not exist yet.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    match (path.canonicalize(), path.parent(), path.file_name()) {
        (Ok(there), ..) => there,
        (_, Some(parent), Some(name)) => resolved(parent).join(name),
        // `..` after a folder that does not exist.
        (_, Some(parent), None) => resolved(parent).parent().map(Path::to_path_buf).unwrap_or_default(),
        _ => path,
    }
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
