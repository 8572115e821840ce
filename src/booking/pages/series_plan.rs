//! The plan of a series as a form: what to take for each time, and the button that books.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

use super::{
    messages::line,
    questions_together::{questions_of, typed_again},
};
use crate::{
    app::{Fields, FormPage, FormState, sign_in_address},
    booking::{
        actions::series::{BookDeskSeries, BookSeries},
        series::{LEFT_OUT, Pick, PlanRow, SeriesPage as Plan, plan_key},
    },
    error::FieldCode,
    ui::{ButtonLink, ErrorLine, Field, Notice, TextArea, Tone},
};

/// The fields of the form that books, besides the times.
pub(super) const FIELDS: Fields = &[("reason", "the reason"), ("phone", "the phone number")];

/// What is wrong with a time for which nothing was chosen.
pub(super) fn missing(place: usize, row: &PlanRow, state: &FormState) -> Option<ErrorLine> {
    let code = state.code_for(&pick_name(place))?;
    let words = match code {
        FieldCode::OutOfRange(_, most) => {
            ["You can book at most ", &most.to_string(), " of these at once. Leave some out."].concat()
        }
        _ => ["Choose a time instead of ", &row.when, ", or leave it out"].concat(),
    };
    Some(line(&row_id(place), words))
}

fn pick_name(place: usize) -> String {
    ["p[", &plan_key(place), "]"].concat()
}

pub(super) fn row_id(place: usize) -> String {
    ["p-", &plan_key(place)].concat()
}

/// The times, with what to choose for each, and the button that books.
pub(super) fn plan_form(plan: &Plan, hidden: impl IntoView + 'static, state: &FormState) -> AnyView {
    let open = plan.rows.iter().filter(|row| row.pick == Pick::Open).count();
    let all = plan.rows.len();
    let words = match open {
        0 => [&all.to_string(), " times. Nothing is booked yet."].concat(),
        open => [&all.to_string(), " times, ", &open.to_string(), " to decide. Nothing is booked yet."].concat(),
    };
    let rows = plan.rows.iter().enumerate().map(|(place, row)| plan_row(place, row, state)).collect_view();
    let approval = plan.needs_approval.then(|| {
        view! { <p>"The doctor looks at your requests first. The times are yours as soon as they are accepted."</p> }
    });
    let action = if plan.at_desk { BookDeskSeries::PATH } else { BookSeries::PATH };
    let ends = if plan.patient.is_some() {
        view! {
            {details(plan, state)}
            {approval}
            <p class="hint">"All of them are booked together, or none of them."</p>
            <button class="btn btn-large" type="submit">
                {if plan.needs_approval { "Send requests" } else { "Book these appointments" }}
            </button>
        }
        .into_any()
    } else {
        let here = use_location();
        let href = sign_in_address(&here.pathname.get_untracked(), &here.search.get_untracked());
        view! {
            <Notice tone=Tone::Info title="Sign in to book">
                <p>"The times stay in this plan. They are not held for you meanwhile."</p>
                <ButtonLink href>"Sign in"</ButtonLink>
            </Notice>
        }
        .into_any()
    };
    view! {
        <section class="section" aria-labelledby="plan">
            <h2 id="plan">"Your plan"</h2>
            <p>{words}</p>
            <form method="post" action=action novalidate>
                <FormPage />
                {hidden}
                <input type="hidden" name="key" value=plan.key.to_string() />
                <ol class="appt-list">{rows}</ol>
                {ends}
            </form>
        </section>
    }
    .into_any()
}

/// What the doctor should know, and the number.
fn details(plan: &Plan, state: &FormState) -> AnyView {
    let reason = typed_again("reason", state, &plan.reason);
    let phone = (!plan.at_desk).then(|| {
        view! {
            <Field
                name="phone"
                label="Phone number"
                kind="tel"
                autocomplete="tel"
                optional=true
                value=state.kept("phone", &plan.patient_phone)
                error=state.problem("phone", FIELDS)
            />
        }
    });
    let hint = if plan.at_desk {
        "The doctor and the patient can read it afterwards, and staff only if the doctor lets them."
    } else {
        "What the doctor should know, for all of them."
    };
    view! {
        <TextArea
            name="reason"
            label="Reason for the appointments"
            hint
            rows="2"
            optional=true
            value=reason
            error=state.problem("reason", FIELDS)
        />
        {phone}
        {questions_of("one", &plan.doctor_name, &plan.asked, state)}
    }
    .into_any()
}

/// One time of the plan.
fn plan_row(place: usize, row: &PlanRow, state: &FormState) -> AnyView {
    let name = pick_name(place);
    let radio = |value: String, words: String, checked: bool| {
        view! {
            <label class="check">
                <input type="radio" name=name.clone() value=value checked=checked />
                <span>{words}</span>
            </label>
        }
    };
    let options = row.options.iter().map(|option| {
        let free = if option.start == row.wanted { ", free" } else { "" };
        radio(option.start.0.to_string(), [&option.words, free].concat(), row.pick == Pick::At(option.start))
    });
    let options = options.collect_view();
    let out = radio(LEFT_OUT.to_owned(), "Leave it out".to_owned(), row.pick == Pick::Out);
    let conflict = (!row.conflict.is_empty()).then(|| {
        view! {
            <p>
                <strong>"Not free. "</strong>
                {row.conflict.clone()}
            </p>
        }
    });
    let none = (row.options.is_empty()).then(|| view! { <p class="muted">"There is no other free time near it."</p> });
    let wrong = missing(place, row, state);
    view! {
        <li class="card">
            <fieldset class:field-error=wrong.is_some() id=row_id(place) tabindex="-1">
                <legend>{row.when.clone()}</legend>
                {conflict}
                {wrong.clone().map(|line| view! { <p class="error-text">{line.text}</p> })}
                <input
                    type="hidden"
                    name=["w[", &plan_key(place), "]"].concat()
                    value=row.wanted.0.to_string()
                />
                <div class="row">{options} {out}</div>
                {none}
            </fieldset>
        </li>
    }
    .into_any()
}
