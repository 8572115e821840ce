//! The elements by which the browser finds the part of a page that chooses a time.

/// The element around what is wrong, which belongs to the part.
pub(super) const PROBLEMS_ID: &str = "problems";
/// The element around the part.
pub(super) const CHOOSE_ID: &str = "choose";
/// The element with the times, and what their form begins with.
pub(super) const TIMES_ID: &str = "times";
/// Where it is said that the chosen time is gone.
pub(super) const NOTICE_ID: &str = "times-notice";
/// The time that is chosen, beside the button that goes on.
pub(super) const CHOSEN_ID: &str = "chosen-time";
