//! Rows of cells to the record `item`, its keys and receipts.
//!
//! Every decoder ends here: a layout only has to say which bytes are which cell.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Date32Array, Int64Array, RecordBatch};
use arrow_buffer::ScalarBuffer;

use super::code_column::{ACCEPTED, CANCELLED, CodeColumn, Reading};
use super::column::{CellColumn, DateColumn, DecimalColumn, TextColumn, WholeColumn, absent, declared_text};
use super::hash::{declaration_hash, field_seed, item_key};
pub use super::rows::{Rows, Shown, Span};
use super::{Context, Decoded, ItemKey, Receipt, constant_code};
use crate::fault::{Fault, FaultCode, MASK, excerpt};
use crate::form::{FieldRule, Form, Source, TraderCheck, is_private};
use crate::pseudonym::{Party, Pseudonymiser};
use crate::schema::{ITEM, ItemField, Kind, Record};

/// Where the cells of a rule stand in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Cell(usize),
    /// The form gives a constant.
    Constant(Vec<u8>),
    /// The file does not have the optional column.
    Absent,
}

enum Column {
    Code(Box<CodeColumn>),
    Text(TextColumn),
    Date(DateColumn),
    Decimal(DecimalColumn),
    Whole(WholeColumn),
}

struct Filled {
    rule: FieldRule,
    place: Place,
    column: Column,
}

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

    /// Makes room for so many more rows.
    pub fn reserve(&mut self, rows: usize) {
        self.declaration_id.2.reserve(rows);
        self.item_no.2.reserve(rows);
        self.procedure.2.reserve(rows);
        self.batch_rows.reserve(rows);
        self.hashes.reserve(rows);
        for filled in &mut self.filled {
            match &mut filled.column {
                Column::Code(column) => column.reserve(rows),
                Column::Text(column) => column.reserve(rows),
                Column::Date(column) => column.reserve(rows),
                Column::Decimal(column) => column.reserve(rows),
                Column::Whole(column) => column.reserve(rows),
            }
        }
    }

    /// Reads a block of rows. A block that fits the cache is read fastest: column by
    /// column, each in a loop of its own.
    pub fn push(&mut self, rows: &Rows) {
        self.rows_seen += rows.lines.len() as u64;
        self.push_keys(rows);
        let first = self.hashes.len() - self.live.len();
        let (hashes, live, faults) = (&mut self.hashes[first..], &self.live, &mut self.faults);
        for filled in &mut self.filled {
            let Filled { rule, place, column } = filled;
            match column {
                Column::Code(column) => fill(column.as_mut(), rule, place, rows, live, hashes, faults),
                Column::Text(column) => fill(column, rule, place, rows, live, hashes, faults),
                Column::Date(column) => fill(column, rule, place, rows, live, hashes, faults),
                Column::Decimal(column) => fill(column, rule, place, rows, live, hashes, faults),
                Column::Whole(column) => fill(column, rule, place, rows, live, hashes, faults),
            }
        }
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
            let array = match &mut filled.column {
                Column::Code(column) => {
                    if filled.rule.column == ItemField::commodity_code as usize {
                        columns[ItemField::hs6 as usize] = Some(column.beginnings(6));
                    } else if filled.rule.column == ItemField::trader_key as usize {
                        columns[ItemField::trader_id_is_valid as usize] = Some(column.validity());
                    }
                    column.finish()
                }
                Column::Text(column) => column.finish(),
                Column::Date(column) => column.finish(),
                Column::Decimal(column) => column.finish(),
                Column::Whole(column) => column.finish(),
            };
            columns[filled.rule.column] = Some(array);
        }
        let columns = columns.into_iter().zip(ITEM);
        let columns = columns.map(|(column, field)| column.unwrap_or_else(|| absent(&field.kind.data_type(), count)));
        let items = RecordBatch::try_new(Record::Item.schema(), columns.collect());
        let mut faults = std::mem::take(&mut self.faults);
        // Columns were read one after the other: a stable sort puts each line's faults together, in their order.
        faults.sort_by_key(|fault| fault.line_no);
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
        let mut rounded = BTreeMap::new();
        for filled in &mut self.filled {
            if let Column::Decimal(column) = &mut filled.column
                && column.rounded > 0
            {
                rounded.insert(filled.rule.name, std::mem::take(&mut column.rounded));
            }
        }
        rounded
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
        Kind::Date => Column::Date(DateColumn::new(seed)),
        Kind::Decimal(scale) => Column::Decimal(DecimalColumn::new(seed, scale)),
        // Versions are counted from one: a null is the first.
        Kind::Int32 | Kind::Int64 => Column::Whole(WholeColumn::new(seed, i32::from(rule.column == ItemField::version as usize))),
        Kind::Text | Kind::Bool => Column::Text(TextColumn::new(seed)),
    }
}

#[inline]
fn cell<'cell>(rows: &Rows<'cell>, row: usize, place: &'cell Place) -> &'cell [u8] {
    match place {
        Place::Cell(place) => rows.cell(row, *place),
        Place::Constant(text) => text,
        Place::Absent => b"",
    }
}

/// Appends the cells of one column.
#[inline]
fn fill<C: CellColumn>(
    column: &mut C,
    rule: &FieldRule,
    place: &Place,
    rows: &Rows,
    live: &[(u32, i32)],
    hashes: &mut [u64],
    faults: &mut Vec<Fault>,
) {
    let mut push = |row: usize, cell: &[u8], hash: &mut u64| match column.push(cell, rule, rows.is_sound) {
        Ok(share) => *hash = hash.wrapping_add(share),
        Err(code) => faults.push(cell_fault(rows, row, rule, place, code)),
    };
    match place {
        // Nearly every block: no row has fallen out.
        Place::Cell(place) if live.len() == rows.lines.len() => {
            for ((row, spans), hash) in rows.spans.chunks_exact(rows.width).enumerate().zip(hashes) {
                push(row, rows.bytes(spans[*place]), hash);
            }
        }
        _ => {
            for ((row, _), hash) in live.iter().zip(hashes) {
                push(*row as usize, cell(rows, *row as usize, place), hash);
            }
        }
    }
}

#[cold]
fn cell_fault(rows: &Rows, row: usize, rule: &FieldRule, place: &Place, code: FaultCode) -> Fault {
    let found = if is_private(rule.column) { MASK.to_owned() } else { excerpt(cell(rows, row, place)) };
    Fault {
        line_no: rows.lines[row],
        column: Some(label(rule, rows).to_owned()),
        code,
        found,
        expected: expected(rule, code),
        is_line: false,
        statistical_value: None,
        declaration_type: None,
        raw: rows.raw(row),
    }
}

/// The column as the file names it, so that it can be found there; in a tree the
/// field, because paths are long and several lead to one field.
fn label<'rule>(rule: &'rule FieldRule, rows: &Rows) -> &'rule str {
    match (&rule.source, rows.shown) {
        (Source::Place { place, .. }, Shown::Line { .. }) => place,
        _ => rule.name,
    }
}

fn expected(rule: &FieldRule, code: FaultCode) -> Cow<'static, str> {
    match (code, rule.kind) {
        (FaultCode::KeyEmpty, _) => "a value: without it the line means nothing".into(),
        (FaultCode::DateFormat | FaultCode::DateUnknown, _) => format!("a date as {}", rule.conversion.date().text()).into(),
        (FaultCode::TooManyDigits, Kind::Decimal(scale)) => format!("at most {} digits before the point", 18 - scale).into(),
        (FaultCode::TooManyDigits, _) => "a whole number below 2147483648".into(),
        (FaultCode::Negative, _) if [ItemField::item_no as usize, ItemField::version as usize].contains(&rule.column) => {
            "1 or more".into()
        }
        (FaultCode::Negative, _) => "0 or more".into(),
        (FaultCode::NotANumber, Kind::Decimal(_)) => "a number".into(),
        (FaultCode::NotANumber | FaultCode::NotWhole, _) => "a whole number".into(),
        (FaultCode::CommodityNotDigits | FaultCode::CommodityLength, _) => "6 to 12 digits".into(),
        (FaultCode::StatusUnknown, _) => "accepted or cancelled".into(),
        (FaultCode::BrokenText, _) => "text in the encoding of the form".into(),
        _ => "a cell that can be read".into(),
    }
}
