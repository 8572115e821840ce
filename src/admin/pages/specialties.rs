//! Specialties.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use super::parts::{Done, RemoveSection, counted, made_from};
use crate::{
    admin::{
        actions::specialties::{AddSpecialty, RemoveSpecialty, RenameSpecialty, SaveSpecialtyWords, specialties},
        model::specialties::SpecialtyRow,
    },
    app::{AdminNav, Failure, Fields, FormPage, FormState, NotFound, PageTitle},
    ui::{Button, Column, Empty, ErrorSummary, Field, Glyph, Icon, Notice, Table, Tone},
};

const COLUMNS: [Column; 3] = [Column::text("Name"), Column::number("Doctors"), Column::text("Change")];

const FIELDS: Fields = &[("name", "the name"), ("other_words", "the other words"), ("remove", "this specialty")];

/// `/admin/specialties`: the list, and the form to add one; with `?edit=slug` one of them, to rename or remove.
#[component]
pub fn SpecialtiesPage() -> impl IntoView {
    let states = ["admin/add_specialty", "admin/rename_specialty", "admin/specialty_words", "admin/remove_specialty"];
    let states = states.map(FormState::of);
    let edited = use_query_map().with_untracked(|query| query.get("edit"));
    let rows = Resource::new_blocking(|| (), |()| specialties());
    let page = move || {
        rows.get().map(|rows| match (rows, &edited) {
            (Ok(rows), None) => list(rows, &states[0]),
            (Ok(rows), Some(slug)) => match rows.into_iter().find(|row| row.slug == *slug) {
                Some(row) => edit(row, &states[1], &states[2], &states[3]),
                None => view! { <NotFound /> }.into_any(),
            },
            (Err(error), _) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn list(rows: Vec<SpecialtyRow>, state: &FormState) -> AnyView {
    let table = if rows.is_empty() {
        view! {
            <Empty glyph=Glyph::Stethoscope title="There are no specialties yet">
                <p>"Add the first one below. Doctors choose from them, and patients search by them."</p>
            </Empty>
        }
        .into_any()
    } else {
        let rows = rows.into_iter().map(row).collect();
        view! {
            <Table label="specialties" columns=&COLUMNS rows />
        }
        .into_any()
    };
    view! {
        <PageTitle text="Specialties" failed=state.failed() />
        <AdminNav />
        <ErrorSummary errors=state.lines(FIELDS) />
        <Done failed=state.failed() />
        <h1 id="specialties" tabindex="-1">
            "Specialties"
        </h1>
        {table}
        <section class="section">
            <h2>"Add a specialty"</h2>
            <form method="post" action=AddSpecialty::PATH novalidate>
                <FormPage />
                <Field
                    name="name"
                    label="Name"
                    hint="As patients know it, like Cardiology."
                    value=state.typed("name")
                    error=state.problem("name", FIELDS)
                />
                <Button>"Add specialty"</Button>
            </form>
        </section>
    }
    .into_any()
}

fn row(row: SpecialtyRow) -> Vec<AnyView> {
    let change = view! {
        <a href=["/admin/specialties?edit=", &row.slug].concat()>
            "Change or remove" <span class="visually-hidden">" " {row.name.clone()}</span>
        </a>
    };
    vec![row.name.into_any(), row.doctors.into_any(), change.into_any()]
}

fn edit(row: SpecialtyRow, state: &FormState, wording: &FormState, removing: &FormState) -> AnyView {
    let failed = state.failed() || wording.failed() || removing.failed();
    let mut lines = state.lines(FIELDS);
    lines.extend(wording.lines(FIELDS));
    lines.extend(removing.lines(FIELDS));
    let other_words = other_words(&row, wording);
    let name = row.name.clone();
    let newer = state.is_stale().then(|| {
        view! {
            <Notice tone=Tone::Warning title="Another person renamed it">
                <p>
                    "It is called " <strong>{name}</strong>
                    " now. What you typed is still below: save again to put it in its place."
                </p>
            </Notice>
        }
    });
    let text = match row.doctors {
        0 => "No doctor has this specialty. Patients do not see it.".to_owned(),
        some => [&counted(some, "doctor has", "doctors have"), " this specialty. Take it off their profiles first."]
            .concat(),
    };
    view! {
        <PageTitle text=row.name.clone() failed />
        <AdminNav />
        <a class="back-link" href="/admin/specialties">
            <Icon glyph=Glyph::ChevronLeft />
            "Back to specialties"
        </a>
        <ErrorSummary errors=lines />
        <h1 tabindex="-1">{row.name.clone()}</h1>
        {newer}
        <form method="post" action=RenameSpecialty::PATH novalidate>
            <FormPage />
            <input type="hidden" name="id" value=row.id.to_string() />
            <input type="hidden" name="seen" value=made_from(state, "seen", &row.name) />
            <Field
                name="name"
                label="Name"
                hint="The address of the page stays the same."
                value=state.kept("name", &row.name)
                error=state.problem("name", FIELDS)
            />
            <Button>"Save name"</Button>
        </form>
        {other_words}
        <RemoveSection
            action=RemoveSpecialty::PATH
            id=row.id.to_string()
            label="Remove this specialty"
            text
            possible=row.doctors == 0
            problem=removing.problem("remove", FIELDS)
        />
    }
    .into_any()
}

/// The form for what patients say instead of the name.
fn other_words(row: &SpecialtyRow, state: &FormState) -> AnyView {
    let now = row.other_words.clone();
    let newer = state.is_stale().then(|| {
        view! {
            <Notice tone=Tone::Warning title="Another person changed the other words">
                <p>
                    "They are now: " <strong>{now}</strong>
                    ". What you typed is still below: save again to put it in their place."
                </p>
            </Notice>
        }
    });
    view! {
        <section class="section">
            <h2>"Other words patients use"</h2>
            {newer}
            <form method="post" action=SaveSpecialtyWords::PATH novalidate>
                <FormPage />
                <input type="hidden" name="id" value=row.id.to_string() />
                <input type="hidden" name="seen" value=made_from(state, "seen", &row.other_words) />
                <Field
                    name="other_words"
                    label="Other words"
                    hint="With commas between, like heart, chest pain. Patients who search for them find these doctors."
                    value=state.kept("other_words", &row.other_words)
                    error=state.problem("other_words", FIELDS)
                />
                <Button>"Save other words"</Button>
            </form>
        </section>
    }
    .into_any()
}
