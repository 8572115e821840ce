//! Turns of the units that change one doctor's calendar, or take a room or device of one kind, on PostgreSQL.
//!
//! Bookings with one doctor read what the others write, so of those that run at once PostgreSQL lets mostly one commit,
//! and the others are tried again. In turn they succeed at once. Turns are taken within one process; units of other
//! processes collide as before, and nothing depends on turns but speed. On SQLite all units share one writer anyway.

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use crate::ids::{DoctorId, ResourceKindId};

/// Doctors share a turn with one in this many others: few enough to keep for ever, many enough to meet rarely.
const TURNS: usize = 1024;

static BY_DOCTOR: [Mutex<()>; TURNS] = [const { Mutex::const_new(()) }; TURNS];

/// Waits for the turns of these doctors and kinds of rooms and devices, which end when the guards are dropped. A turn that has not come after
/// `patience` is left out: the unit then goes ahead, and may have to be tried again. All units take their turns in one
/// order, so that no two wait for each other.
pub(super) async fn of_doctors(
    doctors: &[DoctorId],
    kinds: &[ResourceKindId],
    patience: Duration,
) -> Vec<MutexGuard<'static, ()>> {
    let until = Instant::now() + patience;
    let mut taken = Vec::with_capacity(doctors.len() + kinds.len());
    for place in places(doctors, kinds) {
        if let Some(turn) = BY_DOCTOR.get(place) {
            taken.extend(timeout_at(until, turn.lock()).await.ok());
        }
    }
    taken
}

/// The turns of these doctors and kinds, each once and in order.
fn places(doctors: &[DoctorId], kinds: &[ResourceKindId]) -> Vec<usize> {
    let place = |id: Uuid| usize::try_from(id.as_u128() % TURNS as u128).unwrap_or_default();
    let ids = doctors.iter().map(|doctor| doctor.0).chain(kinds.iter().map(|kind| kind.0));
    let mut places: Vec<usize> = ids.map(place).collect();
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn units_of_one_doctor_take_turns_and_those_of_another_do_not_wait() {
        let (one, other) = (DoctorId(Uuid::from_u128(1)), DoctorId(Uuid::from_u128(2)));
        let patience = Duration::from_millis(20);
        let turn = of_doctors(&[one], &[], patience).await;
        assert!(turn.len() == 1 && of_doctors(&[other], &[], patience).await.len() == 1);
        assert!(of_doctors(&[one], &[], patience).await.is_empty(), "patience has an end");
        drop(turn);
        assert_eq!(of_doctors(&[one], &[], patience).await.len(), 1);
    }

    #[tokio::test]
    async fn a_unit_of_several_doctors_takes_each_turn_once_and_in_order() {
        let doctor = |number: u128| DoctorId(Uuid::from_u128(number));
        // 1 and 1025 share a turn: taken twice, the unit would wait for itself
        let (some, turned) = ([doctor(9), doctor(1), doctor(1025)], [doctor(1), doctor(9)]);
        assert_eq!((places(&some, &[]), places(&turned, &[])), (vec![1, 9], vec![1, 9]));
        assert_eq!(of_doctors(&some, &[], Duration::from_millis(200)).await.len(), 2);
    }
}
