//! Amendments of declarants: changes of items and headers, items that they take out, and items
//! that they add.
//!
//! An amendment names a declaration, mostly one item of it, and a field with its new value; a
//! field without a value was taken out. Where it names an item that the declaration does not
//! have and says enough to make one, the item is added: the declaration says the rest. It bears
//! the batch and the line of the amendment, which no item received has, and so shows whence it
//! came. Later amendments go over earlier ones, an item that was added among what they change.
//!
//! Which amendments still correct their declaration is for `amendment_standing` to say. A field
//! of the header is changed on its copy in `corrected_declaration`, from which compile shares
//! freight and insurance among the items; relation `declaration` stays as received.

mod added;
pub(super) mod header;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::datatypes::{Date32Type, Int32Type};
use datafusion::common::JoinType;
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionContext, col, lit};

use super::correction::item::{Item, fetch, ids};
use super::correction::ledger::Ledger;
use super::vintage::CANCELLED;
use crate::column::{int_column, text_column};
use crate::error::{Error, Result};
use crate::method::{Parameters, empty, register};
use crate::run::Job;
use crate::run::items::FIXED;
use header::Header;
use tradestat_core::amended::Amended;
use tradestat_core::schema::Record;

/// The relation that says which amendments still stand.
pub(super) const STANDING: &str = "amendment_standing";
/// The standing of an amendment that is applied.
pub(super) const IN_FORCE: &str = "in force";

/// A row of `amendment` with its standing.
#[derive(Debug, Clone)]
pub(super) struct Amendment {
    batch: String,
    line: i64,
    /// Day of receipt.
    received: i32,
    item_no: Option<i32>,
    field: String,
    /// None takes out what the field held.
    value: Option<String>,
    /// The latest version of the declaration; None where no batch holds it.
    version: Option<i32>,
    is_in_force: bool,
}

impl Amendment {
    /// Takes out the declaration or the item; of items received, `superseded_item` has done it.
    fn is_cancellation(&self) -> bool {
        self.field == "status" && self.value.as_deref() == Some(CANCELLED)
    }

    fn cancels(&self, item_no: i32) -> bool {
        self.is_in_force && self.is_cancellation() && self.item_no.is_none_or(|number| number == item_no)
    }

    fn is_of_header(&self) -> bool {
        self.is_in_force && self.item_no.is_none() && !self.is_cancellation()
    }

    /// The item that it names, if it says something of it that counts.
    pub(super) fn of_item(&self) -> Option<i32> {
        self.item_no.filter(|_| self.is_in_force)
    }

    /// May take items to another month.
    pub(super) fn changes_any(&self, fields: &[&str]) -> bool {
        self.is_in_force && fields.contains(&self.field.as_str())
    }
}

/// Amendments by the declaration they name, each list in the order in which they came.
pub(super) type Amendments = BTreeMap<String, Vec<Amendment>>;

/// Registers [`STANDING`]; without amendments it costs nothing.
pub(super) async fn register_standing(ctx: &SessionContext, job: &Job<'_>, parameters: &Parameters) -> Result<()> {
    let doing = || Error::engine("looking for amendments");
    let schema = job.method.schema(STANDING).expect("the method was checked");
    let any = ctx.table("amendment").await.and_then(|rows| rows.limit(0, Some(1))).map_err(doing())?;
    if any.count().await.map_err(doing())? == 0 {
        return register(ctx, STANDING, empty(&schema)?);
    }
    let found = job.method.frame(ctx, job.method.step(STANDING)?, parameters).await?.collect().await.map_err(doing())?;
    let schema = found.first().map_or(schema, RecordBatch::schema);
    register(ctx, STANDING, Arc::new(MemTable::try_new(schema, vec![found]).map_err(doing())?))
}

/// By the order of receipt.
pub(super) async fn read(ctx: &SessionContext) -> Result<Amendments> {
    let doing = || Error::engine("reading amendments");
    let found = ctx.table(STANDING).await.map_err(doing())?.collect().await.map_err(doing())?;
    let mut all: Vec<((i64, i64), String, Amendment)> = Vec::new();
    for batch in found {
        let number = |name: &str| batch.column_by_name(name).expect("the step selects it").as_primitive::<Int32Type>().clone();
        let (items, versions) = (number("item_no"), number("version"));
        let days = batch.column_by_name("received_on").expect("the step selects it").as_primitive::<Date32Type>().clone();
        let (batches, lines) = (text_column(&batch, "batch_id"), int_column(&batch, "line_no"));
        let (references, positions) = (text_column(&batch, "reference"), int_column(&batch, "position"));
        let (fields, values, standing) =
            (text_column(&batch, "field"), text_column(&batch, "value"), text_column(&batch, "standing"));
        for row in 0..batch.num_rows() {
            let amendment = Amendment {
                batch: batches.value(row).into(),
                line: lines.value(row),
                received: days.value(row),
                item_no: items.is_valid(row).then(|| items.value(row)),
                field: fields.value(row).into(),
                value: values.is_valid(row).then(|| values.value(row).into()),
                version: versions.is_valid(row).then(|| versions.value(row)),
                is_in_force: standing.value(row) == IN_FORCE,
            };
            all.push(((positions.value(row), lines.value(row)), references.value(row).into(), amendment));
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
pub async fn note_cancellations(ctx: &SessionContext, job: &Job<'_>, ledger: &mut Ledger) -> Result<()> {
    let amendments = read(ctx).await?;
    let cancels = |change: &Amendment| change.is_in_force && change.is_cancellation();
    let wanted: HashSet<&str> =
        amendments.iter().filter(|(_, list)| list.iter().any(cancels)).map(|(reference, _)| reference.as_str()).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let items = ctx.table("item").await.map_err(Error::engine("looking for cancelled items"))?;
    let items = fetch(ctx, items, &wanted, job.profile.recording_dates()).await?;
    for reference in wanted {
        let numbers: Vec<Option<i32>> = items.get(reference).into_iter().flatten().map(|item| item.number("item_no")).collect();
        for (place, change) in amendments[reference].iter().enumerate().filter(|(_, change)| cancels(change)) {
            if numbers.iter().any(|number| change.item_no.is_none() || change.item_no == *number) {
                ledger.amended.insert((reference.to_owned(), place));
            }
        }
    }
    Ok(())
}

/// Counts the amendments, and those that cannot be applied whatever the month: their declaration
/// is not here, was overtaken by a later version, or is cancelled.
pub(super) async fn note_all(ctx: &SessionContext, amendments: &Amendments, ledger: &mut Ledger) -> Result<()> {
    let new: HashSet<&str> =
        amendments.keys().map(String::as_str).filter(|name| !ledger.references.contains_key(*name)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let doing = || Error::engine("looking for amended declarations");
    let on = ["declaration_id"];
    let gone =
        ctx.table("superseded_declaration").await.and_then(|gone| gone.filter(col("why").eq(lit(CANCELLED)))).map_err(doing())?;
    let gone =
        gone.join(ids(ctx, &new)?, JoinType::LeftSemi, &on, &on, None).map_err(doing())?.collect().await.map_err(doing())?;
    let gone: BTreeSet<String> = gone
        .iter()
        .flat_map(|batch| text_column(batch, "declaration_id").iter().flatten().map(String::from).collect::<Vec<_>>())
        .collect();
    for reference in new {
        let changes = &amendments[reference];
        let version = changes.iter().find_map(|change| change.version);
        ledger.amendments += changes.len() as u64;
        ledger.references.insert(reference.into(), version.is_some());
        let Some(version) = version else {
            ledger.unmatched += changes.len() as u64;
            continue;
        };
        for change in changes.iter().filter(|change| !change.is_in_force) {
            ledger.overtaken.entry((reference.into(), change.received)).or_insert((version, 0)).1 += 1;
        }
        for (place, change) in changes.iter().enumerate().filter(|(_, change)| change.is_in_force) {
            let same =
                |before: &&Amendment| before.is_in_force && before.item_no == change.item_no && before.field == change.field;
            let before = changes[..place].iter().rfind(same);
            if before.is_some_and(|before| {
                before.received == change.received && before.batch != change.batch && before.value != change.value
            }) {
                ledger.contradicted.insert((reference.into(), change.received));
            }
        }
        let left = changes.iter().filter(|change| change.is_in_force && !change.is_cancellation()).count();
        if gone.contains(reference) && left > 0 {
            ledger.of_cancelled.insert(reference.into(), left as u64);
        }
    }
    Ok(())
}

/// Amounts of a whole declaration: written to each of several items they would count as often.
const HEADER_AMOUNTS: &[&str] = &[
    "freight_cost",
    "insurance_cost",
    "package_count",
    "gross_mass_kg",
    "net_mass_kg",
    "invoice_amount",
    "statistical_value",
    "customs_value",
];

/// Costs that a header states, in currencies of its own, are shared among the items in compile.
const SHARED_COSTS: &[&str] = &["freight_cost", "insurance_cost"];

/// What became of the changes of one declaration, by their places in its list.
#[derive(Default)]
pub(super) struct Outcome {
    amended: BTreeSet<usize>,
    /// With what is told of those that lead to a field.
    not_kept: BTreeMap<usize, Option<String>>,
    added: BTreeSet<i32>,
    unknown: BTreeMap<i32, String>,
}

impl Outcome {
    /// Adds it to what is told of the run; `reference` is the declaration's number.
    pub(super) fn note(self, reference: &str, ledger: &mut Ledger) {
        let key = |place| (reference.to_owned(), place);
        ledger.amended.extend(self.amended.into_iter().map(key));
        ledger.not_kept.extend(self.not_kept.into_iter().map(|(place, told)| (key(place), told)));
        ledger.added.extend(self.added.into_iter().map(|number| (reference.to_owned(), number)));
        ledger.unknown.extend(self.unknown.into_iter().map(|(number, why)| ((reference.to_owned(), number), why)));
    }
}

/// Replaces a cell, or some characters of it; false when the item has none such, or the text does not fit it.
fn set(item: &mut Item, field: &str, value: &str) -> bool {
    match Amended::parse(field) {
        Amended::Part(field, span) if Record::Item.field(field).is_some() => {
            span.put(&item.text(field), value).is_some_and(|whole| item.set(field, &whole))
        }
        _ => item.set(field, value),
    }
}

/// What is told of a change that leads to a field and was not applied.
fn told(reference: &str, change: &Amendment) -> Option<String> {
    let of = change.item_no.map_or_else(String::new, |number| format!("item {number} of "));
    let what = match Amended::parse(&change.field) {
        Amended::Pointer(_) => return None,
        Amended::Field(field) => format!("`{field}`"),
        Amended::Part(..) => format!("`{}` is no part of what stands there", change.field),
        Amended::Unapplied(fields, pointer) => format!("`{pointer}` ({fields})"),
    };
    Some(format!("an amendment of {of}`{reference}` was not applied: {what}"))
}

/// Changes the items and headers of a declaration, and adds to the items.
pub(super) fn amend(items: &mut Vec<Item>, headers: &mut [Header], reference: &str, changes: &[Amendment]) -> Outcome {
    let mut outcome = Outcome::default();
    for (place, change) in changes.iter().enumerate().filter(|(_, change)| change.is_in_force) {
        let of_item = |item: &Item| change.item_no.is_none() || change.item_no == item.number("item_no");
        if change.is_cancellation() {
            let before = items.len();
            items.retain(|item| !of_item(item));
            if items.len() < before {
                outcome.amended.insert(place);
            }
            continue;
        }
        if let Some(number) = change.item_no.filter(|_| !items.iter().any(of_item)) {
            match added::added(items, reference, number, change, &changes[place..]) {
                Ok(item) => {
                    items.push(item);
                    outcome.added.insert(number);
                }
                Err(_) if changes[place..].iter().any(|later| later.cancels(number)) => {
                    // It was made, and the item was taken out after it.
                    outcome.amended.insert(place);
                    continue;
                }
                Err(why) => {
                    outcome.unknown.insert(number, why);
                }
            }
        }
        let (field, value) = (change.field.as_str(), change.value.as_deref().unwrap_or(""));
        let mut hit = false;
        if change.is_of_header() {
            for header in headers.iter_mut() {
                hit |= header.set(field, value);
            }
        }
        // Of the declaration's own amount an item cannot say what it was without it.
        let is_shared =
            change.item_no.is_none() && (items.len() > 1 || change.value.is_none() || hit && SHARED_COSTS.contains(&field));
        let is_kept = !(FIXED.contains(&field) || is_shared && HEADER_AMOUNTS.contains(&field));
        for item in items.iter_mut().filter(|item| of_item(item)) {
            hit |= is_kept && set(item, field, value);
        }
        if hit {
            outcome.amended.insert(place);
        } else {
            outcome.not_kept.insert(place, told(reference, change));
        }
    }
    outcome
}
