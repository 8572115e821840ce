//! Changing the record of a patient.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{nav, person_in_path, record_path};
use crate::{
    accounts::model::record::{MAX_NEEDS, MAX_NOTES, RECORD_FIELDS},
    app::{Failure, Fields, FormPage, FormState, PageTitle},
    error::{AppError, FieldCode},
    patients::{
        actions::{SavePatient, patient},
        model::PatientPage,
    },
    ui::{
        Button, ButtonKind, ButtonLink, DateField, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, SummaryList,
        SummaryRow, TextArea, Tone,
    },
};

const FIELDS: Fields = &[
    ("name", "the name"),
    ("call_name", "what to call them"),
    ("birth_date", "the birth date"),
    ("phone", "the phone number"),
    ("email", "the email address"),
    ("clinic_number", "the clinic number"),
    ("language", "the language"),
    ("access_needs", "the access needs"),
    ("desk_notes", "the notes"),
];
const HAS_ACCOUNT: &str = "An account has this email address. If it is the same person, merge the two records instead";

/// `/patients/:id/edit`: change the record.
#[component]
pub fn EditPatientPage() -> impl IntoView {
    let (id, state) = (person_in_path(), FormState::of("patients/save"));
    let page = Resource::new_blocking(move || id, |id| async move { patient(id.ok_or(AppError::NotFound)?).await });
    let content = move || {
        page.get().map(|page| match page {
            Ok(page) if page.by_staff => show(page, &state),
            Ok(_) => view! { <Failure error=AppError::Forbidden /> }.into_any(),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// The words of an error that means something else here than where people register.
fn problem(state: &FormState, field: &str) -> Option<String> {
    match state.code_for(field) {
        Some(FieldCode::EmailUnusable) => Some(HAS_ACCOUNT.to_owned()),
        _ => state.problem(field, FIELDS),
    }
}

fn lines(state: &FormState) -> Vec<ErrorLine> {
    let mut lines = state.lines(FIELDS);
    for line in &mut lines {
        if let Some(text) = problem(state, &line.field) {
            line.text = text;
        }
    }
    lines
}

fn show(page: PatientPage, state: &FormState) -> AnyView {
    let problems = lines(state);
    let newer = state.is_stale().then(|| newer(&page));
    view! {
        <PageTitle text="Change the record" failed=!problems.is_empty() />
        {nav(true)}
        <a class="back-link" href=record_path(page.id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "The record"
        </a>
        <ErrorSummary errors=problems />
        <h1 tabindex="-1">"Change the record"</h1>
        <p class="lead">
            <bdi>{page.values.name.clone()}</bdi>
        </p>
        {newer}
        {form(&page, state)}
    }
    .into_any()
}

/// What is saved now, when another person changed the record meanwhile.
fn newer(page: &PatientPage) -> AnyView {
    let value = |field: &str| match field {
        "birth_date" => page.birth_date.clone(),
        other => page.values.get(other).to_owned(),
    };
    let rows = RECORD_FIELDS.map(|(field, label)| SummaryRow::new(label, value(field))).to_vec();
    view! {
        <Notice tone=Tone::Warning title="Another person changed this record">
            <p>"This is saved now. What you typed is still below: save again to put it in its place."</p>
            <SummaryList rows />
        </Notice>
    }
    .into_any()
}

fn form(page: &PatientPage, state: &FormState) -> AnyView {
    let value = |field: &str| state.kept(field, page.values.get(field));
    // the state that the form was made from, until the page has shown a newer one
    let version = page.version.to_string();
    let version = if state.failed() && !state.is_stale() { state.typed("version") } else { version };
    view! {
        <form method="post" action=SavePatient::PATH novalidate>
            <FormPage />
            <input type="hidden" name="id" value=page.id.to_string() />
            <input type="hidden" name="version" value=version />
            <Field name="name" label="Full name" autocomplete="off" value=value("name") error=problem(state, "name") />
            <Field
                name="call_name"
                label="What to call them"
                hint="Where it is not a word of the name."
                autocomplete="off"
                optional=true
                value=value("call_name")
                error=problem(state, "call_name")
            />
            <DateField
                name="birth_date"
                legend="Birth date (optional)"
                hint="For example, 9 12 1956"
                value=state.date("birth_date", &page.values.birth_date)
                error=problem(state, "birth_date")
            />
            <Field
                name="phone"
                label="Phone number"
                kind="tel"
                autocomplete="off"
                optional=true
                value=value("phone")
                error=problem(state, "phone")
            />
            {email(page, state)}
            {texts(page, state)}
            <div class="btns">
                <Button>"Save the record"</Button>
                <ButtonLink href=record_path(page.id, "") kind=ButtonKind::Quiet>
                    "Leave it as it is"
                </ButtonLink>
            </div>
        </form>
    }
    .into_any()
}

/// What helps the desk: number, language, needs and notes.
fn texts(page: &PatientPage, state: &FormState) -> AnyView {
    let value = |field: &str| state.kept(field, page.values.get(field));
    let at_most = |most: u32| ["At most ", &most.to_string(), " characters."].concat();
    view! {
        <Field
            name="clinic_number"
            label="Clinic number"
            hint="Of the paper file, or of another system. No two people have the same."
            autocomplete="off"
            optional=true
            value=value("clinic_number")
            error=problem(state, "clinic_number")
        />
        <Field
            name="language"
            label="Language"
            hint="In which they want to be spoken to."
            autocomplete="off"
            optional=true
            value=value("language")
            error=problem(state, "language")
        />
        <TextArea
            name="access_needs"
            label="Access needs"
            hint=["What they need to come and to be understood. ", &at_most(MAX_NEEDS)].concat()
            rows="2"
            optional=true
            value=value("access_needs")
            error=problem(state, "access_needs")
        />
        <TextArea
            name="desk_notes"
            label="Notes for the desk"
            hint=["The patient never sees them. ", &at_most(MAX_NOTES)].concat()
            optional=true
            value=value("desk_notes")
            error=problem(state, "desk_notes")
        />
    }
    .into_any()
}

/// The address, which only its owner changes where they sign in with it.
fn email(page: &PatientPage, state: &FormState) -> AnyView {
    if page.has_account {
        return view! {
            <p>
                "They sign in as " <bdi class="breakable">{page.values.email.clone()}</bdi>
                ", and change this address themselves."
            </p>
        }
        .into_any();
    }
    view! {
        <Field
            name="email"
            label="Email address"
            kind="email"
            hint="With it they can ask for a password and sign in."
            autocomplete="off"
            optional=true
            value=state.kept("email", &page.values.email)
            error=problem(state, "email")
        />
    }
    .into_any()
}
