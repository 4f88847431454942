//! The environment of a derivation's builder, found out by a build that writes it down.

use std::collections::BTreeMap;

use nix_store::build::Wanted;
use nix_store::{Store, Text};
use nix_wire::derivation::DerivationOutput;
use nix_wire::{Derivation, StorePath};
use serde_json::Value;

use super::session::FlakeSession;
use crate::applets::evaluate::Failed;
use crate::applets::modulo::hash_modulo;
use crate::report::Failure;
use crate::shell_words::quoted;

/// What runs in the place of the builder.
const DUMP: &str = include_str!("dump-environment.sh");
/// What such a build may do that the derivation itself may not.
const CHECKS: &[&str] = &[
    "allowedReferences",
    "allowedRequisites",
    "disallowedReferences",
    "disallowedRequisites",
];
/// What the user's shell knows better.
const IGNORED: &[&str] = &[
    "BASHOPTS",
    "HOME",
    "NIX_BUILD_TOP",
    "NIX_ENFORCE_PURITY",
    "NIX_LOG_FD",
    "NIX_REMOTE",
    "PPID",
    "SHELL",
    "SHELLOPTS",
    "SSL_CERT_FILE",
    "TEMP",
    "TEMPDIR",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "UID",
];
/// The files of structured attributes, and the variables that name them.
const ATTRIBUTE_FILES: [(&str, &str); 2] = [
    ("NIX_ATTRS_SH_FILE", ".attrs.sh"),
    ("NIX_ATTRS_JSON_FILE", ".attrs.json"),
];
/// To these the user's values are added.
const EXTENDED: &[&str] = &["PATH", "XDG_DATA_DIRS"];

/// A variable of a shell.
#[derive(Debug)]
enum Variable {
    Exported(String),
    Var(String),
    Array(Vec<String>),
    Associative(BTreeMap<String, String>),
}

/// The environment of a builder.
#[derive(Debug)]
pub struct BuildEnvironment {
    functions: BTreeMap<String, String>,
    variables: BTreeMap<String, Variable>,
    /// The files of structured attributes by name.
    attribute_files: BTreeMap<String, String>,
    /// All of it, as it was written down.
    pub json: Value,
}

impl Variable {
    fn parse(json: &Value) -> Option<Variable> {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let value = &json["value"];
        Some(match json["type"].as_str()? {
            "exported" => Variable::Exported(text(value)?),
            "var" => Variable::Var(text(value)?),
            "array" => Variable::Array(value.as_array()?.iter().map(text).collect::<Option<_>>()?),
            "associative" => Variable::Associative(texts(value)?),
            _ => return None,
        })
    }
}

/// An object whose values are strings.
fn texts(json: &Value) -> Option<BTreeMap<String, String>> {
    json.as_object()?
        .iter()
        .map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect()
}

impl BuildEnvironment {
    /// Finds out the environment of a derivation's builder, which has to be `bash`.
    pub fn of(session: &FlakeSession, path: &StorePath) -> Result<BuildEnvironment, Failed> {
        let engine = &session.engine;
        engine.flush().map_err(|error| session.failed(error))?;
        let store = engine.store();
        let failed = |error: nix_store::StoreError| session.failed(error.into());
        let derivation = store.read_derivation(path).map_err(failed)?;
        let path = add_dumping(store, derivation)?;
        let built = engine
            .build_wanted(&[Wanted::all_of(path)])
            .map_err(|error| session.failed(error))?;
        for output in built.into_iter().flat_map(BTreeMap::into_values) {
            let file = engine.real_path(&output);
            let text = std::fs::read(&file).map_err(|error| Failure::io("read", &file, &error))?;
            if !text.is_empty() {
                return Ok(BuildEnvironment::parse(&text)?);
            }
        }
        Err(Failure::new("the build wrote no environment down").into())
    }

    fn parse(text: &[u8]) -> Result<BuildEnvironment, Failure> {
        let json: Value = serde_json::from_slice(text).map_err(|error| {
            Failure::new(format!("the environment of the build is no JSON: {error}"))
        })?;
        let read = || {
            let variables = json["variables"]
                .as_object()?
                .iter()
                .map(|(name, value)| Some((name.clone(), Variable::parse(value)?)))
                .collect::<Option<_>>()?;
            let attribute_files = match json.get("structuredAttrs") {
                Some(files) => texts(files)?,
                None => BTreeMap::new(),
            };
            Some((texts(&json["bashFunctions"])?, variables, attribute_files))
        };
        let (functions, variables, attribute_files) = read().ok_or_else(|| {
            Failure::new("the environment of the build lacks variables or functions")
        })?;
        Ok(BuildEnvironment {
            functions,
            variables,
            attribute_files,
            json,
        })
    }

    /// What a `bash` reads to have this environment.
    pub fn script(&self) -> String {
        let mut text = String::new();
        for name in EXTENDED {
            text.push_str(&format!("nix_saved_{name}=\"${{{name}-}}\"\n"));
        }
        for (name, variable) in &self.variables {
            if IGNORED.contains(&name.as_str()) {
                continue;
            }
            match variable {
                Variable::Var(value) => text.push_str(&format!("{name}={}\n", quoted(value))),
                Variable::Exported(value) => {
                    text.push_str(&format!("{name}={}\nexport {name}\n", quoted(value)));
                }
                Variable::Array(values) => {
                    let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
                    text.push_str(&format!("declare -a {name}=({})\n", values.join(" ")));
                }
                Variable::Associative(values) => {
                    let values: Vec<String> = values
                        .iter()
                        .map(|(key, value)| format!("[{}]={}", quoted(key), quoted(value)))
                        .collect();
                    text.push_str(&format!("declare -A {name}=({})\n", values.join(" ")));
                }
            }
        }
        for (name, body) in &self.functions {
            text.push_str(&format!("{name} ()\n{{{body}}}\n"));
        }
        for name in EXTENDED {
            text.push_str(&format!(
                "{name}=\"${{{name}-}}${{nix_saved_{name}:+:$nix_saved_{name}}}\"\n"
            ));
        }
        text.push_str("export NIX_BUILD_TOP=\"$(mktemp -d -t nix-shell.XXXXXX)\"\n");
        for name in ["TMP", "TMPDIR", "TEMP", "TEMPDIR"] {
            text.push_str(&format!("export {name}=\"$NIX_BUILD_TOP\"\n"));
        }
        // Those that the builder had are gone with its directory.
        for (variable, name) in ATTRIBUTE_FILES {
            if let Some(contents) = self.attribute_files.get(name) {
                text.push_str(&format!(
                    "export {variable}=\"$NIX_BUILD_TOP/{name}\"\n\
                     printf '%s\\n' {} > \"${variable}\"\n",
                    quoted(contents)
                ));
            }
        }
        text.push_str("eval \"${shellHook:-}\"\n");
        text
    }
}

/// Adds the derivation that writes down the environment of another one's builder.
fn add_dumping(store: &dyn Store, mut derivation: Derivation) -> Result<StorePath, Failed> {
    let builder = String::from_utf8_lossy(&derivation.builder).into_owned();
    if builder.rsplit('/').next() != Some("bash") {
        return Err(Failure::new(
            "'nix develop' only works on derivations that use 'bash' as their builder",
        )
        .into());
    }
    let dump = Text::new(
        store.store_dir(),
        "dump-environment.sh",
        DUMP.as_bytes(),
        Default::default(),
    )?;
    let script = dump.path().clone();
    store.add_texts(&[dump])?;
    derivation.arguments = vec![store.store_dir().print(&script).into_bytes()];
    derivation.input_sources.insert(script);
    derivation.name.push_str("-env");
    for name in CHECKS {
        derivation.environment.remove(name.as_bytes());
    }
    if let Some(json) = derivation.structured_attributes() {
        let mut attributes: Value = serde_json::from_slice(json)
            .map_err(|error| Failure::new(format!("cannot process __json attribute: {error}")))?;
        if let Some(attributes) = attributes.as_object_mut() {
            attributes.remove("outputChecks");
        }
        let json = attributes.to_string().into_bytes();
        derivation.environment.insert(b"__json".to_vec(), json);
    }
    for (name, output) in &mut derivation.outputs {
        *output = DerivationOutput::Deferred;
        derivation
            .environment
            .insert(name.clone().into_bytes(), Vec::new());
    }
    for name in ["outputHash", "outputHashAlgo", "outputHashMode"] {
        derivation.environment.remove(name.as_bytes());
    }
    derivation
        .fill_in_output_paths(store.store_dir(), |path| hash_modulo(store, path))
        .map_err(|error| Failure::new(error.0))?;
    let text = Text::derivation(store.store_dir(), &derivation)?;
    let path = text.path().clone();
    store.add_texts(&[text])?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_made_again() {
        let text = br#"{"bashFunctions": {"f": " \n    echo x\n"}, "variables": {
            "a": {"type": "array", "value": ["1", "2 3"]},
            "HOME": {"type": "exported", "value": "/homeless"},
            "m": {"type": "associative", "value": {"k": "it's"}},
            "v": {"type": "var", "value": "x"}}}"#;
        let script = BuildEnvironment::parse(text).expect("parsed").script();
        assert!(script.contains("declare -a a=('1' '2 3')\n"), "{script}");
        assert!(
            script.contains("declare -A m=(['k']='it'\\''s')\n"),
            "{script}"
        );
        assert!(script.contains("f ()\n{ \n    echo x\n}\n"), "{script}");
        assert!(!script.contains("HOME"), "{script}");
        assert!(!script.contains("NIX_ATTRS"), "{script}");
        assert!(BuildEnvironment::parse(b"{}").is_err());
    }
}
