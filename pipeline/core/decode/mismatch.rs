//! Why a file is not of its form.

/// The file as a whole cannot be read with this form. What is wrong with one line is a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormMismatch {
    #[error("the file is empty, expected a header with the columns of form `{form}`")]
    Empty { form: String },
    #[error("the file holds a header and no lines")]
    OnlyHeader,
    #[error("line 1: column `{column}` is missing; found `{found}`, expected every column of form `{form}`")]
    MissingColumn { form: String, column: String, found: String, near: Option<String> },
    #[error("line 1: column `{column}` occurs {count} times, expected once")]
    DoubledColumn { column: String, count: usize },
    /// Its cells are not shown: where a header is missing, they are somebody's data.
    #[error("line 1: none of its {cells} fields is a column of form `{form}`, expected a header with every one of them")]
    NoHeader { form: String, cells: usize },
    #[error("line 1: found one field `{found}`, expected fields between `{expected}`")]
    Separator { found: String, expected: char, likely: Option<char> },
    #[error("line 1: the header has {columns} columns, expected at most {most}")]
    TooManyColumns { columns: usize, most: usize },
    #[error("line 1: the header cannot be split into fields: {detail}")]
    Header { detail: &'static str },
    #[error("the bytes are not {expected}: {found}")]
    Encoding { expected: &'static str, found: String, likely: Option<&'static str> },
    #[error("the file is no text: {found}")]
    NoText { found: &'static str },
    #[error("its bytes are odd in number, expected {encoding}, where every letter has two")]
    HalfLetter { encoding: &'static str },
    #[error("line {line}, column {column}: found {found}, expected {expected}")]
    Document { line: u64, column: u64, found: String, expected: String },
}

impl FormMismatch {
    /// A way out, where one is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            FormMismatch::Empty { .. } | FormMismatch::OnlyHeader | FormMismatch::HalfLetter { .. } => {
                Some("was the transfer cut short? ask the sender for the file again".to_owned())
            }
            FormMismatch::MissingColumn { near: Some(near), .. } => {
                Some(format!("a column with a similar name exists: `{near}`"))
            }
            FormMismatch::NoHeader { form, .. } => {
                Some(format!("was the header left out? `tradestat show {form}` lists the columns"))
            }
            FormMismatch::MissingColumn { form, .. } => Some(format!("`tradestat show {form}` lists the columns")),
            FormMismatch::DoubledColumn { .. } => {
                Some("which of them counts cannot be guessed: rename or remove the other".to_owned())
            }
            FormMismatch::TooManyColumns { .. } => Some(
                "were the line breaks of the file lost? all that stands in its first line is taken for the header".to_owned(),
            ),
            FormMismatch::Separator { likely: Some(likely), .. } => Some(format!("set `separator = {likely:?}` in the form")),
            FormMismatch::Encoding { likely: Some(likely), .. } => Some(format!("set `encoding = \"{likely}\"` in the form")),
            FormMismatch::Separator { .. } | FormMismatch::Header { .. } | FormMismatch::Encoding { .. } => {
                Some("`tradestat ingest --sniff FILE` proposes a form".to_owned())
            }
            FormMismatch::NoText { .. } => Some("ask the sender for the table as CSV or XML".to_owned()),
            FormMismatch::Document { .. } => None,
        }
    }
}
