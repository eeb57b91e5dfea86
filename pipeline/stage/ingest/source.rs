//! Files as streams of bytes, hashed as they are read; `.gz` and `.zst` as they are.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result, shown};

/// Why a file of a folder or a glob may have been passed over.
const HIDDEN: &str = "files whose names begin with a dot are not read";

/// Files, folders (all files below them, by name) and globs, in a stable order. Of folders and globs, files
/// whose names begin with a dot are not read: editors and copying programs leave such beside the real ones. A
/// glob whose own name begins with a dot asks for them.
pub fn expand(asked: &[&Path]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in asked {
        let text = path.to_string_lossy();
        if text.starts_with("s3://") {
            return Err(Error::Usage {
                problem: format!("`{}`: files in object storage cannot be read yet", shown(path)),
                hint: "copy them to a folder first".into(),
            });
        }
        if path.is_dir() {
            let before = files.len();
            collect(path, &mut Vec::new(), &mut files)?;
            if files.len() == before {
                let problem = format!("the folder `{}` holds no files", shown(path));
                return Err(Error::NothingToRead { problem, hint: HIDDEN.into() });
            }
        } else if path.exists() || !text.contains(['*', '?', '[']) {
            files.push(path.to_path_buf());
        } else {
            // What is no pattern, as with a bracket that nothing closes, is the name of a file.
            let Ok(entries) = glob::glob(&text) else {
                files.push(path.to_path_buf());
                continue;
            };
            let (before, mut passed) = (files.len(), 0);
            for entry in entries {
                let entry = entry.map_err(|e| Error::ReadSource { path: e.path().into(), source: e.into() })?;
                if !entry.is_file() {
                    continue;
                }
                if is_hidden(&entry) && !is_hidden(path) {
                    passed += 1;
                } else {
                    files.push(entry);
                }
            }
            if files.len() == before {
                let hint = if passed > 0 { HIDDEN.into() } else { String::new() };
                return Err(Error::NothingToRead { problem: format!("no file matches `{}`", shown(path)), hint });
            }
        }
    }
    Ok(files)
}

fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// `above` are the folders on the way, so that a link back to one of them ends there.
fn collect(folder: &Path, above: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) -> Result<()> {
    let unreadable = |source| Error::ReadSource { path: folder.into(), source };
    let place = folder.canonicalize().map_err(unreadable)?;
    if above.contains(&place) {
        return Ok(());
    }
    above.push(place);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        entries.push(entry.map_err(unreadable)?.path());
    }
    entries.sort();
    for path in entries {
        // A link that leads nowhere is told when it is opened; a pipe or a socket would be waited for.
        let is_special = std::fs::metadata(&path).is_ok_and(|found| !found.is_file());
        if path.is_dir() {
            collect(&path, above, files)?;
        } else if !is_hidden(&path) && !is_special {
            files.push(path);
        }
    }
    above.pop();
    Ok(())
}

/// A pipe or a device would be waited for, perhaps for ever, and a file is read twice: it is
/// refused before it is opened.
pub fn check_regular(path: &Path) -> Result<()> {
    let unreadable = |source| Error::ReadSource { path: path.into(), source };
    if std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Ok(());
    }
    let what = "it is no regular file but a folder, a pipe, a socket or a device: save what it gives to a file first";
    Err(unreadable(std::io::Error::new(ErrorKind::InvalidInput, what)))
}

/// Hash of the bytes as they lie on the disk.
pub fn hash(path: &Path) -> Result<String> {
    let unreadable = |source| Error::ReadSource { path: path.into(), source };
    let mut file = File::open(path).map_err(unreadable)?;
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; 1 << 20];
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok(hasher.finalize().to_hex().to_string()),
            Ok(count) => hasher.update(&block[..count]),
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(unreadable(e)),
        };
    }
}

struct Hashing {
    file: File,
    hasher: blake3::Hasher,
    read: u64,
    /// How the file must begin, where its name says that it is compressed.
    magic: &'static [u8],
}

impl Read for Hashing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        if self.read == 0
            && let Some((magic, what, ending)) = packed(&buffer[..count])
            && magic != self.magic
        {
            if is_workbook(&buffer[..count]) {
                let what = "it is a workbook, such as those of Excel: save its sheet as CSV first";
                return Err(std::io::Error::new(ErrorKind::Unsupported, what));
            }
            let named = if ending.is_empty() { String::new() } else { format!(", and its name does not end with {ending}") };
            return Err(std::io::Error::new(ErrorKind::Unsupported, format!("it is {what}{named}: unpack it first")));
        }
        self.hasher.update(&buffer[..count]);
        self.read += count as u64;
        Ok(count)
    }
}

const GZIP: &[u8] = b"\x1f\x8b";
const ZSTD: &[u8] = b"\x28\xb5\x2f\xfd";

/// How archives and compressed files begin, what they are, and the endings of those that are read as they are.
const PACKED: [(&[u8], &str, &str); 7] = [
    (OLD_WORKBOOK, "a workbook", ""),
    (b"PK\x03\x04", "a ZIP archive", ""),
    (GZIP, "a file compressed by gzip", ".gz"),
    (ZSTD, "a file compressed by zstd", ".zst"),
    (b"BZh", "a file compressed by bzip2", ""),
    (b"\xfd7zXZ\x00", "a file compressed by xz", ""),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", ""),
];

/// Where a tar archive says that it is one.
const TAR: (usize, &[u8]) = (257, b"ustar");

/// Enough of the beginning of a file to see what it is.
const MAGIC_BYTES: usize = 262;

/// How the workbooks of Excel began before they were ZIP archives.
const OLD_WORKBOOK: &[u8] = b"\xd0\xcf\x11\xe0";

/// Names that the first entry of a workbook begins with, and where it stands in the archive.
const WORKBOOK: (usize, [&[u8]; 4]) = (30, [b"[Content_Types].xml", b"xl/", b"docProps/", b"_rels/"]);

fn is_workbook(start: &[u8]) -> bool {
    let (place, names) = WORKBOOK;
    start.starts_with(OLD_WORKBOOK) || start.get(place..).is_some_and(|entry| names.iter().any(|name| entry.starts_with(name)))
}

/// What a file is that begins so, if it is no text.
fn packed(start: &[u8]) -> Option<(&'static [u8], &'static str, &'static str)> {
    let known = PACKED.into_iter().find(|(magic, ..)| start.starts_with(magic));
    let is_tar = || start.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1));
    known.or_else(|| is_tar().then_some((TAR.1, "a tar archive", "")))
}

enum Stream {
    Plain(Box<Hashing>),
    Gzip(Box<flate2::read::MultiGzDecoder<Hashing>>),
    Zstd(Box<zstd::Decoder<'static, std::io::BufReader<Hashing>>>),
}

/// A file opened for decoding.
pub struct Source {
    path: PathBuf,
    stream: Stream,
    /// The first bytes that were unpacked, until they show what they are; none once they have.
    start: Option<Vec<u8>>,
}

impl Source {
    /// Unpacks by the ending, `.gz` or `.zst`; any other file is read as it is.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |source| Error::ReadSource { path: path.into(), source };
        let file = File::open(path).map_err(unreadable)?;
        let hashing = |magic| Hashing { file, hasher: blake3::Hasher::new(), read: 0, magic };
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let stream = match ending.as_deref() {
            Some("gz") => Stream::Gzip(Box::new(flate2::read::MultiGzDecoder::new(hashing(GZIP)))),
            Some("zst") => Stream::Zstd(Box::new(zstd::Decoder::new(hashing(ZSTD)).map_err(unreadable)?)),
            _ => Stream::Plain(Box::new(hashing(b""))),
        };
        let is_packed = !matches!(stream, Stream::Plain(_));
        Ok(Source { path: path.into(), stream, start: is_packed.then(Vec::new) })
    }

    /// Some bytes, decompressed; none at the end.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let read = match &mut self.stream {
                Stream::Plain(stream) => stream.read(buffer),
                Stream::Gzip(stream) => stream.read(buffer),
                Stream::Zstd(stream) => stream.read(buffer),
            };
            match read {
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::ReadSource { path: self.path.clone(), source: self.explain(e) }),
                Ok(count) => {
                    self.look(&buffer[..count])?;
                    return Ok(count);
                }
            }
        }
    }

    /// Looks at the first bytes that were unpacked: a file may be packed twice.
    fn look(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(mut start) = self.start.take() else { return Ok(()) };
        start.extend_from_slice(&bytes[..bytes.len().min(MAGIC_BYTES - start.len())]);
        if let Some((_, what, _)) = packed(&start) {
            let source = std::io::Error::new(ErrorKind::Unsupported, format!("inside it is {what}: unpack it first"));
            return Err(Error::ReadSource { path: self.path.clone(), source });
        }
        if start.len() < MAGIC_BYTES {
            self.start = Some(start);
        }
        Ok(())
    }

    /// All bytes of a document, or what keeps it from being one: more than `most` of them, or nothing
    /// but zeros at the start.
    pub fn read_document(&mut self, most: usize) -> Result<std::result::Result<Vec<u8>, String>> {
        let mut bytes = Vec::new();
        let mut block = vec![0; 1 << 18];
        loop {
            let count = self.read(&mut block)?;
            if count == 0 {
                return Ok(Ok(bytes));
            }
            bytes.extend_from_slice(&block[..count]);
            if bytes.len() > most {
                return Ok(Err(format!("it is larger than {} MB unpacked", most >> 20)));
            }
            // Told before gigabytes of them are unpacked.
            if bytes.len() > block.len() / 2 && bytes.iter().all(|byte| *byte == 0) {
                return Ok(Err(format!("the first {} bytes are all 0", bytes.len())));
            }
        }
    }

    fn explain(&self, error: std::io::Error) -> std::io::Error {
        match self.stream {
            Stream::Plain(_) => error,
            _ if error.kind() == ErrorKind::Unsupported => error,
            _ => std::io::Error::new(error.kind(), format!("the compressed file is cut short or damaged ({error})")),
        }
    }

    /// Bytes of the file itself that were read so far.
    pub fn position(&self) -> u64 {
        match &self.stream {
            Stream::Plain(stream) => stream.read,
            Stream::Gzip(stream) => stream.get_ref().read,
            Stream::Zstd(stream) => stream.get_ref().get_ref().read,
        }
    }

    /// Hash of all bytes of the file, those behind the end of a compressed stream too.
    pub fn finish(self) -> Result<String> {
        let mut hashing = match self.stream {
            Stream::Plain(stream) => *stream,
            Stream::Gzip(stream) => stream.into_inner(),
            Stream::Zstd(stream) => stream.finish().into_inner(),
        };
        let mut rest = vec![0; 1 << 16];
        loop {
            match hashing.read(&mut rest) {
                Ok(0) => return Ok(hashing.hasher.finalize().to_hex().to_string()),
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(source) => return Err(Error::ReadSource { path: self.path, source }),
            }
        }
    }
}

/// The first bytes of a file, decompressed.
pub fn head(path: &Path, count: usize) -> Result<Vec<u8>> {
    let mut source = Source::open(path)?;
    let mut bytes = vec![0; count];
    let mut filled = 0;
    while filled < count {
        match source.read(&mut bytes[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}
