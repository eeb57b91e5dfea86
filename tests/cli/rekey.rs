//! A new key laid over the old one: the same traders, other pseudonyms, the same figures.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};

use crate::bad_input::place::short_of_room;
use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::rekey_keeps_traders_apart_and_figures_alike", changed),
        trial("cli::rekey_that_was_cut_short_is_finished", cut_short),
    ]
}

/// Two traders in three declarations, read in on the second day of a month.
fn folder() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    let of = |id: &str, trader: &str| row(&[("declaration_id", id), ("trader_id", trader)]);
    let path = folder.put("1.csv", file(&[of("D1", "1000000005"), of("D2", "1000000005"), of("D3", "2000000463")]))?;
    folder.run(&["--now", "2026-04-02", "ingest", "--form", "sad_csv", &path], 0)?;
    Ok(folder)
}

const KEYS: &str = "select declaration_id, trader_key, declarant_key from item order by declaration_id";
const TRADERS: &str = "select count(*) as items from item group by trader_key order by items";

fn rekey(folder: &Folder, day: &str, code: i32) -> Result<String, Failed> {
    Ok(folder.run(&["--now", day, "store", "rekey", "--why", "a copy of the key was lost"], code)?.stderr)
}

fn key(folder: &Folder) -> PathBuf {
    folder.path().join("pseudonym.key")
}

fn is_sound(folder: &Folder, orphans: usize) -> Result<(), Failed> {
    holds(&folder.run(&["store", "check"], 0)?.stdout, &[&format!("{orphans} orphans")])
}

fn changed() -> Result<(), Failed> {
    let folder = folder()?;
    folder.run(&["--now", "2026-04-03", "run", "--period", "2026-03"], 0)?;
    let figures = folder.query("select * from trade")?;
    let before = folder.query(KEYS)?;
    let said = folder.run(&["store", "rekey"], 0)?;
    holds(&said.stdout, &["--why TEXT"])?;
    folder.run(&["store", "rekey", "--why", " "], 2)?;
    same("explained only", folder.query(KEYS)?, before.clone())?;

    holds(&rekey(&folder, "2026-04-04", 0)?, &["6 pseudonyms in 1 files"])?;
    let after = folder.query(KEYS)?;
    same("a pseudonym stayed", after.iter().zip(&before).any(|(after, before)| after == before), false)?;
    same("traders", folder.query(TRADERS)?, ["1", "2"].map(String::from).to_vec())?;
    same("keys", std::fs::read_to_string(key(&folder))?.lines().count(), 2)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        same("rights", std::fs::metadata(key(&folder))?.permissions().mode() & 0o777, 0o600)?;
    }
    let then = folder.run(&["query", KEYS, "--format", "csv", "--as-of", "2026-04-03"], 0)?.stdout;
    same("before the change", then.lines().skip(1).map(String::from).collect::<Vec<_>>(), before)?;
    holds(&folder.run(&["store", "list"], 0)?.stdout, &["a copy of the key was lost"])?;
    is_sound(&folder, 0)?;

    // A trader read in later is the one that was there before, and so after a second change.
    let late = folder.put("2.csv", file(&[row(&[("declaration_id", "D4"), ("trader_id", "1000000005")])]))?;
    folder.run(&["--now", "2026-04-05", "ingest", "--form", "sad_csv", &late], 0)?;
    same("with the late one", folder.query(TRADERS)?, ["1", "3"].map(String::from).to_vec())?;
    holds(&rekey(&folder, "2026-04-06", 0)?, &["8 pseudonyms in 2 files"])?;
    same("after a second change", folder.query(TRADERS)?, ["1", "3"].map(String::from).to_vec())?;
    is_sound(&folder, 0)?;
    let batch = folder.run(&["store", "list"], 0)?.stdout.lines().find(|line| line.contains("2.csv")).map(String::from);
    let batch = batch.and_then(|line| line.split(' ').nth(2).map(String::from)).ok_or("the batch is listed")?;
    folder.run(&["store", "withdraw", &batch, "--why", "sent in error"], 0)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    same("figures", folder.query("select * from trade")?, figures)
}

fn cut_short() -> Result<(), Failed> {
    let folder = folder()?;
    let old = std::fs::read_to_string(key(&folder))?;
    let before = folder.query(KEYS)?;
    let (code, stderr) = short_of_room(&folder, 0, &["store", "rekey", "--why", "no room"])?;
    same(&stderr, code, Some(9))?;
    same("without room", (folder.query(KEYS)?, std::fs::read_to_string(key(&folder))?), (before.clone(), old.clone()))?;

    let waiting = folder.path().join("pseudonym.key.new");
    let manifests = folder.path().join("store/manifest/rekey");
    rekey(&folder, "2026-04-04", 0)?;
    let after = folder.query(KEYS)?;
    let new = std::fs::read_to_string(key(&folder))?;
    // It stopped behind the manifest: the store has the new key, the folder the old one.
    std::fs::rename(key(&folder), &waiting)?;
    std::fs::write(key(&folder), &old)?;
    let late = folder.put("2.csv", file(&[row(&[("declaration_id", "D4"), ("trader_id", "1000000005")])]))?;
    let said = folder.run(&["ingest", "--form", "sad_csv", &late], 5)?;
    holds(&said.stderr, &["pseudonym.key", "hint: finish the change with `tradestat store rekey --why TEXT`"])?;
    holds(&rekey(&folder, "2026-04-05", 0)?, &["the change of the key of 2026-04-04", "is finished"])?;
    same("finished", (std::fs::read_to_string(key(&folder))?, folder.query(KEYS)?), (new.clone(), after.clone()))?;

    // It stopped before the manifest: the files are there, and nothing of them is seen.
    std::fs::remove_dir_all(&manifests)?;
    std::fs::rename(key(&folder), &waiting)?;
    std::fs::write(key(&folder), &old)?;
    same("not yet", folder.query(KEYS)?, before)?;
    is_sound(&folder, 1)?;
    rekey(&folder, "2026-04-06", 0)?;
    same("done again", (std::fs::read_to_string(key(&folder))?, folder.query(KEYS)?), (new, after))?;
    same("nothing waits", waiting.exists(), false)?;
    is_sound(&folder, 0)
}
