//! The working folder opened for one command.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;

use super::calendar::{Clock, moment, stamp};
use crate::config::{self, Profile, Workspace};
use crate::describe::Describer;
use crate::engine::{self, Bounds};
use crate::error::{Error, Result};
use crate::method::{Method, Parameters};
use crate::progress::Listener;
use crate::store::Store;
use crate::store::manifest::{BatchManifest, MonthCount};

/// A working folder opened for one command.
pub struct Job<'a> {
    pub workspace: Workspace,
    pub store: Store,
    pub method: Method,
    pub profile: Profile,
    pub bounds: Bounds,
    pub clock: Clock,
    pub listen: Listener<'a>,
    describer: OnceLock<Arc<Describer>>,
    /// Months of the batches that were counted by other dates than the profile's.
    recounted: Mutex<BTreeMap<String, BTreeMap<String, MonthCount>>>,
}

impl<'a> Job<'a> {
    /// Opens the folder; with `check`, plans the whole method and checks every list first.
    pub async fn open(
        root: &Path,
        method: Option<&Path>,
        as_of: Option<&str>,
        bounds: Bounds,
        clock: Clock,
        listen: Listener<'a>,
    ) -> Result<Job<'a>> {
        let workspace = Workspace::open(root)?;
        let method = Method::read(method.or(workspace.method.as_deref()), Some(&workspace.imported))?;
        let profile = Profile::read(&method, &workspace.profile)?;
        let as_of = as_of.map(moment).transpose()?.map(stamp);
        let store = Store::open(&workspace.store, as_of).await?;
        Ok(Job {
            workspace,
            store,
            method,
            profile,
            bounds,
            clock,
            listen,
            describer: OnceLock::new(),
            recounted: Mutex::default(),
        })
    }

    /// Plans every step and checks every list, so that nothing is computed by a method that does not hold together.
    ///
    /// # Errors
    /// Exit 5, with the file that is inconsistent.
    pub async fn check_method(&mut self) -> Result<()> {
        let ctx = self.session()?;
        self.method.check(&ctx).await
    }

    /// Refuses declarations that were read in under another profile: their amounts are in its currencies, and
    /// would be printed as amounts in those of this one. What partners report says its own.
    pub fn check_profile(&self, batches: &[BatchManifest]) -> Result<()> {
        let own = &self.profile.code;
        let Some(other) = batches.iter().find(|batch| batch.is_declared() && batch.profile != *own) else { return Ok(()) };
        Err(Error::Inconsistent {
            file: self.workspace.root.join(config::FILE).display().to_string(),
            line: None,
            problem: format!(
                "has profile `{own}`, and batch {} ({}) was read in under profile `{}`",
                other.id, other.source, other.profile
            ),
            hint: format!(
                "write `profile = \"{}\"` again, or make another working folder: `tradestat init DIR --profile {own}`",
                other.profile
            ),
        })
    }

    /// Says of every stored column what it is.
    pub fn describer(&self) -> Result<Arc<Describer>> {
        if self.describer.get().is_none() {
            // Another thread may have been quicker: it read the same lists.
            let _ = self.describer.set(Arc::new(Describer::new(&self.method, &self.profile)?));
        }
        Ok(self.describer.get().expect("just set").clone())
    }

    /// By id of the batch and month `2026-03`; locked while it is held.
    pub(super) fn recounted(&self) -> MutexGuard<'_, BTreeMap<String, BTreeMap<String, MonthCount>>> {
        self.recounted.lock().expect("nobody panics while holding it")
    }

    /// A new session under the bounds of the command, with nothing registered.
    pub fn session(&self) -> Result<SessionContext> {
        engine::open(self.bounds)
    }

    /// The value of a parameter of the method on a day, as its row writes it.
    pub fn parameter(&self, name: &str, on: &str) -> Result<String> {
        let list = &self.method.lists["parameter"];
        for (_, row) in list.records()? {
            let cell = |column: &str| list.schema.index_of(column).ok().map(|i| row[i].to_string()).unwrap_or_default();
            if cell("name") == name && cell("valid_from").as_str() <= on && on <= cell("valid_to").as_str() {
                return Ok(cell("value"));
            }
        }
        Err(Error::Inconsistent {
            file: list.file.clone(),
            line: None,
            problem: format!("no parameter `{name}` on {on}"),
            hint: "add a row with its validity".into(),
        })
    }

    /// A parameter that counts something: months, rows, bars.
    pub fn parameter_count(&self, name: &str, on: &str) -> Result<u32> {
        let text = self.parameter(name, on)?;
        text.parse().map_err(|_| Error::Inconsistent {
            file: "reference/parameter.csv".into(),
            line: None,
            problem: format!("`{name}` is `{text}`"),
            hint: "expected a whole number".into(),
        })
    }

    /// Placeholders of the SQL for the months from first to last day.
    pub fn parameters(&self, first_day: i32, last_day: i32, period: i32) -> Parameters {
        let text = |value: &str| ScalarValue::Utf8(Some(value.into()));
        vec![
            ("first_day".into(), ScalarValue::Date32(Some(first_day))),
            ("last_day".into(), ScalarValue::Date32(Some(last_day))),
            ("period".into(), ScalarValue::Date32(Some(period))),
            ("reporter".into(), text(&self.profile.reporter)),
            ("reporter_currency".into(), text(&self.profile.reporter_currency)),
            ("statistical_currency".into(), text(&self.profile.statistical_currency)),
            ("trade_system".into(), text(&self.profile.trade_system)),
            ("recording_date".into(), text(&self.profile.recording_date)),
        ]
    }
}
