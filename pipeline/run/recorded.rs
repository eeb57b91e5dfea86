//! Items by the month that they are recorded in.
//!
//! A batch is counted as it is read in, so that a run finds its months without opening it. Which date
//! decides is for the profile to say when figures are compiled: what was counted by other dates is counted
//! anew, from the items.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, Date32Array, DictionaryArray, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{Date32Type, Decimal128Type, Int32Type};
use futures::StreamExt;
use tradestat_core::schema::Record;

use super::{Job, MonthOfDay, cents, day, money, month_of};
use crate::error::{Error, Result};
use crate::store::manifest::{BatchManifest, MonthCount, RelationFile};

/// What a count of items is made of, beside the dates.
const COUNTED: [&str; 3] = ["hs6", "customs_office", "statistical_value"];

impl Job<'_> {
    /// Batches that count, their months by the recording date of the profile.
    pub async fn batches(&self) -> Result<Vec<BatchManifest>> {
        self.by_recording_date(self.store.batches().await?).await
    }

    /// Every batch ever committed, withdrawn ones too, its months by the recording date of the profile.
    pub async fn all_batches(&self) -> Result<Vec<BatchManifest>> {
        self.by_recording_date(self.store.all_batches().await?).await
    }

    async fn by_recording_date(&self, mut batches: Vec<BatchManifest>) -> Result<Vec<BatchManifest>> {
        let dates = self.profile.recording_dates();
        for batch in batches.iter_mut().filter(|batch| batch.recording_dates != dates && !batch.months.is_empty()) {
            let known = self.recounted().get(&batch.id).cloned();
            let counted = match known {
                Some(counted) => counted,
                None => self.recount(batch, dates).await?,
            };
            self.recounted().insert(batch.id.clone(), counted.clone());
            batch.months = counted;
        }
        Ok(batches)
    }

    async fn recount(&self, batch: &BatchManifest, dates: &[&str]) -> Result<BTreeMap<String, MonthCount>> {
        let doing = || Error::engine(format!("counting the items of {} by month", batch.source));
        let files: Vec<&RelationFile> = batch.files.iter().filter(|file| file.relation == "item").collect();
        let items = self.session()?.read_table(self.store.table(&Record::Item.schema(), &files)?).map_err(doing())?;
        let columns: Vec<&str> = dates.iter().copied().chain(COUNTED).collect();
        let mut rows = items.select_columns(&columns).map_err(doing())?.execute_stream().await.map_err(doing())?;
        let mut counted = BTreeMap::new();
        while let Some(rows) = rows.next().await {
            add_months(&mut counted, months(&rows.map_err(doing())?, dates));
        }
        Ok(counted)
    }
}

/// Adds the counts of further items.
pub fn add_months(sums: &mut BTreeMap<String, MonthCount>, more: BTreeMap<String, MonthCount>) {
    for (month, count) in more {
        let sum = sums.entry(month).or_insert_with(|| MonthCount { value: Some(money(0)), ..MonthCount::default() });
        sum.items += count.items;
        sum.value = sum.value.as_deref().zip(count.value.as_deref()).map(|(sum, more)| money(cents(sum) + cents(more)));
        for (sums, counts) in
            [(&mut sum.chapters, count.chapters), (&mut sum.offices, count.offices), (&mut sum.days, count.days)]
        {
            for (name, number) in counts {
                *sums.entry(name).or_default() += number;
            }
        }
    }
}

/// Items by recording month, and in it by chapter, office and day; `dates` are those that say the
/// month, the best first.
pub fn months(items: &RecordBatch, dates: &[&str]) -> BTreeMap<String, MonthCount> {
    let date = |name: &&str| items.column_by_name(name).expect("an item field").as_primitive::<Date32Type>();
    let dates: Vec<&Date32Array> = dates.iter().map(date).collect();
    let code = |name: &str| items.column_by_name(name).expect("an item field").as_dictionary::<Int32Type>();
    let (hs6, offices) = (code("hs6"), code("customs_office"));
    let values = items.column_by_name("statistical_value").expect("an item field").as_primitive::<Decimal128Type>();
    struct Tally {
        items: u64,
        value: i128,
        chapters: Vec<u64>,
        offices: Vec<u64>,
        days: BTreeMap<i32, u64>,
    }
    let mut tallies: Vec<(i32, Tally)> = Vec::new();
    let mut month = MonthOfDay::default();
    let place = |column: &DictionaryArray<Int32Type>, row: usize| match column.keys().is_null(row) {
        true => column.values().len(),
        false => column.keys().value(row) as usize,
    };
    for row in 0..items.num_rows() {
        let recorded = dates.iter().find(|d| d.is_valid(row)).map(|d| d.value(row)).expect("every item has a day of receipt");
        let first = month.first_day(recorded);
        let at = tallies.iter().position(|(known, _)| *known == first).unwrap_or_else(|| {
            let empty = Tally {
                items: 0,
                value: 0,
                chapters: vec![0; hs6.values().len() + 1],
                offices: vec![0; offices.values().len() + 1],
                days: BTreeMap::new(),
            };
            tallies.push((first, empty));
            tallies.len() - 1
        });
        let tally = &mut tallies[at].1;
        tally.items += 1;
        tally.value += if values.is_valid(row) { values.value(row) } else { 0 };
        tally.chapters[place(hs6, row)] += 1;
        tally.offices[place(offices, row)] += 1;
        *tally.days.entry(recorded).or_default() += 1;
    }
    let texts = |column: &DictionaryArray<Int32Type>| column.values().as_string::<i32>().clone();
    let (hs6_texts, office_texts) = (texts(hs6), texts(offices));
    let named = |counts: &[u64], texts: &StringArray, cut: usize| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (i, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let text = if i < texts.len() { texts.value(i) } else { "" };
            *sums.entry(text.chars().take(cut).collect()).or_default() += count;
        }
        sums
    };
    let finish = |(first, tally): (i32, Tally)| {
        let count = MonthCount {
            items: tally.items,
            value: Some(money(tally.value)),
            chapters: named(&tally.chapters, &hs6_texts, 2),
            offices: named(&tally.offices, &office_texts, 40),
            days: tally.days.into_iter().map(|(number, count)| (day(number).to_string(), count)).collect(),
        };
        (month_of(first), count)
    };
    tallies.into_iter().map(finish).collect()
}
