//! Records as objects of one list of a JSON document.
//!
//! A form names members of the objects, `outer/inner` for those of objects inside. A name
//! that an object does not have is null there; a name that no object has is not of the form.

mod text;

use std::collections::BTreeSet;
use std::sync::Arc;

use self::text::{Reader, Value};
use super::fill::Place;
use super::flow::Filler;
use super::rows::{Rows, Shown, Span};
use super::{Context, Decoded, FormMismatch};
use crate::fault::{Fault, FaultCode};
use crate::form::{FieldRule, Form, Source};

/// Records read before they are put into columns.
const BLOCK: usize = 512;

/// Reads one document, and hands over what it has whenever that has so many faults.
pub(super) fn decode(
    form: &Form,
    bytes: &[u8],
    context: &Arc<Context>,
    most_faults: usize,
    hand_over: &mut dyn FnMut(Decoded),
) -> Result<Decoded, FormMismatch> {
    let layout = form.json.as_ref().expect("a form of JSON has its layout");
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| FormMismatch::Encoding {
        expected: "utf-8",
        found: format!("byte {} is none of it", error.valid_up_to()),
        likely: None,
    })?;
    let mut reader = Reader::new(text);
    let mut document = Document::new(form, context, most_faults, hand_over);
    let mut has_list = false;
    match reader.value()? {
        Value::List => {
            document.records(&mut reader)?;
            has_list = true;
        }
        Value::Object => {
            let mut is_first = true;
            while let Some(name) = reader.member(is_first)? {
                is_first = false;
                match reader.value()? {
                    Value::List if name == layout.records && !has_list => {
                        document.records(&mut reader)?;
                        has_list = true;
                    }
                    other => reader.skip(&other, 0)?,
                }
            }
        }
        _ => return Err(reader.refuse("a single value", "an object or a list of records")),
    }
    reader.end()?;
    if !has_list || document.position == 0 {
        let found = if has_list { "no records" } else { "no such list" };
        return Err(reader.refuse(found, format!("records in the list `{}`", layout.records)));
    }
    document.check_names()?;
    Ok(document.finish())
}

struct Document<'f> {
    form: &'f Form,
    builder: Filler,
    most_faults: usize,
    hand_over: &'f mut dyn FnMut(Decoded),
    /// Names of the members that the form reads.
    names: Vec<&'f str>,
    /// By name: where its text stands in the arena, in the record being read.
    found: Vec<Option<(usize, usize)>>,
    /// Names that some record had, and those of the first record, to show.
    seen: Vec<bool>,
    shown: BTreeSet<String>,
    labels: Vec<&'static str>,
    arena: Vec<u8>,
    spans: Vec<Span>,
    lines: Vec<i64>,
    position: i64,
}

impl<'f> Document<'f> {
    fn new(form: &'f Form, context: &Arc<Context>, most_faults: usize, hand_over: &'f mut dyn FnMut(Decoded)) -> Document<'f> {
        let places: Vec<Place> = (0..form.fields.len()).map(Place::Cell).collect();
        let names = form.columns();
        Document {
            form,
            builder: Filler::new(form, Arc::clone(context), &places),
            most_faults,
            hand_over,
            found: vec![None; names.len()],
            seen: vec![false; names.len()],
            names,
            shown: BTreeSet::new(),
            labels: form.fields.iter().map(|rule| rule.name).collect(),
            arena: Vec::new(),
            spans: Vec::new(),
            lines: Vec::new(),
            position: 0,
        }
    }

    fn records(&mut self, reader: &mut Reader<'_>) -> Result<(), FormMismatch> {
        let mut is_first = true;
        while reader.element(is_first)? {
            is_first = false;
            self.position += 1;
            match reader.value()? {
                Value::Object => {
                    self.found.fill(None);
                    self.object(reader, "", 0)?;
                    self.row();
                }
                other => {
                    reader.skip(&other, 0)?;
                    let fault = Fault::of_line(self.position, FaultCode::MissingElement, "no object", "an object");
                    self.builder.push_fault(fault);
                }
            }
            if self.lines.len() == BLOCK || self.builder.fault_count() >= self.most_faults {
                self.flush();
            }
            if self.builder.fault_count() >= self.most_faults {
                (self.hand_over)(self.builder.finish());
            }
        }
        Ok(())
    }

    fn object(&mut self, reader: &mut Reader<'_>, outer: &str, depth: usize) -> Result<(), FormMismatch> {
        let mut is_first = true;
        while let Some(name) = reader.member(is_first)? {
            is_first = false;
            let path = if outer.is_empty() { name } else { format!("{outer}/{name}").into() };
            if self.position == 1 && self.shown.len() < 60 {
                self.shown.insert(path.clone().into_owned());
            }
            let place = self.names.iter().position(|known| self.form.is_spelled(&path, known));
            let is_outer =
                || self.names.iter().any(|known| known.starts_with(path.as_ref()) && known[path.len()..].starts_with('/'));
            match (reader.value()?, place) {
                (Value::Text(text), Some(place)) => {
                    let start = self.arena.len();
                    self.arena.extend_from_slice(text.as_bytes());
                    self.found[place] = Some((start, self.arena.len()));
                    self.seen[place] = true;
                }
                (Value::Null, Some(place)) => self.seen[place] = true,
                (Value::Object, None) if depth < 8 && is_outer() => {
                    let path = path.into_owned();
                    self.object(reader, &path, depth + 1)?;
                }
                (other, _) => reader.skip(&other, 0)?,
            }
        }
        Ok(())
    }

    /// Puts the record that was read into cells, one a rule.
    fn row(&mut self) {
        for rule in &self.form.fields {
            let mut text = Vec::new();
            self.text(&rule.source, rule, &mut text);
            let start = self.arena.len();
            self.arena.extend_from_slice(&text);
            self.spans.push(Span::arena(start, self.arena.len()));
        }
        self.lines.push(self.position);
    }

    /// Appends what a source finds; whether it found anything.
    fn text(&self, source: &Source, rule: &FieldRule, text: &mut Vec<u8>) -> bool {
        match source {
            Source::Value(value) => text.extend_from_slice(value.as_bytes()),
            Source::Place { place, .. } => {
                let place = self.names.iter().position(|name| name == place);
                let Some((start, end)) = place.and_then(|place| self.found[place]) else { return false };
                let found = &self.arena[start..end];
                if std::str::from_utf8(found).is_ok_and(|found| rule.is_null(found.trim())) {
                    return false;
                }
                text.extend_from_slice(found);
            }
            Source::FirstOf(parts) => return parts.iter().any(|part| self.text(part, rule, text)),
            // Each part writes its text, also after one was found.
            Source::Join(parts) => return parts.iter().filter(|part| self.text(part, rule, text)).count() > 0,
            Source::Given(_) => unreachable!("the form was filled in for this file"),
            Source::Spelled(_) | Source::Tree(_) => unreachable!("the form refuses what only a line or a tree has"),
        }
        true
    }

    fn flush(&mut self) {
        self.builder.push(&Rows {
            text: b"",
            arena: &self.arena,
            spans: &self.spans,
            width: self.labels.len(),
            lines: &self.lines,
            private: &[],
            identifiers: &[],
            shown: Shown::Named(&self.labels),
            is_sound: true,
        });
        self.arena.clear();
        self.spans.clear();
        self.lines.clear();
    }

    /// A rule of which no record had anything, not even a null, is of another form.
    fn check_names(&self) -> Result<(), FormMismatch> {
        for rule in self.form.fields.iter().filter(|rule| !rule.is_optional) {
            let mut places = Vec::new();
            rule.source.places(&mut places);
            let is_seen = |name: &&str| self.names.iter().position(|known| known == name).is_some_and(|place| self.seen[place]);
            if !places.is_empty() && !places.iter().any(is_seen) {
                return Err(FormMismatch::MissingColumn {
                    form: self.form.name.clone(),
                    column: places.join("` or `"),
                    found: self.shown.iter().cloned().collect::<Vec<_>>().join(","),
                    near: None,
                });
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Decoded {
        self.flush();
        self.builder.finish()
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::decode::FAULTS_AT_ONCE;
    use crate::decode::document::{decode_document, decode_in_pieces};
    use crate::form::TraderCheck;
    use crate::pseudonym::PseudonymKey;

    const FORM: &str = "title = 'T'\nrecord = 'partner_flow'\nlayout = 'json'\n[json]\nrecords = 'data'\n[field]\n\
        source = { value = 's' }\nfrequency = { path = 'f' }\nperiod = { path = 'p', as = 'period' }\n\
        trade_value = { path = 'v', optional = true }\npartner_name = { path = 'a/b', optional = true }\n";

    fn decode(text: &str) -> Result<Decoded, FormMismatch> {
        let form = Form::parse("test", FORM).expect("the form is right");
        decode_document(&form, text.as_bytes(), &context())
    }

    fn context() -> Arc<Context> {
        Arc::new(Context {
            batch_id: "b".to_owned(),
            received_on: NaiveDate::default(),
            pseudonyms: PseudonymKey::new([1; 32]),
            trader_check: TraderCheck::None,
        })
    }

    #[test]
    fn many_faults_come_in_pieces_that_make_the_whole() {
        let records: Vec<String> = (0..2000)
            .map(|n| {
                if n % 3 == 0 {
                    "7".to_owned()
                } else {
                    format!(r#"{{"f":"A","p":"{}"}}"#, if n % 5 == 0 { "x" } else { "2022" })
                }
            })
            .collect();
        let text = format!("[{}]", records.join(","));
        let whole = decode(&text).expect("it is a document");
        let form = Form::parse("test", FORM).expect("the form is right");
        let mut pieces = Vec::new();
        let last =
            decode_in_pieces(&form, text.as_bytes(), &context(), &mut |piece| pieces.push(piece)).expect("it is a document");
        pieces.push(last);
        assert!(pieces.len() > 50, "{} pieces", pieces.len());
        assert!(pieces.iter().all(|piece| piece.faults.len() <= FAULTS_AT_ONCE + BLOCK));
        assert_eq!(pieces.iter().flat_map(|piece| piece.faults.clone()).collect::<Vec<_>>(), whole.faults);
        let rows = |piece: &Decoded| piece.flows.iter().map(arrow_array::RecordBatch::num_rows).sum::<usize>();
        assert_eq!(pieces.iter().map(rows).sum::<usize>(), rows(&whole));
        assert_eq!(pieces.iter().map(|piece| piece.lines_read).sum::<u64>(), whole.lines_read);
    }

    fn cell(decoded: &Decoded, name: &str, row: usize) -> String {
        use arrow_array::cast::AsArray;
        use arrow_array::types::{Decimal128Type, Int32Type};
        let column = decoded.flows[0].column_by_name(name).expect("it is a field");
        match column.as_dictionary_opt::<Int32Type>() {
            Some(codes) => codes.key(row).map_or("", |key| codes.values().as_string::<i32>().value(key)).to_owned(),
            None => column.as_primitive::<Decimal128Type>().value_as_string(row),
        }
    }

    #[test]
    fn numbers_and_letters_are_read_as_written() {
        let text = r#"{"elapsedTime":"1","x":[{"data":[1]}],"data":[
            {"f":"A","p":2022,"v":26672667450.171,"a":{"b":"C\u00f4te \"x\" \ud83d\ude00","c":1}},
            {"f":"M","p":"202201","v":1.0E7,"a":null}]}"#;
        let decoded = decode(text).expect("it is a document");
        assert_eq!((decoded.lines_read, decoded.faults.len(), decoded.flows[0].num_rows()), (2, 0, 2));
        assert_eq!(cell(&decoded, "trade_value", 0), "26672667450.171000");
        assert_eq!(cell(&decoded, "trade_value", 1), "10000000.000000");
        assert_eq!(cell(&decoded, "partner_name", 0), "Côte \"x\" 😀");
        assert_eq!(cell(&decoded, "partner_name", 1), "");
    }

    #[test]
    fn a_record_that_cannot_be_read_is_a_fault() {
        let decoded = decode(r#"[{"f":"A","p":"20x2"},{"f":"A","p":null},7,{"f":"A","p":2022}]"#).expect("it is a document");
        let codes: Vec<_> = decoded.faults.iter().map(|fault| (fault.line_no, fault.code.code(), fault.is_line)).collect();
        assert_eq!(codes, [(1, "F20", true), (2, "F08", true), (3, "F42", true)]);
        assert_eq!((decoded.lines_read, decoded.flows[0].num_rows()), (4, 1));
    }

    #[test]
    fn a_document_that_is_none_of_the_form_is_refused() {
        for text in [
            "",
            "{}",
            "7",
            r#"{"data":[]}"#,
            r#"{"data":[{"f":"A","p":2022}]"#,
            r#"{"data":[{"f":"A","p":20"#,
            r#"{"message":"no"}"#,
            "[{'f':1}]",
            r#"[{"f":"A","p":2022}] x"#,
        ] {
            assert!(decode(text).is_err(), "{text}");
        }
        let error = decode(r#"[{"frequency":"A","period":2022}]"#).expect_err("its names are others").to_string();
        assert!(error.contains("`f`") && error.contains("frequency,period"), "{error}");
    }
}
