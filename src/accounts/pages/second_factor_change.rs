//! Changing one's second factor: what proves its owner first, then the change.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    passkeys,
    second_factor::{CODE, TITLE, own_page},
};
use crate::{
    accounts::{
        actions::{
            passkeys::{BeginPasskey, PasskeyChallenge, RemovePasskey},
            second_factor::{BeginSecondFactor, NewRecoveryCodes, TurnOffSecondFactor},
        },
        model::second_factor::OwnSecondFactor,
    },
    app::{FormPage, FormState, NotFound, PageTitle, PasskeyForm},
    ui::{Button, ButtonKind, ButtonLink, ErrorSummary, Field, Glyph, Icon},
};

/// A form that asks for a code, or a passkey, before it changes the second factor.
#[derive(Clone, Copy)]
struct Change {
    endpoint: &'static str,
    path: &'static str,
    title: &'static str,
    lead: &'static str,
    button: &'static str,
}

/// What the last part of the page's address names.
fn change(name: &str) -> Option<Change> {
    Some(match name {
        "telephone" => Change {
            endpoint: "account/begin_second_factor",
            path: BeginSecondFactor::PATH,
            title: "Use another telephone",
            lead: "First type a code of the telephone that you have used until now. If it is gone, type a recovery code.",
            button: "Continue",
        },
        "recovery-codes" => Change {
            endpoint: "account/new_recovery_codes",
            path: NewRecoveryCodes::PATH,
            title: "Make new recovery codes",
            lead: "You get ten new ones. Those that you have written down before no longer work.",
            button: "Make new codes",
        },
        "off" => Change {
            endpoint: "account/turn_off_second_factor",
            path: TurnOffSecondFactor::PATH,
            title: "Turn codes off",
            lead: "From then on your telephone is not asked for codes. You can set codes up again at any time.",
            button: "Turn codes off",
        },
        "passkey" => Change {
            endpoint: "account/begin_passkey",
            path: BeginPasskey::PATH,
            title: "Add a passkey",
            lead: "First show us that it is you.",
            button: "Continue",
        },
        "remove-passkey" => Change {
            endpoint: "account/remove_passkey",
            path: RemovePasskey::PATH,
            title: "Remove a passkey",
            lead: "Nobody can sign in with it any more. Show us first that it is you.",
            button: "Remove the passkey",
        },
        _ => return None,
    })
}

/// `/account/second-factor/:change`: another telephone, new recovery codes, turning it off, adding or removing a passkey.
#[component]
pub fn ChangeSecondFactorPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("change")).unwrap_or_default();
    if name == "new-passkey" {
        return passkeys::new_page().into_any();
    }
    let Some(change) = change(&name) else {
        return view! { <NotFound /> }.into_any();
    };
    let passkey = use_query_map().with_untracked(|query| query.get("passkey"));
    let state = FormState::of(change.endpoint);
    let page = own_page(move |own| {
        let removed = passkey.clone().map(|id| {
            let name = own.passkeys.iter().find(|passkey| passkey.id.to_string() == id);
            let name = name.map(|passkey| passkey.name.clone()).unwrap_or_default();
            view! {
                <p>
                    <strong>{name}</strong>
                </p>
            }
        });
        let id = passkey.clone();
        let form = code_form(change, &own, id.clone(), &state);
        view! {
            <PageTitle text=change.title failed=state.failed() />
            <a class="back-link" href="/account/second-factor">
                <Icon glyph=Glyph::ChevronLeft />
                {TITLE}
            </a>
            <div class="narrow">
                <ErrorSummary errors=state.lines(CODE) />
                <h1 tabindex="-1">{change.title}</h1>
                <p class="lead">{change.lead}</p>
                {removed}
                {form}
                {passkey_instead(change, &own, id)}
            </div>
        }
        .into_any()
    });
    page.into_any()
}

fn id_field(id: Option<String>) -> impl IntoView {
    id.map(|id| view! { <input type="hidden" name="id" value=id /> })
}

fn code_form(change: Change, own: &OwnSecondFactor, id: Option<String>, state: &FormState) -> impl IntoView + use<> {
    let label = if own.on_since.is_none() && !own.passkeys.is_empty() {
        "Recovery code"
    } else {
        "Code from your telephone, or a recovery code"
    };
    view! {
        <form method="post" action=change.path novalidate>
            <FormPage />
            {id_field(id)}
            <Field
                name="code"
                label=label
                hint="Spaces and hyphens do not matter."
                autocomplete="one-time-code"
                error=state.problem("code", CODE)
            />
            <div class="btns">
                <Button>{change.button}</Button>
                <ButtonLink href="/account/second-factor" kind=ButtonKind::Quiet>
                    "Back"
                </ButtonLink>
            </div>
        </form>
    }
}

/// The same with a passkey in place of the code, for those who have one.
fn passkey_instead(change: Change, own: &OwnSecondFactor, id: Option<String>) -> Option<impl IntoView + use<>> {
    (own.passkeys_offered && !own.passkeys.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="instead">
                <h2 id="instead">"Or use a passkey"</h2>
                <PasskeyForm
                    action=change.path
                    start=(PasskeyChallenge::PATH, "")
                    field="code"
                    button="Use a passkey instead"
                    kind=ButtonKind::Secondary
                >
                    {id_field(id)}
                </PasskeyForm>
            </section>
        }
    })
}
