//! Plants one error into a line that was sound.

use std::borrow::Cow;

use super::World;
use super::calendar::Day;
use super::chance::Stream;
use super::declaration::Setting;
use super::line::{Line, fixed};
use super::planted::Kind;

/// Subheadings that the HS of 2012 or 2017 had and that of 2022 has not.
const RETIRED: &[&str] = &[
    "151000", "220290", "293131", "300211", "300620", "382200", "401161", "440310", "440710", "441294", "620111", "620293",
    "690710", "690890", "701931", "841931", "846210", "846900", "850740", "851712", "851770", "852580", "853950", "854140",
    "880310", "880330", "900651", "940130", "940190", "940540",
];

/// Latin capitals and the Cyrillic ones that look like them.
const TWINS: [(char, char); 11] = [
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
    ('T', 'Т'),
    ('X', 'Х'),
];

/// Changes the line as the kind says; the kinds of [`super::planted`] say what it should
/// cause. One arm a kind, read top to bottom.
pub fn spoil<'a>(line: &mut Line<'a>, kind: Kind, world: &World<'a>, setting: &Setting<'a>, stream: &mut Stream) {
    match kind {
        Kind::KeyFieldEmpty => line.commodity = Cow::Borrowed(""),
        Kind::DateOrder => line.released = line.accepted.before(stream.between(1, 9)),
        Kind::SubheadingInvalid => {
            let chapter = line.commodity[..2].to_owned();
            let is_new = |ending: &&str| !setting.is_subheading(&format!("{chapter}{ending}"));
            let ending = ["9991", "9987", "0099", "9973"].into_iter().find(is_new).unwrap_or("9991");
            line.commodity = Cow::Owned(format!("{chapter}{ending}0000"));
        }
        Kind::ChapterInvalid => {
            // 77 is reserved; there is no 00.
            let chapter = stream.pick(&["77", "00"]);
            line.commodity = Cow::Owned(format!("{chapter}{}", &line.commodity[2..]));
        }
        Kind::OldEditionCode => {
            let retired: Vec<&str> = RETIRED.iter().copied().filter(|code| !setting.is_subheading(code)).collect();
            if !retired.is_empty() {
                line.commodity = Cow::Owned(format!("{}0000", stream.pick(&retired)));
            }
        }
        Kind::UnknownOrigin => line.origin = Cow::Borrowed("XQ"),
        Kind::CountryAlpha3 | Kind::CountryNumeric => {
            let known = world.countries.iter().find(|country| country.code == line.origin);
            line.origin = match (kind, known) {
                (Kind::CountryAlpha3, Some(country)) if !country.alpha3.is_empty() => Cow::Borrowed(country.alpha3),
                (Kind::CountryNumeric, Some(country)) if !country.numeric.is_empty() => Cow::Borrowed(country.numeric),
                (Kind::CountryAlpha3, _) => Cow::Borrowed("TUR"),
                _ => Cow::Borrowed("792"),
            };
        }
        Kind::CountryHomoglyph => {
            let twin = TWINS.iter().find(|(latin, _)| line.origin.contains(*latin));
            line.origin = match twin {
                Some(&(latin, cyrillic)) => Cow::Owned(line.origin.replacen(latin, &cyrillic.to_string(), 1)),
                None => Cow::Borrowed("СN"),
            };
        }
        Kind::UnknownProcedure => line.procedure_code = "9X00",
        Kind::FlowContradiction => line.declaration_type = "EX",
        Kind::UnknownCurrency => line.currency = "QQQ",
        Kind::UnknownMode => line.mode = 0,
        Kind::UnknownTerms => line.terms = "ABC",
        Kind::TraderId => line.instead = Some(("trader_id", format!("00{:07}", stream.below(10_000_000)))),
        Kind::NetMassNotPositive => line.net = if stream.one_in(4) { -line.net } else { 0 },
        Kind::NetAboveGross => line.net = line.gross * i64::try_from(stream.between(12, 30)).unwrap_or(12) / 10 + 1,
        Kind::UnitMissing => line.unit = None,
        Kind::QuantityMissing => line.quantity = None,
        Kind::QuantitySwapped => {
            // Grams and thousandths of a unit: both are written with three decimals.
            let quantity = line.quantity.unwrap_or(1000);
            (line.quantity, line.net) = (Some(line.net), quantity);
        }
        Kind::ElectricityByRoad => {
            line.mode = 3;
            if let Some(&(code, unit)) = world.hs6.iter().find(|known| known.0.starts_with("2716")) {
                line.commodity = Cow::Owned(format!("{code:0<10}"));
                line.noun = "electricity";
                line.unit = Some(unit);
                // About 60 USD for a thousand kilowatt-hours.
                line.quantity = Some(line.statistical / 6);
            }
        }
        Kind::GoodsByPipeline => line.mode = 7,
        Kind::SeaToLandlocked => line.mode = 1,
        Kind::FreightMissing => {
            // The statistical value stays: it was computed from papers that were not declared.
            line.instead = Some(("freight_cost", String::new()));
        }
        Kind::RateMissing => line.rate = None,
        Kind::RateDeviates => line.rate = line.rate.map(|rate| rate * 6 / 5),
        Kind::RatePerHundred => line.rate = line.rate.map(|rate| rate * 100),
        Kind::CurrencyWithoutRate => {
            // A krona is about 0.16 manat.
            let (old, new) = (line.rate.unwrap_or(0), 16_000_000_u64);
            line.currency = "SEK";
            line.rate = Some(new);
            for amount in [&mut line.invoice, &mut line.freight, &mut line.insurance] {
                *amount = i64::try_from(i128::from(*amount) * i128::from(old) / i128::from(new)).unwrap_or(*amount);
            }
        }
        Kind::ValueFarAboveInvoice => {
            line.statistical *= 2;
            line.customs *= 2;
        }
        Kind::CustomsValueDiffers => line.customs *= 3,
        Kind::ValueNotPositive => {
            let sign = if stream.one_in(4) { -1 } else { 0 };
            line.statistical *= sign;
            line.invoice *= sign;
            line.customs *= sign;
        }
        Kind::MassFactor1000 => {
            line.net *= 1000;
            line.gross *= 1000;
        }
        Kind::DateUnreal => {
            let month = Day { month: line.accepted.month, day: 31 };
            let mut text = Vec::new();
            month.write(&mut text);
            // The thirty-second of a month exists nowhere.
            text.truncate(8);
            text.extend(b"32");
            line.instead = Some(("acceptance_date", String::from_utf8_lossy(&text).into_owned()));
        }
        Kind::DecimalComma => {
            let mut text = b"\"".to_vec();
            fixed(&mut text, line.gross / 10, 2);
            text.push(b'"');
            line.instead = Some(("gross_mass_kg", String::from_utf8_lossy(&text).replace('.', ",")));
        }
        Kind::NumberUnreadable => line.instead = Some(("net_mass_kg", "n/a".to_owned())),
        Kind::TooFewFields => {
            line.style = 0;
            line.columns = usize::try_from(stream.between(5, 16)).unwrap_or(16);
        }
        Kind::UnclosedQuote => line.instead = Some(("goods_description", format!("\"Synthetic {}", line.noun))),
        Kind::FormulaText => line.instead = Some(("goods_description", "=1+1+cmd|' /C calc'!A0".to_owned())),
        // Whole declarations, received more than once: see `super::repeat`.
        Kind::ConflictInFile
        | Kind::ConflictingReceipt
        | Kind::DuplicateInFile
        | Kind::DuplicateReceipt
        | Kind::Amended
        | Kind::AmendedDropsItem
        | Kind::Cancelled
        | Kind::Late => {}
    }
}
