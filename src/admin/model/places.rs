//! Locations and the days on which they are closed.
