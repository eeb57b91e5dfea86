//! What a form's sources find in the trees of one declaration.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::scan::{Node, Wanted};
use crate::form::{FieldRule, Form, Gather, ONE_OF, Source, TreeSource};
use crate::schema::Kind;

/// For a source that takes every element at its path.
pub(super) static NO_CONDITION: BTreeMap<String, String> = BTreeMap::new();

/// The trees a source may look into.
#[derive(Clone, Copy)]
pub(super) struct Scene<'n> {
    pub header: &'n Node,
    pub item: Option<&'n Node>,
    /// Place of the item in its declaration, from 1.
    pub position: usize,
    /// Path of an item from its declaration.
    pub item_path: &'n str,
    /// The place of each element around the item: what these say of their items, those of other
    /// places say of theirs. Empty where no item is meant.
    pub enclosing: &'n [usize],
}

/// A text found, and where.
#[derive(Clone, Debug)]
pub(super) struct Found<'n> {
    pub text: Cow<'n, str>,
    /// The element it stands in; none where no element says it.
    pub node: Option<&'n Node>,
    pub place: &'n str,
}

impl<'n> Found<'n> {
    fn without_element(text: impl Into<Cow<'n, str>>) -> Found<'n> {
        Found { text: text.into(), node: None, place: "" }
    }
}

/// What of a place lies in the item; none when it lies in the header.
pub(super) fn within_item<'p>(place: &'p str, item_path: &str) -> Option<&'p str> {
    let rest = place.strip_prefix(item_path)?;
    // An attribute of the item itself.
    if rest.starts_with('@') || rest.is_empty() { Some(rest) } else { rest.strip_prefix('/') }
}

impl<'n> Scene<'n> {
    /// What the rule's source finds; none where nothing is declared.
    pub fn read(&self, rule: &'n FieldRule) -> Option<Found<'n>> {
        self.find(&rule.source, rule)
    }

    /// What the parties are known by.
    pub fn identifiers(&self, form: &'n Form) -> Vec<Cow<'n, str>> {
        let private = form.fields.iter().filter(|rule| rule.is_private);
        private.filter_map(|rule| self.read(rule)).map(|found| found.text).collect()
    }

    /// Whether a part of the rule's source finds anything.
    pub fn says(&self, source: &'n Source, rule: &FieldRule) -> bool {
        self.find(source, rule).is_some()
    }

    /// The first text at a place, if there is any.
    pub fn text_at(&self, place: &'n str) -> Option<Cow<'n, str>> {
        let mut first = None;
        self.visit(place, &BTreeMap::new(), &mut |here| {
            if first.is_none() && !here.text.is_empty() {
                first = Some(here.text);
            }
        });
        first
    }

    /// All the different texts at a place.
    pub fn texts_at(&self, place: &'n str) -> BTreeSet<Cow<'n, str>> {
        let mut texts = BTreeSet::new();
        self.visit(place, &BTreeMap::new(), &mut |here| {
            if !here.text.is_empty() {
                texts.insert(here.text);
            }
        });
        texts
    }

    /// Everything at a place that meets the condition.
    pub fn all_at(&self, place: &'n str, condition: &BTreeMap<String, String>) -> Vec<Found<'n>> {
        let mut all = Vec::new();
        self.visit(place, condition, &mut |here| all.push(here));
        all
    }

    /// The place of the first part without which the rule's whole is nothing.
    pub fn missing_part(&self, rule: &'n FieldRule) -> Option<&'n str> {
        let Source::Join(parts) = &rule.source else { return None };
        let missing = parts.iter().find(|part| is_needed(part) && self.find(part, rule).is_none())?;
        let mut places = Vec::new();
        missing.places(&mut places);
        places.first().copied()
    }

    fn find(&self, source: &'n Source, rule: &FieldRule) -> Option<Found<'n>> {
        match source {
            Source::Value(text) => Some(Found::without_element(text.as_str())),
            Source::Place { place, condition } => self.first_at(place, condition, rule),
            Source::Given(_) => unreachable!("the form was filled in for this file"),
            Source::Spelled(places) => places.iter().find_map(|place| self.first_at(place, &NO_CONDITION, rule)),
            Source::FirstOf(parts) => parts.iter().find_map(|part| self.find(part, rule)),
            Source::Join(parts) => self.join(parts, rule),
            Source::Tree(tree) => match tree.as_ref() {
                TreeSource::Position => Some(Found::without_element(self.position.to_string())),
                TreeSource::Part { source, conversion, .. } => {
                    let found = self.find(source, rule)?;
                    Some(Found { text: conversion.text(&found.text).into_owned().into(), ..found })
                }
                TreeSource::Every { place, condition, gather } => self.gather(place, condition, gather, rule),
            },
        }
    }

    fn first_at(&self, place: &'n str, condition: &BTreeMap<String, String>, rule: &FieldRule) -> Option<Found<'n>> {
        let mut found = None;
        self.visit(place, condition, &mut |here| {
            if found.is_none() && !rule.is_null(&here.text) {
                found = Some(here);
            }
        });
        found
    }

    /// Null parts are left out; a needed one takes the whole with it, and so does a
    /// whole of constants only.
    fn join(&self, parts: &'n [Source], rule: &FieldRule) -> Option<Found<'n>> {
        let mut whole: Option<Found<'n>> = None;
        let mut text = String::new();
        for part in parts {
            let Some(found) = self.find(part, rule) else {
                if is_needed(part) {
                    return None;
                }
                continue;
            };
            text.push_str(&found.text);
            if whole.is_none() && !matches!(part, Source::Value(_)) {
                whole = Some(found);
            }
        }
        whole.map(|first| Found { text: text.into(), ..first })
    }

    fn gather(
        &self,
        place: &'n str,
        condition: &BTreeMap<String, String>,
        gather: &Gather,
        rule: &FieldRule,
    ) -> Option<Found<'n>> {
        let mut all: Vec<Found<'n>> = Vec::new();
        self.visit(place, condition, &mut |here| {
            if !rule.is_null(&here.text) {
                all.push(here);
            }
        });
        let text: Cow<'n, str> = match (all.as_slice(), gather) {
            ([], _) => return None,
            ([one], _) => one.text.clone(),
            (several, Gather::With(between)) => {
                several.iter().map(|found| found.text.as_ref()).collect::<Vec<_>>().join(between).into()
            }
            (several, Gather::Sum) => {
                let decimal = rule.conversion.decimal();
                let number = |found: &Found<'n>| match rule.kind {
                    Kind::Decimal(scale) => decimal.parse(found.text.as_bytes(), scale).map(|number| i128::from(number.value)),
                    _ => decimal.parse_whole(found.text.as_bytes()).map(i128::from),
                };
                let scale = if let Kind::Decimal(scale) = rule.kind { scale } else { 0 };
                match several.iter().map(number).sum::<Result<i128, _>>() {
                    Ok(sum) => decimal.write(sum, scale).into(),
                    // The cell's own conversion says what is wrong with the first that is no number.
                    Err(_) => return several.iter().find(|found| number(found).is_err()).cloned(),
                }
            }
        };
        Some(Found { text, ..all.swap_remove(0) })
    }

    /// Every element or attribute at a place that meets the condition, in document order.
    fn visit(&self, place: &'n str, condition: &BTreeMap<String, String>, found: &mut dyn FnMut(Found<'n>)) {
        let (base, path) = match within_item(place, self.item_path) {
            Some(path) => match self.item {
                Some(item) => (item, path),
                None => return,
            },
            None => (self.header, place),
        };
        let (path, attribute) = split_attribute(path);
        if path.is_empty() {
            let text = attribute.map_or(Some(base.text.as_str()), |name| base.attribute(name));
            if let Some(text) = text.filter(|_| condition.is_empty()) {
                found(Found { text: text.trim().into(), node: Some(base), place });
            }
            return;
        }
        let steps: Vec<&str> = path.split('/').collect();
        self.walk_from(base, &steps, &mut |parent, node| {
            if !condition.iter().all(|(key, wanted)| self.holds(key, wanted, parent, node)) {
                return;
            }
            let text = match attribute {
                None => Some(node.text.as_str()),
                Some(name) => node.attribute(name),
            };
            if let Some(text) = text {
                found(Found { text: text.trim().into(), node: Some(node), place });
            }
        });
    }

    /// Walks below an element; from the header on, only through the elements that the item stands in.
    fn walk_from<'t>(&self, base: &'t Node, steps: &[&str], found: &mut dyn FnMut(&'t Node, &'t Node)) {
        let (mut base, mut steps, is_header) = (base, steps, std::ptr::eq(base, self.header));
        for (name, place) in self.item_path.split('/').zip(self.enclosing).take_while(|_| is_header) {
            let Some((step, rest)) = steps.split_first().filter(|(step, _)| **step == name) else { break };
            let Some(own) = base.children.iter().filter(|child| child.name == *step).nth(*place) else { return };
            if rest.is_empty() {
                return found(base, own);
            }
            (base, steps) = (own, rest);
        }
        walk(base, steps, found);
    }

    /// `""` asks for nothing there, `"*"` for anything, `"=path"` for what stands at that place of the form, if
    /// anything does, texts with [`ONE_OF`] before each for one of them, another text for itself. A key is a path from the parent of the element, `@name` its
    /// own attribute, `/path` from the declaration.
    fn holds(&self, key: &str, wanted: &str, parent: &Node, node: &Node) -> bool {
        let mut texts: Vec<&str> = Vec::new();
        if let Some(name) = key.strip_prefix('@') {
            texts.extend(node.attribute(name));
        } else {
            let (base, path) = match key.strip_prefix('/') {
                Some(path) => (self.header, path),
                None => (parent, key),
            };
            let steps: Vec<&str> = path.split('/').collect();
            self.walk_from(base, &steps, &mut |_, node| texts.push(node.text.trim()));
        }
        texts.retain(|text| !text.is_empty());
        match (wanted, wanted.strip_prefix('=')) {
            ("", _) => texts.is_empty(),
            ("*", _) => !texts.is_empty(),
            (_, Some(place)) => {
                self.text_at(place).is_none_or(|other| texts.iter().any(|text| text.eq_ignore_ascii_case(&other)))
            }
            (wanted, None) if wanted.starts_with(ONE_OF) => wanted.split(ONE_OF).any(|one| texts.contains(&one)),
            (wanted, None) => texts.contains(&wanted),
        }
    }
}

fn is_needed(part: &Source) -> bool {
    matches!(part, Source::Tree(tree) if matches!(**tree, TreeSource::Part { is_needed: true, .. }))
}

/// Whether the header says all of this: paths, and the text that each must have.
pub(super) fn header_says(header: &Node, what: &BTreeMap<String, String>) -> bool {
    let scene = Scene { header, item: None, position: 0, item_path: "", enclosing: &[] };
    !what.is_empty() && what.iter().all(|(path, wanted)| scene.holds(path, wanted, header, header))
}

fn split_attribute(path: &str) -> (&str, Option<&str>) {
    match path.split_once('@') {
        Some((path, name)) => (path, Some(name)),
        None => (path, None),
    }
}

/// Gives each element at the path below `parent`, together with the one it stands in, in the order of the document.
pub(super) fn walk<'n>(parent: &'n Node, steps: &[&str], found: &mut dyn FnMut(&'n Node, &'n Node)) {
    let Some((step, rest)) = steps.split_first() else { return };
    for child in parent.children.iter().filter(|child| child.name == *step) {
        if rest.is_empty() {
            found(parent, child);
        } else {
            walk(child, rest, found);
        }
    }
}

/// Adds the elements that a rule reads to those wanted of the header and of an item.
pub(super) fn want(rule: &FieldRule, item_path: &str, header: &mut Wanted, item: &mut Wanted) {
    let mut add = |place: &str| {
        let (path, _) = split_attribute(place);
        match within_item(path, item_path) {
            // The item's own attributes come with it, as do the header's.
            Some("") => {}
            None if path.is_empty() => {}
            Some(path) => item.add(path.split('/')),
            None => header.add(path.split('/')),
        }
    };
    let national = rule.national.iter().flat_map(|national| [&national.currency, &national.rate, &national.amount]);
    let unit = rule.unit.iter().map(|unit| &unit.path);
    for place in rule.currency.iter().chain(&rule.stated_currency).chain(national).chain(unit) {
        add(place);
    }
    want_source(&rule.source, &mut add);
}

fn want_source(source: &Source, add: &mut dyn FnMut(&str)) {
    match source {
        Source::Value(_) | Source::Given(_) => {}
        Source::Spelled(places) => places.iter().for_each(|place| add(place)),
        Source::Place { place, condition } => want_place(place, condition, add),
        Source::FirstOf(parts) | Source::Join(parts) => parts.iter().for_each(|part| want_source(part, add)),
        Source::Tree(tree) => match tree.as_ref() {
            TreeSource::Position => {}
            TreeSource::Every { place, condition, .. } => want_place(place, condition, add),
            TreeSource::Part { source, .. } => want_source(source, add),
        },
    }
}

fn want_place(place: &str, condition: &BTreeMap<String, String>, add: &mut dyn FnMut(&str)) {
    add(place);
    let parent = split_attribute(place).0.rsplit_once('/').map_or("", |(parent, _)| parent);
    for (key, wanted) in condition {
        if let Some(place) = wanted.strip_prefix('=') {
            add(place);
        }
        match key.strip_prefix('/') {
            Some(absolute) => add(absolute),
            None if key.starts_with('@') => {}
            None if parent.is_empty() => add(key),
            None => add(&format!("{parent}/{key}")),
        }
    }
}
