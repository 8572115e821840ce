//! Time off, and what becomes of the appointments in it.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::{
    app::{DoctorNav, Failure, Fields, FormPage, FormState, PageTitle, doctor_link, named_doctor, whose_query},
    booking::{
        absence_resolution::MAX_RESOLVED,
        actions::time_off::{AddTimeOff, RemoveTimeOff, ResolveTimeOff, time_off, time_off_appointments},
        model::time_off::{TimeOffAppointments, TimeOffItem, TimeOffList, TimeOffSpan},
        pages::{ResolutionFields, resolution_lines, resolution_problem},
    },
    ui::{Button, ButtonKind, ButtonLink, DateField, Empty, ErrorSummary, Field, Glyph, Icon, Notice, Tone},
};

const FIELDS: Fields = &[
    ("from", "the first day"),
    ("until", "the last day"),
    ("start", "the start"),
    ("end", "the end"),
    ("reason", "the private reason"),
];

/// `/doctor/time-off?date=2026-12-03&start=9:30&end=11:00`: coming time off, and the form for more. It begins with what the
/// address says.
#[component]
pub fn TimeOffPage() -> impl IntoView {
    let (added, removed) = (FormState::of("availability/add_time_off"), FormState::of("availability/remove_time_off"));
    let done = in_query("done");
    let list = Resource::new_blocking(move || (named_doctor(), done.clone()), |(doctor, done)| time_off(doctor, done));
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, &added, &removed),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn in_query(name: &str) -> String {
    use_query_map().with_untracked(|query| query.get(name)).unwrap_or_default()
}

fn show(list: TimeOffList, added: &FormState, removed: &FormState) -> AnyView {
    let mut lines = added.lines(FIELDS);
    lines.extend(removed.lines(&[]));
    let failed = !lines.is_empty();
    let title = if list.by_staff { ["Time off of ", &list.name].concat() } else { "Time off".to_owned() };
    let done = Some(list.done.clone()).filter(|done| !done.is_empty() && !failed).map(|done| {
        view! {
            <Notice tone=Tone::Success title="Done">
                <p>{done}</p>
            </Notice>
        }
    });
    let leave = (!list.by_staff).then(|| {
        view! {
            <p class="section">
                "Are you leaving the clinic for good? " <a href="/doctor/leave">"Ask to leave"</a> "."
            </p>
        }
    });
    view! {
        <PageTitle text=title.clone() failed />
        <ErrorSummary errors=lines />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">"Patients cannot book during time off. They never see why. All times are " {list.zone.clone()} "."</p>
        </div>
        {done}
        {coming(&list)}
        {form(&list, added)}
        {leave}
    }
    .into_any()
}

/// What is coming, each with a button that removes it.
fn coming(list: &TimeOffList) -> AnyView {
    if list.items.is_empty() {
        return view! {
            <Empty glyph=Glyph::Calendar title="No upcoming time off">
                <p>"Add days or hours below. You then choose what becomes of the appointments in them."</p>
            </Empty>
        }
        .into_any();
    }
    let items = list.items.iter().map(|item| one(list, item)).collect_view();
    view! {
        <h2>"Upcoming time off"</h2>
        <ul class="appt-list">{items}</ul>
    }
    .into_any()
}

fn one(list: &TimeOffList, item: &TimeOffItem) -> AnyView {
    let reason = if item.reason.is_empty() { "No private reason given".to_owned() } else { item.reason.clone() };
    let when = item.when.clone();
    let whose_calendar = if list.by_staff { list.doctor.as_str() } else { "" };
    let day = doctor_link(&["/doctor?date=", &item.first_date].concat(), whose_calendar);
    let which = when.clone();
    let see = view! {
        <ButtonLink href=day kind=ButtonKind::Quiet>
            "See the day" <span class="visually-hidden">" of the time off of " {which}</span>
        </ButtonLink>
    };
    view! {
        <li class="card row row-between">
            <p>
                <strong>{when.clone()}</strong>
                <br />
                <bdi class="muted small">{reason}</bdi>
            </p>
            <div class="btns">
                {see}
                <form method="post" action=RemoveTimeOff::PATH>
                    <FormPage />
                    {whose(&list.doctor, list.by_staff, list.version)}
                    <input type="hidden" name="id" value=item.id.to_string() />
                    <Button kind=ButtonKind::QuietDanger>
                        "Remove" <span class="visually-hidden">" the time off of " {when}</span>
                    </Button>
                </form>
            </div>
        </li>
    }
    .into_any()
}

/// The hidden fields of every form about one doctor's calendar.
fn whose(doctor: &str, by_staff: bool, version: i64) -> AnyView {
    let doctor = if by_staff { doctor.to_owned() } else { String::new() };
    view! {
        <input type="hidden" name="doctor" value=doctor />
        <input type="hidden" name="version" value=version.to_string() />
    }
    .into_any()
}

fn form(list: &TimeOffList, state: &FormState) -> AnyView {
    view! {
        <section class="section" aria-labelledby="add">
            <h2 id="add">"Add time off"</h2>
            <form method="post" action=AddTimeOff::PATH novalidate>
                <FormPage />
                {whose(&list.doctor, list.by_staff, list.version)} {dates(state)} {times(state)}
                {reason(state.typed("reason"), state.problem("reason", FIELDS))} <Button>"Save time off"</Button>
            </form>
        </section>
    }
    .into_any()
}

fn dates(state: &FormState) -> AnyView {
    view! {
        <DateField
            name="from"
            legend="First day"
            hint="For example, 6 1 2027."
            value=state.date("from", &in_query("date"))
            error=state.problem("from", FIELDS)
        />
        <DateField
            name="until"
            legend="Last day"
            hint="This day is off too. Leave it empty for one day."
            value=state.date("until", "")
            error=state.problem("until", FIELDS)
        />
    }
    .into_any()
}

fn times(state: &FormState) -> AnyView {
    view! {
        <Field
            name="start"
            label="From what time"
            hint="Leave both times empty for whole days. You can type 9, 9:30 or 1730."
            value=state.kept("start", &in_query("start"))
            error=state.problem("start", FIELDS)
            optional=true
        />
        <Field
            name="end"
            label="Until what time"
            value=state.kept("end", &in_query("end"))
            error=state.problem("end", FIELDS)
            optional=true
        />
    }
    .into_any()
}

fn reason(typed: String, error: Option<String>) -> AnyView {
    view! {
        <Field
            name="reason"
            label="Private reason"
            hint="Only the doctor and the clinic's staff see it."
            value=typed
            error=error
            optional=true
        />
    }
    .into_any()
}

/// `/doctor/time-off/appointments?from=&until=`: the appointments in it, and what becomes of each.
#[component]
pub fn TimeOffAppointmentsPage() -> impl IntoView {
    let state = FormState::of("availability/resolve_time_off");
    // the form of the page before: it brings the private reason along, which must not be in an address
    let before = FormState::of("availability/add_time_off");
    let span = TimeOffSpan {
        from: in_query("from"),
        until: in_query("until"),
        start: in_query("start"),
        end: in_query("end"),
    };
    let asked = span.clone();
    let appointments = Resource::new_blocking(
        move || (named_doctor(), asked.clone()),
        |(doctor, span)| time_off_appointments(doctor, span),
    );
    let page = move || {
        appointments.get().map(|appointments| match appointments {
            Ok(appointments) => ask(appointments, &span, &state, &before),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn ask(appointments: TimeOffAppointments, span: &TimeOffSpan, state: &FormState, before: &FormState) -> AnyView {
    let count = match appointments.list.all {
        1 => "1 appointment is booked then".to_owned(),
        all => [&all.to_string(), " appointments are booked then"].concat(),
    };
    let title = ["Time off: ", &appointments.when].concat();
    let back =
        ["/doctor/time-off", &whose_query(if appointments.by_staff { &appointments.doctor } else { "" })].concat();
    let whose_time = appointments.by_staff.then(|| view! { <p class="eyebrow">{appointments.name.clone()}</p> });
    let content = if appointments.list.all as usize > MAX_RESOLVED {
        too_many(back.clone()).into_any()
    } else {
        resolution_form(appointments, span, state, before)
    };
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to time off"
        </a>
        <ErrorSummary errors=resolution_lines(state) />
        <div class="page-head">
            {whose_time}
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">{count} ". Nothing is saved yet."</p>
        </div>
        {content}
    }
    .into_any()
}

fn too_many(back: String) -> impl IntoView {
    view! {
        <Notice tone=Tone::Warning>
            <p>"These are more appointments than one page can ask about. Please add shorter time off, a few weeks at a time."</p>
            <div class="btns">
                <ButtonLink href=back kind=ButtonKind::Secondary>
                    "Choose other days"
                </ButtonLink>
            </div>
        </Notice>
    }
}

fn resolution_form(
    appointments: TimeOffAppointments,
    span: &TimeOffSpan,
    state: &FormState,
    before: &FormState,
) -> AnyView {
    let typed = state.kept("reason", &before.typed("reason"));
    let hidden = [("from", &span.from), ("until", &span.until), ("start", &span.start), ("end", &span.end)];
    let hidden = hidden.map(|(name, value)| view! { <input type="hidden" name=name value=value.clone() /> }.into_any());
    let TimeOffAppointments { doctor, version, by_staff, list, .. } = appointments;
    let note = list.appointments.iter().any(|appointment| appointment.next.is_some()).then(|| {
        view! {
            <p class="muted">
                "The times to move to are shown as if all appointments were moved. If you move only some of them, they may get an earlier time than shown."
            </p>
        }
    });
    let fields = (!list.appointments.is_empty())
        .then(|| view! { <ResolutionFields list state=state.clone() comes_back=true /> }.into_any());
    view! {
        <form method="post" action=ResolveTimeOff::PATH novalidate>
            <FormPage />
            {whose(&doctor, by_staff, version)} {hidden.into_iter().collect_view()} {fields} {note}
            {reason(typed, resolution_problem(state, "reason"))}
            <p>"Patients see what became of their appointments under My appointments."</p>
            <Button kind=ButtonKind::Danger>"Save time off and change the appointments"</Button>
        </form>
    }
    .into_any()
}
