//! Doctors and accounts, as staff manage them.

mod care;
mod doctor;
mod doctors;
mod user;
mod users;

pub use doctor::DoctorPage;
pub use doctors::DoctorsPage;
pub use user::UserPage;
pub use users::UsersPage;

use crate::{app::FormState, ui::ErrorLine};

/// The lines of all these forms, which have no fields of their own; at most one of them has been sent.
fn problems(endpoints: &[&str]) -> Vec<ErrorLine> {
    endpoints.iter().flat_map(|endpoint| FormState::of(endpoint).lines(&[])).collect()
}
