//! Releases in the languages of the profile, and the report about a partner.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use super::mirror::{book, flow};
use crate::program::{Folder, holds, inflated, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::release_stands_in_every_language_of_the_profile", languages),
        trial("cli::names_without_a_label_stand_in_english_and_are_listed", missing_labels),
        trial("cli::mirror_report_tells_of_a_partner_in_three_languages", report),
        trial("cli::mirror_report_shows_all_years_of_a_pair", years),
        trial("cli::mirror_report_knows_one_language_and_refuses_others", one_language),
        trial("cli::mirror_report_adds_up_the_months_of_a_quarter", quarter),
        trial("cli::release_shows_the_comparison_once_it_is_made", in_release),
        trial("cli::the_comparison_is_in_dollars_beside_figures_in_won", in_won),
    ]
}

fn text(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()).into())
}

/// Two imports of March 2026 from Türkiye, published.
fn published() -> Result<(Folder, PathBuf), Failed> {
    let folder = Folder::new("az")?;
    let rows =
        [row(&[]), row(&[("declaration_id", "26AZ1002"), ("commodity_code", "8703231000"), ("statistical_value", "2500.00")])];
    let path = folder.put("declarations.csv", file(&rows))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let place = folder.run(&["run", "--period", "2026-03"], 0)?.stdout;
    Ok((folder, PathBuf::from(place.trim())))
}

fn languages() -> Result<(), Failed> {
    let (_folder, place) = published()?;
    for (name, tag, parts) in [
        ("index.html", "en", ["Foreign trade: Azerbaijan", "March 2026", "thousand USD", "Türkiye", "Imports"]),
        ("index.az.html", "az", ["Xarici ticarət: Azərbaycan", "Mart 2026", "min ABŞ dolları", "Türkiyə", "İdxal"]),
        ("index.ru.html", "ru", ["Внешняя торговля: Азербайджан", "Март 2026", "тыс. долл. США", "Турция", "Импорт"]),
    ] {
        let page = text(&place.join(name))?;
        holds(&page, &parts)?;
        holds(&page, &[&format!("lang=\"{tag}\"")])?;
        for other in ["index.html", "index.az.html", "index.ru.html"].iter().filter(|other| **other != name) {
            holds(&page, &[&format!("href=\"{other}\"")])?;
        }
        let stem = if tag == "en" { String::new() } else { format!(".{tag}") };
        // In pixels in the first language only.
        same("chart", place.join(format!("charts/partners{stem}.svg")).is_file(), true)?;
        same("picture", place.join(format!("charts/partners{stem}.png")).is_file(), tag == "en")?;
        holds(&page, &[&format!("charts/partners{stem}.svg")])?;
        same("no link to nothing", page.contains(&format!("charts/partners{stem}.png")), tag == "en")?;
    }
    // Every page tells of the same tables, in the same order.
    let anchors = |name: &str| -> Result<Vec<String>, Failed> {
        Ok(text(&place.join(name))?
            .split("<section class=\"table\" id=\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap_or_default().to_string())
            .collect())
    };
    same("tables", anchors("index.az.html")?, anchors("index.html")?)?;
    same("tables", anchors("index.ru.html")?, anchors("index.html")?)?;
    // Data are written once, with English names; what columns are called stands beside them.
    let csv = text(&place.join("tables/T03_trade_by_partner.csv"))?;
    holds(&csv, &["\"TR\",\"Türkiye\""])?;
    same("no other language in data", csv.contains("Турция") || csv.contains("Türkiyə"), false)?;
    let about = text(&place.join("tables/T03_trade_by_partner.csv-metadata.json"))?;
    holds(&about, &["\"en\": \"Partner\"", "\"az\": \"Tərəfdaş ölkə\"", "\"ru\": \"Страна-партнер\""])
}

fn missing_labels() -> Result<(), Failed> {
    let (_folder, place) = published()?;
    let listed = text(&place.join("missing_labels.csv"))?;
    holds(&listed, &["language,list,code,en\n", "az,hs6,870323,\""])?;
    same("nothing is missing in English", listed.lines().any(|line| line.starts_with("en,")), false)?;
    let page = text(&place.join("index.az.html"))?;
    holds(&page, &["Bu dildə adı olmadığı üçün ingilis dilində verilən adlar: ", "href=\"missing_labels.csv\""])?;
    let english =
        listed.lines().find(|line| line.starts_with("az,hs6,870323")).and_then(|line| line.split('"').nth(1)).unwrap_or_default();
    holds(&page, &[english])
}

/// Georgia (268) sells 1 000 dollars of 440710 to Türkiye (792), and 50 of 080222 that Türkiye does not know of.
fn compared() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    let georgia = [
        flow("268", "792", "X", "202503", "440710", "100000", "500"),
        flow("268", "792", "X", "202503", "080222", "50000", "10"),
    ];
    let turkiye = [
        flow("792", "268", "M", "202503", "440710", "110600", "500"),
        flow("792", "276", "M", "202503", "870323", "70000", "90"),
    ];
    for (name, rows) in [("ge.csv", &georgia[..]), ("tr.csv", &turkiye[..])] {
        let path = folder.put(name, book(rows))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    Ok(folder)
}

fn reported(folder: &Folder, more: &[&str]) -> Result<PathBuf, Failed> {
    let mut args = vec!["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2025-03"];
    args.extend(more);
    Ok(PathBuf::from(folder.run(&args, 0)?.stdout.trim()))
}

fn report() -> Result<(), Failed> {
    let folder = compared()?;
    let place = reported(&folder, &[])?;
    // The import is 110 600, the export 150 000.
    for (name, parts) in [
        (
            "index.html",
            [
                "Mirror statistics: Türkiye and Georgia",
                "reports imports of 110.6",
                "exports of 150.0",
                "the gap is -39.4",
                "March 2025",
                "Unexplained",
            ],
        ),
        (
            "index.az.html",
            [
                "Güzgü statistikası: Türkiyə və Gürcüstan",
                "idxal 110,6",
                "ixrac 150,0",
                "fərq -39,4",
                "Mart 2025",
                "İzah olunmayan",
            ],
        ),
        (
            "index.ru.html",
            [
                "Зеркальная статистика: Турция и Грузия",
                "импорт 110,6",
                "экспорт 150,0",
                "разрыв -39,4",
                "Март 2025",
                "Не объяснено",
            ],
        ),
    ] {
        let page = text(&place.join(name))?;
        holds(&page, &parts)?;
        holds(&page, &["sql/mirror/waterfall.sql", "T16d", "080222", "tables/waterfall.csv"])?;
        same("nothing is fetched or run", page.contains("<script") || page.contains("src="), false)?;
        same("charts", page.matches("<figure").count(), 6)?;
    }
    for stem in ["imports", "exports"] {
        for name in ["both_sides", "causes", "all_partners"] {
            for ending in ["svg", "png", "az.svg", "az.png", "ru.svg", "ru.png"] {
                let path = place.join(format!("charts/{stem}_{name}.{ending}"));
                same(&path.display().to_string(), path.is_file(), true)?;
            }
        }
    }
    // What the sentences say is what the tables hold: causes add up to the gap.
    let rows = |name: &str| -> Result<Vec<Vec<String>>, Failed> {
        let csv = text(&place.join(format!("tables/{name}.csv")))?;
        Ok(csv.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"').to_string()).collect()).collect())
    };
    let causes = rows("T16b_mirror_causes")?;
    let at = |name: &str| causes[0].iter().position(|column| column == name).ok_or_else(|| format!("no column {name}"));
    let (certainty, value, flag) = (at("certainty")?, at("value")?, at("flag")?);
    let sum: f64 =
        causes[1..].iter().filter(|row| row[certainty] != "reported").filter_map(|row| row[value].parse::<f64>().ok()).sum();
    same("causes", sum.round() as i64, -39_400)?;
    // The picture has the signs of the table.
    let picture = text(&place.join("charts/imports_causes.svg"))?;
    for row in causes[1..].iter().filter(|row| row[certainty] != "reported") {
        holds(&picture, &[&format!("{:+.1}", row[value].parse::<f64>()? / 1_000.0)])?;
    }
    let marked = |row: &&Vec<String>| (row[flag] == "e") != matches!(row[certainty].as_str(), "estimated" | "unexplained");
    same("estimates are marked, reports are not", causes[1..].iter().find(marked), None)?;
    // So are the estimates of the relations: what is freed of freight, and the bars for it.
    let compared = rows("mirror_comparison")?;
    let flag_of = |name: &str| compared[0].iter().position(|column| column == &format!("{name}_flag"));
    for (name, is_estimated) in [("import_value_fob", true), ("cif_fob", true), ("import_value", false), ("time_lag", false)] {
        let flagged = flag_of(name).map(|flag| compared[1].get(flag).map(String::as_str) == Some("e"));
        same(&format!("{name} is flagged"), flagged, is_estimated.then_some(true))?;
    }
    // A weight is no count: a workbook shows its decimals.
    let book = inflated(&std::fs::read(place.join("tables/reconciled_flow.xlsx"))?)?;
    holds(&String::from_utf8_lossy(&book), &["Weight of the export report", "0.000"])?;
    // The partner alone: Germany has no row.
    let totals = rows("T16_mirror_by_partner")?;
    let partner = totals[0].iter().position(|column| column == "partner").ok_or("no column partner")?;
    let partners: BTreeSet<String> = totals[1..].iter().map(|row| row[partner].clone()).collect();
    same("partners", partners, BTreeSet::from(["GE".to_string()]))?;
    let run = place.parent().ok_or("a folder for each partner")?;
    let latest = text(&run.with_file_name("latest.json"))?;
    holds(&latest, &[&format!("\"run\": \"{}\"", run.file_name().unwrap_or_default().to_string_lossy())])?;
    let screen = text(&place.join("tables/T16e_mirror_screen.csv"))?;
    holds(&screen, &["\"orphan\"", "\"080222\"", "evidence_value"])?;
    same("the worklist is a workbook too", place.join("tables/T16e_mirror_screen.xlsx").is_file(), true)
}

/// Yearly files: Georgia's exports of 2021, 2022 and 2024, Türkiye's imports of 2022 and 2023. The year compared is 2022.
fn years() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let yearly = |reporter: &str, partner: &str, direction: &str, year: &str, value: &str| {
        let monthly = flow(reporter, partner, direction, &format!("{year}01"), "440710", value, "500");
        monthly.replacen(&format!("C,M,{year}0101,{year},1,{year}01,"), &format!("C,A,{year}0101,{year},52,{year},"), 1)
    };
    let georgia = ["2021", "2022", "2024"].map(|year| yearly("268", "792", "X", year, "10000"));
    let turkiye = ["2022", "2023"].map(|year| yearly("792", "268", "M", year, "11000"));
    for (name, rows) in [("ge.csv", &georgia[..]), ("tr.csv", &turkiye[..])] {
        let path = folder.put(name, book(rows))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    let place = folder.run(&["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2022"], 0)?.stdout;
    let picture = text(&PathBuf::from(place.trim()).join("charts/imports_both_sides.svg"))?;
    holds(&picture, &["2021-2024", ">\n2021", "2022", "2023", ">\n2024"])?;
    // Pages print the year, data have its first day beside the frequency.
    let place = PathBuf::from(place.trim());
    holds(&text(&place.join("tables/T16_mirror_by_partner.csv"))?, &["\"Georgia\",\"A\",\"2022-01-01\","])?;
    let page = text(&place.join("index.html"))?;
    holds(&page, &[">2022</td>"])?;
    same("no first day", page.contains("2022-01-01"), false)
}

/// Cars in January, wood in March: the picture of the quarter has both.
fn quarter() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let both = |month: &str, code: &str| {
        (flow("268", "792", "X", month, code, "10000", "500"), flow("792", "268", "M", month, code, "15000", "500"))
    };
    let (january, march) = (both("202501", "870323"), both("202503", "440710"));
    for (name, rows) in [("ge.csv", [january.0, march.0]), ("tr.csv", [january.1, march.1])] {
        let path = folder.put(name, book(&rows))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    let place = folder.run(&["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2025-Q1"], 0)?.stdout;
    let place = PathBuf::from(place.trim());
    holds(&text(&place.join("charts/imports_all_partners.svg"))?, &["44 ", "87 ", "First quarter 2025"])?;
    holds(&text(&place.join("index.az.html"))?, &["I rüb 2025"])?;
    holds(&text(&place.join("index.ru.html"))?, &["I квартал 2025"])
}

fn one_language() -> Result<(), Failed> {
    let folder = compared()?;
    let all = reported(&folder, &[])?;
    let place = reported(&folder, &["--lang", "ru"])?;
    same(
        "beside the others",
        (all.ends_with("TR-GE"), place.ends_with("TR-GE-ru"), all.join("index.az.html").is_file()),
        (true, true, true),
    )?;
    let page = text(&place.join("index.html"))?;
    holds(&page, &["lang=\"ru\"", "Зеркальная статистика: Турция и Грузия"])?;
    same("no other page", place.join("index.az.html").exists() || place.join("index.ru.html").exists(), false)?;
    // The names in data stay English, whatever is printed.
    holds(&text(&place.join("tables/T16b_mirror_causes.csv"))?, &["\"Unexplained\""])?;
    let args = ["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2025-03", "--lang", "de"];
    holds(&folder.run(&args, 2)?.stderr, &["invalid value 'de'", "az, en, ru"])
}

/// What a page says of a table.
fn section<'p>(page: &'p str, table: &str) -> Result<&'p str, Failed> {
    let begin = page.split_once(&format!("id=\"{table}\"")).ok_or_else(|| format!("no {table}"))?.1;
    Ok(begin.split("</section>").next().unwrap_or_default())
}

fn in_won() -> Result<(), Failed> {
    let folder = Folder::new("kr")?;
    let sample = text(&crate::program::root().join("tests/forms/kcs_csv/sample.csv"))?;
    let lines: Vec<&str> = sample.lines().take(2).collect();
    let own = folder.put("june.csv", lines.join("\n").replace("2020-01-01", "2021-06-01") + "\n")?;
    folder.run(&["ingest", "--form", "kcs_csv", &own], 0)?;
    let china = folder.put("cn.csv", book(&[flow("156", "410", "X", "202106", "620822", "5000", "20")]))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &china], 0)?;
    folder.run(&["run", "--period", "2021-06"], 0)?;
    folder.run(&["mirror", "--period", "2021-06"], 0)?;
    let place = PathBuf::from(folder.run(&["publish", "--period", "2021-06"], 0)?.stdout.trim());
    let page = text(&place.join("index.html"))?;
    holds(
        section(&page, "T01_headline")?,
        &["Unit: thousand KRW", "item prices of the declarations", "Recorded in the month of acceptance"],
    )?;
    same("nothing of CIF", page.contains("Imports at CIF value"), false)?;
    for table in ["T16_mirror_by_partner", "T16b_mirror_causes", "T16c_mirror_by_chapter", "T16d_mirror_gaps"] {
        let shown = section(&page, table)?;
        holds(shown, &["Unit: thousand USD"])?;
        same("won", shown.contains("KRW"), false)?;
    }
    Ok(())
}

fn in_release() -> Result<(), Failed> {
    let (folder, place) = published()?;
    let table = |place: &Path| place.join("tables/T16_mirror_by_partner.csv");
    same("not before it is made", table(&place).exists(), false)?;
    let path = folder.put("tr.csv", book(&[flow("792", "31", "X", "202603", "070200", "1400", "900")]))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    // What was compared of the year is no figure of the month; the release says where it is.
    folder.run(&["mirror", "--period", "2026"], 0)?;
    let said = folder.run(&["publish", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["compared for 2026: `tradestat publish --period 2026` has those tables"])?;
    same("not of the month", table(Path::new(said.stdout.trim())).exists(), false)?;
    folder.run(&["mirror", "--period", "2026-03"], 0)?;
    let place = PathBuf::from(folder.run(&["publish", "--period", "2026-03"], 0)?.stdout.trim());
    // Imports of 4 000 dollars from Türkiye, which tells of 1 400.
    holds(&text(&table(&place))?, &["\"M\",\"TR\",\"Türkiye\",\"M\",\"2026-03-01\",4000,1400,"])?;
    holds(&text(&place.join("index.ru.html"))?, &["Собственные данные и данные партнеров", "Турция"])?;
    let page = text(&place.join("index.html"))?;
    holds(section(&page, "T16_mirror_by_partner")?, &["Source: Own customs declarations and published statistics"])?;
    holds(section(&page, "T01_headline")?, &["Source: Customs declarations"])?;
    // The period says whether it is a month or a year.
    same("a letter for a month", page.contains(">Frequency<"), false)?;
    holds(section(&page, "T16e_mirror_screen")?, &["Gap after freight and what the records explain"])?;
    same(
        "it is a relation too",
        folder.query("select count(*) from T16_mirror_by_partner where partner = 'TR'")?,
        vec!["1".to_string()],
    )?;
    // Compiled again: the comparison is of other figures, and is left out with a note.
    let said = folder.run(&["run", "--period", "2026-03"], 0)?;
    same("left out", table(Path::new(said.stdout.trim())).exists(), false)?;
    holds(&said.stderr, &["no comparison with partners", "tradestat mirror --period 2026-03"])
}
