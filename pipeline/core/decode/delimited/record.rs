//! One record of a delimited file: where it ends, and where its cells stand.
//!
//! Quoting is RFC 4180, strictly: a quote opens a cell or does not occur in it, and
//! is doubled inside. A record is good when it has exactly as many cells as the
//! header (and an empty one more, where the form says that lines end so), and none of
//! its cells is made of other records between two stray quotes. When it is not, one
//! physical line is given up and reading resumes at the next, so that an unclosed
//! quote costs lines and not the file. All of this is a function of the bytes from the
//! record's start on, never of how a file was cut.

use memchr::{memchr, memchr_iter};

use super::marks::Marks;
use crate::decode::rows::Span;
use crate::fault::FaultCode;
use crate::form::Form;

/// Characters with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    /// One more separator may stand behind the last cell.
    pub(super) may_trail: bool,
}

impl Dialect {
    /// How files of the form are written that have this separator.
    pub(super) fn of(form: &Form, separator: u8) -> Dialect {
        Dialect { separator, quote: form.quote, may_trail: form.may_end_with_separator }
    }
}

/// A quoted cell must close within this distance from the start of its record.
/// Small in tests, so that their files meet the limit.
pub(super) const QUOTED_BYTES: usize = if cfg!(test) { 1 << 12 } else { 1 << 20 };

/// A longer physical line is a fault.
pub(super) const LINE_BYTES: usize = if cfg!(test) { 1 << 16 } else { 16 << 20 };

/// What a record turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The right number of cells, each with its span.
    Good,
    Blank,
    /// The first physical line is given up. Cells counted as far as they could be told apart.
    Bad {
        code: FaultCode,
        cells: usize,
    },
}

/// What reading one record gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// Where reading goes on.
    pub(super) end: usize,
    /// Physical lines passed.
    pub(super) lines: i64,
    pub(super) outcome: Outcome,
    /// The bytes ended before the outcome was sure: more of them could change it.
    pub(super) is_cut: bool,
}

/// What ended a cell.
enum Stop {
    Separator,
    Line,
    /// The bytes are used up.
    Bytes,
    Wrong(FaultCode),
}

/// Reads records one after the other.
pub(super) struct Reader<'bytes> {
    bytes: &'bytes [u8],
    marks: Marks<'bytes>,
    dialect: Dialect,
    width: usize,
    at: usize,
    /// Line breaks inside quotes of this record.
    breaks: i64,
    /// The first cell that holds one, counted from 1.
    broken: usize,
}

/// Reads the one record at `start`.
pub(super) fn record(bytes: &[u8], start: usize, dialect: Dialect, width: usize, cells: &mut Cells) -> Scan {
    Reader::new(bytes, start, dialect, width).record(start, cells)
}

/// Where cells stand, record after record.
#[derive(Default)]
pub(super) struct Cells {
    pub(super) spans: Vec<Span>,
    /// Texts with doubled quotes made single, and texts put together.
    pub(super) arena: Vec<u8>,
}

impl Cells {
    /// Forgets the records, and keeps the room for those of the next chunk.
    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.arena.clear();
    }
}

impl<'bytes> Reader<'bytes> {
    /// Reads from `start` on; a good record has `width` cells.
    pub(super) fn new(bytes: &'bytes [u8], start: usize, dialect: Dialect, width: usize) -> Reader<'bytes> {
        Reader { bytes, marks: Marks::new(bytes, start, dialect), dialect, width, at: start, breaks: 0, broken: 0 }
    }

    /// Reads the record at `start`, which is where the one before ended. The spans of
    /// a good record are appended.
    #[inline]
    pub(super) fn record(&mut self, start: usize, cells: &mut Cells) -> Scan {
        let first_span = cells.spans.len();
        cells.spans.resize(first_span + self.width, Span::default());
        let spans = &mut cells.spans[first_span..];
        (self.at, self.breaks, self.broken) = (start, 0, 0);
        let mut count = 0;
        let (code, is_cut) = loop {
            let rest = spans.get_mut(count..).unwrap_or_default();
            let (filled, from, place) = self.marks.cells(rest, self.at);
            count += filled;
            let mark = place.and_then(|place| self.bytes.get(place)).copied();
            let (span, stop) = match (place, mark) {
                (Some(place), Some(mark)) if mark == self.dialect.separator => {
                    self.at = place + 1;
                    (Span::text(from, place), Stop::Separator)
                }
                (Some(place), Some(b'\n')) => {
                    self.at = place + 1;
                    let end = place - usize::from(place > from && self.bytes[place - 1] == b'\r');
                    (Span::text(from, end), Stop::Line)
                }
                (Some(place), Some(quote)) if place == from => self.quoted(quote, from, start, &mut cells.arena),
                (Some(place), Some(_)) => (Span::text(from, place), Stop::Wrong(FaultCode::QuoteInText)),
                _ => {
                    self.at = self.bytes.len();
                    let end = self.at - usize::from(self.at > from && self.bytes[self.at - 1] == b'\r');
                    (Span::text(from, end), Stop::Bytes)
                }
            };
            if self.breaks > 0 && self.broken == 0 {
                self.broken = count + 1;
            }
            let is_empty = span.is_empty();
            match spans.get_mut(count) {
                Some(place) => *place = span,
                None if self.breaks > 0 => {
                    count += 1;
                    break (FaultCode::UnclosedQuote, false);
                }
                None => {}
            }
            count += 1;
            match stop {
                Stop::Separator => {}
                Stop::Wrong(code) => {
                    let is_cut = code == FaultCode::UnclosedQuote && self.bytes.len() < start + QUOTED_BYTES;
                    break (code, is_cut);
                }
                Stop::Line | Stop::Bytes => {
                    let is_cut = matches!(stop, Stop::Bytes);
                    let is_trailed = self.dialect.may_trail && count == self.width + 1 && is_empty;
                    if (count == self.width || is_trailed) && self.at - start - usize::from(!is_cut) <= LINE_BYTES {
                        if self.breaks > 0 && self.is_of_records(start) {
                            break (FaultCode::UnclosedQuote, is_cut);
                        }
                        return Scan { end: self.at, lines: 1 + self.breaks, outcome: Outcome::Good, is_cut };
                    }
                    let code = if count < self.width { FaultCode::TooFewFields } else { FaultCode::TooManyFields };
                    break (code, is_cut);
                }
            }
        };
        cells.spans.truncate(first_span);
        self.give_up(start, code, count, is_cut)
    }

    /// The rest of a cell whose opening quote has been passed.
    fn quoted(&mut self, quote: u8, opened: usize, start: usize, arena: &mut Vec<u8>) -> (Span, Stop) {
        let from = opened + 1;
        let unclosed = (Span::text(from, from), Stop::Wrong(FaultCode::UnclosedQuote));
        let mut is_doubled = false;
        let close = loop {
            let Some(place) = self.marks.next().filter(|place| *place < start + QUOTED_BYTES) else { return unclosed };
            match self.bytes[place] {
                byte if byte == quote && self.bytes.get(place + 1) == Some(&quote) => {
                    is_doubled = true;
                    // The second of the pair.
                    self.marks.next();
                }
                byte if byte == quote => break place,
                b'\n' => self.breaks += 1,
                _ => {}
            }
        };
        let span = if is_doubled { unescaped(&self.bytes[from..close], quote, arena) } else { Span::text(from, close) };
        let rest = &self.bytes[close + 1..];
        let (length, stop) = match rest {
            [byte, ..] if *byte == self.dialect.separator => (1, Stop::Separator),
            [b'\n', ..] => (1, Stop::Line),
            [b'\r', b'\n', ..] => (2, Stop::Line),
            [] | [b'\r'] => (rest.len(), Stop::Bytes),
            _ => (0, Stop::Wrong(FaultCode::TextAfterQuote)),
        };
        self.at = close + 1 + length;
        if matches!(stop, Stop::Separator | Stop::Line) {
            self.marks.next();
        }
        (span, stop)
    }

    /// Whether the lines that a record has by its quotes are rather records of their own, which two stray
    /// quotes in the same column made one. A text of several lines begins in one part of a record and ends in
    /// another; so two of these are enough: the first line has all cells, were its quote a letter; so has
    /// the last; one between is a record by itself.
    #[cold]
    fn is_of_records(&self, start: usize) -> bool {
        // Every line is a record of one column.
        if self.width == 1 {
            return false;
        }
        let end = self.at - usize::from(self.bytes[self.at - 1] == b'\n');
        let breaks: Vec<usize> = memchr_iter(b'\n', &self.bytes[start..end]).map(|place| start + place).collect();
        let (Some(first), Some(last)) = (breaks.first(), breaks.last()) else { return false };
        let has_all = |line: &[u8]| memchr_iter(self.dialect.separator, line).count() + 1 >= self.width;
        let mut cells = Cells::default();
        let mut is_record = |line: &[usize]| {
            cells.clear();
            let scan = record(&self.bytes[..line[1]], line[0] + 1, self.dialect, self.width, &mut cells);
            scan.outcome == Outcome::Good
        };
        let signs =
            [has_all(&self.bytes[start..*first]), has_all(&self.bytes[*last..end]), breaks.windows(2).any(&mut is_record)];
        signs.iter().filter(|sign| **sign).count() > 1
    }

    /// One physical line is given up.
    #[cold]
    fn give_up(&mut self, start: usize, code: FaultCode, cells: usize, is_cut: bool) -> Scan {
        let line = &self.bytes[start..];
        let length = memchr(b'\n', line).unwrap_or(line.len());
        let outcome = if line[..length].trim_ascii().is_empty() {
            Outcome::Blank
        } else if length > LINE_BYTES {
            Outcome::Bad { code: FaultCode::LineTooLong, cells }
        } else if self.breaks > 0 {
            // Whatever is wrong further down, it is this line's quote that reached there.
            Outcome::Bad { code: FaultCode::UnclosedQuote, cells: self.broken }
        } else {
            Outcome::Bad { code, cells }
        };
        let end = (start + length + 1).min(self.bytes.len());
        self.marks.seek(end);
        Scan { end, lines: 1, outcome, is_cut }
    }
}

fn unescaped(inside: &[u8], quote: u8, arena: &mut Vec<u8>) -> Span {
    let from = arena.len();
    let mut rest = inside;
    while let Some(place) = memchr(quote, rest) {
        arena.extend_from_slice(&rest[..=place]);
        // Of the pair, the second is left out.
        rest = &rest[place + 2..];
    }
    arena.extend_from_slice(rest);
    Span::arena(from, arena.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIALECT: Dialect = Dialect { separator: b',', quote: Some(b'"'), may_trail: false };

    fn scan(text: &str, width: usize) -> Scan {
        record(text.as_bytes(), 0, DIALECT, width, &mut Cells::default())
    }

    /// Cells of a good record, and where it ends.
    fn cells(text: &str, width: usize) -> (Vec<String>, usize) {
        let mut cells = Cells::default();
        let scan = record(text.as_bytes(), 0, DIALECT, width, &mut cells);
        assert_eq!(scan.outcome, Outcome::Good, "{text:?}");
        let rows = crate::decode::rows::Rows {
            text: text.as_bytes(),
            arena: &cells.arena,
            spans: &cells.spans,
            width,
            lines: &[1],
            private: &[],
            identifiers: &[],
            shown: crate::decode::rows::Shown::Line { separator: ',', cells: width },
            is_sound: true,
        };
        let cell = |place| String::from_utf8_lossy(rows.cell(0, place)).into_owned();
        ((0..width).map(cell).collect(), scan.end)
    }

    fn bad(text: &str, width: usize) -> (FaultCode, usize) {
        match scan(text, width) {
            Scan { outcome: Outcome::Bad { code, .. }, end, .. } => (code, end),
            other => panic!("{text:?} is {other:?}"),
        }
    }

    #[test]
    fn cells_of_good_records() {
        assert_eq!(cells("a,b,c\nx", 3), (vec!["a".into(), "b".into(), "c".into()], 6));
        assert_eq!(cells("a,,\r\n", 3), (vec!["a".into(), String::new(), String::new()], 5));
        assert_eq!(cells("a,b\r", 2).0, ["a", "b"]);
        assert_eq!(cells("a,\"b\"\r", 2).0, ["a", "b"]);
        assert_eq!(cells("\"a,1\",\"\",\"c\"\r\n", 3).0, ["a,1", "", "c"]);
        assert_eq!(cells("\"he said \"\"no\"\"\",\"\"\"\"\n", 2).0, ["he said \"no\"", "\""]);
        assert_eq!(cells("a long cell of twenty,another one that is long,c", 3).0[1], "another one that is long");
    }

    #[test]
    fn a_quoted_line_break_belongs_to_the_cell() {
        let text = "a,\"b\nc\r\nd\",e\nnext";
        assert_eq!(cells(text, 3), (vec!["a".into(), "b\nc\r\nd".into(), "e".into()], 13));
        assert_eq!(scan(text, 3).lines, 3);
    }

    #[test]
    fn wrong_records_cost_one_line() {
        assert_eq!(bad("a,b\nc", 3), (FaultCode::TooFewFields, 4));
        assert_eq!(bad("a,b,c,d\ne", 3), (FaultCode::TooManyFields, 8));
        assert_eq!(bad("a,\"b\"x,c\nd", 3), (FaultCode::TextAfterQuote, 9));
        assert_eq!(bad("a,b\"b,c\nd", 3), (FaultCode::QuoteInText, 8));
        assert_eq!(bad("a,\"b,c\nd,e,f\n", 3), (FaultCode::UnclosedQuote, 7));
    }

    #[test]
    fn a_quote_that_closes_on_another_line_with_wrong_cells_costs_the_first_line() {
        assert_eq!(bad("a,\"b,c\nd,\"e\",f\n", 3), (FaultCode::UnclosedQuote, 7));
        assert_eq!(bad("a,\"b\nc\",d,e\n", 3), (FaultCode::UnclosedQuote, 5));
        assert_eq!(bad("a,\"b\nc\"\n", 3), (FaultCode::UnclosedQuote, 5));
    }

    #[test]
    fn two_stray_quotes_do_not_make_one_cell_of_the_records_between() {
        // One record between, none between, and a first line that lost its end.
        assert_eq!(bad("a,\"5,c\nd,e,f\ng,5\",i\n", 3), (FaultCode::UnclosedQuote, 7));
        assert_eq!(bad("a,\"5,c\r\ng,5\",i\r\n", 3), (FaultCode::UnclosedQuote, 8));
        assert_eq!(bad("a,\"5\nd,e,f\ng,5\",i\n", 3), (FaultCode::UnclosedQuote, 5));
        // The end of the bytes may be the end of a chunk.
        assert!(scan("a,\"5,c\nd,e,f\ng,5\",i", 3).is_cut);
        // Texts of several lines: with as many marks in one line as a record has; in the last column; in the first.
        assert_eq!(scan("a,\"b\nd,e,f\nc\",d\n", 3).outcome, Outcome::Good);
        assert_eq!(scan("a,b,\"one, two\nthree, four\nfive\"\n", 3).outcome, Outcome::Good);
        assert_eq!(scan("\"one\ntwo\",b,c\n", 3).outcome, Outcome::Good);
        assert_eq!(scan("\"one\ntwo\"\n", 1).outcome, Outcome::Good);
    }

    #[test]
    fn blank_lines_are_no_records() {
        for text in ["\n", "\r\nx", "  \t\n", "", "\r"] {
            assert_eq!(scan(text, 3).outcome, Outcome::Blank, "{text:?}");
        }
        assert_eq!(bad(",\n", 3).0, FaultCode::TooFewFields);
    }

    #[test]
    fn a_quote_is_searched_for_so_far() {
        let near = format!("a,\"{}\"\n", "x\n".repeat(QUOTED_BYTES / 2 - 10));
        assert_eq!(scan(&near, 2).outcome, Outcome::Good);
        let far = format!("a,\"{}\"\n", "x\n".repeat(QUOTED_BYTES / 2));
        assert_eq!(bad(&far, 2), (FaultCode::UnclosedQuote, 5));
        assert!(!scan(&far, 2).is_cut);
    }

    #[test]
    fn a_line_can_be_too_long() {
        let long = format!("{},b\nc", "x".repeat(LINE_BYTES));
        assert_eq!(bad(&long, 2), (FaultCode::LineTooLong, LINE_BYTES + 3));
        let just = format!("{},b\nc", "x".repeat(LINE_BYTES - 2));
        assert_eq!(scan(&just, 2).outcome, Outcome::Good);
    }

    #[test]
    fn an_end_of_bytes_that_decides_is_told() {
        assert!(scan("a,b", 2).is_cut);
        assert!(scan("a,\"b\nc", 2).is_cut);
        assert!(scan("a,\"b\"", 2).is_cut);
        assert!(!scan("a,b\n", 2).is_cut);
        assert!(!scan("a,\"b\n\"c,\n", 2).is_cut);
    }

    #[test]
    fn without_quoting_a_quote_is_a_letter() {
        let dialect = Dialect { separator: b';', quote: None, may_trail: false };
        let scan = record(b"5\" pipe;\"x\n", 0, dialect, 2, &mut Cells::default());
        assert_eq!(scan.outcome, Outcome::Good);
    }
}
