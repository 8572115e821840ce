//! The profile, as its doctor edits it.
