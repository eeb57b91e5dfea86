//! Values that are known and left out of the file, so that what is estimated in their
//! place can be compared with them.
//!
//! Half are hidden at random, half by whole offices: an office that does not ask for a
//! value differs from the others, and that is how values are missing in practice.

use super::calendar::Month;
use super::chance::Stream;
use super::line::{Line, fixed};

/// One hidden value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hidden {
    /// The month of the file, as `2026-03`.
    pub month: String,
    /// The line of that file on which the record begins.
    pub line_no: u64,
    pub declaration_id: String,
    pub item_no: u32,
    /// The column left empty.
    pub field: &'static str,
    /// `random` or `office`.
    pub how: &'static str,
    /// What would stand there, as it would be written.
    pub value: String,
}

/// What one decision leaves empty. Of masses the gross mass goes with the net mass in one
/// decision of two, so that both ways of estimating are tried.
const FIELDS: [&str; 3] = ["net_mass_kg", "supplementary_quantity", "freight_cost"];

/// Every twentieth office is about a twentieth of the items; each field has its own ones.
const OFFICES_APART: u64 = 20;

/// Leaves values of a sound line empty, and says which.
pub fn hide(line: &mut Line<'_>, per_mille: u64, chance: &mut Stream, line_no: u64, month: Month) -> Vec<Hidden> {
    let mut hidden = Vec::new();
    if per_mille == 0 {
        return hidden;
    }
    for (office, field) in (0_u64..).zip(FIELDS) {
        let at_random = chance.per_mille(per_mille);
        let with_gross = chance.one_in(2);
        let by_office = line.office % OFFICES_APART == 7 + office * 5;
        let how = match (at_random, by_office) {
            (_, true) => "office",
            (true, false) => "random",
            _ => continue,
        };
        let (number, decimals) = match field {
            "net_mass_kg" => (line.net, 3),
            "supplementary_quantity" => (line.quantity.unwrap_or(0), 3),
            _ => (line.freight, 2),
        };
        if number <= 0 {
            continue;
        }
        line.hidden.push(field);
        if field == "net_mass_kg" && with_gross {
            line.hidden.push("gross_mass_kg");
        }
        let mut value = Vec::new();
        fixed(&mut value, number, decimals);
        hidden.push(Hidden {
            month: month.text(),
            line_no,
            declaration_id: line.declaration_id.to_owned(),
            item_no: line.item_no,
            field,
            how,
            value: String::from_utf8_lossy(&value).into_owned(),
        });
    }
    hidden
}

/// The hidden values as a file, one a line.
#[must_use]
pub fn hidden_csv(hidden: &[Hidden]) -> Vec<u8> {
    let mut out = String::from("month,line_no,declaration_id,item_no,field,how,value\n");
    for one in hidden {
        let Hidden { month, line_no, declaration_id, item_no, field, how, value } = one;
        out.push_str(&format!("{month},{line_no},{declaration_id},{item_no},{field},{how},{value}\n"));
    }
    out.into_bytes()
}
