//! Delimited text: one item a line, cells between separators.
//!
//! A [`Splitter`] takes a file block by block and gives [`Chunk`]s of whole records;
//! a [`DelimitedDecoder`], one a thread, makes batches of them. Blank lines are
//! neither items nor faults and are not counted as lines read. A record that spans
//! lines by its quotes is one line read, at the number of its first.

#[cfg(test)]
mod bad_files;
#[cfg(test)]
mod dialects;
mod marks;
#[cfg(test)]
mod partner_samples;
mod plan;
mod record;
#[cfg(test)]
mod samples;
mod split;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::RecordBatch;
use memchr::{memchr, memmem};

pub use plan::Plan;
pub use split::{Chunk, Splitter};

use self::plan::Part;
use self::record::{Cells, Outcome, Reader};
use super::build::{Rows, Shown, Span};
use super::flow::Filler;
use super::{Context, Decoded, FAULTS_AT_ONCE};
use crate::fault::{Fault, FaultCode, RAW_CHARACTERS, excerpt};

/// Rows read column by column at a time: their text and spans fit the second cache.
const BLOCK_ROWS: usize = 512;

/// A guess at the length of a line, until one chunk has been seen.
const FIRST_ROW_BYTES: usize = 160;

/// Keeps the room made for rows in proportion to the bytes there are.
const LEAST_ROW_BYTES: usize = 16;

/// Decodes chunks of one file. What it remembers between chunks makes it faster and
/// never changes what it gives.
pub struct DelimitedDecoder {
    plan: Arc<Plan>,
    builder: Filler,
    cells: Cells,
    lines: Vec<i64>,
    /// What a row took in the chunk before.
    row_bytes: usize,
}

impl DelimitedDecoder {
    /// A decoder for all chunks of the plan's file, of which each thread has its own.
    #[must_use]
    pub fn new(plan: Arc<Plan>, context: Arc<Context>) -> DelimitedDecoder {
        let builder = Filler::new(&plan.form, context, &plan.places);
        DelimitedDecoder { plan, builder, cells: Cells::default(), lines: Vec::new(), row_bytes: FIRST_ROW_BYTES }
    }

    /// Decodes a chunk of a [`Splitter`], in one piece whatever it holds.
    pub fn decode_chunk(&mut self, chunk: &Chunk) -> Decoded {
        for fault in &chunk.faults {
            self.builder.push_fault(fault.clone());
        }
        self.decode(&chunk.bytes, chunk.first_line)
    }

    /// Decodes whole records, in one piece. Lines read = items + faulted lines.
    pub fn decode(&mut self, chunk: &[u8], first_line: i64) -> Decoded {
        self.read(chunk, first_line, usize::MAX, &mut |_| unreachable!("no chunk holds so many faults"))
    }

    /// Decodes a chunk of a [`Splitter`], in one piece if it is sound. Faults take many times
    /// the room of their lines: where there are many, what has been read is handed over as it
    /// comes, in the order of the file, and the last piece is given back.
    pub fn decode_in_pieces(&mut self, chunk: &Chunk, hand_over: &mut dyn FnMut(Decoded)) -> Decoded {
        for fault in &chunk.faults {
            self.builder.push_fault(fault.clone());
        }
        self.read(&chunk.bytes, chunk.first_line, FAULTS_AT_ONCE, hand_over)
    }

    fn read(&mut self, chunk: &[u8], first_line: i64, most_faults: usize, hand_over: &mut dyn FnMut(Decoded)) -> Decoded {
        let plan = Arc::clone(&self.plan);
        // Asked once a chunk; a cell is looked at again only where the answer is no.
        let is_sound = std::str::from_utf8(chunk).is_ok() && memmem::find(chunk, "\u{fffd}".as_bytes()).is_none();
        let has_nul = memchr(0, chunk).is_some();
        self.builder.reserve(chunk.len() / self.row_bytes);
        let mut reader = Reader::new(chunk, 0, plan.dialect, plan.width);
        let mut at = 0;
        let mut line = first_line;
        while at < chunk.len() {
            let first_span = self.cells.spans.len();
            let scan = reader.record(at, &mut self.cells);
            let bytes = &chunk[at..scan.end];
            match scan.outcome {
                Outcome::Good if has_nul && memchr(0, bytes).is_some() => {
                    self.cells.spans.truncate(first_span);
                    self.line_fault(&plan, line, bytes, FaultCode::NulByte, plan.width);
                }
                Outcome::Good if self.is_header(&plan, chunk, first_span) => {
                    self.cells.spans.truncate(first_span);
                    self.line_fault(&plan, line, bytes, FaultCode::RepeatedHeader, plan.width);
                }
                Outcome::Good => {
                    self.lines.push(line);
                    self.compute(&plan, chunk, first_span);
                }
                Outcome::Blank => {}
                Outcome::Bad { code: FaultCode::LineTooLong, .. } => self.builder.push_fault(plan.too_long(line, bytes)),
                Outcome::Bad { code, cells } => {
                    let code = if has_nul && memchr(0, bytes).is_some() { FaultCode::NulByte } else { code };
                    self.line_fault(&plan, line, bytes, code, cells);
                }
            }
            at = scan.end;
            line += scan.lines;
            let is_bad = matches!(scan.outcome, Outcome::Bad { .. });
            if self.lines.len() == BLOCK_ROWS || is_bad && self.builder.fault_count() >= most_faults {
                self.read_block(&plan, chunk, is_sound);
                if self.builder.fault_count() >= most_faults {
                    hand_over(self.builder.finish());
                }
            }
        }
        self.read_block(&plan, chunk, is_sound);
        let decoded = self.builder.finish();
        // A little too much room is nothing; growing by copies is a tenth of the time.
        let rows = decoded.flows.first().map_or(decoded.keys.len(), RecordBatch::num_rows);
        self.row_bytes = (chunk.len() / (rows + 1) * 15 / 16).max(LEAST_ROW_BYTES);
        decoded
    }

    fn read_block(&mut self, plan: &Plan, chunk: &[u8], is_sound: bool) {
        self.builder.push(&Rows {
            text: chunk,
            arena: &self.cells.arena,
            spans: &self.cells.spans,
            width: plan.width + plan.computed.len(),
            lines: &self.lines,
            private: &plan.private,
            identifiers: &plan.identifiers,
            shown: Shown::Line { separator: char::from(plan.dialect.separator), cells: plan.width },
            is_sound,
        });
        self.cells.clear();
        self.lines.clear();
    }

    /// Whether a record is the header again, as where files were put one behind the other. Nearly every
    /// record differs in its first cell.
    #[inline]
    fn is_header(&self, plan: &Plan, chunk: &[u8], first_span: usize) -> bool {
        let rows = Rows {
            text: chunk,
            arena: &self.cells.arena,
            spans: &self.cells.spans[first_span..],
            width: plan.width,
            lines: &[0],
            private: &[],
            identifiers: &[],
            shown: Shown::Named(&[]),
            is_sound: false,
        };
        // A name was cut where it is very long.
        let is_cut = |name: &str, cell| name.len() >= RAW_CHARACTERS && excerpt(cell) == name;
        plan.header.iter().enumerate().all(|(place, name)| {
            let cell = rows.cell(0, place);
            cell == name.as_bytes() || is_cut(name, cell)
        })
    }

    /// Appends the cells that are made of several columns.
    #[inline]
    fn compute(&mut self, plan: &Plan, chunk: &[u8], first_span: usize) {
        for (rule, part) in &plan.computed {
            let rows = Rows {
                text: chunk,
                arena: &self.cells.arena,
                spans: &self.cells.spans[first_span..],
                width: plan.width,
                lines: &[0],
                private: &[],
                identifiers: &[],
                shown: Shown::Named(&[]),
                is_sound: false,
            };
            let text =
                part_text(part, &rows, &|cell| cell.is_empty() || rule.null_when.iter().any(|null| null.as_bytes() == cell));
            let from = self.cells.arena.len();
            self.cells.arena.extend_from_slice(&text);
            self.cells.spans.push(Span::arena(from, self.cells.arena.len()));
        }
    }

    #[cold]
    fn line_fault(&mut self, plan: &Plan, line: i64, bytes: &[u8], code: FaultCode, cells: usize) {
        let mut found = String::new();
        let (shown, expected) = match code {
            FaultCode::TooFewFields | FaultCode::TooManyFields => {
                let shown = write!(found, "{cells} fields");
                (shown, format!("{} fields, as the header has", plan.width))
            }
            FaultCode::UnclosedQuote => {
                (write!(found, "a quote opened in field {cells}"), "a closing quote before the line ends".to_owned())
            }
            FaultCode::NulByte => (write!(found, "a byte 0"), "text".to_owned()),
            FaultCode::RepeatedHeader => {
                (write!(found, "the names of the columns"), "data: the header stands once, above the first line".to_owned())
            }
            FaultCode::TextAfterQuote => {
                (write!(found, "text after the quote that closes field {cells}"), "a separator or the end of the line".to_owned())
            }
            _ => (
                write!(found, "a quote inside field {cells}, which does not begin with one"),
                "quotes around the whole field and doubled inside, or a form with `quote = \"\"`".to_owned(),
            ),
        };
        shown.expect("text is written to a string");
        let mut fault = Fault::of_line(line, code, found, expected);
        fault.raw = plan.masked_line(bytes.trim_ascii_end());
        self.builder.push_fault(fault);
    }
}

fn part_text(part: &Part, rows: &Rows, is_null: &dyn Fn(&[u8]) -> bool) -> Vec<u8> {
    let declared = |part: &Part| Some(part_text(part, rows, is_null)).filter(|text| !is_null(text));
    match part {
        Part::Cell(place) => rows.cell(0, *place).to_vec(),
        Part::Text(text) => text.clone().into_bytes(),
        Part::FirstOf(parts) => parts.iter().find_map(declared).unwrap_or_default(),
        Part::Join(parts) => parts.iter().filter_map(declared).flatten().collect(),
    }
}
