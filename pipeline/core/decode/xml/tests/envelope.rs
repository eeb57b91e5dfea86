//! Messages in the envelopes that they are sent in.

use super::wco::{FORM, HEADER, ITEM, SHIPMENT, message};
use super::*;

#[test]
fn a_declaration_comes_with_and_without_its_envelope() {
    let enveloped = message("IMA", HEADER, SHIPMENT, ITEM);
    let start = enveloped.find("<Declaration").expect("it is there");
    let bare = enveloped[start..].replace("</md:MetaData>", "");
    assert_eq!(read(FORM, &bare).items, read(FORM, &enveloped).items);
    let renamed = enveloped.replace("md:MetaData", "md:DocumentMetaData");
    assert_eq!(read(FORM, &renamed).items, read(FORM, &enveloped).items);
}

#[test]
fn a_message_is_read_out_of_the_request_that_sent_it() {
    let text = message("IMA", HEADER, SHIPMENT, ITEM);
    let text = format!(
        "<v1:submitDeclarationRequest xmlns:v1='u'><v1:requestCommon><v1:regime>CDS</v1:regime></v1:requestCommon><v1:requestDetail>{text}</v1:requestDetail></v1:submitDeclarationRequest>"
    );
    let decoded = read(FORM, &text);
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    assert_eq!(cell(&decoded.items, "declaration_id", 0), "REF1");
    assert_eq!(cell(&decoded.items, "commodity_code", 0), "8510100010");
}

#[test]
fn a_declaration_is_found_in_an_envelope_without_its_own() {
    let bare = message("IMA", HEADER, SHIPMENT, ITEM);
    let declaration = &bare[bare.find("<Declaration").expect("it is there")..bare.rfind("</md:").expect("it is closed")];
    let answer =
        format!("<r:Answer xmlns:r='u'><r:Declaration><ID>9</ID></r:Declaration><r:Full>{declaration}</r:Full></r:Answer>");
    let decoded = read(FORM, &answer);
    assert_eq!((cell(&decoded.items, "declaration_id", 0), decoded.items.num_rows()), ("REF1".to_owned(), 1));
}
