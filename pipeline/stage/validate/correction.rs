//! Decisions of statisticians and [amendments](super::amendment) of declarants, applied to copies
//! of the items.
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

use super::amendment;
use super::scan::{HeldBySets, int_column, text_column};
use super::vintage::Aside;
use crate::error::{Error, Result};
use crate::method::register;
use crate::run::{Job, Run};
use crate::store::manifest::RelationFile;
use crate::store::month::MonthWriter;

pub const CORRECTED: &str = "corrected_item";

/// Identifiers and keys that no decision may rewrite.
pub(super) const FIXED: &[&str] = &["batch_id", "line_no", "received_on", "declaration_id", "item_no", "version", "trader_key", "declarant_key"];

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

/// One item, alone in its batch, so that a cell can be replaced.
pub(super) struct Item {
    pub(super) row: RecordBatch,
    pub(super) batch: String,
    pub(super) line: i64,
    pub(super) day: i32,
    pub(super) is_changed: bool,
    /// Made by an amendment, whose line it has; no file holds it as an item.
    pub(super) is_added: bool,
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
    pub(super) amended: BTreeSet<(String, usize)>,
    pub(super) not_kept: BTreeSet<(String, usize)>,
    /// Items that amendments added, and those that one names and could not add, with the reason.
    pub(super) added: BTreeSet<(String, i32)>,
    pub(super) unknown: BTreeMap<(String, i32), String>,
    /// References of amendments, and whether any batch holds their declaration.
    pub(super) references: BTreeMap<String, bool>,
    /// Amendments in all, and those whose declaration no batch holds.
    pub(super) amendments: u64,
    pub(super) unmatched: u64,
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
            if !self.added.is_empty() {
                run.account("items added by amendments", self.added.len());
            }
            run.account("amendments of other months", self.amendments - applied - not_kept - self.unmatched);
        }
        for (reference, _) in self.references.iter().filter(|(_, known)| !**known) {
            run.note(format!("an amendment of `{reference}` meets no declaration"));
        }
        for ((reference, item), why) in self.unknown.iter().filter(|(key, _)| !self.added.contains(*key)) {
            run.note(format!("an amendment of item {item} of `{reference}` could not be applied: {why}"));
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
    let amendments = amendment::read(ctx, run).await?;
    if decisions.is_empty() && amendments.is_empty() {
        return Ok(Corrections::default());
    }
    amendment::note_references(ctx, &amendments, ledger).await?;
    let wanted: HashSet<&str> =
        decisions.iter().map(|d| d.declaration_id.as_str()).chain(amendments.keys().map(String::as_str)).collect();
    let mut items = fetch(ctx, &wanted).await?;
    let mut corrections = Corrections::default();
    amendment::amend(&mut items, &amendments, ledger);
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
        self.corrected.iter().filter(|item| !item.is_added).map(|item| (item.batch.clone(), item.line, item.day))
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

    /// Corrected copies and added items that go on, as relation `corrected_item`.
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

pub(super) async fn fetch(ctx: &SessionContext, wanted: &HashSet<&str>) -> Result<HashMap<String, Vec<Item>>> {
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
                is_added: false,
            });
        }
    }
    Ok(found)
}

impl Item {
    pub(super) fn number(&self, name: &str) -> Option<i32> {
        let column = self.row.column_by_name(name).expect("an item field").as_primitive::<Int32Type>();
        column.is_valid(0).then(|| column.value(0))
    }

    /// The cell as text, empty when null; numbers without padding zeros.
    pub(super) fn text(&self, field: &str) -> String {
        let column = self.row.column_by_name(field).expect("checked to be an item field");
        let options = FormatOptions::default();
        let text = ArrayFormatter::try_new(column.as_ref(), &options).map(|f| f.value(0).to_string()).unwrap_or_default();
        match column.data_type() {
            DataType::Decimal128(..) => plain(&text),
            _ => text,
        }
    }

    /// Replaces a cell, with the exactness of its field; false when the text does not fit it.
    pub(super) fn set(&mut self, field: &str, value: &str) -> bool {
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
