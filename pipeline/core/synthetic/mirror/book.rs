//! The end of a period: errors of single records, missing and invented ones, and noise.

use std::collections::BTreeSet;

use super::habit::{CELL, named};
use super::ledger::{BEYOND_DETAIL, Cause, Cell, Key, Ledger, NOT_SPECIFIED, Other, Planted};
use crate::synthetic::chance::{ONE, Stream, scaled};

// What the streams of a cell are for.
const SPOIL: u64 = 0;
const INVENT: u64 = 1;

/// Factor of a wrong power of ten or currency, as numerator and denominator, up to a value
/// (in US dollars) that somebody would notice.
const SCALES: &[(i64, i64, i64)] =
    &[(10, 1, 2_000_000), (100, 1, 200_000), (1000, 1, 50_000), (1, 1000, i64::MAX), (1, 10, i64::MAX)];

/// Reporter, whether the declaring country imports, month and code.
type Place = (usize, bool, u64, [u8; 6]);

impl Ledger<'_> {
    /// Gives the books, everything that is planted in them, and what slips of the declarations
    /// add to it.
    pub fn close(mut self) -> (Vec<(Key, Cell)>, Vec<Planted>, Vec<Planted>) {
        let cells = std::mem::take(&mut self.cells);
        let mut taken: BTreeSet<Place> = self.truth.keys().map(|key| (key.1, key.2, key.3, key.4)).collect();
        taken.extend(cells.keys().map(|key| (key.reporter, !key.is_import, key.month, key.code)));
        let mut closed = Vec::with_capacity(cells.len());
        for (key, cell) in &cells {
            // Goods passed on stand in the total too, and must not become larger than it.
            let is_passed_on = cells.contains_key(&Key { is_reexport: true, ..*key });
            let is_plain = key.other == Other::Own && !is_passed_on && ![NOT_SPECIFIED, BEYOND_DETAIL].contains(&key.code);
            closed.extend((if is_plain { self.spoil(key, *cell) } else { Some(*cell) }).map(|cell| (*key, cell)));
            if is_plain {
                closed.extend(self.invent(key, &mut taken));
            }
        }
        closed.sort_by_key(|(key, _)| *key);
        let slips = [&self.slips, &self.lost].into_iter().flat_map(|truth| self.planted(truth));
        (closed, self.planted(&self.truth), slips.collect())
    }

    /// One record as it is in the end; nothing where it got lost.
    fn spoil(&mut self, key: &Key, cell: Cell) -> Option<Cell> {
        let mut stream = self.stream(key, SPOIL);
        let (pair, noise) = ((key.reporter, !key.is_import), self.habits[&key.reporter].noise);
        // What the partner has less widens the gap of imports, and narrows that of exports.
        let sign = if key.is_import { -1 } else { 1 };
        let mut cell = cell;
        let before = cell.value;
        let factor = i64::try_from(stream.log_normal(noise)).unwrap_or(1);
        cell.value = part(cell.value, factor, ONE as i64).max(1);
        cell.mass = part(cell.mass, i64::try_from(stream.log_normal(1)).unwrap_or(1), ONE as i64);
        let noise = sign * (before - cell.value);
        let draw = stream.below(1000);
        match draw {
            0..12 if cell.value < 100_000_000 => {
                self.plant(Cause::Orphan, pair, key.month, key.code, sign * before, "partner is silent");
                return None;
            }
            12..20 => {
                let rate = i64::try_from(self.around.rate).unwrap_or(1000);
                let scale = if stream.one_in(4) { (rate, 1000, i64::MAX) } else { *stream.pick(SCALES) };
                if cell.value / 100 <= scale.2 {
                    let wrong = part(cell.value, scale.0, scale.1).max(1);
                    let detail = match scale {
                        (up, 1, _) => format!("x{up}"),
                        (1, down, _) => format!("/{down}"),
                        _ => "national currency".into(),
                    };
                    self.plant(Cause::ScaleError, pair, key.month, key.code, sign * (cell.value - wrong), &detail);
                    cell.value = wrong;
                }
            }
            20..26 => {
                let (up, down) = *stream.pick(&[(1000, 1), (1, 1000)]);
                cell.mass = part(cell.mass, up, down);
                self.plant(Cause::MassError, pair, key.month, key.code, 0, &format!("x{up}/{down}"));
            }
            _ => {}
        }
        self.plant(Cause::Noise, pair, key.month, key.code, noise, "");
        Some(cell)
    }

    /// Now and then a record beside this one that nothing here answers.
    fn invent(&mut self, key: &Key, taken: &mut BTreeSet<Place>) -> Option<(Key, Cell)> {
        let mut stream = self.stream(key, INVENT);
        if !stream.per_mille(12) {
            return None;
        }
        let good = u16::try_from(stream.index(self.setting.goods.len())).unwrap_or(0);
        let invented = Key { code: self.code(good), ..*key };
        let pair = (key.reporter, !key.is_import);
        let is_fuel = invented.code.starts_with(b"27");
        if is_fuel || !taken.insert((pair.0, pair.1, key.month, invented.code)) {
            return None;
        }
        let value = i64::try_from(scaled(2_500_000, stream.log_normal(100), ONE)).unwrap_or(1).max(100);
        let price = i64::try_from(self.setting.goods[usize::from(good)].price).unwrap_or(1);
        let mass = part(value, 10_000, price).max(1);
        let sign = if key.is_import { 1 } else { -1 };
        self.plant(Cause::Orphan, pair, key.month, invented.code, sign * value, "declarations are silent");
        Some((invented, Cell { value, mass, quantity: None, good: Some(good) }))
    }

    fn stream(&self, key: &Key, purpose: u64) -> Stream {
        let code = key.code.iter().fold(0, |name, byte| name * 256 + u64::from(*byte));
        let country = named(self.around.places[key.reporter].code);
        Stream::new(self.setting.seed, [CELL + purpose * 16, country * 2 + u64::from(key.is_import), (code << 16) ^ key.month])
    }
}

/// `amount` * `up` / `down`, half to even, with its sign.
fn part(amount: i64, up: i64, down: i64) -> i64 {
    let positive = |number: i64| number.unsigned_abs();
    let scaled = i64::try_from(scaled(positive(amount), positive(up), positive(down))).unwrap_or(i64::MAX);
    if amount < 0 { -scaled } else { scaled }
}
