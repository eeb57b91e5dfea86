//! What is true of a whole release: language, signs, source, state.
//!
//! Everything a reader needs to trace a figure to its run stands here once, and
//! every format prints it.

use crate::words::Words;

/// Language of print.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    En,
    Az,
    Ru,
}

impl Language {
    /// The tag of BCP 47, for a screen reader.
    pub fn tag(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Az => "az",
            Language::Ru => "ru",
        }
    }

    /// The text as it begins a line: months and quarters are written small within a sentence.
    pub(crate) fn capitalised(self, text: &str) -> String {
        let mut letters = text.chars();
        match (letters.next(), self) {
            (Some('i'), Language::Az) => format!("İ{}", letters.as_str()),
            (Some(first), _) => first.to_uppercase().chain(letters).collect(),
            (None, _) => String::new(),
        }
    }

    /// Stands before the decimals of a printed number.
    pub(crate) fn decimal_mark(self) -> char {
        match self {
            Language::En => '.',
            Language::Az | Language::Ru => ',',
        }
    }

    /// Stands between groups of three digits of a printed number.
    pub(crate) fn thousands_mark(self) -> char {
        match self {
            Language::En => ',',
            // Not a plain blank: a number must not break at the end of a line.
            Language::Az | Language::Ru => '\u{a0}',
        }
    }
}

/// Signs that stand in print where a figure is special. Never in CSV.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signs {
    /// Exactly zero.
    pub nil: String,
    /// No figure.
    pub missing: String,
    /// Not zero, but rounds to zero. Written with the decimals and the mark of the column if it is a zero.
    pub negligible: String,
    /// Follows a figure that is, or holds, an estimate.
    pub estimate: String,
}

impl Default for Signs {
    fn default() -> Self {
        Signs { nil: "-".to_owned(), missing: "...".to_owned(), negligible: "0.0".to_owned(), estimate: "*".to_owned() }
    }
}

/// What is true of every table, chart and page of one release.
#[derive(Clone, Debug, Default)]
pub struct Edition {
    pub language: Language,
    pub signs: Signs,
    pub words: Words,
    /// Who publishes, from what: one line under every table and chart.
    pub source: String,
    /// Provisional, final or revised, in the language of print.
    pub state: String,
    pub run_id: String,
    pub method_digest: String,
    /// Seconds since 1970, UTC: the only date written into files, so that the same input gives the same bytes.
    pub created_at: i64,
    /// The data were made by the demo; every table, chart and page then says so.
    pub synthetic: bool,
    /// What a reader must know before any figure, in the language of print: every page, workbook and
    /// chart says it.
    pub notices: Vec<String>,
    /// Stands on the first page and in every workbook until disclosure protection is applied.
    pub confidentiality_note: Option<String>,
}

impl Edition {
    /// Run and digest, so that a figure cut from its file can still be traced.
    pub(crate) fn trace(&self) -> String {
        let mut parts = Vec::new();
        if !self.state.is_empty() {
            parts.push(self.state.clone());
        }
        if !self.run_id.is_empty() {
            parts.push(format!("{} {}", self.words.run(), self.run_id));
        }
        if !self.method_digest.is_empty() {
            parts.push(format!("{} {}", self.words.method(), short_digest(&self.method_digest)));
        }
        parts.join(", ")
    }
}

/// The first sixteen characters: enough to find the method, short enough for a line of print.
pub(crate) fn short_digest(digest: &str) -> String {
    digest.chars().take(16).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_begins_with_a_large_letter_of_its_language() {
        for (language, text, line) in [
            (Language::En, "first quarter 2026", "First quarter 2026"),
            (Language::Az, "iyun 2026", "İyun 2026"),
            (Language::Ru, "март 2026", "Март 2026"),
            (Language::Ru, "2026", "2026"),
            (Language::En, "", ""),
        ] {
            assert_eq!(language.capitalised(text), line);
        }
    }
}
