//! Signing in, making an account, and looking at one's own.

mod account;
mod join;
mod kept;
mod register;
mod sign_in;
mod tokens;

pub use account::AccountPage;
pub use join::{InvitePage, WaitingPage};
pub use register::RegisterPage;
pub use sign_in::SignInPage;
pub use tokens::TokensPage;
