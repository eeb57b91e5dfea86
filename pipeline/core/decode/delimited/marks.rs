//! Places of separators, line breaks and quotes, one after the other.
//!
//! Sixty-four bytes are looked at in one go and leave one bit a byte: a cell is a
//! handful of bytes, and a call of a search function for each costs more than it finds.

use super::record::Dialect;
use crate::decode::rows::Span;

/// Bytes that one word of marks stands for.
const STRIDE: usize = 64;

/// The places in `bytes`, in order, from wherever [`Marks::seek`] was told last.
pub(super) struct Marks<'bytes> {
    bytes: &'bytes [u8],
    separator: u8,
    /// The line break again where the file does not quote: it is looked for anyway.
    quote: u8,
    /// Start of the bytes that `pending` stands for.
    base: usize,
    /// Marks not yet given.
    pending: u64,
}

impl<'bytes> Marks<'bytes> {
    /// Begins at the place `from`.
    pub(super) fn new(bytes: &'bytes [u8], from: usize, dialect: Dialect) -> Marks<'bytes> {
        let quote = dialect.quote.unwrap_or(b'\n');
        let mut marks = Marks { bytes, separator: dialect.separator, quote, base: 0, pending: 0 };
        marks.seek(from);
        marks
    }

    /// Goes on from this place, forward or back.
    pub(super) fn seek(&mut self, place: usize) {
        self.base = place;
        self.pending = self.look(place);
    }

    /// The next place, or none when the bytes are used up.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.pending == 0 {
            if self.base + STRIDE >= self.bytes.len() {
                return None;
            }
            self.base += STRIDE;
            self.pending = self.look(self.base);
        }
        let place = self.base + self.pending.trailing_zeros() as usize;
        self.pending &= self.pending - 1;
        Some(place)
    }

    /// Spans of the cells that end at separators, as many as there is room for. Gives
    /// their number, where the next cell begins, and the first mark that ends none of them.
    #[inline]
    pub(super) fn cells(&mut self, spans: &mut [Span], mut from: usize) -> (usize, usize, Option<usize>) {
        // In locals: through memory, each step would wait for the one before.
        let (mut base, mut pending) = (self.base, self.pending);
        let mut filled = 0;
        let stop = loop {
            while pending == 0 {
                if base + STRIDE >= self.bytes.len() {
                    (self.base, self.pending) = (base, 0);
                    return (filled, from, None);
                }
                base += STRIDE;
                pending = self.look(base);
            }
            let place = base + pending.trailing_zeros() as usize;
            pending &= pending - 1;
            match spans.get_mut(filled) {
                Some(span) if self.bytes[place] == self.separator => *span = Span::text(from, place),
                _ => break place,
            }
            filled += 1;
            from = place + 1;
        };
        (self.base, self.pending) = (base, pending);
        (filled, from, Some(stop))
    }

    #[inline]
    fn look(&self, base: usize) -> u64 {
        let (separator, quote) = (self.separator, self.quote);
        look(self.bytes, base, |byte| (byte == separator) | (byte == b'\n') | (byte == quote))
    }
}

/// One bit for each of the bytes from `base` on. The comparison of all bytes is a loop
/// the compiler makes vectors of, on every machine; the multiplication then puts eight
/// of its zeros and ones side by side.
#[inline]
fn look(bytes: &[u8], base: usize, is_mark: impl Fn(u8) -> bool) -> u64 {
    let rest = bytes.get(base..).unwrap_or_default();
    let Some(block) = rest.first_chunk::<STRIDE>() else {
        return rest.iter().enumerate().fold(0, |found, (place, byte)| found | u64::from(is_mark(*byte)) << place);
    };
    let marks = block.map(|byte| u8::from(is_mark(byte)));
    let (words, _) = marks.as_chunks::<8>();
    let gathered = words.iter().map(|word| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56);
    gathered.enumerate().fold(0, |found, (place, bits)| found | bits << (place * 8))
}

/// How far lines with an even number of quotes reach from `start`, and their number.
pub(super) fn even_lines(bytes: &[u8], start: usize, quote: u8) -> (usize, u64) {
    let (mut end, mut lines) = (start, 0);
    // All ones while a quote is open.
    let mut open = 0_u64;
    let mut base = start;
    while base < bytes.len() {
        let breaks = look(bytes, base, |byte| byte == b'\n');
        let mut inside = look(bytes, base, |byte| byte == quote);
        // Each bit becomes the parity of the quotes up to it.
        for shift in [1, 2, 4, 8, 16, 32] {
            inside ^= inside << shift;
        }
        inside ^= open;
        open = 0_u64.wrapping_sub(inside >> 63);
        let odd = breaks & inside;
        let even = if odd == 0 { breaks } else { breaks & ((1 << odd.trailing_zeros()) - 1) };
        if even != 0 {
            end = base + STRIDE - even.leading_zeros() as usize;
            lines += u64::from(even.count_ones());
        }
        if odd != 0 {
            break;
        }
        base += STRIDE;
    }
    (end, lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_found_whatever_the_start() {
        let mut bytes: Vec<u8> = (0..1000_u32).map(|place| (place * 7919 % 251) as u8).collect();
        bytes.extend_from_slice(b",\n\"\",x");
        for quote in [Some(b'"'), None] {
            let dialect = Dialect { separator: b',', quote, may_trail: false };
            for from in [0, 1, 63, 64, 65, 900, 1005, 1006, 2000] {
                let mut marks = Marks::new(&bytes, from, dialect);
                let mut found = Vec::new();
                while let Some(place) = marks.next() {
                    found.push(place);
                }
                let is_mark = |byte: u8| byte == b',' || byte == b'\n' || Some(byte) == quote;
                let expected: Vec<usize> = (from..bytes.len()).filter(|place| is_mark(bytes[*place])).collect();
                assert_eq!(found, expected, "from {from}");
            }
        }
    }

    #[test]
    fn marks_can_be_sought_backwards() {
        let mut marks = Marks::new(b"a,b,c,d", 0, Dialect { separator: b',', quote: None, may_trail: false });
        while marks.next().is_some() {}
        marks.seek(2);
        assert_eq!(marks.next(), Some(3));
    }

    #[test]
    fn even_lines_end_where_quotes_pair() {
        let of = |text: &str| even_lines(text.as_bytes(), 0, b'"');
        assert_eq!(of("a\n\"b\"\nc"), (6, 2));
        assert_eq!(of("a\n\"b\nc\"\n"), (2, 1));
        assert_eq!(of("\"\n"), (0, 0));
        assert_eq!(of(""), (0, 0));
        // A quote that is open across the border of words.
        let long = format!("{}\n\"{}\n\"\n", "x".repeat(60), "y".repeat(100));
        assert_eq!(of(&long), (61, 1));
        let lines = "\"a\",b\n".repeat(1000);
        assert_eq!(of(&lines), (6000, 1000));
        assert_eq!(even_lines(lines.as_bytes(), 6, b'"'), (6000, 999));
    }
}
