//! Controls whose names and labels are known only when the page is made, such as the questions that a doctor wrote.
//! They look like those of [`super::field`], [`super::choice`] and [`super::date_field`].

use leptos::prelude::*;

use super::{
    choice::Choice,
    date_field::DateParts,
    field::{described, error_text, escaped, hint_text, invalid},
};

/// What every such control has.
#[derive(Clone, Debug, Default)]
pub struct NamedControl {
    /// To which a line of the error summary links; without brackets.
    pub id: String,
    /// Name of the field in the form.
    pub name: String,
    pub label: String,
    pub hint: String,
    /// The words of what is wrong, when something is.
    pub error: Option<String>,
    /// Adds "(optional)" to the label.
    pub optional: bool,
}

impl NamedControl {
    /// A field of several lines.
    pub fn area(self, value: &str) -> AnyView {
        let ids = described(&self.id, !self.hint.is_empty(), self.error.as_deref());
        let control = view! {
            <textarea
                class="input"
                id=self.id.clone()
                name=self.name.clone()
                rows="3"
                aria-invalid=invalid(self.error.as_deref())
                aria-describedby=ids
                inner_html=escaped(value)
            />
        };
        self.frame("field field-wide", control.into_any())
    }

    /// A one-line field for a number.
    pub fn number(self, value: String) -> AnyView {
        let ids = described(&self.id, !self.hint.is_empty(), self.error.as_deref());
        let control = view! {
            <input
                class="input"
                id=self.id.clone()
                name=self.name.clone()
                type="text"
                inputmode="decimal"
                value=value
                autocomplete="off"
                aria-invalid=invalid(self.error.as_deref())
                aria-describedby=ids
            />
        };
        self.frame("field", control.into_any())
    }

    /// Radio buttons as cards; `chosen` is the value chosen at first, if any has it.
    pub fn choices(self, choices: Vec<Choice>, chosen: &str) -> AnyView {
        let cards = choices.into_iter().enumerate().map(|(index, choice)| {
            let checked = choice.value == chosen;
            view! {
                <label class="choice">
                    <input
                        type="radio"
                        id=(index == 0).then(|| self.id.clone())
                        name=self.name.clone()
                        value=choice.value
                        checked=checked
                    />
                    <span>
                        <span class="choice-title">{choice.label}</span>
                    </span>
                </label>
            }
        });
        let cards = cards.collect_view();
        let inside = view! { <div class="choices">{cards}</div> };
        self.group("group", None, inside.into_any())
    }

    /// Day, month and year. The form sends `<name>[day]`, `<name>[month]` and `<name>[year]`.
    pub fn date(self, value: DateParts) -> AnyView {
        let part = |part: &'static str, label: &'static str, value: String| {
            let id = if part == "day" { self.id.clone() } else { [&self.id, "-", part].concat() };
            let width = if part == "year" { "input input-year" } else { "input" };
            view! {
                <div>
                    <label for=id.clone()>{label}</label>
                    <input
                        class=width
                        id=id
                        name=[&self.name, "[", part, "]"].concat()
                        type="text"
                        inputmode="numeric"
                        value=value
                        autocomplete="off"
                        aria-invalid=invalid(self.error.as_deref())
                    />
                </div>
            }
        };
        let inside = view! {
            <div class="date-parts">
                {part("day", "Day", value.day)} {part("month", "Month", value.month)} {part("year", "Year", value.year)}
            </div>
        };
        self.group("field", Some("label"), inside.into_any())
    }

    fn words(&self) -> AnyView {
        let optional = self.optional.then(|| view! { <span class="optional">" (optional)"</span> });
        view! { <bdi>{self.label.clone()}</bdi> {optional} }.into_any()
    }

    fn frame(self, class: &'static str, control: AnyView) -> AnyView {
        view! {
            <div class=class class:field-error=self.error.is_some()>
                <label class="label" for=self.id.clone()>
                    {self.words()}
                </label>
                {hint_text(&self.id, self.hint.clone())}
                {error_text(&self.id, self.error.as_deref())}
                {control}
            </div>
        }
        .into_any()
    }

    fn group(self, class: &'static str, legend: Option<&'static str>, inside: AnyView) -> AnyView {
        let ids = described(&self.id, !self.hint.is_empty(), self.error.as_deref());
        view! {
            <fieldset
                class=class
                class:field-error=self.error.is_some()
                aria-describedby=ids
            >
                <legend class=legend>{self.words()}</legend>
                {hint_text(&self.id, self.hint.clone())}
                {error_text(&self.id, self.error.as_deref())}
                {inside}
            </fieldset>
        }
        .into_any()
    }
}
