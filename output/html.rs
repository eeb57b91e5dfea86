//! One page a release: every table, every chart, and the account of every line.
//!
//! Works from a disk, without network and without scripts, prints, and can be read
//! in greyscale and by a screen reader. Charts stand in it as SVG, long tables whole
//! in a box that scrolls on a screen and unrolls on paper.
//!
//! Text is escaped by the template; only drawings made here go in as they are.

mod document;
mod table;

use maud::{DOCTYPE, Markup, PreEscaped, html};

pub use document::render_document;

use crate::Artifact;
use crate::chart::{Chart, Picture, draw};
use crate::edition::Edition;
use crate::error::Error;
use crate::number::Number;
use crate::table::Table;

const STYLE: &str = include_str!("html/page.css");

/// A file that the page points to, relative to the page.
#[derive(Clone, Debug)]
pub struct Link {
    pub label: String,
    pub href: String,
}

/// One line of the account: what happened to how many lines, of what value.
#[derive(Clone, Debug)]
pub struct Account {
    pub what: String,
    pub count: Option<u64>,
    /// In full; the page divides and rounds as [`Release::account_scale`] says.
    pub value: Option<Number>,
    /// A sum of lines below or above it.
    pub is_total: bool,
}

/// All that the page of a release shows.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// File name of the page.
    pub name: String,
    pub title: String,
    /// Text that stands before the charts and tables, a paragraph each.
    pub lead: Vec<String>,
    /// The same page in other languages.
    pub languages: Vec<Link>,
    /// The period in words.
    pub period: String,
    pub edition: &'a Edition,
    pub tables: Vec<(&'a Table, Vec<Link>)>,
    pub charts: Vec<(&'a Chart, Vec<Link>)>,
    pub account: Vec<Account>,
    /// Unit of the values in the account, and the power of ten that gives it.
    pub account_unit: String,
    pub account_scale: i32,
    pub notes: Vec<String>,
    /// Files of the whole release, as its manifest.
    pub files: Vec<Link>,
}

/// The page, as a file of the name it has.
pub fn render_page(release: &Release) -> Result<Artifact, Error> {
    let (edition, words) = (release.edition, &release.edition.words);
    let mut charts = Vec::with_capacity(release.charts.len());
    for (chart, links) in &release.charts {
        charts.push(figure(chart, links, edition)?);
    }
    let mut tables = Vec::with_capacity(release.tables.len());
    for (shown, links) in &release.tables {
        tables.push(table::section(shown, links, edition)?);
    }
    let page = html! {
        (DOCTYPE)
        html lang=(edition.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (release.title) ", " (release.period) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (release.title) }
                    @if edition.synthetic { p.banner role="note" { (words.synthetic()) } }
                    @for notice in &edition.notices { p.banner role="note" { (notice) } }
                    @if let Some(note) = &edition.confidentiality_note { p.banner role="note" { (note) } }
                    (facts(release))
                    @if !release.languages.is_empty() { p.under { (words.other_languages()) ": " (links(&release.languages)) } }
                    @for text in &release.lead { p { (text) } }
                }
                (contents(release))
                main {
                    @if !charts.is_empty() {
                        section id="charts" { h2 { (words.charts()) } @for chart in &charts { (chart) } }
                    }
                    @if !tables.is_empty() {
                        section id="tables" { h2 { (words.tables()) } @for table in &tables { (table) } }
                    }
                    (account(release))
                    @if !release.notes.is_empty() {
                        section id="notes" { h2 { (words.notes()) } ul { @for note in &release.notes { li { (note) } } } }
                    }
                }
                footer {
                    @if !release.files.is_empty() { p { (words.files()) ": " (links(&release.files)) } }
                    @if !edition.source.is_empty() { p { (words.source()) ": " (edition.source) } }
                    p { (edition.trace()) }
                }
            }
        }
    };
    Ok(Artifact { name: release.name.clone(), bytes: clean(&page.into_string()).into_bytes() })
}

fn facts(release: &Release) -> Markup {
    let (edition, words) = (release.edition, &release.edition.words);
    let period = edition.language.capitalised(&release.period);
    let facts = [
        (words.period(), &period),
        (words.state(), &edition.state),
        (words.run(), &edition.run_id),
        (words.method_digest(), &edition.method_digest),
        (words.source(), &edition.source),
    ];
    html! { dl.facts { @for (name, fact) in facts { @if !fact.is_empty() { div { dt { (name) } dd { (fact) } } } } } }
}

fn contents(release: &Release) -> Markup {
    let words = &release.edition.words;
    html! {
        nav id="contents" aria-labelledby="contents-heading" {
            h2 id="contents-heading" { (words.contents()) }
            ul {
                @if !release.charts.is_empty() {
                    li { a href="#charts" { (words.charts()) }
                        ul { @for (chart, _) in &release.charts { li { a href={ "#" (anchor(&chart.name)) } { (chart.title) } } } } }
                }
                @if !release.tables.is_empty() {
                    li { a href="#tables" { (words.tables()) }
                        ul { @for (table, _) in &release.tables {
                            li { a href={ "#" (anchor(&table.name)) } { (table.code) " " (table.title) } }
                        } } }
                }
                @if !release.account.is_empty() { li { a href="#account" { (words.account()) } } }
                @if !release.notes.is_empty() { li { a href="#notes" { (words.notes()) } } }
            }
        }
    }
}

fn figure(chart: &Chart, files: &[Link], edition: &Edition) -> Result<Markup, Error> {
    let svg = draw(chart, edition, Picture::Svg)?;
    let svg = String::from_utf8_lossy(&svg.bytes).into_owned();
    Ok(html! {
        figure id=(anchor(&chart.name)) {
            (PreEscaped(svg))
            figcaption { (chart.title) @if !chart.subtitle.is_empty() { ", " (chart.subtitle) } " " (links(files)) }
        }
    })
}

fn account(release: &Release) -> Markup {
    let (edition, words) = (release.edition, &release.edition.words);
    let print = |number: &Number| {
        if number.is_zero() {
            edition.signs.nil.clone()
        } else {
            number.shifted(release.account_scale).print(1, edition.language)
        }
    };
    html! {
        @if !release.account.is_empty() {
            section id="account" {
                h2 { (words.account()) }
                div.scroll tabindex="0" role="region" aria-label=(words.account()) {
                    table {
                        thead { tr {
                            th scope="col" { (words.account_what()) }
                            th.number scope="col" { (words.account_count()) }
                            th.number scope="col" { (words.account_value()) @if !release.account_unit.is_empty() { ", " (release.account_unit) } }
                        } }
                        tbody { @for line in &release.account {
                            tr class=[line.is_total.then_some("total")] {
                                th scope="row" { (line.what) }
                                td.number { (line.count.map(|count| Number::from(count).print(0, edition.language)).unwrap_or_default()) }
                                td.number { (line.value.as_ref().map(print).unwrap_or_default()) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// Links in one line, with commas between.
pub(crate) fn links(links: &[Link]) -> Markup {
    html! { @for (position, link) in links.iter().enumerate() { @if position > 0 { ", " } a href=(link.href) { (link.label) } } }
}

/// A name as a fragment: letters and digits of ASCII as they are, all else a dash.
pub(crate) fn anchor(name: &str) -> String {
    name.chars().map(|letter| if letter.is_ascii_alphanumeric() || letter == '_' { letter } else { '-' }).collect()
}

/// HTML has no control characters; a declaration may hold any.
fn clean(page: &str) -> String {
    let is_control = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\t');
    page.chars().map(|letter| if is_control(letter) { '\u{fffd}' } else { letter }).collect()
}

#[cfg(test)]
pub(crate) fn sample_page() -> Artifact {
    let edition = crate::sample::edition();
    let table = crate::sample::partners();
    let (chart, _) = crate::chart::samples().remove(0);
    let link = |label: &str, href: &str| Link { label: label.to_owned(), href: href.to_owned() };
    let line = |what: &str, count, value, is_total| Account { what: what.to_owned(), count, value, is_total };
    let release = Release {
        name: "index.html".to_owned(),
        lead: Vec::new(),
        languages: Vec::new(),
        title: "Foreign trade <of> \"Azərbaycan\"".to_owned(),
        period: "March 2026".to_owned(),
        edition: &edition,
        tables: vec![(
            &table,
            vec![link("CSV", "tables/T03_trade_by_partner.csv"), link("XLSX", "tables/T03_trade_by_partner.xlsx")],
        )],
        charts: vec![(&chart, vec![link("PNG", "charts/monthly.png")])],
        account: vec![
            line("Lines read", Some(200_123), None, true),
            line("Held: V01 & <V12>", Some(12), Some(Number::from(1_234_567_i64)), false),
            line("Counted", Some(200_000), Some(Number::from(0_i64)), false),
        ],
        account_unit: "thousand USD".to_owned(),
        account_scale: 3,
        notes: vec!["A note with <script>alert(1)</script> and \u{0}.".to_owned()],
        files: vec![link("manifest.json", "manifest.json")],
    };
    render_page(&release).expect("renders")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> String {
        String::from_utf8(sample_page().bytes).expect("UTF-8")
    }

    #[test]
    fn says_what_it_is_and_what_it_is_not() {
        let page = page();
        for part in [
            "SYNTHETIC DATA: made by the demo, not statistics of any country",
            "Confidentiality has not been applied.",
            "provisional",
            "20260412T081500-1a2b",
            "9f2c4e61d0aa77b3c1e5",
            "200,123",
            "1,234.6",
            "href=\"tables/T03_trade_by_partner.xlsx\"",
            "<svg",
        ] {
            assert!(page.contains(part), "{part} is not on the page");
        }
    }

    #[test]
    fn text_stays_text_and_nothing_is_fetched_or_run() {
        let page = page();
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; and \u{fffd}."));
        assert!(page.contains("Avropa &lt;İttifaqı&gt; &amp; ə"));
        for part in ["<script", "<link", "@import", "url(", "src="] {
            assert!(!page.contains(part), "{part} is on the page");
        }
    }

    #[test]
    fn a_release_of_nothing_is_a_page() {
        let edition = Edition::default();
        let release = Release {
            name: "index.html".to_owned(),
            lead: Vec::new(),
            languages: Vec::new(),
            title: String::new(),
            period: String::new(),
            edition: &edition,
            tables: Vec::new(),
            charts: Vec::new(),
            account: Vec::new(),
            account_unit: String::new(),
            account_scale: 0,
            notes: Vec::new(),
            files: Vec::new(),
        };
        assert!(render_page(&release).is_ok());
    }

    #[test]
    fn every_anchor_that_is_pointed_to_exists() {
        let page = page();
        for target in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(page.contains(&format!("id=\"{target}\"")), "{target}");
        }
    }
}
