//! Whom bookings are made with: lists for the programs that send them.

use std::{error::Error, fs, path::Path};

use docslot::{
    db::Db,
    ids::{DoctorId, PersonId},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

use crate::clinic::{POPULAR, WORKDAYS};

/// Doctors whom every patient may book.
const DOCTORS: &str = "select id from doctors where status = 'active' and accepts_new_patients and slug <> $1
    order by slug";
const DOCTOR: &str = "select id from doctors where slug = $1";
const PATIENTS: &str = "select id from persons where role = 'patient' order by id limit 1024";
/// The days in which a usual doctor is booked, counted from today. The first two are left out, because a time must be
/// some hours ahead in every zone.
const DAYS: (i64, i64) = (2, 60);
/// The same of the doctor whom everybody wants.
const POPULAR_DAYS: (i64, i64) = (2, 360);

/// Writes `doctors` with `doctors-days`, `popular` with `popular-days`, and `patients`.
///
/// # Errors
/// The database's, or the folder's.
pub async fn write(db: &Db, now: Timestamp, folder: &Path) -> Result<(), Box<dyn Error>> {
    let mut reader = db.read().await?;
    let mut conn = reader.conn();
    let doctors: Vec<DoctorId> = conn.fetch_values(DOCTORS, (POPULAR,)).await?;
    let popular: Vec<DoctorId> = conn.fetch_values(DOCTOR, (POPULAR,)).await?;
    let patients: Vec<PersonId> = conn.fetch_values(PATIENTS, ()).await?;
    let today = Zone::parse("UTC").ok_or("no time zones")?.local_date(now);
    fs::write(folder.join("doctors"), lines(doctors))?;
    fs::write(folder.join("doctors-days"), lines(workdays(today, DAYS)))?;
    fs::write(folder.join("popular"), lines(popular))?;
    fs::write(folder.join("popular-days"), lines(workdays(today, POPULAR_DAYS)))?;
    fs::write(folder.join("patients"), lines(patients))?;
    Ok(())
}

fn workdays(today: LocalDate, (first, last): (i64, i64)) -> impl Iterator<Item = LocalDate> {
    (first..=last).map(move |days| today.plus_days(days)).filter(|day| WORKDAYS.contains(&day.weekday()))
}

fn lines(values: impl IntoIterator<Item = impl ToString>) -> String {
    values.into_iter().map(|value| value.to_string() + "\n").collect()
}
