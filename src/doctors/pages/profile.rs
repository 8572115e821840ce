//! A doctor's public profile.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use super::card::{NOT_TAKING, facts};
use crate::{
    app::{Failure, PageTitle, answer::came_from, tel_href},
    booking::{DaysPage, actions::days, pages::times_here},
    doctors::{DoctorCard, DoctorProfile, PublicLocation, PublicProfile, VisitTypeChoice, actions::doctor_profile},
    error::AppError,
    ui::{Avatar, AvatarSize, Choice, Choices, Glyph, Icon, Notice, rendered},
};

/// `/doctors/:slug`: who the doctor is, and what visit types can be booked.
#[component]
pub fn ProfilePage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let profile = Resource::new_blocking(move || slug.clone(), load);
    let list = came_from("/doctors");
    let page = move || {
        profile.get().map(|profile| match profile {
            Ok((found, times)) => view! {
                // data, not a script: the content security policy lets it stand, and nothing runs it
                <script type="application/ld+json" inner_html=found.structured_data></script>
                {rendered(profile_view(found.profile, Reader::Patient { list: list.clone(), times: Box::new(times) }))}
            }
            .into_any(),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// The profile, and the free times of the first visit type, if the reader can book any of it.
async fn load(slug: String) -> Result<(PublicProfile, Option<DaysPage>), AppError> {
    let found = doctor_profile(slug.clone()).await?;
    let Some(first) = found.profile.visit_types.first() else { return Ok((found, None)) };
    let times = match days(slug, first.id.to_string(), None, None, None, None, None).await {
        Ok(times) => Some(times),
        // the doctor's page is good without times
        Err(AppError::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok((found, times))
}

/// Who reads a profile, and where their way back leads.
pub(super) enum Reader {
    /// A patient or visitor: to the list of doctors. They choose among these times.
    Patient { list: String, times: Box<Option<DaysPage>> },
    /// The doctor or staff, who edit it: to the form.
    Preview { back: String },
}

pub(super) fn profile_view(profile: DoctorProfile, reader: Reader) -> AnyView {
    let (back, back_words, is_preview, times) = match reader {
        Reader::Patient { list, times } => (list, "Back to doctors", false, times.and_then(times_here)),
        Reader::Preview { back } => (back, "Back to the form", true, None),
    };
    let card = profile.card;
    let what = if profile.designation.is_empty() { profile.specialties.join(", ") } else { profile.designation };
    let facts = facts(&card);
    let book = book(&card, profile.visit_types, is_preview, times);
    let registration = (!profile.registration_number.is_empty())
        .then(|| view! { <p class="muted small">"Registration number " {profile.registration_number}</p> });
    let about = (!profile.about.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="about">
                <h2 id="about">"About"</h2>
                <p class="written" dir="auto">
                    {profile.about}
                </p>
            </section>
        }
    });
    let locations = profile.locations.into_iter().map(location_card).collect_view();
    view! {
        <PageTitle text=card.name.clone() />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            {back_words}
        </a>
        <header class="profile-head">
            <Avatar name=card.name.clone() size=AvatarSize::Large />
            <div>
                <h1 tabindex="-1">
                    <bdi>{card.name.clone()}</bdi>
                </h1>
                <p class="lead">{what}</p>
                {facts}
                {registration}
            </div>
        </header>
        <div class="split">
            <div>{book} {about}</div>
            <aside class="stack" aria-label="Where">
                {locations}
            </aside>
        </div>
    }
    .into_any()
}

/// The visit types with the `times` of the first one. Without those, choosing one leads to its free days, but not in a
/// preview.
fn book(card: &DoctorCard, appointments: Vec<VisitTypeChoice>, is_preview: bool, times: Option<AnyView>) -> AnyView {
    let title = if card.only_known { NOT_TAKING } else { "" };
    let closed = card.none_words.clone().map(|words| {
        view! {
            <Notice title>
                <p>{words}</p>
            </Notice>
        }
    });
    if appointments.is_empty() {
        return closed.into_any();
    }
    if let Some(times) = times {
        return view! {
            <h2>"Book an appointment"</h2>
            {closed}
            {times}
        }
        .into_any();
    }
    let chosen = appointments.first().map(|appointment| appointment.id.to_string()).unwrap_or_default();
    let choices = appointments
        .into_iter()
        .map(|appointment| Choice {
            value: appointment.id.to_string(),
            label: appointment.name,
            detail: detail(appointment.meta, &appointment.note),
        })
        .collect();
    let choices = view! { <Choices name="visit_type" legend="What kind of appointment do you need?" choices chosen /> };
    let form = if is_preview {
        view! {
            {choices}
            <p class="muted">"From here, patients go on to the days."</p>
        }
        .into_any()
    } else {
        view! {
            <form method="get" action=["/doctors/", &card.slug, "/times"].concat()>
                {choices} <button class="btn btn-large" type="submit">
                    "Show days"
                </button>
            </form>
        }
        .into_any()
    };
    view! {
        <h2>"Book an appointment"</h2>
        {closed}
        {form}
    }
    .into_any()
}

fn detail(meta: String, note: &str) -> String {
    if note.is_empty() { meta } else { [&meta, ". ", note].concat() }
}

fn location_card(location: PublicLocation) -> AnyView {
    view! {
        <div class="card">
            <h2>{location.name}</h2>
            <ul class="facts facts-column">
                <li>
                    <Icon glyph=Glyph::Place />
                    <span>{location.address}</span>
                </li>
                <li>
                    <Icon glyph=Glyph::Phone />
                    <a href=tel_href(&location.phone)>
                        {location.phone.clone()}
                    </a>
                </li>
                <li>
                    <Icon glyph=Glyph::Clock />
                    <span>"Times are " {location.zone_words} "."</span>
                </li>
            </ul>
        </div>
    }
    .into_any()
}
