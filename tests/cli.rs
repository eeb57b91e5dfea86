//! What a user meets at the command line: help, definitions, questions, the store, the lists.

mod broken;
mod change;
mod data;
mod document;
mod method;
mod mirror;
mod mistake;
mod period;
mod print;
mod rekey;
mod report;
mod store;
mod trace;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;

use clap::CommandFactory;
use libtest_mimic::{Failed, Trial};
use tradestat::cli::Cli;
use tradestat::error::EXIT_CODES;

use crate::program::{Folder, holds, run, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("cli::commands_check_themselves", || {
            Cli::command().debug_assert();
            Ok(())
        }),
        trial("cli::help_is_the_first_page", help),
        trial("cli::wrong_command_lines_are_told_a_way_out", wrong_commands),
        trial("cli::show_prints_every_kind_of_definition", show),
        trial("cli::show_knows_similar_names", show_unknown),
        trial("cli::completions_and_manual_come_from_the_commands", generated),
        trial("cli::init_refuses_a_second_time_and_keeps_the_key_to_its_owner", init),
        trial("cli::wrong_configuration_is_named", configuration),
        trial("cli::wrong_key_is_refused", wrong_key),
        trial("cli::progress_is_json_lines_on_stderr", json_events),
    ];
    trials.extend(broken::trials());
    trials.extend(change::trials());
    trials.extend(data::trials());
    trials.extend(rekey::trials());
    trials.extend(mistake::trials());
    trials.extend(document::trials());
    trials.extend(method::trials());
    trials.extend(mirror::trials());
    trials.extend(period::trials());
    trials.extend(print::trials());
    trials.extend(report::trials());
    trials.extend(store::trials());
    trials.extend(trace::trials());
    trials
}

fn help() -> Result<(), Failed> {
    let help = run(&["--help"], 0)?.stdout;
    for command in Cli::command().get_subcommands() {
        let line = help.lines().find(|line| line.starts_with(&format!("  {} ", command.get_name())));
        let says = line.is_some_and(|line| line.trim() != command.get_name());
        same(&format!("help explains `{}`", command.get_name()), says, true)?;
    }
    for (code, meaning) in EXIT_CODES {
        holds(&help, &[&format!("  {code:<4} {meaning}\n")])?;
    }
    same("lines are narrow", help.lines().all(|line| line.chars().count() <= 100), true)?;
    same("no arguments are a wrong command line", run(&[], 2)?.stderr.contains("Usage: tradestat"), true)
}

fn wrong_commands() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let cases: [(&[&str], &[&str]); 9] = [
        (&["frobnicate"], &["unrecognized subcommand 'frobnicate'"]),
        (&["ingest", "x.csv"], &["--form <FORM>"]),
        (
            &["ingest", "--form", "sad_cvs", "x.csv"],
            &["no form is called `sad_cvs`", "hint: a form with a similar name exists: `sad_csv`"],
        ),
        (
            &["ingest", "--form", "sad_csv", "--received", "2026-02-30", "x.csv"],
            &["`2026-02-30` is not a date", "hint: write --received"],
        ),
        (&["run", "--period", "2026-13"], &["`2026-13` is not a period", "hint: write a period as 2026-03, 2026-Q1 or 2026"]),
        (&["query", "select 1", "--as-of", "soon"], &["`soon` is not a moment", "hint: write a date"]),
        (&["--memory-limit", "5x", "store", "list"], &["`5x` is not a size like 600M or 2G"]),
        (&["query", "select * from itm"], &["the query fails", "itm", "hint: "]),
        (&["query", "selec 1"], &["the query fails", "selec"]),
    ];
    for (args, says) in cases {
        holds(&folder.run(args, 2)?.stderr, says)?;
    }
    let elsewhere = folder.path().join("inbox").display().to_string();
    let said = run(&["-C", &elsewhere, "store", "list"], 5)?;
    holds(
        &said.stderr,
        &["tradestat.toml", "this is not a working folder", "hint: make one with `tradestat init DIR --profile az`"],
    )
}

fn show() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let cases: [(&str, &[&str]); 12] = [
        ("statistical_value", &["field statistical_value of item", "type     decimal number", "SAD box  46"]),
        ("item", &["relation item", "declaration_id", "line_no"]),
        ("sad_csv", &["form sad_csv (reference/forms/sad_csv.toml)", "procedure_code"]),
        ("F03", &["fault F03: a quote is opened and not closed"]),
        ("V22", &["(sql/validate/V22_", "severity", "select"]),
        ("trade_by_partner", &["(sql/compile/trade_by_partner.sql)", "grain", "reads", "select"]),
        ("T03", &["(sql/tables/T03_trade_by_partner.sql)", "unit"]),
        ("t03_trade_by_partner", &["(sql/tables/T03_trade_by_partner.sql)"]),
        // A field and a list of one name, a profile, columns that only tables have.
        ("exchange_rate", &["field exchange_rate of item", "list exchange_rate: "]),
        ("kr", &["profile kr (reference/profiles/kr.toml)", "statistical_currency"]),
        ("export_share", &["column export_share: Exports: Share of the year to date, %", "tables   T03, T04,"]),
        ("country", &["list country", "rows, unverified)", "source", "key      country, valid_from", "alpha3"]),
    ];
    for (name, says) in cases {
        holds(&folder.run(&["show", name], 0)?.stdout, says)?;
    }
    let names = folder.run(&["show"], 0)?.stdout;
    holds(
        &names,
        &["profiles: az, kr\n", "forms: ", "rules: V01, V01_key_field_empty", "tables: ", "fields: ", "published columns: "],
    )?;
    let columns = names.lines().find_map(|line| line.strip_prefix("published columns: ")).ok_or("columns are listed")?;
    let columns: Vec<&str> = columns.split(", ").collect();
    same("columns", ["month_growth", "export_share", "partner_name"].iter().all(|name| columns.contains(name)), true)?;
    same("words of SQL", ["by", "case", "0"].iter().any(|name| columns.contains(name)), false)?;
    // A definition needs no working folder.
    holds(&run(&["-C", "/nowhere", "show", "F03"], 0)?.stdout, &["fault F03"])
}

fn show_unknown() -> Result<(), Failed> {
    for (name, hint) in [
        ("contry", "hint: a similar name exists: `country`"),
        ("staistical_value", "hint: a similar name exists: `statistical_value`"),
        ("qqqqqqqqqqqqqqqqqqqqqqqq", "hint: `tradestat show` alone lists every kind and name"),
    ] {
        let said = run(&["show", name], 2)?;
        holds(&said.stderr, &[&format!("nothing is called `{name}`"), hint])?;
        same("stdout", said.stdout.as_str(), "")?;
    }
    Ok(())
}

fn generated() -> Result<(), Failed> {
    for shell in ["bash", "zsh", "fish"] {
        holds(&run(&["completions", shell], 0)?.stdout, &["tradestat", "ingest", "memory-limit"])?;
    }
    let page = run(&["man"], 0)?.stdout;
    holds(&page, &[".TH tradestat", "foreign\\-trade", "Exit codes:"])?;
    // Every page that it names can be made.
    let folder = Folder::new("az")?;
    let pages = folder.path().join("man");
    folder.run(&["man", "--dir", &pages.display().to_string()], 0)?;
    for command in ["ingest", "mirror", "method-document", "store-check"] {
        same(command, pages.join(format!("tradestat-{command}.1")).is_file(), true)?;
    }
    Ok(())
}

fn init() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let key = folder.path().join("pseudonym.key");
    let secret = std::fs::read_to_string(&key)?;
    same("mode of the key", std::fs::metadata(&key)?.permissions().mode() & 0o777, 0o600)?;
    same("length of the key", secret.trim().len(), 64)?;
    same(
        "no second key is the same",
        secret == std::fs::read_to_string(Folder::new("az")?.path().join("pseudonym.key"))?,
        false,
    )?;
    let said = run(&["init", &folder.text()], 2)?;
    holds(&said.stderr, &["is a working folder already", "hint: choose another folder"])?;
    same("the key is kept", std::fs::read_to_string(&key)?, secret)?;
    let other = folder.path().join("other").display().to_string();
    holds(&run(&["init", &other, "--profile", "xx"], 5)?.stderr, &["no profile `xx`", "hint: profiles: az, kr"])
}

fn configuration() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.path().join("tradestat.toml");
    let good = std::fs::read_to_string(&path)?;
    for (from, to, says) in [
        ("store  ", "stoer  ", "unknown field `stoer`"),
        ("profile = \"az\"", "profile = \"xx\"", "no profile `xx`"),
        ("profile = \"az\"", "profile = 7", "expected a string"),
    ] {
        holds(&good, &[from])?;
        std::fs::write(&path, good.replace(from, to))?;
        holds(&folder.run(&["store", "list"], 5)?.stderr, &["tradestat.toml", says, "hint: "])?;
    }
    Ok(())
}

fn wrong_key() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let key = folder.path().join("pseudonym.key");
    for wrong in ["", "abc", "zz".repeat(32).as_str(), "é".repeat(40).as_str()] {
        std::fs::write(&key, wrong)?;
        let said = folder.run(&["ingest", "--form", "sad_csv", &good], 5)?;
        holds(
            &said.stderr,
            &["pseudonym.key", "is not a key of at least 32 bytes in hexadecimal", "hint: restore it from the backup"],
        )?;
    }
    std::fs::remove_file(&key)?;
    holds(&folder.run(&["ingest", "--form", "sad_csv", &good], 3)?.stderr, &["cannot read", "pseudonym.key"])
}

fn json_events() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", file(&[row(&[])]))?;
    let said = folder.run(&["--json", "ingest", "--form", "sad_csv", &good], 0)?;
    let mut kinds = BTreeSet::new();
    for line in said.stderr.lines() {
        let event: serde_json::Value = serde_json::from_str(line).map_err(|e| format!("{e}: {line}"))?;
        kinds.insert(event["event"].as_str().ok_or("an event has its kind")?.to_string());
    }
    same("events", kinds, ["advanced", "finished", "note", "started"].map(String::from).into())?;
    same("stdout", said.stdout.as_str(), "")?;
    let said = folder.run(&["--json", "query", "select count(*) as n from item", "--format", "json"], 0)?;
    same("data", said.stdout.as_str(), "{\"n\":1}\n")?;
    same("stderr", said.stderr.as_str(), "")
}
