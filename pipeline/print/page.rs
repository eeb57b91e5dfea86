//! What is true of the whole release, and every file of it, in every language of the profile.
//!
//! Data files are written once, with the names of the fields and English names of codes. What
//! people read is written in each language: a sheet of the workbook, the charts, a page.

use std::cmp::Reverse;
use std::io::{BufWriter, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::arrow::array::RecordBatch;
use tradestat_output::csv;
use tradestat_output::cut::{Part, cut};
use tradestat_output::xlsx::{MOST_ROWS, workbook};
use tradestat_output::{Account, Chart, ColumnKind, Edition, Format, Language, Link, Picture, Signs, Table, Words};
use tradestat_output::{Release as Page, draw, render, render_page};

use super::{absence, account, charts, tables};
use crate::describe::Describer;
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::method::Step;
use crate::run::{Job, Run, day, month_days};
use crate::store::parquet::rows_of;
use crate::store::release::Release;

/// A release in one language.
pub struct Print {
    pub tag: String,
    pub labels: Labels,
    pub edition: Edition,
    pub tables: Vec<Table>,
    pub charts: Vec<Chart>,
}

/// What the page of a release says around its tables and charts, in one language.
pub struct PageText {
    pub title: String,
    pub period: String,
    pub lead: Vec<String>,
    pub account: Vec<Account>,
    pub notes: Vec<String>,
    pub files: Vec<Link>,
    /// Whether charts of other languages than the first are drawn in pixels too, which takes longer
    /// than all the rest of a page.
    pub has_all_pictures: bool,
    /// Tables that stand on the page, unless they are for data files alone; of the others there are files only.
    pub is_shown: fn(&Table) -> bool,
}

impl PageText {
    /// Of the release of a month.
    pub fn of_release(job: &Job<'_>, run: &Run, print: &Print) -> Self {
        let labels = &print.labels;
        PageText {
            title: format!("{}: {}", labels.or_code("word", "foreign_trade"), country(job, labels)),
            period: period_in_words(run, labels),
            lead: Vec::new(),
            account: account::shown(run, labels),
            notes: run.manifest.notes.iter().map(|note| labels.note(note)).collect(),
            files: vec![Link { label: "manifest.json".into(), href: "manifest.json".into() }],
            has_all_pictures: false,
            is_shown: |_| true,
        }
    }
}

impl Print {
    /// Every language of the profile, the first of them first.
    pub fn all(job: &Job<'_>, run: &Run, results: &[(String, Vec<RecordBatch>)]) -> Result<Vec<Print>> {
        let first = Labels::read(&job.method, &job.profile.languages[0])?;
        let print = |tag: &String| {
            let labels = first.in_language(tag);
            let mut edition = edition(job, run, &labels);
            edition.notices.extend(absence::notices(job, run, results, &labels)?);
            let results: Vec<_> = results.iter().map(|(name, batches)| (name.clone(), labels.translated(batches))).collect();
            Ok(Print {
                tag: tag.clone(),
                edition,
                tables: tables::tables(job, run, &results, &labels)?,
                charts: charts::charts(job, run, &results, &labels)?,
                labels,
            })
        };
        job.profile.languages.iter().map(print).collect()
    }
}

/// What every page and file of a release says of itself, in the language of the labels.
pub fn edition(job: &Job<'_>, run: &Run, labels: &Labels) -> Edition {
    let language = match labels.language() {
        "az" => Language::Az,
        "ru" => Language::Ru,
        _ => Language::En,
    };
    let mut notices = Vec::new();
    if let Some(moment) = &run.manifest.as_of {
        notices.push(format!("{}: {moment}.", labels.or_code("note", "as_of")));
    }
    Edition {
        notices,
        language,
        signs: Signs::default(),
        words: Words::from_labels(|key| labels.get("word", key).map(String::from)),
        source: labels.or_code("note", "source"),
        state: labels.or_code("month_state", &run.manifest.state),
        run_id: run.manifest.id.clone(),
        method_digest: run.manifest.method_digest.clone(),
        created_at: job.clock.now().timestamp(),
        synthetic: run.manifest.synthetic,
        confidentiality_note: Some(labels.or_code("note", "confidentiality")),
    }
}

/// `March 2026`, `First quarter 2026`, `2026`: the period asked for.
pub fn period_in_words(run: &Run, labels: &Labels) -> String {
    match run.target.as_slice() {
        [month] => month_in_words(month, labels),
        [first, _, _] => {
            let (year, month) = first.split_once('-').expect("months are year and number");
            let quarter = month.parse().map_or(0, |month: u32| month.div_ceil(3));
            format!("{} {year}", labels.or_code("quarter", &quarter.to_string()))
        }
        months => months.last().and_then(|month| month.get(..4)).unwrap_or_default().into(),
    }
}

/// What a column called `month` holds in the tables of this run.
pub fn span_of(run: &Run) -> &'static str {
    match run.target.len() {
        1 => "month",
        3 => "quarter",
        _ => "year",
    }
}

/// `March 2026` of `2026-03`.
pub fn month_in_words(month: &str, labels: &Labels) -> String {
    let (year, number) = month.split_once('-').expect("months are year and number");
    format!("{} {year}", labels.or_code("month", number))
}

/// `index.html` in the first language, `index.az.html` in others; so with charts.
pub fn name_in(stem: &str, ending: &str, tag: &str, is_first: bool) -> String {
    if is_first { format!("{stem}.{ending}") } else { format!("{stem}.{tag}.{ending}") }
}

/// What is said of a CSV beside it, under the name of the standard.
const ABOUT: &str = "CSVW";

/// Files of a table, to be linked from every page.
struct TableFiles {
    links: Vec<Link>,
    /// Key of the workbook, and its table in each language.
    workbooks: Vec<(String, Vec<Table>)>,
    /// The column that decides which workbook a row is in, where there is more than one.
    cut_by: Option<&'static str>,
}

fn failed(what: &str) -> impl Fn(tradestat_output::Error) -> Error {
    move |e| Error::Render { what: what.to_string(), problem: e.to_string() }
}

fn table_files(position: usize, prints: &[Print]) -> Result<TableFiles> {
    let table = &prints[0].tables[position];
    let file = |label: &str, ending: &str| Link { label: label.into(), href: format!("tables/{}{ending}", table.name) };
    if table.is_data_only {
        return Ok(TableFiles {
            links: vec![file("CSV", ".csv"), file(ABOUT, ".csv-metadata.json"), file("Parquet", ".parquet")],
            workbooks: Vec::new(),
            cut_by: None,
        });
    }
    let mut parts: Vec<(Vec<Part>, _)> = Vec::new();
    for print in prints {
        parts.push(cut(&print.tables[position], MOST_ROWS).map_err(failed(&table.name))?);
    }
    let cut_by = parts[0].1;
    let keys: Vec<String> = parts[0].0.iter().map(|part| part.key.clone()).collect();
    let mut links = vec![file("CSV", ".csv"), file(ABOUT, ".csv-metadata.json")];
    let mut workbooks = Vec::new();
    for (place, key) in keys.into_iter().enumerate() {
        let suffix = if key.is_empty() { String::new() } else { format!("_{key}") };
        links.push(file(format!("XLSX {key}").trim_end(), &format!("{suffix}.xlsx")));
        workbooks.push((format!("{}{suffix}", table.name), parts.iter().map(|(parts, _)| parts[place].table.clone()).collect()));
    }
    links.push(file("Parquet", ".parquet"));
    Ok(TableFiles { links, workbooks, cut_by })
}

/// Renders every table and chart into the release, and a page in each language that shows them all.
pub fn render_all(
    job: &Job<'_>,
    run: &Run,
    results: &[(String, Vec<RecordBatch>)],
    prints: &[Print],
    texts: &[PageText],
    release: &Release,
) -> Result<()> {
    let describer = &job.describer()?;
    let mut files = Vec::new();
    for position in 0..prints[0].tables.len() {
        files.push(table_files(position, prints)?);
    }
    let original = |table: &Table| {
        let batches = results.iter().find(|(name, _)| *name == table.name).map(|(_, batches)| batches.clone());
        Table { batches: batches.unwrap_or_default(), ..table.clone() }
    };
    // Pages and charts first; the table with most rows before others, so that no thread is left with it at the end.
    let mut work: Vec<Box<dyn Fn() -> Result<()> + Sync + '_>> = Vec::new();
    for (position, print) in prints.iter().enumerate() {
        let files = &files;
        work.push(Box::new(move || {
            let page = page(job, prints, position, &texts[position], files);
            let file = render_page(&page).map_err(failed(&page.name))?;
            release.put(&file.name, &file.bytes)
        }));
        for chart in &print.charts {
            let is_drawn = |ending: &str| ending == "svg" || position == 0 || texts[position].has_all_pictures;
            for (picture, ending) in
                [(Picture::Png, "png"), (Picture::Svg, "svg")].into_iter().filter(|(_, ending)| is_drawn(ending))
            {
                work.push(Box::new(move || {
                    let file = draw(chart, &print.edition, picture).map_err(failed(&chart.name))?;
                    release.put(&format!("charts/{}", name_in(&chart.name, ending, &print.tag, position == 0)), &file.bytes)
                }));
            }
        }
    }
    let rows = |(_, table): &(usize, &Table)| (table.is_data_only, original(table).row_count());
    let mut tables: Vec<(usize, &Table)> = prints[0].tables.iter().enumerate().collect();
    tables.sort_by_key(|table| Reverse(rows(table)));
    for (position, table) in tables {
        for (name, tables) in &files[position].workbooks {
            work.push(Box::new(move || {
                let sheets: Vec<(&Table, &Edition)> =
                    tables.iter().zip(prints).map(|(table, print)| (table, &print.edition)).collect();
                release.put(&format!("tables/{name}.xlsx"), &workbook(name, &sheets).map_err(failed(name))?)
            }));
        }
        let about = move || {
            let about = about_csv(job, run, describer, prints, position)?;
            release.put_json(&format!("tables/{}.csv-metadata.json", table.name), &about)
        };
        if table.is_data_only {
            work.push(Box::new(move || {
                data_files(job, run, release, table)?;
                about()
            }));
            continue;
        }
        work.push(Box::new(move || {
            let table = original(table);
            let file = render(&table, &prints[0].edition, Format::Csv).map_err(failed(&table.name))?;
            release.put(&format!("tables/{}", file.name), &file.bytes)?;
            release.put_parquet(
                &format!("tables/{}.parquet", table.name),
                &super::marked(run, describer, &table.name, &table.batches),
            )?;
            about()
        }));
    }
    all_done(&work, job.bounds.threads)?;
    drop(work);
    release.put("missing_labels.csv", missing_labels(prints).as_bytes())
}

/// The files of a table whose rows are in the store alone: the same Parquet, and a CSV of it, some rows at a time.
fn data_files(job: &Job<'_>, run: &Run, release: &Release, table: &Table) -> Result<()> {
    let stored = run.manifest.files.iter().rev().find(|file| file.relation == table.name);
    let stored = job.store.root().join(&stored.expect("it was stored before it is printed").path);
    let parquet = release.path(&format!("tables/{}.parquet", table.name))?;
    std::fs::copy(&stored, &parquet).map_err(Error::write(parquet.display().to_string()))?;
    let path = release.path(&format!("tables/{}.csv", table.name))?;
    let unwritten = || Error::write(path.display().to_string());
    let mut file = BufWriter::new(std::fs::File::create(&path).map_err(unwritten())?);
    file.write_all(csv::header(table).as_bytes()).map_err(unwritten())?;
    for batch in rows_of(&stored)? {
        let text = csv::rows(table, &batch?).map_err(failed(&table.name))?;
        file.write_all(text.as_bytes()).map_err(unwritten())?;
    }
    file.flush().map_err(unwritten())
}

/// Does every piece of work, on as many threads as the run may use; gives the first error in order.
fn all_done(work: &[Box<dyn Fn() -> Result<()> + Sync + '_>], threads: usize) -> Result<()> {
    let next = AtomicUsize::new(0);
    let errors: Mutex<Vec<(usize, Error)>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, work.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    let Some(piece) = work.get(at) else { break };
                    if let Err(error) = piece() {
                        errors.lock().expect("no thread panics while it holds this").push((at, error));
                    }
                }
            });
        }
    });
    let errors = errors.into_inner().expect("no thread panics while it holds this");
    errors.into_iter().min_by_key(|(at, _)| *at).map_or(Ok(()), |(_, error)| Err(error))
}

fn page<'p>(job: &Job<'_>, prints: &'p [Print], position: usize, text: &PageText, files: &[TableFiles]) -> Page<'p> {
    let (print, labels) = (&prints[position], &prints[position].labels);
    let name = |place: usize, print: &Print| name_in("index", "html", &print.tag, place == 0);
    let others = prints.iter().enumerate().filter(|(place, _)| *place != position);
    let languages =
        others.map(|(place, other)| Link { label: other.labels.or_code("language", &other.tag), href: name(place, other) });
    let picture = |chart: &Chart, ending: &str| Link {
        label: ending.to_uppercase(),
        href: format!("charts/{}", name_in(&chart.name, ending, &print.tag, position == 0)),
    };
    let endings: &[&str] = if position == 0 || text.has_all_pictures { &["svg", "png"] } else { &["svg"] };
    let mut notes = text.notes.clone();
    for (table, files) in print.tables.iter().zip(files).filter(|(_, files)| files.workbooks.len() > 1) {
        let by = files.cut_by.map_or_else(|| print.edition.words.part().to_string(), |column| labels.or_code("column", column));
        notes.push(format!("{}: {} {by}.", table.code, print.edition.words.cut_into_files()));
    }
    let missing = labels.missing().len();
    if missing > 0 {
        notes.push(format!("{}: {missing} (missing_labels.csv)", labels.or_code("note", "missing_labels")));
    }
    let mut links = text.files.clone();
    let shown = print.tables.iter().zip(files);
    let is_shown = |table: &Table| (text.is_shown)(table) && !table.is_data_only;
    for (table, files) in shown.clone().filter(|(table, _)| !is_shown(table)) {
        let titled = |link: &Link| Link { label: format!("{} ({})", table.title, link.label), href: link.href.clone() };
        links.extend(files.links.iter().map(titled));
    }
    links.push(Link { label: "missing_labels.csv".into(), href: "missing_labels.csv".into() });
    Page {
        name: name(position, print),
        title: text.title.clone(),
        lead: text.lead.clone(),
        languages: languages.collect(),
        period: text.period.clone(),
        edition: &print.edition,
        tables: shown.filter(|(table, _)| is_shown(table)).map(|(table, files)| (table, files.links.clone())).collect(),
        charts: print.charts.iter().map(|chart| (chart, endings.iter().map(|ending| picture(chart, ending)).collect())).collect(),
        account: text.account.clone(),
        account_unit: tables::unit_in("thousand_usd", &job.profile.statistical_currency, labels).0,
        account_scale: 3,
        notes,
        files: links,
    }
}

/// The country in the language; in English as the profile writes it.
fn country(job: &Job<'_>, labels: &Labels) -> String {
    let named = labels.get("country", &job.profile.reporter).filter(|_| labels.language() != "en");
    named.map_or_else(|| job.profile.title.clone(), String::from)
}

/// What stands in English on a page of another language, so that somebody can give it a label.
fn missing_labels(prints: &[Print]) -> String {
    let mut text = String::from("language,list,code,en\n");
    for print in prints {
        for (list, code, english) in print.labels.missing() {
            let quoted = english.replace('"', "\"\"");
            text.push_str(&format!("{},{list},{code},\"{quoted}\"\n", print.tag));
        }
    }
    text
}

/// The title of a column with the heading over it, as a data file has it: its shares are parts of
/// one, not per cent.
fn title_in_full(column: &tradestat_output::Column, labels: &Labels) -> String {
    let title = match &column.group_heading {
        Some(heading) => format!("{heading}: {}", column.title),
        None => column.title.clone(),
    };
    match column.kind {
        ColumnKind::Share => format!("{}, {}", title.trim_end_matches(", %"), labels.or_code("unit", "fraction")),
        _ => title,
    }
}

/// A CSV has no place for its source: what it is stands beside it, as the W3C's tabular metadata, with the items that
/// the Compilers Manual (25.13) wants with every data set: reporter, period, flow, classification and code lists, units
/// and currency, valuation.
fn about_csv(job: &Job<'_>, run: &Run, describer: &Describer, prints: &[Print], position: usize) -> Result<serde_json::Value> {
    let (manifest, table) = (&run.manifest, &prints[0].tables[position]);
    let first = run.target.first().map_or(0, |month| month_days(month).0);
    let last = run.target.last().map_or(0, |month| month_days(month).1);
    // A comparison has several reporters, and its rows name them.
    let is_own = table.source.is_none() && !run.manifest.stages.iter().any(|stage| stage == "mirror");
    let editions = job.method.lists["commodity"].in_force("edition", &day(first).to_string(), &day(last).to_string())?;
    let titles = |at: usize| -> serde_json::Map<String, serde_json::Value> {
        prints
            .iter()
            .map(|print| (print.tag.clone(), title_in_full(&print.tables[position].columns[at], &print.labels).into()))
            .collect()
    };
    let currency = describer.currency_of(&table.name);
    let schema = table.batches.first().map(RecordBatch::schema);
    let unit = |name: &str| {
        let field = schema.as_ref()?.field_with_name(name).ok()?;
        describer.unit(&table.name, name, field.data_type(), currency)
    };
    // A program that reads the types keeps the zeros of codes, and `NA` as Namibia.
    let datatype = |kind: ColumnKind| match kind {
        ColumnKind::Code | ColumnKind::Text | ColumnKind::Flag => "string",
        ColumnKind::Date => "date",
        ColumnKind::Count => "integer",
        _ => "decimal",
    };
    let column = |(at, c): (usize, &tradestat_output::Column)| {
        let mut about = serde_json::json!({ "name": c.name, "titles": titles(at), "datatype": datatype(c.kind), "null": "", "dc:type": format!("{:?}", c.kind) });
        if let Some(unit) = unit(&c.name) {
            about["tradestat:unit"] = unit.into();
        }
        if let Some((list, title)) = describer.code_list_and_title(&c.name).filter(|_| c.kind == ColumnKind::Code) {
            about["tradestat:code_list"] = serde_json::json!({ "name": list, "title": title });
        }
        about
    };
    let columns: Vec<serde_json::Value> = table.columns.iter().enumerate().map(column).collect();
    // Rows of data files alone are in the store.
    let stored = run.manifest.files.iter().rev().find(|file| file.relation == table.name);
    let row_count = match stored.filter(|_| table.is_data_only) {
        Some(file) => file.rows,
        None => table.row_count() as u64,
    };
    let mut schema_about = serde_json::json!({ "columns": columns });
    let key = job.method.step(&table.name).map(Step::grain).unwrap_or_default();
    if !key.is_empty() && key.iter().all(|name| table.columns.iter().any(|column| column.name == *name)) {
        schema_about["primaryKey"] = key.into();
    }
    Ok(serde_json::json!({
        "@context": "http://www.w3.org/ns/csvw",
        "url": format!("{}.csv", table.name),
        "dc:title": table.title,
        "dc:source": table.source(&prints[0].edition),
        "tradestat:reporter": is_own.then_some(&job.profile.reporter),
        "tradestat:commodity_edition": editions,
        "dc:description": format!("Full values, not divided by the unit of print. {}", table.notes.join(" ")),
        "tradestat:run": manifest.id,
        "tradestat:period": manifest.period,
        "tradestat:currency": currency,
        "tradestat:as_of": manifest.as_of,
        "tradestat:absent_months": run.absent_months(),
        "tradestat:notices": prints[0].edition.notices,
        "tradestat:state": manifest.state,
        "tradestat:method_digest": manifest.method_digest,
        "tradestat:confidentiality": manifest.confidentiality,
        "tradestat:synthetic": manifest.synthetic,
        "tradestat:row_count": row_count,
        "tableSchema": schema_about,
    }))
}
