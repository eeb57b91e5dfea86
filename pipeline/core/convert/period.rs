//! Periods as statistical offices write them: years, quarters and months.

/// A period: its length, and its year and first month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Period {
    /// `A`, `Q` or `M`; `D` where a whole date was written, which says nothing of a length.
    pub frequency: &'static str,
    pub year: i32,
    pub month: i32,
}

/// Month 52 of UN and Eurostat files is the whole year.
const WHOLE_YEAR: i32 = 52;

/// Reads `2026`, `202603`, `2026-03`, `2026M03`, `2026-Q1`, `202652`, `2026-03-01`, `20260301`, and
/// `20263`, the columns of year and month one after the other; none where the text is no period.
pub(super) fn parse(text: &[u8]) -> Option<Period> {
    let (year, rest) = text.split_at_checked(4)?;
    let year = number(year)?;
    if let [month @ b'1'..=b'9'] = rest {
        return Some(Period { frequency: "M", year, month: i32::from(month - b'0') });
    }
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let of = |frequency, month| Some(Period { frequency, year, month });
    match rest {
        [] => of("A", 1),
        [b'A', ..] if matches!(&rest[1..], b"" | b"1") => of("A", 1),
        [b'Q' | b'q', quarter @ b'1'..=b'4'] => of("Q", i32::from(quarter - b'1') * 3 + 1),
        [b'M' | b'm', month @ ..] => {
            month_of(number(month)?).filter(|month| *month != WHOLE_YEAR).and_then(|month| of("M", month))
        }
        [first, second] => match month_of(number(&[*first, *second])?)? {
            WHOLE_YEAR => of("A", 1),
            month => of("M", month),
        },
        // A date: some files write the first day of the period.
        [a, b, b'-', c, d] | [a, b, c, d] => {
            let day = number(&[*c, *d])?;
            let month = month_of(number(&[*a, *b])?).filter(|month| *month != WHOLE_YEAR)?;
            if (1..=31).contains(&day) { of("D", month) } else { None }
        }
        _ => None,
    }
}

/// The letter of a frequency; empty where the text is neither a frequency nor a period that has one.
pub(super) fn frequency(text: &str) -> &'static str {
    match text {
        "A" | "Annual" | "annual" | "Yearly" | "Y" => "A",
        "Q" | "Quarterly" | "quarterly" => "Q",
        "M" | "Monthly" | "monthly" => "M",
        _ => match parse(text.as_bytes()) {
            None if is_month_in_words(text) => "M",
            Some(Period { frequency: "D", .. }) | None => "",
            Some(period) => period.frequency,
        },
    }
}

/// `March 2026`, as the United Nations describe the period of a record: which month is another column's to say.
fn is_month_in_words(text: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    text.split_once(' ').is_some_and(|(month, year)| {
        MONTHS.contains(&month.to_lowercase().as_str()) && year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn month_of(number: i32) -> Option<i32> {
    matches!(number, 1..=12 | WHOLE_YEAR).then_some(number)
}

fn number(digits: &[u8]) -> Option<i32> {
    let is_number = !digits.is_empty() && digits.len() <= 4 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_as_offices_write_them() {
        let of = |text: &str| parse(text.as_bytes()).map(|period| (period.frequency, period.year, period.month));
        for text in ["2026", "2026-A1", "2026A", "202652"] {
            assert_eq!(of(text), Some(("A", 2026, 1)), "{text}");
        }
        for text in ["202603", "2026-03", "2026M03", "2026-M3", "2026M3", "20263"] {
            assert_eq!(of(text), Some(("M", 2026, 3)), "{text}");
        }
        for text in ["2026-Q2", "2026Q2"] {
            assert_eq!(of(text), Some(("Q", 2026, 4)), "{text}");
        }
        for text in ["2026-03-01", "20260301"] {
            assert_eq!(of(text), Some(("D", 2026, 3)), "{text}");
        }
        for text in
            ["", "26", "2026-13", "202600", "2026-3", "2026-S1", "2026-Q5", "20260", "2026-03-00", "March 2026", "2026M52"]
        {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn a_frequency_is_a_word_or_follows_from_the_period() {
        assert_eq!(frequency("M"), "M");
        assert_eq!(frequency("Annual"), "A");
        assert_eq!(frequency("201701"), "M");
        assert_eq!(frequency("2017-Q1"), "Q");
        assert_eq!(frequency("2017-01-01"), "");
        assert_eq!(frequency("March 2010"), "M");
        assert_eq!(frequency("Mars 2010"), "");
        assert_eq!(frequency("x"), "");
    }
}
