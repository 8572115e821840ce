//! The clinic's own settings: how they are read, and how a process remembers them.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use sqlx::FromRow;
use tokio::sync::Mutex as AsyncMutex;

use super::{second_factor_rule::SecondFactorRule, zone::named_clock};
use crate::{
    config::ClinicDefaults,
    db::{Conn, Db, Error},
    time::{Timestamp, server::Zone},
};

/// Age from which what a process remembers is read again.
const FRESH: Duration = Duration::from_secs(1);

/// The clinic's own settings, as they hold now.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct ClinicSettings {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Whether doctors who join wait until staff approve them.
    pub approve_doctors: bool,
    /// Hours within which a request is answered, or it runs out.
    pub request_hours: i32,
    /// Minutes before the start until which patients change an appointment; for new visit types.
    pub cutoff_minutes: i32,
    /// Rises with every change; 0 before the first change.
    pub version: i32,
}

impl ClinicSettings {
    /// What holds while the clinic has saved nothing: the names of the configuration and careful rules.
    fn configured(configured: &ClinicDefaults) -> Self {
        ClinicSettings {
            name: configured.name.clone(),
            phone: configured.phone.clone(),
            emergency_line: configured.emergency_line.clone(),
            approve_doctors: true,
            request_hours: 72,
            cutoff_minutes: 24 * 60,
            version: 0,
        }
    }

    /// When a request made `now` for an appointment at `starts_at` runs out: after the clinic's hours for an answer,
    /// and at the appointment's start at the latest.
    #[must_use]
    pub fn answer_by(&self, starts_at: Timestamp, now: Timestamp) -> Timestamp {
        now.plus_minutes(i64::from(self.request_hours) * 60).min(starts_at)
    }
}

/// Until when a request for an appointment at `starts_at` is answered, in words: "by Thursday 8 January, 8am", or "before
/// it starts" where nothing ends the wait earlier.
#[must_use]
pub fn answer_by_words(until: Timestamp, starts_at: Timestamp, zone: &Zone, now: Timestamp) -> String {
    if until >= starts_at { "before it starts".to_owned() } else { format!("by {}", zone.moment_words(until, now)) }
}

/// The settings that the clinic saved; until it saves some, the names of the configuration and careful rules.
///
/// # Errors
/// The database's.
pub async fn load_settings(conn: &mut Conn<'_>, configured: &ClinicDefaults) -> Result<ClinicSettings, Error> {
    const SQL: &str = "select name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version
        from clinic_settings where id = 1";
    let saved = conn.fetch_optional(SQL, ()).await?;
    Ok(saved.unwrap_or_else(|| ClinicSettings::configured(configured)))
}

/// The settings as one process remembers them, for the frame around every page: at most a second or so older than the
/// database, and no query per page.
pub struct ClinicSettingsCache {
    db: Db,
    configured: ClinicDefaults,
    current: RwLock<Option<(Arc<ClinicSettings>, Instant)>>,
    /// The clinic's clock in words, when its locations are in more than one zone.
    clock: RwLock<Option<String>>,
    second_factor_rule: RwLock<SecondFactorRule>,
    /// Held by the reader.
    reading: AsyncMutex<()>,
}

impl ClinicSettingsCache {
    /// Remembers nothing yet. `configured` is what holds while the clinic has saved nothing.
    #[must_use]
    pub fn new(db: Db, configured: ClinicDefaults) -> Self {
        ClinicSettingsCache {
            db,
            configured,
            current: RwLock::default(),
            clock: RwLock::default(),
            second_factor_rule: RwLock::default(),
            reading: AsyncMutex::default(),
        }
    }

    /// The settings. When the database does not answer, those known last, or those of the configuration: a page without
    /// the clinic's telephone number would be of no help.
    pub async fn now(&self) -> Arc<ClinicSettings> {
        if let Some(known) = self.known(FRESH) {
            return known;
        }
        let _reading = match (self.known(Duration::MAX), self.reading.try_lock()) {
            (_, Ok(guard)) => guard,
            (Some(old), Err(_)) => return old,
            (None, Err(_)) => self.reading.lock().await,
        };
        if let Some(known) = self.known(FRESH) {
            return known;
        }
        let read = async {
            let mut reader = self.db.read().await?;
            let conn = &mut reader.conn();
            self.keep_clock(named_clock(conn).await?);
            self.keep_second_factor_rule(SecondFactorRule::load(conn).await?);
            load_settings(conn, &self.configured).await
        };
        match read.await {
            Ok(read) => self.keep(read),
            Err(error) => {
                tracing::error!(%error, "the clinic's settings cannot be read");
                let old = self.known(Duration::MAX).map(|old| (*old).clone());
                self.keep(old.unwrap_or_else(|| ClinicSettings::configured(&self.configured)))
            }
        }
    }

    /// Whether the clocks of the clinic's locations differ, so that a time says whose it is. As old as what
    /// [`Self::now`] gave last.
    #[must_use]
    pub fn several_zones(&self) -> bool {
        self.clock.read().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Remembers settings that were just read or saved, unless newer ones are known: a reading that began before a change
    /// may end after it.
    pub fn keep(&self, settings: ClinicSettings) -> Arc<ClinicSettings> {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let newer = current.as_ref().map(|(known, _)| known).filter(|known| known.version > settings.version).cloned();
        let kept = newer.unwrap_or_else(|| Arc::new(settings));
        *current = Some((kept.clone(), Instant::now()));
        kept
    }

    /// The clinic's clock in words ("London time"), when its locations are in more than one zone: as old as
    /// [`Self::now`], which reads it.
    #[must_use]
    pub fn clock(&self) -> Option<String> {
        self.clock.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether doctors and staff need a second factor; as old as [`Self::now`], which reads it.
    pub async fn second_factor_rule(&self) -> SecondFactorRule {
        self.now().await;
        *self.second_factor_rule.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers the rule that was just read or saved.
    pub fn keep_second_factor_rule(&self, rule: SecondFactorRule) {
        *self.second_factor_rule.write().unwrap_or_else(PoisonError::into_inner) = rule;
    }

    /// Reads the clock again, after a change of the clinic's zone or of a location's.
    ///
    /// # Errors
    /// The database's.
    pub async fn read_clock(&self) -> Result<(), Error> {
        let mut reader = self.db.read().await?;
        self.keep_clock(named_clock(&mut reader.conn()).await?);
        Ok(())
    }

    fn keep_clock(&self, clock: Option<String>) {
        *self.clock.write().unwrap_or_else(PoisonError::into_inner) = clock;
    }

    fn known(&self, youngest: Duration) -> Option<Arc<ClinicSettings>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().filter(|(_, since)| since.elapsed() < youngest).map(|(known, _)| known.clone())
    }
}
