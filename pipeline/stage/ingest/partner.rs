//! Records of partner files on their way into the store: a row group a period, and what of
//! whom came in, so that a second delivery is seen to be one.

use std::collections::{BTreeMap, HashMap};

use datafusion::arrow::array::{AsArray, DictionaryArray, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::{Date32Type, Int32Type};
use tradestat_core::schema::Record;

use crate::error::{Error, Result};
use crate::method::Method;
use crate::progress::Event;
use crate::run::{Job, day};
use crate::store::manifest::{BatchManifest, FlowCount};
use crate::store::parquet::{EncodedGroup, GroupEncoder, sorted};

/// Rows by source, frequency, first day of the period, reporter.
pub type FlowCounts = BTreeMap<(String, String, i32, String), u64>;

/// Earlier batches that are named one by one.
const NAMED: usize = 3;

/// Order of the rows of a chunk. The period comes first, so that a month is read without the others.
const ORDER: [&str; 6] = ["period", "reporter_code", "reporter_name", "flow_code", "commodity_code", "line_no"];

/// Sorts and encodes a chunk; gives the counts, and the rows in all.
pub fn prepare(flows: &[RecordBatch], encoder: &GroupEncoder, groups: &mut Vec<EncodedGroup>) -> Result<(FlowCounts, u64)> {
    let failed = |e: datafusion::arrow::error::ArrowError| Error::Engine {
        doing: "sorting partner flows".into(),
        source: Box::new(e.into()),
    };
    let all = match flows {
        [] => return Ok((FlowCounts::new(), 0)),
        [one] => one.clone(),
        several => concat_batches(&Record::PartnerFlow.schema(), several).map_err(failed)?,
    };
    let rows = sorted(&all, &ORDER)?;
    let periods = rows.column_by_name("period").expect("a field").as_primitive::<Date32Type>().clone();
    let mut first = 0;
    while first < rows.num_rows() {
        let period = periods.value(first);
        let count = periods.values()[first..].iter().take_while(|other| **other == period).count();
        groups.push(encoder.encode(&rows.slice(first, count))?);
        first += count;
    }
    Ok((count(&rows), rows.num_rows() as u64))
}

fn count(rows: &RecordBatch) -> FlowCounts {
    let code = |name: &str| rows.column_by_name(name).expect("a field").as_dictionary::<Int32Type>();
    let [sources, frequencies, codes, names] = ["source", "frequency", "reporter_code", "reporter_name"].map(code);
    let periods = rows.column_by_name("period").expect("a field").as_primitive::<Date32Type>();
    let mut keyed: BTreeMap<(i32, [Option<usize>; 4]), u64> = BTreeMap::new();
    for row in 0..rows.num_rows() {
        let key = [sources.key(row), frequencies.key(row), codes.key(row), names.key(row)];
        *keyed.entry((periods.value(row), key)).or_default() += 1;
    }
    let text = |column: &DictionaryArray<Int32Type>, key: Option<usize>| {
        key.map_or(String::new(), |key| column.values().as_string::<i32>().value(key).to_owned())
    };
    let mut counts = FlowCounts::new();
    for ((period, [source, frequency, reporter, name]), rows) in keyed {
        let reporter = if reporter.is_some() { text(codes, reporter) } else { text(names, name) };
        *counts.entry((text(sources, source), text(frequencies, frequency), period, reporter)).or_default() += rows;
    }
    counts
}

/// The counts as the manifest keeps them.
pub fn counts(flows: FlowCounts) -> Vec<FlowCount> {
    let count = |((source, frequency, period, reporter), rows)| FlowCount {
        source,
        frequency,
        period: day(period).to_string(),
        reporter,
        rows,
    };
    flows.into_iter().map(count).collect()
}

/// Says which earlier batches hold the same reporters and periods of the same source: the
/// newest that tells of a flow is the one in force (`superseded_delivery`).
pub async fn tell_vintages(job: &Job<'_>, manifest: &BatchManifest) -> Result<()> {
    if manifest.flows.is_empty() {
        return Ok(());
    }
    let areas = Areas::read(&job.method)?;
    // By our codes, and with each the reporter as this file writes it.
    let about = |batch: &BatchManifest| -> BTreeMap<(String, String, String, String), String> {
        let key = |flow: &FlowCount| (flow.source.clone(), flow.frequency.clone(), flow.period.clone(), areas.reporter(flow));
        batch.flows.iter().map(|flow| (key(flow), flow.reporter.clone())).collect()
    };
    let own = about(manifest);
    let mut earlier = Vec::new();
    for other in job.store.batches().await?.into_iter().filter(|other| other.id != manifest.id && !other.flows.is_empty()) {
        let others = about(&other);
        let shared: Vec<_> = own.iter().filter(|(key, _)| others.contains_key(*key)).collect();
        if !shared.is_empty() {
            earlier.push((other, shared));
        }
    }
    // In the order of `partner::register_flows`: the newest is the last.
    earlier.sort_by(|a, b| a.0.received_on.cmp(&b.0.received_on));
    let rule = "where both tell of a flow, the newer is used, and what only the older has of a partner stays if the newer tells of less than half of it";
    let told = if earlier.len() > NAMED { &earlier[earlier.len() - 1..] } else { &earlier[..] };
    for (other, shared) in told {
        let ((source, frequency, period, _), reporter) = shared.first().expect("some are shared");
        let which = match earlier.len() {
            count if count > NAMED => format!("{count} batches, the newest"),
            _ => "batch".into(),
        };
        let text = format!(
            "{}: {} reporters and periods of {source} came before in {which} {} ({}), first {reporter} {frequency} {period}; {rule}",
            manifest.source,
            shared.len(),
            other.id,
            other.source,
        );
        job.listen.hear(Event::Note { text });
    }
    Ok(())
}

/// Countries by the codes and names that sources have for them, as `mapped_area` reads them. Names of our labels are
/// left out: what this serves is a remark.
struct Areas<'a> {
    schemes: HashMap<&'a str, &'a str>,
    /// By scheme and code; a name by its letters.
    countries: HashMap<(&'a str, String), Vec<Dated<'a>>>,
}

struct Dated<'a> {
    country: &'a str,
    valid_from: &'a str,
    valid_to: &'a str,
}

impl<'a> Areas<'a> {
    fn read(method: &'a Method) -> Result<Self> {
        let column = |list: &str, name: &str| method.lists[list].schema.index_of(name).expect("a column of the list");
        let [source, scheme] = ["partner_source", "area_scheme"].map(|name| column("partner_source", name));
        let schemes = method.lists["partner_source"].records()?.iter().map(|(_, row)| (&row[source], &row[scheme])).collect();
        let [scheme, code, valid_from, valid_to, country, treatment] =
            ["scheme", "code", "valid_from", "valid_to", "country", "treatment"].map(|name| column("partner_area", name));
        let mut countries: HashMap<(&str, String), Vec<Dated>> = HashMap::new();
        for (_, row) in method.lists["partner_area"].records()?.iter().filter(|(_, row)| &row[treatment] == "country") {
            let key = if &row[scheme] == "name" { letters(&row[code]) } else { row[code].to_owned() };
            let dated = Dated { country: &row[country], valid_from: &row[valid_from], valid_to: &row[valid_to] };
            countries.entry((&row[scheme], key)).or_default().push(dated);
        }
        Ok(Areas { schemes, countries })
    }

    /// The country that reports, or else the reporter as the file writes it.
    fn reporter(&self, flow: &FlowCount) -> String {
        let period = flow.period.as_str();
        let valid = |scheme: &'a str, key: String| {
            self.countries.get(&(scheme, key))?.iter().find(|dated| (dated.valid_from..=dated.valid_to).contains(&period))
        };
        let scheme = self.schemes.get(flow.source.as_str()).copied();
        let coded = scheme.and_then(|scheme| valid(scheme, flow.reporter.clone()));
        let found = coded.or_else(|| valid("name", letters(&flow.reporter)));
        found.map_or_else(|| flow.reporter.clone(), |dated| dated.country.to_owned())
    }
}

/// A name as names are compared: its letters alone, small, with the dots over i and ё or without.
fn letters(name: &str) -> String {
    let plain = |letter| match letter {
        'ı' => 'i',
        'ё' => 'е',
        other => other,
    };
    name.to_lowercase().chars().filter(|letter| letter.is_alphabetic()).map(plain).collect()
}
