//! `docslot mail test`

use lettre::Address;

use super::Failure;
use crate::{
    notifications::server::{
        message::{sender, test_message},
        transport::Post,
    },
    server::{settings::Settings, state::Clock},
};

/// Sends one message, past the outbox.
pub(super) async fn test(settings: &Settings, address: &str) -> Result<(), Failure> {
    let failed = |words: &str| Failure::Other(format!("nothing was sent: {words}"));
    let to: Address = address.trim().parse().map_err(|_| failed("this is not an e-mail address"))?;
    let post = Post::open(settings).map_err(|refusal| failed(&refusal.words))?;
    let mut post = post.ok_or_else(|| failed("mail.transport is \"none\"; set it to \"smtp\" or \"file\""))?;
    let message = test_message(settings, &to, Clock::system().now());
    let message = message.map_err(|error| failed(&error.to_string()))?;
    post.send(&message).await.map_err(|refusal| failed(&refusal.words))?;
    let from = sender(settings, &settings.clinic.name).map_err(|error| failed(&error.to_string()))?;
    match &post {
        Post::Smtp { .. } => println!(
            "{} took the message for {to}, from {from}. If it does not arrive, look among the junk.",
            settings.mail.smtp_url
        ),
        Post::File(folder) => println!("The message for {to}, from {from}, was written into {}.", folder.display()),
    }
    post.close().await;
    Ok(())
}
