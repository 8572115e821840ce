//! Weekly hours in the editor: what is typed is checked as one, what is saved is bookable at once, and no booked appointment
//! moves.

use docslot::{
    accounts::Role,
    availability::{
        model::hours::{HoursDraft, WeekHours, WindowInput},
        server::hours::{self, HoursChange},
    },
    booking::{
        Status,
        server::{self as booking, TimesQuery},
    },
    db::Error,
    doctors::{DirectoryQuery, server as doctors},
    error::{AppError, FieldCode},
    ids::{LocationId, PersonId},
    on,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser},
};

/// As `TOMORROW_9` is.
const TUESDAY: u8 = 2;

pub fn window(clinic: &TestClinic, from: &str, to: &str) -> WindowInput {
    WindowInput {
        from: from.into(),
        to: to.into(),
        location: clinic.london.to_string(),
        since: "2026-01-05".into(),
        every: "1".into(),
        ..WindowInput::default()
    }
}

/// The account of the first doctor.
pub async fn doctor(clinic: &TestClinic) -> Actor {
    let actor = clinic.user(Role::Doctor).await;
    give_login(clinic, 0, actor.user).await;
    actor
}

async fn give_login(clinic: &TestClinic, number: usize, user: PersonId) {
    let doctor = clinic.doctors[number].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(doctor).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            })
        })
        .await;
}

pub async fn add_location(clinic: &TestClinic, name: &'static str, zone: &'static str) -> LocationId {
    let id = LocationId(Uuid::now_v7());
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql =
                    "insert into locations (id, name, address, phone, time_zone) values ($1, $2, '1 Quay', '1', $3)";
                on!(tx, |c| sqlx::query(sql).bind(id).bind(name).bind(zone).execute(c).await?.rows_affected());
                Ok::<_, Error>(())
            })
        })
        .await;
    id
}

pub async fn week(clinic: &TestClinic, actor: Actor) -> WeekHours {
    hours::week_hours(&clinic.app, actor, "", None).await.expect("a week")
}

pub async fn version(clinic: &TestClinic, actor: Actor) -> i64 {
    week(clinic, actor).await.editing.version
}

pub async fn save(
    clinic: &TestClinic,
    actor: Actor,
    draft: HoursDraft,
    keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    hours::save_hours(&clinic.app, actor, HoursChange { slug: String::new(), version, draft, keep_appointments }).await
}

pub fn tuesday(windows: Vec<WindowInput>) -> HoursDraft {
    HoursDraft { weekday: TUESDAY, windows, copy: Vec::new() }
}

/// The times of one day that a stranger is offered by the first doctor.
pub async fn times(clinic: &TestClinic, date: &str) -> Vec<String> {
    let query = TimesQuery {
        doctor_slug: clinic.doctors[0].slug.clone(),
        visit_type: clinic.doctors[0].visit_type,
        from: None,
        month: None,
        day: Some(date.parse().expect("a date")),
        moving: None,
        person: None,
    };
    let page = booking::days(&clinic.app, &browser("nobody"), query).await.expect("a page");
    page.day.map(|day| day.times.into_iter().map(|time| time.label).collect()).unwrap_or_default()
}

pub fn invalid(error: Result<(), AppError>) -> Vec<(String, FieldCode)> {
    match error {
        Err(AppError::Invalid { fields }) => fields.into_iter().map(|error| (error.field, error.code)).collect(),
        other => panic!("not refused for its fields: {other:?}"),
    }
}

pub fn at(field: &str, code: FieldCode) -> (String, FieldCode) {
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
            keep_appointments: None,
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
        let harbour = add_location(&clinic, "Harbour", "Europe/London").await;
        let w = |from: &str, to: &str| window(&clinic, from, to);
        let elsewhere = |from: &str, to: &str| WindowInput { location: harbour.to_string(), ..w(from, to) };
        let dated = |since: &str, until: &str| WindowInput { since: since.into(), until: until.into(), ..w("9", "17") };
        for (windows, errors) in [
            (vec![w("17", "9")], vec![at("windows[0][to]", FieldCode::EndsBeforeStart)]),
            (vec![w("9", "9")], vec![at("windows[0][to]", FieldCode::EndsBeforeStart)]),
            (vec![w("nine", "25")], vec![at("windows[0][from]", FieldCode::NotATime), at("windows[0][to]", FieldCode::NotATime)]),
            (vec![w("9", "")], vec![at("windows[0][to]", FieldCode::Missing)]),
            (vec![w("9", "12"), w("11:30", "15")], vec![at("windows[1][from]", FieldCode::Overlaps)]),
            (vec![w("9", "12"), elsewhere("11:59", "15")], vec![at("windows[1][from]", FieldCode::Overlaps)]),
            (vec![WindowInput { location: Uuid::now_v7().to_string(), ..w("9", "12") }], vec![at("windows[0][location]", FieldCode::Unknown)]),
            (vec![WindowInput { visit_type: clinic.doctors[1].visit_type.to_string(), ..w("9", "12") }], vec![at("windows[0][visit_type]", FieldCode::Unknown)]),
            (vec![WindowInput { every: "9".into(), ..w("9", "12") }], vec![at("windows[0][every]", FieldCode::OutOfRange(1, 8))]),
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
            WindowInput { location: clinic.london.to_string(), ..second("2026-01-13") },
        ];
        save(&clinic, actor, tuesday(fine), None).await.expect("no two of them meet");
    }

    async fn locations_in_different_zones_are_compared_by_the_moment(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let abroad = add_location(&clinic, "Abroad", "America/New_York").await;
        let there = |from: &str, to: &str| WindowInput { location: abroad.to_string(), ..window(&clinic, from, to) };
        // noon in New York is 5pm in London, where the doctor works until 5pm
        let meets = vec![window(&clinic, "9", "17"), there("11", "12")];
        let refused = invalid(save(&clinic, actor, tuesday(meets), None).await);
        assert_eq!(refused, [at("windows[1][from]", FieldCode::Overlaps)], "the same hours of the day are enough");
        let meets = vec![window(&clinic, "14", "18"), there("11", "13")];
        let refused = invalid(save(&clinic, actor, tuesday(meets), None).await);
        assert_eq!(refused, [at("windows[0][from]", FieldCode::Overlaps)], "11am there is 4pm here");
        save(&clinic, actor, tuesday(vec![window(&clinic, "9", "11"), there("12", "13")]), None).await.expect("apart");
    }

    async fn the_first_of_a_month_gives_times_once_a_month_and_meets_hours_of_any_week(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let rhythm = |every: &str, from: &str, to: &str| WindowInput { every: every.into(), ..window(&clinic, from, to) };
        let draft = tuesday(vec![rhythm("first", "9", "10"), rhythm("8", "14", "15")]);
        save(&clinic, actor, draft, None).await.expect("hours");
        assert_eq!(times(&clinic, "2026-01-06").await, ["9am", "9:30am", "2pm", "2:30pm"]);
        assert!(times(&clinic, "2026-01-13").await.is_empty());
        assert_eq!(times(&clinic, "2026-02-03").await, ["9am", "9:30am"], "four weeks later");
        let shown = week(&clinic, actor).await;
        let day = &shown.days[usize::from(TUESDAY) - 1];
        assert_eq!(day.windows[0].notes, ["Only the first Tuesday of the month"]);
        assert_eq!(day.windows[1].notes[0], "Every 8 weeks, counted from Monday 5 January");
        assert_eq!([&day.inputs[0].every, &day.inputs[1].every], ["first", "8"]);
        // first Tuesdays and a rhythm of eight weeks meet sooner or later; first and second ones never
        let meet = tuesday(vec![rhythm("first", "9", "10"), WindowInput { since: "2026-01-12".into(), ..rhythm("8", "9", "10") }]);
        assert_eq!(invalid(save(&clinic, actor, meet, None).await), [at("windows[1][from]", FieldCode::Overlaps)]);
        save(&clinic, actor, tuesday(vec![rhythm("first", "9", "10"), rhythm("second", "9", "10")]), None).await.expect("hours");
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

    async fn a_change_that_drops_a_booked_appointment_asks_first_and_never_touches_it(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let patient = clinic.patient().await;
        let kept = clinic.book(patient, 0, TOMORROW_9).await.expect("an early appointment");
        let dropped = clinic.book(patient, 0, TOMORROW_9.plus_minutes(7 * 60)).await.expect("a late appointment");
        let row = clinic.row(dropped).await;
        let shorter = || tuesday(vec![window(&clinic, "9", "16")]);
        let question = save(&clinic, actor, shorter(), None).await;
        let words = format!("Tuesday 6 January, 4pm, {}", row.reference);
        assert_eq!(question, Err(AppError::AppointmentsOutside { appointments: vec![words], all: 1 }));
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
        // a cancelled appointment does not count either
        let version = clinic.row(kept).await.version;
        booking::cancel(&clinic.app, patient, kept, version, None).await.expect("cancelling");
        save(&clinic, actor, tuesday(Vec::new()), None).await.expect("nobody is left outside");
    }
}
