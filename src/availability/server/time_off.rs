//! Time off, and what becomes of the visits in it.
