//! Colleagues who may work in a doctor's calendar: who they are, letting one, and the end of it.
//!
//! What such a colleague may do is decided where calendars are opened: `availability/server/calendar_access.rs:hand_on`.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::Permission,
    availability::server::{Hand, calendar_of},
    clinic::server::audit::{self, Entry},
    db::{Conn, Error, Tx, WriteUnit},
    doctors::model::colleagues::{Colleague, ColleaguesPage},
    error::{AppError, FieldCode},
    ids::{ColleagueId, DoctorId, PersonId},
    state::AppState,
    time::{Timestamp, server::Zone},
    web::request::Actor,
};

#[derive(FromRow)]
struct Row {
    id: ColleagueId,
    slug: String,
    name: String,
    created_at: Timestamp,
}

impl Row {
    fn shown(self, zone: &Zone, now: Timestamp) -> Colleague {
        let since = zone.local_date(self.created_at).day_words(zone.local_date(now));
        Colleague { id: self.id, slug: self.slug, name: self.name, since }
    }
}

/// Who works in a calendar, and for its doctor whom they could let and in whose calendars they work.
///
/// # Errors
/// As [`calendar_of`].
pub async fn page(app: &AppState, actor: Actor, slug: &str) -> Result<ColleaguesPage, AppError> {
    const WORKING: &str = "select c.id, d.slug, d.name, c.created_at
        from calendar_colleagues c join doctors d on d.id = c.colleague_id
        where c.doctor_id = $1 and c.ended_at is null order by lower(d.name), d.slug";
    const LENT: &str = "select c.id, d.slug, d.name, c.created_at
        from calendar_colleagues c join doctors d on d.id = c.doctor_id
        where c.colleague_id = $1 and c.ended_at is null order by lower(d.name), d.slug";
    const CHOICES: &str = "select slug, name from doctors d
        where d.id <> $1 and d.person_id is not null and d.status <> 'deactivated' and d.approval = 'approved'
            and not exists (select 1 from calendar_colleagues c
                where c.doctor_id = $1 and c.colleague_id = d.id and c.ended_at is null)
        order by lower(name), slug";
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let read = async |conn: &mut Conn<'_>| -> Result<ColleaguesPage, Error> {
        let calendar = calendar_of(conn, actor, slug).await?;
        let own = calendar.hand == Hand::Owner;
        let working: Vec<Row> = conn.fetch_all(WORKING, (calendar.doctor,)).await?;
        let lent: Vec<Row> = if own { conn.fetch_all(LENT, (calendar.doctor,)).await? } else { Vec::new() };
        let choices = if own { conn.fetch_all(CHOICES, (calendar.doctor,)).await? } else { Vec::new() };
        let shown = |rows: Vec<Row>| rows.into_iter().map(|row| row.shown(&calendar.zone, now)).collect();
        Ok(ColleaguesPage {
            doctor: calendar.named().to_owned(),
            working: shown(working),
            lent: shown(lent),
            choices,
            name: calendar.name,
        })
    };
    Ok(read(&mut reader.conn()).await?)
}

/// Lets the colleague of this slug work in the actor's own calendar. Letting twice is letting once.
///
/// # Errors
/// [`AppError::Forbidden`] for others than doctors; [`AppError::Invalid`] naming `colleague`.
pub async fn add(app: &AppState, actor: Actor, colleague: String) -> Result<(), AppError> {
    let id = ColleagueId(Uuid::now_v7());
    Ok(app.db.write(AddColleague { actor, id, colleague, now: app.clock.now() }).await?)
}

/// Lets a colleague work in a doctor's own calendar.
struct AddColleague {
    actor: Actor,
    id: ColleagueId,
    colleague: String,
    now: Timestamp,
}

impl WriteUnit for AddColleague {
    const NAME: &'static str = "add_colleague";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const COLLEAGUE: &str = "select id, name from doctors
            where slug = $1 and person_id is not null and status <> 'deactivated' and approval = 'approved'";
        const OPEN: &str = "select count(*) from calendar_colleagues
            where doctor_id = $1 and colleague_id = $2 and ended_at is null";
        const INSERT: &str = "insert into calendar_colleagues (id, doctor_id, colleague_id, created_at)
            values ($1, $2, $3, $4)";
        let calendar = calendar_of(tx, self.actor, "").await?;
        if self.colleague.is_empty() {
            return Err(AppError::field("colleague", FieldCode::Missing).into());
        }
        let found: Option<(DoctorId, String)> = tx.fetch_optional(COLLEAGUE, (&self.colleague,)).await?;
        let found = found.filter(|(id, _)| *id != calendar.doctor);
        let (colleague, name) = found.ok_or_else(|| AppError::field("colleague", FieldCode::Unknown))?;
        let open: i64 = tx.fetch_value(OPEN, (calendar.doctor, colleague)).await?;
        if open > 0 {
            return Ok(());
        }
        tx.execute(INSERT, (self.id, calendar.doctor, colleague, self.now)).await?;
        let details = [&calendar.name, ": ", &name].concat();
        log(tx, (calendar.doctor, &details), "doctor.colleague_added", self.actor, self.now).await
    }
}

/// Ends such a leave at once. Ending twice is ending once.
///
/// # Errors
/// [`AppError::Forbidden`] for patients and receptionists; [`AppError::NotFound`] for one that is not the actor's, at
/// either end, nor of staff who change every calendar.
pub async fn end(app: &AppState, actor: Actor, id: ColleagueId) -> Result<(), AppError> {
    Ok(app.db.write(EndColleague { actor, id, now: app.clock.now() }).await?)
}

/// Ends the work of a colleague in a doctor's calendar.
struct EndColleague {
    actor: Actor,
    id: ColleagueId,
    now: Timestamp,
}

#[derive(FromRow)]
struct Ends {
    doctor_id: DoctorId,
    doctor: String,
    doctor_person: Option<PersonId>,
    colleague: String,
    colleague_person: Option<PersonId>,
}

impl WriteUnit for EndColleague {
    const NAME: &'static str = "end_colleague";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        const FIND: &str = "select c.doctor_id, d.name as doctor, d.person_id as doctor_person, o.name as colleague,
                o.person_id as colleague_person
            from calendar_colleagues c join doctors d on d.id = c.doctor_id join doctors o on o.id = c.colleague_id
            where c.id = $1";
        const END: &str = "update calendar_colleagues set ended_at = $2 where id = $1 and ended_at is null";
        let every = self.actor.may(Permission::EditEveryCalendar);
        if !every {
            self.actor.needs(Permission::KeepOwnCalendar)?;
        }
        let found: Option<Ends> = tx.fetch_optional(FIND, (self.id,)).await?;
        let me = Some(self.actor.user);
        let ends = found.filter(|ends| every || ends.doctor_person == me || ends.colleague_person == me);
        let ends = ends.ok_or(AppError::NotFound)?;
        if tx.execute(END, (self.id, self.now)).await? == 0 {
            return Ok(());
        }
        let details = [&ends.doctor, ": ", &ends.colleague].concat();
        log(tx, (ends.doctor_id, &details), "doctor.colleague_ended", self.actor, self.now).await
    }
}

async fn log(
    tx: &mut Tx<'_>,
    (doctor, details): (DoctorId, &str),
    action: &'static str,
    actor: Actor,
    now: Timestamp,
) -> Result<(), Error> {
    let entry = Entry { action, subject: "doctor", subject_id: Some(doctor.0), details };
    audit::record(tx, actor.into(), now, entry).await
}
