//! The clinic's own clock, which no change of a location changes.

use docslot::{
    accounts::Role,
    admin::{
        model::{audit::AuditQuery, locations::LocationForm, settings::SettingsForm},
        server::{audit_log, locations, settings},
    },
    availability::server::home_zone,
    error::{AppError, FieldCode},
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::TestClinic,
    clinic_pages::{location_form, seen, staff},
    web::Web,
};

/// A second location, which comes first by name.
fn athens() -> LocationForm {
    LocationForm {
        id: None,
        name: "Harbour".into(),
        address: "1 Quay".into(),
        phone: "020 7946 0001".into(),
        time_zone: "Europe/Athens".into(),
        seen: String::new(),
    }
}

async fn zone(clinic: &TestClinic) -> String {
    settings::view(&clinic.app).await.expect("settings").time_zone
}

async fn save(clinic: &TestClinic, actor: Actor, time_zone: &str) -> Result<(), AppError> {
    let now = settings::view(&clinic.app).await.expect("settings");
    let form = SettingsForm {
        name: now.name,
        phone: now.phone,
        emergency_line: now.emergency_line,
        approve_doctors: now.approve_doctors,
        request_hours: now.request_hours.to_string(),
        cutoff_hours: now.cutoff_hours.to_string(),
        time_zone: time_zone.into(),
        version: now.version,
    };
    settings::save(&clinic.app, actor, form).await
}

both_databases! {
    async fn the_clinics_zone_is_that_of_its_first_location_until_staff_choose_another(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        locations::save(&clinic.app, actor, athens()).await.expect("added");
        assert_eq!(zone(&clinic).await, "Europe/London", "the one made first, not the first by name");
        let seen_now = seen(&clinic, clinic.london).await;
        let renamed = LocationForm { name: "Zeta".into(), time_zone: "Europe/Paris".into(), ..location_form(&clinic, &seen_now) };
        locations::save(&clinic.app, actor, renamed).await.expect("renamed and moved");
        assert_eq!(zone(&clinic).await, "Europe/London", "no change of a location changes it");
        assert_eq!(clinic.count("select count(*) from clinic_settings").await, 0, "names stay those of the configuration");
        let page = locations::location(&clinic.app, "new").await.expect("a page");
        assert_eq!(page.usual_zone, "Europe/London");

        for (typed, code) in [("", FieldCode::Missing), ("Europe/Londinium", FieldCode::UnknownZone)] {
            assert_eq!(save(&clinic, actor, typed).await, Err(AppError::field("time_zone", code)));
        }
        save(&clinic, actor, "Europe/Athens").await.expect("saved");
        assert_eq!(zone(&clinic).await, "Europe/Athens");
        let query = AuditQuery { action: "settings.changed".into(), ..AuditQuery::default() };
        let page = audit_log::page(&clinic.app, query).await.expect("the log");
        assert_eq!(page.lines[0].details, "time zone: Europe/London to Europe/Athens");
        assert_eq!((page.lines[0].when.as_str(), page.zone_words.as_str()), ("Monday 5 January, 10am", "Athens time"));
        save(&clinic, actor, "Europe/Athens").await.expect("the same again");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'settings.changed'").await, 1);
    }

    async fn pages_name_the_clock_only_while_there_are_several(clinic: TestClinic) {
        const PAGES: [&str; 5] = ["/admin", "/admin/users", "/admin/outbox", "/admin/invitations", "/account/tokens"];
        let web = Web::serve(&clinic.app).await;
        let mut browser = staff(&clinic, &web).await;
        for page in PAGES {
            assert!(!browser.get(page).await.text().contains("Times are"), "{page}");
        }
        let actor = clinic.user(Role::Admin).await;
        locations::save(&clinic.app, actor, athens()).await.expect("added");
        for page in PAGES {
            let text = browser.get(page).await.text();
            assert!(text.contains("Times are London time"), "{page}: {text}");
        }
        save(&clinic, actor, "Europe/Athens").await.expect("saved");
        assert!(browser.get("/admin/users").await.text().contains("Times are Athens time"));
    }

    async fn a_doctor_without_hours_goes_by_the_clinics_clock(clinic: TestClinic) {
        let actor = clinic.user(Role::Admin).await;
        locations::save(&clinic.app, actor, athens()).await.expect("added");
        let home = async || {
            let mut reader = clinic.app.db.read().await.expect("a reader");
            let zone = home_zone(&mut reader.conn(), clinic.doctors[0].id).await.expect("read").expect("a zone");
            zone.name().to_owned()
        };
        assert_eq!(home().await, "Europe/London", "where the doctor works");
        save(&clinic, actor, "Europe/Athens").await.expect("saved");
        assert_eq!(home().await, "Europe/London", "still where the doctor works");
        clinic.execute("delete from weekly_hours").await.expect("no hours");
        assert_eq!(home().await, "Europe/Athens", "the clinic's");
    }
}
