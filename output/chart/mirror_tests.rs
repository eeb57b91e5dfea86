//! Drawings of the comparison with partners, in every situation; `tests` looks at them.

use super::scene::{Ink, Mark};
use super::tests::{PARTNERS_AZ, SECTIONS_RU, chart, in_azerbaijani, texts};
use super::*;
use crate::edition::Language;
use crate::sample;

const CAUSES_RU: &[(&str, StepKind)] = &[
    ("Ошибка единицы или валюты", StepKind::Recorded),
    ("Страна происхождения или отправления", StepKind::Recorded),
    ("Фрахт и страхование", StepKind::Estimated),
    ("Учтено в другом месяце", StepKind::Estimated),
    ("Не объяснено", StepKind::Unexplained),
];

fn steps(export: f64, causes: &[f64]) -> Vec<Step> {
    let step = |label: &str, value: f64, kind| Step { label: label.to_owned(), value: Some(value), kind };
    let mut steps = vec![step("Экспорт по данным страны Грузия", export, StepKind::Level)];
    steps.extend(CAUSES_RU.iter().zip(causes).map(|((label, kind), value)| step(label, *value, *kind)));
    steps.push(step("Импорт по данным страны Азербайджанская Республика", export + causes.iter().sum::<f64>(), StepKind::Level));
    steps
}

fn sides(points: Vec<SidePoint>) -> Drawing {
    let names = [
        "İdxal, Azərbaycan Respublikasının məlumatı",
        "İxrac, Böyük Britaniya və Şimali İrlandiya Birləşmiş Krallığının məlumatı",
    ];
    Drawing::Sides(Sides { names: names.map(String::from), points })
}

fn points(count: u32, is_yearly: bool, factor: f64) -> Vec<SidePoint> {
    (0..count)
        .map(|position| {
            let wave = (f64::from(position) * 0.9).sin();
            SidePoint {
                year: 2_024 + if is_yearly { position as i32 } else { position as i32 / 12 },
                month: (!is_yearly).then_some(position % 12 + 1),
                figures: [
                    (position % 7 != 5).then_some((40.0 + 12.0 * wave) * factor),
                    (position % 5 != 4).then_some((44.0 - 9.0 * wave) * factor),
                ],
            }
        })
        .collect()
}

fn heat(rows: usize, columns: usize, factor: f64) -> HeatMap {
    let cell = |row: usize, column: usize| match (row * 7 + column * 3 + 5) % 11 {
        0 => None,
        1 => Some(0.0),
        step => Some((step as f64 - 6.0) * 42.0 * factor),
    };
    HeatMap {
        rows: (0..rows).map(|row| SECTIONS_RU[row % SECTIONS_RU.len()].to_owned()).collect(),
        columns: (0..columns)
            .map(|column| HeatColumn {
                code: format!("{}{}", ['G', 'W', 'T'][column % 3], ['W', 'E', 'M'][column % 3]),
                name: PARTNERS_AZ[column % PARTNERS_AZ.len()].to_owned(),
                is_bold: column == 2,
            })
            .collect(),
        cells: (0..rows).map(|row| (0..columns).map(|column| cell(row, column)).collect()).collect(),
        bounds: [10.0, 50.0, 100.0],
    }
}

/// The charts that are kept as golden files.
pub(super) fn samples() -> Vec<(Chart, Edition)> {
    let in_russian = Edition { language: Language::Ru, synthetic: false, ..sample::edition() };
    vec![
        (chart("sides", "Hər iki tərəfin məlumatı", "milyon ABŞ dolları", sides(points(12, false, 1.0))), in_azerbaijani()),
        (
            chart(
                "waterfall",
                "От экспорта к импорту",
                "тыс. долл. США",
                Drawing::Waterfall(steps(301_534.9, &[-64_702.5, 38_191.7, 18_717.5, -2_282.3, 121_783.5])),
            ),
            in_russian.clone(),
        ),
        (chart("heat", "Где отчеты расходятся", "", Drawing::HeatMap(heat(9, 12, 1.0))), in_russian),
    ]
}

/// Situations that could break them.
pub(super) fn drawings() -> Vec<Drawing> {
    let long = Step { label: "ƏĞİÖÜŞÇ ".repeat(40), value: Some(-1e300), kind: StepKind::Unexplained };
    let nothing = Step { value: None, ..long.clone() };
    let falling = |step: Step| Step { value: step.value.map(|value| -value.abs()), ..step };
    let mut holed = heat(3, 4, 1.0);
    holed.cells = vec![vec![None; 4], Vec::new()];
    let mut missing = heat(2, 2, 1.0);
    missing.cells = vec![vec![None; 2]; 2];
    vec![
        sides(Vec::new()),
        sides(points(1, false, 1.0)),
        sides(points(1, true, -1.0)),
        sides(points(5, true, 1e-9)),
        sides(points(24, false, 1.0)),
        sides(points(60, false, 1_000_000.0)),
        sides(points(12, false, 0.0)),
        sides(vec![SidePoint { year: 2025, month: Some(1), figures: [None, Some(f64::NAN)] }]),
        Drawing::Waterfall(Vec::new()),
        Drawing::Waterfall(vec![nothing.clone()]),
        Drawing::Waterfall(vec![Step { value: Some(1.0), ..long.clone() }]),
        Drawing::Waterfall(vec![long, nothing]),
        Drawing::Waterfall(steps(1_000.0, &[0.5, -0.25, 1.0, 0.0, -2.0])),
        Drawing::Waterfall(steps(902_560_400.0, &[24_441_700.0, -4_959_800.0, 31_856_200.0, 414_900.0, 1_010_200.0])),
        Drawing::Waterfall(steps(10.0, &[50.0, -30.0, 5.0, -80.0, 1.0])),
        Drawing::Waterfall(steps(100.0, &[5.0, 3.0, 5.0, 8.0, 1.0]).into_iter().map(falling).collect()),
        Drawing::Waterfall(steps(0.0, &[0.0, 0.0, 0.0, 0.0, 0.0])),
        Drawing::HeatMap(heat(0, 0, 1.0)),
        Drawing::HeatMap(heat(1, 1, 1.0)),
        Drawing::HeatMap(missing),
        Drawing::HeatMap(holed),
        Drawing::HeatMap(heat(24, MAX_COLUMNS, 1.0)),
        Drawing::HeatMap(heat(4, 3, -1e300)),
    ]
}

#[test]
fn missing_equal_and_small_differ_without_colour() {
    let marks = |value: Option<f64>| {
        let map = HeatMap { cells: vec![vec![value, Some(150.0)]], ..heat(1, 2, 1.0) };
        let scene = lay_out(&chart("x", "X", "", Drawing::HeatMap(map)), &Edition::default()).expect("lays out");
        let count = |wanted: fn(&Mark) -> bool| scene.marks.iter().filter(|mark| wanted(mark)).count();
        (
            count(|mark| matches!(mark, Mark::Disc { .. })),
            count(|mark| matches!(mark, Mark::Fill { ink: Ink::More(_) | Ink::Less(_), .. })),
            count(|mark| matches!(mark, Mark::Line { .. })),
        )
    };
    let (missing, equal, more, less) = (marks(None), marks(Some(0.0)), marks(Some(3.0)), marks(Some(-3.0)));
    // A dot; an outline; a shade with two strokes; a shade with one.
    assert_eq!((missing.0 - equal.0, more.1 - equal.1, less.1 - missing.1), (1, 1, 1));
    assert_eq!((equal.2 - missing.2, more.2 - missing.2, less.2 - missing.2), (1, 2, 1));
}

#[test]
fn an_estimate_in_the_waterfall_is_marked_and_a_cause_has_its_sign() {
    let scene = lay_out(&chart("x", "X", "", Drawing::Waterfall(steps(100.0, &[-5.0, 3.0, 7.0]))), &Edition::default())
        .expect("lays out");
    let found: Vec<String> = texts(&scene).into_iter().map(|(text, _)| text).collect();
    for expected in ["-5.0", "+3.0", "+7.0*", "100.0", "105.0"] {
        assert!(found.iter().any(|text| text == expected), "{expected} is not in {found:?}");
    }
}

#[test]
fn more_columns_than_can_be_read_are_an_error() {
    let wide = chart("x", "X", "", Drawing::HeatMap(heat(1, MAX_COLUMNS + 1, 1.0)));
    assert!(matches!(draw(&wide, &Edition::default(), Picture::Svg), Err(Error::TooManyBars { found: 31, limit: 30, .. })));
}
