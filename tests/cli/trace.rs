//! From a published figure to its items: whatever is found adds up to the figure, exactly.

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![trial("cli::a_figure_is_traced_to_its_items", traced)]
}

/// Two months, and the year before.
fn folder() -> Result<Folder, Failed> {
    let folder = Folder::new("az")?;
    let item = |id: &str, day: &str, value: &str, more: &[(&str, &str)]| {
        let mut cells = vec![("declaration_id", id), ("acceptance_date", day), ("statistical_value", value)];
        cells.extend_from_slice(more);
        row(&cells)
    };
    let germany = [("origin_country", "DE"), ("commodity_code", "8703230000"), ("customs_office", "AZ102")];
    let export = [
        ("declaration_type", "EX"),
        ("procedure_code", "1000"),
        ("origin_country", "AZ"),
        ("consignment_country", "AZ"),
        ("destination_country", "TR"),
        ("commodity_code", "2709000000"),
        ("delivery_terms", "FOB"),
    ];
    let before = [
        item("25AZ1", "2025-02-10", "10.01", &[]),
        item("25AZ2", "2025-03-10", "20.02", &germany),
        item("25AZ3", "2025-03-11", "30.03", &[]),
    ];
    let now = [
        item("26AZ1", "2026-02-10", "1000.10", &[]),
        item("26AZ2", "2026-03-10", "200.20", &germany),
        item("26AZ3", "2026-03-11", "3000.30", &[]),
        item("26AZ4", "2026-03-12", "4000.40", &[]),
        item("26AZ5", "2026-03-12", "50000.50", &export),
    ];
    for (name, rows) in [("before.csv", &before[..]), ("now.csv", &now[..])] {
        let path = folder.put(name, file(rows))?;
        folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    }
    folder.run(&["run", "--period", "2026-03"], 0)?;
    Ok(folder)
}

/// Value in full, months of the cells, and the items' declarations.
fn answer(folder: &Folder, args: &[&str]) -> Result<(String, Vec<String>, Value), Failed> {
    let mut all = vec!["trace"];
    all.extend_from_slice(args);
    all.extend_from_slice(&["--items", "--format", "json"]);
    let found: Value = serde_json::from_str(&folder.run(&all, 0)?.stdout)?;
    for part in ["cells", "items"] {
        same(&format!("{part} add up: {args:?}"), &found[part]["agrees"], &Value::Bool(true))?;
    }
    let rows = found["items"]["rows"].as_array().cloned().unwrap_or_default();
    let mut ids: Vec<String> = rows.iter().filter_map(|row| row["declaration_id"].as_str().map(String::from)).collect();
    ids.sort();
    Ok((found["value"].as_str().unwrap_or_default().to_string(), ids, found))
}

fn traced() -> Result<(), Failed> {
    let folder = folder()?;
    let imports: &[&str] = &["26AZ2", "26AZ3", "26AZ4"];
    let cases: [(&[&str], &str, &[&str]); 11] = [
        (&["T03", "--row", "partner=TR", "--column", "imports"], "7000.7", &["26AZ3", "26AZ4"]),
        (&["T03", "--row", "partner=TR", "--column", "import_to_date"], "8000.8", &["26AZ1", "26AZ3", "26AZ4"]),
        (&["T03", "--row", "partner=TOTAL", "--column", "import_to_date_year_before"], "60.06", &["25AZ1", "25AZ2", "25AZ3"]),
        // 50000.50 less 200.20, 3000.30 and 4000.40
        (&["T01", "--row", "indicator=balance", "--column", "month"], "42799.6", &["26AZ2", "26AZ3", "26AZ4", "26AZ5"]),
        (&["T12", "--row", "customs_office=AZ102", "--column", "import_month"], "200.2", &["26AZ2"]),
        // two columns after one `--row`, and a month as the page prints it
        (&["T18", "--row", "special_category=energy,record_class=include", "--column", "export_month"], "50000.5", &["26AZ5"]),
        (&["T21", "--row", "period=2026-03", "--column", "import_statistical"], "7200.9", imports),
        // several rows of one item, of which the figure is one
        (&["T14", "--row", "movement=total", "--column", "import_general"], "7200.9", imports),
        // a count, and items of the year to date
        (
            &["T13", "--row", "measure=value_declared", "--column", "import_item_count"],
            "4",
            &["26AZ1", "26AZ2", "26AZ3", "26AZ4"],
        ),
        // a category that is listed without trade has a row too
        (
            &["T18", "--row", "special_category=energy", "--row", "record_class=include", "--column", "export_month"],
            "50000.5",
            &["26AZ5"],
        ),
        (&["T19", "--row", "chapter=TOTAL", "--column", "import_foreign_month"], "7200.9", imports),
    ];
    for (args, value, declarations) in cases {
        let (found, ids, object) = answer(&folder, args)?;
        same(&format!("{args:?}"), found.trim_end_matches('0'), value)?;
        same(&format!("items of {args:?}"), ids, declarations.iter().map(|id| id.to_string()).collect())?;
        let keys = object.to_string();
        same("no persons", keys.contains("trader_key") || keys.contains("declarant_key"), false)?;
    }
    let args = ["trace", "T03", "--row", "partner=TR", "--column", "imports"];
    holds(
        &folder.run(&args, 0)?.stdout,
        &["printed     7.0 thousand USD", "in full     7000.7", "months      2026-03", "scoped_item", "1 USD = ", "V10 "],
    )?;
    let csv = folder.run(&[&args[..], &["--items", "--traders", "--measure", "net-mass", "--format", "csv"]].concat(), 0)?;
    holds(&csv.stdout, &["declaration_id,item_no", "trader_key", "26AZ3,1,"])?;
    same("pseudonyms only", csv.stdout.contains("1000000005"), false)?;
    holds(&csv.stderr, &["net mass, kg of these items as measured: 1800.000000"])?;
    // A share is no sum, and has its steps, numbers and rates all the same.
    let said = folder.run(&["trace", "T03", "--row", "partner=TR", "--column", "import_share"], 0)?.stdout;
    holds(
        &said,
        &["column      import_share", "printed     97.6 %\n", "cells       no sum of cells", "scoped_item", "1 USD = ", "V10 "],
    )?;
    refused(&folder)
}

fn refused(folder: &Folder) -> Result<(), Failed> {
    let cases: [(&[&str], &[&str]); 6] = [
        (&["T99", "--row", "partner=TR", "--column", "imports"], &["no published table is called `T99`", "hint: tables: "]),
        (&["T03", "--row", "partner=XX", "--column", "imports"], &["no row of T03_trade_by_partner has partner=XX"]),
        (
            &["T03", "--row", "row_kind=row", "--column", "imports"],
            &["rows of T03_trade_by_partner have row_kind=row", "hint: a row is told apart by row_kind, partner"],
        ),
        (&["T03", "--row", "partner=TR", "--column", "import_mont"], &["no column `import_mont`", "`import_month`"]),
        (
            &["T03", "--row", "partner=TR", "--column", "import_share", "--items"],
            &["`import_share` of T03_trade_by_partner cannot be followed to items: it is not a sum of items\n"],
        ),
        (
            &["T03", "--row", "partner", "--column", "imports"],
            &["`partner` is no row", "hint: write --row partner=TR, and --row again for each further column"],
        ),
    ];
    for (args, says) in cases {
        let mut all = vec!["trace"];
        all.extend_from_slice(args);
        holds(&folder.run(&all, 2)?.stderr, says)?;
    }
    holds(
        &folder.run(&["trace", "T03", "--row", "partner=TR", "--column", "imports", "--period", "2024-01"], 3)?.stderr,
        &["no release of 2024-01"],
    )
}
