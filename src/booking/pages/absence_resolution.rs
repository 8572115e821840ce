//! The part of a form that resolves booked appointments during the doctor's absence.

use leptos::prelude::*;

use crate::{
    app::{error_words, field_words},
    booking::absence_resolution::{
        AppointmentToResolve, Colleague, ResolutionForm, ResolutionList, appointment_key, code,
    },
    error::AppError,
    flash::Flash,
    ui::{Choice, Choices, ErrorLine, Select},
};

const FOR_ALL: &str = "a choice for all appointments, or one for each appointment";
const COLLEAGUE: &str = "the colleague";

/// What was chosen in a form that failed, as far as it was kept.
#[must_use]
pub fn kept_choices(failed: Option<&Flash>) -> ResolutionForm {
    let mut form = ResolutionForm::default();
    for (name, value) in failed.iter().flat_map(|flash| &flash.values) {
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
pub fn resolution_lines(error: &AppError) -> Vec<ErrorLine> {
    let line = |field: &str, text: String| vec![ErrorLine { field: field.to_owned(), text }];
    if let AppError::NotResolved { appointment, .. } = error {
        return line(&appointment_field(&appointment_key(*appointment)), error_words(error));
    }
    if let Some(code) = error.code_for("all") {
        return line("all", field_words(code, FOR_ALL));
    }
    if let Some(code) = error.code_for("all_to") {
        return line("all_to", field_words(code, COLLEAGUE));
    }
    if let Some(code) = error.code_for("reason") {
        return line("reason", field_words(code, "the private reason"));
    }
    line("", error_words(error))
}

fn appointment_field(id: &str) -> String {
    ["v-", id].concat()
}

/// A choice for all appointments, and one for each. `comes_back` is whether the doctor works again after the absence:
/// without that, no appointment can be moved, and what is not resolved now is resolved later.
#[component]
pub fn ResolutionFields(
    list: ResolutionList,
    kept: ResolutionForm,
    error: Option<AppError>,
    comes_back: bool,
) -> impl IntoView {
    let problem = |field: &str, what| error.as_ref()?.code_for(field).map(|code| field_words(code, what));
    let total = list.appointments.len();
    let colleagues: Vec<Choice> = list.colleagues.iter().map(|colleague| choice_of(colleague, total)).collect();
    let to = (!colleagues.is_empty()).then(|| {
        view! {
            <Select
                name="all_to"
                label="The colleague, if the appointments are given away"
                choices=colleagues
                chosen=kept.all_to.clone()
                error=problem("all_to", COLLEAGUE)
            />
        }
        .into_any()
    });
    let bad = match &error {
        Some(AppError::NotResolved { appointment, .. }) => {
            Some((*appointment, error.as_ref().map(error_words).unwrap_or_default()))
        }
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
            error=problem("all", FOR_ALL)
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
    use crate::error::FieldCode;

    #[test]
    fn the_choices_of_a_failed_form_are_found_again() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let flash = Flash {
            action: "x".into(),
            error: AppError::Conflict,
            values: vec![
                pair("all", "h"),
                pair("all_to", "x"),
                pair("v[a]", "2.c"),
                pair("h[b]", "y"),
                pair("v", "3.c"),
            ],
        };
        let form = kept_choices(Some(&flash));
        assert_eq!((form.all.as_str(), form.all_to.as_str()), ("h", "x"));
        assert_eq!((form.v.len(), form.v["a"].as_str(), form.h["b"].as_str()), (1, "2.c", "y"));
        assert_eq!(kept_choices(None), ResolutionForm::default());
    }

    #[test]
    fn a_missing_choice_leads_to_the_choices_for_all() {
        let lines = resolution_lines(&AppError::field("all", FieldCode::Missing));
        assert_eq!(lines[0].field, "all");
        assert_eq!(resolution_lines(&AppError::Conflict)[0].field, "");
    }
}
