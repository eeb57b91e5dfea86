//! What the method covers, and the methodology document in its languages and formats.

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, run, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::coverage_prints_every_recommendation_once", coverage),
        trial("cli::coverage_warns_of_what_the_register_claims_and_no_file_shows", false_claim),
        trial("cli::document_says_what_the_headers_say", document),
        trial("cli::document_lists_what_stands_in_english", untranslated),
    ]
}

fn coverage() -> Result<(), Failed> {
    let said = run(&["method", "coverage", "--format", "csv"], 0)?;
    let rows: Vec<csv::StringRecord> = csv::Reader::from_reader(said.stdout.as_bytes()).records().collect::<Result<_, _>>()?;
    let numbers: Vec<&str> = rows.iter().map(|row| &row[0]).collect();
    let mut once = numbers.clone();
    once.dedup();
    same("numbers stand once", once.len(), numbers.len())?;
    same("sections 1.1 to 1.14 are there", numbers.len() >= 100, true)?;
    let row = rows.iter().find(|row| &row[0] == "R-1.31").ok_or("R-1.31 is missing")?;
    holds(&row[7], &["sql/compile/statistical_rate.sql"])?;
    same("cases are counted", row[8].parse::<u64>()? > 0, true)?;
    // The counts on stderr add up to the rows.
    let counts = said
        .stderr
        .lines()
        .filter_map(|line| line.split(" recommendations").next()?.split_whitespace().last()?.parse::<usize>().ok());
    same("counts", counts.sum::<usize>(), rows.len())?;
    let json: serde_json::Value = serde_json::from_str(&run(&["method", "coverage", "--format", "json"], 0)?.stdout)?;
    same("as JSON", json.as_array().map(Vec::len), Some(rows.len()))?;
    holds(&run(&["method", "coverage"], 0)?.stdout, &["R-1.01 ", "sql/compile/statistical_rate.sql, "])
}

/// The copied method has no tests, so the program's own cases count.
fn false_claim() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let method = folder.path().join("method");
    let dir = method.display().to_string();
    run(&["method", "export", &dir], 0)?;
    let path = method.join("reference/method.csv");
    let good = std::fs::read_to_string(&path)?;
    let more = format!("{good}R-9.1,01,,Nobody does this,done,,false,figure\nR-9.2,01,,Nor this,not observable,,false,figure\n");
    std::fs::write(&path, more)?;
    let said = run(&["--method", &dir, "method", "coverage"], 0)?;
    holds(&said.stderr, &["R-9.1 is done, and no file of sql/ cites it", "R-9.2 is not observable, and no reason is given"])?;
    std::fs::write(&path, format!("{good}R-9.1,01,,Nobody does this,dne,,false,figure\n"))?;
    let said = run(&["--method", &dir, "method", "coverage"], 5)?;
    holds(&said.stderr, &["`reference/method.csv`", "`dne` is no status", "hint: did you mean `done`"])
}

fn document() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let out = folder.path().join("text");
    let dir = out.display().to_string();
    let mut chapters = Vec::new();
    for (language, title, chapter) in [
        ("en", "Methodology of foreign-trade statistics", "10. Valuation"),
        ("az", "Xarici ticarət statistikasının metodologiyası", "10. Dəyərin müəyyən edilməsi"),
        ("ru", "Методология статистики внешней торговли", "10. Стоимостная оценка"),
    ] {
        folder.run(&["method", "document", "--lang", language, "-o", &dir], 0)?;
        let page = std::fs::read_to_string(out.join(format!("methodology_{language}.html")))?;
        let tag = format!("lang=\"{language}\"");
        holds(&page, &[title, chapter, &tag, "sql/compile/valued_item.sql", "reference/exchange_rate.csv", "max_held_share"])?;
        same("nothing is fetched or run", page.contains("<script") || page.contains("src="), false)?;
        chapters.push(page.matches("<h2>").count());
    }
    same("the same chapters in each language", chapters.iter().all(|count| *count == chapters[0]), true)?;
    let text = folder.run(&["method", "document", "--format", "markdown"], 0)?;
    for (language, unit, choice) in
        [("az", "nəqliyyat xərcində pay", "bu layihənin seçimi"), ("ru", "доля фрахта", "выбор этого проекта")]
    {
        let page = std::fs::read_to_string(out.join(format!("methodology_{language}.html")))?;
        holds(&page, &[unit, choice])?;
        same("a unit in English", page.contains("share of freight") || page.contains("choice of this project"), false)?;
    }
    same("nothing of English is untranslated", text.stderr.contains("in English:"), false)?;
    holds(&text.stdout, &["\n* symmetric\\_index: |A| over the sum of the two"])?;
    let headers = crate::case::METHOD.as_ref()?;
    for step in headers.steps.values() {
        holds(&text.stdout, &[&format!("`{}`", step.file)])?;
        for value in step.header.list("method") {
            holds(&text.stdout, &[&value])?;
        }
    }
    for list in headers.lists.values() {
        holds(&text.stdout, &[&format!("`{}`", list.file)])?;
    }
    Ok(())
}

/// A changed header has no translation any more: the English stands, and is told.
fn untranslated() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let method = folder.path().join("method");
    let dir = method.display().to_string();
    run(&["method", "export", &dir], 0)?;
    let path = method.join("sql/tables/T12_trade_by_customs_office.sql");
    let good = std::fs::read_to_string(&path)?;
    let args = ["--method", &dir, "method", "document", "--lang", "ru", "--format", "markdown"];
    let before = run(&args, 0)?;
    holds(&before.stdout, &["T12. Внешняя торговля по таможенным органам"])?;
    std::fs::write(&path, good.replacen("-- Trade by customs office", "-- Trade by office of customs", 1))?;
    let after = run(&args, 0)?;
    holds(&after.stdout, &["T12. Trade by office of customs", "`step tables/T12_trade_by_customs_office`"])?;
    holds(&after.stderr, &["in English: step tables/T12_trade_by_customs_office: title (changed since, digest "])
}
