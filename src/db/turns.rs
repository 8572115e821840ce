//! Turns of the units that change one doctor's calendar, or take a room or device of one kind, on PostgreSQL.
//!
//! Bookings with one doctor read what the others write, so of those that run at once PostgreSQL lets mostly one commit,
//! and the others are tried again. In turn they succeed at once. Turns are taken within one process; units of other
//! processes collide as before, and nothing depends on turns but speed. On SQLite all units share one writer anyway.
//!
//! The unit that is next has its place at the head of the queue while another one has the turn. It opens its transaction
//! meanwhile, which takes its snapshot with its first statement only, so that the turn is not spent on it.

use std::time::Duration;

use tokio::{
    sync::{Mutex, MutexGuard},
    time::{Instant, timeout_at},
};
use uuid::Uuid;

use crate::ids::{DoctorId, ResourceKindId};

/// Doctors share a turn with one in this many others: few enough to keep for ever, many enough to meet rarely.
const TURNS: usize = 1024;

type Queue = [Mutex<()>; TURNS];

static NEXT: Queue = [const { Mutex::const_new(()) }; TURNS];
static NOW: Queue = [const { Mutex::const_new(()) }; TURNS];

/// What a unit holds of [`NEXT`] or [`NOW`], until it is dropped.
pub(super) type Turns = Vec<MutexGuard<'static, ()>>;

/// The turns that one unit has to wait for.
pub(super) struct Places {
    places: Vec<usize>,
    /// A turn that has not come by then is left out: the unit goes ahead, and may have to be tried again.
    until: Instant,
}

impl Places {
    /// Those of these doctors and of these kinds of rooms and devices.
    pub fn of(doctors: &[DoctorId], kinds: &[ResourceKindId], patience: Duration) -> Places {
        Places { places: places(doctors, kinds), until: Instant::now() + patience }
    }

    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Waits until the unit is next. To be given back as soon as it has its turns.
    pub async fn next(&self) -> Turns {
        self.lock(&NEXT).await
    }

    /// Waits for the turns.
    pub async fn now(&self) -> Turns {
        self.lock(&NOW).await
    }

    /// All units lock in one order, so that no two wait for each other.
    async fn lock(&self, queue: &'static Queue) -> Turns {
        let mut taken = Vec::with_capacity(self.places.len());
        for turn in self.places.iter().filter_map(|place| queue.get(*place)) {
            taken.extend(timeout_at(self.until, turn.lock()).await.ok());
        }
        taken
    }
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

    fn of(doctors: &[DoctorId]) -> Places {
        Places::of(doctors, &[], Duration::from_millis(20))
    }

    #[tokio::test]
    async fn units_of_one_doctor_take_turns_and_those_of_another_do_not_wait() {
        let (one, other) = (DoctorId(Uuid::from_u128(1)), DoctorId(Uuid::from_u128(2)));
        let turn = of(&[one]).now().await;
        assert!(turn.len() == 1 && of(&[other]).now().await.len() == 1);
        let waiting = of(&[one]);
        assert_eq!(waiting.next().await.len(), 1, "one may be next meanwhile");
        assert!(waiting.now().await.is_empty(), "patience has an end");
        drop(turn);
        assert_eq!(of(&[one]).now().await.len(), 1);
    }

    #[tokio::test]
    async fn a_unit_of_several_doctors_takes_each_turn_once_and_in_order() {
        let doctor = |number: u128| DoctorId(Uuid::from_u128(number));
        // 11 and 1035 share a turn: taken twice, the unit would wait for itself
        let (some, turned) = ([doctor(19), doctor(11), doctor(1035)], [doctor(11), doctor(19)]);
        assert_eq!((places(&some, &[]), places(&turned, &[])), (vec![11, 19], vec![11, 19]));
        assert_eq!(of(&some).now().await.len(), 2);
    }
}
