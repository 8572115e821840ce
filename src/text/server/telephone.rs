//! Telephone numbers with their country (ITU-T E.164), by a plain rule: the code of the clinic's country takes the place
//! of the digits that are dialled before a number inside the country.
//!
//! Numbers are compared in this form and shown as they are dialled at home. Whether a number is given to anybody is not
//! asked: a library that knows every country's numbering plan brings its tables of a megabyte into the program, and they
//! are out of date before the clinic is.

use crate::text::figures;

/// Digits of a number with its country, at least and at most.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Code of the country (ISO 3166-1), the code that is dialled from abroad, and what is dialled before a number inside
/// the country (ITU-T E.164 and its list of national prefixes).
const COUNTRIES: &[(&str, &str, &str)] = &[
    ("AE", "971", "0"),
    ("AR", "54", "0"),
    ("AT", "43", "0"),
    ("AU", "61", "0"),
    ("BD", "880", "0"),
    ("BE", "32", "0"),
    ("BG", "359", "0"),
    ("BR", "55", "0"),
    ("CA", "1", "1"),
    ("CH", "41", "0"),
    ("CL", "56", ""),
    ("CN", "86", "0"),
    ("CO", "57", ""),
    ("CY", "357", ""),
    ("CZ", "420", ""),
    ("DE", "49", "0"),
    ("DK", "45", ""),
    ("EE", "372", ""),
    ("EG", "20", "0"),
    ("ES", "34", ""),
    ("FI", "358", "0"),
    ("FR", "33", "0"),
    ("GB", "44", "0"),
    ("GH", "233", "0"),
    ("GR", "30", ""),
    ("HK", "852", ""),
    ("HR", "385", "0"),
    ("HU", "36", "06"),
    ("ID", "62", "0"),
    ("IE", "353", "0"),
    ("IL", "972", "0"),
    ("IN", "91", "0"),
    ("IS", "354", ""),
    // inside Italy the zero is a part of the number
    ("IT", "39", ""),
    ("JP", "81", "0"),
    ("KE", "254", "0"),
    ("KR", "82", "0"),
    ("LT", "370", "0"),
    ("LU", "352", ""),
    ("LV", "371", ""),
    ("MA", "212", "0"),
    ("MT", "356", ""),
    ("MX", "52", ""),
    ("MY", "60", "0"),
    ("NG", "234", "0"),
    ("NL", "31", "0"),
    ("NO", "47", ""),
    ("NZ", "64", "0"),
    ("PE", "51", "0"),
    ("PH", "63", "0"),
    ("PK", "92", "0"),
    ("PL", "48", ""),
    ("PT", "351", ""),
    ("RO", "40", "0"),
    ("RS", "381", "0"),
    ("SA", "966", "0"),
    ("SE", "46", "0"),
    ("SG", "65", ""),
    ("SI", "386", "0"),
    ("SK", "421", "0"),
    ("TH", "66", "0"),
    ("TR", "90", "0"),
    ("TW", "886", "0"),
    ("UA", "380", "0"),
    ("US", "1", "1"),
    ("VN", "84", "0"),
    ("ZA", "27", "0"),
];

/// The country in which a number without one is dialled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Country {
    /// "44"
    code: &'static str,
    /// "0"; empty where numbers are dialled alike everywhere in the country.
    trunk: &'static str,
}

impl Country {
    /// Great Britain, where no other is named.
    pub const GB: Country = Country { code: "44", trunk: "0" };

    /// The country of an ISO 3166-1 code such as "GB".
    #[must_use]
    pub fn named(iso: &str) -> Option<Country> {
        let found = COUNTRIES.iter().find(|(code, ..)| code.eq_ignore_ascii_case(iso.trim()))?;
        Some(Country { code: found.1, trunk: found.2 })
    }

    /// The country of a number that is written with it.
    #[must_use]
    pub fn of_number(phone: &str) -> Option<Country> {
        let digits = from_abroad(&figures(phone))?;
        // the longest code that fits, as none begins another one of the list but NANP's, which is one
        let mut fits: Vec<_> = COUNTRIES.iter().filter(|(_, code, _)| digits.starts_with(code)).collect();
        fits.sort_by_key(|(_, code, _)| code.len());
        fits.last().map(|(_, code, trunk)| Country { code, trunk })
    }

    /// The number with its country: "+442079460100". None for one that is too short to have a country, or that does not
    /// begin as numbers do inside this country.
    #[must_use]
    pub fn e164(self, phone: &str) -> Option<String> {
        let plain = number_alone(phone);
        let digits = match from_abroad(&plain) {
            Some(digits) => digits,
            None => {
                let digits = digits_of(&plain);
                let rest = match digits.strip_prefix(self.trunk) {
                    Some(rest) => rest.to_owned(),
                    // North Americans dial the 1 or leave it out
                    None if self.code == "1" => digits,
                    None => return None,
                };
                if self.code == "1" && rest.len() != 10 {
                    return None;
                }
                [self.code, &rest].concat()
            }
        };
        DIGITS.contains(&digits.len()).then(|| ["+", &digits].concat())
    }

    /// The number as it is dialled inside this country, with the blanks that were typed: "020 7946 0100". One of another
    /// country stays as it is.
    #[must_use]
    pub fn national(self, phone: &str) -> String {
        let own = ["+", self.code].concat();
        let rest = phone.strip_prefix(&own).or_else(|| phone.strip_prefix("00")?.strip_prefix(self.code));
        match rest.map(|rest| rest.trim_start_matches([' ', '-', '.'])) {
            Some(rest) if self.code != "1" => {
                let rest = rest.strip_prefix("(0)").unwrap_or(rest).trim_start();
                [self.trunk, rest].concat()
            }
            Some(rest) => rest.to_owned(),
            None => phone.to_owned(),
        }
    }
}

/// The number without an extension and without the zero in brackets that is dialled only inside the country.
fn number_alone(phone: &str) -> String {
    let plain = figures(phone);
    let end = plain.find(|c: char| c.is_ascii_alphabetic() || matches!(c, '#' | ',' | ';')).unwrap_or(plain.len());
    plain.get(..end).unwrap_or_default().replace("(0)", "")
}

/// The digits of a number that begins with its country.
fn from_abroad(plain: &str) -> Option<String> {
    let plain = plain.trim_start_matches(['(', ' ']);
    let rest = plain.strip_prefix('+').or_else(|| plain.strip_prefix("00"))?;
    Some(digits_of(rest))
}

fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form_however_it_is_typed() {
        for typed in [
            "020 7946 0100",
            "(020) 7946-0100",
            "+44 20 7946 0100",
            "+44 (0)20 7946 0100",
            "0044 20 7946 0100",
            "٠٢٠ ٧٩٤٦ ٠١٠٠",
            "020 7946 0100 ext 12",
        ] {
            assert_eq!(Country::GB.e164(typed).as_deref(), Some("+442079460100"), "{typed}");
        }
        let named = |iso: &str| Country::named(iso).expect("a country of the list");
        assert_eq!(named("DE").e164("030 123456").as_deref(), Some("+4930123456"));
        assert_eq!(named("it").e164("06 1234 5678").as_deref(), Some("+390612345678"));
        assert_eq!(named("US").e164("(212) 555-0100").as_deref(), Some("+12125550100"));
        assert_eq!(named("US").e164("1 212 555 0100").as_deref(), Some("+12125550100"));
        assert_eq!(named("HU").e164("06 1 123 4567").as_deref(), Some("+3611234567"));
        assert_eq!(Country::GB.e164("+33 1 23 45 67 89").as_deref(), Some("+33123456789"));
    }

    #[test]
    fn a_number_without_its_beginning_has_no_country() {
        for typed in ["7946 0100", "0123", "", "+44", "+123456789012345678"] {
            assert_eq!(Country::GB.e164(typed), None, "{typed}");
        }
        assert_eq!(Country::named("US").and_then(|us| us.e164("555 0100")), None);
    }

    #[test]
    fn a_number_of_the_country_is_shown_as_it_is_dialled_there() {
        for (kept, shown) in [
            ("+44 20 7946 0100", "020 7946 0100"),
            ("+44 (0)20 7946 0100", "020 7946 0100"),
            ("0044 20 7946 0100 ext 4", "020 7946 0100 ext 4"),
            ("020 7946 0100", "020 7946 0100"),
            ("+33 1 23 45 67 89", "+33 1 23 45 67 89"),
        ] {
            assert_eq!(Country::GB.national(kept), shown);
        }
        assert_eq!(Country::named("US").map(|us| us.national("+1 212 555 0100")).as_deref(), Some("212 555 0100"));
    }

    #[test]
    fn a_country_is_known_by_its_name_and_by_a_number() {
        assert_eq!(Country::named(" gb "), Some(Country::GB));
        assert_eq!(Country::named("XX"), None);
        assert_eq!(Country::of_number("+44 20 7946 0100"), Some(Country::GB));
        assert_eq!(Country::of_number("+351 21 123"), Country::named("PT"));
        assert_eq!(Country::of_number("020 7946 0100"), None);
    }
}
