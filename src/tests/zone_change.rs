//! Another zone for a location with appointments: they keep their moments or their clock times, all or none.

use docslot::{
    accounts::Role,
    admin::{
        model::locations::{ZoneForm, ZonePage, ZoneQuery},
        server::location_zone,
    },
    booking::{
        Status,
        server::Terms,
        zone_change::{ZoneKeep, ZoneObstacle, ZonePlan},
    },
    error::{AppError, FieldCode},
    ids::{AppointmentId, LocationId},
    web::request::Actor,
};

use crate::{
    booking::DAY,
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    clinic_pages::{seen, staff},
    editor::add_location,
    mail::{parsed, send_all, sending_to},
    races::{OVERLAPS, assert_history_replays},
    smtp_sink::Sink,
    time_off::messages,
    web::Web,
};

async fn page(clinic: &TestClinic, zone: &str, keep: ZoneKeep) -> ZonePage {
    let query = ZoneQuery { id: clinic.london.to_string(), time_zone: zone.into(), keep: keep.into_str().into() };
    location_zone::page(&clinic.app, query).await.expect("a page")
}

async fn plan(clinic: &TestClinic, zone: &str, keep: ZoneKeep) -> ZonePlan {
    page(clinic, zone, keep).await.plan.expect("a plan")
}

async fn change(clinic: &TestClinic, actor: Actor, zone: &str, keep: ZoneKeep, count: u32) -> Result<(), AppError> {
    let seen = seen(clinic, clinic.london).await;
    let form = ZoneForm { id: clinic.london, time_zone: zone.into(), keep: keep.into_str().into(), count, seen };
    location_zone::change(&clinic.app, actor, form).await
}

/// What could have changed, as numbers.
async fn everything(clinic: &TestClinic) -> Vec<i64> {
    vec![
        clinic.count("select count(*) from appointments").await,
        clinic.count("select cast(sum(version) as bigint) from appointments").await,
        clinic.count("select count(*) from appointment_events").await,
        clinic.count("select count(*) from outbox").await,
        clinic.count("select count(*) from audit_entries").await,
        clinic.count("select cast(sum(schedule_version) as bigint) from doctors").await,
        clinic.count("select count(*) from locations where time_zone = 'Europe/London'").await,
    ]
}

async fn successor(clinic: &TestClinic, id: AppointmentId) -> docslot::booking::server::Appointment {
    let old = clinic.row(id).await;
    assert_eq!(old.status, Status::Rescheduled);
    clinic.row(old.rescheduled_to.expect("a new row")).await
}

both_databases! {
    async fn moments_stay_and_the_clocks_show_another_time(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let (actor, patient) = (clinic.user(Role::Admin).await, clinic.patient().await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let second = clinic.book(patient, 1, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        send_all(&app).await;
        let shown = plan(&clinic, "Europe/Paris", ZoneKeep::Moments).await;
        assert_eq!((shown.count, shown.changed, shown.stuck), (2, 2, 0));
        assert_eq!(shown.lines[0].before, "Tuesday 6 January, 9am (London time)");
        assert_eq!(shown.lines[0].after, "Tuesday 6 January, 10am (Paris time)");
        let version = clinic.count("select schedule_version from doctors where slug = 'doctor-1'").await;
        change(&clinic, actor, "Europe/Paris", ZoneKeep::Moments, 2).await.expect("another zone");
        let (old, new) = (clinic.row(id).await, successor(&clinic, id).await);
        assert_eq!((new.starts_at, new.ends_at), (old.starts_at, old.ends_at));
        assert_eq!((new.local_start.as_str(), new.time_zone.as_str(), new.utc_offset_seconds), ("2026-01-06T10:00", "Europe/Paris", 3600));
        assert_eq!((new.status, new.patient_id, new.doctor_id), (Status::Booked, old.patient_id, old.doctor_id));
        let told = messages(&clinic).await;
        assert_eq!(told.len(), 1, "one message about both");
        assert_eq!((told[0].0, told[0].1.as_str()), (patient.user, "appointments_moved"));
        assert_eq!(told[0].2, [new.id, successor(&clinic, second).await.id]);
        assert_eq!(send_all(&app).await.sent, 1);
        let email = sink.emails().pop().expect("a message");
        assert_eq!(parsed(&email).subject(), Some("Moved: 2 of your appointments"));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'location.zone_changed'").await, 1);
        assert!(clinic.count("select schedule_version from doctors where slug = 'doctor-1'").await > version);
        assert_history_replays(&clinic).await;
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn clock_times_stay_and_the_moments_are_others(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let mut booked = Vec::new();
        // side by side: each takes the time that another one gives up
        for minutes in [0, 30, 60, 90] {
            booked.push(clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(minutes)).await.expect("a booking"));
        }
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("approval");
        let request = clinic.book(clinic.patient().await, 1, TOMORROW_9.plus_minutes(DAY)).await.expect("a request");
        assert_eq!(plan(&clinic, "Europe/Paris", ZoneKeep::ClockTimes).await.count, 5);
        change(&clinic, actor, "Europe/Paris", ZoneKeep::ClockTimes, 5).await.expect("another zone");
        for id in booked {
            let (old, new) = (clinic.row(id).await, successor(&clinic, id).await);
            assert_eq!(new.starts_at, old.starts_at.plus_minutes(-60), "Paris is an hour ahead");
            assert_eq!(new.ends_at.minutes_since(new.starts_at), 30);
            assert_eq!((new.local_start, new.time_zone.as_str()), (old.local_start, "Europe/Paris"));
        }
        let (old, new) = (clinic.row(request).await, successor(&clinic, request).await);
        assert_eq!((new.status, new.answer_by), (Status::Requested, old.answer_by), "a request stays one");
        assert_history_replays(&clinic).await;
        assert_eq!(clinic.count(OVERLAPS).await, 0);
    }

    async fn a_number_that_changed_meanwhile_changes_nothing(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let before = everything(&clinic).await;
        for count in [0, 2] {
            let refused = change(&clinic, actor, "Europe/Paris", ZoneKeep::Moments, count).await;
            assert_eq!(refused, Err(AppError::Conflict));
        }
        let unknown = change(&clinic, actor, "Mars/Olympus", ZoneKeep::Moments, 1).await;
        assert_eq!(unknown, Err(AppError::field("time_zone", FieldCode::UnknownZone)));
        let form = ZoneForm { id: clinic.london, time_zone: "Europe/Paris".into(), keep: "moments".into(), count: 1, seen: "another".into() };
        assert_eq!(location_zone::change(&clinic.app, actor, form).await, Err(AppError::Conflict));
        assert_eq!(everything(&clinic).await, before);
    }

    async fn appointments_that_cannot_keep_their_clock_time_are_named_and_nothing_changes(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let first = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        add_location(&clinic, "Quay", "Europe/London").await;
        let quay = LocationId(clinic.an_id("select id from locations where name = 'Quay'").await);
        let terms = Terms { location_id: quay, ..clinic.row(first).await.terms() };
        clinic.write(move |mut tx| {
            let terms = terms.clone();
            Box::pin(async move {
                let terms = terms.write(&mut tx).await?;
                tx.execute("update appointments set terms_id = $1", (terms,)).await?;
                Ok(())
            })
        }).await;
        let stuck = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        // the doctor is at the Quay an hour earlier
        let shown = plan(&clinic, "Europe/Paris", ZoneKeep::ClockTimes).await;
        assert_eq!((shown.count, shown.stuck), (1, 1));
        assert_eq!((shown.lines[0].id, shown.lines[0].obstacle), (stuck, Some(ZoneObstacle::DoctorBusy)));
        let before = everything(&clinic).await;
        let refused = change(&clinic, actor, "Europe/Paris", ZoneKeep::ClockTimes, 1).await;
        assert_eq!(refused, Err(AppError::AppointmentsAhead { appointments: 1 }));
        assert_eq!(everything(&clinic).await, before);
        change(&clinic, actor, "Europe/Paris", ZoneKeep::Moments, 1).await.expect("the moment can stay");
    }

    async fn the_past_and_missing_hours_stand_in_the_way_of_clock_times(clinic: TestClinic) {
        // 9am in London is later than 9am in Auckland, which was twelve hours and more before
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.clock.set(TOMORROW_9.plus_minutes(-60));
        let shown = plan(&clinic, "Pacific/Auckland", ZoneKeep::ClockTimes).await;
        assert_eq!(shown.lines[0].obstacle, Some(ZoneObstacle::InThePast));
    }

    async fn a_zone_with_the_same_clocks_tells_nobody(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let before = clinic.row(id).await;
        for keep in [ZoneKeep::Moments, ZoneKeep::ClockTimes] {
            assert_eq!(plan(&clinic, "Europe/Dublin", keep).await.changed, 0);
        }
        change(&clinic, actor, "Europe/Dublin", ZoneKeep::Moments, 1).await.expect("another zone");
        let after = clinic.row(id).await;
        assert_eq!((after.version, after.status, after.starts_at), (before.version, Status::Booked, before.starts_at));
        assert_eq!(after.time_zone, "Europe/Dublin");
        assert_eq!(messages(&clinic).await, []);
    }

    async fn the_page_shows_what_would_happen_and_the_button_does_it(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        let place = format!("/admin/locations/{}", clinic.london);
        assert!(staff.get(&place).await.body.contains(&format!("{place}/zone")), "a way there");
        let page = staff.get(&format!("{place}/zone?time_zone=Europe/Paris&keep=moments")).await;
        for words in ["What would happen to 1 appointment", "Tuesday 6 January, 9am (London time)", "Tuesday 6 January, 10am (Paris time)", "Change the zone and 1 appointment"] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        let wrong = staff.get(&format!("{place}/zone?time_zone=Mars/Olympus&keep=moments")).await;
        assert!(wrong.text().contains("Choose a time zone from the list"), "{}", wrong.text());
        staff.get(&format!("{place}/zone?time_zone=Europe/Paris&keep=moments")).await;
        let (id, seen) = (clinic.london.to_string(), seen(&clinic, clinic.london).await);
        let fields = |count: &'static str| {
            [("id", id.as_str()), ("time_zone", "Europe/Paris"), ("keep", "moments"), ("count", count), ("seen", seen.as_str())]
        };
        let refused = staff.submit("/fn/admin/change_zone", &fields("7")).await;
        assert!(refused.text().contains("Nothing was changed"), "{}", refused.text());
        let answer = staff.post("/fn/admin/change_zone", &fields("1")).await;
        assert_eq!(answer.location(), "/admin/locations?done=saved");
        assert_eq!(clinic.count("select count(*) from locations where time_zone = 'Europe/Paris'").await, 1);
    }
}
