//! The list of everything that is wrong with a form, above the form.

use leptos::prelude::*;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorLine {
    /// The id of the control to go to; empty when the whole form is meant.
    pub field: String,
    /// The same words that stand next to the field.
    pub text: String,
}

/// "There is a problem", with a link to each field. It takes the focus as the page opens, so that a screen reader reads
/// it. The page puts "Error: " in front of its title. Nothing when nothing is wrong.
#[component]
pub fn ErrorSummary(errors: Vec<ErrorLine>) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        view! {
            <div
                class="error-summary"
                role="alert"
                aria-labelledby="error-summary-title"
                tabindex="-1"
                autofocus
            >
                <h2 id="error-summary-title">"There is a problem"</h2>
                <ul>{errors.into_iter().map(line).collect_view()}</ul>
            </div>
        }
    })
}

fn line(error: ErrorLine) -> AnyView {
    if error.field.is_empty() {
        return view! { <li>{error.text}</li> }.into_any();
    }
    let href = ["#", &error.field].concat();
    view! {
        <li>
            <a href=href>
                {error.text}
            </a>
        </li>
    }
    .into_any()
}
