//! Many people at once: exactly one gets a time, nothing overlaps, and the history explains every row.

use std::collections::HashMap;

use docslot::{
    booking::{
        Status,
        server::{self as booking, BookingRequest, Details, Start},
    },
    db::{Conn, Engine, Error, Pools},
    error::AppError,
    ids::AppointmentId,
    on, random,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::Executor;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
};

/// What a serializable unit has read is remembered while others run at the same time. More than some thirty rows of a
/// table are remembered as the whole table: then it collides with every booking.
#[tokio::test]
async fn who_books_reads_a_day_of_a_calendar_and_not_all_of_it() {
    TestClinic::run(Engine::Postgres, async |clinic| {
        let Pools::Postgres(pool) = &clinic.app.db.pools else { unreachable!("asked for PostgreSQL") };
        let (busy, patient) = (clinic.patient().await, clinic.patient().await);
        clinic.book(busy, 0, TOMORROW_9).await.expect("the first appointment");
        // from the next day on, one after the other for two weeks, of one doctor and one patient
        let fill =
            "insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version, starts_at,
                ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, created_at, updated_at)
            select gen_random_uuid(), 'R' || n, doctor_id, patient_id, terms_id, status, version,
                starts_at + interval '1 day' + n * interval '10 minutes',
                starts_at + interval '1 day' + (n + 1) * interval '10 minutes', utc_offset_seconds,
                buffer_before_minutes, buffer_after_minutes, created_at, updated_at
            from appointments, generate_series(1, 2000) n";
        clinic.execute(fill).await.expect("a full calendar");
        clinic.execute("analyze").await.expect("statistics");

        let mut beside = pool.acquire().await.expect("a connection");
        beside.execute("begin isolation level serializable").await.expect("a transaction");
        beside.execute("select count(*) from specialties").await.expect("its view of the database");
        clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        let request = BookingRequest {
            id: AppointmentId(random::id()),

            doctor: clinic.doctors[0].id,
            visit_type: None,
            start: Start::At(TOMORROW_9.plus_minutes(120)),
        };
        booking::book(&clinic.app, person(patient), request, Details::default(), None)
            .await
            .expect("a booking by a program");
        let sql = "select locktype from pg_locks
            where mode = 'SIReadLock' and relation = 'appointments'::regclass
                and database = (select oid from pg_database where datname = current_database())";
        let read: Vec<String> = sqlx::query_scalar(sql).fetch_all(pool).await.expect("locks");
        beside.execute("rollback").await.expect("an end");
        assert!(!read.is_empty(), "what was booked has been read at least");
        assert!(!read.iter().any(|kind| kind == "relation"), "the whole table was read: {read:?}");
    })
    .await;
}

/// Overlapping pairs of occupying appointments that are not explicit overbookings, of one doctor or one patient.
pub const OVERLAPS: &str = "select count(*) from appointments a
    join appointments b on a.id < b.id and (a.doctor_id = b.doctor_id or a.patient_id = b.patient_id)
        and a.starts_at < b.ends_at and b.starts_at < a.ends_at
    where a.status in ('held', 'requested', 'booked', 'arrived') and not a.overbook
        and b.status in ('held', 'requested', 'booked', 'arrived') and not b.overbook";

both_databases! {
    async fn of_64_people_who_want_one_time_exactly_one_gets_it(clinic: TestClinic) {
        let clinic = std::sync::Arc::new(clinic);
        let mut patients = Vec::new();
        for _ in 0..64 {
            patients.push(clinic.patient().await);
        }
        let tasks: Vec<_> = patients
            .into_iter()
            .map(|patient| {
                let clinic = clinic.clone();
                tokio::spawn(async move { clinic.book(patient, 0, TOMORROW_9).await })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => won += 1,
                Err(AppError::TimeGone { nearest, .. }) => assert_eq!(nearest.len(), 3),
                Err(AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(clinic.count("select count(*) from appointments where status in ('held', 'booked')").await, 1);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
    }

    async fn of_64_confirmations_of_one_hold_there_is_one_appointment(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let app = clinic.app.clone();
                tokio::spawn(async move { booking::confirm(&app, person(patient), hold).await })
            })
            .collect();
        let mut agreed = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(id) => {
                    assert_eq!(id, hold);
                    agreed += 1;
                }
                Err(AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(agreed > 0);
        assert_eq!(clinic.count("select count(*) from appointment_events where action = 'book'").await, 1);
    }

    async fn patients_of_different_doctors_all_get_their_appointments(clinic: TestClinic) {
        const EACH: usize = 12;
        let clinic = std::sync::Arc::new(clinic);
        let mut tasks = Vec::new();
        for doctor in 0..4 {
            let mut patients = Vec::new();
            for _ in 0..EACH {
                patients.push(clinic.patient().await);
            }
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move {
                for (day, patient) in (1..).zip(patients) {
                    let booked = clinic.book(patient, doctor, TOMORROW_9.plus_minutes(day * 24 * 60)).await;
                    booked.expect("no other patient wants this time");
                }
            }));
        }
        for task in tasks {
            task.await.expect("every appointment is booked");
        }
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 4 * EACH as i64);
    }

    async fn after_a_storm_of_booking_moving_and_cancelling_nothing_overlaps_and_history_replays(clinic: TestClinic) {
        let clinic = std::sync::Arc::new(clinic);
        let mut tasks = Vec::new();
        for seed in 0..64 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move {
                let mut dice = StdRng::seed_from_u64(seed);
                let mut done = 0;
                let mut mine: Vec<AppointmentId> = Vec::new();
                for _ in 0..12 {
                    done += usize::from(act(&clinic, patient, &mut dice, &mut mine).await);
                }
                done
            }));
        }
        let mut done = 0;
        for task in tasks {
            done += task.await.expect("no task panics");
        }
        let [booked, cancelled, moved] = [
            clinic.count("select count(*) from appointments where status = 'booked'").await,
            clinic.count("select count(*) from appointments where status = 'cancelled'").await,
            clinic.count("select count(*) from appointments where status = 'rescheduled'").await,
        ];
        println!("{done} changes: {booked} booked, {cancelled} cancelled, {moved} moved");
        assert!(booked > 0 && cancelled > 0 && moved > 0, "the storm did something of each kind");
        assert_eq!(clinic.count(OVERLAPS).await, 0);
        assert_history_replays(&clinic).await;
    }
}

/// One random change on four doctors and few times, so that people collide; whether it succeeded.
async fn act(
    clinic: &TestClinic,
    patient: docslot::web::request::Actor,
    dice: &mut StdRng,
    mine: &mut Vec<AppointmentId>,
) -> bool {
    let start = TOMORROW_9.plus_minutes(30 * dice.random_range(0..16));
    let start = start.plus_minutes(24 * 60 * dice.random_range(1..4));
    let known = (!mine.is_empty()).then(|| mine[dice.random_range(0..mine.len())]);
    let outcome = match (dice.random_range(0..4), known) {
        (0, Some(id)) => {
            let version = clinic.row(id).await.version;
            booking::cancel(&clinic.app, patient, id, version, None).await
        }
        (1, Some(id)) => {
            let version = clinic.row(id).await.version;
            booking::reschedule(&clinic.app, person(patient), id, version, start).await.map(|new| mine.push(new))
        }
        _ => clinic.book(patient, dice.random_range(0..4), start).await.map(|id| mine.push(id)),
    };
    match outcome {
        Ok(()) => true,
        Err(
            AppError::TimeGone { .. }
            | AppError::HoldExpired { .. }
            | AppError::PatientBusy { .. }
            | AppError::TooManyAppointments { .. }
            | AppError::Conflict
            | AppError::Unavailable { unchanged: true },
        ) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// Replays every appointment's events, in order, to its status and version.
pub async fn assert_history_replays(clinic: &TestClinic) {
    type Event = (AppointmentId, i32, Option<Status>, Status);
    type Row = (AppointmentId, Status, i32);
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<(Vec<Event>, Vec<Row>), Error> {
        let sql = "select appointment_id, version, from_status, to_status from appointment_events
            order by appointment_id, version";
        let events = on!(conn, |c| sqlx::query_as(sql).fetch_all(c).await?);
        let sql = "select id, status, version from appointments";
        Ok((events, on!(conn, |c| sqlx::query_as(sql).fetch_all(c).await?)))
    };
    let (events, rows) = read(&mut reader.conn()).await.expect("events and rows");
    let mut replayed: HashMap<AppointmentId, (Status, i32)> = HashMap::new();
    for (id, version, from, to) in events {
        let before = replayed.insert(id, (to, version));
        assert_eq!(before.map(|(status, _)| status), from, "each event begins where the one before ended");
        assert_eq!(before.map_or(1, |(_, version)| version + 1), version, "no event is missing");
    }
    assert_eq!(rows.len(), replayed.len());
    for (id, status, version) in rows {
        assert_eq!(replayed.get(&id), Some(&(status, version)));
    }
    assert!(!replayed.is_empty());
}
