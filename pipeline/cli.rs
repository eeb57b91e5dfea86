//! What can be asked: clap types only, and the help that is the manual's first page.

mod mirror;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use mirror::{Compared, EvaluateMirror, EvaluateReconcile, Level, Mirror, MirrorCommand};

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
    #[arg(long, value_name = "N", global = true, value_parser = threads)]
    pub threads: Option<usize>,
    /// Memory the engine may hold, for example 600M or 2G
    #[arg(long, value_name = "SIZE", global = true, value_parser = size)]
    pub memory_limit: Option<usize>,
    /// Items compiled at once, by chapters [default: 200000]; fewer take less memory
    #[arg(long, value_name = "ITEMS", global = true, value_parser = items)]
    pub slice: Option<u64>,
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
    /// Print one definition: a field, form, fault, profile, rule, step, list, table or published column
    Show(Show),
    /// From a published figure to the steps, parameters, rates and items that made it
    Trace(Trace),
    /// Compare with what partner countries report, in either direction, and explain the gaps
    Mirror(Mirror),
    /// The method: write its files out, what it covers, and the methodology document
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
    /// How well estimates do where the truth is known
    #[command(subcommand)]
    Evaluate(EvaluateCommand),
    /// Shell completions on stdout
    Completions { shell: clap_complete::Shell },
    /// The manual page, in troff, on stdout
    Man {
        /// Writes this page and one of each command to the folder instead
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
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
    /// What a partner file does not say itself, as period=2005; its form says what it asks for
    #[arg(long, value_name = "NAME=TEXT")]
    pub given: Vec<String>,
    /// The sender's control totals: CSV with columns measure,value (lines, declarations, statistical_value)
    #[arg(long, value_name = "FILE")]
    pub control: Option<PathBuf>,
    /// Read pipes too, and wait for whoever writes into them (for tests)
    #[arg(long, hide = true)]
    pub pipes: bool,
    /// Files, folders or globs (of these no names that begin with a dot); .gz and .zst as they are
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

/// What a month may be closed as; until then it is provisional.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum State {
    Final,
    Revised,
}

#[derive(Debug, Args)]
pub struct Query {
    /// One SQL statement, a select
    pub sql: String,
    /// How the answer is printed
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
    /// The state of a past moment
    #[arg(long, value_name = "WHEN")]
    pub as_of: Option<String>,
}

/// How the rows of an answer are written to stdout.
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
    /// For example statistical_value, sad_csv, F03, V22, valued_item, T03, import_share, country, az; every kind and name without it
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct Trace {
    /// A published table: T03
    pub table: String,
    /// The row, by its columns as data files have them: partner=TR; again, or after a comma, for each further column
    #[arg(long = "row", value_name = "COLUMN=CODE", required = true)]
    pub row: Vec<String>,
    /// The column of the figure: import_to_date; `imports` is the month's
    #[arg(long, value_name = "COLUMN")]
    pub column: String,
    /// Period of the release; the newest without it
    #[arg(long)]
    pub period: Option<String>,
    /// What to add up over the items of the figure
    #[arg(long, default_value = "value")]
    pub measure: Measure,
    /// The items themselves
    #[arg(long)]
    pub items: bool,
    /// With --items: the pseudonyms of trader and declarant
    #[arg(long, requires = "items")]
    pub traders: bool,
    #[arg(long, default_value = "table")]
    pub format: ListFormat,
}

/// What `trace --items` adds up: values, net mass or supplementary quantity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Measure {
    Value,
    NetMass,
    Quantity,
}

#[derive(Debug, Subcommand)]
pub enum MethodCommand {
    /// Write sql/ and reference/ into a folder
    Export {
        /// Folder to write into; name it with --method to use the method from there
        dir: PathBuf,
    },
    /// Every recommendation with the SQL files that carry it out, their cases, and its status
    Coverage {
        #[arg(long, default_value = "table")]
        format: ListFormat,
    },
    /// The methodology document, written from the method itself, on stdout or into a folder
    Document(Document),
}

#[derive(Debug, Args)]
pub struct Document {
    /// Language of the document; what is not translated stands in English and is listed
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    pub lang: Language,
    #[arg(long, default_value = "html")]
    pub format: DocumentFormat,
    /// Folder to write `methodology_<language>.<format>` into
    #[arg(short = 'o', long, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// Languages of the methodology document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Language {
    Az,
    En,
    Ru,
}

/// Formats of the methodology document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DocumentFormat {
    Html,
    Markdown,
}

/// Ways to print a list of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Table,
    Csv,
    Json,
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Batches and runs, oldest first
    List,
    /// Read every file that a manifest names; list orphans of crashed runs (with --json each of them)
    Check,
    /// Hide a batch from runs; nothing is deleted, and its bytes can be read again
    Withdraw {
        /// Batch, as `tradestat store list` names it
        batch: String,
        /// Reason, kept beside the batch
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Copy store, releases, lists and decisions to an empty folder; the key stays apart
    Copy {
        /// Folder that does not exist yet, or is empty
        dest: PathBuf,
    },
    /// Change the pseudonym key; without a reason, explain the change
    Rekey {
        /// Do it, for this reason
        #[arg(long, value_name = "TEXT")]
        why: Option<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ReferenceCommand {
    /// Take over a list of this office
    Import {
        /// The list, with the columns its file must have
        list: ImportList,
        /// CSV file with a header line
        file: PathBuf,
    },
    /// Days without a rate, codes without a name or without a class, with what they would hold
    Gaps {
        /// 2026-03, 2026-Q1 or 2026
        #[arg(long)]
        period: String,
    },
    /// Codes in use that a new edition or national list ends, splits or merges, and new ones
    Change(Change),
    /// Trade by month, partner and subheading, in other editions of the Harmonized System
    Convert(Convert),
}

#[derive(Debug, Args)]
pub struct Convert {
    /// Edition to convert to: hs2012; again for each further one, all of them without it
    #[arg(long, value_name = "EDITION")]
    pub to: Vec<String>,
    /// 2026-03, 2026-Q1 or 2026; all compiled months without it
    #[arg(long)]
    pub period: Option<String>,
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
}

#[derive(Debug, Args)]
pub struct Change {
    /// Edition of the Harmonized System to leave: hs2017
    #[arg(long, value_name = "EDITION", requires = "to", required_unless_present = "on", conflicts_with = "on")]
    pub from: Option<String>,
    /// Edition to go to: hs2022
    #[arg(long, value_name = "EDITION", requires = "from")]
    pub to: Option<String>,
    /// First day of a new national list, instead of two editions: 2027-01-01
    #[arg(long, value_name = "DATE")]
    pub on: Option<String>,
    /// Use in the twelve months up to this period; up to the newest month without it
    #[arg(long)]
    pub period: Option<String>,
    #[arg(long, default_value = "table")]
    pub format: QueryFormat,
}

/// Lists that an office keeps itself; the help of each names its columns.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ImportList {
    /// Columns date,currency,nominal,rate
    Rates,
    /// Columns code,valid_from,valid_to
    Nomenclature,
    /// Columns customs_office,name[,valid_from,valid_to]
    Offices,
    /// Columns commodity_edition,hs6,bec5
    Bec5,
}

#[derive(Debug, Subcommand)]
pub enum EvaluateCommand {
    /// Masses, quantities and freights that `demo` left out of its files: bias and error by level
    Quantity,
    /// Bars of the comparison with partners, against causes planted in second books
    Mirror(EvaluateMirror),
    /// Reconciled values, against the true ones of a world made for it
    Reconcile(EvaluateReconcile),
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
    /// Masses, quantities and freights left empty, per mille of the items; hidden.csv holds them
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub hide: u64,
    /// Folder to work in; must not exist
    #[arg(long, value_name = "DIR", default_value = "tradestat-demo")]
    pub dir: PathBuf,
    /// Also make the books of partner countries, with planted causes, and compare
    #[arg(long)]
    pub mirror: bool,
    /// Instead, write a year of world trade of so many rows to stdout (for measuring)
    #[arg(long, value_name = "ROWS", hide = true)]
    pub world: Option<u64>,
}

fn exit_codes() -> String {
    let mut text = String::from("Exit codes:\n");
    for (code, meaning) in crate::error::EXIT_CODES {
        text.push_str(&format!("  {code:<4} {meaning}\n"));
    }
    text
}

/// More threads than any machine has cores are a slip of the hand, and the system may not give them.
fn threads(text: &str) -> Result<usize, String> {
    const MOST: usize = 512;
    let count = text.parse().ok().filter(|count| (1..=MOST).contains(count));
    count.ok_or_else(|| format!("`{text}` is not a number of threads from 1 to {MOST}"))
}

fn items(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| format!("`{text}` is not a number of items from 1 on"))
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
    number.checked_mul(1 << shift).filter(|n| *n > 0).ok_or_else(|| format!("`{text}` is too large or zero"))
}
