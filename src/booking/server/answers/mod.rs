//! What patients answer before an appointment: kept with the hold, and with what it becomes, through all its moves.

mod check;
mod kept;
mod page;
mod save;
mod shown;

pub use page::asked;
pub use save::save_answers;
pub use shown::ANSWERS;
pub(super) use shown::{asking, of_appointment, of_hold, own, require};
