//! The rows of windows that the forms of weekly hours and of single dates share.

use leptos::prelude::*;
use strum::VariantArray;

use super::cells::Cell;
use crate::{
    app::{FormState, capital, field_words},
    availability::model::hours::{
        Editing, MAX_EVERY_WEEKS, MAX_WINDOWS, MonthWeek, Named, WindowInput, WindowWords, ordinal,
    },
    error::FieldCode,
    ui::{Choice, DateParts},
};

/// The name of a control in a row of windows.
fn window_name(row: usize, part: &str) -> String {
    ["windows[", &row.to_string(), "][", part, "]"].concat()
}

/// What a control in a row of windows is called in a sentence: "the end of the second hours".
pub(super) fn window_what(name: &str, code: FieldCode) -> String {
    let mut pieces = name.split(['[', ']']).filter(|piece| !piece.is_empty()).skip(1);
    let row = pieces.next().and_then(|row| row.parse().ok()).unwrap_or_default();
    let hours = ["the ", ordinal(row), " hours"].concat();
    let part = match pieces.next().unwrap_or_default() {
        "from" if code == FieldCode::Overlaps => return hours,
        "from" => "the start of ",
        "to" => "the end of ",
        "location" => "the location of ",
        "visit_type" => "the visit type of ",
        "since" => "the first date of ",
        "until" => "the last date of ",
        _ => "how often to repeat ",
    };
    [part, &hours].concat()
}

/// The rows of windows as they were typed, without empty ones at the end. `value` is what a control of this name holds.
pub(super) fn typed_windows(value: impl Fn(&str) -> String) -> Vec<WindowInput> {
    let part = |row: usize, part: &str| value(&window_name(row, part));
    let mut windows: Vec<WindowInput> = (0..MAX_WINDOWS)
        .map(|row| WindowInput {
            from: part(row, "from"),
            to: part(row, "to"),
            location: part(row, "location"),
            visit_type: part(row, "visit_type"),
            since: part(row, "since"),
            until: part(row, "until"),
            every: part(row, "every"),
            remove: part(row, "remove"),
        })
        .collect();
    while windows.last().is_some_and(|window| window.is_blank() && window.remove.is_empty()) {
        windows.pop();
    }
    windows
}

/// Rows of windows in one form.
pub(super) struct WindowRows<'a> {
    /// What the rows belong to, read out with every label: "Monday".
    pub day: &'a str,
    pub editing: &'a Editing,
    pub state: &'a FormState,
    pub rows: Vec<WindowInput>,
    /// Empty rows after those.
    pub spare: usize,
    /// Whether they repeat every week: then they have a visit type, dates and a rhythm.
    pub weekly: bool,
}

impl WindowRows<'_> {
    pub fn view(&self) -> AnyView {
        let all = (self.rows.len() + self.spare).clamp(1, MAX_WINDOWS);
        (0..all).map(|row| self.row(row)).collect_view().into_any()
    }

    fn row(&self, row: usize) -> AnyView {
        let spare = row >= self.rows.len();
        let window = self.rows.get(row).cloned().unwrap_or_default();
        let legend = match (spare, row) {
            (false, _) | (true, 0) => [&capital(ordinal(row)), " hours"].concat(),
            (true, _) => [&capital(ordinal(row)), " hours, if there are any"].concat(),
        };
        let from = self.cell(row, "from", "From").text(window.from.clone());
        let to = self.cell(row, "to", "To").text(window.to.clone());
        let location = self.location(row, &window.location);
        let rest = self.weekly.then(|| self.rest(row, &window, spare));
        view! {
            <fieldset class="hours">
                <legend>{legend}</legend>
                <div class="cells">
                    {from} {to} {location} {self.weekly.then(|| self.visit_type(row, &window.visit_type))}
                </div>
                {rest}
            </fieldset>
        }
        .into_any()
    }

    fn cell(&self, row: usize, part: &'static str, label: &'static str) -> Cell {
        let name = window_name(row, part);
        let problem = self.state.code_for(&name).map(|code| field_words(code, &window_what(&name, code)));
        Cell { name, context: [self.day, ", ", ordinal(row), " hours"].concat(), label, problem }
    }

    /// With a single location there is nothing to choose.
    fn location(&self, row: usize, chosen: &str) -> AnyView {
        match self.editing.locations.as_slice() {
            [only] => {
                view! { <input type="hidden" name=window_name(row, "location") value=only.id.clone() /> }.into_any()
            }
            locations => {
                let chosen = if chosen.is_empty() { &self.editing.usual_location } else { chosen };
                self.cell(row, "location", "Location").select(choices(locations), chosen)
            }
        }
    }

    fn visit_type(&self, row: usize, chosen: &str) -> AnyView {
        let mut all = vec![Choice::new("", "All")];
        all.extend(choices(&self.editing.visit_types));
        self.cell(row, "visit_type", "Visit types").select(all, chosen)
    }

    /// What most hours do not need: it stands folded until it says something.
    fn rest(&self, row: usize, window: &WindowInput, spare: bool) -> AnyView {
        let is_wrong = |part: &&str| self.state.code_for(&window_name(row, part)).is_some();
        let wrong = ["since", "until", "every"].iter().any(is_wrong);
        let usual = matches!(window.every.as_str(), "" | "1");
        // what is typed and cannot be read is shown as well
        let begins = DateParts::of(&window.since).iso().unwrap_or_else(|| window.since.clone());
        let unusual = !usual || !window.until.is_empty() || begins > self.editing.today;
        let remove = (!spare).then(|| {
            let name = window_name(row, "remove");
            view! {
                <label class="check">
                    <input type="checkbox" name=name value="true" checked=!window.remove.is_empty() />
                    <span>
                        "Remove"
                        <span class="visually-hidden">{[" the ", ordinal(row), " hours of ", self.day].concat()}</span>
                    </span>
                </label>
            }
        });
        view! {
            <div class="hours-rest">
                <details class="more" open=wrong || unusual>
                    <summary>
                        "Dates and how often"
                        <span class="visually-hidden">{[" of the ", ordinal(row), " hours"].concat()}</span>
                    </summary>
                    <div class="cells">
                        {self.cell(row, "since", "First date").text(typed_words(&window.since))}
                        {self.cell(row, "until", "Last date").text(typed_words(&window.until))}
                        {self.cell(row, "every", "How often").select(rhythms(self.day), &window.every)}
                    </div>
                    <p class="hint small">
                        "Type dates like 3 12 2026. Without a first date the hours count from today. Weeks are counted from the week of the first date."
                    </p>
                </details>
                {remove}
            </div>
        }
        .into_any()
    }
}

/// A saved date as it is typed into one field: "3 12 2026".
fn typed_words(date: &str) -> String {
    let DateParts { day, month, year } = DateParts::of(date);
    [day, month, year].join(" ").trim().to_owned()
}

/// How often hours of this weekday can repeat.
fn rhythms(day: &str) -> Vec<Choice> {
    let weeks = (1..=MAX_EVERY_WEEKS).map(|weeks| {
        let label = match weeks {
            1 => "Every week".to_owned(),
            2 => "Every second week".to_owned(),
            weeks => format!("Every {weeks} weeks"),
        };
        Choice::new(weeks.to_string(), label)
    });
    let months = MonthWeek::VARIANTS.iter().map(|week| {
        let word = (*week).into_str();
        Choice::new(word, ["On the ", word, " ", day, " of the month"].concat())
    });
    weeks.chain(months).collect()
}

fn choices(all: &[Named]) -> Vec<Choice> {
    all.iter().map(|one| Choice::new(one.id.clone(), one.name.clone())).collect()
}

/// Windows in words, a line each.
pub(super) fn window_list(windows: Vec<WindowWords>, several_locations: bool) -> AnyView {
    let lines = windows
        .into_iter()
        .map(|window| {
            let mut notes = window.notes;
            if several_locations {
                notes.insert(0, window.location);
            }
            let notes = (!notes.is_empty()).then(|| view! { <span class="muted small">{notes.join(". ")}</span> });
            view! {
                <li>
                    <span class="window-time">{window.time}</span>
                    " "
                    {notes}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="windows">{lines}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_is_named_in_a_sentence() {
        assert_eq!(window_what("windows[1][to]", FieldCode::EndsBeforeStart), "the end of the second hours");
        assert_eq!(window_what("windows[0][from]", FieldCode::Overlaps), "the first hours");
    }
}
