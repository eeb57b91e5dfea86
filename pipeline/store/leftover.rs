//! What a command wrote that did not come to its manifest: it removes that itself where it can, and `store
//! check` lists what it could not.

use std::path::Path;

use super::Store;

/// Who writes below a folder of their own: the folder's name before the id, and where the manifest is.
#[derive(Debug, Clone, Copy)]
pub enum Owner {
    Batch,
    Run,
    Rekey,
}

impl Owner {
    const ALL: [Owner; 3] = [Owner::Batch, Owner::Run, Owner::Rekey];

    fn folder(self) -> &'static str {
        match self {
            Owner::Batch => "batch=",
            Owner::Run => "run=",
            Owner::Rekey => "key=",
        }
    }

    fn manifest(self) -> &'static str {
        match self {
            Owner::Batch => "batch",
            Owner::Run => "run",
            Owner::Rekey => "rekey",
        }
    }
}

/// The folder that says whose file this is: `run=20260401`. What a change of the key wrote lies deepest.
pub(super) fn owner(path: &str) -> Option<&str> {
    let is_owner = |folder: &&str| Owner::ALL.iter().any(|owner| folder.starts_with(owner.folder()));
    path.rsplit('/').skip(1).find(is_owner)
}

impl Store {
    /// Removes the files of a batch, run or change of the key that failed; nothing where it has a manifest, or
    /// where that cannot be told. The caller holds the lock.
    pub fn discard(&self, owner: Owner, id: &str) {
        let manifest = self.root.join(format!("manifest/{}/{id}.json", owner.manifest()));
        if matches!(manifest.try_exists(), Ok(false)) {
            let name = format!("{}{id}", owner.folder());
            let relations = std::fs::read_dir(&self.root).into_iter().flatten().flatten().map(|entry| entry.path());
            relations.filter(|folder| folder.is_dir() && !folder.ends_with("manifest")).for_each(|folder| empty(&folder, &name));
        }
    }
}

/// Removes the files of every folder of that name, and what is empty then. What cannot be removed only takes
/// space: the failure that brought us here is the one to report.
fn empty(folder: &Path, name: &str) {
    let is_meant = folder.ends_with(name);
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            empty(&path, name);
        } else if is_meant {
            let _ = std::fs::remove_file(&path);
        }
    }
    // Refused where anything is left.
    let _ = std::fs::remove_dir(folder);
}
