//! Every drawing in every situation: nothing overlaps, nothing is clipped, nothing panics.

use super::scene::{Area, Mark, Scene};
use super::*;
use crate::edition::Language;
use crate::sample;
use crate::words::Words;

pub(super) fn chart(name: &str, title: &str, unit: &str, drawing: Drawing) -> Chart {
    Chart {
        name: name.to_owned(),
        title: title.to_owned(),
        subtitle: "January 2024 to March 2026".to_owned(),
        unit: unit.to_owned(),
        decimals: 1,
        notes: Vec::new(),
        drawing,
    }
}

/// `count` months ending in March 2026 with the shape of an oil exporter.
fn months(count: u32, factor: f64) -> Vec<Month> {
    (0..count)
        .map(|position| {
            let index = 2026 * 12 + 2 - (count - 1 - position);
            let wave = (f64::from(position) * 0.9).sin();
            let (exports, imports) = ((1_800.0 + 700.0 * wave) * factor, (1_500.0 + 25.0 * f64::from(position)) * factor);
            Month {
                year: (index / 12) as i32,
                month: index % 12 + 1,
                exports: Some(exports),
                imports: Some(imports),
                balance: Some(exports - imports),
            }
        })
        .collect()
}

fn pairs(labels: &[&str], first: f64) -> Vec<Pair> {
    let figure = |position: usize, by: f64| Some(first / (1.0 + position as f64 * by));
    labels
        .iter()
        .enumerate()
        .map(|(position, label)| Pair {
            label: (*label).to_owned(),
            exports: figure(position, 1.1),
            imports: if position % 5 == 4 { None } else { figure(labels.len() - 1 - position, 0.7) },
            estimated: [position == 1, false],
        })
        .collect()
}

pub(super) const PARTNERS_AZ: &[&str] = &[
    "İtaliya",
    "Türkiyə",
    "Rusiya Federasiyası",
    "Çin Xalq Respublikası",
    "Almaniya",
    "Böyük Britaniya və Şimali İrlandiya Birləşmiş Krallığı",
    "Gürcüstan",
    "İsrail",
    "Hindistan",
    "Çexiya",
    "Amerika Birləşmiş Ştatları",
    "Bosniya və Herseqovina",
    "Qazaxıstan",
    "Xorvatiya",
    "Müəyyən edilməmişdir",
];

pub(super) const SECTIONS_RU: &[&str] = &[
    "I Живые животные; продукты животного происхождения",
    "II Продукты растительного происхождения",
    "III Жиры и масла животного, растительного или микробиологического происхождения и продукты их расщепления",
    "IV Готовые пищевые продукты; алкогольные и безалкогольные напитки и уксус; табак и его заменители",
    "V Минеральные продукты",
    "VI Продукция химической и связанных с ней отраслей промышленности",
    "VII Пластмассы и изделия из них; каучук, резина и изделия из них",
    "XV Недрагоценные металлы и изделия из них",
    "XVI Машины, оборудование и механизмы; электротехническое оборудование",
    "XVII Средства наземного транспорта, летательные аппараты, плавучие средства",
];

const CHAPTERS: &[&str] = &[
    "27 Mineral fuels, mineral oils and products of their distillation; bituminous substances; mineral waxes",
    "87 Vehicles other than railway or tramway rolling-stock",
    "71 Pearls, precious stones and metals",
    "39 Plastics",
    "10 Cereals",
    "84 Machinery",
    "30 Pharmaceutical products",
    "08 Fruit and nuts",
    "52 Cotton",
    "76 Aluminium",
];

fn changes(figures: &[Option<f64>]) -> Vec<Change> {
    let labels = CHAPTERS.iter().cycle();
    labels
        .zip(figures)
        .map(|(label, change)| Change { label: (*label).to_owned(), change: *change, is_estimate: false })
        .collect()
}

pub(super) fn in_azerbaijani() -> Edition {
    let words = Words::from_labels(|key| {
        let text = match key {
            "exports" => "İxrac",
            "imports" => "İdxal",
            "balance" => "Saldo",
            "source" => "Mənbə",
            "synthetic_mark" => "SÜNİ MƏLUMATLAR",
            "no_data" => "məlumat yoxdur",
            _ => return None,
        };
        Some(text.to_owned())
    });
    Edition { language: Language::Az, words, ..sample::edition() }
}

/// The charts that are kept as golden files.
pub(crate) fn samples() -> Vec<(Chart, Edition)> {
    let mixed =
        [Some(12_345.6), Some(48.2), Some(31.0), Some(12.5), Some(0.4), Some(0.0), None, Some(-7.7), Some(-22.0), Some(-64.3)];
    let mut all = vec![
        (
            chart("monthly", "Exports, imports and balance by month", "million USD", Drawing::Monthly(months(27, 1.0))),
            sample::edition(),
        ),
        (
            chart(
                "partners",
                "Əsas tərəfdaşlar üzrə ixrac və idxal",
                "milyon ABŞ dolları",
                Drawing::Partners(pairs(PARTNERS_AZ, 1_234.5)),
            ),
            in_azerbaijani(),
        ),
        (
            chart("sections", "Структура экспорта и импорта по разделам", "%", Drawing::Sections(pairs(SECTIONS_RU, 90.1))),
            Edition { language: Language::Ru, synthetic: false, ..sample::edition() },
        ),
        (
            chart("change", "Imports by chapter, change on the year before", "%", Drawing::Change(changes(&mixed))),
            sample::edition(),
        ),
    ];
    all.extend(super::mirror_tests::samples());
    all
}

/// Situations that have broken charts before.
fn situations() -> Vec<(Chart, Edition)> {
    let mut all = samples();
    let none = Pair { label: String::new(), exports: None, imports: None, estimated: [false; 2] };
    let long = "ƏĞİÖÜŞÇ ".repeat(40);
    let mut gaps = months(12, -1.0);
    for month in gaps.iter_mut().skip(3).take(4) {
        (month.exports, month.balance) = (None, Some(f64::NAN));
    }
    let zero = |month: Month| Month { exports: Some(0.0), imports: Some(0.0), balance: Some(0.0), ..month };
    let one = |label: &str, exports, imports| vec![Pair { label: label.to_owned(), exports, imports, estimated: [false; 2] }];
    let drawings = [
        Drawing::Monthly(Vec::new()),
        Drawing::Monthly(months(1, 1.0)),
        Drawing::Monthly(months(2, 0.000_01)),
        Drawing::Monthly(months(120, 1_000_000.0)),
        Drawing::Monthly(months(360, 1.0)),
        Drawing::Monthly(months(27, 1e296)),
        Drawing::Monthly(months(27, 1.0).into_iter().map(zero).collect()),
        Drawing::Monthly(gaps),
        Drawing::Partners(Vec::new()),
        Drawing::Partners(vec![none]),
        Drawing::Partners(one("", Some(0.0), Some(0.0))),
        Drawing::Partners(one(&long, Some(-1_234_567.8), Some(2_345_678.9))),
        Drawing::Partners(one("x\u{0}\u{7}<&>\"", Some(1e300), Some(f64::INFINITY))),
        Drawing::Partners(one("x", Some(f64::MAX), Some(f64::MIN))),
        Drawing::Partners(pairs(&["Ə"; MAX_BARS], 1e-9)),
        Drawing::Sections(one("V", Some(100.0), Some(0.001))),
        Drawing::Sections(one("V", Some(-3.0), None)),
        Drawing::Change(changes(&[None, None])),
        Drawing::Change(changes(&[Some(0.0), None])),
        Drawing::Change(changes(&[Some(-12.0), Some(-900.0), Some(-1.0), Some(-0.5)])),
        Drawing::Change(changes(&[Some(1_000_000.0), Some(-50_000.0), Some(3.0), Some(2.0), Some(1.0)])),
    ];
    let drawings = drawings.into_iter().chain(super::mirror_tests::drawings());
    for (number, drawing) in drawings.enumerate() {
        all.push((chart(&format!("situation-{number:02}"), "İdxal və ixrac", "million USD", drawing), in_azerbaijani()));
    }
    let mut wordy = chart("wordy", &long, &long, Drawing::Monthly(months(3, 1.0)));
    wordy.subtitle = long.clone();
    all.push((wordy, Edition { source: long, ..sample::edition() }));
    all
}

pub(super) fn texts(scene: &Scene) -> Vec<(String, Area)> {
    let text = |mark: &Mark| match mark {
        Mark::Text(text) => Some((text.text.clone(), text.area())),
        _ => None,
    };
    scene.marks.iter().filter_map(text).collect()
}

#[test]
fn no_text_is_clipped_and_none_overlap() {
    for (chart, edition) in situations() {
        let scene = lay_out(&chart, &edition).expect("lays out");
        let texts = texts(&scene);
        for (position, (text, area)) in texts.iter().enumerate() {
            let is_inside = area.left >= 2.0 && area.top >= 0.0 && area.right <= scene.width - 2.0 && area.bottom <= scene.height;
            assert!(is_inside, "{}: `{text}` is clipped: {area:?}", chart.name);
            for (other, there) in &texts[position + 1..] {
                let apart =
                    area.right <= there.left || there.right <= area.left || area.bottom <= there.top || there.bottom <= area.top;
                assert!(apart, "{}: `{text}` {area:?} runs into `{other}` {there:?}", chart.name);
            }
        }
    }
}

#[test]
fn no_bar_runs_into_a_text() {
    for (chart, edition) in situations() {
        let scene = lay_out(&chart, &edition).expect("lays out");
        let texts = texts(&scene);
        for mark in &scene.marks {
            let Mark::Fill { area: fill, ink } = mark else {
                continue;
            };
            if !matches!(ink, scene::Ink::Exports | scene::Ink::Imports) {
                continue;
            }
            for (text, area) in &texts {
                let apart =
                    area.right <= fill.left || fill.right <= area.left || area.bottom <= fill.top || fill.bottom <= area.top;
                assert!(apart, "{}: a bar {fill:?} runs into `{text}` {area:?}", chart.name);
            }
        }
    }
}

#[test]
fn both_formats_draw_every_situation() {
    for (chart, edition) in situations() {
        let svg = draw(&chart, &edition, Picture::Svg).expect("draws SVG");
        let svg = String::from_utf8(svg.bytes).expect("UTF-8");
        assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"), "{}", chart.name);
        assert!(svg.contains("font-family=\"DejaVu Sans, sans-serif\""), "{}", chart.name);
        let is_illegal = |letter: char| letter.is_control() && letter != '\n';
        assert!(!svg.contains(is_illegal), "{}", chart.name);
    }
    for (chart, edition) in samples() {
        let png = draw(&chart, &edition, Picture::Png).expect("draws PNG");
        assert_eq!(png, draw(&chart, &edition, Picture::Png).expect("draws PNG"));
        let reader = png::Decoder::new(std::io::Cursor::new(png.bytes)).read_info().expect("is a PNG");
        assert_eq!(reader.info().width, 1_920);
    }
}

#[test]
fn ten_percent_is_as_long_in_one_panel_as_in_the_other() {
    let drawing = Drawing::Sections(vec![
        Pair { label: "V".to_owned(), exports: Some(80.0), imports: Some(10.0), estimated: [false; 2] },
        Pair { label: "XVI".to_owned(), exports: Some(10.0), imports: Some(20.0), estimated: [false; 2] },
    ]);
    let scene = lay_out(&chart("x", "X", "%", drawing), &Edition::default()).expect("lays out");
    let length = |wanted: scene::Ink| -> Vec<f64> {
        let bar = |mark: &Mark| match mark {
            Mark::Fill { area, ink } if *ink == wanted && area.bottom - area.top > 15.0 => Some(area.width()),
            _ => None,
        };
        scene.marks.iter().filter_map(bar).collect()
    };
    let (exports, imports) = (length(scene::Ink::Exports), length(scene::Ink::Imports));
    assert!((exports[1] - imports[0]).abs() < 1.0, "{exports:?} {imports:?}");
}

#[test]
fn synthetic_data_are_marked_in_the_picture_itself() {
    let (chart, edition) = samples().remove(0);
    let marked = |edition: &Edition| {
        let scene = lay_out(&chart, edition).expect("lays out");
        texts(&scene).iter().any(|(text, _)| text == "SYNTHETIC DATA")
    };
    assert!(marked(&edition));
    assert!(!marked(&Edition { synthetic: false, ..edition }));
}

#[test]
fn nothing_to_draw_says_so() {
    let scene = lay_out(&chart("x", "X", "", Drawing::Monthly(Vec::new())), &in_azerbaijani()).expect("lays out");
    assert!(texts(&scene).iter().any(|(text, _)| text == "məlumat yoxdur"));
}

#[test]
fn more_bars_than_can_be_read_are_an_error() {
    let drawing = Drawing::Change(changes(&[Some(1.0); MAX_BARS + 1]));
    let error = draw(&chart("x", "X", "", drawing), &Edition::default(), Picture::Svg).expect_err("too many");
    assert_eq!(error.to_string(), "chart `x` has 61 bars, expected at most 60");
}

#[test]
fn an_estimated_figure_bears_its_mark_and_the_foot_says_what_it_means() {
    let pair = |label: &str, estimated| Pair { label: label.to_owned(), exports: Some(7.0), imports: Some(5.0), estimated };
    let texts = |drawing: Drawing| -> Vec<String> {
        let chart = Chart { notes: vec!["A note.".to_owned()], ..chart("x", "X", "million USD", drawing) };
        let scene = lay_out(&chart, &Edition::default()).expect("lays out");
        let text = |mark: &Mark| if let Mark::Text(text) = mark { Some(text.text.clone()) } else { None };
        scene.marks.iter().filter_map(text).collect()
    };
    let some = texts(Drawing::Partners(vec![pair("FR", [false, true])]));
    let has = |texts: &[String], wanted: &str| texts.iter().any(|text| text == wanted);
    assert!(has(&some, "7.0") && has(&some, "5.0*") && has(&some, "A note."), "{some:?}");
    assert!(has(&some, "* estimate, or holds an estimate"), "{some:?}");
    let change = Change { label: "27".to_owned(), change: Some(3.0), is_estimate: true };
    assert!(has(&texts(Drawing::Change(vec![change])), "+3.0*"));
    let none = texts(Drawing::Partners(vec![pair("FR", [false; 2])]));
    assert!(!none.iter().any(|text| text.contains('*')), "{none:?}");
}
