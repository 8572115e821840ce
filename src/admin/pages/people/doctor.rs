//! One doctor, and what staff decide about them.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{doctors::status_words, problems};
use crate::{
    admin::{
        actions::people::{ApproveDoctor, PauseDoctor, RejectDoctor, ResumeDoctor, one_doctor},
        model::people::{Approval, ManagedDoctor},
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, PageTitle, whose_query},
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Glyph, Icon, SummaryList, SummaryRow, Tag, TextArea},
};

const REJECT: &str = "admin/reject_doctor";
const FIELDS: Fields = &[("reason", "the reason")];

/// `/admin/doctors/:slug`: approve, reject, pause one doctor.
#[component]
pub fn DoctorPage() -> impl IntoView {
    let slug = use_params_map().with_untracked(|params| params.get("slug")).unwrap_or_default();
    let reject = FormState::of(REJECT);
    let mut problems = problems(&["admin/approve_doctor", "admin/pause_doctor", "admin/resume_doctor"]);
    problems.extend(reject.lines(FIELDS));
    let doctor = Resource::new_blocking(move || slug.clone(), one_doctor);
    let page = move || {
        doctor.get().map(|doctor| match doctor {
            Ok(doctor) => show(doctor, &reject, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(doctor: ManagedDoctor, reject: &FormState, problems: Vec<ErrorLine>) -> AnyView {
    let (tone, status) = status_words(doctor.standing);
    let whose = whose_query(&doctor.slug);
    let links = links(&doctor, &whose);
    let decisions = decisions(&doctor, reject);
    let rows = rows(&doctor);
    view! {
        <PageTitle text=doctor.name.clone() failed=!problems.is_empty() />
        <AdminNav />
        <a class="back-link" href="/admin/doctors">
            <Icon glyph=Glyph::ChevronLeft />
            "All doctors"
        </a>
        <ErrorSummary errors=problems />
        <div class="page-head">
            <h1 tabindex="-1">
                <bdi>{doctor.name}</bdi>
            </h1>
            <p>
                <Tag tone text=status />
            </p>
            <p class="lead">{doctor.standing.label()} "."</p>
        </div>
        <div class="split">
            <div>
                <SummaryList rows />
                {decisions}
            </div>
            <aside aria-label="Pages of this doctor">{links}</aside>
        </div>
    }
    .into_any()
}

fn rows(doctor: &ManagedDoctor) -> Vec<SummaryRow> {
    let known = |text: &str| if text.is_empty() { "Not known".to_owned() } else { text.to_owned() };
    let mut rows = vec![
        SummaryRow::new("Professional title", known(&doctor.designation)),
        SummaryRow::new("Registration number", known(&doctor.registration_number)),
        SummaryRow::new("Specialties", known(&doctor.specialties.join(", "))),
    ];
    if doctor.standing.approval == Approval::Rejected {
        rows.push(SummaryRow::new("Not approved because", doctor.approval_note.clone()));
    }
    if doctor.wants_to_leave {
        rows.push(SummaryRow::new("Leaving", "The doctor has asked to leave the clinic"));
    }
    if doctor.account.is_none() {
        rows.push(SummaryRow::new("Account", "None: this doctor cannot sign in"));
    }
    rows
}

fn links(doctor: &ManagedDoctor, whose: &str) -> impl IntoView + use<> {
    let mut links = vec![
        (["/doctor", whose].concat(), "Calendar"),
        (["/doctor/availability", whose].concat(), "Weekly hours"),
        (["/doctor/visit-types", whose].concat(), "Visit types"),
        (["/doctor/profile", whose].concat(), "Profile"),
    ];
    if let Some(account) = doctor.account {
        links.push((["/admin/users/", &account.to_string()].concat(), "Account"));
    }
    if doctor.standing.is_shown() {
        links.push((["/doctors/", &doctor.slug].concat(), "The page that patients see"));
    }
    links.push((["/admin/doctors/", &doctor.slug, "/leaving"].concat(), "Leaving the clinic"));
    let links = links
        .into_iter()
        .map(|(href, words)| {
            view! {
                <li>
                    <a href=href>{words}</a>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="card">
            <ul class="actions">{links}</ul>
        </div>
    }
}

fn decisions(doctor: &ManagedDoctor, reject: &FormState) -> impl IntoView + use<> {
    let standing = doctor.standing;
    let button = |path, kind, words: &'static str| one_button(doctor, path, kind, words);
    let approve = standing.can_approve().then(|| {
        section(
            "approve",
            "Approve",
            "Patients can find and book this doctor as soon as there are weekly hours.",
            button(ApproveDoctor::PATH, ButtonKind::Primary, "Approve"),
        )
    });
    let pause = standing.can_pause().then(|| {
        section(
            "pause",
            "Pause",
            "Patients can no longer find or book this doctor. Booked appointments stay as they are.",
            button(PauseDoctor::PATH, ButtonKind::Danger, "Pause"),
        )
    });
    let resume = standing.can_resume().then(|| {
        section(
            "resume",
            "Show again",
            "Patients find this doctor again and can book.",
            button(ResumeDoctor::PATH, ButtonKind::Primary, "Show again"),
        )
    });
    let reject = standing.can_reject().then(|| {
        section(
            "reject",
            "Reject",
            "Patients do not see the doctor. You can still approve later.",
            reject_form(doctor, reject),
        )
    });
    view! {
        {approve}
        {reject}
        {pause}
        {resume}
    }
}

fn section(id: &'static str, title: &'static str, effect: &'static str, form: AnyView) -> AnyView {
    view! {
        <section class="section" aria-labelledby=id>
            <h2 id=id>{title}</h2>
            <p>{effect}</p>
            {form}
        </section>
    }
    .into_any()
}

fn one_button(doctor: &ManagedDoctor, path: &'static str, kind: ButtonKind, words: &'static str) -> AnyView {
    let name = doctor.name.clone();
    view! {
        <form method="post" action=path>
            <FormPage />
            <input type="hidden" name="slug" value=doctor.slug.clone() />
            <input type="hidden" name="version" value=doctor.version.to_string() />
            <Button kind>{words} <span class="visually-hidden">" " {name}</span></Button>
        </form>
    }
    .into_any()
}

fn reject_form(doctor: &ManagedDoctor, state: &FormState) -> AnyView {
    view! {
        <form method="post" action=RejectDoctor::PATH novalidate>
            <FormPage />
            <input type="hidden" name="slug" value=doctor.slug.clone() />
            <input type="hidden" name="version" value=doctor.version.to_string() />
            <TextArea
                name="reason"
                label="Reason"
                hint="The doctor reads it. At most 300 characters."
                value=state.typed("reason")
                error=state.problem("reason", FIELDS)
            />
            <Button kind=ButtonKind::Danger>"Reject"</Button>
        </form>
    }
    .into_any()
}
