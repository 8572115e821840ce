//! What the program keeps from other accounts of its machine, and what it tells the person who set it up.

use std::{
    fs::{self, Permissions},
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Duration,
};

use crate::{
    folder::Folder,
    process::{self, text},
    web::Browser,
};

impl Folder {
    /// Every file and folder in it, with its mode, by path.
    fn modes(&self) -> Vec<(PathBuf, u32)> {
        let mut found = Vec::new();
        add(&self.0, &mut found);
        found.sort();
        found
    }
}

fn add(folder: &Path, found: &mut Vec<(PathBuf, u32)>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        // the program may remove a file meanwhile
        let Ok(about) = fs::metadata(&path) else { continue };
        found.push((path.clone(), about.permissions().mode() & 0o7777));
        if about.is_dir() {
            add(&path, found);
        }
    }
}

/// The program under the umask that most machines have.
fn under_usual_umask(database: &str) -> Command {
    let plain = process::command(database);
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 022; exec \"$0\" \"$@\""])
        .arg(plain.get_program())
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .current_dir(std::env::temp_dir());
    command
}

fn check(database: &str, settings: &[(&str, &str)]) -> Output {
    process::command(database).envs(settings.iter().copied()).arg("check").output().expect("the program")
}

/// A program that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_accounts_of_the_machine_read_neither_the_database_nor_messages() {
    let folder = Folder::new();
    let mail = folder.0.join("mail").display().to_string();
    let mut command = under_usual_umask(&folder.database());
    command.env("DOCSLOT_MAIL_TRANSPORT", "file").env("DOCSLOT_MAIL_FOLDER", &mail);
    let child = command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program");
    let mut program = Running(child);
    let out = program.0.stdout.take().expect("its output");
    let ready = BufReader::new(out).lines().map_while(Result::ok).find(|line| line.contains("http://"));
    let address = ready.expect("a line").rsplit("http://").next().and_then(|text| text.trim().parse().ok());
    let mut browser = Browser::at(address.expect("an address"));
    let fields = [
        ("name", "Ana Novak"),
        ("email", "ana@example.org"),
        ("phone", ""),
        ("password", "quiet green bicycle"),
        ("next", "/"),
    ];
    browser.get("/register").await;
    assert_eq!(browser.post("/fn/register", &fields).await.location(), "/register/sent?next=/");

    let mut modes = folder.modes();
    for _ in 0..100 {
        if modes.iter().any(|(path, _)| path.extension().is_some_and(|end| end == "eml")) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        modes = folder.modes();
    }
    for end in ["data", "docslot.db", "docslot.db-wal", "docslot.db-shm", "docslot.db.lock", "mail"] {
        assert!(modes.iter().any(|(path, _)| path.ends_with(end)), "no {end}: {modes:?}");
    }
    assert!(modes.iter().any(|(path, _)| path.extension().is_some_and(|end| end == "eml")), "no message: {modes:?}");
    for (path, mode) in &modes {
        let right = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(*mode, right, "{}: {mode:o}", path.display());
    }
}

#[test]
fn files_that_others_can_read_are_named_with_the_remedy_and_left_alone() {
    let folder = Folder::new();
    let migrated = under_usual_umask(&folder.database()).arg("migrate").output().expect("the program");
    assert!(migrated.status.success(), "{}", text(&migrated));
    let mail = folder.0.join("mail").display().to_string();
    let settings = [("DOCSLOT_MAIL_TRANSPORT", "file"), ("DOCSLOT_MAIL_FOLDER", mail.as_str())];
    let said = text(&check(&folder.database(), &settings));
    assert!(said.contains("database  ok") && !said.contains("WARNING"), "{said}");

    let data = folder.0.join("data");
    let file = data.join("docslot.db");
    let message = folder.0.join("mail/old.eml");
    fs::write(&message, "From: a").expect("a message");
    for (path, mode) in [(&data, 0o755), (&file, 0o644), (&message, 0o644)] {
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    }
    let said = text(&check(&folder.database(), &settings));
    for (path, mode) in [(&data, 700), (&file, 600), (&message, 600)] {
        assert!(said.contains(&format!("chmod {mode} {}", path.display())), "{said}");
    }
    let modes = folder.modes();
    for (path, mode) in [(&data, 0o755), (&file, 0o644), (&message, 0o644)] {
        assert!(modes.contains(&(path.clone(), mode)), "{modes:?}");
    }

    // the start says so too; the address is nobody's, so that it ends at once
    let mut serve = process::command(&folder.database());
    serve.envs(settings).env("DOCSLOT_SERVER_ADDRESS", "192.0.2.1:1");
    let started = text(&serve.arg("serve").output().expect("the program"));
    assert!(started.contains(&format!("chmod 600 {}", file.display())), "{started}");
}

#[test]
fn misspelt_settings_and_an_address_that_nobody_types_are_named() {
    let folder = Folder::new();
    // an address that is for documentation: nothing can listen there
    let settings = [
        ("DOCSLOT_PUBLIC_URL", "https://clinic.example"),
        ("DOCSLOT_SMTP_URL", "smtps://user:s3cret@mail.example"),
        ("DOCSLOT_SERVER_ADDRESS", "192.0.2.1:1"),
        ("DOCSLOT_TEST_KILLS", "4"),
    ];
    let checked = check(&folder.database(), &settings);
    let mut serve = process::command(&folder.database());
    let served = serve.envs(settings).arg("serve").output().expect("the program");
    for output in [&checked, &served] {
        let said = text(output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for words in [
            "DOCSLOT_PUBLIC_URL is no setting and has no effect; DOCSLOT_SERVER_PUBLIC_URL is one",
            "DOCSLOT_SMTP_URL is no setting and has no effect; DOCSLOT_MAIL_SMTP_URL is one",
            "server.public_url is not set, and 192.0.2.1:1 is not what people type",
        ] {
            assert!(said.contains(words), "{words}: {said}");
        }
        assert!(!said.contains("DOCSLOT_TEST_KILLS") && !said.contains("s3cret"), "{said}");
    }
    assert!(text(&checked).contains("address   FAILED"), "{}", text(&checked));
    let right = [("DOCSLOT_SERVER_ADDRESS", "192.0.2.1:1"), ("DOCSLOT_SERVER_PUBLIC_URL", "https://clinic.example")];
    let said = text(&check(&folder.database(), &right));
    assert!(said.contains("address   ok") && !said.contains("WARNING"), "{said}");
}
