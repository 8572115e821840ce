//! The second factor of doctors and staff: the clinic's rule, and the way out for who has lost a telephone.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    admin::{
        actions::second_factor::{ResetSecondFactor, SaveSecondFactorRule},
        model::{people::ManagedUser, second_factor::RuleView},
    },
    app::{Fields, FormPage, FormState},
    ui::{Button, ButtonKind, Checkbox, Field, TextArea},
};

/// The fields of the rule.
pub(super) const RULE_FIELDS: Fields = &[("days", "the days to set it up")];
/// The fields of the form that takes a second factor away.
pub(in crate::admin) const RESET_FIELDS: Fields = &[("reason", "a reason")];

/// The rule, with a form of its own.
pub(super) fn rule_form(rule: &RuleView, state: &FormState) -> AnyView {
    view! {
        <section class="section" aria-labelledby="second-factor">
            <h2 id="second-factor">"Signing in with a code"</h2>
            <form method="post" action=SaveSecondFactorRule::PATH novalidate>
                <FormPage />
                <div class="field">
                    <Checkbox
                        name="is_needed"
                        label="Doctors and staff sign in with a code from their telephone too"
                        hint="So that a password which a stranger learns does not open patients’ records."
                        checked=state.ticked("is_needed", rule.is_needed)
                    />
                </div>
                <Field
                    name="days"
                    label="Days to set it up"
                    inputmode="numeric"
                    hint="Counted from the first sign-in of each person under this rule. From 0 to 90."
                    value=state.kept("days", &rule.days.to_string())
                    error=state.problem("days", RULE_FIELDS)
                />
                <Button kind=ButtonKind::Secondary>"Save this rule"</Button>
            </form>
        </section>
    }
    .into_any()
}

/// The section of an account's page, for an account that asks for codes.
pub(in crate::admin) fn reset_section(managed: &ManagedUser) -> Option<AnyView> {
    let since = managed.second_factor_since.clone().filter(|_| !managed.own)?;
    let state = FormState::of("admin/reset_second_factor");
    let section = view! {
        <section class="section" aria-labelledby="second-factor">
            <h2 id="second-factor">"Sign-in with a code"</h2>
            <p>"This account asks for a code from a telephone, since " {since} "."</p>
            <details open=state.failed()>
                <summary>"The telephone and the recovery codes are lost"</summary>
                <p>
                    "Make sure that it is them who ask, for example in person. Afterwards the password alone signs them in, and they are signed out everywhere. They get a message."
                </p>
                <form method="post" action=ResetSecondFactor::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="id" value=managed.user.id.to_string() />
                    <TextArea
                        name="reason"
                        label="Reason"
                        hint="For the audit log. Write no health data."
                        value=state.typed("reason")
                        error=state.problem("reason", RESET_FIELDS)
                    />
                    <Button kind=ButtonKind::Danger>"Ask for no codes any more"</Button>
                </form>
            </details>
        </section>
    };
    Some(section.into_any())
}
