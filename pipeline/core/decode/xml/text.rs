//! From the bytes of an XML file to text, under the encoding that the file names.
//!
//! A wrong encoding is an error of the whole file: letters of a description could
//! be repaired, but nothing would show which codes were read wrongly as well.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// Why a file cannot be read as XML at all: where, what stands there, what should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub line: u64,
    pub column: u64,
    pub found: String,
    pub expected: String,
}

impl Refusal {
    /// Finds line and column of a byte of the text, both from 1.
    pub fn at(text: &[u8], offset: usize, found: impl Into<String>, expected: impl Into<String>) -> Refusal {
        let before = &text[..offset.min(text.len())];
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        Refusal {
            line: memchr::memchr_iter(b'\n', before).count() as u64 + 1,
            column: (before.len() - line_start) as u64 + 1,
            found: found.into(),
            expected: expected.into(),
        }
    }
}

/// The text of the file; borrowed where the file is UTF-8 already.
pub(super) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Refusal::at(bytes, 0, "an empty file", "an XML document"));
    }
    let (encoding, mark) = encoding_of(bytes)?;
    let body = &bytes[mark..];
    let text = if encoding == encoding_rs::UTF_8 {
        let text = std::str::from_utf8(body).map_err(|error| not_encoded(bytes, mark + error.valid_up_to(), encoding))?;
        Cow::Borrowed(text)
    } else {
        let (text, had_errors) = encoding.decode_without_bom_handling(body);
        if had_errors {
            let offset = text.find('\u{fffd}').unwrap_or(text.len());
            return Err(not_encoded(text.as_bytes(), offset, encoding));
        }
        text
    };
    match text.bytes().position(|byte| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r')) {
        None => Ok(text),
        Some(offset) => {
            let found = format!("control character U+{:04X}", text.as_bytes()[offset]);
            Err(Refusal::at(text.as_bytes(), offset, found, "text that XML allows"))
        }
    }
}

fn not_encoded(text: &[u8], offset: usize, encoding: &'static Encoding) -> Refusal {
    let found = format!("bytes that are not {}", encoding.name());
    Refusal::at(text, offset, found, format!("the encoding the file declares, {}", encoding.name()))
}

/// The encoding, and the length of the byte-order mark.
fn encoding_of(bytes: &[u8]) -> Result<(&'static Encoding, usize), Refusal> {
    // An XML document starts with `<`, so the place of its zero byte tells the order.
    let unmarked = match bytes {
        [b'<', 0, ..] => Some((encoding_rs::UTF_16LE, 0)),
        [0, b'<', ..] => Some((encoding_rs::UTF_16BE, 0)),
        _ => None,
    };
    let marked = Encoding::for_bom(bytes).or(unmarked);
    let start = &bytes[..bytes.len().min(400)];
    let Some(label) = (match marked {
        Some((encoding, mark)) => declared(&encoding.decode_without_bom_handling(&start[mark..]).0),
        None => declared(&String::from_utf8_lossy(start)),
    }) else {
        return Ok(marked.unwrap_or((encoding_rs::UTF_8, 0)));
    };
    let Some(named) = Encoding::for_label(label.as_bytes()) else {
        let found = format!("the encoding `{label}`");
        return Err(Refusal::at(bytes, 0, found, "a known encoding, such as utf-8, utf-16 or windows-1251"));
    };
    // A label cannot tell the byte order of UTF-16 and names any of its kinds.
    let is_wide = |encoding| encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
    match marked {
        None if is_wide(named) => Err(Refusal::at(bytes, 0, "text in single bytes", format!("{label}, as the file declares"))),
        None => Ok((named, 0)),
        Some((encoding, mark)) if encoding == named || is_wide(encoding) && is_wide(named) => Ok((encoding, mark)),
        Some((encoding, _)) => Err(Refusal::at(bytes, 0, encoding.name(), format!("{label}, as the file declares"))),
    }
}

/// What stands after `encoding=` in the first line of the document.
fn declared(start: &str) -> Option<String> {
    let declaration = start.trim_start().strip_prefix("<?xml")?.split("?>").next()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |unit: u16| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn the_declared_encoding_is_used() {
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("<?xml version='1.0' encoding='windows-1251'?><a>нефть</a>");
        assert!(decode(&bytes).unwrap().contains("нефть"));
        let (bytes, _, _) = encoding_rs::WINDOWS_1254.encode("<?xml version=\"1.0\" encoding=\"windows-1254\"?><a>Şəki</a>");
        // Schwa is not in the code page: the encoder wrote a character reference, which stays one.
        assert!(decode(&bytes).unwrap().contains('Ş'));
    }

    #[test]
    fn wide_text_is_read_with_and_without_its_mark() {
        let document = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ə</a>";
        for big_endian in [false, true] {
            let bare = wide(document, big_endian);
            let marked = wide(&format!("\u{feff}{document}"), big_endian);
            assert_eq!(decode(&bare).unwrap(), document);
            assert_eq!(decode(&marked).unwrap(), document);
        }
    }

    #[test]
    fn a_mark_is_not_part_of_the_text() {
        assert_eq!(decode(b"\xef\xbb\xbf<a/>").unwrap(), "<a/>");
    }

    #[test]
    fn an_encoding_that_the_bytes_do_not_have_is_refused_with_its_place() {
        let refusal = decode(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a>\xff</a>").unwrap_err();
        assert_eq!((refusal.line, refusal.column), (2, 4));
        assert_eq!(refusal.found, "bytes that are not UTF-8");

        let refusal = decode(b"<?xml version=\"1.0\" encoding=\"UTF-16\"?><a/>").unwrap_err();
        assert_eq!(refusal.expected, "UTF-16, as the file declares");

        let refusal = decode(&wide("<?xml version=\"1.0\" encoding=\"utf-8\"?><a/>", false)).unwrap_err();
        assert_eq!((refusal.found.as_str(), refusal.expected.as_str()), ("UTF-16LE", "utf-8, as the file declares"));

        let refusal = decode(b"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>").unwrap_err();
        assert_eq!(refusal.found, "the encoding `klingon`");
    }

    #[test]
    fn an_empty_file_and_a_zero_byte_are_refused() {
        assert_eq!(decode(b" \n").unwrap_err().found, "an empty file");
        let refusal = decode(b"<a>\n1\0</a>").unwrap_err();
        assert_eq!((refusal.line, refusal.column), (2, 2));
        assert_eq!(refusal.found, "control character U+0000");
    }
}
