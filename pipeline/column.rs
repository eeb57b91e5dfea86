//! Columns of a batch by name, where the caller knows their kind.

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

/// A text column whatever its encoding.
pub fn text_column(batch: &RecordBatch, name: &str) -> StringArray {
    let column = batch.column_by_name(name).expect("the caller asks for columns it selected");
    cast(column, &DataType::Utf8).expect("codes are text").as_string::<i32>().clone()
}

/// A column of whole numbers.
pub fn int_column(batch: &RecordBatch, name: &str) -> Int64Array {
    let column = batch.column_by_name(name).expect("the caller asks for columns it selected");
    column.as_primitive::<Int64Type>().clone()
}

/// A cell as decisions write it: empty when null, numbers without padding zeros.
pub fn cell_text(batch: &RecordBatch, name: &str, row: usize) -> String {
    let column = batch.column_by_name(name).expect("the caller asks for columns it selected");
    let options = FormatOptions::default();
    let text = ArrayFormatter::try_new(column.as_ref(), &options).map(|cells| cells.value(row).to_string()).unwrap_or_default();
    if matches!(column.data_type(), DataType::Decimal128(..)) { without_padding(&text) } else { text }
}

/// A number without the zeros that its field adds.
pub fn without_padding(number: &str) -> String {
    if number.contains('.') { number.trim_end_matches('0').trim_end_matches('.').to_string() } else { number.to_string() }
}
