//! ASYCUDA World: every element that the form maps.

use super::*;

const FORM: &str = include_str!("../../../../../reference/forms/asycuda_xml.toml");

/// A value of its own in every mapped element.
const DOCUMENT: &str = "<?xml version='1.0' encoding='UTF-8' standalone='no'?><ASYCUDA id='1'>
<Property><Sad_flow>I</Sad_flow><Nbers><Total_number_of_items>1</Total_number_of_items><Total_number_of_packages>12</Total_number_of_packages></Nbers></Property>
<Identification><Office_segment><Customs_clearance_office_code>AZ107</Customs_clearance_office_code></Office_segment>
<Type><Type_of_declaration>IM</Type_of_declaration></Type>
<Registration><Serial_number>C</Serial_number><Number>1007</Number><Date>10/7/26</Date></Registration></Identification>
<Traders><Exporter><Exporter_code>E1</Exporter_code></Exporter><Consignee><Consignee_code>C1</Consignee_code></Consignee></Traders>
<Declarant><Declarant_code>D1</Declarant_code></Declarant>
<General_information><Country><Country_first_destination>GE</Country_first_destination><Trading_country>CH</Trading_country>
<Export><Export_country_code>CN</Export_country_code></Export><Destination><Destination_country_code>AZ</Destination_country_code></Destination></Country></General_information>
<Transport><Means_of_transport><Border_information><Nationality>TR</Nationality><Mode>3</Mode></Border_information><Inland_mode_of_transport>2</Inland_mode_of_transport></Means_of_transport>
<Container_flag>true</Container_flag><Delivery_terms><Code>CIF</Code></Delivery_terms></Transport>
<Financial><Financial_transaction><code1>1</code1><code2>2</code2></Financial_transaction></Financial>
<Valuation><Weight><Gross_weight>900.5</Gross_weight></Weight><Total_CIF>5000.5</Total_CIF>
<Gs_Invoice><Amount_foreign_currency>1000.1</Amount_foreign_currency><Currency_code>USD</Currency_code><Currency_rate>1.7</Currency_rate></Gs_Invoice>
<Gs_external_freight><Amount_foreign_currency>10.5</Amount_foreign_currency><Currency_code>RUB</Currency_code></Gs_external_freight>
<Gs_insurance><Amount_foreign_currency>5.5</Amount_foreign_currency><Currency_code>GBP</Currency_code></Gs_insurance>
<Total><Total_weight>901.5</Total_weight></Total></Valuation>
<Item><Packages><Number_of_packages>12.0</Number_of_packages></Packages><IncoTerms><Code>FOB</Code></IncoTerms>
<Tarification><HScode><Commodity_code>87032319</Commodity_code><Precision_1>00</Precision_1></HScode><Preference_code>100</Preference_code>
<Extended_customs_procedure>4071</Extended_customs_procedure><National_customs_procedure>123</National_customs_procedure>
<Supplementary_unit><Suppplementary_unit_code><null/></Suppplementary_unit_code><Suppplementary_unit_quantity/></Supplementary_unit>
<Supplementary_unit><Suppplementary_unit_code>NMB</Suppplementary_unit_code><Suppplementary_unit_quantity>3.0</Suppplementary_unit_quantity></Supplementary_unit>
<Item_price>777.7</Item_price><Valuation_method_code>6</Valuation_method_code></Tarification>
<Goods_description><Country_of_origin_code>JP</Country_of_origin_code><Description_of_goods>CARS</Description_of_goods><Commercial_Description>a &lt;new&gt; car</Commercial_Description></Goods_description>
<Valuation_item><Weight_itm><Gross_weight_itm>800.25</Gross_weight_itm><Net_weight_itm>700.125</Net_weight_itm></Weight_itm>
<Total_CIF_itm>4000.4</Total_CIF_itm><Statistical_value>2500.25</Statistical_value>
<Item_Invoice><Amount_foreign_currency>888.8</Amount_foreign_currency><Currency_code>EUR</Currency_code><Currency_rate>2.0118</Currency_rate></Item_Invoice>
<item_external_freight><Amount_foreign_currency>7.7</Amount_foreign_currency><Currency_code>EUR</Currency_code></item_external_freight>
<item_insurance><Amount_foreign_currency>6.6</Amount_foreign_currency><Currency_code><null/></Currency_code></item_insurance></Valuation_item></Item></ASYCUDA>";

const ITEM: &[(&str, &str)] = &[
    ("line_no", "1"),
    ("received_on", "2026-04-01"),
    ("declaration_id", "AZ107-C-1007-2026"),
    ("item_no", "1"),
    ("version", ""),
    ("status", "accepted"),
    ("declaration_type", "IM"),
    ("procedure_code", "4071"),
    ("additional_procedure", "123"),
    ("acceptance_date", "2026-10-07"),
    ("release_date", ""),
    ("arrival_date", ""),
    ("customs_office", "AZ107"),
    ("consignment_country", "CN"),
    ("origin_country", "JP"),
    ("destination_country", "AZ"),
    ("trading_country", "CH"),
    ("first_destination_country", "GE"),
    ("delivery_terms", "FOB"),
    ("invoice_currency", "EUR"),
    ("transaction_nature", "12"),
    ("border_transport_mode", "3"),
    ("inland_transport_mode", "2"),
    ("container", "1"),
    ("transport_nationality", "TR"),
    ("preference", "100"),
    ("valuation_method", "6"),
    ("commodity_code", "8703231900"),
    ("hs6", "870323"),
    ("goods_description", "a <new> car"),
    ("gross_mass_kg", "800.250"),
    ("net_mass_kg", "700.125"),
    ("supplementary_quantity", "3.000"),
    ("supplementary_unit", "NMB"),
    ("invoice_amount", "888.80"),
    ("freight_cost", "7.70"),
    ("insurance_cost", "6.60"),
    ("exchange_rate", "2.01180000"),
    ("statistical_value", "2500.25"),
    ("customs_value", "4000.40"),
    ("package_count", "12"),
];

const DECLARATION: &[(&str, &str)] = &[
    ("line_no", "1"),
    ("declaration_id", "AZ107-C-1007-2026"),
    ("status", "accepted"),
    ("item_count", "1"),
    ("package_count", "12"),
    ("gross_mass_kg", "900.500"),
    ("invoice_amount", "1000.10"),
    ("invoice_currency", "USD"),
    ("exchange_rate", "1.70000000"),
    ("freight_cost", "10.50"),
    ("freight_currency", "RUB"),
    ("insurance_cost", "5.50"),
    ("insurance_currency", "GBP"),
    ("statistical_value", ""),
    ("customs_value", "5000.50"),
];

#[test]
fn every_mapped_element_fills_its_field() {
    let decoded = read(FORM, DOCUMENT);
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    for (field, expected) in ITEM {
        assert_eq!(cell(&decoded.items, field, 0), *expected, "{field}");
    }
    for (field, expected) in DECLARATION {
        assert_eq!(cell(&decoded.declarations, field, 0), *expected, "{field}");
    }
}

#[test]
fn no_mapped_field_is_left_untested() {
    let form = Form::parse("asycuda_xml", FORM).expect("the form is right");
    for rule in &form.fields {
        let is_tested = ITEM.iter().any(|(name, expected)| *name == rule.name && !expected.is_empty());
        assert!(is_tested || rule.is_private, "{}", rule.name);
    }
    for rule in &form.declaration {
        assert!(DECLARATION.iter().any(|(name, expected)| *name == rule.name && !expected.is_empty()), "{}", rule.name);
    }
}

/// The document without what stands between these two, which must be there.
fn without(from: &str, to: &str) -> String {
    let start = DOCUMENT.find(from).expect("the element is there") + from.len();
    let end = start + DOCUMENT[start..].find(to).expect("its end is there");
    format!("{}<null/>{}", &DOCUMENT[..start], &DOCUMENT[end..])
}

#[test]
fn the_header_answers_where_the_item_is_silent() {
    let silent = |from: &str, to: &str, field: &str| cell(&read(FORM, &without(from, to)).items, field, 0);
    assert_eq!(silent("<IncoTerms><Code>", "</Code>", "delivery_terms"), "CIF");
    assert_eq!(silent("<Item_Invoice><Amount_foreign_currency>", "</", "invoice_amount"), "777.70");
    // The rate of the declaration is that of dollars: an item in euro has none of its own, one in dollars has it.
    let rate = "888.8</Amount_foreign_currency><Currency_code>EUR</Currency_code><Currency_rate>";
    assert_eq!(silent(rate, "</", "exchange_rate"), "");
    let text = without(rate, "</");
    for code in ["USD", "<null/>", ""] {
        let text = text.replacen("<Currency_code>EUR", &format!("<Currency_code>{code}"), 1);
        assert_eq!(cell(&read(FORM, &text).items, "exchange_rate", 0), "1.70000000", "{code}");
    }
    assert_eq!(silent("<Commercial_Description>", "</", "goods_description"), "CARS");
    assert_eq!(silent("<Precision_1>", "</", "commodity_code"), "87032319");
    assert_eq!(silent("<code2>", "</", "transaction_nature"), "1");
    let decoded = read(FORM, &without("<Gross_weight>", "</"));
    assert_eq!(cell(&decoded.declarations, "gross_mass_kg", 0), "901.500");
}

#[test]
fn the_invoice_of_the_header_gives_the_currency_of_an_item_without_one() {
    let text = without("888.8</Amount_foreign_currency><Currency_code>", "</");
    let text = text.replace("7.7</Amount_foreign_currency><Currency_code>EUR", "7.7</Amount_foreign_currency><Currency_code>USD");
    let decoded = read(FORM, &text);
    assert_eq!(cell(&decoded.items, "invoice_currency", 0), "USD");
    assert_eq!(cell(&decoded.items, "freight_cost", 0), "7.70");
}

#[test]
fn the_trader_of_an_import_is_the_consignee_and_of_an_export_the_exporter() {
    let key = |text: &str| cell(&read(FORM, text).items, "trader_key", 0);
    let export = DOCUMENT.replace("<Sad_flow>I", "<Sad_flow>E");
    let by = |code: &str| key(&DOCUMENT.replace(">C1<", &format!(">{code}<")));
    assert_eq!(key(DOCUMENT), by("C1"));
    assert_eq!(key(&export), by("E1"));
    assert_eq!(key(&export.replace(">E1<", "><")), by("C1"));
    let declarant = cell(&read(FORM, DOCUMENT).items, "declarant_key", 0);
    assert_eq!(declarant.len(), 32);
}

#[test]
fn a_container_flag_is_a_digit() {
    assert_eq!(cell(&read(FORM, &DOCUMENT.replace("<Container_flag>true", "<Container_flag>false")).items, "container", 0), "0");
}

#[test]
fn a_declaration_not_yet_registered_has_no_number() {
    let decoded = read(FORM, &without("<Registration><Serial_number>C</Serial_number><Number>", "</"));
    assert_eq!((decoded.items.num_rows(), decoded.declarations.num_rows(), decoded.faulted_lines()), (0, 0, 1));
    assert_eq!(decoded.faults[0].code, FaultCode::KeyEmpty);
    assert_eq!(decoded.faults[0].statistical_value, Some(250_025));
}

/// The field of the item when this text stands for that.
fn with(field: &str, from: &str, to: &str) -> String {
    assert!(DOCUMENT.contains(from), "{from}");
    cell(&read(FORM, &DOCUMENT.replace(from, to)).items, field, 0)
}

#[test]
fn codes_of_several_countries_mean_the_same() {
    // Nepal and Albania: the mode in two digits, terms of delivery older than their code.
    assert_eq!(with("border_transport_mode", "<Mode>3<", "<Mode>03<"), "3");
    assert_eq!(with("border_transport_mode", "<Mode>3<", "<Mode>31<"), "31");
    assert_eq!(with("inland_transport_mode", "transport>2<", "transport>09<"), "9");
    assert_eq!(with("delivery_terms", "<Code>FOB<", "<Code>C&amp;F<"), "CFR");
    // Georgia: currencies by their numbers. Freight in the same number is in the same currency.
    let number = DOCUMENT.replace("<Currency_code>EUR<", "<Currency_code>840<");
    let decoded = read(FORM, &number);
    assert_eq!(cell(&decoded.items, "invoice_currency", 0), "USD");
    assert_eq!(cell(&decoded.items, "freight_cost", 0), "7.70");
    assert!(decoded.faults.is_empty(), "{:?}", decoded.faults);
    // Namibia and Fiji: other letters, another place.
    let elsewhere = DOCUMENT.replace("code1>", "Code1>").replace("code2>", "Code2>");
    assert_eq!(cell(&read(FORM, &elsewhere).items, "transaction_nature", 0), "12");
    let packages = "<Total_number_of_packages>12</Total_number_of_packages>";
    let elsewhere = DOCUMENT.replace(packages, "").replace("<Identification>", &format!("<Identification>{packages}"));
    assert_eq!(cell(&read(FORM, &elsewhere).declarations, "package_count", 0), "12");
    let spelled = DOCUMENT.replace("Suppplementary", "Supplementary");
    let decoded = read(FORM, &spelled);
    assert_eq!(["supplementary_unit", "supplementary_quantity"].map(|field| cell(&decoded.items, field, 0)), ["NMB", "3.000"]);
}

#[test]
fn days_are_read_in_every_way_that_leaves_no_doubt() {
    for day in ["10/7/26", "10/07/2026", "2026-10-07", "2026-10-07T09:30:00", "2026-10-07 09:30", "7-Oct-2026"] {
        assert_eq!(with("acceptance_date", "10/7/26", day), "2026-10-07", "{day}");
        assert_eq!(with("declaration_id", "10/7/26", day), "AZ107-C-1007-2026", "{day}");
    }
}

#[test]
fn a_register_without_a_letter_numbers_declarations_as_well() {
    assert_eq!(with("declaration_id", "<Serial_number>C<", "<Serial_number><null/><"), "AZ107--1007-2026");
}

#[test]
fn declarations_are_read_out_of_a_file_of_many() {
    let body = DOCUMENT.strip_prefix("<?xml version='1.0' encoding='UTF-8' standalone='no'?>").expect("it begins so");
    let decoded = read(FORM, &format!("<export day='1'>{body}\n{}</export>", body.replace(">1007<", ">1008<")));
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "declaration_id", row)), ["AZ107-C-1007-2026", "AZ107-C-1008-2026"]);
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "item_no", row)), ["1", "1"]);
    assert_eq!(decoded.declarations.num_rows(), 2);
}

#[test]
fn items_are_numbered_by_their_order() {
    let start = DOCUMENT.find("<Item>").expect("there is an item");
    let end = DOCUMENT.find("</ASYCUDA>").expect("there is an end");
    let text = format!("{}{}</ASYCUDA>", &DOCUMENT[..end], &DOCUMENT[start..end]);
    let decoded = read(FORM, &text);
    assert_eq!([0, 1].map(|row| cell(&decoded.items, "item_no", row)), ["1", "2"]);
    assert_eq!(decoded.faults[0].code, FaultCode::ItemCount);
}

#[test]
fn a_day_first_date_is_not_taken_for_a_month_first_one() {
    let decoded = read(FORM, &DOCUMENT.replace("10/7/26", "31/7/26"));
    assert_eq!(cell(&decoded.items, "acceptance_date", 0), "");
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.column.as_deref()), (FaultCode::DateUnknown, Some("Identification/Registration/Date")));
    assert!(fault.raw.starts_with("line 5: "), "{}", fault.raw);
}

#[test]
fn a_date_has_a_short_or_a_long_year_or_is_an_iso_date() {
    for date in ["10/7/26", "10/07/2026", "2026-10-07", "2026-10-07T14:05:00"] {
        let decoded = read(FORM, &DOCUMENT.replace("10/7/26", date));
        assert!(decoded.faults.is_empty(), "{date}: {:?}", decoded.faults);
        let said = ["acceptance_date", "declaration_id"].map(|field| cell(&decoded.items, field, 0));
        assert_eq!(said, ["2026-10-07", "AZ107-C-1007-2026"], "{date}");
    }
    for (date, code) in
        [("31/7/2026", FaultCode::DateUnknown), ("7.10.2026", FaultCode::DateFormat), ("10/7/202", FaultCode::DateFormat)]
    {
        let decoded = read(FORM, &DOCUMENT.replace("10/7/26", date));
        assert_eq!(cell(&decoded.items, "acceptance_date", 0), "", "{date}");
        assert_eq!(decoded.faults[0].code, code, "{date}");
    }
}

#[test]
fn a_unit_and_its_quantity_come_from_one_place() {
    let empty = "<Supplementary_unit><Suppplementary_unit_code><null/></Suppplementary_unit_code><Suppplementary_unit_quantity/></Supplementary_unit>";
    let of = |first: &str| {
        let items = read(FORM, &DOCUMENT.replacen(empty, first, 1)).items;
        (cell(&items, "supplementary_unit", 0), cell(&items, "supplementary_quantity", 0))
    };
    let unit = |code: &str, quantity: &str| {
        format!(
            "<Supplementary_unit><Suppplementary_unit_code>{code}</Suppplementary_unit_code><Suppplementary_unit_quantity>{quantity}</Suppplementary_unit_quantity></Supplementary_unit>"
        )
    };
    let pair = |code: &str, quantity: &str| (code.to_owned(), quantity.to_owned());
    assert_eq!(of(&unit("LTR", "5.5")), pair("LTR", "5.500"));
    assert_eq!(of(&unit("LTR", "")), pair("NMB", "3.000"));
    assert_eq!(of(&unit("", "5.5")), pair("NMB", "3.000"));
    // The mass and units of a country's own stand beside the unit of the subheading, in any order.
    for first in ["KGM", "TNE", "QA"] {
        assert_eq!(of(&unit(first, "90.0")), pair("NMB", "3.000"), "{first}");
    }
    assert_eq!(of(&[unit("QA", "1"), unit("KGM", "90")].concat()), pair("NMB", "3.000"));
    let masses = DOCUMENT.replace(">NMB<", ">TNE<").replacen(empty, &unit("KGM", "90.0"), 1);
    let items = read(FORM, &masses).items;
    assert_eq!(["supplementary_unit", "supplementary_quantity"].map(|field| cell(&items, field, 0)), ["KGM", "90.000"]);
}

#[test]
fn the_units_other_than_masses_are_those_of_the_list() {
    let aliases = include_str!("../../../../../reference/unit_alias.csv");
    let is_code =
        |code: &str| (2..=3).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    let pairs = aliases.lines().skip(1).filter_map(|line| line.split_once(',')).filter(|(code, _)| is_code(code));
    let unit = |rest: &str| rest.split(',').next().unwrap_or_default().to_owned();
    let expected: Vec<&str> =
        pairs.filter(|(_, rest)| !["kg", "g", "100 kg", "1000 kg"].contains(&&*unit(rest))).map(|(code, _)| code).collect();
    let start = FORM.find("other_than_mass = [").expect("the list is there");
    let listed: Vec<&str> =
        FORM[start..start + FORM[start..].find(']').expect("it ends")].split('"').skip(1).step_by(2).collect();
    assert_eq!(listed, expected);
}

#[test]
fn codes_in_small_letters_are_codes() {
    let codes = ["IM", "GE", "CH", "CN", "AZ", "TR", "CIF", "FOB", "USD", "RUB", "GBP", "JP", "EUR"];
    let small = codes[1..]
        .iter()
        .fold(DOCUMENT.to_owned(), |text, code| text.replace(&format!(">{code}<"), &format!(">{}<", code.to_lowercase())));
    let [capital, small] = [DOCUMENT, &small].map(|text| read(FORM, text));
    assert_eq!(small.faults, []);
    assert_eq!((small.items, small.declarations), (capital.items, capital.declarations));
    let terms = DOCUMENT.replace("<Code>FOB<", "<Code>c&amp;f<");
    assert_eq!(cell(&read(FORM, &terms).items, "delivery_terms", 0), "CFR");
    // The rate of the declaration is that of an item in the same currency, however it is written.
    let rate = "888.8</Amount_foreign_currency><Currency_code>EUR</Currency_code><Currency_rate>";
    let text = without(rate, "</").replacen("<Currency_code>EUR", "<Currency_code>usd", 1);
    assert_eq!(cell(&read(FORM, &text).items, "exchange_rate", 0), "1.70000000");
}

#[test]
fn powers_of_ten_are_exact_numbers() {
    assert_eq!(with("statistical_value", ">2500.25<", ">1.6E7<"), "16000000.00");
    assert_eq!(with("statistical_value", ">2500.25<", ">1.234567891E8<"), "123456789.10");
    assert_eq!(with("exchange_rate", ">2.0118<", ">5.0E-4<"), "0.00050000");
    let decoded = read(FORM, &DOCUMENT.replace(">2500.25<", ">1e400<"));
    assert_eq!((cell(&decoded.items, "statistical_value", 0), decoded.faults[0].code), (String::new(), FaultCode::TooManyDigits));
    let header = read(FORM, &DOCUMENT.replace(">5000.5<", ">1.25E7<"));
    assert_eq!(cell(&header.declarations, "customs_value", 0), "12500000.00");
}

#[test]
fn a_missing_part_of_the_number_is_named() {
    let decoded = read(FORM, &DOCUMENT.replace("<Number>1007</Number>", "<Number/>"));
    assert_eq!(decoded.items.num_rows(), 0);
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.column.as_deref()), (FaultCode::KeyEmpty, Some("Identification/Registration/Number")));
}

#[test]
fn numbers_of_currencies_are_their_letters_wherever_they_stand() {
    let numbers =
        DOCUMENT.replace(">USD<", ">840<").replace(">EUR<", ">978<").replace(">RUB<", ">643<").replace(">GBP<", ">826<");
    let [letters, numbers] = [DOCUMENT, &numbers].map(|text| read(FORM, text));
    assert_eq!((&letters.items, &letters.declarations), (&numbers.items, &numbers.declarations));
    // The freight of the item in letters, its invoice as a number.
    let mixed = DOCUMENT.replacen("<Currency_code>EUR", "<Currency_code>978", 1);
    assert_eq!(read(FORM, &mixed).faults, []);
    let other = read(FORM, &DOCUMENT.replacen("<Currency_code>EUR", "<Currency_code>840", 1));
    assert_eq!((other.faults[0].found.as_str(), &*other.faults[0].expected), ("7.7 EUR", "an amount in USD"));
}

#[test]
fn declarations_in_an_element_of_their_own_are_read() {
    let (start, end) = (DOCUMENT.find("<Property>").expect("it begins so"), DOCUMENT.find("</ASYCUDA>").expect("it ends so"));
    let inside = &DOCUMENT[start..end];
    let other = inside.replace(">1007<", ">1008<");
    let decoded = read(FORM, &format!("<ASYCUDA><SAD id='60'>{inside}</SAD><SAD id='61'>{other}</SAD></ASYCUDA>"));
    assert_eq!(decoded.faults, []);
    let column = |batch: &RecordBatch| [0, 1].map(|row| cell(batch, "declaration_id", row));
    assert_eq!(column(&decoded.items), ["AZ107-C-1007-2026", "AZ107-C-1008-2026"]);
    assert_eq!(column(&decoded.declarations), column(&decoded.items));
    // A declaration with a number and no items of its own stays what it is.
    let within = inside.replace("<Item>", "<Attached><Item>").replace("</Item>", "</Item></Attached>");
    let decoded = read(FORM, &format!("<ASYCUDA>{within}</ASYCUDA>"));
    assert_eq!((decoded.items.num_rows(), decoded.declarations.num_rows()), (0, 1));
}

#[test]
fn a_date_gives_the_year_of_the_number_however_it_is_written() {
    let read_as = |date: &str| {
        let decoded = read(FORM, &DOCUMENT.replace("10/7/26", date));
        (cell(&decoded.items, "declaration_id", 0), cell(&decoded.items, "acceptance_date", 0))
    };
    let number = "AZ107-C-1007-2026".to_owned();
    for date in [
        "3/15/2026 12:00:00 AM",
        "3/15/26 10:11",
        "15-Mar-26",
        "15-MAR-2026",
        "2026-03-15Z",
        "2026-03-15+04:00",
        "2026/03/15",
        "20260315",
    ] {
        assert_eq!(read_as(date), (number.clone(), "2026-03-15".to_owned()), "{date}");
    }
    // Month-first, as the form says, also where a time follows.
    assert_eq!(read_as("3/4/2026 12:00:00 AM").1, "2026-03-04");
    for date in ["15/03/2026", "15/03/2026 10:11", "15.03.2026", "Mar 15, 2026"] {
        assert_eq!(read_as(date), (number.clone(), String::new()), "{date}");
    }
}

#[test]
fn a_cost_in_national_money_becomes_one_of_the_invoice() {
    let of = |rest: &str| {
        let cost = format!("<Amount_foreign_currency>17000.00</Amount_foreign_currency>{rest}");
        let text = DOCUMENT
            .replace("<Amount_foreign_currency>6.6</Amount_foreign_currency><Currency_code><null/></Currency_code>", &cost);
        let decoded = read(FORM, &text);
        (cell(&decoded.items, "insurance_cost", 0), decoded.faults.first().map(|fault| fault.code))
    };
    // 17,000 at 2.0118 for one euro.
    let converted = ("8450.14".to_owned(), None);
    assert_eq!(
        of("<Currency_code/><Currency_name>No foreign currency</Currency_name><Currency_rate>1</Currency_rate>"),
        converted
    );
    assert_eq!(of("<Currency_code><null/></Currency_code><Currency_rate>1.0000</Currency_rate>"), converted);
    assert_eq!(
        of("<Currency_code/><Amount_national_currency>17000</Amount_national_currency><Currency_rate>0</Currency_rate>"),
        converted
    );
    // With a currency, or as another amount in national money, it is one of the invoice already.
    let as_declared = ("17000.00".to_owned(), None);
    assert_eq!(of("<Currency_code>EUR</Currency_code><Currency_rate>1</Currency_rate>"), as_declared);
    assert_eq!(of("<Currency_code/><Amount_national_currency>34200.60</Amount_national_currency><Currency_rate/>"), as_declared);
    assert_eq!(of("<Currency_code/>"), as_declared);
}

#[test]
fn a_cost_in_national_money_is_not_known_without_the_rate_of_the_invoice() {
    let national = "6.6</Amount_foreign_currency><Currency_code/><Currency_rate>1</Currency_rate>";
    let text = without("888.8</Amount_foreign_currency><Currency_code>EUR</Currency_code><Currency_rate>", "</");
    let decoded = read(FORM, &text.replace("6.6</Amount_foreign_currency><Currency_code><null/></Currency_code>", national));
    assert_eq!(cell(&decoded.items, "insurance_cost", 0), "");
    let fault = &decoded.faults[0];
    assert_eq!((fault.code, fault.found.as_str()), (FaultCode::CurrencyDiffers, "6.6 in national currency"));
}

#[test]
fn a_cost_of_the_whole_declaration_may_be_in_national_money() {
    let cost = "<Gs_insurance><Amount_national_currency>17000.00</Amount_national_currency><Amount_foreign_currency>17000.00</Amount_foreign_currency><Currency_code/><Currency_rate>1</Currency_rate>";
    let text = DOCUMENT
        .replace("<Gs_insurance><Amount_foreign_currency>5.5</Amount_foreign_currency><Currency_code>GBP</Currency_code>", cost);
    let decoded = read(FORM, &text);
    // At 1.7 for one dollar of the invoice, which has no other currency.
    let said = ["insurance_cost", "insurance_currency", "freight_cost"].map(|field| cell(&decoded.declarations, field, 0));
    assert_eq!(said, ["10000.00", "", "10.50"]);
}
