//! What a reader sees of a table: the same cells for the workbook and the page.
//!
//! Divides, rounds and puts the signs. CSV does not pass here: it carries full
//! values and flags, never signs.

use arrow_array::RecordBatch;

use crate::cell::{Cell, Source};
use crate::edition::Edition;
use crate::error::Error;
use crate::number::Number;
use crate::table::{Column, ColumnKind, FLAG, ROW_KIND, Table};

/// Weight of a row in print, from field [`ROW_KIND`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum RowKind {
    Total,
    Group,
    #[default]
    Row,
}

/// How a cell is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown {
    Text(String),
    /// No figure: the sign alone.
    Missing(String),
    Figure(Figure),
}

/// A figure as printed, and what a workbook needs to show it the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Figure {
    pub text: String,
    pub rounded: Number,
    pub decimals: u32,
    pub is_nil: bool,
    pub is_estimate: bool,
}

impl Shown {
    /// The cell as it is read, signs included.
    pub(crate) fn text(&self) -> &str {
        match self {
            Shown::Text(text) | Shown::Missing(text) => text,
            Shown::Figure(figure) => &figure.text,
        }
    }
}

/// A row as printed: as many cells as there are printed columns.
pub(crate) struct PrintedRow {
    pub kind: RowKind,
    pub cells: Vec<Shown>,
}

/// A table as printed: only the columns a reader sees.
pub(crate) struct Printed<'a> {
    pub columns: Vec<&'a Column>,
    pub rows: Vec<PrintedRow>,
}

impl<'a> Printed<'a> {
    /// Prints every row of every batch.
    ///
    /// # Errors
    /// When a column is not there, is not of its kind, or holds what cannot be printed.
    pub(crate) fn new(table: &'a Table, edition: &Edition) -> Result<Self, Error> {
        let columns: Vec<&Column> = table.columns.iter().filter(|column| column.is_printed()).collect();
        let mut rows = Vec::with_capacity(table.row_count());
        for batch in &table.batches {
            append(table, edition, &columns, batch, &mut rows)?;
        }
        Ok(Printed { columns, rows })
    }

    /// The column that names the row: its first text, else its first column.
    pub(crate) fn stub(&self) -> usize {
        self.columns.iter().position(|column| column.kind == ColumnKind::Text).unwrap_or(0)
    }

    /// True if rows stand below a group or total that they are part of.
    pub(crate) fn has_levels(&self) -> bool {
        self.rows.iter().any(|row| row.kind != RowKind::Row)
    }

    /// Headings over neighbouring columns with how many they span; `None` where no column has one.
    pub(crate) fn group_headings(&self) -> Option<Vec<(String, usize)>> {
        let mut spans: Vec<(String, usize)> = Vec::new();
        for column in &self.columns {
            let heading = column.group_heading.clone().unwrap_or_default();
            match spans.last_mut() {
                Some((last, width)) if *last == heading => *width += 1,
                _ => spans.push((heading, 1)),
            }
        }
        spans.iter().any(|(heading, _)| !heading.is_empty()).then_some(spans)
    }
}

fn append<'a>(
    table: &'a Table,
    edition: &Edition,
    columns: &[&'a Column],
    batch: &'a RecordBatch,
    rows: &mut Vec<PrintedRow>,
) -> Result<(), Error> {
    let row_kinds = Source::find(table, ROW_KIND, ColumnKind::Code, batch)?;
    let row_flags = Source::find(table, FLAG, ColumnKind::Flag, batch)?;
    let flag_names: Vec<Vec<String>> = columns
        .iter()
        .map(|column| std::iter::once(&column.name).chain(&column.derived_from).map(|name| format!("{name}_{FLAG}")).collect())
        .collect();
    let mut sources = Vec::with_capacity(columns.len());
    let mut own_flags = Vec::with_capacity(columns.len());
    for (column, names) in columns.iter().zip(&flag_names) {
        sources.push(Source::of_column(table, column, batch)?);
        let mut flags = Vec::new();
        for name in names {
            flags.extend(Source::find(table, name, ColumnKind::Flag, batch)?);
        }
        own_flags.push(flags);
    }
    for row in 0..batch.num_rows() {
        let kind = match &row_kinds {
            Some(source) => row_kind(table, rows.len(), &source.text(row)?)?,
            None => RowKind::Row,
        };
        let row_flag = flag_text(row_flags.as_ref(), row)?;
        let mut cells = Vec::with_capacity(columns.len());
        for ((column, source), own_flags) in columns.iter().zip(&sources).zip(&own_flags) {
            // How many items there are is counted, never estimated.
            let mut flag = match own_flags.as_slice() {
                [] if column.kind != ColumnKind::Count => row_flag.clone(),
                _ => String::new(),
            };
            for flags in own_flags {
                flag.push_str(&flags.text(row)?);
            }
            cells.push(show(table, edition, column, source.cell(row)?, flag.contains('e')));
        }
        rows.push(PrintedRow { kind, cells });
    }
    Ok(())
}

fn flag_text(flags: Option<&Source<'_>>, row: usize) -> Result<String, Error> {
    flags.map_or(Ok(String::new()), |source| source.text(row))
}

fn row_kind(table: &Table, row: usize, text: &str) -> Result<RowKind, Error> {
    match text {
        "total" => Ok(RowKind::Total),
        "group" => Ok(RowKind::Group),
        "row" | "" => Ok(RowKind::Row),
        other => Err(Error::RowKind { table: table.name.clone(), row, found: other.to_owned() }),
    }
}

fn show(table: &Table, edition: &Edition, column: &Column, cell: Cell, is_estimate: bool) -> Shown {
    let signs = &edition.signs;
    match cell {
        Cell::Missing if column.kind.is_number() => Shown::Missing(signs.missing.clone()),
        Cell::Missing => Shown::Text(String::new()),
        Cell::Text(text) => Shown::Text(text),
        Cell::Number(number) => {
            let decimals = table.decimals_of(column);
            let is_nil = number.is_zero();
            // Nothing is nothing, also in a row that holds an estimate.
            let is_estimate = is_estimate && !is_nil;
            let scaled = number.shifted(table.scale_of(column));
            let rounded = scaled.rounded(decimals);
            let mut text = if is_nil {
                signs.nil.clone()
            } else if rounded.is_zero() && !is_a_zero(&signs.negligible) {
                signs.negligible.clone()
            } else {
                scaled.print(decimals, edition.language)
            };
            if is_estimate {
                text.push_str(&signs.estimate);
            }
            Shown::Figure(Figure { text, rounded, decimals, is_nil, is_estimate })
        }
    }
}

/// `0.0` stands for the zero of any column: with its decimals and the mark of the language.
pub(crate) fn is_a_zero(sign: &str) -> bool {
    sign.contains('0') && sign.chars().all(|letter| matches!(letter, '0' | '.' | ','))
}

/// The signs and what they mean, as one line under a table.
pub(crate) fn legend(table: &Table, edition: &Edition) -> String {
    let (signs, words) = (&edition.signs, &edition.words);
    let negligible = if is_a_zero(&signs.negligible) {
        Number::from(0_i64).print(table.decimals, edition.language)
    } else {
        signs.negligible.clone()
    };
    let meanings = [
        (signs.nil.as_str(), words.sign_nil()),
        (signs.missing.as_str(), words.sign_missing()),
        (negligible.as_str(), words.sign_negligible()),
        (signs.estimate.as_str(), words.sign_estimate()),
    ];
    let meanings: Vec<String> = meanings.iter().map(|(sign, meaning)| format!("{sign} {meaning}")).collect();
    format!("{}: {}", words.signs(), meanings.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::Language;
    use crate::sample::{self, decimals, texts};

    fn value_column() -> Vec<Column> {
        vec![Column::new("value", "Value", ColumnKind::Value)]
    }

    fn printed(table: &Table, edition: &Edition) -> Vec<String> {
        let printed = Printed::new(table, edition).expect("prints");
        printed.rows.iter().map(|row| row.cells[0].text().to_owned()).collect()
    }

    #[test]
    fn divides_rounds_half_to_even_and_puts_the_signs() {
        let mut table = sample::table(value_column());
        let values =
            decimals(&[Some(125_000), Some(135_000), Some(0), None, Some(4_999), Some(-4_999), Some(12_345_678_999), Some(0)], 2);
        let flags = texts(&[
            None,
            Some("e"),
            None,
            Some("e"),
            Some("e"),
            None,
            Some("pe"),
            // Nothing is there, so nothing was estimated.
            Some("e"),
        ]);
        table.batches = vec![sample::batch(vec![("value", values), ("flag", flags)])];
        let shown = printed(&table, &Edition::default());
        assert_eq!(shown, ["1.2", "1.4*", "-", "...", "0.0*", "0.0", "123,456.8*", "-"]);
    }

    #[test]
    fn negligible_follows_the_decimals_and_the_language() {
        let mut table = sample::table(vec![Column::new("value", "Value", ColumnKind::Value).decimals(2)]);
        table.batches = vec![sample::batch(vec![("value", decimals(&[Some(1)], 2))])];
        let mut edition = Edition { language: Language::Az, ..Edition::default() };
        assert_eq!(printed(&table, &edition), ["0,00"]);
        edition.signs.negligible = "¤".to_owned();
        assert_eq!(printed(&table, &edition), ["¤"]);
    }

    #[test]
    fn a_flag_of_its_own_column_goes_before_the_flag_of_the_row() {
        let columns = vec![
            Column::new("value", "Value", ColumnKind::Value),
            Column::new("mass", "Mass", ColumnKind::Quantity),
            Column::new("items", "Items", ColumnKind::Count),
            Column::new("share", "Share", ColumnKind::Share),
        ];
        let mut table = sample::table(columns);
        table.batches = vec![sample::batch(vec![
            ("value", decimals(&[Some(100_000)], 2)),
            ("mass", decimals(&[Some(1_000)], 0)),
            ("mass_flag", texts(&[Some("")])),
            ("items", decimals(&[Some(1_234)], 0)),
            ("share", decimals(&[Some(2_345)], 4)),
            ("flag", texts(&[Some("e")])),
        ])];
        let rows = Printed::new(&table, &Edition::default()).expect("prints").rows;
        let shown: Vec<&str> = rows[0].cells.iter().map(Shown::text).collect();
        assert_eq!(shown, ["1.0*", "1,000.0", "1,234", "23.4*"]);
    }

    #[test]
    fn each_figure_bears_its_own_mark_and_a_change_that_of_its_figures() {
        let change = |name: &str, of: &[&str]| {
            Column::new(name, "", ColumnKind::Percent).derived_from(of.iter().map(|name| (*name).to_owned()))
        };
        let columns = vec![
            Column::new("export_month", "", ColumnKind::Value),
            change("export_growth", &["export_month", "export_before"]),
            Column::new("import_month", "", ColumnKind::Value),
            change("import_growth", &["import_month", "import_before"]),
        ];
        let mut table = sample::table(columns);
        let number = || decimals(&[Some(100_000)], 2);
        table.batches = vec![sample::batch(vec![
            ("export_month", number()),
            ("export_growth", number()),
            ("import_month", number()),
            ("import_growth", number()),
            ("export_month_flag", texts(&[Some("")])),
            ("export_before_flag", texts(&[Some("e")])),
            ("import_month_flag", texts(&[Some("")])),
            ("import_before_flag", texts(&[Some("")])),
            // Of the row as a whole: no figure here takes it.
            ("flag", texts(&[Some("e")])),
        ])];
        let rows = Printed::new(&table, &Edition::default()).expect("prints").rows;
        let shown: Vec<&str> = rows[0].cells.iter().map(Shown::text).collect();
        assert_eq!(shown, ["1.0", "1,000.0*", "1.0", "1,000.0"]);
    }

    #[test]
    fn row_kinds_are_known_words() {
        let mut table = sample::table(value_column());
        let batch = |kind| sample::batch(vec![("value", decimals(&[Some(1)], 0)), (ROW_KIND, texts(&[Some(kind)]))]);
        table.batches = vec![batch("total")];
        assert_eq!(Printed::new(&table, &Edition::default()).expect("prints").rows[0].kind, RowKind::Total);
        table.batches = vec![batch("Total")];
        assert!(matches!(Printed::new(&table, &Edition::default()), Err(Error::RowKind { .. })));
    }

    #[test]
    fn a_column_that_is_not_there_is_an_error() {
        let mut table = sample::table(value_column());
        table.batches = vec![sample::batch(vec![("worth", decimals(&[Some(1)], 0))])];
        let error = Printed::new(&table, &Edition::default()).err().expect("no such column");
        assert_eq!(error.to_string(), "table `T00_sample` shows column `value`, which its batches do not have");
    }

    #[test]
    fn a_column_for_machines_stands_in_data_files_only() {
        let mut table =
            sample::table(vec![Column::new("level", "Level", ColumnKind::Count).for_machines(), value_column().remove(0)]);
        table.batches = vec![sample::batch(vec![("level", decimals(&[Some(2)], 0)), ("value", decimals(&[Some(1_000)], 0))])];
        assert_eq!(printed(&table, &Edition::default()), ["1.0"]);
        let csv = String::from_utf8(crate::csv::table(&table).expect("writes")).expect("UTF-8");
        assert_eq!(csv, "\"level\",\"value\"\n2,1000\n");
    }

    #[test]
    fn neighbours_share_a_heading() {
        let table = sample::table(vec![
            Column::new("a", "A", ColumnKind::Text),
            Column::new("b", "B", ColumnKind::Value).under("Exports"),
            Column::new("b_flag", "", ColumnKind::Flag),
            Column::new("c", "C", ColumnKind::Value).under("Exports"),
        ]);
        let printed = Printed::new(&table, &Edition::default()).expect("prints");
        assert_eq!(printed.group_headings(), Some(vec![(String::new(), 1), ("Exports".to_owned(), 2)]));
    }
}
