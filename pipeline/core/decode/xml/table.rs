//! The small records of a document: its declarations and amendments.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, Date32Array, Int32Array, Int64Array, RecordBatch};
use chrono::{NaiveDate, TimeDelta};

use super::amendment::{Change, Message, Target, changes};
use super::measure::measured;
use super::read::{Found, Scene};
use super::scan::{Node, Taken};
use super::wrong::Trouble;
use super::{first_place, hide, show_place};
use crate::amended::Amended;
use crate::convert::DecimalFormat;
use crate::decode::code_column::{ACCEPTED, CANCELLED, CodeColumn, Reading, commodity_fault};
use crate::decode::column::{CellColumn, DateColumn, DecimalColumn, TextColumn, WholeColumn, WideColumn, absent, declared_text};
use crate::decode::fill::expected;
use crate::decode::hash::field_seed;
use crate::decode::{Context, constant_code};
use crate::fault::{Fault, FaultCode, excerpt};
use crate::form::{FieldRule, Form, XmlLayout};
use crate::schema::{DECLARATION, DeclarationField, Kind, Record};

/// The headers of a document, and the rows they make.
pub(super) struct Headers<'f> {
    layout: &'f XmlLayout,
    /// Rules of the row, by their place in the record: those of the header, and of the
    /// items' what names the declaration.
    rules: Vec<(usize, &'f FieldRule)>,
    form: &'f Form,
    headers: Vec<Header>,
}

struct Header {
    node: Node,
    items: usize,
    /// Elements that the items stand in.
    groups: usize,
    message: Message,
}

impl<'f> Headers<'f> {
    /// No header yet; reads the rules of `declaration`, and of the items those that name the declaration.
    pub fn new(form: &'f Form, layout: &'f XmlLayout) -> Headers<'f> {
        let names_it = |rule: &&FieldRule| matches!(rule.name, "declaration_id" | "version" | "status");
        let of_items = form.fields.iter().filter(names_it);
        let of_items = of_items.filter(|rule| form.declaration.iter().all(|own| own.name != rule.name));
        let place = |rule: &'f FieldRule| {
            let place = DECLARATION.iter().position(|field| field.name == rule.name);
            (place.expect("the rule's field was looked up in the record"), rule)
        };
        Headers { layout, rules: form.declaration.iter().chain(of_items).map(place).collect(), form, headers: Vec::new() }
    }

    /// Adds the next header of the document; what it says decides whether it is a declaration or a message about one.
    pub fn push(&mut self, taken: Taken) {
        let message = Message::of(&taken.node, self.layout);
        self.headers.push(Header { node: taken.node, items: taken.items, groups: taken.group, message });
    }

    /// Whether no declaration has a number or an item, and none is a message about another.
    pub fn say_nothing(&self) -> bool {
        let is_empty = |header: &Header| header.items == 0 && header.message == Message::Declaration && !self.has_id(header);
        self.headers.iter().all(is_empty)
    }

    /// Whether items of one declaration stand in several elements.
    pub fn are_divided(&self) -> bool {
        self.headers.iter().any(|header| header.groups > 1)
    }

    /// The header of this number, from 0, and what it is.
    ///
    /// # Panics
    /// When the document has fewer headers.
    pub fn header(&self, number: usize) -> (&Node, Message) {
        let header = &self.headers[number];
        (&header.node, header.message)
    }

    /// Items of the declarations, not of the messages that amend one.
    pub fn item_count(&self) -> usize {
        self.declarations().map(|(_, header)| header.items).sum()
    }

    /// Numbers, from 0, of the headers that are what is meant.
    pub fn numbers_of(&self, is_meant: impl Fn(Message) -> bool) -> Vec<usize> {
        let numbered = self.headers.iter().enumerate();
        numbered.filter(|(_, header)| is_meant(header.message)).map(|(number, _)| number).collect()
    }

    fn scene<'n>(&'n self, header: &'n Header) -> Scene<'n> {
        Scene { header: &header.node, item: None, position: 0, item_path: &self.layout.item, enclosing: &[] }
    }

    /// The declarations whose number can be read, with their place in the file.
    fn declarations(&self) -> impl Iterator<Item = (i64, &Header)> {
        let numbered = (1..).zip(&self.headers);
        numbered.filter(|(_, header)| header.message == Message::Declaration)
    }

    fn has_id(&self, header: &Header) -> bool {
        let id = self.rules.iter().find(|(column, _)| *column == DeclarationField::declaration_id as usize);
        id.is_some_and(|(_, rule)| {
            let found = self.scene(header).read(rule);
            found.is_some_and(|found| matches!(declared_text(found.text.as_bytes(), rule), Ok(Some(_))))
        })
    }

    /// The relation `declaration` of the document: one row for each declaration whose number can be read.
    pub fn batch(&self, context: &Context) -> RecordBatch {
        let rows: Vec<_> = self.declarations().filter(|(_, header)| self.has_id(header)).collect();
        let mut columns: Vec<Option<ArrayRef>> = vec![None; DECLARATION.len()];
        columns[DeclarationField::batch_id as usize] = Some(constant_code(&context.batch_id, rows.len()));
        let lines = rows.iter().map(|(line, _)| *line);
        columns[DeclarationField::line_no as usize] = Some(Arc::new(Int64Array::from_iter_values(lines)));
        columns[DeclarationField::received_on as usize] =
            Some(Arc::new(Date32Array::from_value(context.received_day(), rows.len())));
        // Overwritten where the form fills it.
        columns[DeclarationField::status as usize] = Some(constant_code(ACCEPTED, rows.len()));
        for (place, rule) in &self.rules {
            let mut column = column_for(rule);
            for (_, header) in &rows {
                let found = self.read(header, rule).and_then(Result::ok);
                let cell = found.as_ref().map_or("", |found| found.text.as_ref());
                // What cannot be read is null here, and told once by `faults`.
                let _ = column.push(cell.as_bytes(), rule, true);
            }
            columns[*place] = Some(column.finish());
        }
        let columns = columns.into_iter().zip(DECLARATION);
        let columns = columns.map(|(column, field)| column.unwrap_or_else(|| absent(&field.kind.data_type(), rows.len())));
        RecordBatch::try_new(Record::Declaration.schema(), columns.collect())
            .expect("the columns follow the schema of `declaration`")
    }

    /// What is wrong with the headers: cells that cannot be read, and items that are
    /// said to be there and are not.
    pub fn faults(&self, form: &Form) -> Vec<Fault> {
        let mut faults = Vec::new();
        for (number, header) in self.declarations() {
            for (column, rule) in &self.rules {
                // Without a number its items are faults, one each; without items only this tells.
                let is_id = *column == DeclarationField::declaration_id as usize;
                if is_id && header.items == 0 && !self.has_id(header) {
                    let fault = Fault::of_line(number, FaultCode::KeyEmpty, "", "the number of the declaration");
                    faults.push(self.placed(fault, header, rule));
                }
                let is_own = form.declaration.iter().any(|own| std::ptr::eq(own, *rule));
                let found = match self.read(header, rule).filter(|_| is_own) {
                    None => continue,
                    Some(Ok(found)) => found,
                    Some(Err((code, found, expected))) => {
                        faults.push(self.placed(Fault::of_line(number, code, found, expected), header, rule));
                        continue;
                    }
                };
                if let Err(code) = column_for(rule).push(found.text.as_bytes(), rule, true) {
                    let fault = Fault::of_line(number, code, excerpt(found.text.as_bytes()), expected(rule, code));
                    faults.push(self.placed(fault, header, rule));
                }
            }
            faults.extend(self.count_fault(number, header));
        }
        faults
    }

    /// A cell of the row in the measure of its field, or what is wrong with it.
    fn read<'n>(&'n self, header: &'n Header, rule: &'n FieldRule) -> Option<Result<Found<'n>, Trouble>> {
        let scene = self.scene(header);
        let found = scene.read(rule)?;
        Some(match self.currencies(header, rule) {
            Some(several) => Err((FaultCode::CurrencyDiffers, several, "amounts in one currency, to be added up".to_owned())),
            None => measured(rule, &scene, &self.form.declaration, found),
        })
    }

    /// The currencies of an amount that is the sum of several, if they are not one.
    fn currencies(&self, header: &Header, rule: &FieldRule) -> Option<String> {
        let currencies = self.scene(header).texts_at(rule.stated_currency.as_deref()?);
        let currencies: BTreeSet<String> = currencies.iter().map(|currency| currency.to_uppercase()).collect();
        (currencies.len() > 1).then(|| excerpt(currencies.into_iter().collect::<Vec<_>>().join(", ").as_bytes()))
    }

    fn count_fault(&self, number: i64, header: &Header) -> Option<Fault> {
        let (_, rule) = self.rules.iter().find(|(column, _)| *column == DeclarationField::item_count as usize)?;
        let found = self.scene(header).read(rule)?;
        let declared = rule.conversion.decimal().parse_whole(found.text.as_bytes()).ok()?;
        if usize::try_from(declared) == Ok(header.items) {
            return None;
        }
        let found = format!("{} items", header.items);
        let fault = Fault::of_line(number, FaultCode::ItemCount, found, format!("{declared} items, as declared"));
        Some(self.placed(fault, header, rule))
    }

    fn placed(&self, fault: Fault, header: &Header, rule: &FieldRule) -> Fault {
        let found = self.scene(header).read(rule);
        let line = found.as_ref().and_then(|found| found.node).map_or(header.node.line, |node| node.line);
        let missing = || self.scene(header).missing_part(rule).map_or_else(|| first_place(rule), str::to_owned);
        let place = found.filter(|found| !found.place.is_empty()).map_or_else(missing, |found| found.place.to_owned());
        let id = self.rules.iter().find(|(_, rule)| rule.name == "declaration_id");
        let id = id.and_then(|(_, rule)| self.scene(header).read(rule));
        let raw = id.map_or_else(String::new, |id| format!("declaration_id={}", id.text));
        let mut fault = Fault { is_line: false, raw, ..fault };
        hide(&mut fault, &self.scene(header).identifiers(self.form));
        show_place(&mut fault, line, place);
        fault
    }
}

fn column_for(rule: &FieldRule) -> Box<dyn CellColumn> {
    let seed = field_seed(rule.name);
    match rule.kind {
        Kind::Code if rule.name == "status" => Box::new(CodeColumn::new(Reading::Status, seed)),
        Kind::Code => Box::new(CodeColumn::new(Reading::AsDeclared, seed)),
        Kind::Date => Box::new(DateColumn::new(seed)),
        Kind::Decimal(scale) => Box::new(DecimalColumn::new(seed, scale)),
        Kind::Int32 | Kind::Int64 => Box::new(WholeColumn::new(seed, 0)),
        Kind::Wide(scale) => Box::new(WideColumn::new(seed, scale)),
        Kind::Text | Kind::Bool => Box::new(TextColumn::new(seed)),
    }
}

/// Rows of `amendment`.
#[derive(Default)]
pub(super) struct Amendments {
    lines: Vec<i64>,
    references: Vec<String>,
    item_nos: Vec<Option<i32>>,
    fields: Vec<String>,
    values: Vec<Option<String>>,
    reasons: Vec<Option<String>>,
    pub faults: Vec<Fault>,
    /// What the parties of the message at hand are known by.
    identifiers: Vec<String>,
    /// New amounts by field and the currency they are said to be in.
    pub currencies: BTreeMap<(&'static str, String), u64>,
    /// Items, and amendments of the messages before.
    before: usize,
}

impl Amendments {
    /// Adds the changes of one message, or a fault where it names no declaration or states none.
    pub fn push(&mut self, form: &Form, layout: &XmlLayout, message: Message, declaration: &Node) {
        let scene = Scene { header: declaration, item: None, position: 0, item_path: &layout.item, enclosing: &[] };
        self.identifiers = scene.identifiers(form).into_iter().map(Cow::into_owned).collect();
        let reference = form.amendment.iter().find(|rule| rule.name == "reference");
        let number = i64::try_from(self.before + 1).expect("a file holds fewer amendments than bytes");
        let Some(reference) = reference.and_then(|rule| scene.read(rule)) else {
            let place = reference.map_or_else(|| layout.root.clone(), first_place);
            let fault = Fault::of_line(number, FaultCode::KeyEmpty, "", "the declaration it amends");
            self.fault(fault, place, declaration.line, "");
            return;
        };
        let changes = changes(form, layout, message, declaration);
        if changes.is_empty() {
            let place = layout.amendment.clone().unwrap_or_default();
            let fault = Fault::of_line(number, FaultCode::MissingElement, "no amendment", "at least one");
            self.fault(fault, place, declaration.line, &reference.text);
        }
        let last = changes.last().map_or(0, |change| change.number);
        for change in changes {
            self.push_change(&reference.text, change);
        }
        self.before += last;
    }

    fn push_change(&mut self, reference: &str, change: Change<'_>) {
        let line = i64::try_from(self.before + change.number).expect("a file holds fewer amendments than bytes");
        let (pointer, is_private) = (change.pointer, change.is_private);
        // What cannot be read leaves the field as it is: only what the message does not repeat is taken out.
        let as_it_stands = |rule: &FieldRule, found: &Found<'_>| {
            let value = (!is_private).then(|| excerpt(found.text.as_bytes()));
            (Amended::Unapplied(rule.name, &pointer).to_string(), value)
        };
        let mut tell = |found: &Found<'_>, (code, text, expected): (FaultCode, String, Cow<'static, str>)| {
            let file_line = found.node.map_or(0, |node| node.line);
            self.fault(Fault::of_line(line, code, text, expected), found.place.to_owned(), file_line, reference);
        };
        let (field, value) = match change.target {
            Target::Cancelled => ("status".to_owned(), Some(CANCELLED.to_owned())),
            Target::Pointer(pointer, value) => (pointer, value),
            Target::Deleted(rule) => (rule.name.to_owned(), None),
            Target::Part(rule, span, text) => (Amended::Part(rule.name, span).to_string(), Some(text)),
            Target::Faulty(rule, found, (code, text, expected)) => {
                tell(&found, (code, text, expected.into()));
                as_it_stands(rule, &found)
            }
            Target::Field(rule, found, currency) => match canonical(rule, &found.text) {
                Ok(Some(value)) => {
                    if let Some(currency) = currency {
                        *self.currencies.entry((rule.name, currency)).or_default() += 1;
                    }
                    (rule.name.to_owned(), Some(value))
                }
                Ok(None) => as_it_stands(rule, &found),
                Err(code) => {
                    tell(&found, (code, excerpt(found.text.as_bytes()), expected(rule, code)));
                    as_it_stands(rule, &found)
                }
            },
        };
        self.lines.push(line);
        self.references.push(reference.to_owned());
        self.item_nos.push(change.item_no);
        self.fields.push(field);
        self.values.push(value);
        self.reasons.push(change.reason);
    }

    fn fault(&mut self, fault: Fault, place: String, line: u64, reference: &str) {
        let raw = if reference.is_empty() { String::new() } else { format!("declaration_id={reference}") };
        let mut fault = Fault { is_line: false, raw, ..fault };
        hide(&mut fault, &self.identifiers);
        show_place(&mut fault, line, place);
        self.faults.push(fault);
    }

    /// Counted on after so many items, so that no line of a file is both an item and an amendment.
    pub fn after(items: usize) -> Amendments {
        Amendments { before: items, ..Amendments::default() }
    }

    /// The relation `amendment` of the document: one row a change, in the order of the document.
    pub fn batch(&self, context: &Context) -> RecordBatch {
        let text = |of: &mut dyn Iterator<Item = Option<&str>>| -> ArrayRef {
            let mut builder = StringBuilder::new();
            of.for_each(|text| builder.append_option(text));
            Arc::new(builder.finish())
        };
        let count = self.lines.len();
        let columns: Vec<ArrayRef> = vec![
            constant_code(&context.batch_id, count),
            Arc::new(Int64Array::from_iter_values(self.lines.iter().copied())),
            Arc::new(Date32Array::from_value(context.received_day(), count)),
            text(&mut self.references.iter().map(|text| Some(text.as_str()))),
            Arc::new(self.item_nos.iter().copied().collect::<Int32Array>()),
            text(&mut self.fields.iter().map(|text| Some(text.as_str()))),
            text(&mut self.values.iter().map(Option::as_deref)),
            text(&mut self.reasons.iter().map(Option::as_deref)),
        ];
        RecordBatch::try_new(Record::Amendment.schema(), columns).expect("the columns follow the schema of `amendment`")
    }
}

/// The new value as the field would hold it, in text: an amendment has one column for
/// values of every kind.
fn canonical(rule: &FieldRule, text: &str) -> Result<Option<String>, FaultCode> {
    if rule.is_null(text) {
        return Ok(None);
    }
    Ok(match rule.kind {
        Kind::Decimal(scale) | Kind::Wide(scale) => {
            let value = rule.conversion.decimal().parse(text.as_bytes(), scale)?.value;
            Some(DecimalFormat::default().write(i128::from(value), scale))
        }
        Kind::Int32 | Kind::Int64 => match rule.conversion.decimal().parse_whole(text.as_bytes())? {
            ..0 => return Err(FaultCode::Negative),
            number => Some(number.to_string()),
        },
        Kind::Date => {
            let days = TimeDelta::days(rule.conversion.date().parse(text.as_bytes())?.into());
            Some(NaiveDate::default().checked_add_signed(days).ok_or(FaultCode::DateUnknown)?.to_string())
        }
        Kind::Code | Kind::Text | Kind::Bool => {
            let text = declared_text(text.as_bytes(), rule)?;
            let fault = text.as_deref().filter(|_| rule.name == "commodity_code").and_then(commodity_fault);
            match fault {
                Some(code) => return Err(code),
                None => text.map(std::borrow::Cow::into_owned),
            }
        }
    })
}
