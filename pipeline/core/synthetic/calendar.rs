//! Months and days, written as the form writes them.

/// A month, counted from January of year 0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Month(u64);

impl Month {
    /// A year before 0 is 0, and a month outside 1 to 12 the nearest of them.
    pub fn of(year: i32, month: u32) -> Self {
        let year = u64::try_from(year).unwrap_or(0);
        Month(year * 12 + u64::from(month.clamp(1, 12)) - 1)
    }

    /// Months since January of year 0; [`Month::after`] makes a month of it again.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The year of the calendar.
    pub fn year(self) -> u64 {
        self.0 / 12
    }

    /// From 1, January.
    pub fn calendar_month(self) -> u64 {
        self.0 % 12 + 1
    }

    /// So many months earlier; not before January of year 0.
    pub fn before(self, months: u64) -> Self {
        Month(self.0.saturating_sub(months))
    }

    /// So many months later.
    pub fn after(self, months: u64) -> Self {
        Month(self.0 + months)
    }

    /// Days of the month, in the Gregorian calendar.
    pub fn days(self) -> u64 {
        let (year, month) = (self.year(), self.calendar_month());
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        }
    }

    /// As `2026-03`.
    pub fn text(self) -> String {
        format!("{:04}-{:02}", self.year(), self.calendar_month())
    }
}

/// A day of a month; days are only counted back from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Day {
    pub month: Month,
    /// From 1.
    pub day: u64,
}

impl Day {
    /// The day so many days earlier; at most one month back.
    pub fn before(self, days: u64) -> Self {
        if days < self.day {
            return Day { day: self.day - days, ..self };
        }
        let month = self.month.before(1);
        Day { month, day: month.days() + self.day - days }
    }

    /// Writes `2026-03-31`.
    pub fn write(self, out: &mut Vec<u8>) {
        let two = |number: u64| [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8];
        out.extend(two(self.month.year() / 100));
        out.extend(two(self.month.year()));
        out.push(b'-');
        out.extend(two(self.month.calendar_month()));
        out.push(b'-');
        out.extend(two(self.day));
    }
}
