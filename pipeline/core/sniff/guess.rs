//! What the cells of a few lines give away.

use crate::convert::DateFormat;

/// Date formats met in declaration files, the less ambiguous first.
const DATES: [&str; 11] = [
    "%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%Y%m%d", "%d-%b-%Y",
    "%d-%b-%y",
];

/// The separator that divides the first lines into the same number of cells, more than one.
pub(super) fn separator(text: &str, reasons: &mut Vec<String>) -> char {
    let mut best = (0, ',');
    for mark in [',', ';', '\t', '|'] {
        let rows = rows(text, mark, 20);
        let Some(width) = rows.first().map(Vec::len).filter(|width| *width > 1) else { continue };
        let score = width * rows.iter().filter(|row| row.len() == width).count();
        if score > best.0 {
            best = (score, mark);
        }
    }
    match best {
        (0, mark) => reasons.push(format!("separator {mark:?}, a guess: no mark divides the lines evenly")),
        (_, mark) => reasons.push(format!("separator {mark:?}: it divides the most lines into as many cells as the header")),
    }
    best.1
}

/// The text from its header on, and how many lines stand before it: titles, which fill fewer than half of the
/// cells that others do. Blank lines and remarks alone are none that a form would have to skip.
pub(super) fn below_titles<'text>(text: &'text str, separator: char, reasons: &mut Vec<String>) -> (&'text str, usize) {
    let text = text.trim_start_matches('\u{feff}');
    let filled =
        |line: &str| rows(line, separator, 1).first().map_or(0, |row| row.iter().filter(|cell| !cell.trim().is_empty()).count());
    let most = text.lines().take(30).map(filled).max().unwrap_or(0);
    let is_note = |line: &str| line.starts_with('#') || line.trim_matches('"').starts_with("sep=");
    let mut at = 0;
    let mut has_titles = false;
    for (number, line) in text.split_inclusive('\n').take(30).enumerate() {
        if filled(line) * 2 > most && !is_note(line) {
            if has_titles {
                reasons.push(format!(
                    "skipped_lines {number}: the first line with most of its cells filled is taken for the header"
                ));
            }
            return (&text[at..], if has_titles { number } else { 0 });
        }
        has_titles |= !line.trim().is_empty() && !is_note(line);
        at += line.len();
    }
    (text, 0)
}

/// The cells of the first lines. Quotes are taken at their word: this is for looking, not for reading.
pub(super) fn rows(text: &str, separator: char, lines: usize) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    let mut row = vec![String::new()];
    let mut is_open = false;
    for letter in text.trim_start_matches('\u{feff}').chars() {
        let cell = row.last_mut().expect("a row has at least one cell");
        match letter {
            '"' => is_open = !is_open,
            '\n' if !is_open => {
                if row.iter().any(|cell| !cell.trim().is_empty()) {
                    rows.push(std::mem::take(&mut row));
                }
                row = vec![String::new()];
                if rows.len() == lines {
                    return rows;
                }
            }
            letter if letter == separator && !is_open => row.push(String::new()),
            letter => cell.push(letter),
        }
    }
    if row.iter().any(|cell| !cell.trim().is_empty()) {
        rows.push(row);
    }
    rows
}

/// The decimal mark, and the marks between thousands.
pub(super) fn decimal<'cell>(cells: impl Iterator<Item = &'cell str>, reasons: &mut Vec<String>) -> (char, Vec<char>) {
    let (mut points, mut commas, mut unclear) = (0_usize, 0_usize, 0_usize);
    let mut marks = Vec::new();
    let mut grouped: Option<char> = None;
    for cell in cells {
        if let Some(mark) = ['.', ','].into_iter().find(|mark| is_in_groups(cell, *mark)) {
            grouped.get_or_insert(mark);
            continue;
        }
        let Some(last) = cell.rfind(['.', ',']).filter(|_| is_number(cell)) else { continue };
        // Three digits after the only mark may be thousands as well as decimals, and dates have two marks.
        if cell.len() - last == 4 && !is_no_thousands(&cell[..last]) {
            unclear += 1;
            continue;
        }
        let whole = &cell[..last];
        let is_decimal = !whole.contains(&cell[last..=last]);
        points += usize::from(is_decimal && cell[last..].starts_with('.'));
        commas += usize::from(is_decimal && cell[last..].starts_with(','));
        for mark in THOUSANDS.into_iter().chain(['.', ',']) {
            if is_decimal && whole.trim_start_matches('-').contains(mark) && !marks.contains(&mark) {
                marks.push(mark);
            }
        }
    }
    let is_comma = commas > points || points + commas == 0 && grouped == Some('.');
    let decimal = if is_comma { ',' } else { '.' };
    marks.extend(grouped.filter(|mark| !marks.contains(mark)));
    marks.retain(|mark| *mark != decimal);
    match points + commas {
        0 if grouped.is_some() => reasons.push(format!("decimal {decimal:?}: the other mark stands between thousands, twice in a number")),
        0 if unclear > 0 => reasons.push(format!(
            "decimal point, a guess: what stands before the last three digits of {unclear} numbers may as well be a mark between thousands"
        )),
        0 => reasons.push("decimal point, a guess: no number with decimals was seen".to_owned()),
        _ => reasons
            .push(format!("decimal {decimal:?}: {commas} numbers with a comma before the last digits, {points} with a point")),
    }
    (decimal, marks)
}

/// Whether a mark stands more than once in a number, and three digits behind each: dates are not written so.
fn is_in_groups(cell: &str, mark: char) -> bool {
    let mut groups = cell.trim_start_matches('-').split(mark);
    let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
    let first = groups.next().is_some_and(|first| (1..=3).contains(&first.len()) && is_digits(first) && !first.starts_with('0'));
    let behind: Vec<&str> = groups.collect();
    first && behind.len() > 1 && behind.iter().all(|group| group.len() == 3 && is_digits(group))
}

/// The one date format that all cells of a column are written in: with a time of day behind the date, or in
/// some of them, where they have one.
pub(super) fn date<'cell>(column: &str, cells: impl Iterator<Item = &'cell str>, reasons: &mut Vec<String>) -> Option<String> {
    let cells: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
    let fitting = |format: &&str| {
        let reads = |way: &String, cell: &&str| way_reads(way, cell);
        let ways: Vec<String> = ways(format).into_iter().filter(|way| cells.iter().any(|cell| reads(way, cell))).collect();
        (!cells.is_empty() && cells.iter().all(|cell| ways.iter().any(|way| reads(way, cell)))).then(|| ways.join("|"))
    };
    let fitting: Vec<String> = DATES.iter().filter_map(fitting).collect();
    match &fitting[..] {
        [] => return None,
        [one] => reasons.push(format!("column `{column}`: dates as {one}, in all of {} cells", cells.len())),
        [one, other, ..] => {
            reasons.push(format!("column `{column}`: dates as {one}, a guess: {other} reads all {} cells as well", cells.len()));
        }
    }
    fitting.into_iter().next()
}

/// A date by itself, and with a time of day behind it.
fn ways(format: &str) -> [String; 3] {
    [format.to_owned(), format!("{format} %*"), format!("{format}T%*")]
}

fn way_reads(way: &str, cell: &str) -> bool {
    DateFormat::new(way).expect("the formats here are whole").parse(cell.as_bytes()).is_ok()
}

/// Marks that stand between thousands, and nothing else.
const THOUSANDS: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// Whether a text is of digits and the marks of numbers.
fn is_number(cell: &str) -> bool {
    cell.contains(|letter: char| letter.is_ascii_digit())
        && cell
            .chars()
            .all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ',' | '-' | '+') || THOUSANDS.contains(&letter))
}

/// Whether what stands before a mark and three digits cannot be thousands: too many digits, or a zero in front.
fn is_no_thousands(whole: &str) -> bool {
    let digits = whole.trim_start_matches(['-', '+']);
    digits.starts_with('0') || digits.len() > 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) || digits.contains(['.', ','])
}

/// Whether a cell is a number or a day. A year may head a column as well as stand in it, and is neither.
pub(super) fn is_value(cell: &str) -> bool {
    let is_year = cell.len() == 4 && (cell.starts_with("19") || cell.starts_with("20"));
    let is_day = |format: &&str| ways(format).iter().any(|way| way_reads(way, cell));
    is_number(cell) && !is_year || DATES.iter().any(is_day)
}

/// Whether dots or blanks stand between the digits of codes.
pub(super) fn has_marks<'cell>(mut cells: impl Iterator<Item = &'cell str>) -> bool {
    cells.any(|cell| {
        cell.contains(['.', ' ']) && cell.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, '.' | ' '))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_divides_evenly() {
        let mut reasons = Vec::new();
        assert_eq!(separator("a;b;c\n1,5;2;3\n1,5;2,7;3\n", &mut reasons), ';');
        assert_eq!(separator("a\tb\n1\t2\n", &mut reasons), '\t');
        assert_eq!(separator("a\n1\n", &mut reasons), ',');
        assert!(reasons[2].contains("a guess"));
    }

    #[test]
    fn titles_are_not_the_header() {
        let of = |text: &str| {
            let (rest, skipped) = below_titles(text, ',', &mut Vec::new());
            (rest.lines().next().unwrap_or_default().to_owned(), skipped)
        };
        assert_eq!(of("Trade of Ruritania,,\nin dollars,,\n\na,b,c\n1,2,3\n"), ("a,b,c".to_owned(), 3));
        assert_eq!(of("a,b,c\n1,2,3\n"), ("a,b,c".to_owned(), 0));
        assert_eq!(of("# made by hand\nsep=,\n\na,b,c\n1,2,3\n"), ("a,b,c".to_owned(), 0));
        assert_eq!(of(""), (String::new(), 0));
    }

    #[test]
    fn decimal_marks() {
        let of = |cells: &[&str]| decimal(cells.iter().copied(), &mut Vec::new());
        assert_eq!(of(&["1.234,56", "7,5"]), (',', vec!['.']));
        assert_eq!(of(&["1,234.56", "7.5"]), ('.', vec![',']));
        assert_eq!(of(&["1\u{a0}234,5"]), (',', vec!['\u{a0}']));
        assert_eq!(of(&["12", "x,y", "31.03.2026"]), ('.', vec![]));
        assert_eq!(of(&["74'093.412", "6'495.42"]), ('.', vec!['\'']));
        // Three digits behind the mark: decimals where the digits before it are no thousands.
        assert_eq!(of(&["1234,567", "0,125"]), (',', vec![]));
        assert_eq!(of(&["-0,125"]), (',', vec![]));
        assert_eq!(of(&["1.234,567"]), (',', vec!['.']));
        assert_eq!(of(&["1,234", "12,345", "31.03.026"]), ('.', vec![]));
        // Twice in a number, a mark can only stand between thousands.
        assert_eq!(of(&["1,234", "12,345", "1,234,567", "31.03.026"]), ('.', vec![',']));
        assert_eq!(of(&["1.058", "1.234.567", "50"]), (',', vec!['.']));
        assert_eq!(of(&["12.5", "1.234.567"]), ('.', vec![]));
        // A heading of the tariff is no number.
        assert_eq!(of(&["8471.300.000", "031.300.000"]), ('.', vec![]));
    }

    #[test]
    fn a_date_that_two_formats_read_is_a_guess() {
        let mut reasons = Vec::new();
        assert_eq!(date("d", ["01/02/2026", "03/04/2026"].into_iter(), &mut reasons), Some("%d/%m/%Y".to_owned()));
        assert!(reasons[0].contains("a guess"));
        assert_eq!(date("d", ["01/13/2026"].into_iter(), &mut reasons), Some("%m/%d/%Y".to_owned()));
        assert_eq!(date("d", ["03/26/26", "3/1/26"].into_iter(), &mut reasons), Some("%m/%d/%y".to_owned()));
        assert_eq!(date("d", ["26-Mar-26"].into_iter(), &mut reasons), Some("%d-%b-%y".to_owned()));
        assert_eq!(date("d", ["26.03.2026 10:11", "1.3.2026 9:05"].into_iter(), &mut reasons), Some("%d.%m.%Y %*".to_owned()));
        let mixed = ["2026-03-26", "2026-03-27T10:11:12Z", ""];
        assert_eq!(date("d", mixed.into_iter(), &mut reasons), Some("%Y-%m-%d|%Y-%m-%dT%*".to_owned()));
        assert_eq!(date("d", ["x", "2026-01-01"].into_iter(), &mut reasons), None);
        assert_eq!(date("d", [""].into_iter(), &mut reasons), None);
    }
}
