//! Two different doctors on one day, one after the other.

use std::{collections::HashMap, sync::Arc};

use super::draft::Draft;
use crate::{
    availability::server::{Busy, Slot},
    booking::{
        AskedTogether,
        series::{PairForm, PairOption, PairPage, PairPart, PairQuery},
        server::{
            answers::{asked_together, typed_again},
            availability::{Availability, doctor_with_slug},
            booker::Booker,
            soonest::fitting,
            times::local_date,
            who::{booker_for, name_and_phone},
        },
    },
    db::Conn,
    error::{AppError, FieldCode},
    ids::{LocationId, SeriesId},
    random,
    state::AppState,
    time::{Timestamp, server::LocalDate},
};

/// Minutes between the two, at most.
pub(super) const LONGEST_GAP: i64 = 60;
/// Days with pairs on one page, and pairs of one day.
const MOST_DAYS: usize = 6;
const MOST_A_DAY: usize = 4;

/// The doctors to choose from, and the pairs of times once two are chosen.
///
/// # Errors
/// [`AppError::NotFound`] for an unknown doctor; [`AppError::NotActing`] for a person for whom the booker may not book.
pub async fn pair_page(app: &AppState, booker: &Booker, query: PairQuery) -> Result<PairPage, AppError> {
    let now = app.clock.now();
    let doctors = app.directory.names().await?;
    let (first, second) = (query.first.as_str(), query.second.as_str());
    let mut reader = app.db.read().await?;
    let conn = &mut reader.conn();
    let (booker, whom) = booker_for(conn, booker, &query.person, now).await?;
    let mut page = PairPage {
        key: SeriesId(random::id()),
        doctors,
        parts: Vec::new(),
        is_same: !first.is_empty() && first == second,
        options: Vec::new(),
        is_signed_in: booker.patient.is_some(),
        whom,
        phone: String::new(),
        reason: String::new(),
    };
    if first.is_empty() || second.is_empty() || page.is_same {
        return Ok(page);
    }
    (_, page.phone) = name_and_phone(conn, &booker).await?.unwrap_or_default();
    let (one, other) = (part(app, conn, &booker, first, now).await?, part(app, conn, &booker, second, now).await?);
    if let (Some(one), Some(other)) = (one, other) {
        page.options = options(&one, &other, now);
        page.parts = [&one, &other].map(describe).to_vec();
        ask(app, conn, &booker, &query.draft, (&mut page, [&one, &other])).await?;
    }
    Ok(page)
}

/// Adds what both doctors ask; as it was typed, after a form that failed.
async fn ask(
    app: &AppState,
    conn: &mut Conn<'_>,
    booker: &Booker,
    draft: &str,
    (page, parts): (&mut PairPage, [&Availability; 2]),
) -> Result<(), AppError> {
    let Some(patient) = booker.patient else { return Ok(()) };
    for (part, availability) in page.parts.iter_mut().zip(parts) {
        part.asked = asked_together(conn, app, patient, availability.visit_type.id, app.clock.now()).await?;
    }
    if let Some(draft) = Draft::find(conn, &app.data_keys, booker.account(), draft).await? {
        page.reason = draft.reason;
        for (part, sent) in page.parts.iter_mut().zip([draft.one, draft.other]) {
            typed_again(&mut part.asked, sent);
        }
    }
    Ok(())
}

async fn part(
    app: &AppState,
    conn: &mut Conn<'_>,
    booker: &Booker,
    slug: &str,
    now: Timestamp,
) -> Result<Option<Availability>, AppError> {
    let doctor = doctor_with_slug(conn, slug).await?;
    app.calendars.prepare(&app.db, doctor).await?;
    Ok(fitting(conn, &app.calendars, doctor, booker, now).await?)
}

fn describe(availability: &Availability) -> PairPart {
    PairPart {
        doctor: availability.doctor.slug.clone(),
        doctor_name: availability.doctor.name.clone(),
        visit_type: availability.visit_type.id.to_string(),
        visit_type_name: availability.visit_type.name.clone(),
        minutes: availability.visit_type.rules.minutes.into(),
        asked: AskedTogether::default(),
    }
}

/// The slots of one doctor by day and location, each in order.
type Days = HashMap<(LocalDate, LocationId), Vec<Slot>>;

fn days(availability: &Availability, now: Timestamp) -> Days {
    let mut days = Days::new();
    for slot in availability.slots(now) {
        if let Some(date) = local_date(availability, &slot) {
            days.entry((date, slot.location)).or_default().push(slot);
        }
    }
    days
}

/// The pairs of times at one location, in either order, with no more than [`LONGEST_GAP`] between them.
fn options(one: &Availability, other: &Availability, now: Timestamp) -> Vec<PairOption> {
    let (ones, others) = (days(one, now), days(other, now));
    let mut both: Vec<(LocalDate, LocationId)> = ones.keys().filter(|day| others.contains_key(day)).copied().collect();
    both.sort_unstable();
    let mut found = Vec::new();
    let mut used = 0;
    for day in both {
        let (Some(first), Some(second)) = (ones.get(&day), others.get(&day)) else { continue };
        let there = after((one, first), (other, second)).map(|(a, b)| (a.start, b.start, a.start, gap(a, b)));
        let back = after((other, second), (one, first)).map(|(a, b)| (b.start, a.start, a.start, gap(a, b)));
        let mut pairs: Vec<_> = there.chain(back).collect();
        pairs.sort_unstable_by_key(|(.., begins, gap)| (*begins, *gap));
        pairs.truncate(MOST_A_DAY);
        used += usize::from(!pairs.is_empty());
        found.extend(pairs.into_iter().map(|(first, second, _, gap)| PairOption {
            value: format!("{}.{}", first.0, second.0),
            first_is_first: first < second,
            first: one.moment_at(first),
            second: other.moment_at(second),
            gap,
        }));
        if used == MOST_DAYS {
            break;
        }
    }
    found
}

/// For each slot of the first list the next one of the second list that is near enough.
fn after<'a>(
    (earlier, first): (&'a Availability, &'a [Slot]),
    (later, second): (&'a Availability, &'a [Slot]),
) -> impl Iterator<Item = (&'a Slot, &'a Slot)> {
    first.iter().filter_map(move |one| {
        let next = second.iter().find(|next| next.start >= one.end && leaves_room((earlier, one), (later, next)))?;
        (gap(one, next) <= LONGEST_GAP).then_some((one, next))
    })
}

/// Whether the second appointment gets its room or device when the first one has taken its own.
fn leaves_room((earlier, first): (&Availability, &Slot), (later, second): (&Availability, &Slot)) -> bool {
    let (Some(resource), Some(_)) = (first.resource, second.resource) else { return true };
    let rules = &earlier.visit_type.rules;
    let (before_minutes, after_minutes) = (rules.buffer_before, rules.buffer_after);
    let busy = Busy { start: first.start, end: first.end, before_minutes, after_minutes };
    let mut later = later.clone();
    Arc::make_mut(&mut later.schedule).take_resource(resource, busy);
    later.slot_at(second.start).is_ok()
}

fn gap(first: &Slot, second: &Slot) -> i64 {
    second.start.minutes_since(first.end)
}

/// The two starts of a form.
///
/// # Errors
/// [`AppError::Invalid`] naming `pair`.
pub(super) fn starts_of(form: &PairForm) -> Result<(Timestamp, Timestamp), AppError> {
    if form.pair.is_empty() {
        return Err(AppError::field("pair", FieldCode::Missing));
    }
    let unknown = || AppError::field("pair", FieldCode::Unknown);
    let (first, second) = form.pair.split_once('.').ok_or_else(unknown)?;
    let read = |text: &str| text.parse().map(Timestamp).map_err(|_| unknown());
    if form.first == form.second {
        return Err(unknown());
    }
    Ok((read(first)?, read(second)?))
}
