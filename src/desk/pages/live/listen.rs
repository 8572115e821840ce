//! Columns that follow what happens.

use std::time::Duration;

use leptos::{prelude::*, task::spawn_local, web_sys::js_sys::Date};

use super::{
    grid::{put, slugs_of},
    state::Desk,
};
use crate::{
    desk::{
        actions::read_columns,
        model::{ColumnPatch, DeskQuery, Patches},
    },
    doctors::pages::place,
    error::AppError,
    time::clock_words,
    ui::{Events, say},
};

/// How often the page looks whether its stream is alive.
const LOOK: Duration = Duration::from_secs(5);
/// Looks without a stream after which that is said.
const PATIENCE: u8 = 2;
/// Looks without a stream between two questions for all columns.
const ASK: u8 = 4;
const MINUTE: f64 = 60_000.0;

/// Listens for changes as long as the page is open.
pub fn start(desk: Desk) {
    let changes = desk.watched.with_value(|watched| watched.changes.clone());
    let stream = StoredValue::new_local(None::<Events>);
    let open = move || {
        let told = move |ids: String| ask(desk, slugs_of(&ids));
        stream.set_value(Events::open_to_read(&changes, told));
    };
    open();
    let silent = StoredValue::new(0_u8);
    let look = move || {
        let failed = desk.failed.get_value();
        if failed.is_none() && stream.with_value(|stream| stream.as_ref().is_some_and(Events::is_open)) {
            silent.set_value(0);
            if desk.lost.get_untracked().is_some() {
                desk.lost.set(None);
                say("This page hears of changes again.");
                ask(desk, slugs_of("all"));
            }
            return;
        }
        let looks = silent.get_value().saturating_add(1);
        silent.set_value(if looks >= PATIENCE + ASK { PATIENCE } else { looks });
        let why = failed.unwrap_or(LOST);
        if looks >= PATIENCE && desk.lost.get_untracked() != Some(why) {
            desk.lost.set(Some(why));
            say(why);
        }
        if looks >= PATIENCE + ASK {
            ask(desk, slugs_of("all"));
        }
        if stream.with_value(|stream| stream.as_ref().is_none_or(Events::is_given_up)) {
            open();
        }
    };
    every(LOOK, look);
    follow_clock(desk);
}

/// What is said while changes do not arrive.
const LOST: &str = "This page does not hear of changes at the moment. What it shows may be out of date; it asks \
    again every 20 seconds.";

/// The same when the session has ended.
const SIGNED_OUT: &str = "You are signed out, so this page no longer hears of changes. Load it again to sign in.";

fn every(pause: Duration, look: impl Fn() + 'static) {
    if let Ok(interval) = set_interval_with_handle(look, pause) {
        on_cleanup(move || interval.clear());
    }
}

/// Has columns fetched that changed, one question at a time.
pub fn ask(desk: Desk, slugs: Vec<String>) {
    let begin = desk.queue.try_update_value(|queue| {
        for slug in slugs {
            if !queue.slugs.contains(&slug) {
                queue.slugs.push(slug);
            }
        }
        let waits = queue.slugs.is_empty() || desk.pressed.get_value();
        !waits && !std::mem::replace(&mut queue.under_way, true)
    });
    if begin == Some(true) {
        spawn_local(async move {
            while let Some(slugs) = next(desk) {
                match read(desk, &slugs).await {
                    // the mouse went down meanwhile: they are asked for again once it is up
                    Ok(_) if desk.pressed.get_value() => ask(desk, slugs),
                    Ok(patches) => tell(desk, &show(desk, patches)),
                    Err(_) => {}
                }
            }
        });
    }
}

/// The main button of the mouse is down on the columns, or up again: what changed meanwhile is shown then.
pub fn pressed(desk: Desk, is_down: bool) {
    if desk.pressed.get_value() != is_down {
        desk.pressed.set_value(is_down);
        ask(desk, Vec::new());
    }
}

fn next(desk: Desk) -> Option<Vec<String>> {
    let next = desk.queue.try_update_value(|queue| {
        let slugs = if desk.pressed.get_value() { Vec::new() } else { std::mem::take(&mut queue.slugs) };
        queue.under_way = !slugs.is_empty();
        slugs
    });
    next.filter(|slugs| !slugs.is_empty())
}

/// Fetches columns and puts them in place, whether the mouse is down or not: for what was done on this page.
///
/// # Errors
/// Those of the server function.
pub async fn fetch(desk: Desk, slugs: &[String]) -> Result<(), AppError> {
    show(desk, read(desk, slugs).await?);
    Ok(())
}

async fn read(desk: Desk, slugs: &[String]) -> Result<Patches, AppError> {
    let (query, range) = desk.watched.with_value(|watched| {
        let (location, date) = (watched.location.to_string(), watched.date.clone());
        (DeskQuery { location, date, doctors: slugs.join(",") }, watched.range)
    });
    let answer = read_columns(query, range.first, range.last).await;
    desk.failed.set_value(match &answer {
        Ok(_) => None,
        Err(AppError::Unauthenticated | AppError::SignedOutMeanwhile) => Some(SIGNED_OUT),
        Err(_) => Some(LOST),
    });
    answer
}

/// Puts columns in place; those that changed.
fn show(desk: Desk, patches: Patches) -> Patches {
    if patches.reload {
        desk.stale.set_value(true);
        desk.reload_if_stale();
    }
    // the page may show it already: as it was loaded, or for a change on another day
    let changed = |patch: &ColumnPatch| desk.is_new(patch) && put(patch);
    let columns: Vec<_> = patches.columns.into_iter().filter(changed).collect();
    Patches { columns, ..patches }
}

/// Says whose day changed, unless that is many; after what was done on this page just now, not in its place.
fn tell(desk: Desk, patches: &Patches) {
    let news = match patches.columns.as_slice() {
        [] => return,
        [one] => [&one.name, ": ", &one.summary].concat(),
        several => [&several.len().to_string(), " doctors\u{2019} days have changed."].concat(),
    };
    say(&match desk.just_done() {
        Some(done) => [&done, " ", &news].concat(),
        None => news,
    });
}

/// Moves the line of the present time along.
fn follow_clock(desk: Desk) {
    let (range, Some(first)) = desk.watched.with_value(|watched| (watched.range, watched.now_minute)) else { return };
    let began = Date::now();
    let look = move || {
        // a clock that is wrong by a day does no harm: only what has passed counts
        let passed = ((Date::now() - began) / MINUTE) as u16;
        let minute = first.saturating_add(passed);
        let Some(line) = document().query_selector(".desk-now").ok().flatten() else { return };
        if minute < range.first || minute >= range.last {
            line.remove();
            return;
        }
        line.set_class_name(&["desk-now ", &place(((minute - range.first) / 5, 0), 0)].concat());
        if let Ok(Some(time)) = line.query_selector("b") {
            time.set_text_content(Some(&clock_words(minute)));
        }
    };
    every(Duration::from_secs(20), look);
}
