//! Joining by invitation: who may, with which link, and what other people are told.

use docslot::{
    accounts::{
        Role,
        server::{
            invitation::StoredInvitation,
            join::{self, JoinForm},
        },
    },
    admin::{
        model::invitations::Invited,
        server::invitations::{self, InviteForm},
    },
    error::{AppError, FieldCode, InvitationEnd},
    ids::{LocationId, SpecialtyId},
    on,
    web::request::{Actor, RequestContext},
};

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    web::{Answer, Browser, Web},
};

pub const PASSWORD: &str = "quiet green bicycle";
pub const EMAIL: &str = "mara@example.org";
pub const DAY: i64 = 86_400;

/// What staff fill in to invite a person.
pub async fn invite_form(clinic: &TestClinic, role: &str, email: &str) -> InviteForm {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let specialty: SpecialtyId = only_id(&mut reader.conn()).await.expect("a specialty");
    let location: LocationId = clinic.london;
    InviteForm {
        role: role.into(),
        email: email.into(),
        specialty: specialty.to_string(),
        location: location.to_string(),
        days: String::new(),
    }
}

async fn only_id(conn: &mut docslot::db::Conn<'_>) -> Result<SpecialtyId, docslot::db::Error> {
    Ok(on!(conn, |c| sqlx::query_scalar("select id from specialties").fetch_one(c).await?))
}

/// Invites a person and returns the code of the link.
pub async fn invite(clinic: &TestClinic, staff: Actor, role: &str, email: &str) -> String {
    let form = invite_form(clinic, role, email).await;
    code_of(&invitations::create(&clinic.app, staff, form).await.expect("an invitation").link)
}

pub fn code_of(link: &str) -> String {
    link.rsplit('/').next().expect("a code").to_owned()
}

pub fn join_form(code: &str, email: &str, name: &str) -> JoinForm {
    JoinForm {
        code: code.into(),
        email: email.into(),
        name: name.into(),
        designation: "Consultant cardiologist".into(),
        registration_number: "7104218".into(),
        password: PASSWORD.into(),
    }
}

pub async fn try_join(clinic: &TestClinic, form: JoinForm) -> Result<&'static str, AppError> {
    join::join(&clinic.app, &RequestContext::anonymous(), form).await.map(|joined| joined.next)
}

/// A browser of a person who has just been let in as staff.
pub async fn staff_browser(clinic: &TestClinic, web: &Web, email: &str) -> Browser {
    docslot::accounts::server::create_admin(&clinic.app, email, "Miriam Castell", PASSWORD).await.expect("an account");
    sign_in(web, email).await
}

pub async fn sign_in(web: &Web, email: &str) -> Browser {
    let mut browser = web.browser();
    browser.get("/sign-in").await;
    let answer = browser.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", "/")]).await;
    assert!(["/", "/doctor", "/admin"].contains(&answer.location()), "the page of the person's role");
    assert!(browser.cookies.contains_key("docslot"), "signed in");
    browser
}

/// Sends the form of an invitation.
async fn send_join(browser: &mut Browser, code: &str, email: &str) -> Answer {
    browser.get(&format!("/invite/{code}")).await;
    let fields = [
        ("code", code),
        ("email", email),
        ("name", "Dr Mara Silva"),
        ("designation", "Cardiologist"),
        ("registration_number", "4711"),
        ("password", PASSWORD),
        ("role", "admin"),
    ];
    browser.post("/fn/join", &fields).await
}

pub const OVER: fn(InvitationEnd) -> AppError = |why| AppError::InvitationOver { why };

both_databases! {
    async fn an_invited_doctor_joins_waits_and_is_found_once_approved(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        staff.get("/admin/invitations").await;
        let form = invite_form(&clinic, "doctor", EMAIL).await;
        let fields = [("role", "doctor"), ("email", " Mara@Example.org "), ("specialty", &form.specialty), ("location", &form.location), ("days", "3")];
        let page = staff.submit("/fn/admin/invite", &fields).await;
        assert_eq!(page.status, 200);
        let link = page.attributes("id=\"invitation-link\"", "value").remove(0);
        assert!(link.starts_with(&clinic.app.settings.public_url()), "{link}");
        let code = code_of(&link);

        let mut doctor = web.browser();
        let page = doctor.get(&format!("/invite/{code}")).await;
        let text = page.text();
        assert_eq!(page.status, 200);
        assert!(text.contains("Miriam Castell invites you to join Docslot Clinic as a doctor."), "{text}");
        assert!(text.contains("works until Thursday 8 January, 8am"), "{text}");
        assert!(!page.body.contains(EMAIL), "the address is the visitor's to know");
        let answer = send_join(&mut doctor, &code, "MARA@example.org").await;
        assert_eq!(answer.location(), "/doctor/waiting");
        let page = doctor.get("/doctor/waiting").await;
        assert!(page.text().contains("The clinic must still approve you"), "{}", page.text());
        assert_eq!(doctor.get("/doctor").await.status, 200, "their own pages are open");
        assert_eq!(doctor.get("/admin").await.status, 403, "a role in the form counts for nothing");

        give_hours(&clinic).await;
        let mut visitor = web.browser();
        assert_eq!(visitor.get("/doctors/mara-silva").await.status, 404);
        assert!(!visitor.get("/doctors").await.text().contains("Mara Silva"));
        assert_eq!(hold(&clinic).await, Err(AppError::NotFound), "nor booked");

        staff.get("/admin/doctors").await;
        let version = version(&clinic).await;
        let page = staff.submit("/fn/admin/approve_doctor", &[("slug", "mara-silva"), ("version", &version)]).await;
        assert_eq!(page.status, 200);
        assert!(visitor.get("/doctors").await.text().contains("Mara Silva"));
        assert_eq!(visitor.get("/doctors/mara-silva").await.status, 200);
        assert_eq!(hold(&clinic).await, Ok(()));
        assert_eq!(doctor.get("/doctor/waiting").await.location(), "/doctor");
        for action in ["invitation.created", "invitation.used", "doctor.joined", "doctor.approved"] {
            assert_eq!(audit_lines(&clinic, action).await, 1, "{action}");
        }
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%@%'").await, 0);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'doctor.joined' and details like '%Riverside'").await, 1);
    }

    async fn of_many_browsers_with_one_code_one_joins(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        let clinic = std::sync::Arc::new(clinic);
        let mut tasks = Vec::new();
        for n in 0..6 {
            let (clinic, form) = (clinic.clone(), join_form(&code, EMAIL, &format!("Mara {n}")));
            tasks.push(tokio::spawn(async move { try_join(&clinic, form).await }));
        }
        let mut joined = 0;
        for task in tasks {
            match task.await.expect("no task panics") {
                Ok(next) => {
                    assert_eq!(next, "/doctor/waiting");
                    joined += 1;
                }
                Err(error) => assert_eq!(error, OVER(InvitationEnd::Used)),
            }
        }
        assert_eq!(joined, 1);
        assert_eq!(clinic.count("select count(*) from persons where role = 'doctor'").await, 1);
        assert_eq!(clinic.count("select count(*) from doctors where person_id is not null").await, 1);
        assert_eq!(clinic.count("select count(*) from sessions").await, 1);
    }

    async fn every_invitation_that_is_over_has_its_own_page(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let (used, revoked) = (invite(&clinic, staff, "admin", "one@example.org").await, invite(&clinic, staff, "admin", "two@example.org").await);
        let expired = invite(&clinic, staff, "doctor", "three@example.org").await;
        try_join(&clinic, join_form(&used, "one@example.org", "One")).await.expect("joined");
        let id = waiting_id(&clinic, &revoked).await;
        invitations::revoke(&clinic.app, staff, id).await.expect("revoked");
        invitations::revoke(&clinic.app, staff, id).await.expect("a second time is fine");
        assert_eq!(audit_lines(&clinic, "invitation.revoked").await, 1);

        let mut browser = web.browser();
        let last_moment = NOW.plus_seconds(7 * DAY - 1);
        clinic.clock.advance_seconds(last_moment.0 - NOW.0);
        assert_eq!(browser.get(&format!("/invite/{expired}")).await.status, 200, "good until its last second");
        clinic.clock.advance_seconds(1);
        let unknown = docslot::random::token();
        let users = clinic.count("select count(*) from persons").await;
        for (code, email, status, words) in [
            (&used, "one@example.org", 410, "This invitation has been used"),
            (&expired, "three@example.org", 410, "This invitation is too old"),
            (&revoked, "two@example.org", 410, "The clinic has withdrawn this invitation"),
            (&unknown, "two@example.org", 404, "We do not know this invitation"),
        ] {
            let page = browser.get(&format!("/invite/{code}")).await;
            assert_eq!(page.status, status, "{words}");
            assert!(page.text().contains(words) && page.text().contains("Ask the clinic for a new invitation: 020"), "{}", page.text());
            let page = { send_join(&mut browser, code, email).await; browser.get(&format!("/invite/{code}")).await };
            assert!(page.status == status && page.text().contains(words), "{} {}", page.status, page.text());
        }
        assert_eq!(browser.get("/invite/short").await.status, 404);
        assert_eq!(clinic.count("select count(*) from persons").await, users, "nobody joined");
    }

    async fn another_address_than_the_invited_one_does_not_join_and_loses_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        let mut browser = web.browser();
        let answer = send_join(&mut browser, &code, "eve@example.org").await;
        assert_eq!(answer.location(), format!("/invite/{code}"));
        let page = browser.get(&format!("/invite/{code}")).await;
        assert_eq!(page.status, 410);
        assert!(page.text().contains("This invitation is for another email address"), "{}", page.text());
        assert!(page.body.contains("value=\"Dr Mara Silva\"") && page.body.contains("value=\"4711\""), "what was typed is kept");
        assert!(!page.body.contains(PASSWORD));
        assert_eq!(clinic.count("select count(*) from persons where role = 'doctor'").await, 0);
        assert_eq!(send_join(&mut browser, &code, EMAIL).await.location(), "/doctor/waiting", "the right one still can");
    }

    async fn wrong_fields_are_named_together_and_nothing_is_saved(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        let form = JoinForm { name: " ".into(), designation: "a\0b".into(), registration_number: String::new(), password: "password1234".into(), ..join_form(&code, EMAIL, "") };
        let Err(AppError::Invalid { fields }) = try_join(&clinic, form).await else { panic!("accepted") };
        let wrong: Vec<_> = fields.iter().map(|field| (field.field.as_str(), field.code)).collect();
        assert_eq!(wrong, [
            ("name", FieldCode::Missing),
            ("password", FieldCode::EasilyGuessed),
            ("designation", FieldCode::BadCharacters),
            ("registration_number", FieldCode::Missing),
        ]);
        let missing = JoinForm { email: String::new(), ..join_form(&code, "", "Mara") };
        assert_eq!(try_join(&clinic, missing).await, Err(AppError::field("email", FieldCode::Missing)));
        let mut browser = web.browser();
        browser.get(&format!("/invite/{code}")).await;
        let page = browser.submit("/fn/join", &[("code", &code), ("email", EMAIL), ("name", "Mara"), ("password", "short")]).await;
        assert_eq!(page.status, 422);
        assert!(page.body.contains("href=\"#designation\"") && page.body.contains("value=\"Mara\""), "{}", page.text());
        assert_eq!(clinic.count("select count(*) from invitations where used_at is null").await, 1);
        assert_eq!(clinic.count("select count(*) from persons").await, 1);
    }

    async fn an_address_that_got_an_account_meanwhile_cannot_join(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        docslot::accounts::server::create_admin(&clinic.app, EMAIL, "Mara", PASSWORD).await.expect("an account");
        let refused = try_join(&clinic, join_form(&code, EMAIL, "Mara")).await;
        assert_eq!(refused, Err(AppError::field("email", FieldCode::EmailUnusable)));
        assert_eq!(clinic.count("select count(*) from invitations where used_at is null").await, 1);
        assert_eq!(clinic.count("select count(*) from doctors where person_id is not null").await, 0, "nothing half saved");
        let id = waiting_id(&clinic, &code).await;
        let refused = invitations::resend(&clinic.app, staff, id).await.err();
        assert_eq!(refused, Some(AppError::field("email", FieldCode::EmailUnusable)));
    }

    async fn a_person_signed_in_with_another_account_is_told_to_sign_out_first(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "admin", EMAIL).await;
        let mut browser = staff_browser(&clinic, &web, "miriam@example.org").await;
        let page = browser.get(&format!("/invite/{code}")).await;
        let text = page.text();
        assert!(text.contains("This invitation is for another person") && text.contains("You are signed in as Miriam Castell"), "{text}");
        assert!(!page.body.contains("action=\"/fn/join\""));
        send_join(&mut browser, &code, EMAIL).await;
        assert_eq!(clinic.count("select count(*) from invitations where used_at is null").await, 1);

        let mut invited = web.browser();
        assert_eq!(send_join(&mut invited, &code, EMAIL).await.location(), "/admin");
        assert_eq!(send_join(&mut invited, &code, EMAIL).await.location(), "/admin", "the same form sent twice");
        let page = invited.get(&format!("/invite/{code}")).await;
        assert!(page.text().contains("You have joined"), "{}", page.text());
        let page = browser.get(&format!("/invite/{code}")).await;
        assert_eq!(page.status, 410, "for other people it is used");
    }

    async fn opening_a_link_changes_nothing(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        let lines = clinic.count("select count(*) from audit_entries").await;
        let mut browser = web.browser();
        for _ in 0..3 {
            assert_eq!(browser.get(&format!("/invite/{code}")).await.status, 200);
        }
        assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
        assert_eq!(clinic.count("select count(*) from audit_entries").await, lines);
        assert_eq!(clinic.count("select count(*) from invitations where used_at is null and revoked_at is null").await, 1);
    }

    async fn no_door_makes_a_doctor_or_staff_without_an_invitation(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        for (n, role) in ["doctor", "admin", "Doctor", "ADMIN"].into_iter().enumerate() {
            let email = format!("eve{n}@example.org");
            browser.cookies.clear();
            browser.get("/register").await;
            let fields = [("name", "Eve"), ("email", email.as_str()), ("password", PASSWORD), ("next", "/"), ("role", role), ("code", "x"), ("form[role]", role)];
            browser.post("/fn/register", &fields).await;
        }
        assert_eq!(clinic.count("select count(*) from persons where role = 'patient'").await, 4);
        let code = docslot::random::token();
        for (path, fields) in [
            ("/fn/join", vec![("code", code.as_str()), ("email", EMAIL), ("name", "Eve"), ("password", PASSWORD), ("role", "doctor")]),
            ("/fn/join", vec![("code", ""), ("email", EMAIL), ("name", "Eve"), ("password", PASSWORD), ("role", "admin")]),
            ("/fn/admin/invite", vec![("role", "admin"), ("email", EMAIL), ("days", "7")]),
        ] {
            let mut anonymous = web.browser();
            anonymous.post(path, &fields).await;
            browser.post(path, &fields).await;
            assert!(!anonymous.cookies.contains_key("docslot"));
        }
        assert_eq!(clinic.count("select count(*) from persons where role <> 'patient'").await, 0);
        assert_eq!(clinic.count("select count(*) from invitations").await, 0);
    }

    async fn a_clinic_that_does_not_look_lets_a_doctor_in_at_once(clinic: TestClinic) {
        clinic.execute("insert into clinic_settings (id, name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version)
            values (1, 'Hill Clinic', '020', '112', (1 = 0), 72, 90, 1)").await.expect("settings");
        let staff = clinic.user(Role::Admin).await;
        let code = invite(&clinic, staff, "doctor", EMAIL).await;
        let Ok(Invited::Welcome { clinic: name, .. }) = join::invitation(&clinic.app, None, &code).await else { panic!("no welcome") };
        assert_eq!(name, "Hill Clinic");
        assert_eq!(try_join(&clinic, join_form(&code, EMAIL, "Dr Mara Silva")).await, Ok("/doctor"));
        docslot::doctors::server::profile(&clinic.app, "mara-silva").await.expect("shown at once");
        give_hours(&clinic).await;
        assert_eq!(hold(&clinic).await, Ok(()), "hours alone open booking");
        assert_eq!(clinic.count("select count(*) from visit_types where name = 'Consultation' and minutes = 20 and step_minutes = 20
            and notice_minutes = 120 and horizon_days = 60 and cutoff_minutes = 90").await, 1);
        let again = invite(&clinic, staff, "doctor", "other@example.org").await;
        try_join(&clinic, join_form(&again, "other@example.org", "Mara  Silva")).await.expect("joined");
        docslot::doctors::server::profile(&clinic.app, "mara-silva-2").await.expect("a free address was found");
    }
}

/// The id of the invitation with this code.
pub async fn waiting_id(clinic: &TestClinic, code: &str) -> docslot::ids::InvitationId {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let hash = docslot::random::token_hash(code);
    StoredInvitation::by_code(&mut reader.conn(), &hash).await.expect("an invitation").id
}

/// How often the audit log tells of this.
pub async fn audit_lines(clinic: &TestClinic, action: &'static str) -> i64 {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let count = async |conn: &mut docslot::db::Conn<'_>| -> Result<i64, docslot::db::Error> {
        let sql = "select count(*) from audit_entries where action = $1 and actor_id is not null";
        Ok(on!(conn, |c| sqlx::query_scalar(sql).bind(action).fetch_one(c).await?))
    };
    count(&mut reader.conn()).await.expect("a count")
}

/// The hours of another doctor, for the one who has joined.
async fn give_hours(clinic: &TestClinic) {
    let sql = match clinic.app.db.pools {
        docslot::db::Pools::Sqlite { .. } => {
            "insert into weekly_hours (id, doctor_id, location_id, weekday, start_minute, end_minute, valid_from, every_weeks)
            select randomblob(16), (select id from doctors where slug = 'mara-silva'), location_id, weekday, start_minute,
                end_minute, valid_from, every_weeks
            from weekly_hours where doctor_id = (select id from doctors where slug = 'doctor-1')"
        }
        docslot::db::Pools::Postgres(_) => {
            "insert into weekly_hours (id, doctor_id, location_id, weekday, start_minute, end_minute, valid_from, every_weeks)
            select gen_random_uuid(), (select id from doctors where slug = 'mara-silva'), location_id, weekday, start_minute,
                end_minute, valid_from, every_weeks
            from weekly_hours where doctor_id = (select id from doctors where slug = 'doctor-1')"
        }
    };
    assert_eq!(clinic.execute(sql).await.expect("hours"), 7);
}

async fn version(clinic: &TestClinic) -> String {
    clinic.count("select schedule_version from doctors where slug = 'mara-silva'").await.to_string()
}

/// Whether a patient can hold a time of the doctor who has joined.
async fn hold(clinic: &TestClinic) -> Result<(), AppError> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let appointment =
        async |conn: &mut docslot::db::Conn<'_>| -> Result<docslot::ids::VisitTypeId, docslot::db::Error> {
            let sql = "select v.id from visit_types v join doctors d on d.id = v.doctor_id where d.slug = 'mara-silva'";
            Ok(on!(conn, |c| sqlx::query_scalar(sql).fetch_one(c).await?))
        };
    let visit_type = appointment(&mut reader.conn()).await.expect("a visit type");
    drop(reader);
    let request = docslot::booking::server::HoldRequest {
        doctor_slug: "mara-silva".into(),
        visit_type,
        start: TOMORROW_9,
        previous: None,
        person: None,
    };
    let patient = clinic.patient().await;
    docslot::booking::server::hold(&clinic.app, person(patient), request).await.map(|_| ())
}
