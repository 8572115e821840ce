//! What the server does by itself while it runs.

use std::{fmt::Display, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::state::AppState;
use crate::{
    accounts::server::clear_sign_in_attempts,
    api::idempotency::store,
    booking::server::expire_requests,
    notifications::server::{daily_agenda, reminders, video_links},
};

/// Pause between two checks for unanswered requests.
const EVERY: Duration = Duration::from_secs(30);
/// Number of those checks between two runs of the scheduled jobs.
const ROUNDS: u32 = 10;

/// Works until `stop` becomes true; a unit that is under way is finished first. Several processes may do so on one
/// database.
pub async fn run(app: AppState, mut stop: watch::Receiver<bool>) {
    for round in (0..ROUNDS).cycle() {
        match expire_requests(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "requests ran out"),
            Err(error) => tracing::warn!(%error, "requests that ran out could not be ended; trying again"),
        }
        if let Err(error) = store::clear(&app).await {
            tracing::warn!(%error, "old Idempotency-Keys could not be removed; trying again");
        }
        if round == 0 {
            if let Err(error) = clear_sign_in_attempts(&app).await {
                tracing::warn!(%error, "old wrong passwords could not be forgotten; trying again");
            }
            if let Err(error) = app.limits.clear(app.clock.now()).await {
                tracing::warn!(%error, "old counts of network addresses could not be forgotten; trying again");
            }
            report("reminders", reminders::enqueue_due(&app).await);
            report("links to video calls", video_links::enqueue_due(&app).await);
            report("messages about doctors' days", daily_agenda::enqueue_due(&app).await);
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(EVERY) => {}
        }
    }
}

fn report(what: &'static str, written: Result<usize, impl Display>) {
    match written {
        Ok(0) => {}
        Ok(number) => tracing::info!(number, what, "written into the outbox"),
        Err(error) => tracing::warn!(%error, what, "could not be written into the outbox; trying again"),
    }
}
