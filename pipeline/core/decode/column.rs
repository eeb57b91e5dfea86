//! Columns while they are being filled.
//!
//! Each takes the trimmed bytes of one cell, appends one value or a null, and gives
//! the cell's share of the item's hash. A cell that cannot be read appends a null and
//! says what is wrong; whoever fills the column knows the line and makes the fault.

use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Int32Array, StringArray, new_null_array};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};

use super::hash::{number_hash, text_hash};
use crate::convert::{DateTrouble, NumberTrouble};
use crate::fault::FaultCode;
use crate::form::FieldRule;
use crate::schema::{DECIMAL_PRECISION, WIDE_PRECISION};

/// What a cell adds to the item's hash, nothing for a null; or why it cannot be read.
pub(super) type Pushed = Result<u64, FaultCode>;

/// A column being filled from cells: one value or one null a cell, and a share of the item's hash.
pub(super) trait CellColumn {
    /// Appends one cell. `is_sound` tells that the bytes are known to be text.
    fn push(&mut self, cell: &[u8], rule: &FieldRule, is_sound: bool) -> Pushed;
    /// Makes room for so many more rows.
    fn reserve(&mut self, rows: usize);
    /// The values so far; the column begins anew.
    fn finish(&mut self) -> ArrayRef;
}

/// Text of a cell as the form converts it; none when nothing is declared.
pub(super) fn declared_text<'cell>(
    cell: &'cell [u8],
    rule: &FieldRule,
) -> Result<Option<std::borrow::Cow<'cell, str>>, FaultCode> {
    let text = std::str::from_utf8(cell).map_err(|_| FaultCode::BrokenText)?;
    // What the transcoder, or somebody before us, put in place of bytes it could not read.
    if text.contains(char::REPLACEMENT_CHARACTER) {
        return Err(FaultCode::BrokenText);
    }
    if rule.is_null(text) {
        return Ok(None);
    }
    let converted = rule.conversion.text(text);
    Ok((!converted.is_empty()).then_some(converted))
}

/// Whether a number or date cell declares nothing.
#[inline]
fn is_null(cell: &[u8], rule: &FieldRule) -> bool {
    cell.is_empty() || !rule.null_when.is_empty() && rule.null_when.iter().any(|null| null.as_bytes() == cell)
}

impl From<NumberTrouble> for FaultCode {
    fn from(trouble: NumberTrouble) -> FaultCode {
        match trouble {
            NumberTrouble::NotANumber => FaultCode::NotANumber,
            NumberTrouble::TooManyDigits => FaultCode::TooManyDigits,
            NumberTrouble::NotWhole => FaultCode::NotWhole,
        }
    }
}

impl From<DateTrouble> for FaultCode {
    fn from(trouble: DateTrouble) -> FaultCode {
        match trouble {
            DateTrouble::Format => FaultCode::DateFormat,
            DateTrouble::Unknown => FaultCode::DateUnknown,
        }
    }
}

/// Which rows hold a value: one bit a row, kept in a word until it is full.
#[derive(Default)]
pub(super) struct Validity {
    words: Vec<u64>,
    word: u64,
    rows: usize,
    nulls: usize,
}

impl Validity {
    /// Notes the next row.
    #[inline]
    pub(super) fn append(&mut self, is_valid: bool) {
        self.word |= u64::from(is_valid) << (self.rows % 64);
        self.rows += 1;
        self.nulls += usize::from(!is_valid);
        if self.rows.is_multiple_of(64) {
            self.words.push(self.word);
            self.word = 0;
        }
    }

    /// None where every row has a value, as Arrow prefers it. The rows stay.
    pub(super) fn nulls(&self) -> Option<NullBuffer> {
        if self.nulls == 0 {
            return None;
        }
        let mut words = self.words.clone();
        words.push(self.word);
        Some(NullBuffer::new(BooleanBuffer::new(Buffer::from_vec(words), 0, self.rows)))
    }

    /// As [`Validity::nulls`]; the next row is the first again.
    pub(super) fn finish(&mut self) -> Option<NullBuffer> {
        let nulls = self.nulls();
        self.words.clear();
        (self.word, self.rows, self.nulls) = (0, 0, 0);
        nulls
    }
}

/// Texts that hardly repeat; an empty text is a null.
pub(super) struct TextColumn {
    seed: u64,
    pub(super) offsets: Vec<i32>,
    pub(super) bytes: Vec<u8>,
    nulls: Validity,
}

impl TextColumn {
    /// An empty column; `seed` is the field's own.
    pub(super) fn new(seed: u64) -> TextColumn {
        TextColumn { seed, offsets: vec![0], bytes: Vec::new(), nulls: Validity::default() }
    }

    fn append(&mut self, text: &[u8]) -> u64 {
        self.bytes.extend_from_slice(text);
        self.offsets.push(i32::try_from(self.bytes.len()).expect("a chunk's texts fit two gigabytes"));
        self.nulls.append(!text.is_empty());
        if text.is_empty() { 0 } else { text_hash(self.seed, text) }
    }
}

impl CellColumn for TextColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, is_sound: bool) -> Pushed {
        if is_sound && rule.null_when.is_empty() && rule.conversion.is_plain() {
            return Ok(self.append(cell));
        }
        match declared_text(cell, rule) {
            Ok(text) => Ok(self.append(text.as_deref().unwrap_or("").as_bytes())),
            Err(fault) => {
                self.append(b"");
                Err(fault)
            }
        }
    }

    fn reserve(&mut self, rows: usize) {
        self.offsets.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        let offsets = std::mem::replace(&mut self.offsets, vec![0]);
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        Arc::new(StringArray::try_new(offsets, bytes, self.nulls.finish()).expect("every cell was checked to be text"))
    }
}

/// Days since 1970-01-01.
pub(super) struct DateColumn {
    seed: u64,
    days: Vec<i32>,
    nulls: Validity,
}

impl DateColumn {
    /// An empty column; `seed` is the field's own.
    pub(super) fn new(seed: u64) -> DateColumn {
        DateColumn { seed, days: Vec::new(), nulls: Validity::default() }
    }
}

impl CellColumn for DateColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        let read = if is_null(cell, rule) { Ok(None) } else { rule.conversion.date().parse(cell).map(Some) };
        let day = read.unwrap_or(None);
        self.days.push(day.unwrap_or(0));
        self.nulls.append(day.is_some());
        read?;
        Ok(day.map_or(0, |day| number_hash(self.seed, i64::from(day))))
    }

    fn reserve(&mut self, rows: usize) {
        self.days.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(Date32Array::new(ScalarBuffer::from(std::mem::take(&mut self.days)), self.nulls.finish()))
    }
}

/// Numbers of declarations, in units of the last stored digit; `rounded` counts those that lost decimals.
pub(super) struct DecimalColumn {
    seed: u64,
    scale: i8,
    values: Vec<i128>,
    nulls: Validity,
    pub(super) rounded: u64,
}

impl DecimalColumn {
    /// An empty column with so many digits after the point; `seed` is the field's own.
    pub(super) fn new(seed: u64, scale: i8) -> DecimalColumn {
        DecimalColumn { seed, scale, values: Vec::new(), nulls: Validity::default(), rounded: 0 }
    }

    #[inline]
    fn append(&mut self, value: Option<i64>) {
        self.values.push(i128::from(value.unwrap_or(0)));
        self.nulls.append(value.is_some());
    }
}

impl CellColumn for DecimalColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        if is_null(cell, rule) {
            self.append(None);
            return Ok(0);
        }
        let number = match rule.conversion.decimal().parse(cell, self.scale) {
            Ok(number) => number,
            Err(trouble) => {
                self.append(None);
                return Err(trouble.into());
            }
        };
        self.append(Some(number.value));
        self.rounded += u64::from(number.is_rounded);
        Ok(number_hash(self.seed, number.value))
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        let values = Decimal128Array::new(ScalarBuffer::from(std::mem::take(&mut self.values)), self.nulls.finish());
        Arc::new(values.with_precision_and_scale(DECIMAL_PRECISION, self.scale).expect("the schema's scales are below eighteen"))
    }
}

/// Numbers of partner files.
pub(super) struct WideColumn {
    seed: u64,
    scale: i8,
    values: Vec<i128>,
    nulls: Validity,
    pub(super) rounded: u64,
}

impl WideColumn {
    /// An empty column with so many digits after the point; `seed` is the field's own.
    pub(super) fn new(seed: u64, scale: i8) -> WideColumn {
        WideColumn { seed, scale, values: Vec::new(), nulls: Validity::default(), rounded: 0 }
    }

    #[inline]
    fn append(&mut self, value: Option<i128>) {
        self.values.push(value.unwrap_or(0));
        self.nulls.append(value.is_some());
    }
}

impl CellColumn for WideColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        if is_null(cell, rule) {
            self.append(None);
            return Ok(0);
        }
        let number = match rule.conversion.decimal().parse_wide(cell, self.scale) {
            Ok(number) => number,
            Err(trouble) => {
                self.append(None);
                return Err(trouble.into());
            }
        };
        if number.value < 0 {
            self.append(None);
            return Err(FaultCode::Negative);
        }
        self.append(Some(number.value));
        self.rounded += u64::from(number.is_rounded);
        #[expect(clippy::cast_possible_truncation, reason = "half of a number hashes well enough")]
        Ok(number_hash(self.seed, number.value as i64))
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        let values = Decimal128Array::new(ScalarBuffer::from(std::mem::take(&mut self.values)), self.nulls.finish());
        Arc::new(values.with_precision_and_scale(WIDE_PRECISION, self.scale).expect("the schema's scales are below its digits"))
    }
}

/// True or false, as programs of several kinds write them.
pub(super) struct BoolColumn {
    seed: u64,
    values: Vec<bool>,
    nulls: Validity,
}

impl BoolColumn {
    /// An empty column; `seed` is the field's own.
    pub(super) fn new(seed: u64) -> BoolColumn {
        BoolColumn { seed, values: Vec::new(), nulls: Validity::default() }
    }
}

impl CellColumn for BoolColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        let text = declared_text(cell, rule);
        let value = match text.as_ref().map(|text| text.as_deref()) {
            Ok(None) => Ok(None),
            Ok(Some("true" | "True" | "TRUE" | "1")) => Ok(Some(true)),
            Ok(Some("false" | "False" | "FALSE" | "0")) => Ok(Some(false)),
            Ok(Some(_)) => Err(FaultCode::NotTrueOrFalse),
            Err(fault) => Err(*fault),
        };
        let known = value.unwrap_or(None);
        self.values.push(known.unwrap_or(false));
        self.nulls.append(known.is_some());
        value?;
        Ok(known.map_or(0, |known| number_hash(self.seed, i64::from(known))))
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        let values = BooleanBuffer::from(std::mem::take(&mut self.values));
        Arc::new(BooleanArray::new(values, self.nulls.finish()))
    }
}

/// Whole numbers of 32 bits, none below a least one.
pub(super) struct WholeColumn {
    seed: u64,
    /// Below this a count is impossible.
    least: i32,
    pub(super) values: Vec<i32>,
    nulls: Validity,
}

impl WholeColumn {
    /// An empty column; `seed` is the field's own, and a number below `least` is a fault.
    pub(super) fn new(seed: u64, least: i32) -> WholeColumn {
        WholeColumn { seed, least, values: Vec::new(), nulls: Validity::default() }
    }

    /// The number of a cell, none where nothing is declared; it is not appended, because keys are judged first.
    ///
    /// # Errors
    /// When the cell is no whole number, is too large, or below the least.
    #[inline]
    pub(super) fn read(&self, cell: &[u8], rule: &FieldRule) -> Result<Option<i32>, FaultCode> {
        if is_null(cell, rule) {
            return Ok(None);
        }
        let number = rule.conversion.decimal().parse_whole(cell)?;
        if number < self.least { Err(FaultCode::Negative) } else { Ok(Some(number)) }
    }

    /// Appends a number or a null; gives its share of the item's hash, nothing for a null.
    #[inline]
    pub(super) fn append(&mut self, number: Option<i32>) -> u64 {
        self.values.push(number.unwrap_or(0));
        self.nulls.append(number.is_some());
        number.map_or(0, |number| number_hash(self.seed, i64::from(number)))
    }
}

impl CellColumn for WholeColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        let read = self.read(cell, rule);
        let hash = self.append(read.unwrap_or(None));
        read.map(|_| hash)
    }

    fn reserve(&mut self, rows: usize) {
        self.values.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        Arc::new(Int32Array::new(ScalarBuffer::from(std::mem::take(&mut self.values)), self.nulls.finish()))
    }
}

/// A column nothing fills.
pub(super) fn absent(data_type: &arrow_schema::DataType, rows: usize) -> ArrayRef {
    let nulls = new_null_array(data_type, rows);
    debug_assert_eq!(nulls.len(), rows, "a null for every row");
    nulls
}
