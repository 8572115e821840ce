//! The rows behind a desk, each kind in one statement for all doctors.

use sqlx::FromRow;

use crate::{
    availability::server::occupies,
    booking::Status,
    db::{Conn, Error, in_ids},
    ids::{AppointmentId, DoctorId, LocationId},
    time::{Timestamp, server::LocalDate},
};

/// A doctor with hours at the location, or with an appointment there on the day.
#[derive(Clone, Debug, FromRow)]
pub struct DoctorRow {
    pub id: DoctorId,
    pub slug: String,
    pub name: String,
    pub schedule_version: i64,
}

/// An appointment, a request that can still be answered, or a live hold, at any location.
#[derive(Clone, Debug, FromRow)]
pub struct AppointmentRow {
    pub id: AppointmentId,
    pub version: i32,
    pub doctor_id: DoctorId,
    pub reference: String,
    /// None while a visitor holds the time.
    pub patient: Option<String>,
    pub visit_type_name: String,
    pub location_id: LocationId,
    pub location_name: String,
    pub status: Status,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
}

impl AppointmentRow {
    /// Whether it takes place, or may, at the same time as another one of the same doctor.
    pub fn clashes_with(&self, other: &AppointmentRow) -> bool {
        let takes_place = |row: &AppointmentRow| !matches!(row.status, Status::Held | Status::NoShow);
        let apart = self.ends_at <= other.starts_at || other.ends_at <= self.starts_at;
        // an appointment and the request to move it are one
        self.reference != other.reference && takes_place(self) && takes_place(other) && !apart
    }
}

/// Time off of a doctor; the reason is for the doctor and for staff.
#[derive(Clone, Debug, FromRow)]
pub struct TimeOffRow {
    pub doctor_id: DoctorId,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub private_reason: String,
}

/// The doctors of a location, by name.
pub async fn doctors(
    conn: &mut Conn<'_>,
    location: LocationId,
    date: LocalDate,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<DoctorRow>, Error> {
    const SQL: &str = "select d.id, d.slug, d.name, d.schedule_version from doctors d
        where d.status <> 'deactivated' and (
                exists (select 1 from weekly_hours w where w.doctor_id = d.id and w.location_id = $1)
                or exists (select 1 from overrides o
                    where o.doctor_id = d.id and o.location_id = $1 and o.local_date = $2))
            or exists (select 1 from appointments a join appointment_terms t on t.id = a.terms_id
                where a.doctor_id = d.id and a.starts_at >= $3 and a.starts_at < $4 and t.location_id = $1
                    and a.status in ('held', 'requested', 'booked', 'arrived', 'completed', 'no_show'))
        order by d.name, d.slug";
    conn.fetch_all(SQL, (location, date, from, to)).await
}

/// What these doctors have between two moments, by start. Appointments that were called off, and what ran out by `now`,
/// are left out.
pub async fn appointments(
    conn: &mut Conn<'_>,
    doctors: &str,
    (from, to): (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Vec<AppointmentRow>, Error> {
    let sql = in_ids!(
        concat!(
            "select a.id, a.version, a.doctor_id, a.reference, p.display_name as patient, t.visit_type_name, t.location_id,
                t.location_name, a.status, a.starts_at, a.ends_at
            from appointments a join appointment_terms t on t.id = a.terms_id left join persons p on p.id = a.patient_id
            where a.starts_at > $2 and a.starts_at < $3 and a.ends_at > $4
                and (a.status in ('completed', 'no_show') or (",
            occupies!("a", "$5"),
            ")) and a.doctor_id"
        ),
        " order by a.starts_at, a.reference"
    );
    conn.fetch_all(sql, (doctors, from.day_before(), to, from, now)).await
}

/// The time off of these doctors between two moments.
pub async fn time_off(
    conn: &mut Conn<'_>,
    doctors: &str,
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<TimeOffRow>, Error> {
    let sql = in_ids!(
        "select doctor_id, starts_at, ends_at, private_reason from time_off
        where ends_at > $2 and starts_at < $3 and doctor_id",
        " order by starts_at"
    );
    conn.fetch_all(sql, (doctors, from, to)).await
}
