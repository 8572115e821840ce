//! Specialties.
