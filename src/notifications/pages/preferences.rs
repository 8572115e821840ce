//! The messages a person gets.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{Failure, Fields, FormPage, FormState, PageTitle},
    flash::Note,
    notifications::{
        actions::{ChooseMessages, chosen_messages},
        model::{BookingMail, Choosable, MessageChoice, SOON_HOURS},
    },
    ui::{Button, Choice, Choices, ErrorSummary, Glyph, Icon, Notice, Tone},
};

const FIELDS: Fields = &[("wanted", "an answer"), ("booking_mail", "when we shall tell you of changes")];

/// `/account/notifications`: reminders for patients; the day by mail and changes at once for doctors.
#[component]
pub fn MessageChoicePage() -> impl IntoView {
    let state = FormState::of("account/choose_messages");
    let saved = Note::for_action("account/choose_messages").is_some();
    let choice = Resource::new_blocking(|| (), |()| chosen_messages());
    let page = move || {
        choice.get().map(|choice| match choice {
            Ok(choice) => show(choice, &state, saved),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(choice: Option<MessageChoice>, state: &FormState, saved: bool) -> AnyView {
    let content = match choice {
        Some(choice) => form(choice, state),
        None => view! { <p>"Your account gets no messages that can be switched off."</p> }.into_any(),
    };
    let saved = saved.then(|| {
        view! {
            <Notice tone=Tone::Success>
                <p>"Your choice is saved."</p>
            </Notice>
        }
    });
    view! {
        <PageTitle text="Messages you get" failed=state.failed() />
        <a class="back-link" href="/account">
            <Icon glyph=Glyph::ChevronLeft />
            "Your account"
        </a>
        <ErrorSummary errors=state.lines(FIELDS) />
        <div class="narrow">
            <div class="page-head">
                <h1 tabindex="-1">"Messages you get"</h1>
                <p class="lead">"They go to the email address of your account."</p>
            </div>
            {saved}
            {content}
        </div>
    }
    .into_any()
}

fn form(choice: MessageChoice, state: &FormState) -> AnyView {
    let (legend, yes, no) = match choice.message {
        Choosable::Reminders { days_before } => (
            "Shall we remind you of your appointments?",
            Choice { detail: when(&days_before), ..Choice::new("yes", "Yes") },
            Choice {
                detail: "You still get a message when an appointment is booked, moved or cancelled.".to_owned(),
                ..Choice::new("no", "No")
            },
        ),
        Choosable::DailyAgenda => (
            "Shall we send you your day in the morning?",
            Choice {
                detail: "Times and places, at 6am on days with appointments. No names and no reasons.".to_owned(),
                ..Choice::new("yes", "Yes")
            },
            Choice::new("no", "No"),
        ),
    };
    let changes = choice.booking_mail.map(|chosen| changes_at_once(chosen, state));
    let chosen = state.kept("wanted", if choice.on { "yes" } else { "no" });
    view! {
        <form method="post" action=ChooseMessages::PATH>
            <FormPage />
            <Choices
                name="wanted"
                legend=legend
                choices=vec![yes, no]
                chosen=chosen
                error=state.problem("wanted", FIELDS)
            />
            {changes}
            <Button>"Save"</Button>
        </form>
    }
    .into_any()
}

/// What a doctor hears of at once.
fn changes_at_once(chosen: BookingMail, state: &FormState) -> impl IntoView + use<> {
    let choice =
        |mail: BookingMail, label: &str, detail: String| Choice { detail, ..Choice::new(mail.into_str(), label) };
    let all = "When others book, request, move or cancel. Time and place. No names and no reasons.".to_owned();
    let soon = format!("Only for appointments within the next {SOON_HOURS} hours.");
    let choices = vec![
        choice(BookingMail::All, "At once, every change", all),
        choice(BookingMail::Soon, "At once, if it is soon", soon),
        choice(BookingMail::None, "Not at once", "You see changes in your day, and in its morning message.".to_owned()),
    ];
    view! {
        <Choices
            name="booking_mail"
            legend="Shall we tell you when your appointments change?"
            choices=choices
            chosen=state.kept("booking_mail", chosen.into_str())
            error=state.problem("booking_mail", FIELDS)
        />
    }
}

/// When reminders come, as a sentence.
fn when(days_before: &[i64]) -> String {
    let words = |days: &i64| match days {
        1 => "the day before".to_owned(),
        7 => "a week before".to_owned(),
        14 => "two weeks before".to_owned(),
        days => format!("{days} days before"),
    };
    let times: Vec<String> = days_before.iter().map(words).collect();
    match times.split_last() {
        None => "At present the clinic sends no reminders.".to_owned(),
        Some((only, [])) => format!("We write {only}."),
        Some((last, others)) => format!("We write {}, and {last}.", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::when;

    #[test]
    fn reminders_are_promised_when_they_come() {
        assert_eq!(when(&[7, 1]), "We write a week before, and the day before.");
        assert_eq!(when(&[14, 3, 1]), "We write two weeks before, 3 days before, and the day before.");
        assert_eq!(when(&[2]), "We write 2 days before.");
        assert_eq!(when(&[]), "At present the clinic sends no reminders.");
    }
}
