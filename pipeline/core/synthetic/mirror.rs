//! Second books: what partner countries would report of the trade in the declarations, with
//! known distortions.
//!
//! Every item that the demonstration declares is also a flow in the books of the country at
//! its other end: an import there an export here, and the reverse. The books differ from the
//! declarations for the reasons by which real ones do, each of them planted and listed with
//! its value, so that what a comparison finds can be compared with what is there.
//!
//! Invariants: the bytes depend on the arguments only, no step uses floating point, and in
//! every cell what is planted adds up to the import less the export, to the cent.

mod book;
mod comtrade;
mod flow;
mod habit;
mod ledger;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use super::declaration::Setting;
use super::{Plan, World};
use ledger::Ledger;

pub use comtrade::{COLUMNS, Yearly};
pub use ledger::{Cause, Planted, truth_csv};

/// A country as a partner: its code in the files, and how far its goods travel.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// Two letters.
    pub code: &'a str,
    pub alpha3: &'a str,
    /// Area code of the layout, as `792`.
    pub area: &'a str,
    pub kilometres: u32,
}

/// What the books are made of, besides the world and the plan of the declarations.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The country of the declarations.
    pub own: Place<'a>,
    /// Its partners; those that [`REPORTERS`] names keep books.
    pub places: &'a [Place<'a>],
    /// Units of quantity: the one of the nomenclature, and its code in the layout.
    pub units: &'a [(&'a str, &'a str)],
    /// Edition of the subheadings, as the layout writes it: `H6`.
    pub edition: &'a str,
    /// National currency for one US dollar, per mille: what a value becomes that is taken
    /// for dollars.
    pub rate: u64,
}

/// Partners that keep books, leading ones first.
pub const REPORTERS: &[&str] = &["CN", "RU", "TR", "DE", "US", "IT", "GE", "KZ", "JP", "KR", "IN", "UA", "FR", "GB", "AE", "NL"];

/// One country's file: monthly figures by partner and subheading, in the layout of 47 columns.
pub struct Book {
    pub country: String,
    pub csv: Vec<u8>,
    pub rows: u64,
}

/// Books of all reporters, and everything that was planted in them.
pub struct Books {
    pub partners: Vec<Book>,
    /// The declarations as a book of the same layout, for comparisons without declarations.
    pub own: Book,
    pub truth: Vec<Planted>,
    /// What errors in the declarations add to the truth, where these are compared and not the
    /// sound book.
    pub slips: Vec<Planted>,
}

impl Books {
    /// Counts what errors in the declarations add among the truth: where these are compared and not
    /// the sound book.
    pub fn count_slips(&mut self) {
        self.truth.append(&mut self.slips);
    }
}

/// Makes the books of the plan's months. The first months lack what was sent before them,
/// so that a comparison should leave out as many as the longest lag has: two.
#[must_use]
pub fn second_books(world: &World<'_>, plan: &Plan, around: &Surroundings<'_>) -> Books {
    let setting = Setting::new(world, plan.seed);
    let first = plan.first_month();
    let months = first.number()..first.number() + u64::from(plan.months);
    let mut ledger = Ledger::new(&setting, around, months.clone());
    // Goods that arrive here after the last month have left there before.
    for index in 0..plan.months + habit::LONGEST_LAG {
        for flow in flow::month_flows(world, &setting, plan, u64::from(index)) {
            ledger.record(&flow);
        }
    }
    let own = ledger.own();
    let (cells, truth, slips) = ledger.close();
    let mut by_country: BTreeMap<usize, Vec<_>> = BTreeMap::new();
    for (key, cell) in cells {
        by_country.entry(key.reporter).or_default().push((key, cell));
    }
    let partners =
        by_country.iter().map(|(reporter, cells)| comtrade::book(&setting, around, &around.places[*reporter], cells)).collect();
    Books { partners, own: comtrade::book(&setting, around, &around.own, &own), truth, slips }
}
