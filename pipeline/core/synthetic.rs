//! Synthetic declarations with planted errors, for demonstrations and tests.
//!
//! A month has the outline of Azerbaijan's trade: a few very large exports of oil and
//! gas, a broad range of imports, partners and goods that belong together, and totals
//! that do not depend on how many items are asked for. Errors of known kinds are
//! planted on items of their own, and every one is listed, so that what the rules find
//! can be compared with what is there.
//!
//! Invariant: the bytes depend on the arguments only. Months can be made in any order
//! or at once, and no step uses floating point, so every machine makes the same bytes.

mod calendar;
mod chance;
mod declaration;
mod goods;
mod hidden;
mod line;
pub mod mirror;
mod money;
mod partner;
mod planted;
mod repeat;
mod scale;
mod spoil;
mod structure;
#[cfg(test)]
mod tests;
pub mod world;

use calendar::Month;
use chance::Stream;
use declaration::{ItemDraft, Setting, day, size};
use line::{COLUMNS, DayRates, Line, declaration_id};
use planted::{Kind, Needs};
use scale::{Drafted, scale};

pub use hidden::{Hidden, hidden_csv};
pub use planted::{Planted, meant, truth_csv};

/// What the generator has to know of the world: the caller reads it from the code lists.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// HS subheadings in force and the standard unit of each, empty if none. Longer
    /// codes, up to ten digits, are used as they are; shorter ones end in zeros.
    pub hs6: &'a [(&'a str, &'a str)],
    pub countries: &'a [Country<'a>],
    pub rates: &'a [Rate<'a>],
}

/// A country of the code list, under each of its codes.
#[derive(Clone, Copy)]
pub struct Country<'a> {
    /// Two letters.
    pub code: &'a str,
    pub alpha3: &'a str,
    pub numeric: &'a str,
    /// Nothing can come from it by sea. Not so of the other shores of the Caspian,
    /// although they are called landlocked.
    pub has_no_sea: bool,
}

/// National currency for one unit of another, from a day on.
#[derive(Clone, Copy)]
pub struct Rate<'a> {
    pub currency: &'a str,
    /// `2026-03-01`; the day is not looked at.
    pub valid_from: &'a str,
    /// Decimal text, as `1.7005`.
    pub rate: &'a str,
}

/// How much to make. The months end with `last_month` (year, month from 1).
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Lines of all months together; planted errors of every kind need 5 000.
    pub items: u64,
    pub months: u32,
    pub last_month: (i32, u32),
    pub seed: u64,
}

impl Plan {
    fn first_month(&self) -> Month {
        Month::of(self.last_month.0, self.last_month.1).before(u64::from(self.months).saturating_sub(1))
    }
}

/// One month's file.
pub struct SyntheticMonth {
    /// As `2026-03`.
    pub month: String,
    /// Form `sad_csv`.
    pub csv: Vec<u8>,
    /// Items written, one a record.
    pub items: u64,
    pub truth: Vec<Planted>,
    pub hidden: Vec<Hidden>,
}

// Names of the streams of chance.
const SIZES: u64 = 2;
const PLANTS: u64 = 3;
const DRAFTS: u64 = 4;
const ITEMS: u64 = 5;
const HIDDEN: u64 = 6;

/// Makes the file of one month, counted from 0, the earliest. With an empty
/// nomenclature or country list there is nothing to trade, and the file has no items.
#[must_use]
pub fn month_csv(world: &World<'_>, plan: &Plan, month_index: u32) -> SyntheticMonth {
    month_with_hidden(world, plan, month_index, 0)
}

/// The same with masses, quantities and freights left empty: at random, per mille of the
/// items without a planted error, and at a few offices always.
#[must_use]
pub fn month_with_hidden(world: &World<'_>, plan: &Plan, month_index: u32, hidden: u64) -> SyntheticMonth {
    let index = u64::from(month_index);
    let first_month = plan.first_month().number();
    let month = Month::of(0, 1).after(first_month + index);
    let setting = Setting::new(world, plan.seed);
    let mut made = SyntheticMonth {
        month: month.text(),
        csv: COLUMNS.join(",").into_bytes(),
        items: 0,
        truth: Vec::new(),
        hidden: Vec::new(),
    };
    made.csv.push(b'\n');
    if setting.imports.all.is_empty() || setting.exports.all.is_empty() || setting.partners.all.is_empty() {
        return made;
    }
    let (writings, outline, budget) = outlined(&setting, plan, month, index);
    made.items = budget;

    let (drafted, items) = outline.drafts(&setting, month);
    made.csv.reserve(300 * usize::try_from(budget).unwrap_or(0));
    let mut line_no = 2;
    let mut after_open_quote = false;
    let mut repeats = writings.iter();
    for (sequence, one) in drafted.iter().enumerate() {
        // Repeated declarations stand among the others, the two copies of one apart.
        while (writings.len() - repeats.len()) * drafted.len() < writings.len() * sequence {
            let Some(writing) = repeats.next() else { break };
            made.truth.extend(writing.write(&setting, plan, first_month, &mut made.csv, &mut line_no));
            after_open_quote = false;
        }
        let id = declaration_id(month, one.draft.office, sequence as u64 + 1);
        let rates = DayRates::of(&setting, &one.draft);
        let plant = outline.plant(sequence);
        let spoiled = plant.map(|_| sequence % one.items.len());
        for (place, item) in items[one.items.clone()].iter().enumerate() {
            let mut stream = Stream::new(plan.seed, [ITEMS, month.number(), ((sequence as u64) << 7) + place as u64]);
            let item_no = u32::try_from(place).unwrap_or(0) + 1;
            let mut line = Line::new(&setting, &one.draft, rates, *item, &id, item_no, &mut stream);
            if after_open_quote {
                line.style = 0;
            }
            after_open_quote = false;
            if let (Some(kind), true) = (plant, spoiled == Some(place)) {
                spoil::spoil(&mut line, kind, world, &setting, &mut stream);
                made.truth.push(Planted::new(kind, month, line_no, &id, Some(item_no)));
                after_open_quote = kind == Kind::UnclosedQuote;
            }
            if plant.is_none() {
                let place = ((sequence as u64) << 7) + place as u64;
                let mut chance = Stream::new(plan.seed, [HIDDEN, month.number(), place]);
                made.hidden.extend(hidden::hide(&mut line, hidden, &mut chance, line_no, month));
            }
            line_no += line.write(&mut made.csv);
        }
    }
    for writing in repeats {
        made.truth.extend(writing.write(&setting, plan, first_month, &mut made.csv, &mut line_no));
    }
    made
}

/// What a month holds: declarations written more than once, the others, and the lines of both.
fn outlined(setting: &Setting<'_>, plan: &Plan, month: Month, index: u64) -> (Vec<repeat::Writing>, Outline, u64) {
    let months = u64::from(plan.months).max(1);
    let budget = plan.items * (index + 1) / months - plan.items * index / months;
    let mut writings = repeat::writings(plan, index);
    let mut left = usize::try_from(budget).unwrap_or(usize::MAX);
    // A month of a handful of lines has no room for repeated declarations.
    writings.retain(|writing| {
        let fits = writing.lines() * 4 <= left;
        left -= if fits { writing.lines() } else { 0 };
        fits
    });
    let outline = Outline::new(setting, plan, month, index, left);
    (writings, outline, budget)
}

/// Which declarations a month has, how long each is, and what is planted where.
struct Outline {
    /// Fuels have one item, and are spread evenly among the others.
    fuels: usize,
    sizes: Vec<usize>,
    plants: Vec<Option<Kind>>,
    fuel_plants: usize,
}

/// A declaration by its place among those of its sort.
enum Place {
    Fuel(usize),
    Other(usize),
}

impl Outline {
    fn new(setting: &Setting<'_>, plan: &Plan, month: Month, index: u64, budget: usize) -> Self {
        let fuels = if setting.fuels.is_empty() { 0 } else { (setting.fuels.len() + budget / 150).min(400).min(budget / 8) };
        let mut stream = Stream::new(plan.seed, [SIZES, month.number(), 0]);
        let (mut sizes, mut left) = (Vec::new(), budget - fuels);
        while left > 0 {
            let size = size(&mut stream).min(left);
            sizes.push(size);
            left -= size;
        }
        let mut outline = Outline { fuels, plants: vec![None; sizes.len()], sizes, fuel_plants: 0 };
        outline.place_plants(plan, month, index);
        outline
    }

    /// Gives every planted error a declaration of its own; errors of what a declaration
    /// shares go to those of one item, and choose first.
    fn place_plants(&mut self, plan: &Plan, month: Month, index: u64) {
        let mut stream = Stream::new(plan.seed, [PLANTS, month.number(), 0]);
        let mut order: Vec<usize> = (0..self.sizes.len()).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, stream.index(last + 1));
        }
        let is_whole = |kind: &Kind| {
            matches!(kind.spec().needs, Needs::WholeImport | Needs::ForeignCurrency | Needs::BuyersCarriage | Needs::Landlocked)
        };
        let kinds = Kind::ALL.iter().filter(|kind| !matches!(kind.spec().needs, Needs::Repeat(_) | Needs::Fuel));
        let (whole, other): (Vec<Kind>, Vec<Kind>) = kinds.partition(|kind| is_whole(kind));
        let mut singles = order.iter().copied().filter(|&place| self.sizes[place] == 1);
        for kind in whole {
            for place in singles.by_ref().take(usize::try_from(kind.count(plan, index)).unwrap_or(0)) {
                self.plants[place] = Some(kind);
            }
        }
        let mut order = order.iter().copied();
        for kind in other {
            for _ in 0..kind.count(plan, index) {
                if let Some(place) = order.by_ref().find(|&place| self.plants[place].is_none()) {
                    self.plants[place] = Some(kind);
                }
            }
        }
        self.fuel_plants = usize::try_from(Kind::ElectricityByRoad.count(plan, index)).unwrap_or(0).min(self.fuels);
    }

    fn count(&self) -> usize {
        self.fuels + self.sizes.len()
    }

    fn place(&self, sequence: usize) -> Place {
        let fuels_until = |sequence: usize| sequence * self.fuels / self.count().max(1);
        let before = fuels_until(sequence);
        if fuels_until(sequence + 1) > before { Place::Fuel(before) } else { Place::Other(sequence - before) }
    }

    fn plant(&self, sequence: usize) -> Option<Kind> {
        match self.place(sequence) {
            // The last ones: the first stand for one link each, and every month needs those.
            Place::Fuel(ordinal) => (ordinal + self.fuel_plants >= self.fuels).then_some(Kind::ElectricityByRoad),
            Place::Other(ordinal) => self.plants[ordinal],
        }
    }

    /// Drafts all declarations of the month and scales their values.
    fn drafts(&self, setting: &Setting<'_>, month: Month) -> (Vec<Drafted>, Vec<ItemDraft>) {
        let count = self.count();
        let mut drafted = Vec::with_capacity(count);
        let mut items = Vec::new();
        for sequence in 0..count {
            let mut stream = Stream::new(setting.seed, [DRAFTS, month.number(), sequence as u64]);
            let released = day(&mut stream, month, sequence as u64, count as u64);
            let start = items.len();
            let plant = self.plant(sequence);
            let draft = match self.place(sequence) {
                Place::Fuel(ordinal) => setting.draft_fuel(&mut stream, released, ordinal, plant, &mut items),
                Place::Other(ordinal) => setting.draft(&mut stream, released, plant, &mut items, self.sizes[ordinal]),
            };
            drafted.push(Drafted { draft, items: start..items.len() });
        }
        let (exports, imports) = structure::month_totals(month, setting.seed);
        scale(setting, &drafted, &mut items, exports, imports);
        (drafted, items)
    }
}
