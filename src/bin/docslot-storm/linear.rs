//! Whether the takes and releases of one thing can have happened one at a time.
//!
//! The search of Wing and Gong ("Testing and verifying concurrent objects", 1993): operations are put into an order
//! one by one, each before every operation that began after its end, and a step that leads nowhere is taken back. A
//! state that was met before, with the same operations done, is not searched again (Lowe, "Testing for
//! linearizability", 2017).

use std::collections::HashSet;

use super::history::Nanos;

/// What an operation does to the thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Keeps it for an appointment to be: it must be free.
    Hold,
    /// Takes it for an appointment: it must be free, or be held for this one.
    Book,
    /// Gives a hold up, or has it run out: it must be held for this appointment, and not be booked.
    Lapse,
    /// Gives it back: it must be this appointment's.
    Release,
}

/// An operation with the times between which it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub act: Act,
    /// The appointment.
    pub id: u128,
    pub from: Nanos,
    /// [`Nanos::MAX`]: at any time after `from`.
    pub until: Nanos,
    /// Whether it happened for certain; else it may never have happened. Only a step without an end may be left out.
    pub certain: bool,
}

/// Looks for an order of all certain steps, and any of the others, that fits.
///
/// # Errors
/// There is none: the steps that could not be placed when the most had been, the earliest first.
pub fn check(steps: &[Step]) -> Result<(), Vec<Step>> {
    let mut steps = steps.to_vec();
    steps.sort_by_key(|step| (step.from, step.until));
    Search::new(&steps).run()
}

/// Who has the thing: the appointment, and whether it is booked.
type Holder = Option<(u128, bool)>;

struct Search<'a> {
    steps: &'a [Step],
    done: Vec<bool>,
    holder: Holder,
    /// Of the set of steps done and the holder.
    mark: u128,
    met: HashSet<u128>,
    /// Certain steps that are left.
    left: usize,
    /// Everything before is done, or can never be done any more.
    low: usize,
    deepest: (usize, Vec<Step>),
}

/// A choice that was made, and the others that are left to try.
struct Choice {
    others: Vec<usize>,
    chosen: usize,
    holder_before: Holder,
    low_before: usize,
}

impl<'a> Search<'a> {
    fn new(steps: &'a [Step]) -> Self {
        let left = steps.iter().filter(|step| step.certain).count();
        Search {
            steps,
            done: vec![false; steps.len()],
            holder: None,
            mark: 0,
            met: HashSet::new(),
            left,
            low: 0,
            deepest: (left + 1, Vec::new()),
        }
    }

    fn run(mut self) -> Result<(), Vec<Step>> {
        let mut path: Vec<Choice> = Vec::new();
        let mut candidates = self.candidates();
        while self.left > 0 {
            self.remember_deepest();
            match candidates.pop() {
                Some(chosen) => {
                    let choice =
                        Choice { others: candidates, chosen, holder_before: self.holder, low_before: self.low };
                    self.apply(chosen);
                    path.push(choice);
                    let new = self.met.insert(
                        self.mark ^ self.holder.map_or(0, |(id, booked)| mix(id ^ (u128::from(booked) << 127))),
                    );
                    candidates = if new { self.candidates() } else { Vec::new() };
                }
                None => {
                    let Some(choice) = path.pop() else { return Err(self.deepest.1) };
                    self.take_back(&choice);
                    candidates = choice.others;
                }
            }
        }
        Ok(())
    }

    /// The steps that may come next: those that began before every other one that is left had ended, and that the state
    /// allows. The one that ended first comes last, to be tried first.
    fn candidates(&mut self) -> Vec<usize> {
        while self.done.get(self.low) == Some(&true) {
            self.low += 1;
        }
        let mut first_end = Nanos::MAX;
        let mut open = Vec::new();
        for (index, step) in self.steps.iter().enumerate().skip(self.low) {
            if step.from > first_end {
                break;
            }
            if self.done.get(index) == Some(&false) {
                first_end = first_end.min(step.until);
                open.push((index, step));
            }
        }
        open.retain(|(_, step)| {
            step.from <= first_end
                && match step.act {
                    Act::Hold => self.holder.is_none(),
                    Act::Book => self.holder.is_none_or(|holder| holder == (step.id, false)),
                    Act::Lapse => self.holder == Some((step.id, false)),
                    Act::Release => self.holder.is_some_and(|(id, _)| id == step.id),
                }
        });
        open.sort_by_key(|(_, step)| std::cmp::Reverse(step.until));
        open.into_iter().map(|(index, _)| index).collect()
    }

    fn apply(&mut self, index: usize) {
        let Some(step) = self.steps.get(index) else { return };
        self.holder = match step.act {
            Act::Hold => Some((step.id, false)),
            Act::Book => Some((step.id, true)),
            Act::Lapse | Act::Release => None,
        };
        self.set(index, true);
        self.left -= usize::from(step.certain);
    }

    fn take_back(&mut self, choice: &Choice) {
        self.set(choice.chosen, false);
        self.left += usize::from(self.steps.get(choice.chosen).is_some_and(|step| step.certain));
        self.holder = choice.holder_before;
        self.low = choice.low_before;
    }

    fn set(&mut self, index: usize, done: bool) {
        if let Some(state) = self.done.get_mut(index) {
            *state = done;
        }
        self.mark ^= mix(index as u128 + 1);
    }

    fn remember_deepest(&mut self) {
        if self.left < self.deepest.0 {
            let undone = self
                .steps
                .iter()
                .enumerate()
                .skip(self.low)
                .filter(|(index, step)| step.certain && self.done.get(*index) == Some(&false));
            self.deepest = (self.left, undone.map(|(_, step)| *step).take(6).collect());
        }
    }
}

/// Spreads a number over 128 bits, so that sets can be told apart by the exclusive or of their members.
fn mix(number: u128) -> u128 {
    let half = |salt: u64| {
        let mut z = (number as u64) ^ ((number >> 64) as u64).rotate_left(29) ^ salt;
        z = (z.wrapping_add(0x9e37_79b9_7f4a_7c15) ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u128::from(z ^ (z >> 31))
    };
    half(0x1234_5678_9abc_def1) << 64 | half(0xfedc_ba98_7654_3217)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(id: u128, from: Nanos, until: Nanos) -> Step {
        Step { act: Act::Book, id, from, until, certain: true }
    }

    fn release(id: u128, from: Nanos, until: Nanos) -> Step {
        Step { act: Act::Release, id, from, until, certain: true }
    }

    fn perhaps(step: Step) -> Step {
        Step { certain: false, until: Nanos::MAX, ..step }
    }

    #[test]
    fn one_after_the_other_is_fine() {
        assert_eq!(check(&[]), Ok(()));
        assert_eq!(check(&[take(1, 0, 10), release(1, 20, 30), take(2, 40, 50)]), Ok(()));
    }

    #[test]
    fn two_takes_without_a_release_between_them_are_not() {
        assert!(check(&[take(1, 0, 10), take(2, 20, 30)]).is_err());
        // not even at the same time
        assert!(check(&[take(1, 0, 10), take(2, 5, 8)]).is_err());
        assert!(check(&[take(1, 0, 10), take(2, 20, 30), release(1, 40, 50)]).is_err());
    }

    #[test]
    fn a_release_that_overlaps_the_next_take_may_have_come_first() {
        assert_eq!(check(&[take(1, 0, 10), take(2, 20, 40), release(1, 30, 50)]), Ok(()));
        assert!(check(&[take(1, 0, 10), take(2, 20, 29), release(1, 30, 50)]).is_err());
    }

    #[test]
    fn a_hold_and_its_booking_are_one_take() {
        let hold = Step { act: Act::Hold, ..take(1, 0, 10) };
        let lapse = Step { act: Act::Lapse, ..perhaps(release(1, 15, 0)) };
        assert_eq!(check(&[hold, take(1, 20, 30), release(1, 40, 50), take(2, 60, 70)]), Ok(()));
        assert_eq!(check(&[hold, lapse, take(1, 20, 30)]), Ok(()));
        assert_eq!(check(&[hold, lapse, take(2, 20, 30)]), Ok(()));
        // what is booked does not run out any more
        assert!(check(&[hold, lapse, take(1, 20, 30), take(2, 60, 70)]).is_err());
    }

    #[test]
    fn what_is_unknown_may_have_happened_or_not() {
        let lost = perhaps(take(1, 0, 0));
        assert_eq!(check(&[lost, take(2, 20, 30)]), Ok(()));
        assert_eq!(check(&[lost, release(1, 20, 30), take(2, 40, 50)]), Ok(()));
        let perhaps_released = perhaps(release(1, 12, 0));
        assert_eq!(check(&[take(1, 0, 10), perhaps_released, take(2, 20, 30)]), Ok(()));
        // but not before it was asked for
        assert!(check(&[take(1, 0, 10), take(2, 20, 30), perhaps(release(1, 31, 0))]).is_err());
        // and one that happened cannot have happened between two others
        let late = Step { until: Nanos::MAX, ..take(3, 5, 0) };
        assert!(check(&[take(1, 0, 10), late]).is_err());
        assert_eq!(check(&[take(1, 0, 10), late, release(1, 50, 60)]), Ok(()));
    }

    #[test]
    fn what_could_not_be_placed_is_named() {
        let wrong = check(&[take(1, 0, 10), release(1, 11, 12), take(2, 20, 30), take(3, 40, 50)]).unwrap_err();
        assert_eq!(wrong, [take(3, 40, 50)]);
    }

    #[test]
    fn a_long_history_with_clients_at_once_is_checked_quickly() {
        let mut steps = Vec::new();
        for id in 0..5_000 {
            let at = 100 * u64::try_from(id).unwrap();
            steps.push(take(id + 1, at.saturating_sub(80), at + 10));
            steps.push(release(id + 1, at + 5, at + 60));
        }
        assert_eq!(check(&steps), Ok(()));
        steps.remove(5_001);
        assert!(check(&steps).is_err());
    }
}
