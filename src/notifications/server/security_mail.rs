//! Messages about the safety of an account: who tries to get in, from where somebody did, and its second factor.

use super::{
    account_mail::token_for,
    compose_error::ComposeError,
    email::{RenderContext, clinic, page},
    layout::{Body, Part},
    links::Purpose,
};
use crate::{clinic::server::clinic_moment, db::Conn, ids::SessionId, notifications::model::Kind};

/// The message of this kind to the account with this address; none for another kind, or when it is no longer true.
///
/// # Errors
/// What the message is about is not as it was written, or the database's.
pub(super) async fn body(
    conn: &mut Conn<'_>,
    kind: Kind,
    email: &str,
    render: &RenderContext<'_>,
) -> Result<Option<Body>, ComposeError> {
    Ok(match kind {
        Kind::WrongPasswords => Some(wrong_passwords(render)),
        Kind::WrongCodes => Some(wrong_codes(render)),
        Kind::ResetSecondFactor => {
            let token = token_for(conn, Purpose::ResetSecondFactor, email, render).await?;
            token.map(|token| reset_second_factor(token, render))
        }
        Kind::SecondFactorChanged => {
            let when = clinic_moment(conn, render.claimed.created_at, render.now).await?;
            second_factor_changed(&when, render)
        }
        Kind::NewDevice => {
            let when = clinic_moment(conn, render.claimed.created_at, render.now).await?;
            let device = device_of(conn, render).await?;
            Some(new_device(&device, &when, render))
        }
        _ => None,
    })
}

fn wrong_passwords(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody is trying passwords for your account at {}, from places where you have not signed in before. We slow them down. Your password still works.",
        clinic(render)
    );
    let waits = "In a browser in which you have signed in here before, you sign in as always. In another one you may have to wait for up to 15 minutes; the page says how long.";
    Body {
        subject: "Wrong passwords for your account".to_owned(),
        parts: vec![Part::saying(opening), Part::saying(waits.to_owned())],
        lead: "If you use your password on other websites too, or it is easy to guess, choose a new one:".to_owned(),
        link: page(render, "/forgot-password", ""),
        closing: vec![render.sender().help()],
    }
}

fn reset_second_factor(token: &str, render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "You signed in to {} with your password and said that you have neither your telephone nor a passkey.",
        clinic(render)
    );
    Body {
        subject: "Your link to turn codes and passkeys off".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "To sign in with your password alone, open this page and type one of your recovery codes:".to_owned(),
        link: page(render, "/second-factor/", token),
        closing: vec![
            "The link works once, and for one hour.".to_owned(),
            "If that was not you, a stranger knows your password. Please choose another one.".to_owned(),
            render.sender().help(),
        ],
    }
}

/// The device of the session that the message is about, in words.
async fn device_of(conn: &mut Conn<'_>, render: &RenderContext<'_>) -> Result<String, ComposeError> {
    const SQL: &str = "select device from sessions where id = $1";
    let session: SessionId = render.claimed.about.parse().map_err(|_| ComposeError::Broken("session"))?;
    let device: Option<String> = conn.fetch_optional_value(SQL, (session,)).await?;
    Ok(device.filter(|device| !device.is_empty()).unwrap_or_else(|| "Unknown device".to_owned()))
}

/// Its link opens nothing by itself: whoever follows it signs in.
fn new_device(device: &str, when: &str, render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody signed in to your account at {} on {when}, from a device and a network that we did not know: {device}.",
        clinic(render)
    );
    Body {
        subject: "Sign-in on a new device".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, all is well. If not, sign out there and change your password:".to_owned(),
        link: page(render, "/account/sessions", ""),
        closing: vec![
            "If you cannot sign in any more, choose \u{201c}Forgot your password?\u{201d} on the page for signing in."
                .to_owned(),
            render.sender().help(),
        ],
    }
}

fn wrong_codes(render: &RenderContext<'_>) -> Body {
    let opening = format!(
        "Somebody typed your right password for your account at {}, and then wrong codes. Without a code they get no further.",
        clinic(render)
    );
    Body {
        subject: "Wrong codes for your account".to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, all is well. If not, your password is known to a stranger. Choose a new one:"
            .to_owned(),
        link: page(render, "/forgot-password", ""),
        closing: vec![render.sender().help()],
    }
}

/// None for what an older or newer program wrote about.
fn second_factor_changed(when: &str, render: &RenderContext<'_>) -> Option<Body> {
    let (subject, what) = match render.claimed.about.as_str() {
        "set_up" => ("Codes at sign-in are on", "a telephone was set up to make the codes that we ask for at sign-in"),
        "new_codes" => ("Your new recovery codes", "new recovery codes were made, and the old ones no longer work"),
        "recovery_code" => ("A recovery code was used", "a recovery code was used"),
        "passkey_added" => (
            "A passkey was added",
            "a passkey was added to your account, with which one can sign in without the password",
        ),
        "passkey_removed" => ("A passkey was removed", "a passkey was removed from your account"),
        "turned_off" => ("Codes at sign-in are off", "the codes at sign-in were turned off"),
        "reset" => (
            "Codes and passkeys are off",
            "the clinic turned the codes at sign-in off and removed the passkeys, because it was asked to",
        ),
        "removed" => ("Codes and passkeys are off", "the codes at sign-in were turned off and the passkeys removed"),
        _ => return None,
    };
    let opening = format!("For your account at {}, {what}: on {when}.", clinic(render));
    Some(Body {
        subject: subject.to_owned(),
        parts: vec![Part::saying(opening)],
        lead: "If that was you, all is well. If not, choose a new password now, and call us:".to_owned(),
        link: page(render, "/forgot-password", ""),
        closing: vec![render.sender().help()],
    })
}
