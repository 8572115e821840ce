//! Controls of the editor's forms: their names have brackets (`windows[0][from]`), their ids do not.

use leptos::prelude::*;

use crate::{
    app::{FormState, error_words, field_words},
    error::{AppError, FieldCode},
    ui::{Choice, ErrorLine},
};

/// The id of the control with this name: `windows-0-from` for `windows[0][from]`.
pub(super) fn id_of(name: &str) -> String {
    name.replace('[', "-").replace(']', "")
}

/// The lines of the error summary for a form with such controls. `what` names a control as in "the end".
pub(super) fn lines(state: &FormState, what: impl Fn(&str, FieldCode) -> String) -> Vec<ErrorLine> {
    match state.error() {
        None => Vec::new(),
        Some(AppError::Invalid { fields }) => fields
            .iter()
            .map(|error| ErrorLine {
                field: id_of(&error.field),
                text: field_words(error.code, &what(&error.field, error.code)),
            })
            .collect(),
        Some(other) => vec![ErrorLine { field: String::new(), text: error_words(other) }],
    }
}

/// A control with its label. `context` is read out before the label and not shown: it tells rows apart.
pub(super) struct Cell {
    pub name: String,
    pub context: String,
    pub label: &'static str,
    pub problem: Option<String>,
}

impl Cell {
    /// A one-line field.
    pub fn text(self, value: String) -> AnyView {
        let id = id_of(&self.name);
        let (invalid, described) = self.flags(&id);
        let name = self.name.clone();
        let control = view! {
            <input
                class="input"
                id=id.clone()
                name=name
                type="text"
                value=value
                autocomplete="off"
                aria-invalid=invalid
                aria-describedby=described
            />
        };
        self.frame(&id, control.into_any())
    }

    /// A list to choose from.
    pub fn select(self, choices: Vec<Choice>, chosen: &str) -> AnyView {
        let id = id_of(&self.name);
        let (invalid, described) = self.flags(&id);
        let name = self.name.clone();
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
                id=id.clone()
                name=name
                aria-invalid=invalid
                aria-describedby=described
            >
                {options}
            </select>
        };
        self.frame(&id, control.into_any())
    }

    fn flags(&self, id: &str) -> (Option<&'static str>, Option<String>) {
        let wrong = self.problem.is_some();
        (wrong.then_some("true"), wrong.then(|| [id, "-error"].concat()))
    }

    fn frame(self, id: &str, control: AnyView) -> AnyView {
        let error = self.problem.map(|text| {
            view! {
                <p class="error-text" id=[id, "-error"].concat()>
                    <span class="visually-hidden">"Error: "</span>
                    {text}
                </p>
            }
        });
        let context = (!self.context.is_empty())
            .then(|| view! { <span class="visually-hidden">{[&self.context, ", "].concat()}</span> });
        view! {
            <div class="cell">
                <label class="label" for=id.to_owned()>
                    {context}
                    {self.label}
                </label>
                {error}
                {control}
            </div>
        }
        .into_any()
    }
}

/// The name of the box that copies to this weekday: numbered from 0.
pub(super) fn copy_name(weekday: u8) -> String {
    ["copy[", &(weekday.saturating_sub(1)).to_string(), "]"].concat()
}

/// The hidden fields that every form of the editor sends.
pub(super) fn hidden(doctor: &str, version: i64) -> AnyView {
    view! {
        <input type="hidden" name="doctor" value=doctor.to_owned() />
        <input type="hidden" name="version" value=version.to_string() />
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_no_brackets() {
        assert_eq!(id_of("windows[0][from]"), "windows-0-from");
    }
}
