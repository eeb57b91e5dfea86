//! The kinds of error that are planted, how often, and what should notice them.

use super::Plan;
use super::calendar::Month;
use super::chance::mixed;

/// What a declaration must be like for an error to make sense in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Any item of any declaration that is not of fuels.
    Anything,
    /// An import.
    Import,
    /// An import of one item: the error stands in what all items of a declaration share.
    WholeImport,
    /// As above, invoiced in a foreign currency.
    ForeignCurrency,
    /// As above, with delivery terms that leave the carriage to the buyer.
    BuyersCarriage,
    /// As above, from a country without a coast.
    Landlocked,
    /// An import of goods that are counted in pieces of more than three kilograms.
    Pieces,
    /// Crude oil or natural gas on its way out.
    Fuel,
    /// Declarations made for the purpose, and received more than once.
    Repeat(&'static [Receipt]),
}

/// One receipt of a declaration that is received twice, or late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Received in the file of the month before.
    pub is_earlier: bool,
    pub version: u8,
    pub is_cancelled: bool,
    pub drops_last_item: bool,
    /// The value as a share of the declared one, per mille.
    pub value: u64,
}

const FIRST: Receipt = Receipt { is_earlier: true, version: 1, is_cancelled: false, drops_last_item: false, value: 1000 };
const HERE: Receipt = Receipt { is_earlier: false, ..FIRST };

macro_rules! kinds {
    ($($name:ident $text:literal $rule:literal $field:literal $per_million:literal $needs:expr, $note:literal;)*) => {
        /// The kinds of error that are planted; each is described by its [`KindSpec`].
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind { $($name),* }

        impl Kind {
            /// In the order in which they are written down.
            pub const ALL: &[Kind] = &[$(Kind::$name),*];

            /// Name, rule and frequency of the kind, and what it needs of a declaration.
            pub fn spec(self) -> KindSpec {
                match self {
                    $(Kind::$name => KindSpec {
                        name: $text, rule: $rule, field: $field, per_million: $per_million, needs: $needs, note: $note,
                    }),*
                }
            }
        }
    };
}

/// What is known of a kind of planted error.
#[derive(Clone, Copy)]
pub struct KindSpec {
    pub name: &'static str,
    /// The validation rule that should object. Where it is not a rule that notices:
    /// `fault` of the line or cell; `duplicate`, `superseded`, `cancelled`, why an item is
    /// set aside; `gap` in a reference list; `late`, `text` and `none`, which nothing objects to.
    pub rule: &'static str,
    pub field: &'static str,
    /// Planted in so many of a million items.
    pub per_million: u64,
    pub needs: Needs,
    pub note: &'static str,
}

/// What is meant to notice an error with this in place of its rule, in words.
pub fn meant(rule: &str) -> String {
    match rule {
        "fault" => "a fault of the line or cell".into(),
        "duplicate" | "superseded" | "cancelled" => format!("the item is set aside: {rule}"),
        "late" => "no rule is meant for this: the earlier month is run again".into(),
        "text" => "no rule is meant for this: tables for spreadsheets write it as text".into(),
        "none" => "no rule is meant for this: the official rate stands in".into(),
        "V44" => "rule V44, where enough items of the subheading can be compared".into(),
        rule => format!("rule {rule}"),
    }
}

// Net mass and value: the rates of real Korean declarations; the others are low
// guesses, high enough to find a few of each in a demonstration.
kinds! {
    KeyFieldEmpty        "key_field_empty"        "V01" "commodity_code" 200 Needs::Import, "commodity code left empty";
    ConflictInFile       "conflict_in_file"       "V02" "declaration_id" 100
        Needs::Repeat(&[HERE, Receipt { value: 1100, ..HERE }]), "same declaration and version twice in one file, values differ";
    ConflictingReceipt   "conflicting_receipt"    "V02" "declaration_id" 100
        Needs::Repeat(&[FIRST, Receipt { value: 1100, ..HERE }]), "same declaration and version in two months, values differ";
    DateOrder            "date_order"             "V04" "release_date" 300 Needs::WholeImport, "released before it was accepted";
    SubheadingInvalid    "subheading_invalid"     "V10b" "commodity_code" 800 Needs::Import, "chapter exists, subheading never did";
    ChapterInvalid       "chapter_invalid"        "V10" "commodity_code" 300 Needs::Import, "chapter does not exist";
    OldEditionCode       "old_edition_code"       "V10b" "commodity_code" 800 Needs::Import, "code of an earlier edition of the HS";
    UnknownOrigin        "unknown_origin"         "V11" "origin_country" 1000 Needs::Import, "country code that is not assigned";
    CountryAlpha3        "country_alpha3"         "V11" "origin_country" 400 Needs::Import, "three letters in place of two";
    CountryNumeric       "country_numeric"        "V11" "origin_country" 300 Needs::Import, "numeric in place of letters";
    CountryHomoglyph     "country_homoglyph"      "V11" "origin_country" 300 Needs::Import, "a Cyrillic letter that looks Latin";
    UnknownProcedure     "unknown_procedure"      "V12" "procedure_code" 300 Needs::WholeImport, "procedure that does not exist";
    FlowContradiction    "flow_contradiction"     "V12" "declaration_type" 300 Needs::WholeImport, "import procedure on an export declaration";
    UnknownCurrency      "unknown_currency"       "V13" "invoice_currency" 200 Needs::ForeignCurrency, "currency that does not exist";
    UnknownMode          "unknown_mode"           "V13" "border_transport_mode" 200 Needs::WholeImport, "mode of transport that does not exist";
    UnknownTerms         "unknown_terms"          "V13" "delivery_terms" 200 Needs::WholeImport, "delivery terms that do not exist";
    TraderId             "trader_id"              "V15" "trader_id" 300 Needs::WholeImport, "trader number one digit short";
    NetMassNotPositive   "net_mass_not_positive"  "V20" "net_mass_kg" 7000 Needs::Anything, "net mass zero or negative";
    NetAboveGross        "net_above_gross"        "V20" "net_mass_kg" 1500 Needs::Anything, "net mass above gross mass";
    UnitMissing          "unit_missing"           "V21" "supplementary_unit" 500 Needs::Pieces, "quantity without its unit";
    QuantityMissing      "quantity_missing"       "V21" "supplementary_quantity" 500 Needs::Pieces, "unit without its quantity";
    QuantitySwapped      "quantity_swapped"       "V44" "supplementary_quantity" 500 Needs::Pieces, "quantity and net mass exchanged";
    ElectricityByRoad    "electricity_by_road"    "V23" "border_transport_mode" 50 Needs::Fuel, "electricity by road";
    GoodsByPipeline      "goods_by_pipeline"      "V23" "border_transport_mode" 100 Needs::Pieces, "goods that no pipe can carry, by pipeline";
    SeaToLandlocked      "sea_to_landlocked"      "V24" "border_transport_mode" 300 Needs::Landlocked, "by sea from a country without a coast";
    FreightMissing       "freight_missing"        "V25" "freight_cost" 500 Needs::BuyersCarriage, "buyer's carriage without freight";
    RateMissing          "rate_missing"           "none" "exchange_rate" 300 Needs::ForeignCurrency, "no exchange rate; the official one can stand in for it";
    RateDeviates         "rate_deviates"          "V26" "exchange_rate" 500 Needs::ForeignCurrency, "rate a fifth too high";
    RatePerHundred       "rate_per_hundred"       "V26" "exchange_rate" 200 Needs::ForeignCurrency, "rate for a hundred units";
    CurrencyWithoutRate  "currency_without_rate"  "V26b" "invoice_currency" 200 Needs::ForeignCurrency, "currency that exists and has no official rate";
    ValueFarAboveInvoice "value_far_above_invoice" "V27" "statistical_value" 300 Needs::BuyersCarriage, "statistical value twice the invoice";
    CustomsValueDiffers  "customs_value_differs"  "V28" "customs_value" 300 Needs::Import, "customs value three times the statistical one";
    ValueNotPositive     "value_not_positive"     "V31" "statistical_value" 9000 Needs::Anything, "value and invoice amount zero or negative";
    MassFactor1000       "mass_factor_1000"       "V44" "net_mass_kg" 500 Needs::Anything, "grams written as kilograms; for the credibility rules";
    DateUnreal           "date_unreal"            "fault" "acceptance_date" 200 Needs::WholeImport, "day that does not exist";
    DecimalComma         "decimal_comma"          "fault" "gross_mass_kg" 500 Needs::Anything, "decimal comma";
    NumberUnreadable     "number_unreadable"      "fault" "net_mass_kg" 500 Needs::Anything, "n/a where a number belongs";
    TooFewFields         "too_few_fields"         "fault" "" 200 Needs::Anything, "line breaks off";
    UnclosedQuote        "unclosed_quote"         "fault" "goods_description" 30 Needs::Anything, "quote opened and never closed; the next line is sound";
    FormulaText          "formula_text"           "text" "goods_description" 200 Needs::Anything, "text that a spreadsheet would take for a formula";
    DuplicateInFile      "duplicate_in_file"      "duplicate" "declaration_id" 150
        Needs::Repeat(&[HERE, HERE]), "identical declaration twice in one file";
    DuplicateReceipt     "duplicate_receipt"      "duplicate" "declaration_id" 150
        Needs::Repeat(&[FIRST, HERE]), "identical declaration again in the next month's file";
    Amended              "amended"                "superseded" "version" 400
        Needs::Repeat(&[FIRST, Receipt { version: 2, value: 900, ..HERE }]), "version 2 in the next month's file; version 1 is in the file before";
    AmendedDropsItem     "amended_drops_item"     "superseded" "version" 200
        Needs::Repeat(&[FIRST, Receipt { version: 2, drops_last_item: true, ..HERE }]), "version 2 in the next month's file lacks item 3";
    Cancelled            "cancelled"              "cancelled" "status" 200
        Needs::Repeat(&[FIRST, Receipt { version: 2, is_cancelled: true, ..HERE }]), "cancelled in the next month's file";
    Late                 "late"                   "late" "release_date" 400
        Needs::Repeat(&[HERE]), "received two or three months after its release";
}

/// Rules that hold an item until somebody decides.
const HOLDING: &[&str] = &["V01", "V02", "V04", "V10", "V12", "V31"];

impl Kind {
    /// Whether the item does not reach the figures: it is held, or its line cannot be read.
    pub fn is_lost(self) -> bool {
        HOLDING.contains(&self.spec().rule) || matches!(self, Kind::TooFewFields | Kind::UnclosedQuote)
    }

    /// The first month, from 0, whose file can hold this kind.
    fn first_month(self) -> u64 {
        match (self, self.spec().needs) {
            (Kind::Late, _) => 3,
            (_, Needs::Repeat(receipts)) if receipts.iter().any(|receipt| receipt.is_earlier) => 1,
            _ => 0,
        }
    }

    /// Months between release and receipt.
    pub fn delay(self, ordinal: u64) -> u64 {
        match (self, self.spec().needs) {
            (Kind::Late, _) => 2 + ordinal % 2,
            (_, Needs::Repeat(receipts)) => u64::from(receipts.iter().any(|receipt| receipt.is_earlier)),
            _ => 0,
        }
    }

    /// How many of this kind the month's file holds. Totals are spread evenly, each
    /// kind starting in another month, so that small plans hold some of every kind too.
    pub fn count(self, plan: &Plan, index: u64) -> u64 {
        let first = self.first_month();
        let span = u64::from(plan.months).saturating_sub(first);
        if index < first || index >= u64::from(plan.months) {
            return 0;
        }
        let at_least = if plan.items < 1000 { 0 } else { 1 + plan.items / 40_000 };
        let total = (plan.items.saturating_mul(self.spec().per_million) / 1_000_000).max(at_least);
        let offset = mixed(self as u64 + 1) % span;
        let up_to = |months: u64| (total * months + offset) / span;
        up_to(index - first + 1) - up_to(index - first)
    }
}

/// One planted error, so that what the rules find can be compared with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Planted {
    /// The month of the file that holds it, as `2026-03`.
    pub month: String,
    /// The line of that file on which the record begins; the header is line 1.
    pub line_no: u64,
    pub declaration_id: String,
    /// None where the whole declaration is meant.
    pub item_no: Option<u32>,
    pub kind: &'static str,
    pub rule: &'static str,
    pub field: &'static str,
    pub note: &'static str,
}

impl Planted {
    /// One error of a kind, with what is known of all of them; `item_no` is none for the whole declaration.
    pub(super) fn new(kind: Kind, month: Month, line_no: u64, declaration_id: &str, item_no: Option<u32>) -> Self {
        let KindSpec { name, rule, field, note, .. } = kind.spec();
        let (month, declaration_id) = (month.text(), declaration_id.to_owned());
        Planted { month, line_no, declaration_id, item_no, kind: name, rule, field, note }
    }
}

/// The truth file: every planted error, one a line.
#[must_use]
pub fn truth_csv(planted: &[Planted]) -> Vec<u8> {
    let mut out = String::from("month,line_no,declaration_id,item_no,kind,rule,field,note\n");
    for error in planted {
        let Planted { month, line_no, declaration_id, kind, rule, field, note, .. } = error;
        let item_no = error.item_no.map(|number| number.to_string()).unwrap_or_default();
        // No note holds a quote; some hold commas.
        out.push_str(&format!("{month},{line_no},{declaration_id},{item_no},{kind},{rule},{field},\"{note}\"\n"));
    }
    out.into_bytes()
}
