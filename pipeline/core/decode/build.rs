//! Rows of cells to the record `item`, its keys and receipts.
//!
//! Every decoder ends here: a layout only has to say which bytes are which cell.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Int64Array, RecordBatch};
use arrow_buffer::ScalarBuffer;

use super::code_column::{ACCEPTED, CANCELLED, CodeColumn, Reading};
use super::column::{CellColumn, TextColumn, WholeColumn, absent, declared_text};
pub use super::fill::Place;
use super::fill::{Column, Filled, cell, cell_fault, rounded};
use super::hash::{declaration_hash, field_seed, item_key};
pub use super::rows::{Rows, Shown, Span};
use super::{Context, Decoded, ItemKey, Receipt, constant_code};
use crate::fault::{Fault, FaultCode};
use crate::form::{FieldRule, Form, TraderCheck};
use crate::pseudonym::{Party, Pseudonymiser};
use crate::schema::{ITEM, ItemField, Kind, Record};

/// Fills the record `item` from blocks of rows. Reused from chunk to chunk, so that
/// what it remembers of pseudonyms is worth something.
pub struct ItemBuilder {
    context: Arc<Context>,
    batch_rows: Vec<i64>,
    declaration_id: (FieldRule, Place, TextColumn),
    item_no: (FieldRule, Place, WholeColumn),
    procedure: (FieldRule, Place, CodeColumn),
    /// The other rules, and the state of the declaration whether the form has it or not.
    filled: Vec<Filled>,
    hashes: Vec<u64>,
    faults: Vec<Fault>,
    rows_seen: u64,
    /// Rows of the block that go on, and their item numbers; kept for their room.
    live: Vec<(u32, i32)>,
}

impl ItemBuilder {
    /// `places` has one entry for each of the form's item rules, in their order.
    ///
    /// # Panics
    /// When the form does not fill the record `item`: a form that parsed with that
    /// record has its key fields.
    #[must_use]
    pub fn new(form: &Form, context: Arc<Context>, places: &[Place]) -> ItemBuilder {
        let check = form.trader_check.unwrap_or(context.trader_check);
        let mut filled = Vec::new();
        let (mut declaration_id, mut item_no, mut procedure) = (None, None, None);
        for (rule, place) in form.fields.iter().cloned().zip(places.iter().cloned()) {
            let seed = field_seed(rule.name);
            match rule.column {
                column if column == ItemField::declaration_id as usize => {
                    declaration_id = Some((rule, place, TextColumn::new(seed)));
                }
                column if column == ItemField::item_no as usize => item_no = Some((rule, place, WholeColumn::new(seed, 1))),
                column if column == ItemField::procedure_code as usize => {
                    procedure = Some((rule, place, CodeColumn::new(Reading::AsDeclared, seed)));
                }
                _ if place == Place::Absent => {}
                _ => filled.push(Filled { column: column_for(&rule, seed, &context, check), rule, place }),
            }
        }
        let missing = "a form of items fills the key fields";
        ItemBuilder {
            context,
            batch_rows: Vec::new(),
            declaration_id: declaration_id.expect(missing),
            item_no: item_no.expect(missing),
            procedure: procedure.expect(missing),
            filled,
            hashes: Vec::new(),
            faults: Vec::new(),
            rows_seen: 0,
            live: Vec::new(),
        }
    }

    /// Notes a line that could not be split into cells.
    pub fn push_fault(&mut self, fault: Fault) {
        self.rows_seen += u64::from(fault.is_line);
        self.faults.push(fault);
    }

    /// Faults noted since the last time.
    pub fn fault_count(&self) -> usize {
        self.faults.len()
    }

    /// Faults noted since there were so many, in the order they were met.
    pub fn faults_since(&mut self, count: usize) -> &mut [Fault] {
        &mut self.faults[count..]
    }

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.declaration_id.2.reserve(rows);
        self.item_no.2.reserve(rows);
        self.procedure.2.reserve(rows);
        self.batch_rows.reserve(rows);
        self.hashes.reserve(rows);
        self.filled.iter_mut().for_each(|filled| filled.column.reserve(rows));
    }

    /// Reads a block of rows. A block that fits the cache is read fastest: column by
    /// column, each in a loop of its own.
    pub fn push(&mut self, rows: &Rows) {
        self.rows_seen += rows.lines.len() as u64;
        self.push_keys(rows);
        let first = self.hashes.len() - self.live.len();
        let (hashes, live, faults) = (&mut self.hashes[first..], &self.live, &mut self.faults);
        self.filled.iter_mut().for_each(|filled| filled.push(rows, live, hashes, faults));
    }

    /// Appends the rows whose key can be read; the others are faults as a whole.
    fn push_keys(&mut self, rows: &Rows) {
        self.live.clear();
        let (id_rule, id_place, ids) = &mut self.declaration_id;
        let (number_rule, number_place, numbers) = &mut self.item_no;
        let (procedure_rule, procedure_place, procedures) = &mut self.procedure;
        let mut faulted = Vec::new();
        for (row, &line) in rows.lines.iter().enumerate() {
            let id = cell(rows, row, id_place);
            let id_fault = if rows.is_sound && !id.is_empty() && id_rule.null_when.is_empty() && id_rule.conversion.is_plain() {
                None
            } else {
                match declared_text(id, id_rule) {
                    Ok(Some(_)) => None,
                    Ok(None) => Some(FaultCode::KeyEmpty),
                    Err(fault) => Some(fault),
                }
            };
            let number = match numbers.read(cell(rows, row, number_place), number_rule) {
                Ok(Some(number)) => Ok(number),
                Ok(None) => Err(FaultCode::KeyEmpty),
                Err(fault) => Err(fault),
            };
            let procedure = procedures.outcome(cell(rows, row, procedure_place), procedure_rule);
            let procedure_fault = procedure.fault.or(procedure.is_null().then_some(FaultCode::KeyEmpty));
            let (rule, place, code) = match (id_fault, number, procedure_fault) {
                (Some(code), ..) => (&*id_rule, &*id_place, code),
                (_, Err(code), _) => (&*number_rule, &*number_place, code),
                (.., Some(code)) => (&*procedure_rule, &*procedure_place, code),
                (None, Ok(number), None) => {
                    let id_hash = ids.push(id, id_rule, rows.is_sound).expect("the text was read a moment ago");
                    let hash = id_hash.wrapping_add(numbers.append(Some(number))).wrapping_add(procedure.hash);
                    procedures.append(procedure);
                    self.batch_rows.push(line);
                    self.hashes.push(hash);
                    self.live.push((u32::try_from(row).expect("a block is small"), number));
                    continue;
                }
            };
            faulted.push((row, cell_fault(rows, row, rule, place, code)));
        }
        for (row, mut fault) in faulted {
            fault.is_line = true;
            (fault.statistical_value, fault.declaration_type) = self.readable(rows, row);
            self.faults.push(fault);
        }
    }

    /// What the identity of the contract needs of a line that is set aside.
    fn readable(&mut self, rows: &Rows, row: usize) -> (Option<i128>, Option<String>) {
        let (mut value, mut declaration_type) = (None, None);
        for filled in &mut self.filled {
            let text = cell(rows, row, &filled.place);
            match (&mut filled.column, filled.rule.column) {
                (Column::Decimal(_), column) if column == ItemField::statistical_value as usize => {
                    value = filled.rule.conversion.decimal().parse(text, 2).ok().map(|number| i128::from(number.value));
                }
                (Column::Code(_), column) if column == ItemField::declaration_type as usize => {
                    declaration_type = declared_text(text, &filled.rule).ok().flatten().map(Cow::into_owned);
                }
                _ => {}
            }
        }
        (value, declaration_type)
    }

    /// Everything pushed since the last time, as one batch; the builder begins anew.
    ///
    /// # Panics
    /// Never: the columns are made from the schema they are checked against.
    #[must_use]
    pub fn finish(&mut self) -> Decoded {
        let count = self.batch_rows.len();
        let (keys, receipts) = self.keys_and_receipts();
        let rounded = self.rounded();
        let lines = std::mem::take(&mut self.batch_rows);
        let day = self.context.received_day();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; ITEM.len()];
        columns[ItemField::batch_id as usize] = Some(constant_code(&self.context.batch_id, count));
        columns[ItemField::line_no as usize] = Some(Arc::new(Int64Array::new(ScalarBuffer::from(lines), None)));
        columns[ItemField::received_on as usize] = Some(Arc::new(Date32Array::from_value(day, count)));
        columns[ItemField::declaration_id as usize] = Some(self.declaration_id.2.finish());
        columns[ItemField::item_no as usize] = Some(self.item_no.2.finish());
        columns[ItemField::procedure_code as usize] = Some(self.procedure.2.finish());
        // Overwritten where the form fills it.
        columns[ItemField::status as usize] = Some(constant_code(ACCEPTED, count));
        for filled in &mut self.filled {
            if let Column::Code(column) = &filled.column {
                if filled.rule.column == ItemField::commodity_code as usize {
                    columns[ItemField::hs6 as usize] = Some(column.beginnings(6));
                } else if filled.rule.column == ItemField::trader_key as usize {
                    columns[ItemField::trader_id_is_valid as usize] = Some(column.validity());
                }
            }
            columns[filled.rule.column] = Some(filled.column.finish());
        }
        let columns = columns.into_iter().zip(ITEM);
        let columns = columns.map(|(column, field)| column.unwrap_or_else(|| absent(&field.kind.data_type(), count)));
        let items = RecordBatch::try_new(Record::Item.schema(), columns.collect());
        let mut faults = std::mem::take(&mut self.faults);
        // Columns were read one after the other: a stable sort puts each line's faults together, in their order.
        faults.sort_by_key(|fault| fault.line_no);
        // A cell that fills several fields is told once.
        faults.dedup_by(|next, fault| {
            next.line_no == fault.line_no && next.column == fault.column && next.code == fault.code && !next.is_line
        });
        self.hashes.clear();
        Decoded {
            items: items.expect("the columns follow the schema of `item`"),
            faults,
            lines_read: std::mem::take(&mut self.rows_seen),
            keys,
            receipts,
            rounded,
            ..Decoded::empty()
        }
    }

    fn keys_and_receipts(&self) -> (Vec<ItemKey>, Vec<Receipt>) {
        let (ids, numbers) = (&self.declaration_id.2, &self.item_no.2);
        let whole = |field: ItemField| match self.column(field) {
            Some(Column::Whole(column)) => Some(&column.values),
            _ => None,
        };
        let versions = whole(ItemField::version);
        let status = match self.column(ItemField::status) {
            Some(Column::Code(column)) => Some(column),
            _ => None,
        };
        let mut keys = Vec::with_capacity(self.hashes.len());
        let mut receipts: Vec<Receipt> = Vec::new();
        let place = |offset: i32| usize::try_from(offset).expect("offsets ascend from zero");
        for (row, &content) in self.hashes.iter().enumerate() {
            let id = &ids.bytes[place(ids.offsets[row])..place(ids.offsets[row + 1])];
            // The column holds zero where it is null, and an undeclared version is the first.
            let version = versions.map_or(1, |versions| versions[row].max(1));
            let is_cancelled = status.is_some_and(|status| status.is_text(row, CANCELLED));
            match receipts.last_mut() {
                Some(last) if last.version == version && last.declaration_id.as_bytes() == id => {
                    last.item_count += 1;
                    last.content = last.content.wrapping_add(content);
                    last.is_cancelled |= is_cancelled;
                }
                _ => receipts.push(Receipt {
                    declaration_id: String::from_utf8_lossy(id).into_owned(),
                    declaration_hash: declaration_hash(id),
                    version,
                    is_cancelled,
                    item_count: 1,
                    content,
                }),
            }
            let declaration = receipts.last().expect("the item has its receipt").declaration_hash;
            keys.push(ItemKey {
                key: item_key(declaration, version, numbers.values[row]),
                #[expect(clippy::cast_possible_truncation, reason = "half of a good hash is a good hash")]
                content: content as u32,
                line: u32::try_from(self.batch_rows[row]).unwrap_or(u32::MAX),
            });
        }
        (keys, receipts)
    }

    fn column(&self, field: ItemField) -> Option<&Column> {
        self.filled.iter().find(|filled| filled.rule.column == field as usize).map(|filled| &filled.column)
    }

    fn rounded(&mut self) -> BTreeMap<&'static str, u64> {
        rounded(&mut self.filled)
    }
}

fn column_for(rule: &FieldRule, seed: u64, context: &Context, check: TraderCheck) -> Column {
    let private = |party| Reading::Private { pseudonyms: Box::new(Pseudonymiser::new(&context.pseudonyms, party)), check };
    match rule.kind {
        Kind::Code => {
            let reading = match rule.column {
                column if column == ItemField::trader_key as usize => private(Party::Trader),
                column if column == ItemField::declarant_key as usize => private(Party::Declarant),
                column if column == ItemField::commodity_code as usize => Reading::Commodity,
                column if column == ItemField::status as usize => Reading::Status,
                _ => Reading::AsDeclared,
            };
            Column::Code(Box::new(CodeColumn::new(reading, seed)))
        }
        // Versions are counted from one: a null is the first.
        Kind::Int32 | Kind::Int64 => Column::Whole(WholeColumn::new(seed, i32::from(rule.column == ItemField::version as usize))),
        _ => Column::of(rule, seed),
    }
}
