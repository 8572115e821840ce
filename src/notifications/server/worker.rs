//! The worker: takes messages whose time has come and sends them, until the process stops.
//!
//! There are `mail.connections` workers; each keeps one connection, takes a few messages and sends them one after the
//! other. Workers of several processes share the outbox the same way. When the mail server is away, a worker gives back
//! the messages it has not begun and pauses, so that an outage costs the database next to nothing.

use std::{sync::atomic::Ordering::Relaxed, time::Duration};

use rand::Rng;
use tokio::{sync::watch, task::JoinSet, time::sleep};

use super::{
    message::{Composed, compose},
    outbox::{self, Claimed, Outcome},
    pass_on::pass_on,
    transport::MailTransport,
};
use crate::{
    clinic::server::{ClinicSettings, load_settings},
    db::Error,
    notifications::{
        model::DeliveryError,
        server::{compose_error::ComposeError, send_error::SendError},
    },
    state::AppState,
    time::Timestamp,
};

/// Messages that a worker takes at a time.
const BATCH: i64 = 10;
/// Attempts after which a message is given up: about a day.
const MAX_ATTEMPTS: i32 = 20;
/// Seconds before the second attempt, at most; doubles with each one.
const FIRST_PAUSE: i64 = 60;
/// Seconds between attempts, at most.
const LONGEST_PAUSE: i64 = 4 * 3600;
/// How often an idle worker looks for messages.
const IDLE: Duration = Duration::from_secs(1);
/// Longest time for which a worker does not try a mail server that is away.
const LONGEST_AWAY: Duration = Duration::from_secs(60);
/// Tries to write down what became of a message.
const MAX_FINISHES: u32 = 10;

/// Sends messages until `stop` becomes true; a message being sent is finished first. Returns at once when the settings
/// name no transport.
pub async fn run(app: AppState, stop: watch::Receiver<bool>) {
    let mut workers = JoinSet::new();
    for _ in 0..app.settings.mail.connections {
        match Worker::open(&app) {
            Ok(Some(worker)) => workers.spawn(worker.run(stop.clone())),
            Ok(None) => return,
            Err(error) => {
                tracing::error!(problem = error.words, "no mail is sent");
                return;
            }
        };
    }
    while let Some(ended) = workers.join_next().await {
        if ended.is_err() && !*stop.borrow() {
            tracing::error!("a mail worker stopped unexpectedly; another one takes its place");
            sleep(IDLE).await;
            if let Ok(Some(worker)) = Worker::open(&app) {
                workers.spawn(worker.run(stop.clone()));
            }
        }
    }
}

/// One sender of messages.
pub struct Worker {
    app: AppState,
    transport: MailTransport,
}

/// What came of looking once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Messages taken from the outbox.
    pub claimed: usize,
    pub sent: usize,
    pub suppressed: usize,
    pub failed: usize,
    /// To be tried again.
    pub later: usize,
    /// The transport fails for every message.
    pub away: bool,
}

impl Worker {
    /// A worker with the transport that the settings name; none when there is none.
    ///
    /// # Errors
    /// The address of the mail server makes no sense.
    pub fn open(app: &AppState) -> Result<Option<Worker>, SendError> {
        Ok(MailTransport::open(&app.settings)?.map(|transport| Worker { app: app.clone(), transport }))
    }

    async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut pause = IDLE;
        while !*stop.borrow() {
            let round = self.round(&stop).await;
            let wait = match &round {
                Ok(round) if round.away => {
                    pause = (pause * 2).min(LONGEST_AWAY);
                    pause
                }
                Ok(round) if round.claimed > 0 => {
                    pause = IDLE;
                    continue;
                }
                Ok(_) => IDLE,
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read or written");
                    LONGEST_AWAY
                }
            };
            tokio::select! {
                () = sleep(wait) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        }
        self.transport.close().await;
    }

    /// Takes some due messages and processes them.
    ///
    /// # Errors
    /// The database's. What was taken comes back when its lease has run out.
    pub async fn round(&mut self, stop: &watch::Receiver<bool>) -> Result<Round, Error> {
        let mut round = Round::default();
        let (db, clock) = (self.app.db.clone(), self.app.clock.clone());
        let clinic = {
            let mut reader = db.read().await?;
            let conn = &mut reader.conn();
            if !outbox::any_due(conn, clock.now()).await? {
                return Ok(round);
            }
            load_settings(conn, &self.app.settings.clinic).await?
        };
        if !self.app.settings.is_reachable() {
            // every message has a link to the website
            outbox::hold_back(&db, DeliveryError::NoSiteAddress, clock.now()).await?;
            return Ok(Round { away: true, ..round });
        }
        let claimed = outbox::claim(&db, clock.now(), BATCH).await?;
        round.claimed = claimed.len();
        let mut rest = claimed.into_iter();
        while let Some(row) = rest.next() {
            if *stop.borrow() || round.away || !row.can_begin(clock.now()) {
                let unbegun = std::iter::once(row).chain(rest).collect();
                outbox::give_back(&db, unbegun, clock.now()).await?;
                break;
            }
            match self.deliver(&row, &clinic, &mut round).await? {
                Some((outcome, address)) => self.finish(&row, outcome, &address).await?,
                None => outbox::give_back(&db, vec![row], clock.now()).await?,
            }
        }
        Ok(round)
    }

    /// What became of it, and the address it went to; an empty one if it did not come so far. Nothing came of it when
    /// what the message is about changed since it was taken: it goes back as it was.
    async fn deliver(
        &mut self,
        row: &Claimed,
        clinic: &ClinicSettings,
        round: &mut Round,
    ) -> Result<Option<(Outcome, String)>, Error> {
        let nowhere = String::new();
        // every worker that took it before died of it
        if row.attempts > MAX_ATTEMPTS {
            round.failed += 1;
            return Ok(Some((Outcome::Failed(DeliveryError::Unreadable), nowhere)));
        }
        let now = self.app.clock.now();
        let composed = {
            let mut reader = self.app.db.read().await?;
            compose(&mut reader.conn(), &self.app.settings, clinic, row, now).await
        };
        match composed {
            Ok(Composed::Message(message, address)) => {
                let outcome = self.send(row, &message, round).await;
                Ok(Some((outcome, address)))
            }
            Ok(Composed::NotNeeded) => {
                round.suppressed += 1;
                Ok(Some((Outcome::Suppressed, nowhere)))
            }
            Ok(Composed::BadAddress(address)) => {
                Ok(Some((self.give_up(row, DeliveryError::BadAddress, round), address)))
            }
            Err(ComposeError::ForOthers(accounts)) => {
                pass_on(&self.app.db, row, accounts, now).await?;
                Ok(Some((Outcome::PassedOn, nowhere)))
            }
            Err(ComposeError::Changed) => {
                round.later += 1;
                Ok(None)
            }
            Err(ComposeError::Broken(what)) => {
                tracing::error!(message = %row.id, what, "a message cannot be put together");
                Ok(Some((self.give_up(row, DeliveryError::Unreadable, round), nowhere)))
            }
            Err(ComposeError::Database(error)) => Err(error),
        }
    }

    async fn send(&mut self, row: &Claimed, message: &lettre::Message, round: &mut Round) -> Outcome {
        match self.transport.send(message).await {
            Ok(()) => {
                round.sent += 1;
                Outcome::Sent
            }
            Err(error) => {
                round.away = error.away;
                let delivery_error = error.delivery_error;
                if !delivery_error.is_temporary() || row.attempts >= MAX_ATTEMPTS {
                    return self.give_up(row, delivery_error, round);
                }
                tracing::warn!(message = %row.id, attempts = row.attempts, ?delivery_error, "a message is tried again later");
                round.later += 1;
                Outcome::Later(delivery_error, next_attempt(self.app.clock.now(), row.attempts))
            }
        }
    }

    fn give_up(&self, row: &Claimed, delivery_error: DeliveryError, round: &mut Round) -> Outcome {
        tracing::error!(message = %row.id, attempts = row.attempts, ?delivery_error, "a message is given up");
        round.failed += 1;
        Outcome::Failed(delivery_error)
    }

    /// Writes the outcome down. A message that was sent would be sent again otherwise, so this insists.
    async fn finish(&self, row: &Claimed, outcome: Outcome, address: &str) -> Result<(), Error> {
        self.app.metrics.mail.get(&outcome.name(), 0).fetch_add(1, Relaxed);
        let mut tries = 1;
        loop {
            match outbox::finish(&self.app.db, row, outcome, address, self.app.clock.now()).await {
                Err(error) if tries < MAX_FINISHES => {
                    tracing::error!(message = %row.id, %error, "the outcome of a message cannot be stored yet");
                    sleep(IDLE).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }
}

/// Full jitter: any moment up to a bound that doubles, so that messages that failed together do not come back together.
fn next_attempt(now: Timestamp, attempts: i32) -> Timestamp {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default().min(20);
    let most = (FIRST_PAUSE << doublings).min(LONGEST_PAUSE);
    now.plus_seconds(rand::rng().random_range(1..=most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_spread_over_a_time_that_doubles_up_to_a_bound() {
        let now = Timestamp(1_000_000);
        for (attempts, most) in [(1, 60), (2, 120), (5, 960), (20, LONGEST_PAUSE), (i32::MAX, LONGEST_PAUSE)] {
            let pauses: Vec<i64> = (0..500).map(|_| next_attempt(now, attempts).0 - now.0).collect();
            assert!(pauses.iter().all(|pause| (1..=most).contains(pause)), "{attempts}: {pauses:?}");
            assert!(pauses.iter().any(|pause| *pause > most / 2), "{attempts}");
        }
    }
}
