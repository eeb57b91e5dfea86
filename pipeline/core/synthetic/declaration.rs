//! Drafts of declarations: who trades what with whom, and how, before there are values.

use super::World;
use super::calendar::{Day, Month};
use super::chance::{ONE, Stream};
use super::goods::{Good, goods};
use super::money::Rates;
use super::partner::{PartnerIndex, Partners};
use super::planted::{Kind, Needs};
use super::structure::{EXPORTS, FUELS, Groups, IMPORTS};

/// The world, arranged for drawing from it.
pub struct Setting<'a> {
    pub goods: Vec<Good<'a>>,
    pub partners: Partners<'a>,
    pub imports: Groups,
    pub exports: Groups,
    pub fuels: Vec<Fuel>,
    pub rates: Rates<'a>,
    /// All subheadings of the nomenclature, sorted.
    subheadings: Vec<&'a str>,
    pub seed: u64,
}

/// An export stream of a fuel, found among the goods and partners at hand; `value` in thousandths of all exports.
pub struct Fuel {
    pub good: u16,
    pub partner: PartnerIndex,
    pub value: u64,
    is_fixed: bool,
}

impl<'a> Setting<'a> {
    /// Arranges the goods, partners and rates of the world, and leaves out what its lists do not know.
    pub fn new(world: &World<'a>, seed: u64) -> Self {
        let goods = goods(world.hs6);
        let partners = Partners::new(world.countries);
        // Nobody carries crude oil or natural gas into the country.
        let imports = Groups::new(IMPORTS, &goods, &partners, &["2709", "2711"]);
        let exports = Groups::new(EXPORTS, &goods, &partners, &["2709", "2710", "2711"]);
        let fuels = FUELS.iter().filter_map(|link| {
            let good = goods.iter().position(|good| good.code.starts_with(link.prefix))?;
            let is_fixed = !link.prefix.starts_with("2710");
            Some(Fuel { good: u16::try_from(good).ok()?, partner: partners.find(link.partner)?, value: link.value, is_fixed })
        });
        let mut subheadings: Vec<&str> = world.hs6.iter().filter_map(|known| known.0.get(..6)).collect();
        subheadings.sort_unstable();
        let rates = Rates::new(world.rates);
        Setting { fuels: fuels.collect(), goods, partners, imports, exports, rates, subheadings, seed }
    }

    /// Whether the nomenclature has these six digits.
    pub fn is_subheading(&self, code: &str) -> bool {
        self.subheadings.binary_search(&code).is_ok()
    }

    /// The next subheading of the same heading, or else the one before.
    pub fn neighbour(&self, code: &str) -> Option<&str> {
        let place = self.subheadings.binary_search(&code).ok()?;
        let is_beside = |other: &&&str| other.starts_with(&code[..4]) && **other != code;
        let after = self.subheadings.get(place + 1..)?.iter().find(|other| **other != code);
        let before = self.subheadings[..place].iter().rev().find(|other| **other != code);
        after.filter(is_beside).or(before.filter(is_beside)).copied()
    }
}

/// Which way the goods of a declaration go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flow {
    Import,
    Export,
    Transit,
}

/// A procedure pair of box 37, how often it is met, and what goes with it.
#[derive(Clone, Copy)]
pub struct Procedure {
    pub code: &'static str,
    pub nature: &'static str,
    /// Whether the general trade system counts it: totals are scaled on what counts.
    pub is_counted: bool,
}

const fn procedure(code: &'static str, nature: &'static str, is_counted: bool, weight: u64) -> (Procedure, u64) {
    (Procedure { code, nature, is_counted }, weight)
}

const IMPORT_PROCEDURES: &[(Procedure, u64)] = &[
    procedure("4000", "11", true, 850),
    procedure("4071", "11", false, 35),
    procedure("7100", "11", true, 35),
    procedure("5100", "41", true, 25),
    procedure("5300", "91", false, 20),
    procedure("4051", "51", false, 10),
    procedure("4078", "11", false, 8),
    procedure("6121", "51", true, 8),
    procedure("6123", "21", false, 9),
];
const EXPORT_PROCEDURES: &[(Procedure, u64)] = &[
    procedure("1000", "11", true, 880),
    procedure("3151", "51", true, 40),
    procedure("3171", "11", true, 35),
    procedure("2100", "41", true, 20),
    procedure("2300", "91", false, 20),
    procedure("3153", "91", false, 5),
];
const TRANSIT: Procedure = Procedure { code: "8000", nature: "11", is_counted: false };

/// What all items of a declaration share.
#[derive(Clone)]
pub struct Draft {
    pub flow: Flow,
    pub procedure: Procedure,
    /// Where imports are consigned from; the other end of transit.
    pub consignment: PartnerIndex,
    pub terms: &'static str,
    pub currency: &'static str,
    pub mode: u8,
    pub inland_mode: u8,
    pub is_container: bool,
    pub office: u64,
    pub trader: u64,
    pub declarant: u64,
    pub accepted: Day,
    pub released: Day,
    pub arrived: Option<Day>,
    /// Place among the groups of the flow, or among the fuels.
    pub group: usize,
    pub is_fuel: bool,
}

/// One item: its goods, its origin or destination, and its value relative to others;
/// after scaling the weight is the value in US cents.
#[derive(Clone, Copy)]
pub struct ItemDraft {
    pub good: u16,
    pub partner: PartnerIndex,
    pub weight: u64,
}

const TRADERS: u64 = 40_000;
const DECLARANTS: u64 = 1500;
const OFFICES: u64 = 48;

impl Setting<'_> {
    /// Drafts one declaration of so many items, as the planted error needs it.
    pub fn draft(
        &self,
        stream: &mut Stream,
        released: Day,
        plant: Option<Kind>,
        items: &mut Vec<ItemDraft>,
        size: usize,
    ) -> Draft {
        let needs = plant.map(|kind| kind.spec().needs);
        let flow = match (needs, stream.weighted(&[(Flow::Import, 785), (Flow::Export, 195), (Flow::Transit, 20)])) {
            (None | Some(Needs::Anything), Flow::Export) => Flow::Export,
            (None, Flow::Transit) => Flow::Transit,
            _ => Flow::Import,
        };
        let groups = if flow == Flow::Export { &self.exports } else { &self.imports };
        let mut group = groups.draw(stream);
        if needs == Some(Needs::Pieces) {
            // Enough tries for any real nomenclature; one without pieces keeps the last draw.
            for _ in 0..200 {
                if groups.all[group].goods.iter().any(|&good| self.is_piece(good)) {
                    break;
                }
                group = groups.draw(stream);
            }
        }
        let linked = groups.all[group].partner(stream);
        let partner = match (needs, flow) {
            (Some(Needs::Landlocked), _) => self.partners.landlocked(stream).unwrap_or(0),
            (_, Flow::Export) => linked.unwrap_or_else(|| self.partners.draw_buyer(stream)),
            _ => linked.unwrap_or_else(|| self.partners.draw(stream)),
        };
        let is_through_hub = flow == Flow::Import && stream.per_mille(115) && needs != Some(Needs::Landlocked);
        let consignment = match flow {
            Flow::Import if is_through_hub => self.partners.hub(partner, stream),
            Flow::Transit => self.partners.draw(stream),
            _ => partner,
        };
        let procedure = match (flow, plant) {
            (Flow::Transit, _) => TRANSIT,
            (Flow::Import, None) => stream.weighted(IMPORT_PROCEDURES),
            (Flow::Export, None) => stream.weighted(EXPORT_PROCEDURES),
            (Flow::Import, Some(_)) => IMPORT_PROCEDURES[0].0,
            (Flow::Export, Some(_)) => EXPORT_PROCEDURES[0].0,
        };
        let mode = self.partners.mode(partner, consignment, stream);
        let is_near = self.partners.at(consignment).is_near;
        let accepted = released.before(stream.weighted(&[(0, 500), (1, 300), (2, 130), (3, 70)]));
        let rank = stream.rank(TRADERS);
        let draft = Draft {
            flow,
            procedure,
            consignment,
            terms: terms(stream, flow, mode, needs),
            currency: self.currency(stream, consignment, needs),
            mode,
            inland_mode: if mode == 2 && stream.one_in(2) { 2 } else { 3 },
            is_container: mode < 4 && stream.per_mille(if is_near { 100 } else { 450 }),
            office: (stream.rank(OFFICES) + u64::from(mode) * 7) % OFFICES,
            // Each group of goods has its own leading traders.
            trader: (rank + 1237 * (group as u64 + 1) + 631 * u64::from(flow == Flow::Export)) % TRADERS,
            declarant: stream.rank(DECLARANTS),
            accepted,
            released,
            arrived: (flow == Flow::Import).then(|| accepted.before(stream.rank(8))),
            group,
            is_fuel: false,
        };
        let members = &groups.all[group];
        for _ in 0..size {
            let mut good = members.good(stream);
            if needs == Some(Needs::Pieces) {
                for _ in 0..200 {
                    if self.is_piece(good) {
                        break;
                    }
                    good = members.good(stream);
                }
                // A group may have few pieces, and those not among the leading goods.
                if !self.is_piece(good) {
                    let mut others = members.goods.iter().copied();
                    good = others.find(|other| self.is_piece(*other)).unwrap_or(good);
                }
            }
            let weight = heavy_tailed(stream);
            let other = if size > 1 && plant.is_none() && flow == Flow::Import && stream.per_mille(120) {
                self.partners.draw(stream)
            } else {
                partner
            };
            let no_coast = mode == 1 && self.partners.at(other).country.has_no_sea;
            items.push(ItemDraft { good, partner: if no_coast { partner } else { other }, weight });
        }
        draft
    }

    /// Drafts a fuel export: the links in turn first, so that a month has each of them.
    pub fn draft_fuel(
        &self,
        stream: &mut Stream,
        released: Day,
        ordinal: usize,
        plant: Option<Kind>,
        items: &mut Vec<ItemDraft>,
    ) -> Draft {
        let mut group = match self.fuels.get(ordinal) {
            Some(_) => ordinal,
            None => {
                let total = self.fuels.iter().map(|fuel| fuel.value).sum();
                let mut left = stream.below(total);
                let passes = |fuel: &&Fuel| {
                    let is_past = left >= fuel.value;
                    left = left.saturating_sub(if is_past { fuel.value } else { 0 });
                    is_past
                };
                self.fuels.iter().take_while(passes).count()
            }
        };
        if plant.is_some() {
            // Exports of electricity are rare: one takes the place of a sale of crude oil.
            group = self.fuels.iter().position(|fuel| fuel.is_fixed).unwrap_or(group);
        }
        let fuel = &self.fuels[group];
        let country = self.partners.at(fuel.partner).country;
        let is_gas = self.goods[usize::from(fuel.good)].code.starts_with("2711");
        let mode = match (fuel.is_fixed, is_gas) {
            (false, _) => 2,
            // A part of the crude oil is loaded on ships; the rest crosses the border in a pipe.
            (true, false) if !country.has_no_sea && stream.per_mille(250) => 1,
            _ => 7,
        };
        let accepted = released.before(stream.below(4));
        items.push(ItemDraft { good: fuel.good, partner: fuel.partner, weight: stream.log_normal(35).max(1) });
        Draft {
            flow: Flow::Export,
            procedure: EXPORT_PROCEDURES[0].0,
            consignment: fuel.partner,
            terms: if mode == 2 { "FCA" } else { "FOB" },
            currency: self.rates.known("USD"),
            mode,
            inland_mode: mode,
            is_container: false,
            office: stream.below(2),
            trader: stream.rank(6),
            declarant: stream.below(4),
            accepted,
            released,
            arrived: None,
            group,
            is_fuel: true,
        }
    }

    /// Whether goods are counted in pieces, each heavy enough for a mix-up to show.
    fn is_piece(&self, good: u16) -> bool {
        let unit = self.goods[usize::from(good)].unit.as_ref();
        unit.is_some_and(|unit| unit.is_whole && unit.milligrams > 3_000_000)
    }

    fn currency(&self, stream: &mut Stream, partner: PartnerIndex, needs: Option<Needs>) -> &'static str {
        let mut left = stream.below(1000);
        for &(currency, weight) in self.partners.at(partner).currencies {
            if left < weight {
                let is_foreign = currency != "AZN" || needs != Some(Needs::ForeignCurrency);
                return self.rates.known(if is_foreign { currency } else { "USD" });
            }
            left -= weight;
        }
        self.rates.known("USD")
    }
}

/// Delivery terms. DAF left the Incoterms in 2011, and a dated list would object to it.
fn terms(stream: &mut Stream, flow: Flow, mode: u8, needs: Option<Needs>) -> &'static str {
    if needs == Some(Needs::BuyersCarriage) {
        return if mode == 1 { "FOB" } else { "FCA" };
    }
    match (flow, mode) {
        (Flow::Export, 1) => stream.weighted(&[("FOB", 700), ("CFR", 150), ("CIF", 150)]),
        (Flow::Export, _) => stream.weighted(&[("FCA", 450), ("DAP", 250), ("CPT", 230), ("EXW", 40), ("CIP", 30)]),
        (_, 1) => stream.weighted(&[("CIF", 320), ("CFR", 200), ("FOB", 230), ("CPT", 100), ("CIP", 80), ("EXW", 70)]),
        (_, _) => stream.weighted(&[("CPT", 280), ("CIP", 200), ("DAP", 220), ("FCA", 190), ("EXW", 110)]),
    }
}

/// A relative value: log-normal, with one line in forty from further out.
pub fn heavy_tailed(stream: &mut Stream) -> u64 {
    let body = stream.log_normal(150).max(1);
    if stream.one_in(40) { body * (2 + stream.rank(16)) } else { body }
}

/// The median of [`heavy_tailed`] is [`ONE`]; its mean is about three and a half times that.
pub const HEAVY_MEAN: u64 = ONE * 7 / 2;

/// Items of a declaration: seven in ten have one to three, the longest has a hundred.
pub fn size(stream: &mut Stream) -> usize {
    let (low, high) = stream.weighted(&[
        ((1, 1), 350),
        ((2, 2), 200),
        ((3, 3), 150),
        ((4, 7), 165),
        ((8, 15), 85),
        ((16, 31), 34),
        ((32, 63), 12),
        ((64, 100), 4),
    ]);
    usize::try_from(stream.between(low, high)).unwrap_or(1)
}

/// A day of the month: declarations come in order, with two days of disorder.
pub fn day(stream: &mut Stream, month: Month, ordinal: u64, count: u64) -> Day {
    let days = month.days();
    let day = 1 + ordinal * days / count.max(1) + stream.below(3);
    Day { month, day: day.saturating_sub(1).clamp(1, days) }
}
