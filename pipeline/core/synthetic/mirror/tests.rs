//! What the second books must be like.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::synthetic::tests::with_world;

const PLACES: &[(&str, &str, &str, u32)] = &[
    ("CN", "CHN", "156", 5600),
    ("RU", "RUS", "643", 1900),
    ("TR", "TUR", "792", 1450),
    ("DE", "DEU", "276", 3050),
    ("IT", "ITA", "380", 3100),
    ("GE", "GEO", "268", 450),
    ("JP", "JPN", "392", 7700),
    ("AE", "ARE", "784", 1800),
    ("BR", "BRA", "76", 11600),
];

fn made(seed: u64) -> Books {
    with_world(|world| {
        let place = |at: &(&'static str, &'static str, &'static str, u32)| Place {
            code: at.0,
            alpha3: at.1,
            area: at.2,
            kilometres: at.3,
        };
        let places: Vec<Place<'_>> = PLACES.iter().map(place).collect();
        let around = Surroundings {
            own: Place { code: "AZ", alpha3: "AZE", area: "31", kilometres: 0 },
            places: &places,
            units: &[("u", "5"), ("kg", "8"), ("m2", "2"), ("m3", "12"), ("2u", "6"), ("l", "7")],
            edition: "H6",
            rate: 1700,
        };
        second_books(world, &plan(seed), &around)
    })
}

fn plan(seed: u64) -> Plan {
    Plan { items: 24_000, months: 6, last_month: (2025, 12), seed }
}

/// Cents by own flow, partner area, month and commodity.
type Values = BTreeMap<(String, String, String, String), i64>;

/// Those of one book; hidden and other partners aside.
fn values(book: &Book, partner: Option<&str>) -> Values {
    let text = String::from_utf8(book.csv.clone()).expect("text");
    let mut found = Values::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), comtrade::COLUMNS.len(), "{line}");
        if partner.is_none_or(|partner| cells[11] == partner) && cells[9] != "RX" {
            let value: i64 = cells[43].replace('.', "").parse().expect("a number");
            let key = (cells[9].into(), cells[11].into(), cells[5].into(), cells[20].into());
            *found.entry(key).or_default() += value;
        }
    }
    found
}

#[test]
fn the_same_seed_makes_the_same_bytes() {
    let (one, other) = (made(5), made(5));
    assert_eq!(truth_csv(&one.truth), truth_csv(&other.truth));
    assert!(one.partners.iter().zip(&other.partners).all(|(one, other)| one.csv == other.csv));
    assert_ne!(truth_csv(&one.truth), truth_csv(&made(6).truth));
}

/// What is planted adds up to the gap in every cell.
fn adds_up(books: &Books, own: &Values, truth: &[&Planted]) {
    let mut checked = 0;
    for book in &books.partners {
        let place = PLACES.iter().find(|place| place.0 == book.country).expect("known");
        let theirs = values(book, Some("31"));
        let mut cells: BTreeMap<(bool, String, String), (i64, i64)> = BTreeMap::new();
        for ((flow, partner, month, code), value) in own {
            if partner == place.2 && code != "TOTAL" {
                cells.entry((flow == "M", month.clone(), code.clone())).or_default().0 += value;
            }
        }
        for ((flow, _, month, code), value) in &theirs {
            if code != "TOTAL" {
                cells.entry((flow == "X", month.clone(), code.clone())).or_default().1 += value;
            }
        }
        for one in truth {
            let is_import = one.exporter == place.0;
            if (is_import || one.importer == place.0) && one.hs6 != "9999XX" {
                let cell = cells.entry((is_import, one.month.replace('-', ""), one.hs6.clone())).or_default();
                cell.0 -= if is_import { one.value } else { -one.value };
            }
        }
        for ((is_import, month, code), (own, theirs)) in cells.iter().filter(|(key, _)| key.1.as_str() >= "202509") {
            assert_eq!(own, theirs, "{} {is_import} {month} {code}", place.0);
            checked += 1;
        }
    }
    assert!(checked > 3000, "{checked}");
}

#[test]
fn what_is_planted_adds_up_to_the_gap_in_every_cell() {
    let books = made(3);
    adds_up(&books, &values(&books.own, None), &books.truth.iter().collect::<Vec<_>>());
}

#[test]
fn so_it_does_without_the_items_that_the_figures_lack() {
    let books = made(3);
    let mut own = values(&books.own, None);
    let area = |code: &str| PLACES.iter().find(|place| place.0 == code).map(|place| place.2);
    let lost = with_world(|world| {
        let (plan, mut lost) = (plan(3), Vec::new());
        let setting = Setting::new(world, plan.seed);
        for index in 0..u64::from(plan.months) {
            for flow in flow::month_flows(world, &setting, &plan, index) {
                if matches!(flow.slip, Some(flow::Slip::Lost)) {
                    let month = crate::synthetic::calendar::Month::of(0, 1).after(flow.month).text().replace('-', "");
                    let code = setting.goods[usize::from(flow.good)].code[..6].to_string();
                    lost.push((
                        flow.is_import,
                        setting.partners.at(flow.partner).country.code.to_string(),
                        month,
                        code,
                        flow.value,
                    ));
                }
            }
        }
        lost
    });
    let mut exports = 0;
    for (is_import, partner, month, code, value) in lost {
        exports += i32::from(!is_import);
        if let Some(area) = area(&partner) {
            let key = (if is_import { "M" } else { "X" }.into(), area.into(), month, code);
            *own.get_mut(&key).expect("it is in the sound book") -= value;
        }
    }
    assert!(exports > 10, "{exports}");
    let slips = books.slips.iter().filter(|one| one.detail.contains("not in our figures"));
    adds_up(&books, &own, &books.truth.iter().chain(slips).collect::<Vec<_>>());
}

#[test]
fn every_cause_is_planted() {
    let found: BTreeSet<Cause> = (1..5).flat_map(|seed| made(seed).truth).map(|one| one.cause).collect();
    assert_eq!(found.len(), Cause::ALL.len());
}

#[test]
fn totals_hold_the_detail_and_what_it_lacks() {
    for book in made(2).partners {
        let mut sums: BTreeMap<_, (i64, i64)> = BTreeMap::new();
        for ((flow, partner, month, code), value) in values(&book, None) {
            let sum = sums.entry((flow, partner, month)).or_default();
            if code == "TOTAL" { sum.1 += value } else { sum.0 += value }
        }
        assert!(sums.values().all(|(detail, total)| detail <= total));
    }
}

#[test]
fn what_slips_out_of_a_subheading_stands_under_its_chapter() {
    let books = made(4);
    let mut sums: BTreeMap<(Cause, &str, &str), i64> = BTreeMap::new();
    for one in books.slips.iter().filter(|one| one.detail == "subheading unknown") {
        assert_eq!(one.importer, "AZ", "only imports slip");
        assert_eq!(one.hs6.ends_with("XXXX"), one.value > 0, "{} {}", one.hs6, one.value);
        *sums.entry((one.cause, &one.exporter, &one.month)).or_default() += one.value;
    }
    assert!(sums.len() > 3, "{}", sums.len());
    assert!(sums.values().all(|sum| *sum == 0));
    assert!(books.slips.iter().any(|one| one.detail == "origin unknown"));
}
