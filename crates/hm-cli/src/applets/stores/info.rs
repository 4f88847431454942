//! `nix store info` and its old name `nix store ping`

use std::ffi::OsString;

use serde_json::{Map, Value, json};

use super::command::{Command, Flag, run as run_command};
use crate::applets::engine::plain;
use crate::applets::evaluate::Failed;
use crate::applets::tool::print_lines;
use crate::environment::Environment;

const FLAGS: &[Flag] = &[Flag::switch(&["--json"])];

/// Says whether a store can be reached.
pub fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], attempt)
}

/// The same by its old name.
pub fn ping(words: Vec<OsString>, environment: &Environment) -> u8 {
    run_command(words, environment, &[FLAGS], |command| {
        plain("warning: 'ping' is a deprecated alias for 'info'");
        attempt(command)
    })
}

fn attempt(command: &Command<'_>) -> Result<(), Failed> {
    command.with_store(|store| {
        store.connect()?;
        let mut version = store.nix_version()?;
        if version.is_none() && store.as_local().is_some() {
            version = Some(nix_eval::NIX_VERSION.to_owned());
        }
        let uri = store.uri();
        let mut trusted = store.trusts_us()?;
        if uri.starts_with("file:") {
            trusted = Some(true);
        }
        if command.has("--json") {
            let mut fields = Map::new();
            if let Some(trusted) = trusted {
                fields.insert("trusted".to_owned(), json!(trusted));
            }
            fields.insert("url".to_owned(), json!(uri));
            if let Some(version) = version {
                fields.insert("version".to_owned(), json!(version));
            }
            return print_lines([Value::Object(fields).to_string()]);
        }
        plain(&format!("Store URL: {uri}"));
        if let Some(version) = version {
            plain(&format!("Version: {version}"));
        }
        if let Some(trusted) = trusted {
            plain(&format!("Trusted: {}", u8::from(trusted)));
        }
        Ok(())
    })
}
