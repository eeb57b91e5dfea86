//! Documents, which are read whole: XML and JSON.

use std::sync::Arc;

use super::{Context, Decoded, FAULTS_AT_ONCE, FormMismatch, json, xml};
use crate::form::{Form, Layout};

/// Reads one document. The line of an item or record is its position in the file, from 1.
///
/// # Errors
/// When the file as a whole is not a document of this form; one that is cut short is not.
///
/// # Panics
/// When the form is not one of documents.
pub fn decode_document(form: &Form, bytes: &[u8], context: &Arc<Context>) -> Result<Decoded, FormMismatch> {
    decode(form, bytes, context, usize::MAX, &mut |_| unreachable!("no document holds so many faults"))
}

/// Reads one document, in one piece if it is sound: where there are many faults, what has been
/// read is handed over as it comes, and the last piece is given back.
///
/// # Errors
/// As [`decode_document`]; then what was handed over is void.
///
/// # Panics
/// As [`decode_document`].
pub fn decode_in_pieces(
    form: &Form,
    bytes: &[u8],
    context: &Arc<Context>,
    hand_over: &mut dyn FnMut(Decoded),
) -> Result<Decoded, FormMismatch> {
    decode(form, bytes, context, FAULTS_AT_ONCE, hand_over)
}

fn decode(
    form: &Form,
    bytes: &[u8],
    context: &Arc<Context>,
    most_faults: usize,
    hand_over: &mut dyn FnMut(Decoded),
) -> Result<Decoded, FormMismatch> {
    let decode = match form.layout {
        Layout::Xml => xml::decode,
        Layout::Json => json::decode,
        Layout::Delimited => unreachable!("a file of lines is no document"),
    };
    decode(form, bytes, context, most_faults, hand_over)
}
