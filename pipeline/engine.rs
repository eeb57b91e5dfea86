//! Opens a DataFusion session; the only constructor of one.
//!
//! A session has the threads and the memory limit of the run, and nothing else: relations are
//! registered by `method`, data is found by `store`.

pub mod beside;
mod lookup;
pub mod shared;
pub mod slot;

use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::error::{Error, Result};

/// Bounds of one run.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub threads: usize,
    /// Bytes the engine may hold, as it counts them; what it must hold beyond that it spills or
    /// refuses. It counts text that batches share once for each of them, and divides the bound
    /// among all that run, so a process stays far below it.
    pub memory: usize,
    /// Items that are compiled at once: enough to keep the cores busy, few enough to keep their
    /// cells in memory.
    pub slice: u64,
}

impl Bounds {
    /// Without `threads` all cores, without `memory` 4 GiB; slices of 200 000 items.
    pub fn new(threads: Option<usize>, memory: Option<usize>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get());
        Bounds { threads: threads.unwrap_or(cores).max(1), memory: memory.unwrap_or(4 << 30), slice: 200_000 }
    }
}

/// A tokio runtime with room on its stacks: plans are deep, and the development build of the
/// engine needs several times the stack of the optimised one.
pub fn runtime(bounds: Bounds) -> Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        // A thread that waits keeps what it freed: publishing ten million items took half as much again.
        .thread_keep_alive(Duration::from_millis(100))
        .worker_threads(bounds.threads)
        .thread_stack_size(16 << 20)
        .build()
        .map_err(Error::write("worker threads"))
}

/// What does not fit goes to the system's folder for temporary files, not to the store: who asks
/// need not be able to write there.
pub fn open(bounds: Bounds) -> Result<SessionContext> {
    let mut config = SessionConfig::new()
        .with_target_partitions(bounds.threads)
        .with_information_schema(false)
        .with_default_catalog_and_schema("tradestat", "public");
    let options = config.options_mut();
    options.execution.parquet.pushdown_filters = false;
    options.execution.parquet.enable_page_index = true;
    // Every large join of the method has a small list as its build side, first in the text.
    // Sending the items around by the hash of a code would only copy them.
    options.optimizer.repartition_joins = false;
    // Names in SQL are names in the files.
    options.sql_parser.enable_ident_normalization = true;
    options.execution.collect_statistics = true;
    let pool = TrackConsumersPool::new(FairSpillPool::new(bounds.memory), 3.try_into().expect("three is not zero"));
    let runtime = RuntimeEnvBuilder::new()
        .with_memory_pool(Arc::new(pool))
        .with_disk_manager_builder(DiskManagerBuilder::default().with_mode(DiskManagerMode::OsTmpDirectory))
        .build_arc()
        .map_err(Error::engine("opening a session"))?;
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_physical_optimizer_rule(Arc::new(lookup::LookupRule))
        .build();
    Ok(SessionContext::new_with_state(state))
}

/// Gives back what this thread has freed, and what ended threads have left: between long works memory
/// that one of them needed would else stand beside that of the next.
pub fn give_back() {
    // SAFETY: collecting frees only what nobody holds, and may be asked at any time.
    unsafe { libmimalloc_sys::mi_collect(true) };
}
