//! Exchange rates, and what an invoice says for a given value under its delivery terms.

use super::Rate;
use super::calendar::Month;
use super::chance::{Stream, scaled};
use super::declaration::Flow;

/// Rates are kept with eight decimals.
const UNIT: u64 = 100_000_000;
/// The rate of the US dollar where the caller gives none: the peg since 2017.
const DOLLAR: u64 = 170_000_000;

/// Currencies that may stand on an invoice.
const CURRENCIES: &[&str] = &["USD", "EUR", "RUB", "TRY", "GBP", "CNY", "CHF", "JPY", "KRW", "GEL", "KZT", "UZS", "AZN"];

/// National currency for one unit of another, by month.
pub struct Rates<'a> {
    /// In the order of [`CURRENCIES`]; each by month.
    by_currency: Vec<Vec<(&'a str, u64)>>,
}

impl<'a> Rates<'a> {
    /// Reads what the caller found in its list. A rate that is no number is left out.
    pub fn new(rates: &[Rate<'a>]) -> Self {
        let by_currency = CURRENCIES.iter().map(|&currency| {
            let own = rates.iter().filter(|rate| rate.currency == currency);
            let mut own: Vec<_> = own.filter_map(|rate| Some((rate.valid_from.get(..7)?, eight_decimals(rate.rate)?))).collect();
            own.sort_unstable();
            own
        });
        Rates { by_currency: by_currency.collect() }
    }

    /// The currency if it has rates, else the dollar.
    pub fn known(&self, currency: &'static str) -> &'static str {
        let place = CURRENCIES.iter().position(|&known| known == currency);
        let has_rates = place.is_some_and(|place| !self.by_currency[place].is_empty());
        if currency == "AZN" || has_rates { currency } else { "USD" }
    }

    /// The rate of a month: months after the last one reuse it, months before the
    /// first use the first.
    pub fn at(&self, currency: &str, month: Month) -> u64 {
        if currency == "AZN" {
            return UNIT;
        }
        let Some(place) = CURRENCIES.iter().position(|&known| known == currency) else {
            return DOLLAR;
        };
        let rates = &self.by_currency[place];
        let text = month.text();
        let after = rates.partition_point(|rate| rate.0 <= text.as_str());
        rates.get(after.saturating_sub(1)).map_or(DOLLAR, |rate| rate.1)
    }
}

/// `1.7005` as hundred-millionths; digits beyond the eighth are cut.
fn eight_decimals(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().chain("00000000".chars()).take(8).collect();
    let rate = whole.parse::<u64>().ok()?.checked_mul(UNIT)?.checked_add(digits.parse().ok()?)?;
    (rate > 0).then_some(rate)
}

/// The amounts of one item, in hundredths.
#[derive(Clone, Copy, Debug)]
pub struct Amounts {
    pub invoice: u64,
    pub freight: u64,
    pub insurance: u64,
    /// In USD.
    pub statistical: u64,
    /// In national currency.
    pub customs: u64,
}

/// Takes a value at the border (CIF for imports, FOB for exports; US cents) apart into
/// what the invoice and its transport papers say.
///
/// Freight and insurance are declared where they must be added to the invoice or taken
/// off it to reach the border, and are zero elsewhere. The statistical value is computed
/// back from the rounded amounts, so that a check can follow it to the cent.
pub fn amounts(stream: &mut Stream, flow: Flow, terms: &str, is_near: bool, value: u64, rate: u64, dollar: u64) -> Amounts {
    let at_border = scaled(value, dollar, rate).max(100);
    let carriage = if is_near { stream.between(15, 45) } else { stream.between(30, 95) };
    let cover = stream.between(2, 6);
    let is_import = flow != Flow::Export;
    let whole = 1000 + if is_import { carriage + cover } else { 0 };
    let freight = scaled(at_border, carriage, whole).max(1);
    let insurance = scaled(at_border, cover, whole).max(1);
    let to_border = scaled(at_border, 10, 1000).max(1);
    let (invoice, freight, insurance) = match (is_import, terms) {
        (true, "CIF" | "CIP" | "DAP") => (at_border, 0, 0),
        (true, "CFR" | "CPT") => (at_border - insurance, 0, insurance),
        (true, _) => (at_border - freight - insurance, freight, insurance),
        (false, "EXW") => (at_border - to_border, to_border, 0),
        (false, "CFR" | "CPT") => (at_border + freight, freight, 0),
        (false, "CIF" | "CIP" | "DAP") => (at_border + freight + insurance, freight, insurance),
        (false, _) => (at_border, 0, 0),
    };
    let (statistical, customs) = (scaled(at_border, rate, dollar), scaled(at_border, rate, UNIT));
    Amounts { invoice, freight, insurance, statistical, customs }
}
