//! The binary as a user runs it: the helper checks the exit status, so no test can forget to.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

/// What a finished program said.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
}

/// A working folder that goes away with the test.
pub struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    /// An empty working folder for a profile, in `w` below a temporary folder.
    pub fn new(profile: &str) -> Result<Self, Failed> {
        let folder = Folder { dir: tempfile::tempdir()? };
        run(&["init", &folder.text(), "--profile", profile], 0)?;
        Ok(folder)
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("w")
    }

    pub fn text(&self) -> String {
        self.path().display().to_string()
    }

    /// A file beside the working folder, for input.
    pub fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> Result<String, Failed> {
        let path = self.dir.path().join(name);
        std::fs::write(&path, bytes)?;
        Ok(path.display().to_string())
    }

    /// Runs the program in the folder and expects this exit code.
    pub fn run(&self, args: &[&str], code: i32) -> Result<Said, Failed> {
        let workspace = self.text();
        let mut all = vec!["-C", workspace.as_str()];
        all.extend_from_slice(args);
        run(&all, code)
    }

    /// The result of a query as CSV, without its header.
    pub fn query(&self, sql: &str) -> Result<Vec<String>, Failed> {
        let said = self.run(&["query", sql, "--format", "csv"], 0)?;
        Ok(said.stdout.lines().skip(1).map(String::from).collect())
    }
}

pub fn run(args: &[&str], code: i32) -> Result<Said, Failed> {
    let out: Output = Command::new(env!("CARGO_BIN_EXE_tradestat")).args(args).output()?;
    let said = Said {
        stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
    };
    if out.status.code() != Some(code) {
        let text = format!("`{}`: {}, expected exit code {code}\n{}\n{}", args.join(" "), out.status, said.stdout, said.stderr);
        return Err(text.into());
    }
    Ok(said)
}

/// Fails with both sides where they differ.
pub fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: T, expected: T) -> Result<(), Failed> {
    if found == expected { Ok(()) } else { Err(format!("{what}:\n   found {found:?}\nexpected {expected:?}").into()) }
}

/// Fails unless the text holds every part.
pub fn holds(text: &str, parts: &[&str]) -> Result<(), Failed> {
    match parts.iter().find(|part| !text.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(format!("`{part}` is not in:\n{text}").into()),
    }
}

pub fn trial(name: &str, test: impl Fn() -> Result<(), Failed> + Send + 'static) -> Trial {
    Trial::test(name, test)
}

/// The checkout the tests run in. Asked when they run: a build folder may be shared by checkouts.
pub fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from)
}

/// The folder of real cases, if there is one: named by the environment or beside the checkout.
pub fn cases() -> Option<PathBuf> {
    let named = std::env::var_os("TRADESTAT_CASES").map(PathBuf::from);
    let beside = root().join("../shared/cases");
    named.or(Some(beside)).filter(|folder| folder.is_dir())
}

/// What a workbook or another ZIP file holds: the members of a ZIP file, one after the other: each begins with its local header.
pub fn inflated(zip: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut all = Vec::new();
    for start in (0..zip.len().saturating_sub(30)).filter(|at| zip[*at..].starts_with(b"PK\x03\x04")) {
        let length = |at: usize| usize::from(u16::from_le_bytes([zip[start + at], zip[start + at + 1]]));
        let from = start + 30 + length(26) + length(28);
        if length(8) == 8 {
            flate2::read::DeflateDecoder::new(&zip[from..]).read_to_end(&mut all)?;
        }
    }
    Ok(all)
}
