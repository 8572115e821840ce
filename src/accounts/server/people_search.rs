//! Finding people: by words of the name in any order, by birth date, telephone number, clinic number, e-mail address and
//! reference of an appointment.
//!
//! Each word is looked up by its beginning in `person_words` ([`super::person_words`]), the rarest word first, so the
//! answer takes as long among a million people as among ten, and is the same on both engines. The middle of a word finds
//! nothing.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::person_words::{BIRTH_DATE, CLINIC_NUMBER, EMAIL, PHONE, backwards, number_word};
use crate::{
    db::{Conn, Error},
    ids::{DoctorId, PersonId},
    text::{
        figures, line,
        server::{email::kept_email, telephone::Country, words_of},
    },
    time::server::LocalDate,
};

/// Words of a search that count.
const MAX_WORDS: usize = 4;
/// Characters of a search that count.
const MAX_CHARACTERS: usize = 100;
/// Digits from which a search counts as one for a telephone number.
const MIN_DIGITS: usize = 4;
/// Characters from which a word counts as the beginning of an e-mail address.
const MIN_ADDRESS: usize = 3;
/// People that a search looks at; more are too many to choose from.
pub(crate) const MOST: usize = 500;
/// Rows of the rarest word that are looked at, and rows of a word that are counted to find that one. Among a million
/// people only two frequent words reach it, and they have more people in common than anybody chooses from; a birth date
/// beside them is rarer.
const LOOKED_AT: i64 = 10_000;
/// After every text that begins with what stands before it.
const LAST: char = '\u{10FFFF}';

/// Among whom to look.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Among {
    /// Everybody, also those who are suspended.
    Everybody,
    Patients,
    /// Those who have had an appointment with this doctor, and whoever has the whole address that was typed.
    PatientsOf(DoctorId),
}

/// From this text on, and before that one.
type Range = (String, String);

/// A search as it was typed, and the ways to understand it. Whoever fits one of them is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PeopleSearch {
    /// What was typed, in one line.
    pub typed: String,
    /// Each a list of ranges, in all of which the person has a word.
    ways: Vec<Vec<Range>>,
    /// The reference of an appointment that this may be.
    reference: String,
}

impl PeopleSearch {
    /// Reads what was typed; numbers without a country are of this one.
    pub fn read(typed: &str, country: Country) -> Self {
        // no text that is stored has control characters, and PostgreSQL refuses one of them
        let seen = typed.chars().filter(|c| !c.is_control());
        let typed: String = line(&seen.collect::<String>()).chars().take(MAX_CHARACTERS).collect();
        let mut ways: Vec<Vec<Range>> = vec![names_and_dates(&typed)];
        ways.extend(phone_word(&typed, country).map(|digits| vec![beginning(PHONE, &digits)]));
        let number = number_word(&typed);
        if !number.is_empty() {
            ways.push(vec![whole(CLINIC_NUMBER, &number)]);
        }
        if !typed.contains(' ') && typed.chars().count() >= MIN_ADDRESS {
            ways.push(vec![beginning(EMAIL, &kept_email(&typed))]);
        }
        ways.retain(|way| !way.is_empty());
        let reference = reference_in(&typed);
        PeopleSearch { typed, ways, reference }
    }

    /// Whom it finds, at most [`MOST`], in no order that means anything.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, conn: &mut Conn<'_>, among: Among) -> Result<Vec<PersonId>, Error> {
        let mut found = BTreeSet::new();
        for way in &self.ways {
            found.extend(by_words(conn, way, among).await?);
        }
        found.extend(self.by_reference(conn, among).await?);
        if matches!(among, Among::PatientsOf(_)) {
            const SQL: &str = "select id from persons where email = $1 and role = 'patient' and status = 'active'";
            found.extend(conn.fetch_values::<PersonId>(SQL, (kept_email(&self.typed),)).await?);
        }
        Ok(found.into_iter().take(MOST).collect())
    }

    async fn by_reference(&self, conn: &mut Conn<'_>, among: Among) -> Result<Vec<PersonId>, Error> {
        const SQL: &str = "select p.id from appointments a join persons p on p.id = a.patient_id
            where a.reference = $1 and p.status not in ('merged', 'closed') and ($2 or a.doctor_id = $3)
                and ($4 or (p.role = 'patient' and p.status = 'active'))
            order by a.chain_position desc limit 1";
        if self.reference.is_empty() {
            return Ok(Vec::new());
        }
        let (anybody, everybody, doctor) = among.binds();
        conn.fetch_values(SQL, (&self.reference, anybody, doctor, everybody)).await
    }
}

impl Among {
    /// Whether the person needs no appointment with a doctor; whether it may be staff, or suspended; the doctor.
    fn binds(self) -> (bool, bool, DoctorId) {
        match self {
            Among::Everybody => (true, true, DoctorId(Uuid::nil())),
            Among::Patients => (true, false, DoctorId(Uuid::nil())),
            Among::PatientsOf(doctor) => (false, false, doctor),
        }
    }
}

/// People who have a word in every range.
async fn by_words(conn: &mut Conn<'_>, way: &[Range], among: Among) -> Result<Vec<PersonId>, Error> {
    const COUNT: &str = "select count(*) from (select 1 as one from person_words where word >= $1 and word < $2
        limit $3) counted";
    const SQL: &str = "select w.person_id
        from (select word, person_id from person_words where word >= $1 and word < $2
            order by word, person_id limit $3) w
        join persons p on p.id = w.person_id
        where ($4 = '' or exists (select 1 from person_words x
                where x.person_id = w.person_id and x.word >= $4 and x.word < $5))
            and ($6 = '' or exists (select 1 from person_words x
                where x.person_id = w.person_id and x.word >= $6 and x.word < $7))
            and ($8 = '' or exists (select 1 from person_words x
                where x.person_id = w.person_id and x.word >= $8 and x.word < $9))
            and p.status not in ('merged', 'closed') and ($10 or (p.role = 'patient' and p.status = 'active'))
            and ($11 or exists (select 1 from appointments a
                where a.patient_id = w.person_id and a.doctor_id = $12 and a.status not in ('held', 'expired')))
        order by w.word, w.person_id limit $13";
    let mut counted = Vec::with_capacity(way.len());
    for (from, to) in way {
        let rows: i64 = if way.len() == 1 { 0 } else { conn.fetch_value(COUNT, (from, to, LOOKED_AT)).await? };
        counted.push((rows, from, to));
    }
    counted.sort_by_key(|(rows, ..)| *rows);
    let range = |n: usize| counted.get(n).map_or(("", ""), |(_, from, to)| (from.as_str(), to.as_str()));
    let ((first, before), (a, b), (c, d), (e, f)) = (range(0), range(1), range(2), range(3));
    let (anybody, everybody, doctor) = among.binds();
    let most = i64::try_from(MOST).unwrap_or(i64::MAX);
    conn.fetch_values(SQL, (first, before, LOOKED_AT, a, b, c, d, e, f, everybody, anybody, doctor, most)).await
}

/// The reference of an appointment as it is stored, "K7MW-4QPX", if what was typed may be one; else empty.
fn reference_in(typed: &str) -> String {
    let code: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let only = typed.chars().all(|c| c.is_ascii_alphanumeric() || " -".contains(c));
    match code.to_ascii_uppercase().split_at_checked(4) {
        Some((first, last)) if only && last.len() == 4 => [first, "-", last].concat(),
        _ => String::new(),
    }
}

/// Words that begin so.
fn beginning(sign: &str, text: &str) -> Range {
    let from = [sign, text].concat();
    let to = from.chars().chain([LAST]).collect();
    (from, to)
}

/// The one word that is this.
fn whole(sign: &str, text: &str) -> Range {
    let from = [sign, text].concat();
    let to = [&from, "\u{1}"].concat();
    (from, to)
}

/// The words of a name, with birth dates among them; empty when there are none that count.
fn names_and_dates(typed: &str) -> Vec<Range> {
    let plain = figures(typed).replace(',', " ");
    let parts: Vec<&str> = plain.split_whitespace().collect();
    let (mut ranges, mut names, mut at) = (Vec::new(), String::new(), 0);
    while let Some(rest) = parts.get(at..).filter(|rest| !rest.is_empty()) {
        let date_of = |length: usize| LocalDate::from_text(&rest.get(..length)?.join(" ")).ok();
        match [1, 3].into_iter().find_map(|length| Some((length, date_of(length)?))) {
            Some((length, date)) => {
                ranges.push(whole(BIRTH_DATE, &date.to_string()));
                at += length;
            }
            None => {
                names.push(' ');
                names.push_str(rest.first().copied().unwrap_or_default());
                at += 1;
            }
        }
    }
    ranges.extend(words_of(&names).split_whitespace().map(|word| beginning("", word)));
    ranges.truncate(MAX_WORDS);
    ranges
}

/// The last digits of a telephone number, from the last to the first, if this may be one.
fn phone_word(typed: &str, country: Country) -> Option<String> {
    let plain = figures(typed);
    let is_number = plain.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let digits = backwards(&plain, country);
    (is_number && digits.len() >= MIN_DIGITS).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::server::person_words::Findable;

    fn finds(typed: &str, person: &Findable) -> bool {
        let words = person.words(Country::GB);
        let has = |(from, to): &Range| words.iter().any(|word| word >= from && word < to);
        PeopleSearch::read(typed, Country::GB).ways.iter().any(|way| way.iter().all(has))
    }

    #[test]
    fn nothing_typed_and_signs_alone_find_nobody() {
        for typed in ["", " \0 ", "%", "_", "''"] {
            assert_eq!(PeopleSearch::read(typed, Country::GB).ways, Vec::<Vec<Range>>::new(), "{typed:?}");
        }
    }

    #[test]
    fn a_date_among_words_is_a_birth_date() {
        let grace = Findable {
            display_name: "Grace Mary Hopper".into(),
            birth_date: LocalDate::new(1906, 12, 9),
            ..Findable::default()
        };
        for typed in
            ["hopper 9.12.1906", "9 December 1906, Hopper", "1906-12-09", "9/12/1906 grace", "grace 9 dec 1906"]
        {
            assert!(finds(typed, &grace), "{typed}");
        }
        for typed in ["hopper 9.12.1907", "12/9/1906", "1906"] {
            assert!(!finds(typed, &grace), "{typed}");
        }
    }

    #[test]
    fn the_last_digits_of_a_number_find_it() {
        let of = |phone: &str| Findable { phone: Some(phone.into()), ..Findable::default() };
        for row in ["+44 20 7946 0100", "+44 (0)20 7946 0100", "020 7946 0100", "020 7946-0100 ext 12"] {
            for typed in
                ["0100", "7946 0100", "2079460100", "020 79460100", "+44 20 7946 0100", "0044 2079460100", "٠١٠٠"]
            {
                assert!(finds(typed, &of(row)), "{typed:?} in {row}");
            }
            for typed in ["100", "020 7946", "+44 20 7946 0101", "Ana 0100"] {
                assert!(!finds(typed, &of(row)), "{typed:?} in {row}");
            }
        }
    }
}
