//! How many times patients will see, counted by the engine that lists them.

use super::{
    load::VisitType,
    schedule::{PatientContext, Schedule},
    slots::slots,
};
use crate::{
    availability::model::hours::{Preview, PreviewLine},
    time::{
        Timestamp,
        server::{LocalDate, Zone},
    },
};

/// Minutes for which busy times must have been read: the week counted here, and the longest appointment after it.
pub(super) const AHEAD_MINUTES: i64 = 10 * 24 * 60;

/// The times of the seven full days from tomorrow, for each visit type that patients can book.
pub(super) fn week(
    schedule: &Schedule,
    visit_types: &[VisitType],
    zone: &Zone,
    now: Timestamp,
    of_draft: bool,
) -> Preview {
    let today: LocalDate = zone.local_date(now);
    let (first, last) = (today.plus_days(1), today.plus_days(7));
    let (from, to) = (zone.window_start(first, 0), zone.window_start(last.plus_days(1), 0));
    let patient_context = PatientContext::default();
    let line = |visit_type: &VisitType| {
        let times = slots(schedule, &visit_type.rules, now, &patient_context, from, to).count();
        PreviewLine { visit_type: visit_type.name.clone(), times: u32::try_from(times).unwrap_or(u32::MAX) }
    };
    Preview {
        of_draft,
        first: first.day_words(today),
        last: last.day_words(today),
        lines: visit_types.iter().map(line).collect(),
    }
}
