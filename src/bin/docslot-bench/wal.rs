//! Counting the commits of a SQLite database from outside: by the frames in its write-ahead log.
//!
//! Of the frames of a commit, the last says how large the database is now
//! (<https://sqlite.org/fileformat2.html#the_write_ahead_log>). SQLite writes the log from its beginning again when all
//! of it was copied into the database, several times a second under load; each time its salts change. So the log is
//! read every millisecond, and it counts as unseen when it went past the place where the last reading ended.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
    process::Command,
    thread::sleep,
    time::Duration,
};

const HEADER: u64 = 32;
const FRAME_HEADER: u64 = 24;
const PAUSE: Duration = Duration::from_millis(1);

/// Runs `command`, and writes "commits pages" of `log` meanwhile to `output`, or nothing when some went by unseen.
///
/// # Errors
/// There is no such log, or the command cannot be run or fails.
pub fn count_around(log: &Path, output: &Path, command: &[String]) -> io::Result<()> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(io::Error::other("no command"));
    };
    let mut follower = Follower::start(File::open(log)?)?;
    let mut child = Command::new(program).args(arguments).spawn()?;
    let status = loop {
        follower.read()?;
        if let Some(status) = child.try_wait()? {
            break status;
        }
        sleep(PAUSE);
    };
    follower.read()?;
    let counts = if follower.missed { String::new() } else { format!("{} {}\n", follower.commits, follower.pages) };
    fs::write(output, counts)?;
    if status.success() { Ok(()) } else { Err(io::Error::other("the command failed")) }
}

/// The two numbers that SQLite changes whenever it begins the log again. The first is counted up.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Salts(u32, u32);

struct Follower {
    log: File,
    /// Of the log that was read last; none while it is empty.
    salts: Option<Salts>,
    /// The first frame after the last commit that was read.
    next: u64,
    commits: u64,
    pages: u64,
    missed: bool,
}

impl Follower {
    /// Begins behind the last commit in the log.
    fn start(log: File) -> io::Result<Self> {
        let mut follower = Follower { log, salts: None, next: 0, commits: 0, pages: 0, missed: false };
        follower.read()?;
        Ok(Follower { commits: 0, pages: 0, missed: false, ..follower })
    }

    /// Counts what was committed since the last reading.
    fn read(&mut self) -> io::Result<()> {
        let Some(header) = self.bytes::<32>(0)? else { return Ok(()) };
        let (page, salts) = (u64::from(number(&header, 8)), Salts(number(&header, 16), number(&header, 20)));
        if let Some(old) = self.salts.filter(|old| *old != salts) {
            // what the new log has not yet written over is still there
            self.read_frames(page, old)?;
            let overtaken = self.frame(page, self.next)?.is_some_and(|(_, frame)| frame == salts);
            self.missed |= overtaken || salts.0 != old.0.wrapping_add(1);
            self.next = 0;
        }
        self.salts = Some(salts);
        self.read_frames(page, salts)
    }

    fn read_frames(&mut self, page: u64, salts: Salts) -> io::Result<()> {
        let mut at = self.next;
        while let Some((database_pages, _)) = self.frame(page, at)?.filter(|(_, frame)| *frame == salts) {
            at += 1;
            if database_pages != 0 {
                self.commits += 1;
                self.pages += at - self.next;
                self.next = at;
            }
        }
        Ok(())
    }

    /// The database's size after a commit, or 0, and the salts of a frame, if the file is that long.
    fn frame(&self, page: u64, at: u64) -> io::Result<Option<(u32, Salts)>> {
        let header = self.bytes::<24>(HEADER + at * (FRAME_HEADER + page))?;
        Ok(header.map(|header| (number(&header, 4), Salts(number(&header, 8), number(&header, 12)))))
    }

    fn bytes<const N: usize>(&self, at: u64) -> io::Result<Option<[u8; N]>> {
        let mut bytes = [0; N];
        match self.log.read_exact_at(&mut bytes, at) {
            Ok(()) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The number in big-endian order at a place of a header; 0 outside of it.
fn number(header: &[u8], at: usize) -> u32 {
    let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(0, u32::from_be_bytes)
}
