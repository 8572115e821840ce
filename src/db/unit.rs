//! A change of the database as a value, and the transaction in which it runs.

use std::{
    any::Any,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{Conn, Error, stored::StoredRows};
use crate::ids::{DoctorId, ResourceKindId};

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

    /// The kinds of rooms and devices of which the unit may take one, where that is known before it runs.
    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        Vec::new()
    }

    /// Writes the rows. Runs again, from the start, when the transaction collided with another one.
    ///
    /// # Errors
    /// The error that fails the unit; none of its writes stays.
    fn run(&self, tx: &mut Tx<'_>) -> impl Future<Output = Result<Self::Output, Error>> + Send;
}

/// A unit whatever its output is, so that trying, turns and group commits are compiled once and not for each unit.
pub(super) trait AnyUnit: Send + Sync + 'static {
    fn name(&self) -> &'static str;
    fn doctors(&self) -> Vec<DoctorId>;
    fn resource_kinds(&self) -> Vec<ResourceKindId>;
    /// As [`WriteUnit::run`].
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<AnyOutput, Error>>;
}

/// The [`WriteUnit::Output`] of a unit.
pub(super) type AnyOutput = Box<dyn Any + Send>;

impl<U: WriteUnit> AnyUnit for U {
    fn name(&self) -> &'static str {
        U::NAME
    }

    fn doctors(&self) -> Vec<DoctorId> {
        WriteUnit::doctors(self)
    }

    fn resource_kinds(&self) -> Vec<ResourceKindId> {
        WriteUnit::resource_kinds(self)
    }

    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<AnyOutput, Error>> {
        Box::pin(async move {
            let output = WriteUnit::run(self, tx).await?;
            Ok(Box::new(output) as AnyOutput)
        })
    }
}

/// The open transaction of a write unit. It reads like a [`Conn`], and it alone can write.
pub struct Tx<'c> {
    conn: Conn<'c>,
    stored: Arc<StoredRows>,
    declared: Declared,
}

/// What a unit says of its writes, for after the commit.
#[derive(Default)]
pub(super) struct Declared {
    pub changed_schedules: Vec<DoctorId>,
    pub stored: Vec<Uuid>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: Conn<'c>, stored: Arc<StoredRows>) -> Self {
        Tx { conn, stored, declared: Declared::default() }
    }

    pub(super) fn into_declared(self) -> Declared {
        self.declared
    }

    /// The same transaction for a shorter while. What is declared through it is not published.
    pub fn shorter(&mut self) -> Tx<'_> {
        Tx::new(self.conn.reborrow(), self.stored.clone())
    }

    /// Declares that the free times of this doctor change with this unit. [`Db::write`](super::Db::write) publishes it after the commit,
    /// so that pages and programs that show these times read them again.
    pub fn schedule_changed(&mut self, doctor: DoctorId) {
        if !self.declared.changed_schedules.contains(&doctor) {
            self.declared.changed_schedules.push(doctor);
        }
    }

    /// Whether this process has seen this row committed, one that is never changed and never deleted.
    #[must_use]
    pub fn is_stored(&self, id: Uuid) -> bool {
        self.stored.contains(id)
    }

    /// Declares that this row, which is never changed and never deleted, is stored once the unit is committed. Until then
    /// nobody relies on it.
    pub fn will_be_stored(&mut self, id: Uuid) {
        self.declared.stored.push(id);
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
