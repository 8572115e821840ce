//! Acting for others: whose time a time is, who may do what, and when that ends.

use std::sync::Arc;

use docslot::{
    accounts::{
        Role,
        model::care::{CareScope, MAX_PERSONS},
        server::{
            care::{self, NewChild, NewGrant},
            password_reset,
        },
    },
    booking::{
        Change, HoldPage, Status, Tab,
        server::{self as booking, Booker, BookingRequest, Details, Start},
    },
    db::Engine,
    error::{AppError, FieldCode},
    ids::{AppointmentId, GrantId, PersonId},
    random,
    time::Timestamp,
    web::request::Actor,
};
use uuid::Uuid;

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser, person},
    directory::sent,
};

const DAY: i64 = 24 * 3600;

/// A child of this parent, born on this date.
pub async fn child(clinic: &TestClinic, parent: Actor, name: &str, born: &str) -> PersonId {
    let child = NewChild { name: name.into(), birth_date: born.into() };
    care::add_child(&clinic.app, parent, child).await.expect("a child")
}

/// A grant as it stands; it may have ended.
pub async fn grant(
    clinic: &TestClinic,
    account: PersonId,
    who: PersonId,
    (kind, scope): (&'static str, &'static str),
    (until, revoked): (Option<Timestamp>, Option<Timestamp>),
) -> GrantId {
    let id = GrantId(Uuid::now_v7());
    clinic
        .write(move |mut tx| {
            Box::pin(async move {
                let sql = "insert into care_grants (id, person_id, account_id, kind, scope, valid_until, granted_by,
                        created_at, accepted_at, revoked_at, revoked_by)
                    values ($1, $2, $3, $4, $5, $6, $2, $7, $7, $8, case when $8 is null then null else $2 end)";
                tx.execute(sql, (id, who, account, kind, scope, until, NOW, revoked)).await?;
                Ok(())
            })
        })
        .await;
    id
}

/// What a booker does for another person.
fn acting(account: Actor, who: PersonId) -> Booker {
    person(account).acting_for(Some(who))
}

async fn book(clinic: &TestClinic, who: Booker, doctor: usize, start: Timestamp) -> Result<AppointmentId, AppError> {
    let request = BookingRequest {
        id: AppointmentId(random::id()),
        doctor: clinic.doctors[doctor].id,
        visit_type: None,
        start: Start::At(start),
    };
    Ok(booking::book(&clinic.app, who, request, Details::default(), None).await?.row.id)
}

fn asked(email: &str, scope: &str, until: &str) -> NewGrant {
    NewGrant { email: email.into(), scope: scope.into(), until: until.into(), ..NewGrant::default() }
}

async fn confirm_address(clinic: &TestClinic) {
    clinic.execute("update persons set email_verified_at = created_at").await.expect("confirmed addresses");
}

both_databases! {
    async fn a_child_has_a_name_and_a_birth_date_and_no_address(clinic: TestClinic) {
        let parent = clinic.patient().await;
        let add = async |name: &str, born: &str| {
            care::add_child(&clinic.app, parent, NewChild { name: name.into(), birth_date: born.into() }).await
        };
        let wrong: [(&str, &str, &str, FieldCode); 8] = [
            ("", "3 12 2019", "name", FieldCode::Missing),
            ("Ana", "", "birth_date", FieldCode::Missing),
            ("Ana", "6 1 2026", "birth_date", FieldCode::InTheFuture),
            ("Ana", "5 1 1876", "birth_date", FieldCode::TooLongAgo),
            ("Ana", "29 2 2023", "birth_date", FieldCode::NotADate),
            ("Ana", "31 4 2020", "birth_date", FieldCode::NotADate),
            ("Ana", "5 1 2008", "birth_date", FieldCode::NotAChild),
            ("A\0", "3 12 2019", "name", FieldCode::BadCharacters),
        ];
        for (name, born, field, code) in wrong {
            assert_eq!(add(name, born).await.expect_err("refused").code_for(field), Some(code), "{name} {born}");
        }
        assert_eq!(clinic.count("select count(*) from persons where birth_date is not null").await, 0);
        for number in 0..MAX_PERSONS {
            add(&format!("Ana {number}"), "29 2 2020").await.expect("a child");
        }
        assert_eq!(add("One more", "3 12 2019").await, Err(AppError::TooManyPersons { most: MAX_PERSONS }));
        let all = "select count(*) from persons where birth_date is not null and email is null and password_hash is null";
        assert_eq!(clinic.count(all).await, i64::from(MAX_PERSONS));
        let doctor = clinic.user(Role::Doctor).await;
        let forbidden = care::add_child(&clinic.app, doctor, NewChild { name: "A".into(), birth_date: "3 12 2019".into() });
        assert_eq!(forbidden.await, Err(AppError::Forbidden));
    }

    async fn two_children_are_seen_at_one_time_and_one_child_is_not(clinic: TestClinic) {
        let clinic = Arc::new(clinic);
        let (mother, father) = (clinic.patient().await, clinic.patient().await);
        for round in 0..8_i64 {
            let start = Timestamp(TOMORROW_9.0 + round * DAY);
            let (ana, ben) = (child(&clinic, mother, "Ana", "3 12 2019").await, child(&clinic, mother, "Ben", "3 12 2021").await);
            grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
            let race = |wanted: [(Booker, usize); 2]| {
                let clinic = clinic.clone();
                async move {
                    let tasks = wanted.map(|(who, doctor)| {
                        let clinic = clinic.clone();
                        tokio::spawn(async move { book(&clinic, who, doctor, start).await })
                    });
                    let mut won = 0;
                    for task in tasks {
                        match task.await.expect("no task panics") {
                            Ok(_) => won += 1,
                            Err(AppError::PatientBusy { own: false, .. }) => {}
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                    won
                }
            };
            // one child, two parents, two doctors
            assert_eq!(race([(acting(mother, ana), 0), (acting(father, ana), 1)]).await, 1, "round {round}");
            // another child of the same mother, and the mother herself, while the first one is seen
            assert_eq!(race([(acting(mother, ben), 2), (person(mother), 3)]).await, 2, "round {round}");
            for own in ["Ana", "Ben"] {
                let who = if own == "Ana" { ana } else { ben };
                clinic.write(move |mut tx| Box::pin(async move {
                    tx.execute("update care_grants set revoked_at = accepted_at where person_id = $1", (who,)).await
                })).await;
            }
        }
        assert_eq!(clinic.count(crate::races::OVERLAPS).await, 0);
        crate::races::assert_history_replays(&clinic).await;
    }

    async fn the_limit_of_appointments_counts_by_person(clinic: TestClinic) {
        let mother = clinic.patient().await;
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        let most = clinic.app.settings.booking.max_future_appointments;
        for day in 0..most {
            clinic.book(mother, 0, Timestamp(TOMORROW_9.0 + day * DAY)).await.expect("an own one");
        }
        let late = Timestamp(TOMORROW_9.0 + most * DAY);
        assert_eq!(clinic.book(mother, 0, late).await, Err(AppError::TooManyAppointments { most }));
        // the time with the first doctor stays held for the mother
        let id = book(&clinic, acting(mother, ana), 1, late).await.expect("the child has none");
        assert_eq!(clinic.row(id).await.patient_id, Some(ana));
    }

    async fn who_booked_stays_in_the_history(clinic: TestClinic) {
        let (mother, doctor) = (clinic.patient().await, clinic.user(Role::Doctor).await);
        crate::api::access::give_calendar(&clinic, 0, doctor.user).await;
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        let hold = booking::hold(&clinic.app, person(mother), booking::HoldRequest { person: Some(ana), ..clinic.request(0, TOMORROW_9) });
        let id = hold.await.expect("a hold");
        booking::save_details(&clinic.app, person(mother), id, "a cough", "").await.expect("details");
        let HoldPage::Hold(page) = booking::held(&clinic.app, &person(mother), id).await.expect("a page") else { panic!() };
        assert_eq!((page.patient.as_deref(), page.summary.for_whom.as_deref()), (Some("Ana Novak"), Some("Ana Novak")));
        booking::confirm(&clinic.app, person(mother), id).await.expect("a booking");
        let row = clinic.row(id).await;
        assert_eq!((row.patient_id, row.status), (Some(ana), Status::Booked));
        let actors = "select count(*) from appointment_events e join persons p on p.id = e.actor_id
            where p.email is not null and e.actor_role = 'patient'";
        assert_eq!(clinic.count(actors).await, 2, "the account acted");
        let view = clinic.view(mother, id).await;
        assert_eq!((view.summary.for_whom.as_deref(), view.change), (Some("Ana Novak"), Change::Free));
        assert!(view.history.iter().any(|line| line.what == "Booked by you"), "{:?}", view.history);
        let view = clinic.view(doctor, id).await;
        assert_eq!(view.patient.map(|patient| patient.name).as_deref(), Some("Ana Novak"));
        assert!(view.history.iter().any(|line| line.what == "Booked by Test Person, for the patient"), "{:?}", view.history);
        let moved = booking::reschedule(&clinic.app, person(mother), id, view.version, TOMORROW_9.plus_minutes(2 * 24 * 60));
        let moved = moved.await.expect("a move");
        let version = clinic.row(moved).await.version;
        booking::cancel(&clinic.app, mother, moved, version, None).await.expect("a cancellation");
        let view = clinic.view(mother, moved).await;
        assert_eq!(view.cancelled_by.as_deref(), Some("Cancelled by you"));
        let view = clinic.view(doctor, moved).await;
        assert_eq!(view.cancelled_by.as_deref(), Some("Cancelled by Test Person, for the patient"));
        crate::races::assert_history_replays(&clinic).await;
    }

    async fn a_guardian_removed_between_two_steps_books_nothing(clinic: TestClinic) {
        let (mother, father) = (clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        let given = grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        let wanted = booking::HoldRequest { person: Some(ana), ..clinic.request(0, TOMORROW_9) };
        let id = booking::hold(&clinic.app, person(father), wanted.clone()).await.expect("a hold");
        care::end(&clinic.app, father, given).await.expect("an end");
        care::end(&clinic.app, father, given).await.expect("a second call is fine");
        let father = person(father);
        assert_eq!(booking::held(&clinic.app, &father, id).await, Err(AppError::NotActing));
        assert_eq!(booking::save_details(&clinic.app, father.clone(), id, "", "").await, Err(AppError::NotActing));
        assert_eq!(booking::extend_hold(&clinic.app, father.clone(), id).await, Err(AppError::NotActing));
        assert_eq!(booking::confirm(&clinic.app, father.clone(), id).await, Err(AppError::NotActing));
        assert_eq!(booking::hold(&clinic.app, father.clone(), wanted).await, Err(AppError::NotActing));
        assert_eq!(book(&clinic, father.acting_for(Some(ana)), 1, TOMORROW_9).await, Err(AppError::NotActing));
        let stranger = person(clinic.patient().await);
        assert_eq!(booking::confirm(&clinic.app, stranger, id).await, Err(AppError::NotFound));
        assert_eq!(clinic.count("select count(*) from appointments where status <> 'held'").await, 0);
        assert_eq!(clinic.count("select count(*) from appointment_events where action = 'book'").await, 0);
    }

    async fn the_person_of_a_hold_is_chosen_after_signing_in(clinic: TestClinic) {
        let mother = clinic.patient().await;
        let (ana, ben) = (child(&clinic, mother, "Ana", "3 12 2019").await, child(&clinic, mother, "Ben", "3 12 2021").await);
        book(&clinic, acting(mother, ana), 1, TOMORROW_9).await.expect("Ana is busy then");
        let visitor = browser("one");
        let id = booking::hold(&clinic.app, visitor.clone(), clinic.request(0, TOMORROW_9)).await.expect("a hold");
        let signed_in = Booker { patient: Some(mother.user), ..visitor };
        let HoldPage::Hold(page) = booking::held(&clinic.app, &signed_in, id).await.expect("a page") else { panic!() };
        assert_eq!(page.persons.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Test Person", "Ana", "Ben"]);
        let choose = async |who: Option<PersonId>| booking::choose_person(&clinic.app, signed_in.clone(), id, who).await;
        assert_eq!(choose(None).await.expect_err("missing").code_for("person"), Some(FieldCode::Missing));
        let stranger = clinic.patient().await;
        assert_eq!(choose(Some(stranger.user)).await, Err(AppError::NotActing));
        assert!(matches!(choose(Some(ana)).await, Err(AppError::PatientBusy { own: false, .. })));
        assert_eq!(clinic.row(id).await.patient_id, None);
        choose(Some(ben)).await.expect("Ben is free");
        assert_eq!(clinic.row(id).await.patient_id, Some(ben));
        let HoldPage::Hold(page) = booking::held(&clinic.app, &signed_in, id).await.expect("a page") else { panic!() };
        assert_eq!((page.persons.len(), page.chooses, page.summary.for_whom.as_deref()), (0, true, Some("Ben")));
        choose(Some(mother.user)).await.expect("another one");
        choose(Some(ben)).await.expect("and back");
        booking::confirm(&clinic.app, signed_in, id).await.expect("a booking");
        assert_eq!(clinic.row(id).await.patient_id, Some(ben));
        let list = booking::my_appointments(&clinic.app, mother, Tab::Upcoming, None).await.expect("a list");
        let names: Vec<_> = list.items.iter().map(|item| item.summary.for_whom.clone().unwrap_or_default()).collect();
        assert_eq!((list.counts, list.persons.len()), ([2, 0, 0], 3));
        assert!(names.contains(&"Ana".to_owned()) && names.contains(&"Ben".to_owned()), "{names:?}");
        let bens = booking::my_appointments(&clinic.app, mother, Tab::Upcoming, Some(ben)).await.expect("a list");
        assert_eq!((bens.items.len(), bens.items[0].id), (1, id));
        let strangers = booking::my_appointments(&clinic.app, stranger, Tab::Upcoming, Some(ben)).await.expect("a list");
        assert_eq!((strangers.items.len(), strangers.counts), (0, [0, 0, 0]));
    }

    async fn choosing_a_person_gives_back_what_is_held_for_them_elsewhere(clinic: TestClinic) {
        let mother = clinic.patient().await;
        let ben = child(&clinic, mother, "Ben", "3 12 2021").await;
        let for_ben = booking::HoldRequest { person: Some(ben), ..clinic.request(1, TOMORROW_9) };
        let first = booking::hold(&clinic.app, person(mother), for_ben).await.expect("a hold on the telephone");
        let visitor = browser("two");
        let second = booking::hold(&clinic.app, visitor.clone(), clinic.request(0, TOMORROW_9)).await.expect("another hold");
        let signed_in = Booker { patient: Some(mother.user), ..visitor };
        booking::choose_person(&clinic.app, signed_in, second, Some(ben)).await.expect("a choice");
        assert_eq!(clinic.row(first).await.status, Status::Expired, "one time for a person");
        let row = clinic.row(second).await;
        assert_eq!((row.status, row.patient_id), (Status::Held, Some(ben)));
    }

    async fn who_may_only_see_changes_nothing(clinic: TestClinic) {
        let (owner, carer) = (clinic.patient().await, clinic.patient().await);
        let id = clinic.book(owner, 0, Timestamp(TOMORROW_9.0 + 3 * DAY)).await.expect("a booking");
        grant(&clinic, carer.user, owner.user, ("carer", "see"), (Some(Timestamp(NOW.0 + DAY)), None)).await;
        let view = clinic.view(carer, id).await;
        assert_eq!((view.change, view.only_seen, view.summary.for_whom.as_deref()), (Change::CallClinic, true, Some("Test Person")));
        assert_eq!(booking::cancel(&clinic.app, carer, id, view.version, None).await, Err(AppError::NotActing));
        let moved = booking::reschedule(&clinic.app, person(carer), id, view.version, TOMORROW_9).await;
        assert_eq!(moved, Err(AppError::NotActing));
        assert_eq!(book(&clinic, acting(carer, owner.user), 1, TOMORROW_9).await, Err(AppError::NotActing));
        let persons = booking::persons(&clinic.app, carer).await.expect("persons");
        assert_eq!(persons.iter().map(|one| one.scope).collect::<Vec<_>>(), [CareScope::Book, CareScope::See]);
        clinic.clock.advance_seconds(DAY);
        assert_eq!(booking::appointment(&clinic.app, carer, id).await, Err(AppError::NotFound), "its time is over");
        assert_eq!(booking::persons(&clinic.app, carer).await.expect("persons").len(), 1);
        assert_eq!(clinic.status(id).await, Status::Booked);
    }

    async fn an_adult_is_asked_and_no_answer_tells_whether_there_is_an_account(clinic: TestClinic) {
        let (owner, carer, stranger) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        confirm_address(&clinic).await;
        let address = |who: Actor| format!("{}@example.org", who.user);
        let app = &clinic.app;
        let wrong = [
            (asked("x", "book", ""), "email", FieldCode::NotAnEmail),
            (asked(&address(carer), "book", ""), "email", FieldCode::OwnAddress),
            (asked("a@example.org", "all", ""), "scope", FieldCode::Unknown),
            (asked("a@example.org", "book", "4 1 2026"), "until", FieldCode::InThePast),
            (asked("a@example.org", "book", "29 2 2026"), "until", FieldCode::NotADate),
        ];
        for (form, field, code) in wrong {
            let refused = care::ask_to_act(app, carer, form.clone()).await.expect_err("refused");
            assert_eq!(refused.code_for(field), Some(code), "{form:?}");
        }
        // the same answer, and the asker sees the same
        care::ask_to_act(app, carer, asked(&address(owner), "book", "5 1 2026")).await.expect("asked");
        care::ask_to_act(app, carer, asked("nobody@example.org", "book", "")).await.expect("asked");
        let seen = care::care(app, carer).await.expect("a page");
        assert!(seen.persons.iter().all(|grant| grant.waits && grant.name.contains("@example.org")), "{seen:?}");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'care_asked'").await, 1);
        let waiting = care::care(app, owner).await.expect("a page").asks_to_act;
        assert_eq!((waiting.len(), waiting[0].name.as_str()), (1, "Test Person"));
        let id = waiting[0].id;
        assert_eq!(care::answer(app, stranger, id).await, Err(AppError::NotFound));
        assert_eq!(care::end(app, stranger, id).await, Err(AppError::NotFound));
        assert_eq!(care::answer(app, carer, id).await, Err(AppError::NotFound), "the asker does not answer");
        assert_eq!(book(&clinic, acting(carer, owner.user), 0, TOMORROW_9).await, Err(AppError::NotActing));
        care::answer(app, owner, id).await.expect("accepted");
        let booked = book(&clinic, acting(carer, owner.user), 0, TOMORROW_9).await.expect("a booking");
        assert_eq!(clinic.view(carer, booked).await.id, booked);
        // either side ends it at once
        care::end(app, owner, id).await.expect("an end");
        assert_eq!(booking::appointment(app, carer, booked).await, Err(AppError::NotFound));
        assert_eq!(clinic.view(owner, booked).await.id, booked);
        // the other way round: the owner lets a carer act, who accepts
        care::let_act(app, owner, asked(&address(carer), "see", "")).await.expect("granted");
        let offered = care::care(app, carer).await.expect("a page").asks_to_be_carer;
        care::answer(app, carer, offered[0].id).await.expect("accepted");
        assert_eq!(clinic.view(carer, booked).await.id, booked);
        care::end(app, carer, offered[0].id).await.expect("an end");
        assert_eq!(booking::appointment(app, carer, booked).await, Err(AppError::NotFound));
    }

    async fn an_unconfirmed_address_answers_nothing_where_the_clinic_sends_mail(clinic: TestClinic) {
        let (owner, carer) = (clinic.patient().await, clinic.patient().await);
        let app = crate::mail::with_mail(&clinic, "smtp://127.0.0.1:9", 1);
        care::ask_to_act(&app, carer, asked(&format!("{}@example.org", owner.user), "book", "")).await.expect("asked");
        let page = care::care(&app, owner).await.expect("a page");
        assert!(page.unconfirmed && page.asks_to_act.is_empty());
        let id = GrantId(clinic.an_id("select id from care_grants").await);
        assert_eq!(care::answer(&app, owner, id).await, Err(AppError::NotFound));
        confirm_address(&clinic).await;
        care::answer(&app, owner, id).await.expect("accepted");
    }

    async fn staff_grant_with_a_reason_and_it_stands_in_the_audit_log(clinic: TestClinic) {
        let (staff, owner, carer) = (clinic.user(Role::Admin).await, clinic.patient().await, clinic.patient().await);
        let form = |email: String, reason: &str| NewGrant { kind: "carer".into(), reason: reason.into(), ..asked(&email, "book", "") };
        let address = format!("{}@example.org", carer.user);
        let app = &clinic.app;
        let no_reason = care::grant_by_staff(app, staff, owner.user, form(address.clone(), " ")).await.expect_err("refused");
        assert_eq!(no_reason.code_for("reason"), Some(FieldCode::Missing));
        let nobody = care::grant_by_staff(app, staff, owner.user, form("nobody@example.org".into(), "asked")).await;
        assert_eq!(nobody.expect_err("refused").code_for("email"), Some(FieldCode::NoSuchAccount));
        let unknown = care::grant_by_staff(app, staff, PersonId(Uuid::now_v7()), form(address.clone(), "asked")).await;
        assert_eq!(unknown, Err(AppError::NotFound));
        for _ in 0..2 {
            care::grant_by_staff(app, staff, owner.user, form(address.clone(), "Power of attorney seen")).await.expect("granted");
        }
        assert_eq!(clinic.count("select count(*) from care_grants where revoked_at is null").await, 1, "the newer one");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'care.granted'").await, 2);
        book(&clinic, acting(carer, owner.user), 0, TOMORROW_9).await.expect("a booking");
        assert!(care::care(app, carer).await.expect("a page").persons[0].reason.is_empty(), "the reason is for staff");
        let id = GrantId(clinic.an_id("select id from care_grants where revoked_at is null").await);
        care::end(app, staff, id).await.expect("an end");
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'care.ended'").await, 1);
        assert_eq!(book(&clinic, acting(carer, owner.user), 1, TOMORROW_9).await, Err(AppError::NotActing));
    }

    async fn a_child_who_grows_up_takes_the_record_along(clinic: TestClinic) {
        let (mother, aunt, stranger) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let (young, ana) = (child(&clinic, mother, "Ben", "6 1 2010").await, child(&clinic, mother, "Ana", "5 1 2010").await);
        let id = book(&clinic, acting(mother, ana), 0, TOMORROW_9).await.expect("a booking");
        grant(&clinic, aunt.user, ana, ("carer", "see"), (None, None)).await;
        let app = crate::mail::with_mail(&clinic, "smtp://127.0.0.1:9", 1);
        let invite = async |who: Actor, child: PersonId, email: &str| care::invite(&app, who, child, email).await;
        assert_eq!(invite(mother, young, "ben@example.org").await, Err(AppError::Conflict), "15 years old");
        assert_eq!(invite(stranger, ana, "ana@example.org").await, Err(AppError::NotFound));
        assert_eq!(invite(aunt, ana, "ana@example.org").await, Err(AppError::NotFound), "who may only see");
        let own = invite(mother, ana, &format!("{}@example.org", mother.user)).await.expect_err("her own address");
        assert_eq!(own.code_for("email"), Some(FieldCode::EmailUnusable));
        let sink = crate::smtp_sink::Sink::accepting().await;
        let sending = crate::mail::sending_to(&clinic, &sink);
        let taken = format!("{}@example.org", aunt.user);
        invite(mother, ana, &taken).await.expect("the answer that every other address gets");
        crate::mail::send_all(&sending).await;
        let told = sink.emails().into_iter().find(|email| email.to == taken).expect("a notice");
        assert!(!crate::mail::everything(&told).contains("/reset/"), "its owner learns of it and gets no link");
        clinic.clock.advance_seconds(300);
        invite(mother, ana, "Ana@example.org").await.expect("a link");
        assert!(matches!(invite(mother, ana, "ana@example.org").await, Err(AppError::TooManyAttempts { .. })));
        assert_eq!(clinic.view(mother, id).await.id, id, "nothing changes until she chooses a password");
        crate::mail::send_all(&sending).await;
        let email = sink.emails().into_iter().find(|email| email.to == "ana@example.org").expect("a link");
        let token = crate::mail::link(&email, "/reset/").trim_start_matches("/reset/").to_owned();
        password_reset::reset(&app, &token, "quiet green bicycle").await.expect("a password");
        let ana = Actor { user: ana, role: Role::Patient, ..mother };
        assert_eq!(clinic.view(ana, id).await.summary.for_whom, None, "her own");
        assert_eq!(booking::appointment(&app, mother, id).await, Err(AppError::NotFound));
        assert_eq!(clinic.view(aunt, id).await.id, id, "a carer stays");
        assert_eq!(invite(mother, ana.user, "b@example.org").await, Err(AppError::NotFound));
        care::let_act(&app, ana, asked(&format!("{}@example.org", mother.user), "book", "")).await.expect("renewed");
        confirm_address(&clinic).await;
        let offered = care::care(&app, mother).await.expect("a page").asks_to_be_carer;
        care::answer(&app, mother, offered[0].id).await.expect("accepted");
        assert_eq!(clinic.view(mother, id).await.id, id);
    }
}

/// Booking for oneself asks the database no more than before there were others; for another person one question more.
#[tokio::test]
async fn booking_for_another_person_costs_one_statement() {
    TestClinic::run(Engine::Postgres, async |clinic| {
        let mother = clinic.patient().await;
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        book(&clinic, person(mother), 3, TOMORROW_9).await.expect("a warm cache");
        let mut counts = Vec::new();
        for (doctor, who) in [(0, person(mother)), (1, acting(mother, ana))] {
            clinic.app.calendars.prepare(&clinic.app.db, clinic.doctors[doctor].id).await.expect("a calendar");
            let (at_once, once) = sent(book(&clinic, who.clone(), doctor, TOMORROW_9.plus_minutes(60))).await;
            at_once.expect("a booking");
            let wanted =
                booking::HoldRequest { person: who.patient, ..clinic.request(doctor, TOMORROW_9.plus_minutes(120)) };
            let (held, hold) = sent(booking::hold(&clinic.app, person(mother), wanted)).await;
            let id = held.expect("a hold");
            let (booked, confirm) = sent(booking::confirm(&clinic.app, person(mother), id)).await;
            booked.expect("a booking");
            counts.push([once, hold, confirm]);
        }
        let lengths = |each: &[Vec<String>; 3]| each.iter().map(Vec::len).collect::<Vec<_>>();
        println!(
            "statements of a booking, a hold, a confirmation: {:?}, {:?}",
            lengths(&counts[0]),
            lengths(&counts[1])
        );
        let own = counts[0].iter().flatten().filter(|statement| statement.contains("care_grants")).count();
        assert_eq!(own, 0, "{:#?}", counts[0]);
        for (own, others) in counts[0].iter().zip(&counts[1]) {
            assert!(!own.is_empty());
            assert_eq!(others.len(), own.len() + 1, "{own:#?} {others:#?}");
        }
    })
    .await;
}

#[test]
fn scopes_include_what_is_less() {
    assert!(CareScope::Book.includes(CareScope::See) && CareScope::Book.includes(CareScope::Book));
    assert!(CareScope::See.includes(CareScope::See) && !CareScope::See.includes(CareScope::Book));
}
