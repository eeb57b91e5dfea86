//! The invariants of the house, each a test: rooms, headers, cases, samples, files, versions.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};
use tradestat::method::header::Layer;
use tradestat::method::register::Status;

use crate::case;
use crate::program::{root, same, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("house::every_list_and_file_of_the_method_is_consistent", || {
            case::METHOD.as_ref().map(|_| ()).map_err(|e| e.clone().into())
        }),
        trial("house::every_sql_file_has_a_case", every_sql_file_has_a_case),
        trial("house::slices_share_no_row", slices_share_no_row),
        trial("house::every_rule_has_a_failing_a_passing_and_an_undecided_row", rules_have_three_rows),
        trial("house::every_form_has_a_sample", every_form_has_a_sample),
        trial("house::the_register_claims_what_files_and_cases_show", register_is_true),
        trial("house::what_decides_about_items_shows_one_in_one_out_and_one_undecided", items_are_decided),
        trial("house::every_parameter_is_read", parameters_are_read),
        trial("house::every_note_that_is_translated_is_one_the_program_writes", notes_are_written),
        trial("house::every_label_of_a_column_or_an_account_is_asked_for", labels_are_asked_for),
        trial("house::a_subheading_keeps_its_unit_across_editions", units_are_kept),
        trial("house::a_unit_is_known_in_small_letters_and_capitals", units_have_both_cases),
        trial("house::no_limit_cuts_what_is_received", limits_are_of_lists),
        trial("house::sql_keeps_its_style", sql_keeps_its_style),
        trial("house::no_file_is_longer_than_500_lines", files_are_short),
        trial("house::stages_call_no_stage_and_open_no_session", stages_keep_their_room),
        trial("house::only_engine_opens_a_session", only_engine_opens_a_session),
        trial("house::no_query_is_built_from_text", no_query_is_built),
        trial("house::pure_crates_stay_pure", pure_crates_stay_pure),
        trial("house::paths_in_the_code_map_exist", paths_exist),
        trial("house::one_version_of_the_engine_s_crates", one_version),
        trial("house::readme_states_the_exit_codes", readme_states_exit_codes),
    ]
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn none(what: &str, found: Vec<String>) -> Result<(), Failed> {
    if found.is_empty() { Ok(()) } else { Err(format!("{what}:\n  {}", found.join("\n  ")).into()) }
}

fn every_sql_file_has_a_case() -> Result<(), Failed> {
    let method = case::METHOD.as_ref()?;
    let missing = method.steps.values().filter(|step| {
        let case = format!("tests/sql/{}/{}.case", step.layer.folder(), step.name);
        !root().join(case).is_file()
    });
    none("no case", missing.map(|step| step.file.clone()).collect())
}

/// Months are compiled by ranges of chapters, so a stored row must belong to one chapter, or one item.
fn slices_share_no_row() -> Result<(), Failed> {
    const OF_ONE_CHAPTER: [&str; 5] = ["hs2", "hs6", "code", "commodity_code", "line_no"];
    let method = case::METHOD.as_ref()?;
    let stored = method.in_order(Layer::Compile).filter(|step| !step.is_view());
    let shared = stored.filter(|step| !step.grain().iter().any(|column| OF_ONE_CHAPTER.contains(&column.as_str())));
    none("rows of several chapters", shared.map(|step| step.file.clone()).collect())
}

/// Counts written in the case of each record rule: judged beyond violating, undecided, violating.
fn rules_have_three_rows() -> Result<(), Failed> {
    let method = case::METHOD.as_ref()?;
    let mut wrong = Vec::new();
    for step in method.in_order(Layer::Validate).filter(|step| step.is_rule() && !step.is_set_rule()) {
        let text = read(&root().join(format!("tests/sql/validate/{}.case", step.name)));
        let lines: Vec<&str> = text.lines().collect();
        let counts = lines.iter().enumerate().filter(|(_, line)| line.trim() == "expect counts").filter_map(|(at, _)| {
            let cells: Vec<u64> = lines.get(at + 2)?.split('|').map(|cell| cell.trim().parse().unwrap_or(0)).collect();
            <[u64; 3]>::try_from(cells).ok()
        });
        let sums = counts.fold([0; 3], |sum, count| [sum[0] + count[0], sum[1] + count[1], sum[2] + count[2]]);
        // A rule about a missing value judges every item.
        let asks_for_missing = step.text.contains(" is null");
        if sums[2] == 0 || sums[0] == sums[2] || (sums[1] == 0 && !asks_for_missing) {
            wrong.push(format!("{}: judged {}, undecided {}, violating {}", step.name, sums[0], sums[1], sums[2]));
        }
    }
    none("a rule without its three rows", wrong)
}

fn every_form_has_a_sample() -> Result<(), Failed> {
    let missing = files("reference/forms", "toml").into_iter().filter_map(|form| {
        let name = form.file_stem()?.to_string_lossy().into_owned();
        let folder = root().join("tests/forms").join(&name);
        let has = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .any(|e| e.file_name().to_string_lossy().starts_with("sample"));
        (!has).then_some(name)
    });
    none("a form without a sample", missing.collect())
}

/// Every number and paragraph a header cites is registered; in `reference/method.csv`, what is done
/// has a step with a case, and what is not applicable or not observable says why.
fn register_is_true() -> Result<(), Failed> {
    let method = case::METHOD.as_ref()?;
    let mut problems = method.register_problems().map_err(|e| e.to_string())?;
    let chapters: BTreeSet<String> = (1..=16).map(|number| format!("{number:02}")).collect();
    for row in method.recommendations().map_err(|e| e.to_string())? {
        if !chapters.contains(&row.chapter) {
            problems.push(format!("{} stands in no chapter", row.number));
        }
        // The cases of the program may be older than those on the disk.
        let steps = method.steps_of(&row);
        let proven = steps.iter().any(|step| {
            let case = root().join(format!("tests/sql/{}/{}.case", step.layer.folder(), step.name));
            read(&case).lines().any(|line| line.starts_with("expect "))
        });
        if row.status == Status::Done && !proven {
            problems.push(format!("{} is done, and no case of it expects anything", row.number));
        }
    }
    none("the register and the files differ", problems)
}

/// A line `# included 1; excluded 2; undecided 3` above an `expect` names rows of
/// it: items that the recommendation counts, or holds of; items that it does not; and items of which
/// nobody can tell. `absent` is for items that have no row, because the result leaves them out.
fn items_are_decided() -> Result<(), Failed> {
    let method = case::METHOD.as_ref()?;
    let mut problems = Vec::new();
    let mut shown = BTreeSet::new();
    for path in files("tests/sql", "case") {
        let text = read(&path);
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some((numbers, rows)) = line.strip_prefix("# R-").and_then(|rest| rest.split_once(" included ")) else {
                continue;
            };
            match decided_rows(rows, rows_below(&lines, at)) {
                Ok(()) => shown.extend(numbers.split(", ").map(|number| format!("R-{}", number.trim_start_matches("R-")))),
                Err(problem) => problems.push(format!("{}:{}: {problem}", path.display(), at + 1)),
            }
        }
    }
    let register = method.recommendations().map_err(|e| e.to_string())?;
    for number in shown.iter().filter(|number| !register.iter().any(|row| row.number == **number)) {
        problems.push(format!("a case shows {number}, which is not registered"));
    }
    // The three rows of a record rule are counted where its case is.
    let is_rule = |row| method.steps_of(row).iter().any(|step| step.is_rule() && !step.is_set_rule());
    for row in register.iter().filter(|row| row.status == Status::Done && row.decides_items && !shown.contains(&row.number)) {
        if !is_rule(row) {
            problems.push(format!(
                "{} is done and decides about items, and no case says which item is in, which is out, which cannot be told",
                row.number
            ));
        }
    }
    none("recommendations that decide about items", problems)
}

/// `included 1, 2; excluded absent; undecided 3` with the word before it cut off: three groups of
/// different rows of a result that has so many.
fn decided_rows(text: &str, count: usize) -> Result<(), String> {
    let groups: Vec<&str> = text.split("; ").collect();
    let [included, excluded, undecided] = groups.as_slice() else { return Err(format!("`{text}` are not three groups")) };
    let excluded = excluded.strip_prefix("excluded ").ok_or("`excluded` is missing")?;
    let undecided = undecided.strip_prefix("undecided ").ok_or("`undecided` is missing")?;
    let mut seen = BTreeSet::new();
    for row in [*included, excluded, undecided].into_iter().filter(|group| *group != "absent").flat_map(|group| group.split(", "))
    {
        let row: usize = row.parse().map_err(|_| format!("`{row}` is no row"))?;
        if row == 0 || row > count || !seen.insert(row) {
            return Err(format!("row {row} is named twice, or the result has not so many rows"));
        }
    }
    if *included == "absent" { Err("what is included has a row".into()) } else { Ok(()) }
}

/// How many rows the next `expect` has.
fn rows_below(lines: &[&str], from: usize) -> usize {
    let below = lines.iter().skip(from).skip_while(|line| !line.starts_with("expect ")).skip(2);
    below.take_while(|line| line.starts_with("  ")).count()
}

/// A number that nothing reads would stand in the methodology as if it were applied.
fn parameters_are_read() -> Result<(), Failed> {
    let method = case::METHOD.as_ref()?;
    let texts: Vec<String> = files("sql", "sql").iter().chain(&files("pipeline", "rs")).map(|path| read(path)).collect();
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let reads = |text: &str, name: &str| text.split(|c| !is_word(c)).any(|word| word == name);
    let names: BTreeSet<String> = method.parameter_rows()?.into_iter().map(|row| row.name).collect();
    none("nothing reads the parameter", names.into_iter().filter(|name| !texts.iter().any(|text| reads(text, name))).collect())
}

/// The words of a note and the pattern that translates it stand in two places: the pattern must not be left behind.
fn notes_are_written() -> Result<(), Failed> {
    let texts: Vec<String> = files("pipeline", "rs").iter().map(|path| read(path)).collect();
    let mut lost = Vec::new();
    let mut count = 0;
    for row in csv::Reader::from_path(root().join("reference/label.csv"))?.records() {
        let row = row?;
        if &row[0] != "run_note" {
            continue;
        }
        count += 1;
        // What stands between the blanks; a reason follows a colon and is written elsewhere.
        let words = row[2]
            .split(['{', '}'])
            .step_by(2)
            .flat_map(|part| part.split(": "))
            .map(|part| part.trim_matches([' ', ':', '`', '(', ')']));
        lost.extend(
            words
                .filter(|part| part.len() > 5 && !texts.iter().any(|text| text.contains(part)))
                .map(|part| format!("{}: {part}", &row[1])),
        );
    }
    same("some notes", count > 5, true)?;
    none("no note has these words", lost)
}

fn labels_are_asked_for() -> Result<(), Failed> {
    fn is_outside(c: char) -> bool {
        !c.is_ascii_alphanumeric() && c != '_'
    }
    let texts: Vec<String> = files("sql", "sql").iter().chain(&files("pipeline", "rs")).map(|path| read(path)).collect();
    let mut names: BTreeSet<String> = texts.iter().flat_map(|text| text.split(is_outside)).map(String::from).collect();
    // The table of a quarter has its own words for a month, and `export_month` is `month` of `export`.
    let of_span = |span: &str| {
        names.iter().filter(|name| name.contains("month")).map(|name| name.replace("month", span)).collect::<Vec<_>>()
    };
    let of_spans = [of_span("quarter"), of_span("year")].concat();
    names.extend(of_spans);
    let parts = names.iter().filter_map(|name| name.strip_prefix("export_").or_else(|| name.strip_prefix("import_")));
    let parts: Vec<String> = parts.map(String::from).collect();
    names.extend(parts);
    let account = read(&root().join("pipeline/print/account.rs"));
    let mut lost = Vec::new();
    for row in csv::Reader::from_path(root().join("reference/label.csv"))?.records() {
        let row = row?;
        let is_asked_for = match &row[0] {
            "column" => names.contains(row[1].rsplit('.').next().unwrap_or_default()),
            "account" => account.contains(&format!("\"{}\"", &row[1])),
            _ => true,
        };
        if !is_asked_for {
            lost.push(format!("{},{}", &row[0], &row[1]));
        }
    }
    none("nothing asks for the label", lost)
}

/// Files write `nar` as well as `NAR`, and an unknown unit leaves its quantity out.
fn units_have_both_cases() -> Result<(), Failed> {
    let mut units: BTreeMap<String, String> = BTreeMap::new();
    for (list, unit) in [("unit_alias", 1), ("quantity_unit", 0)] {
        for row in csv::Reader::from_path(root().join(format!("reference/{list}.csv")))?.records() {
            let row = row?;
            units.insert(row[0].into(), row[unit].into());
        }
    }
    let cases = |name: &String| [name.to_lowercase(), name.to_uppercase()];
    let lost = units.iter().flat_map(|(name, unit)| cases(name).map(|other| (other, unit)));
    none("another unit or none", lost.filter(|(other, unit)| units.get(other) != Some(*unit)).map(|(other, _)| other).collect())
}

/// A quantity is compared and estimated across editions; where a code changes its unit, that ends.
fn units_are_kept() -> Result<(), Failed> {
    const CHANGES: [(&str, &str); 9] = [
        ("271011", "HS1992 and HS1996: a code outside the Harmonized System, for other goods, without a unit"),
        ("271012", "as 271011"),
        ("271019", "as 271011"),
        ("271091", "as 271011"),
        ("271099", "as 271011"),
        ("710820", "HS1992: monetary gold, which is no merchandise and had no unit"),
        ("711890", "HS1992: coin of legal tender, as 710820"),
        ("848510", "ships' propellers until HS2002, machines for additive manufacturing from HS2022"),
        ("950440", "HS1992: pieces; packs of cards are a unit since HS1996"),
    ];
    let mut units: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in csv::Reader::from_path(root().join("reference/commodity.csv"))?.deserialize() {
        let row: BTreeMap<String, String> = row?;
        if row["level"] == "6" {
            units.entry(row["code"].clone()).or_default().insert(row["standard_unit"].clone());
        }
    }
    let changing: BTreeSet<&str> = units.iter().filter(|(_, of)| of.len() > 1).map(|(code, _)| code.as_str()).collect();
    let named = CHANGES.iter().map(|(code, _)| *code).collect();
    same("subheadings whose unit differs between editions", changing, named)
}

/// A `limit` that keeps a list small for the planner would lose goods of what is received, also
/// where the goods come by way of a step of the same file.
fn limits_are_of_lists() -> Result<(), Failed> {
    const RECEIVED: [&str; 3] = ["accepted_item", "item", "partner_flow"];
    let mut wrong = Vec::new();
    for path in files("sql", "sql") {
        let text = read(&path);
        let mut of_goods: BTreeSet<&str> = RECEIVED.into();
        // A step stands after those that it reads.
        for step in text.split("\n),\n") {
            let mut words = step.split_whitespace().zip(step.split_whitespace().skip(1));
            let reads_goods =
                words.any(|(word, next)| matches!(word, "from" | "join") && of_goods.contains(next.trim_matches(')')));
            if !reads_goods {
                continue;
            }
            let name = step.lines().find_map(|line| line.trim_start_matches("with ").strip_suffix(" as ("));
            of_goods.extend(name);
            if step.lines().any(|line| line.trim_start().starts_with("limit ")) {
                wrong.push(format!("{}: {}", path.display(), name.unwrap_or("the result")));
            }
        }
    }
    none("a limit on what is received", wrong)
}

fn sql_keeps_its_style() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for path in files("sql", "sql") {
        // the engine (DataFusion 55) types `case when .. then round(..) else 0 end` by the unrounded number if no row is
        // rounded, and stops; a cast around the rounding sets it
        let words = read(&path).split_whitespace().collect::<Vec<_>>().join(" ");
        let rounded = words.split("then round(").skip(1).filter(|rest| {
            let after = |depth: &mut i32, letter: char| {
                *depth += i32::from(letter == '(') - i32::from(letter == ')');
                Some(*depth)
            };
            let inside = rest.chars().scan(1, after).take_while(|depth| *depth > 0).count();
            rest.chars().skip(inside + 1).collect::<String>().starts_with(" else ")
        });
        if rounded.count() > 0 {
            wrong.push(format!("{}: rounded in a branch without a cast", path.display()));
        }
        for (number, line) in read(&path).lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("--")) {
            let keyword = ["SELECT ", "FROM ", "JOIN ", "WHERE ", "GROUP BY"].iter().any(|word| line.contains(word));
            if keyword || line.contains("select *") || line.contains("group by 1") || line.contains('\t') {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    none("not house style", wrong)
}

fn files_are_short() -> Result<(), Failed> {
    let rust = ["pipeline", "output", "tests"].iter().flat_map(|folder| files(folder, "rs"));
    let long = rust.chain(files("sql", "sql")).filter(|path| read(path).lines().count() > 500);
    none("longer than 500 lines", long.map(|path| path.display().to_string()).collect())
}

/// A stage may use helpers of its own folder and what lies below the stages.
fn stages_keep_their_room() -> Result<(), Failed> {
    let room = root().join("pipeline/stage");
    let stages: BTreeSet<String> = files("pipeline/stage", "rs")
        .iter()
        .filter(|path| path.parent() == Some(&room))
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let mut wrong = Vec::new();
    for path in files("pipeline/stage", "rs") {
        let inside = path.strip_prefix(&room)?;
        let own = inside.iter().next().map(|first| Path::new(first).with_extension("").display().to_string()).unwrap_or_default();
        let up = "super::".repeat(inside.components().count());
        for (number, line) in read(&path).lines().enumerate() {
            let is_word = |rest: &str| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let names = |stage: &String| {
                [format!("stage::{stage}"), format!("{up}{stage}")]
                    .iter()
                    .any(|name| line.split(name.as_str()).skip(1).any(is_word))
            };
            if line.contains("SessionContext::new") || stages.iter().filter(|stage| **stage != own).any(names) {
                wrong.push(format!("{}:{}: {line}", path.display(), number + 1));
            }
        }
    }
    none("a stage outside its room", wrong)
}

fn only_engine_opens_a_session() -> Result<(), Failed> {
    let opening = files("pipeline", "rs").into_iter().filter(|path| read(path).contains("SessionContext::new"));
    let names: Vec<String> = opening.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
    same("files that open a session", names, vec!["engine.rs".to_string()])
}

/// SQL comes from files of the method, or from a user's own question; never from `format!`.
fn no_query_is_built() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for path in files("pipeline", "rs").into_iter().filter(|path| !path.ends_with("command/query.rs")) {
        for (number, line) in read(&path).lines().enumerate() {
            let lower = line.to_lowercase();
            if line.contains(".sql(")
                || (lower.contains("format!")
                    && lower.contains("select ")
                    && lower.contains(" from ")
                    && !lower.contains("write `select"))
            {
                wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    none("a query built from text", wrong)
}

fn pure_crates_stay_pure() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for folder in ["pipeline/core", "output"] {
        let mut paths = files(folder, "rs");
        paths.push(root().join(folder).join("Cargo.toml"));
        for path in paths {
            for (number, line) in read(&path).lines().enumerate() {
                let code = line.split("//").next().unwrap_or_default();
                let forbidden = ["datafusion", "tokio", "std::fs", "std::time::Instant", "std::thread::spawn", "object_store"];
                if forbidden.iter().any(|word| code.contains(word)) {
                    wrong.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    none("a pure crate knows the engine or does IO", wrong)
}

/// Modules named in the code map, and paths in backticks in sql/README.md.
fn paths_exist() -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let map = read(&root().join("pipeline/lib.rs"));
    for name in map
        .split("[`")
        .skip(1)
        .filter_map(|rest| rest.split("`]").next())
        .filter(|name| name.chars().all(|c| c.is_ascii_lowercase()))
    {
        if !root().join(format!("pipeline/{name}.rs")).is_file() {
            wrong.push(format!("pipeline/lib.rs names `{name}`"));
        }
    }
    let guide = read(&root().join("sql/README.md"));
    for name in guide.split('`').skip(1).step_by(2).filter(|name| name.contains('/') && !name.contains([' ', '<', '*', '#', '$']))
    {
        if !root().join(name).exists() && !root().join("sql").join(name).exists() {
            wrong.push(format!("sql/README.md names `{name}`"));
        }
    }
    none("a path that does not exist", wrong)
}

fn one_version() -> Result<(), Failed> {
    let lock = read(&root().join("Cargo.lock"));
    for name in ["arrow", "arrow-array", "parquet", "object_store", "datafusion"] {
        same(name, lock.matches(&format!("name = \"{name}\"\n")).count(), 1)?;
    }
    Ok(())
}

fn readme_states_exit_codes() -> Result<(), Failed> {
    let readme = read(&root().join("README.md"));
    let missing = tradestat::error::EXIT_CODES
        .iter()
        .filter(|(code, meaning)| !readme.lines().any(|line| line.contains(&code.to_string()) && line.contains(meaning)));
    none("README.md lacks", missing.map(|(code, meaning)| format!("{code} {meaning}")).collect())
}
