//! Names of languages in English.

/// ISO 639-1 codes and names, by code.
const NAMES: [(&str, &str); 52] = [
    ("af", "Afrikaans"),
    ("am", "Amharic"),
    ("ar", "Arabic"),
    ("bg", "Bulgarian"),
    ("bn", "Bengali"),
    ("cs", "Czech"),
    ("cy", "Welsh"),
    ("da", "Danish"),
    ("de", "German"),
    ("el", "Greek"),
    ("en", "English"),
    ("es", "Spanish"),
    ("et", "Estonian"),
    ("fa", "Persian"),
    ("fi", "Finnish"),
    ("fr", "French"),
    ("ga", "Irish"),
    ("gu", "Gujarati"),
    ("ha", "Hausa"),
    ("he", "Hebrew"),
    ("hi", "Hindi"),
    ("hr", "Croatian"),
    ("hu", "Hungarian"),
    ("id", "Indonesian"),
    ("ig", "Igbo"),
    ("it", "Italian"),
    ("ja", "Japanese"),
    ("ko", "Korean"),
    ("lt", "Lithuanian"),
    ("lv", "Latvian"),
    ("nl", "Dutch"),
    ("no", "Norwegian"),
    ("pa", "Punjabi"),
    ("pl", "Polish"),
    ("pt", "Portuguese"),
    ("ro", "Romanian"),
    ("ru", "Russian"),
    ("sk", "Slovak"),
    ("so", "Somali"),
    ("sq", "Albanian"),
    ("sr", "Serbian"),
    ("sv", "Swedish"),
    ("sw", "Swahili"),
    ("ta", "Tamil"),
    ("te", "Telugu"),
    ("tr", "Turkish"),
    ("uk", "Ukrainian"),
    ("ur", "Urdu"),
    ("vi", "Vietnamese"),
    ("xh", "Xhosa"),
    ("yo", "Yoruba"),
    ("zh", "Chinese"),
];

/// The English name of a language; the code itself when it is not among the names.
pub(super) fn name(code: &str) -> String {
    let known = NAMES.binary_search_by_key(&code, |(known, _)| known).ok().and_then(|index| NAMES.get(index));
    known.map_or_else(|| code.to_owned(), |(_, name)| (*name).to_owned())
}

/// Every language by its name, as code and name.
pub(super) fn all() -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> =
        NAMES.iter().map(|(code, name)| ((*code).to_owned(), (*name).to_owned())).collect();
    all.sort_by(|a, b| a.1.cmp(&b.1));
    all
}

/// Whether the code is among the names.
pub fn is_known(code: &str) -> bool {
    NAMES.binary_search_by_key(&code, |(known, _)| known).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_code_is_found() {
        assert!(NAMES.iter().all(|(code, words)| name(code) == *words));
        assert_eq!(name("tlh"), "tlh");
    }
}
