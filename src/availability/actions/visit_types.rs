//! The kinds of visit a doctor offers.
