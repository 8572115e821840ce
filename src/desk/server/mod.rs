//! The desk, on the server.

mod access;
mod day;
mod entries;
mod load;
mod rows;

pub use access::allow;
pub use day::day;
