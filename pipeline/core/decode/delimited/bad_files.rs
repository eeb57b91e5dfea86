//! Files that are no files of the form, and files of faults.

use super::tests::{HEADER, chunks, context, decode, decode_chunks, form};
use super::*;
use crate::decode::FormMismatch;
use crate::form::Form;

fn refused(file: &str) -> FormMismatch {
    chunks(&form(), file.as_bytes(), 1 << 10, 1 << 10).expect_err("the file is not of the form")
}

#[test]
fn a_file_without_a_header_is_refused_and_not_shown() {
    for file in ["D1,1,4000,IM,7313379001,goods,1,2\nD2,1,4000,IM,7313379001,goods,1,2\n", "7313379001\n7313379001\n"] {
        let refusal = refused(file);
        let said = format!("{refusal} {:?} {refusal:?}", refusal.hint());
        assert!(!said.contains("7313379001"), "{said}");
    }
    // Two cells alike are no doubled column where nothing is a column.
    assert!(matches!(refused("7313379001,7313379001\nx,y\n"), FormMismatch::NoHeader { cells: 2, .. }));
    // Another separator: names are shown, what is no header is not.
    assert!(refused("id;no;proc\n1;2;3\n").to_string().contains("id;no;proc"));
    assert!(!refused("7313379001;1;2\n1;2;3\n").to_string().contains("7313379001"));
}

#[test]
fn carriage_returns_alone_are_told() {
    assert!(
        refused("id,no,proc,type,trader,goods,net,value\rD1,1,4000,IM,1234,goods,1,2\r").to_string().contains("carriage return")
    );
}

#[test]
fn data_behind_a_carriage_return_in_the_header_are_not_shown() {
    let header = "id,no,proc,type,trader,goods,net,value";
    for ending in ["\r", "\r\n"] {
        let file = format!("{header}\rD1,1,4000,IM,7313379001,7313379001,1,2{ending}D2,1,4000,IM,7313379001,7313379001,1,2\n");
        let refusal = refused(&file).to_string();
        assert!(refusal.contains("carriage return") && !refusal.contains("7313379001"), "{refusal}");
    }
    // A number of which nobody knows that it is no name.
    let refusal = refused(&format!("{header},7313379001,7313379001\nx\n")).to_string();
    assert!(refusal.contains("occurs 2 times") && !refusal.contains("7313379001"), "{refusal}");
}

#[test]
fn many_faults_come_in_pieces_that_make_the_whole() {
    let mut file = "id,no,proc,type,trader,goods,net,value\n".to_owned();
    for number in 0..700 {
        file.push_str(&format!("D{number},1,4000,IM,1234,goods,{},{number}\n", if number % 7 == 0 { "1.2.3" } else { "1" }));
        if number % 5 == 0 {
            file.push_str("a,b\n");
        }
    }
    let chunks = chunks(&form(), file.as_bytes(), 1 << 20, 1 << 20).expect("the header is right");
    let whole = decode_chunks(&chunks);
    let mut pieces = Vec::new();
    let mut decoder = DelimitedDecoder::new(chunks[0].plan.clone(), context());
    let last = decoder.decode_in_pieces(&chunks[0], &mut |piece| pieces.push(piece));
    pieces.push(last);
    assert!(pieces.len() > 10, "{} pieces", pieces.len());
    assert!(pieces.iter().all(|piece| piece.faults.len() <= FAULTS_AT_ONCE + 2 * BLOCK_ROWS));
    let faults: Vec<_> = pieces.iter().flat_map(|piece| piece.faults.clone()).collect();
    assert_eq!(faults, whole[0].faults);
    let sum = |of: &dyn Fn(&Decoded) -> u64| pieces.iter().map(of).sum::<u64>();
    assert_eq!(sum(&|piece| piece.lines_read), whole[0].lines_read);
    assert_eq!(sum(&|piece| piece.items.num_rows() as u64), whole[0].items.num_rows() as u64);
    let keys: Vec<_> = pieces.iter().flat_map(|piece| piece.keys.clone()).collect();
    assert_eq!(keys, whole[0].keys);
}

#[test]
fn a_header_of_many_columns_is_read_and_one_of_too_many_is_refused() {
    let file = |more: usize| {
        let names = ",".repeat(more);
        format!("id,no,proc,type,trader,goods,net,value{names}\nD1,1,4000,IM,1,x,1,2{names}\n")
    };
    let Ok(read) = chunks(&form(), file(1000).as_bytes(), 1 << 10, 1 << 10) else { panic!("so many are few enough") };
    assert_eq!(decode_chunks(&read)[0].items.num_rows(), 1);
    let Err(refusal) = chunks(&form(), file(1200).as_bytes(), 1 << 10, 1 << 10) else { panic!("so many are too many") };
    assert_eq!(refusal, FormMismatch::TooManyColumns { columns: 1208, most: 1024 });
    assert_eq!(refusal.to_string(), "line 1: the header has 1208 columns, expected at most 1024");
    assert!(refusal.hint().expect("it is likely").contains("line breaks"));
}

#[test]
fn a_column_is_doubled_however_it_is_spelled_where_the_form_names_it() {
    let text = "title = 'T'\nrecord = 'item'\nlayout = 'delimited'\nnames = 'loose'\n[field]\n\
        declaration_id = { column = 'id' }\nitem_no = { column = 'no' }\nprocedure_code = { column = 'proc' }\n";
    let form = Arc::new(crate::form::Form::parse("test", text).expect("the form is right"));
    let doubled = |header: &str| match chunks(&form, format!("{header}\n1,2,3,4,5\n").as_bytes(), 1 << 10, 1 << 10) {
        Err(FormMismatch::DoubledColumn { column, count }) => Some((column, count)),
        _ => None,
    };
    assert_eq!(doubled("id,No.,proc,NO,x"), Some(("No.".to_owned(), 2)));
    assert_eq!(doubled("id,no,proc,x,x"), Some(("x".to_owned(), 2)));
    // What the form does not name is the same only to the letter, and columns without a name are many.
    assert_eq!(doubled("id,no,proc,x,X"), None);
    assert_eq!(doubled("id,no,proc,,"), None);
}

#[test]
fn the_header_once_more_is_a_fault_of_its_line() {
    let form = include_str!("../../../../reference/forms/kcs_csv.toml");
    let form = Arc::new(Form::parse("kcs_csv", form).expect("the form is right"));
    let file = include_str!("../../../../tests/forms/kcs_csv/sample.csv");
    let twice = format!("{file}\u{feff}{file}");
    let decoded =
        |file: &str| decode_chunks(&chunks(&form, file.as_bytes(), 1 << 20, 1 << 20).expect("the header is right")).remove(0);
    let [once, twice] = [decoded(file), decoded(&twice)];
    assert_eq!(twice.items.num_rows(), once.items.num_rows() * 2);
    let of_lines: Vec<_> = twice.faults.iter().filter(|fault| fault.code == FaultCode::RepeatedHeader).collect();
    assert_eq!((of_lines.len(), of_lines[0].is_line), (1, true));
    assert_eq!(twice.lines_read, once.lines_read * 2 + 1);
    // A line that begins as the header does is none.
    let other = decode_chunks(
        &chunks(&super::tests::form(), b"id,no,proc,type,trader,goods,net,value\nid,1,4000,IM,1,goods,1,1\n", 1024, 99)
            .expect("it is"),
    )
    .remove(0);
    assert_eq!((other.items.num_rows(), other.faults.len()), (1, 0));
}

#[test]
fn an_identifier_is_hidden_wherever_it_stands_in_a_line() {
    let decoded = decode(&format!(
        "{HEADER}D-ab12345,1,4000,IM,AB12345,of AB12345x,AB12345,1\nD2,1,4000,IM,123,x,123x,1\n\
         D-AB12345,1,4000,IM,AB12345,x,1,2,3\nD-AB12345,1,4000,IM,AB12345,x,1\n"
    ));
    let shown: Vec<_> = decoded.faults.iter().map(|fault| (fault.found.as_str(), fault.raw.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("***", "D-***,1,4000,IM,***,of ***x,***,1"),
            // So few characters are no number of anybody's.
            ("123x", "D2,1,4000,IM,***,x,123x,1"),
            ("9 fields", "D-***,1,***"),
            ("7 fields", "D-***,1,***"),
        ]
    );
}
