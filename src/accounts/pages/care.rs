//! The people whom an account acts for, and who acts for its owner.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    accounts::{
        actions::care::{AcceptCare, EndCare, own_care},
        model::care::{Care, Grant},
    },
    app::{Failure, FormPage, FormState, PageTitle},
    flash::Note,
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// `/account/people`: everything that stands or waits between this account and others.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let done = Note::for_action("account/people").and_then(|note| done_words(note.value("done")));
    let problems: Vec<ErrorLine> = ["account/accept_care", "account/end_care"]
        .into_iter()
        .flat_map(|form| FormState::of(form).lines(&[]))
        .collect();
    let care = Resource::new_blocking(|| (), |()| own_care());
    let page = move || {
        care.get().map(|care| match care {
            Ok(care) => show(care, done, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// Title and text of what has just been done.
fn done_words(done: &str) -> Option<(&'static str, &'static str)> {
    Some(match done {
        "child" => ("The child is added", "You can book appointments for them now."),
        "asked" => (
            "We have passed on your question",
            "If the address belongs to an account, its owner gets a message. Nothing changes until they accept.",
        ),
        "accepted" => ("Accepted", "You can end it on this page at any time."),
        "ended" => ("Ended", "It no longer counts, from this moment."),
        "link" => ("The link is on its way", "It works for three days. Until it is used, nothing changes."),
        _ => return None,
    })
}

fn show(care: Care, done: Option<(&'static str, &'static str)>, problems: Vec<ErrorLine>) -> AnyView {
    let done = done.map(|(title, text)| {
        view! {
            <Notice tone=Tone::Success title=title>
                <p>{text}</p>
            </Notice>
        }
    });
    let unconfirmed = care.unconfirmed.then(|| {
        view! {
            <Notice tone=Tone::Info title="Confirm your email address first">
                <p>"Questions of other people to you appear here when you have confirmed your email address."</p>
            </Notice>
        }
    });
    let asked = asked(care.asks_to_act, care.asks_to_be_carer);
    view! {
        <PageTitle text="People you book for" failed=!problems.is_empty() />
        <div class="narrow">
            <a class="back-link" href="/account">
                <Icon glyph=Glyph::ChevronLeft />
                "Back to your account"
            </a>
            <ErrorSummary errors=problems />
            <div class="page-head">
                <h1 tabindex="-1">"People you book for"</h1>
                <p class="lead">"Book for your children, or for an adult who lets you."</p>
            </div>
            {done}
            {unconfirmed}
            {asked}
            <section class="section" aria-labelledby="persons">
                <h2 id="persons">"You can act for"</h2>
                {persons(care.persons)}
                <div class="btns">
                    <ButtonLink href="/account/people/child">"Add a child"</ButtonLink>
                    <ButtonLink href="/account/people/adult" kind=ButtonKind::Secondary>
                        "Ask an adult"
                    </ButtonLink>
                </div>
            </section>
            <section class="section" aria-labelledby="carers">
                <h2 id="carers">"Who can act for you"</h2>
                {carers(care.carers)}
                <div class="btns">
                    <ButtonLink href="/account/people/carer" kind=ButtonKind::Secondary>
                        "Let another person act for you"
                    </ButtonLink>
                </div>
            </section>
        </div>
    }
    .into_any()
}

/// What may be done, and until when.
fn terms(grant: &Grant) -> String {
    let until = grant.until.as_ref().map(|until| [" until ", until].concat());
    [grant.scope.label(), &until.unwrap_or_default(), "."].concat()
}

fn persons(grants: Vec<Grant>) -> AnyView {
    if grants.is_empty() {
        return view! {
            <Empty glyph=Glyph::Person title="Only yourself">
                <p>"Your own appointments are always here."</p>
            </Empty>
        }
        .into_any();
    }
    let lines = grants
        .into_iter()
        .map(|grant| {
            let born = grant.born.as_ref().map(|born| view! { <p class="muted small">"Born " {born.clone()}</p> });
            let state = grant.waits.then(|| view! { <p class="small">"Has not answered yet."</p> });
            let own = grant.may_have_account.then(|| own_account(&grant));
            let end = if grant.waits { "Take back" } else { "Stop acting for them" };
            view! {
                <li class="card">
                    <h3>
                        <bdi class="breakable">{grant.name.clone()}</bdi>
                    </h3>
                    {born}
                    <p>{terms(&grant)}</p>
                    {state}
                    {parents(&grant)}
                    {own}
                    {end_form(&grant, end)}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="stack plain-list">{lines}</ul> }.into_any()
}

/// For a person who is old enough for an account of their own.
fn own_account(grant: &Grant) -> Option<impl IntoView + use<>> {
    let href = ["/account/people/own-account?person=", &grant.person?.to_string()].concat();
    Some(view! {
        <p>
            <a href=href>"Let them have an account of their own"</a>
        </p>
    })
}

/// The others whom the reader asked to act for a child, and the way to ask one.
fn parents(grant: &Grant) -> Option<impl IntoView + use<>> {
    let href = ["/account/people/parent?person=", &grant.person?.to_string()].concat();
    let name = grant.name.clone();
    let ask = (grant.may_invite && grant.others.is_empty()).then(|| {
        view! {
            <p>
                <a href=href>
                    "Ask the other parent" <span class="visually-hidden">" of " {name}</span>
                </a>
            </p>
        }
    });
    let lines = grant.others.iter().map(|other| {
        let words = if other.waits { " was asked, and has not answered yet." } else { " acts for them too." };
        let end = if other.waits { "Take back" } else { "End this now" };
        view! {
            <li>
                <p>
                    <strong>
                        <bdi class="breakable">{other.name.clone()}</bdi>
                    </strong>
                    {words}
                </p>
                <p class="small">{terms(other)}</p>
                {end_form(other, end)}
            </li>
        }
    });
    let lines: Vec<_> = lines.collect();
    let lines = (!lines.is_empty()).then(|| view! { <ul class="stack plain-list">{lines}</ul> });
    Some(view! {
        {lines}
        {ask}
    })
}

fn carers(grants: Vec<Grant>) -> AnyView {
    if grants.is_empty() {
        return view! { <p class="muted">"Nobody. Only you see and book your appointments."</p> }.into_any();
    }
    let lines = grants
        .into_iter()
        .map(|grant| {
            let state = grant.waits.then(|| view! { <p class="small">"Has not answered yet."</p> });
            let end = if grant.waits { "Take back" } else { "End this now" };
            view! {
                <li class="card">
                    <h3>
                        <bdi class="breakable">{grant.name.clone()}</bdi>
                    </h3>
                    <p>{terms(&grant)}</p>
                    {state}
                    {end_form(&grant, end)}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="stack plain-list">{lines}</ul> }.into_any()
}

/// What waits for an answer of the reader.
fn asked(to_act: Vec<Grant>, to_be_carer: Vec<Grant>) -> Option<AnyView> {
    let line = |grant: Grant, words: &'static str| {
        let (id, name, to_end) = (grant.id.to_string(), grant.name.clone(), end_form(&grant, "Decline"));
        let who = grant.asked_by.clone().unwrap_or_else(|| grant.name.clone());
        let words = match &grant.asked_by {
            Some(_) => ["asks you to act for ", &grant.name, " too."].concat(),
            None => words.to_owned(),
        };
        view! {
            <li class="card">
                <p>
                    <strong>
                        <bdi>{who}</bdi>
                    </strong>
                    " "
                    {words}
                </p>
                <p>{terms(&grant)}</p>
                <div class="btns">
                    <form method="post" action=AcceptCare::PATH>
                        <FormPage />
                        <input type="hidden" name="id" value=id />
                        <Button>
                            "Accept" <span class="visually-hidden">": " {name}</span>
                        </Button>
                    </form>
                    {to_end}
                </div>
            </li>
        }
    };
    let all: Vec<_> = to_act
        .into_iter()
        .map(|grant| line(grant, "wants to act for you."))
        .chain(to_be_carer.into_iter().map(|grant| line(grant, "wants you to act for them.")))
        .collect();
    (!all.is_empty()).then(|| {
        view! {
            <section class="section" aria-labelledby="asked">
                <h2 id="asked">"Waiting for your answer"</h2>
                <p>"If you do not know the person, decline. They are not told why."</p>
                <ul class="stack plain-list">{all}</ul>
            </section>
        }
        .into_any()
    })
}

fn end_form(grant: &Grant, words: &'static str) -> impl IntoView + use<> {
    let (id, name) = (grant.id.to_string(), grant.name.clone());
    view! {
        <form method="post" action=EndCare::PATH>
            <FormPage />
            <input type="hidden" name="id" value=id />
            <Button kind=ButtonKind::Link>
                {words} <span class="visually-hidden">": " {name}</span>
            </Button>
        </form>
    }
}
