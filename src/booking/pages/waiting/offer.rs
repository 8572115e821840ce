//! An offer. Looking at it changes nothing: mail programs open every link they see.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use crate::{
    app::{FormPage, FormState, PageTitle},
    booking::{
        actions::waiting::{AnswerLinkedOffer, AnswerOffer, linked_offer, offer},
        pages::{
            address::{appointment_path, failed},
            facts::{date_tile, for_whom, location_text, start_words, text_or_none, when_row},
            messages::sentence,
        },
        waiting::{OfferState, OfferView},
    },
    error::AppError,
    flash::Note,
    ui::{ButtonKind, ButtonLink, ErrorLine, ErrorSummary, Notice, SummaryList, SummaryRow, Tone},
};

/// `/waiting-list/offers/:id`: an offer, for the signed-in patient.
#[component]
pub fn OfferPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get_str("id")?.parse().ok());
    let state = FormState::of("waiting/answer");
    let page = Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => offer(id).await,
                None => Err(AppError::NotFound),
            }
        },
    );
    let content = move || {
        let state = state.clone();
        Suspend::new(async move {
            match page.await {
                Ok(offer) => {
                    let value = offer.id.to_string();
                    offer_view(&offer, &state, Sender { action: AnswerOffer::PATH, field: "id", value, left: false })
                }
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// `/offer/:token`: the same behind the link of a message, for whoever reads the message.
#[component]
pub fn LinkedOfferPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let state = FormState::of("offer/answer");
    let left = Note::for_action("offer/answer").is_some_and(|note| note.value("what") == "left");
    let wanted = token.clone();
    let page = Resource::new_blocking(move || wanted.clone(), linked_offer);
    let content = move || {
        let (state, value) = (state.clone(), token.clone());
        Suspend::new(async move {
            match page.await {
                Ok(offer) => {
                    offer_view(&offer, &state, Sender { action: AnswerLinkedOffer::PATH, field: "token", value, left })
                }
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// Where the answer goes, and by what the offer is known there.
struct Sender {
    action: &'static str,
    field: &'static str,
    value: String,
    /// Whether the person has just left the list.
    left: bool,
}

fn offer_view(offer: &OfferView, state: &FormState, sender: Sender) -> AnyView {
    let summary = &offer.summary;
    let when = start_words(summary);
    let lead = match (&offer.keeps, &summary.for_whom) {
        (Some(_), _) => "Earlier time: ".to_owned(),
        (None, Some(name)) => ["Free for ", name, ": "].concat(),
        (None, None) => "Free for you: ".to_owned(),
    };
    let title = match offer.state {
        OfferState::Open => [lead.as_str(), &when].concat(),
        OfferState::Accepted { .. } if offer.needs_approval => "We have asked the doctor for this time".to_owned(),
        OfferState::Accepted { .. } => "The time is yours".to_owned(),
        _ if sender.left => "You have left the waiting list".to_owned(),
        OfferState::Declined => "You said no thanks".to_owned(),
        OfferState::Over => "This offer is over".to_owned(),
    };
    let problems = problems(offer, state);
    let failed = !problems.is_empty();
    let rows = vec![
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        when_row(summary),
        SummaryRow::new("Where", location_text(summary)),
        SummaryRow::new("Clinic phone", text_or_none(&summary.phone)),
    ];
    let what_to_do = match offer.state {
        OfferState::Open => answers(offer, sender).into_any(),
        state => afterwards(offer, state, sender.left).into_any(),
    };
    // of a mailed link, the title is not to say when: it stays in the browser's history
    view! {
        <PageTitle text="A time that came free" failed />
        <ErrorSummary errors=problems />
        <div class="appt-head">
            {date_tile(summary, offer.state != OfferState::Open)}
            <div>
                <h1 tabindex="-1">{title}</h1>
                {for_whom(summary)}
            </div>
        </div>
        <div class="narrow">{what_to_do} <SummaryList rows /></div>
    }
    .into_any()
}

/// What went wrong with the last answer. That the offer is over is what the page itself says.
fn problems(offer: &OfferView, state: &FormState) -> Vec<ErrorLine> {
    let line = |error: &AppError| match error {
        AppError::HoldExpired { .. } if offer.state == OfferState::Over => None,
        AppError::HoldExpired { .. } => Some("The time is no longer free. Nothing was changed.".to_owned()),
        other => Some(sentence(other)),
    };
    let text = state.error().and_then(line);
    text.map(|text| ErrorLine { field: String::new(), text }).into_iter().collect()
}

fn answers(offer: &OfferView, sender: Sender) -> impl IntoView + use<> {
    let stays = offer.keeps.as_ref().map(|keeps| {
        view! {
            <p>"The appointment on " {keeps.clone()} " stays until you accept. Then it moves to this time."</p>
        }
    });
    let approval = offer.needs_approval.then(|| {
        view! { <p>"The doctor confirms this appointment before it is booked."</p> }
    });
    let accept = if offer.keeps.is_some() { "Accept and move" } else { "Accept" };
    let button = |kind: ButtonKind, value: &'static str, words: &'static str| {
        view! {
            <button class=kind.class() type="submit" name="answer" value=value>
                {words}
            </button>
        }
    };
    view! {
        <p class="lead">"Kept for you until " {offer.until.clone()} "."</p>
        {stays}
        {approval}
        <form method="post" action=sender.action>
            <FormPage />
            <input type="hidden" name=sender.field value=sender.value />
            <div class="btns">
                {button(ButtonKind::Primary, "accept", accept)}
                {button(ButtonKind::Secondary, "decline", "No thanks")}
                {button(ButtonKind::Quiet, "leave", "Leave the waiting list")}
            </div>
            <p class="hint">"No thanks: the next person is asked, and you stay on the waiting list."</p>
        </form>
    }
}

/// What is to be done when the offer no longer waits for an answer.
fn afterwards(offer: &OfferView, state: OfferState, left: bool) -> impl IntoView + use<> {
    let (tone, words) = match state {
        OfferState::Accepted { .. } if offer.needs_approval => {
            (Tone::Success, "The doctor answers your request. We have sent you a message.")
        }
        OfferState::Accepted { .. } => {
            (Tone::Success, "The appointment is booked for this time. We have sent you a message to confirm it.")
        }
        _ if left => (Tone::Success, "We do not ask you again. Nothing else has changed."),
        OfferState::Declined => (Tone::Success, "The time goes to the next person. You stay on the waiting list."),
        OfferState::Over | OfferState::Open => {
            (Tone::Info, "The time for your answer is over, and the next person is asked. No appointment was changed.")
        }
    };
    let (href, link) = match state {
        OfferState::Accepted { id } => (appointment_path(id, ""), "See the appointment"),
        _ => ("/waiting-list".to_owned(), "My waiting list"),
    };
    view! {
        <Notice tone>
            <p>{words}</p>
        </Notice>
        <div class="btns">
            <ButtonLink href>{link}</ButtonLink>
        </div>
    }
}
