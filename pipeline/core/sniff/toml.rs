//! A proposal written down as the form that it is.

use std::fmt::Write as _;

use super::{Column, Proposal};
use crate::form::{FLOW_KEY_FIELDS, KEY_FIELDS, Layout, targets};
use crate::schema::{ITEM, Kind, PARTNER_FLOW, Record};

impl Proposal {
    /// The proposal as a form to correct and save; remarks alone where a known form reads the file, or
    /// where nothing can be proposed.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        for reason in &self.reasons {
            // A reason quotes the file, which may break lines.
            line(&mut text, &format!("# {}", reason.replace(char::is_control, " ")));
        }
        if let Some((name, _)) = self.known.as_ref().filter(|_| self.is_read_by_known) {
            line(&mut text, &format!("# Form `{name}` reads it as it is: tradestat ingest --form {name} FILE"));
        } else if self.layout != Layout::Delimited {
            line(&mut text, "# No form is proposed for a document that no known form reads: write one, with those of its kind");
            line(&mut text, "# as models (`tradestat show asycuda_xml`, `tradestat show comtrade_json`).");
        } else {
            self.write_layout(&mut text);
            self.write_fields(&mut text);
        }
        text
    }

    /// The keys of the form that say how its files are written.
    fn write_layout(&self, text: &mut String) {
        line(text, "title     = \"...\"");
        line(text, &format!("record    = {}", toml_text(self.record.name())));
        line(text, "layout    = \"delimited\"");
        if self.skipped_lines > 0 {
            line(text, &format!("skipped_lines = {}", self.skipped_lines));
        }
        line(text, &format!("separator = {}", toml_text(&self.separator.to_string())));
        if !self.is_quoted {
            line(text, "# No quote was seen. Should cells hold bare quotes, add: quote = \"\"");
        }
        line(text, &format!("encoding  = {}", toml_text(self.encoding)));
        line(text, &format!("decimal   = {}", toml_text(&self.decimal.to_string())));
        if !self.thousands.is_empty() {
            let marks: Vec<String> = self.thousands.iter().map(|mark| toml_text(&mark.to_string())).collect();
            line(text, &format!("thousands = [{}]", marks.join(", ")));
        }
        let unused = self.columns.iter().filter(|column| column.field.is_none() && self.has_header);
        let unused: Vec<String> = unused.map(|column| toml_text(&column.name)).collect();
        if !unused.is_empty() {
            line(text, &format!("ignored   = [{}]", unused.join(", ")));
        }
    }

    /// The fields of the form, and those that every record needs and no column was found for.
    fn write_fields(&self, text: &mut String) {
        line(text, "\n[field]");
        if !self.has_header {
            line(text, "# A form finds columns by their names: put a header before the first line, and ask again.");
        }
        let mut filled: Vec<&str> = Vec::new();
        for (field, value) in &self.constants {
            filled.push(field);
            line(text, &format!("{field} = {{ value = {} }}", toml_text(value)));
        }
        for column in &self.columns {
            let Some(field) = column.field else { continue };
            // Two columns that could fill one field: the second is for a person to decide.
            let doubt = if filled.contains(&field) { "# " } else { "" };
            filled.push(field);
            let conversion = self.conversion(column, field);
            line(text, &format!("{doubt}{field} = {{ column = {}{conversion} }}", toml_text(&column.name)));
        }
        let (what, keys) = match self.record {
            Record::PartnerFlow => ("flow", FLOW_KEY_FIELDS.map(|key| PARTNER_FLOW[key as usize].name)),
            _ => ("item", KEY_FIELDS.map(|key| ITEM[key as usize].name)),
        };
        for key in keys.iter().filter(|key| !filled.contains(key)) {
            line(text, &format!("# Every {what} needs it:\n# {key} = {{ column = \"...\" }}"));
        }
    }

    /// How the cells of a column become those of its field, where they are not as they stand.
    fn conversion(&self, column: &Column, field: &str) -> String {
        let kind = targets(self.record).into_iter().find(|target| target.name == field).map(|target| target.kind);
        match (kind, column.date.as_deref()) {
            _ if self.record == Record::PartnerFlow && matches!(field, "period" | "frequency") => format!(", as = \"{field}\""),
            (Some(Kind::Date), Some(date)) => format!(", as = {}", toml_text(&format!("date:{date}"))),
            _ if field == "commodity_code" && column.has_marks => ", as = \"digits\"".to_owned(),
            _ => String::new(),
        }
    }
}

fn line(text: &mut String, line: &str) {
    writeln!(text, "{line}").expect("text is written to a string");
}

fn toml_text(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            letter if letter.is_control() => {
                write!(quoted, "\\u{:04x}", u32::from(letter)).expect("text is written to a string");
            }
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}
