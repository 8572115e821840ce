//! Joining by invitation.
