//! What has more rows than a worksheet, cut into parts that fit.
//!
//! A table is cut by what its rows are about: the customs office, else the HS chapter. Rows of a
//! part keep their order. Where a table has neither, or one office fills more than a worksheet,
//! the parts are numbered.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use crate::cell::Source;
use crate::error::Error;
use crate::sheet::Sheet;
use crate::table::{ColumnKind, Table};

/// Columns that tell the part of a row, and how many letters of their code do.
const KEYS: &[(&str, usize)] =
    &[("customs_office", usize::MAX), ("chapter", 2), ("hs2", 2), ("hs4", 2), ("hs6", 2), ("commodity_code", 2)];

/// A table of no more than so many rows.
#[derive(Clone, Debug)]
pub struct Part {
    /// `27`, or `27_2` where chapter 27 alone is too long; empty for a whole table.
    pub key: String,
    pub table: Table,
}

/// The parts of a table, and the column they are cut by; one part with an empty key where it fits.
pub fn cut(table: &Table, most: usize) -> Result<(Vec<Part>, Option<&'static str>), Error> {
    if table.row_count() <= most {
        return Ok((vec![Part { key: String::new(), table: table.clone() }], None));
    }
    let has = |name: &str| table.columns.iter().any(|column| column.name == name);
    let key = KEYS.iter().find(|(name, _)| has(name));
    let mut groups: BTreeMap<String, Vec<RecordBatch>> = BTreeMap::new();
    for batch in &table.batches {
        match key {
            None => groups.entry(String::new()).or_default().push(batch.clone()),
            Some((name, letters)) => split(table, batch, name, *letters, &mut groups)?,
        }
    }
    let mut parts = Vec::new();
    for (key, batches) in groups {
        let pieces = pieces(batches, most.max(1));
        let is_one = pieces.len() == 1;
        for (number, batches) in pieces.into_iter().enumerate() {
            let number = number + 1;
            let key = match (key.is_empty(), is_one) {
                (_, true) => key.clone(),
                (true, false) => number.to_string(),
                (false, false) => format!("{key}_{number}"),
            };
            parts.push(Part { key, table: Table { batches, ..table.clone() } });
        }
    }
    Ok((parts, key.map(|(name, _)| *name)))
}

/// Runs of rows of one key, as slices: nothing is copied.
fn split(
    table: &Table,
    batch: &RecordBatch,
    name: &str,
    letters: usize,
    groups: &mut BTreeMap<String, Vec<RecordBatch>>,
) -> Result<(), Error> {
    let Some(source) = Source::find(table, name, ColumnKind::Code, batch)? else { return Ok(()) };
    let (mut from, mut last) = (0, None);
    for row in 0..=batch.num_rows() {
        let key = if row < batch.num_rows() { Some(safe(&source.text(row)?, letters)) } else { None };
        if key != last {
            if let Some(last) = last.take() {
                groups.entry(last).or_default().push(batch.slice(from, row - from));
            }
            (from, last) = (row, key);
        }
    }
    Ok(())
}

/// A code is what a file declares, so it must not choose where a file goes.
fn safe(code: &str, letters: usize) -> String {
    let key: String =
        code.chars().take(letters.min(40)).map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    if key.is_empty() { "other".to_owned() } else { key }
}

/// Batches in pieces of at most `most` rows.
fn pieces(batches: Vec<RecordBatch>, most: usize) -> Vec<Vec<RecordBatch>> {
    let (mut pieces, mut room) = (vec![Vec::new()], most);
    for batch in batches {
        let mut from = 0;
        while from < batch.num_rows() {
            if room == 0 {
                pieces.push(Vec::new());
                room = most;
            }
            let rows = room.min(batch.num_rows() - from);
            pieces.last_mut().expect("never empty").push(batch.slice(from, rows));
            (from, room) = (from + rows, room - rows);
        }
    }
    pieces
}

/// A worklist in numbered sheets of at most `most` rows; one that fits keeps its name.
pub fn cut_sheet(sheet: Sheet, most: usize) -> Vec<Sheet> {
    if sheet.rows.len() <= most {
        return vec![sheet];
    }
    let count = sheet.rows.len().div_ceil(most.max(1));
    let part = |(number, rows): (usize, &[Vec<crate::Cell>])| Sheet {
        name: format!("{}_{}", sheet.name, number + 1),
        title: format!("{}, {}/{count}", sheet.title, number + 1),
        rows: rows.to_vec(),
        ..Sheet { rows: Vec::new(), ..sheet.clone() }
    };
    sheet.rows.chunks(most.max(1)).enumerate().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, decimals, texts};
    use crate::table::Column;

    fn goods(column: &str) -> Table {
        let mut table =
            sample::table(vec![Column::new(column, "HS", ColumnKind::Code), Column::new("value", "Value", ColumnKind::Value)]);
        let codes = [Some("270900"), Some("271000"), Some("010121"), None, Some("270900"), Some("../..")];
        let values: Vec<Option<i128>> = (1..=6).map(Some).collect();
        table.batches = vec![sample::batch(vec![(column, texts(&codes)), ("value", decimals(&values, 0))])];
        table
    }

    fn rows(table: &Table, most: usize) -> Vec<(String, usize)> {
        cut(table, most).expect("cuts").0.into_iter().map(|part| (part.key, part.table.row_count())).collect()
    }

    fn expected(of: &[(&str, usize)]) -> Vec<(String, usize)> {
        of.iter().map(|(key, rows)| ((*key).to_owned(), *rows)).collect()
    }

    #[test]
    fn what_fits_is_one_part() {
        assert_eq!(rows(&goods("hs6"), 6), expected(&[("", 6)]));
    }

    #[test]
    fn goods_are_cut_by_chapter_and_a_chapter_that_is_too_long_is_numbered() {
        assert_eq!(rows(&goods("hs6"), 3), expected(&[("01", 1), ("27", 3), ("__", 1), ("other", 1)]));
        assert_eq!(rows(&goods("hs6"), 2), expected(&[("01", 1), ("27_1", 2), ("27_2", 1), ("__", 1), ("other", 1)]));
        assert_eq!(cut(&goods("commodity_code"), 3).expect("cuts").1, Some("commodity_code"));
    }

    #[test]
    fn offices_go_before_chapters_and_without_either_parts_are_numbered() {
        assert_eq!(rows(&goods("customs_office"), 5).first(), expected(&[("010121", 1)]).first());
        assert_eq!(rows(&goods("partner"), 4), expected(&[("1", 4), ("2", 2)]));
        assert_eq!(cut(&goods("partner"), 4).expect("cuts").1, None);
    }

    #[test]
    fn no_row_is_lost_and_none_stands_twice() {
        for most in 1..=6 {
            let sum: usize = rows(&goods("hs6"), most).iter().map(|(_, rows)| rows).sum();
            assert_eq!(sum, 6, "{most}");
        }
    }

    #[test]
    fn a_long_worklist_is_numbered() {
        let sheet = crate::sheet::tests::worklist();
        let names = |sheets: Vec<Sheet>| sheets.into_iter().map(|sheet| (sheet.name, sheet.rows.len())).collect::<Vec<_>>();
        assert_eq!(names(cut_sheet(sheet.clone(), 2)), expected(&[("worklist_01", 2)]));
        assert_eq!(names(cut_sheet(sheet, 1)), expected(&[("worklist_01_1", 1), ("worklist_01_2", 1)]));
    }
}
