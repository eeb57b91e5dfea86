//! What people do wrong, and what they are told.

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, run, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::questions_with_a_slip_name_it", questions),
        trial("cli::lists_with_a_slip_name_line_and_way_out", lists),
        trial("cli::decisions_with_a_slip_name_line_and_column", decisions),
        trial("cli::lines_are_counted_as_an_editor_counts_them", line_ends),
        trial("cli::columns_that_the_form_does_not_name_are_told", unnamed),
        trial("cli::method_is_not_written_over_anything", export),
        trial("cli::folders_forms_and_days_that_do_not_fit_are_told", places),
    ]
}

fn questions() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let said = folder.run(&["query", "selct 1"], 2)?;
    holds(&said.stderr, &["the query fails: Expected: an SQL statement, found: selct at Line: 1, Column: 1\n"])
}

/// A day of release that the form does not know by this name would move the goods to another month.
fn unnamed() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let text: String =
        file(&[row(&[])]).lines().zip(["released_on", "2026-04-02"]).map(|(line, cell)| format!("{line},{cell}\n")).collect();
    let path = folder.put("released.csv", text)?;
    let said = folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    holds(&said.stderr, &["released.csv: columns the form does not name, not read: released_on"])
}

fn lists() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    for (list, text, says) in [
        (
            "rates",
            "date,currency,nominal,rate\n2026-03-10,USD,1,\"1,7\"\n",
            &["line 2: found rate `1,7` for `1` units", "as 1.7 for 1"][..],
        ),
        ("rates", "date,currency,nominal,rate\n2026-03-10,USD,1,100000000000000000000\n", &["line 2: found rate"]),
        ("rates", "Date;Rate\n2026-03-10;1.7\n", &["line 1: column `date` is missing; found `Date;Rate`", "commas divide them"]),
        ("rates", "", &["line 1: column `date` is missing; found an empty file"]),
        ("nomenclature", "code\n0702000000\nabc\n", &["line 3: `abc` is not a commodity code", "6 to 12 digits"]),
        ("nomenclature", "code\n7020\n", &["line 2: `7020` is not a commodity code"]),
    ] {
        let path = folder.put("list.csv", text)?;
        holds(&folder.run(&["reference", "import", list, &path], 5)?.stderr, says)?;
    }
    same("imported", folder.path().join("reference").exists(), false)
}

fn decisions() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
    for (text, says) in [
        (columns.replace(',', ";"), "line 1: the columns are divided by semicolons, and commas have to divide them"),
        (columns.replace(",who", ""), "line 1: column `who` is missing"),
        (
            format!("{columns}\n26AZ1001,one,,V02,accept,origin_country,TR,,known,chief,2026-04-03\n"),
            "line 2: column `item_no`: `one` is not a whole number",
        ),
        (
            format!("{columns}\n26AZ1001,1,,,correct,commodity_code,0702000000,07.02.00,known,chief,2026-04-03\n"),
            "line 2: `07.02.00` is not a commodity code of 6 to 12 digits, without dots",
        ),
    ] {
        std::fs::write(folder.path().join("decisions.csv"), text)?;
        let said = folder.run(&["validate", "--period", "2026-03"], 5)?;
        holds(&said.stderr, &["decisions.csv` ", says, "hint: columns: declaration_id,item_no"])?;
    }
    Ok(())
}

/// With carriage returns before the line feeds, blank lines, line ends within quotes and the mark of UTF-8 in front.
fn line_ends() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let of = |header: &str, good: &str, slip: &str| ["\u{feff}", header, "\r\n\r\n", good, "\r\n\r\n", slip, "\r\n"].concat();

    let rates = of("date,currency,nominal,rate", "2026-03-10,USD,\"\r\n1\",1.7", "2026-03-11,USD,1,x");
    let said = folder.run(&["reference", "import", "rates", &folder.put("rates.csv", rates)?], 5)?;
    holds(&said.stderr, &["line 6: found rate `x`"])?;

    let totals = of("measure,value", "lines,1", "items,1").replace("\r\n\r\n", "\r\n");
    let totals = folder.put("totals.csv", totals)?;
    let said = folder.run(&["ingest", "--form", "sad_csv", "--control", &totals, &path], 5)?;
    holds(&said.stderr, &["line 3: unknown measure `items`"])?;

    let columns = "declaration_id,item_no,version,rule,action,field,old_value,new_value,reason,who,decided_on";
    let good = "26AZ1001,1,,V31,accept,origin_country,TR,,\"known\r\nlong ago\",chief,2026-04-03";
    let slip = good.replace("accept", "allow");
    std::fs::write(folder.path().join("decisions.csv"), of(columns, good, &slip))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 5)?;
    holds(&said.stderr, &["decisions.csv` line 6: unknown action `allow`"])?;
    // A row of another number of cells is no row, and its line is told too.
    std::fs::write(folder.path().join("decisions.csv"), of(columns, good, "26AZ1001,1"))?;
    let said = folder.run(&["validate", "--period", "2026-03"], 5)?;
    holds(&said.stderr, &["decisions.csv` line 6: the line has 2 cells, and the header 11"])?;

    let lists = folder.path().join("reference");
    std::fs::create_dir_all(&lists)?;
    let offices = of("customs_office,name,valid_from,valid_to", "A,Astara,2020-01-01,9999-12-31", "B,Baku,2020-01-01,soon");
    std::fs::write(lists.join("customs_office.csv"), offices)?;
    holds(&folder.run(&["validate", "--period", "2026-03"], 5)?.stderr, &["customs_office.csv` line 5: "])
}

fn export() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    // Its folder `reference` would hold the office's own lists.
    holds(&run(&["method", "export", &folder.text()], 2)?.stderr, &["is not empty", "hint: name a new folder"])?;
    same("lists", folder.path().join("reference").exists(), false)
}

fn places() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("kr.csv", include_str!("../forms/kcs_csv/sample.csv"))?;
    let said = folder.run(&["--now", "2026-04-02", "ingest", "--form", "kcs_csv", &path], 0)?;
    holds(&said.stderr, &["form `kcs_csv` is none of profile `az`, which has sad_csv, asycuda_xml, wco_xml"])?;
    let inbox = folder.path().join("inbox");
    std::fs::copy(&path, inbox.join("kr.csv"))?;
    holds(&folder.run(&["ingest", "--sniff", &inbox.display().to_string()], 0)?.stdout, &["kr.csv", "kcs_csv"])?;
    let said = folder.run(&["run", "--period", "2020-01", "--as-of", "2026-04-01"], 3)?;
    holds(&said.stderr, &["no item of 2020-01 is in the store as of 2026-04-01", "hint: `tradestat store list`"])
}
