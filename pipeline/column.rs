//! Columns of a batch by name, where the caller knows their kind.

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};

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
