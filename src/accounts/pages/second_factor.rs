//! One's own second factor: setting a telephone up, recovery codes, trusted browsers.

use leptos::{prelude::*, server_fn::ServerFn};

use super::passkeys;
use crate::{
    accounts::{
        actions::second_factor::{BeginSecondFactor, ConfirmSecondFactor, ForgetBrowser, own_second_factor},
        model::second_factor::{OwnSecondFactor, SetUp, TrustedBrowser},
    },
    app::{ClinicClock, Failure, Fields, FormPage, FormState, PageTitle},
    flash::Note,
    ui::{
        Button, ButtonKind, ButtonLink, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, SummaryList, SummaryRow,
        Tone,
    },
};

pub(super) const CODE: Fields = &[("code", "the code")];
pub(super) const TITLE: &str = "Sign-in and security";
const CODES: &str = "Codes from your telephone";
const FORGET: &str = "account/forget_browser";

/// `/account/second-factor`: whether codes are asked for, and what there is to do about it.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let note = Note::for_action("account/second_factor");
    let (begin, confirm) =
        (FormState::of("account/begin_second_factor"), FormState::of("account/confirm_second_factor"));
    let forget = [FORGET, "account/begin_passkey"].map(|form| FormState::of(form).lines(&[])).concat();
    own_page(move |own| {
        let mut errors: Vec<ErrorLine> = begin.lines(CODE);
        errors.extend(confirm.lines(CODE));
        errors.extend(forget.clone());
        let failed = !errors.is_empty();
        let content = match (&own.set_up, &own.on_since) {
            (Some(set_up), _) => telephone(set_up, own.on_since.is_some(), &confirm),
            (None, Some(since)) => [on(&own, since), passkeys::section(&own)].into_any(),
            (None, None) => [off(&own), passkeys::section(&own)].into_any(),
        };
        view! {
            <PageTitle text=TITLE failed />
            <a class="back-link" href="/account">
                <Icon glyph=Glyph::ChevronLeft />
                "Back to your account"
            </a>
            <div class="narrow">
                <ErrorSummary errors />
                <div class="page-head">
                    <h1 tabindex="-1">{TITLE}</h1>
                    <ClinicClock />
                </div>
                {note.as_ref().filter(|_| !failed).and_then(done)}
                {content}
            </div>
        }
        .into_any()
    })
}

/// A page that shows what the signed-in person's second factor is.
pub(super) fn own_page(show: impl Fn(OwnSecondFactor) -> AnyView + Send + Sync + 'static) -> impl IntoView {
    let own = Resource::new_blocking(|| (), |()| own_second_factor());
    let page = move || {
        own.get().map(|own| match own {
            Ok(own) => show(own),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// What has just been done: recovery codes, for the only time, or a sentence.
fn done(note: &Note) -> Option<AnyView> {
    let codes = note.value("codes");
    if !codes.is_empty() {
        return Some(recovery_codes(codes));
    }
    let (title, text) = match note.value("done") {
        "off" => ("Codes are no longer asked for", "You can set them up again at any time."),
        "passkey_added" => ("Your passkey is added", "You can sign in with it from now on."),
        "passkey_removed" => ("The passkey is removed", "Nobody can sign in with it any more."),
        "browser" => {
            ("This browser is no longer trusted", "The next time you sign in there, you are asked for a code.")
        }
        _ => return None,
    };
    Some(view! { <Notice tone=Tone::Success title><p>{text}</p></Notice> }.into_any())
}

fn recovery_codes(codes: &str) -> AnyView {
    let codes = codes.split(' ').map(|code| view! { <li>{code.to_owned()}</li> }).collect_view();
    view! {
        <Notice tone=Tone::Success title="Write these recovery codes down now">
            <p>
                "We cannot show them again. If your telephone gets lost, each of them signs you in once, together with your password. Keep them on paper, in a safe place, and not in the telephone."
            </p>
            <ul class="code-list">{codes}</ul>
        </Notice>
    }
    .into_any()
}

fn off(own: &OwnSecondFactor) -> AnyView {
    let set_up = if own.address_first {
        view! {
            <p>
                "First confirm your email address: " <a href="/account">"your account"</a> " says how. Then come back here."
            </p>
        }
        .into_any()
    } else if own.passkeys.is_empty() {
        view! {
            <form method="post" action=BeginSecondFactor::PATH>
                <FormPage />
                <Button>"Set it up"</Button>
            </form>
        }
        .into_any()
    } else {
        view! {
            <p>
                <ButtonLink href="/account/second-factor/telephone" kind=ButtonKind::Secondary>
                    "Set it up"
                </ButtonLink>
            </p>
        }
        .into_any()
    };
    view! {
        <h2>{CODES}</h2>
        <p class="lead">
            "When you sign in, we can ask for two things: your password, and a code of 6 digits that your telephone shows. Your account is then safe even if a stranger learns your password."
        </p>
        <p>"You need a telephone with an app that makes such codes. It works without a connection."</p>
        {set_up}
    }
    .into_any()
}

/// The way of a new telephone, in three steps.
fn telephone(set_up: &SetUp, replaces: bool, state: &FormState) -> AnyView {
    let lead = if replaces {
        "Until you type the code of the new telephone below, the old one stays as it is."
    } else {
        "Three steps, and it is done. Nothing changes before the third."
    };
    view! {
        <p class="lead">{lead}</p>
        <h2>"1. Open the program for codes on your telephone"</h2>
        <p>
            "If you have none, look for “authenticator” in the place where you get programs for your telephone. There are several good ones, and they are free."
        </p>
        <h2>"2. Show it this picture"</h2>
        <p>"In the program, choose to add an account, and point the camera at the picture."</p>
        {picture(set_up)}
        <p>"No camera, or you read this on the telephone itself? Type this key into the program instead:"</p>
        <p class="typed-key">{set_up.secret.clone()}</p>
        <h2>"3. Type the code that the telephone shows now"</h2>
        <form method="post" action=ConfirmSecondFactor::PATH novalidate>
            <FormPage />
            <CodeField state=state.clone() />
            <Button>"Confirm"</Button>
        </form>
        <p>"You are then signed out in every other browser."</p>
    }
    .into_any()
}

fn picture(set_up: &SetUp) -> AnyView {
    let size = set_up.size.to_string();
    let view_box = ["0 0 ", &size, " ", &size].concat();
    view! {
        <svg
            class="qr-code"
            viewBox=view_box
            role="img"
            aria-label="Picture for the camera of your telephone. The key below says the same."
            shape-rendering="crispEdges"
        >
            <rect width=size.clone() height=size fill="#fff"></rect>
            <path d=set_up.squares.clone() fill="#000"></path>
        </svg>
    }
    .into_any()
}

/// The field for the digits that a telephone shows.
#[component]
pub(super) fn CodeField(state: FormState) -> impl IntoView {
    view! {
        <Field
            name="code"
            label="Code from your telephone"
            hint="6 digits. The telephone shows other ones every 30 seconds."
            autocomplete="one-time-code"
            inputmode="numeric"
            error=state.problem("code", CODE)
        />
    }
}

fn on(own: &OwnSecondFactor, since: &str) -> AnyView {
    let left = match own.codes_left {
        0 => "None: make new ones".to_owned(),
        1 => "1 left".to_owned(),
        more => [&more.to_string(), " left"].concat(),
    };
    let rows = vec![
        SummaryRow::new("Codes are asked for", ["Since ", since].concat()),
        SummaryRow::new("Telephone", "Makes your codes")
            .changed_at("/account/second-factor/telephone", "the telephone that makes your codes"),
        SummaryRow::new("Recovery codes", left)
            .changed_at("/account/second-factor/recovery-codes", "your recovery codes"),
    ];
    view! {
        <h2>{CODES}</h2>
        <p class="lead">"When you sign in, we ask for your password and for a code from your telephone."</p>
        <SummaryList rows />
        {browsers(&own.browsers)}
        {turn_off(own.is_needed && own.passkeys.is_empty())}
    }
    .into_any()
}

fn turn_off(is_needed: bool) -> AnyView {
    if is_needed {
        return view! { <p class="section">"The clinic asks doctors and staff for codes, so they stay on."</p> }
            .into_any();
    }
    view! {
        <section class="section" aria-labelledby="off">
            <h2 id="off">"Turn it off"</h2>
            <p>"You can set codes up again at any time."</p>
            <ButtonLink href="/account/second-factor/off" kind=ButtonKind::Secondary>
                "Turn codes off"
            </ButtonLink>
        </section>
    }
    .into_any()
}

fn browsers(browsers: &[TrustedBrowser]) -> AnyView {
    let list = if browsers.is_empty() {
        view! { <p class="muted">"None. You can choose it when you sign in with a code."</p> }.into_any()
    } else {
        view! { <ul class="stack plain-list">{browsers.iter().map(browser).collect_view()}</ul> }.into_any()
    };
    view! {
        <section class="section" aria-labelledby="browsers">
            <h2 id="browsers">"Browsers you trust"</h2>
            <p>"In these browsers your password is enough for 30 days. Trust only those that nobody else uses."</p>
            {list}
        </section>
    }
    .into_any()
}

fn browser(browser: &TrustedBrowser) -> AnyView {
    let TrustedBrowser { id, device, since, used, until } = browser.clone();
    let when = ["Since ", &since, ". Last used ", &used, ". Until ", &until, "."].concat();
    let (name, id) = (device.clone(), id.to_string());
    view! {
        <li>
            <p>
                <strong>{device}</strong>
            </p>
            <p class="small">{when}</p>
            <form method="post" action=ForgetBrowser::PATH>
                <FormPage />
                <input type="hidden" name="id" value=id />
                <Button kind=ButtonKind::Link>
                    "No longer trust it" <span class="visually-hidden">": " {name}</span>
                </Button>
            </form>
        </li>
    }
    .into_any()
}
