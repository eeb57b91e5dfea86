//! The comparison with partner countries, and how well it does on books whose errors are known.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ListFormat;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Mirror {
    #[command(flatten)]
    pub asked: Compared,
    #[command(subcommand)]
    pub command: Option<MirrorCommand>,
}

#[derive(Debug, Subcommand)]
pub enum MirrorCommand {
    /// One value a flow, made of both reports, with its reliability; official series stay as they are
    Reconcile(Compared),
    /// Write a page with charts and tables of one partner, or of several, into release/mirror
    Report(Report),
}

#[derive(Debug, Args)]
pub struct Report {
    #[command(flatten)]
    pub asked: Compared,
    /// One language; all of the profile without it
    #[arg(long, value_parser = ["az", "en", "ru"])]
    pub lang: Option<String>,
}

/// What is compared with what.
#[derive(Debug, Clone, Args)]
pub struct Compared {
    /// Partners, by two letters, three letters or number: GE,TR; all without it
    #[arg(long, value_name = "COUNTRY", value_delimiter = ',')]
    pub partner: Vec<String>,
    /// The other side; the country of the profile without it
    #[arg(long, value_name = "COUNTRY")]
    pub reporter: Option<String>,
    /// 2025, 2025-Q1 or 2025-03; the last year with partner figures without it
    #[arg(long)]
    pub period: Option<String>,
    /// How fine the goods are
    #[arg(long, default_value = "total")]
    pub level: Level,
    #[arg(long, default_value = "table")]
    pub format: ListFormat,
    /// The state of a past moment (UTC; a date means its end)
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
}

/// Levels of the goods at which two countries' reports are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Level {
    Total,
    Hs2,
    Hs4,
    Hs6,
}

impl Level {
    /// As the relations name it.
    pub fn dimension(self) -> &'static str {
        match self {
            Level::Total => "total",
            Level::Hs2 => "hs2",
            Level::Hs4 => "hs4",
            Level::Hs6 => "hs6",
        }
    }
}

/// On second books with planted causes, made for the purpose.
#[derive(Debug, Args)]
pub struct EvaluateMirror {
    /// Seeds of the synthetic data: 11,12,13
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "101")]
    pub seed: Vec<u64>,
    /// Declared items over the year compared and the months before it
    #[arg(long, default_value_t = 60_000)]
    pub items: u64,
    /// Take the declarations as a book of the same layout, which is quicker
    #[arg(long)]
    pub books_only: bool,
    /// Keep the data of each seed in a folder below this one
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    #[arg(long, default_value = "table")]
    pub format: ListFormat,
}

/// On a world of countries whose true trade is known.
#[derive(Debug, Args)]
pub struct EvaluateReconcile {
    /// Seeds of the synthetic data: 11,12,13
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "201,202,203")]
    pub seed: Vec<u64>,
    /// Rows of the world's trade
    #[arg(long, default_value_t = 60_000)]
    pub rows: u64,
    /// Keep the data of each seed in a folder below this one
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    #[arg(long, default_value = "table")]
    pub format: ListFormat,
}
