//! Choosing a day, then a time of that day. The same for booking and for moving.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{
    address::{in_query, profile_path},
    locations::without_common_location,
    messages::line,
    month::month_table,
    waiting::join_path,
};
use crate::{
    app::{leaving_target, sign_in_address, tel_href, use_frame},
    availability::Reason,
    booking::{BookingSubject, DaysPage},
    ui::{Button, ButtonKind, ButtonLink, DateField, DateParts, DayList, Empty, ErrorLine, Glyph, Icon},
};

/// What the address says about days.
#[derive(Clone, Default, PartialEq)]
pub(super) struct Picked {
    /// The first date to list.
    pub from: Option<String>,
    /// The month to show in place of a list.
    pub month: Option<String>,
    /// The chosen date.
    pub day: Option<String>,
    /// A date as it was typed; empty when none was.
    typed: DateParts,
}

impl Picked {
    pub fn from_query() -> Self {
        let typed = DateParts::read("date", |name| in_query(name).unwrap_or_default());
        let iso = || typed.iso();
        Picked {
            from: in_query("from").or_else(iso),
            month: in_query("month"),
            day: in_query("day").or_else(iso),
            typed,
        }
    }

    /// What is wrong with a typed date, once the server has looked for it.
    fn problem(&self, page: &DaysPage) -> Option<String> {
        let typed = self.typed != DateParts::default();
        // the first day stands there when the typed one is not found
        let shown = page.day.as_ref().map(|day| day.date.as_str());
        let found = page.day_is_full || shown.is_some() && shown == self.day.as_deref();
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
    /// The address with this one value besides what is kept.
    pub fn link(&self, name: &str, value: &str) -> String {
        let kept = self.keep.iter().flat_map(|(name, value)| [*name, "=", value, "&"]);
        [self.path.as_str(), "?"].into_iter().chain(kept).chain([name, "=", value]).collect()
    }

    /// The address without a day.
    pub fn bare(&self) -> String {
        let kept = self
            .keep
            .iter()
            .enumerate()
            .flat_map(|(index, (name, value))| [if index == 0 { "?" } else { "&" }, *name, "=", value]);
        [self.path.as_str()].into_iter().chain(kept).collect()
    }

    /// The address with the days and the day of this one. Something must be kept besides.
    pub fn at(&self, picked: &Picked) -> String {
        let parts = [("&from=", &picked.from), ("&month=", &picked.month), ("&day=", &picked.day)];
        let parts = parts.into_iter().filter_map(|(name, value)| Some([name, value.as_deref()?].concat()));
        std::iter::once(self.bare()).chain(parts).collect()
    }

    fn hidden(&self) -> impl IntoView + use<> {
        let field = |(name, value): &(&'static str, String)| {
            view! { <input type="hidden" name=*name value=value.clone() /> }
        };
        self.keep.iter().map(field).collect_view()
    }
}

/// The days to choose from: a list, later ones, a month, or a typed date. What the address asked for stays chosen.
pub(super) fn day_picker(place: &PickerPage, page: &DaysPage, picked: &Picked) -> AnyView {
    let chosen = page.day.as_ref().map(|day| &day.date).or(page.days.first().map(|day| &day.date));
    let chosen = chosen.cloned().unwrap_or_default();
    if let Some(month) = page.month.clone() {
        let chosen = page.day.as_ref().map(|day| day.date.as_str());
        let month = month_table(place, month, chosen);
        let other = other_date(place, picked, picked.problem(page));
        return view! { <div class="picker-days">{month} {other}</div> }.into_any();
    }
    let from = picked.from.clone();
    let first = from.is_some().then(|| {
        view! {
            <a class="btn btn-quiet" href=place.bare() data-in-place="">
                <Icon glyph=Glyph::ChevronLeft />
                "First days"
            </a>
        }
    });
    let from = from.map(|from| view! { <input type="hidden" name="from" value=from /> });
    let later = page.later_from.as_ref().map(|date| {
        view! {
            <a class="btn btn-quiet" href=place.link("from", date) data-in-place="">
                "Later days"
                <Icon glyph=Glyph::ChevronRight />
            </a>
        }
    });
    // the one in which the list ends
    let last = page.later_from.as_ref().or(page.days.last().map(|day| &day.date));
    let month = last.and_then(|date| date.get(..7)).map(|month| {
        view! {
            <a class="btn btn-quiet" href=place.link("month", month) data-in-place="">
                <Icon glyph=Glyph::Calendar />
                "Whole month"
            </a>
        }
    });
    let days = without_common_location(&page.days);
    let none = days.is_empty().then(|| no_days(place, page));
    let list = (!days.is_empty()).then(|| {
        view! {
            <form class="days" method="get" action=place.path.clone()>
                {place.hidden()}
                {from}
                <DayList legend="Next available days" days chosen times=page.listed.clone() />
                <div class="btns">
                    {first} {later} {month}
                    <button type="submit" class="btn btn-secondary by-hand">
                        "Show times"
                    </button>
                </div>
            </form>
        }
    });
    let other = page.refused.is_none().then(|| other_date(place, picked, picked.problem(page)));
    view! { <div class="picker-days">{list} {none} {other}</div> }.into_any()
}

/// A date that is typed. It is folded up while nothing was typed; no list of days leads far ahead.
fn other_date(place: &PickerPage, picked: &Picked, error: Option<String>) -> impl IntoView + use<> {
    let open = picked.typed != DateParts::default();
    view! {
        <details class="other-date" open=open>
            <summary>"Pick another date"</summary>
            <form method="get" action=place.path.clone()>
                {place.hidden()}
                <DateField
                    name="date"
                    legend="Date"
                    hint="For example, 3 12 2026"
                    value=picked.typed.clone()
                    error=error
                />
                <Button kind=ButtonKind::Secondary>"Show this date"</Button>
            </form>
        </details>
    }
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
    let (title, text, way) = match &page.earliest {
        Some(day) => (
            "No free times from that date on",
            ["The next free times with ", &subject.doctor_name, " are on ", &day.label, "."].concat(),
            view! {
                <a class="btn" href=place.link("day", &day.date) data-in-place="">
                    "See that day"
                </a>
            }
            .into_any(),
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
            view! { <ButtonLink href=profile_path(&subject.doctor_slug)>"Choose another visit type"</ButtonLink> }
                .into_any(),
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
                {way}
                {wait}
                <ButtonLink href="/doctors" kind=ButtonKind::Quiet>
                    "Find another doctor"
                </ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

/// What is shown instead of the times when a day without free times is chosen.
pub(super) fn no_times(page: &DaysPage) -> impl IntoView + use<> {
    let none = page.refused.is_none() && page.day_is_full;
    let words = "There are no free times on that day. Choose one of the days in the list, or another date.";
    none.then(|| view! { <p class="muted">{words}</p> })
}

#[cfg(test)]
mod tests {
    use super::{Picked, PickerPage};

    #[test]
    fn links_keep_the_rest_of_the_address() {
        let place = PickerPage { path: "/doctors/x/times".into(), keep: vec![("visit_type", "7".into())] };
        assert_eq!(place.link("from", "2026-12-03"), "/doctors/x/times?visit_type=7&from=2026-12-03");
        assert_eq!(place.bare(), "/doctors/x/times?visit_type=7");
        let picked = Picked { from: Some("2026-12-01".into()), day: Some("2026-12-03".into()), ..Picked::default() };
        assert_eq!(place.at(&picked), "/doctors/x/times?visit_type=7&from=2026-12-01&day=2026-12-03");
        assert_eq!(place.at(&Picked::default()), place.bare());
        let bare = PickerPage { path: "/appointments/1/move".into(), keep: Vec::new() };
        assert_eq!(bare.bare(), "/appointments/1/move");
        assert_eq!(bare.link("day", "2026-12-03"), "/appointments/1/move?day=2026-12-03");
    }
}
