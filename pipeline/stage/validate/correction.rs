//! Decisions of statisticians and [amendments](super::amendment) of declarants, applied to copies
//! of the items and headers.
//!
//! A [decision](crate::run::decision) falls away, and is reported, when the source value is no longer
//! the one it was taken on. Nothing in the store is changed: the item as received is set aside and its
//! corrected copy goes on.

pub(super) mod item;
pub(super) mod ledger;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Date32Array, DictionaryArray, Int64Array, RecordBatch, StringBuilder};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::error::ArrowError;
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use tradestat_core::schema::Record;

use self::item::{Item, Items, fetch, of_other_months, recording_day};
pub use self::ledger::Ledger;
use super::amendment::header::{self, Header};
use super::amendment::{self, Amendment, Amendments};
use super::scan::HeldBySets;
use super::vintage::{Aside, flows_of_procedures};
use crate::column::{int_column, text_column, without_padding};
use crate::error::{Error, Result};
use crate::method::{Parameters, register};
use crate::run::decision::{self, Decision};
use crate::run::items::{CORRECTED, CORRECTED_HEADER};
use crate::run::{Job, MonthOfDay, Run, Span, month_of};
use crate::store::manifest::{BatchManifest, RelationFile};
use crate::store::month::MonthWriter;

/// The rule about items with two contents, which may stand in two months.
const REPEATED: &str = "V02";
/// The rules about items without a value, and about procedures, some of which no list knows.
const NO_VALUE: &str = "V31";
const WRONG_PROCEDURE: &str = "V12";

/// What decisions and amendments make of the items of some months.
#[derive(Default)]
pub struct Corrections {
    /// Copies that count in these months, whence ever they come.
    corrected: Vec<Item>,
    /// Originals received as items of these months, with their days: what became of them stands
    /// in `corrected`, or counts in another month.
    pub replaced: Vec<(String, i64, i32)>,
    /// Changed headers, with the days of their items in these months.
    headers: Vec<(Header, BTreeSet<i32>)>,
    accepted: HashSet<(String, i64, String)>,
    rejected: Vec<(String, i64)>,
}

/// Reads both sources and works out what becomes of each item of these months, and of the items
/// that a corrected date brings into them.
pub async fn gather(
    job: &Job<'_>,
    ctx: &SessionContext,
    (run, span): (&Run, &Span),
    parameters: &Parameters,
    ledger: &mut Ledger,
) -> Result<Corrections> {
    let decision::File { decisions, later, undecided } = decision::read(job)?;
    (ledger.taken_later, ledger.undecided) = (later, undecided);
    let amendments = amendment::read(ctx).await?;
    if decisions.is_empty() && amendments.is_empty() {
        return Ok(Corrections::default());
    }
    amendment::note_all(ctx, &amendments, ledger).await?;
    let doing = || Error::engine("reading items to correct");
    let dates = job.profile.recording_dates();
    let wanted: HashSet<&str> =
        decisions.iter().map(|d| d.declaration_id.as_str()).chain(amendments.keys().map(String::as_str)).collect();
    let mut items = fetch(ctx, ctx.table("item").await.map_err(doing())?, &wanted, dates).await?;
    let open = across_months(&items, &amendments, &decisions, dates);
    if !open.is_empty() {
        let batches: Vec<&BatchManifest> = run.batches.iter().collect();
        for (reference, others) in fetch(ctx, of_other_months(ctx, job, &batches, span).await?, &open, dates).await? {
            let of_declaration = items.entry(reference).or_default();
            of_declaration.extend(others);
            item::sort(of_declaration);
        }
    }
    let mut headers = header::fetch(ctx, &amendments).await?;
    let mut corrections = Corrections::default();
    for (reference, of_declaration) in &mut items {
        let Some(changes) = amendments.get(reference) else { continue };
        let of_header = headers.get_mut(reference).map_or(&mut [][..], |headers| headers);
        let outcome = amendment::amend(of_declaration, of_header, reference, changes);
        of_declaration.iter_mut().for_each(|item| item.day = recording_day(&item.row, dates, 0));
        if of_declaration.iter().any(|item| item.is_of(span)) {
            outcome.note(reference, ledger);
        }
    }
    note_unknown(ctx, &decisions, ledger).await?;
    let procedures = flows_of_procedures(ctx, parameters).await?;
    let deciding = Deciding { span, dates, procedures: &procedures };
    for (number, decision) in decisions.iter().enumerate() {
        let of_declaration = items.get_mut(&decision.declaration_id).map_or(&mut [][..], |items| items);
        deciding.apply((number, decision), of_declaration, &mut corrections, ledger);
    }
    for (reference, of_declaration) in items {
        let days: BTreeSet<i32> = of_declaration.iter().filter(|item| item.counts_in(span)).map(|item| item.day).collect();
        for header in headers.remove(&reference).into_iter().flatten().filter(|header| header.is_changed) {
            corrections.headers.push((header, days.clone()));
        }
        for item in of_declaration.iter().filter(|item| month_of(item.home) != month_of(item.day) && !item.is_added) {
            ledger.left.insert((item.batch.clone(), item.line));
        }
        for item in of_declaration.into_iter().filter(|item| item.is_changed && item.is_of(span)) {
            note_move(&reference, &item, ledger);
            if item.is_at_home_in(span) {
                corrections.replaced.push((item.batch.clone(), item.line, item.home));
            }
            if item.counts_in(span) {
                corrections.corrected.push(item);
            }
        }
    }
    Ok(corrections)
}

/// Declarations of which the items of other months are needed too: a corrected date may bring
/// them here, an item that is not here be one of theirs, or a decision be about their copy.
fn across_months<'a>(items: &Items, amendments: &'a Amendments, decisions: &'a [Decision], dates: &[&str]) -> HashSet<&'a str> {
    let far = decisions.iter().filter(|decision| decision.corrects_any(dates) || decision.rule == REPEATED);
    let mut open: HashSet<&str> = far.map(|decision| decision.declaration_id.as_str()).collect();
    for (reference, changes) in amendments {
        let here = items.get(reference).map_or(&[][..], |items| items);
        let is_absent = |number| !here.iter().any(|item| item.number("item_no") == Some(number));
        let adds = !here.is_empty() && changes.iter().filter_map(Amendment::of_item).any(is_absent);
        if adds || changes.iter().any(|change| change.changes_any(dates)) {
            open.insert(reference);
        }
    }
    open
}

fn note_move(reference: &str, item: &Item, ledger: &mut Ledger) {
    let (from, to) = (month_of(item.home), month_of(item.day));
    if from != to && !item.is_added {
        ledger.moved.insert((reference.to_owned(), item.number("item_no").unwrap_or_default()), (from, to));
    }
}

impl Corrections {
    /// Puts corrected copies in the place of their originals in `item`, and in `declaration`.
    pub async fn apply(&self, ctx: &SessionContext) -> Result<()> {
        let failed = |e: ArrowError| Error::Engine { doing: "applying corrections".into(), source: Box::new(e.into()) };
        if !self.corrected.is_empty() || !self.replaced.is_empty() {
            let rows: Vec<&RecordBatch> = self.corrected.iter().map(|item| &item.row).collect();
            let copies = concat_batches(&Record::Item.schema(), rows).map_err(failed)?;
            let batches: DictionaryArray<Int32Type> = self.replaced.iter().map(|(batch, ..)| batch.as_str()).collect();
            let lines = Int64Array::from_iter_values(self.replaced.iter().map(|(_, line, _)| *line));
            let columns: [(&str, ArrayRef); 2] = [("batch_id", Arc::new(batches)), ("line_no", Arc::new(lines))];
            replace(ctx, "item", RecordBatch::try_from_iter(columns).map_err(failed)?, copies).await?;
        }
        if !self.headers.is_empty() {
            let copies = header::batch(self.headers.iter().map(|(header, _)| header))?;
            let keys = copies.project(&[0, 1]).expect("batch_id and line_no are the first fields");
            replace(ctx, "declaration", keys, copies).await?;
        }
        Ok(())
    }

    /// Whether a decision lets the item pass although this rule objects.
    pub fn accepts(&self, batch: &str, line: i64, code: &str) -> bool {
        !self.accepted.is_empty() && self.accepted.contains(&(batch.to_string(), line, code.to_string()))
    }

    /// Adds the items that a decision rejects to those that are held.
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
        let failed = |e: ArrowError| Error::Engine { doing: "applying decisions".into(), source: Box::new(e.into()) };
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

    /// Corrected copies and added items that go on, as relation `corrected_item`, and changed
    /// headers as `corrected_declaration`.
    pub async fn write(&self, job: &Job<'_>, run: &Run, aside: &Aside, part: usize) -> Result<Vec<RelationFile>> {
        let schema = Record::Item.schema();
        let mut writer = MonthWriter::new(&job.store, CORRECTED, &run.manifest.id, part, &schema);
        for item in self.corrected.iter().filter(|item| !aside.is_stopped(&item.batch, item.line)) {
            let days: ArrayRef = Arc::new(Date32Array::from(vec![item.day]));
            writer.write(&item.row, &days).await?;
        }
        let mut files = writer.finish().await?;
        let mut writer = MonthWriter::new(&job.store, CORRECTED_HEADER, &run.manifest.id, part, &Record::Declaration.schema());
        let mut month = MonthOfDay::default();
        for (header, days) in &self.headers {
            let months: BTreeSet<i32> = days.iter().map(|day| month.first_day(*day)).collect();
            for first in months {
                let days: ArrayRef = Arc::new(Date32Array::from(vec![first]));
                writer.write(&header.row, &days).await?;
            }
        }
        files.extend(writer.finish().await?);
        Ok(files)
    }
}

/// Takes the rows of these keys out of a relation and puts copies in.
async fn replace(ctx: &SessionContext, relation: &str, keys: RecordBatch, copies: RecordBatch) -> Result<()> {
    let doing = || Error::engine("applying corrections");
    let on = ["batch_id", "line_no"];
    let keys = ctx.read_batch(keys).map_err(doing())?;
    let rest = ctx.table(relation).await.and_then(|rows| rows.join(keys, JoinType::LeftAnti, &on, &on, None)).map_err(doing())?;
    let copies = MemTable::try_new(copies.schema(), vec![vec![copies]]).map_err(doing())?;
    let all = rest.union(ctx.read_table(Arc::new(copies)).map_err(doing())?).map_err(doing())?;
    register(ctx, relation, all.into_view())
}

/// What decisions are applied with.
struct Deciding<'d> {
    span: &'d Span,
    dates: &'d [&'d str],
    /// Procedures that a list knows.
    procedures: &'d BTreeMap<String, String>,
}

impl Deciding<'_> {
    fn apply(
        &self,
        (number, decision): (usize, &Decision),
        items: &mut [Item],
        corrections: &mut Corrections,
        ledger: &mut Ledger,
    ) {
        let is_here = items.iter().any(|item| item.is_of(self.span));
        let mut is_met = false;
        for item in items {
            let same = item.number("item_no") == Some(decision.item_no)
                && item.number("version").unwrap_or(1) == decision.version.unwrap_or(1);
            if !same {
                continue;
            }
            is_met = true;
            let done = self.decide(decision, item, corrections);
            item.day = recording_day(&item.row, self.dates, 0);
            match done {
                Ok(()) if is_here || item.is_of(self.span) => {
                    ledger.decided.insert(number);
                }
                Err(why) if item.is_of(self.span) => {
                    ledger.fallen.insert(number, fell_away(decision, &why));
                }
                _ => {}
            }
        }
        if is_here && !is_met {
            ledger.fallen.insert(number, fell_away(decision, "the declaration has no such item in that version any more"));
        }
    }

    /// Applies a decision to the item that it is about, or says why not.
    fn decide(&self, decision: &Decision, item: &mut Item, corrections: &mut Corrections) -> Result<(), String> {
        if item.text(&decision.field) != plain_if_number(&decision.old_value) {
            return Err(format!("the source value is no longer `{}`", decision.old_value));
        }
        match decision.action.as_str() {
            "accept" => {
                // Nobody can decide that there is a value where there is none.
                if decision.rule == NO_VALUE {
                    return Err("an item without a value cannot be accepted; correct or reject it".into());
                }
                if decision.rule == WRONG_PROCEDURE && !self.procedures.contains_key(&item.text("procedure_code")) {
                    return Err("an item of an unknown procedure cannot be accepted; correct or reject it".into());
                }
                corrections.accepted.insert((item.batch.clone(), item.line, decision.rule.clone()));
            }
            "reject" => corrections.rejected.push((item.batch.clone(), item.line)),
            _ => {
                item.set(&decision.field, &decision.new_value);
            }
        }
        Ok(())
    }
}

/// Decisions on declarations that no file holds.
async fn note_unknown(ctx: &SessionContext, decisions: &[Decision], ledger: &mut Ledger) -> Result<()> {
    let doing = || Error::engine("looking for decided declarations");
    let wanted: HashSet<&str> = decisions.iter().map(|decision| decision.declaration_id.as_str()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let on = ["declaration_id"];
    let receipts = ctx.table("receipt").await.and_then(|all| all.select_columns(&on)).map_err(doing())?;
    let found = receipts.join(item::ids(ctx, &wanted)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let mut known: HashSet<String> = HashSet::new();
    for batch in found.collect().await.map_err(doing())? {
        known.extend(text_column(&batch, "declaration_id").iter().flatten().map(String::from));
    }
    for (number, decision) in decisions.iter().enumerate().filter(|(_, decision)| !known.contains(&decision.declaration_id)) {
        ledger.fallen.insert(number, fell_away(decision, "no file holds the declaration"));
    }
    Ok(())
}

fn fell_away(decision: &Decision, why: &str) -> String {
    let Decision { decided_on, declaration_id, item_no, field, .. } = decision;
    format!("decision of {decided_on} on declaration {declaration_id} item {item_no} ({field}) fell away: {why}")
}

fn plain_if_number(text: &str) -> String {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if is_number && text.contains('.') { without_padding(text) } else { text.to_string() }
}
