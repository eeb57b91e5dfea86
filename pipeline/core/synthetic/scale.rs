//! Scaling: a month's values add up to what the month should be, however many items.

use super::chance::scaled;
use super::declaration::{Draft, Flow, ItemDraft, Setting};

/// A declaration and the items that are its own.
pub struct Drafted {
    pub draft: Draft,
    pub items: std::ops::Range<usize>,
}

/// Turns relative weights into US cents. Fuels meet the value of each link, other
/// exports and imports that of each group of goods; imports are fitted in turn to the
/// shares of partners and of groups, and end with the groups.
///
/// Only what the general trade system counts is summed; the rest is scaled alike.
pub fn scale(setting: &Setting<'_>, drafted: &[Drafted], items: &mut [ItemDraft], exports: u64, imports: u64) {
    let group_of = |flow: Flow, is_fuel: bool| {
        drafted.iter().filter(move |one| {
            // Transit has no total of its own: it is scaled with the imports of its group.
            let as_import = one.draft.flow != Flow::Export;
            one.draft.is_fuel == is_fuel && as_import == (flow != Flow::Export)
        })
    };
    let fuel_values: Vec<u64> = setting.fuels.iter().map(|fuel| fuel.value).collect();
    let fuels: u64 = fuel_values.iter().sum();
    let targets: Vec<u64> = fuel_values.iter().map(|&value| scaled(exports, value, 1000)).collect();
    fit(group_of(Flow::Export, true), items, &targets, |draft, _| draft.group, None);

    let rest = scaled(exports, 1000_u64.saturating_sub(fuels), 1000);
    let targets = shares(setting.exports.all.iter().map(|group| group.value), rest);
    fit(group_of(Flow::Export, false), items, &targets, |draft, _| draft.group, None);

    let by_group = shares(setting.imports.all.iter().map(|group| group.value), imports);
    let by_partner = shares(setting.partners.all.iter().map(|partner| partner.share), imports);
    for _ in 0..3 {
        fit(group_of(Flow::Import, false), items, &by_group, |draft, _| draft.group, None);
        // A partner with few items in a small month must not blow them up.
        fit(group_of(Flow::Import, false), items, &by_partner, |_, item| usize::from(item.partner), Some(4));
    }
    fit(group_of(Flow::Import, false), items, &by_group, |draft, _| draft.group, None);
    // Where a small group counts little, its uncounted items would be scaled out of reason.
    for one in group_of(Flow::Import, false).filter(|one| !one.draft.procedure.is_counted) {
        for item in &mut items[one.items.clone()] {
            item.weight = item.weight.min(by_group[one.draft.group] / 10);
        }
    }
}

/// Parts of a total by weight.
fn shares(weights: impl Iterator<Item = u64> + Clone, total: u64) -> Vec<u64> {
    let sum: u64 = weights.clone().sum();
    weights.map(|weight| scaled(total, weight, sum)).collect()
}

/// Multiplies the weights of each class so that they add up to its target; by no more
/// than `limit` either way, if there is one.
fn fit<'a>(
    drafted: impl Iterator<Item = &'a Drafted> + Clone,
    items: &mut [ItemDraft],
    targets: &[u64],
    class: impl Fn(&Draft, &ItemDraft) -> usize,
    limit: Option<u64>,
) {
    let mut sums = vec![0_u64; targets.len()];
    for one in drafted.clone().filter(|one| one.draft.procedure.is_counted) {
        for item in &items[one.items.clone()] {
            let sum = &mut sums[class(&one.draft, item)];
            *sum = sum.saturating_add(item.weight);
        }
    }
    let factors: Vec<(u64, u64)> = sums
        .iter()
        .zip(targets)
        .map(|(&sum, &target)| match limit {
            _ if sum == 0 || target == 0 => (1, 1),
            Some(limit) if target / limit >= sum => (limit, 1),
            Some(limit) if sum / limit >= target => (1, limit),
            _ => (target, sum),
        })
        .collect();
    for one in drafted {
        for item in &mut items[one.items.clone()] {
            let (numerator, denominator) = factors[class(&one.draft, item)];
            item.weight = scaled(item.weight, numerator, denominator).max(1);
        }
    }
}
