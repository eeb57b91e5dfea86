//! Planted causes against bars: how much of each is found, where, and what is found besides.

use std::collections::{BTreeMap, BTreeSet};

use tradestat_core::synthetic::mirror::{Cause, Planted};

/// Millionths of a dollar, as the relations hold money.
pub type Money = i128;

/// A compared cell: exporter, importer, first day of the month, commodity.
pub type Cell = (String, String, String, String);

/// Bars that answer a planted cause, and how near to the planted total they should come.
pub struct Answer {
    pub cause: Cause,
    pub bars: &'static [&'static str],
    /// Share of the planted total.
    pub goal: Option<f64>,
}

/// Which bar answers what.
pub const ANSWERS: &[Answer] = &[
    Answer { cause: Cause::CifMargin, bars: &["cif_fob"], goal: Some(0.25) },
    Answer { cause: Cause::HubRouting, bars: &["partner_concept", "reexport", "transit", "hub_origin"], goal: Some(0.25) },
    Answer { cause: Cause::TimeLag, bars: &["time_lag"], goal: Some(0.10) },
    Answer { cause: Cause::Confidentiality, bars: &["confidentiality"], goal: Some(0.10) },
    Answer { cause: Cause::Misclassification, bars: &["classification"], goal: Some(0.10) },
    Answer { cause: Cause::ScaleError, bars: &["unit_error"], goal: Some(0.10) },
    Answer { cause: Cause::UnderInvoicing, bars: &["screened"], goal: Some(0.25) },
    Answer { cause: Cause::Threshold, bars: &["threshold"], goal: None },
    Answer { cause: Cause::Orphan, bars: &["unexplained"], goal: None },
];

/// Bars by cell.
pub type Bars = BTreeMap<Cell, BTreeMap<&'static str, Money>>;

/// One line of the result, in millionths of a dollar.
#[derive(Debug, Clone)]
pub struct Score {
    pub cause: &'static str,
    pub bars: String,
    /// Sum of what was planted, and of the bars, each without signs.
    pub planted: Money,
    pub found: Money,
    /// What of the planted the bars show in the same cell, with the same sign.
    pub met: Money,
    pub goal: Option<f64>,
}

impl Score {
    /// Share of the planted that is found where it was planted.
    pub fn share(&self) -> f64 {
        if self.planted == 0 { 0.0 } else { self.met as f64 / self.planted as f64 }
    }

    /// What the bars show beyond what was planted.
    pub fn false_amount(&self) -> Money {
        self.found - self.met
    }

    /// How far the bars' total lies from the planted total, as a share of that.
    pub fn distance(&self) -> f64 {
        if self.planted == 0 { 0.0 } else { (self.found - self.planted).abs() as f64 / self.planted as f64 }
    }
}

/// Planted values by cause and cell, of the pairs that are compared.
pub fn by_cell(planted: &[Planted], months: &BTreeSet<String>) -> BTreeMap<Cell, BTreeMap<Cause, Money>> {
    let mut cells: BTreeMap<Cell, BTreeMap<Cause, Money>> = BTreeMap::new();
    for one in planted.iter().filter(|one| months.contains(&one.month)) {
        let cell = (one.exporter.clone(), one.importer.clone(), format!("{}-01", one.month), one.hs6.clone());
        *cells.entry(cell).or_default().entry(one.cause).or_default() += Money::from(one.value) * 10_000;
    }
    cells
}

/// A score for every answer.
pub fn scores(truth: &BTreeMap<Cell, BTreeMap<Cause, Money>>, bars: &Bars) -> Vec<Score> {
    let cells: BTreeSet<&Cell> = truth.keys().chain(bars.keys()).collect();
    let score = |answer: &Answer| {
        let mut score =
            Score { cause: answer.cause.name(), bars: answer.bars.join(" + "), planted: 0, found: 0, met: 0, goal: answer.goal };
        for cell in &cells {
            let planted = truth.get(*cell).and_then(|causes| causes.get(&answer.cause)).copied().unwrap_or(0);
            let found: Money = bars.get(*cell).map_or(0, |bars| answer.bars.iter().filter_map(|bar| bars.get(bar)).sum());
            score.planted += planted.abs();
            score.found += found.abs();
            if planted.signum() == found.signum() {
                score.met += planted.abs().min(found.abs());
            }
        }
        score
    };
    ANSWERS.iter().map(score).collect()
}

/// The bars of each cell shared over the causes planted in it, in proportion to these: rows
/// are causes (and `nothing`, where none was planted), columns bars; millions of dollars.
pub fn confusion(truth: &BTreeMap<Cell, BTreeMap<Cause, Money>>, bars: &Bars) -> BTreeMap<(&'static str, &'static str), f64> {
    let mut matrix: BTreeMap<(&'static str, &'static str), f64> = BTreeMap::new();
    for (cell, bars) in bars {
        let causes = truth.get(cell);
        let whole: Money = causes.map_or(0, |causes| causes.values().map(|value| value.abs()).sum());
        for (bar, amount) in bars {
            let amount = amount.abs() as f64 / 1e12;
            if whole == 0 {
                *matrix.entry(("nothing", bar)).or_default() += amount;
            }
            for (cause, value) in causes.into_iter().flatten().filter(|_| whole > 0) {
                *matrix.entry((cause.name(), bar)).or_default() += amount * (value.abs() as f64 / whole as f64);
            }
        }
    }
    matrix
}
