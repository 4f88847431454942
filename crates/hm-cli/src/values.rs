//! Values of the evaluator as text.

use std::path::Path;

use nix_eval::{EvalError, Evaluator, Value};

/// A value as JSON, as `builtins.toJSON` has it.
pub fn to_json(evaluator: &Evaluator, value: Value) -> Result<Vec<u8>, Box<EvalError>> {
    by(evaluator, b"builtins.toJSON", value)
}

/// A value as JSON that is only looked at: what paths name is not copied to the store.
pub fn to_shown_json(evaluator: &Evaluator, value: Value) -> Result<Vec<u8>, Box<EvalError>> {
    Ok(evaluator.to_json(value, false)?.0)
}

fn by(evaluator: &Evaluator, builtin: &[u8], value: Value) -> Result<Vec<u8>, Box<EvalError>> {
    let function = evaluator.eval_string(builtin, Path::new("/"))?;
    let text = evaluator.call(function, &[value])?;
    Ok(evaluator
        .force_string(text, "while printing a value")?
        .bytes
        .to_vec())
}
