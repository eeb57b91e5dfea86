//! Proposes a form for a file, and says why.
//!
//! Nothing here is used to read data: a person looks at the proposal, corrects it
//! and saves it as a form. What is not plain is said to be a guess.

mod guess;
mod names;
mod trial;
mod tree;

use std::fmt::Write as _;

use encoding_rs::{Encoding, UTF_8};

use crate::decode::encoding::{characters, likely_code_page, utf16_of};
use crate::form::{FLOW_KEY_FIELDS, FieldRule, Form, KEY_FIELDS, Layout, Source, nearest, targets};
use crate::schema::{ITEM, Kind, PARTNER_FLOW, Record};

/// What a file seems to be.
#[derive(Clone, Debug, PartialEq)]
pub struct Proposal {
    /// Lines of cells, or a document of elements or members.
    pub layout: Layout,
    pub encoding: &'static str,
    /// Lines before the header.
    pub skipped_lines: usize,
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
    pub date: Option<&'static str>,
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
    let separator = guess::separator(&text, &mut reasons);
    let (text, skipped_lines) = guess::below_titles(&text, separator, &mut reasons);
    let is_quoted = text.contains('"');
    let mut rows = guess::rows(text, separator, LINES);
    let header = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
    let cells = |place: usize| rows.iter().filter_map(move |row| row.get(place)).map(|cell| cell.trim());
    let (decimal, thousands) = guess::decimal(rows.iter().flatten().map(|cell| cell.trim()), &mut reasons);
    let known = best_form(&header, forms, &mut reasons);
    let form = known.as_ref().and_then(|(name, _)| forms.iter().find(|form| form.name == *name));
    let is_whole = known.as_ref().is_some_and(|(_, share)| *share >= 1.0);
    let is_read_by_known = form.filter(|_| is_whole && skipped_lines == 0).is_some_and(|form| {
        trial::is_read(form, encoding, separator, &header, &rows, &mut reasons)
    });
    let columns = header.iter().enumerate().map(|(place, name)| Column {
        name: name.trim().to_owned(),
        field: field_of(name.trim(), form, &mut reasons),
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
    Proposal {
        layout: Layout::Delimited,
        encoding,
        skipped_lines,
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
    }
}

fn encoding_of(head: &[u8], reasons: &mut Vec<String>) -> &'static str {
    if let Some(utf16) = utf16_of(head) {
        reasons.push(format!("encoding {utf16}: its byte-order mark, or a 0 in every second byte"));
        return utf16;
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
        let names_it = |rule: &&FieldRule| {
            let mut places = Vec::new();
            rule.source.places(&mut places);
            places.iter().any(|name| form.is_spelled(column, name))
        };
        // What a field is made of beside others may be another field by itself.
        let is_alone = |rule: &&FieldRule| matches!(rule.source, Source::Place { .. } | Source::Spelled(_));
        let mut rules = form.fields.iter().filter(names_it);
        rules.clone().find(is_alone).or_else(|| rules.next())
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

    /// The proposal as a form to correct and save; remarks alone where a known form reads the file, or
    /// where nothing can be proposed.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for reason in &self.reasons {
            // A reason quotes the file, which may break lines.
            line(&mut text, &format!("# {}", reason.replace(['\n', '\r'], " ")));
        }
        match &self.known {
            Some((name, _)) if self.is_read_by_known => {
                line(&mut text, &format!("# Form `{name}` reads it as it is: tradestat ingest --form {name} FILE"));
                return text;
            }
            _ if self.layout != Layout::Delimited => {
                line(&mut text, "# No form is proposed for a document that no known form reads: write one, with those of its kind");
                line(&mut text, "# as models (`tradestat show asycuda_xml`, `tradestat show comtrade_json`).");
                return text;
            }
            _ => {}
        }
        line(&mut text, "title     = \"...\"");
        line(&mut text, &format!("record    = {}", toml_text(self.record.name())));
        line(&mut text, "layout    = \"delimited\"");
        if self.skipped_lines > 0 {
            line(&mut text, &format!("skipped_lines = {}", self.skipped_lines));
        }
        line(&mut text, &format!("separator = {}", toml_text(&self.separator.to_string())));
        if !self.is_quoted {
            line(&mut text, "# No quote was seen. Should cells hold bare quotes, add: quote = \"\"");
        }
        line(&mut text, &format!("encoding  = {}", toml_text(self.encoding)));
        line(&mut text, &format!("decimal   = {}", toml_text(&self.decimal.to_string())));
        if !self.thousands.is_empty() {
            let marks: Vec<String> = self.thousands.iter().map(|mark| toml_text(&mark.to_string())).collect();
            line(&mut text, &format!("thousands = [{}]", marks.join(", ")));
        }
        let unused: Vec<&Column> = self.columns.iter().filter(|column| column.field.is_none()).collect();
        if !unused.is_empty() {
            let names: Vec<String> = unused.iter().map(|column| toml_text(&column.name)).collect();
            line(&mut text, &format!("ignored   = [{}]", names.join(", ")));
        }
        line(&mut text, "\n[field]");
        let mut filled: Vec<&str> = Vec::new();
        for (field, value) in &self.constants {
            filled.push(field);
            line(&mut text, &format!("{field} = {{ value = {} }}", toml_text(value)));
        }
        for column in &self.columns {
            let Some(field) = column.field else { continue };
            let kind = targets(self.record).into_iter().find(|target| target.name == field).map(|target| target.kind);
            let conversion = match (kind, column.date) {
                _ if self.record == Record::PartnerFlow && matches!(field, "period" | "frequency") => format!(", as = \"{field}\""),
                (Some(Kind::Date), Some(date)) => format!(", as = {}", toml_text(&format!("date:{date}"))),
                _ if field == "commodity_code" && column.has_marks => ", as = \"digits\"".to_owned(),
                _ => String::new(),
            };
            // Two columns that could fill one field: the second is for a person to decide.
            let doubt = if filled.contains(&field) { "# " } else { "" };
            filled.push(field);
            line(&mut text, &format!("{doubt}{field} = {{ column = {}{conversion} }}", toml_text(&column.name)));
        }
        let (what, keys) = match self.record {
            Record::PartnerFlow => ("flow", FLOW_KEY_FIELDS.map(|key| PARTNER_FLOW[key as usize].name)),
            _ => ("item", KEY_FIELDS.map(|key| ITEM[key as usize].name)),
        };
        for key in keys {
            if !filled.contains(&key) {
                line(&mut text, &format!("# Every {what} needs it:\n# {key} = {{ column = \"...\" }}"));
            }
        }
        text
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("text is written to a string");
}

fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(letter)).expect("text is written to a string");
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
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
        assert!(proposal.reasons.iter().any(|reason| reason.contains("`primaryValue` is written otherwise")), "{:?}", proposal.reasons);
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
    fn nothing_is_no_panic() {
        let proposal = sniff(b"", &[]);
        assert!(proposal.columns.is_empty());
        assert!(proposal.to_toml().contains("Every item needs it"));
        assert_eq!(sniff(b"\xff\xfe\x00", &forms()).encoding, "utf-16le");
    }
}
