//! The visit types of the demonstration clinic.

use super::people::Offer;

/// A visit type; the columns are those of `visit_types`.
pub struct NewVisitType {
    pub name: &'static str,
    pub mode: &'static str,
    pub minutes: i32,
    pub buffer_after: i32,
    pub step: i32,
    pub notice: i32,
    pub horizon_days: i32,
    pub daily_cap: Option<i32>,
    pub audience: &'static str,
    pub needs_approval: bool,
    pub cutoff: i32,
    pub late_cancel: &'static str,
    pub instructions: &'static str,
    pub most_at_once: i32,
}

const HOUR: i32 = 60;
const DAY: i32 = 24 * HOUR;

const fn visit_type(name: &'static str, mode: &'static str, minutes: i32) -> NewVisitType {
    NewVisitType {
        name,
        mode,
        minutes,
        buffer_after: 0,
        step: minutes,
        notice: 2 * HOUR,
        horizon_days: 90,
        daily_cap: None,
        audience: "any",
        needs_approval: false,
        cutoff: DAY,
        late_cancel: "deny",
        instructions: "",
        most_at_once: 1,
    }
}

/// Twenty minutes with the doctor at the location.
pub const CONSULTATION: NewVisitType = NewVisitType {
    cutoff: 4 * HOUR,
    late_cancel: "allow",
    instructions: "Please bring a list of the medicines you take.",
    most_at_once: 6,
    ..visit_type("Consultation", "in_person", 20)
};

const GENERAL: [NewVisitType; 3] = [
    CONSULTATION,
    NewVisitType {
        notice: HOUR,
        cutoff: 2 * HOUR,
        late_cancel: "allow",
        instructions: "A quiet room helps.",
        ..visit_type("Video call", "video", 15)
    },
    NewVisitType {
        step: 20,
        needs_approval: true,
        notice: 2 * DAY,
        instructions: "Please wear clothes that are easy to take off.",
        ..visit_type("Minor procedure", "in_person", 40)
    },
];

const SPECIALIST: [NewVisitType; 3] = [
    NewVisitType {
        step: 20,
        buffer_after: 10,
        notice: DAY,
        horizon_days: 180,
        instructions: "Please bring your referral letter and earlier results.",
        ..visit_type("First appointment", "in_person", 40)
    },
    NewVisitType { audience: "returning", notice: DAY, horizon_days: 180, ..visit_type("Follow-up", "in_person", 20) },
    NewVisitType {
        audience: "returning",
        step: 20,
        instructions: "A quiet room helps.",
        ..visit_type("Follow-up by video", "video", 15)
    },
];

const TALKING: [NewVisitType; 2] = [
    NewVisitType {
        buffer_after: 10,
        step: 60,
        notice: DAY,
        cutoff: 2 * DAY,
        instructions: "You may bring a person you trust.",
        most_at_once: 12,
        ..visit_type("Session", "in_person", 50)
    },
    NewVisitType {
        audience: "new",
        step: 30,
        instructions: "We call you at the time you choose.",
        ..visit_type("First conversation", "phone", 30)
    },
];

const ON_REQUEST: [NewVisitType; 2] = [
    NewVisitType {
        needs_approval: true,
        step: 30,
        buffer_after: 15,
        notice: 3 * DAY,
        horizon_days: 120,
        instructions: "Please send your referral to the clinic.",
        ..visit_type("Valve clinic", "in_person", 45)
    },
    NewVisitType {
        needs_approval: true,
        step: 30,
        audience: "returning",
        ..visit_type("Results by phone", "phone", 15)
    },
];

const CHILDREN: [NewVisitType; 2] = [
    NewVisitType {
        daily_cap: Some(12),
        late_cancel: "allow",
        instructions: "A parent or guardian comes along. Please bring the child's health record.",
        ..visit_type("Check-up", "in_person", 30)
    },
    NewVisitType { daily_cap: Some(12), step: 15, cutoff: 2 * HOUR, ..visit_type("Vaccination", "in_person", 10) },
];

impl Offer {
    /// The visit types, in the order in which they are offered.
    pub fn visit_types(self) -> &'static [NewVisitType] {
        match self {
            Offer::General => &GENERAL,
            Offer::Specialist => &SPECIALIST,
            Offer::Talking => &TALKING,
            Offer::OnRequest => &ON_REQUEST,
            Offer::Children => &CHILDREN,
        }
    }
}
