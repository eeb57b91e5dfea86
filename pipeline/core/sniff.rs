//! Proposes a form for a file, and says why.
//!
//! Nothing here is used to read data: a person looks at the proposal, corrects it
//! and saves it as a form. What is not plain is said to be a guess.

mod guess;
mod names;
mod toml;
mod tree;
mod trial;

use encoding_rs::{Encoding, UTF_8};

use crate::decode::encoding::{characters, likely_code_page, no_text, utf16_of};
use crate::form::{FieldRule, Form, Layout, Source, nearest, targets};
use crate::schema::Record;

/// What a file seems to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Lines of cells, or a document of elements or members.
    pub layout: Layout,
    pub encoding: &'static str,
    /// Lines before the header.
    pub skipped_lines: usize,
    /// The first line is the header; without one, columns are called by their places.
    pub has_header: bool,
    pub separator: char,
    /// Whether quotes are used around cells.
    pub is_quoted: bool,
    pub decimal: char,
    pub thousands: Vec<char>,
    pub columns: Vec<Column>,
    /// The known form that fits best, and the share of its columns that the file has.
    pub known: Option<(String, f64)>,
    /// The known form reads the file as it is.
    pub is_read_by_known: bool,
    /// What the record of the form is, and what it gives every record: fields and their texts.
    pub record: Record,
    pub constants: Vec<(&'static str, String)>,
    /// Why, in words, one reason a line.
    pub reasons: Vec<String>,
}

/// One column of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    /// The field a form would fill from it.
    pub field: Option<&'static str>,
    /// The format its dates are written in.
    pub date: Option<String>,
    /// Dots or blanks stand between the digits of its codes.
    pub has_marks: bool,
}

/// So many lines are looked at.
const LINES: usize = 200;

/// Looks at the beginning of a file. `forms` are those to compare with.
#[must_use]
pub fn sniff(head: &[u8], forms: &[Form]) -> Proposal {
    let mut reasons = Vec::new();
    let encoding = encoding_of(head, &mut reasons);
    let text = Encoding::for_label(encoding.as_bytes()).unwrap_or(UTF_8).decode(head).0;
    if let Some(layout) = tree::layout_of(&text) {
        let known = tree::best_form(&text, layout, forms, &mut reasons);
        return Proposal { layout, encoding, is_read_by_known: known.is_some(), known, reasons, ..Proposal::of_nothing() };
    }
    // As the decoder looks for it. Below, the lines are what they would be with line feeds.
    let ends_with_returns = text.trim_start().lines().next().is_some_and(|line| line.trim().contains('\r'));
    let text = if ends_with_returns { text.replace('\r', "\n").into() } else { text };
    if ends_with_returns {
        reasons
            .push("lines end with a carriage return alone, and no form reads that: write line feeds in their place".to_owned());
    }
    let separator = guess::separator(&text, &mut reasons);
    let (text, skipped_lines) = guess::below_titles(&text, separator, &mut reasons);
    let is_quoted = text.contains('"');
    let mut rows = guess::rows(text, separator, LINES);
    let has_header = !rows.first().is_some_and(|first| is_data(first, forms));
    let header = match rows.first() {
        Some(first) if !has_header => {
            reasons.push("the first line looks like data, so it is not shown: columns are called by their places".to_owned());
            (1..=first.len()).map(|place| format!("column {place}")).collect()
        }
        Some(_) => rows.remove(0),
        None => Vec::new(),
    };
    let cells = |place: usize| rows.iter().filter_map(move |row| row.get(place)).map(|cell| cell.trim());
    let (decimal, thousands) = guess::decimal(rows.iter().flatten().map(|cell| cell.trim()), &mut reasons);
    let known = if has_header { best_form(&header, forms, &mut reasons) } else { None };
    let form = known.as_ref().and_then(|(name, _)| forms.iter().find(|form| form.name == *name));
    let is_whole = known.as_ref().is_some_and(|(_, share)| *share >= 1.0);
    let is_read_by_known = form
        .filter(|_| is_whole && skipped_lines == 0 && !ends_with_returns)
        .is_some_and(|form| trial::is_read(form, encoding, separator, &header, &rows, &mut reasons));
    let columns = header.iter().enumerate().map(|(place, name)| Column {
        name: name.trim().to_owned(),
        field: if has_header { field_of(name.trim(), form, &mut reasons) } else { None },
        date: guess::date(name.trim(), cells(place), &mut reasons),
        has_marks: guess::has_marks(cells(place)),
    });
    let columns = columns.collect();
    let constant = |rule: &FieldRule| match &rule.source {
        Source::Value(text) => Some((rule.name, text.clone())),
        _ => None,
    };
    let constants = form.map(|form| form.fields.iter().filter_map(constant).collect()).unwrap_or_default();
    let record = form.map_or(Record::Item, |form| form.record);
    let mut proposal = Proposal {
        layout: Layout::Delimited,
        encoding,
        skipped_lines,
        has_header,
        separator,
        is_quoted,
        decimal,
        thousands,
        columns,
        known,
        is_read_by_known,
        record,
        constants,
        reasons,
    };
    if has_header && !proposal.is_read_by_known {
        let outcome = trial::outcome(&proposal.to_toml(), head);
        proposal.reasons.push(outcome);
    }
    proposal
}

fn encoding_of(head: &[u8], reasons: &mut Vec<String>) -> &'static str {
    if let Some(utf16) = utf16_of(head) {
        reasons.push(format!("encoding {utf16}: its byte-order mark, or a 0 in every second byte"));
        return utf16;
    }
    if let Some(found) = no_text(head) {
        reasons.push(format!("encoding utf-8, but the bytes are those of no text: {found}"));
        return "utf-8";
    }
    let (broken, whole) = characters(head);
    if head.starts_with(b"\xef\xbb\xbf") {
        reasons.push("encoding utf-8: its byte-order mark".to_owned());
        return "utf-8";
    }
    // A letter cut in two at the end of what was read is no sign.
    match likely_code_page(head).filter(|_| broken > 1 && broken > whole || broken == 1 && whole == 0) {
        Some(page) => {
            let kind = match page {
                "windows-1251" => "runs of such letters, as in Cyrillic words",
                "euc-kr" => "pairs of them that are Korean syllables",
                _ => "single such letters among ASCII",
            };
            reasons.push(format!("encoding {page}, a guess: {broken} letters are no UTF-8, and there are {kind}"));
            page
        }
        None if whole > 0 => {
            reasons.push(format!("encoding utf-8: {whole} letters beyond ASCII are whole, {broken} broken"));
            "utf-8"
        }
        None => {
            reasons.push("encoding utf-8: nothing beyond ASCII was seen, so others would do as well".to_owned());
            "utf-8"
        }
    }
}

/// Whether a first line is none of names: half of its cells or more are numbers, days or empty, and hardly
/// any other is a name that somewhere is a column's. It may be a trader's data then, and is not shown.
fn is_data(first: &[String], forms: &[Form]) -> bool {
    let fields = targets(Record::Item);
    let columns: Vec<(&Form, Vec<&str>)> = forms.iter().map(|form| (form, form.columns())).collect();
    let is_known = |cell: &str| {
        names::field(cell).is_some()
            || fields.iter().any(|target| target.name == cell)
            || columns.iter().any(|(form, names)| names.iter().any(|name| form.is_spelled(cell, name)))
    };
    let (mut values, mut empty, mut known) = (0_usize, 0_usize, 0_usize);
    for cell in first.iter().map(|cell| cell.trim()) {
        if cell.is_empty() {
            empty += 1;
        } else if is_known(cell) {
            known += 1;
        } else if guess::is_value(cell) {
            values += 1;
        }
    }
    (values + empty) * 2 >= first.len() && known * 4 < values
}

fn best_form(header: &[String], forms: &[Form], reasons: &mut Vec<String>) -> Option<(String, f64)> {
    let mut best: Option<(String, f64, usize)> = None;
    for form in forms.iter().filter(|form| form.layout == Layout::Delimited) {
        let mut wanted = 0_usize;
        let mut found = 0_usize;
        for rule in form.fields.iter().filter(|rule| !rule.is_optional) {
            let mut places = Vec::new();
            rule.source.places(&mut places);
            let is_here = |name: &&str| header.iter().any(|column| form.is_spelled(column.trim(), name));
            wanted += usize::from(!places.is_empty());
            // Of several spellings, or of the parts of a choice, one is enough.
            found += usize::from(places.iter().any(is_here));
        }
        if wanted == 0 {
            continue;
        }
        #[expect(clippy::cast_precision_loss, reason = "a form has tens of columns")]
        let share = found as f64 / wanted as f64;
        // Of two that fit alike, the one that reads more of the columns.
        let columns = form.columns();
        let used = header.iter().filter(|column| columns.iter().any(|name| form.is_spelled(column.trim(), name))).count();
        if best.as_ref().is_none_or(|(_, other, other_used)| (share, used) > (*other, *other_used)) {
            best = Some((form.name.clone(), share, used));
        }
    }
    let best = best.map(|(name, share, _)| (name, share)).filter(|(_, share)| *share >= 0.5);
    match &best {
        Some((name, share)) => {
            reasons.push(format!("form `{name}` has {:.0} percent of its required columns here", share * 100.0))
        }
        None => reasons.push("no known form has half of its required columns here".to_owned()),
    }
    best
}

/// The field that the matching form fills from a column; else one of the same name or nearly so, or one that
/// columns of this name hold elsewhere.
fn field_of(column: &str, form: Option<&Form>, reasons: &mut Vec<String>) -> Option<&'static str> {
    let by_form = form.and_then(|form| {
        let place_in = |rule: &FieldRule| {
            let mut places = Vec::new();
            rule.source.places(&mut places);
            places.iter().position(|name| form.is_spelled(column, name))
        };
        // What a field is made of beside others may be another field by itself; of two fields that are made of it,
        // it is rather the one that asks for it sooner.
        let is_made = |rule: &FieldRule| !matches!(rule.source, Source::Place { .. } | Source::Spelled(_));
        let named = form.fields.iter().filter_map(|rule| Some((is_made(rule), place_in(rule)?, rule)));
        named.min_by_key(|(is_made, place, _)| (*is_made, if *is_made { *place } else { 0 })).map(|(.., rule)| rule)
    });
    if let Some(rule) = by_form {
        return Some(rule.name);
    }
    if form.is_some_and(|form| form.record != Record::Item) {
        return None;
    }
    let targets = targets(Record::Item);
    let name = column.to_lowercase().replace([' ', '-', '.'], "_");
    if let Some(target) = targets.iter().find(|target| target.name == name) {
        return Some(target.name);
    }
    let named = names::field(column).or_else(|| {
        let near = nearest(&name, targets.iter().map(|target| target.name))?.to_owned();
        targets.iter().find(|target| target.name == near).map(|target| target.name)
    });
    if let Some(field) = named {
        reasons.push(format!("column `{column}`: {field}, a guess by its name"));
    }
    named
}

impl Proposal {
    /// What is said of a file of which nothing is known.
    fn of_nothing() -> Proposal {
        Proposal {
            layout: Layout::Delimited,
            encoding: "utf-8",
            skipped_lines: 0,
            has_header: true,
            separator: ',',
            is_quoted: false,
            decimal: '.',
            thousands: Vec::new(),
            columns: Vec::new(),
            known: None,
            is_read_by_known: false,
            record: Record::Item,
            constants: Vec::new(),
            reasons: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms() -> Vec<Form> {
        let form = |name: &str, text: &str| Form::parse(name, text).expect("the form is right");
        vec![
            form("kcs_csv", include_str!("../../reference/forms/kcs_csv.toml")),
            form("sad_csv", include_str!("../../reference/forms/sad_csv.toml")),
            form("comtrade_csv", include_str!("../../reference/forms/comtrade_csv.toml")),
            form("comtrade_legacy_json", include_str!("../../reference/forms/comtrade_legacy_json.toml")),
        ]
    }

    #[test]
    fn lines_that_end_with_a_carriage_return_alone_are_told() {
        let lines: Vec<&str> = include_str!("../../tests/forms/comtrade_csv/sample.csv").lines().take(3).collect();
        let feeds = lines.join("\n");
        let [feeds, returns] = [feeds.clone(), feeds.replace('\n', "\r")].map(|text| sniff(text.as_bytes(), &forms()));
        assert!(returns.reasons[1].starts_with("lines end with a carriage return alone"), "{:?}", returns.reasons);
        assert_eq!((feeds.is_read_by_known, returns.is_read_by_known), (true, false));
        assert_eq!((returns.columns, returns.skipped_lines), (feeds.columns, feeds.skipped_lines));
    }

    #[test]
    fn a_known_file_is_known() {
        let sad = sniff(include_bytes!("../../tests/forms/sad_csv/sample.csv"), &forms());
        assert_eq!(sad.known, Some(("sad_csv".to_owned(), 1.0)));
        assert_eq!((sad.encoding, sad.separator, sad.decimal, sad.is_quoted), ("utf-8", ',', '.', true));
        let kcs = sniff(include_bytes!("../../tests/forms/kcs_csv/sample.csv"), &forms());
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
        let sad = sniff(include_bytes!("../../tests/forms/sad_csv/sample.csv"), &forms());
        assert!(!sad.is_read_by_known, "the sample has lines that no form reads");
        let kcs = sniff(include_bytes!("../../tests/forms/kcs_csv/sample.csv"), &forms());
        assert!(kcs.to_toml().contains("ingest --form kcs_csv FILE"), "{:?}", kcs.reasons);
        assert!(!kcs.to_toml().contains("[field]"));
        let bytes = include_bytes!("../../tests/forms/comtrade_csv/sample_download.csv");
        let download = sniff(bytes, &forms());
        assert_eq!(download.encoding, "windows-1254", "its letters are those of several code pages");
        assert!(download.to_toml().contains("ingest --form comtrade_csv FILE"), "{:?}", download.reasons);
        let legacy = sniff(include_bytes!("../../tests/forms/comtrade_legacy_json/sample.json"), &forms());
        assert_eq!((legacy.layout, legacy.known.is_some()), (Layout::Json, true));
        assert!(legacy.to_toml().contains("ingest --form comtrade_legacy_json FILE"));
    }

    #[test]
    fn a_form_does_not_read_thousands_of_nothing() {
        let sample = include_str!("../../tests/forms/kcs_csv/sample.csv");
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
    fn of_two_forms_that_fit_alike_the_one_that_reads_more_is_named() {
        let legacy = include_str!("../../reference/forms/comtrade_legacy_csv.toml");
        let mut forms = forms();
        forms.push(Form::parse("comtrade_legacy_csv", legacy).expect("the form is right"));
        let known = |file: &[u8]| sniff(file, &forms).known.map(|(name, share)| (name, share.to_string()));
        let found = known(include_bytes!("../../tests/forms/comtrade_legacy_csv/sample.csv"));
        assert_eq!(found, Some(("comtrade_legacy_csv".to_owned(), "1".to_owned())));
        let found = known(include_bytes!("../../tests/forms/comtrade_csv/sample.csv"));
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
            [
                "declaration_id",
                "item_no",
                "procedure_code",
                "acceptance_date",
                "commodity_code",
                "net_mass_kg",
                "statistical_value"
            ]
        );
        assert_eq!(form.ignored, ["Remarks"]);
        assert!(proposal.reasons.iter().any(|reason| reason == "column `HS Code`: commodity_code, a guess by its name"));
    }

    #[test]
    fn a_first_line_of_data_is_no_header_and_is_not_shown() {
        let line =
            |id: u32| format!("{id},1,IM,4000,2026-03-1{},AZ101,7313379001,2000000463,TR,u,,Tomatoes,1000.5,CIP\n", id % 10);
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
}
