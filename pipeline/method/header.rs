//! The header of a SQL file: title, prose, then keys, all in its leading comment.

use crate::error::{Error, Result, nearest};

/// Rooms of `sql/`, in the order in which data passes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    Validate,
    Compile,
    Classify,
    Mirror,
    Protect,
    Tables,
    Audit,
}

impl Layer {
    /// In the order in which they may read each other.
    pub const ALL: [Layer; 7] =
        [Layer::Validate, Layer::Compile, Layer::Classify, Layer::Mirror, Layer::Protect, Layer::Tables, Layer::Audit];

    /// Its folder below `sql`.
    pub fn folder(self) -> &'static str {
        match self {
            Layer::Validate => "validate",
            Layer::Compile => "compile",
            Layer::Classify => "classify",
            Layer::Mirror => "mirror",
            Layer::Protect => "protect",
            Layer::Tables => "tables",
            Layer::Audit => "audit",
        }
    }

    /// Keys a header of this layer may have.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Layer::Validate => &["class", "judges", "severity", "field", "list", "method", "grain", "view"],
            Layer::Compile | Layer::Mirror => &["grain", "imts", "method", "apply", "view"],
            Layer::Classify => &["grain", "imts", "method", "view"],
            Layer::Protect => &["grain", "method", "apply", "view"],
            Layer::Tables => &["grain", "unit", "decimals", "chart", "notes", "period", "page", "imts", "method", "view"],
            Layer::Audit => &["method"],
        }
    }
}

/// The comment that a SQL file starts with.
#[derive(Debug, Clone, Default)]
pub struct Header {
    pub title: String,
    pub prose: String,
    keys: Vec<(String, String)>,
}

impl Header {
    /// The value of a key as written; none where the header has no such key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// The values of a key between its commas; none where the header has no such key.
    pub fn list(&self, key: &str) -> Vec<String> {
        let value = self.get(key).unwrap_or_default();
        value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(String::from).collect()
    }

    /// Keys with their values, in the order of the file.
    pub fn keys(&self) -> &[(String, String)] {
        &self.keys
    }

    /// Reads the comment a file starts with; refuses a key the layer does not know.
    pub fn parse(layer: Layer, file: &str, text: &str) -> Result<Self> {
        let wrong = |line: usize, problem: String, hint: String| Error::Inconsistent {
            file: file.into(),
            line: Some(line as u64 + 1),
            problem,
            hint,
        };
        let mut header = Header::default();
        let mut prose: Vec<&str> = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let Some(comment) = line.strip_prefix("--") else { break };
            let comment = comment.trim();
            if number == 0 {
                header.title = comment.into();
                continue;
            }
            match key_of(comment) {
                Some((key, value)) if layer.keys().contains(&key) => {
                    if header.get(key).is_some() {
                        return Err(wrong(number, format!("header key `{key}` stands twice"), String::new()));
                    }
                    header.keys.push((key.into(), value.into()));
                }
                Some((key, _)) => {
                    let hint = match nearest(key, layer.keys().iter().copied()) {
                        Some(near) => format!("a key with a similar name exists: `{near}`"),
                        None => format!("keys of this room: {}", layer.keys().join(", ")),
                    };
                    return Err(wrong(number, format!("unknown header key `{key}`"), hint));
                }
                None if header.keys.is_empty() => prose.push(comment),
                // A key's value may go on, indented, on the next line.
                None if comment.is_empty() => {}
                None => {
                    let last = header.keys.last_mut().expect("checked above");
                    last.1 = format!("{} {comment}", last.1);
                }
            }
        }
        if header.title.is_empty() {
            return Err(wrong(0, "the file has no title line".into(), "start it with `-- Title`".into()));
        }
        header.prose = prose.join("\n").trim().to_string();
        Ok(header)
    }
}

/// `grain: a, b` is a key; a sentence with a colon in it is not, for keys are one lowercase word.
fn key_of(comment: &str) -> Option<(&str, &str)> {
    let (key, value) = comment.split_once(':')?;
    let is_word = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase());
    (is_word && (value.is_empty() || value.starts_with(' '))).then_some((key, value.trim()))
}
