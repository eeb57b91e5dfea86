//! Held items by customs office, as CSV and XLSX to send back with the decisions asked for.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::common::JoinType;
use datafusion::prelude::{SessionContext, col, lit};
use tradestat_core::schema::Record;
use tradestat_output::cut::cut_sheet;
use tradestat_output::xlsx::MOST_ROWS;
use tradestat_output::{Cell, Edition, Format, Sheet, SheetColumn, render_sheet};

use crate::column::{cell_text, int_column, text_column};
use crate::error::{Error, Result};
use crate::labels::{Labels, translation};
use crate::method::header::Layer;
use crate::run::items::{CORRECTED, FIXED};
use crate::run::{Job, Run};
use crate::store::manifest::RelationFile;
use crate::store::release;

/// Columns of the list; the last are empty and make it a decision file when filled in.
const COLUMNS: &[&str] = &[
    "declaration_id",
    "item_no",
    "version",
    "rule",
    "problem",
    "field",
    "observed",
    "action",
    "old_value",
    "new_value",
    "reason",
    "who",
    "decided_on",
];

/// Writes `worklist/<period>/<run>/<office>.csv` and `.xlsx` for the findings that hold items and
/// that nobody decided yet; an office with more rows than a worksheet has gets numbered workbooks.
pub async fn worklist(job: &Job<'_>, run: &Run) -> Result<()> {
    let ctx = job.session()?;
    let findings = open_findings(&ctx, job, run).await?;
    if findings.is_empty() {
        return Ok(());
    }
    let items = Declared::read(&ctx, job, run, &findings).await?;
    let mut copies: HashMap<[&String; 4], Vec<&Place>> = HashMap::new();
    for finding in &findings {
        copies.entry(finding.item()).or_default().push(&finding.place);
    }
    let labels = Labels::read(&job.method, &job.profile.languages[0])?;
    let titles: HashMap<&str, String> = job
        .method
        .in_order(Layer::Validate)
        .filter_map(|step| {
            let title = &step.header.title;
            Some((step.code()?, translation(&job.method, labels.language(), title).unwrap_or_else(|| title.clone())))
        })
        .collect();
    let mut offices: BTreeMap<String, Vec<Vec<Cell>>> = BTreeMap::new();
    for finding in &findings {
        let text = |text: &str| if text.is_empty() { Cell::Missing } else { Cell::Text(text.into()) };
        let (field, old_value) = items.replaced(finding, &copies[&finding.item()]);
        let problem = titles.get(finding.code.as_str()).map_or("", String::as_str);
        let mut cells: Vec<Cell> =
            [&finding.declaration_id, &finding.item_no, &finding.version, &finding.code].map(|cell| text(cell)).into();
        cells.extend([text(problem), text(&field), text(&finding.observed), Cell::Missing, text(&old_value)]);
        cells.resize(COLUMNS.len(), Cell::Missing);
        offices.entry(file_name(&finding.customs_office)).or_default().push(cells);
    }
    let edition = Edition { synthetic: run.manifest.synthetic, created_at: job.clock.now().timestamp(), ..Default::default() };
    let folder = job.workspace.worklist.join(&run.manifest.period).join(&run.manifest.id);
    for (office, rows) in offices {
        let sheet = Sheet {
            name: office.clone(),
            title: format!("{} {office}, {}", labels.or_code("column", "customs_office"), run.manifest.period),
            columns: COLUMNS
                .iter()
                .map(|name| SheetColumn { name: (*name).into(), title: labels.or_code("column", name), decimals: 0 })
                .collect(),
            rows,
            notes: vec!["action: accept, correct or reject; with reason, who and decided_on a row is a decision".into()],
        };
        let put = |sheet: &Sheet, format| {
            let file = render_sheet(sheet, &edition, format)
                .map_err(|e| Error::Render { what: format!("worklist {office}"), problem: e.to_string() })?;
            release::put_file(&folder, &file.name, &file.bytes)
        };
        put(&sheet, Format::Csv)?;
        for sheet in cut_sheet(sheet, MOST_ROWS) {
            put(&sheet, Format::Xlsx)?;
        }
    }
    Ok(())
}

/// Batch and line of an item.
type Place = (String, i64);

/// Why an item is held; what is empty has no text.
struct Finding {
    place: Place,
    customs_office: String,
    declaration_id: String,
    item_no: String,
    version: String,
    code: String,
    field: String,
    observed: String,
}

impl Finding {
    /// The rule and the item: of one with two contents there are several places.
    fn item(&self) -> [&String; 4] {
        [&self.code, &self.declaration_id, &self.item_no, &self.version]
    }
}

/// What still holds items, in the order of the list.
async fn open_findings(ctx: &SessionContext, job: &Job<'_>, run: &Run) -> Result<Vec<Finding>> {
    let doing = || Error::engine("making the worklist");
    let files: Vec<&RelationFile> = run.manifest.files.iter().filter(|file| file.relation == "finding").collect();
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let rows = ctx.read_table(job.store.table(&Record::Finding.schema(), &files)?).map_err(doing())?;
    let order = ["customs_office", "declaration_id", "item_no", "code"];
    let rows = rows.filter(col("severity").eq(lit("error"))).map_err(doing())?;
    let rows = rows.sort(order.iter().map(|c| col(*c).sort(true, true)).collect()).map_err(doing())?;
    let open = open_reasons(ctx, job, run).await?;
    let mut findings = Vec::new();
    for batch in rows.collect().await.map_err(doing())? {
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        for row in 0..batch.num_rows() {
            let text = |name: &str| cell_text(&batch, name, row);
            let place = (batches.value(row).to_string(), lines.value(row));
            let code = text("code");
            if open.get(&place).is_none_or(|reasons| reasons.split(' ').all(|reason| reason != code)) {
                continue;
            }
            findings.push(Finding {
                place,
                customs_office: text("customs_office"),
                declaration_id: text("declaration_id"),
                item_no: text("item_no"),
                version: text("version"),
                code,
                field: text("field"),
                observed: text("observed"),
            });
        }
    }
    Ok(findings)
}

/// The items that the findings are about, as they were judged.
#[derive(Default)]
struct Declared {
    rows: Vec<RecordBatch>,
    /// Batch and row of `rows`.
    places: HashMap<Place, (usize, usize)>,
}

impl Declared {
    async fn read(ctx: &SessionContext, job: &Job<'_>, run: &Run, findings: &[Finding]) -> Result<Declared> {
        let doing = || Error::engine("reading the held items");
        let batches: StringArray = findings.iter().map(|finding| Some(finding.place.0.as_str())).collect();
        let lines: Int64Array = findings.iter().map(|finding| Some(finding.place.1)).collect();
        let columns: [(&str, ArrayRef); 2] = [("batch_id", Arc::new(batches)), ("line_no", Arc::new(lines))];
        let wanted = RecordBatch::try_from_iter(columns).map_err(|e| doing()(e.into()))?;
        let holders = run.batches.iter().filter(|batch| batch.months.keys().any(|month| run.months.contains(month)));
        let received: Vec<&RelationFile> =
            holders.flat_map(|batch| &batch.files).filter(|file| file.relation == "item").collect();
        let corrected: Vec<&RelationFile> = run.manifest.files.iter().filter(|file| file.relation == CORRECTED).collect();
        let mut all = Declared::default();
        // A corrected copy goes over what was received.
        for files in [received, corrected] {
            let items = ctx.read_table(job.store.table(&Record::Item.schema(), &files)?).map_err(doing())?;
            let wanted = ctx.read_batch(wanted.clone()).map_err(doing())?;
            let on = ["batch_id", "line_no"];
            let found = items.join(wanted, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
            for batch in found.collect().await.map_err(doing())? {
                let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
                let place = |row| (batches.value(row).to_string(), lines.value(row));
                all.places.extend((0..batch.num_rows()).map(|row| (place(row), (all.rows.len(), row))));
                all.rows.push(batch);
            }
        }
        Ok(all)
    }

    fn text(&self, place: &Place, field: &str) -> Option<String> {
        self.places.get(place).map(|(batch, row)| cell_text(&self.rows[*batch], field, *row))
    }

    /// The field that a decision would replace, and what stands in it. Where it is not the field of the
    /// rule, it is the first in which the copies of the item differ: its value tells which of them is meant.
    fn replaced(&self, finding: &Finding, copies: &[&Place]) -> (String, String) {
        if !FIXED.contains(&finding.field.as_str()) {
            return (finding.field.clone(), self.text(&finding.place, &finding.field).unwrap_or_default());
        }
        let schema = Record::Item.schema();
        let names = schema.fields().iter().map(|field| field.name()).filter(|name| !FIXED.contains(&name.as_str()));
        let differs = |name: &&String| {
            let own = self.text(&finding.place, name);
            copies.iter().any(|copy| self.text(copy, name) != own)
        };
        match names.into_iter().find(differs) {
            Some(name) => (name.clone(), self.text(&finding.place, name).unwrap_or_default()),
            None => (finding.field.clone(), String::new()),
        }
    }
}

/// Why items are held, by batch and line, less those that a decision rejected.
async fn open_reasons(ctx: &SessionContext, job: &Job<'_>, run: &Run) -> Result<HashMap<(String, i64), String>> {
    let doing = || Error::engine("reading the held items");
    let files: Vec<&RelationFile> = run.manifest.files.iter().filter(|file| file.relation == "held_item").collect();
    let held = ctx.read_table(job.store.table(&Record::HeldItem.schema(), &files)?).map_err(doing())?;
    let mut open = HashMap::new();
    for batch in held.select_columns(&["batch_id", "line_no", "reasons"]).map_err(doing())?.collect().await.map_err(doing())? {
        let (batches, lines, reasons) =
            (text_column(&batch, "batch_id"), int_column(&batch, "line_no"), text_column(&batch, "reasons"));
        let is_rejected = |row: usize| reasons.value(row).split(' ').any(|reason| reason == "rejected");
        for row in (0..batch.num_rows()).filter(|row| !is_rejected(*row)) {
            open.insert((batches.value(row).to_string(), lines.value(row)), reasons.value(row).to_string());
        }
    }
    Ok(open)
}

/// An office code is what a file declares, so it must not choose where a file goes; and each has a list of its
/// own, also where names differ in no more than the case of letters.
fn file_name(office: &str) -> String {
    if office.is_empty() {
        return "no_office".into();
    }
    let is_safe = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
    if office.len() <= 40 && office.chars().all(is_safe) {
        return office.into();
    }
    let safe = office.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(40);
    format!("{}~{}", safe.collect::<String>(), &blake3::hash(office.as_bytes()).to_hex()[..6])
}
