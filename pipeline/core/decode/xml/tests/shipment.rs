//! Declarations whose items stand in several shipments.

use super::wco::{FORM, ITEM};
use super::*;

/// A declaration of these shipments, each with its own header and the numbers of its items.
fn shipments(header: &str, shipments: &[(&str, &[u32])]) -> String {
    let item = |number: &u32| {
        let item = ITEM.replacen('2', &number.to_string(), 1);
        format!("<GovernmentAgencyGoodsItem>{item}</GovernmentAgencyGoodsItem>")
    };
    let shipment = |(own, items): &(&str, &[u32])| {
        let items: String = items.iter().map(item).collect();
        format!("<GoodsShipment>{items}{own}</GoodsShipment>")
    };
    let shipments: String = shipments.iter().map(shipment).collect();
    format!(
        "<MetaData><Declaration><FunctionalReferenceID>Q1</FunctionalReferenceID><TypeCode>EXA</TypeCode>{header}{shipments}</Declaration></MetaData>"
    )
}

const TO_TR: &str =
    "<Destination><CountryCode>TR</CountryCode></Destination><TradeTerms><ConditionCode>FOB</ConditionCode></TradeTerms>
<CustomsValuation><FreightChargeAmount currencyID='USD'>19.34</FreightChargeAmount></CustomsValuation>";
const TO_DE: &str = "<Destination><CountryCode>DE</CountryCode></Destination>
<CustomsValuation><FreightChargeAmount currencyID='USD'>0.7</FreightChargeAmount></CustomsValuation>";

#[test]
fn a_shipment_speaks_for_its_own_items() {
    let decoded = read(FORM, &shipments("", &[(TO_TR, &[1]), ("", &[2]), (TO_DE, &[3, 4])]));
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    let column = |field: &str| (0..4).map(|row| cell(&decoded.items, field, row)).collect::<Vec<_>>();
    assert_eq!(column("destination_country"), ["TR", "", "DE", "DE"]);
    assert_eq!(column("delivery_terms"), ["FOB", "", "", ""]);
    assert_eq!((column("item_no"), decoded.renumbered), (["1", "2", "3", "4"].map(str::to_owned).to_vec(), 0));
    // 19.34 and 0.70.
    assert_eq!(cell(&decoded.declarations, "freight_cost", 0), "20.04");
    let mixed = read(FORM, &shipments("", &[(TO_TR, &[1]), (&TO_DE.replace("USD", "EUR"), &[2])]));
    assert_eq!(cell(&mixed.declarations, "freight_cost", 0), "");
    let fault = &mixed.faults[0];
    assert_eq!((fault.code, fault.found.as_str(), mixed.faults.len()), (FaultCode::CurrencyDiffers, "EUR, USD", 1));
}

#[test]
fn numbers_that_begin_anew_in_each_shipment_run_on() {
    let text = shipments("", &[(TO_TR, &[1, 2]), (TO_DE, &[1, 2])]).replace("<MetaData>", "<MetaData>\n");
    let decoded = read(FORM, &text);
    let column = |field: &str| (0..4).map(|row| cell(&decoded.items, field, row)).collect::<Vec<_>>();
    assert_eq!(column("item_no"), ["1", "2", "3", "4"]);
    assert_eq!(column("destination_country"), ["TR", "TR", "DE", "DE"]);
    assert_eq!((decoded.renumbered, decoded.receipts.len(), decoded.receipts[0].item_count), (1, 1, 4));
    // What stands twice in one shipment still does, and what is no number is told as it stands.
    let twice = read(FORM, &shipments("", &[(TO_TR, &[1, 1])]));
    assert_eq!((cell(&twice.items, "item_no", 1), twice.renumbered), ("1".to_owned(), 0));
    let broken = text.replacen("<SequenceNumeric>2", "<SequenceNumeric>x", 2);
    assert_eq!(read(FORM, &broken).faults[0].found, "x");
}

#[test]
fn an_amendment_of_another_shipment_is_kept_as_received() {
    let message = |shipments_of: &str, sequence: &str| {
        format!(
            "<MetaData><Declaration><FunctionCode>13</FunctionCode><FunctionalReferenceID>Q1</FunctionalReferenceID><TypeCode>COR</TypeCode>
<Amendment><ChangeReasonCode>32</ChangeReasonCode><Pointer><DocumentSectionCode>42A</DocumentSectionCode></Pointer>
<Pointer><SequenceNumeric>{sequence}</SequenceNumeric><DocumentSectionCode>67A</DocumentSectionCode></Pointer>
<Pointer><DocumentSectionCode>28A</DocumentSectionCode><TagID>096</TagID></Pointer></Amendment>{shipments_of}</Declaration></MetaData>"
        )
    };
    let shipment = "<GoodsShipment><Consignment><ContainerCode>1</ContainerCode></Consignment></GoodsShipment>";
    let fields = |text: &str| {
        let amendments = read(FORM, text).amendments;
        (0..amendments.num_rows())
            .map(|row| (cell(&amendments, "field", row), cell(&amendments, "value", row)))
            .collect::<Vec<_>>()
    };
    let own = |field: &str, value: &str| vec![(field.to_owned(), value.to_owned())];
    assert_eq!(fields(&message(shipment, "1")), own("container", "1"));
    assert_eq!(fields(&message(shipment, "2")), own("container at 42A/67A[2]/28A#096", "1"));
    assert_eq!(fields(&message(&shipment.repeat(2), "1")), own("container at 42A/67A[1]/28A#096", "1"));
    // What the message does not repeat is taken out, where it can only be the first shipment's.
    assert_eq!(fields(&message("", "1")), own("container", ""));
    assert_eq!(fields(&message("", "2")), own("container at 42A/67A[2]/28A#096", ""));
}
