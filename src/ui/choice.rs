//! Choosing: a select, one checkbox, radio buttons.

use leptos::prelude::*;

use super::field::{described, error_text, frame, hint_text, invalid};

/// One answer that can be chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// What the form sends.
    pub value: String,
    pub label: String,
    /// A second, quieter line; empty for none. A [`Select`] has no room for it.
    pub detail: String,
}

impl Choice {
    /// A choice without a second line.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Choice { value: value.into(), label: label.into(), detail: String::new() }
    }
}

/// A drop-down list.
#[component]
pub fn Select(
    /// Name of the field in the form, and the control's id.
    name: &'static str,
    #[prop(into)] label: String,
    choices: Vec<Choice>,
    /// The value chosen at first; the first choice when none has it.
    #[prop(optional, into)]
    chosen: String,
    #[prop(optional, into)] hint: String,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
) -> impl IntoView {
    let error = error.as_deref();
    let ids = described(name, !hint.is_empty(), error);
    let options = choices
        .into_iter()
        .map(|choice| {
            let selected = choice.value == chosen;
            view! { <option value=choice.value selected=selected>{choice.label}</option> }
        })
        .collect_view();
    let control = view! {
        <select
            class="input select"
            id=name
            name=name
            aria-invalid=invalid(error)
            aria-describedby=ids
        >
            {options}
        </select>
    };
    frame(name, label, hint, error, false, "field", control.into_any())
}

/// One checkbox with its words. It sends `value` when ticked, and nothing when not.
#[component]
pub fn Checkbox(
    /// Name of the field in the form, and the control's id.
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(default = "true")] value: &'static str,
    #[prop(optional)] checked: bool,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    view! {
        <label class="check">
            <input type="checkbox" id=name name=name value=value checked=checked />
            <span>
                {label} {(!hint.is_empty()).then(|| view! { <span class="hint">{hint}</span> })}
            </span>
        </label>
    }
}

/// Radio buttons as cards. The first one has the group's name as its id, so that an error can link to it.
#[component]
pub fn Choices(
    /// Name of the field in the form.
    name: &'static str,
    /// The question.
    #[prop(into)]
    legend: String,
    choices: Vec<Choice>,
    /// The value chosen at first; none when none has it.
    #[prop(optional, into)]
    chosen: String,
    #[prop(optional, into)] hint: String,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
) -> impl IntoView {
    let error = error.as_deref();
    let ids = described(name, !hint.is_empty(), error);
    let cards = choices
        .into_iter()
        .enumerate()
        .map(|(index, choice)| {
            let checked = choice.value == chosen;
            let detail =
                (!choice.detail.is_empty()).then(|| view! { <span class="choice-meta">{choice.detail}</span> });
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        id=(index == 0).then_some(name)
                        name=name
                        value=choice.value
                        checked=checked
                    />
                    <span>
                        <span class="choice-title">{choice.label}</span>
                        {detail}
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <fieldset
            class="group"
            class:field-error=error.is_some()
            aria-describedby=ids
        >
            <legend>{legend}</legend>
            {hint_text(name, hint)}
            {error_text(name, error)}
            <div class="choices">{cards}</div>
        </fieldset>
    }
}
