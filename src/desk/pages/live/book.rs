//! The panel that books a free time.

use leptos::{ev::SubmitEvent, html, prelude::*, task::spawn_local};

use super::{
    grid::FreeTime,
    outcome::{after, words_of},
    patient::{Choosing, Chosen, details, search_field},
    state::Desk,
};
use crate::{
    app::error_words,
    booking::{
        actions::front_desk::add_appointment,
        front_desk::{AppointmentForm, NEW_PATIENT, TimeForm},
    },
    desk::{actions::free_time, model::BookPanel},
    error::AppError,
};

/// What is typed in the panel besides the patient.
#[derive(Clone, Copy)]
struct Typed {
    who: Choosing,
    birth_date: RwSignal<String>,
    phone: RwSignal<String>,
    visit_type: RwSignal<String>,
    note: RwSignal<String>,
    /// Why the rules are set aside that were shown.
    why: RwSignal<String>,
    overbook: RwSignal<bool>,
    error: RwSignal<Option<AppError>>,
    /// Whether a request is under way: one press is one request.
    busy: RwSignal<bool>,
}

/// What is known of the time; on its way when the panel opens.
type Facts = RwSignal<Option<Result<BookPanel, AppError>>>;

/// The panel. The search for the patient does not wait for what is on its way, so no key that is pressed gets lost.
pub fn book_panel(desk: Desk, time: FreeTime) -> AnyView {
    let facts: Facts = RwSignal::new(None);
    let typed = Typed {
        who: Choosing::new(),
        birth_date: RwSignal::default(),
        phone: RwSignal::default(),
        visit_type: RwSignal::default(),
        note: RwSignal::default(),
        why: RwSignal::default(),
        overbook: RwSignal::new(false),
        error: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let heading = ["Book ", &time.words].concat();
    spawn_local(async move {
        let answer = free_time(time.slug, time.start.unwrap_or_default()).await;
        // the panel may be closed by now
        if let Ok(panel) = &answer {
            typed.visit_type.try_set(panel.visit_type.clone());
        }
        facts.try_set(Some(answer));
    });
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        if let Some(Ok(panel)) = facts.get_untracked().filter(|_| typed.is_ready()) {
            typed.busy.set(true);
            spawn_local(book(desk, panel, typed));
        }
    };
    view! {
        <h2 id="desk-panel-title">{heading}</h2>
        {move || about(facts)}
        <form on:submit=send>
            {problem(typed)} {who(typed)} {move || kind_field(facts, typed)} {note_field(typed)} {rules(typed)}
            {book_button(typed)}
        </form>
        <button class="btn btn-quiet desk-close" type="button" on:click=move |_| desk.close()>
            "Close"
        </button>
    }
    .into_any()
}

impl Typed {
    /// Whether a patient is chosen, and no request under way.
    fn is_ready(self) -> bool {
        self.who.chosen.with_untracked(Option::is_some) && !self.busy.get_untracked()
    }
}

/// When and with whom, in words.
fn about(facts: Facts) -> AnyView {
    match facts.get() {
        None => view! { <p class="muted">"One moment\u{2026}"</p> }.into_any(),
        Some(Err(error)) => view! { <p class="error-text" role="alert">{error_words(&error)}</p> }.into_any(),
        Some(Ok(panel)) => view! { <p class="muted">{[&panel.when, " with ", &panel.doctor].concat()}</p> }.into_any(),
    }
}

fn note_field(typed: Typed) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for="desk-note">
                "Note for the doctor (optional)"
            </label>
            <textarea
                class="input"
                id="desk-note"
                rows="2"
                on:input=move |event| typed.note.set(event_target_value(&event))
            ></textarea>
        </div>
    }
    .into_any()
}

/// The kind of visit; the one proposed can be booked at this time.
fn kind_field(facts: Facts, typed: Typed) -> AnyView {
    let Some(Ok(panel)) = facts.get() else { return ().into_any() };
    let kinds = panel.visit_types.iter().map(|(id, words)| {
        view! {
            <option value=id.clone() selected=*id == panel.visit_type>
                {words.clone()}
            </option>
        }
    });
    let kinds = kinds.collect_view();
    view! {
        <div class="field">
            <label class="label" for="desk-kind">
                "Kind of visit"
            </label>
            <select
                class="input select"
                id="desk-kind"
                on:change=move |event| typed.visit_type.set(event_target_value(&event))
            >
                {kinds}
            </select>
        </div>
    }
    .into_any()
}

/// What went wrong, in words, in the panel; it takes the focus.
fn problem(typed: Typed) -> AnyView {
    let place = NodeRef::<html::P>::new();
    Effect::new(move |_| {
        if typed.error.with(Option::is_some)
            && let Some(place) = place.get()
        {
            // Focus can only fail on a node that left the page meanwhile.
            let _ = place.focus();
        }
    });
    let words = move || {
        typed.error.get().map(|error| {
            view! {
                <p class="notice notice-danger" tabindex="-1" node_ref=place>
                    {words_of(&error)}
                </p>
            }
        })
    };
    view! { {words} }.into_any()
}

/// The patient: the search, or who was chosen.
fn who(typed: Typed) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if typed.who.chosen.with(Option::is_none)
            && let Some(field) = field.get()
        {
            let _ = field.focus();
        }
    });
    let content = move || match typed.who.chosen.get() {
        None => search_field(typed.who, field),
        Some(Chosen::Known(patient)) => {
            let words = details(&patient);
            view! {
                <p class="desk-chosen">
                    <b><bdi>{patient.name}</bdi></b>
                    <span class="muted">{words}</span>
                    {change(typed)}
                </p>
            }
            .into_any()
        }
        Some(Chosen::New) => new_patient(typed),
    };
    view! { {content} }.into_any()
}

fn change(typed: Typed) -> impl IntoView {
    view! {
        <button class="btn-link" type="button" on:click=move |_| typed.who.chosen.set(None)>
            "Change"
            <span class="visually-hidden">" the patient"</span>
        </button>
    }
}

fn new_patient(typed: Typed) -> AnyView {
    let name = text_field("desk-name", "Name of the new patient", "text", typed.who.typed);
    let birth_date =
        text_field("desk-birth-date", "Birth date, such as 9 12 1986 (optional)", "text", typed.birth_date);
    let phone = text_field("desk-phone", "Phone number (optional)", "tel", typed.phone);
    let place = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let field = place.get().and_then(|place| place.query_selector("#desk-birth-date").ok().flatten());
        if let Some(field) = field {
            super::grid::focus(&field);
        }
    });
    view! { <div node_ref=place>{name} {birth_date} {phone} {change(typed)}</div> }.into_any()
}

fn text_field(id: &'static str, label: &'static str, kind: &'static str, value: RwSignal<String>) -> AnyView {
    view! {
        <div class="field">
            <label class="label" for=id>
                {label}
            </label>
            <input
                class="input"
                id=id
                type=kind
                autocomplete="off"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </div>
    }
    .into_any()
}

/// Whether what was refused is a rule, which may be set aside with a reason.
fn refused(error: Option<&AppError>) -> Option<bool> {
    match error {
        Some(AppError::TimeGone { reasons, .. }) if !reasons.is_empty() => {
            Some(reasons.iter().any(|reason| reason.is_hard()))
        }
        _ => None,
    }
}

/// The fields by which rules are set aside, once they have been shown.
fn rules(typed: Typed) -> AnyView {
    let shown = Memo::new(move |_| typed.error.with(|error| refused(error.as_ref())));
    let content = move || {
        shown.get().map(|taken| {
            let overbook = taken.then(|| {
                view! {
                    <label class="check">
                        <input
                            type="checkbox"
                            on:change=move |event| typed.overbook.set(event_target_checked(&event))
                        />
                        <span>"Book it over the other appointment"</span>
                    </label>
                }
            });
            let why = text_field("desk-why", "Book it all the same, because", "text", typed.why);
            view! { {why} {overbook} }
        })
    };
    view! { {content} }.into_any()
}

fn book_button(typed: Typed) -> AnyView {
    let place = NodeRef::<html::Button>::new();
    // who has chosen a known patient books with one more press
    Effect::new(move |_| {
        if typed.who.chosen.with(|chosen| matches!(chosen, Some(Chosen::Known(_))))
            && let Some(button) = place.get()
        {
            let _ = button.focus();
        }
    });
    let words = move || if typed.busy.get() { "Booking\u{2026}" } else { "Book" };
    let disabled = move || typed.who.chosen.with(Option::is_none).then_some("true");
    view! {
        <button class="btn" type="submit" aria-disabled=disabled node_ref=place>
            {words}
        </button>
    }
    .into_any()
}

async fn book(desk: Desk, panel: BookPanel, typed: Typed) {
    let BookPanel { key, slug, doctor, start, when, .. } = panel;
    let (patient, name) = match typed.who.chosen.get_untracked() {
        Some(Chosen::Known(patient)) => (patient.id.to_string(), patient.name),
        _ => (NEW_PATIENT.to_owned(), typed.who.typed.get_untracked()),
    };
    let has_rules = typed.error.with_untracked(|error| refused(error.as_ref()).is_some());
    let form = AppointmentForm {
        key: key.to_string(),
        doctor: slug.clone(),
        patient,
        name: name.clone(),
        birth_date: typed.birth_date.get_untracked(),
        phone: typed.phone.get_untracked(),
        visit_type: typed.visit_type.get_untracked(),
        note: typed.note.get_untracked(),
        time: TimeForm {
            start: start.to_string(),
            shown: if has_rules { start.to_string() } else { String::new() },
            override_reason: typed.why.get_untracked(),
            overbook: if typed.overbook.get_untracked() { "true".to_owned() } else { String::new() },
            ..TimeForm::default()
        },
        ..AppointmentForm::default()
    };
    let booked = add_appointment(form).await;
    // the panel may be closed by now
    typed.busy.try_set(false);
    match booked {
        Ok(()) => after(desk, &slug, key, &["Booked: ", &name, ", ", &when, " with ", &doctor, "."].concat()).await,
        Err(error) => {
            typed.error.try_set(Some(error));
        }
    }
}
