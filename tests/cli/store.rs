//! Looking after the store: what `store check` finds, what a copy holds, what a closing says.

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::data::{batch, content, ingest};
use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::store_check_finds_damage_and_orphans", check),
        trial("cli::store_check_misses_what_others_name", lost),
        trial("cli::store_check_sees_a_changed_byte", changed_byte),
        trial("cli::copy_holds_the_store_and_not_the_key", copy),
        trial("cli::a_closing_names_its_run_and_who_decided", closing),
    ]
}

fn check() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[]), "a,b".into()]))?;
    ingest(&folder, &path)?;
    holds(&folder.run(&["store", "check"], 0)?.stdout, &["3 files named by 1 batches and 0 runs, 0 orphans"])?;
    let id = batch(&folder)?;
    let place = folder.path().join(format!("store/item/batch={id}"));
    std::fs::write(place.join("1.parquet"), "left by a crash")?;
    let said = folder.run(&["store", "check"], 0)?.stdout;
    holds(&said, &[&format!("orphan item/batch={id}/1.parquet (15 bytes)"), "1 orphans"])?;
    same("no reader opens it", content(&folder)?.len(), 1)?;
    let whole = std::fs::read(place.join("0.parquet"))?;
    std::fs::write(place.join("0.parquet"), &whole[..whole.len() / 2])?;
    let said = folder.run(&["store", "check"], 7)?;
    holds(&said.stdout, &[&format!("damaged item/batch={id}/0.parquet")])?;
    holds(&said.stderr, &["has 1 damaged files", "hint: restore them from a copy"])?;
    // No stage takes a file that is cut, empty or gone for one with fewer rows.
    let refused = |bytes: usize| {
        let said = folder.run(&["run", "--period", "2026-03"], 7)?;
        holds(
            &said.stderr,
            &[
                &format!("item/batch={id}/0.parquet` of {bytes} bytes, its manifest says {}", whole.len()),
                "hint: `tradestat store check`",
            ],
        )
    };
    refused(whole.len() / 2)?;
    std::fs::write(place.join("0.parquet"), "")?;
    refused(0)?;
    std::fs::remove_file(place.join("0.parquet"))?;
    refused(0)?;
    let mut garbled = whole.clone();
    garbled[whole.len() - 40..].fill(7);
    std::fs::write(place.join("0.parquet"), &garbled)?;
    holds(
        &folder.run(&["run", "--period", "2026-03"], 7)?.stderr,
        &["a file of the store is damaged", "hint: `tradestat store check`"],
    )?;
    std::fs::write(place.join("0.parquet"), &whole)?;
    let manifest = folder.path().join(format!("store/manifest/batch/{id}.json"));
    let right = std::fs::read_to_string(&manifest)?;
    std::fs::write(&manifest, right.replace("\"2026-03\"", "\"2026-99\""))?;
    holds(&folder.run(&["run", "--period", "2026-03"], 7)?.stderr, &["with a month `2026-99`"])?;
    std::fs::write(&manifest, "{")?;
    holds(
        &folder.run(&["store", "check"], 7)?.stdout,
        &[&format!("damaged `manifest/batch/{id}.json` that is not a manifest"), "orphan item/"],
    )
}

/// The only file of a folder of the store.
pub(super) fn only(folder: &Folder, place: &str) -> Result<std::path::PathBuf, Failed> {
    Ok(std::fs::read_dir(folder.path().join("store").join(place))?.next().ok_or("no file")??.path())
}

/// Data whose manifest is gone look like what a crash left.
fn lost() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, &folder.put("one.csv", file(&[row(&[])]))?)?;
    folder.run(&["--now", "2026-04-01", "run", "--period", "2026-03"], 0)?;
    folder.run(&["--now", "2026-04-02", "close", "2026-03", "--who", "chief"], 0)?;
    folder.run(&["store", "check"], 0)?;
    let without = |manifest: &std::path::Path, says: &str| -> Result<(), Failed> {
        let text = std::fs::read(manifest)?;
        std::fs::remove_file(manifest)?;
        let said = folder.run(&["store", "check"], 7)?;
        let name = manifest.file_name().ok_or("a name")?.to_string_lossy().into_owned();
        holds(&said.stdout, &[&format!("/{name}: missing, and named by {says}"), "orphan", "no sound manifest names it"])?;
        same("may be deleted", said.stdout.contains("may be deleted"), false)?;
        Ok(std::fs::write(manifest, text)?)
    };
    without(&only(&folder, "manifest/batch")?, "run ")?;
    let latest: Value = serde_json::from_slice(&std::fs::read(folder.path().join("release/2026-03/latest.json"))?)?;
    let run = folder.path().join("store/manifest/run").join(format!("{}.json", latest["run"].as_str().ok_or("a run")?));
    without(&run, "the release of 2026-03")?;
    let pointer = folder.path().join("release/2026-03/latest.json");
    std::fs::rename(&pointer, pointer.with_extension("aside"))?;
    without(&run, "the closing of 2026-03")?;
    std::fs::rename(pointer.with_extension("aside"), &pointer)?;
    // What a killed command had not finished.
    let draft = only(&folder, "item")?.join("0.parquet#1");
    std::fs::write(&draft, "half")?;
    let said = folder.run(&["store", "check"], 0)?;
    holds(&said.stdout, &["0.parquet#1 (4 bytes)", "it may be deleted", " 1 orphans"])
}

fn changed_byte() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, &folder.put("one.csv", file(&[row(&[])]))?)?;
    let place = only(&folder, "item")?.join("0.parquet");
    let mut bytes = std::fs::read(&place)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&place, &bytes)?;
    let said = folder.run(&["store", "check"], 7)?;
    holds(&said.stdout, &["0.parquet: its bytes are not those that were written"])?;
    // Files of a program that kept no digest are read row by row.
    bytes[middle] ^= 1;
    std::fs::write(&place, &bytes)?;
    let manifest = only(&folder, "manifest/batch")?;
    let mut batch: Value = serde_json::from_slice(&std::fs::read(&manifest)?)?;
    for file in batch["files"].as_array_mut().ok_or("files")? {
        file.as_object_mut().and_then(|file| file.remove("blake3")).ok_or("a digest")?;
    }
    std::fs::write(&manifest, serde_json::to_vec(&batch)?)?;
    folder.run(&["store", "check"], 0)?;
    Ok(())
}

fn copy() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, &folder.put("one.csv", file(&[row(&[])]))?)?;
    std::fs::write(folder.path().join("decisions.csv"), "decided")?;
    let offices = folder.put("offices.csv", "customs_office,name\nAZ101,Baku\n")?;
    folder.run(&["reference", "import", "offices", &offices], 0)?;
    // A copy in what is copied would have no end.
    for inside in ["store/copy", "release/copy", "store/../release/copy", "reference/deep/copy"] {
        let said = folder.run(&["store", "copy", &folder.path().join(inside).display().to_string()], 2)?;
        holds(&said.stderr, &["which is to be copied", "hint: name a folder elsewhere"])?;
    }
    let to = folder.path().with_file_name("copy");
    let dest = to.display().to_string();
    holds(&folder.run(&["store", "copy", &dest], 0)?.stderr, &["the key stays where it is"])?;
    holds(&folder.run(&["store", "copy", &dest], 2)?.stderr, &["is not empty"])?;
    let secret = std::fs::read_to_string(folder.path().join("pseudonym.key"))?;
    let mut seen = 0;
    let mut folders = vec![to.clone()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)?.flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
                continue;
            }
            seen += 1;
            let bytes = std::fs::read(entry.path())?;
            same("the key is in the copy", String::from_utf8_lossy(&bytes).contains(secret.trim()), false)?;
        }
    }
    same("files: store.json, manifest, items, receipts, a list, decisions", seen, 6)?;
    // The copy is a store: put into another working folder it answers the same.
    let other = Folder::new("az")?;
    std::fs::remove_dir_all(other.path().join("store"))?;
    std::fs::rename(to.join("store"), other.path().join("store"))?;
    same("items", content(&other)?, content(&folder)?)
}

fn closing() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, &folder.put("one.csv", file(&[row(&[])]))?)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    holds(
        &folder.run(&["close", "2026-03", "--who", " "], 2)?.stderr,
        &["a closing needs who decides", "hint: write --who NAME"],
    )?;
    folder.run(&["close", "2026-03", "--who", "chief"], 0)?;
    let closing: Value = serde_json::from_slice(&std::fs::read(only(&folder, "manifest/closing")?)?)?;
    let latest: Value = serde_json::from_slice(&std::fs::read(folder.path().join("release/2026-03/latest.json"))?)?;
    same(
        "run, state, who",
        (&closing["run"], &closing["state"], &closing["who"]),
        (&latest["run"], &"final".into(), &"chief".into()),
    )?;
    same("the release says so", &latest["state"], &"final".into())
}
