//! Any doctor, soonest: each patient gets the soonest time that is free, and no two the same.

use std::{collections::HashSet, sync::Arc};

use docslot::{
    accounts::Role,
    booking::{
        Status,
        server::{self as booking, SoonestQuery},
    },
    error::AppError,
    ids::{AppointmentId, DoctorId, SpecialtyId, VisitTypeId},
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TestClinic, TestDoctor, add_doctor, browser, person},
    front_desk::{doctor, signed_in},
    races::OVERLAPS,
    web::Web,
};

/// Today, 9am.
const NINE: Timestamp = Timestamp(NOW.0 + 3_600);

fn anywhere() -> SoonestQuery {
    SoonestQuery { specialty: "general-practice".into(), location: String::new(), person: String::new() }
}

pub async fn soonest(clinic: &TestClinic, patient: Actor) -> Result<(DoctorId, Timestamp, AppointmentId), AppError> {
    let id = booking::hold_soonest(&clinic.app, person(patient), anywhere()).await?;
    let row = clinic.row(id).await;
    assert_eq!((row.status, row.patient_id), (Status::Held, Some(patient.user)));
    Ok((row.doctor_id, row.starts_at, id))
}

/// Four doctors more, like those of the test clinic.
async fn four_more(clinic: &mut TestClinic) {
    let specialty = SpecialtyId(clinic.an_id("select id from specialties").await);
    let london = clinic.london;
    let more: Vec<TestDoctor> = (5..=8)
        .map(|n| TestDoctor {
            id: DoctorId(Uuid::now_v7()),
            slug: format!("doctor-{n}"),
            visit_type: VisitTypeId(Uuid::now_v7()),
        })
        .collect();
    clinic.doctors.extend(more.clone());
    clinic
        .write(move |mut tx| {
            let more = more.clone();
            Box::pin(async move {
                for doctor in &more {
                    add_doctor(&mut tx, doctor, specialty, london).await?;
                }
                Ok(())
            })
        })
        .await;
}

both_databases! {
    async fn sixty_four_patients_get_the_sixty_four_soonest_times_of_eight_doctors(clinic: TestClinic) {
        let mut clinic = clinic;
        four_more(&mut clinic).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for _ in 0..64 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { soonest(&clinic, patient).await }));
        }
        let mut got = HashSet::new();
        for task in tasks {
            let (doctor, start, _) = task.await.expect("no task panics").expect("there is room for all");
            assert!(got.insert((doctor, start)), "the same time twice");
        }
        let wanted: HashSet<(DoctorId, Timestamp)> = clinic.doctors.iter()
            .flat_map(|doctor| (0..8).map(|half| (doctor.id, NINE.plus_minutes(30 * half)))).collect();
        assert_eq!(got, wanted, "nobody got a later time while an earlier one was free");
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn the_doctor_with_the_fewest_appointments_that_day_comes_first(clinic: TestClinic) {
        for (doctor, half) in [(1, 10), (1, 11), (2, 10)] {
            let patient = clinic.patient().await;
            clinic.book(patient, doctor, NINE.plus_minutes(30 * half)).await.expect("an appointment later that day");
        }
        let mut order = Vec::new();
        for _ in 0..5 {
            order.push(soonest(&clinic, clinic.patient().await).await.expect("a time"));
        }
        let place = |at: usize| clinic.doctors.iter().position(|doctor| doctor.id == order[at].0);
        let mut first_two = [place(0), place(1)];
        first_two.sort_unstable();
        assert_eq!((first_two, place(2), place(3)), ([Some(0), Some(3)], Some(2), Some(1)));
        let starts: Vec<Timestamp> = order.iter().map(|(_, start, _)| *start).collect();
        assert_eq!(starts, [NINE, NINE, NINE, NINE, NINE.plus_minutes(30)], "soonest comes before fair");
    }

    async fn among_equals_no_doctor_is_always_the_first(clinic: TestClinic) {
        let mut first = HashSet::new();
        // the holds of the hour before have run out, and all four are free again
        for hour in 0..7 {
            let cut = NINE.plus_minutes(60 * hour - 1);
            clinic.clock.set(cut);
            first.insert(soonest(&clinic, clinic.patient().await).await.expect("a time").0);
        }
        assert!(first.len() > 1, "the same doctor every time");
    }

    async fn a_second_press_gives_the_first_time_back(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let (_, start, first) = soonest(&clinic, patient).await.expect("a time");
        booking::save_details(&clinic.app, person(patient), first, "A knee", "").await.expect("details");
        let (_, again, second) = soonest(&clinic, patient).await.expect("the same time");
        assert_eq!((start, again), (NINE, NINE));
        assert_eq!(clinic.status(first).await, Status::Expired);
        assert_eq!(clinic.reason(second).await, "A knee", "what was typed comes along");
        assert_eq!(clinic.count("select count(*) from appointments where status = 'held'").await, 1);
        let id = booking::confirm(&clinic.app, person(patient), second).await.expect("an ordinary hold");
        assert_eq!(clinic.status(id).await, Status::Booked);
        // the patient's own appointment stands in the way of every doctor
        let (_, after, _) = soonest(&clinic, patient).await.expect("a time");
        assert_eq!(after, NINE.plus_minutes(30));
    }

    async fn only_fitting_visit_types_of_active_doctors_come_into_question(clinic: TestClinic) {
        clinic.execute("update doctors set status = 'paused' where slug = 'doctor-1'").await.expect("a pause");
        clinic.execute("update visit_types set needs_approval = (1 = 1)
            where doctor_id = (select id from doctors where slug = 'doctor-2')").await.expect("approval");
        clinic.execute("update visit_types set mode = 'phone'
            where doctor_id = (select id from doctors where slug = 'doctor-3')").await.expect("by phone");
        clinic.app.directory.publish_change(clinic.doctors[0].id);
        for _ in 0..3 {
            let visitor = browser(&Uuid::now_v7().to_string());
            let id = booking::hold_soonest(&clinic.app, visitor, anywhere()).await.expect("a time");
            assert_eq!(clinic.row(id).await.doctor_id, clinic.doctors[3].id);
        }
        let nowhere = SoonestQuery { location: Uuid::nil().to_string(), ..anywhere() };
        let patient = clinic.patient().await;
        assert_eq!(booking::hold_soonest(&clinic.app, person(patient), nowhere).await, Err(AppError::NotFound));
        let unknown = SoonestQuery { specialty: "nothing".into(), ..anywhere() };
        assert_eq!(booking::hold_soonest(&clinic.app, person(patient), unknown).await, Err(AppError::NotFound));
        clinic.execute("update visit_types set active = (1 = 0)").await.expect("nothing is offered");
        clinic.app.directory.publish_change(clinic.doctors[3].id);
        let none = booking::hold_soonest(&clinic.app, person(patient), anywhere()).await;
        assert!(matches!(none, Err(AppError::TimeGone { .. })), "{none:?}");
    }

    async fn the_pages_lead_from_the_directory_to_the_hold(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut visitor = web.browser();
        let list = visitor.get("/doctors?specialty=general-practice").await;
        assert!(list.body.contains("href=\"/soonest?specialty=general-practice\""), "{}", list.text());
        let page = visitor.get("/soonest?specialty=general-practice").await;
        assert!(page.text().contains("Monday 5 January, 9am"), "{}", page.text());
        let held = visitor.submit("/fn/booking/soonest", &[("specialty", "general-practice"), ("location", "")]).await;
        assert!(held.status == 200 && held.text().contains("Dr doctor-"), "{}", held.text());
        assert_eq!(visitor.get("/soonest?specialty=nothing").await.status, 404);

        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        staff.get("/soonest?specialty=general-practice").await;
        let added = staff.post("/fn/booking/soonest", &[("specialty", "general-practice"), ("location", "")]).await;
        assert!(added.location().starts_with("/doctor/add?doctor=doctor-"), "{}", added.location());
        let own = doctor(&clinic, 0).await;
        let other = booking::page_to_add_soonest(&clinic.app, own, anywhere()).await;
        assert!(other.is_ok() || other == Err(AppError::OtherCalendar), "{other:?}");
    }
}
