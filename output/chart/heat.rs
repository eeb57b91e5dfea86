//! Where two reports differ: rows against columns, darker the further apart they are.
//!
//! Both ladders of colour have the same greys, and a sign in the cell says who reports more, so
//! that a copy in grey tells all. What neither side reports is a dot on paper, never a shade;
//! what is equal is an empty cell with an outline.

use super::bars::{label, label_width};
use super::font::{shorten, width, wrap};
use super::frame::Frame;
use super::scale::print;
use super::scene::{Anchor, Area, Ink, Scene, Text};
use super::{Chart, HeatMap, drawable};
use crate::edition::Edition;

const ROW: f64 = 30.0;
const HEAD: f64 = 22.0;
const SIGN: f64 = 13.0;
const SMALL: f64 = 11.0;
const KEY: f64 = 22.0;
/// Cells wider than this would look like bars.
const WIDEST: f64 = 64.0;

/// Rows and columns in the order given, with a key above and the names of the columns below.
pub(super) fn scene(chart: &Chart, edition: &Edition, map: &HeatMap) -> Scene {
    let frame = Frame::new(chart, edition);
    if map.cells.iter().flatten().all(|cell| drawable(*cell).is_none()) {
        return frame.empty(edition);
    }
    let room = super::frame::WIDTH - 2.0 * super::frame::MARGIN;
    let names: Vec<String> = map.columns.iter().map(|column| format!("{} {}", column.code, column.name)).collect();
    // What the heads of the columns mean, under the picture.
    let names = wrap(&names.join("; "), SMALL, false, room, 6);
    let height = 2.0 * KEY + 8.0 + HEAD + map.rows.len() as f64 * ROW + 10.0 + names.len() as f64 * 16.0;
    let (mut scene, area) = frame.scene(height);
    key(&mut scene, area, edition, map);

    let labels = label_width(map.rows.iter().map(String::as_str), 300.0);
    let left = area.left + labels + 10.0;
    let cell = ((area.right - left) / map.columns.len().max(1) as f64).min(WIDEST);
    let top = area.top + 2.0 * KEY + 8.0 + HEAD;
    for (position, column) in map.columns.iter().enumerate() {
        let x = left + (position as f64 + 0.5) * cell;
        let code = shorten(&column.code, SMALL, column.is_bold, cell);
        let text = Text::new(code, x, top - 10.0, SMALL).anchored(Anchor::Middle);
        scene.text(if column.is_bold { text.bold() } else { text });
    }
    for (row, name) in map.rows.iter().enumerate() {
        let y = top + row as f64 * ROW;
        label(&mut scene, area.left, labels, y + ROW / 2.0, name);
        for position in 0..map.columns.len() {
            let value = map.cells.get(row).and_then(|cells| cells.get(position)).copied().flatten();
            let x = left + position as f64 * cell;
            draw(&mut scene, Area { left: x + 1.0, top: y + 1.0, right: x + cell - 1.0, bottom: y + ROW - 1.0 }, value, map);
        }
    }
    if let Some(position) = map.columns.iter().position(|column| column.is_bold) {
        let x = left + position as f64 * cell;
        scene.outline(Area { left: x, top: top - HEAD, right: x + cell, bottom: top + map.rows.len() as f64 * ROW }, Ink::Black);
    }
    for (position, line) in names.iter().enumerate() {
        let y = area.bottom - (names.len() - position) as f64 * 16.0 + 8.0;
        scene.text(Text::new(line, area.left, y, SMALL).ink(Ink::Grey));
    }
    scene
}

fn shade(value: f64, map: &HeatMap) -> u8 {
    map.bounds.iter().take_while(|bound| value.abs() > **bound).count().min(3) as u8
}

fn draw(scene: &mut Scene, area: Area, value: Option<f64>, map: &HeatMap) {
    let middle = ((area.left + area.right) / 2.0, (area.top + area.bottom) / 2.0);
    let Some(value) = drawable(value) else {
        scene.disc(middle, 1.5, Ink::Grey);
        return;
    };
    if value == 0.0 {
        scene.outline(area, Ink::Grey);
        return;
    }
    let shade = shade(value, map);
    scene.fill(area, if value > 0.0 { Ink::More(shade) } else { Ink::Less(shade) });
    sign(scene, middle, value > 0.0, if shade >= 2 { Ink::Paper } else { Ink::Black });
}

/// A plus or a minus, drawn: letters of a font would not stand in the middle.
fn sign(scene: &mut Scene, (x, y): (f64, f64), is_more: bool, ink: Ink) {
    let half = SIGN / 2.0 - 2.0;
    scene.line(&[(x - half, y), (x + half, y)], ink, 1.5);
    if is_more {
        scene.line(&[(x, y - half), (x, y + half)], ink, 1.5);
    }
}

/// Who reports more, then the shades, what is equal and what is missing.
fn key(scene: &mut Scene, area: Area, edition: &Edition, map: &HeatMap) {
    let words = &edition.words;
    let half = area.width() / 2.0;
    for (position, (is_more, words)) in [(true, words.importer_more()), (false, words.exporter_more())].into_iter().enumerate() {
        let (left, middle) = (area.left + position as f64 * half, area.top + KEY / 2.0);
        let swatch = Area { left, top: middle - 8.0, right: left + 24.0, bottom: middle + 8.0 };
        scene.fill(swatch, if is_more { Ink::More(1) } else { Ink::Less(1) });
        sign(scene, (left + 12.0, middle), is_more, Ink::Black);
        scene.text(Text::new(shorten(words, 12.0, false, half - 40.0), left + 32.0, middle, 12.0));
    }
    let number = |bound: f64| print(bound, 0, edition.language);
    let [low, high, top] = map.bounds.map(number);
    let shades = [format!("≤ {low} %"), format!("≤ {high} %"), format!("≤ {top} %"), format!("> {top} %")];
    let others = [words.both_equal(), words.no_data()];
    let middle = area.top + KEY * 1.5 + 4.0;
    let mut x = area.left;
    let slot = area.width() / (shades.len() + others.len()) as f64;
    for (position, name) in shades.iter().map(String::as_str).chain(others).enumerate() {
        let swatch = Area { left: x, top: middle - 8.0, right: x + 20.0, bottom: middle + 8.0 };
        let halves = (x + x + 20.0) / 2.0;
        match position {
            0..=3 => {
                scene.fill(Area { right: halves, ..swatch }, Ink::More(position as u8));
                scene.fill(Area { left: halves, ..swatch }, Ink::Less(position as u8));
            }
            4 => scene.outline(swatch, Ink::Grey),
            _ => scene.disc((halves, middle), 1.5, Ink::Grey),
        }
        let name = shorten(name, SMALL, false, slot - 32.0);
        scene.text(Text::new(&name, x + 26.0, middle, SMALL));
        x += (26.0 + width(&name, SMALL, false) + 16.0).max(slot * 0.8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_rise_with_the_difference_and_bounds_belong_to_the_lighter_one() {
        let map = HeatMap { rows: Vec::new(), columns: Vec::new(), cells: Vec::new(), bounds: [10.0, 50.0, 100.0] };
        let shades: Vec<u8> = [0.1, 10.0, -10.1, 50.0, 99.0, 100.0, -200.0].iter().map(|value| shade(*value, &map)).collect();
        assert_eq!(shades, [0, 0, 1, 1, 2, 2, 3]);
    }

    #[test]
    fn both_ladders_have_the_same_greys() {
        let grey = |ink: Ink| {
            let (red, green, blue) = ink.rgb();
            0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue)
        };
        for shade in 0..4 {
            let (more, less) = (grey(Ink::More(shade)), grey(Ink::Less(shade)));
            assert!((more - less).abs() < 15.0, "{shade}: {more} {less}");
            if shade > 0 {
                assert!(grey(Ink::More(shade)) + 35.0 < grey(Ink::More(shade - 1)), "{shade}");
            }
        }
    }
}
