//! Places of a release: built beside its place, moved there whole.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use serde::Serialize;

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

    /// Writes rows as one Parquet file; nothing where there is no batch, as its columns are not known.
    pub fn put_parquet(&self, name: &str, batches: &[RecordBatch]) -> Result<()> {
        let path = self.path(name)?;
        let Some(first) = batches.first() else { return Ok(()) };
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
        std::fs::rename(&self.building, &place).map_err(Error::write(place.display().to_string()))?;
        Ok(place)
    }
}

/// Points `latest.json` of a period to a release that has its place, unless that shows a past state or a
/// final release is pointed to.
pub fn point_to(folder: &Path, manifest: &RunManifest) -> Result<()> {
    let is_newest = manifest.state != "provisional" || pointed(folder).is_none_or(|latest| latest.state == "provisional");
    if manifest.as_of.is_none() && is_newest { point(folder, manifest) } else { Ok(()) }
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

/// Writes `latest.json` whole or not at all.
fn point(folder: &Path, manifest: &RunManifest) -> Result<()> {
    let latest = Latest {
        run: manifest.id.clone(),
        state: manifest.state.clone(),
        decided_by: manifest.decided_by.clone(),
        at: manifest.started_at.clone(),
        method_digest: manifest.method_digest.clone(),
    };
    let text = serde_json::to_string_pretty(&latest).expect("plain data");
    let (draft, place) = (folder.join(".latest.json"), folder.join("latest.json"));
    std::fs::write(&draft, text + "\n").map_err(Error::write(draft.display().to_string()))?;
    std::fs::rename(&draft, &place).map_err(Error::write(place.display().to_string()))
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
