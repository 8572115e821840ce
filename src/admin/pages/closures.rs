//! Days on which a whole location is closed.

use leptos::{prelude::*, server_fn::ServerFn};

use super::parts::{Done, counted};
use crate::{
    admin::{
        actions::locations::{AddClosure, RemoveClosure, closures},
        model::locations::{BookedDay, ClosureRow, ClosuresData},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, PageTitle},
    error::AppError,
    ui::{Button, ButtonKind, Choice, DateField, ErrorLine, ErrorSummary, Field, Notice, Select, Tone},
};

const FIELDS: Fields =
    &[("location", "a location"), ("first", "the first day"), ("last", "the last day"), ("reason", "a reason")];

/// `/admin/closures`
#[component]
pub fn ClosuresPage() -> impl IntoView {
    let states = ["admin/add_closure", "admin/remove_closure"].map(FormState::of);
    let data = Resource::new_blocking(|| (), |()| closures());
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, &states[0], &states[1]),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: ClosuresData, state: &FormState, removing: &FormState) -> AnyView {
    let ClosuresData { locations, coming, past } = data;
    let failed = state.failed() || removing.failed();
    let mut lines = match state.error() {
        Some(AppError::AppointmentsOutside { all, .. }) => {
            vec![ErrorLine { field: "booked".to_owned(), text: booked_words(*all) + ". Nothing was saved yet" }]
        }
        _ => state.lines(FIELDS),
    };
    lines.extend(removing.lines(&[]));
    let coming = if coming.is_empty() {
        view! { <p>"No closures ahead. Add the next holiday below."</p> }.into_any()
    } else {
        let rows = coming.into_iter().map(coming_row).collect_view();
        view! { <ul class="stack plain-list">{rows}</ul> }.into_any()
    };
    let past = (!past.is_empty()).then(|| {
        let rows = past.into_iter().map(|row| view! { <li>{row.days} ", " {row.location} ": " {row.reason}</li> });
        view! {
            <section class="section">
                <h2>"Earlier closures"</h2>
                <ul>{rows.collect_view()}</ul>
            </section>
        }
    });
    let form = if locations.is_empty() {
        view! { <p>"There is no location yet. " <a href="/admin/locations/new">"Add a location"</a> " first."</p> }
            .into_any()
    } else {
        let locations = locations.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)).collect();
        form(locations, state)
    };
    view! {
        <PageTitle text="Closures" failed />
        <AdminNav />
        <ErrorSummary errors=lines />
        <Done failed />
        <div class="page-head">
            <h1 tabindex="-1">"Closures"</h1>
            <p class="lead">"Days on which a location is closed. Patients cannot book them."</p>
        </div>
        {coming}
        <section class="section">
            <h2>"Add a closure"</h2>
            {form}
        </section>
        {past}
    }
    .into_any()
}

fn coming_row(row: ClosureRow) -> AnyView {
    let booked = (!row.booked.is_empty()).then(|| booked(row.booked));
    view! {
        <li class="card">
            <h2>{row.days.clone()}</h2>
            <p>{row.location.clone()} ": " {row.reason}</p>
            {booked}
            <form method="post" action=RemoveClosure::PATH>
                <FormPage />
                <input type="hidden" name="id" value=row.id.to_string() />
                <Button kind=ButtonKind::QuietDanger>
                    "Remove"
                    <span class="visually-hidden">" the closure of " {row.location} ", " {row.days}</span>
                </Button>
            </form>
        </li>
    }
    .into_any()
}

/// The appointments that a closure left as they are.
fn booked(days: Vec<BookedDay>) -> AnyView {
    let days = days.into_iter().map(|day| {
        let href = ["/doctor?doctor=", &day.doctor_slug, "&date=", &day.date].concat();
        view! {
            <li>
                <a href=href>{day.doctor} ", " {day.day}</a>
                ": "
                {counted(day.appointments, "appointment", "appointments")}
            </li>
        }
    });
    view! {
        <p>"These appointments stay booked. Open the doctor's day to move or cancel them."</p>
        <ul>{days.collect_view()}</ul>
    }
    .into_any()
}

fn form(locations: Vec<Choice>, state: &FormState) -> AnyView {
    let (question, label) = match state.error() {
        Some(AppError::AppointmentsOutside { appointments, all }) => {
            (Some(question(appointments.clone(), *all)), "Close these days and keep the appointments")
        }
        _ => (None, "Add closure"),
    };
    view! {
        <form method="post" action=AddClosure::PATH novalidate>
            <FormPage />
            <Select
                name="location"
                label="Location"
                choices=locations
                chosen=state.typed("location")
                error=state.problem("location", FIELDS)
            />
            <DateField
                name="first"
                legend="First day"
                hint="For example, 24 12 2026."
                value=state.date("first", "")
                error=state.problem("first", FIELDS)
            />
            <DateField
                name="last"
                legend="Last day"
                hint="Leave it empty when it is one day only."
                value=state.date("last", "")
                error=state.problem("last", FIELDS)
            />
            <Field
                name="reason"
                label="Reason"
                hint="For the clinic's staff, like Public holiday."
                value=state.typed("reason")
                error=state.problem("reason", FIELDS)
            />
            {question}
            <Button>{label}</Button>
        </form>
    }
    .into_any()
}

fn booked_words(all: u32) -> String {
    [&counted(all, "appointment is", "appointments are"), " booked on these days"].concat()
}

/// The appointments that are booked on those days, and the promise to leave them.
fn question(appointments: Vec<String>, all: u32) -> AnyView {
    let more = all.saturating_sub(u32::try_from(appointments.len()).unwrap_or(u32::MAX));
    let more = (more > 0).then(|| view! { <li>"and " {more} " more"</li> });
    let appointments = appointments.into_iter().map(|appointment| view! { <li>{appointment}</li> }).collect_view();
    view! {
        <div id="booked" tabindex="-1">
            <Notice tone=Tone::Warning title=booked_words(all)>
                <ul>{appointments} {more}</ul>
                <p>
                    "If you go on, they stay booked, and the patients are not told. You can then move or cancel them in the doctor's day."
                </p>
            </Notice>
        </div>
        <input type="hidden" name="keep_appointments" value=all.to_string() />
    }
    .into_any()
}
