//! Colleagues who may work in a doctor's calendar.

use leptos::{prelude::*, server_fn::ServerFn};

use crate::{
    app::{DoctorNav, Failure, Fields, FormPage, FormState, PageTitle, doctor_link, named_doctor},
    doctors::{
        actions::colleagues::{AddColleague, EndColleague, colleagues},
        model::colleagues::{self as model, Colleague},
    },
    ui::{Button, ButtonKind, Choice, ErrorSummary, Select},
};

const FIELDS: Fields = &[("colleague", "the colleague")];

/// `/doctor/colleagues`: who may work in this calendar, and in whose calendars the doctor may.
#[component]
pub fn ColleaguesPage() -> impl IntoView {
    let doctor = named_doctor();
    let (add, end) = (FormState::of("doctor/add_colleague"), FormState::of("doctor/end_colleague"));
    let page = Resource::new_blocking(move || doctor.clone(), colleagues);
    let content = move || {
        page.get().map(|page| match page {
            Ok(page) => show(page, &add, &end),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{content}</Suspense>
    }
}

fn show(page: model::ColleaguesPage, add: &FormState, end: &FormState) -> AnyView {
    let own = page.doctor.is_empty();
    let errors = [add.lines(FIELDS), end.lines(&[])].concat();
    let title = if own { "Colleagues".to_owned() } else { ["Colleagues of ", &page.name].concat() };
    let words = if own {
        "A colleague whom you let see your appointments books, moves and cancels them for you, until you end it. Your hours, \
         visit types and profile stay yours. What patients write for you, a colleague reads if you let the clinic\u{2019}s \
         staff read it. Receptionists work in every calendar."
    } else {
        "These colleagues see the doctor\u{2019}s appointments, and book, move and cancel them. The doctor lets them; you can \
         end it."
    };
    let none = if own { "You let nobody work in your calendar." } else { "Nobody else works in this calendar." };
    let working = list(page.working, none, |colleague| view! { <bdi>{colleague.name.clone()}</bdi> }.into_any());
    let form = own.then(|| form(page.choices, add));
    let lent = own.then(|| {
        let none = "No colleague lets you work in their calendar.";
        let lent = list(page.lent, none, |colleague| {
            let href = doctor_link("/doctor", &colleague.slug);
            view! {
                <a href=href>
                    <bdi>{colleague.name.clone()}</bdi>
                </a>
            }
            .into_any()
        });
        view! {
            <section class="section" aria-labelledby="lent">
                <h2 id="lent">"Calendars in which you may work"</h2>
                {lent}
            </section>
        }
    });
    view! {
        <PageTitle text=title.clone() failed=!errors.is_empty() />
        <div class="narrow">
            <ErrorSummary errors />
            <div class="page-head">
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">{words}</p>
            </div>
            <section class="section" aria-labelledby="working">
                <h2 id="working">"Who may work in this calendar"</h2>
                {working}
                {form}
            </section>
            {lent}
        </div>
    }
    .into_any()
}

/// Doctors, each with the end of it.
fn list(colleagues: Vec<Colleague>, none: &'static str, name: impl Fn(&Colleague) -> AnyView) -> AnyView {
    if colleagues.is_empty() {
        return view! { <p>{none}</p> }.into_any();
    }
    let row = |colleague: Colleague| {
        let name = name(&colleague);
        view! {
            <li>
                <div class="card row row-between">
                    <div>
                        <p>{name}</p>
                        <p class="muted small">"Since " {colleague.since}</p>
                    </div>
                    <form method="post" action=EndColleague::PATH>
                        <FormPage />
                        <input type="hidden" name="id" value=colleague.id.to_string() />
                        <Button kind=ButtonKind::Secondary>
                            "End" <span class="visually-hidden">" with " {colleague.name}</span>
                        </Button>
                    </form>
                </div>
            </li>
        }
    };
    view! { <ul class="appt-list">{colleagues.into_iter().map(row).collect_view()}</ul> }.into_any()
}

fn form(doctors: Vec<(String, String)>, state: &FormState) -> AnyView {
    if doctors.is_empty() {
        return view! { <p>"There is no other doctor with an account whom you could let."</p> }.into_any();
    }
    let choices = std::iter::once(Choice::new("", "Choose"))
        .chain(doctors.into_iter().map(|(slug, name)| Choice::new(slug, name)))
        .collect();
    view! {
        <form method="post" action=AddColleague::PATH novalidate>
            <FormPage />
            <Select
                name="colleague"
                label="A colleague"
                choices
                chosen=state.typed("colleague")
                error=state.problem("colleague", FIELDS)
            />
            <Button>"Let them work in your calendar"</Button>
        </form>
    }
    .into_any()
}
