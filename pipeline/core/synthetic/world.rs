//! A year of trade among many countries, as each reports it: to measure speed on, and to
//! compare reconciled values with true ones.
//!
//! Exporter and importer see the same true flow through errors of their own; how large these
//! are is a trait of the country. The importer's value holds the margin of freight and
//! insurance. Rows come in chunks, an exporter each, so that no more than one is in memory.

use super::World;
use super::chance::{ONE, Stream, mixed, scaled};
use super::goods::{Good, goods};
use super::mirror::{Place, Yearly};

/// How much to make.
#[derive(Clone, Copy, Debug)]
pub struct WorldPlan {
    /// Countries, the largest traders first; as many as there are places at most.
    pub countries: usize,
    /// Subheadings, spread over the nomenclature.
    pub goods: usize,
    /// Rows to make, about; every flow has up to two.
    pub rows: u64,
    pub year: u32,
    pub seed: u64,
}

/// Flows of one exporter.
pub struct Chunk {
    /// Rows of the layout of 47 columns, without a header.
    pub csv: Vec<u8>,
    pub rows: u64,
    /// What was really traded.
    pub truth: Vec<TrueFlow>,
}

/// One flow as it is, and as both sides report it, in US cents; the import at its own value, CIF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrueFlow {
    pub exporter: String,
    pub importer: String,
    pub hs6: String,
    pub value: i64,
    pub export: Option<i64>,
    pub import: Option<i64>,
}

// Names of the streams of chance.
const COUNTRY: u64 = 51;
const PAIR: u64 = 52;
const FLOW: u64 = 53;

/// Traits of a country.
struct Trader {
    /// Relative size.
    size: u64,
    /// Spread of the errors of its exports and imports, in hundredths.
    export_sigma: i64,
    import_sigma: i64,
    /// Per mille of its flows that it does not report.
    silent: u64,
}

impl Trader {
    /// Sizes fall with the rank, as those of countries do.
    fn new(seed: u64, rank: usize) -> Self {
        let mut stream = Stream::new(seed, [COUNTRY, rank as u64, 0]);
        let sigma = stream.weighted(&[(3, 200), (8, 300), (20, 300), (45, 200)]);
        Trader {
            size: 10_000 / (rank as u64 + 4) + 1,
            export_sigma: sigma,
            // Duties are paid on imports, so they are looked at more closely.
            import_sigma: (sigma * i64::try_from(stream.between(50, 110)).unwrap_or(100) / 100).max(2),
            silent: stream.weighted(&[(5, 600), (30, 300), (80, 100)]),
        }
    }
}

/// Makes the flows, exporter by exporter, and hands each chunk on; gives the rows made.
/// `kilometres` is the way between two places by their indices; `edition` the code of the
/// nomenclature in the layout, as `H6`. Nothing is made where a list is empty.
pub fn world_trade<E>(
    world: &World<'_>,
    places: &[Place<'_>],
    edition: &str,
    kilometres: &dyn Fn(usize, usize) -> u32,
    plan: &WorldPlan,
    each: &mut dyn FnMut(Chunk) -> Result<(), E>,
) -> Result<u64, E> {
    let all = goods(world.hs6);
    let step = (all.len() / plan.goods.clamp(1, all.len().max(1))).max(1);
    let chosen: Vec<&Good<'_>> = all.iter().step_by(step).take(plan.goods).collect();
    let count = plan.countries.min(places.len());
    let traders: Vec<Trader> = (0..count).map(|rank| Trader::new(plan.seed, rank)).collect();
    let reach = |one: usize, other: usize| {
        let near = 20_000 / (u64::from(kilometres(one, other)) / 500 + 4);
        traders[one].size * traders[other].size * near / 1000
    };
    let pairs = || (0..count).flat_map(|one| (0..count).map(move |other| (one, other))).filter(|(one, other)| one != other);
    // Pairs trade the more commodities the closer and larger they are, up to all of them.
    let goods_of = |weight: u64, scale: u64| scaled(weight, scale, 1 << 20).clamp(1, chosen.len() as u64);
    let target = (plan.rows / 2).max(1);
    let (mut low, mut high) = (0_u64, 1 << 44);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        let sum: u64 = pairs().map(|(one, other)| goods_of(reach(one, other), middle)).sum();
        if sum < target { low = middle } else { high = middle }
    }
    let mut rows = 0;
    for exporter in 0..count {
        let mut chunk = Chunk { csv: Vec::new(), rows: 0, truth: Vec::new() };
        for importer in (0..count).filter(|importer| *importer != exporter) {
            let many = goods_of(reach(exporter, importer), high);
            let mut choice = Stream::new(plan.seed, [PAIR, exporter as u64, importer as u64]);
            let mut left = many;
            for (index, good) in chosen.iter().enumerate() {
                if choice.below((chosen.len() - index) as u64) >= left {
                    continue;
                }
                left -= 1;
                let names = [FLOW + plan.seed, (exporter * count + importer) as u64, index as u64];
                let mut stream = Stream::new(mixed(plan.seed), names);
                let flow = Side { places, edition, plan, good, traders: &traders };
                flow.report(
                    exporter,
                    importer,
                    kilometres(exporter, importer),
                    reach(exporter, importer),
                    &mut stream,
                    &mut chunk,
                );
            }
        }
        rows += chunk.rows;
        each(chunk)?;
    }
    Ok(rows)
}

struct Side<'a> {
    places: &'a [Place<'a>],
    edition: &'a str,
    plan: &'a WorldPlan,
    good: &'a Good<'a>,
    traders: &'a [Trader],
}

impl Side<'_> {
    fn report(&self, exporter: usize, importer: usize, kilometres: u32, reach: u64, stream: &mut Stream, chunk: &mut Chunk) {
        let value = scaled(reach * 20_000 + 100_000, stream.log_normal(180).max(1), ONE).max(1_000);
        let mass = scaled(value, 10_000, self.good.price).max(1_000);
        let seen = |value: u64, sigma: i64, stream: &mut Stream| scaled(value, stream.log_normal(sigma).max(1), ONE).max(1);
        let (from, to) = (&self.traders[exporter], &self.traders[importer]);
        let way = 14 + u64::from(kilometres) / 110;
        let margin = match self.good.price {
            0..1_000 => way * 18 / 10,
            1_000..5_000 => way * 12 / 10,
            5_000..20_000 => way * 7 / 10,
            _ => way * 35 / 100,
        };
        let export = seen(value, from.export_sigma, stream);
        let import = seen(value * (1000 + margin.min(200)) / 1000, to.import_sigma, stream);
        let (is_exported, is_imported) = (!stream.per_mille(from.silent), !stream.per_mille(to.silent));
        for (is_import, is_there, reporter, partner, value) in
            [(false, is_exported, exporter, importer, export), (true, is_imported, importer, exporter, import)]
        {
            if is_there {
                let mass = seen(mass, 3, stream);
                let (reporter, partner) = (&self.places[reporter], &self.places[partner]);
                let (year, edition, hs6) = (self.plan.year, self.edition, &self.good.code[..6]);
                Yearly { year, edition, reporter, partner, is_import, hs6, value, mass }.write(&mut chunk.csv);
                chunk.rows += 1;
            }
        }
        let cents = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        chunk.truth.push(TrueFlow {
            exporter: self.places[exporter].code.into(),
            importer: self.places[importer].code.into(),
            hs6: self.good.code[..6].into(),
            value: cents(value),
            export: is_exported.then(|| cents(export)),
            import: is_imported.then(|| cents(import)),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::with_world;
    use super::*;

    #[test]
    fn rows_are_about_as_many_as_asked_for_and_always_the_same() {
        let places: Vec<Place<'_>> = [("CN", "156"), ("DE", "276"), ("TR", "792"), ("GE", "268"), ("BR", "76")]
            .iter()
            .map(|(code, area)| Place { code, alpha3: "XXX", area, kilometres: 0 })
            .collect();
        let plan = WorldPlan { countries: 5, goods: 400, rows: 6_000, year: 2024, seed: 3 };
        let make = || {
            let mut all = Vec::new();
            let mut flows = 0;
            let rows = with_world(|world| {
                world_trade(world, &places, "H6", &|one, other| 900 * one.abs_diff(other) as u32, &plan, &mut |chunk: Chunk| {
                    all.extend(chunk.csv);
                    flows += chunk.truth.len();
                    Ok::<(), ()>(())
                })
            });
            (rows.expect("nothing fails"), flows, all)
        };
        let (rows, flows, bytes) = make();
        assert!((5_500..=6_500).contains(&rows), "{rows}");
        assert!(flows * 2 >= rows as usize);
        assert_eq!(bytes.iter().filter(|byte| **byte == b'\n').count() as u64, rows);
        assert!(bytes.split(|b| *b == b'\n').filter(|l| !l.is_empty()).all(|l| l.iter().filter(|b| **b == b',').count() == 46));
        assert_eq!(bytes, make().2);
    }
}
