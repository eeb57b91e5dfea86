//! Steps that do not need each other, side by side: planning one step is work for one thread,
//! and two hundred of them would leave the others idle.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::Arc;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::method::Step;

/// Steps that were started and not handed out yet, the oldest first.
pub struct Beside<'a, T> {
    places: Arc<Semaphore>,
    /// The place of the step that starts next.
    taken: Option<OwnedSemaphorePermit>,
    started: VecDeque<(&'a Step, SpawnedTask<Result<T>>)>,
}

impl<'a, T: Send + 'static> Beside<'a, T> {
    /// `most` steps may run at once.
    pub fn new(most: usize) -> Self {
        Beside { places: Arc::new(Semaphore::new(most.max(1))), taken: None, started: VecDeque::new() }
    }

    /// Waits for what a step reads, and for a free place; gives, oldest first, all that had to be
    /// ready for it.
    pub async fn before(&mut self, reads: &[String]) -> Result<Vec<(&'a Step, T)>> {
        let mut ready = Vec::new();
        while self.started.iter().any(|(step, _)| reads.contains(&step.name)) {
            ready.extend(self.oldest().await?);
        }
        if self.taken.is_none() {
            self.taken = Some(self.places.clone().acquire_owned().await.expect("the places are never closed"));
        }
        Ok(ready)
    }

    /// Starts a step in the place that `before` waited for.
    pub fn start(&mut self, step: &'a Step, work: impl Future<Output = Result<T>> + Send + 'static) {
        let place = self.taken.take();
        let work = async move {
            let made = work.await;
            drop(place);
            made
        };
        self.started.push_back((step, SpawnedTask::spawn(work)));
    }

    /// The oldest step, once it is ready; nothing where none was started.
    pub async fn oldest(&mut self) -> Result<Option<(&'a Step, T)>> {
        let Some((step, task)) = self.started.pop_front() else { return Ok(None) };
        let made = task.join().await.map_err(|e| Error::Engine {
            doing: format!("running `{}`", step.file),
            source: Box::new(DataFusionError::ExecutionJoin(Box::new(e))),
        })??;
        Ok(Some((step, made)))
    }
}
