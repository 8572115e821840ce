//! What the server does by itself while it runs.

use std::time::Duration;

use tokio::{sync::watch, time::sleep};

use super::state::AppState;
use crate::{api::idempotency::store, booking::server::expire_requests};

/// Pause between two looks at requests that nobody answered.
const EVERY: Duration = Duration::from_secs(30);

/// Works until `stop` becomes true; a unit that is under way is finished first. Several processes may do so on one
/// database.
pub async fn run(app: AppState, mut stop: watch::Receiver<bool>) {
    loop {
        match expire_requests(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "requests ran out"),
            Err(error) => tracing::warn!(%error, "requests that ran out could not be ended; trying again"),
        }
        if let Err(error) = store::clear(&app).await {
            tracing::warn!(%error, "old Idempotency-Keys could not be removed; trying again");
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(EVERY) => {}
        }
    }
}
