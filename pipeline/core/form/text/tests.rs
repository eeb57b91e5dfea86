//! What a form may say, and what is refused.

use super::*;
use crate::schema::{ItemField, PartnerFlowField};

const HEAD: &str = "title = 'T'\nrecord = 'item'\nlayout = 'delimited'\n";
const KEYS: &str = "[field]\ndeclaration_id = { column = 'D' }\nitem_no = { value = '1' }\nprocedure_code = { column = 'P' }\n";

fn form(head: &str, fields: &str) -> Result<Form, FormError> {
    Form::parse("test", &format!("{HEAD}{head}\n{KEYS}{fields}"))
}

fn refused(head: &str, fields: &str) -> (String, Option<String>) {
    let error = form(head, fields).expect_err("the form is wrong");
    (error.to_string(), error.hint())
}

#[test]
fn a_form_says_how_its_file_is_written() {
    let read = form("separator = ';'\nencoding = 'windows-1251'\ndecimal = ','\nthousands = [' ', '\\u00a0']", "");
    // A literal TOML string holds no escapes: two characters are too many.
    assert!(read.is_err());
    let read = form("separator = \"\\t\"\nencoding = 'cp1251'\ndecimal = ','\nthousands = [' ', \"\\u00a0\"]", "");
    let read = read.expect("the form is right");
    assert_eq!(read.separator, b'\t');
    assert_eq!(read.encoding, encoding_rs::WINDOWS_1251);
    assert_eq!(read.decimal, DecimalFormat::new(b',', vec![' ', '\u{a0}']));
    assert_eq!(read.quote, Some(b'"'));
    assert_eq!(read.columns(), ["D", "P"]);
}

#[test]
fn the_decimal_mark_stands_between_no_thousands() {
    for head in ["decimal = ','\nthousands = [' ', ',']", "thousands = ['.']"] {
        let (said, _) = refused(head, "");
        assert!(said.contains("`thousands`") && said.contains("other than the decimal"), "{said}");
    }
}

#[test]
fn a_form_says_what_its_files_may_differ_in() {
    let head = "separator = [',', ';']\nfallback_encoding = 'cp1252'\nmay_end_with_separator = true\nskipped_lines = 2";
    let read = form(head, "").expect("the form is right");
    assert_eq!((read.separator, read.other_separators.as_slice()), (b',', [b';'].as_slice()));
    assert_eq!(read.fallback_encoding, Some(encoding_rs::WINDOWS_1252));
    assert!(read.may_end_with_separator);
    assert_eq!(read.skipped_lines, 2);
    let read = form("", "").expect("the form is right");
    assert_eq!((read.other_separators.len(), read.fallback_encoding, read.may_end_with_separator), (0, None, false));
    let read = form(
        "one_of = [['net_mass_kg', 'gross_mass_kg']]",
        "net_mass_kg = { column = 'N', optional = true }\ngross_mass_kg = { column = 'G', optional = true }",
    );
    assert_eq!(read.expect("the form is right").one_of.len(), 1);
    assert!(refused("one_of = [['net_mass_kg']]", "net_mass_kg = { column = 'N' }").0.contains("net_mass_kg"));
    assert!(refused("one_of = [['nothing']]", "").0.contains("nothing"));
    assert!(refused("separator = []", "").0.contains("an empty list"));
    assert!(refused("separator = [',', '::']", "").0.contains("`::`"));
    assert!(refused("fallback_encoding = 'utf-16le'", "").0.contains("a code page"));
    assert!(refused("encoding = 'cp1251'\nfallback_encoding = 'cp1252'", "").0.contains("utf-8"));
}

#[test]
fn a_wrong_key_is_named() {
    assert!(refused("seperator = ';'", "").0.contains("seperator"));
    assert!(refused("", "net_mass_kg = { colum = 'N' }").0.contains("colum"));
    assert!(refused("", "net_mass_kg = { first_of = [{ pth = 'N' }] }").0.contains("pth"));
    assert!(refused("separator = ';;'", "").0.contains("separator"));
    assert!(refused("encoding = 'utf-9'", "").0.contains("utf-9"));
    assert!(refused("quote = 'x'", "").0.contains("quote"));
    assert!(refused("decimal = '·'", "").0.contains("decimal"));
    assert!(refused("trader_check = 'luhn'", "").0.contains("trader_check"));
}

#[test]
fn an_unknown_field_gets_the_nearest_name() {
    let (message, hint) = refused("", "net_mas_kg = { column = 'N' }");
    assert!(message.contains("`net_mas_kg`"), "{message}");
    assert!(hint.expect("there is a near name").contains("`net_mass_kg`"));
}

#[test]
fn fields_made_here_cannot_be_filled() {
    for field in ["batch_id", "line_no", "received_on", "trader_key", "trader_id_is_valid", "hs6"] {
        assert!(refused("", &format!("{field} = {{ column = 'N' }}")).0.contains(field));
    }
    assert!(form("", "trader_id = { column = 'T' }").is_ok());
}

#[test]
fn a_rule_has_exactly_one_source() {
    assert!(refused("", "net_mass_kg = { optional = true }").0.contains("exactly one"));
    assert!(refused("", "net_mass_kg = { column = 'N', value = '1' }").0.contains("exactly one"));
    assert!(refused("", "net_mass_kg = { path = 'N' }").0.contains("needs `column`"));
    assert!(refused("", "net_mass_kg = { column = 'N', where = { A = 'b' } }").0.contains("`where`"));
}

#[test]
fn parts_are_names_or_tables() {
    let read = form("", "commodity_code = { join = ['A', { column = 'B' }, { value = '0' }], as = ['digits', 'upper'] }");
    let read = read.expect("the form is right");
    let rule = read.rule(ItemField::commodity_code).expect("it is filled");
    let Source::Join(parts) = &rule.source else { panic!("it is a join") };
    let is_place = |part: &Source, name: &str| matches!(part, Source::Place { place, .. } if place == name);
    assert!(is_place(&parts[0], "A") && is_place(&parts[1], "B"));
    assert!(matches!(&parts[2], Source::Value(text) if text == "0"));
    assert_eq!(rule.conversion.text("a.b"), "AB");
}

#[test]
fn keys_must_be_filled_and_conversions_fit() {
    let error = Form::parse("test", &format!("{HEAD}[field]\nitem_no = {{ value = '1' }}")).expect_err("keys are missing");
    assert!(error.to_string().contains("`declaration_id`"));
    let (_, hint) = refused("", "net_mass_kg = { column = 'N', as = 'date:%Y-%m-%d' }");
    assert!(hint.expect("it says why").contains("decimal number"));
}

#[test]
fn xml_needs_its_layout() {
    let text = "title = 'T'\nrecord = 'item'\nlayout = 'xml'\n[field]\ndeclaration_id = { path = 'D' }\n\
                item_no = { path = 'I' }\nprocedure_code = { join = ['A', 'B'] }\n";
    assert!(Form::parse("x", text).expect_err("no layout").to_string().contains("`xml`"));
    let whole = format!("{text}[xml]\nroot = 'ASYCUDA'\nitem = 'Item'\n");
    assert!(Form::parse("x", &whole).is_ok());
}

#[test]
fn an_element_may_have_several_places_and_then_no_condition() {
    let of = |layout: &str, mass: &str| {
        let text = format!(
            "title = 'T'\nrecord = 'item'\nlayout = '{layout}'\n[xml]\nroot = 'R'\nitem = 'I'\n[json]\nrecords = 'r'\n[field]\n\
             declaration_id = {{ path = 'D' }}\nitem_no = {{ path = 'N' }}\nprocedure_code = {{ path = 'P' }}\nnet_mass_kg = {{ {mass} }}\n"
        );
        Form::parse("x", &text).map(|form| form.fields.len()).map_err(|error| error.to_string())
    };
    assert_eq!(of("xml", "path = ['I/A', 'I/B/A']"), Ok(4));
    for mass in ["path = ['I/A', 'I/B/A'], where = { K = '1' }", "path = ['I/A', 'I/B/A'], all = 'sum'"] {
        assert!(of("xml", mass).expect_err("of one place").contains("`where` and `all`"));
    }
    assert!(of("json", "path = ['A', 'B']").expect_err("of one member").contains("one `path`"));
}

#[test]
fn what_only_a_tree_has_is_refused_of_a_line() {
    assert!(refused("", "package_count = { column = 'N', all = 'sum' }").0.contains("`all`"));
    assert!(refused("", "package_count = { position = 'item' }").0.contains("`position`"));
    assert!(refused("", "commodity_code = { join = [{ column = 'A', needed = true }] }").0.contains("`needed`"));
    assert!(refused("", "freight_cost = { column = 'N', currency = 'C' }").0.contains("`currency`"));
    assert!(refused("", "freight_cost = { column = 'N', needed = true }").0.contains("`needed`"));
    assert!(refused("", "freight_cost = { column = 'N', width = 2 }").0.contains("`width`"));
    assert!(refused("", "commodity_code = { join = [{ column = 'A', width = 2 }] }").0.contains("`width`"));
    assert!(refused("", "net_mass_kg = { column = 'N', unit = { path = 'U', factor = { KGM = '1' } } }").0.contains("`unit`"));
    assert!(refused("", "net_mass_kg = { column = 'N', unit = { path = 'U', factor = { KGM = 'one' } } }").0.contains("`one`"));
    let national = "freight_cost = { column = 'N', national = { currency = 'C', rate = 'R', amount = 'A' } }";
    assert!(refused("", national).0.contains("`national`"));
}

#[test]
fn a_condition_may_ask_for_one_of_a_list() {
    let text = "title = 'T'\nrecord = 'item'\nlayout = 'xml'\n[xml]\nroot = 'R'\nitem = 'I'\n[lists]\nkinds = ['A', 'B']\n[field]\n\
                declaration_id = { path = 'D' }\nitem_no = { path = 'N' }\nprocedure_code = { path = 'P', where = { K = 'in:kinds' } }\n";
    let form = Form::parse("x", text).expect("the form is right");
    let rule = form.rule(ItemField::procedure_code).expect("it is filled");
    assert!(matches!(&rule.source, Source::Place { condition, .. } if condition["K"] == "|A|B"));
    let wrong = Form::parse("x", &text.replace("in:kinds", "in:sorts")).expect_err("there is none of that name");
    assert!(wrong.to_string().contains("`sorts` is none of the form's `lists`"));
}

#[test]
fn trader_checks() {
    assert_eq!(TraderCheck::parse("none"), Some(TraderCheck::None));
    assert_eq!(TraderCheck::None.judge("1"), None);
    let ten = TraderCheck::parse("digits:10").expect("it is a check");
    assert_eq!(ten.judge("1234567890"), Some(true));
    assert_eq!(ten.judge("123456789"), Some(false));
    assert_eq!(ten.judge("12345678 0"), Some(false));
    assert_eq!(TraderCheck::parse("digits"), None);
}

const FLOW: &str = "title = 'T'\nrecord = 'partner_flow'\nlayout = 'delimited'\nnames = 'loose'\n[field]\n\
    source = { value = 's' }\nfrequency = { value = 'A' }\nperiod = { column = ['Period', 'Year'], as = 'period' }\n";

#[test]
fn a_column_may_have_several_spellings() {
    let read = Form::parse("x", FLOW).expect("the form is right");
    assert_eq!(read.columns(), ["Period", "Year"]);
    let header: Vec<String> = ["reporter", "YEAR ", "period_desc"].map(str::to_owned).to_vec();
    assert_eq!(read.place_of("Year", &header), Some(1));
    assert_eq!(read.place_of("perioddesc", &header), Some(2));
    assert_eq!(read.place_of("Period", &header), None);
    let strict = Form::parse("x", &FLOW.replace("loose", "exact")).expect("the form is right");
    assert_eq!(strict.place_of("Year", &header), None);
}

#[test]
fn a_line_may_hold_several_records() {
    let each = "[[each]]\nflow_code = { value = 'X' }\ntrade_value = { column = 'export' }\n\
        [[each]]\nflow_code = { value = 'M' }\ntrade_value = { column = 'import' }\n";
    let read = Form::parse("x", &format!("{FLOW}{each}")).expect("the form is right");
    assert_eq!((read.fields.len(), read.records.len()), (7, 2));
    for (record, column) in read.records.iter().zip(["export", "import"]) {
        let value = record.iter().find(|rule| read.fields[**rule].column == PartnerFlowField::trade_value as usize);
        let rule = &read.fields[*value.expect("each has its value")];
        assert!(matches!(&rule.source, Source::Place { place, .. } if place == column));
    }
    let twice = format!("{FLOW}[[each]]\nperiod = {{ column = 'P' }}\n");
    assert!(Form::parse("x", &twice).expect_err("it stands twice").to_string().contains("`period`"));
    let keyless = FLOW.replace("frequency = { value = 'A' }\n", "");
    assert!(Form::parse("x", &keyless).expect_err("a key is missing").to_string().contains("`frequency`"));
    assert!(form("", "[[each]]\nversion = { value = '1' }").is_err());
}

#[test]
fn a_map_may_have_a_name() {
    let form = |map: &str| {
        Form::parse(
            "x",
            &format!(
                "title = 'T'\nrecord = 'item'\nlayout = 'delimited'\n[maps.mode]\n'03' = '3'\n[field]\ndeclaration_id = {{ column = 'a' }}\n\
                 item_no = {{ column = 'b' }}\nprocedure_code = {{ column = 'c' }}\nborder_transport_mode = {{ column = 'd', map = {map} }}\n"
            ),
        )
    };
    let mode = |map: &str| {
        form(map)
            .expect("it is right")
            .fields
            .iter()
            .find(|rule| rule.name == "border_transport_mode")
            .expect("it is there")
            .conversion
            .text("03")
            .into_owned()
    };
    assert_eq!((mode("'mode'").as_str(), mode("{ '03' = '9' }").as_str()), ("3", "9"));
    let wrong = form("'modes'").expect_err("there is none of that name").to_string();
    assert!(wrong.contains("`modes` is none of the form's `maps`"), "{wrong}");
}
