//! Two servers on one database: what one of them changes, the other goes by.

use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

use docslot::{
    booking::server::{self as booking, TimesQuery},
    db::Pools,
    error::AppError,
    notifications::server::{daily_agenda, reminders, video_links},
    state::AppState,
    time::Timestamp,
    web::rate_limits::Limited,
};
use tokio::time::sleep;

use crate::{
    attendance::request,
    booking::DAY,
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser},
    editor::{self, tuesday, window},
    schedule_changes::{connected, neighbour, run},
    web::Web,
};

/// What a visitor finds tomorrow on this server.
async fn listed(clinic: &TestClinic, app: &AppState) -> Vec<Timestamp> {
    let doctor = &clinic.doctors[0];
    let day = "2026-01-06".parse().ok();
    let (doctor_slug, visit_type) = (doctor.slug.clone(), doctor.visit_type);
    let query = TimesQuery { doctor_slug, visit_type, from: None, month: None, day, moving: None, person: None };
    let page = booking::days(app, &browser("visitor"), query).await.expect("a page of days");
    page.day.map(|day| day.times.iter().map(|time| time.start).collect()).unwrap_or_default()
}

/// One more for this address: whether it may.
async fn take(app: &AppState, address: &str, now: Timestamp) -> bool {
    let settings = docslot::config::LimitSettings { holds: 3, registrations: 0, password_resets: 0 };
    let address: IpAddr = address.parse().expect("an address");
    match app.limits.take(&settings, Limited::Hold, address, now).await {
        Ok(()) => true,
        Err(AppError::TooManyAttempts { .. }) => false,
        Err(error) => panic!("{error:?}"),
    }
}

both_databases! {
    /// Also in the moment before any news has spread: no task passes on changes here.
    async fn hours_that_one_server_changed_bind_bookings_on_another(clinic: TestClinic) {
        let (there, doctor) = (neighbour(&clinic).await, editor::doctor(&clinic).await);
        let one_pm = TOMORROW_9.plus_minutes(4 * 60);
        booking::hold(&there, browser("first"), clinic.request(0, TOMORROW_9)).await.expect("it keeps the calendar now");
        assert!(there.calendars.known(clinic.doctors[0].id).is_some());
        editor::save(&clinic, doctor, tuesday(vec![window(&clinic, "9", "12")]), None).await.expect("saved");
        let refused = booking::hold(&there, browser("second"), clinic.request(0, one_pm)).await;
        assert!(matches!(refused, Err(AppError::TimeGone { .. })), "{refused:?}");
        booking::hold(&there, browser("third"), clinic.request(0, TOMORROW_9.plus_minutes(30))).await.expect("still open");
        there.db.close().await;
    }

    /// On PostgreSQL within a second; SQLite has one server, and two find each other's changes by looking.
    async fn a_time_that_is_taken_on_one_server_leaves_the_list_of_another(clinic: TestClinic) {
        let there = neighbour(&clinic).await;
        let _running = (run(&clinic.app), run(&there));
        connected(&clinic.app, &there).await;
        let postgres = matches!(clinic.app.db.pools, Pools::Postgres(_));
        assert!(listed(&clinic, &there).await.contains(&TOMORROW_9));
        booking::hold(&clinic.app, browser("somebody"), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let begun = Instant::now();
        while listed(&clinic, &there).await.contains(&TOMORROW_9) {
            let most = Duration::from_secs(if postgres { 1 } else { 6 });
            assert!(begun.elapsed() < most, "still listed after {:?}", begun.elapsed());
            sleep(Duration::from_millis(10)).await;
        }
        println!("gone from the other list after {:?}", begun.elapsed());
        let refused = booking::hold(&there, browser("other"), clinic.request(0, TOMORROW_9)).await;
        assert!(matches!(refused, Err(AppError::TimeGone { .. })), "{refused:?}");
        there.db.close().await;
    }

    async fn signing_out_on_one_server_counts_on_another(clinic: TestClinic) {
        let there = neighbour(&clinic).await;
        let (web, other) = (Web::serve(&clinic.app).await, Web::serve(&there).await);
        let (mut here, mut elsewhere) = (web.browser(), other.browser());
        here.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", "quiet green bicycle"),
            ("next", "/")];
        here.post("/fn/register", &fields).await;
        elsewhere.cookies = here.cookies.clone();
        assert_eq!(elsewhere.get("/account").await.status, 200, "signed in on both");
        here.get("/account").await;
        here.post("/fn/sign_out", &[]).await;
        assert_eq!(elsewhere.get("/account").await.status, 302, "and signed out of both");
        there.db.close().await;
    }

    async fn servers_count_an_address_together(clinic: TestClinic) {
        let Pools::Postgres(pool) = &clinic.app.db.pools else { return };
        let there = neighbour(&clinic).await;
        let taken = [&clinic.app, &there, &clinic.app].map(|app| take(app, "192.0.2.1", NOW));
        assert_eq!(futures_util::future::join_all(taken).await, [true, true, true]);
        assert!(!take(&there, "192.0.2.1", NOW).await && !take(&clinic.app, "192.0.2.1", NOW).await);
        assert!(take(&there, "192.0.2.2", NOW).await, "another address");
        let hour_later = NOW.plus_minutes(60);
        assert!(take(&there, "192.0.2.1", hour_later).await, "another hour");
        // both at once, many times: as many as are allowed
        let at_once = (0..64).map(|n| take(if n % 2 == 0 { &clinic.app } else { &there }, "192.0.2.9", NOW));
        let let_through = futures_util::future::join_all(at_once).await.into_iter().filter(|taken| *taken).count();
        assert_eq!(let_through, 3);
        clinic.app.limits.clear(NOW.plus_minutes(200)).await.expect("cleared");
        let left: i64 = sqlx::query_scalar("select count(*) from address_counts").fetch_one(pool).await.expect("a count");
        assert_eq!(left, 0);
        there.db.close().await;
    }

    async fn servers_count_strangers_wrong_passwords_together(clinic: TestClinic) {
        let Pools::Postgres(_) = &clinic.app.db.pools else { return };
        let there = neighbour(&clinic).await;
        (0..5).for_each(|_| clinic.app.limits.count_wrong_password(NOW));
        assert_eq!(clinic.app.limits.wrong_passwords(NOW).await, 5);
        let begun = Instant::now();
        while there.limits.wrong_passwords(NOW).await < 5 {
            assert!(begun.elapsed() < Duration::from_secs(5), "{}", there.limits.wrong_passwords(NOW).await);
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(there.limits.wrong_passwords(NOW.plus_seconds(20)).await, 3, "it falls on both");
        there.db.close().await;
    }

    async fn a_job_on_two_servers_has_one_effect(clinic: TestClinic) {
        let there = neighbour(&clinic).await;
        let patient = clinic.patient().await;
        let start = TOMORROW_9.plus_minutes(9 * DAY);
        clinic.book(patient, 0, start).await.expect("a booking");
        clinic.clock.set(start.plus_minutes(5 * 60 - 7 * DAY));
        for _ in 0..3 {
            let (here, elsewhere) = tokio::join!(reminders::enqueue_due(&clinic.app), reminders::enqueue_due(&there));
            here.and(elsewhere).expect("looking for reminders");
            let (here, elsewhere) = tokio::join!(daily_agenda::enqueue_due(&clinic.app), daily_agenda::enqueue_due(&there));
            here.and(elsewhere).expect("looking for doctors' days");
            let (here, elsewhere) = tokio::join!(video_links::enqueue_due(&clinic.app), video_links::enqueue_due(&there));
            here.and(elsewhere).expect("looking for calls");
        }
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'reminder'").await, 1);
        let twice = "select count(*) from (select dedupe_key from outbox group by dedupe_key having count(*) > 1) x";
        assert_eq!(clinic.count(twice).await, 0);

        clinic.clock.set(NOW);
        let id = request(&clinic, clinic.patient().await, TOMORROW_9).await;
        clinic.clock.set(TOMORROW_9);
        let (here, elsewhere) = tokio::join!(booking::expire_requests(&clinic.app), booking::expire_requests(&there));
        assert_eq!(here.expect("here") + elsewhere.expect("there"), 1, "one server ends a request that ran out");
        let events = "select count(*) from appointment_events where to_status = 'expired'";
        assert_eq!((clinic.status(id).await, clinic.count(events).await), (docslot::booking::Status::Expired, 1));
        there.db.close().await;
    }
}
