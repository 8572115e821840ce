//! Doctors and accounts, as the clinic's staff manage them: who is let in, who is shown, who is shut out.

use std::sync::Arc;

use docslot::{
    accounts::{
        Role,
        server::{self as accounts, RegisterForm, join, own_account::Profile, person_words},
    },
    admin::server::people::{self, Decision, users},
    error::AppError,
    ids::PersonId,
    on,
    text::server::telephone::Country,
    web::request::{Actor, RequestContext},
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    joining::{PASSWORD, audit_lines, invite, join_form, sign_in, staff_browser},
    web::Web,
};

const EMAIL: &str = "mara@example.org";

/// A doctor who has joined and waits.
async fn newcomer(clinic: &TestClinic, staff: Actor) {
    let code = invite(clinic, staff, "doctor", EMAIL).await;
    let form = join_form(&code, EMAIL, "Dr Mara Silva");
    join::join(&clinic.app, &RequestContext::anonymous(), form).await.expect("joined");
}

async fn version(clinic: &TestClinic, slug: &str) -> i64 {
    people::doctor(&clinic.app, slug).await.expect("a doctor").version
}

async fn decide(clinic: &TestClinic, staff: Actor, slug: &str, decision: Decision) -> Result<(), AppError> {
    let version = version(clinic, slug).await;
    people::decide(&clinic.app, staff, slug, version, decision).await
}

async fn is_listed(clinic: &TestClinic, slug: &str) -> bool {
    docslot::doctors::server::profile(&clinic.app, slug).await.is_ok()
}

async fn register(clinic: &TestClinic, name: &str, email: &str) -> PersonId {
    let form = RegisterForm { name: name.into(), email: email.into(), phone: String::new(), password: PASSWORD.into() };
    accounts::register(&clinic.app, &RequestContext::anonymous(), form).await.expect("an account").actor.user
}

async fn names(clinic: &TestClinic, query: &str) -> Vec<String> {
    let list = users::search(&clinic.app, query, 1).await.expect("a list");
    list.users.into_iter().map(|user| user.name).collect()
}

const ACTIVE_ADMINS: &str = "select count(*) from persons where role = 'admin' and status = 'active'";

both_databases! {
    async fn of_two_tabs_that_approve_the_second_is_shown_the_newer_state(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut first = staff_browser(&clinic, &web, "miriam@example.org").await;
        newcomer(&clinic, clinic.user(Role::Admin).await).await;
        let page = first.get("/admin/doctors").await;
        let text = page.text();
        assert!(text.find("Waiting for approval").expect("a heading") < text.find("Dr doctor-1").expect("a doctor"), "{text}");
        let mut second = first.clone();
        second.get("/admin/doctors/mara-silva").await;
        let version = version(&clinic, "mara-silva").await.to_string();
        let fields = [("slug", "mara-silva"), ("version", version.as_str())];
        let page = first.submit("/fn/admin/approve_doctor", &fields).await;
        assert_eq!(page.status, 200);
        for stale in ["/fn/admin/approve_doctor", "/fn/admin/reject_doctor"] {
            let fields = [("slug", "mara-silva"), ("version", version.as_str()), ("reason", "No papers")];
            let page = second.submit(stale, &fields).await;
            let text = page.text();
            assert_eq!(page.status, 409, "{stale}");
            assert!(text.contains("This has changed since you opened the page") && text.contains("Active"), "{text}");
            assert!(!page.body.contains("/fn/admin/approve_doctor"), "nothing is left to approve");
        }
        assert_eq!(audit_lines(&clinic, "doctor.approved").await, 1);
        assert_eq!(audit_lines(&clinic, "doctor.rejected").await, 0);
        assert!(is_listed(&clinic, "mara-silva").await);
    }

    async fn a_rejected_doctor_reads_why_stays_hidden_and_may_be_approved_later(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        let actor = clinic.user(Role::Admin).await;
        newcomer(&clinic, actor).await;
        staff.get("/admin/doctors/mara-silva").await;
        let version = version(&clinic, "mara-silva").await.to_string();
        let long = "x".repeat(301);
        for (reason, words) in [("  ", "Enter the reason"), (long.as_str(), "at most 300 characters")] {
            let page = staff.submit("/fn/admin/reject_doctor", &[("slug", "mara-silva"), ("version", &version), ("reason", reason)]).await;
            assert_eq!(page.status, 422);
            assert!(page.text().contains(words) && page.body.contains(reason.trim()), "{}", page.text());
        }
        let fields = [("slug", "mara-silva"), ("version", version.as_str()), ("reason", "We could not find <you> in the register.")];
        let page = staff.submit("/fn/admin/reject_doctor", &fields).await;
        assert!(page.text().contains("Not shown: not approved"), "{}", page.text());
        assert!(!is_listed(&clinic, "mara-silva").await);
        let mut doctor = sign_in(&web, EMAIL).await;
        let page = doctor.get("/doctor/waiting").await;
        assert!(page.text().contains("The clinic has not approved you") && page.body.contains("find &lt;you&gt; in the register"), "{}", page.text());
        assert_eq!(decide(&clinic, actor, "mara-silva", Decision::Reject("Again".into())).await, Err(AppError::Conflict));
        assert_eq!(decide(&clinic, actor, "mara-silva", Decision::Resume).await, Err(AppError::Conflict), "a pause is something else");
        decide(&clinic, actor, "mara-silva", Decision::Approve).await.expect("approved after all");
        assert!(is_listed(&clinic, "mara-silva").await);
        assert_eq!(people::doctor(&clinic.app, "mara-silva").await.expect("a doctor").approval_note, "");
        assert_eq!((audit_lines(&clinic, "doctor.rejected").await, audit_lines(&clinic, "doctor.approved").await), (1, 1));
    }

    async fn a_pause_hides_the_doctor_and_keeps_what_is_booked(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let (patient, late) = (clinic.patient().await, clinic.patient().await);
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let held = docslot::booking::server::hold(&clinic.app, person(late), clinic.request(0, TOMORROW_9.plus_minutes(60))).await.expect("a hold");
        decide(&clinic, staff, "doctor-1", Decision::Pause).await.expect("paused");
        assert!(!is_listed(&clinic, "doctor-1").await);
        assert_eq!(clinic.book(patient, 0, TOMORROW_9.plus_minutes(120)).await, Err(AppError::NotFound));
        assert!(docslot::booking::server::confirm(&clinic.app, person(late), held).await.is_err(), "a held time is not booked any more");
        assert_eq!(clinic.status(appointment).await, docslot::booking::Status::Booked);
        assert_eq!(decide(&clinic, staff, "doctor-1", Decision::Pause).await, Err(AppError::Conflict), "paused already");
        let words = people::doctor(&clinic.app, "doctor-1").await.expect("a doctor").standing.label();
        assert_eq!(words, "Not shown: paused by the clinic");
        decide(&clinic, staff, "doctor-1", Decision::Resume).await.expect("resumed");
        assert!(is_listed(&clinic, "doctor-1").await);
        clinic.execute("update doctors set status = 'paused', paused_by = 'doctor' where slug = 'doctor-2'").await.expect("a doctor's own pause");
        assert_eq!(decide(&clinic, staff, "doctor-2", Decision::Resume).await, Err(AppError::Conflict), "is the doctor's to lift");
        assert_eq!(decide(&clinic, staff, "doctor-1", Decision::Approve).await, Err(AppError::Conflict), "nothing to approve");
        assert_eq!(people::doctor(&clinic.app, "nobody").await.err(), Some(AppError::NotFound));
        assert_eq!((audit_lines(&clinic, "doctor.paused").await, audit_lines(&clinic, "doctor.resumed").await), (1, 1));
    }

    async fn the_list_says_why_patients_do_not_see_a_doctor(clinic: TestClinic) {
        clinic.execute("delete from weekly_hours where doctor_id = (select id from doctors where slug = 'doctor-2')").await.expect("no hours");
        clinic.execute("update weekly_hours set valid_until = '2026-01-04' where doctor_id = (select id from doctors where slug = 'doctor-3')").await.expect("past hours");
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        let list = people::doctors(&clinic.app).await.expect("a list");
        let words: Vec<_> = list.iter().map(|doctor| doctor.standing.label()).collect();
        let no_hours = "Shown, but cannot be booked: no weekly hours yet";
        assert_eq!(words, ["Shown to patients", no_hours, no_hours, "Shown to patients"]);
        assert!(staff.get("/admin/doctors").await.text().contains(no_hours));
        let page = staff.get("/admin/doctors/doctor-1").await;
        for link in ["/doctor?doctor=doctor-1", "/doctor/profile?doctor=doctor-1", "/admin/doctors/doctor-1/leaving"] {
            assert!(page.body.contains(&format!("href=\"{link}\"")), "{link}");
        }
    }

    async fn suspending_ends_every_session_at_once_and_refuses_signing_in(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        let ana = register(&clinic, "Ana Novak", "ana@example.org").await;
        let (mut phone, mut laptop) = (sign_in(&web, "ana@example.org").await, sign_in(&web, "ana@example.org").await);
        let patient = Actor { user: ana, role: Role::Patient, session: docslot::ids::SessionId(uuid::Uuid::now_v7()) };
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let address = format!("/admin/users/{ana}");
        let page = staff.get(&address).await;
        assert!(page.text().contains("Their sessions end at once") && page.text().contains("Their appointments stay booked"), "{}", page.text());
        let page = staff.submit("/fn/admin/suspend_user", &[("id", &ana.to_string())]).await;
        assert!(page.status == 200 && page.text().contains("Suspended"), "{}", page.text());
        for browser in [&mut phone, &mut laptop] {
            assert_eq!(browser.get("/account").await.location(), "/sign-in?next=%2Faccount", "the old cookie is nobody's");
        }
        let refused = accounts::sign_in(&clinic.app, &RequestContext::anonymous(), "ana@example.org", PASSWORD).await;
        assert_eq!(refused.err(), Some(AppError::WrongCredentials));
        assert_eq!(clinic.status(appointment).await, docslot::booking::Status::Booked);
        staff.submit("/fn/admin/suspend_user", &[("id", &ana.to_string())]).await;
        staff.submit("/fn/admin/reactivate_user", &[("id", &ana.to_string())]).await;
        assert_eq!(phone.get("/account").await.status, 302, "the old session stays over");
        assert_eq!(sign_in(&web, "ana@example.org").await.get("/account").await.status, 200);
        assert_eq!((audit_lines(&clinic, "user.suspended").await, audit_lines(&clinic, "user.reactivated").await), (1, 1));
        assert_eq!(staff.get("/admin/users/nobody").await.status, 404);
        assert_eq!(staff.get(&format!("/admin/users/{}", uuid::Uuid::now_v7())).await.status, 404);
    }

    async fn the_last_admin_and_oneself_cannot_be_suspended(clinic: TestClinic) {
        let only = clinic.user(Role::Admin).await;
        assert_eq!(users::suspend(&clinic.app, only, only.user).await, Err(AppError::LastAdmin));
        let second = clinic.user(Role::Admin).await;
        assert_eq!(users::suspend(&clinic.app, only, only.user).await, Err(AppError::Forbidden));
        users::suspend(&clinic.app, only, second.user).await.expect("one of two");
        assert_eq!(users::suspend(&clinic.app, second, only.user).await, Err(AppError::Unauthenticated), "who is shut out cannot shut others out");
        assert_eq!(clinic.count(ACTIVE_ADMINS).await, 1);
        users::reactivate(&clinic.app, only, second.user).await.expect("back");
        assert_eq!(clinic.count(ACTIVE_ADMINS).await, 2);
        let nobody = users::suspend(&clinic.app, only, PersonId(uuid::Uuid::now_v7())).await;
        assert_eq!(nobody, Err(AppError::NotFound));
    }

    async fn of_admins_who_suspend_each_other_at_once_one_stays(clinic: TestClinic) {
        let (one, two) = (clinic.user(Role::Admin).await, clinic.user(Role::Admin).await);
        let clinic = Arc::new(clinic);
        for _ in 0..12 {
            let spawn = |by: Actor, whom: PersonId| {
                let clinic = clinic.clone();
                tokio::spawn(async move { users::suspend(&clinic.app, by, whom).await })
            };
            let (first, second) = (spawn(one, two.user), spawn(two, one.user));
            let (first, second) = (first.await.expect("no panic"), second.await.expect("no panic"));
            assert_ne!(first.is_ok(), second.is_ok(), "{first:?} {second:?}");
            assert_eq!(clinic.count(ACTIVE_ADMINS).await, 1);
            clinic.execute("update persons set status = 'active' where role = 'admin'").await.expect("both again");
        }
    }

    async fn accounts_are_found_by_name_or_address_in_upper_or_lower_case(clinic: TestClinic) {
        for (name, email) in [("Zoë Ng", "z@example.org"), ("Ana 100% Novak", "ana_n@example.org"), ("Bob O'Neill", "bob@clinic.example"), ("Anna Xnovak", "anaxn@example.org")] {
            add_user(&clinic, name, email).await;
        }
        assert_eq!(names(&clinic, "zoë").await, ["Zoë Ng"]);
        assert_eq!(names(&clinic, " ZO").await, ["Zoë Ng"]);
        assert_eq!(names(&clinic, "NOVAK").await, ["Ana 100% Novak"], "not in the middle of a word");
        assert_eq!(names(&clinic, "ana_n").await, ["Ana 100% Novak"], "an underscore stands for itself");
        assert_eq!(names(&clinic, "100").await, ["Ana 100% Novak"]);
        assert!(names(&clinic, "%").await.is_empty(), "signs alone find nobody");
        assert!(names(&clinic, "CLINIC.example").await.is_empty(), "an address is found by its beginning");
        assert_eq!(names(&clinic, "BOB@clinic.exa").await, ["Bob O'Neill"]);
        assert_eq!(names(&clinic, "o'n").await, ["Bob O'Neill"]);
        assert!(names(&clinic, "!").await.is_empty() && names(&clinic, "\\").await.is_empty());
        assert_eq!(names(&clinic, "bob\0").await, ["Bob O'Neill"]);
        assert_eq!(names(&clinic, "").await.len(), 4);
    }

    async fn accounts_are_found_without_accents_in_any_order_and_by_their_number(clinic: TestClinic) {
        let phones = [("Ömer Yıldız", "o@example.org", "+44 (0)20 7946 0100"), ("Zoë Ng", "z@example.org", "")];
        for (name, email, phone) in phones {
            let form = RegisterForm { name: name.into(), email: email.into(), phone: phone.into(), password: PASSWORD.into() };
            accounts::register(&clinic.app, &RequestContext::anonymous(), form).await.expect("an account");
        }
        for query in ["omer", "ÖMER", "yildiz om", "Yıldız", "o\u{308}mer", "7946 0100", "0100", "+44 20 7946 0100", "\u{202A}020\u{A0}7946\u{A0}0100\u{202C}"] {
            assert_eq!(names(&clinic, query).await, ["Ömer Yıldız"], "{query:?}");
        }
        assert!(names(&clinic, "omer zoe").await.is_empty());
        assert!(names(&clinic, "7947").await.is_empty());
        // the name that is changed is the one that is found, and so is the number
        let user = clinic.an_id("select id from persons where email = 'z@example.org'").await;
        let actor = Actor { user: PersonId(user), ..clinic.patient().await };
        let profile = Profile { name: "Chloé Ng".into(), phone: "0161 496 0000".into(), birth_date: None };
        accounts::own_account::save_profile(&clinic.app, actor, profile).await.expect("saved");
        assert_eq!(names(&clinic, "chloe").await, ["Chloé Ng"]);
        assert!(names(&clinic, "zoe").await.is_empty());
        assert_eq!(names(&clinic, "1614960000").await, ["Chloé Ng"]);
        let change = accounts::me::Change { name: Some("Noé Ng".into()), phone: Some(String::new()) };
        accounts::me::change(&clinic.app, actor, change).await.expect("changed");
        assert_eq!(names(&clinic, "noe").await, ["Noé Ng"]);
        assert!(names(&clinic, "1614960000").await.is_empty());
    }

    async fn accounts_come_twenty_a_page_with_their_last_sign_in(clinic: TestClinic) {
        for n in 0..41 {
            add_user(&clinic, &format!("Person {n:02}"), &format!("person{n}@example.org")).await;
        }
        let page = users::search(&clinic.app, "person", 3).await.expect("a page");
        assert_eq!((page.all, page.page, page.pages, page.users.len()), (41, 3, 3, 1));
        assert_eq!(users::search(&clinic.app, "person", u32::MAX).await.expect("a page").page, 3);
        assert_eq!(page.users[0].last_sign_in, None);
        let web = Web::serve(&clinic.app).await;
        let mut staff = staff_browser(&clinic, &web, "miriam@example.org").await;
        let text = staff.get("/admin/users?q=castell").await.text();
        assert!(text.contains("1 account") && text.contains("Monday 5 January, 8am"), "{text}");
        let page = staff.get("/admin/users?q=person&page=2").await;
        assert_eq!(page.attributes("scope=\"row\"", "scope").len(), 20);
        assert!(page.body.contains("/admin/users?q=person&amp;page=3") || page.body.contains("/admin/users?q=person&page=3"), "{}", page.body);
        let text = staff.get("/admin/users?q=%3Cscript%3E").await;
        assert!(text.body.contains("value=\"&lt;script&gt;\"") && text.text().contains("No account found"), "{}", text.text());
    }

    async fn only_staff_open_the_pages_and_call_the_functions(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        register(&clinic, "Ana Novak", "ana@example.org").await;
        newcomer(&clinic, clinic.user(Role::Admin).await).await;
        let (mut patient, mut doctor, mut nobody) = (sign_in(&web, "ana@example.org").await, sign_in(&web, EMAIL).await, web.browser());
        for page in ["/admin/doctors", "/admin/doctors/doctor-1", "/admin/invitations", "/admin/users", "/admin/users/0197f2c4-0000-7000-8000-000000000001"] {
            assert_eq!((patient.get(page).await.status, doctor.get(page).await.status), (403, 403), "{page}");
            assert!(nobody.get(page).await.location().starts_with("/sign-in?next=%2Fadmin"), "{page}");
        }
        let id = "0197f2c4-0000-7000-8000-000000000001";
        for (function, body) in [
            ("admin/invitations", "page=1".to_owned()),
            ("admin/invite", "role=admin&email=x&days=900".to_owned()),
            ("admin/resend_invitation", format!("id={id}")),
            ("admin/revoke_invitation", format!("id={id}")),
            ("admin/doctors", String::new()),
            ("admin/doctor", "slug=doctor-1".to_owned()),
            ("admin/approve_doctor", "slug=mara-silva&version=1".to_owned()),
            ("admin/reject_doctor", "slug=mara-silva&version=1".to_owned()),
            ("admin/pause_doctor", "slug=doctor-1&version=1".to_owned()),
            ("admin/resume_doctor", "slug=doctor-1&version=1".to_owned()),
            ("admin/users", "query=&page=1".to_owned()),
            ("admin/user", format!("id={id}")),
            ("admin/suspend_user", format!("id={id}")),
            ("admin/reactivate_user", format!("id={id}")),
        ] {
            let path = format!("/fn/{function}");
            let headers = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
            let mut answers = Vec::new();
            for browser in [&mut nobody, &mut patient, &mut doctor] {
                answers.push(browser.send("POST", &path, &headers, &body).await.status);
            }
            assert_eq!(answers, [401, 403, 403], "{function}");
        }
        assert_eq!(patient.get("/doctor/waiting").await.status, 403);
        assert!(!is_listed(&clinic, "mara-silva").await && is_listed(&clinic, "doctor-1").await);
    }
}

async fn add_user(clinic: &TestClinic, name: &str, email: &str) {
    let (name, email) = (name.to_owned(), email.to_owned());
    clinic
        .write(move |mut tx| {
            let (name, email) = (name.clone(), email.clone());
            Box::pin(async move {
                let sql = "insert into persons (id, email, display_name, role, password_hash, created_at)
                    values ($1, $2, $3, 'patient', 'none', $4)";
                let id = PersonId(uuid::Uuid::now_v7());
                on!(tx, |c| {
                    let query = sqlx::query(sql).bind(id).bind(&email).bind(&name).bind(crate::clinic::NOW);
                    query.execute(c).await?.rows_affected()
                });
                person_words::index(&mut tx, id, Country::GB).await
            })
        })
        .await;
}
