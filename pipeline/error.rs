//! Why a run stops, with its exit code and a way out.
//!
//! Faults and findings are not errors: they are data (see `tradestat_core::fault` and the
//! relation `finding`). Every error says what was being done and to which thing; the cause is
//! its `source`.

use std::path::{Path, PathBuf};

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// Exit codes and what they mean, as `--help` prints them.
pub const EXIT_CODES: &[(u8, &str)] = &[
    (0, "done (faults and held items included)"),
    (2, "the command line is wrong"),
    (3, "an input cannot be read, or a stage has nothing to read"),
    (4, "more items are held by validation than the parameter allows"),
    (5, "the method, a list, a form or the configuration is inconsistent"),
    (6, "an audit stopped publication"),
    (7, "the store is newer than this program, or damaged"),
    (8, "the store is busy with another run"),
    (9, "a write failed"),
    (101, "a bug in tradestat"),
];

/// What fails says why the program stops.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why the program stops, each with what was being done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{problem}")]
    Usage { problem: String, hint: String },

    #[error("cannot read `{}`", shown(path))]
    ReadSource { path: PathBuf, source: std::io::Error },

    #[error("`{}` is not of form `{form}`: {problem}", shown(path))]
    NotOfForm { path: PathBuf, form: String, problem: String, hint: String },

    #[error("`{}` changed while it was read; nothing of it was kept", shown(path))]
    SourceChanged { path: PathBuf },

    #[error("{problem}")]
    NothingToRead { problem: String, hint: String },

    #[error("{held} of {items} items are held, a share of {share:.4}; the limit `max_held_share` is {limit}")]
    TooManyHeld { held: u64, items: u64, share: f64, limit: String },

    #[error("`{file}`{}: {problem}", line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Inconsistent { file: String, line: Option<u64>, problem: String, hint: String },

    #[error("publication stopped: {} returned rows", failed.join(", "))]
    Audit { failed: Vec<String> },

    #[error("the store `{}` {problem}", path.display())]
    Store { path: PathBuf, problem: String, hint: String },

    #[error("the store `{}` is busy: another tradestat is writing to it", path.display())]
    StoreBusy { path: PathBuf },

    #[error("cannot write `{what}`")]
    Write { what: String, source: Box<dyn std::error::Error + Send + Sync> },

    #[error("the memory limit is too small while {doing}")]
    Memory { doing: String, source: Box<DataFusionError> },

    #[error("a file of the store is damaged: {doing} failed")]
    Damaged { doing: String, source: Box<DataFusionError> },

    #[error("the engine failed while {doing}")]
    Engine { doing: String, source: Box<DataFusionError> },

    #[error("cannot render `{what}`: {problem}")]
    Render { what: String, problem: String },
}

impl Error {
    /// What the program ends with: the kind of the failure, for scripts.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Usage { .. } | Error::Memory { .. } => 2,
            Error::ReadSource { .. } | Error::NotOfForm { .. } | Error::SourceChanged { .. } | Error::NothingToRead { .. } => 3,
            Error::TooManyHeld { .. } => 4,
            Error::Inconsistent { .. } => 5,
            Error::Audit { .. } => 6,
            Error::Store { .. } | Error::Damaged { .. } => 7,
            Error::StoreBusy { .. } => 8,
            Error::Write { .. } => 9,
            Error::Engine { .. } | Error::Render { .. } => 5,
        }
    }

    /// Whether it is only that a reader of stdout has seen enough.
    pub fn is_closed_pipe(&self) -> bool {
        let mut cause = std::error::Error::source(self);
        while let Some(source) = cause {
            if source.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe) {
                return true;
            }
            cause = source.source();
        }
        false
    }

    /// One sentence that offers a way out.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Error::Usage { hint, .. }
            | Error::NotOfForm { hint, .. }
            | Error::NothingToRead { hint, .. }
            | Error::Inconsistent { hint, .. }
            | Error::Store { hint, .. } => hint.clone(),
            Error::ReadSource { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                    "check that the file exists and that you may read it".into()
                }
                std::io::ErrorKind::InvalidInput => String::new(),
                std::io::ErrorKind::Unsupported => {
                    "text, .gz and .zst are read as they are, under the endings of their kinds".into()
                }
                _ => "ask the sender for the file again".into(),
            },
            Error::SourceChanged { .. } => "wait until the sender has finished writing, then ingest it again".into(),
            Error::TooManyHeld { .. } => {
                "the folder `worklist` names them by office; the limit is a row of reference/parameter.csv".into()
            }
            Error::Audit { .. } => "the rows are in the run's record under `failed/`; nothing was published".into(),
            Error::StoreBusy { .. } => "wait until it has finished".into(),
            Error::Write { .. } => "check free space and rights of the folder; nothing half-written is visible".into(),
            Error::Memory { .. } => "raise --memory-limit or lower --threads".into(),
            Error::Damaged { .. } => "`tradestat store check` lists what is damaged".into(),
            Error::Engine { .. } | Error::Render { .. } => String::new(),
        };
        (!hint.is_empty()).then_some(hint)
    }

    /// Sorts an engine error into memory, disk or method.
    pub fn engine(doing: impl Into<String>) -> impl FnOnce(DataFusionError) -> Error {
        let doing = doing.into();
        move |source| {
            let source = Box::new(source);
            match source.find_root() {
                DataFusionError::ResourcesExhausted(_) => Error::Memory { doing, source },
                DataFusionError::ParquetError(_) => Error::Damaged { doing, source },
                DataFusionError::ArrowError(e, _) if matches!(**e, ArrowError::ParquetError(_)) => {
                    Error::Damaged { doing, source }
                }
                DataFusionError::IoError(_) | DataFusionError::ObjectStore(_) => Error::Write { what: doing, source },
                _ => Error::Engine { doing, source },
            }
        }
    }

    /// An error of writing, from what was to be written.
    pub fn write(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
        let what = what.into();
        move |source| Error::Write { what, source: source.into() }
    }
}

/// What a file holds or is called, safe to print: a terminal obeys control characters.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { letter.escape_default().to_string() } else { letter.to_string() })
        .collect()
}

/// A path, safe to print.
pub fn shown(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// The nearest of `known` to a name nobody knows, for hints.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |a: &str, b: &str| -> usize {
        let b: Vec<char> = b.chars().collect();
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, left) in a.chars().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, right) in b.iter().enumerate() {
                let keep = diagonal + usize::from(left != *right);
                diagonal = row[j + 1];
                row[j + 1] = keep.min(row[j] + 1).min(diagonal + 1);
            }
        }
        row[b.len()]
    };
    known
        .into_iter()
        .map(|other| (distance(name, other), other))
        .filter(|(far, other)| *far <= 1 + other.len() / 3)
        .min()
        .map(|(_, other)| other)
}
