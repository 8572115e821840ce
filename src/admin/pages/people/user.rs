//! One account: who it is, and shutting it out.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    care::{CARE_FIELDS, LINK_FIELDS, care_section},
    problems,
    users::status_words,
};
use crate::{
    accounts::Role,
    admin::{
        actions::people::{ReactivateUser, SuspendUser, one_user},
        model::people::ManagedUser,
        pages::second_factor::{RESET_FIELDS, reset_section},
    },
    app::{AdminNav, ClinicClock, Failure, FormPage, FormState, PageTitle, role_words},
    error::AppError,
    ids::PersonId,
    ui::{Button, ButtonKind, ErrorLine, ErrorSummary, Glyph, Icon, SummaryList, SummaryRow, Tag},
};

/// `/admin/users/:id`: one account; suspend it.
#[component]
pub fn UserPage() -> impl IntoView {
    let id = use_params_map().with_untracked(|params| params.get("id")?.parse::<PersonId>().ok());
    let form = FormState::of("admin/grant_care");
    let mut problems = problems(&["admin/suspend_user", "admin/reactivate_user", "admin/end_care"]);
    problems.extend(form.lines(CARE_FIELDS));
    problems.extend(FormState::of("admin/own_account_link").lines(LINK_FIELDS));
    problems.extend(FormState::of("admin/reset_second_factor").lines(RESET_FIELDS));
    let user = Resource::new_blocking(move || id, |id| async move { one_user(id.ok_or(AppError::NotFound)?).await });
    let page = move || {
        user.get().map(|user| match user {
            Ok(user) => show(user, problems.clone(), &form),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

fn show(managed: ManagedUser, problems: Vec<ErrorLine>, form: &FormState) -> AnyView {
    let change = if managed.user.suspended { reactivate(&managed) } else { suspend(&managed) };
    let care = (managed.user.role == Role::Patient).then(|| care_section(&managed, form));
    let second_factor = reset_section(&managed);
    let ManagedUser { user, since, mail_fails_since, appointments_ahead, doctor, .. } = managed;
    let (tone, status) = status_words(user.suspended);
    let fails =
        mail_fails_since.map_or_else(String::new, |since| ["\nMessages do not arrive, since ", &since].concat());
    let mut rows = vec![
        SummaryRow::new("Email address", user.email + &fails),
        SummaryRow::new("Kind of account", role_words(user.role)),
        SummaryRow::new("Since", since),
        SummaryRow::new("Last sign-in", user.last_sign_in.unwrap_or_else(|| "Never".to_owned())),
    ];
    if appointments_ahead > 0 {
        rows.push(SummaryRow::new("Upcoming appointments", appointments_ahead.to_string()));
    }
    let doctor = doctor.map(|(slug, _)| {
        view! {
            <p>
                <a href=["/admin/doctors/", &slug].concat()>"See the doctor"</a>
            </p>
        }
    });
    view! {
        <PageTitle text=user.name.clone() failed=!problems.is_empty() />
        <AdminNav />
        <a class="back-link" href="/admin/users">
            <Icon glyph=Glyph::ChevronLeft />
            "All accounts"
        </a>
        <ErrorSummary errors=problems />
        <div class="narrow">
            <div class="page-head">
                <h1 tabindex="-1">
                    <bdi>{user.name}</bdi>
                </h1>
                <p>
                    <Tag tone text=status />
                </p>
                <ClinicClock />
            </div>
            <SummaryList rows />
            {doctor}
            {care}
            {second_factor}
            {change}
        </div>
    }
    .into_any()
}

fn suspend(managed: &ManagedUser) -> AnyView {
    if managed.own {
        return view! { <p class="muted">"This is your own account. Only another member of staff can suspend it."</p> }
            .into_any();
    }
    let bookable = managed.doctor.as_ref().filter(|(_, shown)| *shown).map(|(slug, _)| {
        view! {
            <p>
                "Patients can go on booking with this doctor. To stop that too, "
                <a href=["/admin/doctors/", slug, "#pause"].concat()>"pause the doctor"</a> "."
            </p>
        }
    });
    view! {
        <section class="section" aria-labelledby="suspend">
            <h2 id="suspend">"Suspend this account"</h2>
            <p>"Their sessions end at once, and they cannot sign in. Their appointments stay booked. You can undo this."</p>
            {bookable}
            <form method="post" action=SuspendUser::PATH>
                <FormPage />
                <input type="hidden" name="id" value=managed.user.id.to_string() />
                <Button kind=ButtonKind::Danger>"Suspend"</Button>
            </form>
        </section>
    }
    .into_any()
}

fn reactivate(managed: &ManagedUser) -> AnyView {
    view! {
        <section class="section" aria-labelledby="reactivate">
            <h2 id="reactivate">"Let them in again"</h2>
            <p>"They can sign in again with the password they had."</p>
            <form method="post" action=ReactivateUser::PATH>
                <FormPage />
                <input type="hidden" name="id" value=managed.user.id.to_string() />
                <Button>"Reactivate"</Button>
            </form>
        </section>
    }
    .into_any()
}
