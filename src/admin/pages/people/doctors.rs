//! All doctors of the clinic.

use leptos::{prelude::*, server_fn::ServerFn};

use super::problems;
use crate::{
    admin::{
        actions::people::{ApproveDoctor, all_doctors},
        model::people::{Approval, DoctorStatus, ListedDoctor, Standing},
    },
    app::{AdminNav, Failure, FormPage, PageTitle},
    ui::{Button, ButtonKind, ButtonLink, Column, Empty, ErrorLine, ErrorSummary, Glyph, Table, Tag, Tone},
};

const COLUMNS: [Column; 4] =
    [Column::text("Name"), Column::text("Specialty"), Column::text("Status"), Column::text("Patients")];

/// `/admin/doctors`: doctors who wait for approval first, then all.
#[component]
pub fn DoctorsPage() -> impl IntoView {
    let problems = problems(&["admin/approve_doctor"]);
    let doctors = Resource::new_blocking(|| (), |()| all_doctors());
    let page = move || {
        doctors.get().map(|doctors| match doctors {
            Ok(doctors) => show(doctors, problems.clone()),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(doctors: Vec<ListedDoctor>, problems: Vec<ErrorLine>) -> AnyView {
    let (waiting, others): (Vec<_>, Vec<_>) = doctors.into_iter().partition(|doctor| doctor.standing.waits());
    let title = if waiting.is_empty() { "All doctors" } else { "All other doctors" };
    let waiting = (!waiting.is_empty()).then(|| {
        let rows = waiting.into_iter().map(waiting_row).collect_view();
        view! {
            <section class="section" aria-labelledby="waiting">
                <h2 id="waiting">"Waiting for approval"</h2>
                <ul class="appt-list">{rows}</ul>
            </section>
        }
    });
    view! {
        <PageTitle text="Doctors" failed=!problems.is_empty() />
        <AdminNav />
        <ErrorSummary errors=problems />
        <div class="page-head row row-between">
            <h1 tabindex="-1">"Doctors"</h1>
            <ButtonLink href="/admin/invitations" kind=ButtonKind::Secondary>
                "Invite a doctor"
            </ButtonLink>
        </div>
        {waiting}
        <div class="section">
            <h2 id="doctors">{title}</h2>
            {table(others)}
        </div>
    }
    .into_any()
}

fn address(slug: &str) -> String {
    ["/admin/doctors/", slug].concat()
}

fn waiting_row(doctor: ListedDoctor) -> AnyView {
    let slug = doctor.slug;
    let (approved, rejected) = (doctor.name.clone(), doctor.name.clone());
    view! {
        <li>
            <article class="card row row-between">
                <div>
                    <h3>
                        <a href=address(&slug)>
                            <bdi>{doctor.name}</bdi>
                        </a>
                    </h3>
                    <p class="muted">{doctor.specialty}</p>
                </div>
                <div class="btns">
                    <form method="post" action=ApproveDoctor::PATH>
                        <FormPage />
                        <input type="hidden" name="slug" value=slug.clone() />
                        <input type="hidden" name="version" value=doctor.version.to_string() />
                        <Button kind=ButtonKind::Secondary>
                            "Approve" <span class="visually-hidden">" " {approved}</span>
                        </Button>
                    </form>
                    <ButtonLink href=[&address(&slug), "#reject"].concat() kind=ButtonKind::Quiet>
                        "Reject"
                        <span class="visually-hidden">" " {rejected}</span>
                    </ButtonLink>
                </div>
            </article>
        </li>
    }
    .into_any()
}

fn table(doctors: Vec<ListedDoctor>) -> AnyView {
    if doctors.is_empty() {
        return view! {
            <Empty glyph=Glyph::Stethoscope title="No doctors yet">
                <p>"Invite a doctor; they appear here once they have joined."</p>
            </Empty>
        }
        .into_any();
    }
    let rows = doctors.into_iter().map(row).collect();
    view! {
        <Table label="doctors" columns=&COLUMNS rows />
    }
    .into_any()
}

fn row(doctor: ListedDoctor) -> Vec<AnyView> {
    let (tone, status) = status_words(doctor.standing);
    let name = view! {
        <a href=address(&doctor.slug)>
            <bdi>{doctor.name}</bdi>
        </a>
    };
    let status = view! { <Tag tone text=status /> };
    vec![name.into_any(), doctor.specialty.into_any(), status.into_any(), doctor.standing.label().into_any()]
}

/// A doctor's standing, in a word.
pub(super) fn status_words(standing: Standing) -> (Tone, &'static str) {
    match (standing.status, standing.approval) {
        (DoctorStatus::Active, _) => (Tone::Success, "Active"),
        (DoctorStatus::Paused, Approval::Waiting) => (Tone::Warning, "Waiting for approval"),
        (DoctorStatus::Paused, Approval::Rejected) => (Tone::Plain, "Not approved"),
        (DoctorStatus::Paused, Approval::Approved) => (Tone::Warning, "Paused"),
        (DoctorStatus::Leaving, _) => (Tone::Warning, "Leaving"),
        (DoctorStatus::Deactivated, _) => (Tone::Plain, "Left"),
    }
}
