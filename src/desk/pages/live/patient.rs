//! Who an appointment is for: a search as one types, or a new patient.

use std::time::Duration;

use leptos::{ev::KeyboardEvent, prelude::*, task::spawn_local};

use crate::{app::error_words, booking::front_desk::FoundPatient, desk::actions::search_patients};

/// Time without a key after which a search begins.
const PAUSE: Duration = Duration::from_millis(150);
/// Options that are listed.
const LISTED: usize = 8;

/// The patient of an appointment that is being booked.
#[derive(Clone, Copy)]
pub struct Choosing {
    pub typed: RwSignal<String>,
    found: RwSignal<Vec<FoundPatient>>,
    /// The option that Enter chooses; the one after the last is a new patient.
    active: RwSignal<usize>,
    pub chosen: RwSignal<Option<Chosen>>,
    /// What a screen reader hears of the search.
    said: RwSignal<String>,
    /// Why the search failed: nobody is called new because of that.
    trouble: RwSignal<Option<String>>,
    /// Counts what was typed: an answer to an older question counts for nothing.
    asked: StoredValue<u32>,
    /// The question whose answer is listed.
    answered: StoredValue<u32>,
    /// Whether Enter was pressed before the answer came.
    hurried: StoredValue<bool>,
}

/// Who was chosen.
#[derive(Clone, Debug, PartialEq)]
pub enum Chosen {
    Known(FoundPatient),
    New,
}

impl Choosing {
    pub fn new() -> Self {
        Choosing {
            typed: RwSignal::default(),
            found: RwSignal::default(),
            active: RwSignal::default(),
            chosen: RwSignal::new(None),
            said: RwSignal::default(),
            trouble: RwSignal::default(),
            asked: StoredValue::default(),
            answered: StoredValue::default(),
            hurried: StoredValue::default(),
        }
    }

    fn type_in(self, text: String) {
        self.typed.set(text.clone());
        let asked = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(asked);
        self.hurried.set_value(false);
        // what was said belongs to the text before: what it promises of Enter does not hold until the answer comes
        self.said.set(String::new());
        let search = move || {
            if self.asked.try_get_value() == Some(asked) {
                spawn_local(self.search(text.clone(), asked));
            }
        };
        set_timeout(search, PAUSE);
    }

    async fn search(self, text: String, asked: u32) {
        let found = if text.trim().is_empty() { Ok(Vec::new()) } else { search_patients(text).await };
        // the panel may be closed by now
        if self.asked.try_get_value() != Some(asked) {
            return;
        }
        self.trouble.set(found.as_ref().err().map(error_words));
        let Ok(found) = found else { return };
        self.answered.set_value(asked);
        self.said.set(count_words(found.len(), &self.typed.get_untracked()));
        self.active.set(0);
        let only_one = found.len() == 1;
        self.found.set(found.into_iter().take(LISTED).collect());
        if only_one && self.hurried.get_value() {
            self.choose(0);
        }
    }

    /// Whether the list belongs to an earlier text. Whoever presses Enter then has not seen it, so one person who is
    /// found is chosen when the answer comes, and nobody else.
    fn is_behind(self) -> bool {
        self.answered.get_value() != self.asked.get_value()
    }

    fn options(self) -> usize {
        let new = usize::from(self.typed.with_untracked(|typed| !typed.trim().is_empty()));
        self.found.with_untracked(Vec::len) + new
    }

    fn choose(self, place: usize) {
        let known = self.found.with_untracked(|found| found.get(place).cloned());
        self.chosen.set(Some(known.map_or(Chosen::New, Chosen::Known)));
    }

    fn press(self, event: &KeyboardEvent) {
        let (options, active) = (self.options(), self.active.get_untracked());
        match event.key().as_str() {
            "ArrowDown" if options > 0 => self.active.set((active + 1) % options),
            "ArrowUp" if options > 0 => self.active.set((active + options - 1) % options),
            "Enter" if self.is_behind() => self.hurried.set_value(true),
            "Enter" if options > 0 => self.choose(active),
            // an empty search sends no form
            "Enter" => {}
            _ => return,
        }
        event.prevent_default();
    }
}

fn count_words(found: usize, typed: &str) -> String {
    match found {
        _ if typed.trim().is_empty() => String::new(),
        0 => "No patient found. Enter makes a new one.".to_owned(),
        1 => "1 patient found. Enter chooses this one.".to_owned(),
        more => [&more.to_string(), " patients found. Arrow keys go through them."].concat(),
    }
}

/// "9 December 1906, 020 7946 0000": what tells two people of one name apart.
pub fn details(patient: &FoundPatient) -> String {
    let parts = [&patient.birth_date, &patient.phone, &patient.email];
    parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
}

/// The field with its list.
pub fn search_field(choosing: Choosing, field: NodeRef<leptos::html::Input>) -> AnyView {
    let listed = move || choosing.typed.with(|typed| !typed.trim().is_empty());
    let active = move || listed().then(|| option_id(choosing.active.get()));
    let options = move || {
        let found = choosing.found.get();
        let new = found.len();
        let known = found.into_iter().enumerate().map(|(place, patient)| {
            let words = details(&patient);
            let content = view! { <b><bdi>{patient.name}</bdi></b> <span>{words}</span> }.into_any();
            option(choosing, place, content)
        });
        let known = known.collect_view();
        let last = listed().then(|| option(choosing, new, view! { "New patient" }.into_any()));
        view! { {known} {last} }
    };
    view! {
        <div class="field">
            <label class="label" for="desk-patient">
                "Patient"
            </label>
            <p class="hint" id="desk-patient-hint">
                "Name, birth date, phone number or reference"
            </p>
            <input
                class="input"
                id="desk-patient"
                type="text"
                role="combobox"
                aria-autocomplete="list"
                aria-controls="desk-found"
                aria-expanded=move || listed().to_string()
                aria-activedescendant=active
                aria-describedby="desk-patient-hint"
                autocomplete="off"
                autofocus
                spellcheck="false"
                node_ref=field
                prop:value=move || choosing.typed.get()
                on:input=move |event| choosing.type_in(event_target_value(&event))
                on:keydown=move |event| choosing.press(&event)
            />
            <ul class="desk-found" id="desk-found" role="listbox" aria-label="Patients found">
                {options}
            </ul>
            <p class="visually-hidden" role="status">
                {move || choosing.said.get()}
            </p>
            {move || choosing.trouble.get().map(|words| view! { <p class="error-text" role="alert">{words}</p> })}
        </div>
    }
    .into_any()
}

fn option_id(place: usize) -> String {
    ["desk-found-", &place.to_string()].concat()
}

fn option(choosing: Choosing, place: usize, content: AnyView) -> AnyView {
    view! {
        <li
            id=option_id(place)
            role="option"
            aria-selected=move || (choosing.active.get() == place).to_string()
            on:click=move |_| choosing.choose(place)
        >
            {content}
        </li>
    }
    .into_any()
}
