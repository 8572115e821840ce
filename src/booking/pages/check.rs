//! The last look before an appointment is booked.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{failed, hold_path, profile_path},
    answers::answer_rows,
    details::{already_booked, change_time_path, hold_in_path, sign_in_wall},
    device_zone::DeviceZone,
    facts::{appointment_row, location_text, phone_link, text_or_none, when_words},
    hold_strip::hold_strip,
    messages::{is_lost, nearest, time_lines},
    nearest::NearestToHold,
    who::ask_who,
};
use crate::{
    app::{FormPage, FormState, PageTitle},
    availability::TimeOption,
    booking::{HoldPage, HoldView, actions::Confirm},
    error::AppError,
    ui::{ErrorSummary, Glyph, Icon, SummaryList, SummaryRow},
};

/// `/book/:id/check`: everything that was chosen, each with a way to change it, and the button that books. When the
/// time is lost, the nearest ones replace the button.
#[component]
pub fn CheckPage() -> impl IntoView {
    let hold = hold_in_path();
    let not_longer = FormState::of("booking/extend");
    let answer = Answer { to_confirm: FormState::of("booking/confirm"), to_instead: FormState::of("booking/hold") };
    let content = move || {
        let (answer, not_longer) = (answer.clone(), not_longer.clone());
        Suspend::new(async move {
            match hold.await {
                Ok(HoldPage::Hold(hold)) if !hold.persons.is_empty() => {
                    ask_who(*hold, &FormState::of("booking/person"))
                }
                Ok(HoldPage::Hold(hold)) if hold.patient.is_some() => check_view(*hold, &answer, &not_longer),
                Ok(HoldPage::Hold(hold)) => sign_in_wall(*hold, &not_longer),
                Ok(HoldPage::Booked { id }) => already_booked(id),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// Why the last step failed, if it did: confirming, or holding one of the nearest times instead.
#[derive(Clone)]
struct Answer {
    to_confirm: FormState,
    to_instead: FormState,
}

impl Answer {
    /// The later step's error.
    fn error(&self) -> Option<&AppError> {
        self.to_instead.error().or(self.to_confirm.error())
    }

    /// Free times to choose instead, once the held one is lost.
    fn instead(&self) -> Option<Vec<TimeOption>> {
        let error = self.error()?;
        is_lost(error).then(|| nearest(error).to_vec())
    }
}

fn check_view(hold: HoldView, answer: &Answer, not_longer: &FormState) -> AnyView {
    let summary = hold.summary.clone();
    let heading = if hold.needs_approval { "Not requested yet" } else { "Not booked yet" };
    let (steps, before, back) = match hold.answers {
        Some(_) => ("Step 3 of 3", "/questions", "Back to the questions"),
        None => ("Step 2 of 2", "", "Back to your details"),
    };
    let problems = answer.error().map(time_lines).unwrap_or_default();
    let failed = !problems.is_empty();
    let busy = matches!(answer.to_confirm.error(), Some(AppError::PatientBusy { .. }));
    let (confirm, other) = match answer.instead() {
        Some(times) => (None, Some(instead(&hold, times, busy))),
        None => (Some(confirm_part(&hold, busy)), None),
    };
    let strip = confirm.is_some().then(|| hold_strip(&hold, not_longer));
    view! {
        <PageTitle text="Check your appointment" failed />
        <a class="back-link" href=hold_path(hold.id, before)>
            <Icon glyph=Glyph::ChevronLeft />
            {back}
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <p class="eyebrow">{steps}</p>
            <h1 tabindex="-1">"Check your appointment"</h1>
        </div>
        {strip}
        <div class="split">
            <div class="card">
                <SummaryList rows=rows(&hold) />
                <DeviceZone at=summary.starts_at offset_minutes=summary.offset_minutes time=String::new() />
            </div>
            <aside class="card" aria-labelledby="confirm-heading">
                <h2 id="confirm-heading">{heading}</h2>
                {confirm}
                {other}
            </aside>
        </div>
    }
    .into_any()
}

fn rows(hold: &HoldView) -> Vec<SummaryRow> {
    let summary = &hold.summary;
    let details = hold_path(hold.id, "");
    let profile = profile_path(&summary.doctor_slug);
    let mut rows = vec![
        for_row(hold),
        SummaryRow::new("Doctor", summary.doctor_name.clone()).changed_at("/doctors", "the doctor"),
        appointment_row(summary).changed_at(profile, "the visit type"),
        SummaryRow::new("When", when_words(summary)).changed_at(change_time_path(hold), "the time"),
        SummaryRow::new("Where", location_text(summary)),
        SummaryRow::new("Reason", text_or_none(&hold.reason)).changed_at(details.clone(), "the reason"),
        SummaryRow::new("Phone", text_or_none(&hold.phone)).changed_at(details, "the phone number"),
    ];
    let questions = hold_path(hold.id, "/questions");
    match hold.answers.as_deref() {
        None => {}
        Some([]) => {
            rows.push(SummaryRow::new("Questions", "Not answered yet").changed_at(questions, "your answers"));
        }
        Some(answered) => rows.extend(answer_rows(answered).into_iter().map(|row| {
            let what = ["the answer to: ", &row.term].concat();
            row.changed_at(questions.clone(), what)
        })),
    }
    rows
}

/// Who is to be seen; for an account that acts for others, with a way to choose another one.
fn for_row(hold: &HoldView) -> SummaryRow {
    let row = SummaryRow::new("For", hold.patient.clone().unwrap_or_default());
    if hold.chooses { row.changed_at(hold_path(hold.id, "/who"), "who it is for") } else { row }
}

/// The rule, and the button.
fn confirm_part(hold: &HoldView, busy: bool) -> impl IntoView + use<> {
    let approval = hold.needs_approval.then(|| {
        view! { <p>"The doctor looks at your request first. The time is yours as soon as it is accepted."</p> }
    });
    let button = if hold.needs_approval { "Send request" } else { "Confirm appointment" };
    let mine = see_mine(busy);
    view! {
        {approval}
        <p>{hold.summary.rule.clone()}</p>
        {mine}
        <form method="post" action=Confirm::PATH>
            <FormPage />
            <input type="hidden" name="id" value=hold.id.to_string() />
            <button class="btn btn-large btn-wide" type="submit">
                {button}
            </button>
        </form>
    }
}

/// Where the patient finds the other appointment at that time.
fn see_mine(busy: bool) -> impl IntoView + use<> {
    busy.then(|| {
        view! {
            <p>
                <a href="/appointments">"See my appointments"</a>
            </p>
        }
    })
}

/// The time is gone: others close to it, with what was typed.
fn instead(hold: &HoldView, times: Vec<TimeOption>, busy: bool) -> impl IntoView + use<> {
    let none = times.is_empty().then(|| {
        let phone = phone_link(&hold.summary.phone);
        view! { <p>"There are no other times to book online. Call " {phone} " to ask."</p> }
    });
    view! {
        <div class="stack">
            <p>"Your details are kept. Choose another time."</p>
            {see_mine(busy)}
            <NearestToHold
                doctor_slug=hold.summary.doctor_slug.clone()
                visit_type=hold.summary.visit_type.clone()
                previous=Some(hold.id)
                person=hold.person
                times
            />
            {none}
            <p>
                <a href=change_time_path(hold)>"See all times"</a>
            </p>
        </div>
    }
}
