//! The comparison with partners as a user meets it: partner files against each other, against
//! declarations, and files with something wrong in them.

use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::mirror_compares_two_partner_files", two_files),
        trial("cli::mirror_compares_declarations_with_a_partner", declarations),
        trial("cli::mirror_says_why_there_is_nothing_to_compare", nothing),
        trial("cli::mirror_says_that_a_level_is_not_common", no_common_level),
        trial("cli::mirror_says_why_a_pair_cannot_be_compared", no_common_period),
        trial("cli::mirror_names_the_newest_of_many_vintages", many_vintages),
        trial("cli::mirror_knows_a_vintage_by_what_its_reporter_means", respelled_vintage),
        trial("cli::mirror_goes_on_where_a_partner_file_is_wrong", wrong_files),
        trial("cli::mirror_counts_a_repeated_line_once", repeated_lines),
        trial("cli::mirror_names_the_largest_of_many_pairs_with_one_side", one_sided),
        trial("cli::mirror_says_whose_figures_others_made", made_figures),
    ]
}

const COLUMNS: &str = "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,reporterDesc,flowCode,flowDesc,\
    partnerCode,partnerISO,partnerDesc,partner2Code,partner2ISO,partner2Desc,classificationCode,classificationSearchCode,\
    isOriginalClassification,cmdCode,cmdDesc,aggrLevel,isLeaf,customsCode,customsDesc,mosCode,motCode,motDesc,qtyUnitCode,qtyUnitAbbr,qty,\
    isQtyEstimated,altQtyUnitCode,altQtyUnitAbbr,altQty,isAltQtyEstimated,netWgt,isNetWgtEstimated,grossWgt,isGrossWgtEstimated,cifvalue,\
    fobvalue,primaryValue,legacyEstimationFlag,isReported,isAggregate";

/// A row of a partner's file: its area and the other's, the flow, the month, the commodity, dollars and kilograms.
pub fn flow(reporter: &str, partner: &str, flow: &str, month: &str, code: &str, value: &str, mass: &str) -> String {
    let (cif, fob) = if flow == "M" { (value, "") } else { ("", value) };
    format!(
        "C,M,{month}01,{},{},{month},{reporter},,,{flow},,{partner},,,0,W00,World,H6,HS,True,{code},,6,True,C00,TOTAL CPC,0,0,TOTAL MOT,\
         8,kg,{mass},False,-1,N/A,,False,{mass},False,,False,{cif},{fob},{value},0,True,False",
        &month[..4],
        month[4..].trim_start_matches('0'),
    )
}

pub fn book(rows: &[String]) -> String {
    format!("{COLUMNS}\n{}\n", rows.join("\n"))
}

/// Georgia (268) sells to Turkiye (792): 1 000 dollars of 440710 and, in its own book alone, 50 of 080222.
fn two_books(folder: &Folder) -> Result<(), Failed> {
    let georgia = [
        flow("268", "792", "X", "202503", "440710", "1000", "500"),
        flow("268", "792", "X", "202503", "080222", "50", "10"),
        flow("268", "792", "M", "202503", "721420", "300", "400"),
    ];
    let turkiye =
        [flow("792", "268", "M", "202503", "440710", "1100", "500"), flow("792", "268", "X", "202503", "721420", "290", "400")];
    for (name, rows) in [("ge.csv", &georgia[..]), ("tr.csv", &turkiye[..])] {
        let path = folder.put(name, book(rows))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    Ok(())
}

/// What a stored relation of the newest run says of one of its columns.
fn told(folder: &Folder, relation: &str, column: &str, key: &str) -> Result<Option<String>, Failed> {
    let store = folder.path().join("store");
    let run = std::fs::read_dir(store.join("manifest/run"))?.next().ok_or("no run")??.path();
    let run: serde_json::Value = serde_json::from_slice(&std::fs::read(run)?)?;
    let files = run["files"].as_array().ok_or("no files")?;
    let file = files
        .iter()
        .find(|file| file["relation"] == relation)
        .and_then(|file| file["path"].as_str())
        .ok_or("no such relation")?;
    let file = std::fs::File::open(store.join(file))?;
    let schema = ParquetRecordBatchReaderBuilder::try_new(file)?.schema().clone();
    Ok(schema.field_with_name(column)?.metadata().get(key).cloned())
}

fn two_files() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    two_books(&folder)?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--partner", "GEO", "--period", "2025-03", "--format", "csv"], 0)?;
    let header: Vec<&str> = said.stdout.lines().next().unwrap_or_default().split(',').collect();
    let at = |name: &str| header.iter().position(|column| *column == name).ok_or_else(|| format!("no column {name}"));
    let rows: Vec<Vec<&str>> = said.stdout.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let cell = |exporter: &str, name: &str| -> Result<String, Failed> {
        let (pair, column) = (at("exporter")?, at(name)?);
        let row = rows.iter().find(|row| row[pair] == exporter).ok_or("no such pair")?;
        Ok(row[column].into())
    };
    // The import is 1 100; 1 000 and 50 left Georgia.
    same("imports of TR", cell("GE", "import_value")?, "1100.000000".into())?;
    same("exports of GE", cell("GE", "export_value")?, "1050.000000".into())?;
    same("gap", cell("GE", "gap")?, "50.000000".into())?;
    same("imports of GE", cell("TR", "import_value")?, "300.000000".into())?;
    // The bars add up: read from the store, by name.
    let sum = "select sum(unit_error + partner_concept + trade_system + reexport + cif_fob + time_lag + confidentiality + transit \
        + hub_origin + classification + edition + threshold + unexplained - reported_gap) from waterfall";
    same("bars less gaps", folder.query(sum)?, vec!["0.000000".to_string()])?;
    // Counted without a column of theirs.
    same("flows", folder.query("select count(*) from reported_flow")?, vec!["5".to_string()])?;
    for (relation, column, key, text) in [
        ("waterfall", "exporter", "code_list", "country"),
        ("mirror_cell", "export_value", "unit", "USD"),
        ("waterfall", "reported_gap", "title", "Gap as reported"),
    ] {
        same(&format!("{relation}.{column}"), told(&folder, relation, column, key)?.as_deref(), Some(text))?;
    }
    // Nobody is asked twice: the same inputs are read back.
    let runs =
        |folder: &Folder| -> Result<usize, Failed> { Ok(folder.run(&["store", "list"], 0)?.stdout.matches(" mirror").count()) };
    same("runs", runs(&folder)?, 1)?;
    let table = folder.run(&["mirror", "--period", "2025-03"], 0)?.stdout;
    holds(&table, &["GE to TR, 2025-03: matched (thousand USD)", "TR to GE, 2025-03", "imports, as TR reports them"])?;
    same("runs", runs(&folder)?, 1)?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--partner", "DE", "--period", "2025-03"], 3)?;
    holds(&said.stderr, &["nothing to compare between TR and DE in 2025-03", "partner files tell of the figures of GE, TR"])?;
    let place = folder.run(&["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2025-03"], 0)?.stdout;
    let place = std::path::PathBuf::from(place.trim());
    same("the pair's folder", place.ends_with("TR-GE"), true)?;
    let said = folder.run(&["mirror", "report", "--partner", "GE", "--period", "2025-03"], 3)?;
    holds(&said.stderr, &["nothing to compare between AZ and GE in 2025-03"])?;
    for name in ["mirror_comparison", "waterfall", "mirror_screen"] {
        for ending in ["csv", "xlsx"] {
            same(&format!("{name}.{ending}"), place.join(format!("tables/{name}.{ending}")).is_file(), true)?;
        }
    }
    let reconciled = folder
        .run(&["mirror", "reconcile", "--reporter", "TR", "--partner", "GE", "--period", "2025-03", "--format", "csv"], 0)?;
    holds(&reconciled.stdout, &["reconciled_value", "440710"])
}

fn declarations() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    // One import of 1 500 dollars from Turkiye in March 2026.
    let path = folder.put("declarations.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let path = folder.put("tr.csv", book(&[flow("792", "31", "X", "202603", "070200", "1400", "900")]))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    let said = folder.run(&["mirror", "--partner", "TR", "--period", "2026-03"], 0)?;
    holds(&said.stdout, &["TR to AZ, 2026-03: matched (thousand USD)", "imports, as AZ reports them", "1.5", "1.4"])?;
    // A later file of declarations is told of.
    let path = folder.put("late.csv", file(&[row(&[("declaration_id", "26AZ1002")])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let said = folder.run(&["mirror", "--partner", "TR", "--period", "2026-03"], 0)?;
    holds(&said.stderr, &["declarations of 2026-03 came or left since they were compiled"])
}

/// Georgia reports headings, Türkiye subheadings.
fn no_common_level() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    for (name, row) in [
        ("ge.csv", flow("268", "792", "X", "202503", "4407", "1000", "500")),
        ("tr.csv", flow("792", "268", "M", "202503", "440710", "1100", "500")),
    ] {
        let path = folder.put(name, book(&[row]))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    let asked = |level: &str, code: i32| {
        folder.run(&["mirror", "--reporter", "TR", "--partner", "GE", "--period", "2025-03", "--level", level], code)
    };
    holds(&asked("hs4", 0)?.stdout, &["4407"])?;
    holds(
        &asked("hs6", 3)?.stderr,
        &["GE to TR (hs4)", "hint: the sides have no goods of this level in common; `--level` asks for another"],
    )?;
    // Another pair has subheadings: the one that has none is named.
    let armenia =
        [flow("792", "51", "X", "202503", "721420", "90", "40"), flow("51", "792", "M", "202503", "721420", "95", "40")];
    let path = folder.put("am.csv", book(&armenia))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--period", "2025-03", "--level", "hs6"], 0)?;
    holds(&said.stdout, &["TR to AM, 2025-03, 721420: matched"])?;
    holds(&said.stderr, &["no hs6 in common, with the finest `--level` that there is: GE to TR (hs4)"])?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--period", "2025-03", "--level", "hs4"], 0)?;
    same("all have headings", said.stderr.contains("in common"), false)
}

/// Türkiye has three months of Georgia and a year of Kazakhstan; the others have a year.
fn no_common_period() -> Result<(), Failed> {
    let yearly = |reporter: &str, partner: &str, direction: &str, value: &str| {
        flow(reporter, partner, direction, "202503", "440710", value, "5").replacen(
            "C,M,20250301,2025,3,202503",
            "C,A,20250101,2025,52,2025",
            1,
        )
    };
    let folder = Folder::new("az")?;
    let months = ["202501", "202502", "202503"].map(|month| flow("792", "268", "X", month, "440710", "100", "5"));
    let turkiye = [&months[..], &[yearly("792", "398", "X", "700")]].concat();
    for (name, rows) in [
        ("tr.csv", turkiye),
        ("ge.csv", vec![yearly("268", "792", "M", "1300")]),
        ("kz.csv", vec![yearly("398", "792", "M", "750")]),
    ] {
        let path = folder.put(name, book(&rows))?;
        folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    }
    let said = folder.run(&["mirror", "--reporter", "GE", "--partner", "TR", "--period", "2025"], 3)?;
    holds(
        &said.stderr,
        &[
            "nothing to compare between GE and TR in 2025; cannot be compared: TR to GE (no period in common)",
            "hint: one side tells of months and the other of the year",
        ],
    )?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--period", "2025"], 0)?;
    holds(&said.stdout, &["TR to KZ, 2025: matched"])?;
    holds(&said.stderr, &["cannot be compared: TR to GE (no period in common)"])
}

/// Up to three older files are named one by one.
fn many_vintages() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut told = Vec::new();
    for number in 1..=5 {
        let row = flow("792", "268", "M", "202503", "440710", &format!("{number}00"), "5");
        let path = folder.put(&format!("tr{number}.csv"), book(&[row]))?;
        let said = folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?.stderr;
        told.push(said.matches("came before in").count());
        if number == 5 {
            holds(&said, &["1 reporters and periods of comtrade came before in 4 batches, the newest", "tr4.csv"])?;
        }
    }
    same("lines", told, vec![0, 1, 2, 3, 1])
}

/// The reporter by number, then by letters and by name; of another country, and of another year, nothing came before.
fn respelled_vintage() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let ingest = |name: &str, columns: &str, row: &str| -> Result<String, Failed> {
        let path = folder
            .put(name, format!("refYear,{columns},flowCode,classificationCode,cmdCode,primaryValue\n{row},X,H6,870323,10\n"))?;
        Ok(folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?.stderr)
    };
    let first = ingest("number.csv", "reporterCode,partnerCode", "2022,792,268")?;
    same("the first", first.contains("came before"), false)?;
    holds(
        &ingest("letters.csv", "reporterISO,partnerISO", "2022,TUR,GEO")?,
        &["came before in batch", "(number.csv), first TUR A 2022"],
    )?;
    let named = ingest("name.csv", "reporterDesc,partnerDesc", "2022,Türkiye,Georgia")?;
    holds(&named, &["(number.csv), first Türkiye A 2022", "(letters.csv), first Türkiye A 2022"])?;
    for (name, row) in [("country.csv", "2022,GEO,TUR"), ("year.csv", "2021,TUR,GEO")] {
        same(name, ingest(name, "reporterISO,partnerISO", row)?.contains("came before"), false)?;
    }
    Ok(())
}

fn nothing() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let said = folder.run(&["mirror"], 3)?;
    holds(&said.stderr, &["no partner file is in the store", "hint: read one in first"])?;
    two_books(&folder)?;
    let said = folder.run(&["mirror", "--period", "2019"], 3)?;
    holds(&said.stderr, &["no partner file tells of 2019", "hint: partner figures go up to 2025-03"])?;
    let said = folder.run(&["mirror", "--partner", "XQ"], 2)?;
    holds(&said.stderr, &["no country has the code `XQ`", "hint: "])?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--partner", "TR"], 2)?;
    holds(&said.stderr, &["`TR` is the reporter and a partner at once"])?;
    let said = folder.run(&["mirror", "report", "--reporter", "TR"], 2)?;
    holds(&said.stderr, &["a report is about a partner", "hint: name one or more"])
}

fn wrong_files() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    two_books(&folder)?;
    // The same reporter again, corrected: the newer file counts.
    let again = book(&[
        flow("792", "268", "M", "202503", "440710", "1200", "500"),
        flow("792", "268", "X", "202503", "721420", "290", "400"),
    ]);
    let path = folder.put("tr_again.csv", again)?;
    holds(&folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?.stderr, &["came before in batch", "the newer is used"])?;
    // An area nobody knows, a flow nobody knows, a negative value, and a line that breaks off.
    let mut odd = vec![
        flow("792", "9999", "M", "202503", "440710", "70", "5"),
        flow("792", "268", "QQ", "202503", "440710", "80", "5"),
        flow("792", "268", "M", "202504", "440710", "-90", "5"),
        flow("792", "268", "M", "202504", "440710", "60", "5"),
    ];
    odd.push(flow("792", "268", "M", "202504", "721420", "10", "5")[..40].into());
    let path = folder.put("odd.csv", book(&odd))?;
    let said = folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    holds(&said.stderr, &["faulted lines 1"])?;
    let negative = folder.query("select line_no, column_name, found, expected from fault where code = 'F24' order by 2")?;
    same(
        "a negative value is named",
        negative,
        ["4,cifvalue,-90,0 or more", "4,primaryValue,-90,0 or more"].map(String::from).to_vec(),
    )?;
    same("and is no figure", folder.query("select count(*) from partner_flow where trade_value < 0")?, vec!["0".to_string()])?;
    let why = folder.query("select why from unmapped_flow order by why")?;
    for expected in ["unknown partner", "unknown flow"] {
        same(expected, why.iter().any(|why| why == expected), true)?;
    }
    let said = folder.run(&["mirror", "--reporter", "TR", "--partner", "GE", "--period", "2025-03", "--format", "csv"], 0)?;
    holds(
        &said.stderr,
        &[
            "do not count: 1 no value, 2 superseded vintage (1390 USD), 1 unknown flow (80 USD), 1 unknown partner (70 USD); `unmapped_flow` lists them",
        ],
    )?;
    holds(&said.stdout, &["1200.000000"])?;
    // So do the pages about the pair, in their language.
    let place = folder.run(&["mirror", "report", "--reporter", "TR", "--partner", "GE", "--period", "2025-03"], 0)?.stdout;
    for (page, note) in [
        ("index.html", "records of partner files that do not count: 1 no value"),
        ("index.az.html", "tərəfdaş fayllarının nəzərə alınmayan qeydləri: 1 no value"),
        ("index.ru.html", "не учтенные записи файлов партнеров: 1 no value"),
    ] {
        holds(&std::fs::read_to_string(std::path::Path::new(place.trim()).join(page))?, &[note])?;
    }
    Ok(())
}

/// Turkiye's file has every line twice and one of them a third time with another figure; Georgia's and Armenia's are
/// as they should be. The run of the comparison finds what it finds without the repeated lines.
fn repeated_lines() -> Result<(), Failed> {
    let right =
        [flow("792", "268", "M", "202503", "440710", "1100", "500"), flow("792", "268", "X", "202503", "721420", "290", "400")];
    let contradicting = flow("792", "268", "X", "202503", "721420", "7", "400");
    let repeated = [contradicting, right[0].clone(), right[1].clone(), right[0].clone(), right[1].clone()];
    let others = [
        [flow("268", "792", "X", "202503", "440710", "1000", "500"), flow("268", "792", "M", "202503", "721420", "300", "400")],
        [flow("51", "268", "X", "202503", "220820", "60", "5"), flow("51", "792", "M", "202503", "440710", "40", "3")],
    ];
    let compared = |rows: &[String]| -> Result<Vec<Vec<String>>, Failed> {
        let folder = Folder::new("az")?;
        for (name, rows) in [("tr.csv", rows), ("ge.csv", &others[0][..]), ("am.csv", &others[1][..])] {
            let path = folder.put(name, book(rows))?;
            folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
        }
        folder.run(&["mirror", "--reporter", "TR", "--partner", "GE", "--period", "2025-03"], 0)?;
        let cells = "select concat_ws(' ', exporter, importer, commodity_code, coalesce(cast(import_value as text), '-'), \
            coalesce(cast(export_value as text), '-'), coalesce(cast(import_mass_kg as text), '-')) from mirror_cell \
            order by exporter, importer, commodity_code";
        let left_out =
            "select concat_ws(' ', why, code, row_count, trade_value) from unmapped_flow where not is_counted order by why";
        let counted = "select sum(trade_value) from reported_flow where reporter <> partner and period <= date '2025-03-31'";
        Ok(vec![folder.query(cells)?, folder.query(left_out)?, folder.query(counted)?])
    };
    let (once, again) = (compared(&right)?, compared(&repeated)?);
    same("pairs of goods", once[0].len(), 4)?;
    same("cells", &again[0], &once[0])?;
    same("left out without repeated lines", once[1].len(), 0)?;
    // What came in is what counts and what is listed: 1 100 again, and of 7, 290 and 290 the last.
    let listed = ["contradicting record TR 2 297.000000", "repeated record TR 1 1100.000000"];
    same("left out", again[1].clone(), listed.map(String::from).to_vec())?;
    same("counted", &again[2], &once[2])
}

/// Turkiye buys from seven countries that sent no file: the line names the largest five, the file has them all.
fn one_sided() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    two_books(&folder)?;
    let areas = ["276", "251", "381", "724", "528", "56", "40"];
    let values: Vec<String> = (1..=areas.len()).map(|place| format!("{place}000")).collect();
    let rows: Vec<String> =
        areas.iter().zip(&values).map(|(area, value)| flow("792", area, "M", "202503", "870323", value, "9")).collect();
    let path = folder.put("more.csv", book(&rows))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &path], 0)?;
    let asked = ["mirror", "--reporter", "TR", "--period", "2025-03"];
    let table = folder.run(&asked, 0)?.stdout;
    holds(
        &table,
        &["only one side has figures: 7 pairs, the largest AT to TR, 2025-03 (7.0); BE to TR", "all of them with --format csv"],
    )?;
    same("smaller pairs", table.contains("DE to TR"), false)?;
    let all = folder.run(&[&asked[..], &["--format", "csv"]].concat(), 0)?.stdout;
    same("pairs in the file", all.matches(",lost,").count(), areas.len())
}

/// Georgia has no report of its own: what CEPII made of the reports of both stands for it, and is named.
fn made_figures() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let made = folder.put("BACI_HS22_Y2024_V202501.csv", "t,i,j,k,v,q\n2024,268,792,440710,1.000,0.500\n")?;
    folder.run(&["ingest", "--form", "baci_csv", &made], 0)?;
    let own = flow("792", "268", "M", "202401", "440710", "1100", "500").replacen(
        "C,M,20240101,2024,1,202401",
        "C,A,20240101,2024,52,2024",
        1,
    );
    let own = folder.put("tr.csv", book(&[own]))?;
    folder.run(&["ingest", "--form", "comtrade_csv", &own], 0)?;
    let said = folder.run(&["mirror", "--reporter", "TR", "--partner", "GE", "--period", "2024"], 0)?;
    holds(&said.stderr, &["figures that others made stand for them: exports of GE (baci)"])?;
    same("imports of TR are named", &said.stderr.contains("imports of TR (baci)"), &false)
}
