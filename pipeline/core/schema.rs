//! Every field of every stored record, once.
//!
//! The Arrow and Parquet schemas, the data dictionary, the names a form may fill
//! and the defaults of test cases are all read from here, so that a new field is
//! one line. Nothing here says how a field is filled: that is a form's business.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef};

/// How a field is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Free text, or an identifier that hardly repeats.
    Text,
    /// Text that repeats: a code, a key, a state.
    Code,
    Int32,
    Int64,
    Date,
    Bool,
    /// Exact number with this many digits after the point, eighteen in all.
    Decimal(i8),
    /// Exact number with this many digits after the point, twenty-eight in all: what other
    /// sources publish carries tails and sums that eighteen digits do not hold.
    Wide(i8),
}

/// Digits of every stored decimal; also the bound above which a number is a fault.
pub const DECIMAL_PRECISION: u8 = 18;

/// Digits of the decimals of partner files.
pub const WIDE_PRECISION: u8 = 28;

impl Kind {
    /// The Arrow type of a column; a code is a dictionary, so that a batch holds each text once.
    #[must_use]
    pub fn data_type(self) -> DataType {
        match self {
            Kind::Text => DataType::Utf8,
            Kind::Code => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
            Kind::Int32 => DataType::Int32,
            Kind::Int64 => DataType::Int64,
            Kind::Date => DataType::Date32,
            Kind::Bool => DataType::Boolean,
            Kind::Decimal(scale) => DataType::Decimal128(DECIMAL_PRECISION, scale),
            Kind::Wide(scale) => DataType::Decimal128(WIDE_PRECISION, scale),
        }
    }

    /// Name for people: the data dictionary and messages use it.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Kind::Text => "text",
            Kind::Code => "code",
            Kind::Int32 | Kind::Int64 => "whole number",
            Kind::Date => "date",
            Kind::Bool => "true or false",
            Kind::Decimal(_) | Kind::Wide(_) => "decimal number",
        }
    }
}

/// One field of one stored record.
#[derive(Clone, Copy, Debug)]
pub struct FieldSpec {
    pub name: &'static str,
    pub required: bool,
    pub kind: Kind,
    /// A plausible value: the default of test cases.
    pub example: &'static str,
    pub title: &'static str,
    pub unit: Option<&'static str>,
    pub code_list: Option<&'static str>,
    /// Box of the Single Administrative Document.
    pub source_box: Option<&'static str>,
}

impl FieldSpec {
    /// The Arrow field, with what a researcher's `describe` needs as metadata.
    #[must_use]
    pub fn arrow(&self) -> Field {
        let described =
            [("title", Some(self.title)), ("unit", self.unit), ("code_list", self.code_list), ("source_box", self.source_box)];
        let metadata: HashMap<String, String> =
            described.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned()))).collect();
        Field::new(self.name, self.kind.data_type(), !self.required).with_metadata(metadata)
    }
}

macro_rules! need {
    (required) => {
        true
    };
    (optional) => {
        false
    };
}

/// Writes the list of a record's fields, and an enum of their positions so that
/// code names a field instead of counting columns.
macro_rules! fields {
    ($list:ident, $position:ident {
        $($name:ident $need:ident $kind:expr, $example:literal, $title:literal
            $(, unit $unit:literal)? $(, list $code_list:literal)? $(, sad $sad:literal)?;)*
    }) => {
        /// Positions of the record's fields, under the names of its columns.
        #[expect(non_camel_case_types, reason = "a position bears its column's own name")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $position { $($name),* }

        /// The record's fields, in the order in which they are stored.
        pub static $list: &[FieldSpec] = &[$(FieldSpec {
            name: stringify!($name),
            required: need!($need),
            kind: $kind,
            example: $example,
            title: $title,
            unit: fields!(@maybe $($unit)?),
            code_list: fields!(@maybe $($code_list)?),
            source_box: fields!(@maybe $($sad)?),
        }),*];
    };
    (@maybe) => { None };
    (@maybe $text:literal) => { Some($text) };
}

use Kind::{Bool, Code, Date, Decimal, Int32, Int64, Text, Wide};

/// Kilograms and counts in supplementary units.
const QUANTITY: Kind = Decimal(3);
/// Money.
const AMOUNT: Kind = Decimal(2);
/// National currency for one unit of another.
const RATE: Kind = Decimal(8);
/// Whatever a partner file counts.
const PARTNER: Kind = Wide(6);

fields! { ITEM, ItemField {
    batch_id                  required Code,     "b1",           "Batch the item came in: one source file read";
    line_no                   required Int64,    "2",            "Line in the file, or position of the item in an XML file";
    received_on               required Date,     "2026-04-01",   "Day the item was received";
    declaration_id            required Text,     "26AZ00000001", "Number customs gave the declaration", sad "A";
    item_no                   required Int32,    "1",            "Number of the item within its declaration", sad "32";
    version                   optional Int32,    "1",            "Version of the declaration; empty is the first";
    status                    required Code,     "accepted",     "State of the declaration: accepted or cancelled";
    declaration_type          optional Code,     "IM",           "Type of declaration", sad "1";
    procedure_code            required Code,     "4000",         "Procedure requested and previous procedure", list "procedure", sad "37";
    additional_procedure      optional Code,     "000",          "Additional procedure, national", sad "37";
    acceptance_date           optional Date,     "2026-03-10",   "Day customs accepted the declaration", sad "A";
    release_date              optional Date,     "2026-03-11",   "Day customs released the goods", sad "D";
    arrival_date              optional Date,     "2026-03-09",   "Day the goods arrived";
    customs_office            optional Code,     "AZ101",        "Customs office", list "customs_office", sad "A";
    trader_key                optional Code,     "0f3c1a5b9d7e2f4860718293a4b5c6d7", "Importer or exporter, as a keyed pseudonym", sad "2/8";
    declarant_key             optional Code,     "1f3c1a5b9d7e2f4860718293a4b5c6d7", "Declarant, as a keyed pseudonym", sad "14";
    trader_id_is_valid        optional Bool,     "true",         "Whether the trader's number has the form the country gives such numbers";
    consignment_country       optional Code,     "TR",           "Country of consignment", list "country", sad "15";
    origin_country            optional Code,     "TR",           "Country of origin", list "country", sad "34";
    destination_country       optional Code,     "AZ",           "Country of last known destination", list "country", sad "17";
    trading_country           optional Code,     "TR",           "Trading country", list "country", sad "11";
    first_destination_country optional Code,     "AZ",           "Country of first destination", list "country", sad "10";
    delivery_terms            optional Code,     "CIP",          "Delivery terms (Incoterms)", list "delivery_term", sad "20";
    invoice_currency          optional Code,     "USD",          "Currency of the invoice", list "currency", sad "22";
    transaction_nature        optional Code,     "11",           "Nature of transaction", list "transaction_nature", sad "24";
    border_transport_mode     optional Code,     "3",            "Mode of transport at the border", list "transport_mode", sad "25";
    inland_transport_mode     optional Code,     "3",            "Inland mode of transport", list "transport_mode", sad "26";
    container                 optional Code,     "0",            "Whether the goods cross the border in a container", sad "19";
    transport_nationality     optional Code,     "TR",           "Nationality of the active means of transport", list "country", sad "21";
    preference                optional Code,     "100",          "Preference", sad "36";
    valuation_method          optional Code,     "1",            "Method of customs valuation", sad "43";
    commodity_code            optional Code,     "8471300000",   "Commodity code as declared, digits only", list "commodity", sad "33";
    hs6                       optional Code,     "847130",       "Harmonized System subheading: first six digits of the commodity code", list "commodity", sad "33";
    goods_description         optional Text,     "Laptops",      "Description of the goods", sad "31";
    gross_mass_kg             optional QUANTITY, "1100",         "Gross mass", unit "kg", sad "35";
    net_mass_kg               optional QUANTITY, "1000",         "Net mass", unit "kg", sad "38";
    supplementary_quantity    optional QUANTITY, "500",          "Quantity in the supplementary unit", sad "41";
    supplementary_unit        optional Code,     "u",            "Supplementary unit", list "quantity_unit", sad "41";
    invoice_amount            optional AMOUNT,   "250",          "Invoice amount of the item", unit "invoice currency", sad "42";
    freight_cost              optional AMOUNT,   "10",           "Freight", unit "invoice currency", sad "45";
    insurance_cost            optional AMOUNT,   "1",            "Insurance", unit "invoice currency", sad "45";
    exchange_rate             optional RATE,     "1.7",          "National currency for one unit of the invoice currency", unit "national currency", sad "23";
    statistical_value         optional AMOUNT,   "261",          "Statistical value as declared", unit "statistical currency of the profile", sad "46";
    customs_value             optional AMOUNT,   "443.70",       "Customs value", unit "national currency", sad "45";
    package_count             optional Int32,    "20",           "Number of packages", sad "31";
}}

fields! { DECLARATION, DeclarationField {
    batch_id           required Code,     "b1",           "Batch the declaration came in";
    line_no            required Int64,    "1",            "Position of the declaration in its file";
    received_on        required Date,     "2026-04-01",   "Day the declaration was received";
    declaration_id     required Text,     "26AZ00000001", "Number customs gave the declaration", sad "A";
    version            optional Int32,    "1",            "Version of the declaration; empty is the first";
    status             required Code,     "accepted",     "State of the declaration: accepted or cancelled";
    item_count         optional Int32,    "1",            "Number of items the declaration says it has", sad "5";
    package_count      optional Int32,    "20",           "Number of packages in all", sad "6";
    gross_mass_kg      optional QUANTITY, "1100",         "Gross mass of the declaration", unit "kg", sad "35";
    invoice_amount     optional AMOUNT,   "250",          "Invoice amount in all", unit "invoice currency", sad "22";
    invoice_currency   optional Code,     "USD",          "Currency of the invoice", list "currency", sad "22";
    exchange_rate      optional RATE,     "1.7",          "National currency for one unit of the invoice currency", unit "national currency", sad "23";
    freight_cost       optional AMOUNT,   "10",           "Freight in all", unit "freight currency";
    freight_currency   optional Code,     "USD",          "Currency of the freight", list "currency";
    insurance_cost     optional AMOUNT,   "1",            "Insurance in all", unit "insurance currency";
    insurance_currency optional Code,     "USD",          "Currency of the insurance", list "currency";
    statistical_value  optional AMOUNT,   "261",          "Statistical value in all", unit "statistical currency of the profile", sad "46";
    customs_value      optional AMOUNT,   "443.70",       "Customs value in all", unit "national currency", sad "12";
}}

fields! { AMENDMENT, AmendmentField {
    batch_id    required Code,  "b1",           "Batch the amendment came in";
    line_no     required Int64, "1",            "Position of the amendment in its file";
    received_on required Date,  "2026-04-01",   "Day the amendment was received";
    reference   required Text,  "26AZ00000001", "Declaration amended: its number or functional reference";
    item_no     optional Int32, "1",            "Item amended; empty is the whole declaration", sad "32";
    field       required Text,  "net_mass_kg",  "Field amended, with its characters where it is a part: `commodity_code[1-8]`; or the pointer as received, behind the fields it leads to";
    value       optional Text,  "900",          "New value";
    reason      optional Text,  "32",           "Reason given";
}}

fields! { FAULT, FaultField {
    batch_id          required Code,   "b1",                 "Batch the fault was met in";
    line_no           required Int64,  "2",                  "Line in the file, or position of the item in an XML file";
    column_name       optional Text,   "net_mass_kg",        "Column that cannot be read; empty when it is the line";
    code              required Text,   "F22",                "What is wrong", list "fault";
    found             optional Text,   "1.2.3",              "What was found; trader and declarant are masked";
    expected          optional Text,   "a number",           "What was expected";
    is_line           required Bool,   "false",              "Whether the whole line is set aside";
    statistical_value optional AMOUNT, "261",                "Statistical value of a line set aside, where it can be read", sad "46";
    declaration_type  optional Text,   "IM",                 "Declaration type of a line set aside, where it can be read", sad "1";
    raw               optional Text,   "26AZ1,1,IM,4000,**", "The line, masked, cut to 500 characters";
}}

fields! { RECEIPT, ReceiptField {
    batch_id         required Code,  "b1",           "Batch the declaration came in";
    declaration_id   required Text,  "26AZ00000001", "Number customs gave the declaration", sad "A";
    declaration_hash required Int64, "1",            "Hash of the declaration's number, to match declarations without comparing text";
    version          required Int32, "1",            "Version of the declaration";
    is_cancelled     required Bool,  "false",        "Whether this version cancels the declaration";
    item_count       required Int32, "1",            "Items of the declaration in this batch";
}}

fields! { FINDING, FindingField {
    code           required Text,  "V10",            "Rule that objects";
    severity       required Text,  "error",          "error holds the item, warning reports it";
    batch_id       required Code,  "b1",             "Batch of the item";
    line_no        required Int64, "2",              "Line of the item";
    declaration_id required Text,  "26AZ00000001",   "Declaration of the item", sad "A";
    item_no        required Int32, "1",              "Number of the item within its declaration", sad "32";
    version        optional Int32, "1",              "Version of the declaration; empty is the first";
    customs_office optional Code,  "AZ101",          "Customs office", list "customs_office", sad "A";
    field          optional Text,  "commodity_code", "Field the rule looks at";
    observed       optional Text,  "9999999999",     "What the rule saw";
}}

fields! { HELD_ITEM, HeldItemField {
    batch_id          required Code,   "b1",           "Batch of the item";
    line_no           required Int64,  "2",            "Line of the item";
    declaration_id    required Text,   "26AZ00000001", "Declaration of the item", sad "A";
    item_no           required Int32,  "1",            "Number of the item within its declaration", sad "32";
    version           optional Int32,  "1",            "Version of the declaration; empty is the first";
    customs_office    optional Code,   "AZ101",        "Customs office", list "customs_office", sad "A";
    flow              optional Text,   "M",            "Flow the item would have had";
    statistical_value optional AMOUNT, "261",          "Statistical value as declared", unit "statistical currency of the profile", sad "46";
    reasons           required Text,   "V10 V31",      "Rules that hold the item";
}}

fields! { SET_ASIDE, SetAsideField {
    batch_id required Code,  "b1",   "Batch of the item";
    line_no  required Int64, "2",    "Line of the item";
    why      required Text,  "held", "held, superseded, cancelled or duplicate";
}}

fields! { PARTNER_FLOW, PartnerFlowField {
    batch_id               required Code,    "b1",         "Batch the record came in: one partner file read";
    line_no                required Int64,   "2",          "Line in the file, or position of the record in a JSON or XML file";
    received_on            required Date,    "2026-04-01", "Day the record was received";
    source                 required Code,    "comtrade",   "Publisher and kind of the file, a constant of its form";
    frequency              required Code,    "A",          "Length of the period: A year, Q quarter, M month";
    period                 required Date,    "2024-01-01", "First day of the period";
    reporter_code          optional Code,    "31",         "Reporting country as the source codes it", list "partner_area";
    reporter_name          optional Code,    "Azerbaijan", "Reporting country as the source names it", list "partner_area";
    partner_code           optional Code,    "268",        "Partner country as the source codes it", list "partner_area";
    partner_name           optional Code,    "Georgia",    "Partner country as the source names it", list "partner_area";
    second_partner_code    optional Code,    "0",          "Second partner, in most sources the country of consignment", list "partner_area";
    partner_concept        optional Code,    "origin",     "What the partner is: origin, consignment or destination; empty where the source does not say";
    flow_code              optional Code,    "M",          "Flow as the source codes it", list "partner_flow_code";
    classification         optional Code,    "H6",         "Commodity classification as the source names it", list "partner_edition";
    commodity_code         optional Code,    "270900",     "Commodity code as given";
    customs_procedure      optional Code,    "C00",        "Customs procedure as given";
    transport_mode         optional Code,    "0",          "Mode of transport as given";
    statistical_procedure  optional Code,    "1",          "Statistical procedure as given";
    trade_type             optional Code,    "E",          "Kind of trade as given, as inside or outside a union";
    trade_value            optional PARTNER, "1000",       "Value", unit "value_unit";
    cif_value              optional PARTNER, "1000",       "Value with insurance and freight", unit "value_unit";
    fob_value              optional PARTNER, "950",        "Value free on board", unit "value_unit";
    value_unit             optional Code,    "USD",        "Currency of the values, with what it is multiplied by";
    net_mass               optional PARTNER, "500",        "Net mass", unit "mass_unit";
    gross_mass             optional PARTNER, "520",        "Gross mass", unit "mass_unit";
    mass_unit              optional Code,    "kg",         "Unit of the masses", list "partner_unit";
    quantity               optional PARTNER, "500",        "Quantity", unit "quantity_unit";
    quantity_unit          optional Code,    "8",          "Unit of the quantity as given", list "partner_unit";
    second_quantity        optional PARTNER, "3",          "Second quantity", unit "second_quantity_unit";
    second_quantity_unit   optional Code,    "12",         "Unit of the second quantity as given", list "partner_unit";
    measure                optional Code,    "VALUE_IN_EUROS", "What the measured value is, in files with one measure a line", list "partner_measure";
    measured_value         optional PARTNER, "1000",       "The value of such a line", unit "measured_unit";
    measured_unit          optional Code,    "EUR",        "Unit of the measured value as given", list "partner_unit";
    unit_multiplier        optional Code,    "3",          "Power of ten that the measured value is multiplied by";
    estimation_flag        optional Code,    "0",          "Flag of estimation or state of observation as given";
    quantity_is_estimated  optional Bool,    "false",      "Whether the source estimated the quantity";
    mass_is_estimated      optional Bool,    "false",      "Whether the source estimated the net mass";
    confidentiality        optional Code,    "F",          "State of confidentiality as given";
    is_aggregate           optional Bool,    "false",      "Whether the source added the record up itself";
    is_reported            optional Bool,    "true",       "Whether the country reported the record so";
}}

/// A stored record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Record {
    Item,
    Declaration,
    Amendment,
    Fault,
    Receipt,
    Finding,
    HeldItem,
    SetAside,
    PartnerFlow,
}

impl Record {
    /// In the order of the variants, on which [`Record::schema`] relies.
    pub const ALL: [Record; 9] = [
        Record::Item,
        Record::Declaration,
        Record::Amendment,
        Record::Fault,
        Record::Receipt,
        Record::Finding,
        Record::HeldItem,
        Record::SetAside,
        Record::PartnerFlow,
    ];

    /// Name of the relation that holds the record.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Record::Item => "item",
            Record::Declaration => "declaration",
            Record::Amendment => "amendment",
            Record::Fault => "fault",
            Record::Receipt => "receipt",
            Record::Finding => "finding",
            Record::HeldItem => "held_item",
            Record::SetAside => "set_aside",
            Record::PartnerFlow => "partner_flow",
        }
    }

    /// None where no stored record has this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Record> {
        Record::ALL.into_iter().find(|record| record.name() == name)
    }

    /// Its columns, in the order in which they are stored.
    #[must_use]
    pub fn fields(self) -> &'static [FieldSpec] {
        match self {
            Record::Item => ITEM,
            Record::Declaration => DECLARATION,
            Record::Amendment => AMENDMENT,
            Record::Fault => FAULT,
            Record::Receipt => RECEIPT,
            Record::Finding => FINDING,
            Record::HeldItem => HELD_ITEM,
            Record::SetAside => SET_ASIDE,
            Record::PartnerFlow => PARTNER_FLOW,
        }
    }

    /// None where the record has no such column.
    #[must_use]
    pub fn field(self, name: &str) -> Option<&'static FieldSpec> {
        self.fields().iter().find(|field| field.name == name)
    }

    /// The Arrow schema, made once: batches of one record share it.
    #[must_use]
    pub fn schema(self) -> SchemaRef {
        static SCHEMAS: LazyLock<Vec<SchemaRef>> = LazyLock::new(|| {
            let schema = |record: &Record| {
                let fields: Vec<Field> = record.fields().iter().map(FieldSpec::arrow).collect();
                Arc::new(Schema::new(fields))
            };
            Record::ALL.iter().map(schema).collect()
        });
        Arc::clone(&SCHEMAS[self as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_is_the_place_of_its_field() {
        assert_eq!(ITEM[ItemField::commodity_code as usize].name, "commodity_code");
        assert_eq!(ITEM[ItemField::package_count as usize].name, "package_count");
        assert_eq!(ITEM.len(), ItemField::package_count as usize + 1);
        assert_eq!(FAULT[FaultField::raw as usize].name, "raw");
    }

    #[test]
    fn every_record_finds_its_own_schema_by_name() {
        for record in Record::ALL {
            assert_eq!(Record::from_name(record.name()), Some(record));
            let names: Vec<_> = record.fields().iter().map(|field| field.name).collect();
            let schema = record.schema();
            let stored: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
            assert_eq!(names, stored);
        }
    }

    #[test]
    fn only_the_fields_of_the_contract_are_required_of_an_item() {
        let required: Vec<_> = ITEM.iter().filter(|field| field.required).map(|field| field.name).collect();
        let contract = ["batch_id", "line_no", "received_on", "declaration_id", "item_no", "status", "procedure_code"];
        assert_eq!(required, contract);
    }

    #[test]
    fn a_field_explains_itself_in_its_metadata() {
        let schema = Record::Item.schema();
        let mass = schema.field_with_name("net_mass_kg").expect("the item has a net mass");
        assert_eq!(mass.data_type(), &DataType::Decimal128(18, 3));
        assert_eq!(mass.metadata().get("unit").map(String::as_str), Some("kg"));
        assert_eq!(mass.metadata().get("source_box").map(String::as_str), Some("38"));
        let origin = schema.field_with_name("origin_country").expect("the item has an origin");
        assert_eq!(origin.metadata().get("code_list").map(String::as_str), Some("country"));
        assert_eq!(origin.metadata().get("unit"), None);
    }
}
