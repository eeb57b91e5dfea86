//! What the synthetic data must be like, on a made-up nomenclature of true chapters.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::*;

const COUNTRIES: &str = "AE AF AL AM AR AT AU AZ BA BD BE BF BG BH BJ BN BO BR BS BT BW BY CA CD CG CH CI CL CM CN CO \
    CR CU CY CZ DE DK DO DZ EC EE EG ES ET FI FJ FR GA GB GE GH GN GR GT HK HN HR HU ID IE IL IN IQ IR IS IT JM JO JP \
    KE KG KH KR KW KZ LA LB LI LK LR LT LU LV LY MA MD ME MG MK ML MM MN MO MR MT MU MV MW MX MY MZ NA NG NI NL NO NP \
    NZ OM PA PE PG PH PK PL PT PY QA RO RS RU RW SA SC SD SE SG SI SK SL SN SR SV SY TG TH TJ TM TN TR TT TW TZ UA UG \
    US UY UZ VE VN XK YE ZA ZM ZW";
const LANDLOCKED: &str =
    "AF AM AT AZ BF BO BT BW BY CH CZ ET HU KG KZ LA LI LU MD MK ML MN MW NP PY RS RW SK TJ TM UG UZ XK ZM ZW";

/// Subheadings the outline of the trade names, and some of every chapter.
fn nomenclature() -> Vec<(String, &'static str)> {
    let named = [
        "070200", "080222", "080929", "081070", "081310", "090240", "100199", "100630", "151620", "170199", "240220", "252310",
        "270900", "271012", "271019", "271121", "290511", "300490", "310210", "390110", "390210", "520100", "710812", "721420",
        "730511", "760110",
    ];
    let mut codes: BTreeMap<String, &'static str> = named.iter().map(|code| ((*code).to_owned(), "kg")).collect();
    codes.extend(
        [("847130", "u"), ("851713", "u"), ("870323", "u"), ("440711", "m3")].map(|(code, unit)| (code.to_owned(), unit)),
    );
    for chapter in (1..=97).filter(|chapter| *chapter != 77 && *chapter != 27) {
        let unit = match chapter {
            84..=92 => "u",
            64 => "2u",
            57 => "m2",
            22 => "l",
            1..=97 => "kg",
            _ => "",
        };
        for heading in 1..=9 {
            for subheading in ["10", "20", "90"] {
                codes.entry(format!("{chapter:02}{heading:02}{subheading}")).or_insert(unit);
            }
        }
    }
    codes.into_iter().collect()
}

pub fn with_world<T>(test: impl FnOnce(&World<'_>) -> T) -> T {
    let codes = nomenclature();
    let hs6: Vec<(&str, &str)> = codes.iter().map(|(code, unit)| (code.as_str(), *unit)).collect();
    let countries: Vec<Country<'_>> = COUNTRIES
        .split_whitespace()
        .map(|code| {
            let has_no_sea = LANDLOCKED.split_whitespace().any(|other| other == code);
            Country { code, alpha3: "", numeric: "", has_no_sea }
        })
        .collect();
    let rate = |currency, valid_from, rate| Rate { currency, valid_from, rate };
    let rates = [
        rate("USD", "2023-12-01", "1.7"),
        rate("EUR", "2023-12-01", "1.85"),
        rate("EUR", "2025-06-01", "1.95"),
        rate("RUB", "2023-12-01", "0.01893221"),
        rate("TRY", "2023-12-01", "0.05"),
    ];
    test(&World { hs6: &hs6, countries: &countries, rates: &rates })
}

fn plan(items: u64, months: u32) -> Plan {
    Plan { items, months, last_month: (2026, 3), seed: 1 }
}

/// Records with their fields; quotes may hold commas, quotes and line breaks. `skipped`
/// are physical lines that are no records.
fn records(csv: &[u8], skipped: &BTreeSet<u64>) -> Vec<Vec<String>> {
    let text = std::str::from_utf8(csv).expect("UTF-8");
    let lines = (1..).zip(text.split_inclusive('\n')).filter(|(number, _)| !skipped.contains(number));
    let text: String = lines.map(|(_, line)| line).collect();
    let (mut records, mut record, mut field, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => field.extend(characters.next()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => record.push(std::mem::take(&mut field)),
            '\n' if !is_quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            other => field.push(other),
        }
    }
    assert!(record.is_empty() && !is_quoted, "the file ends inside a record");
    records
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).expect("a column of the form")
}

/// Lines that cannot be split into the right number of fields.
fn unsplittable(made: &SyntheticMonth) -> BTreeSet<u64> {
    let is_raw = |error: &&Planted| matches!(error.kind, "too_few_fields" | "unclosed_quote");
    made.truth.iter().filter(is_raw).map(|error| error.line_no).collect()
}

fn value(record: &[String]) -> f64 {
    record[column("statistical_value")].parse().unwrap_or(0.0)
}

fn distinct<'r>(lines: &[&'r Vec<String>], name: &str) -> BTreeSet<&'r str> {
    lines.iter().map(|record| record[column(name)].as_str()).collect()
}

#[test]
fn same_arguments_give_the_same_bytes() {
    with_world(|world| {
        let made = month_csv(world, &plan(4000, 4), 2);
        let digest: String = Sha256::digest(&made.csv).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        // A change of this line changes every demonstration: say so where it is announced.
        assert_eq!(digest, "c5a2b64687c03ae7");
        let truth: String = Sha256::digest(truth_csv(&made.truth)).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(truth, "62007b947cb8e7be");
        assert_ne!(month_csv(world, &Plan { seed: 2, ..plan(4000, 4) }, 2).csv, made.csv);
    });
}

#[test]
fn header_is_that_of_the_form() {
    with_world(|world| {
        let csv = month_csv(world, &plan(10, 1), 0).csv;
        let header = csv.split(|byte| *byte == b'\n').next().map(String::from_utf8_lossy);
        let required = "declaration_id,item_no,declaration_type,procedure_code,acceptance_date,customs_office,trader_id,\
            declarant_id,consignment_country,origin_country,destination_country,delivery_terms,invoice_currency,\
            exchange_rate,transaction_nature,border_transport_mode,commodity_code,goods_description,gross_mass_kg,\
            net_mass_kg,supplementary_unit,supplementary_quantity,invoice_amount,freight_cost,insurance_cost,statistical_value";
        let optional = "version,status,release_date,arrival_date,inland_transport_mode,container,trading_country,\
            customs_value,package_count";
        assert_eq!(header.as_deref(), Some(format!("{required},{optional}").as_str()));
    });
}

#[test]
fn items_are_as_many_as_asked_for() {
    with_world(|world| {
        for (items, months) in [(0, 1), (1, 1), (10, 27), (5000, 27), (3001, 3)] {
            let plan = plan(items, months);
            let mut count = 0;
            for index in 0..months {
                let made = month_csv(world, &plan, index);
                let records = records(&made.csv, &unsplittable(&made));
                let whole = records.iter().filter(|record| record.len() == COLUMNS.len()).count() - 1;
                assert_eq!(records.len() - 1, whole, "a record of {} has another number of fields", made.month);
                count += (whole + unsplittable(&made).len()) as u64;
            }
            assert_eq!(count, items);
        }
    });
}

#[test]
fn each_kind_is_planted_once_and_where_the_truth_says() {
    with_world(|world| {
        let plan = plan(5000, 27);
        let mut kinds = BTreeSet::new();
        for index in 0..27 {
            let made = month_csv(world, &plan, index);
            let text = String::from_utf8(made.csv).expect("UTF-8");
            let lines: Vec<&str> = text.split('\n').collect();
            let mut places = BTreeSet::new();
            for error in &made.truth {
                kinds.insert(error.kind);
                let line = lines[usize::try_from(error.line_no).expect("a line number") - 1];
                let item_no = if error.kind == "amended_drops_item" { 1 } else { error.item_no.unwrap_or(1) };
                assert!(line.starts_with(&format!("{},{item_no},", error.declaration_id)), "{error:?}: {line}");
                assert!(places.insert(&error.declaration_id), "two errors in {}", error.declaration_id);
                assert_eq!(error.month, made.month);
            }
        }
        let all: BTreeSet<&str> = Kind::ALL.iter().map(|kind| kind.spec().name).collect();
        assert_eq!(kinds, all);
    });
}

#[test]
fn what_is_not_planted_is_sound() {
    with_world(|world| {
        let made = month_csv(world, &plan(15_000, 2), 1);
        let planted: BTreeSet<&str> = made.truth.iter().map(|error| error.declaration_id.as_str()).collect();
        let codes: BTreeSet<String> = world.hs6.iter().map(|(code, _)| format!("{code}0000")).collect();
        let mut checked = 0;
        for record in records(&made.csv, &unsplittable(&made)).iter().skip(1) {
            let cell = |name| record[column(name)].as_str();
            let number = |name| cell(name).parse::<f64>().unwrap_or_else(|_| panic!("{name} of {record:?}"));
            if planted.contains(cell("declaration_id")) {
                continue;
            }
            checked += 1;
            assert!(number("net_mass_kg") > 0.0 && number("net_mass_kg") <= number("gross_mass_kg"), "{record:?}");
            assert!(cell("acceptance_date") <= cell("release_date") && cell("arrival_date") <= cell("acceptance_date"));
            assert!(codes.contains(cell("commodity_code")), "{record:?}");
            assert_eq!(cell("supplementary_unit").is_empty(), cell("supplementary_quantity").is_empty());
            let value = number("statistical_value") * 1.7;
            let rate = number("exchange_rate");
            let invoice = number("invoice_amount") * rate;
            let (freight, insurance) = (number("freight_cost") * rate, number("insurance_cost") * rate);
            let expected = match (cell("declaration_type"), cell("delivery_terms")) {
                ("EX", "CPT" | "CFR" | "CIP" | "CIF" | "DAP") => invoice - freight - insurance,
                _ => invoice + freight + insurance,
            };
            assert!((expected - value).abs() < 0.03 + rate * 0.02, "{expected} {value} {record:?}");
            assert!((number("customs_value") - value).abs() < 0.03, "{record:?}");
        }
        assert!(checked > 6000);
    });
}

#[test]
fn structure_is_that_of_the_country() {
    with_world(|world| {
        let made = month_csv(world, &plan(40_000, 2), 1);
        let records = records(&made.csv, &unsplittable(&made));
        let counted = |codes: &[&str]| {
            let is_one = |record: &&Vec<String>| codes.contains(&record[column("procedure_code")].as_str());
            records.iter().filter(is_one).collect::<Vec<_>>()
        };
        let exports = counted(&["1000", "2100", "3151", "3171"]);
        let imports = counted(&["4000", "5100", "6121", "7100"]);
        let sum = |lines: &[&Vec<String>]| lines.iter().map(|record| value(record)).sum::<f64>();
        let share = |lines: &[&Vec<String>], name: &str, start: &str| {
            let part: Vec<_> = lines.iter().copied().filter(|record| record[column(name)].starts_with(start)).collect();
            sum(&part) / sum(lines)
        };
        let within = |what: &str, share: f64, low: f64, high: f64| assert!((low..=high).contains(&share), "{what}: {share}");
        within("exports", sum(&exports), 1.9e9, 2.5e9);
        within("imports", sum(&imports), 1.3e9, 1.95e9);
        within("fuels", share(&exports, "commodity_code", "27"), 0.86, 0.94);
        within("to Italy", share(&exports, "destination_country", "IT"), 0.30, 0.45);
        within("pipelines", share(&exports, "border_transport_mode", "7"), 0.5, 0.9);
        within("vehicles", share(&imports, "commodity_code", "87"), 0.10, 0.14);
        for leader in ["CN", "RU", "TR"] {
            within(leader, share(&imports, "origin_country", leader), 0.11, 0.19);
        }
        let clinker: BTreeSet<&str> = exports
            .iter()
            .filter(|record| record[column("commodity_code")].starts_with("252310"))
            .map(|record| record[column("destination_country")].as_str())
            .collect();
        assert_eq!(clinker, BTreeSet::from(["GE"]));
        let origins = distinct(&imports, "origin_country");
        assert!(origins.iter().filter(|code| COUNTRIES.contains(*code)).count() > 120, "{}", origins.len());
        assert!(distinct(&imports, "commodity_code").len() > 2000);
        let offices = distinct(&imports, "customs_office").len();
        assert_eq!(offices, 48);
        let declarations = distinct(&records.iter().collect::<Vec<_>>(), "declaration_id").len();
        let long = records.iter().filter(|record| record[column("item_no")] == "4").count();
        assert!((25..=35).contains(&(long * 100 / declarations)), "seven in ten have one to three items");
    });
}

#[test]
fn an_empty_world_gives_an_empty_file() {
    let made = month_csv(&World { hs6: &[], countries: &[], rates: &[] }, &plan(100, 1), 0);
    assert_eq!(made.csv.iter().filter(|byte| **byte == b'\n').count(), 1);
}

#[test]
fn fixed_point_arithmetic_is_right() {
    use chance::{ONE, power_of_two, scaled};
    assert_eq!((power_of_two(0), power_of_two(256), power_of_two(-256)), (ONE, 2 * ONE, ONE / 2));
    // The square root of two, 1.41421356, with twenty binary digits.
    assert_eq!(power_of_two(128), 1_482_910);
    assert_eq!((scaled(5, 1, 2), scaled(7, 1, 2), scaled(10, 2, 3)), (2, 4, 7));
    let mut stream = Stream::new(3, [0, 0, 0]);
    let draws: Vec<i64> = (0..4000).map(|_| stream.normal()).collect();
    let mean = draws.iter().sum::<i64>() / 4000;
    let variance = draws.iter().map(|draw| draw * draw).sum::<i64>() / 4000;
    assert!(mean.abs() < 16 && (60_000..71_000).contains(&variance), "{mean} {variance}");
}

/// A twentieth at random and about a twentieth by office; each hidden cell is empty where
/// the same month without hiding says what the list of hidden values says.
#[test]
fn hidden_values_are_those_left_out() {
    with_world(|world| {
        let plan = plan(20_000, 2);
        let (whole, made) = (month_csv(world, &plan, 1), month_with_hidden(world, &plan, 1, 50));
        assert!(whole.hidden.is_empty());
        assert_eq!(whole.truth, made.truth);
        assert_eq!(made.csv, month_with_hidden(world, &plan, 1, 50).csv);
        let lines = |made: &SyntheticMonth| -> Vec<String> {
            String::from_utf8_lossy(&made.csv).split('\n').map(str::to_owned).collect()
        };
        let (before, after) = (lines(&whole), lines(&made));
        let mut of_field: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for one in &made.hidden {
            let place = usize::try_from(one.line_no).expect("a line number") - 1;
            let column = COLUMNS.iter().position(|name| *name == one.field).expect("a column");
            *of_field.entry((one.field, one.how)).or_default() += 1;
            // Descriptions may hold commas and line breaks: those are not looked at.
            if before[place].contains('"') || before[place].matches(',').count() != COLUMNS.len() - 1 {
                continue;
            }
            let cell = |line: &str| line.split(',').nth(column).map(str::to_owned);
            let number = |text: &str| text.parse::<f64>().expect("a number");
            assert_eq!(number(&cell(&before[place]).expect("a cell")), number(&one.value));
            assert_eq!(cell(&after[place]).as_deref(), Some(""));
        }
        for how in ["random", "office"] {
            let count = of_field[&("net_mass_kg", how)];
            assert!((250..1000).contains(&count), "{how}: {count} of 10 000");
        }
    });
}
