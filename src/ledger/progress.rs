//! How far a long piece of work has come.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is being done to a ledger once the rows of an import are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// New rows find their place among those already kept.
    Sorting,
    /// Tables are written, and beside them the facts made from them.
    Writing,
}

impl Stage {
    /// Returns the stage in words.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Sorting => "sorting",
            Stage::Writing => "writing",
        }
    }
}

/// Is told the stage, what is done and what is to do (rows, cells of tables), from any thread.
pub type OnProgress<'p> = &'p (dyn Fn(Stage, u64, u64) + Sync);

/// What is done of one stage, counted by several threads.
pub(super) struct Share<'p> {
    stage: Stage,
    all: u64,
    done: AtomicU64,
    on_progress: OnProgress<'p>,
}

impl<'p> Share<'p> {
    pub(super) fn new(stage: Stage, all: usize, on_progress: OnProgress<'p>) -> Share<'p> {
        on_progress(stage, 0, all as u64);
        Share {
            stage,
            all: all as u64,
            done: AtomicU64::new(0),
            on_progress,
        }
    }

    pub(super) fn add(&self, more: usize) {
        let before = self.done.fetch_add(more as u64, Ordering::Relaxed);
        (self.on_progress)(self.stage, before + more as u64, self.all);
    }
}
