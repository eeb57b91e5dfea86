//! From figures to pixels: an axis with round numbers.

use crate::edition::Language;
use crate::number::Number;

/// An axis from `low` to `high` with a grid line every `step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    pub step: f64,
}

impl Axis {
    /// Holds zero and all figures, with at most about `lines` grid lines.
    pub(super) fn around(figures: impl Iterator<Item = f64>, lines: usize) -> Self {
        // A figure near the end of what floats hold would make the span infinite.
        const FARTHEST: f64 = 1e300;
        let (low, high) = figures.fold((0.0_f64, 0.0_f64), |(low, high), figure| (low.min(figure), high.max(figure)));
        let (low, high) = (low.max(-FARTHEST), high.min(FARTHEST));
        let span = high - low;
        if span < 1e-300 {
            return Axis { low: 0.0, high: 1.0, step: 1.0 };
        }
        let step = round_step(span / lines.max(1) as f64);
        Axis { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    /// 0 at `low`, 1 at `high`; figures outside stop at the ends.
    pub(super) fn part(&self, figure: f64) -> f64 {
        ((figure - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// The figures at the grid lines.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step).round().clamp(1.0, 50.0) as usize;
        let first = (self.low / self.step).round();
        (0..=count).map(|tick| (first + tick as f64) * self.step).collect()
    }

    /// The figure at a grid line, with as many decimals as the steps need.
    pub(super) fn label(&self, tick: f64, language: Language) -> String {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 10.0) as u32;
        print(tick, decimals, language)
    }
}

/// The next 1, 2 or 5 times a power of ten.
fn round_step(rough: f64) -> f64 {
    let power = 10_f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999_999);
    factor.unwrap_or(10.0) * power
}

/// A figure as the language prints it.
pub(super) fn print(figure: f64, decimals: u32, language: Language) -> String {
    // No trade is worth this much: the figure is a mistake, and its hundreds of digits must not push the bars away.
    if figure.abs() >= 1e15 {
        return format!("{figure:.2e}");
    }
    Number::from_f64(figure).map(|number| number.print(decimals, language)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grid_lines_stand_at_round_numbers() {
        let axis = Axis::around([-320.0, 2_236.5].into_iter(), 6);
        assert_eq!(axis, Axis { low: -500.0, high: 2_500.0, step: 500.0 });
        assert_eq!(axis.ticks(), [-500.0, 0.0, 500.0, 1_000.0, 1_500.0, 2_000.0, 2_500.0]);
        assert_eq!(axis.label(2_500.0, Language::Az), "2\u{a0}500");
        assert_eq!(Axis::around([0.07].into_iter(), 5).label(0.02, Language::En), "0.02");
    }

    #[test]
    fn nothing_zero_and_extremes_give_an_axis() {
        for figures in [vec![], vec![0.0, 0.0], vec![1e-310], vec![f64::MAX, f64::MIN]] {
            let axis = Axis::around(figures.into_iter(), 5);
            assert!(axis.high > axis.low && axis.part(0.0).is_finite() && axis.ticks().len() <= 51, "{axis:?}");
        }
    }
}
