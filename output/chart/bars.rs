//! Horizontal bars: partners with both flows side by side, sections in two panels.
//!
//! Every bar has its figure at its end. The room for the figures is taken off the
//! plot before the bars are scaled, so that none runs out of the picture.

use super::font::{width, wrap};
use super::frame::{Frame, LEGEND, Look, bar, legend};
use super::scale::print;
use super::scene::{Anchor, Area, Ink, Scene, Text};
use super::{Chart, Figure, Pair, drawable};
use crate::edition::Edition;

/// Size of the labels beside bars, in pixels.
pub(super) const LABEL: f64 = 12.0;
const FIGURE: f64 = 11.0;
const GAP: f64 = 6.0;

/// Exports and imports of each partner, one bar under the other.
pub(super) fn partners(chart: &Chart, edition: &Edition, pairs: &[Pair]) -> Scene {
    const ROW: f64 = 36.0;
    const THICK: f64 = 13.0;
    let frame = Frame::new(chart, edition);
    if pairs.iter().all(|pair| drawable(pair.exports).or(drawable(pair.imports)).is_none()) {
        return frame.empty(edition);
    }
    let (mut scene, area) = frame.scene(LEGEND + 10.0 + pairs.len() as f64 * ROW);
    let words = &edition.words;
    legend(
        &mut scene,
        area.left..area.right,
        area.top,
        &[(Look::ExportsBar, words.exports()), (Look::ImportsBar, words.imports())],
    );
    let labels = label_width(pairs.iter().map(|pair| pair.label.as_str()), 230.0);
    let figures: Vec<Figure> = pairs.iter().flat_map(Pair::figures).collect();
    let plot = Area { left: area.left + labels + GAP, top: area.top + LEGEND + 10.0, ..area };
    let wording = Wording { chart, edition, has_plus: false };
    let panel = Panel::new(plot, &figures, f64::INFINITY, &wording);
    for (row, pair) in pairs.iter().enumerate() {
        let top = plot.top + row as f64 * ROW;
        label(&mut scene, area.left, labels, top + ROW / 2.0 - 2.0, &pair.label);
        let [exports, imports] = pair.figures();
        panel.draw(&mut scene, top + 3.0, THICK, exports, Look::ExportsBar);
        panel.draw(&mut scene, top + 4.0 + THICK, THICK, imports, Look::ImportsBar);
    }
    panel.zero_line(&mut scene);
    scene
}

/// Shares of exports and of imports in panels beside each other, labels once, and one
/// scale: ten percent must be as long on the left as on the right.
pub(super) fn sections(chart: &Chart, edition: &Edition, pairs: &[Pair]) -> Scene {
    const ROW: f64 = 32.0;
    const THICK: f64 = 18.0;
    const BETWEEN: f64 = 28.0;
    let frame = Frame::new(chart, edition);
    if pairs.iter().all(|pair| drawable(pair.exports).or(drawable(pair.imports)).is_none()) {
        return frame.empty(edition);
    }
    let (mut scene, area) = frame.scene(LEGEND + 10.0 + pairs.len() as f64 * ROW);
    let labels = label_width(pairs.iter().map(|pair| pair.label.as_str()), 300.0);
    let left = area.left + labels + GAP;
    let half = (area.right - left - BETWEEN) / 2.0;
    let top = area.top + LEGEND + 10.0;
    let words = &edition.words;
    let flows = [
        (Look::ExportsBar, words.exports(), pairs.iter().map(|pair| pair.figures()[0]).collect::<Vec<_>>()),
        (Look::ImportsBar, words.imports(), pairs.iter().map(|pair| pair.figures()[1]).collect()),
    ];
    for (row, pair) in pairs.iter().enumerate() {
        label(&mut scene, area.left, labels, top + (row as f64 + 0.5) * ROW, &pair.label);
    }
    let wording = Wording { chart, edition, has_plus: false };
    let both: Vec<Figure> = pairs.iter().flat_map(Pair::figures).collect();
    for (position, (look, name, figures)) in flows.into_iter().enumerate() {
        let start = left + position as f64 * (half + BETWEEN);
        let plot = Area { left: start, top, right: start + half, bottom: area.bottom };
        let panel = Panel::new(plot, &both, f64::INFINITY, &wording);
        legend(&mut scene, start..start + half, area.top, &[(look, name)]);
        for (row, figure) in figures.iter().enumerate() {
            panel.draw(&mut scene, top + row as f64 * ROW + (ROW - THICK) / 2.0, THICK, *figure, look);
        }
        panel.zero_line(&mut scene);
    }
    scene
}

/// Room that the labels take, at most `most`.
pub(super) fn label_width<'a>(labels: impl Iterator<Item = &'a str>, most: f64) -> f64 {
    labels.map(|label| width(label, LABEL, false)).fold(40.0, f64::max).min(most)
}

/// A label in one line, or two if it is long, ending where the bars begin.
pub(super) fn label(scene: &mut Scene, left: f64, room: f64, middle: f64, text: &str) {
    let lines = wrap(text, LABEL, false, room, 2);
    let first = middle - (lines.len() as f64 - 1.0) * 7.0;
    for (line, text) in lines.iter().enumerate() {
        scene.text(Text::new(text, left + room, first + line as f64 * 14.0, LABEL).anchored(Anchor::End));
    }
}

/// How the figures at the bars are written.
pub(super) struct Wording<'a> {
    pub chart: &'a Chart,
    pub edition: &'a Edition,
    /// Changes carry a plus, levels do not.
    pub has_plus: bool,
}

impl Wording<'_> {
    fn figure(&self, figure: Figure) -> String {
        match drawable(figure.value) {
            None => self.edition.signs.missing.clone(),
            Some(0.0) => self.edition.signs.nil.clone(),
            Some(value) => {
                let mark = if figure.is_estimate { self.edition.signs.estimate.as_str() } else { "" };
                let plus = if self.has_plus && value > 0.0 { "+" } else { "" };
                format!("{plus}{}{mark}", print(value, self.chart.decimals, self.edition.language))
            }
        }
    }
}

/// Bars of one scale around one zero line.
pub(super) struct Panel<'a> {
    plot: Area,
    pub zero: f64,
    pixels: f64,
    most: f64,
    wording: &'a Wording<'a>,
}

impl<'a> Panel<'a> {
    /// Scales `figures` into `plot`; bars beyond `most` to either side are cut there and show it.
    pub(super) fn new(plot: Area, figures: &[Figure], most: f64, wording: &'a Wording<'a>) -> Self {
        // Half of what floats hold, so that the sum of both sides is finite.
        let most = most.min(f64::MAX / 2.0);
        let drawn = || figures.iter().filter_map(|figure| drawable(figure.value));
        let reach = |side: f64| drawn().map(|figure| (figure * side).clamp(0.0, most)).fold(0.0, f64::max);
        let room = |side: f64| {
            let beside = figures
                .iter()
                .filter(|figure| drawable(figure.value).map_or(side > 0.0, |f| f * side > 0.0 || (f == 0.0 && side > 0.0)));
            let widest = beside.map(|figure| width(&wording.figure(*figure), FIGURE, false)).fold(0.0, f64::max);
            if widest > 0.0 { widest + GAP } else { 0.0 }
        };
        let (before, after) = (reach(-1.0), reach(1.0));
        let (left, right) = (plot.left + room(-1.0), plot.right - room(1.0));
        let length = (right - left).max(1.0);
        let span = before + after;
        let part = if span > 0.0 { before / span } else { 0.0 };
        let pixels = if span > 0.0 { length / span } else { 0.0 };
        Panel { plot, zero: left + part * length, pixels, most, wording }
    }

    /// One bar and its figure.
    pub(super) fn draw(&self, scene: &mut Scene, top: f64, thick: f64, figure: Figure, look: Look) {
        let drawn = drawable(figure.value).unwrap_or(0.0);
        let end = self.zero + drawn.clamp(-self.most, self.most) * self.pixels;
        if drawn != 0.0 {
            // A figure that is there must be seen to be there.
            let end = if (end - self.zero).abs() < 1.0 { self.zero + drawn.signum() } else { end };
            let area = Area { left: self.zero.min(end), top, right: self.zero.max(end), bottom: top + thick };
            bar(scene, area, look);
            if drawn.abs() > self.most {
                self.cut_mark(scene, end - drawn.signum() * 18.0, top, thick);
            }
        }
        let (x, anchor) = if drawn < 0.0 { (end - GAP + 1.0, Anchor::End) } else { (end + GAP - 1.0, Anchor::Start) };
        let text = self.wording.figure(figure);
        scene.text(Text::new(text, x, top + thick / 2.0, FIGURE).anchored(anchor));
    }

    /// A slanted gap through a bar: it goes on, longer than the picture shows.
    fn cut_mark(&self, scene: &mut Scene, x: f64, top: f64, thick: f64) {
        for (shift, ink, width) in [(0.0, Ink::Paper, 6.0), (-4.0, Ink::Black, 1.0), (4.0, Ink::Black, 1.0)] {
            scene.line(&[(x + shift - 3.0, top + thick + 1.0), (x + shift + 3.0, top - 1.0)], ink, width);
        }
    }

    /// The line that bars begin at, drawn over them.
    pub(super) fn zero_line(&self, scene: &mut Scene) {
        scene.line(&[(self.zero, self.plot.top), (self.zero, self.plot.bottom)], Ink::Black, 1.0);
    }
}
