//! What is committed outlives a power cut: files and the folders that name them are on the disk before the
//! manifest that makes them visible.
//!
//! Files are synced in one pass before a commit and not as each is written: the disk takes many at once in
//! hardly more time than one. The crate `object_store` has no word for it, and a store is a local folder.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// Files synced beside each other.
const BESIDE: usize = 8;

/// Puts files that were written, and the folders from theirs up to `root`, on the disk.
pub fn sync(root: &Path, files: &[PathBuf]) -> Result<()> {
    let folders: BTreeSet<PathBuf> = files.iter().flat_map(|file| folders(root, file)).map(Path::to_path_buf).collect();
    beside(files, sync_file)?;
    beside(&Vec::from_iter(folders), sync_folder)
}

/// Puts a folder and everything below it on the disk.
pub fn sync_all(folder: &Path) -> Result<()> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_path_buf()]);
    let mut next = 0;
    while next < folders.len() {
        for entry in std::fs::read_dir(&folders[next])? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
        next += 1;
    }
    beside(&files, sync_file)?;
    beside(&folders, sync_folder)
}

/// Puts a new file in its place below `root`, whole and on the disk; false where the name is taken.
pub fn put_new(root: &Path, name: &str, bytes: &[u8]) -> Result<bool> {
    let place = root.join(name);
    std::fs::create_dir_all(place.parent().expect("below the root"))?;
    // No reader takes a name with a `#` for a manifest.
    let draft = root.join(format!("{name}#{}", std::process::id()));
    let linked = write(&draft, bytes).and_then(|()| std::fs::hard_link(&draft, &place));
    // A draft that stays only takes space.
    let _ = std::fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
        Ok(()) => beside(&Vec::from_iter(folders(root, &place).map(Path::to_path_buf)), sync_folder).map(|()| true),
    }
}

/// Puts a file in the place of the one before, whole or not at all.
pub fn replace(place: &Path, bytes: &[u8]) -> Result<()> {
    let name = place.file_name().expect("a file has a name").to_string_lossy();
    let draft = place.with_file_name(format!(".{name}"));
    write(&draft, bytes)?;
    std::fs::rename(&draft, place)?;
    sync_folder(place.parent().expect("a file lies in a folder"))
}

/// Puts what a folder names on the disk.
pub fn sync_folder(folder: &Path) -> Result<()> {
    // Elsewhere a folder cannot be opened, and some file systems have no such thing to sync.
    if !cfg!(unix) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync_file(path: &Path) -> Result<()> {
    File::options().write(true).open(path)?.sync_all()
}

/// Folders from that of a file up to `root`.
fn folders<'p>(root: &'p Path, file: &'p Path) -> impl Iterator<Item = &'p Path> {
    file.ancestors().skip(1).take_while(move |folder| folder.starts_with(root))
}

fn beside(paths: &[PathBuf], sync: fn(&Path) -> Result<()>) -> Result<()> {
    let share = paths.len().div_ceil(BESIDE).max(1);
    std::thread::scope(|scope| {
        let each = |share: &'_ [PathBuf]| share.iter().try_for_each(|path| sync(path));
        let threads: Vec<_> = paths.chunks(share).map(|share| scope.spawn(move || each(share))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("syncing never panics"))
    })
}
