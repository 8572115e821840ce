//! The clinic's own directory of the people who work for it, which signs them in by OpenID Connect.

use serde::{Deserialize, Serialize};
use url::Url;

use super::{SecretText, is_loopback};

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

/// The key that is wrong, and what is wrong with it.
type Wrong = (&'static str, String);

fn wrong(key: &'static str, words: &str) -> Result<(), Wrong> {
    Err((key, words.to_owned()))
}

/// Bounds that types cannot express. `is_reachable`: the website's own address is known.
pub(super) fn check(oidc: &OidcSettings, is_reachable: bool) -> Result<(), Wrong> {
    if !oidc.is_on() {
        let is_begun = !oidc.client_id.is_empty() || !oidc.client_secret.is_empty() || oidc.groups().next().is_some();
        let words = "is empty, and other keys of oidc are set: it is the address of the clinic's OpenID provider";
        return if is_begun { wrong("oidc.issuer", words) } else { Ok(()) };
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
        return wrong(key, "is empty: oidc.issuer needs it");
    }
    if oidc.groups().next().is_none() {
        let words =
            "name a group here, in oidc.receptionist_groups or in oidc.doctor_groups: without one nobody is let in";
        return wrong("oidc.admin_groups", words);
    }
    let mut seen = Vec::new();
    for group in oidc.groups() {
        if group.trim().is_empty() || seen.contains(&group) {
            return Err(("oidc", format!("the group \"{group}\" is empty, or is there twice")));
        }
        seen.push(group);
    }
    if is_reachable {
        return Ok(());
    }
    wrong("server.public_url", "is not set, and the provider has to send people back to it: see oidc.issuer")
}

/// Whoever can change what the provider says signs in as anybody, so it is asked over https.
fn check_issuer(issuer: &str) -> Result<(), Wrong> {
    let url = Url::parse(issuer).ok().filter(|url| url.has_host() && url.query().is_none() && url.fragment().is_none());
    let is_safe = |url: &Url| url.scheme() == "https" || url.scheme() == "http" && is_loopback(url);
    if url.as_ref().is_some_and(is_safe) {
        return Ok(());
    }
    let words = "must begin with https:// and have neither ? nor #, exactly as the provider writes it into \
                 /.well-known/openid-configuration";
    wrong("oidc.issuer", words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> OidcSettings {
        OidcSettings {
            issuer: "https://id.clinic.example/realms/clinic".into(),
            client_id: "docslot".into(),
            client_secret: "a secret".into(),
            admin_groups: vec!["it".into()],
            doctor_groups: vec!["doctors".into()],
            ..OidcSettings::default()
        }
    }

    fn said(change: impl FnOnce(&mut OidcSettings)) -> String {
        let mut oidc = good();
        change(&mut oidc);
        check(&oidc, true).map_or_else(|(key, words)| [key, ": ", &words].concat(), |()| String::new())
    }

    #[test]
    fn off_is_the_default_and_a_whole_section_is_taken() {
        let off = OidcSettings::default();
        assert!(!off.is_on() && check(&off, false).is_ok());
        assert_eq!(said(|_| ()), "");
    }

    #[test]
    fn the_provider_is_asked_over_https_or_on_this_machine() {
        for good in
            ["https://id.example", "https://id.example/", "http://127.0.0.1:8080/realms/x", "http://localhost:1"]
        {
            assert_eq!(said(|oidc| oidc.issuer = good.into()), "", "{good}");
        }
        for bad in ["http://id.example", "id.example", "https://", "https://id.example?a=b", "https://id.example/#x"] {
            assert!(said(|oidc| oidc.issuer = bad.into()).starts_with("oidc.issuer: must begin"), "{bad}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        assert!(said(|oidc| oidc.issuer.clear()).starts_with("oidc.issuer: is empty, and other keys"));
        assert!(said(|oidc| oidc.client_id.clear()).starts_with("oidc.client_id: "));
        assert!(said(|oidc| oidc.client_secret = "".into()).starts_with("oidc.client_secret: "));
        assert!(said(|oidc| oidc.name = " ".into()).starts_with("oidc.name: "));
        let nobody = |oidc: &mut OidcSettings| {
            oidc.admin_groups.clear();
            oidc.doctor_groups.clear();
        };
        assert!(said(nobody).contains("nobody is let in"));
        assert!(said(|oidc| oidc.receptionist_groups = vec!["it".into()]).contains("is there twice"));
        assert_eq!(check(&good(), false).unwrap_err().0, "server.public_url");
    }
}
