//! Turns of the units that change one doctor's calendar, on PostgreSQL.
//!
//! Bookings with one doctor read what the others write, so of those that run at once PostgreSQL lets mostly one commit,
//! and the others are tried again. In turn they succeed at once. Turns are taken within one process; units of other
//! processes collide as before, and nothing depends on turns but speed. On SQLite all units share one writer anyway.

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::timeout,
};

use crate::ids::DoctorId;

/// Doctors share a turn with one in this many others: few enough to keep for ever, many enough to meet rarely.
const TURNS: usize = 1024;

static BY_DOCTOR: [Mutex<()>; TURNS] = [const { Mutex::const_new(()) }; TURNS];

/// Waits for the doctor's turn, which ends when the guard is dropped; none after `patience`: the unit then goes ahead,
/// and may have to be tried again.
pub(super) async fn of_doctor(doctor: DoctorId, patience: Duration) -> Option<MutexGuard<'static, ()>> {
    let turn = BY_DOCTOR.get(usize::try_from(doctor.0.as_u128() % TURNS as u128).ok()?)?;
    timeout(patience, turn.lock()).await.ok()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn units_of_one_doctor_take_turns_and_those_of_another_do_not_wait() {
        let (one, other) = (DoctorId(Uuid::from_u128(1)), DoctorId(Uuid::from_u128(2)));
        let patience = Duration::from_millis(20);
        let turn = of_doctor(one, patience).await;
        assert!(turn.is_some() && of_doctor(other, patience).await.is_some());
        assert!(of_doctor(one, patience).await.is_none(), "patience has an end");
        drop(turn);
        assert!(of_doctor(one, patience).await.is_some());
    }
}
