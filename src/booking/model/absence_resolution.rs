//! The resolution of booked appointments during the doctor's absence, as a form sends it and a page shows it.

use std::{collections::HashMap, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    error::{AppError, FieldCode},
    ids::{AppointmentId, DoctorId},
};

/// Most appointments that one form resolves: each of them takes about 120 bytes of a body that holds 64 KiB.
pub const MAX_RESOLVED: usize = 480;

/// What becomes of one appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It is cancelled: the doctor is away.
    Cancel,
    /// It stays as it is.
    Keep,
    /// The doctor's next free time for the same visit type after the absence.
    MoveToNext,
    /// The same start, at this colleague.
    Hand(DoctorId),
}

/// One appointment, as the page showed it, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    pub appointment: AppointmentId,
    /// The version on the page: an appointment that changed meanwhile is not changed unseen.
    pub version: i32,
    pub choice: Choice,
}

/// The codes of the choices in a form.
pub mod code {
    /// The choice for all appointments.
    pub const AS_ALL: &str = "a";
    pub const CANCEL: &str = "c";
    pub const KEEP: &str = "k";
    pub const MOVE: &str = "n";
    pub const HAND: &str = "h";
}

/// The choices of a form. The names are short, because a body holds 64 KiB and a form may list hundreds of
/// appointments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ResolutionForm {
    /// The code for the appointments that are left to it.
    pub all: String,
    /// The colleague for the appointments that are left to it.
    pub all_to: String,
    /// By [`appointment_key`]: the appointment's version, a dot, a code.
    pub v: HashMap<String, String>,
    /// By [`appointment_key`]: the colleague to whom the appointment is given if its code says so.
    pub h: HashMap<String, String>,
}

/// How a form names an appointment. It begins with a letter, because a name in brackets that begins with a digit is an
/// index of a list.
#[must_use]
pub fn appointment_key(id: AppointmentId) -> String {
    format!("i{}", id.0.simple())
}

impl ResolutionForm {
    /// What the form says about each appointment, in no particular order.
    ///
    /// # Errors
    /// [`AppError::Invalid`] naming `all` or `all_to` when an appointment is left to a choice that was not made;
    /// [`AppError::BadRequest`] for what no page sends.
    pub fn decisions(&self) -> Result<Vec<Decision>, AppError> {
        self.v.iter().map(|(appointment, value)| self.decision(appointment, value)).collect()
    }

    fn decision(&self, appointment: &str, value: &str) -> Result<Decision, AppError> {
        let (version, code) = value.split_once('.').ok_or(AppError::BadRequest)?;
        let choice = match code {
            code::AS_ALL if self.all.is_empty() => return Err(AppError::field("all", FieldCode::Missing)),
            code::AS_ALL if self.all == code::HAND && self.all_to.is_empty() => {
                return Err(AppError::field("all_to", FieldCode::Missing));
            }
            code::AS_ALL => choice(&self.all, &self.all_to)?,
            own => choice(own, self.h.get(appointment).map_or("", String::as_str))?,
        };
        let appointment = appointment.strip_prefix('i').ok_or(AppError::BadRequest)?;
        Ok(Decision { appointment: read(appointment)?, version: read(version)?, choice })
    }
}

fn choice(code: &str, colleague: &str) -> Result<Choice, AppError> {
    match code {
        code::CANCEL => Ok(Choice::Cancel),
        code::KEEP => Ok(Choice::Keep),
        code::MOVE => Ok(Choice::MoveToNext),
        code::HAND => Ok(Choice::Hand(read(colleague)?)),
        _ => Err(AppError::BadRequest),
    }
}

fn read<T: FromStr>(text: &str) -> Result<T, AppError> {
    text.parse().map_err(|_| AppError::BadRequest)
}

/// A colleague to whom appointments can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Colleague {
    pub id: DoctorId,
    pub name: String,
    /// How many of the listed appointments they are free for.
    pub free: u32,
}

/// One appointment to resolve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppointmentToResolve {
    pub id: AppointmentId,
    pub version: i32,
    /// "Tuesday 6 January, 9am".
    pub when: String,
    pub patient: String,
    /// "Consultation, 30 minutes, in person".
    pub appointment: String,
    /// "Booked".
    pub status: String,
    /// Where it would be moved if all of them were: "Monday 12 January, 9am". None when there is no such time, or when
    /// the appointment can no longer be moved.
    pub next: Option<String>,
    /// Indexes in [`ResolutionList::colleagues`] of those who are free then.
    pub free: Vec<usize>,
}

/// Appointments to resolve, by start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResolutionList {
    pub appointments: Vec<AppointmentToResolve>,
    /// Colleagues who are free for at least one of them; those of the same specialty first.
    pub colleagues: Vec<Colleague>,
    /// How many appointments there are. When they are more than one form can resolve, none is listed.
    pub all: u32,
}

/// How many appointments were cancelled, moved, given away and kept, for the page after the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResolutionCounts {
    pub cancelled: u32,
    pub moved: u32,
    pub kept: u32,
    /// Slugs of colleagues, and how many they got.
    pub given: Vec<(String, u32)>,
}

impl ResolutionCounts {
    /// As one value of an address: "c5.m2.k3.g1-dr-silva".
    #[must_use]
    pub fn to_code(&self) -> String {
        let ResolutionCounts { cancelled, moved, kept, given } = self;
        let mut text = format!("c{cancelled}.m{moved}.k{kept}");
        for (slug, appointments) in given {
            text.push_str(&format!(".g{appointments}-{slug}"));
        }
        text
    }

    /// Reads what [`Self::to_code`] wrote; unknown parts are ignored.
    #[must_use]
    pub fn from_code(text: &str) -> ResolutionCounts {
        let mut counts = ResolutionCounts::default();
        for part in text.split('.') {
            let number = |text: &str| text.parse().unwrap_or_default();
            match part.split_at_checked(1) {
                Some(("c", rest)) => counts.cancelled = number(rest),
                Some(("m", rest)) => counts.moved = number(rest),
                Some(("k", rest)) => counts.kept = number(rest),
                Some(("g", rest)) => {
                    if let Some((appointments, slug)) = rest.split_once('-') {
                        counts.given.push((slug.to_owned(), number(appointments)));
                    }
                }
                _ => {}
            }
        }
        counts
    }

    /// "5 appointments cancelled, 2 moved, 1 given to Dr Silva, 3 kept." `name` finds a colleague's name. Nothing when
    /// nothing happened.
    #[must_use]
    pub fn label(&self, name: impl Fn(&str) -> Option<String>) -> String {
        let mut parts = vec![(self.cancelled, "cancelled".to_owned()), (self.moved, "moved".to_owned())];
        for (slug, appointments) in &self.given {
            let colleague = name(slug).unwrap_or_else(|| "a colleague".to_owned());
            parts.push((*appointments, ["given to ", &colleague].concat()));
        }
        parts.push((self.kept, "kept".to_owned()));
        let mut text = String::new();
        for (appointments, what) in parts.into_iter().filter(|(appointments, _)| *appointments > 0) {
            let noun = match (text.is_empty(), appointments) {
                (true, 1) => " appointment ",
                (true, _) => " appointments ",
                _ => " ",
            };
            let comma = if text.is_empty() { "" } else { ", " };
            text.push_str(&[comma, &appointments.to_string(), noun, &what].concat());
        }
        if !text.is_empty() {
            text.push('.');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const APPOINTMENT: &str = "i0197f2c4000070008000000000000001";
    const COLLEAGUE: &str = "0197f2c4-0000-7000-8000-000000000002";

    fn form(all: &str, all_to: &str, value: &str, to: &str) -> ResolutionForm {
        let one = |value: &str| HashMap::from([(APPOINTMENT.to_owned(), value.to_owned())]);
        let h = if to.is_empty() { HashMap::new() } else { one(to) };
        ResolutionForm { all: all.into(), all_to: all_to.into(), v: one(value), h }
    }

    fn decided(form: &ResolutionForm) -> Result<(i32, Choice), AppError> {
        form.decisions().map(|decisions| (decisions[0].version, decisions[0].choice))
    }

    #[test]
    fn each_appointment_has_its_own_choice_or_the_one_for_all() {
        let hand = Choice::Hand(COLLEAGUE.parse().expect("an id"));
        for (form, expected) in [
            (form("", "", "3.c", COLLEAGUE), Choice::Cancel),
            (form("c", "", "3.k", ""), Choice::Keep),
            (form("c", "", "3.n", ""), Choice::MoveToNext),
            (form("c", "", "3.h", COLLEAGUE), hand),
            (form("n", "", "3.a", ""), Choice::MoveToNext),
            (form("h", COLLEAGUE, "3.a", ""), hand),
        ] {
            assert_eq!(decided(&form), Ok((3, expected)));
        }
    }

    #[test]
    fn a_choice_for_all_is_asked_for_only_when_an_appointment_is_left_to_it() {
        assert_eq!(decided(&form("", "", "3.a", "")), Err(AppError::field("all", FieldCode::Missing)));
        assert_eq!(decided(&form("h", "", "3.a", "")), Err(AppError::field("all_to", FieldCode::Missing)));
        assert!(decided(&form("", "", "3.k", "")).is_ok());
    }

    #[test]
    fn what_no_page_sends_is_refused() {
        for value in ["", "3", "3.", "3.x", ".c", "x.c", "3.h", "99999999999.c"] {
            assert_eq!(decided(&form("", "", value, "")), Err(AppError::BadRequest), "{value}");
        }
        assert_eq!(decided(&form("", "", "3.h", "somebody")), Err(AppError::BadRequest));
        let v = HashMap::from([("0197f2c4".to_owned(), "3.c".to_owned())]);
        assert_eq!(decided(&ResolutionForm { v, ..ResolutionForm::default() }), Err(AppError::BadRequest));
    }

    #[test]
    fn a_tally_survives_the_address_and_reads_as_a_sentence() {
        let counts = ResolutionCounts {
            cancelled: 5,
            moved: 2,
            kept: 3,
            given: vec![("amara-silva".into(), 1), ("x".into(), 2)],
        };
        assert_eq!(ResolutionCounts::from_code(&counts.to_code()), counts);
        let name = |slug: &str| (slug == "amara-silva").then(|| "Dr Silva".to_owned());
        assert_eq!(
            counts.label(name),
            "5 appointments cancelled, 2 moved, 1 given to Dr Silva, 2 given to a colleague, 3 kept."
        );
        let one = ResolutionCounts { moved: 1, ..ResolutionCounts::default() };
        assert_eq!(one.label(name), "1 appointment moved.");
        assert_eq!(ResolutionCounts::from_code("é.c-1.gx.q9").label(name), "");
    }
}
