//! A batch in the making: row groups in file order, faults, receipts, and the manifest.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, Int64Array, RecordBatch, UInt32Array};
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::{Decimal128Type, Int32Type};
use tradestat_core::decode::{Context, Decoded, ItemKey, constant_code, receipt_batch};
use tradestat_core::fault::FaultCode;
use tradestat_core::form::Form;
use tradestat_core::schema::Record;

use super::control::{Stated, compare};
use super::partner::{self, FlowCounts};
use crate::config::Profile;
use crate::error::{Error, Result};
use crate::method::base::repeat_schema;
use crate::run::recorded::{add_months, months};
use crate::run::{Job, PROGRAM, money};
use crate::store::Store;
use crate::store::manifest::{BatchManifest, MonthCount, RelationFile, STORE_VERSION};
use crate::store::parquet::{EncodedGroup, GroupEncoder, GroupWriter, RelationWriter};

/// A chunk ready to be written: its items sorted and encoded, its counts taken.
pub struct Prepared {
    groups: Vec<EncodedGroup>,
    /// Rows of partner flows, by what they are about.
    flows: FlowCounts,
    faults: RecordBatch,
    receipts: RecordBatch,
    declarations: RecordBatch,
    amendments: RecordBatch,
    keys: Vec<ItemKey>,
    declaration_hashes: Vec<i64>,
    months: BTreeMap<String, MonthCount>,
    lines_read: u64,
    items: u64,
    faulted_lines: u64,
    fault_count: u64,
    faulted_value: i128,
    value: i128,
    rounded: BTreeMap<&'static str, u64>,
    currencies: BTreeMap<(&'static str, String), u64>,
    renumbered: u64,
    refused: Refused,
}

/// Cells that were left empty, by the column as the file names it and what is wrong with them.
type Refused = BTreeMap<String, BTreeMap<FaultCode, u64>>;

impl Prepared {
    /// `dates` are those that say the month of an item, the best first.
    pub fn new(decoded: Decoded, context: &Context, encoder: GroupEncoder, dates: &[&str]) -> Result<Self> {
        let items = by_commodity(&decoded.items)?;
        let mut groups = Vec::new();
        if items.num_rows() > 0 {
            groups.push(encoder.encode(&items)?);
        }
        let (flows, flow_rows) = partner::prepare(&decoded.flows, &encoder, &mut groups)?;
        let mut refused = Refused::new();
        for (column, fault) in decoded.faults.iter().filter(|fault| !fault.is_line).filter_map(|f| Some((f.column.clone()?, f))) {
            *refused.entry(column).or_default().entry(fault.code).or_default() += 1;
        }
        let values = items.column_by_name("statistical_value").expect("an item field").as_primitive::<Decimal128Type>();
        Ok(Prepared {
            groups,
            flows,
            months: months(&items, dates),
            items: items.num_rows() as u64 + flow_rows,
            value: values.iter().flatten().sum(),
            faults: decoded.fault_batch(&context.batch_id),
            receipts: receipt_batch(&context.batch_id, &decoded.receipts),
            declaration_hashes: decoded.receipts.iter().map(|receipt| receipt.declaration_hash).collect(),
            faulted_lines: decoded.faulted_lines() as u64,
            fault_count: decoded.faults.len() as u64,
            faulted_value: decoded.faults.iter().filter(|f| f.is_line).filter_map(|f| f.statistical_value).sum(),
            declarations: decoded.declarations,
            amendments: decoded.amendments,
            keys: decoded.keys,
            lines_read: decoded.lines_read,
            rounded: decoded.rounded,
            currencies: decoded.currencies,
            renumbered: decoded.renumbered,
            refused,
        })
    }
}

/// Items in the order of their commodity codes, which most questions ask for; equal codes stay
/// in the order of the file.
fn by_commodity(items: &RecordBatch) -> Result<RecordBatch> {
    let codes = items.column_by_name("commodity_code").expect("an item field").as_dictionary::<Int32Type>();
    let values = codes.values().as_string::<i32>();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by_key(|i| values.value(*i));
    // Rank 0 is for items without a code.
    let mut rank = vec![0u32; values.len()];
    for (place, code) in order.into_iter().enumerate() {
        rank[code] = place as u32 + 1;
    }
    let keys = codes.keys();
    let rank_of = |row: usize| if keys.is_null(row) { 0 } else { rank[keys.value(row) as usize] as usize };
    // A counting sort: the codes of a chunk are few, and it keeps the order of equals.
    let mut places = vec![0usize; values.len() + 2];
    for row in 0..items.num_rows() {
        places[rank_of(row) + 1] += 1;
    }
    for i in 1..places.len() {
        places[i] += places[i - 1];
    }
    let mut rows = vec![0u32; items.num_rows()];
    for row in 0..items.num_rows() {
        let place = &mut places[rank_of(row)];
        rows[*place] = row as u32;
        *place += 1;
    }
    take_record_batch(items, &UInt32Array::from(rows))
        .map_err(|e| Error::Engine { doing: "sorting items".into(), source: Box::new(e.into()) })
}

/// Files of one batch on their way, and what its manifest will say.
pub struct BatchWriter {
    store: Arc<dyn object_store::ObjectStore>,
    items: Option<GroupWriter>,
    encoder: GroupEncoder,
    dates: &'static [&'static str],
    others: BTreeMap<&'static str, RelationWriter>,
    flows: FlowCounts,
    manifest: BatchManifest,
    keys: Vec<ItemKey>,
    declaration_hashes: Vec<i64>,
    faulted_value: i128,
    value: i128,
    /// Amounts by field and the currency the file says they are in.
    currencies: BTreeMap<(&'static str, String), u64>,
    renumbered: u64,
    passed_over: Vec<String>,
    refused: Refused,
    is_partner: bool,
    now: crate::run::Clock,
}

impl BatchWriter {
    /// Begins the batch of one file: nothing of it is visible until its manifest is committed.
    pub async fn create(
        job: &Job<'_>,
        form: &Form,
        context: Arc<Context>,
        source: String,
        content_hash: String,
        bytes: u64,
    ) -> Result<Self> {
        let record = if form.record == Record::PartnerFlow { form.record } else { Record::Item };
        let key = Store::batch_file(record.name(), &context.batch_id);
        let (items, encoder) = GroupWriter::create(&job.store.objects(), record.name(), &key, &record.schema()).await?;
        let manifest = BatchManifest {
            store_version: STORE_VERSION,
            program: PROGRAM.into(),
            id: context.batch_id.clone(),
            form: form.name.clone(),
            form_digest: Some(super::form_digest(&job.method, &form.name)),
            profile: job.profile.code.clone(),
            source,
            content_hash,
            bytes,
            received_on: context.received_on.to_string(),
            committed_at: String::new(),
            lines_read: 0,
            items: 0,
            faulted_lines: 0,
            faults: 0,
            faulted_value: String::new(),
            declarations: None,
            item_value: None,
            rounded: BTreeMap::new(),
            notes: Vec::new(),
            key_id: context.pseudonyms.key_id(),
            recording_dates: job.profile.recording_dates().iter().map(ToString::to_string).collect(),
            months: BTreeMap::new(),
            flows: Vec::new(),
            controls: Vec::new(),
            files: Vec::new(),
        };
        Ok(BatchWriter {
            store: job.store.objects(),
            items: Some(items),
            encoder,
            dates: job.profile.recording_dates(),
            others: BTreeMap::new(),
            flows: FlowCounts::new(),
            manifest,
            keys: Vec::new(),
            declaration_hashes: Vec::new(),
            faulted_value: 0,
            value: 0,
            currencies: BTreeMap::new(),
            renumbered: 0,
            passed_over: Vec::new(),
            refused: Refused::new(),
            is_partner: form.record == Record::PartnerFlow,
            now: job.clock.clone(),
        })
    }

    /// The hash of the file as it was found, to see whether it is the same once it is read.
    pub fn hash(&self) -> &str {
        &self.manifest.content_hash
    }

    /// Name of the file, as it is printed.
    pub fn source(&self) -> &str {
        &self.manifest.source
    }

    /// For a thread that decodes: row groups are encoded there, and put into the file here.
    pub fn encoder(&self) -> GroupEncoder {
        self.encoder.clone()
    }

    /// Dates of an item that say its month, the best first.
    pub fn dates(&self) -> &'static [&'static str] {
        self.dates
    }

    /// A remark for the manifest of the batch.
    pub fn note(&mut self, text: String) {
        self.manifest.notes.push(text);
    }

    /// Columns of the file that the form neither names nor says to ignore.
    pub fn pass_over(&mut self, columns: Vec<String>) {
        self.passed_over = columns;
    }

    /// What the file says otherwise than it is taken: amounts in a currency that is not the profile's, items
    /// that were counted on, and what of a partner's figures could not be read. Noted in the manifest, and given to be told.
    pub fn note_readings(&mut self, profile: &Profile) -> Vec<String> {
        let own = |field: &str| match Record::Item.field(field).and_then(|field| field.unit) {
            Some("national currency") => ("national currency", &profile.reporter_currency),
            _ => ("currency", &profile.statistical_currency),
        };
        let foreign = self.currencies.iter().filter(|((field, currency), _)| currency != own(field).1);
        let mut notes: Vec<String> = foreign
            .map(|((field, currency), count)| {
                let ((what, own), field) = (own(field), field.replace('_', " "));
                format!("{field} of {count} items is in {currency}, the profile's {what} is {own}: it is taken as it stands")
            })
            .collect();
        if !self.passed_over.is_empty() {
            notes.push(format!("columns the form does not name, not read: {}", self.passed_over.join(", ")));
        }
        if self.renumbered > 0 {
            let text =
                "numbers of items begin anew within a declaration: they are counted on behind those before, in so many elements";
            notes.push(format!("{text}: {}", self.renumbered));
        }
        // Rules tell of the items with such cells, but nothing tells of a flow that has lost its value.
        if self.is_partner && !self.refused.is_empty() {
            let kinds = |kinds: &BTreeMap<FaultCode, u64>| -> Vec<String> {
                kinds.iter().map(|(code, count)| format!("{count} {} ({})", code.code(), code.title())).collect()
            };
            let columns: Vec<String> =
                self.refused.iter().map(|(column, codes)| format!("{column}: {}", kinds(codes).join(", "))).collect();
            notes.push(format!("cells that are left empty (`fault` lists them): {}", columns.join("; ")));
        }
        self.manifest.notes.extend(notes.iter().cloned());
        notes
    }

    /// Takes the next chunk in file order.
    pub async fn take(&mut self, prepared: Prepared) -> Result<()> {
        for group in prepared.groups {
            self.items.as_mut().expect("open until it is finished").append(group).await?;
        }
        for (about, rows) in prepared.flows {
            *self.flows.entry(about).or_default() += rows;
        }
        for (relation, rows) in [
            ("fault", &prepared.faults),
            ("receipt", &prepared.receipts),
            ("declaration", &prepared.declarations),
            ("amendment", &prepared.amendments),
        ] {
            self.write(relation, rows).await?;
        }
        let manifest = &mut self.manifest;
        manifest.lines_read += prepared.lines_read;
        manifest.items += prepared.items;
        manifest.faulted_lines += prepared.faulted_lines;
        manifest.faults += prepared.fault_count;
        for (field, count) in prepared.rounded {
            *manifest.rounded.entry(field.into()).or_default() += count;
        }
        add_months(&mut manifest.months, prepared.months);
        for (amount, count) in prepared.currencies {
            *self.currencies.entry(amount).or_default() += count;
        }
        self.renumbered += prepared.renumbered;
        for (column, codes) in prepared.refused {
            let column = self.refused.entry(column).or_default();
            for (code, count) in codes {
                *column.entry(code).or_default() += count;
            }
        }
        self.keys.extend(prepared.keys);
        self.declaration_hashes.extend(prepared.declaration_hashes);
        self.faulted_value += prepared.faulted_value;
        self.value += prepared.value;
        Ok(())
    }

    async fn write(&mut self, relation: &'static str, rows: &RecordBatch) -> Result<()> {
        if rows.num_rows() == 0 {
            return Ok(());
        }
        if !self.others.contains_key(relation) {
            let key = Store::batch_file(relation, &self.manifest.id);
            let writer = RelationWriter::create(&self.store, relation, &key, None, &rows.schema()).await?;
            self.others.insert(relation, writer);
        }
        self.others.get_mut(relation).expect("it was just put there").write(rows).await
    }

    /// Closes the files; nothing is visible until the manifest is put.
    pub async fn finish(mut self, controls: &[Stated]) -> Result<BatchManifest> {
        let lines = repeated_lines(&mut self.keys);
        if !lines.is_empty() {
            let batches = constant_code(&self.manifest.id, lines.len());
            let rows = RecordBatch::try_new(repeat_schema(), vec![batches, Arc::new(Int64Array::from(lines))]);
            self.write("repeat", &rows.expect("built to its schema")).await?;
        }
        let items = self.items.take().expect("finished once");
        let mut files: Vec<RelationFile> = Vec::new();
        if self.manifest.items > 0 {
            files.push(items.finish().await?);
        } else {
            items.abort().await;
        }
        for writer in std::mem::take(&mut self.others).into_values() {
            files.push(writer.finish().await?);
        }
        self.manifest.files = files;
        self.manifest.flows = partner::counts(std::mem::take(&mut self.flows));
        self.manifest.faulted_value = money(self.faulted_value);
        self.manifest.item_value = Some(money(self.value));
        self.manifest.declarations = Some(distinct(&mut self.declaration_hashes));
        self.manifest.controls = compare(&self.manifest, controls);
        self.manifest.committed_at = self.now.stamp();
        Ok(self.manifest)
    }

    /// Leaves finished files at most, which whoever asked for the batch discards.
    pub async fn abort(mut self) {
        if let Some(items) = self.items.take() {
            items.abort().await;
        }
        for writer in std::mem::take(&mut self.others).into_values() {
            writer.abort().await;
        }
    }
}

/// Lines whose declaration, version and item number another line has too.
fn repeated_lines(keys: &mut [ItemKey]) -> Vec<i64> {
    keys.sort_unstable_by_key(|key| (key.key, key.line));
    let mut lines: Vec<i64> =
        keys.chunk_by(|a, b| a.key == b.key).filter(|same| same.len() > 1).flatten().map(|key| i64::from(key.line)).collect();
    lines.sort_unstable();
    lines
}

fn distinct(hashes: &mut Vec<i64>) -> u64 {
    hashes.sort_unstable();
    hashes.dedup();
    hashes.len() as u64
}
