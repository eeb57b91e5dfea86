//! A document of chapters as one page: no network, no script, printable.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{STYLE, anchor, clean};
use crate::Artifact;
use crate::document::{Block, Chapter, Document, pieces};

/// What a page of text needs beside the style of a release: a narrow column, upright paper.
const TEXT_STYLE: &str = include_str!("document.css");

/// The document as `<name>.html`.
pub fn render_document(document: &Document) -> Artifact {
    let page = html! {
        (DOCTYPE)
        html lang=(document.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (document.title) }
                style { (PreEscaped(STYLE)) (PreEscaped(TEXT_STYLE)) }
            }
            body.document {
                header {
                    h1 { (document.title) }
                    @for text in &document.lead { p { (inline(text)) } }
                    (facts(&document.facts))
                }
                nav id="contents" aria-labelledby="contents-heading" {
                    h2 id="contents-heading" { (document.contents) }
                    ul { @for chapter in &document.chapters {
                        li { a href={ "#chapter-" (anchor(&chapter.number)) } { (chapter.number) ". " (chapter.title) } }
                    } }
                }
                main { @for chapter in &document.chapters { (section(chapter)) } }
                footer { p { (document.footer) } }
            }
        }
    };
    Artifact { name: format!("{}.html", document.name), bytes: clean(&page.into_string()).into_bytes() }
}

fn section(chapter: &Chapter) -> Markup {
    html! {
        section id={ "chapter-" (anchor(&chapter.number)) } {
            h2 { (chapter.number) ". " (chapter.title) }
            @for part in &chapter.blocks { (block(part)) }
        }
    }
}

fn block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Heading { name, title } => h3 id=(anchor(name)) { (inline(title)) },
            Block::Paragraph(text) => p { (inline(text)) },
            Block::Points(points) => ul { @for point in points { li { (inline(point)) } } },
            Block::Facts(of) => (facts(of)),
            Block::Remark(text) => p.mark role="note" { (inline(text)) },
            Block::Rows { header, rows } => {
                table {
                    thead { tr { @for cell in header { th scope="col" { (cell) } } } }
                    tbody { @for cells in rows { tr { @for cell in cells { td { (inline(cell)) } } } } }
                }
            }
        }
    }
}

fn facts(facts: &[(String, String)]) -> Markup {
    html! {
        @if facts.iter().any(|(_, fact)| !fact.is_empty()) {
            dl.facts { @for (name, fact) in facts { @if !fact.is_empty() { div { dt { (name) } dd { (inline(fact)) } } } } }
        }
    }
}

fn inline(text: &str) -> Markup {
    html! { @for (piece, is_code) in pieces(text) { @if is_code { code { (piece) } } @else { (piece) } } }
}
