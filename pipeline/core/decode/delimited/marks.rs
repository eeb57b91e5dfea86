//! Places of separators, line breaks and quotes, one after the other.
//!
//! Sixty-four bytes are looked at in one go and leave one bit a byte: a cell is a
//! handful of bytes, and a call of a search function for each costs more than it finds.

use super::record::Dialect;

/// Bytes that one word of marks stands for.
const STRIDE: usize = 64;

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
    pub(super) fn new(bytes: &'bytes [u8], from: usize, dialect: Dialect) -> Marks<'bytes> {
        let quote = dialect.quote.unwrap_or(b'\n');
        let mut marks = Marks { bytes, separator: dialect.separator, quote, base: 0, pending: 0 };
        marks.seek(from);
        marks
    }

    /// Goes on from this place, forward or back.
    pub(super) fn seek(&mut self, place: usize) {
        self.base = place;
        self.pending = self.look();
    }

    /// The next place, or none when the bytes are used up.
    #[inline]
    pub(super) fn next(&mut self) -> Option<usize> {
        while self.pending == 0 {
            if self.base + STRIDE >= self.bytes.len() {
                return None;
            }
            self.base += STRIDE;
            self.pending = self.look();
        }
        let place = self.base + self.pending.trailing_zeros() as usize;
        self.pending &= self.pending - 1;
        Some(place)
    }

    #[inline]
    fn look(&self) -> u64 {
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        match rest.first_chunk::<STRIDE>() {
            Some(block) => self.look_at(block),
            None => {
                let is_mark = |byte: u8| byte == self.separator || byte == b'\n' || byte == self.quote;
                rest.iter().enumerate().fold(0, |found, (place, byte)| found | u64::from(is_mark(*byte)) << place)
            }
        }
    }

    /// The comparison of all bytes is a loop the compiler makes vectors of, on every
    /// machine; the multiplication then puts eight of its zeros and ones side by side.
    #[inline]
    fn look_at(&self, block: &[u8; STRIDE]) -> u64 {
        let is_mark = block.map(|byte| u8::from((byte == self.separator) | (byte == b'\n') | (byte == self.quote)));
        let (words, _) = is_mark.as_chunks::<8>();
        let gathered = words.iter().map(|word| u64::from_le_bytes(*word).wrapping_mul(0x0102_0408_1020_4080) >> 56);
        gathered.enumerate().fold(0, |found, (place, bits)| found | bits << (place * 8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_is_found_whatever_the_start() {
        let mut bytes: Vec<u8> = (0..1000_u32).map(|place| (place * 7919 % 251) as u8).collect();
        bytes.extend_from_slice(b",\n\"\",x");
        for quote in [Some(b'"'), None] {
            let dialect = Dialect { separator: b',', quote };
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
        let mut marks = Marks::new(b"a,b,c,d", 0, Dialect { separator: b',', quote: None });
        while marks.next().is_some() {}
        marks.seek(2);
        assert_eq!(marks.next(), Some(3));
    }
}
