//! Reads one cell of an Arrow array, whichever way it is stored.
//!
//! The type of a column is checked before its first row, so that an empty month
//! does not hide a wrong table.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type,
    Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

use crate::error::Error;
use crate::number::Number;
use crate::table::{Column, ColumnKind, Table};

/// What one cell holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    Missing,
    Text(String),
    Number(Number),
}

/// The array of a column, known to be of a type that the column can show.
pub(crate) struct Source<'a> {
    array: &'a ArrayRef,
    table: &'a str,
    column: &'a str,
    expected: &'static str,
}

impl<'a> Source<'a> {
    /// Finds and checks the array of `column`.
    pub(crate) fn of_column(table: &'a Table, column: &'a Column, batch: &'a RecordBatch) -> Result<Self, Error> {
        Self::find(table, &column.name, column.kind, batch)?
            .ok_or_else(|| Error::NoColumn { table: table.name.clone(), column: column.name.clone() })
    }

    /// Finds and checks a field that need not be there, as flags and row kinds.
    pub(crate) fn find(
        table: &'a Table,
        column: &'a str,
        kind: ColumnKind,
        batch: &'a RecordBatch,
    ) -> Result<Option<Self>, Error> {
        let Some(array) = batch.column_by_name(column) else {
            return Ok(None);
        };
        let expected = expected(kind);
        let stored = stored_type(array.data_type());
        let fits = match kind {
            _ if *stored == DataType::Null => true,
            ColumnKind::Date => *stored == DataType::Date32 || is_text(stored),
            ColumnKind::Code | ColumnKind::Text | ColumnKind::Flag => is_text(stored) || *stored == DataType::Boolean,
            _ => is_number(stored),
        };
        if fits {
            Ok(Some(Source { array, table: &table.name, column, expected }))
        } else {
            Err(Error::ColumnType {
                table: table.name.clone(),
                column: column.to_owned(),
                expected,
                found: array.data_type().to_string(),
            })
        }
    }

    /// What stands in a row, a missing value included.
    ///
    /// # Errors
    /// When it cannot be printed, as a number that is not finite; the error names table, column and row.
    pub(crate) fn cell(&self, row: usize) -> Result<Cell, Error> {
        read(self.array.as_ref(), row).map_err(|found| Error::Unprintable {
            table: self.table.to_owned(),
            column: self.column.to_owned(),
            row,
            expected: self.expected,
            found,
        })
    }

    /// The text of a cell, empty when missing: for flags and row kinds.
    pub(crate) fn text(&self, row: usize) -> Result<String, Error> {
        Ok(match self.cell(row)? {
            Cell::Text(text) => text,
            Cell::Missing | Cell::Number(_) => String::new(),
        })
    }
}

fn expected(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Date => "a date",
        ColumnKind::Code | ColumnKind::Text | ColumnKind::Flag => "text",
        _ => "a number",
    }
}

fn stored_type(data_type: &DataType) -> &DataType {
    match data_type {
        DataType::Dictionary(_, values) => stored_type(values),
        other => other,
    }
}

fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
}

fn is_number(data_type: &DataType) -> bool {
    use DataType::{Decimal128, Decimal256, Float32, Float64};
    data_type.is_integer() || matches!(data_type, Decimal128(..) | Decimal256(..) | Float32 | Float64)
}

/// The error is what was found.
fn read(array: &dyn Array, row: usize) -> Result<Cell, String> {
    if row >= array.len() || array.is_null(row) {
        return Ok(Cell::Missing);
    }
    let number = |value: i64| Ok(Cell::Number(Number::from(value)));
    let text = |value: &str| Ok(Cell::Text(value.to_owned()));
    match array.data_type() {
        DataType::Null => Ok(Cell::Missing),
        DataType::Utf8 => text(array.as_string::<i32>().value(row)),
        DataType::LargeUtf8 => text(array.as_string::<i64>().value(row)),
        DataType::Utf8View => text(array.as_string_view().value(row)),
        DataType::Boolean => text(if array.as_boolean().value(row) { "true" } else { "false" }),
        DataType::Int8 => number(value::<Int8Type>(array, row).into()),
        DataType::Int16 => number(value::<Int16Type>(array, row).into()),
        DataType::Int32 => number(value::<Int32Type>(array, row).into()),
        DataType::Int64 => number(value::<Int64Type>(array, row)),
        DataType::UInt8 => number(value::<UInt8Type>(array, row).into()),
        DataType::UInt16 => number(value::<UInt16Type>(array, row).into()),
        DataType::UInt32 => number(value::<UInt32Type>(array, row).into()),
        DataType::UInt64 => Ok(Cell::Number(Number::from(value::<UInt64Type>(array, row)))),
        DataType::Float32 => float(value::<Float32Type>(array, row).to_string()),
        DataType::Float64 => float(value::<Float64Type>(array, row).to_string()),
        DataType::Decimal128(_, scale) => Ok(Cell::Number(Number::from_unscaled(value::<Decimal128Type>(array, row), *scale))),
        DataType::Decimal256(..) => float(array.as_primitive::<Decimal256Type>().value_as_string(row)),
        DataType::Date32 => {
            let days = value::<Date32Type>(array, row);
            match Date32Type::to_naive_date_opt(days) {
                Some(date) => Ok(Cell::Text(date.to_string())),
                None => Err(format!("day {days}")),
            }
        }
        DataType::Dictionary(..) => {
            let dictionary = array.as_any_dictionary();
            match read(dictionary.keys(), row)? {
                Cell::Number(key) => read(dictionary.values().as_ref(), key.to_plain().parse().unwrap_or(usize::MAX)),
                Cell::Missing | Cell::Text(_) => Ok(Cell::Missing),
            }
        }
        other => Err(other.to_string()),
    }
}

fn value<T: ArrowPrimitiveType>(array: &dyn Array, row: usize) -> T::Native {
    array.as_primitive::<T>().value(row)
}

/// A number given as the shortest text that reads back.
fn float(text: String) -> Result<Cell, String> {
    Number::parse(&text).map(Cell::Number).ok_or(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use arrow_array::{
        BooleanArray, Date32Array, Decimal128Array, Decimal256Array, DictionaryArray, Float64Array, Int32Array, ListArray,
        NullArray, StringArray, StringViewArray,
    };
    use arrow_buffer::i256;

    fn source<'a>(table: &'a Table, kind: ColumnKind, batch: &'a RecordBatch) -> Result<Source<'a>, Error> {
        Source::find(table, "x", kind, batch).map(|found| found.expect("the batch has x"))
    }

    fn first(kind: ColumnKind, array: ArrayRef) -> Result<Cell, Error> {
        let table = crate::sample::table(Vec::new());
        let batch = RecordBatch::try_from_iter_with_nullable([("x", array, true)]).expect("one column");
        source(&table, kind, &batch)?.cell(0)
    }

    fn number(text: &str) -> Cell {
        Cell::Number(Number::parse(text).expect("a decimal"))
    }

    #[test]
    fn reads_every_stored_form_of_a_number() {
        let decimal = Decimal128Array::from(vec![1_234_560]).with_precision_and_scale(18, 3).expect("fits");
        let wide = Decimal256Array::from(vec![i256::from_i128(-5)]).with_precision_and_scale(60, 2).expect("fits");
        assert_eq!(
            first(ColumnKind::Value, Arc::new(decimal)).expect("reads"),
            Cell::Number(Number::from_unscaled(1_234_560, 3))
        );
        assert_eq!(first(ColumnKind::Value, Arc::new(wide)).expect("reads"), number("-0.05"));
        assert_eq!(first(ColumnKind::Percent, Arc::new(Float64Array::from(vec![0.1]))).expect("reads"), number("0.1"));
        assert_eq!(first(ColumnKind::Count, Arc::new(Int32Array::from(vec![7]))).expect("reads"), number("7"));
        assert_eq!(first(ColumnKind::Count, Arc::new(Int32Array::from(vec![None]))).expect("reads"), Cell::Missing);
    }

    #[test]
    fn reads_every_stored_form_of_a_text() {
        let dictionary: DictionaryArray<arrow_array::types::UInt8Type> = vec![Some("010121"), None].into_iter().collect();
        let text = |value: &str| Cell::Text(value.to_owned());
        assert_eq!(first(ColumnKind::Code, Arc::new(dictionary)).expect("reads"), text("010121"));
        assert_eq!(first(ColumnKind::Text, Arc::new(StringViewArray::from(vec!["ə"]))).expect("reads"), text("ə"));
        assert_eq!(first(ColumnKind::Text, Arc::new(BooleanArray::from(vec![true]))).expect("reads"), text("true"));
        assert_eq!(first(ColumnKind::Date, Arc::new(Date32Array::from(vec![20_513]))).expect("reads"), text("2026-03-01"));
    }

    #[test]
    fn a_dictionary_of_nothing_is_missing() {
        let empty = DictionaryArray::<arrow_array::types::Int32Type>::new(
            Int32Array::from(vec![None]),
            Arc::new(StringArray::from(Vec::<&str>::new())),
        );
        assert_eq!(first(ColumnKind::Code, Arc::new(empty)).expect("reads"), Cell::Missing);
        assert_eq!(first(ColumnKind::Value, Arc::new(NullArray::new(1))).expect("reads"), Cell::Missing);
    }

    #[test]
    fn a_wrong_type_is_an_error_that_names_the_column() {
        let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
        for (kind, array) in [
            (ColumnKind::Value, Arc::new(StringArray::from(vec!["1"])) as ArrayRef),
            // A code stored as a number has lost its leading zeros already.
            (ColumnKind::Code, Arc::new(Int32Array::from(vec![10121]))),
            (ColumnKind::Date, Arc::new(Int32Array::from(vec![1]))),
            (ColumnKind::Text, Arc::new(list)),
        ] {
            let error = first(kind, array).expect_err("a wrong type");
            assert!(error.to_string().starts_with("column `x` of table `T00_sample` is"), "{error}");
        }
    }

    #[test]
    fn what_is_not_a_figure_is_an_error() {
        for value in [f64::NAN, f64::INFINITY] {
            let error = first(ColumnKind::Percent, Arc::new(Float64Array::from(vec![value]))).expect_err("not finite");
            assert!(error.to_string().contains("row 0, expected a number"), "{error}");
        }
        let error = first(ColumnKind::Date, Arc::new(Date32Array::from(vec![i32::MAX]))).expect_err("no such day");
        assert!(error.to_string().contains("expected a date"), "{error}");
    }
}
