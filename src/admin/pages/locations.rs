//! Locations.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::parts::{Done, RemoveSection, counted, made_from};
use crate::{
    admin::{
        actions::locations::{RemoveLocation, SaveLocation, location, locations},
        model::locations::{LocationPageData, LocationRow, LocationView},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, PageTitle},
    error::AppError,
    ui::{
        Button, ButtonLink, Column, Empty, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, SummaryList,
        SummaryRow, Table, Tone,
    },
};

const FIELDS: Fields = &[
    ("name", "the name"),
    ("address", "the address"),
    ("phone", "the phone number"),
    ("time_zone", "the time zone"),
    ("remove", "this location"),
];

const COLUMNS: [Column; 5] = [
    Column::text("Name"),
    Column::long("Address"),
    Column::text("Phone"),
    Column::text("Time zone"),
    Column::number("Doctors"),
];

/// `/admin/locations`: where the clinic is.
#[component]
pub fn LocationsPage() -> impl IntoView {
    let rows = Resource::new_blocking(|| (), |()| locations());
    let page = move || {
        rows.get().map(|rows| match rows {
            Ok(rows) => list(rows),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn list(rows: Vec<LocationRow>) -> AnyView {
    let table = if rows.is_empty() {
        view! {
            <Empty glyph=Glyph::Place title="There are no locations yet">
                <p>"Add the first one. Doctors need a location before they can set their hours."</p>
            </Empty>
        }
        .into_any()
    } else {
        let rows = rows.into_iter().map(row).collect();
        view! { <Table label="locations" columns=&COLUMNS rows /> }.into_any()
    };
    view! {
        <PageTitle text="Locations" />
        <AdminNav />
        <Done failed=false />
        <h1 id="locations" tabindex="-1">
            "Locations"
        </h1>
        {table}
        <div class="btns">
            <ButtonLink href="/admin/locations/new">"Add a location"</ButtonLink>
        </div>
    }
    .into_any()
}

fn row(row: LocationRow) -> Vec<AnyView> {
    let name = view! { <a href=["/admin/locations/", &row.id.to_string()].concat()>{row.name}</a> };
    vec![
        name.into_any(),
        row.address.into_any(),
        row.phone.into_any(),
        row.time_zone.into_any(),
        row.doctors.into_any(),
    ]
}

/// `/admin/locations/:id`: one location, or `new`.
#[component]
pub fn LocationPage() -> impl IntoView {
    let states = ["admin/save_location", "admin/remove_location"].map(FormState::of);
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let data = Resource::new_blocking(move || id.clone(), location);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, &states[0], &states[1]),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: LocationPageData, state: &FormState, removing: &FormState) -> AnyView {
    let title = data.location.as_ref().map_or_else(|| "Add a location".to_owned(), |location| location.name.clone());
    let mut lines = match (state.error(), zone_problem(state)) {
        (Some(AppError::AppointmentsAhead { .. }), Some(text)) => {
            vec![ErrorLine { field: "time_zone".to_owned(), text }]
        }
        _ => state.lines(FIELDS),
    };
    lines.extend(removing.lines(FIELDS));
    let newer = data.location.as_ref().filter(|_| state.is_stale()).map(newer);
    let keeps = data.location.as_ref().filter(|location| location.ahead > 0).map(|location| {
        view! {
            <p>
                {counted(location.ahead, "appointment is", "appointments are")}
                " booked here. They keep the name, address and phone number they were booked with. "
                <a href=["/admin/locations/", &location.id.to_string(), "/zone"].concat()>
                    "Is the time zone wrong? See what another one would change"
                </a>
            </p>
        }
    });
    let rooms = data.location.as_ref().map(|location| {
        view! {
            <p>
                <a href=["/admin/locations/", &location.id.to_string(), "/rooms"].concat()>
                    "Rooms and devices that one appointment uses at a time"
                </a>
            </p>
        }
    });
    let remove = data.location.as_ref().map(|location| remove(location, removing));
    view! {
        <PageTitle text=title.clone() failed=!lines.is_empty() />
        <AdminNav />
        <a class="back-link" href="/admin/locations">
            <Icon glyph=Glyph::ChevronLeft />
            "Back to locations"
        </a>
        <ErrorSummary errors=lines />
        <h1 tabindex="-1">{title}</h1>
        {newer}
        {rooms}
        {keeps}
        {form(&data, state)}
        {remove}
    }
    .into_any()
}

fn newer(location: &LocationView) -> AnyView {
    let rows = vec![
        SummaryRow::new("Name", location.name.clone()),
        SummaryRow::new("Address", location.address.clone()),
        SummaryRow::new("Phone", location.phone.clone()),
        SummaryRow::new("Time zone", location.time_zone.clone()),
    ];
    view! {
        <Notice tone=Tone::Warning title="Another person changed this location">
            <p>"This is saved now. What you typed is still below: save again to put it in its place."</p>
            <SummaryList rows />
        </Notice>
    }
    .into_any()
}

fn form(data: &LocationPageData, state: &FormState) -> AnyView {
    let location = data.location.as_ref();
    let value = |field: &str, saved: fn(&LocationView) -> &String| {
        state.kept(field, location.map(saved).map_or("", String::as_str))
    };
    let id = location.map(|location| view! { <input type="hidden" name="id" value=location.id.to_string() /> });
    let seen = location.map(|location| made_from(state, "seen", &location.seen)).unwrap_or_default();
    let zone = location.map_or(&data.usual_zone, |location| &location.time_zone);
    let zone = zone_field(ZONE_HINT, state.kept("time_zone", zone), zone_problem(state), &data.zones);
    view! {
        <form method="post" action=SaveLocation::PATH novalidate>
            <FormPage />
            {id}
            <input type="hidden" name="seen" value=seen />
            <Field
                name="name"
                label="Name"
                value=value("name", |location| &location.name)
                error=state.problem("name", FIELDS)
            />
            <Field
                name="address"
                label="Address"
                hint="Street, town and postcode, in one line."
                value=value("address", |location| &location.address)
                error=state.problem("address", FIELDS)
            />
            <Field
                name="phone"
                label="Phone number"
                kind="tel"
                value=value("phone", |location| &location.phone)
                error=state.problem("phone", FIELDS)
            />
            {zone}
            <Button>"Save location"</Button>
        </form>
    }
    .into_any()
}

/// What is wrong with the zone; booked appointments stand in the way of another one.
fn zone_problem(state: &FormState) -> Option<String> {
    match state.error() {
        Some(AppError::AppointmentsAhead { appointments: 1 }) => Some(
            "One appointment is booked here at a local time. Follow the link above to change the zone with it"
                .to_owned(),
        ),
        Some(AppError::AppointmentsAhead { appointments }) => Some(
            [
                &appointments.to_string(),
                " appointments are booked here at local times. Follow the link above to change the zone with them",
            ]
            .concat(),
        ),
        _ => state.problem("time_zone", FIELDS),
    }
}

/// What the zone of a location means.
pub(super) const ZONE_HINT: &str =
    "The city whose clock this location follows, like Europe/London. Hours and appointments are read off that clock.";

/// A text field that offers the zones this machine knows.
pub(super) fn zone_field(hint: &'static str, value: String, problem: Option<String>, zones: &[String]) -> AnyView {
    let (invalid, describedby) = match &problem {
        Some(_) => (Some("true"), "time_zone-hint time_zone-error"),
        None => (None, "time_zone-hint"),
    };
    let error = problem.clone().map(|problem| {
        view! {
            <p class="error-text" id="time_zone-error">
                <span class="visually-hidden">"Error: "</span>
                {problem}
            </p>
        }
    });
    let options = zones.iter().map(|zone| view! { <option value=zone.clone()></option> }).collect_view();
    view! {
        <div class="field" class:field-error=problem.is_some()>
            <label class="label" for="time_zone">
                "Time zone"
            </label>
            <p class="hint" id="time_zone-hint">
                {hint}
            </p>
            {error}
            <input
                class="input"
                id="time_zone"
                name="time_zone"
                type="text"
                value=value
                list="zones"
                autocomplete="off"
                spellcheck="false"
                aria-invalid=invalid
                aria-describedby=describedby
            />
            <datalist id="zones">{options}</datalist>
        </div>
    }
    .into_any()
}

fn remove(location: &LocationView, state: &FormState) -> AnyView {
    let used = location.doctors > 0 || location.appointments > 0;
    let text = match (location.appointments, location.doctors) {
        (0, 0) => "No doctor has hours here, and no appointment was ever booked here.".to_owned(),
        (0, doctors) => {
            [&counted(doctors, "doctor has", "doctors have"), " hours here. Take them out of the hours first."].concat()
        }
        (appointments, _) => [
            &counted(appointments, "appointment was", "appointments were"),
            " booked here, and the clinic's records need the location. To close it for good, take it out of the doctors' hours.",
        ]
        .concat(),
    };
    view! {
        <RemoveSection
            action=RemoveLocation::PATH
            id=location.id.to_string()
            label="Remove this location"
            text
            possible=!used
            problem=state.problem("remove", FIELDS)
        />
    }
    .into_any()
}
