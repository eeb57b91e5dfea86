//! What a message was sent in: nothing, an envelope of its own, or one of somebody else's.

use quick_xml::events::Event;
use quick_xml::reader::Reader;

/// Local name of the document element; none where the text is no XML, which the reading itself will tell.
pub(super) fn root_name(text: &str) -> Option<String> {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) | Event::Empty(start) => {
                return Some(String::from_utf8_lossy(start.local_name().as_ref()).into_owned());
            }
            Event::Eof | Event::DocType(_) => return None,
            _ => {}
        }
    }
}

/// So deep, and behind so many other elements, a message is looked for in what it was sent in.
const ENVELOPE_DEPTH: usize = 8;
const ENVELOPE_ELEMENTS: usize = 200;

/// The names around the first element that is called one of these, outermost first; none where it is the
/// document element, or not near the beginning.
pub(super) fn envelope(text: &str, roots: &[&str]) -> Option<Vec<String>> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    for _ in 0..ENVELOPE_ELEMENTS {
        let (start, is_empty) = loop {
            match reader.read_event().ok()? {
                Event::Start(start) => break (start, false),
                Event::Empty(start) => break (start, true),
                Event::End(_) => _ = open.pop(),
                Event::Eof | Event::DocType(_) => return None,
                _ => {}
            }
        };
        let name = String::from_utf8_lossy(start.local_name().as_ref()).into_owned();
        if roots.contains(&name.as_str()) {
            return (!open.is_empty()).then_some([open, vec![name]].concat());
        }
        if open.len() == ENVELOPE_DEPTH {
            return None;
        }
        if !is_empty {
            open.push(name);
        }
    }
    None
}

/// The names around the first elements that stand in each other as these do, outermost first.
pub(super) fn around(text: &str, names: &[String]) -> Option<Vec<String>> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().ok()? {
            Event::Start(start) => open.push(String::from_utf8_lossy(start.local_name().as_ref()).into_owned()),
            Event::End(_) => _ = open.pop(),
            Event::Eof | Event::DocType(_) => return None,
            _ => continue,
        }
        if open.ends_with(names) {
            open.truncate(open.len() - names.len());
            return Some(open);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_elements_is_found_wherever_they_are() {
        let of = |text: &str| around(text, &["D".to_owned(), "I".to_owned()]).map(|path| path.join("/"));
        assert_eq!(of("<a><D/><b><I/><p:D><x/><p:I/></p:D></b></a>").as_deref(), Some("a/b"));
        assert_eq!(of("<D><I/></D>").as_deref(), Some(""));
        assert_eq!(of("<D><x><I/></x></D>"), None);
        assert_eq!(of("<a><D>"), None);
    }

    #[test]
    fn the_envelope_of_a_message_is_found_near_the_beginning() {
        let around = |text: &str| envelope(text, &["M", "N"]).map(|path| path.join("/"));
        assert_eq!(around("<s:E xmlns:s='u'><s:H><x/></s:H><s:B><p:M/></s:B></s:E>").as_deref(), Some("E/B/M"));
        assert_eq!(around("<all><N/><N/></all>").as_deref(), Some("all/N"));
        assert_eq!(around("<M/>"), None);
        assert_eq!(around("<E><B/></E>"), None);
        assert_eq!(around("<E><B>"), None);
        let deep = |levels: usize| format!("{}<M/>", "<x>".repeat(levels));
        assert!(around(&deep(ENVELOPE_DEPTH)).is_some());
        assert_eq!(around(&deep(ENVELOPE_DEPTH + 1)), None);
        assert_eq!(around(&format!("<E>{}<M/></E>", "<x/>".repeat(ENVELOPE_ELEMENTS))), None);
    }
}
