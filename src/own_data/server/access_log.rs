//! Who looked at or changed a person's appointments and record, for the person: from the histories of the appointments
//! and the audit log.
//!
//! Doctors read their own appointments without a line, and so does a person theirs. What staff read is noted once for
//! each person, thing and day. Staff who open a doctor's whole day are noted with the doctor, not here.

use sqlx::FromRow;
use strum::VariantArray;

use super::ask::persons;
use crate::{
    admin::model::audit::action_words,
    booking::{Action, ActorRole},
    clinic::server::clinic_zone,
    db::{Conn, Error},
    error::AppError,
    ids::PersonId,
    own_data::model::{AccessLine, AccessPage, AccessQuery},
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};

/// Lines of a page.
const LINES: i64 = 25;

/// Everything about the person `$1`: what happened to the appointments, and the entries of the log about these, the
/// record, its files and its messages. Each statement is read from an index.
macro_rules! about {
    () => {
        " from (
            select e.at, e.actor_id, e.actor_role, e.action, a.reference, 1 as is_event
            from appointments a join appointment_events e on e.appointment_id = a.id
            where a.patient_id = $1 and e.action not in ('hold', 'extend', 'release')
                and (e.action <> 'expire' or e.from_status = 'requested')
            union all
            select l.at, l.actor_id, l.actor_role, l.action, a.reference, 0
            from appointments a join audit_entries l on l.subject_id = a.id and l.subject_kind = 'appointment'
            where a.patient_id = $1
            union all
            select l.at, l.actor_id, l.actor_role, l.action, f.reference, 0
            from papers f join audit_entries l on l.subject_id = f.id and l.subject_kind = 'paper'
            where f.patient_id = $1
            union all
            select l.at, l.actor_id, l.actor_role, l.action, '', 0
            from outbox o join audit_entries l on l.subject_id = o.id and l.action = 'message.shown'
            where o.person_id = $1
            union all
            select l.at, l.actor_id, l.actor_role, l.action, '', 0
            from audit_entries l
            where l.subject_id = $1 and l.subject_kind in ('user', 'patient')
        ) all_of_it"
    };
}

/// One line.
#[derive(FromRow)]
pub(super) struct Line {
    pub at: Timestamp,
    actor_id: Option<PersonId>,
    actor_role: ActorRole,
    action: String,
    pub reference: String,
    is_event: i64,
    actor_name: Option<String>,
}

impl Line {
    /// Who it was, to the person: by role, and by name where the clinic shows names.
    pub fn who(&self, person: PersonId, names: bool) -> String {
        let role = match self.actor_role {
            ActorRole::Patient if self.actor_id == Some(person) => "You",
            ActorRole::Patient => "Somebody who acts for you",
            ActorRole::Visitor => "Before signing in",
            ActorRole::Doctor => "A doctor",
            ActorRole::Receptionist => "Reception",
            ActorRole::Admin => "Clinic staff",
            ActorRole::System => "The program",
        };
        let works_here = matches!(self.actor_role, ActorRole::Doctor | ActorRole::Receptionist | ActorRole::Admin);
        match &self.actor_name {
            Some(name) if names && works_here => [role, ": ", name].concat(),
            _ => role.to_owned(),
        }
    }

    /// What was done, in plain words.
    pub fn what(&self) -> String {
        let words = match (self.is_event, self.action.as_str()) {
            (1, action) => {
                let known = Action::VARIANTS.iter().find(|known| known.into_str() == action);
                return known.map_or_else(|| action_words(action), |known| event_words(*known));
            }
            (_, "appointment.read") => "Opened the appointment",
            (_, "appointment.rule_set_aside") => "Booked although a rule did not allow it",
            (_, "message.shown") => "Opened a message to you",
            (_, "paper.added") => "Added a paper",
            (_, "paper.opened") => "Opened a paper",
            (_, "paper.removed" | "paper.expired" | "paper.infected") => "Removed a paper",
            (_, "patient.read") => "Opened the record",
            (_, "patient.changed") => "Changed the record",
            (_, "patient.merged") => "Joined two records that were the same person",
            (_, "patient.merge_undone") => "Made two records again",
            (_, "own_data.asked") => "Asked for the data as files",
            (_, "own_data.opened") => "Downloaded the data as files",
            (_, "care.granted" | "care.accepted") => "Let somebody act for the person",
            (_, "care.ended") => "Ended that somebody acts for the person",
            (_, action) => return action_words(action),
        };
        words.to_owned()
    }
}

fn event_words(action: Action) -> String {
    let words = match action {
        Action::Book => "Booked",
        Action::Request => "Asked for the appointment",
        Action::Accept => "Accepted the request",
        Action::Decline => "Declined the request",
        Action::Cancel => "Cancelled",
        Action::Reschedule => "Moved to another time",
        Action::Arrive => "Noted that you came",
        Action::Complete => "Noted that it is over",
        Action::NoShow => "Noted that you did not come",
        Action::Reopen => "Set back to booked",
        Action::Restore | Action::RestoreRequest => "Took back what the clinic had just done",
        Action::Import => "Taken over from another system",
        Action::Expire => "The request ran out",
        Action::Hold | Action::Extend | Action::Release => "Held the time",
    };
    words.to_owned()
}

/// The lines about a person, the latest first: so many, after so many.
pub(super) async fn lines(
    conn: &mut Conn<'_>,
    person: PersonId,
    (most, after): (i64, i64),
) -> Result<Vec<Line>, Error> {
    const SQL: &str = concat!(
        "select at, actor_id, actor_role, action, reference, cast(is_event as bigint) as is_event,
            (select p.display_name from persons p where p.id = actor_id) as actor_name",
        about!(),
        " order by at desc, is_event, action, reference limit $2 offset $3"
    );
    conn.fetch_all(SQL, (person, most, after)).await
}

/// A page of the lines about the reader, or about a person for whom the reader books.
///
/// # Errors
/// [`AppError::NotFound`] for anybody else.
pub async fn page(app: &AppState, actor: Actor, query: &AccessQuery) -> Result<AccessPage, AppError> {
    const COUNT: &str = concat!("select count(*)", about!());
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let persons: Vec<(PersonId, String)> =
        persons(conn, actor, now).await?.into_iter().map(|person| (person.id, person.name)).collect();
    let wanted = if query.person.is_empty() { Ok(actor.user) } else { query.person.parse() };
    let person = wanted.ok().filter(|wanted| persons.iter().any(|(id, _)| id == wanted)).ok_or(AppError::NotFound)?;
    let total: i64 = conn.fetch_value(COUNT, (person,)).await?;
    let pages = u32::try_from((total + LINES - 1) / LINES).unwrap_or(u32::MAX).max(1);
    let page = query.page.clamp(1, pages);
    let found = lines(conn, person, (LINES, i64::from(page - 1) * LINES)).await?;
    let (zone, names) = (clinic_zone(conn).await?, app.settings.data.show_names);
    let lines = found.into_iter().map(|line| AccessLine {
        when: zone.moment_words(line.at, now),
        who: line.who(person, names),
        what: line.what(),
        reference: line.reference,
    });
    Ok(AccessPage { persons, person, lines: lines.collect(), page, pages })
}
