//! The records of patients: how they are found, changed, merged and taken apart again, and who may see them.

use std::collections::BTreeSet;

use docslot::{
    accounts::{
        Role,
        model::record::RecordValues,
        server::{
            self as accounts, RegisterForm,
            own_account::{Profile, save_profile},
            person_merge::REFERENCES,
        },
    },
    booking::front_desk::{AppointmentForm, NEW_PATIENT},
    db::{Conn, Error, Pools},
    error::{AppError, FieldCode},
    ids::PersonId,
    patients::{
        model::MergeForm,
        server::{matches, merges, records},
    },
    web::request::{Actor, RequestContext},
};

use crate::{
    accounts_by_mail::{ANA, Post, token},
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    front_desk::{add, doctor, form},
    joining::{PASSWORD, staff_browser},
    web::Web,
};

/// Adds a patient at the desk with an appointment so many half hours after 9am, and then the rest of the record.
async fn at_the_desk(clinic: &TestClinic, staff: Actor, halves: i64, values: RecordValues) -> PersonId {
    let new = AppointmentForm {
        name: values.name.clone(),
        email: values.email.clone(),
        phone: values.phone.clone(),
        ..form(clinic, NEW_PATIENT, TOMORROW_9.plus_minutes(30 * halves))
    };
    let id = add(clinic, staff, new).await.expect("an appointment");
    let person = clinic.row(id).await.patient_id.expect("a patient");
    save(clinic, staff, person, values).await.expect("a record");
    person
}

async fn save(clinic: &TestClinic, staff: Actor, id: PersonId, values: RecordValues) -> Result<(), AppError> {
    let version = records::page(&clinic.app, staff, id).await.expect("a page").version;
    records::save(&clinic.app, staff, id, version, &values).await
}

fn named(name: &str) -> RecordValues {
    RecordValues { name: name.into(), ..RecordValues::default() }
}

async fn found(clinic: &TestClinic, actor: Actor, typed: &str) -> Vec<String> {
    let page = records::find(&clinic.app, actor, typed).await.expect("a page");
    let words = |name: String, born: String| if born.is_empty() { name } else { format!("{name}, {born}") };
    page.found.unwrap_or_default().into_iter().map(|found| words(found.name, found.birth_date)).collect()
}

async fn register(clinic: &TestClinic, name: &str, email: &str, phone: &str) -> Actor {
    let form = RegisterForm { name: name.into(), email: email.into(), phone: phone.into(), password: PASSWORD.into() };
    accounts::register(&clinic.app, &RequestContext::anonymous(), form).await.expect("an account").actor
}

/// Everything that a merge may change, as text.
async fn snapshot(clinic: &TestClinic, people: [PersonId; 2]) -> Vec<String> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        for person in people {
            let row: (String, String, Option<String>, Option<String>, Option<String>, String, String) = conn
                .fetch_one(
                    "select display_name, call_name, phone, email, clinic_number, desk_notes, status from persons
                    where id = $1",
                    (person,),
                )
                .await?;
            all.push(format!("{row:?}"));
            for sql in [
                "select reference from appointments where patient_id = $1 order by reference",
                "select word from person_words where person_id = $1 order by word",
                "select kind from outbox where person_id = $1 order by kind",
            ] {
                let values: Vec<String> = conn.fetch_values(sql, (person,)).await?;
                all.push(values.join(" "));
            }
        }
        Ok(all)
    };
    read(&mut reader.conn()).await.expect("rows")
}

both_databases! {
    async fn a_patient_is_found_by_what_the_desk_is_told(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let grace = RecordValues {
            call_name: "Amazing".into(), birth_date: "9 12 1906".into(), phone: "+44 (0)20 7946 0123".into(),
            email: "grace@navy.example".into(), clinic_number: "P-0042".into(), ..named("Grace Mary Hopper")
        };
        at_the_desk(&clinic, staff, 0, grace).await;
        at_the_desk(&clinic, staff, 1, RecordValues { birth_date: "1990-03-01".into(), phone: "0161 496 0000".into(), ..named("Özlem Müller") }).await;
        let older = RecordValues { birth_date: "2 1 1950".into(), ..named("Özlem Müller") };
        at_the_desk(&clinic, staff, 2, older).await;
        at_the_desk(&clinic, staff, 3, named("Bob O'Neill-Ångström")).await;
        let (hopper, young, old, bob) = ("Grace Mary Hopper, 9 December 1906", "Özlem Müller, 1 March 1990", "Özlem Müller, 2 January 1950", "Bob O'Neill-Ångström");
        // what is typed, and whom it finds
        let table: &[(&str, &[&str])] = &[
            ("hopper", &[hopper]), ("Grace Hopper", &[hopper]), ("hopper, grace", &[hopper]), ("mary GRACE hop", &[hopper]),
            ("amazing", &[hopper]), ("amazing hopper", &[hopper]), ("gr ho", &[hopper]),
            ("ozlem muller", &[old, young]), ("MÜLLER ÖZLEM", &[old, young]), ("mu oz", &[old, young]),
            ("oneill", &[bob]), ("o'neill", &[bob]), ("O’Neill bob", &[bob]), ("angstrom", &[bob]), ("neill-ang", &[]),
            ("9/12/1906", &[hopper]), ("9.12.1906", &[hopper]), ("1906-12-09", &[hopper]), ("9 December 1906", &[hopper]),
            ("9 dec 1906", &[hopper]), ("muller 1 3 1990", &[young]), ("muller 9.12.1906", &[]), ("1.3.1990 özlem", &[young]),
            ("020 7946 0123", &[hopper]), ("+44 20 7946 0123", &[hopper]), ("0044 2079460123", &[hopper]),
            ("7946-0123", &[hopper]), ("0123", &[hopper]), ("01614960000", &[young]), ("+44 161 496 0000", &[young]),
            ("P-0042", &[hopper]), ("p0042", &[hopper]), ("grace@navy.example", &[hopper]), ("GRACE@navy", &[hopper]),
            // the middle of a word, the beginning of a number, a part of a clinic number, and signs find nobody
            ("opper", &[]), ("uller", &[]), ("020 7946", &[]), ("004", &[]), ("P-004", &[]), ("navy", &[]), ("%", &[]), ("_", &[]),
            ("hopper muller", &[]), ("' or 1=1", &[]), ("", &[]),
        ];
        for (typed, people) in table {
            assert_eq!(found(&clinic, staff, typed).await, *people, "{typed:?}");
        }
        let reference = clinic.app.db.read().await.expect("a reader").conn()
            .fetch_value::<String>("select reference from appointments a join persons p on p.id = a.patient_id where p.display_name like 'Bob%'", ()).await.expect("a reference");
        for typed in [reference.clone(), reference.to_lowercase().replace('-', " "), reference.replace('-', "")] {
            assert_eq!(found(&clinic, staff, &typed).await, [bob], "{typed}");
        }
    }

    async fn a_doctor_finds_and_reads_own_patients_alone(clinic: TestClinic) {
        let (staff, first, second) = (clinic.user(Role::Admin).await, doctor(&clinic, 0).await, doctor(&clinic, 1).await);
        let ana = RecordValues { email: "ana@home.example".into(), desk_notes: "SECRET".into(), ..named("Ana Lima") };
        let ana = at_the_desk(&clinic, staff, 0, ana).await;
        assert_eq!(found(&clinic, first, "lima").await, ["Ana Lima"]);
        assert!(found(&clinic, second, "lima").await.is_empty() && found(&clinic, second, "ana@home").await.is_empty());
        assert_eq!(found(&clinic, second, "Ana@home.example").await, ["Ana Lima"], "by the whole address");
        let page = records::page(&clinic.app, first, ana).await.expect("a page");
        assert!(page.history.is_empty() && !page.by_staff && page.appointments.len() == 1);
        assert_eq!(records::page(&clinic.app, second, ana).await, Err(AppError::NotFound));
        assert_eq!(records::page(&clinic.app, clinic.patient().await, ana).await, Err(AppError::Forbidden));
        assert_eq!(records::find(&clinic.app, clinic.patient().await, "lima").await, Err(AppError::Forbidden));
        assert_eq!(records::page(&clinic.app, staff, first.user).await, Err(AppError::NotFound), "no patient");
    }

    async fn a_change_is_in_the_history_and_in_no_log(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let id = at_the_desk(&clinic, staff, 0, named("Ana Lima")).await;
        let page = records::page(&clinic.app, staff, id).await.expect("a page");
        let typed = RecordValues { phone: "+44 20 7946 0100".into(), desk_notes: "SECRET-NOTE".into(), access_needs: "SECRET-NEED".into(), ..named("Ana Maria Lima") };
        records::save(&clinic.app, staff, id, page.version, &typed).await.expect("saved");
        let stale = records::save(&clinic.app, staff, id, page.version, &named("Ana")).await;
        assert_eq!(stale, Err(AppError::Conflict), "of two pages the second is refused");
        let now = records::page(&clinic.app, staff, id).await.expect("a page");
        assert_eq!((now.values.name.as_str(), now.phone.as_str(), now.version), ("Ana Maria Lima", "020 7946 0100", page.version + 1));
        let mut lines: Vec<_> = now.history.iter().map(|line| (line.field.as_str(), line.before.as_str(), line.after.as_str())).collect();
        lines.sort_unstable();
        assert_eq!(lines, [("Access needs", "", "SECRET-NEED"), ("Name", "Ana Lima", "Ana Maria Lima"), ("Notes for the desk", "", "SECRET-NOTE"), ("Phone number", "", "+44 20 7946 0100")]);
        assert_eq!(clinic.count("select count(*) from persons where phone_e164 = '+442079460100'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'patient.changed' and details = 'Ana Maria Lima: name, phone, access needs, desk notes'").await, 1);
        assert_eq!(clinic.count("select count(*) from audit_entries where details like '%SECRET%'").await, 0);
        assert!(found(&clinic, staff, "secret").await.is_empty());
    }

    async fn what_cannot_be_is_refused_and_nothing_is_saved(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let id = at_the_desk(&clinic, staff, 0, named("Ana Lima")).await;
        at_the_desk(&clinic, staff, 1, RecordValues { clinic_number: "42".into(), ..named("Bob Ng") }).await;
        let owner = register(&clinic, "Cy Li", "cy@example.org", "").await;
        let with = |field: &str, value: &str| {
            let mut values = named("Ana Lima");
            values.set(field, value.into());
            values
        };
        for (field, value, code) in [
            ("birth_date", "6 1 2026", FieldCode::InTheFuture), ("birth_date", "1 1 1876", FieldCode::TooLongAgo),
            ("birth_date", "29 2 2023", FieldCode::NotADate), ("birth_date", "soon", FieldCode::NotADate),
            ("clinic_number", "42", FieldCode::NameTaken), ("email", "cy@example.org", FieldCode::EmailUnusable),
            ("email", "nonsense", FieldCode::NotAnEmail), ("phone", "call me", FieldCode::NotAPhoneNumber),
            ("name", " ", FieldCode::Missing), ("desk_notes", &"x".repeat(2_001), FieldCode::TooLong(2_000)),
            ("access_needs", &"x".repeat(501), FieldCode::TooLong(500)), ("language", "a\0b", FieldCode::BadCharacters),
        ] {
            assert_eq!(save(&clinic, staff, id, with(field, value)).await, Err(AppError::field(field, code)), "{field} {value}");
        }
        assert_eq!(records::page(&clinic.app, staff, id).await.expect("a page").values, named("Ana Lima"));
        let own = Profile { name: "Cy Li".into(), phone: String::new(), birth_date: Some("29 2 1900".into()) };
        assert_eq!(save_profile(&clinic.app, owner, own).await, Err(AppError::field("birth_date", FieldCode::NotADate)));
        save(&clinic, staff, owner.user, RecordValues { email: "other@example.org".into(), ..named("Cy Li") }).await.expect("saved");
        assert_eq!(clinic.count("select count(*) from persons where email = 'cy@example.org'").await, 1, "its owner signs in with it");
    }

    async fn two_records_become_one_and_two_again_exactly(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let kept = at_the_desk(&clinic, staff, 0, RecordValues { phone: "020 7946 0100".into(), ..named("Ana Lima") }).await;
        let other = RecordValues { clinic_number: "42".into(), email: ANA.into(), desk_notes: "calls often".into(), ..named("Anna Lima-Costa") };
        let merged = at_the_desk(&clinic, staff, 4, other).await;
        let before = snapshot(&clinic, [kept, merged]).await;
        let page = merges::page(&clinic.app, kept, &merged.to_string(), "").await.expect("a page");
        let plan = page.plan.expect("a plan");
        assert!(plan.is_possible() && plan.appointments == 1);
        assert_eq!(plan.differing, ["name", "phone", "email", "clinic_number", "desk_notes"]);
        let take = || "merged".to_owned();
        let form = MergeForm { email: take(), clinic_number: take(), desk_notes: take(), ..MergeForm::default() };
        merges::merge(&clinic.app, staff, (kept, plan.kept.version), (merged, plan.merged.version), &form).await.expect("merged");
        let again = merges::merge(&clinic.app, staff, (kept, plan.kept.version), (merged, plan.merged.version), &form).await;
        assert_eq!(again, Err(AppError::Conflict), "sent twice");

        let page = records::page(&clinic.app, staff, kept).await.expect("a page");
        let want = RecordValues { phone: "020 7946 0100".into(), clinic_number: "42".into(), email: ANA.into(), desk_notes: "calls often".into(), ..named("Ana Lima") };
        assert_eq!((page.values, page.appointments.len()), (want, 2));
        assert!(found(&clinic, staff, "costa").await.is_empty(), "the other record is not found");
        assert_eq!(found(&clinic, staff, "42").await, ["Ana Lima"]);
        assert_eq!(records::page(&clinic.app, staff, merged).await.expect("a page").merged_into, Some(kept));
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'patient.merged'").await, 1);

        let undo = page.undo.expect("an undo").0;
        merges::undo(&clinic.app, staff, kept, undo).await.expect("undone");
        assert_eq!(merges::undo(&clinic.app, staff, kept, undo).await, Err(AppError::Conflict), "once");
        assert_eq!(snapshot(&clinic, [kept, merged]).await, before);
        assert_eq!(clinic.count("select count(*) from audit_entries where action = 'patient.merge_undone'").await, 1);
    }

    async fn an_undo_gives_back_what_came_of_an_appointment_and_keeps_later_changes(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let (kept, merged) = (at_the_desk(&clinic, staff, 0, named("Ana Lima")).await, at_the_desk(&clinic, staff, 4, named("Ana Costa")).await);
        let versions = async || {
            let version = async |id| records::page(&clinic.app, staff, id).await.expect("a page").version;
            (version(kept).await, version(merged).await)
        };
        let (one, two) = versions().await;
        let form = MergeForm { name: "merged".into(), ..MergeForm::default() };
        merges::merge(&clinic.app, staff, (kept, one), (merged, two), &form).await.expect("merged");
        let page = records::page(&clinic.app, staff, kept).await.expect("a page");
        let theirs = page.appointments.iter().find(|row| row.when.contains("11am")).expect("the other's").id;
        let row = clinic.row(theirs).await;
        let later = docslot::booking::front_desk::TimeForm { start: TOMORROW_9.plus_minutes(300).0.to_string(), ..Default::default() };
        docslot::booking::server::front_desk::move_appointment(&clinic.app, staff, theirs, row.version, later).await.expect("moved");
        save(&clinic, staff, kept, RecordValues { language: "Portuguese".into(), ..page.values }).await.expect("saved");
        merges::undo(&clinic.app, staff, kept, page.undo.expect("an undo").0).await.expect("undone");
        let (kept, merged) = (records::page(&clinic.app, staff, kept).await.expect("a page"), records::page(&clinic.app, staff, merged).await.expect("a page"));
        assert_eq!((kept.values.name.as_str(), kept.values.language.as_str(), kept.appointments.len()), ("Ana Lima", "Portuguese", 1));
        assert!(merged.appointments.iter().any(|row| row.when.contains("2pm")), "{:?}", merged.appointments);
    }

    async fn an_undo_is_over_after_a_day(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let (kept, merged) = (at_the_desk(&clinic, staff, 0, named("Ana Lima")).await, at_the_desk(&clinic, staff, 4, named("Ana Lima")).await);
        let page = merges::page(&clinic.app, kept, &merged.to_string(), "").await.expect("a page").plan.expect("a plan");
        merges::merge(&clinic.app, staff, (kept, page.kept.version), (merged, page.merged.version), &MergeForm::default()).await.expect("merged");
        let undo = records::page(&clinic.app, staff, kept).await.expect("a page").undo.expect("an undo").0;
        clinic.clock.set(crate::clinic::NOW.plus_seconds(86_401));
        assert_eq!(records::page(&clinic.app, staff, kept).await.expect("a page").undo, None);
        assert_eq!(merges::undo(&clinic.app, staff, kept, undo).await, Err(AppError::Conflict));
    }

    async fn records_that_overlap_or_have_two_accounts_are_kept_apart(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let (one, two) = (register(&clinic, "Ana Lima", ANA, "").await, register(&clinic, "Ana Lima", "ana@work.example", "").await);
        clinic.book(one, 1, TOMORROW_9).await.expect("with another doctor");
        let desk = at_the_desk(&clinic, staff, 0, named("Ana Lima")).await;
        let version = async |id| records::page(&clinic.app, staff, id).await.expect("a page").version;
        let plan = async |a: PersonId, b: PersonId| merges::page(&clinic.app, a, &b.to_string(), "").await.expect("a page").plan.expect("a plan");
        let shown = plan(desk, one.user).await;
        assert!(!shown.is_possible() && shown.overlaps.len() == 1 && shown.overlaps[0].contains("9am"), "{:?}", shown.overlaps);
        assert_eq!(shown.kept.id, one.user, "the one with an account stays");
        let (a, b) = ((one.user, version(one.user).await), (desk, version(desk).await));
        let busy = merges::merge(&clinic.app, staff, a, b, &MergeForm::default()).await;
        assert!(matches!(busy, Err(AppError::PatientBusy { .. })), "{busy:?}");
        assert!(plan(one.user, two.user).await.two_accounts);
        let two = (two.user, version(two.user).await);
        assert_eq!(merges::merge(&clinic.app, staff, a, two, &MergeForm::default()).await, Err(AppError::Conflict));
        assert!(merges::merge(&clinic.app, staff, b, a, &MergeForm::default()).await.is_err(), "an account never goes");
        assert_eq!(clinic.count("select count(*) from person_merges").await, 0);
    }

    async fn every_column_that_names_a_person_is_dealt_with_by_a_merge(clinic: TestClinic) {
        let all: Vec<(String, String)> = match &clinic.app.db.pools {
            Pools::Sqlite { readers, .. } => {
                let sql = "select m.name, f.\"from\" from sqlite_master m join pragma_foreign_key_list(m.name) f
                    where m.type = 'table' and f.\"table\" = 'persons'";
                sqlx::query_as(sql).fetch_all(readers).await.expect("keys")
            }
            Pools::Postgres(pool) => {
                let sql = "select c.conrelid::regclass::text, a.attname::text from pg_constraint c
                    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
                    where c.contype = 'f' and c.confrelid = 'persons'::regclass";
                sqlx::query_as(sql).fetch_all(pool).await.expect("keys")
            }
        };
        let all: BTreeSet<String> = all.into_iter().map(|(table, column)| format!("{table}.{column}")).collect();
        let known: BTreeSet<String> = REFERENCES.iter().map(|(place, _)| (*place).to_owned()).collect();
        assert_eq!(all, known, "say in person_merge.rs whether its rows move with a merge");
    }

    async fn a_number_or_a_birth_date_offers_staff_a_pair_and_joins_nothing(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let by_phone = at_the_desk(&clinic, staff, 0, RecordValues { phone: "020 7946 0111".into(), ..named("Grace Mary Hopper") }).await;
        let born = RecordValues { birth_date: "9 12 1906".into(), ..named("Özlem Müller") };
        let by_date = at_the_desk(&clinic, staff, 1, born.clone()).await;
        at_the_desk(&clinic, staff, 2, RecordValues { name: "Somebody Else".into(), ..born }).await;
        let grace = register(&clinic, "Grace Hopper", "grace@example.org", "+44 20 7946 0111").await;
        let ozlem = register(&clinic, "ozlem muller", "oz@example.org", "").await;
        let pairs = async || matches::waiting(&clinic.app).await.expect("pairs");
        let ids = async || pairs().await.iter().map(|pair| (pair.one.id, pair.other.id)).collect::<Vec<_>>();
        assert_eq!(ids().await, [(grace.user, by_phone)], "no birth date yet");
        let own = Profile { name: "ozlem muller".into(), phone: String::new(), birth_date: Some("1906-12-09".into()) };
        save_profile(&clinic.app, ozlem, own.clone()).await.expect("saved");
        assert_eq!(ids().await, [(grace.user, by_phone), (ozlem.user, by_date)]);
        assert_eq!(clinic.count("select count(*) from person_merges").await, 0, "nothing is joined by itself");

        matches::not_the_same(&clinic.app, staff, pairs().await[1].id).await.expect("decided");
        save_profile(&clinic.app, ozlem, own).await.expect("saved");
        assert_eq!(ids().await, [(grace.user, by_phone)], "what was decided is not asked again");
        let plan = merges::page(&clinic.app, by_phone, &grace.user.to_string(), "").await.expect("a page").plan.expect("a plan");
        merges::merge(&clinic.app, staff, (grace.user, plan.kept.version), (by_phone, plan.merged.version), &MergeForm::default()).await.expect("merged");
        assert!(ids().await.is_empty());
    }

    async fn registering_with_the_address_of_the_desk_leads_to_one_record(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        let desk = RecordValues { email: ANA.into(), birth_date: "1 2 1980".into(), phone: "020 7946 0100".into(), ..named("Ana Maria Novak") };
        let desk = at_the_desk(&clinic, staff, 0, desk).await;
        let post = Post::open(&clinic).await;
        post.deliver().await;
        // what the visitor sees is what everybody sees who registers
        let mut ana = post.registered(ANA).await;
        assert_eq!(ana.get("/account").await.status, 200);
        assert!(!ana.get("/appointments").await.text().contains("9am"), "not before the address is proved");
        ana.get("/account/calendar").await;
        ana.submit("/fn/account/make_feed", &[]).await;
        assert_eq!(clinic.count("select count(*) from calendar_feeds where revoked_at is null").await, 1);
        let email = post.one().await;
        let link = token(&email, "/reset/");
        let mut browser = post.web.browser();
        browser.get(&format!("/reset/{link}")).await;
        let answer = browser.post("/fn/account/reset", &[("token", &link), ("password", "seven slow lighthouses")]).await;
        assert_eq!(answer.location(), "/sign-in");
        assert_eq!(clinic.count("select count(*) from calendar_feeds where revoked_at is null").await, 0, "whoever opened the account may be another person");
        let sql = "select count(*) from persons where email = 'ana@example.org' and status = 'active' and role = 'patient'";
        assert_eq!(clinic.count(sql).await, 1);
        let page = post.sign_in(ANA, "seven slow lighthouses").await.0.get("/appointments").await;
        assert!(page.text().contains("9am"), "{}", page.text());
        let account = PersonId(clinic.an_id("select id from persons where email = 'ana@example.org' and status = 'active'").await);
        let record = records::page(&clinic.app, staff, account).await.expect("a page");
        assert_eq!((record.values.name.as_str(), record.values.birth_date.as_str()), ("Ana Maria Novak", "1980-02-01"), "the desk's name stays");
        assert_eq!(records::page(&clinic.app, staff, desk).await.expect("a page").merged_into, Some(account));
    }

    async fn an_address_that_several_share_is_decided_by_staff(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        for (halves, name) in [(0, "Ana Novak"), (1, "Leo Novak")] {
            at_the_desk(&clinic, staff, halves, RecordValues { email: ANA.into(), ..named(name) }).await;
        }
        let post = Post::open(&clinic).await;
        post.deliver().await;
        post.registered(ANA).await;
        assert!(!token(&post.one().await, "/verify/").is_empty(), "the usual message");
        let token = post.reset_token(ANA).await;
        let mut browser = post.web.browser();
        browser.get(&format!("/reset/{token}")).await;
        browser.post("/fn/account/reset", &[("token", &token), ("password", "seven slow lighthouses")]).await;
        assert_eq!(clinic.count("select count(*) from person_merges").await, 0);
        assert_eq!(matches::waiting(&clinic.app).await.expect("pairs").len(), 2);
    }

    async fn a_held_time_survives_registering_with_the_address_of_the_desk(clinic: TestClinic) {
        let staff = clinic.user(Role::Admin).await;
        at_the_desk(&clinic, staff, 0, RecordValues { email: ANA.into(), ..named("Ana Novak") }).await;
        let web = Web::serve(&clinic.app).await;
        let mut ana = web.browser();
        let (slug, visit_type) = (clinic.doctors[1].slug.as_str(), clinic.doctors[1].visit_type.to_string());
        let start = TOMORROW_9.plus_minutes(60).0.to_string();
        ana.get(&format!("/doctors/{slug}/times?visit_type={visit_type}")).await;
        let held = ana.post("/fn/booking/hold", &[("doctor", slug), ("visit_type", visit_type.as_str()), ("start", start.as_str())]).await;
        let page = held.location().to_owned();
        assert!(page.starts_with("/book/"), "{page}");
        ana.get("/register").await;
        let fields = [("name", "Ana Novak"), ("email", ANA), ("phone", ""), ("password", PASSWORD), ("next", page.as_str())];
        assert_eq!(ana.post("/fn/register", &fields).await.location(), page);
        assert_eq!(ana.get(&page).await.status, 200);
    }

    async fn a_form_with_mistakes_comes_back_with_what_was_typed(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let mut browser = staff_browser(&clinic, &web, "miriam@example.org").await;
        let staff = clinic.user(Role::Admin).await;
        let id = at_the_desk(&clinic, staff, 0, named("Ana Lima")).await;
        let path = format!("/patients/{id}/edit");
        let page = browser.get(&path).await;
        let version = page.attributes("name=\"version\"", "value").pop().expect("a version");
        save(&clinic, staff, id, named("Ana Costa")).await.expect("another person was faster");
        let id_text = id.to_string();
        let mut fields = vec![("id", id_text.as_str()), ("version", version.as_str()), ("name", "Ana Typed"), ("call_name", "Annie"), ("birth_date_day", "30"), ("birth_date_month", "2"), ("birth_date_year", "1980"), ("desk_notes", "typed notes")];
        let page = browser.submit("/fn/patients/save", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains("Enter a date that exists") && page.body.contains("value=\"Annie\"") && page.body.contains("typed notes"), "{}", page.text());
        fields.retain(|(name, _)| !name.starts_with("birth_date"));
        let page = browser.submit("/fn/patients/save", &fields).await;
        assert_eq!(page.status, 409);
        assert!(page.text().contains("Another person changed this record") && page.text().contains("Ana Costa") && page.body.contains("value=\"Ana Typed\""), "{}", page.text());
        let now = page.attributes("name=\"version\"", "value").pop().expect("a version");
        let again: Vec<_> = fields.iter().map(|(name, value)| (*name, if *name == "version" { now.as_str() } else { *value })).collect();
        let page = browser.submit("/fn/patients/save", &again).await;
        assert!(page.text().contains("Saved") && page.text().contains("Ana Typed") && page.text().contains("typed notes"), "{}", page.text());
        let page = browser.get("/patients?q=typed").await;
        assert!(page.body.contains(&format!("/patients/{id}")), "{}", page.text());
    }
}

/// Whoever adds a person has to write the words by which the person is found.
#[test]
fn who_writes_a_person_writes_its_words() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = crate::schema::source_files(&source);
    let read = |file: &std::path::PathBuf| std::fs::read_to_string(file).expect("a source file");
    let writers = files.iter().filter(|file| read(file).contains("insert into persons"));
    let forgetful: Vec<_> = writers.filter(|file| !read(file).contains("person_words::index")).collect();
    assert_eq!(forgetful, Vec::<&std::path::PathBuf>::new());
}
