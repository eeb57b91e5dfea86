//! Whether a known form reads a file as it is written.

use encoding_rs::Encoding;

use crate::convert::Conversion;
use crate::form::{FieldRule, Form, Source};
use crate::schema::Kind;

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
    let is_fallback = form.fallback_encoding.is_some_and(|page| {
        found == Some(page) || page.is_single_byte() && found.is_some_and(Encoding::is_single_byte)
    });
    if found != Some(form.encoding) && !is_fallback {
        troubles.push(format!("its encoding is {}", form.encoding.name().to_lowercase()));
    }
    if !form.other_separators.iter().chain([&form.separator]).any(|mark| char::from(*mark) == separator) {
        troubles.push(format!("its separator is {:?}", char::from(form.separator)));
    }
    let is_width = |row: &&Vec<String>| {
        row.len() == header.len() || form.may_end_with_separator && row.len() == header.len() + 1 && row.last().is_some_and(String::is_empty)
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
