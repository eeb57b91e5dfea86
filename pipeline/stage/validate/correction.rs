//! Amendments of declarants and decisions of statisticians, applied to copies of the items.
//!
//! A decision file (`decisions.csv` in the working folder) has one row a decision:
//! `declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on`
//! with action accept, correct or reject. A decision falls away, and is reported, when the
//! source value is no longer the one it was taken on. Nothing in the store is changed: the
//! item as received is set aside and its corrected copy goes on.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray, StringBuilder};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options, concat_batches};
use datafusion::arrow::datatypes::{DataType, Date32Type, Int32Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use serde::Deserialize;
use tradestat_core::schema::Record;

use super::scan::{HeldBySets, int_column, text_column};
use super::vintage::{Aside, CANCELLED};
use crate::error::{Error, Result};
use crate::method::register;
use crate::run::{Job, Run};
use crate::store::manifest::RelationFile;
use crate::store::month::MonthWriter;

pub const CORRECTED: &str = "corrected_item";

/// Identifiers and keys that no decision may rewrite.
const FIXED: &[&str] = &["batch_id", "line_no", "received_on", "declaration_id", "item_no", "version", "trader_key", "declarant_key"];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    declaration_id: String,
    item_no: i32,
    version: Option<i32>,
    rule: String,
    action: String,
    field: String,
    /// What the rule saw; a worklist carries it for the reader.
    #[serde(default)]
    #[expect(dead_code, reason = "a column that a filled-in worklist has")]
    observed: Option<String>,
    old_value: String,
    new_value: String,
    reason: String,
    who: String,
    decided_on: String,
}

#[derive(Debug, Clone)]
struct Amendment {
    item_no: Option<i32>,
    field: String,
    value: Option<String>,
}

impl Amendment {
    /// Takes out the declaration or the item, which `superseded_item` has done.
    fn is_cancellation(&self) -> bool {
        self.field == "status" && self.value.as_deref() == Some(CANCELLED)
    }
}

/// Amendments by the declaration they name, each list in the order in which they came.
type Amendments = BTreeMap<String, Vec<Amendment>>;

/// One item, alone in its batch, so that a cell can be replaced.
struct Item {
    row: RecordBatch,
    batch: String,
    line: i64,
    day: i32,
    is_changed: bool,
}

#[derive(Default)]
pub struct Corrections {
    corrected: Vec<Item>,
    accepted: HashSet<(String, i64, String)>,
    rejected: Vec<(String, i64)>,
}

/// What became of decisions and amendments over all months of a run.
#[derive(Default)]
pub struct Ledger {
    decided: BTreeSet<usize>,
    fallen: BTreeMap<usize, String>,
    /// Amendments that changed an item, and those that found one and could not: by
    /// declaration and place in its list.
    amended: BTreeSet<(String, usize)>,
    not_kept: BTreeSet<(String, usize)>,
    /// References of amendments, and whether any batch holds their declaration.
    references: BTreeMap<String, bool>,
    /// Amendments in all, and those whose declaration no batch holds.
    amendments: u64,
    unmatched: u64,
}

impl Ledger {
    /// Puts the counts and what could not be applied into the manifest.
    pub fn note(&self, run: &mut Run) {
        if !self.references.is_empty() {
            // One that meets the declaration in one month and no item of it in another is applied.
            let not_kept = self.not_kept.difference(&self.amended).count() as u64;
            let applied = self.amended.len() as u64;
            run.account("amendments applied", applied);
            run.account("amendments of fields not kept", not_kept);
            run.account("amendments without a declaration", self.unmatched);
            run.account("amendments of other months", self.amendments - applied - not_kept - self.unmatched);
        }
        for (reference, _) in self.references.iter().filter(|(_, known)| !**known) {
            run.note(format!("an amendment of `{reference}` meets no declaration"));
        }
        let fallen: Vec<&String> = self.fallen.iter().filter(|(i, _)| !self.decided.contains(i)).map(|(_, text)| text).collect();
        if !self.decided.is_empty() || !fallen.is_empty() {
            run.account("decisions applied", self.decided.len());
            run.account("decisions fallen away", fallen.len());
        }
        for text in fallen {
            run.note(text.clone());
        }
    }
}

/// Reads both sources and works out what becomes of each item of these months.
pub async fn gather(job: &Job<'_>, ctx: &SessionContext, run: &Run, ledger: &mut Ledger) -> Result<Corrections> {
    let decisions = read_decisions(job)?;
    let amendments = read_amendments(ctx, run).await?;
    if decisions.is_empty() && amendments.is_empty() {
        return Ok(Corrections::default());
    }
    note_references(ctx, &amendments, ledger).await?;
    let wanted: HashSet<&str> =
        decisions.iter().map(|d| d.declaration_id.as_str()).chain(amendments.keys().map(String::as_str)).collect();
    let mut items = fetch(ctx, &wanted).await?;
    let mut corrections = Corrections::default();
    amend(&mut items, &amendments, ledger);
    decide(&mut items, &decisions, &mut corrections, ledger);
    corrections.corrected = items.into_values().flatten().filter(|item| item.is_changed).collect();
    Ok(corrections)
}

impl Corrections {
    /// Puts corrected copies in the place of their originals in `item`.
    pub async fn apply(&self, ctx: &SessionContext) -> Result<()> {
        if self.corrected.is_empty() {
            return Ok(());
        }
        let doing = || Error::engine("applying corrections");
        let copies = self.batch()?;
        let keys = copies.project(&[0, 1]).expect("batch_id and line_no are the first fields");
        let keys = ctx.read_batch(keys).map_err(doing())?;
        let on = ["batch_id", "line_no"];
        let rest = ctx.table("item").await.map_err(doing())?.join(keys, JoinType::LeftAnti, &on, &on, None);
        let copies = ctx.read_table(Arc::new(MemTable::try_new(copies.schema(), vec![vec![copies]]).map_err(doing())?));
        let all = rest.map_err(doing())?.union(copies.map_err(doing())?).map_err(doing())?;
        register(ctx, "item", all.into_view())
    }

    fn batch(&self) -> Result<RecordBatch> {
        let rows: Vec<&RecordBatch> = self.corrected.iter().map(|item| &item.row).collect();
        concat_batches(&Record::Item.schema(), rows)
            .map_err(|e| Error::Engine { doing: "applying corrections".into(), source: Box::new(e.into()) })
    }

    /// Originals of corrected items, with their days.
    pub fn replaced(&self) -> impl Iterator<Item = (String, i64, i32)> + '_ {
        self.corrected.iter().map(|item| (item.batch.clone(), item.line, item.day))
    }

    pub fn accepts(&self, batch: &str, line: i64, code: &str) -> bool {
        !self.accepted.is_empty() && self.accepted.contains(&(batch.to_string(), line, code.to_string()))
    }

    pub fn reject_into(&self, held: &mut HeldBySets) {
        for key in &self.rejected {
            held.entry(key.clone()).or_default().push("rejected".into());
        }
    }

    /// Held items less those whose every reason was accepted.
    pub fn still_held(&self, batch: RecordBatch, days: ArrayRef) -> Result<(RecordBatch, ArrayRef)> {
        if self.accepted.is_empty() {
            return Ok((batch, days));
        }
        let failed = |e: datafusion::arrow::error::ArrowError| Error::Engine {
            doing: "applying decisions".into(),
            source: Box::new(e.into()),
        };
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let reasons = text_column(&batch, "reasons");
        let mut keep = Vec::new();
        let mut texts = StringBuilder::new();
        for row in 0..batch.num_rows() {
            let left: Vec<&str> =
                reasons.value(row).split(' ').filter(|code| !self.accepts(batches.value(row), lines.value(row), code)).collect();
            keep.push(!left.is_empty());
            texts.append_value(left.join(" "));
        }
        let place = batch.schema().index_of("reasons").expect("a field of held_item");
        let mut columns = batch.columns().to_vec();
        columns[place] = Arc::new(texts.finish());
        let batch = RecordBatch::try_new(batch.schema(), columns).map_err(failed)?;
        let mask = keep.into();
        let batch = datafusion::arrow::compute::filter_record_batch(&batch, &mask).map_err(failed)?;
        let days = datafusion::arrow::compute::filter(&days, &mask).map_err(failed)?;
        Ok((batch, days))
    }

    /// Corrected copies that go on, as relation `corrected_item`.
    pub async fn write(&self, job: &Job<'_>, run: &Run, aside: &Aside, part: usize) -> Result<Vec<RelationFile>> {
        let schema = Record::Item.schema();
        let mut writer = MonthWriter::new(&job.store, CORRECTED, &run.manifest.id, part, &schema);
        for item in self.corrected.iter().filter(|item| !aside.is_stopped(&item.batch, item.line)) {
            let days: ArrayRef = Arc::new(datafusion::arrow::array::Date32Array::from(vec![item.day]));
            writer.write(&item.row, &days).await?;
        }
        writer.finish().await
    }
}

fn read_decisions(job: &Job<'_>) -> Result<Vec<Decision>> {
    let path = &job.workspace.decisions;
    if !path.exists() {
        return Ok(Vec::new());
    }
    let file = std::fs::File::open(path).map_err(|source| Error::ReadSource { path: path.clone(), source })?;
    let mut decisions = Vec::new();
    for (index, row) in csv::Reader::from_reader(file).into_deserialize::<Decision>().enumerate() {
        let wrong = |problem: String| Error::Inconsistent {
            file: path.display().to_string(),
            line: Some(index as u64 + 2),
            problem,
            hint: "columns: declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on; \
                   actions: accept, correct, reject"
                .into(),
        };
        let decision = row.map_err(|e| wrong(e.to_string()))?;
        if !["accept", "correct", "reject"].contains(&decision.action.as_str()) {
            return Err(wrong(format!("unknown action `{}`", decision.action)));
        }
        if decision.reason.trim().is_empty() || decision.who.trim().is_empty() || decision.decided_on.trim().is_empty() {
            return Err(wrong("a decision needs a reason, who took it, and the day".into()));
        }
        let known = Record::Item.schema().index_of(&decision.field).is_ok() && !FIXED.contains(&decision.field.as_str());
        if !known {
            return Err(wrong(format!("`{}` is not an item field that a decision can be about", decision.field)));
        }
        decisions.push(decision);
    }
    Ok(decisions)
}

/// Later amendments go over earlier ones: by the day of receipt, then as they were read in.
async fn read_amendments(ctx: &SessionContext, run: &Run) -> Result<Amendments> {
    let doing = || Error::engine("reading amendments");
    let found = ctx.table("amendment").await.map_err(doing())?.collect().await.map_err(doing())?;
    let places: HashMap<&str, usize> = run.batches.iter().enumerate().map(|(place, batch)| (batch.id.as_str(), place)).collect();
    let mut all: Vec<((i32, usize, i64), String, Amendment)> = Vec::new();
    for batch in found {
        let items = batch.column_by_name("item_no").expect("a field of amendment").as_primitive::<Int32Type>().clone();
        let days = batch.column_by_name("received_on").expect("a field of amendment").as_primitive::<Date32Type>().clone();
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let (references, fields, values) =
            (text_column(&batch, "reference"), text_column(&batch, "field"), text_column(&batch, "value"));
        for row in 0..batch.num_rows() {
            let came = (days.value(row), places.get(batches.value(row)).copied().unwrap_or(0), lines.value(row));
            let amendment = Amendment {
                item_no: items.is_valid(row).then(|| items.value(row)),
                field: fields.value(row).into(),
                value: values.is_valid(row).then(|| values.value(row).into()),
            };
            all.push((came, references.value(row).into(), amendment));
        }
    }
    all.sort_by(|a, b| (a.0, &a.1, &a.2.field).cmp(&(b.0, &b.1, &b.2.field)));
    let mut amendments = Amendments::new();
    for (_, reference, amendment) in all {
        amendments.entry(reference).or_default().push(amendment);
    }
    Ok(amendments)
}

/// Counts the cancellations that meet an item of these months as applied; `item` must still
/// hold what they take out.
pub async fn note_cancellations(ctx: &SessionContext, run: &Run, ledger: &mut Ledger) -> Result<()> {
    let amendments = read_amendments(ctx, run).await?;
    let cancels = |(_, list): &(&String, &Vec<Amendment>)| list.iter().any(Amendment::is_cancellation);
    let wanted: HashSet<&str> = amendments.iter().filter(cancels).map(|(reference, _)| reference.as_str()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let items = fetch(ctx, &wanted).await?;
    for reference in wanted {
        let numbers: Vec<Option<i32>> = items.get(reference).into_iter().flatten().map(|item| item.number("item_no")).collect();
        for (place, change) in amendments[reference].iter().enumerate().filter(|(_, change)| change.is_cancellation()) {
            if numbers.iter().any(|number| change.item_no.is_none() || change.item_no == *number) {
                ledger.amended.insert((reference.to_owned(), place));
            }
        }
    }
    Ok(())
}

async fn fetch(ctx: &SessionContext, wanted: &HashSet<&str>) -> Result<HashMap<String, Vec<Item>>> {
    let doing = || Error::engine("reading items to correct");
    let mut ids: Vec<&str> = wanted.iter().copied().collect();
    ids.sort_unstable();
    let ids: ArrayRef = Arc::new(StringArray::from(ids));
    let keys = RecordBatch::try_from_iter([("declaration_id", ids)]).expect("one column");
    let keys = ctx.read_batch(keys).map_err(doing())?;
    let on = ["declaration_id"];
    let items = ctx.table("item").await.map_err(doing())?.join(keys, JoinType::LeftSemi, &on, &on, None);
    let mut found: HashMap<String, Vec<Item>> = HashMap::new();
    for batch in items.map_err(doing())?.collect().await.map_err(doing())? {
        let ids = text_column(&batch, "declaration_id");
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let date = |name: &str| batch.column_by_name(name).expect("an item field").as_primitive::<Date32Type>().clone();
        let dates = [date("release_date"), date("acceptance_date"), date("received_on")];
        for row in 0..batch.num_rows() {
            found.entry(ids.value(row).into()).or_default().push(Item {
                row: batch.slice(row, 1),
                batch: batches.value(row).into(),
                line: lines.value(row),
                day: dates.iter().find(|d| d.is_valid(row)).map_or(0, |d| d.value(row)),
                is_changed: false,
            });
        }
    }
    Ok(found)
}

impl Item {
    fn number(&self, name: &str) -> Option<i32> {
        let column = self.row.column_by_name(name).expect("an item field").as_primitive::<Int32Type>();
        column.is_valid(0).then(|| column.value(0))
    }

    /// The cell as text, empty when null; numbers without padding zeros.
    fn text(&self, field: &str) -> String {
        let column = self.row.column_by_name(field).expect("checked to be an item field");
        let options = FormatOptions::default();
        let text = ArrayFormatter::try_new(column.as_ref(), &options).map(|f| f.value(0).to_string()).unwrap_or_default();
        match column.data_type() {
            DataType::Decimal128(..) => plain(&text),
            _ => text,
        }
    }

    /// Replaces a cell, with the exactness of its field; false when the text does not fit it.
    fn set(&mut self, field: &str, value: &str) -> bool {
        let schema = self.row.schema();
        let Ok(place) = schema.index_of(field) else { return false };
        let text: ArrayRef = Arc::new(StringArray::from(vec![(!value.is_empty()).then_some(value)]));
        let strict = CastOptions { safe: false, ..Default::default() };
        let Ok(cell) = cast_with_options(&text, schema.field(place).data_type(), &strict) else { return false };
        let mut columns = self.row.columns().to_vec();
        columns[place] = cell;
        if field == "commodity_code" {
            let hs6: ArrayRef = Arc::new(StringArray::from(vec![value.get(..6)]));
            let place = schema.index_of("hs6").expect("an item field");
            columns[place] = cast(&hs6, schema.field(place).data_type()).expect("text to code");
        }
        let Ok(row) = RecordBatch::try_new(schema, columns) else { return false };
        self.row = row;
        self.is_changed = true;
        true
    }
}

fn plain(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_string() } else { number.to_string() }
}

/// Which of the amended declarations any batch holds, in whatever month.
async fn note_references(ctx: &SessionContext, amendments: &Amendments, ledger: &mut Ledger) -> Result<()> {
    let unknown: Vec<&str> = amendments.keys().filter(|r| !ledger.references.contains_key(*r)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let doing = || Error::engine("looking for amended declarations");
    let ids: ArrayRef = Arc::new(StringArray::from(unknown.clone()));
    let keys = RecordBatch::try_from_iter([("declaration_id", ids)]).expect("one column");
    let on = ["declaration_id"];
    let known = ctx.table("receipt").await.map_err(doing())?.select_columns(&on).map_err(doing())?;
    let known = known.join(ctx.read_batch(keys).map_err(doing())?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let known = known.collect().await.map_err(doing())?;
    let found: HashSet<String> =
        known.iter().flat_map(|batch| text_column(batch, "declaration_id").iter().flatten().map(String::from).collect::<Vec<_>>()).collect();
    for reference in unknown {
        let (count, is_known) = (amendments[reference].len() as u64, found.contains(reference));
        ledger.amendments += count;
        ledger.unmatched += if is_known { 0 } else { count };
        ledger.references.insert(reference.into(), is_known);
    }
    Ok(())
}

/// Amounts of a whole declaration: written to each of several items they would count as often.
const HEADER_AMOUNTS: &[&str] =
    &["freight_cost", "insurance_cost", "package_count", "gross_mass_kg", "net_mass_kg", "invoice_amount", "statistical_value", "customs_value"];

fn amend(items: &mut HashMap<String, Vec<Item>>, amendments: &Amendments, ledger: &mut Ledger) {
    for (reference, changes) in amendments {
        let Some(of_declaration) = items.get_mut(reference) else { continue };
        let several = of_declaration.len() > 1;
        for (place, change) in changes.iter().enumerate().filter(|(_, change)| !change.is_cancellation()) {
            let is_shared_amount = change.item_no.is_none() && several && HEADER_AMOUNTS.contains(&change.field.as_str());
            let mut hit = false;
            let of_item = |item: &&mut Item| change.item_no.is_none() || change.item_no == item.number("item_no");
            for item in of_declaration.iter_mut().filter(of_item) {
                let is_kept = !is_shared_amount && !FIXED.contains(&change.field.as_str());
                hit |= is_kept && item.set(&change.field, change.value.as_deref().unwrap_or(""));
            }
            let ledger = if hit { &mut ledger.amended } else { &mut ledger.not_kept };
            ledger.insert((reference.clone(), place));
        }
    }
}

fn decide(items: &mut HashMap<String, Vec<Item>>, decisions: &[Decision], corrections: &mut Corrections, ledger: &mut Ledger) {
    for (number, decision) in decisions.iter().enumerate() {
        let mut is_met = false;
        let of_declaration = items.get_mut(&decision.declaration_id);
        let is_here = of_declaration.is_some();
        for item in of_declaration.into_iter().flatten() {
            let same = item.number("item_no") == Some(decision.item_no)
                && item.number("version").unwrap_or(1) == decision.version.unwrap_or(1);
            if !same {
                continue;
            }
            is_met = true;
            let is_done = item.text(&decision.field) == plain_if_number(unguarded(&decision.old_value))
                && match decision.action.as_str() {
                    "accept" => {
                        corrections.accepted.insert((item.batch.clone(), item.line, decision.rule.clone()));
                        true
                    }
                    "reject" => {
                        corrections.rejected.push((item.batch.clone(), item.line));
                        true
                    }
                    _ => item.set(&decision.field, unguarded(&decision.new_value)),
                };
            if is_done {
                ledger.decided.insert(number);
            } else {
                ledger.fallen.insert(number, fell_away(decision, &format!("the source value is no longer `{}`", decision.old_value)));
            }
        }
        if is_here && !is_met {
            ledger.fallen.insert(number, fell_away(decision, "the declaration has no such item in that version any more"));
        }
    }
}

fn fell_away(decision: &Decision, why: &str) -> String {
    let Decision { decided_on, declaration_id, item_no, field, .. } = decision;
    format!("decision of {decided_on} on declaration {declaration_id} item {item_no} ({field}) fell away: {why}")
}

/// A worklist puts an apostrophe before text that a spreadsheet would take for a formula.
fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.trim_start().starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}

fn plain_if_number(text: &str) -> String {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if is_number && text.contains('.') { plain(text) } else { text.to_string() }
}
