//! JSON text, a value at a time: numbers stay as they are written, because a binary fraction
//! in between would change them.

use std::borrow::Cow;

use crate::decode::FormMismatch;

/// Deeper than any record; a bound for what recursion must bear.
const DEPTH_LIMIT: usize = 64;

/// What stands at a place.
pub(super) enum Value<'t> {
    Null,
    /// A string without its escapes, a number or a truth value as written.
    Text(Cow<'t, str>),
    /// Its opening bracket has been passed.
    List,
    Object,
}

/// A place in the text, which every value moves on.
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
}

type Read<T> = Result<T, FormMismatch>;

impl<'t> Reader<'t> {
    /// Begins before the first value.
    pub fn new(text: &'t str) -> Reader<'t> {
        Reader { text, at: 0 }
    }

    /// The file cannot be read from here on.
    pub fn refuse(&self, found: impl Into<String>, expected: impl Into<String>) -> FormMismatch {
        let before = &self.text.as_bytes()[..self.at];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        FormMismatch::Document {
            line: memchr::memchr_iter(b'\n', before).count() as u64 + 1,
            column: (self.at - line_start) as u64 + 1,
            found: found.into(),
            expected: expected.into(),
        }
    }

    fn wrong(&self, expected: &str) -> FormMismatch {
        let found = match self.text[self.at..].chars().next() {
            None => "the end of the file".to_owned(),
            Some(letter) if letter.is_control() => format!("control character U+{:04X}", u32::from(letter)),
            Some(letter) => format!("`{letter}`"),
        };
        self.refuse(found, expected)
    }

    fn peek(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn expect(&mut self, byte: u8, what: &str) -> Read<()> {
        if self.peek() != Some(byte) {
            return Err(self.wrong(what));
        }
        self.at += 1;
        Ok(())
    }

    /// The value that stands next. Of a list or an object only the bracket is passed, and its members are asked for.
    ///
    /// # Errors
    /// When no value stands there.
    pub fn value(&mut self) -> Read<Value<'t>> {
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                Ok(Value::Object)
            }
            Some(b'[') => {
                self.at += 1;
                Ok(Value::List)
            }
            Some(b'"') => Ok(Value::Text(self.string()?)),
            _ => {
                let rest = &self.text[self.at..];
                let length =
                    rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.')).count();
                let word = &rest[..length];
                let is_number = word.starts_with(|first: char| first == '-' || first.is_ascii_digit());
                if !is_number && !matches!(word, "null" | "true" | "false" | "NaN") {
                    return Err(self.wrong("a value"));
                }
                self.at += length;
                Ok(if matches!(word, "null" | "NaN") { Value::Null } else { Value::Text(word.into()) })
            }
        }
    }

    /// The name of the next member of an object; none at its end. The value stands next.
    pub fn member(&mut self, is_first: bool) -> Read<Option<Cow<'t, str>>> {
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(None);
        }
        if !is_first {
            self.expect(b',', "`,` or `}`")?;
            self.peek();
        }
        if self.peek() != Some(b'"') {
            return Err(self.wrong("a name in quotes"));
        }
        let name = self.string()?;
        self.expect(b':', "`:`")?;
        Ok(Some(name))
    }

    /// Whether a list has another value, which then stands next.
    pub fn element(&mut self, is_first: bool) -> Read<bool> {
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(false);
        }
        if !is_first {
            self.expect(b',', "`,` or `]`")?;
        }
        Ok(true)
    }

    /// Passes over what a list or object still holds.
    pub fn skip(&mut self, value: &Value<'_>, depth: usize) -> Read<()> {
        if depth == DEPTH_LIMIT {
            return Err(self.refuse(format!("a value inside {DEPTH_LIMIT} others"), format!("at most {DEPTH_LIMIT} levels")));
        }
        let mut is_first = true;
        match value {
            Value::Null | Value::Text(_) => {}
            Value::List => {
                while self.element(is_first)? {
                    let inner = self.value()?;
                    self.skip(&inner, depth + 1)?;
                    is_first = false;
                }
            }
            Value::Object => {
                while self.member(is_first)?.is_some() {
                    let inner = self.value()?;
                    self.skip(&inner, depth + 1)?;
                    is_first = false;
                }
            }
        }
        Ok(())
    }

    /// Nothing may follow the document.
    pub fn end(&mut self) -> Read<()> {
        if self.peek().is_some() { Err(self.wrong("the end of the file")) } else { Ok(()) }
    }

    fn string(&mut self) -> Read<Cow<'t, str>> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' => {
                    self.at = at + 1;
                    return Ok(self.text[start..at].into());
                }
                b'\\' => return self.escaped(start, at),
                _ => at += 1,
            }
        }
        self.at = bytes.len();
        Err(self.wrong("a closing quote"))
    }

    /// A string from its first escape on.
    #[cold]
    fn escaped(&mut self, start: usize, first: usize) -> Read<Cow<'t, str>> {
        let mut text = self.text[start..first].to_owned();
        self.at = first;
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.at += plain;
            match self.text.as_bytes().get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text.into());
                }
                Some(b'\\') => {
                    let letter = self.text.as_bytes().get(self.at + 1).copied();
                    let plain = match letter {
                        Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
                        Some(b'n') => '\n',
                        Some(b't') => '\t',
                        Some(b'r') => '\r',
                        Some(b'b') => '\u{8}',
                        Some(b'f') => '\u{c}',
                        Some(b'u') => self.code_point()?,
                        _ => return Err(self.wrong("one of JSON's own escapes")),
                    };
                    self.at += 2;
                    text.push(plain);
                }
                _ => return Err(self.wrong("a closing quote")),
            }
        }
    }

    /// The letter of `\u0041` or of a pair of such; leaves two bytes for the caller to pass.
    fn code_point(&mut self) -> Read<char> {
        let unit = |at: usize| self.text.get(at + 2..at + 6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let Some(high) = unit(self.at) else { return Err(self.wrong("four hexadecimal digits")) };
        let is_pair = (0xD800..0xDC00).contains(&high) && self.text[self.at + 6..].starts_with("\\u");
        let low = if is_pair { unit(self.at + 6) } else { None };
        let (point, length) = match low.filter(|low| (0xDC00..0xE000).contains(low)) {
            Some(low) => (0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00), 10),
            None => (high, 4),
        };
        self.at += length;
        Ok(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER))
    }
}
