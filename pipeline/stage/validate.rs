//! Runs the rules over the items of the run's months and sets aside what they hold.
//!
//! Order: versions and second receipts leave first, decisions and amendments change items,
//! then every record rule is judged in one scan. What comes out: `finding`, `held_item`,
//! `set_aside`, `corrected_item` and `corrected_declaration`, a file a month.

mod ahead;
mod amendment;
pub mod correction;
mod lookback;
pub mod scan;
pub mod vintage;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Date32Builder, Decimal128Builder, Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use datafusion::arrow::datatypes::{DataType, Date32Type, Decimal128Type};
use datafusion::common::JoinType;
use datafusion::common::runtime::SpawnedTask;
use datafusion::datasource::MemTable;
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use tokio::sync::mpsc;
use tradestat_core::schema::Record;

use crate::column::{int_column, text_column};
use crate::error::{Error, Result};
use crate::method::rules::DESCRIBED;
use crate::method::{Parameters, base, empty, header::Layer, register};
use crate::progress::Event;
use crate::run::items::of_months;
use crate::run::{Job, Run, Span, cents, money};
use crate::store::manifest::{BatchManifest, Fate, RelationFile, RuleCount};
use crate::store::month::MonthWriter;
use correction::{Corrections, Ledger};
use scan::{Count, FlowSums, HeldBySets, Outcome, Rows};
use vintage::Aside;

/// Judges every month of the run; its manifest gets the counts of each rule and what became of all items.
///
/// # Errors
/// When a decision cannot be read, a rule fails, or no item of the months asked for is left.
pub async fn validate(job: &Job<'_>, run: &mut Run) -> Result<()> {
    let mut aside = Aside::default();
    let mut items = FlowSums::default();
    let mut ledger = Ledger::default();
    for (part, span) in run.spans(&job.method)?.iter().enumerate() {
        let outcome = validate_span(job, run, span, part, (&mut aside, &mut ledger)).await?;
        items.merge(outcome.items);
    }
    note_judged(job, run, &items);
    run.manifest.rules.sort_by(|a, b| a.code.cmp(&b.code));
    ledger.note(run);
    run.settle_months()?;
    account(job, run, &items, &aside).await?;
    run.manifest.stages.push("validate".into());
    Ok(())
}

async fn validate_span(
    job: &Job<'_>,
    run: &mut Run,
    span: &Span,
    part: usize,
    (all, ledger): (&mut Aside, &mut Ledger),
) -> Result<Outcome> {
    let ctx = job.session()?;
    let parameters = job.parameters(span.first, span.last, run.published_month());
    job.method.register_lists(&ctx, job.method.in_order(Layer::Validate))?;
    register_stored(&ctx, job, run, span)?;

    let since = Instant::now();
    amendment::register_standing(&ctx, job, &parameters).await?;
    let mut aside = vintage::superseded(&ctx, &job.method, &parameters).await?;
    let superseded = aside.len() as u64;
    amendment::note_cancellations(&ctx, job, ledger).await?;
    remove(&ctx, &aside).await?;
    run.note_step("superseded_item", superseded, since);

    let corrections = correction::gather(job, &ctx, (run, span), &parameters, ledger).await?;
    if part == 0 {
        ahead::note(&ctx, job, run, &ledger.left).await?;
    }
    corrections.apply(&ctx).await?;
    for (batch, line, day) in &corrections.replaced {
        aside.mark(batch.clone(), *line, vintage::CORRECTED, *day);
    }

    let since = Instant::now();
    let candidates = repeats_within(&ctx, job, run, span).await?;
    let (duplicates, repeated) = vintage::repeated(&ctx, (job, run, span), &parameters, candidates).await?;
    remove(&ctx, &duplicates).await?;
    aside.merge(duplicates);
    run.note_step("repeated_item", repeated.num_rows() as u64, since);
    let table = MemTable::try_new(repeated.schema(), vec![vec![repeated]]).map_err(Error::engine("repeated items"))?;
    register(&ctx, "repeated_item", Arc::new(table))?;

    for step in job.method.in_order(Layer::Validate).filter(|step| step.is_view()) {
        let frame = job.method.frame(&ctx, step, &parameters).await?;
        register(&ctx, &step.name, frame.into_view())?;
    }
    lookback::store(&ctx, job, run, span, part, &parameters).await?;
    let mut checks =
        Checks { job, ctx: &ctx, parameters: &parameters, corrections: &corrections, sink: Sink::new(job, run, part) };
    let planned = checks.plan_record_rules().await?;
    let held_by_sets = checks.set_rules(run, span).await?;
    let outcome = checks.record_rules(run, span, planned, held_by_sets, &mut aside).await?;

    let (batch, days) = aside.batch()?;
    checks.sink.aside.write(&batch, &days).await?;
    let files = checks.sink.finish().await?;
    run.manifest.files.extend(files);
    let corrected = corrections.write(job, run, &aside, part).await?;
    run.manifest.files.extend(corrected);
    all.merge(aside);
    Ok(outcome)
}

/// `item` cut to the span's months, and every other relation of the visible batches.
fn register_stored(ctx: &SessionContext, job: &Job<'_>, run: &Run, span: &Span) -> Result<()> {
    for name in ["declaration", "amendment", "fault", "receipt"] {
        let schema = base::schema(name).expect("a stored relation");
        let files: Vec<&RelationFile> =
            run.batches.iter().flat_map(|batch| &batch.files).filter(|file| file.relation == name).collect();
        register(ctx, name, job.store.table(&schema, &files)?)?;
    }
    register_order(ctx, run)?;
    let items = ctx
        .read_table(job.store.table(&Record::Item.schema(), &span.files(run, "item"))?)
        .map_err(Error::engine("opening the items"))?;
    register(ctx, "item", of_months(items, job, run, span)?.into_view())
}

/// `declaration_batch`: by the day of receipt, and on one day as they were read in.
fn register_order(ctx: &SessionContext, run: &Run) -> Result<()> {
    let mut batches: Vec<&BatchManifest> = run.batches.iter().collect();
    // Stable: the batches of a run are in the order of their commits.
    batches.sort_by(|a, b| a.received_on.cmp(&b.received_on));
    let ids: ArrayRef = Arc::new(StringArray::from_iter_values(batches.iter().map(|batch| &batch.id)));
    let positions: ArrayRef = Arc::new(Int64Array::from_iter_values((1..).take(batches.len())));
    let schema = base::schema("declaration_batch").expect("a stored relation");
    let rows = RecordBatch::try_new(schema.clone(), vec![ids, positions]).expect("built to its schema");
    let table = MemTable::try_new(schema, vec![vec![rows]]).map_err(Error::engine("ordering the files received"))?;
    register(ctx, "declaration_batch", Arc::new(table))
}

/// Takes items out of `item`; the few that leave are the build side of the join.
async fn remove(ctx: &SessionContext, aside: &Aside) -> Result<()> {
    if aside.is_empty() {
        return Ok(());
    }
    let doing = || Error::engine("setting items aside");
    let (batch, _) = aside.batch()?;
    let keys = ctx.read_batch(batch).map_err(doing())?.select_columns(&["batch_id", "line_no"]).map_err(doing())?;
    let items = ctx.table("item").await.map_err(doing())?;
    let on = ["batch_id", "line_no"];
    let rest = items.join(keys, JoinType::LeftAnti, &on, &on, None).map_err(doing())?;
    register(ctx, "item", rest.into_view())
}

/// Lines that their own file holds twice, as ingest found them.
async fn repeats_within(ctx: &SessionContext, job: &Job<'_>, run: &Run, span: &Span) -> Result<Vec<RecordBatch>> {
    let files = span.files(run, "repeat");
    if files.iter().all(|file| file.rows == 0) {
        return Ok(Vec::new());
    }
    let schema = base::repeat_schema();
    let table = job.store.table(&schema, &files)?;
    let frame = ctx.read_table(table).map_err(Error::engine("reading repeated lines"))?;
    frame.collect().await.map_err(Error::engine("reading repeated lines"))
}

/// Files that validate writes as it goes.
struct Sink {
    finding: MonthWriter,
    held: MonthWriter,
    aside: MonthWriter,
}

impl Sink {
    fn new(job: &Job<'_>, run: &Run, part: usize) -> Self {
        let writer = |record: Record| MonthWriter::new(&job.store, record.name(), &run.manifest.id, part, &record.schema());
        Sink { finding: writer(Record::Finding), held: writer(Record::HeldItem), aside: writer(Record::SetAside) }
    }

    async fn finish(self) -> Result<Vec<RelationFile>> {
        let mut files = self.finding.finish().await?;
        files.extend(self.held.finish().await?);
        files.extend(self.aside.finish().await?);
        Ok(files)
    }
}

/// What both kinds of rules work with.
struct Checks<'c> {
    job: &'c Job<'c>,
    ctx: &'c SessionContext,
    parameters: &'c Parameters,
    corrections: &'c Corrections,
    sink: Sink,
}

/// The rules on one item, while their scan is being planned.
struct Planned {
    /// Code, title, severity and list of each.
    described: Vec<(String, String, String, Option<String>)>,
    scan: SpawnedTask<Result<scan::Plan>>,
}

impl Checks<'_> {
    /// Rules that group, window or join: each runs on its own and returns the items it objects to.
    async fn set_rules(&mut self, run: &mut Run, span: &Span) -> Result<HeldBySets> {
        let mut held = HeldBySets::new();
        let method = &self.job.method;
        for step in method.in_order(Layer::Validate).filter(|step| step.is_rule() && step.is_set_rule()) {
            let since = Instant::now();
            let code = step.code().expect("rules have codes");
            let severity = step.header.get("severity").unwrap_or_default();
            let doing = || Error::engine(format!("running {code}"));
            let mut found = method.frame(self.ctx, step, self.parameters).await?.execute_stream().await.map_err(doing())?;
            let mut count = Count::default();
            while let Some(batch) = found.next().await {
                let batch = &scan::violators(batch.map_err(doing())?, &mut count).map_err(doing())?;
                if batch.num_rows() == 0 {
                    continue;
                }
                let (batches, lines) = (text_column(batch, "batch_id"), int_column(batch, "line_no"));
                let (rows, days) = set_finding(step, batch, span.last)?;
                self.sink.finding.write(&rows, &days).await?;
                for row in (0..batch.num_rows()).filter(|_| severity == "error") {
                    let key = (batches.value(row).to_string(), lines.value(row));
                    if !self.corrections.accepts(&key.0, key.1, code) {
                        held.entry(key).or_default().push(code.into());
                    }
                }
            }
            note_rule(run, code, &step.header.title, severity, count, None);
            run.note_step(&step.name, count.violating, since);
        }
        self.corrections.reject_into(&mut held);
        Ok(held)
    }

    /// Has the rules on one item planned beside whatever follows.
    async fn plan_record_rules(&self) -> Result<Planned> {
        // Rules are read against the columns alone: in this session `described_item` is a view.
        let columns = self.job.session()?;
        let schema = self.job.method.schema(DESCRIBED).expect("the method was checked");
        register(&columns, DESCRIBED, empty(&schema)?)?;
        let rules = self.job.method.rules(&columns, self.parameters).await?;
        let described = rules.iter().map(|r| (r.code.clone(), r.title.clone(), r.severity.clone(), r.list.clone())).collect();
        Ok(Planned { described, scan: SpawnedTask::spawn(scan::plan(self.ctx.clone(), rules)) })
    }

    /// All rules on one item, in one scan.
    async fn record_rules(
        &mut self,
        run: &mut Run,
        span: &Span,
        planned: Planned,
        held_by_sets: HeldBySets,
        aside: &mut Aside,
    ) -> Result<Outcome> {
        let since = Instant::now();
        let (job, corrections) = (self.job, self.corrections);
        let failed = |e| Error::engine("planning the validation rules")(DataFusionError::ExecutionJoin(Box::new(e)));
        let plan = planned.scan.join().await.map_err(failed)??;
        job.listen.hear(Event::Started { work: "checking items".into(), total: Some(span.items(run)), unit: "items" });
        let (send, mut receive) = mpsc::channel::<Rows>(64);
        let scanning = scan::scan(plan, Arc::new(held_by_sets), send, job.listen);
        let sink = &mut self.sink;
        let writing = async {
            while let Some(rows) = receive.recv().await {
                match rows {
                    Rows::Finding(batch, days) => sink.finding.write(&batch, &days).await?,
                    Rows::Held(batch, days) => {
                        let (batch, days) = corrections.still_held(batch, days)?;
                        note_held(aside, &batch, &days);
                        sink.held.write(&batch, &days).await?;
                    }
                }
            }
            Ok::<(), Error>(())
        };
        let (outcome, written) = futures::join!(scanning, writing);
        written?;
        let outcome = outcome?;
        for ((code, title, severity, list), mut count) in planned.described.into_iter().zip(outcome.counts.iter().copied()) {
            let is_empty = |list: &String| job.method.lists.get(list).is_some_and(|l| l.records().is_ok_and(|r| r.is_empty()));
            let idle = list.filter(is_empty);
            let idle = idle.map(|list| format!("the list `{list}` is empty for this profile: nothing could be judged"));
            if idle.is_some() {
                // The other half of a condition may say no without the list; that is no judgement.
                count = Count { judged: 0, undecided: count.judged + count.undecided, violating: 0 };
            }
            note_rule(run, &code, &title, &severity, count, idle);
        }
        let items = outcome.items.items();
        run.note_step("finding", items, since);
        job.listen.hear(Event::Finished { work: "checked items".into(), rows: items, took: since.elapsed() });
        Ok(outcome)
    }
}

/// What set rules judged whose rows are findings only: `judges` in their header names it.
fn note_judged(job: &Job<'_>, run: &mut Run, items: &FlowSums) {
    // Receipts have no month of their own: those of a file are of all the months it holds.
    let of_months = |batch: &&BatchManifest| batch.months.keys().any(|month| run.months.contains(month));
    let files = run.batches.iter().filter(of_months).flat_map(|batch| &batch.files);
    // Batches of a run may share a file.
    let receipts: BTreeMap<&str, u64> =
        files.filter(|file| file.relation == "receipt").map(|file| (file.path.as_str(), file.rows)).collect();
    let receipts = receipts.values().sum();
    for step in job.method.in_order(Layer::Validate) {
        let judged = match step.header.get("judges") {
            Some("item") => items.items(),
            Some("receipt") => receipts,
            _ => continue,
        };
        if let Some(rule) = run.manifest.rules.iter_mut().find(|rule| Some(rule.code.as_str()) == step.code()) {
            rule.judged = judged;
        }
    }
}

/// Adds the counts of one span to those of the run.
fn note_rule(run: &mut Run, code: &str, title: &str, severity: &str, count: Count, idle: Option<String>) {
    match run.manifest.rules.iter_mut().find(|rule| rule.code == code) {
        Some(rule) => {
            rule.judged += count.judged;
            rule.undecided += count.undecided;
            rule.violating += count.violating;
        }
        None => run.manifest.rules.push(RuleCount {
            code: code.into(),
            title: title.into(),
            severity: severity.into(),
            judged: count.judged,
            undecided: count.undecided,
            violating: count.violating,
            idle,
        }),
    }
}

/// A set rule's row as a finding; what the rule does not return is null. Rules that do not say
/// their day are kept with the last month of the run.
fn set_finding(step: &crate::method::Step, batch: &RecordBatch, month: i32) -> Result<(RecordBatch, ArrayRef)> {
    use datafusion::arrow::array::{Date32Array, new_null_array};
    use datafusion::arrow::compute::cast;
    let schema = Record::Finding.schema();
    let rows = batch.num_rows();
    let constant = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; rows])) };
    let mut columns = Vec::new();
    for field in schema.fields() {
        columns.push(match field.name().as_str() {
            "code" => constant(step.code().expect("rules have codes")),
            "severity" => constant(step.header.get("severity").unwrap_or_default()),
            "field" => constant(step.header.get("field").unwrap_or_default()),
            name => match batch.column_by_name(name) {
                Some(column) => cast(column, field.data_type()).expect("findings are text and numbers"),
                None => new_null_array(field.data_type(), rows),
            },
        });
    }
    let days: ArrayRef = match batch.column_by_name("recording_date") {
        Some(days) => cast(days, &DataType::Date32).expect("a date"),
        None => Arc::new(Date32Array::from(vec![month; rows])),
    };
    let rows = RecordBatch::try_new(schema, columns)
        .map_err(|e| Error::Engine { doing: format!("reading findings of {}", step.name), source: Box::new(e.into()) })?;
    Ok((rows, days))
}

fn note_held(aside: &mut Aside, batch: &RecordBatch, days: &ArrayRef) {
    let (batches, lines) = (text_column(batch, "batch_id"), int_column(batch, "line_no"));
    let flows = text_column(batch, "flow");
    let values = batch.column_by_name("statistical_value").expect("a field of held_item").as_primitive::<Decimal128Type>();
    let days = days.as_primitive::<Date32Type>();
    for row in 0..batch.num_rows() {
        let flow = if flows.is_null(row) { "" } else { flows.value(row) };
        let value = if values.is_null(row) { 0 } else { values.value(row) };
        aside.push(batches.value(row).into(), lines.value(row), vintage::HELD, days.value(row), flow, value);
    }
}

/// What became of the items: numbers for the manifest, and the relation `item_account` that
/// the audit of conservation reads, a file a month.
async fn account(job: &Job<'_>, run: &mut Run, judged: &FlowSums, aside: &Aside) -> Result<()> {
    run.account("items judged", judged.items());
    for why in [vintage::SUPERSEDED, vintage::CANCELLED, vintage::DUPLICATE, vintage::HELD] {
        run.account(why, aside.count(why));
    }
    let schema = base::schema("item_account").expect("a stored relation");
    let (mut periods, mut fates, mut flows) = (Date32Builder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut counts, mut values) = (Int64Builder::new(), Decimal128Builder::new().with_data_type(DataType::Decimal128(38, 2)));
    let fates_of = aside.sums.iter().map(|(why, sums)| (*why, sums));
    for (fate, sums) in std::iter::once(("judged", judged)).chain(fates_of) {
        for ((period, flow), (items, value)) in &sums.0 {
            note_fate(run, fate, flow, *items, *value);
            periods.append_value(*period);
            fates.append_value(fate);
            flows.append_option((!flow.is_empty()).then_some(flow));
            counts.append_value(i64::try_from(*items).expect("fewer items than bytes on the disk"));
            values.append_value(*value);
        }
    }
    let days: ArrayRef = Arc::new(periods.finish());
    let columns: Vec<ArrayRef> = vec![
        days.clone(),
        Arc::new(fates.finish()),
        Arc::new(flows.finish()),
        Arc::new(counts.finish()),
        Arc::new(values.finish()),
    ];
    let batch = RecordBatch::try_new(schema.clone(), columns).expect("built to its schema");
    let mut writer = MonthWriter::new(&job.store, "item_account", &run.manifest.id, 0, &schema);
    writer.write(&batch, &days).await?;
    run.manifest.files.extend(writer.finish().await?);
    Ok(())
}

/// Adds to the run's sum of a fate and flow over all months.
fn note_fate(run: &mut Run, fate: &str, flow: &str, items: u64, value: i128) {
    let fates = &mut run.manifest.fates;
    let place = fates.iter().position(|row| row.fate == fate && row.flow == flow).unwrap_or_else(|| {
        fates.push(Fate { fate: fate.into(), flow: flow.into(), items: 0, value: "0.00".into() });
        fates.len() - 1
    });
    let sum = cents(&fates[place].value) + value;
    fates[place].items += items;
    fates[place].value = money(sum);
}

/// Too many held items mean a wrong form or list, not bad declarations.
/// Asked after the worklist is written, so that the office can see what is held.
pub fn check_share(job: &Job<'_>, run: &Run) -> Result<()> {
    let of = |fate: &str| run.manifest.fates.iter().filter(|row| row.fate == fate).map(|row| row.items).sum::<u64>();
    let (items, held) = (of("judged"), of(vintage::HELD));
    let on = crate::run::day(run.published_month()).to_string();
    let limit = job.parameter("max_held_share", &on)?;
    let bound: f64 = limit.parse().unwrap_or(1.0);
    let share = if items == 0 { 0.0 } else { held as f64 / items as f64 };
    if share > bound {
        return Err(Error::TooManyHeld { held, items, share, limit });
    }
    Ok(())
}
