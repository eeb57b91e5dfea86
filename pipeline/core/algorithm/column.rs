//! Columns of a batch as numbers and words, and columns put back in place of empty ones.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Float64Array, RecordBatch, StringArray, StringViewArray};
use arrow_schema::DataType;

use super::AlgorithmError;

fn find<'a>(rows: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, AlgorithmError> {
    rows.column_by_name(name).ok_or_else(|| AlgorithmError::NoColumn(name.into()))
}

fn wrong(name: &str, found: &DataType, expected: &'static str) -> AlgorithmError {
    AlgorithmError::WrongType { column: name.into(), found: found.to_string(), expected }
}

/// A column of numbers, none of them empty. Decimals lose digits beyond the fifteenth here.
pub fn numbers(rows: &RecordBatch, name: &str) -> Result<Vec<f64>, AlgorithmError> {
    let array = find(rows, name)?;
    if array.null_count() > 0 {
        return Err(AlgorithmError::Empty(name.into()));
    }
    let values: Vec<f64> = match array.data_type() {
        DataType::Float64 => array.as_primitive::<Float64Type>().values().to_vec(),
        DataType::Int64 => array.as_primitive::<Int64Type>().values().iter().map(|v| *v as f64).collect(),
        DataType::Int32 => array.as_primitive::<Int32Type>().values().iter().map(|v| f64::from(*v)).collect(),
        DataType::Decimal128(_, scale) => {
            let unit = 10f64.powi(i32::from(*scale));
            array.as_primitive::<Decimal128Type>().values().iter().map(|v| *v as f64 / unit).collect()
        }
        other => return Err(wrong(name, other, "a number")),
    };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(AlgorithmError::NotFinite(name.into()));
    }
    Ok(values)
}

/// A column of codes or days as words, none of them empty.
pub fn words(rows: &RecordBatch, name: &str) -> Result<Vec<String>, AlgorithmError> {
    let array = find(rows, name)?;
    if array.null_count() > 0 {
        return Err(AlgorithmError::Empty(name.into()));
    }
    let at = |index: usize| -> Option<String> {
        Some(match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().value(index).to_string(),
            DataType::Utf8View => array.as_string_view().value(index).to_string(),
            DataType::Dictionary(_, values) if **values == DataType::Utf8 => {
                let codes = array.as_dictionary_opt::<Int32Type>()?;
                codes.values().as_string::<i32>().value(codes.keys().value(index) as usize).to_string()
            }
            // Days sort as words when they have the same number of digits.
            DataType::Date32 => format!("{:08}", array.as_primitive::<Date32Type>().value(index)),
            _ => return None,
        })
    };
    (0..rows.num_rows()).map(|index| at(index).ok_or_else(|| wrong(name, array.data_type(), "text or a day"))).collect()
}

/// The batch with columns replaced: numbers and words in place of what the SQL left empty.
pub struct Filling<'a> {
    rows: &'a RecordBatch,
    columns: Vec<ArrayRef>,
}

impl<'a> Filling<'a> {
    /// Begins with every column as the SQL gave it.
    pub fn new(rows: &'a RecordBatch) -> Self {
        Filling { rows, columns: rows.columns().to_vec() }
    }

    fn index(&self, name: &str) -> Result<usize, AlgorithmError> {
        self.rows.schema().index_of(name).map_err(|_| AlgorithmError::NoColumn(name.into()))
    }

    /// `None` stays empty; so does what is not finite.
    pub fn numbers(&mut self, name: &str, values: impl IntoIterator<Item = Option<f64>>) -> Result<(), AlgorithmError> {
        let at = self.index(name)?;
        match self.columns[at].data_type() {
            DataType::Float64 => {}
            other => return Err(wrong(name, other, "an empty `double`")),
        }
        let finite = values.into_iter().map(|value| value.filter(|value| value.is_finite()));
        self.columns[at] = Arc::new(finite.collect::<Float64Array>());
        Ok(())
    }

    /// One word for each row, none empty.
    ///
    /// # Errors
    /// The column is not there, or is no `varchar`.
    pub fn words(&mut self, name: &str, values: impl IntoIterator<Item = &'static str>) -> Result<(), AlgorithmError> {
        let at = self.index(name)?;
        let values = values.into_iter();
        self.columns[at] = match self.columns[at].data_type() {
            DataType::Utf8 => Arc::new(StringArray::from_iter_values(values)),
            DataType::Utf8View => Arc::new(StringViewArray::from_iter_values(values)),
            other => return Err(wrong(name, other, "an empty `varchar`")),
        };
        Ok(())
    }

    /// The same rows under the same schema.
    pub fn finish(self) -> RecordBatch {
        RecordBatch::try_new(self.rows.schema(), self.columns).expect("columns keep their length and type")
    }
}
