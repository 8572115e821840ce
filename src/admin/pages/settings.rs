//! The clinic's own settings.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    locations::zone_field,
    parts::{Done, made_from},
    second_factor::{RULE_FIELDS, rule_form},
};
use crate::{
    admin::{
        actions::{
            second_factor::second_factor_rule,
            settings::{SaveSettings, settings},
        },
        model::{second_factor::RuleView, settings::SettingsView},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, PageTitle},
    error::AppError,
    ui::{Button, Checkbox, ErrorSummary, Field, Notice, SummaryList, SummaryRow, Tone},
};

const FIELDS: Fields = &[
    ("name", "the clinic's name"),
    ("phone", "the clinic's phone number"),
    ("emergency_line", "the number to call in an emergency"),
    ("request_hours", "the hours to answer a request"),
    ("cutoff_hours", "the hours before the appointment"),
    ("time_zone", "the clinic\u{2019}s time zone"),
];

/// `/admin/settings`: name, telephone, emergency notice, rules.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let state = FormState::of("admin/save_settings");
    let of_rule = FormState::of("admin/save_second_factor_rule");
    // one resource: a page that waits for a second one in the middle of the first may wait for ever
    let saved = Resource::new_blocking(|| (), |()| saved());
    let page = move || {
        saved.get().map(|saved| match saved {
            Ok((saved, rule)) => show(saved, &state, (&rule, &of_rule)),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

async fn saved() -> Result<(SettingsView, RuleView), AppError> {
    Ok((settings().await?, second_factor_rule().await?))
}

fn show(saved: SettingsView, state: &FormState, (rule, of_rule): (&RuleView, &FormState)) -> AnyView {
    let newer = state.is_stale().then(|| newer(&saved));
    view! {
        <PageTitle text="Clinic settings" failed=state.failed() || of_rule.failed() />
        <AdminNav />
        <ErrorSummary errors=[state.lines(FIELDS), of_rule.lines(RULE_FIELDS)].concat() />
        <Done failed=state.failed() || of_rule.failed() />
        <div class="page-head">
            <h1 tabindex="-1">"Clinic settings"</h1>
            <p class="lead">"Patients see the name and the numbers on every page."</p>
        </div>
        {newer}
        {form(&saved, state)}
        {rule_form(rule, of_rule)}
    }
    .into_any()
}

/// What another person saved, next to what was typed.
fn newer(saved: &SettingsView) -> AnyView {
    let rows = vec![
        SummaryRow::new("Clinic name", saved.name.clone()),
        SummaryRow::new("Phone", saved.phone.clone()),
        SummaryRow::new("Emergency number", saved.emergency_line.clone()),
        SummaryRow::new("New doctors wait for approval", if saved.approve_doctors { "Yes" } else { "No" }),
        SummaryRow::new("Hours to answer a request", saved.request_hours.to_string()),
        SummaryRow::new("Hours before an appointment", saved.cutoff_hours.to_string()),
        SummaryRow::new("Time zone", saved.time_zone.clone()),
    ];
    view! {
        <Notice tone=Tone::Warning title="Another person changed the settings">
            <p>"These are saved now. What you typed is still below: save again to put it in their place."</p>
            <SummaryList rows />
        </Notice>
    }
    .into_any()
}

fn form(saved: &SettingsView, state: &FormState) -> AnyView {
    let value = |field: &str, saved: &str| state.kept(field, saved);
    let approve = if state.failed() { !state.typed("approve_doctors").is_empty() } else { saved.approve_doctors };
    view! {
        <form method="post" action=SaveSettings::PATH novalidate>
            <FormPage />
            <input type="hidden" name="version" value=made_from(state, "version", &saved.version.to_string()) />
            <Field
                name="name"
                label="Clinic name"
                value=value("name", &saved.name)
                error=state.problem("name", FIELDS)
            />
            <Field
                name="phone"
                label="Phone number"
                kind="tel"
                hint="Patients call this number when they cannot book online."
                value=value("phone", &saved.phone)
                error=state.problem("phone", FIELDS)
            />
            <Field
                name="emergency_line"
                label="Emergency number"
                kind="tel"
                hint="Shown at the top of every page, like 112."
                value=value("emergency_line", &saved.emergency_line)
                error=state.problem("emergency_line", FIELDS)
            />
            <div class="field">
                <Checkbox
                    name="approve_doctors"
                    label="Doctors who join wait for approval"
                    hint="Patients find a new doctor only after staff have looked at the details."
                    checked=approve
                />
            </div>
            <Field
                name="request_hours"
                label="Hours to answer a request"
                inputmode="numeric"
                hint="A request without an answer runs out after this many hours, and the time is free again. From 1 to 720."
                value=value("request_hours", &saved.request_hours.to_string())
                error=state.problem("request_hours", FIELDS)
            />
            <Field
                name="cutoff_hours"
                label="Patients can change an appointment online until this many hours before it"
                inputmode="numeric"
                hint="For new visit types. Those that exist keep what their doctor chose."
                value=value("cutoff_hours", &saved.cutoff_hours.to_string())
                error=state.problem("cutoff_hours", FIELDS)
            />
            {zone(saved, state)}
            <Button>"Save settings"</Button>
        </form>
    }
    .into_any()
}

fn zone(saved: &SettingsView, state: &FormState) -> AnyView {
    zone_field(
        "The city whose clock the clinic follows where no location is meant, like Europe/London.",
        state.kept("time_zone", &saved.time_zone),
        state.problem("time_zone", FIELDS),
        &saved.zones,
    )
}
