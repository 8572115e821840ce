//! Files that are no good backup, databases that are in the way, records that contradict each other.

use std::{fs, path::Path};

use docslot::db::{Engine, Pools, engine_of};

use super::{Elsewhere, docslot, done, names, refused};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    process::text,
};

/// Runs the statement of the clinic's engine.
async fn change(clinic: &TestClinic, sqlite: &'static str, postgres: &'static str) {
    let sql = match &clinic.app.db.pools {
        Pools::Sqlite { .. } => sqlite,
        Pools::Postgres(_) => postgres,
    };
    clinic.execute(sql).await.expect(sql);
}

/// A copy of the backup with more than a page in its middle overwritten, and one without its second half.
fn spoil(file: &Path, damaged: &Path, cut: &Path) {
    let whole = fs::read(file).expect("the backup");
    let middle = whole.len() / 2;
    fs::write(cut, &whole[..middle]).expect("a file");
    let mut spoilt = whole.clone();
    let end = whole.len().min(middle + 8_192);
    spoilt[middle..end].fill(0xa5);
    fs::write(damaged, spoilt).expect("a file");
}

both_databases! {
    async fn files_that_are_no_whole_backup_are_refused_and_nothing_is_half_done(clinic: TestClinic) {
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("booked");
        let other = Elsewhere::beside(&clinic.url).await;
        let good = other.file("good");
        done(&clinic.url, &["backup"], &good).await;
        change(
            &clinic,
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (99, 'drop all', true, x'00', 0)",
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (99, 'drop all', true, '\\x00', 0)",
        )
        .await;
        let newer = other.file("newer");
        done(&clinic.url, &["backup"], &newer).await;

        let [foreign, empty, damaged, cut] = ["foreign", "empty", "damaged", "cut"].map(|name| other.file(name));
        fs::write(&foreign, "name,date\nAna,2026-01-05\n").expect("a file");
        fs::write(&empty, "").expect("a file");
        spoil(&good, &damaged, &cut);
        let missing = other.file("missing");
        for (file, words) in [
            (&foreign, "is not a backup of docslot"),
            (&empty, "is not a backup of docslot"),
            (&missing, "No such file"),
            (&newer, "the backup is of a newer docslot (its schema is 99, this program knows 1)"),
            (&damaged, "is damaged or cut off"),
            (&cut, "is damaged or cut off"),
        ] {
            refused(&other.url, &["restore"], file, words).await;
            other.assert_untouched().await;
            refused(&other.url, &["restore", "--check"], file, words).await;
            other.assert_untouched().await;
        }
        let wrong = match engine_of(&clinic.url) {
            Some(Engine::Sqlite) => "postgres://localhost/clinic".to_owned(),
            _ => format!("sqlite://{}", other.file("data/other.db").display()),
        };
        refused(&wrong, &["restore"], &good, "and DATABASE_URL begins with").await;
        other.assert_untouched().await;

        done(&other.url, &["restore"], &good).await;
        refused(&other.url, &["restore"], &good, "already").await;
        other.remove().await;
    }

    async fn a_check_names_the_first_records_that_contradict_each_other(clinic: TestClinic) {
        let (ana, ben) = (clinic.patient().await, clinic.patient().await);
        let later = TOMORROW_9.plus_minutes(30);
        clinic.book(ana, 0, TOMORROW_9).await.expect("booked");
        clinic.book(ben, 0, later).await.expect("booked");
        clinic.book(ana, 1, later).await.expect("booked");
        let other = Elsewhere::beside(&clinic.url).await;
        let sound = other.file("sound");
        done(&clinic.url, &["backup"], &sound).await;
        assert!(done(&clinic.url, &["restore", "--check"], &sound).await.contains("appointments: 3,"));

        change(&clinic, "drop trigger appointments_no_overlap_update",
            "alter table appointments drop constraint appointments_doctor_no_overlap,
                drop constraint appointments_patient_no_overlap").await;
        change(&clinic, "drop trigger appointment_events_never_changed",
            "drop trigger appointment_events_never_changed on appointment_events").await;
        let cases = [
            ("update appointments set version = version + 1", "update appointments set version = version - 1",
                "has a history with gaps"),
            ("update appointments set status = 'arrived'", "update appointments set status = 'booked'",
                "has another status than its history ends with"),
            ("update appointment_events set from_status = 'held' where version = 1",
                "update appointment_events set from_status = null where version = 1",
                "does not begin where the one before it ended"),
            ("update outbox set appointments = '[\"00000000-0000-4000-8000-000000000000\"]'",
                "update outbox set appointments = '[]'", "is about an appointment that does not exist"),
            // the first one lasts into the second of the doctor
            ("update appointments set ends_at = (select max(ends_at) from appointments)",
                "update appointments set ends_at = (select max(starts_at) from appointments)
                    where starts_at = (select min(starts_at) from appointments)",
                "overlaps another one of its doctor"),
            // Ana is at both doctors at once
            ("update appointments set patient_id = (select patient_id from appointments
                where starts_at = (select min(starts_at) from appointments))", "",
                "overlaps another one of its patient"),
        ];
        let mut file = sound;
        for (number, (wrong, right, words)) in cases.into_iter().enumerate() {
            clinic.execute(wrong).await.expect(wrong);
            file = other.file(&format!("wrong-{number}"));
            done(&clinic.url, &["backup"], &file).await;
            refused(&clinic.url, &["restore", "--check"], &file, words).await;
            refused(&other.url, &["restore"], &file, words).await;
            other.assert_untouched().await;
            if !right.is_empty() {
                clinic.execute(right).await.expect(right);
            }
        }
        // what is wrong is better than nothing, if its owner says so
        let output = docslot(&other.url, &["restore", "--force"], &file).await;
        assert!(output.status.success() && text(&output).contains("overlaps another one"), "{}", text(&output));
        other.remove().await;
    }

    async fn a_file_that_is_there_is_not_touched(clinic: TestClinic) {
        let other = Elsewhere::beside(&clinic.url).await;
        let file = other.file("there");
        fs::write(&file, "kept").expect("a file");
        refused(&clinic.url, &["backup"], &file, "exists already").await;
        assert_eq!(fs::read_to_string(&file).expect("the file"), "kept");
        refused(&clinic.url, &["backup"], &other.file("no/folder"), "No such file").await;
        refused(&other.url, &["backup"], &other.file("none"), "no backup was written").await;
        assert_eq!(names(&other.folder), ["there"]);
        other.remove().await;
    }
}
