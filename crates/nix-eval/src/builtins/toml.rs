//! TOML.

use super::Builtin;
use super::json::check_no_nul;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::settings::Feature;
use crate::toml::{Toml, parse};
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[Builtin::global("fromTOML", 1, 1, from_toml)];

fn from_toml(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.fromTOML";
    let text = e.force_plain_string(args[0], what)?;
    e.look_into(text);
    let problem = |message: String| EvalError::eval(format!("while parsing TOML: {message}"));
    let document = parse(text).map_err(|error| problem(error.to_string()))?;
    value(e, &document).map_err(problem)
}

fn value(e: &Evaluator, toml: &Toml) -> std::result::Result<Value, String> {
    Ok(match toml {
        Toml::String(text) => {
            check_text(text)?;
            e.string(text)
        }
        Toml::Integer(integer) => e.int(*integer),
        Toml::Float(float) => e.float(*float),
        Toml::Bool(value) => Value::bool(*value),
        Toml::Timestamp(text) => {
            if !e.settings.has(Feature::ParseTomlTimestamps) {
                return Err("Dates and times are not supported".to_owned());
            }
            e.attrs(&[
                (e.symbol(b"_type"), e.string(b"timestamp")),
                (e.names.value, e.string(text.as_bytes())),
            ])
        }
        Toml::Array(elements) => {
            let elements: Vec<Value> = elements
                .iter()
                .map(|element| value(e, element))
                .collect::<std::result::Result<_, _>>()?;
            e.list(&elements)
        }
        Toml::Table(entries) => {
            let mut attrs = Vec::with_capacity(entries.len());
            for (key, entry) in entries {
                check_text(key)?;
                attrs.push((e.symbol(key), value(e, entry)?));
            }
            e.attrs(&attrs)
        }
    })
}

/// Refuses what cannot be a string; Nix shows this as an error within the error.
fn check_text(text: &[u8]) -> std::result::Result<(), String> {
    check_no_nul(text).map_err(|error| format!("error: {}", error.message))
}
