//! Structured attributes as a builder sees them: as JSON and as declarations for bash.

use std::collections::BTreeSet;

use nix_wire::store_path::placeholder;
use nix_wire::{Derivation, StorePath};
use serde_json::{Map, Value, json};

use super::BuildError;
use super::attributes::Attributes;
use super::environment::exported_closure;
use crate::store::Store;

/// Structured attributes as the files that a builder gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructuredFiles {
    /// `.attrs.json`, which `NIX_ATTRS_JSON_FILE` names.
    pub json: String,
    /// `.attrs.sh`, which `NIX_ATTRS_SH_FILE` names: declarations for bash.
    pub shell: String,
}

impl StructuredFiles {
    /// Those of a derivation, if it has structured attributes. Outputs are placeholders. The
    /// inputs must be valid if their closures are exported.
    ///
    /// # Errors
    /// When the attributes are malformed, or an exported closure cannot be found out.
    pub fn of(
        store: &dyn Store,
        path: &StorePath,
        derivation: &Derivation,
    ) -> Result<Option<StructuredFiles>, BuildError> {
        let attributes = Attributes::of_stored(store.store_dir(), path, derivation)?;
        let mut inputs = derivation.input_sources.clone();
        for (input, wanted) in &derivation.input_derivations {
            let mut outputs = store.derivation_outputs(input)?;
            outputs.retain(|name, _| wanted.outputs.contains(name));
            inputs.extend(outputs.into_values().flatten());
        }
        if !attributes.exported_graphs.is_empty() {
            inputs = store.closure(&inputs)?;
        }
        let complete = complete(store, path, derivation, &inputs, &attributes)?;
        Ok(complete.map(|attributes| StructuredFiles {
            shell: shell(&attributes),
            json: Value::Object(attributes).to_string(),
        }))
    }
}

/// The structured attributes, if there are any, with the outputs and the exported closures, in
/// order.
pub(super) fn complete(
    store: &dyn Store,
    path: &StorePath,
    derivation: &Derivation,
    inputs: &BTreeSet<StorePath>,
    attributes: &Attributes,
) -> Result<Option<Map<String, Value>>, BuildError> {
    let Some(mut complete) = attributes.structured.clone() else {
        return Ok(None);
    };
    let outputs: Map<String, Value> = derivation
        .outputs
        .keys()
        .map(|name| (name.clone(), Value::from(placeholder(name))))
        .collect();
    complete.insert("outputs".to_owned(), Value::Object(outputs));
    for (name, roots) in &attributes.exported_graphs {
        let objects = exported_closure(store, path, inputs, roots)?
            .iter()
            .map(|path| object_json(store, path))
            .collect::<Result<_, _>>()?;
        complete.insert(name.clone(), Value::Array(objects));
    }
    Ok(Some(sorted_map(complete)))
}

fn object_json(store: &dyn Store, path: &StorePath) -> Result<Value, BuildError> {
    let info = store.require(path)?;
    let mut closure_size = 0;
    for path in store.closure(&BTreeSet::from([path.clone()]))? {
        closure_size += store.require(&path)?.nar_size;
    }
    let references: Vec<String> = info
        .references
        .iter()
        .map(|path| store.store_dir().print(path))
        .collect();
    let mut object = json!({
        "closureSize": closure_size,
        "narHash": format!("{}:{}", info.nar_hash.algorithm(), info.nar_hash.nix32()),
        "narSize": info.nar_size,
        "path": store.store_dir().print(path),
        "references": references,
        "valid": true,
    });
    if let Some(address) = info.content_address {
        object["ca"] = Value::from(address.to_string());
    }
    Ok(object)
}

/// In the order of keys at all depths.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => Value::Object(sorted_map(map)),
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

fn sorted_map(map: Map<String, Value>) -> Map<String, Value> {
    let mut entries: Vec<(String, Value)> = map.into_iter().collect();
    entries.sort_by(|one, other| one.0.cmp(&other.0));
    entries
        .into_iter()
        .map(|(key, value)| (key, sorted(value)))
        .collect()
}

/// Declarations of what bash can express: strings, whole numbers, booleans, null, and lists and
/// sets of these. Everything else is left out.
pub(super) fn shell(attributes: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (name, value) in attributes {
        if !is_shell_name(name) {
            continue;
        }
        if let Some(value) = scalar(value) {
            text.push_str(&format!("declare {name}={value}\n"));
            continue;
        }
        match value {
            Value::Array(values) => {
                let scalars: Option<Vec<String>> = values.iter().map(scalar).collect();
                if let Some(scalars) = scalars {
                    let list: String = scalars.iter().map(|value| format!("{value} ")).collect();
                    text.push_str(&format!("declare -a {name}=({list})\n"));
                }
            }
            Value::Object(values) => {
                let entries: Option<String> = values
                    .iter()
                    .map(|(key, value)| Some(format!("[{}]={} ", quoted(key), scalar(value)?)))
                    .collect();
                if let Some(entries) = entries {
                    text.push_str(&format!("declare -A {name}=({entries})\n"));
                }
            }
            _ => {}
        }
    }
    text
}

fn is_shell_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first == '_' || first.is_ascii_alphabetic())
        && characters.all(|next| next == '_' || next.is_ascii_alphanumeric())
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(quoted(text)),
        Value::Null => Some("''".to_owned()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) => Some(String::new()),
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() => {
                // Within the range in which the conversion is exact.
                (float.fract() == 0.0 && float.abs() < 9e15).then(|| (float as i64).to_string())
            }
            _ => Some(number.to_string()),
        },
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_gets_what_it_can_express() {
        let attributes = json!({
            "text": "it's",
            "number": 3,
            "whole": 2.0,
            "part": 2.5,
            "yes": true,
            "no": false,
            "nothing": null,
            "list": ["a", 1, true],
            "lists": [["a"]],
            "set": {"b c": "d", "e": 1},
            "sets": {"a": {}},
            "not-a-name": "x",
        });
        let Value::Object(attributes) = attributes else {
            return;
        };
        assert_eq!(
            shell(&attributes),
            "declare text='it'\\''s'\n\
             declare number=3\n\
             declare whole=2\n\
             declare yes=1\n\
             declare no=\n\
             declare nothing=''\n\
             declare -a list=('a' 1 1 )\n\
             declare -A set=(['b c']='d' ['e']=1 )\n"
        );
    }
}
