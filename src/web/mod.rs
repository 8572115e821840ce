//! The parts that every HTTP request passes: the router, authentication, sessions and cookies, failed forms, security
//! headers and answers.

pub mod access_tokens;
pub mod answer;
pub mod base_path;
pub mod compression;
pub mod cookies;
pub mod csv;
pub mod device;
pub mod embedding;
pub mod error_pages;
pub mod flash_cookies;
pub mod forms;
pub mod frame;
pub mod islands;
pub mod keys;
pub mod late_forms;
pub mod local_path;
pub mod machine_key;
mod mailed_links;
pub mod metrics;
pub mod origin;
pub mod outgoing;
pub mod page_cache;
pub mod password_again;
pub mod rate_limits;
pub mod request;
pub mod request_log;
pub mod router;
pub mod scrape;
pub mod second_factor_gate;
pub mod security;
pub mod session;
mod shared_counts;
pub mod site;
mod tasks;
pub mod user_agent;
pub mod well_known;
