//! What patients answer before an appointment: kept with the hold, and with what it becomes, through all its moves.

mod check;
mod export;
mod kept;
mod page;
mod save;
mod shown;
mod together;

pub use export::KeptForExport;
pub use page::asked;
pub use save::save_answers;
pub use shown::ANSWERS;
pub(super) use shown::{of_appointment, of_hold, own, require};
pub(super) use together::{TogetherAnswers, asked_together, read_together, require_together, typed_again};
