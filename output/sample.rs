//! Small tables for the tests of every format.

use std::sync::Arc;

use arrow_array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};

use crate::edition::Edition;
use crate::table::{Column, ColumnKind, Table};

pub(crate) fn table(columns: Vec<Column>) -> Table {
    Table {
        code: "T00".to_owned(),
        name: "T00_sample".to_owned(),
        title: "Sample".to_owned(),
        subtitle: "March 2026".to_owned(),
        unit: "thousand USD".to_owned(),
        scale: 3,
        decimals: 1,
        columns,
        batches: Vec::new(),
        notes: Vec::new(),
        source: None,
        is_data_only: false,
    }
}

pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).expect("columns of one length")
}

pub(crate) fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

pub(crate) fn decimals(values: &[Option<i128>], scale: i8) -> ArrayRef {
    Arc::new(Decimal128Array::from(values.to_vec()).with_precision_and_scale(38, scale).expect("a scale that fits"))
}

pub(crate) fn edition() -> Edition {
    Edition {
        source: "State Customs Committee, customs declarations".to_owned(),
        state: "provisional".to_owned(),
        run_id: "20260412T081500-1a2b".to_owned(),
        method_digest: "9f2c4e61d0aa77b3c1e5".to_owned(),
        created_at: 1_775_982_900,
        synthetic: true,
        confidentiality_note: Some("Confidentiality has not been applied.".to_owned()),
        ..Edition::default()
    }
}

/// A table with everything in it: row kinds, groups, flags, signs, a formula, letters of three scripts.
pub(crate) fn partners() -> Table {
    let columns = vec![
        Column::new("row_kind", "", ColumnKind::Code),
        Column::new("partner", "Code", ColumnKind::Code),
        Column::new("partner_name", "Partner", ColumnKind::Text),
        Column::new("export_value", "Value", ColumnKind::Value).under("Exports"),
        Column::new("export_share", "Share", ColumnKind::Share).under("Exports").unit("%"),
        Column::new("import_value", "Value", ColumnKind::Value).under("Imports"),
        Column::new("import_change", "Change", ColumnKind::Percent).under("Imports").unit("%"),
        Column::new("item_count", "Items", ColumnKind::Count),
        Column::new("flag", "Flag", ColumnKind::Flag),
    ];
    let batch = batch(vec![
        ("row_kind", texts(&[Some("total"), Some("group"), Some("row"), Some("row"), Some("row"), Some("row")])),
        ("partner", texts(&[Some("W00"), Some("EU27"), Some("IT"), Some("NA"), Some("004"), Some("_X")])),
        (
            "partner_name",
            texts(&[Some("Total"), Some("Avropa <İttifaqı> & ə"), Some("Италия"), Some("=Namibia"), Some("Äfghanistan"), None]),
        ),
        (
            "export_value",
            decimals(
                &[Some(1_234_567_891_234_560), Some(1_250_000_000), Some(1_350_000_000), Some(0), None, Some(49_000_000)],
                6,
            ),
        ),
        ("export_share", decimals(&[Some(10_000), Some(2_345), Some(2_345), Some(0), None, Some(1)], 4)),
        ("import_value", decimals(&[Some(-123_456_789), Some(5), Some(100_000), Some(0), None, Some(7)], 2)),
        ("import_change", decimals(&[Some(123), Some(-456), None, Some(0), Some(1_234_567), Some(-1)], 1)),
        ("item_count", decimals(&[Some(12_345), Some(12), Some(1), Some(0), None, Some(3)], 0)),
        ("flag", texts(&[None, Some("e"), Some(""), None, None, Some("e")])),
    ]);
    Table {
        code: "T03".to_owned(),
        name: "T03_trade_by_partner".to_owned(),
        title: "Exports and imports by partner".to_owned(),
        notes: vec!["Groups overlap and are never summed.".to_owned()],
        batches: vec![batch],
        ..table(columns)
    }
}
