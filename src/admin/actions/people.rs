//! Doctors and users, as staff manage them.
