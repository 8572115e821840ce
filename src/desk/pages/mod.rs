//! The page of the desk.

mod address;
mod column;
mod desk;
mod tools;

pub use desk::DeskPage;
