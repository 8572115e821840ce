//! The desk, on the server.

mod access;
mod day;
mod entries;
mod live;
mod load;
mod palette;
mod rows;

pub use access::allow;
pub use day::day;
pub use live::{card, changes, columns, free_time, happened, patients};
pub use palette::palette;
