//! The desk, on the server.

mod access;
mod day;
mod entries;
mod live;
mod load;
mod rows;

pub use access::allow;
pub use day::day;
pub use live::{card, changes, columns, free_time, patients};
