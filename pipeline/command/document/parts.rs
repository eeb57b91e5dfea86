//! Parts of the methodology document: choices of the profile, recommendations, steps, annexes.

use tradestat_output::{Block, Chapter};

use super::Writer;
use crate::cli::Language;
use crate::config::Profile;
use crate::error::Result;
use crate::method::Step;
use crate::method::header::Layer;
use crate::method::register::Status;

const FOREVER: &str = "9999-12-31";

/// How the source of a parameter begins that no document gives.
const CHOICE: &str = "choice of this project";

/// `V10b` after `V10` and before `V11`.
pub fn code_order(code: &str) -> (String, u32, String) {
    let letters: String = code.chars().take_while(|c| c.is_ascii_alphabetic()).collect();
    let digits: String = code.chars().skip(letters.len()).take_while(char::is_ascii_digit).collect();
    let rest = code[letters.len() + digits.len()..].to_string();
    (letters, digits.parse().unwrap_or(0), rest)
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(code).collect::<Vec<_>>().join(", ")
}

/// What the country decides in the matter of a chapter.
pub fn choices(writer: &Writer<'_>, profile: &Profile, chapter: &str) -> Vec<Block> {
    let languages = profile.languages.iter().map(|tag| writer.labels.or_code("language", tag)).collect::<Vec<_>>().join(", ");
    let named = |list: &str, value: &str| match writer.labels.get(list, value) {
        Some(name) => format!("{name} ({})", code(value)),
        None => code(value),
    };
    let facts = match chapter {
        "01" => vec![
            ("country", named("country", &profile.reporter)),
            ("profile", code(&format!("reference/profiles/{}.toml", profile.code))),
            ("languages", languages),
        ],
        "02" => vec![("forms", codes(profile.forms.iter().map(String::as_str)))],
        "05" => vec![
            ("trade_system", named("trade_system", &profile.trade_system)),
            ("recording_date", named("recording_date", &profile.recording_date)),
        ],
        "10" => vec![
            ("reporter_currency", code(&profile.reporter_currency)),
            ("statistical_currency", code(&profile.statistical_currency)),
        ],
        _ => return Vec::new(),
    };
    let unverified = |key: &str| {
        if profile.unverified.iter().any(|known| known == key) {
            format!(", {}", writer.word("unverified"))
        } else {
            String::new()
        }
    };
    vec![Block::Facts(facts.into_iter().map(|(key, fact)| (writer.word(key), fact + &unverified(key))).collect())]
}

/// The recommendations of a chapter and where each stands.
pub fn recommendations(writer: &mut Writer<'_>, chapter: &str) -> Option<Block> {
    let rows: Vec<_> = writer.register.iter().filter(|row| row.chapter == chapter).cloned().collect();
    let header = ["number", "paragraph", "recommendation", "status"].map(|key| writer.word(key)).to_vec();
    let cells = rows.iter().map(|row| {
        let status = writer.word(match row.status {
            Status::Done => "done",
            Status::Open => "open",
            Status::NotApplicable => "not_applicable",
            Status::NotObservable => "not_observable",
        });
        let reason = writer.text("recommendation", &row.number, "reason", &row.reason);
        let unread =
            if row.is_checked || row.paragraphs.is_empty() { String::new() } else { format!(" ({})", writer.word("unverified")) };
        vec![
            row.number.clone(),
            row.paragraphs.join(", ") + &unread,
            writer.text("recommendation", &row.number, "title", &row.title),
            if reason.is_empty() { status } else { format!("{status}: {reason}") },
        ]
    });
    let rows: Vec<Vec<String>> = cells.collect();
    (!rows.is_empty()).then_some(Block::Rows { header, rows })
}

/// One file of `sql/`: its title, its reasons, its keys, and what it reads.
pub fn step(writer: &mut Writer<'_>, step: &Step) -> Result<Vec<Block>> {
    let name = format!("{}/{}", step.layer.folder(), step.name);
    let title = writer.text("step", &name, "title", &step.header.title);
    let prose = writer.text("step", &name, "text", &step.header.prose);
    let heading = step.code().map_or_else(|| title.clone(), |code| format!("{code}. {title}"));
    let mut blocks = vec![Block::Heading { name: name.clone(), title: heading }];
    blocks.extend(paragraphs(&prose));
    let method = writer.method;
    let mut facts = vec![("file".to_string(), code(&step.file))];
    for (key, value) in step.header.keys() {
        let value = match key.as_str() {
            "method" => value.clone(),
            "imts" => format!("IMTS 2010: {value}"),
            "severity" | "view" | "class" => writer.labels.get("document", value).map_or_else(|| value.clone(), String::from),
            "unit" => writer.labels.get("unit", value).map_or_else(|| code(value), String::from),
            "chart" => writer.labels.get("chart", value).map_or_else(|| code(value), String::from),
            _ => codes(value.split(',').map(str::trim)),
        };
        facts.push((key.clone(), value));
    }
    let (lists, relations): (Vec<&str>, Vec<&str>) = step
        .reads
        .iter()
        .map(String::as_str)
        .filter(|read| *read != "parameter")
        .partition(|read| method.lists.contains_key(*read));
    facts.push(("reads".into(), codes(relations)));
    facts.push(("lists".into(), codes(lists)));
    let parameters = method.parameters_of(step)?;
    let parameters = parameters.iter().map(|row| format!("{} = {} {}", code(&row.name), row.value, unit(writer, &row.unit)));
    facts.push(("parameters".into(), parameters.collect::<Vec<_>>().join("; ")));
    facts.push((
        "file_digest".into(),
        code(&method.digests.get(&step.file).map(|digest| digest[..12].to_string()).unwrap_or_default()),
    ));
    let shown = |key: String| if key == "method" && step.layer != Layer::Audit { "recommendations".into() } else { key };
    blocks.push(Block::Facts(facts.into_iter().map(|(key, fact)| (writer.word(&shown(key)), fact)).collect()));
    Ok(blocks)
}

/// The unit of a parameter in the language of the document.
fn unit(writer: &mut Writer<'_>, english: &str) -> String {
    writer.text("unit", english, "name", english)
}

/// `term   what it means`, as a point; a line without such a gap goes on with the one above.
fn term(line: &str) -> Option<String> {
    line.split_once("   ").map(|(term, meaning)| format!("{term}: {}", meaning.trim()))
}

/// Lines of a header as paragraphs and points; terms with a gap behind them are points too.
fn paragraphs(prose: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for part in prose.split("\n\n").filter(|part| !part.trim().is_empty()) {
        let (mut text, mut points): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
        let is_of_terms = part.lines().next().is_some_and(|line| term(line).is_some());
        for line in part.lines() {
            let point = if is_of_terms { term(line) } else { line.strip_prefix("* ").map(|point| point.trim().into()) };
            match point {
                Some(point) => points.push(point),
                None if points.is_empty() => text.push(line.trim()),
                None => {
                    let last = points.last_mut().expect("checked above");
                    *last = format!("{last} {}", line.trim());
                }
            }
        }
        if !text.is_empty() {
            blocks.push(Block::Paragraph(text.join(" ")));
        }
        if !points.is_empty() {
            blocks.push(Block::Points(points));
        }
    }
    blocks
}

/// Every code list: what it is, where it comes from, what its columns are.
pub fn lists(writer: &mut Writer<'_>) -> Result<Chapter> {
    // Said once, for the annex of the parameters too.
    let mut blocks: Vec<Block> =
        (writer.language != Language::En).then(|| Block::Remark(writer.word("sources_language"))).into_iter().collect();
    let method = writer.method;
    for list in method.lists.values() {
        let title = writer.text("list", &list.name, "title", &list.title);
        let description = writer.text("list", &list.name, "text", &list.description);
        blocks.push(Block::Heading { name: format!("list/{}", list.name), title: format!("{title} ({})", code(&list.name)) });
        if !description.is_empty() {
            blocks.push(Block::Paragraph(description));
        }
        let rows = list.records()?.len().to_string();
        let facts = [
            ("file", code(&list.file)),
            ("rows", if rows == "0" { writer.word("empty_list") } else { rows }),
            ("key", codes(list.key.iter().map(String::as_str))),
            ("source", list.sources.join("; ")),
            ("licence", list.licences.join("; ")),
            ("checked", if list.is_unverified { writer.word("unverified") } else { String::new() }),
            ("file_digest", code(&method.digests.get(&list.file).map(|digest| digest[..12].to_string()).unwrap_or_default())),
        ];
        blocks.push(Block::Facts(facts.into_iter().map(|(key, fact)| (writer.word(key), fact)).collect()));
        let header = vec![writer.word("column"), writer.word("meaning")];
        let fields = list.schema.fields().iter().zip(&list.descriptions);
        let rows = fields.map(|(field, english)| {
            let part = format!("column {}", field.name());
            vec![code(field.name()), writer.text("list", &list.name, &part, english)]
        });
        let rows: Vec<Vec<String>> = rows.collect();
        blocks.push(Block::Rows { header, rows });
    }
    Ok(Chapter { number: "A".into(), title: writer.word("lists_annex"), blocks })
}

/// Every number of the method, with the days it holds and where it comes from.
pub fn parameters(writer: &mut Writer<'_>) -> Result<Chapter> {
    let header = ["name", "value", "unit", "valid_from", "valid_to", "source"].map(|key| writer.word(key)).to_vec();
    let (open, unverified) = (writer.word("open_end"), writer.word("unverified"));
    let rows = writer.method.parameter_rows()?.into_iter().map(|row| {
        let to = if row.valid_to == FOREVER { open.clone() } else { row.valid_to };
        let (source, mark) = match row.source.strip_prefix("unverified: ") {
            Some(source) => (source, format!(" ({unverified})")),
            None => (row.source.as_str(), String::new()),
        };
        // A choice gives its reason; all else is the name of a document.
        let source =
            if source.starts_with(CHOICE) { writer.text("parameter", &row.name, "source", source) } else { source.into() };
        vec![code(&row.name), row.value, unit(writer, &row.unit), row.valid_from, to, source + &mark]
    });
    let rows: Vec<Vec<String>> = rows.collect();
    Ok(Chapter { number: "B".into(), title: writer.word("parameters_annex"), blocks: vec![Block::Rows { header, rows }] })
}

/// What stands in English, with the digest of the text to translate.
pub fn untranslated(writer: &mut Writer<'_>) -> Chapter {
    let title = writer.word("untranslated_annex");
    let blocks = if writer.untranslated.is_empty() {
        vec![Block::Paragraph(writer.word("nothing_untranslated"))]
    } else {
        let points = writer.untranslated.iter().map(|(subject, gaps)| {
            let parts: Vec<String> =
                gaps.iter().map(|gap| format!("{} ({}, {})", gap.part, gap.why, code(&gap.digest))).collect();
            format!("{}: {}", code(subject), parts.join(", "))
        });
        vec![Block::Remark(writer.word("untranslated_text")), Block::Points(points.collect())]
    };
    Chapter { number: "C".into(), title, blocks }
}
