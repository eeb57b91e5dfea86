//! What is said of a document that cannot be read: never its text, which may be a trader's.
//!
//! Where a document is broken, anything may stand in the place of a name. So a name is shown that
//! the form knows, or that is too plain to be anybody's number.

use std::collections::BTreeSet;

use quick_xml::Error;
use quick_xml::errors::{IllFormedError, SyntaxError};
use quick_xml::escape::EscapeError;

use crate::fault::{FaultCode, MASK};

/// So long the name of an entity is shown, and the prefix of an element.
const SHORT: usize = 8;
/// As many digits a name may have that is shown; the numbers of traders have more.
const DIGITS: usize = 5;

/// What is wrong with a cell: the fault, what was found, what is expected.
pub(super) type Trouble = (FaultCode, String, String);

/// Local names of elements that the form knows.
#[derive(Debug, Default)]
pub(super) struct Known(pub BTreeSet<String>);

impl Known {
    /// The name of a tag, masked unless the form knows it.
    fn tag(&self, name: &str) -> String {
        let (prefix, local) = name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
        let local = if self.0.contains(local) { local } else { MASK };
        match prefix {
            None => local.to_owned(),
            Some(prefix) => format!("{}:{local}", short(prefix)),
        }
    }

    /// The local name of an element around declarations, masked where it could be more than a name.
    pub fn element<'n>(&self, name: &'n str) -> &'n str {
        let is_of_names = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let is_plain = name.starts_with(|first: char| first.is_ascii_alphabetic())
            && name.bytes().all(is_of_names)
            && name.bytes().filter(u8::is_ascii_digit).count() <= DIGITS;
        if is_plain || self.0.contains(name) { name } else { MASK }
    }

    /// What was found and what was expected, where the reader gave up.
    pub fn refusal(&self, error: &Error) -> (String, String) {
        let found = match error {
            Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                let [found, expected] = [found, expected].map(|name| self.tag(name));
                if found == expected {
                    return ("the end tag of another element".to_owned(), "that of the element which is open".to_owned());
                }
                return (format!("the end tag `</{found}>`"), format!("`</{expected}>`"));
            }
            Error::IllFormed(IllFormedError::UnmatchedEndTag(found)) => {
                return (format!("the end tag `</{}>`", self.tag(found)), "none: no element is open".to_owned());
            }
            Error::Escape(EscapeError::UnrecognizedEntity(_, name)) => return undefined(name),
            Error::Escape(EscapeError::InvalidCharRef(_)) => return undefined("#"),
            Error::Syntax(SyntaxError::InvalidBangMarkup) => "markup after `<!` that XML does not have",
            Error::Syntax(SyntaxError::UnclosedPIOrXmlDecl) => "an instruction without its `?>`",
            Error::Syntax(SyntaxError::UnclosedComment) => "a comment without its `-->`",
            Error::Syntax(SyntaxError::UnclosedDoctype) => "a document type definition without its `>`",
            Error::Syntax(SyntaxError::UnclosedCData) => "character data without its `]]>`",
            Error::Syntax(SyntaxError::UnclosedTag) => "a tag without its `>`",
            Error::IllFormed(IllFormedError::UnclosedReference) | Error::Escape(EscapeError::UnterminatedEntity(_)) => {
                "an `&` that begins no entity"
            }
            // Only the places of its marks are told, counted from the beginning of the tag.
            Error::InvalidAttr(error) => {
                return (format!("a fault of attributes at {error}"), "well-formed attributes".to_owned());
            }
            Error::IllFormed(_) | Error::Io(_) | Error::Encoding(_) | Error::Namespace(_) => "text that is none",
        };
        (found.to_owned(), "well-formed XML".to_owned())
    }
}

/// What was found and expected where a reference stands that means nothing.
pub(super) fn undefined(name: &str) -> (String, String) {
    if name.starts_with('#') {
        return ("a reference to no character".to_owned(), "the number of one that XML allows".to_owned());
    }
    (format!("the entity `&{};`", short(name)), "one of XML's own five entities".to_owned())
}

fn short(name: &str) -> &str {
    let is_shown = name.len() <= SHORT && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if is_shown { name } else { MASK }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_shown_that_are_known_or_plain() {
        let known = Known(["Consignee_code".to_owned(), "1".to_owned()].into());
        assert_eq!(known.tag("Consignee_code"), "Consignee_code");
        assert_eq!(known.tag("md:Consignee_code"), "md:Consignee_code");
        assert_eq!(known.tag("1400123456:Consignee_code"), "***:Consignee_code");
        assert_eq!((known.tag("Smith").as_str(), known.tag("md:Smith").as_str()), ("***", "md:***"));
        for plain in ["Invoice", "html", "CC515C", "Some-Name.x_1", "1"] {
            assert_eq!(known.element(plain), plain);
        }
        for other in ["1400123456", "T1400123456", "Smith&Sons", "Smith,Sons", "", "Şəki"] {
            assert_eq!(known.element(other), MASK, "{other}");
        }
        assert_eq!((short("nbsp"), short("SONS 140"), short("abcdefghi")), ("nbsp", MASK, MASK));
    }
}
