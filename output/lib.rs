//! How results look: batches in, bytes out.
//!
//! | file | gives |
//! |---|---|
//! | [`table`] | what a table is: words, columns, batches |
//! | [`edition`], [`words`] | what is true of a whole release; the words formats write themselves |
//! | [`number`] | exact decimals: shifting, rounding half to even, printing |
//! | `print` | what a reader sees of a table: signs, rounded figures, weight of rows |
//! | [`csv`] | full values and flags, for machines |
//! | [`xlsx`], [`cut`] | workbooks as printed; what is too long for one |
//! | [`sheet`] | worklists: rows of text and numbers |
//! | [`chart`] | drawings, each as SVG and PNG |
//! | [`html`] | one page a release |
//! | [`document`] | text in chapters, as Markdown or a page |
//!
//! Invariant: no file, no query, no clock, no arithmetic on values beyond
//! shifting and rounding for display. The same input gives the same bytes, and
//! no batch makes it panic: a wrong type is an [`Error`].

mod cell;
pub mod chart;
pub mod csv;
pub mod cut;
pub mod document;
pub mod edition;
mod error;
pub mod html;
pub mod number;
mod print;
pub mod sheet;
pub mod table;
pub mod words;
pub mod xlsx;

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sample;

pub use cell::Cell;
pub use chart::{Chart, Drawing, Picture, draw};
pub use document::{Block, Chapter, Document, DocumentFormat, render_document};
pub use edition::{Edition, Language, Signs};
pub use error::Error;
pub use html::{Account, Link, Release, render_page};
pub use number::Number;
pub use sheet::{Sheet, SheetColumn, render_sheet};
pub use table::{Column, ColumnKind, ROW_KIND, Table};
pub use words::Words;

/// File formats of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Xlsx,
}

impl Format {
    /// The end of a file name.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
        }
    }
}

/// A finished file; where it goes is the caller's matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The table as a file.
pub fn render(table: &Table, edition: &Edition, format: Format) -> Result<Artifact, Error> {
    let bytes = match format {
        Format::Csv => csv::table(table)?,
        Format::Xlsx => xlsx::workbook(&table.name, &[(table, edition)])?,
    };
    Ok(Artifact { name: format!("{}.{}", table.name, format.ending()), bytes })
}
