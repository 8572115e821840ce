//! Several appointments booked together, as forms send them and pages show them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::{AppointmentDetails, AskedTogether, Mode, SentAnswers, Whom};
use crate::{
    availability::Reason,
    error::FieldError,
    ids::{AppointmentId, SeriesId},
    time::Timestamp,
};

/// Most appointments that are booked together.
pub const MOST_TOGETHER: usize = 20;

/// Which times a series has, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pattern {
    /// The first day: "2026-12-03".
    pub date: String,
    /// The time of day, on every day the same.
    pub time: String,
    /// The days of the week, 1 is Monday: "14". Empty for the day of the week of the first day.
    pub weekdays: String,
    /// How many weeks.
    pub weeks: String,
}

/// What is chosen for one time of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pick {
    /// Nothing yet: the wanted time is not free.
    Open,
    /// It is left out.
    Out,
    At(Timestamp),
}

/// Sent for a time that is left out.
pub const LEFT_OUT: &str = "out";

impl Pick {
    fn read(text: &str) -> Pick {
        match text.parse() {
            Ok(start) => Pick::At(Timestamp(start)),
            Err(_) if text == LEFT_OUT => Pick::Out,
            Err(_) => Pick::Open,
        }
    }
}

/// The times of a plan, by [`plan_key`]: the wanted ones, and what is chosen instead of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanForm {
    pub w: HashMap<String, String>,
    pub p: HashMap<String, String>,
}

/// How a form names the time at this place of a plan. It begins with a letter, because a name in brackets that begins
/// with a digit is an index of a list.
#[must_use]
pub fn plan_key(place: usize) -> String {
    format!("i{place}")
}

impl PlanForm {
    /// The wanted times with what is chosen for each, in their order. What no page sends is left out.
    #[must_use]
    pub fn times(&self) -> Vec<(Timestamp, Pick)> {
        let time = |place: usize| {
            let key = plan_key(place);
            let wanted = self.w.get(&key)?.parse().ok().map(Timestamp)?;
            Some((wanted, Pick::read(self.p.get(&key).map_or("", String::as_str))))
        };
        (0..MOST_TOGETHER).filter_map(time).collect()
    }

    /// Reads one field of a form or of an address, such as `w[i3]`; others change nothing.
    pub fn set(&mut self, name: &str, value: &str) {
        let key = |prefix: &str| Some(name.strip_prefix(prefix)?.strip_suffix(']')?.to_owned());
        if let Some(key) = key("w[") {
            self.w.insert(key, value.to_owned());
        } else if let Some(key) = key("p[") {
            self.p.insert(key, value.to_owned());
        }
    }
}

/// What the page of a series is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeriesQuery {
    /// The doctor's slug; at the desk empty for a doctor's own calendar.
    pub doctor: String,
    pub visit_type: String,
    /// At the desk: the patient's id, and the search that found them.
    pub patient: String,
    pub q: String,
    /// Who is to be seen, when that is not the booker.
    pub person: String,
    /// The [`SeriesForm::key`] of a form that failed: what was typed there is kept.
    pub draft: String,
    pub pattern: Pattern,
    pub plan: PlanForm,
}

/// A series to book, as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeriesForm {
    /// The id that the series will have: the same form sent twice books once.
    pub key: String,
    pub doctor: String,
    pub visit_type: String,
    /// As in [`SeriesQuery`].
    pub patient: String,
    pub q: String,
    pub person: String,
    pub reason: String,
    pub phone: String,
    /// To the questions before such an appointment.
    pub one: SentAnswers,
    #[serde(flatten)]
    pub plan: PlanForm,
}

/// The page on which a series is planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesPage {
    /// For [`SeriesForm::key`].
    pub key: SeriesId,
    pub doctor_slug: String,
    pub doctor_name: String,
    pub visit_type: String,
    pub visit_type_name: String,
    pub minutes: i64,
    pub mode: Mode,
    pub needs_approval: bool,
    /// Whether the clinic books it for a patient.
    pub at_desk: bool,
    /// Who is seen: none for a visitor who has not signed in.
    pub patient: Option<String>,
    /// Whom a patient's account books for.
    pub whom: Whom,
    /// The number of who books, to begin with.
    pub patient_phone: String,
    /// What was typed into a form that failed.
    pub reason: String,
    /// What such a patient is asked before, once for all.
    pub asked: AskedTogether,
    /// How many may be booked at once; with one there is no series.
    pub most: usize,
    pub clinic_phone: String,
    /// Why this person can book no time of this visit type at all.
    pub refused: Option<Reason>,
    /// What is wrong with the pattern.
    pub wrong: Vec<FieldError>,
    /// The zone of the times: "London time".
    pub zone: String,
    pub rows: Vec<PlanRow>,
}

/// One time of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanRow {
    pub wanted: Timestamp,
    /// "Tuesday 6 January, 9am"
    pub when: String,
    /// Why the wanted time cannot be had, in a sentence; empty when it is free.
    pub conflict: String,
    /// The times that can be had: the wanted one or the nearest, in order.
    pub options: Vec<PlanOption>,
    pub pick: Pick,
}

/// A time that can be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOption {
    pub start: Timestamp,
    /// "Tuesday 6 January, 9am"
    pub words: String,
}

/// The page of a series that is booked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesDetails {
    pub id: SeriesId,
    /// Whether these are two doctors on one day.
    pub is_pair: bool,
    pub members: i64,
    /// Each as it stands now, by time as they were booked, with its place.
    pub appointments: Vec<(i64, AppointmentDetails)>,
    /// For doctors and staff.
    pub patient: Option<String>,
    /// Those that this reader can still cancel.
    pub remaining: Vec<AppointmentId>,
    /// The same with their versions, for the form.
    pub seen: String,
    /// How many of those ahead only the clinic can cancel.
    pub too_late: usize,
    pub clinic_phone: String,
}

/// The page on which two doctors are chosen for one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairPage {
    /// For [`PairForm::key`].
    pub key: SeriesId,
    /// Every doctor whom patients see: slug, and name with specialty.
    pub doctors: Vec<(String, String)>,
    /// The two that were chosen, in that order; none before, and when one of them has nothing to book online.
    pub parts: Vec<PairPart>,
    /// Whether one doctor was chosen twice.
    pub is_same: bool,
    pub options: Vec<PairOption>,
    pub is_signed_in: bool,
    /// Whom the account books for.
    pub whom: Whom,
    /// The number of who books, to begin with.
    pub phone: String,
    /// What was typed into a form that failed.
    pub reason: String,
}

/// What the page of a pair is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairQuery {
    /// The slugs of the doctors; empty before they are chosen.
    pub first: String,
    pub second: String,
    /// As in [`SeriesQuery`].
    pub person: String,
    pub draft: String,
}

/// One of two doctors, and what is booked with them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairPart {
    pub doctor: String,
    pub doctor_name: String,
    pub visit_type: String,
    pub visit_type_name: String,
    pub minutes: i64,
    /// What the patient is asked before.
    pub asked: AskedTogether,
}

/// Two times on one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairOption {
    /// For [`PairForm::pair`].
    pub value: String,
    /// Whether the doctor who was chosen first is seen first.
    pub first_is_first: bool,
    /// "Tuesday 6 January, 9am", with the doctor who was chosen first.
    pub first: String,
    pub second: String,
    /// Minutes between the two.
    pub gap: i64,
}

/// Two appointments to book, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PairForm {
    /// As in [`SeriesForm`].
    pub key: String,
    /// The slugs of the doctors and the ids of the visit types.
    pub first: String,
    pub first_type: String,
    pub second: String,
    pub second_type: String,
    /// The two starts in unix seconds, with a dot between them.
    pub pair: String,
    pub person: String,
    pub reason: String,
    pub phone: String,
    /// To the questions of the doctor who was chosen first, and of the other one.
    pub one: SentAnswers,
    pub other: SentAnswers,
}

/// Why a time of a plan cannot be had, in a sentence to the patient.
#[must_use]
pub fn plan_words(reason: Reason) -> &'static str {
    match reason {
        Reason::DoctorUnavailable => "This doctor takes no bookings at the moment.",
        Reason::VisitTypeUnavailable => "The doctor does not offer this visit type.",
        Reason::Closed => "The clinic is closed then.",
        Reason::TimeOff => "The doctor is away then.",
        Reason::OutsideHours => "It is outside the doctor\u{2019}s hours.",
        Reason::OffStep => "It is not one of the times that are offered.",
        Reason::Taken => "Another patient has this time.",
        Reason::NoResource => "No room or device that the appointment needs is free then.",
        Reason::Buffer => "It is too close to another appointment of the doctor.",
        Reason::TooSoon => "It is over, or too soon to book online.",
        Reason::TooFar => "It is too far ahead to book.",
        Reason::DayFull => "The doctor has no more appointments that day.",
        Reason::NotForNewPatients => "It is only for patients who have seen this doctor before.",
        Reason::OnlyForNewPatients => "It is only for patients who are new to this doctor.",
        Reason::PatientBusy => "You have another appointment then.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_in_its_order_and_what_no_page_sends_is_left_out() {
        let mut form = PlanForm::default();
        for (name, value) in [
            ("w[i10]", "30"),
            ("w[i2]", "20"),
            ("p[i2]", "25"),
            ("p[i10]", "out"),
            ("w[i0]", "10"),
            ("w[i7]", "soon"),
            ("p[i3]", "5"),
            ("w[i20]", "40"),
            ("reason", "1"),
        ] {
            form.set(name, value);
        }
        let at = Timestamp;
        assert_eq!(form.times(), [(at(10), Pick::Open), (at(20), Pick::At(at(25))), (at(30), Pick::Out)]);
    }
}
