//! Named algorithms that a step of the method applies to its rows, with `apply: name`.
//!
//! The SQL of such a step gives every column of its relation and leaves some of them empty; the
//! algorithm gets all rows and gives back the same rows, in the same order, with those columns
//! filled. So the SQL says what is estimated from what, and the names of the result. Invariants:
//! sums run in the order of the keys and never of the input, so that the same rows give the same
//! bits; a system that has no unique solution, or too few observations, is a word in `status` and
//! leaves its estimates empty. No estimate is ever NaN or infinite.

mod additive_effects;
mod column;
mod pooled_regression;
mod solve;

use arrow_array::RecordBatch;

/// Why an algorithm cannot be applied to the rows it was given: the step and it do not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AlgorithmError {
    #[error("the rows have no column `{0}`")]
    NoColumn(String),
    #[error("column `{column}` is `{found}`, and must be {expected}")]
    WrongType { column: String, found: String, expected: &'static str },
    #[error("column `{0}` is empty in a row, and must not be")]
    Empty(String),
    #[error("column `{0}` holds a number that is not finite")]
    NotFinite(String),
}

/// An algorithm by the name that `apply` uses.
#[derive(Clone, Copy, Debug)]
pub struct Algorithm {
    pub name: &'static str,
    /// One line for `tradestat show`.
    pub about: &'static str,
    run: fn(&RecordBatch) -> Result<RecordBatch, AlgorithmError>,
}

impl Algorithm {
    /// Fills the empty columns. The result has the schema and the rows of `rows`.
    ///
    /// # Errors
    /// A column that the algorithm needs is not there, has another type, or is empty in a row.
    pub fn run(&self, rows: &RecordBatch) -> Result<RecordBatch, AlgorithmError> {
        (self.run)(rows)
    }
}

/// Every algorithm that a step may name.
pub const ALGORITHMS: &[Algorithm] = &[
    Algorithm {
        name: "additive_effects",
        about: "weighted analysis of variance: what exporter, importer, product and year each add to a distance",
        run: additive_effects::run,
    },
    Algorithm {
        name: "pooled_regression",
        about: "weighted least squares from sums of products: a level for each row, the same slopes for all",
        run: pooled_regression::run,
    },
];

/// None where no algorithm is called so; the method then refuses the step that names it.
#[must_use]
pub fn named(name: &str) -> Option<Algorithm> {
    ALGORITHMS.iter().copied().find(|algorithm| algorithm.name == name)
}
