//! Invitations to join as doctor or staff.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_query_map;

use crate::{
    accounts::Role,
    admin::{
        actions::invitations::{Invite, ResendInvitation, RevokeInvitation, invitations},
        model::invitations::{Invitation, InvitationList, InvitationState, MAX_DAYS, USUAL_DAYS},
    },
    app::{AdminNav, ClinicClock, Failure, Fields, FormPage, FormState, PageTitle},
    error::FieldCode,
    flash::Note,
    ui::{
        Button, ButtonKind, Choice, Choices, Column, Empty, ErrorLine, ErrorSummary, Field, Glyph, Notice, Pager,
        Select, Table, Tag, Tone,
    },
};

const FIELDS: Fields = &[
    ("role", "what they join as"),
    ("email", "their email address"),
    ("specialty", "a specialty"),
    ("location", "a location"),
    ("days", "the number of days"),
];
const COLUMNS: [Column; 6] = [
    Column::text("Email address"),
    Column::text("Joins as"),
    Column::text("State"),
    Column::text("Invited"),
    Column::text("Works until"),
    Column::text("Change"),
];
const HAS_ACCOUNT: &str = "This email address already has an account";

/// `/admin/invitations?page=`: the form to invite, and who was invited.
#[component]
pub fn InvitationsPage() -> impl IntoView {
    let page = use_query_map().with_untracked(|query| query.get("page")?.parse().ok()).unwrap_or(1);
    let invite = FormState::of("admin/invite");
    let forms = Forms { note: Note::for_action("admin/invite"), problems: problems(&invite), invite };
    let list = Resource::new_blocking(move || page, invitations);
    let page = move || {
        list.get().map(|list| match list {
            Ok(list) => show(list, &forms),
            Err(error) => view! { <Failure error /> }.into_any(),
        })
    };
    view! { <Suspense>{page}</Suspense> }
}

/// What the forms of the page have to say.
struct Forms {
    /// The link that has just been made.
    note: Option<Note>,
    invite: FormState,
    problems: Vec<ErrorLine>,
}

/// Whether a form failed because the address has an account.
fn has_account(state: &FormState) -> bool {
    state.code_for("email") == Some(FieldCode::EmailUnusable)
}

/// The lines of all forms of the page; at most one of them has been sent.
fn problems(invite: &FormState) -> Vec<ErrorLine> {
    let (resend, revoke) = (FormState::of("admin/resend_invitation"), FormState::of("admin/revoke_invitation"));
    let taken = |field: &str| vec![ErrorLine { field: field.to_owned(), text: HAS_ACCOUNT.to_owned() }];
    if has_account(invite) {
        return taken("email");
    }
    if has_account(&resend) {
        return taken("");
    }
    [invite.lines(FIELDS), resend.lines(&[]), revoke.lines(&[])].concat()
}

fn show(list: InvitationList, forms: &Forms) -> AnyView {
    let InvitationList { invitations, page, pages, specialties, locations, .. } = list;
    let title = if page > 1 {
        ["Invitations, page ", &page.to_string(), " of ", &pages.to_string()].concat()
    } else {
        "Invitations".to_owned()
    };
    let rows = if invitations.is_empty() {
        view! {
            <Empty glyph=Glyph::Mail title="No invitations yet">
                <p>"Invite the first doctor or a colleague with the form on this page."</p>
            </Empty>
        }
        .into_any()
    } else {
        table(invitations)
    };
    view! {
        <PageTitle text=title.clone() failed=!forms.problems.is_empty() />
        <AdminNav />
        <ErrorSummary errors=forms.problems.clone() />
        <div class="page-head">
            <h1 tabindex="-1">{title}</h1>
            <p class="lead">
                "A doctor or a member of staff needs an invitation to join. We send them a link and show you one to pass on. An invitation works once."
            </p>
            <ClinicClock />
        </div>
        {forms.note.as_ref().map(new_link)}
        <section class="section" aria-labelledby="invite">
            <h2 id="invite">"Invite a doctor or a colleague"</h2>
            {invite_form(forms, specialties, locations)}
        </section>
        <div class="section">
            <h2 id="sent">"Invitations so far"</h2>
            {rows}
            <Pager page pages prefix="/admin/invitations?page=" />
        </div>
    }
    .into_any()
}

/// The link, for the only time.
fn new_link(note: &Note) -> impl IntoView + use<> {
    let (link, email) = (note.value("link").to_owned(), note.value("email").to_owned());
    let (title, before, after) = if note.value("mailed").is_empty() {
        let after = ". This clinic sends no email, so you have to pass it on. We cannot show it again. If it gets lost, make a new link below.";
        ("Copy this link and give it to them", "It is for ", after)
    } else {
        let after = ". If nothing arrives there, give them this link yourself. We cannot show it again. If it gets lost, make a new link below.";
        ("The invitation is on its way", "We are mailing a link to ", after)
    };
    view! {
        <Notice tone=Tone::Success title=title>
            <p>{before} <bdi>{email}</bdi> {after}</p>
            <div class="field field-wide">
                <label class="label" for="invitation-link">
                    "Link of the invitation"
                </label>
                <input class="input" id="invitation-link" type="text" readonly value=link />
            </div>
        </Notice>
    }
}

fn invite_form(
    forms: &Forms,
    specialties: Vec<(String, String)>,
    locations: Vec<(String, String)>,
) -> impl IntoView + use<> {
    let state = &forms.invite;
    let email_problem = if has_account(state) { Some(HAS_ACCOUNT.to_owned()) } else { state.problem("email", FIELDS) };
    let role = if state.failed() { state.typed("role") } else { "doctor".to_owned() };
    let days = if state.failed() { state.typed("days") } else { USUAL_DAYS.to_string() };
    view! {
        <form method="post" action=Invite::PATH novalidate>
            <FormPage />
            <Choices
                name="role"
                legend="They join as"
                choices=roles()
                chosen=role
                error=state.problem("role", FIELDS)
            />
            <Field
                name="email"
                label="Email address"
                kind="email"
                hint="They can join with this address only."
                autocomplete="off"
                value=state.typed("email")
                error=email_problem
            />
            <Select
                name="specialty"
                label="Specialty (doctors only)"
                choices=choices(specialties)
                chosen=state.typed("specialty")
                error=state.problem("specialty", FIELDS)
            />
            <Select
                name="location"
                label="Location (doctors only)"
                choices=choices(locations)
                chosen=state.typed("location")
                error=state.problem("location", FIELDS)
            />
            <Field
                name="days"
                label="Days until it runs out"
                hint=["From 1 to ", &MAX_DAYS.to_string(), "."].concat()
                inputmode="numeric"
                autocomplete="off"
                value=days
                error=state.problem("days", FIELDS)
            />
            <Button>"Make the link"</Button>
        </form>
    }
}

fn roles() -> Vec<Choice> {
    let reception = "Books, moves and cancels for all doctors, and keeps the records of patients.";
    let staff = "Runs the clinic: doctors, accounts, settings.";
    vec![
        Choice { detail: "Sees patients; has a calendar.".into(), ..Choice::new("doctor", "Doctor") },
        Choice { detail: reception.into(), ..Choice::new("receptionist", "Receptionist") },
        Choice { detail: staff.into(), ..Choice::new("admin", "Clinic staff") },
    ]
}

fn choices(known: Vec<(String, String)>) -> Vec<Choice> {
    let first = Choice::new("", "Choose");
    std::iter::once(first).chain(known.into_iter().map(|(id, name)| Choice::new(id, name))).collect()
}

fn table(invitations: Vec<Invitation>) -> AnyView {
    let rows = invitations.into_iter().map(row).collect();
    view! { <Table label="sent" columns=&COLUMNS rows /> }.into_any()
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Doctor => "Doctor",
        Role::Receptionist => "Receptionist",
        Role::Patient | Role::Admin => "Clinic staff",
    }
}

fn row(invitation: Invitation) -> Vec<AnyView> {
    let (tone, state) = match invitation.state {
        InvitationState::Waiting => (Tone::Warning, "Waiting"),
        InvitationState::Used => (Tone::Success, "Used"),
        InvitationState::Expired => (Tone::Plain, "Expired"),
        InvitationState::Revoked => (Tone::Plain, "Revoked"),
    };
    let role = role_name(invitation.role);
    let joined = invitation.used_by.map(|(id, name)| {
        view! {
            <p class="small">
                "by "
                <a href=["/admin/users/", &id.to_string()].concat()>
                    <bdi>{name}</bdi>
                </a>
            </p>
        }
    });
    let (id, email) = (invitation.id.to_string(), invitation.email.clone());
    let form = |path: &'static str, kind, words: &'static str| {
        let email = email.clone();
        view! {
            <form method="post" action=path>
                <FormPage />
                <input type="hidden" name="id" value=id.clone() />
                <Button kind>{words} <span class="visually-hidden">" for " {email}</span></Button>
            </form>
        }
    };
    let open = matches!(invitation.state, InvitationState::Waiting | InvitationState::Expired);
    let resend = open.then(|| form(ResendInvitation::PATH, ButtonKind::Link, "New link"));
    let revoke = open.then(|| form(RevokeInvitation::PATH, ButtonKind::Link, "Revoke"));
    let nothing = (!open).then_some("Nothing to change");
    let work = (!invitation.work.is_empty()).then(|| view! { <p class="muted small">{invitation.work}</p> });
    vec![
        view! { <bdi class="breakable">{invitation.email}</bdi> }.into_any(),
        (role, work).into_any(),
        (view! { <Tag tone text=state /> }, joined).into_any(),
        (invitation.sent, view! { <p class="muted small">"by " <bdi>{invitation.invited_by}</bdi></p> }).into_any(),
        invitation.expires.into_any(),
        view! {
            <div class="row">{resend} {revoke}</div>
            {nothing}
        }
        .into_any(),
    ]
}
