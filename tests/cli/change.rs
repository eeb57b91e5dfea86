//! The January assistant, and trade converted to another edition, in a store with both.

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::every_code_of_every_edition_is_linked_or_known_not_to_be", links),
        trial("cli::new_edition_changes_the_codes_in_use", editions),
        trial("cli::new_national_list_changes_the_codes_in_use", national),
        trial("cli::change_needs_two_editions_or_a_day", wrong),
        trial("cli::bec5_is_imported", bec5),
    ]
}

/// Codes without a link to some other edition: those the tables of the United Nations lack.
/// Every linked code has one target and one kind.
fn links() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let unlinked = "select commodity.edition, other.edition, commodity.code from commodity \
                    cross join (select distinct edition from commodity) as other \
                    left anti join hs_link on hs_link.from_edition = commodity.edition and hs_link.to_edition = other.edition \
                    and hs_link.from_hs6 = commodity.code \
                    where commodity.level = 6 and other.edition <> commodity.edition and commodity.code not like '2710%' order by 1, 2, 3";
    let known = ["HS1992,HS2007,380999", "HS1992,HS2012,380999", "HS2007,HS2012,291636", "HS2017,HS2022,300219"];
    same("codes without a link", folder.query(unlinked)?, known.map(String::from).to_vec())?;
    let targets = "select count(*) from hs_link where from_edition = 'HS2017' group by to_edition, from_hs6 \
                   having sum(case when is_target then 1 else 0 end) <> 1 or count(distinct kind) <> 1";
    same("codes without one target and one kind", folder.query(targets)?.len(), 0)?;
    let unknown = "select to_hs6 from hs_link left anti join commodity on commodity.edition = hs_link.to_edition \
                   and commodity.code = hs_link.to_hs6 where hs_link.from_edition = 'HS2022'";
    same("links to codes that no edition has", folder.query(unknown)?.len(), 0)
}

/// December 2021 in HS 2017, January 2022 in HS 2022: dried mushrooms split one to three,
/// telephones split with no trade by the new codes.
fn editions() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let item = |id: &str, day: &str, code: &str, value: &str| {
        row(&[("declaration_id", id), ("acceptance_date", day), ("commodity_code", code), ("statistical_value", value)])
    };
    let rows = [
        item("21AZ1", "2021-12-10", "0712390000", "100.01"),
        item("21AZ2", "2021-12-10", "8517120000", "300"),
        item("21AZ3", "2021-12-10", "2709009000", "50"),
        item("22AZ1", "2022-01-10", "0712340000", "30"),
        item("22AZ2", "2022-01-10", "0712390000", "10"),
    ];
    let path = folder.put("both.csv", file(&rows))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    folder.run(&["run", "--period", "2022-01"], 0)?;

    let said = folder.run(&["reference", "change", "--from", "hs2017", "--to", "2022", "--format", "csv"], 0)?;
    let lines: Vec<&str> = said.stdout.lines().collect();
    same(
        "columns",
        lines[0],
        "code,change,kind,code_ends,series_breaks,import_value,export_value,successor,other_successors,collecting_successors,predecessors,unit,successor_unit",
    )?;
    same("telephones", lines[1].starts_with("851712,splits,n:m,true,true,300.000000,,851713,851714,852411 "), true)?;
    same("mushrooms", lines[2], "071239,splits,1:n,false,true,100.010000,,071239,071234,,,kg,kg")?;
    holds(&said.stdout, &["\n071234,appears,,false,false,,,,,,071239,,kg\n", "\n851713,appears,,false,false,,,,,,851712,,u\n"])?;
    same("crude oil does not change", said.stdout.contains("2709"), false)?;
    holds(&said.stderr, &["2 series break"])?;
    let json = folder
        .run(&["reference", "change", "--from", "hs2022", "--to", "hs2017", "--period", "2022-01", "--format", "json"], 0)?;
    let first: serde_json::Value = serde_json::from_str(json.stdout.lines().next().ok_or("a line")?)?;
    same(
        "backwards",
        (first["code"].as_str(), first["change"].as_str(), first["successor"].as_str()),
        (Some("071234"), Some("merges"), Some("071239")),
    )?;

    let converted = "select hs6, statistical_value, target_value, uncertain_value from converted_trade \
                     where edition = 'HS2022' and period = '2021-12-01' order by hs6";
    let expected = [
        "071234,75.007500,0.000000,0.000000",
        "071239,25.002500,100.010000,0.000000",
        "270900,50.000000,50.000000,0.000000",
        "851713,150.000000,300.000000,150.000000",
        "851714,150.000000,0.000000,150.000000",
    ];
    same("December in HS 2022", folder.query(converted)?, expected.map(String::from).to_vec())?;
    let mut here =
        folder.query("select edition, hs6, statistical_value from converted_trade where edition in ('HS2017', 'HS2022')")?;
    here.sort();
    same("two editions, one after the other", convert(&folder, &["--to", "hs2022", "--to", "2017"])?, here)?;
    let months = convert(&folder, &["--to", "hs2022", "--period", "2022-01"])?;
    same("January alone", months, vec!["HS2022,071234,30.000000".to_string(), "HS2022,071239,10.000000".to_string()])?;
    // 450.01 of December and 40 of January, whatever the edition: nothing is lost on the way.
    let all = convert(&folder, &[])?;
    let sums = ["HS1992", "HS1996", "HS2002", "HS2007", "HS2012", "HS2017", "HS2022"].map(|edition| {
        let values = all
            .iter()
            .filter(|line| line.starts_with(edition))
            .filter_map(|line| line.rsplit(',').next()?.replace('.', "").parse::<u64>().ok());
        values.sum::<u64>()
    });
    same("every edition has all trade", sums, [490_010_000; 7])?;
    let weights = "select count(*) from hs_conversion where from_edition = 'HS2017' and to_edition = 'HS2022' \
                   group by from_hs6 having sum(weight) <> 1 or min(weight) < 0";
    same("codes whose weights do not sum to one", folder.query(weights)?.len(), 0)?;
    let shares = "select kind, statistical_value, value_share from hs_conversion_share \
                  where from_edition = 'HS2017' and to_edition = 'HS2022' and statistical_value > 0 order by kind";
    let expected = ["1:1,50.000000,0.111109", "1:n,100.010000,0.222240", "n:m,300.000000,0.666652"];
    same("shares of 450.01", folder.query(shares)?, expected.map(String::from).to_vec())
}

/// Edition, subheading and value of the lines that `reference convert` prints, sorted.
fn convert(folder: &Folder, more: &[&str]) -> Result<Vec<String>, Failed> {
    let mut args = vec!["reference", "convert", "--format", "csv"];
    args.extend_from_slice(more);
    let said = folder.run(&args, 0)?.stdout;
    let mut lines = said.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let header = lines.next().ok_or("a line of names")?;
    let at = |name: &str| header.iter().position(|column| *column == name).ok_or_else(|| format!("no column `{name}`"));
    let (edition, hs6, value) = (at("edition")?, at("hs6")?, at("statistical_value")?);
    let mut found: Vec<String> = lines.map(|line| [line[edition], line[hs6], line[value]].join(",")).collect();
    found.sort();
    Ok(found)
}

fn national() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let list = folder.put(
        "codes.csv",
        "code,valid_from,valid_to\n0702000000,2022-01-01,2026-12-31\n0702000010,2027-01-01,\n0702000090,2027-01-01,\n2709009000,2022-01-01,\n",
    )?;
    folder.run(&["reference", "import", "nomenclature", &list], 0)?;
    // Before there is trade, everything that changes is listed.
    let said = folder.run(&["reference", "change", "--on", "2027-01-01", "--format", "csv"], 0)?;
    same(
        "codes",
        said.stdout.lines().skip(1).map(|line| line.split(',').next().unwrap_or_default()).collect(),
        vec!["0702000000", "0702000010", "0702000090"],
    )?;
    holds(&said.stderr, &["no trade before 2027-01-01 is in the store"])?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    folder.run(&["run", "--period", "2026-03"], 0)?;
    let said = folder.run(&["reference", "change", "--on", "2027-01-01", "--format", "csv"], 0)?;
    holds(&said.stdout, &["\n0702000000,splits,1:n,true,true,1500.000000,,,0702000010 0702000090,\n"])?;
    // The item came in March: a list that begins in April does not have its code that day.
    let later = folder.put("later.csv", "code,valid_from,valid_to\n0702000000,2026-04-01,\n")?;
    folder.run(&["reference", "import", "nomenclature", &later], 0)?;
    holds(&folder.run(&["reference", "gaps", "--period", "2026-03"], 0)?.stdout, &["0702000000", "not valid on the day"])
}

fn wrong() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    holds(&folder.run(&["reference", "convert", "--to", "hs2023"], 2)?.stderr, &["no edition is called `hs2023`"])?;
    holds(&folder.run(&["reference", "convert"], 3)?.stderr, &["no month was compiled yet", "hint: run `tradestat run"])?;
    let cases: [(&[&str], i32, &[&str]); 6] = [
        (&[], 2, &["--from <EDITION>"]),
        (&["--from", "hs2017"], 2, &["--to <EDITION>"]),
        (&["--from", "hs2017", "--to", "hs2022", "--on", "2027-01-01"], 2, &["cannot be used with"]),
        (&["--from", "hs2017", "--to", "hs2023"], 2, &["no edition is called `hs2023`", "editions: HS1992, "]),
        (&["--from", "2022", "--to", "hs2022"], 2, &["nothing changes"]),
        (&["--on", "2027-01-01"], 3, &["no national codes are imported", "reference import nomenclature"]),
    ];
    for (args, code, says) in cases {
        let args: Vec<&str> = ["reference", "change"].iter().chain(args).copied().collect();
        let said = folder.run(&args, code)?;
        holds(&said.stderr, says)?;
        same("stdout", said.stdout.as_str(), "")?;
    }
    Ok(())
}

fn bec5() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let good = folder.put("good.csv", "commodity_edition,hs6,bec5\nHS2022,270900,211\n")?;
    folder.run(&["reference", "import", "bec5", &good], 0)?;
    same(
        "the class",
        folder.query("select bec5 from subheading_class where edition = 'HS2022' and hs6 = '270900'")?,
        vec!["211".to_string()],
    )?;
    let bad = folder.put("bad.csv", "commodity_edition,hs6,bec5\nHS2022,270900,999\n")?;
    holds(&folder.run(&["reference", "import", "bec5", &bad], 5)?.stderr, &["`999` is not in list `bec5_code`"])
}
