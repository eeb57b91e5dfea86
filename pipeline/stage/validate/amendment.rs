//! Amendments of declarants: changes of items, items that they take out, and items that they add.
//!
//! An amendment names a declaration, mostly one item of it, and a field with its new value; a
//! field without a value was taken out. Where it names an item that the declaration does not
//! have and says enough to make one, the item is added: the declaration says the rest. It bears
//! the batch and the line of the amendment, which no item received has, and so shows whence it
//! came. Later amendments go over earlier ones, an item that was added among what they change.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Array, Int64Array, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{Date32Type, Int32Type};
use datafusion::common::JoinType;
use datafusion::prelude::SessionContext;
use tradestat_core::schema::Record;

use super::correction::{FIXED, Item, Ledger, fetch};
use super::scan::{int_column, text_column};
use super::vintage::CANCELLED;
use crate::error::{Error, Result};
use crate::run::Run;

#[derive(Debug, Clone)]
pub(super) struct Amendment {
    batch: String,
    line: i64,
    item_no: Option<i32>,
    field: String,
    /// None takes out what the field held.
    value: Option<String>,
}

impl Amendment {
    /// Takes out the declaration or the item; of items received, `superseded_item` has done it.
    fn is_cancellation(&self) -> bool {
        self.field == "status" && self.value.as_deref() == Some(CANCELLED)
    }
}

/// Amendments by the declaration they name, each list in the order in which they came.
pub(super) type Amendments = BTreeMap<String, Vec<Amendment>>;

/// By the day of receipt, then as they were read in.
pub(super) async fn read(ctx: &SessionContext, run: &Run) -> Result<Amendments> {
    let doing = || Error::engine("reading amendments");
    let found = ctx.table("amendment").await.map_err(doing())?.collect().await.map_err(doing())?;
    let places: HashMap<&str, usize> = run.batches.iter().enumerate().map(|(place, batch)| (batch.id.as_str(), place)).collect();
    let mut all: Vec<((i32, usize, i64), String, Amendment)> = Vec::new();
    for batch in found {
        let items = batch.column_by_name("item_no").expect("a field of amendment").as_primitive::<Int32Type>().clone();
        let days = batch.column_by_name("received_on").expect("a field of amendment").as_primitive::<Date32Type>().clone();
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let (references, fields, values) =
            (text_column(&batch, "reference"), text_column(&batch, "field"), text_column(&batch, "value"));
        for row in 0..batch.num_rows() {
            let came = (days.value(row), places.get(batches.value(row)).copied().unwrap_or(0), lines.value(row));
            let amendment = Amendment {
                batch: batches.value(row).into(),
                line: lines.value(row),
                item_no: items.is_valid(row).then(|| items.value(row)),
                field: fields.value(row).into(),
                value: values.is_valid(row).then(|| values.value(row).into()),
            };
            all.push((came, references.value(row).into(), amendment));
        }
    }
    all.sort_by(|a, b| (a.0, &a.1, &a.2.field).cmp(&(b.0, &b.1, &b.2.field)));
    let mut amendments = Amendments::new();
    for (_, reference, amendment) in all {
        amendments.entry(reference).or_default().push(amendment);
    }
    Ok(amendments)
}

/// Counts the cancellations that meet an item of these months as applied; `item` must still
/// hold what they take out.
pub async fn note_cancellations(ctx: &SessionContext, run: &Run, ledger: &mut Ledger) -> Result<()> {
    let amendments = read(ctx, run).await?;
    let cancels = |(_, list): &(&String, &Vec<Amendment>)| list.iter().any(Amendment::is_cancellation);
    let wanted: HashSet<&str> = amendments.iter().filter(cancels).map(|(reference, _)| reference.as_str()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let items = fetch(ctx, &wanted).await?;
    for reference in wanted {
        let numbers: Vec<Option<i32>> = items.get(reference).into_iter().flatten().map(|item| item.number("item_no")).collect();
        for (place, change) in amendments[reference].iter().enumerate().filter(|(_, change)| change.is_cancellation()) {
            if numbers.iter().any(|number| change.item_no.is_none() || change.item_no == *number) {
                ledger.amended.insert((reference.to_owned(), place));
            }
        }
    }
    Ok(())
}

/// Which of the amended declarations any batch holds, in whatever month.
pub(super) async fn note_references(ctx: &SessionContext, amendments: &Amendments, ledger: &mut Ledger) -> Result<()> {
    let unknown: Vec<&str> = amendments.keys().filter(|r| !ledger.references.contains_key(*r)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let doing = || Error::engine("looking for amended declarations");
    let ids: ArrayRef = Arc::new(StringArray::from(unknown.clone()));
    let keys = RecordBatch::try_from_iter([("declaration_id", ids)]).expect("one column");
    let on = ["declaration_id"];
    let known = ctx.table("receipt").await.map_err(doing())?.select_columns(&on).map_err(doing())?;
    let known = known.join(ctx.read_batch(keys).map_err(doing())?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?;
    let known = known.collect().await.map_err(doing())?;
    let found: HashSet<String> =
        known.iter().flat_map(|batch| text_column(batch, "declaration_id").iter().flatten().map(String::from).collect::<Vec<_>>()).collect();
    for reference in unknown {
        let (count, is_known) = (amendments[reference].len() as u64, found.contains(reference));
        ledger.amendments += count;
        ledger.unmatched += if is_known { 0 } else { count };
        ledger.references.insert(reference.into(), is_known);
    }
    Ok(())
}

/// Amounts of a whole declaration: written to each of several items they would count as often.
const HEADER_AMOUNTS: &[&str] =
    &["freight_cost", "insurance_cost", "package_count", "gross_mass_kg", "net_mass_kg", "invoice_amount", "statistical_value", "customs_value"];

/// Changes the items of these months, and adds to them.
pub(super) fn amend(items: &mut HashMap<String, Vec<Item>>, amendments: &Amendments, ledger: &mut Ledger) {
    for (reference, changes) in amendments {
        let Some(of_declaration) = items.get_mut(reference) else { continue };
        for (place, change) in changes.iter().enumerate() {
            let key = (reference.clone(), place);
            let of_item = |item: &Item| change.item_no.is_none() || change.item_no == item.number("item_no");
            if change.is_cancellation() {
                let before = of_declaration.len();
                of_declaration.retain(|item| !(item.is_added && of_item(item)));
                if of_declaration.len() < before {
                    ledger.amended.insert(key);
                }
                continue;
            }
            if let Some(number) = change.item_no.filter(|_| !of_declaration.iter().any(of_item)) {
                match added(of_declaration, reference, number, change, &changes[place..]) {
                    Ok(item) => {
                        of_declaration.push(item);
                        ledger.added.insert((reference.clone(), number));
                    }
                    Err(why) => {
                        ledger.unknown.insert((reference.clone(), number), why);
                    }
                }
            }
            // Of the declaration's own amount an item cannot say what it was without it.
            let is_shared = change.item_no.is_none() && (of_declaration.len() > 1 || change.value.is_none());
            let is_kept =
                !(is_shared && HEADER_AMOUNTS.contains(&change.field.as_str())) && !FIXED.contains(&change.field.as_str());
            let mut hit = false;
            for item in of_declaration.iter_mut().filter(|item| of_item(item)) {
                hit |= is_kept && item.set(&change.field, change.value.as_deref().unwrap_or(""));
            }
            let ledger = if hit { &mut ledger.amended } else { &mut ledger.not_kept };
            ledger.insert(key);
        }
    }
}

/// What an amendment must say of an item for it to be one.
const NEEDED: &[&str] = &["procedure_code", "commodity_code"];

/// What a declaration says once for all its goods, if they agree in it.
const OF_DECLARATION: &[&str] = &[
    "declaration_type",
    "acceptance_date",
    "release_date",
    "arrival_date",
    "customs_office",
    "trader_key",
    "trader_id_is_valid",
    "declarant_key",
    "consignment_country",
    "destination_country",
    "trading_country",
    "first_destination_country",
    "delivery_terms",
    "invoice_currency",
    "exchange_rate",
    "transaction_nature",
    "border_transport_mode",
    "inland_transport_mode",
    "container",
    "transport_nationality",
];

/// An item that the declaration does not have, still without what the amendments say of it;
/// `rest` are the changes from the first that names it. Its month is that of the others.
fn added(
    of_declaration: &[Item],
    reference: &str,
    number: i32,
    first: &Amendment,
    rest: &[Amendment],
) -> std::result::Result<Item, String> {
    let says = |field: &str| {
        let mut of_message = rest.iter().filter(|change| change.batch == first.batch && change.item_no == Some(number));
        of_message.find(|change| change.field == field).and_then(|change| change.value.as_deref())
    };
    let missing: Vec<&str> = NEEDED.iter().copied().filter(|field| says(field).is_none()).collect();
    if !missing.is_empty() {
        return Err(format!("the declaration has no such item, and nothing is said of its {}", missing.join(" and ")));
    }
    let pattern = of_declaration.iter().find(|item| !item.is_added).ok_or("the declaration has no item left")?;
    let is_common = |field: &str| of_declaration.iter().all(|item| item.text(field) == pattern.text(field));
    let same_currency = says("invoice_currency").is_none_or(|said| said == pattern.text("invoice_currency"));
    let schema = Record::Item.schema();
    let columns = schema.fields().iter().enumerate().map(|(place, field)| -> ArrayRef {
        let own: ArrayRef = match field.name().as_str() {
            "batch_id" => Arc::new(StringArray::from(vec![first.batch.as_str()])),
            "line_no" => Arc::new(Int64Array::from(vec![first.line])),
            "item_no" => Arc::new(Int32Array::from(vec![number])),
            "declaration_id" => Arc::new(StringArray::from(vec![reference])),
            "procedure_code" => Arc::new(StringArray::from(vec![says("procedure_code")])),
            "version" | "status" | "received_on" => pattern.row.column(place).clone(),
            "exchange_rate" if !same_currency => new_null_array(field.data_type(), 1),
            name if OF_DECLARATION.contains(&name) && is_common(name) => pattern.row.column(place).clone(),
            _ => new_null_array(field.data_type(), 1),
        };
        cast(&own, field.data_type()).expect("text to code, the rest as it is")
    });
    let row = RecordBatch::try_new(schema.clone(), columns.collect()).map_err(|error| error.to_string())?;
    Ok(Item { row, batch: first.batch.clone(), line: first.line, day: pattern.day, is_changed: true, is_added: true })
}
