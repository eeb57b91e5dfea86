//! Tables as CSV: for machines, in full.
//!
//! Choices, each for a reader that would otherwise get it wrong:
//!
//! * Full values with a decimal point, no thousands marks, no trailing zeros;
//!   flags in their own column. Never a print sign: `...` would turn a column
//!   of numbers into text.
//! * Codes, texts, dates and the header are always quoted, numbers never, and
//!   what is missing is nothing at all between two commas (an empty text is
//!   `""`). That is the convention of Python's `csv.QUOTE_STRINGS` and of
//!   PostgreSQL, and readers that heed quotes keep the zero of `010121`.
//!   Quotes are not enough for pandas and polars: tell those the types.
//! * No byte-order mark: most programs would make it part of the first field
//!   name. Who opens the table in Excel takes the XLSX file.
//! * Lines end with LF, as in the code lists.
//! * A text that a spreadsheet would run as a formula gets an apostrophe in
//!   front (see [`defused`]). Numbers never do, so `-5` stays a number.

use std::borrow::Cow;

use arrow_array::RecordBatch;

use crate::cell::{Cell, Source};
use crate::error::Error;
use crate::table::Table;

/// The table in full, one line a row, header of field names.
pub(crate) fn table(table: &Table) -> Result<Vec<u8>, Error> {
    let mut text = header(table);
    for batch in &table.batches {
        text.push_str(&rows(table, batch)?);
    }
    Ok(text.into_bytes())
}

/// The line of field names.
#[must_use]
pub fn header(table: &Table) -> String {
    let mut text = String::new();
    line(&mut text, table.columns.iter().map(|column| Cell::Text(column.name.clone())));
    text
}

/// Lines of some rows of the table, for one that is too long to be held.
///
/// # Errors
///
/// A column of the table that the batch lacks, or whose type cannot be printed.
pub fn rows(table: &Table, batch: &RecordBatch) -> Result<String, Error> {
    let mut text = String::new();
    let mut sources = Vec::with_capacity(table.columns.len());
    for column in &table.columns {
        sources.push(Source::of_column(table, column, batch)?);
    }
    for row in 0..batch.num_rows() {
        let cells: Result<Vec<Cell>, Error> = sources.iter().map(|source| source.cell(row)).collect();
        line(&mut text, cells?);
    }
    Ok(text)
}

/// Appends one line.
pub(crate) fn line(text: &mut String, cells: impl IntoIterator<Item = Cell>) {
    for (position, cell) in cells.into_iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
        match cell {
            Cell::Missing => {}
            Cell::Number(number) => text.push_str(&number.to_plain()),
            Cell::Text(cell) => {
                text.push('"');
                // Many readers take a NUL for the end of the file.
                text.push_str(&defused(&cell).replace('"', "\"\"").replace('\0', "\u{fffd}"));
                text.push('"');
            }
        }
    }
    text.push('\n');
}

/// The text with an apostrophe in front if a spreadsheet would take it for a formula.
///
/// Blanks before the sign do not protect: some spreadsheets drop them first. The
/// text as it was declared is in the Parquet file of the same name.
pub fn defused(text: &str) -> Cow<'_, str> {
    if looks_like_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Whether a spreadsheet would compute the text, of whoever declared it, in place of showing it.
pub(crate) fn looks_like_formula(text: &str) -> bool {
    // A tab or a line break in front moves the rest into a cell of its own in some importers.
    if text.starts_with(['\t', '\r', '\n']) {
        return true;
    }
    let first = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter.is_control());
    // A sign alone computes nothing, and is the code of what is not stated.
    if first.chars().count() < 2 {
        return false;
    }
    // The wide forms come from East Asian keyboards, and Excel reads them as the narrow ones.
    first.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, decimals, texts};
    use crate::table::{Column, ColumnKind};

    fn csv(columns: Vec<Column>, batch: arrow_array::RecordBatch) -> String {
        let mut table = sample::table(columns);
        table.batches = vec![batch];
        String::from_utf8(super::table(&table).expect("writes")).expect("UTF-8")
    }

    #[test]
    fn full_values_flags_and_no_signs() {
        let columns = vec![
            Column::new("hs6", "HS", ColumnKind::Code),
            Column::new("value", "Value", ColumnKind::Value),
            Column::new("flag", "", ColumnKind::Flag),
        ];
        let batch = sample::batch(vec![
            ("hs6", texts(&[Some("010121"), Some("TOTAL"), None])),
            ("value", decimals(&[Some(1_234_567_891_230), Some(0), None], 6)),
            ("flag", texts(&[Some("e"), Some(""), None])),
        ]);
        assert_eq!(csv(columns, batch), "\"hs6\",\"value\",\"flag\"\n\"010121\",1234567.89123,\"e\"\n\"TOTAL\",0,\"\"\n,,\n");
    }

    #[test]
    fn formula_like_text_is_defused_and_numbers_are_not() {
        for text in ["=1+1", "+1", "-1", "@x", "\t=1", "\rx", "\n=1", "  =1", "\u{a0}=1", "＝1", "=HYPERLINK(\"http://x\")"] {
            assert_eq!(defused(text), format!("'{text}"), "{text:?}");
        }
        for text in ["", "wheat", "a=b", "'x", "1+1", "№ 5", "…", "-", "+"] {
            assert_eq!(defused(text), text, "{text:?}");
        }
        let columns = vec![Column::new("text", "", ColumnKind::Text), Column::new("change", "", ColumnKind::Percent)];
        let batch = sample::batch(vec![("text", texts(&[Some("-5")])), ("change", decimals(&[Some(-50)], 1))]);
        assert_eq!(csv(columns, batch), "\"text\",\"change\"\n\"'-5\",-5\n");
    }

    #[test]
    fn a_reader_gets_back_what_was_written() {
        let awkward = ["a,b", "say \"x\"", "two\nlines", "Şəki, Quba", "Щучье;", "\u{feff}bom", " pad "];
        let cells: Vec<Option<&str>> = awkward.iter().map(|text| Some(*text)).collect();
        let bytes = csv(vec![Column::new("text", "", ColumnKind::Text)], sample::batch(vec![("text", texts(&cells))]));
        let mut reader = ::csv::Reader::from_reader(bytes.as_bytes());
        let read: Vec<String> = reader.records().map(|record| record.expect("parses")[0].to_owned()).collect();
        assert_eq!(read, awkward);
    }

    #[test]
    fn no_rows_give_a_header() {
        let mut table = sample::table(vec![Column::new("text", "", ColumnKind::Text)]);
        table.batches = Vec::new();
        assert_eq!(super::table(&table).expect("writes"), b"\"text\"\n");
    }
}
