//! Signing in, making an account, one's own account, and what mailed links lead to.

mod account;
mod account_forms;
mod care;
mod forgot;
mod held_time;
mod join;
mod personal_tokens;
mod register;
mod sign_in;
mod verify;

pub use account::AccountPage;
pub use account_forms::{AccountEmailPage, AccountPasswordPage, AccountProfilePage};
pub use care::{AddChildPage, AskAdultPage, LetActPage, OwnAccountPage, PeoplePage};
pub use forgot::{ForgotPage, ResetPage};
pub use join::{InvitePage, WaitingPage};
pub use personal_tokens::TokensPage;
pub use register::RegisterPage;
pub use sign_in::SignInPage;
pub use verify::VerifyPage;
