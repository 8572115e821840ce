//! Controls of the editor's forms: their names have brackets (`windows[0][from]`), their ids do not. And what a form
//! that failed says.

use leptos::prelude::*;

use crate::{
    app::{error_words, field_words},
    availability::model::hours::{MAX_WINDOWS, WindowInput, ordinal},
    error::{AppError, FieldCode},
    flash::Flash,
    ui::{Choice, ErrorLine},
};

/// The id of the control with this name: `windows-0-from` for `windows[0][from]`.
pub(super) fn id_of(name: &str) -> String {
    name.replace('[', "-").replace(']', "")
}

/// One attempt to send a form, if it failed.
#[derive(Clone, Default)]
pub(super) struct Attempt(Option<Flash>);

impl Attempt {
    /// The last attempt at this endpoint.
    pub fn at(endpoint: &str) -> Self {
        Attempt(Flash::for_action(endpoint))
    }

    pub fn failed(&self) -> bool {
        self.0.is_some()
    }

    pub fn is_stale(&self) -> bool {
        self.error() == Some(&AppError::Conflict)
    }

    fn error(&self) -> Option<&AppError> {
        self.0.as_ref().map(|flash| &flash.error)
    }

    /// The appointments that would fall outside, and how many they are.
    pub fn appointments_outside(&self) -> Option<(Vec<String>, u32)> {
        match self.error() {
            Some(AppError::AppointmentsOutside { appointments, all }) => Some((appointments.clone(), *all)),
            _ => None,
        }
    }

    /// What was typed into the control with this name, when the form failed.
    pub fn typed(&self, name: &str) -> Option<&str> {
        self.0.as_ref().map(|flash| flash.value(name))
    }

    /// What was typed, or else what is saved.
    pub fn or(&self, name: &str, saved: &str) -> String {
        self.typed(name).unwrap_or(saved).to_owned()
    }

    /// Whether the box with this name was ticked, or else whether it is saved so.
    pub fn ticked(&self, name: &str, saved: bool) -> bool {
        self.typed(name).map_or(saved, |value| !value.is_empty())
    }

    /// What is wrong with the control of this name. `what` names it as in "the end".
    pub fn problem(&self, name: &str, what: &str) -> Option<String> {
        self.code(name).map(|code| field_words(code, what))
    }

    /// The code of what is wrong with the control of this name.
    pub fn code(&self, name: &str) -> Option<FieldCode> {
        self.error()?.code_for(name)
    }

    /// The lines of the error summary. `what` names a control as in "the end".
    pub fn lines(&self, what: impl Fn(&str, FieldCode) -> String) -> Vec<ErrorLine> {
        match self.error() {
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

    /// The rows of windows as they were typed, without empty ones at the end.
    pub fn windows(&self) -> Vec<WindowInput> {
        let part = |row: usize, part: &str| self.typed(&window_name(row, part)).unwrap_or_default().to_owned();
        let mut windows: Vec<WindowInput> = (0..MAX_WINDOWS)
            .map(|row| WindowInput {
                from: part(row, "from"),
                to: part(row, "to"),
                location: part(row, "location"),
                visit_type: part(row, "visit_type"),
                since: part(row, "since"),
                until: part(row, "until"),
                every: part(row, "every"),
                remove: part(row, "remove"),
            })
            .collect();
        while windows.last().is_some_and(|window| window.is_blank() && window.remove.is_empty()) {
            windows.pop();
        }
        windows
    }
}

/// The name of a control in a row of windows.
pub(super) fn window_name(row: usize, part: &str) -> String {
    ["windows[", &row.to_string(), "][", part, "]"].concat()
}

/// What a control in a row of windows is called in a sentence: "the end of the second hours".
pub(super) fn window_what(name: &str, code: FieldCode) -> String {
    let mut pieces = name.split(['[', ']']).filter(|piece| !piece.is_empty()).skip(1);
    let row = pieces.next().and_then(|row| row.parse().ok()).unwrap_or_default();
    let hours = ["the ", ordinal(row), " hours"].concat();
    let part = match pieces.next().unwrap_or_default() {
        "from" if code == FieldCode::Overlaps => return hours,
        "from" => "the start of ",
        "to" => "the end of ",
        "location" => "the location of ",
        "visit_type" => "the visit type of ",
        "since" => "the first date of ",
        "until" => "the last date of ",
        _ => "the weeks of ",
    };
    [part, &hours].concat()
}

/// A control with its label. `context` is read out before the label and not shown: it tells rows apart.
pub(super) struct Cell {
    pub name: String,
    pub context: String,
    pub label: &'static str,
    pub problem: Option<String>,
}

impl Cell {
    /// A one-line field; `kind` is `text` or `date`.
    pub fn text(self, kind: &'static str, value: String) -> AnyView {
        let id = id_of(&self.name);
        let (invalid, described) = self.flags(&id);
        let name = self.name.clone();
        let control = view! {
            <input
                class="input"
                id=id.clone()
                name=name
                type=kind
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
    fn a_control_is_named_in_a_sentence() {
        assert_eq!(window_what("windows[1][to]", FieldCode::EndsBeforeStart), "the end of the second hours");
        assert_eq!(window_what("windows[0][from]", FieldCode::Overlaps), "the first hours");
        assert_eq!(id_of("windows[0][from]"), "windows-0-from");
    }
}
