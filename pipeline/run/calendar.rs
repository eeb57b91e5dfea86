//! Moments, days and months: how they are written, and which belong together.

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, Utc};
use tradestat_core::code::Period;

use crate::error::{Error, Result};

/// Says what moment it is: the machine's, or the one a test gives.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<DateTime<Utc>>,
}

impl Clock {
    /// A moment as [`moment`] reads it stands still; without one the machine's clock goes on.
    ///
    /// # Errors
    /// Exit 2, where the text is no moment.
    pub fn new(now: Option<&str>) -> Result<Self> {
        Ok(Clock { fixed: now.map(moment).transpose()? })
    }

    /// In UTC.
    pub fn now(&self) -> DateTime<Utc> {
        self.fixed.unwrap_or_else(Utc::now)
    }

    /// As manifests write it: sorts as text, down to the microsecond.
    pub fn stamp(&self) -> String {
        stamp(self.now())
    }

    /// The day in UTC, which far from Greenwich is not always that of the office.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }
}

/// A moment in UTC as manifests write it: sorts as text, down to the microsecond.
pub fn stamp(moment: DateTime<Utc>) -> String {
    moment.trunc_subsecs(6).format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}

/// A moment in UTC; a bare date is its end.
pub fn moment(text: &str) -> Result<DateTime<Utc>> {
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        return Ok(day.and_hms_micro_opt(23, 59, 59, 999_999).expect("a day has an end").and_utc());
    }
    DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).map_err(|_| Error::Usage {
        problem: format!("`{text}` is not a moment"),
        hint: "write a date (2026-04-01) or a moment in UTC (2026-04-01T12:00:00Z)".into(),
    })
}

/// Days since 1970 of `2026-03-31`.
pub fn day_number(text: &str) -> Option<i32> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(i32::try_from(day.signed_duration_since(NaiveDate::default()).num_days()).expect("four-digit years fit"))
}

/// The day of so many days since 1970, as columns of dates store it.
pub fn day(number: i32) -> NaiveDate {
    NaiveDate::default() + chrono::TimeDelta::days(i64::from(number))
}

/// `2026-03` of a day.
pub fn month_of(number: i32) -> String {
    let date = day(number);
    format!("{:04}-{:02}", date.year(), date.month())
}

/// Reads `2026-03`, `2026-Q1` or `2026`.
///
/// # Errors
/// Exit 2, for any other text.
pub fn period(text: &str) -> Result<Period> {
    Period::parse(text)
        .map_err(|e| Error::Usage { problem: e.to_string(), hint: "write a period as 2026-03, 2026-Q1 or 2026".into() })
}

/// First and last day of a month `2026-03`.
pub fn month_days(month: &str) -> (i32, i32) {
    let first = day_number(&format!("{month}-01")).expect("months come from dates");
    let date = day(first);
    let next = date.checked_add_months(chrono::Months::new(1)).expect("in the calendar");
    let days = i32::try_from((next - date).num_days()).expect("a month is short");
    (first, first + days - 1)
}

/// First day of the month of a day; neighbouring rows are mostly of one month.
#[derive(Debug, Default)]
pub struct MonthOfDay {
    known: Option<(i32, i32)>,
}

impl MonthOfDay {
    /// As a number of days since 1970, like the day asked for.
    pub fn first_day(&mut self, day: i32) -> i32 {
        match self.known {
            Some((first, last)) if first <= day && day <= last => first,
            _ => {
                let days = month_days(&month_of(day));
                self.known = Some(days);
                days.0
            }
        }
    }
}
