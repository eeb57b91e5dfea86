//! Weighted analysis of variance with four main effects: exporter, importer, product, year.
//!
//! Columns read: `exporter`, `importer`, `product`, `year`, `observation_count`, `weight` (sum of
//! the weights of the observations) and `weighted_distance` (sum of weight times distance). The
//! distances are the sum of a level, the four effects and an error. Columns filled:
//!
//! * `exporter_mean`, `importer_mean`: what the model gives for that exporter (or importer) at
//!   the average of everything else: the adjusted mean, free of whom and what it trades with;
//! * `status`: `fitted`; `not connected` where exporter and importer trade in a group of their
//!   own, which nothing joins to the largest, so that the two cannot be compared; `too thin`;
//!   `not solved` where the equations do not hold to within rounding.
//!
//! The equations are solved directly. Source: Gaulier and Zignago, BACI, CEPII 2010-23.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::AlgorithmError;
use super::column::{Filling, numbers, words};
use super::solve::{Factor, Symmetric, misfit};

const FACTORS: [&str; 4] = ["exporter", "importer", "product", "year"];
/// Equations that hold this well hold to within rounding.
const MISFIT_MAX: f64 = 1e-8;

/// Rows have the grain exporter, importer, product, year; the columns read and filled are those above.
///
/// # Errors
/// A column is not there, has another type, is empty in a row or holds what is not finite.
pub fn run(rows: &RecordBatch) -> Result<RecordBatch, AlgorithmError> {
    let keys = FACTORS.map(|name| words(rows, name));
    let [exporters, importers, products, years] = keys;
    let keys = [exporters?, importers?, products?, years?];
    let counts = numbers(rows, "observation_count")?;
    let weights = numbers(rows, "weight")?;
    let distances = numbers(rows, "weighted_distance")?;
    let mut order: Vec<usize> = (0..rows.num_rows()).collect();
    order.sort_by(|a, b| keys.each_ref().map(|k| &k[*a]).cmp(&keys.each_ref().map(|k| &k[*b])));

    let is_joined = largest_group(&keys, &order, &weights);
    let order: Vec<usize> = order.into_iter().filter(|row| is_joined[*row]).collect();
    let design = Design::new(&keys, &order, &weights);
    let effects = design.effects(&order, &weights, &distances, order.iter().map(|row| counts[*row]).sum());
    let mut filling = Filling::new(rows);
    let mean = |factor: usize, row: usize| {
        let effects = effects.as_ref().ok()?;
        is_joined[row].then(|| effects.mean(&design, factor, design.level[factor][row]))
    };
    filling.numbers("exporter_mean", (0..rows.num_rows()).map(|row| mean(0, row)))?;
    filling.numbers("importer_mean", (0..rows.num_rows()).map(|row| mean(1, row)))?;
    let status = |row: usize| match &effects {
        _ if !is_joined[row] => "not connected",
        Err(word) => word,
        Ok(_) => "fitted",
    };
    filling.words("status", (0..rows.num_rows()).map(status))?;
    Ok(filling.finish())
}

/// The rows of the largest group of exporters and importers that trade joins, by weight; of
/// equal groups that with the first row.
fn largest_group(keys: &[Vec<String>; 4], order: &[usize], weights: &[f64]) -> Vec<bool> {
    fn root(parent: &mut [usize], mut node: usize) -> usize {
        while parent[node] != node {
            parent[node] = parent[parent[node]];
            node = parent[node];
        }
        node
    }
    let mut nodes: BTreeMap<(usize, &String), usize> = BTreeMap::new();
    let mut parent = Vec::new();
    let mut of_row = vec![0; keys[0].len()];
    for row in order {
        let ends = [0, 1].map(|side| {
            *nodes.entry((side, &keys[side][*row])).or_insert_with(|| {
                parent.push(parent.len());
                parent.len() - 1
            })
        });
        let [exporter, importer] = ends.map(|node| root(&mut parent, node));
        parent[importer.max(exporter)] = importer.min(exporter);
        of_row[*row] = ends[0];
    }
    let mut weight = vec![0.0; parent.len()];
    for row in order {
        of_row[*row] = root(&mut parent, of_row[*row]);
        weight[of_row[*row]] += weights[*row];
    }
    let largest = (0..weight.len()).reduce(|best, next| if weight[next] > weight[best] { next } else { best });
    of_row.into_iter().map(|group| Some(group) == largest).collect()
}

/// Levels of each factor, numbered in the order of their names; the first of each is the base.
struct Design {
    /// By factor and row.
    level: [Vec<usize>; 4],
    /// Where the unknowns of a factor begin; its base level has none.
    first: [usize; 4],
    unknowns: usize,
    /// By factor and level: its part of the whole weight.
    share: [Vec<f64>; 4],
}

impl Design {
    fn new(keys: &[Vec<String>; 4], order: &[usize], weights: &[f64]) -> Self {
        let mut level: [Vec<usize>; 4] = Default::default();
        let mut share: [Vec<f64>; 4] = Default::default();
        let mut first = [0; 4];
        let mut unknowns = 1;
        let whole: f64 = order.iter().map(|row| weights[*row]).sum();
        for factor in 0..4 {
            let names: BTreeSet<&String> = order.iter().map(|row| &keys[factor][*row]).collect();
            let number: BTreeMap<&String, usize> = names.into_iter().enumerate().map(|(at, name)| (name, at)).collect();
            level[factor] = keys[factor].iter().map(|name| number.get(name).copied().unwrap_or(0)).collect();
            share[factor] = vec![0.0; number.len()];
            for row in order {
                share[factor][level[factor][*row]] += weights[*row] / whole;
            }
            first[factor] = unknowns;
            unknowns += number.len().saturating_sub(1);
        }
        Design { level, first, unknowns, share }
    }

    fn unknown(&self, factor: usize, level: usize) -> Option<usize> {
        level.checked_sub(1).map(|at| self.first[factor] + at)
    }

    fn effects(&self, order: &[usize], weights: &[f64], distances: &[f64], count: f64) -> Result<Effects, &'static str> {
        let mut matrix = Symmetric::zero(self.unknowns);
        let mut right = vec![0.0; self.unknowns];
        for row in order.iter().copied().filter(|row| weights[*row] > 0.0) {
            let levels = (0..4).filter_map(|factor| self.unknown(factor, self.level[factor][row]));
            let terms: Vec<usize> = std::iter::once(0).chain(levels).collect();
            for (at, term) in terms.iter().enumerate() {
                right[*term] += distances[row];
                for other in &terms[at..] {
                    matrix.add(*term, *other, weights[row]);
                }
            }
        }
        let factor = Factor::new(&matrix);
        let known = factor.is_dependent.iter().filter(|dependent| !**dependent).count();
        if known == 0 || count <= known as f64 {
            return Err("too thin");
        }
        let values = factor.solve(&right);
        if misfit(&matrix, &values, &right, &factor.is_dependent) > MISFIT_MAX {
            return Err("not solved");
        }
        Ok(Effects { values })
    }
}

struct Effects {
    values: Vec<f64>,
}

impl Effects {
    fn value(&self, design: &Design, factor: usize, level: usize) -> f64 {
        design.unknown(factor, level).map_or(0.0, |at| self.values[at])
    }

    fn mean(&self, design: &Design, factor: usize, level: usize) -> f64 {
        let mut mean = self.values[0] + self.value(design, factor, level);
        for other in (0..4).filter(|other| *other != factor) {
            let average: f64 =
                design.share[other].iter().enumerate().map(|(level, share)| share * self.value(design, other, level)).sum();
            mean += average;
        }
        mean
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::cast::AsArray;
    use arrow_array::types::Float64Type;
    use arrow_array::{Array, ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};

    type Row = (&'static str, &'static str, &'static str, f64, f64);

    /// (exporter, importer, product, weight, distance), ten observations each.
    fn rows(given: &[Row]) -> RecordBatch {
        let words = |of: fn(&Row) -> &'static str| Arc::new(StringArray::from_iter_values(given.iter().map(of))) as ArrayRef;
        let numbers = |of: fn(&Row) -> f64| Arc::new(Float64Array::from_iter_values(given.iter().map(of))) as ArrayRef;
        let empty = || Arc::new(Float64Array::from(vec![None::<f64>; given.len()])) as ArrayRef;
        RecordBatch::try_from_iter_with_nullable([
            ("exporter", words(|r| r.0), true),
            ("importer", words(|r| r.1), true),
            ("product", words(|r| r.2), true),
            ("year", words(|_| "2024"), true),
            ("observation_count", Arc::new(Int64Array::from(vec![10; given.len()])), true),
            ("weight", numbers(|r| r.3), true),
            ("weighted_distance", numbers(|r| r.3 * r.4), true),
            ("exporter_mean", empty(), true),
            ("importer_mean", empty(), true),
            ("status", Arc::new(StringArray::from(vec![None::<&str>; given.len()])), true),
        ])
        .expect("a batch")
    }

    fn means(batch: &RecordBatch, name: &str) -> Vec<Option<f64>> {
        batch.column_by_name(name).expect("a column").as_primitive::<Float64Type>().iter().collect()
    }

    fn status(batch: &RecordBatch) -> Vec<String> {
        batch.column_by_name("status").expect("a column").as_string::<i32>().iter().flatten().map(String::from).collect()
    }

    #[test]
    fn means_are_free_of_whom_one_trades_with() {
        // distance = exporter (A 0.1, B 0.3) + importer (X 0.2, Y 0.6); A trades mostly with Y
        let made = super::run(&rows(&[
            ("A", "X", "27", 1.0, 0.3),
            ("A", "Y", "27", 3.0, 0.7),
            ("B", "X", "27", 3.0, 0.5),
            ("B", "Y", "27", 1.0, 0.9),
        ]))
        .expect("it fits");
        let exporter = means(&made, "exporter_mean");
        // X and Y weigh the same: their average is 0.4, so A is 0.5 and B 0.7
        for (found, hand) in exporter.iter().zip([0.5, 0.5, 0.7, 0.7]) {
            assert!((found.expect("filled") - hand).abs() < 1e-12, "{exporter:?}");
        }
        let importer = means(&made, "importer_mean");
        for (found, hand) in importer.iter().zip([0.4, 0.8, 0.4, 0.8]) {
            assert!((found.expect("filled") - hand).abs() < 1e-12, "{importer:?}");
        }
        assert!(status(&made).iter().all(|word| word == "fitted"));
    }

    #[test]
    fn the_order_of_rows_changes_no_bit() {
        let mut given = vec![
            ("A", "X", "27", 1.1, 0.31),
            ("A", "Y", "84", 3.3, 0.72),
            ("B", "X", "84", 2.9, 0.53),
            ("B", "Y", "27", 0.7, 0.94),
            ("C", "X", "27", 0.2, 0.11),
        ];
        let forward = super::run(&rows(&given)).expect("it fits");
        given.reverse();
        let backward = super::run(&rows(&given)).expect("it fits");
        let bits = |batch: &RecordBatch| {
            means(batch, "exporter_mean").into_iter().map(|v| v.expect("filled").to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(bits(&forward), bits(&backward).into_iter().rev().collect::<Vec<_>>());
    }

    #[test]
    fn a_group_apart_is_not_compared() {
        let made = super::run(&rows(&[
            ("A", "X", "27", 1.0, 0.3),
            ("B", "X", "27", 1.0, 0.5),
            ("C", "Z", "27", 1.5, 0.5),
            ("D", "Z", "27", 1.0, 0.9),
        ]))
        .expect("it fits");
        assert_eq!(status(&made), ["not connected", "not connected", "fitted", "fitted"]);
        let exporter = means(&made, "exporter_mean");
        assert!(exporter.iter().zip(status(&made)).all(|(mean, word)| mean.is_some() == (word == "fitted")));
    }

    #[test]
    fn nothing_is_fine() {
        let made = super::run(&rows(&[])).expect("it fits");
        assert_eq!((made.num_rows(), made.column(7).len()), (0, 0));
    }
}
