//! `tradestat method document`: the methodology document, written from the headers of `sql/`, the
//! lists, the parameters, the profile and the register, so that text and program cannot differ.
//!
//! English stands in the headers; other languages stand in `reference/translation.csv` with the
//! digest of the English text they were made from. What has no translation, or one of another
//! text, is printed in English and listed in the last annex and on stderr.

mod parts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sha2::{Digest, Sha256};
use tradestat_output::{Block, Chapter, Document as Written, render_document};

use crate::cli::{Document, DocumentFormat, Language};
use crate::config::{Profile, Workspace};
use crate::error::{Error, Result};
use crate::labels::Labels;
use crate::method::header::Layer;
use crate::method::register::Recommendation;
use crate::method::{Method, Step, hex};
use crate::progress::{Event, Listener};
use crate::store::release::put_file;

/// Writes the document to stdout, or into the folder asked for; what stands in English for want of a
/// translation goes to `listen`. Outside a working folder it is that of profile `az`.
///
/// # Errors
/// When the method is inconsistent, or the file cannot be written.
pub fn document(folder: Option<&Path>, workspace: Option<&Workspace>, asked: &Document, listen: Listener<'_>) -> Result<()> {
    let method = Method::read(folder, workspace.map(|workspace| workspace.imported.as_path()))?;
    let profile = Profile::read(&method, workspace.map_or("az", |workspace| workspace.profile.as_str()))?;
    let mut writer = Writer::new(&method, asked.lang)?;
    let written = write(&mut writer, &profile)?;
    let format = match asked.format {
        DocumentFormat::Html => tradestat_output::DocumentFormat::Html,
        DocumentFormat::Markdown => tradestat_output::DocumentFormat::Markdown,
    };
    let file = render_document(&written, format);
    match &asked.out {
        Some(folder) => {
            put_file(folder, &file.name, &file.bytes)?;
            listen.hear(Event::Note { text: format!("wrote `{}`", folder.join(&file.name).display()) });
        }
        None => crate::say!("{}", String::from_utf8_lossy(&file.bytes).trim_end()),
    }
    for (subject, parts) in &writer.untranslated {
        let parts: Vec<String> = parts.iter().map(|gap| format!("{} ({}, digest {})", gap.part, gap.why, gap.digest)).collect();
        listen.hear(Event::Note { text: format!("in English: {subject}: {}", parts.join(", ")) });
    }
    Ok(())
}

/// A text that stands in English, and why.
struct Gap {
    part: String,
    why: &'static str,
    digest: String,
}

/// Looks up words and translations, and remembers what it could not find.
struct Writer<'m> {
    method: &'m Method,
    labels: Labels,
    language: Language,
    register: Vec<Recommendation>,
    /// Translations by the digest of the English text.
    translations: BTreeMap<String, String>,
    /// What was translated once, by kind, name and part.
    translated: BTreeSet<(String, String, String)>,
    untranslated: BTreeMap<String, Vec<Gap>>,
}

impl<'m> Writer<'m> {
    fn new(method: &'m Method, language: Language) -> Result<Self> {
        let tag = tag(language);
        let (mut translations, mut translated) = (BTreeMap::new(), BTreeSet::new());
        if let Some(list) = method.lists.get("translation") {
            for (_, row) in list.records()? {
                let cell = |name: &str| list.schema.index_of(name).ok().map(|i| row[i].to_string()).unwrap_or_default();
                translations.insert(cell("digest"), cell(tag));
                translated.insert((cell("kind"), cell("name"), cell("part")));
            }
        }
        Ok(Writer {
            method,
            labels: Labels::read(method, tag)?,
            language,
            register: method.recommendations()?,
            translations,
            translated,
            untranslated: BTreeMap::new(),
        })
    }

    /// A fixed word of the document.
    fn word(&self, code: &str) -> String {
        self.labels.or_code("document", code)
    }

    /// The text in the language of the document, else in English and remembered.
    fn text(&mut self, kind: &str, name: &str, part: &str, english: &str) -> String {
        if self.language == Language::En || english.is_empty() {
            return english.into();
        }
        let digest = text_digest(english);
        if let Some(text) = self.translations.get(&digest).filter(|text| !text.is_empty()) {
            return text.clone();
        }
        let was = self.translated.contains(&(kind.into(), name.into(), part.into()));
        let why = if was { "changed since" } else { "missing" };
        let gaps = self.untranslated.entry(format!("{kind} {name}")).or_default();
        // A unit stands with many parameters.
        if !gaps.iter().any(|gap| gap.part == part && gap.digest == digest) {
            gaps.push(Gap { part: part.into(), why, digest });
        }
        english.into()
    }

    fn chapter_of(&self, step: &Step) -> String {
        match step.layer {
            Layer::Validate | Layer::Audit => "13".into(),
            Layer::Protect => "15".into(),
            Layer::Mirror => "16".into(),
            Layer::Tables if step.code().is_some() => "14".into(),
            Layer::Tables => "09".into(),
            _ => {
                let first = step.header.list("method").into_iter().next().unwrap_or_default();
                self.register.iter().find(|row| row.number == first).map_or_else(|| "09".into(), |row| row.chapter.clone())
            }
        }
    }
}

/// First characters of the SHA-256 of an English text: what a translation was made from.
fn text_digest(english: &str) -> String {
    hex(&Sha256::digest(english))[..12].into()
}

fn tag(language: Language) -> &'static str {
    match language {
        Language::Az => "az",
        Language::En => "en",
        Language::Ru => "ru",
    }
}

fn write(writer: &mut Writer<'_>, profile: &Profile) -> Result<Written> {
    let mut chapters = Vec::new();
    for number in (1..=16).map(|number| format!("{number:02}")) {
        chapters.push(chapter(writer, profile, &number)?);
    }
    let annexes = [parts::lists(writer)?, parts::parameters(writer)?];
    chapters.extend(annexes);
    // Last, because only now it is known what could not be translated.
    chapters.push(parts::untranslated(writer));
    let language = match writer.language {
        Language::Az => tradestat_output::Language::Az,
        Language::En => tradestat_output::Language::En,
        Language::Ru => tradestat_output::Language::Ru,
    };
    let method = writer.method;
    Ok(Written {
        name: format!("methodology_{}", tag(writer.language)),
        language,
        title: writer.word("title"),
        lead: vec![writer.word("lead"), writer.word("lead_unverified")],
        facts: vec![
            (writer.word("country"), writer.labels.get("country", &profile.reporter).unwrap_or(&profile.title).into()),
            (writer.word("program"), crate::run::PROGRAM.into()),
            (writer.word("method_digest"), format!("`{}`", method.digest)),
        ],
        contents: writer.word("contents"),
        chapters,
        footer: format!("{}, {}", crate::run::PROGRAM, &method.digest[..16]),
    })
}

/// What the profile and the register say, then the files in the order in which they run.
fn chapter(writer: &mut Writer<'_>, profile: &Profile, number: &str) -> Result<Chapter> {
    let title = writer.labels.get("chapter", number).map_or_else(|| number.into(), String::from);
    let mut blocks = Vec::new();
    blocks.extend(writer.labels.get("chapter_text", number).map(|text| Block::Paragraph(text.into())));
    blocks.extend(parts::choices(writer, profile, number));
    blocks.extend(parts::recommendations(writer, number));
    let method = writer.method;
    let mut steps: Vec<&Step> = method.all_in_order().filter(|step| writer.chapter_of(step) == number).collect();
    // Rules, audits and tables are known by their codes; other steps stand in the order in which they run.
    steps.sort_by_key(|step| (step.code().is_none(), step.code().map(parts::code_order), step.layer));
    for step in steps {
        blocks.extend(parts::step(writer, step)?);
    }
    if blocks.is_empty() {
        return Err(Error::Render { what: "the methodology document".into(), problem: format!("chapter {number} is empty") });
    }
    Ok(Chapter { number: number.trim_start_matches('0').into(), title, blocks })
}
