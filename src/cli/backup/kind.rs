//! Telling a backup from other files by how it begins.

use std::{fs::File, io::Read, path::Path};

use crate::{
    config::SecretUrl,
    db::{Engine, engine_of},
};

const SQLITE: &[u8] = b"SQLite format 3\0";
const POSTGRES: &[u8] = b"PGDMP";

/// How backups of this engine begin.
pub(super) fn start_of(engine: Engine) -> &'static [u8] {
    match engine {
        Engine::Sqlite => SQLITE,
        Engine::Postgres => POSTGRES,
    }
}

/// Which kind of backup it is; refuses what is none, and one for the other engine.
pub(super) fn kind_of(file: &Path, url: &SecretUrl) -> Result<Engine, String> {
    let mut start = [0; SQLITE.len()];
    let read = File::open(file).and_then(|opened| opened.take(16).read(&mut start));
    let read = read.map_err(|error| format!("{}: {error}", file.display()))?;
    let start = start.get(..read).unwrap_or_default();
    let kind = if start == SQLITE {
        Engine::Sqlite
    } else if start.starts_with(POSTGRES) {
        Engine::Postgres
    } else {
        return Err(format!("{} is not a backup of docslot", file.display()));
    };
    if engine_of(url.expose()) == Some(kind) {
        return Ok(kind);
    }
    let (of, url_of) = match kind {
        Engine::Sqlite => ("SQLite", "postgres:"),
        Engine::Postgres => ("PostgreSQL", "sqlite:"),
    };
    Err(format!("{} is a backup of {of}, and DATABASE_URL begins with {url_of}", file.display()))
}
