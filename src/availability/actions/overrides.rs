//! Changes to single dates.
