//! What Azerbaijan trades with whom, and how much of it in a month.
//!
//! Shares are rounded from public totals; `links` are the pairs of commodity and
//! partner a reader expects to see. They shape synthetic data, and are no statistics.

use super::calendar::Month;
use super::chance::{Stream, Table};
use super::goods::Good;
use super::partner::{PartnerIndex, Partners};

/// Part of the trade: some goods, their weight, and who they are traded with.
pub struct GroupSpec {
    /// Beginnings of HS codes; a group takes the goods no earlier group has taken.
    prefixes: &'static [&'static str],
    /// Value, in thousandths of the flow (of exports without fuels, for exports).
    value: u64,
    /// Weight among declarations.
    count: u64,
    links: &'static [(&'static str, u64)],
    /// Share of declarations, per mille, whose partner is one of the links.
    linked: u64,
}

const fn group(
    prefixes: &'static [&'static str],
    value: u64,
    count: u64,
    links: &'static [(&'static str, u64)],
    linked: u64,
) -> GroupSpec {
    GroupSpec { prefixes, value, count, links, linked }
}

/// Groups of imports; those of particular goods stand before the chapters that would take them.
pub const IMPORTS: &[GroupSpec] = &[
    group(&["8703"], 85, 45, &[("JP", 20), ("US", 20), ("GE", 14), ("DE", 16), ("KR", 15), ("CN", 25)], 850),
    group(&["87"], 40, 45, &[], 0),
    group(&["8471", "8517"], 40, 35, &[("CN", 8), ("VN", 1), ("AE", 1)], 800),
    group(&["84"], 150, 110, &[], 0),
    group(&["85"], 75, 80, &[], 0),
    group(&["90"], 26, 35, &[], 0),
    group(&["86", "88", "89"], 24, 8, &[("KZ", 3), ("US", 3), ("FR", 2), ("RU", 2), ("CN", 2)], 700),
    group(&["7304", "7305", "7306"], 20, 12, &[("TR", 3), ("RU", 4), ("JP", 2), ("CN", 1)], 850),
    group(&["72", "73"], 58, 50, &[], 0),
    group(&["3004"], 42, 35, &[("TR", 3), ("IN", 3), ("DE", 3), ("FR", 1)], 800),
    group(&["30"], 10, 12, &[], 0),
    group(&["28", "29", "31", "32", "33", "34", "35", "36", "37", "38"], 68, 95, &[], 0),
    group(&["39", "40"], 52, 70, &[], 0),
    group(&["4407"], 9, 10, &[("RU", 1)], 930),
    group(&["41", "42", "43", "44", "45", "46", "47", "48", "49"], 30, 45, &[], 0),
    group(
        &["50", "51", "52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "62", "63", "64", "65", "66", "67"],
        50,
        90,
        &[("TR", 5), ("CN", 4), ("IT", 1)],
        600,
    ),
    group(&["68", "69", "70"], 25, 30, &[], 0),
    group(&["71"], 10, 4, &[("CH", 2), ("TR", 3), ("GB", 1)], 600),
    group(&["74", "75", "76", "78", "79", "80", "81", "82", "83"], 36, 45, &[], 0),
    group(&["91", "92", "93", "94", "95", "96", "97"], 40, 55, &[], 0),
    group(&["1001"], 20, 6, &[("RU", 7), ("KZ", 3)], 980),
    group(&["1006"], 4, 5, &[("IN", 6), ("PK", 2), ("KZ", 1)], 900),
    group(&["1701"], 6, 4, &[("BR", 6), ("RU", 3)], 900),
    group(&["2402"], 14, 4, &[("GE", 4), ("RU", 3), ("TR", 3)], 950),
    group(&["0902"], 3, 5, &[("LK", 7), ("GE", 1), ("IN", 1)], 900),
    group(&["02", "03", "04"], 17, 22, &[("RU", 2), ("BR", 2), ("UA", 2), ("BY", 2), ("TR", 1)], 600),
    group(&["15"], 11, 10, &[("RU", 6), ("UA", 2), ("MY", 1)], 750),
    group(&["07", "08"], 12, 18, &[("IR", 4), ("TR", 3), ("EC", 2), ("UA", 1)], 700),
    group(&["16", "17", "18", "19", "20", "21", "22", "23", "24"], 32, 50, &[("RU", 4), ("TR", 3), ("UA", 1)], 550),
    group(&["01", "05", "06", "09", "10", "11", "12", "13", "14"], 10, 22, &[], 0),
    group(&["25", "26"], 15, 14, &[("RU", 3), ("IR", 3), ("TR", 2)], 700),
    group(&["27"], 26, 8, &[("RU", 5), ("TM", 3), ("KZ", 2)], 850),
];

/// Groups of exports besides fuels; the last takes what is left.
pub const EXPORTS: &[GroupSpec] = &[
    group(&["0702"], 70, 60, &[("RU", 9), ("BY", 1)], 980),
    group(&["080222"], 50, 20, &[("IT", 4), ("DE", 3), ("RU", 3)], 970),
    group(&["0810"], 40, 45, &[("RU", 7), ("KZ", 2), ("BY", 1)], 980),
    group(&["0809"], 35, 35, &[("RU", 8), ("KZ", 2), ("BY", 1)], 980),
    group(&["0813"], 15, 15, &[("RU", 6), ("DE", 2), ("IT", 1)], 950),
    group(&["5201"], 60, 15, &[("TR", 6), ("BD", 2), ("IR", 2)], 970),
    group(&["7601"], 70, 15, &[("TR", 5), ("CH", 3), ("IT", 2)], 970),
    group(&["3901", "3902"], 90, 35, &[("TR", 6), ("RU", 2), ("CN", 2)], 960),
    group(&["252310"], 18, 10, &[("GE", 1)], 1000),
    group(&["710812"], 80, 4, &[("CH", 6), ("TR", 2), ("GB", 2)], 1000),
    group(&["2905"], 45, 10, &[("TR", 6), ("IT", 2), ("GE", 1)], 950),
    group(&["3102"], 55, 12, &[("TR", 5), ("GE", 3), ("UA", 2)], 950),
    group(&["1701", "1516"], 35, 14, &[("GE", 3), ("IQ", 4), ("KZ", 1)], 950),
    group(&["0902"], 7, 12, &[("GE", 3), ("RU", 3), ("KZ", 1)], 900),
    group(&["7213", "7214"], 40, 12, &[("GE", 6), ("TR", 2), ("US", 1)], 900),
    group(&["20", "22"], 45, 45, &[("RU", 6), ("KZ", 1), ("GE", 2), ("CN", 1)], 850),
    group(
        &["28", "29", "30", "31", "32", "33", "34", "35", "38", "39", "40"],
        45,
        60,
        &[("GE", 3), ("TR", 3), ("RU", 2), ("UA", 1)],
        600,
    ),
    group(&["72", "73", "74", "76"], 55, 60, &[("GE", 4), ("TR", 4), ("RU", 1)], 600),
    group(&["84", "85", "87", "90"], 75, 110, &[("RU", 3), ("GE", 3), ("TR", 2), ("KZ", 2), ("TM", 1)], 500),
    group(&[""], 70, 160, &[("RU", 2), ("GE", 2), ("TR", 2)], 400),
];

/// A stream of fuel exports: a few large declarations a month.
pub struct FuelLink {
    pub prefix: &'static str,
    pub partner: &'static str,
    /// Thousandths of all exports.
    pub value: u64,
}

const fn fuel(prefix: &'static str, partner: &'static str, value: u64) -> FuelLink {
    FuelLink { prefix, partner, value }
}

/// Exports of crude oil, gas and products by partner; together with [`EXPORTS`] all exports.
pub const FUELS: &[FuelLink] = &[
    fuel("270900", "IT", 215),
    fuel("270900", "IL", 55),
    fuel("270900", "IN", 48),
    fuel("270900", "CZ", 40),
    fuel("270900", "DE", 38),
    fuel("270900", "HR", 30),
    fuel("270900", "ES", 26),
    fuel("270900", "PT", 24),
    fuel("270900", "TN", 18),
    fuel("270900", "TH", 18),
    fuel("270900", "ID", 24),
    fuel("271121", "TR", 130),
    fuel("271121", "IT", 160),
    fuel("271121", "GE", 14),
    fuel("271121", "GR", 20),
    fuel("271121", "BG", 20),
    fuel("271019", "GE", 9),
    fuel("271019", "TR", 8),
    fuel("271012", "UA", 5),
];

/// A group of the world at hand.
pub struct Group {
    /// By rank: the first are met most often.
    pub goods: Vec<u16>,
    pub value: u64,
    links: Vec<(PartnerIndex, u64)>,
    linked: u64,
}

/// The groups of one flow, and how often declarations are of each.
pub struct Groups {
    pub all: Vec<Group>,
    by_count: Table,
}

impl Groups {
    /// Groups without a good in the nomenclature at hand are left out.
    pub fn new(specs: &[GroupSpec], goods: &[Good<'_>], partners: &Partners<'_>, skipped: &[&str]) -> Self {
        let mut is_taken = vec![false; goods.len()];
        let (mut all, mut counts) = (Vec::new(), Vec::new());
        for spec in specs {
            let mut members = Vec::new();
            for (index, good) in (0_u16..).zip(goods) {
                let is_under = |prefix: &&str| begins(&good.code, prefix);
                if !is_taken[usize::from(index)] && spec.prefixes.iter().any(is_under) && !skipped.iter().any(is_under) {
                    is_taken[usize::from(index)] = true;
                    members.push(index);
                }
            }
            if members.is_empty() {
                continue;
            }
            // Out of the order of codes, but the same in every month: leading goods stay so.
            let mut order = Stream::new(0, [7, spec.value, members.len() as u64]);
            for last in (1..members.len()).rev() {
                members.swap(last, order.index(last + 1));
            }
            let links: Vec<_> = spec.links.iter().filter_map(|&(code, weight)| Some((partners.find(code)?, weight))).collect();
            let linked = if links.is_empty() { 0 } else { spec.linked };
            all.push(Group { goods: members, value: spec.value, links, linked });
            counts.push(spec.count);
        }
        Groups { all, by_count: Table::new(counts) }
    }

    /// Place of a group in [`Groups::all`], by its weight among declarations.
    pub fn draw(&self, stream: &mut Stream) -> usize {
        self.by_count.draw(stream)
    }
}

/// `starts_with` that looks at the first digit before it compares: it is asked half a
/// million times a month, and mostly says no.
fn begins(code: &str, prefix: &str) -> bool {
    (prefix.is_empty() || code.as_bytes()[0] == prefix.as_bytes()[0]) && code.starts_with(prefix)
}

impl Group {
    /// Half of the lines are of the leading goods, half of any.
    pub fn good(&self, stream: &mut Stream) -> u16 {
        let count = self.goods.len();
        let rank = if stream.one_in(2) { usize::try_from(stream.rank(count as u64)).unwrap_or(0) } else { stream.index(count) };
        self.goods[rank]
    }

    /// The linked partner of one declaration; none where the general shares decide.
    pub fn partner(&self, stream: &mut Stream) -> Option<PartnerIndex> {
        stream.per_mille(self.linked).then(|| stream.weighted(&self.links))
    }
}

/// Seasonal level of exports and imports, January first, per mille.
const EXPORT_SEASON: [u64; 12] = [1030, 960, 1010, 980, 990, 960, 1000, 1010, 970, 1020, 1010, 1060];
const IMPORT_SEASON: [u64; 12] = [800, 900, 1000, 1000, 1010, 990, 1010, 1010, 1020, 1060, 1060, 1140];

/// Exports and imports of a month in US cents: 2.2 and 1.5 thousand million USD in
/// January 2024, imports growing by half a percent a month and exports slowly falling.
pub fn month_totals(month: Month, seed: u64) -> (u64, u64) {
    let mut stream = Stream::new(seed, [1, month.number(), 0]);
    let since = month.number().saturating_sub(Month::of(2024, 1).number()).min(60);
    let season = month.calendar_month() as usize - 1;
    let exports = 220_000_000_000 * EXPORT_SEASON[season] / 1000 * (1000 - since) / 1000;
    let imports = 155_000_000_000 * IMPORT_SEASON[season] / 1000 * (1000 + 5 * since) / 1000;
    (exports * stream.between(970, 1030) / 1000, imports * stream.between(970, 1030) / 1000)
}
