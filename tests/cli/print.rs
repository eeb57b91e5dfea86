//! What a reader finds on the pages and in the data files of a release.

use std::path::PathBuf;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::pages_print_words_where_files_keep_codes", words),
        trial("cli::pages_say_of_a_table_only_what_is_true_of_it", notes),
        trial("cli::data_files_say_the_types_of_their_columns", types),
        trial("cli::pages_leave_words_of_the_program_to_data_files", codes),
        trial("cli::pages_say_their_notes_in_their_language", languages),
        trial("cli::a_release_holds_every_file_it_links_to_and_names_no_declaration", links),
    ]
}

/// An import of February and one of March, published for March.
fn release() -> Result<(Folder, PathBuf), Failed> {
    let folder = Folder::new("az")?;
    let february = row(&[("declaration_id", "26AZ1002"), ("acceptance_date", "2026-02-10"), ("commodity_code", "8703231000")]);
    let path = folder.put("declarations.csv", file(&[row(&[]), february]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let place = folder.run(&["run", "--period", "2026-03"], 0)?.stdout;
    Ok((folder, PathBuf::from(place.trim())))
}

/// The part of a page that shows a table, from its title to the next.
fn section<'p>(page: &'p str, name: &str) -> Result<&'p str, Failed> {
    let from = page
        .split_once(&format!("<section class=\"table\" id=\"{name}\""))
        .ok_or_else(|| format!("no table `{name}` on the page"))?
        .1;
    Ok(from.split("<section").next().unwrap_or_default())
}

fn words() -> Result<(), Failed> {
    let (_folder, place) = release()?;
    for (name, flow, unit) in
        [("index.html", "Imports", "kg"), ("index.az.html", "İdxal", "kq"), ("index.ru.html", "Импорт", "кг")]
    {
        let page = std::fs::read_to_string(place.join(name))?;
        let table = section(&page, "T07_top_commodities")?;
        holds(table, &[&format!(">{flow}<"), &format!(">{unit}<")])?;
        same("codes of flows", table.contains(">M<"), false)?;
        holds(section(&page, "T21_trade_in_both_currencies")?, &[">2026-02<", ">2026-03<"])?;
        same("days of months", page.contains("2026-02-01"), false)?;
        holds(&page, &[if name == "index.html" { "February 2026 – March 2026" } else { " 2026 – " }])?;
    }
    let csv = std::fs::read_to_string(place.join("tables/T07_top_commodities.csv"))?;
    holds(&csv, &["\"row\",\"M\",1,\"", "\"kg\""])?;
    holds(&std::fs::read_to_string(place.join("tables/T21_trade_in_both_currencies.csv"))?, &["\"2026-02-01\""])
}

fn notes() -> Result<(), Failed> {
    let (_folder, place) = release()?;
    let page = std::fs::read_to_string(place.join("index.html"))?;
    holds(section(&page, "T21_trade_in_both_currencies")?, &["thousand USD, thousand AZN", "General trade system."])?;
    let calendar = section(&page, "T23_release_calendar")?;
    holds(calendar, &["The days are a proposal until the office sets them."])?;
    same("a calendar has no unit and no values", calendar.contains("Unit") || calendar.contains("CIF"), false)?;
    same("all systems are no one system", section(&page, "T14_trade_systems")?.contains("General trade system."), false)?;
    let has_growth = |name: &str| section(&page, name).map(|table| table.contains("Change on the year"));
    same("where a change is shown", has_growth("T03_trade_by_partner")?, true)?;
    same("where none is", has_growth("T21_trade_in_both_currencies")?, false)
}

fn codes() -> Result<(), Failed> {
    let (_folder, place) = release()?;
    let words = [
        "reexports",
        "TOTAL",
        "non_oil",
        "unspecified",
        "unclassified",
        "value_declared",
        "special_category",
        "operational_lease",
        "acceptance",
        "provisional",
        "same",
    ];
    for name in ["index.html", "index.az.html", "index.ru.html"] {
        let page = std::fs::read_to_string(place.join(name))?;
        let found: Vec<&&str> = words.iter().filter(|word| page.contains(&format!(">{word}<"))).collect();
        same("codes that are words", found, Vec::new())?;
        // Codes of a list stay.
        holds(section(&page, "T05_trade_by_sitc")?, &[">781<"])?;
        holds(section(&page, "T03_trade_by_partner")?, &[">TR<", ">OTS<"])?;
    }
    let csv = |name: &str| std::fs::read_to_string(place.join(format!("tables/{name}.csv")));
    holds(&csv("T01_headline")?, &["\"reexports\""])?;
    holds(
        &csv("T05_trade_by_sitc")?,
        &["\"row_kind\",\"level\",\"sitc\",\"name\"", "\"total\",0,\"TOTAL\"", "\"row\",2,\"78\"", "\"row\",3,\"781\",,"],
    )?;
    // Exports stand first everywhere.
    let header = csv("T13_valuation")?;
    let place_of = |column: &str| header.find(column).ok_or_else(|| format!("no `{column}`"));
    same("exports before imports", place_of("export_month")? < place_of("import_month")?, true)?;
    let page = std::fs::read_to_string(place.join("index.html"))?;
    holds(
        section(&page, "T13_valuation")?,
        &["Goods whose freight is included in the price", "Goods whose FOB value rests on estimated freight"],
    )?;
    holds(section(&page, "T14_trade_systems")?, &["customs procedures of UN Comtrade"])?;
    holds(section(&page, "T06_trade_by_bec")?, &["its subdivisions can add up to less"])?;
    holds(section(&page, "T07_top_commodities")?, &["Where no quantity was declared there is none."])?;
    holds(section(&page, "T17_unit_value_range")?, &["April 2025 – March 2026"])?;
    holds(section(&page, "T22_largest_estimates")?, &["Figures of the period shown", ">Partner<"])?;
    holds(section(&page, "T23_release_calendar")?, &["A change of method has no fixed day."])
}

fn languages() -> Result<(), Failed> {
    let (_folder, place) = release()?;
    let notes = |name: &str| -> Result<String, Failed> {
        let page = std::fs::read_to_string(place.join(name))?;
        Ok(page.split_once("id=\"notes\"").ok_or("no notes")?.1.into())
    };
    holds(&notes("index.html")?, &["2026-03: no item on 2026-03-01 – 2026-03-"])?;
    holds(&notes("index.az.html")?, &["2026-03: bu günlər üzrə mal mövqeyi yoxdur: 2026-03-01 – 2026-03-"])?;
    holds(&notes("index.ru.html")?, &["2026-03: нет товарных позиций за 2026-03-01 – 2026-03-"])?;
    let page = std::fs::read_to_string(place.join("index.ru.html"))?;
    // Small within a sentence, large where it begins a line.
    holds(&page, &[", март 2026</title>", "<dd>Март 2026</dd>", "Март 2026. Единица измерения"])?;
    same("a large letter after a comma", page.contains(", Март"), false)
}

/// The only file of a folder.
fn folder_text(folder: &std::path::Path) -> Result<String, Failed> {
    let mut files = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    same("files", files.len(), 1)?;
    Ok(std::fs::read_to_string(files.remove(0).path())?)
}

/// A decision that finds no declaration is told in the run; a table without rows is a file of every kind.
fn links() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("declarations.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
    let decision = "SECRET7,1,,V31,correct,statistical_value,,3.5,by telephone,chief,2026-04-03";
    std::fs::write(folder.path().join("decisions.csv"), format!("{columns}\n{decision}\n"))?;
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["decision of 2026-04-03 on declaration SECRET7 item 1"])?;
    let place = PathBuf::from(said.stdout.trim());
    let run = folder_text(&folder.path().join("store/manifest/run"))?;
    holds(&run, &["SECRET7"])?;
    let released = std::fs::read_to_string(place.join("manifest.json"))?;
    same("named in the released manifest", released.contains("SECRET7"), false)?;
    let told = "remarks on single declarations, kept by the office: 1";
    holds(&released, &[told])?;
    let (mut linked, mut empty) = (0, 0);
    for name in ["index.html", "index.az.html", "index.ru.html"] {
        let page = std::fs::read_to_string(place.join(name))?;
        same("named on the page", page.contains("SECRET7"), false)?;
        let links: Vec<&str> = page.split(" href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        for link in links.iter().filter(|link| !link.starts_with('#')) {
            linked += 1;
            same(link, place.join(link).is_file(), true)?;
        }
        if name == "index.html" {
            holds(&page, &[told])?;
        }
    }
    same("many links", linked > 200, true)?;
    for entry in std::fs::read_dir(place.join("tables"))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()?.strip_suffix(".csv").map(String::from)) else {
            continue;
        };
        let csv = std::fs::read_to_string(&path)?;
        let header: Vec<&str> = csv.lines().next().unwrap_or_default().split(',').map(|name| name.trim_matches('"')).collect();
        let about = std::fs::read_to_string(path.with_file_name(format!("{name}.csv-metadata.json")))?;
        let about: Value = serde_json::from_str(&about)?;
        let columns = about["tableSchema"]["columns"].as_array().ok_or("the columns are listed")?;
        let names: Vec<&str> = columns.iter().filter_map(|column| column["name"].as_str()).collect();
        same(&format!("columns of {name}"), names, header)?;
        let rows = csv.lines().count() as u64 - 1;
        same(&format!("rows of {name}"), about["tradestat:row_count"].as_u64(), Some(rows))?;
        empty += u32::from(rows == 0);
        let query = format!("select count(*) from {name}");
        same(&format!("queried {name}"), folder.query(&query)?, vec![rows.to_string()])?;
    }
    same("some tables without rows", empty > 0, true)
}

fn types() -> Result<(), Failed> {
    let (_folder, place) = release()?;
    let text = std::fs::read_to_string(place.join("tables/T07_top_commodities.csv-metadata.json"))?;
    let about: Value = serde_json::from_str(&text)?;
    let columns = about["tableSchema"]["columns"].as_array().ok_or("the columns are listed")?;
    let type_of = |name: &str| {
        columns.iter().find(|column| column["name"] == name).map(|column| column["datatype"].as_str().unwrap_or_default())
    };
    for (name, datatype) in
        [("hs6", "string"), ("flow", "string"), ("rank", "integer"), ("to_date", "decimal"), ("flag", "string")]
    {
        same(name, type_of(name), Some(datatype))?;
    }
    // Items that the Compilers Manual (25.13) wants with every data set.
    let list_of =
        |name: &str| columns.iter().find(|column| column["name"] == name).map(|column| &column["tradestat:code_list"]["name"]);
    for (name, list) in [("hs6", Some("commodity")), ("quantity_unit", Some("quantity_unit")), ("rank", None)] {
        same(name, list_of(name).and_then(Value::as_str), list)?;
    }
    same("reporter", about["tradestat:reporter"].as_str(), Some("AZ"))?;
    same("editions", about["tradestat:commodity_edition"].as_array().map(Vec::len), Some(1))?;
    same("edition", about["tradestat:commodity_edition"][0].as_str(), Some("HS2022"))?;
    same("source", about["dc:source"].as_str(), Some("Customs declarations"))?;
    let said = about["dc:description"].as_str().unwrap_or_default();
    holds(said, &["CIF", "FOB", "General trade system"])?;
    // How partners are attributed stands where there are partners.
    holds(
        &std::fs::read_to_string(place.join("tables/T25_trade_in_detail.csv-metadata.json"))?,
        &["Imports by country of origin, exports by country of last known destination"],
    )
}
