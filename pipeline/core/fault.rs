//! What can be wrong with one cell or one line.
//!
//! A fault is data: it is stored beside the items and the file goes on. What a rule
//! objects to is a finding, and is not here. Invariant: no fault carries what stood
//! in a trader or declarant column.

use std::borrow::Cow;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, Decimal128Array, Int64Array, RecordBatch};

use crate::decode::constant_code;
use crate::schema::{DECIMAL_PRECISION, Record};

macro_rules! fault_codes {
    ($($name:ident $code:literal $title:literal;)*) => {
        /// Kinds of fault. A code keeps its meaning for ever: stored months refer to it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FaultCode { $(#[doc = $title] $name),* }

        impl FaultCode {
            /// In the order of their codes.
            pub const ALL: &[FaultCode] = &[$(FaultCode::$name),*];

            /// `F01` and the like, as `fault` stores it and `tradestat show` takes it.
            #[must_use]
            pub fn code(self) -> &'static str {
                match self { $(FaultCode::$name => $code),* }
            }

            /// What is wrong, in a few words, for messages and reports.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(FaultCode::$name => $title),* }
            }
        }
    };
}

fault_codes! {
    TooFewFields       "F01" "the line has too few fields";
    TooManyFields      "F02" "the line has too many fields";
    UnclosedQuote      "F03" "a quote is opened and not closed";
    TextAfterQuote     "F04" "text follows a closing quote";
    QuoteInText        "F05" "a quote stands inside an unquoted field";
    NulByte            "F06" "the line holds a NUL byte";
    LineTooLong        "F07" "the line is too long";
    KeyEmpty           "F08" "a key field is empty";
    RepeatedHeader     "F09" "the line is the header once more";
    BrokenText         "F10" "the text is not of the encoding the form states";
    DateFormat         "F20" "the date is not written as the form states";
    DateUnknown        "F21" "the date does not exist";
    NotANumber         "F22" "the number cannot be read";
    TooManyDigits      "F23" "the number has too many digits";
    Negative           "F24" "the number is zero or negative where that is impossible";
    NotWhole           "F25" "the number is not whole";
    CurrencyDiffers    "F26" "the amount is not in the currency of the invoice";
    NotTrueOrFalse     "F27" "the cell is neither true nor false";
    UnitUnknown        "F28" "the quantity is in a unit that is not known";
    CommodityNotDigits "F30" "the commodity code holds something other than digits";
    CommodityLength    "F31" "the commodity code has too few or too many digits";
    StatusUnknown      "F32" "the state of the declaration is unknown";
    NotWellFormed      "F40" "the file is not well-formed XML";
    ForbiddenMarkup    "F41" "the file declares a document type or entities";
    MissingElement     "F42" "an element is missing";
    RepeatedElement    "F43" "an element that can occur once is repeated";
    ItemCount          "F44" "the declaration does not hold as many items as it says";
}

impl FaultCode {
    /// None where no kind of fault has this code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<FaultCode> {
        FaultCode::ALL.iter().copied().find(|fault| fault.code() == code)
    }
}

/// Stands for what may not be shown.
pub const MASK: &str = "***";

/// So many characters of an identifier are sought beside its own cell. Those of traders have more; what is shorter
/// (`0`, `-`, `AZ`) says nobody's name, and stands by chance in half of the fields.
const SOUGHT_CHARACTERS: usize = 4;

/// The text with every place masked where one of the identifiers stands, in capitals or in small letters:
/// both are the same key.
#[must_use]
pub fn hidden<'t>(text: &'t [u8], identifiers: &[&[u8]]) -> Cow<'t, [u8]> {
    let is_sought = |identifier: &&&[u8]| String::from_utf8_lossy(identifier).chars().count() >= SOUGHT_CHARACTERS;
    let sought: Vec<&[u8]> = identifiers.iter().filter(is_sought).copied().collect();
    let length_at = |rest: &[u8]| {
        let stands = |identifier: &&&[u8]| rest.get(..identifier.len()).is_some_and(|head| head.eq_ignore_ascii_case(identifier));
        sought.iter().filter(stands).map(|identifier| identifier.len()).max()
    };
    if (0..text.len()).all(|at| length_at(&text[at..]).is_none()) {
        return text.into();
    }
    let mut kept = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.first() {
        let length = length_at(rest);
        kept.extend_from_slice(length.map_or(std::slice::from_ref(first), |_| MASK.as_bytes()));
        rest = &rest[length.unwrap_or(1)..];
    }
    kept.into()
}

/// A raw line is kept only so far: enough to find it again in the source.
pub const RAW_CHARACTERS: usize = 500;

/// One cell or line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Physical line in the file, the header being line 1; in XML the position of the item.
    pub line_no: i64,
    /// The column as the file names it; none when the line itself is at fault.
    pub column: Option<String>,
    pub code: FaultCode,
    pub found: String,
    pub expected: Cow<'static, str>,
    /// The whole line is set aside; otherwise only the cell is null.
    pub is_line: bool,
    /// Cents, where the line is set aside and its value can still be read.
    pub statistical_value: Option<i128>,
    /// As with the value: what the identity of contract section 3 needs.
    pub declaration_type: Option<String>,
    pub raw: String,
}

impl Fault {
    /// A fault of a whole line, with nothing known of its cells.
    #[must_use]
    pub fn of_line(line_no: i64, code: FaultCode, found: impl Into<String>, expected: impl Into<Cow<'static, str>>) -> Fault {
        Fault {
            line_no,
            column: None,
            code,
            found: found.into(),
            expected: expected.into(),
            is_line: true,
            statistical_value: None,
            declaration_type: None,
            raw: String::new(),
        }
    }
}

/// Text for people from bytes of any kind, cut to the length a fault keeps.
#[must_use]
pub fn excerpt(bytes: &[u8]) -> String {
    // Four bytes are the longest character: more cannot show in the cut text.
    let head = &bytes[..bytes.len().min(RAW_CHARACTERS * 4)];
    String::from_utf8_lossy(head).chars().take(RAW_CHARACTERS).collect()
}

/// The relation `fault` of one batch.
///
/// # Panics
/// Never: the columns are made from the schema they are checked against.
#[must_use]
pub fn fault_batch(batch_id: &str, faults: &[Fault]) -> RecordBatch {
    let text = |of: &dyn Fn(&Fault) -> Option<&str>| -> ArrayRef {
        let mut builder = StringBuilder::new();
        for fault in faults {
            builder.append_option(of(fault));
        }
        Arc::new(builder.finish())
    };
    let lines: Int64Array = faults.iter().map(|fault| Some(fault.line_no)).collect();
    let is_line: BooleanArray = faults.iter().map(|fault| Some(fault.is_line)).collect();
    let values: Decimal128Array = faults.iter().map(|fault| fault.statistical_value).collect();
    let values = values.with_precision_and_scale(DECIMAL_PRECISION, 2).expect("two digits of eighteen");
    let columns: Vec<ArrayRef> = vec![
        constant_code(batch_id, faults.len()),
        Arc::new(lines),
        text(&|fault| fault.column.as_deref()),
        text(&|fault| Some(fault.code.code())),
        text(&|fault| Some(&fault.found)),
        text(&|fault| Some(&fault.expected)),
        Arc::new(is_line),
        Arc::new(values),
        text(&|fault| fault.declaration_type.as_deref()),
        text(&|fault| Some(&fault.raw)),
    ];
    RecordBatch::try_new(Record::Fault.schema(), columns).expect("the columns follow the schema of `fault`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;
    use arrow_array::cast::AsArray;

    #[test]
    fn codes_are_distinct_and_found_again() {
        for (position, fault) in FaultCode::ALL.iter().enumerate() {
            assert_eq!(FaultCode::from_code(fault.code()), Some(*fault));
            assert!(FaultCode::ALL[..position].iter().all(|other| other.code() < fault.code()), "codes ascend");
        }
        assert_eq!(FaultCode::from_code("F99"), None);
    }

    #[test]
    fn an_excerpt_ends_on_a_character() {
        let long = "ə".repeat(700);
        assert_eq!(excerpt(long.as_bytes()).chars().count(), RAW_CHARACTERS);
        assert_eq!(excerpt(b"a\xffb"), "a\u{fffd}b");
    }

    #[test]
    fn an_identifier_is_hidden_in_a_text() {
        let of = |text: &str, identifiers: &[&[u8]]| String::from_utf8_lossy(&hidden(text.as_bytes(), identifiers)).into_owned();
        assert_eq!(of("for az1234 (AZ1234567), Az1234", &[b"AZ1234", b"az1234567"]), "for *** (***), ***");
        assert_eq!(of("0;AZ;123;əə", &[b"", b"0", b"AZ", b"123", "əə".as_bytes()]), "0;AZ;123;əə");
        assert_eq!(of("", &[b"AZ1234"]), "");
    }

    #[test]
    fn faults_become_rows() {
        let mut line = Fault::of_line(7, FaultCode::TooFewFields, "3 fields", "26 fields");
        line.statistical_value = Some(-500);
        let cell = Fault { column: Some("net".into()), is_line: false, code: FaultCode::NotANumber, ..line.clone() };
        let batch = fault_batch("b9", &[line, cell]);
        assert_eq!(batch.num_rows(), 2);
        let column = batch.column_by_name("column_name").expect("it is in the schema").as_string::<i32>();
        assert!(column.is_null(0));
        assert_eq!(column.value(1), "net");
        assert_eq!(batch.column_by_name("code").expect("it is in the schema").as_string::<i32>().value(1), "F22");
        assert_eq!(fault_batch("b9", &[]).num_rows(), 0);
    }
}
