//! What a file does not say of itself: its year, its classification.
//!
//! Whoever reads it in says it (`--given period=2005`), or the name of the file does, where the
//! form says how. A form is filled in once for each file; after that it has no such source.

use std::collections::BTreeMap;

use super::{Form, FormError, Source};

/// A text that comes with the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub name: String,
    pub in_name: Option<InName>,
}

/// How the name of a file says it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged)]
pub enum InName {
    /// `year`: the first four digits by themselves that are a year.
    Kind(String),
    /// Parts of a name, whatever their case, and what each stands for.
    Parts(BTreeMap<String, String>),
}

impl InName {
    /// What the name says.
    #[must_use]
    pub fn find(&self, file: &str) -> Option<String> {
        match self {
            InName::Kind(_) => {
                let years = file.split(|letter: char| !letter.is_ascii_digit());
                let is_year = |digits: &&str| digits.len() == 4 && ("1900".."2100").contains(digits);
                years.into_iter().find(is_year).map(str::to_owned)
            }
            InName::Parts(parts) => {
                let file = file.to_lowercase();
                parts.iter().find(|(part, _)| file.contains(&part.to_lowercase())).map(|(_, text)| text.clone())
            }
        }
    }
}

impl Form {
    /// The form for one file: what comes with the file stands in its place. Also tells what was
    /// taken, as `name=text`.
    ///
    /// # Errors
    /// When something is given that the form does not ask for, or asked for and not given.
    pub fn with_given(&self, given: &BTreeMap<String, String>, file: &str) -> Result<(Form, Vec<String>), FormError> {
        let mut form = self.clone();
        let mut taken = Vec::new();
        let mut asked = Vec::new();
        for rule in &mut form.fields {
            let Source::Given(wanted) = &rule.source else { continue };
            asked.push(wanted.name.clone());
            let text = given.get(&wanted.name).cloned().or_else(|| wanted.in_name.as_ref()?.find(file));
            let text = text.ok_or_else(|| FormError::NotGiven { form: self.name.clone(), name: wanted.name.clone() })?;
            taken.push(format!("{}={text}", wanted.name));
            rule.source = Source::Value(text);
        }
        match given.keys().find(|name| !asked.contains(name)) {
            Some(name) => Err(FormError::NotAsked { form: self.name.clone(), name: name.clone(), asked }),
            None => Ok((form, taken)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "title = 'T'\nrecord = 'partner_flow'\nlayout = 'delimited'\n[field]\nsource = { value = 's' }\n\
        frequency = { value = 'A' }\nperiod = { given = 'period', file_name = 'year', as = 'period' }\n\
        classification = { given = 'edition', file_name = { hs92 = 'H0', hs17 = 'H5' } }\n";

    fn taken(given: &[(&str, &str)], file: &str) -> Result<Vec<String>, String> {
        let form = Form::parse("x", FORM).expect("the form is right");
        let given = given.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        form.with_given(&given, file).map(|(_, taken)| taken).map_err(|error| error.to_string())
    }

    #[test]
    fn a_name_says_what_the_file_does_not() {
        assert_eq!(taken(&[], "BACI_HS92_Y2021_V202301.csv"), Ok(vec!["period=2021".into(), "edition=H0".into()]));
        assert_eq!(taken(&[("period", "2005"), ("edition", "H5")], "x.csv"), Ok(vec!["period=2005".into(), "edition=H5".into()]));
        assert!(taken(&[], "hs92_12345.csv").expect_err("there is no year").contains("`period`"));
        assert!(taken(&[("year", "2005")], "hs92_2005.csv").expect_err("nothing asks for it").contains("`year`"));
    }
}
