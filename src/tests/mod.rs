//! Integration tests: the real app on a real SQLite file and on a real PostgreSQL server, one body for both.
//!
//! `TEST_DATABASE_URL` names a PostgreSQL server on which databases may be created and dropped; `make test` starts one.

// a test says what it expects; failing is its job
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod accounts;
mod accounts_by_mail;
mod agenda;
mod answers;
mod api;
mod attendance;
mod audit;
mod backup;
mod base_path;
mod batch;
mod booking;
mod canaries;
mod changes;
mod clinic;
mod clinic_pages;
mod clinic_zone;
mod connections;
mod data_keys;
mod demo;
mod desk;
mod directory;
mod disconnects;
mod disk_failure;
mod editor;
mod editor_dates;
mod editor_pages;
mod enumeration;
mod export;
mod family;
mod family_pages;
mod files;
mod finish;
mod folder;
mod front_desk;
mod front_desk_moves;
mod full_disk;
mod group_commit;
mod guessing;
mod headers;
mod household;
mod http;
mod import;
mod import_calendars;
mod import_files;
mod invitations;
mod joining;
mod keys;
mod leaving;
mod lost_database;
mod mail;
mod monitoring;
mod months;
mod moves;
mod operator;
mod overlap_rules;
mod own_address;
mod own_data;
mod own_profile;
mod page_cache;
mod pair;
mod palette;
mod papers;
mod papers_s3;
mod papers_scanner;
mod passkeys;
mod patient_search;
mod patients;
mod people;
mod privacy;
mod process;
mod python;
mod questions;
mod races;
mod recent_sign_in;
mod records;
mod resource_doors;
mod resources;
mod role_pages;
mod roles;
mod schedule_changes;
mod schema;
mod script_corpus;
mod second_factor;
mod series;
mod servers;
mod sessions;
mod smtp_sink;
mod soonest;
mod staff_directory;
mod statistics;
mod storm;
mod terms;
mod time_off;
mod token_corpora;
mod transitions;
mod typed_text;
mod undelivered;
mod undo;
mod upgrade;
mod video;
mod waiting;
mod web;
mod zone_change;

/// Makes two tests, `sqlite` and `postgres`, of each body. The body gets a [`clinic::TestClinic`] of its own.
macro_rules! both_databases {
    ($($(#[$doc:meta])* async fn $name:ident($clinic:ident: TestClinic) $body:block)+) => {$(
        $(#[$doc])*
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            use crate::clinic::TestClinic;

            async fn body($clinic: TestClinic) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                TestClinic::run(docslot::db::Engine::Sqlite, body).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                TestClinic::run(docslot::db::Engine::Postgres, body).await;
            }
        }
    )+};
}
pub(crate) use both_databases;
