//! Embeds `sql/` and `reference/` in the program, so that one file on a fresh machine does the whole job.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What files of the method end in; the program reads a folder by the same list.
const ENDINGS: &[&str] = &["sql", "csv", "toml", "json", "md"];

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let mut files = Vec::new();
    for room in ["sql", "reference"] {
        println!("cargo::rerun-if-changed={room}");
        collect(&root, &root.join(room), &mut files);
    }
    files.sort();
    let mut source = String::from("pub static FILES: &[(&str, &[u8])] = &[\n");
    for name in files {
        // Not the whole path: this file may be used again where the project stands elsewhere.
        let below = format!("/{name}");
        writeln!(source, "    ({name:?}, include_bytes!(concat!(env!(\"CARGO_MANIFEST_DIR\"), {below:?}))),")
            .expect("a string takes all");
    }
    source.push_str(
        "];\n\n/// Titles of the cases of each SQL file, by room and name.\npub static CASES: &[(&str, &[&str])] = &[\n",
    );
    // An edited case needs no new program: only a released one must know the last of them.
    if std::env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        println!("cargo::rerun-if-changed=tests/sql");
    }
    for (name, titles) in cases(&root.join("tests/sql")) {
        writeln!(source, "    ({name:?}, &{titles:?}),").expect("a string takes all");
    }
    source.push_str("];\n");
    writeln!(source, "\nconst ENDINGS: &[&str] = &{ENDINGS:?};").expect("a string takes all");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("embedded.rs"), source).expect("the build folder is writable");
}

/// `compile/trade` and the titles of its cases: the first comment of each part of the file.
fn cases(folder: &Path) -> Vec<(String, Vec<String>)> {
    let mut found = Vec::new();
    for room in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        for entry in std::fs::read_dir(room.path()).into_iter().flatten().flatten() {
            let path = entry.path();
            let (Some(stem), Ok(text)) = (path.file_stem(), std::fs::read_to_string(&path)) else { continue };
            let name = format!("{}/{}", room.file_name().to_string_lossy(), stem.to_string_lossy());
            let title = |part: &str| part.lines().find_map(|line| line.strip_prefix('#')).unwrap_or("").trim().to_string();
            found.push((name, text.split("\n---").map(title).collect()));
        }
    }
    found.sort();
    found
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|e| ENDINGS.iter().any(|k| e == *k)) {
            let name = path.strip_prefix(root).expect("below the root");
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
}
