//! A document of chapters: text, facts and rows, as Markdown; `html` makes a page of the same.
//!
//! Text between backticks is a name of the program and is set as code, nothing else in it is
//! markup.

use crate::Artifact;
use crate::edition::Language;

/// A document to render.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// File name without its ending.
    pub name: String,
    pub language: Language,
    pub title: String,
    /// What stands between the title and the contents.
    pub lead: Vec<String>,
    pub facts: Vec<(String, String)>,
    /// Heading over the list of chapters.
    pub contents: String,
    pub chapters: Vec<Chapter>,
    /// The last line: what made the document.
    pub footer: String,
}

/// A part of the document with its own line in the contents.
#[derive(Clone, Debug, Default)]
pub struct Chapter {
    /// `1` to `16`, or a letter for an annex.
    pub number: String,
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A part of a chapter.
#[derive(Clone, Debug)]
pub enum Block {
    /// Begins an entry; `name` is its anchor.
    Heading {
        name: String,
        title: String,
    },
    Paragraph(String),
    Points(Vec<String>),
    /// Names and what they are.
    Facts(Vec<(String, String)>),
    Rows {
        header: Vec<String>,
        rows: Vec<Vec<String>>,
    },
    /// Said of the text around it, such as that it is not translated.
    Remark(String),
}

/// Ways to write a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    Html,
    Markdown,
}

/// The document as a file.
pub fn render_document(document: &Document, format: DocumentFormat) -> Artifact {
    match format {
        DocumentFormat::Html => crate::html::render_document(document),
        DocumentFormat::Markdown => Artifact { name: format!("{}.md", document.name), bytes: markdown(document).into_bytes() },
    }
}

/// Pieces of a text, each with whether it is code.
pub(crate) fn pieces(text: &str) -> Vec<(&str, bool)> {
    // An odd backtick has no partner, so it is a letter like any other.
    if text.matches('`').count() % 2 == 1 {
        return vec![(text, false)];
    }
    let pieces = text.split('`').enumerate().map(|(place, piece)| (piece, place % 2 == 1));
    pieces.filter(|(piece, _)| !piece.is_empty()).collect()
}

fn markdown(document: &Document) -> String {
    let mut out = format!("# {}\n\n", plain(&document.title));
    for text in &document.lead {
        out.push_str(&format!("{}\n\n", plain(text)));
    }
    facts(&mut out, &document.facts);
    out.push_str(&format!("## {}\n\n", plain(&document.contents)));
    for chapter in &document.chapters {
        out.push_str(&format!("* {}. {}\n", chapter.number, plain(&chapter.title)));
    }
    for chapter in &document.chapters {
        out.push_str(&format!("\n## {}. {}\n\n", chapter.number, plain(&chapter.title)));
        for part in &chapter.blocks {
            block(&mut out, part);
        }
    }
    out.push_str(&format!("\n---\n\n{}\n", plain(&document.footer)));
    out
}

fn block(out: &mut String, block: &Block) {
    match block {
        Block::Heading { title, .. } => out.push_str(&format!("### {}\n\n", plain(title))),
        Block::Paragraph(text) => out.push_str(&format!("{}\n\n", plain(text))),
        Block::Remark(text) => out.push_str(&format!("> {}\n\n", plain(text))),
        Block::Points(points) => {
            for point in points {
                out.push_str(&format!("* {}\n", plain(point)));
            }
            out.push('\n');
        }
        Block::Facts(of) => facts(out, of),
        Block::Rows { header, rows } => {
            row(out, header);
            out.push_str(&format!("|{}\n", "---|".repeat(header.len())));
            for cells in rows {
                row(out, cells);
            }
            out.push('\n');
        }
    }
}

fn facts(out: &mut String, facts: &[(String, String)]) {
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        out.push_str(&format!("* {}: {}\n", plain(name), plain(fact)));
    }
    if !facts.is_empty() {
        out.push('\n');
    }
}

fn row(out: &mut String, cells: &[String]) {
    out.push('|');
    for cell in cells {
        out.push_str(&format!(" {} |", plain(cell).replace('|', "\\|")));
    }
    out.push('\n');
}

/// Text that Markdown shows as it is, on one line; code keeps its backticks.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (piece, is_code) in pieces(text) {
        let piece = piece.replace(char::is_control, " ");
        if is_code {
            out.push_str(&format!("`{piece}`"));
            continue;
        }
        for letter in piece.chars() {
            if matches!(letter, '\\' | '*' | '_' | '<' | '>' | '[' | ']' | '#' | '`') {
                out.push('\\');
            }
            out.push(letter);
        }
    }
    out
}

#[cfg(test)]
pub(crate) fn sample() -> Document {
    let text = |text: &str| text.to_owned();
    Document {
        name: text("methodology_en"),
        language: Language::En,
        title: text("Methodology <of> foreign-trade statistics"),
        lead: vec![text("Written from the method itself.")],
        facts: vec![(text("Digest of the method"), text("9f2c4e61")), (text("Empty"), String::new())],
        contents: text("Contents"),
        chapters: vec![Chapter {
            number: text("10"),
            title: text("Valuation"),
            blocks: vec![
                Block::Heading { name: text("compile/valued_item"), title: text("Every item with its value") },
                Block::Paragraph(text("Where `declared_value` is null | missing, the *invoice* counts.")),
                Block::Points(vec![text("imports: CIF"), text("exports: FOB")]),
                Block::Facts(vec![(text("file"), text("`sql/compile/valued_item.sql`"))]),
                Block::Rows {
                    header: vec![text("name"), text("value")],
                    rows: vec![vec![text("`cif_fob_max`"), text("1|7")], vec![text("<script>"), text("ə")]],
                },
                Block::Remark(text("Not translated.")),
            ],
        }],
        footer: text("tradestat"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_shows_text_as_it_is() {
        let text = String::from_utf8(render_document(&sample(), DocumentFormat::Markdown).bytes).expect("UTF-8");
        for part in [
            "# Methodology \\<of\\> foreign-trade",
            "* 10. Valuation",
            "Where `declared_value` is null | missing, the \\*invoice\\* counts.",
            "| `cif_fob_max` | 1\\|7 |",
            "| \\<script\\> | ə |",
            "> Not translated.",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
        assert!(!text.contains("Empty"));
    }

    #[test]
    fn a_lonely_backtick_is_a_letter() {
        assert_eq!(pieces("a ` b"), vec![("a ` b", false)]);
        assert_eq!(pieces("`a` b"), vec![("a", true), (" b", false)]);
    }

    #[test]
    fn the_page_escapes_and_every_anchor_exists() {
        let page = String::from_utf8(render_document(&sample(), DocumentFormat::Html).bytes).expect("UTF-8");
        for part in ["&lt;script&gt;", "<code>declared_value</code>", "id=\"compile-valued_item\"", "lang=\"en\""] {
            assert!(page.contains(part), "{part} is not on the page");
        }
        assert!(!page.contains("<script"));
        for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }
}
