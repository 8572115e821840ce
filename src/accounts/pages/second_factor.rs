//! One's own second factor: setting a telephone up, recovery codes, trusted browsers.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use crate::{
    accounts::{
        actions::second_factor::{
            BeginSecondFactor, ConfirmSecondFactor, ForgetBrowser, NewRecoveryCodes, TurnOffSecondFactor,
            own_second_factor,
        },
        model::second_factor::{OwnSecondFactor, SetUp, TrustedBrowser},
    },
    app::{ClinicClock, Failure, Fields, FormPage, FormState, NotFound, PageTitle},
    flash::Note,
    ui::{
        Button, ButtonKind, ButtonLink, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, SummaryList, SummaryRow,
        Tone,
    },
};

pub(super) const CODE: Fields = &[("code", "the code")];
const TITLE: &str = "Sign in with a code";
const FORGET: &str = "account/forget_browser";

/// `/account/second-factor`: whether codes are asked for, and what there is to do about it.
#[component]
pub fn SecondFactorPage() -> impl IntoView {
    let note = Note::for_action("account/second_factor");
    let (begin, confirm) =
        (FormState::of("account/begin_second_factor"), FormState::of("account/confirm_second_factor"));
    let forget = FormState::of(FORGET).lines(&[]);
    own_page(move |own| {
        let mut errors: Vec<ErrorLine> = begin.lines(CODE);
        errors.extend(confirm.lines(CODE));
        errors.extend(forget.clone());
        let failed = !errors.is_empty();
        let content = match (&own.set_up, &own.on_since) {
            (Some(set_up), _) => telephone(set_up, own.on_since.is_some(), &confirm),
            (None, Some(since)) => on(&own, since),
            (None, None) => off(own.address_first),
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
fn own_page(show: impl Fn(OwnSecondFactor) -> AnyView + Send + Sync + 'static) -> impl IntoView {
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
        "off" => ("Codes are no longer asked for", "Your password alone signs you in from now on."),
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
                "We cannot show them again. If your telephone gets lost, each of them signs you in once instead of a code. Keep them on paper, in a safe place, and not in the telephone."
            </p>
            <ul class="code-list">{codes}</ul>
        </Notice>
    }
    .into_any()
}

fn off(address_first: bool) -> AnyView {
    let set_up = if address_first {
        view! {
            <p>
                "First confirm your email address: " <a href="/account">"your account"</a> " says how. Then come back here."
            </p>
        }
        .into_any()
    } else {
        view! {
            <form method="post" action=BeginSecondFactor::PATH>
                <FormPage />
                <Button>"Set it up"</Button>
            </form>
        }
        .into_any()
    };
    view! {
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
        <p class="lead">"When you sign in, we ask for your password and for a code from your telephone."</p>
        <SummaryList rows />
        {browsers(&own.browsers)}
        {turn_off(own.is_needed)}
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
            <p>"Your password alone would sign you in."</p>
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

/// A form that asks for a code before it changes the second factor.
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
            lead: "From then on your password alone signs you in. You can set codes up again at any time.",
            button: "Turn codes off",
        },
        _ => return None,
    })
}

/// `/account/second-factor/:change`: another telephone, new recovery codes, or turning it off.
#[component]
pub fn ChangeSecondFactorPage() -> impl IntoView {
    let name = use_params_map().with_untracked(|params| params.get("change")).unwrap_or_default();
    let Some(change) = change(&name) else {
        return view! { <NotFound /> }.into_any();
    };
    let state = FormState::of(change.endpoint);
    let page = own_page(move |_| {
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
                <form method="post" action=change.path novalidate>
                    <FormPage />
                    <Field
                        name="code"
                        label="Code from your telephone, or a recovery code"
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
            </div>
        }
        .into_any()
    });
    page.into_any()
}
