//! The files of one's own data.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{ClinicClock, Failure, FormPage, FormState, PageTitle},
    flash::Note,
    ids::ExportId,
    own_data::{
        actions::{AskData, own_data},
        model::{ExportState, KEPT_DAYS, OwnDataPage as Data, PersonData},
    },
    ui::{Button, ButtonKind, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// `/account/data`: everything that the clinic keeps of the reader, and of people without an account for whom they book.
#[component]
pub fn OwnDataPage() -> impl IntoView {
    let asked = Note::for_action("account/data").is_some();
    let state = FormState::of("account/ask_data");
    let data = Resource::new_blocking(|| (), |()| own_data());
    let page = move || {
        data.get().map(|data| match data {
            Ok(data) => show(data, asked, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(data: Data, asked: bool, state: &FormState) -> AnyView {
    let sends_mail = data.sends_mail;
    let asked = asked.then(|| {
        let text = if sends_mail {
            "It takes a few minutes. We send you a message when they are ready."
        } else {
            "It takes a few minutes. Please come back to this page."
        };
        view! {
            <Notice tone=Tone::Success title="We are preparing the files">
                <p>{text}</p>
            </Notice>
        }
    });
    let alone = data.persons.len() == 1;
    let persons = data.persons.into_iter().map(|person| card(person, alone)).collect_view();
    view! {
        <PageTitle text="Your data" failed=state.failed() />
        <div class="narrow">
            <a class="back-link" href="/account">
                <Icon glyph=Glyph::ChevronLeft />
                "Back to your account"
            </a>
            <ErrorSummary errors=state.lines(&[]) />
            <div class="page-head">
                <h1 tabindex="-1">"Your data"</h1>
                <p class="lead">
                    "You can have everything that the clinic keeps about you as files: your details, your appointments, what you wrote and answered, and the papers you sent."
                </p>
                <ClinicClock />
            </div>
            {asked}
            {persons}
            <section class="section">
                <h2>"What is in the files"</h2>
                <ul>
                    <li>"A page to read, which opens in any browser."</li>
                    <li>"Your appointments for your calendar."</li>
                    <li>"The same data for programs (JSON)."</li>
                    <li>"The papers of your appointments, in the file with everything."</li>
                </ul>
                <p>
                    {["We keep the files for ", &KEPT_DAYS.to_string(), " days and then delete them. Nobody else is named in them, except your doctors."].concat()}
                </p>
            </section>
        </div>
    }
    .into_any()
}

/// What there is of a person's files. Alone, the reader needs no heading with their own name.
fn card(person: PersonData, alone: bool) -> AnyView {
    let heading = (!alone).then(|| {
        let name = if person.own { "Yourself".to_owned() } else { person.name.clone() };
        view! {
            <h2>
                <bdi class="breakable">{name}</bdi>
            </h2>
        }
    });
    let whose = if person.own { String::new() } else { [" of ", &person.name].concat() };
    let (id, own) = (person.id.to_string(), whose.clone());
    let form = move |words: &'static str, kind: ButtonKind| {
        view! {
            <form method="post" action=AskData::PATH>
                <FormPage />
                <input type="hidden" name="person" value=id.clone() />
                <Button kind>{words} <span class="visually-hidden">{own.clone()}</span></Button>
            </form>
        }
    };
    let content = match person.state {
        ExportState::None => form("Prepare the files", ButtonKind::Primary).into_any(),
        ExportState::Waiting => view! { <p>"The files are being prepared. This takes a few minutes."</p> }.into_any(),
        ExportState::Ready { id, made, until } => view! {
            <p>"Made on " {made} ". Here until " {until} "."</p>
            {links(id, &whose)}
            {form("Prepare them again", ButtonKind::Secondary)}
        }
        .into_any(),
    };
    view! { <section class="card section">{heading} {content}</section> }.into_any()
}

fn links(id: ExportId, whose: &str) -> AnyView {
    let lines = [
        ("data.zip", "Everything in one file (ZIP)"),
        ("data.html", "The page to read"),
        ("appointments.ics", "Appointments for a calendar"),
        ("data.json", "Data for programs (JSON)"),
    ]
    .into_iter()
    .map(|(file, words)| {
        let href = ["/account/data/", &id.to_string(), "/", file].concat();
        view! {
            <li>
                <a href=href rel="external" download=file>
                    {words} <span class="visually-hidden">{whose.to_owned()}</span>
                </a>
            </li>
        }
    })
    .collect_view();
    view! { <ul>{lines}</ul> }.into_any()
}
