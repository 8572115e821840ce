//! The words that patients use for what doctors call otherwise, and words that were mistyped. Pure.

use std::collections::HashSet;

use crate::text::server::words_of;

/// Beginnings of words in names of specialties, and what people say instead. Staff add more to each specialty.
const EVERYDAY: [(&[&str], &str); 27] = [
    (&["general pract", "family", "primary care"], "gp general practitioner family doctor primary care check-up"),
    (&["cardio"], "heart cardiologist chest pain blood pressure palpitations"),
    (&["dermat"], "skin dermatologist rash mole moles acne eczema"),
    (&["paediat", "pediat"], "child children kids baby babies infant paediatrician pediatrician pediatrics"),
    (&["ophthal", "optom"], "eye eyes sight vision glasses ophthalmologist optician"),
    (&["orthop"], "bone bones joint joints knee hip shoulder back pain fracture orthopedics orthopaedic surgeon"),
    (&["gynaec", "gynec", "obstet"], "women womens pregnancy pregnant periods gynaecologist gynecologist gynecology"),
    (&["psychiat", "psychol"], "mental health depression anxiety psychiatrist psychologist therapy"),
    (&["ear nose", "otolaryng", "otorhino"], "ent ear ears nose throat hearing tonsils sinus"),
    (&["dent"], "tooth teeth dentist gums"),
    (&["gastro"], "stomach gut bowel digestion tummy gastroenterologist"),
    (&["respir", "pulmo"], "lung lungs breathing asthma cough"),
    (&["nephro", "renal"], "kidney kidneys nephrologist"),
    (&["urol"], "bladder prostate urine urologist"),
    (&["neurol"], "brain nerve nerves headache migraine epilepsy neurologist"),
    (&["oncol"], "cancer tumour tumor oncologist"),
    (&["endocr", "diabet"], "diabetes thyroid hormones endocrinologist"),
    (&["allerg", "immunol"], "allergy allergies hay fever"),
    (&["haemat", "hemat"], "blood anaemia anemia"),
    (&["podiat", "chiropod"], "foot feet toenail podiatrist"),
    (&["physio"], "physio physical therapy physiotherapist"),
    (&["radiol"], "x-ray scan ultrasound radiologist"),
    (&["rheumat"], "arthritis gout rheumatologist"),
    (&["geriat"], "elderly older people geriatrician"),
    (&["surg"], "operation surgeon"),
    (&["nutri", "diet"], "diet weight food dietitian nutritionist"),
    (&["travel", "tropic"], "vaccination vaccinations holiday travel"),
];

/// Words around what is looked for: "skin doctor", "speaks Greek". Longer ones never narrow a search; those of up to
/// three letters do when nothing else was typed, because names begin with them.
const FILLERS: [&str; 9] =
    ["doctor", "doctors", "specialist", "specialists", "speaking", "speaks", "speak", "dr", "for"];

/// Letters from which one mistake is forgiven, and two.
const ONE_MISTAKE: usize = 4;
const TWO_MISTAKES: usize = 8;
/// Letters of the longest word that is looked at: the work grows with their square.
const LONGEST: usize = 30;

/// What people say for a specialty, as [`words_of`] writes it: the everyday words, and those that staff added.
pub(super) fn everyday_words(name: &str, other_words: &str) -> String {
    let name = words_of(name);
    let is_meant = |beginnings: &[&str]| beginnings.iter().any(|beginning| name.contains(&[" ", beginning].concat()));
    let mut words = words_of(other_words);
    for (_, everyday) in EVERYDAY.iter().filter(|(beginnings, _)| is_meant(beginnings)) {
        words.push_str(&words_of(everyday));
    }
    words
}

/// The words of a search that narrow it, in plain small letters.
pub(super) fn wanted_words(typed: &str) -> Vec<String> {
    let words: Vec<String> = words_of(typed).split_whitespace().map(str::to_owned).collect();
    let is_filler = |word: &String| FILLERS.contains(&word.as_str());
    let only_fillers = words.iter().all(is_filler);
    words.into_iter().filter(|word| !is_filler(word) || (only_fillers && word.len() <= 3)).collect()
}

/// The known word that was most likely meant: the nearest one within the mistakes that are forgiven, of several the one
/// that begins alike, then the first one.
pub(super) fn nearest<'a>(typed: &str, known: &HashSet<&'a str>) -> Option<&'a str> {
    let letters: Vec<char> = typed.chars().collect();
    let forgiven = match letters.len() {
        0..ONE_MISTAKE => return None,
        ONE_MISTAKE..TWO_MISTAKES => 1,
        TWO_MISTAKES..=LONGEST => 2,
        _ => return None,
    };
    let near = known.iter().filter_map(|word| {
        let other: Vec<char> = word.chars().take(LONGEST + 1).collect();
        let mistakes = mistakes(&letters, &other, forgiven)?;
        Some((mistakes, other.first() != letters.first(), *word))
    });
    near.min().map(|(_, _, word)| word)
}

/// How many letters are wrong, missing, too many, or in the place of their neighbour; none for more than `most`
/// (Damerau and Levenshtein, without moving a letter twice).
fn mistakes(a: &[char], b: &[char], most: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > most {
        return None;
    }
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut a_before = None;
    for (row, a_letter) in a.iter().enumerate() {
        let mut this = Vec::with_capacity(b.len() + 1);
        this.push(row + 1);
        let mut b_before = None;
        for (column, b_letter) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let wrong = at(&last, column) + usize::from(a_letter != b_letter);
            let mut fewest = wrong.min(at(&last, column + 1) + 1).min(at(&this, column) + 1);
            if a_before == Some(b_letter) && b_before == Some(a_letter) {
                fewest = fewest.min(at(&before_last, column.wrapping_sub(1)) + 1);
            }
            this.push(fewest);
            b_before = Some(b_letter);
        }
        if this.iter().all(|mistakes| *mistakes > most) {
            return None;
        }
        before_last = std::mem::replace(&mut last, this);
        a_before = Some(a_letter);
    }
    last.last().copied().filter(|mistakes| *mistakes <= most)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn count(a: &str, b: &str) -> Option<usize> {
        mistakes(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>(), 2)
    }

    #[test]
    fn people_do_not_speak_latin() {
        for (name, said) in [
            ("General practice", "gp"),
            ("Cardiology", "heart"),
            ("Paediatrics", "child"),
            ("Pediatric cardiology", "kids"),
            ("Dermatology", "skin"),
            ("Ear, nose & throat", "ent"),
        ] {
            assert!(everyday_words(name, "").contains(&format!(" {said}")), "{said}");
        }
        assert!(!everyday_words("Accident and emergency", "").contains(" tooth"), "the middle of a word");
        assert_eq!(everyday_words("Sleep medicine", "Snoring, tired"), " snoring tired");
    }

    #[test]
    fn words_around_what_is_meant_do_not_narrow_a_search() {
        assert_eq!(wanted_words("Skin doctor"), ["skin"]);
        assert_eq!(wanted_words("doctor for skin"), ["skin"]);
        assert_eq!(wanted_words("doctors"), [""; 0]);
        assert_eq!(wanted_words("dr okafor"), ["okafor"]);
        assert_eq!(wanted_words("Dr"), ["dr"]);
        assert_eq!(wanted_words("Forster"), ["forster"]);
    }

    #[test]
    fn mistakes_are_counted_as_fingers_make_them() {
        assert_eq!(count("okafr", "okafor"), Some(1));
        assert_eq!(count("okafro", "okafor"), Some(1));
        assert_eq!(count("okkafor", "okafor"), Some(1));
        assert_eq!(count("okefor", "okafor"), Some(1));
        assert_eq!(count("kardiologie", "cardiology"), None, "three");
        assert_eq!(count("cardiolgoy", "cardiology"), Some(1));
        assert_eq!(count("", "ab"), Some(2));
        assert_eq!(count("same", "same"), Some(0));
    }

    #[test]
    fn short_words_are_taken_as_they_are_and_long_ones_may_have_two_mistakes() {
        let known = HashSet::from(["okafor", "chen", "dermatology", "ahmed", "ahmad"]);
        assert_eq!(nearest("okafr", &known), Some("okafor"));
        assert_eq!(nearest("chn", &known), None);
        assert_eq!(nearest("chne", &known), Some("chen"));
        assert_eq!(nearest("dermatlogi", &known), Some("dermatology"));
        assert_eq!(nearest("okfr", &known), None, "two mistakes in a short word");
        assert_eq!(nearest("ahmid", &known), Some("ahmad"), "of two that are as near, always the same one");
        assert_eq!(nearest(&"a".repeat(31), &known), None);
    }

    proptest! {
        #[test]
        fn counting_mistakes_is_the_same_from_both_ends_and_bounded(a in "[a-d]{0,8}", b in "[a-d]{0,8}") {
            prop_assert_eq!(count(&a, &b), count(&b, &a));
            prop_assert_eq!(count(&a, &a), Some(0));
            if let Some(found) = count(&a, &b) {
                prop_assert!(found >= a.len().abs_diff(b.len()) && (found > 0) == (a != b));
            }
        }
    }
}
