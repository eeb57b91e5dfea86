//! Which rows make a figure: takes the aggregation out of a plan.
//!
//! A figure that is a sum of sums can be spread over the rows at the bottom of its plan: every
//! `sum(x) filter (where c)` on the way becomes `case when c then x else 0 end` of each row, every
//! other node stays what it is, and the rows that agree with the keys of the figure's row add up
//! to the figure, exactly, because the values are decimals. Nothing is told about single tables:
//! what the plan does is what is followed.
//!
//! What is not a sum (a ratio, a maximum, a rank) is refused. A condition on a sum or rank, such as
//! a limit of rows, is left out: the row of the figure is there, so it passed.

mod known;
mod linear;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, DataFusionError, JoinType, Result};
use datafusion::logical_expr::type_coercion::binary::type_union_resolution;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, Operator, binary_expr, cast, ident, lit, utils::split_conjunction_owned,
};
use datafusion::scalar::ScalarValue;

use known::{gives_nothing, holds_source, is_key, is_of_rows, is_other, unaliased};

/// Columns of the rows at the bottom carry this before their name, all the way up.
pub const TRACED: &str = "traced_";

/// What stands for a relation at the bottom of a plan.
#[derive(Clone)]
pub enum Source {
    /// Rows to spread over.
    Rows(LogicalPlan),
    /// A relation made by other plans, each over its own sources; their rows add up.
    Made(Vec<(LogicalPlan, Arc<Sources>)>),
}

/// Relations at the bottom by name.
#[derive(Clone, Default)]
pub struct Sources {
    pub relations: BTreeMap<String, Source>,
    /// Whether a scan of such a relation gives its true rows where it is not spread.
    pub are_readable: bool,
}

/// Columns asked of a node, by their place in its schema.
#[derive(Debug, Clone, Default)]
struct Need {
    /// As they are.
    real: BTreeSet<usize>,
    /// As what each row at the bottom gives to them.
    part: BTreeSet<usize>,
    /// Text that a column has in the row of the figure, where it is known.
    told: BTreeMap<usize, String>,
}

impl Need {
    /// What is told of columns that an expression below only passes on.
    fn told_below<'e>(&self, expr_of: impl Fn(usize) -> Option<&'e Expr>, schema: &DFSchema) -> BTreeMap<usize, String> {
        let below = |place: usize| match expr_of(place).map(unaliased) {
            Some(Expr::Column(column)) => schema.maybe_index_of_column(column),
            _ => None,
        };
        self.told.iter().filter_map(|(place, text)| Some((below(*place)?, text.clone()))).collect()
    }
}

/// A node with its aggregation taken out.
struct Spread {
    plan: LogicalPlan,
    /// Names of the traced columns, with their prefix.
    traced: Vec<String>,
    real: BTreeMap<usize, String>,
    part: BTreeMap<usize, String>,
}

/// Spreads one column of a plan. The result has the traced columns, `keys` under their own names,
/// and the part of each row under `amount`. `told` is the text of keys in the row of the figure:
/// what stands in the plan under another text is left out.
pub fn spread(
    plan: &LogicalPlan,
    sources: &Sources,
    column: &str,
    keys: &[String],
    told: &BTreeMap<String, String>,
    amount: &str,
) -> Result<LogicalPlan> {
    let mut work = Work { names: 0 };
    let place = |name: &str| {
        plan.schema().index_of_column_by_name(None, name).ok_or_else(|| DataFusionError::Plan(format!("no column `{name}`")))
    };
    let target = place(column)?;
    let keys: Vec<(usize, &String)> = keys.iter().map(|name| Ok((place(name)?, name))).collect::<Result<_>>()?;
    let told = keys.iter().filter_map(|(place, name)| Some((*place, told.get(*name)?.clone()))).collect();
    let need = Need { real: keys.iter().map(|(place, _)| *place).collect(), part: BTreeSet::from([target]), told };
    let spread = work.spread(plan, sources, &need)?;
    let mut columns: Vec<Expr> = spread.traced.iter().map(ident).collect();
    columns.extend(keys.iter().map(|(place, name)| ident(&spread.real[place]).alias(*name)));
    columns.push(ident(&spread.part[&target]).alias(amount));
    LogicalPlanBuilder::from(spread.plan).project(columns)?.build()
}

/// Columns of a plan that tell its rows apart before anything is added up.
pub fn key_columns(plan: &LogicalPlan, sources: &Sources) -> Vec<String> {
    let is_key = |place: &usize| is_key(plan, *place, sources);
    let names = plan.schema().fields().iter().map(|field| field.name().clone()).enumerate();
    names.filter(|(place, _)| is_key(place)).map(|(_, name)| name).collect()
}

fn refused(what: impl std::fmt::Display) -> DataFusionError {
    DataFusionError::Plan(format!("{what} is not a sum of items"))
}

struct Work {
    names: usize,
}

impl Work {
    /// A column name that stands nowhere else, so that no node needs qualifiers.
    fn name(&mut self) -> String {
        self.names += 1;
        format!("c{}", self.names)
    }

    fn spread(&mut self, plan: &LogicalPlan, sources: &Sources, need: &Need) -> Result<Spread> {
        match plan {
            LogicalPlan::SubqueryAlias(node) => self.spread(&node.input, sources, need),
            LogicalPlan::Sort(node) => self.spread(&node.input, sources, need),
            // The row of the figure is among those kept.
            LogicalPlan::Limit(node) => self.spread(&node.input, sources, need),
            LogicalPlan::Window(node) => {
                let width = node.input.schema().fields().len();
                match need.part.iter().chain(&need.real).find(|place| **place >= width) {
                    Some(place) => Err(refused(plan.schema().field(*place).name())),
                    None => self.spread(&node.input, sources, need),
                }
            }
            LogicalPlan::Filter(node) => self.filter(node, sources, need),
            LogicalPlan::Projection(node) => self.projection(node, sources, need),
            LogicalPlan::Aggregate(node) => self.aggregate(plan, node, sources, need),
            LogicalPlan::Join(node) => self.join(node, sources, need),
            LogicalPlan::Union(node) => {
                let inputs = node.inputs.iter().filter(|input| is_wanted(input, sources, need));
                let parts = inputs.map(|input| self.spread(input, sources, need)).collect::<Result<Vec<_>>>()?;
                self.union(parts, need)
            }
            LogicalPlan::TableScan(node) => self.scan(node, sources, need),
            other => Err(refused(other.display())),
        }
    }

    /// A projection of a spread input to the columns asked for.
    fn project(
        &mut self,
        input: Spread,
        real: impl IntoIterator<Item = Result<(usize, Expr)>>,
        part: impl IntoIterator<Item = Result<(usize, Expr)>>,
    ) -> Result<Spread> {
        let mut columns: Vec<Expr> = input.traced.iter().map(ident).collect();
        let mut named = |columns: &mut Vec<Expr>, found: Result<(usize, Expr)>| -> Result<(usize, String)> {
            let (place, expr) = found?;
            let name = self.name();
            columns.push(expr.alias(&name));
            Ok((place, name))
        };
        let real = real.into_iter().map(|found| named(&mut columns, found)).collect::<Result<_>>()?;
        let part = part.into_iter().map(|found| named(&mut columns, found)).collect::<Result<_>>()?;
        let plan = LogicalPlanBuilder::from(input.plan).project(columns)?.build()?;
        Ok(Spread { plan, traced: input.traced, real, part })
    }

    fn filter(&mut self, node: &datafusion::logical_expr::Filter, sources: &Sources, need: &Need) -> Result<Spread> {
        let schema = node.input.schema();
        let mut below = need.clone();
        let kept: Vec<Expr> = split_conjunction_owned(node.predicate.clone())
            .into_iter()
            .filter(|condition| places(condition, schema).iter().all(|place| is_key(&node.input, *place, sources)))
            .collect();
        below.real.extend(kept.iter().flat_map(|condition| places(condition, schema)));
        let mut input = self.spread(&node.input, sources, &below)?;
        for condition in kept {
            let condition = renamed(&condition, schema, &input.real)?;
            input.plan = LogicalPlanBuilder::from(input.plan).filter(condition)?.build()?;
        }
        Ok(input)
    }

    fn projection(&mut self, node: &datafusion::logical_expr::Projection, sources: &Sources, need: &Need) -> Result<Spread> {
        let schema = node.input.schema();
        let keys = |place: usize| is_key(&node.input, place, sources);
        let nothing = |place: usize| gives_nothing(&node.input, place);
        let known = linear::Known { is_key: &keys, is_nothing: &nothing };
        let mut below = Need { told: need.told_below(|place| node.expr.get(place), schema), ..Default::default() };
        below.real.extend(need.real.iter().flat_map(|place| places(&node.expr[*place], schema)));
        for place in &need.part {
            linear::asks(&node.expr[*place], schema, &known, &mut below)?;
        }
        let input = self.spread(&node.input, sources, &below)?;
        let real: Vec<_> =
            need.real.iter().map(|place| Ok((*place, bare(renamed(&node.expr[*place], schema, &input.real)?)))).collect();
        let part: Vec<_> =
            need.part.iter().map(|place| Ok((*place, linear::part(&node.expr[*place], schema, &known, &input)?))).collect();
        self.project(input, real, part)
    }

    /// Each row below gives its own part to the sums; columns that are no keys come from the
    /// aggregate itself, by its keys.
    fn aggregate(
        &mut self,
        plan: &LogicalPlan,
        node: &datafusion::logical_expr::Aggregate,
        sources: &Sources,
        need: &Need,
    ) -> Result<Spread> {
        let schema = node.input.schema();
        let keys = node.group_expr.len();
        let of_rows = is_of_rows(&node.input, sources);
        let is_fixed = |place: usize| is_key(&node.input, place, sources);
        let nothing = |place: usize| gives_nothing(&node.input, place);
        let known = linear::Known { is_key: &is_fixed, is_nothing: &nothing };
        let others: BTreeSet<usize> = need.real.iter().copied().filter(|place| *place >= keys).collect();
        let mut wanted: BTreeSet<usize> = need.real.difference(&others).copied().collect();
        if !others.is_empty() {
            wanted.extend(0..keys);
        }
        let mut below = Need { told: need.told_below(|place| node.group_expr.get(place), schema), ..Default::default() };
        below.real.extend(wanted.iter().flat_map(|place| places(&node.group_expr[*place], schema)));
        for place in &need.part {
            let sum = place.checked_sub(keys).ok_or_else(|| refused(schema_name(plan, *place)))?;
            linear::sum_asks(&node.aggr_expr[sum], schema, of_rows, &known, &mut below)?;
        }
        let input = self.spread(&node.input, sources, &below)?;
        let real: Vec<_> =
            wanted.iter().map(|place| Ok((*place, bare(renamed(&node.group_expr[*place], schema, &input.real)?)))).collect();
        let part: Vec<_> = need
            .part
            .iter()
            .map(|place| Ok((*place, linear::sum_part(&node.aggr_expr[place - keys], schema, of_rows, &known, &input)?)))
            .collect();
        let mut spread = self.project(input, real, part)?;
        if others.is_empty() {
            return Ok(spread);
        }
        let mut asked: BTreeSet<usize> = (0..keys).collect();
        asked.extend(&others);
        let (whole, names) = self.whole(plan, sources, &asked)?;
        let on: Vec<Expr> = (0..keys)
            .map(|place| binary_expr(ident(&spread.real[&place]), Operator::IsNotDistinctFrom, ident(&names[&place])))
            .collect();
        // One row of the aggregate stands beside each of the rows that it adds up.
        spread.plan = LogicalPlanBuilder::from(spread.plan).join_on(whole, JoinType::Inner, on)?.build()?;
        spread.real.extend(others.into_iter().map(|place| (place, names[&place].clone())));
        Ok(spread)
    }

    /// A node as it is, its columns under new names.
    fn whole(
        &mut self,
        plan: &LogicalPlan,
        sources: &Sources,
        asked: &BTreeSet<usize>,
    ) -> Result<(LogicalPlan, BTreeMap<usize, String>)> {
        if !sources.are_readable && holds_source(plan, sources) {
            return Err(refused("a figure that needs a sum of all items beside it"));
        }
        let names: BTreeMap<usize, String> = asked.iter().map(|place| (*place, self.name())).collect();
        let columns: Vec<Expr> = names
            .iter()
            .map(|(place, name)| Expr::Column(Column::from(plan.schema().qualified_field(*place))).alias(name))
            .collect();
        if columns.is_empty() {
            return Ok((plan.clone(), names));
        }
        Ok((LogicalPlanBuilder::from(plan.clone()).project(columns)?.build()?, names))
    }

    /// One side is spread, the one that gives the part; the other stays as it is.
    fn join(&mut self, node: &datafusion::logical_expr::Join, sources: &Sources, need: &Need) -> Result<Spread> {
        let width = node.left.schema().fields().len();
        let is_left = match (holds_source(&node.left, sources), holds_source(&node.right, sources)) {
            (true, false) => true,
            (false, true) => false,
            _ => {
                let sides: BTreeSet<bool> = need.part.iter().map(|place| *place < width).collect();
                if sides.len() != 1 {
                    return Err(refused("what two relations of items give together"));
                }
                sides.contains(&true)
            }
        };
        if need.part.iter().any(|place| (*place < width) != is_left) {
            return Err(refused("a column of a list"));
        }
        let (spread_side, other_side) = if is_left { (&node.left, &node.right) } else { (&node.right, &node.left) };
        let here = |place: &usize| (*place < width) == is_left;
        let shift = |place: usize, left: bool| if left { place } else { place - width };
        let mut conditions: Vec<Expr> = node.on.iter().map(|(left, right)| left.clone().eq(right.clone())).collect();
        conditions.extend(node.filter.iter().flat_map(|filter| split_conjunction_owned(filter.clone())));
        conditions.retain(|condition| {
            places(condition, &node.schema_of_sides())
                .iter()
                .filter(|place| here(place))
                .all(|place| is_key(spread_side, shift(*place, is_left), sources))
        });
        let mut asked = need.real.clone();
        asked.extend(conditions.iter().flat_map(|condition| places(condition, &node.schema_of_sides())));
        let below = Need {
            real: asked.iter().filter(|place| here(place)).map(|place| shift(*place, is_left)).collect(),
            part: need.part.iter().map(|place| shift(*place, is_left)).collect(),
            told: need
                .told
                .iter()
                .filter(|(place, _)| here(place))
                .map(|(place, text)| (shift(*place, is_left), text.clone()))
                .collect(),
        };
        let spread = self.spread(spread_side, sources, &below)?;
        let others: BTreeSet<usize> = asked.iter().filter(|place| !here(place)).map(|place| shift(*place, !is_left)).collect();
        let (whole, names) = self.whole(other_side, sources, &others)?;
        let back = |place: usize, left: bool| if left { place } else { place + width };
        let mut real: BTreeMap<usize, String> =
            spread.real.iter().map(|(place, name)| (back(*place, is_left), name.clone())).collect();
        real.extend(names.iter().map(|(place, name)| (back(*place, !is_left), name.clone())));
        let conditions: Vec<Expr> =
            conditions.iter().map(|condition| renamed(condition, &node.schema_of_sides(), &real)).collect::<Result<_>>()?;
        let (left, right) = if is_left { (spread.plan, whole) } else { (whole, spread.plan) };
        let plan = LogicalPlanBuilder::from(left).join_on(right, node.join_type, conditions)?.build()?;
        let part = spread.part.iter().map(|(place, name)| (back(*place, is_left), name.clone())).collect();
        Ok(Spread { plan, traced: spread.traced, real, part })
    }

    /// Rows of different relations: a traced column that one of them has not is null there.
    fn union(&mut self, parts: Vec<Spread>, need: &Need) -> Result<Spread> {
        let mut traced: Vec<(String, DataType)> = Vec::new();
        for name in parts.iter().flat_map(|part| part.traced.iter().map(move |name| (name, &part.plan))) {
            if !traced.iter().any(|(known, _)| known == name.0) {
                traced.push((name.0.clone(), name.1.schema().field_with_unqualified_name(name.0)?.data_type().clone()));
            }
        }
        let of_real = common_types(&parts, &need.real, |part| &part.real)?;
        let of_part = common_types(&parts, &need.part, |part| &part.part)?;
        let mut together: Option<Spread> = None;
        for mut part in parts {
            let own = std::mem::take(&mut part.traced);
            let inner: Vec<String> =
                part.plan.schema().fields().iter().map(|field| field.name().clone()).filter(|name| !own.contains(name)).collect();
            let mut columns: Vec<Expr> = Vec::new();
            for (name, kind) in &traced {
                columns.push(if own.contains(name) { ident(name) } else { lit(ScalarValue::try_from(kind)?).alias(name) });
            }
            columns.extend(inner.iter().map(ident));
            part.plan = LogicalPlanBuilder::from(part.plan).project(columns)?.build()?;
            part.traced = traced.iter().map(|(name, _)| name.clone()).collect();
            let real: Vec<_> =
                need.real.iter().map(|place| Ok((*place, typed(of_real.get(place), ident(&part.real[place]))))).collect();
            let amounts: Vec<_> =
                need.part.iter().map(|place| Ok((*place, typed(of_part.get(place), ident(&part.part[place]))))).collect();
            let part = self.project(part, real, amounts)?;
            together = Some(match together {
                None => part,
                Some(before) => {
                    let plan = LogicalPlanBuilder::from(before.plan).union(part.plan)?.build()?;
                    Spread { plan, ..before }
                }
            });
        }
        together.ok_or_else(|| refused("what no item gives to"))
    }

    fn scan(&mut self, node: &datafusion::logical_expr::TableScan, sources: &Sources, need: &Need) -> Result<Spread> {
        let name_of = |place: usize| node.projected_schema.field(place).name().clone();
        match sources.relations.get(node.table_name.table()) {
            None => Err(refused(node.table_name.table())),
            Some(Source::Rows(rows)) => {
                let fields: Vec<String> = rows.schema().fields().iter().map(|field| field.name().clone()).collect();
                let prefixed = |name: &String| format!("{TRACED}{name}");
                let columns: Vec<Expr> = fields.iter().map(|name| column_of(rows, name).alias(prefixed(name))).collect();
                let plan = LogicalPlanBuilder::from(rows.clone()).project(columns)?.build()?;
                let traced = fields.iter().map(prefixed).collect();
                let input = Spread { plan, traced, real: BTreeMap::new(), part: BTreeMap::new() };
                let own = |place: &usize| Ok((*place, ident(prefixed(&name_of(*place)))));
                let real: Vec<_> = need.real.iter().map(own).collect();
                let amount =
                    |place: &usize| Ok((*place, linear::or_zero(linear::exact(ident(prefixed(&name_of(*place))), &input)?)));
                let part: Vec<_> = need.part.iter().map(amount).collect();
                self.project(input, real, part)
            }
            Some(Source::Made(plans)) => {
                let mut parts = Vec::new();
                for (plan, sources) in plans {
                    let place_in = |place: &usize| {
                        plan.schema().index_of_column_by_name(None, &name_of(*place)).ok_or_else(|| refused(name_of(*place)))
                    };
                    let real = need.real.iter().map(|place| Ok((place_in(place)?, *place))).collect::<Result<Vec<_>>>()?;
                    let part = need.part.iter().map(|place| Ok((place_in(place)?, *place))).collect::<Result<Vec<_>>>()?;
                    let below = Need {
                        real: real.iter().map(|pair| pair.0).collect(),
                        part: part.iter().map(|pair| pair.0).collect(),
                        ..Default::default()
                    };
                    let spread = self.spread(plan, sources, &below)?;
                    let named = |pairs: &[(usize, usize)], names: &BTreeMap<usize, String>| {
                        pairs.iter().map(|(own, outer)| (*outer, names[own].clone())).collect()
                    };
                    let (real, part) = (named(&real, &spread.real), named(&part, &spread.part));
                    parts.push(Spread { real, part, ..spread });
                }
                self.union(parts, need)
            }
        }
    }
}

/// Whether a branch has rows of the figure. One that gives zero to what is asked need not be a sum
/// of items, nor one that stands under another key.
fn is_wanted(branch: &LogicalPlan, sources: &Sources, need: &Need) -> bool {
    if let LogicalPlan::Union(node) = branch {
        return node.inputs.iter().any(|input| is_wanted(input, sources, need));
    }
    let gives = need.part.is_empty() || need.part.iter().any(|place| !gives_nothing(branch, *place));
    gives && holds_source(branch, sources) && !need.told.iter().any(|(place, text)| is_other(branch, *place, text))
}

/// Types for columns that the branches of a union have of different types; without one of its own
/// a union takes that of its first branch.
fn common_types(
    parts: &[Spread],
    places: &BTreeSet<usize>,
    names: impl Fn(&Spread) -> &BTreeMap<usize, String>,
) -> Result<BTreeMap<usize, DataType>> {
    let mut common = BTreeMap::new();
    for place in places {
        let kind = |part: &Spread| Ok(part.plan.schema().field_with_unqualified_name(&names(part)[place])?.data_type().clone());
        let kinds = parts.iter().map(kind).collect::<Result<Vec<_>>>()?;
        if kinds.iter().any(|kind| *kind != kinds[0]) {
            common.extend(type_union_resolution(&kinds).map(|kind| (*place, kind)));
        }
    }
    Ok(common)
}

fn typed(kind: Option<&DataType>, expr: Expr) -> Expr {
    match kind {
        Some(kind) => cast(expr, kind.clone()),
        None => expr,
    }
}

/// The columns of both sides, whatever the type of the join shows above it.
trait Sides {
    fn schema_of_sides(&self) -> DFSchema;
}

impl Sides for datafusion::logical_expr::Join {
    fn schema_of_sides(&self) -> DFSchema {
        self.left.schema().join(self.right.schema()).expect("the join was planned")
    }
}

fn schema_name(plan: &LogicalPlan, place: usize) -> String {
    plan.schema().field(place).name().clone()
}

fn column_of(plan: &LogicalPlan, name: &str) -> Expr {
    let place = plan.schema().index_of_column_by_name(None, name).expect("the name is its own");
    Expr::Column(Column::from(plan.schema().qualified_field(place)))
}

/// Without the name it was given: a new one follows.
fn bare(expr: Expr) -> Expr {
    expr.unalias_nested().data
}

/// Columns an expression reads, by their place.
fn places(expr: &Expr, schema: &DFSchema) -> Vec<usize> {
    expr.column_refs().into_iter().filter_map(|column| schema.maybe_index_of_column(column)).collect()
}

/// The expression over the new names of its columns.
fn renamed(expr: &Expr, schema: &DFSchema, names: &BTreeMap<usize, String>) -> Result<Expr> {
    let replaced = expr.clone().transform(|part| {
        let Expr::Column(column) = &part else { return Ok(Transformed::no(part)) };
        let name = schema.maybe_index_of_column(column).and_then(|place| names.get(&place));
        let name = name.ok_or_else(|| refused(&column.name))?;
        Ok(Transformed::yes(ident(name)))
    })?;
    Ok(replaced.data)
}
