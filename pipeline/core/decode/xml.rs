//! Declarations as XML trees.
//!
//! A form says by paths of local names where a declaration and its items stand; the
//! reading is the same for every XML layout. What is wrong with one element is a
//! fault with the element's path and line; a file that is no XML, is not of the
//! form's document element, or brings definitions of its own is refused as a whole.

mod amendment;
mod envelope;
mod measure;
mod numbering;
mod part;
mod read;
mod scan;
mod table;
mod text;
mod wrong;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::amendment::Message;
use self::envelope::{around, envelope, root_name};
use self::measure::{is_zero, measured};
use self::numbering::Numbering;
use self::read::{Scene, want};
use self::scan::{Node, Shape, TEXT_LIMIT, Take, Taken, Wanted, scan};
use self::table::Headers;
use self::text::Refusal;
use self::wrong::{Known, Trouble};
use super::build::{Place, Rows, Shown, Span};
use super::flow::Filler;
use super::{Context, Decoded, FormMismatch};
use crate::fault::{Fault, FaultCode, MASK, excerpt, hidden};
use crate::form::{FieldRule, Form, XmlLayout};
use crate::schema::{ItemField, Record};

/// Items read before they are put into columns: enough for a tight loop, few enough
/// that their texts stay in the cache.
const BLOCK: usize = 256;

/// Reads one document, and hands over what it has whenever that has so many faults.
pub(super) fn decode(
    form: &Form,
    bytes: &[u8],
    context: &Arc<Context>,
    most_faults: usize,
    hand_over: &mut dyn FnMut(Decoded),
) -> Result<Decoded, FormMismatch> {
    let layout = form.xml.as_ref().expect("a form of XML has its layout");
    let text = text::decode(bytes)?;
    let mut document = Document::new(form, layout, &text);
    let mut headers = document.headers(&text)?;
    if form.record == Record::Item && headers.say_nothing() && document.look_deeper(&text) {
        headers = document.headers(&text)?;
    }
    let mut decoded = document.items(&text, &headers, context, most_faults, hand_over)?;
    if form.record == Record::PartnerFlow {
        // A series is no declaration: it makes no row of its own, and is never amended.
        return Ok(decoded);
    }
    decoded.declarations = headers.batch(context);
    decoded.faults.extend(headers.faults(form));
    let amended: Vec<usize> = headers.numbers_of(|message| message != Message::Declaration);
    if !amended.is_empty() {
        document.amendments(&text, &amended, &headers, context, &mut decoded)?;
    }
    decoded.faults.sort_by_key(|fault| fault.line_no);
    Ok(decoded)
}

impl From<Refusal> for FormMismatch {
    fn from(Refusal { line, column, found, expected }: Refusal) -> FormMismatch {
        FormMismatch::Document { line, column, found, expected }
    }
}

/// A form made ready for documents.
struct Document<'f> {
    form: &'f Form,
    layout: &'f XmlLayout,
    shape: Shape,
    header_wanted: Wanted,
    item_wanted: Wanted,
}

impl<'f> Document<'f> {
    fn new(form: &'f Form, layout: &'f XmlLayout, text: &str) -> Document<'f> {
        let names = |path: &str| path.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let mut declaration = vec![layout.root.clone()];
        declaration.extend(names(&layout.declaration));
        if let Some(root) = root_name(text) {
            if layout.other_roots.contains(&root) {
                declaration[0] = root;
            } else if let Some(depth) = declaration.iter().position(|name| *name == root) {
                // Sent without the envelope: the document begins further down the same path.
                declaration.drain(..depth);
            } else {
                // Sent in an envelope of somebody's, or with others of its kind.
                let roots: Vec<&str> = layout.other_roots.iter().chain([&layout.root]).map(String::as_str).collect();
                if let Some(path) = envelope(text, &roots) {
                    declaration.splice(..1, path);
                } else if let Some(path) = bare_in_envelope(layout, text) {
                    declaration = path;
                }
            }
        }
        let (mut header_wanted, mut item_wanted) = (Wanted::default(), Wanted::default());
        for rule in form.fields.iter().chain(&form.declaration) {
            want(rule, &layout.item, &mut header_wanted, &mut item_wanted);
        }
        if let Some(pointer) = &layout.pointer {
            for path in pointer.amends.iter().chain(&pointer.cancels).flat_map(std::collections::BTreeMap::keys) {
                header_wanted.add(path.split('/'));
            }
        }
        let mut known: BTreeSet<String> = names(&layout.declaration).into_iter().chain(names(&layout.item)).collect();
        let roots: Vec<String> = [&layout.root].into_iter().chain(&layout.other_roots).cloned().collect();
        let roots = [roots, names(&layout.declaration)].concat();
        known.extend(roots.iter().cloned());
        header_wanted.names(&mut known);
        item_wanted.names(&mut known);
        let shape = Shape { declaration, item: names(&layout.item), known: Known(known), roots };
        Document { form, layout, shape, header_wanted, item_wanted }
    }

    fn headers(&self, text: &str) -> Result<Headers<'f>, Refusal> {
        let mut headers = Headers::new(self.form, self.layout);
        scan(text, &self.shape, Take::Headers(&self.header_wanted), &mut |taken| headers.push(taken))?;
        Ok(headers)
    }

    /// Whether declarations stand in an element of their own inside the document element: then they are
    /// read from there.
    fn look_deeper(&mut self, text: &str) -> bool {
        let path = around(text, &self.shape.item);
        let path = path.filter(|path| path.len() > self.shape.declaration.len() && path.starts_with(&self.shape.declaration));
        let is_deeper = path.is_some();
        self.shape.declaration = path.unwrap_or_else(|| std::mem::take(&mut self.shape.declaration));
        is_deeper
    }

    fn scene<'n>(&'n self, header: &'n Node, taken: &'n Taken) -> Scene<'n> {
        let Taken { node, items, enclosing, .. } = taken;
        Scene { header, item: Some(node), position: *items, item_path: &self.layout.item, enclosing }
    }

    /// How items are numbered, where those of one declaration stand in several elements.
    fn numbering(&self, text: &str, headers: &Headers<'_>) -> Result<Numbering, Refusal> {
        let Some(rule) = self.form.rule(ItemField::item_no).filter(|_| headers.are_divided()) else {
            return Ok(Numbering::default());
        };
        let mut wanted = Wanted::default();
        want(rule, &self.layout.item, &mut Wanted::default(), &mut wanted);
        let mut numbers = Vec::new();
        scan(text, &self.shape, Take::Items(&wanted), &mut |taken| {
            let (header, message) = headers.header(taken.declaration);
            let found = self.scene(header, &taken).read(rule).filter(|_| message == Message::Declaration);
            let number = found.and_then(|found| rule.conversion.decimal().parse_whole(found.text.as_bytes()).ok());
            numbers.extend(number.map(|number| (taken.declaration, taken.group, number)));
        })?;
        Ok(Numbering::of(&numbers))
    }

    /// Every item of a declaration, with its position in the file from 1.
    fn items(
        &self,
        text: &str,
        headers: &Headers<'_>,
        context: &Arc<Context>,
        most_faults: usize,
        hand_over: &mut dyn FnMut(Decoded),
    ) -> Result<Decoded, Refusal> {
        let numbering = self.numbering(text, headers)?;
        let places: Vec<Place> = (0..self.form.fields.len()).map(Place::Cell).collect();
        let mut builder = Filler::new(self.form, Arc::clone(context), &places);
        let mut block = Block::new(self.form);
        // The trees of the block, so that a fault can say where in them it was met.
        let mut trees: Vec<Taken> = Vec::with_capacity(BLOCK);
        let mut position = 0;
        let mut located = 0;
        let mut flush = |block: &mut Block<'_>, trees: &mut Vec<Taken>, builder: &mut Filler| {
            let first = block.lines.first().copied().unwrap_or_default();
            block.flush(builder);
            for fault in builder.faults_since(located) {
                let tree = usize::try_from(fault.line_no - first).ok().and_then(|place| trees.get(place));
                let Some(taken) = tree else { continue };
                self.locate(fault, self.scene(headers.header(taken.declaration).0, taken));
            }
            trees.clear();
            located = builder.fault_count();
            if located >= most_faults {
                hand_over(builder.finish());
                located = 0;
            }
        };
        scan(text, &self.shape, Take::Items(&self.item_wanted), &mut |taken| {
            let (header, message) = headers.header(taken.declaration);
            // The items of a message that amends are parts of its changes.
            if message == Message::Declaration {
                position += 1;
                let added = numbering.added(taken.declaration, taken.group);
                block.push(position, self.scene(header, &taken), added, &mut builder);
                trees.push(taken);
                if trees.len() == BLOCK {
                    flush(&mut block, &mut trees, &mut builder);
                }
            }
        })?;
        flush(&mut block, &mut trees, &mut builder);
        Ok(Decoded { currencies: block.currencies, renumbered: numbering.len() as u64, ..builder.finish() })
    }

    /// Puts the path and line of the element into the fault of a cell.
    fn locate(&self, fault: &mut Fault, scene: Scene<'_>) {
        let name = fault.column.as_deref();
        let Some(rule) = self.form.fields.iter().find(|rule| Some(rule.name) == name) else { return };
        let found = scene.read(rule);
        let item_line = scene.item.map_or(0, |item| item.line);
        let line = found.as_ref().and_then(|found| found.node).map_or(item_line, |node| node.line);
        let missing = || scene.missing_part(rule).map_or_else(|| first_place(rule), str::to_owned);
        let place = found.map_or_else(missing, |found| found.place.to_owned());
        show_place(fault, line, place);
    }

    fn amendments(
        &self,
        text: &str,
        numbers: &[usize],
        headers: &Headers<'_>,
        context: &Context,
        decoded: &mut Decoded,
    ) -> Result<(), Refusal> {
        let everything = Wanted::everything();
        let mut rows = table::Amendments::after(headers.item_count());
        scan(text, &self.shape, Take::Whole(&everything, numbers), &mut |taken| {
            let (_, message) = headers.header(taken.declaration);
            rows.push(self.form, self.layout, message, &taken.node);
        })?;
        decoded.amendments = rows.batch(context);
        for (amount, count) in std::mem::take(&mut rows.currencies) {
            *decoded.currencies.entry(amount).or_default() += count;
        }
        decoded.faults.append(&mut rows.faults);
        Ok(())
    }
}

/// The place a rule reads first: where a missing element would stand.
fn first_place(rule: &FieldRule) -> String {
    let mut places = Vec::new();
    rule.source.places(&mut places);
    places.first().map_or_else(|| rule.name.to_owned(), |place| (*place).to_owned())
}

/// Takes out of a fault what the parties of its declaration are known by.
fn hide(fault: &mut Fault, identifiers: &[impl AsRef<str>]) {
    let identifiers: Vec<&[u8]> = identifiers.iter().map(|identifier| identifier.as_ref().trim().as_bytes()).collect();
    for text in [&mut fault.found, &mut fault.raw] {
        *text = excerpt(&hidden(text.as_bytes(), &identifiers));
    }
}

fn show_place(fault: &mut Fault, line: u64, place: String) {
    fault.column = Some(place);
    fault.raw = excerpt(format!("line {line}: {}", fault.raw).as_bytes());
}

/// Items whose cells are found and not yet in columns.
struct Block<'f> {
    form: &'f Form,
    names: Vec<&'static str>,
    private: Vec<bool>,
    identifiers: Vec<usize>,
    arena: Vec<u8>,
    spans: Vec<Span>,
    lines: Vec<i64>,
    /// Amounts by field and the currency they are said to be in.
    currencies: BTreeMap<(&'static str, String), u64>,
}

impl<'f> Block<'f> {
    fn new(form: &'f Form) -> Block<'f> {
        Block {
            form,
            names: form.fields.iter().map(|rule| rule.name).collect(),
            private: form.fields.iter().map(|rule| rule.is_private).collect(),
            identifiers: (0..form.fields.len()).filter(|place| form.fields[*place].is_private).collect(),
            arena: Vec::new(),
            spans: Vec::new(),
            lines: Vec::new(),
            currencies: BTreeMap::new(),
        }
    }

    /// `added` is what the number of the item is counted on by.
    fn push(&mut self, position: i64, scene: Scene<'_>, added: i32, builder: &mut Filler) {
        for rule in &self.form.fields {
            let start = self.arena.len();
            match scene.read(rule) {
                None => {}
                Some(found) => match untroubled(rule, &scene, self.form, found) {
                    Ok(found) => {
                        if let Some(currency) = stated_currency(rule, &scene, &found.text) {
                            *self.currencies.entry((rule.name, currency)).or_default() += 1;
                        }
                        self.arena.extend_from_slice(counted_on(rule, &found.text, added).as_bytes());
                    }
                    Err((code, found, expected)) => {
                        let found = if rule.is_private { MASK.to_owned() } else { found };
                        let id = self.form.rule(ItemField::declaration_id).and_then(|rule| scene.read(rule));
                        let raw = id.map_or_else(String::new, |id| format!("declaration_id={}", id.text));
                        let mut fault = Fault { raw, is_line: false, ..Fault::of_line(position, code, found, expected) };
                        hide(&mut fault, &scene.identifiers(self.form));
                        builder.push_fault(Fault { column: Some(rule.name.to_owned()), ..fault });
                    }
                },
            }
            self.spans.push(Span::arena(start, self.arena.len()));
        }
        self.lines.push(position);
    }

    fn flush(&mut self, builder: &mut Filler) {
        builder.push(&Rows {
            text: b"",
            arena: &self.arena,
            spans: &self.spans,
            width: self.names.len(),
            lines: &self.lines,
            private: &self.private,
            identifiers: &self.identifiers,
            shown: Shown::Named(&self.names),
            is_sound: true,
        });
        self.arena.clear();
        self.spans.clear();
        self.lines.clear();
    }
}

/// The currency that the document says an amount is in.
fn stated_currency(rule: &FieldRule, scene: &Scene<'_>, amount: &str) -> Option<String> {
    let place = rule.stated_currency.as_deref().filter(|_| !is_zero(amount))?;
    let currency = scene.text_at(place)?;
    let is_code = currency.len() == 3 && currency.bytes().all(|byte| byte.is_ascii_alphabetic());
    // What is no code may be anything.
    Some(if is_code { currency.to_uppercase() } else { MASK.to_owned() })
}

/// The cell in the measure of its field, or what is wrong with it.
fn untroubled<'n>(
    rule: &'n FieldRule,
    scene: &Scene<'n>,
    form: &'n Form,
    found: read::Found<'n>,
) -> Result<read::Found<'n>, Trouble> {
    match trouble(rule, scene, form, &found) {
        None => measured(rule, scene, &form.fields, found),
        Some(trouble) => Err(trouble),
    }
}

/// What only the tree shows to be wrong with a cell.
fn trouble(rule: &FieldRule, scene: &Scene<'_>, form: &Form, found: &read::Found<'_>) -> Option<Trouble> {
    if found.node.is_some_and(|node| node.is_too_long) {
        let found = format!("more than {TEXT_LIMIT} bytes of text");
        return Some((FaultCode::LineTooLong, found, format!("at most {TEXT_LIMIT} bytes in one element")));
    }
    let currency = scene.text_at(rule.currency.as_deref()?)?;
    let invoice_rule = form.rule(ItemField::invoice_currency)?;
    let invoice = scene.read(invoice_rule)?;
    // One may be written in letters and the other as a number.
    let [currency, invoice] = [&currency, &invoice.text].map(|text| invoice_rule.conversion.text(text));
    (currency != invoice && !is_zero(&found.text))
        .then(|| (FaultCode::CurrencyDiffers, format!("{} {currency}", found.text), format!("an amount in {invoice}")))
}

/// The number of an item behind those of other elements; any other text as it is.
fn counted_on<'t>(rule: &FieldRule, text: &'t str, added: i32) -> Cow<'t, str> {
    if added == 0 || rule.column != ItemField::item_no as usize {
        return text.into();
    }
    let number = rule.conversion.decimal().parse_whole(text.as_bytes());
    // What is no number, or none that can be counted on, is told as it stands.
    number.ok().and_then(|number| number.checked_add(added)).map_or(text.into(), |number| number.to_string().into())
}

/// The names down to a declaration that stands bare in somebody's envelope; the items below it are the
/// sign that it is one, because an answer about a declaration has an element of its name as well.
fn bare_in_envelope(layout: &XmlLayout, text: &str) -> Option<Vec<String>> {
    let name = layout.declaration.rsplit('/').next().filter(|name| !name.is_empty())?;
    let below: Vec<String> = std::iter::once(name).chain(layout.item.split('/')).map(str::to_owned).collect();
    let mut path = around(text, &below)?;
    path.push(name.to_owned());
    Some(path)
}
