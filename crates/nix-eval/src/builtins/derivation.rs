//! Derivations and what stands for their outputs.

use std::rc::Rc;

use super::Builtin;
use crate::context::ContextElement;
use crate::error::{EvalError, Result};
use crate::evaluator::Evaluator;
use crate::settings::Feature;
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::global("derivationStrict", 1, 1, |e, args| {
        crate::derivation::derivation_strict(e, args[0])
    }),
    Builtin::global("derivation", 1, 1, |e, args| {
        crate::derivation::derivation(e, args[0])
    })
    .untraced(),
    Builtin::global("placeholder", 1, 1, placeholder),
    Builtin::new("outputOf", 2, 0b11, output_of).gated(Feature::DynamicDerivations),
];

fn placeholder(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.placeholder";
    let output = e.force_plain_string(args[0], what)?;
    e.look_into(output);
    let text = nix_wire::store_path::placeholder(&String::from_utf8_lossy(output));
    Ok(e.string(text.as_bytes()))
}

/// An output of the derivation that a string refers to.
fn output_of(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument to builtins.outputOf";
    let text = e.force_string(args[0], what)?;
    e.look_into(text.bytes);
    let what = "while evaluating the second argument to builtins.outputOf";
    let output = e.force_plain_string(args[1], what)?;
    e.look_into(output);
    let elements = e.contexts.elements(text.context);
    let [ContextElement::Opaque(path) | ContextElement::DrvDeep(path)] = &elements[..] else {
        return Err(EvalError::eval(format!(
            "string '{}' has {} entries in its context. It should only have exactly one entry, which refers to a derivation in the store",
            text.to_string_lossy(),
            elements.len()
        )));
    };
    let store = e.store_dir()?;
    let derivation = store
        .parse(&String::from_utf8_lossy(path))
        .map_err(|error| crate::derivation::wire_error(&error))?;
    let name = String::from_utf8_lossy(output);
    let placeholder = nix_wire::store_path::upstream_placeholder(&derivation, &name)
        .map_err(|error| crate::derivation::wire_error(&error))?;
    let context = e.contexts.single(ContextElement::Built {
        drv: Rc::clone(path),
        output: Rc::from(output),
    });
    Ok(e.string_with_context(placeholder.as_bytes(), context))
}
