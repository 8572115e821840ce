//! Finding a patient for whom the clinic adds an appointment, or making an account for a new one.

use sqlx::FromRow;

use crate::{
    accounts::{
        model::{check_name, check_phone, kept_phone},
        server::{
            account_exists,
            people_search::{PeopleSearch, search_text},
        },
    },
    availability::server::Calendar,
    booking::front_desk::{AppointmentForm, FoundPatient, MAX_FOUND},
    db::{Conn, Error, Tx},
    error::{AppError, FieldCode, FieldError},
    ids::PersonId,
    random,
    text::{
        is_blank, line,
        server::email::{check_email, kept_email},
    },
    time::Timestamp,
};

#[derive(FromRow)]
struct Row {
    id: PersonId,
    display_name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl From<Row> for FoundPatient {
    fn from(row: Row) -> Self {
        let email = row.email.unwrap_or_default();
        FoundPatient { id: row.id, name: row.display_name, email, phone: row.phone.unwrap_or_default() }
    }
}

/// Patients whose name, address or number has the searched words in it, by name. A doctor finds those who have had an
/// appointment with them; other patients only by the whole e-mail address, which the patient must have told them.
///
/// # Errors
/// The database's.
pub async fn search(conn: &mut Conn<'_>, calendar: &Calendar, text: &str) -> Result<Vec<FoundPatient>, Error> {
    const SQL: &str = "select p.id, p.display_name, p.email, p.phone from persons p
        where p.role = 'patient' and p.status = 'active' and (p.email = $1 or (
            ((p.search_text like $2 escape '!' and p.search_text like $3 escape '!' and p.search_text like $4 escape '!'
                    and p.search_text like $5 escape '!')
                or p.display_name like $6 escape '!' or p.email like $7 escape '!' or p.search_text like $8 escape '!')
            and ($9 or exists (select 1 from appointments a
                where a.patient_id = p.id and a.doctor_id = $10 and a.status not in ('held', 'expired')))))
        order by p.search_text, p.id limit $11";
    let PeopleSearch { typed, words: [w1, w2, w3, w4], literal, email, phone } = PeopleSearch::read(text);
    let whole = kept_email(&typed);
    let patterns =
        (&whole, &w1, &w2, &w3, &w4, &literal, &email, &phone, calendar.by_staff, calendar.doctor, MAX_FOUND);
    let rows: Vec<Row> = conn.fetch_all(SQL, patterns).await?;
    Ok(rows.into_iter().map(FoundPatient::from).collect())
}

/// A patient whom a search for `text` may have found, if the person who works on this calendar may know them.
///
/// # Errors
/// The database's.
pub async fn known(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    patient: PersonId,
    text: &str,
) -> Result<Option<FoundPatient>, Error> {
    const SQL: &str = "select p.id, p.display_name, p.email, p.phone from persons p
        where p.id = $1 and p.role = 'patient' and p.status = 'active' and (p.email = $2 or $3
            or exists (select 1 from appointments a
                where a.patient_id = p.id and a.doctor_id = $4 and a.status not in ('held', 'expired')))";
    let email = kept_email(&without_nul(text));
    let row: Option<Row> = conn.fetch_optional(SQL, (patient, &email, calendar.by_staff, calendar.doctor)).await?;
    Ok(row.map(FoundPatient::from))
}

/// No text that is stored has this character, and PostgreSQL refuses it.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A person whom the clinic adds: a patient without an account.
#[derive(Clone, Debug)]
pub struct NewPatient {
    pub id: PersonId,
    name: String,
    email: Option<String>,
    phone: Option<String>,
}

impl NewPatient {
    /// What is wrong with the fields of a new patient. The address may be left out.
    pub fn check(form: &AppointmentForm) -> Vec<FieldError> {
        Self::check_fields(&form.name, &form.email, &form.phone)
    }

    /// As [`Self::check`], of the fields alone.
    pub fn check_fields(name: &str, email: &str, phone: &str) -> Vec<FieldError> {
        let wrong_email = if is_blank(email) { None } else { check_email(email) };
        let checks: [(&str, Option<FieldCode>); 3] =
            [("name", check_name(name)), ("email", wrong_email), ("phone", check_phone(phone))];
        let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        checks.into_iter().filter_map(wrong).collect()
    }

    pub fn of(form: &AppointmentForm) -> Self {
        Self::new(&form.name, &form.email, &form.phone)
    }

    /// The fields as they are kept.
    pub fn new(name: &str, email: &str, phone: &str) -> Self {
        let id = PersonId(random::id());
        let (email, phone) = (kept_email(email), kept_phone(phone));
        NewPatient {
            id,
            name: line(name),
            email: (!email.is_empty()).then_some(email),
            phone: (!phone.is_empty()).then_some(phone),
        }
    }

    /// Gives a patient who does not sign in these details; an address that is left out stays as it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn replace(&self, tx: &mut Tx<'_>, patient: PersonId) -> Result<(), Error> {
        const SQL: &str = "update persons set display_name = $2, phone = $3, search_text = $4
            where id = $1 and password_hash is null";
        const EMAIL: &str = "update persons set email = $2 where id = $1 and password_hash is null";
        let search_text = search_text(&self.name, self.phone.as_deref());
        tx.execute(SQL, (patient, &self.name, &self.phone, search_text)).await?;
        if self.email.is_some() {
            tx.execute(EMAIL, (patient, &self.email)).await?;
        }
        Ok(())
    }

    /// # Errors
    /// [`AppError::Invalid`] naming `email` when the address has an account.
    pub async fn insert(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "insert into persons (id, email, display_name, phone, search_text, role, created_at)
            values ($1, $2, $3, $4, $5, 'patient', $6)";
        if let Some(email) = &self.email
            && account_exists(tx, email).await?
        {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        let search_text = search_text(&self.name, self.phone.as_deref());
        tx.execute(SQL, (self.id, &self.email, &self.name, &self.phone, search_text, now)).await?;
        Ok(())
    }
}
