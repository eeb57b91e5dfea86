//! What every XML form relies on, shown with a small form; the real ones have files of their own.

mod asycuda;
mod envelope;
mod part;
mod profile;
mod shipment;
mod wco;

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use chrono::NaiveDate;

use super::*;
use crate::decode::FAULTS_AT_ONCE;
use crate::decode::document::{decode_document, decode_in_pieces};
use crate::form::TraderCheck;
use crate::pseudonym::PseudonymKey;

fn context() -> Arc<Context> {
    Arc::new(Context {
        batch_id: "b1".to_owned(),
        received_on: NaiveDate::from_ymd_opt(2026, 4, 1).expect("the day exists"),
        pseudonyms: PseudonymKey::new([0; 32]),
        trader_check: TraderCheck::None,
    })
}

/// A cell as text; empty for null.
fn cell(batch: &RecordBatch, column: &str, row: usize) -> String {
    let column = batch.column_by_name(column).expect("the column is in the schema");
    if column.is_null(row) {
        return String::new();
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).to_owned(),
        DataType::Int32 => column.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Boolean => column.as_boolean().value(row).to_string(),
        DataType::Date32 => column.as_primitive::<Date32Type>().value_as_date(row).expect("it is a day").to_string(),
        DataType::Decimal128(..) => column.as_primitive::<Decimal128Type>().value_as_string(row),
        _ => {
            let codes = column.as_dictionary::<Int32Type>();
            let code = usize::try_from(codes.keys().value(row)).expect("the code is not null");
            codes.values().as_string::<i32>().value(code).to_owned()
        }
    }
}

fn read(form: &str, document: &str) -> Decoded {
    let form = Form::parse("test", form).expect("the form is right");
    let decoded = decode_document(&form, document.as_bytes(), &context()).expect("the document is of the form");
    assert_eq!(decoded.lines_read as usize, decoded.items.num_rows() + decoded.faulted_lines(), "no item is lost");
    assert_eq!(decoded.keys.len(), decoded.items.num_rows());
    decoded
}

#[test]
fn many_faults_come_in_pieces_that_make_the_whole() {
    let document = {
        let sound = document_of(2000);
        let mut number = 0;
        let parts: Vec<&str> = sound.split("<net>1</net>").collect();
        let mut text = parts[0].to_owned();
        for part in &parts[1..] {
            number += 1;
            text.push_str(if number % 7 == 0 { "<net>much</net>" } else { "<net>1</net>" });
            text.push_str(part);
        }
        text
    };
    let form = Form::parse("test", MANY).expect("the form is right");
    let whole = read(MANY, &document);
    let mut pieces = Vec::new();
    let last = decode_in_pieces(&form, document.as_bytes(), &context(), &mut |piece| pieces.push(piece));
    pieces.push(last.expect("the document is of the form"));
    assert!(pieces.len() > 5, "{} pieces", pieces.len());
    assert!(pieces.iter().all(|piece| piece.faults.len() <= FAULTS_AT_ONCE + BLOCK));
    assert_eq!(pieces.iter().flat_map(|piece| piece.faults.clone()).collect::<Vec<_>>(), whole.faults);
    assert_eq!(whole.faults[1].column.as_deref(), Some("item/net"));
    assert!(whole.faults[1].raw.starts_with("line 15: "), "{}", whole.faults[1].raw);
    let keys: Vec<_> = pieces.iter().flat_map(|piece| piece.keys.clone()).collect();
    assert_eq!(keys, whole.keys);
}

const MANY: &str = "title = 'T'\nrecord = 'item'\nlayout = 'xml'\n[xml]\nroot = 'd'\nitem = 'item'\n[field]\n\
    declaration_id = { path = 'id' }\nitem_no = { position = 'item' }\nprocedure_code = { value = '4000' }\n\
    net_mass_kg = { path = 'item/net' }\n";

/// A declaration of so many items, each on a line of its own.
fn document_of(items: usize) -> String {
    format!("<d><id>D1</id>\n{}</d>", "<item><net>1</net></item>\n".repeat(items))
}

fn refused(document: &[u8]) -> String {
    let form = Form::parse("test", FORM).expect("the form is right");
    decode_document(&form, document, &context()).expect_err("the document is not of the form").to_string()
}

const FORM: &str = r#"
title = "test"
record = "item"
layout = "xml"
[xml]
root = "File"
declaration = "Declaration"
item = "Goods/Item"
[field]
declaration_id = { path = "ID" }
item_no = { path = "Goods/Item/No" }
version = { path = "Version" }
status = { path = "Status" }
procedure_code = { join = [
    { path = "Goods/Item/Procedure/Current", where = { Previous = "*" }, needed = true },
    { path = "Goods/Item/Procedure/Previous", needed = true },
] }
additional_procedure = { path = "Goods/Item/Procedure/Current", where = { Previous = "" }, all = " " }
trader_id = { first_of = [{ path = "Exporter", where = { "/Type" = "EX" } }, "Importer"] }
origin_country = { path = "Goods/Item/Origin/Country", where = { Kind = "1" }, null_when = ["QQ"] }
destination_country = { first_of = ["Goods/Item/To", "To"] }
invoice_currency = { first_of = ["Goods/Item/Price@currency", "Price@currency"] }
invoice_amount = { path = "Goods/Item/Price" }
freight_cost = { path = "Goods/Item/Freight", currency = "Goods/Item/Freight@currency" }
commodity_code = { join = [{ path = "Goods/Item/Code", needed = true }, "Goods/Item/Extra"], as = "digits" }
goods_description = { path = "Goods/Item/Text" }
net_mass_kg = { path = "Goods/Item/Mass", where = { "@unit" = "KGM" } }
statistical_value = { path = "Goods/Item/Value" }
package_count = { path = "Goods/Item/Package/Count", all = "sum" }
[declaration]
item_count = { path = "Items" }
package_count = { path = "Packages" }
"#;

/// A document of one declaration with these items.
fn document(header: &str, items: &[&str]) -> String {
    let items: String = items.iter().map(|item| format!("<Item>{item}</Item>\n")).collect();
    format!("<File><Declaration>\n<ID>D1</ID>{header}\n<Goods>{items}</Goods></Declaration></File>")
}

const KEY: &str = "<No>1</No><Procedure><Current>40</Current><Previous>00</Previous></Procedure>";

fn item(cells: &str) -> Decoded {
    read(FORM, &document("<To>AZ</To><Price currency='EUR'/>", &[&format!("{KEY}{cells}")]))
}

#[test]
fn where_chooses_among_repeated_elements() {
    let origins = "<Origin><Country>FR</Country><Kind>2</Kind></Origin><Origin><Country>TR</Country><Kind>1</Kind></Origin>";
    assert_eq!(cell(&item(origins).items, "origin_country", 0), "TR");
    assert_eq!(cell(&item("<Origin><Country>FR</Country></Origin>").items, "origin_country", 0), "");
    assert_eq!(cell(&item("<Mass unit='TNE'>2</Mass><Mass unit='KGM'>5</Mass>").items, "net_mass_kg", 0), "5.000");
}

#[test]
fn where_can_ask_for_something_nothing_or_the_header() {
    let more = "<Procedure><Current>1CS</Current></Procedure><Procedure><Current>C07</Current><Previous/></Procedure>";
    let decoded = item(more);
    assert_eq!(cell(&decoded.items, "procedure_code", 0), "4000");
    assert_eq!(cell(&decoded.items, "additional_procedure", 0), "1CS C07");
    let trader = |kind: &str| {
        let header = format!("<Type>{kind}</Type><Exporter>1</Exporter><Importer>2</Importer>");
        cell(&read(FORM, &document(&header, &[KEY])).items, "trader_key", 0)
    };
    assert_ne!(trader("EX"), trader("IM"));
    assert_eq!(trader("IM"), trader("CO"));
}

#[test]
fn first_of_goes_from_the_item_to_the_header() {
    assert_eq!(cell(&item("<To>GE</To>").items, "destination_country", 0), "GE");
    assert_eq!(cell(&item("<To> </To>").items, "destination_country", 0), "AZ");
    assert_eq!(cell(&item("<Price currency='USD'>7</Price>").items, "invoice_currency", 0), "USD");
    assert_eq!(cell(&item("<Price>7</Price>").items, "invoice_currency", 0), "EUR");
}

#[test]
fn join_leaves_out_what_is_missing_unless_it_is_needed() {
    let code = |cells: &str| cell(&item(cells).items, "commodity_code", 0);
    assert_eq!(code("<Code>8471.30</Code><Extra>00</Extra>"), "84713000");
    assert_eq!(code("<Code>847130</Code><Extra><null/></Extra>"), "847130");
    assert_eq!(code("<Extra>00</Extra>"), "");
}

#[test]
fn nothing_is_declared_by_an_empty_element_a_null_element_and_a_null_text() {
    for nothing in [
        "",
        "<Origin/>",
        "<Origin><Country/><Kind>1</Kind></Origin>",
        "<Origin><Country><null/></Country><Kind>1</Kind></Origin>",
        "<Origin><Country>\n<null></null> </Country><Kind>1</Kind></Origin>",
        "<Origin><Country>QQ</Country><Kind>1</Kind></Origin>",
    ] {
        let decoded = item(nothing);
        assert_eq!(cell(&decoded.items, "origin_country", 0), "", "{nothing}");
        assert!(decoded.faults.is_empty(), "{nothing}");
    }
}

#[test]
fn packages_are_added_up_and_one_that_is_no_number_is_a_fault() {
    let count = |text: &str| format!("<Package><Count>{text}</Count></Package>");
    assert_eq!(cell(&item(&[count("2"), count("3.0")].concat()).items, "package_count", 0), "5");
    let decoded = item(&[count("2"), count("many")].concat());
    assert_eq!(cell(&decoded.items, "package_count", 0), "");
    assert_eq!((decoded.faults[0].code, decoded.faults[0].found.as_str()), (FaultCode::NotANumber, "many"));
    assert_eq!(item(&[count("2000000000"), count("2000000000")].concat()).faults[0].code, FaultCode::TooManyDigits);
}

#[test]
fn a_cell_that_cannot_be_read_is_null_and_a_fault_with_its_path_and_line() {
    let decoded = read(FORM, &document("", &[KEY, &format!("{KEY}\n<Value>\n1.2.3</Value><Text>left</Text>")]));
    assert_eq!(decoded.items.num_rows(), 2);
    assert_eq!(cell(&decoded.items, "statistical_value", 1), "");
    assert_eq!(cell(&decoded.items, "goods_description", 1), "left");
    let fault = &decoded.faults[0];
    assert_eq!((fault.line_no, fault.column.as_deref(), fault.is_line), (2, Some("Goods/Item/Value"), false));
    assert_eq!((fault.code, fault.found.as_str(), &*fault.expected), (FaultCode::NotANumber, "1.2.3", "a number"));
    assert!(fault.raw.starts_with("line 5: declaration_id=D1; "), "{}", fault.raw);
}

#[test]
fn an_item_without_its_key_is_set_aside_whole() {
    let decoded = read(FORM, &document("", &[&KEY.replace("<No>1</No>", "<Value>12.50</Value>"), KEY]));
    assert_eq!((decoded.items.num_rows(), decoded.faulted_lines()), (1, 1));
    assert_eq!(cell(&decoded.items, "line_no", 0), "2");
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.column.as_deref()), (FaultCode::KeyEmpty, Some("Goods/Item/No")));
    assert_eq!(fault.statistical_value, Some(1250));
}

#[test]
fn a_declaration_without_a_number_loses_its_row_and_every_item() {
    let decoded = read(FORM, &document("<Items>1</Items>", &[KEY]).replace("<ID>D1</ID>", ""));
    assert_eq!((decoded.items.num_rows(), decoded.declarations.num_rows(), decoded.faulted_lines()), (0, 0, 1));
    let bare = read(FORM, &document("", &[]).replace("<ID>D1</ID>", ""));
    assert_eq!((bare.faults.len(), bare.faulted_lines()), (1, 0));
    assert_eq!((bare.faults[0].code, bare.faults[0].column.as_deref()), (FaultCode::KeyEmpty, Some("ID")));
}

#[test]
fn an_amount_in_another_currency_is_not_taken_for_one_of_the_invoice() {
    let freight = |currency: &str| item(&format!("<Price currency='EUR'>9</Price><Freight currency='{currency}'>3</Freight>"));
    assert_eq!(cell(&freight("EUR").items, "freight_cost", 0), "3.00");
    assert_eq!(cell(&freight("").items, "freight_cost", 0), "3.00");
    let decoded = freight("USD");
    assert_eq!(cell(&decoded.items, "freight_cost", 0), "");
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.found.as_str(), &*fault.expected), (FaultCode::CurrencyDiffers, "3 USD", "an amount in EUR"));
    assert!(item("<Freight currency='USD'>0.00</Freight>").faults.is_empty());
}

#[test]
fn parties_are_pseudonyms_and_never_in_a_fault() {
    let decoded = read(FORM, &document("<Importer>SECRET77</Importer>", &[&format!("{KEY}<Value>x</Value>")]));
    assert_eq!(cell(&decoded.items, "trader_key", 0).len(), 32);
    let shown = format!("{:?}", decoded.faults);
    assert!(shown.contains("trader_id=***") && !shown.contains("SECRET77"), "{shown}");
    let long = "S".repeat(TEXT_LIMIT + 1);
    let decoded = read(FORM, &document(&format!("<Importer>{long}</Importer>"), &[KEY]));
    assert_eq!((decoded.faults[0].code, decoded.faults[0].found.as_str()), (FaultCode::LineTooLong, MASK));
}

#[test]
fn what_a_party_is_known_by_is_hidden_beside_its_own_element_too() {
    let header = "<Importer>SECRET77</Importer><Packages>secret77</Packages><Items>9</Items>";
    let wrong = format!("{KEY}<Price currency='EUR'>9</Price><Freight currency='USD'>3</Freight><Value>of SECRET77</Value>");
    let decoded = read(FORM, &document(header, &[&wrong]).replace("<ID>D1</ID>", "<ID>D-SECRET77</ID>"));
    assert_eq!(decoded.faults.len(), 4, "{:?}", decoded.faults);
    let shown = format!("{:?}", decoded.faults).to_lowercase();
    assert!(!shown.contains("secret77"), "{shown}");
    for (found, raw) in decoded.faults.iter().map(|fault| (&fault.found, &fault.raw)) {
        assert!(
            raw.contains("declaration_id=D-***") && ["***", "9 items", "1 items", "3 USD", "of ***"].contains(&found.as_str())
        );
    }
}

#[test]
fn the_items_said_to_be_there_are_counted() {
    let decoded = read(FORM, &document("<Items>8</Items><Packages>50</Packages>", &[]));
    assert_eq!((decoded.items.num_rows(), decoded.lines_read), (0, 0));
    assert_eq!(cell(&decoded.declarations, "declaration_id", 0), "D1");
    assert_eq!(cell(&decoded.declarations, "package_count", 0), "50");
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.is_line), (FaultCode::ItemCount, false));
    assert_eq!((fault.found.as_str(), &*fault.expected), ("0 items", "8 items, as declared"));
    assert_eq!(fault.column.as_deref(), Some("Items"));
    assert!(read(FORM, &document("<Items>1</Items>", &[KEY])).faults.is_empty());
}

#[test]
fn a_header_cell_that_cannot_be_read_is_told_once() {
    let decoded = read(FORM, &document("\n<Packages>few</Packages>", &[KEY, &KEY.replace('1', "2")]));
    assert_eq!(decoded.faults.len(), 1);
    assert_eq!(decoded.faults[0].column.as_deref(), Some("Packages"));
    assert_eq!(decoded.faults[0].raw, "line 3: declaration_id=D1");
    assert_eq!(cell(&decoded.declarations, "package_count", 0), "");
}

#[test]
fn a_file_may_hold_several_declarations() {
    let declaration = |id: &str, version: &str, status: &str| {
        format!("<Declaration><ID>{id}</ID><Goods><Item>{KEY}</Item></Goods>{version}{status}</Declaration>")
    };
    let text = format!(
        "<File>{}{}</File>",
        declaration("A", "<Version>2</Version>", ""),
        declaration("B", "", "<Status>cancelled</Status>")
    );
    let decoded = read(FORM, &text);
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "declaration_id", row)), ["A", "B"]);
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "line_no", row)), ["1", "2"]);
    // The header stands after its items, and still holds for them.
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "version", row)), ["2", ""]);
    assert_eq!([0, 1].map(|row| cell(&decoded.declarations, "status", row)), ["accepted", "cancelled"]);
    assert_eq!([0, 1].map(|row| cell(&decoded.declarations, "line_no", row)), ["1", "2"]);
    assert_eq!(decoded.receipts.iter().map(|receipt| receipt.is_cancelled).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn messages_are_read_out_of_what_they_were_sent_in() {
    let message = |id: &str| {
        document("", &[KEY]).replace("D1", id).replace("<File>", "<n:File xmlns:n='u'>").replace("</File>", "</n:File>")
    };
    let text = format!(
        "<s:Envelope xmlns:s='u'><s:Header><Sender>x</Sender></s:Header><s:Body>{}{}</s:Body></s:Envelope>",
        message("A"),
        message("B")
    );
    let decoded = read(FORM, &text);
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "declaration_id", row)), ["A", "B"]);
    assert_eq!([0, 1].map(|row| cell(&decoded.declarations, "line_no", row)), ["1", "2"]);
    // A part of the message is not the message: an answer about a declaration holds one as well.
    assert!(refused(b"<Answer><Declaration><ID>D1</ID></Declaration></Answer>").contains("document element `Answer`"));
}

#[test]
fn many_items_are_read_block_by_block() {
    let items: Vec<String> = (1..=1000).map(|no| KEY.replacen('1', &no.to_string(), 1)).collect();
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    let decoded = read(FORM, &document("<Items>1000</Items>", &items));
    assert_eq!(decoded.items.num_rows(), 1000);
    assert_eq!(cell(&decoded.items, "item_no", 999), "1000");
    assert_eq!(cell(&decoded.items, "line_no", 999), "1000");
    assert_eq!((decoded.receipts.len(), decoded.receipts[0].item_count), (1, 1000));
    assert!(decoded.faults.is_empty());
}

#[test]
fn a_file_that_is_not_of_the_form_is_refused_with_its_place() {
    assert_eq!(refused(b""), "line 1, column 1: found an empty file, expected an XML document");
    assert_eq!(refused(b"<html/>"), "line 1, column 1: found the document element `html`, expected `File` or `Declaration`");
    assert_eq!(
        refused(b"declaration_id,item_no\n"),
        "line 1, column 1: found text outside the document element, expected `<File>`"
    );
    assert_eq!(
        refused(b"<File>\n<Declaration><ID>1"),
        "line 2, column 19: found the end of the file inside 3 open elements, expected `</File>`"
    );
    let bomb = b"<!DOCTYPE a [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><File><Declaration><ID>&b;</ID></Declaration></File>";
    assert!(refused(bomb).starts_with("line 1, column 1: found a document type definition"));
    let deep = format!("<File>{}{}</File>", "<a>".repeat(70), "</a>".repeat(70));
    assert!(refused(deep.as_bytes()).contains("at most 64 levels"));
    assert!(refused(b"<?xml version='1.0' encoding='utf-8'?><File>\xe4</File>").contains("bytes that are not UTF-8"));
}

#[test]
fn half_a_document_is_refused_wherever_it_is_cut() {
    let whole = document("<Items>1</Items>", &[KEY]);
    let end = whole.len() - "</File>".len();
    for cut in 0..=end {
        refused(&whole.as_bytes()[..cut]);
    }
    read(FORM, &whole);
}
