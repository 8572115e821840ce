//! Messages to people, written in the unit that makes them true, and sent later by the worker.
//!
//! Promise: nothing is said that did not commit, and one action is one message to each person, however many of their appointments
//! it changed. A message is looked at again when it is sent, and what is no longer true is not said. Nothing about mail
//! happens in a request.

pub mod actions;
pub mod model;
pub mod pages;

#[cfg(feature = "ssr")]
pub mod server;
