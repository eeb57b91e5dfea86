//! Versions, cancellations and second receipts: which items another one replaces.
//!
//! Invariant: what becomes of versions depends on which batches are visible, never on the order
//! in which they arrived; only a message about a declaration has no number, and is ordered by its
//! receipt. Of identical receipts the first by day, batch id and line is kept: without any date of
//! their own they are of the months they were received in, and belong to the first.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Builder, Int32Builder, Int64Builder, RecordBatch, StringBuilder, StringDictionaryBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::functions::expr_fn::coalesce;
use datafusion::prelude::{DataFrame, SessionContext, col, lit};
use futures::StreamExt;
use tradestat_core::schema::Record;

use super::amendment::{IN_FORCE, STANDING};
use super::correction::item::{ids, of_other_months, recording_day};
use super::scan::FlowSums;
use crate::column::{int_column, text_column};
use crate::error::{Error, Result};
use crate::method::{Method, Parameters, base, empty, register};
use crate::run::{Job, MonthOfDay, Run, Span};
use crate::store::manifest::BatchManifest;

/// Items that do not go on, with the day that says which month they are of.
#[derive(Debug, Default)]
pub struct Aside {
    rows: Vec<(String, i64, &'static str, i32)>,
    /// Declared value set aside, by why and flow.
    pub sums: BTreeMap<&'static str, FlowSums>,
}

/// Why an item is set aside: a later version of its declaration has come.
pub const SUPERSEDED: &str = "superseded";
/// Why: its declaration was cancelled, or the item itself.
pub const CANCELLED: &str = "cancelled";
/// Why: another receipt of the same item is kept.
pub const DUPLICATE: &str = "duplicate";
/// Why: a rule holds it until somebody decides.
pub const HELD: &str = "held";
/// Why: a corrected copy goes on in its place.
pub const CORRECTED: &str = "corrected";

impl Aside {
    /// Sets an item aside; `value` is in cents, and its month is that of `day`.
    pub fn push(&mut self, batch: String, line: i64, why: &'static str, day: i32, flow: &str, value: i128) {
        self.rows.push((batch, line, why, day));
        let period = MonthOfDay::default().first_day(day);
        self.sums.entry(why).or_default().put(period, flow, 1, value);
    }

    /// Marks an item without counting its value: a corrected item goes on in its new form.
    pub fn mark(&mut self, batch: String, line: i64, why: &'static str, day: i32) {
        self.rows.push((batch, line, why, day));
    }

    /// Items, each as often as it was set aside.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether every item goes on.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Whether an item was set aside for good, not only replaced by its corrected copy.
    pub fn is_stopped(&self, batch: &str, line: i64) -> bool {
        self.rows.iter().any(|row| row.0 == batch && row.1 == line && row.2 != CORRECTED)
    }

    /// Items set aside for this reason.
    pub fn count(&self, why: &str) -> u64 {
        self.rows.iter().filter(|row| row.2 == why).count() as u64
    }

    /// The rows as relation `set_aside`, with their days, in a stable order.
    pub fn batch(&self) -> Result<(RecordBatch, ArrayRef)> {
        let mut rows: Vec<_> = self.rows.iter().collect();
        rows.sort_unstable();
        let mut batches = StringDictionaryBuilder::<Int32Type>::new();
        let mut lines = Int64Builder::new();
        let mut whys = StringBuilder::new();
        let mut days = Int32Builder::new();
        for (batch, line, why, day) in rows {
            batches.append_value(batch);
            lines.append_value(*line);
            whys.append_value(why);
            days.append_value(*day);
        }
        let columns: Vec<ArrayRef> = vec![Arc::new(batches.finish()), Arc::new(lines.finish()), Arc::new(whys.finish())];
        let batch = RecordBatch::try_new(Record::SetAside.schema(), columns).expect("built to its schema");
        let days = cast(&(Arc::new(days.finish()) as ArrayRef), &DataType::Date32).expect("days are numbers");
        Ok((batch, days))
    }

    /// Adds what was set aside elsewhere in the run.
    pub fn merge(&mut self, other: Aside) {
        self.rows.extend(other.rows);
        for (why, sums) in other.sums {
            self.sums.entry(why).or_default().merge(sums);
        }
    }
}

/// Items of replaced and cancelled declarations. `item`, `receipt` and `amendment_standing` must be
/// registered.
pub async fn superseded(ctx: &SessionContext, method: &Method, parameters: &Parameters) -> Result<Aside> {
    let doing = || Error::engine("looking for replaced declarations");
    let mut aside = Aside::default();
    // Where every receipt is a first version and nothing cancels, nothing can be replaced; finding
    // that out takes a few columns, grouping the declarations of a large month takes seconds.
    let can_replace = col("version").gt(lit(1)).or(col("is_cancelled"));
    let later =
        ctx.table("receipt").await.and_then(|receipts| receipts.filter(can_replace)?.limit(0, Some(1))).map_err(doing())?;
    let cancels = col("field").eq(lit("status")).and(col("value").eq(lit(CANCELLED))).and(col("standing").eq(lit(IN_FORCE)));
    let cancelling = ctx.table(STANDING).await.and_then(|amendments| amendments.filter(cancels)?.limit(0, Some(1)));
    let count = async |frame: DataFrame| frame.count().await.map_err(doing());
    let cancels_any = count(cancelling.map_err(doing())?).await? > 0;
    if !cancels_any && count(later).await? == 0 {
        let schema = method.schema("superseded_declaration").expect("the method was checked");
        register(ctx, "superseded_declaration", empty(&schema)?)?;
        register_superseded(ctx, method, Vec::new())?;
        return Ok(aside);
    }
    let step = method.step("superseded_declaration")?;
    let found = method.frame(ctx, step, parameters).await?.collect().await.map_err(doing())?;
    let schema = method.schema("superseded_declaration").expect("the method was checked");
    let is_empty = found.iter().all(|batch| batch.num_rows() == 0);
    let schema = found.first().map_or(schema, RecordBatch::schema);
    let table = MemTable::try_new(schema, vec![found]).map_err(doing())?;
    register(ctx, "superseded_declaration", Arc::new(table))?;
    // A message may take out a single item of a declaration that stays.
    if is_empty && !cancels_any {
        register_superseded(ctx, method, Vec::new())?;
        return Ok(aside);
    }
    let step = method.step("superseded_item")?;
    let rows = method.frame(ctx, step, parameters).await?.collect().await.map_err(doing())?;
    for batch in &rows {
        let (batches, lines) = (text_column(batch, "batch_id"), int_column(batch, "line_no"));
        let (whys, flows) = (text_column(batch, "why"), text_column(batch, "flow"));
        let values = batch.column_by_name("statistical_value").expect("the step selects it");
        let values = values.as_primitive::<Decimal128Type>();
        let days = batch.column_by_name("recording_date").expect("the step selects it").as_primitive::<Date32Type>();
        for row in 0..batch.num_rows() {
            let why = if whys.value(row) == CANCELLED { CANCELLED } else { SUPERSEDED };
            let flow = if flows.is_null(row) { "" } else { flows.value(row) };
            let value = if values.is_null(row) { 0 } else { values.value(row) };
            aside.push(batches.value(row).into(), lines.value(row), why, days.value(row), flow, value);
        }
    }
    register_superseded(ctx, method, rows)?;
    Ok(aside)
}

/// What was replaced stays at hand for the rule that names it.
fn register_superseded(ctx: &SessionContext, method: &Method, rows: Vec<RecordBatch>) -> Result<()> {
    let planned = method.schema("superseded_item").expect("the method was checked");
    let schema = rows.first().map_or(planned, RecordBatch::schema);
    let table = MemTable::try_new(schema, vec![rows]).map_err(Error::engine("keeping replaced items"))?;
    register(ctx, "superseded_item", Arc::new(table))
}

/// One of several items with the same declaration, version and number.
struct Copy {
    content: [u8; 32],
    batch: String,
    line: i64,
    day: i32,
    flow: String,
    value: i128,
    /// Whether it is of the months at hand: the others are only compared with.
    is_here: bool,
}

/// Second receipts set aside, and items that contradict each other as `repeated_item`.
///
/// `candidates` are lines that their own file holds twice; declarations that several batches
/// hold are found here. Few items are compared, so their content is compared whole, and with it
/// what the header says for them all: its costs are shared among the items. A copy may have another
/// date than these months; it is set aside or held with its own month.
pub async fn repeated(
    ctx: &SessionContext,
    (job, run, span): (&Job<'_>, &Run, &Span),
    parameters: &Parameters,
    candidates: Vec<RecordBatch>,
) -> Result<(Aside, RecordBatch)> {
    let doing = || Error::engine("looking for repeated declarations");
    let sorts = (job.profile.recording_dates(), &flows_of_procedures(ctx, parameters).await?);
    let mut groups: BTreeMap<(String, i32, i32), Vec<Copy>> = BTreeMap::new();
    let item = || async { ctx.table("item").await.map_err(doing()) };
    if candidates.iter().any(|batch| batch.num_rows() > 0) {
        let within = ctx.read_batches(candidates).map_err(doing())?.alias("within").map_err(doing())?;
        let frame = item().await?.join(within, JoinType::LeftSemi, &["batch_id", "line_no"], &["batch_id", "line_no"], None);
        gather(frame.map_err(doing())?.execute_stream().await.map_err(doing())?, sorts, true, &mut groups).await?;
    }
    if run.batches.len() > 1 {
        let step = job.method.step("repeated_declaration")?;
        let found = job.method.frame(ctx, step, parameters).await?.collect().await.map_err(doing())?;
        if found.iter().any(|batch| batch.num_rows() > 0) {
            let across = ctx.read_batches(found).map_err(doing())?.alias("across").map_err(doing())?;
            let frame = item().await?.join_on(
                across,
                JoinType::LeftSemi,
                [
                    col("item.declaration_id").eq(col("across.declaration_id")),
                    coalesce(vec![col("item.version"), lit(1)]).eq(col("across.version")),
                ],
            );
            gather(frame.map_err(doing())?.execute_stream().await.map_err(doing())?, sorts, true, &mut groups).await?;
        }
    }
    if let Some(frame) = elsewhere(ctx, (job, run, span), &groups).await? {
        gather(frame.execute_stream().await.map_err(doing())?, sorts, false, &mut groups).await?;
    }
    add_headers(ctx, &mut groups).await?;
    sort_out(groups)
}

/// Items of the same declarations in other months; none where their files have no other.
async fn elsewhere(
    ctx: &SessionContext,
    (job, run, span): (&Job<'_>, &Run, &Span),
    groups: &BTreeMap<(String, i32, i32), Vec<Copy>>,
) -> Result<Option<DataFrame>> {
    let doing = || Error::engine("looking for repeated declarations in other months");
    let wanted: HashSet<&str> = groups.keys().map(|(id, ..)| id.as_str()).collect();
    if wanted.is_empty() {
        return Ok(None);
    }
    let on = ["declaration_id"];
    let receipts =
        ctx.table("receipt").await.and_then(|all| all.select_columns(&["declaration_id", "batch_id"])).map_err(doing())?;
    let receipts = receipts.join(ids(ctx, &wanted)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let mut holders: HashSet<String> = HashSet::new();
    for batch in receipts.collect().await.map_err(doing())? {
        holders.extend(text_column(&batch, "batch_id").iter().flatten().map(String::from));
    }
    let has_others =
        |batch: &&BatchManifest| holders.contains(&batch.id) && batch.months.keys().any(|month| !span.months.contains(month));
    let holders: Vec<&BatchManifest> = run.batches.iter().filter(has_others).collect();
    if holders.is_empty() {
        return Ok(None);
    }
    let items = of_other_months(ctx, job, &holders, span).await?;
    Ok(Some(items.join(ids(ctx, &wanted)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?))
}

/// The batch, the declaration and its version.
type InBatch = (String, String, i32);
/// The line of a header and the digest of what it says.
type Header = (i64, [u8; 32]);

/// Makes what the headers say part of the content of their items, as received.
async fn add_headers(ctx: &SessionContext, groups: &mut BTreeMap<(String, i32, i32), Vec<Copy>>) -> Result<()> {
    let doing = || Error::engine("comparing repeated declarations");
    let wanted: HashSet<&str> = groups.iter().filter(|(_, copies)| copies.len() > 1).map(|((id, ..), _)| id.as_str()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let on = ["declaration_id"];
    let headers = ctx.table("declaration").await.map_err(doing())?;
    let headers = headers.join(ids(ctx, &wanted)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let mut said: BTreeMap<InBatch, Vec<Header>> = BTreeMap::new();
    for batch in headers.collect().await.map_err(doing())? {
        let contents = Contents::of(&batch)?;
        let (ids, batches, lines) =
            (text_column(&batch, "declaration_id"), text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let versions = batch.column_by_name("version").expect("a header field").as_primitive::<Int32Type>();
        for row in 0..batch.num_rows() {
            let version = if versions.is_null(row) { 1 } else { versions.value(row) };
            let key = (batches.value(row).to_owned(), ids.value(row).to_owned(), version);
            said.entry(key).or_default().push((lines.value(row), contents.row(row)));
        }
    }
    for ((id, version, _), copies) in groups {
        for copy in copies {
            let Some(headers) = said.get(&(copy.batch.clone(), id.clone(), *version)) else { continue };
            // One file may hold the declaration twice: an item follows its own header.
            let before = headers.iter().filter(|(line, _)| *line <= copy.line).max();
            if let Some((_, header)) = before.or(headers.iter().min()) {
                copy.content = *blake3::Hasher::new().update(&copy.content).update(header).finalize().as_bytes();
            }
        }
    }
    Ok(())
}

/// The rows of a batch without the place and the day that they came by.
struct Contents<'rows> {
    cells: Vec<ArrayFormatter<'rows>>,
}

impl<'rows> Contents<'rows> {
    fn of(batch: &'rows RecordBatch) -> Result<Self> {
        let failed = |source: datafusion::arrow::error::ArrowError| Error::Engine {
            doing: "comparing repeated items".into(),
            source: Box::new(source.into()),
        };
        let schema = batch.schema();
        let fields = schema.fields().iter().zip(batch.columns());
        let declared = fields.filter(|(field, _)| !["batch_id", "line_no", "received_on"].contains(&field.name().as_str()));
        let cells = declared.map(|(_, column)| ArrayFormatter::try_new(column.as_ref(), &OPTIONS)).collect::<Result<_, _>>();
        Ok(Contents { cells: cells.map_err(failed)? })
    }

    fn row(&self, row: usize) -> [u8; 32] {
        let mut content = blake3::Hasher::new();
        for cell in &self.cells {
            let text = cell.value(row).to_string();
            content.update(&(text.len() as u64).to_le_bytes());
            content.update(text.as_bytes());
        }
        *content.finalize().as_bytes()
    }
}

/// A null differs from every text that can be declared.
const OPTIONS: FormatOptions<'static> = FormatOptions::new().with_null("\u{0}");

/// The flow of each procedure in the days of the run, as the rules take it: of a procedure that no list knows, none.
pub(super) async fn flows_of_procedures(ctx: &SessionContext, parameters: &Parameters) -> Result<BTreeMap<String, String>> {
    let doing = || Error::engine("reading the flows of procedures");
    let day =
        |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, day)| lit(day.clone())).expect("a placeholder");
    let in_force = col("valid_from").lt_eq(day("last_day")).and(col("valid_to").gt_eq(day("first_day")));
    let rows =
        ctx.table("procedure").await.and_then(|rows| rows.filter(in_force.and(col("flow").is_not_null()))).map_err(doing())?;
    let mut flows = BTreeMap::new();
    for batch in rows.collect().await.map_err(doing())? {
        let (codes, found) = (text_column(&batch, "procedure_code"), text_column(&batch, "flow"));
        for row in 0..batch.num_rows() {
            let flow: &mut String = flows.entry(codes.value(row).to_string()).or_default();
            if flow.as_str() < found.value(row) {
                *flow = found.value(row).into();
            }
        }
    }
    Ok(flows)
}

async fn gather(
    mut rows: datafusion::execution::SendableRecordBatchStream,
    (dates, flows): (&[&str], &BTreeMap<String, String>),
    is_here: bool,
    groups: &mut BTreeMap<(String, i32, i32), Vec<Copy>>,
) -> Result<()> {
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(Error::engine("comparing repeated items"))?;
        let contents = Contents::of(&batch)?;
        let ids = text_column(&batch, "declaration_id");
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let number = |name: &str| batch.column_by_name(name).expect("an item field").as_primitive::<Int32Type>().clone();
        let (items, versions) = (number("item_no"), number("version"));
        let values = batch.column_by_name("statistical_value").expect("an item field").as_primitive::<Decimal128Type>().clone();
        let procedures = text_column(&batch, "procedure_code");
        for row in 0..batch.num_rows() {
            let version = if versions.is_null(row) { 1 } else { versions.value(row) };
            let day = recording_day(&batch, dates, row);
            let copy = Copy {
                content: contents.row(row),
                batch: batches.value(row).into(),
                line: lines.value(row),
                day,
                flow: flows.get(procedures.value(row)).cloned().unwrap_or_default(),
                value: if values.is_null(row) { 0 } else { values.value(row) },
                is_here,
            };
            let key = (ids.value(row).into(), version, items.value(row));
            if !is_here && !groups.contains_key(&key) {
                continue;
            }
            let group = groups.entry(key).or_default();
            if !group.iter().any(|other| other.batch == copy.batch && other.line == copy.line) {
                group.push(copy);
            }
        }
    }
    Ok(())
}

fn sort_out(groups: BTreeMap<(String, i32, i32), Vec<Copy>>) -> Result<(Aside, RecordBatch)> {
    let mut aside = Aside::default();
    let mut batches = StringDictionaryBuilder::<Int32Type>::new();
    let (mut lines, mut contents) = (Int64Builder::new(), Int64Builder::new());
    let mut ids = StringBuilder::new();
    let (mut items, mut versions, mut days) = (Int32Builder::new(), Int32Builder::new(), Date32Builder::new());
    for ((id, version, item_no), mut copies) in groups {
        copies.sort_by(|a, b| (a.day, &a.batch, a.line).cmp(&(b.day, &b.batch, b.line)));
        let mut kept: Vec<Copy> = Vec::new();
        for copy in copies {
            if kept.iter().all(|other| other.content != copy.content) {
                kept.push(copy);
            } else if copy.is_here {
                aside.push(copy.batch, copy.line, DUPLICATE, copy.day, &copy.flow, copy.value);
            }
        }
        if kept.len() > 1 {
            for copy in kept {
                batches.append_value(&copy.batch);
                lines.append_value(copy.line);
                ids.append_value(&id);
                items.append_value(item_no);
                versions.append_value(version);
                contents.append_value(i64::from_le_bytes(copy.content[..8].try_into().expect("eight bytes")));
                days.append_value(copy.day);
            }
        }
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(batches.finish()),
        Arc::new(lines.finish()),
        Arc::new(ids.finish()),
        Arc::new(items.finish()),
        Arc::new(versions.finish()),
        Arc::new(contents.finish()),
        Arc::new(days.finish()),
    ];
    let schema = base::schema("repeated_item").expect("a stored relation");
    Ok((aside, RecordBatch::try_new(schema, columns).expect("built to its schema")))
}
