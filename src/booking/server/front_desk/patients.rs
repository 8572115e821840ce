//! Finding a patient for whom the clinic adds an appointment, or making an account for a new one.

use sqlx::FromRow;

use crate::{
    accounts::{
        model::{check_name, check_phone, kept_phone},
        server::{
            account_exists,
            birth_date::birth_date,
            people_search::{Among, PeopleSearch},
            person_words,
        },
    },
    availability::server::Calendar,
    booking::front_desk::{AppointmentForm, FoundPatient, MAX_FOUND},
    db::{Conn, Error, Statement, Tx, ids_json, in_ids},
    error::{AppError, FieldCode, FieldError},
    ids::PersonId,
    random,
    text::{
        is_blank, line,
        server::{
            email::{check_email, kept_email},
            telephone::Country,
        },
    },
    time::{Timestamp, server::LocalDate},
};

#[derive(FromRow)]
struct Row {
    id: PersonId,
    display_name: String,
    call_name: String,
    birth_date: Option<LocalDate>,
    email: Option<String>,
    phone: Option<String>,
    search_text: String,
}

impl Row {
    fn found(self, country: Country) -> FoundPatient {
        FoundPatient {
            id: self.id,
            name: self.display_name,
            call_name: self.call_name,
            birth_date: self.birth_date.map(LocalDate::plain_words).unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            phone: self.phone.map(|phone| country.national(&phone)).unwrap_or_default(),
        }
    }
}

/// Patients whom a search finds (`accounts/server/people_search.rs`), by name and birth date. A doctor finds those who
/// have had an appointment with them; other patients only by the whole e-mail address, which the patient must have told
/// them.
///
/// # Errors
/// The database's.
pub async fn search(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    text: &str,
    country: Country,
) -> Result<Vec<FoundPatient>, Error> {
    find(conn, if calendar.by_staff { Among::Patients } else { Among::PatientsOf(calendar.doctor) }, text, country)
        .await
}

/// As [`search`], among the people whom its caller may find.
///
/// # Errors
/// The database's.
pub(crate) async fn find(
    conn: &mut Conn<'_>,
    among: Among,
    text: &str,
    country: Country,
) -> Result<Vec<FoundPatient>, Error> {
    let found = PeopleSearch::read(text, country).find(conn, among).await?;
    let mut found = with_ids(conn, found, country).await?;
    found.truncate(MAX_FOUND);
    Ok(found)
}

/// These people, by name and birth date.
///
/// # Errors
/// The database's.
pub async fn with_ids(
    conn: &mut Conn<'_>,
    ids: impl IntoIterator<Item = PersonId>,
    country: Country,
) -> Result<Vec<FoundPatient>, Error> {
    const SQL: Statement = in_ids!(
        "select p.id, p.display_name, p.call_name, p.birth_date, p.email, p.phone, p.search_text
        from persons p where p.id",
        ""
    );
    let mut rows: Vec<Row> = conn.fetch_all(SQL, (ids_json(ids.into_iter().map(|id| id.0)),)).await?;
    // here, because the engines sort texts by other rules
    rows.sort_by(|a, b| (&a.search_text, a.birth_date, a.id).cmp(&(&b.search_text, b.birth_date, b.id)));
    Ok(rows.into_iter().map(|row| row.found(country)).collect())
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
    country: Country,
) -> Result<Option<FoundPatient>, Error> {
    const SQL: &str = "select p.id, p.display_name, p.call_name, p.birth_date, p.email, p.phone, p.search_text
        from persons p
        where p.id = $1 and p.role = 'patient' and p.status = 'active' and (p.email = $2 or $3
            or exists (select 1 from appointments a
                where a.patient_id = p.id and a.doctor_id = $4 and a.status not in ('held', 'expired')))";
    let email = kept_email(&without_nul(text));
    let row: Option<Row> = conn.fetch_optional(SQL, (patient, &email, calendar.by_staff, calendar.doctor)).await?;
    Ok(row.map(|row| row.found(country)))
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
    born: Option<LocalDate>,
    country: Country,
}

impl NewPatient {
    /// What is wrong with the fields of a new patient. The address and the birth date may be left out.
    pub fn check(form: &AppointmentForm, today: LocalDate) -> Vec<FieldError> {
        let mut wrong = Self::check_fields(&form.name, &form.email, &form.phone);
        let born = birth_date(&form.birth_date, today);
        wrong.extend(
            born.err()
                .filter(|code| *code != FieldCode::Missing)
                .map(|code| FieldError { field: "birth_date".into(), code }),
        );
        wrong
    }

    /// As [`Self::check`], of the fields alone.
    pub fn check_fields(name: &str, email: &str, phone: &str) -> Vec<FieldError> {
        let wrong_email = if is_blank(email) { None } else { check_email(email) };
        let checks: [(&str, Option<FieldCode>); 3] =
            [("name", check_name(name)), ("email", wrong_email), ("phone", check_phone(phone))];
        let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        checks.into_iter().filter_map(wrong).collect()
    }

    pub fn of(form: &AppointmentForm, country: Country, today: LocalDate) -> Self {
        let born = birth_date(&form.birth_date, today).ok();
        NewPatient { born, ..Self::new(&form.name, &form.email, &form.phone, country) }
    }

    /// The fields as they are kept; a number without a country is of this one.
    pub fn new(name: &str, email: &str, phone: &str, country: Country) -> Self {
        let id = PersonId(random::id());
        let (email, phone) = (kept_email(email), kept_phone(phone));
        NewPatient {
            id,
            name: line(name),
            email: (!email.is_empty()).then_some(email),
            phone: (!phone.is_empty()).then_some(phone),
            born: None,
            country,
        }
    }

    /// Gives a patient who does not sign in these details; an address that is left out stays as it was.
    ///
    /// # Errors
    /// The database's.
    pub async fn replace(&self, tx: &mut Tx<'_>, patient: PersonId) -> Result<(), Error> {
        const SQL: &str = "update persons set display_name = $2, phone = $3
            where id = $1 and password_hash is null";
        const EMAIL: &str = "update persons set email = $2 where id = $1 and password_hash is null";
        tx.execute(SQL, (patient, &self.name, &self.phone)).await?;
        if self.email.is_some() {
            tx.execute(EMAIL, (patient, &self.email)).await?;
        }
        person_words::index(tx, patient, self.country).await
    }

    /// # Errors
    /// [`AppError::Invalid`] naming `email` when the address has an account.
    pub async fn insert(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        const SQL: &str = "insert into persons (id, email, display_name, phone, role, created_at, birth_date)
            values ($1, $2, $3, $4, 'patient', $5, $6)";
        if let Some(email) = &self.email
            && account_exists(tx, email).await?
        {
            return Err(AppError::field("email", FieldCode::EmailUnusable).into());
        }
        tx.execute(SQL, (self.id, &self.email, &self.name, &self.phone, now, self.born)).await?;
        person_words::index(tx, self.id, self.country).await
    }
}
