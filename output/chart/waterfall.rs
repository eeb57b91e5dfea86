//! From what the exporter reports to what the importer does, cause by cause. A cause to the right
//! makes the import larger.
//!
//! A bar begins where the one above it ends, so the eye can add them up. Bars lie, because names
//! of causes are long; the figures stand in a column of their own, where none can run into a bar.
//! What the records say is filled, what is estimated is hatched, what nobody can explain has a
//! double outline. Where the gap is small beside the trade, the axis is cut and says so.

use super::bars::{LABEL, label, label_width};
use super::font::{shorten, width, wrap};
use super::frame::{Frame, LEGEND, Look, bar, legend};
use super::scale::print;
use super::scene::{Anchor, Area, Ink, Scene, Text};
use super::{Chart, Step, StepKind, drawable};
use crate::edition::Edition;

const ROW: f64 = 34.0;
const THICK: f64 = 20.0;
const FIGURE: f64 = 12.0;

/// Below this part of the longest bar the gap could not be seen on an axis from zero.
const CUT_BELOW: f64 = 0.25;

/// Bars in the order given, each from where the one above ends, and levels from zero.
pub(super) fn scene(chart: &Chart, edition: &Edition, steps: &[Step]) -> Scene {
    let frame = Frame::new(chart, edition);
    if steps.iter().all(|step| drawable(step.value).is_none()) {
        return frame.empty(edition);
    }
    let spans = spans(steps);
    let (base, far) = reach(&spans);
    // Below zero the axis reaches as far as the bars do; only one that begins above it hides something.
    let is_cut = base > 0.0;
    let note = if is_cut { 20.0 } else { 0.0 };
    let (mut scene, area) = frame.scene(2.0 * LEGEND + 10.0 + steps.len() as f64 * ROW + note);
    heads(&mut scene, area, edition);

    let labels = label_width(steps.iter().map(|step| step.label.as_str()), 290.0);
    let figures: Vec<String> = steps.iter().map(|step| figure(step, chart, edition)).collect();
    let beside = figures.iter().map(|figure| width(figure, FIGURE, true)).fold(0.0, f64::max);
    let plot = Area {
        left: area.left + labels + 12.0,
        top: area.top + 2.0 * LEGEND + 10.0,
        right: area.right - beside - 14.0,
        bottom: area.bottom - note,
    };
    let x = |value: f64| plot.left + (value - base) / (far - base) * plot.width();
    for (row, (step, figure)) in steps.iter().zip(&figures).enumerate() {
        let top = plot.top + row as f64 * ROW;
        let middle = top + ROW / 2.0;
        label(&mut scene, area.left, labels, middle, &step.label);
        let is_level = step.kind == StepKind::Level;
        let text = Text::new(figure, area.right, middle, FIGURE).anchored(Anchor::End);
        scene.text(if is_level { text.bold() } else { text });
        let Some((from, to)) = spans[row] else { continue };
        let start = if is_level && is_cut { plot.left } else { x(from) };
        draw(&mut scene, start, x(to), top + (ROW - THICK) / 2.0, step.kind);
        if is_level && is_cut {
            cut_mark(&mut scene, plot.left + 22.0, top + (ROW - THICK) / 2.0);
        }
        // A thread from the end of a bar to the beginning of the next.
        if row + 1 < steps.len() {
            let at = x(to);
            let (from, to) = (middle + THICK / 2.0, middle + ROW - THICK / 2.0);
            scene.line(&[(at, from), (at, to)], Ink::Grey, 1.0);
        }
    }
    if !is_cut {
        scene.line(&[(x(0.0), plot.top), (x(0.0), plot.bottom)], Ink::Black, 1.0);
    } else {
        let text = shorten(edition.words.axis_cut(), 11.0, false, plot.width());
        scene.text(Text::new(text, plot.left, plot.bottom + 10.0, 11.0).ink(Ink::Grey));
    }
    scene
}

/// The looks in two rows, each with half of the width.
fn heads(scene: &mut Scene, area: Area, edition: &Edition) {
    let words = &edition.words;
    let half = (area.left + area.right) / 2.0;
    let looks = [
        (Look::Level, words.as_reported()),
        (Look::Recorded, words.bar_recorded()),
        (Look::Estimated, words.bar_estimated()),
        (Look::Unexplained, words.bar_unexplained()),
    ];
    for (position, look) in looks.into_iter().enumerate() {
        let left = if position % 2 == 0 { area.left } else { half };
        let top = area.top + (position / 2) as f64 * LEGEND;
        legend(scene, left..left + (area.right - area.left) / 2.0, top, &[look]);
    }
}

/// Where each bar begins and ends.
fn spans(steps: &[Step]) -> Vec<Option<(f64, f64)>> {
    let mut at = 0.0;
    let span = |step: &Step| {
        let value = drawable(step.value)?.clamp(-1e300, 1e300);
        let from = if step.kind == StepKind::Level { 0.0 } else { at };
        at = if step.kind == StepKind::Level { value } else { at + value };
        Some((from, at))
    };
    steps.iter().map(span).collect()
}

/// Both ends of the axis; the first is not zero where zero would hide the gap.
fn reach(spans: &[Option<(f64, f64)>]) -> (f64, f64) {
    let ends = || spans.iter().flatten().map(|(_, to)| *to);
    let (low, high) = (ends().fold(f64::INFINITY, f64::min), ends().fold(f64::NEG_INFINITY, f64::max));
    let moved = high - low;
    if low > 0.0 && moved > 0.0 && moved < CUT_BELOW * high {
        return (low - 0.35 * moved, high);
    }
    let (low, high) = (low.min(0.0), high.max(0.0));
    if high > low { (low, high) } else { (0.0, 1.0) }
}

fn draw(scene: &mut Scene, from: f64, to: f64, top: f64, kind: StepKind) {
    if from == to {
        return;
    }
    // A figure that is there must be seen to be there.
    let to = if (to - from).abs() < 2.0 { from + 2.0 * (to - from).signum() } else { to };
    let look = match kind {
        StepKind::Level => Look::Level,
        StepKind::Recorded => Look::Recorded,
        StepKind::Estimated => Look::Estimated,
        StepKind::Unexplained => Look::Unexplained,
    };
    bar(scene, Area { left: from.min(to), top, right: from.max(to), bottom: top + THICK }, look);
}

/// A slanted gap through a bar that begins before the picture.
fn cut_mark(scene: &mut Scene, x: f64, top: f64) {
    for (shift, ink, width) in [(0.0, Ink::Paper, 6.0), (-4.0, Ink::Black, 1.0), (4.0, Ink::Black, 1.0)] {
        scene.line(&[(x + shift - 3.0, top + THICK + 1.0), (x + shift + 3.0, top - 1.0)], ink, width);
    }
}

/// Causes carry their sign, levels do not.
fn figure(step: &Step, chart: &Chart, edition: &Edition) -> String {
    let text = match drawable(step.value) {
        None => return edition.signs.missing.clone(),
        Some(0.0) => return edition.signs.nil.clone(),
        Some(value) => {
            let plus = if step.kind != StepKind::Level && value > 0.0 { "+" } else { "" };
            format!("{plus}{}", print(value, chart.decimals, edition.language))
        }
    };
    let is_estimate = matches!(step.kind, StepKind::Estimated | StepKind::Unexplained);
    let text = if is_estimate { format!("{text}{}", edition.signs.estimate) } else { text };
    wrap(&text, LABEL, false, 220.0, 1).concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(value: f64, kind: StepKind) -> Step {
        Step { label: String::new(), value: Some(value), kind }
    }

    #[test]
    fn each_bar_goes_on_where_the_one_before_ends() {
        let steps = [
            step(100.0, StepKind::Level),
            step(-30.0, StepKind::Recorded),
            step(10.0, StepKind::Unexplained),
            step(80.0, StepKind::Level),
        ];
        assert_eq!(spans(&steps), [Some((0.0, 100.0)), Some((100.0, 70.0)), Some((70.0, 80.0)), Some((0.0, 80.0))]);
        assert_eq!(reach(&spans(&steps)), (0.0, 100.0));
    }

    #[test]
    fn the_axis_is_cut_only_where_zero_would_hide_the_gap() {
        let small = [step(1_000.0, StepKind::Level), step(-10.0, StepKind::Estimated), step(990.0, StepKind::Level)];
        let (base, far) = reach(&spans(&small));
        assert!(base > 900.0 && base < 990.0 && far == 1_000.0, "{base} {far}");
        let equal = [step(5.0, StepKind::Level), step(5.0, StepKind::Level)];
        assert_eq!(reach(&spans(&equal)), (0.0, 5.0));
        let negative = [step(-5.0, StepKind::Level), step(-1.0, StepKind::Unexplained)];
        assert_eq!(reach(&spans(&negative)), (-6.0, 0.0));
        assert_eq!(reach(&[None]), (0.0, 1.0));
    }
}
