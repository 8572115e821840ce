//! Acting for others on pages, in the API, in messages and in calendars.

use docslot::{
    accounts::{Role, server::care},
    booking::server as booking,
    error::AppError,
    ids::{AppointmentId, PersonId},
    notifications::server::{feeds, reminders},
    time::Timestamp,
    web::request::Actor,
};
use serde_json::json;

use crate::{
    access::{ROWS, one_of_each, person},
    api::{self, Program, access::API_ROWS},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic},
    family::{child, grant},
    mail::{everything, link, parsed, plain, send_all, sending_to},
    smtp_sink::Sink,
    web::Web,
};

const DAY: i64 = 24 * 3600;
const PASSWORD: &str = "quiet green bicycle";

/// How an account stands to the patient of the example.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Guardian {
    Book,
    See,
    Ended,
    Revoked,
}

const GUARDIANS: [(Guardian, &str); 4] = [
    (Guardian::Book, "guardian@example.org"),
    (Guardian::See, "seeing@example.org"),
    (Guardian::Ended, "ended@example.org"),
    (Guardian::Revoked, "revoked@example.org"),
];

impl Guardian {
    async fn granted(self, clinic: &TestClinic, account: PersonId, patient: PersonId) {
        let scope = if self == Guardian::See { "see" } else { "book" };
        let until = (self == Guardian::Ended).then_some(Timestamp(NOW.0));
        let revoked = (self == Guardian::Revoked).then_some(NOW);
        grant(clinic, account, patient, ("carer", scope), (until, revoked)).await;
    }

    /// The answer, where the patient and another patient get these. `reads`: nothing would change.
    fn expected(self, (own, other): (u16, u16), is_hold: bool, reads: bool) -> u16 {
        match self {
            _ if own == other => own,
            Guardian::Book => own,
            Guardian::See if reads && !is_hold => own,
            Guardian::See => 403,
            // whose hold it was is no secret to who made it
            Guardian::Ended | Guardian::Revoked if is_hold => 403,
            Guardian::Ended | Guardian::Revoked => other,
        }
    }
}

async fn sink_and_app(clinic: &TestClinic) -> (Sink, docslot::state::AppState) {
    let sink = Sink::accepting().await;
    let app = sending_to(clinic, &sink);
    (sink, app)
}

fn address(who: Actor) -> String {
    format!("{}@example.org", who.user)
}

/// An appointment of a person for whom the account acts.
async fn book_for(
    clinic: &TestClinic,
    account: Actor,
    who: PersonId,
    doctor: usize,
    start: Timestamp,
) -> AppointmentId {
    let wanted = booking::HoldRequest { person: Some(who), ..clinic.request(doctor, start) };
    let booker = crate::clinic::person(account);
    let id = booking::hold(&clinic.app, booker.clone(), wanted).await.expect("a hold");
    booking::confirm(&clinic.app, booker, id).await.expect("a booking")
}

both_databases! {
    /// Every page, function and operation that names an appointment or a hold, for who acts for its patient.
    async fn each_guardian_gets_their_answer(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (_, fixture) = one_of_each(&clinic, &web).await;
        let patient = PersonId(fixture.patient.parse().expect("an id"));
        let named = |text: &str| text.contains("{appointment}") || text.contains("{hold}");
        let (mut wrong, mut asked) = (Vec::new(), 0);
        for (guardian, email) in GUARDIANS {
            let (mut browser, account) = person(&clinic, &web, email, Role::Patient).await;
            guardian.granted(&clinic, account, patient).await;
            for (row, example, form, expected) in ROWS.iter().filter(|row| named(row.1) || named(row.2)) {
                let (method, _) = row.split_once(' ').expect("method and path");
                // the pages of a form are for those who may send it
                let form_alone = row.ends_with("/questions") || row.ends_with("/waiting-list/join");
                let reads = method == "GET" && !form_alone || row.ends_with("/appointment") || row.ends_with("/papers/list");
                let headers: &[(&str, &str)] = match method {
                    "GET" => &[("accept", "text/html")],
                    _ => &[("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")],
                };
                let before = browser.cookies.clone();
                let answer = browser.send(method, &fixture.fill(example), headers, &fixture.fill(form)).await;
                browser.cookies = before;
                let is_hold = example.contains("{hold}") || form.contains("{hold}");
                let expected = guardian.expected((expected[1], expected[2]), is_hold, reads);
                asked += 1;
                if answer.status != expected {
                    wrong.push(format!("{row} for {guardian:?}: {} instead of {expected}", answer.status));
                }
            }
            let mut program = Program::signed_in(&web, email).await;
            for (row, example, body, expected) in API_ROWS.iter().filter(|row| named(row.1)) {
                let (method, _) = row.split_once(' ').expect("method and path");
                let headers: &[(&str, &str)] = if body.is_empty() { &[] } else { &[("content-type", "application/json")] };
                let reply = program.ask(method, &fixture.fill(example), headers, body).await;
                let expected = guardian.expected((expected[1], expected[2]), false, method == "GET");
                asked += 1;
                if reply.status() != expected {
                    wrong.push(format!("{row} for {guardian:?}: {} instead of {expected}", reply.status()));
                }
            }
        }
        println!("{asked} answers to {} guardians", GUARDIANS.len());
        assert!(asked >= 4 * 20, "{asked}");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    async fn messages_about_a_child_go_to_those_who_may_book_for_it(clinic: TestClinic) {
        let (mother, father, aunt, gone) =
            (clinic.patient().await, clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        grant(&clinic, aunt.user, ana, ("carer", "see"), (None, None)).await;
        grant(&clinic, gone.user, ana, ("parent", "book"), (None, Some(NOW))).await;
        let id = book_for(&clinic, mother, ana, 0, Timestamp(TOMORROW_9.0 + 3 * DAY)).await;
        let (sink, app) = sink_and_app(&clinic).await;
        send_all(&app).await;
        let mut to: Vec<String> = sink.emails().iter().map(|email| email.to.clone()).collect();
        to.sort();
        let mut both = [address(mother), address(father)];
        both.sort();
        assert_eq!(to, both, "one message each");
        for email in sink.emails() {
            let (subject, text) = (parsed(&email).subject().expect("a subject").to_owned(), plain(&email));
            assert!(!subject.contains("Ana") && subject.starts_with("Your appointment on "), "{subject}");
            assert!(text.contains("The appointment for Ana Novak is booked."), "{text}");
            assert!(everything(&email).contains("SUMMARY:Appointment for Ana Novak"), "{}", everything(&email));
        }
        // the link of a message acts for who got it, as long as they act for the child
        let mine = sink.emails().into_iter().find(|email| email.to == address(father)).expect("a message");
        let token = link(&mine, "/appointment/").trim_start_matches("/appointment/").to_owned();
        assert!(matches!(booking::linked(&app, &token).await, Ok(docslot::booking::LinkedPage::Appointment(_))));
        let revoke = "update care_grants set revoked_at = accepted_at where account_id = $1";
        clinic.write(move |mut tx| Box::pin(async move { tx.execute(revoke, (father.user,)).await })).await;
        assert_eq!(booking::linked(&app, &token).await, Err(AppError::NotFound));
        let version = clinic.row(id).await.version;
        booking::cancel(&clinic.app, mother, id, version, None).await.expect("a cancellation");
        send_all(&app).await;
        let last: Vec<String> = sink.emails().into_iter().skip(2).map(|email| email.to).collect();
        assert_eq!(last, [address(mother)], "who no longer acts gets nothing more");
        let report = "select count(*) from outbox where state not in ('sent', 'suppressed')";
        assert_eq!(clinic.count(report).await, 0);
    }

    async fn reminders_of_a_child_follow_the_wishes_of_each_account(clinic: TestClinic) {
        let (mother, father) = (clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        book_for(&clinic, mother, ana, 0, Timestamp(TOMORROW_9.0 + 3 * DAY)).await;
        clinic.execute("update outbox set state = 'suppressed'").await.expect("out of the way");
        let off = "update persons set reminders = $2 where id = $1";
        clinic.write(move |mut tx| Box::pin(async move { tx.execute(off, (father.user, false)).await })).await;
        let (sink, app) = sink_and_app(&clinic).await;
        clinic.clock.advance_seconds(3 * DAY + 12 * 3600);
        assert_eq!(reminders::enqueue_due(&app).await, Ok(1));
        send_all(&app).await;
        let to: Vec<String> = sink.emails().into_iter().map(|email| email.to).collect();
        assert_eq!(to, [address(mother)]);
        assert!(plain(&sink.emails()[0]).contains("reminder of the appointment for Ana"), "{}", plain(&sink.emails()[0]));
        assert_eq!(reminders::enqueue_due(&app).await, Ok(0), "once");
    }

    async fn a_feed_has_everybody_until_the_grant_ends(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mother, owner) = (clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        book_for(&clinic, mother, ana, 0, TOMORROW_9).await;
        clinic.book(owner, 1, TOMORROW_9).await.expect("a booking");
        let given = grant(&clinic, mother.user, owner.user, ("carer", "see"), (None, None)).await;
        let made = feeds::make(&clinic.app, mother, false).await.expect("a feed");
        let path = made[made.find("/calendar/").expect("a path")..].to_owned();
        clinic.clock.advance_seconds(10);
        let read = web.browser().get(&path).await;
        assert!(read.body.contains("SUMMARY:Appointment for Ana") && read.body.contains("SUMMARY:Appointment for Test Person"), "{}", read.body);
        let date = read.header("last-modified").to_owned();
        care::end(&clinic.app, owner, given).await.expect("an end");
        clinic.clock.advance_seconds(10);
        let again = web.browser().send("GET", &path, &[("if-modified-since", &date)], "").await;
        assert_eq!(again.status, 200, "the end is news to the calendar");
        assert!(!again.body.contains("Test Person") && again.body.contains("for Ana"), "{}", again.body);
    }

    async fn the_api_books_for_persons_and_names_them(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mother = api::account(&clinic, &web, "mother@example.org", Role::Patient).await;
        let stranger = api::account(&clinic, &web, "stranger@example.org", Role::Patient).await;
        let actor = Actor { user: mother, ..clinic.patient().await };
        let ana = child(&clinic, actor, "Ana", "3 12 2019").await;
        let mut program = Program::signed_in(&web, "mother@example.org").await;
        let persons = program.get("/me/persons").await;
        assert_eq!(persons.status(), 200);
        assert_eq!(persons.json, json!([
            { "id": mother.to_string(), "name": "Test Person", "scope": "book", "own": true },
            { "id": ana.to_string(), "name": "Ana", "scope": "book", "own": false },
        ]));
        let doctor = |n: usize| clinic.doctors[n].id.to_string();
        let start = "2026-01-06T09:00:00Z";
        let hold = json!({ "doctor_id": doctor(0), "start": start, "patient_id": ana.to_string() });
        let held = program.post("/holds", &hold).await;
        assert_eq!(held.status(), 201, "{}", held.answer.body);
        let twice = json!({ "hold_id": held.text("id"), "patient_id": ana.to_string() });
        let refused = program.post("/appointments", &twice).await;
        assert_eq!((refused.status(), refused.fields()), (422, vec!["patient_id"]));
        let booked = program.post("/appointments", &json!({ "hold_id": held.text("id") })).await;
        assert_eq!((booked.status(), booked.text("patient_id")), (201, ana.to_string().as_str()));
        // the mother herself at the same time, with another doctor
        let own = program.post("/appointments", &json!({ "doctor_id": doctor(1), "start": start })).await;
        assert_eq!((own.status(), own.text("patient_id")), (201, mother.to_string().as_str()));
        let busy = json!({ "doctor_id": doctor(2), "start": start, "patient_id": ana.to_string() });
        program.post("/appointments", &busy).await.assert_problem(409, "Ana is busy");
        let day = json!({ "doctor_id": doctor(2), "date": "2026-01-07", "patient_id": ana.to_string() });
        assert_eq!(program.post("/book", &day).await.status(), 201);
        for who in [stranger.to_string(), "0197f2c4-0000-7000-8000-000000000001".to_owned()] {
            let foreign = json!({ "doctor_id": doctor(3), "start": start, "patient_id": who });
            for path in ["/appointments", "/holds"] {
                let reply = program.post(path, &foreign).await;
                reply.assert_problem(403, path);
                assert!(reply.text("type").ends_with("/not_acting"), "the same for a stranger and for nobody");
            }
        }
        let list = program.get("/appointments").await;
        let names: Vec<_> = list.json.as_array().expect("a list").iter().map(|one| one["patient"]["name"].clone()).collect();
        assert_eq!(names.iter().filter(|name| **name == json!("Ana")).count(), 2, "{names:?}");
        assert_eq!(names.iter().filter(|name| name.is_null()).count(), 1, "one's own needs no name");
        let mut other = Program::signed_in(&web, "stranger@example.org").await;
        assert_eq!(other.get("/appointments").await.json, json!([]));
    }

    /// A visitor holds a time, signs in, says whom it is for, and books, by plain forms.
    async fn a_visitors_hold_is_for_a_child_after_signing_in(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut mother, account) = person(&clinic, &web, "mother@example.org", Role::Patient).await;
        mother.get("/account/people/child").await;
        let ana = [("name", "Ana Novak"), ("birth_date_day", "29"), ("birth_date_month", "2"), ("birth_date_year", "2023")];
        let wrong = mother.submit("/fn/account/add_child", &ana).await;
        assert!(wrong.text().contains("Enter a date that exists"), "{}", wrong.text());
        let ana = [("name", "Ana Novak"), ("birth_date_day", "3"), ("birth_date_month", "12"), ("birth_date_year", "2019")];
        let added = mother.submit("/fn/account/add_child", &ana).await;
        assert!(added.text().contains("The child is added") && added.text().contains("Born 3 December 2019"), "{}", added.text());
        let actor = Actor { user: account, ..clinic.patient().await };
        let ana = booking::persons(&clinic.app, actor).await.expect("persons")[1].id.to_string();
        // who is signed in says it before the times
        let visit_type = clinic.doctors[0].visit_type.to_string();
        let times = format!("/doctors/doctor-1/times?visit_type={visit_type}");
        let first = mother.get(&times).await;
        assert!(first.text().contains("Who is this appointment for?") && first.text().contains("Ana Novak"), "{}", first.text());
        let shown = mother.get(&format!("{times}&person={ana}&day=2026-01-06")).await;
        assert!(shown.text().contains("For Ana Novak ."), "{}", shown.text());
        assert!(shown.body.contains(&format!("name=\"person\" value=\"{ana}\"")));
        // a visitor after signing in
        let mut visitor = web.browser();
        visitor.get(&times).await;
        let fields = [("doctor", "doctor-1"), ("visit_type", visit_type.as_str()), ("start", &TOMORROW_9.0.to_string())];
        let hold = visitor.post("/fn/booking/hold", &fields).await.location().to_owned();
        visitor.get(&format!("/sign-in?next={hold}")).await;
        let signed = [("email", "mother@example.org"), ("password", PASSWORD), ("next", hold.as_str())];
        assert_eq!(visitor.post("/fn/sign_in", &signed).await.location(), hold);
        let asked = visitor.get(&hold).await;
        assert!(asked.text().contains("Who is this appointment for?"), "{}", asked.text());
        let id = hold.trim_start_matches("/book/");
        let none = visitor.submit("/fn/booking/person", &[("id", id)]).await;
        assert!(none.text().contains("Choose who the appointment is for"), "{}", none.text());
        assert_eq!(visitor.post("/fn/booking/person", &[("id", id), ("person", &ana)]).await.location(), hold);
        let page = visitor.get(&hold).await;
        assert!(page.text().contains("For Ana Novak") && page.text().contains("Change who it is for"), "{}", page.text());
        assert!(visitor.get(&format!("{hold}/who")).await.text().contains("Who is this appointment for?"));
        let done = visitor.post("/fn/booking/confirm", &[("id", id)]).await.location().to_owned();
        for page in ["/done", "", "/move", "/cancel"] {
            let page = visitor.get(&format!("/appointments/{id}{page}")).await;
            assert!(page.text().contains("For Ana Novak"), "{}", page.text());
        }
        assert!(done.ends_with("/done"));
        let list = visitor.get("/appointments").await;
        assert!(list.text().contains("For Ana Novak") && list.text().contains("Whose appointments"), "{}", list.text());
        let file = visitor.get(&format!("/appointments/{id}/calendar.ics")).await;
        assert!(file.body.contains("SUMMARY:Appointment for Ana Novak"), "{}", file.body);
    }
}
