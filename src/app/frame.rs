//! What the frame around every page knows.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::actions::frame;
use crate::{accounts::SignedInUser, error::AppError, ui::Theme};

/// Facts that stand on every page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// Who is signed in.
    pub signed_in_user: Option<SignedInUser>,
    pub clinic: Clinic,
    /// The colours this browser asked for.
    pub theme: Theme,
    /// Whether messages only go into a folder, where staff can read them.
    pub has_mailbox: bool,
}

/// How the clinic is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clinic {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Whether it sends messages. Where it does not, people have to call.
    pub sends_mail: bool,
}

/// The frame's facts; read them under `<Suspense>`.
pub type FrameResource = Resource<Result<Frame, AppError>>;

#[derive(Clone, Copy)]
struct FrameContext(FrameResource);

/// Makes the frame's facts available to all pages. Called once, by the application.
pub(super) fn provide_frame() {
    provide_context(FrameContext(Resource::new_blocking(|| (), |()| frame())));
}

/// The facts on every page.
///
/// # Panics
/// Outside the application.
#[must_use]
pub fn use_frame() -> FrameResource {
    expect_context::<FrameContext>().0
}

/// The address that dials a telephone number.
#[must_use]
pub fn tel_href(phone: &str) -> String {
    let digits = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+');
    "tel:".chars().chain(digits).collect()
}

#[cfg(test)]
mod tests {
    use super::tel_href;

    #[test]
    fn a_telephone_link_has_digits_only() {
        assert_eq!(tel_href("+44 (0)20 7946-0100"), "tel:+4402079460100");
    }
}
