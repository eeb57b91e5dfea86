//! Where the lines and the items of the published period went, so that a reader can add it up.
//!
//! Lines are counted by file, items by month and flow: the lines of the files that hold the
//! period, less faulted ones, are items; less those of other months, they are the items that
//! came in. Per flow, and in declared statistical value, these are counted in the trade system that
//! is published or in others only, excluded, recorded separately, held, or replaced.

use datafusion::arrow::array::{AsArray, Decimal128Array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::functions_aggregate::expr_fn::sum;
use datafusion::prelude::{DataFrame, Expr, SessionContext, coalesce, col, lit};
use datafusion::scalar::ScalarValue;
use tradestat_output::{Account, Number};

use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::run::{Run, money, month_days};
use crate::store::manifest::{BatchManifest, Term};

/// No direction: goods in transit, and what no list knows.
const NO_FLOW: &str = "-";

/// Whatever has no term of its own.
const OTHER: &str = "other";

/// Lines of the files, faulted ones among them, and the items of the period that they held: totals, and
/// a line with a value of its own.
const LINES_READ: &str = "lines read";
const FAULTED_LINES: &str = "faulted lines";
const ITEMS_OF_PERIOD: &str = "items of the period";

/// The sum of the terms of a flow.
const CAME_IN: &str = "in";

/// Terms in the order in which they are printed.
const TERMS: [&str; 9] =
    ["counted", "other systems", "excluded", "separate", "held", "superseded", "cancelled", "duplicate", OTHER];

/// What became of the lines of the files that hold these months: lines first, then what they held.
pub fn lines(run: &Run, months: &[String]) -> Vec<(&'static str, u64)> {
    let batches = holding(run, months);
    let sum = |number: fn(&BatchManifest) -> u64| batches.iter().map(|batch| number(batch)).sum::<u64>();
    let of_months = batches
        .iter()
        .flat_map(|batch| &batch.months)
        .filter(|(month, _)| months.contains(month))
        .map(|(_, count)| count.items)
        .sum();
    let items = sum(|batch| batch.items);
    vec![
        (LINES_READ, sum(|batch| batch.lines_read)),
        (FAULTED_LINES, sum(|batch| batch.faulted_lines)),
        ("items read", items),
        ("items of other months", items.saturating_sub(of_months)),
        (ITEMS_OF_PERIOD, of_months),
        ("faults", sum(|batch| batch.faults)),
    ]
}

/// Batches with items of these months. A file without any item has no month: its faults belong to
/// every account.
fn holding<'r>(run: &'r Run, months: &[String]) -> Vec<&'r BatchManifest> {
    let holds = |batch: &&BatchManifest| batch.months.is_empty() || batch.months.keys().any(|month| months.contains(month));
    run.batches.iter().filter(holds).collect()
}

/// Declared value of the faulted lines, where it could be read.
fn faulted_value(run: &Run) -> String {
    let cents = |batch: &&BatchManifest| batch.faulted_value.replace('.', "").parse::<i128>().unwrap_or_default();
    money(holding(run, &run.target).iter().map(cents).sum())
}

/// The terms of the published period, from what validation and compilation stored.
pub async fn terms(ctx: &SessionContext, run: &Run) -> Result<Vec<Term>> {
    let doing = || Error::engine("adding up what became of the items");
    let first = run.target.first().map_or(0, |month| month_days(month).0);
    let last = run.published_month();
    let day = |number| lit(ScalarValue::Date32(Some(number)));
    let of_period = |frame: DataFrame| frame.filter(col("period").between(day(first), day(last)));
    let mut terms = Vec::new();
    let keys = |term: &str, reason: Expr| {
        vec![coalesce(vec![col("flow"), lit(NO_FLOW)]).alias("flow"), col(term).alias("term"), reason.alias("reason")]
    };
    let accepted = ctx.table("publishable_account").await.and_then(of_period).map_err(doing())?;
    gather(accepted, keys("term", col("reason")), &mut terms).await?;
    let fates =
        ctx.table("item_account").await.and_then(of_period).and_then(|frame| frame.filter(col("fate").not_eq(lit("judged"))));
    let fates = fates.and_then(|frame| frame.with_column("declared_value", col("statistical_value"))).map_err(doing())?;
    gather(fates, keys("fate", lit(NO_FLOW)), &mut terms).await?;
    for term in &mut terms {
        if !TERMS.contains(&term.term.as_str()) {
            term.term = OTHER.into();
        }
    }
    let place = |term: &Term| TERMS.iter().position(|name| *name == term.term);
    terms.sort_by(|a, b| {
        (b.flow != NO_FLOW, &b.flow)
            .cmp(&(a.flow != NO_FLOW, &a.flow))
            .then(place(a).cmp(&place(b)))
            .then(a.reason.cmp(&b.reason))
    });
    Ok(terms)
}

async fn gather(frame: DataFrame, keys: Vec<Expr>, terms: &mut Vec<Term>) -> Result<()> {
    let doing = || Error::engine("adding up what became of the items");
    let sums = vec![sum(col("item_count")).alias("items"), sum(col("declared_value")).alias("value")];
    let rows = frame.aggregate(keys, sums).map_err(doing())?.collect().await.map_err(doing())?;
    for batch in rows {
        let column = |name: &str, as_type: &DataType| {
            cast(batch.column_by_name(name).expect("selected above"), as_type).map_err(|e| doing()(e.into()))
        };
        let text = |name: &str| column(name, &DataType::Utf8);
        let (flows, names, reasons) = (text("flow")?, text("term")?, text("reason")?);
        let (items, values) = (column("items", &DataType::Int64)?, column("value", &DataType::Decimal128(38, 2))?);
        let values: &Decimal128Array = values.as_primitive();
        for row in 0..batch.num_rows() {
            let reason = reasons.as_string::<i32>().value(row);
            terms.push(Term {
                flow: flows.as_string::<i32>().value(row).into(),
                term: names.as_string::<i32>().value(row).into(),
                reason: (reason != NO_FLOW).then(|| reason.into()),
                items: u64::try_from(items.as_primitive::<Int64Type>().value(row)).unwrap_or_default(),
                value: money(values.value(row)),
            });
        }
    }
    Ok(())
}

/// A term with its items and its value in cents.
type Sum<'t> = (&'t str, u64, i128);

/// Flows of the terms, each with its sum and its terms without their reasons.
fn by_flow(terms: &[Term]) -> Vec<(&str, Vec<Sum<'_>>)> {
    let mut flows: Vec<(&str, Vec<Sum<'_>>)> = Vec::new();
    for term in terms {
        if flows.last().is_none_or(|(flow, _)| *flow != term.flow) {
            flows.push((&term.flow, vec![(CAME_IN, 0, 0)]));
        }
        let sums = &mut flows.last_mut().expect("pushed above").1;
        if sums.last().is_none_or(|(name, ..)| *name != term.term) {
            sums.push((&term.term, 0, 0));
        }
        let cents: i128 = term.value.replace('.', "").parse().expect("written as money");
        let last = sums.len() - 1;
        for at in [0, last] {
            sums[at].1 += term.items;
            sums[at].2 += cents;
        }
    }
    flows
}

/// A line a flow: `M: in 5 (10.00) = counted 4 (8.00) + held 1 (2.00)`; then the reasons.
pub fn said(terms: &[Term]) -> Vec<String> {
    let part = |(name, items, cents): &Sum<'_>| format!("{name} {items} ({})", money(*cents));
    let mut lines = Vec::new();
    for (flow, sums) in by_flow(terms) {
        let parts: Vec<String> = sums[1..].iter().map(part).collect();
        lines.push(format!("  {flow}: {} = {}", part(&sums[0]), parts.join(" + ")));
        for term in terms.iter().filter(|term| term.flow == flow) {
            if let Some(reason) = &term.reason {
                lines.push(format!("     {} for {reason}: {} ({})", term.term, term.items, term.value));
            }
        }
    }
    lines
}

/// The account as the page shows it: lines of the files, then items by flow.
pub fn shown(run: &Run, labels: &Labels) -> Vec<Account> {
    let said = |what: &str| labels.get("account", what).map_or_else(|| what.to_string(), String::from);
    let lines = lines(run, &run.target);
    let mut account: Vec<Account> = lines
        .iter()
        .map(|(what, count)| Account {
            what: said(what),
            count: Some(*count),
            value: (*what == FAULTED_LINES).then(|| Number::parse(&faulted_value(run))).flatten(),
            is_total: [LINES_READ, ITEMS_OF_PERIOD].contains(what),
        })
        .collect();
    let terms = &run.manifest.terms;
    // An amendment or a decision can bring an item in, or move it to another month.
    let received = lines.iter().find(|(what, _)| *what == ITEMS_OF_PERIOD).map_or(0, |(_, count)| *count);
    let came_in: u64 = terms.iter().map(|term| term.items).sum();
    if came_in != received && !terms.is_empty() {
        let what = if came_in > received { "items moved in" } else { "items moved out" };
        account.push(Account { what: said(what), count: Some(came_in.abs_diff(received)), value: None, is_total: false });
    }
    for (flow, sums) in by_flow(terms) {
        let of_flow = if flow == NO_FLOW { said("no flow") } else { labels.get("flow", flow).unwrap_or(flow).into() };
        for (name, items, cents) in sums {
            account.push(Account {
                what: format!("{of_flow}: {}", said(name)),
                count: Some(items),
                value: Number::parse(&money(cents)),
                is_total: name == CAME_IN,
            });
            for term in terms.iter().filter(|term| term.flow == flow && term.term == name) {
                if let Some(reason) = &term.reason {
                    let why = labels.get("special_category", reason).unwrap_or(reason);
                    account.push(Account {
                        what: format!("{of_flow}: {}: {why}", said(name)),
                        count: Some(term.items),
                        value: Number::parse(&term.value),
                        is_total: false,
                    });
                }
            }
        }
    }
    account
}
