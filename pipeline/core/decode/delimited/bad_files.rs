//! Files that are no files of the form, and files of faults.

use super::tests::{chunks, context, decode_chunks, form};
use super::*;
use crate::decode::FormMismatch;

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
