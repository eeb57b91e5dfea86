//! Ingest in its ways, questions in every format, and looking after the store.

use std::path::Path;

use flate2::Compression;
use flate2::read::GzEncoder;
use libtest_mimic::{Failed, Trial};
use std::io::Read;

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, row};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("cli::codes_survive_in_every_format", codes),
        trial("cli::query_cannot_write", query_cannot_write),
        trial("cli::names_that_nothing_has_are_told_what_is_meant", unknown_names),
        trial("cli::a_reader_of_messages_may_go_away", messages_unread),
        trial("cli::folder_glob_gzip_and_zstd_give_the_same_items", ways_of_ingest),
        trial("cli::same_bytes_twice_are_one_batch", twice),
        trial("cli::a_form_put_right_is_told_of_a_file_read_before", other_form),
        trial("cli::sniff_proposes_a_form_and_reads_nothing_in", sniff),
        trial("cli::amounts_in_another_currency_are_told", currencies),
        trial("cli::control_totals_are_compared", control),
        trial("cli::control_totals_that_compare_nothing_are_refused", odd_control),
        trial("cli::withdrawn_batch_frees_its_bytes", withdraw),
        trial("cli::store_is_listed_oldest_first", list),
        trial("cli::join_with_a_list_that_has_a_code_twice", repeated_codes),
    ]
}

pub(super) fn ingest(folder: &Folder, path: &str) -> Result<String, Failed> {
    Ok(folder.run(&["ingest", "--form", "sad_csv", path], 0)?.stderr)
}

/// `NA` is Namibia, offices and codes begin with zeros, dots in a commodity code go.
fn codes() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let namibia = row(&[
        ("declaration_id", "007"),
        ("origin_country", "NA"),
        ("commodity_code", "0101.21.0000"),
        ("customs_office", "00101"),
        ("transaction_nature", "01"),
        ("statistical_value", "9007199254740993.01"),
    ]);
    ingest(&folder, &folder.put("codes.csv", file(&[namibia]))?)?;
    let sql = "select declaration_id, origin_country, commodity_code, hs6, customs_office, transaction_nature, statistical_value, version from item";
    let query = |format: &str| folder.run(&["query", sql, "--format", format], 0).map(|said| said.stdout);
    let csv = "declaration_id,origin_country,commodity_code,hs6,customs_office,transaction_nature,statistical_value,version\n\
               007,NA,0101210000,010121,00101,01,9007199254740993.01,\n";
    same("csv", query("csv")?.as_str(), csv)?;
    let json = "{\"declaration_id\":\"007\",\"origin_country\":\"NA\",\"commodity_code\":\"0101210000\",\"hs6\":\"010121\",\
                \"customs_office\":\"00101\",\"transaction_nature\":\"01\",\"statistical_value\":9007199254740993.01,\"version\":null}\n";
    same("json", query("json")?.as_str(), json)?;
    holds(&query("table")?, &["| 007 ", "| NA ", "| 0101210000 ", "| 00101 ", "| 9007199254740993.01 "])?;
    let said = folder.run(&["query", "select null as a, cast(null as int) as b", "--format", "json"], 0)?;
    same("nulls", said.stdout.as_str(), "{\"a\":null,\"b\":null}\n")?;
    // One object a line, also of several rows.
    let said =
        folder.run(&["query", "select country from country where country in ('NA', 'NE') order by 1", "--format", "json"], 0)?;
    same("json lines", said.stdout.as_str(), "{\"country\":\"NA\"}\n{\"country\":\"NE\"}\n")?;
    parquet(&folder, sql)
}

/// What a researcher's program finds in the Parquet of a query.
fn parquet(folder: &Folder, sql: &str) -> Result<(), Failed> {
    use datafusion::parquet::file::reader::{FileReader, SerializedFileReader};
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_tradestat"))
        .args(["-C", &folder.text(), "query", sql, "--format", "parquet"])
        .output()?;
    same("exit code", out.status.code(), Some(0))?;
    same("magic bytes", (&out.stdout[..4], &out.stdout[out.stdout.len() - 4..]), (&b"PAR1"[..], &b"PAR1"[..]))?;
    let path = folder.put("answer.parquet", &out.stdout)?;
    let reader = SerializedFileReader::new(std::fs::File::open(path)?)?;
    let rows = reader.get_row_iter(None)?.collect::<Result<Vec<_>, _>>()?;
    let text: Vec<String> = rows.iter().map(ToString::to_string).collect();
    same("rows", text.len(), 1)?;
    holds(&text[0], &["declaration_id: \"007\"", "origin_country: \"NA\"", "hs6: \"010121\"", "9007199254740993.01"])
}

fn query_cannot_write() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let target = folder.put("target.csv", "kept")?;
    for sql in [
        "create table t as select 1".to_string(),
        "insert into currency select * from currency".to_string(),
        "drop table item".to_string(),
        "set datafusion.execution.batch_size = 1".to_string(),
        format!("copy (select 1) to '{target}'"),
        format!("create external table t stored as csv location '{target}'"),
        "select 1; drop table item".to_string(),
    ] {
        holds(&folder.run(&["query", &sql], 2)?.stderr, &["the query fails"])?;
    }
    same("target", std::fs::read_to_string(target)?, "kept".to_string())
}

fn unknown_names() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    for (args, says) in [
        (
            &["query", "select * from itm"][..],
            ["no relation, list or table is called `itm`", "hint: a similar name exists: `item`"],
        ),
        (&["query", "select * from scoped_item"], ["is called `scoped_item`", "is a step of the method whose rows are not kept"]),
        (&["query", "select * from T03"], ["is called `t03`", "`T03_trade_by_partner` is a step of the method"]),
        (&["query", "select partnr from country"], ["the query fails: No field named partnr", "hint: `tradestat show NAME`"]),
        (&["show", "sad"], ["nothing is called `sad`", "hint: a similar name exists: `sad_csv`"]),
        (&["close", "march"], ["`march` is not a period", "hint: write a period as 2026-03"]),
        (&["--slice", "0", "store", "list"], ["`0` is not a number of items from 1 on", "--help"]),
        (
            &["trace", "T99", "--row", "partner=TR", "--column", "imports"],
            ["no published table is called `T99`", "hint: tables: C01, T01, T03, T04"],
        ),
    ] {
        holds(&folder.run(args, 2)?.stderr, &says)?;
    }
    let said = folder.run(&["trace", "T03", "--row", "partner=TR", "--column", "imports", "--period", "2020-01"], 3)?;
    holds(&said.stderr, &["no release of 2020-01", "tradestat run --period 2020-01"])
}

/// `tradestat ... 2>&1 | head`: the work goes on, and its exit code is its own.
fn messages_unread() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut program = std::process::Command::new(env!("CARGO_BIN_EXE_tradestat"))
        .args(["-C", &folder.text(), "ingest", "--form", "sad_csv", "absent.csv"])
        .stderr(std::process::Stdio::piped())
        .spawn()?;
    drop(program.stderr.take());
    same("exit code", program.wait()?.code(), Some(3))
}

fn gz(bytes: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut packed = Vec::new();
    GzEncoder::new(bytes, Compression::fast()).read_to_end(&mut packed)?;
    Ok(packed)
}

/// What the items say, whatever batch they came in.
pub(super) fn content(folder: &Folder) -> Result<Vec<String>, Failed> {
    folder.query(
        "select declaration_id, item_no, commodity_code, net_mass_kg, statistical_value, acceptance_date from item order by 1, 2",
    )
}

fn ways_of_ingest() -> Result<(), Failed> {
    let one = file(&[row(&[]), row(&[("item_no", "2"), ("net_mass_kg", "1.5")])]);
    let two = file(&[row(&[("declaration_id", "26AZ1002")])]);
    let expected = [
        "26AZ1001,1,0702000000,900.000,1500.00,2026-03-10",
        "26AZ1001,2,0702000000,1.500,1500.00,2026-03-10",
        "26AZ1002,1,0702000000,900.000,1500.00,2026-03-10",
    ];
    let expected = expected.map(String::from).to_vec();
    // A folder, with what lies deeper and without what is hidden.
    let folder = Folder::new("az")?;
    let inbox = folder.path().join("inbox");
    std::fs::create_dir_all(inbox.join("deep"))?;
    std::fs::write(inbox.join("one.csv.gz"), gz(one.as_bytes())?)?;
    std::fs::write(inbox.join("deep/two.csv.zst"), zstd::encode_all(two.as_bytes(), 3)?)?;
    std::fs::write(inbox.join(".hidden.csv"), "no declaration")?;
    let said = ingest(&folder, &inbox.display().to_string())?;
    holds(&said, &["one.csv.gz: lines 2 = items 2 + faulted lines 0", "two.csv.zst: lines 1 = items 1 + faulted lines 0"])?;
    same("folder", content(&folder)?, expected.clone())?;
    // A glob, as it comes from a shell that does not know it.
    let folder = Folder::new("az")?;
    let one = folder.put("one.csv", one)?;
    folder.put("two.csv", two)?;
    folder.put("three.txt", "no declaration")?;
    let parent = Path::new(&one).parent().ok_or("it lies in a folder")?.display().to_string();
    // What an editor leaves beside a file is not read, unless it is asked for.
    folder.put(".two.csv", "no declaration")?;
    ingest(&folder, &format!("{parent}/*.csv"))?;
    same("glob", content(&folder)?, expected)?;
    let of =
        |pattern: &str| folder.run(&["ingest", "--form", "sad_csv", &format!("{parent}/{pattern}")], 3).map(|said| said.stderr);
    holds(&of("?two.csv")?, &["no file matches", "hint: files whose names begin with a dot are not read"])?;
    holds(&of(".*.csv")?, &[".two.csv` is not of form `sad_csv`"])
}

fn twice() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    let first = ingest(&folder, &path)?;
    let copy = folder.put("copy.csv", file(&[row(&[])]))?;
    let before = folder.run(&["store", "list"], 0)?.stdout;
    for path in [path, copy] {
        holds(&ingest(&folder, &path)?, &["read in before with this form; nothing changed"])?;
    }
    holds(&first, &["lines 1 = items 1 + faulted lines 0; faults 0; batch "])?;
    same("store", folder.run(&["store", "list"], 0)?.stdout, before)?;
    same("items", content(&folder)?.len(), 1)
}

/// The batch stays as the form was; what to do about it is said, for the same items twice would be worse.
fn other_form() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    ingest(&folder, &path)?;
    let first = batch(&folder)?;
    let method = folder.path().join("method");
    let dir = method.display().to_string();
    folder.run(&["method", "export", &dir], 0)?;
    let form = method.join("reference/forms/sad_csv.toml");
    let shipped = std::fs::read_to_string(&form)?;
    let again = || Ok::<_, Failed>(folder.run(&["--method", &dir, "ingest", "--form", "sad_csv", &path], 0)?.stderr);
    std::fs::write(&form, format!("# A remark changes nothing.\n{shipped}"))?;
    same("remark", again()?.contains("has changed since"), false)?;
    std::fs::write(&form, format!("null_when = [\"-\"]\n{shipped}"))?;
    holds(
        &again()?,
        &["nothing changed", "form `sad_csv` has changed since", &format!("tradestat store withdraw {first} --why")],
    )?;
    folder.run(&["store", "withdraw", &first, "--why", "the form changed"], 0)?;
    holds(&again()?, &["lines 1 = items 1"])?;
    same("then", again()?.contains("has changed since"), false)?;
    same("items", content(&folder)?.len(), 1)
}

fn sniff() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("file.csv", file(&[row(&[])]).replace(',', ";"))?;
    let said = folder.run(&["ingest", "--sniff", &path], 0)?;
    holds(
        &said.stdout,
        &["separator ';'", "form `sad_csv` has 100 percent", "layout    = \"delimited\"", "separator = \";\"", "[field]"],
    )?;
    // Data alone on stdout: remarks, and the keys of a form. What it is tried on is said.
    let above: Vec<&str> = said.stdout.lines().take_while(|line| !line.starts_with("title")).collect();
    same("lines that are no remarks", above.iter().filter(|line| !line.starts_with('#') && !line.is_empty()).count(), 0)?;
    holds(&said.stderr, &["file.csv", "separator ';'", "the proposal reads 1 lines without a fault"])?;
    same("items", content(&folder)?.len(), 0)?;
    holds(&folder.run(&["ingest", "--sniff", "--form", "sad_csv", &path], 2)?.stderr, &["cannot be used with"])
}

/// The profile's dollars are not told, nor an amount that says no currency; the numbers stay as they are.
fn currencies() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let sample = include_str!("../forms/wco_xml/sample.xml");
    let sum = |from: &str| folder.query(&format!("select sum(statistical_value) from item where {from}"));
    let receive = |name: &str, text: &str| -> Result<String, Failed> {
        let path = folder.put(name, text)?;
        Ok(folder.run(&["ingest", "--form", "wco_xml", "--received", "2026-03-20", &path], 0)?.stderr)
    };
    let pounds = receive("pounds.xml", sample)?;
    let says = "statistical value of 2 items is in GBP, the profile's currency is USD: it is taken as it stands";
    holds(&pounds, &["pounds.xml: ", says])?;
    same("in pounds", sum("true")?, vec!["100000.00".to_string()])?;
    let manifests = std::fs::read_dir(folder.path().join("store/manifest/batch"))?;
    let manifests: Vec<String> = manifests.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path()).ok()).collect();
    same("manifests with the note", manifests.iter().filter(|text| text.contains(says)).count(), 1)?;
    for currency in [" currencyID=\"USD\"", ""] {
        let said = receive("other.xml", &sample.replace(" currencyID=\"GBP\">50000", &format!("{currency}>50000")))?;
        same("told", said.contains("taken as it stands"), false)?;
    }
    Ok(())
}

fn control() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let rows = [row(&[]), row(&[("item_no", "2"), ("statistical_value", "0.05")]), row(&[("declaration_id", "26AZ1002")])];
    let agreeing = folder.put("agreeing.csv", "measure,value\nlines,3\ndeclarations,2\nstatistical_value,3000.05\n")?;
    let other = folder.put("other.csv", "measure,value\nlines,4\ndeclarations,2\nstatistical_value,3000.06\n")?;
    let wrong = folder.put("wrong.csv", "measure,value\nlines,3\nmass,x\n")?;
    let one = folder.put("one.csv", file(&rows))?;
    let two = folder.put("two.csv", file(&rows) + "\n")?;
    let with =
        |control: &str, path: &str, code: i32| folder.run(&["ingest", "--form", "sad_csv", "--control", control, path], code);
    holds(&with(&wrong, &one, 5)?.stderr, &["wrong.csv", "line 3", "unknown measure `mass`", "hint: columns measure,value"])?;
    let said = with(&agreeing, &one, 0)?.stderr;
    same("no complaint", said.contains("control total"), false)?;
    let said = with(&other, &two, 0)?.stderr;
    holds(
        &said,
        &["control total lines: the sender states 4, found 3", "statistical_value: the sender states 3000.06, found 3000.05"],
    )?;
    same("what agrees is not told", said.contains("control total declarations"), false)?;
    let said = folder.run(&["ingest", "--form", "sad_csv", "--control", &other, &one, &two], 2)?;
    holds(&said.stderr, &["control totals are for one file, 2 were named"])?;
    // Totals that come after their file are compared with what was read of it then.
    let said = with(&other, &one, 0)?.stderr;
    holds(
        &said,
        &[
            "one.csv: read in before with this form; nothing changed",
            "one.csv: control total lines: the sender states 4, found 3",
            "statistical_value: the sender states 3000.06, found 3000.05",
        ],
    )?;
    same("what agrees is not told", said.contains("control total declarations"), false)?;
    same("no complaint", with(&agreeing, &two, 0)?.stderr.contains("control total"), false)?;
    same("batches", folder.query("select count(distinct batch_id) from item")?, vec!["2".to_string()])?;
    // What an earlier program did not note cannot be compared, and that is said.
    for entry in std::fs::read_dir(folder.path().join("store/manifest/batch"))? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let lines = text.lines().filter(|line| !line.contains("\"declarations\": 2") && !line.contains("\"item_value\""));
        std::fs::write(&path, lines.collect::<Vec<_>>().join("\n"))?;
    }
    let said = with(&other, &one, 0)?.stderr;
    holds(&said, &["control total lines: the sender states 4, found 3", "control total declarations: not compared, batch "])
}

/// A total that compares nothing, or two things at once, is a mistake of the sender's.
fn odd_control() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    for (totals, says) in [
        ("", "no total is stated below the header"),
        ("statistical_value,\n", "line 2: `` is not a number"),
        ("lines,1\nstatistical_value,-\n", "line 3: `-` is not a number"),
        ("statistical_value,.\n", "line 2: `.` is not a number"),
        ("statistical_value,--5.0\n", "line 2: `--5.0` is not a number"),
        ("lines,-5\n", "line 2: `-5` is no count of lines"),
        ("declarations,1.50\n", "line 2: `1.50` is no count of declarations"),
        ("lines,1\ndeclarations,1\nlines,2\n", "line 4: `lines` is stated a second time"),
    ] {
        let control = folder.put("odd.csv", format!("measure,value\n{totals}"))?;
        let said = folder.run(&["ingest", "--form", "sad_csv", "--control", &control, &path], 5)?;
        holds(&said.stderr, &["odd.csv", says, "hint: columns measure,value"])?;
    }
    same("items", content(&folder)?.len(), 0)?;
    let sound = folder.put("sound.csv", "measure,value\nlines, 1.00\nstatistical_value,+1500.0\n")?;
    let said = folder.run(&["ingest", "--form", "sad_csv", "--control", &sound, &path], 0)?;
    same("no complaint", said.stderr.contains("control total"), false)
}

/// The id of the only batch that is not withdrawn.
pub(super) fn batch(folder: &Folder) -> Result<String, Failed> {
    let listed = folder.run(&["store", "list"], 0)?.stdout;
    let line = listed.lines().find(|line| line.starts_with("batch ") && !line.ends_with(" withdrawn")).ok_or("no batch")?;
    Ok(line.split(' ').nth(2).ok_or("the third word")?.to_string())
}

fn withdraw() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let path = folder.put("one.csv", file(&[row(&[])]))?;
    ingest(&folder, &path)?;
    let first = batch(&folder)?;
    let said = folder.run(&["store", "withdraw", &first, "--why", "sent by mistake"], 0)?;
    holds(&said.stderr, &["(one.csv) is withdrawn; its months: 2026-03"])?;
    same("items", content(&folder)?.len(), 0)?;
    holds(&folder.run(&["store", "list"], 0)?.stdout, &[&first, " withdrawn\n"])?;
    holds(&folder.run(&["store", "withdraw", &first, "--why", "again"], 0)?.stderr, &["was withdrawn before; nothing changed"])?;
    holds(
        &folder.run(&["store", "withdraw", "nosuch", "--why", "x"], 2)?.stderr,
        &["no batch `nosuch`", "hint: `tradestat store list`"],
    )?;
    holds(&folder.run(&["store", "withdraw", &first, "--why", " "], 2)?.stderr, &["a withdrawal needs its reason"])?;
    same(
        "nothing left to run",
        folder.run(&["validate", "--period", "2026-03"], 3)?.stderr.contains("no item of 2026-03"),
        true,
    )?;
    // Its bytes can be read again, as a batch of their own.
    holds(&ingest(&folder, &path)?, &["items 1"])?;
    same("items", content(&folder)?.len(), 1)?;
    same("another id", batch(&folder)? == first, false)?;
    holds(&ingest(&folder, &path)?, &["read in before"])
}

fn list() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    for day in 1..=6 {
        let path = folder.put(&format!("day{day}.csv"), file(&[row(&[("declaration_id", &format!("D{day}"))])]))?;
        folder.run(&["--now", &format!("2026-04-0{day}T12:00:00Z"), "ingest", "--form", "sad_csv", &path], 0)?;
    }
    let listed = folder.run(&["store", "list"], 0)?.stdout;
    let order: Vec<String> = listed.lines().filter_map(|line| line.split(' ').nth(4).map(String::from)).collect();
    same("order", order, (1..=6).map(|day| format!("day{day}.csv")).collect())
}

/// A list that has a code twice cannot be looked up: the join runs as it is, on the rows that were read.
fn repeated_codes() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let rows = [row(&[]), row(&[("item_no", "2")]), row(&[("item_no", "3"), ("customs_office", "AZ102")])];
    ingest(&folder, &folder.put("one.csv", file(&rows))?)?;
    let counts = "with office as (select commodity_code, customs_office, count(*) as items from item group by 1, 2) \
        select count(*), sum(office.items) from office right join item on office.commodity_code = item.commodity_code";
    // Three items, each beside two offices with three items together.
    same("rows", folder.query(counts)?, vec!["6,9".to_string()])
}
