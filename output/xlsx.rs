//! Tables as workbooks: for people, as printed.
//!
//! A figure is a number, rounded half to even to the digits shown, with a number
//! format that puts the signs: the workbook, the page and the paper show one
//! figure. Who needs the full value takes the CSV file of the same name, and a
//! note under the table says so. Codes are text. No cell is ever a formula or a
//! link: text is written as text, whatever it begins with.
//!
//! Invariant: the same table gives the same bytes. The only date in a workbook
//! is the one the caller gives.

mod page;

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};

use crate::edition::{Edition, Signs};
use crate::error::Error;
use crate::print::{Figure, Printed, RowKind, Shown, is_a_zero, legend};
use crate::table::{Column, ColumnKind, Table};

pub(crate) use page::{Page, column_number, longest_word};
use page::{sheet_name, weight};

/// Rows that a worksheet has.
pub const MAX_ROWS: usize = 1_048_576;
const MAX_COLUMNS: usize = 16_384;

/// Left free for titles, headings and notes.
const ROWS_AROUND_DATA: usize = 576;

/// Rows of data that a worksheet takes.
pub const MOST_ROWS: usize = MAX_ROWS - ROWS_AROUND_DATA;

/// True if that many rows of data fit a worksheet; who has more cuts them, by office or chapter.
pub fn fits(rows: usize) -> bool {
    rows <= MOST_ROWS
}

/// Several tables as one workbook, a sheet each: different ones, or one in several languages.
pub fn workbook(name: &str, tables: &[(&Table, &Edition)]) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::Workbook { name: name.to_owned(), source };
    let mut workbook = Workbook::new();
    let mut sheet_names = Vec::new();
    if let Some((table, edition)) = tables.first() {
        workbook.set_properties(&properties(&table.title, edition).map_err(failed)?);
    }
    for (position, (table, edition)) in tables.iter().enumerate() {
        let printed = Printed::new(table, edition)?;
        if !fits(printed.rows.len()) || printed.columns.len() > MAX_COLUMNS || table.notes.len() > ROWS_AROUND_DATA / 2 {
            return Err(too_large(&table.name, printed.rows.len(), printed.columns.len()));
        }
        let sheet = workbook.add_worksheet();
        // The same table in another language has its language in the name of the sheet.
        let is_same = position > 0 && tables[..position].iter().any(|(other, _)| other.code == table.code);
        let code = if is_same { format!("{} {}", table.code, edition.language.tag()) } else { table.code.clone() };
        sheet.set_name(sheet_name(&code, &mut sheet_names)).map_err(failed)?;
        write_table(sheet, table, &printed, edition).map_err(failed)?;
    }
    workbook.save_to_buffer().map_err(failed)
}

/// The refusal of more rows or columns than a worksheet holds.
pub(crate) fn too_large(name: &str, rows: usize, columns: usize) -> Error {
    Error::TooLarge { name: name.to_owned(), rows, columns }
}

/// Title, trace and moment of the workbook: the moment is the edition's, not that of the writing.
pub(crate) fn properties(title: &str, edition: &Edition) -> Result<DocProperties, XlsxError> {
    let created = ExcelDateTime::from_timestamp(edition.created_at)?;
    Ok(DocProperties::new().set_title(title).set_comment(edition.trace()).set_creation_datetime(&created))
}

fn write_table(sheet: &mut Worksheet, table: &Table, printed: &Printed, edition: &Edition) -> Result<(), XlsxError> {
    let words = &edition.words;
    let mut page = Page::new(sheet);
    page.line(&table.title, &Format::new().set_bold().set_font_size(14))?;
    page.line(&edition.language.capitalised(&table.subtitle), &Format::new())?;
    if !table.unit.is_empty() {
        page.line(&format!("{}: {}", words.unit(), table.unit), &Format::new())?;
    }
    page.banners(edition)?;
    page.row += 1;

    if let Some(spans) = printed.group_headings() {
        page.group_headings(&spans)?;
    }
    let titles: Vec<String> = printed.columns.iter().map(|column| heading(column)).collect();
    let right: Vec<bool> = printed.columns.iter().map(|column| column.kind.is_number()).collect();
    page.headings(&titles, &right)?;

    let first = page.row;
    let stub = printed.stub();
    let is_indented = printed.has_levels();
    let mut widths: Vec<usize> = titles.iter().map(|title| longest_word(title)).collect();
    let mut formats = Formats::new(&edition.signs);
    for row in &printed.rows {
        let is_bold = row.kind != RowKind::Row;
        for (column, shown) in row.cells.iter().enumerate() {
            widths[column] = widths[column].max(shown.text().chars().count());
            let at = column_number(column);
            match shown {
                Shown::Text(text) => {
                    let indent = u8::from(column == stub && is_indented && !is_bold);
                    page.text(at, text, is_bold, indent)?;
                }
                Shown::Missing(sign) => {
                    let format = weight(Format::new().set_align(FormatAlign::Right), is_bold);
                    page.sheet.write_string_with_format(page.row, at, sign, &format)?;
                }
                Shown::Figure(figure) => {
                    page.sheet.write_number_with_format(page.row, at, figure.rounded.to_f64(), formats.of(figure, is_bold))?;
                }
            }
        }
        page.row += 1;
    }
    page.finish_data(first, &widths, stub)?;

    let mut under: Vec<String> = table.notes.clone();
    under.push(legend(table, edition));
    under.push(words.rounded().to_owned());
    page.notes(&under, table.source(edition), edition)
}

/// Title and unit of a column.
fn heading(column: &Column) -> String {
    match &column.unit {
        Some(unit) if column.kind != ColumnKind::Code => format!("{}, {unit}", column.title),
        _ => column.title.clone(),
    }
}

/// Number formats already made; there are few, and one a cell would cost more than the cell.
struct Formats<'a> {
    signs: &'a Signs,
    made: Vec<(FigureLook, Format)>,
}

/// What the format of a figure depends on.
#[derive(Clone, Copy, PartialEq, Eq)]
struct FigureLook {
    decimals: u32,
    is_nil: bool,
    is_estimate: bool,
    is_bold: bool,
}

impl<'a> Formats<'a> {
    fn new(signs: &'a Signs) -> Self {
        Formats { signs, made: Vec::new() }
    }

    fn of(&mut self, figure: &Figure, is_bold: bool) -> &Format {
        let Figure { decimals, is_nil, is_estimate, .. } = *figure;
        let look = FigureLook { decimals, is_nil, is_estimate, is_bold };
        let position = match self.made.iter().position(|(made, _)| *made == look) {
            Some(position) => position,
            None => {
                let format = weight(Format::new().set_num_format(number_format(look, self.signs)), is_bold);
                self.made.push((look, format));
                self.made.len() - 1
            }
        };
        &self.made[position].1
    }
}

/// Positive, negative and zero sections; a zero is nil or what rounds to zero.
fn number_format(look: FigureLook, signs: &Signs) -> String {
    let decimals = look.decimals.min(30) as usize;
    let point = if decimals == 0 { String::new() } else { format!(".{}", "0".repeat(decimals)) };
    let estimate = if look.is_estimate { literal(&signs.estimate) } else { String::new() };
    let zero = if look.is_nil {
        literal(&signs.nil)
    } else if is_a_zero(&signs.negligible) {
        format!("0{point}")
    } else {
        literal(&signs.negligible)
    };
    format!("#,##0{point}{estimate};-#,##0{point}{estimate};{zero}{estimate}")
}

/// Quoted text in a number format; there is no way to write a quote inside one.
fn literal(sign: &str) -> String {
    format!("\"{}\"", sign.replace('"', ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn sheet_xml(table: &Table) -> String {
        let bytes = workbook("w", &[(table, &sample::edition())]).expect("writes");
        crate::golden::unzip(&bytes).into_iter().find(|(name, _)| name.ends_with("sheet1.xml")).expect("a sheet").1
    }

    fn strings(table: &Table) -> String {
        let files = crate::golden::unzip(&workbook("w", &[(table, &sample::edition())]).expect("writes"));
        files.into_iter().find(|(name, _)| name.ends_with("sharedStrings.xml")).expect("texts").1
    }

    #[test]
    fn a_table_with_a_source_of_its_own_names_it() {
        let own = Table { source: Some("Two countries".into()), ..sample::partners() };
        assert!(strings(&own).contains("Source: Two countries"));
        assert!(!strings(&own).contains(&sample::edition().source));
        assert!(strings(&sample::partners()).contains(&format!("Source: {}", sample::edition().source)));
    }

    #[test]
    fn a_table_without_a_unit_says_none() {
        assert!(strings(&sample::partners()).contains("Unit: thousand USD"));
        assert!(!strings(&Table { unit: String::new(), ..sample::partners() }).contains("Unit"));
    }

    #[test]
    fn the_same_table_gives_the_same_bytes() {
        let (table, edition) = (sample::partners(), sample::edition());
        let both = [(&table, &edition), (&table, &edition)];
        assert_eq!(workbook("w", &both).expect("writes"), workbook("w", &both).expect("writes"));
    }

    #[test]
    fn numbers_are_numbers_and_codes_are_text() {
        let xml = sheet_xml(&sample::partners());
        // 1.25 thousand million is printed, and stored, as half to even says.
        assert!(xml.contains("<v>1234567.9</v>"), "{xml}");
        // The code 004 stands in A13, as a shared string.
        assert!(xml.contains("<c r=\"A13\" t=\"s\">"), "{xml}");
        assert!(!xml.contains("<f>"), "a formula");
        assert!(xml.contains("<autoFilter ref=\"A8:G14\"/>"), "{xml}");
        assert!(xml.contains("topLeftCell=\"C9\""), "{xml}");
    }

    #[test]
    fn formats_put_the_signs() {
        let signs = Signs::default();
        let look = FigureLook { decimals: 1, is_nil: true, is_estimate: false, is_bold: false };
        assert_eq!(number_format(look, &signs), "#,##0.0;-#,##0.0;\"-\"");
        let look = FigureLook { is_nil: false, is_estimate: true, ..look };
        assert_eq!(number_format(look, &signs), "#,##0.0\"*\";-#,##0.0\"*\";0.0\"*\"");
        let own = Signs { negligible: "\"0\"".to_owned(), ..signs };
        assert_eq!(number_format(FigureLook { decimals: 0, is_estimate: false, ..look }, &own), "#,##0;-#,##0;\"0\"");
    }

    #[test]
    fn says_clearly_that_a_table_is_too_large() {
        assert!(fits(1_048_000));
        assert!(!fits(1_048_001));
        let column = Column::new("x", "x", ColumnKind::Count);
        let nothing = std::sync::Arc::new(arrow_array::NullArray::new(1_048_001));
        let mut table = sample::table(vec![column]);
        table.batches = vec![sample::batch(vec![("x", nothing)])];
        let error = workbook("w", &[(&table, &Edition::default())]).expect_err("too many rows");
        assert_eq!(error.to_string(), "`T00_sample` has 1048001 rows and 1 columns, more than a worksheet holds");
    }

    #[test]
    fn no_columns_and_no_rows_are_still_a_workbook() {
        assert!(workbook("w", &[]).is_ok());
        assert!(workbook("w", &[(&sample::table(Vec::new()), &Edition::default())]).is_ok());
    }

    #[test]
    fn each_language_has_its_sheet_and_its_signs() {
        let (table, english) = (sample::partners(), sample::edition());
        let russian = Edition {
            language: crate::Language::Ru,
            words: crate::Words::from_labels(|key| (key == "unit").then(|| "Единица".to_owned())),
            ..english.clone()
        };
        let titled = Table { title: "Торговля по странам".to_owned(), ..table.clone() };
        let bytes = workbook("w", &[(&table, &english), (&titled, &russian)]).expect("writes");
        let parts = crate::golden::unzip(&bytes);
        let part =
            |end: &str| parts.iter().find(|(name, _)| name.ends_with(end)).map(|(_, text)| text.clone()).unwrap_or_default();
        let book = part("workbook.xml");
        assert!(book.contains("name=\"T03\"") && book.contains("name=\"T03 ru\""), "{book}");
        let strings = part("sharedStrings.xml");
        for text in ["Exports and imports by partner", "Торговля по странам", "Unit: ", "Единица: "] {
            assert!(strings.contains(text), "{text} is not in {strings}");
        }
    }

    #[test]
    fn a_date_outside_the_format_is_an_error() {
        let edition = Edition { created_at: i64::MAX, ..Edition::default() };
        assert!(matches!(workbook("w", &[(&sample::table(Vec::new()), &edition)]), Err(Error::Workbook { .. })));
    }
}
