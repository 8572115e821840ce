//! Two different doctors on one day, one after the other: both or none.

use std::sync::Arc;

use docslot::{
    accounts::Role,
    booking::{
        series::{PairForm, PairQuery},
        server::series,
    },
    error::{AppError, FieldCode},
    ids::SeriesId,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    front_desk::{doctor, signed_in},
    races::{OVERLAPS, assert_history_replays},
    web::Web,
};

pub fn form(clinic: &TestClinic, doctors: (usize, usize), starts: (Timestamp, Timestamp)) -> PairForm {
    let (first, second) = (&clinic.doctors[doctors.0], &clinic.doctors[doctors.1]);
    PairForm {
        key: Uuid::new_v4().to_string(),
        first: first.slug.clone(),
        first_type: first.visit_type.to_string(),
        second: second.slug.clone(),
        second_type: second.visit_type.to_string(),
        pair: format!("{}.{}", starts.0.0, starts.1.0),
        ..PairForm::default()
    }
}

pub async fn book(
    clinic: &TestClinic,
    patient: Actor,
    doctors: (usize, usize),
    minutes: (i64, i64),
) -> Result<SeriesId, AppError> {
    let starts = (TOMORROW_9.plus_minutes(minutes.0), TOMORROW_9.plus_minutes(minutes.1));
    series::book_pair(&clinic.app, person(patient), form(clinic, doctors, starts)).await
}

fn two(first: &str, second: &str) -> PairQuery {
    PairQuery { first: first.into(), second: second.into(), ..PairQuery::default() }
}

pub async fn booked(clinic: &TestClinic) -> i64 {
    clinic.count("select count(*) from appointments where status = 'booked'").await
}

both_databases! {
    async fn what_is_listed_is_one_after_the_other_and_is_booked_whole(clinic: TestClinic) {
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        for half in 0..4 {
            clinic.book(other, 0, TOMORROW_9.plus_minutes(30 * half)).await.expect("the first doctor's early morning");
        }
        let page = series::pair_page(&clinic.app, &person(patient), two("doctor-1", "doctor-2")).await.expect("a page");
        assert_eq!((page.doctors.len(), page.parts.len(), page.is_same), (4, 2, false));
        let tomorrow: Vec<_> = page.options.iter().filter(|option| option.first.starts_with("Tuesday 6")).collect();
        // the second doctor is seen first, at the times from which an hour is left at most
        assert_eq!((tomorrow[0].first.as_str(), tomorrow[0].second.as_str(), tomorrow[0].gap, tomorrow[0].first_is_first),
            ("Tuesday 6 January, 11am", "Tuesday 6 January, 9:30am", 60, false));
        for option in &page.options {
            let (first, second) = option.value.split_once('.').expect("two starts");
            let (first, second): (i64, i64) = (first.parse().expect("a start"), second.parse().expect("a start"));
            let between = (first - second).abs() / 60 - 30;
            assert!((0..=60).contains(&between) && between == option.gap, "{option:?}");
        }
        let mut chosen = form(&clinic, (0, 1), (TOMORROW_9, TOMORROW_9));
        chosen.pair.clone_from(&tomorrow[0].value);
        let id = series::book_pair(&clinic.app, person(patient), chosen).await.expect("both");
        let all = series::details(&clinic.app, patient, id).await.expect("a pair");
        assert_eq!((all.is_pair, all.remaining.len(), booked(&clinic).await), (true, 2, 6));
        let first = all.appointments[0].1.id;
        assert_eq!(clinic.view(patient, first).await.series.expect("a mark").words(), "1 of 2");
        // neither doctor learns of the other
        let own = doctor(&clinic, 1).await;
        assert_eq!(clinic.view(own, first).await.series, None);
        let seen = series::details(&clinic.app, own, id).await.expect("the doctor's own");
        assert_eq!(seen.appointments.len(), 1);
        let same = series::pair_page(&clinic.app, &person(patient), two("doctor-1", "doctor-1")).await.expect("a page");
        assert!(same.is_same && same.options.is_empty());
        let unknown = series::pair_page(&clinic.app, &person(patient), two("doctor-1", "nobody")).await;
        assert_eq!(unknown.map(|_| ()), Err(AppError::NotFound));
    }

    async fn what_is_no_pair_books_nothing(clinic: TestClinic) {
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let unknown = Err(AppError::field("pair", FieldCode::Unknown));
        assert_eq!(book(&clinic, patient, (0, 0), (0, 30)).await, unknown, "one doctor twice");
        assert_eq!(book(&clinic, patient, (0, 1), (0, 120)).await, unknown, "an hour and a half between");
        assert_eq!(book(&clinic, patient, (0, 1), (0, 24 * 60)).await, unknown, "on two days");
        let overlapping = book(&clinic, patient, (0, 1), (0, 0)).await;
        assert!(matches!(overlapping, Err(AppError::TimeGone { .. })), "{overlapping:?}");
        clinic.book(other, 1, TOMORROW_9.plus_minutes(30)).await.expect("the other patient is quicker");
        let gone = book(&clinic, patient, (0, 1), (0, 30)).await;
        assert!(matches!(gone, Err(AppError::TimeGone { ref wanted, .. }) if wanted == "Tuesday 6 January, 9:30am"), "{gone:?}");
        let empty = PairForm { pair: String::new(), ..form(&clinic, (0, 1), (TOMORROW_9, TOMORROW_9)) };
        let missing = series::book_pair(&clinic.app, person(patient), empty).await;
        assert_eq!(missing, Err(AppError::field("pair", FieldCode::Missing)));
        assert_eq!((booked(&clinic).await, clinic.count("select count(*) from appointment_series").await), (1, 0));
        book(&clinic, patient, (1, 0), (60, 90)).await.expect("in the other order");
    }

    /// Each wants both doctors, half of them in the other order: none waits for another one for ever.
    async fn of_32_pairs_of_the_same_doctors_each_is_whole_or_not_there(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..32 {
            let patient = clinic.patient().await;
            let clinic = clinic.clone();
            let doctors = if n % 2 == 0 { (0, 1) } else { (1, 0) };
            tasks.push(tokio::spawn(async move {
                let begins = 30 * (n % 8);
                book(&clinic, patient, doctors, (begins, begins + 30)).await
            }));
        }
        let mut whole = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(_) => whole += 1,
                Err(AppError::TimeGone { .. } | AppError::Unavailable { unchanged: true }) => {}
                Err(other) => panic!("{other:?}"),
            }
        }
        // a pair stands in the way of the two beside it: three shut all others out
        assert!(whole >= 3, "{whole} pairs found room");
        assert_eq!((booked(&clinic).await, clinic.count(OVERLAPS).await), (2 * whole, 0));
        assert_eq!(clinic.count("select count(*) from series_members").await, 2 * whole);
        assert_history_replays(&clinic).await;
    }

    async fn the_pages_lead_from_two_doctors_to_both_appointments(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, _) = signed_in(&clinic, &web, "pair@example.org", Role::Patient).await;
        let same = browser.get("/pair?first=doctor-1&second=doctor-1").await;
        assert!(same.text().contains("Choose two different doctors"), "{}", same.text());
        let page = browser.get("/pair?first=doctor-1&second=doctor-2").await;
        let pairs = page.attributes("name=\"pair\"", "value");
        assert!(pairs.len() > 4 && page.text().contains("straight after"), "{}", page.text());
        let hidden = |name: &str| page.attributes(&format!("name=\"{name}\""), "value").remove(0);
        let (key, one, other) = (hidden("key"), hidden("first_type"), hidden("second_type"));
        let fields = |pair| [
            ("key", key.as_str()), ("first", "doctor-1"), ("first_type", one.as_str()), ("second", "doctor-2"),
            ("second_type", other.as_str()), ("pair", pair), ("reason", ""), ("phone", ""),
        ];
        let back = browser.submit("/fn/booking/pair", &fields("")).await;
        assert!(back.status == 422 && back.text().contains("Choose two times"), "{}", back.text());
        let done = browser.submit("/fn/booking/pair", &fields(&pairs[0])).await;
        assert!(done.status == 200 && done.text().contains("Two appointments on one day"), "{}", done.text());
    }
}
