//! Derivations as JSON, version 4: the values of `nix derivation show`.

use serde_json::{Map, Value, json};

use super::{Derivation, DerivationOutput, InputOutputs, STRUCTURED_ATTRIBUTES};
use crate::store_path::StorePath;

impl Derivation {
    /// The JSON form. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let outputs: Map<String, Value> = self
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output_json(output)))
            .collect();
        let derivations: Map<String, Value> = self
            .input_derivations
            .iter()
            .map(|(path, input)| (path.to_string(), input_json(input)))
            .collect();
        let environment: Map<String, Value> = self
            .environment
            .iter()
            .filter(|(name, _)| name.as_slice() != STRUCTURED_ATTRIBUTES.as_bytes())
            .map(|(name, value)| (text(name), Value::from(text(value))))
            .collect();
        let sources: Vec<Value> = self
            .input_sources
            .iter()
            .map(StorePath::to_string)
            .map(Value::from)
            .collect();
        let arguments: Vec<Value> = self
            .arguments
            .iter()
            .map(|argument| Value::from(text(argument)))
            .collect();
        // Keys in the order of the alphabet, as Nix writes them.
        let mut object = json!({
            "args": arguments,
            "builder": text(&self.builder),
            "env": environment,
            "inputs": { "drvs": derivations, "srcs": sources },
            "name": self.name,
            "outputs": outputs,
        });
        if let Some(attributes) = self.structured_attributes() {
            object["structuredAttrs"] = serde_json::from_slice(attributes).unwrap_or_default();
        }
        object["system"] = Value::from(text(&self.system));
        object["version"] = Value::from(4);
        object
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn input_json(input: &InputOutputs) -> Value {
    let dynamic: Map<String, Value> = input
        .dynamic
        .iter()
        .map(|(name, input)| (name.clone(), input_json(input)))
        .collect();
    json!({ "dynamicOutputs": dynamic, "outputs": input.outputs })
}

fn output_json(output: &DerivationOutput) -> Value {
    match output {
        DerivationOutput::InputAddressed(path) => json!({ "path": path.base_name() }),
        DerivationOutput::Fixed(address) => {
            json!({ "hash": address.hash.sri(), "method": address.method.name() })
        }
        DerivationOutput::Floating { method, algorithm } => {
            json!({ "hashAlgo": algorithm.name(), "method": method.name() })
        }
        DerivationOutput::Impure { method, algorithm } => {
            json!({ "hashAlgo": algorithm.name(), "impure": true, "method": method.name() })
        }
        DerivationOutput::Deferred => json!({}),
    }
}
