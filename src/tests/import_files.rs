//! Files that are not what they should be: each gets one clear line, and nothing is half done.

use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use docslot::db::Engine;

use crate::{
    clinic::TestClinic,
    folder::Folder,
    import::{day, import, imported},
    process,
};

/// A file of patients, and what the program says of it.
const BAD: [(&str, &[u8], &str); 12] = [
    ("empty.csv", b"", "is empty"),
    ("mark.csv", b"\xEF\xBB\xBF", "is empty"),
    ("utf16.csv", b"\xFF\xFEn\0a\0m\0e\0", "is written in UTF-16: save it as \"CSV UTF-8\""),
    ("binary.csv", b"\x7FELF\x02\x01\x01\x00\x00", "is not a text file"),
    (
        "latin.csv",
        b"name,email\nAna,\n\"Bo\nNg\",\nJos\xE9,\n",
        "line 5 is not in UTF-8: save the file as \"CSV UTF-8\", or, if it comes from a spreadsheet on Windows, add --encoding windows-1252",
    ),
    ("heading.csv", b"n\xE4me\nAna\n", "line 1 is not in UTF-8"),
    (
        "unknown.csv",
        b"name,shoe size,Hat\nAna,38,\n",
        "docslot does not know these columns: \"shoe size\", \"Hat\". Remove them, or pass over them with --ignore-unknown",
    ),
    (
        "missing.csv",
        b"email,phone\na@example.org,\n",
        "these columns are missing: name. The columns that docslot knows: id, name, first_name",
    ),
    ("twice.csv", b"name,Full name\nAna,Ana\n", "two columns mean \"name\""),
    ("long.csv", b"name,email\nAna,a@example.org,more\n", "row 2: The row has 3 cells, and the heading 2"),
    ("short.csv", b"name,email\nAna\n", "row 2: The row has 1 cells, and the heading 2"),
    ("nul.csv", b"name\n\x01\n", "row 2, name: The name has characters that we cannot keep"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_refused_in_one_line() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let folder = Folder::new();
        for (name, content, words) in BAD {
            let (done, said) = import(&clinic, "patients", &folder.file(name, content), &[]);
            assert!(!done && said.contains(words), "{name}: {said}");
        }
        let (done, said) = import(&clinic, "patients", &folder.0, &[]);
        assert!(!done && said.contains("is a folder, not a file"), "{said}");
        let (done, said) = import(&clinic, "patients", &folder.0.join("none.csv"), &[]);
        assert!(!done && said.contains("cannot be read: No such file"), "{said}");
        let (done, said) = import(&clinic, "appointments", &folder.file("x.csv", "doctor\na\n"), &[]);
        assert!(!done && said.contains("these columns are missing: start"), "{said}");
        assert_eq!(clinic.count("select count(*) from persons").await, 0);
        assert_eq!(clinic.count("select count(*) from imported_rows").await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_spreadsheets_write_is_read() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let folder = Folder::new();
        let said = imported(&clinic, "patients", &folder.file("heading.csv", "name;email\r\n"), &[]);
        assert!(said.contains("there is a heading and no row"), "{said}");
        let latin = folder.file("latin.csv", b"name\temail\nJos\xE9 \x8Cuvre\tjose@example.org\n");
        imported(&clinic, "patients", &latin, &["--encoding", "windows-1252"]);
        let extra = folder.file("extra.csv", "name,Shoe size\nBo,38\n");
        imported(&clinic, "patients", &extra, &["--ignore-unknown"]);
        assert_eq!(clinic.count("select count(*) from persons where display_name in ('José Œuvre', 'Bo')").await, 2);
        // another system may use the same ids
        let file = folder.file("ids.csv", "id,name\n1,Cy\n");
        imported(&clinic, "patients", &file, &["--source", "north"]);
        imported(&clinic, "patients", &file, &["--source", "south"]);
        imported(&clinic, "patients", &file, &["--source", "south"]);
        assert_eq!(clinic.count("select count(*) from persons where display_name = 'Cy'").await, 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_samples_of_the_documentation_are_right() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/import");
        imported(&clinic, "doctors", &samples.join("doctors.csv"), &[]);
        imported(&clinic, "patients", &samples.join("patients.csv"), &[]);
        imported(&clinic, "appointments", &samples.join("appointments.csv"), &[]);
        imported(&clinic, "appointments", &samples.join("appointments.ics"), &["--doctor", "101"]);
        imported(&clinic, "holidays", &samples.join("holidays.ics"), &["--dry-run"]);
        assert_eq!(clinic.count("select count(*) from appointments").await, 6);
    })
    .await;
}

/// Imports so many appointments that are over, and returns how long it took and how much memory, in KiB, at the most.
async fn import_many(clinic: &TestClinic, rows: u64, arguments: &[&str]) -> (Duration, u64) {
    let folder = Folder::new();
    let line = |n: u64| {
        let (date, hour, doctor) = (day(-1 - i64::try_from(n / 32).unwrap()), 9 + n / 4 % 8, n % 4 + 1);
        format!("{n},doctor-{doctor},p{}@example.org,Patient,{date} {hour:02}:00,30,completed\n", n % 5_000)
    };
    let text: String = (0..rows).map(line).collect();
    let file = folder.file("a.csv", format!("id,doctor,patient_email,patient_name,start,minutes,status\n{text}"));
    let mut command = process::command(&clinic.url);
    let command = command.args(["import", "appointments"]).arg(&file).args(arguments);
    let since = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    let mut most = 0;
    let status = loop {
        if let Some(status) = child.try_wait().expect("its state") {
            break status;
        }
        let about = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = about.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse().ok());
        most = most.max(peak.unwrap_or(0));
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(status.success());
    (since.elapsed(), most)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_file_needs_no_more_memory_than_a_short_one() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let (_, short) = import_many(&clinic, 400, &["--dry-run"]).await;
        let (_, long) = import_many(&clinic, 20_000, &["--dry-run"]).await;
        assert!(long < short + 16 * 1024, "{short} KiB for 400 rows, and {long} KiB for 20 000");
    })
    .await;
}

/// `DOCSLOT_ROWS=1000000` imports a million.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes"]
async fn very_many_rows() {
    let rows = std::env::var("DOCSLOT_ROWS").ok().and_then(|rows| rows.parse().ok()).unwrap_or(100_000);
    for engine in [Engine::Sqlite, Engine::Postgres] {
        TestClinic::run(engine, |clinic| async move {
            let (time, most) = import_many(&clinic, rows, &[]).await;
            println!("{rows} rows on {engine:?}: {} s, at most {} MiB", time.as_secs(), most / 1024);
            assert!(most < 256 * 1024);
            assert_eq!(clinic.count("select count(*) from appointments").await, i64::try_from(rows).unwrap());
        })
        .await;
    }
}
