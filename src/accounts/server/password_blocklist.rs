//! Passwords that attackers try first.
//!
//! Twelve characters rule out the plain list. What is left are its words made longer: `Password1234`, `p@ssw0rd!!!!`,
//! `sunshinesunshine`. So a password is brought back to its word before it is looked up.

/// Words at the head of published lists of leaked passwords, one a line, in lower case.
const WORDS: &str = include_str!("password_blocklist.txt");
/// Rows and columns of a keyboard, the alphabet and the digits: a run along one of them is easy to guess.
const RUNS: [&str; 6] = [
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qazwsxedcrfvtgbyhnujmikolp",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn",
];

/// Whether a password is one of those, made longer or spelt with digits.
pub(super) fn is_common(password: &str) -> bool {
    let lower = password.to_lowercase();
    // what was only put behind stands for no letter
    let bare = lower.trim_end_matches(|c: char| !c.is_alphabetic());
    is_run(&lower) || is_listed(&lower) || is_listed(&spelt_out(&lower)) || is_listed(&spelt_out(bare))
}

fn is_listed(password: &str) -> bool {
    let account_mail = password.trim_matches(|c: char| !c.is_alphabetic());
    let unit = repeated_unit(password);
    let has = |candidate: &str| !candidate.is_empty() && WORDS.lines().any(|word| word == candidate);
    (!password.is_empty() && unit.chars().count() <= 3)
        || has(password)
        || has(account_mail)
        || has(unit)
        || has(repeated_unit(account_mail))
}

/// Digits and signs that stand for letters, as letters.
fn spelt_out(password: &str) -> String {
    let letter = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    password.chars().map(letter).collect()
}

/// The shortest beginning that, repeated, gives the whole: `abcabcab` gives `abc`.
fn repeated_unit(text: &str) -> &str {
    let repeats = |unit: &str| text.chars().zip(unit.chars().cycle()).all(|(a, b)| a == b);
    let mut beginnings = text.char_indices().skip(1).map(|(end, _)| text.get(..end).unwrap_or(text));
    beginnings.find(|unit| unit.len() * 2 <= text.len() && repeats(unit)).unwrap_or(text)
}

/// Whether the whole password runs along one of [`RUNS`], forwards or backwards.
fn is_run(password: &str) -> bool {
    let unit = repeated_unit(password);
    let backwards: String = unit.chars().rev().collect();
    RUNS.iter().any(|run| run.contains(unit) || run.contains(&backwards))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_word_made_longer_is_still_common() {
        for bad in [
            "Password1234",
            "p@ssw0rd!!!!",
            "P4ssw0rd1234",
            "sunshinesunshine",
            "aaaaaaaaaaaa",
            "123456789012",
            "qwertyuiopas",
            "passwordpassword",
            "123412341234",
            "987654321098",
            "Liverpool2024!",
            "iloveyouiloveyou",
            "abcabcabcabc",
            "1q2w3e4r5t6y",
            "letmein12345",
            "!!!!Password",
            "trustno1trustno1",
        ] {
            assert!(is_common(bad), "{bad}");
        }
    }

    #[test]
    fn a_phrase_of_ones_own_is_fine() {
        for good in [
            "a garden of quiet bees",
            "correct horse battery staple",
            "Ztk-93-wolkenbruch",
            "the password is not this",
            "grandma bakes at six",
            "ümlaut sind schön",
            "k7f4m2pqx9wd",
        ] {
            assert!(!is_common(good), "{good}");
        }
    }

    #[test]
    fn the_list_is_in_lower_case_without_gaps_or_repeats() {
        let words: Vec<_> = WORDS.lines().collect();
        assert!(words.len() > 250, "{}", words.len());
        assert!(words.iter().all(|word| !word.is_empty() && *word == word.trim().to_lowercase()));
        let mut unique = words.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), words.len());
    }
}
