//! Statistics for the clinic.
