//! What the system says of this process, and of the folder of backups.

use std::{
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use crate::config::MetricsSettings;

/// Ticks of the processor's time in a second, which Linux gives to programs on every machine.
const TICKS: f64 = 100.0;

/// What cannot be read is left out.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProcessFigures {
    pub resident_bytes: Option<u64>,
    pub open_files: Option<u64>,
    pub most_files: Option<u64>,
    pub cpu_seconds: Option<f64>,
    /// When the newest file of the folder of backups was written; 1970 when there is none. Nothing without a folder.
    pub last_backup: Option<SystemTime>,
}

/// Files are read apart from the requests.
pub async fn figures(settings: &MetricsSettings) -> ProcessFigures {
    let backups = (!settings.backup_folder.is_empty()).then(|| PathBuf::from(&settings.backup_folder));
    tokio::task::spawn_blocking(move || ProcessFigures {
        resident_bytes: resident(),
        open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64),
        most_files: most_files(),
        cpu_seconds: cpu(),
        last_backup: backups.map(|folder| newest(&folder)),
    })
    .await
    .unwrap_or_default()
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? * 1024)
}

fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

fn cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // the name of the program, in brackets, may have blanks; fields 14 and 15 are counted from its front
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS)
}

/// When the newest file was written.
fn newest(folder: &Path) -> SystemTime {
    let files = fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| entry.metadata().ok());
    let written = files.filter(fs::Metadata::is_file).filter_map(|file| file.modified().ok());
    written.max().unwrap_or(SystemTime::UNIX_EPOCH)
}
