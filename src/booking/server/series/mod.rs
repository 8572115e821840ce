//! Several appointments of one patient, booked together: planning them, booking all or none, and what they are
//! afterwards. Each is an ordinary appointment; that they belong together stands in `series_members` alone.

mod book;
mod draft;
mod forms;
mod members;
mod pair;
mod plan;
mod starts;

pub use draft::forget_drafts;
pub use forms::{book, book_at_desk, book_pair};
pub use members::{cancel_remaining, details};
pub use pair::pair_page;
pub use plan::{plan, plan_at_desk};

pub(super) use members::{mark_of, marks_of};
