//! `docslot verify` and `docslot seal`

use std::{
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use crate::{
    cli::failure::Failure,
    config::Settings,
    db::{self, Db},
    records::server::{
        seal_everything,
        verify::{self, Difference, Head, Report, Watch},
    },
    state::Clock,
};

/// Pause between two lines of progress.
const PROGRESS: Duration = Duration::from_millis(200);

/// Checks what is stored and says what differs: the first difference, or each.
pub(super) async fn verify(settings: &Settings, all: bool, noted: Option<&Head>) -> Result<(), Failure> {
    let db = connect(settings).await?;
    let mut watch = Terminal { all, shown: 0, progress: std::io::stderr().is_terminal().then(Instant::now) };
    let outcome = verify::verify(&db, Clock::system().now(), noted, &mut watch).await;
    db.close().await;
    watch.clear();
    let report = outcome.map_err(unreadable)?;
    print!("{}", summary(&report));
    if report.is_clean() {
        return Ok(());
    }
    let number: u64 = report.differences.values().sum();
    Err(Failure::Other(format!("the records differ from what they should be, {number} times")))
}

/// Seals everything that has no seal yet, as the server does by and by.
pub(super) async fn seal(settings: &Settings) -> Result<(), Failure> {
    let db = connect(settings).await?;
    let sealed = seal_everything(&db, Clock::system().now()).await;
    db.close().await;
    println!("{} records were sealed.", sealed.map_err(unreadable)?);
    Ok(())
}

fn unreadable(error: db::Error) -> Failure {
    Failure::new("cannot read the records; is the database up to date (`docslot migrate`)?", error)
}

/// The database as it is: a check changes nothing, so it neither makes nor migrates one.
async fn connect(settings: &Settings) -> Result<Db, Failure> {
    let url = &settings.database.url;
    if let Some(file) = db::missing_file(url.expose()) {
        return Err(Failure::Other(format!("there is no database {}", file.display())));
    }
    let connected = Db::connect(url.expose(), settings.database.connections).await;
    connected.map_err(|error| Failure::new(&format!("cannot open the database {url}"), error))
}

fn summary(report: &Report) -> String {
    use std::fmt::Write;
    let mut text = String::new();
    let Report { appointments, events, unsealed_events, entries, unsealed_entries, seals, messages, .. } = report;
    let _ =
        writeln!(text, "{appointments} appointments with {events} events, {unsealed_events} of them not sealed yet");
    let _ = writeln!(text, "{entries} entries of the audit log, {unsealed_entries} of them not sealed yet");
    let _ = writeln!(text, "{messages} messages, {seals} seals");
    if let Some(head) = &report.head {
        let _ = writeln!(text, "head {head}");
    }
    if report.is_clean() {
        let _ = writeln!(text, "no differences");
    } else {
        let counts: Vec<String> =
            report.differences.iter().map(|(kind, number)| format!("{} {number}", kind.into_str())).collect();
        let _ = writeln!(text, "differences: {}", counts.join(", "));
    }
    text
}

/// Shows differences as they are found, and on a terminal how far the check has come.
struct Terminal {
    all: bool,
    shown: u64,
    /// When the next line of progress is due; none where nobody looks on.
    progress: Option<Instant>,
}

impl Terminal {
    fn clear(&self) {
        if self.progress.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}

impl Watch for Terminal {
    fn difference(&mut self, difference: &Difference) {
        if self.all || self.shown == 0 {
            self.clear();
            println!("{difference}");
        }
        self.shown += 1;
    }

    fn progress(&mut self, what: &'static str, done: u64) {
        let now = Instant::now();
        if self.progress.is_some_and(|due| due <= now) {
            self.progress = Some(now + PROGRESS);
            eprint!("\r\x1b[K{done} {what}");
            let _ = std::io::stderr().flush();
        }
    }
}
