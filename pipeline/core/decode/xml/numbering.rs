//! Item numbers of declarations whose items stand in several elements, as in several shipments.
//!
//! Numbers may begin anew in each. Two items of one number would be one item sent twice to whatever
//! comes after, so the numbers of a later element that meet those before run on behind the largest.

use std::collections::{BTreeMap, BTreeSet};

/// What is added to the numbers of an element's items: by declaration, from 0, and element, from 1.
#[derive(Debug, Default)]
pub(super) struct Numbering(BTreeMap<(usize, usize), i32>);

impl Numbering {
    /// From the number of each item with its declaration and element, in the order of the document.
    pub fn of(numbers: &[(usize, usize, i32)]) -> Numbering {
        let mut added = BTreeMap::new();
        for declaration in numbers.chunk_by(|one, next| one.0 == next.0) {
            let mut used = BTreeSet::new();
            for items in declaration.chunk_by(|one, next| one.1 == next.1) {
                let largest = used.last().copied().unwrap_or(0);
                let by = if items.iter().any(|(.., number)| used.contains(number)) { largest } else { 0 };
                if by > 0 {
                    added.insert((items[0].0, items[0].1), by);
                }
                used.extend(items.iter().map(|(.., number)| number.saturating_add(by)));
            }
        }
        Numbering(added)
    }

    /// What is added to the numbers of these items; nothing where they stay as written.
    pub fn added(&self, declaration: usize, group: usize) -> i32 {
        self.0.get(&(declaration, group)).copied().unwrap_or(0)
    }

    /// Elements whose items have other numbers than those written.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_run_on_only_where_they_meet() {
        // Distinct numbers stay whatever their order, and what stands twice in one element stays so.
        let kept = Numbering::of(&[(0, 1, 1), (0, 1, 3), (0, 1, 3), (0, 2, 2), (1, 1, 1)]);
        assert_eq!(kept.len(), 0);
        // 1, 2 and 1, 2 and 2: the second is counted on by 2, to 3 and 4, the third by 4, to 6.
        let met = Numbering::of(&[(0, 1, 1), (0, 1, 2), (0, 2, 1), (0, 2, 2), (0, 3, 2), (1, 1, 1), (1, 2, 7)]);
        assert_eq!(
            [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2)].map(|(declaration, group)| met.added(declaration, group)),
            [0, 2, 4, 0, 0]
        );
    }
}
