//! What files of one form differ in, where the form says that they may.

use super::tests::{chunks, decode_chunks};
use super::*;
use crate::decode::FormMismatch;
use crate::form::Form;

const FIELDS: &str = "[field]\ndeclaration_id = { column = 'id' }\nitem_no = { column = 'no' }\nprocedure_code = { column = 'proc' }\n\
    goods_description = { column = 'goods' }\n";

fn read(head: &str, file: &str) -> Result<Decoded, FormMismatch> {
    let form = format!("title = 'T'\nrecord = 'item'\nlayout = 'delimited'\n{head}\n{FIELDS}");
    let form = Arc::new(Form::parse("test", &form).expect("the form is right"));
    let chunks = chunks(&form, file.as_bytes(), 1 << 20, 7)?;
    Ok(decode_chunks(&chunks).remove(0))
}

/// Items, lines of faults.
fn counted(decoded: &Decoded) -> (usize, Vec<i64>) {
    (decoded.items.num_rows(), decoded.faults.iter().map(|fault| fault.line_no).collect())
}

#[test]
fn lines_may_end_with_a_separator_where_the_form_says_so() {
    let file = "id,no,proc,goods\nA,1,4000,x,\nA,2,4000,\"y\",\r\nA,3,4000,z\nA,4,4000,a,b\nA,5,4000,,,\nA,6,4000,w,";
    let ends = "may_end_with_separator = true";
    assert_eq!(counted(&read(ends, file).expect("the header is right")), (4, vec![5, 6]));
    // Without the word of the form one cell more may be a cell torn in two.
    assert_eq!(counted(&read("", file).expect("the header is right")), (1, vec![2, 3, 5, 6, 7]));
}

#[test]
fn the_header_shows_which_of_the_separators_divides() {
    let several = "separator = [\",\", \";\", \"\\t\"]";
    for mark in [",", ";", "\t"] {
        let file = format!("id{mark}no{mark}proc{mark}goods\nA{mark}1{mark}4000{mark}\"a, b; c\"\n");
        assert_eq!(counted(&read(several, &file).expect("the header is right")), (1, vec![]), "{mark:?}");
    }
    let file = "id;no;proc;goods\nA;1;4000;a\n";
    assert!(matches!(read("", file), Err(FormMismatch::Separator { expected: ',', likely: Some(';'), .. })));
    let error = read(several, "id|no|proc|goods\nA|1|4000|a\n").expect_err("no mark of the form divides it");
    assert!(matches!(error, FormMismatch::Separator { expected: ',', likely: Some('|'), .. }), "{error:?}");
    let error = read(several, "id;no;goods\nA;1;a\n").expect_err("a column is missing").to_string();
    assert!(error.contains("`proc`") && error.contains("id;no;goods"), "{error}");
}

#[test]
fn remarks_before_the_header_are_not_the_header() {
    let file = "id,no,proc,goods\nA,1,4000,x\n";
    for remarks in ["# made, by hand\n\n# twice\n", "sep=,\n", "\"sep=;\"\r\n", "#\n"] {
        let decoded = read("", &format!("{remarks}{file}")).expect("the header is right");
        assert_eq!(counted(&decoded), (1, vec![]), "{remarks:?}");
    }
    let title = "Imports, 2026\nin dollars\n";
    assert!(matches!(read("", &format!("{title}{file}")), Err(FormMismatch::NoHeader { cells: 2, .. })));
    let decoded = read("skipped_lines = 2", &format!("{title}{file}B,2,40\n")).expect("the header is right");
    assert_eq!(counted(&decoded), (1, vec![5]));
    // What the form reads is a header, whatever it begins with.
    let decoded = read("names = 'loose'", "#id,no,proc,goods\nA,1,4000,x\n").expect("the header is right");
    assert_eq!(counted(&decoded), (1, vec![]));
}

#[test]
fn a_file_has_one_of_the_columns_that_stand_for_each_other() {
    let form = |header: &str| {
        let form = "title = 'T'\nrecord = 'partner_flow'\nlayout = 'delimited'\none_of = [['partner_code', 'partner_name']]\n[field]\n\
            source = { value = 's' }\nfrequency = { value = 'A' }\nperiod = { column = 'year', as = 'period' }\n\
            partner_code = { column = ['code', 'iso'], optional = true }\npartner_name = { column = 'partner', optional = true }\n";
        let form = Arc::new(Form::parse("test", form).expect("the form is right"));
        chunks(&form, format!("{header}\n2022,x\n").as_bytes(), 1 << 20, 100)
            .map(|chunks| decode_chunks(&chunks).remove(0).lines_read)
    };
    assert_eq!(form("year,iso"), Ok(1));
    assert_eq!(form("year,partner"), Ok(1));
    let error = form("year,other").expect_err("neither is there").to_string();
    assert!(error.contains("`code` or `iso` or `partner`"), "{error}");
}
