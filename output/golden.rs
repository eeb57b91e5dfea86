//! What each format looks like, kept as files under `golden/` and compared as text.
//!
//! `scripts/bless` rewrites them; the reviewer reads the diff. A workbook is kept as the text
//! of its parts, so that the diff can be read. The files are read by `expect-test`, because
//! this crate opens none, in its tests either.

use std::io::{Cursor, Read};

use expect_test::expect_file;

use crate::{Artifact, Format, Picture, draw, render, sample};

/// The parts of a workbook, by name.
pub(crate) fn unzip(bytes: &[u8]) -> Vec<(String, String)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a workbook is a zip file");
    let mut parts = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        let mut text = String::new();
        part.read_to_string(&mut text).expect("XML is text");
        parts.push((part.name().to_owned(), text));
    }
    parts
}

fn compare(artifact: &Artifact) {
    let text = std::str::from_utf8(&artifact.bytes).expect("golden files are text");
    expect_file![format!("golden/{}", artifact.name)].assert_eq(text);
}

#[test]
fn csv() {
    compare(&render(&sample::partners(), &sample::edition(), Format::Csv).expect("renders"));
}

#[test]
fn xlsx() {
    let artifact = render(&sample::partners(), &sample::edition(), Format::Xlsx).expect("renders");
    let parts: Vec<String> =
        unzip(&artifact.bytes).iter().map(|(name, text)| format!("== {name}\n{}\n", text.replace("><", ">\n<"))).collect();
    compare(&Artifact { name: format!("{}.txt", artifact.name), bytes: parts.concat().into_bytes() });
}

#[test]
fn page() {
    compare(&crate::html::sample_page());
}

#[test]
fn charts() {
    for (chart, edition) in crate::chart::samples() {
        compare(&draw(&chart, &edition, Picture::Svg).expect("draws"));
    }
}
