//! Closing one's account.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{ClinicClock, Failure, Fields, FormPage, FormState, PageTitle, tel_href, use_frame},
    own_data::{
        actions::{CloseAccount, closing},
        model::{ClosingAppointment, ClosingPage as Data},
    },
    ui::{Button, ButtonKind, ButtonLink, Checkbox, ErrorSummary, Glyph, Icon, Notice, Tone},
};

const FIELDS: Fields = &[("sure", "that you are sure")];

/// `/account/close`: what closing the account does, and the button.
#[component]
pub fn ClosingPage() -> impl IntoView {
    let state = FormState::of("account/close");
    let data = Resource::new_blocking(|| (), |()| closing());
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: Data, state: &FormState) -> AnyView {
    let (blocking, cancelled): (Vec<_>, Vec<_>) = data.appointments.into_iter().partition(|one| one.blocks);
    let stands = !blocking.is_empty();
    let form = (!stands).then(|| form(data.seen));
    view! {
        <PageTitle text="Close your account" failed=state.failed() />
        <div class="narrow">
            <a class="back-link" href="/account">
                <Icon glyph=Glyph::ChevronLeft />
                "Back to your account"
            </a>
            <ErrorSummary errors=state.lines(FIELDS) />
            <div class="page-head">
                <h1 tabindex="-1">"Close your account"</h1>
                <p class="lead">"This cannot be undone."</p>
                <ClinicClock />
            </div>
            {stands.then(|| in_the_way(blocking))}
            {(!cancelled.is_empty())
                .then(|| {
                    view! {
                        <section class="section">
                            <h2>"These appointments will be cancelled"</h2>
                            {list(cancelled)}
                        </section>
                    }
                })}
            <section class="section">
                <h2>"What happens"</h2>
                <ul>
                    <li>"You are signed out everywhere, and programs and calendars no longer get your appointments."</li>
                    <li>"You leave the waiting list. Others can no longer act for you, nor you for them."</li>
                    <li>
                        "Your name, address, phone number and birth date are erased, and so are what you wrote and answered and the papers you sent."
                    </li>
                    <li>"That there were appointments, when, and with which doctor stays in the clinic’s records."</li>
                    {data.sends_mail.then(|| view! { <li>"You get one last message."</li> })}
                </ul>
                <p>
                    "You may want to "
                    <a href="/account/data">"keep your data as files"</a>
                    " first. With the same email address you can open a new account later. It begins empty."
                </p>
            </section>
            {form}
        </div>
    }
    .into_any()
}

fn in_the_way(blocking: Vec<ClosingAppointment>) -> AnyView {
    let phone = use_frame().clinic.phone;
    view! {
        <Notice tone=Tone::Warning title="Please call us first">
            <p>"These appointments are too close to cancel online, or have begun. You can close your account when they are over or cancelled."</p>
            {list(blocking)}
            <p>
                <a href=tel_href(&phone)>{phone.clone()}</a>
            </p>
        </Notice>
    }
    .into_any()
}

fn list(appointments: Vec<ClosingAppointment>) -> AnyView {
    let lines = appointments
        .into_iter()
        .map(|one| {
            let href = ["/appointments/", &one.id.to_string()].concat();
            let whom = one.for_whom.map(|name| view! { ", for " <bdi>{name}</bdi> });
            view! {
                <li>
                    <a href=href>{one.when}</a>
                    " with "
                    {one.doctor}
                    {whom}
                    {one.late.then_some(". It is late to cancel: the clinic notes it.")}
                </li>
            }
        })
        .collect_view();
    view! { <ul>{lines}</ul> }.into_any()
}

fn form(seen: String) -> AnyView {
    view! {
        <form method="post" action=CloseAccount::PATH novalidate>
            <FormPage />
            <input type="hidden" name="seen" value=seen />
            <Checkbox
                name="sure"
                value="yes"
                label="I want to close my account and have my name erased"
            />
            <div class="btns">
                <ButtonLink href="/account" kind=ButtonKind::Secondary>
                    "Keep my account"
                </ButtonLink>
                <Button kind=ButtonKind::Danger>"Close my account"</Button>
            </div>
        </form>
    }
    .into_any()
}

/// `/account/closed`: after it.
#[component]
pub fn ClosedPage() -> impl IntoView {
    view! {
        <PageTitle text="Your account is closed" />
        <div class="narrow">
            <div class="page-head">
                <h1 tabindex="-1">"Your account is closed"</h1>
                <p class="lead">"You are signed out. Your name and address are being erased."</p>
            </div>
            <p>"Thank you for having been with us. If you need us again, you can open a new account at any time."</p>
            <ButtonLink href="/" kind=ButtonKind::Secondary>
                "To the start page"
            </ButtonLink>
        </div>
    }
}
