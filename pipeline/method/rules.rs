//! Validation rules: record rules are read out of their SQL and evaluated together in one scan.
//!
//! A record rule is exactly `select declaration_id, item_no, <expression> as observed from
//! described_item where <predicate>`; anything else in that class is refused. Of each predicate
//! true is a violation, false is judged and fine, null is *cannot judge*.

use std::collections::BTreeSet;

use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::prelude::SessionContext;

use super::{Method, Parameters, Step, header::Layer};
use crate::error::Result;

/// The relation that every record rule reads.
pub const DESCRIBED: &str = "described_item";

/// A rule with what the scan asks of each item.
#[derive(Debug, Clone)]
pub struct Rule {
    pub code: String,
    pub title: String,
    pub severity: String,
    pub field: String,
    /// Code list without which the rule cannot judge.
    pub list: Option<String>,
    pub predicate: Expr,
    pub observed: Expr,
}

impl Rule {
    /// Whether it holds the item, and does not only report it.
    pub fn holds(&self) -> bool {
        self.severity == "error"
    }
}

impl Method {
    /// Record rules with their predicates, in order of their codes. `described_item` must be
    /// registered as a table of its columns; set rules are left out, so nothing else is needed.
    pub async fn rules(&self, ctx: &SessionContext, parameters: &Parameters) -> Result<Vec<Rule>> {
        let mut rules = Vec::new();
        for step in self.in_order(Layer::Validate).filter(|step| step.is_rule()) {
            let severity = step.header.get("severity").unwrap_or_default();
            if !["error", "warning"].contains(&severity) {
                return Err(step.wrong("has no `severity: error` or `severity: warning`".into(), String::new()));
            }
            let Some(field) = step.header.get("field") else {
                return Err(step.wrong("has no `field`".into(), "name the item field it is about".into()));
            };
            if step.is_set_rule() {
                continue;
            }
            let plan = self.frame(ctx, step, parameters).await?.into_unoptimized_plan();
            let (predicate, observed) = parts(step, plan)?;
            rules.push(Rule {
                code: step.code().expect("rules have codes").into(),
                title: step.header.title.clone(),
                severity: severity.into(),
                field: field.into(),
                list: step.header.get("list").map(String::from),
                predicate,
                observed,
            });
        }
        rules.sort_by(|a, b| a.code.cmp(&b.code));
        Ok(rules)
    }
}

fn parts(step: &Step, plan: LogicalPlan) -> Result<(Expr, Expr)> {
    let refused = || {
        step.wrong(
            "is not of the form of a record rule".into(),
            format!(
                "write `select declaration_id, item_no, ... as observed from {DESCRIBED} where ...`, or mark it `class: set`"
            ),
        )
    };
    let LogicalPlan::Projection(projection) = plan else { return Err(refused()) };
    let LogicalPlan::Filter(filter) = projection.input.as_ref() else { return Err(refused()) };
    if !matches!(filter.input.as_ref(), LogicalPlan::TableScan(scan) if scan.table_name.table() == DESCRIBED) {
        return Err(refused());
    }
    let names: Vec<String> = projection.schema.fields().iter().map(|field| field.name().clone()).collect();
    if names != ["declaration_id", "item_no", "observed"] {
        return Err(refused());
    }
    let observed = projection.expr[2].clone().unalias_nested().data;
    Ok((filter.predicate.clone(), observed))
}

/// Columns of `described_item` that any of the rules looks at.
pub fn columns(rules: &[Rule]) -> BTreeSet<String> {
    rules
        .iter()
        .flat_map(|rule| [&rule.predicate, &rule.observed])
        .flat_map(|expr| expr.column_refs().into_iter().map(|column| column.name.clone()))
        .collect()
}
