//! What a release says of its period: quarters and years, months and flows without data, past
//! states, and what its data files say of their columns.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use tradestat::config::Profile;
use tradestat::describe::Describer;
use tradestat::method::Method;

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::a_quarter_and_a_year_are_published_as_such", longer_periods),
        trial("cli::months_and_flows_without_data_are_named", absent),
        trial("cli::late_flows_and_stray_items_are_named_and_are_no_data", stray),
        trial("cli::a_past_state_is_called_one", past_state),
        trial("cli::data_files_say_what_their_columns_are", columns),
        trial("cli::columns_say_their_title_unit_and_list", described),
        trial("cli::the_account_of_a_month_adds_up", account),
    ]
}

/// Imports of January, two of February and one of March 2026, 1000 USD each.
fn folder() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    let of = |id: &'static str, day: &'static str| {
        row(&[("declaration_id", id), ("acceptance_date", day), ("statistical_value", "1000.00")])
    };
    let rows = [of("26AZ01", "2026-01-10"), of("26AZ02", "2026-02-10"), of("26AZ03", "2026-02-11"), of("26AZ04", "2026-03-05")];
    ingest(&folder, "first.csv", &rows, "2026-04-01T12:00:00Z")?;
    Ok(folder)
}

fn ingest(folder: &Folder, name: &str, rows: &[String], now: &str) -> Result<(), Failed> {
    let path = folder.put(name, file(rows))?;
    folder.run(&["--now", now, "ingest", "--form", "sad_csv", &path], 0)?;
    Ok(())
}

fn publish(folder: &Folder, args: &[&str]) -> Result<PathBuf, Failed> {
    let said = folder.run(&[&["--now", "2026-04-20T12:00:00Z", "run"], args].concat(), 0)?;
    Ok(PathBuf::from(said.stdout.trim()))
}

fn read(place: &Path, name: &str) -> Result<String, Failed> {
    Ok(std::fs::read_to_string(place.join(name))?)
}

/// The figure of a column of the row that begins the headline table with this indicator.
fn figure(place: &Path, indicator: &str, column: &str) -> Result<String, Failed> {
    let text = read(place, "tables/T01_headline.csv")?;
    let mut lines = text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_string()).collect::<Vec<_>>());
    let header = lines.next().ok_or("a header")?;
    let at = |name: &str| header.iter().position(|known| known == name).ok_or(format!("no column `{name}`"));
    let (named, asked) = (at("indicator")?, at(column)?);
    let row = lines.find(|row| row[named] == indicator).ok_or(format!("no row `{indicator}`"))?;
    Ok(row[asked].clone())
}

fn longer_periods() -> Result<(), Failed> {
    let folder = folder()?;
    let quarter = publish(&folder, &["--period", "2026-Q1"])?;
    // 1000 of January, 2000 of February, 1000 of March.
    same("imports of the quarter", figure(&quarter, "imports", "month")?.as_str(), "4000")?;
    let page = read(&quarter, "index.html")?;
    holds(&page, &["First quarter 2026", ">Quarter<", "Same quarter a year before"])?;
    same("a month called the quarter's", page.contains(">Month<"), false)?;
    // What a date moves within the quarter stays in it.
    let recording = page.split_once("id=\"T15_time_of_recording\"").ok_or("no T15")?.1;
    let recording = recording.split("</section>").next().unwrap_or_default();
    holds(recording, &["First quarter 2026", "Same quarter by this date"])?;
    same("a month of the quarter", recording.contains("other month") || recording.contains("earlier month"), false)?;
    holds(
        &read(&quarter, "tables/T15_time_of_recording.csv")?,
        &["\"M\",\"acceptance\",\"Acceptance of the declaration\",4000"],
    )?;
    holds(&read(&quarter, "index.az.html")?, &["I rüb 2026", ">Rüb<"])?;
    holds(&read(&quarter, "index.ru.html")?, &["I квартал 2026", ">Квартал<"])?;
    holds(&read(&quarter, "charts/partners.svg")?, &["First quarter 2026"])?;
    let month = publish(&folder, &["--period", "2026-03"])?;
    same("imports of March", figure(&month, "imports", "month")?.as_str(), "1000")?;
    holds(&read(&month, "index.html")?, &["March 2026", ">Month<"])?;
    let year = publish(&folder, &["--period", "2026"])?;
    same("imports of the year", figure(&year, "imports", "month")?.as_str(), "4000")?;
    let page = read(&year, "index.html")?;
    holds(&page, &["<dd>2026</dd>", ">Year<", "There are no data of these months", "April 2026, May 2026"])?;
    let traced =
        folder.run(&["trace", "T03", "--period", "2026-Q1", "--row", "partner=TOTAL", "--column", "imports", "--items"], 0)?;
    holds(&traced.stdout, &["4000"])
}

fn absent() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let of = |id: &'static str, day: &'static str| row(&[("declaration_id", id), ("acceptance_date", day)]);
    ingest(&folder, "gap.csv", &[of("26AZ01", "2026-01-10"), of("26AZ04", "2026-03-05")], "2026-04-01T12:00:00Z")?;
    let place = publish(&folder, &["--period", "2026-03"])?;
    let exports = ["There are no data on exports", "İxrac üzrə məlumat yoxdur", "Данных об экспорте нет"];
    let months = ["February 2026", "fevral 2026", "февраль 2026"];
    for (place_of, tag) in ["", ".az", ".ru"].into_iter().enumerate() {
        let page = read(&place, &format!("index{tag}.html"))?;
        holds(&page, &[months[place_of], exports[place_of]])?;
        // A flow that nobody declared is not nil, nor are turnover and balance.
        let headline = page.split_once("id=\"T01_headline\"").ok_or("no T01")?.1.split_once("</section>").ok_or("no end")?.0;
        let rows: Vec<bool> = headline.split("<tr").skip(2).map(|row| row.contains(">1.5<") || row.contains(">1,5<")).collect();
        same("rows with a figure", rows, vec![false, false, true, false, false, false])?;
        same("a nil of exports", headline.matches(">-<").count() <= 4, true)?;
        // A chart wraps its lines: the beginning is enough.
        let beginning: String = exports[place_of].chars().take(12).collect();
        holds(&read(&place, &format!("charts/monthly_trade{tag}.svg"))?, &[&beginning, months[place_of]])?;
    }
    let about: Value = serde_json::from_str(&read(&place, "tables/T03_trade_by_partner.csv-metadata.json")?)?;
    same("absent months", about["tradestat:absent_months"].to_string(), "[\"2026-02\"]".to_string())?;
    let metadata = schema_metadata(&place.join("tables/T03_trade_by_partner.parquet"))?;
    same("in the Parquet file", metadata.get("absent_months").map(String::as_str), Some("2026-02"))
}

/// March 2026 has sixty imports, other months one item each, and the only export is of March 2025.
fn stray() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut rows = crate::sad::imports(60);
    rows.extend(
        ["2025-03-11", "2026-01-20", "2026-04-02"]
            .map(|day| row(&[("declaration_id", &format!("26AZ{}", &day[5..7])), ("acceptance_date", day)])),
    );
    rows.push(row(&[
        ("declaration_id", "26AZ12"),
        ("acceptance_date", "2025-03-12"),
        ("declaration_type", "EX"),
        ("procedure_code", "1000"),
        ("origin_country", "AZ"),
        ("consignment_country", "AZ"),
        ("destination_country", "TR"),
        ("delivery_terms", "FOB"),
    ]));
    ingest(&folder, "march.csv", &rows, "2026-04-01T12:00:00Z")?;
    let place = publish(&folder, &["--period", "2026-03"])?;
    // One item is less than two per cent of sixty: the year to date is March, and nothing is there to compare it with.
    for (column, value) in [("month", "6000"), ("to_date", "6000"), ("month_year_before", ""), ("to_date_year_before", "")] {
        same(column, figure(&place, "imports", column)?.as_str(), value)?;
    }
    for indicator in ["exports", "turnover", "balance"] {
        same(indicator, figure(&place, indicator, "month")?.as_str(), "")?;
    }
    let page = read(&place, "index.html")?;
    holds(
        &page,
        &[
            "it is not known, not nil: Exports, March 2026.",
            "less than 2 % of those of a usual month), and therefore treated as missing: Imports, March 2025, January 2026.",
            "There are no data of these months, and the year to date lacks them: January 2026, February 2026.",
        ],
    )?;
    holds(&read(&place, "index.ru.html")?, &["Экспорт, март 2026"])?;
    // The picture and the table of all months begin with the first that has data.
    let both = page.split_once("id=\"T21_trade_in_both_currencies\"").ok_or("no T21")?.1;
    holds(both.split("</section>").next().unwrap_or_default(), &["March 2025 – March 2026"])?;
    let manifest: Value = serde_json::from_str(&read(&place, "manifest.json")?)?;
    same("in the manifest", manifest["months_without_data"].to_string(), "[\"2026-01\"]".to_string())?;
    // Asked for alone, a month is shown as it is, and the release says how little it is.
    let april = publish(&folder, &["--period", "2026-04"])?;
    same("asked for", figure(&april, "imports", "month")?.as_str(), "1500")?;
    holds(
        &read(&april, "index.html")?,
        &["Published because it was asked for, with less than 2 % of the items of a usual month: Imports, April 2026."],
    )
}

fn schema_metadata(path: &Path) -> Result<std::collections::HashMap<String, String>, Failed> {
    Ok(ParquetRecordBatchReaderBuilder::try_new(std::fs::File::open(path)?)?.schema().metadata().clone())
}

fn past_state() -> Result<(), Failed> {
    let folder = folder()?;
    let late = row(&[("declaration_id", "26AZ09"), ("acceptance_date", "2026-03-06"), ("statistical_value", "500.00")]);
    ingest(&folder, "late.csv", &[late], "2026-04-10T12:00:00Z")?;
    let now = publish(&folder, &["--period", "2026-03"])?;
    let then = publish(&folder, &["--period", "2026-03", "--as-of", "2026-04-05"])?;
    same("imports now", figure(&now, "imports", "month")?.as_str(), "1500")?;
    same("imports then", figure(&then, "imports", "month")?.as_str(), "1000")?;
    let moment = "2026-04-05T23:59:59.999999Z";
    for (tag, words) in [("", "a past state"), (".az", "keçmiş vəziyyəti"), (".ru", "прошлое")] {
        holds(&read(&then, &format!("index{tag}.html"))?, &[words, moment])?;
        same("the newest state", read(&now, &format!("index{tag}.html"))?.contains(words), false)?;
    }
    holds(&read(&then, "charts/partners.svg")?, &[moment])?;
    let about: Value = serde_json::from_str(&read(&then, "tables/T01_headline.csv-metadata.json")?)?;
    same("as of", about["tradestat:as_of"].as_str(), Some(moment))?;
    let metadata = schema_metadata(&then.join("tables/T01_headline.parquet"))?;
    same("in the Parquet file", metadata.get("as_of").map(String::as_str), Some(moment))
}

fn columns() -> Result<(), Failed> {
    let folder = folder()?;
    let place = publish(&folder, &["--period", "2026-03"])?;
    let about = |table: &str| -> Result<Value, Failed> {
        Ok(serde_json::from_str(&read(&place, &format!("tables/{table}.csv-metadata.json"))?)?)
    };
    let partners = about("T03_trade_by_partner")?;
    same("currency", partners["tradestat:currency"].as_str(), Some("USD"))?;
    same("period", partners["tradestat:period"].as_str(), Some("2026-03"))?;
    let column = |about: &Value, name: &str| {
        let columns = about["tableSchema"]["columns"].as_array().cloned().unwrap_or_default();
        columns.into_iter().find(|column| column["name"] == name).unwrap_or_default()
    };
    for (name, titles, unit) in [
        ("export_month", ["Exports: Month", "İxrac: Ay", "Экспорт: Месяц"], Some("USD")),
        ("import_month", ["Imports: Month", "İdxal: Ay", "Импорт: Месяц"], Some("USD")),
        ("import_month_flag", ["Imports: Month: Flag", "İdxal: Ay: İşarə", "Импорт: Месяц: Отметка"], None),
        ("import_month_growth", ["Imports: Change, %", "İdxal: Dəyişmə, %", "Импорт: Изменение, %"], Some("%")),
    ] {
        let column = column(&partners, name);
        for (language, title) in ["en", "az", "ru"].into_iter().zip(titles) {
            same(name, column["titles"][language].as_str(), Some(title))?;
        }
        same(name, column["tradestat:unit"].as_str(), unit)?;
    }
    let share = column(&partners, "import_share");
    same(
        "a share in print is in per cent, in data a part of one",
        share["titles"]["en"].as_str(),
        Some("Imports: Share of the year to date, as a fraction of 1"),
    )?;
    let commodities = about("T07_top_commodities")?;
    same("quantity", column(&commodities, "quantity_flag")["titles"]["ru"].as_str(), Some("Количество, с начала года: Отметка"))?;
    holds(&read(&place, "index.html")?, &["Quantity, year to date", "Unit value, year to date, USD"])?;
    // Stored relations of the method explain their columns too.
    let stored = |relation: &str| -> Result<PathBuf, Failed> {
        let mut found = walk(&folder.path().join("store"));
        found.retain(|path| {
            path.extension().is_some_and(|e| e == "parquet") && path.components().any(|part| part.as_os_str() == relation)
        });
        Ok(found.pop().ok_or(format!("no file of `{relation}`"))?)
    };
    for (relation, name, key, text) in [
        ("trade", "net_mass_kg", "unit", "kg"),
        ("trade", "value_national", "unit", "AZN"),
        ("trade", "statistical_value", "unit", "USD"),
        ("trade", "partner", "code_list", "country"),
        ("T03_trade_by_partner", "export_to_date", "title", "Exports: Year to date"),
    ] {
        let file = std::fs::File::open(stored(relation)?)?;
        let schema = ParquetRecordBatchReaderBuilder::try_new(file)?.schema().clone();
        let field = schema.field_with_name(name)?;
        same(&format!("{relation}.{name}"), field.metadata().get(key).map(String::as_str), Some(text))?;
        same(&format!("title of {relation}.{name}"), field.metadata().contains_key("title"), true)?;
    }
    Ok(())
}

fn described() -> Result<(), Failed> {
    let method = Method::read(None, None)?;
    let describer = Describer::new(&method, &Profile::read(&method, "kr")?)?;
    let number = DataType::Decimal128(38, 6);
    let names = [
        ("statistical_value", number.clone(), Some("KRW")),
        ("import_month_year_before", number.clone(), Some("KRW")),
        ("net_mass_estimated_kg", number.clone(), Some("kg")),
        ("item_count", DataType::Int64, Some("1")),
        ("import_share", number.clone(), Some("1")),
        ("import_to_date_growth", number.clone(), Some("%")),
        ("import_month_flag", DataType::Utf8, None),
    ];
    let fields: Vec<Field> = names.iter().map(|(name, data_type, _)| Field::new(*name, data_type.clone(), true)).collect();
    let schema = describer.described("T03_trade_by_partner", &Arc::new(Schema::new(fields)));
    for (field, (name, _, unit)) in schema.fields().iter().zip(&names) {
        same(name, field.metadata().get("unit").map(String::as_str), *unit)?;
        same(name, field.metadata().get("title").is_some_and(|title| !title.is_empty()), true)?;
    }
    // What compares countries is in dollars, whoever compiles.
    for mirror in ["T16d_mirror_gaps", "mirror_cell"] {
        same(mirror, describer.unit(mirror, "gap_value", &number, describer.currency_of(mirror)).as_deref(), Some("USD"))?;
    }
    Ok(())
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

fn account() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let of = |id: &'static str, changes: &[(&'static str, &'static str)]| {
        let mut cells = vec![("declaration_id", id), ("acceptance_date", "2026-03-10"), ("statistical_value", "1000.00")];
        cells.extend(changes);
        row(&cells)
    };
    // One counted, one in transit, one of February, one whose chapter nobody knows.
    let rows = [
        of("26AZ01", &[]),
        of("26AZ02", &[("procedure_code", "8000")]),
        of("26AZ03", &[("acceptance_date", "2026-02-10")]),
        of("26AZ04", &[("commodity_code", "7703231000")]),
        // From a warehouse into free circulation: it came in before, and the special system counts it now.
        of("26AZ05", &[("procedure_code", "4071")]),
    ];
    ingest(&folder, "declarations.csv", &rows, "2026-04-01T12:00:00Z")?;
    // Half of two items held would be too many held for a release.
    let more: Vec<String> = (0..60)
        .map(|number| row(&[("declaration_id", format!("26AZ1{number:03}").leak()), ("acceptance_date", "2026-03-11")]))
        .collect();
    ingest(&folder, "more.csv", &more, "2026-04-01T12:00:00Z")?;
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    let place = PathBuf::from(said.stdout.trim());
    let manifest: Value = serde_json::from_str(&read(&place, "manifest.json")?)?;
    let terms = manifest["terms"].as_array().ok_or("the manifest has the terms")?;
    let items = |name: &str| {
        terms.iter().filter(|term| term["term"] == name).map(|term| term["items"].as_u64().unwrap_or_default()).sum::<u64>()
    };
    // 65 lines, less one of February; what comes into a warehouse is counted by the special system only.
    let found = ["counted", "other systems", "excluded", "held"].map(items);
    same("counted, in other systems, excluded, held", found, [61, 1, 1, 1])?;
    same("all", terms.iter().map(|term| term["items"].as_u64().unwrap_or_default()).sum::<u64>(), 64)?;
    holds(
        &said.stderr,
        &["in 63 (", "counted 61 (", "+ other systems 1 (1000.00)", "+ held 1 (1000.00)", "excluded for transit: 1 (1000.00)"],
    )?;
    let page = read(&place, "index.html")?;
    let account = page.split_once("id=\"account\"").ok_or("no account")?.1;
    let imports = terms
        .iter()
        .find(|term| term["term"] == "counted" && term["flow"] == "M")
        .map(|term| term["value"].as_str().unwrap_or_default().to_string());
    same("what is counted is what the first table says", imports, Some(format!("{}.00", figure(&place, "imports", "month")?)))?;
    holds(
        account,
        &[
            "items of other months",
            "Imports: in",
            "Imports: counted",
            "Imports: counted in other trade systems only",
            "Imports: held",
            "Without direction: excluded",
        ],
    )
}
