//! The one error that pages, server functions and the API share.
//!
//! It carries codes, moments and finished time labels, never free text from outside: the page chooses the words, and an
//! error in a URL or a log says nothing about a person. [`AppError::status`] is the only status table.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

use crate::{
    availability::{Reason, TimeOption},
    ids::AppointmentId,
};

/// What went wrong, as far as the person asking may know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AppError {
    /// 400: the request is not of the form this address takes.
    #[error("malformed request")]
    BadRequest,
    /// 401: the e-mail address or the password is not right. Never says which.
    #[error("wrong credentials")]
    WrongCredentials,
    /// 401: the password is right, and the account asks for a code too.
    #[error("second factor needed")]
    SecondFactorNeeded,
    /// 401: the code came too long after the password, or the password was changed in between.
    #[error("sign-in over")]
    SignInOver,
    /// 401, 403 or 503: the clinic's directory did not sign the person in, or not as anybody who may come in here.
    #[error("not signed in by the directory: {why:?}")]
    DirectoryRefused { why: DirectoryRefusal },
    /// 401: no account is signed in.
    #[error("not signed in")]
    Unauthenticated,
    /// 401: the session ended before the form was sent; its owner is signed in again. Shown with what was typed.
    #[error("signed out meanwhile")]
    SignedOutMeanwhile,
    /// 403: the person is signed in, but must have given the password within the last minutes for this.
    #[error("needs a recent sign-in")]
    RecentSignInNeeded,
    /// 403: the person is known, and this is not for their role.
    #[error("not for this role")]
    Forbidden,
    /// 403: the clinic asks for a second factor, and the days to set one up are over.
    #[error("second factor due")]
    SecondFactorDue,
    /// 403: a doctor chose a time of another doctor, and adds appointments to one calendar only.
    #[error("another doctor's calendar")]
    OtherCalendar,
    /// 405: this address does not take that method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 406: the program takes only answers of another kind.
    #[error("not acceptable")]
    NotAcceptable,
    /// 415: the body is not JSON.
    #[error("body is not JSON")]
    UnsupportedMediaType,
    /// 412: what `If-Match` names is not what there is now.
    #[error("precondition failed")]
    PreconditionFailed,
    /// 428: a change like this needs `If-Match`.
    #[error("precondition required")]
    PreconditionRequired,
    /// 422: this `Idempotency-Key` came before, with another request.
    #[error("idempotency key reused")]
    KeyReused,
    /// 409: the first request with this `Idempotency-Key` is still under way.
    #[error("idempotency key in use")]
    KeyInUse,
    /// 404: there is no such thing, or it belongs to another person. The two must not be told apart.
    #[error("not found")]
    NotFound,
    /// 409: another person has this time, or a rule does not offer it. `wanted` is that time in words ("2:20pm"), or
    /// the day when no time of it was named; `nearest` are free times close to it.
    #[error("time not available")]
    TimeGone { wanted: String, reasons: Vec<Reason>, nearest: Vec<TimeOption> },
    /// 409: the hold ran out before it was confirmed and the time is gone. `nearest` are free times close to it.
    #[error("hold expired")]
    HoldExpired { nearest: Vec<TimeOption> },
    /// 409: the time is free, and the patient has another appointment then. `own`: the reader is that patient. `with`
    /// is the other appointment in words ("Tuesday 6 January, 9am with Dr Silva") for those who may see it, else empty.
    /// `nearest` are free times close to the wanted one.
    #[error("patient already busy")]
    PatientBusy { own: bool, with: String, nearest: Vec<TimeOption> },
    /// 409: the patient has as many appointments ahead as the clinic allows.
    #[error("too many appointments ahead")]
    TooManyAppointments { most: i64 },
    /// 409: the person has as many personal tokens as one may have.
    #[error("too many tokens")]
    TooManyTokens { most: u32 },
    /// 409: the account acts for as many people, or as many may act for the person, as is possible.
    #[error("too many people")]
    TooManyPersons { most: u32 },
    /// 403: the account does not act for this person, or no longer.
    #[error("does not act for this person")]
    NotActing,
    /// 409: the appointment changed since the page was made, or its state no longer allows this.
    #[error("stale or finished appointment")]
    Conflict,
    /// 409: the clinic would have no staff left who can sign in.
    #[error("last admin")]
    LastAdmin,
    /// 409: booked appointments still depend on this.
    #[error("booked appointments depend on it")]
    AppointmentsAhead { appointments: i64 },
    /// 409: booked appointments would fall outside the new hours. Sending the form again with `keep_appointments` set
    /// to `all` keeps them as they are. `appointments` are the first of them in words.
    #[error("{all} appointments would fall outside")]
    AppointmentsOutside { appointments: Vec<String>, all: u32 },
    /// 409: the choice for this appointment is not possible: there is no such free time, or no longer. `when` is its
    /// time in words ("Tuesday 6 January, 9am"). Nothing was changed.
    #[error("appointment cannot be resolved as chosen")]
    NotResolved { appointment: AppointmentId, when: String },
    /// 410: the invitation is used, out of date or revoked.
    #[error("invitation over: {why:?}")]
    InvitationOver { why: InvitationEnd },
    /// 410: the link from a message is used, out of date, or what it was made for has changed.
    #[error("link over")]
    LinkOver,
    /// 409: the visit type's cut-off has passed; only the clinic can change the appointment now.
    #[error("past the cut-off")]
    TooLate,
    /// 409: a move or a cancellation by the clinic cannot be taken back any more: its time is over, somebody was told, or
    /// the appointment has changed since.
    #[error("cannot be undone any more")]
    UndoOver,
    /// 413: the body is larger than 64 KiB.
    #[error("body too large")]
    TooLarge,
    /// 422: some fields must be corrected. Empty fields never arrive here.
    #[error("invalid fields")]
    Invalid { fields: Vec<FieldError> },
    /// 429: too many attempts; wait this many seconds.
    #[error("too many attempts")]
    TooManyAttempts { wait_seconds: u32 },
    /// 500: our fault. `reference` finds the details in the log.
    #[error("internal error {reference}")]
    Internal { reference: String },
    /// 503: the database cannot take this now. `unchanged` is false when the connection broke during the commit, so
    /// that it is unknown whether the change happened.
    #[error("unavailable")]
    Unavailable { unchanged: bool },
    /// The browser could not reach the server. Never sent by the server.
    #[error("network")]
    Network,
}

/// Why a sign-in by the clinic's directory came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DirectoryRefusal {
    /// It does not answer, or not as it should.
    Away,
    /// It says that the sign-in was not completed.
    NotCompleted,
    /// What came back does not belong to a sign-in that began in this browser a moment ago, or proves nothing.
    NotProved,
    /// No group of the person may come in.
    NoGroup,
    /// No doctor or member of staff has the person's address.
    NoAccount,
    /// The directory does not say that the address is the person's own.
    AddressNotProved,
    /// The address belongs to a patient's account.
    PatientsAddress,
    /// The account is suspended.
    NotInUse,
    /// The account belongs to another person of the directory, or this person to another account.
    OtherPerson,
}

impl DirectoryRefusal {
    fn status(self) -> u16 {
        match self {
            DirectoryRefusal::Away => 503,
            DirectoryRefusal::NotCompleted | DirectoryRefusal::NotProved => 401,
            DirectoryRefusal::NoGroup
            | DirectoryRefusal::NoAccount
            | DirectoryRefusal::AddressNotProved
            | DirectoryRefusal::PatientsAddress
            | DirectoryRefusal::NotInUse
            | DirectoryRefusal::OtherPerson => 403,
        }
    }
}

impl From<DirectoryRefusal> for AppError {
    fn from(why: DirectoryRefusal) -> Self {
        AppError::DirectoryRefused { why }
    }
}

/// Why an invitation can no longer be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvitationEnd {
    Used,
    Expired,
    Revoked,
    /// The signed-in account has another e-mail address than the one invited.
    OtherEmail,
}

/// One field that must be corrected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    pub code: FieldCode,
}

/// Why a field must be corrected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldCode {
    Missing,
    /// Fewer characters than this.
    TooShort(u32),
    /// More characters than this.
    TooLong(u32),
    /// Not an e-mail address.
    NotAnEmail,
    /// The part before the `@` of an e-mail address has characters that no mail server takes, or too many.
    EmailNameWrong,
    /// The part after the `@` has no dot.
    EmailDomainShort,
    /// The part after the `@` is the number of a machine, not its name.
    EmailDomainNumber,
    /// The part after the `@` cannot be the name of anything: a hyphen at an end, a sign that names do not have.
    EmailDomainWrong,
    /// This e-mail address cannot be used for a new account.
    EmailUnusable,
    /// Among the passwords that attackers try first, or the person's own name or address.
    EasilyGuessed,
    NotAPhoneNumber,
    /// Not the address of a website that begins with https://.
    NotALink,
    NotADate,
    /// Not one of the choices offered.
    Unknown,
    /// Not a time of day, such as "9", "9:30" or "1730".
    NotATime,
    /// Not a whole number.
    NotANumber,
    /// Outside these bounds, both included.
    OutOfRange(i64, i64),
    /// The end is not after the start.
    EndsBeforeStart,
    /// Hours overlap others of the same doctor, at the same location or at another one.
    Overlaps,
    InThePast,
    /// A date that has still to come, where only one that has come makes sense.
    InTheFuture,
    /// Longer ago than anybody lives.
    TooLongAgo,
    /// An adult, where only a child can be added.
    NotAChild,
    /// The person's own address, where another person's is asked for.
    OwnAddress,
    /// No patient's account has this address. Only staff are told.
    NoSuchAccount,
    /// Later than the calendar reaches.
    TooFarAhead,
    /// Another one has this name.
    NameTaken,
    /// Something that exists depends on it.
    InUse,
    /// Not an IANA time zone.
    UnknownZone,
    /// Neither six digits nor a recovery code.
    NotACode,
    /// Not the code that the telephone shows now.
    WrongCode,
    /// No recovery code of this account, or one that was used.
    WrongRecoveryCode,
    /// A passkey that is not the account's, or did not answer as it has to.
    WrongPasskey,
    /// A code that was used before.
    CodeUsed,
    /// A code of another moment: the telephone's clock is fast by so many seconds, or slow if it is less than 0.
    ClockWrong(i32),
    /// Has characters that cannot be stored or shown, such as NUL.
    BadCharacters,
    /// Another kind of value is expected, such as a text instead of a number.
    WrongType,
    /// There is no such field here.
    NotAField,
}

impl AppError {
    /// One invalid field.
    #[must_use]
    pub fn field(field: &str, code: FieldCode) -> Self {
        AppError::Invalid { fields: vec![FieldError { field: field.into(), code }] }
    }

    /// The HTTP status of this error, the only table of its kind.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            AppError::BadRequest => 400,
            AppError::WrongCredentials
            | AppError::SecondFactorNeeded
            | AppError::SignInOver
            | AppError::SignedOutMeanwhile
            | AppError::Unauthenticated => 401,
            AppError::Forbidden
            | AppError::SecondFactorDue
            | AppError::OtherCalendar
            | AppError::NotActing
            | AppError::RecentSignInNeeded => 403,
            AppError::DirectoryRefused { why } => why.status(),
            AppError::NotFound => 404,
            AppError::MethodNotAllowed => 405,
            AppError::NotAcceptable => 406,
            AppError::TimeGone { .. }
            | AppError::HoldExpired { .. }
            | AppError::PatientBusy { .. }
            | AppError::TooManyAppointments { .. }
            | AppError::TooManyTokens { .. }
            | AppError::TooManyPersons { .. }
            | AppError::Conflict
            | AppError::LastAdmin
            | AppError::AppointmentsAhead { .. }
            | AppError::AppointmentsOutside { .. }
            | AppError::NotResolved { .. }
            | AppError::KeyInUse
            | AppError::UndoOver
            | AppError::TooLate => 409,
            AppError::InvitationOver { .. } | AppError::LinkOver => 410,
            AppError::PreconditionFailed => 412,
            AppError::TooLarge => 413,
            AppError::UnsupportedMediaType => 415,
            AppError::Invalid { .. } | AppError::KeyReused => 422,
            AppError::PreconditionRequired => 428,
            AppError::TooManyAttempts { .. } => 429,
            AppError::Internal { .. } => 500,
            AppError::Unavailable { .. } | AppError::Network => 503,
        }
    }

    /// The code of this error for `field`, when it names that field.
    #[must_use]
    pub fn code_for(&self, field: &str) -> Option<FieldCode> {
        match self {
            AppError::Invalid { fields } => fields.iter().find(|f| f.field == field).map(|f| f.code),
            _ => None,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// What the framework itself can report: a call that never arrived, or arguments that do not fit.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => AppError::BadRequest,
            _ => AppError::Network,
        }
    }
}
