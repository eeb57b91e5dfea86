//! The world of the code lists, as the generators of synthetic books take it.

use tradestat_core::synthetic::mirror::{Books, Place, Surroundings, second_books};
use tradestat_core::synthetic::world::{Chunk, WorldPlan, world_trade};
use tradestat_core::synthetic::{Country, Plan, Rate, World};

use crate::command::demo::Texts;
use crate::error::{Error, Result};
use crate::method::Method;

/// National currency for one dollar, per mille, where the list has no newer rate.
const RATE: u64 = 1700;
/// The nomenclature in force, as the layout writes it.
const EDITION: &str = "H6";
const EARTH_KILOMETRES: f64 = 6371.0;

struct Area {
    country: String,
    alpha3: String,
    code: String,
    latitude: f64,
    longitude: f64,
}

/// Lists read once.
pub struct Lists {
    texts: Texts,
    areas: Vec<Area>,
    units: Vec<(String, String)>,
}

impl Lists {
    /// Leaves out countries without a place on the map or without an area code of Comtrade that is in force.
    pub fn read(method: &Method) -> Result<Self> {
        let texts = Texts::read(method)?;
        let codes = Texts::rows(method, "comtrade_area", &["country", "comtrade_code", "valid_to", "is_summed"])?;
        let mut areas = Vec::new();
        for row in Texts::rows(method, "country_geography", &["country", "latitude", "longitude"])? {
            let code = codes.iter().find(|code| code[0] == row[0] && code[2] == "9999-12-31" && code[3] == "true");
            let alpha3 = texts.countries.iter().find(|country| country[0] == row[0]).map(|country| country[1].clone());
            let (Some(code), Some(alpha3), Ok(latitude), Ok(longitude)) = (code, alpha3, row[1].parse(), row[2].parse()) else {
                continue;
            };
            areas.push(Area { country: row[0].clone(), alpha3, code: code[1].clone(), latitude, longitude });
        }
        let units = Texts::rows(method, "quantity_unit", &["unit", "comtrade_code"])?;
        let units = units.into_iter().filter(|row| !row[1].is_empty()).map(|row| (row[0].clone(), row[1].clone())).collect();
        Ok(Lists { texts, areas, units })
    }

    fn find(&self, country: &str) -> Result<&Area> {
        self.areas.iter().find(|area| area.country == country).ok_or_else(|| Error::Inconsistent {
            file: "reference/country_geography.csv".into(),
            line: None,
            problem: format!("no place or area code for `{country}`"),
            hint: String::new(),
        })
    }

    fn with_world<T>(&self, make: impl FnOnce(&World<'_>) -> T) -> T {
        let hs6: Vec<(&str, &str)> = self.texts.commodities.iter().map(|(code, unit)| (code.as_str(), unit.as_str())).collect();
        let countries: Vec<Country<'_>> = self.texts.countries().collect();
        let rates: Vec<Rate<'_>> = self.texts.rates().collect();
        make(&World { hs6: &hs6, countries: &countries, rates: &rates })
    }

    /// The books of the partners of a country, from the same flows as its declarations.
    pub fn second_books(&self, plan: &Plan, reporter: &str) -> Result<Books> {
        let own = self.find(reporter)?;
        let places: Vec<Place<'_>> = self.areas.iter().map(|area| place(area, kilometres(own, area))).collect();
        let units: Vec<(&str, &str)> = self.units.iter().map(|(unit, code)| (unit.as_str(), code.as_str())).collect();
        let around = Surroundings { own: place(own, 0), places: &places, units: &units, edition: EDITION, rate: self.rate(plan) };
        Ok(self.with_world(|world| second_books(world, plan, &around)))
    }

    /// The rate of the last month of the plan, per mille.
    fn rate(&self, plan: &Plan) -> u64 {
        let month = format!("{:04}-{:02}", plan.last_month.0, plan.last_month.1);
        let newest = self
            .texts
            .rates()
            .filter(|rate| rate.currency == "USD" && rate.valid_from <= month.as_str())
            .max_by_key(|rate| rate.valid_from);
        newest.and_then(|rate| rate.rate.parse::<f64>().ok()).map_or(RATE, |rate| (rate * 1000.0).round() as u64)
    }

    /// A year of trade among the countries with a place, the largest traders first.
    pub fn world_trade(&self, plan: &WorldPlan, each: &mut dyn FnMut(Chunk) -> Result<()>) -> Result<u64> {
        let rank = |area: &&Area| LARGEST.iter().position(|code| *code == area.country).unwrap_or(LARGEST.len());
        let mut areas: Vec<&Area> = self.areas.iter().collect();
        areas.sort_by_key(|area| (rank(area), area.country.clone()));
        let places: Vec<Place<'_>> = areas.iter().map(|area| place(area, 0)).collect();
        let way = |one: usize, other: usize| kilometres(areas[one], areas[other]);
        self.with_world(|world| world_trade(world, &places, EDITION, &way, plan, each))
    }
}

/// Traders by the size of their trade, roughly.
const LARGEST: &[&str] = &[
    "CN", "US", "DE", "NL", "JP", "FR", "IT", "GB", "KR", "IN", "HK", "BE", "MX", "CA", "SG", "ES", "AE", "PL", "VN", "CH", "TR",
    "RU", "TH", "MY", "BR", "AU", "CZ", "ID", "SE", "AT", "SA", "HU", "ZA", "DK", "RO", "KZ", "UA", "GE", "AZ", "BY",
];

fn place(area: &Area, kilometres: u32) -> Place<'_> {
    Place { code: &area.country, alpha3: &area.alpha3, area: &area.code, kilometres }
}

/// The way over the sphere, in whole kilometres.
fn kilometres(one: &Area, other: &Area) -> u32 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = one.latitude.to_radians().cos() * other.latitude.to_radians().cos() * half(one.longitude, other.longitude);
    let arc = half(one.latitude, other.latitude) + across;
    (2.0 * EARTH_KILOMETRES * arc.sqrt().min(1.0).asin()).round() as u32
}
