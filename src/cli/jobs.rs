//! What the server does by itself while it runs.

use std::{fmt::Display, time::Duration};

use tokio::{sync::watch, time::sleep};

use crate::state::AppState;
use crate::{
    accounts::server::{clear_sign_in_attempts, own_sessions},
    api::idempotency::store,
    booking::server::{expire_requests, series},
    clinic::server::keys,
    notifications::server::{daily_agenda, reminders, video_links},
    own_data, papers,
    records::server::Sealer,
};

/// Pause between two checks for unanswered requests.
const EVERY: Duration = Duration::from_secs(30);
/// Number of those checks between two runs of the scheduled jobs.
const ROUNDS: u32 = 10;

/// Works until `stop` becomes true; a unit that is under way is finished first. Several processes may do so on one
/// database.
pub async fn run(app: AppState, mut stop: watch::Receiver<bool>) {
    let mut sealer = Sealer::default();
    for round in (0..ROUNDS).cycle() {
        let metrics = &app.metrics;
        match metrics.job("expire_requests", expire_requests(&app)).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "requests ran out"),
            Err(error) => tracing::warn!(%error, "requests that ran out could not be ended; trying again"),
        }
        if let Err(error) = metrics.job("clear_idempotency_keys", store::clear(&app)).await {
            tracing::warn!(%error, "old Idempotency-Keys could not be removed; trying again");
        }
        if let Err(error) = metrics.job("papers", papers::server::work(&app)).await {
            tracing::warn!(%error, "files could not be scanned or deleted; trying again");
        }
        match metrics.job("own_data", own_data::server::work(&app)).await {
            Ok(0) => {}
            Ok(written) => tracing::info!(written, "copies of people's data were written"),
            Err(error) => tracing::warn!(%error, "copies of people's data could not be written; trying again"),
        }
        match metrics.job("erase_closed", own_data::server::erase_closed(&app)).await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "closed accounts were erased"),
            Err(error) => tracing::warn!(%error, "closed accounts could not be erased; trying again"),
        }
        if round == 0 {
            match metrics.job("retention", own_data::server::retention::work(&app)).await {
                Ok(0) => {}
                Ok(closed) => tracing::info!(closed, "records that nobody needs any more were closed"),
                Err(error) => tracing::warn!(%error, "old records could not be closed; trying again"),
            }
            if let Err(error) = metrics.job("clear_sign_in_attempts", clear_sign_in_attempts(&app)).await {
                tracing::warn!(%error, "old wrong passwords could not be forgotten; trying again");
            }
            if let Err(error) = metrics.job("keys", keys::work(&app)).await {
                tracing::warn!(%error, "keys could not be rotated or removed; trying again");
            }
            if let Err(error) = metrics.job("forget_devices", own_sessions::forget_devices(&app)).await {
                tracing::warn!(%error, "devices of old sessions could not be forgotten; trying again");
            }
            if let Err(error) = metrics.job("forget_drafts", series::forget_drafts(&app)).await {
                tracing::warn!(%error, "what was typed into old forms could not be forgotten; trying again");
            }
            if let Err(error) = metrics.job("clear_limits", app.limits.clear(app.clock.now())).await {
                tracing::warn!(%error, "old counts of network addresses could not be forgotten; trying again");
            }
            report("reminders", metrics.job("reminders", reminders::enqueue_due(&app)).await);
            report("links to video calls", metrics.job("video_links", video_links::enqueue_due(&app)).await);
            let agendas = metrics.job("daily_agenda", daily_agenda::enqueue_due(&app)).await;
            report("messages about doctors' days", agendas);
            if let Err(error) = metrics.job("seal", sealer.round(&app.db, app.clock.now())).await {
                tracing::warn!(%error, "new records could not be sealed; trying again");
            }
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
