//! What every form page needs: the error of the last attempt, its words, and the values that were typed.

use crate::{
    error::{AppError, FieldCode, InvitationEnd},
    flash::Flash,
    ui::ErrorLine,
};

/// The state of one form of a page after its last attempt.
#[derive(Clone, Debug, Default)]
pub struct FormState(Option<Flash>);

/// A form's fields: name, and what it is, as in "your email address".
pub type Fields = &'static [(&'static str, &'static str)];

impl From<Option<Flash>> for FormState {
    fn from(flash: Option<Flash>) -> Self {
        FormState(flash)
    }
}

impl FormState {
    /// The state of the form that is sent to this endpoint, such as `register`.
    #[must_use]
    pub fn of(endpoint: &str) -> Self {
        FormState(Flash::for_action(endpoint))
    }

    /// Whether the last attempt failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.0.is_some()
    }

    /// Why the last attempt failed.
    #[must_use]
    pub fn error(&self) -> Option<&AppError> {
        self.0.as_ref().map(|flash| &flash.error)
    }

    /// What was typed into `field`, or nothing.
    #[must_use]
    pub fn typed(&self, field: &str) -> String {
        self.0.as_ref().map_or("", |flash| flash.value(field)).to_owned()
    }

    /// What is wrong with `field`, one of `fields`, in words.
    #[must_use]
    pub fn problem(&self, field: &str, fields: Fields) -> Option<String> {
        let code = self.0.as_ref()?.error.code_for(field)?;
        let what = fields.iter().find(|(name, _)| *name == field).map_or(field, |(_, what)| what);
        Some(field_words(code, what))
    }

    /// The lines of the error summary: one for each of `fields` that must be corrected, or one for the whole form.
    #[must_use]
    pub fn lines(&self, fields: Fields) -> Vec<ErrorLine> {
        self.0.as_ref().map_or_else(Vec::new, |flash| lines(&flash.error, fields))
    }
}

fn lines(error: &AppError, fields: &[(&str, &str)]) -> Vec<ErrorLine> {
    let named: Vec<_> = fields
        .iter()
        .filter_map(|(field, what)| {
            let code = error.code_for(field)?;
            Some(ErrorLine { field: (*field).to_owned(), text: field_words(code, what) })
        })
        .collect();
    if named.is_empty() { vec![ErrorLine { field: String::new(), text: error_words(error) }] } else { named }
}

/// What is wrong with one field. `what` names it as in "your email address".
#[must_use]
pub fn field_words(code: FieldCode, what: &str) -> String {
    match code {
        FieldCode::Missing => ["Enter ", what].concat(),
        FieldCode::TooShort(least) => sentence(what, " must have at least ", least),
        FieldCode::TooLong(most) => sentence(what, " can have at most ", most),
        FieldCode::NotAnEmail => "Enter an email address, like name@example.org".to_owned(),
        FieldCode::EmailUnusable => {
            "We cannot open an account with this email address. If it is yours, you may already have an account: sign in instead"
                .to_owned()
        }
        FieldCode::EasilyGuessed => "Choose a password that is harder to guess".to_owned(),
        FieldCode::NotAPhoneNumber => "Enter a phone number, like 020 7946 0100".to_owned(),
        FieldCode::NotADate => "Enter a date that exists, like 3 12 2026".to_owned(),
        FieldCode::Unknown => ["Choose ", what, " from the list"].concat(),
        FieldCode::NotATime => "Enter a time, like 9, 9:30 or 17:30".to_owned(),
        FieldCode::NotANumber => [&capital(what), " must be a whole number"].concat(),
        FieldCode::OutOfRange(least, most) => {
            [&capital(what), " must be between ", &least.to_string(), " and ", &most.to_string()].concat()
        }
        FieldCode::EndsBeforeStart => [&capital(what), " must be after the start"].concat(),
        FieldCode::Overlaps => [&capital(what), " overlap other hours"].concat(),
        FieldCode::InThePast => [&capital(what), " cannot be in the past"].concat(),
        FieldCode::TooFarAhead => [&capital(what), " is too far ahead"].concat(),
        FieldCode::NameTaken => [&capital(what), " is taken. Please choose another one"].concat(),
        FieldCode::InUse => [&capital(what), " is still in use"].concat(),
        FieldCode::UnknownZone => "Choose a time zone from the list, like Europe/London".to_owned(),
        FieldCode::WrongType => [&capital(what), " is not the right kind of value"].concat(),
        FieldCode::NotAField => [&capital(what), " does not belong here"].concat(),
        FieldCode::BadCharacters => [&capital(what), " has characters that we cannot keep. Please type it again"].concat(),
    }
}

fn sentence(what: &str, middle: &str, characters: u32) -> String {
    [&capital(what), middle, &characters.to_string(), " characters"].concat()
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What happened, and whether anything was changed, in a sentence or two.
#[must_use]
pub fn error_words(error: &AppError) -> String {
    let words = match error {
        AppError::BadRequest => "We could not understand that. Nothing was changed. Please try again.",
        AppError::WrongCredentials => "Email or password is not right.",
        AppError::Unauthenticated => "Please sign in first.",
        AppError::Forbidden => "Your account cannot do this.",
        AppError::NotFound => "We could not find that.",
        AppError::MethodNotAllowed => "This address cannot be used in that way. Nothing was changed.",
        AppError::NotAcceptable => "The API answers in JSON, and you asked for something else. Nothing was changed.",
        AppError::UnsupportedMediaType => "What you send must be JSON. Nothing was changed.",
        AppError::PreconditionFailed => {
            "This has changed since you read it. Nothing was changed. Please read it again."
        }
        AppError::PreconditionRequired => {
            "Please say with If-Match which version you want to change. Nothing was changed."
        }
        AppError::KeyReused => "This Idempotency-Key was used for another request. Nothing was changed.",
        AppError::KeyInUse => "The first request with this Idempotency-Key is still under way. Please wait a moment.",
        AppError::TimeGone { wanted, .. } => {
            let time = if wanted.is_empty() { "That time" } else { wanted };
            return [time, " is no longer free. Please choose another time."].concat();
        }
        AppError::HoldExpired { .. } => {
            "We could not keep the time any longer, and it is gone. Please choose another one."
        }
        AppError::PatientBusy => "You already have an appointment at that time.",
        AppError::TooManyAppointments { most } => {
            return [
                "You can have at most ",
                &most.to_string(),
                " upcoming appointments. Please cancel one first, or call us.",
            ]
            .concat();
        }
        AppError::TooManyTokens { most } => {
            return [
                "You can have at most ",
                &most.to_string(),
                " tokens. Please revoke one that you no longer need first.",
            ]
            .concat();
        }
        AppError::Conflict => "This has changed since you opened the page. Please look at it again.",
        AppError::LastAdmin => "This is the clinic's last staff account. Please make another one first.",
        AppError::AppointmentsAhead { appointments: 1 } => {
            "One booked appointment depends on this. Please deal with it first."
        }
        AppError::AppointmentsAhead { appointments } => {
            return [&appointments.to_string(), " booked appointments depend on this. Please deal with them first."]
                .concat();
        }
        AppError::AppointmentsOutside { all: 1, .. } => {
            "One booked appointment would fall outside the new hours. Nothing was saved yet."
        }
        AppError::AppointmentsOutside { all, .. } => {
            return [&all.to_string(), " booked appointments would fall outside the new hours. Nothing was saved yet."]
                .concat();
        }
        AppError::NotResolved { when, .. } => {
            return ["The appointment on ", when, " cannot be changed as you chose: that time is not free. Nothing was changed. Please choose again for this appointment."]
                .concat();
        }
        AppError::InvitationOver { why } => match why {
            InvitationEnd::Used => "This invitation has been used already.",
            InvitationEnd::Expired => "This invitation is too old.",
            InvitationEnd::Revoked => "The clinic has withdrawn this invitation.",
            InvitationEnd::OtherEmail => "This invitation is for another email address.",
        },
        AppError::LinkOver => "This link no longer works. Nothing was changed.",
        AppError::TooLate => "It is too late to change this online. Please call us.",
        AppError::TooLarge => "That was too much text. Nothing was changed. Please shorten it.",
        AppError::Invalid { .. } => "The form has a mistake. Please check what you entered.",
        AppError::TooManyAttempts { wait_seconds } => return wait_words(*wait_seconds),
        AppError::Internal { reference } => {
            return ["Sorry, something went wrong on our side. If you call us, this code helps: ", reference].concat();
        }
        AppError::Unavailable { unchanged: true } => {
            "Our system is very busy. Nothing was booked or changed. Please try again in a moment."
        }
        AppError::Unavailable { unchanged: false } => {
            "The connection to our system broke, and we cannot say whether this was saved. Please look at your appointments before you try again."
        }
        AppError::Network => "We could not reach the clinic. Please check your internet connection and try again.",
    };
    words.to_owned()
}

/// How long to wait, rounded up.
fn wait_words(seconds: u32) -> String {
    let (number, unit) = if seconds < 60 { (seconds.max(1), "second") } else { (seconds.div_ceil(60), "minute") };
    let plural = if number == 1 { "" } else { "s" };
    ["Too many attempts. Please wait ", &number.to_string(), " ", unit, plural, ", then try again."].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_rounded_up_to_whole_minutes() {
        assert!(wait_words(1).contains("1 second,"));
        assert!(wait_words(59).contains("59 seconds,"));
        assert!(wait_words(60).contains("1 minute,"));
        assert!(wait_words(61).contains("2 minutes,"));
    }

    #[test]
    fn the_summary_names_each_field_and_falls_back_to_the_whole_form() {
        let fields = [("email", "your email address"), ("name", "your name")];
        let named = lines(&AppError::field("name", FieldCode::Missing), &fields);
        assert_eq!(named, [ErrorLine { field: "name".into(), text: "Enter your name".into() }]);
        let whole = lines(&AppError::WrongCredentials, &fields);
        assert_eq!(whole.len(), 1);
        assert!(whole[0].field.is_empty());
        let foreign = lines(&AppError::field("elsewhere", FieldCode::Missing), &fields);
        assert_eq!(foreign[0].text, "The form has a mistake. Please check what you entered.");
    }

    #[test]
    fn words_begin_with_a_capital_letter() {
        assert_eq!(
            field_words(FieldCode::TooShort(12), "your password"),
            "Your password must have at least 12 characters"
        );
    }
}
