//! A doctor who leaves the clinic.
