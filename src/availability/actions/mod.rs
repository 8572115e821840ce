//! What the pages of the availability editor ask and send.

pub mod hours;
pub mod overrides;
pub mod questions;
pub mod visit_types;
