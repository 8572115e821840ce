//! The command palette of the desk: where it leads, and that it leads nobody else anywhere.

use docslot::{
    accounts::Role,
    desk::{
        model::{DeskQuery, PaletteEntry},
        server::palette,
    },
    error::AppError,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
};

async fn found(clinic: &TestClinic, actor: Actor, typed: &str) -> Vec<PaletteEntry> {
    let query = DeskQuery { date: "2026-01-06".into(), ..DeskQuery::default() };
    palette(&clinic.app, actor, &query, typed).await.expect("a list")
}

async fn addresses(clinic: &TestClinic, actor: Actor, typed: &str) -> Vec<String> {
    found(clinic, actor, typed).await.into_iter().map(|entry| entry.address).collect()
}

both_databases! {
    async fn the_palette_leads_to_days_doctors_patients_and_references(clinic: TestClinic) {
        let staff = clinic.user(Role::Receptionist).await;
        let patient = clinic.patient().await;
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let desk = format!("/desk?location={}&date=", clinic.london);
        // it is Monday 5 January
        let day = |date: &str| vec![format!("{desk}{date}")];
        assert_eq!(addresses(&clinic, staff, "tomorrow").await, day("2026-01-06"));
        assert_eq!(addresses(&clinic, staff, "thu").await, day("2026-01-08"));
        assert_eq!(addresses(&clinic, staff, "3 feb").await, day("2026-02-03"));
        assert_eq!(addresses(&clinic, staff, "next d").await, day("2026-01-07"));
        let usual = found(&clinic, staff, " ").await;
        assert_eq!(usual.first().map(|entry| entry.words.as_str()), Some("Today"));
        assert!(usual.iter().any(|entry| entry.address == "/soonest"));

        let reference = clinic.row(id).await.reference;
        let typed = reference.replace('-', " ").to_lowercase();
        let first = found(&clinic, staff, &typed).await.into_iter().next().expect("the appointment");
        assert_eq!((first.address, first.words), (format!("/appointments/{id}"), reference));
        assert_eq!(first.detail, "Appointment, booked");

        clinic.execute("update doctors set name = 'Dr Zoë Ångström' where slug = 'doctor-3'").await.expect("a name");
        assert_eq!(addresses(&clinic, staff, "angs zoe").await, ["/doctor?date=2026-01-06&doctor=doctor-3"]);
        clinic.execute("update doctors set status = 'deactivated' where slug = 'doctor-3'").await.expect("gone");
        assert!(addresses(&clinic, staff, "angs zoe").await.is_empty());
        let patients = addresses(&clinic, staff, &format!("{}@example.org", patient.user)).await;
        assert_eq!(patients, [format!("/patients/{}", patient.user)]);
        for strange in ["%", "' or 1=1 --", "\u{0}", &"x".repeat(5_000), "31 2"] {
            assert!(addresses(&clinic, staff, strange).await.len() < 10, "{strange:?}");
        }
        for other in [patient, clinic.user(Role::Doctor).await] {
            assert_eq!(palette(&clinic.app, other, &DeskQuery::default(), "x").await.err(), Some(AppError::Forbidden));
        }
    }
}
