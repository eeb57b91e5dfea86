//! How a country keeps its books: habits that last, drawn once a country or commodity.

use crate::synthetic::chance::Stream;
use crate::synthetic::goods::Good;

/// Months between the record at the one end and at the other, at most.
pub const LONGEST_LAG: u32 = 2;

/// Farther than this, goods travel for weeks.
const FAR: u32 = 3500;

const UNION: &[&str] = &["DE", "FR", "IT", "NL"];

// Names of the streams of chance.
const COUNTRY: u64 = 41;
const COMMODITY: u64 = 42;
/// First name of the streams that decide about a single cell of a book.
pub const CELL: u64 = 43;

/// What a country does to all its figures.
#[derive(Clone, Copy, Debug)]
pub struct Habit {
    /// Months that goods are under way.
    pub lag: u64,
    /// Exports that change hands in a third country are recorded as exports to it.
    pub stops_at_hub: bool,
    /// Shipments below so many US cents, and a ton, are not in the detail ...
    pub threshold: i64,
    /// ... but may be in the total.
    pub threshold_is_in_total: bool,
    /// Spread of what nobody can explain, in hundredths.
    pub noise: i64,
    kilometres: u32,
}

/// A letter pair as a name for a stream.
pub fn named(code: &str) -> u64 {
    code.bytes().fold(0, |name, byte| name * 256 + u64::from(byte))
}

impl Habit {
    /// The habits of the country with this code, the same in every month; `kilometres` is the way there.
    pub fn new(seed: u64, code: &str, kilometres: u32) -> Self {
        let mut stream = Stream::new(seed, [COUNTRY, named(code), 0]);
        let lag = if kilometres > FAR {
            stream.weighted(&[(0, 200), (1, 450), (2, 350)])
        } else {
            stream.weighted(&[(0, 650), (1, 350)])
        };
        Habit {
            lag,
            stops_at_hub: stream.per_mille(650),
            // The rules of the European Union leave out what is below a thousand euro and a ton.
            threshold: if UNION.contains(&code) { 100_000 } else { 0 },
            threshold_is_in_total: stream.one_in(2),
            noise: i64::try_from(stream.between(1, 4)).unwrap_or(1),
            kilometres,
        }
    }

    /// Freight and insurance, per mille of the value at the exporter's border: more over
    /// longer ways and for goods that cost little a kilogram.
    pub fn margin(&self, good: &Good<'_>) -> i64 {
        let way = 14 + i64::from(self.kilometres) / 110;
        let margin = match good.price {
            0..1_000 => way * 18 / 10,
            1_000..5_000 => way * 12 / 10,
            5_000..20_000 => way * 7 / 10,
            _ => way * 35 / 100,
        };
        margin.min(200)
    }
}

/// What a country does to one commodity of one flow, month after month; at most one thing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Treatment {
    Plain,
    /// So many per mille are recorded under another subheading of the heading.
    Misclassified {
        share: i64,
    },
    /// Under the partner code for special categories.
    HiddenPartner,
    /// Under the commodity code for what is not specified.
    HiddenCommodity,
    /// The importer's declared value lacks so many per mille of the true one.
    UnderInvoiced {
        share: i64,
    },
}

impl Treatment {
    /// What the country does to the subheading `hs6` (its digits as a number) in this flow, the same in every month.
    pub fn new(seed: u64, country: &str, is_import: bool, hs6: u64) -> Self {
        let mut stream = Stream::new(seed, [COMMODITY, named(country) * 2 + u64::from(is_import), hs6]);
        match stream.below(1000) {
            0..45 => Treatment::Misclassified { share: stream.weighted(&[(1000, 600), (500, 400)]) },
            45..60 => Treatment::HiddenPartner,
            60..75 => Treatment::HiddenCommodity,
            // Duties are paid on imports, so that is where values are too low.
            75..115 if is_import => Treatment::UnderInvoiced { share: i64::try_from(stream.between(300, 600)).unwrap_or(300) },
            _ => Treatment::Plain,
        }
    }
}
