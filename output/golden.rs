//! What each format looks like, kept as files under `golden/` and compared byte by byte.
//!
//! `BLESS=1 cargo test -p tradestat-output` rewrites them; the reviewer reads the
//! diff. A workbook is kept as the text of its parts, so that the diff can be read.

use std::io::{Cursor, Read};
use std::path::Path;

use crate::{Artifact, Format, Picture, draw, render, render_sheet, sample};

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

#[expect(
    clippy::disallowed_methods,
    reason = "golden files are read, and on demand written, by tests only"
)]
fn compare(name: &str, made: &[u8]) {
    // Asked when the tests run: a build folder may be shared by checkouts.
    let folder = std::env::var("CARGO_MANIFEST_DIR").unwrap_or_else(|_| env!("CARGO_MANIFEST_DIR").into());
    let path = Path::new(&folder)
        .join("golden")
        .join(name);
    if std::env::var_os("BLESS").is_some_and(|value| value == "1") {
        std::fs::write(&path, made).expect("golden files can be written");
    }
    let kept = std::fs::read(&path).unwrap_or_default();
    let differs = kept
        .iter()
        .zip(made)
        .position(|(kept, made)| kept != made)
        .unwrap_or(kept.len().min(made.len()));
    assert!(
        kept == made,
        "golden/{name} differs from byte {differs} on; BLESS=1 rewrites it"
    );
}

#[test]
fn csv() {
    let artifact = render(&sample::partners(), &sample::edition(), Format::Csv).expect("renders");
    compare(&artifact.name, &artifact.bytes);
}

#[test]
fn xlsx() {
    let artifact = render(&sample::partners(), &sample::edition(), Format::Xlsx).expect("renders");
    let parts: Vec<String> = unzip(&artifact.bytes)
        .iter()
        .map(|(name, text)| format!("== {name}\n{}\n", text.replace("><", ">\n<")))
        .collect();
    compare(&format!("{}.txt", artifact.name), parts.concat().as_bytes());
}

#[test]
fn page() {
    let artifact = crate::html::sample_page();
    compare(&artifact.name, &artifact.bytes);
}

#[test]
fn charts() {
    for (chart, edition) in crate::chart::samples() {
        let artifact = draw(&chart, &edition, Picture::Svg).expect("draws");
        compare(&artifact.name, &artifact.bytes);
    }
}

/// For the eye: `LOOK=DIR cargo test -p tradestat-output look` writes every file and every chart situation there.
#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "written for the eye, by one test, when asked"
)]
fn look() {
    let Some(folder) = std::env::var_os("LOOK").filter(|folder| !folder.is_empty()) else {
        return;
    };
    let edition = sample::edition();
    let mut artifacts: Vec<Artifact> = vec![crate::html::sample_page()];
    for format in [Format::Csv, Format::Xlsx] {
        artifacts.push(render(&sample::partners(), &edition, format).expect("renders"));
        artifacts.push(
            render_sheet(&crate::sheet::tests::worklist(), &edition, format).expect("renders"),
        );
    }
    for (chart, edition) in crate::chart::situations() {
        for picture in [Picture::Svg, Picture::Png] {
            artifacts.push(draw(&chart, &edition, picture).expect("draws"));
        }
    }
    for artifact in artifacts {
        std::fs::write(Path::new(&folder).join(artifact.name), artifact.bytes).expect("writes");
    }
}
