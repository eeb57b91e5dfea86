//! Keyed pseudonyms of traders and declarants.
//!
//! The same number under the same key is the same pseudonym, in every file and
//! month; without the key nothing leads back, and nothing can be tried. A number of
//! a trader and the same number of a declarant differ, so that the two relations
//! cannot be joined by accident.

use std::collections::HashMap;

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

type HmacSha256 = Hmac<Sha256>;

/// The secret key, or several laid over each other as the key was changed, the first one first. It
/// has no `Display`, and its `Debug` shows only its id.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey(Vec<[u8; 32]>);

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PseudonymKey({})", self.key_id())
    }
}

impl PseudonymKey {
    /// A key that no other was laid over yet.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> PseudonymKey {
        PseudonymKey(vec![bytes])
    }

    /// Reads lines of at least 64 hexadecimal digits, of which the first 64 count: a key each.
    #[must_use]
    pub fn from_lines(text: &str) -> Option<PseudonymKey> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut keys = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let digits = line.as_bytes();
            if digits.len() < 64 || digits.len() % 2 != 0 || !digits.iter().all(u8::is_ascii_hexdigit) {
                return None;
            }
            let mut bytes = [0; 32];
            for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
                *byte = digit(pair[0])? << 4 | digit(pair[1])?;
            }
            keys.push(bytes);
        }
        (!keys.is_empty()).then_some(PseudonymKey(keys))
    }

    /// What [`PseudonymKey::from_lines`] reads: 64 hexadecimal digits a key, the first key first. This is the secret.
    #[must_use]
    pub fn to_lines(&self) -> String {
        self.0.iter().map(|key| hex(key)).collect::<Vec<_>>().join("\n")
    }

    /// This key with another laid over it.
    #[must_use]
    pub fn followed_by(&self, bytes: [u8; 32]) -> PseudonymKey {
        PseudonymKey([&self.0[..], &[bytes]].concat())
    }

    /// Whether it is the other key with one laid over it.
    #[must_use]
    pub fn follows(&self, other: &PseudonymKey) -> bool {
        self.0.split_last().is_some_and(|(_, before)| before == other.0)
    }

    /// What a manifest says of the key: enough to tell two apart, nothing to find it by.
    #[must_use]
    pub fn key_id(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"tradestat pseudonym key id");
        self.0.iter().for_each(|key| digest.update(key));
        hex(&digest.finalize()[..4])
    }
}

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    Trader,
    Declarant,
}

impl Party {
    fn label(self) -> &'static [u8] {
        match self {
            Party::Trader => b"trader",
            Party::Declarant => b"declarant",
        }
    }
}

/// The form of a number that is made a pseudonym and judged for validity.
#[must_use]
pub fn normalise(id: &str) -> String {
    id.trim().to_uppercase()
}

/// Makes pseudonyms of one party's numbers and remembers them: numbers repeat, and
/// a look-up costs a tenth of a digest.
#[derive(Clone, Debug)]
pub struct Pseudonymiser {
    /// By the keys, the first one first.
    keyed: Vec<HmacSha256>,
    known: HashMap<String, String>,
}

/// Above this many numbers the memory starts anew, so that it stays bounded whatever the
/// file. A test of that need not make a quarter of a million digests.
const REMEMBERED: usize = if cfg!(test) { 100 } else { 1 << 18 };

impl Pseudonymiser {
    /// # Panics
    /// Never: HMAC takes a key of any length.
    #[must_use]
    pub fn new(key: &PseudonymKey, party: Party) -> Pseudonymiser {
        let keyed = |bytes: &[u8; 32]| {
            let mut keyed = HmacSha256::new_from_slice(bytes).expect("HMAC takes a key of any length");
            keyed.update(party.label());
            // The label ends here, whatever the number begins with.
            keyed.update(&[0]);
            keyed
        };
        Pseudonymiser { keyed: key.0.iter().map(keyed).collect(), known: HashMap::new() }
    }

    /// What makes pseudonyms of this key from those of the key that it follows.
    #[must_use]
    pub fn over(key: &PseudonymKey, party: Party) -> Pseudonymiser {
        let mut all = Pseudonymiser::new(key, party);
        all.keyed.drain(..all.keyed.len() - 1);
        all
    }

    /// The pseudonym of a normalised number: 32 lower-case hexadecimal digits.
    pub fn pseudonym(&mut self, normalised: &str) -> &str {
        if !self.known.contains_key(normalised) {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            let mut text = normalised.to_owned();
            for keyed in &self.keyed {
                let mut digest = keyed.clone();
                digest.update(text.as_bytes());
                text = hex(&digest.finalize().into_bytes()[..16]);
            }
            self.known.insert(normalised.to_owned(), text);
        }
        &self.known[normalised]
    }
}

fn hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(u32::from(digit), 16).expect("four bits are one digit")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pseudonym_is_the_keyed_digest_of_label_and_number() {
        // python3: hmac.new(bytes(32), b"trader\0" + b"1000000005", "sha256").hexdigest()[:32]
        let mut traders = Pseudonymiser::new(&PseudonymKey::new([0; 32]), Party::Trader);
        assert_eq!(traders.pseudonym("1000000005"), "5f2ca4ce63c980c1d93d0aca68d30b88");
        assert_eq!(traders.pseudonym("1000000005"), "5f2ca4ce63c980c1d93d0aca68d30b88", "remembered");
    }

    #[test]
    fn parties_and_keys_differ() {
        let pseudonym =
            |key: u8, party: Party| Pseudonymiser::new(&PseudonymKey::new([key; 32]), party).pseudonym("1").to_owned();
        assert_ne!(pseudonym(1, Party::Trader), pseudonym(1, Party::Declarant));
        assert_ne!(pseudonym(1, Party::Trader), pseudonym(2, Party::Trader));
    }

    #[test]
    fn blanks_and_case_do_not_make_another_trader() {
        assert_eq!(normalise(" ab12\t"), "AB12");
    }

    #[test]
    fn a_key_is_read_from_hex_and_not_shown() {
        let key = PseudonymKey::from_lines(&format!(" {}\n", "0f".repeat(32))).expect("it is 64 digits");
        assert_eq!(key.to_lines(), "0f".repeat(32));
        assert_eq!(key.key_id().len(), 8);
        assert!(!format!("{key:?}").contains("0f0f"));
        for wrong in ["", "0f", &"zz".repeat(32), &"ə".repeat(32), &format!("{}\nxy", "0f".repeat(32))] {
            assert!(PseudonymKey::from_lines(wrong).is_none(), "{wrong}");
        }
        assert_eq!(PseudonymKey::from_lines(&"0f".repeat(40)), Some(key), "what is beyond 32 bytes was never used");
    }

    #[test]
    fn a_key_laid_over_another_makes_the_same_of_numbers_and_of_their_pseudonyms() {
        let old = PseudonymKey::new([1; 32]);
        let new = old.followed_by([2; 32]);
        assert!(new.follows(&old) && !old.follows(&new) && !new.follows(&new));
        assert_ne!(new.key_id(), old.key_id());
        assert_eq!(PseudonymKey::from_lines(&new.to_lines()).as_ref(), Some(&new));
        for party in [Party::Trader, Party::Declarant] {
            let before = Pseudonymiser::new(&old, party).pseudonym("1000000005").to_owned();
            let after = Pseudonymiser::new(&new, party).pseudonym("1000000005").to_owned();
            assert_eq!(Pseudonymiser::over(&new, party).pseudonym(&before), after);
            assert_ne!(before, after);
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut traders = Pseudonymiser::new(&PseudonymKey::new([7; 32]), Party::Trader);
        let first = traders.pseudonym("0").to_owned();
        for number in 0..=REMEMBERED {
            traders.pseudonym(&number.to_string());
        }
        assert!(traders.known.len() <= REMEMBERED);
        assert_eq!(traders.pseudonym("0"), first);
    }
}
