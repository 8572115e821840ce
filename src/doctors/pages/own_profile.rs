//! The profile, as its doctor edits it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    profile::{Reader, profile_view},
    reason_sharing::reason_sharing,
};
use crate::{
    app::{DoctorNav, Failure, Fields, FormPage, FormState, PageTitle, named_doctor, whose_query},
    doctors::{
        actions::own_profile::{SaveProfile, ShowProfile, own_profile, preview},
        model::own_profile::{MAX_SPECIALTIES, OwnProfile, Visibility},
    },
    ui::{Button, ButtonKind, Checkbox, Choice, ErrorLine, ErrorSummary, Field, Notice, Select, TextArea, Tone},
};

const FIELDS: Fields = &[
    ("name", "the name"),
    ("designation", "the professional title"),
    ("registration_number", "the registration number"),
    ("about", "the text about you"),
    ("video_url", "the link"),
    ("specialty_1", "a specialty"),
    ("specialty_2", "a specialty"),
    ("specialty_3", "a specialty"),
    ("languages", "a language"),
];
const SPECIALTIES: [(&str, &str); MAX_SPECIALTIES] =
    [("specialty_1", "Specialty"), ("specialty_2", "Second specialty"), ("specialty_3", "Third specialty")];

/// `/doctor/profile`: what patients read about the doctor, and whether they see it. Staff name the doctor.
#[component]
pub fn OwnProfilePage() -> impl IntoView {
    let doctor = named_doctor();
    let (state, switch) = (FormState::of("doctor/profile"), FormState::of("doctor/visible"));
    let done = use_query_map().with_untracked(|query| query.get("done")).unwrap_or_default();
    let profile = Resource::new_blocking(move || doctor.clone(), own_profile);
    let page = move || {
        profile.get().map(|profile| match profile {
            Ok(profile) => edit_view(profile, &state, &switch, &done),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn edit_view(profile: OwnProfile, state: &FormState, switch: &FormState, done: &str) -> AnyView {
    let owner = if profile.by_staff { profile.slug.clone() } else { String::new() };
    let mut problems: Vec<ErrorLine> = state.lines(FIELDS);
    problems.extend(switch.lines(&[]));
    let failed = !problems.is_empty();
    let title = if profile.by_staff { "The doctor\u{2019}s profile" } else { "Your profile" };
    let preview = ["/doctor/profile/preview", &whose_query(&owner)].concat();
    let leave = (!profile.by_staff).then(|| {
        view! {
            <p class="section">
                <a href="/doctor/leave">"Leave the clinic"</a>
            </p>
        }
    });
    let saved = match done {
        "saved" => Some("The profile is saved."),
        "reasons" => Some("Your choice is saved."),
        _ => None,
    };
    let saved = saved.filter(|_| !failed).map(|words| {
        view! {
            <Notice tone=Tone::Success>
                <p>{words}</p>
            </Notice>
        }
    });
    view! {
        <PageTitle text=title failed />
        <ErrorSummary errors=problems />
        {saved}
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                <bdi>{profile.name.clone()}</bdi>
            </p>
        </div>
        <div class="split">
            <div>{form(&profile, &owner, state)} {reason_sharing(&profile)} {leave}</div>
            <aside class="card" aria-labelledby="visible-heading">
                <h2 id="visible-heading">"Who sees it"</h2>
                <p>
                    <a href=preview>"Preview: see it as patients do"</a>
                </p>
                {visible(&profile, &owner)}
            </aside>
        </div>
    }
    .into_any()
}

/// Whether patients see the profile, why not, and the switch.
fn visible(profile: &OwnProfile, owner: &str) -> impl IntoView + use<> {
    let by_staff = profile.by_staff;
    let words = match &profile.visibility {
        Visibility::Visible => "Patients can see this profile.".to_owned(),
        Visibility::Waiting => "Patients do not see it: it is waiting for approval by the clinic.".to_owned(),
        Visibility::Rejected { note } if note.is_empty() => {
            "Patients do not see it: the clinic did not approve it.".to_owned()
        }
        Visibility::Rejected { note } => {
            ["Patients do not see it: the clinic did not approve it. The clinic writes: ", note].concat()
        }
        Visibility::PausedByClinic if by_staff => "Patients do not see it: the clinic has paused it.".to_owned(),
        Visibility::PausedByClinic => {
            "Patients do not see it: the clinic has paused it. Ask the clinic to show it again.".to_owned()
        }
        Visibility::HiddenByDoctor if by_staff => "Patients do not see it: the doctor has hidden it.".to_owned(),
        Visibility::HiddenByDoctor => "Patients do not see it: you have hidden it.".to_owned(),
        Visibility::Leaving => "Patients do not see it: the doctor is leaving the clinic.".to_owned(),
    };
    let missing = |words: &'static str, href: &str, link: &'static str| {
        let href = [href, &whose_query(owner)].concat();
        view! { <p>{words} " " <a href=href>{link}</a></p> }
    };
    let hours = (!profile.has_hours)
        .then(|| missing("Patients cannot book: there are no weekly hours yet.", "/doctor/availability", "Add hours"));
    let appointments = (!profile.has_visit_types).then(|| {
        missing("Patients cannot book: there are no visit types yet.", "/doctor/visit-types", "Add a visit type")
    });
    let show = profile.visibility != Visibility::Visible;
    let (doctor, version) = (owner.to_owned(), profile.version.to_string());
    let switch = profile.can_switch.then(|| {
        let (button, hint) = if show {
            ("Show it to patients", "Patients can find it and book online again.")
        } else {
            (
                "Hide it from patients",
                "While it is hidden, patients cannot find it or book online. Booked appointments stay as they are.",
            )
        };
        view! {
            <form method="post" action=ShowProfile::PATH>
                <FormPage />
                <input type="hidden" name="doctor" value=doctor />
                <input type="hidden" name="version" value=version />
                <input type="hidden" name="show" value=show.to_string() />
                <p class="hint">{hint}</p>
                <Button kind=ButtonKind::Secondary>{button}</Button>
            </form>
        }
    });
    view! {
        <p dir="auto">{words}</p>
        {hours}
        {appointments}
        {switch}
    }
}

fn form(profile: &OwnProfile, owner: &str, state: &FormState) -> impl IntoView + use<> {
    let accepts = state.ticked("accepts_new_patients", profile.accepts_new_patients);
    view! {
        <form method="post" action=SaveProfile::PATH novalidate>
            <FormPage />
            <input type="hidden" name="doctor" value=owner.to_owned() />
            <input type="hidden" name="version" value=profile.version.to_string() />
            <Field
                name="name"
                label="Name"
                hint="With the title, as patients should read it."
                value=state.kept("name", &profile.name)
                error=state.problem("name", FIELDS)
            />
            <Field
                name="designation"
                label="Professional title"
                hint="For example, Consultant cardiologist"
                optional=true
                value=state.kept("designation", &profile.designation)
                error=state.problem("designation", FIELDS)
            />
            {registration(profile, state)}
            {specialties(profile, state)}
            {languages(profile, state)}
            <TextArea
                name="about"
                label="About"
                hint="Plain text, at most 2,000 characters."
                rows="8"
                optional=true
                value=state.kept("about", &profile.about)
                error=state.problem("about", FIELDS)
            />
            <Field
                name="video_url"
                label="Link for video calls"
                hint="Only needed for visits by video: where your calls take place, beginning with https://. Each patient gets it the day before and can join 15 minutes before the start."
                optional=true
                value=state.kept("video_url", &profile.video_url)
                error=state.problem("video_url", FIELDS)
            />
            <Checkbox
                name="accepts_new_patients"
                label="Accepts new patients"
                hint="Without it, only patients who have seen this doctor before can book."
                checked=accepts
            />
            <div class="btns">
                <button class="btn btn-large" type="submit">
                    "Save the profile"
                </button>
            </div>
        </form>
    }
}

/// The registration number: a field, or what the clinic has checked.
fn registration(profile: &OwnProfile, state: &FormState) -> AnyView {
    if !profile.registration_fixed {
        return view! {
            <Field
                name="registration_number"
                label="Registration number"
                hint="As it is written in the register of doctors."
                optional=true
                value=state.kept("registration_number", &profile.registration_number)
                error=state.problem("registration_number", FIELDS)
            />
        }
        .into_any();
    }
    let number = profile.registration_number.clone();
    view! {
        <p class="field">
            <strong>"Registration number"</strong>
            " "
            <bdi>{if number.is_empty() { "Not given".to_owned() } else { number }}</bdi>
            <span class="hint">" The clinic can change it."</span>
        </p>
    }
    .into_any()
}

/// A list for each specialty; all but the first may stay empty.
fn specialties(profile: &OwnProfile, state: &FormState) -> impl IntoView + use<> {
    let list = |(place, (name, label)): (usize, (&'static str, &'static str))| {
        let saved = profile.specialties.get(place).map_or("", String::as_str);
        let none = (place > 0).then(|| Choice::new("", "None"));
        let all = profile.all_specialties.iter().map(|(id, name)| Choice::new(id, name));
        let choices: Vec<Choice> = none.into_iter().chain(all).collect();
        view! { <Select name label choices chosen=state.kept(name, saved) error=state.problem(name, FIELDS) /> }
    };
    SPECIALTIES.into_iter().enumerate().map(list).collect_view()
}

fn languages(profile: &OwnProfile, state: &FormState) -> impl IntoView + use<> {
    let boxes = profile
        .all_languages
        .iter()
        .enumerate()
        .map(|(place, (code, name))| {
            let checked = state.ticked_among("languages[]", code, profile.languages.contains(code));
            view! {
                <label class="check">
                    <input
                        type="checkbox"
                        id=(place == 0).then_some("languages")
                        name="languages[]"
                        value=code.clone()
                        checked=checked
                    />
                    <span>{name.clone()}</span>
                </label>
            }
        })
        .collect_view();
    let error = state.problem("languages", FIELDS).map(|text| view! { <p class="error-text">{text}</p> });
    view! {
        <fieldset class="group">
            <legend>"Languages"</legend>
            {error}
            <div class="columns">{boxes}</div>
        </fieldset>
    }
}

/// `/doctor/profile/preview`: the profile as patients see it.
#[component]
pub fn PreviewPage() -> impl IntoView {
    let doctor = named_doctor();
    let back = ["/doctor/profile", &whose_query(&doctor)].concat();
    let profile = Resource::new_blocking(move || doctor.clone(), preview);
    let page = move || {
        profile.get().map(|profile| match profile {
            Ok(profile) => {
                let shown = profile_view(profile, Reader::Preview { back: back.clone() });
                view! {
                    <Notice title="Preview">
                        <p>"This is how patients see the profile."</p>
                    </Notice>
                    {shown}
                }
                .into_any()
            }
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}
