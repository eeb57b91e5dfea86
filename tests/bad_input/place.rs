//! Files that change, places without rights or room, stores that are newer or in use.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use super::{batches, varied};
use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

const PROGRAM: &str = env!("CARGO_BIN_EXE_tradestat");

/// Neither owner nor group of anything a test makes.
const NOBODY: u32 = 65534;

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bad_input::file_that_changes_while_it_is_read_is_refused", changing_file),
        trial("bad_input::document_that_changes_while_it_is_read_is_refused", changing_document),
        trial("bad_input::file_that_stays_the_same_is_read_where_pipes_are_asked_for", unchanged_pipe),
        trial("bad_input::folder_that_may_not_be_read_is_named", unreadable_folder),
        trial("bad_input::store_that_may_not_be_written_is_named", unwritable_store),
        trial("bad_input::file_that_is_not_there_is_named", absent_file),
        trial("bad_input::full_disk_leaves_nothing_visible", full_disk),
        trial("bad_input::full_disk_behind_stdout_is_said", full_output),
        trial("bad_input::newer_store_is_refused", newer_store),
        trial("bad_input::newer_manifest_is_refused", newer_manifest),
        trial("bad_input::second_writer_is_told_that_the_store_is_busy", second_writer),
    ]
}

/// A pipe the program reads first, and a file that takes its place before the second reading:
/// the two passes see exactly these bytes, whatever the machine does in between.
struct Passes {
    pipe: PathBuf,
    next: PathBuf,
    first: Vec<u8>,
}

impl Passes {
    fn new(folder: &Folder, name: &str, first: &[u8], second: &[u8]) -> Result<Self, Failed> {
        let next = PathBuf::from(folder.put(&format!("next-{name}"), second)?);
        let pipe = next.with_file_name(name);
        let made = Command::new("mkfifo").arg(&pipe).status()?;
        if made.success() { Ok(Passes { pipe, next, first: first.to_vec() }) } else { Err("mkfifo failed".into()) }
    }

    /// Waits until the program has opened the pipe; what it reads next is another file.
    fn opened(&self) -> std::io::Result<std::fs::File> {
        let pipe = std::fs::File::options().write(true).open(&self.pipe)?;
        std::fs::rename(&self.next, &self.pipe)?;
        Ok(pipe)
    }

    fn feed(self) -> std::thread::JoinHandle<std::io::Result<()>> {
        std::thread::spawn(move || self.opened()?.write_all(&self.first))
    }
}

fn changed(name: &str, form: &str, first: &[u8], second: &[u8]) -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let passes = Passes::new(&folder, name, first, second)?;
    let path = passes.pipe.display().to_string();
    let feeding = passes.feed();
    let said = folder.run(&["ingest", "--pipes", "--form", form, &path], 3)?;
    feeding.join().expect("the thread only writes")?;
    holds(
        &said.stderr,
        &[name, "changed while it was read; nothing of it was kept", "hint: wait until the sender has finished"],
    )?;
    same("batches", batches(&folder), 0)?;
    same("items", folder.query("select count(*) from item")?, vec!["0".to_string()])?;
    // The sender has finished: the same path is read now.
    folder.run(&["ingest", "--form", form, &path], 0)?;
    same("batches", batches(&folder), 1)
}

fn changing_file() -> Result<(), Failed> {
    let first = file(&[row(&[])]);
    let second = file(&[row(&[]), row(&[("item_no", "2")])]);
    changed("growing.csv", "sad_csv", first.as_bytes(), second.as_bytes())
}

fn changing_document() -> Result<(), Failed> {
    let sample = include_str!("../forms/asycuda_xml/sample.xml");
    let other = sample.replacen("AZ107", "AZ108", 1);
    changed("changing.xml", "asycuda_xml", sample.as_bytes(), other.as_bytes())
}

/// The same way of feeding, with equal bytes: so it is the change that is refused there, not the pipe.
fn unchanged_pipe() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let bytes = file(&[row(&[])]);
    let passes = Passes::new(&folder, "pipe.csv", bytes.as_bytes(), bytes.as_bytes())?;
    let path = passes.pipe.display().to_string();
    let feeding = passes.feed();
    folder.run(&["ingest", "--pipes", "--form", "sad_csv", &path], 0)?;
    feeding.join().expect("the thread only writes")?;
    same("items", folder.query("select count(*) from item")?, vec!["1".to_string()])
}

/// The program run by somebody without rights: as another user where the tests are root's.
fn as_nobody(folder: &Folder, args: &[&str]) -> Result<(Option<i32>, String), Failed> {
    let beside = folder.path().parent().expect("a folder holds it").to_path_buf();
    let mut program = PathBuf::from(PROGRAM);
    let is_root = std::fs::metadata(folder.path())?.uid() == 0;
    if is_root {
        // Where the program was built, nobody may look.
        program = beside.join("tradestat");
        if std::fs::hard_link(PROGRAM, &program).is_err() {
            std::fs::copy(PROGRAM, &program)?;
        }
        for open in [beside.as_path(), &folder.path()] {
            std::fs::set_permissions(open, Permissions::from_mode(0o755))?;
        }
        std::fs::set_permissions(folder.path().join("pseudonym.key"), Permissions::from_mode(0o644))?;
    }
    let mut command = Command::new(program);
    command.arg("-C").arg(folder.path()).args(args).current_dir("/");
    if is_root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let out = command.output()?;
    Ok((out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned()))
}

/// Sets rights and gives them back, so that the folder can be removed.
fn with_rights<T>(path: &Path, mode: u32, work: impl FnOnce() -> Result<T, Failed>) -> Result<T, Failed> {
    let before = std::fs::metadata(path)?.permissions();
    std::fs::set_permissions(path, Permissions::from_mode(mode))?;
    let done = work();
    std::fs::set_permissions(path, before)?;
    done
}

fn unreadable_folder() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let secret = folder.path().join("inbox");
    std::fs::write(secret.join("good.csv"), file(&[row(&[])]))?;
    let store = folder.path().join("store");
    with_rights(&store, 0o777, || {
        let inbox = secret.display().to_string();
        let (code, stderr) = with_rights(&secret, 0o000, || as_nobody(&folder, &["ingest", "--form", "sad_csv", &inbox]))?;
        holds(
            &stderr,
            &["cannot read", &inbox, "Permission denied", "hint: check that the file exists and that you may read it"],
        )?;
        same("exit code", code, Some(3))
    })?;
    same("batches", batches(&folder), 0)
}

fn unwritable_store() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let store = folder.path().join("store");
    let (code, stderr) = with_rights(&store, 0o555, || as_nobody(&folder, &["ingest", "--form", "sad_csv", &good]))?;
    holds(&stderr, &["cannot write", "store", "Permission denied", "hint: check free space and rights"])?;
    same("exit code", code, Some(9))?;
    same("items", folder.query("select count(*) from item")?, vec!["0".to_string()])
}

fn absent_file() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let below = format!("{good}/inner.csv");
    for (path, says) in [("absent.csv", "No such file"), (below.as_str(), "Not a directory")] {
        holds(&folder.run(&["ingest", "--form", "sad_csv", path], 3)?.stderr, &["cannot read", path, says])?;
    }
    let none = format!("{good}*.none");
    holds(&folder.run(&["ingest", "--form", "sad_csv", &none], 3)?.stderr, &["no file matches", &none])
}

/// No file may become larger than so many blocks of 1024 bytes: writing ends as on a full disk.
pub fn short_of_room(folder: &Folder, blocks: u32, args: &[&str]) -> Result<(Option<i32>, String), Failed> {
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let out = Command::new("bash").args(["-c", &script, PROGRAM, "-C"]).arg(folder.path()).args(args).output()?;
    Ok((out.status.code(), String::from_utf8_lossy(&out.stderr).into_owned()))
}

fn full_disk() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("varied.csv", varied())?;
    let (code, stderr) = short_of_room(&folder, 4, &["ingest", "--form", "sad_csv", &path])?;
    holds(
        &stderr,
        &["cannot write", "item", "hint: check free space and rights of the folder; nothing half-written is visible"],
    )?;
    same("exit code", code, Some(9))?;
    same("batches", batches(&folder), 0)?;
    same("items", folder.query("select count(*) from item")?, vec!["0".to_string()])?;
    holds(&folder.run(&["store", "check"], 0)?.stdout, &[" 0 orphans"])?;
    // There is room again.
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    same("items", folder.query("select count(*) from item")?, vec!["500".to_string()])
}

fn full_output() -> Result<(), Failed> {
    let full = Path::new("/dev/full");
    if !full.exists() {
        println!("skipped: this system has no /dev/full");
        return Ok(());
    }
    let folder = Folder::new("az")?;
    let end_of = |args: &[&str], to: Stdio| -> Result<Option<i32>, Failed> {
        let out = Command::new(PROGRAM).arg("-C").arg(folder.path()).args(args).stdout(to).output()?;
        Ok(out.status.code())
    };
    let device = || Ok::<_, Failed>(Stdio::from(std::fs::File::options().write(true).open(full)?));
    same("query", end_of(&["query", "select 1"], device()?)?, Some(9))?;
    for args in [&["show", "country"][..], &["store", "check"], &["completions", "bash"], &["man"]] {
        same(&args.join(" "), end_of(args, device()?)?, Some(9))?;
        let (reader, writer) = std::io::pipe()?;
        drop(reader);
        same("a reader that has gone is no failure", end_of(args, writer.into())?, Some(0))?;
    }
    Ok(())
}

fn newer_store() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    std::fs::write(folder.path().join("store/store.json"), "{\"version\": 2}\n")?;
    for args in
        [&["query", "select 1"][..], &["store", "list"], &["ingest", "--form", "sad_csv", &good], &["run", "--period", "2026-03"]]
    {
        let said = folder.run(args, 7)?;
        holds(&said.stderr, &["store", "has layout version 2, this program knows 1", "hint: use a newer tradestat"])?;
    }
    same("batches", batches(&folder), 0)
}

fn newer_manifest() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &good], 0)?;
    let manifests = std::fs::read_dir(folder.path().join("store/manifest/batch"))?;
    for entry in manifests {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        holds(&text, &["\"store_version\": 1"])?;
        std::fs::write(&path, text.replace("\"store_version\": 1", "\"store_version\": 999"))?;
    }
    for args in
        [&["query", "select 1"][..], &["store", "list"], &["ingest", "--form", "sad_csv", &good], &["run", "--period", "2026-03"]]
    {
        let said = folder.run(args, 7)?;
        holds(&said.stderr, &["manifest/batch/", "of layout version 999, this program knows 1", "hint: use a newer tradestat"])?;
    }
    Ok(())
}

/// The first ingest waits for its pipe with the lock in hand; what writes is refused meanwhile,
/// what reads is not, and the first one ends as if nothing had been.
fn second_writer() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let long = file(&[row(&[("declaration_id", "26AZ1002")])]);
    let passes = Passes::new(&folder, "long.csv", long.as_bytes(), long.as_bytes())?;
    let mut first = Command::new(PROGRAM);
    first.arg("-C").arg(folder.path()).args(["ingest", "--pipes", "--form", "sad_csv"]).arg(&passes.pipe);
    let first = first.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut pipe = passes.opened()?;
    for args in
        [&["ingest", "--form", "sad_csv", &good][..], &["run", "--period", "2026-03"], &["store", "withdraw", "b", "--why", "w"]]
    {
        let said = folder.run(args, 8)?;
        holds(&said.stderr, &["is busy: another tradestat is writing to it", "hint: wait until it has finished"])?;
    }
    same("items before", folder.query("select count(*) from item")?, vec!["0".to_string()])?;
    pipe.write_all(long.as_bytes())?;
    drop(pipe);
    same("exit code of the first", first.wait_with_output()?.status.code(), Some(0))?;
    folder.run(&["ingest", "--form", "sad_csv", &good], 0)?;
    let ids = folder.query("select declaration_id from item order by 1")?;
    same("items after", ids, vec!["26AZ1001".to_string(), "26AZ1002".to_string()])
}
