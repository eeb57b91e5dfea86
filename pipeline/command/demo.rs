//! The whole job on data it makes itself, with planted errors and the count of those found.

use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::JoinType;
use datafusion::prelude::SessionContext;
use tradestat_core::synthetic::mirror::COLUMNS;
use tradestat_core::synthetic::world::WorldPlan;
use tradestat_core::synthetic::{
    Country, Plan, Planted, Rate, SyntheticMonth, World, hidden_csv, meant, month_with_hidden, truth_csv,
};

use super::evaluate::surroundings::Lists;
use crate::cli::{Compared, Demo, Level, ListFormat, Mirror, Stage};
use crate::config::{self, Profile, Workspace};
use crate::engine::Bounds;
use crate::error::{Error, Result};
use crate::method::Method;
use crate::method::lists::List;
use crate::progress::{Event, Listener};
use crate::run::{Clock, Job};
use crate::stage;
use crate::store::Store;

/// Last month the demonstration has: the same on every day it is run.
const LAST_MONTH: (i32, u32) = (2026, 3);

/// Makes a working folder, fills it, runs every stage for the last month, and writes into it which
/// planted errors were found.
///
/// # Errors
/// Exit 2, where nothing is to be made or the folder is a working folder already; else those of the stages.
pub async fn demo(asked: &Demo, folder: Option<&Path>, bounds: Bounds, clock: Clock, listen: Listener<'_>) -> Result<()> {
    let method = Method::read(folder, None)?;
    let profile = Profile::read(&method, "az")?;
    if asked.months == 0 || asked.items == 0 {
        return Err(Error::Usage { problem: "a demonstration needs items and months".into(), hint: String::new() });
    }
    config::init(&asked.dir, &profile, true)?;
    let workspace = Workspace::open(&asked.dir)?;
    Store::create(&workspace.store).await?;
    listen.hear(Event::Note { text: "SYNTHETIC DATA: made by this program, not statistics of any country".into() });
    let plan = Plan { items: asked.items, months: asked.months, last_month: LAST_MONTH, seed: asked.seed };
    let truth = generate(&plan, asked.hide, &method, &workspace, listen)?;

    let since = Instant::now();
    let job = Job::open(&asked.dir, folder, None, bounds, clock.clone(), listen).await?;
    read_in(&job).await?;
    let period = format!("{:04}-{:02}", LAST_MONTH.0, LAST_MONTH.1);
    super::stages(job, &Stage { period, as_of: None }, &["validate", "compile", "protect", "publish"]).await?;
    let job = Job::open(&asked.dir, folder, None, bounds, clock, listen).await?;
    report(&job, &truth).await?;
    let text = format!("read, checked, compiled and published in {:.1} s", since.elapsed().as_secs_f64());
    listen.hear(Event::Note { text });
    if asked.mirror { mirrored(job, &plan).await } else { Ok(()) }
}

/// Makes the books of partner countries from the same flows, reads them in and compares.
async fn mirrored(job: Job<'_>, plan: &Plan) -> Result<()> {
    let mut books = Lists::read(&job.method)?.second_books(plan, &job.profile.reporter)?;
    books.count_slips();
    let truth = job.workspace.root.join("mirror_truth.csv");
    std::fs::write(&truth, tradestat_core::synthetic::mirror::truth_csv(&books.truth))
        .map_err(Error::write(truth.display().to_string()))?;
    let received = job.clock.today().to_string();
    for book in &books.partners {
        let path = job.workspace.inbox.join(format!("partner-{}.csv", book.country.to_lowercase()));
        std::fs::write(&path, &book.csv).map_err(Error::write(path.display().to_string()))?;
        let files = [path.as_path()];
        let asked = stage::ingest::Asked { form: "comtrade_csv", files: &files, received: Some(&received), ..Default::default() };
        let _lock = job.store.lock()?;
        stage::ingest::ingest(&job, &asked).await?;
    }
    // The last whole year.
    let year = LAST_MONTH.0 - 1;
    let asked = Compared {
        partner: Vec::new(),
        reporter: None,
        period: Some(year.to_string()),
        level: Level::Total,
        format: ListFormat::Table,
        as_of: None,
    };
    super::mirror::mirror(job, &Mirror { asked, command: None }).await
}

/// Writes a year of trade of the whole world to stdout, in the layout of 47 columns.
pub fn world(asked: &Demo, folder: Option<&Path>) -> Result<()> {
    let method = Method::read(folder, None)?;
    let plan = WorldPlan {
        countries: usize::MAX,
        goods: usize::MAX,
        rows: asked.world.unwrap_or(0),
        year: LAST_MONTH.0 as u32 - 2,
        seed: asked.seed,
    };
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(Error::write("stdout"));
    write(COLUMNS.join(",").as_bytes())?;
    write(b"\n")?;
    Lists::read(&method)?.world_trade(&plan, &mut |chunk| write(&chunk.csv))?;
    out.flush().map_err(Error::write("stdout"))
}

/// Reads every file of declarations that lies in the inbox.
async fn read_in(job: &Job<'_>) -> Result<()> {
    let inbox = &job.workspace.inbox;
    let _lock = job.store.lock()?;
    let entries = std::fs::read_dir(inbox).map_err(|source| Error::ReadSource { path: inbox.clone(), source })?;
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    for file in files {
        // Each month's file arrives at its end, so that late and amended declarations are late.
        let month = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let Some(month) = month.strip_prefix("declarations-") else { continue };
        let last = crate::run::day(crate::run::month_days(month).1).to_string();
        let files = [file.as_path()];
        let asked = stage::ingest::Asked { form: "sad_csv", files: &files, received: Some(&last), ..Default::default() };
        stage::ingest::ingest(job, &asked).await?;
    }
    Ok(())
}

/// Makes the declarations of a plan and reads them into an empty working folder.
pub async fn declare(job: &Job<'_>, plan: &Plan) -> Result<()> {
    generate(plan, 0, &job.method, &job.workspace, job.listen)?;
    read_in(job).await
}

/// Writes a file a month into the inbox; beside them the truth, and the values left out.
fn generate(plan: &Plan, hide: u64, method: &Method, workspace: &Workspace, listen: Listener<'_>) -> Result<Vec<Planted>> {
    let since = Instant::now();
    let texts = Texts::read(method)?;
    let hs6: Vec<(&str, &str)> = texts.commodities.iter().map(|(code, unit)| (code.as_str(), unit.as_str())).collect();
    let countries: Vec<Country<'_>> = texts.countries().collect();
    let rates: Vec<Rate<'_>> = texts.rates().collect();
    let world = World { hs6: &hs6, countries: &countries, rates: &rates };
    listen.hear(Event::Started { work: "making declarations".into(), total: Some(plan.items), unit: "items" });
    let (mut truth, mut left_out, mut items) = (Vec::new(), Vec::new(), 0);
    for index in 0..plan.months {
        let SyntheticMonth { month, csv, items: made, truth: planted, hidden } = month_with_hidden(&world, plan, index, hide);
        let path = workspace.inbox.join(format!("declarations-{month}.csv"));
        std::fs::write(&path, csv).map_err(Error::write(path.display().to_string()))?;
        truth.extend(planted);
        left_out.extend(hidden);
        items += made;
        listen.hear(Event::Advanced { by: made });
    }
    let path = workspace.root.join("truth.csv");
    std::fs::write(&path, truth_csv(&truth)).map_err(Error::write(path.display().to_string()))?;
    if hide > 0 {
        let path = workspace.root.join("hidden.csv");
        std::fs::write(&path, hidden_csv(&left_out)).map_err(Error::write(path.display().to_string()))?;
    }
    listen.hear(Event::Finished { work: "made declarations".into(), rows: items, took: since.elapsed() });
    Ok(truth)
}

/// The code lists that the generator draws from.
pub struct Texts {
    pub commodities: Vec<(String, String)>,
    /// Alpha-2, alpha-3, number, whether landlocked, whether on the Caspian.
    pub countries: Vec<[String; 5]>,
    rates: Vec<[String; 3]>,
}

impl Texts {
    /// Columns of a list, row by row.
    pub fn rows(method: &Method, name: &str, columns: &[&str]) -> Result<Vec<Vec<String>>> {
        let list: &List = &method.lists[name];
        let places: Vec<usize> = columns.iter().filter_map(|c| list.schema.index_of(c).ok()).collect();
        Ok(list.records()?.iter().map(|(_, row)| places.iter().map(|i| row[*i].to_string()).collect()).collect())
    }

    /// The countries, ready for a [`World`].
    pub fn countries(&self) -> impl Iterator<Item = Country<'_>> {
        let has_no_sea = |c: &[String; 5]| c[3] == "true" && c[4] != "true";
        self.countries.iter().map(move |c| Country { code: &c[0], alpha3: &c[1], numeric: &c[2], has_no_sea: has_no_sea(c) })
    }

    /// The rates of the manat, ready for a [`World`].
    pub fn rates(&self) -> impl Iterator<Item = Rate<'_>> {
        self.rates.iter().map(|r| Rate { currency: &r[0], valid_from: &r[1], rate: &r[2] })
    }

    /// Takes subheadings of HS 2022, countries whose status is `iso`, and rates of the manat out of the lists.
    pub fn read(method: &Method) -> Result<Self> {
        let rows = |name: &str, columns: &[&str]| Texts::rows(method, name, columns);
        let commodities = rows("commodity", &["edition", "level", "code", "standard_unit"])?;
        let countries = rows("country", &["status", "country", "alpha3", "numeric", "is_landlocked", "on_caspian"])?;
        let rates = rows("exchange_rate", &["reporter_currency", "currency", "valid_from", "rate"])?;
        Ok(Texts {
            commodities: commodities
                .into_iter()
                .filter(|r| r[0] == "HS2022" && r[1] == "6")
                .map(|r| (r[2].clone(), r[3].clone()))
                .collect(),
            countries: countries
                .into_iter()
                .filter(|r| r[0] == "iso")
                .map(|r| std::array::from_fn(|i| r[i + 1].clone()))
                .collect(),
            rates: rates.into_iter().filter(|r| r[0] == "AZN").map(|r| std::array::from_fn(|i| r[i + 1].clone())).collect(),
        })
    }
}

/// How many of the planted errors were found, by kind.
async fn report(job: &Job<'_>, truth: &[Planted]) -> Result<()> {
    let ctx = job.session()?;
    super::query::register_all(&ctx, job).await?;
    let sources: BTreeMap<String, String> = job.store.batches().await?.into_iter().map(|b| (b.id, b.source)).collect();
    let mut found: HashSet<(String, i64, String)> = HashSet::new();
    for (relation, code, is_fault) in [("finding", "code", false), ("fault", "code", true), ("set_aside", "why", false)] {
        let doing = || Error::engine(format!("reading `{relation}`"));
        let frame = ctx.table(relation).await.map_err(doing())?;
        let frame = frame.select_columns(&["batch_id", "line_no", code]).map_err(doing())?;
        for batch in frame.collect().await.map_err(doing())? {
            let text = |i: usize| cast(batch.column(i), &DataType::Utf8).expect("codes are text").as_string::<i32>().clone();
            let (ids, codes) = (text(0), text(2));
            let lines = batch.column(1).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let month = sources.get(ids.value(row)).map(String::as_str).unwrap_or_default();
                let what = if is_fault { "fault" } else { codes.value(row) };
                found.insert((month.to_string(), lines.value(row), what.to_string()));
            }
        }
    }
    let replaced = replaced_declarations(&ctx).await?;
    let mut kinds: BTreeMap<(&str, &str), (u64, u64)> = BTreeMap::new();
    for planted in truth {
        let line = i64::try_from(planted.line_no).unwrap_or_default();
        let file = format!("declarations-{}.csv", planted.month);
        // What is replaced is the earlier version, in the file of another month.
        let is_found = found.contains(&(file, line, planted.rule.to_string()))
            || replaced.contains(&(planted.declaration_id.clone(), planted.rule.to_string()));
        let count = kinds.entry((planted.kind, planted.rule)).or_default();
        count.0 += 1;
        count.1 += u64::from(is_found);
    }
    job.listen.hear(Event::Note { text: format!("{:<28} {:<12} {:>8} {:>8}", "planted error", "rule", "planted", "found") });
    for ((kind, rule), (planted, caught)) in &kinds {
        job.listen.hear(Event::Note { text: format!("{kind:<28} {rule:<12} {planted:>8} {caught:>8}") });
    }
    write_report(&job.workspace.root.join("found.csv"), &kinds)
}

/// Declarations of which an item was set aside, with why.
async fn replaced_declarations(ctx: &SessionContext) -> Result<HashSet<(String, String)>> {
    let doing = || Error::engine("reading `set_aside`");
    let on = ["batch_id", "line_no"];
    let aside = ctx.table("set_aside").await.map_err(doing())?;
    let items =
        ctx.table("item").await.map_err(doing())?.select_columns(&["batch_id", "line_no", "declaration_id"]).map_err(doing())?;
    let items = items.with_column_renamed("batch_id", "item_batch").and_then(|f| f.with_column_renamed("line_no", "item_line"));
    let joined = aside.join(items.map_err(doing())?, JoinType::Inner, &on, &["item_batch", "item_line"], None).map_err(doing())?;
    let joined = joined.select_columns(&["declaration_id", "why"]).map_err(doing())?;
    let mut found = HashSet::new();
    for batch in joined.collect().await.map_err(doing())? {
        let text = |i: usize| cast(batch.column(i), &DataType::Utf8).expect("codes are text").as_string::<i32>().clone();
        let (ids, whys) = (text(0), text(1));
        found.extend((0..batch.num_rows()).map(|row| (ids.value(row).to_string(), whys.value(row).to_string())));
    }
    Ok(found)
}

fn write_report(path: &Path, kinds: &BTreeMap<(&str, &str), (u64, u64)>) -> Result<()> {
    let mut text = String::from("kind,rule,planted,found,meant\n");
    for ((kind, rule), (planted, found)) in kinds {
        text.push_str(&format!("{kind},{rule},{planted},{found},\"{}\"\n", meant(rule)));
    }
    std::fs::write(path, text).map_err(Error::write(path.display().to_string()))
}
