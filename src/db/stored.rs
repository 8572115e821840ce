//! Rows that are never changed and never deleted, and that this process has seen committed: writing them again, or
//! looking whether they are there, would be in vain.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

/// Ids that are remembered, 16 bytes each. Beyond that, all are forgotten, and each costs one write more.
const MOST: usize = 50_000;

/// The ids of such rows.
#[derive(Debug, Default)]
pub(super) struct StoredRows(Mutex<HashSet<Uuid>>);

impl StoredRows {
    pub fn contains(&self, id: Uuid) -> bool {
        self.ids().contains(&id)
    }

    /// Remembers rows whose transaction was committed.
    pub fn remember(&self, committed: Vec<Uuid>) {
        if committed.is_empty() {
            return;
        }
        let mut ids = self.ids();
        if ids.len() >= MOST {
            ids.clear();
        }
        ids.extend(committed);
    }

    /// Forgets all of them, and says whether there were any. A server that took over from a lost one may lack the last
    /// commits of that one.
    pub fn forget(&self) -> bool {
        !std::mem::take(&mut *self.ids()).is_empty()
    }

    fn ids(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
