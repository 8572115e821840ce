//! A doctor who leaves the clinic.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_params_map, use_query_map};

use crate::{
    app::{AdminNav, DoctorNav, Failure, FormPage, FormState, PageTitle},
    booking::{
        absence_resolution::MAX_RESOLVED,
        pages::{ResolutionFields, resolution_lines},
    },
    doctors::{
        actions::leaving::{AskToLeave, ResolveLeaving, TakeStep, leaving, own_leaving},
        model::leaving::{Leaving, LeavingStep, OwnLeaving},
    },
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tone},
};

/// `/doctor/leave`: a doctor asks to leave.
#[component]
pub fn LeavePage() -> impl IntoView {
    let state = FormState::of("doctors/ask_to_leave");
    let own = Resource::new_blocking(|| (), |()| own_leaving());
    let page = move || {
        own.get().map(|own| match own {
            Ok(own) => ask(own, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn ask(own: OwnLeaving, state: &FormState) -> AnyView {
    let appointments = match own.appointments {
        0 => "You have no upcoming appointments.".to_owned(),
        1 => "You have 1 upcoming appointment.".to_owned(),
        more => ["You have ", &more.to_string(), " upcoming appointments."].concat(),
    };
    let form = |wants: &'static str, kind, words: &'static str| {
        view! {
            <form method="post" action=AskToLeave::PATH>
                <FormPage />
                <input type="hidden" name="wants" value=wants />
                <Button kind>{words}</Button>
            </form>
        }
        .into_any()
    };
    let next = match (own.leaving, own.asked) {
        (true, _) => view! {
            <Notice tone=Tone::Warning title="The clinic is closing your account">
                <p>"Patients no longer find you, and nothing new can be booked. If this is a mistake, please talk to the clinic's staff."</p>
            </Notice>
        }
        .into_any(),
        (false, Some(day)) => view! {
            <Notice title="You have asked to leave">
                <p>"You asked on " {day} ". The clinic's staff will deal with your upcoming appointments. Until then everything goes on as usual."</p>
            </Notice>
            {form("false", ButtonKind::Secondary, "I want to stay")}
        }
        .into_any(),
        (false, None) => form("true", ButtonKind::Danger, "Ask to leave"),
    };
    view! {
        <PageTitle text="Leave the clinic" failed=state.failed() />
        <div class="narrow">
            <ErrorSummary errors=state.lines(&[]) />
            <div class="page-head">
                <h1 tabindex="-1">"Leave the clinic"</h1>
                <p class="lead">"You ask, and the clinic's staff do it. " {appointments}</p>
            </div>
            <h2>"What happens"</h2>
            <ol>
                <li>"The clinic hides you from patients. Nothing new can be booked."</li>
                <li>"The clinic cancels each upcoming appointment or gives it to a colleague, and the patients see it."</li>
                <li>"When no appointment is left, the clinic closes your account, and you can no longer sign in."</li>
            </ol>
            <p>"Past appointments stay in the clinic's records, with your name."</p>
            {next}
        </div>
    }
    .into_any()
}

/// `/admin/doctors/:slug/leaving`: staff deal with the appointments ahead.
#[component]
pub fn LeavingPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let done = use_query_map().with_untracked(|query| query.get("done")).unwrap_or_default();
    let step = FormState::of("doctors/leaving_step");
    let resolved = FormState::of("doctors/leaving_resolve");
    let doctor = Resource::new_blocking(move || (slug.clone(), done.clone()), |(slug, done)| leaving(slug, done));
    let page = move || {
        doctor.get().map(|doctor| match doctor {
            Ok(doctor) => show(doctor, &step, &resolved),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <AdminNav />
        <Suspense>{page}</Suspense>
    }
}

fn show(doctor: Leaving, step: &FormState, resolved: &FormState) -> AnyView {
    let mut lines: Vec<ErrorLine> = step.lines(&[]);
    lines.extend(resolution_lines(resolved));
    let failed = !lines.is_empty();
    let title = match doctor.step {
        LeavingStep::Left => [&doctor.name, " has left"].concat(),
        _ => [&doctor.name, " is leaving the clinic"].concat(),
    };
    let done = Some(doctor.done.clone()).filter(|done| !done.is_empty() && !failed).map(|done| {
        view! {
            <Notice tone=Tone::Success title="Done">
                <p>{done}</p>
            </Notice>
        }
    });
    let asked = doctor.asked.clone().map(|day| view! { <p>"The doctor asked to leave on " {day} "."</p> });
    let back = ["/admin/doctors/", &doctor.slug].concat();
    let content = match doctor.step {
        LeavingStep::Here => start(&doctor),
        LeavingStep::Leaving => under_way(doctor, resolved),
        LeavingStep::Left => view! {
            <p>"The account is closed. Past appointments stay in the records, with the doctor's name."</p>
        }
        .into_any(),
    };
    view! {
        <PageTitle text=title.clone() failed />
        <a class="back-link" href=back>
            <Icon glyph=Glyph::ChevronLeft />
            "Back to the doctor"
        </a>
        <ErrorSummary errors=lines />
        <h1 tabindex="-1">{title}</h1>
        {done}
        {asked}
        {content}
    }
    .into_any()
}

/// A button that takes a step.
fn step_form(doctor: &Leaving, step: &'static str, kind: ButtonKind, words: &'static str) -> AnyView {
    view! {
        <form method="post" action=TakeStep::PATH>
            <FormPage />
            <input type="hidden" name="slug" value=doctor.slug.clone() />
            <input type="hidden" name="version" value=doctor.version.to_string() />
            <input type="hidden" name="step" value=step />
            <Button kind>{words}</Button>
        </form>
    }
    .into_any()
}

fn start(doctor: &Leaving) -> AnyView {
    let appointments = match doctor.list.all {
        0 => "There are no upcoming appointments.".to_owned(),
        1 => "There is 1 upcoming appointment.".to_owned(),
        more => ["There are ", &more.to_string(), " upcoming appointments."].concat(),
    };
    view! {
        <p class="lead">{appointments}</p>
        <ol>
            <li>"As soon as you start, patients no longer find this doctor, and nothing new can be booked."</li>
            <li>"Then you cancel each upcoming appointment, or give it to a colleague who is free at that time."</li>
            <li>"When no appointment is left, you close the account. The doctor is signed out everywhere."</li>
        </ol>
        {step_form(doctor, "start", ButtonKind::Danger, "Start")}
    }
    .into_any()
}

fn under_way(doctor: Leaving, resolved: &FormState) -> AnyView {
    let stay = step_form(&doctor, "stop", ButtonKind::Secondary, "The doctor stays after all");
    if doctor.under_way {
        return view! {
            <p class="lead">"An appointment is under way. You can go on when it is over."</p>
            <div class="btns">{stay}</div>
        }
        .into_any();
    }
    if doctor.list.all == 0 {
        return view! {
            <p class="lead">"No appointment is left. You can close the account now."</p>
            <p>"The doctor is signed out everywhere and cannot sign in again. Past appointments keep the doctor's name."</p>
            <div class="btns">
                {step_form(&doctor, "finish", ButtonKind::Danger, "Close the account")} {stay}
            </div>
        }
        .into_any();
    }
    let count = match doctor.list.all {
        1 => "1 appointment is ahead.".to_owned(),
        more => [&more.to_string(), " appointments are ahead."].concat(),
    };
    let fields = if doctor.list.appointments.is_empty() {
        let most = MAX_RESOLVED.to_string();
        view! { <p>"These are more than the " {most} " that one page can ask about. Please cancel some of them first."</p> }
            .into_any()
    } else {
        view! {
            <form method="post" action=ResolveLeaving::PATH novalidate>
                <FormPage />
                <input type="hidden" name="slug" value=doctor.slug.clone() />
                <ResolutionFields list=doctor.list.clone() state=resolved.clone() comes_back=false />
                <p>"Patients see what became of their appointments under My appointments."</p>
                <Button kind=ButtonKind::Danger>"Change these appointments"</Button>
            </form>
        }
        .into_any()
    };
    view! {
        <p class="lead">{count} " Patients no longer find this doctor. What becomes of these appointments?"</p>
        {fields}
        <div class="btns">{stay}</div>
    }
    .into_any()
}
