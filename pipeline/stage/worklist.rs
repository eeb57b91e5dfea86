//! Held items by customs office, as CSV and XLSX to send back with the decisions asked for.

use std::collections::{BTreeMap, HashMap};

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::prelude::{SessionContext, col, lit};
use tradestat_core::schema::Record;
use tradestat_output::cut::cut_sheet;
use tradestat_output::xlsx::MOST_ROWS;
use tradestat_output::{Cell, Edition, Format, Sheet, SheetColumn, render_sheet};

use super::validate::scan::{int_column, text_column};
use crate::error::{Error, Result};
use crate::labels::{Labels, translation};
use crate::method::header::Layer;
use crate::run::{Job, Run};
use crate::store::manifest::RelationFile;
use crate::store::release;

/// Columns of the list; the last are empty and make it a decision file when filled in.
const COLUMNS: &[&str] = &[
    "declaration_id", "item_no", "version", "rule", "problem", "field", "observed", "action", "old_value", "new_value", "reason", "who", "decided_on",
];

/// Writes `worklist/<period>/<run>/<office>.csv` and `.xlsx` for the findings that hold items and
/// that nobody decided yet; an office with more rows than a worksheet has gets numbered workbooks.
pub async fn worklist(job: &Job<'_>, run: &Run) -> Result<()> {
    let doing = || Error::engine("making the worklist");
    let files: Vec<&RelationFile> = run.manifest.files.iter().filter(|file| file.relation == "finding").collect();
    if files.is_empty() {
        return Ok(());
    }
    let ctx = job.session()?;
    let findings = ctx.read_table(job.store.table(&Record::Finding.schema(), &files)?).map_err(doing())?;
    let order = ["customs_office", "declaration_id", "item_no", "code"];
    let findings = findings.filter(col("severity").eq(lit("error"))).map_err(doing())?;
    let findings = findings.sort(order.iter().map(|c| col(*c).sort(true, true)).collect()).map_err(doing())?;
    let open = open_reasons(&ctx, job, run).await?;
    let labels = Labels::read(&job.method, &job.profile.languages[0])?;
    let titles: HashMap<&str, String> = job.method.in_order(Layer::Validate).filter_map(|step| {
        let title = &step.header.title;
        Some((step.code()?, translation(&job.method, labels.language(), title).unwrap_or_else(|| title.clone())))
    }).collect();
    let mut offices: BTreeMap<String, Vec<Vec<Cell>>> = BTreeMap::new();
    for batch in findings.collect().await.map_err(doing())? {
        let [batches, offices_of, ids, codes, fields, observed] =
            ["batch_id", "customs_office", "declaration_id", "code", "field", "observed"].map(|name| text_column(&batch, name));
        let lines = int_column(&batch, "line_no");
        let number = |name: &str| batch.column_by_name(name).expect("a field of finding").as_primitive::<Int32Type>().clone();
        let (items, versions) = (number("item_no"), number("version"));
        let is_open = |row: &usize| {
            let reasons = open.get(&(batches.value(*row).to_string(), lines.value(*row)));
            reasons.is_some_and(|reasons| reasons.split(' ').any(|code| code == codes.value(*row)))
        };
        for row in (0..batch.num_rows()).filter(is_open) {
            let text = |column: &datafusion::arrow::array::StringArray| match column.is_null(row) {
                true => Cell::Missing,
                false => Cell::Text(column.value(row).into()),
            };
            let version = if versions.is_null(row) { Cell::Missing } else { Cell::Text(versions.value(row).to_string()) };
            let problem = titles.get(codes.value(row)).map_or(Cell::Missing, |title| Cell::Text(title.clone()));
            let number = Cell::Text(items.value(row).to_string());
            let mut cells = vec![text(&ids), number, version, text(&codes), problem, text(&fields), text(&observed)];
            cells.push(Cell::Missing);
            // Where the rule saw the field itself, that is the value a decision replaces.
            let is_plain = !observed.value(row).contains([' ', '/']) && Record::Item.field(fields.value(row)).is_some();
            cells.push(if is_plain { text(&observed) } else { Cell::Missing });
            cells.resize(COLUMNS.len(), Cell::Missing);
            let office = if offices_of.is_null(row) { "no_office".to_string() } else { file_name(offices_of.value(row)) };
            offices.entry(office).or_default().push(cells);
        }
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

/// Why items are held, by batch and line, less those that a decision rejected.
async fn open_reasons(ctx: &SessionContext, job: &Job<'_>, run: &Run) -> Result<HashMap<(String, i64), String>> {
    let doing = || Error::engine("reading the held items");
    let files: Vec<&RelationFile> = run.manifest.files.iter().filter(|file| file.relation == "held_item").collect();
    let held = ctx.read_table(job.store.table(&Record::HeldItem.schema(), &files)?).map_err(doing())?;
    let mut open = HashMap::new();
    for batch in held.select_columns(&["batch_id", "line_no", "reasons"]).map_err(doing())?.collect().await.map_err(doing())? {
        let (batches, lines, reasons) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"), text_column(&batch, "reasons"));
        let is_rejected = |row: usize| reasons.value(row).split(' ').any(|reason| reason == "rejected");
        for row in (0..batch.num_rows()).filter(|row| !is_rejected(*row)) {
            open.insert((batches.value(row).to_string(), lines.value(row)), reasons.value(row).to_string());
        }
    }
    Ok(open)
}

/// An office code is what a file declares, so it must not choose where a file goes.
fn file_name(office: &str) -> String {
    let safe: String = office.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(40).collect();
    if safe.is_empty() { "no_office".into() } else { safe }
}
