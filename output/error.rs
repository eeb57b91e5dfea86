//! Why something could not be rendered. Each names the table, sheet or chart.

use rust_xlsxwriter::XlsxError;

/// Why nothing could be rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("table `{table}` shows column `{column}`, which its batches do not have")]
    NoColumn { table: String, column: String },

    #[error("column `{column}` of table `{table}` is {found}, expected {expected}")]
    ColumnType { table: String, column: String, expected: &'static str, found: String },

    #[error("column `{column}` of table `{table}` holds `{found}` in row {row}, expected {expected}")]
    Unprintable { table: String, column: String, row: usize, expected: &'static str, found: String },

    #[error("row {row} of table `{table}` is of kind `{found}`, expected `total`, `group` or `row`")]
    RowKind { table: String, row: usize, found: String },

    #[error("row {row} of sheet `{sheet}` has {found} cells, expected {expected}")]
    RaggedRow { sheet: String, row: usize, found: usize, expected: usize },

    #[error("`{name}` has {rows} rows and {columns} columns, more than a worksheet holds")]
    TooLarge { name: String, rows: usize, columns: usize },

    #[error("cannot write workbook `{name}`")]
    Workbook { name: String, source: XlsxError },

    #[error("chart `{chart}` has {found} bars, expected at most {limit}")]
    TooManyBars { chart: String, found: usize, limit: usize },

    #[error("cannot draw chart `{chart}`: {why}")]
    Drawing { chart: String, why: String },
}
