//! The data of the frame around every page.

use leptos::prelude::{use_context, with_context};

pub use crate::accounts::model::tel_href;
use crate::{
    accounts::{Permission, Role, SignedInUser},
    ui::Theme,
};

/// Facts shown on every page. The server reads them before it makes the page, so that no part of the frame waits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// The signed-in account. An account that cannot be read counts as signed out.
    pub signed_in_user: Option<SignedInUser>,
    pub clinic: Clinic,
    /// The colours this browser asked for.
    pub theme: Theme,
    /// Whether this browser switched the key "/" off, which goes to the search for patients.
    pub search_key_off: bool,
    /// Whether messages only go into a folder, where staff can read them.
    pub has_mailbox: bool,
    /// Whether other websites may show this page in a frame.
    pub is_embeddable: bool,
    /// What is left of the days to set a second factor up, for those whom the clinic asks for one.
    pub second_factor_due: Option<DueSecondFactor>,
    /// Seconds without use after which the session ends, for those who are warned before.
    pub warned_after: Option<u32>,
}

/// Until when a second factor has to be set up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DueSecondFactor {
    /// In clinic time.
    pub until: String,
    /// Whether that is over.
    pub over: bool,
}

impl Frame {
    /// The role of the person who is signed in.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.signed_in_user.as_ref().map(|signed_in_user| signed_in_user.role)
    }

    /// Whether a doctor or staff look, who book for patients and not for themselves.
    #[must_use]
    pub fn is_clinic(&self) -> bool {
        self.may(Permission::WorkAtDesk)
    }

    /// Whether the person who is signed in has this permission: pages show only what they may open.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.role().is_some_and(|role| role.may(permission))
    }
}

/// The page on which a person of this role finds what is their own, and its name. For visitors, that of patients.
#[must_use]
pub fn own_page(role: Option<Role>) -> (&'static str, &'static str) {
    match role {
        None | Some(Role::Patient) => ("/appointments", "My appointments"),
        Some(Role::Doctor) => (Role::Doctor.start_page(), "My day"),
        Some(role @ (Role::Receptionist | Role::Admin)) => (role.start_page(), "Overview"),
    }
}

/// How the clinic is reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clinic {
    pub name: String,
    pub phone: String,
    /// The number to call in an emergency.
    pub emergency_line: String,
    /// Its clock in words ("London time"), when its locations are in more than one zone.
    pub clock: Option<String>,
    /// Whether it sends messages. Where it does not, people have to call.
    pub sends_mail: bool,
}

/// The facts on every page. Empty where there is no page, as while the server looks for the pages' addresses.
#[must_use]
pub fn use_frame() -> Frame {
    use_context().unwrap_or_default()
}

/// The `target` of every link and form that leads away from the pages that other websites may show in a frame: such a
/// frame shows no other page, and keeps nobody signed in.
#[must_use]
pub fn leaving_target() -> Option<&'static str> {
    let is_embeddable = with_context::<Frame, _>(|frame| frame.is_embeddable).unwrap_or_default();
    is_embeddable.then_some("_top")
}

/// A time of a location in words with those of its zone, where the clinic's locations have several: "10am Athens time".
#[must_use]
pub fn zoned(time: &str, zone_words: &str) -> String {
    if has_several_zones() { [time, " ", zone_words].concat() } else { time.to_owned() }
}

/// Whether the clinic's locations have several zones.
#[must_use]
pub fn has_several_zones() -> bool {
    with_context::<Frame, _>(|frame| frame.clinic.clock.is_some()).unwrap_or_default()
}
