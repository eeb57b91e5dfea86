//! Stable hashes of what was declared.
//!
//! XXH3 with its fixed default seed: the hashes are stored and compared across runs
//! and years, so a seeded or version-dependent hasher will not do; they guard against
//! accident, not malice, and a cryptographic digest would cost more than the whole decode.

use xxhash_rust::xxh3::xxh3_64;

/// Hash of a declaration's number, as the relation `receipt` stores it.
#[must_use]
pub fn declaration_hash(declaration_id: &[u8]) -> i64 {
    xxh3_64(declaration_id).cast_signed()
}

/// Hash of the key of an item.
#[must_use]
#[inline]
pub fn item_key(declaration_hash: i64, version: i32, item_no: i32) -> u64 {
    let numbers = u64::from(version.cast_unsigned()) << 32 | u64::from(item_no.cast_unsigned());
    mix(declaration_hash.cast_unsigned() ^ 0x9e37_79b9_7f4a_7c15, numbers ^ 0xc2b2_ae3d_27d4_eb4f)
}

/// The field's own share of an item's hash, by its name: a field added later, or
/// columns in another order, leave the hashes of what was declared as they are.
#[must_use]
pub(super) fn field_seed(name: &str) -> u64 {
    xxh3_64(name.as_bytes()) | 1
}

/// Of a distinct text, for whoever mixes the field's seed into it later.
#[must_use]
pub(super) fn stable_hash(text: &[u8]) -> u64 {
    xxh3_64(text)
}

/// Share of a text in its item's hash; `seed` is the field's.
#[must_use]
#[inline]
pub(super) fn text_hash(seed: u64, text: &[u8]) -> u64 {
    mix(xxh3_64(text), seed)
}

/// Share of a number or a day in its item's hash; `seed` is the field's.
#[must_use]
#[inline]
pub(super) fn number_hash(seed: u64, number: i64) -> u64 {
    mix(number.cast_unsigned() ^ 0x9e37_79b9_7f4a_7c15, seed)
}

/// Both halves of the full product, folded: every bit in reaches every bit out.
#[must_use]
#[inline]
pub(super) fn mix(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves are what is wanted")]
    let (low, high) = (product as u64, (product >> 64) as u64);
    low ^ high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_hashes_stay_what_they_are() {
        // Receipts written last year must match next year: these numbers may never change.
        assert_eq!(declaration_hash(b""), 0x2d06_8005_38d3_94c2);
        assert_eq!(item_key(declaration_hash(b"A"), 1, 1), item_key(declaration_hash(b"A"), 1, 1));
    }

    #[test]
    fn version_and_item_are_not_confused() {
        let hash = declaration_hash(b"26AZ1");
        assert_ne!(item_key(hash, 1, 2), item_key(hash, 2, 1));
        assert_ne!(item_key(hash, 1, 1), item_key(declaration_hash(b"26AZ2"), 1, 1));
    }

    #[test]
    fn the_same_number_in_two_fields_differs() {
        assert_ne!(number_hash(field_seed("gross_mass_kg"), 5), number_hash(field_seed("net_mass_kg"), 5));
        assert_ne!(text_hash(field_seed("origin_country"), b"TR"), text_hash(field_seed("trading_country"), b"TR"));
    }
}
