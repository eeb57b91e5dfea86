//! A source form: which column or element becomes which field, and how.
//!
//! A form is data (`reference/forms/*.toml`). It renames, selects and converts; it
//! never filters, adds or decides, because that is method. Invariant: a form that
//! parsed is whole: every field it names exists, every conversion fits its field,
//! and a wrong key has been refused by name.

mod error;
mod given;
mod text;
mod tree;

use std::collections::BTreeMap;

pub use error::{FormError, nearest};
pub use given::{Given, InName};
pub use tree::{Gather, National, PointerLayout, TreeSource, Unit};

use crate::convert::{Conversion, DecimalFormat};
use crate::schema::{
    AMENDMENT, AmendmentField, DECLARATION, DeclarationField, FieldSpec, ITEM, ItemField, Kind, PARTNER_FLOW, PartnerFlowField,
    Record,
};

/// How the bytes of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layout {
    /// One item a line, cells between separators.
    Delimited,
    /// One tree a file, items as elements.
    Xml,
    /// One list of objects a file, each a record.
    Json,
}

/// How a trader's number is judged, before it becomes a pseudonym.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraderCheck {
    /// No rule is known: validity stays null.
    None,
    /// Exactly so many digits. For Azerbaijan's TIN this is plausibility only: its
    /// check digit is not published, so the rule is unverified.
    Digits(usize),
}

impl TraderCheck {
    /// Reads `none` or `digits:10`.
    #[must_use]
    pub fn parse(text: &str) -> Option<TraderCheck> {
        match text.split_once(':') {
            None if text == "none" => Some(TraderCheck::None),
            Some(("digits", count)) => count.parse().ok().map(TraderCheck::Digits),
            _ => None,
        }
    }

    /// Whether a normalised number is plausible; none where there is no rule.
    #[must_use]
    pub fn judge(self, id: &str) -> Option<bool> {
        match self {
            TraderCheck::None => None,
            TraderCheck::Digits(count) => Some(id.len() == count && id.bytes().all(|byte| byte.is_ascii_digit())),
        }
    }
}

/// Where a cell comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// The same text for every record.
    Value(String),
    /// A column by its name, or a path of elements; `condition` chooses among
    /// repeated elements by the text of a child or attribute.
    Place { place: String, condition: BTreeMap<String, String> },
    /// What the file does not say: whoever reads it in does, or its name.
    Given(Given),
    /// One column under several spellings, of which the header has the first; or one element that senders
    /// put in several places, each in one of them.
    Spelled(Vec<String>),
    /// The first of these that is not null.
    FirstOf(Vec<Source>),
    /// These one after the other; null parts are left out.
    Join(Vec<Source>),
    /// What only a tree has; a delimited form never holds one.
    Tree(Box<TreeSource>),
}

impl Source {
    /// Every column or path named anywhere in the source.
    pub fn places<'form>(&'form self, found: &mut Vec<&'form str>) {
        match self {
            Source::Value(_) | Source::Given(_) => {}
            Source::Place { place, .. } => found.push(place),
            Source::Spelled(names) => found.extend(names.iter().map(String::as_str)),
            Source::FirstOf(parts) | Source::Join(parts) => parts.iter().for_each(|part| part.places(found)),
            Source::Tree(tree) => match tree.as_ref() {
                TreeSource::Position => {}
                TreeSource::Every { place, .. } => found.push(place),
                TreeSource::Part { source, .. } => source.places(found),
            },
        }
    }
}

/// Stands before each of several texts that a condition asks for one of.
pub const ONE_OF: &str = "|";

/// How one field is filled.
#[derive(Clone, Debug)]
pub struct FieldRule {
    /// The name in the form: a field of the record, or `trader_id`, `declarant_id`.
    pub name: &'static str,
    /// Place of the stored column in the record's schema.
    pub column: usize,
    pub kind: Kind,
    /// Holds what may not be shown: a trader's or declarant's number.
    pub is_private: bool,
    pub source: Source,
    pub conversion: Conversion,
    /// Texts that mean nothing was declared. The empty text always does.
    pub null_when: Vec<String>,
    /// The column may be absent from the file.
    pub is_optional: bool,
    /// Path to the currency an amount stands in, where it must be the invoice's.
    pub currency: Option<String>,
    /// Path to the currency that the file says an amount is in, where the profile has its own.
    pub stated_currency: Option<String>,
    /// How an amount without a currency shows that it is in national money.
    pub national: Option<National>,
    /// The unit that a quantity stands in, where the field has its own.
    pub unit: Option<Unit>,
}

impl FieldRule {
    /// Whether the trimmed text of a cell says that nothing was declared.
    #[must_use]
    pub fn is_null(&self, trimmed: &str) -> bool {
        trimmed.is_empty() || self.null_when.iter().any(|null| null == trimmed)
    }
}

/// Where an XML tree keeps its declarations and items: paths of local names, `/` between.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct XmlLayout {
    /// Local name of the document's element.
    pub root: String,
    /// Names that other senders give the same element.
    #[serde(default)]
    pub other_roots: Vec<String>,
    /// Path from the root to a declaration; empty where the root is the declaration.
    #[serde(default)]
    pub declaration: String,
    /// Path from the declaration to an item.
    pub item: String,
    /// Path from the declaration to an amendment.
    #[serde(default)]
    pub amendment: Option<String>,
    /// How an amendment says what it changes.
    #[serde(default)]
    pub pointer: Option<PointerLayout>,
}

/// Where a JSON document keeps its records.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JsonLayout {
    /// Name of the list in the document's object. A document that is a list is the list itself.
    pub records: String,
}

/// A form that parsed.
#[derive(Clone, Debug)]
pub struct Form {
    /// Name of the file without its ending: what `--form` takes.
    pub name: String,
    pub title: String,
    pub notes: Option<String>,
    /// No real file of this form has been seen.
    pub is_unproven: bool,
    pub record: Record,
    pub layout: Layout,
    pub separator: u8,
    /// Marks that files of the form may have in its stead: the header shows which.
    pub other_separators: Vec<u8>,
    /// A line may end with a separator behind its last cell, though the header does not.
    pub may_end_with_separator: bool,
    /// Lines before the header.
    pub skipped_lines: usize,
    /// None where the file does not quote, so that a quote is a letter like any other.
    pub quote: Option<u8>,
    pub encoding: &'static encoding_rs::Encoding,
    /// What bytes are read in that are no UTF-8, where the encoding is.
    pub fallback_encoding: Option<&'static encoding_rs::Encoding>,
    pub decimal: DecimalFormat,
    /// The form's own check; otherwise the profile's is used.
    pub trader_check: Option<TraderCheck>,
    /// Columns known and not used.
    pub ignored: Vec<String>,
    /// Optional fields of which a file must have one: places in `fields`, a group each.
    pub one_of: Vec<Vec<usize>>,
    /// Names of columns are compared without regard to case and to all but letters and digits.
    pub has_loose_names: bool,
    pub xml: Option<XmlLayout>,
    pub json: Option<JsonLayout>,
    /// Rules of the items, in the order of the stored columns.
    pub fields: Vec<FieldRule>,
    /// Places in `fields` of the rules of each record that a line holds; one record but for
    /// forms with `each`.
    pub records: Vec<Vec<usize>>,
    /// Rules of the header-level record.
    pub declaration: Vec<FieldRule>,
    pub amendment: Vec<FieldRule>,
}

impl Form {
    /// Reads a form from the text of its file.
    ///
    /// # Errors
    /// Names the form and the key that is wrong.
    pub fn parse(name: &str, text: &str) -> Result<Form, FormError> {
        text::parse(name, text)
    }

    /// The rule that fills a stored column of the item.
    #[must_use]
    pub fn rule(&self, field: ItemField) -> Option<&FieldRule> {
        self.fields.iter().find(|rule| rule.column == field as usize)
    }

    /// Names of every column the item rules read.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        let mut places = Vec::new();
        self.fields.iter().for_each(|rule| rule.source.places(&mut places));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Whether a column of a file is the one that the form names.
    #[must_use]
    pub fn is_spelled(&self, column: &str, name: &str) -> bool {
        column == name || self.has_loose_names && loose(column).eq(loose(name))
    }

    /// Where a named column stands in a header: as written, or else as loosely as the form allows.
    #[must_use]
    pub fn place_of(&self, name: &str, header: &[String]) -> Option<usize> {
        let exact = header.iter().position(|column| column == name);
        exact.or_else(|| header.iter().position(|column| self.is_spelled(column, name)))
    }
}

/// The letters and digits of a name, in small letters.
pub(crate) fn loose(name: &str) -> impl Iterator<Item = char> + '_ {
    name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Item fields without which a line means nothing.
pub const KEY_FIELDS: [ItemField; 3] = [ItemField::declaration_id, ItemField::item_no, ItemField::procedure_code];

/// Fields without which a record of a partner file means nothing.
pub const FLOW_KEY_FIELDS: [PartnerFlowField; 3] =
    [PartnerFlowField::source, PartnerFlowField::frequency, PartnerFlowField::period];

/// Whether the column of a record holds what may not be shown: a trader's or declarant's key.
#[must_use]
pub fn is_private(record: Record, column: usize) -> bool {
    record == Record::Item && (column == ItemField::trader_key as usize || column == ItemField::declarant_key as usize)
}

/// A field that a form can fill: the stored column and the form's name for it.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    pub name: &'static str,
    pub column: usize,
    pub kind: Kind,
}

/// The fields a form can fill in a record, in the order stored.
#[must_use]
pub fn targets(record: Record) -> Vec<Target> {
    let (fields, made_by_us): (&'static [FieldSpec], &[usize]) = match record {
        Record::Item => (
            ITEM,
            &[
                ItemField::batch_id as usize,
                ItemField::line_no as usize,
                ItemField::received_on as usize,
                ItemField::trader_id_is_valid as usize,
                ItemField::hs6 as usize,
            ],
        ),
        Record::Declaration => (
            DECLARATION,
            &[DeclarationField::batch_id as usize, DeclarationField::line_no as usize, DeclarationField::received_on as usize],
        ),
        Record::Amendment => (
            AMENDMENT,
            &[AmendmentField::batch_id as usize, AmendmentField::line_no as usize, AmendmentField::received_on as usize],
        ),
        Record::PartnerFlow => (
            PARTNER_FLOW,
            &[PartnerFlowField::batch_id as usize, PartnerFlowField::line_no as usize, PartnerFlowField::received_on as usize],
        ),
        _ => (&[], &[]),
    };
    let name = |column: usize, field: &'static FieldSpec| match record {
        Record::Item if column == ItemField::trader_key as usize => "trader_id",
        Record::Item if column == ItemField::declarant_key as usize => "declarant_id",
        _ => field.name,
    };
    fields
        .iter()
        .enumerate()
        .filter(|(column, _)| !made_by_us.contains(column))
        .map(|(column, field)| Target { name: name(column, field), column, kind: field.kind })
        .collect()
}
