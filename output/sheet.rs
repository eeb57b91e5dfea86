//! A list of lines to work on: rows of text and numbers, as CSV and XLSX.
//!
//! For the worklist that goes back to a customs office. Numbers stand in full,
//! since a clerk compares them with the declaration; nothing is scaled, rounded
//! or replaced by a sign.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::cell::Cell;
use crate::csv;
use crate::edition::Edition;
use crate::error::Error;
use crate::xlsx::{Page, column_number, fits, longest_word, properties, too_large};
use crate::{Artifact, Format as FileFormat};

/// One column of a sheet: field name for CSV, title for people.
#[derive(Clone, Debug)]
pub struct SheetColumn {
    pub name: String,
    pub title: String,
    /// Decimals that a workbook shows of a number; the cell holds all of them.
    pub decimals: u32,
}

/// Rows of text and numbers under one heading.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// File name without ending.
    pub name: String,
    pub title: String,
    pub columns: Vec<SheetColumn>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    pub notes: Vec<String>,
}

/// The sheet as a file. A workbook takes about 300 bytes of memory a cell and thirty times the time of
/// its CSV: cut long lists by office.
pub fn render_sheet(sheet: &Sheet, edition: &Edition, format: FileFormat) -> Result<Artifact, Error> {
    let ragged = sheet.rows.iter().position(|row| row.len() != sheet.columns.len());
    if let Some(row) = ragged {
        let (found, expected) = (sheet.rows[row].len(), sheet.columns.len());
        return Err(Error::RaggedRow { sheet: sheet.name.clone(), row, found, expected });
    }
    let bytes = match format {
        FileFormat::Csv => to_csv(sheet),
        FileFormat::Xlsx => to_xlsx(sheet, edition)?,
    };
    Ok(Artifact { name: format!("{}.{}", sheet.name, format.ending()), bytes })
}

fn to_csv(sheet: &Sheet) -> Vec<u8> {
    let mut text = String::new();
    csv::line(&mut text, sheet.columns.iter().map(|column| Cell::Text(column.name.clone())));
    for row in &sheet.rows {
        csv::line(&mut text, row.iter().cloned());
    }
    text.into_bytes()
}

fn to_xlsx(sheet: &Sheet, edition: &Edition) -> Result<Vec<u8>, Error> {
    if !fits(sheet.rows.len()) || sheet.columns.len() > usize::from(u8::MAX) || sheet.notes.len() > 250 {
        return Err(too_large(&sheet.name, sheet.rows.len(), sheet.columns.len()));
    }
    let write = || -> Result<Vec<u8>, XlsxError> {
        let mut workbook = Workbook::new();
        workbook.set_properties(&properties(&sheet.title, edition)?);
        fill(workbook.add_worksheet(), sheet, edition)?;
        workbook.save_to_buffer()
    };
    write().map_err(|source| Error::Workbook { name: sheet.name.clone(), source })
}

fn fill(worksheet: &mut rust_xlsxwriter::Worksheet, sheet: &Sheet, edition: &Edition) -> Result<(), XlsxError> {
    let mut page = Page::new(worksheet);
    page.line(&sheet.title, &Format::new().set_bold().set_font_size(14))?;
    page.banners(edition)?;
    page.row += 1;
    let titles: Vec<String> = sheet.columns.iter().map(|column| column.title.clone()).collect();
    let right: Vec<bool> =
        (0..titles.len()).map(|column| sheet.rows.iter().any(|row| matches!(row[column], Cell::Number(_)))).collect();
    page.headings(&titles, &right)?;

    // A format of the column, not of each cell: looking one up costs more than writing the cell.
    for (column, spec) in sheet.columns.iter().enumerate().filter(|(column, _)| right[*column]) {
        page.sheet.set_column_format(column_number(column), &Format::new().set_num_format(shown(spec)))?;
    }
    let first = page.row;
    let mut widths: Vec<usize> = titles.iter().map(|title| longest_word(title)).collect();
    for row in &sheet.rows {
        for (column, cell) in row.iter().enumerate() {
            let at = column_number(column);
            match cell {
                Cell::Missing => {}
                Cell::Text(text) => {
                    widths[column] = widths[column].max(text.chars().count());
                    page.text(at, text, false, 0)?;
                }
                Cell::Number(number) => {
                    let width = number.print(sheet.columns[column].decimals, edition.language).chars().count();
                    widths[column] = widths[column].max(width);
                    page.sheet.write_number(page.row, at, number.to_f64())?;
                }
            }
        }
        page.row += 1;
    }
    page.finish_data(first, &widths, 0)?;
    page.notes(&sheet.notes, &edition.source, edition)
}

fn shown(column: &SheetColumn) -> String {
    match column.decimals.min(30) as usize {
        0 => "#,##0".to_owned(),
        decimals => format!("#,##0.{}", "0".repeat(decimals)),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::number::Number;
    use crate::sample;

    pub(crate) fn worklist() -> Sheet {
        let column = |name: &str, title: &str, decimals| SheetColumn { name: name.to_owned(), title: title.to_owned(), decimals };
        let text = |text: &str| Cell::Text(text.to_owned());
        Sheet {
            name: "worklist_01".to_owned(),
            title: "Held items, office 01".to_owned(),
            columns: vec![
                column("declaration_id", "Declaration", 0),
                column("goods_description", "Goods", 0),
                column("statistical_value", "Value, USD", 2),
            ],
            rows: vec![
                vec![text("000123"), text("=cmd|' /C calc'!A0"), Cell::Number(Number::from_unscaled(123_456, 2))],
                vec![text("@x"), text("bell \u{7} nul \u{0} \u{fffe} _x0041_"), Cell::Missing],
            ],
            notes: vec!["Please correct and send again.".to_owned()],
        }
    }

    #[test]
    fn csv_carries_the_rows_and_no_formula() {
        let csv = render_sheet(&worklist(), &sample::edition(), FileFormat::Csv).expect("writes");
        assert_eq!(csv.name, "worklist_01.csv");
        let text = String::from_utf8(csv.bytes).expect("UTF-8");
        assert!(
            text.starts_with(
                "\"declaration_id\",\"goods_description\",\"statistical_value\"\n\"000123\",\"'=cmd|' /C calc'!A0\",1234.56\n"
            ),
            "{text}"
        );
        assert!(text.contains("\n\"'@x\","), "{text}");
        assert!(!text.contains('\0'), "{text}");
    }

    #[test]
    fn a_workbook_holds_text_as_text_and_is_valid_xml() {
        let xlsx = render_sheet(&worklist(), &sample::edition(), FileFormat::Xlsx).expect("writes");
        let parts = crate::golden::unzip(&xlsx.bytes);
        for (name, text) in &parts {
            assert!(!text.contains("<f>"), "a formula in {name}");
            let illegal = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t') || letter == '\u{fffe}';
            assert!(!text.contains(illegal), "a letter that XML does not have in {name}");
        }
        let shared = &parts.iter().find(|(name, _)| name.ends_with("sharedStrings.xml")).expect("strings").1;
        assert!(shared.contains("=cmd|' /C calc'!A0"), "{shared}");
    }

    #[test]
    fn a_ragged_row_is_an_error() {
        let mut sheet = worklist();
        sheet.rows[1].pop();
        let error = render_sheet(&sheet, &Edition::default(), FileFormat::Xlsx).expect_err("ragged");
        assert_eq!(error.to_string(), "row 1 of sheet `worklist_01` has 2 cells, expected 3");
    }
}
