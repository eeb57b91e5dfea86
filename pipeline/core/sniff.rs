//! Proposes a form for a file, and says why.
//!
//! Nothing here is used to read data: a person looks at the proposal, corrects it
//! and saves it as a form. What is not plain is said to be a guess.

mod guess;
mod names;
#[cfg(test)]
mod tests;
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
        let form = known.as_ref().and_then(|(name, _)| forms.iter().find(|form| form.name == *name));
        let is_read_by_known = form.is_some_and(|form| trial::is_document_read(form, head, &mut reasons));
        return Proposal { layout, encoding, is_read_by_known, known, reasons, ..Proposal::of_nothing() };
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
    let is_read_as_written = form
        .filter(|_| is_whole && skipped_lines == 0 && !ends_with_returns)
        .is_some_and(|form| trial::is_read(form, encoding, separator, &header, &rows, &mut reasons));
    let columns = header.iter().enumerate().map(|(place, name)| Column {
        name: name.trim().to_owned(),
        field: if has_header { field_of(name.trim(), form, &mut reasons) } else { None },
        date: guess::date(name.trim(), cells(place), &mut reasons),
        has_marks: guess::has_marks(cells(place)),
    });
    let columns: Vec<Column> = columns.collect();
    let unread = form.filter(|_| is_read_as_written).and_then(|form| trial::unread(form, &columns));
    let is_read_by_known = is_read_as_written && unread.is_none();
    reasons.extend(unread);
    reasons.extend(form.filter(|_| is_read_by_known).and_then(|form| trial::faults(form, head)));
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
        let passed = proposal.columns.iter().filter(|column| {
            column.field.is_none()
                && !form.is_some_and(|form| form.ignored.iter().any(|name| form.is_spelled(&column.name, name)))
        });
        let passed: Vec<String> =
            passed.map(|column| format!("column `{}`: no field by that name, passed over", column.name)).collect();
        proposal.reasons.extend(passed);
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
    if let Some(rule) = form.and_then(|form| trial::rule_of(column, form)) {
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
