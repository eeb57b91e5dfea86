//! What a row at the bottom gives to an expression: defined where the expression is linear in the
//! sums it reads. Parts are never null: a row that gives nothing gives zero.

use datafusion::common::{DFSchema, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::{AggregateFunction, Case};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, Operator, ident, lit, when};
use datafusion::scalar::ScalarValue;

use super::{Need, Spread, places, refused, renamed};

/// A zero that no sum of decimals becomes wider or less exact by.
fn zero() -> Expr {
    lit(ScalarValue::Decimal128(Some(0), 1, 0))
}

pub fn or_zero(expr: Expr) -> Expr {
    coalesce(vec![expr, zero()])
}

/// Columns that the part of an expression needs of its input.
pub fn asks(expr: &Expr, schema: &DFSchema, keys: Keys<'_>, need: &mut Need) -> Result<()> {
    let mut real = Vec::new();
    let mut part = Vec::new();
    walk(
        expr,
        &|factor| places(factor, schema).into_iter().all(keys),
        &mut |condition| {
            real.extend(places(condition, schema));
            Ok(condition.clone())
        },
        &mut |column| {
            part.extend(schema.maybe_index_of_column(column));
            Ok(zero())
        },
    )?;
    need.real.extend(real);
    need.part.extend(part);
    Ok(())
}

/// The part of an expression, over a spread input.
pub fn part(expr: &Expr, schema: &DFSchema, keys: Keys<'_>, input: &Spread) -> Result<Expr> {
    walk(
        expr,
        &|factor| places(factor, schema).into_iter().all(keys),
        &mut |condition| renamed(condition, schema, &input.real),
        &mut |column| {
            let name = schema.maybe_index_of_column(column).and_then(|place| input.part.get(&place));
            name.map(ident).ok_or_else(|| refused(&column.name))
        },
    )
}

/// Whether a column, by its place, is the same for all rows that are added up.
pub type Keys<'f> = &'f dyn Fn(usize) -> bool;
type Fixed<'f> = &'f dyn Fn(&Expr) -> bool;
type Real<'f> = &'f mut dyn FnMut(&Expr) -> Result<Expr>;
type Part<'f> = &'f mut dyn FnMut(&datafusion::common::Column) -> Result<Expr>;

/// Rebuilds a linear expression; conditions go through `real`, columns of sums through `part`.
fn walk(expr: &Expr, fixed: Fixed<'_>, real: Real<'_>, part: Part<'_>) -> Result<Expr> {
    Ok(match expr {
        Expr::Alias(alias) => walk(&alias.expr, fixed, real, part)?,
        Expr::Column(column) => part(column)?,
        Expr::Literal(value, _) if is_nothing(value) => zero(),
        Expr::Negative(of) => Expr::Negative(Box::new(walk(of, fixed, real, part)?)),
        // Only to wider decimals: a cast that rounds would show in the sum.
        Expr::Cast(cast) => Expr::Cast(Cast { expr: Box::new(walk(&cast.expr, fixed, real, part)?), field: cast.field.clone() }),
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Plus | Operator::Minus), right }) => {
            let (left, right) = (walk(left, fixed, real, part)?, walk(right, fixed, real, part)?);
            Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op: *op, right: Box::new(right) })
        }
        // A share or a rate that all rows of the sum have in common.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) if fixed(left) => real(left)? * walk(right, fixed, real, part)?,
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) if fixed(right) => walk(left, fixed, real, part)? * real(right)?,
        Expr::ScalarFunction(function) if function.name() == "coalesce" => {
            let rest = function.args.iter().skip(1);
            match function.args.first() {
                Some(first) if rest.into_iter().all(|arg| matches!(bare(arg), Expr::Literal(value, _) if is_nothing(value))) => walk(first, fixed, real, part)?,
                _ => return Err(refused(format!("`{expr}`"))),
            }
        }
        Expr::Case(case) => {
            let asked = case.expr.as_ref().map(|asked| real(asked)).transpose()?.map(Box::new);
            let mut branches = Vec::new();
            for (when, then) in &case.when_then_expr {
                branches.push((Box::new(real(when)?), Box::new(walk(then, fixed, real, part)?)));
            }
            let otherwise = case.else_expr.as_ref().map(|otherwise| walk(otherwise, fixed, real, part)).transpose()?.unwrap_or_else(zero);
            Expr::Case(Case { expr: asked, when_then_expr: branches, else_expr: Some(Box::new(otherwise)) })
        }
        other => return Err(refused(format!("`{other}`"))),
    })
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        Expr::Cast(cast) => bare(&cast.expr),
        other => other,
    }
}

/// Zero or null of any type.
fn is_nothing(value: &ScalarValue) -> bool {
    value.is_null() || ScalarValue::new_zero(&value.data_type()).is_ok_and(|zero| zero == *value)
}

/// Whether an expression is zero or null whatever its rows are; `below` says it of its columns.
pub fn gives_nothing(expr: &Expr, schema: &DFSchema, below: Keys<'_>) -> bool {
    match expr {
        Expr::Alias(alias) => gives_nothing(&alias.expr, schema, below),
        Expr::Cast(cast) => gives_nothing(&cast.expr, schema, below),
        Expr::Negative(of) => gives_nothing(of, schema, below),
        Expr::Literal(value, _) => is_nothing(value),
        Expr::Column(column) => schema.maybe_index_of_column(column).is_some_and(below),
        Expr::ScalarFunction(function) if function.name() == "coalesce" => function.args.iter().all(|arg| gives_nothing(arg, schema, below)),
        _ => false,
    }
}

pub fn sums_nothing(expr: &Expr, schema: &DFSchema, below: Keys<'_>) -> bool {
    function(expr).is_ok_and(|sum| sum.func.name() == "sum" && sum.params.args.iter().all(|of| gives_nothing(of, schema, below)))
}

fn function(expr: &Expr) -> Result<&AggregateFunction> {
    match expr {
        Expr::Alias(alias) => function(&alias.expr),
        Expr::AggregateFunction(function) if !function.params.distinct => Ok(function),
        other => Err(refused(format!("`{other}`"))),
    }
}

/// Columns that the part of a sum or count needs.
pub fn sum_asks(expr: &Expr, schema: &DFSchema, of_rows: bool, keys: Keys<'_>, need: &mut Need) -> Result<()> {
    let sum = function(expr)?;
    need.real.extend(sum.params.filter.iter().flat_map(|filter| places(filter, schema)));
    match (sum.func.name(), sum.params.args.first(), of_rows) {
        ("sum", Some(of), true) | ("count", Some(of), true) => need.real.extend(places(of, schema)),
        ("sum", Some(of), false) => asks(of, schema, keys, need)?,
        ("count", None, true) => {}
        _ => return Err(refused(format!("`{expr}`"))),
    }
    Ok(())
}

/// What a row gives to a sum or a count.
pub fn sum_part(expr: &Expr, schema: &DFSchema, of_rows: bool, keys: Keys<'_>, input: &Spread) -> Result<Expr> {
    let sum = function(expr)?;
    let amount = match (sum.func.name(), sum.params.args.first(), of_rows) {
        ("sum", Some(of), true) => or_zero(renamed(of, schema, &input.real)?),
        ("sum", Some(of), false) => part(of, schema, keys, input)?,
        ("count", Some(of), true) if !places(of, schema).is_empty() => {
            when(renamed(of, schema, &input.real)?.is_not_null(), lit(1_i64)).otherwise(lit(0_i64))?
        }
        ("count", _, true) => lit(1_i64),
        _ => return Err(refused(format!("`{expr}`"))),
    };
    match &sum.params.filter {
        None => Ok(amount),
        Some(filter) => when(renamed(filter, schema, &input.real)?, amount).otherwise(zero()),
    }
}
