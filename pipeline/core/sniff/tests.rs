//! Files of known forms, of none, and those that only look known.

use super::*;

fn forms() -> Vec<Form> {
    let form = |name: &str, text: &str| Form::parse(name, text).expect("the form is right");
    vec![
        form("kcs_csv", include_str!("../../../reference/forms/kcs_csv.toml")),
        form("sad_csv", include_str!("../../../reference/forms/sad_csv.toml")),
        form("comtrade_csv", include_str!("../../../reference/forms/comtrade_csv.toml")),
        form("comtrade_legacy_json", include_str!("../../../reference/forms/comtrade_legacy_json.toml")),
    ]
}

#[test]
fn lines_that_end_with_a_carriage_return_alone_are_told() {
    let lines: Vec<&str> = include_str!("../../../tests/forms/comtrade_csv/sample.csv").lines().take(3).collect();
    let feeds = lines.join("\n");
    let [feeds, returns] = [feeds.clone(), feeds.replace('\n', "\r")].map(|text| sniff(text.as_bytes(), &forms()));
    assert!(returns.reasons[1].starts_with("lines end with a carriage return alone"), "{:?}", returns.reasons);
    assert_eq!((feeds.is_read_by_known, returns.is_read_by_known), (true, false));
    assert_eq!((returns.columns, returns.skipped_lines), (feeds.columns, feeds.skipped_lines));
}

#[test]
fn a_known_file_is_known() {
    let sad = sniff(include_bytes!("../../../tests/forms/sad_csv/sample.csv"), &forms());
    assert_eq!(sad.known, Some(("sad_csv".to_owned(), 1.0)));
    assert_eq!((sad.encoding, sad.separator, sad.decimal, sad.is_quoted), ("utf-8", ',', '.', true));
    let kcs = sniff(include_bytes!("../../../tests/forms/kcs_csv/sample.csv"), &forms());
    assert_eq!(kcs.known, Some(("kcs_csv".to_owned(), 1.0)));
}

#[test]
fn an_unknown_file_gets_a_form_that_reads_it() {
    let text = "declaration_no;item_no;procedure_code;acceptance_date;Commodity code;net_mass_kg;Отправитель\n\
                26AZ1;1;4000;31.03.2026;8471.30.0000;1 234,5;Завод имени Кирова\n\
                26AZ1;2;4000;01.03.2026;8471.30.0000;12,25;Фабрика\n";
    let bytes = encoding_rs::WINDOWS_1251.encode(text).0;
    let proposal = sniff(&bytes, &forms());
    assert_eq!((proposal.encoding, proposal.separator, proposal.decimal), ("windows-1251", ';', ','));
    assert_eq!(proposal.thousands, [' ']);
    assert_eq!(proposal.known, None);
    let toml = proposal.to_toml();
    assert!(toml.contains("acceptance_date = { column = \"acceptance_date\", as = \"date:%d.%m.%Y\" }"), "{toml}");
    assert!(toml.contains("commodity_code = { column = \"Commodity code\", as = \"digits\" }"), "{toml}");
    let form = Form::parse("sniffed", &toml).expect("the proposal is a form");
    assert_eq!((form.separator, form.encoding), (b';', encoding_rs::WINDOWS_1251));
    assert_eq!(form.ignored, ["Отправитель"]);
    assert!(
        proposal.reasons.iter().any(|reason| reason == "the proposal reads 2 lines without a fault"),
        "{:?}",
        proposal.reasons
    );
    let odd = sniff(&encoding_rs::WINDOWS_1251.encode(&text.replace("12,25", "many")).0, &forms());
    let said = "the proposal gives 1 faults in 2 lines: 1 F22 in `net_mass_kg`";
    assert!(odd.reasons.iter().any(|reason| reason == said), "{:?}", odd.reasons);
    assert_eq!(
        form.columns(),
        ["Commodity code", "acceptance_date", "declaration_no", "item_no", "net_mass_kg", "procedure_code"]
    );
}

#[test]
fn encodings_are_told_apart() {
    let mut reasons = Vec::new();
    let mut seen = |bytes: &[u8]| encoding_of(bytes, &mut reasons);
    assert_eq!(seen("a;ə;ş;ç".as_bytes()), "utf-8");
    assert_eq!(seen(b"a;b"), "utf-8");
    assert_eq!(seen(&encoding_rs::WINDOWS_1251.encode("Завод имени; Кирова").0), "windows-1251");
    assert_eq!(seen(&encoding_rs::WINDOWS_1254.encode("Şirkət İnşaat; Ağdam, Göyçay").0), "windows-1254");
    let utf16: Vec<u8> = "id;no".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(seen(&utf16), "utf-16be");
    assert!(reasons.iter().all(|reason| reason.starts_with("encoding ")));
}

#[test]
fn bytes_of_no_text_are_in_no_code_page() {
    let pdf = [b"%PDF-1.7\n".as_slice(), &encoding_rs::WINDOWS_1254.encode("Şirkət İnşaat; Ağdam, Göyçay").0].concat();
    for bytes in [pdf, (0..2000_u32).map(|place| (place * place * 7 + place * 13) as u8).collect()] {
        let mut reasons = Vec::new();
        assert_eq!(encoding_of(&bytes, &mut reasons), "utf-8");
        assert!(reasons[0].contains("of no text"), "{reasons:?}");
    }
}

#[test]
fn a_form_that_reads_the_file_is_proposed_and_no_other() {
    let sad = sniff(include_bytes!("../../../tests/forms/sad_csv/sample.csv"), &forms());
    assert!(!sad.is_read_by_known, "the sample has lines that no form reads");
    let kcs = sniff(include_bytes!("../../../tests/forms/kcs_csv/sample.csv"), &forms());
    assert!(kcs.to_toml().contains("ingest --form kcs_csv FILE"), "{:?}", kcs.reasons);
    assert!(!kcs.to_toml().contains("[field]"));
    let bytes = include_bytes!("../../../tests/forms/comtrade_csv/sample_download.csv");
    let download = sniff(bytes, &forms());
    assert_eq!(download.encoding, "windows-1254", "its letters are those of several code pages");
    assert!(download.to_toml().contains("ingest --form comtrade_csv FILE"), "{:?}", download.reasons);
    let legacy = sniff(include_bytes!("../../../tests/forms/comtrade_legacy_json/sample.json"), &forms());
    assert_eq!((legacy.layout, legacy.known.is_some()), (Layout::Json, true));
    assert!(legacy.to_toml().contains("ingest --form comtrade_legacy_json FILE"));
}

#[test]
fn a_form_does_not_read_thousands_of_nothing() {
    let sample = include_str!("../../../tests/forms/kcs_csv/sample.csv");
    let of = |mass: &str| {
        let (header, rows) = sample.split_once('\n').expect("a header");
        let place = header.split(',').position(|name| name.trim() == "Net Mass").expect("a mass");
        let mut cells: Vec<&str> = rows.lines().next().expect("a row").split(',').collect();
        cells[place] = mass;
        sniff(format!("{header}\n{}\n", cells.join(",")).as_bytes(), &forms())
    };
    assert!(of("0.125").is_read_by_known && of("\"1,125\"").is_read_by_known);
    let comma = of("\"0,125\"");
    assert!(!comma.is_read_by_known, "{:?}", comma.reasons);
}

#[test]
fn a_form_that_passes_over_a_field_does_not_read_the_file_as_it_is() {
    let sample = include_str!("../../../tests/forms/kcs_csv/sample.csv");
    let (header, rows) = sample.split_once('\n').expect("a header");
    let row = rows.lines().next().expect("a row");
    let with = |name: &str, cell: &str| sniff(format!("{header},{name}\n{row},{cell}\n").as_bytes(), &forms());
    assert!(with("Remarks", "none").is_read_by_known);
    let released = with("Дата выпуска", "2026-03-02");
    assert!(!released.is_read_by_known);
    let reason = "it passes over the columns `Дата выпуска` (release_date)";
    assert!(released.reasons.iter().any(|told| told.contains(reason)), "{:?}", released.reasons);
    assert!(released.to_toml().contains("release_date"), "{}", released.to_toml());
}

#[test]
fn faults_of_a_known_form_are_told() {
    let sample = include_str!("../../../tests/forms/kcs_csv/sample.csv");
    let (header, rows) = sample.split_once('\n').expect("a header");
    let place = header.split(',').position(|name| name.trim() == "HS6 Code").expect("a code");
    let mut cells: Vec<&str> = rows.lines().next().expect("a row").split(',').collect();
    cells[place] = "8.70323E+09";
    let odd = sniff(format!("{header}\n{}\n", cells.join(",")).as_bytes(), &forms());
    let said = "form `kcs_csv` gives 1 faults in 1 lines";
    assert!(odd.reasons.iter().any(|reason| reason.starts_with(said)), "{:?}", odd.reasons);
}

#[test]
fn a_document_is_tried_as_well() {
    let form = include_str!("../../../reference/forms/asycuda_xml.toml");
    let asycuda = [Form::parse("asycuda_xml", form).expect("the form is right")];
    let sample = include_str!("../../../tests/forms/asycuda_xml/sample.xml");
    let sound = sniff(sample.as_bytes(), &asycuda);
    assert!(sound.is_read_by_known, "{:?}", sound.reasons);
    let dtd = sample.replacen("<ASYCUDA", "<!DOCTYPE ASYCUDA [<!ENTITY a \"b\">]><ASYCUDA", 1);
    let refused = sniff(dtd.as_bytes(), &asycuda);
    assert!(!refused.is_read_by_known, "{:?}", refused.reasons);
    let said = "form `asycuda_xml` does not read the file: ";
    assert!(refused.reasons.iter().any(|reason| reason.starts_with(said)), "{:?}", refused.reasons);
}

#[test]
fn of_two_forms_that_fit_alike_the_one_that_reads_more_is_named() {
    let legacy = include_str!("../../../reference/forms/comtrade_legacy_csv.toml");
    let mut forms = forms();
    forms.push(Form::parse("comtrade_legacy_csv", legacy).expect("the form is right"));
    let known = |file: &[u8]| sniff(file, &forms).known.map(|(name, share)| (name, share.to_string()));
    let found = known(include_bytes!("../../../tests/forms/comtrade_legacy_csv/sample.csv"));
    assert_eq!(found, Some(("comtrade_legacy_csv".to_owned(), "1".to_owned())));
    let found = known(include_bytes!("../../../tests/forms/comtrade_csv/sample.csv"));
    assert_eq!(found, Some(("comtrade_csv".to_owned(), "1".to_owned())));
}

#[test]
fn a_known_form_written_otherwise_is_proposed_with_what_differs() {
    let text = "typeCode;freqCode;period;reporterCode;partnerCode;flowCode;classificationCode;cmdCode;primaryValue;netWgt\n\
                C;A;2022;31;792;X;H6;27;1.234,50;7,5\nC;A;2022;31;268;X;H6;27;12,5;1\n";
    let proposal = sniff(text.as_bytes(), &forms());
    assert!(!proposal.is_read_by_known, "{:?}", proposal.reasons);
    assert!(
        proposal.reasons.iter().any(|reason| reason.contains("`primaryValue` is written otherwise")),
        "{:?}",
        proposal.reasons
    );
    let form = Form::parse("sniffed", &proposal.to_toml()).expect("the proposal is a form");
    assert_eq!((form.record, form.separator), (Record::PartnerFlow, b';'));
    let rule = |name: &str| form.fields.iter().find(|rule| rule.name == name).expect("it is filled");
    assert_eq!(rule("trade_value").conversion.decimal().parse_wide(b"1.234,50", 2).map(|number| number.value), Ok(123_450));
    assert!(matches!(&rule("source").source, Source::Value(text) if text == "comtrade"));
    assert_eq!(rule("frequency").conversion.text("A"), "A");
    assert!(rule("period").conversion.date().parse(b"2022").is_ok());
}

#[test]
fn columns_are_known_by_names_of_many_offices() {
    let text = "Imports of the month\n\nDeclaration No,Item,CPC,Registration Date,HS Code,Net Weight (Kg),Statistical Value,Remarks\n\
                C 1,1,4000,2026-03-31,8504.40,\"1,106.40\",5862.63,x\nC 2,1,4000,2026-03-30,3307.49,0.25,507.24,y\n";
    let proposal = sniff(text.as_bytes(), &forms());
    let form = Form::parse("sniffed", &proposal.to_toml()).expect("the proposal is a form");
    assert_eq!(form.skipped_lines, 2);
    let names: Vec<&str> = form.fields.iter().map(|rule| rule.name).collect();
    assert_eq!(
        names,
        ["declaration_id", "item_no", "procedure_code", "acceptance_date", "commodity_code", "net_mass_kg", "statistical_value"]
    );
    assert_eq!(form.ignored, ["Remarks"]);
    assert!(proposal.reasons.iter().any(|reason| reason == "column `HS Code`: commodity_code, a guess by its name"));
}

#[test]
fn a_first_line_of_data_is_no_header_and_is_not_shown() {
    let line = |id: u32| format!("{id},1,IM,4000,2026-03-1{},AZ101,7313379001,2000000463,TR,u,,Tomatoes,1000.5,CIP\n", id % 10);
    let data: String = (26001..26009).map(line).collect();
    for text in [data.clone(), data.replace(',', ";")] {
        let proposal = sniff(text.as_bytes(), &forms());
        let toml = proposal.to_toml();
        assert!(
            proposal.reasons.iter().any(|reason| reason.contains("the first line looks like data")),
            "{:?}",
            proposal.reasons
        );
        assert!(proposal.columns.len() == 14 && proposal.columns.iter().all(|column| column.field.is_none()));
        assert!(toml.contains("# column `column 5`: dates as %Y-%m-%d, in all of 8 cells"), "{toml}");
        assert!(!toml.contains("ignored"), "there is no column to ignore: {toml}");
        for said in [toml.clone(), proposal.reasons.join("\n"), format!("{proposal:?}")] {
            assert!(!said.contains("7313379001") && !said.contains("Tomatoes"), "{said}");
        }
    }
    // Years and blanks may head columns, and so may one name that is known.
    for header in ["Land,Ware,2005,2006,2007,2008\nA,b,1,2,3,4\n", "declaration_no,HS,,,\n1,2,,,\n", "foo,bar,,,\n1,2,,,\n"] {
        let reasons = sniff(header.as_bytes(), &forms()).reasons;
        assert!(!reasons.iter().any(|reason| reason.contains("looks like data")), "{header}: {reasons:?}");
    }
}

#[test]
fn nothing_is_no_panic() {
    let proposal = sniff(b"", &[]);
    assert!(proposal.columns.is_empty());
    assert!(proposal.to_toml().contains("Every item needs it"));
    assert_eq!(sniff(b"\xff\xfe\x00", &forms()).encoding, "utf-16le");
}
