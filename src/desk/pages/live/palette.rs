//! The command palette: where one goes from here, and what one does, by typing a few letters of it.

use std::time::Duration;

use leptos::{
    ev::{KeyboardEvent, SubmitEvent},
    html,
    leptos_dom::helpers::location,
    prelude::*,
    task::spawn_local,
};

use super::{
    state::{Desk, Panel},
    undo,
};
use crate::{
    app::error_words,
    desk::{
        actions::palette,
        model::{DeskQuery, PaletteEntry},
    },
    ui::base_path,
};

/// Time without a key after which the server is asked.
const PAUSE: Duration = Duration::from_millis(120);

/// What an option does.
#[derive(Clone, PartialEq)]
enum Act {
    Go(String),
    Undo,
    Print,
    Keys,
}

/// An option: what it is called, what it is, what it does.
#[derive(Clone, PartialEq)]
struct Choice {
    words: String,
    detail: String,
    act: Act,
}

#[derive(Clone, Copy)]
struct Palette {
    desk: Desk,
    typed: RwSignal<String>,
    listed: RwSignal<Vec<Choice>>,
    active: RwSignal<usize>,
    said: RwSignal<String>,
    /// Counts what was typed: an answer to an older question counts for nothing.
    asked: StoredValue<u32>,
    answered: StoredValue<u32>,
    /// Whether Enter was pressed before the answer came.
    hurried: StoredValue<bool>,
}

/// The panel, with the focus in its field.
pub fn palette_panel(desk: Desk) -> AnyView {
    let palette = Palette {
        desk,
        typed: RwSignal::default(),
        listed: RwSignal::new(own_actions(desk, "")),
        active: RwSignal::default(),
        said: RwSignal::default(),
        asked: StoredValue::default(),
        answered: StoredValue::default(),
        hurried: StoredValue::default(),
    };
    spawn_local(palette.ask(String::new(), 0));
    let field = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            // Focus can only fail on a node that left the page meanwhile.
            let _ = field.focus();
        }
    });
    let send = move |event: SubmitEvent| event.prevent_default();
    view! {
        <h2 id="desk-panel-title">"Go to, or do"</h2>
        <form on:submit=send>
            {palette.field(field)}
            <ul class="desk-found" id="palette-found" role="listbox" aria-label="Where to go, and what to do">
                {move || palette.options()}
            </ul>
            <p class="visually-hidden" role="status">
                {move || palette.said.get()}
            </p>
        </form>
        <button class="btn btn-quiet desk-close" type="button" on:click=move |_| desk.close()>
            "Close"
        </button>
    }
    .into_any()
}

/// What the page itself does, as far as its words have a word that begins with what was typed.
fn own_actions(desk: Desk, typed: &str) -> Vec<Choice> {
    let undo = desk.undo.with_untracked(|done| done.last().map(|last| ["Undo: ", &last.words].concat()));
    let list = [
        (undo, Act::Undo),
        (Some("Print this day".to_owned()), Act::Print),
        (Some("Show the keys".to_owned()), Act::Keys),
    ];
    let typed = typed.to_lowercase();
    let begins = |words: &str, begin: &str| words.to_lowercase().split(' ').any(|word| word.starts_with(begin));
    let fits = |words: &str| typed.split_whitespace().all(|begin| begins(words, begin));
    let named = list.into_iter().filter_map(|(words, act)| Some((words?, act)));
    let fitting = named.filter(|(words, _)| fits(words));
    fitting.map(|(words, act)| Choice { words, detail: "Action".to_owned(), act }).collect()
}

impl Palette {
    fn field(self, field: NodeRef<html::Input>) -> AnyView {
        let active = move || self.listed.with(|listed| !listed.is_empty()).then(|| option_id(self.active.get()));
        view! {
            <div class="field">
                <label class="label" for="palette">
                    "A patient, doctor, day, reference or action"
                </label>
                <p class="hint" id="palette-hint">
                    "Such as \u{201c}okafor\u{201d}, \u{201c}3 dec\u{201d}, \u{201c}friday\u{201d} or \u{201c}next\u{201d}"
                </p>
                <input
                    class="input"
                    id="palette"
                    type="text"
                    role="combobox"
                    aria-autocomplete="list"
                    aria-controls="palette-found"
                    aria-expanded="true"
                    aria-activedescendant=active
                    aria-describedby="palette-hint"
                    autocomplete="off"
                    spellcheck="false"
                    node_ref=field
                    on:input=move |event| self.type_in(event_target_value(&event))
                    on:keydown=move |event| self.press(&event)
                />
            </div>
        }
        .into_any()
    }

    fn options(self) -> AnyView {
        let option = |(place, choice): (usize, Choice)| {
            let Choice { words, detail, act } = choice;
            view! {
                <li
                    id=option_id(place)
                    role="option"
                    aria-selected=move || (self.active.get() == place).to_string()
                    on:click=move |_| self.run(&act)
                >
                    <b>
                        <bdi>{words}</bdi>
                    </b>
                    " "
                    <span>{detail}</span>
                </li>
            }
        };
        self.listed.get().into_iter().enumerate().map(option).collect_view().into_any()
    }

    fn type_in(self, text: String) {
        self.typed.set(text.clone());
        let asked = self.asked.get_value().wrapping_add(1);
        self.asked.set_value(asked);
        self.hurried.set_value(false);
        self.said.set(String::new());
        let ask = move || {
            if self.asked.try_get_value() == Some(asked) {
                spawn_local(self.ask(text, asked));
            }
        };
        set_timeout(ask, PAUSE);
    }

    async fn ask(self, text: String, asked: u32) {
        let query = self.desk.watched.try_with_value(|watched| DeskQuery {
            location: watched.location.to_string(),
            date: watched.date.clone(),
            ..DeskQuery::default()
        });
        let answer = palette(query.unwrap_or_default(), text.clone()).await;
        // the panel may be closed by now, or more may be typed
        if self.asked.try_get_value() != Some(asked) {
            return;
        }
        let own = own_actions(self.desk, &text);
        let (found, words) = match answer {
            Ok(found) => (found, None),
            Err(error) => (Vec::new(), Some(error_words(&error))),
        };
        let go = |entry: PaletteEntry| Choice { words: entry.words, detail: entry.detail, act: Act::Go(entry.address) };
        let listed: Vec<Choice> = found.into_iter().map(go).chain(own).collect();
        self.said.set(words.unwrap_or_else(|| match listed.len() {
            _ if text.is_empty() => String::new(),
            0 => "Nothing found.".to_owned(),
            1 => "1 found. Enter goes there.".to_owned(),
            more => [&more.to_string(), " found. Arrow keys go through them."].concat(),
        }));
        self.active.set(0);
        self.answered.set_value(asked);
        self.listed.set(listed);
        if self.hurried.get_value() {
            self.choose();
        }
    }

    fn press(self, event: &KeyboardEvent) {
        let (options, active) = (self.listed.with_untracked(Vec::len), self.active.get_untracked());
        match event.key().as_str() {
            "ArrowDown" if options > 0 => self.active.set((active + 1) % options),
            "ArrowUp" if options > 0 => self.active.set((active + options - 1) % options),
            // what is listed belongs to an earlier text: the answer that comes is gone to
            "Enter" if self.answered.get_value() != self.asked.get_value() => self.hurried.set_value(true),
            "Enter" => self.choose(),
            _ => return,
        }
        event.prevent_default();
    }

    fn choose(self) {
        let active = self.active.get_untracked();
        if let Some(choice) = self.listed.with_untracked(|listed| listed.get(active).cloned()) {
            self.run(&choice.act);
        }
    }

    fn run(self, act: &Act) {
        let desk = self.desk;
        match act {
            Act::Go(address) => {
                let address = [base_path().unwrap_or_default().as_str(), address].concat();
                // cannot fail for an address of this website
                let _ = location().set_href(&address);
            }
            Act::Keys => desk.panel.set(Some(Panel::Keys)),
            Act::Print => {
                desk.close();
                // a browser without a printer does nothing
                let _ = window().print();
            }
            Act::Undo => {
                desk.close();
                undo::undo_last(desk);
            }
        }
    }
}

fn option_id(place: usize) -> String {
    ["palette-", &place.to_string()].concat()
}
