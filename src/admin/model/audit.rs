//! The audit log.

use std::borrow::Cow;

use leptos_router::location::Url;
use serde::{Deserialize, Serialize};

use crate::{error::AppError, text::figures, ui::DateParts};

/// The value of [`AuditQuery::actor`] for changes made without an account.
pub const SYSTEM: &str = "system";

/// The value of [`AuditQuery::actor`] for what was tried without signing in.
pub const VISITOR: &str = "visitor";

/// Which lines of the log to show. An empty text is no filter. It is the query part of the page's address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// The id of an account, [`SYSTEM`] or [`VISITOR`].
    pub actor: String,
    /// A code such as `doctor.approved`.
    pub action: String,
    /// "2026-12-03": the first day, by the clinic's calendar.
    pub from: String,
    /// The last day, itself included.
    pub until: String,
    /// Counted from 1; a page past the end means the last one.
    pub page: u32,
}

impl AuditQuery {
    /// Reads the pairs of an address; a date may be in three parts. Unknown names are passed over.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (Cow<'static, str>, String)>) -> Self {
        let pairs: Vec<(Cow<'static, str>, String)> = pairs.into_iter().collect();
        let typed = |name: &str| {
            let field = |field: &str| pairs.iter().find(|(name, _)| name == field).map(|(_, value)| figures(value));
            DateParts::read(name, |name| field(name).unwrap_or_default()).text()
        };
        let mut query = AuditQuery { from: typed("from"), until: typed("until"), ..AuditQuery::default() };
        for (name, value) in &pairs {
            let value = figures(value);
            match name.as_ref() {
                "actor" => query.actor = value,
                "action" => query.action = value,
                "from" => query.from = value,
                "until" => query.until = value,
                "page" => query.page = value.parse().unwrap_or(1),
                _ => {}
            }
        }
        query
    }

    /// The filters without the page, as the query part of an address, without `?`; empty when there are none.
    #[must_use]
    pub fn filters(&self) -> String {
        let pairs = [("actor", &self.actor), ("action", &self.action), ("from", &self.from), ("until", &self.until)];
        let set = pairs.into_iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| [name, "=", &Url::escape(value)].concat()).collect::<Vec<_>>().join("&")
    }
}

/// One entry of the log, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLine {
    /// In the clinic's zone: "Thursday 3 December, 2:20pm".
    pub when: String,
    /// A name, "Not signed in", or "Command line or system".
    pub who: String,
    /// "Doctor approved".
    pub what: String,
    /// "Doctor", "Location".
    pub subject: String,
    /// The page of what it was done to, where there is one.
    pub href: Option<String>,
    /// The name of what it was done to, and what changed.
    pub details: String,
}

/// A page of the log, newest entry first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditPageData {
    pub query: AuditQuery,
    pub lines: Vec<AuditLine>,
    /// Lines that fit the filters.
    pub total: u32,
    pub page: u32,
    pub pages: u32,
    /// Value and name of every actor in the log.
    pub actors: Vec<(String, String)>,
    /// Code and words of every kind of action in the log.
    pub actions: Vec<(String, String)>,
    /// The zone of the times: "London time".
    pub zone_words: String,
    /// What is wrong with the filters, if anything; those are left out.
    pub problem: Option<AppError>,
}

/// What was done, in words: "doctor.approved" is "Doctor approved".
#[must_use]
pub fn action_words(action: &str) -> String {
    let words = match action {
        "appointment.read" => "Appointment opened by staff",
        "appointment.rule_set_aside" => "Appointment booked against a rule",
        "audit_log.exported" => "Audit log downloaded",
        "desk.read" => "Location\u{2019}s desk opened",
        "doctor.calendar_read" => "Doctor\u{2019}s appointments opened by staff",
        "doctor.colleague_added" => "Colleague let work in a doctor\u{2019}s calendar",
        "doctor.colleague_ended" => "Colleague\u{2019}s work in a doctor\u{2019}s calendar ended",
        "doctor.reasons_kept" => "Patients\u{2019} reasons kept from staff",
        "doctor.reasons_shared" => "Patients\u{2019} reasons opened to staff",
        "feed.made" => "Calendar feed made",
        "feed.revoked" => "Calendar feed revoked",
        "keys.encrypted_anew" => "Stored keys encrypted with another key",
        "keys.rotated" => "New keys made",
        "message.shown" => "Message opened by staff",
        "account.closed" => "Account closed",
        "account.erased" => "Name and address erased",
        "own_data.asked" => "Files of own data asked for",
        "own_data.opened" => "Files of own data downloaded",
        "patient.changed" => "Patient\u{2019}s record changed",
        "patient.merge_undone" => "Patients\u{2019} records made two again",
        "patient.merged" => "Patients\u{2019} records merged",
        "patient.not_the_same" => "Patients kept apart",
        "patient.read" => "Patient\u{2019}s record opened by staff",
        "room.added" => "Room or device added",
        "room.changed" => "Room or device changed",
        "room.kind_renamed" => "Kind of rooms or devices renamed",
        "passkey.added" => "Passkey added",
        "passkey.refused" => "Passkey refused",
        "passkey.removed" => "Passkey removed",
        "second_factor.browser_revoked" => "Browser no longer trusted",
        "second_factor.browser_trusted" => "Browser trusted for 30 days",
        "second_factor.failed" => "Sign-in failed: wrong code",
        "second_factor.recovery_code_used" => "Recovery code used",
        "second_factor.recovery_codes_made" => "Recovery codes made",
        "second_factor.reset" => "Codes at sign-in reset",
        "second_factor.set_up" => "Codes at sign-in set up",
        "second_factor.turned_off" => "Codes at sign-in turned off",
        "statistics.exported" => "Statistics downloaded",
        "token.made" => "Token for a program made",
        "token.revoked" => "Token for a program revoked",
        other => return account_words(other),
    };
    words.to_owned()
}

/// The same of accounts, and of acting for others.
fn account_words(action: &str) -> String {
    let words = match action {
        "user.made_staff" => "Staff account made",
        "care.granted" => "Acting for a person: granted or asked",
        "care.accepted" => "Acting for a person: accepted",
        "care.ended" => "Acting for a person: ended or declined",
        "care.own_account" => "Account of one\u{2019}s own: link sent",
        "user.sign_in_failed" => "Sign-in failed: wrong password",
        "user.signed_in" => "Signed in",
        "user.signed_in_by_directory" => "Signed in by the clinic\u{2019}s directory",
        "user.refused_by_directory" => "Sign-in failed: not let in by the clinic\u{2019}s directory",
        "user.proved_by_directory" => "Proved again by the clinic\u{2019}s directory",
        "user.made_by_directory" => "Staff account made by the clinic\u{2019}s directory",
        "user.linked_to_directory" => "Account linked to the clinic\u{2019}s directory",
        "user.role_by_directory" => "Role changed by the clinic\u{2019}s directory",
        "user.session_ended" => "Signed out in another browser",
        "user.other_sessions_ended" => "Signed out everywhere else",
        "user.typed_password_again" => "Password typed again",
        "user.signed_out" => "Signed out",
        "user.suspended" => "Account suspended",
        "user.reactivated" => "Account let in again",
        other => return code_words(other),
    };
    words.to_owned()
}

/// A code as words: "time_off" is "Time off".
#[must_use]
pub fn code_words(code: &str) -> String {
    let words = code.replace(['.', '_'], " ");
    let mut account_mail = words.chars();
    account_mail.next().map_or_else(String::new, |first| first.to_uppercase().chain(account_mail).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_read_as_words() {
        assert_eq!(code_words("time_off.added"), "Time off added");
        assert_eq!(action_words("time_off.added"), "Time off added");
        assert_eq!(action_words("user.signed_in"), "Signed in");
        assert_eq!(code_words(""), "");
    }

    #[test]
    fn an_address_keeps_the_filters_that_are_set() {
        let pairs = [("action", " doctor.approved "), ("actor", ""), ("from", "a&b"), ("page", "x"), ("other", "1")];
        let query = AuditQuery::from_pairs(pairs.map(|(name, value)| (Cow::Borrowed(name), value.to_owned())));
        assert_eq!(query.filters(), "action=doctor%2Eapproved&from=a%26b");
        assert_eq!(query.page, 1);
        assert_eq!(AuditQuery::default().filters(), "");
        let typed = [("from_day", "3"), ("from_month", "12"), ("from_year", "2026"), ("until_day", "40")];
        let query = AuditQuery::from_pairs(typed.map(|(name, value)| (Cow::Borrowed(name), value.to_owned())));
        assert_eq!((query.from.as_str(), query.until.as_str()), ("2026-12-03", "40  "));
    }
}
