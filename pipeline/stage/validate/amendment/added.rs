//! Items that an amendment adds to a declaration.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray, new_null_array};
use datafusion::arrow::compute::cast;
use tradestat_core::schema::Record;

use super::super::correction::item::Item;
use super::Amendment;

/// What an amendment must say of an item for it to be one.
const NEEDED: &[&str] = &["procedure_code", "commodity_code"];

/// What the declaration says of its time and version: the added item goes with its first item.
const OF_FIRST_ITEM: &[&str] = &["version", "status", "received_on", "acceptance_date", "release_date", "arrival_date"];

/// What a declaration says once for all its goods, if they agree in it.
const OF_DECLARATION: &[&str] = &[
    "declaration_type",
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
/// `rest` are the changes from the first that names it. `items` are in the order of their days.
pub(super) fn added(items: &[Item], reference: &str, number: i32, first: &Amendment, rest: &[Amendment]) -> Result<Item, String> {
    let says = |field: &str| {
        let mut of_message = rest.iter().filter(|change| change.batch == first.batch && change.item_no == Some(number));
        of_message.find(|change| change.field == field).and_then(|change| change.value.as_deref())
    };
    let missing: Vec<&str> = NEEDED.iter().copied().filter(|field| says(field).is_none()).collect();
    if !missing.is_empty() {
        return Err(format!("the declaration has no such item, and nothing is said of its {}", missing.join(" and ")));
    }
    let pattern = items.iter().find(|item| !item.is_added).ok_or("the declaration has no item left")?;
    let is_common = |field: &str| items.iter().all(|item| item.text(field) == pattern.text(field));
    let same_currency = says("invoice_currency").is_none_or(|said| said == pattern.text("invoice_currency"));
    let schema = Record::Item.schema();
    let columns = schema.fields().iter().enumerate().map(|(place, field)| -> ArrayRef {
        let own: ArrayRef = match field.name().as_str() {
            "batch_id" => Arc::new(StringArray::from(vec![first.batch.as_str()])),
            "line_no" => Arc::new(Int64Array::from(vec![first.line])),
            "item_no" => Arc::new(Int32Array::from(vec![number])),
            "declaration_id" => Arc::new(StringArray::from(vec![reference])),
            "procedure_code" => Arc::new(StringArray::from(vec![says("procedure_code")])),
            "exchange_rate" if !same_currency => new_null_array(field.data_type(), 1),
            name if OF_FIRST_ITEM.contains(&name) => pattern.row.column(place).clone(),
            name if OF_DECLARATION.contains(&name) && is_common(name) => pattern.row.column(place).clone(),
            _ => new_null_array(field.data_type(), 1),
        };
        cast(&own, field.data_type()).expect("text to code, the rest as it is")
    });
    let row = RecordBatch::try_new(schema.clone(), columns.collect()).map_err(|error| error.to_string())?;
    let (batch, line, day) = (first.batch.clone(), first.line, pattern.day);
    Ok(Item { row, batch, line, home: day, day, is_changed: true, is_added: true })
}
