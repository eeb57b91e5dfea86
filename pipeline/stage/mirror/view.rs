//! Rows of the comparison that somebody asked for: pairs of countries, goods and periods.

use std::collections::BTreeSet;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::prelude::{DataFrame, Expr, SessionContext, col, lit};

use crate::error::{Error, Result, nearest};
use crate::method::Method;

/// Bars in the order in which they lead from the export to the import: columns of `waterfall`, and
/// codes of the labels `mirror_cause`.
pub const BARS: [&str; 13] = [
    "unit_error",
    "partner_concept",
    "trade_system",
    "reexport",
    "cif_fob",
    "time_lag",
    "confidentiality",
    "transit",
    "hub_origin",
    "classification",
    "edition",
    "threshold",
    "unexplained",
];

/// Countries by alpha-2, in the order asked for.
#[derive(Debug, Clone)]
pub struct Sides {
    pub reporter: String,
    /// All partners, where it is empty.
    pub partners: Vec<String>,
    /// The reporter was named, not taken from the profile.
    pub is_named: bool,
}

impl Sides {
    /// Looks the codes up; exit 2 with the nearest code for one that no list knows.
    pub fn new(method: &Method, reporter: Option<&str>, default: &str, partners: &[String]) -> Result<Self> {
        let reporter_code = reporter.map_or_else(|| Ok(default.to_string()), |code| country(method, code))?;
        let partners = partners.iter().map(|code| country(method, code)).collect::<Result<Vec<_>>>()?;
        if partners.contains(&reporter_code) {
            return Err(Error::Usage {
                problem: format!("`{reporter_code}` is the reporter and a partner at once"),
                hint: "name another country with --reporter".into(),
            });
        }
        Ok(Sides { reporter: reporter_code, partners, is_named: reporter.is_some() })
    }

    /// Rows of pairs of the reporter with its partners, either way.
    fn pairs(&self) -> Expr {
        let side = |own: &str, other: &str| {
            let of_reporter = col(own).eq(lit(self.reporter.as_str()));
            if self.partners.is_empty() { of_reporter } else { of_reporter.and(self.is_partner(other)) }
        };
        side("importer", "exporter").or(side("exporter", "importer"))
    }

    fn is_partner(&self, column: &str) -> Expr {
        col(column).in_list(self.partners.iter().map(|code| lit(code.as_str())).collect(), false)
    }

    /// Rows of pairs among the partners, for figures that the reporter has no part in.
    fn among(&self) -> Expr {
        if self.partners.is_empty() { lit(true) } else { self.is_partner("importer").and(self.is_partner("exporter")) }
    }
}

/// Alpha-2 of a country by its alpha-2, alpha-3 or number.
fn country(method: &Method, code: &str) -> Result<String> {
    let list = &method.lists["country"];
    let place = |name: &str| list.schema.index_of(name).ok();
    let asked = code.trim().to_uppercase();
    let places: Vec<usize> = ["country", "alpha3", "numeric"].into_iter().filter_map(place).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (_, row) in list.records()? {
        if places.iter().any(|place| row[*place] == asked) {
            return Ok(row[places[0]].to_string());
        }
        known.insert(row[places[0]].to_string());
    }
    let near = nearest(&asked, known.iter().map(String::as_str)).map(|near| format!("; did you mean `{near}`?"));
    Err(Error::Usage {
        problem: format!("no country has the code `{code}`"),
        hint: format!("use two letters as in `tradestat show country`{}", near.unwrap_or_default()),
    })
}

/// What rows of a relation somebody wants.
pub struct Choice<'c> {
    pub sides: &'c Sides,
    /// First days, for relations with the column `period`.
    pub first: i32,
    pub last: i32,
    /// Whether the period is a whole year.
    pub is_year: bool,
    pub dimension: Option<&'static str>,
}

impl Choice<'_> {
    /// The rows of a relation, those of the reporter, or of all partners where it has none.
    pub async fn rows(&self, ctx: &SessionContext, relation: &str) -> Result<DataFrame> {
        let doing = || Error::engine(format!("reading `{relation}`"));
        let all = self.in_period(ctx.table(relation).await.map_err(doing())?).map_err(doing())?;
        let own = all.clone().filter(self.sides.pairs()).map_err(doing())?;
        if self.sides.is_named || own.clone().limit(0, Some(1)).map_err(doing())?.count().await.map_err(doing())? > 0 {
            return Ok(own);
        }
        all.filter(self.sides.among()).map_err(doing())
    }

    fn in_period(&self, frame: DataFrame) -> datafusion::error::Result<DataFrame> {
        let has = |name: &str| frame.schema().has_column_with_unqualified_name(name);
        let mut wanted = lit(true);
        if has("period_kind") {
            wanted = wanted.and(col("period_kind").eq(lit(if self.is_year { "year" } else { "month" })));
        }
        if has("period") {
            let day = |number| lit(datafusion::scalar::ScalarValue::Date32(Some(number)));
            wanted = wanted.and(col("period").between(day(self.first), day(self.last)));
        }
        if let (true, Some(dimension)) = (has("dimension"), self.dimension) {
            wanted = wanted.and(col("dimension").eq(lit(dimension)));
        }
        frame.filter(wanted)
    }
}

/// A column as text; nulls are empty.
pub fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let Some(values) = batch.column_by_name(column) else { return vec![String::new(); batch.num_rows()] };
    let values = cast(values, &DataType::Utf8).expect("every type of a relation has a text");
    let values = values.as_string::<i32>();
    (0..batch.num_rows()).map(|row| if values.is_null(row) { String::new() } else { values.value(row).into() }).collect()
}
