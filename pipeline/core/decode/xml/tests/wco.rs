//! WCO Data Model declarations and the messages that amend them.

use super::*;

pub(super) const FORM: &str = include_str!("../../../../../reference/forms/wco_xml.toml");

pub(super) const ITEM: &str = "<SequenceNumeric>2</SequenceNumeric><StatisticalValueAmount currencyID='GBP'>900</StatisticalValueAmount><CustomsValueAmount currencyID='GBP'>950.5</CustomsValueAmount>
<Commodity><Description>Shavers</Description>
<Classification><ID>85101000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>
<Classification><ID>VATZ</ID><IdentificationTypeCode>GN</IdentificationTypeCode></Classification>
<Classification><ID>10</ID><IdentificationTypeCode>TRC</IdentificationTypeCode></Classification>
<DutyTaxFee><TypeCode>A00</TypeCode></DutyTaxFee><DutyTaxFee><DutyRegimeCode>300</DutyRegimeCode></DutyTaxFee>
<GoodsMeasure><GrossMassMeasure unitCode='KGM'>150</GrossMassMeasure><NetNetWeightMeasure>100.5</NetNetWeightMeasure><TariffQuantity unitCode='NAR'>10</TariffQuantity></GoodsMeasure>
<InvoiceLine><ItemChargeAmount currencyID='EUR'>1000</ItemChargeAmount></InvoiceLine></Commodity>
<CustomsValuation><MethodCode>1</MethodCode></CustomsValuation>
<GovernmentProcedure><CurrentCode>40</CurrentCode><PreviousCode>71</PreviousCode></GovernmentProcedure>
<GovernmentProcedure><CurrentCode>C07</CurrentCode></GovernmentProcedure><GovernmentProcedure><CurrentCode>1CS</CurrentCode></GovernmentProcedure>
<Origin><CountryCode>FR</CountryCode><TypeCode>2</TypeCode></Origin><Origin><CountryCode>US</CountryCode><TypeCode>1</TypeCode></Origin>
<Packaging><QuantityQuantity>20</QuantityQuantity></Packaging><Packaging><QuantityQuantity>5</QuantityQuantity></Packaging>";

pub(super) fn message(kind: &str, header: &str, shipment: &str, item: &str) -> String {
    format!(
        "<md:MetaData xmlns:md='urn:m' xmlns='urn:d'><md:WCOTypeName>DEC</md:WCOTypeName><Declaration xmlns:p1='urn:p'>
<FunctionCode>9</FunctionCode><FunctionalReferenceID>REF1</FunctionalReferenceID><TypeCode>{kind}</TypeCode>{header}
<GoodsShipment>{shipment}<GovernmentAgencyGoodsItem>{item}</GovernmentAgencyGoodsItem></GoodsShipment></Declaration></md:MetaData>"
    )
}

pub(super) const HEADER: &str = "<AcceptanceDateTime><p1:DateTimeString formatCode='304'>20240425090243+01</p1:DateTimeString></AcceptanceDateTime>
<GoodsItemQuantity>1</GoodsItemQuantity><InvoiceAmount currencyID='JPY'>5000</InvoiceAmount><TotalGrossMassMeasure>160</TotalGrossMassMeasure><TotalPackageQuantity>25</TotalPackageQuantity>
<BorderTransportMeans><RegistrationNationalityCode>US</RegistrationNationalityCode><ModeCode>1</ModeCode></BorderTransportMeans>
<Declarant><ID>GB1</ID></Declarant><ExitOffice><ID>GB000040</ID></ExitOffice><Exporter><ID>GB3</ID></Exporter>";

pub(super) const SHIPMENT: &str = "<TransactionNatureCode>1</TransactionNatureCode>
<Consignment><ContainerCode>1</ContainerCode><ArrivalTransportMeans><ModeCode>3</ModeCode></ArrivalTransportMeans></Consignment>
<CustomsValuation><FreightChargeAmount currencyID='USD'>19.34</FreightChargeAmount></CustomsValuation>
<Destination><CountryCode>GB</CountryCode></Destination><ExportCountry><ID>CN</ID></ExportCountry>
<Importer><ID>GB2</ID></Importer><TradeTerms><ConditionCode>CIF</ConditionCode></TradeTerms>";

#[test]
fn every_mapped_element_fills_its_field() {
    let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, ITEM));
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    let item = [
        ("declaration_id", "REF1"),
        ("item_no", "2"),
        ("status", "accepted"),
        ("declaration_type", "IMA"),
        ("procedure_code", "4071"),
        ("additional_procedure", "C07 1CS"),
        ("acceptance_date", "2024-04-25"),
        ("release_date", ""),
        ("customs_office", "GB000040"),
        ("consignment_country", "CN"),
        ("origin_country", "US"),
        ("destination_country", "GB"),
        ("delivery_terms", "CIF"),
        ("invoice_currency", "EUR"),
        ("transaction_nature", "1"),
        ("border_transport_mode", "1"),
        ("inland_transport_mode", "3"),
        ("container", "1"),
        ("transport_nationality", "US"),
        ("preference", "300"),
        ("valuation_method", "1"),
        ("commodity_code", "8510100010"),
        ("goods_description", "Shavers"),
        ("gross_mass_kg", "150.000"),
        ("net_mass_kg", "100.500"),
        ("supplementary_quantity", "10.000"),
        ("supplementary_unit", "NAR"),
        ("invoice_amount", "1000.00"),
        ("statistical_value", "900.00"),
        ("customs_value", "950.50"),
        ("package_count", "25"),
    ];
    for (field, expected) in item {
        assert_eq!(cell(&decoded.items, field, 0), expected, "{field}");
    }
    let declaration = [
        ("declaration_id", "REF1"),
        ("item_count", "1"),
        ("package_count", "25"),
        ("gross_mass_kg", "160.000"),
        ("invoice_amount", "5000.00"),
        ("invoice_currency", "JPY"),
        ("freight_cost", "19.34"),
        ("freight_currency", "USD"),
    ];
    for (field, expected) in declaration {
        assert_eq!(cell(&decoded.declarations, field, 0), expected, "{field}");
    }
    assert_eq!(decoded.amendments.num_rows(), 0);
}

#[test]
fn what_an_item_says_goes_before_what_the_shipment_says() {
    let own = "<Destination><CountryCode>SD</CountryCode></Destination><ExportCountry><ID>IL</ID></ExportCountry>
<TransactionNatureCode>22</TransactionNatureCode>";
    let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, &format!("{ITEM}{own}")));
    assert_eq!(cell(&decoded.items, "destination_country", 0), "SD");
    assert_eq!(cell(&decoded.items, "consignment_country", 0), "IL");
    assert_eq!(cell(&decoded.items, "transaction_nature", 0), "22");
}

#[test]
fn what_is_missing_has_its_second_place() {
    let without = |cut: &str| message("EXA", HEADER, SHIPMENT, ITEM).replace(cut, "");
    let value = |text: &str, field: &str| cell(&read(FORM, text).items, field, 0);
    assert_eq!(value(&without("<Origin><CountryCode>US</CountryCode><TypeCode>1</TypeCode></Origin>"), "origin_country"), "FR");
    assert_eq!(value(&without(" currencyID='EUR'"), "invoice_currency"), "JPY");
    let trc = "<Classification><ID>10</ID><IdentificationTypeCode>TRC</IdentificationTypeCode></Classification>";
    assert_eq!(value(&without(trc), "commodity_code"), "85101000");
    let tsp = "<Classification><ID>85101000</ID><IdentificationTypeCode>TSP</IdentificationTypeCode></Classification>";
    assert_eq!(value(&without(tsp), "commodity_code"), "");
    let importer = without("<Importer><ID>GB2</ID></Importer>");
    assert_ne!(value(&importer, "trader_key"), value(&message("IMA", HEADER, SHIPMENT, ITEM), "trader_key"));
    let departure = message("EXA", HEADER, SHIPMENT, ITEM).replace("ArrivalTransportMeans", "DepartureTransportMeans");
    assert_eq!(value(&departure, "inland_transport_mode"), "3");
    let office = "<DeclarationOfficeID>GBLBA001</DeclarationOfficeID>";
    assert_eq!(value(&message("EXA", &format!("{HEADER}{office}"), "", ITEM), "customs_office"), "GBLBA001");
}

#[test]
fn dates_with_and_without_the_time_of_day() {
    let date = |text: &str| {
        cell(&read(FORM, &message("IMA", HEADER, "", ITEM).replace("20240425090243+01", text)).items, "acceptance_date", 0)
    };
    assert_eq!(date("20240425"), "2024-04-25");
    assert_eq!(date("20201231010000Z"), "2020-12-31");
    let decoded = read(FORM, &message("IMA", HEADER, "", ITEM).replace("20240425090243+01", "25.04.2024"));
    assert_eq!(decoded.faults[0].column.as_deref(), Some("AcceptanceDateTime/DateTimeString"));
}

pub(super) fn pointer(steps: &str, reason: &str) -> String {
    let step = |step: &str| {
        let (path, tag) = step.split_once('#').unwrap_or((step, ""));
        let (section, sequence) = path.split_once('.').unwrap_or((path, ""));
        let element = |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("<{name}>{text}</{name}>") };
        format!(
            "<Pointer>{}{}{}</Pointer>",
            element("SequenceNumeric", sequence),
            element("DocumentSectionCode", section),
            element("TagID", tag)
        )
    };
    let steps: String = steps.split('/').map(step).collect();
    format!("<Amendment><ChangeReasonCode>{reason}</ChangeReasonCode>{steps}</Amendment>")
}

pub(super) fn amendments(pointers: &[&str], header: &str, shipment: &str, item: &str) -> Vec<String> {
    let pointers: String = pointers.iter().map(|steps| pointer(steps, "28")).collect();
    let decoded = read(FORM, &message("COR", &format!("{header}{pointers}"), shipment, item));
    assert_eq!((decoded.items.num_rows(), decoded.declarations.num_rows(), decoded.faults.len()), (0, 0, 0));
    let rows = &decoded.amendments;
    let row = |row: usize| {
        assert_eq!((cell(rows, "reference", row), cell(rows, "reason", row)), ("REF1".to_owned(), "28".to_owned()));
        let text = |column: &str| cell(rows, column, row);
        format!("{} {} {}={}", text("line_no"), text("item_no"), text("field"), text("value"))
    };
    (0..rows.num_rows()).map(row).collect()
}

#[test]
fn a_pointer_to_an_element_amends_the_field_read_from_it() {
    let mass = "42A.1/67A.1/68A.2/23A.1/65A.1#128";
    assert_eq!(amendments(&[mass], "", "", ITEM), ["1 2 net_mass_kg=100.500"]);
    let price = "42A/67A/68A.2/23A/79A.1#112";
    assert_eq!(
        amendments(&[mass, price], "", "", ITEM),
        [
            "1 2 net_mass_kg=100.500",
            // The attribute of the element changes with it.
            "2 2 invoice_currency=EUR",
            "2 2 invoice_amount=1000.00",
        ]
    );
}

#[test]
fn a_pointer_into_the_header_amends_the_declaration() {
    assert_eq!(amendments(&["42A.1#146", "42A.1#228"], HEADER, "", ITEM), ["1  package_count=25", "2  item_count=1"]);
    let freight = amendments(&["42A/67A.1/41A.1#117"], "", SHIPMENT, ITEM);
    assert_eq!(freight, ["1  freight_cost=19.34", "1  freight_currency=USD"]);
}

#[test]
fn an_item_added_whole_is_a_row_for_each_of_its_fields() {
    let rows = amendments(&["42A.1/67A.1/68A.2"], HEADER, SHIPMENT, ITEM);
    assert!(rows.contains(&"1 2 procedure_code=4071".to_owned()));
    assert!(rows.contains(&"1 2 commodity_code=8510100010".to_owned()));
    assert!(rows.contains(&"1 2 package_count=25".to_owned()));
    // What the header says is no part of the item.
    assert!(!rows.iter().any(|row| row.contains("destination_country") || row.contains("item_no=") || row.contains("trader")));
}

#[test]
fn a_pointer_that_no_field_answers_to_is_kept_as_received() {
    let regime = "<AdditionalDocument><TypeCode>506</TypeCode></AdditionalDocument><AdditionalDocument><TypeCode>WKS</TypeCode></AdditionalDocument>";
    let document = "42A/67A.1/68A.2/02A.2#D006";
    let rows = amendments(&[document, "42A/67A/68A.2/99Z.1#128", "42A/67A/68A.2#999"], "", "", &format!("{ITEM}{regime}"));
    assert_eq!(rows, ["1 2 42A/67A[1]/68A[2]/02A[2]#D006=WKS", "2 2 42A/67A/68A[2]/99Z[1]#128=", "3 2 42A/67A/68A[2]#999=",]);
    // The second of two, while a field is read from the first.
    let packaging = amendments(&["42A/67A/68A.2/93A.2#144"], "", "", ITEM);
    assert_eq!(packaging, ["1 2 package_count at 42A/67A/68A[2]/93A[2]#144=5"]);
    // The second alone says that there is a first, and not how many packages it has.
    let second = "<Packaging><SequenceNumeric>2</SequenceNumeric><QuantityQuantity>9</QuantityQuantity></Packaging>";
    let item = format!("<SequenceNumeric>2</SequenceNumeric>{second}");
    assert_eq!(amendments(&["42A/67A/68A.2/93A.2#144"], "", "", &item), ["1 2 package_count at 42A/67A/68A[2]/93A[2]#144=9"]);
    assert_eq!(amendments(&["42A/67A/68A.2/93A.1#144"], "", "", &item), ["1 2 package_count=9"]);
}

#[test]
fn the_new_name_or_address_of_a_party_is_not_kept() {
    let exporter = "<Exporter><Name>SECRET</Name><Address><TypeCode>SECRET</TypeCode></Address></Exporter>";
    let rows = amendments(&["42A.1/57A.1#R031", "42A.1/57A.1/04A.3#113"], exporter, "", ITEM);
    assert_eq!(rows, ["1  42A[1]/57A[1]#R031=", "2  42A[1]/57A[1]/04A[3]#113="]);
}

#[test]
fn an_item_that_the_message_does_not_hold_is_still_named() {
    assert_eq!(amendments(&["42A/67A/68A.7/23A/99Z#128"], "", "", ITEM), ["1 7 42A/67A/68A[7]/23A/99Z#128="]);
    assert_eq!(amendments(&["42A/67A/68A.7/23A/65A#128"], "", "", ITEM), ["1 7 net_mass_kg="]);
}

#[test]
fn a_pointer_to_an_item_without_a_number_changes_no_item() {
    for sequence in ["x", "99999999999", "0", "-1", ""] {
        let pointers = [format!("42A/67A/68A.{sequence}"), format!("42A/67A/68A.{sequence}/23A/65A#128")];
        let rows = amendments(&pointers.each_ref().map(String::as_str), "", "", ITEM);
        let kept = if sequence.is_empty() { "68A".to_owned() } else { format!("68A[{sequence}]") };
        let of = |field: &str, tail: &str| format!("{field} at 42A/67A/{kept}{tail}=");
        assert_eq!(rows, [of("1  procedure_code or others", ""), of("2  net_mass_kg", "/23A/65A#128")]);
    }
    // Zeros before it are no other number: the message holds this item.
    assert_eq!(amendments(&["42A/67A/68A.02/23A/65A#128"], "", "", ITEM), ["1 2 net_mass_kg=100.500"]);
}

#[test]
fn a_field_that_the_message_names_and_does_not_repeat_is_taken_out() {
    let of = |pointer: &str, cut: &str| {
        let text = [HEADER, SHIPMENT, ITEM].map(|part| part.replace(cut, ""));
        amendments(&[pointer], &text[0], &text[1], &text[2])
    };
    let net = "<NetNetWeightMeasure>100.5</NetNetWeightMeasure>";
    assert_eq!(of("42A/67A/68A.2/23A/65A#128", net), ["1 2 net_mass_kg="]);
    let empty = amendments(&["42A/67A/68A.2/23A/65A#128"], "", "", &ITEM.replace("100.5<", "<"));
    assert_eq!(empty, ["1 2 net_mass_kg="]);
    // An element takes its attributes along, a whole element everything below it.
    let quantity = "<TariffQuantity unitCode='NAR'>10</TariffQuantity>";
    assert_eq!(of("42A/67A/68A.2/23A/65A#130", quantity), ["1 2 supplementary_quantity=", "1 2 supplementary_unit="]);
    let whole = of("42A/67A/68A.2/23A.1", &ITEM[ITEM.find("<Commodity>").unwrap()..ITEM.find("</Commodity>").unwrap() + 12]);
    let lost = ["preference", "commodity_code", "goods_description", "gross_mass_kg", "net_mass_kg", "supplementary_quantity"];
    assert!(lost.iter().all(|field| whole.contains(&format!("1 2 {field}="))), "{whole:?}");
    assert!(!whole.iter().any(|row| row.contains("invoice_currency")), "the invoice of the header still says it: {whole:?}");
    // The shipment may still say it, or another of its kind: then nothing is known to be gone.
    assert_eq!(of("42A/67A/68A.2#103", "nothing"), ["1 2 transaction_nature at 42A/67A/68A[2]#103="]);
    let packaging = &ITEM[ITEM.find("<Packaging>").unwrap()..];
    assert_eq!(of("42A/67A/68A.2/93A.2#144", packaging), ["1 2 package_count at 42A/67A/68A[2]/93A[2]#144="]);
    assert_eq!(
        of("42A#109", "<InvoiceAmount currencyID='JPY'>5000</InvoiceAmount>"),
        ["1  invoice_amount or invoice_currency at 42A#109="]
    );
    let freight = "<FreightChargeAmount currencyID='USD'>19.34</FreightChargeAmount>";
    assert_eq!(of("42A/67A/41A#117", freight), ["1  freight_cost=", "1  freight_currency="]);
}

#[test]
fn an_item_added_whole_has_what_is_made_of_several_elements() {
    let rows = amendments(&["42A.1/67A.1/68A.2"], "", "", ITEM);
    for field in [
        "procedure_code=4071",
        "additional_procedure=C07 1CS",
        "commodity_code=8510100010",
        "origin_country=US",
        "package_count=25",
    ] {
        assert!(rows.contains(&format!("1 2 {field}")), "{field} in {rows:?}");
    }
    assert!(!rows.iter().any(|row| row.contains("68A")), "nothing is left over: {rows:?}");
}

#[test]
fn a_mass_is_one_of_kilograms() {
    let of = |unit: &str| {
        let item = ITEM.replace("unitCode='KGM'>150<", &format!("unitCode='{unit}'>1.5<"));
        let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, &item));
        (cell(&decoded.items, "gross_mass_kg", 0), decoded.faults.first().map(|fault| (fault.code, fault.found.clone())))
    };
    for (unit, kilograms) in [("KGM", "1.500"), ("kgm", "1.500"), ("", "1.500"), ("TNE", "1500.000"), ("GRM", "0.002")] {
        assert_eq!(of(unit), (kilograms.to_owned(), None), "{unit}");
    }
    assert_eq!(of("LBR"), (String::new(), Some((FaultCode::UnitUnknown, "1.5 LBR".to_owned()))));
    let header = HEADER.replace("<TotalGrossMassMeasure>", "<TotalGrossMassMeasure unitCode='TNE'>");
    assert_eq!(cell(&read(FORM, &message("IMA", &header, SHIPMENT, ITEM)).declarations, "gross_mass_kg", 0), "160000.000");
    let amended = ITEM.replace("unitCode='KGM'>150<", "unitCode='TNE'>1.5<");
    assert_eq!(amendments(&["42A/67A/68A.2/23A/65A#126"], "", "", &amended), ["1 2 gross_mass_kg=1500.000"]);
}

#[test]
fn the_day_of_issue_stands_for_that_of_acceptance() {
    let issued = "<IssueDateTime><p1:DateTimeString formatCode='304'>20220516115603Z</p1:DateTimeString></IssueDateTime>";
    let day = |header: &str| cell(&read(FORM, &message("IMA", header, SHIPMENT, ITEM)).items, "acceptance_date", 0);
    assert_eq!(day(issued), "2022-05-16");
    assert_eq!(day("<IssueDateTime>2022-05-16</IssueDateTime>"), "2022-05-16");
    assert_eq!(day(&format!("{issued}{HEADER}")), "2024-04-25");
}

#[test]
fn amendments_are_counted_on_after_the_items_of_their_file() {
    let change = message("COR", &pointer("42A/67A/68A.2/23A/65A#128", "28"), "", ITEM);
    let inner = |text: &str| text[text.find("<Declaration").unwrap()..text.find("</md:MetaData>").unwrap()].to_owned();
    let both = message("IMA", HEADER, SHIPMENT, ITEM).replace("</md:MetaData>", &format!("{}</md:MetaData>", inner(&change)));
    let decoded = read(FORM, &both);
    assert_eq!([cell(&decoded.items, "line_no", 0), cell(&decoded.amendments, "line_no", 0)], ["1", "2"]);
}

#[test]
fn a_pointer_to_the_whole_declaration_changes_no_key() {
    let rows = amendments(&["42A.1"], HEADER, SHIPMENT, ITEM);
    assert!(!rows.iter().any(|row| row.contains("declaration_type") || row.contains("declaration_id")), "{rows:?}");
}

#[test]
fn a_cancellation_is_an_amendment_of_the_state() {
    let decoded = read(FORM, &message("INV", &pointer("42A.1", "1"), "", ITEM));
    assert_eq!((decoded.items.num_rows(), decoded.declarations.num_rows()), (0, 0));
    let row = ["reference", "item_no", "field", "value", "reason"].map(|column| cell(&decoded.amendments, column, 0));
    assert_eq!(row, ["REF1", "", "status", "cancelled", "1"]);
}

#[test]
fn an_amendment_without_reference_or_content_is_a_fault() {
    let text = message("COR", &pointer("42A.1#146", "28"), "", ITEM);
    let decoded = read(FORM, &text.replace("<FunctionalReferenceID>REF1</FunctionalReferenceID>", ""));
    assert_eq!((decoded.amendments.num_rows(), decoded.faults[0].code), (0, FaultCode::KeyEmpty));
    assert_eq!(decoded.faults[0].column.as_deref(), Some("FunctionalReferenceID"));
    let decoded = read(FORM, &message("COR", "", "", ITEM));
    assert_eq!((decoded.amendments.num_rows(), decoded.faults[0].code), (0, FaultCode::MissingElement));
}

#[test]
fn a_pointer_to_an_item_that_is_not_repeated_takes_it_out() {
    assert_eq!(amendments(&["42A.1/67A.1/68A.7"], "", "", ITEM), ["1 7 status=cancelled"]);
    // A step that the form does not name leads elsewhere, not to the item it stands in.
    assert_eq!(amendments(&["42A.1/67A.1/68A.7/99Z"], "", "", ITEM), ["1 7 42A[1]/67A[1]/68A[7]/99Z="]);
}

#[test]
fn pointers_reach_every_field_that_counts() {
    let item = |tail: &str| format!("42A/67A/68A.2/{tail}");
    let said = |pointer: &str| amendments(&[&item(pointer)], HEADER, SHIPMENT, ITEM).join("; ");
    assert_eq!(said("23A/65A#130"), "1 2 supplementary_quantity=10.000; 1 2 supplementary_unit=NAR");
    assert_eq!(said("23A#137"), "1 2 goods_description=Shavers");
    assert_eq!(amendments(&["42A/67A/68A.2#114"], "", "", ITEM), ["1 2 statistical_value=900.00"]);
    assert_eq!(said("70A.1#166"), "1 2 procedure_code=4071");
    assert_eq!(said("92A.2#063"), "1 2 origin_country=US");
    let of_all = |pointer: &str| amendments(&[pointer], HEADER, SHIPMENT, ITEM).join("; ");
    assert_eq!(of_all("42A/67A/99B#465"), "1  destination_country=GB");
    assert_eq!(of_all("42A/67A/95B#062"), "1  consignment_country=CN");
    assert_eq!(of_all("42A/15A#T022"), "1  border_transport_mode=1");
    let container = "<Consignment><ContainerCode>0</ContainerCode><DepartureTransportMeans><ModeCode>2</ModeCode></DepartureTransportMeans></Consignment>";
    let of_consignment = |pointer: &str| amendments(&[pointer], "", container, ITEM).join("; ");
    assert_eq!(of_consignment("42A/67A/28A#096"), "1  container=0");
    assert_eq!(of_consignment("42A/67A/28A/46A#T021"), "1  inland_transport_mode=2");
    assert_eq!(of_all("42A/56A#G005"), "1  customs_office=GB000040");
    assert_eq!(of_all("42A#109"), "1  invoice_amount=5000.00; 1  invoice_currency=JPY");
}

#[test]
fn the_function_of_a_message_tells_what_it_is() {
    let of = |function: &str, kind: &str| {
        let text = message(kind, &pointer("42A/67A/68A.2/23A/65A#128", "28"), "", ITEM);
        let decoded = read(FORM, &text.replace("<FunctionCode>9<", &format!("<FunctionCode>{function}<")));
        let amended = (0..decoded.amendments.num_rows()).map(|row| cell(&decoded.amendments, "field", row)).collect::<Vec<_>>();
        (decoded.items.num_rows(), amended.join(" "))
    };
    assert_eq!(of("9", "IMA"), (1, String::new()));
    assert_eq!(of("13", ""), (0, "net_mass_kg".to_owned()));
    assert_eq!(of("4", "IMA"), (0, "net_mass_kg".to_owned()));
    assert_eq!(of("1", "IMA"), (0, "status".to_owned()));
    assert_eq!(of("13", "INV"), (0, "status".to_owned()));
    let replacing = read(FORM, &message("IMA", "", "", ITEM).replace("<FunctionCode>9<", "<FunctionCode>5<"));
    assert_eq!(cell(&replacing.items, "version", 0), "2");
    assert_eq!(cell(&read(FORM, &message("IMA", "", "", ITEM)).items, "version", 0), "");
    let third = read(FORM, &message("IMA", "<VersionID>3</VersionID>", "", ITEM));
    assert_eq!(cell(&third.items, "version", 0), "3");
}

#[test]
fn an_origin_without_a_type_is_the_origin() {
    let origins = "<Origin><CountryCode>FR</CountryCode><TypeCode>2</TypeCode></Origin><Origin><CountryCode>US</CountryCode><TypeCode>1</TypeCode></Origin>";
    let of = |with: &str| cell(&read(FORM, &message("IMA", "", "", &ITEM.replace(origins, with))).items, "origin_country", 0);
    assert_eq!(of("<Origin><CountryCode>KR</CountryCode></Origin>"), "KR");
    assert_eq!(of(&origins.replace("<TypeCode>1</TypeCode>", "")), "US");
    assert_eq!(of(""), "");
}

#[test]
fn commodities_have_the_kinds_of_codes_of_other_countries() {
    let start = ITEM.find("<Classification>").expect("there are some");
    let end = ITEM.find("<DutyTaxFee>").expect("it follows");
    let with = |classes: &str| {
        let item = format!("{}{classes}{}", &ITEM[..start], &ITEM[end..]);
        cell(&read(FORM, &message("IMA", HEADER, SHIPMENT, &item)).items, "commodity_code", 0)
    };
    let class = |id: &str, kind: &str| {
        format!("<Classification><ID>{id}</ID><IdentificationTypeCode>{kind}</IdentificationTypeCode></Classification>")
    };
    // The Dutch tariff: eight digits, two of the integrated tariff, two additional codes.
    assert_eq!(with(&[class("901420209000000000", "SRZ"), class("9002", "GN")].concat()), "9014202090");
    assert_eq!(with(&class("0901.11.10", "HS")), "09011110");
    assert_eq!(with(&class("9002", "GN")), "");
}

#[test]
fn the_day_may_stand_in_its_element_without_another() {
    let day = |text: &str| {
        let start = HEADER.find("<p1:DateTimeString").expect("it is there");
        let end = HEADER.find("</AcceptanceDateTime>").expect("it ends");
        let header = format!("{}{text}{}", &HEADER[..start], &HEADER[end..]);
        cell(&read(FORM, &message("IMA", &header, SHIPMENT, ITEM)).items, "acceptance_date", 0)
    };
    for text in ["20240425", "20240425090243Z"] {
        assert_eq!(day(text), "2024-04-25", "{text}");
    }
}

#[test]
fn the_currencies_of_amounts_are_counted() {
    let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, &ITEM.replace("currencyID='GBP'>950.5", ">950.5")));
    assert_eq!(decoded.currencies.into_iter().collect::<Vec<_>>(), [(("statistical_value", "GBP".to_owned()), 1)]);
    // So are those that a message changes.
    let change = message("COR", &pointer("42A/67A/68A.2#114", "28"), "", &ITEM.replace("currencyID='GBP'>950.5", ">950.5"));
    let decoded = read(FORM, &change);
    assert_eq!(decoded.currencies.into_iter().collect::<Vec<_>>(), [(("statistical_value", "GBP".to_owned()), 1)]);
    let odd = ITEM.replace("'GBP'>900", "'Smith Ltd'>900").replace("'GBP'>950.5", "'usd'>0.00");
    let decoded = read(FORM, &message("IMA", HEADER, SHIPMENT, &odd));
    assert_eq!(decoded.currencies.into_iter().collect::<Vec<_>>(), [(("statistical_value", MASK.to_owned()), 1)]);
}

#[test]
fn dates_of_xml_are_dates() {
    for date in ["20260315", "202603151011", "2026-03-15", "2026-03-15T10:11:12", "2026-03-15Z", "2026-03-15+04:00"] {
        let header = HEADER.replace("20240425090243+01", date);
        assert_eq!(
            cell(&read(FORM, &message("IMA", &header, SHIPMENT, ITEM)).items, "acceptance_date", 0),
            "2026-03-15",
            "{date}"
        );
    }
    let header = HEADER.replace("20240425090243+01", "15.03.2026");
    assert_eq!(read(FORM, &message("IMA", &header, SHIPMENT, ITEM)).faults[0].code, FaultCode::DateFormat);
}
