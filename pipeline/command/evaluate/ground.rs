//! A working folder for one evaluation: made, used and thrown away.

use std::path::{Path, PathBuf};

use crate::config::{self, Profile, Workspace};
use crate::engine::Bounds;
use crate::error::{Error, Result};
use crate::method::Method;
use crate::progress::Listener;
use crate::run::{Clock, Job};
use crate::stage::ingest::{Asked, ingest};
use crate::store::Store;

/// What an evaluation needs of the command line it was asked on.
#[derive(Clone)]
pub struct Setup<'s> {
    /// The folder the method is read from, if it is not the program's own.
    pub method: Option<&'s Path>,
    pub bounds: Bounds,
    pub clock: Clock,
    pub listen: Listener<'s>,
}

/// The folder: one that was named and stays, or one in the system's temporary folder that goes
/// away with the value.
pub struct Ground {
    root: PathBuf,
    stays: bool,
}

impl Ground {
    /// A folder for one seed; below `dir`, if the data are to stay.
    pub async fn new(setup: &Setup<'_>, name: &str, dir: Option<&Path>, seed: u64) -> Result<Self> {
        let temporary = || std::env::temp_dir().join(format!("tradestat-{name}-{}-{seed}", std::process::id()));
        let root = dir.map_or_else(temporary, |dir| dir.join(seed.to_string()));
        let profile = Profile::read(&Method::read(setup.method, None)?, "az")?;
        config::init(&root, &profile, true)?;
        Store::create(&Workspace::open(&root)?.store).await?;
        Ok(Ground { root, stays: dir.is_some() })
    }

    /// The folder opened as a command would, with the method and bounds of `setup`.
    pub async fn job<'j>(&self, setup: &Setup<'j>) -> Result<Job<'j>> {
        Job::open(&self.root, setup.method, None, setup.bounds, setup.clock.clone(), setup.listen).await
    }

    /// A file or folder in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Puts a file into the inbox and reads it in.
    pub async fn read_in(&self, job: &Job<'_>, form: &str, name: &str, bytes: &[u8], received: &str) -> Result<()> {
        let path = job.workspace.inbox.join(name);
        std::fs::write(&path, bytes).map_err(Error::write(path.display().to_string()))?;
        let files = [path.as_path()];
        let asked = Asked { form, files: &files, received: Some(received), ..Default::default() };
        let _lock = job.store.lock()?;
        ingest(job, &asked).await
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        if !self.stays {
            // What cannot be removed only takes space.
            let _ = std::fs::remove_dir_all(&self.root);
        }
    }
}
