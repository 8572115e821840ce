//! One's own data on the server.

pub mod access_log;
pub mod ask;
pub mod close;
mod collect;
mod download;
mod html;
mod node;
pub mod retention;
mod write;

pub use close::erase_closed;
pub use download::own_data_file;
pub use write::work;
