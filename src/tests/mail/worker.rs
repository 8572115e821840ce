//! Every message once, even when the server or the process fails.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::{Duration, Instant as Elapsed},
};

use docslot::{
    admin::server::outbox,
    db::Error,
    error::AppError,
    notifications::{
        model::{DeliveryError, Kind},
        server::{
            Message, enqueue,
            worker::{self, Worker},
        },
    },
    on,
    state::Clock,
};
use tokio::sync::watch;

use super::{fill, in_state, message_id, message_ids, send_all, sending_to, with_mail};
use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person, test_unit},
    process,
    smtp_sink::{Answer, Sink},
};

both_databases! {
    async fn nothing_is_said_of_a_booking_that_did_not_commit(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(first, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(second, 0, TOMORROW_9).await.expect_err("taken");
        let undone: Result<(), Error> = clinic.app.db.write(test_unit(move |mut tx| Box::pin(async move {
            let message = Message { kind: Kind::AppointmentBooked, to: second.user, appointments: &[id], dedupe_key: "undone" };
            enqueue(&mut tx, NOW, message).await?;
            Err(AppError::Conflict.into())
        }))).await;
        assert!(undone.is_err());
        send_all(&sending_to(&clinic, &sink)).await;
        let emails = sink.emails();
        assert_eq!(emails.len(), 1);
        assert_eq!(emails[0].to, format!("{}@example.org", first.user));
    }

    async fn a_server_that_asks_for_later_gets_it_later_and_once(clinic: TestClinic) {
        let sink = Sink::start(|n, _| if n == 0 { Answer::Refuse("451 4.3.0 later") } else { Answer::Accept }).await;
        let app = sending_to(&clinic, &sink);
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        assert_eq!(send_all(&app).await.later, 1);
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'try_later' and state = 'queued'").await, 1);
        assert_eq!(send_all(&app).await.claimed, 0, "its time has not come");
        clinic.clock.advance_seconds(61);
        assert_eq!(send_all(&app).await.sent, 1);
        clinic.clock.advance_seconds(DAY * 60);
        assert_eq!(send_all(&app).await.claimed, 0);
        assert_eq!(sink.emails().len(), 1);
        assert_eq!(clinic.count("select count(*) from outbox where attempts = 2 and last_error is null").await, 1);
    }

    async fn what_the_server_refuses_for_good_is_given_up_and_delays_no_other_message(clinic: TestClinic) {
        let refused = clinic.patient().await;
        let address = format!("{}@example.org", refused.user);
        let sink = Sink::start(move |_, to| {
            if to == address { Answer::RefuseRecipient("550 5.1.1 no such user") } else { Answer::Accept }
        }).await;
        clinic.book(refused, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a booking");
        let round = send_all(&sending_to(&clinic, &sink)).await;
        assert_eq!((round.failed, round.sent), (1, 1));
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'refused' and state = 'failed'").await, 1);
    }

    async fn without_an_address_for_its_links_a_message_waits_and_staff_see_why(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let mut app = sending_to(&clinic, &sink);
        let mut settings = (*app.settings).clone();
        settings.server.address = "0.0.0.0:3000".parse().expect("an address");
        settings.server.public_url = String::new();
        app = app.with_settings(settings);
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("a booking");
        // a message whose worker did not come back
        clinic.execute("update outbox set state = 'sending', attempts = 1, leased_until = due_at where id = (select id from outbox limit 1)").await.expect("a claim");
        for _ in 0..30 {
            let round = send_all(&app).await;
            assert_eq!((round.away, round.claimed, round.failed), (true, 0, 0));
            clinic.clock.advance_seconds(600);
        }
        let waiting = "select count(*) from outbox where state = 'queued' and last_error = 'no_site_address' and attempts < 2";
        assert_eq!(clinic.count(waiting).await, 2);
        assert!(sink.emails().is_empty());
        let rows = outbox::list(&clinic.app, None, None, 1).await.expect("the outbox").rows;
        let reasons: Vec<_> = rows.iter().filter_map(|row| row.delivery_error).map(DeliveryError::label).collect();
        assert_eq!(reasons, [DeliveryError::NoSiteAddress.label(); 2]);

        assert_eq!(send_all(&sending_to(&clinic, &sink)).await.sent, 2);
        assert_eq!(clinic.count("select count(*) from outbox where last_error is not null").await, 0);
    }

    async fn a_row_that_makes_no_sense_delays_no_other_message(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        for doctor in 0..4 {
            clinic.book(clinic.patient().await, doctor, TOMORROW_9).await.expect("a booking");
        }
        clinic.execute("update outbox set appointments = '[' where id = (select id from outbox order by id limit 1)").await.expect("damage");
        clinic.execute("update outbox set kind = 'pigeon' where id = (select id from outbox order by id desc limit 1)").await.expect("damage");
        clinic.let_terms_change().await;
        clinic.execute("update appointment_terms set time_zone = 'Moon/Base' where id = (select terms_id from appointments
            where doctor_id = (select id from doctors where slug = 'doctor-2'))").await.expect("damage");
        let round = send_all(&sending_to(&clinic, &sink)).await;
        assert_eq!((round.failed, round.sent), (3, 1));
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'unreadable'").await, 3);
    }

    async fn connections_that_break_lose_nothing(clinic: TestClinic) {
        let sink = Sink::start(|n, _| if n % 3 == 0 { Answer::Drop } else { Answer::Accept }).await;
        let app = sending_to(&clinic, &sink);
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(20 * DAY)).await.expect("a booking");
        fill(&clinic, patient.user, id, 11).await;
        let mut rounds = 0;
        while in_state(&clinic, "sent").await < 12 {
            send_all(&app).await;
            clinic.clock.advance_seconds(600);
            rounds += 1;
            assert!(rounds < 200, "{} sent", in_state(&clinic, "sent").await);
        }
        assert_eq!(sink.emails().len(), 12);
        assert_eq!(message_ids(&sink.emails()).len(), 12);
    }

    async fn two_processes_send_200_messages_once_each(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        fill(&clinic, patient.user, id, 200).await;
        let (stop, stopped) = watch::channel(false);
        let began = Elapsed::now();
        let workers: Vec<_> = (0..2)
            .map(|_| tokio::spawn(worker::run(with_mail(&clinic, &sink.url(), 4), stopped.clone())))
            .collect();
        sink.wait_for(200).await;
        let took = began.elapsed();
        stop.send_replace(true);
        for worker in workers {
            worker.await.expect("a worker that ends");
        }
        println!("200 messages by 2 workers with 4 connections each: {:.0} messages/s", 200.0 / took.as_secs_f64());
        assert_eq!(in_state(&clinic, "sent").await, 200);
        assert_eq!((sink.emails().len(), message_ids(&sink.emails()).len()), (200, 200));
    }

    async fn a_worker_that_dies_after_the_server_took_a_message_sends_it_again_as_the_same(clinic: TestClinic) {
        let sink = Sink::start(|n, _| if n == 0 { Answer::KeepAndHang } else { Answer::Accept }).await;
        let app = sending_to(&clinic, &sink);
        for doctor in 0..3 {
            clinic.book(clinic.patient().await, doctor, TOMORROW_9).await.expect("a booking");
        }
        let (_keep, stop) = watch::channel(false);
        let mut worker = Worker::open(&app).expect("a worker").expect("a way to send");
        let dying = tokio::spawn(async move { worker.round(&stop).await });
        sink.wait_for(1).await;
        dying.abort();
        assert!(dying.await.is_err());
        assert_eq!(send_all(&app).await.claimed, 0, "what it had in hand is its own while the lease lasts");
        clinic.clock.advance_seconds(301);
        assert_eq!(send_all(&app).await.sent, 3);
        let emails = sink.emails();
        assert_eq!((emails.len(), message_ids(&emails).len()), (4, 3));
        let first = message_id(&emails[0]);
        assert_eq!(emails.iter().filter(|email| message_id(email) == first).count(), 2);
    }

    async fn a_program_killed_again_and_again_loses_nothing_and_repeats_at_most_one_message_a_time(clinic: TestClinic) {
        const CRASHES: usize = 4;
        const MESSAGES: usize = 60;
        let sink = Sink::start(|_, _| Answer::Slowly(Duration::from_millis(4))).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        // the program's clock is the machine's
        let start = Clock::system().now().plus_minutes(10 * DAY);
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "update appointments set starts_at = $1, ends_at = $2";
            on!(tx, |c| sqlx::query(sql).bind(start).bind(start.plus_minutes(30)).execute(c).await?.rows_affected());
            Ok(())
        })).await;
        fill(&clinic, patient.user, id, MESSAGES - 1).await;
        for crash in 1..=CRASHES {
            let mut program = serve(&clinic, &sink);
            sink.wait_for(crash * MESSAGES / (CRASHES + 1)).await;
            program.kill().expect("kill -9");
            program.wait().expect("its end");
            clinic.execute("update outbox set leased_until = created_at where state = 'sending'").await.expect("leases that ran out");
        }
        let mut program = serve(&clinic, &sink);
        while in_state(&clinic, "sent").await < MESSAGES as i64 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        program.kill().expect("its end");
        program.wait().expect("its end");
        let emails = sink.emails();
        let repeated = emails.len() - message_ids(&emails).len();
        println!("{MESSAGES} messages, {CRASHES} crashes: lost 0, repeated {repeated}");
        assert_eq!(message_ids(&emails).len(), MESSAGES, "none is lost");
        assert!(repeated <= CRASHES, "{repeated} repeated after {CRASHES} crashes");
    }

    async fn told_to_stop_the_worker_finishes_the_message_in_hand_and_gives_the_others_back(clinic: TestClinic) {
        let sink = Sink::start(|_, _| Answer::Slowly(Duration::from_millis(500))).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        fill(&clinic, patient.user, id, 4).await;
        let (stop, stopped) = watch::channel(false);
        let worker = tokio::spawn(worker::run(sending_to(&clinic, &sink), stopped));
        while in_state(&clinic, "sending").await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        stop.send_replace(true);
        worker.await.expect("a worker that ends");
        assert_eq!((in_state(&clinic, "sent").await, sink.emails().len()), (1, 1));
        assert_eq!(clinic.count("select count(*) from outbox where state = 'queued' and attempts = 0").await, 4);
    }

    async fn while_the_mail_server_is_away_bookings_go_on_and_messages_wait(clinic: TestClinic) {
        let nowhere = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
        let away = with_mail(&clinic, &format!("smtp://{nowhere}"), 1);
        for doctor in 0..3 {
            clinic.book(clinic.patient().await, doctor, TOMORROW_9).await.expect("a booking");
        }
        let round = send_all(&away).await;
        assert!(round.away && round.later == 1, "{round:?}");
        assert_eq!(clinic.count("select count(*) from outbox where state = 'queued' and attempts = 0").await, 2, "one is enough to know");
        assert_eq!(clinic.count("select count(*) from outbox where last_error = 'unreachable'").await, 1);
        clinic.book(clinic.patient().await, 3, TOMORROW_9).await.expect("a booking goes on");
        clinic.clock.advance_seconds(3_600);
        let sink = Sink::accepting().await;
        assert_eq!(send_all(&sending_to(&clinic, &sink)).await.sent, 4);
    }

    async fn a_message_is_given_up_after_enough_attempts(clinic: TestClinic) {
        let sink = Sink::start(|_, _| Answer::Refuse("451 4.3.0 later")).await;
        let app = sending_to(&clinic, &sink);
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(30 * DAY)).await.expect("a booking");
        let mut attempts = 0;
        while in_state(&clinic, "failed").await == 0 {
            attempts += send_all(&app).await.claimed;
            clinic.clock.advance_seconds(4 * 3_600);
            assert!(attempts < 50);
        }
        assert_eq!(attempts, 20);
    }

    async fn one_action_is_one_message_however_often_it_is_asked_for(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9.plus_minutes(2 * DAY)).await.expect("a booking");
        docslot::booking::server::confirm(&clinic.app, person(patient), id).await.expect("confirming again");
        assert_eq!(send_all(&sending_to(&clinic, &sink)).await.sent, 1);
        let later = TOMORROW_9.plus_minutes(3 * DAY);
        let version = clinic.row(id).await.version;
        let mut new = id;
        for _ in 0..2 {
            new = docslot::booking::server::reschedule(&clinic.app, person(patient), id, version, later).await.expect("moving");
        }
        assert_eq!(send_all(&sending_to(&clinic, &sink)).await.sent, 1);
        for _ in 0..2 {
            cancel(&clinic, patient, new).await.expect("cancelling");
        }
        assert_eq!(send_all(&sending_to(&clinic, &sink)).await.sent, 1);
        assert_eq!(clinic.count("select count(*) from outbox").await, 3);
    }

    async fn what_is_no_longer_true_is_not_said(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let (cancels, moves, comes) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let start = TOMORROW_9.plus_minutes(2 * DAY);
        let cancelled = clinic.book(cancels, 0, start).await.expect("a booking");
        let moved = clinic.book(moves, 1, start).await.expect("a booking");
        clinic.clock.advance_seconds(60);
        cancel(&clinic, cancels, cancelled).await.expect("cancelling");
        reschedule(&clinic, moves, moved, start.plus_minutes(60)).await.expect("moving");
        let round = send_all(&app).await;
        assert_eq!((round.sent, round.suppressed), (2, 2));
        // mail was away until the appointment was over
        clinic.book(comes, 2, start).await.expect("a booking");
        clinic.clock.set(start.plus_minutes(1));
        assert_eq!(send_all(&app).await.suppressed, 1);
    }

    async fn no_message_names_another_patients_appointment_and_none_goes_to_a_person_without_an_address(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        let (patient, other) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        clinic.execute("update persons set email = null, password_hash = null where id = (select person_id from outbox)").await.expect("no address");
        fill(&clinic, other.user, id, 1).await;
        assert_eq!(send_all(&app).await.suppressed, 2);
        assert!(sink.emails().is_empty());
    }
}

/// The program itself, sending to this server over one connection.
fn serve(clinic: &TestClinic, sink: &Sink) -> Child {
    let mut command = process::command(&clinic.url);
    command
        .env("DOCSLOT_MAIL_TRANSPORT", "smtp")
        .env("DOCSLOT_MAIL_SMTP_URL", sink.url())
        .env("DOCSLOT_MAIL_CONNECTIONS", "1");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
    let out = child.stdout.take().expect("its output");
    let ready = BufReader::new(out).lines().map_while(Result::ok).any(|line| line.contains("http://"));
    assert!(ready, "it does not start");
    child
}
