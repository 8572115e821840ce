//! How fast messages leave, and what an outage of the mail server costs bookings: printed, as times depend on the machine.
//! The same in the release build: `make bench`.

use std::time::Instant as Elapsed;

use docslot::notifications::server::worker;
use tokio::sync::watch;

use super::{fill, in_state, with_mail};
use crate::{
    booking::DAY,
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    smtp_sink::Sink,
    web::Web,
};

/// Bookings a second of four patients at four doctors, while a worker sends to `url`. Each round has days of its own.
async fn bookings(clinic: &TestClinic, url: &str, round: i64) -> f64 {
    const EACH: i64 = 10;
    let (stop, stopped) = watch::channel(false);
    let worker = tokio::spawn(worker::run(with_mail(clinic, url, 4), stopped));
    let mut patients = Vec::new();
    for _ in 0..4 {
        patients.push(clinic.patient().await);
    }
    let began = Elapsed::now();
    for n in 0..EACH {
        let start = TOMORROW_9.plus_minutes((1 + round) * DAY + n * 30);
        let all = patients.iter().enumerate().map(|(doctor, patient)| clinic.book(*patient, doctor, start));
        for booked in futures_util::future::join_all(all).await {
            booked.expect("a booking");
        }
    }
    let rate = (EACH * 4) as f64 / began.elapsed().as_secs_f64();
    stop.send_replace(true);
    worker.await.expect("a worker that ends");
    rate
}

both_databases! {
    async fn a_thousand_messages_leave_once_each(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(10 * DAY)).await.expect("a booking");
        fill(&clinic, patient.user, id, 999).await;
        let (stop, stopped) = watch::channel(false);
        let began = Elapsed::now();
        let worker = tokio::spawn(worker::run(with_mail(&clinic, &sink.url(), 4), stopped));
        sink.wait_for(1_000).await;
        println!("debug build, 4 connections: {:.0} messages/s", 1_000.0 / began.elapsed().as_secs_f64());
        stop.send_replace(true);
        worker.await.expect("a worker that ends");
        assert_eq!((sink.emails().len(), in_state(&clinic, "sent").await), (1_000, 1_000));
    }

    async fn bookings_do_not_mind_that_the_mail_server_is_away(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let (up, down) = (sink.url(), format!("smtp://{nowhere}"));
        let mut rates = Vec::new();
        for (round, url) in (0..).zip([&up, &down, &down, &up]) {
            rates.push(bookings(&clinic, url, round).await);
        }
        let (with, without) = ((rates[0] + rates[3]) / 2.0, (rates[1] + rates[2]) / 2.0);
        println!("debug build: {with:.0} bookings/s with mail, {without:.0} without, ratio {:.2}", without / with);
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 160);
        assert_eq!(clinic.count("select count(*) from outbox").await, 160, "a message for each");
        // an hour without a mail server is no reason to send nobody here
        clinic.clock.advance_seconds(3_600);
        let web = Web::serve(&with_mail(&clinic, &down, 1)).await;
        assert_eq!(web.browser().get("/readyz").await.status, 200);
    }
}
