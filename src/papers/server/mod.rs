//! Taking files, keeping them, handing them out, and what a job does with them.

mod add;
pub mod clamd;
mod content;
mod export;
mod heic;
mod http;
mod list;
mod open;
mod own_copy;
mod receive;
mod remove;
mod row;
mod store;
mod work;

pub use add::add;
pub use export::PaperForExport;
pub use http::{file, open_paper, send_papers};
pub use list::papers;
pub use open::{OpenedPaper, link, opened};
pub use own_copy::{OwnPaper, bytes_of, own_papers};
pub use receive::SEND;
pub use remove::{end_all, remove};
pub use store::{PaperStore, StoreError};
pub use work::work;

use tokio::sync::Semaphore;

use crate::config::Settings;

/// Uploads received at a time, each with one file in memory.
const UPLOADS: usize = 16;
/// Images redrawn at a time, each with its pixels in memory.
const IMAGES: usize = 2;

/// What the handling of files needs besides the database.
pub struct PaperParts {
    pub store: PaperStore,
    /// The virus scanner's address; empty: nothing is scanned.
    clamd: String,
    uploads: Semaphore,
    images: Semaphore,
}

impl PaperParts {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        PaperParts {
            store: PaperStore::new(&settings.papers),
            clamd: settings.papers.clamd.clone(),
            uploads: Semaphore::new(UPLOADS),
            images: Semaphore::new(IMAGES),
        }
    }
}
