//! What can be said of a plan without running it: which columns are the same for all rows that
//! are added up, which give nothing, which rows stand there as they are.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

use super::{Source, Sources, linear, places};

/// Whether a plan reads a relation that is spread.
pub fn holds_source(plan: &LogicalPlan, sources: &Sources) -> bool {
    let mut found = false;
    let walked = plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found |= sources.relations.contains_key(scan.table_name.table());
        }
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.is_ok() && found
}

/// The expression under the names given to it.
pub fn unaliased(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => unaliased(&alias.expr),
        other => other,
    }
}

/// Whether a column is always another text than this one.
pub fn is_other(plan: &LogicalPlan, place: usize, text: &str) -> bool {
    match plan {
        LogicalPlan::Projection(node) => match unaliased(&node.expr[place]) {
            Expr::Literal(value, _) => value.try_as_str().is_some_and(|known| known != Some(text)),
            Expr::Column(column) => {
                node.input.schema().maybe_index_of_column(column).is_some_and(|below| is_other(&node.input, below, text))
            }
            _ => false,
        },
        LogicalPlan::SubqueryAlias(_) | LogicalPlan::Filter(_) | LogicalPlan::Sort(_) => is_other(plan.inputs()[0], place, text),
        _ => false,
    }
}

/// Whether a column is zero or null whatever the rows are.
pub fn gives_nothing(plan: &LogicalPlan, place: usize) -> bool {
    match plan {
        LogicalPlan::Projection(node) => {
            linear::gives_nothing(&node.expr[place], node.input.schema(), &|below| gives_nothing(&node.input, below))
        }
        LogicalPlan::Aggregate(node) => {
            let sum = place.checked_sub(node.group_expr.len()).map(|sum| &node.aggr_expr[sum]);
            sum.is_some_and(|sum| linear::sums_nothing(sum, node.input.schema(), &|below| gives_nothing(&node.input, below)))
        }
        LogicalPlan::Union(node) => node.inputs.iter().all(|input| gives_nothing(input, place)),
        LogicalPlan::Window(node) => place < node.input.schema().fields().len() && gives_nothing(&node.input, place),
        LogicalPlan::Join(node) => {
            let width = node.left.schema().fields().len();
            if place < width { gives_nothing(&node.left, place) } else { gives_nothing(&node.right, place - width) }
        }
        LogicalPlan::SubqueryAlias(_) | LogicalPlan::Filter(_) | LogicalPlan::Sort(_) | LogicalPlan::Limit(_) => {
            gives_nothing(plan.inputs()[0], place)
        }
        _ => false,
    }
}

/// Whether a row of the plan is one row at the bottom: nothing was added up yet.
pub fn is_of_rows(plan: &LogicalPlan, sources: &Sources) -> bool {
    match plan {
        LogicalPlan::Aggregate(_) => false,
        LogicalPlan::TableScan(scan) => matches!(sources.relations.get(scan.table_name.table()), Some(Source::Rows(_))),
        _ => plan.inputs().into_iter().filter(|input| holds_source(input, sources)).all(|input| is_of_rows(input, sources)),
    }
}

/// Whether a column is the same for all rows at the bottom of its row, so that it can be asked
/// of each of them: keys of aggregates and what follows from them, columns of lists.
pub fn is_key(plan: &LogicalPlan, place: usize, sources: &Sources) -> bool {
    if !holds_source(plan, sources) {
        return true;
    }
    let all = |expr: &Expr, input: &LogicalPlan| places(expr, input.schema()).iter().all(|place| is_key(input, *place, sources));
    match plan {
        LogicalPlan::Projection(node) => all(&node.expr[place], &node.input),
        LogicalPlan::Aggregate(node) => node.group_expr.get(place).is_some_and(|expr| all(expr, &node.input)),
        LogicalPlan::Window(node) => place < node.input.schema().fields().len() && is_key(&node.input, place, sources),
        LogicalPlan::Join(node) => {
            let width = node.left.schema().fields().len();
            if place < width { is_key(&node.left, place, sources) } else { is_key(&node.right, place - width, sources) }
        }
        LogicalPlan::Union(node) => node.inputs.iter().all(|input| is_key(input, place, sources)),
        LogicalPlan::TableScan(node) => match sources.relations.get(node.table_name.table()) {
            Some(Source::Made(plans)) => plans.iter().all(|(plan, sources)| {
                let name = node.projected_schema.field(place).name();
                plan.schema().index_of_column_by_name(None, name).is_some_and(|place| is_key(plan, place, sources))
            }),
            _ => true,
        },
        _ => plan.inputs().first().is_some_and(|input| is_key(input, place, sources)),
    }
}
