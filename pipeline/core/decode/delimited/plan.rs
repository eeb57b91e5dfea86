//! A form meets a header: which column of this file is which field.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::record::{Cells, Dialect, LINE_BYTES, Outcome, QUOTED_BYTES, record};
use crate::decode::FormMismatch;
use crate::decode::build::{Place, Rows, Shown};
use crate::fault::{Fault, FaultCode, MASK, excerpt, hidden};
use crate::form::{FieldRule, Form, Source, loose, nearest};

/// A cell put together from several, or chosen among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Cell(usize),
    Text(String),
    FirstOf(Vec<Part>),
    Join(Vec<Part>),
}

/// A form and the columns of one file. All its chunks are decoded by the same plan.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) form: Arc<Form>,
    pub(super) dialect: Dialect,
    /// Columns of the file.
    pub(super) width: usize,
    /// One for each rule of the form.
    pub(super) places: Vec<Place>,
    /// Cells made beside those of the file, and the rule each is for.
    pub(super) computed: Vec<(FieldRule, Part)>,
    /// By cell: a trader's or declarant's number, or a column nobody asked for.
    pub(super) private: Vec<bool>,
    /// Cells with a trader's or declarant's number, or a part of it.
    pub(super) identifiers: Vec<usize>,
    /// The names of the columns, as a line of the file has them.
    pub(super) header: Vec<String>,
    unlisted: Vec<String>,
}

/// So much of a line that is too long is looked at for its fault.
const SHOWN_BYTES: usize = 4096;

/// More columns than any file of a form has: a first line of so many has lost its line breaks.
/// Small in tests, whose headers are bounded by [`QUOTED_BYTES`].
const COLUMN_LIMIT: usize = if cfg!(test) { 1024 } else { 4096 };

impl Plan {
    /// Reads the header at the start of `head`; gives the plan and where the lines begin.
    /// None when the header does not end within `head`.
    pub(super) fn read(form: &Arc<Form>, head: &[u8], is_whole: bool) -> Result<Option<(Plan, usize, i64)>, FormMismatch> {
        let mut at = 0;
        let mut lines = 0;
        // Blank lines before the header are not the header, and neither is what the form skips,
        // a remark behind `#` or the mark that a spreadsheet notes for itself.
        let mut skipped = form.skipped_lines;
        while let Some(length) = memchr::memchr(b'\n', &head[at..]) {
            let line = head[at..at + length].trim_ascii();
            if !line.is_empty() && skipped == 0 && !is_note(form, line) {
                break;
            }
            skipped = skipped.saturating_sub(1);
            at += length + 1;
            lines += 1;
        }
        if head[at..].trim_ascii().is_empty() {
            return if is_whole { Err(FormMismatch::Empty { form: form.name.clone() }) } else { Ok(None) };
        }
        // Data that follow would be taken for names of columns, and shown.
        let first = memchr::memchr(b'\n', &head[at..]).map_or(&head[at..], |length| &head[at..at + length]);
        if memchr::memchr(b'\r', first.trim_ascii()).is_some() {
            let detail = "its lines end with a carriage return alone, expected line feeds";
            return Err(FormMismatch::Header { detail });
        }
        let columns = form.columns();
        for separator in &form.other_separators {
            let dialect = Dialect::of(form, *separator);
            let (header, end, header_lines) = match header(head, at, dialect, is_whole) {
                Ok(Some(found)) => found,
                Err(too_many @ FormMismatch::TooManyColumns { .. }) => return Err(too_many),
                Ok(None) | Err(_) => continue,
            };
            if header.len() > 1 && header.iter().any(|column| is_named(form, &columns, column)) {
                return Ok(Some((Plan::new(form, dialect, &header)?, end, 1 + lines + header_lines)));
            }
        }
        let dialect = Dialect::of(form, form.separator);
        let Some((header, end, header_lines)) = header(head, at, dialect, is_whole)? else { return Ok(None) };
        Ok(Some((Plan::new(form, dialect, &header)?, end, 1 + lines + header_lines)))
    }

    /// Matches the names of a header against the form.
    ///
    /// # Errors
    /// When a column is missing or doubled, or the header is one cell that another
    /// separator would divide.
    fn new(form: &Arc<Form>, dialect: Dialect, header: &[String]) -> Result<Plan, FormMismatch> {
        if let [only] = header
            && form.columns().len() > 1
        {
            let likely = [',', ';', '\t', '|'].into_iter().max_by_key(|mark| only.matches(*mark).count());
            let likely = likely.filter(|mark| only.contains(*mark) && *mark != char::from(dialect.separator));
            // Names may be shown; what is no header may hold anything.
            let cells: Vec<&str> = likely.map_or_else(|| vec![only.as_str()], |mark| only.split(mark).collect());
            let is_known = |cell: &&str| form.columns().iter().any(|name| form.is_spelled(cell.trim().trim_matches('"'), name));
            let found = if cells.iter().any(is_known) { cut(only) } else { MASK.to_owned() };
            return Err(FormMismatch::Separator { found, expected: char::from(dialect.separator), likely });
        }
        let columns = form.columns();
        let is_named: Vec<bool> = header.iter().map(|column| is_named(form, &columns, column)).collect();
        if !columns.is_empty() && !is_named.contains(&true) {
            return Err(FormMismatch::NoHeader { form: form.name.clone(), cells: header.len() });
        }
        if let Some((column, count)) = doubled(form, header, &is_named) {
            let is_name =
                columns.iter().any(|name| form.is_spelled(column, name)) || !column.bytes().any(|byte| byte.is_ascii_digit());
            // One that the form does not know may be anybody's number.
            let column = if is_name { column } else { MASK };
            return Err(FormMismatch::DoubledColumn { column: column.to_owned(), count });
        }
        let is_ignored = |column: &str| form.ignored.iter().any(|name| form.is_spelled(column, name));
        let unnamed = header.iter().zip(&is_named).filter(|(column, is_named)| !**is_named && !column.is_empty());
        let mut plan = Plan {
            form: as_spelled(form, header),
            dialect,
            width: header.len(),
            places: Vec::with_capacity(form.fields.len()),
            computed: Vec::new(),
            // What nobody asked for is nobody's to see: a column the form does not use may name a party.
            private: is_named.iter().map(|is_named| !is_named).collect(),
            identifiers: Vec::new(),
            header: header.to_vec(),
            unlisted: unnamed.map(|(column, _)| column).filter(|column| !is_ignored(column)).cloned().collect(),
        };
        for rule in &form.fields {
            let place = plan.place(rule, header)?;
            if rule.is_private {
                let mut sources = Vec::new();
                rule.source.places(&mut sources);
                for (cell, column) in header.iter().enumerate() {
                    if sources.iter().any(|name| form.is_spelled(column, name)) {
                        plan.private[cell] = true;
                        plan.identifiers.push(cell);
                    }
                }
                // Put together of several columns, which may each be too short to be sought.
                if let Place::Cell(cell) = place {
                    plan.identifiers.push(cell);
                }
            }
            plan.places.push(place);
        }
        for group in &form.one_of {
            if group.iter().all(|rule| plan.places[*rule] == Place::Absent) {
                let mut names = Vec::new();
                group.iter().for_each(|rule| form.fields[*rule].source.places(&mut names));
                return Err(plan.missing(&names.join("` or `"), header));
            }
        }
        Ok(plan)
    }

    /// Columns of the file that the form neither uses nor lists as ignored.
    #[must_use]
    pub fn unlisted(&self) -> &[String] {
        &self.unlisted
    }

    /// The form; a field that is one column has its name as the file spells it.
    #[must_use]
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    fn place(&mut self, rule: &FieldRule, header: &[String]) -> Result<Place, FormMismatch> {
        match &rule.source {
            Source::Value(text) => Ok(Place::Constant(text.clone().into_bytes())),
            Source::Place { .. } | Source::Spelled(_) => match self.found(&rule.source, header) {
                Ok(place) => Ok(Place::Cell(place)),
                Err(_) if rule.is_optional => Ok(Place::Absent),
                Err(missing) => Err(missing),
            },
            Source::FirstOf(_) | Source::Join(_) => {
                let Some(part) = self.part(&rule.source, rule, header)? else { return Ok(Place::Absent) };
                self.computed.push((rule.clone(), part));
                Ok(Place::Cell(self.width + self.computed.len() - 1))
            }
            Source::Given(_) => unreachable!("the form was filled in for this file"),
            Source::Tree(_) => unreachable!("the form refuses what only a tree has"),
        }
    }

    fn part(&self, source: &Source, rule: &FieldRule, header: &[String]) -> Result<Option<Part>, FormMismatch> {
        let parts = |sources: &[Source]| -> Result<Vec<Part>, FormMismatch> {
            sources.iter().filter_map(|source| self.part(source, rule, header).transpose()).collect()
        };
        Ok(match source {
            Source::Value(text) => Some(Part::Text(text.clone())),
            Source::FirstOf(sources) => Some(parts(sources)?).filter(|parts| !parts.is_empty()).map(Part::FirstOf),
            // Texts of the form alone are nothing that the file says.
            Source::Join(sources) => {
                Some(parts(sources)?).filter(|parts| parts.iter().any(|part| !matches!(part, Part::Text(_)))).map(Part::Join)
            }
            Source::Place { .. } | Source::Spelled(_) => match self.found(source, header) {
                Ok(place) => Some(Part::Cell(place)),
                Err(_) if rule.is_optional => None,
                Err(missing) => return Err(missing),
            },
            Source::Given(_) => unreachable!("the form was filled in for this file"),
            Source::Tree(_) => unreachable!("the form refuses what only a tree has"),
        })
    }

    /// Where the column stands that a source names, under whichever of its names.
    fn found(&self, source: &Source, header: &[String]) -> Result<usize, FormMismatch> {
        let mut names = Vec::new();
        source.places(&mut names);
        let found = names.iter().find_map(|name| self.form.place_of(name, header));
        found.ok_or_else(|| self.missing(&names.join("` or `"), header))
    }

    fn missing(&self, column: &str, header: &[String]) -> FormMismatch {
        FormMismatch::MissingColumn {
            form: self.form.name.clone(),
            column: column.to_owned(),
            found: cut(&header.join(&char::from(self.dialect.separator).to_string())),
            near: nearest(column, header.iter().map(String::as_str)).map(str::to_owned),
        }
    }

    /// The fault of a line that is too long, from its beginning: where it ends is not known everywhere.
    pub(super) fn too_long(&self, line: i64, start: &[u8]) -> Fault {
        let expected = format!("at most {LINE_BYTES} bytes");
        let mut fault = Fault::of_line(line, FaultCode::LineTooLong, "a longer line", expected);
        fault.raw = self.masked_line(&start[..start.len().min(SHOWN_BYTES)]);
        fault
    }

    /// A line that could not be split, as a fault may keep it. Which cell is the
    /// trader's cannot be told there, so everything is hidden from the first place
    /// on where it may stand.
    pub(super) fn masked_line(&self, line: &[u8]) -> String {
        let Some(first_private) = self.private.iter().position(|is_private| *is_private) else { return excerpt(line) };
        let cells: Vec<&[u8]> = line.split(|byte| *byte == self.dialect.separator).collect();
        let shift = cells.len().abs_diff(self.width) + 1;
        let kept = first_private.saturating_sub(shift);
        let end = match kept.checked_sub(1) {
            None => 0,
            // The separator after the last cell that is kept.
            Some(last) => memchr::memchr_iter(self.dialect.separator, line).nth(last).map_or(0, |place| place + 1),
        };
        // What may be a party's number, because it stands so near to its place, is hidden before it as well.
        let near = |place: &usize| place.saturating_sub(shift)..(place + shift + 1).min(cells.len());
        let places = self.identifiers.iter().filter(|place| **place < self.width).flat_map(near);
        let identifiers: Vec<&[u8]> = places.map(|place| unquoted(cells[place], self.dialect.quote)).collect();
        excerpt(format!("{}{MASK}", excerpt(&hidden(&line[..end], &identifiers))).as_bytes())
    }
}

/// A cell without the blanks and quotes around it.
fn unquoted(cell: &[u8], quote: Option<u8>) -> &[u8] {
    let is_around = |byte: &u8| byte.is_ascii_whitespace() || Some(*byte) == quote;
    let first = cell.iter().position(|byte| !is_around(byte)).unwrap_or(cell.len());
    let end = cell.iter().rposition(|byte| !is_around(byte)).map_or(first, |last| last + 1);
    &cell[first..end]
}

/// The form with the columns named as this file names them, so that a fault names what stands there.
fn as_spelled(form: &Arc<Form>, header: &[String]) -> Arc<Form> {
    let mut own = Form::clone(form);
    for rule in &mut own.fields {
        let mut names = Vec::new();
        rule.source.places(&mut names);
        if let Source::Place { .. } | Source::Spelled(_) = rule.source
            && let Some(place) = names.iter().find_map(|name| form.place_of(name, header))
        {
            rule.source = Source::Place { place: header[place].clone(), condition: BTreeMap::new() };
        }
    }
    Arc::new(own)
}

/// Whether a column is one of these, which the form reads.
fn is_named(form: &Form, columns: &[&str], column: &str) -> bool {
    columns.iter().any(|name| form.is_spelled(column, name))
}

/// The first column that a header has more than once, and how often: columns that the form names are the
/// same however they are spelled.
fn doubled<'h>(form: &Form, header: &'h [String], is_named: &[bool]) -> Option<(&'h str, usize)> {
    let spelling = |(column, is_named): (&String, &bool)| match is_named {
        true if form.has_loose_names => (true, loose(column).collect()),
        _ => (*is_named, column.clone()),
    };
    let spellings: Vec<(bool, String)> = header.iter().zip(is_named).map(spelling).collect();
    let mut counts: HashMap<&(bool, String), usize> = HashMap::new();
    for spelling in &spellings {
        *counts.entry(spelling).or_default() += 1;
    }
    let mut named = header.iter().zip(&spellings).filter(|(column, _)| !column.is_empty());
    named.find_map(|(column, spelling)| (counts[spelling] > 1).then_some((column.as_str(), counts[spelling])))
}

/// Whether a line before the header is a remark: it says which mark divides cells (`sep=;`), or begins
/// with `#` and names no column.
fn is_note(form: &Form, line: &[u8]) -> bool {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_start_matches('\u{feff}').trim_matches('"');
    let columns = form.columns();
    let names = |mark: &u8| line.split(char::from(*mark)).any(|cell| is_named(form, &columns, cell.trim().trim_matches('"')));
    let is_mark = line.strip_prefix("sep=").is_some_and(|mark| mark.chars().count() <= 1);
    is_mark || line.starts_with('#') && !form.other_separators.iter().chain([&form.separator]).any(names)
}

/// The cells of the header, where its line ends, and how many lines it takes; none when it does not end
/// within these bytes.
fn header(head: &[u8], at: usize, dialect: Dialect, is_whole: bool) -> Result<Option<(Vec<String>, usize, i64)>, FormMismatch> {
    let Some(width) = header_width(head, at, dialect) else {
        return if is_whole || head.len() > at + QUOTED_BYTES {
            let is_quoted = dialect.quote.is_some_and(|quote| memchr::memchr(quote, &head[at..]).is_some());
            Err(FormMismatch::Header { detail: if is_quoted { "its quotes do not pair" } else { "it is far too long" } })
        } else {
            Ok(None)
        };
    };
    if width > COLUMN_LIMIT {
        return Err(FormMismatch::TooManyColumns { columns: width, most: COLUMN_LIMIT });
    }
    let mut found = Cells::default();
    let scan = record(head, at, dialect, width, &mut found);
    if scan.outcome != Outcome::Good {
        return Err(FormMismatch::Header { detail: "its quotes do not pair" });
    }
    if scan.is_cut && !is_whole {
        return Ok(None);
    }
    let rows = Rows {
        text: head,
        arena: &found.arena,
        spans: &found.spans,
        width,
        lines: &[1],
        private: &[],
        identifiers: &[],
        shown: Shown::Line { separator: ',', cells: width },
        is_sound: false,
    };
    let cells = (0..width).map(|place| excerpt(rows.cell(0, place))).collect();
    Ok(Some((cells, scan.end, scan.lines)))
}

/// How many cells the header has; none when its quotes do not pair in these bytes.
fn header_width(head: &[u8], at: usize, dialect: Dialect) -> Option<usize> {
    // Pair quotes by themselves: the strict reader then checks what stands between.
    let mut is_open = false;
    let mut width = 1;
    for &byte in head[at..].iter().take(QUOTED_BYTES) {
        if Some(byte) == dialect.quote {
            is_open = !is_open;
        } else if !is_open && byte == dialect.separator {
            width += 1;
        } else if !is_open && byte == b'\n' {
            return Some(width);
        }
    }
    (!is_open).then_some(width)
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
