//! One scan, many readers: the rows of a plan given to several plans at once.
//!
//! Two steps that both read `valued_item` would value every item twice. Here the plan runs
//! once, and each batch goes to every reader through a short queue, so nothing is held but
//! what the slowest reader has not taken yet. All readers must run at the same time, each
//! drawing all of its partitions.

use std::fmt;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Batches a reader may be behind.
const QUEUE: usize = 4;

/// A partition that one reader draws once.
struct Queue {
    schema: SchemaRef,
    rows: Mutex<Option<Receiver<Result<RecordBatch>>>>,
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

impl PartitionStream for Queue {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().expect("no reader panics while it takes its queue").take();
        let stream = futures::stream::unfold(rows, |rows| async move {
            let mut rows = rows?;
            rows.recv().await.map(|batch| (batch, Some(rows)))
        });
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream))
    }
}

/// The scan, waiting for its readers.
pub struct SharedScan {
    schema: SchemaRef,
    partitions: usize,
    senders: Vec<Vec<Sender<Result<RecordBatch>>>>,
}

impl SharedScan {
    /// No reader yet; `partitions` are those of the plan that [`SharedScan::run`] is given.
    pub fn new(schema: SchemaRef, partitions: usize) -> Self {
        SharedScan { schema, partitions, senders: (0..partitions).map(|_| Vec::new()).collect() }
    }

    /// A table for one more reader.
    pub fn reader(&mut self) -> Result<Arc<dyn TableProvider>> {
        let mut streams: Vec<Arc<dyn PartitionStream>> = Vec::new();
        for partition in 0..self.partitions {
            let (send, receive) = channel(QUEUE);
            self.senders[partition].push(send);
            streams.push(Arc::new(Queue { schema: self.schema.clone(), rows: Mutex::new(Some(receive)) }));
        }
        Ok(Arc::new(StreamingTable::try_new(self.schema.clone(), streams)?))
    }

    /// Gives every batch to every reader; ends when the rows end or no reader is left.
    pub async fn run(self, streams: Vec<SendableRecordBatchStream>) -> Result<()> {
        let mut tasks = Vec::new();
        for (stream, senders) in streams.into_iter().zip(self.senders) {
            tasks.push(tokio::spawn(give(stream, senders)));
        }
        for task in tasks {
            task.await.map_err(|e| DataFusionError::Execution(e.to_string()))?;
        }
        Ok(())
    }
}

async fn give(mut stream: SendableRecordBatchStream, senders: Vec<Sender<Result<RecordBatch>>>) {
    while let Some(batch) = stream.next().await {
        let mut is_heard = false;
        for sender in &senders {
            let copy = match &batch {
                Ok(batch) => Ok(batch.clone()),
                Err(error) => Err(DataFusionError::Execution(error.to_string())),
            };
            // A reader that has gone failed; its own error is the one to report.
            is_heard |= sender.send(copy).await.is_ok();
        }
        if !is_heard || batch.is_err() {
            return;
        }
    }
}
