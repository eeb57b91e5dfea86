//! A worksheet filled from the top: title, banners, headings, data, notes.

use rust_xlsxwriter::{Format, FormatAlign, FormatBorder, IgnoreError, Worksheet, XlsxError};

use crate::csv::looks_like_formula;
use crate::edition::Edition;

/// Code units of UTF-16 that a cell holds.
const MAX_TEXT: usize = 32_767;

/// A worksheet that is filled from the top.
pub(crate) struct Page<'a> {
    pub sheet: &'a mut Worksheet,
    pub row: u32,
}

impl<'a> Page<'a> {
    /// Begins in the first row.
    pub(crate) fn new(sheet: &'a mut Worksheet) -> Self {
        Page { sheet, row: 0 }
    }

    /// A line in the first column; an empty text takes no row.
    pub(crate) fn line(&mut self, text: &str, format: &Format) -> Result<(), XlsxError> {
        if !text.is_empty() {
            self.sheet.write_string_with_format(self.row, 0, cell_text(text), format)?;
            self.row += 1;
        }
        Ok(())
    }

    /// One cell of text in the current row. Plain text has no format of its own: looking one up costs more than the cell.
    pub(crate) fn text(&mut self, column: u16, text: &str, is_bold: bool, indent: u8) -> Result<(), XlsxError> {
        let is_risky = looks_like_formula(text);
        if !is_risky && !is_bold && indent == 0 {
            self.sheet.write_string(self.row, column, cell_text(text))?;
            return Ok(());
        }
        let format = weight(Format::new().set_align(FormatAlign::Left).set_indent(indent), is_bold);
        // Without the mark, editing the cell and pressing Enter would make a formula of it.
        let format = if is_risky { format.set_quote_prefix() } else { format };
        self.sheet.write_string_with_format(self.row, column, cell_text(text), &format)?;
        Ok(())
    }

    /// What must be read before the figures: synthetic data, notices, the note on confidentiality.
    pub(crate) fn banners(&mut self, edition: &Edition) -> Result<(), XlsxError> {
        let banner = Format::new().set_bold();
        if edition.synthetic {
            self.line(edition.words.synthetic(), &banner)?;
        }
        for notice in &edition.notices {
            self.line(notice, &banner)?;
        }
        self.line(edition.confidentiality_note.as_deref().unwrap_or_default(), &banner)
    }

    /// The row above the headings, each text over as many columns as it spans.
    pub(super) fn group_headings(&mut self, spans: &[(String, usize)]) -> Result<(), XlsxError> {
        let format = Format::new().set_bold().set_align(FormatAlign::Center).set_border_bottom(FormatBorder::Thin);
        let mut column = 0;
        for (heading, width) in spans {
            let (first, last) = (column_number(column), column_number(column + width - 1));
            match (heading.is_empty(), *width) {
                (true, _) => {}
                (false, 1) => {
                    self.sheet.write_string_with_format(self.row, first, cell_text(heading), &format)?;
                }
                (false, _) => {
                    self.sheet.merge_range(self.row, first, self.row, last, &cell_text(heading), &format)?;
                }
            }
            column += width;
        }
        self.row += 1;
        Ok(())
    }

    /// The heading row; `right` says which columns hold numbers.
    pub(crate) fn headings(&mut self, titles: &[String], right: &[bool]) -> Result<(), XlsxError> {
        for (column, (title, is_right)) in titles.iter().zip(right).enumerate() {
            let align = if *is_right { FormatAlign::Right } else { FormatAlign::Left };
            let format = Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(align)
                .set_align(FormatAlign::Bottom)
                .set_border_bottom(FormatBorder::Medium);
            self.sheet.write_string_with_format(self.row, column_number(column), cell_text(title), &format)?;
        }
        self.row += 1;
        Ok(())
    }

    /// Freezes, filters and widens around the rows from `first` to here; headings stand just above `first`.
    pub(crate) fn finish_data(&mut self, first: u32, widths: &[usize], stub: usize) -> Result<(), XlsxError> {
        let Some(last_column) = widths.len().checked_sub(1).map(column_number) else {
            return Ok(());
        };
        self.sheet.set_freeze_panes(first, column_number(stub + 1).min(last_column))?;
        if self.row > first {
            self.sheet.autofilter(first - 1, 0, self.row - 1, last_column)?;
            // Codes are text on purpose; a green corner on each would say they are a mistake.
            self.sheet.ignore_error_range(first, 0, self.row - 1, last_column, IgnoreError::NumberStoredAsText)?;
        }
        for (column, width) in widths.iter().enumerate() {
            // Room for the button of the filter, and a limit, since one long text would push the figures off the screen.
            self.sheet.set_column_width(column_number(column), (*width as f64 + 3.0).clamp(8.0, 60.0))?;
        }
        self.sheet.set_repeat_rows(first - 1, first - 1)?;
        self.sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0).set_footer("&R&P / &N");
        Ok(())
    }

    /// Notes, source and trace under the data.
    pub(crate) fn notes(&mut self, notes: &[String], source: &str, edition: &Edition) -> Result<(), XlsxError> {
        let small = Format::new().set_font_size(9);
        self.row += 1;
        for note in notes {
            self.line(note, &small)?;
        }
        if !source.is_empty() {
            self.line(&format!("{}: {source}", edition.words.source()), &small)?;
        }
        self.line(&edition.trace(), &small)
    }
}

/// Bold for totals and groups, unchanged for rows.
pub(super) fn weight(format: Format, is_bold: bool) -> Format {
    if is_bold { format.set_bold() } else { format }
}

/// The text, cut to what a cell holds; an ellipsis shows that it was cut.
fn cell_text(text: &str) -> String {
    // Not letters at all, and XML does not have them; control characters are escaped by the writer.
    let text = text.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    if text.len() <= MAX_TEXT || text.encode_utf16().count() <= MAX_TEXT {
        return text;
    }
    let mut units = 1;
    let fits = |letter: &char| {
        units += letter.len_utf16();
        units <= MAX_TEXT
    };
    let mut kept: String = text.chars().take_while(fits).collect();
    kept.push('…');
    kept
}

/// Callers have checked that there are no more columns than a worksheet has.
pub(crate) fn column_number(column: usize) -> u16 {
    u16::try_from(column).unwrap_or(u16::MAX)
}

/// Letters of the longest word: a column must be as wide, because words are not broken.
pub(crate) fn longest_word(title: &str) -> usize {
    title.split(' ').map(|word| word.chars().count()).max().unwrap_or(0)
}

/// A name that a worksheet may have and that no sheet before it has.
pub(super) fn sheet_name(code: &str, taken: &mut Vec<String>) -> String {
    let clean: String = code.chars().map(|c| if "[]:*?/\\'".contains(c) || c.is_control() { '_' } else { c }).collect();
    let stem = if clean.is_empty() { "Sheet".to_owned() } else { clean.chars().take(24).collect() };
    let mut name = stem.clone();
    let mut number = 2;
    // Worksheet names differ by more than case.
    while taken.contains(&name.to_lowercase()) {
        name = format!("{stem} {number}");
        number += 1;
    }
    taken.push(name.to_lowercase());
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheet_names_are_allowed_and_differ() {
        let mut taken = Vec::new();
        let names: Vec<String> = ["T03", "t03", "a/b:c", "", "'x'"].iter().map(|code| sheet_name(code, &mut taken)).collect();
        assert_eq!(names, ["T03", "t03 2", "a_b_c", "Sheet", "_x_"]);
    }

    #[test]
    fn a_long_text_is_cut_and_shows_it() {
        let cut = cell_text(&"😀".repeat(20_000));
        assert!(cut.encode_utf16().count() <= MAX_TEXT && cut.ends_with('…'));
        assert_eq!(cell_text("short"), "short");
    }
}
