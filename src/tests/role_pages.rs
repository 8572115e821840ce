//! Where each role begins, and that no page offers doctors or staff what they cannot do.

use docslot::accounts::Role;

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    front_desk::signed_in,
    web::{Answer, Browser, Web},
};

const PASSWORD: &str = "quiet green bicycle";

async fn sign_in(browser: &mut Browser, email: &str, next: &str) -> Answer {
    browser.cookies.clear();
    browser.get("/sign-in").await;
    browser.post("/fn/sign_in", &[("email", email), ("password", PASSWORD), ("next", next)]).await
}

/// A browser of the doctor of this number.
async fn doctor(clinic: &TestClinic, web: &Web, number: usize) -> Browser {
    let (browser, user) = signed_in(clinic, web, "doctor@example.org", Role::Doctor).await;
    let doctor = clinic.doctors[number].id;
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                tx.execute("update doctors set person_id = $2 where id = $1", (doctor, user)).await?;
                Ok(())
            })
        })
        .await;
    browser
}

fn time(clinic: &TestClinic, number: usize) -> [(&'static str, String); 3] {
    let doctor = &clinic.doctors[number];
    [
        ("doctor", doctor.slug.clone()),
        ("visit_type", doctor.visit_type.to_string()),
        ("start", TOMORROW_9.0.to_string()),
    ]
}

async fn press(browser: &mut Browser, fields: &[(&'static str, String); 3]) -> Answer {
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post("/fn/booking/hold", &fields).await
}

both_databases! {
    async fn signing_in_leads_to_the_first_page_of_the_role_unless_it_began_elsewhere(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        for (email, role, page) in [
            ("ana@example.org", Role::Patient, "/"),
            ("doctor@example.org", Role::Doctor, "/doctor"),
            ("staff@example.org", Role::Admin, "/admin"),
        ] {
            let (mut browser, _) = signed_in(&clinic, &web, email, role).await;
            for next in ["", "/", "https://evil.example/", "//evil.example"] {
                assert_eq!(sign_in(&mut browser, email, next).await.location(), page, "{email}, {next:?}");
            }
            assert_eq!(sign_in(&mut browser, email, "/doctors?q=lee").await.location(), "/doctors?q=lee", "{email}");
            let start = browser.get("/").await;
            assert_eq!(start.attributes("class=\"brand\"", "href"), [page], "{email}");
            let offered = start.text().contains("This page is for patients.");
            assert_eq!(offered, role != Role::Patient, "{email}: {}", start.text());
        }
    }

    async fn doctors_and_staff_are_not_sent_to_pages_of_patients(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut patient, _) = signed_in(&clinic, &web, "ana@example.org", Role::Patient).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let mut doctor = doctor(&clinic, &web, 0).await;
        for path in ["/no/such/page", "/help", "/", "/doctors", "/account"] {
            let own = "/appointments".to_owned();
            assert!(patient.get(path).await.attributes("href", "href").contains(&own), "{path}");
            for browser in [&mut staff, &mut doctor] {
                let page = browser.get(path).await;
                assert!(!page.attributes("href", "href").contains(&own), "{path}: {}", page.text());
            }
        }
        let wrong = doctor.get("/admin").await;
        assert_eq!(wrong.status, 403);
        assert!(wrong.attributes("class=\"btn", "href").contains(&"/doctor".to_owned()), "{}", wrong.body);
    }

    async fn a_time_that_staff_press_leads_to_adding_an_appointment(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut staff, _) = signed_in(&clinic, &web, "staff@example.org", Role::Admin).await;
        let list = staff.get("/doctors").await;
        assert!(list.text().contains("Press a time to add an appointment for a patient."), "{}", list.text());
        let fields = time(&clinic, 1);
        let (visit_type, start) = (&fields[1].1, &fields[2].1);
        let page = press(&mut staff, &fields).await.location().to_owned();
        assert_eq!(page, format!("/doctor/add?doctor=doctor-2&visit_type={visit_type}&start={start}"));
        let search = staff.get(&page).await;
        assert!(search.status == 200 && search.text().contains("With Dr doctor-2"), "{}", search.text());
        let form = staff.get(&format!("{page}&patient=new")).await;
        assert!(form.attributes("checked", "value").contains(start), "the time is chosen: {}", form.text());
        let mut unknown = time(&clinic, 1);
        unknown[0].1 = "doctor-9".into();
        staff.get("/doctors").await;
        assert_eq!(press(&mut staff, &unknown).await.status, 303, "back to the list, which says why");
        assert_eq!(clinic.count("select count(*) from appointments").await, 0, "nothing is held");
    }

    async fn doctors_add_to_their_own_calendar_and_are_told_about_others(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut doctor = doctor(&clinic, &web, 0).await;
        let fields = time(&clinic, 0);
        let page = press(&mut doctor, &fields).await.location().to_owned();
        assert_eq!(page, format!("/doctor/add?visit_type={}&start={}", fields[1].1, fields[2].1));
        assert_eq!(doctor.get(&page).await.status, 200);
        let other = time(&clinic, 1);
        for page in ["/doctors".to_owned(), format!("/doctors/doctor-2/times?visit_type={}&day=2026-01-06", other[1].1)] {
            doctor.get(&page).await;
            let back = press(&mut doctor, &other).await.location().to_owned();
            let shown = doctor.get(&back).await;
            assert_eq!(shown.status, 403, "{page}");
            assert!(shown.text().contains("you can add appointments to your own calendar only"), "{}", shown.text());
        }
        assert_eq!(clinic.count("select count(*) from appointments").await, 0);
    }
}
