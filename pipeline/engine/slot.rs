//! A place in a plan for rows that are found only when it runs.
//!
//! The months of a run are compiled slice by slice, and planning the steps anew for each slice
//! would cost more than running them. A step is planned once over slots instead; for every slice
//! the plan is copied, with the slice's own relations in the places of the slots.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{internal_datafusion_err, internal_err};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PhysicalExpr, PlanProperties,
    ReplaceChildrenOptions,
};
use datafusion::prelude::SessionContext;

/// A relation that has columns and no rows yet.
#[derive(Debug)]
pub struct Slot {
    name: String,
    schema: SchemaRef,
}

impl Slot {
    /// The name is the one under which rows are put in its place.
    pub fn new(name: &str, schema: SchemaRef) -> Arc<Self> {
        Arc::new(Slot { name: name.into(), schema })
    }
}

#[async_trait]
impl TableProvider for Slot {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters reach the rows to come, so that what they rule out is not read; the plan filters again.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        _: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (name, filters) = (self.name.clone(), filters.to_vec());
        Ok(Arc::new(SlotExec { name, projection: projection.cloned(), filters, properties: Arc::new(properties) }))
    }
}

/// The leaf that stands for the rows to come.
#[derive(Debug, Clone)]
struct SlotExec {
    name: String,
    projection: Option<Vec<usize>>,
    filters: Vec<Expr>,
    properties: Arc<PlanProperties>,
}

impl SlotExec {
    fn is_like(&self, other: &Self) -> bool {
        self.name == other.name && self.projection == other.projection && self.filters == other.filters
    }
}

impl DisplayAs for SlotExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SlotExec: {}", self.name)
    }
}

impl ExecutionPlan for SlotExec {
    fn name(&self) -> &'static str {
        "SlotExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn execute(&self, _: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        internal_err!("`{}` was planned, and is read before its rows are there", self.name)
    }
}

/// The slots of a plan, each with the columns that the plan reads of it.
pub fn slots(plan: &Arc<dyn ExecutionPlan>) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for leaf in leaves(plan)? {
        let columns = found.entry(leaf.name.clone()).or_default();
        columns.extend(leaf.schema().fields().iter().map(|field| field.name().clone()));
    }
    Ok(found)
}

fn leaves(plan: &Arc<dyn ExecutionPlan>) -> Result<Vec<SlotExec>> {
    let mut found = Vec::new();
    plan.apply(|node| {
        found.extend(node.downcast_ref::<SlotExec>().cloned());
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// A copy of a plan, fresh to run, that reads the relations of `ctx` where the plan has slots.
/// A relation may have fewer columns than its slot, but must have all that are read.
pub async fn fill(plan: &Arc<dyn ExecutionPlan>, ctx: &SessionContext) -> Result<Arc<dyn ExecutionPlan>> {
    let mut filled = Vec::new();
    for slot in leaves(plan)? {
        let table = ctx.table_provider(slot.name.as_str()).await?;
        let (planned, there) = (slot.schema(), table.schema());
        let columns = planned.fields().iter().map(|field| there.index_of(field.name())).collect::<Result<Vec<usize>, _>>()?;
        let mut rows = table.scan(&ctx.state(), Some(&columns), &slot.filters, None).await?;
        if rows.schema().fields() != planned.fields() {
            return internal_err!("`{}` has other columns than were planned: {} for {}", slot.name, rows.schema(), planned);
        }
        if rows.output_partitioning().partition_count() > 1 {
            rows = Arc::new(CoalescePartitionsExec::new(rows));
        }
        filled.push((slot, rows));
    }
    let replace = |node: Arc<dyn ExecutionPlan>| {
        let Some(slot) = node.downcast_ref::<SlotExec>() else {
            // What a node worked out for one slice is not true of the next.
            return Ok(Transformed::yes(node.reset_state()?));
        };
        let place = filled.iter().position(|(other, _)| other.is_like(slot));
        let place = place.ok_or_else(|| internal_datafusion_err!("`{}` has no rows", slot.name))?;
        Ok(Transformed::yes(filled.swap_remove(place).1))
    };
    plan.clone().transform_up(replace).data()
}
