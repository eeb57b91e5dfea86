//! `tradestat.toml`: where a working folder keeps its things. A wrong key is an error.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use tradestat_core::pseudonym::PseudonymKey;

use crate::error::{Error, Result};
use crate::method::Method;
use crate::store::durable;

/// The configuration of a working folder.
pub const FILE: &str = "tradestat.toml";

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigFile {
    profile: String,
    #[serde(default = "store")]
    store: PathBuf,
    #[serde(default = "release")]
    release: PathBuf,
    #[serde(default = "inbox")]
    inbox: PathBuf,
    #[serde(default = "key")]
    key: PathBuf,
    #[serde(default)]
    method: Option<PathBuf>,
    #[serde(default)]
    synthetic: bool,
}

fn store() -> PathBuf {
    "store".into()
}
fn release() -> PathBuf {
    "release".into()
}
fn inbox() -> PathBuf {
    "inbox".into()
}
fn key() -> PathBuf {
    "pseudonym.key".into()
}

/// A working folder, opened.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    pub profile: String,
    pub store: PathBuf,
    pub release: PathBuf,
    pub inbox: PathBuf,
    /// The secret of the pseudonyms: outside the store, readable by its owner alone.
    pub key: PathBuf,
    pub method: Option<PathBuf>,
    /// Lists this office imported.
    pub imported: PathBuf,
    /// Held items to send back, by customs office.
    pub worklist: PathBuf,
    /// Decisions of statisticians about held items.
    pub decisions: PathBuf,
    /// The data were made by `demo`: every table and chart says so.
    pub is_synthetic: bool,
}

impl Workspace {
    /// Reads `tradestat.toml` of the folder; its paths are taken from the folder.
    ///
    /// # Errors
    /// Exit 5, where there is none or it has other keys; exit 3, where it cannot be read.
    pub fn open(root: &Path) -> Result<Self> {
        let path = root.join(FILE);
        let wrong = |line: Option<u64>, problem: String| Error::Inconsistent {
            file: path.display().to_string(),
            line,
            problem,
            hint: "keys: profile, store, release, inbox, key, method, synthetic".into(),
        };
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Inconsistent {
                    file: path.display().to_string(),
                    line: None,
                    problem: "the file does not exist, so this is not a working folder".into(),
                    hint: "make one with `tradestat init DIR --profile az`, and name it with -C DIR".into(),
                });
            }
            Err(source) => return Err(Error::ReadSource { path, source }),
        };
        let line_of = |at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let text = std::str::from_utf8(&bytes).map_err(|e| wrong(Some(line_of(e.valid_up_to())), "is not UTF-8".into()))?;
        let file: ConfigFile = toml::from_str(text)
            .map_err(|e| wrong(e.span().map(|span| line_of(span.start.min(text.len()))), e.message().to_string()))?;
        Ok(Workspace {
            root: root.to_path_buf(),
            profile: file.profile,
            store: root.join(file.store),
            release: root.join(file.release),
            inbox: root.join(file.inbox),
            key: root.join(file.key),
            method: file.method.map(|folder| root.join(folder)),
            imported: root.join("reference"),
            worklist: root.join("worklist"),
            decisions: root.join("decisions.csv"),
            is_synthetic: file.synthetic,
        })
    }

    /// The secret of the folder, to make pseudonyms with.
    ///
    /// # Errors
    /// When the file cannot be read, or holds no key.
    pub fn read_key(&self) -> Result<PseudonymKey> {
        read_key(&self.key)
    }
}

/// The key of a file: a line a key, as they were laid over each other.
pub fn read_key(path: &Path) -> Result<PseudonymKey> {
    let bytes = std::fs::read(path).map_err(|source| Error::ReadSource { path: path.into(), source })?;
    std::str::from_utf8(&bytes).ok().and_then(PseudonymKey::from_lines).ok_or_else(|| Error::Inconsistent {
        file: path.display().to_string(),
        line: None,
        problem: "is not a key of at least 32 bytes in hexadecimal".into(),
        hint: "restore it from the backup; with another key the same trader gets another pseudonym".into(),
    })
}

/// A new key.
pub fn secret() -> [u8; 32] {
    let mut secret = [0u8; 32];
    getrandom::fill(&mut secret).expect("the operating system gives random bytes");
    secret
}

/// What a country decides: one TOML under `reference/profiles`.
#[derive(Debug, Clone, Deserialize)]
pub struct Profile {
    pub code: String,
    pub title: String,
    pub reporter: String,
    pub reporter_currency: String,
    pub statistical_currency: String,
    pub languages: Vec<String>,
    pub trade_system: String,
    pub recording_date: String,
    pub forms: Vec<String>,
    /// The note of the label list that says what the values are.
    #[serde(default = "valuation")]
    pub valuation: String,
    #[serde(default)]
    pub trader_check: Option<String>,
    /// Keys that nobody has checked against the law or with the office.
    #[serde(default)]
    pub unverified: Vec<String>,
}

fn valuation() -> String {
    "valuation".into()
}

/// Choices of the recording date, and the dates that each takes, the best first. The SQL of the
/// method has the same choices as `$recording_date`.
const RECORDING_DATES: &[(&[&str], &[&str])] = &[
    (&["release", "release_else_acceptance"], &["release_date", "acceptance_date", "received_on"]),
    (&["acceptance", "acceptance_else_release"], &["acceptance_date", "release_date", "received_on"]),
    (&["arrival", "arrival_else_release"], &["arrival_date", "release_date", "acceptance_date", "received_on"]),
];

impl Profile {
    /// Reads `reference/profiles/<name>.toml` of the method.
    ///
    /// # Errors
    /// Exit 5, where there is none, or it lacks a key or chooses a recording date that the method does not have.
    pub fn read(method: &Method, name: &str) -> Result<Self> {
        let file = format!("reference/profiles/{name}.toml");
        let known: Vec<&str> = method
            .file_names()
            .filter_map(|f| f.strip_prefix("reference/profiles/").and_then(|f| f.strip_suffix(".toml")))
            .collect();
        let text = method.file(&file).ok_or_else(|| Error::Inconsistent {
            file: FILE.into(),
            line: None,
            problem: format!("no profile `{name}`"),
            hint: format!("profiles: {}", known.join(", ")),
        })?;
        let wrong = |problem: String, hint: String| Error::Inconsistent { file: file.clone(), line: None, problem, hint };
        let profile: Profile =
            toml::from_str(&String::from_utf8_lossy(text)).map_err(|e| wrong(e.message().to_string(), String::new()))?;
        if !RECORDING_DATES.iter().any(|(names, _)| names.contains(&profile.recording_date.as_str())) {
            let known: Vec<&str> = RECORDING_DATES.iter().flat_map(|(names, _)| *names).copied().collect();
            let problem = format!("unknown recording_date `{}`", profile.recording_date);
            return Err(wrong(problem, format!("one of {}", known.join(", "))));
        }
        Ok(profile)
    }

    /// Dates of an item that say its month: the first of them that it has.
    pub fn recording_dates(&self) -> &'static [&'static str] {
        let chosen = RECORDING_DATES.iter().find(|(names, _)| names.contains(&self.recording_date.as_str()));
        chosen.expect("the choice was checked when the profile was read").1
    }
}

/// Makes a working folder; refuses one that has a configuration already.
pub fn init(root: &Path, profile: &Profile, is_synthetic: bool) -> Result<()> {
    let path = root.join(FILE);
    if path.exists() {
        return Err(Error::Usage {
            problem: format!("`{}` is a working folder already", root.display()),
            hint: "choose another folder".into(),
        });
    }
    std::fs::create_dir_all(root.join("inbox")).map_err(Error::write(root.display().to_string()))?;
    std::fs::create_dir_all(root.join("release")).map_err(Error::write(root.display().to_string()))?;
    let key = root.join("pseudonym.key");
    if !key.exists() {
        write_secret(&key, &PseudonymKey::new(secret()).to_lines())?;
    }
    let synthetic = if is_synthetic { "\n# These data were made by `tradestat demo`.\nsynthetic = true\n" } else { "" };
    let text = format!(
        "# A working folder of tradestat: {title}.\n\
         # Paths are relative to this file. Keep `key` out of backups of the store.\n\
         profile = \"{code}\"\nstore   = \"store\"\nrelease = \"release\"\ninbox   = \"inbox\"\nkey     = \"pseudonym.key\"\n{synthetic}",
        title = profile.title,
        code = profile.code,
    );
    std::fs::write(&path, text).map_err(Error::write(path.display().to_string()))
}

/// Only its owner may read it, from the moment it exists.
pub fn write_secret(path: &Path, text: &str) -> Result<()> {
    use std::io::Write;
    let mut options = std::fs::File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(Error::write(path.display().to_string()))?;
    let written = writeln!(file, "{text}").and_then(|()| file.sync_all());
    // The pseudonyms made with it come later: it must not be lost before them.
    let written = written.and_then(|()| durable::sync_folder(path.parent().expect("a file lies in a folder")));
    written.map_err(Error::write(path.display().to_string()))
}
