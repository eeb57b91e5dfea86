//! Chance without floating point.
//!
//! The generator is SplitMix64 (Steele, Lea and Flood, 2014), written out here and
//! not taken from a crate: the bytes of a demonstration are fixed by a test, and the
//! sampling methods of a random-number crate may change with its versions. Every
//! draw is integer arithmetic, because `ln` and `exp` differ between machines.
//!
//! Invariant: what is drawn depends on the seed and the names of the stream only,
//! never on what was drawn elsewhere.

use std::sync::LazyLock;

/// One in fixed point: multipliers have twenty binary digits after the point.
pub const ONE: u64 = 1 << 20;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64: near numbers come out far apart.
pub fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A sequence of draws that belongs to one purpose.
#[derive(Clone)]
pub struct Stream(u64);

impl Stream {
    /// Names that differ in any place give sequences that have nothing to do with each other.
    pub fn new(seed: u64, names: [u64; 3]) -> Self {
        let mut state = mixed(seed.wrapping_add(GOLDEN));
        for name in names {
            state = mixed(state.wrapping_add(GOLDEN) ^ name.wrapping_mul(GOLDEN | 1));
        }
        Stream(state)
    }

    /// Sixty-four random bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        mixed(self.0)
    }

    /// A whole number from 0 to `bound` - 1; 0 when the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A place in a list of this length; 0 when it is empty.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// True once in so many times, on average.
    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    /// True so many times in a thousand, on average.
    pub fn per_mille(&mut self, share: u64) -> bool {
        self.below(1000) < share
    }

    /// One of the choices, all equally likely.
    ///
    /// # Panics
    /// When there are none.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.index(choices.len())]
    }

    /// One of weighted choices.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, u64)]) -> T {
        let total = choices.iter().map(|choice| choice.1).sum();
        let mut left = self.below(total);
        for &(choice, weight) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[choices.len() - 1].0
    }

    /// A rank from 0 to `count` - 1 whose chance falls as one over the rank (Zipf):
    /// every doubling of the rank is as likely as the one before it.
    pub fn rank(&mut self, count: u64) -> u64 {
        let octaves = u64::from(64 - count.leading_zeros());
        loop {
            let octave = self.below(octaves);
            let rank = (1 << octave) + self.below(1 << octave) - 1;
            if rank < count {
                return rank;
            }
        }
    }

    /// A standard normal draw in steps of 1/256: the number of ones in 128 random
    /// bits, whose standard deviation is the square root of 32, smoothed by a uniform.
    pub fn normal(&mut self) -> i64 {
        let ones = i64::from(self.next().count_ones() + self.next().count_ones()) - 64;
        let smooth = i64::try_from(self.below(256)).unwrap_or(0) - 128;
        (ones * 256 + smooth) * 1000 / 5664
    }

    /// A log-normal multiplier with median [`ONE`]; `sigma` in hundredths.
    pub fn log_normal(&mut self, sigma: i64) -> u64 {
        // log2(e) = 1.442695
        power_of_two(self.normal() * sigma * 1443 / 100_000)
    }
}

/// Two to the power of `exponent` / 256, in fixed point.
pub fn power_of_two(exponent: i64) -> u64 {
    let fraction = usize::try_from(exponent & 255).unwrap_or(0);
    let whole = (exponent >> 8).clamp(-20, 20);
    let shift = u32::try_from(40 - whole).unwrap_or(40);
    POWERS[fraction] >> shift
}

/// 2^(k/256) with sixty binary digits, from repeated square roots of two.
static POWERS: LazyLock<[u64; 256]> = LazyLock::new(|| {
    let mut root: u128 = 2 << 60;
    let mut roots = [0; 8];
    for place in (0..8).rev() {
        root = (root << 60).isqrt();
        roots[place] = root;
    }
    std::array::from_fn(|index| {
        let product =
            (0..8).filter(|place| index & (1 << place) != 0).fold(1_u128 << 60, |product, place| (product * roots[place]) >> 60);
        u64::try_from(product).unwrap_or(u64::MAX)
    })
});

/// Weighted choice by a table of cumulative weights.
pub struct Table {
    cumulated: Vec<u64>,
}

impl Table {
    /// One weight for each choice, in the order of the places that [`Table::draw`] gives.
    pub fn new(weights: impl IntoIterator<Item = u64>) -> Self {
        let cumulated = weights
            .into_iter()
            .scan(0, |sum, weight| {
                *sum += weight;
                Some(*sum)
            })
            .collect();
        Table { cumulated }
    }

    /// Place of the choice drawn; 0 of an empty table.
    pub fn draw(&self, stream: &mut Stream) -> usize {
        let point = stream.below(self.cumulated.last().copied().unwrap_or(0));
        self.cumulated.partition_point(|&sum| sum <= point)
    }
}

/// `amount` * `numerator` / `denominator`, rounded half to even.
pub fn scaled(amount: u64, numerator: u64, denominator: u64) -> u64 {
    let product = u128::from(amount) * u128::from(numerator);
    let denominator = u128::from(denominator.max(1));
    let (quotient, rest) = (product / denominator, product % denominator);
    let up = rest * 2 > denominator || (rest * 2 == denominator && quotient % 2 == 1);
    u64::try_from(quotient + u128::from(up)).unwrap_or(u64::MAX)
}
