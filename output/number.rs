//! An exact decimal number and how it is printed.
//!
//! Rounding for display happens here and nowhere else. Nothing is added,
//! averaged or converted.
//!
//! Invariant: a number is never a float between a batch and a printed table.
//! 1250 USD are exactly 1.25 thousand, and half to even then gives 1.2 on every
//! machine, in print and in the workbook alike.

use crate::edition::Language;

/// Farther from the point than any number of ours, and short enough that a digit string stays small.
const FARTHEST_EXPONENT: i32 = 400;

/// An exact decimal: `digits` times ten to the power of minus `scale`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    negative: bool,
    /// ASCII digits without leading zeros; empty means zero.
    digits: String,
    scale: i32,
}

impl Number {
    /// `value` times ten to the power of minus `scale`, as Arrow decimals are stored.
    pub fn from_unscaled(value: i128, scale: i8) -> Self {
        Self::from_parts(value < 0, &value.unsigned_abs().to_string(), i32::from(scale))
    }

    /// The shortest decimal that reads back as this float; `None` if it is not finite.
    pub fn from_f64(value: f64) -> Option<Self> {
        // Display of a float never uses an exponent and is the shortest text that reads back.
        if value.is_finite() { Self::parse(&value.to_string()) } else { None }
    }

    /// Reads `-1234.5` or `1.5e3`; no blanks, no thousands marks, no plus sign.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        if exponent.abs() > FARTHEST_EXPONENT {
            return None;
        }
        let (negative, body) = match mantissa.strip_prefix('-') {
            Some(body) => (true, body),
            None => (false, mantissa),
        };
        let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || fraction.len() > 1_000 {
            return None;
        }
        let scale = i32::try_from(fraction.len()).ok()? - exponent;
        Some(Self::from_parts(negative, &format!("{whole}{fraction}"), scale))
    }

    fn from_parts(negative: bool, digits: &str, scale: i32) -> Self {
        let digits = digits.trim_start_matches('0').to_owned();
        // Minus zero would print as "-0.0", which no reader expects.
        Number { negative: negative && !digits.is_empty(), digits, scale }
    }

    /// True for exactly zero, not for what rounds to zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// The number divided by ten to the power of `power`: `shifted(3)` turns units into thousands.
    pub fn shifted(&self, power: i32) -> Self {
        Number { scale: self.scale.saturating_add(power), ..self.clone() }
    }

    /// Rounded half to even, with exactly `decimals` decimals.
    pub fn rounded(&self, decimals: u32) -> Self {
        let decimals = i32::try_from(decimals).unwrap_or(FARTHEST_EXPONENT).min(FARTHEST_EXPONENT);
        let surplus = i64::from(self.scale) - i64::from(decimals);
        let length = self.digits.len() as i64;
        if self.is_zero() || surplus > length {
            return Number { negative: false, digits: String::new(), scale: decimals };
        }
        if surplus <= 0 {
            let zeros = "0".repeat(usize::try_from(-surplus).unwrap_or(0));
            return Self::from_parts(self.negative, &format!("{}{zeros}", self.digits), decimals);
        }
        let (kept, cut) = self.digits.split_at((length - surplus) as usize);
        let last_is_odd = kept.bytes().last().is_some_and(|digit| (digit - b'0') % 2 == 1);
        let first = cut.as_bytes()[0];
        let is_over_half = first > b'5' || (first == b'5' && cut[1..].bytes().any(|digit| digit != b'0'));
        let is_half = first == b'5' && !is_over_half;
        let kept = if is_over_half || (is_half && last_is_odd) { plus_one(kept) } else { kept.to_owned() };
        Self::from_parts(self.negative, &kept, decimals)
    }

    /// The full value with a point and without trailing zeros: what a machine reads.
    pub fn to_plain(&self) -> String {
        let (whole, fraction) = self.split();
        let fraction = fraction.trim_end_matches('0');
        let sign = if self.negative { "-" } else { "" };
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }

    /// The nearest float, for a workbook cell: the only number that format has.
    pub fn to_f64(&self) -> f64 {
        self.to_plain().parse().unwrap_or(f64::NAN)
    }

    /// Rounded and grouped by thousands, as the language prints numbers.
    pub fn print(&self, decimals: u32, language: Language) -> String {
        let rounded = self.rounded(decimals);
        let (whole, fraction) = rounded.split();
        let mut text = String::from(if rounded.negative { "-" } else { "" });
        for (position, digit) in whole.chars().enumerate() {
            if position > 0 && (whole.len() - position) % 3 == 0 {
                text.push(language.thousands_mark());
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(language.decimal_mark());
            text.push_str(&fraction);
        }
        text
    }

    /// Digits before and after the point; at least one before.
    fn split(&self) -> (String, String) {
        let scale = self.scale.clamp(-2 * FARTHEST_EXPONENT, 4 * FARTHEST_EXPONENT);
        if scale <= 0 {
            let zeros = if self.is_zero() { 0 } else { scale.unsigned_abs() as usize };
            let whole = format!("{}{}", self.digits, "0".repeat(zeros));
            return (if whole.is_empty() { "0".to_owned() } else { whole }, String::new());
        }
        let scale = scale as usize;
        let padded = format!("{:0>width$}", self.digits, width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        (whole.to_owned(), fraction.to_owned())
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self::from_unscaled(i128::from(value), 0)
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self::from_unscaled(i128::from(value), 0)
    }
}

fn plus_one(digits: &str) -> String {
    let mut bytes = digits.as_bytes().to_vec();
    for digit in bytes.iter_mut().rev() {
        if *digit == b'9' {
            *digit = b'0';
        } else {
            *digit += 1;
            return bytes.into_iter().map(char::from).collect();
        }
    }
    let rest: String = bytes.into_iter().map(char::from).collect();
    format!("1{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        Number::parse(text).expect("a decimal")
    }

    #[test]
    fn rounds_half_to_even() {
        for (full, rounded) in [
            ("1.25", "1.2"),
            ("1.35", "1.4"),
            ("1.250001", "1.3"),
            ("-1.25", "-1.2"),
            ("-1.35", "-1.4"),
            ("0.05", "0.0"),
            ("0.15", "0.2"),
            ("9.95", "10.0"),
            ("99.96", "100.0"),
            ("7", "7.0"),
            ("0.0499", "0.0"),
        ] {
            assert_eq!(number(full).print(1, Language::En), rounded, "{full}");
        }
        assert_eq!(number("0.5").print(0, Language::En), "0");
        assert_eq!(number("1.5").print(0, Language::En), "2");
    }

    #[test]
    fn what_rounds_to_zero_has_no_sign() {
        assert_eq!(number("-0.04").print(1, Language::En), "0.0");
        assert_eq!(number("-0").to_plain(), "0");
        assert!(!number("-0.04").is_zero());
    }

    #[test]
    fn a_shift_is_exact() {
        let value = Number::from_unscaled(1_234_567_891_234, 6);
        assert_eq!(value.to_plain(), "1234567.891234");
        assert_eq!(value.shifted(3).to_plain(), "1234.567891234");
        assert_eq!(number("0.1234").shifted(-2).to_plain(), "12.34");
        assert_eq!(number("5").shifted(-3).to_plain(), "5000");
    }

    #[test]
    fn prints_as_the_language_does() {
        assert_eq!(number("1234567.89").print(1, Language::En), "1,234,567.9");
        assert_eq!(number("-1234567.89").print(1, Language::Az), "-1\u{a0}234\u{a0}567,9");
        assert_eq!(number("123").print(0, Language::Ru), "123");
        assert_eq!(number("1234").print(0, Language::En), "1,234");
    }

    #[test]
    fn extremes_neither_panic_nor_lose_digits() {
        assert_eq!(Number::from_unscaled(i128::MIN, 0).to_plain(), i128::MIN.to_string());
        assert_eq!(Number::from_unscaled(1, 127).print(1, Language::En), "0.0");
        assert_eq!(Number::from_unscaled(1, -3).to_plain(), "1000");
        assert_eq!(Number::from_f64(0.1).expect("finite").to_plain(), "0.1");
        assert_eq!(Number::from_f64(f64::MAX).expect("finite").to_plain().len(), 309);
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(number("0").print(2, Language::En), "0.00");
        for text in ["", "-", ".5", "+1", "1e999", "1 000", "1,5", "0x1", "1.2.3"] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
    }
}
