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

/// The secret key. It has no `Display`, and its `Debug` shows only its id.
#[derive(Clone)]
pub struct PseudonymKey([u8; 32]);

impl std::fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PseudonymKey({})", self.key_id())
    }
}

impl PseudonymKey {
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> PseudonymKey {
        PseudonymKey(bytes)
    }

    /// Reads 64 hexadecimal digits, blanks around them aside.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<PseudonymKey> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(PseudonymKey(bytes))
    }

    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// What a manifest says of the key: enough to tell two apart, nothing to find it by.
    #[must_use]
    pub fn key_id(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(b"tradestat pseudonym key id");
        digest.update(self.0);
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
    keyed: HmacSha256,
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
        let mut keyed = HmacSha256::new_from_slice(&key.0).expect("HMAC takes a key of any length");
        keyed.update(party.label());
        // The label ends here, whatever the number begins with.
        keyed.update(&[0]);
        Pseudonymiser { keyed, known: HashMap::new() }
    }

    /// The pseudonym of a normalised number: 32 lower-case hexadecimal digits.
    pub fn pseudonym(&mut self, normalised: &str) -> &str {
        if !self.known.contains_key(normalised) {
            if self.known.len() >= REMEMBERED {
                self.known.clear();
            }
            let mut digest = self.keyed.clone();
            digest.update(normalised.as_bytes());
            self.known.insert(normalised.to_owned(), hex(&digest.finalize().into_bytes()[..16]));
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
        let key = PseudonymKey::from_hex(&format!(" {}\n", "0f".repeat(32))).expect("it is 64 digits");
        assert_eq!(key.to_hex(), "0f".repeat(32));
        assert_eq!(key.key_id().len(), 8);
        assert!(!format!("{key:?}").contains("0f0f"));
        assert!(PseudonymKey::from_hex("0f").is_none());
        assert!(PseudonymKey::from_hex(&"zz".repeat(32)).is_none());
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
