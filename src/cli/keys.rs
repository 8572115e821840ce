//! `docslot keys list`, `docslot keys rotate` and `docslot keys encrypt`

use clap::{Subcommand, ValueEnum};

use super::failure::Failure;
use crate::{
    clinic::server::{
        data_keys::LoadError,
        keys::{self, KeyKind, Standing},
    },
    state::AppState,
    time::Timestamp,
    web::keys::SPREAD_SECONDS,
};

#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// Show every key without its secret: what it is for, how old it is, whether it is in use
    List,
    /// Make new keys; running servers use them after two minutes, and old ones work until what they signed has ended
    Rotate {
        /// Keys of this kind alone
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// Somebody may have seen the keys: remove the old sign-in keys at once. Nobody is signed out by it
        #[arg(long, conflicts_with = "kind")]
        now: bool,
    },
    /// Encrypt the stored keys with the key in this file, in place of data.key or data.key_file; set data.key_file next
    Encrypt {
        /// openssl rand -base64 32 > FILE; chmod 600 FILE
        file: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    /// They sign access tokens and encrypt cookies
    SignIn,
    /// They encrypt answers, files, copies of own data and the secrets of second factors
    Data,
}

pub(super) async fn run(app: &AppState, command: KeysCommand) -> Result<(), Failure> {
    match command {
        KeysCommand::List => list(app).await,
        KeysCommand::Rotate { kind, now } => rotate(app, kind, now).await,
        KeysCommand::Encrypt { file } => {
            keys::rewrap(app, &file).await.map_err(failure)?;
            println!(
                "The keys are encrypted with the one in {file}. Set data.key_file to it and restart every server."
            );
            Ok(())
        }
    }
}

async fn list(app: &AppState) -> Result<(), Failure> {
    let keys = keys::list(app).await.map_err(|error| Failure::new("cannot read the keys", error))?;
    println!("{:8} {:10} {:20} {:10} now", "kind", "id", "made", "stored");
    for key in keys {
        let stored = if key.is_encrypted { "encrypted" } else { "as it is" };
        let (kind, made) = (key.kind.words(), moment(key.created_at));
        println!("{kind:8} {:10} {made:20} {stored:10} {}", key.id, standing(key.kind, key.standing));
    }
    Ok(())
}

fn standing(kind: KeyKind, standing: Standing) -> String {
    match (standing, kind) {
        (Standing::InUse, KeyKind::SignIn) => "signs".to_owned(),
        (Standing::InUse, KeyKind::Data) => "encrypts".to_owned(),
        (Standing::Begins(at), _) => format!("is used from {}", moment(at)),
        (Standing::Verifies(until), _) => format!("verifies until {}", moment(until)),
        (Standing::Devices(until), _) => format!("recognises browsers until {}", moment(until)),
        (Standing::Decrypts, _) => "decrypts what it encrypted".to_owned(),
    }
}

fn moment(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(|_| at.0.to_string(), |at| at.to_string())
}

async fn rotate(app: &AppState, kind: Option<Kind>, now: bool) -> Result<(), Failure> {
    let kinds: &[KeyKind] = match (kind, now) {
        (Some(Kind::SignIn), _) | (None, true) => &[KeyKind::SignIn],
        (Some(Kind::Data), _) => &[KeyKind::Data],
        (None, false) => &[KeyKind::SignIn, KeyKind::Data],
    };
    for (id, kind) in keys::rotate(app, kinds, now).await.map_err(failure)?.iter().zip(kinds) {
        println!("made {} key {id}", kind.words());
    }
    if now {
        println!("The older sign-in keys are gone. Running servers stop taking them within seconds.");
    } else {
        println!("Running servers use them in {} minutes.", SPREAD_SECONDS / 60);
    }
    Ok(())
}

fn failure(error: LoadError) -> Failure {
    match error {
        LoadError::Settings(error) => error.into(),
        LoadError::Db(error) => Failure::new("cannot read or change the keys", error),
    }
}
