//! Case files: `tests/sql/<room>/<file>.case` against `sql/<room>/<file>.sql`.
//!
//! A case gives relations and expects others; only the columns that matter are written. A relation that is not given is
//! computed where SQL makes it, and empty where it is a list or stored; `with lists shipped` fills lists that are not given
//! from `reference/`. `BLESS=1` rewrites the rows of every `expect`; the reviewer reads the diff.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::arrow::compute::{CastOptions, cast_with_options};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, lit};
use datafusion::scalar::ScalarValue;
use libtest_mimic::{Failed, Trial};
use tradestat::engine::{self, Bounds};
use tradestat::method::rules::DESCRIBED;
use tradestat::method::{Method, Parameters, base, empty, register};
use tradestat::run::{day_number, month_days, period};
use tradestat::stage::validate::scan;

/// The method, checked once for all cases.
pub static METHOD: LazyLock<Result<Method, String>> = LazyLock::new(|| {
    // House tests ask for it in threads too small for deep plans.
    let work = std::thread::Builder::new().stack_size(64 << 20).spawn(checked_method).expect("a thread");
    work.join().unwrap_or_else(|_| Err("checking the method panicked".into()))
});

fn checked_method() -> Result<Method, String> {
    let bounds = Bounds::new(Some(1), None);
    let runtime = engine::runtime(bounds).map_err(|e| e.to_string())?;
    // From the folder, so that a change of SQL is tested without a build.
    let mut method = Method::read(Some(&crate::program::root()), None).map_err(|e| e.to_string())?;
    let ctx = engine::open(bounds).map_err(|e| e.to_string())?;
    runtime.block_on(method.check(&ctx)).map_err(|e| format!("{e} {}", e.hint().unwrap_or_default()))?;
    Ok(method)
}

/// Of each file the text as it was read, and blessed tables by the line of their block in it.
type Blessed = BTreeMap<PathBuf, (String, BTreeMap<usize, Vec<String>>)>;

static BLESSED: Mutex<Blessed> = Mutex::new(BTreeMap::new());

pub fn trials() -> Vec<Trial> {
    let root = crate::program::root().join("tests/sql");
    let mut trials = Vec::new();
    for file in files(&root) {
        let name = file.strip_prefix(&root).expect("below it").with_extension("").display().to_string();
        let text = std::fs::read_to_string(&file).expect("a case file is UTF-8");
        let cases: Vec<(usize, String)> = split(&text);
        for (number, (line, case)) in cases.into_iter().enumerate() {
            let title = case.lines().find_map(|l| l.strip_prefix('#')).unwrap_or("").trim().to_string();
            let (file, number) = (file.clone(), number + 1);
            let test = move || run_in_thread(file.clone(), line, case.clone());
            trials.push(Trial::test(format!("{name}::{number} {title}"), test));
        }
    }
    trials.push(Trial::test("case::a_blessed_table_moves_no_other", blessed_in_place));
    trials.push(Trial::test("case::an_unknown_setting_is_refused", unknown_setting));
    trials
}

pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|e| e == "case") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Cases of a file with the line each begins on.
fn split(text: &str) -> Vec<(usize, String)> {
    let mut cases = vec![(1, String::new())];
    for (number, line) in text.lines().enumerate() {
        if line.trim() == "---" {
            cases.push((number + 2, String::new()));
        } else {
            let case = &mut cases.last_mut().expect("never empty").1;
            case.push_str(line);
            case.push('\n');
        }
    }
    cases
}

/// Plans are deep in the development build of the engine: a thread with room for them.
fn run_in_thread(file: PathBuf, line: usize, case: String) -> Result<(), Failed> {
    // Read before this thread enters its own runtime: one cannot start inside another.
    let _ = METHOD.as_ref();
    let work = move || {
        let runtime = engine::runtime(Bounds::new(Some(1), None)).map_err(|e| e.to_string())?;
        runtime.block_on(async { run(&file, line, &case).await }).map_err(|e: String| format!("{}: {e}", file.display()))
    };
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(work).expect("a thread");
    match thread.join() {
        Ok(result) => result.map_err(Failed::from),
        Err(_) => Err("the case panicked".into()),
    }
}

#[derive(Debug, Default)]
struct Block {
    is_given: bool,
    name: String,
    line: usize,
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

struct Case {
    blocks: Vec<Block>,
    withs: BTreeMap<String, String>,
}

fn parse(first: usize, text: &str) -> Result<Case, String> {
    let mut case = Case { blocks: Vec::new(), withs: BTreeMap::new() };
    for (offset, line) in text.lines().enumerate() {
        let number = first + offset;
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            [] => {}
            [word, ..] if word.starts_with('#') => {}
            ["with", key, rest @ ..] => {
                case.withs.insert((*key).into(), rest.join(" "));
            }
            [kind @ ("given" | "expect"), name] if !line.starts_with(' ') => {
                case.blocks.push(Block { is_given: *kind == "given", name: (*name).into(), line: number, ..Default::default() })
            }
            _ if line.starts_with(' ') => {
                let block = case.blocks.last_mut().ok_or(format!("line {number}: a row before `given` or `expect`"))?;
                let cells: Vec<String> = line.split('|').map(|cell| cell.trim().to_string()).collect();
                if block.header.is_empty() {
                    block.header = cells;
                } else if cells.len() == block.header.len() {
                    block.rows.push(cells);
                } else {
                    return Err(format!("line {number}: {} cells, the header has {}", cells.len(), block.header.len()));
                }
            }
            _ => return Err(format!("line {number}: `{line}` is none of #, with, given, expect, ---, a row")),
        }
    }
    if !case.blocks.iter().any(|block| !block.is_given) {
        return Err(format!("the case at line {first} expects nothing"));
    }
    Ok(case)
}

async fn run(file: &Path, first: usize, text: &str) -> Result<(), String> {
    let method = METHOD.as_ref().map_err(Clone::clone)?;
    let case = parse(first, text)?;
    let parameters = parameters(&case)?;
    let ctx = engine::open(Bounds::new(Some(2), None)).map_err(|e| e.to_string())?;
    let mut present = BTreeSet::new();
    match case.withs.get("lists").map(String::as_str) {
        None => {}
        // Lists that are not given are those of the method, and not empty.
        Some("shipped") => {
            for name in method.lists.keys() {
                method.register_list(&ctx, name).map_err(|e| e.to_string())?;
                present.insert(name.clone());
            }
        }
        Some(other) => return Err(format!("`with lists {other}`: only `shipped` is known")),
    }
    for block in case.blocks.iter().filter(|block| block.is_given) {
        let name = block.name.to_lowercase();
        let schema = method.schema(&name).ok_or(format!("no relation is called `{name}`"))?;
        let is_list = method.lists.contains_key(&name);
        let batch = build(&schema, block, is_list)?;
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).map_err(|e| e.to_string())?;
        register(&ctx, &name, Arc::new(table)).map_err(|e| e.to_string())?;
        present.insert(name);
    }
    let mut problems = Vec::new();
    for block in case.blocks.iter().filter(|block| !block.is_given) {
        let found = match block.name.as_str() {
            "counts" => counts(method, &ctx, file, &parameters, &mut present).await?,
            name => {
                let name = by_code(method, name);
                need_all(method, &ctx, &name, &parameters, &mut present).await?;
                let step = method.step(&name).map_err(|e| e.to_string())?;
                let frame = method.frame(&ctx, step, &parameters).await.map_err(|e| e.to_string())?;
                let mut found = frame.collect().await.map_err(|e| e.to_string())?;
                // Of a set rule that says what it judged, findings are the rows it objects to.
                if step.is_rule() && !block.header.iter().any(|column| column == "verdict") {
                    let objections = |batch| scan::violators(batch, &mut scan::Count::default());
                    found = found.into_iter().map(objections).collect::<Result<_, _>>().map_err(|e| e.to_string())?;
                }
                rows(&found, &block.header)?
            }
        };
        compare(file, block, found, &mut problems)?;
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn by_code(method: &Method, name: &str) -> String {
    let of_code = method.steps.values().find(|step| step.code() == Some(name));
    of_code.map_or_else(|| name.to_lowercase(), |step| step.name.to_lowercase())
}

fn parameters(case: &Case) -> Result<Parameters, String> {
    let with = |key: &str, default: &str| case.withs.get(key).cloned().unwrap_or_else(|| default.to_string());
    let profile = with("profile", "az");
    let (reporter, currency, statistical) = match profile.as_str() {
        "az" => ("AZ", "AZN", "USD"),
        "kr" => ("KR", "KRW", "KRW"),
        other => return Err(format!("no profile `{other}` for cases")),
    };
    let asked = period(&with("period", "2026-03")).map_err(|e| e.to_string())?;
    let first = month_days(&asked.first_month().to_string()).0;
    let last = month_days(&asked.last_month().to_string()).1;
    let day = |number| ScalarValue::Date32(Some(number));
    let text = |value: &str| ScalarValue::Utf8(Some(value.into()));
    let mut values: Parameters = vec![
        ("first_day".into(), day(first)),
        ("last_day".into(), day(last)),
        ("period".into(), day(first)),
        ("reporter".into(), text(reporter)),
        ("reporter_currency".into(), text(currency)),
        ("statistical_currency".into(), text(statistical)),
        ("trade_system".into(), text("general")),
        ("recording_date".into(), text("release_else_acceptance")),
    ];
    for (key, value) in case.withs.iter().filter(|(key, _)| !["period", "profile", "lists"].contains(&key.as_str())) {
        if !values.iter().any(|(name, _)| name == key) && !["from_edition", "to_edition", "day"].contains(&key.as_str()) {
            return Err(format!("`with {key}`: no such setting"));
        }
        let scalar = day_number(value).map_or_else(|| text(value), day);
        values.retain(|(name, _)| name != key);
        values.push((key.clone(), scalar));
    }
    Ok(values)
}

/// Registers what a step reads: computed where SQL makes it, else empty.
async fn need_all(
    method: &Method,
    ctx: &SessionContext,
    name: &str,
    parameters: &Parameters,
    present: &mut BTreeSet<String>,
) -> Result<(), String> {
    let reads = method.step(name).map_err(|e| e.to_string())?.reads.clone();
    for read in reads {
        if !present.insert(read.clone()) {
            continue;
        }
        if read == "accepted_item" && present.contains("item") {
            let items = ctx.table("item").await.map_err(|e| e.to_string())?;
            register(ctx, &read, items.into_view()).map_err(|e| e.to_string())?;
        } else if base::schema(&read).is_some() || method.lists.contains_key(&read) {
            let schema = method.schema(&read).expect("the method was checked");
            register(ctx, &read, empty(&schema).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
        } else if let Some(made) = base::of_history(&read).filter(|made| !present.contains(*made)) {
            // Where a case gives no history, the computed months are all there is.
            Box::pin(need_all(method, ctx, made, parameters, present)).await?;
            let step = method.step(made).map_err(|e| e.to_string())?;
            let frame = method.frame(ctx, step, parameters).await.map_err(|e| e.to_string())?;
            register(ctx, &read, frame.into_view()).map_err(|e| e.to_string())?;
        } else if let Some(made) = base::of_history(&read) {
            let table = ctx.table(made).await.map_err(|e| e.to_string())?;
            register(ctx, &read, table.into_view()).map_err(|e| e.to_string())?;
        } else {
            Box::pin(need_all(method, ctx, &read, parameters, present)).await?;
            let step = method.step(&read).map_err(|e| e.to_string())?;
            // Every step is computed once: a long chain of views in each other takes longer to plan than to run.
            let frame = method.frame(ctx, step, parameters).await.map_err(|e| e.to_string())?;
            let stored = frame.cache().await.map_err(|e| e.to_string())?;
            register(ctx, &read, stored.into_view()).map_err(|e| e.to_string())?;
        }
    }
    Ok(())
}

/// How many rows a rule judged, could not judge, and objects to.
async fn counts(
    method: &Method,
    ctx: &SessionContext,
    file: &Path,
    parameters: &Parameters,
    present: &mut BTreeSet<String>,
) -> Result<Vec<Vec<String>>, String> {
    let name = file.file_stem().expect("a file").to_string_lossy().to_lowercase();
    need_all(method, ctx, &name, parameters, present).await?;
    let step = method.step(&name).map_err(|e| e.to_string())?;
    if step.is_set_rule() {
        let frame = method.frame(ctx, step, parameters).await.map_err(|e| e.to_string())?;
        let mut count = scan::Count::default();
        for batch in frame.collect().await.map_err(|e| e.to_string())? {
            scan::violators(batch, &mut count).map_err(|e| e.to_string())?;
        }
        return Ok(vec![vec![count.judged.to_string(), count.undecided.to_string(), count.violating.to_string()]]);
    }
    let columns = engine::open(Bounds::new(Some(1), None)).map_err(|e| e.to_string())?;
    let schema = method.schema(DESCRIBED).expect("the method was checked");
    register(&columns, DESCRIBED, empty(&schema).map_err(|e| e.to_string())?).map_err(|e| e.to_string())?;
    let rules = method.rules(&columns, parameters).await.map_err(|e| e.to_string())?;
    let code = method.step(&name).map_err(|e| e.to_string())?.code().unwrap_or_default().to_string();
    let rule = rules.into_iter().find(|rule| rule.code == code).ok_or(format!("`{code}` is no record rule"))?;
    let items = ctx.table(DESCRIBED).await.and_then(|frame| frame.alias(DESCRIBED)).map_err(|e| e.to_string())?;
    let judged = |state: Option<bool>| {
        let (items, predicate) = (items.clone(), rule.predicate.clone());
        async move {
            let filter = match state {
                None => predicate.is_null(),
                Some(value) => predicate.eq(lit(value)),
            };
            items.filter(filter)?.count().await
        }
    };
    let count = |state| async move { judged(state).await.map_err(|e| e.to_string()) };
    let (objects, fine, undecided) = (count(Some(true)).await?, count(Some(false)).await?, count(None).await?);
    Ok(vec![vec![(objects + fine).to_string(), undecided.to_string(), objects.to_string()]])
}

/// Rows of a given block, typed; columns that are not written are null, or plain where needed.
fn build(schema: &SchemaRef, block: &Block, is_list: bool) -> Result<RecordBatch, String> {
    for column in &block.header {
        if schema.index_of(column).is_err() {
            return Err(format!("line {}: `{}` has no column `{column}`", block.line, block.name));
        }
    }
    let mut columns: Vec<ArrayRef> = Vec::new();
    for field in schema.fields() {
        let cells: Vec<Option<String>> = match block.header.iter().position(|column| column == field.name()) {
            Some(place) => block.rows.iter().map(|row| cell(&row[place])).collect(),
            None => (1..=block.rows.len()).map(|row| default(field.name(), row, is_list)).collect(),
        };
        columns
            .push(typed(cells, field.data_type()).map_err(|e| format!("line {}: column `{}`: {e}", block.line, field.name()))?);
    }
    // Required fields may be left out of a case where they do not matter.
    let fields: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    let relaxed = Arc::new(datafusion::arrow::datatypes::Schema::new(fields));
    RecordBatch::try_new(relaxed, columns).map_err(|e| e.to_string())
}

fn cell(text: &str) -> Option<String> {
    match text {
        "" => None,
        "''" => Some(String::new()),
        _ => Some(text.to_string()),
    }
}

fn default(name: &str, row: usize, is_list: bool) -> Option<String> {
    if is_list {
        return None;
    }
    match name {
        "batch_id" => Some("b1".into()),
        "line_no" | "item_no" => Some(row.to_string()),
        "received_on" => Some("2026-03-31".into()),
        "declaration_id" => Some("D1".into()),
        "status" => Some("accepted".into()),
        "procedure_code" => Some("4000".into()),
        _ => None,
    }
}

fn typed(cells: Vec<Option<String>>, data_type: &DataType) -> Result<ArrayRef, String> {
    let plain = |text: String| match data_type {
        DataType::Decimal128(..) | DataType::Int32 | DataType::Int64 => text.replace([' ', '_'], ""),
        _ => text,
    };
    let text: ArrayRef = Arc::new(StringArray::from(cells.into_iter().map(|c| c.map(plain)).collect::<Vec<_>>()));
    let strict = CastOptions { safe: false, ..Default::default() };
    cast_with_options(&text, data_type, &strict).map_err(|e| e.to_string())
}

fn rows(batches: &[RecordBatch], header: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut found = Vec::new();
    let options = FormatOptions::default();
    for batch in batches {
        let mut columns = Vec::new();
        for name in header {
            let column = batch.column_by_name(name).ok_or(format!("the result has no column `{name}`"))?;
            columns.push((column, ArrayFormatter::try_new(column.as_ref(), &options).map_err(|e| e.to_string())?));
        }
        for row in 0..batch.num_rows() {
            let cells = columns.iter().map(|(column, shown)| {
                if column.is_null(row) { String::new() } else { number(&quoted(shown.value(row).to_string())) }
            });
            found.push(cells.collect());
        }
    }
    Ok(found)
}

fn quoted(text: String) -> String {
    if text.is_empty() { "''".into() } else { text }
}

/// Trailing zeros of a decimal do not matter.
fn number(text: &str) -> String {
    let is_decimal = text.contains('.') && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if !is_decimal {
        return text.to_string();
    }
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if ["-0", ""].contains(&short) { "0".into() } else { short.to_string() }
}

fn compare(file: &Path, block: &Block, mut found: Vec<Vec<String>>, problems: &mut Vec<String>) -> Result<(), String> {
    let mut expected: Vec<Vec<String>> = block.rows.iter().map(|row| row.iter().map(|c| number(c)).collect()).collect();
    found.sort();
    expected.sort();
    if found == expected {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return bless(file, block, &found);
    }
    let show = |rows: &[Vec<String>]| rows.iter().map(|row| format!("      {}", row.join(" | "))).collect::<Vec<_>>().join("\n");
    let without = |rows: &[Vec<String>], others: &[Vec<String>]| {
        let mut others = others.to_vec();
        let missing = rows.iter().filter(|row| match others.iter().position(|other| other == *row) {
            Some(place) => {
                others.remove(place);
                false
            }
            None => true,
        });
        missing.cloned().collect::<Vec<_>>()
    };
    problems.push(format!(
        "expect {} (line {}): {}\n    missing:\n{}\n    extra:\n{}",
        block.name,
        block.line,
        block.header.join(" | "),
        show(&without(&expected, &found)),
        show(&without(&found, &expected))
    ));
    Ok(())
}

/// Rewrites the rows of one `expect`, columns aligned.
fn bless(file: &Path, block: &Block, found: &[Vec<String>]) -> Result<(), String> {
    let mut table = vec![block.header.clone()];
    table.extend(found.iter().cloned());
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..block.header.len()).map(width).collect();
    let aligned = table.iter().map(|row| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("  {}", cells.collect::<Vec<_>>().join(" | ")).trim_end().to_string()
    });
    let mut blessed = BLESSED.lock().map_err(|e| e.to_string())?;
    if !blessed.contains_key(file) {
        let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
        blessed.insert(file.into(), (text, BTreeMap::new()));
    }
    let (text, tables) = blessed.get_mut(file).expect("inserted above");
    tables.insert(block.line, aligned.collect());
    std::fs::write(file, rewritten(text, tables)).map_err(|e| e.to_string())
}

/// A file with other tables below some of its lines; comments among the rows come to stand below the header.
fn rewritten(text: &str, tables: &BTreeMap<usize, Vec<String>>) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    // From the bottom up: lines above keep their numbers.
    for (begin, table) in tables.iter().rev() {
        let block = lines[*begin..].iter().take_while(|line| line.starts_with([' ', '#'])).count();
        let end =
            lines[*begin..*begin + block].iter().rposition(|line| line.starts_with(' ')).map_or(*begin, |last| *begin + last + 1);
        let mut inside = table.clone();
        let comments: Vec<String> = lines[*begin..end].iter().filter(|line| line.starts_with('#')).cloned().collect();
        inside.splice(1..1, comments);
        lines.splice(*begin..end, inside);
    }
    lines.join("\n") + "\n"
}

fn blessed_in_place() -> Result<(), Failed> {
    let text = "# One\nexpect a\n  x\n# why\n  1\n# next\nexpect b\n  y\n  2\n---\nexpect c\n  z\n";
    let table = |rows: &[&str]| rows.iter().map(ToString::to_string).collect::<Vec<_>>();
    let tables = BTreeMap::from([(2, table(&["  x", "  3", "  4", "  5"])), (7, table(&["  y"])), (11, table(&["  z", "  6"]))]);
    let wanted = "# One\nexpect a\n  x\n# why\n  3\n  4\n  5\n# next\nexpect b\n  y\n---\nexpect c\n  z\n  6\n";
    let made = rewritten(text, &tables);
    if made == wanted { Ok(()) } else { Err(made.into()) }
}

fn unknown_setting() -> Result<(), Failed> {
    let refused = |text: &str| parse(1, text).and_then(|case| parameters(&case)).is_err();
    let known = "with profile kr\nwith from_edition HS2017\nexpect a\n  x\n";
    match (refused(known), refused("with peroid 2024\nexpect a\n  x\n")) {
        (false, true) => Ok(()),
        answers => Err(format!("known and unknown settings refused: {answers:?}").into()),
    }
}
