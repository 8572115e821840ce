//! What is wrong, in sentences: one for each code of a field and for each error. Pages, messages of the API and the
//! command line say these; a page has other words only for what means something else there.

use crate::{
    availability::Reason,
    error::{AppError, DirectoryRefusal, FieldCode, InvitationEnd},
};

/// What is wrong with one field. `what` names it as in "your email address".
#[must_use]
pub fn field_words(code: FieldCode, what: &str) -> String {
    match code {
        FieldCode::Missing => ["Enter ", what].concat(),
        FieldCode::TooShort(least) => sentence(what, " must have at least ", least),
        FieldCode::TooLong(most) => sentence(what, " can have at most ", most),
        FieldCode::NotAnEmail => "Enter an email address, like name@example.org".to_owned(),
        FieldCode::EmailNameWrong => {
            "Check the part of the email address before the @. It can have at most 64 letters, \
             digits and signs like . _ + -"
                .to_owned()
        }
        FieldCode::EmailDomainShort => {
            "Check the part of the email address after the @. It needs a dot and an ending, like example.org".to_owned()
        }
        FieldCode::EmailDomainNumber => {
            "Check the part of the email address after the @. It must be a name like example.org, not a number"
                .to_owned()
        }
        FieldCode::EmailDomainWrong => "Check the part of the email address after the @. It has letters, digits, dots \
             and hyphens, and no hyphen or dot at its beginning or end"
            .to_owned(),
        FieldCode::EmailUnusable => "We cannot open an account with this email address. \
             If it is yours, you may already have an account: sign in instead"
            .to_owned(),
        FieldCode::EasilyGuessed => "Choose a password that is harder to guess".to_owned(),
        FieldCode::NotAPhoneNumber => "Enter a phone number, like 020 7946 0100".to_owned(),
        FieldCode::NotALink => "Enter a link that begins with https://".to_owned(),
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
        FieldCode::InTheFuture => [&capital(what), " cannot be in the future"].concat(),
        FieldCode::TooLongAgo => ["Check the year of ", what, ": it is more than 150 years ago"].concat(),
        FieldCode::NotAChild => {
            "Only a child under 18 can be added here. Ask an adult by their email address instead".to_owned()
        }
        FieldCode::OwnAddress => "This is your own address. Enter the address of the other person".to_owned(),
        FieldCode::NoSuchAccount => "No other patient\u{2019}s account has this email address".to_owned(),
        FieldCode::TooFarAhead => [&capital(what), " is too far ahead"].concat(),
        FieldCode::NameTaken => [&capital(what), " is taken. Please choose another one"].concat(),
        FieldCode::InUse => [&capital(what), " is still in use"].concat(),
        FieldCode::UnknownZone => "Choose a time zone from the list, like Europe/London".to_owned(),
        FieldCode::WrongType => [&capital(what), " is not the right kind of value"].concat(),
        FieldCode::NotAField => [&capital(what), " does not belong here"].concat(),
        FieldCode::NotACode | FieldCode::WrongCode | FieldCode::WrongRecoveryCode => code_words(code).to_owned(),
        FieldCode::WrongPasskey | FieldCode::CodeUsed => code_words(code).to_owned(),
        FieldCode::ClockWrong(seconds) => clock_words(seconds),
        FieldCode::BadCharacters => {
            [&capital(what), " has characters that we cannot keep. Please type it again"].concat()
        }
    }
}

/// What is wrong with a code of the second factor.
fn code_words(code: FieldCode) -> &'static str {
    match code {
        FieldCode::NotACode => "Enter the 6 digits that your telephone shows, or a recovery code",
        FieldCode::WrongRecoveryCode => {
            "This is not one of your recovery codes, or it was used already. Each works once"
        }
        FieldCode::WrongPasskey => "The passkey did not work, or it took longer than five minutes. Please try again",
        FieldCode::CodeUsed => "This code was used already. Wait until your telephone shows the next one",
        _ => "This is not the code that your telephone shows now. Look again, and type the newest one",
    }
}

/// How wrong the clock of a telephone is, in whole minutes.
fn clock_words(seconds: i32) -> String {
    let minutes = (seconds.unsigned_abs() + 30) / 60;
    let plural = if minutes == 1 { " minute " } else { " minutes " };
    let way = if seconds > 0 { "fast" } else { "slow" };
    [
        "The clock of your telephone seems to be ",
        &minutes.to_string(),
        plural,
        way,
        ". Let the telephone set its clock by itself, then type the next code",
    ]
    .concat()
}

fn sentence(what: &str, middle: &str, characters: u32) -> String {
    [&capital(what), middle, &characters.to_string(), " characters"].concat()
}

/// The same with a capital at its beginning.
pub fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

const UNDO_OVER: &str = "This can no longer be undone: three minutes have passed, somebody was told, or the appointment \
    has changed since. Move it, or book it anew.";

/// What happened, and whether anything was changed, in a sentence or two.
#[must_use]
pub fn error_words(error: &AppError) -> String {
    let words = match error {
        AppError::BadRequest => "We could not understand that. Nothing was changed. Please try again.",
        AppError::WrongCredentials => "Email or password is not right.",
        AppError::SecondFactorNeeded => "The password is right. Please send a code of your telephone with it.",
        AppError::SignInOver => "That took longer than five minutes. Please sign in again.",
        AppError::DirectoryRefused { why } => directory_words(*why),
        AppError::Unauthenticated => "Please sign in first.",
        AppError::Forbidden => "Your account cannot do this.",
        AppError::SecondFactorDue => {
            "The clinic asks doctors and staff to sign in with a code. Please set it up on the page of your account first."
        }
        AppError::SignedOutMeanwhile => {
            "You were signed out meanwhile, so nothing was changed. What you typed is still here. Please send it again."
        }
        AppError::RecentSignInNeeded => {
            "This needs a sign-in of the last ten minutes. Nothing was changed. Please sign in again first."
        }
        AppError::OtherCalendar => {
            "Nothing was booked: you can add appointments to your own calendar only. Ask clinic staff to add one with \
             another doctor."
        }
        AppError::NotFound => "We could not find that.",
        AppError::MethodNotAllowed => "This address cannot be used in that way. Nothing was changed.",
        AppError::NotAcceptable => "The API answers in JSON, and you asked for something else. Nothing was changed.",
        AppError::UnsupportedMediaType => "What you send must be JSON. Nothing was changed.",
        AppError::PreconditionFailed => {
            "This has changed since you read it. Nothing was changed. Please read it again."
        }
        AppError::PreconditionRequired => "Say with If-Match which version you want to change. Nothing was changed.",
        AppError::KeyReused => "This Idempotency-Key was used for another request. Nothing was changed.",
        AppError::KeyInUse => "The first request with this Idempotency-Key is still under way. Please wait a moment.",
        AppError::TimeGone { wanted, reasons, .. } => return gone_words(wanted, reasons),
        AppError::HoldExpired { .. } => {
            "We could not keep the time any longer, and it is gone. Please choose another one."
        }
        AppError::PatientBusy { own, with, .. } => return busy_words(*own, with),
        AppError::TooManyAppointments { most } => return too_many_appointments_words(*most),
        AppError::TooManyTokens { most } => return too_many_tokens_words(*most),
        AppError::TooManyPersons { most } => return too_many_persons_words(*most),
        AppError::NotActing => "You cannot book for this person, or no longer. Nothing was booked or changed.",
        AppError::Conflict => "This has changed since you opened the page. Please look at it again.",
        AppError::LastAdmin => "This is the clinic's last staff account. Please make another one first.",
        AppError::AppointmentsAhead { appointments } => return ahead_words(*appointments),
        AppError::AppointmentsOutside { all, .. } => return outside_words(*all),
        AppError::NotResolved { when, .. } => return not_resolved_words(when),
        AppError::InvitationOver { why } => invitation_words(*why),
        AppError::LinkOver => "This link no longer works. Nothing was changed.",
        AppError::UndoOver => UNDO_OVER,
        AppError::TooLate => "It is too late to change this appointment online. Please call the clinic.",
        AppError::TooLarge => "That was too much text. Nothing was changed. Please shorten it.",
        AppError::Invalid { .. } => "The form has a mistake. Please check what you entered.",
        AppError::TooManyAttempts { wait_seconds } => return wait_words(*wait_seconds),
        AppError::Internal { reference } => return internal_words(reference),
        AppError::Unavailable { unchanged } => unavailable_words(*unchanged),
        AppError::Network => "We could not reach the clinic. Please check your internet connection and try again.",
    };
    words.to_owned()
}

/// Why a time cannot be booked: the reason that helps most, for patients, doctors and staff alike.
fn gone_words(wanted: &str, reasons: &[Reason]) -> String {
    const WORDS: [(Reason, &str); 15] = [
        (
            Reason::NotForNewPatients,
            " was not booked: only patients who have seen this doctor before can book online. Please call the clinic.",
        ),
        (
            Reason::OnlyForNewPatients,
            " was not booked: this visit type is only for patients who are new to this doctor. \
             Please choose another visit type.",
        ),
        (Reason::DoctorUnavailable, " cannot be booked: this doctor takes no bookings at the moment."),
        (Reason::VisitTypeUnavailable, " cannot be booked: the doctor does not offer this visit type."),
        (Reason::Taken, " is taken: another patient has booked it, or is booking it now."),
        (Reason::NoResource, " cannot be booked: no room or device that the appointment needs is free then."),
        (Reason::PatientBusy, " does not fit: the patient has another appointment then."),
        (Reason::TooSoon, " is over, or too soon to book online. Please choose a later time."),
        (Reason::TooFar, " is too far ahead to book. Please choose an earlier time."),
        (Reason::Closed, " cannot be booked: the clinic is closed then."),
        (Reason::TimeOff, " cannot be booked: the doctor is away then."),
        (Reason::DayFull, " cannot be booked: the doctor has no more appointments that day."),
        (Reason::Buffer, " is too close to another appointment. Please choose another time."),
        (Reason::OutsideHours, " is outside the doctor\u{2019}s hours. Please choose another time."),
        (Reason::OffStep, " is not one of the times that are offered. Please choose another time."),
    ];
    let time = if wanted.is_empty() { "That time" } else { wanted };
    let known = WORDS.iter().find(|(reason, _)| reasons.contains(reason));
    [time, known.map_or(" is no longer offered. Please choose another time.", |(_, words)| words)].concat()
}

/// `own`: the reader is the patient.
fn busy_words(own: bool, with: &str) -> String {
    let colon = if with.is_empty() { " at that time" } else { " then: " };
    match own {
        true => {
            ["You have another appointment", colon, with, ". Choose another time, or move the other appointment first."]
                .concat()
        }
        false => ["The patient has another appointment", colon, with, ". Nothing was changed."].concat(),
    }
}

fn too_many_appointments_words(most: i64) -> String {
    let most = most.to_string();
    [
        "You have ",
        &most,
        " upcoming appointments, the most that you can book online. Call the clinic to book another one.",
    ]
    .concat()
}

fn too_many_tokens_words(most: u32) -> String {
    let most = most.to_string();
    ["You can have at most ", &most, " tokens. Please revoke one that you no longer need first."].concat()
}

fn too_many_persons_words(most: u32) -> String {
    ["One account can act for at most ", &most.to_string(), " people. Please remove one first, or call the clinic."]
        .concat()
}

fn ahead_words(appointments: i64) -> String {
    match appointments {
        1 => "One booked appointment depends on this. Please deal with it first.".to_owned(),
        more => [&more.to_string(), " booked appointments depend on this. Please deal with them first."].concat(),
    }
}

fn outside_words(all: u32) -> String {
    match all {
        1 => "One booked appointment would fall outside the new hours. Nothing was saved yet.".to_owned(),
        more => [&more.to_string(), " booked appointments would fall outside the new hours. Nothing was saved yet."]
            .concat(),
    }
}

fn not_resolved_words(when: &str) -> String {
    [
        "The appointment on ",
        when,
        " cannot be changed as you chose: that time is not free. Nothing was changed. \
         Please choose again for this appointment.",
    ]
    .concat()
}

fn invitation_words(why: InvitationEnd) -> &'static str {
    match why {
        InvitationEnd::Used => "This invitation has been used already.",
        InvitationEnd::Expired => "This invitation is too old.",
        InvitationEnd::Revoked => "The clinic has withdrawn this invitation.",
        InvitationEnd::OtherEmail => "This invitation is for another email address.",
    }
}

fn directory_words(why: DirectoryRefusal) -> &'static str {
    match why {
        DirectoryRefusal::Away => {
            "The clinic\u{2019}s directory does not answer. You were not signed in. Please try again in a moment."
        }
        DirectoryRefusal::NotCompleted => "You were not signed in: the clinic\u{2019}s directory stopped the sign-in.",
        DirectoryRefusal::NotProved => {
            "You were not signed in: it took too long, or was begun in another window. Please try once more."
        }
        DirectoryRefusal::NoGroup => {
            "Your clinic\u{2019}s directory does not let you in here. Ask the people who look after it to add you to a \
             group that works with docslot."
        }
        DirectoryRefusal::NoAccount => {
            "Nobody here has your email address. Ask the clinic\u{2019}s staff to invite you, then sign in once more."
        }
        DirectoryRefusal::AddressNotProved => {
            "Your clinic\u{2019}s directory does not say that your email address is yours, so we cannot tell who you \
             are here. Ask the people who look after it to confirm your address."
        }
        DirectoryRefusal::PatientsAddress => {
            "Your email address belongs to a patient\u{2019}s account, which signs in with its own password. Ask the \
             clinic\u{2019}s staff to invite you with another address for your work."
        }
        DirectoryRefusal::NotInUse => "Your account is suspended. Ask the clinic\u{2019}s staff to let you in again.",
        DirectoryRefusal::OtherPerson => {
            "This account belongs to another person of your clinic\u{2019}s directory. Sign in as that person, or ask \
             the clinic\u{2019}s staff."
        }
    }
}

/// How long to wait, rounded up.
fn wait_words(seconds: u32) -> String {
    let (number, unit) = if seconds < 60 { (seconds.max(1), "second") } else { (seconds.div_ceil(60), "minute") };
    let plural = if number == 1 { "" } else { "s" };
    ["Too many attempts. Please wait ", &number.to_string(), " ", unit, plural, ", then try again."].concat()
}

fn internal_words(reference: &str) -> String {
    ["Sorry, something went wrong on our side. If you call us, this code helps: ", reference].concat()
}

/// `unchanged`: whether it is certain that nothing was saved.
fn unavailable_words(unchanged: bool) -> &'static str {
    if unchanged {
        "Our system is very busy. Nothing was booked or changed. Please try again in a moment."
    } else {
        "The connection to our system broke, and we cannot say whether this was saved. \
         Please look at your appointments before you try again."
    }
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
    fn a_time_that_cannot_be_booked_has_its_true_reason() {
        let gone = |reasons: &[Reason]| gone_words("9:30am", reasons);
        assert_eq!(gone(&[Reason::Taken]), "9:30am is taken: another patient has booked it, or is booking it now.");
        assert_eq!(gone(&[Reason::TimeOff]), "9:30am cannot be booked: the doctor is away then.");
        assert_eq!(
            gone(&[Reason::OffStep, Reason::TooSoon]),
            "9:30am is over, or too soon to book online. Please choose a later time."
        );
        assert_eq!(gone_words("", &[]), "That time is no longer offered. Please choose another time.");
    }

    #[test]
    fn who_is_busy_is_named_to_those_who_may_know() {
        assert_eq!(
            busy_words(true, "Tuesday 6 January, 9am with Dr Silva"),
            "You have another appointment then: Tuesday 6 January, 9am with Dr Silva. \
             Choose another time, or move the other appointment first."
        );
        assert_eq!(busy_words(false, ""), "The patient has another appointment at that time. Nothing was changed.");
    }

    #[test]
    fn a_wrong_clock_is_told_in_minutes() {
        assert!(clock_words(180).contains("3 minutes fast."));
        assert!(clock_words(-60).contains("1 minute slow."));
        assert!(clock_words(90).contains("2 minutes fast."));
    }

    #[test]
    fn words_begin_with_a_capital_letter() {
        assert_eq!(
            field_words(FieldCode::TooShort(12), "your password"),
            "Your password must have at least 12 characters"
        );
    }
}
