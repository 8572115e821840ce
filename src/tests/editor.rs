//! The availability editor: what is typed is checked as one, what is saved is bookable at once, and no booked visit moves.

use docslot::{
    accounts::Role,
    availability::{
        model::{
            hours::{HoursDraft, WeekHours, WindowInput},
            overrides::DateDraft,
            visit_types::VisitTypeInput,
        },
        server::{
            hours::{self, HoursChange},
            overrides::{self, DateToSave},
            visit_types::{self, VisitTypeChange, What},
        },
    },
    booking::{
        Status,
        server::{self as booking, TimesQuery},
    },
    db::Error,
    doctors::{DirectoryQuery, server as doctors},
    error::{AppError, FieldCode},
    ids::{LocationId, UserId},
    on,
    server::request::Actor,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser},
    web::{Answer, Browser, Web},
};

/// A Tuesday, as `TOMORROW_9` is.
const TUESDAY: u8 = 2;

fn window(clinic: &TestClinic, from: &str, to: &str) -> WindowInput {
    WindowInput {
        from: from.into(),
        to: to.into(),
        place: clinic.london.to_string(),
        since: "2026-01-05".into(),
        every: "1".into(),
        ..WindowInput::default()
    }
}

/// The account of the first doctor.
async fn doctor(clinic: &TestClinic) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    give_login(clinic, 0, actor.user).await;
    actor
}

async fn give_login(clinic: &TestClinic, number: usize, user: UserId) {
    let doctor = clinic.doctors[number].id;
    clinic
        .write(move |mut tx| async move {
            let sql = "update doctors set user_id = $1 where id = $2";
            on!(tx.conn(), |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
            Ok::<_, Error>((tx, ()))
        })
        .await;
}

async fn add_place(clinic: &TestClinic, name: &'static str, zone: &'static str) -> LocationId {
    let id = LocationId(Uuid::now_v7());
    clinic
        .write(move |mut tx| async move {
            let sql = "insert into locations (id, name, address, phone, time_zone) values ($1, $2, '1 Quay', '1', $3)";
            on!(tx.conn(), |c| sqlx::query(sql).bind(id).bind(name).bind(zone).execute(c).await?.rows_affected());
            Ok::<_, Error>((tx, ()))
        })
        .await;
    id
}

async fn week(clinic: &TestClinic, actor: Actor) -> WeekHours {
    hours::week_hours(&clinic.app, actor, "", None).await.expect("a week")
}

async fn version(clinic: &TestClinic, actor: Actor) -> i64 {
    week(clinic, actor).await.editing.version
}

async fn save(clinic: &TestClinic, actor: Actor, draft: HoursDraft, keep_visits: Option<u32>) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    hours::save_hours(&clinic.app, actor, HoursChange { slug: String::new(), version, draft, keep_visits }).await
}

fn tuesday(windows: Vec<WindowInput>) -> HoursDraft {
    HoursDraft { weekday: TUESDAY, windows, copy: Vec::new() }
}

/// The times of one day that a stranger is offered by the first doctor.
async fn times(clinic: &TestClinic, date: &str) -> Vec<String> {
    let query = TimesQuery {
        doctor_slug: clinic.doctors[0].slug.clone(),
        visit_type: clinic.doctors[0].visit,
        from: None,
        day: Some(date.parse().expect("a date")),
        moving: None,
    };
    let page = booking::days(&clinic.app, &browser("nobody"), query).await.expect("a page");
    page.day.map(|day| day.times.into_iter().map(|time| time.label).collect()).unwrap_or_default()
}

fn invalid(error: Result<(), AppError>) -> Vec<(String, FieldCode)> {
    match error {
        Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| (error.field, error.code)).collect(),
        other => panic!("not refused for its fields: {other:?}"),
    }
}

fn at(field: &str, code: FieldCode) -> (String, FieldCode) {
    (field.to_owned(), code)
}

both_databases! {
    async fn new_hours_are_typed_freely_listed_at_once_and_bookable(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let before = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a directory");
        assert!(before.cards.iter().all(|card| card.next.as_deref() == Some("Monday 5 January, 9am")));
        let all_week = HoursDraft {
            weekday: 1,
            windows: vec![window(&clinic, "7", "8.30"), window(&clinic, "10pm", "2400"), window(&clinic, " ", "")],
            copy: vec![2, 3, 4, 5, 6, 7],
        };
        save(&clinic, actor, all_week, None).await.expect("saving");
        assert_eq!(times(&clinic, "2026-01-06").await, ["7am", "7:30am", "8am", "10pm", "10:30pm", "11pm", "11:30pm"]);
        let cards = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a directory").cards;
        let card = cards.iter().find(|card| card.slug == "doctor-1").expect("the doctor");
        // it is 8am, and the last start before 8:30am is 8am itself
        assert_eq!(card.next.as_deref(), Some("Monday 5 January, 8am"));
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9.plus_minutes(-120)).await.expect("7am can be booked");
        let saved = week(&clinic, actor).await;
        let words: Vec<Vec<&str>> =
            saved.days.iter().map(|day| day.windows.iter().map(|window| window.time.as_str()).collect()).collect();
        assert_eq!(words, vec![vec!["7am to 8:30am", "10pm to midnight"]; 7]);
        assert_eq!((saved.days[6].inputs[1].from.as_str(), saved.days[6].inputs[1].to.as_str()), ("22:00", "24:00"));
        // seven days of seven times, without the one just booked
        assert_eq!(saved.preview.lines[0].times, 48);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'hours.changed'").await, 1);
    }

    async fn of_two_saves_with_one_version_one_wins_and_the_other_changes_nothing(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let version = version(&clinic, actor).await;
        let change = |from: &str| HoursChange {
            slug: String::new(),
            version,
            draft: tuesday(vec![window(&clinic, from, "12")]),
            keep_visits: None,
        };
        let (one, other) = tokio::join!(
            hours::save_hours(&clinic.app, actor, change("8")),
            hours::save_hours(&clinic.app, actor, change("10")),
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        assert_eq!(one.and(other), Err(AppError::Conflict));
        let tuesday = week(&clinic, actor).await.days.swap_remove(1);
        assert_eq!(tuesday.windows.len(), 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'hours.changed'").await, 1);
    }

    async fn contradictory_hours_are_refused_and_nothing_is_half_saved(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let harbour = add_place(&clinic, "Harbour", "Europe/London").await;
        let w = |from: &str, to: &str| window(&clinic, from, to);
        let elsewhere = |from: &str, to: &str| WindowInput { place: harbour.to_string(), ..w(from, to) };
        let dated = |since: &str, until: &str| WindowInput { since: since.into(), until: until.into(), ..w("9", "17") };
        for (windows, errors) in [
            (vec![w("17", "9")], vec![at("windows[0][to]", FieldCode::EndsBeforeStart)]),
            (vec![w("9", "9")], vec![at("windows[0][to]", FieldCode::EndsBeforeStart)]),
            (vec![w("nine", "25")], vec![at("windows[0][from]", FieldCode::NotATime), at("windows[0][to]", FieldCode::NotATime)]),
            (vec![w("9", "")], vec![at("windows[0][to]", FieldCode::Missing)]),
            (vec![w("9", "12"), w("11:30", "15")], vec![at("windows[1][from]", FieldCode::Overlaps)]),
            (vec![w("9", "12"), elsewhere("11:59", "15")], vec![at("windows[1][from]", FieldCode::Overlaps)]),
            (vec![WindowInput { place: Uuid::now_v7().to_string(), ..w("9", "12") }], vec![at("windows[0][place]", FieldCode::Unknown)]),
            (vec![WindowInput { visit: clinic.doctors[1].visit.to_string(), ..w("9", "12") }], vec![at("windows[0][visit]", FieldCode::Unknown)]),
            (vec![WindowInput { every: "3".into(), ..w("9", "12") }], vec![at("windows[0][every]", FieldCode::OutOfRange(1, 2))]),
            (vec![dated("2026-03-02", "2026-03-01")], vec![at("windows[0][until]", FieldCode::EndsBeforeStart)]),
            (vec![dated("2025-03-02", "2026-01-04")], vec![at("windows[0][until]", FieldCode::InThePast)]),
            (vec![dated("2026-02-30", "soon")], vec![at("windows[0][since]", FieldCode::NotADate), at("windows[0][until]", FieldCode::NotADate)]),
        ] {
            assert_eq!(invalid(save(&clinic, actor, tuesday(windows.clone()), None).await), errors, "{windows:?}");
        }
        let everything = HoursDraft { weekday: 8, ..HoursDraft::default() };
        assert_eq!(save(&clinic, actor, everything, None).await, Err(AppError::BadRequest));
        assert_eq!(save(&clinic, actor, tuesday(vec![w("9", "10"); 9]), None).await, Err(AppError::BadRequest));
        let saved = week(&clinic, actor).await;
        assert_eq!(saved.editing.version, 1, "not even the version");
        assert!(saved.days.iter().all(|day| day.windows[0].time == "9am to 5pm"));

        // what only looks alike: after each other, in different months, in alternating weeks
        let month = |since: &str, until: &str| WindowInput { since: since.into(), until: until.into(), ..w("18", "20") };
        let second = |since: &str| WindowInput { every: "2".into(), since: since.into(), ..elsewhere("20", "21") };
        let fine = vec![
            w("9", "17"),
            elsewhere("17", "18"),
            month("2026-01-05", "2026-01-31"),
            month("2026-02-01", ""),
            second("2026-01-06"),
            WindowInput { place: clinic.london.to_string(), ..second("2026-01-13") },
        ];
        save(&clinic, actor, tuesday(fine), None).await.expect("no two of them meet");
    }

    async fn places_in_different_zones_are_compared_by_the_moment(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let abroad = add_place(&clinic, "Abroad", "America/New_York").await;
        let there = |from: &str, to: &str| WindowInput { place: abroad.to_string(), ..window(&clinic, from, to) };
        // noon in New York is 5pm in London, where the doctor works until 5pm
        let meets = vec![window(&clinic, "9", "17"), there("11", "12")];
        let refused = invalid(save(&clinic, actor, tuesday(meets), None).await);
        assert_eq!(refused, [at("windows[1][from]", FieldCode::Overlaps)], "the same hours of the day are enough");
        let meets = vec![window(&clinic, "14", "18"), there("11", "13")];
        let refused = invalid(save(&clinic, actor, tuesday(meets), None).await);
        assert_eq!(refused, [at("windows[0][from]", FieldCode::Overlaps)], "11am there is 4pm here");
        save(&clinic, actor, tuesday(vec![window(&clinic, "9", "11"), there("12", "13")]), None).await.expect("apart");
    }

    async fn two_visit_types_may_share_a_window_at_one_place_only(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let harbour = add_place(&clinic, "Harbour", "Europe/London").await;
        let typed = VisitTypeInput { name: "Follow-up".into(), ..visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved };
        change(&clinic, actor, "", What::Save(Box::new(typed))).await.expect("a second visit type");
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        let only = |n: usize, place: LocationId| WindowInput {
            visit: list[n].id.clone(),
            place: place.to_string(),
            ..window(&clinic, "9", "12")
        };
        let refused = save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(1, harbour)]), None).await;
        assert_eq!(invalid(refused), [at("windows[1][from]", FieldCode::Overlaps)]);
        let refused = save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(0, clinic.london)]), None).await;
        assert_eq!(invalid(refused), [at("windows[1][from]", FieldCode::Overlaps)]);
        save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(1, clinic.london)]), None).await.expect("told apart");
        let in_use = change(&clinic, actor, &list[1].id, What::Remove).await;
        assert_eq!(in_use, Err(AppError::field("id", FieldCode::InUse)), "hours refer to it");
    }

    async fn every_second_week_gives_times_in_alternating_weeks(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let second = WindowInput { every: "2".into(), since: "2026-01-06".into(), ..window(&clinic, "9", "10") };
        save(&clinic, actor, tuesday(vec![second]), None).await.expect("saving");
        let mut offered = Vec::new();
        for date in ["2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27"] {
            offered.push(times(&clinic, date).await.len());
        }
        assert_eq!(offered, [2, 0, 2, 0]);
    }

    async fn a_change_that_drops_a_booked_visit_asks_first_and_never_touches_it(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let patient = clinic.patient().await;
        let kept = clinic.book(patient, 0, TOMORROW_9).await.expect("an early visit");
        let dropped = clinic.book(patient, 0, TOMORROW_9.plus_minutes(7 * 60)).await.expect("a late visit");
        let row = clinic.row(dropped).await;
        let shorter = || tuesday(vec![window(&clinic, "9", "16")]);
        let question = save(&clinic, actor, shorter(), None).await;
        let words = format!("Tuesday 6 January, 4pm, {}", row.reference);
        assert_eq!(question, Err(AppError::VisitsOutside { visits: vec![words], all: 1 }));
        assert_eq!(save(&clinic, actor, shorter(), Some(2)).await, question, "the number must be right");
        assert_eq!(version(&clinic, actor).await, 1, "nothing was saved");
        assert_eq!(times(&clinic, "2026-01-06").await.last().map(String::as_str), Some("4:30pm"));

        save(&clinic, actor, shorter(), Some(1)).await.expect("they were told");
        let after = clinic.row(dropped).await;
        assert_eq!((after.status, after.version, after.starts_at), (row.status, row.version, row.starts_at));
        assert_eq!(clinic.status(kept).await, Status::Booked);
        assert_eq!(times(&clinic, "2026-01-06").await.last().map(String::as_str), Some("3:30pm"));
        // it lies outside already, so a further change says nothing of it
        save(&clinic, actor, tuesday(vec![window(&clinic, "9", "15")]), None).await.expect("no question");
        // a cancelled visit does not count either
        let version = clinic.row(kept).await.version;
        booking::cancel(&clinic.app, patient, kept, version, None).await.expect("cancelling");
        save(&clinic, actor, tuesday(Vec::new()), None).await.expect("nobody is left outside");
    }

    async fn one_date_can_be_closed_replaced_extended_and_given_back(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let harbour = add_place(&clinic, "Harbour", "Europe/London").await;
        let date = |change: &str, windows: Vec<WindowInput>| DateDraft {
            date: "2026-01-06".into(),
            change: change.into(),
            windows,
        };
        let w = |from: &str, to: &str| window(&clinic, from, to);
        save_date(&clinic, actor, date("add", vec![w("18", "19")]), None).await.expect("more hours");
        assert_eq!(times(&clinic, "2026-01-06").await.len(), 18);
        save_date(&clinic, actor, date("replace", vec![w("10", "11"), w("13", "14")]), None).await.expect("other hours");
        assert_eq!(times(&clinic, "2026-01-06").await, ["10am", "10:30am", "1pm", "1:30pm"]);
        assert_eq!(times(&clinic, "2026-01-07").await.len(), 16, "other days keep their hours");
        let there = WindowInput { place: harbour.to_string(), ..w("9", "10") };
        save_date(&clinic, actor, date("replace", vec![there]), None).await.expect("another place");
        assert_eq!(times(&clinic, "2026-01-06").await, ["9am", "9:30am"], "instead of the hours at every place");
        save_date(&clinic, actor, date("replace", vec![w("10", "11"), w("13", "14")]), None).await.expect("as before");
        let page = overrides::single_dates(&clinic.app, actor, "").await.expect("a page");
        assert_eq!((page.dates.len(), page.dates[0].windows.len()), (1, 2), "a date has one change");

        let patient = clinic.patient().await;
        let visit = clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("10am");
        let question = save_date(&clinic, actor, date("closed", Vec::new()), None).await;
        assert!(matches!(question, Err(AppError::VisitsOutside { all: 1, .. })), "{question:?}");
        assert_eq!(times(&clinic, "2026-01-06").await, ["10:30am", "1pm", "1:30pm"], "nothing was saved");
        save_date(&clinic, actor, date("closed", Vec::new()), Some(1)).await.expect("they were told");
        assert!(times(&clinic, "2026-01-06").await.is_empty());
        assert_eq!(clinic.status(visit).await, Status::Booked);

        let refused = |result| invalid(result);
        let add = |windows| date("add", windows);
        let two_places = add(vec![WindowInput { place: harbour.to_string(), ..w("12", "18") }]);
        assert_eq!(refused(save_date(&clinic, actor, two_places, None).await), [at("windows[0][from]", FieldCode::Overlaps)]);
        let overlap = add(vec![w("18", "20"), w("19", "21")]);
        assert_eq!(refused(save_date(&clinic, actor, overlap, None).await), [at("windows[1][from]", FieldCode::Overlaps)]);
        assert_eq!(refused(save_date(&clinic, actor, add(Vec::new()), None).await), [at("windows[0][from]", FieldCode::Missing)]);
        for (day, code) in [("2026-01-04", FieldCode::InThePast), ("", FieldCode::Missing), ("6/1/2026", FieldCode::NotADate)] {
            let draft = DateDraft { date: day.into(), ..date("closed", Vec::new()) };
            assert_eq!(refused(save_date(&clinic, actor, draft, None).await), [at("date", code)]);
        }
        assert_eq!(refused(save_date(&clinic, actor, date("", Vec::new()), None).await), [at("change", FieldCode::Unknown)]);
        assert!(times(&clinic, "2026-01-06").await.is_empty(), "still closed");

        remove_date(&clinic, actor, "2026-01-06", None).await.expect("the weekly hours again");
        assert_eq!(times(&clinic, "2026-01-06").await.len(), 15);
        assert_eq!(remove_date(&clinic, actor, "2026-01-06", None).await, Err(AppError::NotFound));
        save_date(&clinic, actor, date("add", vec![w("18", "19")]), None).await.expect("more hours");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(9 * 60)).await.expect("6pm");
        let question = remove_date(&clinic, actor, "2026-01-06", None).await;
        assert!(matches!(question, Err(AppError::VisitsOutside { all: 1, .. })), "{question:?}");
    }

    async fn visit_types_are_made_changed_ordered_and_kept_while_in_use(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        let typed = |name: &str| VisitTypeInput { name: name.into(), minutes: "20".into(), step: "20".into(), notice: "0".into(), ..fresh.clone() };
        change(&clinic, actor, "", What::Save(Box::new(typed("Follow-up")))).await.expect("a new one");
        let taken = change(&clinic, actor, "", What::Save(Box::new(typed(" FOLLOW-UP ")))).await;
        assert_eq!(taken, Err(AppError::field("visit[name]", FieldCode::NameTaken)));
        let names = async || -> Vec<String> {
            let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list");
            list.rows.into_iter().map(|row| row.name).collect()
        };
        assert_eq!(names().await, ["Consultation", "Follow-up"]);
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        let (old, new) = (list[0].id.clone(), list[1].id.clone());
        change(&clinic, actor, &new, What::Move { up: true }).await.expect("up");
        change(&clinic, actor, &new, What::Move { up: true }).await.expect("no further");
        assert_eq!(names().await, ["Follow-up", "Consultation"]);

        let patient = clinic.patient().await;
        let visit = clinic.book(patient, 0, TOMORROW_9).await.expect("a consultation");
        let row = clinic.row(visit).await;
        let mut longer = visit_types::visit_type(&clinic.app, actor, "", &old).await.expect("a form").saved;
        longer.minutes = "60".into();
        longer.step = "60".into();
        longer.after = "721".into();
        let refused = change(&clinic, actor, &old, What::Save(Box::new(longer.clone()))).await;
        assert_eq!(invalid(refused), [at("visit[after]", FieldCode::OutOfRange(0, 720))]);
        longer.after = "0".into();
        change(&clinic, actor, &old, What::Save(Box::new(longer))).await.expect("an hour");
        let after = clinic.row(visit).await;
        assert_eq!((after.ends_at, after.version), (row.ends_at, row.version), "the booked visit is as it was agreed");
        assert_eq!(times(&clinic, "2026-01-07").await.len(), 8);

        let in_use = change(&clinic, actor, &old, What::Remove).await;
        assert_eq!(in_use, Err(AppError::field("id", FieldCode::InUse)));
        change(&clinic, actor, &old, What::Offer(false)).await.expect("no longer offered");
        change(&clinic, actor, &new, What::Remove).await.expect("nothing refers to it");
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        assert_eq!((list.len(), list[0].active), (1, false));
        let profile = doctors::profile(&clinic.app, "doctor-1").await.expect("a profile");
        assert!(profile.visit_types.is_empty(), "online booking is closed");
        assert_eq!(change(&clinic, actor, &new, What::Offer(true)).await, Err(AppError::NotFound));
    }

    async fn a_new_visit_type_begins_with_the_clinics_cut_off(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        assert_eq!((fresh.cutoff.as_str(), fresh.cutoff_unit.as_str()), ("1", "days"));
        clinic.write(|mut tx| async move {
            let sql = "insert into clinic_settings (id, name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version)
                values (1, 'Clinic', '1', '112', $1, 48, 180, 1)";
            on!(tx.conn(), |c| sqlx::query(sql).bind(true).execute(c).await?.rows_affected());
            Ok::<_, Error>((tx, ()))
        }).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        assert_eq!((fresh.cutoff.as_str(), fresh.cutoff_unit.as_str()), ("3", "hours"));
    }

    async fn only_the_doctor_and_the_staff_may(clinic: TestClinic) {
        let (actor, patient, staff) = (doctor(&clinic).await, clinic.patient().await, clinic.user(Role::Admin).await);
        let change = |slug: &str, draft| HoursChange { slug: slug.into(), version: 1, draft, keep_visits: None };
        let hours_of = async |actor, slug: &str| {
            let wrong = HoursDraft { weekday: 9, ..HoursDraft::default() };
            let read = hours::week_hours(&clinic.app, actor, slug, None).await.map(|_| ());
            let dates = overrides::single_dates(&clinic.app, actor, slug).await.map(|_| ());
            let types = visit_types::visit_types(&clinic.app, actor, slug).await.map(|_| ());
            assert_eq!((&dates, &types), (&read, &read));
            (read, hours::save_hours(&clinic.app, actor, change(slug, wrong)).await)
        };
        let refused = |error: AppError| (Err(error.clone()), Err(error));
        assert_eq!(hours_of(patient, "doctor-1").await, refused(AppError::Forbidden));
        assert_eq!(hours_of(actor, "doctor-2").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "nobody").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "doctor-2").await, (Ok(()), Err(AppError::BadRequest)));
        let other_visit = VisitTypeChange { slug: String::new(), version: 1, id: clinic.doctors[1].visit.to_string(), what: What::Remove };
        assert_eq!(visit_types::change_visit_type(&clinic.app, actor, other_visit).await, Err(AppError::NotFound));
        hours::save_hours(&clinic.app, staff, change("doctor-2", tuesday(Vec::new()))).await.expect("staff may");
    }

    async fn the_week_is_edited_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        let page = browser.get("/doctor/availability").await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Patients will see 112 times a week for Consultation"), "{}", page.text());
        let page = browser.get("/doctor/availability?day=2").await;
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["09:00"]);
        let ids = page.attributes(" id=\"", "id");
        let mut unique = ids.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "ids are unique: {ids:?}");
        let place = clinic.london.to_string();
        let sent = |from: &'static str, more: &[(&'static str, &'static str)]| {
            let mut fields = vec![
                ("doctor".to_owned(), String::new()), ("version".into(), "1".into()), ("weekday".into(), "2".into()),
                ("windows[0][from]".into(), from.into()), ("windows[0][to]".into(), "12".into()), ("windows[0][place]".into(), place.clone()),
                ("windows[0][visit]".into(), String::new()), ("windows[0][since]".into(), "2026-01-05".into()),
                ("windows[0][until]".into(), String::new()), ("windows[0][every]".into(), "1".into()),
                ("windows[1][from]".into(), String::new()), ("windows[1][to]".into(), String::new()), ("windows[1][place]".into(), place.clone()),
            ];
            fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            fields
        };
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("half <past> nine", &[("copy[4]", "5")])).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter a time, like 9, 9:30 or 17:30"), "{}", page.text());
        assert!(page.body.contains("half &lt;past> nine") || page.body.contains("half &lt;past&gt; nine"), "what was typed is kept");
        assert!(page.body.contains("href=\"#windows-0-from\""), "the summary leads to the field");
        assert_eq!(page.attributes(" checked", "name"), ["copy[4]"]);

        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("9am");
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("930", &[("copy[4]", "5"), ("copy[6]", "7")])).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("Tuesday 6 January, 9am") && page.text().contains("Save anyway; these visits stay booked"), "{}", page.text());
        assert!(page.text().contains("With the new hours: Patients will see 79 times a week"), "{}", page.text());
        assert_eq!(page.attributes("name=\"keep_visits\"", "value"), ["1"]);
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["930"]);
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("930", &[("copy[4]", "5"), ("copy[6]", "7"), ("keep_visits", "1")])).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("The hours are saved") && page.text().contains("9:30am to midday"), "{}", page.text());
        assert_eq!(page.text().matches("9:30am to midday").count(), 3, "copied to two days: {}", page.text());
        assert!(page.text().contains("Patients will see 79 times a week for Consultation"), "as it was said: {}", page.text());

        // another tab still shows the first version
        browser.get("/doctor/availability?day=2").await;
        let page = submit(&mut browser, "/fn/availability/save_hours", &sent("8", &[])).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("This is saved for Tuesday now: 9:30am to midday"), "{}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][from]\"", "value"), ["8"], "nothing typed is lost");
        assert_eq!(page.attributes("name=\"version\"", "value"), ["2"]);
    }

    async fn the_fullest_day_comes_back_from_a_failed_form(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        add_place(&clinic, "Harbour", "Europe/London").await;
        browser.get("/doctor/availability?day=2").await;
        let mut fields: Vec<(String, String)> = vec![("doctor".into(), String::new()), ("version".into(), "1".into()), ("weekday".into(), "2".into())];
        for row in 0..8 {
            for (part, value) in [
                ("from", format!("{}:30 am", row + 1)),
                ("to", format!("{}:15 am", row + 2)),
                ("place", clinic.london.to_string()),
                ("visit", clinic.doctors[0].visit.to_string()),
                ("since", "2026-01-05".into()),
                ("until", "2025-12-31".into()),
                ("every", "2".into()),
            ] {
                fields.push((format!("windows[{row}][{part}]"), value));
            }
        }
        fields.extend((0..7).map(|day| (format!("copy[{day}]"), (day + 1).to_string())));
        let page = submit(&mut browser, "/fn/availability/save_hours", &fields).await;
        assert_eq!(page.status, 422);
        for (name, value) in &fields[3..3 + 8 * 7] {
            if name.ends_with("[from]") || name.ends_with("[to]") || name.ends_with("[until]") {
                assert_eq!(page.attributes(&format!("name=\"{name}\""), "value"), [value.clone()]);
            }
        }
    }

    async fn dates_and_visit_types_are_edited_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = signed_in_doctor(&clinic, &web).await;
        browser.get("/doctor/overrides").await;
        let place = clinic.london.to_string();
        let fields = |change: &'static str, date: &'static str| {
            [("doctor", ""), ("version", "1"), ("date", date), ("change", change), ("windows[0][from]", "10"), ("windows[0][to]", "1 pm"), ("windows[0][place]", place.as_str())]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
        };
        let page = submit(&mut browser, "/fn/availability/save_date", &fields("replace", "2026-01-01")).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("The date cannot be in the past"), "{}", page.text());
        assert_eq!(page.attributes("name=\"windows[0][to]\"", "value"), ["1 pm"]);
        let page = submit(&mut browser, "/fn/availability/save_date", &fields("replace", "2026-01-06")).await;
        assert!(page.text().contains("Tuesday 6 January Different hours 10am to 1pm"), "{}", page.text());
        let page = submit(&mut browser, "/fn/availability/remove_date", &[("version".into(), "2".into()), ("date".into(), "2026-01-06".into())]).await;
        assert!(page.text().contains("Every date has its weekly hours"), "{}", page.text());

        let visit = clinic.doctors[0].visit.to_string();
        let page = browser.get(&format!("/doctor/visit-types/{visit}")).await;
        assert_eq!(page.attributes("name=\"visit[minutes]\"", "value"), ["30"]);
        let mut fields: Vec<(String, String)> = vec![("version".into(), "3".into()), ("id".into(), visit.clone())];
        for (part, value) in [
            ("name", "Consultation"), ("mode", "video"), ("minutes", "many"), ("before", "-1"), ("after", "1500"), ("step", "30"), ("notice", "0"),
            ("notice_unit", "hours"), ("days_ahead", "60"), ("daily_cap", ""), ("audience", "any"), ("cutoff", "1"), ("cutoff_unit", "days"),
            ("late_cancel", "allow"), ("instructions", "</textarea><b>bold"), ("active", "true"),
        ] {
            fields.push((format!("visit[{part}]"), value.to_owned()));
        }
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert_eq!(page.status, 422);
        let text = page.text();
        for words in ["The length must be a whole number", "The time free before must be between 0 and 720", "The time free after must be between 0 and 720"] {
            assert!(text.contains(words), "{words}: {text}");
        }
        assert!(!page.body.contains("<b>bold"), "typed text does not run");
        for (name, value) in &mut fields {
            match name.as_str() {
                "visit[minutes]" => "15".clone_into(value),
                "visit[before]" | "visit[after]" => "0".clone_into(value),
                _ => {}
            }
        }
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert!(page.text().contains("15 minutes, by video, starts every 30 minutes"), "{}", page.text());
        browser.get(&format!("/doctor/visit-types/{visit}")).await;
        let page = submit(&mut browser, "/fn/availability/save_visit_type", &fields).await;
        assert_eq!(page.status, 409, "the same form again is a stale one");
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a visit");
        browser.get("/doctor/visit-types").await;
        let page = submit(&mut browser, "/fn/availability/remove_visit_type", &[("version".into(), "4".into()), ("id".into(), visit.clone())]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Stop offering it instead"), "{}", page.text());
        let page = submit(&mut browser, "/fn/availability/offer_visit_type", &[("version".into(), "4".into()), ("id".into(), visit), ("active".into(), "false".into())]).await;
        assert!(page.text().contains("online booking is closed"), "{}", page.text());
    }
}

async fn change(clinic: &TestClinic, actor: Actor, id: &str, what: What) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    let change = VisitTypeChange { slug: String::new(), version, id: id.into(), what };
    visit_types::change_visit_type(&clinic.app, actor, change).await
}

async fn save_date(
    clinic: &TestClinic,
    actor: Actor,
    draft: DateDraft,
    keep_visits: Option<u32>,
) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    overrides::save_date(&clinic.app, actor, DateToSave { slug: String::new(), version, draft, keep_visits }).await
}

async fn remove_date(clinic: &TestClinic, actor: Actor, date: &str, keep_visits: Option<u32>) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    let draft = DateDraft { date: date.into(), ..DateDraft::default() };
    overrides::remove_date(&clinic.app, actor, DateToSave { slug: String::new(), version, draft, keep_visits }).await
}

/// A browser in which the first doctor is signed in.
async fn signed_in_doctor(clinic: &TestClinic, web: &Web) -> Browser {
    let mut browser = web.browser();
    browser.get("/register").await;
    let fields = [
        ("name", "Dr One"),
        ("email", "one@example.org"),
        ("phone", ""),
        ("password", "quiet green bicycle"),
        ("next", "/doctors"),
    ];
    assert_eq!(browser.post("/fn/register", &fields).await.location(), "/doctors");
    clinic.execute("update users set role = 'doctor' where email = 'one@example.org'").await.expect("a role");
    clinic
        .execute(
            "update doctors set user_id = (select id from users where email = 'one@example.org') where slug = 'doctor-1'",
        )
        .await
        .expect("a login");
    browser
}

async fn submit(browser: &mut Browser, path: &str, fields: &[(String, String)]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    browser.submit(path, &fields).await
}
