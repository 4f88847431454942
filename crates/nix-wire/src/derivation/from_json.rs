//! Derivations from JSON, version 4: what `nix derivation add` reads.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Derivation, DerivationError, DerivationOutput, InputOutputs, STRUCTURED_ATTRIBUTES};
use crate::content_address::{ContentAddress, ContentAddressMethod};
use crate::hash::{Hash, HashAlgorithm};
use crate::store_path::StorePath;

type Result<T> = std::result::Result<T, DerivationError>;

/// The version of the form.
const VERSION: i64 = 4;
/// How deep dynamic outputs may nest.
const DEEPEST: usize = 64;

impl Derivation {
    /// Reads the form that [`Derivation::to_json`] writes.
    ///
    /// # Errors
    /// When something is missing or of the wrong kind, or the version is another one.
    pub fn from_json(value: &Value) -> Result<Derivation> {
        let object = object(value, "a derivation")?;
        match member(object, "version")?.as_i64() {
            Some(VERSION) => {}
            _ => {
                return Err(wrong(format!(
                    "its version is {}, but only {VERSION} is supported",
                    member(object, "version")?
                )));
            }
        }
        let mut derivation = Derivation::new(string(object, "name")?);
        for (name, output) in self::object(member(object, "outputs")?, "outputs")? {
            let output = output_of(output)?;
            derivation.outputs.insert(name.clone(), output);
        }
        let inputs = self::object(member(object, "inputs")?, "inputs")?;
        for (path, input) in self::object(member(inputs, "drvs")?, "drvs")? {
            let path = StorePath::from_base_name(path)?;
            derivation
                .input_derivations
                .insert(path, input_of(input, 0)?);
        }
        for path in array(member(inputs, "srcs")?, "srcs")? {
            let path = path.as_str().ok_or_else(|| kind("srcs", "strings"))?;
            derivation
                .input_sources
                .insert(StorePath::from_base_name(path)?);
        }
        derivation.system = string(object, "system")?.into();
        derivation.builder = string(object, "builder")?.into();
        for argument in array(member(object, "args")?, "args")? {
            let argument = argument.as_str().ok_or_else(|| kind("args", "strings"))?;
            derivation.arguments.push(argument.into());
        }
        for (name, value) in self::object(member(object, "env")?, "env")? {
            let value = value.as_str().ok_or_else(|| kind("env", "strings"))?;
            derivation
                .environment
                .insert(name.clone().into_bytes(), value.into());
        }
        if let Some(attributes) = object.get("structuredAttrs")
            && !attributes.is_null()
        {
            derivation.environment.insert(
                STRUCTURED_ATTRIBUTES.into(),
                attributes.to_string().into_bytes(),
            );
        }
        Ok(derivation)
    }
}

fn input_of(value: &Value, depth: usize) -> Result<InputOutputs> {
    if depth > DEEPEST {
        return Err(DerivationError::TooDeep);
    }
    let object = object(value, "an input")?;
    let outputs: BTreeSet<String> = array(member(object, "outputs")?, "outputs")?
        .iter()
        .map(|name| {
            let name = name.as_str().ok_or_else(|| kind("outputs", "strings"))?;
            Ok(name.to_owned())
        })
        .collect::<Result<_>>()?;
    let dynamic = match object.get("dynamicOutputs") {
        None => BTreeMap::new(),
        Some(dynamic) => self::object(dynamic, "dynamicOutputs")?
            .iter()
            .map(|(name, input)| Ok((name.clone(), input_of(input, depth + 1)?)))
            .collect::<Result<_>>()?,
    };
    Ok(InputOutputs { outputs, dynamic })
}

fn output_of(value: &Value) -> Result<DerivationOutput> {
    let object = object(value, "an output")?;
    let has = |name: &str| object.contains_key(name);
    let method = || {
        let name = string(object, "method")?;
        ContentAddressMethod::from_name(name)
            .ok_or_else(|| wrong(format!("'{name}' is no way to address contents")))
    };
    let algorithm = || -> Result<HashAlgorithm> { Ok(string(object, "hashAlgo")?.parse()?) };
    if has("path") {
        let path = StorePath::from_base_name(string(object, "path")?)?;
        return Ok(DerivationOutput::InputAddressed(path));
    }
    if has("hash") {
        return Ok(DerivationOutput::Fixed(ContentAddress {
            method: method()?,
            hash: Hash::parse(string(object, "hash")?, None)?,
        }));
    }
    if has("hashAlgo") {
        let (method, algorithm) = (method()?, algorithm()?);
        let impure = object.get("impure").and_then(Value::as_bool) == Some(true);
        return Ok(match impure {
            true => DerivationOutput::Impure { method, algorithm },
            false => DerivationOutput::Floating { method, algorithm },
        });
    }
    if object.is_empty() {
        return Ok(DerivationOutput::Deferred);
    }
    Err(wrong("an output is of no known kind".to_owned()))
}

fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a Value> {
    object
        .get(name)
        .ok_or_else(|| wrong(format!("it has no '{name}'")))
}

fn string<'a>(object: &'a Map<String, Value>, name: &str) -> Result<&'a str> {
    member(object, name)?
        .as_str()
        .ok_or_else(|| kind(name, "a string"))
}

fn object<'a>(value: &'a Value, name: &str) -> Result<&'a Map<String, Value>> {
    value.as_object().ok_or_else(|| kind(name, "an object"))
}

fn array<'a>(value: &'a Value, name: &str) -> Result<&'a [Value]> {
    value
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| kind(name, "an array"))
}

fn kind(name: &str, expected: &str) -> DerivationError {
    wrong(format!("'{name}' should be {expected}"))
}

fn wrong(reason: String) -> DerivationError {
    DerivationError::Json(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Value {
        json!({
            "args": ["-c", "true"],
            "builder": "/bin/sh",
            "env": { "out": "", "x": "y" },
            "inputs": {
                "drvs": {
                    "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-a.drv": {
                        "dynamicOutputs": { "out": { "dynamicOutputs": {}, "outputs": ["dev"] } },
                        "outputs": ["out"]
                    }
                },
                "srcs": ["7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-source"]
            },
            "name": "b",
            "outputs": {
                "a": { "path": "7g5giqf764p3y3zv7a8rqsy9sqqq5kw4-b-a" },
                "b": { "hash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "method": "nar" },
                "c": { "hashAlgo": "sha256", "method": "flat" },
                "d": { "hashAlgo": "sha512", "impure": true, "method": "text" },
                "e": {}
            },
            "structuredAttrs": { "list": [1, 2] },
            "system": "x86_64-linux",
            "version": 4
        })
    }

    #[test]
    fn what_is_read_is_written_as_it_was() {
        let derivation = Derivation::from_json(&sample()).expect("a derivation");
        assert_eq!(derivation.to_json(), sample());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (member, value) in [
            ("version", json!(3)),
            ("name", json!(1)),
            ("args", json!([1])),
            ("env", json!({ "x": null })),
            ("outputs", json!({ "out": { "method": "nar" } })),
            ("outputs", json!({ "out": { "path": "/nix/store/x" } })),
            ("inputs", json!({ "srcs": [] })),
        ] {
            let mut wrong = sample();
            wrong[member] = value;
            assert!(Derivation::from_json(&wrong).is_err(), "{member}");
        }
        assert!(Derivation::from_json(&json!([])).is_err());
    }
}
