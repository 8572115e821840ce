//! What the pages of the availability editor ask and send.

pub mod hours;
pub mod overrides;
pub mod visit_types;
