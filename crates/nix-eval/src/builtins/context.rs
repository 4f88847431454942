//! String contexts.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::Builtin;
use crate::context::ContextElement;
use crate::error::{EvalError, Result};
use crate::eval::Coercion;
use crate::evaluator::Evaluator;
use crate::value::Value;

pub(super) const BUILTINS: &[Builtin] = &[
    Builtin::new(
        "unsafeDiscardStringContext",
        1,
        1,
        unsafe_discard_string_context,
    ),
    Builtin::new("hasContext", 1, 1, has_context),
    Builtin::new(
        "unsafeDiscardOutputDependency",
        1,
        1,
        unsafe_discard_output_dependency,
    ),
    Builtin::new(
        "addDrvOutputDependencies",
        1,
        1,
        add_drv_output_dependencies,
    ),
    Builtin::new("getContext", 1, 1, get_context),
    Builtin::new("appendContext", 2, 0b11, append_context),
];

/// Strings and paths where paths are copied to the store: the default of Nix.
const COPYING: Coercion = Coercion {
    more: false,
    copy_to_store: true,
};

fn unsafe_discard_string_context(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.unsafeDiscardStringContext";
    let (text, _) = e.coerce_to_string(args[0], COPYING, what)?;
    Ok(e.string(&text))
}

fn has_context(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.hasContext";
    let text = e.force_string(args[0], what)?;
    Ok(Value::bool(!text.context.is_empty()))
}

fn unsafe_discard_output_dependency(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.unsafeDiscardOutputDependency";
    let (text, context) = e.coerce_to_string(args[0], COPYING, what)?;
    let elements = e
        .contexts
        .elements(context)
        .into_iter()
        .map(|element| match element {
            ContextElement::DrvDeep(path) => ContextElement::Opaque(path),
            other => other,
        });
    Ok(e.string_with_context(&text, e.contexts.set(elements)))
}

fn add_drv_output_dependencies(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.addDrvOutputDependencies";
    let (text, context) = e.coerce_to_string(args[0], COPYING, what)?;
    let elements = e.contexts.elements(context);
    let [element] = &elements[..] else {
        return Err(EvalError::eval(format!(
            "context of string '{}' must have exactly one element, but has {}",
            String::from_utf8_lossy(&text),
            elements.len()
        )));
    };
    let path = match element {
        ContextElement::DrvDeep(path) => path,
        ContextElement::Opaque(path) if path.ends_with(b".drv") => path,
        ContextElement::Opaque(path) => {
            let path = String::from_utf8_lossy(path);
            return Err(EvalError::eval(format!(
                "path '{path}' is not a derivation"
            )));
        }
        ContextElement::Built { output, .. } => {
            let output = String::from_utf8_lossy(output);
            return Err(EvalError::eval(format!(
                "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
            )));
        }
    };
    let context = e.contexts.single(ContextElement::DrvDeep(Rc::clone(path)));
    Ok(e.string_with_context(&text, context))
}

/// What a context says about one store path.
#[derive(Default)]
struct Info {
    path: bool,
    all_outputs: bool,
    outputs: Vec<Rc<[u8]>>,
}

fn get_context(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the argument passed to builtins.getContext";
    let text = e.force_string(args[0], what)?;
    let mut infos: BTreeMap<Rc<[u8]>, Info> = BTreeMap::new();
    for element in e.contexts.elements(text.context) {
        match element {
            ContextElement::Opaque(path) => infos.entry(path).or_default().path = true,
            ContextElement::DrvDeep(path) => infos.entry(path).or_default().all_outputs = true,
            ContextElement::Built { drv, output } => {
                infos.entry(drv).or_default().outputs.push(output);
            }
        }
    }
    let mut attrs = Vec::with_capacity(infos.len());
    for (path, info) in infos {
        let mut parts = Vec::new();
        if info.path {
            parts.push((e.names.path, Value::TRUE));
        }
        if info.all_outputs {
            parts.push((e.names.all_outputs, Value::TRUE));
        }
        if !info.outputs.is_empty() {
            let outputs: Vec<Value> = info.outputs.iter().map(|name| e.string(name)).collect();
            parts.push((e.names.outputs, e.list(&outputs)));
        }
        e.look_into(&path);
        attrs.push((e.symbols.intern(&path), e.attrs(&parts)));
    }
    Ok(e.attrs(&attrs))
}

fn append_context(e: &Evaluator, args: &[Value]) -> Result<Value> {
    let what = "while evaluating the first argument passed to builtins.appendContext";
    let text = e.force_string(args[0], what)?;
    let what = "while evaluating the second argument passed to builtins.appendContext";
    let attrs = e.force_attrs(args[1], what)?;
    let store = e.store_dir()?;
    let mut elements = e.contexts.elements(text.context);
    for (index, attr) in e.attrs_by_symbol(attrs).enumerate() {
        let pos = e.attr_pos_at(attrs, index);
        let path: Rc<[u8]> = Rc::from(e.symbol_text(attr.name));
        let name = e.symbol_lossy(attr.name);
        if store.parse(&name).is_err() {
            let name = e.symbol_shown(attr.name);
            let message = format!("context key '{name}' is not a store path");
            return Err(EvalError::eval(message).at(pos));
        }
        e.host.ensure_path(&name)?;
        let what = "while evaluating the value of a string context";
        let info = e.force_attrs_at(attr.value, pos, what)?;
        let is_derivation = name.ends_with(".drv");
        let flag = |name, what| match e.attr(info, name) {
            Some(value) => e.force_bool_at(value, e.attr_pos(info, name), what),
            None => Ok(false),
        };
        if flag(
            e.names.path,
            "while evaluating the `path` attribute of a string context",
        )? {
            elements.push(ContextElement::Opaque(Rc::clone(&path)));
        }
        let what = "while evaluating the `allOutputs` attribute of a string context";
        if flag(e.names.all_outputs, what)? {
            if !is_derivation {
                return Err(EvalError::eval(format!(
                    "tried to add all-outputs context of {name}, which is not a derivation, to a string"
                ))
                .at(pos));
            }
            elements.push(ContextElement::DrvDeep(Rc::clone(&path)));
        }
        if let Some(outputs) = e.attr(info, e.names.outputs) {
            let what = "while evaluating the `outputs` attribute of a string context";
            let outputs_pos = e.attr_pos(info, e.names.outputs);
            let outputs = e.force_list_at(outputs, outputs_pos, what)?;
            if !outputs.is_empty() && !is_derivation {
                return Err(EvalError::eval(format!(
                    "tried to add derivation output context of {name}, which is not a derivation, to a string"
                ))
                .at(pos));
            }
            let what = "while evaluating an output name within a string context";
            for output in e.elements(outputs) {
                let output = Rc::from(e.force_plain_string_at(output, outputs_pos, what)?);
                elements.push(ContextElement::Built {
                    drv: Rc::clone(&path),
                    output,
                });
            }
        }
    }
    Ok(e.string_with_context(text.bytes, e.contexts.set(elements)))
}
