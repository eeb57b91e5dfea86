//! The checks that make a [`Form`] of its text.

mod grammar;

use std::collections::BTreeMap;

use encoding_rs::{Encoding, UTF_8};

use super::error::nearest;
use super::{
    FLOW_KEY_FIELDS, FieldRule, Form, FormError, Gather, Given, InName, KEY_FIELDS, Layout, ONE_OF, Source, Target, TraderCheck,
    TreeSource, is_private, targets,
};
use crate::convert::{Conversion, DecimalFormat};
use crate::schema::{Kind, Record};
use grammar::{FormText, MapText, Names, RuleText, SourceText};

/// Reads a form's file; `name` is the form's in messages and in manifests.
///
/// # Errors
/// When the text is not TOML of [`FormText`], or what it says does not hold together.
pub(super) fn parse(name: &str, text: &str) -> Result<Form, FormError> {
    let raw: FormText = toml::from_str(text)
        .map_err(|error| FormError::Syntax { form: name.to_owned(), detail: error.to_string().trim_end().to_owned() })?;
    let reader = Reader {
        form: name,
        layout: raw.layout,
        decimal: decimal(name, &raw)?,
        null_when: &raw.null_when,
        maps: &raw.maps,
        lists: &raw.lists,
    };
    let record = Record::from_name(&raw.record).filter(|record| !targets(*record).is_empty());
    let record = record.ok_or_else(|| reader.key("record", &raw.record, "item, declaration, amendment or partner_flow"))?;
    let (fields, records) = reader.records(record, raw.field, raw.each)?;
    let one_of = reader.one_of(&raw.one_of, &fields)?;
    let trader_check = match &raw.trader_check {
        None => None,
        Some(check) => {
            Some(TraderCheck::parse(check).ok_or_else(|| reader.key("trader_check", check, "none, or digits:<count>"))?)
        }
    };
    let encoding = reader.encoding("encoding", raw.encoding.as_deref().unwrap_or("utf-8"))?;
    let fallback_encoding = match raw.fallback_encoding.as_deref() {
        None => None,
        Some(_) if encoding != UTF_8 => {
            return Err(reader.key("fallback_encoding", encoding.name(), "encoding = \"utf-8\" beside it"));
        }
        Some(name) => match reader.encoding("fallback_encoding", name)? {
            page if page.is_ascii_compatible() && page != UTF_8 => Some(page),
            _ => return Err(reader.key("fallback_encoding", name, "a code page such as windows-1252 or euc-kr")),
        },
    };
    let mut separators = reader.separators(raw.separator)?;
    let form = Form {
        name: name.to_owned(),
        title: raw.title,
        notes: raw.notes,
        is_unproven: !raw.proven,
        record,
        layout: raw.layout,
        separator: separators.remove(0),
        other_separators: separators,
        may_end_with_separator: raw.may_end_with_separator,
        skipped_lines: raw.skipped_lines,
        quote: reader.quote(raw.quote.as_deref())?,
        encoding,
        fallback_encoding,
        has_loose_names: match raw.names.as_deref() {
            None | Some("exact") => false,
            Some("loose") => true,
            Some(other) => return Err(reader.key("names", other, "exact or loose")),
        },
        fields,
        records,
        declaration: reader.rules(Record::Declaration, raw.declaration)?,
        amendment: reader.rules(Record::Amendment, raw.amendment)?,
        decimal: reader.decimal.clone(),
        trader_check,
        ignored: raw.ignored,
        one_of,
        xml: raw.xml,
        json: raw.json,
    };
    if form.layout == Layout::Json && form.json.is_none() {
        return Err(reader.key("json", "nothing", "a table that says where records stand"));
    }
    if form.layout == Layout::Xml && form.xml.is_none() {
        return Err(reader.key("xml", "nothing", "a table that says where items stand"));
    }
    match form.records.iter().find_map(|rules| missing_key(&form, rules)) {
        Some(field) => Err(FormError::MissingKeyField { form: name.to_owned(), field }),
        None => Ok(form),
    }
}

/// A field that a record needs and these rules do not fill.
fn missing_key(form: &Form, rules: &[usize]) -> Option<&'static str> {
    let keys: Vec<usize> = match form.record {
        Record::Item => KEY_FIELDS.iter().map(|key| *key as usize).collect(),
        Record::PartnerFlow => FLOW_KEY_FIELDS.iter().map(|key| *key as usize).collect(),
        _ => Vec::new(),
    };
    let is_filled = |key: &usize| rules.iter().any(|rule| form.fields[*rule].column == *key);
    keys.into_iter().find(|key| !is_filled(key)).map(|key| form.record.fields()[key].name)
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
    if raw.thousands.contains(&char::from(point)) {
        return Err(FormError::Key {
            form: form.to_owned(),
            key: "thousands",
            found: char::from(point).to_string(),
            expected: "marks other than the decimal one".to_owned(),
        });
    }
    let format = DecimalFormat::new(point, raw.thousands.clone());
    Ok(if raw.powers_of_ten { format.with_powers() } else { format })
}

struct Reader<'form> {
    form: &'form str,
    layout: Layout,
    decimal: DecimalFormat,
    null_when: &'form [String],
    maps: &'form BTreeMap<String, BTreeMap<String, String>>,
    lists: &'form BTreeMap<String, Vec<String>>,
}

impl Reader<'_> {
    fn key(&self, key: &'static str, found: &str, expected: &str) -> FormError {
        FormError::Key { form: self.form.to_owned(), key, found: found.to_owned(), expected: expected.to_owned() }
    }

    /// Places of the fields of each group.
    fn one_of(&self, groups: &[Vec<String>], fields: &[FieldRule]) -> Result<Vec<Vec<usize>>, FormError> {
        let place = |name: &String| {
            let place = fields.iter().position(|rule| rule.name == name && rule.is_optional && self.layout == Layout::Delimited);
            place.ok_or_else(|| self.key("one_of", name, "optional fields of columns that the form fills"))
        };
        groups.iter().map(|group| group.iter().map(place).collect()).collect()
    }

    /// One or more marks, the one to be tried first in front.
    fn separators(&self, names: Option<Names>) -> Result<Vec<u8>, FormError> {
        let marks = match names {
            None => vec![",".to_owned()],
            Some(Names::One(mark)) => vec![mark],
            Some(Names::Several(marks)) => marks,
        };
        let byte = |mark: &String| match mark.as_bytes() {
            &[byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') && !byte.is_ascii_alphanumeric() => Ok(byte),
            _ => Err(self.key("separator", mark, "one character such as `,`, `;` or a tab, or a list of them")),
        };
        let bytes = marks.iter().map(byte).collect::<Result<Vec<u8>, FormError>>()?;
        if bytes.is_empty() { Err(self.key("separator", "an empty list", "a character such as `,`")) } else { Ok(bytes) }
    }

    fn encoding(&self, key: &'static str, name: &str) -> Result<&'static Encoding, FormError> {
        let expected = "a name such as utf-8, utf-16le, windows-1251, windows-1254";
        Encoding::for_label(name.as_bytes()).ok_or_else(|| self.key(key, name, expected))
    }

    fn quote(&self, text: Option<&str>) -> Result<Option<u8>, FormError> {
        match text.unwrap_or("\"").as_bytes() {
            [] => Ok(None),
            &[byte @ (b'"' | b'\'')] => Ok(Some(byte)),
            _ => Err(self.key("quote", text.unwrap_or(""), "`\"`, `'`, or empty where the file does not quote")),
        }
    }

    /// All rules, and which of them each record of a line has.
    fn records(
        &self,
        record: Record,
        common: BTreeMap<String, RuleText>,
        each: Vec<BTreeMap<String, RuleText>>,
    ) -> Result<(Vec<FieldRule>, Vec<Vec<usize>>), FormError> {
        if !each.is_empty() && record != Record::PartnerFlow {
            return Err(self.key("each", "several records a line", "record = \"partner_flow\""));
        }
        let mut rules = self.rules(record, common)?;
        let shared: Vec<usize> = (0..rules.len()).collect();
        let mut records = Vec::new();
        for own in each {
            let own = self.rules(record, own)?;
            if let Some(twice) = own.iter().find(|rule| shared.iter().any(|other| rules[*other].column == rule.column)) {
                let detail = "it stands in `field` and in `each`".to_owned();
                return Err(FormError::Rule { form: self.form.to_owned(), field: twice.name.to_owned(), detail });
            }
            let first = rules.len();
            rules.extend(own);
            let mut of_record = shared.clone();
            of_record.extend(first..rules.len());
            of_record.sort_by_key(|rule| rules[*rule].column);
            records.push(of_record);
        }
        if records.is_empty() {
            records.push(shared);
        }
        Ok((rules, records))
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
            rules.push(self.rule(record, *target, rule)?);
        }
        rules.sort_by_key(|rule| rule.column);
        Ok(rules)
    }

    /// The map that a field or a part of one has.
    fn map<'m>(&'m self, field: &str, map: &'m MapText) -> Result<&'m BTreeMap<String, String>, FormError> {
        match map {
            MapText::Own(map) => Ok(map),
            MapText::Named(name) => self.maps.get(name).ok_or_else(|| {
                let detail = format!("`{name}` is none of the form's `maps`");
                FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail }
            }),
        }
    }

    fn rule(&self, record: Record, target: Target, raw: RuleText) -> Result<FieldRule, FormError> {
        if raw.needed || raw.width.is_some() {
            let detail = "`needed` and `width` are for a part of `join`".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: target.name.to_owned(), detail });
        }
        let names = match &raw.conversion {
            None => Vec::new(),
            Some(Names::One(name)) => vec![name.clone()],
            Some(Names::Several(names)) => names.clone(),
        };
        let conversion = Conversion::new(&names, self.map(target.name, &raw.map)?, target.kind, &self.decimal)
            .map_err(|source| FormError::Conversion { form: self.form.to_owned(), field: target.name.to_owned(), source })?;
        let factors = raw.unit.iter().flat_map(|unit| unit.factor.values());
        if let Some(wrong) = factors.into_iter().find(|factor| DecimalFormat::default().parse(factor.as_bytes(), 8).is_err()) {
            let detail = format!("`{wrong}` is no number to multiply by");
            return Err(FormError::Rule { form: self.form.to_owned(), field: target.name.to_owned(), detail });
        }
        let mut null_when = raw.null_when.clone();
        null_when.extend(self.null_when.iter().cloned());
        Ok(FieldRule {
            name: target.name,
            column: target.column,
            kind: target.kind,
            is_private: is_private(record, target.column),
            is_optional: raw.optional,
            currency: raw.currency.clone(),
            stated_currency: raw.stated_currency.clone(),
            national: raw.national.clone(),
            unit: raw.unit.clone(),
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
        let own = std::mem::take(&mut raw.map);
        let map = self.map(field, &own)?;
        let (is_needed, width) = (raw.needed, raw.width);
        if raw.is_measured() {
            let detail = "a currency or a unit is for the whole field".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail });
        }
        if names.is_empty() && map.is_empty() && !is_needed && width.is_none() {
            return self.source(field, raw);
        }
        if self.layout != Layout::Xml {
            let detail = "a part has no `as`, `map`, `needed` or `width`: they are for the whole".to_owned();
            return Err(FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail });
        }
        let conversion = Conversion::new(&names, map, Kind::Text, &self.decimal).map_err(|source| FormError::Conversion {
            form: self.form.to_owned(),
            field: field.to_owned(),
            source,
        })?;
        let source = self.source(field, raw)?;
        Ok(Source::Tree(Box::new(TreeSource::Part { source, conversion, is_needed, width })))
    }

    /// With the texts of a list, one of which is asked for, in the place of its name.
    fn condition(&self, field: &str, raw: BTreeMap<String, String>) -> Result<BTreeMap<String, String>, FormError> {
        let resolved = |(key, wanted): (String, String)| {
            let Some(name) = wanted.strip_prefix("in:") else { return Ok((key, wanted)) };
            let texts = self.lists.get(name).filter(|texts| !texts.is_empty()).ok_or_else(|| {
                let detail = format!("`{name}` is none of the form's `lists`");
                FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail }
            })?;
            Ok((key, format!("{ONE_OF}{}", texts.join(ONE_OF))))
        };
        raw.into_iter().map(resolved).collect()
    }

    fn source(&self, field: &str, raw: RuleText) -> Result<Source, FormError> {
        let wrong = |detail: String| FormError::Rule { form: self.form.to_owned(), field: field.to_owned(), detail };
        let is_tree = raw.all.is_some() || raw.position.is_some() || raw.needed || raw.is_measured();
        let (place, other, key) = match self.layout {
            Layout::Delimited => (raw.column, raw.path, "column"),
            Layout::Json | Layout::Xml => (raw.path, raw.column, "path"),
        };
        let parts = |parts: Vec<SourceText>| -> Result<Vec<Source>, FormError> {
            parts.into_iter().map(|part| self.part(field, part.0)).collect()
        };
        if is_tree && self.layout != Layout::Xml {
            return Err(wrong("`all`, `position`, `needed`, `currency`, `stated_currency`, `national` and `unit` are for trees, and a line is none".to_owned()));
        }
        let has_condition = !raw.condition.is_empty();
        let condition = self.condition(field, raw.condition)?;
        if has_condition && self.layout != Layout::Xml {
            return Err(wrong("`where` chooses among repeated elements, and a line has none".to_owned()));
        }
        // A bare name in `first_of` fills both, and the layout has taken its own.
        if place.is_none() && other.is_some() {
            return Err(wrong(format!("this layout needs `{key}`")));
        }
        if let Some(Names::Several(_)) = &place {
            if self.layout == Layout::Json {
                return Err(wrong("a member of a JSON document has one `path`".to_owned()));
            }
            if has_condition || raw.all.is_some() {
                return Err(wrong("`where` and `all` are of one place, not of several that senders have in turn".to_owned()));
            }
        }
        let mut sources = Vec::new();
        if let Some(place) = place {
            sources.push(match (place, raw.all) {
                (Names::Several(names), _) => Source::Spelled(names),
                (Names::One(place), None) => Source::Place { place, condition },
                (Names::One(place), Some(all)) => {
                    let gather = if all == "sum" { Gather::Sum } else { Gather::With(all) };
                    Source::Tree(Box::new(TreeSource::Every { place, condition, gather }))
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
        match (raw.given, raw.file_name) {
            (Some(name), in_name) => {
                if matches!(&in_name, Some(InName::Kind(kind)) if kind != "year") {
                    return Err(wrong("`file_name` is `year`, or a table of parts".to_owned()));
                }
                sources.push(Source::Given(Given { name, in_name }));
            }
            (None, Some(_)) => return Err(wrong("`file_name` goes with `given`".to_owned())),
            (None, None) => {}
        }
        if let Some(listed) = raw.first_of {
            sources.push(Source::FirstOf(parts(listed)?));
        }
        if let Some(listed) = raw.join {
            sources.push(Source::Join(parts(listed)?));
        }
        match (sources.pop(), sources.is_empty()) {
            (Some(source), true) => Ok(source),
            _ => Err(wrong(format!("exactly one of `{key}`, `value`, `given`, `first_of`, `join` says where it comes from"))),
        }
    }
}

#[cfg(test)]
mod tests;
