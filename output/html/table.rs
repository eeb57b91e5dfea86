//! One table on the page.

use maud::{Markup, html};

use super::{Link, anchor, links};
use crate::edition::Edition;
use crate::error::Error;
use crate::print::{Printed, RowKind, Shown, legend};
use crate::table::{Column, ColumnKind, Table};

/// The table with its heading, files, notes and source.
///
/// # Errors
/// As [`Printed::new`].
pub(super) fn section(table: &Table, files: &[Link], edition: &Edition) -> Result<Markup, Error> {
    let words = &edition.words;
    let printed = Printed::new(table, edition)?;
    let id = anchor(&table.name);
    let heading = format!("{id}-heading");
    Ok(html! {
        section.table id=(id) aria-labelledby=(heading) {
            h3 id=(heading) { (table.code) " " (table.title) }
            p.under { (edition.language.capitalised(&table.subtitle)) @if !table.unit.is_empty() { ". " (words.unit()) ": " (table.unit) } }
            // Who cannot use a mouse can scroll a box only if it takes the focus.
            div.scroll tabindex="0" role="region" aria-labelledby=(heading) {
                table {
                    thead { (group_row(&printed)) tr { @for column in &printed.columns { (column_heading(column)) } } }
                    tbody { (body(&printed, edition)) }
                }
            }
            @if edition.synthetic { p.mark { (words.synthetic_mark()) } }
            @if !table.notes.is_empty() { ul.notes { @for note in &table.notes { li { (note) } } } }
            p.under { (legend(table, edition)) }
            p.under {
                @if !table.source(edition).is_empty() { (words.source()) ": " (table.source(edition)) ". " }
                @if !files.is_empty() { (words.files()) ": " (links(files)) ". " }
                a.to-contents href="#contents" { (words.to_contents()) }
            }
        }
    })
}

fn group_row(printed: &Printed) -> Markup {
    html! {
        @if let Some(spans) = printed.group_headings() {
            tr { @for (heading, width) in spans {
                @if heading.is_empty() { td colspan=(width) {} } @else { th.group scope="colgroup" colspan=(width) { (heading) } }
            } }
        }
    }
}

fn column_heading(column: &Column) -> Markup {
    html! {
        th class=[column.kind.is_number().then_some("number")] scope="col" {
            (column.title)
            @if let Some(unit) = &column.unit { ", " (unit) }
        }
    }
}

fn body(printed: &Printed, edition: &Edition) -> Markup {
    let stub = printed.stub();
    let is_indented = printed.has_levels();
    html! {
        @for row in &printed.rows {
            tr class=[class(row.kind)] {
                @for (position, (shown, column)) in row.cells.iter().zip(&printed.columns).enumerate() {
                    @if position == stub {
                        th class=[(is_indented && row.kind == RowKind::Row).then_some("indent")] scope="row" { (shown.text()) }
                    } @else {
                        td class=[cell_class(shown, column)] { (shown.text()) }
                    }
                }
            }
        }
        @if printed.rows.is_empty() {
            tr { td colspan=(printed.columns.len().max(1)) { (edition.words.no_data()) } }
        }
    }
}

fn class(kind: RowKind) -> Option<&'static str> {
    match kind {
        RowKind::Total => Some("total"),
        RowKind::Group => Some("group"),
        RowKind::Row => None,
    }
}

fn cell_class(shown: &Shown, column: &Column) -> Option<&'static str> {
    match shown {
        Shown::Missing(_) | Shown::Figure(_) => Some("number"),
        Shown::Text(_) if column.kind == ColumnKind::Code => Some("code"),
        Shown::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn shown(table: &Table) -> String {
        section(table, &[], &sample::edition()).expect("renders").into_string()
    }

    #[test]
    fn a_source_of_its_own_stands_under_a_table() {
        let (own, other) =
            (shown(&Table { source: Some("Two countries".into()), ..sample::partners() }), sample::edition().source);
        assert!(own.contains("Source: Two countries. ") && !own.contains(&other), "{own}");
        assert!(shown(&sample::partners()).contains(&format!("Source: {other}. ")));
    }

    #[test]
    fn hides_machine_columns_and_weights_rows() {
        let html = shown(&sample::partners());
        assert!(!html.contains("row_kind") && !html.contains(">Flag<"), "{html}");
        assert!(html.contains("<tr class=\"total\"><td class=\"code\">W00</td><th scope=\"row\">Total</th>"), "{html}");
        assert!(html.contains("<th class=\"indent\" scope=\"row\">Италия</th>"), "{html}");
        assert!(html.contains("<th class=\"group\" scope=\"colgroup\" colspan=\"2\">Exports</th>"), "{html}");
    }

    #[test]
    fn an_empty_table_says_so() {
        let table = sample::table(vec![Column::new("x", "X", ColumnKind::Value)]);
        assert!(shown(&table).contains("<td colspan=\"1\">no data</td>"));
    }

    #[test]
    fn a_wrong_batch_is_an_error() {
        let mut table = sample::table(vec![Column::new("x", "X", ColumnKind::Value)]);
        table.batches = vec![sample::batch(vec![("x", sample::texts(&[Some("1")]))])];
        assert!(matches!(section(&table, &[], &Edition::default()), Err(Error::ColumnType { .. })));
    }
}
