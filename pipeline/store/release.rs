//! Places of a release: built beside its place, moved there whole.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use serde::Serialize;

use super::durable;
use super::manifest::RunManifest;
use super::parquet::properties;
use crate::error::{Error, Result};

/// A release in the making.
pub struct Release {
    folder: PathBuf,
    building: PathBuf,
    name: String,
}

/// What `latest.json` says: the newest final release, else the newest provisional one.
#[derive(Serialize, serde::Deserialize)]
struct Latest {
    run: String,
    state: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    decided_by: Option<String>,
    at: String,
    method_digest: String,
}

impl Release {
    /// Begins `folder/name`.
    pub fn begin(folder: &Path, name: &str) -> Result<Self> {
        let building = folder.join(format!(".{name}.building"));
        std::fs::create_dir_all(&building).map_err(Error::write(building.display().to_string()))?;
        Ok(Release { folder: folder.into(), building, name: name.into() })
    }

    /// Writes a file by its path below the release.
    pub fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.path(name)?;
        std::fs::write(&path, bytes).map_err(Error::write(path.display().to_string()))
    }

    /// Where a file of the release is written before the release has its place.
    pub fn path(&self, name: &str) -> Result<PathBuf> {
        let path = self.building.join(name);
        let parent = path.parent().expect("below the release");
        std::fs::create_dir_all(parent).map_err(Error::write(parent.display().to_string()))?;
        Ok(path)
    }

    /// Writes a value as JSON with line breaks.
    pub fn put_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let mut text = serde_json::to_vec_pretty(value).expect("manifests are plain data");
        text.push(b'\n');
        self.put(name, &text)
    }

    /// Writes rows as one Parquet file; a table without rows is one batch that has none.
    pub fn put_parquet(&self, name: &str, batches: &[RecordBatch]) -> Result<()> {
        let path = self.path(name)?;
        let first = batches.first().expect("a table has its columns, whatever its rows");
        let failed = |e: datafusion::parquet::errors::ParquetError| Error::Write { what: name.into(), source: e.into() };
        let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties(&first.schema()))).map_err(failed)?;
        for batch in batches {
            writer.write(batch).map_err(failed)?;
        }
        let bytes = writer.into_inner().map_err(failed)?;
        std::fs::write(&path, bytes).map_err(Error::write(path.display().to_string()))
    }

    /// Moves the release to its place. What is made again from the same stored figures takes the place of the
    /// one before.
    pub fn finish(self) -> Result<PathBuf> {
        let place = self.folder.join(&self.name);
        if place.is_dir() {
            std::fs::remove_dir_all(&place).map_err(Error::write(place.display().to_string()))?;
        }
        // What a run names as its release must outlive it.
        let moved = durable::sync_all(&self.building).and_then(|()| std::fs::rename(&self.building, &place));
        moved.and_then(|()| durable::sync_folder(&self.folder)).map_err(Error::write(place.display().to_string()))?;
        Ok(place)
    }
}

/// The run that `latest.json` of a period is to point to: the newest with a release that was decided, else the
/// newest provisional one. What shows a past state is never the newest.
pub fn newest<'r>(runs: impl Iterator<Item = &'r RunManifest>, period: &str) -> Option<&'r RunManifest> {
    let published = runs.filter(|run| run.as_of.is_none() && run.release.is_some() && run.period == period);
    published.max_by_key(|run| (run.is_decided(), &run.committed_at, &run.id))
}

/// What is wrong with the `latest.json` of a period whose newest run this is.
pub fn wrong_pointer(folder: &Path, newest: &RunManifest) -> Option<String> {
    match pointed(folder) {
        Some(latest) if latest.run == newest.id && latest.state == newest.state => None,
        Some(latest) => Some(format!("points to the {} release {}", latest.state, latest.run)),
        None if folder.join("latest.json").exists() => Some("cannot be read".into()),
        None => Some("is missing".into()),
    }
}

fn pointed(folder: &Path) -> Option<Latest> {
    std::fs::read(folder.join("latest.json")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok())
}

/// The run that `latest.json` of a period points to.
pub fn latest(folder: &Path) -> Option<String> {
    pointed(folder).map(|latest| latest.run)
}

/// Writes one file of a folder that is no release.
pub fn put_file(folder: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::write(folder.display().to_string()))?;
    let path = folder.join(name);
    std::fs::write(&path, bytes).map_err(Error::write(path.display().to_string()))
}

/// Points `latest.json` of a period to a release that has its place.
pub fn point_to(folder: &Path, manifest: &RunManifest) -> Result<()> {
    let latest = Latest {
        run: manifest.id.clone(),
        state: manifest.state.clone(),
        decided_by: manifest.decided_by.clone(),
        at: manifest.started_at.clone(),
        method_digest: manifest.method_digest.clone(),
    };
    let text = serde_json::to_string_pretty(&latest).expect("plain data");
    let place = folder.join("latest.json");
    durable::replace(&place, (text + "\n").as_bytes()).map_err(Error::write(place.display().to_string()))
}

/// Drops what failed releases left half built.
pub fn sweep(root: &Path) {
    let Ok(periods) = std::fs::read_dir(root) else { return };
    for period in periods.flatten() {
        let Ok(entries) = std::fs::read_dir(period.path()) else { continue };
        for entry in entries.flatten().filter(|e| e.file_name().to_string_lossy().ends_with(".building")) {
            // A leftover that cannot be removed only takes space.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}
