//! Nothing a program leaves behind names a trader, and no text of a file becomes a formula.

use std::path::Path;

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, Said, holds, same, trial};
use crate::sad::{file, imports, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("bad_input::trader_numbers_leave_no_trace", no_trace),
        trial("bad_input::broken_documents_show_nothing_of_a_trader", broken_documents),
        trial("bad_input::formula_like_text_stays_text_in_the_worklist", no_formula),
    ]
}

/// Numbers that occur nowhere else, so that finding one is finding a leak.
const TRADER: &str = "7313379001";
const DECLARANT: &str = "8424480112";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { files(&entry.path()) } else { vec![entry.path()] }).collect()
}

fn leak(place: &str, bytes: &[u8]) -> Result<(), Failed> {
    for secret in [TRADER, DECLARANT] {
        // Also in part: nine of its ten digits would do to guess the number.
        let part = &secret.as_bytes()[..9];
        if bytes.windows(part.len()).any(|window| window == part) {
            return Err(
                format!("`{secret}` stands in {place}:\n{}", String::from_utf8_lossy(&bytes[..bytes.len().min(2000)])).into()
            );
        }
    }
    Ok(())
}

fn said_nothing(said: &Said) -> Result<(), Failed> {
    leak("stdout", said.stdout.as_bytes())?;
    leak("stderr", said.stderr.as_bytes())
}

fn no_trace() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let line = |id: &str, changes: &[(&str, &str)]| {
        row(&[&[("declaration_id", id), ("trader_id", TRADER), ("declarant_id", DECLARANT)], changes].concat())
    };
    let mut rows = imports(60);
    rows.extend([
        line("S1", &[]),
        line("S2", &[("net_mass_kg", "1.2.3")]),
        line("S3", &[]) + ",x",
        // Two cells less before the numbers: they stand in other columns.
        line("S4", &[]).replacen("IM,4000,", "", 1),
        line("S5", &[("goods_description", "\"open")]),
        line("S6", &[("goods_description", "Tom\0atoes")]),
        line("S7", &[("item_no", "")]),
        // In other fields as well: in a line that cannot be split, and in one that is set aside.
        line("SC", &[("item_no", ""), ("goods_description", &format!("for {TRADER}, {DECLARANT}")), ("status", TRADER)]),
        line(TRADER, &[("goods_description", DECLARANT)]) + ",x",
        line("S8", &[("trader_id", "7313379001X"), ("declarant_id", "8424480112\u{fffd}")]),
        line("S9", &[("trader_id", "7313379001\0")]),
        // Held, so that it is on the worklist.
        line("SA", &[("procedure_code", "9999")]),
    ]);
    let path = folder.put("secret.csv", file(&rows))?;
    said_nothing(&folder.run(&["--json", "ingest", "--form", "sad_csv", &path], 0)?)?;
    let document = include_str!("../forms/asycuda_xml/sample.xml").replace("1400000007", TRADER).replace("2000000007", DECLARANT);
    let document = document.replace("353112.02", "3531.12.02");
    holds(&document, &[TRADER, DECLARANT, "3531.12.02"])?;
    let path = folder.put("secret.xml", document)?;
    said_nothing(&folder.run(&["ingest", "--form", "asycuda_xml", "--received", "2026-03-20", &path], 0)?)?;
    said_nothing(&folder.run(&["validate", "--period", "2026-03"], 0)?)?;
    for relation in ["item", "declaration", "fault", "finding", "held_item", "receipt", "set_aside"] {
        let said = folder.run(&["query", &format!("select * from {relation}"), "--format", "json"], 0)?;
        leak(relation, said.stdout.as_bytes())?;
    }
    let kinds = folder.query("select distinct code from fault order by 1")?;
    for code in ["F01", "F02", "F03", "F06", "F08", "F22"] {
        same(code, kinds.iter().any(|kind| kind == code), true)?;
    }
    same(
        "keys",
        folder.query("select count(*) > 0 from item where declaration_id = 'S1' and length(trader_key) = 32")?,
        vec!["true".into()],
    )?;
    let all = files(&folder.path());
    same("the store was looked through", all.iter().any(|path| path.ends_with("0.parquet")), true)?;
    for path in all {
        leak(&path.display().to_string(), &std::fs::read(&path)?)?;
    }
    Ok(())
}

/// A document may be broken in the very element of a trader, and anything may stand there.
fn broken_documents() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let asycuda = include_str!("../forms/asycuda_xml/sample.xml");
    let wco = include_str!("../forms/wco_xml/sample.xml");
    for (form, document, good) in
        [("asycuda_xml", asycuda, ">1400000007</Consignee_code>"), ("wco_xml", wco, ">GB150454489082</ID>")]
    {
        holds(document, &[good])?;
        let end = &good[good.find('<').ok_or("it ends with a tag")?..];
        for inside in [
            format!("SMITH & SONS {TRADER}; LTD"),
            format!("&{TRADER};"),
            format!("&#{TRADER};"),
            format!("</{TRADER}>"),
            format!("<{TRADER}>"),
            format!("<{TRADER}"),
            format!("<!{TRADER}"),
            format!("<![CDATA[{TRADER}"),
            format!("<?{TRADER}"),
            format!("<t{TRADER}>").repeat(80),
        ] {
            let path = folder.put("broken.xml", document.replacen(good, &format!(">{inside}{end}"), 1))?;
            let said = folder.run(&["ingest", "--form", form, &path], 3)?;
            holds(&said.stderr, &["broken.xml", "line ", "expected "])?;
            said_nothing(&said)?;
        }
    }
    Ok(())
}

fn no_formula() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut rows = imports(120);
    for (id, procedure) in [("=1+1", "9999"), ("+2", "9999"), ("-3", "9999"), ("@SUM(A1)", "@@@@")] {
        rows.push(row(&[("declaration_id", id), ("procedure_code", procedure), ("customs_office", "=9+9")]));
    }
    // What is safe of this office's code is the same, and its list is its own.
    rows.push(row(&[("declaration_id", "26000001"), ("procedure_code", "9999"), ("customs_office", "=9/9")]));
    let path = folder.put("formula.csv", file(&rows))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    // The store keeps what was declared; what people open in a spreadsheet is defused.
    let kept = folder.query("select declaration_id from held_item order by line_no")?;
    same("kept", kept, ["=1+1", "+2", "-3", "@SUM(A1)", "26000001"].map(String::from).to_vec())?;
    let mut lists = files(&folder.path().join("worklist"));
    lists.retain(|path| path.extension().is_some_and(|e| e == "csv"));
    same("lists", lists.len(), 2)?;
    let mut texts = Vec::new();
    for list in &lists {
        let name = list.file_stem().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let is_safe = |c: char| c.is_ascii_alphanumeric() || "_~".contains(c);
        same(&format!("{name} is safe"), name.starts_with("_9_9~") && name.chars().all(is_safe), true)?;
        texts.push(std::fs::read_to_string(list)?);
    }
    let text = texts.iter().find(|text| !text.contains("26000001")).ok_or("no list of the first office")?;
    holds(text, &["'=1+1", "'+2", "'-3", "'@SUM(A1)", "'@@@@"])?;
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        for cell in record?.iter() {
            same(&format!("`{cell}` begins a formula"), cell.starts_with(['=', '+', '-', '@']), false)?;
        }
    }
    Ok(())
}
