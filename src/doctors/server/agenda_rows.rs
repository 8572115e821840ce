//! The rows behind a doctor's agenda, and the words for an appointment.

use sqlx::FromRow;

use crate::{
    availability::server::occupies,
    booking::{Mode, Status, server::attendance::open_marks},
    clinic::server::answer_by_words,
    db::{Conn, Error},
    doctors::{AgendaAppointment, AgendaState},
    ids::{AppointmentId, DoctorId, LocationId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// An appointment, a request that can still be answered, or a live hold.
#[derive(Clone, Debug, FromRow)]
pub(super) struct AppointmentRow {
    pub id: AppointmentId,
    pub version: i32,
    pub reference: String,
    /// None while a visitor holds the time.
    pub patient: Option<String>,
    /// The number given for this appointment, else the patient's own.
    pub phone: String,
    pub visit_type_name: String,
    pub mode: Mode,
    pub location_name: String,
    pub status: Status,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub time_zone: String,
    pub local_start: String,
    pub answer_by: Option<Timestamp>,
    pub updated_at: Timestamp,
    /// Of a request to move: when the appointment starts that stays until it is accepted.
    pub moves_from: Option<Timestamp>,
}

/// The doctor is away; `private_reason` is for the doctor and for staff.
#[derive(Clone, Debug, FromRow)]
pub(super) struct TimeOffRow {
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub private_reason: String,
}

/// A location is closed from its first to its last date, both included.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct ClosureRow {
    pub location_id: LocationId,
    pub first_date: LocalDate,
    pub last_date: LocalDate,
    pub reason: String,
}

/// What starts after `from` and before `to`, by start. Appointments that were called off, and what ran out by `now`,
/// are left out.
pub(super) async fn appointments(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, Error> {
    const SQL: &str = concat!(
        "select a.id, a.version, a.reference, p.display_name as patient,
            coalesce(nullif(a.contact_phone, ''), p.phone, '') as phone, t.visit_type_name, t.mode, t.location_name, a.status,
            a.starts_at, a.ends_at, t.time_zone, a.local_start, a.answer_by, a.updated_at,
            (select o.starts_at from appointments o where o.id = a.would_replace) as moves_from
        from appointments a join appointment_terms t on t.id = a.terms_id left join persons p on p.id = a.patient_id
        where a.doctor_id = $1 and a.starts_at > $2 and a.starts_at < $3
            and (a.status in ('completed', 'no_show') or (",
        occupies!("a", "$4"),
        ")) order by a.starts_at, a.reference"
    );
    conn.fetch_all(SQL, (doctor, from, to, now)).await
}

/// The requests that can still be answered, the most urgent first, and no more than are looked at.
pub(super) async fn requests(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, Error> {
    const SQL: &str = "
        select a.id, a.version, a.reference, p.display_name as patient,
            coalesce(nullif(a.contact_phone, ''), p.phone, '') as phone, t.visit_type_name, t.mode, t.location_name, a.status,
            a.starts_at, a.ends_at, t.time_zone, a.local_start, a.answer_by, a.updated_at,
            (select o.starts_at from appointments o where o.id = a.would_replace) as moves_from
        from appointments a join appointment_terms t on t.id = a.terms_id left join persons p on p.id = a.patient_id
        where a.doctor_id = $1 and a.starts_at > $2 and a.status = 'requested'
            and a.answer_by > $2
        order by a.answer_by, a.starts_at, a.reference limit 40";
    conn.fetch_all(SQL, (doctor, now)).await
}

/// How many appointments are to come or under way: agreed ones, and requests.
pub(super) async fn coming_counts(conn: &mut Conn<'_>, doctor: DoctorId, now: Timestamp) -> Result<(i64, i64), Error> {
    const SQL: &str = concat!(
        "select status = 'requested', count(*) from appointments
        where doctor_id = $1 and starts_at > $2 and ends_at > $3 and status <> 'held' and ",
        occupies!("appointments", "$3"),
        " group by status = 'requested'"
    );
    let rows: Vec<(bool, i64)> = conn.fetch_all(SQL, (doctor, now.day_before(), now)).await?;
    let of = |waiting| rows.iter().filter(|row| row.0 == waiting).map(|row| row.1).sum();
    Ok((of(false), of(true)))
}

/// Some of the appointments to come or under way, by start: agreed ones, requests, or both.
pub(super) async fn coming(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (booked, waiting): (bool, bool),
    (limit, offset): (i64, i64),
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, Error> {
    const SQL: &str = "
        select a.id, a.version, a.reference, p.display_name as patient,
            coalesce(nullif(a.contact_phone, ''), p.phone, '') as phone, t.visit_type_name, t.mode, t.location_name, a.status,
            a.starts_at, a.ends_at, t.time_zone, a.local_start, a.answer_by, a.updated_at,
            (select o.starts_at from appointments o where o.id = a.would_replace) as moves_from
        from appointments a join appointment_terms t on t.id = a.terms_id left join persons p on p.id = a.patient_id
        where a.doctor_id = $1 and a.starts_at > $2 and a.ends_at > $3
            and ((a.status in ('booked', 'arrived') and $4)
                or (a.status = 'requested' and a.answer_by > $3 and $5))
        order by a.starts_at, a.reference limit $6 offset $7";
    conn.fetch_all(SQL, (doctor, now.day_before(), now, booked, waiting, limit, offset)).await
}

/// One appointment as the day of its doctor shows it; none for a hold, and for an unknown one.
///
/// # Errors
/// The database's, or a stored value that means nothing.
pub async fn agenda_appointment(
    conn: &mut Conn<'_>,
    id: AppointmentId,
    now: Timestamp,
) -> Result<Option<AgendaAppointment>, Error> {
    const SQL: &str = "
        select a.id, a.version, a.reference, p.display_name as patient,
            coalesce(nullif(a.contact_phone, ''), p.phone, '') as phone, t.visit_type_name, t.mode, t.location_name,
            a.status, a.starts_at, a.ends_at, t.time_zone, a.local_start, a.answer_by, a.updated_at,
            (select o.starts_at from appointments o where o.id = a.would_replace) as moves_from
        from appointments a join appointment_terms t on t.id = a.terms_id left join persons p on p.id = a.patient_id
        where a.id = $1";
    let row: Option<AppointmentRow> = conn.fetch_optional(SQL, (id,)).await?;
    row.filter(|row| !row.is_hold()).map(|row| row.in_words(false, &row.zone()?, now)).transpose()
}

pub(super) async fn time_off(
    conn: &mut Conn<'_>,
    doctor: DoctorId,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<TimeOffRow>, Error> {
    const SQL: &str = "select starts_at, ends_at, private_reason from time_off
        where doctor_id = $1 and ends_at > $2 and starts_at < $3 order by starts_at";
    conn.fetch_all(SQL, (doctor, from, to)).await
}

pub(crate) async fn closures(
    conn: &mut Conn<'_>,
    (first, last): (LocalDate, LocalDate),
) -> Result<Vec<ClosureRow>, Error> {
    const SQL: &str = "select location_id, first_date, last_date, reason from closures
        where last_date >= $1 and first_date <= $2 order by first_date";
    conn.fetch_all(SQL, (first, last)).await
}

impl AppointmentRow {
    pub fn zone(&self) -> Result<Zone, Error> {
        Zone::parse(&self.time_zone).ok_or(Error::Corrupt("unknown time zone"))
    }

    /// The date by the calendar of its location.
    pub fn date(&self) -> Result<LocalDate, Error> {
        let date = self.local_start.get(..10).and_then(|date| date.parse().ok());
        date.ok_or(Error::Corrupt("local start"))
    }

    pub fn is_hold(&self) -> bool {
        self.status == Status::Held
    }

    /// Whether it takes place, or may, at the same time as another one.
    pub fn clashes_with(&self, other: &AppointmentRow) -> bool {
        let takes_place = |row: &AppointmentRow| !matches!(row.status, Status::Held | Status::NoShow);
        let apart = self.ends_at <= other.starts_at || other.ends_at <= self.starts_at;
        // an appointment and the request to move it are one
        self.reference != other.reference && takes_place(self) && takes_place(other) && !apart
    }

    pub fn state(&self, now: Timestamp) -> AgendaState {
        match self.status {
            Status::Requested => AgendaState::Waiting,
            Status::Booked if self.ends_at <= now => AgendaState::Unclear,
            Status::Booked | Status::Arrived => AgendaState::Coming,
            _ => AgendaState::Done,
        }
    }

    /// Its line in a list of a calendar that goes by the clock of `home`.
    pub fn in_words(&self, overlaps: bool, home: &Zone, now: Timestamp) -> Result<AgendaAppointment, Error> {
        let zone = self.zone()?;
        let today = home.local_date(now);
        let minutes = self.ends_at.minutes_since(self.starts_at);
        let waiting = self.status == Status::Requested;
        let over = self.ends_at <= now;
        Ok(AgendaAppointment {
            id: self.id,
            version: self.version,
            day: self.date()?.day_words(today),
            time: zone.time_words(self.starts_at),
            until: zone.time_words(self.ends_at),
            other_zone: other_zone(&zone, home),
            patient: self.patient.clone().unwrap_or_default(),
            phone: self.phone.clone(),
            appointment: format!("{}, {minutes} minutes, {}", self.visit_type_name, self.mode.label().to_lowercase()),
            location: self.location_name.clone(),
            status: self.status.clinic_words().to_owned(),
            state: self.state(now),
            reference: self.reference.clone(),
            overlaps,
            answer_by: self
                .answer_by
                .filter(|_| waiting)
                .map(|until| answer_by_words(until, self.starts_at, &zone, now)),
            moves_from: self.moves_from.map(|at| zone.moment_words(at, now)),
            marks: open_marks(self.status, self.starts_at, self.updated_at, now),
            is_call: !over && self.mode == Mode::Video && self.status.occupies(),
            can_move: !over && matches!(self.status, Status::Requested | Status::Booked),
            can_cancel: !over && matches!(self.status, Status::Requested | Status::Booked | Status::Arrived),
        })
    }
}

/// The words of a zone, where it is not the one that the calendar goes by; empty where it is.
pub(super) fn other_zone(zone: &Zone, home: &Zone) -> String {
    if zone == home { String::new() } else { zone.label() }
}
