//! A published table: its words, its columns and the batches behind it.
//!
//! Says what a column is, not how a format shows it.

use arrow_array::RecordBatch;

use crate::edition::Edition;

/// What stands in a column, which decides how each format writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Value of a code list: text, even when it is all digits.
    Code,
    Text,
    /// Money, divided in print by the scale of the table.
    Value,
    /// 0 to 1, printed in percent.
    Share,
    /// 0 to 100 or any change in percent, printed as it is.
    Percent,
    Quantity,
    Count,
    /// Marks of a figure; `e` is an estimate. Hidden in print, where the signs stand instead.
    Flag,
    Date,
}

impl ColumnKind {
    /// Printed as a figure, to the right of its cell.
    pub(crate) fn is_number(self) -> bool {
        use ColumnKind::{Count, Percent, Quantity, Share, Value};
        matches!(self, Value | Share | Percent | Quantity | Count)
    }
}

/// One column of a table.
#[derive(Clone, Debug)]
pub struct Column {
    /// Field name in the batches and in the CSV header.
    pub name: String,
    /// Heading in print.
    pub title: String,
    pub kind: ColumnKind,
    /// Stands under the heading; `None` leaves it out.
    pub unit: Option<String>,
    /// Decimals in print; `None` takes those of the table (counts: none).
    pub decimals: Option<u32>,
    /// Power of ten that print divides by; `None` takes that of the kind: the table's for values, 0 else.
    pub scale: Option<i32>,
    /// Heading over this column and its neighbours of the same heading.
    pub group_heading: Option<String>,
    /// Other columns whose flags this one takes over: a change is an estimate where one of its two figures is.
    pub derived_from: Vec<String>,
    /// Stands in data files only.
    pub is_for_machines: bool,
}

impl Column {
    /// A column without unit and heading, with decimals and scale as the table and the kind have them.
    pub fn new(name: impl Into<String>, title: impl Into<String>, kind: ColumnKind) -> Self {
        Column {
            name: name.into(),
            title: title.into(),
            kind,
            unit: None,
            decimals: None,
            scale: None,
            group_heading: None,
            derived_from: Vec::new(),
            is_for_machines: false,
        }
    }

    /// Stands under the heading of the column.
    #[must_use]
    pub fn unit(mut self, unit: impl Into<String>) -> Self {
        self.unit = Some(unit.into());
        self
    }

    /// Decimals in print, in place of the table's.
    #[must_use]
    pub fn decimals(mut self, decimals: u32) -> Self {
        self.decimals = Some(decimals);
        self
    }

    /// Print divides by ten to this power, in place of the one of the kind.
    #[must_use]
    pub fn scale(mut self, power_of_ten: i32) -> Self {
        self.scale = Some(power_of_ten);
        self
    }

    /// Neighbours with the same heading share it.
    #[must_use]
    pub fn under(mut self, group_heading: impl Into<String>) -> Self {
        self.group_heading = Some(group_heading.into());
        self
    }

    /// Adds columns whose flags this one takes over.
    #[must_use]
    pub fn derived_from(mut self, columns: impl IntoIterator<Item = String>) -> Self {
        self.derived_from.extend(columns);
        self
    }

    /// Keeps the column out of print.
    #[must_use]
    pub fn for_machines(mut self) -> Self {
        self.is_for_machines = true;
        self
    }

    /// Flags and the kind of a row are for machines; print shows them as signs and weight.
    pub(crate) fn is_printed(&self) -> bool {
        self.kind != ColumnKind::Flag && self.name != ROW_KIND && !self.is_for_machines
    }
}

/// Field that says what a row is: `total`, `group` or `row`. Need not be a column.
pub const ROW_KIND: &str = "row_kind";

/// Field whose flags hold for the figures of a row that have none of their own; `<column>_flag` holds for one column.
pub const FLAG: &str = "flag";

/// A table to publish. Values arrive in full precision; print divides and rounds.
#[derive(Clone, Debug)]
pub struct Table {
    /// `T03`: sheet name and anchor.
    pub code: String,
    /// `T03_trade_by_partner`: relation and file name.
    pub name: String,
    pub title: String,
    /// The period in words.
    pub subtitle: String,
    /// Unit of the values in print, `thousand USD`.
    pub unit: String,
    /// Power of ten between the stored value and the printed unit: 3 for thousands.
    pub scale: i32,
    /// Decimals in print.
    pub decimals: u32,
    pub columns: Vec<Column>,
    pub batches: Vec<RecordBatch>,
    pub notes: Vec<String>,
    /// Where its figures come from, where that is not the source of the edition.
    pub source: Option<String>,
    /// Too long to be read: data files, no workbook and no place on a page.
    pub is_data_only: bool,
}

impl Table {
    /// Rows of data, without headings.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The source printed under the table: its own, or that of the edition.
    pub fn source<'t>(&'t self, edition: &'t Edition) -> &'t str {
        self.source.as_deref().unwrap_or(&edition.source)
    }

    /// Decimals of a column in print; a count has none unless it says so.
    pub(crate) fn decimals_of(&self, column: &Column) -> u32 {
        column.decimals.unwrap_or(if column.kind == ColumnKind::Count { 0 } else { self.decimals })
    }

    /// Power of ten that print divides a column by; a share is multiplied by a hundred.
    pub(crate) fn scale_of(&self, column: &Column) -> i32 {
        column.scale.unwrap_or(match column.kind {
            ColumnKind::Value => self.scale,
            ColumnKind::Share => -2,
            _ => 0,
        })
    }
}
