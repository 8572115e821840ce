//! The rules of the database itself: they are there, they are switched on, and no row names another one that is gone.

use std::collections::BTreeSet;

use super::{
    Check,
    DifferenceKind::{Reference, Rule},
};
use crate::db::{Conn, Error};

/// Rows that name a missing one, of which more are only counted as this many.
const MOST: i64 = 10_000;

/// The tables whose rows stay as they were written.
const KEPT: [&str; 5] = ["appointment_terms", "appointment_events", "audit_entries", "seals", "sealed_records"];

const OVERLAPS_SQLITE: [&str; 4] = [
    "appointments_no_overlap_insert",
    "appointments_no_overlap_update",
    "appointments_resource_no_overlap_insert",
    "appointments_resource_no_overlap_update",
];
const OVERLAPS_POSTGRES: [&str; 3] =
    ["appointments_doctor_no_overlap", "appointments_patient_no_overlap", "appointments_resource_no_overlap"];

impl Check<'_> {
    pub(super) async fn check_rules(&mut self, conn: &mut Conn<'_>) -> Result<(), Error> {
        let (overlaps, truncates) = match conn {
            Conn::Sqlite(_) => (&OVERLAPS_SQLITE[..], false),
            Conn::Postgres(_) => (&OVERLAPS_POSTGRES[..], true),
        };
        let mut expected: BTreeSet<String> = overlaps.iter().map(|name| (*name).to_owned()).collect();
        expected.insert("appointments_never_deleted".to_owned());
        for table in KEPT {
            expected.extend(["deleted", "changed"].map(|what| format!("{table}_never_{what}")));
            expected.extend(truncates.then(|| format!("{table}_never_truncated")));
        }
        let there = match conn {
            Conn::Sqlite(_) => self.rules_of_sqlite(conn).await?,
            Conn::Postgres(_) => self.rules_of_postgres(conn).await?,
        };
        for name in expected.difference(&there) {
            self.differs(Rule, name.as_str(), "a rule of the database that is in force", "none");
        }
        Ok(())
    }

    async fn rules_of_sqlite(&mut self, conn: &mut Conn<'_>) -> Result<BTreeSet<String>, Error> {
        const TRIGGERS: &str = "select name from sqlite_master where type = 'trigger'";
        const BROKEN: &str = "select \"table\", coalesce(rowid , 0), parent from pragma_foreign_key_check limit $1";
        const NAME: &str = "select reference from appointments where rowid = $1";
        self.watch.progress("references", 0);
        let broken: Vec<(String, i64, String)> = conn.fetch_all(BROKEN, (MOST,)).await?;
        for (table, row, parent) in broken {
            let reference: Option<String> = match table.as_str() {
                "appointments" => conn.fetch_optional_value(NAME, (row,)).await?,
                _ => None,
            };
            let name =
                reference.map_or(format!("row {row} of {table}"), |reference| format!("appointment {reference}"));
            self.differs(Reference, name, format!("the row of {parent} that it names"), "none");
        }
        Ok(conn.fetch_values(TRIGGERS, ()).await?.into_iter().collect())
    }

    async fn rules_of_postgres(&mut self, conn: &mut Conn<'_>) -> Result<BTreeSet<String>, Error> {
        const CONSTRAINTS: &str = "select conname::text, conrelid::regclass::text, convalidated from pg_constraint
            where connamespace = current_schema()::regnamespace and conrelid <> 0";
        const TRIGGERS: &str = "select t.tgname::text, c.relname::text, t.tgenabled in ('O', 'A') from pg_trigger t
            join pg_class c on c.oid = t.tgrelid where c.relnamespace = current_schema()::regnamespace";
        let mut rules: Vec<(String, String, bool)> = conn.fetch_all(CONSTRAINTS, ()).await?;
        rules.extend(conn.fetch_all::<(String, String, bool)>(TRIGGERS, ()).await?);
        let mut there = BTreeSet::new();
        for (name, table, in_force) in rules {
            if !in_force {
                self.differs(Rule, format!("{name} of {table}"), "it to hold for every row", "it is switched off");
            }
            there.insert(name);
        }
        Ok(there)
    }
}
