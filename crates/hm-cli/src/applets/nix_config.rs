//! `nix config show`: the settings in force.

use std::ffi::OsString;
use std::io::Write;

use serde_json::{Map, Value, json};

use super::configuration::{Configuration, Kind, SETTINGS, Setting};
use super::evaluate::{Failed, conclude};
use super::flakes::NixArguments;
use crate::environment::Environment;
use crate::report::Failure;
use crate::terminal;

/// The commands, by the words that name them after `nix`.
pub const COMMANDS: &[(&[&str], super::Applet)] =
    &[(&["config", "show"], run), (&["show-config"], run)];

fn run(words: Vec<OsString>, environment: &Environment) -> u8 {
    conclude(|| attempt(words, environment))
}

fn attempt(words: Vec<OsString>, environment: &Environment) -> Result<(), Failed> {
    let arguments = NixArguments::parse(words, &[])?;
    let configuration = Configuration::load(environment, &arguments.settings)?;
    configuration.say_warnings();
    let text = match arguments.one()? {
        Some(name) => one(&configuration, name)?,
        None if arguments.has("json") => format!("{}\n", all_as_json(&configuration)),
        None => shown(&configuration)
            .map(|setting| format!("{} = {}\n", setting.name, configuration.value(setting.name)))
            .collect(),
    };
    terminal::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failed::from(Failure::from(error)))
}

/// The settings whose features are enabled.
fn shown(configuration: &Configuration) -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| {
        setting
            .feature
            .is_none_or(|feature| !configuration.lacks(feature))
    })
}

fn one(configuration: &Configuration, name: &str) -> Result<String, Failure> {
    let setting = shown(configuration)
        .find(|setting| setting.name == name)
        .ok_or_else(|| Failure::new(format!("could not find setting '{name}'")))?;
    Ok(format!("{}\n", configuration.value(setting.name)))
}

fn all_as_json(configuration: &Configuration) -> Value {
    let entry = |setting: &'static Setting| {
        let value = json!({
            "aliases": setting.aliases,
            "defaultValue": typed(setting.kind, &configuration.default_of(setting)),
            "documentDefault": true,
            "experimentalFeature": setting.feature,
            "value": typed(setting.kind, &configuration.value(setting.name)),
        });
        (setting.name.to_owned(), value)
    };
    Value::Object(shown(configuration).map(entry).collect())
}

/// A value in the JSON form of its kind.
fn typed(kind: Kind, text: &str) -> Value {
    let words = || text.split_whitespace();
    match kind {
        Kind::Switch | Kind::Mode => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            other => json!(other),
        },
        Kind::Number | Kind::Jobs => text.parse::<u64>().map_or(Value::Null, Value::from),
        Kind::Level | Kind::Text => json!(text),
        Kind::Optional if text.is_empty() => Value::Null,
        Kind::Optional => json!(text),
        Kind::List | Kind::Set => words().map(Value::from).collect(),
        Kind::Map => {
            let pairs = words().map(|word| {
                let (name, value) = word.split_once('=').unwrap_or((word, word));
                (name.to_owned(), json!(value))
            });
            Value::Object(pairs.collect::<Map<_, _>>())
        }
    }
}
