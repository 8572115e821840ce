//! What a search finds a person by: the rows of `person_words`, written by the one function [`index`] at every change of
//! a name, an address, a number or a birth date.
//!
//! A word is found by its beginning, through the primary key. A sign in front says what kind of word it is; words of a
//! name have none.

use sqlx::FromRow;

use crate::{
    accounts::model::phone_digits,
    db::{Error, Statement, Tx},
    ids::PersonId,
    text::server::{telephone::Country, words_of},
    time::server::LocalDate,
};

/// In front of a birth date: "=1906-12-09".
pub(super) const BIRTH_DATE: &str = "=";
/// In front of the digits of a telephone number from the last to the first, so that the last ones are a beginning.
pub(super) const PHONE: &str = "+";
/// In front of a clinic number.
pub(super) const CLINIC_NUMBER: &str = "#";
/// In front of an e-mail address.
pub(super) const EMAIL: &str = "@";

/// What a person is found by, as it is stored.
#[derive(Clone, Debug, Default, FromRow)]
pub struct Findable {
    pub display_name: String,
    pub call_name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub birth_date: Option<LocalDate>,
    pub clinic_number: Option<String>,
}

impl Findable {
    /// The words of the person, each once.
    #[must_use]
    pub fn words(&self, country: Country) -> Vec<String> {
        let mut words: Vec<String> = words_of(&[self.display_name.as_str(), " ", &self.call_name].concat())
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let marked = |sign: &str, text: &str| [sign, text].concat();
        words.extend(self.birth_date.map(|date| marked(BIRTH_DATE, &date.to_string())));
        let digits = self.phone.as_deref().map(|phone| backwards(phone, country)).filter(|digits| !digits.is_empty());
        words.extend(digits.map(|digits| marked(PHONE, &digits)));
        let number = self.clinic_number.as_deref().map(number_word).filter(|number| !number.is_empty());
        words.extend(number.map(|number| marked(CLINIC_NUMBER, &number)));
        words.extend(self.email.as_deref().map(|email| marked(EMAIL, email)));
        words.sort_unstable();
        words.dedup();
        words
    }
}

/// The digits of a number from the last to the first, with its country where it is known.
pub(super) fn backwards(phone: &str, country: Country) -> String {
    let digits = country.e164(phone).unwrap_or_else(|| phone_digits(phone));
    digits.trim_start_matches('+').chars().rev().collect()
}

/// A clinic number without blanks and signs, in small letters.
pub(super) fn number_word(number: &str) -> String {
    words_of(number).split_whitespace().collect()
}

/// What the column `search_text` holds, by which lists of people are sorted: the words of the name, each after a blank,
/// and behind a `#` the digits of the telephone number.
#[must_use]
pub fn search_text(name: &str, phone: Option<&str>) -> String {
    [&words_of(name), "#", &phone_digits(phone.unwrap_or_default())].concat()
}

/// Writes the words of a person who was added or changed in this unit, and what else follows from their name and number.
/// A person who was merged into another record has none.
///
/// # Errors
/// The database's.
pub async fn index(tx: &mut Tx<'_>, person: PersonId, country: Country) -> Result<(), Error> {
    const STORED: &str = "select display_name, call_name, email, phone, birth_date, clinic_number from persons
        where id = $1";
    const COLUMNS: &str = "update persons set search_text = $2, phone_e164 = $3 where id = $1";
    const STATUS: &str = "select status from persons where id = $1";
    let stored: Findable = tx.fetch_one(STORED, (person,)).await?;
    let text = search_text(&stored.display_name, stored.phone.as_deref());
    let e164 = stored.phone.as_deref().and_then(|phone| country.e164(phone));
    tx.execute(COLUMNS, (person, text, e164)).await?;
    tx.execute("delete from person_words where person_id = $1", (person,)).await?;
    let status: String = tx.fetch_value(STATUS, (person,)).await?;
    if status == "merged" { Ok(()) } else { insert(tx, person, &stored.words(country)).await }
}

async fn insert(tx: &mut Tx<'_>, person: PersonId, words: &[String]) -> Result<(), Error> {
    const SQL: Statement = Statement {
        sqlite: "insert into person_words (word, person_id) select value, $1 from json_each($2)",
        postgres: "insert into person_words (word, person_id)
            select value, $1::uuid from json_array_elements_text($2::json)",
    };
    let list = serde_json::to_string(words).map_err(|_| Error::Corrupt("words of a person"))?;
    tx.execute(SQL, (person, list)).await?;
    Ok(())
}
