//! The samples of partner files, against what was written down for them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::RecordBatch;
use chrono::NaiveDate;

use super::samples::{quoted, shown};
use super::tests::chunks;
use super::{DelimitedDecoder, Splitter};
use crate::decode::document::decode_document;
use crate::decode::encoding::Transcoder;
use crate::decode::{Context, Decoded};
use crate::form::{Form, Layout, TraderCheck};
use crate::pseudonym::PseudonymKey;
use crate::schema::PARTNER_FLOW;

fn decode(name: &str, form: &str, file: &str, sample: &[u8]) -> Decoded {
    let form = Form::parse(name, form).unwrap_or_else(|error| panic!("{error}: {:?}", error.hint()));
    let (form, _) = form.with_given(&BTreeMap::new(), file).expect("the name of the sample says what is asked");
    let form = Arc::new(form);
    let context = Arc::new(Context {
        batch_id: "b".to_owned(),
        received_on: NaiveDate::from_ymd_opt(2026, 4, 1).expect("the day exists"),
        pseudonyms: PseudonymKey::new([1; 32]),
        trader_check: TraderCheck::None,
    });
    match form.layout {
        Layout::Json | Layout::Xml => decode_document(&form, sample, &context).expect("the document is right"),
        Layout::Delimited => {
            let text = Transcoder::of(&form).map(|mut transcoder| {
                let text = transcoder.push(sample).expect("the encoding is right");
                text + &transcoder.finish().expect("the encoding is right")
            });
            let mut splitter = Splitter::new(form, 1 << 20);
            let text = text.as_ref().map_or(sample, |text| text.as_bytes());
            assert!(splitter.push(text).expect("the header is right").is_empty());
            let chunk = splitter.finish().expect("the header is right").expect("there are lines");
            assert_eq!(chunk.plan.unlisted(), [""; 0], "{name} {file}");
            DelimitedDecoder::new(Arc::clone(&chunk.plan), context).decode_chunk(&chunk)
        }
    }
}

/// The flows as the expectation writes them: its columns, in its order; one record of the
/// lines after the other.
fn flows(decoded: &Decoded, expected: &str) -> String {
    let header = expected.lines().next().expect("the expectation has a header");
    let mut text = format!("{header}\n");
    let row = |flows: &RecordBatch, row: usize| {
        let cells = header.split(',').map(|name| {
            let field = PARTNER_FLOW.iter().find(|field| field.name == name).expect("the expectation names fields");
            quoted(&shown(field.kind, flows.column_by_name(name).expect("every field is there"), row))
        });
        cells.collect::<Vec<_>>().join(",")
    };
    for flows in &decoded.flows {
        for place in 0..flows.num_rows() {
            writeln!(text, "{}", row(flows, place)).expect("text is written to a string");
        }
    }
    text
}

macro_rules! samples {
    ($($test:ident $form:literal $sample:literal $expected:literal;)*) => {
        $(#[test]
        fn $test() {
            let form = include_str!(concat!("../../../../reference/forms/", $form, ".toml"));
            let sample = include_bytes!(concat!("../../../../tests/forms/", $form, "/", $sample));
            let expected = include_str!(concat!("../../../../tests/forms/", $form, "/", $expected));
            let decoded = decode($form, form, $sample, sample);
            assert_eq!(flows(&decoded, expected), expected);
            assert_eq!(decoded.faults, []);
            let rows: usize = decoded.flows.iter().map(RecordBatch::num_rows).sum();
            assert_eq!(decoded.lines_read, rows as u64);
        })*
    };
}

samples! {
    comtrade_csv "comtrade_csv" "sample.csv" "expected.csv";
    comtrade_csv_as_downloaded "comtrade_csv" "sample_download.csv" "expected_download.csv";
    comtrade_csv_by_names "comtrade_csv" "sample_names.csv" "expected_names.csv";
    comtrade_csv_in_part "comtrade_csv" "sample_part.csv" "expected_part.csv";
    comtrade_csv_without_period "comtrade_csv" "sample_months.csv" "expected_months.csv";
    comtrade_csv_of_year_and_month "comtrade_csv" "sample_year_and_month.csv" "expected_year_and_month.csv";
    comtrade_json "comtrade_json" "sample.json" "expected.csv";
    comtrade_legacy_csv "comtrade_legacy_csv" "sample.csv" "expected.csv";
    comtrade_legacy_csv_short "comtrade_legacy_csv" "sample_short.csv" "expected_short.csv";
    comtrade_legacy_csv_of_programs "comtrade_legacy_csv" "sample_snake.csv" "expected_snake.csv";
    comtrade_legacy_csv_by_names "comtrade_legacy_csv" "sample_names.csv" "expected_names.csv";
    comtrade_legacy_csv_monthly "comtrade_legacy_csv" "sample_monthly.csv" "expected_monthly.csv";
    comtrade_legacy_csv_of_year_and_month "comtrade_legacy_csv" "sample_year_and_month.csv" "expected_year_and_month.csv";
    comtrade_legacy_json "comtrade_legacy_json" "sample.json" "expected.csv";
    comtrade_tariffline_csv "comtrade_tariffline_csv" "sample.csv" "expected.csv";
    comtrade_tariffline_csv_with_tabs "comtrade_tariffline_csv" "sample_tabs.csv" "expected.csv";
    comext_csv "comext_csv" "sample.csv" "expected.csv";
    comext_old_csv "comext_old_csv" "sample.csv" "expected.csv";
    comext_sdmx_csv "comext_sdmx_csv" "sample.csv" "expected.csv";
    comext_sdmx_csv_of_data_sets "comext_sdmx_csv" "sample_sitc.csv" "expected_sitc.csv";
    baci_csv "baci_csv" "sample_hs92.csv" "expected_hs92.csv";
    baci_csv_of_old "baci_csv" "sample_baci92_1998.csv" "expected_baci92_1998.csv";
    sdmx_csv "sdmx_csv" "sample.csv" "expected.csv";
    sdmx_ml_generic "sdmx_ml_generic" "sample.xml" "expected.csv";
    sdmx_ml_structure "sdmx_ml_structure" "sample.xml" "expected.csv";
    sdmx_ml_flat "sdmx_ml_flat" "sample.xml" "expected.csv";
    unctad_matrix "unctad_matrix" "sample_2005.csv" "expected_2005.csv";
    undata_csv "undata_csv" "sample.csv" "expected.csv";
    unctadstat_csv "unctadstat_csv" "sample.csv" "expected.csv";
    faostat_csv "faostat_csv" "sample.csv" "expected.csv";
    fao_matrix "fao_matrix" "sample.csv" "expected.csv";
    armstat_csv "armstat_csv" "sample.csv" "expected.csv";
    mirror_total_csv "mirror_total_csv" "sample.csv" "expected.csv";
    mirror_partner_csv "mirror_partner_csv" "sample.csv" "expected.csv";
}

#[test]
fn what_cannot_be_read_is_a_fault_and_the_rest_goes_on() {
    let form = include_str!("../../../../reference/forms/armstat_csv.toml");
    let sample = "country,year,month,export,import_origin,import_consignment,date\n\
        Iran,2024,2,x1,1,2,2024-02-01\nIran,2024,2,1,1,2,2024-14-01\nIran,2024\nIran,2024,3,-5,1,2,2024-03-01\n";
    let decoded = decode("armstat_csv", form, "sample.csv", sample.as_bytes());
    let faults: Vec<_> = decoded.faults.iter().map(|fault| (fault.line_no, fault.code.code(), fault.is_line)).collect();
    assert_eq!(
        faults,
        [(2, "F22", false), (3, "F20", true), (3, "F20", true), (3, "F20", true), (4, "F01", true), (5, "F24", false)]
    );
    let rows: usize = decoded.flows.iter().map(RecordBatch::num_rows).sum();
    // Two lines of three records, three that cannot be dated, and a line that cannot be split.
    assert_eq!((rows, decoded.lines_read), (6, 10));
}

#[test]
fn a_first_day_alone_says_no_length_of_the_period() {
    let form = include_str!("../../../../reference/forms/comtrade_csv.toml");
    let form = Arc::new(Form::parse("comtrade_csv", form).expect("the form is right"));
    let sample = "refPeriodId,reporterCode,partnerCode,flowCode,cmdCode,primaryValue\n20240101,268,31,M,870323,100\n";
    let error = chunks(&form, sample.as_bytes(), 1 << 20, 1 << 20).expect_err("a month or a year?").to_string();
    assert!(
        error.contains("column `freqCode` or `frequency` or `periodDesc` or `period`") && error.contains("is missing"),
        "{error}"
    );
    let dated = sample.replace("refPeriodId", "freqCode,refPeriodId").replace("20240101", "A,20240101");
    assert!(chunks(&form, dated.as_bytes(), 1 << 20, 1 << 20).is_ok());
}

#[test]
fn months_that_only_say_their_year_are_refused() {
    let form = include_str!("../../../../reference/forms/comtrade_csv.toml");
    let sample = "freqCode,refYear,reporterCode,partnerCode,flowCode,cmdCode,primaryValue\n\
        M,2024,268,31,M,870323,100\nA,2024,268,31,M,870323,7800\n";
    let decoded = decode("comtrade_csv", form, "sample.csv", sample.as_bytes());
    let faults: Vec<_> = decoded.faults.iter().map(|fault| (fault.line_no, fault.code.code(), fault.is_line)).collect();
    assert_eq!(faults, [(2, "F20", true)]);
    let rows: usize = decoded.flows.iter().map(RecordBatch::num_rows).sum();
    assert_eq!((rows, decoded.lines_read), (1, 2));
}
