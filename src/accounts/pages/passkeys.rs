//! One's own passkeys, and signing in with one.

use leptos::{prelude::*, server_fn::ServerFn};

use super::second_factor::{TITLE, own_page};
use crate::{
    accounts::{
        actions::passkeys::{AddPasskey, BeginPasskey, SignInChallenge, SignInWithPasskey},
        model::second_factor::{NewPasskey, OwnPasskey, OwnSecondFactor},
    },
    app::{Fields, FormPage, FormState, PASSKEY_FIELD, PageTitle, PasskeyForm},
    ui::{Button, ButtonKind, ButtonLink, ErrorSummary, Field, Glyph, Icon, Notice, SummaryList, SummaryRow, Tone},
};

/// What a failed sign-in with a passkey names.
pub(super) const PASSKEY: Fields = &[(PASSKEY_FIELD, "the passkey")];

/// The part of the page about sign-in and security that lists one's passkeys.
pub(super) fn section(own: &OwnSecondFactor) -> AnyView {
    let list = (!own.passkeys.is_empty()).then(|| {
        let is_last = own.is_needed && own.on_since.is_none() && own.passkeys.len() == 1;
        let passkeys = own.passkeys.iter().map(|passkey| passkey_line(passkey, is_last)).collect_view();
        view! { <ul class="stack plain-list">{passkeys}</ul> }
    });
    // with codes they are listed there
    let recovery = (own.on_since.is_none() && !own.passkeys.is_empty()).then(|| {
        let left = match own.codes_left {
            0 => "None: make new ones".to_owned(),
            1 => "1 left".to_owned(),
            more => [&more.to_string(), " left"].concat(),
        };
        let row = SummaryRow::new("Recovery codes", left)
            .changed_at("/account/second-factor/recovery-codes", "your recovery codes");
        view! { <SummaryList rows=vec![row] /> }
    });
    view! {
        <section class="section" aria-labelledby="passkeys">
            <h2 id="passkeys">"Passkeys"</h2>
            <p>
                "A passkey signs you in with your finger, your face or the PIN of your telephone or computer. You then need no password and no code, and nobody can lure it out of you: it works on our website alone."
            </p>
            {list}
            {recovery}
            {add(own)}
        </section>
    }
    .into_any()
}

/// The way to one more, or why there is none.
fn add(own: &OwnSecondFactor) -> AnyView {
    if !own.passkeys_offered {
        return view! {
            <p class="muted">
                "Passkeys are not offered here: they work only on a website that has a name and a secure connection, and you have opened this one without."
            </p>
        }
        .into_any();
    }
    if own.on_since.is_some() || !own.passkeys.is_empty() {
        view! {
            <p>
                <ButtonLink href="/account/second-factor/passkey" kind=ButtonKind::Secondary>
                    "Add a passkey"
                </ButtonLink>
            </p>
        }
        .into_any()
    } else if own.address_first {
        view! { <p>"First confirm your email address, as above."</p> }.into_any()
    } else {
        view! {
            <form method="post" action=BeginPasskey::PATH>
                <FormPage />
                <Button kind=ButtonKind::Secondary>"Add a passkey"</Button>
            </form>
        }
        .into_any()
    }
}

fn passkey_line(passkey: &OwnPasskey, is_last: bool) -> AnyView {
    let OwnPasskey { id, name, added, used } = passkey.clone();
    let used = used.map_or_else(|| "Not used yet.".to_owned(), |used| ["Last used ", &used, "."].concat());
    let when = ["Added ", &added, ". ", &used].concat();
    let way = if is_last {
        view! { <p class="small">"The clinic asks doctors and staff for a passkey or for codes, so this one stays."</p> }
            .into_any()
    } else {
        let address = ["/account/second-factor/remove-passkey?passkey=", &id.to_string()].concat();
        view! {
            <p>
                <a href=address>"Remove it" <span class="visually-hidden">": " {name.clone()}</span></a>
            </p>
        }
        .into_any()
    };
    view! {
        <li>
            <p>
                <strong>{name}</strong>
            </p>
            <p class="small">{when}</p>
            {way}
        </li>
    }
    .into_any()
}

/// `/account/second-factor/new-passkey`: the browser makes the passkey.
pub(super) fn new_page() -> impl IntoView {
    let state = FormState::of("account/add_passkey");
    own_page(move |own| {
        let title = "Add a passkey";
        let content = own.new_passkey.map_or_else(begin_again, new_form);
        view! {
            <PageTitle text=title failed=state.failed() />
            <a class="back-link" href="/account/second-factor">
                <Icon glyph=Glyph::ChevronLeft />
                {TITLE}
            </a>
            <div class="narrow">
                <ErrorSummary errors=state.lines(PASSKEY) />
                <h1 tabindex="-1">{title}</h1>
                {content}
            </div>
        }
        .into_any()
    })
}

fn new_form(new: NewPasskey) -> AnyView {
    view! {
        <p class="lead">
            "Your telephone or computer now makes a passkey and asks you to unlock it, as you always unlock the device."
        </p>
        <PasskeyForm action=AddPasskey::PATH options=new.options button="Make the passkey">
            <Field
                name="name"
                label="What to call it"
                hint="So that you know it again in the list."
                value=new.name
                autocomplete="off"
            />
        </PasskeyForm>
        <p>"You are then signed out in every other browser."</p>
    }
    .into_any()
}

fn begin_again() -> AnyView {
    view! {
        <Notice tone=Tone::Warning title="Please begin again">
            <p>"No passkey was added. Each try has to be finished within five minutes."</p>
        </Notice>
        <ButtonLink href="/account/second-factor">"Back to sign-in and security"</ButtonLink>
    }
    .into_any()
}

/// The button that signs in with a passkey; with `second`, after the password. `next` is where it leads.
#[component]
pub(super) fn SignInWithPasskeyForm(next: String, #[prop(optional)] second: bool) -> impl IntoView {
    let body = if second { "second=true" } else { "" };
    view! {
        <PasskeyForm
            action=SignInWithPasskey::PATH
            start=(SignInChallenge::PATH, body)
            button="Sign in with a passkey"
            kind=ButtonKind::Secondary
        >
            <input type="hidden" name="next" value=next />
        </PasskeyForm>
    }
}
