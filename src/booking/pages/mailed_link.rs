//! One appointment behind the link of a message. Opening the link changes nothing: mail programs open every link they
//! see.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{appointment_path, failed, in_query},
    facts::{date_tile, location_text, phone_link, start_words, text_or_none, when_row},
    messages::whole_form,
};
use crate::{
    app::{FormPage, FormState, PageTitle, zoned},
    booking::{
        CancelReason, Change, LinkedAppointment, LinkedPage, Status,
        actions::mailed_link::{CancelLinkedAppointment, linked_appointment},
    },
    flash::Note,
    ui::{
        Button, ButtonKind, ButtonLink, Choice, Choices, ErrorSummary, Glyph, Icon, Notice, SummaryList, SummaryRow,
        Tone,
    },
};

/// `/appointment/:token`: what the message says of the appointment, and what can be done with it; with `?cancel=yes`
/// the question whether to cancel it.
#[component]
pub fn LinkedAppointmentPage() -> impl IntoView {
    let token = use_params_map().with_untracked(|params| params.get("token")).unwrap_or_default();
    let asks = in_query("cancel").is_some();
    let state = FormState::of("appointment/cancel");
    let cancelled = Note::for_action("appointment/cancel").map(|note| note.value("what") == "request");
    let wanted = token.clone();
    let page = Resource::new_blocking(move || wanted.clone(), linked_appointment);
    let content = move || {
        let (token, state) = (token.clone(), state.clone());
        Suspend::new(async move {
            match page.await {
                Ok(page) => match (cancelled, page) {
                    (Some(was_request), _) => cancelled_view(was_request),
                    (None, LinkedPage::Appointment(summary)) if asks => question_view(&summary, &token, &state),
                    (None, LinkedPage::Appointment(summary)) => appointment_view(&summary, &token),
                    (None, LinkedPage::Changed) => dead_view(
                        "This link is out of date",
                        "Your appointment has changed since this message was sent. Look for a newer message from us, or sign in to see it.",
                    ),
                    (None, LinkedPage::Over) => dead_view(
                        "This link is no longer in use",
                        "It worked until the time of the appointment. Sign in to see your appointments.",
                    ),
                },
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn appointment_view(linked: &LinkedAppointment, token: &str) -> AnyView {
    let summary = &linked.summary;
    let title = start_words(summary);
    let keeps =
        linked.kept.as_ref().map(|kept| [" You keep ", &kept.when, " until the new time is accepted."].concat());
    let asked = linked.asked.as_ref().map(|asked| {
        let words =
            ["Your request is for ", &asked.when, ". You keep this time until the new time is accepted."].concat();
        view! {
            <Notice tone=Tone::Info title="You asked for another time">
                <p>{words}</p>
            </Notice>
        }
    });
    let waiting = (linked.status == Status::Requested).then(|| {
        view! {
            <Notice tone=Tone::Warning title="Waiting for approval">
                <p>"The doctor has not answered yet. We keep the time for you until then." {keeps}</p>
            </Notice>
        }
    });
    let rows = vec![
        SummaryRow::new("Doctor", summary.doctor_name.clone()),
        when_row(summary),
        SummaryRow::new("Where", location_text(summary)),
        SummaryRow::new("Clinic phone", text_or_none(&summary.phone)),
    ];
    view! {
        <PageTitle text="Your appointment" />
        {waiting} {asked}
        <div class="appt-head">
            {date_tile(summary, false)}
            <div>
                <h1 tabindex="-1">{title}</h1>
                <p>
                    <span class="muted">"Reference"</span> " "
                    <span class="reference">{linked.reference.clone()}</span>
                </p>
            </div>
        </div>
        <div class="split">
            <div>
                <SummaryList rows />
            </div>
            <aside class="card" aria-label="What you can do">
                {actions(linked, token)} <p class="muted small no-print">"You can print this page to keep it."</p>
            </aside>
        </div>
    }
    .into_any()
}

/// What can be done now, and until when.
fn actions(linked: &LinkedAppointment, token: &str) -> impl IntoView + use<> {
    let calendar = ["/appointment/", token, "/calendar.ics"].concat();
    let move_it = (linked.change == Change::Free).then(|| {
        view! {
            <li>
                <a class="btn btn-wide" href=appointment_path(linked.id, "/move")>
                    "Choose a new time"
                </a>
                <p class="muted small">"You need to sign in first."</p>
            </li>
        }
    });
    // an address without a path is of this page: the link stands nowhere twice
    let cancel_words = if linked.kept.is_some() { "Withdraw the request" } else { "Cancel appointment" };
    let cancel = matches!(linked.change, Change::Free | Change::LateCancelOnly).then(|| {
        view! {
            <li>
                <a class="btn btn-quiet btn-danger btn-wide" href="?cancel=yes" rel="external">
                    {cancel_words}
                </a>
            </li>
        }
    });
    let call = (linked.change == Change::CallClinic).then(|| {
        let phone = phone_link(&linked.summary.phone);
        view! { <p>"It is too late to change this appointment online. If you cannot come, call " {phone} "."</p> }
    });
    let rule = (linked.change != Change::CallClinic).then(|| linked.summary.rule.clone());
    view! {
        <ul class="actions">
            {move_it} {cancel} <li>
                <a class="btn btn-secondary btn-wide" href=calendar rel="external" download="appointment.ics">
                    <Icon glyph=Glyph::Calendar />
                    "Add to calendar"
                </a>
            </li>
        </ul>
        <p class="muted small">{rule}</p>
        {call}
    }
}

/// Asks once more, and why.
fn question_view(linked: &LinkedAppointment, token: &str, state: &FormState) -> AnyView {
    let summary = &linked.summary;
    let from = zoned(&summary.from, &summary.zone);
    let lead = if linked.kept.is_some() { "Withdraw your request for " } else { "Cancel your appointment on " };
    let title = [lead, &summary.day, " at ", &from, "?"].concat();
    let problems = whole_form(state);
    let open = matches!(linked.change, Change::Free | Change::LateCancelOnly);
    let other = match (&linked.kept, &linked.asked) {
        (Some(kept), _) => Some(["You keep your appointment at ", &kept.when, "."].concat()),
        (None, Some(asked)) => Some(["Your request to move it to ", &asked.when, " ends too."].concat()),
        (None, None) => None,
    };
    let text = match linked.change {
        Change::Free | Change::LateCancelOnly if linked.kept.is_some() => "You can ask for another time again.",
        Change::Free => "This cannot be undone. To keep your place, choose a new time instead.",
        Change::LateCancelOnly => {
            "It is late to cancel. You can still do it, but the clinic notes that it was late. This cannot be undone."
        }
        _ => "It is too late to cancel this appointment online. If you cannot come, please call.",
    };
    let reasons =
        CancelReason::OF_PATIENTS.into_iter().map(|reason| Choice::new(reason.into_str(), reason.label())).collect();
    let token = token.to_owned();
    let page = ["/appointment/", &token].concat();
    let chosen = state.typed("reason");
    let (legend, keep, button) = if linked.kept.is_some() {
        ("Why do you withdraw it? (optional)", "Keep the request", "Withdraw the request")
    } else {
        ("Why are you cancelling? (optional)", "Keep the appointment", "Cancel appointment")
    };
    let form = open.then(|| {
        view! {
            <form method="post" action=CancelLinkedAppointment::PATH>
                <FormPage />
                <input type="hidden" name="token" value=token />
                <Choices name="reason" legend choices=reasons chosen />
                <div class="btns">
                    <ButtonLink href=page kind=ButtonKind::Secondary>
                        {keep}
                    </ButtonLink>
                    <Button kind=ButtonKind::Danger>{button}</Button>
                </div>
            </form>
        }
    });
    view! {
        <PageTitle text="Cancel your appointment?" failed=state.failed() />
        <ErrorSummary errors=problems />
        <div class="narrow">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">{text}</p>
            {other.map(|words| view! { <p>{words}</p> })}
            {form}
        </div>
    }
    .into_any()
}

/// `was_request`: a request to move was withdrawn, and its appointment stays.
fn cancelled_view(was_request: bool) -> AnyView {
    let (title, text) = if was_request {
        ("Your request is withdrawn", "You keep your appointment. We have sent you a message to confirm this.")
    } else {
        (
            "Your appointment is cancelled",
            "Another patient can book the time now. We have sent you a message to confirm this.",
        )
    };
    view! {
        <PageTitle text=title />
        <div class="narrow">
            <Notice tone=Tone::Success>
                <h1 tabindex="-1">{title}</h1>
                <p>{text}</p>
            </Notice>
            <div class="btns">
                <ButtonLink href="/doctors">"Find another time"</ButtonLink>
                <ButtonLink href="/appointments" kind=ButtonKind::Secondary>
                    "My appointments"
                </ButtonLink>
            </div>
        </div>
    }
    .into_any()
}

/// A link that shows nothing any more.
fn dead_view(title: &'static str, text: &'static str) -> AnyView {
    view! {
        <PageTitle text=title />
        <div class="narrow">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">{text}</p>
            <div class="btns">
                <ButtonLink href="/appointments">"My appointments"</ButtonLink>
            </div>
        </div>
    }
    .into_any()
}
