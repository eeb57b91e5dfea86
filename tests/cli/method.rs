//! The method written out, changed and broken; the lists of an office.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, run, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::exported_method_is_the_method", export),
        trial("cli::broken_method_stops_before_data_are_read", broken),
        trial("cli::list_that_changes_within_a_month_is_named", changing),
        trial("cli::good_lists_are_imported", good_lists),
        trial("cli::rate_of_a_bank_stands_until_its_next", daily_rates),
        trial("cli::bad_lists_are_refused_by_line", bad_lists),
        trial("cli::gaps_say_what_the_lists_lack", gaps),
    ]
}

/// Contents of the files below a folder, by their names.
fn tree(root: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>, Failed> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next)?.flatten() {
            match entry.path() {
                path if path.is_dir() => folders.push(path),
                path => {
                    found.insert(path.strip_prefix(root)?.to_path_buf(), std::fs::read(&path)?);
                }
            }
        }
    }
    Ok(found)
}

fn export() -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let [first, second] = [&one, &two].map(|path| path.display().to_string());
    holds(&run(&["method", "export", &first], 0)?.stderr, &["wrote ", "files to", "--method"])?;
    run(&["--method", &first, "method", "export", &second], 0)?;
    let exported = tree(&one)?;
    same("the same files", exported == tree(&two)?, true)?;
    let shipped = crate::program::root();
    for name in
        ["sql/compile/account.sql", "reference/datapackage.json", "reference/forms/sad_csv.toml", "reference/profiles/az.toml"]
    {
        same(name, exported.get(Path::new(name)), Some(&std::fs::read(shipped.join(name))?))?;
    }
    // A changed step is the one that is shown.
    let step = one.join("sql/compile/account.sql");
    std::fs::write(&step, std::fs::read_to_string(&step)?.replace("Where the accepted items went", "My own account"))?;
    holds(&run(&["--method", &first, "show", "account"], 0)?.stdout, &["My own account"])?;
    // Numbers and recommendations are named in steps and traces: `show` knows both.
    holds(&run(&["show", "donor_min_items"], 0)?.stdout, &["reference/parameter.csv, line"])?;
    holds(&run(&["show", "R-1.60"], 0)?.stdout, &["reference/method.csv, line", "each trade system"])
}

/// The store is empty, so a run that came to its data would end with exit code 3.
fn broken() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let method = folder.path().join("method");
    let dir = method.display().to_string();
    run(&["method", "export", &dir], 0)?;
    let cases: [(&str, &str, &str, &[&str]); 6] = [
        (
            "sql/validate/V11_partner_unknown.sql",
            "-- severity:",
            "-- severty:",
            &["line ", "unknown header key `severty`", "hint: a key with a similar name exists: `severity`"],
        ),
        (
            "sql/compile/account.sql",
            "from movement_at_border",
            "from movement_at_bordr",
            &["reads `movement_at_bordr`, which no SQL file or code list defines", "`movement_at_border`"],
        ),
        ("sql/compile/account.sql", "sum(item_count)", "sum(itm_count)", &["does not plan", "itm_count"]),
        ("sql/compile/account.sql", "group by", "group buy", &["is not SQL"]),
        ("reference/currency.csv", "currency,name,valid_from,valid_to", "currency,nam,valid_from,valid_to", &["line 1", "nam"]),
        ("reference/currency.csv", "\nAFN,", "\nAED,", &["line ", "the key `AED` stands twice"]),
    ];
    for (name, from, to, says) in cases {
        let path = method.join(name);
        let good = std::fs::read_to_string(&path)?;
        same(&format!("`{from}` is in {name}"), good.contains(from), true)?;
        std::fs::write(&path, good.replacen(from, to, 1))?;
        let said = folder.run(&["--method", &dir, "run", "--period", "2026-03"], 5)?;
        holds(&said.stderr, &[&format!("`{name}`")])?;
        holds(&said.stderr, says)?;
        std::fs::write(&path, good)?;
    }
    let bec = std::fs::read(method.join("reference/bec.csv"))?;
    std::fs::remove_file(method.join("reference/bec.csv"))?;
    let said = folder.run(&["--method", &dir, "run", "--period", "2026-03"], 5)?;
    holds(&said.stderr, &["reference/datapackage.json", "names `bec.csv`, which does not exist"])?;
    std::fs::write(method.join("reference/bec.csv"), bec)?;
    // A number of the method that a step asks for and no row has.
    let parameter = method.join("reference/parameter.csv");
    let good = std::fs::read_to_string(&parameter)?;
    std::fs::write(&parameter, good.replace("\nunit_value_window_months,", "\nunit_value_windw_months,"))?;
    let said = folder.run(&["--method", &dir, "run", "--period", "2026-03"], 5)?;
    holds(
        &said.stderr,
        &[
            "sql/compile/",
            " line ",
            "asks for the parameter `unit_value_window_months`, which no row has",
            "`unit_value_windw_months`",
        ],
    )?;
    std::fs::write(&parameter, good)?;
    // A cell that is not of its type stops the run too, before it is asked whether there are data.
    let text = std::fs::read_to_string(&parameter)?
        .replace("max_held_share,0.05,share of items,1988-01-01", "max_held_share,0.05,share of items,1988-13-01");
    holds(&text, &["1988-13-01"])?;
    std::fs::write(parameter, text)?;
    let said = folder.run(&["--method", &dir, "run", "--period", "2026-03"], 5)?;
    holds(&said.stderr, &["reference/parameter.csv", "`1988-13-01`", "a date like 2026-03-31"])?;
    // The shipped method is whole, so now it is the data that are missing.
    folder.run(&["run", "--period", "2026-03"], 3)?;
    Ok(())
}

/// A month follows one row of a list; who runs it is told of the other.
fn changing() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let method = folder.path().join("method");
    let dir = method.display().to_string();
    run(&["method", "export", &dir], 0)?;
    let path = method.join("reference/procedure.csv");
    let text = std::fs::read_to_string(&path)?;
    let line = text.lines().position(|line| line.starts_with("4000,")).ok_or("no such row")?;
    let whole = text.lines().nth(line).ok_or("no such row")?;
    let (old, new) = (whole.replace("9999-12-31", "2026-03-14"), whole.replace("1992-01-01", "2026-03-15"));
    std::fs::write(&path, text.replace(whole, &format!("{old}\n{new}")))?;
    let items = folder.put("march.csv", file(&[row(&[])]))?;
    folder.run(&["ingest", "--form", "sad_csv", &items], 0)?;
    let said = folder.run(&["--method", &dir, "run", "--period", "2026-03"], 0)?.stderr;
    holds(&said, &["2026-03: the list `procedure` changes on 2026-03-15; it is read once for the month"])?;
    let said = folder.run(&["run", "--period", "2026-03"], 0)?.stderr;
    same("no note of a list as it was", said.contains("it is read once"), false)
}

fn import(folder: &Folder, list: &str, text: &str, code: i32) -> Result<String, Failed> {
    let path = folder.put("list.csv", text)?;
    Ok(folder.run(&["reference", "import", list, &path], code)?.stderr)
}

fn good_lists() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let rates = "date,currency,nominal,rate\n2026-03-10,USD,1,1.7000\n2026-03-11,JPY,100,1.1\n";
    holds(&import(&folder, "rates", rates, 0)?, &["imported 2 rows into `exchange_rate`"])?;
    holds(&import(&folder, "nomenclature", "code,valid_from,valid_to\n0702000000,2022-01-01,\n", 0)?, &["imported 1 rows"])?;
    holds(&import(&folder, "offices", "\u{feff}customs_office,name\n00101,Bakı\n", 0)?, &["imported 1 rows"])?;
    // The day replaces that day of the month's rate, and no other.
    let sql = "select valid_from, valid_to, rate from exchange_rate where reporter_currency = 'AZN' and currency = 'JPY'
         and valid_from between '2026-03-01' and '2026-03-31' order by 1";
    let found = folder.query(sql)?;
    same(
        "days",
        found.iter().map(|row| &row[..21]).collect::<Vec<_>>(),
        vec!["2026-03-01,2026-03-10", "2026-03-11,2026-03-11", "2026-03-12,2026-03-31"],
    )?;
    same("rate for one yen", found[1].as_str(), "2026-03-11,2026-03-11,0.0110000000")?;
    let codes = folder.query("select code, valid_from, valid_to from national_commodity")?;
    same("codes", codes, vec!["0702000000,2022-01-01,9999-12-31".to_string()])?;
    same("offices", folder.query("select customs_office, name from customs_office")?, vec!["00101,Bakı".to_string()])
}

/// 6 and 27 February 2026 are Fridays, 9 February a Monday: a bank's rate of Friday stands over the weekend.
fn daily_rates() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let euro = || {
        folder.query(
            "select valid_from, valid_to, rate from exchange_rate where reporter_currency = 'AZN' and currency = 'EUR'
             and valid_from >= '2026-02-01' and source like 'imported%' order by 1",
        )
    };
    let february =
        "date,currency,nominal,rate\n2026-02-06,EUR,1,2.1\n2026-02-09,EUR,1,2.2\n2026-02-27,EUR,1,2.3\n2026-02-10,JPY,100,1.1\n";
    import(&folder, "rates", february, 0)?;
    let rows = |rows: &[&str]| rows.iter().map(|row| (*row).to_string()).collect::<Vec<_>>();
    let first =
        ["2026-02-06,2026-02-08,2.1000000000", "2026-02-09,2026-02-26,2.2000000000", "2026-02-27,2026-03-01,2.3000000000"];
    same("a rate stands until the next", euro()?, rows(&first))?;
    let around = folder.query(
        "select valid_from, valid_to from exchange_rate where reporter_currency = 'AZN' and currency = 'EUR'
         and valid_to between '2026-02-01' and '2026-02-05' or valid_from = '2026-03-02' and currency = 'EUR' order by 1",
    )?;
    same("the shipped list around them", around, rows(&["2026-02-01,2026-02-05", "2026-03-02,2026-03-31"]))?;
    // The next file goes on where this one ends, and gives a day again.
    import(&folder, "rates", "date,currency,nominal,rate\n2026-03-04,EUR,1,2.4\n2026-02-09,EUR,1,2.25\n", 0)?;
    let second = [
        "2026-02-06,2026-02-08,2.1000000000",
        "2026-02-09,2026-02-26,2.2500000000",
        "2026-02-27,2026-03-03,2.3000000000",
        "2026-03-04,2026-03-04,2.4000000000",
    ];
    same("over two files", euro()?, rows(&second))?;
    // A month without any rate is not covered by the rate before it.
    import(&folder, "rates", "date,currency,nominal,rate\n2026-05-04,EUR,1,2.5\n", 0)?;
    same("a gap", euro()?[3].as_str(), "2026-03-04,2026-03-04,2.4000000000")
}

/// The file and line are the sender's, and the list stays as it was.
fn bad_lists() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let cases: [(&str, &str, &[&str]); 10] = [
        (
            "rates",
            "date,currency,rate\n2026-03-10,USD,1\n",
            &["line 1", "column `nominal` is missing", "hint: columns: date,currency,nominal,rate"],
        ),
        (
            "rates",
            "date,currency,nominal,rate\n2026-03-10,USD,1,1.7\n2026-03-11,JPY,100,x\n",
            &["line 3", "rate `x` for `100` units"],
        ),
        ("rates", "date,currency,nominal,rate\n2026-03-10,USD,0,1.7\n", &["line 2", "for `0` units"]),
        ("rates", "date,currency,nominal,rate\n2026-02-30,USD,1,1.7\n", &["line 2", "`2026-02-30` is not a date"]),
        (
            "rates",
            "date,currency,nominal,rate\n2026-03-10,USD,1,1.7\n2026-03-10,usd,1,1.8\n",
            &["line 3", "USD on 2026-03-10 stands twice"],
        ),
        ("nomenclature", "code\n0702000000\n0702000000\n", &["line 3", "`0702000000` stands twice"]),
        ("nomenclature", "code,valid_from\n0702000000,2022-13-01\n", &["line 2", "`2022-13-01` is not a date"]),
        ("nomenclature", "code,valid_from\n,2022-01-01\n", &["line 2", "`code` is empty"]),
        (
            "offices",
            "customs_office,nme\n00101,Baku\n",
            &["line 1", "column `nme` is not known", "optional: valid_from,valid_to,name"],
        ),
        ("offices", "customs_office,name\n", &["line 1", "the file has no rows"]),
    ];
    for (list, text, says) in cases {
        let said = import(&folder, list, text, 5)?;
        holds(&said, &["list.csv"])?;
        holds(&said, says)?;
    }
    same("no list was touched", folder.path().join("reference").exists(), false)?;
    holds(&folder.run(&["reference", "import", "rates", "absent.csv"], 3)?.stderr, &["cannot read `absent.csv`"])
}

fn gaps() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let rows = [
        row(&[]),
        // A day for which no list has a rate, and a currency that no list has.
        row(&[("declaration_id", "26AZ1002"), ("acceptance_date", "2026-03-11"), ("invoice_currency", "XXQ")]),
    ];
    let path = folder.put("one.csv", file(&rows))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    let said = folder.run(&["reference", "gaps", "--period", "2026-03"], 0)?.stdout;
    holds(&said, &["XXQ"])
}
