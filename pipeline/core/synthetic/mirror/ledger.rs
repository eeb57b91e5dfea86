//! Enters flows into the books of the partner countries and keeps account of every change.

use std::collections::BTreeMap;
use std::ops::Range;

use super::flow::{Flow, Slip};
use super::habit::{Habit, Treatment};
use super::{REPORTERS, Surroundings};
use crate::synthetic::calendar::Month;
use crate::synthetic::declaration::Setting;

macro_rules! causes {
    ($($name:ident $text:literal $note:literal;)*) => {
        /// Why the two books differ.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Cause { $(#[doc = $note] $name),* }

        impl Cause {
            /// In the order in which they are declared.
            pub const ALL: &[Cause] = &[$(Cause::$name),*];

            /// The cause as `truth` files write it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Cause::$name => $text),* }
            }
        }
    };
}

causes! {
    CifMargin "cif_margin" "Freight and insurance up to the importer's border.";
    HubRouting "hub_routing" "The exporter saw the goods leave for a third country, where the importer names the origin.";
    Threshold "threshold" "Shipments too small for the partner's detail.";
    UnderInvoicing "under_invoicing" "The importer was told less than was paid.";
    Confidentiality "confidentiality" "Hidden under another partner or commodity code.";
    Misclassification "misclassification" "Recorded under another subheading of the heading.";
    TimeLag "time_lag" "Recorded in another month.";
    ScaleError "unit_or_currency" "A wrong power of ten, or national currency taken for dollars.";
    MassError "mass_unit" "The net mass is in another unit; values agree.";
    Orphan "orphan" "One side has no such record.";
    Noise "noise" "Small differences without a reason.";
}

/// The commodity code under which a total holds what its detail lacks.
pub const NOT_SPECIFIED: [u8; 6] = *b"999999";
/// The same, where only the total tells of it and no row of the detail.
pub const BEYOND_DETAIL: [u8; 6] = *b"9999XX";

/// One planted cause in one cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    pub cause: Cause,
    pub exporter: String,
    pub importer: String,
    /// As `2025-03`.
    pub month: String,
    pub hs6: String,
    /// What it adds to the import less the export, in US cents.
    pub value: i64,
    /// Figure of the distortion: months, per mille, a factor, a code.
    pub detail: String,
}

/// Who is on the other side of a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Other {
    /// The country of the declarations.
    Own,
    /// A place by its index.
    Place(usize),
    /// Special categories.
    Hidden,
}

/// Grain of a book: a reporter's flow of a month with another place, of one subheading.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Key {
    pub reporter: usize,
    /// From the reporter's side.
    pub is_import: bool,
    pub is_reexport: bool,
    pub month: u64,
    pub other: Other,
    pub code: [u8; 6],
}

/// What a book holds under one [`Key`]; `good` is none where several goods share the code.
#[derive(Clone, Copy, Default, Debug)]
pub struct Cell {
    /// US cents.
    pub value: i64,
    /// Grams.
    pub mass: i64,
    /// Thousandths of a unit.
    pub quantity: Option<i64>,
    pub good: Option<u16>,
}

impl Cell {
    /// Adds a shipment. A quantity is kept only while every shipment has one.
    pub fn add(&mut self, value: i64, mass: i64, quantity: Option<i64>, good: Option<u16>) {
        let is_new = self.value == 0 && self.mass == 0;
        self.value += value;
        self.mass += mass;
        self.quantity = match (is_new, self.quantity, quantity) {
            (true, _, quantity) => quantity,
            (false, Some(one), Some(other)) => Some(one + other),
            _ => None,
        };
        self.good = if is_new { good } else { self.good.filter(|_| self.good == good) };
    }
}

/// Where something was planted: the cause, the partner, whether the declaring country imports, month and code.
type Spot = (Cause, usize, bool, u64, [u8; 6]);
/// What was planted there: the value and the details.
type Truth = BTreeMap<Spot, (i64, String)>;

/// Books in the making.
pub struct Ledger<'a> {
    pub setting: &'a Setting<'a>,
    pub around: &'a Surroundings<'a>,
    /// Months that the books cover.
    pub months: Range<u64>,
    pub cells: BTreeMap<Key, Cell>,
    pub truth: Truth,
    /// What errors in the declarations change besides; see [`Ledger::slip`].
    pub slips: Truth,
    /// What items that the declarations lack change; see [`Ledger::lose`].
    pub lost: Truth,
    /// What was planted with the flow that is being recorded.
    planting: Vec<(Spot, i64)>,
    pub habits: BTreeMap<usize, Habit>,
    /// Place of each partner of the setting, if it keeps books.
    reporters: Vec<Option<usize>>,
    own: BTreeMap<Key, Cell>,
}

impl<'a> Ledger<'a> {
    /// Books without entries, with the habits of the partners that are known to keep some.
    pub fn new(setting: &'a Setting<'a>, around: &'a Surroundings<'a>, months: Range<u64>) -> Self {
        let place_of = |code: &str| {
            let is_known = REPORTERS.contains(&code);
            around.places.iter().position(|place| place.code == code).filter(|_| is_known)
        };
        let reporters: Vec<Option<usize>> = setting.partners.all.iter().map(|partner| place_of(partner.country.code)).collect();
        let habit = |place: &usize| {
            let at = &around.places[*place];
            (*place, Habit::new(setting.seed, at.code, at.kilometres))
        };
        Ledger {
            habits: reporters.iter().flatten().map(habit).collect(),
            setting,
            around,
            months,
            cells: BTreeMap::new(),
            truth: BTreeMap::new(),
            slips: BTreeMap::new(),
            lost: BTreeMap::new(),
            planting: Vec::new(),
            reporters,
            own: BTreeMap::new(),
        }
    }

    /// The subheading of a good: the first six digits of its code.
    pub fn code(&self, good: u16) -> [u8; 6] {
        let mut code = [b'0'; 6];
        code.copy_from_slice(&self.setting.goods[usize::from(good)].code.as_bytes()[..6]);
        code
    }

    /// Notes what a cause adds to the import less the export of a cell.
    pub fn plant(
        &mut self,
        cause: Cause,
        (place, is_import): (usize, bool),
        month: u64,
        code: [u8; 6],
        value: i64,
        detail: &str,
    ) {
        let spot = (cause, place, is_import, month, code);
        add(&mut self.truth, spot, value, detail);
        self.planting.push((spot, value));
    }

    /// Notes what the declarations have elsewhere because a code in them is wrong. An unknown
    /// subheading leaves the goods under their chapter: hidden, whoever hid them. Under another
    /// chapter, as that of a retired code, nothing ties the two records together. An unknown
    /// origin takes them from the country that they are consigned from all the same. `parts` are
    /// the causes of which the goods' value is made up where they should stand.
    fn slip(&mut self, flow: &Flow, slip: Slip, place: usize, parts: &[(Cause, i64)]) {
        let code = self.code(flow.good);
        let chapter = match slip {
            Slip::Chapter(chapter) => chapter,
            Slip::Partner => {
                // In the importer's valuation, in which the concept of the partner is changed.
                add(&mut self.slips, (Cause::HubRouting, place, true, flow.month, code), -flow.value, "origin unknown");
                return;
            }
            Slip::Lost => return,
        };
        let to = [chapter[0], chapter[1], b'X', b'X', b'X', b'X'];
        for (cause, value) in parts {
            let is_elsewhere = *cause == Cause::Confidentiality && !code.starts_with(&chapter);
            let cause = if is_elsewhere { Cause::Orphan } else { *cause };
            add(&mut self.slips, (cause, place, true, flow.month, code), -value, "subheading unknown");
            add(&mut self.slips, (cause, place, true, flow.month, to), *value, "subheading unknown");
        }
    }

    /// Notes that the declarations lack the flow that was recorded last. Nothing of it can be compared,
    /// whatever caused a gap; what the partner has of it is in its books alone.
    fn lose(&mut self, flow: &Flow) {
        const WHY: &str = "not in our figures";
        for ((cause, place, is_import, month, code), value) in std::mem::take(&mut self.planting) {
            add(&mut self.lost, (cause, place, is_import, month, code), -value, WHY);
            add(&mut self.lost, (Cause::Orphan, place, is_import, month, code), value, WHY);
        }
        if let Some(place) = self.reporters[usize::from(flow.partner)] {
            // Ours would widen the gap of imports, and narrow that of exports.
            let ours = if flow.is_import { flow.value } else { -flow.value };
            let spot = (Cause::Orphan, place, flow.is_import, flow.month, self.code(flow.good));
            add(&mut self.lost, spot, -ours, WHY);
        }
    }

    fn enter(&mut self, key: Key, value: i64, flow: &Flow, part: (i64, i64)) {
        if self.months.contains(&key.month) {
            let share = |whole: i64| (i128::from(whole) * i128::from(part.0) / i128::from(part.1.max(1))) as i64;
            let good = (key.code == self.code(flow.good)).then_some(flow.good);
            self.cells.entry(key).or_default().add(
                value,
                share(flow.mass),
                flow.quantity.map(share).filter(|_| good.is_some()),
                good,
            );
        }
    }

    /// Enters a flow of the declarations into the books of the country at its other end.
    pub fn record(&mut self, flow: &Flow) {
        self.planting.clear();
        self.enter_all(flow);
        if matches!(flow.slip, Some(Slip::Lost)) {
            self.lose(flow);
        }
    }

    fn enter_all(&mut self, flow: &Flow) {
        let code = self.code(flow.good);
        if self.months.contains(&flow.month) {
            let key = Key {
                reporter: usize::from(flow.partner),
                is_import: flow.is_import,
                is_reexport: false,
                month: flow.month,
                other: Other::Own,
                code,
            };
            self.own.entry(key).or_default().add(flow.value, flow.mass, flow.quantity, Some(flow.good));
        }
        let Some(place) = self.reporters[usize::from(flow.partner)] else {
            // The origin keeps no books, but the country that passes its goods on may.
            if flow.is_import {
                self.pass_on(flow, None);
            }
            return;
        };
        let habit = self.habits[&place];
        let pair = (place, flow.is_import);
        let margin = habit.margin(&self.setting.goods[usize::from(flow.good)]);
        // What the partner records, in its valuation.
        let mut worth = if flow.is_import { flow.value * 1000 / (1000 + margin) } else { flow.value * (1000 + margin) / 1000 };
        // What the partner lacks widens the gap of our imports and narrows that of our exports.
        let sign = if flow.is_import { 1 } else { -1 };
        let is_through = flow.is_import && flow.consignment != flow.partner;
        if is_through && habit.stops_at_hub {
            // In the importer's valuation, in which the concept of the partner is changed.
            let hub = self.setting.partners.at(flow.consignment).country.code;
            self.plant(Cause::HubRouting, pair, flow.month, code, flow.value, &format!("through {hub}"));
            if let Some(slip) = flow.slip {
                self.slip(flow, slip, place, &[(Cause::HubRouting, flow.value)]);
            }
            self.pass_on(flow, Some((place, worth)));
            return;
        }
        let difference = if flow.is_import { flow.value - worth } else { worth - flow.value };
        self.plant(Cause::CifMargin, pair, flow.month, code, difference, &format!("{margin} per mille"));
        if let Some(slip) = flow.slip {
            self.slip(flow, slip, place, &[(Cause::Confidentiality, worth), (Cause::CifMargin, difference)]);
        }
        if worth < habit.threshold && flow.mass < 1_000_000 {
            let at = habit.threshold / 100;
            self.plant(Cause::Threshold, pair, flow.month, code, sign * worth, &format!("below {at}"));
            if habit.threshold_is_in_total {
                self.plant(Cause::Threshold, pair, flow.month, BEYOND_DETAIL, -sign * worth, "in the total");
                self.shifted(pair, flow, BEYOND_DETAIL, worth, Other::Own, (0, 1));
            }
            return;
        }
        let country = self.around.places[place].code;
        let hs6 = code.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        match Treatment::new(self.setting.seed, country, flow.is_import, hs6) {
            Treatment::HiddenPartner => {
                self.plant(Cause::Confidentiality, pair, flow.month, code, sign * worth, "partner");
                self.shifted(pair, flow, code, worth, Other::Hidden, (1, 1));
            }
            Treatment::HiddenCommodity => {
                self.plant(Cause::Confidentiality, pair, flow.month, code, sign * worth, "commodity");
                self.plant(Cause::Confidentiality, pair, flow.month, NOT_SPECIFIED, -sign * worth, "commodity");
                self.shifted(pair, flow, NOT_SPECIFIED, worth, Other::Own, (1, 1));
            }
            Treatment::Misclassified { share } => {
                let other = self.neighbour(code).unwrap_or(code);
                let part = worth * share / 1000;
                let text = |code: [u8; 6]| String::from_utf8_lossy(&code).into_owned();
                self.plant(Cause::Misclassification, pair, flow.month, code, sign * part, &format!("to {}", text(other)));
                self.plant(Cause::Misclassification, pair, flow.month, other, -sign * part, &format!("from {}", text(code)));
                self.shifted(pair, flow, other, part, Other::Own, (share, 1000));
                self.shifted(pair, flow, code, worth - part, Other::Own, (1000 - share, 1000));
            }
            Treatment::UnderInvoiced { share } => {
                let whole = worth * 1000 / (1000 - share);
                self.plant(Cause::UnderInvoicing, pair, flow.month, code, worth - whole, &format!("{share} per mille"));
                worth = whole;
                self.shifted(pair, flow, code, worth, Other::Own, (1, 1));
            }
            Treatment::Plain => self.shifted(pair, flow, code, worth, Other::Own, (1, 1)),
        }
    }

    /// Enters a value into the partner's book in the month in which the partner records it.
    fn shifted(&mut self, pair: (usize, bool), flow: &Flow, code: [u8; 6], worth: i64, other: Other, part: (i64, i64)) {
        if worth == 0 {
            return;
        }
        let (place, is_import) = pair;
        let lag = self.habits[&place].lag;
        // Goods are recorded first where they leave.
        let month = if is_import { flow.month - lag } else { flow.month + lag };
        let sign = if is_import { 1 } else { -1 };
        if lag > 0 && other == Other::Own {
            let detail = format!("{lag} months");
            self.plant(Cause::TimeLag, pair, flow.month, code, sign * worth, &detail);
            self.plant(Cause::TimeLag, pair, month, code, -sign * worth, &detail);
        }
        let key = Key { reporter: place, is_import: !is_import, is_reexport: false, month, other, code };
        self.enter(key, worth, flow, part);
    }

    /// The country that goods are consigned from records an import, if it was told of the
    /// origin, and a re-export to the country of the declarations.
    fn pass_on(&mut self, flow: &Flow, from: Option<(usize, i64)>) {
        if flow.consignment == flow.partner {
            return;
        }
        let Some(hub) = self.reporters[usize::from(flow.consignment)] else {
            if let Some((origin, worth)) = from {
                self.enter_hub_export(flow, origin, flow.consignment, worth);
            }
            return;
        };
        let code = self.code(flow.good);
        let habit = self.habits[&hub];
        let margin = habit.margin(&self.setting.goods[usize::from(flow.good)]);
        let worth = flow.value * 1000 / (1000 + margin);
        // The hub's exports hold what the declarations count under the origin.
        self.plant(Cause::HubRouting, (hub, true), flow.month, code, -flow.value, "passed on");
        self.plant(Cause::CifMargin, (hub, true), flow.month, code, flow.value - worth, &format!("{margin} per mille"));
        let lag = habit.lag;
        let month = flow.month - lag;
        if lag > 0 {
            let detail = format!("{lag} months");
            self.plant(Cause::TimeLag, (hub, true), flow.month, code, worth, &detail);
            self.plant(Cause::TimeLag, (hub, true), month, code, -worth, &detail);
        }
        for is_reexport in [false, true] {
            let key = Key { reporter: hub, is_import: false, is_reexport, month, other: Other::Own, code };
            self.enter(key, worth, flow, (1, 1));
        }
        if let Some((origin, left)) = from {
            self.enter_hub_export(flow, origin, flow.consignment, left);
            let key = Key { reporter: hub, is_import: true, is_reexport: false, month, other: Other::Place(origin), code };
            self.enter(key, left * (1000 + margin) / 1000, flow, (1, 1));
        }
    }

    fn enter_hub_export(&mut self, flow: &Flow, origin: usize, hub: u16, worth: i64) {
        let hub = self.setting.partners.at(hub).country.code;
        let Some(hub) = self.around.places.iter().position(|place| place.code == hub) else { return };
        let month = flow.month - self.habits[&origin].lag;
        let key = Key {
            reporter: origin,
            is_import: false,
            is_reexport: false,
            month,
            other: Other::Place(hub),
            code: self.code(flow.good),
        };
        self.enter(key, worth, flow, (1, 1));
    }

    /// The next subheading of the same heading, or the one before.
    pub fn neighbour(&self, code: [u8; 6]) -> Option<[u8; 6]> {
        self.setting.neighbour(std::str::from_utf8(&code).ok()?).map(|other| {
            let mut code = [b'0'; 6];
            code.copy_from_slice(other.as_bytes());
            code
        })
    }

    /// The declarations as a book: partners are places by their index.
    pub fn own(&self) -> Vec<(Key, Cell)> {
        let place = |key: &Key| {
            let code = self.setting.partners.all[key.reporter].country.code;
            self.around.places.iter().position(|place| place.code == code)
        };
        self.own
            .iter()
            .filter_map(|(key, cell)| Some((Key { other: Other::Place(place(key)?), reporter: 0, ..*key }, *cell)))
            .collect()
    }

    /// What was planted, in words.
    pub fn planted(&self, truth: &Truth) -> Vec<Planted> {
        let planted = |((cause, place, is_import, month, code), (value, detail)): (&Spot, &(i64, String))| {
            let (other, own) = (self.around.places[*place].code, self.around.own.code);
            let (exporter, importer) = if *is_import { (other, own) } else { (own, other) };
            Planted {
                cause: *cause,
                exporter: exporter.into(),
                importer: importer.into(),
                month: Month::of(0, 1).after(*month).text(),
                hs6: String::from_utf8_lossy(code).into_owned(),
                value: *value,
                detail: detail.clone(),
            }
        };
        truth.iter().filter(|(key, _)| self.months.contains(&key.3)).map(planted).collect()
    }
}

fn add(truth: &mut Truth, key: Spot, value: i64, detail: &str) {
    if value == 0 && key.0 != Cause::MassError {
        return;
    }
    let entry = truth.entry(key).or_default();
    entry.0 += value;
    if !entry.1.contains(detail) {
        let space = if entry.1.is_empty() { "" } else { " " };
        entry.1 = format!("{}{space}{detail}", entry.1);
    }
}

/// The planted causes as a file, a row a cause and cell; values in US dollars.
#[must_use]
pub fn truth_csv(planted: &[Planted]) -> Vec<u8> {
    let mut text = String::from("cause,exporter,importer,period,hs6,value_usd,detail\n");
    for one in planted {
        let sign = if one.value < 0 { "-" } else { "" };
        let value = one.value.unsigned_abs();
        text.push_str(&format!(
            "{},{},{},{}-01,{},{sign}{}.{:02},{}\n",
            one.cause.name(),
            one.exporter,
            one.importer,
            one.month,
            one.hs6,
            value / 100,
            value % 100,
            one.detail
        ));
    }
    text.into_bytes()
}
