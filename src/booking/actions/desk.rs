//! What doctors and staff do with visits of their patients: add, move, cancel.
