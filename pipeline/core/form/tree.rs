//! What only a form of XML can say: places in a tree, and pointers into one.

use std::collections::BTreeMap;

use super::Source;
use crate::convert::Conversion;

/// A source that a line of cells does not have.
#[derive(Clone, Debug)]
pub enum TreeSource {
    /// The place of the item among the items of its declaration, from 1.
    Position,
    /// All the elements of a path that meet the condition.
    Every { place: String, condition: BTreeMap<String, String>, gather: Gather },
    /// A part with text steps of its own; without a needed part, what it is a part of is null. One that is
    /// always as wide can be told from the rest of the whole.
    Part { source: Source, conversion: Conversion, is_needed: bool, width: Option<usize> },
}

/// What becomes of several texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gather {
    /// Written one after the other, with this between them.
    With(String),
    /// Numbers, added up.
    Sum,
}

/// Paths by which an amount that names no currency is known to be in national money: its rate is one, or it is
/// the same amount that stands there in national money. By the exchange rate of the invoice it becomes an
/// amount of the invoice.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct National {
    /// The currency: what has one is not meant.
    pub currency: String,
    pub rate: String,
    pub amount: String,
}

/// The unit of a quantity: its path, or `@name` for an attribute of the quantity itself wherever that stands; and
/// what a quantity in each is multiplied by. One that is not stated is the field's own; one that is not listed is
/// a fault.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    pub path: String,
    pub factor: BTreeMap<String, String>,
}

/// How a message says which parts of an earlier declaration it changes: by pointers,
/// each step the code of a section, the last one with the tag of an element.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PointerLayout {
    /// What the header says in a message that amends: paths and their texts, in any of these ways.
    pub amends: Vec<BTreeMap<String, String>>,
    /// What it says in a message that cancels, which goes before.
    #[serde(default)]
    pub cancels: Vec<BTreeMap<String, String>>,
    /// Path from the amendment to a step.
    pub step: String,
    /// Names of the three children of a step.
    pub section: String,
    pub sequence: String,
    pub tag: String,
    /// The section that is the declaration itself.
    pub root: String,
    /// Elements by the code of their section.
    pub sections: BTreeMap<String, String>,
    /// Elements by their tag.
    pub tags: BTreeMap<String, String>,
    /// Sections that can stand several times in their parent: what goes with one may be in another.
    #[serde(default)]
    pub repeated: Vec<String>,
    /// Sections and tags that hold names, addresses, identifiers or free text.
    #[serde(default)]
    pub private: Vec<String>,
}
