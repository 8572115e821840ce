//! A clinic to try docslot on: invented doctors, patients and appointments, relative to the day on which it is written.
//!
//! Everything is written in one unit, once: a database that has a doctor is left alone.

pub mod appointments;
mod calendar;
mod clinic;
mod people;
pub mod rows;
pub mod visit_types;

use crate::{
    accounts::Role,
    db::{self, Conn, Tx, WriteUnit},
};
use crate::{random, state::AppState};

/// A sign-in for trying out one role. The password is new in every installation and is not kept anywhere else.
#[derive(Clone, Debug)]
pub struct DemoSignIn {
    pub role: Role,
    pub name: &'static str,
    pub email: &'static str,
    pub password: String,
}

/// Fills an empty database. Returns one sign-in per role, to be shown once; nothing when there are doctors already.
///
/// # Errors
/// The database's; nothing is left behind then.
pub async fn seed(app: &AppState) -> Result<Option<Vec<DemoSignIn>>, db::Error> {
    if has_doctors(&mut app.db.read().await?.conn()).await? {
        return Ok(None);
    }
    let sign_ins = [
        (Role::Patient, people::PATIENTS[0], "patient@docslot.example"),
        (Role::Doctor, people::DOCTORS[0].name, "doctor@docslot.example"),
        (Role::Receptionist, "Ines Barrow", "reception@docslot.example"),
        (Role::Admin, "Miriam Castell", "admin@docslot.example"),
    ];
    let sign_ins = sign_ins.map(|(role, name, email)| DemoSignIn { role, name, email, password: password() });
    let mut hashes = Vec::new();
    for sign_in in &sign_ins {
        hashes.push(app.hasher.hash(&sign_in.password).await?);
    }
    let clinic = clinic::Clinic {
        now: app.clock.now(),
        accounts: sign_ins.iter().map(|s| (s.role, s.name, s.email)).zip(hashes).collect(),
        // the other patients never sign in: their password is random and not kept
        unknown_password: app.hasher.hash(&random::token()).await?,
        configured: app.settings.clinic.clone(),
    };
    Ok(app.db.write(SeedClinic { clinic }).await?.then(|| sign_ins.to_vec()))
}

/// Writes the clinic into a database without doctors, and says whether it did.
struct SeedClinic {
    clinic: clinic::Clinic,
}

impl WriteUnit for SeedClinic {
    const NAME: &'static str = "seed_clinic";
    type Output = bool;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, db::Error> {
        let is_empty = !has_doctors(tx).await?;
        if is_empty {
            self.clinic.write(tx).await?;
        }
        Ok(is_empty)
    }
}

/// Whether the database has a doctor, so that nothing is to be written into it.
///
/// # Errors
/// The database's.
pub async fn has_doctors(conn: &mut Conn<'_>) -> Result<bool, db::Error> {
    const SQL: &str = "select count(*) from doctors";
    let doctors: i64 = conn.fetch_value(SQL, ()).await?;
    Ok(doctors > 0)
}

/// Eighty random bits that can be read out.
fn password() -> String {
    [random::reference(), random::reference()].join("-")
}
