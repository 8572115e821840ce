//! A doctor's visit types.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    address::{page, was_saved},
    cells::{Attempt, hidden},
    visit_type_form::form,
};
use crate::{
    app::{DoctorNav, Failure, PageTitle, named_doctor},
    availability::{
        actions::visit_types::{MoveVisitType, OfferVisitType, RemoveVisitType, visit_type, visit_types},
        model::visit_types::{VisitTypeList, VisitTypeRow},
    },
    error::FieldCode,
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorLine, ErrorSummary, Glyph, Icon, Notice, Tag, Tone},
};

/// `/doctor/visit-types`
#[component]
pub fn VisitTypesPage() -> impl IntoView {
    let attempts = ["availability/move_visit_type", "availability/offer_visit_type", "availability/remove_visit_type"]
        .map(Attempt::at);
    let doctor = named_doctor();
    let list = Resource::new_blocking(move || doctor.clone(), visit_types);
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, &attempts),
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
    let attempt = Attempt::at("availability/save_visit_type");
    let id = use_params_map().with_untracked(|params| params.get("id")).filter(|id| id != "new").unwrap_or_default();
    let asked_for = (named_doctor(), id);
    let found = Resource::new_blocking(move || asked_for.clone(), |(doctor, id)| visit_type(doctor, id));
    let page = move || {
        found.get().map(|found| match found {
            Ok(found) => form(found, &attempt),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! {
        <DoctorNav />
        <Suspense>{page}</Suspense>
    }
}

fn show(list: VisitTypeList, attempts: &[Attempt]) -> AnyView {
    let VisitTypeList { editing, rows } = list;
    let failed = attempts.iter().any(Attempt::failed);
    let in_use = "This visit type is in use: appointments or weekly hours refer to it. Stop offering it instead";
    let errors: Vec<ErrorLine> = attempts
        .iter()
        .flat_map(|attempt| {
            let in_use_id = attempt.problem("id", "it").and_then(|_| attempt.typed("id").map(str::to_owned));
            match in_use_id {
                Some(id) => vec![ErrorLine { field: ["type-", &id].concat(), text: in_use.to_owned() }],
                None => attempt.lines(|_, _: FieldCode| "it".to_owned()),
            }
        })
        .collect();
    let new = page("/doctor/visit-types/new", &editing.doctor, "");
    let offered = rows.iter().filter(|row| row.active).count();
    let news = match (failed, offered) {
        (false, 0) if !rows.is_empty() => Some((
            Tone::Warning,
            "No visit type is offered now, so online booking is closed. Appointments that are booked stay booked.",
        )),
        (false, _) if was_saved() => {
            Some((Tone::Success, "Saved. Appointments that are booked stay as they were agreed."))
        }
        _ => None,
    };
    let news = news.map(|(tone, words)| {
        view! {
            <Notice tone>
                <p>{words}</p>
            </Notice>
        }
    });
    let last = rows.len();
    let body = if rows.is_empty() {
        view! {
            <Empty glyph=Glyph::Stethoscope title="No visit types yet">
                <p>"Patients choose a visit type first, so they cannot book before there is one."</p>
                <div class="btns">
                    <ButtonLink href=new.clone()>"Add a visit type"</ButtonLink>
                </div>
            </Empty>
        }
        .into_any()
    } else {
        let (doctor, version) = (editing.doctor.clone(), editing.version);
        let rows = rows
            .into_iter()
            .enumerate()
            .map(|(index, visit_type)| {
                let ends = (index == 0, index + 1 == last);
                let closes = visit_type.active && offered == 1;
                row(visit_type, (&doctor, version), ends, closes)
            })
            .collect_view();
        view! {
            <ol class="entries">{rows}</ol>
            <div class="btns">
                <ButtonLink href=new.clone()>
                    <Icon glyph=Glyph::Plus />
                    "Add a visit type"
                </ButtonLink>
            </div>
        }
        .into_any()
    };
    let whose = if editing.doctor.is_empty() { "you offer".to_owned() } else { [&editing.name, " offers"].concat() };
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
            <div class="btns">{up} {down} {switch} {remove}</div>
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
