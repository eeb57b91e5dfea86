//! What can be asked: clap types only, and the help that is the manual's first page.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Compile foreign-trade statistics from customs declarations
///
/// A month goes through: ingest (read declaration files into the store), validate (rules hold
/// or report items), compile (statistics by the international method), publish (tables, charts).
/// `run` does the last three. Data go to stdout, messages to stderr.
#[derive(Debug, Parser)]
#[command(name = "tradestat", version, max_term_width = 100, arg_required_else_help = true, after_help = exit_codes())]
pub struct Cli {
    /// Working folder, made by `tradestat init`
    #[arg(short = 'C', long = "workspace", value_name = "DIR", global = true, default_value = ".", hide_default_value = true)]
    pub workspace: PathBuf,
    /// Progress as JSON lines on stderr
    #[arg(long, global = true)]
    pub json: bool,
    /// Threads to use; all cores without it
    #[arg(long, value_name = "N", global = true)]
    pub threads: Option<usize>,
    /// Memory the engine may hold, for example 600M or 2G
    #[arg(long, value_name = "SIZE", global = true, value_parser = size)]
    pub memory_limit: Option<usize>,
    /// Read the method (sql/, reference/) from a folder instead of the program
    #[arg(long, value_name = "DIR", global = true)]
    pub method: Option<PathBuf>,
    /// The moment to take as now (for tests)
    #[arg(long, value_name = "WHEN", global = true, hide = true)]
    pub now: Option<String>,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a working folder: configuration, inbox, store, release, secret key
    Init(Init),
    /// Read declaration files into the store
    Ingest(Ingest),
    /// Run the validation rules and set aside the items they hold
    Validate(Stage),
    /// Compile statistics from the accepted items
    Compile(Stage),
    /// Write tables, charts and data files of the newest compiled month
    Publish(Stage),
    /// Validate, compile and publish one period
    Run(Stage),
    /// Set the state of a published month: final or revised
    Close(Close),
    /// Ask the store with SQL: every relation, code list and published table by its name
    Query(Query),
    /// Print one definition: a field, form, fault, rule, step, list or table
    Show(Show),
    /// The method: write its files out, so that they can be read and changed
    #[command(subcommand)]
    Method(MethodCommand),
    /// The store: list, check, withdraw a batch, copy
    #[command(subcommand)]
    Store(StoreCommand),
    /// Code lists of this office: import them, find the gaps
    #[command(subcommand)]
    Reference(ReferenceCommand),
    /// The whole job on synthetic declarations that it makes itself
    Demo(Demo),
    /// Shell completions on stdout
    Completions {
        shell: clap_complete::Shell,
    },
    /// The manual page, in troff, on stdout
    Man,
}

#[derive(Debug, Args)]
pub struct Init {
    /// Folder to make
    pub dir: PathBuf,
    /// Country profile, one of those under reference/profiles
    #[arg(long, default_value = "az")]
    pub profile: String,
}

#[derive(Debug, Args)]
pub struct Ingest {
    /// Layout of the files, one of those under reference/forms
    #[arg(long, value_name = "FORM", required_unless_present = "sniff")]
    pub form: Option<String>,
    /// Propose a form for the file and say why; reads nothing in
    #[arg(long, conflicts_with = "form")]
    pub sniff: bool,
    /// Day of receipt, for layouts without a national date
    #[arg(long, value_name = "DATE")]
    pub received: Option<String>,
    /// The sender's control totals: CSV with columns measure,value (lines, declarations, statistical_value)
    #[arg(long, value_name = "FILE")]
    pub control: Option<PathBuf>,
    /// Files, folders or globs; .gz and .zst as they are
    #[arg(required = true)]
    pub files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub struct Stage {
    /// 2026-03, 2026-Q1 or 2026
    #[arg(long)]
    pub period: String,
    /// The state of a past moment (UTC; a date means its end); such a run is never the newest
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
}

#[derive(Debug, Args)]
pub struct Close {
    /// Month to close: 2026-03
    pub period: String,
    /// final, or revised after a correction
    #[arg(long, default_value = "final")]
    pub state: State,
    /// Who decides
    #[arg(long, env = "USER", default_value = "unknown")]
    pub who: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    Final,
    Revised,
}

#[derive(Debug, Args)]
pub struct Query {
    /// One SQL statement, a select
    pub sql: String,
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
    /// The state of a past moment
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum QueryFormat {
    Table,
    Csv,
    /// One object a line
    Json,
    Parquet,
}

#[derive(Debug, Args)]
pub struct Show {
    /// For example statistical_value, sad_csv, F03, V22, valued_item, T03, country
    pub name: String,
}

#[derive(Debug, Subcommand)]
pub enum MethodCommand {
    /// Write sql/ and reference/ into a folder
    Export { dir: PathBuf },
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Batches and runs, oldest first
    List,
    /// Read every file that a manifest names; list orphans of crashed runs
    Check,
    /// Hide a batch from runs; nothing is deleted, and its bytes can be read again
    Withdraw {
        batch: String,
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Copy the store and the releases to an empty folder; the key stays apart
    Copy { dest: PathBuf },
    /// Explain a change of the pseudonym key
    Rekey,
}

#[derive(Debug, Subcommand)]
pub enum ReferenceCommand {
    /// Take over a list of this office
    Import {
        list: ImportList,
        file: PathBuf,
    },
    /// Days without a rate and codes without a name, with what they would hold
    Gaps {
        #[arg(long)]
        period: String,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ImportList {
    /// Columns date,currency,nominal,rate
    Rates,
    /// Columns code,valid_from,valid_to
    Nomenclature,
    /// Columns customs_office,name[,valid_from,valid_to]
    Offices,
}

#[derive(Debug, Args)]
pub struct Demo {
    /// Items over all months
    #[arg(long, default_value_t = 200_000)]
    pub items: u64,
    /// Months, ending in March 2026
    #[arg(long, default_value_t = 27)]
    pub months: u32,
    /// The same seed makes the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder to work in; must not exist
    #[arg(long, value_name = "DIR", default_value = "tradestat-demo")]
    pub dir: PathBuf,
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in crate::error::EXIT_CODES {
        text.push_str(&format!("  {code:<4} {meaning}\n"));
    }
    text
}

fn size(text: &str) -> Result<usize, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: usize = digits.parse().map_err(|_| format!("`{text}` is not a size like 600M or 2G"))?;
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "K" | "KB" => 10,
        "M" | "MB" => 20,
        "G" | "GB" => 30,
        _ => return Err(format!("`{text}` is not a size like 600M or 2G")),
    };
    number.checked_shl(shift).filter(|n| *n > 0).ok_or_else(|| format!("`{text}` is too large or zero"))
}
