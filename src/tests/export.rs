//! Taking everything along: the files are whole, private and harmless, and another clinic can read them.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use docslot::{booking::server as booking, db::Engine, state::Clock};

use crate::{
    both_databases,
    clinic::{TestClinic, person},
    folder::Folder,
    import::{at, day, import, imported},
    process::{self, text},
};

fn export(clinic: &TestClinic, folder: &Path, arguments: &[&str]) -> (bool, String) {
    let output = process::command(&clinic.url).arg("export").arg(folder).args(arguments).output().expect("the program");
    (output.status.success(), text(&output))
}

/// The data rows of a file, with the columns of this name.
fn columns(file: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(file).expect("a file");
    let headings = reader.headers().expect("a heading").clone();
    let places: Vec<usize> =
        names.iter().map(|name| headings.iter().position(|one| one == *name).expect("a column")).collect();
    let rows = reader.records().map(|row| row.expect("a row"));
    let mut rows: Vec<Vec<String>> =
        rows.map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).collect();
    rows.sort();
    rows
}

/// Patients, doctors and appointments of every kind.
async fn fill(clinic: &TestClinic, folder: &Folder) {
    clinic.clock.set(Clock::system().now());
    imported(
        clinic,
        "patients",
        &folder.file("p.csv", "id,name,email,phone\n1,\"=Ana, \"\"A\"\"\",ana@example.org,+44 20 7946 0100\n2,Bo,,\n"),
        &[],
    );
    let (past, next) = (day(-9), day(9));
    imported(clinic, "appointments", &folder.file("a.csv", format!("id,doctor,patient_id,start,minutes,status,cancelled_by,overbook,reason,visit_type\n\
        1,doctor-1,1,{past} 09:00,30,completed,,,\"-1 day\nsince then\",\n2,doctor-1,2,{past} 09:00,20,no_show,,,,Old type\n\
        3,doctor-2,1,{next} 09:00,30,,,,,\n4,doctor-2,2,{next} 09:15,30,,,yes,,\n5,doctor-3,2,{next} 11:00,30,cancelled,patient,,,\n\
        6,doctor-3,2,{past} 11:00,30,booked,,,,\n")), &[]);
    let patient = clinic.patient().await;
    let booked = clinic.book(patient, 3, at(4, 9)).await.expect("a booking");
    let version = clinic.row(booked).await.version;
    let _ = booking::reschedule(&clinic.app, person(patient), booked, version, at(4, 11)).await.expect("a move");
    booking::hold(&clinic.app, person(clinic.patient().await), clinic.request(3, at(5, 9))).await.expect("a hold");
}

both_databases! {
    async fn a_clinic_that_leaves_is_the_same_elsewhere(clinic: TestClinic) {
        let folder = Folder::new();
        fill(&clinic, &folder).await;
        let out = folder.0.join("first");
        let (done, said) = export(&clinic, &out, &[]);
        assert!(done && said.contains("appointments") && said.contains("keep it as safe as the database"), "{said}");
        let again = folder.0.join("second");
        let first = out.clone();
        let there = again.clone();
        TestClinic::run(Engine::Sqlite, |empty| async move {
            // locations have a zone and an address, and are set up by hand
            for sql in [
                "delete from weekly_hours", "delete from visit_types", "delete from doctor_specialties",
                "delete from doctor_languages", "delete from doctors", "delete from specialties",
            ] {
                empty.execute(sql).await.expect("an empty clinic");
            }
            imported(&empty, "doctors", &first.join("doctors.csv"), &[]);
            imported(&empty, "patients", &first.join("patients.csv"), &[]);
            let said = imported(&empty, "appointments", &first.join("appointments.csv"), &[]);
            assert!(said.contains("0 wrong") && said.contains("2 passed over"), "{said}");
            let (done, said) = export(&empty, &there, &[]);
            assert!(done, "{said}");
        })
        .await;
        let names = ["start", "end", "status", "visit_type", "mode", "location", "time_zone", "overbook", "reason", "cancelled_by", "booked_at"];
        let mut before = columns(&out.join("appointments.csv"), &names);
        before.retain(|row| !["held", "rescheduled"].contains(&row[2].as_str()));
        assert_eq!(before.len(), 7);
        assert_eq!(columns(&again.join("appointments.csv"), &names), before);
        let people = ["name", "email", "phone"];
        assert_eq!(columns(&again.join("patients.csv"), &people), columns(&out.join("patients.csv"), &people));
        let doctors = ["name", "specialties", "languages", "status", "slug"];
        assert_eq!(columns(&again.join("doctors.csv"), &doctors), columns(&out.join("doctors.csv"), &doctors));
    }

    async fn the_files_are_private_whole_and_without_secrets(clinic: TestClinic) {
        let folder = Folder::new();
        fill(&clinic, &folder).await;
        clinic.execute("update persons set password_hash = '$argon2id$secret' where email is not null").await.expect("passwords");
        clinic.execute("update appointments set video_room = 'roomsecret', video_url = 'https://secret.example'").await.expect("rooms");
        for (format, ending) in [("csv", "csv"), ("json", "jsonl")] {
            let out = folder.0.join(format);
            let (done, said) = export(&clinic, &out, &["--format", format]);
            assert!(done, "{said}");
            assert_eq!(fs::metadata(&out).expect("a folder").permissions().mode() & 0o777, 0o700);
            let mut files = 0;
            for entry in fs::read_dir(&out).expect("a folder") {
                let path = entry.expect("a file").path();
                assert_eq!(fs::metadata(&path).expect("a file").permissions().mode() & 0o777, 0o600, "{}", path.display());
                let content = fs::read_to_string(&path).expect("a text");
                for secret in ["secret", "argon2", "video_"] {
                    assert!(!content.contains(secret), "{secret} in {}", path.display());
                }
                files += 1;
            }
            assert_eq!(files, 33);
            let about: serde_json::Value =
                serde_json::from_str(&fs::read_to_string(out.join("export.json")).expect("a file")).expect("JSON");
            assert_eq!(about["rows"]["appointments"], clinic.count("select count(*) from appointments").await);
            let lines = fs::read_to_string(out.join(format!("appointment_history.{ending}"))).expect("a file");
            let heading = usize::from(format == "csv");
            let events = clinic.count("select count(*) from appointment_events").await;
            assert_eq!(lines.lines().count() - heading, usize::try_from(events).expect("a count"));
        }
        let patients = fs::read_to_string(folder.0.join("csv/patients.csv")).expect("a file");
        assert!(patients.contains("\"'=Ana, \"\"A\"\"\",ana@example.org,'+44 20 7946 0100"), "{patients}");
        let json = fs::read_to_string(folder.0.join("json/patients.jsonl")).expect("a file");
        assert!(json.contains(r#""name":"=Ana, \"A\"","phone":"+44 20 7946 0100""#), "{json}");

        let (done, said) = export(&clinic, &folder.0.join("csv"), &[]);
        assert!(!done && said.contains("is not empty"), "{said}");
        let (done, said) = export(&clinic, &folder.0.join("p.csv"), &[]);
        assert!(!done && said.contains("is a file, not a folder"), "{said}");
        let (done, _) = import(&clinic, "patients", &folder.0.join("csv/locations.csv"), &[]);
        assert!(!done);
    }

    async fn answers_and_files_are_written_as_people_read_them(clinic: TestClinic) {
        let (folder, own) = (Folder::new(), crate::front_desk::doctor(&clinic, 0).await);
        clinic.execute("update visit_types set most_at_once = 2").await.expect("offering series");
        let key = crate::questions::ask(&clinic, own, "Where does it hurt?", "text", true).await;
        let patient = clinic.patient().await;
        let form = crate::series::form(&clinic, 0, &crate::series::weekly(2));
        let visit_type = form.visit_type.clone();
        let answers = docslot::booking::SentAnswers {
            version: clinic.count("select cast(max(version) as bigint) from questions").await.to_string(),
            answers: [(docslot::booking::field_of(key), "=Knee".to_owned())].into(),
            ..Default::default()
        };
        let form = docslot::booking::series::SeriesForm { one: answers, ..form };
        booking::series::book(&clinic.app, person(patient), form).await.expect("a series");
        let first = clinic.an_id("select id from appointments order by starts_at limit 1").await;
        let id = docslot::ids::AppointmentId(first);
        let app = crate::papers::keeping_in(&clinic.app, &folder);
        let kept = crate::papers::add(&app, patient, id, "letter.pdf", crate::papers::PDF).await.expect("a file");
        let gone = crate::papers::add(&app, patient, id, "gone.pdf", crate::papers::PDF).await.expect("a file");
        let reference = clinic.row(id).await.reference;
        let lost = Path::new(&folder.path("papers")).join(format!("papers/{gone}"));
        fs::remove_file(lost).expect("a file that is lost");
        let out = folder.0.join("out");
        let mut command = process::command(&clinic.url);
        let output = command.env("DOCSLOT_PAPERS_FOLDER", folder.path("papers")).arg("export").arg(&out).output();
        let output = output.expect("the program");
        assert!(output.status.success(), "{}", text(&output));
        let rows = columns(&out.join("answers.csv"), &["visit_type_id", "question", "answer", "readable"]);
        let row = [visit_type, "Where does it hurt?".into(), "'=Knee".into(), "yes".into()];
        assert_eq!(rows, [row.to_vec(), row.to_vec()]);
        let rows = columns(&out.join("papers.csv"), &["name", "reference", "state", "file"]);
        let named = |name: &str, file: String| vec![name.to_owned(), reference.clone(), "ready".to_owned(), file];
        assert_eq!(rows, [named("gone.pdf", String::new()), named("letter.pdf", format!("papers/{kept}.pdf"))]);
        let file = out.join(format!("papers/{kept}.pdf"));
        assert_eq!(fs::read(&file).expect("a file"), crate::papers::PDF);
        assert_eq!(fs::metadata(&file).expect("a file").permissions().mode() & 0o777, 0o600);
    }
}
