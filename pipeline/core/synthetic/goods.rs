//! Goods: what a kilogram of each costs, and what a piece of it weighs.
//!
//! Figures are typical magnitudes for each chapter, and for some headings what the
//! press reported for Azerbaijan. A subheading departs from its chapter by a fixed
//! factor of its own. They make data look right and say nothing about real trade.

use super::chance::{ONE, mixed, power_of_two};

/// Typical magnitudes of a chapter.
#[derive(Clone, Copy)]
pub struct Chapter {
    number: u8,
    /// Thousandths of a USD for a kilogram.
    price: u64,
    /// Grams of a piece or pair.
    piece: u64,
    /// Spread of unit values between lines, in hundredths.
    sigma: i64,
    pub noun: &'static str,
}

const fn chapter(number: u8, price: u64, piece: u64, sigma: i64, noun: &'static str) -> Chapter {
    Chapter { number, price, piece, sigma, noun }
}

const CHAPTERS: [Chapter; 96] = [
    chapter(1, 2_500, 90_000, 50, "live animals"),
    chapter(2, 2_600, 1_000, 50, "meat"),
    chapter(3, 3_200, 1_000, 50, "fish"),
    chapter(4, 3_900, 1_000, 50, "dairy produce"),
    chapter(5, 2_000, 1_000, 50, "animal products"),
    chapter(6, 2_200, 800, 50, "plants"),
    chapter(7, 700, 1_000, 50, "vegetables"),
    chapter(8, 1_300, 1_000, 50, "fruit and nuts"),
    chapter(9, 4_200, 1_000, 50, "tea and coffee"),
    chapter(10, 280, 1_000, 50, "cereals"),
    chapter(11, 420, 1_000, 50, "milling products"),
    chapter(12, 1_100, 1_000, 50, "seeds"),
    chapter(13, 7_000, 1_000, 50, "gums and extracts"),
    chapter(14, 900, 1_000, 50, "plaiting materials"),
    chapter(15, 1_250, 1_000, 50, "oils and fats"),
    chapter(16, 4_000, 1_000, 50, "prepared meat and fish"),
    chapter(17, 900, 1_000, 50, "sugar"),
    chapter(18, 4_600, 1_000, 50, "cocoa preparations"),
    chapter(19, 2_700, 1_000, 50, "bakery products"),
    chapter(20, 1_400, 1_000, 50, "preserved fruit"),
    chapter(21, 4_200, 1_000, 50, "food preparations"),
    chapter(22, 1_700, 1_000, 50, "beverages"),
    chapter(23, 480, 1_000, 50, "animal feed"),
    chapter(24, 9_500, 1_000, 50, "tobacco"),
    chapter(25, 110, 1_000, 50, "earths and stone"),
    chapter(26, 350, 1_000, 50, "ores"),
    chapter(27, 680, 1_000, 40, "mineral oils"),
    chapter(28, 700, 1_000, 60, "inorganic chemicals"),
    chapter(29, 1_600, 1_000, 70, "organic chemicals"),
    chapter(30, 22_700, 1_000, 90, "medicaments"),
    chapter(31, 340, 1_000, 50, "fertilisers"),
    chapter(32, 3_100, 1_000, 60, "paints"),
    chapter(33, 8_400, 1_000, 80, "cosmetics"),
    chapter(34, 1_900, 1_000, 50, "detergents"),
    chapter(35, 3_000, 1_000, 50, "glues"),
    chapter(36, 6_000, 1_000, 60, "explosives"),
    chapter(37, 9_000, 400, 70, "film"),
    chapter(38, 2_800, 1_000, 70, "chemical products"),
    chapter(39, 2_200, 1_000, 60, "plastics"),
    chapter(40, 3_600, 9_000, 60, "rubber"),
    chapter(41, 5_200, 1_000, 60, "hides"),
    chapter(42, 9_500, 600, 80, "leather goods"),
    chapter(43, 40_000, 1_000, 80, "furskins"),
    chapter(44, 620, 4_000, 50, "wood"),
    chapter(45, 6_000, 1_000, 50, "cork"),
    chapter(46, 3_500, 1_000, 50, "basketware"),
    chapter(47, 650, 1_000, 50, "wood pulp"),
    chapter(48, 1_300, 1_000, 50, "paper"),
    chapter(49, 6_500, 1_000, 80, "printed matter"),
    chapter(50, 35_000, 1_000, 60, "silk"),
    chapter(51, 6_800, 1_000, 60, "wool"),
    chapter(52, 3_400, 1_000, 50, "cotton"),
    chapter(53, 2_600, 1_000, 50, "vegetable fibres"),
    chapter(54, 3_100, 1_000, 50, "filaments"),
    chapter(55, 2_500, 1_000, 50, "staple fibres"),
    chapter(56, 3_400, 1_000, 60, "wadding and felt"),
    chapter(57, 4_300, 1_000, 60, "carpets"),
    chapter(58, 8_500, 1_000, 60, "special fabrics"),
    chapter(59, 5_200, 1_000, 60, "coated fabrics"),
    chapter(60, 5_000, 1_000, 50, "knitted fabrics"),
    chapter(61, 13_000, 250, 80, "knitted clothing"),
    chapter(62, 15_000, 400, 80, "clothing"),
    chapter(63, 4_800, 700, 70, "textile articles"),
    chapter(64, 11_000, 850, 70, "footwear"),
    chapter(65, 12_000, 150, 70, "headgear"),
    chapter(66, 5_500, 400, 60, "umbrellas"),
    chapter(67, 7_000, 500, 60, "artificial flowers"),
    chapter(68, 600, 1_000, 60, "stone articles"),
    chapter(69, 650, 5_000, 60, "ceramics"),
    chapter(70, 950, 1_000, 60, "glass"),
    chapter(71, 900_000, 1_000, 90, "precious metals"),
    chapter(72, 720, 1_000, 40, "iron and steel"),
    chapter(73, 2_100, 6_000, 70, "steel articles"),
    chapter(74, 9_200, 1_000, 40, "copper"),
    chapter(75, 21_000, 1_000, 40, "nickel"),
    chapter(76, 3_300, 1_000, 50, "aluminium"),
    chapter(78, 2_300, 1_000, 40, "lead"),
    chapter(79, 2_900, 1_000, 40, "zinc"),
    chapter(80, 27_000, 1_000, 40, "tin"),
    chapter(81, 30_000, 1_000, 70, "other base metals"),
    chapter(82, 9_000, 500, 80, "tools"),
    chapter(83, 4_600, 1_000, 70, "metal articles"),
    chapter(84, 13_000, 60_000, 100, "machinery"),
    chapter(85, 18_000, 3_000, 100, "electrical equipment"),
    chapter(86, 5_500, 9_000_000, 80, "railway equipment"),
    chapter(87, 8_500, 900_000, 60, "vehicles and parts"),
    chapter(88, 420_000, 2_000_000, 100, "aircraft parts"),
    chapter(89, 7_500, 4_000_000, 90, "vessels"),
    chapter(90, 48_000, 2_500, 100, "instruments"),
    chapter(91, 60_000, 120, 90, "watches"),
    chapter(92, 18_000, 4_000, 80, "musical instruments"),
    chapter(93, 40_000, 3_000, 80, "arms"),
    chapter(94, 3_900, 14_000, 80, "furniture"),
    chapter(95, 6_200, 1_500, 80, "toys"),
    chapter(96, 5_200, 100, 80, "miscellaneous articles"),
    chapter(97, 90_000, 5_000, 100, "works of art"),
];

/// Price (thousandths of a USD a kilogram), grams a piece and spread of some headings.
const HEADINGS: &[(&str, u64, u64, i64)] = &[
    ("0405", 4_900, 1_000, 30),
    ("0702", 1_050, 1_000, 30),
    ("080222", 6_200, 1_000, 30),
    ("081070", 700, 1_000, 30),
    ("0902", 6_090, 1_000, 40),
    ("1001", 254, 1_000, 20),
    ("1006", 690, 1_000, 30),
    ("1701", 640, 1_000, 25),
    ("2402", 16_000, 1_000, 40),
    ("252310", 57, 1_000, 15),
    ("2709", 615, 1_000, 8),
    ("2710", 760, 1_000, 20),
    ("271121", 460, 1_000, 15),
    ("2905", 420, 1_000, 50),
    ("3004", 22_700, 1_000, 70),
    ("3102", 330, 1_000, 30),
    ("3901", 1_150, 1_000, 25),
    ("3902", 1_100, 1_000, 25),
    ("4407", 420, 1_000, 40),
    ("5201", 1_750, 1_000, 20),
    ("7108", 66_000_000, 1_000, 8),
    ("7214", 620, 1_000, 30),
    ("7601", 2_450, 1_000, 20),
    ("8471", 62_000, 2_200, 80),
    ("8517", 170_000, 350, 90),
    ("8703", 12_900, 1_500_000, 45),
];

/// How many of a good are counted, and what one of them weighs.
#[derive(Clone)]
pub struct Unit<'a> {
    pub name: &'a str,
    pub milligrams: u64,
    /// Whether a part of one cannot be traded.
    pub is_whole: bool,
}

/// What is drawn of a commodity: its price, how far prices spread (in hundredths of a logarithm), and its unit.
#[derive(Clone)]
pub struct Good<'a> {
    /// As declared: ten digits, zeros after the subheading, because no list of
    /// Azerbaijan's national digits is public.
    pub code: String,
    pub noun: &'static str,
    /// Thousandths of a USD for a kilogram.
    pub price: u64,
    pub sigma: i64,
    pub unit: Option<Unit<'a>>,
}

/// The goods of the nomenclature, in its order. Electricity is left out, having no mass.
pub fn goods<'a>(hs6: &[(&'a str, &'a str)]) -> Vec<Good<'a>> {
    hs6.iter().filter_map(|&(code, unit)| good(code, unit)).collect()
}

fn good<'a>(code: &'a str, unit: &'a str) -> Option<Good<'a>> {
    if code.len() < 6 || code.len() > 10 || !code.bytes().all(|byte| byte.is_ascii_digit()) || code.starts_with("2716") {
        return None;
    }
    let number: u8 = code[..2].parse().ok()?;
    let chapter = &CHAPTERS[CHAPTERS.binary_search_by_key(&number, |chapter| chapter.number).ok()?];
    let digits: u64 = code[..6].parse().ok()?;
    let known = HEADINGS.iter().rev().find(|heading| code.starts_with(heading.0));
    // Subheadings differ from their chapter by up to a factor of about three.
    let own = |salt: u64| power_of_two(i64::try_from(mixed(digits * 8 + salt) % 769).unwrap_or(0) - 384);
    let (price, piece, sigma) = match known {
        Some(&(_, price, piece, sigma)) => (price, piece, sigma),
        None => (chapter.price * own(1) / ONE, chapter.piece * own(2) / ONE, chapter.sigma),
    };
    Some(Good {
        code: format!("{code:0<10}"),
        noun: chapter.noun,
        price: price.max(1),
        sigma,
        unit: counted(unit, number, piece.max(1)),
    })
}

/// The weight of one unit; none where the unit is the kilogram or there is none.
fn counted(name: &str, chapter: u8, piece: u64) -> Option<Unit<'_>> {
    let (grams_by_thousand, is_whole) = match name {
        "" | "kg" | "n/a" | "-" => return None,
        "u" | "2u" | "12u" | "pa" | "packs" | "U (jeu/pack)" => (piece * 1000, true),
        "1000u" => (1_000_000, false),
        "carat" => (200, false),
        "l" => (990_000, false),
        "m" => (60_000, false),
        "m2" | "m²" => (
            match chapter {
                44 => 7_500_000,
                57 => 2_200_000,
                69 => 17_000_000,
                70 => 11_000_000,
                _ => 300_000,
            },
            false,
        ),
        "m3" | "m³" => (if chapter == 44 { 600_000_000 } else { 750_000 }, false),
        _ => (1_000_000, false),
    };
    Some(Unit { name, milligrams: grams_by_thousand, is_whole })
}
