//! The part of a form that resolves booked appointments during the doctor's absence.

use leptos::prelude::*;

use crate::{
    app::{Fields, FormState, error_words},
    booking::absence_resolution::{
        AppointmentToResolve, Colleague, ResolutionForm, ResolutionList, appointment_key, code,
    },
    error::AppError,
    ui::{Choice, Choices, ErrorLine, Select},
};

/// The fields besides those of single appointments.
const FIELDS: Fields = &[
    ("all", "a choice for all appointments, or one for each appointment"),
    ("all_to", "the colleague"),
    ("reason", "the private reason"),
];

/// What was chosen in a form that failed, as far as it was kept.
fn kept_choices(state: &FormState) -> ResolutionForm {
    let mut form = ResolutionForm::default();
    for (name, value) in state.values() {
        let appointment = |prefix: &str| Some(name.strip_prefix(prefix)?.strip_suffix(']')?.to_owned());
        if name == "all" {
            form.all.clone_from(value);
        } else if name == "all_to" {
            form.all_to.clone_from(value);
        } else if let Some(appointment) = appointment("v[") {
            form.v.insert(appointment, value.clone());
        } else if let Some(appointment) = appointment("h[") {
            form.h.insert(appointment, value.clone());
        }
    }
    form
}

/// The lines of the error summary for a form with these fields.
#[must_use]
pub fn resolution_lines(state: &FormState) -> Vec<ErrorLine> {
    match state.error() {
        Some(error @ AppError::NotResolved { appointment, .. }) => {
            vec![ErrorLine { field: appointment_field(&appointment_key(*appointment)), text: error_words(error) }]
        }
        _ => state.lines(FIELDS),
    }
}

/// What is wrong with one of the fields besides those of single appointments.
#[must_use]
pub fn resolution_problem(state: &FormState, field: &str) -> Option<String> {
    state.problem(field, FIELDS)
}

fn appointment_field(id: &str) -> String {
    ["v-", id].concat()
}

/// A choice for all appointments, and one for each. `comes_back` is whether the doctor works again after the absence:
/// without that, no appointment can be moved, and what is not resolved now is resolved later.
#[component]
pub fn ResolutionFields(list: ResolutionList, state: FormState, comes_back: bool) -> impl IntoView {
    let kept = kept_choices(&state);
    let total = list.appointments.len();
    let colleagues: Vec<Choice> = list.colleagues.iter().map(|colleague| choice_of(colleague, total)).collect();
    let to = (!colleagues.is_empty()).then(|| {
        view! {
            <Select
                name="all_to"
                label="The colleague, if the appointments are given away"
                choices=colleagues
                chosen=kept.all_to.clone()
                error=resolution_problem(&state, "all_to")
            />
        }
        .into_any()
    });
    let bad = match state.error() {
        Some(error @ AppError::NotResolved { appointment, .. }) => Some((*appointment, error_words(error))),
        _ => None,
    };
    let appointments = list
        .appointments
        .into_iter()
        .map(|appointment| {
            let wrong = bad.as_ref().filter(|(id, _)| *id == appointment.id).map(|(_, words)| words.clone());
            one(appointment, &list.colleagues, &kept, wrong, comes_back)
        })
        .collect_view();
    view! {
        <Choices
            name="all"
            legend="For all appointments"
            hint="It counts for every appointment below that is left at “As above”."
            choices=choices_for_all(to.is_some(), comes_back)
            chosen=kept.all.clone()
            error=resolution_problem(&state, "all")
        />
        {to}
        <h2>"One by one"</h2>
        <ol class="appt-list">{appointments}</ol>
    }
    .into_any()
}

fn choices_for_all(colleagues: bool, comes_back: bool) -> Vec<Choice> {
    let choice = |value: &str, label: &str, detail: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        detail: detail.to_owned(),
    };
    let mut choices = vec![choice(code::CANCEL, "Cancel", "The patients see that the doctor is away.")];
    if comes_back {
        choices.push(choice(code::KEEP, "Keep", "They take place all the same. Nothing new can be booked."));
        choices.push(choice(code::MOVE, "Move to the next free time", "After the time off, one after the other."));
    } else {
        choices.push(choice(code::KEEP, "Decide later", "They stay as they are for now."));
    }
    if colleagues {
        choices.push(choice(code::HAND, "Give to a colleague", "At the same time."));
    }
    choices
}

fn choice_of(colleague: &Colleague, total: usize) -> Choice {
    let free = [" (free for ", &colleague.free.to_string(), " of ", &total.to_string(), ")"].concat();
    Choice::new(colleague.id.to_string(), [&colleague.name, free.as_str()].concat())
}

/// One appointment with its choices.
fn one(
    appointment: AppointmentToResolve,
    colleagues: &[Colleague],
    kept: &ResolutionForm,
    wrong: Option<String>,
    comes_back: bool,
) -> AnyView {
    let id = appointment_key(appointment.id);
    let chosen = kept.v.get(&id).and_then(|value| value.split_once('.')).map_or(code::AS_ALL, |(_, code)| code);
    let name = ["v[", &id, "]"].concat();
    let radio = |code: &str, words: String| {
        let value = [&appointment.version.to_string(), ".", code].concat();
        view! {
            <label class="check">
                <input type="radio" name=name.clone() value=value checked=chosen == code />
                <span>{words}</span>
            </label>
        }
        .into_any()
    };
    let moved = appointment.next.as_ref().map(|next| radio(code::MOVE, ["Move to ", next].concat()));
    let free: Vec<&Colleague> = appointment.free.iter().filter_map(|place| colleagues.get(*place)).collect();
    let given = (!free.is_empty()).then(|| {
        let to = kept.h.get(&id).map_or("", String::as_str);
        let options = free
            .iter()
            .map(|colleague| {
                let value = colleague.id.to_string();
                let selected = value == to;
                view! { <option value=value selected=selected>{colleague.name.clone()}</option> }
            })
            .collect_view();
        let label = ["Colleague for ", &appointment.when, ", ", &appointment.patient].concat();
        view! {
            {radio(code::HAND, "Give to".to_owned())}
            <div>
                <select class="input select" name=["h[", &id, "]"].concat() aria-label=label>
                    {options}
                </select>
            </div>
        }
    });
    let keep = if comes_back { "Keep" } else { "Decide later" };
    view! {
        <li class="card">
            <fieldset class:field-error=wrong.is_some() id=appointment_field(&id) tabindex="-1">
                <legend>{appointment.when.clone()} ", " <bdi>{appointment.patient.clone()}</bdi></legend>
                <p class="muted small">{appointment.appointment.clone()} ". " {appointment.status.clone()} "."</p>
                {wrong.clone().map(|words| view! { <p class="error-text">{words}</p> })}
                <div class="row">
                    {radio(code::AS_ALL, "As above".to_owned())} {radio(code::CANCEL, "Cancel".to_owned())}
                    {radio(code::KEEP, keep.to_owned())} {moved} {given}
                </div>
            </fieldset>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{error::FieldCode, flash::Flash};

    fn failed(error: AppError, values: Vec<(String, String)>) -> FormState {
        Flash { action: "x".into(), error, values }.into()
    }

    #[test]
    fn the_choices_of_a_failed_form_are_found_again() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let values =
            vec![pair("all", "h"), pair("all_to", "x"), pair("v[a]", "2.c"), pair("h[b]", "y"), pair("v", "3.c")];
        let form = kept_choices(&failed(AppError::Conflict, values));
        assert_eq!((form.all.as_str(), form.all_to.as_str()), ("h", "x"));
        assert_eq!((form.v.len(), form.v["a"].as_str(), form.h["b"].as_str()), (1, "2.c", "y"));
        assert_eq!(kept_choices(&FormState::default()), ResolutionForm::default());
    }

    #[test]
    fn a_missing_choice_leads_to_the_choices_for_all() {
        let lines = resolution_lines(&failed(AppError::field("all", FieldCode::Missing), Vec::new()));
        assert_eq!(lines[0].field, "all");
        assert_eq!(resolution_lines(&failed(AppError::Conflict, Vec::new()))[0].field, "");
    }
}
