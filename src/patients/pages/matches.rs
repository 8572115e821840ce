//! Pairs that may be one person.

use leptos::{prelude::*, server_fn::ServerFn};

use super::{found::marks, nav, record_path};
use crate::{
    app::{Failure, FormPage, FormState, PageTitle},
    booking::front_desk::FoundPatient,
    patients::{
        actions::{NotTheSame, matches},
        model::MatchPair,
    },
    ui::{Button, ButtonKind, ButtonLink, Empty, ErrorSummary, Glyph, Icon},
};

/// `/patients/matches`: pairs that may be one person.
#[component]
pub fn MatchesPage() -> impl IntoView {
    let state = FormState::of("patients/not_the_same");
    let pairs = Resource::new_blocking(|| (), |()| matches());
    let content = move || {
        pairs.get().map(|pairs| match pairs {
            Ok(pairs) => show(&pairs, &state),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{content}</Suspense> }
}

fn show(pairs: &[MatchPair], state: &FormState) -> AnyView {
    let list = if pairs.is_empty() {
        view! {
            <Empty glyph=Glyph::Check title="Nothing to decide">
                <p>"When somebody registers who may be in your records already, the pair is shown here."</p>
            </Empty>
        }
        .into_any()
    } else {
        pairs.iter().map(pair).collect_view().into_any()
    };
    view! {
        <PageTitle text="May be the same person" failed=state.failed() />
        {nav(true)}
        <a class="back-link" href="/patients">
            <Icon glyph=Glyph::ChevronLeft />
            "Patients"
        </a>
        <ErrorSummary errors=state.lines(&[]) />
        <h1 tabindex="-1">"May be the same person"</h1>
        <p class="lead">"Nothing is joined before you say so."</p>
        {list}
    }
    .into_any()
}

fn pair(pair: &MatchPair) -> AnyView {
    let href = record_path(pair.one.id, &["/merge?with=", &pair.other.id.to_string()].concat());
    let names = [" ", &pair.one.name, " and ", &pair.other.name].concat();
    let same_names = names.clone();
    view! {
        <section class="card section">
            <h2>
                <bdi>{pair.one.name.clone()}</bdi>
            </h2>
            <p>{pair.why.clone()}</p>
            <ul>{person(&pair.one, "has an account")} {person(&pair.other, "added by the clinic")}</ul>
            <div class="btns">
                <ButtonLink href>"Merge" <span class="visually-hidden">{same_names}</span></ButtonLink>
                <form method="post" action=NotTheSame::PATH>
                    <FormPage />
                    <input type="hidden" name="pair" value=pair.id.to_string() />
                    <Button kind=ButtonKind::Secondary>
                        "Not the same" <span class="visually-hidden">{names}</span>
                    </Button>
                </form>
            </div>
        </section>
    }
    .into_any()
}

fn person(patient: &FoundPatient, what: &'static str) -> impl IntoView + use<> {
    view! {
        <li>
            <a href=record_path(patient.id, "")>
                <bdi>{patient.name.clone()}</bdi>
            </a>
            ", "
            {what}
            <br />
            <bdi class="muted small breakable">{marks(patient)}</bdi>
        </li>
    }
}
