//! Questions before an appointment: what doctors ask, and who reads what patients answer.

use std::{collections::BTreeMap, process::Stdio};

use docslot::{
    accounts::Role,
    availability::{
        model::questions::{Question, QuestionInput},
        server::questions::{QuestionChange, QuestionEdit, change_questions, question_list},
    },
    booking::{
        Answered, AppointmentAnswers, AskedPage, DateInput, HoldPage, PatientAnswers, TypedAnswers, field_of,
        server::{self as booking, BookingRequest, Details, Start, answers},
    },
    db::{Conn, Error},
    error::{AppError, FieldCode},
    ids::AppointmentId,
    random,
    time::Timestamp,
    web::request::{Actor, RequestContext},
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    folder::Folder,
    front_desk::{add, doctor, form_for, signed_in},
    import::at,
    mail::{everything, send_all, sending_to},
    process::{command, start_logging, text},
    smtp_sink::Sink,
    web::{Browser, Web},
};

/// A word that stands nowhere but in an answer.
const CANARY: &str = "zanzibarfever";

fn input(text: &str, kind: &str, required: bool) -> QuestionInput {
    let required = if required { "true".into() } else { String::new() };
    let choices = if kind == "choice" { "Left\nRight".into() } else { String::new() };
    QuestionInput { text: text.into(), kind: kind.into(), choices, required }
}

/// The first doctor's questions before a consultation.
async fn questions(clinic: &TestClinic, actor: Actor) -> (i64, Vec<Question>) {
    let visit_type = clinic.doctors[0].visit_type.to_string();
    let list = question_list(&clinic.app, actor, "doctor-1", &visit_type).await.expect("questions");
    (list.editing.version, list.questions)
}

async fn edit(clinic: &TestClinic, actor: Actor, edit: QuestionEdit) {
    let (version, _) = questions(clinic, actor).await;
    let visit_type = clinic.doctors[0].visit_type.to_string();
    let change = QuestionChange { slug: "doctor-1".into(), version, visit_type, edit };
    change_questions(&clinic.app, actor, change).await.expect("a change");
}

pub async fn ask(clinic: &TestClinic, actor: Actor, text: &str, kind: &str, required: bool) -> i32 {
    edit(clinic, actor, QuestionEdit::Save { key: None, question: input(text, kind, required) }).await;
    questions(clinic, actor).await.1.last().expect("a question").key
}

/// One question of each kind, the first of which must be answered.
async fn ask_all(clinic: &TestClinic, actor: Actor) -> [i32; 5] {
    [
        ask(clinic, actor, "Where does it hurt?", "text", true).await,
        ask(clinic, actor, "Which side?", "choice", false).await,
        ask(clinic, actor, "Do you smoke?", "yes_no", false).await,
        ask(clinic, actor, "Since when?", "date", false).await,
        ask(clinic, actor, "What do you weigh?", "number", false).await,
    ]
}

fn as_context(actor: Actor) -> RequestContext {
    RequestContext { actor: Some(actor), ..RequestContext::anonymous() }
}

fn typed(answers: &[(i32, &str)]) -> TypedAnswers {
    let answers = answers.iter().map(|(key, text)| (field_of(*key), (*text).to_owned())).collect();
    TypedAnswers { answers, dates: BTreeMap::new() }
}

fn date(key: i32, day: &str, month: &str, year: &str) -> (String, DateInput) {
    (field_of(key), DateInput { day: day.into(), month: month.into(), year: year.into() })
}

async fn page(clinic: &TestClinic, patient: Actor, id: AppointmentId) -> AskedPage {
    answers::asked(&clinic.app, &as_context(patient), id).await.expect("the page of questions")
}

async fn answer(clinic: &TestClinic, patient: Actor, id: AppointmentId, sent: TypedAnswers) -> Result<bool, AppError> {
    let version = page(clinic, patient, id).await.version;
    answers::save_answers(&clinic.app, &as_context(patient), id, version, sent).await
}

async fn hold(clinic: &TestClinic, patient: Actor, start: Timestamp) -> AppointmentId {
    booking::hold(&clinic.app, person(patient), clinic.request(0, start)).await.expect("a hold")
}

/// Books with this answer to the question that must be answered.
async fn booked(clinic: &TestClinic, patient: Actor, start: Timestamp, sent: TypedAnswers) -> AppointmentId {
    let id = hold(clinic, patient, start).await;
    assert_eq!(answer(clinic, patient, id, sent).await, Ok(true));
    booking::confirm(&clinic.app, person(patient), id).await.expect("a booking")
}

/// Books as a program does, without answers.
async fn booked_by_program(clinic: &TestClinic, patient: Actor, start: Timestamp) -> AppointmentId {
    let doctor = &clinic.doctors[0];
    let id = AppointmentId(random::id());
    let request =
        BookingRequest { id, doctor: doctor.id, visit_type: Some(doctor.visit_type), start: Start::At(start) };
    booking::book(&clinic.app, person(patient), request, Details::default(), None).await.expect("a booking");
    id
}

async fn shown(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> PatientAnswers {
    clinic.view(actor, id).await.answers.answers
}

fn values(page: &AskedPage) -> Vec<&str> {
    page.questions.iter().map(|asked| asked.value.as_str()).collect()
}

pub fn answered(pairs: &[(&str, &str)]) -> PatientAnswers {
    let one = |(question, answer): &(&str, &str)| Answered { question: (*question).into(), answer: (*answer).into() };
    PatientAnswers::Given(pairs.iter().map(one).collect())
}

async fn stored(clinic: &TestClinic) -> Vec<Vec<u8>> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<Vec<u8>>, Error> {
        conn.fetch_values("select answers from appointment_answers", ()).await
    };
    read(&mut reader.conn()).await.expect("stored answers")
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

/// Every file below a folder that has the word in it. Another program looks: a process that closes a file of SQLite loses
/// the locks that it has on it.
fn files_with(folder: &std::path::Path, word: &str) -> Vec<String> {
    let found = std::process::Command::new("grep").args(["-rlaF", "--", word]).arg(folder).output().expect("grep");
    assert!(found.status.code().is_some_and(|code| code < 2), "{}", text(&found));
    String::from_utf8_lossy(&found.stdout).lines().map(str::to_owned).collect()
}

/// The hidden fields of the form of answers on the page that is shown.
fn form_fields(page: &crate::web::Answer) -> Vec<(&'static str, String)> {
    ["id", "version"]
        .map(|name| (name, page.attributes(&format!("name=\"{name}\""), "value").pop().expect(name)))
        .to_vec()
}

async fn send(browser: &mut Browser, page: &crate::web::Answer, answers: &[(&str, &str)]) -> crate::web::Answer {
    let hidden = form_fields(page);
    let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.extend(answers);
    // on the page of a held time the same form books
    let is_hold = page.body.contains("/fn/booking/confirm");
    browser.submit(if is_hold { "/fn/booking/confirm" } else { "/fn/booking/answers" }, &fields).await
}

both_databases! {
    async fn answers_are_read_by_whom_the_reason_is_read(clinic: TestClinic) {
        let (own, other) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let (staff, patient, stranger) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await);
        let keys = ask_all(&clinic, own).await;
        let mut sent = typed(&[(keys[0], CANARY), (keys[1], "Right"), (keys[2], "no"), (keys[4], "72,5")]);
        sent.dates.extend([date(keys[3], "3", "dec", "2025")]);
        let id = booked(&clinic, patient, TOMORROW_9, sent).await;
        let given = answered(&[
            ("Where does it hurt?", CANARY),
            ("Which side?", "Right"),
            ("Do you smoke?", "No"),
            ("Since when?", "Wednesday 3 December 2025"),
            ("What do you weigh?", "72.5"),
        ]);
        assert_eq!(shown(&clinic, patient, id).await, given);
        assert_eq!(shown(&clinic, own, id).await, given);
        assert_eq!(shown(&clinic, staff, id).await, PatientAnswers::Withheld);
        docslot::doctors::server::reason_sharing::choose(&clinic.app, own, "true").await.expect("shared");
        assert_eq!(shown(&clinic, staff, id).await, given);
        docslot::doctors::server::reason_sharing::choose(&clinic.app, own, "").await.expect("kept");
        assert_eq!(shown(&clinic, staff, id).await, PatientAnswers::Withheld);
        for actor in [other, stranger] {
            assert_eq!(booking::appointment(&clinic.app, actor, id).await.err(), Some(AppError::NotFound));
        }
        for (context, refused) in [
            (RequestContext::anonymous(), AppError::Unauthenticated),
            (as_context(stranger), AppError::NotFound),
            (as_context(own), AppError::Forbidden),
            (as_context(staff), AppError::Forbidden),
        ] {
            assert_eq!(answers::asked(&clinic.app, &context, id).await.err(), Some(refused.clone()));
            let saved = answers::save_answers(&clinic.app, &context, id, 5, typed(&[(keys[0], "mine")])).await;
            assert_eq!(saved.err(), Some(refused));
        }
        assert_eq!(shown(&clinic, patient, id).await, given, "nothing of that was kept");
    }

    async fn nothing_of_an_answer_stands_in_the_database_a_log_a_message_an_address_or_a_file(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let staff_reader = clinic.user(Role::Admin).await;
        let key = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let field = format!("answers[{}]", field_of(key));
        let folder = Folder::new();
        let log = folder.path("log");
        let written = Stdio::from(std::fs::File::create(&log).expect("a file"));
        let program = start_logging(&clinic.url, &[("DOCSLOT_TELEMETRY_LOG", "trace")], written);
        let mut browser = Browser::at(program.address);
        browser.get("/register").await;
        let account = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", "quiet green bicycle"), ("next", "/")];
        browser.post("/fn/register", &account).await;
        let visit_type = clinic.doctors[0].visit_type.to_string();
        let start = at(4, 9).0.to_string();
        let time = [("doctor", "doctor-1"), ("visit_type", visit_type.as_str()), ("start", start.as_str())];
        let held = browser.post("/fn/booking/hold", &time).await.location().to_owned();
        let id = held.trim_start_matches("/book/").to_owned();
        let mut addresses = Vec::new();
        // too long, and then right: what is not right is kept as well
        for words in [CANARY.repeat(200), CANARY.to_owned()] {
            let page = browser.get(&held).await;
            let hidden = form_fields(&page);
            let mut fields: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (*name, value.as_str())).collect();
            fields.push((&field, &words));
            let next = browser.post("/fn/booking/confirm", &fields).await.location().to_owned();
            let shown = browser.get(&next).await;
            assert_eq!(shown.text().contains(CANARY), next == held, "the patient sees what is wrong: {}", shown.text());
            addresses.push(next);
        }
        assert_eq!(addresses, [held, format!("/appointments/{id}/done")]);
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains(CANARY), "{}", page.text());
        let file = browser.get(&format!("/appointments/{id}/calendar.ics")).await;
        assert!(file.status == 200 && !file.body.contains(CANARY), "{}", file.body);
        drop(program);
        let said = std::fs::read(&log).expect("a log");
        assert!(contains(&said, "/fn/booking/confirm"), "the log knows the form");
        assert!(!contains(&said, CANARY), "the log knows the answer");

        let kept = stored(&clinic).await;
        assert_eq!(kept.len(), 1);
        assert!(!kept[0].is_empty() && !contains(&kept[0], CANARY) && !contains(&kept[0], "answers"));
        if clinic.url.starts_with("sqlite:") {
            let file = clinic.url.trim_start_matches("sqlite://");
            let database = std::path::Path::new(file).parent().expect("a folder");
            assert_eq!(files_with(database, CANARY), Vec::<String>::new());
            assert!(!files_with(database, "Where does it hurt?").is_empty(), "the search finds what is there");
        }
        let sink = Sink::accepting().await;
        clinic.clock.set(at(3, 9));
        send_all(&sending_to(&clinic, &sink)).await;
        assert!(!sink.emails().is_empty());
        for email in sink.emails() {
            assert!(!everything(&email).contains(CANARY));
        }
        let out = folder.0.join("out");
        let exported = command(&clinic.url).arg("export").arg(&out).output().expect("the program");
        assert!(exported.status.success(), "{}", text(&exported));
        // a clinic that leaves takes the answers along as people read them, in the file that says so
        let answers = out.join("answers.csv").display().to_string();
        assert_eq!(files_with(&out, CANARY), [answers]);
        assert!(!files_with(&out, "Ana Novak").is_empty(), "the search finds what is there");

        // nor on any page of staff
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        for page in [
            format!("/appointments/{id}"),
            format!("/appointments/{id}/move"),
            "/doctor?doctor=doctor-1".to_owned(),
            "/doctor/list?doctor=doctor-1".to_owned(),
            format!("/admin/users?q={CANARY}"),
            "/admin/audit.csv".to_owned(),
        ] {
            let answer = staff.get(&page).await;
            assert_eq!(answer.status, 200, "{page}");
            assert_eq!(answer.body.contains(CANARY), page.contains(CANARY), "{page}: {}", answer.text());
        }
        let found = staff.get(&format!("/admin/users?q={CANARY}")).await;
        assert!(!found.text().contains("Ana Novak"), "no search finds a person by an answer");
        assert_eq!(shown(&clinic, staff_reader, id.parse().expect("an id")).await, PatientAnswers::Withheld);
    }

    async fn answers_stay_with_the_question_that_they_answered(clinic: TestClinic) {
        let (own, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let key = ask(&clinic, own, "Do you smoke?", "yes_no", true).await;
        let id = booked(&clinic, patient, TOMORROW_9, typed(&[(key, "yes")])).await;
        let given = answered(&[("Do you smoke?", "Yes")]);
        edit(&clinic, own, QuestionEdit::Save { key: Some(key), question: input("Are you pregnant?", "yes_no", true) }).await;
        assert_eq!(shown(&clinic, own, id).await, given, "the answer is to what was asked");
        let now = page(&clinic, patient, id).await;
        assert_eq!((now.questions[0].question.text.as_str(), now.questions[0].value.as_str()), ("Are you pregnant?", ""));
        assert_eq!(clinic.view(patient, id).await.answers.open, 1, "what must be answered has changed");
        edit(&clinic, own, QuestionEdit::Remove { key: now.questions[0].question.key }).await;
        assert_eq!(shown(&clinic, patient, id).await, given, "what was answered stays");
        assert_eq!(clinic.view(patient, id).await.answers, AppointmentAnswers { answers: given, open: 0, can_answer: false });
        let next = hold(&clinic, patient, TOMORROW_9.plus_minutes(60)).await;
        assert_eq!(page(&clinic, patient, next).await.questions, [], "a removed question is asked no more");
        assert_eq!(booking::confirm(&clinic.app, person(patient), next).await, Ok(next));
        assert_eq!(clinic.count("select count(*) from questions").await, 3);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'visit_type.questions_changed' and details = 'Dr doctor-1: Consultation'").await, 3);
        let unused = clinic.doctors[1].visit_type.to_string();
        let (second, slug) = (doctor(&clinic, 1).await, "doctor-2".to_owned());
        let change = |version, edit| QuestionChange { slug: slug.clone(), version, visit_type: unused.clone(), edit };
        let new = || QuestionEdit::Save { key: None, question: input("How?", "text", false) };
        change_questions(&clinic.app, second, change(1, new())).await.expect("a question");
        assert_eq!(change_questions(&clinic.app, second, change(1, new())).await, Err(AppError::Conflict), "a stale page");
        assert_eq!(change_questions(&clinic.app, own, change(2, new())).await, Err(AppError::NotFound), "another doctor's");
        assert_eq!(change_questions(&clinic.app, patient, change(2, new())).await, Err(AppError::Forbidden));
    }

    async fn the_answers_of_last_time_are_offered_and_no_other_persons(clinic: TestClinic) {
        let (own, patient, other) = (doctor(&clinic, 0).await, clinic.patient().await, clinic.patient().await);
        let hurts = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let side = ask(&clinic, own, "Which side?", "choice", false).await;
        booked(&clinic, patient, TOMORROW_9, typed(&[(hurts, CANARY), (side, "Left")])).await;
        clinic.clock.advance_seconds(86_400);
        let next = hold(&clinic, patient, TOMORROW_9.plus_minutes(2 * 1440)).await;
        let offered = page(&clinic, patient, next).await;
        assert_eq!((values(&offered), offered.last_time.as_deref()), (vec![CANARY, "Left"], Some("Monday 5 January")));
        let strangers = hold(&clinic, other, TOMORROW_9.plus_minutes(2 * 1440 + 60)).await;
        let empty = page(&clinic, other, strangers).await;
        assert_eq!((values(&empty), empty.last_time.as_deref()), (vec!["", ""], None));
        let confirmed = booking::confirm(&clinic.app, person(patient), next).await;
        assert_eq!(confirmed, Err(AppError::field("answers", FieldCode::Missing)), "offered is not answered");
        assert_eq!(answer(&clinic, patient, next, typed(&[(hurts, "elsewhere")])).await, Ok(true));
        let own_answers = page(&clinic, patient, next).await;
        assert_eq!((values(&own_answers), own_answers.last_time.as_deref()), (vec!["elsewhere", ""], None));
        // another time for the same appointment: what was typed comes along
        let request = booking::HoldRequest { previous: Some(next), ..clinic.request(0, TOMORROW_9.plus_minutes(3 * 1440)) };
        let moved = booking::hold(&clinic.app, person(patient), request).await.expect("another time");
        assert_eq!(values(&page(&clinic, patient, moved).await), ["elsewhere", ""]);
        assert_eq!(stored(&clinic).await.len(), 2);
        assert_eq!(answer(&clinic, patient, moved, typed(&[(hurts, "elsewhere")])).await, Ok(true));
        assert_eq!(stored(&clinic).await.len(), 2, "what was answered for a hold that came to nothing is gone");
        assert_eq!(booking::confirm(&clinic.app, person(patient), moved).await, Ok(moved));
        edit(&clinic, own, QuestionEdit::Save { key: Some(side), question: input("Which arm?", "choice", false) }).await;
        assert_eq!(values(&page(&clinic, patient, moved).await), ["elsewhere", ""]);
    }

    async fn what_must_be_answered_holds_a_booking_up_on_the_website_alone(clinic: TestClinic) {
        let (own, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let missing = AppError::field("answers", FieldCode::Missing);
        let optional = ask(&clinic, own, "Anything else?", "text", false).await;
        let id = hold(&clinic, patient, TOMORROW_9).await;
        let HoldPage::Hold(view) = booking::held(&clinic.app, &person(patient), id).await.expect("a page") else { panic!("a hold") };
        assert_eq!(view.answers, Some(Vec::new()));
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Ok(id), "nothing must be answered");
        assert_eq!(clinic.view(patient, id).await.answers.open, 1, "and it can be answered later");

        let id = hold(&clinic, patient, TOMORROW_9.plus_minutes(60)).await;
        let required = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Err(missing.clone()), "asked meanwhile");
        let refused = answer(&clinic, patient, id, typed(&[(optional, "a word"), (required, " ")])).await;
        assert_eq!(refused, Err(AppError::field(&format!("answers[{}]", field_of(required)), FieldCode::Missing)));
        assert_eq!(values(&page(&clinic, patient, id).await), ["a word", " "], "nothing that was typed is lost");
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Err(missing.clone()), "a form is no answer");
        assert_eq!(answer(&clinic, patient, id, typed(&[(required, "here")])).await, Ok(true));
        edit(&clinic, own, QuestionEdit::Move { key: required, up: true }).await;
        ask(&clinic, own, "Which side?", "choice", false).await;
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Ok(id), "nothing new must be answered");
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Ok(id), "twice is once");

        let id = hold(&clinic, patient, TOMORROW_9.plus_minutes(120)).await;
        assert_eq!(answer(&clinic, patient, id, typed(&[(required, "here")])).await, Ok(true));
        let version = page(&clinic, patient, id).await.version;
        let newer = ask(&clinic, own, "Since when?", "date", true).await;
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Err(missing));
        let stale = answers::save_answers(&clinic.app, &as_context(patient), id, version, typed(&[(required, "there")])).await;
        assert_eq!(stale, Err(AppError::Conflict));
        assert_eq!(values(&page(&clinic, patient, id).await), ["there", "", "", ""], "nothing that was typed is lost");
        let mut sent = typed(&[(required, "there")]);
        sent.dates.extend([date(newer, "1", "1", "2026")]);
        assert_eq!(answer(&clinic, patient, id, sent).await, Ok(true));
        assert_eq!(booking::confirm(&clinic.app, person(patient), id).await, Ok(id));
    }

    async fn who_booked_without_answers_is_asked_on_the_appointments_page(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let patient = Actor { user, ..clinic.patient().await };
        let keys = ask_all(&clinic, own).await;
        let by_program = booked_by_program(&clinic, patient, TOMORROW_9).await;
        let by_desk = add(&clinic, own, form_for(&clinic, patient, TOMORROW_9.plus_minutes(60))).await.expect("an appointment");
        let held = hold(&clinic, patient, TOMORROW_9.plus_minutes(120)).await;
        booking::confirm_with(&clinic.app, person(patient), held, None, None).await.expect("a program confirms");
        for id in [by_program, by_desk, held] {
            assert_eq!(clinic.view(patient, id).await.answers.open, 5);
            assert_eq!(clinic.view(own, id).await.answers, AppointmentAnswers::default());
        }
        let page = browser.get(&format!("/appointments/{by_desk}")).await;
        assert!(page.text().contains("Dr doctor-1 asks you to answer 5 questions before you come"), "{}", page.text());
        let href = format!("/appointments/{by_desk}/questions");
        assert!(page.body.contains(&format!("href=\"{href}\"")), "{}", page.body);
        let page = browser.get(&href).await;
        assert!(page.text().contains("Questions from Dr doctor-1") && page.text().contains("Send answers"), "{}", page.text());
        let page = send(&mut browser, &page, &[(&format!("answers[{}]", field_of(keys[0])), "My left <b>knee</b>")]).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("Your answers") && page.body.contains("My left &lt;b&gt;knee"), "{}", page.body);
        assert!(!page.text().contains("asks you to answer") && page.text().contains("Change your answers"), "{}", page.text());
        assert_eq!(clinic.view(own, by_desk).await.answers.answers, shown(&clinic, patient, by_desk).await);
        clinic.clock.set(TOMORROW_9.plus_minutes(180));
        assert_eq!(clinic.view(patient, by_program).await.answers.open, 0, "it is over");
        let late = answers::asked(&clinic.app, &as_context(patient), by_program).await;
        assert_eq!(late.err(), Some(AppError::TooLate));
        let late = answers::save_answers(&clinic.app, &as_context(patient), by_program, 5, typed(&[(keys[0], "late")])).await;
        assert_eq!(late, Err(AppError::Conflict));
    }

    async fn a_moved_appointment_keeps_its_answers(clinic: TestClinic) {
        let (own, patient, staff) = (doctor(&clinic, 0).await, clinic.patient().await, clinic.user(Role::Admin).await);
        let key = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let start = TOMORROW_9.plus_minutes(3 * 1440);
        let mut id = booked(&clinic, patient, start, typed(&[(key, CANARY)])).await;
        let given = answered(&[("Where does it hurt?", CANARY)]);
        for step in 1..=2 {
            let version = clinic.row(id).await.version;
            let to = start.plus_minutes(60 * step);
            id = booking::reschedule(&clinic.app, person(patient), id, version, to).await.expect("a move");
            assert_eq!(shown(&clinic, patient, id).await, given);
            assert_eq!(shown(&clinic, own, id).await, given);
            assert_eq!(shown(&clinic, staff, id).await, PatientAnswers::Withheld);
        }
        assert_eq!(answer(&clinic, patient, id, typed(&[(key, "elsewhere")])).await, Ok(false));
        assert_eq!(shown(&clinic, own, id).await, answered(&[("Where does it hurt?", "elsewhere")]));
        assert_eq!(stored(&clinic).await.len(), 1, "one value for an appointment");
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("approval");
        let version = clinic.row(id).await.version;
        let request = booking::reschedule(&clinic.app, person(patient), id, version, start.plus_minutes(240)).await.expect("a request");
        for row in [id, request] {
            assert_eq!(shown(&clinic, own, row).await, answered(&[("Where does it hurt?", "elsewhere")]));
        }
        // a value that was put into another row says nothing
        let other = booked_by_program(&clinic, clinic.patient().await, start).await;
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "insert into appointment_answers select $1, visit_type_id, questions_version, answered_at, answers from appointment_answers";
            tx.execute(sql, (other,)).await?;
            Ok(())
        })).await;
        assert_eq!(shown(&clinic, own, other).await, PatientAnswers::Unreadable);
    }

    async fn wrong_answers_come_back_with_what_was_typed(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let patient = Actor { user, ..clinic.patient().await };
        let keys = ask_all(&clinic, own).await;
        let fields = keys.map(field_of);
        let id = hold(&clinic, patient, TOMORROW_9).await;
        let page = browser.get(&format!("/book/{id}")).await;
        assert!(page.text().contains("Questions from Dr doctor-1") && page.text().contains("Which side? (optional)"), "{}", page.text());
        let name = |number: usize| format!("answers[{}]", fields[number]);
        let part = |part: &str| format!("dates[{}][{part}]", fields[3]);
        let long = "Здравствуйте, доктор! ".repeat(100);
        let page = send(&mut browser, &page, &[
            ("reason", "a cough"), ("phone", "none"), (&name(0), &long), (&name(1), "Middle"), (&name(2), "perhaps"),
            (&part("day"), "30"), (&part("month"), "February"), (&part("year"), "2026"), (&name(4), "seventy-two"),
        ]).await;
        assert_eq!(page.status, 422);
        for words in [
            "Enter a phone number, like 020 7946 0100",
            "The answer to \u{201C}Where does it hurt?\u{201D} can have at most 2000 characters",
            "Choose one of the answers to \u{201C}Which side?\u{201D}",
            "Choose one of the answers to \u{201C}Do you smoke?\u{201D}",
            "The answer to \u{201C}Since when?\u{201D} must be a date that exists, like 3 12 2026",
            "The answer to \u{201C}What do you weigh?\u{201D} must be a number in figures, like 72 or 36.6",
        ] {
            assert_eq!(page.text().matches(words).count(), 2, "above the form and beside the field: {words}: {}", page.text());
        }
        for field in &fields {
            assert!(page.body.contains(&format!("href=\"#{field}\"")) && page.body.contains(&format!("id=\"{field}\"")), "{field}");
        }
        assert!(page.body.contains(&long), "a long answer is kept");
        assert_eq!(page.attributes(&format!("name=\"{}\"", part("day")), "value"), ["30"]);
        assert_eq!(page.attributes(&format!("name=\"{}\"", name(4)), "value"), ["seventy-two"]);
        assert!(booking::confirm(&clinic.app, person(patient), id).await.is_err());
        assert_eq!(page.attributes("name=\"phone\"", "value"), ["none"]);
        assert!(page.text().contains("a cough"), "{}", page.text());

        let page = send(&mut browser, &page, &[(&name(0), " "), (&name(4), "1e9")]).await;
        assert!(page.text().contains("Answer the question \u{201C}Where does it hurt?\u{201D}"), "{}", page.text());
        assert!(page.text().contains("must be a number in figures"), "{}", page.text());
        // the fullest form that is right, and then one more word for the doctor
        let full = "é".repeat(2000);
        let rest = format!("/book/{id}");
        let page = send(&mut browser, &page, &[
            (&name(0), &full), (&name(1), "Left"), (&name(2), "yes"),
            (&part("day"), "28"), (&part("month"), "2"), (&part("year"), "2026"), (&name(4), "72"), ("phone", "x"),
        ]).await;
        assert_eq!((page.status, browser.page.as_str()), (422, rest.as_str()));
        assert_eq!(page.text().matches("Enter a phone number").count(), 2, "that alone is wrong: {}", page.text());
        assert!(page.body.contains(&full), "what is right is kept as well");
        assert_eq!(page.attributes(&format!("name=\"{}\"", part("month")), "value"), ["2"]);
        let page = send(&mut browser, &page, &[
            (&name(0), &full), (&name(1), "Left"), (&name(2), "yes"),
            (&part("day"), "28"), (&part("month"), "2"), (&part("year"), "2026"), (&name(4), "72"),
        ]).await;
        assert_eq!((page.status, browser.page.clone()), (200, format!("/appointments/{id}/done")));
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("Saturday 28 February 2026") && page.body.contains(&full), "{}", page.text());
    }

    async fn a_confirmation_without_answers_leads_back_to_them(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        let patient = Actor { user, ..clinic.patient().await };
        ask_all(&clinic, own).await;
        let id = hold(&clinic, patient, TOMORROW_9).await;
        browser.get(&format!("/book/{id}")).await;
        let page = browser.submit("/fn/booking/confirm", &[("id", &id.to_string())]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("There is a problem Answer the question \u{201C}Where does it hurt?\u{201D}"), "{}", page.text());
        assert!(!page.text().contains("Answer the question \u{201C}Which side?\u{201D}"), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 0);
    }

    async fn a_visitor_signs_in_before_the_questions(clinic: TestClinic) {
        let own = doctor(&clinic, 0).await;
        let web = Web::serve(&clinic.app).await;
        ask_all(&clinic, own).await;
        let mut browser = web.browser();
        let visit_type = clinic.doctors[0].visit_type.to_string();
        browser.get(&format!("/doctors/doctor-1/times?visit_type={visit_type}")).await;
        let start = TOMORROW_9.0.to_string();
        let held = browser.post("/fn/booking/hold", &[("doctor", "doctor-1"), ("visit_type", &visit_type), ("start", &start)]).await;
        let held = held.location().to_owned();
        let page = browser.get(&held).await;
        assert!(page.text().contains("Sign in or create an account to finish"), "{}", page.text());
        assert!(!page.text().contains("Where does it hurt?"), "{}", page.text());
        // who answers first is the patient, and the next person in this browser sees nothing of it
        let holder = browser.cookies.clone();
        for (email, status) in [("first@example.org", 200), ("second@example.org", 404)] {
            browser.cookies = holder.clone();
            browser.get("/register").await;
            let account = [("name", "Test Person"), ("email", email), ("phone", ""), ("password", "quiet green bicycle"), ("next", "/")];
            browser.post("/fn/register", &account).await;
            let page = browser.get(&held).await;
            assert_eq!((page.status, page.body.contains(CANARY)), (status, false), "{email}");
            if status == 200 {
                let hidden = form_fields(&page);
                let fields = [("id", hidden[0].1.as_str()), ("version", &hidden[1].1), ("answers[q1]", CANARY)];
                let page = browser.submit("/fn/booking/details", &fields).await;
                assert!(page.status == 200 && page.text().contains(CANARY), "{}", page.text());
            }
        }
        assert_eq!(web.browser().get(&held).await.status, 404);
    }

    async fn a_doctor_writes_questions_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let doctor = clinic.doctors[0].id;
        clinic.write(move |mut tx| Box::pin(async move {
            tx.execute("update doctors set person_id = $2 where id = $1", (doctor, user)).await?;
            Ok(())
        })).await;
        let visit_type = clinic.doctors[0].visit_type.to_string();
        let path = format!("/doctor/visit-types/{visit_type}/questions");
        assert!(browser.get("/doctor/visit-types").await.body.contains(&format!("href=\"{path}\"")));
        assert!(browser.get(&path).await.text().contains("No questions yet"));
        let save = |version: &'static str, text: &'static str, kind: &'static str, choices: &'static str| {
            let fields = [("version", version), ("question[text]", text), ("question[kind]", kind), ("question[choices]", choices)];
            [fields.to_vec(), vec![("question[required]", "true")]].concat()
        };
        browser.get(&format!("{path}/new")).await;
        let mut wrong = save("1", "  ", "choice", "only <one>");
        wrong.push(("visit_type", &visit_type));
        let page = browser.submit("/fn/availability/save_question", &wrong).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter the question") && page.text().contains("The number of choices must be between 2 and 10"), "{}", page.text());
        assert!(page.body.contains("only &lt;one>"), "what was typed is kept: {}", page.body);
        let mut right = save("1", "Which side?", "choice", "Left\r\nRight\r\n");
        right.push(("visit_type", &visit_type));
        let page = browser.submit("/fn/availability/save_question", &right).await;
        assert!(page.text().contains("Saved.") && page.text().contains("Which side? Left, Right Must be answered"), "{}", page.text());
        browser.get(&format!("{path}/new")).await;
        let page = browser.submit("/fn/availability/save_question", &right).await;
        assert_eq!(page.status, 409, "a stale form: {}", page.text());
        let second = [("version", "2"), ("visit_type", visit_type.as_str()), ("question[text]", "Since when?"), ("question[kind]", "date")];
        let page = browser.submit("/fn/availability/save_question", &second).await;
        assert!(page.text().contains("Since when? A date"), "{}", page.text());
        let page = browser.submit("/fn/availability/move_question", &[("version", "3"), ("visit_type", &visit_type), ("key", "2"), ("up", "true")]).await;
        let place = |words: &str| page.text().find(words).expect("a question");
        assert!(place("Since when?") < place("Which side?"), "{}", page.text());
        let page = browser.submit("/fn/availability/remove_question", &[("version", "4"), ("visit_type", &visit_type), ("key", "1")]).await;
        assert!(!page.text().contains("Which side?"), "{}", page.text());
        let page = browser.get(&format!("{path}/2")).await;
        assert_eq!(page.attributes("name=\"question[text]\"", "value"), ["Since when?"]);
        assert_eq!(browser.get(&format!("{path}/1")).await.status, 404);
        let remove = [("version", "5"), ("id", visit_type.as_str())];
        browser.get("/doctor/visit-types").await;
        let page = browser.submit("/fn/availability/remove_visit_type", &remove).await;
        assert!(page.text().contains("No visit types yet"), "its questions go with it: {}", page.text());
    }
}
