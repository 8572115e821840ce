//! Messages to an address with which somebody wants an account: the link that opens one or, where the address has an
//! account, the news for its owner. The form that was sent never says which of the two it was.
//!
//! They name nobody: whoever sends the form chooses both the name and the address.

use sqlx::FromRow;

use super::{
    compose_error::ComposeError,
    email::{Email, RenderContext, clinic, page},
    layout::{Body, Part},
    links::Purpose,
};
use crate::{
    db::{Conn, Error},
    ids::{AppointmentId, RegistrationId},
    time::Timestamp,
};

/// Seconds after which a message is no longer wanted, such as when mail was set up later: a day.
const WAITS: i64 = 24 * 3600;
const NOT_YOU: &str = "If that was not you, you do not need to do anything. Nobody has got into your account.";

#[derive(FromRow)]
struct Registration {
    email: String,
    next_page: String,
    hold_id: Option<AppointmentId>,
    created_at: Timestamp,
}

/// What is still true of a registration.
pub(super) async fn email(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<Option<Email>, ComposeError> {
    const SQL: &str = "select email, next_page, hold_id, created_at from registrations
        where id = $1 and expires_at > $2";
    let id: RegistrationId = render.claimed.about.parse().map_err(|_| ComposeError::Broken("registration"))?;
    let read = async |conn: &mut Conn<'_>| -> Result<Option<Registration>, Error> {
        conn.fetch_optional(SQL, (id, render.now)).await
    };
    let Some(registration) = read(conn).await? else { return Ok(None) };
    if registration.created_at.plus_seconds(WAITS) < render.now {
        return Ok(None);
    }
    let body = match owner_of(conn, &registration.email).await? {
        Owner::Account => Some(has_one_already(&registration, render)),
        Owner::Suspended => None,
        Owner::Nobody => {
            let token = render.claimed.token(Purpose::OpenAccount);
            token.map(|token| finish(registration.hold_id.is_some(), token, render))
        }
    };
    Ok(match body {
        Some(body) => Some(Email::plain(registration.email, body.lay_out()?)),
        None => None,
    })
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Nobody,
    /// That of an account in good standing.
    Account,
    /// That of an account that the clinic has suspended: it gets no messages.
    Suspended,
}

/// Who has an account with this address.
pub(super) async fn owner_of(conn: &mut Conn<'_>, email: &str) -> Result<Owner, Error> {
    const SQL: &str = "select status from persons where email = $1 and password_hash is not null";
    let status: Option<String> = conn.fetch_optional_value(SQL, (email,)).await?;
    Ok(match status.as_deref() {
        None => Owner::Nobody,
        Some("active") => Owner::Account,
        Some(_) => Owner::Suspended,
    })
}

fn finish(holds: bool, token: &str, render: &RenderContext<'_>) -> Body {
    let opening = format!("Somebody, probably you, wants an account at {} with this email address.", clinic(render));
    let mut parts = vec![Part::saying(opening)];
    parts.extend(holds.then(|| {
        Part::saying("The time that was chosen is kept for some minutes only. On the page you can go on with it.")
    }));
    Body {
        subject: "Finish creating your account".to_owned(),
        parts,
        lead: "To go on, open this page and choose a password:".to_owned(),
        link: page(render, "/open-account/", token),
        closing: vec![
            "The link works once, for three days.".to_owned(),
            "If that was not you, you do not need to do anything. Without this link there is no account.".to_owned(),
            render.sender().help(),
        ],
    }
}

fn has_one_already(registration: &Registration, render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody, probably you, tried to create an account at {} with this email address. You have one already, so no other one was made.",
        clinic(render)
    );
    // nothing else that was typed: a stranger may have typed it
    let next = registration.hold_id.filter(|_| registration.next_page.starts_with("/book/"));
    let next = next.map(|hold| format!("?next=/book/{hold}")).unwrap_or_default();
    let forgotten = ["If you do not know your password, choose a new one:\n", render.site, "/forgot-password"].concat();
    Body {
        subject: "You already have an account".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, sign in, best in the browser in which you were:".to_owned(),
        link: page(render, "/sign-in", &next),
        closing: vec![forgotten, NOT_YOU.to_owned(), render.sender().help()],
    }
}

/// To the owner of an account whose address another account asked for.
pub(super) fn address_wanted(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody with another account at {} asked to use this email address for it. You have an account with this address, so nothing was changed.",
        clinic(render)
    );
    kept("Somebody asked to use your email address", opening, render)
}

/// To the owner of an account whose address was given for a person who shall have an account of their own.
pub(super) fn address_given_for_another(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody who books for another person at {} gave this email address for that person's own account. You have an account with this address, so nothing was changed. Each account needs an address of its own.",
        clinic(render)
    );
    kept("Somebody asked to use your email address", opening, render)
}

fn kept(subject: &str, opening: String, render: &RenderContext<'_>) -> Body {
    Body {
        subject: subject.to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "The account that you have is here:".to_owned(),
        link: page(render, "/sign-in", ""),
        closing: vec![NOT_YOU.to_owned(), render.sender().help()],
    }
}
