//! Video calls: whose link counts, who sees it and when, and the message that brings it.

use docslot::{
    accounts::Role,
    booking::{
        VideoCall,
        server::{self as booking},
    },
    error::{AppError, FieldCode},
    ids::AppointmentId,
    notifications::server::{
        preview::{Preview, preview},
        reminders, video_links,
    },
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};
use mail_parser::MimeHeaders;

use crate::{
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    mail::{everything, parsed, send_all, sending_to},
    smtp_sink::Sink,
    time_off::doctor,
};

/// Friday 9 January, 9am in London.
const FRIDAY_9: Timestamp = Timestamp(TOMORROW_9.0 + 3 * 86_400);
/// The afternoon before, when reminders are sent.
const THURSDAY_2PM: Timestamp = Timestamp(FRIDAY_9.0 - 19 * 3_600);

/// The same app with a setting that makes links.
fn with_rooms(app: &AppState) -> AppState {
    let mut settings = (*app.settings).clone();
    settings.booking.video_url_template = "https://meet.example/{room}".into();
    app.with_settings(settings)
}

/// Calls instead of visits.
async fn calls(clinic: &TestClinic) {
    clinic.execute("update visit_types set mode = 'video'").await.expect("calls");
}

async fn shown(app: &AppState, actor: Actor, id: AppointmentId) -> Option<VideoCall> {
    booking::appointment(app, actor, id).await.expect("an appointment").video
}

async fn set(clinic: &TestClinic, actor: Actor, id: AppointmentId, url: &str) -> Result<(), AppError> {
    let version = clinic.row(id).await.version;
    booking::set_video_url(&clinic.app, actor, id, version, url).await
}

fn open(url: &str) -> Option<VideoCall> {
    Some(VideoCall::Open { url: url.to_owned() })
}

both_databases! {
    async fn the_link_appears_the_day_before_and_opens_15_minutes_before_the_start(clinic: TestClinic) {
        calls(&clinic).await;
        let app = with_rooms(&clinic.app);
        let (doctor, staff, patient) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await, clinic.patient().await);
        let id = clinic.book(patient, 0, FRIDAY_9).await.expect("a booking");
        assert_eq!(shown(&clinic.app, patient, id).await, Some(VideoCall::Unknown), "nothing makes a link");
        assert_eq!(shown(&app, patient, id).await, Some(VideoCall::Later { from: "Thursday 8 January".into() }));
        let room = clinic.row(id).await.video_room;
        assert_eq!(room.len(), 43, "256 bits");
        let url = format!("https://meet.example/{room}");
        assert_eq!(shown(&app, doctor, id).await, open(&url));
        assert_eq!(shown(&app, staff, id).await, None, "the call is between the two");
        let soon = Some(VideoCall::Soon { opens: "Friday 9 January, 8:45am".into() });
        for (at, expected) in [
            (FRIDAY_9.plus_minutes(-33 * 60).plus_seconds(-1), Some(VideoCall::Later { from: "Thursday 8 January".into() })),
            (FRIDAY_9.plus_minutes(-33 * 60), soon.clone()),
            (FRIDAY_9.plus_minutes(-15).plus_seconds(-1), soon),
            (FRIDAY_9.plus_minutes(-15), open(&url)),
            (FRIDAY_9.plus_minutes(30).plus_seconds(-1), open(&url)),
            (FRIDAY_9.plus_minutes(30), None),
        ] {
            clinic.clock.set(at);
            assert_eq!(shown(&app, patient, id).await, expected, "at {at:?}");
        }
        let other = clinic.book(clinic.patient().await, 0, FRIDAY_9.plus_minutes(DAY)).await.expect("a booking");
        assert_ne!(clinic.row(other).await.video_room, room);
        assert_eq!(booking::appointment(&app, clinic.patient().await, other).await.err(), Some(AppError::NotFound));
    }

    async fn a_call_of_its_own_link_comes_first_then_its_doctors_then_the_setting(clinic: TestClinic) {
        calls(&clinic).await;
        let app = with_rooms(&clinic.app);
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let id = clinic.book(patient, 0, FRIDAY_9).await.expect("a booking");
        clinic.execute("update doctors set video_url = 'https://doctor.example/me' where slug = 'doctor-1'").await.expect("a link");
        assert_eq!(shown(&app, doctor, id).await, open("https://doctor.example/me"));
        set(&clinic, doctor, id, " https://call.example/1 ").await.expect("a link");
        assert_eq!(shown(&app, doctor, id).await, open("https://call.example/1"));
        let moved = reschedule(&clinic, patient, id, FRIDAY_9.plus_minutes(60)).await.expect("moving");
        assert_eq!(shown(&app, doctor, moved).await, open("https://call.example/1"));
        set(&clinic, clinic.user(Role::Admin).await, moved, "").await.expect("no link");
        assert_eq!(shown(&app, doctor, moved).await, open("https://doctor.example/me"));
        for bad in ["http://call.example/1", "call.example", "https://", "https://me:secret@call.example/", "https://a b/", "https://x/\"y"] {
            assert_eq!(set(&clinic, doctor, moved, bad).await, Err(AppError::field("video_url", FieldCode::NotALink)), "{bad}");
        }
        assert_eq!(set(&clinic, patient, moved, "").await, Err(AppError::Forbidden));
        let stale = booking::set_video_url(&clinic.app, doctor, moved, 99, "https://call.example/2").await;
        assert_eq!(stale, Err(AppError::Conflict));
        cancel(&clinic, patient, moved).await.expect("cancelling");
        assert_eq!(set(&clinic, doctor, moved, "https://call.example/2").await, Err(AppError::Conflict));
        assert_eq!(shown(&app, patient, moved).await, None);
    }

    async fn the_reminder_brings_the_link_and_earlier_messages_do_not(clinic: TestClinic) {
        calls(&clinic).await;
        let sink = Sink::accepting().await;
        let app = with_rooms(&sending_to(&clinic, &sink));
        let id = clinic.book(clinic.patient().await, 0, FRIDAY_9).await.expect("a booking");
        send_all(&app).await;
        let confirmation = everything(&sink.emails()[0]);
        assert!(confirmation.contains("You get the link to join the day before."), "{confirmation}");
        assert!(!confirmation.contains("meet.example"), "{confirmation}");
        clinic.clock.set(THURSDAY_2PM.plus_seconds(-1));
        assert_eq!(video_links::enqueue_due(&app).await, Ok(0));
        clinic.clock.set(THURSDAY_2PM);
        assert_eq!(reminders::enqueue_due(&app).await, Ok(1));
        assert_eq!(video_links::enqueue_due(&app).await, Ok(0), "the reminder has it");
        send_all(&app).await;
        let reminder = everything(&sink.emails()[1]);
        let url = format!("https://meet.example/{}", clinic.row(id).await.video_room);
        assert!(reminder.contains("To join the video call, from Friday 9 January, 8:45am:") && reminder.contains(&url), "{reminder}");
    }

    async fn without_a_reminder_the_link_comes_in_a_message_of_its_own_once(clinic: TestClinic) {
        calls(&clinic).await;
        let sink = Sink::accepting().await;
        let app = with_rooms(&sending_to(&clinic, &sink));
        let id = clinic.book(clinic.patient().await, 0, FRIDAY_9).await.expect("a booking");
        clinic.execute("update persons set reminders = (1 = 0)").await.expect("no reminders");
        send_all(&app).await;
        clinic.clock.set(THURSDAY_2PM);
        assert_eq!(reminders::enqueue_due(&app).await, Ok(0));
        let (one, two) = tokio::join!(video_links::enqueue_due(&app), video_links::enqueue_due(&app));
        assert!(one.expect("a look") + two.expect("a look") > 0);
        assert_eq!(video_links::enqueue_due(&app).await, Ok(0), "it is written already");
        let message = clinic.an_id("select id from outbox where kind = 'video_link'").await;
        let url = format!("https://meet.example/{}", clinic.row(id).await.video_room);
        match preview(&app, message).await.expect("a preview") {
            Preview::Message { words, document } => {
                assert!(words.plain.contains("To join the video call") && !words.plain.contains(&url), "{}", words.plain);
                assert!(!document.contains("meet.example"), "staff do not read the link");
            }
            _ => panic!("the message is true"),
        }
        assert_eq!(send_all(&app).await.sent, 1);
        let email = sink.emails().pop().expect("a message");
        assert_eq!(parsed(&email).subject(), Some("How to join your appointment on Friday 9 January at 9am"));
        assert!(everything(&email).contains(&url));
        let names: Vec<_> = parsed(&email).attachments().filter_map(|part| part.attachment_name().map(str::to_owned)).collect();
        assert!(names.is_empty(), "{names:?}");
    }

    async fn a_link_that_is_set_late_is_mailed_at_once_and_an_early_one_in_time(clinic: TestClinic) {
        calls(&clinic).await;
        let (doctor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let id = clinic.book(patient, 0, FRIDAY_9).await.expect("a booking");
        let links = "select count(*) from outbox where kind = 'video_link'";
        set(&clinic, doctor, id, "https://call.example/1").await.expect("a link");
        assert_eq!(clinic.count(links).await, 0, "it is early");
        clinic.clock.set(THURSDAY_2PM);
        set(&clinic, doctor, id, "https://call.example/1").await.expect("the same link");
        assert_eq!(clinic.count(links).await, 0, "nothing changed");
        set(&clinic, doctor, id, "https://call.example/2").await.expect("another link");
        assert_eq!(clinic.count(links).await, 1);
    }

    async fn without_any_link_nothing_is_promised(clinic: TestClinic) {
        calls(&clinic).await;
        let sink = Sink::accepting().await;
        let app = sending_to(&clinic, &sink);
        clinic.book(clinic.patient().await, 0, FRIDAY_9).await.expect("a booking");
        clinic.clock.set(THURSDAY_2PM);
        assert_eq!(video_links::enqueue_due(&app).await, Ok(0));
        send_all(&app).await;
        let confirmation = everything(&sink.emails()[0]);
        assert!(confirmation.contains("The clinic will tell you how to join."), "{confirmation}");
        assert!(!confirmation.contains("link to join"), "{confirmation}");
    }

    async fn the_page_has_the_button_and_the_doctor_the_form(clinic: TestClinic) {
        calls(&clinic).await;
        let web = crate::web::Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        crate::time_off::sign_in_doctor(&clinic, &mut browser).await;
        let id = clinic.book(clinic.patient().await, 0, FRIDAY_9).await.expect("a booking");
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("There is no link for this call yet."), "{}", page.text());
        let (own, version) = (id.to_string(), clinic.row(id).await.version.to_string());
        let fields = |url: &'static str| [("id", own.as_str()), ("version", version.as_str()), ("video_url", url)];
        let refused = browser.submit("/fn/booking/video_url", &fields("http://call.example/1")).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains("Enter a link that begins with https://"), "{}", refused.text());
        assert!(refused.body.contains("http://call.example/1"), "what was typed is kept");
        let saved = browser.post("/fn/booking/video_url", &fields("https://call.example/1?a=1&b=2")).await;
        assert_eq!(saved.location(), format!("/appointments/{id}#video"));
        let page = browser.get(&format!("/appointments/{id}")).await;
        assert!(page.text().contains("Join the video call"), "{}", page.text());
        let day = browser.get("/doctor?date=2026-01-09").await;
        assert!(day.text().contains("Video call") && !day.body.contains("call.example"), "{}", day.text());
    }
}
