//! What the parts of the live desk share.

use leptos::{
    leptos_dom::helpers::location,
    prelude::*,
    web_sys::{self, js_sys::Date},
};

use super::grid::{self, FreeTime, Target};
use crate::{
    booking::front_desk::TimeForm,
    desk::model::{ColumnPatch, Undoable, Watched},
    error::AppError,
    ids::AppointmentId,
    ui::say,
};

/// Milliseconds for which news of others do not take the place of what was done here.
const JUST_DONE: f64 = 5_000.0;

/// Columns to ask for.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    pub slugs: Vec<String>,
    pub under_way: bool,
}

/// An appointment that waits for its new time.
#[derive(Clone, Debug, PartialEq)]
pub struct Moved {
    pub id: AppointmentId,
    pub version: i32,
    /// The slug of its doctor.
    pub slug: String,
    /// "Amy Okafor, 10:30am"
    pub words: String,
}

/// A card that is being dragged.
#[derive(Clone, Debug, PartialEq)]
pub struct Dragged {
    pub moved: Moved,
    /// How long it is, in steps.
    pub rows: u32,
    /// Where it is, the step at which that begins, and what the server says of it.
    pub over: Option<FreeTime>,
    pub step: u32,
    pub answer: Option<Result<String, AppError>>,
}

/// The stretch of a column over which the mouse is dragged.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocking {
    /// The slug of its doctor.
    pub slug: String,
    /// Minutes from the beginning of the column: where the mouse went down, and where it is.
    pub from: u16,
    pub to: u16,
    /// Whether it was dragged at all, and not only pressed.
    pub dragged: bool,
}

/// What is open beside the columns.
#[derive(Clone, Debug, PartialEq)]
pub enum Panel {
    Book(FreeTime),
    Card(AppointmentId),
    /// An appointment, the time to which it would move, and why it does not, if that is known.
    Move(Moved, FreeTime, Option<String>),
    Keys,
    Palette,
}

/// What the parts of the live desk share.
#[derive(Clone, Copy)]
pub struct Desk {
    pub watched: StoredValue<Watched>,
    pub panel: RwSignal<Option<Panel>>,
    pub moving: RwSignal<Option<Moved>>,
    /// The card that is being dragged.
    pub dragged: StoredValue<Option<Dragged>>,
    /// The stretch of time that is being marked to block it.
    pub blocking: StoredValue<Option<Blocking>>,
    /// What was moved and cancelled here and can be taken back, the newest last.
    pub undo: RwSignal<Vec<Undoable>>,
    /// Why something could not be taken back.
    pub trouble: RwSignal<Option<String>>,
    /// Why changes do not arrive, if they do not.
    pub lost: RwSignal<Option<&'static str>>,
    /// The same of the last question for columns.
    pub failed: StoredValue<Option<&'static str>>,
    pub queue: StoredValue<Queue>,
    /// Whether the mouse is down on the columns. They stay as they are until it is let go: a press that ends on another
    /// element than the one it began on opens nothing.
    pub pressed: StoredValue<bool>,
    /// Whether the page has to be loaded again, because its hours no longer hold the day.
    pub stale: StoredValue<bool>,
    /// The lists as they were put in place last.
    pub known: StoredValue<Vec<ColumnPatch>>,
    /// Where the focus was when a panel opened.
    pub back: StoredValue<Option<(String, u32)>>,
    /// What was done here last, in words, and when.
    pub done: StoredValue<Option<(f64, String)>>,
}

impl Desk {
    pub fn new(watched: Watched) -> Self {
        Desk {
            panel: RwSignal::new(None),
            moving: RwSignal::new(None),
            dragged: StoredValue::default(),
            blocking: StoredValue::default(),
            undo: RwSignal::new(watched.undo.clone()),
            trouble: RwSignal::default(),
            lost: RwSignal::new(None),
            failed: StoredValue::new(None),
            queue: StoredValue::default(),
            pressed: StoredValue::new(false),
            stale: StoredValue::new(false),
            known: StoredValue::default(),
            back: StoredValue::default(),
            done: StoredValue::default(),
            watched: StoredValue::new(watched),
        }
    }

    /// Whether a column differs from the one put in place last; it counts as that one from now on.
    pub fn is_new(self, patch: &ColumnPatch) -> bool {
        let is_new = self.known.try_update_value(|known| {
            if known.contains(patch) {
                return false;
            }
            known.retain(|other| other.slug != patch.slug);
            known.push(patch.clone());
            true
        });
        is_new.unwrap_or_default()
    }

    /// Says what was done here.
    pub fn say_done(self, words: &str) {
        self.done.set_value(Some((Date::now(), words.to_owned())));
        say(words);
    }

    /// What was done here in the last seconds.
    pub fn just_done(self) -> Option<String> {
        let (at, words) = self.done.get_value()?;
        (Date::now() - at < JUST_DONE).then_some(words)
    }

    /// Opens what a link leads to.
    pub fn open(self, link: &web_sys::Element) -> bool {
        let Some(target) = grid::target_of(link) else { return false };
        self.back.set_value(grid::place_of(link));
        let panel = match (target, self.moving.get_untracked()) {
            (Target::Free(time), Some(moved)) => Panel::Move(moved, time, None),
            (Target::Free(time), None) => Panel::Book(time),
            (Target::Card(id), _) => Panel::Card(id),
        };
        self.panel.set(Some(panel));
        true
    }

    /// A place of the page, as a form says it: a time without a start of its own by the clock of the location.
    pub fn time_form(self, time: &FreeTime) -> TimeForm {
        match time.start {
            Some(start) => TimeForm { start: start.to_string(), ..TimeForm::default() },
            None => self.watched.with_value(|watched| TimeForm {
                date: watched.date.clone(),
                time: time.words.clone(),
                location: watched.location.to_string(),
                ..TimeForm::default()
            }),
        }
    }

    pub fn close(self) {
        self.panel.set(None);
    }

    /// Loads the page again if it has to be, and no panel is open in which something may be typed.
    pub fn reload_if_stale(self) {
        if self.stale.get_value() && self.panel.with_untracked(Option::is_none) {
            // cannot fail for the page that is shown
            let _ = location().reload();
        }
    }
}
