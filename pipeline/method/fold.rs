//! Works out scalar subqueries before a plan runs.
//!
//! `array_has((select array_agg(code) from list), item.code)` is how the method asks whether a
//! code is in a list. With the list as a literal the engine turns it into one look-up a code of
//! the dictionary; as a subquery it would compare every item with every code. Subqueries read
//! lists, never items, so working them out first costs nothing.

use std::collections::HashMap;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::prelude::{DataFrame, SessionContext, lit};
use datafusion::scalar::ScalarValue;

/// The plan with every uncorrelated scalar subquery replaced by its value.
pub async fn fold(ctx: &SessionContext, plan: LogicalPlan) -> Result<LogicalPlan> {
    let mut subqueries: Vec<LogicalPlan> = Vec::new();
    plan.apply_with_subqueries(|node| {
        for expr in node.expressions() {
            expr.apply(|part| {
                if let Expr::ScalarSubquery(subquery) = part
                    && subquery.outer_ref_columns.is_empty()
                    && !subqueries.contains(subquery.subquery.as_ref())
                {
                    subqueries.push(subquery.subquery.as_ref().clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })?;
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    if subqueries.is_empty() {
        return Ok(plan);
    }
    let mut values: HashMap<LogicalPlan, ScalarValue> = HashMap::new();
    for subquery in subqueries {
        let value = value(ctx, &subquery).await?;
        values.insert(subquery, value);
    }
    let replace = |expr: Expr| {
        expr.transform(|part| match &part {
            Expr::ScalarSubquery(subquery) => match values.get(subquery.subquery.as_ref()) {
                Some(value) => Ok(Transformed::yes(lit(value.clone()))),
                None => Ok(Transformed::no(part)),
            },
            _ => Ok(Transformed::no(part)),
        })
    };
    let folded = plan.transform_up_with_subqueries(|node| {
        let names: Vec<String> = node.expressions().iter().map(|e| e.schema_name().to_string()).collect();
        let names_columns = matches!(node, LogicalPlan::Projection(_) | LogicalPlan::Aggregate(_) | LogicalPlan::Window(_));
        let mut place = 0;
        node.map_expressions(|expr| {
            let name = names.get(place).cloned().unwrap_or_default();
            place += 1;
            let replaced = replace(expr)?;
            // A column keeps the name it had: later nodes refer to it.
            Ok(match names_columns && replaced.transformed && replaced.data.schema_name().to_string() != name {
                true => replaced.update_data(|expr| expr.alias(name)),
                false => replaced,
            })
        })
    })?;
    folded.data.recompute_schema()
}

async fn value(ctx: &SessionContext, subquery: &LogicalPlan) -> Result<ScalarValue> {
    let data_type = subquery.schema().field(0).data_type().clone();
    let rows = DataFrame::new(ctx.state(), subquery.clone()).collect().await?;
    let mut found = rows.iter().filter(|batch| batch.num_rows() > 0);
    match (found.next(), found.next()) {
        (None, _) => ScalarValue::try_from(&data_type),
        (Some(batch), None) if batch.num_rows() == 1 => ScalarValue::try_from_array(batch.column(0), 0),
        _ => Err(DataFusionError::Execution("a scalar subquery returned more than one row".into())),
    }
}
