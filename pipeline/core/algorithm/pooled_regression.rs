//! Weighted least squares from sums of products, with a level for each row and common slopes.
//!
//! Columns read: `observation_count`, and `moment__A__B` for every two of the variables `one`,
//! the regressors, and `outcome`: the weighted sum of A times B over the observations of the row.
//! Columns filled: `intercept` of the row; `coefficient__A` and `standard_error__A` for every
//! regressor; `r_squared`, the share of the spread within rows that the regressors explain;
//! `status`:
//!
//! * `fitted`;
//! * `too thin`: not more observations than unknowns;
//! * `singular`: a regressor is a combination of others. One that is the same in all
//!   observations is only left out, with a coefficient of nil and no standard error, because
//!   the level holds what it says.

use arrow_array::RecordBatch;

use super::AlgorithmError;
use super::column::{Filling, numbers, words};
use super::solve::{Factor, Symmetric};

/// Spread this small beside the square of the variable is rounding of its mean.
const SPREAD_MIN: f64 = 1e-9;

struct Fit {
    slopes: Vec<f64>,
    errors: Vec<Option<f64>>,
    r_squared: f64,
}

/// A row has a level of its own and is known by its first column; every column `coefficient__A` names a regressor A.
///
/// # Errors
/// A column is not there, has another type, is empty in a row or holds what is not finite.
pub fn run(rows: &RecordBatch) -> Result<RecordBatch, AlgorithmError> {
    let names = regressors(rows);
    let variables: Vec<&str> =
        std::iter::once("one").chain(names.iter().map(String::as_str)).chain(std::iter::once("outcome")).collect();
    let mut moments = vec![vec![Vec::new(); variables.len()]; variables.len()];
    for (i, a) in variables.iter().enumerate() {
        for (j, b) in variables.iter().enumerate().skip(i) {
            moments[i][j] = numbers(rows, &format!("moment__{a}__{b}"))?;
        }
    }
    let observations = numbers(rows, "observation_count")?;
    let keys = words(rows, rows.schema().field(0).name())?;
    let mut order: Vec<usize> = (0..rows.num_rows()).collect();
    order.sort_by(|a, b| keys[*a].cmp(&keys[*b]));

    let fit = fit(&moments, &observations, &order);
    let mut filling = Filling::new(rows);
    let found = fit.as_ref().ok();
    for (at, name) in names.iter().enumerate() {
        filling.numbers(&format!("coefficient__{name}"), order.iter().map(|_| found.map(|fit| fit.slopes[at])))?;
        filling.numbers(&format!("standard_error__{name}"), order.iter().map(|_| found.and_then(|fit| fit.errors[at])))?;
    }
    let last = variables.len() - 1;
    let level = |row: usize| {
        let fit = found?;
        let weight = moments[0][0][row];
        let explained: f64 = fit.slopes.iter().enumerate().map(|(at, slope)| slope * moments[0][at + 1][row]).sum();
        (weight > 0.0).then(|| (moments[0][last][row] - explained) / weight)
    };
    filling.numbers("intercept", (0..rows.num_rows()).map(level))?;
    filling.numbers("r_squared", order.iter().map(|_| found.map(|fit| fit.r_squared)))?;
    let status = fit.as_ref().err().copied().unwrap_or("fitted");
    filling.words("status", order.iter().map(|_| status))?;
    Ok(filling.finish())
}

/// Names of the regressors, in the order of the columns.
fn regressors(rows: &RecordBatch) -> Vec<String> {
    let schema = rows.schema();
    let names = schema.fields().iter().filter_map(|field| field.name().strip_prefix("coefficient__").map(String::from));
    names.collect()
}

fn fit(moments: &[Vec<Vec<f64>>], observations: &[f64], order: &[usize]) -> Result<Fit, &'static str> {
    let (last, count) = (moments.len() - 1, moments.len() - 2);
    let rows: Vec<usize> = order.iter().copied().filter(|row| moments[0][0][*row] > 0.0).collect();
    // Sums about the means of each row, added over the rows.
    let within = |a: usize, b: usize| -> f64 {
        rows.iter().map(|row| moments[a][b][*row] - moments[0][a][*row] * moments[0][b][*row] / moments[0][0][*row]).sum()
    };
    let raw = |a: usize| -> f64 { rows.iter().map(|row| moments[a][a][*row]).sum() };
    let varies: Vec<bool> = (1..=count).map(|a| within(a, a) > SPREAD_MIN * raw(a)).collect();
    let unknowns = rows.len() + varies.iter().filter(|varies| **varies).count();
    let freedom = rows.iter().map(|row| observations[*row]).sum::<f64>() - unknowns as f64;
    if rows.is_empty() || freedom <= 0.0 {
        return Err("too thin");
    }
    let kept: Vec<usize> = (1..=count).filter(|a| varies[a - 1]).collect();
    let mut matrix = Symmetric::zero(kept.len());
    for (i, a) in kept.iter().enumerate() {
        for (j, b) in kept.iter().enumerate().skip(i) {
            matrix.add(i, j, within(*a.min(b), *a.max(b)));
        }
    }
    let factor = Factor::new(&matrix);
    if factor.is_dependent.contains(&true) {
        return Err("singular");
    }
    let right: Vec<f64> = kept.iter().map(|a| within(*a, last)).collect();
    let solution = factor.solve(&right);
    let spread = within(last, last);
    let explained: f64 = solution.iter().zip(&right).map(|(slope, product)| slope * product).sum();
    let left = (spread - explained).max(0.0);
    let mut slopes = vec![0.0; count];
    let mut errors = vec![None; count];
    for (i, a) in kept.iter().enumerate() {
        slopes[a - 1] = solution[i];
        let unit: Vec<f64> = (0..kept.len()).map(|k| if k == i { 1.0 } else { 0.0 }).collect();
        errors[a - 1] = Some((left / freedom * factor.solve(&unit)[i]).max(0.0).sqrt());
    }
    let r_squared = if spread > 0.0 { (explained / spread).clamp(0.0, 1.0) } else { 0.0 };
    Ok(Fit { slopes, errors, r_squared })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;
    use arrow_array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

    /// Rows as the SQL gives them: (key, observations of weight, distance, border, outcome).
    fn rows(groups: &[(&str, &[[f64; 4]])]) -> RecordBatch {
        let names = ["one", "distance", "border", "outcome"];
        let value = |o: &[f64; 4], name: usize| if name == 0 { 1.0 } else { o[name] };
        let mut columns: Vec<(String, ArrayRef)> = vec![
            ("year".into(), Arc::new(StringArray::from_iter_values(groups.iter().map(|g| g.0)))),
            ("observation_count".into(), Arc::new(Int64Array::from_iter_values(groups.iter().map(|g| g.1.len() as i64)))),
        ];
        for a in 0..4 {
            for b in a..4 {
                let sums = groups.iter().map(|g| g.1.iter().map(|o| o[0] * value(o, a) * value(o, b)).sum::<f64>());
                columns.push((format!("moment__{}__{}", names[a], names[b]), Arc::new(Float64Array::from_iter_values(sums))));
            }
        }
        let empty = || Arc::new(Float64Array::from(vec![None::<f64>; groups.len()])) as ArrayRef;
        for name in [
            "intercept",
            "coefficient__distance",
            "standard_error__distance",
            "coefficient__border",
            "standard_error__border",
            "r_squared",
        ] {
            columns.push((name.into(), empty()));
        }
        columns.push(("status".into(), Arc::new(StringArray::from(vec![None::<&str>; groups.len()]))));
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).expect("a batch")
    }

    fn number(batch: &RecordBatch, name: &str, row: usize) -> Option<f64> {
        let column = batch.column_by_name(name).expect("a column").as_primitive::<Float64Type>();
        (!arrow_array::Array::is_null(column, row)).then(|| column.value(row))
    }

    fn status(batch: &RecordBatch) -> String {
        batch.column_by_name("status").expect("a column").as_string::<i32>().value(0).to_string()
    }

    #[test]
    fn a_plane_is_found_exactly() {
        // outcome = 0.1 + 0.02 distance - 0.05 border in one year, 0.3 + the same in another
        let plane = |level: f64, d: f64, b: f64, w: f64| [w, d, b, level + 0.02 * d - 0.05 * b];
        let first = [plane(0.1, 1.0, 0.0, 1.0), plane(0.1, 4.0, 1.0, 0.5), plane(0.1, 9.0, 0.0, 2.0), plane(0.1, 2.0, 1.0, 1.0)];
        let second = [plane(0.3, 2.0, 1.0, 1.0), plane(0.3, 7.0, 0.0, 3.0), plane(0.3, 5.0, 1.0, 1.0)];
        let made = super::run(&rows(&[("2024", &first), ("2023", &second)])).expect("it fits");
        assert_eq!(status(&made), "fitted");
        let near = |name: &str, row: usize, value: f64| {
            let found = number(&made, name, row).expect("filled");
            assert!((found - value).abs() < 1e-9, "{name}: {found}");
        };
        near("coefficient__distance", 0, 0.02);
        near("coefficient__border", 1, -0.05);
        near("intercept", 0, 0.1);
        near("intercept", 1, 0.3);
        near("r_squared", 0, 1.0);
    }

    #[test]
    fn a_line_by_hand() {
        // distance 0 1 2 3, outcome 0 1 1 2: slope 0.6, level 0.1; explained 1.8 of 2;
        // the rest 0.2 over 4 - 2 is 0.1, over the spread 5 of distance: error sqrt(0.02)
        let made = super::run(&rows(&[(
            "2024",
            &[[1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 1.0], [1.0, 2.0, 0.0, 1.0], [1.0, 3.0, 0.0, 2.0]],
        )]))
        .expect("it fits");
        let found = |name: &str| number(&made, name, 0).expect("filled");
        assert!((found("coefficient__distance") - 0.6).abs() < 1e-12);
        assert!((found("intercept") - 0.1).abs() < 1e-12);
        assert!((found("r_squared") - 0.9).abs() < 1e-12);
        assert!((found("standard_error__distance") - 0.02f64.sqrt()).abs() < 1e-12);
        // a border that nobody has says nothing
        assert_eq!((number(&made, "coefficient__border", 0), number(&made, "standard_error__border", 0)), (Some(0.0), None));
    }

    #[test]
    fn what_cannot_be_known_is_said() {
        let repeated = [[1.0, 1.0, 1.0, 0.3], [1.0, 2.0, 2.0, 0.1], [1.0, 3.0, 3.0, 0.7], [1.0, 5.0, 5.0, 0.2]];
        let singular = super::run(&rows(&[("2024", &repeated)])).expect("it fits");
        assert_eq!((status(&singular).as_str(), number(&singular, "r_squared", 0)), ("singular", None));
        let thin = super::run(&rows(&[("2024", &[[1.0, 1.0, 0.0, 0.3], [1.0, 2.0, 1.0, 0.1]])])).expect("it fits");
        assert_eq!((status(&thin).as_str(), number(&thin, "intercept", 0)), ("too thin", None));
        assert_eq!(super::run(&rows(&[])).expect("nothing is fine").num_rows(), 0);
    }
}
