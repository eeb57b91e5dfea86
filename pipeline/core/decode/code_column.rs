//! Columns of codes: few texts, many times over.
//!
//! A distinct cell is read once in the life of the decoder, whatever that takes: its
//! conversion, its check, its pseudonym. Every later one like it is a look-up. Each
//! chunk still gets a dictionary of its own texts, in the order it meets them, so
//! that what a decoder has seen before never shows.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, BooleanArray, DictionaryArray, Int32Array, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::column::{CellColumn, Pushed, Validity, declared_text};
use super::hash::{mix, stable_hash};
use super::intern::{Interner, Packed, pack};
use crate::fault::FaultCode;
use crate::form::{FieldRule, TraderCheck};
use crate::pseudonym::{Pseudonymiser, normalise};

/// What a code column makes of a text.
pub(super) enum Reading {
    AsDeclared,
    /// Six to twelve digits.
    Commodity,
    /// Accepted or cancelled; nothing declared is accepted.
    Status,
    /// A keyed pseudonym, and whether the number is plausible.
    Private {
        pseudonyms: Box<Pseudonymiser>,
        check: TraderCheck,
    },
}

/// What a distinct cell came to.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// Which known text; below zero for null.
    text: i32,
    pub(super) hash: u64,
    pub(super) fault: Option<FaultCode>,
}

impl Outcome {
    /// Whether the column has no value for the cell: nothing was declared, or it cannot be read.
    pub(super) fn is_null(&self) -> bool {
        self.text < 0
    }
}

/// The cell of the row before, and what was appended for it; none after a fault.
#[derive(Clone, Copy, Default)]
struct Recent {
    packed: Option<Packed>,
    place: i32,
    is_valid: bool,
    hash: u64,
}

/// Above this many texts the memory starts anew, so that it stays bounded whatever the file.
const REMEMBERED: usize = 1 << 17;

/// A column of one field with few texts; a cell's outcome and its row are appended apart, as keys are judged before.
pub(super) struct CodeColumn {
    reading: Reading,
    seed: u64,
    cells: Interner,
    recent: Recent,
    /// By number of the cell.
    outcomes: Vec<Outcome>,
    known: Texts,
    /// By known text: its place in the chunk's dictionary, below zero where it has none yet.
    places: Vec<i32>,
    /// By known text: plausibility of the number behind a pseudonym.
    is_valid: Vec<Option<bool>>,
    /// The chunk's dictionary, as known texts.
    dictionary: Vec<u32>,
    /// By row: place in the dictionary.
    codes: Vec<i32>,
    nulls: Validity,
}

/// State of an item that counts; also of one whose state is not declared or cannot be read.
pub(super) const ACCEPTED: &str = "accepted";
/// State of an item whose declaration is withdrawn.
pub(super) const CANCELLED: &str = "cancelled";
/// How American programs spell it.
const CANCELED: &str = "canceled";

impl CodeColumn {
    /// An empty column; `seed` is the field's own, so that equal texts of two fields hash apart.
    pub(super) fn new(reading: Reading, seed: u64) -> CodeColumn {
        CodeColumn {
            reading,
            seed,
            cells: Interner::new(),
            recent: Recent::default(),
            outcomes: Vec::new(),
            known: Texts::default(),
            places: Vec::new(),
            is_valid: Vec::new(),
            dictionary: Vec::new(),
            codes: Vec::new(),
            nulls: Validity::default(),
        }
    }

    /// What a cell comes to.
    #[inline]
    pub(super) fn outcome(&mut self, cell: &[u8], rule: &FieldRule) -> Outcome {
        let (number, is_new) = self.cells.number(cell);
        if is_new {
            let outcome = self.read(cell, rule);
            self.outcomes.push(outcome);
        }
        self.outcomes[number as usize]
    }

    /// Appends a row with what [`CodeColumn::outcome`] gave since the last `finish`.
    #[inline]
    pub(super) fn append(&mut self, outcome: Outcome) {
        self.nulls.append(outcome.text >= 0);
        let Ok(text) = usize::try_from(outcome.text) else {
            self.codes.push(0);
            return;
        };
        let mut place = self.places[text];
        if place < 0 {
            place = count(self.dictionary.len());
            self.dictionary.push(outcome.text.cast_unsigned());
            self.places[text] = place;
        }
        self.codes.push(place);
    }

    #[cold]
    fn read(&mut self, cell: &[u8], rule: &FieldRule) -> Outcome {
        let (text, fault) = match declared_text(cell, rule) {
            Ok(text) => (text, None),
            Err(fault) => (None, Some(fault)),
        };
        let (text, is_valid, trouble) = self.judge(text);
        let fault = fault.or(trouble);
        // What cannot be read hashes as what is not there: both are null.
        let Some(text) = text else { return Outcome { text: -1, hash: 0, fault } };
        let hash = stable_hash(text.as_bytes());
        let (text, is_new) = self.known.number(&text, hash);
        if is_new {
            self.places.push(-1);
            self.is_valid.push(is_valid);
        }
        Outcome { text: text.cast_signed(), hash: mix(hash, self.seed), fault }
    }

    fn judge<'cell>(&mut self, text: Option<Cow<'cell, str>>) -> (Option<Cow<'cell, str>>, Option<bool>, Option<FaultCode>) {
        let Some(text) = text else {
            return (matches!(self.reading, Reading::Status).then_some(ACCEPTED.into()), None, None);
        };
        match &mut self.reading {
            Reading::AsDeclared => (Some(text), None, None),
            Reading::Status => match text.to_lowercase().as_str() {
                ACCEPTED => (Some(ACCEPTED.into()), None, None),
                CANCELLED | CANCELED => (Some(CANCELLED.into()), None, None),
                // The state may not be null: an item whose cancellation cannot be read stays in, with a fault.
                _ => (Some(ACCEPTED.into()), None, Some(FaultCode::StatusUnknown)),
            },
            Reading::Commodity => match commodity_fault(&text) {
                None => (Some(text), None, None),
                fault => (None, None, fault),
            },
            Reading::Private { pseudonyms, check } => {
                let normalised = normalise(&text);
                (Some(pseudonyms.pseudonym(&normalised).to_owned().into()), check.judge(&normalised), None)
            }
        }
    }

    /// Whether a cell came to this text.
    pub(super) fn is(&self, outcome: &Outcome, text: &str) -> bool {
        u32::try_from(outcome.text).is_ok_and(|known| self.known.text(known) == text)
    }

    /// Which rows hold the text.
    pub(super) fn is_text(&self, row: usize, text: &str) -> bool {
        let known = usize::try_from(self.codes[row]).ok().and_then(|place| self.dictionary.get(place));
        known.is_some_and(|known| self.known.text(*known) == text)
    }

    /// Another code column with the same rows: the first so many letters of each text.
    pub(super) fn beginnings(&self, letters: usize) -> ArrayRef {
        let mut beginnings = Texts::default();
        let beginning = |text: &u32| {
            let text = self.known.text(*text);
            let text = text.get(..letters).unwrap_or(text);
            beginnings.number(text, stable_hash(text.as_bytes())).0.cast_signed()
        };
        let places: Vec<i32> = self.dictionary.iter().map(beginning).collect();
        let place = |code: &i32| usize::try_from(*code).ok().and_then(|code| places.get(code)).copied().unwrap_or(0);
        let texts: Vec<u32> = (0..beginnings.len()).collect();
        dictionary_array(self.codes.iter().map(place).collect(), &self.nulls, beginnings.array(&texts))
    }

    /// Plausibility of each row's number.
    pub(super) fn validity(&self) -> ArrayRef {
        let judged: Vec<Option<bool>> = self.dictionary.iter().map(|text| self.is_valid[*text as usize]).collect();
        let nulls = self.nulls.nulls();
        let of_row = |(row, code): (usize, &i32)| {
            let is_null = nulls.as_ref().is_some_and(|nulls| nulls.is_null(row));
            if is_null { None } else { judged.get(usize::try_from(*code).ok()?).copied().flatten() }
        };
        Arc::new(self.codes.iter().enumerate().map(of_row).collect::<BooleanArray>())
    }
}

impl CellColumn for CodeColumn {
    #[inline]
    fn push(&mut self, cell: &[u8], rule: &FieldRule, _is_sound: bool) -> Pushed {
        // Rows of one declaration repeat each other: the row before is the best guess.
        let packed = pack(cell);
        if packed == self.recent.packed && packed.is_some() {
            self.codes.push(self.recent.place);
            self.nulls.append(self.recent.is_valid);
            return Ok(self.recent.hash);
        }
        let outcome = self.outcome(cell, rule);
        self.append(outcome);
        match outcome.fault {
            None => {
                let place = self.codes.last().copied().unwrap_or(0);
                self.recent = Recent { packed, place, is_valid: !outcome.is_null(), hash: outcome.hash };
                Ok(outcome.hash)
            }
            Some(fault) => Err(fault),
        }
    }

    fn reserve(&mut self, rows: usize) {
        self.codes.reserve(rows);
    }

    fn finish(&mut self) -> ArrayRef {
        // Places are of one chunk.
        self.recent = Recent::default();
        let texts = self.known.array(&self.dictionary);
        let array = dictionary_array(std::mem::take(&mut self.codes), &self.nulls, texts);
        self.nulls.finish();
        for text in self.dictionary.drain(..) {
            self.places[text as usize] = -1;
        }
        if self.outcomes.len() > REMEMBERED {
            self.cells.clear();
            self.outcomes.clear();
            self.known = Texts::default();
            self.places.clear();
            self.is_valid.clear();
        }
        array
    }
}

fn dictionary_array(codes: Vec<i32>, nulls: &Validity, texts: ArrayRef) -> ArrayRef {
    let codes = Int32Array::new(ScalarBuffer::from(codes), nulls.nulls());
    Arc::new(DictionaryArray::<Int32Type>::try_new(codes, texts).expect("each code has its text"))
}

/// Six to twelve digits, as declared. Five may be six that lost a zero, and padding
/// would make another good of it: only the sender can say.
pub(super) fn commodity_fault(code: &str) -> Option<FaultCode> {
    if !code.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(FaultCode::CommodityNotDigits)
    } else if !(6..=12).contains(&code.len()) {
        Some(FaultCode::CommodityLength)
    } else {
        None
    }
}

/// Distinct texts, numbered as they come. One buffer for all, because there are tens of thousands.
#[derive(Default)]
struct Texts {
    numbers: HashTable<u32>,
    text: String,
    ends: Vec<i32>,
}

impl Texts {
    /// The number of a text whose stable hash is known, and whether it is new.
    fn number(&mut self, wanted: &str, hash: u64) -> (u32, bool) {
        let Texts { numbers, text, ends } = self;
        let entry = numbers.entry(
            hash,
            |number| slice(text, ends, *number) == wanted,
            |number| stable_hash(slice(text, ends, *number).as_bytes()),
        );
        match entry {
            Entry::Occupied(entry) => (*entry.get(), false),
            Entry::Vacant(entry) => {
                let number = count(ends.len()).cast_unsigned();
                text.push_str(wanted);
                ends.push(count(text.len()));
                entry.insert(number);
                (number, true)
            }
        }
    }

    fn len(&self) -> u32 {
        count(self.ends.len()).cast_unsigned()
    }

    fn text(&self, number: u32) -> &str {
        slice(&self.text, &self.ends, number)
    }

    /// These texts, in this order.
    fn array(&self, numbers: &[u32]) -> ArrayRef {
        let mut text = String::new();
        let mut offsets = Vec::with_capacity(numbers.len() + 1);
        offsets.push(0);
        for number in numbers {
            text.push_str(self.text(*number));
            offsets.push(count(text.len()));
        }
        let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
        let bytes = Buffer::from_vec(text.into_bytes());
        Arc::new(StringArray::try_new(offsets, bytes, None).expect("the buffer was a string"))
    }
}

fn slice<'texts>(texts: &'texts str, ends: &[i32], number: u32) -> &'texts str {
    let end = |place: usize| usize::try_from(ends[place]).expect("ends ascend from zero");
    let place = number as usize;
    &texts[place.checked_sub(1).map_or(0, end)..end(place)]
}

fn count(texts: usize) -> i32 {
    i32::try_from(texts).expect("what is remembered is far below two gigabytes")
}
