//! One pass over the document: the parts that the form reads, as small trees.
//!
//! A declaration may hold its header before and after its items, and a file may be
//! large. So the document is read twice: first all headers without their items, then
//! the items one at a time. Neither pass holds more than the elements a form names.
//! What is refused: a document type or an entity of its own (nothing is ever
//! expanded), depth, and anything that is not well-formed.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::text::Refusal;
use super::wrong::{Known, undefined};

/// Deeper than any declaration format; a bound for what recursion must bear.
const DEPTH_LIMIT: usize = 64;
/// Bytes of one element's text that are kept; a longer one is a fault of its cell.
pub(super) const TEXT_LIMIT: usize = 64 * 1024;
/// Attributes of one element: that none is there twice costs the square of their number.
const ATTRIBUTE_LIMIT: usize = 256;
/// Elements of one header, item or amendment.
const ELEMENT_LIMIT: usize = 1_000_000;

/// An element with what it holds; names are without their namespace prefix.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub name: String,
    pub line: u64,
    pub text: String,
    pub is_too_long: bool,
    pub attributes: Vec<(String, String)>,
    pub children: Vec<Node>,
}

impl Node {
    /// Text of the attribute, without a namespace prefix as everywhere here.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The elements that a form reads below one element.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    children: Vec<(String, Wanted)>,
    /// Whether everything below is wanted.
    is_whole: bool,
}

impl Wanted {
    /// For an element whose whole tree is kept.
    pub fn everything() -> Wanted {
        Wanted { children: Vec::new(), is_whole: true }
    }

    /// Wants the element at the end of these steps, and those on the way to it.
    pub fn add<'s>(&mut self, steps: impl IntoIterator<Item = &'s str>) {
        let mut place = self;
        for step in steps {
            let known = place.children.iter().position(|(name, _)| name == step);
            let index = known.unwrap_or_else(|| {
                place.children.push((step.to_owned(), Wanted::default()));
                place.children.len() - 1
            });
            place = &mut place.children[index].1;
        }
    }

    /// Names of all elements that are read.
    pub fn names(&self, names: &mut BTreeSet<String>) {
        for (name, wanted) in &self.children {
            names.insert(name.clone());
            wanted.names(names);
        }
    }

    fn child(&self, name: &str) -> Option<&Wanted> {
        if self.is_whole {
            return Some(self);
        }
        self.children.iter().find(|(known, _)| known == name).map(|(_, wanted)| wanted)
    }
}

/// Where declarations and their items stand in a document.
#[derive(Debug)]
pub(super) struct Shape {
    /// Names from the document element to a declaration.
    pub declaration: Vec<String>,
    /// Names from a declaration to an item.
    pub item: Vec<String>,
    /// Names that may be shown.
    pub known: Known,
    /// Names that the document element may have.
    pub roots: Vec<String>,
}

/// What a pass takes out of the document.
#[derive(Clone, Copy)]
pub(super) enum Take<'w> {
    /// Each declaration, without its items.
    Headers(&'w Wanted),
    /// Each item.
    Items(&'w Wanted),
    /// The declarations of these numbers, with everything.
    Whole(&'w Wanted, &'w [usize]),
}

/// A part taken out.
pub(super) struct Taken {
    /// Number of the declaration within the file, from 0.
    pub declaration: usize,
    /// Items of this declaration begun so far.
    pub items: usize,
    /// Elements with items of this declaration begun so far, as shipments are: the last is the item's own.
    pub group: usize,
    /// Of an item: the place of each element around it, among those of its name, from 0.
    pub enclosing: Vec<usize>,
    pub node: Node,
}

enum Place<'w> {
    /// On the way to a declaration: so many names of its path are open.
    Leading(usize),
    Aside,
    /// In a declaration: names of the item's path that are open, and what is wanted here.
    Within {
        leading: Option<usize>,
        wanted: Option<&'w Wanted>,
    },
}

/// Reads the document and hands over each part in the order of its end tag.
pub(super) fn scan(text: &str, shape: &Shape, take: Take<'_>, hand_over: &mut dyn FnMut(Taken)) -> Result<(), Refusal> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut pass = Pass {
        text,
        shape,
        take,
        open: Vec::new(),
        nodes: Vec::new(),
        element_count: 0,
        declarations: 0,
        items: 0,
        group: 0,
        has_items: false,
        begun: vec![0; shape.item.len() - 1],
        is_over: false,
        line: (0, 1),
    };
    loop {
        let offset = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| {
            let (found, expected) = shape.known.refusal(&error);
            Refusal::at(text.as_bytes(), reader.error_position() as usize, found, expected)
        })?;
        match event {
            Event::Start(start) => pass.start(&start, offset)?,
            Event::End(_) => pass.end(hand_over),
            Event::Text(part) => pass.text(&part, offset)?,
            Event::CData(part) => pass.text(&part, offset)?,
            Event::GeneralRef(reference) => pass.reference(&reference, offset)?,
            Event::DocType(_) => {
                let found = "a document type definition";
                return Err(pass.refuse(offset, found, "a document without one: definitions and entities are not read"));
            }
            Event::Eof => return pass.finish(),
            Event::Empty(_) | Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
}

struct Pass<'t, 'w> {
    text: &'t str,
    shape: &'t Shape,
    take: Take<'w>,
    open: Vec<Place<'w>>,
    /// The elements being taken, innermost last.
    nodes: Vec<Node>,
    element_count: usize,
    declarations: usize,
    items: usize,
    group: usize,
    /// The innermost element on the way to an item has one.
    has_items: bool,
    /// Elements begun at each step of the way to an item, inside those they stand in.
    begun: Vec<usize>,
    is_over: bool,
    /// An offset and the number of its line, so that lines are counted once.
    line: (usize, u64),
}

impl<'w> Pass<'_, 'w> {
    fn refuse(&self, offset: usize, found: impl Into<String>, expected: impl Into<String>) -> Refusal {
        Refusal::at(self.text.as_bytes(), offset, found, expected)
    }

    /// The name of the document element, as it may be shown.
    fn root(&self) -> &str {
        self.shape.known.element(&self.shape.declaration[0])
    }

    fn line_at(&mut self, offset: usize) -> u64 {
        let between = &self.text.as_bytes()[self.line.0..offset];
        self.line = (offset, self.line.1 + memchr::memchr_iter(b'\n', between).count() as u64);
        self.line.1
    }

    fn start(&mut self, start: &BytesStart<'_>, offset: usize) -> Result<(), Refusal> {
        let local = start.local_name();
        let name = std::str::from_utf8(local.as_ref()).expect("the document was decoded before");
        if self.open.len() == DEPTH_LIMIT {
            let found = format!("`{}` inside {DEPTH_LIMIT} other elements", self.shape.known.element(name));
            return Err(self.refuse(offset, found, format!("at most {DEPTH_LIMIT} levels")));
        }
        let place = self.place_of(name, offset)?;
        if let Place::Within { wanted: Some(_), .. } = place {
            self.element_count += 1;
            if self.element_count > ELEMENT_LIMIT {
                let found = format!("more than {ELEMENT_LIMIT} elements in one part");
                return Err(self.refuse(offset, found, "a declaration of a readable size"));
            }
            let node = Node {
                name: name.to_owned(),
                line: self.line_at(offset),
                attributes: self.attributes(start, offset)?,
                ..Node::default()
            };
            self.nodes.push(node);
        }
        self.open.push(place);
        Ok(())
    }

    fn place_of(&mut self, name: &str, offset: usize) -> Result<Place<'w>, Refusal> {
        let path = &self.shape.declaration;
        let shown = |name| self.shape.known.element(name);
        let matched = match self.open.last() {
            None if self.is_over => {
                let found = format!("a second document element `{}`", shown(name));
                return Err(self.refuse(offset, found, format!("the end of the file after `{}`", shown(&path[0]))));
            }
            None if name != path[0] => {
                let found = format!("the document element `{}`", shown(name));
                return Err(self.refuse(offset, found, format!("`{}`", self.shape.roots.join("` or `"))));
            }
            None => 1,
            Some(Place::Leading(matched)) if path[*matched] == name => matched + 1,
            Some(Place::Leading(_) | Place::Aside) => return Ok(Place::Aside),
            Some(Place::Within { leading, wanted }) => {
                let (leading, wanted) = (*leading, *wanted);
                return Ok(self.place_within(name, leading, wanted));
            }
        };
        if matched < path.len() {
            return Ok(Place::Leading(matched));
        }
        let number = self.declarations;
        self.declarations += 1;
        (self.items, self.group, self.has_items) = (0, 0, false);
        self.begun.fill(0);
        let wanted = match self.take {
            Take::Headers(wanted) => Some(wanted),
            Take::Items(_) => None,
            Take::Whole(wanted, numbers) => numbers.contains(&number).then_some(wanted),
        };
        Ok(Place::Within { leading: Some(0), wanted })
    }

    fn place_within(&mut self, name: &str, leading: Option<usize>, wanted: Option<&'w Wanted>) -> Place<'w> {
        let path = &self.shape.item;
        let leading = leading.filter(|matched| path[*matched] == name).map(|matched| matched + 1);
        if leading != Some(path.len()) {
            if let Some(step) = leading {
                self.begun[step - 1] += 1;
                self.begun[step..].fill(0);
                self.has_items = false;
            }
            return Place::Within { leading, wanted: wanted.and_then(|wanted| wanted.child(name)) };
        }
        self.items += 1;
        self.group += usize::from(!self.has_items);
        self.has_items = true;
        match self.take {
            Take::Headers(_) => Place::Aside,
            Take::Items(wanted) => Place::Within { leading: None, wanted: Some(wanted) },
            Take::Whole(..) => Place::Within { leading: None, wanted },
        }
    }

    fn attributes(&self, start: &BytesStart<'_>, offset: usize) -> Result<Vec<(String, String)>, Refusal> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            if attributes.len() == ATTRIBUTE_LIMIT {
                let found = format!("more than {ATTRIBUTE_LIMIT} attributes of one element");
                return Err(self.refuse(offset, found, "an element of a readable size"));
            }
            let pair = attribute.map_err(quick_xml::Error::from).and_then(|attribute| {
                let name = String::from_utf8_lossy(attribute.key.local_name().as_ref()).into_owned();
                Ok((name, attribute.unescape_value()?.into_owned()))
            });
            let pair = pair.map_err(|error| {
                let (found, expected) = self.shape.known.refusal(&error);
                self.refuse(offset, found, expected)
            })?;
            attributes.push(pair);
        }
        Ok(attributes)
    }

    /// The element whose text is being read, if it is taken.
    fn taking(&mut self) -> Option<&mut Node> {
        match self.open.last() {
            Some(Place::Within { wanted: Some(_), .. }) => self.nodes.last_mut(),
            _ => None,
        }
    }

    fn text(&mut self, part: &[u8], offset: usize) -> Result<(), Refusal> {
        if self.open.is_empty() {
            let Some(start) = part.iter().position(|byte| !byte.is_ascii_whitespace()) else {
                return Ok(());
            };
            let found = "text outside the document element";
            return Err(self.refuse(offset + start, found, format!("`<{}>`", self.root())));
        }
        if let Some(node) = self.taking() {
            let part = std::str::from_utf8(part).expect("the document was decoded before");
            let room = TEXT_LIMIT - node.text.len();
            node.is_too_long |= part.len() > room;
            node.text.push_str(&part[..part.floor_char_boundary(room)]);
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>, offset: usize) -> Result<(), Refusal> {
        let name = String::from_utf8_lossy(reference).into_owned();
        let resolved = match reference.resolve_char_ref() {
            Ok(Some(character)) => Some(character.to_string()),
            Ok(None) => quick_xml::escape::resolve_xml_entity(&name).map(str::to_owned),
            Err(_) => None,
        };
        match resolved {
            Some(text) => self.text(text.as_bytes(), offset),
            None => {
                let (found, expected) = undefined(&name);
                Err(self.refuse(offset, found, expected))
            }
        }
    }

    fn end(&mut self, hand_over: &mut dyn FnMut(Taken)) {
        let place = self.open.pop().expect("the reader checks that end tags have their start");
        self.is_over = self.open.is_empty();
        if !matches!(place, Place::Within { wanted: Some(_), .. }) {
            return;
        }
        let mut node = self.nodes.pop().expect("every element taken was pushed at its start");
        if !node.children.is_empty() {
            // Line breaks between elements are layout, not content.
            node.text.clear();
        }
        match self.nodes.last_mut() {
            Some(parent) => parent.children.push(node),
            None => {
                self.element_count = 0;
                let enclosing = match self.take {
                    Take::Items(_) => self.begun.iter().map(|begun| begun - 1).collect(),
                    Take::Headers(_) | Take::Whole(..) => Vec::new(),
                };
                hand_over(Taken { declaration: self.declarations - 1, items: self.items, group: self.group, enclosing, node });
            }
        }
    }

    fn finish(&self) -> Result<(), Refusal> {
        let root = self.root();
        if !self.open.is_empty() {
            let found = format!("the end of the file inside {} open elements", self.open.len());
            return Err(self.refuse(self.text.len(), found, format!("`</{root}>`")));
        }
        if !self.is_over {
            return Err(self.refuse(self.text.len(), "no element", format!("the document element `{root}`")));
        }
        if self.declarations == 0 {
            let path: Vec<&str> = self.shape.declaration.iter().map(|name| self.shape.known.element(name)).collect();
            let found = format!("no `{}`", path.join("/"));
            return Err(self.refuse(self.text.len(), found, "at least one declaration"));
        }
        Ok(())
    }
}
