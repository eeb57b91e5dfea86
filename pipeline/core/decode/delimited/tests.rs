//! Files decoded from a string, whole and cut in every way.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use chrono::NaiveDate;

use super::*;
use crate::decode::FormMismatch;
use crate::form::{Form, TraderCheck};
use crate::pseudonym::PseudonymKey;

const FORM: &str = r#"
title = "Test"
record = "item"
layout = "delimited"
ignored = ["skip"]
[field]
declaration_id = { column = "id" }
item_no = { column = "no" }
procedure_code = { column = "proc" }
declaration_type = { column = "type" }
trader_id = { column = "trader" }
goods_description = { column = "goods" }
net_mass_kg = { column = "net" }
statistical_value = { column = "value" }
acceptance_date = { column = "day", optional = true }
commodity_code = { column = "hs", as = "digits", optional = true }
package_count = { column = "packages", optional = true }
version = { column = "version", optional = true }
status = { column = "status", optional = true }
"#;

pub(super) const HEADER: &str = "id,no,proc,type,trader,goods,net,value\n";

pub(super) fn form() -> Arc<Form> {
    Arc::new(Form::parse("test", FORM).expect("the form is right"))
}

pub(super) fn context() -> Arc<Context> {
    Arc::new(Context {
        batch_id: "b1".to_owned(),
        received_on: NaiveDate::from_ymd_opt(2026, 4, 1).expect("the day exists"),
        pseudonyms: PseudonymKey::new([7; 32]),
        trader_check: TraderCheck::Digits(4),
    })
}

/// Chunks of a file that comes in pieces of `piece` bytes.
pub(super) fn chunks(form: &Arc<Form>, file: &[u8], block: usize, piece: usize) -> Result<Vec<Chunk>, FormMismatch> {
    let mut splitter = Splitter::new(Arc::clone(form), block);
    let mut chunks = Vec::new();
    for bytes in file.chunks(piece) {
        chunks.extend(splitter.push(bytes)?);
    }
    chunks.extend(splitter.finish()?);
    Ok(chunks)
}

pub(super) fn decode_chunks(chunks: &[Chunk]) -> Vec<Decoded> {
    let mut decoder = DelimitedDecoder::new(Arc::clone(&chunks[0].plan), context());
    chunks.iter().map(|chunk| decoder.decode_chunk(chunk)).collect()
}

pub(super) fn decode(file: &str) -> Decoded {
    decode_bytes(file.as_bytes())
}

fn decode_bytes(file: &[u8]) -> Decoded {
    let chunks = chunks(&form(), file, file.len() + 1024, file.len().max(1)).expect("the header is right");
    assert_eq!(chunks.len(), 1, "a large block holds the whole file");
    decode_chunks(&chunks).remove(0)
}

fn mismatch(file: &str) -> FormMismatch {
    chunks(&form(), file.as_bytes(), 1 << 20, 1 << 20).expect_err("the file is not of the form")
}

fn code(items: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let codes = items.column_by_name(column).expect("it is a field").as_dictionary::<Int32Type>();
    let texts = codes.values().as_string::<i32>();
    codes.key(row).map(|key| texts.value(key).to_owned())
}

fn text(items: &RecordBatch, column: &str, row: usize) -> Option<String> {
    let texts = items.column_by_name(column).expect("it is a field").as_string::<i32>();
    texts.is_valid(row).then(|| texts.value(row).to_owned())
}

fn number(items: &RecordBatch, column: &str, row: usize) -> Option<i128> {
    let numbers = items.column_by_name(column).expect("it is a field").as_primitive::<Decimal128Type>();
    numbers.is_valid(row).then(|| numbers.value(row))
}

fn codes_of(decoded: &Decoded) -> Vec<(i64, &'static str, bool)> {
    decoded.faults.iter().map(|fault| (fault.line_no, fault.code.code(), fault.is_line)).collect()
}

/// Every value of every item, its key and its faults, as text.
fn rows(decoded: &[Decoded]) -> (Vec<String>, Vec<String>, u64) {
    let (mut items, mut faults, mut lines) = (Vec::new(), Vec::new(), 0);
    for part in decoded {
        for (row, key) in part.keys.iter().enumerate() {
            let line = part.items.column_by_name("line_no").expect("it is a field").as_primitive::<Int64Type>().value(row);
            items.push(format!(
                "{line} {:?} {:?} {:?} {:?} {:?} {:?} {key:?}",
                text(&part.items, "declaration_id", row),
                code(&part.items, "procedure_code", row),
                code(&part.items, "trader_key", row),
                text(&part.items, "goods_description", row),
                number(&part.items, "net_mass_kg", row),
                number(&part.items, "statistical_value", row),
            ));
        }
        faults.extend(part.faults.iter().map(|fault| format!("{fault:?}")));
        lines += part.lines_read;
    }
    (items, faults, lines)
}

/// Fails with the first difference: whole files are too long to read.
fn assert_same(found: &[Decoded], whole: &(Vec<String>, Vec<String>, u64), what: &str) {
    let found = rows(found);
    for (found, whole) in [(&found.0, &whole.0), (&found.1, &whole.1)] {
        if let Some((found, whole)) = found.iter().zip(whole).find(|(found, whole)| found != whole) {
            panic!("{what}\nfound {found}\nwhole {whole}");
        }
        assert_eq!(found.len(), whole.len(), "{what}");
    }
    assert_eq!(found.2, whole.2, "{what}: lines read");
}

#[test]
fn a_good_line_becomes_an_item() {
    let decoded = decode(&format!("\u{feff}{HEADER}D1, 2 ,4000,IM, 1234,\"a, \"\"b\"\"\nc\",1.5,10\r\n"));
    assert_eq!(decoded.faults, []);
    assert_eq!((decoded.lines_read, decoded.items.num_rows()), (1, 1));
    let items = &decoded.items;
    assert_eq!(text(items, "declaration_id", 0).as_deref(), Some("D1"));
    assert_eq!(text(items, "goods_description", 0).as_deref(), Some("a, \"b\"\nc"));
    assert_eq!(code(items, "procedure_code", 0).as_deref(), Some("4000"));
    assert_eq!(code(items, "batch_id", 0).as_deref(), Some("b1"));
    assert_eq!(code(items, "status", 0).as_deref(), Some("accepted"));
    assert_eq!((number(items, "net_mass_kg", 0), number(items, "statistical_value", 0)), (Some(1500), Some(1000)));
    assert_eq!(code(items, "trader_key", 0).map(|key| key.len()), Some(32));
    assert!(items.column_by_name("trader_id_is_valid").expect("it is a field").as_boolean().value(0));
    assert_eq!(code(items, "origin_country", 0), None);
    assert_eq!(decoded.keys[0].line, 2);
}

#[test]
fn columns_stand_in_any_order_and_empty_cells_are_null() {
    let decoded = decode("value,net,goods,trader,type,proc,no,id\n,,,,,4000,1,D1\n");
    let items = &decoded.items;
    assert_eq!(decoded.faults, []);
    assert_eq!(text(items, "goods_description", 0), None);
    assert_eq!(code(items, "trader_key", 0), None);
    assert!(items.column_by_name("trader_id_is_valid").expect("it is a field").is_null(0));
    assert_eq!(number(items, "net_mass_kg", 0), None);
}

#[test]
fn what_was_declared_hashes_alike_whatever_the_columns() {
    let one = decode(&format!("{HEADER}D1,1,4000,IM,1234,x,1.50,10\n"));
    let other = decode("value,net,goods,trader,type,proc,no,id\n10.00,1.5,x,1234,IM,4000,01,D1\n");
    assert_eq!((one.keys[0].key, one.keys[0].content), (other.keys[0].key, other.keys[0].content));
    let mass = decode(&format!("{HEADER}D1,1,4000,IM,1234,x,1.51,10\n"));
    assert_eq!(one.keys[0].key, mass.keys[0].key);
    assert_ne!(one.keys[0].content, mass.keys[0].content);
    let trader = decode(&format!("{HEADER}D1,1,4000,IM,1235,x,1.50,10\n"));
    assert_ne!(one.keys[0].content, trader.keys[0].content);
    let item = decode(&format!("{HEADER}D1,2,4000,IM,1234,x,1.50,10\n"));
    assert_ne!(one.keys[0].key, item.keys[0].key);
}

#[test]
fn cells_that_cannot_be_read_are_null_and_the_item_goes_on() {
    let header = "id,no,proc,type,trader,goods,net,value,day,hs,packages,version,status,skip\n";
    let line = "D1,1,4000,IM,12,x,1.2.3,1e400,2026-02-30,84x130,-1,0,gone,\n";
    let decoded = decode(&format!("{header}{line}"));
    let found: Vec<_> = decoded.faults.iter().map(|f| (f.column.as_deref().unwrap_or(""), f.code.code(), &*f.found)).collect();
    assert_eq!(
        found,
        [
            ("version", "F24", "0"),
            ("status", "F32", "gone"),
            ("day", "F21", "2026-02-30"),
            ("hs", "F30", "84x130"),
            ("net", "F22", "1.2.3"),
            ("value", "F22", "1e400"),
            ("packages", "F24", "-1"),
        ]
    );
    assert_eq!((decoded.lines_read, decoded.items.num_rows(), decoded.faulted_lines()), (1, 1, 0));
    assert!(decoded.items.column_by_name("trader_id_is_valid").expect("it is a field").as_boolean().is_valid(0));
    assert_eq!(code(&decoded.items, "hs6", 0), None);
    assert_eq!(code(&decoded.items, "status", 0).as_deref(), Some("accepted"));
    assert_eq!(decoded.faults[0].raw, "D1,1,4000,IM,***,x,1.2.3,1e400,2026-02-30,84x130,-1,0,gone,");
}

#[test]
fn a_line_without_its_key_is_set_aside_with_its_value() {
    let decoded = decode(&format!(
        "{HEADER},1,4000,IM,1234,x,1,10.5\nD1,one,4000,EX,1234,x,1,\nD1,0,4000,IM,,x,1,n/a\nD1,1, ,,1234,x,1,-7\n"
    ));
    assert_eq!(codes_of(&decoded), [(2, "F08", true), (3, "F22", true), (4, "F24", true), (5, "F08", true)]);
    assert_eq!((decoded.lines_read, decoded.items.num_rows(), decoded.keys.len()), (4, 0, 0));
    let kept: Vec<_> = decoded.faults.iter().map(|f| (f.statistical_value, f.declaration_type.as_deref())).collect();
    assert_eq!(kept, [(Some(1050), Some("IM")), (None, Some("EX")), (None, Some("IM")), (Some(-700), None)]);
    assert!(decoded.faults.iter().all(|fault| !format!("{fault:?}").contains("1234")));
}

#[test]
fn a_line_that_cannot_be_split_is_one_fault() {
    let good = "D9,1,4000,IM,1234,x,1,1\n";
    let decoded = decode(&format!(
        "{HEADER}D1,1,4000\n{good}D2,1,4000,IM,1234,x,1,1,1\nD3,1,4000,IM,1234,\"x,1,1\n{good}D4,1,4000,IM,1234,\"x\"y,1,1\n\
         D5,1,4000,IM,1234,5\" pipe,1,1\nD6,1,4000,IM,1234,a\0b,1,1\n\n   \n{good}"
    ));
    assert_eq!(
        codes_of(&decoded),
        [(2, "F01", true), (4, "F02", true), (5, "F03", true), (7, "F04", true), (8, "F05", true), (9, "F06", true)]
    );
    assert_eq!((decoded.lines_read, decoded.items.num_rows()), (9, 3));
    assert_eq!(decoded.lines_read as usize, decoded.items.num_rows() + decoded.faulted_lines());
    let lines: Vec<u32> = decoded.keys.iter().map(|key| key.line).collect();
    assert_eq!(lines, [3, 6, 12]);
    assert_eq!((&*decoded.faults[0].found, &*decoded.faults[0].expected), ("3 fields", "8 fields, as the header has"));
}

#[test]
fn a_traders_number_is_in_no_fault() {
    let lines = [
        "extra,D1,1,4000,IM,1234567,x,1,1",
        "D1,1,1234567,x,1,1",
        "D1,1,4000,IM,1234567",
        "D1,1,4000,IM,\"1234567,x,1,1",
        "D1,1,4000,IM,1234567,\"x\"y,1,1",
        "\"D1,1\"4000,IM,1234567,x,1,1",
        "D1,x,4000,IM,1234567,x,1,1",
        "D1,1,4000,IM,1234567,x,n/a,1",
        "D1,1,4000,IM,1234567,\0,n/a,1",
    ];
    for line in lines {
        let decoded = decode(&format!("{HEADER}{line}\nD9,1,4000,IM,5555,x,1,1\n"));
        assert_eq!(decoded.faults.len(), 1, "{line}");
        assert!(!format!("{:?}", decoded.faults).contains("1234567"), "{:?}", decoded.faults);
    }
    let decoded = decode_bytes(&[HEADER.as_bytes(), b"D1,1,4000,IM,12\xff34567,x,1,1\n"].concat());
    assert_eq!(codes_of(&decoded), [(2, "F10", false)]);
    assert_eq!(decoded.faults[0].found, "***");
}

#[test]
fn a_traders_number_is_hidden_however_its_column_is_spelled() {
    let spelled = FORM.replace("trader_id = { column = \"trader\"", "trader_id = { column = [\"importer\", \"trader\"]");
    for form in [FORM.to_owned(), spelled] {
        let form = form.replace("title = ", "names = \"loose\"\ntitle = ");
        let form = Arc::new(Form::parse("test", &form).expect("the form is right"));
        for line in ["D1,1,4000,IM,1234567,x,n/a,1", "D1,1,4000,IM,1234567,x,1,1,1"] {
            let file = format!("ID,No.,Proc,type,TRADER ,goods,Net,value\n{line}\n");
            let decoded =
                decode_chunks(&chunks(&form, file.as_bytes(), 1 << 20, 1 << 20).expect("the header is right")).remove(0);
            assert_eq!(decoded.faults.len(), 1, "{line}");
            assert!(!format!("{:?}", decoded.faults).contains("1234567"), "{:?}", decoded.faults);
            // The column is told as the file spells it.
            assert!([None, Some("Net")].contains(&decoded.faults[0].column.as_deref()), "{:?}", decoded.faults);
        }
    }
}

#[test]
fn broken_text_costs_its_cell() {
    let decoded = decode_bytes(
        &[HEADER.as_bytes(), b"D1,1,4000,IM,1,caf\xe9,1,1\nD\xe9,1,4000,IM,1,x,1,2\nD2,1,4000,IM,1,\xc3\xa9,1,3\n"].concat(),
    );
    assert_eq!(codes_of(&decoded), [(2, "F10", false), (3, "F10", true)]);
    assert_eq!(decoded.faults[0].found, "caf\u{fffd}");
    assert_eq!(decoded.faults[1].statistical_value, Some(200));
    assert_eq!(text(&decoded.items, "goods_description", 0), None);
    assert_eq!(text(&decoded.items, "goods_description", 1).as_deref(), Some("é"));
}

#[test]
fn what_a_transcoder_could_not_read_costs_its_cell() {
    let decoded = decode(&format!("{HEADER}D1,1,4000,I\u{fffd},1,x,1,1\nD2,1,4000,IM,1,caf\u{fffd},1,1\n"));
    let found: Vec<_> = decoded.faults.iter().map(|fault| (fault.line_no, fault.column.as_deref(), fault.code.code())).collect();
    assert_eq!(found, [(2, Some("type"), "F10"), (3, Some("goods"), "F10")]);
}

#[test]
fn runs_of_items_are_receipts() {
    let header = "id,no,proc,type,trader,goods,net,value,version,status\n";
    let decoded = decode(&format!(
        "{header}D1,1,4000,IM,1,x,1,1,,\nD1,2,4000,IM,1,x,1,1,,\nD1,1,4000,IM,1,x,1,1,2,\nD2,1,4000,IM,1,x,1,1,,Cancelled\n"
    ));
    let receipts: Vec<_> = decoded
        .receipts
        .iter()
        .map(|receipt| (receipt.declaration_id.as_str(), receipt.version, receipt.item_count, receipt.is_cancelled))
        .collect();
    assert_eq!(receipts, [("D1", 1, 2, false), ("D1", 2, 1, false), ("D2", 1, 1, true)]);
    assert_ne!(decoded.keys[0].key, decoded.keys[2].key, "versions are apart");
}

#[test]
fn a_cancellation_has_two_spellings() {
    let header = "id,no,proc,type,trader,goods,net,value,version,status\n";
    let decoded = decode(&format!("{header}D1,1,4000,IM,1,x,1,1,,canceled\nD2,1,4000,IM,1,x,1,1,,CANCELED\n"));
    assert_eq!(decoded.faults, []);
    assert!(decoded.receipts.iter().all(|receipt| receipt.is_cancelled));
    assert!((0..2).all(|row| code(&decoded.items, "status", row).as_deref() == Some("cancelled")));
}

#[test]
fn rounding_is_counted_and_no_fault() {
    let decoded = decode(&format!("{HEADER}D1,1,4000,IM,1,x,1.0005,5353.0200000001\nD1,2,4000,IM,1,x,1,5.10\n"));
    assert_eq!(decoded.faults, []);
    assert_eq!(decoded.rounded.into_iter().collect::<Vec<_>>(), [("net_mass_kg", 1), ("statistical_value", 1)]);
    assert_eq!(number(&decoded.items, "net_mass_kg", 0), Some(1000));
}

#[test]
fn a_file_that_is_not_of_the_form_is_an_error() {
    assert!(matches!(mismatch(""), FormMismatch::Empty { .. }));
    assert!(matches!(mismatch("\n \n"), FormMismatch::Empty { .. }));
    assert_eq!(mismatch(HEADER), FormMismatch::OnlyHeader);
    assert_eq!(mismatch(HEADER.trim_end()), FormMismatch::OnlyHeader);
    assert_eq!(mismatch(&format!("{HEADER}\n\n")), FormMismatch::OnlyHeader);
    let missing = mismatch("id,no,proc,type,trader,goods,nett,value\nx");
    assert!(missing.to_string().contains("`net`") && missing.hint().expect("one is near").contains("`nett`"));
    assert!(matches!(mismatch(&HEADER.replace("type", "no")), FormMismatch::DoubledColumn { count: 2, .. }));
    let separator = mismatch(&HEADER.replace(',', ";"));
    assert!(separator.hint().expect("it is seen").contains("';'"), "{separator}");
    assert!(matches!(mismatch("\"id,no,proc\n1,2,3\n"), FormMismatch::Header { .. }));
    assert!(matches!(mismatch("i\"d,no,proc\n1,2,3\n"), FormMismatch::Header { .. }));
    let utf16: Vec<u8> = HEADER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let error = chunks(&form(), &utf16, 1 << 20, 1 << 20).expect_err("the bytes are UTF-16");
    assert!(error.hint().expect("it is seen").contains("utf-16le"), "{error}");
}

#[test]
fn columns_nobody_knows_are_told_and_hidden() {
    let file = "id,no,proc,type,trader,goods,net,value,skip,extra\nD1,1,4000,IM,1,x,n/a,1,Ali,Veli\n";
    let chunks = chunks(&form(), file.as_bytes(), 1 << 20, 1 << 20).expect("the header is right");
    assert_eq!(chunks[0].plan.unlisted(), ["extra"]);
    assert_eq!(decode_chunks(&chunks)[0].faults[0].raw, "D1,1,4000,IM,***,x,n/a,1,***,***");
}

#[test]
fn cells_can_be_joined_and_chosen() {
    let form = FORM
        .replace("{ column = \"proc\" }", "{ join = [\"proc\", \"previous\"] }")
        .replace("{ column = \"type\" }", "{ first_of = [\"type\", \"kind\", { value = \"XX\" }], null_when = [\"-\"] }");
    let form = Arc::new(Form::parse("test", &form).expect("the form is right"));
    let file = "id,no,proc,previous,type,kind,trader,goods,net,value\nD1,1,40,71,-,EX,1,x,1,1\nD1,2,40,\"0\"\"\",,,1,x,1,1\n";
    let decoded = decode_chunks(&chunks(&form, file.as_bytes(), 1 << 20, 1 << 20).expect("the header is right")).remove(0);
    assert_eq!(decoded.faults, []);
    let both = |column| [code(&decoded.items, column, 0), code(&decoded.items, column, 1)].map(Option::unwrap_or_default);
    assert_eq!(both("procedure_code"), ["4071", "400\""]);
    assert_eq!(both("declaration_type"), ["EX", "XX"]);
}

#[test]
fn a_line_far_too_long_costs_itself() {
    let mut file = format!("{HEADER}D1,1,4000,IM,1,x,1,1\nD2,1,4000,IM,777777,").into_bytes();
    file.resize(file.len() + 3_000_000, b'x');
    file.extend_from_slice(b",1,1\nD3,1,4000,IM,1,x,1,1\n");
    let mut splitter = Splitter::new(form(), 1 << 14);
    let mut parts = Vec::new();
    let mut largest = 0;
    for bytes in file.chunks(1 << 12) {
        parts.extend(splitter.push(bytes).expect("the header is right"));
        largest = largest.max(splitter.space().len());
    }
    parts.extend(splitter.finish().expect("there are lines"));
    assert!(largest <= 1 << 17, "the long line is never kept, but {largest} bytes were");
    assert!(parts.iter().all(|chunk| chunk.bytes.len() <= 1 << 17));
    let (items, faults, lines) = rows(&decode_chunks(&parts));
    assert_eq!((items.len(), lines), (2, 3));
    assert!(items[1].starts_with("4 "), "{items:?}");
    assert!(faults[0].contains("line_no: 3") && faults[0].contains("LineTooLong") && !faults[0].contains("777777"));
    assert_eq!(rows(&[decode_bytes(&file)]), (items, faults, lines), "as when the file is one chunk");
}

#[test]
fn a_file_that_ends_within_a_long_line_is_counted() {
    let file = format!("{HEADER}{}", "x,".repeat(1 << 17));
    let parts = chunks(&form(), file.as_bytes(), 1 << 14, 1 << 12).expect("the header is right");
    let (items, faults, lines) = rows(&decode_chunks(&parts));
    assert_eq!((items.len(), faults.len(), lines), (0, 1, 1));
    assert_eq!(rows(&[decode_bytes(file.as_bytes())]), (items, faults, lines));
}

/// A file with everything that can go wrong near a border, made from a fixed sequence.
fn troubled_file(lines: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let mut file = HEADER.as_bytes().to_vec();
    for line in 0..lines {
        let long = match draw(300) {
            // Beyond what a line may be, and what quotes may hold.
            0 => "x,\0".repeat(25_000),
            1 => format!("\"{}\n{}\"", "y".repeat(2100), "y".repeat(2100)),
            _ => String::new(),
        };
        let goods: &[u8] = match draw(16) {
            _ if !long.is_empty() => long.as_bytes(),
            0 => b"\"two\nlines\"",
            1 => b"\"a \"\"quoted\"\" word, and a comma\"",
            2 => b"\"three\r\n\"\"\nlines, with commas\"",
            3 => b"\"not closed",
            4 => b"\"closed\" and more",
            5 => b"a \" within",
            6 => b"broken \xff text",
            7 => b"one,more",
            8 => b"\"\"",
            9 => b"\"",
            10 => b"nul \0",
            11 => "плитка".as_bytes(),
            _ => b"plain",
        };
        let ending: &[u8] = match draw(5) {
            0 => b"\r\n",
            1 => b"\n\n",
            _ => b"\n",
        };
        let net = if draw(9) == 0 { "n/a" } else { "2.5" };
        file.extend_from_slice(format!("D{},{},4000,IM,{},", line / 3, line % 3 + 1, 1000 + draw(50)).as_bytes());
        file.extend_from_slice(goods);
        file.extend_from_slice(format!(",{net},{}", draw(1000)).as_bytes());
        file.extend_from_slice(ending);
    }
    file
}

#[test]
fn cuts_do_not_matter() {
    for seed in 0..3 {
        let file = troubled_file(500, seed);
        let whole = rows(&[decode_bytes(&file)]);
        assert!(whole.0.len() > 100 && whole.1.len() > 100, "there is something to compare");
        assert_eq!(whole.2 as usize, whole.0.len() + whole.1.iter().filter(|fault| fault.contains("is_line: true")).count());
        for block in [1 << 10, 1531, 4099, 1 << 14, 1 << 16] {
            for piece in [97, 5000] {
                let parts = chunks(&form(), &file, block, piece).expect("the header is right");
                // The first chunk takes the head whole; below it, small blocks make many.
                assert!(block >= 1 << 14 || parts.len() > 1 || file.len() < 1 << 16);
                assert_same(&decode_chunks(&parts), &whole, &format!("seed {seed}, block {block}, piece {piece}"));
            }
        }
    }
}

#[test]
fn many_small_chunks_give_what_one_gives() {
    // Long enough that the head is far behind, and every line is near some border.
    let file = troubled_file(2000, 42);
    let whole = rows(&[decode_bytes(&file)]);
    for block in [1 << 10, 1237, 5000] {
        let parts = chunks(&form(), &file, block, 333).expect("the header is right");
        assert!(parts.len() > 20, "{} chunks", parts.len());
        assert_same(&decode_chunks(&parts), &whole, &format!("block {block}"));
        // Each chunk by a decoder that has seen nothing else, as on many threads.
        let apart: Vec<Decoded> = parts.iter().map(|part| decode_chunks(std::slice::from_ref(part)).remove(0)).collect();
        assert_same(&apart, &whole, &format!("block {block}, apart"));
        let dictionaries = |parts: &[Decoded]| parts.iter().map(|part| part.items.clone()).collect::<Vec<_>>();
        assert_eq!(dictionaries(&apart), dictionaries(&decode_chunks(&parts)), "and the very same batches");
    }
}

#[test]
fn an_unclosed_quote_costs_one_line_far_from_any_other() {
    let mut file = HEADER.to_owned();
    for line in 0..30_000 {
        let goods = if line == 10 { "\"open" } else { "plain" };
        file.push_str(&format!("D{line},1,4000,IM,1,{goods},1,1\n"));
    }
    let decoded = decode(&file);
    assert_eq!(codes_of(&decoded), [(12, "F03", true)]);
    assert_eq!(decoded.items.num_rows(), 29_999);
    let parts = chunks(&form(), file.as_bytes(), 4096, 4096).expect("the header is right");
    assert_eq!(rows(&decode_chunks(&parts)), rows(&[decoded]));
}
