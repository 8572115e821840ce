//! Light, dark, or the device's setting.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};

/// The colours a person chose. Kept in a cookie, so that the server writes `data-theme` and nothing flashes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", const_into_str)]
pub enum Theme {
    /// Follow the device.
    #[default]
    System,
    Light,
    Dark,
}

impl Theme {
    /// The value of `data-theme` on the `html` element: absent when the device decides.
    #[must_use]
    pub fn attribute(self) -> Option<&'static str> {
        match self {
            Theme::System => None,
            Theme::Light | Theme::Dark => Some(self.into_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Theme;

    #[test]
    fn every_theme_survives_the_cookie_and_nonsense_follows_the_device() {
        for theme in [Theme::System, Theme::Light, Theme::Dark] {
            assert_eq!(theme.into_str().parse(), Ok(theme));
        }
        assert_eq!("\"><script>".parse::<Theme>().unwrap_or_default(), Theme::System);
    }
}
