//! The keys that a form's file may have.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::form::{InName, JsonLayout, Layout, National, Unit, XmlLayout};

/// The whole file of a form, as TOML gives it; nothing is checked but keys and types.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FormText {
    pub title: String,
    pub notes: Option<String>,
    #[serde(default = "proven")]
    pub proven: bool,
    pub record: String,
    pub layout: Layout,
    /// `loose`: column names are compared by their letters and digits alone, whatever their case.
    pub names: Option<String>,
    /// The mark, or the marks that files of the form have in turn.
    pub separator: Option<Names>,
    #[serde(default)]
    pub may_end_with_separator: bool,
    #[serde(default)]
    pub skipped_lines: usize,
    pub quote: Option<String>,
    pub encoding: Option<String>,
    pub fallback_encoding: Option<String>,
    pub decimal: Option<String>,
    #[serde(default)]
    pub thousands: Vec<char>,
    /// Numbers may be written with a power of ten: `1.6E7`.
    #[serde(default)]
    pub powers_of_ten: bool,
    pub trader_check: Option<String>,
    #[serde(default)]
    pub ignored: Vec<String>,
    /// Groups of optional fields: a file has a column for one of each.
    #[serde(default)]
    pub one_of: Vec<Vec<String>>,
    #[serde(default)]
    pub null_when: Vec<String>,
    pub xml: Option<XmlLayout>,
    pub json: Option<JsonLayout>,
    /// Maps that several fields have, by name.
    #[serde(default)]
    pub maps: BTreeMap<String, BTreeMap<String, String>>,
    /// Texts that several conditions ask for, by name.
    #[serde(default)]
    pub lists: BTreeMap<String, Vec<String>>,
    pub field: BTreeMap<String, RuleText>,
    /// Several records a line: what each has beside `field`.
    #[serde(default)]
    pub each: Vec<BTreeMap<String, RuleText>>,
    #[serde(default)]
    pub declaration: BTreeMap<String, RuleText>,
    #[serde(default)]
    pub amendment: BTreeMap<String, RuleText>,
}

fn proven() -> bool {
    true
}

/// One entry of `field`, `each`, `declaration` or `amendment`: where a field's text stands and how it is read.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    pub column: Option<Names>,
    /// One, or those that senders have in turn.
    pub path: Option<Names>,
    #[serde(rename = "where", default)]
    pub condition: BTreeMap<String, String>,
    pub first_of: Option<Vec<SourceText>>,
    pub join: Option<Vec<SourceText>>,
    pub value: Option<String>,
    /// What comes with the file, by its name in the command.
    pub given: Option<String>,
    /// How the name of the file says it.
    pub file_name: Option<InName>,
    #[serde(rename = "as")]
    pub conversion: Option<Names>,
    #[serde(default)]
    pub map: MapText,
    #[serde(default)]
    pub null_when: Vec<String>,
    #[serde(default)]
    pub optional: bool,
    /// Of a tree: every match, written with this text between them, or `sum`.
    pub all: Option<String>,
    /// Of a tree: `item` is the item's place in its declaration.
    pub position: Option<String>,
    /// Of a part in a tree: without it there is no whole.
    #[serde(default)]
    pub needed: bool,
    /// Of a part in a tree: so many characters of the whole are its own.
    pub width: Option<usize>,
    /// Of an amount in a tree: path to its currency.
    pub currency: Option<String>,
    /// Of an amount in a tree: path to the currency it is said to be in, which is told where it is not the profile's.
    pub stated_currency: Option<String>,
    /// Of an amount in a tree that may be in national money.
    pub national: Option<National>,
    /// Of a quantity in a tree: path to its unit, and the units there are.
    pub unit: Option<Unit>,
}

impl RuleText {
    /// Whether something beside it says what it is measured in.
    pub fn is_measured(&self) -> bool {
        self.currency.is_some() || self.stated_currency.is_some() || self.national.is_some() || self.unit.is_some()
    }
}

/// A map, or the name of one of the form's.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum MapText {
    Named(String),
    Own(BTreeMap<String, String>),
}

impl Default for MapText {
    fn default() -> MapText {
        MapText::Own(BTreeMap::new())
    }
}

/// One name, or several that are applied in turn.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Names {
    One(String),
    Several(Vec<String>),
}

/// A part of `first_of` or `join`: a bare name, or a table as large as a rule's.
pub(super) struct SourceText(pub RuleText);

impl<'de> Deserialize<'de> for SourceText {
    /// By hand, because an untagged enum would hide which key of the table is wrong.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Part;
        impl<'de> serde::de::Visitor<'de> for Part {
            type Value = SourceText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a column or path, or a table with `column`, `path` or `value`")
            }

            fn visit_str<E>(self, name: &str) -> Result<SourceText, E> {
                // The layout decides whether it is a column or a path.
                let column = Some(Names::One(name.to_owned()));
                Ok(SourceText(RuleText { column, path: Some(Names::One(name.to_owned())), ..RuleText::default() }))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<SourceText, A::Error> {
                RuleText::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(SourceText)
            }
        }
        deserializer.deserialize_any(Part)
    }
}
