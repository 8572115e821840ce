//! The directory: what it lists is true, and finding it out does not cost a query per doctor.

use std::cell::RefCell;

use docslot::{
    accounts::Role,
    admin::server as admin,
    app::error_words,
    availability::Reason,
    booking::server as booking,
    doctors::{DirectoryQuery, Show, Sort, server as doctors},
    error::AppError,
    on,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic, browser, person},
    web::Web,
};

thread_local! {
    /// The statements that this thread sent, each by its first words, while a test listens.
    static SENT: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Listens to what sqlx reports, for the whole program: a subscriber of one thread alone can miss events when others
/// begin at the same moment.
struct Listener;

struct Summary(String);

impl Visit for Summary {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "summary" {
            self.0 = format!("{value:?}");
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("sqlx::query")
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut summary = Summary(String::new());
        event.record(&mut summary);
        // the driver's own look-ups of types, and rollbacks of connections that come back, are not ours
        let ours = ["select ", "insert ", "update ", "with ", "delete "];
        if ours.iter().any(|verb| summary.0.trim_start_matches('"').starts_with(verb)) {
            SENT.with_borrow_mut(|sent| sent.iter_mut().for_each(|sent| sent.push(summary.0.clone())));
        }
    }

    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Has statements counted from now on, in this program.
fn listen() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| tracing::subscriber::set_global_default(Listener).expect("the first subscriber"));
}

/// The statements that this thread sends while `asked` runs, each by its first words. On PostgreSQL alone the driver
/// reports them in the task that sends them.
pub async fn sent<T>(asked: impl Future<Output = T>) -> (T, Vec<String>) {
    listen();
    SENT.set(Some(Vec::new()));
    let answer = asked.await;
    (answer, SENT.take().unwrap_or_default())
}

both_databases! {
    async fn a_public_profile_tells_search_engines_what_it_shows_and_runs_nothing(clinic: TestClinic) {
        let sql = "update doctors set name = 'Dr </title></script><script>alert(1)</script> & Söhne', schedule_version = schedule_version + 1
            where slug = 'doctor-1'";
        clinic.execute(sql).await.expect("a name");
        clinic.app.directory.publish_change(clinic.doctors[0].id);
        clinic.clock.advance_seconds(10);
        let page = Web::serve(&clinic.app).await.browser().get("/doctors/doctor-1").await;
        assert!(!page.body.contains("<script>alert"), "{}", page.body);
        assert!(page.body.contains("<title>Dr &lt;/title>&lt;/script>&lt;script>alert(1)&lt;/script> &amp; Söhne"));
        let start = "<script type=\"application/ld+json\">";
        let data = page.body.split(start).nth(1).and_then(|rest| rest.split("</script>").next()).expect("data");
        let data: serde_json::Value = serde_json::from_str(data).expect("JSON");
        assert_eq!((&data["@context"], &data["@type"]), (&"https://schema.org".into(), &"Physician".into()));
        assert_eq!(data["name"], "Dr </title></script><script>alert(1)</script> & Söhne");
        let url = data["url"].as_str().expect("an address");
        assert!(url.starts_with("http") && url.ends_with("/doctors/doctor-1"), "{url}");
        assert_eq!(data["location"][0]["address"], "4 Mill Lane");
        assert!(data.get("description").is_none(), "nothing is said of what is empty: {data}");
    }

    async fn cards_name_the_next_free_time_and_it_can_be_booked(clinic: TestClinic) {
        let taken = clinic.patient().await;
        clinic.book(taken, 1, TOMORROW_9).await.expect("one appointment");
        let page = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        assert_eq!((page.total, page.pages, page.cards.len()), (4, 1, 4));
        for card in &page.cards {
            assert_eq!(card.next.as_deref(), Some("Monday 5 January, 9am"));
            assert_eq!(card.quick.len(), 3);
            for (n, time) in card.quick.iter().enumerate() {
                let request = booking::HoldRequest {
                    doctor_slug: card.slug.clone(),
                    visit_type: card.visit_type.expect("a visit type"),
                    start: time.start,
                    previous: None,
                    person: None,
                };
                let who = browser(&format!("{}-{n}", card.slug));
                booking::hold(&clinic.app, who, request).await.expect("what is listed can be held");
            }
        }
        let page = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        assert!(page.cards.iter().all(|card| card.next.as_deref() == Some("Monday 5 January, 10:30am")), "{:?}", page.cards);
    }

    async fn the_soonest_comes_first_and_a_cancelled_time_is_back_at_once(clinic: TestClinic) {
        let mut last = None;
        for n in 0..16 {
            let start = TOMORROW_9.plus_minutes(30 * n - 24 * 60);
            last = Some((clinic.patient().await, start));
            let (patient, start) = last.expect("just set");
            clinic.book(patient, 0, start).await.expect("a full first day");
        }
        let soonest = DirectoryQuery::default();
        let page = doctors::search(&clinic.app, soonest.clone()).await.expect("a page");
        assert_eq!(page.cards.last().map(|card| card.slug.as_str()), Some("doctor-1"));
        assert_eq!(page.cards.last().and_then(|card| card.next.as_deref()), Some("Tuesday 6 January, 9am"));
        let named = DirectoryQuery { sort: Sort::Name, ..soonest.clone() };
        let by_name = doctors::search(&clinic.app, named).await.expect("a page");
        assert_eq!(by_name.cards.first().map(|card| card.slug.as_str()), Some("doctor-1"));

        let (patient, start) = last.expect("sixteen appointments");
        let list = booking::my_appointments(&clinic.app, patient, docslot::booking::Tab::Upcoming, None).await.expect("a list");
        let appointment = &list.items[0];
        booking::cancel(&clinic.app, patient, appointment.id, appointment.version, None).await.expect("cancelling");
        let profile = doctors::profile(&clinic.app, "doctor-1").await.expect("a profile");
        assert_eq!(profile.card.quick.first().map(|time| time.start), Some(start));
    }

    async fn hidden_doctors_are_nowhere(clinic: TestClinic) {
        doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        clinic.execute("update doctors set status = 'paused', schedule_version = schedule_version + 1 where slug = 'doctor-1'").await.expect("pausing");
        clinic.clock.advance_seconds(2);
        // one page may still be served from what is known while the next reading runs
        for _ in 0..100 {
            if doctors::profile(&clinic.app, "doctor-1").await == Err(AppError::NotFound) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(doctors::profile(&clinic.app, "doctor-1").await.err(), Some(AppError::NotFound));
        let page = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        assert!(page.cards.iter().all(|card| card.slug != "doctor-1"));
        assert_eq!(doctors::home(&clinic.app).await.expect("home").doctors, 3);
    }

    async fn who_takes_no_new_patients_offers_times_to_known_ones_only(clinic: TestClinic) {
        let (known, new) = (clinic.patient().await, clinic.patient().await);
        clinic.book(known, 0, TOMORROW_9.plus_minutes(-24 * 60)).await.expect("a first appointment");
        clinic.clock.set(TOMORROW_9.plus_minutes(-60));
        let sql = "update doctors set accepts_new_patients = (1 = 0), schedule_version = schedule_version + 1
            where slug = 'doctor-1'";
        clinic.execute(sql).await.expect("closing the list");
        clinic.app.directory.publish_change(clinic.doctors[0].id);
        let page = doctors::search(&clinic.app, DirectoryQuery::default()).await.expect("a page");
        let card = page.cards.last().expect("the last card");
        assert_eq!((card.slug.as_str(), card.only_known, card.quick.len(), card.visit_type), ("doctor-1", true, 0, None));
        assert_eq!(card.none_words.as_deref(), Some("Only patients who have seen Dr doctor-1 before can book online."));
        assert!(page.cards.iter().rev().skip(1).all(|card| !card.only_known && card.quick.len() == 3));

        let days = async |who: booking::Booker| {
            let (doctor_slug, visit_type) = (clinic.doctors[0].slug.clone(), clinic.doctors[0].visit_type);
            let query = booking::TimesQuery { doctor_slug, visit_type, from: None, month: None, day: None, moving: None, person: None };
            let page = booking::days(&clinic.app, &who, query).await.expect("a page of days");
            (page.refused, page.days.is_empty())
        };
        let visitor = booking::Booker { patient: None, carer: None, holder: None };
        let refused = (Some(Reason::NotForNewPatients), true);
        assert_eq!(days(visitor).await, refused, "a visitor, from memory");
        assert_eq!(days(browser("a")).await, refused, "a visitor who has held a time before");
        assert_eq!(days(person(new)).await, refused);
        assert_eq!(days(person(known)).await, (None, false));
        for who in [browser("b"), person(new)] {
            let error = booking::hold(&clinic.app, who, clinic.request(0, TOMORROW_9)).await.expect_err("not for them");
            let AppError::TimeGone { reasons, .. } = &error else { panic!("{error:?}") };
            assert_eq!(reasons, &[Reason::NotForNewPatients]);
            assert!(error_words(&error).contains("only patients who have seen this doctor before"), "{error:?}");
        }
        booking::hold(&clinic.app, person(known), clinic.request(0, TOMORROW_9)).await.expect("known here");

        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let list = browser.get("/doctors").await.text();
        assert_eq!(list.matches("Not taking new patients").count(), 1, "{list}");
        let address = format!("/doctors/doctor-1/times?visit_type={}", clinic.doctors[0].visit_type);
        let page = browser.get(&address).await;
        assert!(page.text().contains("I have been there before: sign in"), "{}", page.text());
        assert!(!page.text().contains("No free times"), "{}", page.text());
        let ways = page.attributes("href=\"/sign-in?next=", "href");
        assert!(ways.len() == 2 && ways[0] == ways[1], "as the link at the top of the page: {ways:?}");
    }

    async fn a_card_shows_the_first_visit_type_that_a_new_patient_can_book(clinic: TestClinic) {
        let first = clinic.doctors[1].visit_type;
        clinic.execute("update visit_types set audience = 'returning'
            where doctor_id = (select id from doctors where slug = 'doctor-2')").await.expect("for known patients");
        let second = docslot::ids::VisitTypeId(uuid::Uuid::now_v7());
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "insert into visit_types (id, doctor_id, name, position, mode, minutes, buffer_before_minutes,
                    buffer_after_minutes, step_minutes, notice_minutes, horizon_days, daily_cap, audience, needs_approval,
                    cutoff_minutes, late_cancel, instructions, active)
                select $1, doctor_id, 'First visit', 2, mode, minutes, 0, 0, 30, 1440, 60, daily_cap, 'new', needs_approval,
                    cutoff_minutes, late_cancel, instructions, active
                from visit_types where id = $2";
            tx.execute(sql, (second, first)).await?;
            tx.execute("update doctors set schedule_version = schedule_version + 1", ()).await?;
            Ok(())
        })).await;
        let profile = doctors::profile(&clinic.app, "doctor-2").await.expect("a profile");
        assert_eq!((profile.card.visit_type, profile.card.only_known), (Some(second), false));
        let next = profile.card.quick.first().map(|time| time.start);
        assert!(next.is_some_and(|start| start >= TOMORROW_9), "by the notice of the second one: {next:?}");
    }

    async fn times_say_their_zone_where_the_clinic_has_several(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let alone = web.browser().get("/doctors").await;
        assert!(!alone.body.contains("London time"), "{}", alone.body);
        clinic.write(|mut tx| Box::pin(async move {
            let athens = docslot::ids::LocationId(uuid::Uuid::now_v7());
            let sql = "insert into locations (id, name, address, phone, time_zone)
                values ($1, 'Harbour', '12 Akti Kountouri, Piraeus', '+30 21 0555 0142', 'Europe/Athens')";
            tx.execute(sql, (athens,)).await?;
            let sql = "update weekly_hours set location_id = $1
                where doctor_id = (select id from doctors where slug = 'doctor-4')";
            tx.execute(sql, (athens,)).await?;
            tx.execute("update doctors set schedule_version = schedule_version + 1", ()).await?;
            Ok(())
        })).await;
        clinic.app.directory.publish_change(clinic.doctors[3].id);
        clinic.clock.advance_seconds(10);
        // what a process remembers of the clinic is as much as a second old
        tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
        let page = web.browser().get("/doctors").await;
        let text = page.text();
        assert!(text.contains("Harbour (Athens time)") && text.contains("Riverside (London time)"), "{text}");
        let buttons = page.attributes("class=\"time-btn\"", "aria-label");
        assert_eq!(buttons.len(), 12, "{buttons:?}");
        assert_eq!(buttons.iter().filter(|words| words.starts_with("10:30am Athens time, ")).count(), 1, "{buttons:?}");
        let starts: Vec<i64> =
            page.attributes("class=\"time-btn\"", "value").iter().filter_map(|start| start.parse().ok()).collect();
        assert!(starts.len() == 12 && starts.iter().step_by(3).is_sorted(), "by the moment: {starts:?}");
        let refused = booking::hold(&clinic.app, browser("x"), clinic.request(3, TOMORROW_9.plus_minutes(24 * 60 + 1))).await;
        let Err(AppError::TimeGone { wanted, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(wanted, "11:01am Athens time");
    }

    async fn filters_narrow_the_list_and_say_what_to_drop(clinic: TestClinic) {
        clinic.execute("update doctor_languages set language = 'ig' where doctor_id = (select id from doctors where slug = 'doctor-3')").await.expect("a language");
        let igbo = DirectoryQuery { language: "ig".into(), ..DirectoryQuery::default() };
        let page = doctors::search(&clinic.app, igbo.clone()).await.expect("a page");
        assert_eq!(page.cards.iter().map(|card| card.slug.as_str()).collect::<Vec<_>>(), ["doctor-3"]);
        let nobody = DirectoryQuery { q: "doctor-1".into(), ..igbo };
        let page = doctors::search(&clinic.app, nobody).await.expect("a page");
        assert_eq!(page.total, 0);
        let hints: Vec<u32> = page.drop_hints().map(|(_, count)| count).collect();
        assert_eq!(hints, [1, 1], "one doctor without the name, one without the language");
    }

    async fn the_page_says_what_it_searched_for_and_shows_every_specialty(clinic: TestClinic) {
        clinic.execute("update doctors set name = 'Dr Amara Okafor', schedule_version = schedule_version + 1 where slug = 'doctor-2'").await.expect("a name");
        clinic.execute("insert into specialties (id, slug, name) select id, 'cardiology', 'Cardiology' from locations limit 1").await.expect("a specialty");
        clinic.execute("insert into doctor_specialties (doctor_id, specialty_id, position)
            select d.id, s.id, 2 from doctors d, specialties s where d.slug = 'doctor-2' and s.slug = 'cardiology'").await.expect("a second one");
        let web = Web::serve(&clinic.app).await;
        let mut browser = web.browser();
        let page = browser.get("/doctors?q=Okafr").await;
        let text = page.text();
        assert!(text.contains("Showing results for okafor") && text.contains("1 doctor"), "{text}");
        assert_eq!(page.attributes("name=\"q\"", "value"), ["Okafr"], "what was typed stays");
        assert!(text.contains("General practice, Cardiology"), "{text}");
        for (query, shown) in [("q=heart", "Cardiology, General practice"), ("specialty=cardiology", "Cardiology, General practice"), ("q=gp%20okafor", "General practice, Cardiology")] {
            let text = browser.get(&format!("/doctors?{query}")).await.text();
            assert!(text.contains("1 doctor") && text.contains(shown), "{query}: {text}");
            assert!(!text.contains("Showing results for"), "{query}");
        }
        let text = browser.get("/doctors?q=xyzzy").await.text();
        assert!(text.contains("No doctors match") && !text.contains("Showing results for"), "{text}");
    }

    async fn a_doctor_sees_their_day_and_staff_the_clinic(clinic: TestClinic) {
        let doctor = clinic.user(Role::Doctor).await;
        let (id, user) = (clinic.doctors[0].id, doctor.user);
        clinic.write(move |mut tx| Box::pin(async move {
            let sql = "update doctors set person_id = $1 where id = $2";
            on!(tx, |c| sqlx::query(sql).bind(user).bind(id).execute(c).await?.rows_affected());
            Ok(())
        })).await;
        clinic.book(clinic.patient().await, 0, TOMORROW_9).await.expect("an appointment");
        clinic.book(clinic.patient().await, 1, TOMORROW_9).await.expect("another person's appointment");
        let list = doctors::agenda_list(&clinic.app, &doctor, "", Show::All, 1).await.expect("a list");
        assert_eq!(list.appointments.len(), 1);
        assert_eq!((list.appointments[0].time.as_str(), list.appointments[0].patient.as_str()), ("9am", "Test Person"));
        let stranger = clinic.user(Role::Doctor).await;
        let none = doctors::agenda_day(&clinic.app, &stranger, "", None).await;
        assert_eq!(none.err(), Some(AppError::NotFound), "an account without a profile");
        let overview = admin::overview(&clinic.app, docslot::accounts::Role::Admin).await.expect("an overview");
        assert_eq!((overview.visible, overview.today, overview.week), (4, 0, 2));
    }
}

/// The same reading for 4 and for 44 doctors, on PostgreSQL, where the driver reports statements in the task that sends
/// them.
#[tokio::test]
async fn the_number_of_queries_does_not_grow_with_the_number_of_doctors() {
    listen();
    TestClinic::run(docslot::db::Engine::Postgres, |clinic| async move {
        let mut counts = Vec::new();
        for more in [0, 40] {
            for n in 0..more {
                let copy = format!("extra-{n}");
                clinic
                    .write(move |mut tx| {
                        let copy = copy.clone();
                        Box::pin(async move {
                            let id = docslot::ids::DoctorId(uuid::Uuid::now_v7());
                            copy_first_doctor(&mut tx, id, &copy).await?;
                            Ok(())
                        })
                    })
                    .await;
            }
            let app = docslot::state::AppState::with_clock(
                (*clinic.app.settings).clone(),
                clinic.app.db.clone(),
                clinic.clock.clone(),
            )
            .await
            .expect("a second process on the same database");
            SENT.set(Some(Vec::new()));
            let page = doctors::search(&app, DirectoryQuery::default()).await.expect("a page");
            let sent = SENT.take().unwrap_or_default();
            // at the start, all calendars; then a booking finds its own in memory
            SENT.set(Some(Vec::new()));
            app.calendars.prepare_all(&app.db).await.expect("the calendars");
            let calendars = SENT.take().unwrap_or_default();
            assert!(calendars.len() > 5, "statements were counted: {calendars:?}");
            assert!(
                page.cards.iter().all(|card| app.calendars.known(card.id).is_some_and(|known| known.slug == card.slug))
            );
            assert_eq!(page.total, 4 + more);
            assert_eq!(page.cards.len(), if more == 0 { 4 } else { 20 });
            assert!(page.cards.iter().all(|card| card.quick.len() == 3));
            counts.push([sent, calendars].concat());
        }
        assert!(counts[0].len() > 3, "statements were counted: {counts:?}");
        assert_eq!(counts[0], counts[1]);
    })
    .await;
}

pub async fn copy_first_doctor(
    conn: &mut docslot::db::Conn<'_>,
    id: docslot::ids::DoctorId,
    slug: &str,
) -> Result<(), docslot::db::Error> {
    for sql in [
        "insert into doctors (id, slug, name, designation, registration_number, about, accepts_new_patients, status)
            select $1, $2, 'Dr ' || $2, '', '', '', accepts_new_patients, 'active' from doctors where slug = 'doctor-1'",
        "insert into doctor_specialties select $1, specialty_id, 1 from doctor_specialties ds
            join doctors d on d.id = ds.doctor_id where d.slug = 'doctor-1' and $2 <> ''",
        "insert into visit_types select gen_random_uuid(), $1, v.name, v.position, v.mode, minutes, buffer_before_minutes,
                buffer_after_minutes, step_minutes, notice_minutes, horizon_days, daily_cap, audience, needs_approval,
                cutoff_minutes, late_cancel, instructions, active
            from visit_types v join doctors d on d.id = v.doctor_id where d.slug = 'doctor-1' and $2 <> ''",
        "insert into weekly_hours select gen_random_uuid(), $1, location_id, weekday, start_minute, end_minute, valid_from,
                valid_until, every_weeks, null
            from weekly_hours w join doctors d on d.id = w.doctor_id where d.slug = 'doctor-1' and $2 <> ''",
    ] {
        on!(conn, |c| sqlx::query(sql).bind(id).bind(slug).execute(c).await?.rows_affected());
    }

    Ok(())
}
