//! Messages that change a declaration received before.
//!
//! A pointer names what changes; the message repeats the changed part of the tree
//! with its new value. A pointer to an element that a field is read from becomes a
//! row under the field's name, a pointer to a whole element one row for each field
//! read below it, one to a part of what a field is made of a row for these characters
//! of it ([`super::part`]), where the message does not repeat the rest: what the rest
//! is, only the declaration knows. Any other pointer is a row as received, which
//! nothing applies, under the fields that it leads to, if there are any. So is a value
//! that cannot be read. What a pointer names and the message does not repeat is taken
//! out: an item, or the fields that could only be read there.

use std::collections::BTreeMap;

use super::measure::measured;
use super::part::{is_read_from, part};
use super::read::{Found, Scene, header_says, walk, within_item};
use super::scan::Node;
use super::stated_currency;
use super::wrong::Trouble;
use crate::amended::{Amended, Span};
use crate::form::{FieldRule, Form, Gather, PointerLayout, Source, TreeSource, XmlLayout};
use crate::schema::ItemField;

/// One change; the value is still the text of the message.
#[derive(Debug)]
pub(super) struct Change<'n> {
    /// Place of the amendment in its message, from 1.
    pub number: usize,
    pub item_no: Option<i32>,
    pub target: Target<'n>,
    /// As received.
    pub pointer: String,
    /// It leads to a name, an address or a number of somebody.
    pub is_private: bool,
    pub reason: Option<String>,
}

/// What a change is of, and what it makes of it.
#[derive(Debug)]
pub(super) enum Target<'n> {
    /// A field, what the message says of it, and the currency that it says an amount is in.
    Field(&'n FieldRule, Found<'n>, Option<String>),
    /// Characters of a field, and their text.
    Part(&'n FieldRule, Span, String),
    /// A field whose value is not in a measure that it can have.
    Faulty(&'n FieldRule, Found<'n>, Trouble),
    /// A field that the declaration no longer states.
    Deleted(&'n FieldRule),
    /// A pointer that nothing applies, with the fields that it leads to; its value unless it is private.
    Pointer(String, Option<String>),
    /// The declaration is withdrawn, or the one item of it.
    Cancelled,
}

impl Target<'_> {
    fn field(&self) -> Option<&'static str> {
        match self {
            Target::Field(rule, ..) | Target::Part(rule, ..) | Target::Faulty(rule, ..) | Target::Deleted(rule) => {
                Some(rule.name)
            }
            Target::Pointer(..) | Target::Cancelled => None,
        }
    }
}

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Message {
    Declaration,
    Amendment,
    Cancellation,
}

impl Message {
    /// By what the header says, as the form's `pointer` tells it; without one, every message is a declaration.
    pub fn of(header: &Node, layout: &XmlLayout) -> Message {
        match &layout.pointer {
            Some(pointer) if pointer.cancels.iter().any(|what| header_says(header, what)) => Message::Cancellation,
            Some(pointer) if pointer.amends.iter().any(|what| header_says(header, what)) => Message::Amendment,
            _ => Message::Declaration,
        }
    }
}

/// One step of a pointer.
struct Step<'n> {
    section: &'n str,
    sequence: &'n str,
    tag: &'n str,
}

/// The changes that a message states, in its order; a cancellation is one. None where the form has no `pointer`.
pub(super) fn changes<'n>(form: &'n Form, layout: &'n XmlLayout, message: Message, declaration: &'n Node) -> Vec<Change<'n>> {
    let Some(pointer) = &layout.pointer else { return Vec::new() };
    let path = layout.amendment.as_deref().unwrap_or_default();
    let mut entries = Vec::new();
    walk(declaration, &path.split('/').collect::<Vec<_>>(), &mut |_, entry| entries.push(entry));
    let reason = |entry: Option<&'n Node>| {
        let rule = form.amendment.iter().find(|rule| rule.name == "reason")?;
        let scene = Scene { header: declaration, item: entry, position: 0, item_path: path, enclosing: &[] };
        scene.read(rule).map(|found| found.text.into_owned())
    };
    if message == Message::Cancellation {
        let reason = reason(entries.first().copied());
        return vec![Change {
            number: 1,
            item_no: None,
            target: Target::Cancelled,
            pointer: String::new(),
            is_private: false,
            reason,
        }];
    }
    let mut changes = Vec::new();
    for (place, entry) in entries.into_iter().enumerate() {
        let amendment = Amendment { form, layout, pointer, declaration };
        let steps = steps(pointer, entry);
        let is_listed = |step: &Step<'_>| pointer.private.iter().any(|code| code == step.section || code == step.tag);
        let is_private = steps.iter().any(is_listed);
        let pointer = as_received(&steps);
        for (item_no, target) in amendment.targets(&steps, &pointer, is_private) {
            changes.push(Change {
                number: place + 1,
                item_no,
                target,
                pointer: pointer.clone(),
                is_private,
                reason: reason(Some(entry)),
            });
        }
    }
    changes
}

fn steps<'n>(pointer: &PointerLayout, entry: &'n Node) -> Vec<Step<'n>> {
    let mut steps = Vec::new();
    walk(entry, &pointer.step.split('/').collect::<Vec<_>>(), &mut |_, step| {
        let child = |name: &str| step.children.iter().find(|child| child.name == name).map_or("", |child| child.text.trim());
        steps.push(Step { section: child(&pointer.section), sequence: child(&pointer.sequence), tag: child(&pointer.tag) });
    });
    steps
}

/// Where a pointer leads.
struct Place<'n> {
    path: String,
    /// Every step so far is one that the form names, and it is known of which item.
    is_known: bool,
    /// Every step so far is one that the form names.
    is_named: bool,
    /// None where the message does not repeat the element.
    node: Option<&'n Node>,
    item: Option<&'n Node>,
    item_no: Option<i32>,
    /// It leads through one of several elements that items stand in, which no field names: a later one,
    /// whose items may have been counted on, or one of several that each speak for their own items.
    is_of_another: bool,
    is_of_several: bool,
    /// It leads through a later one of several elements, and the message repeats none before it.
    is_later: bool,
}

struct Amendment<'n> {
    form: &'n Form,
    layout: &'n XmlLayout,
    pointer: &'n PointerLayout,
    declaration: &'n Node,
}

impl<'n> Amendment<'n> {
    fn targets(&self, steps: &[Step<'_>], pointer: &str, is_private: bool) -> Vec<(Option<i32>, Target<'n>)> {
        let mut place = self.follow(steps);
        let is_unclear = place.is_of_another || place.is_of_several && place.item_no.is_none();
        place.is_known &= !is_unclear;
        if place.is_known && place.path == self.layout.item && place.node.is_none() && place.item_no.is_some() {
            return vec![(place.item_no, Target::Cancelled)];
        }
        let is_repeated = steps.iter().any(|step| self.pointer.repeated.iter().any(|code| code == step.section));
        let (mut targets, is_whole) = if is_unclear { (Vec::new(), true) } else { self.fields_at(&place, is_repeated) };
        let is_said = place.node.is_some_and(|node| !node.text.trim().is_empty() || !node.children.is_empty());
        if targets.is_empty() && place.is_known && !is_said && !is_repeated {
            targets = self.fields_lost(&place);
        }
        if targets.is_empty() || !is_whole {
            let value = place.node.filter(|_| !is_private);
            let value = value.map(|node| node.text.trim()).filter(|text| !text.is_empty());
            let fields = self.fields_meant(&place, &targets);
            let row = if fields.is_empty() { Amended::Pointer(pointer) } else { Amended::Unapplied(&fields, pointer) };
            targets.push(Target::Pointer(row.to_string(), value.map(str::to_owned)));
        }
        targets.into_iter().map(|target| (place.item_no, target)).collect()
    }

    /// Leads nowhere where the form does not know a section or tag, but still into an item.
    fn follow(&self, steps: &[Step<'_>]) -> Place<'n> {
        let root = steps.first().filter(|root| root.section == self.pointer.root);
        let node = root.map(|_| self.declaration);
        let is_known = root.is_some();
        let mut place = Place {
            path: String::new(),
            is_known,
            is_named: is_known,
            node,
            item: None,
            item_no: None,
            is_of_another: false,
            is_of_several: false,
            is_later: false,
        };
        for step in steps.iter().skip(1) {
            self.go(&mut place, self.pointer.sections.get(step.section), step.sequence);
        }
        if let Some(Step { tag, .. }) = steps.last().filter(|last| !last.tag.is_empty()) {
            self.go(&mut place, self.pointer.tags.get(*tag), "");
        }
        place
    }

    fn go(&self, place: &mut Place<'n>, name: Option<&String>, sequence: &str) {
        let Some(name) = name else {
            (place.node, place.is_known, place.is_named) = (None, false, false);
            return;
        };
        if !place.path.is_empty() {
            place.path.push('/');
        }
        place.path.push_str(name);
        let named = place.node.into_iter().flat_map(|node| &node.children).filter(|child| child.name == *name);
        let named: Vec<&'n Node> = named.collect();
        if place.path == self.layout.item {
            // Without a number it is known of no item what changes, and least of all of every item.
            place.item_no = whole(sequence);
            let numbers: Vec<String> = named.iter().enumerate().map(|(at, item)| self.number_of(item, at)).collect();
            let meant = match &numbers[..] {
                // One that stands alone without a number is the one that is named.
                [only] if only.trim().is_empty() => Some(0),
                several => several.iter().position(|number| whole(number) == place.item_no),
            };
            // The item may be one of those without a number: it is not known to be gone.
            let is_uncertain = meant.is_none() && numbers.iter().any(|number| whole(number).is_none());
            place.is_known &= place.item_no.is_some() && !is_uncertain;
            place.item = meant.filter(|_| place.item_no.is_some()).map(|at| named[at]);
            place.node = place.item;
            return;
        }
        // Messages count from 1, but number an element that stands alone as they please.
        let at = sequence.parse::<usize>().unwrap_or(1).saturating_sub(1);
        if within_item(&self.layout.item, &place.path).is_some() {
            place.is_of_another |= at > 0;
            place.is_of_several |= named.len() > 1;
        }
        place.is_later |= at > 0 && named.len() <= at;
        place.node = match named.as_slice() {
            [only] => Some(*only),
            several => several.get(at).copied(),
        };
    }

    fn number_of(&self, item: &'n Node, at: usize) -> String {
        let scene =
            Scene { header: self.declaration, item: Some(item), position: at + 1, item_path: &self.layout.item, enclosing: &[] };
        self.form
            .rule(ItemField::item_no)
            .and_then(|rule| scene.read(rule))
            .map(|found| found.text.into_owned())
            .unwrap_or_default()
    }

    /// The fields that nothing answers to without the element at this place. What the header
    /// states of a whole and an item for itself is the item's own still.
    fn fields_lost(&self, place: &Place<'n>) -> Vec<Target<'n>> {
        let is_lost = |rule: &&FieldRule| !is_key(rule) && is_below(&rule.source, &place.path);
        let is_of_items = |name: &str| self.form.fields.iter().any(|rule| rule.name == name);
        let of_header = self.form.declaration.iter().filter(|rule| place.item_no.is_none() && !is_of_items(rule.name));
        let of_items = self.form.fields.iter().filter(|rule| !rule.is_private);
        of_header.chain(of_items).filter(is_lost).map(Target::Deleted).collect()
    }

    /// The fields read from this element, its attributes or below it, of which the message says all that they
    /// are read from; and whether these are all of the fields. `is_repeated` when another element may stand
    /// beside it, in the declaration and not in the message.
    fn fields_at(&self, place: &Place<'n>, is_repeated: bool) -> (Vec<Target<'n>>, bool) {
        let Some(changed) = place.node else { return (Vec::new(), true) };
        let scene =
            Scene { header: self.declaration, item: place.item, position: 0, item_path: &self.layout.item, enclosing: &[] };
        let item_rules = self.form.fields.iter().filter(|rule| !rule.is_private);
        let rules = self.form.declaration.iter().filter(|_| place.item.is_none()).chain(item_rules);
        let mut targets: Vec<Target<'n>> = Vec::new();
        let mut named: Vec<&str> = Vec::new();
        let mut is_whole = true;
        let whole = (!is_repeated).then_some(place.path.as_str());
        for rule in rules.filter(|rule| !is_key(rule)) {
            let found = scene.read(rule).filter(|found| found.node.is_some_and(|node| holds(changed, node)));
            // A field of the items that only the header answers to is the header's own.
            let found = found.filter(|found| place.item.is_none() || within_item(found.place, &self.layout.item).is_some());
            if named.contains(&rule.name) {
                continue;
            }
            let target = match found {
                Some(found) if is_told(&rule.source, rule, &scene, whole, place.is_later) => {
                    Some(match measured(rule, &scene, &self.form.fields, found.clone()) {
                        Ok(found) => {
                            let currency = stated_currency(rule, &scene, &found.text);
                            Target::Field(rule, found, currency)
                        }
                        Err(trouble) => Target::Faulty(rule, found, trouble),
                    })
                }
                found => {
                    let part = part(rule, &scene, &place.path, changed).map(|(span, text)| Target::Part(rule, span, text));
                    is_whole &= found.is_none() || part.is_some();
                    part
                }
            };
            if let Some(target) = target {
                named.push(rule.name);
                targets.push(target);
            }
        }
        // The width of a part says which of the fields is meant.
        let has_part = targets.iter().any(|target| matches!(target, Target::Part(..)));
        (targets, is_whole || has_part)
    }

    /// The fields that are read from this element or below it, as words; without those that are changed.
    fn fields_meant(&self, place: &Place<'n>, changed: &[Target<'n>]) -> String {
        let scene =
            Scene { header: self.declaration, item: place.item, position: 0, item_path: &self.layout.item, enclosing: &[] };
        let is_changed = |rule: &FieldRule| changed.iter().any(|target| target.field().is_some_and(|name| name == rule.name));
        let of_header = self.form.declaration.iter().filter(|_| place.item_no.is_none());
        let rules =
            of_header.chain(&self.form.fields).filter(|rule| place.is_named && !place.path.is_empty() && !rule.is_private);
        let mut fields: Vec<&str> = Vec::new();
        for rule in rules.filter(|rule| !is_key(rule) && !is_changed(rule)) {
            if is_read_from(&rule.source, &scene, &place.path, place.node) && !fields.contains(&rule.name) {
                fields.push(rule.name);
            }
        }
        match fields.as_slice() {
            [first, _, _, ..] => format!("{first} or others"),
            few => few.join(" or "),
        }
    }
}

/// The number of an item, with zeros before it or without.
fn whole(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|number| *number > 0)
}

fn is_key(rule: &FieldRule) -> bool {
    matches!(rule.name, "declaration_id" | "item_no" | "status" | "version" | "declaration_type")
}

/// Whether a message that repeats the element at a path and what else it likes, but not the declaration, says all
/// that the source is read from. Of elements that stand side by side it may repeat one: then there is no
/// path, and only what it states is known, not what it leaves out. `is_later` where it repeats a later one alone.
fn is_told<'n>(source: &'n Source, rule: &'n FieldRule, scene: &Scene<'n>, whole: Option<&str>, is_later: bool) -> bool {
    // Without a path it is the declaration itself.
    let is_whole = |source: &Source| whole.is_some_and(|path| path.is_empty() || is_below(source, path));
    match source {
        source if is_whole(source) => true,
        Source::Value(_) => true,
        Source::Spelled(_) => scene.says(source, rule),
        Source::Place { condition, .. } => scene.says(source, rule) && condition.values().all(|wanted| !wanted.is_empty()),
        // One that is chosen before the one which answers may be in the declaration.
        Source::FirstOf(parts) => {
            let answer = parts.iter().position(|part| scene.says(part, rule));
            answer.is_some_and(|answer| {
                let are_absent = parts[..answer].iter().all(|part| !is_chosen(part) || is_whole(part));
                are_absent && is_told(&parts[answer], rule, scene, whole, is_later)
            })
        }
        Source::Join(parts) => parts.iter().all(|part| is_told(part, rule, scene, whole, is_later)),
        Source::Tree(tree) => match tree.as_ref() {
            TreeSource::Part { source, .. } => is_told(source, rule, scene, whole, is_later),
            // Nearly every item has packages of one kind, and messages that change their number repeat no others.
            TreeSource::Every { condition, gather: Gather::Sum, .. } if condition.is_empty() => !is_later,
            TreeSource::Every { place, condition, .. } => {
                is_whole(&Source::Place { place: place.clone(), condition: condition.clone() })
            }
            TreeSource::Position => false,
        },
        Source::Given(_) => false,
    }
}

/// Whether a source takes one of several elements, by a condition.
fn is_chosen(source: &Source) -> bool {
    match source {
        Source::Place { condition, .. } => !condition.is_empty(),
        Source::FirstOf(parts) | Source::Join(parts) => parts.iter().any(is_chosen),
        Source::Tree(tree) => match tree.as_ref() {
            TreeSource::Part { source, .. } => is_chosen(source),
            TreeSource::Every { condition, .. } => !condition.is_empty(),
            TreeSource::Position => false,
        },
        Source::Value(_) | Source::Given(_) | Source::Spelled(_) => false,
    }
}

/// Whether a source can find nothing outside the element at a path; constants count for nothing.
fn is_below(source: &Source, path: &str) -> bool {
    match source {
        Source::Place { place, condition } => {
            let element = place.split_once('@').map_or(place.as_str(), |(element, _)| element);
            let holder = if condition.is_empty() { element } else { element.rsplit_once('/').map_or("", |(parent, _)| parent) };
            let rest = holder.strip_prefix(path);
            // One of several like it may be meant, where a condition chooses among them.
            rest.is_some_and(|rest| rest.starts_with('/') || rest.is_empty() && condition.is_empty())
        }
        // A sender has one of the places only, so the others say nothing more.
        Source::Spelled(places) => {
            places.iter().any(|place| is_below(&Source::Place { place: place.clone(), condition: BTreeMap::new() }, path))
        }
        Source::FirstOf(parts) | Source::Join(parts) => {
            parts.iter().all(|part| matches!(part, Source::Value(_)) || is_below(part, path))
        }
        Source::Tree(tree) => match tree.as_ref() {
            TreeSource::Part { source, .. } => is_below(source, path),
            TreeSource::Every { place, condition, gather: Gather::Sum } if condition.is_empty() => {
                is_below(&Source::Place { place: place.clone(), condition: condition.clone() }, path)
            }
            TreeSource::Every { .. } | TreeSource::Position => false,
        },
        Source::Value(_) | Source::Given(_) => false,
    }
}

/// Whether the very element `wanted` is this one or stands below it; an equal one elsewhere does not count.
pub(super) fn holds(node: &Node, wanted: &Node) -> bool {
    std::ptr::eq(node, wanted) || node.children.iter().any(|child| holds(child, wanted))
}

/// The pointer in the words of the message: `42A[1]/67A[1]/68A[2]#128`.
fn as_received(steps: &[Step<'_>]) -> String {
    let step = |step: &Step<'_>| {
        let sequence = if step.sequence.is_empty() { String::new() } else { format!("[{}]", step.sequence) };
        format!("{}{sequence}", step.section)
    };
    let path = steps.iter().map(step).collect::<Vec<_>>().join("/");
    match steps.last() {
        Some(Step { tag, .. }) if !tag.is_empty() => format!("{path}#{tag}"),
        _ => path,
    }
}
