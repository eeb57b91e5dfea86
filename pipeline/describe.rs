//! What a stored column says of itself: title, unit and code list, as metadata of its field, so
//! that a researcher's `describe` explains it.
//!
//! Titles come from the fields of the records received, else from the list of labels; the unit
//! follows from the name, because a name says what is measured in all of the method.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tradestat_core::schema::{FieldSpec, Record};

use crate::config::Profile;
use crate::error::Result;
use crate::labels::Labels;
use crate::method::{Method, header::Layer};

/// Lists behind columns that bear another name than their list.
const LISTS: [(&str, &str); 16] = [
    ("hs2", "commodity"),
    ("hs4", "commodity"),
    ("hs6", "commodity"),
    ("chapter", "commodity"),
    ("partner", "country"),
    ("partner_consignment", "country"),
    ("reporter", "country"),
    ("exporter", "country"),
    ("importer", "country"),
    ("section", "hs_section"),
    ("sitc", "sitc_code"),
    ("bec", "bec_code"),
    ("border_transport_mode", "transport_mode"),
    ("supplementary_unit", "quantity_unit"),
    ("unit", "quantity_unit"),
    ("procedure_code", "procedure"),
];

/// What compares countries is in dollars, as `sql/mirror` brings every report to them.
pub const COMPARED_CURRENCY: &str = "USD";

/// Tells what a column of any relation holds: its title, unit and code list, by its name.
#[derive(Debug)]
pub struct Describer {
    labels: Labels,
    fields: HashMap<&'static str, &'static FieldSpec>,
    /// Titles of the code lists.
    lists: BTreeMap<String, String>,
    /// Relations and tables that compare countries.
    compared: BTreeSet<String>,
    statistical_currency: String,
    reporter_currency: String,
}

impl Describer {
    /// Titles are English, whatever languages the profile has.
    ///
    /// # Errors
    /// When the label list cannot be read.
    pub fn new(method: &Method, profile: &Profile) -> Result<Self> {
        let fields = Record::ALL.into_iter().flat_map(|record| record.fields()).map(|field| (field.name, field));
        let mirrors =
            method.in_order(Layer::Mirror).chain(method.in_order(Layer::Tables).filter(|step| method.is_mirror_table(step)));
        Ok(Describer {
            labels: Labels::read(method, "en")?,
            fields: fields.collect(),
            lists: method.lists.values().map(|list| (list.name.clone(), list.title.clone())).collect(),
            compared: mirrors.map(|step| step.name.clone()).collect(),
            statistical_currency: profile.statistical_currency.clone(),
            reporter_currency: profile.reporter_currency.clone(),
        })
    }

    /// The currency of statistical values of a relation.
    pub fn currency_of(&self, relation: &str) -> &str {
        if self.compared.contains(relation) { COMPARED_CURRENCY } else { &self.statistical_currency }
    }

    /// The columns with what can be said of each; what a field says already stays.
    pub fn described(&self, relation: &str, schema: &SchemaRef) -> SchemaRef {
        let currency = self.currency_of(relation);
        let fields: Vec<Field> = schema.fields().iter().map(|field| self.described_field(relation, field, currency)).collect();
        Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }

    fn described_field(&self, relation: &str, field: &Field, currency: &str) -> Field {
        let name = field.name().as_str();
        let mut metadata = field.metadata().clone();
        let facts = [
            ("title", Some(self.title(name))),
            ("unit", self.unit(relation, name, field.data_type(), currency)),
            ("code_list", self.code_list(name)),
        ];
        for (key, fact) in facts {
            if let Some(fact) = fact {
                metadata.entry(key.into()).or_insert(fact);
            }
        }
        field.clone().with_metadata(metadata)
    }

    /// What a column is, in English.
    pub fn title(&self, name: &str) -> String {
        if let Some(field) = self.fields.get(name) {
            return field.title.into();
        }
        if let Some(figure) = name.strip_suffix("_flag") {
            return format!("{}: {}", self.title(figure), self.labels.or_code("column", "flag"));
        }
        // `export_month` is `month` of `export`.
        let under = ["export", "import"].into_iter().find_map(|stem| Some((stem, name.strip_prefix(stem)?.strip_prefix('_')?)));
        match under.and_then(|(stem, part)| Some((stem, self.labels.get("column", part)?))) {
            Some((stem, part)) => format!("{}: {part}", self.labels.or_code("column", stem)),
            None => self.labels.or_code("column", name),
        }
    }

    /// Unit of the value as stored: full, never in thousands.
    pub fn unit(&self, relation: &str, name: &str, data_type: &DataType, currency: &str) -> Option<String> {
        let is_number = data_type.is_numeric();
        let text = match name {
            _ if !is_number => return None,
            _ if name.ends_with("_count") => "1",
            _ if name.ends_with("_growth") => "%",
            _ if name == "share" || name.ends_with("_share") || is_pure_number(name) => "1",
            "quantity" => "as `quantity_unit` says",
            "median" | "p25" | "p75" | "low" | "high" if relation.contains("unit_value") => {
                return Some(format!("{currency} for one unit of quantity"));
            }
            _ if name.starts_with("unit_value") => return Some(format!("{currency} for one unit of quantity")),
            _ if name.contains("national") || name == "customs_value" => &self.reporter_currency,
            _ if name.contains("value") || is_span(name) => currency,
            _ if name.ends_with("_kg") => "kg",
            _ if name.contains("quantity") => "as `supplementary_unit` says",
            _ => return None,
        };
        Some(text.into())
    }

    fn code_list(&self, name: &str) -> Option<String> {
        // A list's own name first: a partner's `quantity_unit` is in units of its source, ours is in those of the list.
        if self.lists.contains_key(name) {
            return Some(name.into());
        }
        let own = self.fields.get(name).and_then(|field| field.code_list);
        own.or_else(|| LISTS.iter().find(|(column, _)| *column == name).map(|(_, list)| *list)).map(String::from)
    }

    /// The list whose codes a column holds, and its title.
    pub fn code_list_and_title(&self, name: &str) -> Option<(String, &str)> {
        let list = self.code_list(name)?;
        let title = self.lists.get(&list).map_or("", String::as_str);
        Some((list, title))
    }
}

/// A number without a unit, neither a share nor money.
pub fn is_pure_number(name: &str) -> bool {
    name.ends_with("ratio") || name.ends_with("_index") || name.ends_with("_weight") || name == "coefficient"
}

/// Money of a span of months: `export_month`, `to_date_year_before`, `balance`.
fn is_span(name: &str) -> bool {
    let is_money = |part: &str| name == part || name.ends_with(&format!("_{part}"));
    [
        "month",
        "to_date",
        "year_before",
        "balance",
        "exports",
        "imports",
        "recorded",
        "without_date",
        "under_this_date",
        "statistical",
        "general",
        "special_relaxed",
        "special_strict",
    ]
    .into_iter()
    .any(is_money)
}
