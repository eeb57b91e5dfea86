//! Whether a form, known or proposed, reads a file as it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use encoding_rs::Encoding;

use super::Column;
use crate::convert::Conversion;
use crate::decode::delimited::{DelimitedDecoder, Splitter};
use crate::decode::encoding::Transcoder;
use crate::decode::{Context, Decoded, FormMismatch, document};
use crate::fault::Fault;
use crate::form::{FieldRule, Form, Layout, Source, TraderCheck};
use crate::pseudonym::PseudonymKey;
use crate::schema::Kind;

/// The rule of the form that reads a column.
pub(super) fn rule_of<'f>(column: &str, form: &'f Form) -> Option<&'f FieldRule> {
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
}

/// Why a form that reads all that it names would still leave a field of the file behind.
pub(super) fn unread(form: &Form, columns: &[Column]) -> Option<String> {
    let read: Vec<&str> = columns.iter().filter_map(|column| rule_of(&column.name, form)).map(|rule| rule.name).collect();
    let left = columns.iter().filter(|column| column.field.is_some_and(|field| !read.contains(&field)));
    let left: Vec<String> = left.map(|column| format!("`{}` ({})", column.name, column.field.unwrap_or_default())).collect();
    let names = left.join(", ");
    (!left.is_empty()).then(|| format!("form `{}` does not read it as it is: it passes over the columns {names}", form.name))
}

/// Tries the form on the first lines; what stands in its way is a reason.
pub(super) fn is_read(
    form: &Form,
    encoding: &str,
    separator: char,
    header: &[String],
    rows: &[Vec<String>],
    reasons: &mut Vec<String>,
) -> bool {
    let mut troubles = Vec::new();
    let found = Encoding::for_label(encoding.as_bytes());
    // Any code page of single bytes looks like any other.
    let is_fallback = form
        .fallback_encoding
        .is_some_and(|page| found == Some(page) || page.is_single_byte() && found.is_some_and(Encoding::is_single_byte));
    if found != Some(form.encoding) && !is_fallback {
        troubles.push(format!("its encoding is {}", form.encoding.name().to_lowercase()));
    }
    if !form.other_separators.iter().chain([&form.separator]).any(|mark| char::from(*mark) == separator) {
        troubles.push(format!("its separator is {:?}", char::from(form.separator)));
    }
    let is_width = |row: &&Vec<String>| {
        row.len() == header.len()
            || form.may_end_with_separator && row.len() == header.len() + 1 && row.last().is_some_and(String::is_empty)
    };
    if rows.iter().filter(is_width).count() * 2 < rows.len() {
        troubles.push("most lines have another number of cells than the header".to_owned());
    }
    for rule in &form.fields {
        let mut names = Vec::new();
        if matches!(rule.source, Source::Place { .. } | Source::Spelled(_)) {
            rule.source.places(&mut names);
        }
        let header: Vec<String> = header.iter().map(|name| name.trim().to_owned()).collect();
        let Some(place) = names.iter().find_map(|name| form.place_of(name, &header)) else { continue };
        let mut cells = rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.trim());
        if cells.any(|cell| !rule.is_null(cell) && !is_read_as(rule, cell)) {
            troubles.push(format!("column `{}` is written otherwise than it reads", header[place]));
        }
    }
    reasons.extend(troubles.iter().map(|trouble| format!("form `{}` does not read it as it is: {trouble}", form.name)));
    troubles.is_empty()
}

/// Whether a number or a day is written as the form says; any text will do where it asks for one.
fn is_read_as(rule: &FieldRule, cell: &str) -> bool {
    let conversion: &Conversion = &rule.conversion;
    match rule.kind {
        Kind::Text | Kind::Code | Kind::Bool => true,
        Kind::Date => conversion.date().parse(cell.as_bytes()).is_ok(),
        Kind::Int32 | Kind::Int64 => conversion.decimal().parse_whole(cell.as_bytes()).is_ok(),
        Kind::Decimal(scale) => conversion.decimal().parse(cell.as_bytes(), scale).is_ok(),
        Kind::Wide(scale) => conversion.decimal().parse_wide(cell.as_bytes(), scale).is_ok(),
    }
}

/// A head of so many bytes may have been cut from a longer file, within its last line.
const CUT_BYTES: usize = 64 << 10;

/// What a proposal gives when it reads the beginning of its file.
pub(super) fn outcome(proposal: &str, head: &[u8]) -> String {
    match Form::parse("proposal", proposal) {
        Ok(form) => told("the proposal", &Arc::new(form), head),
        Err(error) => format!("the proposal is no form yet: {error}"),
    }
}

/// What a known form that has all its columns finds wrong with the beginning of the file: codes are judged only
/// when they are decoded.
pub(super) fn faults(form: &Form, head: &[u8]) -> Option<String> {
    let told = told(&format!("form `{}`", form.name), &Arc::new(form.clone()), head);
    (!told.ends_with(WITHOUT_FAULT)).then_some(told)
}

const WITHOUT_FAULT: &str = "without a fault";

fn told(who: &str, form: &Arc<Form>, head: &[u8]) -> String {
    match decoded(form, head) {
        Err(error) => format!("{who} does not read the file: {error}"),
        Ok((lines, faults)) if faults.is_empty() => format!("{who} reads {lines} lines {WITHOUT_FAULT}"),
        Ok((lines, faults)) => {
            let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
            for fault in &faults {
                *counts.entry((fault.code.code(), fault.column.as_deref().unwrap_or("the line"))).or_default() += 1;
            }
            let mut counts: Vec<_> = counts.into_iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            let most: Vec<String> =
                counts.iter().take(3).map(|((code, column), count)| format!("{count} {code} in `{column}`")).collect();
            format!("{who} gives {} faults in {lines} lines: {}", faults.len(), most.join(", "))
        }
    }
}

/// Whether a form takes a document that has its places, and what it finds wrong. One that may have been cut
/// is taken for whole.
pub(super) fn is_document_read(form: &Form, head: &[u8], reasons: &mut Vec<String>) -> bool {
    if head.len() >= CUT_BYTES {
        return true;
    }
    let form = Arc::new(form.clone());
    reasons.extend(faults(&form, head));
    decoded(&form, head).is_ok()
}

/// Lines read of the head, and what is wrong with them.
fn decoded(form: &Arc<Form>, head: &[u8]) -> Result<(u64, Vec<Fault>), FormMismatch> {
    if form.layout != Layout::Delimited {
        let (mut lines, mut faults) = (0, Vec::new());
        let mut take = |piece: Decoded| {
            lines += piece.lines_read;
            faults.extend(piece.faults);
        };
        let last = document::decode_in_pieces(form, head, &context(), &mut take)?;
        take(last);
        return Ok((lines, faults));
    }
    let text = match Transcoder::of(form) {
        None => head.to_vec(),
        Some(mut transcoder) => [transcoder.push(head)?, transcoder.finish()?].concat().into_bytes(),
    };
    let end = if head.len() < CUT_BYTES { None } else { memchr::memrchr(b'\n', &text) };
    let context = context();
    let mut splitter = Splitter::new(Arc::clone(form), text.len() + 1);
    let mut chunks = splitter.push(&text[..end.map_or(text.len(), |end| end + 1)])?;
    chunks.extend(splitter.finish()?);
    let (mut lines, mut faults) = (0, Vec::new());
    for chunk in &chunks {
        let decoded = DelimitedDecoder::new(Arc::clone(&chunk.plan), Arc::clone(&context)).decode_chunk(chunk);
        lines += decoded.lines_read;
        faults.extend(decoded.faults);
    }
    Ok((lines, faults))
}

/// Nothing of a trial is kept, so any key will do.
fn context() -> Arc<Context> {
    Arc::new(Context {
        batch_id: String::new(),
        received_on: NaiveDate::default(),
        pseudonyms: PseudonymKey::new([0; 32]),
        trader_check: TraderCheck::None,
    })
}
