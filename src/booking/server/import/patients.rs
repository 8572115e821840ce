//! Patients from another system: accounts without a password, as the front desk makes them.

use std::collections::HashSet;

use sqlx::FromRow;

use super::{mark, problems};
use crate::{
    accounts::{Role, server::person_merge::standing_for},
    booking::server::front_desk::patients::NewPatient,
    clinic::server::imports::{Cells, ImportItem, ImportKey, ImportRows, Plan, Problem, Verdict},
    db::{Conn, Error, Tx},
    ids::PersonId,
    text::{
        is_blank,
        server::{email::kept_email, telephone::Country, words_of},
    },
    time::Timestamp,
};

/// Fields of a patient, the columns that hold them, and what they are called in a sentence.
const COLUMNS: [(&str, &str, &str); 3] =
    [("name", "name", "the name"), ("email", "email", "the email address"), ("phone", "phone", "the phone number")];
const TAKEN: &str = "This email address has an account already, under another name";

/// The patients of a file.
pub struct PatientRows {
    /// Marks of the addresses of the rows before.
    emails: HashSet<u64>,
    /// Of telephone numbers without one.
    country: Country,
}

impl PatientRows {
    #[must_use]
    pub fn new(country: Country) -> Self {
        PatientRows { emails: HashSet::new(), country }
    }
}

/// A patient to write.
pub struct PatientItem {
    key: ImportKey,
    what: What,
}

enum What {
    Add(NewPatient),
    Update(PersonId, NewPatient),
    /// The patient is known already.
    Link(PersonId),
}

#[derive(FromRow)]
struct Known {
    id: PersonId,
    display_name: String,
    role: Role,
    signs_in: bool,
}

const WITH_EMAIL: &str = "select id, display_name, role, password_hash is not null as signs_in from persons
    where email = $1 and status not in ('merged', 'closed')";
const WITH_ID: &str = "select id, display_name, role, password_hash is not null as signs_in from persons where id = $1";

/// The name in one cell, or in two.
fn name(cells: &Cells) -> String {
    let parts = [cells.get("first_name"), cells.get("last_name")];
    if is_blank(cells.get("name")) { parts.join(" ") } else { cells.get("name").to_owned() }
}

impl ImportRows for PatientRows {
    type Item = PatientItem;

    async fn check(
        &mut self,
        conn: &mut Conn<'_>,
        _row: u64,
        cells: &Cells,
        key: ImportKey,
    ) -> Result<Verdict<PatientItem>, Error> {
        let (name, email, phone) = (name(cells), cells.get("email"), cells.get("phone"));
        let wrong = problems(NewPatient::check_fields(&name, email, phone), &COLUMNS);
        if !wrong.is_empty() {
            return Ok(wrong.into());
        }
        let email = kept_email(email);
        if !email.is_empty() && !self.emails.insert(mark(&email)) {
            return Ok(Problem::new("email", "Another row of the file has this email address").into());
        }
        let patient = NewPatient::new(&name, &email, phone, self.country);
        let taken: Option<Known> =
            if email.is_empty() { None } else { conn.fetch_optional(WITH_EMAIL, (&email,)).await? };
        let Some(before) = key.find(conn).await? else {
            return Ok(match taken {
                None => Plan::Add(PatientItem { key, what: What::Add(patient) }).into(),
                Some(known) if known.role == Role::Patient && words_of(&known.display_name) == words_of(&name) => {
                    Plan::Update(PatientItem { key, what: What::Link(known.id) }).into()
                }
                Some(_) => Problem::new("email", TAKEN).into(),
            });
        };
        let id = before.our_id.map(PersonId).ok_or(Error::Corrupt("an imported patient without an id"))?;
        let id = standing_for(conn, id).await?;
        if before.row_hash == key.row_hash {
            return Ok(Plan::Same.into());
        }
        if taken.is_some_and(|known| known.id != id) {
            return Ok(Problem::new("email", TAKEN).into());
        }
        let known: Known = conn.fetch_one(WITH_ID, (id,)).await?;
        if known.signs_in {
            let words = "The row has changed, and the patient signs in here and keeps their own details: not changed";
            return Ok(Verdict { warnings: vec![words.to_owned()], ..Plan::Same.into() });
        }
        Ok(Plan::Update(PatientItem { key, what: What::Update(id, patient) }).into())
    }
}

impl ImportItem for PatientItem {
    const NAME: &'static str = "import_patients";

    async fn write(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        let id = match &self.what {
            What::Add(patient) => {
                // another import may have been faster
                if self.key.find(tx).await?.is_some() {
                    return Ok(());
                }
                patient.insert(tx, now).await?;
                patient.id
            }
            What::Update(id, patient) => {
                patient.replace(tx, *id).await?;
                *id
            }
            What::Link(id) => *id,
        };
        self.key.remember(tx, Some(id.0), now).await
    }
}
