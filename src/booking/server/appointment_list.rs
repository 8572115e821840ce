//! Appointments as programs read them: facts, not words.

use sqlx::FromRow;

use super::{
    appointment::{Appointment, agreed, from_agreed},
    resource_use, views,
};
use crate::{
    accounts::{Permission, server::care::acted_for},
    availability::server::note_calendar_read,
    booking::{
        PatientReason, Status,
        server::access::{ReasonRule, find_for, note_read, own_reason},
    },
    db::{Conn, Error, ids_json, in_ids},
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId, PersonId},
    state::AppState,
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
    web::request::Actor,
};

/// Appointments on one page.
const PAGE: usize = 50;
/// Days of a calendar that one question may cover, and that it covers without an end.
const MAX_DAYS: i64 = 62;
const DAYS: i64 = 31;

/// An appointment with what its row does not hold.
#[derive(Clone, Debug, FromRow)]
pub struct AppointmentWithSpecialty {
    #[sqlx(flatten)]
    pub row: Appointment,
    /// As its reader may read it.
    #[sqlx(skip)]
    pub reason: PatientReason,
    /// The one that the doctor names first now.
    pub specialty: String,
    /// For doctor and staff, and for who acts for the patient; none for the patient.
    #[sqlx(default)]
    pub patient_name: Option<String>,
    /// The number given for this appointment, else the patient's; for the same.
    #[sqlx(default)]
    pub patient_phone: Option<String>,
    /// The room or device that it uses; for doctor and staff.
    #[sqlx(default)]
    pub resource_name: Option<String>,
}

impl AppointmentWithSpecialty {
    /// For the patient, who wrote the reason.
    pub(super) fn new(row: Appointment, specialty: String) -> Self {
        let reason = own_reason(&row);
        AppointmentWithSpecialty {
            row,
            reason,
            specialty,
            patient_name: None,
            patient_phone: None,
            resource_name: None,
        }
    }
}

/// Which appointments.
#[derive(Clone, Debug, Default)]
pub struct AppointmentListQuery {
    /// Whose calendar, for staff, who must say so.
    pub doctor: Option<DoctorId>,
    /// All but those that were moved to another time when none is given.
    pub status: Option<Status>,
    /// The first local date. Of a calendar, today when none is given; of a patient's own, no limit.
    pub from: Option<LocalDate>,
    /// The last local date. Of a calendar, 31 days in all when none is given.
    pub to: Option<LocalDate>,
    /// Counted from 1.
    pub page: u32,
}

/// One page of appointments.
#[derive(Clone, Debug)]
pub struct AppointmentListPage {
    pub items: Vec<AppointmentWithSpecialty>,
    /// On all pages together.
    pub total: u32,
    /// At least 1.
    pub pages: u32,
}

/// The appointments of a patient and of those for whom they act, or a doctor's calendar for the doctor and for staff, the earliest first.
///
/// # Errors
/// [`AppError::Invalid`] naming `doctor_id` or `to`.
pub async fn list_appointments(
    app: &AppState,
    actor: Actor,
    query: AppointmentListQuery,
) -> Result<AppointmentListPage, AppError> {
    let now = app.clock.now();
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let calendar = match query.doctor {
        Some(doctor) if actor.may(Permission::WorkInEveryCalendar) => Some(doctor),
        Some(_) => return Err(AppError::field("doctor_id", FieldCode::NotAField)),
        None if actor.may(Permission::WorkInEveryCalendar) => {
            return Err(AppError::field("doctor_id", FieldCode::Missing));
        }
        None if actor.may(Permission::KeepOwnCalendar) => own_calendar(conn, actor.user).await?,
        None => None,
    };
    let (all, rule) = match calendar {
        Some(doctor) => (of_calendar(conn, doctor, &query, now).await?, Some(ReasonRule::of(conn, doctor).await?)),
        None if actor.may(Permission::BookForOneself) => (of_patient(conn, actor.user, now).await?, None),
        None => (Vec::new(), None),
    };
    let wanted: Vec<AppointmentWithSpecialty> = all.into_iter().filter(|record| query.wants(&record.row)).collect();
    let (total, skipped) = (wanted.len(), (query.page.max(1) as usize - 1).saturating_mul(PAGE));
    let mut items: Vec<AppointmentWithSpecialty> = wanted.into_iter().skip(skipped).take(PAGE).collect();
    for record in &mut items {
        record.reason = match &rule {
            Some(rule) => rule.reason_for(actor, &record.row),
            None => own_reason(&record.row),
        };
        if record.row.patient_id == Some(actor.user) {
            (record.patient_name, record.patient_phone) = (None, None);
        }
    }
    drop(reader);
    if let (Some(doctor), Some(first)) = (calendar, items.first()) {
        note_calendar_read(app, actor, doctor, &first.row.doctor_name).await;
    }
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(AppointmentListPage { items, total: count(total), pages: count(total.div_ceil(PAGE)).max(1) })
}

impl AppointmentListQuery {
    fn wants(&self, row: &Appointment) -> bool {
        let date: Option<LocalDate> = row.local_start.get(..10).and_then(|date| date.parse().ok());
        let in_time =
            |date: LocalDate| self.from.is_none_or(|from| date >= from) && self.to.is_none_or(|to| date <= to);
        let status = match self.status {
            Some(status) => row.status == status,
            None => row.status != Status::Rescheduled,
        };
        status && !row.is_hold() && date.is_some_and(in_time)
    }
}

/// The calendar of a doctor's account.
///
/// # Errors
/// The database's.
pub async fn own_calendar(conn: &mut Conn<'_>, user: PersonId) -> Result<Option<DoctorId>, Error> {
    const SQL: &str = "select id from doctors where person_id = $1";
    conn.fetch_optional_value(SQL, (user,)).await
}

/// Those of a patient and of everybody for whom they act.
async fn of_patient(
    conn: &mut Conn<'_>,
    patient: PersonId,
    now: Timestamp,
) -> Result<Vec<AppointmentWithSpecialty>, Error> {
    let sql = in_ids!(
        concat!(
            "select ",
            agreed!(),
            ", d.slug as doctor_slug,
                coalesce((select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
                    where ds.doctor_id = a.doctor_id order by ds.position limit 1), '') as specialty,
                p.display_name as patient_name, coalesce(nullif(a.contact_phone, ''), p.phone) as patient_phone",
            from_agreed!(),
            "join doctors d on d.id = a.doctor_id join persons p on p.id = a.patient_id where a.patient_id"
        ),
        " order by a.starts_at, a.id"
    );
    let persons = acted_for(conn, patient, now).await?;
    let ids = ids_json(persons.iter().map(|person| person.id.0));
    conn.fetch_all(sql, (&ids,)).await
}

/// A little more than the dates that are asked for: which date an appointment has is said by its own clock.
async fn of_calendar(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    query: &AppointmentListQuery,
    now: Timestamp,
) -> Result<Vec<AppointmentWithSpecialty>, Error> {
    let utc = Zone::parse("UTC").ok_or(Error::Corrupt("no UTC"))?;
    let from = query.from.unwrap_or_else(|| utc.local_date(now));
    let to = query.to.unwrap_or_else(|| from.plus_days(DAYS - 1));
    match to.days_since(from) {
        ..0 => return Err(AppError::field("to", FieldCode::EndsBeforeStart).into()),
        0..MAX_DAYS => {}
        _ => return Err(AppError::field("to", FieldCode::TooFarAhead).into()),
    }
    let (first, end) = (utc.window_start(from.plus_days(-1), 0), utc.window_start(to.plus_days(2), 0));
    const SQL: &str = concat!(
        "select ",
        agreed!(),
        ", d.slug as doctor_slug,
            coalesce((select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
                where ds.doctor_id = a.doctor_id order by ds.position limit 1), '') as specialty,
            p.display_name as patient_name, coalesce(nullif(a.contact_phone, ''), p.phone) as patient_phone,
            (select r.name from resources r where r.id = a.resource_id) as resource_name",
        from_agreed!(),
        "join doctors d on d.id = a.doctor_id left join persons p on p.id = a.patient_id
        where a.doctor_id = $1 and a.starts_at >= $2 and a.starts_at < $3 order by a.starts_at, a.id"
    );
    conn.fetch_all(SQL, (doctor, first, end)).await
}

/// One appointment, for its patient, its doctor, or staff.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown id and for another person's appointment alike.
pub async fn appointment_with_specialty(
    app: &AppState,
    actor: Actor,
    id: AppointmentId,
) -> Result<AppointmentWithSpecialty, AppError> {
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let row = find_for(conn, actor, id, app.clock.now()).await?;
    let record = AppointmentWithSpecialty::as_seen_by(conn, actor, row).await?;
    drop(reader);
    note_read(app, actor, &record.row).await;
    Ok(record)
}

impl AppointmentWithSpecialty {
    /// What this actor, who may see the appointment, sees of it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn as_seen_by(conn: &mut Conn<'_>, actor: Actor, row: Appointment) -> Result<Self, Error> {
        let patient = row.patient_id.filter(|patient| *patient != actor.user);
        let contact = match patient {
            Some(patient) => Some(views::contact(conn, patient).await?.of_appointment(&row)),
            None => None,
        };
        let specialty = first_specialty(conn, row.doctor_id).await?;
        let resource_name = match row.resource_id.filter(|_| actor.may(Permission::WorkAtDesk)) {
            Some(resource) => Some(resource_use::name(conn, resource).await?),
            None => None,
        };
        let reason = ReasonRule::of(conn, row.doctor_id).await?.reason_for(actor, &row);
        let (patient_name, patient_phone) = contact.map(|contact| (contact.name, contact.phone)).unzip();
        Ok(AppointmentWithSpecialty { row, reason, specialty, patient_name, patient_phone, resource_name })
    }
}

async fn first_specialty(conn: &mut Conn<'_>, doctor: DoctorId) -> Result<String, Error> {
    const SQL: &str = "select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
        where ds.doctor_id = $1 order by ds.position limit 1";
    let found: Option<String> = conn.fetch_optional_value(SQL, (doctor,)).await?;
    Ok(found.unwrap_or_default())
}
