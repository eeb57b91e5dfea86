//! Every file, list, number, rate and rule behind a figure.

use std::collections::BTreeSet;

use serde::Serialize;

use super::figure::Figure;
use crate::error::Result;
use crate::method::base;
use crate::method::header::Layer;
use crate::run::{Job, day, month_days};

/// What a figure was made with, besides the items.
#[derive(Debug, Default, Serialize)]
pub struct Lineage {
    pub relations: Vec<Relation>,
    /// Numbers of the method that the files read, with the rows in force in the months.
    pub parameters: Vec<Number>,
    /// National currency for one unit of the statistical currency, in the months.
    pub rates: Vec<Rate>,
    /// Rules that judged the items in the run of the newest month.
    pub rules: Vec<Rule>,
}

/// A file or list that the figure was made from, directly or through others.
#[derive(Debug, Serialize)]
pub struct Relation {
    /// 0 is the table.
    pub depth: usize,
    /// `table`, `step`, `list`, or `stored` for what ingest and validate made.
    pub kind: &'static str,
    pub name: String,
    pub title: String,
    pub file: String,
    pub digest: String,
    /// The file is not the one the run used.
    pub has_changed: bool,
    pub reads: Vec<String>,
}

/// A row of the parameters of the method.
#[derive(Debug, Serialize)]
pub struct Number {
    pub name: String,
    pub value: String,
    pub unit: String,
    pub valid_from: String,
    pub valid_to: String,
    pub source: String,
}

/// An exchange rate; `rate` as the list writes it.
#[derive(Debug, Serialize)]
pub struct Rate {
    pub reporter_currency: String,
    pub currency: String,
    pub valid_from: String,
    pub valid_to: String,
    pub rate: String,
    pub source: String,
}

/// A validation rule, with the items of the month that it judged and those that it objected to.
#[derive(Debug, Serialize)]
pub struct Rule {
    pub code: String,
    pub title: String,
    pub severity: String,
    pub judged: u64,
    pub objected: u64,
}

/// Collects what the table of the figure reads, nearest first, with what was in force in `months` (`2026-03`).
pub fn of(job: &Job<'_>, figure: &Figure, months: &BTreeSet<String>) -> Result<Lineage> {
    let mut lineage = Lineage::default();
    let days = |month: &String, last: bool| {
        let (from, to) = month_days(month);
        day(if last { to } else { from }).to_string()
    };
    let first = months.first().map(|month| days(month, false)).unwrap_or_default();
    let last = months.last().map(|month| days(month, true)).unwrap_or_default();
    let (mut seen, mut parameters) = (BTreeSet::new(), BTreeSet::new());
    // Broad before deep: what is nearer to the figure stands first.
    let mut open = std::collections::VecDeque::from([(figure.step.name.to_lowercase(), 0)]);
    while let Some((name, depth)) = open.pop_front() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(step) = job.method.steps.get(&name) {
            let kind = if depth == 0 { "table" } else { "step" };
            lineage.relations.push(relation(job, figure, kind, depth, (&step.name, &step.header.title, &step.file), &step.reads));
            open.extend(step.reads.iter().map(|read| (base::of_history(read).unwrap_or(read).to_string(), depth + 1)));
            parameters.extend(job.method.parameters_of(step)?.into_iter().map(|row| row.name));
        } else if let Some(list) = job.method.lists.get(&name) {
            lineage.relations.push(relation(job, figure, "list", depth, (&list.name, &list.title, &list.file), &[]));
        } else {
            lineage.relations.push(relation(job, figure, "stored", depth, (&name, stored_title(&name), ""), &[]));
        }
    }
    for row in job.method.parameter_rows()?.into_iter().filter(|row| parameters.contains(&row.name) && row.holds(&first, &last)) {
        lineage.parameters.push(Number {
            name: row.name,
            value: row.value,
            unit: row.unit,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            source: row.source,
        });
    }
    rates(job, &first, &last, &mut lineage)?;
    rules(job, figure, months, &mut lineage);
    Ok(lineage)
}

fn relation(
    job: &Job<'_>,
    figure: &Figure,
    kind: &'static str,
    depth: usize,
    (name, title, file): (&str, &str, &str),
    reads: &[String],
) -> Relation {
    let now = job.method.digests.get(file).cloned().unwrap_or_default();
    let then = figure.run.manifest.method_files.get(file);
    Relation {
        depth,
        kind,
        name: name.into(),
        title: title.into(),
        file: file.into(),
        has_changed: !file.is_empty() && then.is_some_and(|then| *then != now),
        digest: now.chars().take(12).collect(),
        reads: reads.to_vec(),
    }
}

fn stored_title(name: &str) -> &'static str {
    match name {
        "accepted_item" => "items of the declarations that no rule holds and no later version replaced",
        "declaration" => "headers of the declarations, as amended",
        "published_month" => "months that have been compiled",
        _ => "stored by the program",
    }
}

fn rates(job: &Job<'_>, first: &str, last: &str, lineage: &mut Lineage) -> Result<()> {
    let Some(list) = job.method.lists.get("exchange_rate") else { return Ok(()) };
    if !lineage.relations.iter().any(|relation| relation.name == list.name) {
        return Ok(());
    }
    for (_, row) in list.records()? {
        let cell = |name: &str| list.schema.index_of(name).ok().map(|i| row[i].to_string()).unwrap_or_default();
        let is_ours =
            cell("reporter_currency") == job.profile.reporter_currency && cell("currency") == job.profile.statistical_currency;
        if is_ours && cell("valid_from").as_str() <= last && first <= cell("valid_to").as_str() {
            lineage.rates.push(Rate {
                reporter_currency: cell("reporter_currency"),
                currency: cell("currency"),
                valid_from: cell("valid_from"),
                valid_to: cell("valid_to"),
                rate: cell("rate"),
                source: cell("source"),
            });
        }
    }
    Ok(())
}

fn rules(job: &Job<'_>, figure: &Figure, months: &BTreeSet<String>, lineage: &mut Lineage) {
    let Some(month) = months.last() else { return };
    let validated = |run: &&crate::store::manifest::RunManifest| {
        run.as_of == figure.run.manifest.as_of && run.months.contains(month) && run.stages.iter().any(|stage| stage == "validate")
    };
    let own = Some(&figure.run.manifest).filter(validated);
    let Some(run) = own.or_else(|| figure.run.earlier.iter().rfind(validated)) else { return };
    for rule in &run.rules {
        let title = job
            .method
            .in_order(Layer::Validate)
            .find(|step| step.code() == Some(&rule.code))
            .map_or(&rule.title, |step| &step.header.title);
        lineage.rules.push(Rule {
            code: rule.code.clone(),
            title: title.clone(),
            severity: rule.severity.clone(),
            judged: rule.judged,
            objected: rule.violating,
        });
    }
}
