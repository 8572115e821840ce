//! Dated backups in a folder, of which the newest are kept.

use std::{
    fs::{self, DirEntry, File},
    io::{Read, Result},
    path::Path,
    time::Duration,
};

use super::{kind::start_of, partial};
use crate::{db::Engine, time::Timestamp};

const START: &str = "docslot-";
/// A file that was not finished after so long never will be: its program was killed.
const FORGOTTEN: Duration = Duration::from_secs(24 * 60 * 60);

fn end(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => ".sqlite",
        Engine::Postgres => ".dump",
    }
}

/// The name of a backup made at this moment: `docslot-2026-11-29T131500Z.sqlite`. Later names sort later.
pub(super) fn name(engine: Engine, at: Timestamp) -> String {
    format!("{START}{}{}", moment(at), end(engine))
}

/// A moment as names of files show it, in UTC.
pub(super) fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.0).unwrap_or_default().strftime("%Y-%m-%dT%H%M%SZ").to_string()
}

/// Deletes all but the newest backups, and what killed backups left; returns how many backups it deleted. Only files
/// with a name that [`name`] makes and the content of a backup count as ours.
pub(super) fn delete_older(folder: &Path, engine: Engine, keep: u32) -> Result<usize> {
    let entries: Vec<DirEntry> = fs::read_dir(folder)?.collect::<Result<_>>()?;
    let files = entries.iter().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file()));
    let mut names = Vec::new();
    for entry in files {
        let Ok(name) = entry.file_name().into_string() else { continue };
        if is_name(&name, engine) && is_backup(&entry.path(), engine) {
            names.push(name);
        } else if is_forgotten(&name, engine, entry) {
            fs::remove_file(entry.path())?;
        }
    }
    names.sort_unstable_by(|a, b| b.cmp(a));
    let older = names.get(usize::try_from(keep).unwrap_or(usize::MAX)..).unwrap_or_default();
    older.iter().try_for_each(|name| fs::remove_file(folder.join(name)))?;
    Ok(older.len())
}

fn is_name(name: &str, engine: Engine) -> bool {
    const FORM: &str = "0000-00-00T000000Z";
    let moment = name.strip_prefix(START).and_then(|rest| rest.strip_suffix(end(engine)));
    let fits = |(found, form): (char, char)| if form == '0' { found.is_ascii_digit() } else { found == form };
    moment.is_some_and(|moment| moment.len() == FORM.len() && moment.chars().zip(FORM.chars()).all(fits))
}

fn is_backup(path: &Path, engine: Engine) -> bool {
    let mut start = vec![0; start_of(engine).len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == start_of(engine)
}

fn is_forgotten(name: &str, engine: Engine, entry: &DirEntry) -> bool {
    let unfinished = name.strip_suffix(partial::END).and_then(|name| name.rsplit_once('.'));
    let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
    unfinished.is_some_and(|(name, _)| is_name(name, engine)) && age.is_some_and(|age| age > FORGOTTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time_and_only_they_are_ours() {
        let made = name(Engine::Sqlite, Timestamp(1_767_600_000));
        assert_eq!(made, "docslot-2026-01-05T080000Z.sqlite");
        assert!(is_name(&made, Engine::Sqlite) && !is_name(&made, Engine::Postgres));
        assert!(name(Engine::Sqlite, Timestamp(1_767_600_001)) > made);
        for other in ["docslot.sqlite", "docslot-2026-01-05.sqlite", "docslot-2026-01-05T080000Z.sqlite.gz", "a"] {
            assert!(!is_name(other, Engine::Sqlite), "{other}");
        }
    }
}
