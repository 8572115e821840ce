//! Invitations to join as doctor or staff.
