//! Fields of which a message repeats a part, and not the rest.

use std::collections::BTreeMap;

use super::amendment::holds;
use super::read::{NO_CONDITION, Scene};
use super::scan::Node;
use crate::amended::Span;
use crate::form::{FieldRule, Source, TreeSource};

/// The characters of a field that the element at a path says, and their text. The field is a join, or before
/// anything else one, of parts whose width the form gives, but for the last; the text must be as wide.
pub(super) fn part<'n>(rule: &'n FieldRule, scene: &Scene<'n>, path: &str, changed: &Node) -> Option<(Span, String)> {
    let parts = match &rule.source {
        Source::Join(parts) => parts,
        Source::FirstOf(sources) => match sources.first() {
            Some(Source::Join(parts)) => parts,
            _ => return None,
        },
        _ => return None,
    };
    let mut before = 0;
    for (number, part) in parts.iter().enumerate() {
        let (source, width) = match part {
            Source::Tree(tree) => match tree.as_ref() {
                TreeSource::Part { source, width, .. } => (source, *width),
                _ => return None,
            },
            other => (other, None),
        };
        let is_last = number + 1 == parts.len();
        if let Source::Place { place, condition } = source
            && is_meant(place, condition, path)
            && let Some(text) = text_within(rule, scene, (place, condition), changed)
        {
            let is_fitting = width.map_or(is_last, |width| text.len() == width) && text.bytes().all(|byte| byte.is_ascii_digit());
            return is_fitting.then_some((Span { before, width }, text));
        }
        before += width?;
    }
    None
}

/// Whether a pointer to a path means a part: it leads to its element, or to the one around it that a text
/// beside it chooses.
fn is_meant(place: &str, condition: &BTreeMap<String, String>, path: &str) -> bool {
    let is_chosen = || !condition.is_empty() && condition.values().all(|wanted| wanted != "*");
    place == path || is_chosen() && place.rsplit_once('/').is_some_and(|(around, _)| around == path)
}

/// What stands there in the changed element. Beside it something else may have to stand, of whatever text:
/// that is the declaration's to say.
fn text_within<'n>(
    rule: &FieldRule,
    scene: &Scene<'n>,
    (place, condition): (&'n str, &BTreeMap<String, String>),
    changed: &Node,
) -> Option<String> {
    if condition.values().any(String::is_empty) {
        return None;
    }
    let condition =
        condition.iter().filter(|(_, wanted)| *wanted != "*").map(|(key, wanted)| (key.clone(), wanted.clone())).collect();
    let found = scene.all_at(place, &condition).into_iter().find(|found| found.node.is_some_and(|node| holds(changed, node)))?;
    let text = rule.conversion.text(&found.text);
    (!rule.is_null(&found.text) && !text.is_empty()).then(|| text.into_owned())
}

/// Whether a source may be read from the element at a path or below it, as far as the message says what
/// chooses it.
pub(super) fn is_read_from<'n>(source: &'n Source, scene: &Scene<'n>, path: &str, changed: Option<&Node>) -> bool {
    let is_there = |place: &'n str, condition: &BTreeMap<String, String>| {
        let element = place.split_once('@').map_or(place, |(element, _)| element);
        let is_below = element.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_met = |key: &String, wanted: &str| {
            let found = scene.all_at(place, &BTreeMap::from([(key.clone(), wanted.to_owned())]));
            found.iter().any(|found| found.node.is_some_and(|node| changed.is_some_and(|changed| holds(changed, node))))
        };
        is_below && !condition.iter().any(|(key, wanted)| !wanted.is_empty() && is_met(key, "*") && !is_met(key, wanted))
    };
    match source {
        Source::Place { place, condition } => is_there(place, condition),
        Source::Spelled(places) => places.iter().any(|place| is_there(place, &NO_CONDITION)),
        Source::FirstOf(parts) | Source::Join(parts) => parts.iter().any(|part| is_read_from(part, scene, path, changed)),
        Source::Tree(tree) => match tree.as_ref() {
            TreeSource::Part { source, .. } => is_read_from(source, scene, path, changed),
            TreeSource::Every { place, condition, .. } => is_there(place, condition),
            TreeSource::Position => false,
        },
        Source::Value(_) | Source::Given(_) => false,
    }
}
