//! The questions before several appointments, which are answered once in the form that books them.

use leptos::prelude::*;

use super::{
    messages::line,
    questions::{control_id, field, inside, last_time_notice, words},
};
use crate::{
    app::FormState,
    booking::{AskedQuestion, AskedTogether},
    error::AppError,
    ui::ErrorLine,
};

/// The questions of one doctor; `form` is where their answers stand in the form. Nothing where none are asked.
pub(super) fn questions_of(
    form: &'static str,
    doctor: &str,
    asked: &AskedTogether,
    state: &FormState,
) -> Option<impl IntoView + use<>> {
    if asked.questions.is_empty() {
        return None;
    }
    let beside = |asked: &AskedQuestion| state.code_for(&name_of(form, asked)).map(|code| words(&asked.question, code));
    let fields = asked.questions.iter().map(|asked| field(form, asked, state, beside(asked))).collect_view();
    let last_time = asked.last_time.clone().filter(|_| !state.failed()).map(last_time_notice);
    let lead = [
        "Your answers help ",
        doctor,
        " prepare, and are kept with each of these appointments. Only the doctor reads them; clinic staff do only if \
         the doctor lets them. Do not write anything urgent here.",
    ]
    .concat();
    let heading = [form, "-questions"].concat();
    let labelled_by = heading.clone();
    Some(view! {
        <section aria-labelledby=labelled_by>
            <h3 id=heading>"Questions from " <bdi>{doctor.to_owned()}</bdi></h3>
            <p class="hint">{lead}</p>
            {last_time}
            <input type="hidden" name=[form, "[version]"].concat() value=asked.version.to_string() />
            {fields}
        </section>
    })
}

/// What is wrong with the answers to one doctor, for the summary.
pub(super) fn problems_of(form: &str, asked: &AskedTogether, state: &FormState) -> Vec<ErrorLine> {
    let wrong = asked.questions.iter().filter_map(|asked| {
        let code = state.code_for(&name_of(form, asked))?;
        Some(line(&control_id(form, asked.question.key), words(&asked.question, code)))
    });
    wrong.collect()
}

/// What is said when the doctor asks other questions than the page that was sent.
pub(super) fn changed(error: &AppError) -> Option<ErrorLine> {
    let text = "The questions have changed since you opened this page. Nothing was booked. What you typed is kept where \
                it still belongs. Please look at your answers again.";
    (*error == AppError::Conflict).then(|| line("", text.to_owned()))
}

/// What was typed into a field of a form that failed: from the cookie, or what the server kept where it was too much for
/// that.
pub(super) fn typed_again(name: &str, state: &FormState, kept: &str) -> String {
    let typed = state.values().iter().find(|(sent, _)| sent == name);
    typed.map_or(kept, |(_, typed)| typed).to_owned()
}

fn name_of(form: &str, asked: &AskedQuestion) -> String {
    // the errors of all kinds of answers go by this name
    inside(form, "answers", asked.question.key)
}
