//! Bytes to typed batches and faults.
//!
//! A line that cannot be read becomes a [`Fault`] and the file goes on; only a file
//! that is not of its form at all is an error ([`FormMismatch`]). Invariants: lines
//! read = items + faulted lines; what is decoded does not depend on where a file
//! was cut into chunks; trader and declarant numbers leave only as pseudonyms.

pub mod build;
mod code_column;
mod column;
pub mod delimited;
pub mod document;
pub mod encoding;
mod fill;
pub mod flow;
mod hash;
mod intern;
mod json;
mod mismatch;
mod rows;
mod xml;

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray};
use chrono::NaiveDate;

pub use hash::{declaration_hash, item_key};
pub use mismatch::FormMismatch;

use crate::fault::{Fault, fault_batch};
use crate::form::TraderCheck;
use crate::pseudonym::PseudonymKey;
use crate::schema::Record;

/// Faults held at once: one takes many times the room of its cell, so where there are many,
/// what has been read is handed over as it comes.
const FAULTS_AT_ONCE: usize = if cfg!(test) { 8 } else { 1 << 14 };

/// What is the same for every record of a batch.
#[derive(Clone, Debug)]
pub struct Context {
    pub batch_id: String,
    pub received_on: NaiveDate,
    pub pseudonyms: PseudonymKey,
    /// The profile's check of traders' numbers; a form's own goes before it.
    pub trader_check: TraderCheck,
}

impl Context {
    /// Days since 1970-01-01, as Arrow stores dates.
    #[must_use]
    pub fn received_day(&self) -> i32 {
        i32::try_from(self.received_on.signed_duration_since(NaiveDate::default()).num_days())
            .expect("chrono's years fit 32 bits of days")
    }
}

/// Sixteen bytes an item, so that ten million can be checked for uniqueness in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemKey {
    /// Hash of declaration, version and item number.
    pub key: u64,
    /// Hash of every declared cell; equal keys with unequal contents are rule V02.
    pub content: u32,
    pub line: u32,
}

/// A run of items of one declaration and version, in file order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub declaration_id: String,
    /// Hash of the number, to match declarations without comparing text.
    pub declaration_hash: i64,
    /// An undeclared version is the first.
    pub version: i32,
    pub is_cancelled: bool,
    pub item_count: i32,
    /// Sum of the items' hashes: the same items in any order and any cut give the same.
    pub content: u64,
}

impl Receipt {
    /// Joins two runs of the same declaration and version, as at a border of chunks.
    pub fn merge(&mut self, other: &Receipt) {
        self.item_count = self.item_count.saturating_add(other.item_count);
        self.content = self.content.wrapping_add(other.content);
        self.is_cancelled |= other.is_cancelled;
    }

    /// Whether both are of one version of one declaration, and may be merged.
    #[must_use]
    pub fn is_same(&self, other: &Receipt) -> bool {
        self.version == other.version && self.declaration_id == other.declaration_id
    }
}

/// The relation `receipt` of one batch.
///
/// # Panics
/// Never: the columns are made from the schema they are checked against.
#[must_use]
pub fn receipt_batch(batch_id: &str, receipts: &[Receipt]) -> RecordBatch {
    use arrow_array::{BooleanArray, Int64Array};
    let columns: Vec<ArrayRef> = vec![
        constant_code(batch_id, receipts.len()),
        Arc::new(receipts.iter().map(|receipt| Some(receipt.declaration_id.as_str())).collect::<StringArray>()),
        Arc::new(Int64Array::from_iter_values(receipts.iter().map(|receipt| receipt.declaration_hash))),
        Arc::new(Int32Array::from_iter_values(receipts.iter().map(|receipt| receipt.version))),
        Arc::new(receipts.iter().map(|receipt| Some(receipt.is_cancelled)).collect::<BooleanArray>()),
        Arc::new(Int32Array::from_iter_values(receipts.iter().map(|receipt| receipt.item_count))),
    ];
    RecordBatch::try_new(Record::Receipt.schema(), columns).expect("the columns follow the schema of `receipt`")
}

/// What one chunk or one document holds.
#[derive(Clone, Debug)]
pub struct Decoded {
    pub items: RecordBatch,
    pub declarations: RecordBatch,
    pub amendments: RecordBatch,
    /// Rows of `partner_flow`, a batch for each record that a line holds.
    pub flows: Vec<RecordBatch>,
    /// By line, then by column.
    pub faults: Vec<Fault>,
    /// Items, or flows, and faulted lines; not the header, not blank lines.
    pub lines_read: u64,
    /// One an item, in the order of `items`.
    pub keys: Vec<ItemKey>,
    pub receipts: Vec<Receipt>,
    /// Numbers that lost decimals other than zero, by field.
    pub rounded: BTreeMap<&'static str, u64>,
    /// Amounts by field and by the currency that the file says they are in, where the form reads it.
    pub currencies: BTreeMap<(&'static str, String), u64>,
    /// Elements whose items were counted on behind those of others, because their numbers began anew.
    pub renumbered: u64,
}

impl Decoded {
    /// Nothing, with the schemas in place.
    #[must_use]
    pub fn empty() -> Decoded {
        Decoded {
            items: RecordBatch::new_empty(Record::Item.schema()),
            declarations: RecordBatch::new_empty(Record::Declaration.schema()),
            amendments: RecordBatch::new_empty(Record::Amendment.schema()),
            flows: Vec::new(),
            faults: Vec::new(),
            lines_read: 0,
            keys: Vec::new(),
            receipts: Vec::new(),
            rounded: BTreeMap::new(),
            currencies: BTreeMap::new(),
            renumbered: 0,
        }
    }

    /// The relation `fault` of this chunk or document, one row a fault.
    #[must_use]
    pub fn fault_batch(&self, batch_id: &str) -> RecordBatch {
        fault_batch(batch_id, &self.faults)
    }

    /// Lines set aside whole.
    #[must_use]
    pub fn faulted_lines(&self) -> usize {
        self.faults.iter().filter(|fault| fault.is_line).count()
    }
}

/// A code column with one value throughout.
#[must_use]
pub fn constant_code(value: &str, rows: usize) -> ArrayRef {
    let values: ArrayRef = Arc::new(StringArray::from_iter_values([value]));
    let codes = Int32Array::from_value(0, rows);
    Arc::new(DictionaryArray::try_new(codes, values).expect("the one code has its value"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(id: &str, content: u64) -> Receipt {
        Receipt {
            declaration_id: id.to_owned(),
            declaration_hash: declaration_hash(id.as_bytes()),
            version: 1,
            is_cancelled: false,
            item_count: 1,
            content,
        }
    }

    #[test]
    fn runs_of_one_declaration_join() {
        let mut first = receipt("A", 3);
        assert!(first.is_same(&receipt("A", 9)));
        assert!(!first.is_same(&receipt("B", 3)));
        first.merge(&receipt("A", u64::MAX));
        assert_eq!((first.item_count, first.content), (2, 2));
        assert_eq!(receipt_batch("b", &[first]).num_rows(), 1);
    }

    #[test]
    fn an_item_key_takes_sixteen_bytes() {
        assert_eq!(size_of::<ItemKey>(), 16);
    }

    #[test]
    fn an_empty_result_has_its_schemas() {
        let empty = Decoded::empty();
        assert_eq!(empty.items.schema(), Record::Item.schema());
        assert_eq!(empty.fault_batch("b").num_rows(), 0);
    }
}
