//! Choosing a day, then a time of that day. The same for booking and for moving.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    address::{in_query, profile_path},
    device_zone::DeviceZone,
    live_times::LiveTimes,
    locations::{common_zone, locations_text, without_common_location},
    messages::line,
    waiting::join_path,
};
use crate::{
    app::{leaving_target, sign_in_address, tel_href, use_frame},
    availability::Reason,
    booking::{BookingSubject, DayTimes, DaysPage},
    ids::PersonId,
    ui::{Button, ButtonKind, ButtonLink, DateField, DateParts, DayList, Empty, ErrorLine, Glyph, Icon, TimeGrid},
};

/// What the address says about days.
#[derive(Clone, PartialEq)]
pub(super) struct Picked {
    /// The first date to list.
    pub from: Option<String>,
    /// The chosen date.
    pub day: Option<String>,
    /// A date as it was typed; empty when none was.
    typed: DateParts,
}

impl Picked {
    pub fn from_query() -> Self {
        let typed = DateParts::read("date", |name| in_query(name).unwrap_or_default());
        let iso = || typed.iso();
        Picked { from: in_query("from").or_else(iso), day: in_query("day").or_else(iso), typed }
    }

    /// What is wrong with a typed date, once the server has looked for it.
    fn problem(&self, page: &DaysPage) -> Option<String> {
        let typed = self.typed != DateParts::default();
        let found = page.day.is_some() || page.day_is_full;
        (typed && !found).then(|| "Enter a date, such as 3 12 2026".to_owned())
    }

    /// The same as a line of the error summary, before those of the page's form.
    pub fn problems(&self, page: &DaysPage, form: Vec<ErrorLine>) -> Vec<ErrorLine> {
        self.problem(page).map(|text| line("date", text)).into_iter().chain(form).collect()
    }
}

/// The page that a picker belongs to.
#[derive(Clone)]
pub(super) struct PickerPage {
    /// Path without a query.
    pub path: String,
    /// What its forms keep besides the day.
    pub keep: Vec<(&'static str, String)>,
}

impl PickerPage {
    fn link(&self, name: &str, value: &str) -> String {
        let kept = self.keep.iter().flat_map(|(name, value)| [*name, "=", value, "&"]);
        [self.path.as_str(), "?"].into_iter().chain(kept).chain([name, "=", value]).collect()
    }

    /// The address without a day.
    fn bare(&self) -> String {
        let kept = self
            .keep
            .iter()
            .enumerate()
            .flat_map(|(index, (name, value))| [if index == 0 { "?" } else { "&" }, *name, "=", value]);
        [self.path.as_str()].into_iter().chain(kept).collect()
    }

    fn hidden(&self) -> impl IntoView + use<> {
        let field = |(name, value): &(&'static str, String)| {
            view! { <input type="hidden" name=*name value=value.clone() /> }
        };
        self.keep.iter().map(field).collect_view()
    }
}

/// The days to choose from: a list, later ones, or a typed date. What the address asked for stays chosen.
pub(super) fn day_picker(place: &PickerPage, page: &DaysPage, picked: &Picked) -> impl IntoView + use<> {
    let chosen = page.day.as_ref().map(|day| &day.date).or(page.days.first().map(|day| &day.date));
    let chosen = chosen.cloned().unwrap_or_default();
    let from = picked.from.clone();
    let first = from.is_some().then(|| {
        view! {
            <a class="btn btn-quiet" href=place.bare()>
                "Back to the first days"
            </a>
        }
    });
    let from = from.map(|from| view! { <input type="hidden" name="from" value=from /> });
    let later = page.later_from.as_ref().map(|date| {
        view! {
            <a class="btn btn-quiet" href=place.link("from", date)>
                "Show later days"
                <Icon glyph=Glyph::ChevronRight />
            </a>
        }
    });
    let (list_fields, date_fields) = (place.hidden(), place.hidden());
    let days = without_common_location(&page.days);
    let none = days.is_empty().then(|| no_days(place, page));
    let path = place.path.clone();
    let list = (!days.is_empty()).then(|| {
        view! {
            <form method="get" action=path>
                {list_fields}
                {from}
                <DayList legend="Next available days" days chosen />
                <div class="btns">
                    <Button kind=ButtonKind::Secondary>"Show times"</Button>
                    {first} {later}
                </div>
            </form>
        }
    });
    let (error, typed) = (picked.problem(page), picked.typed.clone());
    let other = page.refused.is_none().then(|| {
        view! {
            <form method="get" action=place.path.clone()>
                {date_fields}
                <DateField
                    name="date"
                    legend="Pick another date"
                    hint="For example, 3 12 2026"
                    value=typed
                    error=error
                />
                <Button kind=ButtonKind::Secondary>"Show this date"</Button>
            </form>
        }
    });
    view! { <div>{list} {none} {other}</div> }
}

/// This person can book nothing here: why, and what they can do. A visitor whom the doctor knows signs in first.
fn refused(subject: &BookingSubject, reason: Reason) -> AnyView {
    let name = &subject.doctor_name;
    let is_visitor = use_frame().signed_in_user.is_none();
    let title = if reason == Reason::OnlyForNewPatients { "For new patients only" } else { "Not taking new patients" };
    let why = match reason {
        Reason::OnlyForNewPatients => {
            [name, " offers this visit type to patients who have not been there before. Choose another visit type."]
                .concat()
        }
        _ => ["Only patients who have seen ", name, " before can book this visit type online."].concat(),
    };
    let sign_in = (is_visitor && reason != Reason::OnlyForNewPatients).then(|| {
        let here = use_location();
        let href = sign_in_address(&here.pathname.get_untracked(), &here.search.get_untracked());
        view! { <ButtonLink href>"I have been there before: sign in"</ButtonLink> }
    });
    let (profile, phone) = (profile_path(&subject.doctor_slug), subject.phone.clone());
    view! {
        <Empty glyph=Glyph::Calendar title>
            <p>{why} " If you have a question, call " <a href=tel_href(&phone)>{phone.clone()}</a> "."</p>
            <div class="btns">
                {sign_in}
                <ButtonLink href=profile kind=ButtonKind::Secondary>
                    "Choose another visit type"
                </ButtonLink>
                <ButtonLink href="/doctors?new_patients=true" kind=ButtonKind::Quiet>
                    "Find another doctor"
                </ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

/// No day of the list has a free time: where the next one is, or whom to ask.
fn no_days(place: &PickerPage, page: &DaysPage) -> AnyView {
    let subject = &page.subject;
    if let Some(reason) = page.refused {
        return refused(subject, reason);
    }
    let (title, text, href, words) = match &page.earliest {
        Some(day) => (
            "No free times from that date on",
            ["The next free times with ", &subject.doctor_name, " are on ", &day.label, "."].concat(),
            place.link("day", &day.date),
            "See that day",
        ),
        None => (
            "No free times",
            [
                "There are no times to book online with ",
                &subject.doctor_name,
                " for this visit type at the moment. Call ",
                &subject.phone,
                " to ask.",
            ]
            .concat(),
            profile_path(&subject.doctor_slug),
            "Choose another visit type",
        ),
    };
    let wait = subject.moving.is_none().then(|| {
        let href = join_path(&subject.doctor_slug, &subject.visit_type);
        view! {
            <ButtonLink href kind=ButtonKind::Secondary target=leaving_target()>
                "Join the waiting list"
            </ButtonLink>
        }
    });
    view! {
        <Empty glyph=Glyph::Calendar title>
            <p>{text}</p>
            <div class="btns">
                <ButtonLink href>{words}</ButtonLink>
                {wait}
                <ButtonLink href="/doctors" kind=ButtonKind::Quiet>
                    "Find another doctor"
                </ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

/// Heading, locations and times of the chosen day, for a form around them. The heading takes the focus, because the day
/// was chosen on the page before.
pub(super) fn day_times(
    subject: &BookingSubject,
    day: DayTimes,
    person: Option<PersonId>,
    error: Option<String>,
) -> impl IntoView + use<> {
    let (doctor, visit_type) = (subject.doctor_slug.clone(), subject.visit_type.clone());
    let moving = subject.moving.as_ref().map(|visit_type| visit_type.id);
    let changes = subject.changes.clone();
    let listed = day.times.iter().map(|time| (time.start.0, time.label.clone())).collect();
    let locations = locations_text(&day.times).into_iter().map(|place| view! { <p class="muted">{place}</p> });
    let zone_note = day.times.first().map(|time| {
        let (at, offset_minutes) = (time.start, time.offset_minutes);
        view! { <DeviceZone at offset_minutes time=time.label.clone() /> }
    });
    let zone = match common_zone(&day.times) {
        Some(zone) => ["All times are ", zone, ", the clinic\u{2019}s own time."].concat(),
        None => "Each time is by the clock of its location.".to_owned(),
    };
    view! {
        <h2 id="times-heading" tabindex="-1" autofocus>
            "Times on "
            {day.label}
        </h2>
        {locations.collect_view()}
        <p class="hint">{zone}</p>
        {zone_note}
        <LiveTimes doctor visit_type day=day.date moving person listed changes />
        <TimeGrid times=day.times error />
    }
}

/// What is shown instead of the times while no day with free times is chosen.
pub(super) fn no_times(page: &DaysPage) -> impl IntoView + use<> {
    let words = if page.refused.is_some() {
        None
    } else if page.day_is_full {
        Some("There are no free times on that day. Choose one of the days in the list, or another date.")
    } else if page.day.is_none() && !page.days.is_empty() {
        Some("Choose a day to see its times.")
    } else {
        None
    };
    words.map(|words| view! { <p class="muted">{words}</p> })
}

#[cfg(test)]
mod tests {
    use super::PickerPage;

    #[test]
    fn links_keep_the_rest_of_the_address() {
        let place = PickerPage { path: "/doctors/x/times".into(), keep: vec![("visit_type", "7".into())] };
        assert_eq!(place.link("from", "2026-12-03"), "/doctors/x/times?visit_type=7&from=2026-12-03");
        assert_eq!(place.bare(), "/doctors/x/times?visit_type=7");
        let bare = PickerPage { path: "/appointments/1/move".into(), keep: Vec::new() };
        assert_eq!(bare.bare(), "/appointments/1/move");
        assert_eq!(bare.link("day", "2026-12-03"), "/appointments/1/move?day=2026-12-03");
    }
}
