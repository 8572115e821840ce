//! Bringing patients, doctors and appointments along: the program reads files, twice, and the clinic has them once.

use std::{
    path::Path,
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use docslot::{
    admin::{model::statistics::StatisticsQuery, server::statistics::statistics},
    availability::Reason,
    booking::Status,
    error::AppError,
    ids::{AppointmentId, PersonId},
    notifications::server::reminders,
    state::Clock,
    time::{
        Timestamp,
        server::{LocalDate, Zone, rfc3339},
    },
};

use crate::{
    both_databases,
    clinic::{TestClinic, person},
    folder::Folder,
    process::{self, text},
};

/// Runs `docslot import` and returns whether it succeeded and what it said.
pub fn import(clinic: &TestClinic, kind: &str, file: &Path, arguments: &[&str]) -> (bool, String) {
    let mut command = process::command(&clinic.url);
    let output: Output = command.args(["import", kind]).arg(file).args(arguments).output().expect("the program");
    (output.status.success(), text(&output))
}

/// As [`import`], of what must succeed.
pub fn imported(clinic: &TestClinic, kind: &str, file: &Path, arguments: &[&str]) -> String {
    let (done, said) = import(clinic, kind, file, arguments);
    assert!(done, "{said}");
    said
}

/// So many days from now in London, as the program's clock has it.
pub fn day(days: i64) -> LocalDate {
    Zone::parse("Europe/London").expect("a zone").local_date(Clock::system().now()).plus_days(days)
}

/// A time of a day in London, in hours.
pub fn at(days: i64, hour: u16) -> Timestamp {
    Zone::parse("Europe/London").expect("a zone").window_start(day(days), hour * 60)
}

async fn appointment(clinic: &TestClinic, sql: &'static str) -> docslot::booking::server::Appointment {
    clinic.row(AppointmentId(clinic.an_id(sql).await)).await
}

both_databases! {
    async fn patients_come_once_without_passwords_and_follow_their_file(clinic: TestClinic) {
        let folder = Folder::new();
        let file = folder.file("patients.csv", "\u{FEFF}ID;First name;Last name;E-mail;Phone number\r\n\
            1;Ana;\"O'Hara\r\n\";ANA@Example.org;020 7946 0100\r\n\
            2;Bo;Ng;;\r\n\r\n;;;;\r\n3;Cy;Li;cy@example.org;'+44 20 7946 0101\r\n");
        let said = imported(&clinic, "patients", &file, &[]);
        assert!(said.contains("3 new, 0 updated or matched, 0 imported before, 0 passed over, 0 wrong"), "{said}");
        let all = "select count(*) from persons where role = 'patient' and password_hash is null and search_text <> '#'";
        assert_eq!(clinic.count(all).await, 3);
        let kept = "select count(*) from persons where (display_name = 'Ana O''Hara' and email = 'ana@example.org')
            or (display_name = 'Bo Ng' and phone is null and email is null)
            or (display_name = 'Cy Li' and phone = '+44 20 7946 0101')";
        assert_eq!(clinic.count(kept).await, 3);

        let said = imported(&clinic, "patients", &file, &[]);
        assert!(said.contains("0 new, 0 updated or matched, 3 imported before"), "{said}");
        assert_eq!(clinic.count(all).await, 3);

        clinic.execute("update persons set password_hash = 'x' where email = 'cy@example.org'").await.expect("signed up");
        let file = folder.file("patients.csv", "id,name,email,phone\n1,Ana Silva,ana.silva@example.org,\n\
            3,Cyrus Li,cy@example.org,\n4,Ed,,\n");
        let said = imported(&clinic, "patients", &file, &[]);
        assert!(said.contains("1 new, 1 updated or matched, 1 imported before"), "{said}");
        assert!(said.contains("row 3, note: The row has changed, and the patient signs in here"), "{said}");
        let now = "select count(*) from persons where (display_name = 'Ana Silva' and email = 'ana.silva@example.org'
            and phone is null and search_text like '% silva#%') or display_name = 'Cy Li'";
        assert_eq!((clinic.count(now).await, clinic.count("select count(*) from persons").await), (2, 4));
    }

    async fn a_file_with_a_mistake_changes_nothing_unless_asked(clinic: TestClinic) {
        let folder = Folder::new();
        clinic.user(docslot::accounts::Role::Doctor).await;
        clinic.execute("update persons set email = 'dr@example.org', display_name = 'Ana'").await.expect("an address");
        let file = folder.file("patients.csv", "name,email,phone\nAna,ana@example,\n,x@example.org,1\n\
            Bo,bo@example.org,\nCy,BO@example.org,\nAna,dr@example.org,\nDi\u{202E},,call me\nEd,,\nEd,,\n");
        for arguments in [&["--dry-run"][..], &[], &["--dry-run", "--skip-bad"]] {
            let (done, said) = import(&clinic, "patients", &file, arguments);
            assert_eq!(done, !arguments.is_empty(), "{said}");
            for line in [
                "row 2, email: Check the part of the email address after the @. It needs a dot and an ending",
                "row 3, name: Enter the name",
                "row 3, phone: Enter a phone number",
                "row 5, email: Another row of the file has this email address",
                "row 6, email: This email address has an account already",
                "row 7, phone: Enter a phone number",
                "row 9: Another row of the file says the same",
                "only checked: 2 new, 0 updated or matched, 0 imported before, 0 passed over, 6 wrong",
            ] {
                assert!(said.contains(line), "{line}\nin {said}");
            }
            assert_eq!(clinic.count("select count(*) from persons").await, 1);
            assert_eq!(clinic.count("select count(*) from imported_rows").await, 0);
        }
        let said = imported(&clinic, "patients", &file, &["--skip-bad"]);
        assert!(said.contains("2 new") && said.contains("6 wrong") && !said.contains("only checked"), "{said}");
        assert_eq!(clinic.count("select count(*) from persons").await, 3);
        let logged = "select count(*) from audit_entries where action = 'file.imported' and actor_role = 'system'";
        assert_eq!(clinic.count(logged).await, 1);
    }

    async fn an_import_that_was_killed_goes_on_where_it_was(clinic: TestClinic) {
        let folder = Folder::new();
        let rows: String = (0..3_000).map(|n| format!("{n},Patient {n},p{n}@example.org\n")).collect();
        let file = folder.file("patients.csv", format!("id,name,email\n{rows}"));
        let mut command = process::command(&clinic.url);
        let command = command.args(["import", "patients"]).arg(&file).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program");
        let since = Instant::now();
        let written = loop {
            let written = clinic.count("select count(*) from imported_rows").await;
            if written > 0 || since.elapsed() > Duration::from_secs(60) {
                break written;
            }
        };
        child.kill().expect("killing");
        child.wait().expect("its end");
        // what the database had in its hands
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(written > 0, "nothing was written in a minute");
        let both = "select count(*) from persons p join imported_rows i on i.our_id = p.id";
        let before = clinic.count(both).await;
        assert_eq!((before, before % 200), (clinic.count("select count(*) from persons").await, 0));
        let said = imported(&clinic, "patients", &file, &[]);
        let rest = format!("{} new, 0 updated or matched, {before} imported before", 3_000 - before);
        assert!(said.contains(&rest), "{said}");
        assert_eq!((clinic.count(both).await, clinic.count("select count(*) from persons").await), (3_000, 3_000));
    }

    async fn doctors_come_hidden_with_a_visit_type(clinic: TestClinic) {
        let folder = Folder::new();
        let file = folder.file("doctors.csv", "id,name,title,specialties,languages,status,accepts new patients\n\
            a,Dr Ana Silva,Consultant,Cardiology; general  practice,en;pt,active,no\nb,Dr Bo Ng,,Cardiology,,,\n");
        let said = imported(&clinic, "doctors", &file, &[]);
        assert!(said.contains("2 new"), "{said}");
        let found = "select count(*) from doctors where (slug = 'ana-silva' and status = 'active' and paused_by is null)
            or (slug = 'bo-ng' and status = 'paused' and paused_by = 'admin' and person_id is null)";
        assert_eq!(clinic.count(found).await, 2);
        assert_eq!(clinic.count("select count(*) from specialties").await, 2);
        let types = "select count(*) from visit_types t join doctors d on d.id = t.doctor_id where d.slug like '%-%' and
            t.name = 'Consultation' and t.minutes = 20";
        assert_eq!(clinic.count(types).await, 2);
        assert_eq!(clinic.count("select count(*) from doctor_languages where language = 'pt'").await, 1);
        let file = folder.file("doctors.csv", "id,name,specialties,languages,status\na,Dr Ana Souza,Cardiology,pt,\n\
            c,Dr Cy,,klingon,asleep\n");
        let (done, said) = import(&clinic, "doctors", &file, &[]);
        assert!(!done);
        for line in [
            "row 2, note: The row has changed since it was imported: not changed here",
            "row 3, specialties: Enter the specialty",
            "row 3, languages: Enter languages by their two letters",
            "row 3, status: Enter active, paused or deactivated",
        ] {
            assert!(said.contains(line), "{line}\nin {said}");
        }
    }

    async fn the_past_counts_and_opens_visit_types_for_known_patients(clinic: TestClinic) {
        let folder = Folder::new();
        clinic.clock.set(Clock::system().now());
        imported(&clinic, "patients", &folder.file("p.csv", "id,name,email\n7,Ana,ana@example.org\n8,Bo,\n"), &[]);
        let (done, late) = (day(-20), day(-10));
        let file = folder.file("a.csv", format!("id,doctor,patient_id,patient_email,patient_name,start,end,status,service,\
            booked_at,reason\n\
            1,doctor-1,7,,,{done} 09:00,{done} 09:30,completed,Consultation,{} 12:00,Cough\n\
            2,Dr doctor-1,8,,,{late} 10:00,,no-show,,,\n\
            3,doctor-1,,new@example.org,New Person,{late} 10:10,,Booked,,,\n\
            4,doctor-1,,new@example.org,New Person,{late} 10:20,{late} 10:50,booked,Old check-up,,\n\
            5,doctor-2,7,,,{late} 12:00,,cancelled,,,\n6,doctor-2,7,,,{late} 12:00,,declined,,,\n", day(-27)));
        let said = imported(&clinic, "appointments", &file, &[]);
        assert!(said.contains("5 new, 0 updated or matched, 0 imported before, 1 passed over, 0 wrong"), "{said}");
        let said = imported(&clinic, "appointments", &file, &[]);
        assert!(said.contains("0 new, 0 updated or matched, 5 imported before"), "{said}");

        let row = appointment(&clinic, "select a.id from appointments a where a.status = 'completed'").await;
        assert_eq!((row.starts_at, row.ends_at), (at(-20, 9), at(-20, 9).plus_minutes(30)));
        assert_eq!((row.version, row.overbook), (2, false));
        assert_eq!((row.created_at, clinic.reason(row.id).await), (at(-27, 12), "Cough".to_owned()));
        // what overlapped there overlaps here
        let overlapped = "select count(*) from appointments where status = 'booked' and overbook";
        assert_eq!(clinic.count(overlapped).await, 1);
        let added = "select count(*) from visit_types where name = 'Old check-up' and not active and minutes = 30";
        assert_eq!(clinic.count(added).await, 1);
        let told = "select count(*) from appointment_events e join appointments a on a.id = e.appointment_id
            where e.actor_role = 'system' and e.version <= a.version
                and ((e.version = 1 and e.action = 'import' and e.to_status = 'booked') or e.version = 2)";
        assert_eq!(clinic.count(told).await, 8);
        assert_eq!(clinic.count("select count(*) from outbox").await, 0);

        clinic.execute("update visit_types set audience = 'returning'").await.expect("only known patients");
        let ana = PersonId(clinic.an_id("select id from persons where display_name = 'Ana'").await);
        let ana = docslot::web::request::Actor { user: ana, ..clinic.patient().await };
        clinic.book(ana, 0, at(3, 9)).await.expect("a time for who was here");
        let (stranger, wanted) = (person(clinic.patient().await), clinic.request(0, at(3, 10)));
        let refused = docslot::booking::server::hold(&clinic.app, stranger, wanted);
        let refused = refused.await.expect_err("a time for who was not");
        let known_only = [Reason::NotForNewPatients];
        assert!(matches!(&refused, AppError::TimeGone { reasons, .. } if reasons == &known_only), "{refused:?}");

        let query = StatisticsQuery { from: day(-27).to_string(), until: day(-1).to_string(), doctor: String::new() };
        let found = statistics(&clinic.app, query).await.expect("statistics");
        assert!(!found.figures.is_empty());
        // four of the file, and the one that was booked here
        assert_eq!(counted(&clinic).await, 5);
    }

    async fn what_is_to_come_obeys_the_overlap_rule_and_is_reminded_of(clinic: TestClinic) {
        let folder = Folder::new();
        clinic.clock.set(Clock::system().now());
        let patient = clinic.patient().await;
        let there = clinic.book(patient, 0, at(9, 9)).await.expect("a booking");
        let reference = clinic.row(there).await.reference;
        let (d, sunday) = (day(9), day(10));
        let file = folder.file("a.csv", format!("id,doctor,patient_email,patient_name,start,minutes,status,overbook\n\
            1,doctor-1,a@example.org,Ana,{d} 09:15,30,,\n2,doctor-1,a@example.org,Ana,{d} 09:30,30,,\n\
            3,doctor-2,b@example.org,Bo,{d} 12:00,30,confirmed,\n4,doctor-2,c@example.org,Cy,{d}T12:15:00,30,,\n\
            5,doctor-3,b@example.org,Bo,{d} 12:15,30,,\n6,doctor-1,c@example.org,Cy,{d} 09:00,30,,yes\n\
            7,doctor-4,c@example.org,Cy,{sunday} 20:00,30,,\n8,doctor-4,d@example.org,Di,2026-03-29 01:30,30,,\n\
            9,doctor-4,d@example.org,Di,{d} 09:00,30,pending,\n10,nobody,d@example.org,Di,{d} 09:00,30,completed,\n\
            11,doctor-4,,Di,{d} 09:00,30,,\n12,doctor-4,d@example.org,Di,{d} 09:00,30,completed,\n\
            13,doctor-4,d@example.org,Di,2999-01-01 09:00,30,,\n14,doctor-4,d@example.org,Di,{d} 09:00,1440,,\n"));
        let (done, said) = import(&clinic, "appointments", &file, &[]);
        assert!(!done);
        let overlap = format!("row 2, start: Overlaps appointment {reference} of the same doctor");
        for line in [
            overlap.as_str(),
            "row 5, start: Overlaps row 4 of the file, which has the same doctor",
            "row 6, start: Overlaps row 4 of the file, which has the same patient",
            "row 8, note: The time is outside the doctor\u{2019}s hours: imported all the same",
            "row 9, start: The clocks skip this time, London time: there is no such moment",
            "row 10, status: Nobody has agreed to it yet",
            "row 11, doctor: There is no such doctor",
            "row 12, patient_email: Enter patient_id or patient_email",
            "row 13, status: The appointment has not begun",
            "row 14, start: The start is too far ahead",
            "row 15, minutes: The length must be between 1 and 1439",
            "4 new, 0 updated or matched, 0 imported before, 0 passed over, 10 wrong",
        ] {
            assert!(said.contains(line), "{line}\nin {said}");
        }
        assert_eq!(clinic.count("select count(*) from appointments where status = 'booked'").await, 1);
        let said = imported(&clinic, "appointments", &file, &["--skip-bad", "--send-confirmations"]);
        assert!(said.contains("4 new"), "{said}");
        let booked = "select count(*) from appointments a join appointment_events e on e.appointment_id = a.id
            where a.status = 'booked' and e.action = 'import' and a.version = 1";
        assert_eq!((clinic.count(booked).await, clinic.count("select count(*) from persons").await), (4, 4));
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'appointment_added'").await, 4);
        // the time is taken for patients too
        let taken = clinic.book(clinic.patient().await, 0, at(9, 9).plus_minutes(30)).await;
        assert!(matches!(&taken, Err(AppError::TimeGone { reasons, .. }) if reasons == &[Reason::Taken]), "{taken:?}");
        let of_bo = "select a.id from appointments a join persons p on p.id = a.patient_id where p.display_name = 'Bo'";
        let row = appointment(&clinic, of_bo).await;
        assert_eq!((row.status, row.starts_at, row.local_start), (Status::Booked, at(9, 12), format!("{d}T12:00")));
        clinic.clock.set(at(8, 15));
        reminders::enqueue_due(&clinic.app).await.expect("reminders");
        assert_eq!(clinic.count("select count(*) from outbox where kind = 'reminder'").await, 4);
    }

    async fn moments_in_any_form_are_the_same_moment(clinic: TestClinic) {
        let folder = Folder::new();
        let start = at(5, 9);
        let (utc, there) = (rfc3339(start, 0), rfc3339(start, 120));
        let d = day(5).to_string();
        let [year, month, date] = d.split('-').collect::<Vec<_>>()[..] else { panic!("a date") };
        let athens = Zone::parse("Europe/Athens").expect("a zone").local_start_text(start);
        let file = folder.file("a.csv", format!("id;doctor;patient_email;patient_name;start_datetime;end_datetime;time zone\n\
            1;doctor-1;a@example.org;Ana;{utc};;\n2;doctor-2;b@example.org;Bo;{there};;\n\
            3;doctor-3;c@example.org;Cy;{date}/{month}/{year} 9am;;\n4;doctor-4;d@example.org;Di;{athens};;Europe/Athens\n"));
        imported(&clinic, "appointments", &file, &[]);
        let mut starts = Vec::new();
        for sql in [
            "select id from appointments order by doctor_id limit 1",
            "select id from appointments order by doctor_id limit 1 offset 1",
            "select id from appointments order by doctor_id limit 1 offset 2",
            "select id from appointments order by doctor_id limit 1 offset 3",
        ] {
            let row = appointment(&clinic, sql).await;
            starts.push((row.starts_at, row.ends_at, row.time_zone));
        }
        assert_eq!(starts, vec![(start, start.plus_minutes(30), "Europe/London".to_owned()); 4]);
    }
}

/// Appointments in the statistics.
async fn counted(clinic: &TestClinic) -> i64 {
    let sql = "select cast(coalesce(sum(total), 0) as bigint) from appointment_counts where measure = 'appointments'";
    clinic.count(sql).await
}
