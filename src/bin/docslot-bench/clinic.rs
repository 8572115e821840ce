//! A large clinic for measuring: many doctors with many appointments each, none of them overlapping.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    booking::Status,
    db::{self, Db, Tx, WriteUnit},
    demo::{
        appointments::{self, Appointment, Canceller},
        has_doctors,
        rows::{self, Location, NewDoctor, NewHours},
        visit_types::{CONSULTATION, NewVisitType},
    },
    ids::{AppointmentId, PersonId, SpecialtyId, VisitTypeId},
    notifications::{
        model::Kind,
        server::{Message, enqueue},
    },
    time::{Timestamp, server::LocalDate},
};

const FIRST_NAMES: [&str; 16] = [
    "Amara", "Bram", "Chloe", "Dario", "Elif", "Farah", "Goran", "Hana", "Ivo", "Jelena", "Kofi", "Lucía", "Mei",
    "Nuno", "Olga", "Priya",
];
const FAMILY_NAMES: [&str; 25] = [
    "Abara", "Bakker", "Costa", "Dimou", "Evans", "Fischer", "Greco", "Haddad", "Ito", "Jansen", "Kaya", "Larsen",
    "Musa", "Nagy", "Okoye", "Petrov", "Quinn", "Rossi", "Silva", "Tanaka", "Usman", "Vega", "Wójcik", "Xu", "Yilmaz",
];
const LANGUAGES: [&str; 8] = ["el", "fr", "es", "pl", "hi", "ar", "zh", "ig"];

/// Doctors written in one unit.
const BATCH: u32 = 50;
/// Patients of each doctor, who see no other doctor: two appointments of one patient can only overlap if the doctor's
/// do.
const PATIENTS_EACH: u32 = 10;
/// Appointments of a full day of eight hours.
const APPOINTMENTS_A_DAY: i64 = 24;
/// Appointments on a day in the past.
const PAST_APPOINTMENTS_A_DAY: i64 = 10;
/// Appointments on a day ahead, after the days that are full.
const LATER_APPOINTMENTS_A_DAY: i64 = 3;
const APPOINTMENT_MINUTES: i64 = 20;
const OPENS: u16 = 9 * 60;
const CLOSES: u16 = 17 * 60;
/// ISO: 1 is Monday.
pub const WORKDAYS: [u8; 5] = [1, 2, 3, 4, 5];
/// The slug of one more doctor, whose present week has [`BUSY_APPOINTMENTS`] appointments from Monday to Friday.
const BUSY: &str = "doctor-busy";
const BUSY_APPOINTMENTS: u32 = 200;
/// Minutes of each of them, so that they fit into eight hours a day.
const BUSY_MINUTES: i64 = 12;
/// The slug of another one, who has no appointment and so many times that they outlast every round of bookings.
pub const POPULAR: &str = "doctor-popular";
const POPULAR_VISIT: NewVisitType = NewVisitType { minutes: 10, step: 10, horizon_days: 365, ..CONSULTATION };

/// Fills an empty database with doctors who have `appointments` appointments each, seven in ten of them in the past, with
/// one doctor more who has a full week, and one who has none but times. Returns whether it did: a database that has a
/// doctor is left alone.
///
/// # Errors
/// The database's; the batches written before stay.
pub async fn write(db: &Db, now: Timestamp, doctors: u32, appointments: u32) -> Result<bool, db::Error> {
    if has_doctors(&mut db.read().await?.conn()).await? {
        return Ok(false);
    }
    let (locations, specialties) = locations(db).await?;
    let batch = Arc::new(Batch { now, appointments, locations, specialties });
    for first in (0..doctors).step_by(BATCH as usize) {
        let last = doctors.min(first.saturating_add(BATCH));
        db.write(WriteDoctors { batch: batch.clone(), first, last }).await?;
    }
    db.write(WriteOtherDoctors { batch, number: doctors }).await?;
    db.write(Analyze).await?;
    Ok(true)
}

/// Writes some doctors with their appointments.
struct WriteDoctors {
    batch: Arc<Batch>,
    first: u32,
    /// Itself excluded.
    last: u32,
}

impl WriteUnit for WriteDoctors {
    const NAME: &'static str = "write_doctors";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        for number in self.first..self.last {
            self.batch.write_doctor(tx, number).await?;
        }
        Ok(())
    }
}

/// Writes the doctor whose week is full, and the popular one.
struct WriteOtherDoctors {
    batch: Arc<Batch>,
    number: u32,
}

impl WriteUnit for WriteOtherDoctors {
    const NAME: &'static str = "write_other_doctors";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        self.batch.write_busy_doctor(tx, self.number).await?;
        self.batch.write_popular_doctor(tx, self.number + 1).await
    }
}

/// Has the planner count the rows.
struct Analyze;

impl WriteUnit for Analyze {
    const NAME: &'static str = "analyze";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        tx.execute("analyze", ()).await?;
        Ok(())
    }
}

/// Puts a message about each of the first `messages` appointments ahead into the outbox, and says how many there were.
///
/// # Errors
/// The database's; the batches written before stay.
pub async fn write_messages(db: &Db, now: Timestamp, messages: u32) -> Result<usize, db::Error> {
    const SQL: &str = "select id, patient_id from appointments where status = 'booked' and starts_at > $1
        order by starts_at desc, id limit $2";
    let appointments: Vec<(AppointmentId, PersonId)> = {
        let mut reader = db.read().await?;
        reader.conn().fetch_all(SQL, (now, i64::from(messages))).await?
    };
    for batch in appointments.chunks(1_000) {
        db.write(EnqueueMessages { batch: batch.to_vec(), now }).await?;
    }
    Ok(appointments.len())
}

/// Puts a message about each of these appointments into the outbox.
struct EnqueueMessages {
    batch: Vec<(AppointmentId, PersonId)>,
    now: Timestamp,
}

impl WriteUnit for EnqueueMessages {
    const NAME: &'static str = "enqueue_messages";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), db::Error> {
        for (appointment, to) in self.batch.iter().copied() {
            let dedupe_key = &format!("bench:{appointment}");
            let message = Message { kind: Kind::AppointmentBooked, to, appointments: &[appointment], dedupe_key };
            enqueue(tx, self.now, message).await?;
        }
        Ok(())
    }
}

async fn locations(db: &Db) -> Result<(Vec<Location>, Vec<SpecialtyId>), db::Error> {
    db.write(WriteLocations).await
}

/// Writes the clinic's locations and specialties.
struct WriteLocations;

impl WriteUnit for WriteLocations {
    const NAME: &'static str = "write_locations";
    type Output = (Vec<Location>, Vec<SpecialtyId>);

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Output, db::Error> {
        let locations = rows::insert_locations(tx).await?;
        let specialties = rows::insert_specialties(tx).await?;
        Ok((locations, specialties.into_iter().map(|(_, id)| id).collect()))
    }
}

/// A doctor to write, with hours and patients.
struct CalendarPlan<'a> {
    number: u32,
    slug: &'a str,
    location: &'a Location,
    window: (u16, u16),
    visit_types: &'static [NewVisitType],
    patients: u32,
}

impl<'a> CalendarPlan<'a> {
    /// Usual hours, with consultations.
    fn usual(number: u32, slug: &'a str, location: &'a Location, patients: u32) -> Self {
        CalendarPlan { number, slug, location, window: (OPENS, CLOSES), visit_types: &[CONSULTATION], patients }
    }
}

/// What appointments of a doctor need.
struct Calendar {
    visit_types: Vec<VisitTypeId>,
    patients: Vec<PersonId>,
    /// Whether every appointment is kept.
    reliable: bool,
}

struct Batch {
    now: Timestamp,
    appointments: u32,
    locations: Vec<Location>,
    specialties: Vec<SpecialtyId>,
}

impl Batch {
    async fn write_doctor(&self, tx: &mut Tx<'_>, number: u32) -> Result<(), db::Error> {
        let Some(location) = pick(&self.locations, number) else {
            return Ok(());
        };
        let slug = format!("doctor-{number}");
        let calendar = self.write_calendar(tx, CalendarPlan::usual(number, &slug, location, PATIENTS_EACH)).await?;
        let today = location.zone.local_date(self.now);
        let start = |(date, place): (LocalDate, i64)| {
            location.zone.window_start(date, OPENS).plus_minutes(place * APPOINTMENT_MINUTES)
        };
        let starts: Vec<Timestamp> = times(today, number, self.appointments).into_iter().map(start).collect();
        let first = u64::from(number) * u64::from(self.appointments);
        self.write_appointments(tx, (location, &calendar), &starts, APPOINTMENT_MINUTES, first).await
    }

    /// The doctor with the full week.
    async fn write_busy_doctor(&self, tx: &mut Tx<'_>, doctors: u32) -> Result<(), db::Error> {
        let Some(location) = self.locations.first() else {
            return Ok(());
        };
        let calendar = self.write_calendar(tx, CalendarPlan::usual(doctors, BUSY, location, BUSY_APPOINTMENTS)).await?;
        let monday = location.zone.local_date(self.now).monday();
        let a_day = i64::from(BUSY_APPOINTMENTS) / 5;
        let start = |appointment: i64| {
            let opens = location.zone.window_start(monday.plus_days(appointment / a_day), OPENS);
            opens.plus_minutes(appointment % a_day * BUSY_MINUTES)
        };
        let starts: Vec<Timestamp> = (0..i64::from(BUSY_APPOINTMENTS)).map(start).collect();
        let first = u64::from(doctors) * u64::from(self.appointments);
        self.write_appointments(tx, (location, &calendar), &starts, BUSY_MINUTES, first).await
    }

    /// The doctor with times day and night.
    async fn write_popular_doctor(&self, tx: &mut Tx<'_>, number: u32) -> Result<(), db::Error> {
        let Some(location) = self.locations.first() else {
            return Ok(());
        };
        let plan = CalendarPlan {
            window: (0, 24 * 60),
            visit_types: &[POPULAR_VISIT],
            ..CalendarPlan::usual(number, POPULAR, location, 0)
        };
        self.write_calendar(tx, plan).await?;
        Ok(())
    }

    async fn write_calendar(&self, tx: &mut Tx<'_>, plan: CalendarPlan<'_>) -> Result<Calendar, db::Error> {
        let CalendarPlan { number, slug, location, window, visit_types, patients } = plan;
        let (first, family) = (pick(&FIRST_NAMES, number), pick(&FAMILY_NAMES, number / 16));
        let name = format!("Dr {} {}", first.unwrap_or(&""), family.unwrap_or(&""));
        let doctor = NewDoctor {
            user: None,
            slug,
            name: &name,
            title: "Consultant",
            registration_number: (7_000_000 + number).to_string(),
            about: "Here to measure with.",
            new_patients: slug == POPULAR || !number.is_multiple_of(3),
            status: "active",
            specialties: pick(&self.specialties, number / 2).copied().into_iter().collect(),
            languages: &["en", pick(&LANGUAGES, number / 3).unwrap_or(&"fr")],
            visit_types,
        };
        let (id, visit_types) = rows::insert_doctor(tx, &doctor).await?;
        let today = location.zone.local_date(self.now);
        for weekday in WORKDAYS {
            let valid_from = today.plus_days(-365);
            let hours = NewHours { location: location.id, weekday, window, valid_from, every_weeks: 1 };
            rows::insert_hours(tx, id, &hours).await?;
        }
        let mut calendar = Calendar { visit_types, patients: Vec::new(), reliable: slug == BUSY };
        for patient in 0..patients {
            let email = format!("patient-{number}-{patient}@patients.example");
            let account = (Role::Patient, "Patient of a measurement", email.as_str());
            calendar.patients.push(rows::insert_user(tx, account, "!", self.now).await?);
        }
        Ok(calendar)
    }

    /// Writes appointments of `minutes` each, in turn for the doctor's patients, under references from `first` on.
    async fn write_appointments(
        &self,
        tx: &mut Tx<'_>,
        (location, calendar): (&Location, &Calendar),
        starts: &[Timestamp],
        minutes: i64,
        first: u64,
    ) -> Result<(), db::Error> {
        let Some(visit_type) = calendar.visit_types.first() else {
            return Ok(());
        };
        let appointment = |(index, start): (usize, &Timestamp)| {
            let (status, cancelled_by) = self.outcome(index, *start, calendar.reliable);
            Some(Appointment {
                patient: *calendar.patients.get(index % calendar.patients.len().max(1))?,
                visit_type: *visit_type,
                location: location.id,
                zone: &location.zone,
                start: *start,
                end: start.plus_minutes(minutes),
                status,
                cancelled_by,
                booked_at: (*start).min(self.now).plus_minutes(-24 * 60 * (index as i64 % 40) - 100),
                answer_by: None,
                reason: "",
            })
        };
        let appointments: Vec<Appointment<'_>> = starts.iter().enumerate().filter_map(appointment).collect();
        appointments::insert(tx, &appointments, |index| reference(first + index as u64)).await
    }

    /// Appointments are over a day after their start; of those that are over, some were missed or cancelled, unless everybody is
    /// `reliable`.
    fn outcome(&self, index: usize, start: Timestamp, reliable: bool) -> (Status, Canceller) {
        let over = start.plus_minutes(24 * 60) < self.now;
        match index % 50 {
            _ if !over => (Status::Booked, Canceller::Patient),
            _ if reliable => (Status::Completed, Canceller::Patient),
            0..3 => (Status::NoShow, Canceller::Patient),
            3 | 4 => (Status::Cancelled, Canceller::Patient),
            5 => (Status::Cancelled, Canceller::PatientLate),
            6 => (Status::Cancelled, Canceller::Doctor),
            7 => (Status::Cancelled, Canceller::Admin),
            _ => (Status::Completed, Canceller::Patient),
        }
    }
}

/// The date and place in the day of each appointment: seven in ten before today, the others after it. Some of the coming days
/// are full, a few more for each doctor in turn, so that next free times differ.
fn times(today: LocalDate, number: u32, appointments: u32) -> Vec<(LocalDate, i64)> {
    let past = (appointments * 7 / 10) as usize;
    let full_days = i64::from(number % 5);
    let before = workdays(today, -1).flat_map(|day| (0..PAST_APPOINTMENTS_A_DAY).map(move |place| (day, 2 * place)));
    let after = (0_i64..).zip(workdays(today, 1)).flat_map(move |(index, day)| {
        let step = if index < full_days { 1 } else { APPOINTMENTS_A_DAY / LATER_APPOINTMENTS_A_DAY };
        (0..APPOINTMENTS_A_DAY / step).map(move |place| (day, place * step))
    });
    before.take(past).chain(after.take((appointments as usize).saturating_sub(past))).collect()
}

/// Mondays to Fridays after today, or before it with a `step` of -1.
fn workdays(today: LocalDate, step: i64) -> impl Iterator<Item = LocalDate> {
    (1_i64..).map(move |days| today.plus_days(days * step)).filter(|day| WORKDAYS.contains(&day.weekday()))
}

fn pick<T>(choices: &[T], number: u32) -> Option<&T> {
    choices.get(number as usize % choices.len().max(1))
}

/// Counted instead of drawn: a million random references would collide.
fn reference(number: u64) -> String {
    format!("{:04X}-{:04X}", number >> 16, number & 0xffff)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_time_comes_twice_and_seven_in_ten_are_past() {
        let today = LocalDate::new(2026, 11, 24).unwrap();
        for number in 0..7 {
            let times = times(today, number, 500);
            assert_eq!(times.iter().collect::<HashSet<_>>().len(), 500);
            assert_eq!(times.iter().filter(|(date, _)| *date < today).count(), 350);
            assert!(
                times.iter().all(|(date, place)| *date != today && date.weekday() < 6 && *place < APPOINTMENTS_A_DAY)
            );
        }
    }
}
