//! The lines on which the records of a CSV file begin, as an editor counts them.
//!
//! The reader's own count is one short where lines end with a carriage return and a line feed, because a
//! record begins for it before the line feed, and it knows nothing of blank lines.

/// Counts the lines of a text up to its records, asked for in their order.
pub struct Lines<'text> {
    text: &'text [u8],
    /// So many bytes are counted.
    counted: usize,
    line: u64,
}

impl<'text> Lines<'text> {
    /// Nothing counted yet: the first line is 1.
    #[must_use]
    pub fn of(text: &'text [u8]) -> Lines<'text> {
        Lines { text, counted: 0, line: 1 }
    }

    /// The line of the record that the reader says is here.
    pub fn at(&mut self, position: Option<&csv::Position>) -> u64 {
        let Some(position) = position else { return self.line };
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let start = usize::try_from(position.byte()).map_or(self.text.len(), |byte| byte.min(self.text.len()));
        let start = start + self.text[start..].iter().take_while(is_end).count();
        while self.counted < start {
            let is_pair = self.text[self.counted..].starts_with(b"\r\n");
            self.line += u64::from(is_end(&&self.text[self.counted]));
            self.counted += if is_pair { 2 } else { 1 };
        }
        self.line
    }

    /// Where a record cannot be read, and why: the reader's own text names its own line.
    pub fn wrong(&mut self, error: &csv::Error) -> (u64, String) {
        let problem = match error.kind() {
            csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                format!("the line has {len} cells, and the header {expected_len}")
            }
            csv::ErrorKind::Utf8 { .. } => "the line is not written in UTF-8".to_owned(),
            _ => error.to_string(),
        };
        (self.at(error.position()), problem)
    }
}
