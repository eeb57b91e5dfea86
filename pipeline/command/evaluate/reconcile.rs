//! `evaluate reconcile`: a world of countries whose true trade is known, reconciled, against
//! the truth; beside the two reports as they are, their mean, and a fixed rate of ten percent.

use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::prelude::SessionContext;
use tradestat_core::synthetic::mirror::COLUMNS;
use tradestat_core::synthetic::world::{TrueFlow, WorldPlan};

use super::ground::{Ground, Setup};
use super::mirror::money;
use super::score::Money;
use super::surroundings::Lists;
use crate::cli::{EvaluateReconcile, ListFormat};
use crate::command::mirror::computed;
use crate::error::{Error, Result};
use crate::progress::Event;
use crate::stage::mirror::view::texts;

const YEAR: u32 = 2024;
const COUNTRIES: usize = 26;
const GOODS: usize = 120;
/// What a fixed rule takes off an import, before it takes the mean.
const FIXED_PER_MILLE: Money = 1100;

/// Column of the reconciled value, and of the interval's ends.
const VALUE: &str = "reconciled_value";
const ENDS: [&str; 2] = ["lower_value", "upper_value"];

/// Ways to a value of a flow that both sides report.
const WAYS: [&str; 5] = ["reconciled", "exporter", "importer", "mean", "fixed 10 %"];

/// Sums of absolute errors, by way; the first is the reconciled value's.
type Errors = [Money; 5];

#[derive(Default)]
struct Outcome {
    cells: u64,
    truth: Money,
    errors: Errors,
    covered: u64,
    with_interval: u64,
    by_goods: BTreeMap<String, Errors>,
    by_partner: BTreeMap<String, Errors>,
}

/// Prints, for every seed, how far the reconciled values and each other way are from the true ones.
pub async fn reconcile(setup: &Setup<'_>, asked: &EvaluateReconcile) -> Result<()> {
    setup.listen.hear(Event::Note { text: "SYNTHETIC DATA: made by this program, not statistics of any country".into() });
    if asked.format == ListFormat::Csv {
        crate::say!("seed,group,way,absolute_error,share_of_trade,groups,won_by_reconciled,coverage");
    }
    for seed in &asked.seed {
        let outcome = one(setup, asked, *seed).await?;
        print(*seed, &outcome, asked.format);
    }
    Ok(())
}

async fn one(setup: &Setup<'_>, asked: &EvaluateReconcile, seed: u64) -> Result<Outcome> {
    let ground = Ground::new(setup, "evaluate-reconcile", asked.dir.as_deref(), seed).await?;
    let mut job = ground.job(setup).await?;
    let plan = WorldPlan { countries: COUNTRIES, goods: GOODS, rows: asked.rows, year: YEAR, seed };
    let mut csv = COLUMNS.join(",").into_bytes();
    csv.push(b'\n');
    let mut truth: Vec<TrueFlow> = Vec::new();
    Lists::read(&job.method)?.world_trade(&plan, &mut |chunk| {
        csv.extend(chunk.csv);
        truth.extend(chunk.truth);
        Ok(())
    })?;
    ground.read_in(&job, "comtrade_csv", "world.csv", &csv, &format!("{}-02-01", YEAR + 1)).await?;
    let (_, ctx) = computed(&mut job, Some(&YEAR.to_string()), false).await?;
    compare(&ctx, &truth).await
}

/// Errors of every way over the flows that both sides report.
async fn compare(ctx: &SessionContext, truth: &[TrueFlow]) -> Result<Outcome> {
    let key = |exporter: &str, importer: &str, code: &str| (exporter.to_string(), importer.to_string(), code.to_string());
    let true_value: BTreeMap<_, &TrueFlow> =
        truth.iter().map(|flow| (key(&flow.exporter, &flow.importer, &flow.hs6), flow)).collect();
    let doing = || Error::engine("reading the reconciled values");
    let rows: Vec<RecordBatch> = ctx.table("reconciled_flow").await.map_err(doing())?.collect().await.map_err(doing())?;
    let mut outcome = Outcome::default();
    for batch in rows {
        let [exporters, importers, codes] = ["exporter", "importer", "commodity_code"].map(|name| texts(&batch, name));
        let [values, low, high, export, import] =
            [VALUE, ENDS[0], ENDS[1], "export_value", "import_value_fob"].map(|name| money(&batch, name));
        for row in 0..batch.num_rows() {
            let Some(flow) = true_value.get(&key(&exporters[row], &importers[row], &codes[row])) else { continue };
            let (Some(_), Some(reported)) = (flow.export, flow.import) else { continue };
            let truth = Money::from(flow.value) * 10_000;
            let fixed = (export[row] + Money::from(reported) * 10_000 * 1000 / FIXED_PER_MILLE) / 2;
            let ways = [values[row], export[row], import[row], (export[row] + import[row]) / 2, fixed];
            let errors = ways.map(|value| (value - truth).abs());
            let add = |sums: &mut Errors| sums.iter_mut().zip(errors).for_each(|(sum, error)| *sum += error);
            outcome.cells += 1;
            outcome.truth += truth;
            add(&mut outcome.errors);
            add(outcome.by_goods.entry(codes[row].clone()).or_default());
            add(outcome.by_partner.entry(exporters[row].clone()).or_default());
            if high[row] > 0 {
                outcome.with_interval += 1;
                outcome.covered += u64::from(low[row] <= truth && truth <= high[row]);
            }
        }
    }
    Ok(outcome)
}

fn print(seed: u64, outcome: &Outcome, format: ListFormat) {
    let coverage = outcome.covered as f64 / outcome.with_interval.max(1) as f64;
    let share = |error: Money| error as f64 / (outcome.truth.max(1)) as f64;
    let groups = [("hs6", &outcome.by_goods), ("partner", &outcome.by_partner)];
    let won = |group: &BTreeMap<String, Errors>, way: usize| group.values().filter(|errors| errors[0] < errors[way]).count();
    if format == ListFormat::Table {
        crate::say!(
            "seed {seed}: {} flows that both sides report, interval holds the truth in {:.1}%",
            outcome.cells,
            coverage * 100.0
        );
        crate::say!(
            "{:<12} {:>16} {:>14} {:>22} {:>22}",
            "way",
            "error, million",
            "share of trade",
            "hs6 won by reconciled",
            "partners won"
        );
    }
    for (way, name) in WAYS.iter().enumerate() {
        let error = outcome.errors[way];
        if format == ListFormat::Table {
            let of = |index: usize| format!("{} of {}", won(groups[index].1, way), groups[index].1.len());
            let (goods, partners) = if way == 0 { (String::new(), String::new()) } else { (of(0), of(1)) };
            crate::say!("{name:<12} {:>16.3} {:>13.2}% {goods:>22} {partners:>22}", error as f64 / 1e12, share(error) * 100.0);
            continue;
        }
        for (group, sums) in groups {
            let won = won(sums, way);
            if format == ListFormat::Csv {
                crate::say!(
                    "{seed},{group},{name},{:.6},{:.6},{},{won},{coverage:.6}",
                    error as f64 / 1e6,
                    share(error),
                    sums.len()
                );
            } else {
                let line = serde_json::json!({
                    "seed": seed, "group": group, "way": name, "absolute_error": error as f64 / 1e6, "share_of_trade": share(error),
                    "groups": sums.len(), "won_by_reconciled": won, "coverage": coverage,
                });
                crate::say!("{line}");
            }
        }
    }
}
