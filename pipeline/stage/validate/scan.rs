//! All record rules in one scan: true is a finding, false is judged, null is undecided.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray, StringBuilder, new_null_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type};
use datafusion::common::DFSchema;
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr, execute_stream_partitioned};
use datafusion::prelude::{Expr, SessionContext, col};
use futures::StreamExt;
use tokio::sync::mpsc;
use tradestat_core::schema::Record;

use crate::column::{int_column, text_column};
use crate::error::{Error, Result};
use crate::method::rules::{self, DESCRIBED, Rule};
use crate::progress::{Event, Listener};
use crate::run::MonthOfDay;

/// Columns every finding needs, whatever its rule looks at.
const IDENTITY: &[&str] = &[
    "batch_id",
    "line_no",
    "declaration_id",
    "item_no",
    "version",
    "customs_office",
    "flow",
    "statistical_value",
    "recording_date",
];

/// Items that set rules hold: by batch and line, with the codes of the rules.
pub type HeldBySets = HashMap<(String, i64), Vec<String>>;

/// Items that a rule looked at, could not decide about, and objected to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub judged: u64,
    pub undecided: u64,
    pub violating: u64,
}

/// Items and their declared value in cents, by first day of the month and flow (`M`, `X`, or
/// empty where neither procedure nor declaration type says it).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowSums(pub BTreeMap<(i32, String), (u64, i128)>);

impl FlowSums {
    fn add(&mut self, batch: &RecordBatch) {
        let flows = text_column(batch, "flow");
        let values = batch.column_by_name("statistical_value").expect("an identity column").as_primitive::<Decimal128Type>();
        let days = batch.column_by_name("recording_date").expect("an identity column").as_primitive::<Date32Type>();
        let mut month = MonthOfDay::default();
        // A batch has a handful of months and flows, so a search in pairs beats hashing.
        let mut sums: Vec<(_, (u64, i128))> = Vec::with_capacity(4);
        for row in 0..batch.num_rows() {
            let value = if values.is_null(row) { 0 } else { values.value(row) };
            let flow = if flows.is_null(row) { "" } else { flows.value(row) };
            let key = (month.first_day(days.value(row)), flow);
            let place = sums.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                sums.push((key, (0, 0)));
                sums.len() - 1
            });
            sums[place].1.0 += 1;
            sums[place].1.1 += value;
        }
        for ((period, flow), (items, value)) in sums {
            self.put(period, flow, items, value);
        }
    }

    /// Adds items and their value in cents; `period` is the first day of their month.
    pub fn put(&mut self, period: i32, flow: &str, items: u64, value: i128) {
        let sum = self.0.entry((period, flow.to_string())).or_default();
        sum.0 += items;
        sum.1 += value;
    }

    /// Adds the sums of other items, as of another span.
    pub fn merge(&mut self, other: FlowSums) {
        for ((period, flow), (items, value)) in other.0 {
            self.put(period, &flow, items, value);
        }
    }

    /// Items of all months and flows.
    pub fn items(&self) -> u64 {
        self.0.values().map(|sum| sum.0).sum()
    }
}

/// What one worker found out.
#[derive(Debug, Default)]
struct Tally {
    counts: Vec<Count>,
    items: FlowSums,
}

/// Rows on their way to the store; the days say which month each belongs to.
pub enum Rows {
    Finding(RecordBatch, ArrayRef),
    Held(RecordBatch, ArrayRef),
}

/// What the scan found: counts by rule, in the order of the plan, and the items judged.
pub struct Outcome {
    pub counts: Vec<Count>,
    pub items: FlowSums,
}

struct Compiled {
    rule: Rule,
    /// Column of its verdict.
    verdict: usize,
    /// What it saw, worked out for violators only.
    observed: Arc<dyn PhysicalExpr>,
}

/// The rules over `described_item`, planned together with the columns that they look at.
pub struct Plan {
    rules: Vec<Compiled>,
    described: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
}

/// Plans the scan; that is long work for one thread, and waits for nothing that other rules find.
pub async fn plan(ctx: SessionContext, rules: Vec<Rule>) -> Result<Plan> {
    let doing = || Error::engine("planning the validation rules");
    let mut wanted: Vec<String> = IDENTITY.iter().map(ToString::to_string).collect();
    wanted.extend(rules::columns(&rules).into_iter().filter(|name| !IDENTITY.contains(&name.as_str())));
    let described = ctx.table(DESCRIBED).await.map_err(doing())?;
    // Verdicts are columns of the scan, so that the engine plans all predicates together.
    let verdict = |(place, rule): (usize, &Rule)| rule.predicate.clone().alias(format!("verdict_{place}"));
    let columns: Vec<Expr> = wanted.iter().map(col).chain(rules.iter().enumerate().map(verdict)).collect();
    let described = described.alias(DESCRIBED).and_then(|frame| frame.select(columns)).map_err(doing())?;
    let schema = Arc::new(described.schema().as_arrow().clone());
    let qualified = DFSchema::try_from_qualified_schema(DESCRIBED, &schema).map_err(doing())?;
    let info = SimplifyContext::builder().with_schema(Arc::new(qualified.clone())).build();
    let compile = |(place, rule): (usize, Rule)| -> Result<Compiled, DataFusionError> {
        let simplifier = ExprSimplifier::new(info.clone());
        let observed = simplifier.simplify(simplifier.coerce(rule.observed.clone(), &qualified)?)?;
        Ok(Compiled { verdict: wanted.len() + place, observed: ctx.create_physical_expr(observed, &qualified)?, rule })
    };
    let rules = rules.into_iter().enumerate().map(compile).collect::<Result<Vec<_>, _>>().map_err(doing())?;
    let described = described.create_physical_plan().await.map_err(doing())?;
    Ok(Plan { rules, described, context: ctx.task_ctx() })
}

/// Runs the planned rules and sends what they find through `out`.
pub async fn scan(plan: Plan, held_by_sets: Arc<HeldBySets>, out: mpsc::Sender<Rows>, listen: Listener<'_>) -> Result<Outcome> {
    let doing = || Error::engine("running the validation rules");
    let compiled = Arc::new(plan.rules);
    let streams = execute_stream_partitioned(plan.described, plan.context).map_err(doing())?;
    let (tick, mut ticks) = mpsc::unbounded_channel::<u64>();
    let mut workers = Vec::new();
    for mut stream in streams {
        let (compiled, held_by_sets, out, tick) = (compiled.clone(), held_by_sets.clone(), out.clone(), tick.clone());
        workers.push(tokio::spawn(async move {
            let mut tally = Tally { counts: vec![Count::default(); compiled.len()], ..Default::default() };
            while let Some(batch) = stream.next().await {
                let batch = batch?;
                for rows in judge(&compiled, &held_by_sets, &batch, &mut tally)? {
                    if out.send(rows).await.is_err() {
                        return Err(DataFusionError::Internal("the writer of findings is gone".into()));
                    }
                }
                // Nobody listening is not this worker's concern.
                let _ = tick.send(batch.num_rows() as u64);
            }
            Ok::<Tally, DataFusionError>(tally)
        }));
    }
    drop((out, tick));
    while let Some(rows) = ticks.recv().await {
        listen.hear(Event::Advanced { by: rows });
    }
    let mut outcome = Outcome { counts: vec![Count::default(); compiled.len()], items: FlowSums::default() };
    for worker in workers {
        let tally = worker.await.expect("a worker returns its errors").map_err(doing())?;
        for (sum, count) in outcome.counts.iter_mut().zip(tally.counts) {
            sum.judged += count.judged;
            sum.undecided += count.undecided;
            sum.violating += count.violating;
        }
        outcome.items.merge(tally.items);
    }
    Ok(outcome)
}

fn judge(
    rules: &[Compiled],
    held_by_sets: &HeldBySets,
    batch: &RecordBatch,
    tally: &mut Tally,
) -> Result<Vec<Rows>, DataFusionError> {
    let mut out = Vec::new();
    let rows = batch.num_rows();
    tally.items.add(batch);
    let mut reasons: HashMap<usize, String> = HashMap::new();
    if !held_by_sets.is_empty() {
        let (batches, lines) = (text_column(batch, "batch_id"), int_column(batch, "line_no"));
        for row in 0..rows {
            if let Some(codes) = held_by_sets.get(&(batches.value(row).to_string(), lines.value(row))) {
                reasons.insert(row, codes.join(" "));
            }
        }
    }
    for (rule, count) in rules.iter().zip(&mut tally.counts) {
        let verdict = batch.column(rule.verdict).as_boolean();
        let (undecided, violating) = (verdict.null_count() as u64, verdict.true_count() as u64);
        count.undecided += undecided;
        count.judged += rows as u64 - undecided;
        count.violating += violating;
        if violating == 0 {
            continue;
        }
        let violators = filter_record_batch(batch, verdict)?;
        let observed = rule.observed.evaluate(&violators)?.into_array(violators.num_rows())?;
        out.push(finding(&rule.rule, &violators, &observed)?);
        if rule.rule.holds() {
            for row in (0..rows).filter(|row| verdict.is_valid(*row) && verdict.value(*row)) {
                let codes = reasons.entry(row).or_default();
                if !codes.is_empty() {
                    codes.push(' ');
                }
                codes.push_str(&rule.rule.code);
            }
        }
    }
    if !reasons.is_empty() {
        out.push(held(batch, &reasons)?);
    }
    Ok(out)
}

/// Rows of a set rule to which it objects: all, or those its `verdict` says; counts all of them.
pub fn violators(rows: RecordBatch, count: &mut Count) -> Result<RecordBatch, DataFusionError> {
    let all = rows.num_rows() as u64;
    let Some(verdict) = rows.column_by_name("verdict") else {
        count.judged += all;
        count.violating += all;
        return Ok(rows);
    };
    let verdict = verdict.as_boolean();
    let undecided = verdict.null_count() as u64;
    count.undecided += undecided;
    count.judged += all - undecided;
    count.violating += verdict.true_count() as u64;
    Ok(filter_record_batch(&rows, verdict)?)
}

fn finding(rule: &Rule, violators: &RecordBatch, observed: &ArrayRef) -> Result<Rows, DataFusionError> {
    let schema = Record::Finding.schema();
    let rows = violators.num_rows();
    let constant = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; rows])) };
    let mut columns = Vec::new();
    for field in schema.fields() {
        let column = match field.name().as_str() {
            "code" => constant(&rule.code),
            "severity" => constant(&rule.severity),
            "field" => constant(&rule.field),
            "observed" => cast(observed, &DataType::Utf8)?,
            name => violators.column_by_name(name).expect("an identity column").clone(),
        };
        columns.push(column);
    }
    let days = violators.column_by_name("recording_date").expect("an identity column").clone();
    Ok(Rows::Finding(RecordBatch::try_new(schema, columns)?, days))
}

fn held(batch: &RecordBatch, reasons: &HashMap<usize, String>) -> Result<Rows, DataFusionError> {
    let mask = BooleanArray::new(BooleanBuffer::collect_bool(batch.num_rows(), |row| reasons.contains_key(&row)), None);
    let items = filter_record_batch(batch, &mask)?;
    let mut texts = StringBuilder::new();
    let mut order: Vec<(&usize, &String)> = reasons.iter().collect();
    order.sort_unstable();
    for (_, codes) in order {
        texts.append_value(codes);
    }
    let texts: ArrayRef = Arc::new(texts.finish());
    let schema = Record::HeldItem.schema();
    let mut columns = Vec::new();
    for field in schema.fields() {
        let column = match field.name().as_str() {
            "reasons" => texts.clone(),
            name => match items.column_by_name(name) {
                Some(column) => cast(column, field.data_type())?,
                None => new_null_array(field.data_type(), items.num_rows()),
            },
        };
        columns.push(column);
    }
    let days = items.column_by_name("recording_date").expect("an identity column").clone();
    Ok(Rows::Held(RecordBatch::try_new(schema, columns)?, days))
}
