//! Rooms and devices: each serves one appointment at a time, whoever books, and no booking is refused while one is free.

use std::{collections::HashMap, sync::Arc};

use docslot::{
    accounts::Role,
    admin::{
        model::resources::{NewResourceForm, ResourceForm},
        server::resources,
    },
    availability::{Reason, model::visit_types::VisitTypeInput, server::visit_types},
    booking::{
        Status,
        front_desk::{AppointmentForm, TimeForm},
        server::{self as booking, Appointment, front_desk, reasons_not_offered},
    },
    db::{Conn, Engine, Error, Pools, Violation},
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId, ResourceId},
    on, random,
    time::Timestamp,
    web::request::Actor,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person, test_unit},
    directory::sent,
    overlap_rules::drop_the_rules,
    races::{OVERLAPS, assert_history_replays},
};

/// Appointments that use one room or device at the same time.
pub const SHARED: &str = "select count(*) from appointments a
    join appointments b on a.id < b.id and a.resource_id = b.resource_id
        and a.starts_at < b.ends_at and b.starts_at < a.ends_at
    where a.status in ('held', 'requested', 'booked', 'arrived') and b.status in ('held', 'requested', 'booked', 'arrived')";

/// Adds so many ultrasound machines in London, and lets every visit type need one.
pub async fn keep(clinic: &TestClinic, machines: usize) -> Vec<ResourceId> {
    let staff = clinic.user(Role::Admin).await;
    for number in 1..=machines {
        let kind = if number == 1 { String::new() } else { kind(clinic).await };
        let form = NewResourceForm {
            location: clinic.london.to_string(),
            kind,
            new_kind: "Ultrasound".into(),
            name: format!("Ultrasound {number}"),
        };
        resources::add(&clinic.app, staff, form).await.expect("a machine");
    }
    let need = "update visit_types set resource_kind_id = (select id from resource_kinds)";
    clinic.execute(need).await.expect("visit types that need one");
    let mut reader = clinic.app.db.read().await.expect("a reader");
    reader.conn().fetch_values("select id from resources order by name", ()).await.expect("machines")
}

/// Takes the database's own rule about rooms and devices away.
pub async fn drop_the_rule(clinic: &TestClinic) {
    let statements: &[&'static str] = match clinic.app.db.pools {
        Pools::Sqlite { .. } => &[
            "drop trigger appointments_resource_no_overlap_insert",
            "drop trigger appointments_resource_no_overlap_update",
        ],
        Pools::Postgres(_) => &["alter table appointments drop constraint appointments_resource_no_overlap"],
    };
    for sql in statements {
        clinic.execute(sql).await.expect("dropping a rule");
    }
}

async fn kind(clinic: &TestClinic) -> String {
    clinic.an_id("select id from resource_kinds").await.to_string()
}

/// The start of each time that a visitor or this patient is offered with the doctor of this number until a moment.
async fn listed(clinic: &TestClinic, patient: Option<Actor>, doctor: usize, until: Timestamp) -> Vec<Timestamp> {
    let booker = match patient {
        Some(patient) => person(patient),
        None => crate::clinic::browser("a visitor"),
    };
    let query = booking::FreeTimesQuery { doctor: clinic.doctors[doctor].id, visit_type: None, from: None, to: None };
    let free = booking::free_times(&clinic.app, &booker, query).await.expect("free times");
    free.times.iter().map(|(slot, _)| slot.start).filter(|start| *start < until).collect()
}

/// Every reason against a time of the doctor of this number, as staff are told.
async fn reasons(clinic: &TestClinic, doctor: usize, start: Timestamp) -> Vec<Reason> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let doctor = &clinic.doctors[doctor];
    let conn = &mut reader.conn();
    let found =
        reasons_not_offered(conn, &clinic.app.calendars, doctor.id, doctor.visit_type, start, clinic.clock.now()).await;
    found.expect("reasons").reasons
}

fn gone(result: Result<AppointmentId, AppError>) -> (Vec<Reason>, usize) {
    match result {
        Err(AppError::TimeGone { reasons, nearest, .. }) => (reasons, nearest.len()),
        other => panic!("{other:?}"),
    }
}

/// How many rows use some machine at a moment.
async fn used_at(clinic: &TestClinic, at: Timestamp) -> i64 {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let count = async |conn: &mut Conn<'_>| -> Result<i64, Error> {
        conn.fetch_value(
            "select count(*) from appointments where resource_id is not null and starts_at <= $1 and ends_at > $1
                and status in ('held', 'requested', 'booked', 'arrived')",
            (at,),
        )
        .await
    };
    count(&mut reader.conn()).await.expect("a count")
}

both_databases! {
    /// Random bookings, moves and cancellations with several doctors: never more machines than there are, and no refusal
    /// while one is free. What is listed, what the predicate says and what happens are the same.
    async fn no_machine_serves_two_and_none_stands_idle_while_a_booking_is_refused(clinic: TestClinic) {
        keep(&clinic, 2).await;
        let mut dice = StdRng::seed_from_u64(7);
        let mut booked: Vec<(Actor, usize, AppointmentId)> = Vec::new();
        let (mut refused, mut done) = (0, HashMap::<&str, u32>::new());
        for _ in 0..160 {
            let (doctor, start) = (dice.random_range(0..4), TOMORROW_9.plus_minutes(30 * dice.random_range(0..6)));
            let known = (!booked.is_empty()).then(|| dice.random_range(0..booked.len()));
            let act = dice.random_range(0..10);
            let (patient, doctor, mine) = match known.filter(|_| act >= 5) {
                Some(at) => {
                    let (patient, doctor, id) = booked[at];
                    (patient, doctor, Some((at, id)))
                }
                None => (clinic.patient().await, doctor, None),
            };
            if let (Some((at, id)), true) = (mine, act >= 8) {
                let version = clinic.row(id).await.version;
                booking::cancel(&clinic.app, patient, id, version, None).await.expect("a cancellation");
                booked.remove(at);
                *done.entry("cancelled").or_default() += 1;
                continue;
            }
            // the other machine's user may be this appointment itself, which a move gives up
            let free = expected(&clinic, doctor, start, mine.map(|(_, id)| id)).await;
            let said = reasons(&clinic, doctor, start).await;
            let is_listed = listed(&clinic, None, doctor, TOMORROW_9.plus_minutes(24 * 60)).await.contains(&start);
            assert_eq!(said.is_empty(), is_listed, "{said:?}");
            let outcome = match mine {
                None => clinic.book(patient, doctor, start).await,
                Some((_, id)) => {
                    let version = clinic.row(id).await.version;
                    booking::reschedule(&clinic.app, person(patient), id, version, start).await
                }
            };
            match outcome {
                Ok(id) => {
                    let same = mine.is_some_and(|(_, old)| old == id);
                    assert!(free || same, "booked though nothing was free");
                    assert!(clinic.row(id).await.resource_id.is_some());
                    *done.entry(if mine.is_some() { "moved" } else { "booked" }).or_default() += 1;
                    match mine {
                        Some((at, _)) => booked[at].2 = id,
                        None => booked.push((patient, doctor, id)),
                    }
                }
                Err(AppError::TimeGone { reasons, .. }) => {
                    assert!(!free, "refused though a machine and the doctor were free: {reasons:?}");
                    refused += u32::from(reasons.contains(&Reason::NoResource));
                }
                Err(other) => panic!("{other:?}"),
            }
            assert!(used_at(&clinic, start).await <= 2);
        }
        assert!(refused > 5 && done.len() == 3, "{refused} refused, {done:?}");
        assert_eq!((clinic.count(SHARED).await, clinic.count(OVERLAPS).await), (0, 0));
        assert_history_replays(&clinic).await;
    }

    async fn of_32_who_want_the_last_machines_as_many_win_as_there_are(clinic: TestClinic) {
        keep(&clinic, 2).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for number in 0..32 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            // four doctors, each with one time: without machines, four would win
            tasks.push(tokio::spawn(async move { clinic.book(patient, number % 4, TOMORROW_9).await }));
        }
        let mut won = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => won += 1,
                Err(AppError::TimeGone { reasons, nearest, .. }) => {
                    assert!(reasons.iter().all(|reason| matches!(reason, Reason::NoResource | Reason::Taken)));
                    assert_eq!(nearest.len(), 3);
                }
                Err(AppError::HoldExpired { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((won, clinic.count(SHARED).await), (2, 0));
    }

    /// The predicate inside the unit alone, without the rules of the database.
    async fn the_unit_alone_gives_no_machine_twice(clinic: TestClinic) {
        keep(&clinic, 1).await;
        drop_the_rules(&clinic).await;
        drop_the_rule(&clinic).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for number in 0..16 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { clinic.book(patient, number % 4, TOMORROW_9).await }));
        }
        let mut won = 0;
        for task in tasks {
            won += u32::from(task.await.expect("no task panics").is_ok());
        }
        assert_eq!((won, clinic.count(SHARED).await), (1, 0));
    }

    /// Rows written past the program: the rule of the database alone decides, and an overbooking is no exception.
    async fn the_rule_alone_refuses_a_second_use_at_a_time(clinic: TestClinic) {
        let machines = keep(&clinic, 2).await;
        let at = |minutes| TOMORROW_9.plus_minutes(minutes);
        raw_insert(&clinic, 0, machines[0], at(0), "booked").await.expect("the first");
        let overlapping = raw_insert(&clinic, 1, machines[0], at(29), "held").await.expect_err("an overlap");
        assert_eq!(overlapping.violation(), Some(Violation::ResourceOverlap));
        raw_insert(&clinic, 1, machines[0], at(30), "booked").await.expect("one that only touches");
        raw_insert(&clinic, 2, machines[1], at(0), "booked").await.expect("the other machine");
        raw_insert(&clinic, 3, machines[1], at(0), "cancelled").await.expect("one that is over");
        let marked = clinic.execute("update appointments set overbook = (1 = 1)").await;
        marked.expect("overbooked rows");
        let squeezed = raw_insert(&clinic, 3, machines[0], at(0), "booked").await.expect_err("an overbooking");
        assert_eq!(squeezed.violation(), Some(Violation::ResourceOverlap));
        let one = "update appointments set resource_id = (select id from resources where name = 'Ultrasound 2')";
        let moved = clinic.execute(one).await.expect_err("all on one machine");
        assert_eq!(moved.violation(), Some(Violation::ResourceOverlap));
    }

    /// Every door: hold, book, confirm, a hold that ran out, move, cancel, staff.
    async fn every_door_takes_and_frees_the_machine(clinic: TestClinic) {
        let machine = keep(&clinic, 1).await[0];
        let (first, second, third) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let until = TOMORROW_9.plus_minutes(8 * 60);
        assert!(listed(&clinic, None, 1, until).await.contains(&TOMORROW_9));
        let hold = booking::hold(&clinic.app, person(first), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        assert_eq!(clinic.row(hold).await.resource_id, Some(machine));
        // another doctor's hold took it: the list, the predicate and the booking agree
        assert!(!listed(&clinic, None, 1, until).await.contains(&TOMORROW_9));
        assert_eq!(reasons(&clinic, 1, TOMORROW_9).await, [Reason::NoResource]);
        assert_eq!(gone(clinic.book(second, 1, TOMORROW_9).await), (vec![Reason::NoResource], 3));

        // a hold that ran out frees it, and can no longer be booked when it went to another one
        clinic.clock.set(NOW.plus_minutes(11));
        assert!(listed(&clinic, None, 1, until).await.contains(&TOMORROW_9));
        let booked = clinic.book(second, 1, TOMORROW_9).await.expect("a booking");
        assert_eq!((clinic.row(booked).await.resource_id, clinic.status(hold).await), (Some(machine), Status::Expired));
        let late = booking::confirm(&clinic.app, person(first), hold).await;
        assert!(matches!(late, Err(AppError::HoldExpired { .. })), "{late:?}");

        // a move takes it with it, and may overlap what it gives up
        let version = clinic.row(booked).await.version;
        let later = TOMORROW_9.plus_minutes(60);
        let moved = booking::reschedule(&clinic.app, person(second), booked, version, later).await.expect("a move");
        assert!(listed(&clinic, None, 0, until).await.contains(&TOMORROW_9));
        assert_eq!(gone(clinic.book(third, 2, later).await).0, [Reason::NoResource]);
        let third_booked = clinic.book(third, 2, TOMORROW_9).await.expect("the time that was given up");
        let version = clinic.row(third_booked).await.version;
        let taken = booking::reschedule(&clinic.app, person(third), third_booked, version, later).await;
        assert_eq!(gone(taken).0, [Reason::NoResource]);

        // a cancellation frees it in the same commit
        let version = clinic.row(moved).await.version;
        booking::cancel(&clinic.app, second, moved, version, None).await.expect("a cancellation");
        clinic.book(first, 3, later).await.expect("the time that came free");
        assert_eq!(clinic.count(SHARED).await, 0);
    }

    async fn staff_may_overbook_a_doctor_and_not_a_machine(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let staff = clinic.user(Role::Admin).await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let form = AppointmentForm {
            doctor: clinic.doctors[1].slug.clone(),
            key: Uuid::new_v4().to_string(),
            patient: other.user.to_string(),
            visit_type: clinic.doctors[1].visit_type.to_string(),
            q: "Test Person".into(),
            time: TimeForm {
                start: TOMORROW_9.0.to_string(),
                shown: TOMORROW_9.0.to_string(),
                overbook: "true".into(),
                override_reason: "An emergency".into(),
                ..TimeForm::default()
            },
            ..AppointmentForm::default()
        };
        let refused = front_desk::add(&clinic.app, staff, form.clone()).await.map(|row| row.id);
        assert_eq!(gone(refused).0, [Reason::NoResource]);
        // with a second machine the doctor of the first can be overbooked
        let kind = kind(&clinic).await;
        let (location, name) = (clinic.london.to_string(), "Ultrasound 2".to_owned());
        let second = NewResourceForm { location, kind, new_kind: String::new(), name };
        resources::add(&clinic.app, staff, second).await.expect("a machine");
        let form = AppointmentForm {
            doctor: clinic.doctors[0].slug.clone(),
            visit_type: clinic.doctors[0].visit_type.to_string(),
            ..form
        };
        let squeezed = front_desk::add(&clinic.app, staff, form).await.expect("an overbooking");
        let row: Appointment = clinic.row(squeezed.id).await;
        assert!(row.overbook && row.resource_id.is_some());
        assert_eq!(clinic.count(SHARED).await, 0);
        let view = clinic.view(staff, squeezed.id).await;
        assert_eq!(view.clinic.expect("the clinic's side").resource, "Ultrasound 2");
        assert!(clinic.view(other, squeezed.id).await.clinic.is_none(), "patients are not told");
    }

    async fn a_series_whose_machine_is_taken_in_the_middle_books_nothing(clinic: TestClinic) {
        keep(&clinic, 1).await;
        clinic.execute("update visit_types set most_at_once = 20").await.expect("offering series");
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let week = 7 * 24 * 60;
        let starts: Vec<Timestamp> = (0..4).map(|n| TOMORROW_9.plus_minutes(n * week)).collect();
        clinic.book(other, 1, starts[2]).await.expect("another doctor's patient");
        let form = crate::series::form(&clinic, 0, &starts);
        let refused = booking::series::book(&clinic.app, person(patient), form).await;
        let Err(AppError::TimeGone { reasons, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(reasons, [Reason::NoResource]);
        let of_patient = "select count(*) from appointments where status = 'booked'";
        assert_eq!(clinic.count(of_patient).await, 1);
        let form = crate::series::form(&clinic, 0, &[starts[0], starts[1], starts[3]]);
        booking::series::book(&clinic.app, person(patient), form).await.expect("the others");
        assert_eq!(clinic.count(SHARED).await, 0);
    }

    /// Buffers are kept free in the room as they are at the doctor: the larger of what the two want.
    async fn buffers_are_kept_free_in_the_room_too(clinic: TestClinic) {
        keep(&clinic, 1).await;
        clinic.execute("update visit_types set buffer_after_minutes = 20, step_minutes = 10").await.expect("buffers");
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        clinic.book(first, 0, TOMORROW_9.plus_minutes(60)).await.expect("10am to 10.30am");
        let at = |minutes| TOMORROW_9.plus_minutes(minutes);
        for (minutes, free) in [(10, true), (20, false), (90, false), (100, false), (110, true)] {
            let said = reasons(&clinic, 1, at(minutes)).await;
            assert_eq!(said.is_empty(), free, "{minutes}: {said:?}");
        }
        assert_eq!(gone(clinic.book(second, 1, at(100)).await).0, [Reason::NoResource]);
        clinic.book(second, 1, at(110)).await.expect("after the buffer");
    }

    /// Appointments that lose their machine get another one where one is free; the others stay, and are named.
    async fn a_machine_out_of_use_loses_no_appointment(clinic: TestClinic) {
        let machines = keep(&clinic, 2).await;
        let staff = clinic.user(Role::Admin).await;
        let mut booked = Vec::new();
        for (doctor, minutes) in [(0, 0), (1, 0), (2, 60), (3, 24 * 60)] {
            let patient = clinic.patient().await;
            booked.push(clinic.book(patient, doctor, TOMORROW_9.plus_minutes(minutes)).await.expect("a booking"));
        }
        let before = clinic.count("select count(*) from appointments where status = 'booked'").await;
        let out = ["6", "1", "2026"].map(str::to_owned);
        let lost = clinic.row(booked[0]).await.resource_id.expect("a machine");
        let kept = machines.iter().copied().find(|id| *id != lost).expect("another one");
        let id = lost.to_string();
        let form = |keep_appointments| ResourceForm {
            id: id.clone(),
            version: 1,
            name: "Ultrasound A".into(),
            out: out.clone(),
            keep_appointments,
        };
        let asked = resources::save(&clinic.app, staff, form(None)).await;
        let Err(AppError::AppointmentsOutside { appointments, all }) = asked else { panic!("{asked:?}") };
        assert!(appointments.iter().any(|words| words.contains("no other one is free")), "{appointments:?}");
        assert_eq!(appointments.len(), all as usize);
        assert_eq!(clinic.count("select count(*) from resources where out_of_use_from is not null").await, 0);
        resources::save(&clinic.app, staff, form(Some(all))).await.expect("out of use");
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, before);
        assert_eq!(clinic.row(booked[0]).await.resource_id, Some(lost), "it stays until it is moved");
        for id in &booked[2..] {
            assert_eq!(clinic.row(*id).await.resource_id, Some(kept));
        }
        assert_eq!(clinic.count(SHARED).await, 0);
        let page = resources::resource(&clinic.app, &id).await.expect("its page");
        assert_eq!((page.stranded.len(), page.stranded[0].id), (1, booked[0]));
        // patients are offered what the other machine can do
        assert_eq!(reasons(&clinic, 0, TOMORROW_9.plus_minutes(60)).await, [Reason::NoResource]);
        assert_eq!(reasons(&clinic, 0, TOMORROW_9.plus_minutes(120)).await, []);
        let stale = resources::save(&clinic.app, staff, form(None)).await;
        assert!(matches!(stale, Err(AppError::Conflict)), "{stale:?}");
    }

    async fn wrong_forms_name_their_fields(clinic: TestClinic) {
        keep(&clinic, 1).await;
        let staff = clinic.user(Role::Admin).await;
        let form = |name: &str, new_kind: &str| NewResourceForm {
            location: clinic.london.to_string(),
            kind: "new".into(),
            new_kind: new_kind.into(),
            name: name.into(),
        };
        let code = |result: Result<(), AppError>, field: &str| result.err().and_then(|error| error.code_for(field));
        let twin = resources::add(&clinic.app, staff, form("ultrasound 1", "Laser")).await;
        assert_eq!(code(twin, "name"), Some(FieldCode::NameTaken));
        let nothing = resources::add(&clinic.app, staff, form(" ", "")).await;
        assert_eq!(code(nothing, "new_kind"), Some(FieldCode::Missing));
        // the same kind in other letters is the same kind
        resources::add(&clinic.app, staff, form("Ultrasound 2", "ULTRASOUND")).await.expect("a machine");
        assert_eq!(clinic.count("select count(*) from resource_kinds").await, 1);
        let id = clinic.an_id("select id from resources where name = 'Ultrasound 1'").await.to_string();
        let out = |day: &str| ["4", day, "2026"].map(str::to_owned);
        let form = |out| ResourceForm { id: id.clone(), version: 1, name: "x".into(), out, keep_appointments: None };
        let past = resources::save(&clinic.app, staff, form(out("1"))).await;
        assert_eq!(code(past, "out"), Some(FieldCode::InThePast));
        let no_day = resources::save(&clinic.app, staff, form(out("13"))).await;
        assert_eq!(code(no_day, "out"), Some(FieldCode::NotADate));
        let renamed = resources::rename_kind(&clinic.app, staff, &kind(&clinic).await, "").await;
        assert_eq!(code(renamed, "kind_name"), Some(FieldCode::Missing));
        let visit_type = clinic.doctors[0].visit_type.to_string();
        let page = visit_types::visit_type(&clinic.app, staff, "doctor-1", &visit_type).await.expect("a visit type");
        assert_eq!((page.kinds.len(), page.saved.needs.clone()), (1, kind(&clinic).await));
        let change = visit_types::VisitTypeChange {
            slug: "doctor-1".into(),
            version: page.editing.version,
            id: page.id,
            what: visit_types::What::Save(Box::new(VisitTypeInput { needs: Uuid::new_v4().to_string(), ..page.saved })),
        };
        let unknown = visit_types::change_visit_type(&clinic.app, staff, change).await;
        assert_eq!(code(unknown, "visit_type[needs]"), Some(FieldCode::Unknown));
    }

    /// Another doctor's booking of the last machine reaches open pages and the directory.
    async fn doctors_who_share_machines_are_told_of_each_others_bookings(clinic: TestClinic) {
        keep(&clinic, 1).await;
        clinic.app.directory.shows(clinic.doctors[0].id).await.expect("a directory");
        let version = |doctor: usize| clinic.app.schedule_changes.version(clinic.doctors[doctor].id);
        let before = version(1);
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        assert!(version(1) > before);
        clinic.execute("update visit_types set resource_kind_id = null").await.expect("no needs");
        let other = clinic.patient().await;
        clinic.app.directory.shows(clinic.doctors[0].id).await.expect("a directory");
        let before = version(1);
        clinic.book(other, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking that needs nothing");
        assert_eq!(version(1), before);
    }
}

/// Whether the doctor and some machine are free from `start` for half an hour, by the rows alone.
async fn expected(clinic: &TestClinic, doctor: usize, start: Timestamp, except: Option<AppointmentId>) -> bool {
    const FREE: &str = "select (select count(*) from appointments a where a.doctor_id = $1 and a.starts_at < $3
            and a.ends_at > $2 and a.status in ('held', 'requested', 'booked', 'arrived') and (a.id <> $4 or $4 is null)),
        (select count(*) from resources r where not exists (select 1 from appointments a where a.resource_id = r.id
            and a.starts_at < $3 and a.ends_at > $2 and a.status in ('held', 'requested', 'booked', 'arrived')
            and (a.id <> $4 or $4 is null)))";
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let binds = (clinic.doctors[doctor].id, start, start.plus_minutes(30), except);
    let (busy, machines): (i64, i64) = reader.conn().fetch_one(FREE, binds).await.expect("counts");
    busy == 0 && machines > 0
}

async fn raw_insert(
    clinic: &TestClinic,
    doctor: usize,
    resource: ResourceId,
    start: Timestamp,
    status: &'static str,
) -> Result<(), Error> {
    let (patient, doctor_id, terms) = (clinic.patient().await.user, clinic.doctors[doctor].id, clinic.terms(doctor));
    let unit = test_unit(move |mut tx| {
        let (terms, patient): (_, PersonId) = (terms.clone(), patient);
        Box::pin(async move {
            const SQL: &str =
                "insert into appointments (id, reference, doctor_id, patient_id, terms_id, status, version, starts_at,
                    ends_at, utc_offset_seconds, buffer_before_minutes, buffer_after_minutes, created_at, updated_at,
                    held_until, resource_id)
                values ($1, $2, $3, $4, $5, $6, 1, $7, $8, 0, 0, 0, $9, $9, $9, $10)";
            let terms = terms.write(&mut tx).await?;
            let id = AppointmentId(Uuid::new_v4());
            on!(tx, |c| {
                sqlx::query(SQL)
                    .bind(id)
                    .bind(random::reference())
                    .bind(doctor_id)
                    .bind(patient)
                    .bind(terms)
                    .bind(status)
                    .bind(start)
                    .bind(start.plus_minutes(30))
                    .bind(NOW)
                    .bind(resource)
                    .execute(c)
                    .await?
                    .rows_affected()
            });
            Ok(())
        })
    });
    clinic.app.db.write(unit).await
}

/// A booking that needs nothing asks nothing about rooms and devices, and has no entry in their indexes.
#[tokio::test]
async fn an_ordinary_booking_knows_nothing_of_rooms_and_devices() {
    TestClinic::run(Engine::Postgres, async |clinic| {
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let mut counts = Vec::new();
        for with_machines in [false, true] {
            if with_machines {
                keep(&clinic, 1).await;
                let first = "update visit_types set resource_kind_id = null where doctor_id in (
                    select id from doctors where slug in ('doctor-1', 'doctor-2'))";
                clinic.execute(first).await.expect("two doctors who need nothing");
            }
            let doctor = usize::from(with_machines);
            clinic.app.calendars.forget(clinic.doctors[doctor].id);
            clinic.app.calendars.prepare(&clinic.app.db, clinic.doctors[doctor].id).await.expect("a calendar");
            clinic.book(other, doctor, TOMORROW_9.plus_minutes(60 + 60 * doctor as i64)).await.expect("a warm cache");
            let who = person(patient);
            let start = TOMORROW_9.plus_minutes(240 * doctor as i64);
            let (held, hold) = sent(booking::hold(&clinic.app, who.clone(), clinic.request(doctor, start))).await;
            let (booked, confirm) = sent(booking::confirm(&clinic.app, who, held.expect("a hold"))).await;
            booked.expect("a booking");
            counts.push([hold, confirm]);
        }
        for (before, after) in counts[0].iter().zip(&counts[1]) {
            assert!(!before.is_empty());
            assert_eq!(before.len(), after.len(), "{before:#?} {after:#?}");
        }
        let all = counts.iter().flatten().flatten();
        assert_eq!(all.filter(|sql| sql.contains("resources") || sql.contains("resource_id in")).count(), 0);
        println!("statements of a hold, of its confirmation: {:?}", counts[1].each_ref().map(Vec::len));
        assert_eq!(clinic.count("select count(*) from appointments where resource_id is not null").await, 0);
        let Pools::Postgres(pool) = &clinic.app.db.pools else { unreachable!("asked for PostgreSQL") };
        sqlx::raw_sql("vacuum analyze appointments").execute(pool).await.expect("counted entries");
        let entries = "select coalesce(sum(c.reltuples), 0)::bigint from pg_class c
            where c.relname in ('appointments_resource_index', 'appointments_resource_no_overlap')";
        assert_eq!(clinic.count(entries).await, 0);
    })
    .await;
}
