//! What receptionists and colleagues do, and where it ends; and that every check asks the one table.

use std::{fs, path::Path};

use docslot::{
    accounts::{Permission, Role, model::record::RecordValues},
    booking::{
        PatientReason, Status,
        front_desk::{AppointmentForm, NEW_PATIENT, TimeForm},
        server::{self as booking, front_desk},
    },
    doctors::server::{agenda_day, colleagues, own_profile, reason_sharing},
    error::{AppError, FieldCode},
    ids::AppointmentId,
    patients::server::{merges, records},
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    front_desk::{add, doctor, form, form_for, signed_in},
    joining::{EMAIL, PASSWORD, invite},
    web::Web,
};

const REASON: &str = "SECRET-REASON-OF-THE-PATIENT";

/// An appointment with the first doctor, with a reason.
async fn with_reason(clinic: &TestClinic, patient: Actor) -> AppointmentId {
    let hold = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9)).await.expect("a hold");
    booking::save_details(&clinic.app, person(patient), hold, REASON, "").await.expect("details");
    booking::confirm(&clinic.app, person(patient), hold).await.expect("an appointment")
}

async fn reason(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> PatientReason {
    booking::appointment(&clinic.app, actor, id).await.expect("a page").reason
}

/// Moves the appointment so many half hours after 9am.
async fn moved(clinic: &TestClinic, actor: Actor, id: AppointmentId, halves: i64) -> Result<AppointmentId, AppError> {
    let start = TOMORROW_9.plus_minutes(30 * halves).0.to_string();
    let (version, time) = (clinic.row(id).await.version, TimeForm { start, ..TimeForm::default() });
    front_desk::move_appointment(&clinic.app, actor, id, version, time).await.map(|moved| moved.id)
}

async fn cancelled(clinic: &TestClinic, actor: Actor, id: AppointmentId) -> Result<(), AppError> {
    let version = clinic.row(id).await.version;
    booking::cancel(&clinic.app, actor, id, version, None).await
}

/// Places in the source where a role is compared instead of asking the table.
fn comparisons(folder: &Path, found: &mut Vec<String>) {
    const COMPARE: [&str; 8] = [
        "actor.role ==",
        "actor.role !=",
        "reader.role ==",
        "reader.role !=",
        "staff.role ==",
        "staff.role !=",
        "match actor.role",
        "with_role(",
    ];
    // which message a role can choose, in words
    const WORDS: &str = "notifications/server/preferences.rs";
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            if !entry.ends_with("src/tests") {
                comparisons(&entry, found);
            }
        } else if entry.extension().is_some_and(|kind| kind == "rs") && !entry.ends_with(WORDS) {
            let text = fs::read_to_string(&entry).expect("a file");
            let lines =
                text.lines().enumerate().filter(|(_, line)| COMPARE.iter().any(|compare| line.contains(compare)));
            found.extend(lines.map(|(number, line)| format!("{}:{}: {line}", entry.display(), number + 1)));
        }
    }
}

#[test]
fn no_check_compares_roles_beside_the_table() {
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    comparisons(&source, &mut found);
    assert!(found.is_empty(), "ask Actor::may or request::allowed instead:\n{}", found.join("\n"));
    assert!(Role::Admin.may(Permission::ManageClinic) && !Role::Receptionist.may(Permission::ManageClinic));
}

both_databases! {
    async fn a_receptionist_joins_by_an_invitation_and_begins_at_the_overview(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let code = invite(&clinic, clinic.user(Role::Admin).await, "receptionist", EMAIL).await;
        let mut browser = web.browser();
        let page = browser.get(&format!("/invite/{code}")).await;
        assert!(page.text().contains("as a receptionist."), "{}", page.text());
        let fields = [("code", code.as_str()), ("email", EMAIL), ("name", "Ines Barrow"), ("password", PASSWORD)];
        assert_eq!(browser.post("/fn/join", &fields).await.location(), "/admin");
        assert_eq!(clinic.count("select count(*) from persons where role = 'receptionist'").await, 1);
        assert_eq!(clinic.count("select count(*) from invitations where role = 'receptionist' and used_at is not null").await, 1);
        let overview = browser.get("/admin").await;
        let links = overview.attributes("href", "href");
        for shown in ["/patients", "/admin/availability-explainer", "/doctor?doctor=doctor-1"] {
            assert!(links.contains(&shown.to_owned()), "{shown}: {links:?}");
        }
        for hidden in ["/admin/settings", "/admin/statistics", "/admin/audit", "/admin/outbox", "/admin/users", "/admin/invitations", "/admin/doctors", "/admin/doctors/doctor-1", "/patients/matches"] {
            assert!(!links.contains(&hidden.to_owned()), "{hidden}: {links:?}");
        }
        // every link of the clinic's and a doctor's pages opens
        for page in ["/admin", "/doctor?doctor=doctor-1", "/patients"] {
            for link in browser.get(page).await.attributes("href", "href") {
                if link.starts_with("/admin") || link.starts_with("/doctor?") || link.starts_with("/doctor/") || link.starts_with("/patients") {
                    let link = link.replace("&amp;", "&");
                    assert_eq!(browser.get(&link).await.status, 200, "{link} on {page}");
                }
            }
        }
    }

    async fn a_receptionist_works_in_every_calendar_and_changes_none(clinic: TestClinic) {
        let (reception, patient) = (clinic.user(Role::Receptionist).await, clinic.patient().await);
        let new = AppointmentForm { name: "Zoë Ng".into(), phone: "020 7946 0100".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let id = add(&clinic, reception, new).await.expect("an appointment");
        assert_eq!(clinic.view(reception, id).await.history[0].what, "Booked by you");
        assert_eq!(clinic.view(clinic.user(Role::Admin).await, id).await.history[0].what, "Booked by the clinic");
        let id = moved(&clinic, reception, id, 1).await.expect("moved");
        cancelled(&clinic, reception, id).await.expect("cancelled");
        let row = clinic.row(id).await;
        assert_eq!((row.status, row.cancelled_by), (Status::Cancelled, Some(docslot::clinic::ActorRole::Receptionist)));
        let second = AppointmentForm { doctor: "doctor-2".into(), visit_type: clinic.doctors[1].visit_type.to_string(), ..form_for(&clinic, patient, TOMORROW_9) };
        add(&clinic, reception, second).await.expect("with another doctor");
        assert!(agenda_day(&clinic.app, &reception, "doctor-2", None).await.is_ok());
        assert!(clinic.count("select count(*) from audit_entries where action = 'doctor.calendar_read' and actor_role = 'receptionist'").await == 1);

        clinic.execute("update visit_types set needs_approval = (1 = 1)").await.expect("a rule");
        let request = clinic.book(clinic.patient().await, 2, TOMORROW_9).await.expect("a request");
        clinic.answer(reception, request, true).await.expect("accepted");
        assert_eq!(clinic.status(request).await, Status::Booked);

        assert_eq!(own_profile::read(&clinic.app, reception, "doctor-1").await.err(), Some(AppError::Forbidden));
        assert_eq!(colleagues::page(&clinic.app, reception, "doctor-1").await.err(), Some(AppError::Forbidden));
        assert_eq!(reason_sharing::choose(&clinic.app, reception, "true").await, Err(AppError::Forbidden));
    }

    async fn a_receptionist_reads_what_patients_write_where_the_doctor_allows(clinic: TestClinic) {
        let (own, reception) = (doctor(&clinic, 0).await, clinic.user(Role::Receptionist).await);
        let id = with_reason(&clinic, clinic.patient().await).await;
        assert_eq!(reason(&clinic, reception, id).await, PatientReason::Withheld);
        reason_sharing::choose(&clinic.app, own, "true").await.expect("shared");
        assert_eq!(reason(&clinic, reception, id).await, PatientReason::Given(REASON.into()));
    }

    async fn a_receptionist_keeps_the_records_of_patients_and_merges_none(clinic: TestClinic) {
        let reception = clinic.user(Role::Receptionist).await;
        let new = AppointmentForm { name: "Zoe Ng".into(), ..form(&clinic, NEW_PATIENT, TOMORROW_9) };
        let id = add(&clinic, reception, new).await.expect("an appointment");
        let zoe = clinic.row(id).await.patient_id.expect("a patient");
        let page = records::page(&clinic.app, reception, zoe).await.expect("a page");
        assert!(page.by_staff && page.history.is_empty() && page.undo.is_none() && page.doctors.len() == 4);
        let values = RecordValues { phone: "020 7946 0111".into(), ..page.values };
        records::save(&clinic.app, reception, zoe, page.version, &values).await.expect("saved");
        assert_eq!(records::page(&clinic.app, reception, zoe).await.expect("a page").phone, "020 7946 0111");
        let web = Web::serve(&clinic.app).await;
        let (mut browser, _) = signed_in(&clinic, &web, "reception@example.org", Role::Receptionist).await;
        let shown = browser.get(&format!("/patients/{zoe}")).await;
        assert!(shown.text().contains("Change the record") && !shown.text().contains("Merge with another record"), "{}", shown.text());
        assert_eq!(browser.get(&format!("/patients/{zoe}/edit")).await.status, 200);
        assert_eq!(browser.get(&format!("/patients/{zoe}/merge")).await.status, 403);
        // what the page is asked for is refused at the server function, not in the rule of merging
        assert!(merges::page(&clinic.app, zoe, "", "").await.is_ok());
    }

    async fn the_search_of_every_page_opens_the_one_patient_whom_it_finds(clinic: TestClinic) {
        let reception = clinic.user(Role::Receptionist).await;
        let mut people = Vec::new();
        for (halves, name) in ["Zoe Ng", "Zora Ngata"].into_iter().enumerate() {
            let start = TOMORROW_9.plus_minutes(30 * i64::try_from(halves).expect("few"));
            let new = AppointmentForm { name: name.into(), ..form(&clinic, NEW_PATIENT, start) };
            let row = clinic.row(add(&clinic, reception, new).await.expect("an appointment")).await;
            people.push((row.patient_id.expect("a patient"), row.reference));
        }
        let web = Web::serve(&clinic.app).await;
        let (mut browser, _) = signed_in(&clinic, &web, "reception@example.org", Role::Receptionist).await;
        for page in ["/admin", "/doctor?doctor=doctor-1", "/patients", "/help"] {
            let shown = browser.get(page).await;
            assert_eq!(shown.attributes("id=\"find-patient\"", "aria-keyshortcuts"), ["/"], "{page}");
        }
        let opened = browser.get("/patients?q=zoe&open=one").await;
        assert_eq!((opened.status, opened.location()), (302, format!("/patients/{}", people[0].0).as_str()));
        let reference = format!("/patients?q={}&open=one", people[1].1);
        assert_eq!(browser.get(&reference).await.location(), format!("/patients/{}", people[1].0));
        for (query, found) in [("q=ng&open=one", 2), ("q=zoe", 1), ("q=nobody&open=one", 0)] {
            let list = browser.get(&format!("/patients?{query}")).await;
            let links = list.attributes("href", "href").into_iter().filter(|href| href.len() > 40 && href.starts_with("/patients/"));
            assert_eq!((list.status, links.count()), (200, found), "{query}");
        }
        let (mut patient, _) = signed_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        assert!(!patient.get("/").await.body.contains("find-patient"), "not for patients");
        assert_eq!(patient.get("/patients?q=zoe&open=one").await.status, 403);
    }

    async fn a_colleague_works_in_the_calendar_until_it_is_ended(clinic: TestClinic) {
        let (own, colleague) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let patient = clinic.patient().await;
        let id = with_reason(&clinic, patient).await;
        let opens = async || agenda_day(&clinic.app, &colleague, "doctor-1", None).await.map(|_| ());
        assert_eq!(opens().await, Err(AppError::NotFound), "nobody has let them");
        assert_eq!(booking::appointment(&clinic.app, colleague, id).await.err(), Some(AppError::NotFound));

        for wrong in ["doctor-1", "doctor-3", "nobody"] {
            let refused = colleagues::add(&clinic.app, own, wrong.into()).await;
            assert_eq!(refused, Err(AppError::field("colleague", FieldCode::Unknown)), "{wrong}");
        }
        assert_eq!(colleagues::add(&clinic.app, own, String::new()).await, Err(AppError::field("colleague", FieldCode::Missing)));
        for actor in [patient, clinic.user(Role::Receptionist).await, clinic.user(Role::Admin).await] {
            assert!(colleagues::add(&clinic.app, actor, "doctor-2".into()).await.is_err(), "{:?}", actor.role);
        }
        for _ in 0..2 {
            colleagues::add(&clinic.app, own, "doctor-2".into()).await.expect("let");
        }
        assert_eq!(clinic.count("select count(*) from calendar_colleagues").await, 1, "twice is once");
        let (mine, theirs) = (colleagues::page(&clinic.app, own, "").await.expect("a page"), colleagues::page(&clinic.app, colleague, "").await.expect("a page"));
        assert_eq!((mine.working[0].slug.as_str(), mine.choices.len()), ("doctor-2", 0));
        assert_eq!((theirs.lent[0].slug.as_str(), theirs.working.len()), ("doctor-1", 0));

        assert_eq!(opens().await, Ok(()));
        assert_eq!(clinic.view(colleague, id).await.patient.map(|patient| patient.name).as_deref(), Some("Test Person"));
        assert_eq!(reason(&clinic, colleague, id).await, PatientReason::Withheld, "as for staff");
        reason_sharing::choose(&clinic.app, own, "true").await.expect("shared");
        assert_eq!(reason(&clinic, colleague, id).await, PatientReason::Given(REASON.into()));
        let added = add(&clinic, colleague, form_for(&clinic, patient, TOMORROW_9.plus_minutes(60))).await.expect("an appointment");
        let added = moved(&clinic, colleague, added, 4).await.expect("moved");
        assert!(front_desk::page_after(&clinic.app, colleague, added).await.expect("a page").starts_with("/doctor?doctor=doctor-1&"));
        assert!(!front_desk::page_after(&clinic.app, own, added).await.expect("a page").contains("doctor-1"));
        cancelled(&clinic, colleague, added).await.expect("cancelled");
        assert!(records::page(&clinic.app, colleague, patient.user).await.is_ok());
        assert_eq!(own_profile::read(&clinic.app, colleague, "doctor-1").await.err(), Some(AppError::Forbidden));
        assert_eq!(colleagues::page(&clinic.app, colleague, "doctor-1").await.err(), Some(AppError::Forbidden));
        let noted = "select count(*) from audit_entries where action in ('doctor.calendar_read', 'appointment.read') and actor_role = 'doctor'";
        assert!(clinic.count(noted).await >= 2, "a colleague's reading is noted");
        assert_eq!(opens_the_other_way(&clinic, own).await, Err(AppError::NotFound), "it is no exchange");

        let stranger = doctor(&clinic, 2).await;
        assert_eq!(colleagues::end(&clinic.app, stranger, mine.working[0].id).await, Err(AppError::NotFound));
        for _ in 0..2 {
            colleagues::end(&clinic.app, own, mine.working[0].id).await.expect("ended");
        }
        assert_eq!(opens().await, Err(AppError::NotFound), "at once");
        for outcome in [moved(&clinic, colleague, id, 6).await.map(|_| ()), cancelled(&clinic, colleague, id).await] {
            assert_eq!(outcome, Err(AppError::NotFound));
        }
        let late = add(&clinic, colleague, form_for(&clinic, patient, TOMORROW_9.plus_minutes(90))).await;
        assert_eq!(late, Err(AppError::NotFound));
        assert_eq!(records::page(&clinic.app, colleague, patient.user).await.err(), Some(AppError::NotFound));
        for (action, times) in [("doctor.colleague_added", 1), ("doctor.colleague_ended", 1)] {
            let sql: &'static str = match action {
                "doctor.colleague_added" => "select count(*) from audit_entries where action = 'doctor.colleague_added' and details = 'Dr doctor-1: Dr doctor-2'",
                _ => "select count(*) from audit_entries where action = 'doctor.colleague_ended' and details = 'Dr doctor-1: Dr doctor-2'",
            };
            assert_eq!(clinic.count(sql).await, times, "{action}");
        }
    }

    async fn a_colleague_who_leaves_or_ends_it_themselves_works_there_no_more(clinic: TestClinic) {
        let (own, colleague, staff) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await, clinic.user(Role::Admin).await);
        let open = async || {
            colleagues::add(&clinic.app, own, "doctor-2".into()).await.expect("let");
            colleagues::page(&clinic.app, own, "").await.expect("a page").working[0].id
        };
        let opens = async || agenda_day(&clinic.app, &colleague, "doctor-1", None).await.map(|_| ());
        for actor in [colleague, staff] {
            let id = open().await;
            assert_eq!(opens().await, Ok(()));
            colleagues::end(&clinic.app, actor, id).await.expect("ended");
            assert_eq!(opens().await, Err(AppError::NotFound), "{:?}", actor.role);
        }
        open().await;
        assert_eq!(colleagues::page(&clinic.app, staff, "doctor-1").await.expect("a page").working.len(), 1, "staff see it");
        clinic.execute("update doctors set status = 'deactivated' where slug = 'doctor-2'").await.expect("left");
        assert_eq!(opens().await, Err(AppError::NotFound), "who has left");
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "third@example.org", Role::Doctor).await;
        let third = clinic.doctors[2].id;
        clinic.write(move |mut tx| Box::pin(async move { tx.execute("update doctors set person_id = $2 where id = $1", (third, user)).await })).await;
        browser.get("/doctor/colleagues").await;
        let page = browser.submit("/fn/doctor/add_colleague", &[("colleague", "doctor-1")]).await;
        assert!(page.status == 200 && page.text().contains("Dr doctor-1"), "{}", page.text());
        let back = browser.submit("/fn/doctor/add_colleague", &[("colleague", "")]).await;
        assert!(back.text().contains("the colleague"), "{}", back.text());
        let theirs = agenda_day(&clinic.app, &own, "doctor-3", None).await.map(|_| ());
        assert_eq!(theirs, Ok(()));
    }
}

/// Whether this doctor opens the second doctor's calendar.
async fn opens_the_other_way(clinic: &TestClinic, doctor: Actor) -> Result<(), AppError> {
    agenda_day(&clinic.app, &doctor, "doctor-2", None).await.map(|_| ())
}
