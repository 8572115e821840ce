//! A series that is booked: its appointments, and cancelling those that remain.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{appointment_path, failed, in_query},
    facts::{appointment_words, date_tile, for_whom, phone_link, start_words, status_tag},
    messages::whole_form,
};
use crate::{
    app::{FormPage, FormState, PageTitle},
    booking::{
        AppointmentDetails, CancelReason, Change,
        actions::series::{CancelSeries, series_details},
        series::SeriesDetails,
    },
    error::AppError,
    ids::SeriesId,
    ui::{Button, ButtonKind, ButtonLink, Choice, Choices, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// The page of a series, or a page below it: `part` is empty or starts with a slash.
pub(super) fn series_path(id: SeriesId, part: &str) -> String {
    ["/series/", &id.to_string(), part].concat()
}

fn series_in_path() -> Resource<Result<SeriesDetails, AppError>> {
    let id: Option<SeriesId> = use_params_map().with_untracked(|params| params.get_str("id")?.parse().ok());
    Resource::new_blocking(
        move || id,
        |id| async move {
            match id {
                Some(id) => series_details(id).await,
                None => Err(AppError::NotFound),
            }
        },
    )
}

/// `/series/:id`: for its patient, its doctor, and clinic staff.
#[component]
pub fn BookedSeriesPage() -> impl IntoView {
    let series = series_in_path();
    let done = in_query("done").unwrap_or_default();
    let content = move || {
        let done = done.clone();
        Suspend::new(async move {
            match series.await {
                Ok(series) => booked_view(series, &done),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

/// `/series/:id/cancel`: asks once more, and why.
#[component]
pub fn CancelSeriesPage() -> impl IntoView {
    let series = series_in_path();
    let state = FormState::of("booking/cancel_series");
    let content = move || {
        let state = state.clone();
        Suspend::new(async move {
            match series.await {
                Ok(series) => cancel_view(series, &state),
                Err(error) => failed(error),
            }
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn counted(number: usize) -> String {
    match number {
        1 => "1 appointment".to_owned(),
        more => [&more.to_string(), " appointments"].concat(),
    }
}

fn booked_view(series: SeriesDetails, done: &str) -> AnyView {
    let title = if series.is_pair {
        "Two appointments on one day".to_owned()
    } else {
        [&counted(usize::try_from(series.members).unwrap_or_default()), " booked together"].concat()
    };
    let news = match done {
        "booked" => Some(("Booked", "They are all in the list below. You can move or cancel each of them alone.")),
        "cancelled" => Some(("Cancelled", "The times are free for other patients now.")),
        _ => None,
    };
    let news = news.map(|(title, words)| {
        view! {
            <Notice tone=Tone::Success title>
                <p>{words}</p>
            </Notice>
        }
    });
    let at_desk = series.patient.is_some();
    let patient = series.patient.clone().map(|name| {
        view! {
            <p>
                "For "
                <strong>
                    <bdi>{name}</bdi>
                </strong>
            </p>
        }
    });
    let cards = series.appointments.iter().map(|(place, one)| card(*place, series.members, one)).collect_view();
    let cancel = (!series.remaining.is_empty()).then(|| {
        let words = ["Cancel the remaining ", &series.remaining.len().to_string()].concat();
        view! {
            <ButtonLink href=series_path(series.id, "/cancel") kind=ButtonKind::Secondary>
                {words}
            </ButtonLink>
        }
    });
    let mine = (!at_desk).then(|| {
        view! {
            <ButtonLink href="/appointments" kind=ButtonKind::Quiet>
                "My appointments"
            </ButtonLink>
        }
    });
    view! {
        <PageTitle text=title.clone() />
        {news}
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            {patient}
            {whose(&series)}
        </div>
        <ol class="appt-list">{cards}</ol>
        <div class="btns">{cancel} {mine}</div>
    }
    .into_any()
}

/// Whom they are for, where the reader acts for the patient.
fn whose(series: &SeriesDetails) -> Option<impl IntoView + use<>> {
    series.appointments.first().map(|(_, one)| for_whom(&one.summary))
}

fn card(place: i64, members: i64, appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let summary = &appointment.summary;
    let when = start_words(summary);
    let kind = appointment_words(&summary.visit_type_name, &summary.minutes.to_string(), summary.mode);
    view! {
        <li>
            <article class="appt-card">
                {date_tile(summary, appointment.change == Change::Finished)}
                <div>
                    <h2>
                        <a href=appointment_path(appointment.id, "")>{when}</a>
                    </h2>
                    <p>
                        {place.to_string()} " of " {members.to_string()} ", with "
                        <bdi>{summary.doctor_name.clone()}</bdi>
                    </p>
                    <p class="muted small">{kind} ". " {summary.location.clone()}</p>
                    {status_tag(appointment)}
                </div>
            </article>
        </li>
    }
}

fn cancel_view(series: SeriesDetails, state: &FormState) -> AnyView {
    let remaining = series.remaining.len();
    let at_desk = series.patient.is_some();
    let title = match remaining {
        0 => "There is nothing to cancel".to_owned(),
        more => ["Cancel the remaining ", &counted(more), "?"].concat(),
    };
    let going: Vec<String> = series
        .appointments
        .iter()
        .filter(|(_, one)| series.remaining.contains(&one.id))
        .map(|(_, one)| [&one.summary.day, ", ", &one.summary.from, ", ", &one.summary.doctor_name].concat())
        .collect();
    let late = (series.too_late > 0).then(|| {
        let words =
            [&counted(series.too_late), " can no longer be cancelled online. If you cannot come, call "].concat();
        view! { <p>{words} {phone_link(&series.clinic_phone)} "."</p> }
    });
    let noted = series
        .appointments
        .iter()
        .any(|(_, one)| series.remaining.contains(&one.id) && one.change == Change::LateCancelOnly && !at_desk);
    let noted = noted.then(|| view! { <p>"For some it is late to cancel: the clinic notes that it was late."</p> });
    let question = (remaining > 0).then(|| question(&series, at_desk, state));
    view! {
        <PageTitle text=title.clone() failed=state.failed() />
        <a class="back-link" href=series_path(series.id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the appointments"
        </a>
        <ErrorSummary errors=whole_form(state) />
        <h1 tabindex="-1">{title}</h1>
        {whose(&series)}
        <ul>{going.into_iter().map(|words| view! { <li>{words}</li> }).collect_view()}</ul>
        {noted}
        {late}
        {question}
    }
    .into_any()
}

fn question(series: &SeriesDetails, at_desk: bool, state: &FormState) -> impl IntoView + use<> {
    let reasons = if at_desk { CancelReason::OF_CLINIC.to_vec() } else { CancelReason::OF_PATIENTS.to_vec() };
    let reasons = reasons.into_iter().map(|reason| Choice::new(reason.into_str(), reason.label())).collect();
    let legend = if at_desk { "Why are they cancelled? (optional)" } else { "Why are you cancelling? (optional)" };
    view! {
        <p>"This cannot be undone."</p>
        <form method="post" action=CancelSeries::PATH>
            <FormPage />
            <input type="hidden" name="id" value=series.id.to_string() />
            <input type="hidden" name="seen" value=series.seen.clone() />
            <Choices name="reason" legend choices=reasons chosen=state.typed("reason") />
            <div class="btns">
                <Button kind=ButtonKind::Danger>"Cancel the remaining ones"</Button>
            </div>
        </form>
    }
}
