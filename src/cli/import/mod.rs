//! `docslot import`: bringing patients, doctors, appointments and public holidays along from another system.
//!
//! A file is read twice. The first time every row is checked and nothing is written; the second time the rows are
//! written, some hundred in one unit. Each unit also writes down which rows it took over, so that an import that was
//! stopped goes on where it was, and a file that comes again adds nothing.

mod columns;
mod csv_file;
mod file;
mod holidays;
mod ics;
mod pass;
mod progress;
mod record;
mod source;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::{
    columns::{APPOINTMENTS, Column, DOCTORS, PATIENTS},
    csv_file::{CsvFile, Encoding},
    pass::{Import, Outcome},
    source::Source,
};
use crate::{
    admin::server::import_doctors::DoctorRows,
    booking::server::import::{AppointmentRows, PatientRows},
    cli::failure::Failure,
    clinic::server::{
        audit::{Author, Entry, note},
        imports::{ImportKind, ImportRows},
    },
    db::Error,
    state::AppState,
};

#[derive(Subcommand)]
pub enum ImportCommand {
    /// Patients, who get an account without a password
    Patients(FileArgs),
    /// Doctors without an account, hidden from patients unless the column "status" says active
    Doctors(FileArgs),
    /// Appointments that are over and those to come, from a .csv file, or an .ics file of one doctor
    Appointments {
        #[command(flatten)]
        file: FileArgs,
        /// Tell patients of the appointments that are to come
        #[arg(long)]
        send_confirmations: bool,
        /// The doctor of all rows that name none: the end of the profile's address, an imported id or the name
        #[arg(long)]
        doctor: Option<String>,
        /// The visit type of all rows that name none
        #[arg(long)]
        visit_type: Option<String>,
        /// The location of all rows that name none
        #[arg(long)]
        location: Option<String>,
    },
    /// Public holidays from an .ics file, as days on which the clinic is closed
    Holidays {
        /// The file
        file: PathBuf,
        /// Only show what would happen
        #[arg(long)]
        dry_run: bool,
        /// The location that is closed; all of them when it is left out
        #[arg(long)]
        location: Option<String>,
        /// The number of appointments on those days, which stay booked
        #[arg(long, value_name = "N")]
        confirm: Option<u32>,
        /// A name for the system that the file comes from
        #[arg(long, default_value = "")]
        source: String,
    },
}

#[derive(Args, Clone)]
pub struct FileArgs {
    /// The file
    file: PathBuf,
    /// Only list what is wrong with each row
    #[arg(long)]
    dry_run: bool,
    /// Write the rows that are right, and list the others
    #[arg(long)]
    skip_bad: bool,
    /// Pass over columns that docslot does not know
    #[arg(long)]
    ignore_unknown: bool,
    /// How the file is written
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    encoding: Encoding,
    /// A name for the system that the file comes from, if two of them use the same ids
    #[arg(long, default_value = "")]
    source: String,
}

/// Carries out `docslot import`.
///
/// # Errors
/// A file that cannot be read, or rows that are wrong.
pub async fn run(app: &AppState, command: ImportCommand) -> Result<(), Failure> {
    let country = app.settings.clinic.phone_country();
    let (file, outcome) = match command {
        ImportCommand::Patients(args) => {
            let source = open(&args, PATIENTS)?;
            let rows = async || Ok(PatientRows::new(country));
            (args.file.clone(), import(app, &args, ImportKind::Patients, source, rows, Vec::new()).await?)
        }
        ImportCommand::Doctors(args) => {
            let source = open(&args, DOCTORS)?;
            let cutoff_minutes = app.clinic.now().await.cutoff_minutes;
            let rows = async || Ok(DoctorRows { cutoff_minutes });
            (args.file.clone(), import(app, &args, ImportKind::Doctors, source, rows, Vec::new()).await?)
        }
        ImportCommand::Appointments { file: args, send_confirmations, doctor, visit_type, location } => {
            let usual = [("doctor", doctor), ("visit_type", visit_type), ("location", location)];
            let usual = usual.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let source = if ics::is_calendar(&args.file) {
                Source::Calendar(ics::appointments(&args.file, args.encoding)?)
            } else {
                open(&args, APPOINTMENTS)?
            };
            let (now, from) = (app.clock.now(), args.source.clone());
            let rows = async || {
                let mut reader = app.db.read().await?;
                AppointmentRows::load(&mut reader.conn(), &from, now, send_confirmations, country).await
            };
            (args.file.clone(), import(app, &args, ImportKind::Appointments, source, rows, usual).await?)
        }
        ImportCommand::Holidays { file, dry_run, location, confirm, source } => {
            return holidays::import(app, &file, dry_run, location, confirm, source).await;
        }
    };
    println!("{}: {outcome}", file.display());
    if outcome.bad > 0 && !outcome.skipped_bad {
        let words = "nothing was written: correct the rows that are named, or write the others with --skip-bad";
        return Err(Failure::Other(words.to_owned()));
    }
    if outcome.late > 0 {
        let words = "some rows were refused while they were written, because the clinic went on booking; see above";
        return Err(Failure::Other(words.to_owned()));
    }
    Ok(())
}

fn open(args: &FileArgs, columns: &'static [Column]) -> Result<Source, Failure> {
    CsvFile::open(&args.file, columns, args.encoding, args.ignore_unknown).map(Source::Csv)
}

/// Checks a file, and writes it if it may be written.
async fn import<R: ImportRows>(
    app: &AppState,
    args: &FileArgs,
    kind: ImportKind,
    source: Source,
    rows: impl AsyncFn() -> Result<R, Error>,
    usual: Vec<(&'static str, String)>,
) -> Result<Outcome, Failure> {
    let failed = |error: Error| Failure::new("nothing was written", error);
    let import = Import { app, kind, from: &args.source, source: &source, usual };
    let checked = import.pass(rows().await.map_err(failed)?, false).await?;
    if args.dry_run || (checked.bad > 0 && !args.skip_bad) || checked.writes() == 0 {
        return Ok(Outcome { skipped_bad: args.dry_run || args.skip_bad, dry_run: args.dry_run, ..checked });
    }
    let written = import.pass(rows().await.map_err(failed)?, true).await?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let entry = Entry {
        action: "file.imported",
        subject: kind.code(),
        subject_id: None,
        details: &format!("{name}: {written}"),
    };
    note(app, Author::SYSTEM, entry).await.map_err(|error| Failure::new("the audit log was not written", error))?;
    Ok(Outcome { skipped_bad: true, ..written })
}
