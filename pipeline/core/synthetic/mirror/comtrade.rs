//! A book in the layout of 47 columns: rows of subheadings, and the total by partner.

use std::collections::BTreeMap;

use super::ledger::{BEYOND_DETAIL, Cell, Key, Other};
use super::{Book, Place, Surroundings};
use crate::synthetic::calendar::Month;
use crate::synthetic::declaration::Setting;
use crate::synthetic::line::fixed;

/// Columns of a file of UN Comtrade, in its order.
pub const COLUMNS: [&str; 47] = [
    "typeCode",
    "freqCode",
    "refPeriodId",
    "refYear",
    "refMonth",
    "period",
    "reporterCode",
    "reporterISO",
    "reporterDesc",
    "flowCode",
    "flowDesc",
    "partnerCode",
    "partnerISO",
    "partnerDesc",
    "partner2Code",
    "partner2ISO",
    "partner2Desc",
    "classificationCode",
    "classificationSearchCode",
    "isOriginalClassification",
    "cmdCode",
    "cmdDesc",
    "aggrLevel",
    "isLeaf",
    "customsCode",
    "customsDesc",
    "mosCode",
    "motCode",
    "motDesc",
    "qtyUnitCode",
    "qtyUnitAbbr",
    "qty",
    "isQtyEstimated",
    "altQtyUnitCode",
    "altQtyUnitAbbr",
    "altQty",
    "isAltQtyEstimated",
    "netWgt",
    "isNetWgtEstimated",
    "grossWgt",
    "isGrossWgtEstimated",
    "cifvalue",
    "fobvalue",
    "primaryValue",
    "legacyEstimationFlag",
    "isReported",
    "isAggregate",
];

/// A yearly record of one subheading.
pub struct Yearly<'a> {
    pub year: u32,
    /// Edition of the Harmonized System, as the source codes it.
    pub edition: &'a str,
    pub reporter: &'a Place<'a>,
    pub partner: &'a Place<'a>,
    pub is_import: bool,
    pub hs6: &'a str,
    /// In US cents.
    pub value: u64,
    /// In grams.
    pub mass: u64,
}

impl Yearly<'_> {
    /// Adds the record as a row.
    pub fn write(&self, csv: &mut Vec<u8>) {
        let Yearly { year, edition, reporter, partner, is_import, hs6, value, mass } = *self;
        let (flow, name) = if is_import { ("M", "Import") } else { ("X", "Export") };
        let number = |csv: &mut Vec<u8>, number: u64, decimals| fixed(csv, i64::try_from(number).unwrap_or(i64::MAX), decimals);
        let start = format!(
            "C,A,{year}0101,{year},52,{year},{},{},{},{flow},{name},{},{},,0,W00,World,{edition},HS,True,{hs6},Synthetic,6,True,C00,\
             TOTAL CPC,0,0,TOTAL MOT,-1,N/A,,False,-1,N/A,,False,",
            reporter.area, reporter.alpha3, reporter.alpha3, partner.area, partner.alpha3
        );
        csv.extend(start.bytes());
        number(csv, mass, 3);
        csv.extend(b",False,,False,");
        if is_import {
            number(csv, value, 2);
        }
        csv.push(b',');
        if !is_import {
            number(csv, value, 2);
        }
        csv.push(b',');
        number(csv, value, 2);
        csv.extend(b",0,True,False\n");
    }
}

/// The book of one country from its cells, in their order.
pub fn book(setting: &Setting<'_>, around: &Surroundings<'_>, reporter: &Place<'_>, cells: &[(Key, Cell)]) -> Book {
    let mut book = Writer { setting, around, reporter, csv: COLUMNS.join(",").into_bytes(), rows: 0 };
    book.csv.push(b'\n');
    let mut totals: BTreeMap<Key, Cell> = BTreeMap::new();
    for (key, cell) in cells {
        if key.code != BEYOND_DETAIL {
            book.row(key, cell, std::str::from_utf8(&key.code).unwrap_or_default());
        }
        let total = totals.entry(Key { code: *b"000000", ..*key }).or_default();
        total.add(cell.value, cell.mass, None, None);
    }
    for (key, cell) in &totals {
        book.row(key, cell, "TOTAL");
    }
    Book { country: reporter.code.into(), csv: book.csv, rows: book.rows }
}

struct Writer<'a> {
    setting: &'a Setting<'a>,
    around: &'a Surroundings<'a>,
    reporter: &'a Place<'a>,
    csv: Vec<u8>,
    rows: u64,
}

impl Writer<'_> {
    fn row(&mut self, key: &Key, cell: &Cell, commodity: &str) {
        let month = Month::of(0, 1).after(key.month);
        let (year, number) = (month.year(), month.calendar_month());
        let (flow, flow_name) = match (key.is_import, key.is_reexport) {
            (true, _) => ("M", "Import"),
            (false, false) => ("X", "Export"),
            (false, true) => ("RX", "Re-export"),
        };
        let (area, alpha3) = match key.other {
            Other::Own => (self.around.own.area, self.around.own.alpha3),
            Other::Place(place) => (self.around.places[place].area, self.around.places[place].alpha3),
            Other::Hidden => ("839", "_X"),
        };
        let (level, is_leaf) = if commodity == "TOTAL" { (0, "False") } else { (6, "True") };
        let text = format!(
            "C,M,{year}{number:02}01,{year},{number},{year}{number:02},{},{},{},{flow},{flow_name},{area},{alpha3},,0,W00,World,\
             {},HS,True,{commodity},Synthetic,{level},{is_leaf},C00,TOTAL CPC,0,0,TOTAL MOT,",
            self.reporter.area, self.reporter.alpha3, self.reporter.alpha3, self.around.edition
        );
        self.csv.extend(text.bytes());
        let unit = cell.good.and_then(|good| self.unit(good));
        match (unit, cell.quantity) {
            (Some((code, name)), Some(quantity)) => {
                self.csv.extend(format!("{code},{name},").bytes());
                fixed(&mut self.csv, quantity, 3);
                self.csv.extend(b",False,-1,N/A,,False,");
            }
            _ => self.csv.extend(b"-1,N/A,,False,-1,N/A,,False,"),
        }
        if level == 6 {
            fixed(&mut self.csv, cell.mass, 3);
        }
        self.csv.extend(b",False,,False,");
        if key.is_import {
            fixed(&mut self.csv, cell.value, 2);
        }
        self.csv.push(b',');
        if !key.is_import {
            fixed(&mut self.csv, cell.value, 2);
        }
        self.csv.push(b',');
        fixed(&mut self.csv, cell.value, 2);
        self.csv.extend(if level == 0 { &b",0,False,True\n"[..] } else { b",0,True,False\n" });
        self.rows += 1;
    }

    /// Code and name of the unit of a good.
    fn unit(&self, good: u16) -> Option<(&str, &str)> {
        let unit = self.setting.goods[usize::from(good)].unit.as_ref()?;
        self.around.units.iter().find(|known| known.0 == unit.name).map(|known| (known.1, known.0))
    }
}
