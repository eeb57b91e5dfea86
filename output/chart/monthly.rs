//! Exports and imports by month as lines, their balance as bars behind them.

use super::font::width;
use super::frame::{Frame, LEGEND, Look, bar, legend, marker};
use super::scale::Axis;
use super::scene::{Anchor, Area, Ink, Scene, Text};
use super::{Chart, Month, SidePoint, Sides, drawable};
use crate::edition::Edition;

const TICK: f64 = 11.0;
const PLOT: f64 = 360.0;
/// Month numbers and years under the plot.
const UNDER: f64 = 44.0;

/// Months with their years under the plot; says that there is nothing to draw where no month has a figure.
pub(super) fn scene(chart: &Chart, edition: &Edition, months: &[Month]) -> Scene {
    let frame = Frame::new(chart, edition);
    let months = &without_holes(months);
    let figures = || months.iter().flat_map(|month| [month.exports, month.imports, month.balance]).filter_map(drawable);
    if figures().next().is_none() {
        return frame.empty(edition);
    }
    let (mut scene, area) = frame.scene(LEGEND + 12.0 + PLOT + UNDER);
    let words = &edition.words;
    // A series without any figure has no line that a legend could explain.
    let has = |figure: fn(&Month) -> Option<f64>| months.iter().any(|month| drawable(figure(month)).is_some());
    let series = [
        (Look::ExportsLine, words.exports(), has(|month| month.exports)),
        (Look::ImportsLine, words.imports(), has(|month| month.imports)),
        (Look::BalanceBar, words.balance(), has(|month| month.balance)),
    ];
    let series: Vec<(Look, &str)> = series.into_iter().filter(|(.., has)| *has).map(|(look, name, _)| (look, name)).collect();
    legend(&mut scene, area.left..area.right, area.top, &series);

    let plot = Plot::new(&mut scene, area, LEGEND + 12.0, Axis::around(figures(), 9), months, edition);
    plot.balance(&mut scene);
    plot.zero_line(&mut scene);
    plot.line(&mut scene, |month| month.imports, Look::ImportsLine);
    plot.line(&mut scene, |month| month.exports, Look::ExportsLine);
    plot.month_numbers(&mut scene);
    plot.years(&mut scene);
    scene
}

/// More points than this and bars become too thin to be told apart: lines from there on.
const MAX_PAIRS: usize = 24;

/// Two reports of one flow: bars side by side, or lines where there are many months.
pub(super) fn sides(chart: &Chart, edition: &Edition, sides: &Sides) -> Scene {
    let frame = Frame::new(chart, edition);
    let figures = || sides.points.iter().flat_map(|point| point.figures).filter_map(drawable);
    if figures().next().is_none() {
        return frame.empty(edition);
    }
    let point = |point: &SidePoint| Month {
        year: point.year,
        month: point.month.unwrap_or(0),
        exports: point.figures[0],
        imports: point.figures[1],
        balance: None,
    };
    let months = without_holes(&sides.points.iter().map(point).collect::<Vec<Month>>());
    let are_bars = months.len() <= MAX_PAIRS;
    let looks = if are_bars { [Look::ExportsBar, Look::ImportsBar] } else { [Look::ExportsLine, Look::ImportsLine] };
    // Names of countries can be long: one under the other, each with the whole width.
    let (mut scene, area) = frame.scene(2.0 * LEGEND + 12.0 + PLOT + UNDER);
    for (position, (look, name)) in looks.into_iter().zip(&sides.names).enumerate() {
        legend(&mut scene, area.left..area.right, area.top + position as f64 * LEGEND, &[(look, name)]);
    }
    let plot = Plot::new(&mut scene, area, 2.0 * LEGEND + 12.0, Axis::around(figures(), 9), &months, edition);
    if are_bars {
        plot.pairs(&mut scene, &edition.signs.missing);
    }
    plot.zero_line(&mut scene);
    if !are_bars {
        plot.line(&mut scene, |month| month.imports, Look::ImportsLine);
        plot.line(&mut scene, |month| month.exports, Look::ExportsLine);
    }
    plot.month_numbers(&mut scene);
    plot.years(&mut scene);
    scene
}

/// The months with those between them that are missing: time has a scale, and a line must not lead over what nobody
/// knows. Points without a month are years.
fn without_holes(months: &[Month]) -> Vec<Month> {
    let place = |month: &Month| (month.year, month.month);
    let after = |month: &Month| {
        let (year, month) = match month.month {
            0 => (month.year + 1, 0),
            12.. => (month.year + 1, 1),
            number => (month.year, number + 1),
        };
        Month { year, month, exports: None, imports: None, balance: None }
    };
    let mut whole: Vec<Month> = Vec::new();
    for month in months {
        while let Some(missing) = whole.last().map(after).filter(|next| place(next) < place(month)) {
            whole.push(missing);
        }
        whole.push(*month);
    }
    whole
}

struct Plot<'a> {
    area: Area,
    axis: Axis,
    months: &'a [Month],
}

impl<'a> Plot<'a> {
    /// The plot from `below` the head of `area` on, with its grid.
    fn new(scene: &mut Scene, area: Area, below: f64, axis: Axis, months: &'a [Month], edition: &Edition) -> Self {
        let ticks: Vec<(f64, String)> = axis.ticks().into_iter().map(|tick| (tick, axis.label(tick, edition.language))).collect();
        let labels = ticks.iter().map(|(_, label)| width(label, TICK, false)).fold(0.0, f64::max);
        let top = area.top + below;
        let plot =
            Plot { area: Area { left: area.left + labels + 10.0, top, right: area.right, bottom: top + PLOT }, axis, months };
        for (tick, label) in ticks {
            let y = plot.y(tick);
            scene.line(&[(plot.area.left, y), (plot.area.right, y)], Ink::Grid, 1.0);
            scene.text(Text::new(label, plot.area.left - 8.0, y, TICK).anchored(Anchor::End).ink(Ink::Grey));
        }
        plot
    }

    fn zero_line(&self, scene: &mut Scene) {
        let y = self.y(0.0);
        scene.line(&[(self.area.left, y), (self.area.right, y)], Ink::Black, 1.5);
    }

    /// Both figures of a point as bars beside each other; the sign of what is missing stands in its place.
    fn pairs(&self, scene: &mut Scene, missing: &str) {
        let thick = (self.slot() * 0.36).min(56.0);
        let zero = self.y(0.0);
        for (position, month) in self.months.iter().enumerate() {
            let middle = self.x(position);
            for (figure, look, left) in
                [(month.exports, Look::ExportsBar, middle - thick), (month.imports, Look::ImportsBar, middle + 1.0)]
            {
                let right = left + thick - 1.0;
                match drawable(figure) {
                    Some(figure) if figure != 0.0 => {
                        let y = self.y(figure);
                        // A figure that is there must be seen to be there.
                        let y = if (y - zero).abs() < 1.0 { zero - figure.signum() } else { y };
                        bar(scene, Area { left, top: y.min(zero), right, bottom: y.max(zero) }, look);
                    }
                    Some(_) => {}
                    None if width(missing, TICK, false) < thick => {
                        scene.text(
                            Text::new(missing, (left + right) / 2.0, zero - 8.0, TICK).anchored(Anchor::Middle).ink(Ink::Grey),
                        );
                    }
                    None => {}
                }
            }
        }
    }

    fn slot(&self) -> f64 {
        self.area.width() / self.months.len().max(1) as f64
    }

    /// Middle of a month.
    fn x(&self, position: usize) -> f64 {
        self.area.left + (position as f64 + 0.5) * self.slot()
    }

    fn y(&self, figure: f64) -> f64 {
        self.area.bottom - self.axis.part(figure) * (self.area.bottom - self.area.top)
    }

    fn balance(&self, scene: &mut Scene) {
        let half = (self.slot() * 0.3).min(22.0);
        for (position, month) in self.months.iter().enumerate() {
            let Some(balance) = drawable(month.balance).filter(|balance| *balance != 0.0) else {
                continue;
            };
            let (x, y, zero) = (self.x(position), self.y(balance), self.y(0.0));
            let area = Area { left: x - half, top: y.min(zero), right: x + half, bottom: y.max(zero) };
            bar(scene, area, Look::BalanceBar);
            // A deficit is below the line and hatched, as long as hatching can be told from grey.
            if balance < 0.0 && half >= 3.0 {
                scene.hatch(area, 5.0, Ink::Grey);
            }
        }
    }

    /// A line that breaks where a figure is missing.
    fn line(&self, scene: &mut Scene, figure: impl Fn(&Month) -> Option<f64>, look: Look) {
        let points: Vec<Option<(f64, f64)>> = self
            .months
            .iter()
            .enumerate()
            .map(|(position, month)| drawable(figure(month)).map(|value| (self.x(position), self.y(value))))
            .collect();
        for run in points.split(Option::is_none) {
            let run: Vec<(f64, f64)> = run.iter().flatten().copied().collect();
            match look {
                _ if run.len() < 2 => {}
                Look::ImportsLine => scene.dashes(&run, 8.0, 4.0, Ink::ImportsLine, 2.5),
                _ => scene.line(&run, Ink::Exports, 2.5),
            }
        }
        // Closer than this the markers would hide the line.
        if self.slot() >= 9.0 {
            for point in points.into_iter().flatten() {
                marker(scene, point, look);
            }
        }
    }

    fn month_numbers(&self, scene: &mut Scene) {
        let every = [1, 2, 3, 6, 12].into_iter().find(|every| f64::from(*every) * self.slot() >= 22.0).unwrap_or(12);
        if f64::from(every) * self.slot() < 22.0 {
            return;
        }
        let y = self.area.bottom + 12.0;
        for (position, month) in self.months.iter().enumerate() {
            // A point without a month is a whole year, and its number stands below.
            if month.month > 0 && (month.month - 1) % every == 0 {
                let number = month.month.min(99).to_string();
                scene.text(Text::new(number, self.x(position), y, TICK).anchored(Anchor::Middle));
            }
        }
    }

    /// Each year once, in the middle of its months, with a line between years.
    fn years(&self, scene: &mut Scene) {
        let y = self.area.bottom + 31.0;
        let mut last_right = f64::NEG_INFINITY;
        let mut first = 0;
        while first < self.months.len() {
            let year = self.months[first].year;
            let count = self.months[first..].iter().take_while(|month| month.year == year).count();
            if first > 0 && count as f64 * self.slot() >= 16.0 {
                let x = self.area.left + first as f64 * self.slot();
                scene.line(&[(x, self.area.bottom), (x, self.area.bottom + 38.0)], Ink::Grid, 1.0);
            }
            let (text, half) = (year.to_string(), width(&year.to_string(), 12.0, true) / 2.0);
            let middle = self.area.left + (first as f64 + count as f64 / 2.0) * self.slot();
            let middle = middle.clamp(self.area.left + half, self.area.right - half);
            if middle - half > last_right + 8.0 {
                scene.text(Text::new(text, middle, y, 12.0).bold().anchored(Anchor::Middle));
                last_right = middle + half;
            }
            first += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(places: &[(i32, u32)]) -> Vec<Month> {
        places
            .iter()
            .map(|(year, month)| Month { year: *year, month: *month, exports: Some(1.0), imports: None, balance: None })
            .collect()
    }

    fn places(months: &[Month]) -> Vec<(i32, u32, bool)> {
        months.iter().map(|month| (month.year, month.month, month.exports.is_some())).collect()
    }

    #[test]
    fn a_missing_month_has_its_place_and_no_figure() {
        let whole = without_holes(&of(&[(2025, 10), (2025, 11), (2026, 2)]));
        assert_eq!(places(&whole), [(2025, 10, true), (2025, 11, true), (2025, 12, false), (2026, 1, false), (2026, 2, true)]);
    }

    #[test]
    fn so_has_a_missing_year() {
        assert_eq!(places(&without_holes(&of(&[(2023, 0), (2025, 0)]))), [(2023, 0, true), (2024, 0, false), (2025, 0, true)]);
        assert!(without_holes(&[]).is_empty());
    }
}
