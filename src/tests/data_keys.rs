//! The keys that encrypt what patients entrust to the clinic.

use std::{fs, os::unix::fs::PermissionsExt};

use docslot::clinic::server::data_keys::{DataKeys, DecryptError, LoadError};
use docslot::config::Settings;

use crate::{
    both_databases,
    clinic::{NOW, TestClinic},
    folder::Folder,
    process,
};

/// A file that only its owner reads, with `text` in it, and settings that name it.
fn key_file(folder: &Folder, name: &str, text: &str) -> Settings {
    let path = folder.0.join(name);
    fs::write(&path, text).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("its mode");
    let mut settings = Settings::default();
    settings.data.key_file = path.display().to_string();
    settings
}

const ONE: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
const TWO: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

async fn load(clinic: &TestClinic, settings: &Settings) -> Result<DataKeys, String> {
    DataKeys::load(&clinic.app.db, settings, NOW).await.map_err(|error| match error {
        LoadError::Settings(error) => error.to_string(),
        LoadError::Db(error) => panic!("{error}"),
    })
}

both_databases! {
    async fn every_process_reads_what_another_one_encrypted(clinic: TestClinic) {
        let kept = clinic.app.data_keys.encrypt(b"answer 1", b"a text");
        let other = load(&clinic, &Settings::default()).await.expect("keys");
        assert_eq!(other.decrypt(b"answer 1", &kept).as_deref(), Ok(&b"a text"[..]));
        assert_eq!(other.decrypt(b"answer 2", &kept), Err(DecryptError::Refused));
        assert_eq!(clinic.count("select count(*) from data_keys").await, 1);
    }

    async fn a_retired_key_still_reads_and_a_new_one_encrypts(clinic: TestClinic) {
        let kept = clinic.app.data_keys.encrypt(b"c", b"old");
        clinic.execute("update data_keys set retired_at = created_at").await.expect("a change");
        let keys = load(&clinic, &Settings::default()).await.expect("keys");
        assert_eq!(keys.decrypt(b"c", &kept).as_deref(), Ok(&b"old"[..]));
        assert_eq!(clinic.count("select count(*) from data_keys where retired_at is null").await, 1);
        let newer = keys.encrypt(b"c", b"new");
        assert_eq!(clinic.app.data_keys.decrypt(b"c", &newer), Err(DecryptError::UnknownKey));
    }

    async fn a_key_of_the_machine_wraps_the_keys_and_is_needed_from_then_on(clinic: TestClinic) {
        let kept = clinic.app.data_keys.encrypt(b"c", b"text");
        let folder = Folder::new();
        let (one, two) = (key_file(&folder, "one", ONE), key_file(&folder, "two", TWO));
        assert_eq!(clinic.count("select cast(length(secret) as bigint) from data_keys").await, 1 + 32);
        for _ in 0..2 {
            let keys = load(&clinic, &one).await.expect("keys");
            assert_eq!(keys.decrypt(b"c", &kept).as_deref(), Ok(&b"text"[..]));
            assert_eq!(clinic.count("select cast(length(secret) as bigint) from data_keys").await, 1 + 24 + 32 + 16);
        }
        let said = load(&clinic, &two).await.err().expect("a refusal");
        assert!(said.starts_with("data.key_file: ") && said.contains("holds another key"), "{said}");
        let said = load(&clinic, &Settings::default()).await.err().expect("a refusal");
        assert!(said.starts_with("data.key_file: is not set"), "{said}");
        // no key was made or changed meanwhile
        assert_eq!(clinic.count("select count(*) from data_keys").await, 1);
        assert!(load(&clinic, &one).await.is_ok());
    }
}

#[test]
fn a_wrong_file_stops_the_program_with_one_line() {
    let folder = Folder::new();
    let path = |settings: &Settings| settings.data.key_file.clone();
    let short = path(&key_file(&folder, "short", "AQEB"));
    let open = path(&key_file(&folder, "open", ONE));
    fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("its mode");
    let missing = folder.0.join("missing").display().to_string();
    for (file, words) in [
        (&short, "must hold 32 bytes in base64: openssl rand -base64 32"),
        (&open, "can be read by other accounts of this machine: chmod 600"),
        (&missing, "No such file or directory"),
    ] {
        let mut command = process::command(&folder.database());
        let ended = command.env("DOCSLOT_DATA_KEY_FILE", file).arg("serve").output().expect("the program");
        assert_eq!(ended.status.code(), Some(2));
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        // the log has lines of its own
        let own: Vec<&str> = said.lines().filter(|line| line.starts_with("docslot: ")).collect();
        let [line] = own.as_slice() else { panic!("{said}") };
        assert!(line.starts_with("docslot: data.key_file: ") && line.contains(words), "{said}");
    }
}
