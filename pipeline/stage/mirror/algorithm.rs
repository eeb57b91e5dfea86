//! Algorithms that a step names with `apply:`: the rows of the step in, the same rows with their
//! estimates out.

use datafusion::arrow::array::RecordBatch;
use tradestat_core::algorithm::{ALGORITHMS, named};

use crate::error::{Error, Result, nearest};
use crate::method::Step;

/// Runs the named algorithm on the rows of a step. Exit 5 where the program has none of that
/// name, or where the rows are not what it needs.
pub fn apply(name: &str, step: &Step, rows: &RecordBatch) -> Result<RecordBatch> {
    let wrong = |problem: String, hint: String| Error::Inconsistent { file: step.file.clone(), line: None, problem, hint };
    let Some(algorithm) = named(name) else {
        let known = || ALGORITHMS.iter().map(|algorithm| algorithm.name);
        let hint = match nearest(name, known()) {
            Some(near) => format!("an algorithm with a similar name exists: `{near}`"),
            None => format!("algorithms: {}", known().collect::<Vec<_>>().join(", ")),
        };
        return Err(wrong(format!("applies `{name}`, which is no algorithm of this program"), hint));
    };
    algorithm.run(rows).map_err(|error| wrong(format!("cannot apply `{name}`: {error}"), String::new()))
}
