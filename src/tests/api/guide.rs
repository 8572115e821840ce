//! What the guide to the API shows works as it stands.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use crate::{both_databases, web::Web};

/// The guide's only program.
fn program() -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/API.md");
    let guide = std::fs::read_to_string(guide).expect("the guide");
    let program = guide.split("```sh\n").nth(1).and_then(|rest| rest.split("```").next());
    program.expect("a program in the guide").to_owned()
}

both_databases! {
    async fn the_guide_registers_finds_books_and_cancels(clinic: TestClinic) {
        let web = Web::serve(&clinic.app).await;
        let program = program();
        assert!(program.lines().count() <= 10, "ten lines are enough");
        let mut shell = Command::new("bash");
        shell.args(["-eu", "-c", &program]).env("DOCSLOT", format!("http://{}", web.address));
        shell.stdin(Stdio::null());
        let output = tokio::task::spawn_blocking(move || shell.output()).await.expect("no panic").expect("a shell");
        let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{said}\n{complained}");
        assert!(complained.contains("\"status\":\"booked\"") && said.contains("\"status\":\"cancelled\""), "{said}");
        let cancelled = "select count(*) from appointments where status = 'cancelled'";
        assert_eq!(clinic.count(cancelled).await, 1);
        assert_eq!(clinic.count("select count(*) from appointments").await, 1);
    }
}
