//! What the levels of estimation offer for an item, in their order.

use std::collections::HashMap;

use datafusion::prelude::SessionContext;

use super::texts;
use super::truth::{Hidden, list, month};
use crate::error::Result;
use crate::run::Job;

/// A level of the hierarchy of one measure.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level {
    pub number: u32,
    pub name: String,
}

/// A row of the list `imputation_level`.
struct Rung {
    measure: String,
    auxiliary: String,
    digits: usize,
    by_partner: bool,
    level: Level,
}

/// Ratios of a month and the items they rest on.
struct Month {
    month: i32,
    /// The standard unit of the goods; empty where a group has goods of any.
    unit: String,
    /// Value a kilogram, value a unit, kilograms a unit, each with its items; null is missing.
    ratios: [(Option<f64>, f64); 3],
    /// Net and gross mass of the items that have both, and how many these are.
    packed: (f64, f64, f64),
}

/// Flow, code and partner of a group of goods, and whether it is a cell of the trade itself.
type Group = (String, String, String, bool);

/// Freight, value of goods and items of a month.
type Freight = (i32, f64, f64, f64);

/// What the steps stored of unit values and freight shares, with the levels at which they may be used.
pub struct Donors {
    rungs: Vec<Rung>,
    unit_values: HashMap<Group, Vec<Month>>,
    /// By flow and the key of a level of freight.
    freights: HashMap<(String, String), Vec<Freight>>,
    zones: HashMap<String, String>,
    modes: HashMap<String, String>,
    carriage_in_price: HashMap<String, bool>,
    min_items: f64,
    window: i32,
}

const FREIGHT_LEVELS: [&str; 4] = ["chapter", "zone", "mode", "all"];

impl Donors {
    /// Reads the relations that `ctx` has; without `freight_share` no freight is offered.
    pub async fn read(ctx: &SessionContext, job: &Job<'_>) -> Result<Donors> {
        let rungs =
            list(job, "imputation_level", &["measure", "level_no", "auxiliary", "code_digits", "by_partner", "valid_to"])?;
        let mut rungs: Vec<Rung> = rungs.into_iter().filter(|row| row[5].starts_with("9999")).map(|row| rung(&row)).collect();
        rungs.sort_by_key(|rung| rung.level.number);
        let number = |name: &str| job.parameter(name, "9999-01-01").map(|text| text.parse::<f64>().unwrap_or_default());
        let mut donors = Donors {
            rungs,
            unit_values: unit_values(ctx).await?,
            freights: HashMap::new(),
            zones: HashMap::new(),
            modes: HashMap::new(),
            carriage_in_price: HashMap::new(),
            min_items: number("donor_min_items")?,
            window: number("unit_value_window_months")? as i32,
        };
        if ctx.table_exist("freight_share").unwrap_or(false) {
            donors.read_freight(ctx, job).await?;
        }
        Ok(donors)
    }

    async fn read_freight(&mut self, ctx: &SessionContext, job: &Job<'_>) -> Result<()> {
        let zones = list(job, "partner_zone", &["country", "partner_zone", "reporter"])?;
        let own = |row: &Vec<String>| row[2] == job.profile.reporter;
        self.zones = zones.into_iter().filter(own).map(|row| (row[0].clone(), row[1].clone())).collect();
        let modes = list(job, "transport_mode", &["mode", "comtrade_code"])?;
        self.modes = modes.into_iter().map(|row| (row[0].clone(), row[1].clone())).collect();
        let terms = list(job, "delivery_term", &["delivery_terms", "main_carriage_in_price"])?;
        self.carriage_in_price = terms.into_iter().map(|row| (row[0].clone(), row[1] == "true")).collect();
        let columns = ["period", "flow", "border_transport_mode", "partner_zone", "hs2", "freight", "value", "item_count"];
        for row in texts(ctx, "freight_share", &columns).await? {
            let parse = |at: usize| row[at].parse::<f64>().unwrap_or_default();
            for level in FREIGHT_LEVELS {
                let key = self.freight_key(level, &row[2], &row[3], &row[4]);
                let months = self.freights.entry((row[1].clone(), key)).or_default();
                months.push((month(&row[0]), parse(5), parse(6), parse(7)));
            }
        }
        Ok(())
    }

    fn freight_key(&self, level: &str, mode: &str, zone: &str, chapter: &str) -> String {
        let mode = self.modes.get(mode).map(String::as_str).unwrap_or("-");
        match level {
            "chapter" => format!("{mode} {zone} {chapter}"),
            "zone" => format!("{mode} {zone}"),
            "mode" => mode.into(),
            _ => String::new(),
        }
    }

    /// Estimates of the levels whose donors are enough, best level first.
    pub fn offers(&self, one: &Hidden) -> Vec<(Level, f64)> {
        match one.field.as_str() {
            "freight_cost" => self.freight_offers(one),
            "net_mass_kg" => self.quantity_offers(one, "net_mass"),
            _ => self.quantity_offers(one, "quantity"),
        }
    }

    fn quantity_offers(&self, one: &Hidden, measure: &str) -> Vec<(Level, f64)> {
        let is_open = |rung: &&Rung| rung.measure == measure && (one.code.len() >= rung.digits || rung.is_cell());
        let of_measure = self.rungs.iter().filter(is_open);
        let offer = |rung: &Rung| {
            let partner = if rung.by_partner { one.partner.as_str() } else { "_T" };
            let code = one.code[..rung.digits.min(one.code.len())].to_string();
            let key = (one.flow.clone(), code, partner.to_string(), rung.is_cell());
            // As `imputation_donor` chooses them: what has to do with a unit has donors in that unit.
            let is_of_unit = measure == "quantity" || rung.auxiliary == "quantity";
            let serves = |m: &&Month| match is_of_unit {
                true => m.unit == one.unit,
                false => rung.is_cell() || m.unit.is_empty(),
            };
            let donors = self.unit_values.get(&key)?.iter().filter(serves);
            let months: Vec<&Month> = donors.filter(|m| self.looks_back(m.month, one.month)).collect();
            let which = match (rung.auxiliary.as_str(), measure) {
                ("value", "net_mass") => 0,
                ("value", _) => 1,
                _ => 2,
            };
            let is_packed = rung.auxiliary == "gross_mass";
            let items: f64 = months.iter().map(|m| if is_packed { m.packed.2 } else { m.ratios[which].1 }).sum();
            if items < self.min_items {
                return None;
            }
            let packed = months.iter().fold((0.0, 0.0), |sum, m| (sum.0 + m.packed.0, sum.1 + m.packed.1));
            let ratio = if is_packed {
                packed.0 / packed.1
            } else {
                super::median(months.iter().filter_map(|m| m.ratios[which].0).collect())
            };
            let estimate = match (rung.auxiliary.as_str(), measure) {
                ("gross_mass", _) => one.gross_mass_kg? * ratio,
                ("quantity", _) => one.quantity? * ratio,
                ("net_mass", _) => one.net_mass_kg? / ratio,
                _ => one.statistical_value / ratio,
            };
            (estimate.is_finite() && estimate > 0.0).then(|| (rung.level.clone(), estimate))
        };
        of_measure.filter_map(offer).collect()
    }

    fn freight_offers(&self, one: &Hidden) -> Vec<(Level, f64)> {
        let zone = self.zones.get(&one.other_end).map(String::as_str).unwrap_or("-");
        let chapter = one.code.get(..2).unwrap_or("-");
        let offer = |(number, level): (u32, &&str)| {
            let key = (one.flow.clone(), self.freight_key(level, &one.mode, zone, chapter));
            let months = self.freights.get(&key)?.iter().filter(|m| self.looks_back(m.0, one.month));
            let (freight, value, items) = months.fold((0.0, 0.0, 0.0), |sum, m| (sum.0 + m.1, sum.1 + m.2, sum.2 + m.3));
            if items < self.min_items || value <= 0.0 {
                return None;
            }
            let ratio = freight / value;
            let goods = if *self.carriage_in_price.get(&one.terms)? { one.price? / (1.0 + ratio) } else { one.price? };
            Some((Level { number, name: (*level).into() }, goods * ratio))
        };
        (1..).zip(&FREIGHT_LEVELS).filter_map(offer).collect()
    }

    fn looks_back(&self, donor: i32, month: i32) -> bool {
        donor <= month && donor > month - self.window
    }
}

impl Rung {
    /// Whether its group is the code itself with one partner, however many digits the code has.
    fn is_cell(&self) -> bool {
        self.by_partner && self.digits == 10
    }
}

fn rung(row: &[String]) -> Rung {
    let by_partner = row[4] == "true";
    let name = format!("{} {}{}", row[2], row[3], if by_partner { " partner" } else { "" });
    Rung {
        measure: row[0].clone(),
        auxiliary: row[2].clone(),
        digits: row[3].parse().unwrap_or_default(),
        by_partner,
        level: Level { number: row[1].parse().unwrap_or_default(), name },
    }
}

async fn unit_values(ctx: &SessionContext) -> Result<HashMap<Group, Vec<Month>>> {
    let columns = [
        "flow",
        "code",
        "partner",
        "period",
        "value_per_kg",
        "mass_items",
        "value_per_unit",
        "quantity_items",
        "kg_per_unit",
        "complete_items",
        "packed_net_kg",
        "packed_gross_kg",
        "packed_items",
        "is_cell",
        "unit",
    ];
    let mut found: HashMap<Group, Vec<Month>> = HashMap::new();
    for row in texts(ctx, "unit_value", &columns).await? {
        let parse = |at: usize| row[at].parse::<f64>().ok();
        let ratio = |at: usize| (parse(at), parse(at + 1).unwrap_or_default());
        let packed = (parse(10).unwrap_or_default(), parse(11).unwrap_or_default(), parse(12).unwrap_or_default());
        let of_month = Month { month: month(&row[3]), unit: row[14].clone(), ratios: [ratio(4), ratio(6), ratio(8)], packed };
        found.entry((row[0].clone(), row[1].clone(), row[2].clone(), row[13] == "true")).or_default().push(of_month);
    }
    Ok(found)
}
