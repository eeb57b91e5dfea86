//! A join of items with a code list, done as a look-up.
//!
//! The method joins every item with a handful of small lists, on code columns. Codes are mostly
//! dictionaries, so a batch of items has few of them: the list's row is found once a code, not
//! once an item, the items' own columns pass through untouched, and the list's codes come out as
//! dictionaries over the list. A general hash join hashes every item and copies every column.
//!
//! Only joins that keep each item exactly once are replaced: the list on the left, unique on the
//! key, `right join`. What the list holds is known when it is read; if its key is not unique, or
//! no code, the original join runs instead. Where it is known to hold nothing, the items pass with
//! nulls beside them, whatever the key. Results are the same, row by row.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, Int32Array, RecordBatch, RecordBatchOptions, StringArray, UInt32Array,
    UInt32Builder,
};
use datafusion::arrow::compute::{cast, concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Int32Type, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{JoinType, NullEquality};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::PhysicalExprRef;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, ReplaceChildrenOptions,
    collect,
};
use futures::{StreamExt, TryStreamExt};
use tokio::sync::OnceCell;

/// Slots a table may have; beyond that only those that hold a row are kept.
const MOST_SLOTS: usize = 1 << 20;

/// How far apart the numbers of one key may lie.
const WIDEST: usize = 8 << 20;

/// Replaces joins with code lists by look-ups, after all of the engine's own rules.
#[derive(Debug)]
pub struct LookupRule;

impl PhysicalOptimizerRule for LookupRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let replace = |node: Arc<dyn ExecutionPlan>| {
            if !node.downcast_ref::<HashJoinExec>().is_some_and(is_lookup) {
                return Ok(Transformed::no(node));
            }
            Ok(Transformed::yes(Arc::new(LookupExec::new(node)) as Arc<dyn ExecutionPlan>))
        };
        plan.transform_up(replace).data()
    }

    fn name(&self) -> &str {
        "code_list_lookup"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn is_lookup(join: &HashJoinExec) -> bool {
    *join.join_type() == JoinType::Right
        && join.filter().is_none()
        && join.null_equality() == NullEquality::NullEqualsNothing
        && *join.partition_mode() == PartitionMode::CollectLeft
}

fn has_code_keys(join: &HashJoinExec) -> bool {
    let right = join.right().schema();
    join.on().iter().all(|(_, key)| key.data_type(&right).is_ok_and(|kind| is_key(&kind)))
}

fn is_key(kind: &DataType) -> bool {
    match kind {
        DataType::Date32 | DataType::Int32 | DataType::Utf8View => true,
        DataType::Dictionary(key, value) => **key == DataType::Int32 && **value == DataType::Utf8,
        _ => false,
    }
}

/// Rows of the right side in their order, each with the one row of the list that has its key,
/// or nulls.
struct LookupExec {
    /// The join it stands for.
    original: Arc<dyn ExecutionPlan>,
    found: Arc<OnceCell<Found>>,
}

/// What a list turned out to be, once it was read.
#[derive(Debug, Clone)]
enum Found {
    Table(Table),
    /// The join that has to run after all. A list that was read is in it as rows: what gave them has run.
    Join(Arc<dyn ExecutionPlan>),
}

impl LookupExec {
    fn new(original: Arc<dyn ExecutionPlan>) -> Self {
        LookupExec { original, found: Arc::default() }
    }

    fn join(&self) -> &HashJoinExec {
        self.original.downcast_ref::<HashJoinExec>().expect("made from a hash join")
    }
}

impl fmt::Debug for LookupExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LookupExec").field("on", &self.join().on()).finish()
    }
}

impl DisplayAs for LookupExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on: Vec<String> = self.join().on().iter().map(|(left, right)| format!("{left} = {right}")).collect();
        write!(f, "LookupExec: on=[{}]", on.join(", "))
    }
}

impl ExecutionPlan for LookupExec {
    fn name(&self) -> &'static str {
        "LookupExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.original.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.join().left(), self.join().right()]
    }

    fn apply_expressions(
        &self,
        apply: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.original.apply_expressions(apply)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let original = self.original.clone().replace_children(children, options)?;
        Ok(Arc::new(LookupExec::new(original)))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let schema = self.schema();
        let (original, cell) = (self.original.clone(), self.found.clone());
        let stream = async move {
            let table = match cell.get_or_try_init(|| read(&original, context.clone())).await?.clone() {
                Found::Table(table) => table,
                Found::Join(join) => return join.execute(partition, context),
            };
            let join = original.downcast_ref::<HashJoinExec>().expect("made from a hash join");
            let rows = join.right().execute(partition, context)?;
            let schema = original.schema();
            let mut probe = Probe { table, known: Vec::new() };
            let joined = rows.map(move |batch| probe.join(&batch?));
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, joined)) as SendableRecordBatchStream)
        };
        let stream = futures::stream::once(stream).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream)))
    }
}

/// Ids of one key of the list.
#[derive(Debug)]
enum Ids {
    Codes(HashMap<String, u32>),
    /// Numbers, or days, from the first on.
    Numbers {
        first: i32,
        ids: Vec<u32>,
    },
}

const NONE: u32 = u32::MAX;

/// Rows of a list by the place of their keys.
#[derive(Debug)]
enum Slots {
    All(Vec<u32>),
    Held(HashMap<usize, u32>),
}

impl Slots {
    fn new(size: usize) -> Self {
        if size <= MOST_SLOTS { Slots::All(vec![NONE; size]) } else { Slots::Held(HashMap::new()) }
    }

    fn row(&self, place: usize) -> u32 {
        match self {
            Slots::All(rows) => rows[place],
            Slots::Held(rows) => rows.get(&place).copied().unwrap_or(NONE),
        }
    }

    /// Whether the place was free.
    fn put(&mut self, place: usize, row: u32) -> bool {
        match self {
            Slots::All(rows) => std::mem::replace(&mut rows[place], row) == NONE,
            Slots::Held(rows) => rows.insert(place, row).is_none(),
        }
    }
}

/// A list, ready to be asked.
#[derive(Debug, Clone)]
struct Table {
    list: RecordBatch,
    on: Vec<PhysicalExprRef>,
    ids: Arc<Vec<Ids>>,
    /// How many ids each key has.
    widths: Vec<usize>,
    /// Row of the list by the ids of its keys, the last one running fastest.
    slots: Arc<Slots>,
    /// Output columns: of the list, or of the items.
    columns: Vec<(bool, usize)>,
    schema: SchemaRef,
}

/// Reads the list of a join.
async fn read(original: &Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Found> {
    let join = original.downcast_ref::<HashJoinExec>().expect("made from a hash join");
    let left = join.left().clone();
    let rows_known = StatisticsContext::new().compute(left.as_ref(), &StatisticsArgs::new())?.num_rows;
    if rows_known == Precision::Exact(0) {
        let list = RecordBatch::new_empty(left.schema());
        return Ok(Found::Table(Table::new(join, list, Vec::new(), Vec::new(), Slots::new(1))));
    }
    if !has_code_keys(join) {
        return Ok(Found::Join(original.clone()));
    }
    let list = concat_batches(&left.schema(), &collect(left.clone(), context).await?)?;
    if let Some(table) = Table::build(join, &list)? {
        return Ok(Found::Table(table));
    }
    let rows = MemorySourceConfig::try_new_exec(&[vec![list]], left.schema(), None)?;
    let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
    Ok(Found::Join(original.clone().replace_children(vec![rows, join.right().clone()], options)?))
}

impl Table {
    /// Nothing if the key of the list is not unique.
    fn build(join: &HashJoinExec, list: &RecordBatch) -> Result<Option<Table>> {
        let rows = list.num_rows();
        let mut ids = Vec::new();
        let mut of_rows: Vec<Vec<u32>> = Vec::new();
        let mut counts = Vec::new();
        for (key, _) in join.on() {
            let values = key.evaluate(list)?.into_array(rows)?;
            let (known, row_ids, count) = match values.data_type() {
                DataType::Date32 | DataType::Int32 => match numbers(&values)? {
                    Some(found) => found,
                    None => return Ok(None),
                },
                _ => codes(cast(&values, &DataType::Utf8)?.as_string::<i32>()),
            };
            ids.push(known);
            of_rows.push(row_ids);
            counts.push(count.max(1));
        }
        let Some(size) = counts.iter().try_fold(1usize, |size, count| size.checked_mul(*count)) else { return Ok(None) };
        let mut slots = Slots::new(size);
        for row in 0..rows {
            let Some(place) = place(&counts, of_rows.iter().map(|ids| ids[row])) else { continue };
            if !slots.put(place, row as u32) {
                return Ok(None);
            }
        }
        Ok(Some(Table::new(join, list.clone(), ids, counts, slots)))
    }

    fn new(join: &HashJoinExec, list: RecordBatch, ids: Vec<Ids>, widths: Vec<usize>, slots: Slots) -> Table {
        let of_list = list.num_columns();
        let all: Vec<usize> = (0..join.join_schema().fields().len()).collect();
        let wanted: Vec<usize> = join.projection.as_ref().map_or(all, |projection| projection.to_vec());
        let columns = wanted.into_iter().map(|i| if i < of_list { (true, i) } else { (false, i - of_list) }).collect();
        // Without ids there is nothing to ask the keys for.
        let on = join.on().iter().take(ids.len()).map(|(_, right)| right.clone()).collect();
        Table { list, on, ids: Arc::new(ids), widths, slots: Arc::new(slots), columns, schema: join.schema() }
    }
}

/// The slot of a row's ids; none where one of them is not in the list.
fn place(widths: &[usize], ids: impl Iterator<Item = u32>) -> Option<usize> {
    let mut place = 0;
    for (width, id) in widths.iter().zip(ids) {
        if id == NONE {
            return None;
        }
        place = place * width + id as usize;
    }
    Some(place)
}

/// Ids of the codes of a list, the id of each row, and how many there are.
fn codes(values: &StringArray) -> (Ids, Vec<u32>, usize) {
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut rows = Vec::with_capacity(values.len());
    for value in values {
        let next = known.len() as u32;
        rows.push(value.map_or(NONE, |code| *known.entry(code.to_string()).or_insert(next)));
    }
    let count = known.len();
    (Ids::Codes(known), rows, count)
}

/// The same of numbers; nothing if they lie too far apart for a table.
fn numbers(values: &ArrayRef) -> Result<Option<(Ids, Vec<u32>, usize)>> {
    let values = cast(values, &DataType::Int32)?;
    let values = values.as_primitive::<Int32Type>();
    let first = values.iter().flatten().min().unwrap_or(0);
    let last = values.iter().flatten().max().unwrap_or(first);
    let Some(width) = usize::try_from(i64::from(last) - i64::from(first) + 1).ok().filter(|width| *width <= WIDEST) else {
        return Ok(None);
    };
    let mut ids = vec![NONE; width];
    let mut count = 0;
    let rows = values.iter().map(|number| {
        let Some(number) = number else { return NONE };
        let id = &mut ids[(number - first) as usize];
        if *id == NONE {
            *id = count;
            count += 1;
        }
        *id
    });
    let rows: Vec<u32> = rows.collect();
    Ok(Some((Ids::Numbers { first, ids }, rows, count as usize)))
}

/// Asks the table for one partition's batches; what it found for a dictionary it keeps until
/// the next dictionary comes.
struct Probe {
    table: Table,
    known: Vec<Option<(ArrayRef, Vec<u32>)>>,
}

impl Probe {
    fn join(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        self.known.resize_with(self.table.on.len(), || None);
        let mut places: Vec<Vec<u32>> = Vec::new();
        for key in 0..self.table.on.len() {
            let values = self.table.on[key].clone().evaluate(batch)?.into_array(rows)?;
            places.push(self.ids(key, &values)?);
        }
        let table = &self.table;
        let mut found = UInt32Builder::with_capacity(rows);
        for row in 0..rows {
            let slot = place(&table.widths, places.iter().map(|ids| ids[row])).map_or(NONE, |place| table.slots.row(place));
            found.append_option((slot != NONE).then_some(slot));
        }
        let found = found.finish();
        let column = |&(of_list, place): &(bool, usize)| match of_list {
            true => pick(table.list.column(place), &found),
            false => Ok(batch.column(place).clone()),
        };
        let columns = table.columns.iter().map(column).collect::<Result<Vec<_>>>()?;
        // Whoever only counts the rows asks for no column.
        let counted = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(table.schema.clone(), columns, &counted)?)
    }

    /// Ids of one key, a row each.
    fn ids(&mut self, key: usize, values: &ArrayRef) -> Result<Vec<u32>> {
        Ok(match &self.table.ids[key] {
            Ids::Numbers { first, ids } => {
                let id =
                    |number: i32| usize::try_from(i64::from(number) - i64::from(*first)).ok().and_then(|i| ids.get(i)).copied();
                // A day is held as a number, so this copies nothing.
                let numbers = cast(values, &DataType::Int32)?;
                numbers.as_primitive::<Int32Type>().iter().map(|number| number.and_then(id).unwrap_or(NONE)).collect()
            }
            Ids::Codes(codes) if *values.data_type() == DataType::Utf8View => {
                let id = |text: Option<&str>| text.and_then(|code| codes.get(code).copied()).unwrap_or(NONE);
                values.as_string_view().iter().map(id).collect()
            }
            Ids::Codes(codes) => {
                let dictionary = values.as_dictionary::<Int32Type>();
                let is_known = self.known[key].as_ref().is_some_and(|(texts, _)| is_same(texts, dictionary.values()));
                if !is_known {
                    let texts = dictionary.values().as_string::<i32>();
                    let ids = texts.iter().map(|text| text.and_then(|code| codes.get(code).copied()).unwrap_or(NONE));
                    self.known[key] = Some((dictionary.values().clone(), ids.collect()));
                }
                let of_codes = &self.known[key].as_ref().expect("just put there").1;
                let keys = dictionary.keys();
                let id = |row: usize| if keys.is_null(row) { NONE } else { of_codes[keys.value(row) as usize] };
                (0..values.len()).map(id).collect()
            }
        })
    }
}

/// Whether both are the same texts in memory. The one kept is held alive, so that its place
/// cannot have been given to others.
fn is_same(kept: &ArrayRef, texts: &ArrayRef) -> bool {
    let (kept, texts) = (kept.as_string::<i32>(), texts.as_string::<i32>());
    kept.len() == texts.len()
        && kept.value_data().as_ptr() == texts.value_data().as_ptr()
        && kept.value_offsets().as_ptr() == texts.value_offsets().as_ptr()
}

/// Rows of a list column; codes stay a dictionary over the list.
fn pick(column: &ArrayRef, rows: &UInt32Array) -> Result<ArrayRef> {
    let Some(codes) = column
        .as_any_dictionary_opt()
        .filter(|_| matches!(column.data_type(), DataType::Dictionary(key, _) if **key == DataType::Int32))
    else {
        return Ok(take(column, rows, None)?);
    };
    let keys = take(codes.keys(), rows, None)?;
    let keys: &Int32Array = keys.as_primitive::<Int32Type>();
    Ok(Arc::new(DictionaryArray::try_new(keys.clone(), codes.values().clone())?))
}
