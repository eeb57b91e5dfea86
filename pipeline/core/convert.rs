//! Named conversions a form may use.
//!
//! A conversion reads what one cell says and nothing else: it never pads a code,
//! never guesses a format and never decides what an item means. Numbers are exact.

mod date;
mod number;
mod period;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use date::{DateFormat, DateTrouble};
pub use number::{Decimal, DecimalFormat, NumberTrouble, WideDecimal};

use crate::schema::Kind;

/// One step from the text of a cell to the text of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
enum TextStep {
    /// Drops dots, blanks and no-break blanks: `0101.21` becomes `010121`. Never pads. What a program
    /// wrote that took the code for a number loses its decimals: `870323.0` is `870323`.
    Digits,
    /// A text of one of these lengths gets back the zero in front that such a program took off.
    Zero(Vec<usize>),
    /// A code of digits that such a program wrote as a fraction is whole again: `31.0` is `31`, `0.0` is `0`.
    Whole,
    Upper,
    Lower,
    Prefix(String),
    Suffix(String),
    /// Only the first so many characters.
    First(usize),
    /// Only the last so many characters.
    Last(usize),
    /// The year of a date, in four digits: of any other text the one number of four digits that is a year.
    /// A text that says no year stays as it is.
    Year(DateFormat),
    /// `A`, `Q` or `M`, from such a word or from a period: `2026-03` is a month.
    Frequency,
}

/// How the cells of one field are read.
#[derive(Clone, Debug)]
pub struct Conversion {
    steps: Vec<TextStep>,
    /// What a converted text is replaced by; a text that is not here stays as it is.
    map: BTreeMap<String, String>,
    date: DateFormat,
    decimal: DecimalFormat,
}

/// A conversion a form names and this program does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadConversion {
    #[error(
        "no conversion is called `{0}`; there are date:<format>, period, frequency, decimal, decimal:comma, digits, zero:<length>|<length>, whole, upper, lower, prefix:<text>, suffix:<text>, first:<number>, last:<number>, year:<format>"
    )]
    Unknown(String),
    #[error("`{name}` cannot make a {kind}")]
    WrongKind { name: String, kind: &'static str },
    #[error("the date format `{0}` needs one day, one month and one year, and knows %d %m %b %Y %y %H %M %S %*")]
    DateFormat(String),
}

impl Conversion {
    /// The conversion that the names given in a form describe.
    ///
    /// # Errors
    /// When a name is unknown, or does not make the kind of the field.
    pub fn new(
        names: &[String],
        map: &BTreeMap<String, String>,
        kind: Kind,
        decimal: &DecimalFormat,
    ) -> Result<Conversion, BadConversion> {
        let mut conversion =
            Conversion { steps: Vec::new(), map: map.clone(), date: DateFormat::iso(), decimal: decimal.clone() };
        for name in names {
            let (verb, argument) = match name.split_once(':') {
                Some((verb, argument)) => (verb, Some(argument)),
                None => (name.as_str(), None),
            };
            let is_number = matches!(kind, Kind::Decimal(_) | Kind::Wide(_) | Kind::Int32 | Kind::Int64);
            match (verb, argument) {
                ("date", Some(format)) if kind == Kind::Date => {
                    conversion.date = DateFormat::new(format).ok_or_else(|| BadConversion::DateFormat(format.to_owned()))?;
                }
                ("decimal", None | Some("point")) if is_number => conversion.decimal.set_point(b'.'),
                ("decimal", Some("comma")) if is_number => conversion.decimal.set_point(b','),
                ("period", None) if kind == Kind::Date => conversion.date = DateFormat::period(),
                ("date" | "decimal" | "period", _) => {
                    return Err(BadConversion::WrongKind { name: name.clone(), kind: kind.title() });
                }
                _ => conversion.steps.push(text_step(verb, argument).ok_or_else(|| BadConversion::Unknown(name.clone()))?),
            }
        }
        Ok(conversion)
    }

    /// Whether text passes through as it is.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.steps.is_empty() && self.map.is_empty()
    }

    /// How a date field is written: ISO 8601 where the form names no format.
    #[must_use]
    pub fn date(&self) -> &DateFormat {
        &self.date
    }

    /// How a number field is written: as the form says for all its numbers, unless the field has a mark of its own.
    #[must_use]
    pub fn decimal(&self) -> &DecimalFormat {
        &self.decimal
    }

    /// The text of the field, from the trimmed text of the cell.
    #[must_use]
    pub fn text<'cell>(&self, cell: &'cell str) -> Cow<'cell, str> {
        let mut text = Cow::Borrowed(cell);
        for step in &self.steps {
            text = match step {
                TextStep::Digits if text.bytes().all(|byte| byte.is_ascii_digit()) => text,
                TextStep::Digits => {
                    Cow::Owned(whole(&text).chars().filter(|c| !matches!(c, '.' | ' ' | '\u{a0}' | '\u{202f}')).collect())
                }
                TextStep::Zero(lengths) if lengths.contains(&text.chars().count()) => Cow::Owned(format!("0{text}")),
                TextStep::Zero(_) => text,
                TextStep::Whole => match without_decimals(&text).len() {
                    length if length < text.len() => Cow::Owned(text[..length].to_owned()),
                    _ => text,
                },
                TextStep::Upper => Cow::Owned(text.to_uppercase()),
                TextStep::Lower => Cow::Owned(text.to_lowercase()),
                TextStep::Prefix(prefix) => Cow::Owned(format!("{prefix}{text}")),
                TextStep::Suffix(suffix) => Cow::Owned(format!("{text}{suffix}")),
                TextStep::First(count) => Cow::Owned(text.chars().take(*count).collect()),
                TextStep::Last(count) => {
                    let skipped = text.chars().count().saturating_sub(*count);
                    Cow::Owned(text.chars().skip(skipped).collect())
                }
                TextStep::Year(format) => match format.year(text.as_bytes()) {
                    Some(year) => Cow::Owned(format!("{year:04}")),
                    None => Cow::Owned(lone_year(&text).unwrap_or(&text).to_owned()),
                },
                TextStep::Frequency => Cow::Borrowed(period::frequency(&text)),
            };
        }
        match self.map.get(text.as_ref()) {
            Some(mapped) => Cow::Owned(mapped.clone()),
            None => text,
        }
    }
}

/// The only number of four digits in a text, where it is a year.
fn lone_year(text: &str) -> Option<&str> {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|number| number.len() == 4);
    let year = numbers.next().filter(|number| ("1900".."2100").contains(number))?;
    numbers.next().is_none().then_some(year)
}

/// A number without its decimals, where they are those of a number and no part of a code: one zero, which
/// ends no code, or zeros behind an odd number of digits, where no code has its dot.
fn whole(text: &str) -> &str {
    match text.split_once('.') {
        Some((whole, zeros))
            if whole.len() >= 4
                && whole.bytes().all(|byte| byte.is_ascii_digit())
                && !zeros.is_empty()
                && zeros.bytes().all(|byte| byte == b'0')
                && (zeros.len() == 1 || whole.len() % 2 == 1) =>
        {
            whole
        }
        _ => text,
    }
}

/// A whole number without the zeros behind its point.
fn without_decimals(text: &str) -> &str {
    let is_all = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.as_bytes().iter().all(is);
    match text.split_once('.') {
        Some((whole, zeros))
            if is_all(whole.trim_start_matches('-'), u8::is_ascii_digit) && is_all(zeros, |byte| *byte == b'0') =>
        {
            whole
        }
        _ => text,
    }
}

fn text_step(verb: &str, argument: Option<&str>) -> Option<TextStep> {
    Some(match (verb, argument) {
        ("digits", None) => TextStep::Digits,
        ("upper", None) => TextStep::Upper,
        ("lower", None) => TextStep::Lower,
        ("frequency", None) => TextStep::Frequency,
        ("whole", None) => TextStep::Whole,
        ("zero", Some(lengths)) => TextStep::Zero(lengths.split('|').map(|length| length.parse().ok()).collect::<Option<_>>()?),
        ("prefix", Some(text)) => TextStep::Prefix(text.to_owned()),
        ("suffix", Some(text)) => TextStep::Suffix(text.to_owned()),
        ("first", Some(count)) => TextStep::First(count.parse().ok()?),
        ("last", Some(count)) => TextStep::Last(count.parse().ok()?),
        ("year", Some(format)) => TextStep::Year(DateFormat::new(format)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conversion(names: &[&str], kind: Kind) -> Result<Conversion, BadConversion> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        Conversion::new(&names, &BTreeMap::new(), kind, &DecimalFormat::default())
    }

    #[test]
    fn digits_never_pad() {
        let digits = conversion(&["digits"], Kind::Code).expect("the name is known");
        assert_eq!(digits.text("0101.21 00"), "01012100");
        assert_eq!(digits.text("10121"), "10121");
        assert_eq!(digits.text("8703 23\u{a0}19"), "87032319");
    }

    #[test]
    fn a_code_that_was_taken_for_a_number_is_not_shifted() {
        let digits = conversion(&["digits"], Kind::Code).expect("the name is known");
        for (cell, code) in [
            ("870323.0", "870323"),
            ("71080.0", "71080"),
            ("71080.00", "71080"),
            ("702000000.000", "702000000"),
            ("2709000000.0", "2709000000"),
            ("4000.0", "4000"),
            // Dots of codes.
            ("0101.21.000.0", "0101210000"),
            ("0101.00", "010100"),
            ("870323.00", "87032300"),
            ("01.00", "0100"),
        ] {
            assert_eq!(digits.text(cell), code, "{cell}");
        }
        let zero = conversion(&["digits", "zero:5|9"], Kind::Code).expect("the names are known");
        assert_eq!(
            ["71080.0", "710807000", "620822", "6208221000", "708"].map(|cell| zero.text(cell).into_owned()),
            ["071080", "0710807000", "620822", "6208221000", "708"]
        );
        assert!(matches!(conversion(&["zero:x"], Kind::Code), Err(BadConversion::Unknown(_))));
    }

    #[test]
    fn codes_that_were_written_as_fractions_are_whole() {
        let whole = conversion(&["whole"], Kind::Code).expect("the name is known");
        for (cell, code) in
            [("0.0", "0"), ("3200.0", "3200"), ("-1.00", "-1"), ("31", "31"), ("C00", "C00"), ("870323.0", "870323")]
        {
            assert_eq!(whole.text(cell), code, "{cell}");
        }
        for cell in ["31.5", ".0", "0.", "C0.0", "-.0", "1.0.0", "TOTAL"] {
            assert_eq!(whole.text(cell), cell, "{cell}");
        }
    }

    #[test]
    fn steps_run_in_the_order_written() {
        let steps = conversion(&["upper", "prefix:az", "first:4"], Kind::Code).expect("the names are known");
        assert_eq!(steps.text("x12"), "azX1");
        let year = conversion(&["last:2", "prefix:20"], Kind::Text).expect("the names are known");
        assert_eq!(year.text("11/19/25"), "2025");
        let year = conversion(&["year:%m/%d/%y|%m/%d/%Y"], Kind::Text).expect("the name is known");
        assert_eq!(["11/19/25", "11/19/1998", "some day"].map(|cell| year.text(cell).into_owned()), ["2025", "1998", "some day"]);
        assert_eq!(
            ["2026/03/15", "15.03.2026 1015", "15 March 2026"].map(|cell| year.text(cell).into_owned()),
            ["2026", "15.03.2026 1015", "2026"]
        );
        assert!(!steps.is_plain());
    }

    #[test]
    fn a_map_replaces_what_it_knows_and_keeps_the_rest() {
        let map = BTreeMap::from([("10".to_owned(), "1".to_owned())]);
        let mapped = Conversion::new(&[], &map, Kind::Code, &DecimalFormat::default()).expect("a map needs no name");
        assert_eq!(mapped.text("10"), "1");
        assert_eq!(mapped.text("99"), "99");
    }

    #[test]
    fn a_conversion_of_the_wrong_kind_is_refused() {
        assert!(matches!(conversion(&["decimal"], Kind::Date), Err(BadConversion::WrongKind { .. })));
        assert!(matches!(conversion(&["date:%d.%m.%Y"], Kind::Code), Err(BadConversion::WrongKind { .. })));
        assert!(matches!(conversion(&["date:%d.%m"], Kind::Date), Err(BadConversion::DateFormat(_))));
        assert!(matches!(conversion(&["digit"], Kind::Code), Err(BadConversion::Unknown(_))));
        assert!(matches!(conversion(&["first:x"], Kind::Code), Err(BadConversion::Unknown(_))));
    }
}
