//! Dates as forms write them, to days since 1970-01-01.

/// What is wrong with a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateTrouble {
    /// It is not written as the form states.
    Format,
    /// It is written so, but no calendar has it (or only one far from any declaration).
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    Day,
    Month,
    MonthName,
    Year,
    ShortYear,
    /// Two digits of the time of day: read, checked to be digits, not kept.
    Clock,
    Literal(u8),
    /// Whatever follows.
    Rest,
}

/// A `strftime`-like format, taken apart once; or several with `|` between them, tried in turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    text: String,
    /// The pieces of each way of writing.
    ways: Vec<Vec<Piece>>,
    /// The first way is that of ISO 8601.
    is_iso: bool,
    /// Any way of writing a period; the day is its first.
    is_period: bool,
}

/// The years a declaration can bear. Outside, a digit is wrong.
const YEARS: std::ops::RangeInclusive<i32> = 1900..=2100;

/// Two-digit years below this are of this century, as POSIX reads `%y`.
const SHORT_YEAR_TURN: i32 = 69;

const MONTHS: [&[u8; 3]; 12] = [b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec"];

impl DateFormat {
    /// `2026-03-31`, which has the shortest way through [`DateFormat::parse`].
    #[must_use]
    pub fn iso() -> DateFormat {
        DateFormat::new("%Y-%m-%d").expect("the format has a year, a month and a day")
    }

    /// A year, quarter or month, read as its first day.
    #[must_use]
    pub fn period() -> DateFormat {
        DateFormat {
            text: "a period: 2026, 2026-03, 202603 or 2026-Q1".to_owned(),
            ways: Vec::new(),
            is_iso: false,
            is_period: true,
        }
    }

    /// None when a format lacks a day, a month or a year, or has one twice.
    #[must_use]
    pub fn new(text: &str) -> Option<DateFormat> {
        let ways = text.split('|').map(DateFormat::way).collect::<Option<_>>()?;
        Some(DateFormat { text: text.to_owned(), ways, is_iso: text.split('|').next() == Some("%Y-%m-%d"), is_period: false })
    }

    fn way(text: &str) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                pieces.push(Piece::Literal(byte));
                continue;
            }
            pieces.push(match bytes.next()? {
                b'd' => Piece::Day,
                b'm' => Piece::Month,
                b'b' => Piece::MonthName,
                b'Y' => Piece::Year,
                b'y' => Piece::ShortYear,
                b'H' | b'M' | b'S' => Piece::Clock,
                b'%' => Piece::Literal(b'%'),
                b'*' => Piece::Rest,
                _ => return None,
            });
        }
        let count = |wanted: &[Piece]| pieces.iter().filter(|piece| wanted.contains(piece)).count();
        let is_whole = count(&[Piece::Day]) == 1
            && count(&[Piece::Month, Piece::MonthName]) == 1
            && count(&[Piece::Year, Piece::ShortYear]) == 1;
        is_whole.then_some(pieces)
    }

    /// The format as the form gives it, all ways of writing with `|` between.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What a cell should have held, in words.
    #[must_use]
    pub fn expected(&self) -> String {
        if self.is_period {
            return self.text.clone();
        }
        let ways: Vec<&str> = self.text.split('|').collect();
        // A way with a time of day behind it says nothing beside the way without.
        let is_bare =
            |way: &&&str| !way.ends_with("%*") || !ways.iter().any(|other| !other.ends_with("%*") && way.starts_with(other));
        format!("a date as {}", ways.iter().filter(is_bare).copied().collect::<Vec<_>>().join(" or "))
    }

    /// Days since 1970-01-01.
    ///
    /// # Errors
    /// When the cell is not of the format, or the day does not exist.
    #[inline]
    pub fn parse(&self, cell: &[u8]) -> Result<i32, DateTrouble> {
        // Nearly every date there is; the general walk costs three times as much.
        if self.is_iso
            && let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = cell
        {
            let digits = [y1, y2, y3, y4, m1, m2, d1, d2].map(|byte| byte.wrapping_sub(b'0'));
            if digits.iter().all(|&digit| digit < 10) {
                let [y1, y2, y3, y4, m1, m2, d1, d2] = digits.map(i32::from);
                return days(y1 * 1000 + y2 * 100 + y3 * 10 + y4, m1 * 10 + m2, d1 * 10 + d2);
            }
        }
        let (year, month, day) = self.written(cell).ok_or(DateTrouble::Format)?;
        days(year, month, day)
    }

    /// The year that a cell of the format names, whether or not its day exists.
    #[must_use]
    pub fn year(&self, cell: &[u8]) -> Option<i32> {
        self.written(cell).map(|(year, ..)| year)
    }

    /// Whether a cell that says a period says a year and no part of it.
    #[must_use]
    pub fn is_year(&self, cell: &[u8]) -> bool {
        self.is_period && super::period::parse(cell).is_some_and(|period| period.frequency == "A")
    }

    /// Year, month and day as written, by the first way of writing that the cell is of.
    fn written(&self, cell: &[u8]) -> Option<(i32, i32, i32)> {
        if self.is_period {
            return super::period::parse(cell).map(|period| (period.year, period.month, 1));
        }
        self.ways.iter().find_map(|pieces| DateFormat::take_apart(pieces, cell).ok())
    }

    fn take_apart(pieces: &[Piece], mut rest: &[u8]) -> Result<(i32, i32, i32), DateTrouble> {
        let (mut year, mut month, mut day) = (0, 0, 0);
        for (position, piece) in pieces.iter().enumerate() {
            // A lone digit can stand for two only where something else begins and ends the number.
            let is_border = |piece: Option<&Piece>| matches!(piece, None | Some(Piece::Literal(_) | Piece::Rest));
            let before = position.checked_sub(1).and_then(|before| pieces.get(before));
            let fewest = if is_border(before) && is_border(pieces.get(position + 1)) { 1 } else { 2 };
            match piece {
                Piece::Literal(byte) => match rest.split_first() {
                    Some((first, tail)) if first == byte => rest = tail,
                    _ => return Err(DateTrouble::Format),
                },
                Piece::Rest => rest = &[],
                Piece::Year => year = number(&mut rest, 4, 4)?,
                Piece::ShortYear => {
                    let short = number(&mut rest, 2, 2)?;
                    year = if short < SHORT_YEAR_TURN { 2000 + short } else { 1900 + short };
                }
                Piece::Month => month = number(&mut rest, fewest, 2)?,
                Piece::Day => day = number(&mut rest, fewest, 2)?,
                Piece::Clock => {
                    number(&mut rest, fewest, 2)?;
                }
                Piece::MonthName => {
                    let (name, tail) = rest.split_at_checked(3).ok_or(DateTrouble::Format)?;
                    let place = MONTHS.iter().position(|month| month.eq_ignore_ascii_case(name));
                    month = 1 + i32::try_from(place.ok_or(DateTrouble::Format)?).expect("there are twelve months");
                    rest = tail;
                }
            }
        }
        if rest.is_empty() { Ok((year, month, day)) } else { Err(DateTrouble::Format) }
    }
}

fn number(rest: &mut &[u8], fewest: usize, most: usize) -> Result<i32, DateTrouble> {
    let digits = rest.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if digits < fewest {
        return Err(DateTrouble::Format);
    }
    let (number, tail) = rest.split_at(digits);
    *rest = tail;
    Ok(number.iter().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0')))
}

#[inline]
fn days(year: i32, month: i32, day: i32) -> Result<i32, DateTrouble> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i32::from(is_leap),
        1..=12 => 31,
        _ => 0,
    };
    if !YEARS.contains(&year) || !(1..=last).contains(&day) {
        return Err(DateTrouble::Unknown);
    }
    // Years counted from March put the leap day last, so that months need no table.
    let march_year = year - i32::from(month <= 2);
    let era = march_year.div_euclid(400);
    let year_of_era = march_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Ok(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    fn parse(format: &str, cell: &str) -> Result<i32, DateTrouble> {
        DateFormat::new(format).expect("the format is whole").parse(cell.as_bytes())
    }

    fn day(year: i32, month: u32, day: u32) -> Result<i32, DateTrouble> {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).expect("the day exists");
        let date = NaiveDate::from_ymd_opt(year, month, day).expect("the day exists");
        Ok(i32::try_from((date - epoch).num_days()).expect("the day is near"))
    }

    #[test]
    fn every_day_of_two_centuries_agrees_with_the_calendar() {
        let mut date = NaiveDate::from_ymd_opt(1900, 1, 1).expect("the day exists");
        let mut expected = -25567;
        let iso = DateFormat::iso();
        while date.format("%Y").to_string() != "2101" {
            assert_eq!(iso.parse(date.to_string().as_bytes()), Ok(expected), "{date}");
            date = date.succ_opt().expect("the calendar goes on");
            expected += 1;
        }
    }

    #[test]
    fn formats_of_forms() {
        assert_eq!(parse("%d.%m.%Y", "31.03.2026"), day(2026, 3, 31));
        assert_eq!(parse("%d.%m.%Y", "1.3.2026"), day(2026, 3, 1));
        assert_eq!(parse("%d/%m/%y", "01/03/26"), day(2026, 3, 1));
        assert_eq!(parse("%d/%m/%y", "01/03/70"), day(1970, 3, 1));
        assert_eq!(parse("%m/%d/%y", "1/31/25"), day(2025, 1, 31));
        assert_eq!(parse("%Y%m%d", "20260301"), day(2026, 3, 1));
        assert_eq!(parse("%Y%m%d%H%M%SZ", "20260301235959Z"), day(2026, 3, 1));
        assert_eq!(parse("%Y-%m-%dT%*", "2026-03-01T10:00:00+04:00"), day(2026, 3, 1));
        assert_eq!(parse("%d-%b-%Y", "02-MAY-2026"), day(2026, 5, 2));
    }

    #[test]
    fn days_that_do_not_exist() {
        for cell in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "0026-03-01", "9999-12-31"] {
            assert_eq!(parse("%Y-%m-%d", cell), Err(DateTrouble::Unknown), "{cell}");
        }
        assert_eq!(parse("%Y-%m-%d", "2024-02-29"), day(2024, 2, 29));
    }

    #[test]
    fn another_format_is_not_guessed() {
        for cell in ["31.03.2026", "2026-3", "2026-03-01x", "2026/03/01", "", "20260301", "２０２６-03-01"] {
            assert_eq!(parse("%Y-%m-%d", cell), Err(DateTrouble::Format), "{cell}");
        }
        assert_eq!(parse("%Y%m%d", "2026031"), Err(DateTrouble::Format));
    }

    #[test]
    fn several_ways_of_writing_are_tried_in_turn() {
        let format = "%m/%d/%y|%m/%d/%Y|%Y-%m-%d|%Y-%m-%dT%*";
        for cell in ["10/7/26", "10/07/2026", "2026-10-07", "2026-10-07T08:30:00"] {
            assert_eq!(parse(format, cell), day(2026, 10, 7), "{cell}");
        }
        // The day that does not exist is told as such, not as another way of writing.
        for cell in ["31/7/26", "31/7/2026", "2/30/2026", "2026-13-01", "7/31/0026"] {
            assert_eq!(parse(format, cell), Err(DateTrouble::Unknown), "{cell}");
        }
        for cell in ["7/31/202", "31.7.2026", "2026/07/31", "7/31/26 ", "7/31/20266", ""] {
            assert_eq!(parse(format, cell), Err(DateTrouble::Format), "{cell}");
        }
        let clock = "%Y-%m-%d|%Y-%m-%d %*|%Y-%m-%dT%*";
        for cell in ["2026-10-07", "2026-10-07 00:00:00", "2026-10-07T08:30:00Z"] {
            assert_eq!(parse(clock, cell), day(2026, 10, 7), "{cell}");
        }
        assert_eq!(parse(clock, "2026-13-01"), Err(DateTrouble::Unknown));
        let format = DateFormat::new(format).expect("each is whole");
        assert_eq!(format.expected(), "a date as %m/%d/%y or %m/%d/%Y or %Y-%m-%d");
        assert_eq!(["31/7/98", "31/7/2026", "2026"].map(|cell| format.year(cell.as_bytes())), [Some(1998), Some(2026), None]);
    }

    #[test]
    fn a_format_needs_day_month_and_year_once() {
        for format in ["%m/%d/%y|", "%Y-%m-%d|%m/%y", "%d.%m", "%d.%d.%m.%Y", "%Y-%m-%d %Q", "%", "%Y%y%m%d"] {
            assert_eq!(DateFormat::new(format), None, "{format}");
        }
    }
}
