//! What an amendment says it changes: the text of its `field`.
//!
//! A message may repeat a part of what a field is made of, and only the declaration knows the rest: `procedure_code[3-4]`
//! are its third and fourth characters, `commodity_code[9-]` those from the ninth on. What leads to a field and cannot be
//! applied is kept under the field and the pointer as received; any other pointer stands alone.

use std::fmt;

/// Stands between the fields that a pointer leads to and the pointer.
const AT: &str = " at ";

/// The text of `field` in a row of `amendment`; [`std::fmt::Display`] writes what [`Amended::parse`] reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amended<'t> {
    Field(&'t str),
    Part(&'t str, Span),
    /// Fields that the pointer leads to, and the pointer.
    Unapplied(&'t str, &'t str),
    /// A pointer to what no field is read from.
    Pointer(&'t str),
}

/// Characters of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// So many stand before them.
    pub before: usize,
    /// None is all the rest.
    pub width: Option<usize>,
}

impl<'t> Amended<'t> {
    /// Text that is neither a field, nor a part of one, nor led to by fields is a pointer: nothing is refused.
    #[must_use]
    pub fn parse(text: &'t str) -> Amended<'t> {
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        if let Some((fields, pointer)) = text.split_once(AT) {
            return Amended::Unapplied(fields, pointer);
        }
        let part = text.strip_suffix(']').and_then(|text| text.split_once('[')).filter(|(field, _)| is_name(field));
        match part.and_then(|(field, span)| Some((field, Span::parse(span)?))) {
            Some((field, span)) => Amended::Part(field, span),
            None if is_name(text) => Amended::Field(text),
            None => Amended::Pointer(text),
        }
    }
}

impl fmt::Display for Amended<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Amended::Field(text) | Amended::Pointer(text) => f.write_str(text),
            Amended::Part(field, Span { before, width: Some(width) }) => write!(f, "{field}[{}-{}]", before + 1, before + width),
            Amended::Part(field, Span { before, width: None }) => write!(f, "{field}[{}-]", before + 1),
            Amended::Unapplied(fields, pointer) => write!(f, "{fields}{AT}{pointer}"),
        }
    }
}

impl Span {
    fn parse(text: &str) -> Option<Span> {
        let (first, last) = text.split_once('-')?;
        let before = first.parse::<usize>().ok()?.checked_sub(1)?;
        let width = if last.is_empty() {
            None
        } else {
            Some(last.parse::<usize>().ok()?.checked_sub(before).filter(|width| *width > 0)?)
        };
        Some(Span { before, width })
    }

    /// The whole with these characters new; none where it is too short to have them, or they would take another room.
    #[must_use]
    pub fn put(self, whole: &str, part: &str) -> Option<String> {
        let end = match self.width {
            None => whole.len(),
            Some(width) => Some(self.before + width).filter(|_| part.len() == width)?,
        };
        Some(format!("{}{part}{}", whole.get(..self.before)?, whole.get(end..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let (first, rest) = (Span { before: 0, width: Some(8) }, Span { before: 8, width: None });
        for (text, amended) in [
            ("net_mass_kg", Amended::Field("net_mass_kg")),
            ("commodity_code[1-8]", Amended::Part("commodity_code", first)),
            ("commodity_code[9-]", Amended::Part("commodity_code", rest)),
            (
                "origin_country at 42A/67A[1]/68A[1]/92A[1]#063",
                Amended::Unapplied("origin_country", "42A/67A[1]/68A[1]/92A[1]#063"),
            ),
            ("42A/67A[1]/68A[1]", Amended::Pointer("42A/67A[1]/68A[1]")),
            ("42A[1-2]", Amended::Pointer("42A[1-2]")),
        ] {
            assert_eq!((Amended::parse(text), amended.to_string().as_str()), (amended, text));
        }
        for text in ["commodity_code[0-8]", "commodity_code[9-8]", "commodity_code[x-]", "commodity_code[]"] {
            assert_eq!(Amended::parse(text), Amended::Pointer(text));
        }
    }

    #[test]
    fn a_part_leaves_the_rest_as_it_stands() {
        let put = |before, width, whole, part| Span { before, width }.put(whole, part);
        assert_eq!(put(0, Some(8), "8703231900", "84713000").as_deref(), Some("8471300000"));
        assert_eq!(put(0, Some(8), "87032319", "84713000").as_deref(), Some("84713000"));
        assert_eq!(put(8, None, "8703231900", "90").as_deref(), Some("8703231990"));
        assert_eq!(put(8, None, "87032319", "90").as_deref(), Some("8703231990"));
        assert_eq!(put(2, Some(2), "4000", "71").as_deref(), Some("4071"));
        for (before, width, whole, part) in
            [(0, Some(8), "870323", "84713000"), (8, None, "870323", "90"), (2, Some(2), "4000", "7")]
        {
            assert_eq!(put(before, width, whole, part), None, "{whole} {part}");
        }
    }
}
