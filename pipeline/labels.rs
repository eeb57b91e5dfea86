//! Words of the lists in the languages of print, from `reference/label.csv`.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use sha2::{Digest, Sha256};

use crate::error::Result;
use crate::method::{Method, hex};

/// Columns of codes that a reader cannot know, printed in the words of the list of the same name;
/// data files keep the codes.
const IN_WORDS: [&str; 6] = ["certainty", "class", "flow", "measure", "quantity_unit", "record_class"];

/// Languages of the list, in the order of its columns here.
const LANGUAGES: [&str; 3] = ["en", "az", "ru"];

/// Labels by list and code; a missing one is printed in English and counted.
#[derive(Debug, Default)]
pub struct Labels {
    all: Arc<Texts>,
    language: usize,
    /// List and code of what had to stand in English.
    missing: Mutex<BTreeSet<(String, String)>>,
}

#[derive(Debug, Default)]
struct Texts {
    by_code: HashMap<(String, String), [String; 3]>,
    /// Lists and codes that have an English text.
    by_text: HashMap<String, Vec<(String, String)>>,
}

impl Labels {
    /// Reads the list for a language: `en`, `az` or `ru`.
    pub fn read(method: &Method, language: &str) -> Result<Self> {
        let Some(list) = method.lists.get("label") else { return Ok(Labels::default()) };
        let place = |name: &str| list.schema.index_of(name).ok();
        let columns = LANGUAGES.map(place);
        let (Some(of_list), Some(of_code)) = (place("list"), place("code")) else { return Ok(Labels::default()) };
        let mut all = Texts::default();
        for (_, row) in list.records()? {
            let cell = |column: Option<usize>| column.map(|i| row[i].to_string()).unwrap_or_default();
            let (key, texts) = ((row[of_list].to_string(), row[of_code].to_string()), columns.map(cell));
            all.by_text.entry(texts[0].clone()).or_default().push(key.clone());
            all.by_code.insert(key, texts);
        }
        Ok(Labels { all: Arc::new(all), ..Labels::default() }.in_language(language))
    }

    /// The same list in another language.
    pub fn in_language(&self, language: &str) -> Labels {
        let language = LANGUAGES.iter().position(|known| *known == language).unwrap_or(0);
        Labels { all: self.all.clone(), language, missing: Mutex::default() }
    }

    /// `en`, `az` or `ru`.
    pub fn language(&self) -> &'static str {
        LANGUAGES[self.language]
    }

    /// The label in the language, else in English, else nothing.
    pub fn get(&self, list: &str, code: &str) -> Option<&str> {
        let key = (list.to_string(), code.to_string());
        let texts = self.all.by_code.get(&key)?;
        if texts[self.language].is_empty() && !texts[0].is_empty() {
            self.missing.lock().expect("no thread panics while it holds this").insert(key);
        }
        [self.language, 0].into_iter().map(|i| texts[i].as_str()).find(|text| !text.is_empty())
    }

    /// The label, or the code in words: `export_value` becomes `Export value`.
    pub fn or_code(&self, list: &str, code: &str) -> String {
        self.get(list, code).map_or_else(|| in_words(code), String::from)
    }

    /// A note of a run in the language: the program writes it in English, after a pattern of the list
    /// `run_note`. What follows no pattern stays as it is.
    pub fn note(&self, english: &str) -> String {
        let patterns =
            self.all.by_code.iter().filter(|((list, _), texts)| list == "run_note" && !texts[self.language].is_empty());
        let told = patterns.filter_map(|(_, texts)| Some((blanks(&texts[0], english)?, texts)));
        // The pattern that says most of the note itself leaves least to its blanks.
        let best = told.max_by_key(|(_, texts)| (texts[0].len(), texts[0].clone()));
        best.map_or_else(
            || english.to_string(),
            |(blanks, texts)| {
                blanks
                    .iter()
                    .fold(texts[self.language].clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
            },
        )
    }

    /// Lists, codes and English texts that had no label in the language.
    pub fn missing(&self) -> Vec<(String, String, String)> {
        let missing = self.missing.lock().expect("no thread panics while it holds this");
        let english = |key: &(String, String)| self.all.by_code.get(key).map(|texts| texts[0].clone()).unwrap_or_default();
        missing.iter().map(|key| (key.0.clone(), key.1.clone(), english(key))).collect()
    }

    /// Published rows with their names in the language. The method writes names in English; what
    /// a name is the name of is told by a code of its row, else by the text, where only one
    /// label has it. A name that no label has stays as it is. Codes of some columns become words.
    pub fn translated(&self, batches: &[RecordBatch]) -> Vec<RecordBatch> {
        batches.iter().map(|batch| self.translated_batch(batch)).collect()
    }

    fn translated_batch(&self, batch: &RecordBatch) -> RecordBatch {
        let schema = batch.schema();
        let is_name = |field: &Field| field.name() == "name" || field.name().ends_with("_name");
        let text_of = |column: &ArrayRef| cast(column, &DataType::Utf8).expect("text casts to text");
        let is_text = |field: &Field| {
            matches!(field.data_type(), DataType::Utf8 | DataType::Utf8View | DataType::LargeUtf8 | DataType::Dictionary(..))
        };
        let places = || schema.fields().iter().enumerate().filter(|(_, field)| is_text(field));
        let codes: Vec<ArrayRef> =
            places().filter(|(_, field)| !is_name(field)).map(|(at, _)| text_of(batch.column(at))).collect();
        let names: Vec<usize> = places().filter(|(_, field)| is_name(field)).map(|(at, _)| at).collect();
        let (mut columns, mut fields) = (batch.columns().to_vec(), schema.fields().to_vec());
        let mut put = |at: usize, texts: StringArray| {
            columns[at] = Arc::new(texts);
            fields[at] = Arc::new(Field::new(schema.field(at).name(), DataType::Utf8, true));
        };
        // English names need no translation.
        for at in names.into_iter().filter(|_| self.language > 0) {
            let english = text_of(batch.column(at));
            let english = english.as_string::<i32>();
            let name = |row: usize| {
                let codes = codes
                    .iter()
                    .map(|codes| codes.as_string::<i32>())
                    .filter(|codes| codes.is_valid(row))
                    .map(|codes| codes.value(row));
                (english.is_valid(row)).then(|| self.of_text(english.value(row), codes))
            };
            put(at, (0..batch.num_rows()).map(name).collect());
        }
        for (at, field) in places().filter(|(_, field)| IN_WORDS.contains(&field.name().as_str())) {
            let codes = text_of(batch.column(at));
            let word = |code: Option<&str>| code.map(|code| self.get(field.name(), code).unwrap_or(code).to_string());
            put(at, codes.as_string::<i32>().iter().map(word).collect());
        }
        let schema = Schema::new_with_metadata(fields, schema.metadata().clone());
        RecordBatch::try_new(Arc::new(schema), columns).expect("columns of one length")
    }

    fn of_text<'t>(&'t self, english: &'t str, codes: impl Iterator<Item = &'t str> + Clone) -> &'t str {
        let Some(found) = self.all.by_text.get(english) else { return english };
        let has_code = |key: &&(String, String)| codes.clone().any(|code| code.eq_ignore_ascii_case(&key.1));
        let key = match found.iter().find(has_code) {
            Some(key) => key,
            None => {
                // A text of several meanings, each said otherwise in the language, stays English.
                let said = |key: &(String, String)| &self.all.by_code[key][self.language];
                match found.split_first() {
                    Some((first, rest)) if rest.iter().all(|other| said(other) == said(first)) => first,
                    _ => return english,
                }
            }
        };
        self.get(&key.0, &key.1).unwrap_or(english)
    }
}

/// What stands in a text in place of the `{blanks}` of a pattern, if it follows the pattern.
fn blanks<'t>(pattern: &'t str, text: &'t str) -> Option<Vec<(&'t str, &'t str)>> {
    let (before, rest) = pattern.split_once('{').unwrap_or((pattern, ""));
    let text = text.strip_prefix(before)?;
    let Some((name, rest)) = rest.split_once('}') else { return text.is_empty().then(Vec::new) };
    let literal = rest.split('{').next().unwrap_or_default();
    if literal.is_empty() && rest.is_empty() {
        return Some(vec![(name, text)]);
    }
    // A value may hold what stands after it in the pattern: then a later place fits.
    text.match_indices(literal).find_map(|(at, _)| {
        let mut more = blanks(rest, &text[at..])?;
        more.insert(0, (name, &text[..at]));
        Some(more)
    })
}

fn in_words(code: &str) -> String {
    let text = code.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A text of the method in another language, found by the digest of the English one.
pub fn translation(method: &Method, language: &str, english: &str) -> Option<String> {
    let list = method.lists.get("translation").filter(|_| language != "en")?;
    let digest = &hex(&Sha256::digest(english))[..12];
    let rows = list.records().ok()?;
    let (of_digest, of_text) = (list.schema.index_of("digest").ok()?, list.schema.index_of(language).ok()?);
    rows.iter()
        .find(|(_, row)| &row[of_digest] == digest)
        .map(|(_, row)| row[of_text].to_string())
        .filter(|text| !text.is_empty())
}
