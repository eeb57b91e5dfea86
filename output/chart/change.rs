//! Change on the year before: bars to both sides of zero.
//!
//! Small trade can grow a hundredfold. Such a bar is cut, with a mark, where the
//! others can still be told apart; its figure stays beside it.

use super::bars::{Panel, Wording, label, label_width};
use super::frame::{Frame, Look};
use super::scene::{Area, Scene};
use super::{Change, Chart, Figure, drawable};
use crate::edition::Edition;

/// A bar is cut when it is longer than this many times the third longest.
const CUT_BEYOND: f64 = 3.0;

/// One bar a change, in the order given; says so where there is nothing to draw.
pub(super) fn scene(chart: &Chart, edition: &Edition, changes: &[Change]) -> Scene {
    const ROW: f64 = 32.0;
    const THICK: f64 = 18.0;
    let frame = Frame::new(chart, edition);
    if changes.iter().all(|change| drawable(change.change).is_none()) {
        return frame.empty(edition);
    }
    let (mut scene, area) = frame.scene(changes.len() as f64 * ROW);
    let labels = label_width(changes.iter().map(|change| change.label.as_str()), 300.0);
    let figures: Vec<Figure> =
        changes.iter().map(|change| Figure { value: change.change, is_estimate: change.is_estimate }).collect();
    let values: Vec<Option<f64>> = changes.iter().map(|change| change.change).collect();
    let plot = Area { left: area.left + labels + 10.0, ..area };
    let wording = Wording { chart, edition, has_plus: true };
    let panel = Panel::new(plot, &figures, longest_shown(&values), &wording);
    for (row, (change, figure)) in changes.iter().zip(&figures).enumerate() {
        let top = area.top + row as f64 * ROW;
        label(&mut scene, area.left, labels, top + ROW / 2.0, &change.label);
        let look = if change.change.is_some_and(|figure| figure < 0.0) { Look::ImportsBar } else { Look::ExportsBar };
        panel.draw(&mut scene, top + (ROW - THICK) / 2.0, THICK, *figure, look);
    }
    panel.zero_line(&mut scene);
    scene
}

fn longest_shown(figures: &[Option<f64>]) -> f64 {
    let mut lengths: Vec<f64> = figures.iter().filter_map(|figure| drawable(*figure)).map(f64::abs).collect();
    lengths.sort_by(|one, other| other.total_cmp(one));
    match lengths.as_slice() {
        [longest, _, third, _, ..] if *third > 0.0 && *longest > third * CUT_BEYOND => third * CUT_BEYOND,
        _ => f64::INFINITY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_dwarfs_the_rest_is_cut() {
        let figures = |values: &[f64]| values.iter().map(|value| Some(*value)).collect::<Vec<_>>();
        assert_eq!(longest_shown(&figures(&[12_000.0, -80.0, 40.0, 10.0])), 120.0);
        assert_eq!(longest_shown(&figures(&[100.0, -80.0, 40.0, 10.0])), f64::INFINITY);
        assert_eq!(longest_shown(&figures(&[12_000.0, 1.0])), f64::INFINITY);
        assert_eq!(longest_shown(&[None, Some(f64::NAN)]), f64::INFINITY);
    }
}
