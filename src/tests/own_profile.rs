//! The profile, as its doctor edits it.

use docslot::{
    accounts::Role,
    booking::server as booking,
    doctors::{
        DirectoryQuery,
        model::own_profile::{ProfileForm, Visibility},
        server::{self as doctors, own_profile},
    },
    error::{AppError, FieldCode},
    on,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, person},
    front_desk::{doctor, signed_in},
    web::Web,
};

async fn form(clinic: &TestClinic, actor: Actor) -> (ProfileForm, i64) {
    let now = own_profile::read(&clinic.app, actor, "doctor-1").await.expect("a profile");
    let form = ProfileForm {
        name: now.name,
        designation: now.designation,
        registration_number: now.registration_number,
        about: now.about,
        specialty_1: now.specialties[0].clone(),
        accepts_new_patients: now.accepts_new_patients.to_string(),
        ..ProfileForm::default()
    };
    (form, now.version)
}

async fn save(clinic: &TestClinic, actor: Actor, form: ProfileForm, version: i64) -> Result<String, AppError> {
    let languages = vec!["ig".to_owned(), "en".to_owned(), "ig".to_owned()];
    own_profile::save(&clinic.app, actor, "doctor-1", version, form, languages).await
}

pub async fn show(clinic: &TestClinic, actor: Actor, show: bool) -> Result<String, AppError> {
    let version = own_profile::read(&clinic.app, actor, "doctor-1").await?.version;
    own_profile::set_visible(&clinic.app, actor, "doctor-1", version, show).await
}

async fn visibility(clinic: &TestClinic, actor: Actor) -> Visibility {
    own_profile::read(&clinic.app, actor, "doctor-1").await.expect("a profile").visibility
}

both_databases! {
    async fn a_saved_profile_is_what_patients_read_at_once(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        doctors::profile(&clinic.app, "doctor-1").await.expect("known to the directory");
        let (form, version) = form(&clinic, actor).await;
        let typed = ProfileForm {
            name: " Dr Ada <b>Okafor</b> ".into(),
            designation: "Consultant".into(),
            about: "One\r\nTwo".into(),
            accepts_new_patients: String::new(),
            ..form
        };
        assert_eq!(save(&clinic, actor, typed.clone(), version).await.as_deref(), Ok("/doctor/profile?done=saved"));
        let public = doctors::profile(&clinic.app, "doctor-1").await.expect("a profile");
        assert_eq!((public.card.name.as_str(), public.designation.as_str(), public.about.as_str()), ("Dr Ada <b>Okafor</b>", "Consultant", "One\nTwo"));
        assert_eq!((public.card.languages, public.card.accepts_new_patients), (vec!["English".to_owned(), "Igbo".to_owned()], false));
        assert_eq!(save(&clinic, actor, typed, version).await, Err(AppError::Conflict), "a stale page overwrites nothing");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'doctor.profile_changed'").await, 1);
    }

    async fn fields_that_do_not_fit_are_named_and_nothing_is_saved(clinic: TestClinic) {
        let actor = doctor(&clinic, 0).await;
        let (form, version) = form(&clinic, actor).await;
        let wrong = ProfileForm {
            name: "a\0b".into(),
            designation: "x".repeat(101),
            about: "\0".into(),
            specialty_1: String::new(),
            specialty_2: "nonsense".into(),
            ..form.clone()
        };
        let Err(AppError::Invalid { fields }) = save(&clinic, actor, wrong, version).await else { panic!("not refused") };
        let named: Vec<(&str, FieldCode)> = fields.iter().map(|field| (field.field.as_str(), field.code)).collect();
        assert_eq!(named, [
            ("name", FieldCode::BadCharacters),
            ("designation", FieldCode::TooLong(100)),
            ("about", FieldCode::BadCharacters),
            ("specialty_2", FieldCode::Unknown),
        ]);
        let strange = own_profile::save(&clinic.app, actor, "", version, form.clone(), vec!["tlh".into()]).await;
        assert_eq!(strange, Err(AppError::field("languages", FieldCode::Unknown)));
        let exact = ProfileForm { about: "é".repeat(2_000), ..form.clone() };
        assert!(save(&clinic, actor, ProfileForm { about: "é".repeat(2_001), ..form }, version).await.is_err());
        save(&clinic, actor, exact, version).await.expect("characters are counted, not bytes");
    }

    async fn the_registration_number_is_the_clinics_once_the_doctor_is_approved(clinic: TestClinic) {
        let (actor, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        let (typed, version) = form(&clinic, actor).await;
        let typed = ProfileForm { registration_number: "GMC 1".into(), ..typed };
        save(&clinic, actor, typed.clone(), version).await.expect("saved");
        assert_eq!(form(&clinic, actor).await.0.registration_number, "", "left alone");
        assert_eq!(save(&clinic, staff, typed.clone(), version + 1).await.as_deref(), Ok("/doctor/profile?doctor=doctor-1&done=saved"));
        assert_eq!(form(&clinic, actor).await.0.registration_number, "GMC 1");
        clinic.execute("update doctors set approval = 'waiting', status = 'paused'").await.expect("waiting");
        save(&clinic, actor, ProfileForm { registration_number: "GMC 2".into(), ..typed }, version + 2).await.expect("saved");
        assert_eq!(form(&clinic, actor).await.0.registration_number, "GMC 2");
    }

    async fn a_hidden_doctor_is_not_found_and_not_booked_until_shown_again(clinic: TestClinic) {
        let (actor, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let id = clinic.book(patient, 0, TOMORROW_9).await.expect("an appointment");
        let found = async || doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page").total;
        assert_eq!(found().await, 4);
        show(&clinic, actor, false).await.expect("hidden");
        show(&clinic, actor, false).await.expect("hiding twice is hiding once");
        assert_eq!(visibility(&clinic, actor).await, Visibility::HiddenByDoctor);
        assert_eq!(found().await, 3);
        assert_eq!(doctors::profile(&clinic.app, "doctor-1").await.err(), Some(AppError::NotFound));
        let refused = booking::hold(&clinic.app, person(patient), clinic.request(0, TOMORROW_9.plus_minutes(60))).await;
        assert_eq!(refused, Err(AppError::NotFound));
        assert!(clinic.status(id).await.occupies(), "booked appointments stay");
        show(&clinic, actor, true).await.expect("shown");
        assert_eq!(found().await, 4);
        clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("bookable again");
    }

    async fn a_pause_is_lifted_by_the_person_who_made_it(clinic: TestClinic) {
        let (actor, staff) = (doctor(&clinic, 0).await, clinic.user(Role::Admin).await);
        show(&clinic, staff, false).await.expect("paused by staff");
        assert_eq!(visibility(&clinic, actor).await, Visibility::PausedByClinic);
        for request in [true, false] {
            assert_eq!(show(&clinic, actor, request).await, Err(AppError::Forbidden), "not even made the doctor's own pause");
        }
        show(&clinic, staff, true).await.expect("staff lift it");
        assert_eq!(visibility(&clinic, actor).await, Visibility::Visible);
        for (state, seen) in [
            ("waiting", Visibility::Waiting),
            ("rejected", Visibility::Rejected { note: String::new() }),
        ] {
            let sql = if state == "waiting" {
                "update doctors set approval = 'waiting', status = 'paused'"
            } else {
                "update doctors set approval = 'rejected', status = 'paused'"
            };
            clinic.execute(sql).await.expect("a state");
            assert_eq!(visibility(&clinic, actor).await, seen);
            for who in [actor, staff] {
                assert_eq!(show(&clinic, who, true).await, Err(AppError::Forbidden), "{state}");
            }
        }
    }

    async fn a_preview_shows_the_hidden_profile_to_its_doctor_and_staff_only(clinic: TestClinic) {
        let (actor, other, staff) = (doctor(&clinic, 0).await, doctor(&clinic, 1).await, clinic.user(Role::Admin).await);
        show(&clinic, actor, false).await.expect("hidden");
        let own = own_profile::preview(&clinic.app, actor, "").await.expect("the own profile");
        assert_eq!((own.card.slug.as_str(), own.visit_types.len()), ("doctor-1", 1));
        own_profile::preview(&clinic.app, staff, "doctor-1").await.expect("staff see it");
        let (patient, stranger) = (clinic.patient().await, Some(AppError::NotFound));
        assert_eq!(own_profile::preview(&clinic.app, other, "doctor-1").await.err(), stranger);
        assert_eq!(own_profile::read(&clinic.app, other, "doctor-1").await.err(), stranger);
        assert_eq!(own_profile::set_visible(&clinic.app, other, "doctor-1", 1, true).await.err(), stranger);
        assert_eq!(own_profile::save(&clinic.app, other, "doctor-1", 1, ProfileForm::default(), Vec::new()).await.err(), stranger);
        let forbidden = Some(AppError::Forbidden);
        assert_eq!(own_profile::preview(&clinic.app, patient, "doctor-1").await.err(), forbidden);
        assert_eq!(own_profile::save(&clinic.app, patient, "doctor-1", 1, ProfileForm::default(), Vec::new()).await.err(), forbidden);
    }

    async fn a_doctor_edits_the_profile_without_scripts(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let (mut browser, user) = signed_in(&clinic, &web, "doctor@example.org", Role::Doctor).await;
        let id = clinic.doctors[0].id;
        clinic
            .write(move |mut tx| Box::pin(async move {
                let sql = "update doctors set person_id = $1 where id = $2";
                on!(tx, |c| sqlx::query(sql).bind(user).bind(id).execute(c).await?.rows_affected());
                Ok(())
            }))
            .await;
        let page = browser.get("/doctor/profile").await;
        assert_eq!(page.status, 200);
        assert_eq!(page.attributes("checked", "value").first().map(String::as_str), Some("en"), "the languages spoken are ticked");
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let specialty = page.attributes("option", "value").remove(0);
        let hostile = "</textarea><script>alert(1)</script>";
        let fields = [
            ("version", version.as_str()), ("name", ""), ("specialty_1", &specialty), ("about", hostile),
            ("languages[]", "ig"), ("languages[]", "cy"), ("accepts_new_patients", "true"),
        ];
        let page = browser.submit("/fn/doctor/profile", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter the name"), "{}", page.text());
        assert!(!page.body.contains("<script>alert"), "typed text is text");
        let ticked = page.attributes("checked", "value");
        assert_eq!(ticked, ["ig", "cy", "true"], "what was ticked stays ticked");
        let mut fields = fields.to_vec();
        fields[1] = ("name", "Dr Ada Okafor");
        let page = browser.submit("/fn/doctor/profile", &fields).await;
        assert!(page.text().contains("The profile is saved."), "{}", page.text());
        let page = browser.get("/doctors/doctor-1").await;
        assert!(page.text().contains("Dr Ada Okafor") && page.text().contains("Igbo, Welsh"), "{}", page.text());
        assert!(!page.body.contains("<script>alert"), "and on the public page");

        let page = browser.get("/doctor/profile").await;
        let version = page.attributes("name=\"version\"", "value").remove(0);
        let page = browser.submit("/fn/doctor/visible", &[("version", &version), ("show", "false")]).await;
        assert!(page.text().contains("you have hidden it"), "{}", page.text());
        assert_eq!(browser.get("/doctors/doctor-1").await.status, 404);
        let page = browser.get("/doctor/profile/preview").await;
        assert!(page.status == 200 && page.text().contains("Preview") && page.text().contains("Dr Ada Okafor"), "{}", page.text());
        let (mut stranger, _) = signed_in(&clinic, &web, "patient@example.org", Role::Patient).await;
        assert_eq!(stranger.get("/doctor/profile/preview").await.status, 403);
    }
}
