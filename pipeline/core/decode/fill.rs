//! Blocks of rows to columns: where each rule finds its cells, and what is wrong with them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_array::ArrayRef;

use super::code_column::{CodeColumn, Reading};
use super::column::{BoolColumn, CellColumn, DateColumn, DecimalColumn, TextColumn, WholeColumn, WideColumn};
use super::rows::{Rows, Shown};
use crate::fault::{Fault, FaultCode, MASK};
use crate::form::{FieldRule, Source};
use crate::schema::Kind;

/// Where the cells of a rule stand in a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Cell(usize),
    /// The form gives a constant.
    Constant(Vec<u8>),
    /// The file does not have the optional column.
    Absent,
}

/// A column being filled, by the kind of its field: told apart once a block and not once a cell.
pub(super) enum Column {
    Code(Box<CodeColumn>),
    Text(TextColumn),
    Date(DateColumn),
    Decimal(DecimalColumn),
    Whole(WholeColumn),
    Wide(WideColumn),
    Bool(BoolColumn),
}

impl Column {
    /// The column for a kind of field, where the kind alone says it.
    pub(super) fn of(rule: &FieldRule, seed: u64) -> Column {
        match rule.kind {
            Kind::Code => Column::Code(Box::new(CodeColumn::new(Reading::AsDeclared, seed))),
            Kind::Text => Column::Text(TextColumn::new(seed)),
            Kind::Date => Column::Date(DateColumn::new(seed)),
            Kind::Decimal(scale) => Column::Decimal(DecimalColumn::new(seed, scale)),
            Kind::Wide(scale) => Column::Wide(WideColumn::new(seed, scale)),
            Kind::Int32 | Kind::Int64 => Column::Whole(WholeColumn::new(seed, 0)),
            Kind::Bool => Column::Bool(BoolColumn::new(seed)),
        }
    }

    fn cells(&mut self) -> &mut dyn CellColumn {
        match self {
            Column::Code(column) => column.as_mut(),
            Column::Text(column) => column,
            Column::Date(column) => column,
            Column::Decimal(column) => column,
            Column::Whole(column) => column,
            Column::Wide(column) => column,
            Column::Bool(column) => column,
        }
    }

    /// Makes room for so many more rows.
    pub(super) fn reserve(&mut self, rows: usize) {
        self.cells().reserve(rows);
    }

    /// The values so far; the column begins anew.
    pub(super) fn finish(&mut self) -> ArrayRef {
        self.cells().finish()
    }
}

/// A column with the rule that fills it.
pub(super) struct Filled {
    pub(super) rule: FieldRule,
    pub(super) place: Place,
    pub(super) column: Column,
}

impl Filled {
    /// Appends the cells of the rows that go on, each column in a loop of its own kind.
    #[inline]
    pub(super) fn push(&mut self, rows: &Rows, live: &[(u32, i32)], hashes: &mut [u64], faults: &mut Vec<Fault>) {
        let Filled { rule, place, column } = self;
        match column {
            Column::Code(column) => fill(column.as_mut(), rule, place, rows, live, hashes, faults),
            Column::Text(column) => fill(column, rule, place, rows, live, hashes, faults),
            Column::Date(column) => fill(column, rule, place, rows, live, hashes, faults),
            Column::Decimal(column) => fill(column, rule, place, rows, live, hashes, faults),
            Column::Whole(column) => fill(column, rule, place, rows, live, hashes, faults),
            Column::Wide(column) => fill(column, rule, place, rows, live, hashes, faults),
            Column::Bool(column) => fill(column, rule, place, rows, live, hashes, faults),
        }
    }
}

/// Numbers that lost decimals other than zero since the last time, by field.
pub(super) fn rounded(filled: &mut [Filled]) -> BTreeMap<&'static str, u64> {
    let mut rounded: BTreeMap<&'static str, u64> = BTreeMap::new();
    for Filled { rule, column, .. } in filled {
        let count = match column {
            Column::Decimal(column) => std::mem::take(&mut column.rounded),
            Column::Wide(column) => std::mem::take(&mut column.rounded),
            _ => 0,
        };
        if count > 0 {
            *rounded.entry(rule.name).or_default() += count;
        }
    }
    rounded
}

/// The bytes that a rule reads in a row; none where the column is absent.
#[inline]
pub(super) fn cell<'cell>(rows: &Rows<'cell>, row: usize, place: &'cell Place) -> &'cell [u8] {
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

/// The fault of one cell, which shows what stands there unless the field is a party's number.
#[cold]
pub(super) fn cell_fault(rows: &Rows, row: usize, rule: &FieldRule, place: &Place, code: FaultCode) -> Fault {
    let found = if rule.is_private { MASK.to_owned() } else { rows.shown_text(row, cell(rows, row, place)) };
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

/// What the cell should have been.
pub(super) fn expected(rule: &FieldRule, code: FaultCode) -> Cow<'static, str> {
    match (code, rule.kind) {
        (FaultCode::KeyEmpty, _) => "a value: without it the line means nothing".into(),
        (FaultCode::DateFormat | FaultCode::DateUnknown, _) => rule.conversion.date().expected().into(),
        (FaultCode::TooManyDigits, Kind::Decimal(scale)) => format!("at most {} digits before the point", 18 - scale).into(),
        (FaultCode::TooManyDigits, Kind::Wide(scale)) => format!("at most {} digits before the point", 28 - scale).into(),
        (FaultCode::NotTrueOrFalse, _) => "true or false".into(),
        (FaultCode::TooManyDigits, _) => "a whole number below 2147483648".into(),
        (FaultCode::Negative, _) if matches!(rule.name, "item_no" | "version") => "1 or more".into(),
        (FaultCode::Negative, _) => "0 or more".into(),
        (FaultCode::NotANumber, Kind::Decimal(_) | Kind::Wide(_)) => "a number".into(),
        (FaultCode::NotANumber | FaultCode::NotWhole, _) => "a whole number".into(),
        (FaultCode::CommodityNotDigits | FaultCode::CommodityLength, _) => "6 to 12 digits".into(),
        (FaultCode::StatusUnknown, _) => "accepted or cancelled".into(),
        (FaultCode::BrokenText, _) => "text in the encoding of the form".into(),
        _ => "a cell that can be read".into(),
    }
}
