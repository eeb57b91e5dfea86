//! Documents read in one pass, and those that are refused.

use super::*;

fn shape() -> Shape {
    let known = Known(["M", "D", "S", "I", "A", "B"].map(str::to_owned).into());
    Shape { declaration: vec!["M".into(), "D".into()], item: vec!["S".into(), "I".into()], known, roots: vec!["M".into()] }
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
    let undefined = headers("<M><D>\n<A>&lol;</A></D></M>").err().unwrap();
    assert_eq!((undefined.line, undefined.found.as_str()), (2, "the entity `&lol;`"));
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

/// Whatever stands in the element of a trader, nothing of it is said; names that the form knows are.
#[test]
fn a_refusal_shows_no_text_of_the_document() {
    let refused = |text: &str| {
        let refusal = headers(text).err().expect("not well-formed");
        format!("found {}, expected {}", refusal.found, refusal.expected)
    };
    let number = "1400123456";
    for inside in [
        "SMITH & SONS 1400123456; LTD",
        "&1400123456;",
        "&#1400123456;",
        "&abcdefghi1400123456;",
        "</1400123456>",
        "<1400123456>",
        "<1400123456 x>",
        "<x 1400123456=1/>",
        "<x a='&1400123456;'/>",
        "<x a='&#1400123456;'/>",
        "<x a='& 1400123456; '/>",
        "<!1400123456>",
        "<?1400123456",
        "< 1400123456",
        "& 1400123456",
    ] {
        for text in
            [format!("<M><D><A>{inside}</A></D></M>"), format!("<M>{inside}<D><A/></D></M>"), format!("<M><D/></M>{inside}")]
        {
            let said = headers(&text).err().map(|refusal| format!("{refusal:?}")).unwrap_or_default();
            assert!(!said.contains(number), "{text}: {said}");
        }
    }
    assert!(!refused("<1400123456/>").contains(number));
    assert_eq!(refused("<M><D><A>a &SONS ; b</A></D></M>"), "found the entity `&***;`, expected one of XML's own five entities");
    assert_eq!(refused("<M><D><A>1</B></D></M>"), "found the end tag `</B>`, expected `</A>`");
    assert_eq!(refused("<M><D><A>1</X></D></M>"), "found the end tag `</***>`, expected `</A>`");
    assert_eq!(refused("<M><D><X>1</A></D></M>"), "found the end tag `</A>`, expected `</***>`");
    assert_eq!(
        refused("<M><D><X>1</Y></D></M>"),
        "found the end tag of another element, expected that of the element which is open"
    );
    assert_eq!(refused("<M><D><A a='1' a='2'/></D></M>").split(':').next(), Some("found a fault of attributes at position 8"));
    assert_eq!(refused("<p:M><p:D><p:A>1</A></p:D></p:M>"), "found the end tag `</A>`, expected `</p:A>`");
    assert_eq!(refused("<M></M></A>"), "found the end tag `</A>`, expected none: no element is open");
    assert_eq!(refused("<M><D><A>1</A"), "found a tag without its `>`, expected well-formed XML");
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
