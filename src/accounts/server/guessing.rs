//! How easily a password is guessed, as zxcvbn estimates it.

use zxcvbn::{Score, zxcvbn};

/// Characters that are judged. A password of this length can be hard to guess, and estimating a long run of characters
/// that may replace letters takes a second.
const MAX_JUDGED: usize = 32;

/// Whether an attacker finds the password within a hundred million guesses. `known` lists what an attacker tries first:
/// the name and address of the owner, and the name of the clinic.
pub(super) fn is_easily_guessed(password: &str, known: &[&str]) -> bool {
    let beginning: String = password.chars().take(MAX_JUDGED).collect();
    let parts = known.iter().flat_map(|text| text.split('@').chain([*text]));
    let known: Vec<String> = parts.flat_map(forms).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    // signs between the words of a name hide it from the judge
    let joined: String = beginning.chars().filter(|c| c.is_alphanumeric()).collect();
    [beginning, joined].iter().any(|password| zxcvbn(password, &known).score() < Score::Three)
}

/// A text as it may stand in a password: as a whole, in one word, and by its words.
fn forms(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = || text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut forms = vec![words().collect()];
    forms.extend(words().map(str::to_owned));
    forms.push(text);
    forms
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
            assert!(is_easily_guessed(bad, &[]), "{bad}");
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
            assert!(!is_easily_guessed(good, &[]), "{good}");
        }
    }

    #[test]
    fn what_is_known_of_a_person_and_the_clinic_is_tried_first() {
        let known = ["Margaret Okafor", "mo.okafor@surgery.example", "Riverside Clinic"];
        for bad in ["MargaretOkafor1", "margaret.okafor", "0kaforMargaret", "mo.okafor1985", "RiversideClinic!"] {
            assert!(is_easily_guessed(bad, &known), "{bad}");
        }
        assert!(!is_easily_guessed("Margaret keeps quiet bees", &known));
    }

    #[test]
    fn a_long_password_is_judged_by_its_beginning() {
        assert!(!is_easily_guessed(&"4@8({[<3691!|0$5+7%2".repeat(6), &[]));
        assert!(is_easily_guessed(&"sunshine".repeat(16), &[]));
    }
}
