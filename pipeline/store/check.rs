//! Looking after a store: list, check, withdraw, copy.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::manifest::{BatchManifest, Closing, Manifest, Rekey, RelationFile, RunManifest, Withdrawal};
use super::{Store, durable, leftover, rekey, release};
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

/// Orphans of one failed command that are told one by one; more of them are told as a sum.
const FEW: usize = 5;

/// Reads every manifest and every file that one names, compares with them what follows from them, and lists
/// files that none names, each of them if `is_listed`.
pub async fn check(store: &Store, workspace: &Workspace, is_listed: bool) -> Result<()> {
    // What another command is writing is named by no manifest yet.
    let lock = store.lock();
    let present = parquet_files(&store.root)?;
    let mut damaged = Vec::new();
    let batches: Vec<BatchManifest> = sound(store, &mut damaged).await?;
    let runs: Vec<RunManifest> = sound(store, &mut damaged).await?;
    let mut rekeys: Vec<Rekey> = sound(store, &mut damaged).await?;
    let withdrawals: Vec<Withdrawal> = sound(store, &mut damaged).await?;
    let closings: Vec<Closing> = sound(store, &mut damaged).await?;
    // A store that may not be written has nobody who writes.
    let is_quiet = !matches!(lock, Err(Error::StoreBusy { .. }));
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
    // What follows from manifests can be told only from all of them.
    let mut wrong = if damaged.is_empty() && is_quiet { unfollowed(workspace, &runs, &closings) } else { Vec::new() };
    drop(lock);
    damaged.extend(batches.iter().filter_map(miscounted));
    let written = batches.iter().flat_map(|batch| &batch.files).chain(runs.iter().flat_map(|run| &run.files));
    let mut named = BTreeSet::new();
    for file in written.chain(rekeys.iter().flat_map(|rekey| rekey.files.values())) {
        if let (true, Err(problem)) = (named.insert(file.path.clone()), read_whole(store, file)) {
            damaged.push(format!("{}: {problem}", file.path));
        }
    }
    // What was there before a change of the key is still read as of a day before it.
    named.extend(rekeys.iter().flat_map(|rekey| rekey.files.keys().cloned()));
    rekeys.sort_by(|a, b| (&a.at, &a.key_id).cmp(&(&b.at, &b.key_id)));
    let mut visible = batches.clone();
    visible.retain(|batch| !withdrawals.iter().any(|withdrawal| withdrawal.batch == batch.id));
    visible.iter_mut().for_each(|batch| rekey::renew_batch(batch, &rekeys));
    wrong.extend(foreign(workspace, &visible, &rekeys));
    // Files of a manifest that is damaged or lost look like orphans, and must not be told to be deleted.
    let what = match (damaged.is_empty(), is_quiet) {
        (true, true) => "left by a run that did not end well, no reader opens it; it may be deleted",
        (false, true) => "no sound manifest names it; do not delete it before the damage is mended",
        _ => "no manifest names it; another tradestat is writing, ask again when it has finished",
    };
    let orphans: Vec<(&String, u64)> =
        present.iter().filter(|(name, _)| !named.contains(*name)).map(|(name, bytes)| (name, *bytes)).collect();
    tell_orphans(&orphans, what, is_listed);
    crate::say!("{} files named by {} batches and {} runs, {} orphans", named.len(), batches.len(), runs.len(), orphans.len());
    for line in &damaged {
        crate::say!("damaged {line}");
    }
    for line in &wrong {
        crate::say!("wrong {line}");
    }
    let (problem, hint) = match (damaged.len(), wrong.len()) {
        (0, 0) => return Ok(()),
        (0, wrong) => (format!("disagrees with its folder in {wrong} places"), "each line says what mends it"),
        (damaged, _) => (format!("has {damaged} damaged files"), "restore them from a copy made by `tradestat store copy`"),
    };
    Err(Error::Store { path: store.root.clone(), problem, hint: hint.into() })
}

/// Files that no manifest names. A failed run may have left hundreds: they are told by who wrote them.
fn tell_orphans(orphans: &[(&String, u64)], what: &str, is_listed: bool) {
    let mut by_owner: BTreeMap<&str, Vec<&(&String, u64)>> = BTreeMap::new();
    for orphan in orphans {
        by_owner.entry(leftover::owner(orphan.0).unwrap_or_default()).or_default().push(orphan);
    }
    for (owner, files) in by_owner {
        if is_listed || owner.is_empty() || files.len() <= FEW {
            files.iter().for_each(|(name, bytes)| crate::say!("orphan {name} ({bytes} bytes): {what}"));
        } else {
            let bytes: u64 = files.iter().map(|(_, bytes)| bytes).sum();
            crate::say!("orphans {} files of {owner} ({bytes} bytes), as {}: {what}", files.len(), files[0].0);
        }
    }
}

/// What a command that was cut short did not bring to its end: records of decisions, pointers to releases.
fn unfollowed(workspace: &Workspace, runs: &[RunManifest], closings: &[Closing]) -> Vec<String> {
    let mends = |period: &str| format!("`tradestat run --period {period}` mends it");
    let published = || runs.iter().filter(|run| run.as_of.is_none() && run.release.is_some());
    let unrecorded = published().filter(|run| run.is_decided() && !closings.iter().any(|closing| closing.run == run.id));
    let mut wrong: Vec<String> = unrecorded
        .map(|run| {
            format!("run {}: it made {} {}, and no closing records it; {}", run.id, run.period, run.state, mends(&run.period))
        })
        .collect();
    let periods: BTreeSet<&str> = published().map(|run| run.period.as_str()).collect();
    for period in periods {
        let folder = workspace.release.join(period);
        let newest = release::newest(runs.iter(), period).expect("it has one");
        // A store may stand without its releases, as in a copy.
        if let (true, Some(problem)) = (folder.is_dir(), release::wrong_pointer(&folder, newest)) {
            let right = format!("the newest {} one is {}", newest.state, newest.id);
            wrong.push(format!("release/{period}/latest.json: it {problem}, {right}; {}", mends(period)));
        }
    }
    wrong
}

/// Lines that are neither an item nor a fault, as in a manifest that was edited by hand.
fn miscounted(batch: &BatchManifest) -> Option<String> {
    // A line of a partner file may hold several flows.
    let is_right = !batch.flows.is_empty() || batch.items + batch.faulted_lines == batch.lines_read;
    let counts =
        || format!("{} items and {} faulted lines are not the {} lines read", batch.items, batch.faulted_lines, batch.lines_read);
    (!is_right).then(|| format!("manifest/batch/{}.json: {}", batch.id, counts()))
}

/// Pseudonyms that were made with another key than that of the folder. A folder may be without its key.
fn foreign(workspace: &Workspace, batches: &[BatchManifest], rekeys: &[Rekey]) -> Vec<String> {
    let named = |(problem, hint): (String, String)| format!("{}: it {problem}; {hint}", workspace.key.display());
    let of_key = match workspace.read_key() {
        Ok(key) => rekey::foreign_key(batches, rekeys, &key.key_id()).map(named),
        Err(Error::Inconsistent { problem, hint, .. }) => Some(named((problem, hint))),
        Err(_) => None,
    };
    let split = rekey::split_keys(batches).map(|keys| {
        let keys = Vec::from_iter(keys).join(", ");
        format!("pseudonyms: keys {keys} made them, so that the same trader is not one; withdraw the batches of the wrong key and read their files in again")
    });
    of_key.into_iter().chain(split).collect()
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
async fn sound<M: Manifest>(store: &Store, damaged: &mut Vec<String>) -> Result<Vec<M>> {
    let mut manifests = Vec::new();
    for read in store.read_each().await? {
        match read {
            Ok(found) => manifests.extend(found),
            Err(Error::Store { problem, .. }) => damaged.push(problem.trim_start_matches("has a file ").into()),
            Err(other) => return Err(other),
        }
    }
    Ok(manifests)
}

/// Reads a file to its end: against its digest, or row by row where its manifest says none.
fn read_whole(store: &Store, named: &RelationFile) -> Result<(), String> {
    use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let mut file = std::fs::File::open(store.root.join(&named.path)).map_err(|e| e.to_string())?;
    if let Some(digest) = &named.blake3 {
        let mut found = blake3::Hasher::new();
        std::io::copy(&mut file, &mut found).map_err(|e| e.to_string())?;
        if found.finalize().to_hex().as_str() != digest {
            return Err("its bytes are not those that were written".into());
        }
    }
    let bytes = file.metadata().map_err(|e| e.to_string())?.len();
    let whole = ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| e.to_string())?;
    let mut rows = u64::try_from(whole.metadata().file_metadata().num_rows()).unwrap_or_default();
    if named.blake3.is_none() {
        rows = 0;
        for batch in whole.build().map_err(|e| e.to_string())? {
            rows += batch.map_err(|e| e.to_string())?.num_rows() as u64;
        }
    }
    match (rows, bytes) == (named.rows, named.bytes) {
        true => Ok(()),
        false => Err(format!("found {rows} rows in {bytes} bytes, its manifest says {} in {}", named.rows, named.bytes)),
    }
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
    let text = if store.withdraw(&withdrawal)? {
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

/// Stands in a copy until it is whole.
const UNFINISHED: &str = "copy.unfinished";

/// Copies store, releases, imported lists and decisions into an empty folder. The key is not among them: who
/// holds the copy cannot make pseudonyms.
pub async fn copy(store: &Store, workspace: &Workspace, dest: &Path, listen: Listener<'_>) -> Result<()> {
    let is_taken = std::fs::read_dir(dest).is_ok_and(|mut entries| entries.next().is_some());
    let unfinished = dest.join(UNFINISHED);
    if is_taken {
        return Err(Error::Usage {
            problem: format!("`{}` is not empty", dest.display()),
            hint: match unfinished.is_file() {
                true => "a copy that broke off stands there and may be deleted; or name a new folder".into(),
                false => "name a new folder".into(),
            },
        });
    }
    let folders = [(&store.root, "store"), (&workspace.release, "release"), (&workspace.imported, "reference")];
    let place = resolved(dest);
    if let Some((inside, _)) = folders.iter().find(|(folder, _)| place.starts_with(resolved(folder))) {
        return Err(Error::Usage {
            problem: format!("`{}` lies in `{}`, which is to be copied", dest.display(), inside.display()),
            hint: "name a folder elsewhere, best on another disk".into(),
        });
    }
    let unwritten = || Error::write(dest.display().to_string());
    std::fs::create_dir_all(dest).and_then(|()| std::fs::write(&unfinished, "")).map_err(unwritten())?;
    let mut count = 0;
    for (folder, name) in folders.into_iter().filter(|(folder, _)| folder.is_dir()) {
        count += copy_folder(folder, &dest.join(name))?;
    }
    if workspace.decisions.is_file() {
        let target = dest.join("decisions.csv");
        std::fs::copy(&workspace.decisions, &target).map_err(Error::write(target.display().to_string()))?;
        count += 1;
    }
    durable::sync_all(dest).and_then(|()| std::fs::remove_file(&unfinished)).map_err(unwritten())?;
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
