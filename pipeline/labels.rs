//! Words of the lists in the languages of print, from `reference/label.csv`.

use std::collections::HashMap;

use crate::error::Result;
use crate::method::Method;

/// Labels by list and code; a missing one is printed in English and counted.
#[derive(Debug, Default)]
pub struct Labels {
    texts: HashMap<(String, String), [String; 3]>,
    language: usize,
}

impl Labels {
    /// Reads the list for a language: `en`, `az` or `ru`.
    pub fn read(method: &Method, language: &str) -> Result<Self> {
        let Some(list) = method.lists.get("label") else { return Ok(Labels::default()) };
        let place = |name: &str| list.schema.index_of(name).ok();
        let columns = [place("en"), place("az"), place("ru")];
        let (Some(of_list), Some(of_code)) = (place("list"), place("code")) else { return Ok(Labels::default()) };
        let mut texts = HashMap::new();
        for (_, row) in list.records()? {
            let cell = |column: Option<usize>| column.map(|i| row[i].to_string()).unwrap_or_default();
            texts.insert((row[of_list].to_string(), row[of_code].to_string()), columns.map(cell));
        }
        let language = ["en", "az", "ru"].iter().position(|known| *known == language).unwrap_or(0);
        Ok(Labels { texts, language })
    }

    /// The label in the language, else in English, else nothing.
    pub fn get(&self, list: &str, code: &str) -> Option<&str> {
        let texts = self.texts.get(&(list.to_string(), code.to_string()))?;
        [self.language, 0].into_iter().map(|i| texts[i].as_str()).find(|text| !text.is_empty())
    }

    /// The label, or the code in words: `export_value` becomes `Export value`.
    pub fn or_code(&self, list: &str, code: &str) -> String {
        self.get(list, code).map_or_else(|| in_words(code), String::from)
    }
}

fn in_words(code: &str) -> String {
    let text = code.replace('_', " ");
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
