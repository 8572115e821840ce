//! Any doctor, soonest: one press holds the soonest free time.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{failed, in_query},
    messages::whole_form,
    who::{Before, QUESTION, ask_before, chosen_before, kept_fields},
};
use crate::{
    app::{FormPage, FormState, PageTitle, leaving_target, use_frame},
    booking::{
        actions::soonest::{HoldSoonest, soonest},
        soonest::SoonestPage as Found,
    },
    ui::{ButtonKind, ButtonLink, Empty, ErrorSummary, Glyph, Icon},
};

/// `/soonest?specialty=&location=&person=`: what will be held, and the button that holds it. Who acts for others says
/// first whom it is for.
#[component]
pub fn SoonestPage() -> impl IntoView {
    let value = |name: &str| in_query(name).unwrap_or_default();
    let address = Address {
        specialty: value("specialty"),
        location: value("location"),
        person: value("person"),
        keep: kept_fields(),
    };
    let state = FormState::of("booking/soonest");
    let asked = (address.specialty.clone(), address.location.clone(), address.person.clone());
    let page = Resource::new_blocking(
        move || asked.clone(),
        |(specialty, location, person)| soonest(specialty, location, person),
    );
    let content = move || {
        let (state, address) = (state.clone(), address.clone());
        Suspend::new(async move {
            match page.await {
                Ok(found) if found.whom.is_open() => ask_whom(&found, address),
                Ok(found) => soonest_view(found, address, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// What the address says.
#[derive(Clone)]
struct Address {
    specialty: String,
    location: String,
    person: String,
    /// All of it without the person.
    keep: Vec<(String, String)>,
}

/// "General practice, every clinic"
fn what_words(found: &Found) -> String {
    let place = if found.location.is_empty() { "every clinic" } else { &found.location };
    [&found.specialty, ", ", place].concat()
}

fn ask_whom(found: &Found, address: Address) -> AnyView {
    let about = Before {
        back: (directory(&address.specialty, &address.location), "Back to the doctors".to_owned()),
        question: QUESTION,
        what: what_words(found),
        page: "/soonest".to_owned(),
        keep: address.keep,
    };
    ask_before(&found.whom.persons, about)
}

fn soonest_view(found: Found, address: Address, state: &FormState) -> AnyView {
    let title = "The soonest time with any doctor";
    let (lead, whose) = (what_words(&found), chosen_before(&found.whom, "/soonest", &address.keep));
    let Address { specialty, location, person, .. } = address;
    let person = found.whom.person.map(|_| view! { <input type="hidden" name="person" value=person /> });
    let back = directory(&specialty, &location);
    let next = if use_frame().is_clinic() {
        "On the next page you choose the patient."
    } else {
        "We hold it for you while you finish booking. You see who the doctor is before you confirm."
    };
    let list = back.clone();
    let what = match found.when {
        Some(when) => view! {
            <p>"At the moment, the soonest free time is " <strong>{when}</strong> "."</p>
            <form method="post" action=HoldSoonest::PATH target=leaving_target()>
                <FormPage />
                <input type="hidden" name="specialty" value=specialty />
                <input type="hidden" name="location" value=location />
                {person}
                <p class="hint">{next} " If another patient takes it first, you get the next one."</p>
                <button class="btn btn-large" type="submit">
                    "Take the soonest time"
                </button>
            </form>
        }
        .into_any(),
        None => view! {
            <Empty glyph=Glyph::Calendar title="No free times">
                <p>"None of these doctors has a time to book online at the moment."</p>
                <div class="btns">
                    <ButtonLink href=list kind=ButtonKind::Secondary>
                        "See the doctors"
                    </ButtonLink>
                </div>
            </Empty>
        }
        .into_any(),
    };
    view! {
        <PageTitle text=title failed=state.failed() />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the doctors"
        </a>
        <ErrorSummary errors=whole_form(state) />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">{lead}</p>
            {whose}
        </div>
        {what}
    }
    .into_any()
}

/// The list of the doctors among whom one is chosen.
fn directory(specialty: &str, location: &str) -> String {
    let mut address = ["/doctors?specialty=", specialty].concat();
    if !location.is_empty() {
        address.extend(["&location=", location]);
    }
    address
}
