//! The form of one visit type.

use leptos::{prelude::*, server_fn::ServerFn};
use strum::VariantArray;

use super::{
    address::page,
    cells::{Cell, hidden, id_of, lines},
};
use crate::{
    app::{FormPage, FormState, PageTitle},
    availability::{
        actions::visit_types::SaveVisitType,
        model::visit_types::{Unit, VisitTypeInput, VisitTypePageData},
    },
    error::FieldCode,
    ui::{Button, ButtonKind, ButtonLink, Choice, ErrorSummary, Glyph, Icon, Notice, Tone, escaped},
};

/// Every field, and what it is called in a sentence.
const FIELDS: [(&str, &str); 17] = [
    ("name", "the name"),
    ("mode", "how the appointment takes place"),
    ("minutes", "the length"),
    ("before", "the time free before"),
    ("after", "the time free after"),
    ("step", "the time between starts"),
    ("notice", "the notice"),
    ("notice_unit", "the unit of the notice"),
    ("days_ahead", "the days ahead"),
    ("daily_cap", "the most appointments a day"),
    ("at_once", "the most appointments at once"),
    ("audience", "who can book"),
    ("needs", "what it needs"),
    ("cutoff", "the time for changes"),
    ("cutoff_unit", "the unit"),
    ("late_cancel", "what happens after that"),
    ("instructions", "the instructions"),
];

fn name_of(field: &str) -> String {
    ["visit_type[", field, "]"].concat()
}

fn what(name: &str) -> &'static str {
    FIELDS.iter().find(|(field, _)| name_of(field) == name).map_or("it", |(_, what)| what)
}

struct Form<'a> {
    state: &'a FormState,
}

impl Form<'_> {
    fn cell(&self, field: &str, label: &'static str) -> Cell {
        let name = name_of(field);
        let problem = self.state.problem_of(&name, what(&name));
        Cell { name, context: String::new(), label, problem }
    }

    fn value(&self, field: &str, saved: &str) -> String {
        self.state.kept(&name_of(field), saved)
    }

    /// The value that was saved meanwhile in a field where another value was typed.
    fn newer(&self, field: &str, saved: &str) -> AnyView {
        let differs = self.state.is_stale() && self.value(field, saved) != saved;
        differs
            .then(|| view! { <p class="hint small">{["Saved now: ", if saved.is_empty() { "nothing" } else { saved }].concat()}</p> })
            .into_any()
    }

    fn text(&self, field: &str, label: &'static str, saved: &str) -> AnyView {
        let control = self.cell(field, label).text(self.value(field, saved));
        view! {
            {control}
            {self.newer(field, saved)}
        }
        .into_any()
    }

    fn list(&self, field: &str, label: &'static str, choices: &[(&str, &str)], saved: &str) -> AnyView {
        let all = choices.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        let control = self.cell(field, label).select(all, &self.value(field, saved));
        let newer = choices.iter().find(|(value, _)| *value == saved).map_or(saved, |(_, label)| label);
        let newer = (self.state.is_stale() && self.value(field, saved) != saved)
            .then(|| view! { <p class="hint small">{["Saved now: ", newer].concat()}</p> });
        view! {
            {control}
            {newer}
        }
        .into_any()
    }

    /// A number and its unit.
    fn length(&self, (field, unit): (&str, &str), label: &'static str, saved: (&str, &str)) -> AnyView {
        let units: Vec<_> = Unit::VARIANTS.iter().map(|unit| (unit.into_str(), unit.into_str())).collect();
        view! {
            <div class="cells length">
                <div>{self.text(field, label, saved.0)}</div>
                <div>{self.list(unit, "Unit", &units, saved.1)}</div>
            </div>
        }
        .into_any()
    }

    fn tick(&self, field: &str, label: &'static str, hint: &'static str, saved: bool) -> AnyView {
        let name = name_of(field);
        let checked = self.state.ticked(&name, saved);
        view! {
            <label class="check">
                <input type="checkbox" id=id_of(&name) name=name value="true" checked=checked />
                <span>{label} <span class="hint">{hint}</span></span>
            </label>
        }
        .into_any()
    }
}

/// The page around the form.
pub(super) fn form(data: VisitTypePageData, state: &FormState) -> AnyView {
    let VisitTypePageData { editing, id, saved, last_offered, kinds } = data;
    let title = if id.is_empty() { "Add a visit type".to_owned() } else { saved.name.clone() };
    let list = page("/doctor/visit-types", &editing.doctor, "");
    let questions = (!id.is_empty()).then(|| {
        let href = page(&["/doctor/visit-types/", &id, "/questions"].concat(), &editing.doctor, "");
        view! {
            <p>
                <a href=href>"Questions that patients answer before it"</a>
            </p>
        }
    });
    let stale = state.is_stale().then(|| {
        view! {
            <Notice tone=Tone::Warning title="Changed since you opened the page">
                <p>
                    "What you typed was not saved. Where another value is saved now, it appears below the field. "
                    "Save again to put yours in its place."
                </p>
            </Notice>
        }
    });
    let note = last_offered.then(|| {
        view! { <p class="muted">"This is the only visit type that is offered. Without it, online booking closes."</p> }
    });
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <a class="back-link" href=list.clone()>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to visit types"
        </a>
        <ErrorSummary errors=lines(state, |name, _: FieldCode| what(name).to_owned()) />
        <h1 tabindex="-1">{title}</h1>
        {stale}
        <p class="lead">"A change counts for appointments that are booked from now on. Booked appointments stay as they were agreed."</p>
        {questions}
        <form class="type-form" method="post" action=SaveVisitType::PATH novalidate>
            <FormPage />
            {hidden(&editing.doctor, editing.version)}
            <input type="hidden" name="id" value=id />
            {fields(&Form { state }, &saved, &kinds)}
            {note}
            <div class="btns">
                <Button>"Save"</Button>
                <ButtonLink href=list kind=ButtonKind::Quiet>
                    "Cancel"
                </ButtonLink>
            </div>
        </form>
    }
    .into_any()
}

fn fields(form: &Form<'_>, saved: &VisitTypeInput, kinds: &[(String, String)]) -> AnyView {
    let modes = [("in_person", "In person"), ("video", "By video"), ("phone", "By phone")];
    let audiences = [("any", "All patients"), ("new", "New patients only"), ("returning", "Returning patients only")];
    let late =
        [("deny", "They call the clinic"), ("allow", "They can still cancel, and the clinic sees that it was late")];
    let instructions = form.value("instructions", &saved.instructions);
    let problem = form.state.problem_of("visit_type[instructions]", "the instructions");
    view! {
        <fieldset class="card form-card">
            <legend>"The appointment"</legend>
            {form.text("name", "Name", &saved.name)}
            <div class="cells">
                <div>{form.list("mode", "How it takes place", &modes, &saved.mode)}</div>
                <div>{form.text("minutes", "Length in minutes", &saved.minutes)}</div>
                <div>{form.text("step", "Minutes from one possible start to the next", &saved.step)}</div>
                <div>{form.text("before", "Minutes free before", &saved.before)}</div>
                <div>{form.text("after", "Minutes free after", &saved.after)}</div>
                {needs(form, saved, kinds)}
            </div>
            {instructions_area(instructions, problem, form.newer("instructions", &saved.instructions))}
        </fieldset>
        <fieldset class="card form-card">
            <legend>"Booking"</legend>
            <div class="cells">
                <div>{form.list("audience", "Who can book", &audiences, &saved.audience)}</div>
                <div>{form.text("days_ahead", "Patients can book this many days ahead", &saved.days_ahead)}</div>
                <div>{form.text("daily_cap", "Appointments a day, at most (optional)", &saved.daily_cap)}</div>
                <div>{form.text("at_once", "Appointments a patient may book at once", &saved.at_once)}</div>
            </div>
            {form.length(
                ("notice", "notice_unit"),
                "Patients must book at least this long before",
                (&saved.notice, &saved.notice_unit),
            )}
            {form.tick("approval", "Needs approval", "The doctor or the clinic accepts or declines each request.", !saved.approval.is_empty())}
            {form.tick("active", "Offered", "Patients can choose it.", !saved.active.is_empty())}
        </fieldset>
        <fieldset class="card form-card">
            <legend>"Changing and cancelling"</legend>
            {form.length(
                ("cutoff", "cutoff_unit"),
                "Patients can change or cancel until this long before",
                (&saved.cutoff, &saved.cutoff_unit),
            )}
            {form.list("late_cancel", "After that", &late, &saved.late_cancel)}
        </fieldset>
    }
    .into_any()
}

/// The room or device that an appointment uses; nothing while the clinic keeps none.
fn needs(form: &Form<'_>, saved: &VisitTypeInput, kinds: &[(String, String)]) -> AnyView {
    let nothing = std::iter::once(("", "Nothing"));
    let choices: Vec<_> = nothing.chain(kinds.iter().map(|(id, name)| (id.as_str(), name.as_str()))).collect();
    let list = || view! { <div>{form.list("needs", "Room or device that it needs", &choices, &saved.needs)}</div> };
    (!kinds.is_empty()).then(list).into_any()
}

fn instructions_area(value: String, problem: Option<String>, newer: AnyView) -> AnyView {
    let id = id_of("visit_type[instructions]");
    let invalid = problem.is_some().then_some("true");
    let error = problem.map(|text| {
        view! {
            <p class="error-text" id="instructions-error">
                <span class="visually-hidden">"Error: "</span>
                {text}
            </p>
        }
    });
    view! {
        <div class="cell">
            <label class="label" for=id.clone()>
                "Before the appointment, patients should know " <span class="optional">"(optional)"</span>
            </label>
            {error}
            <textarea
                class="input"
                id=id
                name="visit_type[instructions]"
                rows="3"
                aria-invalid=invalid
                aria-describedby=invalid.map(|_| "instructions-error")
                inner_html=escaped(&value)
            />
            {newer}
        </div>
    }
    .into_any()
}
