//! A stream of blocks to chunks that begin and end between records.
//!
//! One pass over the bytes, in order: a physical line with an even number of quotes
//! ends a record or is a fault by itself, so only lines with an odd number need the
//! full reader. That is exact, quotes closed or not, and costs a twentieth of the
//! decode. What does not fit a chunk is carried to the next; a line too long to be
//! one is dropped as it streams by and reported, so that memory stays bounded.

use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::marks::even_lines;
use super::plan::Plan;
use super::record::{Cells, Dialect, LINE_BYTES, record};
use crate::decode::FormMismatch;
use crate::decode::encoding::check_utf8;
use crate::fault::Fault;
use crate::form::Form;

/// Whole records of a file, ready for any thread.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub plan: Arc<Plan>,
    pub bytes: Vec<u8>,
    /// Physical line the bytes begin on, the header being line 1.
    pub first_line: i64,
    /// Lines that were dropped for their length.
    pub faults: Vec<Fault>,
}

/// So many bytes are looked at before the header is believed.
const HEAD_BYTES: usize = 64 << 10;

/// Below this a chunk is not worth its overhead.
const LEAST_BLOCK: usize = 1 << 10;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Cuts one file into chunks.
pub struct Splitter {
    form: Arc<Form>,
    plan: Option<Arc<Plan>>,
    block: usize,
    buffer: Vec<u8>,
    filled: usize,
    /// Records before this place are whole.
    scanned: usize,
    /// Physical line at the start of the buffer, and at `scanned`.
    first_line: i64,
    line: i64,
    is_skipping: bool,
    faults: Vec<Fault>,
    has_lines: bool,
    spare: Vec<Vec<u8>>,
}

impl Splitter {
    /// Chunks will be about `block` bytes; 8 MiB suits files of gigabytes.
    #[must_use]
    pub fn new(form: Arc<Form>, block: usize) -> Splitter {
        Splitter {
            form,
            plan: None,
            block: block.max(LEAST_BLOCK),
            buffer: Vec::new(),
            filled: 0,
            scanned: 0,
            first_line: 1,
            line: 1,
            is_skipping: false,
            faults: Vec::new(),
            has_lines: false,
            spare: Vec::new(),
        }
    }

    /// Room for the next bytes of the file, as UTF-8; never empty. Say how many came by [`Splitter::advance`].
    pub fn space(&mut self) -> &mut [u8] {
        if self.filled == self.buffer.len() {
            // A record larger than a chunk: the buffer grows by blocks, up to the longest line.
            self.buffer.resize(self.filled + self.block, 0);
        }
        &mut self.buffer[self.filled..]
    }

    /// Takes the first `count` bytes of the space as read. Gives a chunk when one is full.
    ///
    /// # Errors
    /// When the header is not of the form.
    pub fn advance(&mut self, count: usize) -> Result<Option<Chunk>, FormMismatch> {
        self.filled += count;
        if self.filled < self.buffer.len() { Ok(None) } else { self.cut(false) }
    }

    /// Takes bytes that stand elsewhere, as after transcoding.
    ///
    /// # Errors
    /// As [`Splitter::advance`].
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<Chunk>, FormMismatch> {
        let mut chunks = Vec::new();
        while !bytes.is_empty() {
            let space = self.space();
            let count = space.len().min(bytes.len());
            space[..count].copy_from_slice(&bytes[..count]);
            bytes = &bytes[count..];
            chunks.extend(self.advance(count)?);
        }
        Ok(chunks)
    }

    /// The end of the file: the last chunk, if anything is left.
    ///
    /// # Errors
    /// When the file is empty, is a header and no more, or its header is not of the form.
    pub fn finish(&mut self) -> Result<Option<Chunk>, FormMismatch> {
        let chunk = self.cut(true)?;
        if self.has_lines { Ok(chunk) } else { Err(FormMismatch::OnlyHeader) }
    }

    /// The plan, as soon as the header has been read.
    #[must_use]
    pub fn plan(&self) -> Option<&Arc<Plan>> {
        self.plan.as_ref()
    }

    /// Gives back the bytes of a decoded chunk, to be filled again.
    pub fn recycle(&mut self, bytes: Vec<u8>) {
        self.spare.push(bytes);
    }

    fn cut(&mut self, is_last: bool) -> Result<Option<Chunk>, FormMismatch> {
        let plan = match &self.plan {
            Some(plan) => Arc::clone(plan),
            None => match self.read_head(is_last)? {
                Some(plan) => plan,
                None => return Ok(None),
            },
        };
        if self.is_skipping && !self.skip() {
            return Ok(self.dropped(&plan, is_last));
        }
        self.scan(plan.dialect, plan.width);
        let rest = &self.buffer[self.scanned..self.filled];
        if is_last {
            self.scanned = self.filled;
        } else if rest.len() > LINE_BYTES && memchr(b'\n', rest).is_none() {
            self.faults.push(plan.too_long(self.line, rest));
            self.is_skipping = true;
        }
        Ok(self.chunk(&plan, is_last))
    }

    /// Moves `scanned` past every record that is sure to be whole.
    fn scan(&mut self, dialect: Dialect, width: usize) {
        let Some(quote) = dialect.quote else {
            let bytes = &self.buffer[self.scanned..self.filled];
            let Some(last) = memchr::memrchr(b'\n', bytes) else { return };
            self.line += count(memchr_iter(b'\n', &bytes[..=last]).count());
            self.scanned += last + 1;
            return;
        };
        let mut cells = Cells::default();
        loop {
            let bytes = &self.buffer[..self.filled];
            let (end, lines) = even_lines(bytes, self.scanned, quote);
            self.scanned = end;
            self.line += i64::try_from(lines).expect("a file has fewer lines than 63 bits count");
            if memchr(b'\n', &bytes[end..]).is_none() {
                return;
            }
            // The next line has an odd number of quotes: the record may go on below it.
            cells.clear();
            let scan = record(bytes, self.scanned, dialect, width, &mut cells);
            if scan.is_cut && self.filled - self.scanned <= LINE_BYTES {
                return;
            }
            self.scanned = scan.end;
            self.line += scan.lines;
        }
    }

    fn read_head(&mut self, is_last: bool) -> Result<Option<Arc<Plan>>, FormMismatch> {
        if self.filled < HEAD_BYTES && !is_last {
            return Ok(None);
        }
        let head = &self.buffer[..self.filled];
        check_utf8(&head[..head.len().min(HEAD_BYTES)], self.form.encoding)?;
        let mark = if head.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let Some((plan, begin, line)) = Plan::read(&self.form, &head[mark..], is_last)? else { return Ok(None) };
        let plan = Arc::new(plan);
        self.buffer.drain(..mark + begin);
        self.filled -= mark + begin;
        (self.first_line, self.line) = (line, line);
        self.plan = Some(Arc::clone(&plan));
        Ok(Some(plan))
    }

    /// Drops bytes up to the end of a line that is too long; whether the end came.
    fn skip(&mut self) -> bool {
        let end = memchr(b'\n', &self.buffer[..self.filled]);
        match end {
            None => self.filled = 0,
            Some(end) => {
                self.buffer.copy_within(end + 1..self.filled, 0);
                self.filled -= end + 1;
                self.is_skipping = false;
            }
        }
        self.line += i64::from(end.is_some());
        self.first_line = self.line;
        end.is_some()
    }

    /// At the end of the file within a dropped line, only its fault is left to give.
    fn dropped(&mut self, plan: &Arc<Plan>, is_last: bool) -> Option<Chunk> {
        (is_last && !self.faults.is_empty()).then(|| self.chunk(plan, true)).flatten()
    }

    fn chunk(&mut self, plan: &Arc<Plan>, is_last: bool) -> Option<Chunk> {
        if self.scanned == 0 && self.faults.is_empty() && !self.is_skipping {
            return None;
        }
        let mut next = self.spare.pop().unwrap_or_default();
        if self.is_skipping {
            // The beginning of the long line is in its fault; the rest streams by.
            self.filled = self.scanned;
        }
        let carried = &self.buffer[self.scanned..self.filled];
        next.resize(if is_last { carried.len() } else { next.capacity().max(carried.len() + self.block) }, 0);
        next[..carried.len()].copy_from_slice(carried);
        let carried = carried.len();
        let mut bytes = std::mem::replace(&mut self.buffer, next);
        bytes.truncate(self.scanned);
        self.filled = carried;
        self.scanned = 0;
        let first_line = std::mem::replace(&mut self.first_line, self.line);
        let faults = std::mem::take(&mut self.faults);
        self.has_lines |= !faults.is_empty() || !bytes.trim_ascii().is_empty();
        (!bytes.is_empty() || !faults.is_empty()).then(|| Chunk { plan: Arc::clone(plan), bytes, first_line, faults })
    }
}

fn count(lines: usize) -> i64 {
    i64::try_from(lines).expect("a file has fewer lines than 63 bits count")
}
