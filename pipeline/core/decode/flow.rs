//! Rows of cells to the record `partner_flow`.
//!
//! A line of a partner file may hold several records (a column for exports, one for imports):
//! each is read by rules of its own. Records read = flows + faulted records; a line that cannot
//! be split at all is one of them. Codes stay as given: what they mean is said by lists.

use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Int64Array, RecordBatch};
use arrow_buffer::ScalarBuffer;

use super::build::ItemBuilder;
use super::code_column::{CodeColumn, Reading};
use super::column::{CellColumn, DateColumn, absent};
use super::fill::{Column, Filled, Place, cell, cell_fault, rounded};
use super::hash::field_seed;
use super::rows::Rows;
use super::{Context, Decoded, constant_code};
use crate::fault::{Fault, FaultCode};
use crate::form::{FieldRule, Form};
use crate::schema::{PARTNER_FLOW, PartnerFlowField, Record};

/// Fills whichever record the form is for.
pub enum Filler {
    Items(Box<ItemBuilder>),
    Flows(Box<FlowBuilder>),
}

impl Filler {
    /// `places` has one entry for each of the form's rules, in their order.
    #[must_use]
    pub fn new(form: &Form, context: Arc<Context>, places: &[Place]) -> Filler {
        match form.record {
            Record::PartnerFlow => Filler::Flows(Box::new(FlowBuilder::new(form, context, places))),
            _ => Filler::Items(Box::new(ItemBuilder::new(form, context, places))),
        }
    }

    /// Notes a line that could not be split into cells.
    pub fn push_fault(&mut self, fault: Fault) {
        match self {
            Filler::Items(builder) => builder.push_fault(fault),
            Filler::Flows(builder) => builder.push_fault(fault),
        }
    }

    /// Faults noted since the last time.
    #[must_use]
    pub fn fault_count(&self) -> usize {
        match self {
            Filler::Items(builder) => builder.fault_count(),
            Filler::Flows(builder) => builder.faults.len(),
        }
    }

    /// Faults noted since there were so many, in the order they were met.
    pub fn faults_since(&mut self, count: usize) -> &mut [Fault] {
        match self {
            Filler::Items(builder) => builder.faults_since(count),
            Filler::Flows(builder) => &mut builder.faults[count..],
        }
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        match self {
            Filler::Items(builder) => builder.reserve(rows),
            Filler::Flows(builder) => builder.reserve(rows),
        }
    }

    /// Reads a block of rows.
    pub fn push(&mut self, rows: &Rows) {
        match self {
            Filler::Items(builder) => builder.push(rows),
            Filler::Flows(builder) => builder.push(rows),
        }
    }

    /// Everything pushed since the last time.
    #[must_use]
    pub fn finish(&mut self) -> Decoded {
        match self {
            Filler::Items(builder) => builder.finish(),
            Filler::Flows(builder) => builder.finish(),
        }
    }
}

/// Fills the record `partner_flow` from blocks of rows.
pub struct FlowBuilder {
    context: Arc<Context>,
    flows: Vec<Flow>,
    faults: Vec<Fault>,
    records_seen: u64,
}

/// One of the records that a line holds.
struct Flow {
    frequency: (FieldRule, Place, CodeColumn),
    period: (FieldRule, Place, DateColumn),
    filled: Vec<Filled>,
    lines: Vec<i64>,
    /// Rows of the block that go on; kept for their room.
    live: Vec<(u32, i32)>,
    /// Asked for by columns, and of no use here.
    hashes: Vec<u64>,
}

impl FlowBuilder {
    /// # Panics
    /// When the form does not fill `partner_flow`: one that parsed with it has its key fields.
    #[must_use]
    pub fn new(form: &Form, context: Arc<Context>, places: &[Place]) -> FlowBuilder {
        let flow = |rules: &Vec<usize>| Flow::new(rules.iter().map(|rule| (form.fields[*rule].clone(), places[*rule].clone())));
        FlowBuilder { context, flows: form.records.iter().map(flow).collect(), faults: Vec::new(), records_seen: 0 }
    }

    fn push_fault(&mut self, fault: Fault) {
        self.records_seen += u64::from(fault.is_line);
        self.faults.push(fault);
    }

    fn reserve(&mut self, rows: usize) {
        for flow in &mut self.flows {
            flow.lines.reserve(rows);
            flow.frequency.2.reserve(rows);
            flow.period.2.reserve(rows);
            flow.filled.iter_mut().for_each(|filled| filled.column.reserve(rows));
        }
    }

    fn push(&mut self, rows: &Rows) {
        for flow in &mut self.flows {
            self.records_seen += rows.lines.len() as u64;
            flow.push(rows, &mut self.faults);
        }
    }

    fn finish(&mut self) -> Decoded {
        let mut decoded = Decoded { lines_read: std::mem::take(&mut self.records_seen), ..Decoded::empty() };
        for flow in &mut self.flows {
            for (field, count) in rounded(&mut flow.filled) {
                *decoded.rounded.entry(field).or_default() += count;
            }
            decoded.flows.push(flow.finish(&self.context));
        }
        decoded.faults = std::mem::take(&mut self.faults);
        decoded.faults.sort_by_key(|fault| fault.line_no);
        decoded
    }
}

impl Flow {
    fn new(rules: impl Iterator<Item = (FieldRule, Place)>) -> Flow {
        let (mut frequency, mut period) = (None, None);
        let mut filled = Vec::new();
        for (rule, place) in rules {
            let seed = field_seed(rule.name);
            match rule.column {
                column if column == PartnerFlowField::frequency as usize => {
                    frequency = Some((rule, place, CodeColumn::new(Reading::AsDeclared, seed)));
                }
                column if column == PartnerFlowField::period as usize => period = Some((rule, place, DateColumn::new(seed))),
                _ if place == Place::Absent => {}
                _ => filled.push(Filled { column: Column::of(&rule, seed), rule, place }),
            }
        }
        let missing = "a form of partner flows fills the key fields";
        Flow {
            frequency: frequency.expect(missing),
            period: period.expect(missing),
            filled,
            lines: Vec::new(),
            live: Vec::new(),
            hashes: Vec::new(),
        }
    }

    fn push(&mut self, rows: &Rows, faults: &mut Vec<Fault>) {
        self.push_keys(rows, faults);
        self.hashes.clear();
        self.hashes.resize(self.live.len(), 0);
        for filled in &mut self.filled {
            filled.push(rows, &self.live, &mut self.hashes, faults);
        }
    }

    /// Appends the rows whose period can be read; the others are faults as a whole.
    fn push_keys(&mut self, rows: &Rows, faults: &mut Vec<Fault>) {
        self.live.clear();
        let (frequency_rule, frequency_place, frequencies) = &mut self.frequency;
        let (period_rule, period_place, periods) = &mut self.period;
        for (row, &line) in rows.lines.iter().enumerate() {
            let text = cell(rows, row, period_place);
            let is_null = std::str::from_utf8(text).is_ok_and(|text| period_rule.is_null(text));
            let period_fault = if is_null {
                Some(FaultCode::KeyEmpty)
            } else {
                period_rule.conversion.date().parse(text).err().map(FaultCode::from)
            };
            let frequency = frequencies.outcome(cell(rows, row, frequency_place), frequency_rule);
            let frequency_fault = frequency.fault.or(frequency.is_null().then_some(FaultCode::KeyEmpty));
            // A month whose column says the year alone: which month it is stands nowhere that was read, and
            // the twelve of a year would be one.
            let period_fault = period_fault.or_else(|| {
                let is_part = frequencies.is(&frequency, "M") || frequencies.is(&frequency, "Q");
                (is_part && period_rule.conversion.date().is_year(text)).then_some(FaultCode::DateFormat)
            });
            let (rule, place, code) = match (period_fault, frequency_fault) {
                (Some(code), _) => (&*period_rule, &*period_place, code),
                (None, Some(code)) => (&*frequency_rule, &*frequency_place, code),
                (None, None) => {
                    periods.push(text, period_rule, rows.is_sound).expect("the period was read a moment ago");
                    frequencies.append(frequency);
                    self.lines.push(line);
                    self.live.push((u32::try_from(row).expect("a block is small"), 0));
                    continue;
                }
            };
            faults.push(Fault { is_line: true, ..cell_fault(rows, row, rule, place, code) });
        }
    }

    fn finish(&mut self, context: &Context) -> RecordBatch {
        let lines = std::mem::take(&mut self.lines);
        let count = lines.len();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; PARTNER_FLOW.len()];
        columns[PartnerFlowField::batch_id as usize] = Some(constant_code(&context.batch_id, count));
        columns[PartnerFlowField::line_no as usize] = Some(Arc::new(Int64Array::new(ScalarBuffer::from(lines), None)));
        columns[PartnerFlowField::received_on as usize] = Some(Arc::new(Date32Array::from_value(context.received_day(), count)));
        columns[PartnerFlowField::frequency as usize] = Some(self.frequency.2.finish());
        columns[PartnerFlowField::period as usize] = Some(self.period.2.finish());
        for filled in &mut self.filled {
            columns[filled.rule.column] = Some(filled.column.finish());
        }
        let columns = columns.into_iter().zip(PARTNER_FLOW);
        let columns = columns.map(|(column, field)| column.unwrap_or_else(|| absent(&field.kind.data_type(), count)));
        RecordBatch::try_new(Record::PartnerFlow.schema(), columns.collect())
            .expect("the columns follow the schema of `partner_flow`")
    }
}
