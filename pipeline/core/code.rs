//! Codes, parsed once at the border and trusted after.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

/// A Harmonized System subheading: six digits, leading zeros kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hs6([u8; 6]);

/// A text that is no subheading, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a subheading: found something other than six digits")]
pub struct NotHs6(String);

impl Hs6 {
    /// Reads `010121`, `0101.21` or `0101 21`; never pads a short code.
    ///
    /// # Errors
    /// When there are not exactly six digits.
    pub fn parse(text: &str) -> Result<Self, NotHs6> {
        let digits: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'.' | b' ')).collect();
        match <[u8; 6]>::try_from(digits) {
            Ok(code) if code.iter().all(u8::is_ascii_digit) => Ok(Hs6(code)),
            _ => Err(NotHs6(text.to_owned())),
        }
    }

    /// The subheading a longer national code belongs to.
    ///
    /// # Errors
    /// When the code does not begin with six digits.
    pub fn of_national(code: &str) -> Result<Self, NotHs6> {
        Hs6::parse(code.get(..6).unwrap_or(code))
    }

    /// The six digits, without point or blank.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("six ASCII digits are text")
    }

    /// Its first two digits.
    #[must_use]
    pub fn chapter(&self) -> &str {
        &self.as_str()[..2]
    }

    /// Its first four digits.
    #[must_use]
    pub fn heading(&self) -> &str {
        &self.as_str()[..4]
    }
}

impl fmt::Display for Hs6 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A country: two capital letters as ISO 3166 gives them, or a special partner such as `_X`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CountryCode([u8; 2]);

/// A text that is no code of a country, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a country code: expected two capital letters, or `_` and one")]
pub struct NotCountryCode(String);

impl CountryCode {
    /// Not specified.
    pub const UNSPECIFIED: CountryCode = CountryCode(*b"_X");

    /// # Errors
    /// When the text is not two capital letters, or `_` and one.
    pub fn parse(text: &str) -> Result<Self, NotCountryCode> {
        match text.as_bytes() {
            &[first, second] if (first.is_ascii_uppercase() || first == b'_') && second.is_ascii_uppercase() => {
                Ok(CountryCode([first, second]))
            }
            _ => Err(NotCountryCode(text.to_owned())),
        }
    }

    /// Two characters, as the file and the code list write them.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("two ASCII letters are text")
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One month, known by its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(NaiveDate);

impl Month {
    /// The month that the day lies in.
    #[must_use]
    pub fn of(day: NaiveDate) -> Month {
        Month(day.with_day(1).expect("every month has a first day"))
    }

    /// The day by which relations name the month.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.0
    }

    /// The day before the next month begins.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.after(1).0.pred_opt().expect("a month is not the first of the calendar")
    }

    /// So many months later; earlier where the number is negative.
    #[must_use]
    pub fn after(self, months: i32) -> Month {
        let count = Months::new(months.unsigned_abs());
        let moved = if months < 0 { self.0.checked_sub_months(count) } else { self.0.checked_add_months(count) };
        Month(moved.expect("periods are of four-digit years"))
    }

    /// Of the calendar, in four digits.
    #[must_use]
    pub fn year(self) -> i32 {
        self.0.year()
    }

    /// January is 1.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0.month()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// What a run compiles: a month, a quarter or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    first: Month,
    months: i32,
}

/// A text that is no period, as it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a period: expected a month `2026-03`, a quarter `2026-Q1` or a year `2026`")]
pub struct NotPeriod(String);

impl Period {
    /// # Errors
    /// When the text is not a month, a quarter or a year.
    pub fn parse(text: &str) -> Result<Period, NotPeriod> {
        let wrong = || NotPeriod(text.to_owned());
        let (year, part) = match text.split_once('-') {
            Some((year, part)) => (year, Some(part)),
            None => (text, None),
        };
        let number = |digits: &str, count: usize| -> Option<u32> {
            let is_number = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| digits.parse().ok()).flatten()
        };
        let year = number(year, 4).filter(|year| *year > 0).ok_or_else(wrong)?;
        let (month, months) = match part {
            None => (1, 12),
            Some(part) => match part.strip_prefix('Q') {
                Some(quarter) => {
                    let quarter = number(quarter, 1).filter(|quarter| (1..=4).contains(quarter)).ok_or_else(wrong)?;
                    (quarter * 3 - 2, 3)
                }
                None => (number(part, 2).ok_or_else(wrong)?, 1),
            },
        };
        let year = i32::try_from(year).map_err(|_| wrong())?;
        let first = NaiveDate::from_ymd_opt(year, month, 1).ok_or_else(wrong)?;
        Ok(Period { first: Month(first), months })
    }

    /// A period of this month alone.
    #[must_use]
    pub fn of_month(month: Month) -> Period {
        Period { first: month, months: 1 }
    }

    /// One, three or twelve months, in their order.
    #[must_use]
    pub fn months(self) -> Vec<Month> {
        (0..self.months).map(|count| self.first.after(count)).collect()
    }

    /// The month that the period begins with.
    #[must_use]
    pub fn first_month(self) -> Month {
        self.first
    }

    /// The month that is published: of a longer period its figures to date.
    #[must_use]
    pub fn last_month(self) -> Month {
        self.first.after(self.months - 1)
    }

    /// The first day of its first month.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        self.first.first_day()
    }

    /// The last day of its last month.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.last_month().last_day()
    }

    /// The same period of the year before.
    #[must_use]
    pub fn year_before(self) -> Period {
        Period { first: self.first.after(-12), months: self.months }
    }

    /// From January to the end of this period.
    #[must_use]
    pub fn year_to_date(self) -> Period {
        let passed = i32::try_from(self.first.number() - 1).expect("a year has twelve months");
        Period { first: self.first.after(-passed), months: passed + self.months }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.first.number();
        match self.months {
            1 => self.first.fmt(f),
            3 if number % 3 == 1 => write!(f, "{:04}-Q{}", self.first.year(), number.div_ceil(3)),
            12 if number == 1 => write!(f, "{:04}", self.first.year()),
            _ => write!(f, "{}..{}", self.first, self.last_month()),
        }
    }
}

impl std::str::FromStr for Period {
    type Err = NotPeriod;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Period::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subheading_is_six_digits_and_never_padded() {
        assert_eq!(Hs6::parse("0101.21").expect("it is one").as_str(), "010121");
        assert_eq!(Hs6::parse("0101 21").expect("it is one").chapter(), "01");
        for wrong in ["10121", "0101211", "01012x", "", "０10121"] {
            assert!(Hs6::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Hs6::of_national("8471300000").expect("it begins with one").heading(), "8471");
        assert!(Hs6::of_national("8471").is_err());
    }

    #[test]
    fn countries() {
        assert_eq!(CountryCode::parse("AZ").expect("it is one").as_str(), "AZ");
        assert_eq!(CountryCode::parse("_X"), Ok(CountryCode::UNSPECIFIED));
        for wrong in ["az", "AZE", "A", "A_", "", "ÄZ", "31"] {
            assert!(CountryCode::parse(wrong).is_err(), "{wrong}");
        }
    }

    fn period(text: &str) -> Period {
        Period::parse(text).expect("it is a period")
    }

    #[test]
    fn periods_have_their_months_and_days() {
        let quarter = period("2024-Q1");
        assert_eq!(quarter.months().iter().map(Month::to_string).collect::<Vec<_>>(), ["2024-01", "2024-02", "2024-03"]);
        assert_eq!(quarter.first_day().to_string(), "2024-01-01");
        assert_eq!(quarter.last_day().to_string(), "2024-03-31");
        assert_eq!(period("2024-02").last_day().to_string(), "2024-02-29");
        assert_eq!(period("2026").months().len(), 12);
        assert_eq!(period("2026-12").last_day().to_string(), "2026-12-31");
    }

    #[test]
    fn periods_print_as_they_are_written() {
        for text in ["2026-03", "2026-Q4", "2026"] {
            assert_eq!(period(text).to_string(), text);
        }
        assert_eq!(period("2026-03").year_to_date().to_string(), "2026-Q1");
        assert_eq!(period("2026-02").year_to_date().to_string(), "2026-01..2026-02");
        assert_eq!(period("2026-Q3").year_before().to_string(), "2025-Q3");
    }

    #[test]
    fn what_is_not_a_period() {
        for wrong in ["2026-13", "2026-3", "2026-Q5", "2026-Q0", "26-03", "2026-", "0000", "2026-03-01", "+026", "abcd"] {
            assert!(Period::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_month_knows_its_neighbours() {
        let month = Month::of(NaiveDate::from_ymd_opt(2026, 1, 31).expect("the day exists"));
        assert_eq!(month.after(-1).to_string(), "2025-12");
        assert_eq!(month.after(14).to_string(), "2027-03");
    }
}
