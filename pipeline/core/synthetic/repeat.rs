//! Declarations made to be received more than once, or late.
//!
//! Each is drawn from a stream of its own, so that the files of two months can both
//! write it without either knowing the other.

use super::Plan;
use super::calendar::Month;
use super::chance::Stream;
use super::chance::scaled;
use super::declaration::{Draft, HEAVY_MEAN, ItemDraft, Setting, day};
use super::line::{DayRates, Line, declaration_id};
use super::planted::{Kind, Needs, Planted, Receipt};
use super::structure::month_totals;

const DRAFT: u64 = 11;
const ITEM: u64 = 12;

/// One writing of a declaration into this month's file.
#[derive(Clone, Copy)]
pub struct Writing {
    kind: Kind,
    /// Index of the month in whose file the error shows.
    shows_in: u64,
    ordinal: u64,
    receipt: Receipt,
    is_last: bool,
}

/// What of this sort the month's file holds.
pub fn writings(plan: &Plan, index: u64) -> Vec<Writing> {
    let mut writings = Vec::new();
    for &kind in Kind::ALL {
        let Needs::Repeat(receipts) = kind.spec().needs else {
            continue;
        };
        for (place, &receipt) in receipts.iter().enumerate() {
            let shows_in = index + u64::from(receipt.is_earlier);
            let is_last = place + 1 == receipts.len();
            for ordinal in 0..kind.count(plan, shows_in) {
                writings.push(Writing { kind, shows_in, ordinal, receipt, is_last });
            }
        }
    }
    writings
}

impl Writing {
    fn size(&self) -> usize {
        if self.kind == Kind::AmendedDropsItem { 3 } else { 1 + usize::from(self.ordinal.is_multiple_of(2)) }
    }

    /// Lines that [`Writing::write`] will add, one an item, so that room for them can be set aside.
    pub fn lines(&self) -> usize {
        self.size() - usize::from(self.receipt.drops_last_item)
    }

    /// Writes the declaration; gives what was planted with it.
    pub fn write(
        &self,
        setting: &Setting<'_>,
        plan: &Plan,
        first_month: u64,
        out: &mut Vec<u8>,
        line_no: &mut u64,
    ) -> Option<Planted> {
        let Receipt { version, is_cancelled, value, .. } = self.receipt;
        let kind_no = self.kind as u64;
        let shown = Month::of(0, 1).after(first_month + self.shows_in);
        let released_in = shown.before(self.kind.delay(self.ordinal));
        let serial = 9_000_000 + (kind_no * 20_000 + self.ordinal % 20_000) % 1_000_000;
        let mut stream = Stream::new(setting.seed, [DRAFT, first_month + self.shows_in, serial]);
        let (count, ordinal) = (28, stream.below(28));
        let released = day(&mut stream, released_in, ordinal, count);
        let mut items: Vec<ItemDraft> = Vec::new();
        let draft: Draft = setting.draft(&mut stream, released, Some(Kind::Late), &mut items, self.size());
        let rates = DayRates::of(setting, &draft);
        let id = declaration_id(released_in, draft.office, serial);
        // An average import, as there is no month whose total these could be scaled to.
        let average = month_totals(released_in, setting.seed).1 * u64::from(plan.months) / plan.items.max(1);
        let starts_at = *line_no;
        for (item_no, mut item) in (1..).zip(items.into_iter().take(self.lines())) {
            item.weight = scaled(average, item.weight, HEAVY_MEAN);
            let mut stream = Stream::new(setting.seed, [ITEM, first_month + self.shows_in, serial * 8 + u64::from(item_no)]);
            let mut line = Line::new(setting, &draft, rates, item, &id, item_no, &mut stream);
            line.version = version;
            line.status = if is_cancelled { "cancelled" } else { "accepted" };
            for amount in [&mut line.invoice, &mut line.freight, &mut line.insurance, &mut line.statistical, &mut line.customs] {
                *amount = *amount * i64::try_from(value).unwrap_or(1000) / 1000;
            }
            *line_no += line.write(out);
        }
        let dropped = (self.kind == Kind::AmendedDropsItem).then_some(3);
        self.is_last.then(|| Planted::new(self.kind, shown, starts_at, &id, dropped))
    }
}
