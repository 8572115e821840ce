//! Making two records one.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::location::Url;

use super::{found::found_list, in_query, nav, person_in_path, record_path};
use crate::{
    accounts::model::record::RECORD_FIELDS,
    app::{Failure, FormPage, FormState, PageTitle},
    error::AppError,
    patients::{
        actions::{MergePatients, merge_page},
        model::{FROM_KEPT, FROM_MERGED, MergePage, MergePlan, MergeSide},
    },
    ui::{Button, ButtonKind, ButtonLink, Choice, Choices, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, Tone},
};

const BOTH_BUSY: &str = "Both have an appointment at the same time. Move or cancel one of the two, then merge again.";

/// `/patients/:id/merge?q=&with=`: choose the other record, see what would become of both, merge.
#[component]
pub fn MergePatientPage() -> impl IntoView {
    let (id, state) = (person_in_path(), FormState::of("patients/merge"));
    let asked = (id, in_query("with"), in_query("q"));
    let page = Resource::new_blocking(
        move || asked.clone(),
        |(id, with, query)| async move { merge_page(id.ok_or(AppError::NotFound)?, with, query).await },
    );
    let content = move || {
        page.get().map(|page| match page {
            Ok(page) => show(page, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn show(page: MergePage, state: &FormState) -> AnyView {
    let problems = match state.error() {
        Some(AppError::PatientBusy { .. }) => {
            vec![ErrorLine { field: "main".to_owned(), text: BOTH_BUSY.to_owned() }]
        }
        _ => state.lines(&[("clinic_number", "the clinic number")]),
    };
    let content = match &page.plan {
        Some(plan) => preview(page.id, plan, state),
        None => choose(&page),
    };
    view! {
        <PageTitle text="Merge two records" failed=!problems.is_empty() />
        {nav(true)}
        <a class="back-link" href=record_path(page.id, "")>
            <Icon glyph=Glyph::ChevronLeft />
            "The record"
        </a>
        <ErrorSummary errors=problems />
        <h1 tabindex="-1">"Merge two records"</h1>
        {content}
    }
    .into_any()
}

fn choose(page: &MergePage) -> AnyView {
    let with = |id: String| record_path(page.id, &["/merge?with=", &id, "&q=", &Url::escape(&page.query)].concat());
    let found = page.found.as_ref().map(|found| {
        if found.is_empty() {
            return view! { <p class="section">"No other patient was found."</p> }.into_any();
        }
        view! {
            <section class="section" aria-labelledby="found">
                <h2 id="found">"Which one is the same person?"</h2>
                {found_list(found, |patient| with(patient.id.to_string()))}
            </section>
        }
        .into_any()
    });
    view! {
        <div class="narrow">
            <p class="lead">
                "Which other record is " <bdi>{page.name.clone()}</bdi> " too? Nothing is changed before you have seen it."
            </p>
            <form method="get" action=record_path(page.id, "/merge") role="search">
                <Field
                    name="q"
                    label="Find the other record"
                    kind="search"
                    hint="By name, birth date, phone number, email address or clinic number."
                    autocomplete="off"
                    value=page.query.clone()
                />
                <Button>"Search"</Button>
            </form>
            {found}
        </div>
    }
    .into_any()
}

fn preview(from: crate::ids::PersonId, plan: &MergePlan, state: &FormState) -> AnyView {
    let refused = refusal(plan);
    let form = plan.is_possible().then(|| merge_form(from, plan, state));
    let come = match plan.appointments {
        0 => "No appointments come along.".to_owned(),
        1 => "1 appointment comes along.".to_owned(),
        more => more.to_string() + " appointments come along.",
    };
    view! {
        {refused}
        {both(plan)}
        {plan.is_possible().then(|| view! { <p>{come}</p> })}
        {form}
    }
    .into_any()
}

fn refusal(plan: &MergePlan) -> Option<AnyView> {
    let text = if plan.two_accounts {
        "Both sign in with an account of their own. Ask the patient which one to use, and cancel or move the other \
         one\u{2019}s appointments."
            .to_owned()
    } else if plan.overlaps.is_empty() {
        return None;
    } else {
        [BOTH_BUSY, " It is on ", &plan.overlaps.join("; "), "."].concat()
    };
    Some(
        view! {
            <Notice tone=Tone::Warning title="These records cannot be merged now">
                <p>{text}</p>
            </Notice>
        }
        .into_any(),
    )
}

/// What both records say, field by field.
fn both(plan: &MergePlan) -> AnyView {
    let (stays, goes) = if plan.is_possible() {
        ("The record that stays", "The record that becomes a part of it")
    } else {
        ("One record", "The other record")
    };
    let said = |field: &str| !plan.kept.values.get(field).is_empty() || !plan.merged.values.get(field).is_empty();
    let account = |side: &MergeSide| if side.has_account { "Signs in online" } else { "None" }.to_owned();
    let row = |title: &'static str, one: String, other: String| {
        view! {
            <tr>
                <th scope="row">{title}</th>
                <td class="long">
                    <bdi>{one}</bdi>
                </td>
                <td class="long">
                    <bdi>{other}</bdi>
                </td>
            </tr>
        }
    };
    let fields = RECORD_FIELDS.into_iter().filter(|(field, _)| said(field));
    let fields =
        fields.map(|(field, title)| row(title, plan.kept.words(field).to_owned(), plan.merged.words(field).to_owned()));
    view! {
        <div class="table-scroll section" role="region" aria-label="Both records" tabindex="0">
            <table class="table" aria-label="Both records">
                <thead>
                    <tr>
                        <td></td>
                        <th scope="col">{stays}</th>
                        <th scope="col">{goes}</th>
                    </tr>
                </thead>
                <tbody>
                    {fields.collect_view()} {row("Account", account(&plan.kept), account(&plan.merged))}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn merge_form(from: crate::ids::PersonId, plan: &MergePlan, state: &FormState) -> AnyView {
    let choice = |(field, title): (&'static str, &'static str)| {
        let usual = if plan.kept.values.get(field).is_empty() { FROM_MERGED } else { FROM_KEPT };
        let choices =
            vec![Choice::new(FROM_KEPT, plan.kept.words(field)), Choice::new(FROM_MERGED, plan.merged.words(field))];
        view! { <Choices name=field legend=title choices chosen=state.kept(field, usual) /> }
    };
    let differing = RECORD_FIELDS.into_iter().filter(|(field, _)| plan.differing.iter().any(|name| name == field));
    view! {
        <form method="post" action=MergePatients::PATH novalidate>
            <FormPage />
            <input type="hidden" name="kept" value=plan.kept.id.to_string() />
            <input type="hidden" name="kept_version" value=plan.kept.version.to_string() />
            <input type="hidden" name="merged" value=plan.merged.id.to_string() />
            <input type="hidden" name="merged_version" value=plan.merged.version.to_string() />
            {(!plan.differing.is_empty()).then(|| view! { <h2>"What is right?"</h2> })}
            {differing.map(choice).collect_view()}
            <p class="hint">"You can undo this for a day."</p>
            <div class="btns">
                <Button kind=ButtonKind::Danger>"Merge the two records"</Button>
                <ButtonLink href=record_path(from, "") kind=ButtonKind::Quiet>
                    "Leave them as they are"
                </ButtonLink>
            </div>
        </form>
    }
    .into_any()
}
