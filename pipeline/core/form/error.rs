//! Why a form cannot be used.

use crate::convert::BadConversion;

/// A form file is wrong. The text names the form and the key.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    #[error("form `{form}` cannot be read: {detail}")]
    Syntax { form: String, detail: String },
    #[error("form `{form}` fills `{field}`, which `{record}` does not have")]
    UnknownField { form: String, field: String, record: &'static str, near: Option<String> },
    #[error("form `{form}`, field `{field}`: {detail}")]
    Rule { form: String, field: String, detail: String },
    #[error("form `{form}`, field `{field}`: cannot convert")]
    Conversion { form: String, field: String, source: BadConversion },
    #[error("form `{form}`, key `{key}`: found `{found}`, expected {expected}")]
    Key { form: String, key: &'static str, found: String, expected: String },
    #[error("form `{form}` needs `{name}`, which neither the command nor the name of the file says")]
    NotGiven { form: String, name: String },
    #[error("form `{form}` does not ask for `{name}`")]
    NotAsked { form: String, name: String, asked: Vec<String> },
    #[error("form `{form}` does not fill `{field}`, which every record needs")]
    MissingKeyField { form: String, field: &'static str },
}

impl FormError {
    /// A way out, where one is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            FormError::UnknownField { near: Some(near), .. } => Some(format!("a field with a similar name exists: `{near}`")),
            FormError::UnknownField { record, .. } => Some(format!("`tradestat show {record}` lists the fields")),
            FormError::Conversion { source, .. } => Some(source.to_string()),
            FormError::MissingKeyField { field, .. } => {
                Some(format!("add a line `{field} = {{ column = \"...\" }}`, or a constant with `value`"))
            }
            FormError::NotGiven { name, .. } => Some(format!("say it with `--given {name}=...`")),
            FormError::NotAsked { asked, .. } if asked.is_empty() => Some("the form asks for nothing beside the file".to_owned()),
            FormError::NotAsked { asked, .. } => Some(format!("it asks for {}", asked.join(", "))),
            FormError::Syntax { .. } | FormError::Rule { .. } | FormError::Key { .. } => None,
        }
    }
}

/// The name nearest to a wrong one, if any is near enough to be meant.
#[must_use]
pub fn nearest<'name>(wrong: &str, names: impl IntoIterator<Item = &'name str>) -> Option<&'name str> {
    let near = names.into_iter().map(|name| (distance(wrong, name), name)).min()?;
    (near.0 <= 1 + wrong.chars().count() / 3).then_some(near.1)
}

/// Letters to add, drop or change to make one name of the other, whatever their case.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (above, letter) in left.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = above + 1;
        for (place, other) in right.iter().enumerate() {
            let change = diagonal + usize::from(letter != *other);
            diagonal = row[place + 1];
            row[place + 1] = change.min(diagonal + 1).min(row[place] + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_offered_and_a_far_one_is_not() {
        let names = ["net_mass_kg", "gross_mass_kg", "commodity_code"];
        assert_eq!(nearest("net_mas_kg", names), Some("net_mass_kg"));
        assert_eq!(nearest("Commodity_Code", names), Some("commodity_code"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("x", []), None);
    }
}
