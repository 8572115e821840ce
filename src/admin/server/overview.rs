//! The clinic at a glance, read in a constant number of queries.

use std::collections::HashMap;

use sqlx::FromRow;

use crate::{
    accounts::Role,
    admin::{Overview, OverviewDoctor},
    clinic::{Approval, DoctorStatus},
    db::{Conn, Error},
    doctors::server::next_free,
    error::AppError,
    ids::DoctorId,
    state::AppState,
    time::{Timestamp, server::Zone},
};

const DAY_MINUTES: i64 = 24 * 60;
/// Days counted as the coming week, today included.
const WEEK: i64 = 7;

/// Every doctor with the next free time and the appointments of the coming days, and what waits for people of this
/// role. Callers check that they may see it.
///
/// # Errors
/// The database cannot be reached.
pub async fn overview(app: &AppState, role: Role) -> Result<Overview, AppError> {
    let now = app.clock.now();
    let mut next: HashMap<DoctorId, Option<String>> = next_free(app).await?.into_iter().collect();
    let mut reader = app.db.read().await.map_err(AppError::from)?;
    let conn = &mut reader.conn();
    let appointments = appointments(conn, now).await?;
    let waiting = waiting(conn, now).await?;
    let pending_tasks = super::pending_tasks::pending_tasks(conn, role, app.settings.mail.transport, now).await?;
    let doctor = |row: DoctorRow| {
        let (today, week) = appointments.get(&row.id).copied().unwrap_or_default();
        OverviewDoctor {
            visible: row.status == DoctorStatus::Active,
            next: next.remove(&row.id).flatten(),
            name: row.name,
            slug: row.slug,
            specialty: row.specialty.unwrap_or_default(),
            status: status_words(row.status, row.approval).to_owned(),
            today,
            week,
        }
    };
    let doctors: Vec<OverviewDoctor> = doctors(conn).await?.into_iter().map(doctor).collect();
    Ok(Overview {
        pending_tasks,
        visible: u32::try_from(doctors.iter().filter(|doctor| doctor.visible).count()).unwrap_or(u32::MAX),
        today: doctors.iter().map(|doctor| doctor.today).sum(),
        week: doctors.iter().map(|doctor| doctor.week).sum(),
        waiting: u32::try_from(waiting).unwrap_or_default(),
        doctors,
    })
}

#[derive(FromRow)]
struct DoctorRow {
    id: DoctorId,
    name: String,
    slug: String,
    status: DoctorStatus,
    approval: Approval,
    specialty: Option<String>,
}

async fn doctors(conn: &mut Conn<'_>) -> Result<Vec<DoctorRow>, Error> {
    const SQL: &str = "
        select d.id, d.name, d.slug, d.status, d.approval,
            (select s.name from doctor_specialties ds join specialties s on s.id = ds.specialty_id
            where ds.doctor_id = d.id order by ds.position, s.name limit 1) as specialty
        from doctors d order by d.name, d.slug";
    conn.fetch_all(SQL, ()).await
}

/// Agreed appointments per doctor, today and in the coming week, by the calendar of each appointment's location.
async fn appointments(conn: &mut Conn<'_>, now: Timestamp) -> Result<HashMap<DoctorId, (u32, u32)>, Error> {
    const SQL: &str = "
        select a.doctor_id, t.time_zone, substr(a.local_start, 1, 10) as day, count(*) as appointments
        from appointments a join appointment_terms t on t.id = a.terms_id
        where a.starts_at between $1 and $2 and a.status in ('booked', 'arrived', 'completed', 'no_show')
        group by a.doctor_id, t.time_zone, substr(a.local_start, 1, 10)";
    // a day more on either side: no clock on Earth is further ahead or behind
    let (from, to) = (now.plus_minutes(-2 * DAY_MINUTES), now.plus_minutes((WEEK + 1) * DAY_MINUTES));
    let rows: Vec<(DoctorId, String, String, i64)> = conn.fetch_all(SQL, (from, to)).await?;
    let mut counts: HashMap<DoctorId, (u32, u32)> = HashMap::new();
    for (doctor, zone, day, appointments) in rows {
        let today = Zone::parse(&zone).ok_or(Error::Corrupt("unknown time zone"))?.local_date(now);
        let day = day.parse().map_err(|_| Error::Corrupt("local start"))?;
        let appointments = u32::try_from(appointments).unwrap_or_default();
        let (on_the_day, in_the_week) = counts.entry(doctor).or_default();
        if day == today {
            *on_the_day += appointments;
        }
        if today <= day && day < today.plus_days(WEEK) {
            *in_the_week += appointments;
        }
    }
    Ok(counts)
}

async fn waiting(conn: &mut Conn<'_>, now: Timestamp) -> Result<i64, Error> {
    const SQL: &str = "select count(*) from appointments where status = 'requested' and starts_at >= $1";
    conn.fetch_value(SQL, (now,)).await
}

fn status_words(status: DoctorStatus, approval: Approval) -> &'static str {
    match (status, approval) {
        (DoctorStatus::Paused, Approval::Waiting) => "Waiting for approval",
        (DoctorStatus::Paused, Approval::Rejected) => "Not approved",
        (DoctorStatus::Active, _) => "Active",
        (DoctorStatus::Paused, Approval::Approved) => "Paused",
        (DoctorStatus::Leaving, _) => "Leaving",
        (DoctorStatus::Deactivated, _) => "Left",
    }
}
