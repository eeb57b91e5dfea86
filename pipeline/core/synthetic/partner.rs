//! Partner countries: how much of the imports each has, and how its goods travel.

use super::Country;
use super::chance::{Stream, Table};

/// Shares of imports in ten-thousandths, leading partners first.
const LEADING: &[(&str, u64)] = &[
    ("CN", 1700),
    ("RU", 1600),
    ("TR", 1450),
    ("DE", 560),
    ("US", 380),
    ("IT", 350),
    ("IR", 300),
    ("KZ", 280),
    ("JP", 250),
    ("KR", 230),
    ("IN", 220),
    ("GE", 220),
    ("GB", 200),
    ("FR", 180),
    ("TM", 150),
    ("BY", 140),
    ("PL", 130),
    ("UA", 120),
    ("BR", 120),
    ("NL", 120),
    ("UZ", 120),
    ("ES", 100),
    ("CH", 100),
    ("CZ", 80),
    ("BE", 80),
    ("AT", 70),
    ("SE", 60),
    ("IL", 60),
    ("AE", 60),
    ("VN", 60),
    ("TH", 50),
    ("MY", 50),
    ("ID", 50),
    ("HU", 45),
    ("RO", 45),
    ("BG", 40),
    ("FI", 40),
    ("SK", 40),
    ("EG", 40),
    ("PK", 35),
    ("LT", 35),
    ("GR", 35),
    ("LV", 30),
    ("CA", 30),
    ("EC", 30),
    ("LK", 30),
    ("SA", 28),
    ("NO", 28),
    ("DK", 28),
    ("PT", 25),
    ("IE", 25),
    ("SI", 25),
    ("HR", 22),
    ("SG", 22),
    ("TW", 22),
    ("MX", 22),
    ("AR", 20),
    ("ZA", 20),
    ("AU", 20),
    ("RS", 18),
    ("EE", 18),
    ("KG", 18),
    ("MD", 15),
    ("TJ", 12),
    ("MA", 12),
    ("BD", 12),
    ("PH", 12),
    ("NZ", 12),
    ("CL", 12),
    ("IQ", 10),
    ("KW", 10),
    ("QA", 10),
    ("JO", 10),
    ("LB", 10),
    ("TN", 10),
    ("CY", 9),
    ("LU", 9),
    ("MT", 6),
    ("BA", 6),
    ("MK", 6),
    ("AL", 5),
    ("ME", 4),
    ("IS", 4),
    ("AF", 4),
];

/// Partners with an occasional consignment each.
const OCCASIONAL: &[&str] = &[
    "HK", "KE", "GH", "CI", "NG", "ET", "UG", "TZ", "ZM", "ZW", "MZ", "MG", "MU", "SC", "SN", "CM", "GA", "CG", "CD", "AO", "NA",
    "BW", "MW", "RW", "ML", "BF", "TG", "BJ", "GN", "SL", "LR", "MR", "DZ", "LY", "SD", "SY", "YE", "OM", "BH", "NP", "MM", "KH",
    "LA", "MN", "BN", "MO", "FJ", "PG", "PE", "CO", "VE", "BO", "PY", "UY", "GY", "SR", "CR", "PA", "GT", "HN", "SV", "NI", "DO",
    "CU", "JM", "TT", "BS", "BB", "HT", "BZ", "PR", "LI", "MC", "SM", "AD", "FO", "GI", "XK", "MV", "BT", "GL", "GE", "NC", "PF",
];
const OCCASIONAL_SHARE: u64 = 2;

/// Where goods change hands on their way: they are consigned from here and made elsewhere.
const HUBS: &[&str] = &["TR", "GE", "AE", "DE", "NL", "RU", "PL", "LT"];

const NEAR: &[&str] = &["RU", "GE", "TR", "IR", "UA", "KZ", "BY", "UZ", "TM", "KG", "TJ", "MD", "IQ"];

const EURO: &[&str] =
    &["DE", "IT", "FR", "NL", "ES", "BE", "AT", "FI", "SK", "LT", "LV", "GR", "PT", "IE", "SI", "HR", "EE", "CY", "LU", "MT"];

/// One partner, known by its place in [`Partners::all`].
pub type PartnerIndex = u16;

/// A country with its share of the trade, relative to the shares of the others.
pub struct Partner<'a> {
    pub country: &'a Country<'a>,
    pub share: u64,
    pub is_near: bool,
    /// Currencies of its invoices, with per-mille weights; the rest is in USD.
    pub currencies: &'static [(&'static str, u64)],
}

/// The countries that are traded with, and those among them that some draws are confined to.
pub struct Partners<'a> {
    pub all: Vec<Partner<'a>>,
    by_share: Table,
    hubs: Vec<PartnerIndex>,
    landlocked: Vec<PartnerIndex>,
}

impl<'a> Partners<'a> {
    /// The partners that the given country list knows, leading ones first.
    pub fn new(countries: &'a [Country<'a>]) -> Self {
        let occasional = OCCASIONAL.iter().map(|&code| (code, OCCASIONAL_SHARE));
        let mut all: Vec<Partner<'a>> = Vec::new();
        for (code, share) in LEADING.iter().copied().chain(occasional) {
            let known = countries.iter().find(|country| country.code == code);
            let is_new = all.iter().all(|partner| partner.country.code != code);
            if let (Some(country), true) = (known, is_new) {
                let (is_near, currencies) = (NEAR.contains(&code), currencies_of(code));
                all.push(Partner { country, share, is_near, currencies });
            }
        }
        let where_ = |holds: &dyn Fn(&Partner<'a>) -> bool| -> Vec<PartnerIndex> {
            (0..).zip(&all).filter(|(_, partner)| holds(partner)).map(|(index, _)| index).collect()
        };
        let hubs = where_(&|partner| HUBS.contains(&partner.country.code));
        let landlocked = where_(&|partner| partner.country.has_no_sea);
        let by_share = Table::new(all.iter().map(|partner| partner.share));
        Partners { all, by_share, hubs, landlocked }
    }

    /// The partner of this place.
    ///
    /// # Panics
    /// When there are fewer partners.
    pub fn at(&self, index: PartnerIndex) -> &Partner<'a> {
        &self.all[usize::from(index)]
    }

    /// The partner with this code of two letters; none where the country list lacked it.
    pub fn find(&self, code: &str) -> Option<PartnerIndex> {
        (0..).zip(&self.all).find(|(_, partner)| partner.country.code == code).map(|(index, _)| index)
    }

    /// A partner by its share of the trade.
    pub fn draw(&self, stream: &mut Stream) -> PartnerIndex {
        PartnerIndex::try_from(self.by_share.draw(stream)).unwrap_or(0)
    }

    /// Exports reach fewer countries than imports come from: the first hundred, of
    /// which the small ones buy a little more often than they sell.
    pub fn draw_buyer(&self, stream: &mut Stream) -> PartnerIndex {
        let buyers = self.all.len().min(100);
        let index = if stream.one_in(8) { stream.index(buyers) } else { self.by_share.draw(stream).min(buyers - 1) };
        PartnerIndex::try_from(index).unwrap_or(0)
    }

    /// Another country for goods of this origin to be consigned from.
    pub fn hub(&self, origin: PartnerIndex, stream: &mut Stream) -> PartnerIndex {
        let other: Vec<PartnerIndex> = self.hubs.iter().copied().filter(|&hub| hub != origin).collect();
        if other.is_empty() { origin } else { *stream.pick(&other) }
    }

    /// A partner without a sea, all equally likely; none where the country list has none.
    pub fn landlocked(&self, stream: &mut Stream) -> Option<PartnerIndex> {
        (!self.landlocked.is_empty()).then(|| *stream.pick(&self.landlocked))
    }

    /// How goods between the two places cross the border (box 25). Never by sea when
    /// either place has no coast.
    pub fn mode(&self, one: PartnerIndex, other: PartnerIndex, stream: &mut Stream) -> u8 {
        let (one, other) = (self.at(one), self.at(other));
        let mode = if other.is_near {
            stream.weighted(&[(3, 640), (2, 310), (4, 30), (1, 20)])
        } else {
            stream.weighted(&[(1, 420), (3, 340), (2, 90), (4, 140), (5, 10)])
        };
        let has_no_coast = one.country.has_no_sea || other.country.has_no_sea;
        if mode == 1 && has_no_coast { 3 } else { mode }
    }
}

fn currencies_of(code: &str) -> &'static [(&'static str, u64)] {
    match code {
        "RU" => &[("RUB", 380), ("EUR", 40)],
        "TR" => &[("TRY", 170), ("EUR", 180)],
        "CN" => &[("CNY", 160)],
        "GB" => &[("GBP", 450)],
        "CH" => &[("CHF", 300), ("EUR", 300)],
        "JP" => &[("JPY", 200)],
        "KR" => &[("KRW", 50)],
        "GE" => &[("GEL", 80)],
        "KZ" => &[("KZT", 60), ("RUB", 60)],
        "UZ" => &[("UZS", 20)],
        "BY" => &[("RUB", 300)],
        _ if EURO.contains(&code) => &[("EUR", 780)],
        _ => &[("EUR", 120), ("AZN", 12)],
    }
}
