//! Messages to people, written in the unit that makes them true, and sent later by the worker.
//!
//! Promise: a message reports only what was committed, and one action sends one message to each person, however many of
//! their appointments it changed. A message is checked again when it is sent, and says nothing that is no longer true.
//! No mail is sent inside a request.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;
