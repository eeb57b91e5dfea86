//! Relations that stages make, not SQL: their columns, and which room of `sql/` may read them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use tradestat_core::schema::Record;

use super::header::Layer;

/// Relations that no SQL file makes, beside the lists.
pub const NAMES: &[&str] = &[
    "item",
    "declaration",
    "amendment",
    "fault",
    "receipt",
    "finding",
    "held_item",
    "set_aside",
    "repeated_item",
    "accepted_item",
    "corrected_item",
    "corrected_declaration",
    "declaration_batch",
    "batch_account",
    "item_account",
    "published_month",
    "partner_flow",
    "partner_batch",
];

/// The relation `X_history`: rows of the stored compile step `X` for the compiled months and
/// the months before them, so that a step can look back.
pub fn history(step: &str) -> String {
    format!("{step}{HISTORY}")
}

/// The step whose history a relation is.
pub fn of_history(name: &str) -> Option<&str> {
    name.strip_suffix(HISTORY)
}

const HISTORY: &str = "_history";

fn code() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Columns of a stored relation.
///
/// * `repeated_item`: items whose (declaration, version, item) stands more than once, with a
///   number that is equal where the declared content is equal.
/// * `accepted_item`: items of the compiled months, less those set aside; columns of `item`.
/// * `corrected_item`: corrected copies of items that go on in their place, and items that an
///   amendment added, under the batch and line of the amendment; columns of `item`.
/// * `corrected_declaration`: headers as amendments leave them, where one changes a header;
///   columns of `declaration`, which stays as received.
/// * `declaration_batch`: one row a file of declarations or amendments, with its place in the
///   order of receipt, from 1: by the day of receipt, and on one day as they were read in.
/// * `batch_account`: one row a batch: lines read, items, faulted lines.
/// * `item_account`: by month, fate (judged, held, superseded, cancelled, duplicate) and flow:
///   items and their declared statistical value.
/// * `published_month`: first days of the months that have a run.
/// * `partner_flow`: records of the partner files received, codes as given.
/// * `partner_batch`: one row a partner file, with its place in the order of arrival, from 1.
pub fn schema(name: &str) -> Option<SchemaRef> {
    let own = |fields: Vec<Field>| Some(Arc::new(Schema::new(fields)) as SchemaRef);
    match name {
        "item" | "accepted_item" | "corrected_item" => Some(Record::Item.schema()),
        "declaration" | "corrected_declaration" => Some(Record::Declaration.schema()),
        "amendment" => Some(Record::Amendment.schema()),
        "fault" => Some(Record::Fault.schema()),
        "receipt" => Some(Record::Receipt.schema()),
        "finding" => Some(Record::Finding.schema()),
        "held_item" => Some(Record::HeldItem.schema()),
        "set_aside" => Some(Record::SetAside.schema()),
        "repeated_item" => own(vec![
            Field::new("batch_id", code(), false),
            Field::new("line_no", DataType::Int64, false),
            Field::new("declaration_id", DataType::Utf8, false),
            Field::new("item_no", DataType::Int32, false),
            Field::new("version", DataType::Int32, false),
            Field::new("content", DataType::Int64, false),
            Field::new("recording_date", DataType::Date32, false),
        ]),
        "batch_account" => own(vec![
            Field::new("batch_id", DataType::Utf8, false),
            Field::new("lines_read", DataType::Int64, false),
            Field::new("items", DataType::Int64, false),
            Field::new("faulted_lines", DataType::Int64, false),
        ]),
        "item_account" => own(vec![
            Field::new("period", DataType::Date32, false),
            Field::new("fate", DataType::Utf8, false),
            Field::new("flow", DataType::Utf8, true),
            Field::new("item_count", DataType::Int64, false),
            Field::new("statistical_value", DataType::Decimal128(38, 2), false),
        ]),
        "published_month" => own(vec![Field::new("period", DataType::Date32, false)]),
        "partner_flow" => Some(Record::PartnerFlow.schema()),
        "partner_batch" | "declaration_batch" => {
            own(vec![Field::new("batch_id", DataType::Utf8, false), Field::new("position", DataType::Int64, false)])
        }
        _ => None,
    }
}

/// Whether files of `reader` may read what files of `other` make.
pub fn may_read(reader: Layer, other: Layer) -> bool {
    match reader {
        // Tables show cells that passed protection, never what lies before it.
        Layer::Tables => matches!(other, Layer::Protect | Layer::Mirror | Layer::Tables),
        Layer::Audit => true,
        _ => other <= reader,
    }
}

/// Whether files of `reader` may read a stored relation. Microdata end with compile.
pub fn may_read_stored(reader: Layer, name: &str) -> bool {
    match reader {
        Layer::Validate => !matches!(name, "accepted_item" | "published_month" | "partner_flow" | "partner_batch"),
        Layer::Compile => matches!(name, "accepted_item" | "declaration"),
        Layer::Classify => false,
        Layer::Mirror => matches!(name, "published_month" | "partner_flow" | "partner_batch"),
        Layer::Protect | Layer::Tables => name == "published_month",
        Layer::Audit => true,
    }
}

/// Lines that their own file holds more than once, by declaration, version and item number.
pub fn repeat_schema() -> SchemaRef {
    let code = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    Arc::new(Schema::new(vec![Field::new("batch_id", code, false), Field::new("line_no", DataType::Int64, false)]))
}
