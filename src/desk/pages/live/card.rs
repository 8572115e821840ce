//! The panel of an appointment, what is done with it, and moving it.

use leptos::{html, prelude::*, task::spawn_local, web_sys::Element};

use super::{
    grid::{self, FreeTime},
    outcome::{after, refusal, refusal_of},
    state::{Desk, Moved},
    undo::{OPEN, offer},
};
use crate::{
    booking::{
        Attendance, CancelReason,
        actions::{answer_request, attendance::note_attendance, cancel, front_desk::move_appointment},
    },
    desk::{
        actions::card,
        model::{CardState, Undoable},
    },
    doctors::{AgendaAppointment, AgendaState},
    error::AppError,
    ids::AppointmentId,
    ui::{base_path, say},
};

/// What a panel that changes an appointment has to tell.
type Problem = RwSignal<Option<String>>;

/// The panel of an appointment.
#[derive(Clone, Copy)]
struct CardPanel {
    desk: Desk,
    id: AppointmentId,
    facts: RwSignal<Option<Result<AgendaAppointment, AppError>>>,
    problem: Problem,
}

impl CardPanel {
    async fn load(self) {
        let answer = card(self.id).await;
        // the panel may be closed by now
        self.facts.try_set(Some(answer));
    }
}

fn slug_of(id: AppointmentId) -> String {
    grid::card(id).as_ref().and_then(grid::slug_of).unwrap_or_default()
}

/// What is said after a note.
fn done_words(mark: Attendance) -> &'static str {
    match mark {
        Attendance::Arrived => "arrived",
        Attendance::Completed => "completed",
        Attendance::NoShow => "did not attend",
        Attendance::Undo => "booked again",
    }
}

/// Notes whether a patient came, by a key: with the appointment as the card shows it, or not at all.
pub async fn note(desk: Desk, link: Element, id: AppointmentId, mark: Attendance) {
    let (version, patient) = (grid::version_of(&link).unwrap_or_default(), grid::text_of(&link, "bdi"));
    match note_attendance(id, version, mark.into_str().to_owned()).await {
        Ok(()) => after(desk, &slug_of(id), id, &[&patient, ": ", done_words(mark), "."].concat()).await,
        Err(error) => say(&refusal_of(&error, id).await),
    }
}

/// The appointment of a card, to be moved as the card shows it; none for one that is over, which is said.
pub fn begin(link: &Element, id: AppointmentId) -> Option<Moved> {
    let entry = link.parent_element().map(|entry| entry.class_name()).unwrap_or_default();
    let over = [CardState::Arrived, CardState::Completed, CardState::Missed].map(|state| state.into_str());
    if entry.split(' ').any(|class| over.contains(&class)) {
        say("This appointment can no longer be moved.");
        return None;
    }
    let words = [&grid::text_of(link, "bdi"), ", ", &grid::text_of(link, "b")].concat();
    Some(Moved { id, version: grid::version_of(link)?, slug: grid::slug_of(link)?, words })
}

/// An appointment waits for its new time.
pub fn start_moving(desk: Desk, moved: Moved) {
    say(&moving_words(&moved));
    desk.moving.set(Some(moved));
    desk.close();
}

fn moving_words(moved: &Moved) -> String {
    ["Moving ", &moved.words, ". Choose a free time of the same doctor. Escape stops."].concat()
}

/// Says above the columns that an appointment waits for its new time.
pub fn moving_note(desk: Desk, moved: &Moved) -> AnyView {
    view! {
        <p class="desk-note">
            {moving_words(moved)} " "
            <button class="btn-link" type="button" on:click=move |_| desk.moving.set(None)>
                "Stop moving"
            </button>
        </p>
    }
    .into_any()
}

/// The panel of an appointment; its facts are on their way when it opens.
pub fn card_panel(desk: Desk, id: AppointmentId) -> AnyView {
    let panel = CardPanel { desk, id, facts: RwSignal::new(None), problem: RwSignal::new(None) };
    spawn_local(panel.load());
    let content = move || match panel.facts.get() {
        None => {
            view! { <h2 id="desk-panel-title">"Appointment"</h2> <p class="muted">"One moment\u{2026}"</p> }.into_any()
        }
        Some(Err(error)) => view! {
            <h2 id="desk-panel-title">"Appointment"</h2>
            <p class="error-text" role="alert">{refusal(&error)}</p>
        }
        .into_any(),
        Some(Ok(card)) => show(panel, &card),
    };
    view! {
        {content}
        <button class="btn btn-quiet desk-close" type="button" on:click=move |_| desk.close()>
            "Close"
        </button>
    }
    .into_any()
}

fn show(panel: CardPanel, card: &AgendaAppointment) -> AnyView {
    let CardPanel { desk, problem, .. } = panel;
    let title = NodeRef::<html::H2>::new();
    Effect::new(move |_| {
        if let Some(title) = title.get() {
            // Focus can only fail on a node that left the page meanwhile.
            let _ = title.focus();
        }
    });
    let when = [&card.day, ", ", &card.time, " to ", &card.until].concat();
    let phone = (!card.phone.is_empty()).then(|| view! { <p>{card.phone.clone()}</p> });
    let answer_by = card.answer_by.clone().map(|until| view! { <p class="small">"Answer " {until}</p> });
    let more = [&card.appointment, ". Reference ", &card.reference, "."].concat();
    let page = [base_path().unwrap_or_default().as_str(), "/appointments/", &card.id.to_string()].concat();
    view! {
        <h2 id="desk-panel-title" tabindex="-1" node_ref=title>
            <bdi>{card.patient.clone()}</bdi>
        </h2>
        <p>
            <b>{when}</b>
        </p>
        <p>{card.status.clone()}</p>
        {phone}
        <p class="muted small">{more}</p>
        {answer_by}
        {move || problem.get().map(|words| view! { <p class="notice notice-danger" role="alert">{words}</p> })}
        <div class="btns">{answers(panel, card)} {marks(panel, card)} {moving(desk, card)}</div>
        {cancelling(panel, card)}
        <p>
            <a href=page>"Open the appointment"</a>
        </p>
    }
    .into_any()
}

/// Runs a change; the panel closes when it succeeds, and says why when it does not. After somebody else's change it
/// shows the appointment as it is now.
fn run<F>(panel: CardPanel, card: &AgendaAppointment, done: &'static str, undo: Option<Undoable>, change: F)
where
    F: Future<Output = Result<(), AppError>> + 'static,
{
    let (id, words) = (card.id, [&card.patient, ": ", done, "."].concat());
    let slug = slug_of(id);
    spawn_local(async move {
        match change.await {
            Ok(()) => {
                after(panel.desk, &slug, id, &words).await;
                if let Some(undo) = undo {
                    offer(panel.desk, undo);
                }
            }
            Err(error) => {
                let words = refusal_of(&error, id).await;
                panel.problem.try_set(Some(words));
                if error == AppError::Conflict {
                    panel.load().await;
                }
            }
        }
    });
}

fn marks(panel: CardPanel, card: &AgendaAppointment) -> AnyView {
    let button = |mark: Attendance| {
        let card = card.clone();
        let press = move |_| {
            let change = note_attendance(card.id, card.version, mark.into_str().to_owned());
            run(panel, &card, done_words(mark), None, change);
        };
        view! {
            <button class="btn btn-secondary" type="button" on:click=press>
                {mark.label()}
            </button>
        }
    };
    card.marks.iter().copied().map(button).collect_view().into_any()
}

fn answers(panel: CardPanel, card: &AgendaAppointment) -> AnyView {
    if card.state != AgendaState::Waiting {
        return ().into_any();
    }
    let button = |accept: bool, words: &'static str, done: &'static str| {
        let card = card.clone();
        let press = move |_| run(panel, &card, done, None, answer_request(card.id, card.version, accept));
        view! {
            <button class="btn btn-secondary" type="button" on:click=press>
                {words}
            </button>
        }
    };
    (button(true, "Accept", "accepted"), button(false, "Decline", "declined")).into_any()
}

fn moving(desk: Desk, card: &AgendaAppointment) -> AnyView {
    if !card.can_move {
        return ().into_any();
    }
    let words = [&card.patient, ", ", &card.time].concat();
    let moved = Moved { id: card.id, version: card.version, slug: slug_of(card.id), words };
    view! {
        <button class="btn btn-secondary" type="button" on:click=move |_| start_moving(desk, moved.clone())>
            "Move"
        </button>
    }
    .into_any()
}

fn cancelling(panel: CardPanel, card: &AgendaAppointment) -> AnyView {
    if !card.can_cancel {
        return ().into_any();
    }
    let reason = RwSignal::new(CancelReason::PatientAsked.into_str().to_owned());
    let options = CancelReason::OF_CLINIC.map(|why| {
        view! {
            <option value=why.into_str() selected=why == CancelReason::PatientAsked>
                {why.label()}
            </option>
        }
    });
    let card = card.clone();
    let press = move |_| {
        let words = [&card.patient, ", ", &card.time, ", cancelled"].concat();
        let undo = Some(Undoable { id: card.id, version: card.version + 1, slug: slug_of(card.id), words, left: OPEN });
        run(panel, &card, "cancelled", undo, cancel(card.id, card.version, reason.get_untracked()));
    };
    view! {
        <details class="desk-cancel">
            <summary>"Cancel the appointment"</summary>
            <div class="field">
                <label class="label" for="desk-reason">
                    "Reason"
                </label>
                <select
                    class="input select"
                    id="desk-reason"
                    on:change=move |event| reason.set(event_target_value(&event))
                >
                    {options.into_iter().collect_view()}
                </select>
            </div>
            <button class="btn btn-danger" type="button" on:click=press>
                "Cancel appointment"
            </button>
        </details>
    }
    .into_any()
}

/// Moves an appointment, and offers to take that back.
///
/// # Errors
/// Those of the server function.
pub async fn move_to(desk: Desk, moved: &Moved, time: &FreeTime) -> Result<(), AppError> {
    move_appointment(moved.id, moved.version, desk.time_form(time)).await?;
    desk.moving.set(None);
    let words = [&moved.words, ", moved to ", &time.words].concat();
    let said = ["Moved: ", &moved.words, " to ", &time.words, "."].concat();
    after(desk, &moved.slug, moved.id, &said).await;
    let (id, version, slug) = (moved.id, moved.version + 1, moved.slug.clone());
    offer(desk, Undoable { id, version, slug, words, left: OPEN });
    Ok(())
}

/// The question before an appointment moves; with `why`, that it does not.
pub fn move_panel(desk: Desk, moved: Moved, time: FreeTime, why: Option<String>) -> AnyView {
    let refused = why.is_some();
    let problem: Problem = RwSignal::new(why);
    let same = moved.slug == time.slug;
    let question = ["Move ", &moved.words, " to ", &time.words, "?"].concat();
    let page = [base_path().unwrap_or_default().as_str(), "/appointments/", &moved.id.to_string(), "/move"].concat();
    let press = move |_| {
        let (moved, time) = (moved.clone(), time.clone());
        spawn_local(async move {
            if let Err(error) = move_to(desk, &moved, &time).await {
                let words = refusal_of(&error, moved.id).await;
                problem.try_set(Some(words));
            }
        });
    };
    let content = if same {
        let told = (!refused).then(|| view! { <p>"The patient is told of the new time in three minutes."</p> });
        let button = (!refused).then(|| {
            view! {
                <button class="btn" type="button" on:click=press>
                    "Move"
                </button>
            }
        });
        view! {
            {told} {button}
            <p>
                <a href=page>"Choose another time, or set the rule aside"</a>
            </p>
        }
        .into_any()
    } else {
        view! { <p>"This time is another doctor\u{2019}s. An appointment moves to another time of its own doctor."</p> }
            .into_any()
    };
    view! {
        <h2 id="desk-panel-title">{question}</h2>
        {move || problem.get().map(|words| view! { <p class="notice notice-danger" role="alert">{words}</p> })}
        {content}
        <button class="btn btn-quiet desk-close" type="button" on:click=move |_| desk.close()>
            "Close"
        </button>
    }
    .into_any()
}
