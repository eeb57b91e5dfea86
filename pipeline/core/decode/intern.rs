//! Numbers for distinct texts, given in the order first seen.
//!
//! Most columns of a declaration hold a few codes over and over: a cell is packed into
//! two words, which compare and hash as fast as numbers do. A general hash map of owned
//! texts costs three times as much on the widest path of the program.

use hashbrown::HashMap;

use super::hash::mix;

/// Up to sixteen bytes as two words. With its length, a packed text is exact.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed {
    low: u64,
    high: u64,
    length: u32,
}

#[derive(Clone, Copy)]
struct Slot {
    packed: Packed,
    number: u32,
}

/// Texts longer than this are looked up whole.
const PACKED_BYTES: usize = 16;
const VACANT: Slot = Slot { packed: Packed { low: 0, high: 0, length: u32::MAX }, number: 0 };
const FIRST_SLOTS: usize = 64;

/// Texts seen so far: those of up to sixteen bytes in a table of their own, longer ones in a general map.
pub(super) struct Interner {
    slots: Vec<Slot>,
    long: HashMap<Box<[u8]>, u32>,
    count: u32,
}

impl Interner {
    /// Knows no text; the first one gets number 0.
    pub(super) fn new() -> Interner {
        Interner { slots: vec![VACANT; FIRST_SLOTS], long: HashMap::new(), count: 0 }
    }

    /// The number of a text, and whether it is new.
    #[inline]
    pub(super) fn number(&mut self, text: &[u8]) -> (u32, bool) {
        let Some(packed) = pack(text) else { return self.long_number(text) };
        let mask = self.slots.len() - 1;
        let mut place = spread(packed) & mask;
        loop {
            let slot = self.slots[place];
            if slot.packed == packed {
                return (slot.number, false);
            }
            if slot.packed == VACANT.packed {
                return (self.insert(packed, place), true);
            }
            place = (place + 1) & mask;
        }
    }

    /// Forgets the texts and keeps the room.
    pub(super) fn clear(&mut self) {
        self.slots.fill(VACANT);
        self.long.clear();
        self.count = 0;
    }

    fn insert(&mut self, packed: Packed, place: usize) -> u32 {
        let slot = Slot { packed, number: self.count };
        self.slots[place] = slot;
        self.count += 1;
        // Half full at most: probes stay short.
        if self.count as usize * 2 > self.slots.len() {
            let filled: Vec<Slot> = self.slots.iter().copied().filter(|slot| slot.packed != VACANT.packed).collect();
            self.slots = vec![VACANT; self.slots.len() * 2];
            let mask = self.slots.len() - 1;
            for slot in filled {
                let mut place = spread(slot.packed) & mask;
                while self.slots[place].packed != VACANT.packed {
                    place = (place + 1) & mask;
                }
                self.slots[place] = slot;
            }
        }
        slot.number
    }

    #[cold]
    fn long_number(&mut self, text: &[u8]) -> (u32, bool) {
        if let Some(number) = self.long.get(text) {
            return (*number, false);
        }
        self.long.insert(text.into(), self.count);
        self.count += 1;
        (self.count - 1, true)
    }
}

/// None where the text is too long to be packed.
#[inline]
pub(super) fn pack(text: &[u8]) -> Option<Packed> {
    let (low, high) = match text.len() {
        0 => (0, 0),
        // First, middle and last byte are all there is of up to three.
        length @ 1..=3 => {
            let bytes = [text[0], text[length / 2], text[length - 1]].map(u64::from);
            (bytes[0] | bytes[1] << 8 | bytes[2] << 16, 0)
        }
        // Two words that overlap hold every byte of what lies between.
        4..=7 => (u64::from(u32::from_le_bytes(*text.first_chunk()?)), u64::from(u32::from_le_bytes(*text.last_chunk()?))),
        8..=PACKED_BYTES => (u64::from_le_bytes(*text.first_chunk()?), u64::from_le_bytes(*text.last_chunk()?)),
        _ => return None,
    };
    #[expect(clippy::cast_possible_truncation, reason = "sixteen at most")]
    Some(Packed { low, high, length: text.len() as u32 })
}

#[inline]
fn spread(packed: Packed) -> usize {
    let hash = mix(packed.low ^ 0x9e37_79b9_7f4a_7c15, packed.high ^ u64::from(packed.length) ^ 0xc2b2_ae3d_27d4_eb4f);
    usize::try_from(hash).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_keeps_its_number() {
        let mut interner = Interner::new();
        let mut texts: Vec<Vec<u8>> = (0..5000).map(|number| number.to_string().into_bytes()).collect();
        texts.extend((0..40).map(|length| vec![b'x'; length]));
        texts.extend((0..40).map(|length| [vec![b'x'; length], vec![b'y']].concat()));
        texts.extend([b"a\0".to_vec(), b"a".to_vec(), b"\0a".to_vec(), b"abca".to_vec(), b"abcba".to_vec()]);
        texts.sort();
        texts.dedup();
        let numbers: Vec<_> = texts.iter().map(|text| interner.number(text)).collect();
        assert!(numbers.iter().enumerate().all(|(place, number)| *number == (u32::try_from(place).expect("few"), true)));
        for (text, (number, _)) in texts.iter().zip(numbers) {
            assert_eq!(interner.number(text), (number, false), "{text:?}");
            assert_eq!(interner.number(text), (number, false), "{text:?} again");
        }
    }

    #[test]
    fn a_cleared_interner_begins_anew() {
        let mut interner = Interner::new();
        assert_eq!(interner.number(b"a"), (0, true));
        assert_eq!(interner.number(&[b'l'; 50]), (1, true));
        interner.clear();
        assert_eq!(interner.number(&[b'l'; 50]), (0, true));
        assert_eq!(interner.number(b"a"), (1, true));
    }

    #[test]
    fn texts_that_share_ends_differ() {
        let mut interner = Interner::new();
        let (first, _) = interner.number(b"abcdefghijklmnop");
        let (second, is_new) = interner.number(b"abcdefghXjklmnop");
        assert!(is_new && first != second);
        assert!(interner.number(b"abcd").1 && interner.number(b"abcdabcd").1 && interner.number(b"abcdbcd").1);
    }
}
