//! Finding, reading and changing a record.

use sqlx::FromRow;

use crate::{
    accounts::{
        Permission, Role,
        model::record::{RECORD_FIELDS, RecordValues},
        server::{
            people_search::Among,
            person_merge::{standing_for, undoable},
            person_record::{ChangedBy, check, kept, refuse_taken, stored, write},
        },
    },
    availability::server::calendars_of,
    booking::server::{appointments_of, front_desk::patients, own_calendar},
    clinic::server::{
        audit::{Entry, note_reading, record},
        clinic_zone,
    },
    db::{Conn, Error, Tx, WriteUnit},
    error::{AppError, FieldError},
    ids::{DoctorId, MergeId, PersonId},
    patients::model::{PatientPage, PatientsPage, RecordChange},
    state::AppState,
    text::line,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::request::Actor,
};

/// Changes of a record on its page.
const MOST_CHANGES: i64 = 200;

/// Patients whom a search finds: for staff any, for a doctor those who have had an appointment with them, and others by
/// their whole address.
///
/// # Errors
/// [`AppError::Forbidden`] for patients.
pub async fn find(app: &AppState, actor: Actor, query: &str) -> Result<PatientsPage, AppError> {
    const PAIRS: &str = "select count(*) from match_candidates where decided_at is null";
    actor.needs(Permission::WorkAtDesk)?;
    let (query, by_staff) = (line(query), actor.may(Permission::ReadEveryPatient));
    let country = app.settings.clinic.phone_country();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let found = match (query.is_empty(), among(conn, actor).await?) {
        (true, _) => None,
        (false, Some(among)) => Some(patients::find(conn, among, &query, country).await?),
        (false, None) => Some(Vec::new()),
    };
    let pairs: i64 = if actor.may(Permission::MergePatients) {
        conn.fetch_value(PAIRS, ()).await.map_err(AppError::from)?
    } else {
        0
    };
    Ok(PatientsPage { query, found, pairs: u32::try_from(pairs).unwrap_or(u32::MAX), by_staff })
}

/// Among whom this person may look; a doctor without a calendar, among nobody.
async fn among(conn: &mut Conn<'_>, actor: Actor) -> Result<Option<Among>, Error> {
    if actor.may(Permission::ReadEveryPatient) {
        return Ok(Some(Among::Patients));
    }
    Ok(own_calendar(conn, actor.user).await?.map(Among::PatientsOf))
}

/// The record of a patient, with the appointments that its reader may see.
///
/// # Errors
/// [`AppError::Forbidden`] for patients; [`AppError::NotFound`], also for a doctor whom the person has never seen.
pub async fn page(app: &AppState, actor: Actor, id: PersonId) -> Result<PatientPage, AppError> {
    actor.needs(Permission::WorkAtDesk)?;
    let (now, country) = (app.clock.now(), app.settings.clinic.phone_country());
    let (by_staff, mut reader) = (actor.may(Permission::ReadEveryPatient), app.db.read().await?);
    let read = async |conn: &mut Conn<'_>| -> Result<PatientPage, Error> {
        let own = calendar_who_may_read(conn, actor, id).await?;
        let record = stored(conn, id).await?;
        if record.role != Role::Patient {
            return Err(AppError::NotFound.into());
        }
        let zone = clinic_zone(conn).await?;
        let stands = standing_for(conn, id).await?;
        let merges = actor.may(Permission::MergePatients);
        let undo = undoable(conn, id, now).await?.into_iter().next().filter(|_| merges);
        let born = record.values.birth_date.parse().map(LocalDate::plain_words);
        Ok(PatientPage {
            id,
            phone: country.national(&record.values.phone),
            birth_date: born.unwrap_or_default(),
            version: record.version,
            has_account: record.has_account,
            suspended: record.suspended,
            merged_into: record.merged.then_some(stands),
            by_staff,
            appointments: appointments_of(conn, id, own, now).await?,
            doctors: if by_staff { doctors(conn).await? } else { Vec::new() },
            history: if merges { history(conn, id, &zone, now).await? } else { Vec::new() },
            undo: undo.map(|merge| (MergeId(merge.id), merge.name)),
            values: record.values,
        })
    };
    let page = read(&mut reader.conn()).await?;
    drop(reader);
    if by_staff {
        let (subject_id, details) = (Some(id.0), page.values.name.as_str());
        let entry = Entry { action: "patient.read", subject: "patient", subject_id, details };
        note_reading(app, actor.into(), entry).await;
    }
    Ok(page)
}

/// Whether this person may open the record: a doctor finds by the whole address whom the doctor has never seen.
///
/// # Errors
/// The database's.
pub async fn may_open(app: &AppState, actor: Actor, person: PersonId) -> Result<bool, AppError> {
    let mut reader = app.db.read().await?;
    match calendar_who_may_read(&mut reader.conn(), actor, person).await {
        Ok(_) => Ok(true),
        Err(Error::App(AppError::NotFound)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The calendar in which this doctor works, and whose doctor has seen this person; none for staff, who read every record.
async fn calendar_who_may_read(conn: &mut Conn<'_>, actor: Actor, person: PersonId) -> Result<Option<DoctorId>, Error> {
    const SEEN: &str = "select count(*) from appointments
        where patient_id = $1 and doctor_id = $2 and status not in ('held', 'expired')";
    if actor.may(Permission::ReadEveryPatient) {
        return Ok(None);
    }
    for (calendar, _) in calendars_of(conn, actor).await? {
        let seen: i64 = conn.fetch_value(SEEN, (person, calendar)).await?;
        if seen > 0 {
            return Ok(Some(calendar));
        }
    }
    Err(AppError::NotFound.into())
}

async fn doctors(conn: &mut Conn<'_>) -> Result<Vec<(String, String)>, Error> {
    const SQL: &str = "select slug, name from doctors where status <> 'deactivated' order by lower(name), slug";
    conn.fetch_all(SQL, ()).await
}

#[derive(FromRow)]
struct ChangeRow {
    at: Timestamp,
    who: Option<String>,
    field: String,
    before: String,
    after: String,
}

async fn history(
    conn: &mut Conn<'_>,
    person: PersonId,
    zone: &Zone,
    now: Timestamp,
) -> Result<Vec<RecordChange>, Error> {
    const SQL: &str = "select c.at, p.display_name as who, c.field, c.before, c.after
        from person_changes c left join persons p on p.id = c.actor_id
        where c.person_id = $1 order by c.at desc, c.id desc limit $2";
    let rows: Vec<ChangeRow> = conn.fetch_all(SQL, (person, MOST_CHANGES)).await?;
    let label = |field: &str| RECORD_FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, label)| *label);
    // a date as people write it
    let words = |field: &str, text: String| match text.parse::<LocalDate>() {
        Ok(date) if field == "birth_date" => date.plain_words(),
        _ => text,
    };
    let line = |row: ChangeRow| RecordChange {
        when: zone.moment_words(row.at, now),
        who: row.who.unwrap_or_else(|| "The system".to_owned()),
        field: label(&row.field).to_owned(),
        before: words(&row.field, row.before),
        after: words(&row.field, row.after),
    };
    Ok(rows.into_iter().map(line).collect())
}

/// Saves what staff typed, if the record has not changed since `version`.
///
/// # Errors
/// [`AppError::Invalid`] naming the fields; [`AppError::Conflict`] for a stale version or a record that was merged;
/// [`AppError::NotFound`].
pub async fn save(
    app: &AppState,
    staff: Actor,
    id: PersonId,
    version: i32,
    typed: &RecordValues,
) -> Result<(), AppError> {
    let by = ChangedBy { actor: Some(staff.user), now: app.clock.now(), country: app.settings.clinic.phone_country() };
    Ok(app.db.write(SaveRecord { staff, id, version, typed: typed.clone(), by }).await?)
}

/// Saves a record that has not changed since it was shown.
struct SaveRecord {
    staff: Actor,
    id: PersonId,
    version: i32,
    typed: RecordValues,
    by: ChangedBy,
}

impl WriteUnit for SaveRecord {
    const NAME: &'static str = "save_patient_record";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let before = stored(tx, self.id).await?;
        if before.role != Role::Patient {
            return Err(AppError::NotFound.into());
        }
        let mut typed = self.typed.clone();
        if before.has_account {
            // its owner signs in with it
            typed.email.clone_from(&before.values.email);
        }
        let today = clinic_zone(tx).await?.local_date(self.by.now);
        let fields: Vec<FieldError> = check(&typed, today);
        if !fields.is_empty() {
            return Err(AppError::Invalid { fields }.into());
        }
        if before.version != self.version || before.merged || before.closed {
            return Err(AppError::Conflict.into());
        }
        let after = kept(&typed);
        refuse_taken(tx, &before, &after).await?;
        let changed = write(tx, &before, &after, self.by).await?;
        if changed.is_empty() {
            return Ok(());
        }
        // which fields, and of nothing what it says
        let details = [&after.name, ": ", &changed.join(", ").replace('_', " ")].concat();
        let subject_id = Some(self.id.0);
        let entry = Entry { action: "patient.changed", subject: "patient", subject_id, details: &details };
        record(tx, self.staff.into(), self.by.now, entry).await
    }
}
