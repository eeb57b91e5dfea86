//! Amounts and quantities that are measured in something else than their field is.
//!
//! An amount of the invoice may be stated in national money, and a mass in tonnes. What the document says of
//! that beside the number decides; the number becomes one of the field, rounded half to even.

use super::read::{Found, Scene};
use super::wrong::Trouble;
use crate::convert::DecimalFormat;
use crate::fault::FaultCode;
use crate::form::{FieldRule, National, Unit};
use crate::schema::Kind;

/// Digits behind the point that a number is multiplied and divided with.
const NUMBER: i8 = 9;
/// Those of a rate, as of `exchange_rate`, and of a factor.
const RATE: i8 = 8;

/// What the cell says in the measure of its field; `rules` are those of the same record.
pub(super) fn measured<'n>(
    rule: &'n FieldRule,
    scene: &Scene<'n>,
    rules: &'n [FieldRule],
    found: Found<'n>,
) -> Result<Found<'n>, Trouble> {
    if let Some(unit) = &rule.unit {
        in_own_unit(rule, unit, scene, found)
    } else if let Some(national) = &rule.national {
        in_invoice_currency(rule, national, scene, rules, found)
    } else {
        Ok(found)
    }
}

/// Nothing is nothing in any currency.
pub(super) fn is_zero(amount: &str) -> bool {
    amount.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','))
}

fn in_own_unit<'n>(rule: &FieldRule, unit: &'n Unit, scene: &Scene<'n>, found: Found<'n>) -> Result<Found<'n>, Trouble> {
    let stated = match unit.path.strip_prefix('@') {
        Some(name) => found.node.and_then(|node| node.attribute(name)).map(|text| text.trim().into()),
        None => scene.text_at(&unit.path),
    };
    let Some(stated) = stated.filter(|unit| !unit.is_empty()) else { return Ok(found) };
    let told = unit.factor.iter().find(|(code, _)| code.eq_ignore_ascii_case(&stated));
    let Some((_, factor)) = told else {
        let known: Vec<&str> = unit.factor.keys().map(String::as_str).collect();
        return Err((FaultCode::UnitUnknown, format!("{} {stated}", found.text), format!("a quantity in {}", known.join(", "))));
    };
    let factor = DecimalFormat::default().parse_wide(factor.as_bytes(), RATE).map_or(0, |factor| factor.value);
    scaled(rule, found, factor, 10_i128.pow(RATE.unsigned_abs().into()))
}

fn in_invoice_currency<'n>(
    rule: &FieldRule,
    national: &'n National,
    scene: &Scene<'n>,
    rules: &'n [FieldRule],
    found: Found<'n>,
) -> Result<Found<'n>, Trouble> {
    if is_zero(&found.text) || scene.text_at(&national.currency).is_some() {
        return Ok(found);
    }
    let decimal = rule.conversion.decimal();
    let number = |text: &str, scale| decimal.parse_wide(text.as_bytes(), scale).ok().map(|number| number.value);
    let one = 10_i128.pow(RATE.unsigned_abs().into());
    let has_rate_one = scene.text_at(&national.rate).and_then(|rate| number(&rate, RATE)) == Some(one);
    let is_same = |amount: &str| number(amount, NUMBER).is_some_and(|amount| number(&found.text, NUMBER) == Some(amount));
    if !has_rate_one && !scene.text_at(&national.amount).is_some_and(|amount| is_same(&amount)) {
        return Ok(found);
    }
    let said = |name: &str| rules.iter().find(|rule| rule.name == name).and_then(|rule| scene.read(rule));
    let rate = said("exchange_rate").and_then(|rate| number(&rate.text, RATE)).filter(|rate| *rate > 0);
    match (rate, said("invoice_currency")) {
        (Some(rate), _) => scaled(rule, found, one, rate),
        (None, Some(invoice)) => {
            let expected = format!("an amount in {}, or the rate of it", invoice.text);
            Err((FaultCode::CurrencyDiffers, format!("{} in national currency", found.text), expected))
        }
        // Nothing says that the invoice is in any other.
        (None, None) => Ok(found),
    }
}

/// The number by this fraction. What is no number stays as it is: its column says what is wrong.
fn scaled<'n>(rule: &FieldRule, found: Found<'n>, up: i128, down: i128) -> Result<Found<'n>, Trouble> {
    let decimal = rule.conversion.decimal();
    let Ok(number) = decimal.parse_wide(found.text.as_bytes(), NUMBER) else { return Ok(found) };
    let scale = if let Kind::Decimal(scale) = rule.kind { scale } else { 0 };
    let down = down.checked_mul(10_i128.pow(NUMBER.abs_diff(scale).into()));
    let Some((up, down)) = number.value.checked_mul(up).zip(down) else {
        return Err((FaultCode::TooManyDigits, found.text.into_owned(), format!("a {}", rule.kind.title())));
    };
    let (quotient, rest) = (up.div_euclid(down), up.rem_euclid(down));
    let half = (rest * 2).cmp(&down);
    let is_up = half.is_gt() || half.is_eq() && quotient % 2 != 0;
    Ok(Found { text: decimal.write(quotient + i128::from(is_up), scale).into(), ..found })
}
