//! A held time while its visitor waits for the message that finishes a registration, and whose it is afterwards.

use super::{appointment::Appointment, booker::Booker, who::choose_person};
use crate::{
    booking::{Action, Status},
    config::BookingSettings,
    db::{Error, Tx, WriteUnit},
    error::AppError,
    ids::{AppointmentId, PersonId},
    state::AppState,
    time::Timestamp,
};

/// Minutes for which a time is kept from the moment at which its visitor registers: to find the message and open it.
const KEPT_MINUTES: i64 = 20;

/// Keeps a visitor's held time long enough to finish a registration, by as many of the extensions that it has left as
/// that takes. Returns the hash by which the browser is known that holds it; none when the time is not this visitor's, so
/// that nothing comes of the registration for it.
///
/// # Errors
/// The database cannot be written.
pub async fn keep_for_registration(
    app: &AppState,
    booker: &Booker,
    id: AppointmentId,
) -> Result<Option<Vec<u8>>, AppError> {
    let unit =
        KeepForRegistration { booker: booker.clone(), id, rules: app.settings.booking.clone(), now: app.clock.now() };
    match app.db.write(unit).await.map_err(AppError::from) {
        Ok(()) => Ok(booker.holder.clone()),
        // it is somebody else's, booked already, or over
        Err(AppError::NotFound | AppError::Conflict) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Extends a visitor's hold as far as a registration needs.
struct KeepForRegistration {
    booker: Booker,
    id: AppointmentId,
    rules: BookingSettings,
    now: Timestamp,
}

impl WriteUnit for KeepForRegistration {
    const NAME: &'static str = "keep_for_registration";
    type Output = ();

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), Error> {
        let mut hold = Appointment::find(tx, self.id).await?;
        if hold.patient_id.is_some() || !self.booker.owns(&hold) {
            return Err(AppError::NotFound.into());
        }
        // one that ran out can be booked while nobody else took it, and is left as it is
        let until = hold.held_until.filter(|until| hold.status == Status::Held && *until > self.now);
        let Some(until) = until.filter(|_| hold.starts_at > self.now) else { return Ok(()) };
        let steps = steps(until, i64::from(hold.hold_extensions), &self.rules, self.now);
        if steps == 0 {
            return Ok(());
        }
        hold.hold_extensions += i32::try_from(steps).unwrap_or(0);
        hold.held_until = Some(until.plus_minutes(steps * self.rules.hold_extension_minutes));
        hold.change(tx, Action::Extend, self.booker.by(), self.now).await
    }
}

/// How many extensions it takes until the time is kept for [`KEPT_MINUTES`], and no more than are left.
fn steps(until: Timestamp, used: i64, rules: &BookingSettings, now: Timestamp) -> i64 {
    let missing = now.plus_minutes(KEPT_MINUTES).0 - until.0;
    let step = (rules.hold_extension_minutes * 60).max(1);
    let needed = (missing.max(0) + step - 1) / step;
    needed.min(rules.max_hold_extensions - used).max(0)
}

/// Gives a time that a browser held to the person who has just registered in it, in whichever browser they finished. It
/// is not an error when it is theirs no longer: the page of the time says so.
pub async fn hand_over(app: &AppState, person: PersonId, hold: AppointmentId, holder: Vec<u8>) {
    let booker = Booker { patient: Some(person), carer: None, holder: Some(holder) };
    if let Err(error) = choose_person(app, booker, hold, Some(person)).await {
        tracing::info!(%error, "a held time did not go over to the account that was opened for it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn a_time_is_kept_for_twenty_minutes_as_far_as_extensions_reach() {
        let (mut rules, now) = (Settings::default().booking, Timestamp(1_000_000));
        let needed = |left: i64, used: i64, rules: &BookingSettings| steps(now.plus_minutes(left), used, rules, now);
        assert_eq!([25, 20, 19, 15, 10, 1].map(|left| needed(left, 0, &rules)), [0, 0, 1, 1, 2, 4]);
        assert_eq!([needed(1, 8, &rules), needed(1, 10, &rules)], [2, 0]);
        rules.max_hold_extensions = 0;
        assert_eq!(needed(1, 0, &rules), 0);
    }
}
