//! What a row at the bottom gives to an expression: defined where the expression is linear in the
//! sums it reads. Parts are never null: a row that gives nothing gives zero.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::expr::{AggregateFunction, Case};
use datafusion::logical_expr::{BinaryExpr, Cast, Expr, ExprSchemable, Operator, cast, ident, lit, when};
use datafusion::scalar::ScalarValue;

use super::{Need, Spread, places, refused, renamed};

/// A zero that no sum of decimals becomes wider or less exact by.
fn zero() -> Expr {
    lit(ScalarValue::Decimal128(Some(0), 1, 0))
}

fn one() -> Expr {
    lit(ScalarValue::Decimal128(Some(1), 20, 0))
}

/// Whole numbers as decimals, so that zero is of their type.
pub fn exact(expr: Expr, input: &Spread) -> Result<Expr> {
    Ok(if expr.get_type(input.plan.schema())?.is_integer() { cast(expr, DataType::Decimal128(20, 0)) } else { expr })
}

/// Zero in place of null: parts are never null.
pub fn or_zero(expr: Expr) -> Expr {
    coalesce(vec![expr, zero()])
}

/// What is known of the columns of an input, by their place.
pub struct Known<'f> {
    /// The same for all rows that are added up.
    pub is_key: Keys<'f>,
    /// Zero or null whatever the rows are.
    pub is_nothing: Keys<'f>,
}

impl Known<'_> {
    fn is_fixed(&self, expr: &Expr, schema: &DFSchema) -> bool {
        places(expr, schema).into_iter().all(self.is_key)
    }
}

/// Columns that the part of an expression needs of its input.
pub fn asks(expr: &Expr, schema: &DFSchema, known: &Known<'_>, need: &mut Need) -> Result<()> {
    let mut real = Vec::new();
    let mut part = Vec::new();
    walk(
        expr,
        &Within { known, schema },
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
pub fn part(expr: &Expr, schema: &DFSchema, known: &Known<'_>, input: &Spread) -> Result<Expr> {
    walk(expr, &Within { known, schema }, &mut |condition| renamed(condition, schema, &input.real), &mut |column| {
        let name = schema.maybe_index_of_column(column).and_then(|place| input.part.get(&place));
        name.map(ident).ok_or_else(|| refused(&column.name))
    })
}

/// Something that is true of a column, by its place.
pub type Keys<'f> = &'f dyn Fn(usize) -> bool;

struct Within<'f> {
    known: &'f Known<'f>,
    schema: &'f DFSchema,
}

impl Within<'_> {
    fn is_fixed(&self, expr: &Expr) -> bool {
        self.known.is_fixed(expr, self.schema)
    }

    fn gives_nothing(&self, expr: &Expr) -> bool {
        gives_nothing(expr, self.schema, self.known.is_nothing)
    }
}

type Real<'f> = &'f mut dyn FnMut(&Expr) -> Result<Expr>;
type Part<'f> = &'f mut dyn FnMut(&datafusion::common::Column) -> Result<Expr>;

/// Rebuilds a linear expression; conditions go through `real`, columns of sums through `part`.
fn walk(expr: &Expr, within: &Within<'_>, real: Real<'_>, part: Part<'_>) -> Result<Expr> {
    Ok(match expr {
        Expr::Alias(alias) => walk(&alias.expr, within, real, part)?,
        Expr::Column(column) => part(column)?,
        Expr::Literal(value, _) if is_nothing(value) => zero(),
        Expr::Negative(of) => Expr::Negative(Box::new(walk(of, within, real, part)?)),
        // Only to wider decimals: a cast that rounds would show in the sum.
        Expr::Cast(cast) => Expr::Cast(Cast { expr: Box::new(walk(&cast.expr, within, real, part)?), field: cast.field.clone() }),
        Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::Plus | Operator::Minus), right }) => {
            let (left, right) = (walk(left, within, real, part)?, walk(right, within, real, part)?);
            Expr::BinaryExpr(BinaryExpr { left: Box::new(left), op: *op, right: Box::new(right) })
        }
        // A share or a rate that all rows of the sum have in common.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) if within.is_fixed(left) => {
            real(left)? * walk(right, within, real, part)?
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Multiply, right }) if within.is_fixed(right) => {
            walk(left, within, real, part)? * real(right)?
        }
        Expr::ScalarFunction(function) if function.name() == "coalesce" => {
            let rest = function.args.iter().skip(1);
            match function.args.first() {
                Some(first) if rest.into_iter().all(|arg| within.gives_nothing(arg)) => walk(first, within, real, part)?,
                _ => return Err(refused(format!("`{expr}`"))),
            }
        }
        Expr::Case(case) => {
            let asked = case.expr.as_ref().map(|asked| real(asked)).transpose()?.map(Box::new);
            let mut branches = Vec::new();
            for (when, then) in &case.when_then_expr {
                branches.push((Box::new(real(when)?), Box::new(walk(then, within, real, part)?)));
            }
            let otherwise =
                case.else_expr.as_ref().map(|otherwise| walk(otherwise, within, real, part)).transpose()?.unwrap_or_else(zero);
            Expr::Case(Case { expr: asked, when_then_expr: branches, else_expr: Some(Box::new(otherwise)) })
        }
        other => return Err(refused(format!("`{other}`"))),
    })
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
        Expr::ScalarFunction(function) if function.name() == "coalesce" => {
            function.args.iter().all(|arg| gives_nothing(arg, schema, below))
        }
        Expr::Case(case) => {
            let mut branches = case.when_then_expr.iter().map(|(_, then)| then).chain(&case.else_expr);
            branches.all(|branch| gives_nothing(branch, schema, below))
        }
        _ => false,
    }
}

/// Whether it is a sum, not of distinct values, of what gives nothing; `below` says that of the columns.
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
pub fn sum_asks(expr: &Expr, schema: &DFSchema, of_rows: bool, known: &Known<'_>, need: &mut Need) -> Result<()> {
    let sum = function(expr)?;
    need.real.extend(sum.params.filter.iter().flat_map(|filter| places(filter, schema)));
    match (sum.func.name(), sum.params.args.first(), of_rows) {
        ("sum", Some(of), true) | ("count", Some(of), true) => need.real.extend(places(of, schema)),
        ("sum", Some(of), false) => asks(of, schema, known, need)?,
        ("count", None, true) => {}
        _ => return Err(refused(format!("`{expr}`"))),
    }
    Ok(())
}

/// What a row gives to a sum or a count.
pub fn sum_part(expr: &Expr, schema: &DFSchema, of_rows: bool, known: &Known<'_>, input: &Spread) -> Result<Expr> {
    let sum = function(expr)?;
    let amount = match (sum.func.name(), sum.params.args.first(), of_rows) {
        ("sum", Some(of), true) => or_zero(exact(renamed(of, schema, &input.real)?, input)?),
        ("sum", Some(of), false) => part(of, schema, known, input)?,
        ("count", Some(of), true) if !places(of, schema).is_empty() => {
            or_zero(when(renamed(of, schema, &input.real)?.is_not_null(), one()).end()?)
        }
        ("count", _, true) => one(),
        _ => return Err(refused(format!("`{expr}`"))),
    };
    match &sum.params.filter {
        None => Ok(amount),
        Some(filter) => Ok(or_zero(when(renamed(filter, schema, &input.real)?, amount).end()?)),
    }
}
