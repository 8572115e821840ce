//! Messages to people, written in the unit that makes them true.
//!
//! Promise: nothing is said that did not commit, and one action is one message to each person, however many of their visits
//! it changed.

#[cfg(feature = "ssr")]
pub mod server;
