//! The record of one patient: what the clinic keeps, the appointments, and the history.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{in_query, nav, person_in_path, record_path};
use crate::{
    accounts::Permission,
    app::{Failure, FormPage, FormState, PageTitle, use_frame},
    booking::front_desk::PatientAppointment,
    error::AppError,
    patients::{
        actions::{UndoMerge, patient},
        model::{self, RecordChange},
    },
    ui::{
        Button, ButtonKind, ButtonLink, Choice, Column, ErrorSummary, Glyph, Icon, Notice, Select, SummaryList,
        SummaryRow, Table, Tone,
    },
};

const APPOINTMENTS: [Column; 5] = [
    Column::text("When"),
    Column::text("With"),
    Column::text("Status"),
    Column::text("Reference"),
    Column::text("Change"),
];
const HISTORY: [Column; 5] =
    [Column::text("When"), Column::text("Who"), Column::text("What"), Column::long("From"), Column::long("To")];

/// `/patients/:id`: the record.
#[component]
pub fn PatientPage() -> impl IntoView {
    let (id, state) = (person_in_path(), FormState::of("patients/undo_merge"));
    let page = Resource::new_blocking(move || id, |id| async move { patient(id.ok_or(AppError::NotFound)?).await });
    let content = move || {
        page.get().map(|page| match page {
            Ok(page) => show(page, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn show(page: model::PatientPage, state: &FormState) -> AnyView {
    let id = page.id;
    let name = page.values.name.clone();
    let frame = use_frame();
    let can_change = frame.may(Permission::ChangePatients) && page.merged_into.is_none();
    let change = can_change.then(|| {
        let merge = frame.may(Permission::MergePatients).then(|| {
            view! {
                <ButtonLink href=record_path(id, "/merge") kind=ButtonKind::Secondary>
                    "Merge with another record"
                </ButtonLink>
            }
        });
        view! {
            <div class="btns">
                <ButtonLink href=record_path(id, "/edit") kind=ButtonKind::Secondary>
                    "Change the record"
                </ButtonLink>
                {merge}
            </div>
        }
    });
    let account = (frame.may(Permission::ManagePeople) && page.has_account).then(|| {
        view! {
            <p>
                <a href=["/admin/users/", &id.to_string()].concat()>"See the account"</a>
            </p>
        }
    });
    view! {
        <PageTitle text=name.clone() failed=state.failed() />
        {nav(page.by_staff)}
        <a class="back-link" href="/patients">
            <Icon glyph=Glyph::ChevronLeft />
            "Patients"
        </a>
        <ErrorSummary errors=state.lines(&[]) />
        {notice(&page, state.failed())}
        <div class="page-head">
            <h1 tabindex="-1">
                <bdi>{name}</bdi>
            </h1>
        </div>
        <SummaryList rows=rows(&page) />
        {account}
        {change}
        {undo(&page)}
        {appointments(&page)}
        {frame.may(Permission::MergePatients).then(|| history(&page.history))}
    }
    .into_any()
}

fn notice(page: &model::PatientPage, failed: bool) -> Option<AnyView> {
    if let Some(kept) = page.merged_into {
        return Some(
            view! {
                <Notice tone=Tone::Warning title="This record is a part of another one">
                    <p>
                        <a href=record_path(kept, "")>"See the record that was kept"</a>
                    </p>
                </Notice>
            }
            .into_any(),
        );
    }
    let words = match in_query("done").as_str() {
        "saved" => "Saved.",
        "merged" => "The two records are one now. You can undo this for a day.",
        "undone" => "The two records are two again.",
        _ => "",
    };
    (!failed && !words.is_empty()).then(|| {
        view! {
            <Notice tone=Tone::Success>
                <p>{words}</p>
            </Notice>
        }
        .into_any()
    })
}

fn rows(page: &model::PatientPage) -> Vec<SummaryRow> {
    let values = &page.values;
    let account = match (page.has_account, page.suspended) {
        (true, false) => "Signs in online",
        (true, true) => "Suspended",
        (false, _) => "None: the clinic added this person",
    };
    let or_none = |text: &str| if text.is_empty() { "Not known".to_owned() } else { text.to_owned() };
    let mut rows = vec![
        SummaryRow::new("Birth date", or_none(&page.birth_date)),
        SummaryRow::new("Phone number", or_none(&page.phone)),
        SummaryRow::new("Email address", or_none(&values.email)),
        SummaryRow::new("Account", account),
    ];
    // what is not there for most people is left out
    let more = [
        ("What to call them", &values.call_name),
        ("Clinic number", &values.clinic_number),
        ("Language", &values.language),
        ("Access needs", &values.access_needs),
        ("Notes for the desk", &values.desk_notes),
    ];
    rows.extend(
        more.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(term, value)| SummaryRow::new(term, value.clone())),
    );
    rows
}

fn undo(page: &model::PatientPage) -> Option<AnyView> {
    let (merge, other) = page.undo.clone()?;
    Some(
        view! {
            <section class="section" aria-labelledby="undo">
                <h2 id="undo">"Undo the merge"</h2>
                <p>
                    "The record of " <bdi>{other}</bdi>
                    " was made a part of this one. For a day you can make them two again: each gets back what it had."
                </p>
                <form method="post" action=UndoMerge::PATH>
                    <FormPage />
                    <input type="hidden" name="id" value=page.id.to_string() />
                    <input type="hidden" name="merge" value=merge.to_string() />
                    <Button kind=ButtonKind::Secondary>"Make them two again"</Button>
                </form>
            </section>
        }
        .into_any(),
    )
}

fn appointments(page: &model::PatientPage) -> AnyView {
    let list = if page.appointments.is_empty() {
        view! { <p>"None yet."</p> }.into_any()
    } else {
        let rows = page.appointments.iter().map(appointment).collect();
        view! { <Table label="appointments" columns=&APPOINTMENTS rows /> }.into_any()
    };
    view! {
        <section class="section">
            <h2 id="appointments">"Appointments"</h2>
            {page.merged_into.is_none().then(|| book(page))}
            {list}
        </section>
    }
    .into_any()
}

fn appointment(appointment: &PatientAppointment) -> Vec<AnyView> {
    let path = ["/appointments/", &appointment.id.to_string()].concat();
    let which = ["the appointment on ", &appointment.when].concat();
    let change = appointment.open.then(|| {
        let link = |rest: &str, word: &'static str| {
            view! {
                <a href=[&path, rest].concat()>
                    {word} <span class="visually-hidden">" " {which.clone()}</span>
                </a>
            }
        };
        view! {
            {link("/move", "Move")}
            " "
            {link("/cancel", "Cancel")}
        }
    });
    vec![
        view! { <a href=path.clone()>{appointment.when.clone()}</a> }.into_any(),
        view! { <bdi>{appointment.doctor.clone()}</bdi> }.into_any(),
        appointment.status.clone().into_any(),
        view! { <span class="reference">{appointment.reference.clone()}</span> }.into_any(),
        change.into_any(),
    ]
}

/// Booking for this patient: with the doctor who reads the page, or with the one whom staff choose.
fn book(page: &model::PatientPage) -> AnyView {
    if !page.by_staff {
        let href = ["/doctor/add?patient=", &page.id.to_string()].concat();
        return view! { <ButtonLink href>"Book an appointment"</ButtonLink> }.into_any();
    }
    if page.doctors.is_empty() {
        return ().into_any();
    }
    let choices = page.doctors.iter().map(|(slug, name)| Choice::new(slug, name)).collect();
    view! {
        <form method="get" action="/doctor/add">
            <input type="hidden" name="patient" value=page.id.to_string() />
            <Select name="doctor" label="Book an appointment with" choices />
            <Button>"Choose a time"</Button>
        </form>
    }
    .into_any()
}

fn history(changes: &[RecordChange]) -> AnyView {
    let none = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    let line = |change: &RecordChange| {
        vec![
            change.when.clone().into_any(),
            view! { <bdi>{change.who.clone()}</bdi> }.into_any(),
            change.field.clone().into_any(),
            view! { <bdi>{none(&change.before)}</bdi> }.into_any(),
            view! { <bdi>{none(&change.after)}</bdi> }.into_any(),
        ]
    };
    let content = if changes.is_empty() {
        view! { <p>"Nothing was changed yet."</p> }.into_any()
    } else {
        let rows = changes.iter().map(line).collect();
        view! { <Table label="history" columns=&HISTORY rows /> }.into_any()
    };
    view! {
        <section class="section">
            <h2 id="history">"History of the record"</h2>
            {content}
        </section>
    }
    .into_any()
}
