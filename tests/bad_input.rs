//! Bad input, through the binary: a clear error or fault with its place, the rest goes on,
//! nothing half-written is visible, and the program never panics.

pub mod amendment;
mod odd;
pub mod place;
mod secret;

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use libtest_mimic::{Failed, Trial};

use crate::program::{Folder, holds, same, trial};
use crate::sad::{file, header, row};

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, case) in refused_cases() {
        trials.push(trial(&format!("bad_input::{name}_is_refused"), move || refused(&case())));
    }
    for (name, case) in faulty_cases() {
        trials.push(trial(&format!("bad_input::{name}_is_a_fault"), move || faulty(&case())));
    }
    trials.push(trial("bad_input::negative_amounts_are_findings", negative_amounts));
    trials.extend(amendment::trials());
    trials.extend(odd::trials());
    trials.extend(place::trials());
    trials.extend(secret::trials());
    trials
}

/// A file that is not of its form, and what the message must say.
struct Refused {
    form: &'static str,
    file: &'static str,
    bytes: Vec<u8>,
    says: &'static [&'static str],
}

/// The file is refused with exit code 3, the good file beside it is read.
fn refused(case: &Refused) -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let bad = folder.put(case.file, &case.bytes)?;
    let form = ["ingest", "--form", case.form];
    let said = folder.run(&[&form[..], &[&bad]].concat(), 3)?;
    holds(&said.stderr, &[case.file])?;
    holds(&said.stderr, case.says)?;
    same("batches of the refused file", batches(&folder), 0)?;
    let good = match case.form {
        "sad_csv" => folder.put("good.csv", file(&[row(&[])]))?,
        _ => crate::program::root().join(format!("tests/forms/{}/sample.xml", case.form)).display().to_string(),
    };
    let said = folder.run(&[&form[..], &[&bad, &good]].concat(), 3)?;
    holds(&said.stderr, case.says)?;
    same("batches of the good file", batches(&folder), 1)?;
    let items = folder.query("select count(*) > 0, count(distinct batch_id) from item")?;
    same("items of the good file", items, vec!["true,1".to_string()])
}

/// Manifests of batches: what is visible.
fn batches(folder: &Folder) -> usize {
    std::fs::read_dir(folder.path().join("store/manifest/batch")).map_or(0, Iterator::count)
}

fn sad(file: &'static str, bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Refused {
    Refused { form: "sad_csv", file, bytes: bytes.into(), says }
}

fn xml(bytes: impl Into<Vec<u8>>, says: &'static [&'static str]) -> Refused {
    Refused { form: "asycuda_xml", file: "bad.xml", bytes: bytes.into(), says }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("a buffer takes all");
    packed.finish().expect("a buffer takes all")
}

/// Lines that do not compress to nothing, so that half of the packed file holds some of them.
fn varied() -> Vec<u8> {
    let line = |i: u32| {
        row(&[("declaration_id", &format!("26AZ{i}")), ("goods_description", &format!("lot {}", i.wrapping_mul(2_654_435_761)))])
    };
    file(&(0..500).map(line).collect::<Vec<_>>()).into_bytes()
}

fn half(bytes: &[u8]) -> Vec<u8> {
    bytes[..bytes.len() / 2].to_vec()
}

/// The text in a code page of Cyrillic letters, of which it needs only capitals and small ones.
fn windows_1251(text: &str) -> Vec<u8> {
    let byte = |c: char| match c {
        'А'..='я' => u8::try_from(u32::from(c) - 0x410 + 0xC0).expect("the letters follow one another"),
        _ => u8::try_from(c).expect("ASCII"),
    };
    text.chars().map(byte).collect()
}

/// Names of tests and their cases, made when the test runs.
type Cases<T> = Vec<(&'static str, fn() -> T)>;

fn refused_cases() -> Cases<Refused> {
    vec![
        ("empty_file", || sad("empty.csv", "", &["the file is empty", "`sad_csv`", "hint: was the transfer cut short?"])),
        ("only_header", || sad("header.csv", header() + "\n", &["a header and no lines"])),
        ("missing_column", || {
            let text = file(&[row(&[])]).replacen("net_mass_kg", "nett_mass_kg", 1);
            sad(
                "missing.csv",
                text,
                &["line 1", "column `net_mass_kg` is missing", "hint: a column with a similar name exists: `nett_mass_kg`"],
            )
        }),
        ("doubled_column", || {
            let text = format!("{},item_no\n{},1\n", header(), row(&[]));
            sad("doubled.csv", text, &["line 1", "column `item_no` occurs 2 times, expected once"])
        }),
        ("other_separator", || {
            let text = file(&[row(&[])]).replace(',', ";");
            sad("separator.csv", text, &["line 1", "expected fields between `,`", "hint: set `separator = ';'`"])
        }),
        ("utf_16", || {
            let words = file(&[row(&[])]).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
            let marked = [&b"\xff\xfe"[..], &words].concat();
            sad("utf16.csv", marked, &["the bytes are not utf-8", "hint: set `encoding = \"utf-16le\"`"])
        }),
        ("utf_16_without_its_mark", || {
            let words = file(&[row(&[])]).encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
            sad("utf16be.csv", words, &["the bytes are not utf-8", "hint: set `encoding = \"utf-16be\"`"])
        }),
        ("windows_1251", || {
            let text = file(&[row(&[("goods_description", "Помидоры свежие")])]);
            sad("cp1251.csv", windows_1251(&text), &["the bytes are not utf-8", "14 of the first 14 letters", "windows-1251"])
        }),
        ("gzip_cut_short", || sad("cut.csv.gz", half(&gzip(&varied())), &["the compressed file is cut short or damaged"])),
        ("gzip_without_its_check", || {
            let mut packed = gzip(&varied());
            packed.truncate(packed.len() - 4);
            sad("tail.csv.gz", packed, &["the compressed file is cut short or damaged"])
        }),
        ("gzip_that_is_none", || sad("plain.csv.gz", file(&[row(&[])]), &["the compressed file is cut short or damaged"])),
        ("zstd_cut_short", || {
            let packed = zstd::encode_all(&varied()[..], 3).expect("a buffer takes all");
            sad("cut.csv.zst", half(&packed), &["the compressed file is cut short or damaged"])
        }),
        ("text_as_xml", || xml("hello,world\n1,2\n", &["line 1, column 1", "found text", "expected `<ASYCUDA>`"])),
        ("other_xml", || {
            xml(
                "<?xml version=\"1.0\"?>\n<Invoice/>\n",
                &["line 2, column 1", "the document element `Invoice`", "expected `ASYCUDA`"],
            )
        }),
        ("xml_cut_short", || {
            let sample = include_bytes!("forms/asycuda_xml/sample.xml");
            xml(half(sample), &["line ", "expected"])
        }),
        ("entity_bomb", || {
            let level = |n: usize, of: &str| format!("<!ENTITY e{n} \"{}\">\n", format!("&{of};").repeat(10));
            let bomb: String = (1..10).map(|n| level(n, &format!("e{}", n - 1))).collect();
            let text =
                format!("<?xml version=\"1.0\"?>\n<!DOCTYPE ASYCUDA [\n<!ENTITY e0 \"ha\">\n{bomb}]>\n<ASYCUDA>&e9;</ASYCUDA>\n");
            xml(text, &["line 2, column 1", "found a document type definition", "expected a document without one"])
        }),
        ("document_type", || {
            let text = "<?xml version=\"1.0\"?>\n<!DOCTYPE ASYCUDA SYSTEM \"http://example.org/a.dtd\">\n<ASYCUDA/>\n";
            xml(text, &["line 2, column 1", "found a document type definition"])
        }),
        ("foreign_entity", || {
            xml(
                "<ASYCUDA>\n  <Item>&nobody;</Item>\n</ASYCUDA>\n",
                &["line 2, column 9", "`&nobody;`", "one of XML's own five entities"],
            )
        }),
    ]
}

/// A file with bad lines or cells, and what must be known of each line afterwards.
struct Faulty {
    bytes: Vec<u8>,
    /// `line,fault,column,found,expected`, or `line,item,declaration_id,,`.
    lines: &'static [&'static str],
}

/// Every line is an item or a fault, as the query of both says.
fn faulty(case: &Faulty) -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let bad = folder.put("bad.csv", &case.bytes)?;
    let said = folder.run(&["ingest", "--form", "sad_csv", &bad], 0)?;
    let sql = "select line_no, code, column_name, found, expected from fault
         union all select line_no, 'item', declaration_id, '', '' from item order by 1, 2";
    same("lines", folder.query(sql)?, case.lines.iter().map(ToString::to_string).collect())?;
    let items = case.lines.iter().filter(|line| line.contains(",item,")).count();
    holds(&said.stderr, &[&format!("= items {items} + faulted lines"), &format!("faults {}", case.lines.len() - items)])
}

fn lines(bytes: impl Into<Vec<u8>>, lines: &'static [&'static str]) -> Faulty {
    Faulty { bytes: bytes.into(), lines }
}

/// A second good line, so that what goes on can be told from what came before.
fn second() -> String {
    row(&[("declaration_id", "26AZ1002")])
}

fn faulty_cases() -> Cases<Faulty> {
    vec![
        ("line_of_too_few_fields", || {
            let text = file(&["a,b,c".into(), second()]);
            lines(text, &["2,F01,,3 fields,\"28 fields, as the header has\"", "3,item,26AZ1002,,"])
        }),
        ("line_of_too_many_fields", || {
            let text = file(&[row(&[]) + ",x,y", second()]);
            lines(text, &["2,F02,,30 fields,\"28 fields, as the header has\"", "3,item,26AZ1002,,"])
        }),
        ("unclosed_quote", || {
            let text = file(&[row(&[("goods_description", "\"Tomatoes")]), second(), row(&[("declaration_id", "26AZ1003")])]);
            lines(
                text,
                &[
                    "2,F03,,a quote opened in field 18,a closing quote before the line ends",
                    "3,item,26AZ1002,,",
                    "4,item,26AZ1003,,",
                ],
            )
        }),
        ("text_after_a_quote", || {
            let text = file(&[row(&[("goods_description", "\"Tom\"atoes")]), second()]);
            lines(
                text,
                &["2,F04,,text after the quote that closes field 18,a separator or the end of the line", "3,item,26AZ1002,,"],
            )
        }),
        ("nul_byte", || {
            let text = file(&[row(&[("goods_description", "Tom\0atoes")]), second()]);
            lines(text, &["2,F06,,a byte 0,text", "3,item,26AZ1002,,"])
        }),
        ("broken_utf_8", || {
            let broken =
                |text: String| text.into_bytes().into_iter().map(|b| if b == b'~' { 0xff } else { b }).collect::<Vec<_>>();
            let text = file(&[row(&[("goods_description", "Tom~atoes")]), row(&[("declaration_id", "26AZ~")]), second()]);
            lines(
                broken(text),
                &[
                    "2,F10,goods_description,Tom\u{fffd}atoes,text in the encoding of the form",
                    "2,item,26AZ1001,,",
                    "3,F10,declaration_id,26AZ\u{fffd},text in the encoding of the form",
                    "4,item,26AZ1002,,",
                ],
            )
        }),
        ("date_that_does_not_exist", || {
            let dates = ["2026-02-30", "31.03.2026", "0000-00-00", "99999-01-01"];
            let bad = |(i, date): (usize, &&str)| row(&[("declaration_id", &format!("D{i}")), ("acceptance_date", date)]);
            let text = file(&dates.iter().enumerate().map(bad).collect::<Vec<_>>());
            lines(
                text,
                &[
                    "2,F21,acceptance_date,2026-02-30,a date as %Y-%m-%d",
                    "2,item,D0,,",
                    "3,F20,acceptance_date,31.03.2026,a date as %Y-%m-%d",
                    "3,item,D1,,",
                    "4,F21,acceptance_date,0000-00-00,a date as %Y-%m-%d",
                    "4,item,D2,,",
                    "5,F20,acceptance_date,99999-01-01,a date as %Y-%m-%d",
                    "5,item,D3,,",
                ],
            )
        }),
        ("number_that_is_none", || {
            let numbers = ["1.2.3", "1e400", "NaN", "0x10", "1 000"];
            let bad = |(i, number): (usize, &&str)| row(&[("declaration_id", &format!("D{i}")), ("net_mass_kg", number)]);
            let text = file(&numbers.iter().enumerate().map(bad).collect::<Vec<_>>());
            lines(
                text,
                &[
                    "2,F22,net_mass_kg,1.2.3,a number",
                    "2,item,D0,,",
                    "3,F22,net_mass_kg,1e400,a number",
                    "3,item,D1,,",
                    "4,F22,net_mass_kg,NaN,a number",
                    "4,item,D2,,",
                    "5,F22,net_mass_kg,0x10,a number",
                    "5,item,D3,,",
                    "6,F22,net_mass_kg,1 000,a number",
                    "6,item,D4,,",
                ],
            )
        }),
        ("number_of_too_many_digits", || {
            let forty = "9".repeat(40);
            let text = file(&[
                row(&[("statistical_value", "1111111111111111111")]),
                row(&[("declaration_id", "D1"), ("invoice_amount", &forty)]),
                row(&[("declaration_id", "D2"), ("statistical_value", "9999999999999999.99")]),
            ]);
            lines(
                text,
                &[
                    "2,F23,statistical_value,1111111111111111111,at most 16 digits before the point",
                    "2,item,26AZ1001,,",
                    "3,F23,invoice_amount,9999999999999999999999999999999999999999,at most 16 digits before the point",
                    "3,item,D1,,",
                    "4,item,D2,,",
                ],
            )
        }),
        ("key_that_cannot_be_read", || {
            let text = file(&[
                row(&[("item_no", "99999999999")]),
                row(&[("item_no", "-3")]),
                row(&[("item_no", "")]),
                row(&[("declaration_id", "")]),
                row(&[("procedure_code", "")]),
                second(),
            ]);
            lines(
                text,
                &[
                    "2,F23,item_no,99999999999,a whole number below 2147483648",
                    "3,F24,item_no,-3,1 or more",
                    "4,F08,item_no,,a value: without it the line means nothing",
                    "5,F08,declaration_id,,a value: without it the line means nothing",
                    "6,F08,procedure_code,,a value: without it the line means nothing",
                    "7,item,26AZ1002,,",
                ],
            )
        }),
        ("line_of_50_mb", || {
            let text = file(&[second(), row(&[("goods_description", &"T".repeat(50_000_000))]), row(&[])]);
            lines(text, &["2,item,26AZ1002,,", "3,F07,,a longer line,at most 16777216 bytes", "4,item,26AZ1001,,"])
        }),
    ]
}

/// A negative number can be read, so it is no fault where a rule judges it: contract section 3
/// says what becomes of such items.
fn negative_amounts() -> Result<(), Failed> {
    let folder = Folder::new("az")?;
    let mut rows = crate::sad::imports(40);
    for (id, field, value) in [
        ("N1", "net_mass_kg", "-5"),
        ("N2", "gross_mass_kg", "-5"),
        ("N3", "exchange_rate", "-1.7"),
        ("N4", "statistical_value", "-7"),
        ("N6", "supplementary_quantity", "-7"),
    ] {
        rows.push(row(&[("declaration_id", id), (field, value)]));
    }
    // Neither a value nor an invoice to compute it from.
    rows.push(row(&[("declaration_id", "N5"), ("statistical_value", "-7"), ("invoice_amount", "")]));
    let path = folder.put("negative.csv", file(&rows))?;
    folder.run(&["ingest", "--form", "sad_csv", &path], 0)?;
    folder.run(&["validate", "--period", "2026-03"], 0)?;
    let found =
        folder.query("select declaration_id, code, severity from finding where declaration_id like 'N%' order by 1, 2")?;
    // V44: the plain row is worth ten times more a kilogram than the forty others.
    let expected = [
        "N1,V20,warning",
        "N2,V20,warning",
        "N2,V44,warning",
        "N3,V26,warning",
        "N3,V44,warning",
        "N4,V31b,warning",
        "N5,V31,error",
        "N6,V21,warning",
        "N6,V21b,warning",
        "N6,V44,warning",
    ];
    same("findings", found, expected.map(String::from).to_vec())?;
    let held = folder.query("select declaration_id, reasons from held_item")?;
    same("held", held, vec!["N5,V31".to_string()])
}
