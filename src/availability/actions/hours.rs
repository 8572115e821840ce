//! Weekly hours, as their doctor edits them.
