//! A change of the database as a value, and the transaction in which it runs.

use std::ops::{Deref, DerefMut};

use super::{Conn, Error};
use crate::ids::DoctorId;

/// One change of the database, whole or not at all.
pub trait WriteUnit: Send + Sync + 'static {
    /// What the unit does, in the log, in spans and in metrics: `book_hold`.
    const NAME: &'static str;
    /// The unit's result once it is committed.
    type Output: Send + 'static;

    /// The doctor whose calendar the unit changes, where that is known before it runs. See [`super::turns`].
    fn doctor(&self) -> Option<DoctorId> {
        None
    }

    /// The doctors whose calendars the unit changes, where it is more than one.
    fn doctors(&self) -> Vec<DoctorId> {
        self.doctor().into_iter().collect()
    }

    /// Writes the rows. Runs again, from the start, when the transaction collided with another one.
    ///
    /// # Errors
    /// The error that fails the unit; none of its writes stays.
    fn run(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// The open transaction of a write unit. It reads like a [`Conn`], and it alone can write.
pub struct Tx<'c> {
    conn: Conn<'c>,
    changed_schedules: Vec<DoctorId>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: Conn<'c>) -> Self {
        Tx { conn, changed_schedules: Vec::new() }
    }

    pub(super) fn into_changed_schedules(self) -> Vec<DoctorId> {
        self.changed_schedules
    }

    /// The same transaction for a shorter while. What is declared through it is not published.
    pub fn shorter(&mut self) -> Tx<'_> {
        Tx::new(self.conn.reborrow())
    }

    /// Declares that the free times of this doctor change with this unit. [`Db::write`](super::Db::write) publishes it after the commit,
    /// so that pages and programs that show these times read them again.
    pub fn schedule_changed(&mut self, doctor: DoctorId) {
        if !self.changed_schedules.contains(&doctor) {
            self.changed_schedules.push(doctor);
        }
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = Conn<'c>;

    fn deref(&self) -> &Conn<'c> {
        &self.conn
    }
}

impl<'c> DerefMut for Tx<'c> {
    fn deref_mut(&mut self) -> &mut Conn<'c> {
        &mut self.conn
    }
}
