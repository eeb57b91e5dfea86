//! One pass over the document: the parts that the form reads, as small trees.
//!
//! A declaration may hold its header before and after its items, and a file may be
//! large. So the document is read twice: first all headers without their items, then
//! the items one at a time. Neither pass holds more than the elements a form names.
//! What is refused: a document type or an entity of its own (nothing is ever
//! expanded), depth, and anything that is not well-formed.

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::reader::Reader;

use super::text::Refusal;

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
    pub fn everything() -> Wanted {
        Wanted { children: Vec::new(), is_whole: true }
    }

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
        is_over: false,
        line: (0, 1),
    };
    loop {
        let offset = reader.buffer_position() as usize;
        let event = reader.read_event().map_err(|error| {
            let place = reader.error_position() as usize;
            Refusal::at(text.as_bytes(), place, error.to_string(), "well-formed XML")
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
    is_over: bool,
    /// An offset and the number of its line, so that lines are counted once.
    line: (usize, u64),
}

impl<'w> Pass<'_, 'w> {
    fn refuse(&self, offset: usize, found: impl Into<String>, expected: impl Into<String>) -> Refusal {
        Refusal::at(self.text.as_bytes(), offset, found, expected)
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
            let found = format!("`{name}` inside {DEPTH_LIMIT} other elements");
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
        let matched = match self.open.last() {
            None if self.is_over => {
                let found = format!("a second document element `{name}`");
                return Err(self.refuse(offset, found, format!("the end of the file after `{}`", path[0])));
            }
            None if name != path[0] => {
                let found = format!("the document element `{name}`");
                return Err(self.refuse(offset, found, format!("`{}`", path[0])));
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
        self.items = 0;
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
            return Place::Within { leading, wanted: wanted.and_then(|wanted| wanted.child(name)) };
        }
        self.items += 1;
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
            attributes.push(pair.map_err(|error| self.refuse(offset, error.to_string(), "well-formed attributes"))?);
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
            return Err(self.refuse(offset + start, found, format!("`<{}>`", self.shape.declaration[0])));
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
            None => Err(self.refuse(offset, format!("the entity `&{name};`"), "one of XML's own five entities")),
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
                hand_over(Taken { declaration: self.declarations - 1, items: self.items, node });
            }
        }
    }

    fn finish(&self) -> Result<(), Refusal> {
        let root = &self.shape.declaration[0];
        if !self.open.is_empty() {
            let found = format!("the end of the file inside {} open elements", self.open.len());
            return Err(self.refuse(self.text.len(), found, format!("`</{root}>`")));
        }
        if !self.is_over {
            return Err(self.refuse(self.text.len(), "no element", format!("the document element `{root}`")));
        }
        if self.declarations == 0 {
            let found = format!("no `{}`", self.shape.declaration.join("/"));
            return Err(self.refuse(self.text.len(), found, "at least one declaration"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape { declaration: vec!["M".into(), "D".into()], item: vec!["S".into(), "I".into()] }
    }

    fn wanted(paths: &[&str]) -> Wanted {
        let mut wanted = Wanted::default();
        for path in paths {
            wanted.add(path.split('/'));
        }
        wanted
    }

    fn headers(text: &str) -> Result<Vec<Taken>, Refusal> {
        let wanted = wanted(&["A", "S/B"]);
        let mut taken = Vec::new();
        scan(text, &shape(), Take::Headers(&wanted), &mut |part| taken.push(part))?;
        Ok(taken)
    }

    #[test]
    fn a_header_is_taken_from_both_sides_of_its_items() {
        let text = "<M><D><A>1</A><S><I><B>9</B></I><I/><B>2</B></S><C>3</C></D><D><A>4</A></D></M>";
        let taken = headers(text).unwrap();
        assert_eq!(taken.len(), 2);
        assert_eq!((taken[0].declaration, taken[0].items), (0, 2));
        let names: Vec<_> = taken[0].node.children.iter().map(|node| node.name.as_str()).collect();
        assert_eq!(names, ["A", "S"]);
        assert_eq!(taken[0].node.children[1].children[0].text, "2");
        assert_eq!((taken[1].declaration, taken[1].items), (1, 0));
    }

    #[test]
    fn items_come_one_at_a_time_with_the_lines_they_stand_on() {
        let text = "<M>\n<D><S>\n<I><B>9</B><C>no</C></I>\n<I><B>\n8</B></I></S></D></M>";
        let wanted = wanted(&["B"]);
        let mut taken = Vec::new();
        scan(text, &shape(), Take::Items(&wanted), &mut |part| taken.push(part)).unwrap();
        let lines: Vec<_> = taken.iter().map(|part| (part.items, part.node.line)).collect();
        assert_eq!(lines, [(1, 3), (2, 4)]);
        assert_eq!(taken[0].node.children.len(), 1);
        assert_eq!(taken[1].node.children[0].text.trim(), "8");
    }

    #[test]
    fn prefixes_character_data_references_and_comments_are_read_as_xml_says() {
        let text = "<p:M xmlns:p='u'><p:D><!--x--><p:A k='a&lt;b'>a &amp; <![CDATA[<b>]]> &#1201;<?p i?></p:A></p:D></p:M>";
        let taken = headers(text).unwrap();
        let node = &taken[0].node.children[0];
        assert_eq!(node.text, "a & <b> ұ");
        assert_eq!(node.attribute("k"), Some("a<b"));
    }

    #[test]
    fn a_document_that_defines_entities_is_refused_before_any_is_expanded() {
        let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\"><!ENTITY lol2 \"&lol;&lol;\">]>\n<M><D><A>&lol2;</A></D></M>";
        let refusal = headers(bomb).err().unwrap();
        assert_eq!(refusal.line, 2);
        assert_eq!(refusal.found, "a document type definition");
        let outside = headers("<!DOCTYPE M SYSTEM \"file:///etc/passwd\"><M><D/></M>").err().unwrap();
        assert_eq!(outside.found, "a document type definition");
        let undefined = headers("<M><D>\n<A>&lol2;</A></D></M>").err().unwrap();
        assert_eq!((undefined.line, undefined.found.as_str()), (2, "the entity `&lol2;`"));
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |levels: usize| format!("<M><D>{}{}</D></M>", "<x>".repeat(levels), "</x>".repeat(levels));
        assert!(headers(&deep(DEPTH_LIMIT - 2)).is_ok());
        let refusal = headers(&deep(200_000)).err().unwrap();
        assert_eq!(refusal.found, "`x` inside 64 other elements");
    }

    #[test]
    fn attributes_are_bounded() {
        let with = |count: usize| {
            let attributes: String = (0..count).map(|number| format!(" a{number}='1'")).collect();
            format!("<M>\n<D><A{attributes}/></D></M>")
        };
        assert!(headers(&with(ATTRIBUTE_LIMIT)).is_ok());
        let refusal = headers(&with(300_000)).err().unwrap();
        assert_eq!((refusal.line, refusal.found.as_str()), (2, "more than 256 attributes of one element"));
    }

    #[test]
    fn text_is_bounded() {
        let taken = headers(&format!("<M><D><A>{}</A></D></M>", "x".repeat(TEXT_LIMIT + 1))).unwrap();
        let node = &taken[0].node.children[0];
        assert!(node.is_too_long && node.text.len() <= TEXT_LIMIT);
    }

    #[test]
    fn what_is_not_well_formed_is_refused_with_its_place() {
        let refused = |text: &str| {
            let refusal = headers(text).err().expect("not well-formed");
            (refusal.line, refusal.found)
        };
        assert_eq!(refused("declaration_id;item_no\n1;2\n"), (1, "text outside the document element".to_owned()));
        assert_eq!(refused("<!-- nothing -->"), (1, "no element".to_owned()));
        assert_eq!(refused("<html></html>"), (1, "the document element `html`".to_owned()));
        assert_eq!(refused("<M>\n<D>\n<A>1"), (3, "the end of the file inside 3 open elements".to_owned()));
        assert_eq!(refused("<M><D/></M>\n<M/>"), (2, "a second document element `M`".to_owned()));
        assert_eq!(refused("<M><D/></M>\nrest"), (2, "text outside the document element".to_owned()));
        assert_eq!(refused("<M><E/></M>"), (1, "no `M/D`".to_owned()));
        assert_eq!(refused("<M>\n<D></M>").0, 2);
        assert_eq!(refused("<M>\n<D><A k=1/></D></M>").0, 2);
        assert_eq!(refused("<M>\n<D><A a='1' a='2'/></D></M>").0, 2);
        assert_eq!(refused("<M>\n<D><A>1</A").0, 2);
        assert_eq!(refused("<M>\n<D><A>1 & 2</A></D></M>").0, 2);
    }
}
