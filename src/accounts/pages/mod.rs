//! Signing in, making an account, one's own account, and what mailed links lead to.

mod account;
mod account_forms;
mod care;
mod care_forms;
mod forgot;
mod held_time;
mod join;
mod personal_tokens;
mod register;
mod sign_in;
mod verify;

pub use account::AccountPage;
pub use account_forms::{AccountEmailPage, AccountPasswordPage, AccountProfilePage};
pub use care::PeoplePage;
pub use care_forms::{AddChildPage, AskAdultPage, InviteParentPage, LetActPage, OwnAccountPage};
pub use forgot::{ForgotPage, ResetPage};
pub use join::{InvitePage, WaitingPage};
pub use personal_tokens::TokensPage;
pub use register::RegisterPage;
pub use sign_in::SignInPage;
pub use verify::VerifyPage;
