//! A mail scanner that opens every link of every message, as those of companies and mail programs do, changes nothing.

use std::collections::{BTreeMap, BTreeSet};

use docslot::{
    accounts::{
        Role,
        server::{RegisterForm, registration},
    },
    db::{Conn, Error},
    ids::{AppointmentId, InvitationId, PersonId},
    notifications::{
        model::Kind,
        server::{Notice, To, enqueue_notice},
    },
    on,
    web::request::RequestContext,
};
use strum::VariantArray;
use uuid::Uuid;

use super::{parsed, send_all, sending_to, tell};
use crate::{
    booking::{DAY, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    smtp_sink::{Email, Sink},
    waiting::offered,
    web::Web,
};

const SITE: &str = "https://clinic.example";

/// Puts one message of this kind into the outbox, with everything that makes it true.
async fn write_one(clinic: &TestClinic, kind: Kind, day: i64) {
    match kind {
        Kind::Invitation => invite(clinic).await,
        Kind::VerifyAddress
        | Kind::ResetPassword
        | Kind::ResetSecondFactor
        | Kind::PasswordChanged
        | Kind::AddressChanging
        | Kind::WrongCodes
        | Kind::NewDevice
        | Kind::WrongPasswords => {
            let user = clinic.patient().await.user;
            if kind == Kind::AddressChanging {
                change(clinic, "update persons set pending_email = 'new@example.org' where id = $1", user.0).await;
            }
            let about = if kind == Kind::NewDevice { "00000000-0000-0000-0000-000000000000" } else { "" };
            notice(clinic, kind, To::Person(user), about).await;
        }
        Kind::SecondFactorChanged => notice(clinic, kind, To::Person(clinic.patient().await.user), "set_up").await,
        Kind::DailyAgenda => {
            let user = clinic.user(Role::Doctor).await.user;
            change(clinic, "update persons set daily_agenda = (1 = 1) where id = $1", user.0).await;
            change(clinic, "update doctors set person_id = $1 where slug = 'doctor-4'", user.0).await;
            clinic.book(clinic.patient().await, 3, TOMORROW_9.plus_minutes(-DAY)).await.expect("an appointment today");
            notice(clinic, kind, To::Person(user), "2026-01-05").await;
        }
        Kind::Registration => {
            let (name, email) = ("Eva Lund".to_owned(), "eva@example.org".to_owned());
            let form = RegisterForm { name, email, phone: String::new(), password: String::new() };
            let visitor = RequestContext::anonymous();
            let checked = registration::check(&clinic.app, &visitor, &form).await.expect("a form");
            registration::ask(&clinic.app, checked, "/", None).await.expect("a message");
        }
        Kind::DoctorBooked
        | Kind::DoctorRequested
        | Kind::DoctorMoved
        | Kind::DoctorCancelled
        | Kind::DoctorChanged => to_doctor(clinic, kind, day).await,
        Kind::TimeOffered => {
            offered(clinic, 3, TOMORROW_9.plus_minutes(day * DAY)).await;
        }
        Kind::AccountClosed => {
            let user = clinic.patient().await.user;
            change(clinic, "update persons set status = 'closed' where id = $1", user.0).await;
            notice(clinic, kind, To::Person(user), "").await;
        }
        Kind::VideoLink => {
            let patient = clinic.patient().await;
            let id = clinic.book(patient, 1, TOMORROW_9).await.expect("a booking");
            let sql = "update appointments set video_url = 'https://call.example/1' where id = $1";
            change(clinic, sql, id.0).await;
            clinic.let_terms_change().await;
            let sql = "update appointment_terms set mode = 'video'
                where id = (select terms_id from appointments where id = $1)";
            change(clinic, sql, id.0).await;
            tell(clinic, kind, patient.user, vec![id]).await;
        }
        about_an_appointment => appointment_message(clinic, about_an_appointment, day).await,
    }
}

/// A message to the doctor of the third profile, which one account has.
async fn to_doctor(clinic: &TestClinic, kind: Kind, day: i64) {
    if clinic.count("select count(person_id) from doctors where slug = 'doctor-3'").await == 0 {
        let user = clinic.user(Role::Doctor).await.user;
        change(clinic, "update doctors set person_id = $1, booking_mail = 'all' where slug = 'doctor-3'", user.0).await;
    }
    let user = PersonId(clinic.an_id("select person_id from doctors where slug = 'doctor-3'").await);
    let id = clinic.book(clinic.patient().await, 2, TOMORROW_9.plus_minutes(day * DAY)).await.expect("a booking");
    let status = match kind {
        Kind::DoctorRequested => "update appointments set status = 'requested', answer_by = starts_at where id = $1",
        Kind::DoctorCancelled => "update appointments set status = 'cancelled' where id = $1",
        _ => "update appointments set status = 'booked' where id = $1",
    };
    change(clinic, status, id.0).await;
    tell(clinic, kind, user, vec![id]).await;
}

async fn appointment_message(clinic: &TestClinic, kind: Kind, day: i64) {
    let patient = clinic.patient().await;
    let start = TOMORROW_9.plus_minutes(day * DAY);
    let mut id: AppointmentId = clinic.book(patient, 0, start).await.expect("a booking");
    match kind {
        Kind::RequestReceived => {
            let sql = "update appointments set status = 'requested', answer_by = starts_at where id = $1";
            change(clinic, sql, id.0).await
        }
        Kind::RequestDeclined => {
            change(clinic, "update appointments set status = 'declined' where id = $1", id.0).await
        }
        Kind::RequestExpired => change(clinic, "update appointments set status = 'expired' where id = $1", id.0).await,
        Kind::AppointmentsCancelled => {
            change(clinic, "update appointments set status = 'cancelled' where id = $1", id.0).await
        }
        Kind::AppointmentsMoved | Kind::AppointmentsChanged => {
            id = reschedule(clinic, patient, id, start.plus_minutes(60)).await.expect("moving");
        }
        _ => {}
    }
    change(clinic, "delete from outbox where person_id = $1", patient.user.0).await;
    tell(clinic, kind, patient.user, vec![id]).await;
}

async fn notice(clinic: &TestClinic, kind: Kind, to: To, about: &'static str) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let notice = Notice { kind, to, about, dedupe_key: kind.into_str() };
                enqueue_notice(&mut tx, NOW, notice).await?;
                Ok(())
            })
        })
        .await;
}

async fn invite(clinic: &TestClinic) {
    let (id, staff): (Uuid, PersonId) = (Uuid::now_v7(), clinic.user(Role::Admin).await.user);
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql =
                    "insert into invitations (id, code_hash, role, email, invited_by, created_at, sent_at, expires_at)
            values ($1, $2, 'admin', 'invited@example.org', $3, $4, $4, $5)";
                let hash = docslot::random::token_hash("nobody has it");
                on!(tx, |c| {
                    let query = sqlx::query(sql).bind(id).bind(&hash).bind(staff).bind(NOW).bind(NOW.plus_minutes(DAY));
                    query.execute(c).await?.rows_affected()
                });
                Ok(())
            })
        })
        .await;
    notice(clinic, Kind::Invitation, To::Invited(InvitationId(id)), "").await;
}

async fn change(clinic: &TestClinic, sql: &'static str, id: Uuid) {
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                on!(tx, |c| sqlx::query(sql).bind(id).execute(c).await?.rows_affected());
                Ok(())
            })
        })
        .await;
}

/// Every address in the text, the HTML and the headers.
fn links(email: &Email) -> BTreeSet<String> {
    let message = parsed(email);
    let (text, html) = (message.body_text(0).expect("a text"), message.body_html(0).expect("HTML"));
    let header = message.header_raw("List-Unsubscribe").unwrap_or_default().to_owned();
    let mut found = BTreeSet::new();
    for part in [text.as_ref(), html.as_ref(), header.as_str()] {
        for (at, _) in part.match_indices(SITE) {
            let rest = &part[at + SITE.len()..];
            let end = rest.find(|c: char| c.is_whitespace() || "\"'<>".contains(c)).unwrap_or(rest.len());
            found.insert(rest[..end].replace("&#38;", "&").replace("&amp;", "&"));
        }
    }
    found
}

/// Every row of every table, as text.
async fn everything(clinic: &TestClinic) -> BTreeMap<String, String> {
    const SQLITE: &str = "select name from sqlite_schema where type = 'table' and name not like 'sqlite%'";
    const POSTGRES: &str = "select table_name::text from information_schema.tables where table_schema = 'public'";
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let conn = &mut reader.conn();
    let sqlite = clinic.url.starts_with("sqlite:");
    let names: Vec<String> = texts(conn, if sqlite { SQLITE } else { POSTGRES }).await.expect("tables");
    let mut tables = BTreeMap::new();
    for name in names {
        let sql = if sqlite {
            let columns = format!("select 'quote(\"' || name || '\")' from pragma_table_info('{name}')");
            let columns = texts(conn, &columns).await.expect("columns");
            format!("select {} from \"{name}\" order by 1", columns.join(" || ' ' || "))
        } else {
            format!("select t::text from \"{name}\" t order by 1")
        };
        tables.insert(name, texts(conn, &sql).await.expect("rows").join("\n"));
    }
    tables
}

async fn texts(conn: &mut Conn<'_>, sql: &str) -> Result<Vec<String>, Error> {
    let sql = || sqlx::AssertSqlSafe(sql.to_owned());
    Ok(on!(conn, |c| sqlx::query_scalar(sql()).fetch_all(c).await?))
}

both_databases! {
    async fn a_scanner_that_opens_every_link_of_every_message_changes_nothing(clinic: TestClinic) {
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        for (day, kind) in (2..).zip(Kind::VARIANTS.iter().copied()) {
            write_one(&clinic, kind, day).await;
        }
        send_all(&app).await;
        let sent: BTreeSet<String> = kinds_sent(&clinic).await;
        let all: BTreeSet<String> = Kind::VARIANTS.iter().map(|kind| kind.into_str().to_owned()).collect();
        assert_eq!(sent, all, "a message of every kind");
        let links: BTreeSet<String> = sink.emails().iter().flat_map(links).collect();
        for start in ["/appointment/", "/reminders/", "/verify/", "/reset/", "/second-factor/", "/invite/", "/offer/", "/open-account/"] {
            assert!(links.iter().any(|link| link.starts_with(start)), "no {start} in {links:?}");
        }
        let web = Web::serve(&app).await;
        let before = everything(&clinic).await;
        assert!(before.len() > 15 && before.values().filter(|rows| !rows.is_empty()).count() > 10);
        let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
        for link in &links {
            for (method, accepts) in [("GET", "text/html"), ("GET", "*/*"), ("HEAD", "*/*")] {
                let answer = web.browser().send(method, link, &[("accept", accepts)], "").await;
                assert!(answer.status < 500, "{method} {link}: {}", answer.status);
                *answers.entry(answer.status).or_default() += 1;
            }
        }
        println!("{} messages, {} links, opened three times each: {answers:?}", sink.emails().len(), links.len());
        let after = everything(&clinic).await;
        assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
        for (table, rows) in &before {
            assert_eq!(rows, &after[table], "the table {table} changed");
        }
        // it was not for want of working links, nor of looking: one POST does what the scanner could not
        let stop = links.iter().find(|link| link.starts_with("/reminders/")).expect("a link");
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("accept", "*/*")];
        let stopped = web.browser().send("POST", stop, &headers, "List-Unsubscribe=One-Click").await;
        assert!(stopped.status < 400, "{}", stopped.status);
        let changed: Vec<String> =
            everything(&clinic).await.into_iter().filter(|(table, rows)| *rows != after[table]).map(|(table, _)| table).collect();
        assert!(changed.contains(&"persons".to_owned()), "{changed:?}");
    }
}

async fn kinds_sent(clinic: &TestClinic) -> BTreeSet<String> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let sent = texts(&mut reader.conn(), "select kind from outbox where state = 'sent'").await;
    sent.expect("kinds").into_iter().collect()
}
