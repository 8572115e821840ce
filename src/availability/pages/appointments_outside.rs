//! The list of booked appointments that a change of hours would leave outside.

use leptos::prelude::*;

use crate::{
    app::FormState,
    error::AppError,
    ui::{Notice, Tone},
};

/// The appointments that would fall outside, and how many they are, when a form failed for them.
pub(super) fn appointments_outside(state: &FormState) -> Option<(Vec<String>, u32)> {
    match state.error() {
        Some(AppError::AppointmentsOutside { appointments, all }) => Some((appointments.clone(), *all)),
        _ => None,
    }
}

/// Says which appointments they are, and that nothing happens to them. The form below it carries `keep_appointments`.
#[component]
pub fn AppointmentsOutside(
    /// The first of them in words.
    appointments: Vec<String>,
    /// How many there are.
    all: u32,
    /// What the change would mean otherwise.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let title = match all {
        1 => "1 booked appointment would fall outside these hours".to_owned(),
        all => [&all.to_string(), " booked appointments would fall outside these hours"].concat(),
    };
    let named = u32::try_from(appointments.len()).unwrap_or(all);
    let more = (all > named).then(|| view! { <li>"And " {all - named} " more"</li> });
    let appointments = appointments.into_iter().map(|words| view! { <li>{words}</li> }).collect_view();
    view! {
        <Notice tone=Tone::Warning title>
            <ul>{appointments} {more}</ul>
            <p>
                "Nothing was saved yet. If you save anyway, these appointments stay booked, and the patients are not told. "
                "To move or cancel them, open the doctor's day."
            </p>
            {children.map(|children| children())}
        </Notice>
    }
}

/// The words on the button that saves, and the field that says how many appointments stay as they are.
pub(super) fn keep(all: Option<u32>) -> AnyView {
    all.map(|all| view! { <input type="hidden" name="keep_appointments" value=all.to_string() /> }).into_any()
}
