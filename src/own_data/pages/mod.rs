//! Pages about one's own data.

mod access;
mod close;
mod data;

pub use access::AccessPage;
pub use close::{ClosedPage, ClosingPage};
pub use data::OwnDataPage;
