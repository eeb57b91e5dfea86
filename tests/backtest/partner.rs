//! Partner files: what is read and counted against sums of this file's own, and what happens
//! to deliveries that come twice, in parts, or broken.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use libtest_mimic::Failed;

use super::{agree, ask};
use crate::program::{Folder, cases, holds, same};

/// A real file: its form, where it lies, and what is added up: by which column, which value.
struct Real {
    form: &'static str,
    file: &'static str,
    by: &'static str,
    value: &'static str,
    /// SQL for the same key and value.
    key: &'static str,
    sum: &'static str,
}

const REAL: &[Real] = &[
    Real {
        form: "comtrade_csv",
        file: "bilateral/comtrade_full_api_thailand_*.csv.gz",
        by: "flow_code",
        value: "primary_value",
        key: "flow_code",
        sum: "trade_value",
    },
    Real {
        form: "comtrade_csv",
        file: "bilateral/comtrade_eu_wood_*.csv.gz",
        by: "reporter_iso",
        value: "primary_value",
        key: "reporter_code",
        sum: "trade_value",
    },
    Real {
        form: "comtrade_legacy_csv",
        file: "bilateral/comtrade_440799_*.csv.gz",
        by: "reportercode",
        value: "weight",
        key: "reporter_code",
        sum: "net_mass",
    },
    Real {
        form: "comtrade_legacy_csv",
        file: "bilateral/comtrade_440799_*.csv.gz",
        by: "unitcode",
        value: "quantity",
        key: "quantity_unit",
        sum: "quantity",
    },
    Real {
        form: "comtrade_legacy_csv",
        file: "bilateral/comtrade_monthly_8703_*.csv.gz",
        by: "period_desc",
        value: "trade_value_us",
        key: "to_char(period, '%Y%m')",
        sum: "trade_value",
    },
    Real {
        form: "comext_sdmx_csv",
        file: "bilateral/eurostat_comext_*.csv.gz",
        by: "indicators",
        value: "OBS_VALUE",
        key: "measure",
        sum: "measured_value",
    },
    Real { form: "baci_csv", file: "bilateral/baci_hs92_*.csv.gz", by: "j", value: "v", key: "partner_code", sum: "trade_value" },
    Real {
        form: "unctad_matrix",
        file: "bilateral/unctad_*.csv.gz",
        by: "exporter",
        value: "export_value_1000usd",
        key: "reporter_name",
        sum: "trade_value",
    },
    Real {
        form: "fao_matrix",
        file: "bilateral/fao_trade_matrix_*.csv.gz",
        by: "flow",
        value: "value",
        key: "flow_code",
        sum: "trade_value",
    },
    Real {
        form: "armstat_csv",
        file: "bilateral/armenia_monthly_by_country_*.csv.gz",
        by: "country",
        value: "export",
        key: "case when partner_concept = 'destination' then partner_name end",
        sum: "trade_value",
    },
    Real {
        form: "mirror_total_csv",
        file: "mirror/comtrade_total_*.csv",
        by: "country",
        value: "imports_mirror_partner_exports",
        key: "case when flow_code = 'imports_mirror' then reporter_name end",
        sum: "trade_value",
    },
    Real {
        form: "mirror_partner_csv",
        file: "mirror/comtrade_by_partner_*.csv.gz",
        by: "basis",
        value: "value_usd",
        key: "flow_code",
        sum: "trade_value",
    },
];

/// Rows and millionths, by a text.
type Sums = BTreeMap<String, (u64, i128)>;

/// Every real file is read whole: rows and sums by reporter, flow or measure.
pub fn files_hold_what_they_hold() -> Result<(), Failed> {
    let Some(cases) = cases() else {
        println!("no folder of real cases: skipped");
        return Ok(());
    };
    for real in REAL {
        for file in super::files(&cases, real.file)? {
            let folder = Folder::new("az")?;
            let said = folder.run(&["ingest", "--form", real.form, &file.display().to_string()], 0)?;
            holds(&said.stderr, &["faulted lines 0; faults 0"])?;
            let sql = format!(
                "select {} as k, count(*) as n, sum({}) as v from partner_flow group by {}",
                real.key, real.sum, real.key
            );
            let mut found = Sums::new();
            for row in ask(&folder, &sql)?.into_iter().filter(|row| !row["k"].is_empty()) {
                found.insert(row["k"].clone(), (row["n"].parse()?, millionths(&row["v"])));
            }
            agree(&file.display().to_string(), &found, &independent(&file, real)?)?;
        }
    }
    Ok(())
}

fn independent(file: &Path, real: &Real) -> Result<Sums, Failed> {
    let bytes: Box<dyn Read> = match file.extension().is_some_and(|ending| ending == "gz") {
        true => Box::new(flate2::read::MultiGzDecoder::new(std::fs::File::open(file)?)),
        false => Box::new(std::fs::File::open(file)?),
    };
    let mut sums = Sums::new();
    for row in super::read_csv(bytes)? {
        let sum = sums.entry(row[real.by].trim().to_string()).or_default();
        sum.0 += 1;
        sum.1 += millionths(&row[real.value]);
    }
    Ok(sums)
}

/// Rounded half to even; `NA` and nothing are nothing.
fn millionths(text: &str) -> i128 {
    let text = text.trim();
    if text.is_empty() || text == "NA" {
        return 0;
    }
    let (digits, power) =
        text.split_once(['e', 'E']).map_or((text, 0), |(digits, power)| (digits, power.parse().expect("a power")));
    let (whole, part) = digits.trim_start_matches('-').split_once('.').unwrap_or((digits.trim_start_matches('-'), ""));
    let all = format!("{whole}{part}{}", "0".repeat(40));
    let kept = usize::try_from(i32::try_from(whole.len()).expect("short") + power + 6).expect("no tiny number");
    let value: i128 = all[..kept].parse().expect("digits");
    let rest = all[kept..].trim_end_matches('0');
    let is_up = rest > "5" || rest == "5" && value % 2 == 1;
    let value = value + i128::from(is_up);
    if text.starts_with('-') { -value } else { value }
}

/// Every record counts or has a reason, and the value of both is the value of the file.
pub fn nothing_is_lost() -> Result<(), Failed> {
    let Some(cases) = cases() else {
        println!("no folder of real cases: skipped");
        return Ok(());
    };
    let folder = Folder::new("az")?;
    for (form, pattern) in [
        ("comtrade_csv", "bilateral/comtrade_full_api_thailand_*.csv.gz"),
        ("comtrade_legacy_csv", "bilateral/comtrade_monthly_8703_*.csv.gz"),
        ("mirror_total_csv", "mirror/comtrade_total_*.csv"),
        ("mirror_partner_csv", "mirror/comtrade_by_partner_*.csv.gz"),
    ] {
        for file in super::files(&cases, pattern)? {
            folder.run(&["ingest", "--form", form, &file.display().to_string()], 0)?;
        }
    }
    let given = ask(&folder, "select source, sum(trade_value) as v from partner_flow group by source")?;
    let counted = ask(&folder, "select source, sum(trade_value) as v from reported_flow group by source")?;
    let left_out = ask(&folder, "select source, sum(trade_value) as v from unmapped_flow where not is_counted group by source")?;
    let value = |rows: &[super::Row]| -> BTreeMap<String, i128> {
        rows.iter().map(|row| (row["source"].clone(), millionths(&row["v"]))).collect()
    };
    let mut found = value(&counted);
    for (source, left) in value(&left_out) {
        *found.entry(source).or_default() += left;
    }
    agree("value counted and left out", &found, &value(&given))?;
    // Headings and subheadings stand together in Armenia's months, by mode of transport only.
    let levels = ask(
        &folder,
        "select level, sum(trade_value) as v from reported_flow where source = 'comtrade_legacy' and reporter = 'AM' and flow = 'M' group by level order by level",
    )?;
    let found: Vec<(String, i128)> = levels.iter().map(|row| (row["level"].clone(), millionths(&row["v"]))).collect();
    let armenia = super::files(&cases, "bilateral/comtrade_monthly_8703_armenia.csv.gz")?;
    if let [file] = armenia.as_slice() {
        let mut expected = BTreeMap::new();
        let bytes = flate2::read::MultiGzDecoder::new(std::fs::File::open(file)?);
        for row in super::read_csv(bytes)?.iter().filter(|row| row["trade_code"] == "M") {
            *expected.entry(row["aggregate_level"].clone()).or_default() += millionths(&row["trade_value_us"]);
        }
        same("imports of Armenia by level", found, expected.into_iter().collect())?;
    }
    Ok(())
}

fn record(period: &str, reporter: &str, flow: &str, partner: &str, classification: &str, value: &str) -> String {
    let (cif, fob) = if flow == "M" { (value, "null") } else { ("null", value) };
    format!(
        r#"{{"typeCode":"C","freqCode":"A","refPeriodId":{period}0101,"refYear":{period},"refMonth":52,"period":"{period}","reporterCode":{reporter},"reporterISO":null,"reporterDesc":null,"flowCode":"{flow}","flowDesc":null,"partnerCode":{partner},"partnerISO":null,"partnerDesc":null,"partner2Code":0,"partner2ISO":null,"partner2Desc":null,"classificationCode":"{classification}","classificationSearchCode":"HS","isOriginalClassification":true,"cmdCode":"TOTAL","cmdDesc":null,"aggrLevel":null,"isLeaf":null,"customsCode":"C00","customsDesc":null,"mosCode":"0","motCode":0,"motDesc":null,"qtyUnitCode":-1,"qtyUnitAbbr":null,"qty":0.0,"isQtyEstimated":false,"altQtyUnitCode":-1,"altQtyUnitAbbr":null,"altQty":0.0,"isAltQtyEstimated":false,"netWgt":0.0,"isNetWgtEstimated":true,"grossWgt":0.0,"isGrossWgtEstimated":false,"cifvalue":{cif},"fobvalue":{fob},"primaryValue":{value},"legacyEstimationFlag":0,"isReported":false,"isAggregate":true}}"#
    )
}

/// Known records of the service: China 2010 with Argentina and Germany, Tunisia's imports.
pub fn known_records_are_read_to_the_last_digit() -> Result<(), Failed> {
    let known = [
        ("2010", "156", "M", "32", "H3", "6804128143", "CN|AR|M|CIF|6804128143.000000"),
        ("2010", "156", "X", "32", "H3", "6115764185", "CN|AR|X|FOB|6115764185.000000"),
        ("2010", "156", "M", "276", "H3", "74251272075", "CN|DE|M|CIF|74251272075.000000"),
        ("2010", "156", "X", "276", "H3", "68047133397", "CN|DE|X|FOB|68047133397.000000"),
        ("2022", "788", "M", "0", "H6", "26672667450.171", "TN|W0|M|CIF|26672667450.171000"),
        ("2023", "788", "M", "0", "H6", "25930493874.99", "TN|W0|M|CIF|25930493874.990000"),
        ("2024", "788", "M", "0", "H6", "26065070572.389", "TN|W0|M|CIF|26065070572.389000"),
    ];
    let records: Vec<String> = known.iter().map(|(p, r, f, partner, c, v, _)| record(p, r, f, partner, c, v)).collect();
    let document = format!(r#"{{"elapsedTime":"0.1 secs","count":7,"data":[{}],"error":""}}"#, records.join(","));
    let folder = Folder::new("az")?;
    let file = folder.put("answer.json", &document)?;
    let said = folder.run(&["ingest", "--form", "comtrade_json", &file], 0)?;
    holds(&said.stderr, &["lines 7 = flows 7 + faulted lines 0; faults 0"])?;
    let rows = ask(&folder, "select reporter, partner, flow, valuation, trade_value from reported_flow")?;
    let mut found: Vec<String> = rows
        .iter()
        .map(|r| [&r["reporter"], &r["partner"], &r["flow"], &r["valuation"], &r["trade_value"]].map(String::as_str).join("|"))
        .collect();
    let mut expected: Vec<String> = known.iter().map(|row| row.6.to_string()).collect();
    found.sort();
    expected.sort();
    same("figures of the service", found, expected)?;
    // An answer that is cut short is none.
    let cut = folder.put("cut.json", &document[..document.len() - 200])?;
    holds(&folder.run(&["ingest", "--form", "comtrade_json", &cut], 3)?.stderr, &["cut.json", "expected"])
}

const HEADER: &str = "typeCode,freqCode,period,reporterCode,flowCode,partnerCode,classificationCode,cmdCode,primaryValue\n";

fn total(folder: &Folder) -> Result<Vec<String>, Failed> {
    folder.query(
        "select reporter, partner, commodity_code, trade_value from reported_flow order by reporter, partner, commodity_code",
    )
}

/// The newest delivery is in force, parts add up, and what is withdrawn comes back.
pub fn a_newer_delivery_replaces_the_older() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let put = |name: &str, lines: &[&str]| folder.put(name, format!("{HEADER}{}\n", lines.join("\n")));
    let ingest = |file: &str, now: &str| folder.run(&["--now", now, "ingest", "--form", "comtrade_csv", file], 0);
    let old = put("old.csv", &["C,A,2022,31,M,251,H6,870323,10", "C,A,2022,31,M,251,H6,870324,11"])?;
    let new = put("new.csv", &["C,A,2022,31,M,251,H6,870323,20"])?;
    let part = put("part.csv", &["C,A,2022,31,M,251,H6,010121,30", "C,A,2022,31,M,999,H6,010121,5"])?;
    ingest(&old, "2026-04-01T10:00:00Z")?;
    holds(&ingest(&old, "2026-04-01T11:00:00Z")?.stderr, &["read in before"])?;
    holds(&ingest(&new, "2026-04-01T12:00:00Z")?.stderr, &["came before in batch", "old.csv"])?;
    ingest(&part, "2026-04-01T13:00:00Z")?;
    let in_force = ["AZ,FR,010121,30.000000", "AZ,FR,870323,20.000000"].map(String::from).to_vec();
    same("the newest delivery and the part beside it", total(&folder)?, in_force)?;
    let left_out = folder.query("select why, code, row_count, trade_value from unmapped_flow order by why")?;
    let expected = ["superseded vintage,31,2,21.000000", "unknown partner,999,1,5.000000"].map(String::from).to_vec();
    same("what does not count", left_out, expected)?;
    let batch = folder.query("select batch_id from partner_flow where trade_value = 20 group by batch_id")?;
    folder.run(&["store", "withdraw", &batch[0], "--why", "sent in error"], 0)?;
    let before = ["AZ,FR,010121,30.000000", "AZ,FR,870323,10.000000", "AZ,FR,870324,11.000000"].map(String::from).to_vec();
    same("the older delivery is in force again", total(&folder)?, before)
}

/// Compressed files, and files with something wrong: whatever can be read is, the rest is told.
pub fn broken_files_are_told() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text = format!(
        "{HEADER}C,A,2022,31,M,251,H6,870323,-10.5\nC,A,20x2,31,M,251,H6,870323,1\nC,A,2022,31,??,251,H6,870323,2\nC,A,2022,31,M,251,H6,870323,1.2.3\nC,A,2022,31,M\n"
    );
    let plain = folder.put("p.csv", &text)?;
    let said = folder.run(&["ingest", "--form", "comtrade_csv", &plain], 0)?;
    let refused = "p.csv: cells that are left empty (`fault` lists them): \
        primaryValue: 1 F22 (the number cannot be read), 1 F24 (the number is zero or negative where that is impossible)";
    holds(&said.stderr, &["lines 5 = flows 3 + faulted lines 2; faults 4", refused])?;
    let faults = folder.query("select line_no, code, is_line from fault order by line_no")?;
    same("faults", faults, ["2,F24,false", "3,F20,true", "5,F22,false", "6,F01,true"].map(String::from).to_vec())?;
    let reasons = folder.query("select why, code, row_count from unmapped_flow order by why")?;
    same("reasons", reasons, ["no figure,,2", "unknown flow,??,1"].map(String::from).to_vec())?;
    same("a negative value is no figure", total(&folder)?, Vec::new())?;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{HEADER}C,A,2021,31,M,251,H6,870323,7\n").as_bytes())?;
    let gzip = gzip.finish()?;
    let whole = folder.put("z.csv.gz", &gzip)?;
    holds(&folder.run(&["ingest", "--form", "comtrade_csv", &whole], 0)?.stderr, &["flows 1"])?;
    let cut = folder.put("cut.csv.gz", &gzip[..gzip.len() - 12])?;
    holds(&folder.run(&["ingest", "--form", "comtrade_csv", &cut], 3)?.stderr, &["cut short or damaged"])?;
    let zstd = folder.put("z.csv.zst", zstd::encode_all(format!("{HEADER}C,A,2020,31,M,251,H6,870323,7\n").as_bytes(), 1)?)?;
    holds(&folder.run(&["ingest", "--form", "comtrade_csv", &zstd], 0)?.stderr, &["flows 1"])?;

    // A year that neither the command nor the name of the file says.
    let matrix = folder.put("matrix.csv", "section,exporter,importer,export_value_1000usd\nTOTAL,Azerbaijan,Germany,1.5\n")?;
    holds(&folder.run(&["ingest", "--form", "unctad_matrix", &matrix], 2)?.stderr, &["`period`", "--given period="])?;
    folder.run(&["ingest", "--form", "unctad_matrix", "--given", "period=2005", &matrix], 0)?;
    let found = folder.query("select period, reporter, partner, value_usd from reported_flow where source = 'unctad'")?;
    same("the year that was given", found, vec!["2005-01-01,AZ,DE,1500.000000".to_string()])
}
