//! `docslot mail test`

use crate::{
    app::field_words,
    cli::failure::Failure,
    config::Settings,
    notifications::server::{message::test_message, sender::sender, transport::MailTransport},
    state::Clock,
    text::server::email::EmailAddress,
};

/// Sends one message, past the outbox.
pub(super) async fn test(settings: &Settings, address: &str) -> Result<(), Failure> {
    let failed = |words: &str| Failure::Other(format!("nothing was sent: {words}"));
    if !settings.is_reachable() {
        return Err(failed("server.public_url is not set, and the message would have a link that leads nowhere"));
    }
    let to = EmailAddress::read(address).map_err(|code| failed(&field_words(code, "an email address")))?;
    let transport = MailTransport::open(settings).map_err(|error| failed(&error.words))?;
    let mut transport =
        transport.ok_or_else(|| failed("mail.transport is \"none\"; set it to \"smtp\" or \"file\""))?;
    let message = test_message(settings, to.sent(), Clock::system().now());
    let message = message.map_err(|error| failed(&error.to_string()))?;
    transport.send(&message).await.map_err(|error| failed(&error.words))?;
    let from = sender(settings, &settings.clinic.name).map_err(|error| failed(&error.to_string()))?;
    match &transport {
        MailTransport::Smtp { .. } => println!(
            "{} accepted the message for {}, from {from}. If it does not arrive, look in the junk folder.",
            settings.mail.smtp_url,
            to.sent()
        ),
        MailTransport::File(folder) => {
            println!("The message for {}, from {from}, was written into {}.", to.sent(), folder.display())
        }
    }
    transport.close().await;
    Ok(())
}
