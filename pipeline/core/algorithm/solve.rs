//! Symmetric linear equations, solved directly: nothing iterates, so nothing can fail to converge.

/// A square symmetric matrix, row by row.
#[derive(Clone, Debug)]
pub struct Symmetric {
    pub size: usize,
    cells: Vec<f64>,
}

impl Symmetric {
    /// Nothing added up yet, for so many unknowns.
    pub fn zero(size: usize) -> Self {
        Symmetric { size, cells: vec![0.0; size * size] }
    }

    /// The cell in this row and column, both from 0.
    pub fn at(&self, row: usize, column: usize) -> f64 {
        self.cells[row * self.size + column]
    }

    /// Adds to a cell and its mirror image.
    pub fn add(&mut self, row: usize, column: usize, value: f64) {
        self.cells[row * self.size + column] += value;
        if row != column {
            self.cells[column * self.size + row] += value;
        }
    }
}

/// The Cholesky factor of a matrix of sums of products, without the unknowns that depend on others.
pub struct Factor {
    size: usize,
    lower: Vec<f64>,
    scale: Vec<f64>,
    /// Unknowns that are a combination of those before them, or have no spread.
    pub is_dependent: Vec<bool>,
}

/// A pivot this small beside one is rounding: the unknown depends on those before it.
const PIVOT_MIN: f64 = 1e-10;

impl Factor {
    /// Every unknown is scaled to spread one first, so that one tolerance fits all units.
    pub fn new(matrix: &Symmetric) -> Self {
        let size = matrix.size;
        let scale: Vec<f64> = (0..size).map(|i| matrix.at(i, i)).map(|d| if d > 0.0 { 1.0 / d.sqrt() } else { 0.0 }).collect();
        let mut lower = vec![0.0; size * size];
        let mut is_dependent = vec![false; size];
        for column in 0..size {
            let mut pivot = matrix.at(column, column) * scale[column] * scale[column];
            for k in 0..column {
                pivot -= lower[column * size + k] * lower[column * size + k];
            }
            if pivot < PIVOT_MIN || pivot.is_nan() {
                is_dependent[column] = true;
                continue;
            }
            let root = pivot.sqrt();
            lower[column * size + column] = root;
            for row in column + 1..size {
                let mut cell = matrix.at(row, column) * scale[row] * scale[column];
                for k in 0..column {
                    cell -= lower[row * size + k] * lower[column * size + k];
                }
                lower[row * size + column] = cell / root;
            }
        }
        Factor { size, lower, scale, is_dependent }
    }

    /// Unknowns for a right side; those that depend on others are nil.
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let (size, lower) = (self.size, &self.lower);
        let mut solution = vec![0.0; size];
        for row in (0..size).filter(|row| !self.is_dependent[*row]) {
            let known: f64 = (0..row).map(|k| lower[row * size + k] * solution[k]).sum();
            solution[row] = (right[row] * self.scale[row] - known) / lower[row * size + row];
        }
        for row in (0..size).rev().filter(|row| !self.is_dependent[*row]) {
            let known: f64 = (row + 1..size).map(|k| lower[k * size + row] * solution[k]).sum();
            solution[row] = (solution[row] - known) / lower[row * size + row];
        }
        solution.iter().zip(&self.scale).map(|(value, scale)| value * scale).collect()
    }
}

/// How far a solution is from its equations, beside the size of what is added up in them.
pub fn misfit(matrix: &Symmetric, solution: &[f64], right: &[f64], skip: &[bool]) -> f64 {
    let mut worst: f64 = 0.0;
    for row in (0..matrix.size).filter(|row| !skip[*row]) {
        let (mut sum, mut size) = (-right[row], right[row].abs());
        for (column, value) in solution.iter().enumerate() {
            sum += matrix.at(row, column) * value;
            size += (matrix.at(row, column) * value).abs();
        }
        if size > 0.0 {
            worst = worst.max(sum.abs() / size);
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[&[f64]]) -> Symmetric {
        let mut made = Symmetric::zero(rows.len());
        for (i, row) in rows.iter().enumerate() {
            for (j, value) in row.iter().enumerate().skip(i) {
                made.add(i, j, *value);
            }
        }
        made
    }

    #[test]
    fn two_equations() {
        // 4x + 2y = 10 and 2x + 3y = 9: x = 1.5, y = 2
        let system = matrix(&[&[4.0, 2.0], &[2.0, 3.0]]);
        let factor = Factor::new(&system);
        let solution = factor.solve(&[10.0, 9.0]);
        assert!((solution[0] - 1.5).abs() < 1e-12 && (solution[1] - 2.0).abs() < 1e-12, "{solution:?}");
        assert!(misfit(&system, &solution, &[10.0, 9.0], &factor.is_dependent) < 1e-12);
    }

    #[test]
    fn an_unknown_that_repeats_another_is_told() {
        let system = matrix(&[&[1.0, 2.0], &[2.0, 4.0]]);
        let factor = Factor::new(&system);
        assert_eq!(factor.is_dependent, [false, true]);
        assert_eq!(factor.solve(&[3.0, 6.0]), [3.0, 0.0]);
    }

    #[test]
    fn units_do_not_matter() {
        // The same system in grams and in megatonnes
        let system = matrix(&[&[4e-12, 2.0], &[2.0, 3e12]]);
        let solution = Factor::new(&system).solve(&[10e-6, 9e6]);
        assert!((solution[0] / 1.5e6 - 1.0).abs() < 1e-12 && (solution[1] / 2e-6 - 1.0).abs() < 1e-12, "{solution:?}");
    }
}
