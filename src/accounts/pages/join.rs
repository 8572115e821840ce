//! Joining by invitation.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{components::Redirect, hooks::use_params_map};

use super::PASSWORD_HINT;
use crate::{
    accounts::{
        Role,
        actions::{
            SignOut,
            join::{Join, approval, invitation},
        },
    },
    admin::model::invitations::{Invited, OwnApproval},
    app::{
        Clinic, DoctorNav, Failure, Fields, FormPage, FormState, PageTitle, answer::set_status, tel_href, use_frame,
    },
    error::{AppError, InvitationEnd},
    ui::{Button, ButtonKind, ButtonLink, ErrorLine, ErrorSummary, Field, Glyph, Icon, Notice, ShowPasswords, Tone},
};

const FIELDS: Fields = &[
    ("email", "your email address"),
    ("name", "your name"),
    ("designation", "your professional title"),
    ("registration_number", "your registration number"),
    ("password", "your password"),
];

/// `/invite/:code`: the names on the invitation, and the form to join.
#[component]
pub fn InvitePage() -> impl IntoView {
    let code = use_params_map().with_untracked(|params| params.get("code")).unwrap_or_default();
    let state = FormState::of("join");
    let by_code = code.clone();
    let invited = Resource::new_blocking(move || by_code.clone(), invitation);
    let clinic = use_frame().clinic;
    let page = move || {
        let (code, state, clinic) = (code.clone(), state.clone(), clinic.clone());
        Suspend::new(async move {
            match invited.await {
                Ok(Invited::Welcome { invited_by, clinic: clinic_name, role, expires }) => {
                    let welcome = Welcome { code, invited_by, clinic: clinic_name, role, expires };
                    welcome.show(&state, clinic)
                }
                Ok(Invited::OtherAccount { name, email }) => other_account(name, email),
                Ok(Invited::Joined { role }) => joined(role),
                Err(AppError::InvitationOver { why }) => over(why, clinic),
                Err(AppError::NotFound) => unknown(clinic),
                Err(error) => view! { <Failure error /> }.into_any(),
            }
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

struct Welcome {
    code: String,
    invited_by: String,
    clinic: String,
    role: Role,
    expires: String,
}

impl Welcome {
    fn show(self, state: &FormState, clinic: Clinic) -> AnyView {
        let other = is_other_email(state);
        let title = if other { OTHER_EMAIL.to_owned() } else { ["Join ", &self.clinic].concat() };
        let role = match self.role {
            Role::Doctor => " as a doctor.",
            Role::Receptionist => " as a receptionist.",
            Role::Patient | Role::Admin => " as clinic staff.",
        };
        let invites = [" invites you to join ", &self.clinic, role].concat();
        let problems = if other {
            vec![ErrorLine { field: "email".to_owned(), text: NOT_INVITED.to_owned() }]
        } else {
            state.lines(FIELDS)
        };
        let form = form(self.code, self.role, state);
        view! {
            <PageTitle text=title.clone() failed=state.failed() />
            <div class="solo">
                <ErrorSummary errors=problems />
                <h1 tabindex="-1">{title}</h1>
                <p class="lead">
                    <bdi>{self.invited_by}</bdi>
                    {invites}
                </p>
                <p class="muted">"This invitation works until " {self.expires} "."</p>
                {other.then(|| ask(clinic))}
                <div class="card">{form} <ShowPasswords /></div>
            </div>
        }
        .into_any()
    }
}

/// Whether the last attempt was with an address that was not invited.
fn is_other_email(state: &FormState) -> bool {
    state.error() == Some(&AppError::InvitationOver { why: InvitationEnd::OtherEmail })
}

fn form(code: String, role: Role, state: &FormState) -> impl IntoView + use<> {
    let doctor = role == Role::Doctor;
    let email_problem =
        if is_other_email(state) { Some(NOT_INVITED.to_owned()) } else { state.problem("email", FIELDS) };
    view! {
        <form method="post" action=Join::PATH novalidate>
            <FormPage />
            <input type="hidden" name="code" value=code />
            <Field
                name="email"
                label="Email address"
                kind="email"
                hint="The address that the clinic invited."
                autocomplete="email"
                value=state.typed("email")
                error=email_problem
            />
            <Field
                name="name"
                label="Full name"
                hint=if doctor { "As patients should see it, such as Dr Ana Novak." } else { "" }
                autocomplete="name"
                value=state.typed("name")
                error=state.problem("name", FIELDS)
            />
            {doctor.then(|| work_fields(state))}
            <Field
                name="password"
                label="Password"
                kind="password"
                hint=PASSWORD_HINT
                autocomplete="new-password"
                error=state.problem("password", FIELDS)
            />
            <button class="btn btn-large btn-wide" type="submit">
                "Join"
            </button>
        </form>
    }
}

fn work_fields(state: &FormState) -> impl IntoView + use<> {
    view! {
        <Field
            name="designation"
            label="Professional title"
            hint="Such as Consultant cardiologist."
            autocomplete="organization-title"
            value=state.typed("designation")
            error=state.problem("designation", FIELDS)
        />
        <Field
            name="registration_number"
            label="Registration number"
            hint="Your number in the professional register."
            autocomplete="off"
            value=state.typed("registration_number")
            error=state.problem("registration_number", FIELDS)
        />
    }
}

const NOT_INVITED: &str = "This invitation is for another address. Enter the email address that the clinic invited";
const OTHER_EMAIL: &str = "This invitation is for another email address";

/// The invitation can no longer be used.
fn over(why: InvitationEnd, clinic: Clinic) -> AnyView {
    set_status(&AppError::InvitationOver { why });
    let (title, text) = match why {
        InvitationEnd::Used => (
            "This invitation has been used",
            "An invitation works once, and this one has been used already. If you used it, sign in.",
        ),
        InvitationEnd::Expired => ("This invitation is too old", "It ran out before it was used."),
        InvitationEnd::Revoked => {
            ("The clinic has withdrawn this invitation", "If you were sent a newer link, please use that one.")
        }
        InvitationEnd::OtherEmail => (OTHER_EMAIL, "It has not been used yet."),
    };
    let sign_in = (why == InvitationEnd::Used).then(|| {
        view! {
            <div class="btns">
                <ButtonLink href="/sign-in">"Sign in"</ButtonLink>
            </div>
        }
    });
    ended(title, view! { <p class="lead">{text}</p> {ask(clinic)} {sign_in} }.into_any())
}

fn unknown(clinic: Clinic) -> AnyView {
    set_status(&AppError::NotFound);
    let text = view! {
        <p class="lead">
            "Please check that you opened the whole link. A link stops working when the clinic makes a newer one."
        </p>
        {ask(clinic)}
    };
    ended("We do not know this invitation", text.into_any())
}

fn ask(clinic: Clinic) -> impl IntoView {
    let phone = clinic.phone;
    view! { <p>"Ask the clinic for a new invitation: " <a href=tel_href(&phone)>{phone.clone()}</a></p> }
}

/// A page about a mailed link that has no form.
pub(super) fn ended(title: &'static str, text: AnyView) -> AnyView {
    view! {
        <PageTitle text=title />
        <div class="system">
            <Icon glyph=Glyph::Mail />
            <h1 tabindex="-1">{title}</h1>
            {text}
        </div>
    }
    .into_any()
}

fn other_account(name: String, email: String) -> AnyView {
    let text = view! {
        <p class="lead">
            "You are signed in as " <bdi>{name}</bdi> " (" <bdi>{email}</bdi>
            "). Sign out first, then open the link again."
        </p>
        <div class="btns">
            <form method="post" action=SignOut::PATH>
                <FormPage />
                <Button>"Sign out"</Button>
            </form>
            <ButtonLink href="/" kind=ButtonKind::Secondary>
                "Stay signed in"
            </ButtonLink>
        </div>
    };
    ended("This invitation is for another person", text.into_any())
}

fn joined(role: Role) -> AnyView {
    let home = role.start_page();
    let text = view! {
        <p class="lead">"Your account is ready and you are signed in."</p>
        <div class="btns">
            <ButtonLink href=home>"Go to your pages"</ButtonLink>
        </div>
    };
    ended("You have joined", text.into_any())
}

/// `/doctor/waiting`: for a doctor whom staff have not approved yet.
#[component]
pub fn WaitingPage() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| approval());
    let clinic = use_frame().clinic;
    let page = move || {
        let clinic = clinic.clone();
        Suspend::new(async move {
            match answer.await {
                Ok(OwnApproval::Approved) => view! { <Redirect path="/doctor" /> }.into_any(),
                Ok(OwnApproval::Waiting) => waiting(None, clinic),
                Ok(OwnApproval::Rejected(note)) => waiting(Some(note), clinic),
                Err(error) => view! { <Failure error /> }.into_any(),
            }
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// `rejected` is the reason for which staff said no.
fn waiting(rejected: Option<String>, clinic: Clinic) -> AnyView {
    let title =
        if rejected.is_some() { "The clinic has not approved you" } else { "The clinic must still approve you" };
    let text = match rejected {
        Some(note) => view! {
            <Notice tone=Tone::Warning title="The reason">
                <p dir="auto">{note}</p>
            </Notice>
            <p>"Patients cannot find you. If something has changed, please talk to the clinic; it can still approve you."</p>
        }
        .into_any(),
        None => view! {
            <p class="lead">"Until then patients cannot find you or book with you. You do not need to do anything else."</p>
        }
        .into_any(),
    };
    view! {
        <PageTitle text=title />
        <DoctorNav />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            {text}
        </div>
        <p>"You can get ready now: once you are approved, patients book the hours that you set."</p>
        <p>"Questions? Call " <bdi>{clinic.name}</bdi> ": " <a href=tel_href(&clinic.phone)>{clinic.phone.clone()}</a></p>
        <div class="btns">
            <ButtonLink href="/doctor/availability">"Set your weekly hours"</ButtonLink>
            <ButtonLink href="/doctor/profile" kind=ButtonKind::Secondary>
                "Complete your profile"
            </ButtonLink>
        </div>
    }
    .into_any()
}
