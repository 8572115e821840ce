//! Stopping reminders from a message.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use crate::{
    app::{Failure, PageTitle},
    notifications::actions::linked_reminders,
    ui::{Button, ButtonKind, ButtonLink},
};

/// `/reminders/:token`: asks whether to stop reminders. The form is sent to the page's own address, where mail programs
/// send theirs (RFC 8058).
#[component]
pub fn StopRemindersPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let on = Resource::new_blocking(move || token.clone(), linked_reminders);
    let page = move || {
        on.get().map(|on| match on {
            Ok(true) => question(),
            Ok(false) => stopped(),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn question() -> AnyView {
    view! {
        <PageTitle text="Stop reminders?" />
        <div class="narrow">
            <h1 tabindex="-1">"Stop reminders for your appointments?"</h1>
            <p class="lead">
                "You will still get a message when an appointment is booked, moved or cancelled. Your appointments stay as they are."
            </p>
            // no address: the form goes to the page itself, so that its secret is in no other address
            <form method="post">
                <div class="btns">
                    <Button>"Stop reminders"</Button>
                </div>
            </form>
        </div>
    }
    .into_any()
}

fn stopped() -> AnyView {
    view! {
        <PageTitle text="Reminders are off" />
        <div class="narrow">
            <h1 tabindex="-1">"Reminders are off"</h1>
            <p class="lead">
                "We no longer remind you of your appointments. Your appointments stay as they are."
            </p>
            <p>"You can switch reminders on again in your account."</p>
            <div class="btns">
                <ButtonLink href="/account/notifications" kind=ButtonKind::Secondary>
                    "Messages you get"
                </ButtonLink>
            </div>
        </div>
    }
    .into_any()
}
