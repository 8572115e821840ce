//! The clinic's own directory of the people who work for it, which signs them in by OpenID Connect.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{SecretText, Settings, SettingsError, is_loopback};

/// How doctors and staff sign in by the clinic's directory. Off while there is no issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OidcSettings {
    /// The address of the directory's OpenID provider, exactly as it names itself. Empty: nobody signs in by it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretText,
    /// What the button says: "Sign in with {name}".
    pub name: String,
    /// What is asked for besides `openid`.
    pub scopes: Vec<String>,
    /// The claim that lists a person's groups.
    pub groups_claim: String,
    /// The claim that says that the address is the person's own.
    pub verified_claim: String,
    pub admin_groups: Vec<String>,
    pub receptionist_groups: Vec<String>,
    pub doctor_groups: Vec<String>,
    /// Whether admins and receptionists whom only the directory knows get an account at their first sign-in.
    pub create_accounts: bool,
}

impl Default for OidcSettings {
    fn default() -> Self {
        OidcSettings {
            issuer: String::new(),
            client_id: String::new(),
            client_secret: SecretText::default(),
            name: "the clinic\u{2019}s account".into(),
            scopes: vec!["profile".into(), "email".into()],
            groups_claim: "groups".into(),
            verified_claim: "email_verified".into(),
            admin_groups: Vec::new(),
            receptionist_groups: Vec::new(),
            doctor_groups: Vec::new(),
            create_accounts: false,
        }
    }
}

impl OidcSettings {
    /// Whether anybody signs in by the directory.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.issuer.is_empty()
    }

    fn groups(&self) -> impl Iterator<Item = &String> {
        self.admin_groups.iter().chain(&self.receptionist_groups).chain(&self.doctor_groups)
    }
}

/// Bounds that types cannot express.
pub(super) fn check(settings: &Settings) -> Result<(), SettingsError> {
    let oidc = &settings.oidc;
    if !oidc.is_on() {
        let is_begun = !oidc.client_id.is_empty() || !oidc.client_secret.is_empty() || oidc.groups().next().is_some();
        let words = "is empty, and other keys of oidc are set: it is the address of the clinic's OpenID provider";
        return if is_begun { Err(SettingsError::new("oidc.issuer", words)) } else { Ok(()) };
    }
    check_issuer(&oidc.issuer)?;
    let needed = [
        ("oidc.client_id", oidc.client_id.is_empty()),
        ("oidc.client_secret", oidc.client_secret.is_empty()),
        ("oidc.name", oidc.name.trim().is_empty()),
        ("oidc.groups_claim", oidc.groups_claim.is_empty()),
        ("oidc.verified_claim", oidc.verified_claim.is_empty()),
    ];
    if let Some((key, _)) = needed.iter().find(|(_, is_empty)| *is_empty) {
        return Err(SettingsError::new(*key, "is empty: oidc.issuer needs it"));
    }
    if oidc.groups().next().is_none() {
        let words =
            "name a group here, in oidc.receptionist_groups or in oidc.doctor_groups: without one nobody is let in";
        return Err(SettingsError::new("oidc.admin_groups", words));
    }
    let mut seen = Vec::new();
    for group in oidc.groups() {
        if group.trim().is_empty() || seen.contains(&group) {
            return Err(SettingsError::new("oidc", format!("the group \"{group}\" is empty, or is there twice")));
        }
        seen.push(group);
    }
    if !settings.is_reachable() {
        let words = "is not set, and the provider has to send people back to it: see oidc.issuer";
        return Err(SettingsError::new("server.public_url", words));
    }
    Ok(())
}

/// Whoever can change what the provider says signs in as anybody, so it is asked over https.
fn check_issuer(issuer: &str) -> Result<(), SettingsError> {
    let url = Url::parse(issuer).ok().filter(|url| url.has_host() && url.query().is_none() && url.fragment().is_none());
    let is_safe = |url: &Url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(url);
    if url.as_ref().is_some_and(is_safe) {
        return Ok(());
    }
    let words = "must begin with https:// and have neither ? nor #, exactly as the provider writes it into \
                 /.well-known/openid-configuration";
    Err(SettingsError::new("oidc.issuer", words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> Settings {
        let mut settings = Settings::default();
        settings.oidc = OidcSettings {
            issuer: "https://id.clinic.example/realms/clinic".into(),
            client_id: "docslot".into(),
            client_secret: "a secret".into(),
            admin_groups: vec!["it".into()],
            doctor_groups: vec!["doctors".into()],
            ..OidcSettings::default()
        };
        settings
    }

    fn wrong(change: impl FnOnce(&mut Settings)) -> String {
        let mut settings = good();
        change(&mut settings);
        check(&settings).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn off_is_the_default_and_a_whole_section_is_taken() {
        assert!(check(&Settings::default()).is_ok() && !Settings::default().oidc.is_on());
        assert_eq!(wrong(|_| ()), "");
    }

    #[test]
    fn the_provider_is_asked_over_https_or_on_this_machine() {
        for good in
            ["https://id.example", "https://id.example/", "http://127.0.0.1:8080/realms/x", "http://localhost:1"]
        {
            assert_eq!(wrong(|settings| settings.oidc.issuer = good.into()), "", "{good}");
        }
        for bad in ["http://id.example", "id.example", "https://", "https://id.example?a=b", "https://id.example/#x"] {
            assert!(
                wrong(|settings| settings.oidc.issuer = bad.into()).starts_with("oidc.issuer: must begin"),
                "{bad}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(wrong(|settings| settings.oidc.issuer.clear()).starts_with("oidc.issuer: is empty, and other keys"));
        assert!(wrong(|settings| settings.oidc.client_id.clear()).starts_with("oidc.client_id: "));
        assert!(wrong(|settings| settings.oidc.client_secret = "".into()).starts_with("oidc.client_secret: "));
        assert!(wrong(|settings| settings.oidc.name = " ".into()).starts_with("oidc.name: "));
        let nobody = |settings: &mut Settings| {
            settings.oidc.admin_groups.clear();
            settings.oidc.doctor_groups.clear();
        };
        assert!(wrong(nobody).contains("nobody is let in"));
        assert!(wrong(|settings| settings.oidc.receptionist_groups = vec!["it".into()]).contains("is there twice"));
        let hidden = |settings: &mut Settings| settings.server.address = ([0, 0, 0, 0], 3000).into();
        assert!(wrong(hidden).starts_with("server.public_url: "));
    }
}
