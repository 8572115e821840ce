//! `pg_dump` and `pg_restore`, which come with PostgreSQL.

use std::{io::ErrorKind, path::Path, process::Stdio};

use percent_encoding::percent_decode_str;
use tokio::process::Command;
use url::Url;

use super::stop::unless_stopped;
use crate::config::SecretUrl;

const DUMP: &str = "pg_dump";
const RESTORE: &str = "pg_restore";

/// The tools, told by their environment which database they work on: arguments could be read by every account of the
/// machine.
pub(super) struct Tools {
    environment: Vec<(&'static str, String)>,
}

impl Tools {
    /// The tools for the database of this address.
    pub fn new(url: &SecretUrl) -> Result<Self, String> {
        let parsed = Url::parse(url.expose()).map_err(|error| format!("{url} cannot be read: {error}"))?;
        let mut environment = vec![("PGCONNECT_TIMEOUT", "10".to_owned()), ("PGAPPNAME", "docslot backup".to_owned())];
        let mut set = |name, value: &str| {
            if !value.is_empty() {
                environment.push((name, percent_decode_str(value).decode_utf8_lossy().into_owned()));
            }
        };
        set("PGHOST", parsed.host_str().unwrap_or_default().trim_matches(['[', ']']));
        set("PGPORT", &parsed.port().map(|port| port.to_string()).unwrap_or_default());
        set("PGUSER", parsed.username());
        set("PGPASSWORD", parsed.password().unwrap_or_default());
        set("PGDATABASE", parsed.path().trim_start_matches('/'));
        for (key, value) in parsed.query_pairs() {
            let name = match &*key {
                "host" | "hostaddr" => "PGHOST",
                "port" => "PGPORT",
                "user" => "PGUSER",
                "password" => "PGPASSWORD",
                "dbname" => "PGDATABASE",
                "sslmode" | "ssl-mode" => "PGSSLMODE",
                "sslrootcert" | "ssl-root-cert" | "ssl-ca" => "PGSSLROOTCERT",
                "sslcert" | "ssl-cert" => "PGSSLCERT",
                "sslkey" | "ssl-key" => "PGSSLKEY",
                "options" => "PGOPTIONS",
                _ => continue,
            };
            // decoded already
            environment.push((name, value.into_owned()));
        }
        Ok(Tools { environment })
    }

    /// The same server, another database.
    pub fn use_database(&mut self, name: &str) {
        self.environment.push(("PGDATABASE", name.to_owned()));
    }

    /// Refuses tools that are older than the server, which cannot read all of it.
    pub async fn match_server(&self, server: &str) -> Result<(), String> {
        for tool in [DUMP, RESTORE] {
            let said = self.run(tool, &["--version"]).await?;
            let version = said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
            let (tool_major, server_major) = (major(version.unwrap_or_default()), major(server));
            if tool_major < server_major {
                return Err(format!(
                    "{tool} {tool_major} is older than the server, PostgreSQL {server_major}: install \
                     postgresql-client-{server_major} or put its folder first in PATH"
                ));
            }
        }
        Ok(())
    }

    pub async fn dump(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(DUMP, arguments).await
    }

    pub async fn restore(&self, arguments: &[&str]) -> Result<String, String> {
        self.run(RESTORE, arguments).await
    }

    /// What the tool says; an error is its first line about one, which quotes no row.
    async fn run(&self, tool: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(tool);
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (*name, value)));
        command.env("LC_MESSAGES", "C").stdin(Stdio::null()).kill_on_drop(true);
        let output = unless_stopped(async { command.output().await.map_err(|error| missing(tool, &error)) }).await?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().find(|line| line.contains("error")).or(said.lines().last());
        Err(line.map_or_else(|| format!("{tool} failed: {}", output.status), ToOwned::to_owned))
    }
}

fn missing(tool: &str, error: &std::io::Error) -> String {
    if error.kind() == ErrorKind::NotFound {
        return format!(
            "{tool} is not installed, or not in PATH: install PostgreSQL's client programs (Debian: \
            postgresql-client)"
        );
    }
    format!("{tool} cannot be started: {error}")
}

/// The first number of a version.
fn major(version: &str) -> u32 {
    version.split(|c: char| !c.is_ascii_digit()).next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// A path as an argument.
pub(super) fn path(path: &Path) -> Result<&str, String> {
    let text = path.to_str().ok_or("the file's name is not UTF-8")?;
    // a name that begins with a dash would be an option
    if text.starts_with('-') { Err(format!("write ./{text}")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_becomes_the_environment() {
        let url =
            SecretUrl::from("postgres://us%40er:p%3Ass@db.example:5433/cl%20inic?sslmode=require&host=%2Frun%2Fpg");
        let tools = Tools::new(&url).unwrap();
        let last = |name| tools.environment.iter().rev().find(|(n, _)| *n == name).map(|(_, value)| value.as_str());
        let expected = [
            ("PGHOST", "/run/pg"),
            ("PGPORT", "5433"),
            ("PGUSER", "us@er"),
            ("PGPASSWORD", "p:ss"),
            ("PGDATABASE", "cl inic"),
            ("PGSSLMODE", "require"),
        ];
        for (name, value) in expected {
            assert_eq!(last(name), Some(value), "{name}");
        }
    }

    #[test]
    fn versions_have_a_first_number() {
        assert_eq!(["15.14 (Debian 15.14-0+deb12u1)", "17beta1", ""].map(major), [15, 17, 0]);
    }
}
