//! The TOML grammar of a form, and the checks that make a [`Form`] of it.

use std::collections::BTreeMap;

use encoding_rs::Encoding;
use serde::Deserialize;

use super::error::nearest;
use super::{
    FieldRule, Form, FormError, Gather, KEY_FIELDS, Layout, Source, Target, TraderCheck, TreeSource, XmlLayout, targets,
};
use crate::convert::{Conversion, DecimalFormat};
use crate::schema::{ItemField, Kind, Record};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormText {
    title: String,
    notes: Option<String>,
    #[serde(default)]
    unproven: bool,
    record: String,
    layout: Layout,
    separator: Option<String>,
    quote: Option<String>,
    encoding: Option<String>,
    decimal: Option<String>,
    #[serde(default)]
    thousands: Vec<char>,
    trader_check: Option<String>,
    #[serde(default)]
    ignored: Vec<String>,
    #[serde(default)]
    null_when: Vec<String>,
    xml: Option<XmlLayout>,
    field: BTreeMap<String, RuleText>,
    #[serde(default)]
    declaration: BTreeMap<String, RuleText>,
    #[serde(default)]
    amendment: BTreeMap<String, RuleText>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    column: Option<String>,
    path: Option<String>,
    #[serde(rename = "where", default)]
    condition: BTreeMap<String, String>,
    first_of: Option<Vec<SourceText>>,
    join: Option<Vec<SourceText>>,
    value: Option<String>,
    #[serde(rename = "as")]
    conversion: Option<Names>,
    #[serde(default)]
    map: BTreeMap<String, String>,
    #[serde(default)]
    null_when: Vec<String>,
    #[serde(default)]
    optional: bool,
    /// Of a tree: every match, written with this text between them, or `sum`.
    all: Option<String>,
    /// Of a tree: `item` is the item's place in its declaration.
    position: Option<String>,
    /// Of a part in a tree: without it there is no whole.
    #[serde(default)]
    needed: bool,
    /// Of an amount in a tree: path to its currency.
    currency: Option<String>,
}

/// One name, or several that are applied in turn.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

/// A part of `first_of` or `join`: a bare name, or a table as large as a rule's.
struct SourceText(RuleText);

impl<'de> Deserialize<'de> for SourceText {
    /// By hand, because an untagged enum would hide which key of the table is wrong.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Part;
        impl<'de> serde::de::Visitor<'de> for Part {
            type Value = SourceText;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the name of a column or path, or a table with `column`, `path` or `value`")
            }

            fn visit_str<E>(self, name: &str) -> Result<SourceText, E> {
                // The layout decides whether it is a column or a path.
                let name = Some(name.to_owned());
                Ok(SourceText(RuleText { column: name.clone(), path: name, ..RuleText::default() }))
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<SourceText, A::Error> {
                RuleText::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(SourceText)
            }
        }
        deserializer.deserialize_any(Part)
    }
}

pub(super) fn parse(name: &str, text: &str) -> Result<Form, FormError> {
    let raw: FormText = toml::from_str(text)
        .map_err(|error| FormError::Syntax { form: name.to_owned(), detail: error.to_string().trim_end().to_owned() })?;
    let reader = Reader { form: name, layout: raw.layout, decimal: decimal(name, &raw)?, null_when: &raw.null_when };
    let record = Record::from_name(&raw.record).filter(|record| !targets(*record).is_empty());
    let record = record.ok_or_else(|| reader.key("record", &raw.record, "item, declaration or amendment"))?;
    let trader_check = match &raw.trader_check {
        None => None,
        Some(check) => {
            Some(TraderCheck::parse(check).ok_or_else(|| reader.key("trader_check", check, "none, or digits:<count>"))?)
        }
    };
    let encoding = raw.encoding.as_deref().unwrap_or("utf-8");
    let form = Form {
        name: name.to_owned(),
        title: raw.title,
        notes: raw.notes,
        is_unproven: raw.unproven,
        record,
        layout: raw.layout,
        separator: reader.separator(raw.separator.as_deref())?,
        quote: reader.quote(raw.quote.as_deref())?,
        encoding: Encoding::for_label(encoding.as_bytes())
            .ok_or_else(|| reader.key("encoding", encoding, "a name such as utf-8, utf-16le, windows-1251, windows-1254"))?,
        fields: reader.rules(record, raw.field)?,
        declaration: reader.rules(Record::Declaration, raw.declaration)?,
        amendment: reader.rules(Record::Amendment, raw.amendment)?,
        decimal: reader.decimal.clone(),
        trader_check,
        ignored: raw.ignored,
        xml: raw.xml,
    };
    if form.layout == Layout::Xml && form.xml.is_none() {
        return Err(reader.key("xml", "nothing", "a table that says where items stand"));
    }
    let missing = KEY_FIELDS.into_iter().find(|key| record == Record::Item && form.rule(*key).is_none());
    match missing {
        Some(key) => Err(FormError::MissingKeyField { form: name.to_owned(), field: key_name(key) }),
        None => Ok(form),
    }
}

fn key_name(key: ItemField) -> &'static str {
    crate::schema::ITEM[key as usize].name
}

fn decimal(form: &str, raw: &FormText) -> Result<DecimalFormat, FormError> {
    let point = match raw.decimal.as_deref() {
        None | Some(".") => b'.',
        Some(",") => b',',
        Some(other) => {
            return Err(FormError::Key {
                form: form.to_owned(),
                key: "decimal",
                found: other.to_owned(),
                expected: "`.` or `,`".to_owned(),
            });
        }
    };
    Ok(DecimalFormat::new(point, raw.thousands.clone()))
}

struct Reader<'form> {
    form: &'form str,
    layout: Layout,
    decimal: DecimalFormat,
    null_when: &'form [String],
}

impl Reader<'_> {
    fn key(&self, key: &'static str, found: &str, expected: &str) -> FormError {
        FormError::Key { form: self.form.to_owned(), key, found: found.to_owned(), expected: expected.to_owned() }
    }

    fn separator(&self, text: Option<&str>) -> Result<u8, FormError> {
        match text.unwrap_or(",").as_bytes() {
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') && !byte.is_ascii_alphanumeric() => Ok(byte),
            _ => Err(self.key("separator", text.unwrap_or(""), "one character such as `,`, `;` or a tab")),
        }
    }

    fn quote(&self, text: Option<&str>) -> Result<Option<u8>, FormError> {
        match text.unwrap_or("\"").as_bytes() {
            [] => Ok(None),
            &[byte @ (b'"' | b'\'')] => Ok(Some(byte)),
            _ => Err(self.key("quote", text.unwrap_or(""), "`\"`, `'`, or empty where the file does not quote")),
        }
    }

    fn rules(&self, record: Record, raw: BTreeMap<String, RuleText>) -> Result<Vec<FieldRule>, FormError> {
        let targets = targets(record);
        let mut rules = Vec::with_capacity(raw.len());
        for (field, rule) in raw {
            let target = targets.iter().find(|target| target.name == field).ok_or_else(|| FormError::UnknownField {
                form: self.form.to_owned(),
                field: field.clone(),
                record: record.name(),
                near: nearest(&field, targets.iter().map(|target| target.name)).map(str::to_owned),
            })?;
            rules.push(self.rule(*target, rule)?);
        }
        rules.sort_by_key(|rule| rule.column);
        Ok(rules)
    }

    fn rule(&self, target: Target, raw: RuleText) -> Result<FieldRule, FormError> {
        if raw.needed {
            let detail = "`needed` is for a part of `join`".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: target.name.to_owned(), detail });
        }
        let names = match &raw.conversion {
            None => Vec::new(),
            Some(Names::One(name)) => vec![name.clone()],
            Some(Names::Several(names)) => names.clone(),
        };
        let conversion = Conversion::new(&names, &raw.map, target.kind, &self.decimal)
            .map_err(|source| FormError::Conversion { form: self.form.to_owned(), field: target.name.to_owned(), source })?;
        let mut null_when = raw.null_when.clone();
        null_when.extend(self.null_when.iter().cloned());
        Ok(FieldRule {
            name: target.name,
            column: target.column,
            kind: target.kind,
            is_optional: raw.optional,
            currency: raw.currency.clone(),
            source: self.source(target.name, raw)?,
            conversion,
            null_when,
        })
    }

    /// A part of `first_of` or `join`, in a tree with text steps of its own.
    fn part(&self, field: &str, mut raw: RuleText) -> Result<Source, FormError> {
        let names = match raw.conversion.take() {
            None => Vec::new(),
            Some(Names::One(name)) => vec![name],
            Some(Names::Several(names)) => names,
        };
        let map = std::mem::take(&mut raw.map);
        let is_needed = raw.needed;
        if raw.currency.is_some() {
            let detail = "`currency` is for the whole field".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail });
        }
        if names.is_empty() && map.is_empty() && !is_needed {
            return self.source(field, raw);
        }
        if self.layout == Layout::Delimited {
            let detail = "a part has no `as`, `map` or `needed`: they are for the whole".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail });
        }
        let conversion = Conversion::new(&names, &map, Kind::Text, &self.decimal).map_err(|source| FormError::Conversion {
            form: self.form.to_owned(),
            field: field.to_owned(),
            source,
        })?;
        let source = self.source(field, raw)?;
        Ok(Source::Tree(Box::new(TreeSource::Part { source, conversion, is_needed })))
    }

    fn source(&self, field: &str, raw: RuleText) -> Result<Source, FormError> {
        let wrong = |detail: String| FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail };
        let (place, other, key) = match self.layout {
            Layout::Delimited => (raw.column, raw.path, "column"),
            Layout::Xml => (raw.path, raw.column, "path"),
        };
        let parts = |parts: Vec<SourceText>| -> Result<Vec<Source>, FormError> {
            parts.into_iter().map(|part| self.part(field, part.0)).collect()
        };
        let is_tree = raw.all.is_some() || raw.position.is_some() || raw.needed || raw.currency.is_some();
        if is_tree && self.layout == Layout::Delimited {
            return Err(wrong("`all`, `position`, `needed` and `currency` are for trees, and a line is none".to_owned()));
        }
        let has_condition = !raw.condition.is_empty();
        if has_condition && self.layout == Layout::Delimited {
            return Err(wrong("`where` chooses among repeated elements, and a line has none".to_owned()));
        }
        // A bare name in `first_of` fills both, and the layout has taken its own.
        if place.is_none() && other.is_some() {
            return Err(wrong(format!("this layout needs `{key}`")));
        }
        let mut sources = Vec::new();
        if let Some(place) = place {
            sources.push(match raw.all {
                None => Source::Place { place, condition: raw.condition },
                Some(all) => {
                    let gather = if all == "sum" { Gather::Sum } else { Gather::With(all) };
                    Source::Tree(Box::new(TreeSource::Every { place, condition: raw.condition, gather }))
                }
            });
        } else if raw.all.is_some() {
            return Err(wrong("`all` needs a `path`".to_owned()));
        } else if has_condition {
            return Err(wrong("`where` needs a `path`".to_owned()));
        }
        match raw.position.as_deref() {
            None => {}
            Some("item") => sources.push(Source::Tree(Box::new(TreeSource::Position))),
            Some(other) => return Err(wrong(format!("`position` is of an `item`, not of a `{other}`"))),
        }
        if let Some(text) = raw.value {
            sources.push(Source::Value(text));
        }
        if let Some(listed) = raw.first_of {
            sources.push(Source::FirstOf(parts(listed)?));
        }
        if let Some(listed) = raw.join {
            sources.push(Source::Join(parts(listed)?));
        }
        match (sources.pop(), sources.is_empty()) {
            (Some(source), true) => Ok(source),
            _ => Err(wrong(format!("exactly one of `{key}`, `value`, `first_of`, `join` says where it comes from"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "title = 'T'\nrecord = 'item'\nlayout = 'delimited'\n";
    const KEYS: &str =
        "[field]\ndeclaration_id = { column = 'D' }\nitem_no = { value = '1' }\nprocedure_code = { column = 'P' }\n";

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
    fn what_only_a_tree_has_is_refused_of_a_line() {
        assert!(refused("", "package_count = { column = 'N', all = 'sum' }").0.contains("`all`"));
        assert!(refused("", "package_count = { position = 'item' }").0.contains("`position`"));
        assert!(refused("", "commodity_code = { join = [{ column = 'A', needed = true }] }").0.contains("`needed`"));
        assert!(refused("", "freight_cost = { column = 'N', currency = 'C' }").0.contains("`currency`"));
        assert!(refused("", "freight_cost = { column = 'N', needed = true }").0.contains("`needed`"));
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
}
