//! Where backups are written: full disks, folders of dated backups, a server that runs, tools that are missing.

use std::{
    fs::{self, File, Permissions},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, SystemTime},
};

use docslot::db::{Engine, engine_of};

use super::{Elsewhere, assert_refused, docslot, done, names, refused};
use crate::{
    both_databases,
    clinic::{TOMORROW_9, TestClinic},
    process::{command, start_with, terminate, text, time_to_end},
};

/// Runs `docslot backup` from a shell, after these commands.
async fn backup_after(before: &str, url: &str, file: &Path) -> Output {
    let plain = command(url);
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{before}; exec \"$0\" backup \"$1\"")])
        .arg(plain.get_program())
        .arg(file)
        .env_clear()
        .envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
    tokio::task::spawn_blocking(move || shell.output()).await.expect("a task").expect("the program")
}

/// A program of this name that runs these lines.
fn script(folder: &Path, name: &str, lines: &str) {
    let path = folder.join(name);
    fs::write(&path, format!("#!/bin/sh\n{lines}\n")).expect("a script");
    fs::set_permissions(&path, Permissions::from_mode(0o755)).expect("its mode");
}

/// The folder of the real tools.
fn tools_folder() -> PathBuf {
    let path = std::env::var_os("PATH").expect("a PATH");
    std::env::split_paths(&path).find(|folder| folder.join("pg_dump").is_file()).expect("pg_dump in PATH")
}

both_databases! {
    async fn a_full_disk_leaves_nothing_behind(clinic: TestClinic) {
        let other = Elsewhere::beside(&clinic.url).await;
        // no file may grow beyond a few kB: the write fails as it does on a full disk
        let output = backup_after("trap '' XFSZ; ulimit -f 8", &clinic.url, &other.file("full")).await;
        assert_refused(&output, "no backup was written");
        assert_eq!(names(&other.folder), Vec::<String>::new());
        let output = backup_after("umask 000", &clinic.url, &other.file("room")).await;
        assert!(output.status.success(), "{}", text(&output));
        assert_eq!(names(&other.folder), ["room"]);
        let mode = other.file("room").metadata().expect("the backup").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        other.remove().await;
    }

    async fn of_dated_backups_the_newest_are_kept_and_nothing_else_is_touched(clinic: TestClinic) {
        let other = Elsewhere::beside(&clinic.url).await;
        let folder = other.file("kept");
        let (end, foreign_end) = match engine_of(&clinic.url) {
            Some(Engine::Sqlite) => ("sqlite", "dump"),
            _ => ("dump", "sqlite"),
        };
        done(&clinic.url, &["backup", "--keep", "2"], &folder).await;
        let made = names(&folder);
        assert!(made.len() == 1 && made[0].ends_with(end), "{made:?}");
        assert_eq!(folder.metadata().expect("the folder").permissions().mode() & 0o777, 0o700);
        let real = folder.join(&made[0]);
        for year in [2021, 2022, 2023] {
            fs::copy(&real, folder.join(format!("docslot-{year}-01-05T080000Z.{end}"))).expect("an older backup");
        }
        let not_ours = [
            format!("docslot-2019-01-05T080000Z.{foreign_end}"),
            format!("docslot-2020-01-05T080000Z.{end}"),
            format!("docslot-2021-01-05.{end}"),
            format!("docslot-2025-01-05T080000Z.{end}.1.partial"),
            "notes.txt".to_owned(),
        ];
        for name in &not_ours {
            fs::write(folder.join(name), "no backup").expect("a file");
        }
        let forgotten = folder.join(format!("docslot-2024-01-05T080000Z.{end}.1.partial"));
        let long_ago = SystemTime::now() - Duration::from_secs(2 * 24 * 60 * 60);
        File::create(&forgotten).expect("a file").set_modified(long_ago).expect("a time");
        // a second later, or it would have the name of the first
        tokio::time::sleep(Duration::from_millis(1_100)).await;

        let said = done(&clinic.url, &["backup", "--keep", "2"], &folder).await;
        assert!(said.contains("Older backups deleted: 3."), "{said}");
        let left = names(&folder);
        let ours: Vec<&String> = left.iter().filter(|name| !not_ours.contains(name)).collect();
        assert_eq!(left.len(), not_ours.len() + 2, "{left:?}");
        assert!(ours.contains(&&made[0]) && ours.iter().all(|name| **name >= made[0]), "{left:?}");
        other.remove().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_in_use_is_not_replaced_and_a_replaced_one_is_kept() {
    TestClinic::run(Engine::Sqlite, |clinic| async move {
        let patient = clinic.patient().await;
        clinic.book(patient, 0, TOMORROW_9).await.expect("booked");
        let other = Elsewhere::beside(&clinic.url).await;
        let backup = other.file("backup");
        done(&clinic.url, &["backup"], &backup).await;
        let mut program = start_with(&other.url, &[]);
        refused(&other.url, &["restore"], &backup, "docslot is running on this database").await;
        refused(&other.url, &["restore", "--replace"], &backup, "docslot is running on this database").await;
        terminate(&program);
        time_to_end(&mut program).await;

        refused(&other.url, &["restore"], &backup, "there is a database at").await;
        let data = other.file("data");
        assert_eq!(names(&data).iter().filter(|name| name.contains("replaced")).count(), 0);
        let said = done(&other.url, &["restore", "--replace"], &backup).await;
        assert!(said.contains("appointments: 1, changes: 2,"), "{said}");
        let aside: Vec<String> = names(&data).into_iter().filter(|name| name.contains(".replaced-")).collect();
        // whole in one file, without a log
        assert!(aside.len() == 1 && said.contains(&aside[0]), "{aside:?} {said}");
        // what was put aside is a database of its own
        let old = format!("sqlite://{}", data.join(&aside[0]).display());
        let again = other.file("old");
        done(&old, &["backup"], &again).await;
        let said = done(&old, &["restore", "--check"], &again).await;
        assert!(said.contains("appointments: 0, changes: 0, doctors: 0,"), "{said}");

        // SQLite would take a log that is left behind for that of the restored database
        let lonely = Elsewhere::beside(&clinic.url).await;
        fs::create_dir(lonely.file("data")).expect("a folder");
        fs::write(lonely.file("data/docslot.db-wal"), "of a database that is gone").expect("a log");
        refused(&lonely.url, &["restore"], &backup, "there is a database at").await;
        done(&lonely.url, &["restore", "--replace"], &backup).await;
        assert!(lonely.database_file().is_file() && !lonely.file("data/docslot.db-wal").exists());
        lonely.remove().await;

        // nor is the database itself a backup while it is used
        let file = PathBuf::from(clinic.url.trim_start_matches("sqlite://"));
        refused(&other.url, &["restore", "--check"], &file, "a database in use and not a backup").await;
        other.remove().await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgresqls_tools_are_named_when_missing_or_old_and_are_not_told_the_password_by_arguments() {
    TestClinic::run(Engine::Postgres, |clinic| async move {
        let other = Elsewhere::beside(&clinic.url).await;
        let run = async |path: String, file: &str| {
            let mut command = command(&clinic.url);
            command.env("PATH", path).arg("backup").arg(other.file(file)).stdin(Stdio::null());
            tokio::task::spawn_blocking(move || command.output()).await.expect("a task").expect("the program")
        };
        let tools = other.file("tools");
        fs::create_dir(&tools).expect("a folder");
        let fake = tools.display().to_string();
        assert_refused(&run(fake.clone(), "none").await, "pg_dump is not installed, or not in PATH");

        script(&tools, "pg_dump", "echo 'pg_dump (PostgreSQL) 9.6.1'");
        assert_refused(&run(fake.clone(), "old").await, "pg_dump 9 is older than the server, PostgreSQL ");

        let real = tools_folder().display().to_string();
        for tool in ["pg_dump", "pg_restore"] {
            script(&tools, tool, &format!("echo \"$@\" >>{fake}/said\nexec {real}/{tool} \"$@\""));
        }
        let output = run(fake, "good").await;
        assert!(output.status.success(), "{}", text(&output));
        let said = fs::read_to_string(tools.join("said")).expect("what the tools were told");
        let password = clinic.url.split_once("://docslot:").and_then(|(_, rest)| rest.split_once('@'));
        if let Some((password, _)) = password {
            assert!(said.contains("--format=custom") && !said.contains(password), "{said}");
        }
        let output = docslot(&other.url, &["restore", "--replace"], &other.file("good")).await;
        assert_refused(&output, "--replace is for SQLite");
        other.remove().await;
    })
    .await;
}
