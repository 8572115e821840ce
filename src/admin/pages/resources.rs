//! Rooms and devices of a location.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::parts::{Done, counted};
use crate::{
    admin::{
        actions::resources::{AddRoom, RenameRoomKind, SaveRoom, room, rooms},
        model::resources::{KindView, ResourceAppointment, ResourcePageData, ResourceRow, ResourcesPageData},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, NotFound, PageTitle},
    error::AppError,
    ids::LocationId,
    ui::{
        Button, Choice, Column, DateField, Empty, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, Select, Table,
        Tone,
    },
};

const FIELDS: Fields = &[
    ("kind", "the kind"),
    ("new_kind", "the name of the new kind"),
    ("name", "the name"),
    ("kind_name", "the name of the kind"),
    ("out", "the day"),
];

/// What the list of kinds sends for a new one.
const NEW_KIND: &str = "new";

const COLUMNS: [Column; 3] = [Column::text("Name"), Column::text("State"), Column::number("Appointments ahead")];

fn rooms_path(location: LocationId) -> String {
    ["/admin/locations/", &location.to_string(), "/rooms"].concat()
}

/// `/admin/locations/:id/rooms`: the rooms and devices of a location; with `?kind=` one kind, to rename.
#[component]
pub fn RoomsPage() -> impl IntoView {
    let states = ["admin/add_room", "admin/rename_room_kind"].map(FormState::of);
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let renamed = use_query_map().with_untracked(|query| query.get("kind"));
    let data = Resource::new_blocking(move || id.clone(), rooms);
    let page = move || {
        data.get().map(|data| match (data, &renamed) {
            (Ok(data), None) => list(data, &states[0]),
            (Ok(data), Some(kind)) => match data.kinds.iter().find(|known| known.id.to_string() == *kind) {
                Some(kind) => rename(kind, data.location, &states[1]),
                None => view! { <NotFound /> }.into_any(),
            },
            (Err(error), _) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn list(data: ResourcesPageData, state: &FormState) -> AnyView {
    let back = ["/admin/locations/", &data.location.to_string()].concat();
    let path = rooms_path(data.location);
    let kinds = if data.kinds.is_empty() {
        view! {
            <Empty glyph=Glyph::Place title="No rooms or devices are kept here yet">
                <p>
                    "Add those that only one appointment can use at a time, like an ultrasound machine. "
                    "Rooms that each doctor has anyway need not be here."
                </p>
            </Empty>
        }
        .into_any()
    } else {
        data.kinds.iter().map(|kind| section(kind, &path)).collect_view().into_any()
    };
    view! {
        <PageTitle text="Rooms and devices" failed=state.failed() />
        <AdminNav />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            {["Back to ", &data.location_name].concat()}
        </a>
        <ErrorSummary errors=state.lines(FIELDS) />
        <Done failed=state.failed() />
        <div class="page-head">
            <h1 tabindex="-1">{["Rooms and devices: ", &data.location_name].concat()}</h1>
            <p class="lead">
                "A visit type can need one of a kind. Each booking then gets one that is free, and no two appointments get the same one at a time."
            </p>
        </div>
        {kinds}
        <section class="section">
            <h2>"Add a room or device"</h2>
            {add_form(&data, state)}
        </section>
    }
    .into_any()
}

fn section(kind: &KindView, path: &str) -> AnyView {
    let rows = kind.rows.iter().map(row).collect();
    let needed = match kind.visit_types {
        0 => "No visit type needs it yet. Choose it in the doctor\u{2019}s visit types.".to_owned(),
        some => [&counted(some, "visit type needs", "visit types need"), " one of them."].concat(),
    };
    let heading = ["kind-", &kind.id.to_string()].concat();
    let label = heading.clone();
    view! {
        <section class="section">
            <h2 id=heading>{kind.name.clone()}</h2>
            <p class="muted">
                {needed} " "
                <a href=[path, "?kind=", &kind.id.to_string()].concat()>
                    "Rename" <span class="visually-hidden">" the kind " {kind.name.clone()}</span>
                </a>
            </p>
            <Table label columns=&COLUMNS rows />
        </section>
    }
    .into_any()
}

fn row(row: &ResourceRow) -> Vec<AnyView> {
    let state = match row.out_of_use_from.as_str() {
        "" => "In use".to_owned(),
        date => ["Out of use from ", date].concat(),
    };
    let name = view! { <a href=["/admin/rooms/", &row.id.to_string()].concat()>{row.name.clone()}</a> };
    vec![name.into_any(), state.into_any(), row.ahead.into_any()]
}

fn add_form(data: &ResourcesPageData, state: &FormState) -> AnyView {
    let known = data.all_kinds.iter().map(|(id, name)| Choice::new(id.to_string(), name));
    let choices = known.chain([Choice::new(NEW_KIND, "A new kind")]).collect();
    let has_kinds = !data.all_kinds.is_empty();
    let kind = has_kinds.then(|| {
        view! {
            <Select
                name="kind"
                label="Kind"
                choices
                chosen=state.typed("kind")
                error=state.problem("kind", FIELDS)
            />
        }
    });
    let hint = if has_kinds { "Only for a new kind. Like Ultrasound." } else { "Like Ultrasound or Treatment room." };
    view! {
        <form method="post" action=AddRoom::PATH novalidate>
            <FormPage />
            <input type="hidden" name="location" value=data.location.to_string() />
            {kind}
            <Field
                name="new_kind"
                label=if has_kinds { "Name of the new kind" } else { "Kind" }
                hint=hint
                optional=has_kinds
                value=state.typed("new_kind")
                error=state.problem("new_kind", FIELDS)
            />
            <Field
                name="name"
                label="Name"
                hint="As it is written on the door or the device, like Ultrasound 1."
                value=state.typed("name")
                error=state.problem("name", FIELDS)
            />
            <Button>"Add"</Button>
        </form>
    }
    .into_any()
}

fn rename(kind: &KindView, location: LocationId, state: &FormState) -> AnyView {
    let title = ["Rename ", &kind.name].concat();
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <AdminNav />
        <a class="back-link" href=rooms_path(location)>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to rooms and devices"
        </a>
        <ErrorSummary errors=state.lines(FIELDS) />
        <h1 tabindex="-1">{title}</h1>
        <p class="lead">"The new name counts at every location."</p>
        <form method="post" action=RenameRoomKind::PATH novalidate>
            <FormPage />
            <input type="hidden" name="location" value=location.to_string() />
            <input type="hidden" name="kind" value=kind.id.to_string() />
            <Field
                name="kind_name"
                label="Name of the kind"
                value=state.kept("kind_name", &kind.name)
                error=state.problem("kind_name", FIELDS)
            />
            <Button>"Save"</Button>
        </form>
    }
    .into_any()
}

/// `/admin/rooms/:id`: one room or device.
#[component]
pub fn RoomPage() -> impl IntoView {
    let state = FormState::of("admin/save_room");
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let data = Resource::new_blocking(move || id.clone(), room);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: ResourcePageData, state: &FormState) -> AnyView {
    let lines = match state.error() {
        Some(AppError::AppointmentsOutside { all, .. }) => {
            vec![ErrorLine { field: "losing".to_owned(), text: losing_words(*all) + ". Nothing was saved yet" }]
        }
        _ => state.lines(FIELDS),
    };
    let newer = state.is_stale().then(|| {
        let words = ["Saved now: ", &data.name, ". Save again to put what you typed in its place."].concat();
        view! {
            <Notice tone=Tone::Warning title="Another person changed this room or device">
                <p>{words}</p>
            </Notice>
        }
    });
    let stranded = (!data.stranded.is_empty()).then(|| stranded(&data.stranded));
    let ahead = match data.ahead {
        0 => "No appointment ahead uses it.".to_owned(),
        some => [&counted(some, "appointment ahead uses", "appointments ahead use"), " it."].concat(),
    };
    view! {
        <PageTitle text=data.name.clone() failed=state.failed() />
        <AdminNav />
        <a class="back-link" href=rooms_path(data.location)>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to rooms and devices"
        </a>
        <ErrorSummary errors=lines />
        <Done failed=state.failed() />
        <div class="page-head">
            <h1 tabindex="-1">{data.name.clone()}</h1>
            <p class="lead">{[&data.kind, ", ", &data.location_name, ". ", &ahead].concat()}</p>
        </div>
        {newer}
        {stranded}
        {form(&data, state)}
    }
    .into_any()
}

fn stranded(appointments: &[ResourceAppointment]) -> AnyView {
    let line = |appointment: &ResourceAppointment| {
        let href = ["/appointments/", &appointment.id.to_string()].concat();
        view! {
            <li>
                <a href=href>{appointment.words.clone()}</a>
            </li>
        }
    };
    let lines = appointments.iter().map(line).collect_view();
    view! {
        <Notice tone=Tone::Warning title="Appointments that need another time">
            <p>"They are on days on which this is out of use, and no other one was free. Open each to move it."</p>
            <ul>{lines}</ul>
        </Notice>
    }
    .into_any()
}

fn form(data: &ResourcePageData, state: &FormState) -> AnyView {
    let (question, label) = match state.error() {
        Some(AppError::AppointmentsOutside { appointments, all }) => {
            (Some(question(appointments.clone(), *all)), "Take it out of use")
        }
        _ => (None, "Save"),
    };
    let stale = state.failed() && !state.is_stale();
    let version = if stale { state.typed("version") } else { data.version.to_string() };
    view! {
        <form method="post" action=SaveRoom::PATH novalidate>
            <FormPage />
            <input type="hidden" name="id" value=data.id.to_string() />
            <input type="hidden" name="version" value=version />
            <Field
                name="name"
                label="Name"
                value=state.kept("name", &data.name)
                error=state.problem("name", FIELDS)
            />
            <DateField
                name="out"
                legend="Out of use from"
                hint="The first day on which nobody can use it, like 24 12 2026. Leave it empty while it is in use."
                value=state.date("out", &data.out_of_use_from)
                error=state.problem("out", FIELDS)
            />
            {question}
            <Button>{label}</Button>
        </form>
    }
    .into_any()
}

fn losing_words(all: u32) -> String {
    [&counted(all, "appointment uses", "appointments use"), " it from that day on"].concat()
}

/// The appointments that lose it, and what becomes of each.
fn question(appointments: Vec<String>, all: u32) -> AnyView {
    let more = all.saturating_sub(u32::try_from(appointments.len()).unwrap_or(u32::MAX));
    let more = (more > 0).then(|| view! { <li>"and " {more} " more"</li> });
    let appointments = appointments.into_iter().map(|appointment| view! { <li>{appointment}</li> }).collect_view();
    view! {
        <div id="losing" tabindex="-1">
            <Notice tone=Tone::Warning title=losing_words(all)>
                <ul>{appointments} {more}</ul>
                <p>"If you go on, no appointment is cancelled, and patients are not told: their time and place stay the same."</p>
            </Notice>
        </div>
        <input type="hidden" name="keep_appointments" value=all.to_string() />
    }
    .into_any()
}
