//! A household books together: series, pairs, the soonest time and the waiting list for a child, the questions before
//! them, both parents, and who is named as having done what.

use std::collections::BTreeMap;

use docslot::{
    accounts::server::care::{self, NewGrant},
    booking::{
        PatientAnswers, SentAnswers, field_of,
        series::{PairForm, PairQuery, SeriesForm, SeriesQuery},
        server::{self as booking, HoldRequest, SoonestQuery, series, waiting},
        waiting::{JoinForm, OfferAnswer},
    },
    error::{AppError, FieldCode},
    ids::{AppointmentId, PersonId},
    time::Timestamp,
    web::request::Actor,
};

use crate::{
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, person},
    family::{child, grant},
    front_desk::doctor,
    mail::{plain, send_all, sending_to},
    pair,
    questions::{answered, ask},
    series::{form, offer, weekly},
    smtp_sink::Sink,
    waiting as list,
};

const DAY: i64 = 24 * 3600;
const NOTHING: &str = "select count(*) from appointments where status in ('booked', 'requested', 'held')";

async fn name(clinic: &TestClinic, who: Actor, name: &'static str) {
    let sql = "update persons set display_name = $2 where id = $1";
    clinic.write(move |mut tx| Box::pin(async move { tx.execute(sql, (who.user, name)).await })).await;
}

fn series_for(clinic: &TestClinic, who: PersonId, starts: &[Timestamp]) -> SeriesForm {
    SeriesForm { person: who.to_string(), ..form(clinic, 0, starts) }
}

fn pair_for(clinic: &TestClinic, who: PersonId) -> PairForm {
    let starts = (TOMORROW_9, TOMORROW_9.plus_minutes(30));
    PairForm { person: who.to_string(), ..pair::form(clinic, (0, 1), starts) }
}

fn soonest_for(who: PersonId) -> SoonestQuery {
    SoonestQuery { specialty: "general-practice".into(), location: String::new(), person: who.to_string() }
}

fn plan_for(clinic: &TestClinic, who: &str, form: &SeriesForm, draft: &str) -> SeriesQuery {
    SeriesQuery {
        doctor: "doctor-1".into(),
        visit_type: clinic.doctors[0].visit_type.to_string(),
        person: who.into(),
        draft: draft.into(),
        plan: form.plan.clone(),
        ..SeriesQuery::default()
    }
}

fn sent(version: i32, answers: &[(i32, &str)]) -> SentAnswers {
    let answers = answers.iter().map(|(key, text)| (field_of(*key), (*text).to_owned())).collect();
    SentAnswers { version: version.to_string(), answers, dates: BTreeMap::new() }
}

async fn mails(clinic: &TestClinic) -> Vec<String> {
    let sink = Sink::accepting().await;
    send_all(&sending_to(clinic, &sink)).await;
    sink.emails().iter().map(plain).collect()
}

/// The appointments of a person, by time.
async fn of(clinic: &TestClinic, who: PersonId) -> Vec<AppointmentId> {
    let sql = "select id from appointments where patient_id = $1 order by starts_at";
    let mut reader = clinic.app.db.read().await.expect("a reader");
    reader.conn().fetch_values(sql, (who,)).await.expect("appointments")
}

both_databases! {
    async fn a_parent_books_several_for_a_child_and_the_child_is_named(clinic: TestClinic) {
        offer(&clinic).await;
        let (mother, own) = (clinic.patient().await, doctor(&clinic, 0).await);
        name(&clinic, mother, "Maria Novak").await;
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        clinic.book(mother, 1, weekly(2)[1]).await.expect("the mother herself is busy then");
        let wanted = series_for(&clinic, ana, &weekly(3));
        let first = plan_for(&clinic, "", &wanted, "");
        let page = series::plan(&clinic.app, &person(mother), first).await.expect("a page");
        assert!(page.whom.is_open() && page.whom.persons.len() == 2, "{:?}", page.whom);
        let chosen = plan_for(&clinic, &ana.to_string(), &wanted, "");
        let page = series::plan(&clinic.app, &person(mother), chosen.clone()).await.expect("a plan");
        assert_eq!((page.patient.as_deref(), page.whom.chosen().map(|one| one.name.as_str())), (Some("Ana Novak"), Some("Ana Novak")));
        assert!(page.rows.iter().all(|row| row.conflict.is_empty()), "the mother's appointment is not Ana's: {:?}", page.rows);
        let id = series::book(&clinic.app, person(mother), wanted.clone()).await.expect("three weeks");
        assert_eq!(series::book(&clinic.app, person(mother), wanted).await, Ok(id), "the same form books once");
        assert_eq!(of(&clinic, ana).await.len(), 3);
        let again = series::plan(&clinic.app, &person(mother), chosen).await.expect("a plan");
        assert_eq!(again.rows[0].conflict, "Ana Novak has another appointment then: Tuesday 6 January, 9am with Dr doctor-1.");
        let all = series::details(&clinic.app, mother, id).await.expect("a series");
        assert_eq!((all.remaining.len(), all.appointments[0].1.summary.for_whom.as_deref()), (3, Some("Ana Novak")));
        let view = clinic.view(own, all.appointments[0].1.id).await;
        assert!(view.history.iter().any(|line| line.what == "Booked by Maria Novak, for the patient"), "{:?}", view.history);
        let said = mails(&clinic).await;
        assert!(said.iter().any(|said| said.contains("The 3 appointments for Ana Novak are booked.")), "{said:?}");
        crate::races::assert_history_replays(&clinic).await;
    }

    async fn a_pair_and_the_soonest_time_are_booked_for_a_child(clinic: TestClinic) {
        let mother = clinic.patient().await;
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        clinic.book(mother, 2, TOMORROW_9).await.expect("the mother herself is busy then");
        let query = PairQuery { first: "doctor-1".into(), second: "doctor-2".into(), ..PairQuery::default() };
        let page = series::pair_page(&clinic.app, &person(mother), query.clone()).await.expect("a page");
        assert!(page.whom.is_open());
        let query = PairQuery { person: ana.to_string(), ..query };
        let page = series::pair_page(&clinic.app, &person(mother), query).await.expect("a page");
        assert_eq!(page.whom.chosen().map(|one| one.name.as_str()), Some("Ana Novak"));
        assert!(page.options.iter().any(|option| option.first == "Tuesday 6 January, 9am"), "{:?}", page.options);
        series::book_pair(&clinic.app, person(mother), pair_for(&clinic, ana)).await.expect("both");
        assert_eq!(of(&clinic, ana).await.len(), 2);

        let found = booking::soonest(&clinic.app, &person(mother), SoonestQuery { person: String::new(), ..soonest_for(ana) }).await;
        assert!(found.expect("a page").whom.is_open());
        let id = booking::hold_soonest(&clinic.app, person(mother), soonest_for(ana)).await.expect("a hold");
        assert_eq!(clinic.row(id).await.patient_id, Some(ana));
        booking::confirm(&clinic.app, person(mother), id).await.expect("a booking");
        assert_eq!(clinic.view(mother, id).await.summary.for_whom.as_deref(), Some("Ana Novak"));
    }

    async fn who_may_not_book_for_a_child_books_nothing(clinic: TestClinic) {
        offer(&clinic).await;
        let (mother, aunt, father, stranger) =
            (clinic.patient().await, clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        grant(&clinic, aunt.user, ana, ("carer", "see"), (None, None)).await;
        let given = grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        let wanted = series_for(&clinic, ana, &weekly(2));
        let plan = plan_for(&clinic, &ana.to_string(), &wanted, "");
        series::plan(&clinic.app, &person(father), plan.clone()).await.expect("a plan");
        care::end(&clinic.app, father, given).await.expect("an end between the two steps");
        for actor in [aunt, father, stranger] {
            let planned = series::plan(&clinic.app, &person(actor), plan.clone()).await;
            assert_eq!(planned.map(|_| ()), Err(AppError::NotActing));
            let booked = series::book(&clinic.app, person(actor), wanted.clone()).await;
            assert_eq!(booked, Err(AppError::NotActing));
            let both = series::book_pair(&clinic.app, person(actor), pair_for(&clinic, ana)).await;
            assert_eq!(both, Err(AppError::NotActing));
            let query = PairQuery { person: ana.to_string(), ..PairQuery::default() };
            let page = series::pair_page(&clinic.app, &person(actor), query).await;
            assert_eq!(page.map(|_| ()), Err(AppError::NotActing));
            let held = booking::hold_soonest(&clinic.app, person(actor), soonest_for(ana)).await;
            assert_eq!(held, Err(AppError::NotActing));
            let found = booking::soonest(&clinic.app, &person(actor), soonest_for(ana)).await;
            assert_eq!(found.map(|_| ()), Err(AppError::NotActing));
        }
        let nobody = SeriesForm { person: "nobody".into(), ..wanted.clone() };
        assert_eq!(series::book(&clinic.app, person(mother), nobody).await, Err(AppError::NotFound));
        assert_eq!((clinic.count(NOTHING).await, clinic.count("select count(*) from appointment_series").await), (0, 0));

        // who may only see the series is shown no way to cancel it
        let id = series::book(&clinic.app, person(mother), wanted).await.expect("a series");
        let seen = series::details(&clinic.app, aunt, id).await.expect("a series");
        assert_eq!((seen.appointments.len(), seen.remaining.len(), seen.too_late), (2, 0, 0));
        let refused = series::cancel_remaining(&clinic.app, aunt, id, String::new(), None).await;
        assert_eq!(refused, Err(AppError::NotActing));
    }

    async fn a_series_asks_its_questions_once_and_keeps_the_answers_with_each(clinic: TestClinic) {
        offer(&clinic).await;
        let (own, mother) = (doctor(&clinic, 0).await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana", "3 12 2019").await;
        let must = ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let may = ask(&clinic, own, "Anything else?", "text", false).await;
        let wanted = series_for(&clinic, ana, &weekly(2));
        let plan = plan_for(&clinic, &ana.to_string(), &wanted, "");
        let page = series::plan(&clinic.app, &person(mother), plan.clone()).await.expect("a plan");
        assert_eq!((page.asked.questions.len(), page.asked.last_time.as_deref()), (2, None));
        let version = page.asked.version;

        // longer than any cookie
        let long = "It began a long time ago. ".repeat(70);
        let missing = SeriesForm { reason: "A knee".into(), one: sent(version, &[(must, " "), (may, &long)]), ..wanted.clone() };
        let open = AppError::field(&format!("one[answers][{}]", field_of(must)), FieldCode::Missing);
        assert_eq!(series::book(&clinic.app, person(mother), missing.clone()).await, Err(open));
        assert_eq!((clinic.count(NOTHING).await, clinic.count("select count(*) from series_drafts").await), (0, 1));
        let kept = SeriesQuery { draft: missing.key.clone(), ..plan.clone() };
        let page = series::plan(&clinic.app, &person(mother), kept.clone()).await.expect("the plan again");
        assert_eq!((page.reason.as_str(), page.asked.questions[1].value.as_str()), ("A knee", long.as_str()));
        let stranger = clinic.patient().await;
        let other = SeriesQuery { person: String::new(), ..kept };
        let page = series::plan(&clinic.app, &person(stranger), other).await.expect("their own plan");
        assert_eq!((page.reason.as_str(), page.asked.questions[1].value.as_str()), ("", ""), "nobody else reads it");

        let stale = SeriesForm { one: sent(version - 1, &[(must, "Knee")]), ..wanted.clone() };
        assert_eq!(series::book(&clinic.app, person(mother), stale).await, Err(AppError::Conflict));
        assert_eq!(clinic.count(NOTHING).await, 0);

        let right = SeriesForm { one: sent(version, &[(must, "Knee"), (may, "")]), ..wanted };
        series::book(&clinic.app, person(mother), right).await.expect("a series");
        let given = answered(&[("Where does it hurt?", "Knee"), ("Anything else?", "")]);
        for id in of(&clinic, ana).await {
            assert_eq!(clinic.view(own, id).await.answers.answers, given);
            assert_eq!(clinic.view(mother, id).await.answers.answers, given);
        }
        assert_eq!(clinic.count("select count(*) from appointment_answers").await, 2);
        assert_eq!(clinic.count("select count(*) from series_drafts").await, 0, "what was typed is forgotten");
        let page = series::plan(&clinic.app, &person(mother), plan).await.expect("a plan");
        assert_eq!(page.asked.questions[0].value, "Knee", "the same as last time?");
        assert!(page.asked.last_time.is_some());
    }

    async fn a_pair_asks_the_questions_of_both_doctors(clinic: TestClinic) {
        let (one, patient) = (doctor(&clinic, 0).await, clinic.patient().await);
        let key = ask(&clinic, one, "Where does it hurt?", "text", true).await;
        let query = PairQuery { first: "doctor-2".into(), second: "doctor-1".into(), ..PairQuery::default() };
        let page = series::pair_page(&clinic.app, &person(patient), query).await.expect("a page");
        assert_eq!([page.parts[0].asked.questions.len(), page.parts[1].asked.questions.len()], [0, 1]);
        let wanted = pair::form(&clinic, (1, 0), (TOMORROW_9, TOMORROW_9.plus_minutes(30)));
        let without = PairForm { other: sent(page.parts[1].asked.version, &[]), pair: String::new(), ..wanted.clone() };
        let error = series::book_pair(&clinic.app, person(patient), without).await.expect_err("refused");
        assert_eq!(error.code_for(&format!("other[answers][{}]", field_of(key))), Some(FieldCode::Missing));
        assert_eq!(error.code_for("pair"), Some(FieldCode::Missing), "everything is said at once");
        let unasked = series::book_pair(&clinic.app, person(patient), wanted.clone()).await;
        assert_eq!(unasked, Err(AppError::Conflict), "a page from before the question");
        assert_eq!(clinic.count(NOTHING).await, 0);
        let right = PairForm { other: sent(page.parts[1].asked.version, &[(key, "Knee")]), ..wanted };
        series::book_pair(&clinic.app, person(patient), right).await.expect("both");
        let booked = of(&clinic, patient.user).await;
        assert_eq!(clinic.view(patient, booked[0]).await.answers.answers, PatientAnswers::NotGiven);
        assert_eq!(clinic.view(patient, booked[1]).await.answers.answers, answered(&[("Where does it hurt?", "Knee")]));
    }

    async fn who_cancelled_is_named_to_each_reader_as_it_was(clinic: TestClinic) {
        let (owner, carer, own) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        name(&clinic, owner, "Olga Lind").await;
        name(&clinic, carer, "Bo Lind").await;
        grant(&clinic, carer.user, owner.user, ("carer", "book"), (None, None)).await;
        let cancelled = async |by: Actor, day: i64| {
            let id = clinic.book(owner, 0, Timestamp(TOMORROW_9.0 + day * DAY)).await.expect("a booking");
            booking::cancel(&clinic.app, by, id, clinic.row(id).await.version, None).await.expect("a cancellation");
            id
        };
        let said = async |id: AppointmentId| {
            let mut said = Vec::new();
            for reader in [owner, carer, own] {
                said.push(clinic.view(reader, id).await.cancelled_by.unwrap_or_default());
            }
            said
        };
        let id = cancelled(carer, 3).await;
        assert_eq!(said(id).await, ["Cancelled by Bo Lind, for you", "Cancelled by you", "Cancelled by Bo Lind, for the patient"]);
        let view = clinic.view(owner, id).await;
        assert!(view.history.iter().any(|line| line.what == "Cancelled by Bo Lind, for you"), "{:?}", view.history);
        let list = booking::my_appointments(&clinic.app, owner, docslot::booking::Tab::Cancelled, None).await.expect("a list");
        assert_eq!(list.items[0].cancelled_by.as_deref(), Some("Cancelled by Bo Lind, for you"));
        let text = mails(&clinic).await.concat();
        assert!(text.contains("Your appointment is cancelled, as Bo Lind asked."), "{text}");
        let id = cancelled(owner, 4).await;
        assert_eq!(said(id).await, ["Cancelled by you", "Cancelled by the patient", "Cancelled by the patient"]);
    }

    async fn the_other_parent_of_a_child_is_asked_and_either_ends_it(clinic: TestClinic) {
        let (mother, father, aunt) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let app = &clinic.app;
        name(&clinic, mother, "Maria Novak").await;
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        grant(&clinic, aunt.user, ana, ("carer", "book"), (None, None)).await;
        let confirmed = "update persons set email_verified_at = created_at where email is not null";
        clinic.execute(confirmed).await.expect("confirmed addresses");
        let asked = NewGrant { email: format!("{}@example.org", father.user), scope: "book".into(), ..NewGrant::default() };
        let stranger = clinic.patient().await;
        for refused in [aunt, stranger] {
            assert_eq!(care::invite_parent(app, refused, ana, asked.clone()).await, Err(AppError::NotFound));
        }
        assert_eq!(care::invite_parent(app, mother, aunt.user, asked.clone()).await, Err(AppError::NotFound), "no child of hers");
        let own = NewGrant { email: format!("{}@example.org", mother.user), ..asked.clone() };
        let error = care::invite_parent(app, mother, ana, own).await.expect_err("refused");
        assert_eq!(error.code_for("email"), Some(FieldCode::OwnAddress));

        care::invite_parent(app, mother, ana, asked.clone()).await.expect("asked");
        let waits = care::care(app, father).await.expect("a page");
        let question = &waits.asks_to_be_carer[0];
        assert_eq!((question.name.as_str(), question.asked_by.as_deref(), question.born.as_deref()), ("Ana Novak", Some("Maria Novak"), None));
        let hers = care::care(app, mother).await.expect("a page");
        assert!(hers.persons[0].may_invite && hers.persons[0].others[0].waits, "{hers:?}");
        assert_eq!(booking::hold(app, person(father), HoldRequest { person: Some(ana), ..clinic.request(0, TOMORROW_9) }).await, Err(AppError::NotActing));
        assert_eq!(care::answer(app, aunt, question.id).await, Err(AppError::NotFound), "it is not asked of her");
        care::answer(app, father, question.id).await.expect("accepted");
        booking::hold(app, person(father), HoldRequest { person: Some(ana), ..clinic.request(0, TOMORROW_9) }).await.expect("a hold");
        let his = care::care(app, father).await.expect("a page");
        assert_eq!((his.persons[0].name.as_str(), his.persons[0].born.as_deref()), ("Ana Novak", Some("3 December 2019")));
        assert!(his.persons[0].others.is_empty(), "what she asked is hers to see");
        // he cannot end what is hers
        let first = care::care(app, mother).await.expect("a page").persons[0].id;
        assert_eq!(care::end(app, father, first).await, Err(AppError::NotFound));
        let given = care::care(app, mother).await.expect("a page").persons[0].others[0].clone();
        assert!(!given.waits);
        care::end(app, mother, given.id).await.expect("ended by her");
        care::end(app, mother, given.id).await.expect("a second call is fine");
        assert_eq!(booking::hold(app, person(father), HoldRequest { person: Some(ana), ..clinic.request(0, TOMORROW_9) }).await, Err(AppError::NotActing));
        care::invite_parent(app, mother, ana, asked).await.expect("asked again");
        let question = care::care(app, father).await.expect("a page").asks_to_be_carer[0].id;
        care::answer(app, father, question).await.expect("accepted");
        let his = care::care(app, father).await.expect("a page").persons[0].id;
        care::end(app, father, his).await.expect("ended by him");
        assert!(care::care(app, mother).await.expect("a page").persons[0].others.is_empty());
    }

    async fn a_child_waits_and_whoever_may_book_for_it_accepts(clinic: TestClinic) {
        let (mother, father, aunt) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        name(&clinic, father, "Petr Novak").await;
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        grant(&clinic, aunt.user, ana, ("carer", "see"), (None, None)).await;
        let wanted = JoinForm { person: ana.to_string(), ..list::form(&clinic, 0) };
        let refused = waiting::join(&clinic.app, aunt, wanted.clone(), list::all(7), list::all(3)).await;
        assert_eq!(refused, Err(AppError::NotActing));
        let other = clinic.patient().await;
        let early = clinic.book(other, 0, TOMORROW_9).await.expect("what stands in the way");
        list::join(&clinic, mother, wanted.clone()).await;
        let entries = waiting::my_waiting_list(&clinic.app, father).await.expect("a list");
        assert_eq!(entries[0].for_whom.as_deref(), Some("Ana Novak"), "the other parent sees it");
        assert!(waiting::my_waiting_list(&clinic.app, aunt).await.expect("a list").is_empty());
        booking::cancel(&clinic.app, other, early, clinic.row(early).await.version, None).await.expect("a cancellation");
        list::look(&clinic).await;
        let offered = list::offer_of(&clinic, father).await.expect("an offer");
        let page = waiting::offer(&clinic.app, father, offered).await.expect("a page");
        assert_eq!(page.summary.for_whom.as_deref(), Some("Ana Novak"));
        let said = mails(&clinic).await.concat();
        assert!(said.contains("A time has come free for Ana Novak."), "{said}");
        assert_eq!(waiting::answer(&clinic.app, aunt, offered, OfferAnswer::Accept).await, Err(AppError::NotFound));
        waiting::answer(&clinic.app, father, offered, OfferAnswer::Accept).await.expect("accepted");
        let id = of(&clinic, ana).await[0];
        let view = clinic.view(mother, id).await;
        assert!(view.history.iter().any(|line| line.what.contains("by Petr Novak, for the patient")), "{:?}", view.history);
        crate::races::assert_history_replays(&clinic).await;
    }

    async fn an_account_that_may_no_longer_book_for_a_child_is_offered_nothing(clinic: TestClinic) {
        let (mother, father, other) = (clinic.patient().await, clinic.patient().await, clinic.patient().await);
        let ana = child(&clinic, mother, "Ana Novak", "3 12 2019").await;
        grant(&clinic, father.user, ana, ("parent", "book"), (None, None)).await;
        let early = clinic.book(other, 0, TOMORROW_9).await.expect("what stands in the way");
        list::join(&clinic, father, JoinForm { person: ana.to_string(), ..list::form(&clinic, 0) }).await;
        let ended = "update care_grants set revoked_at = $2, revoked_by = account_id where account_id = $1";
        clinic.write(move |mut tx| Box::pin(async move { tx.execute(ended, (father.user, NOW)).await })).await;
        booking::cancel(&clinic.app, other, early, clinic.row(early).await.version, None).await.expect("a cancellation");
        list::look(&clinic).await;
        assert_eq!(clinic.count("select count(*) from offers").await, 0);
        assert!(waiting::my_waiting_list(&clinic.app, father).await.expect("a list").is_empty());
        assert_eq!(waiting::my_waiting_list(&clinic.app, mother).await.expect("a list").len(), 1, "her child still waits");
    }
}
