//! Messages about accounts: links that prove an address, reset a password or let somebody join, and notices of changes.

use super::{
    letter::{Letter, Writing},
    news::Unreadable,
};
use crate::{db::Conn, notifications::model::Kind};

/// What is still true of a message about an account.
pub(super) async fn letter(
    _conn: &mut Conn<'_>,
    _kind: Kind,
    _writing: &Writing<'_>,
) -> Result<Option<Letter>, Unreadable> {
    Ok(None)
}
