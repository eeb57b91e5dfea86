//! Rows of cells, split and not yet read.

use crate::fault::{MASK, excerpt, hidden};

/// Where one cell stands: in the text of the chunk, or in the arena of texts that
/// had to be put together (doubled quotes, joined columns).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    start: u32,
    end: u32,
}

/// Marks a span of the arena. Chunks are far below two gigabytes.
const IN_ARENA: u32 = 1 << 31;

impl Span {
    /// # Panics
    /// When the place is beyond two gigabytes, which no chunk reaches.
    #[must_use]
    #[inline]
    pub fn text(start: usize, end: usize) -> Span {
        debug_assert!(end < IN_ARENA as usize, "a chunk is far below two gigabytes");
        #[expect(clippy::cast_possible_truncation, reason = "a chunk is far below two gigabytes")]
        let span = Span { start: start as u32, end: end as u32 };
        span
    }

    /// Whether no byte stands in it, be it in the text or in the arena.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start & !IN_ARENA == self.end
    }

    /// A place in the arena, counted from the arena's own start.
    ///
    /// # Panics
    /// As [`Span::text`], and likewise only where debug assertions are on.
    #[must_use]
    #[inline]
    pub fn arena(start: usize, end: usize) -> Span {
        let span = Span::text(start, end);
        Span { start: span.start | IN_ARENA, end: span.end }
    }
}

/// How a row is shown in a fault.
#[derive(Clone, Copy, Debug)]
pub enum Shown<'rows> {
    /// The first so many cells, with the separator between.
    Line { separator: char, cells: usize },
    /// `name=text` of every cell that is not empty.
    Named(&'rows [&'static str]),
}

/// A block of rows of equal width.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'rows> {
    pub text: &'rows [u8],
    pub arena: &'rows [u8],
    pub spans: &'rows [Span],
    pub width: usize,
    /// The line each row begins on, or its position in its document.
    pub lines: &'rows [i64],
    /// By cell: may not be shown.
    pub private: &'rows [bool],
    /// Cells with what a party is known by: that text is hidden in the others too.
    pub identifiers: &'rows [usize],
    pub shown: Shown<'rows>,
    /// The bytes are known to be whole UTF-8 without replacement characters.
    pub is_sound: bool,
}

impl<'rows> Rows<'rows> {
    /// The bytes of a cell without the blanks around it.
    #[must_use]
    #[inline]
    pub fn cell(&self, row: usize, place: usize) -> &'rows [u8] {
        self.bytes(self.spans[row * self.width + place])
    }

    /// The bytes of a span without the blanks around them.
    #[must_use]
    #[inline]
    pub fn bytes(&self, span: Span) -> &'rows [u8] {
        let start = (span.start & !IN_ARENA) as usize;
        let bytes = if span.start & IN_ARENA == 0 { self.text } else { self.arena };
        let cell = &bytes[start..span.end as usize];
        match cell {
            [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => cell,
            _ => trimmed(cell),
        }
    }

    /// The text of a cell as a fault may keep it, which is no party's own cell.
    #[must_use]
    pub fn shown_text(&self, row: usize, cell: &[u8]) -> String {
        let identifiers: Vec<&[u8]> = self.identifiers.iter().map(|place| self.cell(row, *place)).collect();
        excerpt(&hidden(cell, &identifiers))
    }

    /// The row as a fault may keep it.
    #[must_use]
    pub fn raw(&self, row: usize) -> String {
        let mut raw = String::new();
        let cells = match self.shown {
            Shown::Line { cells, .. } => cells,
            Shown::Named(names) => names.len(),
        };
        for place in 0..cells {
            let cell = self.cell(row, place);
            match self.shown {
                Shown::Line { separator, .. } if place > 0 => raw.push(separator),
                Shown::Line { .. } => {}
                Shown::Named(_) if cell.is_empty() => continue,
                Shown::Named(names) => {
                    raw.push_str(if raw.is_empty() { "" } else { "; " });
                    raw.push_str(names[place]);
                    raw.push('=');
                }
            }
            let is_hidden = self.private.get(place).copied().unwrap_or(false) && !cell.is_empty();
            raw.push_str(&if is_hidden { MASK.to_owned() } else { self.shown_text(row, cell) });
        }
        excerpt(raw.as_bytes())
    }
}

/// Blanks beyond ASCII that spreadsheets and web pages put beside a text, in UTF-8.
const BLANKS: [&[u8]; 4] = ["\u{a0}".as_bytes(), "\u{202f}".as_bytes(), "\u{3000}".as_bytes(), "\u{feff}".as_bytes()];

/// A cell without the blanks around it, of which some may be beyond ASCII.
fn trimmed(cell: &[u8]) -> &[u8] {
    let mut cell = cell.trim_ascii();
    while let Some(rest) = BLANKS.iter().find_map(|blank| cell.strip_prefix(*blank).or_else(|| cell.strip_suffix(*blank))) {
        cell = rest.trim_ascii();
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows<'rows>(spans: &'rows [Span], shown: Shown<'rows>) -> Rows<'rows> {
        Rows {
            text: b"D1, 1000000005 ,ship",
            arena: b"a \"b\"",
            spans,
            width: 4,
            lines: &[7],
            private: &[false, true, false, false],
            identifiers: &[1],
            shown,
            is_sound: true,
        }
    }

    const SPANS: [Span; 4] =
        [Span { start: 0, end: 2 }, Span { start: 3, end: 15 }, Span { start: IN_ARENA, end: 5 }, Span { start: 16, end: 16 }];

    #[test]
    fn cells_lose_the_blanks_around_them() {
        let rows = rows(&SPANS, Shown::Line { separator: ',', cells: 4 });
        assert_eq!(rows.cell(0, 1), b"1000000005");
        assert_eq!(rows.cell(0, 2), b"a \"b\"");
        assert_eq!(rows.cell(0, 3), b"");
        assert_eq!(Span::arena(0, 5), SPANS[2]);
        assert_eq!(Span::text(3, 15), SPANS[1]);
    }

    #[test]
    fn blanks_beyond_ascii_are_blanks() {
        for cell in ["TR\u{a0}", " \u{3000}TR", "\u{a0} TR \u{202f}\u{a0}", "\u{feff}TR"] {
            assert_eq!(trimmed(cell.as_bytes()), b"TR", "{cell:?}");
        }
        assert_eq!(trimmed("ə\u{a0}ə".as_bytes()), "ə\u{a0}ə".as_bytes());
        assert_eq!(trimmed("\u{a0}".as_bytes()), b"");
    }

    #[test]
    fn a_shown_row_hides_what_is_private() {
        assert_eq!(rows(&SPANS, Shown::Line { separator: ';', cells: 3 }).raw(0), "D1;***;a \"b\"");
        let names = ["declaration_id", "trader_id", "goods_description", "status"];
        assert_eq!(rows(&SPANS, Shown::Named(&names)).raw(0), "declaration_id=D1; trader_id=***; goods_description=a \"b\"");
    }
}
