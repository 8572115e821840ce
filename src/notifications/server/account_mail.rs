//! Messages about accounts: links that prove an address, reset a password or invite a person, and notices of changes.

use sqlx::FromRow;

use super::{
    email::{Email, RenderContext, clinic, page},
    layout::{Body, Part, one_line},
    links::{self, Purpose},
    registration_mail::{Owner, address_given_for_another, address_wanted, owner_of},
    security_mail,
};
use crate::{
    accounts::Role,
    clinic::server::clinic_moment,
    db::{Conn, Error},
    error::AppError,
    ids::{InvitationId, PersonId},
    notifications::{model::Kind, server::compose_error::ComposeError},
    random,
    time::Timestamp,
};

/// Seconds after which a link for a new password is no longer wanted, such as when mail was set up later: a day.
const RESET_WAITS: i64 = 24 * 3600;
/// Seconds after which the other messages are out of date: a week.
const NEWS_WAITS: i64 = 7 * RESET_WAITS;
const NOT_YOU: &str = "If that was not you, you do not need to do anything.";

/// What is still true of a message about an account.
pub(super) async fn email(
    conn: &mut Conn<'_>,
    kind: Kind,
    render: &RenderContext<'_>,
) -> Result<Option<Email>, ComposeError> {
    if kind == Kind::Invitation {
        let id = render.claimed.invitation_id.ok_or(ComposeError::Broken("no invitation"))?;
        return invitation(conn, id, render).await;
    }
    let waits = if matches!(kind, Kind::ResetPassword | Kind::ResetSecondFactor) { RESET_WAITS } else { NEWS_WAITS };
    let person = Person::find(conn, render.claimed.person_id.ok_or(ComposeError::Broken("no person"))?).await?;
    // a closed account gets its last message, and no other
    let open = if kind == Kind::AccountClosed { "closed" } else { "active" };
    if person.status != open || render.claimed.created_at.plus_seconds(waits) < render.now {
        return Ok(None);
    }
    let (to, body) = match kind {
        Kind::VerifyAddress => match person.unproved() {
            Some(to) => (to.clone(), proof(conn, &person, &to, render).await?),
            None => return Ok(None),
        },
        Kind::ResetPassword => {
            let token = token_for(conn, Purpose::ResetPassword, &person.email, render).await?;
            let joins = person.joins;
            (person.email, token.map(|token| reset_password(joins, token, render)))
        }
        Kind::PasswordChanged => {
            let when = clinic_moment(conn, render.claimed.created_at, render.now).await?;
            (person.email, Some(password_changed(&when, render)))
        }
        Kind::AddressChanging if person.pending_email.is_some() => (person.email, Some(address_changing(render))),
        Kind::CareAsked => (person.email, Some(care_asked(render))),
        Kind::OwnAccount => {
            let to = person.pending_email.unwrap_or(person.email);
            (to.clone(), for_own_account(conn, &to, render).await?)
        }
        Kind::AccountClosed => (person.email, Some(account_closed(render))),
        Kind::OwnDataReady => (person.email, Some(own_data_ready(render))),
        _ => {
            let body = security_mail::body(conn, kind, &person.email, render).await?;
            (person.email, body)
        }
    };
    Ok(match body {
        Some(body) => Some(Email::plain(to, body.lay_out()?)),
        None => None,
    })
}

/// What is sent to an address that has to be proved. Who asked for another address does not learn that it is the one of
/// another account; that account's owner does.
async fn proof(
    conn: &mut Conn<'_>,
    person: &Person,
    to: &str,
    render: &RenderContext<'_>,
) -> Result<Option<Body>, ComposeError> {
    let changes = person.pending_email.is_some();
    let owner = if changes { owner_of(conn, to).await? } else { Owner::Nobody };
    Ok(match owner {
        Owner::Account => Some(address_wanted(render)),
        Owner::Suspended => None,
        Owner::Nobody => {
            let token = token_for(conn, Purpose::VerifyAddress, to, render).await?;
            token.map(|token| verify_address(changes, token, render))
        }
    })
}

/// The same for the address of a person who shall have an account.
async fn for_own_account(
    conn: &mut Conn<'_>,
    to: &str,
    render: &RenderContext<'_>,
) -> Result<Option<Body>, ComposeError> {
    Ok(match owner_of(conn, to).await? {
        Owner::Account => Some(address_given_for_another(render)),
        Owner::Suspended => None,
        Owner::Nobody => {
            let token = token_for(conn, Purpose::ResetPassword, to, render).await?;
            token.map(|token| own_account(token, render))
        }
    })
}

#[derive(FromRow)]
struct Person {
    email: String,
    pending_email: Option<String>,
    email_verified_at: Option<Timestamp>,
    status: String,
    /// Whether the clinic may have a record of this address beside the account, whose owner has not proved the address.
    joins: bool,
}

impl Person {
    async fn find(conn: &mut Conn<'_>, id: PersonId) -> Result<Person, Error> {
        const SQL: &str = "select coalesce(email, '') as email, pending_email, email_verified_at, status,
                email_verified_at is null and exists (select 1 from match_candidates m
                    where m.person_id = persons.id and m.reason = 'email' and m.decided_at is null) as joins
            from persons where id = $1";
        conn.fetch_one(SQL, (id,)).await
    }

    /// The address that still has to be proved: the one that is wanted, or the one there is.
    fn unproved(&self) -> Option<String> {
        match (&self.pending_email, self.email_verified_at) {
            (Some(wanted), _) => Some(wanted.clone()),
            (None, None) => Some(self.email.clone()),
            (None, Some(_)) => None,
        }
    }
}

/// The token for a message to this address. A link made for another address, because the account changed in between,
/// must not be sent here: it would prove that address to the reader of this one.
pub(super) async fn token_for<'a>(
    conn: &mut Conn<'_>,
    purpose: Purpose,
    address: &str,
    render: &RenderContext<'a>,
) -> Result<Option<&'a str>, Error> {
    let Some(token) = render.claimed.token(purpose) else {
        return Ok(None);
    };
    match links::find(conn, purpose, token).await {
        Ok(link) => Ok((link.address_hash == Some(random::token_hash(address))).then_some(token)),
        Err(Error::App(AppError::NotFound)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn verify_address(changes: bool, token: &str, render: &RenderContext<'_>) -> Body {
    let opening = if changes {
        format!("We were asked to use this email address for an account at {}.", clinic(render))
    } else {
        format!("An account at {} was opened with this email address.", clinic(render))
    };
    Body {
        subject: "Please confirm your email address".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, open this page and press the button:".to_owned(),
        link: page(render, "/verify/", token),
        closing: vec!["The link works for three days.".to_owned(), NOT_YOU.to_owned(), render.sender().help()],
    }
}

fn reset_password(joins: bool, token: &str, render: &RenderContext<'_>) -> Body {
    let stays = "If that was not you, you do not need to do anything. Your password stays as it is.";
    let (opening, lead) = if joins {
        (
            format!("{} knows this email address, and an account was opened with it.", clinic(render)),
            "To confirm that it is yours and to have both together, choose a password on this page:",
        )
    } else {
        (
            format!("We were asked for a new password for your account at {}.", clinic(render)),
            "To choose a new password, open this page:",
        )
    };
    Body {
        subject: "Your link for a new password".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: lead.to_owned(),
        link: page(render, "/reset/", token),
        closing: vec!["The link works once, and for one hour.".to_owned(), stays.to_owned(), render.sender().help()],
    }
}

fn password_changed(when: &str, render: &RenderContext<'_>) -> Body {
    let opening = format!("The password of your account at {} was changed on {when}.", clinic(render));
    Body {
        subject: "Your password was changed".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, all is well. If not, ask for a new password now:".to_owned(),
        link: page(render, "/forgot-password", ""),
        closing: vec![render.sender().help()],
    }
}

fn address_changing(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "We were asked to use another email address for your account at {}. The address changes when the link that we sent there is opened.",
        clinic(render)
    );
    Body {
        subject: "Another email address for your account".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, all is well. If not, ask for a new password now. That stops the change too:".to_owned(),
        link: page(render, "/forgot-password", ""),
        closing: vec![render.sender().help()],
    }
}

/// It names nobody: a person chooses both the name that would stand here and the address.
fn care_asked(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "A person with an account at {} asks to see or book appointments for you, or wants you to do so for them. Nothing changes until you answer.",
        clinic(render)
    );
    Body {
        subject: "A question for you".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "To see who asks, and to answer, sign in:".to_owned(),
        link: page(render, "/account/people", ""),
        closing: vec!["If you do not know the person, decline.".to_owned(), render.sender().help()],
    }
}

/// It says nothing about whose data it is: the page does, after signing in.
fn own_data_ready(render: &RenderContext<'_>) -> Body {
    let opening = format!("The files that you asked {} for are ready.", clinic(render));
    Body {
        subject: "Your files are ready".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "To download them, sign in:".to_owned(),
        link: page(render, "/account/data", ""),
        closing: vec![
            "We keep them for seven days and then delete them.".to_owned(),
            "If you did not ask for files, choose a new password: somebody may know yours.".to_owned(),
            render.sender().help(),
        ],
    }
}

/// Why the account was closed, and how many appointments that cancelled, are in `about`: "owner 2", "retention 0".
fn account_closed(render: &RenderContext<'_>) -> Body {
    let about = render.claimed.about.split_once(' ');
    let why = match about {
        Some(("retention", _)) => "because it was not used for a long time",
        _ => "as you asked",
    };
    let opening = format!("Your account at {} is closed, {why}.", clinic(render));
    let cancelled = match about.map_or("0", |(_, number)| number) {
        "0" => "No appointments were open.".to_owned(),
        "1" => "One appointment was cancelled.".to_owned(),
        number => format!("{number} appointments were cancelled."),
    };
    let kept = "Your name, your address and what you wrote are erased now. That you had appointments, and when, stays in the clinic\u{2019}s records. This is our last message to you.";
    Body {
        subject: "Your account is closed".to_owned(),
        parts: vec![Part::saying(opening), Part::saying(cancelled), Part::saying(kept.to_owned())],
        lead: "If you need us again, you can open a new account:".to_owned(),
        link: page(render, "/register", ""),
        closing: vec![render.sender().help()],
    }
}

fn own_account(token: &str, render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "You can have an account of your own at {}. Until now a parent has booked for you. When you choose a password, you see and book your appointments yourself, and your parents no longer do, unless you let them.",
        clinic(render)
    );
    Body {
        subject: "An account of your own".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "To choose a password, open this page:".to_owned(),
        link: page(render, "/reset/", token),
        closing: vec![
            "The link works once, for three days.".to_owned(),
            "If you do not want this, you do not need to do anything.".to_owned(),
            render.sender().help(),
        ],
    }
}

#[derive(FromRow)]
struct Invited {
    email: String,
    role: Role,
    expires_at: Timestamp,
    used_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    invited_by: String,
}

async fn invitation(
    conn: &mut Conn<'_>,
    id: InvitationId,
    render: &RenderContext<'_>,
) -> Result<Option<Email>, ComposeError> {
    const SQL: &str = "select i.email, i.role, i.expires_at, i.used_at, i.revoked_at, p.display_name as invited_by
        from invitations i join persons p on p.id = i.invited_by where i.id = $1";
    let read = async |conn: &mut Conn<'_>| -> Result<Invited, Error> { conn.fetch_one(SQL, (id,)).await };
    let invited = read(conn).await?;
    let over = invited.used_at.is_some() || invited.revoked_at.is_some() || invited.expires_at <= render.now;
    let Some(token) = render.claimed.token(Purpose::Invitation).filter(|_| !over) else {
        return Ok(None);
    };
    let until = clinic_moment(conn, invited.expires_at, render.now).await?;
    let role = match invited.role {
        Role::Doctor => "a doctor",
        Role::Receptionist => "a receptionist",
        Role::Patient | Role::Admin => "clinic staff",
    };
    let opening = format!("{} invites you to join {} as {role}.", one_line(&invited.invited_by), clinic(render));
    let body = Body {
        subject: format!("Your invitation to {}", clinic(render)),
        parts: vec![Part::saying(opening)],
        lead: "To accept, open this page:".to_owned(),
        link: page(render, "/invite/", token),
        closing: vec![
            format!("The link works once, with this email address, until {until}."),
            "If you do not expect this, you do not need to do anything.".to_owned(),
            render.sender().help(),
        ],
    };
    Ok(Some(Email::plain(invited.email, body.lay_out()?)))
}
