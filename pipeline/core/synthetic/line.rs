//! One item as a line of the form `sad_csv`.

use std::borrow::Cow;

use super::calendar::{Day, Month};
use super::chance::{Stream, scaled};
use super::declaration::{Draft, Flow, ItemDraft, Setting};
use super::goods::Good;
use super::money::{Amounts, amounts};
use super::partner::Partner;

/// Columns in the order they are written: the required ones of the form, then those
/// of the optional ones that are used.
pub const COLUMNS: [&str; 35] = [
    "declaration_id",
    "item_no",
    "declaration_type",
    "procedure_code",
    "acceptance_date",
    "customs_office",
    "trader_id",
    "declarant_id",
    "consignment_country",
    "origin_country",
    "destination_country",
    "delivery_terms",
    "invoice_currency",
    "exchange_rate",
    "transaction_nature",
    "border_transport_mode",
    "commodity_code",
    "goods_description",
    "gross_mass_kg",
    "net_mass_kg",
    "supplementary_unit",
    "supplementary_quantity",
    "invoice_amount",
    "freight_cost",
    "insurance_cost",
    "statistical_value",
    "version",
    "status",
    "release_date",
    "arrival_date",
    "inland_transport_mode",
    "container",
    "trading_country",
    "customs_value",
    "package_count",
];

const OWN_COUNTRY: &str = "AZ";

/// What a line says. Numbers are whole: grams, thousandths of a unit, hundredths of a
/// currency, hundred-millionths of a rate.
pub struct Line<'a> {
    pub declaration_id: &'a str,
    pub item_no: u32,
    pub declaration_type: &'a str,
    pub procedure_code: &'a str,
    pub accepted: Day,
    pub office: u64,
    pub trader: u64,
    pub declarant: u64,
    pub consignment: &'a str,
    pub origin: Cow<'a, str>,
    pub destination: &'a str,
    pub terms: &'a str,
    pub currency: &'a str,
    pub rate: Option<u64>,
    pub nature: &'a str,
    pub mode: u8,
    pub commodity: Cow<'a, str>,
    pub noun: &'static str,
    pub style: u64,
    pub gross: i64,
    pub net: i64,
    pub unit: Option<&'a str>,
    pub quantity: Option<i64>,
    pub invoice: i64,
    pub freight: i64,
    pub insurance: i64,
    pub statistical: i64,
    pub customs: i64,
    pub version: u8,
    pub status: &'a str,
    pub released: Day,
    pub arrived: Option<Day>,
    pub inland_mode: u8,
    pub is_container: bool,
    pub trading: &'a str,
    pub packages: i64,
    /// Columns left empty although the line has a value for them.
    pub hidden: Vec<&'static str>,
    /// A column by name, and the bytes that stand in it instead.
    pub instead: Option<(&'static str, String)>,
    /// The line breaks off after so many columns.
    pub columns: usize,
}

/// Rates of the day a declaration was released, on which it is recorded.
#[derive(Clone, Copy)]
pub struct DayRates {
    pub invoice: u64,
    pub dollar: u64,
}

impl DayRates {
    /// National currency for one unit, with eight decimals: of the invoice's currency and of the US dollar.
    pub fn of(setting: &Setting<'_>, draft: &Draft) -> Self {
        let month = draft.released.month;
        DayRates { invoice: setting.rates.at(draft.currency, month), dollar: setting.rates.at("USD", month) }
    }
}

/// What an item holds, from what it was meant to be worth.
struct Shipment {
    /// In US cents.
    value: u64,
    /// In grams.
    net: u64,
    /// In thousandths of the unit; none where the good has none.
    quantity: Option<u64>,
}

impl Shipment {
    fn of(good: &Good<'_>, worth: u64, stream: &mut Stream) -> Self {
        let mut value = worth.max(500);
        let price = scaled(good.price, stream.log_normal(good.sigma).max(1), super::chance::ONE).max(1);
        // US cents by thousandths of a USD a kilogram, in grams.
        let mut net = scaled(value, 10_000, price).max(20);
        let mut quantity = None;
        if let Some(unit) = &good.unit {
            let milligrams = scaled(unit.milligrams, stream.log_normal(20), super::chance::ONE).max(1);
            let thousandths = scaled(net, 1_000_000, milligrams).max(1);
            quantity = Some(thousandths);
            if unit.is_whole {
                // Nobody ships a part of a machine: at least one piece, at no less than a
                // quarter of its price.
                let pieces = ((thousandths + 500) / 1000).max(1);
                quantity = Some(pieces * 1000);
                net = scaled(pieces, milligrams, 1000).max(20);
                value = value.max(scaled(net, price, 40_000));
            }
        }
        Shipment { value, net, quantity }
    }
}

/// Which way an item goes, as its declaration says it.
struct Way<'a> {
    declaration_type: &'static str,
    /// Box 15, the country it comes from.
    from: &'a str,
    origin: &'a str,
    destination: &'a str,
}

impl<'a> Way<'a> {
    fn of(
        setting: &'a Setting<'a>,
        draft: &Draft,
        consignment: &'a Partner<'a>,
        partner: &'a Partner<'a>,
        stream: &mut Stream,
    ) -> Self {
        let is_return = draft.procedure.code.starts_with("61");
        let is_foreign = draft.procedure.code.starts_with("31");
        match draft.flow {
            Flow::Import => Way {
                declaration_type: "IM",
                from: consignment.country.code,
                origin: if is_return { OWN_COUNTRY } else { partner.country.code },
                destination: OWN_COUNTRY,
            },
            // Box 15 of an export is the country it leaves.
            Flow::Export => Way {
                declaration_type: "EX",
                from: OWN_COUNTRY,
                origin: if is_foreign { setting.partners.all[stream.index(12)].country.code } else { OWN_COUNTRY },
                destination: partner.country.code,
            },
            Flow::Transit => Way {
                declaration_type: "TR",
                from: partner.country.code,
                origin: partner.country.code,
                destination: consignment.country.code,
            },
        }
    }
}

impl<'a> Line<'a> {
    /// Works out masses, quantities and amounts of an item from its value.
    pub fn new(
        setting: &'a Setting<'a>,
        draft: &Draft,
        rates: DayRates,
        item: ItemDraft,
        declaration_id: &'a str,
        item_no: u32,
        stream: &mut Stream,
    ) -> Self {
        let good = &setting.goods[usize::from(item.good)];
        let Shipment { value, net, quantity } = Shipment::of(good, item.weight, stream);
        let is_bulk = draft.is_fuel || draft.mode == 7;
        let packing = if is_bulk { 0 } else { stream.between(5, 140) };
        let place = |index| setting.partners.at(index);
        let (consignment, partner) = (place(draft.consignment), place(item.partner));
        let Amounts { invoice, freight, insurance, statistical, customs } =
            amounts(stream, draft.flow, draft.terms, consignment.is_near, value, rates.invoice, rates.dollar);
        let Way { declaration_type, from, origin, destination } = Way::of(setting, draft, consignment, partner, stream);
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        Line {
            declaration_id,
            item_no,
            declaration_type,
            procedure_code: draft.procedure.code,
            accepted: draft.accepted,
            office: draft.office,
            trader: draft.trader,
            declarant: draft.declarant,
            consignment: from,
            origin: Cow::Borrowed(origin),
            destination,
            terms: draft.terms,
            currency: draft.currency,
            rate: Some(rates.invoice),
            nature: draft.procedure.nature,
            mode: draft.mode,
            commodity: Cow::Borrowed(&good.code),
            noun: good.noun,
            style: if draft.is_fuel { 0 } else { stream.below(1000) },
            gross: signed(net + net * packing / 1000),
            net: signed(net),
            unit: good.unit.as_ref().map(|unit| unit.name),
            quantity: quantity.map(signed),
            invoice: signed(invoice),
            freight: signed(freight),
            insurance: signed(insurance),
            statistical: signed(statistical),
            customs: signed(customs),
            version: 1,
            status: "accepted",
            released: draft.released,
            arrived: draft.arrived,
            inland_mode: draft.inland_mode,
            is_container: draft.is_container,
            trading: if draft.flow == Flow::Export { partner.country.code } else { consignment.country.code },
            packages: if is_bulk { 1 } else { signed((net / 25_000 + 1).min(9999)) },
            hidden: Vec::new(),
            instead: None,
            columns: COLUMNS.len(),
        }
    }

    /// Writes the line with its line break; gives the physical lines it takes.
    pub fn write(&self, out: &mut Vec<u8>) -> u64 {
        let mut cells = Cells { out, at: 0, stop: self.columns, hidden: &self.hidden, instead: self.instead.as_ref() };
        cells.text(self.declaration_id);
        cells.number(i64::from(self.item_no), 0);
        cells.text(self.declaration_type);
        cells.text(self.procedure_code);
        cells.day(Some(self.accepted));
        cells.cell(|out| {
            out.extend(b"AZ");
            fixed(out, i64::try_from(self.office).unwrap_or(0) + 100, 0);
        });
        cells.cell(|out| identifier(out, self.trader, if self.trader.is_multiple_of(9) { b'2' } else { b'1' }));
        cells.cell(|out| identifier(out, self.declarant + 50_000, b'1'));
        cells.text(self.consignment);
        cells.text(&self.origin);
        cells.text(self.destination);
        cells.text(self.terms);
        cells.text(self.currency);
        cells.cell(|out| {
            if let Some(rate) = self.rate {
                fixed(out, i64::try_from(rate).unwrap_or(0), 8);
            }
        });
        cells.text(self.nature);
        cells.number(i64::from(self.mode), 0);
        cells.text(&self.commodity);
        let mut lines = 1;
        cells.cell(|out| lines += describe(out, self.noun, self.style));
        cells.number(self.gross, 3);
        cells.number(self.net, 3);
        cells.text(self.unit.unwrap_or(""));
        cells.cell(|out| match self.quantity {
            Some(quantity) if quantity % 1000 == 0 => fixed(out, quantity / 1000, 0),
            Some(quantity) => fixed(out, quantity, 3),
            None => {}
        });
        cells.number(self.invoice, 2);
        cells.number(self.freight, 2);
        cells.number(self.insurance, 2);
        cells.number(self.statistical, 2);
        cells.number(i64::from(self.version), 0);
        cells.text(self.status);
        cells.day(Some(self.released));
        cells.day(self.arrived);
        cells.number(i64::from(self.inland_mode), 0);
        cells.number(i64::from(self.is_container), 0);
        cells.text(self.trading);
        cells.number(self.customs, 2);
        cells.number(self.packages, 0);
        cells.out.push(b'\n');
        lines
    }
}

/// Writes cells one after another, unless something else stands in their place.
struct Cells<'o, 'l> {
    out: &'o mut Vec<u8>,
    at: usize,
    stop: usize,
    hidden: &'l [&'static str],
    instead: Option<&'l (&'static str, String)>,
}

impl Cells<'_, '_> {
    fn cell(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.at >= self.stop {
            return;
        }
        if self.at > 0 {
            self.out.push(b',');
        }
        match self.instead {
            Some((column, bytes)) if *column == COLUMNS[self.at] => self.out.extend(bytes.as_bytes()),
            _ if self.hidden.contains(&COLUMNS[self.at]) => {}
            _ => write(self.out),
        }
        self.at += 1;
    }

    fn text(&mut self, text: &str) {
        self.cell(|out| out.extend(text.as_bytes()));
    }

    fn number(&mut self, number: i64, decimals: usize) {
        self.cell(|out| fixed(out, number, decimals));
    }

    fn day(&mut self, day: Option<Day>) {
        self.cell(|out| {
            if let Some(day) = day {
                day.write(out);
            }
        });
    }
}

/// Writes a number whose last digits stand after the point.
pub fn fixed(out: &mut Vec<u8>, number: i64, decimals: usize) {
    let mut digits = [b'0'; 24];
    let mut start = digits.len();
    let mut left = number.unsigned_abs();
    let mut written = 0;
    while left > 0 || written <= decimals {
        if written == decimals && decimals > 0 {
            start -= 1;
            digits[start] = b'.';
        }
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        written += 1;
    }
    if number < 0 {
        start -= 1;
        digits[start] = b'-';
    }
    out.extend(&digits[start..]);
}

/// A tax number of ten digits that begins with 00, so that it is not taken for a real one.
/// The last digit is 1 for companies and 2 for persons, as in real ones.
fn identifier(out: &mut Vec<u8>, index: u64, last: u8) {
    // Seven digits, different for different numbers: the factor shares none with ten million.
    let mut scattered = (index * 7919 + 1_234_567) % 10_000_000;
    let mut digits = *b"0000000000";
    for digit in digits[2..9].iter_mut().rev() {
        *digit = b'0' + (scattered % 10) as u8;
        scattered /= 10;
    }
    digits[9] = last;
    out.extend(digits);
}

/// A description that says it is synthetic: plain, with commas, quotes and a line break
/// inside, with Azerbaijani and Russian letters. Gives the line breaks written.
fn describe(out: &mut Vec<u8>, noun: &str, style: u64) -> u64 {
    let (before, after) = match style {
        0..600 => ("Synthetic ", ""),
        600..800 => ("\"Synthetic ", ", in cartons\""),
        800..860 => ("\"Synthetic ", "; marked \"\"original\"\"\""),
        860..945 => ("\"Sintetik mal, qablaşdırılmış: ", "\""),
        945..996 => ("Синтетический товар: ", ""),
        _ => ("\"Synthetic ", "\non pallets\""),
    };
    out.extend(before.as_bytes());
    out.extend(noun.as_bytes());
    out.extend(after.as_bytes());
    u64::from(after.contains('\n'))
}

/// Writes the identifier of a declaration: year and month of release, office, serial.
pub fn declaration_id(month: Month, office: u64, serial: u64) -> String {
    format!("{:02}{:02}1{office:02}{serial:07}", month.year() % 100, month.calendar_month())
}
