//! The second step of a sign-in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::{
    held_time::{KeptTime, next_page, with_next},
    second_factor::{CODE, CodeField},
};
use crate::{
    accounts::actions::second_factor::SignInWithCode,
    app::{FormPage, FormState, PageTitle, tel_href, use_frame},
    ui::{Checkbox, ErrorSummary, Field},
};

/// `/sign-in/code?next=/path`: asks for the code of a telephone; with `use=recovery`, for a recovery code.
#[component]
pub fn SignInCodePage() -> impl IntoView {
    let state = FormState::of("sign_in/code");
    let next = next_page();
    let recovery = use_query_map().with_untracked(|query| query.get("use")).is_some_and(|what| what == "recovery");
    let (title, lead) = if recovery {
        ("Enter a recovery code", "One of the ten codes that you wrote down. Each of them works once.")
    } else {
        ("Enter your code", "Open the program for codes on your telephone, and type the 6 digits that it shows now.")
    };
    let field = if recovery {
        recovery_field(&state).into_any()
    } else {
        view! { <CodeField state=state.clone() /> }.into_any()
    };
    view! {
        <PageTitle text=title failed=state.failed() />
        <div class="solo">
            <ErrorSummary errors=state.lines(CODE) />
            <h1 tabindex="-1">{title}</h1>
            <KeptTime next=next.clone() />
            <p class="lead">{lead}</p>
            <div class="card">
                <form method="post" action=SignInWithCode::PATH novalidate>
                    <FormPage />
                    <input type="hidden" name="next" value=next.clone() />
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
            </div>
            {other_ways(recovery, &next)}
        </div>
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

fn other_ways(recovery: bool, next: &str) -> impl IntoView + use<> {
    let address = with_next("/sign-in/code", next);
    let other = if recovery {
        view! { <a href=address>"Use the code of your telephone instead"</a> }.into_any()
    } else {
        let join = if address.contains('?') { "&" } else { "?" };
        view! { <a href=[&address, join, "use=recovery"].concat()>"Use a recovery code instead"</a> }.into_any()
    };
    let phone = use_frame().clinic.phone;
    view! {
        <p>{other}</p>
        <p>
            "No telephone and no recovery code? Call us: " <a href=tel_href(&phone)>{phone.clone()}</a>
        </p>
        <p>
            <a href=with_next("/sign-in", next)>"Sign in as another person"</a>
        </p>
    }
}
