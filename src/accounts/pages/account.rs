//! One's own account.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::{Viewer, actions::SignOut},
    app::{Failure, PageTitle, role_words, use_frame},
    error::AppError,
    ui::{Button, ButtonKind, SummaryList, SummaryRow},
};

/// `/account`: who is signed in, and a way out.
#[component]
pub fn AccountPage() -> impl IntoView {
    let frame = use_frame();
    let page = move || {
        frame.get().map(|frame| match frame.and_then(|frame| frame.viewer.ok_or(AppError::Unauthenticated)) {
            Ok(viewer) => account(viewer),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn account(viewer: Viewer) -> AnyView {
    let rows = vec![
        SummaryRow::new("Name", viewer.name),
        SummaryRow::new("Email address", viewer.email),
        SummaryRow::new("Account of a", role_words(viewer.role)),
    ];
    view! {
        <PageTitle text="Your account" />
        <div class="narrow">
            <div class="page-head">
                <h1 tabindex="-1">"Your account"</h1>
            </div>
            <SummaryList rows />
            <p>
                <a href="/account/tokens">"Tokens for programs that act for you"</a>
            </p>
            <p class="muted">"To change something here, please call the clinic."</p>
            <form method="post" action=SignOut::PATH>
                <Button kind=ButtonKind::Secondary>"Sign out"</Button>
            </form>
        </div>
    }
    .into_any()
}
