//! The part of a form in which doctors and staff choose a time: one that patients can book, or another one with a
//! reason. The same for adding and for moving an appointment.

use leptos::prelude::*;

use super::messages::line;
use crate::{
    app::{Fields, FormState, problem_words},
    availability::Reason,
    booking::front_desk::{ClinicDay, TimeForm, WantedTime, rule_words},
    error::{AppError, FieldCode},
    text::is_blank,
    ui::{Checkbox, Choice, ErrorLine, Field, Notice, Select, TextArea, TimeGrid, Tone},
};

/// The fields of the forms that add and move appointments: name, and what it is.
const FIELDS: Fields = &[
    ("patient", "the patient"),
    ("name", "the patient\u{2019}s name"),
    ("email", "the email address"),
    ("phone", "the phone number"),
    ("visit_type", "the visit type"),
    ("start", "the time"),
    ("time", "the time"),
    ("location", "the location"),
    ("override_reason", "the reason"),
    ("note", "the note"),
];

/// A form of the clinic after its last attempt.
#[derive(Clone)]
pub(super) struct ClinicForm(FormState);

impl ClinicForm {
    pub fn of(endpoint: &str) -> Self {
        ClinicForm(FormState::of(endpoint))
    }

    pub fn typed(&self, field: &str) -> String {
        self.0.typed(field)
    }

    /// The time that was sent. Without an attempt, that of the page's address.
    pub fn time(&self, address: TimeForm) -> TimeForm {
        if !self.0.failed() {
            return address;
        }
        TimeForm { start: self.typed("start"), time: self.typed("time"), location: self.typed("location"), ..address }
    }

    /// What is wrong with a field.
    pub fn problem(&self, field: &str) -> Option<String> {
        let error = self.0.error()?;
        let said = match error {
            AppError::TimeGone { .. } => self.unsaid(error).into_iter().find(|line| line.field == field),
            _ => None,
        };
        said.map(|line| line.text).or_else(|| Some(label(field, error.code_for(field)?)))
    }

    /// Everything that is wrong, for the summary.
    pub fn lines(&self, wanted: Option<&WantedTime>) -> Vec<ErrorLine> {
        match self.0.error() {
            None => Vec::new(),
            Some(error @ AppError::TimeGone { reasons, .. }) => {
                let unsaid = self.unsaid(error);
                if unsaid.is_empty() { vec![refused(reasons, wanted)] } else { unsaid }
            }
            Some(error) => self.0.lines(FIELDS).into_iter().map(|line| reworded(line, error)).collect(),
        }
    }

    /// What is missing in a form that had shown the rules against its time.
    fn unsaid(&self, error: &AppError) -> Vec<ErrorLine> {
        let mut lines = Vec::new();
        if self.typed("shown").is_empty() || is_final(error) {
            return lines;
        }
        if is_taken(error) && self.typed("overbook").is_empty() {
            lines.push(line("overbook", "Tick the box to overbook, or choose another time".to_owned()));
        }
        if is_blank(&self.typed("override_reason")) {
            lines.push(line("override_reason", "Say why the rules are set aside".to_owned()));
        }
        lines
    }
}

fn is_taken(error: &AppError) -> bool {
    matches!(error, AppError::TimeGone { reasons, .. } if reasons.iter().any(|reason| reason.is_hard()))
}

/// Whether nothing sets aside what speaks against the time.
fn is_final(error: &AppError) -> bool {
    matches!(error, AppError::TimeGone { reasons, .. } if reasons.iter().any(|reason| reason.is_final()))
}

/// A line of the summary, in the words of [`label`] when it is about a field.
fn reworded(line: ErrorLine, error: &AppError) -> ErrorLine {
    match error.code_for(&line.field) {
        Some(code) => ErrorLine { text: label(&line.field, code), ..line },
        None => line,
    }
}

/// One field's problem in words.
fn label(field: &str, code: FieldCode) -> String {
    match (field, code) {
        ("email", FieldCode::EmailUnusable) => {
            "There is an account with this email address. Search for the patient by it instead".to_owned()
        }
        ("start", FieldCode::Missing) => "Choose a time, or enter another one".to_owned(),
        ("patient" | "visit_type" | "location", FieldCode::Missing) => ["Choose ", what(field)].concat(),
        _ => problem_words(code, field, FIELDS),
    }
}

fn what(field: &str) -> &str {
    FIELDS.iter().find(|(name, _)| *name == field).map_or(field, |(_, what)| *what)
}

/// The time was sent for the first time, and rules speak against it.
fn refused(reasons: &[Reason], wanted: Option<&WantedTime>) -> ErrorLine {
    let Some(wanted) = wanted.filter(|wanted| !wanted.reasons.is_empty()) else {
        return line("", "That time was not free when you sent the form. Please send it again".to_owned());
    };
    if let Some(reason) = reasons.iter().find(|reason| reason.is_final()) {
        return line("time", [&wanted.full, " cannot be booked. ", rule_words(*reason)].concat());
    }
    let taken = reasons.iter().any(|reason| reason.is_hard());
    let rest = if taken { " is taken. See below what you can do" } else { " needs a reason. See below why" };
    line(if taken { "overbook" } else { "override_reason" }, [&wanted.full, rest].concat())
}

/// The times of a day, another time, and what speaks against the one that was asked for. For a form around it.
pub(super) fn time_fields(day: &ClinicDay, form: &ClinicForm) -> impl IntoView + use<> {
    let wanted = day.wanted.clone();
    let chosen = wanted
        .as_ref()
        .map(|wanted| wanted.start.0)
        .filter(|start| form.typed("time").is_empty() && day.times.iter().any(|time| time.start.0 == *start));
    let typed = match (&wanted, form.typed("time")) {
        (Some(wanted), typed) if typed.is_empty() && chosen.is_none() => wanted.clock.clone(),
        (_, typed) => typed,
    };
    let legend = ["Times on ", &day.label].concat();
    let none = day.times.is_empty();
    let (label, hint) = if none {
        ("Time on this day", "Like 9:40 or 17:30.")
    } else {
        ("Another time on this day", "Like 9:40 or 17:30. It counts instead of the times above.")
    };
    let times = if none {
        view! { <p class="muted">"Patients see no free times on this day."</p> }.into_any()
    } else {
        let (times, error) = (day.times.clone(), form.problem("start"));
        view! { <TimeGrid times chosen error /> }.into_any()
    };
    let exception = wanted.filter(|wanted| !wanted.reasons.is_empty()).map(|wanted| exception(day, wanted, form));
    view! {
        <input type="hidden" name="date" value=day.date.clone() />
        <h3>{legend}</h3>
        {times}
        <Field
            name="time"
            label=label
            hint=hint
            optional=!none
            value=typed
            error=form.problem("time").or_else(|| start_problem(day, form))
        />
        {exception}
    }
}

/// Without listed times there is no other place for it.
fn start_problem(day: &ClinicDay, form: &ClinicForm) -> Option<String> {
    form.problem("start").filter(|_| day.times.is_empty())
}

/// The rules against a time, and what sets them aside.
fn exception(day: &ClinicDay, wanted: WantedTime, form: &ClinicForm) -> impl IntoView + use<> {
    let taken = wanted.reasons.iter().any(|reason| reason.is_hard());
    let rule = |reason: &Reason| match reason {
        Reason::PatientBusy if !wanted.busy_with.is_empty() => {
            ["The patient has another appointment then: ", &wanted.busy_with, "."].concat()
        }
        other => rule_words(*other).to_owned(),
    };
    let rules = wanted.reasons.iter().map(|reason| view! { <li>{rule(reason)}</li> }).collect_view();
    let stands = wanted.reasons.iter().any(|reason| reason.is_final());
    let overbook = (taken && !stands).then(|| {
        let error = form.problem("overbook").map(|text| view! { <p class="error-text">{text}</p> });
        view! {
            {error}
            <Checkbox
                name="overbook"
                label="Overbook: two appointments at the same time"
                hint="The other appointment stays as it is."
                checked=form.typed("overbook") == "true"
            />
        }
    });
    let location = wanted.needs_location.then(|| {
        let choices = day.locations.iter().map(|(id, name)| Choice::new(id, name)).collect();
        view! {
            <Select
                name="location"
                label="Where"
                choices
                chosen=form.typed("location")
                error=form.problem("location")
            />
        }
    });
    let why = (!stands).then(|| {
        view! {
            <input type="hidden" name="shown" value=wanted.start.0.to_string() />
            <TextArea
                name="override_reason"
                label="Why do you book this time anyway?"
                hint="For colleagues. The patient does not see it."
                rows="2"
                value=form.typed("override_reason")
                error=form.problem("override_reason")
            />
        }
    });
    view! {
        <Notice tone=Tone::Warning title=["Patients are not offered ", &wanted.full].concat()>
            <ul>{rules}</ul>
            {stands.then_some("One room or device serves one appointment at a time. Choose another time.")}
        </Notice>
        {overbook}
        {location}
        {why}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{flash::Flash, time::Timestamp};

    fn form(error: AppError, values: &[(&str, &str)]) -> ClinicForm {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ClinicForm(Flash { action: String::new(), error, values }.into())
    }

    fn gone(reason: Reason) -> AppError {
        AppError::TimeGone { wanted: String::new(), reasons: vec![reason], nearest: Vec::new() }
    }

    #[test]
    fn a_time_that_was_shown_asks_for_what_is_missing() {
        let shown = [("shown", "1")];
        let fields = |form: ClinicForm| form.lines(None).into_iter().map(|line| line.field).collect::<Vec<_>>();
        assert_eq!(fields(form(gone(Reason::Taken), &shown)), ["overbook", "override_reason"]);
        assert_eq!(fields(form(gone(Reason::TooSoon), &shown)), ["override_reason"]);
        assert!(form(gone(Reason::TooSoon), &shown).problem("override_reason").is_some());
        assert!(form(gone(Reason::TooSoon), &[]).problem("override_reason").is_none());
    }

    #[test]
    fn a_refused_time_leads_to_what_sets_it_aside() {
        let wanted = WantedTime {
            start: Timestamp(0),
            clock: String::new(),
            full: "Tuesday, 9am".into(),
            needs_location: false,
            reasons: vec![Reason::Taken],
            busy_with: String::new(),
        };
        let lines = form(gone(Reason::Taken), &[]).lines(Some(&wanted));
        assert_eq!(lines, [line("overbook", "Tuesday, 9am is taken. See below what you can do".into())]);
    }
}
