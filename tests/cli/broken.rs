//! What was cut short, edited by hand or given a wrong key or profile: it is said, and it is mended.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use super::data::{batch, ingest};
use super::store::only;
use crate::bad_input::place::short_of_room;
use crate::program::{Folder, holds, root, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::latest_follows_from_the_runs_and_not_from_itself", pointer),
        trial("cli::declarations_of_another_profile_are_not_compiled", profile),
        trial("cli::a_wrong_key_splits_no_trader", wrong_key),
        trial("cli::an_edited_manifest_is_damage", edited),
        trial("cli::a_copy_that_broke_off_is_called_one", half_copy),
        trial("cli::a_failed_run_takes_its_files_away", failed),
        trial("cli::many_orphans_are_told_as_a_sum", many_orphans),
    ]
}

fn json(path: &PathBuf) -> Result<Value, Failed> {
    Ok(serde_json::from_slice(&std::fs::read(path)?)?)
}

/// A folder with one item of March 2026.
fn folder() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    ingest(&folder, &folder.put("one.csv", file(&[row(&[])]))?)?;
    Ok(folder)
}

/// As a `close` leaves it that is killed behind its run: no pointer, no record of the decision.
fn pointer() -> Result<(), Failed> {
    let folder = folder()?;
    let latest = folder.path().join("release/2026-03/latest.json");
    let run = |day: &str| folder.run(&["--now", day, "run", "--period", "2026-03"], 0);
    run("2027-04-01")?;
    let provisional = std::fs::read(&latest)?;
    folder.run(&["--now", "2027-04-02", "close", "2026-03", "--who", "chief"], 0)?;
    let closed = json(&latest)?;
    let says =
        |text: &str| holds(&folder.run(&["store", "check"], 7)?.stdout, &[text, "`tradestat run --period 2026-03` mends it"]);
    let is_mended = |day: &str| {
        run(day)?;
        same("latest.json", json(&latest)?, closed.clone())?;
        folder.run(&["store", "check"], 0)
    };
    std::fs::write(&latest, provisional)?;
    says("wrong release/2026-03/latest.json: it points to the provisional release")?;
    is_mended("2027-04-03")?;
    std::fs::write(&latest, "{")?;
    says("latest.json: it cannot be read, the newest final one is ")?;
    is_mended("2027-04-04")?;
    std::fs::remove_file(&latest)?;
    says("latest.json: it is missing")?;
    is_mended("2027-04-05")?;
    std::fs::remove_dir_all(folder.path().join("store/manifest/closing"))?;
    says("it made 2026-03 final, and no closing records it")?;
    is_mended("2027-04-06")?;
    let closing = json(&only(&folder, "manifest/closing")?)?;
    same("run, who", (&closing["run"], &closing["who"]), (&closed["run"], &"chief".into()))
}

fn profile() -> Result<(), Failed> {
    let folder = folder()?;
    let id = batch(&folder)?;
    let path = folder.path().join("tradestat.toml");
    let own = std::fs::read_to_string(&path)?;
    std::fs::write(&path, own.replace("\"az\"", "\"kr\""))?;
    let two = folder.put("two.csv", file(&[row(&[("declaration_id", "26AZ1002")])]))?;
    for args in [&["run", "--period", "2026-03"][..], &["compile", "--period", "2026-03"], &["ingest", "--form", "sad_csv", &two]]
    {
        let said = folder.run(args, 5)?.stderr;
        holds(
            &said,
            &["tradestat.toml", "has profile `kr`", &id, "one.csv", "under profile `az`", "hint: write `profile = \"az\"` again"],
        )?;
    }
    same("asked", folder.query("select count(*) from item")?, vec!["1".to_string()])?;
    folder.run(&["store", "list"], 0)?;
    folder.run(&["store", "check"], 0)?;
    // What partners report names its own currency.
    let partner = root().join("tests/forms/comtrade_csv/sample.csv").display().to_string();
    folder.run(&["ingest", "--form", "comtrade_csv", &partner], 0)?;
    std::fs::write(&path, own)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    Ok(())
}

fn wrong_key() -> Result<(), Failed> {
    let folder = folder()?;
    let path = folder.path().join("pseudonym.key");
    let own = std::fs::read_to_string(&path)?;
    let other = "7e".repeat(32);
    let two = folder.put("two.csv", file(&[row(&[("declaration_id", "26AZ1002")])]))?;
    folder.run(&["store", "check"], 0)?;
    std::fs::write(&path, &other)?;
    let said = folder.run(&["ingest", "--form", "sad_csv", &two], 5)?.stderr;
    holds(&said, &["pseudonym.key", "has key ", "(one.csv) have key ", "hint: restore the key file"])?;
    let checked = folder.run(&["store", "check"], 7)?.stdout;
    holds(&checked, &["wrong ", "pseudonym.key: it has key ", "restore the key file"])?;
    for secret in [own.trim(), &other, "1000000005"] {
        same("a secret is shown", format!("{said}{checked}").contains(secret), false)?;
    }
    // A folder may be without its key, and a key that was lost ends with its batches.
    std::fs::remove_file(&path)?;
    folder.run(&["store", "check"], 0)?;
    std::fs::write(&path, &other)?;
    folder.run(&["store", "withdraw", &batch(&folder)?, "--why", "the key was lost"], 0)?;
    ingest(&folder, &two)?;
    folder.run(&["store", "check"], 0)?;
    // An earlier program took any key.
    std::fs::remove_dir_all(folder.path().join("store/manifest/withdrawal"))?;
    holds(&folder.run(&["store", "check"], 7)?.stdout, &["wrong pseudonyms: keys ", "the same trader is not one"])
}

fn edited() -> Result<(), Failed> {
    let folder = folder()?;
    let manifest = only(&folder, "manifest/batch")?;
    let whole = std::fs::read(&manifest)?;
    let with = |edit: &dyn Fn(&mut Value)| -> Result<(), Failed> {
        let mut value: Value = serde_json::from_slice(&whole)?;
        edit(&mut value);
        Ok(std::fs::write(&manifest, serde_json::to_vec(&value)?)?)
    };
    let says = |text: &str| holds(&folder.run(&["store", "check"], 7)?.stdout, &["damaged ", text]);
    with(&|batch| batch["files"][0]["rows"] = 2.into())?;
    says("0.parquet: found 1 rows in ")?;
    with(&|batch| batch["lines_read"] = 3.into())?;
    says("1 items and 0 faulted lines are not the 3 lines read")?;
    let refused = |text: &str| {
        says(text)?;
        let name = manifest.file_name().ok_or("a name")?.to_string_lossy();
        for args in [&["query", "select 1"][..], &["query", "select 1", "--as-of", "2026-04-01"], &["run", "--period", "2026-03"]]
        {
            holds(&folder.run(args, 7)?.stderr, &[&*name, text])?;
        }
        Ok::<(), Failed>(())
    };
    with(&|batch| batch["committed_at"] = "yesterday".into())?;
    refused("with a moment `yesterday`")?;
    for path in ["../../../../etc/passwd", "/etc/passwd", "item/../../x.parquet", ""] {
        with(&|batch| batch["files"][0]["path"] = path.into())?;
        refused(&format!("that names a file outside the store: `{path}`"))?;
    }
    // Under another name it would count twice.
    std::fs::write(&manifest, &whole)?;
    let twin = manifest.with_file_name("twin.json");
    std::fs::write(&twin, &whole)?;
    says("twin.json` that is a manifest of `")?;
    folder.run(&["query", "select 1 from item"], 7)?;
    std::fs::remove_file(&twin)?;
    folder.run(&["store", "check"], 0)?;
    Ok(())
}

fn half_copy() -> Result<(), Failed> {
    let folder = folder()?;
    let to = folder.path().with_file_name("copy");
    let dest = to.display().to_string();
    let copy = |code: i32| folder.run(&["store", "copy", &dest], code).map(|said| said.stderr);
    let (code, stderr) = short_of_room(&folder, 0, &["store", "copy", &dest])?;
    same(&stderr, code, Some(9))?;
    holds(&copy(2)?, &["is not empty", "hint: a copy that broke off stands there and may be deleted"])?;
    std::fs::remove_dir_all(&to)?;
    copy(0)?;
    let said = copy(2)?;
    holds(&said, &["is not empty", "hint: name a new folder"])?;
    same("a whole copy may be deleted", said.contains("may be deleted"), false)
}

fn failed() -> Result<(), Failed> {
    let folder = folder()?;
    let sound = |text: &str| holds(&folder.run(&["store", "check"], 0)?.stdout, &[text, " 0 orphans"]);
    let (code, stderr) = short_of_room(&folder, 6, &["run", "--period", "2026-03"])?;
    same(&stderr, code, Some(9))?;
    sound("by 1 batches and 0 runs")?;
    // One of two items is held: more than the parameter allows.
    let held = row(&[("declaration_id", "26AZ1002"), ("procedure_code", "9999")]);
    ingest(&folder, &folder.put("two.csv", file(&[held]))?)?;
    folder.run(&["run", "--period", "2026-03"], 4)?;
    same("records of failures", std::fs::read_dir(folder.path().join("store/failed"))?.count() >= 1, true)?;
    sound("by 2 batches and 0 runs")?;
    // Files of others stay.
    same("items", folder.query("select count(*) from item")?, vec!["2".to_string()])
}

fn many_orphans() -> Result<(), Failed> {
    let folder = folder()?;
    let place = folder.path().join("store/trade/period=2026-03/run=20260401-x");
    std::fs::create_dir_all(&place)?;
    for part in 0..7 {
        std::fs::write(place.join(format!("{part}.parquet")), "half")?;
    }
    let said = folder.run(&["store", "check"], 0)?.stdout;
    holds(&said, &["orphans 7 files of run=20260401-x (28 bytes)", "it may be deleted", " 7 orphans"])?;
    same("lines", said.lines().filter(|line| line.starts_with("orphan")).count(), 1)?;
    let listed = folder.run(&["--json", "store", "check"], 0)?.stdout;
    same("listed", listed.lines().filter(|line| line.starts_with("orphan ")).count(), 7)
}
