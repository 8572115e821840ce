//! The doctor's day by mail.

use super::{
    letter::{Letter, Writing},
    news::Unreadable,
};
use crate::db::Conn;

/// The visits of the day, as they stand now.
pub(super) async fn letter(_conn: &mut Conn<'_>, _writing: &Writing<'_>) -> Result<Option<Letter>, Unreadable> {
    Ok(None)
}
