//! What the disk does, and what a database takes of it.

use std::{
    error::Error,
    fs::{self, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::Path,
    time::{Duration, Instant},
};

use docslot::db::{Db, Pools};

/// The size of one write: a page of SQLite.
const PAGE: usize = 4_096;
/// Pages of the file that is written over and over, as SQLite's write-ahead log is.
const PAGES: u64 = 1_000;

/// How many times a second a page can be written and made to stay (`fdatasync`), one after the other, by one writer.
///
/// # Errors
/// The disk's.
pub fn writes_a_second(folder: &Path, seconds: u64) -> io::Result<f64> {
    let path = folder.join(format!("docslot-bench-disk-{}", std::process::id()));
    let rate = measure(&path, Duration::from_secs(seconds));
    fs::remove_file(&path)?;
    rate
}

fn measure(path: &Path, length: Duration) -> io::Result<f64> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let page = [0x55_u8; PAGE];
    for place in 0..PAGES {
        file.write_all_at(&page, place * PAGE as u64)?;
    }
    file.sync_all()?;
    let begun = Instant::now();
    let mut written = 0_u32;
    while begun.elapsed() < length {
        file.write_all_at(&page, u64::from(written) % PAGES * PAGE as u64)?;
        file.sync_data()?;
        written += 1;
    }
    Ok(f64::from(written) / begun.elapsed().as_secs_f64())
}

/// Bytes of a SQLite database's file, with everything in it that was committed.
///
/// # Errors
/// It is not SQLite, or the database's error.
pub async fn database_size(db: &Db) -> Result<u64, Box<dyn Error>> {
    let Pools::Sqlite { writer, .. } = &db.pools else {
        return Err("only SQLite keeps a database in one file".into());
    };
    let (busy,): (i64,) = sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(writer).await?;
    if busy != 0 {
        return Err("the write-ahead log is in use".into());
    }
    let file = writer.connect_options().get_filename().to_path_buf();
    Ok(fs::metadata(file)?.len())
}
