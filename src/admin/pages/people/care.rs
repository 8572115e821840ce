//! Who acts for a patient, and for whom the patient acts, as staff see and change it.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::model::care::{CareKind, CareScope, Grant},
    admin::{
        actions::people::{EndCareByStaff, GrantCare, OwnAccountLinkByStaff},
        model::people::ManagedUser,
    },
    app::{Fields, FormPage, FormState},
    ui::{Button, ButtonKind, Choice, DateField, Field, Select, TextArea},
};

/// The fields of the form that lets an account act for a patient.
pub(super) const CARE_FIELDS: Fields = &[
    ("email", "the email address of the account"),
    ("kind", "what they are"),
    ("scope", "what is allowed"),
    ("until", "the last day"),
    ("reason", "a reason"),
];
/// The fields of the form that sends a link to an account of one's own.
pub(super) const LINK_FIELDS: Fields = &[("email", "the email address")];

/// The section of a patient's page.
pub(super) fn care_section(managed: &ManagedUser, form: &FormState) -> AnyView {
    let care = &managed.care;
    let own_link = care.carers.iter().any(|grant| grant.kind == CareKind::Parent && !grant.waits);
    let own_link = own_link.then(|| own_account(managed));
    view! {
        <section class="section" aria-labelledby="care">
            <h2 id="care">"Who acts for this patient"</h2>
            {lines(&care.carers, "Nobody.")}
            <h3>"The patient acts for"</h3>
            {lines(&care.persons, "Nobody else.")}
            {grant_form(managed, form)}
            {own_link}
        </section>
    }
    .into_any()
}

fn lines(grants: &[Grant], none: &'static str) -> AnyView {
    if grants.is_empty() {
        return view! { <p class="muted">{none}</p> }.into_any();
    }
    let line = |grant: &Grant| {
        let kind = if grant.kind == CareKind::Parent { "Parent" } else { "Carer" };
        let until = grant.until.as_ref().map(|until| [", until ", until].concat()).unwrap_or_default();
        let waits = if grant.waits { ", not answered yet" } else { "" };
        let reason = if grant.reason.is_empty() { String::new() } else { [". Reason: ", &grant.reason].concat() };
        let words = [kind, ": ", grant.scope.label(), &until, waits, &reason].concat();
        let (id, name) = (grant.id.to_string(), grant.name.clone());
        view! {
            <li>
                <p>
                    <strong>
                        <bdi class="breakable">{grant.name.clone()}</bdi>
                    </strong>
                </p>
                <p class="small">{words}</p>
                <form method="post" action=EndCareByStaff::PATH>
                    <FormPage />
                    <input type="hidden" name="id" value=id />
                    <Button kind=ButtonKind::Link>
                        "End this" <span class="visually-hidden">": " {name}</span>
                    </Button>
                </form>
            </li>
        }
    };
    view! { <ul class="stack plain-list">{grants.iter().map(line).collect_view()}</ul> }.into_any()
}

fn grant_form(managed: &ManagedUser, form: &FormState) -> AnyView {
    let kinds = vec![
        Choice::new(CareKind::Carer.into_str(), "Carer"),
        Choice::new(CareKind::Parent.into_str(), "Parent or guardian"),
    ];
    let scopes = [CareScope::Book, CareScope::See].map(|scope| Choice::new(scope.into_str(), scope.label())).to_vec();
    view! {
        <details open=form.failed()>
            <summary>"Let another account act for this patient"</summary>
            <p>"It counts at once, and stands in the audit log. Make sure that the patient, or the law, allows it."</p>
            <form method="post" action=GrantCare::PATH novalidate>
                <FormPage />
                <input type="hidden" name="id" value=managed.user.id.to_string() />
                <Field
                    name="email"
                    kind="email"
                    label="Email address of the account that acts"
                    autocomplete="off"
                    value=form.typed("email")
                    error=form.problem("email", CARE_FIELDS)
                />
                <Select
                    name="kind"
                    label="What they are"
                    choices=kinds
                    chosen=form.typed("kind")
                    error=form.problem("kind", CARE_FIELDS)
                />
                <Select
                    name="scope"
                    label="What they may do"
                    choices=scopes
                    chosen=form.typed("scope")
                    error=form.problem("scope", CARE_FIELDS)
                />
                <DateField
                    name="until"
                    legend="Last day (optional)"
                    value=form.date("until", "")
                    error=form.problem("until", CARE_FIELDS)
                />
                <TextArea
                    name="reason"
                    label="Reason"
                    hint="For staff only. Write no health data."
                    value=form.typed("reason")
                    error=form.problem("reason", CARE_FIELDS)
                />
                <Button kind=ButtonKind::Secondary>"Let them act"</Button>
            </form>
        </details>
    }
    .into_any()
}

/// A link to an account of one's own, for a patient for whom parents act.
fn own_account(managed: &ManagedUser) -> AnyView {
    let link = FormState::of("admin/own_account_link");
    view! {
        <details open=link.failed()>
            <summary>"An account of their own"</summary>
            <p>"From 16 on. We send a link to the address; their parents stop acting for them when it is used."</p>
            <form method="post" action=OwnAccountLinkByStaff::PATH novalidate>
                <FormPage />
                <input type="hidden" name="person" value=managed.user.id.to_string() />
                <div class="field">
                    <label class="label" for="own-email">
                        "Their email address"
                    </label>
                    <input
                        class="input"
                        id="own-email"
                        name="email"
                        type="email"
                        autocomplete="off"
                        value=link.typed("email")
                    />
                </div>
                <Button kind=ButtonKind::Secondary>"Send the link"</Button>
            </form>
        </details>
    }
    .into_any()
}
