//! Another zone for a location where appointments are booked.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    locations::{ZONE_HINT, zone_field},
    parts::counted,
};
use crate::{
    admin::{
        actions::locations::{ChangeZone, location_zone},
        model::locations::{ZonePage, ZoneQuery},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, PageTitle, field_words},
    booking::zone_change::{ZoneKeep, ZoneLine, ZonePlan},
    error::AppError,
    ui::{Button, ButtonKind, Choice, Choices, Column, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Table, Tone},
};

const COLUMNS: [Column; 4] =
    [Column::text("Appointment"), Column::text("Doctor"), Column::text("Before"), Column::text("After")];

const FIELDS: Fields = &[("time_zone", "the time zone"), ("keep", "what stays")];

/// `/admin/locations/:id/zone?time_zone&keep`: asks for the zone and for what stays of the appointments, shows what
/// would become of each, and changes it.
#[component]
pub fn LocationZonePage() -> impl IntoView {
    let state = FormState::of("admin/change_zone");
    let id = use_params_map().with_untracked(|params| params.get("id")).unwrap_or_default();
    let query = use_query_map().with_untracked(|query| ZoneQuery {
        id,
        time_zone: query.get("time_zone").unwrap_or_default(),
        keep: query.get("keep").unwrap_or_default(),
    });
    let data = Resource::new_blocking(move || query.clone(), location_zone);
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(&data, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(page: &ZonePage, state: &FormState) -> AnyView {
    let title = ["Time zone of ", &page.name].concat();
    let zone_problem = page.problem.map(|code| field_words(code, "the time zone"));
    let mut lines = problems(state);
    lines.extend(zone_problem.clone().map(|text| ErrorLine { field: "time_zone".to_owned(), text }));
    let plan = page.plan.as_ref().map(|plan| plan_view(page, plan));
    let zone = zone_field(ZONE_HINT, page.wanted.clone(), zone_problem, &page.zones);
    let choices = vec![
        Choice {
            detail:
                "The clocks were named wrongly: patients come when they were going to come, and the shown time changes."
                    .to_owned(),
            ..Choice::new(ZoneKeep::Moments.into_str(), "Keep the moments")
        },
        Choice {
            detail: "The shown times were right: they stay, and are read off the clocks of the new zone.".to_owned(),
            ..Choice::new(ZoneKeep::ClockTimes.into_str(), "Keep the clock times")
        },
    ];
    view! {
        <PageTitle text=title.clone() failed=!lines.is_empty() />
        <AdminNav />
        <a class="back-link" href=["/admin/locations/", &page.id.to_string()].concat()>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the location"
        </a>
        <ErrorSummary errors=lines />
        <h1 tabindex="-1">{title}</h1>
        <p>"The zone is now " <strong>{page.time_zone.clone()}</strong> ". Nothing is changed before you confirm it below."</p>
        <form method="get">
            {zone}
            <Choices
                name="keep"
                legend="What stays of the appointments that are booked here?"
                choices
                chosen=page.keep.map_or("", |keep| keep.into_str())
            />
            <Button kind=ButtonKind::Secondary>"Show what would happen"</Button>
        </form>
        {plan}
    }
    .into_any()
}

fn problems(state: &FormState) -> Vec<ErrorLine> {
    let says = |text: &str| vec![ErrorLine { field: String::new(), text: text.to_owned() }];
    match state.error() {
        Some(AppError::Conflict) => says(
            "Nothing was changed: the location or its appointments changed since you opened the page. This is how it would be now.",
        ),
        Some(AppError::AppointmentsAhead { .. }) => {
            says("Nothing was changed: some appointments cannot keep their clock time. They are listed below.")
        }
        _ => state.lines(FIELDS),
    }
}

fn plan_view(page: &ZonePage, plan: &ZonePlan) -> AnyView {
    let all = counted(plan.count, "appointment", "appointments");
    let end = if plan.stuck > 0 { stuck_view(plan) } else { confirm_form(page, plan, &all) };
    let told = match plan.changed {
        0 => "Nothing changes for any patient.".to_owned(),
        changed => [
            &counted(changed, "of them gets", "of them get"),
            " another clock time or another moment. The patients are told by mail.",
        ]
        .concat(),
    };
    view! {
        <section class="section" aria-labelledby="plan">
            <h2 id="plan">{["What would happen to ", &all].concat()}</h2>
            <p>{told}</p>
            {lines_view(plan)}
            {end}
        </section>
    }
    .into_any()
}

fn stuck_view(plan: &ZonePlan) -> AnyView {
    let title =
        counted(plan.stuck, "appointment cannot keep its clock time", "appointments cannot keep their clock time");
    view! {
        <Notice tone=Tone::Warning title>
            <p>"Move or cancel them first, or keep the moments. Nothing is changed until then."</p>
        </Notice>
    }
    .into_any()
}

fn confirm_form(page: &ZonePage, plan: &ZonePlan, all: &str) -> AnyView {
    let button = match plan.count {
        0 => "Change the zone".to_owned(),
        _ => ["Change the zone and ", all].concat(),
    };
    view! {
        <form method="post" action=ChangeZone::PATH>
            <FormPage />
            <input type="hidden" name="id" value=page.id.to_string() />
            <input type="hidden" name="time_zone" value=page.wanted.clone() />
            <input type="hidden" name="keep" value=page.keep.map_or("", |keep| keep.into_str()) />
            <input type="hidden" name="count" value=plan.count.to_string() />
            <input type="hidden" name="seen" value=page.seen.clone() />
            <div class="btns">
                <Button>{button}</Button>
            </div>
        </form>
    }
    .into_any()
}

/// The first appointments, before and after; of several, those that are stuck.
fn lines_view(plan: &ZonePlan) -> AnyView {
    if plan.lines.is_empty() {
        return ().into_any();
    }
    let of = if plan.stuck > 0 { plan.stuck } else { plan.count };
    let named = u32::try_from(plan.lines.len()).unwrap_or(of);
    let more = (of > named).then(|| view! { <p>"And " {of - named} " more."</p> });
    let rows = plan.lines.iter().cloned().map(row).collect();
    view! {
        <Table label="plan" columns=&COLUMNS rows />
        {more}
    }
    .into_any()
}

fn row(line: ZoneLine) -> Vec<AnyView> {
    let obstacle = line.obstacle.map(|obstacle| {
        view! {
            <br />
            <strong>{obstacle.label()}</strong>
        }
    });
    let appointment = view! { <a href=["/appointments/", &line.id.to_string()].concat()>{line.reference}</a> };
    let after = view! { {line.after} {obstacle} };
    vec![appointment.into_any(), line.doctor.into_any(), line.before.into_any(), after.into_any()]
}
