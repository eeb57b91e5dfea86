//! The samples of the delimited forms, against what was written down for them.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use chrono::{Days, NaiveDate};

use super::{DelimitedDecoder, Splitter};
use crate::decode::{Context, Decoded};
use crate::fault::FaultCode;
use crate::form::{Form, TraderCheck};
use crate::pseudonym::PseudonymKey;
use crate::schema::{ITEM, Kind};

fn decode(name: &str, form: &str, sample: &str) -> Decoded {
    let form = Arc::new(Form::parse(name, form).expect("the form is right"));
    let context = Arc::new(Context {
        batch_id: "b".to_owned(),
        received_on: NaiveDate::from_ymd_opt(2026, 4, 1).expect("the day exists"),
        pseudonyms: PseudonymKey::new([1; 32]),
        trader_check: TraderCheck::Digits(10),
    });
    let mut splitter = Splitter::new(form, 1 << 20);
    assert!(splitter.push(sample.as_bytes()).expect("the header is right").is_empty());
    let chunk = splitter.finish().expect("the header is right").expect("there are lines");
    assert_eq!(chunk.plan.unlisted(), [""; 0]);
    DelimitedDecoder::new(Arc::clone(&chunk.plan), context).decode_chunk(&chunk)
}

pub(super) fn shown(kind: Kind, column: &ArrayRef, row: usize) -> String {
    if column.is_null(row) {
        return String::new();
    }
    match kind {
        Kind::Text => column.as_string::<i32>().value(row).to_owned(),
        Kind::Code => {
            let codes = column.as_dictionary::<Int32Type>();
            codes.values().as_string::<i32>().value(codes.key(row).expect("it is not null")).to_owned()
        }
        Kind::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        Kind::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        Kind::Bool => column.as_boolean().value(row).to_string(),
        Kind::Date => {
            let days = u64::try_from(column.as_primitive::<Date32Type>().value(row)).expect("it is after 1970");
            (NaiveDate::default() + Days::new(days)).to_string()
        }
        Kind::Decimal(_) | Kind::Wide(_) => column.as_primitive::<Decimal128Type>().value_as_string(row),
    }
}

pub(super) fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

/// The items as the expectation writes them: its columns, in its order.
fn items(decoded: &Decoded, expected: &str) -> String {
    let header = expected.lines().next().expect("the expectation has a header");
    let mut text = format!("{header}\n");
    for row in 0..decoded.items.num_rows() {
        let cells = header.split(',').map(|name| {
            let field = ITEM.iter().find(|field| field.name == name).expect("the expectation names fields");
            let column = decoded.items.column_by_name(name).expect("every field is there");
            quoted(&shown(field.kind, column, row))
        });
        writeln!(text, "{}", cells.collect::<Vec<_>>().join(",")).expect("text is written to a string");
    }
    text
}

fn faults(decoded: &Decoded) -> String {
    let mut text = "line_no,column_name,code,found,is_line,statistical_value,declaration_type\n".to_owned();
    for fault in &decoded.faults {
        let value = fault.statistical_value.map(|cents| format!("{}.{:02}", cents / 100, cents % 100)).unwrap_or_default();
        let column = fault.column.as_deref().unwrap_or("");
        let kind = fault.declaration_type.as_deref().unwrap_or("");
        writeln!(text, "{},{column},{},{},{},{value},{kind}", fault.line_no, fault.code.code(), fault.found, fault.is_line)
            .expect("text is written to a string");
    }
    text
}

#[test]
fn sad_csv() {
    let form = include_str!("../../../../reference/forms/sad_csv.toml");
    let decoded = decode("sad_csv", form, include_str!("../../../../tests/forms/sad_csv/sample.csv"));
    let expected = include_str!("../../../../tests/forms/sad_csv/expected.csv");
    assert_eq!(items(&decoded, expected), expected);
    assert_eq!(faults(&decoded), include_str!("../../../../tests/forms/sad_csv/expected_fault.csv"));
    assert_eq!(decoded.lines_read, 7);
    assert_eq!(decoded.rounded.into_iter().collect::<Vec<_>>(), [("insurance_cost", 1), ("statistical_value", 1)]);
}

/// Codes taken for numbers, days with a time, small letters and blanks of spreadsheets; what may be meant
/// otherwise is a fault.
#[test]
fn sad_csv_as_other_programs_write_it() {
    let form = include_str!("../../../../reference/forms/sad_csv.toml");
    let sample = include_str!("../../../../tests/forms/sad_csv/sample.csv");
    let expected = include_str!("../../../../tests/forms/sad_csv/expected.csv");
    let again = sample
        .replace(",4000,2026-03-10,2026-03-11,", ",4000.0,2026-03-10 00:00:00,2026-03-11T23:59:59,")
        .replace(",TR,CN,AZ,CIP,EUR,", ",tr,cn\u{a0},az,cip,\u{3000}eur,");
    assert_ne!(again, sample);
    let decoded = decode("sad_csv", form, &again);
    assert_eq!(items(&decoded, expected), expected);
    assert_eq!(faults(&decoded), include_str!("../../../../tests/forms/sad_csv/expected_fault.csv"));
    let decoded = decode("sad_csv", form, &sample.replace(",2026-03-10,2026-03-11,", ",10.03.2026,2026/03/11,"));
    let told = decoded.faults.iter().filter(|fault| fault.code == FaultCode::DateFormat).map(|fault| fault.expected.as_ref());
    assert_eq!(told.collect::<Vec<_>>(), ["a date as %Y-%m-%d"; 4], "two lines of two dates");
}

#[test]
fn kcs_csv() {
    let form = include_str!("../../../../reference/forms/kcs_csv.toml");
    let decoded = decode("kcs_csv", form, include_str!("../../../../tests/forms/kcs_csv/sample.csv"));
    let expected = include_str!("../../../../tests/forms/kcs_csv/expected.csv");
    assert_eq!(items(&decoded, expected), expected);
    assert_eq!(decoded.faults, []);
    assert_eq!(decoded.rounded.into_iter().collect::<Vec<_>>(), [("statistical_value", 3)]);
}

/// The same declarations under Korean names, with codes of ten digits of which some lost their zero.
#[test]
fn kcs_csv_as_first_published() {
    let form = include_str!("../../../../reference/forms/kcs_csv.toml");
    let sample = include_str!("../../../../tests/forms/kcs_csv/sample_korean.csv");
    let expected = include_str!("../../../../tests/forms/kcs_csv/expected_korean.csv");
    let decoded = decode("kcs_csv", form, sample);
    assert_eq!(items(&decoded, expected), expected);
    assert_eq!(decoded.faults, []);
    // As a spreadsheet or another program writes it again.
    let again = sample
        .replace("HS10단위부호", "hs6_code")
        .replace("710807000", "71080.0")
        .replace("신고번호", "DECLARATION_ID")
        .replace("2020-01-01", "2020-01-01 00:00:00")
        .replace("2020-01-02", "20200102")
        .replace("6364800.0", "\"6,364,800\"")
        .replace(",AZ,DE,", ",az,de\u{a0},");
    let decoded = decode("kcs_csv", form, &again);
    assert_eq!(items(&decoded, expected), expected.replace("0710807000", "071080"));
    assert_eq!(decoded.faults, []);
    let decoded = decode("kcs_csv", form, &sample.replace("2020-01-01,30", "2020-13-01,30"));
    let faults =
        decoded.faults.iter().map(|fault| (fault.line_no, fault.column.as_deref(), fault.found.as_str())).collect::<Vec<_>>();
    assert_eq!(faults, [(6, Some("신고일자"), "2020-13-01")], "a cell that fills two fields is told once");
}
