//! Several appointments booked together: all or none, and afterwards each alone.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    booking::{
        CancelReason, Status,
        series::{Pattern, Pick, PlanForm, SeriesForm, SeriesQuery, plan_key},
        server::{self as booking, series},
    },
    db::{Engine, Error, Violation},
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId, SeriesId},
    on, random,
    time::{Timestamp, server::LocalDate},
    web::request::Actor,
};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person, test_unit},
    front_desk::{doctor, signed_in},
    mail::{everything, send_all, sending_to},
    overlap_rules::drop_the_rules,
    races::{OVERLAPS, assert_history_replays},
    smtp_sink::Sink,
    web::Web,
};

const WEEK: i64 = 7 * 24 * 60;

/// The same time on so many Tuesdays.
pub fn weekly(times: i64) -> Vec<Timestamp> {
    (0..times).map(|week| TOMORROW_9.plus_minutes(week * WEEK)).collect()
}

/// A plan in which each wanted time is taken.
fn plan_of(starts: &[Timestamp]) -> PlanForm {
    let mut plan = PlanForm::default();
    for (place, start) in starts.iter().enumerate() {
        plan.w.insert(plan_key(place), start.0.to_string());
        plan.p.insert(plan_key(place), start.0.to_string());
    }
    plan
}

/// A form of a patient for times of the doctor of this number.
pub fn form(clinic: &TestClinic, doctor: usize, starts: &[Timestamp]) -> SeriesForm {
    SeriesForm {
        key: Uuid::new_v4().to_string(),
        doctor: clinic.doctors[doctor].slug.clone(),
        visit_type: clinic.doctors[doctor].visit_type.to_string(),
        plan: plan_of(starts),
        ..SeriesForm::default()
    }
}

async fn book(clinic: &TestClinic, patient: Actor, doctor: usize, starts: &[Timestamp]) -> Result<SeriesId, AppError> {
    series::book(&clinic.app, person(patient), form(clinic, doctor, starts)).await
}

/// The plan of these times, as the patient sees it.
async fn planned(
    clinic: &TestClinic,
    patient: Actor,
    doctor: usize,
    plan: PlanForm,
) -> docslot::booking::series::SeriesPage {
    let query = SeriesQuery {
        doctor: clinic.doctors[doctor].slug.clone(),
        visit_type: clinic.doctors[doctor].visit_type.to_string(),
        plan,
        ..SeriesQuery::default()
    };
    series::plan(&clinic.app, &person(patient), query).await.expect("a plan")
}

pub async fn offer(clinic: &TestClinic) {
    clinic.execute("update visit_types set most_at_once = 20").await.expect("offering series");
}

async fn booked(clinic: &TestClinic) -> i64 {
    clinic.count("select count(*) from appointments where status = 'booked'").await
}

/// How often each message about several appointments was written, by kind and number of appointments.
async fn messages(clinic: &TestClinic) -> Vec<(String, usize)> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let rows: Vec<(String, String)> =
        reader.conn().fetch_all("select kind, appointments from outbox order by kind", ()).await.expect("messages");
    let count = |json: &str| serde_json::from_str::<Vec<Uuid>>(json).expect("ids").len();
    rows.into_iter().map(|(kind, appointments)| (kind, count(&appointments))).collect()
}

/// The appointments of a series as the actor sees them.
async fn seen(clinic: &TestClinic, actor: Actor, id: SeriesId) -> docslot::booking::series::SeriesDetails {
    series::details(&clinic.app, actor, id).await.expect("a series")
}

both_databases! {
    async fn a_series_is_told_once_and_then_each_appointment_stands_alone(clinic: TestClinic) {
        offer(&clinic).await;
        let patient = clinic.patient().await;
        let id = book(&clinic, patient, 0, &weekly(6)).await.expect("six weeks");
        assert_eq!(messages(&clinic).await, [("appointment_booked".to_owned(), 6)]);
        let all = seen(&clinic, patient, id).await;
        let starts: Vec<Timestamp> = all.appointments.iter().map(|(_, one)| one.summary.starts_at).collect();
        assert_eq!((starts, all.remaining.len(), all.members), (weekly(6), 6, 6));

        let third = all.appointments[2].1.id;
        assert_eq!(clinic.view(patient, third).await.series.expect("a mark").words(), "3 of 6");
        let version = clinic.row(third).await.version;
        let to = TOMORROW_9.plus_minutes(2 * WEEK + 60);
        let moved = booking::reschedule(&clinic.app, person(patient), third, version, to).await.expect("a move");
        let mark = clinic.view(patient, moved).await.series.expect("the same mark");
        assert_eq!((mark.words().as_str(), mark.id), ("3 of 6", id));
        let listed = booking::my_appointments(&clinic.app, patient, docslot::booking::Tab::Upcoming, None).await.expect("a list");
        let marks: Vec<i64> = listed.items.iter().map(|one| one.series.as_ref().expect("a mark").position).collect();
        assert_eq!(marks, [1, 2, 3, 4, 5, 6]);

        let first = all.appointments[0].1.id;
        booking::cancel(&clinic.app, patient, first, 1, None).await.expect("cancelling one");
        assert_eq!(booked(&clinic).await, 5, "the others stand");

        // the rest is cancelled at once, each with its own history
        let now = seen(&clinic, patient, id).await;
        assert_eq!((now.remaining.len(), now.appointments[2].1.id), (5, moved));
        let stale = series::cancel_remaining(&clinic.app, patient, id, all.seen.clone(), None).await;
        assert_eq!(stale, Err(AppError::Conflict), "what changed is not cancelled unseen");
        let strange = clinic.patient().await;
        let other = series::cancel_remaining(&clinic.app, strange, id, now.seen.clone(), None).await;
        assert_eq!(other, Err(AppError::NotFound));
        let wrong = series::cancel_remaining(&clinic.app, patient, id, now.seen.clone(), Some(CancelReason::DoctorAway)).await;
        assert_eq!(wrong, Err(AppError::field("reason", FieldCode::Unknown)));
        assert_eq!(booked(&clinic).await, 5);
        for _ in 0..2 {
            series::cancel_remaining(&clinic.app, patient, id, now.seen.clone(), None).await.expect("cancelling");
        }
        assert_eq!(booked(&clinic).await, 0);
        let cancelled = "select count(*) from appointment_events where action = 'cancel'";
        assert_eq!(clinic.count(cancelled).await, 6);
        let told: Vec<usize> = messages(&clinic).await.into_iter()
            .filter(|(kind, _)| kind == "appointments_cancelled").map(|(_, all)| all).collect();
        assert_eq!(told, [1, 5], "one message about the one, and one about the rest");
        assert_history_replays(&clinic).await;
    }

    async fn one_message_lists_all_with_one_calendar_part_each(clinic: TestClinic) {
        offer(&clinic).await;
        let sink = Sink::accepting().await;
        let (patient, _own) = (clinic.patient().await, doctor(&clinic, 0).await);
        clinic.execute("update doctors set booking_mail = 'all'").await.expect("a doctor who wants to hear");
        book(&clinic, patient, 0, &weekly(3)).await.expect("three weeks");
        assert_eq!(messages(&clinic).await, [("appointment_booked".to_owned(), 3), ("doctor_booked".to_owned(), 3)]);
        send_all(&sending_to(&clinic, &sink)).await;
        let emails = sink.emails();
        assert_eq!(emails.len(), 2, "one to the patient, one to the doctor");
        let said: Vec<String> = emails.iter().map(everything).collect();
        let of = |words: &str| said.iter().find(|said| said.contains(words)).unwrap_or_else(|| panic!("{said:?}"));
        let to_patient = of("Your 3 appointments are booked.");
        for day in ["Tuesday 6 January 2026, 9am", "Tuesday 13 January 2026, 9am", "Tuesday 20 January 2026, 9am"] {
            assert!(to_patient.contains(day), "{to_patient}");
        }
        let uids: std::collections::HashSet<&str> = to_patient.lines().filter(|line| line.starts_with("UID:")).collect();
        assert_eq!(uids.len(), 3, "{to_patient}");
        assert!(of("3 new appointments were booked with you.").contains("Tuesday 13 January 2026"));
    }

    async fn of_32_series_over_the_same_times_each_is_whole_or_not_there(clinic: TestClinic) {
        offer(&clinic).await;
        let clinic = Arc::new(clinic);
        let times: Vec<Timestamp> = (0..16).map(|half| TOMORROW_9.plus_minutes(30 * half)).collect();
        let mut tasks = Vec::new();
        for seed in 0..32 {
            let patient = clinic.patient().await;
            let mut dice = StdRng::seed_from_u64(seed);
            let doctor = usize::from(dice.random_bool(0.5));
            let mut starts: Vec<Timestamp> = times.choose_multiple(&mut dice, 3).copied().collect();
            starts.sort_unstable();
            let clinic = clinic.clone();
            tasks.push(tokio::spawn(async move { book(&clinic, patient, doctor, &starts).await }));
        }
        let mut whole = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => whole += 1,
                Err(AppError::TimeGone { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!((2..=10).contains(&whole), "{whole} series found room");
        assert_eq!(booked(&clinic).await, 3 * whole);
        let not_whole = "select count(*) from appointment_series s
            where (select count(*) from series_members m where m.series_id = s.id) <> 3";
        assert_eq!(clinic.count("select count(*) from appointment_series").await, whole);
        assert_eq!((clinic.count(not_whole).await, clinic.count(OVERLAPS).await), (0, 0));
        assert_eq!(messages(&clinic).await.len() as i64, whole);
        assert_history_replays(&clinic).await;
    }

    async fn one_time_gone_at_the_last_moment_books_nothing_and_keeps_the_plan(clinic: TestClinic) {
        offer(&clinic).await;
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let starts = weekly(3);
        let free = planned(&clinic, patient, 0, plan_of(&starts)).await;
        assert!(free.rows.iter().all(|row| row.conflict.is_empty() && row.pick == Pick::At(row.wanted)));
        clinic.book(other, 0, starts[1]).await.expect("the other patient is quicker");

        let Err(AppError::TimeGone { wanted, reasons, .. }) = book(&clinic, patient, 0, &starts).await else {
            panic!("the second time is gone")
        };
        assert_eq!((wanted.as_str(), reasons), ("Tuesday 13 January, 9am", vec![docslot::availability::Reason::Taken]));
        assert_eq!((booked(&clinic).await, clinic.count("select count(*) from appointment_series").await), (1, 0));
        assert_eq!(messages(&clinic).await.len(), 1, "only the other patient's");

        let again = planned(&clinic, patient, 0, plan_of(&starts)).await;
        let picks: Vec<Pick> = again.rows.iter().map(|row| row.pick).collect();
        assert_eq!(picks, [Pick::At(starts[0]), Pick::Open, Pick::At(starts[2])], "the rest is kept");
        let row = &again.rows[1];
        assert_eq!((row.conflict.as_str(), row.options.len()), ("Another patient has this time.", 3));
        let instead = row.options[0].start;
        assert!(row.options.iter().all(|option| option.start != starts[1]));

        let mut chosen = form(&clinic, 0, &starts);
        chosen.plan.p.insert(plan_key(1), String::new());
        let open = series::book(&clinic.app, person(patient), chosen.clone()).await;
        assert_eq!(open, Err(AppError::field("p[i1]", FieldCode::Missing)));
        chosen.plan.p.insert(plan_key(1), instead.0.to_string());
        let kept = planned(&clinic, patient, 0, chosen.plan.clone()).await;
        assert_eq!(kept.rows[1].pick, Pick::At(instead));
        chosen.plan.p.insert(plan_key(2), "out".into());
        let id = series::book(&clinic.app, person(patient), chosen.clone()).await.expect("what is left of the plan");
        let sent_again = series::book(&clinic.app, person(patient), chosen.clone()).await;
        assert_eq!(sent_again, Ok(id), "the same form books once");
        let stolen = series::book(&clinic.app, person(other), chosen).await;
        assert_eq!(stolen, Err(AppError::NotFound));
        assert_eq!((booked(&clinic).await, seen(&clinic, patient, id).await.appointments.len()), (3, 2));
        // a plan in which everything is left out is none
        let mut none = form(&clinic, 0, &starts[..1]);
        none.plan.p.insert(plan_key(0), "out".into());
        assert_eq!(series::book(&clinic.app, person(patient), none).await, Err(AppError::field("p[i0]", FieldCode::Missing)));
    }

    async fn a_patient_is_not_in_two_places_inside_a_series(clinic: TestClinic) {
        offer(&clinic).await;
        let patient = clinic.patient().await;
        clinic.book(patient, 1, weekly(2)[1]).await.expect("an appointment with another doctor");
        let twice = [TOMORROW_9, weekly(2)[1], TOMORROW_9];
        let page = planned(&clinic, patient, 0, plan_of(&twice)).await;
        assert_eq!(page.rows[0].conflict, "");
        assert_eq!(page.rows[1].conflict, "You have another appointment then: Tuesday 13 January, 9am with Dr doctor-2.");
        assert_eq!(page.rows[2].conflict, "Another time of this plan overlaps it.");
        assert!(page.rows[2].options.iter().all(|option| option.start != TOMORROW_9));
        for wrong in [&twice[..2], &[twice[0], twice[2]]] {
            let refused = book(&clinic, patient, 0, wrong).await;
            assert!(matches!(refused, Err(AppError::TimeGone { .. })), "{refused:?}");
        }
        assert_eq!(booked(&clinic).await, 1);
    }

    async fn limits_count_the_whole_series(clinic: TestClinic) {
        let patient = clinic.patient().await;
        let one = planned(&clinic, patient, 0, PlanForm::default()).await;
        assert_eq!(one.most, 1, "one at a time, unless the visit type says more");
        let field = AppError::field("p[i0]", FieldCode::OutOfRange(1, 1));
        assert_eq!(book(&clinic, patient, 0, &weekly(2)).await, Err(field));
        clinic.execute("update visit_types set most_at_once = 6").await.expect("offering series");
        let field = AppError::field("p[i0]", FieldCode::OutOfRange(1, 6));
        assert_eq!(book(&clinic, patient, 0, &weekly(7)).await, Err(field));

        // ten ahead at most: five, and then six more are too many together
        book(&clinic, patient, 0, &weekly(5)).await.expect("five");
        let later: Vec<Timestamp> = weekly(6).iter().map(|start| start.plus_minutes(60)).collect();
        let many = book(&clinic, patient, 0, &later).await;
        assert_eq!(many, Err(AppError::TooManyAppointments { most: 10 }));
        assert_eq!(booked(&clinic).await, 5, "none of the six");
        book(&clinic, patient, 0, &later[..5]).await.expect("five more");
        assert_eq!(booked(&clinic).await, 10);
    }

    async fn the_local_time_stays_when_the_clocks_change_and_holidays_are_named(clinic: TestClinic) {
        clinic.execute("update visit_types set most_at_once = 20, horizon_days = 180").await.expect("far ahead");
        let london = clinic.london;
        let holiday = LocalDate::new(2026, 4, 6).expect("a date");
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "insert into closures (id, location_id, first_date, last_date, reason) values ($1, $2, $3, $3, 'Easter Monday')";
            on!(tx, |c| sqlx::query(sql).bind(Uuid::now_v7()).bind(london).bind(holiday).execute(c).await?.rows_affected());
            Ok(())
        })).await;
        clinic.execute("update closures set reason = 'Easter Monday'").await.expect("a newer calendar");
        let patient = clinic.patient().await;
        // Mondays and Thursdays from 23 March; the clocks go forward on 29 March
        let pattern = Pattern { date: "2026-03-23".into(), time: "9am".into(), weekdays: "14".into(), weeks: "3".into() };
        let query = SeriesQuery {
            doctor: "doctor-1".into(), visit_type: clinic.doctors[0].visit_type.to_string(), pattern, ..SeriesQuery::default()
        };
        let page = series::plan(&clinic.app, &person(patient), query).await.expect("a plan");
        let words: Vec<&str> = page.rows.iter().map(|row| row.when.as_str()).collect();
        assert_eq!(words, ["Monday 23 March, 9am", "Thursday 26 March, 9am", "Monday 30 March, 9am", "Thursday 2 April, 9am",
            "Monday 6 April, 9am", "Thursday 9 April, 9am"]);
        assert_eq!(page.rows[4].conflict, "The clinic is closed: Easter Monday.");
        assert!(!page.rows[4].options.is_empty() && page.rows[4].pick == Pick::Open);
        let starts: Vec<Timestamp> =
            page.rows.iter().filter(|row| row.conflict.is_empty()).map(|row| row.wanted).collect();
        let id = book(&clinic, patient, 0, &starts).await.expect("five");
        for (_, one) in seen(&clinic, patient, id).await.appointments {
            assert!(clinic.row(one.id).await.local_start.ends_with("T09:00"), "{one:?}");
        }
    }

    async fn the_desk_books_any_series_for_patients_it_knows(clinic: TestClinic) {
        let (patient, staff) = (clinic.patient().await, clinic.user(Role::Admin).await);
        let (own, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let desk = |starts: &[Timestamp]| SeriesForm { patient: patient.user.to_string(), ..form(&clinic, 0, starts) };
        let starts = weekly(8);
        assert_eq!(series::book_at_desk(&clinic.app, patient, desk(&starts)).await, Err(AppError::Forbidden));
        assert_eq!(series::book_at_desk(&clinic.app, other, desk(&starts)).await, Err(AppError::NotFound));
        assert_eq!(series::book_at_desk(&clinic.app, own, desk(&starts)).await, Err(AppError::NotFound),
            "a patient whom this doctor does not know");
        assert_eq!(booked(&clinic).await, 0);
        let id = series::book_at_desk(&clinic.app, staff, desk(&starts)).await.expect("eight weeks");
        assert!(messages(&clinic).await.contains(&("appointment_added".to_owned(), 8)), "the patient hears once");
        assert!(messages(&clinic).await.iter().all(|(kind, all)| kind == "appointment_added" || *all == 8));
        let twelve: Vec<Timestamp> = (8..20).map(|half| TOMORROW_9.plus_minutes(WEEK + 30 * (half - 7))).collect();
        series::book_at_desk(&clinic.app, own, desk(&twelve)).await.expect("past the patients' limit, by their doctor");
        assert_eq!((booked(&clinic).await, clinic.count(OVERLAPS).await), (20, 0));

        // each as its role may see it
        assert_eq!(seen(&clinic, staff, id).await.patient.as_deref(), Some("Test Person"));
        assert_eq!(seen(&clinic, own, id).await.appointments.len(), 8);
        assert_eq!(series::details(&clinic.app, other, id).await.map(|_| ()), Err(AppError::NotFound));
        let query = SeriesQuery {
            doctor: "doctor-1".into(), visit_type: clinic.doctors[0].visit_type.to_string(),
            patient: patient.user.to_string(), plan: plan_of(&starts[..1]), ..SeriesQuery::default()
        };
        let page = series::plan_at_desk(&clinic.app, own, query.clone()).await.expect("a plan");
        assert_eq!((page.most, page.rows[0].pick), (20, Pick::Open));
        assert_eq!(series::plan_at_desk(&clinic.app, patient, query).await.map(|_| ()), Err(AppError::Forbidden));
        let remaining = seen(&clinic, own, id).await.seen;
        series::cancel_remaining(&clinic.app, own, id, remaining, Some(CancelReason::DoctorAway)).await.expect("cancelling");
        assert_eq!(booked(&clinic).await, 12);
    }

    async fn a_series_that_needs_approval_is_requested_whole(clinic: TestClinic) {
        clinic.execute("update visit_types set most_at_once = 3, needs_approval = (1 = 1)").await.expect("approval");
        let patient = clinic.patient().await;
        let id = book(&clinic, patient, 0, &weekly(3)).await.expect("three requests");
        assert_eq!(messages(&clinic).await, [("request_received".to_owned(), 3)]);
        let all = seen(&clinic, patient, id).await.appointments;
        assert!(all.iter().all(|(_, one)| one.status == Status::Requested));
    }

    async fn the_unit_alone_keeps_series_whole(clinic: TestClinic) {
        offer(&clinic).await;
        drop_the_rules(&clinic).await;
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..24 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            // all of them want the third Tuesday
            let starts = [TOMORROW_9.plus_minutes(30 * (n % 12)), TOMORROW_9.plus_minutes(2 * WEEK)];
            tasks.push(tokio::spawn(async move { book(&clinic, patient, 0, &starts).await }));
        }
        let mut won = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => won += 1,
                Err(AppError::TimeGone { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        assert_eq!((won, booked(&clinic).await, clinic.count(OVERLAPS).await), (1, 2, 0));
    }

    /// The second row of a unit breaks the rule of the database: the first goes with it, and so does the series.
    async fn the_rule_alone_keeps_series_whole(clinic: TestClinic) {
        offer(&clinic).await;
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        clinic.book(other, 0, weekly(2)[1]).await.expect("what stands in the way");
        let (first, second) = (clinic.book(patient, 1, TOMORROW_9).await, clinic.book(patient, 1, weekly(2)[1]).await);
        let (first, second) = (clinic.row(first.expect("one")).await, clinic.row(second.expect("two")).await);
        let (doctor, new) = (clinic.doctors[0].id, clinic.patient().await.user);
        let unit = test_unit(move |mut tx| {
            let rows = [first.clone(), second.clone()];
            Box::pin(async move {
                let series = SeriesId(random::id());
                let sql = "insert into appointment_series (id, kind, created_at) values ($1, 'series', $2)";
                tx.execute(sql, (series, TOMORROW_9)).await?;
                for mut row in rows {
                    (row.id, row.reference, row.doctor_id) = (AppointmentId(random::id()), random::reference(), doctor);
                    (row.patient_id, row.version) = (Some(new), 1);
                    row.insert(&mut tx, docslot::booking::Action::Book, patients(new)).await?;
                }
                Ok(())
            })
        });
        let error: Error = clinic.app.db.write(unit).await.expect_err("an overlap");
        assert_eq!(error.violation(), Some(Violation::DoctorOverlap), "{error}");
        assert_eq!((booked(&clinic).await, clinic.count("select count(*) from appointment_series").await), (3, 0));
    }

    async fn the_pages_lead_from_a_plan_to_the_series(clinic: TestClinic) {
        offer(&clinic).await;
        let other = clinic.patient().await;
        clinic.book(other, 0, weekly(2)[1]).await.expect("what stands in the way");
        let web = Web::serve(&clinic.app).await;
        let (mut browser, _) = signed_in(&clinic, &web, "series@example.org", Role::Patient).await;
        let visit_type = clinic.doctors[0].visit_type;
        let times = browser.get(&format!("/doctors/doctor-1/times?visit_type={visit_type}")).await;
        assert!(times.text().contains("Book several appointments at once"), "{}", times.text());
        let page = format!("/doctors/doctor-1/series?visit_type={visit_type}");
        let wrong = browser.get(&format!("{page}&date_day=6&date_month=1&date_year=2026&time=25&weeks=3")).await;
        assert!(wrong.text().contains("Enter a time, like 9, 9:30 or 17:30"), "{}", wrong.text());
        let plan = browser.get(&format!("{page}&date_day=6&date_month=1&date_year=2026&time=9&weeks=3")).await;
        let text = plan.text();
        assert!(text.contains("3 times, 1 to decide.") && text.contains("Another patient has this time."), "{text}");

        let wanted = plan.attributes("name=\"w[i", "value");
        assert_eq!(wanted, weekly(3).iter().map(|start| start.0.to_string()).collect::<Vec<_>>());
        let key = plan.attributes("name=\"key\"", "value").remove(0);
        let instead = plan.attributes("name=\"p[i1]\"", "value").remove(0);
        let doctor = visit_type.to_string();
        let fields = |second: &'static str| [
            ("doctor", "doctor-1"), ("visit_type", doctor.as_str()), ("key", key.as_str()), ("reason", "A knee"), ("phone", ""),
            ("w[i0]", wanted[0].as_str()), ("w[i1]", wanted[1].as_str()), ("w[i2]", wanted[2].as_str()),
            ("p[i0]", wanted[0].as_str()), ("p[i1]", second), ("p[i2]", "out"),
        ];
        let back = browser.submit("/fn/booking/series", &fields("")).await;
        let text = back.text();
        assert!(back.status == 422 && text.contains("Choose a time instead of Tuesday 13 January, 9am, or leave it out"), "{text}");
        assert!(text.contains("A knee"), "what was typed is kept");
        let out = back.body.split("p[i2]").nth(2).is_some_and(|part| part.contains("checked"));
        assert!(out, "the third stays left out");
        let mut chosen = fields("");
        chosen[9].1 = &instead;
        let done = browser.submit("/fn/booking/series", &chosen).await;
        let text = done.text();
        assert!(done.status == 200 && text.contains("2 appointments booked together") && text.contains("1 of 2"), "{text}");
        let cancel = done.attributes("/cancel\"", "href").remove(0);
        let question = browser.get(&cancel).await;
        assert!(question.text().contains("Cancel the remaining 2 appointments?"), "{}", question.text());
        let (id, seen) = (question.attributes("name=\"id\"", "value"), question.attributes("name=\"seen\"", "value"));
        let gone = browser.submit("/fn/booking/cancel_series", &[("id", &id[0]), ("seen", &seen[0]), ("reason", "")]).await;
        assert!(gone.text().contains("Cancelled"), "{}", gone.text());
        assert_eq!(booked(&clinic).await, 1);
    }
}

fn patients(patient: PersonId) -> booking::Author {
    booking::Author { actor: Some(patient), role: docslot::booking::ActorRole::Patient }
}

/// A booking that is no series runs the statements that it ran before there were any.
#[tokio::test]
async fn an_ordinary_booking_knows_nothing_of_series() {
    TestClinic::run(Engine::Sqlite, async |clinic| {
        for sql in ["drop table series_members", "drop table appointment_series"] {
            clinic.execute(sql).await.expect("no table of series");
        }
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a hold and its booking");
        let to = TOMORROW_9.plus_minutes(60);
        let moved = booking::reschedule(&clinic.app, person(patient), id, clinic.row(id).await.version, to).await;
        let moved = moved.expect("a move");
        booking::cancel(&clinic.app, patient, moved, 1, None).await.expect("a cancellation");
        let request = booking::BookingRequest {
            id: AppointmentId(random::id()),
            doctor: clinic.doctors[0].id,
            visit_type: None,
            start: booking::Start::At(TOMORROW_9),
        };
        let booked = booking::book(&clinic.app, person(patient), request, booking::Details::default(), None).await;
        booked.expect("a booking by a program");
    })
    .await;
}
