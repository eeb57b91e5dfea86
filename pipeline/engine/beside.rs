//! Steps that do not need each other, side by side: planning one step is work for one thread,
//! and two hundred of them would leave the others idle.

use std::collections::VecDeque;
use std::future::Future;

use datafusion::common::runtime::SpawnedTask;
use datafusion::error::DataFusionError;

use crate::error::{Error, Result};
use crate::method::Step;

/// Steps that are running, the oldest first.
pub struct Beside<'a, T> {
    most: usize,
    running: VecDeque<(&'a Step, SpawnedTask<Result<T>>)>,
}

impl<'a, T: Send + 'static> Beside<'a, T> {
    /// `most` steps may run at once.
    pub fn new(most: usize) -> Self {
        Beside { most: most.max(1), running: VecDeque::new() }
    }

    /// Waits for what a step reads, and for a free place; gives what became ready.
    pub async fn before(&mut self, reads: &[String]) -> Result<Vec<(&'a Step, T)>> {
        let mut ready = Vec::new();
        while self.running.len() >= self.most || self.running.iter().any(|(step, _)| reads.contains(&step.name)) {
            ready.extend(self.oldest().await?);
        }
        Ok(ready)
    }

    pub fn start(&mut self, step: &'a Step, work: impl Future<Output = Result<T>> + Send + 'static) {
        self.running.push_back((step, SpawnedTask::spawn(work)));
    }

    /// The oldest step, once it is ready; nothing where none runs.
    pub async fn oldest(&mut self) -> Result<Option<(&'a Step, T)>> {
        let Some((step, task)) = self.running.pop_front() else { return Ok(None) };
        let made = task.join().await.map_err(|e| Error::Engine {
            doing: format!("running `{}`", step.file),
            source: Box::new(DataFusionError::ExecutionJoin(Box::new(e))),
        })??;
        Ok(Some((step, made)))
    }
}
