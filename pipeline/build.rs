//! Embeds `sql/` and `reference/` in the program, so that one file on a fresh machine does the whole job.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

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
        let path = root.join(&name);
        writeln!(source, "    ({name:?}, include_bytes!({path:?})),").expect("a string takes all");
    }
    source.push_str("];\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    std::fs::write(out.join("embedded.rs"), source).expect("the build folder is writable");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|e| ["sql", "csv", "toml", "json", "md"].iter().any(|k| e == *k)) {
            let name = path.strip_prefix(root).expect("below the root");
            files.push(name.to_string_lossy().replace('\\', "/"));
        }
    }
}
