//! One's own account.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::{
        Permission, Role,
        actions::{
            SignOut,
            own_account::{CancelEmail, SendLink, SetSearchKey, own_account},
        },
        model::OwnAccount,
    },
    app::{Failure, FormPage, FormState, PageTitle, role_words, use_frame},
    flash::Note,
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Notice, SummaryList, SummaryRow, Tone},
};

/// `/account`: what it holds, ways to change it, and a way out.
#[component]
pub fn AccountPage() -> impl IntoView {
    let done = Note::for_action("account").and_then(|note| done_words(note.value("done")));
    let problems: Vec<ErrorLine> = ["account/send_link", "account/cancel_email"]
        .into_iter()
        .flat_map(|form| FormState::of(form).lines(&[]))
        .collect();
    let account = Resource::new_blocking(|| (), |()| own_account());
    let page = move || {
        account.get().map(|account| match account {
            Ok(account) => show(account, done, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Title and text of what has just been done.
fn done_words(done: &str) -> Option<(&'static str, &'static str)> {
    Some(match done {
        "profile" => ("Your details are saved", ""),
        "password" => ("Your password is changed", "You are signed out in every other browser."),
        "email" => ("Your email address is changed", "Sign in with the new one from now on."),
        "email_asked" => (
            "Check the inbox of your new address",
            "We have sent a link there. Your address changes when you open it and press the button.",
        ),
        "email_kept" => ("Your email address stays as it is", ""),
        "link" => ("The link is on its way", "It can take a few minutes."),
        _ => return None,
    })
}

fn show(account: OwnAccount, done: Option<(&'static str, &'static str)>, problems: Vec<ErrorLine>) -> AnyView {
    let done = done.map(|(title, text)| {
        view! {
            <Notice tone=Tone::Success title=title>
                {(!text.is_empty()).then(|| view! { <p>{text}</p> })}
            </Notice>
        }
    });
    let (address, more) = (address(&account), more(account.role));
    let phone = if account.phone.is_empty() { "None".to_owned() } else { account.phone };
    let state = match (account.sends_mail, account.verified) {
        (true, true) => "\nConfirmed",
        (true, false) => "\nNot confirmed yet",
        (false, _) => "",
    };
    let email = SummaryRow::new("Email address", account.email + state);
    let (email, way_in) = match account.directory {
        // whoever is known by the directory has no password to type before a change
        Some(name) => (email, vec![SummaryRow::new("Sign-in", ["With ", &name].concat())]),
        None => (email.changed_at("/account/email", "your email address"), password_and_code(account.second_factor)),
    };
    let record = vec![
        SummaryRow::new("Name", account.name).changed_at("/account/profile", "your name"),
        email,
        SummaryRow::new("Phone number", phone).changed_at("/account/profile", "your phone number"),
        SummaryRow::new("Birth date", account.birth_date_words).changed_at("/account/profile", "your birth date"),
    ];
    let kind = SummaryRow::new("Kind of account", role_words(account.role));
    let rows = record.into_iter().chain(way_in).chain([kind]).collect::<Vec<_>>();
    view! {
        <PageTitle text="Your account" failed=!problems.is_empty() />
        <div class="narrow">
            <ErrorSummary errors=problems />
            <div class="page-head">
                <h1 tabindex="-1">"Your account"</h1>
            </div>
            {done}
            <SummaryList rows />
            {address}
            {more}
            {keys(account.role)}
            <form method="post" action=SignOut::PATH>
                <FormPage />
                <Button kind=ButtonKind::Secondary>"Sign out"</Button>
            </form>
        </div>
    }
    .into_any()
}

fn password_and_code(is_asked_for: bool) -> Vec<SummaryRow> {
    let words = if is_asked_for { "Asked for" } else { "Not asked for" };
    vec![
        SummaryRow::new("Password", "Only you know it").changed_at("/account/password", "your password"),
        SummaryRow::new("Code or passkey at sign-in", words)
            .changed_at("/account/second-factor", "what is asked for at sign-in, and your passkeys"),
    ]
}

/// Where the rest of the account is.
fn more(role: Role) -> impl IntoView {
    view! {
        <section class="section">
            <h2>"More"</h2>
            <ul>
                <li>
                    <a href="/account/notifications">"Which messages you get"</a>
                </li>
                {role.may(Permission::BookForOneself)
                    .then(|| {
                        view! {
                            <li>
                                <a href="/account/people">"People you book for, and who can book for you"</a>
                            </li>
                        }
                    })}
                {role.may(Permission::HaveCalendarFeed)
                    .then(|| {
                        view! {
                            <li>
                                <a href="/account/calendar">"Your appointments in your own calendar"</a>
                            </li>
                        }
                    })}
                <li>
                    <a href="/account/sessions">"Where you are signed in"</a>
                </li>
                <li>
                    <a href="/account/tokens">"Tokens for programs that act for you"</a>
                </li>
                {(role == Role::Patient)
                    .then(|| {
                        view! {
                            <li>
                                <a href="/account/access">"Who looked at or changed your appointments"</a>
                            </li>
                        }
                    })}
                <li>
                    <a href="/account/data">"Your data as files"</a>
                </li>
                {(role == Role::Patient)
                    .then(|| {
                        view! {
                            <li>
                                <a href="/account/close">"Close your account"</a>
                            </li>
                        }
                    })}
            </ul>
        </section>
    }
}

/// The one key that works by itself on every page, for those who have it.
fn keys(role: Role) -> Option<AnyView> {
    if !role.may(Permission::WorkAtDesk) {
        return None;
    }
    let off = use_frame().search_key_off;
    let (state, press) = if off {
        ("The key / does nothing in this browser.", "Switch the key / on")
    } else {
        (
            "The key / goes to the search for patients, unless you are typing. Switch it off if you dictate, or press it \
             by accident.",
            "Switch the key / off",
        )
    };
    Some(
        view! {
            <section class="section" id="keys">
                <h2>"Keyboard"</h2>
                <form method="post" action=SetSearchKey::PATH>
                    <FormPage />
                    <input type="hidden" name="on" value=off.to_string() />
                    <p>{state}</p>
                    <Button kind=ButtonKind::Secondary>{press}</Button>
                </form>
            </section>
        }
        .into_any(),
    )
}

/// What there is to do about an address that is not confirmed.
fn address(account: &OwnAccount) -> Option<AnyView> {
    if !account.sends_mail || (account.verified && account.pending_email.is_none()) {
        return None;
    }
    let again = view! {
        <form method="post" action=SendLink::PATH>
            <FormPage />
            <Button kind=ButtonKind::Secondary>"Send the link again"</Button>
        </form>
    };
    let view = match account.pending_email.clone() {
        Some(wanted) => view! {
            <h2>"Your new email address"</h2>
            <p>
                "You asked to use " <bdi class="breakable">{wanted}</bdi>
                " from now on. Open the link that we sent there. Until then your address stays as it is."
            </p>
            <div class="btns">
                {again}
                <form method="post" action=CancelEmail::PATH>
                    <FormPage />
                    <Button kind=ButtonKind::Quiet>"Keep the old address"</Button>
                </form>
            </div>
        }
        .into_any(),
        None => view! {
            <h2>"Please confirm your email address"</h2>
            <p>
                "We have sent you a message with a link. Open the link and press the button, so that we know that our messages reach you."
            </p>
            <div class="btns">{again}</div>
        }
        .into_any(),
    };
    Some(view)
}
