//! Names that are no setting, and which one was meant.

use toml::Table;

/// What every variable of this project begins with.
pub(super) const PREFIX: &str = "DOCSLOT_";
/// Variables that are no settings of the server: what its command line, its tests and its tools read.
const OTHERS: [&str; 21] = [
    "DOCSLOT_CONFIG",
    "DOCSLOT_ADMIN_PASSWORD",
    "DOCSLOT_TOOLS",
    "DOCSLOT_PYTHON",
    "DOCSLOT_BIN",
    "DOCSLOT_CHROMIUM",
    "DOCSLOT_URL",
    "DOCSLOT_SEEDED",
    "DOCSLOT_MAIL",
    "DOCSLOT_REPORTS",
    "DOCSLOT_EXAMPLES",
    "DOCSLOT_ASKED",
    "DOCSLOT_ASKED_AS",
    "DOCSLOT_ANSWERS",
    "DOCSLOT_NGINX",
    "DOCSLOT_WRITE_GOLDEN",
    "DOCSLOT_FAULT_DISK",
    "DOCSLOT_KEEP",
    "DOCSLOT_STORM",
    "DOCSLOT_FRAMES",
    "DOCSLOT_UNSHARED",
];
/// What further variables of the tests begin with.
const OF_TESTS: &str = "DOCSLOT_TEST_";

/// Whether a variable belongs to another part of the project.
fn is_other(variable: &str) -> bool {
    OTHERS.contains(&variable) || variable.starts_with(OF_TESTS)
}

/// One sentence for each of these variables that looks like a setting and is none. `settings` holds every key.
pub(super) fn unknown<'v>(variables: impl Iterator<Item = &'v str>, settings: &Table) -> Vec<String> {
    let unknown = variables.filter(|name| !is_other(name)).filter_map(|name| {
        let rest = name.strip_prefix(PREFIX)?.to_ascii_lowercase();
        let section = rest.split('_').next().unwrap_or_default();
        if settings.contains_key(section) && rest != section {
            // read as a setting, which refuses a key that does not exist
            return None;
        }
        let (named, end) = rest.strip_suffix("_file").map_or((rest.as_str(), ""), |named| (named, "_FILE"));
        let meant = nearest(named, settings)
            .map(|(section, key)| format!("; {PREFIX}{}_{}{end} is one", section.to_uppercase(), key.to_uppercase()));
        Some(format!("{name} is no setting and has no effect{}", meant.unwrap_or_default()))
    });
    unknown.collect()
}

/// The end of a sentence about a key that does not exist: the key that was meant, if any is near.
pub(super) fn hint(name: &str, settings: &Table) -> String {
    let meant = nearest(name, settings);
    meant.map(|(section, key)| format!("; did you mean {section}.{key}?")).unwrap_or_default()
}

/// Section and key of the setting whose name is nearest to this one, with or without its section; none when too many
/// letters differ.
fn nearest<'t>(name: &str, settings: &'t Table) -> Option<(&'t str, &'t str)> {
    let name = name.replace('.', "_");
    let keys = settings.iter().flat_map(|(section, keys)| {
        let keys = keys.as_table().into_iter().flatten();
        keys.map(move |(key, _)| (section.as_str(), key.as_str()))
    });
    let measured = keys.map(|(section, key)| {
        let letters = distance(&name, &[section, "_", key].concat()).min(distance(&name, key));
        (letters, (section, key))
    });
    let (letters, found) = measured.min_by_key(|(letters, _)| *letters)?;
    (letters <= name.len() / 4).then_some(found)
}

/// Letters to change, add or leave out to make one word of the other (Levenshtein's distance).
fn distance(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.bytes().enumerate() {
        let mut corner = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (above, b) in row.iter().skip(1).zip(to.bytes()) {
            left = (corner + usize::from(a != b)).min(above + 1).min(left + 1);
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::config::Settings;

    fn settings() -> Table {
        Table::try_from(Settings::default()).unwrap()
    }

    #[test]
    fn the_distance_counts_letters() {
        for (from, to, letters) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("hold_minuts", "hold_minutes", 1),
            ("same", "same", 0),
        ] {
            assert_eq!(distance(from, to), letters, "{from} {to}");
            assert_eq!(distance(to, from), letters, "{to} {from}");
        }
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_right_one() {
        for (name, right) in [
            ("DOCSLOT_PUBLIC_URL", Some("DOCSLOT_SERVER_PUBLIC_URL")),
            ("DOCSLOT_SMTP_URL", Some("DOCSLOT_MAIL_SMTP_URL")),
            ("DOCSLOT_SMTP_URL_FILE", Some("DOCSLOT_MAIL_SMTP_URL_FILE")),
            ("DOCSLOT_SERVR_PUBLIC_URL", Some("DOCSLOT_SERVER_PUBLIC_URL")),
            ("DOCSLOT_HOLDMINUTES", Some("DOCSLOT_BOOKING_HOLD_MINUTES")),
            ("DOCSLOT_WEATHER", None),
            ("DOCSLOT_SERVER", None),
        ] {
            let [said] = unknown([name].into_iter(), &settings()).try_into().unwrap();
            let said: String = said;
            assert!(said.starts_with(&format!("{name} is no setting")), "{said}");
            assert_eq!(said.split_once("; ").map(|(_, rest)| rest.trim_end_matches(" is one")), right, "{said}");
        }
    }

    #[test]
    fn settings_and_what_others_read_are_not_named() {
        let known = ["DOCSLOT_SERVER_PUBLIC_URL", "DOCSLOT_MAIL_SMTP_URL_FILE", "DOCSLOT_TEST_KILLS", "DATABASE_URL"];
        assert!(unknown(known.into_iter().chain(OTHERS).chain(["PATH"]), &settings()).is_empty());
    }

    #[test]
    fn a_key_is_named_with_the_right_one() {
        assert_eq!(hint("booking.hold_minuts", &settings()), "; did you mean booking.hold_minutes?");
        assert_eq!(hint("boking.hold_minutes", &settings()), "; did you mean booking.hold_minutes?");
        assert_eq!(hint("public_url", &settings()), "; did you mean server.public_url?");
        assert_eq!(hint("server.weather", &settings()), "");
    }

    /// Every variable that the files of this folder, or this file, name.
    fn named(path: &Path, found: &mut BTreeSet<String>) {
        if path.ends_with("node_modules") || path.ends_with("artefacts") {
            return;
        }
        if let Ok(entries) = fs::read_dir(path) {
            entries.for_each(|entry| named(&entry.unwrap().path(), found));
        } else if let Ok(text) = fs::read_to_string(path) {
            let after = text.split(PREFIX).skip(1);
            let ends = after.map(|rest| rest.split(|c: char| !c.is_ascii_uppercase() && c != '_').next().unwrap());
            found.extend(ends.filter(|end| !end.is_empty()).map(|end| [PREFIX, end].concat()));
        }
    }

    #[test]
    fn what_the_tools_and_the_browser_suite_read_is_known() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = BTreeSet::new();
        ["Makefile", "deploy", "end2end"].iter().for_each(|place| named(&root.join(place), &mut found));
        assert!(found.contains("DOCSLOT_TOOLS") && found.contains("DOCSLOT_SEEDED"), "{found:?}");
        assert_eq!(unknown(found.iter().map(String::as_str), &settings()), Vec::<String>::new());
    }
}
