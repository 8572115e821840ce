//! A doctor's visit types.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{page, was_saved},
    cells::{hidden, lines},
    visit_type_form::form,
};
use crate::{
    app::{DoctorNav, Failure, FormPage, FormState, PageTitle, named_doctor},
    availability::{
        actions::visit_types::{MoveVisitType, OfferVisitType, RemoveVisitType, visit_type, visit_types},
        model::{
            hours::Editing,
            visit_types::{VisitTypeList, VisitTypeRow},
        },
    },
    error::FieldCode,
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tag, Tone},
};

/// `/doctor/visit-types`
#[component]
pub fn VisitTypesPage() -> impl IntoView {
    let states = ["availability/move_visit_type", "availability/offer_visit_type", "availability/remove_visit_type"]
        .map(FormState::of);
    let doctor = named_doctor();
    let list = Resource::new_blocking(move || doctor.clone(), visit_types);
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, &states),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

/// `/doctor/visit-types/:id`: one visit type, or `new`.
#[component]
pub fn VisitTypePage() -> impl IntoView {
    let state = FormState::of("availability/save_visit_type");
    let id = use_params_map().with_untracked(|params| params.get("id")).filter(|id| id != "new").unwrap_or_default();
    let asked_for = (named_doctor(), id);
    let found = Resource::new_blocking(move || asked_for.clone(), |(doctor, id)| visit_type(doctor, id));
    let page = move || {
        found.get().map(|found| match found {
            Ok(found) => form(found, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

const IN_USE: &str = "This visit type is in use: appointments or weekly hours refer to it. Stop offering it instead";

fn show(list: VisitTypeList, states: &[FormState]) -> AnyView {
    let VisitTypeList { editing, rows } = list;
    let failed = states.iter().any(FormState::failed);
    let errors: Vec<ErrorLine> = states.iter().flat_map(problems).collect();
    let news = if failed { None } else { news(&rows) };
    let whose = if editing.doctor.is_empty() { "you offer".to_owned() } else { [&editing.name, " offers"].concat() };
    let body = if rows.is_empty() { none(&editing) } else { all(rows, &editing) };
    view! {
        <PageTitle text="Visit types" failed />
        <ErrorSummary errors />
        <div class="page-head">
            <h1 tabindex="-1">"Visit types"</h1>
            <p class="lead">
                {["The visit types ", &whose, ", in the order in which patients see them."].concat()}
            </p>
        </div>
        {news}
        {body}
    }
    .into_any()
}

/// What is wrong with a form of the list: one that is in use leads to its row.
fn problems(state: &FormState) -> Vec<ErrorLine> {
    match state.code_for("id") {
        Some(_) => vec![ErrorLine { field: ["type-", &state.typed("id")].concat(), text: IN_USE.to_owned() }],
        None => lines(state, |_, _: FieldCode| "it".to_owned()),
    }
}

/// That online booking is closed, or that the last change was saved.
fn news(rows: &[VisitTypeRow]) -> Option<AnyView> {
    let closed = !rows.is_empty() && !rows.iter().any(|row| row.active);
    let (tone, words) = if closed {
        (
            Tone::Warning,
            "No visit type is offered now, so online booking is closed. Appointments that are booked stay booked.",
        )
    } else if was_saved() {
        (Tone::Success, "Saved. Appointments that are booked stay as they were agreed.")
    } else {
        return None;
    };
    let notice = view! {
        <Notice tone>
            <p>{words}</p>
        </Notice>
    };
    Some(notice.into_any())
}

fn none(editing: &Editing) -> AnyView {
    let new = new_address(editing);
    view! {
        <Empty glyph=Glyph::Stethoscope title="No visit types yet">
            <p>"Patients choose a visit type first, so they cannot book before there is one."</p>
            <div class="btns">
                <ButtonLink href=new.clone()>"Add a visit type"</ButtonLink>
            </div>
        </Empty>
    }
    .into_any()
}

fn all(rows: Vec<VisitTypeRow>, editing: &Editing) -> AnyView {
    let last = rows.len();
    let offered = rows.iter().filter(|row| row.active).count();
    let rows = rows
        .into_iter()
        .enumerate()
        .map(|(index, visit_type)| {
            let ends = (index == 0, index + 1 == last);
            let closes = visit_type.active && offered == 1;
            row(visit_type, (&editing.doctor, editing.version), ends, closes)
        })
        .collect_view();
    view! {
        <ol class="entries">{rows}</ol>
        <div class="btns">
            <ButtonLink href=new_address(editing)>
                <Icon glyph=Glyph::Plus />
                "Add a visit type"
            </ButtonLink>
        </div>
    }
    .into_any()
}

fn new_address(editing: &Editing) -> String {
    page("/doctor/visit-types/new", &editing.doctor, "")
}

/// `ends`: whether it is the first and whether it is the last. `closes`: whether nothing could be booked without it.
fn row(visit_type: VisitTypeRow, (doctor, version): (&str, i64), ends: (bool, bool), closes: bool) -> AnyView {
    let href = page(&["/doctor/visit-types/", &visit_type.id].concat(), doctor, "");
    let button = |path, extra, kind, label, rest: &str| {
        let hidden = hidden(doctor, version);
        one_button(path, hidden, &visit_type.id, extra, kind, (label, [" ", &visit_type.name, rest].concat()))
    };
    let quiet = ButtonKind::Quiet;
    let up = (!ends.0).then(|| button(MoveVisitType::PATH, ("up", "true"), quiet, "Up", ", one place up"));
    let down = (!ends.1).then(|| button(MoveVisitType::PATH, ("up", "false"), quiet, "Down", ", one place down"));
    let questions = page(&["/doctor/visit-types/", &visit_type.id, "/questions"].concat(), doctor, "");
    let about_questions = [" before ", &visit_type.name].concat();
    let questions = view! {
        <ButtonLink href=questions kind=ButtonKind::Quiet>
            "Questions" <span class="visually-hidden">{about_questions}</span>
        </ButtonLink>
    };
    let switch = if visit_type.active {
        button(OfferVisitType::PATH, ("active", "false"), quiet, "Stop offering", "")
    } else {
        button(OfferVisitType::PATH, ("active", "true"), ButtonKind::Secondary, "Offer", "")
    };
    let remove = button(RemoveVisitType::PATH, ("", ""), ButtonKind::QuietDanger, "Remove", "");
    let tag = (!visit_type.active).then(|| view! { <Tag tone=Tone::Plain text="Not offered" /> });
    let warning =
        closes.then(|| view! { <p class="muted small">"The only one offered: without it, online booking closes."</p> });
    let notes =
        (!visit_type.notes.is_empty()).then(|| view! { <p class="muted small">{visit_type.notes.join(". ")} "."</p> });
    view! {
        <li class="entry type-row" id=["type-", &visit_type.id].concat() tabindex="-1">
            <h2>
                <a href=href>{visit_type.name}</a>
            </h2>
            <div>
                <p>{visit_type.about} " " {tag}</p>
                {notes}
                {warning}
            </div>
            <div class="btns">{up} {down} {questions} {switch} {remove}</div>
        </li>
    }
    .into_any()
}

/// A form of one button. `words`: what it says, and what only screen readers add.
fn one_button(
    path: &'static str,
    hidden: AnyView,
    id: &str,
    (name, value): (&'static str, &'static str),
    kind: ButtonKind,
    words: (&'static str, String),
) -> AnyView {
    let extra = (!name.is_empty()).then(|| view! { <input type="hidden" name=name value=value /> });
    view! {
        <form method="post" action=path>
            <FormPage />
            {hidden}
            <input type="hidden" name="id" value=id.to_owned() />
            {extra}
            <Button kind>
                {words.0} <span class="visually-hidden">{words.1}</span>
            </Button>
        </form>
    }
    .into_any()
}
