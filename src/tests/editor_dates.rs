//! Single dates and visit types in the editor, and who may use it.

use docslot::{
    accounts::Role,
    availability::{
        model::{
            hours::{HoursDraft, WindowInput},
            overrides::DateDraft,
            visit_types::VisitTypeInput,
        },
        server::{
            hours::{self, HoursChange},
            overrides::{self, DateToSave},
            visit_types::{self, VisitTypeChange, What},
        },
    },
    booking::Status,
    db::Error,
    doctors::server as doctors,
    error::{AppError, FieldCode},
    ids::LocationId,
    on,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    editor::{add_location, at, doctor, invalid, save, times, tuesday, version, window},
};

pub async fn change(clinic: &TestClinic, actor: Actor, id: &str, what: What) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    let change = VisitTypeChange { slug: String::new(), version, id: id.into(), what };
    visit_types::change_visit_type(&clinic.app, actor, change).await
}

pub async fn save_date(
    clinic: &TestClinic,
    actor: Actor,
    draft: DateDraft,
    keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    overrides::save_date(&clinic.app, actor, DateToSave { slug: String::new(), version, draft, keep_appointments })
        .await
}

pub async fn remove_date(
    clinic: &TestClinic,
    actor: Actor,
    date: &str,
    keep_appointments: Option<u32>,
) -> Result<(), AppError> {
    let version = version(clinic, actor).await;
    let draft = DateDraft { date: date.into(), ..DateDraft::default() };
    overrides::remove_date(&clinic.app, actor, DateToSave { slug: String::new(), version, draft, keep_appointments })
        .await
}

both_databases! {
    async fn two_visit_types_may_share_a_window_at_one_location_only(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let harbour = add_location(&clinic, "Harbour", "Europe/London").await;
        let typed = VisitTypeInput { name: "Follow-up".into(), ..visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved };
        change(&clinic, actor, "", What::Save(Box::new(typed))).await.expect("a second visit type");
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        let only = |n: usize, location: LocationId| WindowInput {
            visit_type: list[n].id.clone(),
            location: location.to_string(),
            ..window(&clinic, "9", "12")
        };
        let refused = save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(1, harbour)]), None).await;
        assert_eq!(invalid(refused), [at("windows[1][from]", FieldCode::Overlaps)]);
        let refused = save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(0, clinic.london)]), None).await;
        assert_eq!(invalid(refused), [at("windows[1][from]", FieldCode::Overlaps)]);
        save(&clinic, actor, tuesday(vec![only(0, clinic.london), only(1, clinic.london)]), None).await.expect("told apart");
        let in_use = change(&clinic, actor, &list[1].id, What::Remove).await;
        assert_eq!(in_use, Err(AppError::field("id", FieldCode::InUse)), "hours refer to it");
    }

    async fn one_date_can_be_closed_replaced_extended_and_given_back(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let harbour = add_location(&clinic, "Harbour", "Europe/London").await;
        let date = |change: &str, windows: Vec<WindowInput>| DateDraft {
            date: "2026-01-06".into(),
            change: change.into(),
            windows,
        };
        let w = |from: &str, to: &str| window(&clinic, from, to);
        save_date(&clinic, actor, date("add", vec![w("18", "19")]), None).await.expect("more hours");
        assert_eq!(times(&clinic, "2026-01-06").await.len(), 18);
        save_date(&clinic, actor, date("replace", vec![w("10", "11"), w("13", "14")]), None).await.expect("other hours");
        assert_eq!(times(&clinic, "2026-01-06").await, ["10am", "10:30am", "1pm", "1:30pm"]);
        assert_eq!(times(&clinic, "2026-01-07").await.len(), 16, "other days keep their hours");
        let there = WindowInput { location: harbour.to_string(), ..w("9", "10") };
        save_date(&clinic, actor, date("replace", vec![there]), None).await.expect("another location");
        assert_eq!(times(&clinic, "2026-01-06").await, ["9am", "9:30am"], "instead of the hours at every location");
        save_date(&clinic, actor, date("replace", vec![w("10", "11"), w("13", "14")]), None).await.expect("as before");
        let page = overrides::single_dates(&clinic.app, actor, "").await.expect("a page");
        assert_eq!((page.dates.len(), page.dates[0].windows.len()), (1, 2), "a date has one change");

        let patient = clinic.patient().await;
        let appointment = clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("10am");
        let question = save_date(&clinic, actor, date("closed", Vec::new()), None).await;
        assert!(matches!(question, Err(AppError::AppointmentsOutside { all: 1, .. })), "{question:?}");
        assert_eq!(times(&clinic, "2026-01-06").await, ["10:30am", "1pm", "1:30pm"], "nothing was saved");
        save_date(&clinic, actor, date("closed", Vec::new()), Some(1)).await.expect("they were told");
        assert!(times(&clinic, "2026-01-06").await.is_empty());
        assert_eq!(clinic.status(appointment).await, Status::Booked);

        let refused = |result| invalid(result);
        let add = |windows| date("add", windows);
        let two_locations = add(vec![WindowInput { location: harbour.to_string(), ..w("12", "18") }]);
        assert_eq!(refused(save_date(&clinic, actor, two_locations, None).await), [at("windows[0][from]", FieldCode::Overlaps)]);
        let overlap = add(vec![w("18", "20"), w("19", "21")]);
        assert_eq!(refused(save_date(&clinic, actor, overlap, None).await), [at("windows[1][from]", FieldCode::Overlaps)]);
        assert_eq!(refused(save_date(&clinic, actor, add(Vec::new()), None).await), [at("windows[0][from]", FieldCode::Missing)]);
        for (day, code) in [("2026-01-04", FieldCode::InThePast), ("", FieldCode::Missing), ("6/1/2026", FieldCode::NotADate)] {
            let draft = DateDraft { date: day.into(), ..date("closed", Vec::new()) };
            assert_eq!(refused(save_date(&clinic, actor, draft, None).await), [at("date", code)]);
        }
        assert_eq!(refused(save_date(&clinic, actor, date("", Vec::new()), None).await), [at("change", FieldCode::Unknown)]);
        assert!(times(&clinic, "2026-01-06").await.is_empty(), "still closed");

        remove_date(&clinic, actor, "2026-01-06", None).await.expect("the weekly hours again");
        assert_eq!(times(&clinic, "2026-01-06").await.len(), 15);
        assert_eq!(remove_date(&clinic, actor, "2026-01-06", None).await, Err(AppError::NotFound));
        save_date(&clinic, actor, date("add", vec![w("18", "19")]), None).await.expect("more hours");
        clinic.book(clinic.patient().await, 0, TOMORROW_9.plus_minutes(9 * 60)).await.expect("6pm");
        let question = remove_date(&clinic, actor, "2026-01-06", None).await;
        assert!(matches!(question, Err(AppError::AppointmentsOutside { all: 1, .. })), "{question:?}");
    }

    async fn visit_types_are_made_changed_ordered_and_kept_while_in_use(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        let typed = |name: &str| VisitTypeInput { name: name.into(), minutes: "20".into(), step: "20".into(), notice: "0".into(), ..fresh.clone() };
        change(&clinic, actor, "", What::Save(Box::new(typed("Follow-up")))).await.expect("a new one");
        let taken = change(&clinic, actor, "", What::Save(Box::new(typed(" FOLLOW-UP ")))).await;
        assert_eq!(taken, Err(AppError::field("visit_type[name]", FieldCode::NameTaken)));
        let names = async || -> Vec<String> {
            let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list");
            list.rows.into_iter().map(|row| row.name).collect()
        };
        assert_eq!(names().await, ["Consultation", "Follow-up"]);
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        let (old, new) = (list[0].id.clone(), list[1].id.clone());
        change(&clinic, actor, &new, What::Move { up: true }).await.expect("up");
        change(&clinic, actor, &new, What::Move { up: true }).await.expect("no further");
        assert_eq!(names().await, ["Follow-up", "Consultation"]);

        let patient = clinic.patient().await;
        let appointment = clinic.book(patient, 0, TOMORROW_9).await.expect("a consultation");
        let row = clinic.row(appointment).await;
        let mut longer = visit_types::visit_type(&clinic.app, actor, "", &old).await.expect("a form").saved;
        longer.minutes = "60".into();
        longer.step = "60".into();
        longer.after = "721".into();
        let refused = change(&clinic, actor, &old, What::Save(Box::new(longer.clone()))).await;
        assert_eq!(invalid(refused), [at("visit_type[after]", FieldCode::OutOfRange(0, 720))]);
        longer.after = "0".into();
        change(&clinic, actor, &old, What::Save(Box::new(longer))).await.expect("an hour");
        let after = clinic.row(appointment).await;
        assert_eq!((after.ends_at, after.version), (row.ends_at, row.version), "the booked appointment is as it was agreed");
        assert_eq!(times(&clinic, "2026-01-07").await.len(), 8);

        let in_use = change(&clinic, actor, &old, What::Remove).await;
        assert_eq!(in_use, Err(AppError::field("id", FieldCode::InUse)));
        change(&clinic, actor, &old, What::Offer(false)).await.expect("no longer offered");
        change(&clinic, actor, &new, What::Remove).await.expect("nothing refers to it");
        let list = visit_types::visit_types(&clinic.app, actor, "").await.expect("a list").rows;
        assert_eq!((list.len(), list[0].active), (1, false));
        let profile = doctors::profile(&clinic.app, "doctor-1").await.expect("a profile");
        assert!(profile.visit_types.is_empty(), "online booking is closed");
        assert_eq!(change(&clinic, actor, &new, What::Offer(true)).await, Err(AppError::NotFound));
    }

    async fn a_new_visit_type_begins_with_the_clinics_cut_off(clinic: TestClinic) {
        let actor = doctor(&clinic).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        assert_eq!((fresh.cutoff.as_str(), fresh.cutoff_unit.as_str()), ("1", "days"));
        clinic.write(|mut tx| Box::pin(async move {
            let sql = "insert into clinic_settings (id, name, phone, emergency_line, approve_doctors, request_hours, cutoff_minutes, version)
                values (1, 'Clinic', '1', '112', $1, 48, 180, 1)";
            on!(tx, |c| sqlx::query(sql).bind(true).execute(c).await?.rows_affected());
            Ok::<_, Error>(())
        })).await;
        let fresh = visit_types::visit_type(&clinic.app, actor, "", "").await.expect("a form").saved;
        assert_eq!((fresh.cutoff.as_str(), fresh.cutoff_unit.as_str()), ("3", "hours"));
    }

    async fn only_the_doctor_and_the_staff_may(clinic: TestClinic) {
        let (actor, patient, staff) = (doctor(&clinic).await, clinic.patient().await, clinic.user(Role::Admin).await);
        let change = |slug: &str, draft| HoursChange { slug: slug.into(), version: 1, draft, keep_appointments: None };
        let hours_of = async |actor, slug: &str| {
            let wrong = HoursDraft { weekday: 9, ..HoursDraft::default() };
            let read = hours::week_hours(&clinic.app, actor, slug, None).await.map(|_| ());
            let dates = overrides::single_dates(&clinic.app, actor, slug).await.map(|_| ());
            let types = visit_types::visit_types(&clinic.app, actor, slug).await.map(|_| ());
            assert_eq!((&dates, &types), (&read, &read));
            (read, hours::save_hours(&clinic.app, actor, change(slug, wrong)).await)
        };
        let refused = |error: AppError| (Err(error.clone()), Err(error));
        assert_eq!(hours_of(patient, "doctor-1").await, refused(AppError::Forbidden));
        assert_eq!(hours_of(actor, "doctor-2").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "nobody").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "").await, refused(AppError::NotFound));
        assert_eq!(hours_of(staff, "doctor-2").await, (Ok(()), Err(AppError::BadRequest)));
        let other_appointment = VisitTypeChange { slug: String::new(), version: 1, id: clinic.doctors[1].visit_type.to_string(), what: What::Remove };
        assert_eq!(visit_types::change_visit_type(&clinic.app, actor, other_appointment).await, Err(AppError::NotFound));
        hours::save_hours(&clinic.app, staff, change("doctor-2", tuesday(Vec::new()))).await.expect("staff may");
    }
}
