//! The cookies that carry a failed form to the page that shows it.

use cookie::Cookie;
use serde::Serialize;

use super::{
    cookies::{self, CookieName, FLASH, FLASH_SECONDS},
    keys::CookieKeys,
};
use crate::{
    flash::{Flash, PASSWORD_AGAIN},
    state::AppState,
};

/// Bytes of the encrypted cookie. Browsers keep 4096 of name, value and attributes.
pub(super) const MAX_FLASH: usize = 3_500;

/// The cookie that hands a failed form to the next page.
#[must_use]
pub fn flash_cookie(app: &AppState, flash: Flash) -> Cookie<'static> {
    let value = sealed(flash, app.keys.cookies());
    cookies::set(FLASH, &value, FLASH_SECONDS, app.settings.is_https()).into_owned()
}

/// The flash, encrypted, as the value of a cookie.
pub(super) fn sealed(flash: Flash, key: &CookieKeys) -> String {
    shortened(flash, |flash| seal(FLASH, flash, key))
}

/// A value for a cookie that `seal` makes of the flash. When it is too long, the longest values of the flash are left
/// out; a form that is handed over to be done later is handed over whole or not at all.
pub(super) fn shortened(mut flash: Flash, seal: impl Fn(&Flash) -> String) -> String {
    loop {
        let value = seal(&flash);
        if value.len() <= MAX_FLASH || flash.values.is_empty() {
            return value;
        }
        if flash.action == PASSWORD_AGAIN {
            flash.values.clear();
            continue;
        }
        let longest = flash.values.iter().enumerate().max_by_key(|(_, (_, value))| value.len());
        if let Some((longest, _)) = longest {
            flash.values.remove(longest);
        }
    }
}

/// Anything as the value of the cookie `name`.
pub(super) fn seal(name: CookieName, content: &impl Serialize, key: &CookieKeys) -> String {
    cookies::seal(name, serde_json::to_string(content).unwrap_or_default(), key)
}
