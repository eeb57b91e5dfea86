//! Which known form a document of elements or members is of.

use std::collections::BTreeSet;

use crate::form::{Form, Layout};
use crate::schema::Record;

/// What a document is, by its first letter; none for lines of cells.
pub(super) fn layout_of(text: &str) -> Option<Layout> {
    match text.trim_start_matches('\u{feff}').trim_start().bytes().next()? {
        b'<' => Some(Layout::Xml),
        b'{' | b'[' => Some(Layout::Json),
        _ => None,
    }
}

/// The form that has the most of its required places here, and the share of them.
pub(super) fn best_form(text: &str, layout: Layout, forms: &[Form], reasons: &mut Vec<String>) -> Option<(String, f64)> {
    let names = if layout == Layout::Xml { elements(text) } else { members(text) };
    let mut best: Option<(String, f64, usize)> = None;
    for form in forms.iter().filter(|form| form.layout == layout) {
        let Some(depth) = frame(form, &names, text) else { continue };
        let (mut wanted, mut found) = (0_usize, 0_usize);
        for rule in form.fields.iter().filter(|rule| !rule.is_optional) {
            let mut places = Vec::new();
            rule.source.places(&mut places);
            wanted += usize::from(!places.is_empty());
            let is_here = |place: &&str| place.split(['/', '@']).filter(|name| !name.is_empty()).all(|name| names.contains(name));
            found += usize::from(places.iter().any(is_here));
        }
        #[expect(clippy::cast_precision_loss, reason = "a form has tens of places")]
        let share = found as f64 / wanted.max(1) as f64;
        // Of two that fit alike, the one that asks for more around its records.
        if best.as_ref().is_none_or(|(_, other, other_depth)| (share, depth) > (*other, *other_depth)) {
            best = Some((form.name.clone(), share, depth));
        }
    }
    let kind = if layout == Layout::Xml { "elements" } else { "members" };
    match best.filter(|(_, share, _)| *share >= 0.3) {
        Some((name, share, _)) => {
            reasons.push(format!("form `{name}` has {:.0} percent of its required {kind} here", share * 100.0));
            Some((name, share))
        }
        None => {
            reasons.push(format!("no known form has its {kind} here"));
            None
        }
    }
}

/// How many names stand around the records of a form, if they are all here.
fn frame(form: &Form, names: &BTreeSet<String>, text: &str) -> Option<usize> {
    if let Some(json) = &form.json {
        let is_list = text.trim_start().starts_with('[');
        return (is_list || names.contains(&json.records)).then_some(1);
    }
    let layout = form.xml.as_ref()?;
    let here = |path: &str| {
        let mut steps = path.split('/').filter(|name| !name.is_empty());
        let count = steps.clone().count();
        steps.all(|name| names.contains(name)).then_some(count)
    };
    let declaration = here(&layout.declaration)?;
    let has_root = layout.other_roots.iter().chain([&layout.root]).any(|root| names.contains(root));
    match here(&layout.item) {
        // A message may come without the element around it, and a declaration without its items.
        Some(item) if has_root || !layout.declaration.is_empty() => Some(declaration + item + usize::from(has_root)),
        None if has_root && form.record == Record::Item => Some(declaration + 1),
        _ => None,
    }
}

/// Local names of the elements and attributes of the beginning of a document.
fn elements(text: &str) -> BTreeSet<String> {
    let local = |name: &str| name.rsplit(':').next().unwrap_or_default().to_owned();
    let mut names = BTreeSet::new();
    for tag in text.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap_or_default();
        if tag.starts_with(['/', '!', '?']) {
            continue;
        }
        let mut words = tag.split(|c: char| c.is_whitespace() || c == '/').filter(|word| !word.is_empty());
        names.extend(words.next().map(local));
        // An attribute is what stands before `=`; a value in its quotes may hold anything, and does no harm.
        names.extend(words.filter_map(|word| word.split_once('=')).map(|(name, _)| local(name)));
    }
    names
}

/// Names of the members of the objects at the beginning of a document, and of those inside them.
fn members(text: &str) -> BTreeSet<String> {
    let pieces: Vec<&str> = text.split('"').collect();
    let is_name = |after: &&str| after.trim_start().starts_with(':');
    pieces.windows(2).filter(|pair| is_name(&pair[1])).map(|pair| pair[0].to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! form {
        ($name:literal) => {
            Form::parse($name, include_str!(concat!("../../../reference/forms/", $name, ".toml"))).expect("the form is right")
        };
    }

    fn known(text: &str) -> Option<String> {
        let forms = [
            form!("asycuda_xml"),
            form!("wco_xml"),
            form!("sdmx_ml_generic"),
            form!("sdmx_ml_flat"),
            form!("sdmx_ml_structure"),
            form!("comtrade_json"),
            form!("comtrade_legacy_json"),
            form!("sad_csv"),
        ];
        best_form(text, layout_of(text)?, &forms, &mut Vec::new()).map(|(name, _)| name)
    }

    #[test]
    fn a_document_is_of_the_form_whose_places_it_has() {
        assert_eq!(known(include_str!("../../../tests/forms/asycuda_xml/sample.xml")).as_deref(), Some("asycuda_xml"));
        assert_eq!(known(include_str!("../../../tests/forms/wco_xml/sample.xml")).as_deref(), Some("wco_xml"));
        assert_eq!(known(include_str!("../../../tests/forms/sdmx_ml_generic/sample.xml")).as_deref(), Some("sdmx_ml_generic"));
        assert_eq!(
            known(include_str!("../../../tests/forms/sdmx_ml_structure/sample.xml")).as_deref(),
            Some("sdmx_ml_structure")
        );
        assert_eq!(known(include_str!("../../../tests/forms/sdmx_ml_flat/sample.xml")).as_deref(), Some("sdmx_ml_flat"));
        assert_eq!(known(include_str!("../../../tests/forms/comtrade_json/sample.json")).as_deref(), Some("comtrade_json"));
        assert_eq!(
            known(include_str!("../../../tests/forms/comtrade_legacy_json/sample.json")).as_deref(),
            Some("comtrade_legacy_json")
        );
        let header = include_str!("../../../tests/forms/asycuda_xml/sample.xml");
        let header = [&header[..header.find("<Item>").expect("it has items")], "</ASYCUDA>"].concat();
        assert_eq!(known(&header).as_deref(), Some("asycuda_xml"), "without its items");
        assert_eq!(known("<html><body class='x'>no</body></html>"), None);
        assert_eq!(known("{\"message\": \"no\"}"), None);
        assert_eq!(known("declaration_id,item_no\n"), None);
    }
}
