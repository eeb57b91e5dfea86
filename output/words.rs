//! The few words that formats write themselves, in the language of print.
//!
//! Titles, names and notes come with the tables; only what no table carries is
//! here. English is built in, other languages are given by key from the label
//! list, so that a language needs no code.

/// Makes the words once: the key in the label list, the English text, the accessor.
macro_rules! words {
    ($($name:ident $english:literal)*) => {
        /// Texts by key; a text that is not given stays English.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct Words { $($name: String),* }

        impl Words {
            /// Keys in the label list, each with its English text.
            pub const KEYS: &[(&str, &str)] = &[$((stringify!($name), $english)),*];

            /// Takes each text from `label`, English where it gives none.
            pub fn from_labels(label: impl Fn(&str) -> Option<String>) -> Self {
                Words { $($name: label(stringify!($name)).unwrap_or_else(|| $english.to_owned())),* }
            }

            $(pub fn $name(&self) -> &str { &self.$name })*
        }
    };
}

words! {
    unit "Unit"
    source "Source"
    notes "Notes"
    signs "Signs"
    sign_nil "nil"
    sign_missing "not available"
    sign_negligible "less than half of the last digit shown"
    sign_estimate "estimate, or holds an estimate"
    rounded "Figures are rounded; the CSV and Parquet files of the same name carry the full values."
    state "State"
    period "Period"
    run "run"
    method "method"
    method_digest "Digest of the method"
    contents "Contents"
    tables "Tables"
    charts "Charts"
    files "Files"
    account "Account of the lines"
    account_what "What happened"
    account_count "Lines or items"
    account_value "Declared statistical value"
    to_contents "Back to contents"
    exports "Exports"
    imports "Imports"
    balance "Balance"
    no_data "no data"
    as_reported "as reported"
    bar_recorded "stands in the records"
    bar_estimated "estimated"
    bar_unexplained "unexplained"
    axis_cut "the axis does not start at zero"
    importer_more "the importer reports more"
    exporter_more "the exporter reports more"
    both_equal "equal"
    other_languages "In other languages"
    cut_into_files "The table has more rows than a workbook holds: it is cut into one workbook for each of"
    part "part"
    synthetic_mark "SYNTHETIC DATA"
    synthetic "SYNTHETIC DATA: made by the demo, not statistics of any country"
}

impl Default for Words {
    fn default() -> Self {
        Words::from_labels(|_| None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_replaces_the_english_text_and_only_that() {
        let words = Words::from_labels(|key| (key == "imports").then(|| "İdxal".to_owned()));
        assert_eq!(words.imports(), "İdxal");
        assert_eq!(words.exports(), "Exports");
    }

    #[test]
    fn keys_are_known_to_whoever_writes_the_label_list() {
        assert!(Words::KEYS.contains(&("no_data", "no data")));
    }
}
