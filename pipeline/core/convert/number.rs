//! Exact numbers: text to fixed point, without a float in between.

/// What is wrong with a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberTrouble {
    NotANumber,
    TooManyDigits,
    /// Only of whole numbers: digits other than zero follow the point.
    NotWhole,
}

/// A number in units of its last stored digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    pub value: i64,
    /// Digits other than zero were rounded away.
    pub is_rounded: bool,
}

/// A number of a partner file, in units of its last stored digit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WideDecimal {
    pub value: i128,
    pub is_rounded: bool,
}

/// How numbers are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecimalFormat {
    point: u8,
    /// Marks between groups of three digits. One that is the point is left out.
    marks: Vec<char>,
    /// A power of ten may follow, as in `1.6E7`: programs that store binary fractions write it.
    has_powers: bool,
}

impl Default for DecimalFormat {
    fn default() -> Self {
        DecimalFormat { point: b'.', marks: Vec::new(), has_powers: false }
    }
}

/// Ten to the eighteenth: eighteen digits are what a stored decimal can have, and they fit 64 bits.
const LIMIT: i64 = 1_000_000_000_000_000_000;

const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut exponent = 1;
    while exponent < 19 {
        powers[exponent] = powers[exponent - 1] * 10;
        exponent += 1;
    }
    powers
};

/// Digits of a wide number, as [`crate::schema::WIDE_PRECISION`] says.
const WIDE_DIGITS: usize = crate::schema::WIDE_PRECISION as usize;

impl DecimalFormat {
    /// Numbers with this decimal mark, and with any of these marks between groups of digits.
    #[must_use]
    pub fn new(point: u8, marks: Vec<char>) -> DecimalFormat {
        DecimalFormat { point, marks, has_powers: false }
    }

    /// Takes a power of ten behind the number, too.
    #[must_use]
    pub fn with_powers(self) -> DecimalFormat {
        DecimalFormat { has_powers: true, ..self }
    }

    /// One field may have another decimal mark than the rest of its form.
    pub fn set_point(&mut self, point: u8) {
        self.point = point;
    }

    /// A number in units of its last digit, written as this format reads it.
    #[must_use]
    pub fn write(&self, value: i128, scale: i8) -> String {
        let places = usize::from(scale.unsigned_abs());
        let sign = if value < 0 { "-" } else { "" };
        let digits = format!("{:0width$}", value.unsigned_abs(), width = places + 1);
        let (whole, decimals) = digits.split_at(digits.len() - places);
        if places == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}{}{decimals}", char::from(self.point)) }
    }

    /// The number of a trimmed cell, with `scale` digits after the point, rounded half to even.
    ///
    /// # Errors
    /// When the cell is not a number as this format writes them, or is too large to be stored.
    #[inline]
    pub fn parse(&self, cell: &[u8], scale: i8) -> Result<Decimal, NumberTrouble> {
        let scale = usize::from(scale.unsigned_abs());
        match self.parse_short(cell, scale) {
            Some(value) => Ok(Decimal { value, is_rounded: false }),
            None if self.has_powers && cell.contains(&b'E') | cell.contains(&b'e') => self.parse_power_short(cell, scale),
            None => self.parse_any(cell, scale),
        }
    }

    /// A whole number; `3.000` is one, `3.5` is not.
    ///
    /// # Errors
    /// When the cell is not a number, is not whole, or is too large.
    #[inline]
    pub fn parse_whole(&self, cell: &[u8]) -> Result<i32, NumberTrouble> {
        let number = self.parse(cell, 0)?;
        if number.is_rounded {
            return Err(NumberTrouble::NotWhole);
        }
        i32::try_from(number.value).map_err(|_| NumberTrouble::TooManyDigits)
    }

    /// A number as other sources publish them: up to 28 digits, and powers of ten (`1.0E7`), which
    /// programs that store binary fractions write. Rounded half to even.
    ///
    /// # Errors
    /// When the cell is not a number, or is too large to be stored.
    #[inline]
    pub fn parse_wide(&self, cell: &[u8], scale: i8) -> Result<WideDecimal, NumberTrouble> {
        let scale = usize::from(scale.unsigned_abs());
        match self.parse_short(cell, scale) {
            Some(value) => Ok(WideDecimal { value: i128::from(value), is_rounded: false }),
            None => self.parse_power(cell, scale),
        }
    }

    #[cold]
    fn parse_power_short(&self, cell: &[u8], scale: usize) -> Result<Decimal, NumberTrouble> {
        let WideDecimal { value, is_rounded } = self.parse_power(cell, scale)?;
        let value = i64::try_from(value).ok().filter(|value| value.abs() < LIMIT).ok_or(NumberTrouble::TooManyDigits)?;
        Ok(Decimal { value, is_rounded })
    }

    #[cold]
    fn parse_power(&self, cell: &[u8], scale: usize) -> Result<WideDecimal, NumberTrouble> {
        let text = std::str::from_utf8(cell).map_err(|_| NumberTrouble::NotANumber)?;
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().map_err(|_| NumberTrouble::NotANumber)?),
            None => (text, 0),
        };
        let (is_negative, unsigned) = match mantissa.as_bytes().first() {
            Some(b'-') => (true, &mantissa[1..]),
            Some(b'+') => (false, &mantissa[1..]),
            _ => (false, mantissa),
        };
        let (whole, decimals) = match unsigned.split_once(char::from(self.point)) {
            Some((whole, decimals)) => (self.without_marks(whole)?, decimals),
            None => (self.without_marks(unsigned)?, ""),
        };
        if whole.is_empty() && decimals.is_empty() || !whole.bytes().chain(decimals.bytes()).all(|byte| byte.is_ascii_digit()) {
            return Err(NumberTrouble::NotANumber);
        }
        // The digits without the point, and where the point stands among them.
        let digits = format!("{whole}{decimals}");
        let shift = isize::try_from(whole.len()).expect("a cell is short") + isize::from(exponent);
        let leading = digits.bytes().take_while(|byte| *byte == b'0').count();
        let point = shift - isize::try_from(leading).expect("a cell is short");
        let digits = &digits.as_bytes()[leading..];
        if digits.is_empty() {
            return Ok(WideDecimal { value: 0, is_rounded: false });
        }
        if point > isize::try_from(WIDE_DIGITS - scale).expect("it is small") {
            return Err(NumberTrouble::TooManyDigits);
        }
        // So many digits are kept; below one, even the first is behind what is stored.
        let kept = point + isize::try_from(scale).expect("it is small");
        let Ok(kept) = usize::try_from(kept) else { return Ok(WideDecimal { value: 0, is_rounded: true }) };
        let value =
            (0..kept).fold(0_i128, |value, place| value * 10 + i128::from(digits.get(place).map_or(0, |digit| digit - b'0')));
        let dropped = digits.get(kept..).unwrap_or_default();
        let is_rounded = dropped.iter().any(|digit| *digit != b'0');
        let is_up = match dropped {
            [] | [b'0'..=b'4', ..] => false,
            [b'5', rest @ ..] if rest.iter().all(|digit| *digit == b'0') => value % 2 == 1,
            _ => true,
        };
        let value = value + i128::from(is_up);
        if value >= 10_i128.pow(u32::try_from(WIDE_DIGITS).expect("it is small")) {
            return Err(NumberTrouble::TooManyDigits);
        }
        Ok(WideDecimal { value: if is_negative { -value } else { value }, is_rounded })
    }

    /// Digits and one point, nothing to round: nearly every number there is.
    #[inline]
    fn parse_short(&self, cell: &[u8], scale: usize) -> Option<i64> {
        if cell.is_empty() || cell.len() > 18 {
            return None;
        }
        let mut value: i64 = 0;
        let mut after_point = usize::MAX;
        for (place, &byte) in cell.iter().enumerate() {
            let digit = byte.wrapping_sub(b'0');
            if digit < 10 {
                value = value * 10 + i64::from(digit);
            } else if byte == self.point && after_point == usize::MAX {
                after_point = place + 1;
            } else {
                return None;
            }
        }
        // A lone point is no number; the general walk says so.
        let decimals = if after_point == usize::MAX { 0 } else { cell.len() - after_point };
        if decimals > scale || cell.len() == 1 && after_point == 1 {
            return None;
        }
        value.checked_mul(POWERS[scale - decimals]).filter(|value| *value < LIMIT)
    }

    #[cold]
    fn parse_any(&self, cell: &[u8], scale: usize) -> Result<Decimal, NumberTrouble> {
        let text = std::str::from_utf8(cell).map_err(|_| NumberTrouble::NotANumber)?;
        let (is_negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        let (whole, decimals) = match unsigned.split_once(char::from(self.point)) {
            Some((whole, decimals)) => (self.without_marks(whole)?, decimals),
            None => (self.without_marks(unsigned)?, ""),
        };
        let is_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() && decimals.is_empty() || !is_digits(&whole) || !is_digits(decimals) {
            return Err(NumberTrouble::NotANumber);
        }
        let whole = whole.trim_start_matches('0');
        if whole.len() > 18 - scale {
            return Err(NumberTrouble::TooManyDigits);
        }
        let digit = |place: usize| i64::from(decimals.as_bytes().get(place).map_or(0, |byte| byte - b'0'));
        let value = whole.bytes().fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
        let value = (0..scale).fold(value, |value, place| value * 10 + digit(place));
        let dropped = decimals.get(scale..).unwrap_or("").trim_end_matches('0');
        let is_up = match dropped.as_bytes() {
            [] | [b'0'..=b'4', ..] => false,
            [b'5'] => value % 2 == 1,
            _ => true,
        };
        let value = value + i64::from(is_up);
        if value >= LIMIT {
            return Err(NumberTrouble::TooManyDigits);
        }
        Ok(Decimal { value: if is_negative { -value } else { value }, is_rounded: !dropped.is_empty() })
    }

    /// A mark counts only between groups of three: `1.5` under a thousands dot is
    /// somebody's decimal point, and would be read ten times too large. So is `0.125`,
    /// a thousand times: nobody writes thousands with a zero in front.
    fn without_marks(&self, whole: &str) -> Result<String, NumberTrouble> {
        let is_mark = |character: char| character != char::from(self.point) && self.marks.contains(&character);
        let mut groups = whole.split(is_mark);
        let first = groups.next().unwrap_or("");
        let mut digits = first.to_owned();
        for group in groups {
            if first.is_empty() || first.len() > 3 || first.starts_with('0') || group.len() != 3 {
                return Err(NumberTrouble::NotANumber);
            }
            digits.push_str(group);
        }
        Ok(digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(cell: &str, scale: i8) -> Result<(i64, bool), NumberTrouble> {
        DecimalFormat::default().parse(cell.as_bytes(), scale).map(|number| (number.value, number.is_rounded))
    }

    fn comma(cell: &str, scale: i8) -> Result<(i64, bool), NumberTrouble> {
        let format = DecimalFormat::new(b',', vec![' ', '\u{a0}', '\u{202f}', '.']);
        format.parse(cell.as_bytes(), scale).map(|number| (number.value, number.is_rounded))
    }

    #[test]
    fn exact_numbers() {
        assert_eq!(point("5353.02", 2), Ok((535_302, false)));
        assert_eq!(point("0", 2), Ok((0, false)));
        assert_eq!(point("-5", 2), Ok((-500, false)));
        assert_eq!(point("+5.1", 2), Ok((510, false)));
        assert_eq!(point(".5", 3), Ok((500, false)));
        assert_eq!(point("5.", 3), Ok((5000, false)));
        assert_eq!(point("2.01185805", 8), Ok((201_185_805, false)));
        assert_eq!(point("0000000000000000000000012.50", 2), Ok((1250, false)));
    }

    fn wide(cell: &str) -> Result<(i128, bool), NumberTrouble> {
        DecimalFormat::default().parse_wide(cell.as_bytes(), 6).map(|number| (number.value, number.is_rounded))
    }

    #[test]
    fn wide_numbers_keep_their_tails_and_read_powers_of_ten() {
        assert_eq!(wide("26672667450.171"), Ok((26_672_667_450_171_000, false)));
        assert_eq!(wide("1057446220270"), Ok((1_057_446_220_270_000_000, false)));
        assert_eq!(wide("1.0E7"), Ok((10_000_000_000_000, false)));
        assert_eq!(wide("-2.5e-3"), Ok((-2500, false)));
        assert_eq!(wide("1e+06"), Ok((1_000_000_000_000, false)));
        assert_eq!(wide("292990.0"), Ok((292_990_000_000, false)));
        assert_eq!(wide("0.0"), Ok((0, false)));
        assert_eq!(wide("0.0000005"), Ok((0, true)));
        assert_eq!(wide("0.0000015"), Ok((2, true)));
        assert_eq!(wide("0.00000150"), Ok((2, true)));
        assert_eq!(wide("5e-9"), Ok((0, true)));
        assert_eq!(wide("1234567890123456789012.5"), Ok((1_234_567_890_123_456_789_012_500_000, false)));
        assert_eq!(wide("12345678901234567890123"), Err(NumberTrouble::TooManyDigits));
        assert_eq!(wide("1e99"), Err(NumberTrouble::TooManyDigits));
        for cell in ["e5", "1e", "1e5e5", "0x10", "1,5", "Inf", "."] {
            assert_eq!(wide(cell), Err(NumberTrouble::NotANumber), "{cell}");
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour_and_are_counted() {
        assert_eq!(point("0.125", 2), Ok((12, true)));
        assert_eq!(point("0.135", 2), Ok((14, true)));
        assert_eq!(point("-0.125", 2), Ok((-12, true)));
        assert_eq!(point("0.1250000001", 2), Ok((13, true)));
        assert_eq!(point("0.1249999999", 2), Ok((12, true)));
        assert_eq!(point("5353.0200000001", 2), Ok((535_302, true)));
        assert_eq!(point("0.999", 2), Ok((100, true)));
    }

    #[test]
    fn zeros_rounded_away_are_not_counted() {
        assert_eq!(point("1.2500000", 2), Ok((125, false)));
    }

    #[test]
    fn the_largest_number_that_is_stored_and_the_next() {
        assert_eq!(point("999999999999999.999", 3), Ok((999_999_999_999_999_999, false)));
        assert_eq!(point("1000000000000000.000", 3), Err(NumberTrouble::TooManyDigits));
        assert_eq!(point("999999999999999.9995", 3), Err(NumberTrouble::TooManyDigits));
        assert_eq!(point("1234567890123456789", 2), Err(NumberTrouble::TooManyDigits));
        assert_eq!(point(&"9".repeat(400), 2), Err(NumberTrouble::TooManyDigits));
        assert_eq!(point("99999999999", 8), Err(NumberTrouble::TooManyDigits));
    }

    #[test]
    fn what_is_not_a_number() {
        for cell in [
            "", "-", "+", ".", "-.", "1.2.3", "1e400", "1e2", "1E2", "NaN", "inf", "n/a", "--5", "1 000", "1,5", "5-", "0x10",
            "٣", "1_000", "5 ",
        ] {
            assert_eq!(point(cell, 2), Err(NumberTrouble::NotANumber), "{cell}");
        }
    }

    #[test]
    fn powers_of_ten_are_read_where_the_form_has_them() {
        let format = DecimalFormat::default().with_powers();
        let of = |cell: &str, scale| format.parse(cell.as_bytes(), scale).map(|number| (number.value, number.is_rounded));
        assert_eq!(of("1.6E7", 2), Ok((1_600_000_000, false)));
        assert_eq!(of("1.23456789125E8", 2), Ok((12_345_678_912, true)));
        assert_eq!(of("-2.5E7", 2), Ok((-2_500_000_000, false)));
        assert_eq!(of("5.0E-4", 8), Ok((50_000, false)));
        assert_eq!(of("16000000.5", 2), Ok((1_600_000_050, false)));
        assert_eq!(of("1.0E15", 3), Err(NumberTrouble::TooManyDigits));
        assert_eq!(of("1e400", 2), Err(NumberTrouble::TooManyDigits));
        for cell in ["E7", "1E", "1E5.5", "1E5E5", "1 E5", "1E99999"] {
            assert_eq!(of(cell, 2), Err(NumberTrouble::NotANumber), "{cell}");
        }
        assert_eq!(format.parse_whole(b"1.2E1"), Ok(12));
        assert_eq!(format.parse_whole(b"1.25E1"), Err(NumberTrouble::NotWhole));
    }

    #[test]
    fn thousands_marks_stand_between_groups_of_three() {
        assert_eq!(comma("1.234.567,89", 2), Ok((123_456_789, false)));
        assert_eq!(comma("1 234,5", 2), Ok((123_450, false)));
        assert_eq!(comma("1\u{a0}234\u{202f}567", 2), Ok((123_456_700, false)));
        assert_eq!(comma("12,5", 2), Ok((1250, false)));
        for cell in ["1.5", "1234.567", ".234", "1.23,4", "1,2,3", "1.234.56"] {
            assert_eq!(comma(cell, 2), Err(NumberTrouble::NotANumber), "{cell}");
        }
        // Nobody writes thousands of nothing: it is a decimal mark.
        for cell in ["0.125", "-0.125", "+0.125", "0.125,5", "012.345", "00.125", "0.125.000"] {
            assert_eq!(comma(cell, 3), Err(NumberTrouble::NotANumber), "{cell}");
            let format = DecimalFormat::new(b',', vec!['.']);
            assert_eq!(format.parse_wide(cell.as_bytes(), 6), Err(NumberTrouble::NotANumber), "{cell}");
        }
        assert_eq!((comma("10.125", 3), comma("0,125", 3)), (Ok((10_125_000, false)), Ok((125, false))));
    }

    #[test]
    fn whole_numbers() {
        let whole = |cell: &str| DecimalFormat::default().parse_whole(cell.as_bytes());
        assert_eq!(whole("20"), Ok(20));
        assert_eq!(whole("3.000"), Ok(3));
        assert_eq!(whole("3.5"), Err(NumberTrouble::NotWhole));
        assert_eq!(whole("3000000000"), Err(NumberTrouble::TooManyDigits));
        assert_eq!(whole("x"), Err(NumberTrouble::NotANumber));
    }
}
