//! Signing in, making an account, one's own account, and what mailed links lead to.

mod account;
mod account_forms;
mod care;
mod care_forms;
mod directory;
mod forgot;
mod held_time;
mod join;
mod passkeys;
mod password_again;
mod personal_tokens;
mod register;
mod second_factor;
mod second_factor_change;
mod sessions;
mod sign_in;
mod sign_in_code;
mod verify;

pub use account::AccountPage;
pub use account_forms::{AccountEmailPage, AccountPasswordPage, AccountProfilePage};
pub use care::PeoplePage;
pub use care_forms::{AddChildPage, AskAdultPage, InviteParentPage, LetActPage, OwnAccountPage};
pub use forgot::{ForgotPage, ResetPage};
pub use join::{InvitePage, WaitingPage};
pub use password_again::PasswordAgainPage;
pub use personal_tokens::TokensPage;
pub use register::{OpenAccountPage, RegisterPage, RegisterSentPage};
pub use second_factor::SecondFactorPage;
pub use second_factor_change::ChangeSecondFactorPage;
pub use sessions::SessionsPage;
pub use sign_in::SignInPage;
pub use sign_in_code::{ResetSecondFactorPage, SignInCodePage};
pub use verify::VerifyPage;

/// Beside every field in which a new password is typed. What is accepted is checked on the server.
const PASSWORD_HINT: &str = "At least 12 characters. A few words in a row are easy to remember.";
