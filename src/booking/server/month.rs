//! A whole month of days, for whoever looks farther ahead than the list of days does.

use std::collections::HashMap;

use super::{
    availability::Availability,
    times::{beginning_of, local_date},
};
use crate::{
    booking::{DaysPage, Month, MonthDay},
    time::{Timestamp, server::LocalDate},
};

const WEEK: i64 = 7;

/// The page with the month of `first` in place of its list. A month that is over gives way to the present one. Where
/// nothing is free at all, the page stays as it is and says so.
pub(super) fn with_month(page: DaysPage, availability: &Availability, first: LocalDate, now: Timestamp) -> DaysPage {
    let Some(today) = availability.today(now) else { return page };
    if page.days.is_empty() && page.earliest.is_none() {
        return page;
    }
    let first = first.max(today).first_of_month();
    let month = month(availability, first, today, now);
    // the first free day after an empty month is not shown as if it were in it
    let is_shown = |date: &str| date.starts_with(&month.month);
    let day = page.day.filter(|day| is_shown(&day.date));
    DaysPage { day, month: Some(month), ..page }
}

fn month(availability: &Availability, first: LocalDate, today: LocalDate, now: Timestamp) -> Month {
    let (after, mut next) = (first.next_month(), false);
    let mut counts: HashMap<LocalDate, u32> = HashMap::new();
    for slot in availability.slots(beginning_of(availability, first).max(now)) {
        match local_date(availability, &slot) {
            Some(date) if date >= after => {
                next = true;
                break;
            }
            Some(date) => *counts.entry(date).or_default() += 1,
            None => {}
        }
    }
    let day = |date: LocalDate| {
        let count = counts.get(&date).copied().unwrap_or_default();
        (first..after).contains(&date).then(|| MonthDay {
            date: date.to_string(),
            number: date.day(),
            label: date.day_words(today),
            count,
        })
    };
    // no week that is over
    let monday = first.max(today).monday();
    let mondays = std::iter::successors(Some(monday), |monday| Some(monday.plus_days(WEEK)));
    let week = |monday: LocalDate| [0, 1, 2, 3, 4, 5, 6].map(|offset| day(monday.plus_days(offset)));
    Month {
        month: code(first),
        label: first.month_words(),
        previous: (first > today).then(|| code(first.plus_days(-1))),
        next: next.then(|| code(after)),
        weeks: mondays.take_while(|monday| *monday < after).map(week).collect(),
    }
}

/// "2026-12"
fn code(date: LocalDate) -> String {
    date.to_string().chars().take(7).collect()
}
