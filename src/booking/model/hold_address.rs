//! The address of the page of a held time.

use crate::ids::AppointmentId;

/// The held appointment in an address such as `/book/{id}/who`.
#[must_use]
pub fn hold_in_address(page: &str) -> Option<AppointmentId> {
    let rest = page.strip_prefix("/book/")?;
    rest.split(['/', '?']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hold_is_found_in_the_address_of_its_booking_only() {
        let id = "0197f2c4-0000-7000-8000-000000000001";
        assert!(hold_in_address(&format!("/book/{id}")).is_some());
        assert!(hold_in_address(&format!("/book/{id}/who?x=1")).is_some());
        assert!(hold_in_address(&format!("/appointments/{id}")).is_none());
        assert!(hold_in_address("/book/else").is_none());
    }
}
