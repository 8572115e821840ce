//! Finding a patient for whom the clinic adds an appointment, or making an account for a new one.

use sqlx::FromRow;

use crate::{
    accounts::model::{check_email, check_name, check_phone},
    availability::server::Calendar,
    booking::front_desk::{AppointmentForm, FoundPatient, MAX_FOUND},
    db::{Conn, Error, Tx},
    error::{FieldCode, FieldError},
    ids::UserId,
    random,
    time::Timestamp,
};

/// Digits from which a search counts as one for a telephone number.
const MIN_DIGITS: usize = 4;
/// The end of an address that stands in for a missing one: a name that never exists (RFC 2606), so no one can sign in
/// with it and no mail goes to it.
const NO_MAIL: &str = "@invalid";

#[derive(FromRow)]
struct Row {
    id: UserId,
    display_name: String,
    email: String,
    phone: Option<String>,
}

impl From<Row> for FoundPatient {
    fn from(row: Row) -> Self {
        let email = if row.email.ends_with(NO_MAIL) { String::new() } else { row.email };
        FoundPatient { id: row.id, name: row.display_name, email, phone: row.phone.unwrap_or_default() }
    }
}

/// Patients whose name, address or number has the searched text in it, by name. A doctor finds those who have had an
/// appointment with them; other patients only by the whole e-mail address, which the patient must have told them.
///
/// # Errors
/// The database's.
pub async fn search(conn: &mut Conn<'_>, calendar: &Calendar, text: &str) -> Result<Vec<FoundPatient>, Error> {
    const SQL: &str = "select u.id, u.display_name, u.email, u.phone from users u
        where u.role = 'patient' and u.status = 'active' and (u.email = $1 or (
            (lower(u.display_name) like $2 escape '!' or u.display_name like $3 escape '!' or u.email like $2 escape '!'
                or replace(replace(replace(replace(replace(replace(u.phone, ' ', ''), '-', ''), '(', ''), ')', ''),
                    '.', ''), '/', '') like $4 escape '!')
            and ($5 or exists (select 1 from appointments a
                where a.patient_id = u.id and a.doctor_id = $6 and a.status not in ('held', 'expired')))))
        order by u.display_name, u.id limit $7";
    let text = without_nul(text);
    let (text, email) = (text.trim(), text.trim().to_lowercase());
    let (small, exact, phone) = (containing(&email), containing(text), phone_pattern(text));
    let rows: Vec<Row> =
        conn.fetch_all(SQL, (&email, &small, &exact, &phone, calendar.by_staff, calendar.doctor, MAX_FOUND)).await?;
    Ok(rows.into_iter().map(FoundPatient::from).collect())
}

/// A patient whom a search for `text` may have found, if the person who works on this calendar may know them.
///
/// # Errors
/// The database's.
pub async fn known(
    conn: &mut Conn<'_>,
    calendar: &Calendar,
    patient: UserId,
    text: &str,
) -> Result<Option<FoundPatient>, Error> {
    const SQL: &str = "select u.id, u.display_name, u.email, u.phone from users u
        where u.id = $1 and u.role = 'patient' and u.status = 'active' and (u.email = $2 or $3
            or exists (select 1 from appointments a
                where a.patient_id = u.id and a.doctor_id = $4 and a.status not in ('held', 'expired')))";
    let email = without_nul(text).trim().to_lowercase();
    let row: Option<Row> = conn.fetch_optional(SQL, (patient, &email, calendar.by_staff, calendar.doctor)).await?;
    Ok(row.map(FoundPatient::from))
}

/// No text that is stored has this character, and PostgreSQL refuses it.
fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// A pattern for `like` with `!` as its escape character.
fn containing(text: &str) -> String {
    let escaped: String =
        text.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect();
    format!("%{escaped}%")
}

/// The digits of a telephone number in a row; without enough of them, a pattern that no row fits.
fn phone_pattern(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let plain = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    if plain && digits.len() >= MIN_DIGITS { format!("%{digits}%") } else { "-".to_owned() }
}

/// An account for a patient who has none. It cannot be used to sign in.
#[derive(Clone, Debug)]
pub struct NewPatient {
    pub id: UserId,
    name: String,
    email: String,
    phone: Option<String>,
}

impl NewPatient {
    /// What is wrong with the fields of a new patient. The address may be left out.
    pub fn check(form: &AppointmentForm) -> Vec<FieldError> {
        let email = if form.email.trim().is_empty() { None } else { check_email(&form.email) };
        let checks: [(&str, Option<FieldCode>); 3] =
            [("name", check_name(&form.name)), ("email", email), ("phone", check_phone(&form.phone))];
        let wrong = |(field, code): (&str, Option<FieldCode>)| Some(FieldError { field: field.into(), code: code? });
        checks.into_iter().filter_map(wrong).collect()
    }

    pub fn of(form: &AppointmentForm) -> Self {
        let id = UserId(random::id());
        let (email, phone) = (form.email.trim().to_lowercase(), form.phone.trim());
        NewPatient {
            id,
            name: form.name.trim().to_owned(),
            email: if email.is_empty() { format!("no-mail-{id}{NO_MAIL}") } else { email },
            phone: (!phone.is_empty()).then(|| phone.to_owned()),
        }
    }

    /// # Errors
    /// [`crate::db::Violation::EmailTaken`] when the address has an account.
    pub async fn insert(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Error> {
        // no password has this hash
        const SQL: &str = "insert into users (id, email, display_name, phone, role, password_hash, created_at)
            values ($1, $2, $3, $4, 'patient', 'none', $5)";
        tx.execute(SQL, (self.id, &self.email, &self.name, &self.phone, now)).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::model::check_email;

    #[test]
    fn wild_cards_of_a_search_are_plain_characters() {
        assert_eq!(containing("50%_!"), "%50!%!_!!%");
    }

    #[test]
    fn a_number_is_searched_for_by_its_digits_and_a_name_is_not() {
        assert_eq!(phone_pattern("020 7946-0100"), "%02079460100%");
        assert_eq!(phone_pattern("12"), "-");
        assert_eq!(phone_pattern("Ana 20202"), "-");
    }

    #[test]
    fn the_address_that_stands_in_cannot_be_typed() {
        let patient = NewPatient::of(&AppointmentForm { name: "Ana".into(), ..AppointmentForm::default() });
        assert!(patient.email.ends_with(NO_MAIL));
        assert!(check_email(&patient.email).is_some());
    }
}
