//! The second step of a sign-in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use super::{
    held_time::{Kept, kept_note, kept_time, next_page, with_next},
    passkeys::{PASSKEY, SignInWithPasskeyForm},
    second_factor::{CODE, CodeField},
};
use crate::{
    accounts::{
        actions::{
            passkeys::sign_in_ways,
            second_factor::{LostTelephone, ResetOwnSecondFactor, SignInWithCode, second_factor_link},
        },
        model::second_factor::SignInWays,
    },
    app::{Failure, FormPage, FormState, PageTitle, tel_href, use_frame},
    error::AppError,
    flash::Note,
    ui::{Button, ButtonKind, Checkbox, ErrorSummary, Field, Notice, Tone},
};

/// `/sign-in/code?next=/path`: asks for the code of a telephone, or for a passkey, whichever the account has; with
/// `use=recovery`, for a recovery code.
#[component]
pub fn SignInCodePage() -> impl IntoView {
    let next = next_page();
    let recovery = use_query_map().with_untracked(|query| query.get("use")).is_some_and(|what| what == "recovery");
    let sent = Note::for_action("account/second_factor").is_some_and(|note| note.value("done") == "link");
    let forms = ["sign_in/code", "sign_in/passkey", "sign_in/lost_telephone"].map(FormState::of);
    let asked = next.clone();
    let load = |next: String| async move {
        let ways = sign_in_ways(true).await?;
        Ok::<_, AppError>((ways, kept_time(&next).await))
    };
    let ways = Resource::new_blocking(move || asked.clone(), load);
    let page = move || {
        ways.get().map(|ways| match ways {
            Ok((ways, kept)) => second_step((ways, kept), recovery, sent, &forms, next.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn second_step(
    (ways, kept): (SignInWays, Option<Kept>),
    recovery: bool,
    sent: bool,
    forms: &[FormState; 3],
    next: String,
) -> AnyView {
    let [state, passkey, lost] = forms;
    let with_code = recovery || ways.codes || !ways.passkeys;
    let (title, lead) = if recovery {
        ("Enter a recovery code", "One of the ten codes that you wrote down. Each of them works once.")
    } else if with_code {
        ("Enter your code", "Open the program for codes on your telephone, and type the 6 digits that it shows now.")
    } else {
        ("Use your passkey", "The password was right. Now unlock your passkey, as you always unlock the device.")
    };
    let sent = sent.then(|| {
        view! {
            <Notice tone=Tone::Success title="The link is on its way">
                <p>"Look into the inbox of your email address. You need the link and one of your recovery codes."</p>
            </Notice>
        }
    });
    let code = with_code.then(|| code_form(state, recovery, next.clone()));
    let with_passkey = (ways.passkeys && !recovery).then(|| {
        view! { <SignInWithPasskeyForm next=next.clone() second=true /> }
    });
    view! {
        <PageTitle text=title failed=state.failed() || passkey.failed() || lost.failed() />
        <div class="solo">
            <ErrorSummary errors=[state.lines(CODE), passkey.lines(PASSKEY), lost.lines(&[])].concat() />
            <h1 tabindex="-1">{title}</h1>
            {sent}
            {kept.map(kept_note)}
            <p class="lead">{lead}</p>
            <div class="card">{code} {with_passkey}</div>
            {other_ways(recovery, with_code, &next)}
        </div>
    }
    .into_any()
}

fn code_form(state: &FormState, recovery: bool, next: String) -> impl IntoView + use<> {
    let field = if recovery {
        recovery_field(state).into_any()
    } else {
        view! { <CodeField state=state.clone() /> }.into_any()
    };
    view! {
        <form method="post" action=SignInWithCode::PATH novalidate>
            <FormPage />
            <input type="hidden" name="next" value=next />
            {field}
            <div class="field">
                <Checkbox
                    name="trust"
                    label="Do not ask for a code in this browser for 30 days"
                    hint="Only if nobody else uses it."
                    checked=state.ticked("trust", false)
                />
            </div>
            <button class="btn btn-large btn-wide" type="submit">
                "Sign in"
            </button>
        </form>
    }
}

fn recovery_field(state: &FormState) -> impl IntoView + use<> {
    view! {
        <Field
            name="code"
            label="Recovery code"
            hint="12 letters and digits, like 3K7F-M2PQ-9XWD. Spaces and hyphens do not matter."
            autocomplete="off"
            error=state.problem("code", CODE)
        />
    }
}

fn other_ways(recovery: bool, with_code: bool, next: &str) -> impl IntoView + use<> {
    let address = with_next("/sign-in/code", next);
    let other = if recovery {
        view! { <a href=address>"Use your telephone or a passkey instead"</a> }.into_any()
    } else {
        let join = if address.contains('?') { "&" } else { "?" };
        view! { <a href=[&address, join, "use=recovery"].concat()>"Use a recovery code instead"</a> }.into_any()
    };
    let phone = use_frame().clinic.phone;
    let no_other = if with_code {
        "No telephone and no recovery code? Call us"
    } else {
        "No passkey and no recovery code? Call us"
    };
    view! {
        <p>{other}</p>
        {recovery.then(|| lost_telephone(next))}
        <p>
            {no_other} ": " <a href=tel_href(&phone)>{phone.clone()}</a>
        </p>
        <p>
            <a href=with_next("/sign-in", next)>"Sign in as another person"</a>
        </p>
    }
}

/// The way of a person whose telephone is gone for good, so that they do not need one recovery code for each sign-in.
fn lost_telephone(next: &str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=LostTelephone::PATH>
            <FormPage />
            <input type="hidden" name="next" value=next.to_owned() />
            <p>
                "The telephone or the passkey is gone for good? "
                <Button kind=ButtonKind::Link>"Send me a link that turns codes and passkeys off"</Button>
            </p>
        </form>
    }
}

/// `/second-factor/:token`: turns codes and passkeys off, with a recovery code.
#[component]
pub fn ResetSecondFactorPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let state = FormState::of("account/reset_second_factor");
    let asked = token.clone();
    let link = Resource::new_blocking(move || asked.clone(), second_factor_link);
    let page = move || {
        link.get().map(|link| match link {
            Ok(()) => reset_form(token.clone(), &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn reset_form(token: String, state: &FormState) -> AnyView {
    let title = "Turn codes and passkeys off";
    view! {
        <PageTitle text=title failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(CODE) />
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                "Type one of the recovery codes that you wrote down. From then on your password alone signs you in, until you set up codes or a passkey again."
            </p>
            <div class="card">
                <form method="post" action=ResetOwnSecondFactor::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="token" value=token />
                    {recovery_field(state)}
                    <button class="btn btn-large btn-wide" type="submit">
                        "Turn codes and passkeys off"
                    </button>
                </form>
            </div>
        </div>
    }
    .into_any()
}
