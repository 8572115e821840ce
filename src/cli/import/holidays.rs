//! `docslot import holidays`

use std::path::Path;

use super::{file::failed, ics};
use crate::{
    admin::server::import_holidays::{self, Holiday, HolidayPlan},
    cli::failure::Failure,
    clinic::server::imports::{ImportKey, ImportKind, Problem},
    error::{AppError, FieldCode},
    random,
    state::AppState,
};

/// Shows which days would be closed and which appointments fall on them; closes them when nothing is wrong and the
/// number of those appointments was confirmed.
pub(super) async fn import(
    app: &AppState,
    file: &Path,
    dry_run: bool,
    location: Option<String>,
    confirm: Option<u32>,
    source: String,
) -> Result<(), Failure> {
    if !ics::is_calendar(file) {
        return Err(failed(file, "is not an .ics file"));
    }
    let (days, mut wrong) = ics::days(file)?;
    wrong.extend(days.iter().filter_map(|day| Some((day.number, import_holidays::check(&day.name)?))));
    for (number, Problem { column, words }) in &wrong {
        println!("event {number}{}{column}: {words}", if column.is_empty() { "" } else { ", " });
    }
    let holidays: Vec<Holiday> = days.into_iter().map(|day| holiday(day, &source)).collect();
    let explained = |error: AppError| match error.code_for("location") {
        Some(FieldCode::Unknown) => failed(file, "the clinic has no location of this name"),
        _ => Failure::new("nothing was written", crate::cli::failure::explain(&error)),
    };
    let plan = import_holidays::plan(app, location.as_deref(), &holidays).await.map_err(explained)?;
    show(&plan);
    if !wrong.is_empty() {
        return Err(failed(file, "nothing was written: some events are no holidays; see above"));
    }
    let all = u32::try_from(plan.appointments.len()).unwrap_or(u32::MAX);
    if dry_run {
        println!("{}: only checked: {} closures to add", file.display(), plan.add.len());
        return Ok(());
    }
    if all > 0 && confirm != Some(all) {
        return Err(failed(file, format!("nothing was written: {}", ask(all))));
    }
    let added = import_holidays::add(app, location, holidays, confirm).await.map_err(|error| match error {
        AppError::AppointmentsOutside { all, .. } => failed(file, format!("nothing was written: {}", ask(all))),
        other => explained(other),
    })?;
    println!("{}: {} closures added", file.display(), added.add.len());
    Ok(())
}

fn ask(all: u32) -> String {
    format!(
        "{all} appointments are booked on those days. They stay booked until somebody moves or cancels them: add \
         --confirm {all} to close all the same"
    )
}

fn holiday(day: ics::Days, source: &str) -> Holiday {
    let ics::Days { uid, name, first, last, .. } = day;
    let row_hash = random::token_hash(&format!("{name}\u{1F}{first}\u{1F}{last}"));
    let key = ImportKey { kind: ImportKind::Holidays, source: source.to_owned(), external_id: uid, row_hash };
    Holiday { key, name, first, last }
}

fn show(plan: &HolidayPlan) {
    for words in &plan.add {
        println!("closed: {words}");
    }
    for words in &plan.appointments {
        println!("booked then: {words}");
    }
    if plan.known > 0 {
        println!("{} are there already", plan.known);
    }
    if plan.past > 0 {
        println!("{} are over", plan.past);
    }
}
