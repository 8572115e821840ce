//! A short storm from outside: docslot-storm against the program, and its checker.

use std::process::{Command, Stdio};

use crate::{
    both_databases,
    process::{start_with, text},
};

const STORM: &str = env!("CARGO_BIN_EXE_docslot-storm");
/// Requests; `DOCSLOT_TEST_ATTEMPTS` asks for more than `make test` takes the time for.
const ATTEMPTS: &str = "2000";

both_databases! {
    async fn a_short_storm_leaves_nothing_to_complain_about(clinic: TestClinic) {
        const SETTINGS: [(&str, &str); 3] = [
            ("DOCSLOT_LIMITS_REGISTRATIONS", "0"),
            ("DOCSLOT_LIMITS_HOLDS", "0"),
            ("DOCSLOT_BOOKING_MAX_FUTURE_APPOINTMENTS", "1000"),
        ];
        let program = start_with(&clinic.url, &SETTINGS);
        let history = std::env::temp_dir().join(format!("docslot_storm_{}", uuid::Uuid::now_v7().simple()));
        let attempts = std::env::var("DOCSLOT_TEST_ATTEMPTS").unwrap_or_else(|_| ATTEMPTS.to_owned());
        let url = format!("http://{}", program.address);
        let mut storm = Command::new(STORM);
        storm.args(["run", "--url", &url, "--clients", "16", "--attempts", &attempts, "--cuts", "20", "--history"]);
        let ran = storm.arg(&history).stdin(Stdio::null()).output().expect("the storm");
        assert!(ran.status.success(), "{}", text(&ran));
        let mut checker = Command::new(STORM);
        checker.args(["check", "--database", &clinic.url, "--history"]).arg(&history);
        let checked = checker.output().expect("the checker");
        let words = text(&checked);
        assert!(checked.status.success(), "{words}");
        for (op, outcome) in [("book", "done"), ("book", "time_gone:taken"), ("cancel", "done"), ("confirm", "done")] {
            let seen = |line: &str| line.split_whitespace().take(2).eq([op, outcome]);
            assert!(words.lines().any(seen), "no {op} was {outcome}: {words}");
        }

        // a booking that is not there any more: the checker says so
        clinic.execute("update appointments set status = 'expired' where status = 'booked'").await.expect("a fault");
        let checked = Command::new(STORM).args(["check", "--database", &clinic.url, "--history"]).arg(&history).output();
        let checked = checked.expect("the checker");
        assert_eq!(checked.status.code(), Some(1), "{}", text(&checked));
        std::fs::remove_file(&history).expect("removing the history");
    }
}

#[test]
fn the_storm_shares_no_code_with_the_program() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/docslot-storm");
    for file in std::fs::read_dir(folder).expect("its source") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("its text");
        let name = ["docslot", "::"].concat();
        assert!(!text.contains(&name), "it names something of the program");
    }
}
