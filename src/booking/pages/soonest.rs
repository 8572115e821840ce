//! Any doctor, soonest: one press holds the soonest free time.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{
    address::{failed, in_query},
    messages::whole_form,
};
use crate::{
    app::{FormPage, FormState, PageTitle, leaving_target, use_frame},
    booking::{
        actions::soonest::{HoldSoonest, soonest},
        soonest::SoonestPage as Found,
    },
    ui::{ButtonKind, ButtonLink, Empty, ErrorSummary, Glyph, Icon},
};

/// `/soonest?specialty=&location=`: what will be held, and the button that holds it.
#[component]
pub fn SoonestPage() -> impl IntoView {
    let (specialty, location) = (in_query("specialty").unwrap_or_default(), in_query("location").unwrap_or_default());
    let state = FormState::of("booking/soonest");
    let asked = (specialty.clone(), location.clone());
    let page = Resource::new_blocking(move || asked.clone(), |(specialty, location)| soonest(specialty, location));
    let content = move || {
        let (state, specialty, location) = (state.clone(), specialty.clone(), location.clone());
        Suspend::new(async move {
            match page.await {
                Ok(found) => soonest_view(found, specialty, location, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn soonest_view(found: Found, specialty: String, location: String, state: &FormState) -> AnyView {
    let title = "The soonest time with any doctor";
    let place = if found.location.is_empty() { "every clinic".to_owned() } else { found.location.clone() };
    let lead = [&found.specialty, ", ", &place].concat();
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
