//! Recovery codes: ten secrets to write down, each for one use.
//!
//! The first sign says which of the ten it is, so that a typed code is compared with one hash and not with ten. The
//! eleven others are 55 random bits, hashed like a password.

use rand::RngCore;

use crate::{
    accounts::server::Hasher,
    db::{Conn, Error, Tx},
    error::AppError,
    ids::PersonId,
    time::Timestamp,
};

/// Codes of a set.
pub(super) const CODES: i32 = 10;
const SIGNS: usize = 12;
/// Crockford's base 32, as in [`crate::random::reference`].
const ALPHABET: [u8; 32] = *b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A new set, as its owner gets it, and its hashes, both in their order.
#[derive(Clone)]
pub(super) struct NewCodes {
    pub codes: Vec<String>,
    pub hashes: Vec<String>,
}

impl NewCodes {
    /// # Errors
    /// [`AppError::Unavailable`] when the server is too busy.
    pub async fn draw(hasher: &Hasher) -> Result<NewCodes, AppError> {
        let codes: Vec<String> = (0..CODES).map(draw).collect();
        let mut hashes = Vec::new();
        for code in &codes {
            hashes.push(hasher.hash(code).await?);
        }
        Ok(NewCodes { codes: codes.iter().map(|code| in_groups(code)).collect(), hashes })
    }

    /// Puts the set in the place of the one before.
    pub async fn store(&self, tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
        const SQL: &str = "insert into recovery_codes (person_id, position, code_hash) values ($1, $2, $3)";
        forget(tx, user).await?;
        for (position, hash) in (0_i32..).zip(&self.hashes) {
            tx.execute(SQL, (user, position, hash)).await?;
        }
        Ok(())
    }
}

/// Deletes every code of a person.
pub(super) async fn forget(tx: &mut Tx<'_>, user: PersonId) -> Result<(), Error> {
    const SQL: &str = "delete from recovery_codes where person_id = $1";
    tx.execute(SQL, (user,)).await?;
    Ok(())
}

/// How many codes of a person still work.
pub(super) async fn left(conn: &mut Conn<'_>, user: PersonId) -> Result<i64, Error> {
    const SQL: &str = "select count(*) from recovery_codes where person_id = $1 and used_at is null";
    conn.fetch_value(SQL, (user,)).await
}

/// The hash of the code at this place, if it was not used.
pub(super) async fn hash_at(conn: &mut Conn<'_>, user: PersonId, position: i32) -> Result<Option<String>, Error> {
    const SQL: &str = "select code_hash from recovery_codes where person_id = $1 and position = $2 and used_at is null";
    conn.fetch_optional_value(SQL, (user, position)).await
}

/// Uses a code up. Of two requests with one code, one gets true.
pub(super) async fn use_up(
    tx: &mut Tx<'_>,
    user: PersonId,
    position: i32,
    hash: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    const SQL: &str = "update recovery_codes set used_at = $4
        where person_id = $1 and position = $2 and code_hash = $3 and used_at is null";
    Ok(tx.execute(SQL, (user, position, hash, now)).await? > 0)
}

fn draw(position: i32) -> String {
    let random = rand::rng().next_u64();
    let sign = |place: usize| ALPHABET.get((random >> (place * 5)) as usize & 31).copied().map_or('0', char::from);
    [position.to_string(), (1..SIGNS).map(sign).collect()].concat()
}

fn in_groups(code: &str) -> String {
    let signs: Vec<char> = code.chars().collect();
    signs.chunks(4).map(|group| group.iter().collect()).collect::<Vec<String>>().join("-")
}

/// A typed code as it was drawn, with its place: blanks, hyphens and small letters do not matter, and neither do the
/// letters that look like digits. None: it is no recovery code.
pub(super) fn read(typed: &str) -> Option<(i32, String)> {
    let plain = |sign: char| match sign.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let code: String = typed.chars().filter(|sign| sign.is_ascii_alphanumeric()).map(plain).collect();
    let known = code.bytes().all(|sign| ALPHABET.contains(&sign));
    let position = code.chars().next()?.to_digit(10)?;
    (code.len() == SIGNS && known).then_some((i32::try_from(position).ok()?, code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = draw(7);
        assert_eq!(code.len(), SIGNS);
        let shown = in_groups(&code);
        assert_eq!((shown.len(), shown.as_bytes()[4]), (14, b'-'), "{shown}");
        for typed in [shown.clone(), code.clone(), shown.to_lowercase(), shown.replace('-', " "), format!(" {code} ")] {
            assert_eq!(read(&typed), Some((7, code.clone())), "{typed}");
        }
        assert_eq!(read("0olI-2345-6789"), read("0011-2345-6789"));
        for typed in ["", "123456", "7ABC-DEFG-HJK", "ABCD-EFGH-JKMN", "7UUU-DEFG-HJKM", "7ABC-DEFG-HJKM-N"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[tokio::test]
    async fn a_set_has_ten_codes_that_fit_their_own_hashes() {
        let hasher = Hasher::new();
        let set = NewCodes::draw(&hasher).await.unwrap();
        assert_eq!((set.codes.len(), set.hashes.len()), (10, 10));
        let (position, code) = read(&set.codes[3]).unwrap();
        assert_eq!(position, 3);
        assert!(hasher.verify(&code, Some(&set.hashes[3])).await.unwrap());
        assert!(!hasher.verify(&code, Some(&set.hashes[4])).await.unwrap());
    }

    #[test]
    fn each_of_eleven_signs_is_any_of_32() {
        let codes: Vec<String> = (0..1000).map(|_| draw(3)).collect();
        for place in 1..SIGNS {
            let signs: std::collections::BTreeSet<_> =
                codes.iter().filter_map(|code| code.chars().nth(place)).collect();
            assert_eq!(signs.len(), 32, "place {place}");
        }
    }
}
