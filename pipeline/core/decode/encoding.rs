//! Encodings: other than UTF-8 are transcoded before anything looks at the bytes.

use encoding_rs::{CoderResult, Decoder, EUC_KR, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::FormMismatch;
use crate::form::Form;

/// So many bytes are looked at to see that the form's encoding cannot be right.
pub const HEAD_BYTES: usize = 64 << 10;

/// A few broken characters are faults of their cells; so many are another encoding.
const FEWEST_BROKEN: usize = 8;

/// Turns the bytes of a file into UTF-8, in pieces.
///
/// What cannot be read becomes U+FFFD, which is a fault of the cell it stands in.
pub struct Transcoder {
    encoding: &'static Encoding,
    decoder: Decoder,
    /// The first bytes, until there are enough of them to judge.
    head: Option<Vec<u8>>,
    /// A form that is read in more than one encoding is read in UTF-16 too.
    has_fallback: bool,
    mixed: Option<Mixed>,
    /// What the whole file is read in where its first bytes are no UTF-8: letters of several bytes
    /// cannot be told one by one.
    other: Option<&'static Encoding>,
    /// Whether the bytes so far are odd in number.
    is_odd: bool,
}

impl Transcoder {
    /// None for UTF-8 alone, which goes to the splitter as it is.
    #[must_use]
    pub fn of(form: &Form) -> Option<Transcoder> {
        Transcoder::new(form.encoding, form.fallback_encoding)
    }

    fn new(encoding: &'static Encoding, fallback: Option<&'static Encoding>) -> Option<Transcoder> {
        (encoding != UTF_8 || fallback.is_some()).then(|| Transcoder {
            encoding,
            // A byte-order mark of the form's own encoding is dropped; another one is a mismatch.
            decoder: encoding.new_decoder_with_bom_removal(),
            head: Some(Vec::new()),
            has_fallback: fallback.is_some(),
            mixed: fallback.filter(|page| page.is_single_byte()).map(|page| Mixed { page, rest: Vec::new() }),
            other: fallback.filter(|page| !page.is_single_byte()),
            is_odd: false,
        })
    }

    /// The UTF-8 of the next bytes of the file.
    ///
    /// # Errors
    /// When the first bytes show that the file is in another encoding.
    pub fn push(&mut self, bytes: &[u8]) -> Result<String, FormMismatch> {
        self.is_odd ^= bytes.len() % 2 == 1;
        let Some(head) = &mut self.head else { return Ok(self.decode(bytes, false)) };
        head.extend_from_slice(bytes);
        if head.len() < HEAD_BYTES {
            return Ok(String::new());
        }
        self.decode_head()
    }

    /// The end of the file.
    ///
    /// # Errors
    /// As [`Transcoder::push`], for a file of few bytes; and when a byte is missing from a file of letters
    /// of two: behind its place every letter is another, and lines do not even end.
    pub fn finish(&mut self) -> Result<String, FormMismatch> {
        let mut text = self.decode_head()?;
        if self.is_odd && is_utf16(self.encoding) {
            return Err(FormMismatch::HalfLetter { encoding: self.encoding.name() });
        }
        text.push_str(&self.decode(&[], true));
        Ok(text)
    }

    fn decode_head(&mut self) -> Result<String, FormMismatch> {
        let Some(head) = self.head.take() else { return Ok(String::new()) };
        if self.has_fallback {
            let (broken, whole) = characters(&head);
            if let Some(wide) = utf16_of(&head).and_then(|name| Encoding::for_label(name.as_bytes())) {
                self.encoding = wide;
                self.decoder = wide.new_decoder_with_bom_removal();
                self.mixed = None;
            } else if let Some(found) = no_text(&head[..head.len().min(HEAD_BYTES)]) {
                return Err(FormMismatch::NoText { found });
            } else if let Some(other) = self.other.filter(|_| broken > whole) {
                self.decoder = other.new_decoder_without_bom_handling();
            }
            return Ok(self.decode(&head, false));
        }
        check_transcoded(&head[..head.len().min(HEAD_BYTES)], self.encoding)?;
        Ok(self.decode(&head, false))
    }

    fn decode(&mut self, mut bytes: &[u8], is_last: bool) -> String {
        if let Some(mixed) = &mut self.mixed {
            return mixed.decode(bytes, is_last);
        }
        let mut text = String::new();
        loop {
            let room = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(bytes.len());
            text.reserve(room);
            let (result, read, _) = self.decoder.decode_to_string(bytes, &mut text, is_last);
            bytes = &bytes[read..];
            if result == CoderResult::InputEmpty {
                return text;
            }
        }
    }
}

/// UTF-8 with letters of a code page in it, as where files of both kinds go under one name: a letter
/// of a code page next to ASCII is never whole UTF-8.
struct Mixed {
    page: &'static Encoding,
    /// The beginning of a letter whose end has not come yet.
    rest: Vec<u8>,
}

impl Mixed {
    fn decode(&mut self, bytes: &[u8], is_last: bool) -> String {
        self.rest.extend_from_slice(bytes);
        let mut text = String::with_capacity(self.rest.len());
        let mut at = 0;
        // Whole blocks are UTF-8 nearly always, and then looked at once.
        while let Err(error) = std::str::from_utf8(&self.rest[at..]) {
            let (whole, broken) = self.rest[at..].split_at(error.valid_up_to());
            text.push_str(std::str::from_utf8(whole).expect("it is whole so far"));
            at += whole.len();
            let length = match error.error_len() {
                Some(length) => length,
                // More bytes could make a letter of these.
                None if !is_last => break,
                None => broken.len(),
            };
            text.push_str(&self.page.decode_without_bom_handling(&broken[..length]).0);
            at += length;
        }
        if let Ok(whole) = std::str::from_utf8(&self.rest[at..]) {
            text.push_str(whole);
            at = self.rest.len();
        }
        self.rest.drain(..at);
        text
    }
}

/// Whether the first bytes, read as UTF-8, can be of a form with this encoding.
///
/// # Errors
/// When the form says UTF-8 and the bytes are UTF-16, or mostly broken.
pub fn check_utf8(head: &[u8], encoding: &'static Encoding) -> Result<(), FormMismatch> {
    if encoding != UTF_8 {
        return Ok(());
    }
    let wrong = |found: String, likely| FormMismatch::Encoding { expected: "utf-8", found, likely };
    if !head.is_empty() && head.iter().all(|byte| *byte == 0) {
        return Err(wrong("every byte is 0".to_owned(), None));
    }
    if let Some(utf16) = utf16_of(head) {
        return Err(wrong("every second byte is 0, or the byte-order mark is that of UTF-16".to_owned(), Some(utf16)));
    }
    let (broken, whole) = characters(head);
    if broken < FEWEST_BROKEN || broken <= whole {
        return Ok(());
    }
    if let Some(found) = no_text(head) {
        return Err(FormMismatch::NoText { found });
    }
    let found = format!("{broken} of the first {} letters beyond ASCII are no UTF-8", broken + whole);
    Err(wrong(found, likely_code_page(head)))
}

fn check_transcoded(head: &[u8], encoding: &'static Encoding) -> Result<(), FormMismatch> {
    let expected = encoding.name();
    let wrong = |found: &str, likely| Err(FormMismatch::Encoding { expected, found: found.to_owned(), likely });
    let is_utf16 = is_utf16(encoding);
    match utf16_of(head) {
        Some(utf16) if Some(encoding) != Encoding::for_label(utf16.as_bytes()) => {
            return wrong("every second byte is 0, or the byte-order mark is that of UTF-16", Some(utf16));
        }
        // Separators and line breaks leave zeros in any UTF-16 file, whatever its letters.
        None if is_utf16 && !head.is_empty() && !head.contains(&0) => return wrong("no byte is 0", Some("utf-8")),
        _ => {}
    }
    let (broken, whole) = characters(head);
    if !is_utf16 && (head.starts_with(b"\xef\xbb\xbf") || broken == 0 && whole >= FEWEST_BROKEN) {
        // In a code page, letters that happen to be whole UTF-8 throughout do not occur.
        return wrong("every letter beyond ASCII is whole UTF-8", Some("utf-8"));
    }
    Ok(())
}

fn is_utf16(encoding: &Encoding) -> bool {
    encoding == UTF_16LE || encoding == UTF_16BE
}

/// UTF-16 by its byte-order mark, or by the zero bytes of its ASCII half.
#[must_use]
pub fn utf16_of(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, ..] => return Some("utf-16le"),
        [0xfe, 0xff, ..] => return Some("utf-16be"),
        _ => {}
    }
    if let Some(utf16) = utf16_of_first_line(head) {
        return Some(utf16);
    }
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    let (first, second) = (zeros(0), zeros(1));
    // A file of zeros is no text at all.
    if first.min(second) * 4 > head.len() || first.max(second) * 4 <= head.len() / 2 * 3 || head.len() < 4 {
        return None;
    }
    Some(if second > first { "utf-16le" } else { "utf-16be" })
}

/// UTF-16 whose first line is ASCII, as the names of columns are, whatever the letters below it.
fn utf16_of_first_line(head: &[u8]) -> Option<&'static str> {
    let newline = memchr::memchr(b'\n', head)?;
    let (line, zero_at) = if newline % 2 == 0 { (&head[..newline], 1) } else { (&head[..newline - 1], 0) };
    let end = head.get(newline + 1 - 2 * (newline % 2))?;
    let is_wide = |pair: &[u8]| pair[zero_at] == 0 && pair[1 - zero_at] != 0;
    let is_utf16 = line.len() >= 4 && *end == 0 && line.chunks_exact(2).all(is_wide);
    is_utf16.then_some(if zero_at == 1 { "utf-16le" } else { "utf-16be" })
}

/// Letters beyond ASCII that are broken, and that are whole, read as UTF-8.
#[must_use]
pub fn characters(head: &[u8]) -> (usize, usize) {
    let (mut broken, mut whole) = (0, 0);
    for piece in head.utf8_chunks() {
        whole += piece.valid().chars().filter(|letter| !letter.is_ascii()).count();
        // A character cut by the end of what is looked at is not broken.
        broken += usize::from(!piece.invalid().is_empty());
    }
    (broken, whole)
}

/// What shows that bytes are no text in any encoding of single or several bytes, if anything does.
#[must_use]
pub fn no_text(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"%PDF") {
        return Some("it is a PDF");
    }
    // Tabs, line ends, form feeds, and the mark that old programs end a file with.
    let is_control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1a);
    (head.iter().filter(is_control).count() * 50 > head.len()).then_some("many of its bytes are letters in no encoding")
}

/// The code page that makes sense of bytes that are no UTF-8. In windows-1251 words are
/// runs of letters from 0xC0 up; in windows-1254 such letters stand alone among ASCII; Korean
/// is mostly syllables of two bytes.
#[must_use]
pub fn likely_code_page(head: &[u8]) -> Option<&'static str> {
    let korean = EUC_KR.decode_without_bom_handling(head).0;
    let beyond_ascii = korean.chars().filter(|letter| !letter.is_ascii()).count();
    if korean.chars().filter(|letter| ('가'..='힣').contains(letter)).count() * 2 > beyond_ascii {
        return Some("euc-kr");
    }
    let is_high = |byte: &u8| *byte >= 0xc0;
    let high = head.iter().filter(|byte| is_high(byte)).count();
    if high == 0 {
        return None;
    }
    let pairs = head.windows(2).filter(|pair| pair.iter().all(is_high)).count();
    Some(if pairs * 2 > high { "windows-1251" } else { "windows-1254" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{WINDOWS_1251, WINDOWS_1252, WINDOWS_1254};

    /// The text of a file that comes in pieces.
    fn transcoded(encoding: &'static Encoding, bytes: &[u8], piece: usize) -> Result<String, FormMismatch> {
        pieces(Transcoder::new(encoding, (encoding == UTF_8).then_some(WINDOWS_1252)), bytes, piece)
    }

    fn pieces(transcoder: Option<Transcoder>, bytes: &[u8], piece: usize) -> Result<String, FormMismatch> {
        let mut transcoder = transcoder.expect("it is not UTF-8 alone");
        let mut text = String::new();
        for piece in bytes.chunks(piece) {
            text.push_str(&transcoder.push(piece)?);
        }
        text.push_str(&transcoder.finish()?);
        Ok(text)
    }

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn wide_text_is_known_by_its_first_line_whatever_follows() {
        let text = "id;goods\n1;плитка керамическая глазурованная для облицовки стен\n".to_owned();
        let little = utf16(&text);
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!((utf16_of(&little), utf16_of(&big)), (Some("utf-16le"), Some("utf-16be")));
        // Bytes 0 in a text of single bytes are no UTF-16.
        for text in ["id;goods\n1;\0\n", "i\0d;\ngoods\n", "\n\0\n", "\0\n"] {
            assert_eq!(utf16_of(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn pieces_do_not_matter() {
        let text = "номер;товар\n1;плитка\n".repeat(5000);
        for piece in [1, 3, 1000, 70_000, 1 << 20] {
            assert_eq!(transcoded(WINDOWS_1251, &WINDOWS_1251.encode(&text).0, piece).as_ref(), Ok(&text), "{piece}");
            assert_eq!(transcoded(UTF_16LE, &utf16(&text), piece).as_ref(), Ok(&text), "{piece}");
        }
        let turkish = "şirkət;ğöçüı\n";
        assert_eq!(transcoded(WINDOWS_1254, &WINDOWS_1254.encode("ğöçüışİ").0, 2).as_deref(), Ok("ğöçüışİ"));
        assert!(WINDOWS_1254.encode(turkish).2, "the code page has no ə");
        assert!(Transcoder::new(UTF_8, None).is_none());
    }

    #[test]
    fn letters_of_a_code_page_are_read_among_those_of_utf8() {
        // Whole letters of two, three and four bytes, two of the code page, and one cut by the end.
        let bytes = "Türkiye;东;😀;".bytes().chain(*b"C\xf4te d'Ivoire;Cura\xe7ao;\xc3").collect::<Vec<_>>();
        for piece in [1, 2, 3, 5, 100] {
            assert_eq!(transcoded(UTF_8, &bytes, piece).as_deref(), Ok("Türkiye;东;😀;Côte d'Ivoire;Curaçao;Ã"), "{piece}");
        }
    }

    #[test]
    fn a_file_is_wholly_in_the_page_of_several_bytes_or_not_at_all() {
        let text = "신고번호,적출국가코드\n1,베트남\n".repeat(4000);
        for bytes in [text.clone().into_bytes(), EUC_KR.encode(&text).0.into_owned()] {
            for piece in [1, 1000, 70_000, 1 << 20] {
                assert_eq!(pieces(Transcoder::new(UTF_8, Some(EUC_KR)), &bytes, piece).as_ref(), Ok(&text), "{piece}");
            }
        }
        let broken = [text.as_bytes(), b"\xff"].concat();
        assert!(pieces(Transcoder::new(UTF_8, Some(EUC_KR)), &broken, 999).is_ok_and(|read| read.starts_with(&text)));
        assert_eq!(likely(check_utf8(&EUC_KR.encode(&text).0, UTF_8)), Some("euc-kr"));
        assert_eq!(likely_code_page(&WINDOWS_1251.encode("Помидоры свежие, АВАРИЯ БАЗАР").0), Some("windows-1251"));
        assert_eq!(likely_code_page(&WINDOWS_1254.encode("Çiçek, gül, şeftali, İĞDE").0), Some("windows-1254"));
    }

    #[test]
    fn a_byte_order_mark_of_the_form_is_dropped() {
        assert_eq!(transcoded(UTF_16LE, &[b"\xff\xfe".to_vec(), utf16("id;no")].concat(), 3).as_deref(), Ok("id;no"));
    }

    #[test]
    fn what_cannot_be_read_is_marked() {
        let broken = [utf16("id;no;"), vec![0x00, 0xdc], utf16(";x"), vec![0x3d, 0xd8]].concat();
        assert_eq!(transcoded(UTF_16LE, &broken, 5).as_deref(), Ok("id;no;\u{fffd};x\u{fffd}"));
    }

    #[test]
    fn a_file_of_half_a_letter_is_refused() {
        let text = utf16(&"id;no\n1;2\n".repeat(20_000));
        let at = text.len() / 3;
        let (lost, more) = ([&text[..at], &text[at + 1..]].concat(), [&text[..], b"\n"].concat());
        for broken in [&lost, &more, &text[..text.len() - 1].to_vec()] {
            for piece in [1, 3, 1000, 70_000, 1 << 20] {
                let refusal = transcoded(UTF_16LE, broken, piece).expect_err("a byte is missing, or one too many");
                assert_eq!(refusal, FormMismatch::HalfLetter { encoding: "UTF-16LE" });
                assert!(refusal.hint().is_some_and(|hint| hint.contains("ask the sender")));
            }
        }
        assert!(transcoded(WINDOWS_1251, b"id;no", 2).is_ok());
    }

    #[test]
    fn a_form_with_a_fallback_is_read_in_wide_letters_too() {
        let text = "period,reporter,partner\n2022,Türkiye,Грузия\n".repeat(3000);
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], letters: &[u8]| [mark, letters].concat();
        let files = [utf16(&text), marked(b"\xff\xfe", &utf16(&text)), big.clone(), marked(b"\xfe\xff", &big)];
        for page in [WINDOWS_1252, EUC_KR] {
            for (bytes, piece) in files.iter().flat_map(|bytes| [1, 3, 70_000, 1 << 20].map(|piece| (bytes, piece))) {
                assert_eq!(
                    pieces(Transcoder::new(UTF_8, Some(page)), bytes, piece).as_ref(),
                    Ok(&text),
                    "{} {piece}",
                    page.name()
                );
            }
            let half = &files[1][..files[1].len() - 1];
            assert!(matches!(pieces(Transcoder::new(UTF_8, Some(page)), half, 999), Err(FormMismatch::HalfLetter { .. })));
        }
    }

    fn likely(result: Result<impl Sized, FormMismatch>) -> Option<&'static str> {
        match result {
            Err(FormMismatch::Encoding { likely, .. }) => likely,
            _ => panic!("the encoding is wrong"),
        }
    }

    #[test]
    fn another_encoding_than_the_forms_is_seen() {
        let russian = "номер;товар\n1;плитка\n";
        assert_eq!(likely(check_utf8(&WINDOWS_1251.encode(russian).0, UTF_8)), Some("windows-1251"));
        assert_eq!(likely(check_utf8(&utf16("id;no;proc"), UTF_8)), Some("utf-16le"));
        assert_eq!(likely(check_utf8(b"\xfe\xff\x00i", UTF_8)), Some("utf-16be"));
        assert_eq!(likely(transcoded(WINDOWS_1251, russian.as_bytes(), 10)), Some("utf-8"));
        assert_eq!(likely(transcoded(WINDOWS_1251, b"\xef\xbb\xbfid;no", 10)), Some("utf-8"));
        assert_eq!(likely(transcoded(WINDOWS_1251, &utf16("id;no;proc\n1;2;3\n"), 10)), Some("utf-16le"));
        assert_eq!(likely(transcoded(UTF_16LE, b"id;no;proc", 10)), Some("utf-8"));
        assert_eq!(likely(transcoded(UTF_16LE, b"\xfe\xff\x00i", 10)), Some("utf-16be"));
    }

    #[test]
    fn bytes_of_no_text_have_no_encoding() {
        let letters = WINDOWS_1254.encode("Çiçek, gül, şeftali, İĞDE, çay, üzüm").0.into_owned();
        assert_eq!(likely(check_utf8(&letters, UTF_8)), Some("windows-1254"));
        // A form feed or an end mark of old is no sign of a program or a picture.
        assert_eq!(likely(check_utf8(&[letters.as_slice(), b"\x0c\x1a"].concat(), UTF_8)), Some("windows-1254"));
        let pdf = [b"%PDF-1.7\n".as_slice(), &letters].concat();
        let noise = (0..2000_u32).map(|place| (place * place * 7 + place * 13) as u8).collect();
        for bytes in [pdf, noise] {
            let error = check_utf8(&bytes, UTF_8).expect_err("it is no text");
            assert!(!error.hint().unwrap_or_default().contains("encoding"), "{error}: {:?}", error.hint());
            assert!(error.to_string().contains("no text"), "{error}");
            // In a code page any byte is a letter, and the columns would be what is missed.
            let mixed = pieces(Transcoder::new(UTF_8, Some(WINDOWS_1254)), &bytes, 100);
            assert_eq!(mixed.expect_err("it is no text"), error);
        }
    }

    #[test]
    fn a_few_broken_letters_are_no_other_encoding() {
        assert_eq!(check_utf8(b"id;caf\xe9;b\xf6se", UTF_8), Ok(()));
        let mostly_whole = ["ə".repeat(50).into_bytes(), b"\xff ".repeat(20)].concat();
        assert_eq!(check_utf8(&mostly_whole, UTF_8), Ok(()));
        assert_eq!(check_utf8("плитка".as_bytes(), UTF_8), Ok(()));
    }
}
