//! What is printed of rows: tables, charts, pages and the account, in the languages of a profile.

pub mod absence;
pub mod account;
pub mod charts;
pub mod page;
pub mod tables;

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;

use crate::describe::Describer;
use crate::run::Run;

/// The batches with what they are written into the file: a table alone must be traceable.
pub fn marked(run: &Run, describer: &Describer, relation: &str, batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let manifest = &run.manifest;
    let mut marks = vec![
        ("run", manifest.id.clone()),
        ("period", manifest.period.clone()),
        ("state", manifest.state.clone()),
        ("method_digest", manifest.method_digest.clone()),
        ("confidentiality", manifest.confidentiality.clone()),
    ];
    if manifest.synthetic {
        marks.push(("synthetic", "SYNTHETIC DATA: made by the demo, not statistics of any country".into()));
    }
    marks.extend(manifest.as_of.iter().map(|moment| ("as_of", moment.clone())));
    let absent = run.absent_months();
    if !absent.is_empty() {
        marks.push(("absent_months", absent.join(" ")));
    }
    let marks: std::collections::HashMap<String, String> = marks.into_iter().map(|(key, value)| (key.into(), value)).collect();
    let mark = |batch: &RecordBatch| {
        let schema = describer.described(relation, &batch.schema()).as_ref().clone().with_metadata(marks.clone());
        batch.clone().with_schema(Arc::new(schema)).expect("only its metadata differ")
    };
    batches.iter().map(mark).collect()
}
