//! The staff's pages about the clinic: what they change, what they refuse, and who may ask.

use std::time::Duration;

use docslot::{
    accounts::{Role, server::create_admin},
    admin::{
        model::{
            availability_explainer::ExplainerQuery,
            locations::{ClosureForm, LocationForm},
            settings::SettingsForm,
        },
        server::{self as admin, availability_explainer, closures, locations, settings, specialties},
    },
    booking::Status,
    clinic::server::ClinicSettings,
    doctors::{DirectoryQuery, server as doctors},
    error::{AppError, FieldCode},
    ids::{LocationId, PersonId},
    on,
    state::AppState,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    booking::{DAY, listed},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser},
    web::{Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

/// A browser in which a member of the staff is signed in.
pub async fn staff(clinic: &TestClinic, web: &Web) -> Browser {
    let email = format!("staff-{}@example.org", Uuid::now_v7().simple());
    create_admin(&clinic.app, &email, "Sam Staff", PASSWORD).await.expect("a staff account");
    let mut browser = web.browser();
    browser.get("/sign-in").await;
    let fields = [("email", email.as_str()), ("password", PASSWORD), ("next", "/admin")];
    assert_eq!(browser.post("/fn/sign_in", &fields).await.location(), "/admin");
    browser
}

fn settings_fields<'a>(name: &'a str, version: &'a str) -> Vec<(&'static str, &'a str)> {
    vec![
        ("name", name),
        ("phone", "020 7946 0111"),
        ("emergency_line", "999"),
        ("approve_doctors", "true"),
        ("request_hours", "48"),
        ("cutoff_hours", "12"),
        ("time_zone", "Europe/London"),
        ("version", version),
    ]
}

pub fn closure(clinic: &TestClinic, first: [&str; 3], keep_appointments: Option<u32>) -> ClosureForm {
    ClosureForm {
        location: clinic.london.to_string(),
        first: first.map(str::to_owned),
        last: Default::default(),
        reason: "Public holiday".into(),
        keep_appointments,
    }
}

pub fn location_form(clinic: &TestClinic, seen: &str) -> LocationForm {
    LocationForm {
        id: Some(clinic.london),
        name: "Riverside".into(),
        address: "4 Mill Lane".into(),
        phone: "020 7946 0000".into(),
        time_zone: "Europe/London".into(),
        seen: seen.to_owned(),
    }
}

/// What a page of this location says about its state.
pub async fn seen(clinic: &TestClinic, id: LocationId) -> String {
    let page = locations::location(&clinic.app, &id.to_string()).await.expect("a location");
    page.location.expect("it exists").seen
}

async fn away(clinic: &TestClinic, doctor: usize, from: Timestamp, until: Timestamp) {
    let doctor = clinic.doctors[doctor].id;
    clinic
        .write(move |mut tx| Box::pin(async move {
            let sql =
                "insert into time_off (id, doctor_id, starts_at, ends_at, private_reason) values ($1, $2, $3, $4, '')";
            on!(tx, |c| {
                let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(doctor).bind(from).bind(until);
                query.execute(c).await?.rows_affected()
            });
            tx.execute("update doctors set schedule_version = schedule_version + 1", ()).await?;
            Ok(())
        }))
        .await;
}

async fn reasons(clinic: &TestClinic, actor: Actor, date: &str, time: &str) -> Vec<String> {
    let (doctor, visit_type) = (clinic.doctors[0].slug.clone(), clinic.doctors[0].visit_type.to_string());
    let query = ExplainerQuery { doctor, visit_type, date: date.into(), time: time.into() };
    let page = availability_explainer::page(&clinic.app, actor, query).await.expect("a page");
    page.answer.unwrap_or_else(|| panic!("{date} {time}: {:?}", page.problems)).reasons
}

both_databases! {
    async fn a_saved_name_stands_on_every_page_at_once_and_in_other_processes_soon(clinic: TestClinic) {
        let other = AppState::with_clock((*clinic.app.settings).clone(), clinic.app.db.clone(), clinic.clock.clone());
        let other = other.await.expect("another process on the same database");
        let (web, elsewhere) = (Web::serve(&clinic.app).await, Web::serve(&other).await);
        let (mut visitor, mut far_visitor) = (web.browser(), elsewhere.browser());
        assert!(visitor.get("/help").await.text().contains("Docslot Clinic"));
        assert!(far_visitor.get("/help").await.text().contains("Docslot Clinic"));

        let mut staff = staff(&clinic, &web).await;
        assert_eq!(staff.get("/admin/settings").await.status, 200);
        let page = staff.submit("/fn/admin/save_settings", &settings_fields("Mill Lane Surgery", "0")).await;
        assert!(page.text().contains("Saved."), "{}", page.text());
        for path in ["/help", "/", "/doctors", "/nowhere"] {
            let text = visitor.get(path).await.text();
            assert!(text.contains("Mill Lane Surgery") && !text.contains("Docslot Clinic"), "{path}: {text}");
            assert!(text.contains("999") && text.contains("020 7946 0111"), "{path}: {text}");
        }
        tokio::time::sleep(Duration::from_millis(1_100)).await;
        assert!(far_visitor.get("/help").await.text().contains("Mill Lane Surgery"));
    }

    async fn what_a_process_remembers_never_goes_back(clinic: TestClinic) {
        let first = clinic.app.clinic.now().await;
        assert_eq!((first.version, first.request_hours), (0, 72));
        let newer = ClinicSettings { version: 2, name: "Newer".into(), ..(*first).clone() };
        clinic.app.clinic.keep(newer);
        clinic.app.clinic.keep(ClinicSettings { version: 1, name: "Older".into(), ..(*first).clone() });
        assert_eq!(clinic.app.clinic.now().await.name, "Newer");
    }

    async fn settings_out_of_date_save_nothing_and_show_both(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut first, mut second) = (staff(&clinic, &web).await, staff(&clinic, &web).await);
        first.get("/admin/settings").await;
        second.get("/admin/settings").await;
        first.submit("/fn/admin/save_settings", &settings_fields("First Clinic", "0")).await;
        let page = second.submit("/fn/admin/save_settings", &settings_fields("Second Clinic", "0")).await;
        assert_eq!(page.status, 409);
        let text = page.text();
        assert!(text.contains("Another person changed the settings") && text.contains("First Clinic"), "{text}");
        assert_eq!(page.attributes("id=\"name\"", "value"), ["Second Clinic"], "what was typed is kept");
        assert_eq!(clinic.count("select count(*) from clinic_settings where name = 'First Clinic' and version = 1").await, 1);
        let version = page.attributes("name=\"version\"", "value");
        assert_eq!(version, ["1"]);
        second.submit("/fn/admin/save_settings", &settings_fields("Second Clinic", &version[0])).await;
        assert_eq!(clinic.count("select count(*) from clinic_settings where name = 'Second Clinic' and version = 2").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'settings.changed'").await, 2);
    }

    async fn settings_that_make_no_sense_are_named_field_by_field(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let form = SettingsForm {
            name: " ".into(),
            phone: "call us".into(),
            emergency_line: "ambulance".into(),
            request_hours: "0".into(),
            cutoff_hours: "a day".into(),
            ..SettingsForm::default()
        };
        let error = settings::save(&clinic.app, actor, form).await.expect_err("nonsense");
        assert_eq!(error.code_for("name"), Some(FieldCode::Missing));
        assert_eq!(error.code_for("phone"), Some(FieldCode::NotAPhoneNumber));
        assert_eq!(error.code_for("emergency_line"), Some(FieldCode::NotAPhoneNumber));
        assert_eq!(error.code_for("request_hours"), Some(FieldCode::OutOfRange(1, 720)));
        assert_eq!(error.code_for("cutoff_hours"), Some(FieldCode::NotANumber));
        assert_eq!(clinic.count("select count(*) from clinic_settings").await, 0);
    }

    async fn a_specialty_is_added_renamed_everywhere_and_removed_only_when_no_doctor_has_it(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let id = specialties::add(&clinic.app, actor, "  Ear,  nose & throat ").await.expect("added");
        let twin = specialties::add(&clinic.app, actor, "EAR, NOSE & THROAT").await;
        assert_eq!(twin, Err(AppError::field("name", FieldCode::NameTaken)));
        let rows = specialties::specialties(&clinic.app).await.expect("a list");
        let added = rows.iter().find(|row| row.id == id).expect("listed");
        assert_eq!((added.slug.as_str(), added.name.as_str(), added.doctors), ("ear-nose-throat", "Ear, nose & throat", 0));
        let used = rows.iter().find(|row| row.slug == "general-practice").expect("the clinic's own").clone();
        assert_eq!(used.doctors, 4);

        doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("known");
        specialties::rename(&clinic.app, actor, used.id, &used.name, "Family medicine").await.expect("renamed");
        let home = doctors::home(&clinic.app).await.expect("home");
        let shown: Vec<_> = home.specialties.iter().map(|facet| (facet.value.as_str(), facet.label.as_str())).collect();
        assert_eq!(shown, [("general-practice", "Family medicine")]);
        let stale = specialties::rename(&clinic.app, actor, used.id, &used.name, "Another name").await;
        assert_eq!(stale, Err(AppError::Conflict));

        let refused = specialties::remove(&clinic.app, actor, used.id).await;
        assert_eq!(refused, Err(AppError::field("remove", FieldCode::InUse)));
        assert_eq!(clinic.count("select count(*) from doctor_specialties").await, 4);
        specialties::remove(&clinic.app, actor, id).await.expect("nobody has it");
        assert_eq!(specialties::remove(&clinic.app, actor, id).await, Err(AppError::NotFound));
        assert_eq!(clinic.count("select count(*) from specialties").await, 1);
    }

    async fn doctors_are_found_by_the_words_that_staff_add_to_a_specialty(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let specialty = specialties::specialties(&clinic.app).await.expect("a list")[0].clone();
        let id = specialty.id.to_string();
        let search = async |q: &str| {
            let query = DirectoryQuery { q: q.into(), ..DirectoryQuery::default() };
            doctors::search(&clinic.app, query).await.expect("a page").total
        };
        assert_eq!((search("gp").await, search("snoring").await), (4, 0));
        let page = staff.get("/admin/specialties?edit=general-practice").await;
        assert!(page.text().contains("Other words patients use"), "{}", page.text());
        let save = "/fn/admin/specialty_words";
        let page = staff.submit(save, &[("id", &id), ("seen", ""), ("other_words", &"x".repeat(301))]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("The other words can have at most 300 characters"), "{}", page.text());
        let page = staff.submit(save, &[("id", &id), ("seen", ""), ("other_words", " snoring,\u{A0}tired\u{200B} ")]).await;
        assert_eq!(page.status, 200, "{}", page.text());
        assert_eq!(specialties::specialties(&clinic.app).await.expect("a list")[0].other_words, "snoring, tired");
        assert_eq!((search("Snoring").await, search("tired").await), (4, 4));
        staff.get("/admin/specialties?edit=general-practice").await;
        let page = staff.submit(save, &[("id", &id), ("seen", ""), ("other_words", "flu")]).await;
        assert_eq!(page.status, 409);
        let text = page.text();
        assert!(text.contains("Another person changed the other words") && text.contains("snoring, tired"), "{text}");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'specialty.words_changed'").await, 1);
    }

    async fn the_page_of_a_specialty_says_that_it_is_in_use(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let id = specialties::specialties(&clinic.app).await.expect("a list")[0].id.to_string();
        let page = staff.get("/admin/specialties?edit=general-practice").await;
        assert!(page.text().contains("4 doctors have this specialty"), "{}", page.text());
        let page = staff.submit("/fn/admin/remove_specialty", &[("id", &id)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("This specialty is still in use"), "{}", page.text());
        let page = staff.submit("/fn/admin/rename_specialty", &[("id", &id), ("seen", "General practice"), ("name", "")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter the name"), "{}", page.text());
        assert_eq!(staff.get("/admin/specialties?edit=nothing").await.status, 404);
    }

    async fn the_zone_of_a_location_stays_while_appointments_are_booked_there(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let moved = LocationForm { time_zone: "Europe/Paris".into(), ..location_form(&clinic, &seen(&clinic, clinic.london).await) };
        let refused = locations::save(&clinic.app, actor, moved.clone()).await;
        assert_eq!(refused, Err(AppError::AppointmentsAhead { appointments: 1 }));
        let nowhere = LocationForm { time_zone: "Mars/Olympus".into(), ..moved.clone() };
        let refused = locations::save(&clinic.app, actor, nowhere).await;
        assert_eq!(refused, Err(AppError::field("time_zone", FieldCode::UnknownZone)));
        assert_eq!(clinic.count("select count(*) from locations where time_zone = 'Europe/London'").await, 1);

        doctors::profile(&clinic.app, "doctor-1").await.expect("known");
        let renamed = LocationForm { name: "Millside".into(), ..location_form(&clinic, &moved.seen) };
        locations::save(&clinic.app, actor, renamed.clone()).await.expect("another name is fine");
        let profile = doctors::profile(&clinic.app, "doctor-1").await.expect("a profile");
        assert_eq!(profile.locations[0].name, "Millside", "at once");
        assert_eq!(clinic.row(id).await.location_name, "Riverside", "the appointment keeps what was agreed");
        let stale = LocationForm { name: "Lakeside".into(), ..renamed };
        assert_eq!(locations::save(&clinic.app, actor, stale).await, Err(AppError::Conflict));

        clinic.clock.set(TOMORROW_9.plus_minutes(60));
        let moved = LocationForm { seen: seen(&clinic, clinic.london).await, ..moved };
        locations::save(&clinic.app, actor, moved).await.expect("the appointment is over");
        assert_eq!(clinic.count("select count(*) from locations where time_zone = 'Europe/Paris'").await, 1);
    }

    async fn a_request_that_ran_out_does_not_keep_the_zone_of_a_location(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(7 * DAY)).await.expect("a request");
        let moved = LocationForm { time_zone: "Europe/Paris".into(), ..location_form(&clinic, &seen(&clinic, clinic.london).await) };
        let waits = locations::save(&clinic.app, actor, moved.clone()).await;
        assert_eq!(waits, Err(AppError::AppointmentsAhead { appointments: 1 }));
        clinic.clock.set(clinic.row(id).await.answer_by.expect("a time to answer"));
        assert_eq!(clinic.status(id).await, Status::Requested, "the job has not run");
        locations::save(&clinic.app, actor, moved).await.expect("the request ran out");
    }

    async fn a_location_in_use_and_the_last_one_stay(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        assert_eq!(staff.get("/admin/locations/new").await.status, 200);
        let fields = [("name", "Harbour"), ("address", "1 Quay"), ("phone", "020 7946 0001"), ("time_zone", "europe/paris"), ("seen", "")];
        let page = staff.submit("/fn/admin/save_location", &fields).await;
        assert!(page.text().contains("Harbour") && page.text().contains("Europe/Paris"), "{}", page.text());
        staff.get("/admin/locations/new").await;
        let page = staff.submit("/fn/admin/save_location", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("The name is taken"), "{}", page.text());

        let london = clinic.london.to_string();
        let page = staff.get(&format!("/admin/locations/{london}")).await;
        assert!(page.text().contains("4 doctors have hours here"), "{}", page.text());
        let page = staff.submit("/fn/admin/remove_location", &[("id", &london)]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("This location is still in use"), "{}", page.text());
        let rows = locations::locations(&clinic.app).await.expect("a list");
        let harbour = rows.iter().find(|row| row.name == "Harbour").expect("listed").id;
        let actor = clinic.user(Role::Admin).await;
        locations::remove(&clinic.app, actor, harbour).await.expect("nobody works there");
        clinic.execute("delete from weekly_hours").await.expect("nobody works anywhere");
        let last = locations::remove(&clinic.app, actor, clinic.london).await;
        assert_eq!(last, Err(AppError::field("remove", FieldCode::InUse)));
        assert_eq!(staff.get("/admin/locations/nonsense").await.status, 404);
    }

    async fn a_closure_lists_booked_appointments_touches_none_and_takes_the_day_off_the_list(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let id = clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let row = clinic.row(id).await;
        let tuesday = ["6", "1", "2026"];
        assert_eq!(listed(&clinic, &browser("x"), "2026-01-06", None).await.len(), 15);
        let before = doctors::profile(&clinic.app, "doctor-2").await.expect("a profile");
        assert_eq!(before.card.next.as_deref(), Some("Monday 5 January, 9am"));

        let asked = closures::add(&clinic.app, actor, closure(&clinic, tuesday, None)).await;
        let appointments = vec!["Tuesday 6 January, 9am: Dr doctor-1, Consultation".to_owned()];
        assert_eq!(asked, Err(AppError::AppointmentsOutside { appointments, all: 1 }));
        let asked = closures::add(&clinic.app, actor, closure(&clinic, tuesday, Some(2))).await;
        assert!(matches!(asked, Err(AppError::AppointmentsOutside { .. })), "{asked:?}");
        assert_eq!(clinic.count("select count(*) from closures").await, 0);

        closures::add(&clinic.app, actor, closure(&clinic, tuesday, Some(1))).await.expect("closed");
        closures::add(&clinic.app, actor, closure(&clinic, tuesday, Some(1))).await.expect("a second press is harmless");
        assert_eq!(clinic.count("select count(*) from closures").await, 1);
        assert_eq!(listed(&clinic, &browser("x"), "2026-01-06", None).await, []);
        let after = clinic.row(id).await;
        assert_eq!((after.status, after.version), (Status::Booked, row.version), "nothing happens to the appointment");
        assert_eq!(clinic.count("select count(*) from outbox where kind <> 'appointment_booked'").await, 0);
        let gone = clinic.book(clinic.patient().await, 1, TOMORROW_9).await;
        assert!(matches!(gone, Err(AppError::TimeGone { .. })), "{gone:?}");

        closures::add(&clinic.app, actor, closure(&clinic, ["5", "1", "2026"], None)).await.expect("today, too");
        let card = doctors::profile(&clinic.app, "doctor-2").await.expect("a profile").card;
        assert_eq!(card.next.as_deref(), Some("Wednesday 7 January, 9am"), "the directory knows at once");
        let data = closures::closures(&clinic.app).await.expect("a list");
        let booked = &data.coming[1].booked;
        assert_eq!((booked[0].doctor_slug.as_str(), booked[0].date.as_str(), booked[0].appointments), ("doctor-1", "2026-01-06", 1));

        let removed = data.coming[1].id;
        closures::remove(&clinic.app, actor, removed).await.expect("reopened");
        assert_eq!(listed(&clinic, &browser("x"), "2026-01-06", None).await.len(), 15);
        assert_eq!(closures::remove(&clinic.app, actor, removed).await, Err(AppError::NotFound));
    }

    async fn closures_in_the_past_and_nowhere_are_refused(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        let yesterday = closures::add(&clinic.app, actor, closure(&clinic, ["4", "1", "2026"], None)).await;
        assert_eq!(yesterday, Err(AppError::field("first", FieldCode::InThePast)));
        let nowhere = ClosureForm { location: Uuid::now_v7().to_string(), ..closure(&clinic, ["8", "1", "2026"], None) };
        let nowhere = closures::add(&clinic.app, actor, nowhere).await;
        assert_eq!(nowhere, Err(AppError::field("location", FieldCode::Unknown)));
        assert_eq!(clinic.count("select count(*) from closures").await, 0);
    }

    async fn the_form_of_a_closure_asks_once_more_and_keeps_what_was_typed(clinic: TestClinic) {
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        staff.get("/admin/closures").await;
        let location = clinic.london.to_string();
        let mut fields = vec![
            ("location", location.as_str()),
            ("first_day", "6"),
            ("first_month", "jan"),
            ("first_year", "2026"),
            ("last_day", "7"),
            ("last_month", "1"),
            ("last_year", "2026"),
            ("reason", "Boiler <broken>"),
        ];
        let page = staff.submit("/fn/admin/add_closure", &fields).await;
        assert_eq!(page.status, 409);
        let text = page.text();
        assert!(text.contains("1 appointment is booked on these days") && text.contains("Tuesday 6 January, 9am"), "{text}");
        assert_eq!(page.attributes("name=\"first_month\"", "value"), ["jan"]);
        assert_eq!(page.attributes("name=\"reason\"", "value"), ["Boiler &lt;broken&gt;"]);
        let keep = page.attributes("name=\"keep_appointments\"", "value");
        assert_eq!(keep, ["1"]);
        fields.push(("keep_appointments", keep[0].as_str()));
        let page = staff.submit("/fn/admin/add_closure", &fields).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("These appointments stay booked"), "{}", page.text());
        assert!(page.body.contains("/doctor?doctor=doctor-1&amp;date=2026-01-06"), "{}", page.body);
    }

    async fn the_reasons_agree_with_the_list_of_times(clinic: TestClinic) {
        clinic.execute("update visit_types set buffer_after_minutes = 10, step_minutes = 15").await.expect("rules");
        let actor = clinic.user(Role::Admin).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(60)).await.expect("an appointment");
        away(&clinic, 0, TOMORROW_9.plus_minutes(300), TOMORROW_9.plus_minutes(360)).await;
        let offered = listed(&clinic, &browser("x"), "2026-01-06", None).await;
        assert!(offered.len() > 10, "{offered:?}");
        let midnight = TOMORROW_9.plus_minutes(-9 * 60);
        for minute in (0..24 * 60).step_by(5) {
            let time = format!("{:02}:{:02}", minute / 60, minute % 60);
            let reasons = reasons(&clinic, actor, "2026-01-06", &time).await;
            assert_eq!(offered.contains(&midnight.plus_minutes(minute)), reasons.is_empty(), "{time}: {reasons:?}");
        }
        let has = |reasons: &[String], words: &str| reasons.iter().any(|reason| reason.contains(words));
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "14").await, "time off"));
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "10am").await, "Another appointment is booked then"));
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "9:30").await, "keeps 10 minutes free after it"));
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "11:05").await, "start every 15 minutes"));
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "18:00").await, "doctor's hours"));
        assert!(has(&reasons(&clinic, actor, "2026-01-04", "10:00").await, "has passed"));
        assert!(has(&reasons(&clinic, actor, "2026-12-01", "10:00").await, "More than 60 days ahead"));
        clinic.execute("update visit_types set notice_minutes = 120").await.expect("a rule");
        assert!(has(&reasons(&clinic, actor, "2026-01-05", "9:30").await, "Less than 2 hours ahead"));
        clinic.execute("update doctors set status = 'paused'").await.expect("a pause");
        let paused = reasons(&clinic, actor, "2026-01-06", "14:00").await;
        assert!(has(&paused, "cannot find this doctor") && has(&paused, "time off"), "{paused:?}");
        clinic.execute("update visit_types set active = (1 = 0)").await.expect("a visit type no longer offered");
        assert!(has(&reasons(&clinic, actor, "2026-01-06", "14:00").await, "does not offer this visit type"));
    }

    async fn the_question_is_asked_step_by_step_and_mistakes_stand_beside_their_fields(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff(&clinic, &web).await;
        let page = staff.get("/admin/availability-explainer").await;
        assert_eq!(page.attributes("<option", "value").len() + page.attributes("option ", "value").len(), 4);
        let page = staff.get("/admin/availability-explainer?doctor=doctor-1").await;
        assert!(page.text().contains("Consultation, 30 minutes") && !page.text().contains("There is a problem"), "{}", page.text());
        let visit_type = clinic.doctors[0].visit_type;
        let page = staff.get(&format!("/admin/availability-explainer?doctor=doctor-1&visit_type={visit_type}&date=2026-01-06&time=late")).await;
        assert!(page.text().contains("Enter a time, like 9, 9:30 or 17:30"), "{}", page.text());
        let page = staff.get(&format!("/admin/availability-explainer?doctor=doctor-1&visit_type={visit_type}&date=2026-01-06&time=9")).await;
        assert!(page.text().contains("This time is offered to patients."), "{}", page.text());
        let page = staff.get(&format!("/admin/availability-explainer?doctor=doctor-1&visit_type={visit_type}&date=2026-01-06&time=20:00")).await;
        assert!(page.text().contains("Tuesday 6 January, 8pm: not offered"), "{}", page.text());
        assert!(page.text().contains("Tuesday 6 January, 4:30pm, Riverside"), "{}", page.text());
        assert_eq!(staff.get("/admin/availability-explainer?doctor=nobody").await.status, 404);
    }

    async fn the_overview_says_what_waits_the_most_pressing_first(clinic: TestClinic) {
        let calm = admin::overview(&clinic.app, docslot::accounts::Role::Admin).await.expect("an overview");
        assert_eq!(calm.pending_tasks, []);
        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(3 * DAY)).await.expect("a request");
        clinic.book(clinic.patient().await, 1, TOMORROW_9.plus_minutes(4 * DAY)).await.expect("another request");
        let (soon, user) = (NOW.plus_minutes(120), clinic.patient().await.user);
        let second = clinic.doctors[1].id;
        clinic.write(move |mut tx| Box::pin(async move {
            let conn = &mut tx;
            let sql = "update appointments set answer_by = $1 where doctor_id = $2";
            on!(conn, |c| sqlx::query(sql).bind(soon).bind(second).execute(c).await?.rows_affected());
            let sql = "update doctors set leave_requested_at = $1 where slug = 'doctor-3'";
            on!(conn, |c| sqlx::query(sql).bind(NOW).execute(c).await?.rows_affected());
            message(conn, user, "one", "queued").await?;
            message(conn, user, "two", "queued").await?;
            message(conn, user, "three", "failed").await?;
            Ok(())
        })).await;
        clinic.execute("update doctors set status = 'paused', approval = 'waiting' where slug = 'doctor-4'").await.expect("joining");
        let overview = admin::overview(&clinic.app, docslot::accounts::Role::Admin).await.expect("an overview");
        let texts: Vec<&str> = overview.pending_tasks.iter().map(|pending_tasks| pending_tasks.text.as_str()).collect();
        assert!(overview.pending_tasks[0].urgent);
        assert_eq!(texts[0], "Dr doctor-2: 1 request is waiting for an answer. It runs out on Monday 5 January, 10am.");
        for text in [
            "Dr doctor-1: 1 request is waiting for an answer.",
            "1 doctor is waiting for approval.",
            "Dr doctor-3 has asked to leave the clinic.",
            "1 message could not be sent.",
            "Email is not set up yet: 4 messages wait.",
        ] {
            assert!(texts.iter().any(|pending_tasks| pending_tasks.starts_with(text)), "{text}: {texts:?}");
        }
        let waiting = overview.doctors.iter().find(|doctor| doctor.slug == "doctor-4").expect("listed");
        assert_eq!(waiting.status, "Waiting for approval");

        let web = Web::serve(&clinic.app).await;
        let page = staff(&clinic, &web).await.get("/admin").await;
        assert!(page.body.contains("href=\"/doctor?doctor=doctor-2\""), "{}", page.body);
        assert!(page.body.contains("href=\"/admin/doctors/doctor-3/leaving\""), "{}", page.body);
        assert!(page.text().contains("Within a day"), "{}", page.text());
    }

    async fn only_staff_get_any_of_it(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut patient = web.browser();
        patient.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", "ana@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        patient.post("/fn/register", &fields).await;
        let (mut nobody, mut doctor) = (web.browser(), web.browser());
        doctor.get("/register").await;
        let fields = [("name", "Dr One"), ("email", "one@example.org"), ("phone", ""), ("password", PASSWORD), ("next", "/")];
        doctor.post("/fn/register", &fields).await;
        clinic.execute("update persons set role = 'doctor' where email = 'one@example.org'").await.expect("a doctor");
        clinic.execute("update doctors set person_id = (select id from persons where email = 'one@example.org') where slug = 'doctor-1'").await.expect("a calendar");

        let id = Uuid::now_v7().to_string();
        let forms = [
            ("clinic_overview", String::new()),
            ("admin/settings", String::new()),
            ("admin/save_settings", "version=0".to_owned()),
            ("admin/specialties", String::new()),
            ("admin/add_specialty", "name=".to_owned()),
            ("admin/rename_specialty", format!("id={id}&name=")),
            ("admin/specialty_words", format!("id={id}&other_words=")),
            ("admin/remove_specialty", format!("id={id}")),
            ("admin/locations", String::new()),
            ("admin/location", "id=new".to_owned()),
            ("admin/save_location", "name=".to_owned()),
            ("admin/remove_location", format!("id={id}")),
            ("admin/rooms", format!("location={id}")),
            ("admin/room", format!("id={id}")),
            ("admin/add_room", "name=".to_owned()),
            ("admin/save_room", format!("id={id}&name=")),
            ("admin/rename_room_kind", format!("kind={id}&kind_name=")),
            ("admin/closures", String::new()),
            ("admin/add_closure", "reason=".to_owned()),
            ("admin/remove_closure", format!("id={id}")),
            ("admin/audit", "query[page]=1".to_owned()),
            ("admin/availability-explainer", "query[doctor]=doctor-1".to_owned()),
        ];
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin"), ("accept", "*/*")];
        for (function, form) in &forms {
            let path = format!("/fn/{function}");
            for (who, browser, status) in [("nobody", &mut nobody, 401), ("patient", &mut patient, 403), ("doctor", &mut doctor, 403)] {
                assert_eq!(browser.send("POST", &path, &headers, form).await.status, status, "{function} for {who}");
            }
        }
        for page in ["", "/settings", "/specialties", "/locations", "/locations/new", "/closures", "/audit", "/availability-explainer", "/availability-explainer?doctor=doctor-1"] {
            let path = format!("/admin{page}");
            assert_eq!(nobody.get(&path).await.status, 302, "{path}");
            assert_eq!(patient.get(&path).await.status, 403, "{path}");
            assert_eq!(doctor.get(&path).await.status, 403, "{path}");
        }
        let mut staff = staff(&clinic, &web).await;
        for page in ["", "/settings", "/specialties", "/locations", "/locations/new", "/closures", "/audit", "/availability-explainer"] {
            assert_eq!(staff.get(&format!("/admin{page}")).await.status, 200, "{page}");
        }
        assert_eq!(clinic.count("select count(*) from audit_entries where subject_kind <> 'user'").await, 0, "and nothing was changed");
    }
}

async fn message(
    conn: &mut docslot::db::Conn<'_>,
    user: PersonId,
    key: &str,
    state: &str,
) -> Result<(), docslot::db::Error> {
    let sql = "insert into outbox (id, dedupe_key, kind, person_id, appointments, due_at, state, attempts, created_at, updated_at)
        values ($1, $2, 'appointments_moved', $3, '[]', $4, $5, 0, $4, $4)";
    on!(conn, |c| {
        let query = sqlx::query(sql).bind(Uuid::now_v7()).bind(key).bind(user).bind(NOW).bind(state);
        query.execute(c).await?.rows_affected()
    });
    Ok(())
}
