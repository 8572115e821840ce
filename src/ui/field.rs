//! Text fields: label, hint and error stand above the control and are announced with it.
//!
//! The `id` of a control is its name, so that a line of the error summary can link to it. Controls are not `required`:
//! the server decides, and says so in words.

use leptos::prelude::*;

/// A one-line text field.
#[component]
pub fn Field(
    /// Name of the field in the form, and the control's id.
    name: &'static str,
    #[prop(into)] label: String,
    /// `text`, `email`, `password`, `tel` or `search`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] hint: String,
    /// The initial value of the field.
    #[prop(optional, into)]
    value: String,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
    /// A token of the HTML standard, such as `email` or `current-password`.
    #[prop(optional, into)]
    autocomplete: Option<&'static str>,
    #[prop(optional, into)] inputmode: Option<&'static str>,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let spelling = matches!(kind, "email" | "password").then_some("false");
    let ids = described(name, !hint.is_empty(), error.as_deref());
    let control = view! {
        <input
            class="input"
            id=name
            name=name
            type=kind
            value=value
            autocomplete=autocomplete
            inputmode=inputmode
            spellcheck=spelling
            aria-invalid=invalid(error.as_deref())
            aria-describedby=ids
        />
    };
    frame(name, label, hint, error.as_deref(), optional, "field", control.into_any())
}

/// A field of several lines.
#[component]
pub fn TextArea(
    /// Name of the field in the form, and the control's id.
    name: &'static str,
    #[prop(into)] label: String,
    #[prop(optional, into)] hint: String,
    /// The initial value of the field.
    #[prop(optional, into)]
    value: String,
    /// The words of what is wrong, when something is.
    #[prop(default = None)]
    error: Option<String>,
    #[prop(default = "4")] rows: &'static str,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    let ids = described(name, !hint.is_empty(), error.as_deref());
    let control = view! {
        <textarea
            class="input"
            id=name
            name=name
            rows=rows
            aria-invalid=invalid(error.as_deref())
            aria-describedby=ids
            inner_html=escaped(&value)
        />
    };
    frame(name, label, hint, error.as_deref(), optional, "field field-wide", control.into_any())
}

/// Text for the inside of a `textarea` or a `title`. The framework writes their content unescaped, so typed text would
/// run as markup.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// Text for a value in double quotes, or between tags, of HTML that is written by hand.
pub(crate) fn escaped_attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;")
}

/// Label, hint and error around a control whose id is `name`. `class` starts with `field`.
pub(super) fn frame(
    name: &'static str,
    label: String,
    hint: String,
    error: Option<&str>,
    optional: bool,
    class: &'static str,
    control: AnyView,
) -> AnyView {
    view! {
        <div class=class class:field-error=error.is_some()>
            <label class="label" for=name>
                {label}
                {optional.then(|| view! { <span class="optional">" (optional)"</span> })}
            </label>
            {hint_text(name, hint)}
            {error_text(name, error)}
            {control}
        </div>
    }
    .into_any()
}

/// The hint of the control `name`, unless it is empty.
pub(super) fn hint_text(name: &str, hint: String) -> AnyView {
    if hint.is_empty() {
        return ().into_any();
    }
    view! { <p class="hint" id=part_id(name, "-hint")>{hint}</p> }.into_any()
}

/// The error of the control `name`, if there is one.
pub(super) fn error_text(name: &str, error: Option<&str>) -> AnyView {
    error
        .map(|text| {
            view! {
                <p class="error-text" id=part_id(name, "-error")>
                    <span class="visually-hidden">"Error: "</span>
                    {text.to_owned()}
                </p>
            }
        })
        .into_any()
}

/// The value of `aria-invalid`: absent while all is well.
pub(super) fn invalid(error: Option<&str>) -> Option<&'static str> {
    error.map(|_| "true")
}

/// The value of `aria-describedby`: the ids of the hint and of the error, those that exist.
pub(super) fn described(name: &str, hint: bool, error: Option<&str>) -> Option<String> {
    match (hint, error.is_some()) {
        (false, false) => None,
        (true, false) => Some(part_id(name, "-hint")),
        (false, true) => Some(part_id(name, "-error")),
        (true, true) => Some([name, "-hint ", name, "-error"].concat()),
    }
}

fn part_id(name: &str, part: &str) -> String {
    [name, part].concat()
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn typed_text_cannot_leave_the_textarea() {
        assert_eq!(escaped("</textarea><script>1 && 2"), "&lt;/textarea>&lt;script>1 &amp;&amp; 2");
    }
}
