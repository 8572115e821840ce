//! Tasks that Leptos starts while it makes a page: they write into the log, and fail, as the request that they are for.

use any_spawner::{CustomExecutor, Executor, PinnedFuture, PinnedLocalFuture};
use tracing::Instrument;

use crate::random;

/// Has Leptos start its tasks here. Before anything else of Leptos runs; the first one who asks counts.
pub fn keep_request() {
    // an executor that is there already works as well, but its lines have no request
    let _ = Executor::init_custom_executor(OfRequest);
}

/// Tokio's tasks, with the span and the reference of the one that starts them.
struct OfRequest;

impl CustomExecutor for OfRequest {
    fn spawn(&self, task: PinnedFuture<()>) {
        tokio::spawn(random::with_same_reference(task.in_current_span()));
    }

    fn spawn_local(&self, task: PinnedLocalFuture<()>) {
        tokio::task::spawn_local(random::with_same_reference(task.in_current_span()));
    }

    fn poll_local(&self) {}
}
