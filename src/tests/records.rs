//! The seals over histories and audit log, and `docslot verify`: a clinic with a history is clean, and whatever is changed
//! behind the program's back is found and named.

use std::str::FromStr;

use docslot::{
    accounts::Role,
    booking::{
        Status,
        server::{self as booking, front_desk},
    },
    db::{Conn, Engine, Error, engine_of},
    demo,
    ids::AppointmentId,
    on,
    records::server::{
        Sealer, seal_everything,
        verify::{Difference, DifferenceKind, Head, Report, Watch, verify},
    },
};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection, sqlite::SqliteConnectOptions};

use crate::{
    attendance,
    booking::{DAY, cancel, reschedule},
    both_databases,
    clinic::{NOW, TOMORROW_9, TestClinic, browser, person},
    demo::{empty, fill_for_bench},
    front_desk::{add, doctor, form_for, overbooked},
    process,
    time_off::{choices, take_off},
};

/// The differences, as they come.
#[derive(Default)]
struct Found(Vec<Difference>);

impl Watch for Found {
    fn difference(&mut self, difference: &Difference) {
        self.0.push(difference.clone());
    }

    fn progress(&mut self, _: &'static str, _: u64) {}
}

async fn check(clinic: &TestClinic, noted: Option<&Head>) -> (Report, Vec<Difference>) {
    let mut found = Found::default();
    let report = verify(&clinic.app.db, clinic.clock.now(), noted, &mut found).await.expect("a check");
    (report, found.0)
}

pub async fn assert_clean(clinic: &TestClinic) -> Report {
    let (report, found) = check(clinic, None).await;
    assert!(report.is_clean() && found.is_empty(), "{found:#?}");
    report
}

pub async fn seal(clinic: &TestClinic) -> usize {
    seal_everything(&clinic.app.db, clinic.clock.now()).await.expect("sealing")
}

/// Two booked appointments of the first doctor.
struct Lived {
    one: AppointmentId,
    other: AppointmentId,
}

/// Everything that happens to appointments: holding, booking, moving, cancelling, the front desk, requests and what becomes
/// of them, a hold and a request that run out.
async fn lived(clinic: &TestClinic) -> Lived {
    // the doctor may only add appointments for patients who were there before
    let (doctor, staff) = (doctor(clinic, 0).await, clinic.user(Role::Admin).await);
    let mut patients = Vec::new();
    for _ in 0..8 {
        patients.push(clinic.patient().await);
    }
    let at = |half_hours: i64| TOMORROW_9.plus_minutes(30 * half_hours);
    let moved = clinic.book(patients[0], 0, at(0)).await.expect("a booking");
    reschedule(clinic, patients[0], moved, at(1)).await.expect("a move");
    let cancelled = clinic.book(patients[1], 0, at(2)).await.expect("a booking");
    cancel(clinic, patients[1], cancelled).await.expect("a cancellation");
    booking::hold(&clinic.app, browser("one"), clinic.request(0, at(3))).await.expect("a hold");
    clinic.clock.set(NOW.plus_minutes(60));
    let one = clinic.book(patients[2], 0, at(3)).await.expect("the time of a hold that ran out");
    let other = clinic.book(patients[3], 0, at(4)).await.expect("a booking");
    add(clinic, staff, form_for(clinic, patients[4], at(5))).await.expect("an appointment of the front desk");
    let mut form = form_for(clinic, patients[5], at(5));
    form.time = overbooked(at(5));
    let both = front_desk::add(&clinic.app, staff, form).await.expect("an overbooking");
    cancel(clinic, doctor, both.id).await.expect("a cancellation by the doctor");
    let accepted = attendance::request(clinic, patients[5], at(6)).await;
    clinic.answer(doctor, accepted, true).await.expect("accepted");
    reschedule(clinic, patients[5], accepted, at(7)).await.expect("a request to move");
    cancel(clinic, patients[5], accepted).await.expect("both are given up");
    let declined = attendance::request(clinic, patients[6], at(8)).await;
    clinic.answer(doctor, declined, false).await.expect("declined");
    let open = attendance::request(clinic, patients[7], at(9).plus_minutes(10 * DAY)).await;
    clinic.clock.set(clinic.row(open).await.answer_by.expect("a limit").plus_minutes(1));
    assert_eq!(booking::expire_requests(&clinic.app).await, Ok(1));
    clinic.clock.set(NOW.plus_minutes(120));
    assert_eq!(clinic.status(one).await, Status::Booked);
    Lived { one, other }
}

/// The tables that somebody may change behind the program's back.
const TABLES: [&str; 7] =
    ["appointment_terms", "appointments", "appointment_events", "audit_entries", "seals", "sealed_records", "outbox"];

/// Runs statements past every rule, as somebody who owns the database can, and puts the rules back.
pub async fn behind(clinic: &TestClinic, statements: &[String]) {
    match engine_of(&clinic.url) {
        Some(Engine::Sqlite) => {
            let options = SqliteConnectOptions::from_str(&clinic.url).expect("an address").foreign_keys(false);
            let mut c = SqliteConnection::connect_with(&options).await.expect("a connection");
            let sql = "select name, sql from sqlite_master where type = 'trigger'";
            let rules: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut c).await.expect("rules");
            let drops = rules.iter().map(|(name, _)| format!("drop trigger {name}"));
            let back = rules.iter().map(|(_, sql)| sql.clone());
            for sql in drops.chain(statements.iter().cloned()).chain(back) {
                let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut c).await;
                assert!(done.is_ok(), "{done:?}: {sql}");
            }
            c.close().await.expect("an end");
        }
        _ => {
            let mut c = PgConnection::connect(&clinic.url).await.expect("a connection");
            let rules_off = "set session_replication_role = replica".to_owned();
            for sql in std::iter::once(rules_off).chain(statements.iter().cloned()) {
                let done = sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut c).await;
                assert!(done.is_ok(), "{done:?}: {sql}");
            }
            c.close().await.expect("an end");
        }
    }
}

/// Copies of the tables, to go back to.
async fn keep(clinic: &TestClinic) {
    behind(clinic, &TABLES.map(|table| format!("create table kept_{table} as select * from {table}"))).await;
}

async fn restore(clinic: &TestClinic) {
    let delete = TABLES.iter().rev().map(|table| format!("delete from {table}"));
    let mut statements: Vec<String> = delete.collect();
    for table in TABLES {
        let columns = stored_columns(clinic, table).await;
        statements.push(format!("insert into {table} ({columns}) select {columns} from kept_{table}"));
    }
    behind(clinic, &statements).await;
}

/// The columns of a table but those that the database works out.
async fn stored_columns(clinic: &TestClinic, table: &str) -> String {
    let sql = match engine_of(&clinic.url) {
        Some(Engine::Sqlite) => format!("select name from pragma_table_xinfo('{table}') where hidden = 0"),
        _ => format!(
            "select column_name::text from information_schema.columns where table_schema = current_schema()
                and table_name = '{table}' and is_generated = 'NEVER'"
        ),
    };
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<String>, Error> {
        Ok(on!(conn, |c| sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_all(c).await?))
    };
    read(&mut reader.conn()).await.expect("columns").join(", ")
}

/// An id in a statement.
fn literal(clinic: &TestClinic, id: uuid::Uuid) -> String {
    match engine_of(&clinic.url) {
        Some(Engine::Sqlite) => format!("X'{}'", id.simple()),
        _ => format!("'{id}'::uuid"),
    }
}

async fn ids(clinic: &TestClinic, sql: String) -> Vec<uuid::Uuid> {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let read = async |conn: &mut Conn<'_>| -> Result<Vec<uuid::Uuid>, Error> {
        Ok(on!(conn, |c| sqlx::query_scalar(AssertSqlSafe(sql.clone())).fetch_all(c).await?))
    };
    read(&mut reader.conn()).await.expect("ids")
}

/// The first seal that covers an appointment.
async fn seal_of(clinic: &TestClinic, id: AppointmentId) -> i64 {
    let mut reader = clinic.app.db.read().await.expect("a reader");
    let sql = "select seal from sealed_records where record_id = $1 order by version limit 1";
    reader.conn().fetch_value(sql, (id,)).await.expect("a seal")
}

/// The one change is found, and a difference of this kind names this subject; afterwards it is undone.
async fn assert_named(clinic: &TestClinic, kind: DifferenceKind, subject: &str, statements: &[String]) {
    behind(clinic, statements).await;
    let (report, found) = check(clinic, None).await;
    let named = found.iter().any(|one| one.kind == kind && one.subject.contains(subject));
    assert!(!report.is_clean() && named, "{statements:?} should be a {kind:?} of {subject}: {found:#?}");
    restore(clinic).await;
}

both_databases! {
    async fn a_clinic_with_a_history_is_clean_before_and_after_sealing(clinic: TestClinic) {
        let before = assert_clean(&clinic).await;
        assert_eq!((before.appointments, before.seals), (0, 0));
        lived(&clinic).await;
        let report = assert_clean(&clinic).await;
        assert!(report.appointments >= 12 && report.events > report.appointments && report.entries > 0, "{report:?}");
        assert_eq!((report.unsealed_events, report.unsealed_entries), (report.events, report.entries));
        assert_eq!(seal(&clinic).await as u64, report.appointments + report.entries);
        let sealed = assert_clean(&clinic).await;
        assert_eq!((sealed.unsealed_events, sealed.unsealed_entries), (0, 0));
        assert_eq!(seal(&clinic).await, 0, "nothing is sealed twice");
        // more of what is sealed already
        let patient = clinic.patient().await;
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        let hold = booking::hold(&clinic.app, person(patient), clinic.request(1, TOMORROW_9)).await.expect("a hold");
        assert_eq!(seal(&clinic).await, 1);
        booking::confirm(&clinic.app, person(patient), hold).await.expect("a booking");
        assert_eq!(assert_clean(&clinic).await.unsealed_events, 1);
        assert_eq!(seal(&clinic).await, 1);
        let report = assert_clean(&clinic).await;
        assert_eq!((report.unsealed_events, report.seals), (0, sealed.seals + 2));
    }

    async fn one_message_about_several_appointments_is_the_message_of_each(clinic: TestClinic) {
        let (patient, other, doctor) = (clinic.patient().await, clinic.patient().await, doctor(&clinic, 0).await);
        let first = clinic.book(patient, 0, TOMORROW_9).await.expect("a booking");
        let second = clinic.book(patient, 0, TOMORROW_9.plus_minutes(60)).await.expect("a booking");
        let third = clinic.book(other, 0, TOMORROW_9.plus_minutes(120)).await.expect("a booking");
        let choices = choices(&clinic, &[(first, "c"), (second, "n"), (third, "h1")]).await;
        clinic.clock.set(NOW.plus_minutes(5));
        take_off(&clinic, doctor, choices).await.expect("time off");
        assert_clean(&clinic).await;
        seal(&clinic).await;
        assert_clean(&clinic).await;
    }

    async fn the_demo_clinic_and_the_one_to_measure_on_are_clean(clinic: TestClinic) {
        empty(&clinic).await;
        demo::seed(&clinic.app).await.expect("seeding").expect("an empty database");
        assert_clean(&clinic).await;
        seal(&clinic).await;
        let report = assert_clean(&clinic).await;
        assert!(report.appointments > 100 && report.unsealed_events == 0, "{report:?}");
    }

    async fn the_clinic_to_measure_on_is_clean(clinic: TestClinic) {
        empty(&clinic).await;
        assert!(fill_for_bench(&clinic, "3").status.success());
        clinic.clock.set(docslot::state::Clock::system().now());
        assert_clean(&clinic).await;
        seal(&clinic).await;
        assert_eq!(assert_clean(&clinic).await.unsealed_events, 0);
    }

    async fn every_single_tampering_is_found_and_named(clinic: TestClinic) {
        use DifferenceKind::{Audit, Chain, History, Message, Seal, Zone};
        let Lived { one, other } = lived(&clinic).await;
        seal(&clinic).await;
        let later = clinic.patient().await;
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        clinic.book(later, 2, TOMORROW_9).await.expect("a booking after the first seal");
        seal(&clinic).await;
        let last = assert_clean(&clinic).await.seals;
        keep(&clinic).await;
        let (a, b) = (literal(&clinic, one.0), literal(&clinic, other.0));
        let (name, other_name) = (clinic.row(one).await.reference, clinic.row(other).await.reference);
        let (name, other_name, gone, number) =
            (name.as_str(), other_name.as_str(), one.to_string(), seal_of(&clinic, one).await);
        let (its_seal, last_seal, gone) = (format!("seal {number}"), format!("seal {last}"), gone.as_str());
        let (its_seal, last_seal) = (its_seal.as_str(), last_seal.as_str());
        let event = |sql: &str, version: i32| format!("{sql} where appointment_id = {a} and version = {version}");
        let row = |change: &str| format!("update appointments set {change} where id = {a}");
        let terms = |change: &str| format!(
            "update appointment_terms set {change} where id = (select terms_id from appointments where id = {a})");
        let audit = "id = (select id from kept_audit_entries order by id limit 1)";
        let swapped = |to: &str, from: &str| format!(
            "update sealed_records set hash = (select hash from kept_sealed_records where record_id = {from})
            where record_id = {to}");
        let tamperings: Vec<(DifferenceKind, &str, Vec<String>)> = vec![
            (Chain, name, vec![event("update appointment_events set reason_code = 'mistake'", 1)]),
            (Chain, name, vec![event("delete from appointment_events", 2)]),
            (Chain, name, vec![event("delete from appointment_events", 1)]),
            (History, name, vec![event("delete from appointment_events", 2)]),
            (Chain, name, vec![
                event("update appointment_events set version = 99", 1),
                event("update appointment_events set version = 1", 2),
                event("update appointment_events set version = 2", 99),
            ]),
            (Chain, other_name, vec![swapped(&a, &b), swapped(&b, &a)]),
            (Seal, its_seal, vec![swapped(&a, &b), swapped(&b, &a)]),
            (Seal, its_seal, vec![format!("delete from sealed_records where record_id = {a}")]),
            (History, gone, vec![format!("delete from appointments where id = {a}")]),
            (History, gone, vec![
                format!("delete from appointments where id = {a}"),
                format!("delete from appointment_events where appointment_id = {a}"),
            ]),
            (History, name, vec![row("status = 'completed'")]),
            (History, name, vec![row("version = 3")]),
            (Chain, name, vec![row(&format!("patient_id = (select patient_id from kept_appointments where id = {b})"))]),
            (Chain, name, vec![row("chain_position = 2")]),
            (Zone, name, vec![row("utc_offset_seconds = 3600")]),
            (Zone, name, vec![terms("time_zone = 'Europe/Berlin'")]),
            (Zone, name, vec![terms("time_zone = 'Nowhere/Land'")]),
            (Audit, "audit entry", vec![format!("delete from audit_entries where {audit}")]),
            (Audit, "audit entry", vec![format!("update audit_entries set details = 'nothing' where {audit}")]),
            (Seal, its_seal, vec![format!("delete from seals where number = {number}")]),
            (Seal, last_seal, vec![format!("delete from seals where number = {last}")]),
            (Seal, last_seal, vec![format!(
                "update seals set hash = (select hash from kept_seals where number = {number}) where number = {last}")]),
            (Message, name, vec![format!("delete from outbox where dedupe_key = 'appointment_booked:{one}'")]),
            (Message, "request_declined", vec![
                format!("update outbox set kind = 'request_declined' where dedupe_key = 'appointment_booked:{one}'"),
            ]),
        ];
        for (kind, subject, statements) in tamperings {
            assert_named(&clinic, kind, subject, &statements).await;
        }
        assert_clean(&clinic).await;
    }

    async fn a_removed_end_of_the_chain_is_found_by_a_head_noted_elsewhere(clinic: TestClinic) {
        lived(&clinic).await;
        let patient = clinic.patient().await;
        seal(&clinic).await;
        let first = assert_clean(&clinic).await.head.expect("a head");
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        clinic.book(patient, 2, TOMORROW_9).await.expect("a booking");
        seal(&clinic).await;
        let last = assert_clean(&clinic).await.head.expect("a head");
        for noted in [&first, &last] {
            assert!(check(&clinic, Some(noted)).await.0.is_clean(), "{noted}");
        }
        assert_eq!(last.seal, first.seal + 1);
        let removed = ["sealed_records where seal", "seals where number"].map(|rows| format!("delete from {rows} = {}", last.seal));
        behind(&clinic, &removed).await;
        assert_clean(&clinic).await;
        let (_, found) = check(&clinic, Some(&last)).await;
        assert!(found.len() == 1 && found[0].subject == format!("seal {}", last.seal), "{found:?}");
    }

    async fn an_overlap_behind_the_walls_is_found(clinic: TestClinic) {
        let Lived { one, other } = lived(&clinic).await;
        if engine_of(&clinic.url) == Some(Engine::Postgres) {
            let drop = |rule: &str| format!("alter table appointments drop constraint appointments_{rule}_no_overlap");
            behind(&clinic, &[drop("doctor"), drop("patient")]).await;
            let (_, found) = check(&clinic, None).await;
            assert_eq!(found.iter().map(|one| one.kind).collect::<Vec<_>>(), [DifferenceKind::Rule; 2], "{found:?}");
        }
        let (a, b) = (literal(&clinic, one.0), literal(&clinic, other.0));
        let copied = |column: &str| format!("{column} = (select {column} from appointments where id = {a})");
        let sql = format!("update appointments set {}, {} where id = {b}", copied("starts_at"), copied("ends_at"));
        behind(&clinic, &[sql]).await;
        let (_, found) = check(&clinic, None).await;
        let (name, other_name) = (clinic.row(one).await.reference, clinic.row(other).await.reference);
        let overlaps: Vec<String> =
            found.iter().filter(|one| one.kind == DifferenceKind::Overlap).map(ToString::to_string).collect();
        assert_eq!(overlaps.len(), 1, "{found:?}");
        assert!(overlaps[0].contains(&name) && overlaps[0].contains(&other_name), "{overlaps:?}");
    }

    async fn a_device_used_twice_at_a_time_is_found(clinic: TestClinic) {
        crate::resources::keep(&clinic, 2).await;
        let (first, second) = (clinic.patient().await, clinic.patient().await);
        clinic.book(first, 0, TOMORROW_9).await.expect("a booking");
        clinic.book(second, 1, TOMORROW_9).await.expect("a booking");
        assert_clean(&clinic).await;
        crate::resources::drop_the_rule(&clinic).await;
        let one = "update appointments set resource_id = (select id from resources order by name limit 1)";
        clinic.execute(one).await.expect("one machine for both");
        let (_, found) = check(&clinic, None).await;
        let kinds: Vec<DifferenceKind> = found.iter().map(|one| one.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == DifferenceKind::Overlap).count(), 1, "{found:?}");
        assert!(kinds.contains(&DifferenceKind::Rule), "{found:?}");
    }

    /// Every column of every chained row, one at a time, for some rows.
    async fn a_change_of_any_column_of_a_chained_row_is_found(clinic: TestClinic) {
        lived(&clinic).await;
        seal(&clinic).await;
        keep(&clinic).await;
        let sqlite = engine_of(&clinic.url) == Some(Engine::Sqlite);
        let id = if sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
        let second = if sqlite { "1" } else { "interval '1 second'" };
        let change = |column: &str| match column {
            "at" | "starts_at" | "created_at" | "updated_at" => format!("{column} = {column} + {second}"),
            "ends_at" => format!("ends_at = ends_at - {second}"),
            "version" | "chain_position" | "utc_offset_seconds" => format!("{column} = {column} + 70"),
            "actor_role" => "actor_role = case when actor_role = 'system' then 'admin' else 'system' end".into(),
            "status" => "status = 'completed'".into(),
            "overbook" => "overbook = (1 = 1)".into(),
            column if column == "id" || column.ends_with("_id") => format!("{column} = {id}"),
            column => format!("{column} = coalesce({column}, '') || 'x'"),
        };
        let event = &["appointment_id", "version", "at", "actor_id", "actor_role", "action", "from_status", "to_status",
            "reason_code"];
        let plan: [(&str, &str, &str, &[&str]); 5] = [
            ("appointment_events", "appointment_id", "version = 1", event),
            ("appointment_events", "appointment_id", "version = 2", event),
            ("appointment_terms", "id", "1 = 1", &["id", "visit_type_id", "location_id"]),
            ("audit_entries", "id", "1 = 1", &["id", "at", "actor_id", "actor_role", "action", "subject_kind", "subject_id", "details"]),
            ("appointments", "id", "status in ('booked', 'cancelled') and would_replace is null and not overbook", &["id", "reference",
                "chain_position", "doctor_id", "patient_id", "terms_id", "starts_at", "ends_at", "utc_offset_seconds", "overbook", "created_at", "status", "version", "updated_at",
                "cancel_reason"]),
        ];
        for (table, key, some, columns) in plan {
            let rows = ids(&clinic, format!("select {key} from {table} where {some} order by {key}")).await;
            for (place, column) in columns.iter().enumerate() {
                // another row for each column, and each column for two rows
                for round in 0..2 {
                    let row = literal(&clinic, rows[(place * 5 + round * 3) % rows.len()]);
                    let sql = format!("update {table} set {} where {key} = {row} and {some}", change(column));
                    behind(&clinic, std::slice::from_ref(&sql)).await;
                    assert!(!check(&clinic, None).await.0.is_clean(), "not found: {sql}");
                    restore(&clinic).await;
                }
            }
        }
        assert_clean(&clinic).await;
    }

    async fn sealers_at_the_same_time_leave_no_gap_and_seal_nothing_twice(clinic: TestClinic) {
        empty(&clinic).await;
        assert!(fill_for_bench(&clinic, "3").status.success());
        clinic.clock.set(docslot::state::Clock::system().now());
        let sealers: Vec<_> = (0..4)
            .map(|_| {
                let (db, now) = (clinic.app.db.clone(), clinic.clock.now());
                tokio::spawn(async move { seal_everything(&db, now).await.expect("sealing") })
            })
            .collect();
        let mut sealed = 0;
        for sealer in sealers {
            sealed += sealer.await.expect("no sealer panics");
        }
        let report = assert_clean(&clinic).await;
        assert_eq!((report.unsealed_events, report.unsealed_entries), (0, 0));
        assert!(report.seals > 1, "one seal is no race");
        assert_eq!(sealed as u64, report.appointments + report.entries);
        assert_eq!(clinic.count("select count(*) from sealed_records").await, i64::try_from(sealed).expect("a number"));
    }

    /// What another server commits late, or what is brought along, lies before what was sealed last.
    async fn what_lies_before_the_last_seal_is_sealed_too(clinic: TestClinic) {
        lived(&clinic).await;
        let mut sealer = Sealer::default();
        assert!(sealer.round(&clinic.app.db, clinic.clock.now()).await.expect("sealing") > 0);
        let patient = clinic.patient().await;
        clinic.execute("update visit_types set needs_approval = (1 = 0)").await.expect("a rule");
        let sealed_at = clinic.clock.now();
        for (minutes, start) in [(-5, TOMORROW_9), (-90, TOMORROW_9.plus_minutes(60))] {
            clinic.clock.set(sealed_at.plus_minutes(minutes));
            clinic.book(patient, 2, start).await.expect("a booking with a late clock");
            clinic.clock.set(sealed_at);
            assert_eq!(sealer.round(&clinic.app.db, sealed_at).await.expect("sealing"), 1, "{minutes}");
        }
        assert_eq!(assert_clean(&clinic).await.unsealed_events, 0);
    }

    async fn the_command_says_what_differs_and_fails(clinic: TestClinic) {
        clinic.clock.set(docslot::state::Clock::system().now());
        let now = clinic.clock.now();
        let patient = clinic.user(Role::Patient).await;
        let monday = docslot::time::Timestamp(TOMORROW_9.0 + (now.0 - TOMORROW_9.0) / (DAY * 60) * (DAY * 60) + 3 * DAY * 60);
        let id = clinic.book(patient, 0, monday).await.expect("a booking");
        let run = |arguments: &[&str]| process::command(&clinic.url).args(arguments).output().expect("the program");
        let sealed = run(&["seal"]);
        assert!(sealed.status.success(), "{sealed:?}");
        assert_eq!(String::from_utf8_lossy(&sealed.stdout), "1 records were sealed.\n");
        let clean = run(&["verify"]);
        let text = String::from_utf8_lossy(&clean.stdout).into_owned();
        assert_eq!(clean.status.code(), Some(0), "{clean:?}");
        assert!(text.contains("1 appointments with 2 events, 0 of them not sealed yet") && text.ends_with("no differences\n"));
        let head = text.lines().find_map(|line| line.strip_prefix("head ")).expect("a head");
        assert_eq!(run(&["verify", "--head", head]).status.code(), Some(0));
        assert_eq!(run(&["verify", "--head", &head.replace("1:", "2:")]).status.code(), Some(1));
        assert_eq!(run(&["verify", "--head", "1:x"]).status.code(), Some(2));
        behind(&clinic, &["update appointments set status = 'completed', version = 9".into()]).await;
        let broken = run(&["verify"]);
        let text = String::from_utf8_lossy(&broken.stdout).into_owned();
        assert_eq!(broken.status.code(), Some(1));
        let reference = clinic.row(id).await.reference;
        let first = format!("history: appointment {reference}: expected status booked, as its history says; found completed\n");
        assert!(text.starts_with(&first) && text.ends_with("differences: history 2\n"), "{text}");
        assert_eq!(text.matches("history: ").count(), 1);
        let all = run(&["verify", "--all"]);
        assert_eq!(String::from_utf8_lossy(&all.stdout).matches("history: ").count(), 2);
        let words = String::from_utf8_lossy(&broken.stderr).into_owned();
        assert!(words.contains("the records differ from what they should be, 2 times"), "{words}");
    }
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let file = std::env::temp_dir().join(format!("docslot_none_{}.db", uuid::Uuid::now_v7().simple()));
    let output = process::command(&format!("sqlite://{}", file.display())).arg("verify").output().expect("the program");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no database"));
    assert!(!file.exists());
}
