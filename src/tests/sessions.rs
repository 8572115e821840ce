//! Sessions: what their owner sees, how they end, by hand and by themselves.

use std::time::Duration;

use docslot::{accounts::Role, accounts::server::own_sessions, state::AppState};

use crate::{
    access::person,
    api::Program,
    both_databases,
    clinic::TestClinic,
    schedule_changes::neighbour,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";
const FIREFOX: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
    Version/18.6 Mobile/15E148 Safari/604.1";
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Signs in with a browser that calls itself so.
async fn sign_in(web: &Web, email: &str, agent: &str) -> Browser {
    let mut browser = web.browser();
    let headers = [
        ("accept", "text/html"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("user-agent", agent),
    ];
    let form = crate::web::form(&[("email", email), ("password", PASSWORD)]);
    let answer = browser.send("POST", "/fn/sign_in", &headers, &form).await;
    assert_eq!(answer.status, 303, "{}", answer.body);
    browser
}

/// The ids of the sessions that the page offers to end.
fn ids(page: &Answer) -> Vec<String> {
    page.attributes("name=\"id\"", "value")
}

async fn is_signed_in(browser: &mut Browser) -> bool {
    browser.get("/account").await.status == 200
}

/// With the times that a clinic has by default.
fn with_usual_times(clinic: &TestClinic) -> AppState {
    let mut settings = (*clinic.app.settings).clone();
    settings.session = docslot::config::SessionSettings::default();
    clinic.app.with_settings(settings)
}

/// Waits until the use of a session is noted, which happens beside the answer.
async fn noted(clinic: &TestClinic) {
    for _ in 0..100 {
        let newest = clinic.newest_use().await;
        if newest == clinic.clock.now() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    panic!("the use of the session is not noted");
}

impl TestClinic {
    async fn newest_use(&self) -> docslot::time::Timestamp {
        self.write(|mut tx| Box::pin(async move { tx.fetch_value("select max(seen_at) from sessions", ()).await }))
            .await
    }
}

/// A page that a script asks for.
async fn fetch(browser: &mut Browser, method: &str, path: &str) -> Answer {
    let headers = [
        ("accept", "application/json"),
        ("content-type", "application/x-www-form-urlencoded"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-dest", "empty"),
    ];
    browser.send(method, path, &headers, "").await
}

both_databases! {
    async fn the_owner_sees_each_session_and_ends_one_or_all_others(clinic: TestClinic) {
        let (web, there) = (Web::serve(&clinic.app).await, Web::serve(&neighbour(&clinic).await).await);
        let (mut ana, _) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        let (mut eve, _) = person(&clinic, &web, "eve@example.org", Role::Patient).await;
        let mut firefox = sign_in(&web, "ana@example.org", FIREFOX).await;
        let mut phone = sign_in(&web, "ana@example.org", IPHONE).await;
        let mut program = Program::signed_in(&web, "ana@example.org").await;
        clinic.execute("update sessions set network = null where device = 'Safari on iPhone'").await.expect("elsewhere");
        let page = firefox.get("/account/sessions").await;
        let text = page.text();
        for device in ["Firefox on Windows", "Safari on iPhone", "docslot API program", "Unknown browser"] {
            assert!(text.contains(device), "{device}: {text}");
        }
        assert_eq!(text.matches("The same network as now").count(), 3, "{text}");
        assert_eq!(text.matches("Another network").count(), 1, "{text}");
        assert_eq!((text.matches("This browser").count(), ids(&page).len()), (1, 3), "{text}");
        assert!(text.find("Firefox on Windows") < text.find("This browser"), "the current one is marked: {text}");
        assert!(!page.body.contains("127.0.0.1") && !page.body.contains("Mozilla"), "no address, no header");

        // another person's sessions are not there
        let phones = ids(&phone.get("/account/sessions").await);
        let foreign = ids(&page).into_iter().find(|id| !phones.contains(id)).expect("the phone's own");
        eve.get("/account/sessions").await;
        let answer = eve.submit("/fn/account/end_session", &[("id", &foreign)]).await;
        assert_eq!(answer.status, 404);
        assert!(is_signed_in(&mut phone).await);

        // the same browser on two servers, and its access token alone
        let mut copy = there.browser();
        copy.cookies = phone.cookies.clone();
        assert!(is_signed_in(&mut copy).await);
        let page = firefox.submit("/fn/account/end_session", &[("id", &foreign)]).await;
        assert!(page.text().contains("You are signed out there"), "{}", page.text());
        let bearer = format!("Bearer {}", phone.cookies["docslot"]);
        assert!(!is_signed_in(&mut phone).await && !is_signed_in(&mut copy).await);
        let mut bare = there.browser();
        let answer = bare.send("GET", "/api/v1/me", &[("authorization", &bearer)], "").await;
        assert_eq!(answer.status, 401, "the access token is over as well");
        assert!(is_signed_in(&mut ana).await, "the others go on");
        let page = firefox.submit("/fn/account/end_session", &[("id", &foreign)]).await;
        assert_eq!(page.status, 200, "twice is fine");

        assert_eq!(program.get("/me").await.status(), 200);
        let page = firefox.submit("/fn/account/end_other_sessions", &[]).await;
        assert!(page.text().contains("You are signed out everywhere else") && ids(&page).is_empty(), "{}", page.text());
        assert!(!is_signed_in(&mut ana).await);
        assert_eq!(program.get("/me").await.status(), 401);
        assert!(is_signed_in(&mut firefox).await && is_signed_in(&mut eve).await);
    }

    async fn sessions_of_staff_end_without_use_and_after_a_working_day(clinic: TestClinic) {
        let app = with_usual_times(&clinic);
        let web = Web::serve(&app).await;
        let (mut staff, _) = person(&clinic, &web, "staff@example.org", Role::Admin).await;
        assert!(staff.get("/admin").await.body.contains("data-seconds=\"1800\""), "the page warns");
        for _ in 0..3 {
            clinic.clock.advance_seconds(29 * MINUTE);
            assert_eq!(staff.get("/admin").await.status, 200, "in use");
        }
        // within the life of an access token, too
        clinic.clock.advance_seconds(5 * MINUTE);
        assert_eq!(staff.get("/admin").await.status, 200);
        noted(&clinic).await;
        clinic.clock.advance_seconds(29 * MINUTE);
        assert_eq!(staff.get("/admin").await.status, 200, "counted from the last use, not from the last renewal");
        // what the page asks for by itself is no use
        clinic.clock.advance_seconds(20 * MINUTE);
        assert_eq!(fetch(&mut staff, "POST", "/fn/clinic_overview").await.status, 200);
        clinic.clock.advance_seconds(10 * MINUTE);
        assert_eq!(staff.get("/admin").await.status, 302, "half an hour");

        let mut staff = sign_in(&web, "staff@example.org", FIREFOX).await;
        for _ in 0..(12 * 60 / 20 - 1) {
            clinic.clock.advance_seconds(20 * MINUTE);
            let left = fetch(&mut staff, "POST", "/fn/account/stay").await;
            assert_eq!(left.status, 200);
            assert!(left.body.parse::<i64>().is_ok_and(|left| left > 0 && left <= 1_800), "{}", left.body);
        }
        clinic.clock.advance_seconds(20 * MINUTE - 1);
        assert_eq!(fetch(&mut staff, "POST", "/fn/account/stay").await.body, "1", "a second is left of the day");
        clinic.clock.advance_seconds(1);
        assert_eq!(fetch(&mut staff, "POST", "/fn/account/stay").await.status, 401);
        assert_eq!(staff.get("/admin").await.status, 302);
    }

    async fn an_access_token_does_not_outlive_its_session_and_patients_keep_theirs(clinic: TestClinic) {
        let mut settings = (*clinic.app.settings).clone();
        settings.session = docslot::config::SessionSettings { staff_idle_minutes: 5, ..Default::default() };
        let web = Web::serve(&clinic.app.with_settings(settings)).await;
        let (mut patient, _) = person(&clinic, &web, "ana@example.org", Role::Patient).await;
        person(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let mut doctor = Program::signed_in(&web, "doctor@example.org").await;
        clinic.clock.advance_seconds(5 * MINUTE - 1);
        assert_eq!(doctor.get("/me").await.status(), 200);
        noted(&clinic).await;
        clinic.clock.advance_seconds(5 * MINUTE);
        assert_eq!(doctor.get("/me").await.status(), 401, "the token is for ten minutes, the session for five");
        assert!(!patient.get("/account").await.body.contains("stay-signed-in"), "patients are not warned");
        clinic.clock.advance_seconds(29 * DAY);
        assert!(is_signed_in(&mut patient).await);
        clinic.clock.advance_seconds(DAY);
        assert!(!is_signed_in(&mut patient).await, "thirty days in all");
    }

    async fn devices_are_forgotten_when_their_session_is_over(clinic: TestClinic) {
        const KEPT: &str = "select count(*) from sessions where device <> '' and network is not null";
        let web = Web::serve(&clinic.app).await;
        person(&clinic, &web, "ana@example.org", Role::Patient).await;
        assert_eq!(clinic.count(KEPT).await, 1);
        clinic.clock.advance_seconds(30 * DAY - 1);
        assert_eq!(own_sessions::forget_devices(&clinic.app).await.ok(), Some(0));
        clinic.clock.advance_seconds(1);
        assert_eq!(own_sessions::forget_devices(&clinic.app).await.ok(), Some(1));
        assert_eq!((clinic.count(KEPT).await, clinic.count("select count(*) from sessions").await), (0, 1));
    }
}

both_databases! {
    async fn a_form_that_comes_too_late_keeps_its_text_for_the_same_person(clinic: TestClinic) {
        let web = Web::serve(&with_usual_times(&clinic)).await;
        let (mut staff, _) = person(&clinic, &web, "staff@example.org", Role::Admin).await;
        person(&clinic, &web, "eve@example.org", Role::Admin).await;
        let typed = [("role", "doctor"), ("email", "typed@example.org"), ("days", "7")];
        for (who, seen) in [("eve@example.org", false), ("staff@example.org", true)] {
            staff.get("/admin/invitations").await;
            clinic.clock.advance_seconds(HOUR);
            let answer = staff.post("/fn/admin/invite", &typed).await;
            assert_eq!(answer.location(), "/sign-in?next=/admin/invitations");
            assert!(!staff.cookies["docslot-late-form"].contains("typed"));
            staff.get(answer.location()).await;
            let wrong = [("email", who), ("password", "wrong horse"), ("next", "/admin/invitations")];
            assert_eq!(staff.submit("/fn/sign_in", &wrong).await.status, 401, "a typing error loses nothing");
            let right = [("email", who), ("password", PASSWORD), ("next", "/admin/invitations")];
            let page = staff.submit("/fn/sign_in", &right).await;
            assert_eq!(staff.page, "/admin/invitations");
            assert_eq!(page.body.contains("typed@example.org"), seen, "{who}: {}", page.text());
            assert_eq!(page.text().contains("What you typed is still here"), seen, "{who}: {}", page.text());
            assert!(!staff.cookies.contains_key("docslot-late-form"), "shown once");
            if !seen {
                // the next round begins with the first person's session again
                staff = sign_in(&web, "staff@example.org", FIREFOX).await;
            }
        }
        assert_eq!(clinic.count("select count(*) from invitations").await, 0, "nothing is done by itself");
    }
}
