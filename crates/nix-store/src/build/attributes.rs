//! The attributes of a derivation that say how it is built, from its environment or from its
//! structured attributes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use nix_wire::{Derivation, StoreDir, StorePath};
use serde_json::Value;

use super::BuildError;

/// What may be referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    Object(StorePath),
    Output(String),
}

/// What outputs have to fulfil.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OutputChecks {
    pub(super) allowed_references: Option<Vec<Reference>>,
    pub(super) allowed_requisites: Option<Vec<Reference>>,
    pub(super) disallowed_references: Vec<Reference>,
    pub(super) disallowed_requisites: Vec<Reference>,
    pub(super) max_size: Option<u64>,
    pub(super) max_closure_size: Option<u64>,
    /// Whether requisites are counted without the output itself.
    pub(super) ignore_self: bool,
}

/// How a derivation is built.
#[derive(Debug, Default)]
pub(super) struct Attributes {
    /// For all outputs, or by output.
    pub(super) checks: OutputChecks,
    pub(super) checks_by_output: Option<BTreeMap<String, OutputChecks>>,
    /// Of these outputs the references are not kept.
    pub(super) discarded_references: BTreeSet<String>,
    /// Variables that the builder gets by the name of a file.
    pub(super) as_files: BTreeSet<String>,
    /// By file or attribute name, of which objects the closure is told to the builder.
    pub(super) exported_graphs: BTreeMap<String, BTreeSet<StorePath>>,
    pub(super) impure_variables: BTreeSet<String>,
    pub(super) required_features: BTreeSet<String>,
    /// Files of this machine that are seen in a sandbox, where that is allowed.
    pub(super) host_paths: BTreeSet<PathBuf>,
    /// Whether it wants no sandbox.
    pub(super) no_sandbox: bool,
    /// Whether its outputs may come from elsewhere.
    pub(super) allows_substitutes: bool,
    /// Whether it is faster done than sent to another machine.
    pub(super) prefers_local: bool,
    pub(super) structured: Option<serde_json::Map<String, Value>>,
}

type Result<T> = std::result::Result<T, String>;

impl Attributes {
    /// Those of the derivation under a path.
    ///
    /// # Errors
    /// When something is wrong with them.
    pub(super) fn of_stored(
        store: &StoreDir,
        path: &StorePath,
        derivation: &Derivation,
    ) -> std::result::Result<Attributes, BuildError> {
        Attributes::of(store, derivation).map_err(|reason| BuildError::BadDerivation {
            derivation: store.print(path),
            reason,
        })
    }

    /// # Errors
    /// Says what is wrong with them.
    pub(super) fn of(store: &StoreDir, derivation: &Derivation) -> Result<Attributes> {
        match derivation.structured_attributes() {
            None => from_environment(store, derivation),
            Some(json) => {
                let json: Value = serde_json::from_slice(json)
                    .map_err(|error| format!("cannot process __json attribute: {error}"))?;
                match json {
                    Value::Object(attributes) => from_structured(store, attributes),
                    _ => Err("__json attribute is not an object".to_owned()),
                }
            }
        }
    }

    pub(super) fn checks_of(&self, output: &str) -> Option<&OutputChecks> {
        match &self.checks_by_output {
            Some(checks) => checks.get(output),
            None => Some(&self.checks),
        }
    }
}

fn from_environment(store: &StoreDir, derivation: &Derivation) -> Result<Attributes> {
    let words = |name: &str| -> Result<Option<Vec<String>>> {
        let Some(value) = derivation.variable(name) else {
            return Ok(None);
        };
        let text = std::str::from_utf8(value).map_err(|_| format!("'{name}' is not UTF-8"))?;
        Ok(Some(
            text.split_ascii_whitespace().map(str::to_owned).collect(),
        ))
    };
    let set = |name: &str| -> Result<BTreeSet<String>> {
        Ok(words(name)?.unwrap_or_default().into_iter().collect())
    };
    let references = |name: &str| -> Result<Option<Vec<Reference>>> {
        let words = words(name)?;
        Ok(words.map(|words| words.iter().map(|word| reference(store, word)).collect()))
    };
    let mut exported_graphs: BTreeMap<String, BTreeSet<StorePath>> = BTreeMap::new();
    let graphs = words("exportReferencesGraph")?.unwrap_or_default();
    if graphs.len() % 2 != 0 {
        return Err("odd number of tokens in 'exportReferencesGraph'".to_owned());
    }
    for pair in graphs.chunks(2) {
        let name = &pair[0];
        let legal = |index: usize, character: char| {
            character == '_'
                || character.is_ascii_alphabetic()
                || (index > 0 && (character.is_ascii_digit() || matches!(character, '.' | '-')))
        };
        if name.is_empty()
            || !name
                .chars()
                .enumerate()
                .all(|(index, next)| legal(index, next))
        {
            return Err(format!(
                "invalid file name '{name}' in 'exportReferencesGraph'"
            ));
        }
        let (path, _) = store
            .parse_within(&pair[1])
            .map_err(|error| error.to_string())?;
        exported_graphs.insert(name.clone(), BTreeSet::from([path]));
    }
    Ok(Attributes {
        checks: OutputChecks {
            allowed_references: references("allowedReferences")?,
            allowed_requisites: references("allowedRequisites")?,
            disallowed_references: references("disallowedReferences")?.unwrap_or_default(),
            disallowed_requisites: references("disallowedRequisites")?.unwrap_or_default(),
            max_size: None,
            max_closure_size: None,
            // As it always was without structured attributes.
            ignore_self: true,
        },
        as_files: set("passAsFile")?,
        exported_graphs,
        impure_variables: set("impureEnvVars")?,
        required_features: set("requiredSystemFeatures")?,
        host_paths: paths(set("__impureHostDeps")?),
        no_sandbox: derivation.variable("__noChroot") == Some(b"1"),
        prefers_local: derivation.variable("preferLocalBuild") == Some(b"1"),
        allows_substitutes: derivation
            .variable("allowSubstitutes")
            .is_none_or(|value| value == b"1"),
        ..Attributes::default()
    })
}

fn paths(texts: BTreeSet<String>) -> BTreeSet<PathBuf> {
    texts.into_iter().map(PathBuf::from).collect()
}

fn from_structured(
    store: &StoreDir,
    attributes: serde_json::Map<String, Value>,
) -> Result<Attributes> {
    let set = |name: &str| -> Result<BTreeSet<String>> {
        Ok(strings(attributes.get(name), name)?
            .unwrap_or_default()
            .into_iter()
            .collect())
    };
    let mut checks_by_output = BTreeMap::new();
    if let Some(Value::Object(outputs)) = attributes.get("outputChecks") {
        for (output, checks) in outputs {
            checks_by_output.insert(output.clone(), structured_checks(store, checks)?);
        }
    }
    let mut discarded_references = BTreeSet::new();
    if let Some(Value::Object(outputs)) = attributes.get("unsafeDiscardReferences") {
        let discarded = outputs
            .iter()
            .filter(|(_, value)| **value == Value::Bool(true));
        discarded_references.extend(discarded.map(|(name, _)| name.clone()));
    }
    let mut exported_graphs = BTreeMap::new();
    if let Some(Value::Object(graphs)) = attributes.get("exportReferencesGraph") {
        for (name, value) in graphs {
            let mut paths = BTreeSet::new();
            flatten(value, &mut |text| {
                let (path, _) = store
                    .parse_within(text)
                    .map_err(|error| error.to_string())?;
                paths.insert(path);
                Ok(())
            })?;
            exported_graphs.insert(name.clone(), paths);
        }
    }
    Ok(Attributes {
        checks_by_output: Some(checks_by_output),
        discarded_references,
        exported_graphs,
        impure_variables: set("impureEnvVars")?,
        required_features: set("requiredSystemFeatures")?,
        host_paths: paths(set("__impureHostDeps")?),
        no_sandbox: attributes.get("__noChroot") == Some(&Value::Bool(true)),
        allows_substitutes: attributes.get("allowSubstitutes") != Some(&Value::Bool(false)),
        prefers_local: attributes.get("preferLocalBuild") == Some(&Value::Bool(true)),
        structured: Some(attributes),
        ..Attributes::default()
    })
}

/// Lists in lists are as good as one.
fn flatten(value: &Value, each: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
    match value {
        Value::String(text) => each(text),
        Value::Array(values) => values.iter().try_for_each(|value| flatten(value, each)),
        _ => Err("'exportReferencesGraph' value is not an array or a string".to_owned()),
    }
}

fn structured_checks(store: &StoreDir, checks: &Value) -> Result<OutputChecks> {
    let references = |name: &str| -> Result<Option<Vec<Reference>>> {
        let names = strings(checks.get(name), name)?;
        Ok(names.map(|names| names.iter().map(|name| reference(store, name)).collect()))
    };
    Ok(OutputChecks {
        allowed_references: references("allowedReferences")?,
        allowed_requisites: references("allowedRequisites")?,
        disallowed_references: references("disallowedReferences")?.unwrap_or_default(),
        disallowed_requisites: references("disallowedRequisites")?.unwrap_or_default(),
        max_size: checks.get("maxSize").and_then(Value::as_u64),
        max_closure_size: checks.get("maxClosureSize").and_then(Value::as_u64),
        ignore_self: checks
            .get("ignoreSelfRefs")
            .and_then(Value::as_bool)
            .unwrap_or(false),
    })
}

fn strings(value: Option<&Value>, name: &str) -> Result<Option<Vec<String>>> {
    let Some(value) = value else { return Ok(None) };
    let Value::Array(values) = value else {
        return Err(format!("attribute '{name}' must be a list of strings"));
    };
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        _ => Err(format!("attribute '{name}' must be a list of strings")),
    };
    Ok(Some(values.iter().map(text).collect::<Result<_>>()?))
}

/// A store path, or the name of an output.
fn reference(store: &StoreDir, text: &str) -> Reference {
    match store.parse(text) {
        Ok(path) => Reference::Object(path),
        Err(_) => Reference::Output(text.to_owned()),
    }
}
