//! Which booked visits a change of hours would leave outside.
