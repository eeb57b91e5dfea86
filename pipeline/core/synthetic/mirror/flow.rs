//! The flows behind the declarations: what each item is when nothing is wrong with it.

use crate::synthetic::calendar::Month;
use crate::synthetic::chance::Stream;
use crate::synthetic::declaration::{Flow as Direction, Setting};
use crate::synthetic::line::{DayRates, Line, declaration_id};
use crate::synthetic::partner::PartnerIndex;
use crate::synthetic::planted::Kind;
use crate::synthetic::spoil::spoil;
use crate::synthetic::{ITEMS, Plan, World, outlined};

/// One item that the general trade system counts, as the declaring country records it.
#[derive(Clone)]
pub struct Flow {
    /// Number of the month in which it is recorded.
    pub month: u64,
    pub is_import: bool,
    /// Origin of an import, destination of an export.
    pub partner: PartnerIndex,
    pub consignment: PartnerIndex,
    pub good: u16,
    /// Statistical value in US cents: CIF of imports, FOB of exports.
    pub value: i64,
    /// Grams.
    pub mass: i64,
    /// Thousandths of the unit of the goods.
    pub quantity: Option<i64>,
    pub slip: Option<Slip>,
}

/// Where the declaring country counts an item that a planted error spoils.
#[derive(Clone, Copy)]
pub enum Slip {
    /// Under the code that says no more than this chapter.
    Chapter([u8; 2]),
    /// Under no country of origin.
    Partner,
    /// Nowhere: it is held, or its line cannot be read.
    Lost,
}

/// Flows of one month of the plan, counted from 0; months after the last are made alike.
///
/// Declarations that are written more than once, to be superseded, are left out, as are goods
/// that only come home.
pub fn month_flows(world: &World<'_>, setting: &Setting<'_>, plan: &Plan, index: u64) -> Vec<Flow> {
    let month = Month::of(0, 1).after(plan.first_month().number() + index);
    let (_, outline, _) = outlined(setting, plan, month, index);
    let (drafted, items) = outline.drafts(setting, month);
    let mut flows = Vec::with_capacity(items.len());
    for (sequence, one) in drafted.iter().enumerate() {
        let is_import = match one.draft.flow {
            Direction::Import => true,
            Direction::Export => false,
            Direction::Transit => continue,
        };
        if !one.draft.procedure.is_counted || one.draft.procedure.code.starts_with("61") {
            continue;
        }
        let id = declaration_id(month, one.draft.office, sequence as u64 + 1);
        let rates = DayRates::of(setting, &one.draft);
        for (place, item) in items[one.items.clone()].iter().enumerate() {
            // The stream of the declaration's own line, so that the figures are its figures.
            let names = [ITEMS, month.number(), ((sequence as u64) << 7) + place as u64];
            let mut stream = Stream::new(plan.seed, names);
            let item_no = u32::try_from(place).unwrap_or(0) + 1;
            let mut line = Line::new(setting, &one.draft, rates, *item, &id, item_no, &mut stream);
            let plant = outline.plant(sequence).filter(|_| sequence % one.items.len() == place);
            let (value, mass, quantity) = (line.statistical, line.net, line.quantity);
            let slip = match plant {
                Some(kind) if kind.is_lost() => Some(Slip::Lost),
                _ if !is_import => None,
                Some(kind @ (Kind::SubheadingInvalid | Kind::OldEditionCode)) => {
                    spoil(&mut line, kind, world, setting, &mut stream);
                    line.commodity.as_bytes().first_chunk().copied().map(Slip::Chapter)
                }
                Some(Kind::UnknownOrigin | Kind::CountryAlpha3 | Kind::CountryNumeric | Kind::CountryHomoglyph) => {
                    Some(Slip::Partner)
                }
                _ => None,
            };
            flows.push(Flow {
                month: month.number(),
                is_import,
                partner: item.partner,
                consignment: if is_import { one.draft.consignment } else { item.partner },
                good: item.good,
                value,
                mass,
                quantity,
                slip,
            });
        }
    }
    flows
}
