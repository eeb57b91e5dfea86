//! The figure asked for: its release, its row, its column, its value in full and as printed.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use tradestat_output::{ColumnKind, Language, Number};

use crate::cli::Trace;
use crate::error::{Error, Result, nearest};
use crate::labels::Labels;
use crate::method::Step;
use crate::method::header::Layer;
use crate::print::tables::{self, Heads};
use crate::run::{Job, Run};
use crate::store::manifest::{RelationFile, RunManifest};

/// One cell of a published table.
pub struct Figure {
    pub step: Step,
    pub column: String,
    /// Every column of the row, as text.
    pub row: Vec<(String, Option<String>)>,
    /// In full, as the relation of the release holds it.
    pub value: String,
    /// As a reader sees it, with its unit.
    pub printed: String,
    /// The run that published it, as it was.
    pub run: Run,
    /// Every run of the store, oldest first.
    pub runs: Vec<RunManifest>,
}

impl Figure {
    /// Whether a sum is the same number, however many zeros either is written with.
    pub fn is(&self, sum: &str) -> bool {
        match (Number::parse(sum), Number::parse(&self.value)) {
            (Some(sum), Some(value)) => sum.to_plain() == value.to_plain() || plain(&sum) == plain(&value),
            _ => false,
        }
    }
}

/// Without zeros at the end.
fn plain(number: &Number) -> String {
    let text = number.to_plain();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
}

/// Finds the one row asked for in the newest release, or in that of a period.
///
/// # Errors
/// Exit 2, where no table, column or row is meant, or several rows are; exit 3, where nothing is published.
pub async fn find(job: &Job<'_>, asked: &Trace) -> Result<Figure> {
    let step = table(job, &asked.table)?;
    let runs = job.store.runs().await?;
    let published = |run: &&RunManifest| {
        run.as_of.is_none() && run.release.is_some() && asked.period.as_ref().is_none_or(|period| run.period == *period)
    };
    let manifest = runs.iter().rfind(published).ok_or_else(|| Error::NothingToRead {
        problem: format!("no release{} is in the store", asked.period.as_ref().map(|p| format!(" of {p}")).unwrap_or_default()),
        hint: format!("publish one: `tradestat run --period {}`", asked.period.as_deref().unwrap_or("2026-03")),
    })?;
    let rows = read(job, manifest, step).await?;
    let names: Vec<String> =
        rows.first().map(|batch| batch.schema().fields().iter().map(|f| f.name().clone()).collect()).unwrap_or_default();
    let column = column(&names, &asked.column)?;
    let row = one_row(&rows, &names, step, &asked.row)?;
    let cell = row.iter().find(|(name, _)| *name == column).and_then(|(_, cell)| cell.clone());
    let value = cell.filter(|cell| Number::parse(cell).is_some()).ok_or_else(|| Error::Usage {
        problem: format!("`{column}` of this row is no figure"),
        hint: format!("columns: {}", names.join(", ")),
    })?;
    let number = Number::parse(&value).expect("just parsed");
    let decimals = step.header.get("decimals").and_then(|text| text.parse().ok()).unwrap_or(1);
    let (unit, scale) = tables::unit(step.header.get("unit").unwrap_or("thousand_usd"), &job.profile.statistical_currency);
    let schema = rows.first().map(RecordBatch::schema).expect("a row was found");
    let shown = tables::columns(&schema, &Heads::plain(&Labels::default())).into_iter().find(|shown| shown.name == column);
    let shown = shown.expect("a column of the row");
    let own_decimals = shown.decimals.unwrap_or(0);
    let printed = match shown.kind {
        ColumnKind::Value => format!("{} {unit}", number.shifted(scale).print(decimals, Language::En)),
        ColumnKind::Share => format!("{} %", number.shifted(-2).print(own_decimals, Language::En)),
        ColumnKind::Percent => format!("{} %", number.print(own_decimals, Language::En)),
        _ => number.print(own_decimals, Language::En),
    };
    let batches = job.all_batches().await?;
    let run = Run::reopened(manifest.clone(), &batches, &runs)?;
    Ok(Figure { step: step.clone(), column, row, value, printed, run, runs })
}

fn table<'j>(job: &'j Job<'_>, name: &str) -> Result<&'j Step> {
    let tables = || job.method.in_order(Layer::Tables).filter(|step| step.code().is_some());
    let found = tables()
        .find(|step| step.code().is_some_and(|code| code.eq_ignore_ascii_case(name)) || step.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| {
        let mut codes: Vec<&str> = tables().filter_map(Step::code).collect();
        codes.sort_unstable();
        Error::Usage { problem: format!("no published table is called `{name}`"), hint: format!("tables: {}", codes.join(", ")) }
    })
}

/// The table as the release has it, all rows.
async fn read(job: &Job<'_>, manifest: &RunManifest, step: &Step) -> Result<Vec<RecordBatch>> {
    let files: Vec<&RelationFile> = manifest.files.iter().filter(|file| file.relation == step.name).collect();
    let doing = || Error::engine(format!("reading `{}`", step.name));
    let Some(first) = files.first() else {
        return Err(Error::NothingToRead {
            problem: format!("the release of {} has no table `{}`", manifest.period, step.name),
            hint: String::new(),
        });
    };
    let ctx = job.session()?;
    let path = job.store.root().join(&first.path).to_string_lossy().to_string();
    let schema = ctx.read_parquet(path, Default::default()).await.map_err(doing())?.schema().as_arrow().clone();
    let frame = ctx.read_table(job.store.table(&std::sync::Arc::new(schema), &files)?).map_err(doing())?;
    frame.collect().await.map_err(doing())
}

/// The column by its name; `imports` is the month's where a table has several spans.
fn column(names: &[String], asked: &str) -> Result<String> {
    let month = match asked {
        "imports" | "import" => "import_month",
        "exports" | "export" => "export_month",
        other => other,
    };
    let found = [asked, month].into_iter().find(|name| names.iter().any(|known| known == name));
    found.map(String::from).ok_or_else(|| Error::Usage {
        problem: format!("the table has no column `{asked}`"),
        hint: match nearest(asked, names.iter().map(String::as_str)) {
            Some(near) => format!("a column with a similar name exists: `{near}`"),
            None => format!("columns: {}", names.join(", ")),
        },
    })
}

/// The only row that agrees with what was asked.
fn one_row(batches: &[RecordBatch], names: &[String], step: &Step, asked: &[String]) -> Result<Vec<(String, Option<String>)>> {
    let mut wanted = Vec::new();
    for text in asked.iter().flat_map(|text| parts(text, names)) {
        let (name, code) = text.split_once('=').ok_or_else(|| Error::Usage {
            problem: format!("`{text}` is no row"),
            hint: "write --row partner=TR, and --row again for each further column".into(),
        })?;
        if !names.iter().any(|known| known == name) {
            return Err(Error::Usage {
                problem: format!("the table has no column `{name}`"),
                hint: format!("columns: {}", names.join(", ")),
            });
        }
        wanted.push((name, code));
    }
    let mut found = Vec::new();
    for batch in batches {
        for row in texts(batch)? {
            let cell = |name: &str| names.iter().position(|known| known == name).and_then(|place| row[place].as_deref());
            if wanted.iter().all(|(name, code)| is_cell(cell(name).unwrap_or_default(), code)) {
                found.push(row);
            }
        }
    }
    match found.len() {
        1 => Ok(names.iter().cloned().zip(found.remove(0)).collect()),
        0 => Err(Error::Usage {
            problem: format!("no row of {} has {}", step.name, asked.join(" and ")),
            hint: format!("its rows are those of relation `{}`: ask `tradestat query` for them", step.name),
        }),
        more => Err(Error::Usage {
            problem: format!("{more} rows of {} have {}", step.name, asked.join(" and ")),
            hint: format!("a row is told apart by {}", step.grain().join(", ")),
        }),
    }
}

/// `hs6=270900,flow=X` as the two columns that it names; a code may hold a comma.
fn parts<'t>(text: &'t str, names: &[String]) -> Vec<&'t str> {
    let begins = |at: usize| text[at + 1..].split_once('=').is_some_and(|(name, _)| names.iter().any(|known| known == name));
    let mut from = 0;
    let mut parts = Vec::new();
    for (at, _) in text.match_indices(',').filter(|(at, _)| begins(*at)) {
        parts.push(&text[from..at]);
        from = at + 1;
    }
    parts.push(&text[from..]);
    parts
}

/// Whether a cell is what was asked for: as files have it, or a month as the page prints it.
fn is_cell(cell: &str, asked: &str) -> bool {
    cell == asked || (asked.len() == "2026-03".len() && cell.strip_suffix("-01") == Some(asked))
}

/// Rows of a batch as text; null stays null.
pub fn texts(batch: &RecordBatch) -> Result<Vec<Vec<Option<String>>>> {
    let options = FormatOptions::default();
    let columns: Vec<ArrayFormatter<'_>> = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<_, _>>()
        .map_err(|e| Error::Render { what: "a row".into(), problem: e.to_string() })?;
    let cell = |row: usize, place: usize| (!batch.column(place).is_null(row)).then(|| columns[place].value(row).to_string());
    Ok((0..batch.num_rows()).map(|row| (0..columns.len()).map(|place| cell(row, place)).collect()).collect())
}
