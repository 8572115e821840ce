//! The questions before an appointment, on pages about something else.

use leptos::prelude::*;

use super::{address::appointment_path, facts::text_or_none};
use crate::{
    booking::{Answered, AppointmentDetails, Mode, PatientAnswers},
    ui::{ButtonLink, Notice, SummaryList, SummaryRow, Tone},
};

/// Questions and answers as rows.
fn answer_rows(answered: &[Answered]) -> Vec<SummaryRow> {
    answered.iter().map(|one| SummaryRow::new(one.question.clone(), text_or_none(&one.answer))).collect()
}

/// That the doctor waits for answers, with the way to give them.
pub(super) fn open_questions(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let number = match appointment.answers.open {
        0 => return None,
        1 => "a question".to_owned(),
        more => [&more.to_string(), " questions"].concat(),
    };
    let until = if appointment.summary.mode == Mode::InPerson { "before you come" } else { "before you meet" };
    let title = [&appointment.summary.doctor_name, " asks you to answer ", &number, " ", until].concat();
    let href = appointment_path(appointment.id, "/questions");
    Some(view! {
        <Notice tone=Tone::Warning title>
            <div class="btns">
                <ButtonLink href>"Answer now"</ButtonLink>
            </div>
        </Notice>
    })
}

/// What the patient answered, as far as the reader may read it.
pub(super) fn answers_section(appointment: &AppointmentDetails) -> impl IntoView + use<> {
    let for_clinic = appointment.clinic.is_some();
    let answers = &appointment.answers;
    let inside = match &answers.answers {
        PatientAnswers::NotGiven => return None,
        PatientAnswers::Given(answered) => view! { <SummaryList rows=answer_rows(answered) /> }.into_any(),
        PatientAnswers::Withheld => {
            view! {
                <p>
                    "The patient answered the doctor\u{2019}s questions. Only the doctor reads the answers: the doctor does not share reasons with clinic staff."
                </p>
            }
            .into_any()
        }
        PatientAnswers::Unreadable => {
            view! { <p>"There are answers, and they cannot be read now. The clinic knows why."</p> }.into_any()
        }
    };
    let change = answers.can_answer.then(|| {
        view! {
            <p class="no-print">
                <a href=appointment_path(appointment.id, "/questions")>"Change your answers"</a>
            </p>
        }
    });
    let heading = if for_clinic { "The patient\u{2019}s answers" } else { "Your answers" };
    Some(view! {
        <section class="section" aria-labelledby="answers-heading">
            <h2 id="answers-heading">{heading}</h2>
            {inside}
            {change}
        </section>
    })
}
