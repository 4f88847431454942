//! Settings that a flake asks for (`nixConfig`), as far as the user trusts it.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};
use std::path::{Path, PathBuf};

use nix_flake::flake::ConfigValue;
use serde_json::{Map, Value};

use crate::applets::configuration::Configuration;
use crate::environment::Environment;
use crate::terminal;

/// Settings that any flake may make.
const HARMLESS: &[&str] = &[
    "bash-prompt",
    "bash-prompt-prefix",
    "bash-prompt-suffix",
    "flake-registry",
    "commit-lock-file-summary",
    "commit-lockfile-summary",
];

/// What came of the settings of a flake.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FlakeConfig {
    /// The settings that are made.
    pub settings: Vec<(String, String)>,
    /// What the user is told about the others.
    pub warnings: Vec<String>,
}

/// Where it is kept what the user said before.
pub struct TrustedSettings {
    path: PathBuf,
    /// By name and value, whether it is trusted.
    known: BTreeMap<String, BTreeMap<String, bool>>,
}

impl TrustedSettings {
    /// Reads the user's answers. A file that cannot be read has none.
    pub fn read(environment: &Environment) -> TrustedSettings {
        let data = environment
            .path("XDG_DATA_HOME")
            .or_else(|| environment.home().map(|home| home.join(".local/share")))
            .unwrap_or_default();
        let path = data.join("nix/trusted-settings.json");
        let json = std::fs::read(&path)
            .ok()
            .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
            .unwrap_or_default();
        let mut known = BTreeMap::new();
        for (name, values) in json.as_object().into_iter().flatten() {
            let values = values.as_object().into_iter().flatten();
            let values: BTreeMap<String, bool> = values
                .filter_map(|(value, trusted)| Some((value.clone(), trusted.as_bool()?)))
                .collect();
            known.insert(name.clone(), values);
        }
        TrustedSettings { path, known }
    }

    fn get(&self, name: &str, value: &str) -> Option<bool> {
        self.known.get(name)?.get(value).copied()
    }

    /// Remembers an answer.
    fn set(&mut self, name: &str, value: &str, trusted: bool) -> std::io::Result<()> {
        let values = self.known.entry(name.to_owned()).or_default();
        values.insert(value.to_owned(), trusted);
        let json: Map<String, Value> = self
            .known
            .iter()
            .map(|(name, values)| {
                let values = values
                    .iter()
                    .map(|(value, trusted)| (value.clone(), Value::from(*trusted)));
                (name.clone(), Value::Object(values.collect()))
            })
            .collect();
        let directory = self.path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(directory)?;
        std::fs::write(&self.path, Value::Object(json).to_string())
    }
}

/// Asks the user a question that is answered with yes or no; no if nobody can answer.
fn ask(question: &str) -> bool {
    let input = std::io::stdin();
    if !input.is_terminal() || !std::io::stderr().is_terminal() {
        return false;
    }
    terminal::ask(&format!("{question} "));
    let mut answer = String::new();
    input
        .lock()
        .read_line(&mut answer)
        .is_ok_and(|_| answer.trim().eq_ignore_ascii_case("y"))
}

/// Decides about the settings of a flake: by what is harmless, by the setting
/// `accept-flake-config`, by what the user said before or says now.
pub fn decide(
    config: &BTreeMap<String, ConfigValue>,
    configuration: &Configuration,
    trusted: &mut TrustedSettings,
) -> FlakeConfig {
    let accept_all = configuration.is("accept-flake-config", false);
    let mut decided = FlakeConfig::default();
    for (name, value) in config {
        let value = text_of(value);
        let base = name.strip_prefix("extra-").unwrap_or(name);
        if accept_all
            || HARMLESS.contains(&base)
            || is_trusted(name, &value, trusted, &mut decided.warnings)
        {
            decided.settings.push((name.clone(), value));
        } else {
            decided.warnings.push(format!(
                "ignoring untrusted flake configuration setting '{name}'.\nPass \
                 '--accept-flake-config' to trust it"
            ));
        }
    }
    decided
}

fn is_trusted(
    name: &str,
    value: &str,
    trusted: &mut TrustedSettings,
    warnings: &mut Vec<String>,
) -> bool {
    if let Some(known) = trusted.get(name, value) {
        return known;
    }
    // A stranger wrote both. They must not look like more than one line of the question.
    let one_line = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
    let (shown_name, shown) = (one_line(name), one_line(value));
    let answer = ask(&format!(
        "do you want to allow configuration setting '{shown_name}' to be set to '{shown}' (y/N)?"
    ));
    let kind = if answer { "trusted" } else { "untrusted" };
    let keep = ask(&format!(
        "do you want to permanently mark this value as {kind} (y/N)?"
    ));
    if keep && let Err(error) = trusted.set(name, value, answer) {
        warnings.push(format!(
            "the answer is not remembered: cannot write '{}': {error}",
            trusted.path.display()
        ));
    }
    answer
}

fn text_of(value: &ConfigValue) -> String {
    match value {
        ConfigValue::String(text) => text.clone(),
        ConfigValue::Integer(number) => number.to_string(),
        ConfigValue::Boolean(truth) => truth.to_string(),
        ConfigValue::List(words) => words.join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> BTreeMap<String, ConfigValue> {
        BTreeMap::from([
            (
                "bash-prompt".to_owned(),
                ConfigValue::String("> ".to_owned()),
            ),
            (
                "extra-substituters".to_owned(),
                ConfigValue::List(vec!["https://a".to_owned(), "https://b".to_owned()]),
            ),
            ("warn-dirty".to_owned(), ConfigValue::Boolean(false)),
        ])
    }

    fn trusted(directory: &Path) -> TrustedSettings {
        TrustedSettings {
            path: directory.join("nix/trusted-settings.json"),
            known: BTreeMap::new(),
        }
    }

    #[test]
    fn what_is_not_harmless_needs_trust() {
        let directory = std::env::temp_dir();
        let mut configuration = Configuration::default();
        let decided = decide(&config(), &configuration, &mut trusted(&directory));
        assert_eq!(
            decided.settings,
            [("bash-prompt".to_owned(), "> ".to_owned())]
        );
        assert_eq!(decided.warnings.len(), 2);
        configuration.set("accept-flake-config", "true");
        let decided = decide(&config(), &configuration, &mut trusted(&directory));
        let names: Vec<&str> = decided
            .settings
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["bash-prompt", "extra-substituters", "warn-dirty"]);
        assert_eq!(decided.settings[1].1, "https://a https://b");
        assert!(decided.warnings.is_empty());
    }

    #[test]
    fn what_was_said_before_counts() {
        let mut known = trusted(&std::env::temp_dir());
        known.known.insert(
            "warn-dirty".to_owned(),
            BTreeMap::from([("false".to_owned(), true), ("true".to_owned(), false)]),
        );
        let decided = decide(&config(), &Configuration::default(), &mut known);
        assert!(
            decided
                .settings
                .contains(&("warn-dirty".to_owned(), "false".to_owned()))
        );
    }
}
