//! Private calendar feeds: an address with 256 random bits that a calendar program reads again and again.
//!
//! Every holder of the address can read the feed, so the address is stored as SHA-256, is shown once, and can be
//! revoked. A feed holds what the calendar files of messages hold; a doctor's gives only the times, unless the doctor
//! chose to include names.

use sqlx::FromRow;
use uuid::Uuid;

use super::calendar::{self, Event, Method, Shown};
use crate::{
    accounts::{Permission, Role, server::care},
    availability::server::occupies,
    booking::server::{Appointment, Thread, agreed, from_agreed, thread},
    clinic::server::{
        ClinicSettings,
        audit::{Entry, record},
        clinic_zone,
    },
    db::{Conn, Error, Statement, Tx, WriteUnit, ids_json, in_ids},
    error::AppError,
    ids::{FeedId, PersonId},
    notifications::{
        model::{Feed, FeedList, MAX_FEEDS},
        server::sender::sender,
    },
    random,
    state::AppState,
    time::Timestamp,
    web::{cookies, request::Actor},
};

/// Days back that a feed shows.
const DAYS_BACK: i64 = 30;
/// Appointments in a feed at most, the earliest first: more than a doctor has in the months that can be booked.
const MAX_EVENTS: i64 = 3_000;
/// Seconds between two notes of when a feed was read.
const NOTED_EVERY: i64 = 3_600;

/// The feeds of this person that are in use, the newest first.
///
/// # Errors
/// [`AppError::Forbidden`] for staff, who have no appointments.
pub async fn list(app: &AppState, actor: Actor) -> Result<FeedList, AppError> {
    const SQL: &str = "select id, with_names, created_at, last_read_at from calendar_feeds
        where person_id = $1 and revoked_at is null order by created_at desc, id desc";
    actor.needs(Permission::HaveCalendarFeed)?;
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let read = async |conn: &mut Conn<'_>| -> Result<FeedList, Error> {
        let rows: Vec<Row> = conn.fetch_all(SQL, (actor.user,)).await?;
        let zone = clinic_zone(conn).await?;
        let shown = |row: &Row| Feed {
            id: row.id,
            with_names: row.with_names,
            made: zone.moment_words(row.created_at, now),
            last_read: row.last_read_at.map(|at| zone.moment_words(at, now)),
        };
        Ok(FeedList { for_doctor: actor.may(Permission::KeepOwnCalendar), feeds: rows.iter().map(shown).collect() })
    };
    Ok(read(&mut reader.conn()).await?)
}

#[derive(FromRow)]
struct Row {
    id: FeedId,
    with_names: bool,
    created_at: Timestamp,
    last_read_at: Option<Timestamp>,
}

/// Makes a feed and returns its address, which cannot be shown again. `with_names` counts for doctors only.
///
/// # Errors
/// [`AppError::Forbidden`] for staff, [`AppError::Conflict`] for a person who has [`MAX_FEEDS`] of them.
pub async fn make(app: &AppState, actor: Actor, with_names: bool) -> Result<String, AppError> {
    actor.needs(Permission::HaveCalendarFeed)?;
    let token = random::token();
    let unit = MakeFeed {
        id: FeedId(Uuid::now_v7()),
        actor,
        hash: random::token_hash(&token),
        with_names: with_names && actor.may(Permission::KeepOwnCalendar),
        now: app.clock.now(),
    };
    app.db.write(unit).await?;
    Ok(format!("{}/calendar/{token}.ics", app.settings.public_url()))
}

/// Adds a feed, unless its person has as many as there may be.
struct MakeFeed {
    id: FeedId,
    actor: Actor,
    hash: Vec<u8>,
    with_names: bool,
    now: Timestamp,
}

impl WriteUnit for MakeFeed {
    const NAME: &'static str = "make_feed";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const COUNT: &str = "select count(*) from calendar_feeds where person_id = $1 and revoked_at is null";
        const SQL: &str = "insert into calendar_feeds (id, person_id, token_hash, with_names, created_at)
            values ($1, $2, $3, $4, $5)";
        let user = self.actor.user;
        let count: i64 = tx.fetch_value(COUNT, (user,)).await?;
        if count >= MAX_FEEDS {
            return Err(AppError::Conflict.into());
        }
        tx.execute(SQL, (self.id, user, &self.hash, self.with_names, self.now)).await?;
        let details = if self.with_names { "patients' names shown" } else { "" };
        let made = Entry { action: "feed.made", subject: "feed", subject_id: Some(self.id.0), details };
        record(tx, self.actor.into(), self.now, made).await
    }
}

/// Revokes a feed of this person: its address stops working. A second call is fine.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown feed and for another person's alike.
pub async fn revoke(app: &AppState, actor: Actor, id: FeedId) -> Result<(), AppError> {
    Ok(app.db.write(RevokeFeed { id, actor, now: app.clock.now() }).await?)
}

/// Revokes a feed; one that was revoked keeps its moment.
struct RevokeFeed {
    id: FeedId,
    actor: Actor,
    now: Timestamp,
}

impl WriteUnit for RevokeFeed {
    const NAME: &'static str = "revoke_feed";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const KNOWN: &str = "select count(*) from calendar_feeds where id = $1 and person_id = $2";
        const SQL: &str =
            "update calendar_feeds set revoked_at = $3 where id = $1 and person_id = $2 and revoked_at is null";
        let known: i64 = tx.fetch_value(KNOWN, (self.id, self.actor.user)).await?;
        if known == 0 {
            return Err(AppError::NotFound.into());
        }
        if tx.execute(SQL, (self.id, self.actor.user, self.now)).await? == 0 {
            return Ok(());
        }
        let revoked = Entry { action: "feed.revoked", subject: "feed", subject_id: Some(self.id.0), details: "" };
        record(tx, self.actor.into(), self.now, revoked).await
    }
}

/// What a calendar program knows of a feed from its last appointment.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The value of `If-None-Match`.
    pub tags: Option<String>,
    /// The value of `If-Modified-Since`; only looked at without tags.
    pub since: Option<Timestamp>,
}

/// A feed as it is now.
#[derive(Clone, Debug)]
pub struct Read {
    /// Changes with the content.
    pub tag: String,
    /// When an appointment in it was last changed, if that second is over; none for a moment that other changes may
    /// still share.
    pub modified: Option<Timestamp>,
    /// The document; none when the program has this version already.
    pub document: Option<String>,
}

/// The feed behind a token.
///
/// # Errors
/// [`AppError::NotFound`] for a feed that never was, was revoked, or belongs to a suspended account.
pub async fn read(app: &AppState, token: &str, known: Known) -> Result<Read, AppError> {
    let (now, clinic) = (app.clock.now(), app.clinic.now().await);
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let feed = Open::find(conn, token).await?;
    let appointments = feed.appointments(conn, now).await?;
    let tag = feed.tag(&clinic, &appointments);
    let modified = feed.modified(conn, now).await?.filter(|modified| modified.plus_seconds(1) < now);
    let same = match (&known.tags, known.since) {
        (Some(tags), _) => tags.split(',').any(|known| known.trim().trim_start_matches("W/") == tag),
        (None, Some(since)) => modified.is_some_and(|modified| modified <= since),
        (None, None) => false,
    };
    let document = if same { None } else { Some(feed.document(app, conn, &clinic, &appointments).await?) };
    drop(reader);
    feed.note_read(app, now);
    Ok(Read { tag, modified, document })
}

#[derive(FromRow)]
struct Open {
    id: FeedId,
    person_id: PersonId,
    role: Role,
    with_names: bool,
    created_at: Timestamp,
    last_read_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct FeedAppointment {
    #[sqlx(flatten)]
    row: Appointment,
    patient: Option<String>,
}

impl Open {
    async fn find(conn: &mut Conn<'_>, token: &str) -> Result<Open, Error> {
        const SQL: &str = "select f.id, f.person_id, p.role, f.with_names, f.created_at, f.last_read_at
            from calendar_feeds f join persons p on p.id = f.person_id
            where f.token_hash = $1 and f.revoked_at is null and p.status = 'active'";
        if !cookies::is_token(token) {
            return Err(AppError::NotFound.into());
        }
        let hash = random::token_hash(token);
        let found: Option<Open> = conn.fetch_optional(SQL, (&hash,)).await?;
        let found = found.filter(|open| open.role.may(Permission::HaveCalendarFeed));
        found.ok_or(Error::App(AppError::NotFound))
    }

    fn is_doctors(&self) -> bool {
        self.role.may(Permission::KeepOwnCalendar)
    }

    async fn appointments(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<Vec<FeedAppointment>, Error> {
        const PATIENTS: Statement = in_ids!(
            concat!(
                "select ",
                agreed!(),
                ", d.slug as doctor_slug, case when a.patient_id <> $5 then p.display_name end as patient",
                from_agreed!(),
                "join doctors d on d.id = a.doctor_id join persons p on p.id = a.patient_id
                where a.starts_at > $2 and a.status <> 'held'
                    and (a.status in ('completed', 'no_show') or (",
                occupies!("a", "$3"),
                ")) and a.patient_id"
            ),
            " order by a.starts_at, a.id limit $4"
        );
        const DOCTORS: &str = concat!(
            "select ",
            agreed!(),
            ", d.slug as doctor_slug, p.display_name as patient",
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id left join persons p on p.id = a.patient_id
            where d.person_id = $1 and a.starts_at > $2 and a.status <> 'held'
                and (a.status in ('completed', 'no_show') or (",
            occupies!("a", "$3"),
            ")) order by a.starts_at, a.id limit $4"
        );
        let from = now.plus_seconds(-DAYS_BACK * 86_400);
        if self.is_doctors() {
            return conn.fetch_all(DOCTORS, (self.person_id, from, now, MAX_EVENTS)).await;
        }
        let ids = self.persons(conn, now).await?;
        conn.fetch_all(PATIENTS, (&ids, from, now, MAX_EVENTS, self.person_id)).await
    }

    /// The patient of the feed and everybody for whom they act, as a statement takes a list of ids.
    async fn persons(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<String, Error> {
        let persons = care::acted_for(conn, self.person_id, now).await?;
        Ok(ids_json(persons.iter().map(|person| person.id.0)))
    }

    /// When any appointment of the feed's time was last changed, those included that are no longer in it.
    async fn modified(&self, conn: &mut Conn<'_>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        const PATIENTS: Statement =
            in_ids!("select max(updated_at) from appointments where starts_at > $2 and patient_id", "");
        const DOCTORS: &str = "select max(a.updated_at) from doctors d join appointments a on a.doctor_id = d.id
            where d.person_id = $1 and a.starts_at > $2";
        let from = now.plus_seconds(-DAYS_BACK * 86_400);
        let newest: Option<Timestamp> = if self.is_doctors() {
            conn.fetch_value(DOCTORS, (self.person_id, from)).await?
        } else {
            let ids = self.persons(conn, now).await?;
            let newest: Option<Timestamp> = conn.fetch_value(PATIENTS, (&ids, from)).await?;
            // what a grant had brought goes with it
            newest.max(care::changed_at(conn, self.person_id, now).await?)
        };
        Ok(newest.max(Some(self.created_at)))
    }

    /// Everything that the document depends on.
    fn tag(&self, clinic: &ClinicSettings, appointments: &[FeedAppointment]) -> String {
        let mut content = format!("{} {} {}", self.id, self.with_names, clinic.name);
        for FeedAppointment { row, patient } in appointments {
            content.push_str(&format!(
                "\n{} {} {:?}",
                row.id,
                row.version,
                patient.as_deref().filter(|_| self.with_names || !self.is_doctors())
            ));
        }
        let hash: String = random::token_hash(&content).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        ["\"", &hash, "\""].concat()
    }

    async fn document<'a>(
        &self,
        app: &AppState,
        conn: &mut Conn<'_>,
        clinic: &ClinicSettings,
        appointments: &'a [FeedAppointment],
    ) -> Result<String, Error> {
        let organizer = sender(&app.settings, &clinic.name)?;
        let mut threads: Vec<Thread> = Vec::with_capacity(appointments.len());
        for appointment in appointments {
            threads.push(thread(conn, &appointment.row).await?);
        }
        let event = |(appointment, thread): (&'a FeedAppointment, Thread)| Event {
            method: Method::Publish,
            shown: match (self.is_doctors(), &appointment.patient) {
                (false, name) => Shown::Appointment { name: name.as_deref() },
                (true, Some(name)) if self.with_names => Shown::Patient(name),
                (true, _) => Shown::Busy,
            },
            appointment: &appointment.row,
            thread,
            clinic: &clinic.name,
            organizer: &organizer,
            attendee: None,
            // the same document as long as nothing changed
            now: appointment.row.updated_at,
        };
        let events: Vec<Event<'_>> = appointments.iter().zip(threads).map(event).collect();
        Ok(calendar::feed(&clinic.name, &events))
    }

    /// Records that the feed was read, at most once an hour and apart from the answer: a feed can be read even when the
    /// database cannot be written.
    fn note_read(&self, app: &AppState, now: Timestamp) {
        if self.last_read_at.is_some_and(|last| now < last.plus_seconds(NOTED_EVERY)) {
            return;
        }
        let (db, unit) = (app.db.clone(), NoteFeedRead { id: self.id, now });
        tokio::spawn(async move {
            if let Err(error) = db.write(unit).await {
                tracing::warn!(%error, "the last reading of a calendar feed cannot be stored");
            }
        });
    }
}

/// Notes when a feed was read.
struct NoteFeedRead {
    id: FeedId,
    now: Timestamp,
}

impl WriteUnit for NoteFeedRead {
    const NAME: &'static str = "note_feed_read";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const SQL: &str = "update calendar_feeds set last_read_at = $2 where id = $1";
        tx.execute(SQL, (self.id, self.now)).await?;
        Ok(())
    }
}
