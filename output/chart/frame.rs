//! What stands around every drawing: title, unit, marks, legend, source.

use super::Chart;
use super::font::{shorten, width, wrap};
use super::scene::{Anchor, Area, Ink, Scene, Text};
use crate::edition::Edition;

/// Of every picture, in pixels of the drawing.
pub(super) const WIDTH: f64 = 960.0;
/// Room that drawings leave at the left and right, in pixels.
pub(super) const MARGIN: f64 = 24.0;
const TITLE: f64 = 20.0;
const SUBTITLE: f64 = 13.0;
const SMALL: f64 = 11.0;

/// Texts around the drawing, already broken into lines, so that its height is known before it is made.
pub(super) struct Frame {
    title: Vec<String>,
    subtitle: Vec<String>,
    mark: Vec<String>,
    source: Vec<String>,
}

impl Frame {
    /// Takes the words of the chart, and the notices, signs and trace of the edition.
    pub(super) fn new(chart: &Chart, edition: &Edition) -> Self {
        let room = WIDTH - 2.0 * MARGIN;
        let words = &edition.words;
        let subtitle: Vec<&str> =
            [chart.subtitle.as_str(), chart.unit.as_str()].into_iter().filter(|part| !part.is_empty()).collect();
        let mut source: Vec<String> =
            edition.notices.iter().chain(&chart.notes).flat_map(|note| wrap(note, SMALL, false, room, 2)).collect();
        if chart.drawing.has_estimates() {
            source.push(format!("{} {}", edition.signs.estimate, words.sign_estimate()));
        }
        if !edition.source.is_empty() {
            source.extend(wrap(&format!("{}: {}", words.source(), edition.source), SMALL, false, room, 2));
        }
        let trace = edition.trace();
        source.extend(wrap(&trace, SMALL, false, room, 1));
        Frame {
            title: wrap(&chart.title, TITLE, true, room, 2),
            subtitle: wrap(&edition.language.capitalised(&subtitle.join(", ")), SUBTITLE, false, room, 2),
            mark: if edition.synthetic { wrap(words.synthetic_mark(), SUBTITLE, true, room, 1) } else { Vec::new() },
            source,
        }
    }

    /// A scene that is `drawing` pixels high between its head and its foot, and where the drawing goes.
    pub(super) fn scene(&self, drawing: f64) -> (Scene, Area) {
        let mark = self.mark.len() as f64 * 28.0;
        let head = mark + 16.0 + self.title.len() as f64 * 26.0 + self.subtitle.len() as f64 * 19.0 + 8.0;
        let foot = 14.0 + self.source.len() as f64 * 16.0 + 10.0;
        let mut scene = Scene::new(WIDTH, (head + drawing + foot).ceil());
        let (right, bottom) = (WIDTH, scene.height);
        scene.fill(Area { left: 0.0, top: 0.0, right, bottom }, Ink::Paper);
        for line in &self.mark {
            // In the picture itself, as a band that a crop of the plot cannot be taken without noticing.
            scene.fill(Area { left: 0.0, top: 0.0, right, bottom: 28.0 }, Ink::Black);
            scene.text(Text::new(line, WIDTH / 2.0, 14.0, SUBTITLE).bold().anchored(Anchor::Middle).ink(Ink::Paper));
        }
        let mut y = mark + 16.0;
        for line in &self.title {
            scene.text(Text::new(line, MARGIN, y + 13.0, TITLE).bold());
            y += 26.0;
        }
        for line in &self.subtitle {
            scene.text(Text::new(line, MARGIN, y + 9.0, SUBTITLE).ink(Ink::Grey));
            y += 19.0;
        }
        let mut y = bottom - 10.0 - self.source.len() as f64 * 16.0;
        for line in &self.source {
            scene.text(Text::new(line, MARGIN, y + 8.0, SMALL).ink(Ink::Grey));
            y += 16.0;
        }
        (scene, Area { left: MARGIN, top: head, right: WIDTH - MARGIN, bottom: head + drawing })
    }

    /// A picture that says there is nothing to draw.
    pub(super) fn empty(&self, edition: &Edition) -> Scene {
        let (mut scene, area) = self.scene(220.0);
        scene.outline(area, Ink::Grid);
        let (x, y) = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
        scene.text(Text::new(edition.words.no_data(), x, y, 16.0).anchored(Anchor::Middle).ink(Ink::Grey));
        scene
    }
}

/// How a series looks in the legend.
#[derive(Clone, Copy)]
pub(super) enum Look {
    ExportsBar,
    ImportsBar,
    BalanceBar,
    ExportsLine,
    ImportsLine,
    Level,
    Recorded,
    Estimated,
    Unexplained,
}

/// Height that [`legend`] needs.
pub(super) const LEGEND: f64 = 26.0;

/// A sample and a name for each series, in one row from one end of `span` to the other.
pub(super) fn legend(scene: &mut Scene, span: std::ops::Range<f64>, top: f64, series: &[(Look, &str)]) {
    const SIZE: f64 = 12.0;
    let room = (span.end - span.start) / series.len().max(1) as f64 - 60.0;
    let middle = top + 10.0;
    let mut x = span.start;
    for (look, name) in series {
        let area = Area { left: x, top: middle - 6.0, right: x + 28.0, bottom: middle + 6.0 };
        match look {
            Look::ExportsBar | Look::ImportsBar | Look::BalanceBar => bar(scene, area, *look),
            Look::Level | Look::Recorded | Look::Estimated | Look::Unexplained => bar(scene, area, *look),
            Look::ExportsLine => {
                scene.line(&[(x, middle), (x + 28.0, middle)], Ink::Exports, 2.5);
                marker(scene, (x + 14.0, middle), *look);
            }
            Look::ImportsLine => {
                scene.dashes(&[(x, middle), (x + 28.0, middle)], 7.0, 4.0, Ink::ImportsLine, 2.5);
                marker(scene, (x + 14.0, middle), *look);
            }
        }
        let name = shorten(name, SIZE, false, room);
        x += 36.0;
        scene.text(Text::new(&name, x, middle, SIZE));
        x += width(&name, SIZE, false) + 24.0;
    }
}

/// A bar in the look of its series.
pub(super) fn bar(scene: &mut Scene, area: Area, look: Look) {
    match look {
        Look::ExportsBar | Look::ExportsLine => scene.fill(area, Ink::Exports),
        Look::ImportsBar | Look::ImportsLine => {
            scene.fill(area, Ink::Imports);
            scene.hatch(area, 5.0, Ink::ImportsLine);
            scene.outline(area, Ink::ImportsLine);
        }
        Look::BalanceBar => {
            scene.fill(area, Ink::Balance);
            scene.outline(area, Ink::Grey);
        }
        Look::Level => scene.fill(area, Ink::Exports),
        Look::Recorded => {
            scene.fill(area, Ink::More(1));
            scene.outline(area, Ink::Exports);
        }
        Look::Estimated => {
            scene.fill(area, Ink::Paper);
            scene.hatch(area, 6.0, Ink::Exports);
            scene.outline(area, Ink::Exports);
        }
        Look::Unexplained => {
            scene.fill(area, Ink::Imports);
            scene.outline(area, Ink::Black);
            // A second outline: what is not known must be seen before all else.
            let inner = Area { left: area.left + 1.0, top: area.top + 1.0, right: area.right - 1.0, bottom: area.bottom - 1.0 };
            scene.outline(inner, Ink::Black);
        }
    }
}

/// The sign at a point of a line: a disc for exports, an open square for imports.
pub(super) fn marker(scene: &mut Scene, centre: (f64, f64), look: Look) {
    let (x, y) = centre;
    if matches!(look, Look::ImportsLine) {
        let area = Area { left: x - 3.5, top: y - 3.5, right: x + 3.5, bottom: y + 3.5 };
        scene.fill(area, Ink::ImportsLine);
        scene.fill(Area { left: x - 2.0, top: y - 2.0, right: x + 2.0, bottom: y + 2.0 }, Ink::Paper);
    } else {
        scene.disc(centre, 3.5, Ink::Exports);
    }
}
